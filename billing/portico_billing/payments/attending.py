"""What staff decide about a payment that needs a person: tried again, recorded by hand, dealt with."""

from uuid import UUID

from sqlalchemy import select

from portico_billing.payments import holds
from portico_billing.payments.models import PaymentRow, PostingRow
from portico_billing.payments.postings import hurry
from portico_core.clock import now
from portico_core.errors import Conflict, NotFound
from portico_tenants import audit
from portico_tenants.people.visit import Visit
from portico_tenants.session import TenantSession


class NothingToAttend(Conflict):
    """Nothing about this payment waits for a person."""


async def attend(session: TenantSession, visit: Visit, payment_id: UUID) -> None:
    """Say that a payment is dealt with.

    One in quarantine gives its invoices back: what was received is for staff to refund or to post. One whose posting
    the ERP refused counts as recorded by hand, and its invoices are read again. Raises NothingToAttend while an
    answer of the ERP is in doubt: that ends by itself, and saying so by hand could post it twice.
    """
    payment = await session.get(PaymentRow, payment_id, with_for_update=True)
    if payment is None:
        raise NotFound
    posting = await session.scalar(select(PostingRow).where(PostingRow.payment_id == payment_id).with_for_update())
    if payment.state not in ("quarantined", "succeeded") or (posting and posting.state in ("owed", "in_doubt")):
        raise NothingToAttend
    payment.attended_at = now()
    by_hand = posting is not None and posting.state == "refused"
    if payment.state == "quarantined":
        await holds.release(session, payment.id, "attended")
    if posting is not None and by_hand:
        posting.state, posting.posted_at, posting.due_at = "posted", now(), now()
        await session.flush()
        await hurry(session)
    await audit.record(
        session,
        actor=visit.actor,
        action="payment.attended",
        object_type="payment",
        object_id=payment.id,
        customer_id=payment.customer_id,
        after={"state": payment.state, "recorded_by_hand": by_hand},
        request_id=visit.request_id,
    )
