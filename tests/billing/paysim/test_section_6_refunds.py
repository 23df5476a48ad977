"""stripe.md §6 (and fact 0.9): refunds whole and in part, those that wait and those that come back."""

import pytest
import stripe

from tests.billing.paysim.shop import Shop, until


async def test_a_refund_in_part_and_the_rest_and_no_more(shop: Shop) -> None:
    session = await shop.session()
    intent = await shop.pay(session.id)
    refunds = shop.stripe.v1.refunds
    part = await refunds.create_async({"payment_intent": intent["id"], "amount": 25_000}, shop.on())
    rest = await refunds.create_async({"payment_intent": intent["id"]}, shop.on())
    assert (part.status, part.amount, rest.amount) == ("succeeded", 25_000, 100_000)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await refunds.create_async({"payment_intent": intent["id"]}, shop.on())
    assert refused.value.code == "charge_already_refunded"
    charge = await shop.stripe.v1.charges.retrieve_async(intent["latest_charge"], {"expand": ["refunds"]}, shop.on())
    assert (charge.amount_refunded, charge.refunded) == (125_000, True)
    assert charge.refunds is not None
    assert [one.id for one in charge.refunds.data] == [rest.id, part.id]
    listed = await refunds.list_async({"charge": charge.id}, shop.on())
    assert [one.id for one in listed.data] == [rest.id, part.id]


async def test_a_refund_is_no_more_than_what_was_collected(shop: Shop) -> None:
    await shop.fault("partial_settlement", amount=100_000)
    intent = await shop.pay((await shop.session()).id)
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        await shop.stripe.v1.refunds.create_async({"payment_intent": intent["id"], "amount": 100_001}, shop.on())


async def test_a_refund_may_wait_and_then_arrive(shop: Shop) -> None:
    intent = await shop.pay((await shop.session()).id, number="4000000000007726")
    refund = await shop.stripe.v1.refunds.create_async({"payment_intent": intent["id"]}, shop.on())
    assert (refund.status, refund.pending_reason) == ("pending", "processing")
    await until(lambda: shop.receiver.of(shop.account, "refund.updated"))
    assert (await shop.stripe.v1.refunds.retrieve_async(refund.id, {}, shop.on())).status == "succeeded"


async def test_a_refund_that_had_succeeded_may_fail_later(shop: Shop) -> None:
    intent = await shop.pay((await shop.session()).id, number="4000000000005126")
    refund = await shop.stripe.v1.refunds.create_async({"payment_intent": intent["id"]}, shop.on())
    assert refund.status == "succeeded"
    await until(lambda: shop.receiver.of(shop.account, "refund.failed"))
    expand = {"expand": ["failure_balance_transaction", "charge"]}
    failed = await shop.stripe.v1.refunds.retrieve_async(refund.id, expand, shop.on())  # type: ignore[arg-type] # a plain dict
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    assert isinstance(failed.failure_balance_transaction, stripe.BalanceTransaction)
    assert isinstance(failed.charge, stripe.Charge)
    assert failed.charge.amount_refunded == 0


async def test_a_refund_in_the_dashboard_carries_nobodys_metadata(shop: Shop) -> None:
    intent = await shop.pay((await shop.session()).id)
    made = await shop.control.post(f"accounts/{shop.account}/refunds", json={"charge": intent["latest_charge"]})
    assert (made.json()["metadata"], made.json()["status"]) == ({}, "succeeded")
    await until(lambda: shop.receiver.of(shop.account, "charge.refunded"))
    assert shop.receiver.of(shop.account, "refund.created")[0].event["request"]["id"] is None


async def test_the_balance_adds_up(shop: Shop) -> None:
    intent = await shop.pay((await shop.session()).id)
    await until(lambda: shop.receiver.of(shop.account, "charge.updated"))
    await shop.stripe.v1.refunds.create_async({"payment_intent": intent["id"], "amount": 5000}, shop.on())
    lines = (await shop.stripe.v1.balance_transactions.list_async({}, shop.on())).data
    assert [(line.type, line.amount) for line in lines] == [("refund", -5000), ("charge", 125_000)]
    assert all(line.net == line.amount - line.fee for line in lines)
    only = await shop.stripe.v1.balance_transactions.list_async({"type": "refund"}, shop.on())
    assert [line.id for line in only.data] == [lines[0].id]


async def test_a_refund_fails_when_told_to_and_may_be_made_again(shop: Shop) -> None:
    intent = await shop.pay((await shop.session()).id)
    refund = await shop.stripe.v1.refunds.create_async({"payment_intent": intent["id"], "amount": 5000}, shop.on())
    assert (await shop.control.post(f"refunds/{refund.id}/fail")).json()["status"] == "failed"
    assert (await shop.control.post(f"refunds/{refund.id}/fail")).status_code == 409
    again = await shop.stripe.v1.refunds.create_async({"payment_intent": intent["id"]}, shop.on())
    assert again.amount == 125_000


@pytest.mark.parametrize(("verdict", "lines"), [("lost", [-125_000]), ("won", [125_000, -125_000])])
async def test_a_dispute_takes_the_money_until_it_is_won(shop: Shop, verdict: str, lines: list[int]) -> None:
    intent = await shop.pay((await shop.session()).id)
    order = {"charge": intent["latest_charge"]}
    dispute = (await shop.control.post(f"accounts/{shop.account}/disputes", json=order)).json()
    assert (await shop.control.post(f"accounts/{shop.account}/disputes", json=order)).status_code == 400
    closed = await shop.control.post(f"disputes/{dispute['id']}/close", json={"status": verdict})
    assert closed.json()["status"] == verdict
    charge = await shop.stripe.v1.charges.retrieve_async(intent["latest_charge"], {}, shop.on())
    assert charge.disputed
    listed = (await shop.stripe.v1.balance_transactions.list_async({"type": "adjustment"}, shop.on())).data
    assert [line.amount for line in listed] == lines
    told = ["created", "funds_withdrawn", "closed", *(["funds_reinstated"] if verdict == "won" else [])]
    events = (await shop.stripe.v1.events.list_async({"types": ["charge.dispute.*"]}, shop.on())).data
    assert [event.type for event in events] == [f"charge.dispute.{each}" for each in reversed(told)]
