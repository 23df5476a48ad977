"""Payments as pages, mails and papers show them: ready values, no decisions left to templates."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import func, select

from portico_billing.invoices.models import InvoiceRow
from portico_billing.invoices.payable import held, moving, settled, started, state_of
from portico_billing.payments.models import AllocationRow, MoneyEventRow, PaymentRow, PostingRow
from portico_billing.payments.showing.sentences import Words
from portico_core.clock import now, today
from portico_core.money import Money
from portico_tenants.session import TenantSession

DEBIT_DAYS = 7  # until a bank debit has usually settled


class PaymentView(msgspec.Struct, frozen=True, kw_only=True):
    """A payment. `number` is as people quote it; `method` and `failure` are words in the reader's language."""

    id: UUID
    number: str
    state: str
    amount: Money
    received: Money
    method: str
    failure: str
    created_at: datetime
    submitted_at: datetime | None
    settled_at: datetime | None
    ended_at: datetime | None
    settles_by: date | None
    can_continue: bool
    can_cancel: bool


class PostingView(msgspec.Struct, frozen=True, kw_only=True):
    """What the ERP has of it."""

    id: UUID
    state: str
    erp_number: str | None
    posted_at: datetime | None


class WentBack(msgspec.Struct, frozen=True, kw_only=True):
    """What of a payment was refunded in all, None where nothing was; `on` is when we last learnt of it. `disputed`: the
    payer's bank has asked for it back."""

    refunded: Money | None
    is_whole: bool
    on: date
    disputed: bool


class AllocationView(msgspec.Struct, frozen=True, kw_only=True):
    """What it pays of one invoice; `state` is the invoice's. `applied` is what the ERP took, None before it did."""

    invoice_id: UUID
    number: str
    was_open: Money
    amount: Money
    left: Money
    state: str
    applied: Money | None


def payment_view(payment: PaymentRow, words: Words) -> PaymentView:
    """A row as shown to a reader."""
    settles_by = None
    if payment.state == "processing" and payment.submitted_at is not None:
        settles_by = today(words.zone, payment.submitted_at) + timedelta(days=DEBIT_DAYS)
    is_waiting = payment.state in ("creating", "open")
    return PaymentView(
        id=payment.id,
        number=number_of(payment.number),
        state=payment.state,
        amount=Money(payment.amount_minor, payment.currency),
        received=Money(payment.received_minor, payment.currency),
        method=words.method(payment.method, payment.method_last4),
        failure=words.failure(payment.failure) if payment.state in ("failed", "expired") else "",
        created_at=payment.created_at,
        submitted_at=payment.submitted_at,
        settled_at=payment.settled_at,
        ended_at=payment.ended_at,
        settles_by=settles_by,
        can_continue=is_waiting and payment.submitted_at is None and now() < payment.expires_at,
        can_cancel=is_waiting and payment.submitted_at is None,
    )


def number_of(number: int) -> str:
    """As people quote it."""
    return f"P-{number}"


async def posting_of(session: TenantSession, payment_id: UUID) -> PostingView | None:
    """What is owed to the ERP for this payment, if anything."""
    row = await session.scalar(select(PostingRow).where(PostingRow.payment_id == payment_id))
    if row is None:
        return None
    return PostingView(id=row.id, state=row.state, erp_number=row.erp_number, posted_at=row.posted_at)


async def went_back_of(session: TenantSession, payment: PaymentRow) -> WentBack | None:
    """Refunds and disputes of a payment, if there are any; refunds that failed are none."""
    kinds = {
        kind: (int(minor or 0), at)
        for kind, minor, at in await session.execute(
            select(MoneyEventRow.kind, func.sum(MoneyEventRow.amount_minor), func.max(MoneyEventRow.at))
            .where(MoneyEventRow.payment_id == payment.id, MoneyEventRow.kind.in_(["refunded", "disputed"]))
            .group_by(MoneyEventRow.kind)
        )
    }
    refunded = kinds["refunded"][0] if "refunded" in kinds else 0
    if not refunded and "disputed" not in kinds:
        return None
    return WentBack(
        refunded=Money(refunded, payment.currency) if refunded else None,
        is_whole=refunded >= payment.received_minor,
        on=today(session.tenant.time_zone, max(at for _, at in kinds.values())),
        disputed="disputed" in kinds,
    )


async def allocations_of(session: TenantSession, payment_id: UUID, day: date) -> Sequence[AllocationView]:
    """What it pays, in the order of the form; at most `checkout.MOST_INVOICES`."""
    rows = await session.execute(
        select(AllocationRow, InvoiceRow, settled, moving, started)
        .join(InvoiceRow, InvoiceRow.id == AllocationRow.invoice_id)
        .outerjoin(held, held.c.invoice_id == InvoiceRow.id)
        .where(AllocationRow.payment_id == payment_id)
        .order_by(AllocationRow.position)
    )
    return [
        AllocationView(
            invoice_id=invoice.id,
            number=invoice.number,
            was_open=Money(allocation.was_open_minor, invoice.currency),
            amount=Money(allocation.amount_minor, invoice.currency),
            left=Money(allocation.was_open_minor - allocation.amount_minor, invoice.currency),
            state=state_of(
                invoice.state, invoice.total_minor, invoice.open_minor, received, sent, begun, invoice.due_on, day
            ),
            applied=None if allocation.applied_minor is None else Money(allocation.applied_minor, invoice.currency),
        )
        for allocation, invoice, received, sent, begun in rows
    ]
