"""stripe.md §3 (and facts 0.2, 0.3, 0.6, 0.7): intents, sessions, and what becomes of them."""

import time
from typing import Any

import pytest
import stripe

from tests.billing.paysim.shop import Shop, until


async def test_a_session_is_open_and_unpaid_and_has_no_intent_before_the_first_attempt(shop: Shop) -> None:
    session = await shop.session()
    assert (session.status, session.payment_status, session.payment_intent) == ("open", "unpaid", None)
    assert session.url == f"{shop.url}/c/pay/{session.id}"
    assert session.amount_total == 125_000
    assert session.expires_at == session.created + 24 * 3600


async def test_a_card_pays_the_session_at_once_and_its_url_goes(shop: Shop) -> None:
    session = await shop.session()
    await shop.pay(session.id)
    paid = await shop.look(session.id, "payment_intent.latest_charge")
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert isinstance(paid.payment_intent, stripe.PaymentIntent)
    assert (paid.payment_intent.status, paid.payment_intent.amount_received) == ("succeeded", 125_000)
    assert isinstance(paid.payment_intent.latest_charge, stripe.Charge)
    assert paid.payment_intent.latest_charge.status == "succeeded"


async def test_a_declined_card_leaves_the_session_open_and_the_same_intent_is_paid_next(shop: Shop) -> None:
    session = await shop.session()
    declined = await shop.pay(session.id, number="4000000000000002")
    assert declined["status"] == "requires_payment_method"
    assert declined["last_payment_error"]["decline_code"] == "generic_decline"
    assert (await shop.look(session.id)).status == "open"
    paid = await shop.pay(session.id)
    assert (paid["id"], paid["status"], paid["last_payment_error"]) == (declined["id"], "succeeded", None)
    charges = await shop.stripe.v1.charges.list_async({"payment_intent": paid["id"]}, shop.on())
    assert [charge.status for charge in charges.data] == ["succeeded", "failed"]


async def test_fees_are_known_a_little_after_the_charge_and_told_by_charge_updated(shop: Shop) -> None:
    session = await shop.session(payment_intent_data={"application_fee_amount": 250})
    await shop.pay(session.id)
    await until(lambda: shop.receiver.of(shop.account, "charge.updated"))
    charge = (await shop.intent(session.id)).latest_charge
    assert isinstance(charge, stripe.Charge)
    line = charge.balance_transaction
    assert isinstance(line, stripe.BalanceTransaction)
    assert (line.amount, line.net, line.type) == (125_000, line.amount - line.fee, "charge")
    assert {detail.type: detail.amount for detail in line.fee_details}["application_fee"] == 250
    assert sum(detail.amount for detail in line.fee_details) == line.fee
    first = shop.receiver.of(shop.account, "charge.succeeded")[0].event
    assert first["data"]["object"]["balance_transaction"] is None


async def test_a_pending_debit_has_no_balance_transaction_and_completes_the_session_unpaid(shop: Shop) -> None:
    await shop.settings(settlement_seconds=600)
    session = await shop.session()
    assert (await shop.pay(session.id, "bacs_debit"))["status"] == "processing"
    complete = await shop.look(session.id)
    assert (complete.status, complete.payment_status) == ("complete", "unpaid")
    charge = (await shop.intent(session.id)).latest_charge
    assert isinstance(charge, stripe.Charge)
    assert (charge.status, charge.balance_transaction) == ("pending", None)


async def test_a_debit_is_collected_days_later_on_the_banks_clock(shop: Shop) -> None:
    await shop.settings(settlement_seconds=4 * 86400)
    session = await shop.session()
    await shop.pay(session.id, "bacs_debit")
    await shop.control.post("clock", json={"advance_seconds": 4 * 86400})
    await until(lambda: shop.receiver.of(shop.account, "checkout.session.async_payment_succeeded"))
    assert (await shop.look(session.id)).payment_status == "paid"
    assert (await shop.intent(session.id)).amount_received == 125_000


async def test_a_returned_debit_leaves_the_session_complete_and_not_reusable(shop: Shop) -> None:
    session = await shop.session()
    await shop.pay(session.id, "bacs_debit", "22222227")
    await until(lambda: shop.receiver.of(shop.account, "checkout.session.async_payment_failed"))
    intent = await shop.intent(session.id)
    assert intent.status == "requires_payment_method"
    assert intent.last_payment_error is not None
    assert intent.last_payment_error.code == "insufficient_funds"
    kept = await shop.look(session.id)
    assert (kept.status, kept.payment_status) == ("complete", "unpaid")
    assert (await shop.control.post(f"sessions/{session.id}/pay", json={})).status_code == 409


