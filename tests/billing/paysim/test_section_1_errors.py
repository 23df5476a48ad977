"""stripe.md §1: which error the SDK raises for what, when it retries, and what paysim says it cannot do."""

import base64
from typing import Any

import httpx
import pytest
import stripe

from tests.billing.paysim.shop import SECRET_KEY, Shop, make_client


async def test_a_wrong_key_is_an_authentication_error(shop: Shop) -> None:
    stranger = make_client(shop.url, shop.transport, key="sk_test_of_somebody_else_123456")
    with pytest.raises(stripe.AuthenticationError) as refused:
        await stranger.v1.charges.list_async({}, shop.on())
    assert refused.value.http_status == 401
    assert "somebody" not in str(refused.value)


async def test_an_account_out_of_reach_is_a_permission_error(shop: Shop) -> None:
    with pytest.raises(stripe.PermissionError) as refused:
        await shop.stripe.v1.charges.list_async({}, {"stripe_account": "acct_nobody"})
    assert refused.value.error is not None
    assert refused.value.error.code == "account_invalid"


async def test_a_revoked_account_is_a_permission_error_and_tells_of_it(shop: Shop) -> None:
    await shop.settings(revoked=True)
    with pytest.raises(stripe.PermissionError):
        await shop.session()
    await shop.settings(revoked=False)
    await shop.session()
    assert "account.application.deauthorized" in await shop.event_types()


@pytest.mark.parametrize(
    ("kind", "error"), [("revoked", stripe.PermissionError), ("unauthorized", stripe.AuthenticationError)]
)
async def test_revocation_can_be_ordered_for_one_call(shop: Shop, kind: str, error: type[stripe.StripeError]) -> None:
    await shop.fault(kind)
    with pytest.raises(error):
        await shop.session()
    await shop.session()


async def test_a_429_is_not_retried_unless_its_header_asks(shop: Shop) -> None:
    silent = await shop.fault("rate_limit")
    with pytest.raises(stripe.RateLimitError) as limited:
        await shop.session()
    assert await shop.fired(silent) == 1
    assert limited.value.error is not None
    assert limited.value.error.code == "rate_limit"
    asking = await shop.fault("rate_limit", times=2, should_retry=True)
    await shop.session()
    assert await shop.fired(asking) == 2


async def test_a_lock_timeout_is_retried(shop: Shop) -> None:
    fault = await shop.fault("lock_timeout", times=2)
    await shop.session()
    assert await shop.fired(fault) == 2


async def test_a_500_is_retried_and_in_the_end_an_api_error(shop: Shop) -> None:
    fault = await shop.fault("error_500", method="GET", times=3)
    with pytest.raises(stripe.APIError) as broken:
        await shop.stripe.v1.charges.list_async({}, shop.on())
    assert broken.value.http_status == 500
    assert await shop.fired(fault) == 3


async def test_a_connection_that_breaks_is_a_connection_error(shop: Shop) -> None:
    fault = await shop.fault("reset", times=3)
    with pytest.raises(stripe.APIConnectionError):
        await shop.session()
    assert await shop.fired(fault) == 3
    assert (await shop.stripe.v1.checkout.sessions.list_async({}, shop.on())).data == []


async def test_a_client_sees_the_server_hang_up_without_a_word(shop: Shop) -> None:
    headers = {"Authorization": f"Bearer {SECRET_KEY}", "Stripe-Account": shop.account}
    await shop.fault("reset", method="GET", path="/v1/charges*")
    async with httpx.AsyncClient(base_url=shop.url, headers=headers) as bare:
        with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
            await bare.get("/v1/charges")
        assert (await bare.get("/v1/charges")).status_code == 200


async def test_a_fault_waits_for_its_path_its_method_and_its_account(shop: Shop) -> None:
    fault = await shop.fault("rate_limit", path="/v1/checkout/sessions/*/expire", method="POST")
    session = await shop.session()
    assert await shop.fired(fault) == 0
    with pytest.raises(stripe.RateLimitError):
        await shop.stripe.v1.checkout.sessions.expire_async(session.id, {}, shop.on())
    await shop.control.delete(f"faults/{fault}")


async def test_an_unknown_fault_is_refused_with_those_there_are(shop: Shop) -> None:
    answer = await shop.control.post("faults", json={"kind": "earthquake"})
    assert answer.status_code == 400
    assert "lost_reply" in answer.text


@pytest.mark.parametrize(
    "path", ["/v1/customers", "/v1/subscriptions", "/v2/core/accounts", "/v1/payment_intents/pi_1/capture"]
)
async def test_what_paysim_does_not_have_is_501_and_never_retried(shop: Shop, path: str) -> None:
    headers = {"Authorization": f"Bearer {SECRET_KEY}", "Stripe-Account": shop.account}
    async with httpx.AsyncClient(base_url=shop.url, headers=headers) as bare:
        answer = await bare.post(path)
    assert answer.status_code == 501
    assert answer.headers["stripe-should-retry"] == "false"
    assert path in answer.json()["error"]["message"]


async def test_a_parameter_of_stripe_that_paysim_lacks_is_501_not_ignored(shop: Shop) -> None:
    with pytest.raises(stripe.APIError, match="automatic_tax"):
        await shop.session(automatic_tax={"enabled": True})
    with pytest.raises(stripe.APIError, match="mode=setup"):
        await shop.session(mode="setup")


async def test_a_key_may_come_as_basic_authorization(shop: Shop) -> None:
    basic = base64.b64encode(f"{SECRET_KEY}:".encode()).decode()
    async with httpx.AsyncClient(base_url=shop.url) as bare:
        answer = await bare.get("/v1/account", headers={"Authorization": f"Basic {basic}"})
        nobody = await bare.get("/v1/account")
        broken = await bare.get("/v1/account", headers={"Authorization": "Basic %%%"})
    assert (answer.status_code, nobody.status_code, broken.status_code) == (200, 401, 401)


async def test_every_answer_carries_its_request_id_and_the_version(shop: Shop) -> None:
    session = await shop.session()
    assert session.last_response is not None
    assert session.last_response.request_id is not None
    assert session.last_response.request_id.startswith("req_")
    assert session.last_response.headers["stripe-version"] == "2026-10-28.endive"
    other: Any = shop.on(stripe_version="2024-06-20")
    with pytest.raises(stripe.InvalidRequestError, match="endive"):
        await shop.stripe.v1.charges.list_async({}, other)


async def test_requests_are_told_with_their_keys(shop: Shop) -> None:
    await shop.stripe.v1.checkout.sessions.create_async(shop.order(), shop.on(idempotency_key="told"))
    told = [one for one in (await shop.control.get("requests")).json() if one["account"] == shop.account]
    assert [(one["method"], one["path"], one["idempotency_key"], one["status"]) for one in told] == [
        ("POST", "/v1/checkout/sessions", "told", 200)
    ]
