"""The door for Stripe's events: who gets in, and that each is kept once."""

import asyncio
import dataclasses
import json
import time
from collections.abc import AsyncIterator
from typing import Any, cast

import httpx
import pytest
from litestar import Litestar
from litestar.di import Provide
from prometheus_client import REGISTRY
from sqlalchemy import func, select, update
from stripe import WebhookSignature

from portico_billing.payments.models import StripeEventRow
from portico_billing.stripe.gateway import Gateway
from portico_billing.stripe.inbox import SWEEP
from portico_billing.stripe.webhook import LARGEST_BYTES, ROUTES
from portico_core.settings import Settings, StripeSettings
from portico_tenants.models import DueRow, QuarantinedEvent
from portico_tenants.resolve import Directory
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant

SECRET, OLD_SECRET = "whsec_" + "a1" * 16, "whsec_" + "b2" * 16
Door = httpx.AsyncClient


@pytest.fixture
async def door(settings: Settings, database: Database, directory: Directory) -> AsyncIterator[Door]:
    keys = StripeSettings(secret_key="sk_test_door", webhook_secrets=(SECRET, OLD_SECRET))
    given = {
        "database": database,
        "directory": directory,
        "settings": dataclasses.replace(settings, stripe=keys),
        "stripe": Gateway(keys),
    }
    app = Litestar(ROUTES, dependencies={name: _provide(value) for name, value in given.items()}, openapi_config=None)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(cast("Any", app)), base_url="http://hooks.example"
    ) as client:
        yield client


def _provide(value: Any) -> Provide:
    return Provide(lambda: value, sync_to_thread=False)


def event_for(account: str | None, **values: Any) -> str:
    event = {
        "id": f"evt_{time.monotonic_ns()}",
        "object": "event",
        "type": "payment_intent.succeeded",
        "created": int(time.time()),
        "livemode": False,
        "data": {"object": {"id": "pi_1", "object": "payment_intent", "metadata": {}}},
        **({"account": account} if account else {}),
        **values,
    }
    return json.dumps(event, indent=2)


async def knock(
    door: Door, body: str | bytes, signature: str | None = None, *, secret: str = SECRET, at: int | None = None
) -> int:
    text = body if isinstance(body, str) else body.decode("utf-8", "replace")
    header = WebhookSignature.generate_signature_header(text, secret, at) if signature is None else signature
    headers = {b"stripe-signature": header.encode("latin-1")} if header else {}
    answer = await door.post("/webhooks/stripe", content=body, headers=headers)
    return answer.status_code


async def kept(database: Database, tenant: Tenant) -> list[StripeEventRow]:
    async with database.tenant_session(tenant) as session:
        return list(await session.scalars(select(StripeEventRow)))


def counted(outcome: str) -> float:
    return REGISTRY.get_sample_value("portico_stripe_events_total", {"outcome": outcome}) or 0


async def test_a_signed_event_is_kept_whole_with_its_tenant(door: Door, database: Database, tenant: Tenant) -> None:
    body = event_for(tenant.stripe_account)
    assert await knock(door, body) == 200
    (row,) = await kept(database, tenant)
    assert (row.state, row.type, row.object_id, row.body) == ("new", "payment_intent.succeeded", "pi_1", body)
    async with database.control_session() as session:
        assert await session.scalar(select(DueRow.kind).where(DueRow.tenant_role == tenant.role)) == SWEEP


async def test_the_same_event_fifty_times_at_once_is_kept_once(door: Door, database: Database, tenant: Tenant) -> None:
    body = event_for(tenant.stripe_account)
    assert set(await asyncio.gather(*(knock(door, body) for _ in range(50)))) == {200}
    assert len(await kept(database, tenant)) == 1


async def test_an_event_that_was_worked_is_not_opened_again(door: Door, database: Database, tenant: Tenant) -> None:
    body = event_for(tenant.stripe_account)
    await knock(door, body)
    async with database.tenant_session(tenant) as session:
        await session.execute(update(StripeEventRow).values(state="done"))
    assert await knock(door, body) == 200
    assert [row.state for row in await kept(database, tenant)] == ["done"]


