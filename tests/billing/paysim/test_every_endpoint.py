"""stripe.md §14.7: each endpoint's answer is held against the SDK's types; no input brings paysim down."""

import asyncio
import re
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from portico_billing.paysim.protocol.endpoints import ENDPOINTS
from tests.billing.paysim.shop import SECRET_KEY, Shop, until

HEADERS = {"Authorization": f"Bearer {SECRET_KEY}"}


async def test_every_endpoint_answers_as_the_sdk_expects_it(shop: Shop) -> None:
    v1, on = shop.stripe.v1, shop.on()
    seen: set[tuple[str, str]] = set()
    checked = shop.transport.contract.response_breaches

    def noting(method: str, path: str, status: int, body: Any) -> list[str]:
        if status == 200:
            seen.update(
                (one.method, one.path) for one in ENDPOINTS if one.method == method.upper() and one.pattern.match(path)
            )
        return checked(method, path, status, body)

    shop.transport.contract.response_breaches = noting  # type: ignore[method-assign] # to see which were called
    try:
        account = await v1.accounts.create_async({"country": "GB"})
        await v1.accounts.list_async({"limit": 1})
        await v1.accounts.retrieve_async(account.id)
        await v1.accounts.update_async(account.id, {"email": "a@example.com"})
        await v1.accounts.retrieve_current_async({}, on)
        link: Any = {
            "account": account.id,
            "type": "account_onboarding",
            "refresh_url": "http://x",
            "return_url": "http://x",
        }
        await v1.account_links.create_async(link)
        session = await shop.session(metadata={"a": "1"})
        await v1.checkout.sessions.update_async(session.id, {"metadata": {"a": "2"}}, on)
        await v1.checkout.sessions.line_items.list_async(session.id, {}, on)
        await v1.checkout.sessions.expire_async((await shop.session()).id, {}, on)
        paid = await shop.pay(session.id)
        await shop.look(session.id, "line_items", "payment_intent.latest_charge.refunds")
        await v1.checkout.sessions.list_async({"expand": ["data.line_items"]}, on)
        await until(lambda: shop.receiver.of(shop.account, "charge.updated"))
        intent = await v1.payment_intents.create_async({"amount": 900, "currency": "gbp"}, on)
        await v1.payment_intents.update_async(intent.id, {"description": "x"}, on)
        await v1.payment_intents.confirm_async(intent.id, {"payment_method": "pm_bacsDebit_success"}, on)
        other = await v1.payment_intents.create_async({"amount": 900, "currency": "gbp"}, on)
        await v1.payment_intents.cancel_async(other.id, {}, on)
        await v1.payment_intents.list_async({"expand": ["data.latest_charge"]}, on)
        await v1.payment_intents.retrieve_async(paid["id"], {"expand": ["payment_method"]}, on)
        await v1.payment_methods.retrieve_async(paid["payment_method"], {}, on)
        await v1.charges.list_async({}, on)
        charge = await v1.charges.retrieve_async(paid["latest_charge"], {"expand": ["balance_transaction"]}, on)
        await v1.charges.update_async(charge.id, {"metadata": {"a": "b"}}, on)
        refund = await v1.refunds.create_async({"charge": charge.id, "amount": 100}, on)
        await v1.refunds.retrieve_async(refund.id, {"expand": ["charge", "balance_transaction"]}, on)
        await v1.refunds.update_async(refund.id, {"metadata": {"a": "b"}}, on)
        await v1.refunds.list_async({}, on)
        lines = await v1.balance_transactions.list_async({"expand": ["data.source"]}, on)
        await v1.balance_transactions.retrieve_async(lines.data[0].id, {}, on)
        events = await v1.events.list_async({"limit": 100}, on)
        await v1.events.retrieve_async(events.data[0].id, {}, on)
        hook = await v1.webhook_endpoints.create_async({"url": "http://127.0.0.1:9", "enabled_events": ["*"]}, on)
        await v1.webhook_endpoints.retrieve_async(hook.id, {}, on)
        await v1.webhook_endpoints.update_async(hook.id, {"description": "x"}, on)
        await v1.webhook_endpoints.list_async({}, on)
        await v1.webhook_endpoints.delete_async(hook.id, {}, on)
    finally:
        del shop.transport.contract.response_breaches
    assert {(one.method, one.path) for one in ENDPOINTS} - seen == set()
    assert [
        problem for event in events.data for problem in shop.transport.contract.object_breaches(event.to_dict())
    ] == []


NAMES = some.sampled_from(
    [
        *("amount", "currency", "mode", "line_items", "line_items[0]", "line_items[0][price_data][unit_amount]"),
        *("metadata", "metadata[a]", "expand[]", "expires_at", "limit", "created[gte]", "starting_after", "]["),
        *("payment_intent_data[application_fee_amount]", "confirm", "customer_details[email]", "a[[b"),
    ]
)
VALUES = some.one_of(
    some.text(max_size=12),
    some.integers().map(str),
    some.sampled_from(["", "true", "payment", "gbp", "9" * 40, "-1", "1e5", "\x00", "data.payment_intent.x"]),
)
PATHS = some.sampled_from([(one.method, re.sub(r"\{[a-z_]+\}", "pi_x%00'\"", one.path)) for one in ENDPOINTS])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(call=PATHS, form=some.dictionaries(NAMES, VALUES, max_size=5))
def test_no_request_brings_it_down(paysim: Any, call: tuple[str, str], form: dict[str, str]) -> None:
    method, path = call
    sent = {"data": form} if method == "POST" else {"params": form}
    answer = _client().request(method, paysim.url + path, headers=HEADERS, **sent)  # type: ignore[arg-type] # either
    assert answer.status_code in (200, 400, 402, 404, 501), answer.text
    assert answer.json()


_kept: list[httpx.Client] = []


def _client() -> httpx.Client:
    if not _kept:
        _kept.append(httpx.Client(timeout=20, verify=False))  # noqa: S501 - http on loopback
    return _kept[0]


@pytest.mark.parametrize("effect", [False, True])
async def test_a_slow_answer_is_given_up_by_the_client_and_done_all_the_same(shop: Shop, effect: bool) -> None:
    await shop.fault("delay", method="POST", seconds=0.4, effect=effect)
    form = {"amount": "900", "currency": "gbp"}
    async with httpx.AsyncClient(base_url=shop.url, timeout=0.2) as bare:
        with pytest.raises(httpx.ReadTimeout):
            await bare.post("/v1/payment_intents", data=form, headers={**HEADERS, "Stripe-Account": shop.account})
    assert len((await shop.payments())["payment_intents"]) == int(effect)
    for _ in range(100):
        if (await shop.payments())["payment_intents"]:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it was not done after all")
