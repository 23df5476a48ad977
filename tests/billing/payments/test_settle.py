"""What becomes of a payment, whatever Stripe says, how often, in which order and how late."""

import json
import random
from datetime import timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import update

from portico_billing.payments import opening
from portico_billing.payments.models import MoneyEventRow, PaymentRow, StripeEventRow
from portico_billing.payments.settle import Seen, end_unpaid, refresh, settle
from portico_billing.payments.sweeping import compare_events
from portico_billing.stripe.errors import AccountRevoked, OutcomeUnknown, StripeTrouble
from portico_core.clock import now
from tests.billing.payments.shop import Shop
from tests.factories.payments import order_of

DEBIT_DECLINED = "000222222227"


async def test_a_card_payment_settles_once_and_owes_the_erp_once(shop: Shop) -> None:
    invoice = await shop.invoice(12_000)
    payment = await shop.open({invoice: 12_000})
    await shop.pay(payment)
    for event in await shop.sent():
        await shop.work(await shop.deliver(event))
    paid = await shop.payment(payment.id)
    assert (paid.state, paid.received_minor, paid.method, paid.method_last4) == ("succeeded", 12_000, "card", "4242")
    assert [each.state for each in await shop.postings()] == ["owed"]
    assert await shop.live() == {invoice.id: 12_000}  # until the ERP has it and was read again
    assert {each.state for each in await shop.all(StripeEventRow)} <= {"done", "ignored"}


async def test_a_declined_card_is_an_attempt_and_not_the_end(shop: Shop) -> None:
    payment = await shop.open({await shop.invoice(): 12_000})
    await shop.pay(payment, number="4000000000000002")
    await shop.sweep()
    assert (await shop.payment(payment.id)).state == "open"
    assert await shop.facts() == ["attempt_failed"]
    await shop.pay(payment)
    await shop.sweep()
    assert (await shop.payment(payment.id)).state == "succeeded"
    assert len(await shop.postings()) == 1


async def test_a_bank_debit_closes_nothing_before_it_has_settled(shop: Shop) -> None:
    invoice = await shop.invoice()
    payment = await shop.open({invoice: 12_000})
    intent = await shop.pay(payment, "bacs_debit")
    await shop.sweep()
    processing = await shop.payment(payment.id)
    assert (processing.state, processing.received_minor) == ("processing", 0)
    assert await shop.postings() == []
    assert await shop.live() == {invoice.id: 12_000}
    await shop.bank(intent)
    await shop.sweep()
    assert (await shop.payment(payment.id)).state == "succeeded"
    assert len(await shop.postings()) == 1


async def test_a_refused_debit_frees_its_invoices_once(shop: Shop) -> None:
    invoice = await shop.invoice()
    payment = await shop.open({invoice: 12_000})
    intent = await shop.pay(payment, "bacs_debit")
    await shop.sweep()
    await shop.bank(intent, outcome="failed", code="insufficient_funds")
    for event in await shop.sent():
        await shop.work(await shop.deliver(event))
    failed = await shop.payment(payment.id)
    assert (failed.state, failed.failure) == ("failed", "insufficient_funds")
    assert await shop.live() == {}
    assert await shop.postings() == []


async def test_an_abandoned_page_expires_and_frees_its_invoices(shop: Shop) -> None:
    payment = await shop.open({await shop.invoice(): 12_000})
    await shop.control.post(f"sessions/{payment.checkout_session_id}/expire")
    await shop.sweep()
    assert (await shop.payment(payment.id)).state == "expired"
    assert await shop.live() == {}


async def test_another_amount_than_asked_is_set_aside_for_a_person(shop: Shop) -> None:
    invoice = await shop.invoice()
    fault = await shop.fault("partial_settlement", amount=9_000)
    payment = await shop.open({invoice: 12_000})
    await shop.pay(payment)
    await shop.sweep()
    assert await shop.fired(fault) == 1
    held = await shop.payment(payment.id)
    assert (held.state, held.received_minor) == ("quarantined", 9_000)
    assert await shop.postings() == []
    assert await shop.live() == {invoice.id: 12_000}


@pytest.mark.parametrize("seed", range(4))
async def test_events_shuffled_doubled_and_late_come_to_the_same(shop: Shop, seed: int) -> None:
    invoice = await shop.invoice()
    payment = await shop.open({invoice: 12_000})
    await shop.pay(payment, number="4000000000000002")
    intent = await shop.pay(payment, "bacs_debit")
    early = await shop.sent()
    await shop.bank(intent)
    events = [*early, *await shop.sent(), *early]
    events += [replace(event, id=f"{event.id}_twin") for event in events[::3]]
    random.Random(seed).shuffle(events)  # noqa: S311 - a test's dice
    for event in events:
        await shop.work(await shop.deliver(event))
    assert (await shop.payment(payment.id)).state == "succeeded"
    assert len(await shop.postings()) == 1
    assert (await shop.facts()).count("succeeded") == 1


