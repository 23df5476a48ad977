"""Much has piled up: sweeps that fall due beside each other do not do the same work again."""

import asyncio
from datetime import timedelta

from sqlalchemy import update

from portico_billing.payments import sweeping
from portico_billing.payments.models import StripeEventRow
from portico_core.clock import now
from tests.billing.payments.shop import BUDGET, Shop

SWEEPS = 6


async def test_sweeps_at_the_same_time_work_each_event_once(shop: Shop) -> None:
    for _ in range(3):
        payment = await shop.open({await shop.invoice(100): 100})
        await shop.pay(payment)
    for event in await shop.sent():
        await shop.deliver(event)
    async with shop.database.tenant_session(shop.tenant) as session:
        await session.execute(update(StripeEventRow).values(received_at=now() - timedelta(minutes=5)))
    sweeps = (sweeping.sweep_events(shop.database, shop.gateway, shop.tenant, BUDGET) for _ in range(SWEEPS))
    await asyncio.gather(*sweeps)
    events = await shop.all(StripeEventRow)
    assert len(events) > SWEEPS
    assert {each.state for each in events} <= {"done", "ignored"}
    assert {each.attempts for each in events} == {1}
