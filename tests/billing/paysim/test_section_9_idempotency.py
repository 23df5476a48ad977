"""stripe.md §9: idempotency keys, and what a lost answer leaves behind."""

import asyncio

import httpx
import pytest
import stripe

from tests.billing.paysim.shop import SECRET_KEY, Shop, make_client


async def test_the_same_key_gives_the_same_object_and_says_that_it_is_a_replay(shop: Shop) -> None:
    sessions, order, key = shop.stripe.v1.checkout.sessions, shop.order(), f"same-{shop.account}"
    first = await sessions.create_async(order, shop.on(idempotency_key=key))
    again = await sessions.create_async(order, shop.on(idempotency_key=key))
    assert first.id == again.id
    assert first.last_response is not None
    assert again.last_response is not None
    assert "idempotent-replayed" not in first.last_response.headers
    assert again.last_response.headers["idempotent-replayed"] == "true"
    assert again.last_response.headers["original-request"] == first.last_response.request_id
    assert len((await sessions.list_async({}, shop.on())).data) == 1


async def test_a_replay_shows_the_answer_of_then_not_the_object_of_now(shop: Shop) -> None:
    sessions, order, key = shop.stripe.v1.checkout.sessions, shop.order(), f"then-{shop.account}"
    first = await sessions.create_async(order, shop.on(idempotency_key=key))
    await sessions.expire_async(first.id, {}, shop.on())
    assert (await sessions.create_async(order, shop.on(idempotency_key=key))).status == "open"


async def test_the_same_key_with_other_parameters_is_refused(shop: Shop) -> None:
    key = f"other-{shop.account}"
    await shop.stripe.v1.checkout.sessions.create_async(shop.order(1000), shop.on(idempotency_key=key))
    with pytest.raises(stripe.IdempotencyError) as refused:
        await shop.stripe.v1.checkout.sessions.create_async(shop.order(2000), shop.on(idempotency_key=key))
    assert refused.value.http_status == 400


async def test_an_error_of_an_executed_request_is_replayed_a_refused_parameter_is_not(shop: Shop) -> None:
    sessions = shop.stripe.v1.checkout.sessions
    small, key = shop.order(5), f"small-{shop.account}"
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            await sessions.create_async(small, shop.on(idempotency_key=key))
    assert refused.value.headers is not None
    assert refused.value.headers["idempotent-replayed"] == "true"
    wrong, right = shop.order(-1), shop.order(1000)
    with pytest.raises(stripe.InvalidRequestError):
        await sessions.create_async(wrong, shop.on(idempotency_key=f"wrong-{shop.account}"))
    made = await sessions.create_async(right, shop.on(idempotency_key=f"wrong-{shop.account}"))
    assert made.amount_total == 1000


async def test_keys_belong_to_an_account(shop: Shop) -> None:
    other = "acct_other" + shop.account[5:]
    about = {"id": other, "business_name": "Other", "country": "GB", "default_currency": "gbp"}
    await shop.control.post("accounts", json=about)
    order, key = shop.order(), f"scoped-{shop.account}"
    here = await shop.stripe.v1.checkout.sessions.create_async(order, shop.on(idempotency_key=key))
    there = await shop.stripe.v1.checkout.sessions.create_async(
        order, {"stripe_account": other, "idempotency_key": key}
    )
    assert here.id != there.id


async def test_after_a_day_a_key_is_new_again(shop: Shop) -> None:
    sessions, order, key = shop.stripe.v1.checkout.sessions, shop.order(), f"day-{shop.account}"
    first = await sessions.create_async(order, shop.on(idempotency_key=key))
    await shop.control.post("clock", json={"advance_seconds": 23 * 3600})
    assert (await sessions.create_async(order, shop.on(idempotency_key=key))).id == first.id
    await shop.control.post("clock", json={"advance_seconds": 3601})
    assert (await sessions.create_async(order, shop.on(idempotency_key=key))).id != first.id


async def test_a_twin_of_a_request_under_way_is_in_use(shop: Shop) -> None:
    await shop.fault("delay", method="POST", seconds=0.5)
    impatient = make_client(shop.url, shop.transport, retries=0)
    order, options = shop.order(), shop.on(idempotency_key=f"twin-{shop.account}")
    slow = asyncio.create_task(impatient.v1.checkout.sessions.create_async(order, options))
    await asyncio.sleep(0.2)
    with pytest.raises(stripe.APIError) as busy:
        await impatient.v1.checkout.sessions.create_async(order, options)
    assert busy.value.http_status == 409
    assert busy.value.error is not None
    assert busy.value.error.code == "idempotency_key_in_use"
    first = await slow
    assert (await impatient.v1.checkout.sessions.create_async(order, options)).id == first.id


async def test_the_sdk_retries_a_lost_answer_with_its_key_and_nothing_is_made_twice(shop: Shop) -> None:
    fault = await shop.fault("lost_reply", path="/v1/checkout/sessions", times=2)
    session = await shop.session()
    assert await shop.fired(fault) == 2
    listed = await shop.stripe.v1.checkout.sessions.list_async({}, shop.on())
    assert [one.id for one in listed.data] == [session.id]


async def test_without_a_key_a_lost_answer_leaves_an_object_nobody_knows_of(shop: Shop) -> None:
    await shop.fault("lost_reply", method="POST")
    headers = {"Authorization": f"Bearer {SECRET_KEY}", "Stripe-Account": shop.account}
    async with httpx.AsyncClient(base_url=shop.url, headers=headers) as bare:
        form = {"amount": "900", "currency": "gbp"}
        with pytest.raises(httpx.RemoteProtocolError):
            await bare.post("/v1/payment_intents", data=form)
        assert (await bare.post("/v1/payment_intents", data=form)).status_code == 200
    assert len((await shop.payments())["payment_intents"]) == 2


async def test_a_500_is_stored_and_replayed_like_any_result(shop: Shop) -> None:
    once = make_client(shop.url, shop.transport, retries=0)
    await shop.fault("error_500", method="POST", effect=True)
    order, options = shop.order(), shop.on(idempotency_key=f"500-{shop.account}")
    for _ in range(2):
        with pytest.raises(stripe.APIError) as broken:
            await once.v1.checkout.sessions.create_async(order, options)
        assert broken.value.http_status == 500
    assert len((await shop.stripe.v1.checkout.sessions.list_async({}, shop.on())).data) == 1


async def test_a_500_in_front_of_a_stored_result_is_healed_by_the_retry(shop: Shop) -> None:
    await shop.fault("error_500", method="POST", effect=True, stored=False)
    session = await shop.session()
    assert [one.id for one in (await shop.stripe.v1.checkout.sessions.list_async({}, shop.on())).data] == [session.id]


async def test_a_500_without_effect_was_never_executed(shop: Shop) -> None:
    await shop.fault("error_500", method="POST")
    session = await shop.session()
    assert [one.id for one in (await shop.stripe.v1.checkout.sessions.list_async({}, shop.on())).data] == [session.id]


async def test_a_key_has_at_most_255_characters(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="255"):
        await shop.stripe.v1.checkout.sessions.create_async(shop.order(), shop.on(idempotency_key="k" * 256))
