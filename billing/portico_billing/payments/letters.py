"""Which mails a payment owes its payer: on its way, receipt, refused. They are composed (`mailing`) after the money is
written down and apart from it, so that no template can stand in money's way; the sweep finds a payment whose mail is
missing, and the mail's cause makes it one.
"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import Text, case, cast, exists, func, select

from portico_billing.payments.models import PaymentRow
from portico_core.clock import now
from portico_tenants.mails import MailRow
from portico_tenants.session import TenantSession

SWEEP = "payment_mails"
KINDS = {"processing": "debit_on_its_way", "succeeded": "receipt", "failed": "debit_refused"}
FIRST_LOOK = timedelta(seconds=30)
OLDEST = timedelta(days=7)


async def owe_letter(session: TenantSession, payment_id: UUID) -> None:
    """Have the mail of the payment's present state composed after the commit."""
    from portico_billing.payments.jobs import mail_payment  # whose module settles payments, and so owes letters

    await session.remember(SWEEP, now() + FIRST_LOOK)
    session.enqueue(mail_payment, payment_id)


async def missing_letters(session: TenantSession, *, limit: int = 100) -> list[UUID]:
    """Payments that were submitted and lack the mail of their present state."""
    kind = case(KINDS, value=PaymentRow.state)
    mailed = exists().where(MailRow.cause == kind + ":" + cast(PaymentRow.id, Text))
    moved_at = func.coalesce(PaymentRow.settled_at, PaymentRow.ended_at, PaymentRow.submitted_at)
    rows = await session.scalars(
        select(PaymentRow.id)
        .where(
            PaymentRow.state.in_(KINDS),
            PaymentRow.submitted_at.is_not(None),
            PaymentRow.created_by.is_not(None),
            moved_at > now() - OLDEST,
            ~mailed,
        )
        .order_by(PaymentRow.id)
        .limit(limit)
    )
    return list(rows)
