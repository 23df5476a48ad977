"""stripe.md §8 (and fact 0.10, §1): events, their delivery, and how delivery goes wrong."""

import time
from typing import Any

import httpx
import pytest
import stripe

from portico_billing.paysim import API_VERSION
from tests.billing.paysim.receiver import SECRET
from tests.billing.paysim.shop import Shop, until


async def test_a_delivery_passes_the_sdks_own_check_and_carries_every_top_level_field(shop: Shop) -> None:
    session = await shop.session()
    await shop.pay(session.id)
    await until(lambda: shop.receiver.of(shop.account, "checkout.session.completed"))
    arrival = shop.receiver.of(shop.account, "checkout.session.completed")[0]
    event = shop.stripe.construct_event(arrival.body, arrival.headers["stripe-signature"], SECRET)
    assert event.account == shop.account
    assert (event.api_version, event.livemode, event.pending_webhooks) == (API_VERSION, False, 1)
    assert event.data.object["id"] == session.id
    assert set(arrival.event) == {
        *("id", "object", "account", "api_version", "created", "data", "livemode"),
        *("pending_webhooks", "request", "type"),
    }
    with pytest.raises(stripe.SignatureVerificationError):
        shop.stripe.construct_event(arrival.body + b" ", arrival.headers["stripe-signature"], SECRET)


async def test_an_event_names_the_request_and_its_key_when_a_request_made_it(shop: Shop) -> None:
    key = f"expire-{shop.account}"
    session = await shop.session()
    expired = await shop.stripe.v1.checkout.sessions.expire_async(session.id, {}, shop.on(idempotency_key=key))
    page = await shop.stripe.v1.events.list_async({"type": "checkout.session.expired"}, shop.on())
    assert page.data[0].request is not None
    assert expired.last_response is not None
    assert page.data[0].request.id == expired.last_response.request_id
    assert page.data[0].request.idempotency_key == key


async def test_extra_headers_of_the_configuration_go_along(shop: Shop) -> None:
    await shop.pay((await shop.session()).id)
    await until(lambda: shop.receiver.of(shop.account))
    assert shop.receiver.of(shop.account)[0].headers["host"] == "hooks.portal.localhost:8000"


async def test_what_a_card_payment_and_a_debit_tell(shop: Shop) -> None:
    await shop.pay((await shop.session()).id)
    await until(lambda: shop.receiver.of(shop.account, "charge.updated"))
    assert await shop.event_types() == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
        "charge.updated",
    ]
    await shop.pay((await shop.session()).id, "bacs_debit")
    await until(lambda: len(shop.receiver.of(shop.account, "charge.updated")) == 2)
    assert (await shop.event_types())[5:] == [
        "payment_intent.created",
        "charge.pending",
        "payment_intent.processing",
        "checkout.session.completed",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.async_payment_succeeded",
        "charge.updated",
    ]


async def test_a_snapshot_shows_the_object_as_it_was_then(shop: Shop) -> None:
    session = await shop.session()
    await shop.pay(session.id, "bacs_debit")
    await until(lambda: shop.receiver.of(shop.account, "checkout.session.async_payment_succeeded"))
    first = shop.receiver.of(shop.account, "checkout.session.completed")[0].event
    last = shop.receiver.of(shop.account, "checkout.session.async_payment_succeeded")[0].event
    assert first["data"]["object"]["payment_status"] == "unpaid"
    assert last["data"]["object"]["payment_status"] == "paid"


@pytest.mark.parametrize("status", [500, 404, 302])
async def test_anything_but_2xx_is_tried_again_until_it_is(shop: Shop, status: int) -> None:
    session = await shop.session()
    shop.receiver.answers[shop.account] = [status] * 6
    await shop.pay(session.id)
    # four events of the payment and the fees' one, six deliveries refused
    await until(lambda: len(shop.receiver.of(shop.account)) == 5 + 6)
    ids = [arrival.event["id"] for arrival in shop.receiver.of(shop.account)]
    assert len(set(ids)) == 5


async def test_events_are_listed_by_types_by_time_and_by_whether_they_were_delivered(shop: Shop) -> None:
    started = int(time.time())
    await shop.fault("drop", event_type="checkout.session.completed")
    await shop.pay((await shop.session()).id)
    await until(lambda: len(shop.receiver.of(shop.account)) == 4)
    await shop.quiet()
    events = shop.stripe.v1.events

    async def types(params: Any) -> list[str]:
        return [event.type for event in (await events.list_async(params, shop.on())).data]

    assert await types({"types": ["charge.succeeded", "charge.updated"]}) == ["charge.updated", "charge.succeeded"]
    assert await types({"created": {"gte": started}, "delivery_success": False}) == ["checkout.session.completed"]
    assert "checkout.session.completed" not in await types({"delivery_success": True})
    assert await types({"created": {"gt": int(time.time()) + 5}}) == []
    lost = (await events.list_async({"delivery_success": False}, shop.on())).data[0]
    assert (await events.retrieve_async(lost.id, {}, shop.on())).pending_webhooks == 1