async def test_less_collected_than_asked_shows_in_amount_received(shop: Shop) -> None:
    await shop.fault("partial_settlement", amount=100_000)
    session = await shop.session()
    await shop.pay(session.id)
    intent = await shop.intent(session.id)
    assert (intent.amount, intent.amount_received) == (125_000, 100_000)


@pytest.mark.parametrize("verb", ["confirm_async", "cancel_async"])
async def test_an_intent_of_a_session_is_neither_confirmed_nor_cancelled_directly(shop: Shop, verb: str) -> None:
    session = await shop.session()
    intent = await shop.pay(session.id, number="4000000000000002")
    call: Any = getattr(shop.stripe.v1.payment_intents, verb)
    with pytest.raises(stripe.InvalidRequestError, match="Checkout Session"):
        await call(intent["id"], {}, shop.on())


async def test_expiring_the_session_cancels_its_intent(shop: Shop) -> None:
    session = await shop.session()
    intent = await shop.pay(session.id, number="4000000000000002")
    expired = await shop.stripe.v1.checkout.sessions.expire_async(session.id, {}, shop.on())
    assert (expired.status, expired.url) == ("expired", None)
    kept = await shop.stripe.v1.payment_intents.retrieve_async(intent["id"], {}, shop.on())
    assert kept.status == "canceled"
    with pytest.raises(stripe.InvalidRequestError, match="Only Checkout Sessions"):
        await shop.stripe.v1.checkout.sessions.expire_async(session.id, {}, shop.on())


async def test_a_session_expires_by_itself_and_says_so(shop: Shop) -> None:
    session = await shop.session(expires_at=int(time.time()) + 1801)
    await shop.control.post("clock", json={"advance_seconds": 1802})
    await until(lambda: shop.receiver.of(shop.account, "checkout.session.expired"))
    assert (await shop.look(session.id)).status == "expired"


async def test_a_completed_session_cannot_be_expired(shop: Shop) -> None:
    session = await shop.session()
    await shop.pay(session.id)
    with pytest.raises(stripe.InvalidRequestError, match="status of complete"):
        await shop.stripe.v1.checkout.sessions.expire_async(session.id, {}, shop.on())


async def test_authentication_asks_by_redirect_and_then_succeeds_or_fails(shop: Shop) -> None:
    session = await shop.session()
    waiting = await shop.pay(session.id, number="4000002760003184", challenge="leave")
    assert waiting["status"] == "requires_action"
    assert waiting["next_action"]["type"] == "redirect_to_url"
    refused = await shop.pay(session.id, number="4000002760003184", challenge="fail")
    assert refused["last_payment_error"]["code"] == "payment_intent_authentication_failure"
    assert (await shop.pay(session.id, number="4000002760003184"))["status"] == "succeeded"


async def test_metadata_of_the_session_is_not_copied_to_the_intent(shop: Shop) -> None:
    session = await shop.session(metadata={"payment_id": "s"}, payment_intent_data={"metadata": {"payment_id": "i"}})
    await shop.pay(session.id)
    intent = await shop.intent(session.id)
    assert session.metadata is not None
    assert (session.metadata["payment_id"], intent.metadata["payment_id"]) == ("s", "i")
    other = await shop.session(metadata={"payment_id": "s"})
    await shop.pay(other.id)
    assert (await shop.intent(other.id)).metadata.to_dict() == {}


@pytest.mark.parametrize("seconds", [29 * 60, 24 * 3600 + 60, -1])
async def test_a_session_lasts_between_half_an_hour_and_a_day(shop: Shop, seconds: int) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await shop.session(expires_at=int(time.time()) + seconds)
    assert refused.value.param == "expires_at"


async def test_a_session_may_last_exactly_half_an_hour(shop: Shop) -> None:
    until_then = int(time.time()) + 1800
    assert (await shop.session(expires_at=until_then)).expires_at == until_then


