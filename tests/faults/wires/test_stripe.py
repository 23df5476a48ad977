"""Each call to Stripe over a line that is cut, goes silent or answers nonsense: before, while and after it was done.

The library repeats a call twice by itself, so each harm is done three times: what is looked at is our own part.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from portico_billing.payments.models import PaymentRow, StripeEventRow
from portico_billing.payments.opening import cancel_payment, open_checkout
from portico_billing.payments.settle import refresh
from portico_billing.payments.sweeping import compare_events
from portico_billing.stripe.errors import OutcomeUnknown
from portico_billing.stripe.gateway import RETRIES, Gateway
from portico_core.clock import now
from tests.billing.payments.shop import Shop
from tests.factories.payments import order_of
from tests.faults.wires.bad_wire import BadWire, Harm
from tests.faults.wires.conftest import WAIT_SECONDS, Places

NONSENSE = (b'{"id": "cs_test_', b"", b"null", b"[]", b'"ok"', b'{"error": {"message": "Something went wrong."}}')
AT_ONCE = 4  # fewer than the pool has connections
Act = Callable[[], Awaitable[object]]


def harms(places: Places, reply_bytes: int) -> list[Harm]:
    """What befalls a call whose answer has so many bytes."""
    return [
        Harm("request", at=40),
        *(Harm("reply", at) for at in places(reply_bytes)),
        Harm("half_close", at=reply_bytes // 2),
        Harm("instead", body=NONSENSE[-1]),
        Harm("silence"),
    ]


async def fails(wire: BadWire, harm: Harm, words: tuple[str, ...], act: Act) -> None:
    """A call that is harmed each time it is made comes back as one of which nobody knows what became of it."""
    rule = wire.harm(harm, *words, times=RETRIES + 1)
    with pytest.raises(OutcomeUnknown):
        await act()
    assert rule.fired >= 1
    wire.rules.remove(rule)


async def all_at_once(works: list[Awaitable[None]]) -> None:
    """So many flows side by side; each has an invoice and a payment of its own."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(work: Awaitable[None]) -> None:
        async with slots:
            await work

    await asyncio.gather(*(one(work) for work in works))


async def sessions(shop: Shop) -> dict[str, list[str]]:
    """At Stripe: the sessions of each payment."""
    hour, found = timedelta(hours=1), dict[str, list[str]]()
    async for each in shop.gateway.list_checkouts(shop.account, since=now() - hour, until=now() + hour):
        found.setdefault(each.payment_id or "", []).append(each.id)
    return found


async def test_a_page_that_was_asked_for_over_a_bad_line_is_made_once(
    shop: Shop, wired: Gateway, stripe_wire: BadWire, places: Places
) -> None:
    async def start() -> tuple[str, Act]:
        payment_id = (await shop.start(order_of({await shop.invoice(100): 100}))).payment_id
        return str(payment_id), lambda: open_checkout(shop.database, wired, shop.tenant, payment_id, source="test")

    async def flow(harm: Harm) -> None:
        payment_id, act = await start()
        await fails(stripe_wire, harm, ("POST /v1/checkout/sessions ", payment_id), act)
        assert (await shop.payment(UUID(payment_id))).state == "creating"

    await (await start())[1]()
    tried = harms(places, stripe_wire.seen[-1].reply_bytes)
    await all_at_once([flow(harm) for harm in tried])
    assert len(await shop.live()) == len(tried) + 1
    await shop.sweep()
    at_stripe = await sessions(shop)
    payments = await shop.all(PaymentRow)
    assert len(payments) == len(tried) + 1
    for payment in payments:
        assert payment.state == "open"
        assert at_stripe[str(payment.id)] == [payment.checkout_session_id]