async def test_old_news_never_moves_a_payment_back(shop: Shop) -> None:
    payment = await shop.open({await shop.invoice(): 12_000})
    intent = await shop.pay(payment, "bacs_debit")
    as_it_was = await shop.gateway.retrieve_checkout(shop.account, payment.checkout_session_id or "")
    await shop.bank(intent)
    await shop.sweep()
    async with shop.database.tenant_session(shop.tenant) as session:
        seen = Seen(checkout=as_it_was, intent=as_it_was.intent)
        assert seen.state == "processing"
        assert await settle(session, payment.id, seen, source="late") == "succeeded"
    assert (await shop.payment(payment.id)).received_minor == 12_000


async def test_money_that_came_after_we_gave_up_counts(shop: Shop) -> None:
    invoice = await shop.invoice()
    payment = await shop.open({invoice: 12_000})
    await shop.pay(payment)
    async with shop.database.tenant_session(shop.tenant) as session:
        locked = await session.get_one(PaymentRow, payment.id, with_for_update=True)
        await end_unpaid(session, locked, "expired", "never_opened")
    assert await shop.live() == {}
    await refresh(shop.database, shop.gateway, shop.tenant, payment.id, source="test")
    assert (await shop.payment(payment.id)).state == "succeeded"
    assert len(await shop.postings()) == 1
    assert await shop.live() == {invoice.id: 12_000}


async def test_an_event_that_names_another_tenant_changes_nothing(shop: Shop) -> None:
    payment = await shop.open({await shop.invoice(): 12_000})
    (event,) = [each for each in await _paid(shop, payment) if each.type == "checkout.session.completed"]
    body = json.loads(event.body)
    body["data"]["object"]["metadata"]["tenant_id"] = "00000000-0000-0000-0000-000000000000"
    await shop.work(await shop.deliver(replace(event, body=json.dumps(body))))
    assert (await shop.payment(payment.id)).state == "open"
    (row,) = await shop.all(StripeEventRow)
    assert (row.state, row.last_error) == ("failed", "names another tenant")


async def test_a_lie_in_an_event_is_not_believed(shop: Shop) -> None:
    payment = await shop.open({await shop.invoice(): 12_000})
    await shop.control.post(
        f"accounts/{shop.account}/events",
        json={"type": "checkout.session.completed", "object_id": payment.checkout_session_id},
    )
    for event in await shop.sent():
        await shop.work(await shop.deliver(event))
    assert (await shop.payment(payment.id)).state == "open"


async def test_a_payment_made_in_the_dashboard_is_left_alone(shop: Shop) -> None:
    await shop.control.post(
        f"accounts/{shop.account}/payments", json={"method": "card", "amount": 5_000, "currency": "gbp"}
    )
    for event in await shop.sent():
        await shop.work(await shop.deliver(event))
    assert {(each.state, each.last_error) for each in await shop.all(StripeEventRow) if "intent" in each.type} == {
        ("ignored", "no payment of ours")
    }
    assert await shop.all(MoneyEventRow) == []


async def test_without_any_webhook_the_sweep_finds_the_payment(shop: Shop) -> None:
    payment = await shop.open({await shop.invoice(): 12_000})
    await shop.pay(payment)
    await shop.sweep()
    assert (await shop.payment(payment.id)).state == "succeeded"


async def test_events_that_never_arrived_are_fetched(shop: Shop) -> None:
    payment = await shop.open({await shop.invoice(): 12_000})
    await shop.pay(payment)
    assert await compare_events(shop.database, shop.gateway, shop.tenant) == 0  # too young for an alarm
    assert {each.type for each in await shop.all(StripeEventRow)} >= {
        "payment_intent.succeeded",
        "checkout.session.completed",
    }
    stored = len(await shop.all(StripeEventRow))
    await compare_events(shop.database, shop.gateway, shop.tenant)  # within the hour: not asked again
    assert len(await shop.all(StripeEventRow)) == stored
    await shop.sweep()
    assert (await shop.payment(payment.id)).state == "succeeded"


async def test_an_event_that_cannot_be_worked_does_not_stand_in_the_others_way(shop: Shop) -> None:
    payment = await shop.open({await shop.invoice(): 12_000})
    events = await _paid(shop, payment)
    await shop.deliver(replace(events[0], id="evt_poison", body='{"data": null}'))
    for event in events:
        await shop.deliver(event)
    await shop.sweep()
    await shop.sweep()
    rows = {each.event_id: (each.state, each.attempts) for each in await shop.all(StripeEventRow)}
    assert rows.pop("evt_poison") == ("new", 2)
    assert {state for state, _ in rows.values()} == {"done"}
    assert (await shop.payment(payment.id)).state == "succeeded"


async def test_a_lost_answer_to_create_gives_one_session(shop: Shop) -> None:
    started = await shop.start(order_of({await shop.invoice(): 12_000}))
    fault = await shop.fault("lost_reply", method="POST", path="/v1/checkout/sessions", times=3)
    with pytest.raises(OutcomeUnknown):
        await opening.open_checkout(shop.database, shop.gateway, shop.tenant, started.payment_id, source="test")
    assert await shop.fired(fault) == 3
    assert (await shop.payment(started.payment_id)).state == "creating"
    await shop.sweep()
    payment = await shop.payment(started.payment_id)
    assert payment.state == "open"
    assert [each.id async for each in _sessions(shop)] == [payment.checkout_session_id]