async def test_the_removed_payment_method_types_is_an_unknown_parameter(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await shop.session(payment_method_types=["card"])
    assert (refused.value.code, refused.value.param) == ("parameter_unknown", "payment_method_types")
    shop.transport.breaches.clear()


async def test_the_old_ui_mode_is_refused(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="ui_mode"):
        await shop.session(ui_mode="hosted")
    shop.transport.breaches.clear()


async def test_allowed_types_narrow_what_the_account_offers(shop: Shop) -> None:
    assert (await shop.session()).payment_method_types == ["card", "bacs_debit"]
    assert (await shop.session(allowed_payment_method_types=["card"])).payment_method_types == ["card"]
    assert (await shop.session(excluded_payment_method_types=["card"])).payment_method_types == ["bacs_debit"]
    assert (await shop.session(currency="eur")).payment_method_types == ["card", "sepa_debit"]
    with pytest.raises(stripe.InvalidRequestError, match="No valid payment method"):
        await shop.session(currency="eur", allowed_payment_method_types=["bacs_debit"])


async def test_lines_are_not_negative_and_at_most_a_hundred(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await shop.session(-5)
    assert refused.value.param == "line_items[0][price_data][unit_amount]"
    order = shop.order()
    order["line_items"] *= 101
    with pytest.raises(stripe.InvalidRequestError, match="at most 100"):
        await shop.stripe.v1.checkout.sessions.create_async(order, shop.on())


async def test_lines_are_listed_and_included_when_asked_for(shop: Shop) -> None:
    order = shop.order()
    order["line_items"] = [*order["line_items"], *shop.order(500)["line_items"]]
    session = await shop.stripe.v1.checkout.sessions.create_async(order, shop.on())
    assert session.amount_total == 125_500
    lines = await shop.stripe.v1.checkout.sessions.line_items.list_async(session.id, {}, shop.on())
    assert sorted(line.amount_total for line in lines.data) == [500, 125_000]
    included = (await shop.look(session.id, "line_items")).line_items
    assert included is not None
    assert [line.amount_total for line in included.data] == [125_000, 500]


@pytest.mark.parametrize("fee", [0, -1, 125_001])
async def test_an_application_fee_is_positive_and_no_more_than_the_amount(shop: Shop, fee: int) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="application fee"):
        await shop.session(payment_intent_data={"application_fee_amount": fee})


async def test_two_payers_on_one_session_pay_it_once(shop: Shop) -> None:
    session = await shop.session()
    await shop.pay(session.id)
    assert (await shop.control.post(f"sessions/{session.id}/pay", json={})).status_code == 409
    assert (await shop.payments())["sums"]["gbp"]["received"] == 125_000


async def test_an_intent_made_directly_is_confirmed_with_a_magic_name(shop: Shop) -> None:
    intent = await shop.stripe.v1.payment_intents.create_async({"amount": 900, "currency": "gbp"}, shop.on())
    assert intent.status == "requires_payment_method"
    paid = await shop.stripe.v1.payment_intents.confirm_async(intent.id, {"payment_method": "pm_card_visa"}, shop.on())
    assert (paid.status, paid.amount_received) == ("succeeded", 900)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await shop.stripe.v1.payment_intents.cancel_async(intent.id, {}, shop.on())
    assert refused.value.code == "payment_intent_unexpected_state"


async def test_a_declined_confirmation_raises_a_card_error_with_its_intent(shop: Shop) -> None:
    params: Any = {"amount": 900, "currency": "gbp", "payment_method": "pm_card_visa_chargeDeclined", "confirm": True}
    with pytest.raises(stripe.CardError) as declined:
        await shop.stripe.v1.payment_intents.create_async(params, shop.on())
    assert (declined.value.http_status, declined.value.code) == (402, "card_declined")
    assert declined.value.error is not None
    assert declined.value.error.decline_code == "generic_decline"
    assert declined.value.error.payment_intent is not None
    kept = await shop.stripe.v1.payment_intents.retrieve_async(declined.value.error.payment_intent.id, {}, shop.on())
    assert kept.status == "requires_payment_method"


async def test_an_intent_is_changed_and_cancelled_before_it_is_paid(shop: Shop) -> None:
    intents = shop.stripe.v1.payment_intents
    intent = await intents.create_async({"amount": 900, "currency": "gbp", "metadata": {"a": "1"}}, shop.on())
    changed = await intents.update_async(intent.id, {"amount": 950, "metadata": {"a": "", "b": "2"}}, shop.on())
    assert (changed.amount, changed.metadata.to_dict()) == (950, {"b": "2"})
    gone = await intents.cancel_async(intent.id, {"cancellation_reason": "abandoned"}, shop.on())
    assert (gone.status, gone.cancellation_reason) == ("canceled", "abandoned")
