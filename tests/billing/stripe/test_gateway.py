"""The gateway against paysim: what each trouble means to the caller, and that a key is a key."""

import secrets
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from portico_billing.stripe.errors import (
    AccountRevoked,
    Gone,
    KeyRefused,
    OutcomeUnknown,
    Refused,
    StripeTrouble,
    Throttled,
)
from portico_billing.stripe.gateway import Gateway
from portico_core.clock import now
from portico_core.settings import StripeSettings

HOUR = timedelta(hours=1)


@pytest.fixture
async def account(control: httpx.AsyncClient) -> str:
    account = f"acct_{secrets.token_hex(8)}"
    about = {"id": account, "business_name": "Test", "country": "GB", "default_currency": "gbp"}
    assert (await control.post("accounts", json=about)).status_code == 201
    return account


def order(amount: int = 12_000) -> dict[str, Any]:
    price = {"currency": "gbp", "unit_amount": amount, "product_data": {"name": "Invoice 1001"}}
    marks = {"payment_id": "p", "tenant_id": "t"}
    return {
        "mode": "payment",
        "ui_mode": "hosted_page",
        "success_url": "http://portal.localhost/back?s={CHECKOUT_SESSION_ID}",
        "line_items": [{"quantity": 1, "price_data": price}],
        "metadata": marks,
        "payment_intent_data": {"metadata": marks},
    }


async def fault(control: httpx.AsyncClient, account: str, kind: str, **more: Any) -> None:
    answer = await control.post("faults", json={"kind": kind, "account": account, "times": None, **more})
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize(
    ("kind", "more", "trouble"),
    [
        ("rate_limit", {}, Throttled),
        ("lock_timeout", {}, Throttled),
        ("unauthorized", {}, KeyRefused),
        ("revoked", {}, AccountRevoked),
        ("error_500", {}, OutcomeUnknown),
        ("error_500", {"effect": True}, OutcomeUnknown),
        ("reset", {}, OutcomeUnknown),
        ("lost_reply", {}, OutcomeUnknown),
    ],
)
async def test_each_trouble_says_what_to_do_next(
    gateway: Gateway,
    control: httpx.AsyncClient,
    account: str,
    kind: str,
    more: dict[str, Any],
    trouble: type[StripeTrouble],
) -> None:
    await fault(control, account, kind, **more)
    with pytest.raises(StripeTrouble) as caught:
        await gateway.create_checkout(account, order(), key=secrets.token_hex(8))
    assert type(caught.value) is trouble


async def test_what_stripe_refuses_names_code_and_parameter(gateway: Gateway, account: str) -> None:
    with pytest.raises(Refused) as caught:
        await gateway.create_checkout(account, order(amount=1), key=secrets.token_hex(8))
    assert caught.value.code == "amount_too_small"


async def test_what_is_not_there_is_gone(gateway: Gateway, account: str) -> None:
    with pytest.raises(Gone):
        await gateway.retrieve_checkout(account, "cs_test_nothing")
    with pytest.raises(Gone):
        await gateway.retrieve_intent(account, "pi_nothing")


async def test_one_key_is_one_session_and_other_words_under_it_are_in_doubt(gateway: Gateway, account: str) -> None:
    key = secrets.token_hex(8)
    first = await gateway.create_checkout(account, order(), key=key)
    assert (await gateway.create_checkout(account, order(), key=key)).id == first.id
    with pytest.raises(OutcomeUnknown):
        await gateway.create_checkout(account, order(amount=13_000), key=key)


async def test_accounts_do_not_see_each_other(gateway: Gateway, control: httpx.AsyncClient, account: str) -> None:
    made = await gateway.create_checkout(account, order(), key=secrets.token_hex(8))
    other = f"acct_{secrets.token_hex(8)}"
    about = {"id": other, "business_name": "Other", "country": "GB", "default_currency": "gbp"}
    await control.post("accounts", json=about)
    with pytest.raises(Gone):
        await gateway.retrieve_checkout(other, made.id)


async def test_lists_are_read_to_their_end(gateway: Gateway, account: str) -> None:
    gateway.page_rows = 2
    made = {(await gateway.create_checkout(account, order(), key=secrets.token_hex(8))).id for _ in range(5)}
    found = [each async for each in gateway.list_checkouts(account, since=now() - HOUR, until=now() + HOUR)]
    assert {each.id for each in found} == made
    assert {each.payment_id for each in found} == {"p"}
    for each in made:
        await gateway.expire_checkout(account, each)
    events = [
        each async for each in gateway.list_events(account, types=("checkout.session.expired",), since=now() - HOUR)
    ]
    assert {each.object_id for each in events} == made


async def test_an_account_says_what_it_can_do(gateway: Gateway, account: str) -> None:
    found = await gateway.retrieve_account(account)
    assert (found.id, found.charges_enabled) == (account, True)


async def test_without_a_key_a_process_starts_and_each_call_says_so() -> None:
    unset = Gateway(StripeSettings())
    with pytest.raises(KeyRefused):
        await unset.retrieve_account("acct_1")
    assert not unset.livemode
    await unset.close()


@pytest.fixture(autouse=True)
async def _no_faults(control: httpx.AsyncClient) -> AsyncIterator[None]:
    yield
    await control.delete("faults")