async def test_during_a_rotation_either_secret_opens(door: Door, database: Database, tenant: Tenant) -> None:
    assert await knock(door, event_for(tenant.stripe_account), secret=OLD_SECRET) == 200
    body = event_for(tenant.stripe_account)
    now = int(time.time())
    old = WebhookSignature.generate_signature_header(body, "whsec_gone", now)
    new = WebhookSignature.generate_signature_header(body, SECRET, now)
    assert await knock(door, body, f"{old},{new.partition(',')[2]}") == 200
    assert len(await kept(database, tenant)) == 2


@pytest.mark.parametrize(
    ("signature", "secret", "age"),
    [
        (None, "whsec_of_somebody_else", 0),
        (None, SECRET, 301),
        (None, SECRET, -301),
        ("", SECRET, 0),
        ("t=1,v1=00", SECRET, 0),
        ("v1=00", SECRET, 0),
        ("t=x,v1=00", SECRET, 0),
        ("rubbish", SECRET, 0),
        ("t=1,v1=\u00e9", SECRET, 0),
    ],
)
async def test_what_is_not_signed_now_by_stripe_is_refused(
    door: Door, database: Database, tenant: Tenant, signature: str | None, secret: str, age: int
) -> None:
    body = event_for(tenant.stripe_account)
    assert await knock(door, body, signature, secret=secret, at=int(time.time()) - age) == 400
    assert await kept(database, tenant) == []


async def test_every_flipped_byte_is_refused(door: Door, database: Database, tenant: Tenant) -> None:
    body = event_for(tenant.stripe_account).encode()
    header = WebhookSignature.generate_signature_header(body.decode(), SECRET)
    refused = counted("bad_signature") + counted("unreadable")
    for place in range(0, len(body), 7):
        altered = bytearray(body)
        altered[place] ^= 0x80 if place % 2 else 0x01
        assert await knock(door, bytes(altered), header) == 400
    assert await kept(database, tenant) == []
    assert counted("bad_signature") + counted("unreadable") - refused == len(range(0, len(body), 7))


async def test_the_same_words_encoded_anew_are_refused(door: Door, database: Database, tenant: Tenant) -> None:
    body = event_for(tenant.stripe_account)
    header = WebhookSignature.generate_signature_header(body, SECRET)
    assert await knock(door, json.dumps(json.loads(body)), header) == 400
    assert await kept(database, tenant) == []


@pytest.mark.parametrize("body", ["", "[]", "{}", "null", '{"id": "evt_1"}', '{"data": 1}', "[" * 100_000])
async def test_signed_rubbish_is_refused(door: Door, body: str) -> None:
    assert await knock(door, body) == 400


async def test_an_event_of_the_other_mode_is_dropped(door: Door, database: Database, tenant: Tenant) -> None:
    assert await knock(door, event_for(tenant.stripe_account, livemode=True)) == 200
    assert await kept(database, tenant) == []


async def test_an_unknown_account_is_kept_for_the_operator(door: Door, database: Database, tenant: Tenant) -> None:
    body = event_for("acct_nobody", id=f"evt_{time.monotonic_ns()}")
    assert [await knock(door, body) for _ in range(2)] == [200, 200]
    async with database.control_session() as session:
        count = select(func.count()).select_from(QuarantinedEvent)
        assert await session.scalar(count.where(QuarantinedEvent.event_id == json.loads(body)["id"])) == 1
    assert await kept(database, tenant) == []


async def test_an_event_goes_to_its_own_tenant_alone(
    door: Door, database: Database, tenant: Tenant, other_tenant: Tenant
) -> None:
    assert await knock(door, event_for(other_tenant.stripe_account)) == 200
    assert await kept(database, tenant) == []
    assert len(await kept(database, other_tenant)) == 1


async def test_a_body_without_end_is_refused(door: Door, tenant: Tenant) -> None:
    body = event_for(tenant.stripe_account, padding="x" * LARGEST_BYTES)
    assert await knock(door, body) == 413
