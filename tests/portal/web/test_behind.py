"""A tenant whose schema is behind this release: one page in its brand until its migration has passed, and no longer."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import asyncpg
import httpx
import pytest_asyncio
from stripe import WebhookSignature

from portico_core.settings import DatabaseSettings, Settings, StripeSettings, WebSettings
from portico_tenants.listing import list_tenants
from portico_tenants.migrate import migrate_tenants
from portico_tenants.owner import owner_connection
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant
from tests.billing.stripe.test_webhook import event_for
from tests.factories.tenants import OBSTACLE, let_pass, make_tenant, make_tenant_behind
from tests.portal.portal import Portal, running

SECRET = "whsec_" + "c3" * 16
OPERATOR = {"authorization": "Bearer operators-token"}


@dataclass
class Place:
    """A running portal that listens for changes of tenants and never asks by itself; one tenant is behind."""

    portal: Portal
    settings: Settings
    owner: asyncpg.Connection
    sound: Tenant
    behind: Tenant

    async def migrate(self) -> list[str | None]:
        """The errors."""
        return [outcome.error for outcome in await migrate_tenants(self.settings.database)]

    async def status(self, tenant: Tenant) -> int:
        return (await self.portal.at(tenant).get("/sign-in")).status_code

    async def opens(self, tenant: Tenant) -> None:
        deadline = time.monotonic() + 20
        while await self.status(tenant) != 200:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)


@pytest_asyncio.fixture
async def place(fresh_database: DatabaseSettings, settings: Settings) -> AsyncIterator[Place]:
    given = replace(
        settings,
        database=fresh_database,
        web=WebSettings(platform_host="platform.test", scheme="http", operator_token="operators-token"),
        stripe=StripeSettings(secret_key="sk_test_none", webhook_secrets=(SECRET,)),
    )
    database = Database(fresh_database)
    async with owner_connection(fresh_database) as owner:
        sound, behind = await make_tenant(owner, given), await make_tenant_behind(owner, given)
        async with running(given, database) as portal:
            portal.resources.directory.max_age_seconds = 86_400
            await portal.resources.directory.listen(fresh_database.url)
            place = Place(portal, given, owner, sound, behind)
            await place.opens(sound)
            yield place


async def test_its_portal_is_one_page_until_the_migration_passes_and_opens_by_itself(place: Place) -> None:
    browser = place.portal.at(place.behind)
    for path in ("/", "/sign-in", "/invoices", "/nowhere"):
        answer = await browser.get(path, headers={"accept-language": "en"})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "30"), path
        assert "This portal is being updated" in answer.text
        assert place.behind.name in answer.text
    assert (await browser.post("/sign-in", {"email": "a@b.example", "password": "x"})).status_code == 503
    assert await place.status(place.sound) == 200

    [error] = await place.migrate()
    assert OBSTACLE in (error or "")
    assert await place.status(place.behind) == 503

    await let_pass(place.owner, place.behind)
    assert await place.migrate() == [None]
    await place.opens(place.behind)
    assert await place.status(place.sound) == 200


async def test_operators_are_told_who_waits_and_why(place: Place) -> None:
    platform = place.portal.platform()

    async def told() -> tuple[dict[str, float], dict[str, object]]:
        figures = (await platform.get("/metrics")).text
        ready = (await place.portal.host("10.0.0.7").get("/health/ready")).json()
        pairs = re.findall(r'^portico_tenants\{state="(\w+)"\} ([\d.]+)$', figures, re.MULTILINE)
        return {state: float(count) for state, count in pairs}, ready

    figures, ready = await told()
    assert figures == {"active": 2, "suspended": 0, "behind": 1, "held_back": 0}
    assert ready == {"status": "ready", "tenants_behind": 1}

    [error] = await place.migrate()
    figures, ready = await told()
    assert figures == {"active": 2, "suspended": 0, "behind": 1, "held_back": 1}
    rows = {
        row["slug"]: row for row in (await platform.get("/operator/tenants.json", headers=OPERATOR)).json()["tenants"]
    }
    assert (rows[place.behind.slug]["behind"], rows[place.behind.slug]["held_back"]) == (True, error)
    assert (rows[place.sound.slug]["behind"], rows[place.sound.slug]["held_back"]) == (False, None)
    page = (await platform.get("/operator", headers=OPERATOR)).text
    assert page.count("Waits for its migration") == 1
    assert OBSTACLE in page
    listed = {row.slug: row for row in await list_tenants(place.settings.database)}
    assert "(behind)" in " ".join(listed[place.behind.slug].cells)
    assert error in listed[place.behind.slug].cells
    assert "behind)" not in " ".join(listed[place.sound.slug].cells)

    await let_pass(place.owner, place.behind)
    await place.migrate()
    assert await told() == ({"active": 2, "suspended": 0, "behind": 0, "held_back": 0}, {"status": "ready"})


async def test_a_process_that_could_serve_nobody_is_not_ready(place: Place) -> None:
    await place.owner.execute("UPDATE portico.tenant SET schema_revision = '0000' WHERE id = $1", place.sound.id)
    answer = await place.portal.host("10.0.0.7").get("/health/ready")
    assert (answer.status_code, answer.json()) == (503, {"status": "not ready", "tenants_behind": 2})


async def test_stripe_is_told_to_send_its_events_again(place: Place) -> None:
    body = event_for(place.behind.stripe_account, id="evt_waits")

    async def send() -> httpx.Response:
        header = WebhookSignature.generate_signature_header(body, SECRET)
        headers = {"stripe-signature": header, "content-type": "application/json"}
        return await place.portal.platform().client.post("/webhooks/stripe", content=body, headers=headers)

    answer = await send()
    assert answer.status_code == 503
    assert place.behind.slug not in answer.text
    await let_pass(place.owner, place.behind)
    await place.migrate()
    await place.opens(place.behind)
    assert (await send()).status_code == 200
    stored = f"SELECT event_id FROM {place.behind.role}.stripe_event"  # noqa: S608
    assert [row[0] for row in await place.owner.fetch(stored)] == ["evt_waits"]