async def test_a_payment_asked_about_over_a_bad_line_stays_as_it_is(
    shop: Shop, wired: Gateway, stripe_wire: BadWire, places: Places
) -> None:
    async def start() -> tuple[PaymentRow, Act]:
        payment = await shop.open({await shop.invoice(100): 100})
        await shop.pay(payment)
        return payment, lambda: refresh(shop.database, wired, shop.tenant, payment.id, source="test")

    async def flow(harm: Harm) -> None:
        payment, act = await start()
        await fails(stripe_wire, harm, (f"GET /v1/checkout/sessions/{payment.checkout_session_id}?",), act)
        assert (await shop.payment(payment.id)).state == "open"

    await (await start())[1]()
    tried = harms(places, stripe_wire.seen[-1].reply_bytes)
    await all_at_once([flow(harm) for harm in [*tried, *(Harm("instead", body=body) for body in NONSENSE[:-1])]])
    assert len(await shop.postings()) == 1
    await shop.sweep()
    assert {each.state for each in await shop.all(PaymentRow)} == {"succeeded"}
    assert len(await shop.postings()) == len(await shop.all(PaymentRow))


async def test_cancelling_over_a_bad_line_frees_nothing_before_stripe_has_said_so(
    shop: Shop, wired: Gateway, stripe_wire: BadWire, places: Places
) -> None:
    async def flow(harm: Harm) -> None:
        payment = await shop.open({await shop.invoice(100): 100})
        await fails(
            stripe_wire,
            harm,
            (f"POST /v1/checkout/sessions/{payment.checkout_session_id}/expire",),
            lambda: cancel_payment(shop.database, wired, shop.tenant, payment.id, source="person:x"),
        )
        assert (await shop.payment(payment.id)).state == "open"

    tried = harms(places, 2_000)
    await all_at_once([flow(harm) for harm in tried])
    assert len(await shop.live()) == len(tried)
    await shop.sweep()
    states = [each.state for each in await shop.all(PaymentRow)]
    assert set(states) == {"open", "expired"}  # half a request ended nothing
    assert len(await shop.live()) == states.count("open")


async def test_half_a_list_is_no_reason_to_give_a_payment_up(
    shop: Shop, wired: Gateway, stripe_wire: BadWire, places: Places
) -> None:
    payment_id = (await shop.start(order_of({await shop.invoice(100): 100}))).payment_id

    async def act() -> None:
        await open_checkout(shop.database, wired, shop.tenant, payment_id, source="test")

    await fails(stripe_wire, Harm("reply", at=0), ("POST /v1/checkout/sessions ",), act)
    async with shop.database.tenant_session(shop.tenant) as session:  # too late to repeat the call
        await session.execute(update(PaymentRow).values(expires_at=now() + timedelta(minutes=20)))
    for harm in (Harm("reply", at=500), Harm("half_close", at=900), Harm("instead", body=b'{"object": "list"}')):
        await fails(stripe_wire, harm, ("GET /v1/checkout/sessions?",), act)
        assert (await shop.payment(payment_id)).state == "creating"
    await shop.sweep()
    assert (await shop.payment(payment_id)).state == "open"
    assert len((await sessions(shop))[str(payment_id)]) == 1


async def test_events_that_could_not_be_compared_are_compared_at_the_next_round(
    shop: Shop, wired: Gateway, stripe_wire: BadWire
) -> None:
    payment = await shop.open({await shop.invoice(100): 100})
    await shop.pay(payment)
    for harm in (Harm("reply", at=700), Harm("instead", body=b'{"object": "list"}')):
        rule = stripe_wire.harm(harm, "GET /v1/events", times=RETRIES + 1)
        await compare_events(shop.database, wired, shop.tenant)
        assert rule.fired >= 1
        assert await shop.all(StripeEventRow) == []
        stripe_wire.rules.clear()
    await compare_events(shop.database, wired, shop.tenant)
    assert {each.type for each in await shop.all(StripeEventRow)} >= {"payment_intent.succeeded"}


async def test_a_slow_line_is_only_slow(shop: Shop, wired: Gateway, stripe_wire: BadWire) -> None:
    for harm in (Harm("delay", seconds=WAIT_SECONDS / 4), Harm("drip", at=29)):
        payment = await shop.open({await shop.invoice(100): 100})
        await shop.pay(payment)
        rule = stripe_wire.harm(harm, "GET /v1/checkout/sessions/")
        state = await refresh(shop.database, wired, shop.tenant, payment.id, source="test")
        assert (state, rule.fired) == ("succeeded", 1)
