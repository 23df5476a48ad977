"""The inbox: a verified event is stored once, whichever way and however often it came, and worked later."""

from datetime import timedelta

from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import insert as upsert

from portico_billing.payments.models import StripeEventRow
from portico_billing.stripe.objects import Event
from portico_core.clock import now
from portico_core.ids import new_id
from portico_tenants.ready import Ready
from portico_tenants.session import TenantSession

SWEEP = "stripe_events"
GRACE = timedelta(seconds=30)  # how long the queue has before the sweep takes an event up
COLUMNS = ("id", "source_account", "event_id", "type", "object_id", "livemode", "body")
STORE = Ready(
    upsert(StripeEventRow)
    .values({column: bindparam(column) for column in COLUMNS})
    .on_conflict_do_nothing(index_elements=["source_account", "event_id"])
    .returning(StripeEventRow.id)
)


async def store_event(session: TenantSession, event: Event) -> bool:
    """Put the event in, and see to it that somebody works it; False where it had been there before."""
    from portico_billing.payments.jobs import work_event  # which stores events too, where it compares them

    row = {
        "id": new_id(),
        "source_account": event.account,
        "event_id": event.id,
        "type": event.type,
        "object_id": event.object_id,
        "livemode": event.livemode,
        "body": event.body,
    }
    if not await session.ask(STORE, row):
        return False
    await session.remember(SWEEP, now() + GRACE)
    session.enqueue(work_event, row["id"])
    return True