async def test_the_secret_of_an_endpoint_is_told_once(shop: Shop) -> None:
    endpoints = shop.stripe.v1.webhook_endpoints
    params: Any = {
        "url": "http://127.0.0.1:9/hook",
        "enabled_events": ["charge.refunded"],
        "api_version": API_VERSION,
    }
    made = await endpoints.create_async(params, shop.on())
    assert made.secret is not None
    assert made.secret.startswith("whsec_")
    assert "secret" not in await endpoints.retrieve_async(made.id, {}, shop.on())
    assert all("secret" not in one for one in (await endpoints.list_async({}, shop.on())).data)
    off = await endpoints.update_async(made.id, {"disabled": True}, shop.on())
    assert off.status == "disabled"
    gone = await endpoints.delete_async(made.id, {}, shop.on())
    assert gone.deleted


async def test_an_accounts_own_endpoint_gets_its_chosen_events(shop: Shop) -> None:
    params: Any = {"url": shop.receiver.url + "/own", "enabled_events": ["payment_intent.succeeded"]}
    await shop.stripe.v1.webhook_endpoints.create_async(params, shop.on())
    await shop.pay((await shop.session()).id)
    await until(lambda: len(shop.receiver.of(shop.account, "payment_intent.succeeded")) == 2)
    assert shop.receiver.types(shop.account).count("charge.succeeded") == 1
    assert shop.receiver.of(shop.account, "payment_intent.succeeded")[0].event["pending_webhooks"] == 2


async def test_the_payer_is_led_back_after_the_merchant_has_taken_the_event(shop: Shop) -> None:
    shop.receiver.slow_seconds[shop.account] = 0.4
    session = await shop.session()
    card = {"method": "card", "card_number": "4242 4242 4242 4242", "card_expiry": "12/40", "card_cvc": "123"}
    async with httpx.AsyncClient() as browser:
        began = time.monotonic()
        answer = await browser.post(str(session.url), data=card)
    assert 0.35 < time.monotonic() - began < 5
    assert answer.status_code == 303
    assert answer.headers["location"] == f"http://shop.localhost/paid?s={session.id}"


async def test_the_payer_is_led_back_in_the_end_when_nobody_takes_the_event(shop: Shop) -> None:
    shop.receiver.answers[shop.account] = [500] * 500
    session = await shop.session()
    card = {"method": "card", "card_number": "4242 4242 4242 4242", "card_expiry": "12/40", "card_cvc": "123"}
    async with httpx.AsyncClient() as browser:
        began = time.monotonic()
        answer = await browser.post(str(session.url), data=card)
    assert time.monotonic() - began >= 1.0
    assert answer.status_code == 303
    shop.receiver.answers[shop.account] = []


async def test_an_event_comes_twice_with_the_same_id_or_with_another(shop: Shop) -> None:
    await shop.fault("duplicate", event_type="checkout.session.completed")
    await shop.fault("duplicate_new_id", event_type="payment_intent.succeeded")
    await shop.pay((await shop.session()).id)
    await until(lambda: len(shop.receiver.of(shop.account)) == 5 + 2)
    same = [one.event["id"] for one in shop.receiver.of(shop.account, "checkout.session.completed")]
    other = shop.receiver.of(shop.account, "payment_intent.succeeded")
    assert len(same) == 2
    assert len(set(same)) == 1
    assert len({one.event["id"] for one in other}) == 2
    assert other[0].event["data"] == other[1].event["data"]


async def test_an_event_is_overtaken_by_later_ones(shop: Shop) -> None:
    await shop.fault("reorder", event_type="payment_intent.processing", seconds=0.6)
    await shop.pay((await shop.session()).id, "bacs_debit")
    await until(lambda: shop.receiver.of(shop.account, "payment_intent.processing"))
    types = shop.receiver.types(shop.account)
    assert types.index("payment_intent.processing") > types.index("payment_intent.succeeded")


@pytest.mark.parametrize("trick", ["wrong_signature", "old_timestamp"])
async def test_a_badly_signed_delivery_fails_the_sdks_check_and_the_next_try_is_good(shop: Shop, trick: str) -> None:
    await shop.fault(trick, event_type="checkout.session.completed")
    session = await shop.session()
    shop.receiver.answers[shop.account] = [400] * 4
    await shop.pay(session.id)
    await until(lambda: len(shop.receiver.of(shop.account, "checkout.session.completed")) == 2)
    bad, good = shop.receiver.of(shop.account, "checkout.session.completed")
    with pytest.raises(stripe.SignatureVerificationError):
        shop.stripe.construct_event(bad.body, bad.headers["stripe-signature"], SECRET)
    assert shop.stripe.construct_event(good.body, good.headers["stripe-signature"], SECRET).id == bad.event["id"]


async def test_two_signatures_as_during_a_rotation_pass(shop: Shop) -> None:
    await shop.fault("two_signatures", event_type="checkout.session.completed")
    await shop.pay((await shop.session()).id)
    await until(lambda: shop.receiver.of(shop.account, "checkout.session.completed"))
    arrival = shop.receiver.of(shop.account, "checkout.session.completed")[0]
    assert arrival.headers["stripe-signature"].count("v1=") == 2
    shop.stripe.construct_event(arrival.body, arrival.headers["stripe-signature"], SECRET)


async def test_an_event_is_sent_again_by_hand(shop: Shop) -> None:
    await shop.fault("drop", event_type="checkout.session.completed")
    await shop.pay((await shop.session()).id)
    page = await shop.stripe.v1.events.list_async({"type": "checkout.session.completed"}, shop.on())
    assert (await shop.control.post(f"events/{page.data[0].id}/resend")).json() == {"deliveries": 1}
    await until(lambda: shop.receiver.of(shop.account, "checkout.session.completed"))
