"""Whatever is killed when: afterwards there is one payment, one session, one posting, and no hold too many or too few.

Each test runs its flow once for every step at which the process can die, until a run passes unharmed.
"""

import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from portico_billing.payments import events, sweeping
from portico_billing.payments.checkout import Order, start_payment
from portico_billing.payments.models import PaymentRow
from portico_billing.payments.opening import cancel_payment, open_checkout
from portico_billing.payments.refusals import CannotPay, FormUsed
from portico_core.clock import now
from tests.billing.payments.killing import Death, Killed, MortalDatabase, MortalGateway
from tests.billing.payments.shop import BUDGET, Shop
from tests.factories.payments import order_of

MOST_STEPS = 60
TOLD = ("checkout.session.completed", "payment_intent.succeeded")


def mortal(shop: Shop, death: Death) -> Shop:
    """The shop, served by a process that dies."""
    return replace(shop, database=MortalDatabase(shop.database, death), gateway=MortalGateway(shop.gateway, death))


async def press_pay(shop: Shop, order: Order) -> None:
    """What the page does."""
    async with shop.database.tenant_session(shop.tenant) as session:
        started = await start_payment(session, shop.visit, order)
    await open_checkout(shop.database, shop.gateway, shop.tenant, started.payment_id, source="test")


async def at_every_step(run: Callable[[Death], Awaitable[None]]) -> int:
    """Run until it is no longer killed; how many deaths it took."""
    for step in range(MOST_STEPS):
        death = Death(step)
        try:
            await run(death)
        except Killed:
            assert death.struck
            continue
        assert not death.struck
        return step
    raise AssertionError("it never came to an end")


async def sessions(shop: Shop) -> list[str]:
    hour = timedelta(hours=1)
    return [
        each.status async for each in shop.gateway.list_checkouts(shop.account, since=now() - hour, until=now() + hour)
    ]


async def test_pay_is_pressed_and_the_process_dies(shop: Shop) -> None:
    opened = 0

    async def run(death: Death) -> None:
        nonlocal opened
        invoice = await shop.invoice(100)
        order = order_of({invoice: 100})
        try:
            await press_pay(mortal(shop, death), order)
        finally:
            await shop.sweep(*(each.id for each in await shop.all(PaymentRow) if each.state == "creating"))
            await press_pay(shop, order)  # the sweep has finished what was committed; the person presses again
            opened += 1
            assert len(await shop.all(PaymentRow)) == opened
            assert (await shop.live())[invoice.id] == 100
            assert await sessions(shop) == ["open"] * opened

    assert await at_every_step(run) == 8


@pytest.mark.parametrize("method", ["card", "bacs_debit"])
async def test_an_event_is_worked_and_the_process_dies(shop: Shop, method: str) -> None:
    paid = 0

    async def run(death: Death) -> None:
        nonlocal paid
        invoice = await shop.invoice(100)
        payment = await shop.open({invoice: 100})
        intent = await shop.pay(payment, method)
        if method != "card":
            await shop.bank(intent)
        told = [event for event in await shop.sent() if event.type in TOLD and intent["id"] in event.body]
        rows = [await shop.deliver(event) for event in told]
        try:
            for row in rows:
                if row is not None:
                    dying = mortal(shop, death)
                    await events.work_event(dying.database, dying.gateway, shop.tenant, row)
        finally:
            await shop.sweep(payment.id)
            paid += 1
            states = [each.state for each in await shop.all(PaymentRow)]
            assert states == ["succeeded"] * paid
            assert len(await shop.postings()) == paid
            assert (await shop.facts()).count("succeeded") == paid

    assert await at_every_step(run) >= 8


async def test_the_sweep_itself_dies(shop: Shop) -> None:
    paid = 0

    async def run(death: Death) -> None:
        nonlocal paid
        payment = await shop.open({await shop.invoice(100): 100})
        await shop.pay(payment)
        started = await shop.start(order_of({await shop.invoice(50): 50}))
        dying = mortal(shop, death)
        async with shop.database.tenant_session(shop.tenant) as session:
            due = PaymentRow.id.in_([payment.id, started.payment_id])
            await session.execute(update(PaymentRow).where(due).values(check_at=now()))
        try:
            await sweeping.sweep_payments(dying.database, dying.gateway, shop.tenant, BUDGET)
        finally:
            await shop.sweep(payment.id, started.payment_id)
            paid += 1
            states = sorted(each.state for each in await shop.all(PaymentRow))
            assert states == ["open"] * paid + ["succeeded"] * paid
            assert len(await shop.postings()) == paid
            assert sorted(await sessions(shop)) == ["complete"] * paid + ["open"] * paid

    assert await at_every_step(run) >= 10


async def test_cancelling_dies(shop: Shop) -> None:
    async def run(death: Death) -> None:
        invoice = await shop.invoice(100)
        payment = await shop.open({invoice: 100})
        dying = mortal(shop, death)
        try:
            await cancel_payment(dying.database, dying.gateway, shop.tenant, payment.id, source="person:x")
        finally:
            held = (await shop.live()).get(invoice.id, 0)
            statuses = await sessions(shop)
            assert held == 100 or statuses[0] == "expired"  # never free before Stripe has confirmed
            await shop.sweep(payment.id)
            if statuses[0] == "expired":
                assert invoice.id not in await shop.live()
            else:
                assert (await shop.payment(payment.id)).state == "open"

    assert await at_every_step(run) >= 6


@pytest.mark.parametrize("seed", range(3))
async def test_everything_dies_all_the_time(shop: Shop, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test's dice
    invoices = [await shop.invoice(1_000) for _ in range(4)]
    orders = [order_of({each: chance.choice([400, 1_000])}) for each in invoices for _ in range(2)]
    for _ in range(40):
        dying = mortal(shop, Death(chance.randrange(12)))
        try:
            match chance.randrange(4):
                case 0:
                    await press_pay(dying, chance.choice(orders))
                case 1:
                    await sweeping.sweep_events(dying.database, dying.gateway, shop.tenant, BUDGET)
                case 2:
                    await sweeping.sweep_payments(dying.database, dying.gateway, shop.tenant, BUDGET)
                case 3:
                    for event in chance.sample(sent := await shop.sent(), len(sent) // 2):
                        await dying.deliver(event)
        except (Killed, CannotPay, FormUsed):  # orders that are refused are as good as any other
            pass
        for payment in await shop.all(PaymentRow):
            if payment.state == "open" and chance.random() < 0.2:
                await shop.control.post(f"sessions/{payment.checkout_session_id}/pay", json={"method": "card"})
    await shop.sweep()
    payments = await shop.all(PaymentRow)
    succeeded = [each for each in payments if each.state == "succeeded"]
    assert {each.state for each in payments} <= {"open", "succeeded"}
    assert succeeded, "nothing was paid: this seed tests nothing"
    assert len(await shop.postings()) == len(succeeded)
    assert sum(each.received_minor for each in succeeded) == (await shop.at_stripe())["gbp"]["received"]
    assert len(await sessions(shop)) == len(payments)
    assert all(amount <= 1_000 for amount in (await shop.live()).values())
