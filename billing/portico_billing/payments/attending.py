"""What staff decide about a payment that needs a person: recorded by hand, ended unpaid, dealt with."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from portico_billing.payments import holds
from portico_billing.payments.models import PaymentRow, PostingRow
from portico_billing.payments.postings import hurry
from portico_billing.payments.settle import LOOK_AGAIN, end_unpaid
from portico_core.clock import now
from portico_core.errors import Conflict, NotFound
from portico_tenants import audit
from portico_tenants.people.visit import Visit
from portico_tenants.session import TenantSession

WELL_PAST = timedelta(days=14)  # after its page has ended no debit is on its way for longer


class NothingToAttend(Conflict):
    """Nothing about this payment waits for a person."""


def may_end_from(payment: PaymentRow) -> datetime | None:
    """When staff may end it unpaid: well past its time, if Stripe does not let us see it. None where Stripe does, or
    where it has ended."""
    if payment.out_of_reach_since is None or payment.state not in LOOK_AGAIN:
        return None
    return payment.expires_at + WELL_PAST


def may_attend(payment: PaymentRow, posting_state: str | None) -> bool:
    """Whether staff may say that it is dealt with, if it waits for them."""
    if posting_state in ("owed", "in_doubt"):
        return False
    ends = may_end_from(payment)
    return payment.state in ("quarantined", "succeeded") or (ends is not None and ends <= now())


async def attend(session: TenantSession, visit: Visit, payment_id: UUID) -> None:
    """Say that a payment is dealt with.

    One in quarantine gives its invoices back: what was received is for staff to refund or to post. One whose posting
    the ERP refused counts as recorded by hand, and its invoices are read again. One that Stripe does not let us see any
    more ends unpaid; should Stripe show its money after all, that counts (`settle.RANKS`). Raises NothingToAttend while
    an answer of the ERP is in doubt: that ends by itself, and saying so by hand could post it twice.
    """
    payment = await session.get(PaymentRow, payment_id, with_for_update=True)
    if payment is None:
        raise NotFound
    posting = await session.scalar(select(PostingRow).where(PostingRow.payment_id == payment_id).with_for_update())
    if not may_attend(payment, posting.state if posting else None):
        raise NothingToAttend
    by_hand = posting is not None and posting.state == "refused"
    if payment.state in LOOK_AGAIN:
        await end_unpaid(session, payment, "expired", "out_of_reach", source=visit.actor)
    else:
        payment.attended_at = now()
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