async def test_an_answer_lost_for_too_long_is_looked_for(shop: Shop) -> None:
    started = await shop.start(order_of({await shop.invoice(): 12_000}))
    await shop.fault("lost_reply", method="POST", path="/v1/checkout/sessions", times=3)
    with pytest.raises(OutcomeUnknown):
        await opening.open_checkout(shop.database, shop.gateway, shop.tenant, started.payment_id, source="test")
    await _as_if_two_hours_ago(shop)
    await shop.sweep()
    payment = await shop.payment(started.payment_id)
    assert payment.state == "open"
    assert payment.checkout_session_id is not None


async def test_a_call_that_never_came_through_is_given_up(shop: Shop) -> None:
    started = await shop.start(order_of({await shop.invoice(): 12_000}))
    await _as_if_two_hours_ago(shop)
    await shop.sweep()
    payment = await shop.payment(started.payment_id)
    assert (payment.state, payment.failure) == ("expired", "never_opened")
    assert await shop.live() == {}
    assert [each async for each in _sessions(shop)] == []


async def test_what_stripe_refuses_frees_the_invoices(shop: Shop) -> None:
    await shop.control.post(f"accounts/{shop.account}", json={"charges_enabled": False})
    started = await shop.start(order_of({await shop.invoice(): 12_000}))
    await opening.open_checkout(shop.database, shop.gateway, shop.tenant, started.payment_id, source="test")
    assert (await shop.payment(started.payment_id)).state == "failed"
    assert await shop.live() == {}


async def test_a_revoked_account_leaves_what_is_under_way_as_it_is(shop: Shop) -> None:
    payment = await shop.open({await shop.invoice(): 12_000})
    await shop.control.post(f"accounts/{shop.account}", json={"revoked": True})
    with pytest.raises(AccountRevoked):
        await refresh(shop.database, shop.gateway, shop.tenant, payment.id, source="test")
    await shop.sweep()
    assert (await shop.payment(payment.id)).state == "open"


async def test_cancelling_frees_the_invoices_when_stripe_has_confirmed(shop: Shop) -> None:
    payment = await shop.open({await shop.invoice(): 12_000})
    state = await opening.cancel_payment(shop.database, shop.gateway, shop.tenant, payment.id, source="person:x")
    assert state == "expired"
    assert await shop.live() == {}
    assert [each.status async for each in _sessions(shop)] == ["expired"]


async def test_cancelling_what_has_just_been_paid_takes_nothing_back(shop: Shop) -> None:
    payment = await shop.open({await shop.invoice(): 12_000})
    await shop.pay(payment)
    state = await opening.cancel_payment(shop.database, shop.gateway, shop.tenant, payment.id, source="person:x")
    assert state == "succeeded"
    assert len(await shop.postings()) == 1


async def test_cancelling_with_stripe_away_changes_nothing(shop: Shop) -> None:
    invoice = await shop.invoice()
    payment = await shop.open({invoice: 12_000})
    await shop.fault("reset", path="/v1/checkout/sessions/*", times=9)
    with pytest.raises(StripeTrouble):
        await opening.cancel_payment(shop.database, shop.gateway, shop.tenant, payment.id, source="person:x")
    assert await shop.live() == {invoice.id: 12_000}


async def test_an_answer_that_comes_after_giving_up_is_closed_at_once(shop: Shop) -> None:
    started = await shop.start(order_of({await shop.invoice(): 12_000}))

    class GivenUpMeanwhile(type(shop.gateway)):  # type: ignore[misc]  # a payment that ends while its call is under way
        async def create_checkout(self, *args, **more):  # type: ignore[no-untyped-def]
            made = await shop.gateway.create_checkout(*args, **more)
            async with shop.database.tenant_session(shop.tenant) as session:
                locked = await session.get_one(PaymentRow, started.payment_id, with_for_update=True)
                await end_unpaid(session, locked, "expired", "never_opened")
            return made

        async def expire_checkout(self, *args, **more):  # type: ignore[no-untyped-def]
            return await shop.gateway.expire_checkout(*args, **more)

    late = GivenUpMeanwhile(shop.gateway.settings)
    await opening.open_checkout(shop.database, late, shop.tenant, started.payment_id, source="test")
    assert [each.status async for each in _sessions(shop)] == ["expired"]
    assert (await shop.payment(started.payment_id)).checkout_session_id is None


async def _paid(shop: Shop, payment: PaymentRow) -> list:  # type: ignore[type-arg]
    await shop.pay(payment)
    return await shop.sent()


def _sessions(shop: Shop):  # type: ignore[no-untyped-def]
    hour = timedelta(hours=1)
    return shop.gateway.list_checkouts(shop.account, since=now() - hour, until=now() + hour)


async def _as_if_two_hours_ago(shop: Shop) -> None:
    async with shop.database.tenant_session(shop.tenant) as session:
        await session.execute(update(PaymentRow).values(expires_at=now() + timedelta(minutes=20)))
