"""Reads of payments for the distributor's staff: all customers, and what needs a person."""

from datetime import datetime, timedelta
from typing import Any, Literal, get_args
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, CompoundSelect, Select, func, or_, select, true, union_all

from portico_billing.payments.models import DifferenceRow, MoneyEventRow, PaymentRow, PostingRow
from portico_core.errors import NotFound
from portico_core.money import Money
from portico_tenants.customers.models import CustomerRow
from portico_tenants.people.models import PersonRow
from portico_tenants.session import TenantSession

View = Literal["all", "attention", "waiting", "processing"]
VIEWS: tuple[View, ...] = get_args(View)
PAGE_ROWS = 50
MOST_COUNTED = 1000
MOST_FACTS = 100
SILENT = timedelta(hours=1)


class OwedPosting(msgspec.Struct, frozen=True, kw_only=True):
    """What the ERP has of a payment, or why it has it not."""

    id: UUID
    state: str
    our_key: str
    erp_number: str | None
    attempts: int
    last_error: str | None
    due_at: datetime
    posted_at: datetime | None
    unapplied: Money | None


class StaffRow(msgspec.Struct, frozen=True, kw_only=True):
    """A payment in the staff's list. `posting` is None where nothing is owed to the ERP."""

    id: UUID
    number: str
    customer_id: UUID
    customer: str
    created_at: datetime
    method: str | None
    method_last4: str | None
    state: str
    amount: Money
    posting: OwedPosting | None
    needs_attention: bool


class Detail(msgspec.Struct, frozen=True, kw_only=True):
    """One payment with whose it is and what is owed for it."""

    payment: PaymentRow
    posting: OwedPosting | None
    customer: str
    payer: str | None
    needs_attention: bool


def needing() -> CompoundSelect[Any]:
    """Ids of payments that a person must look at: money that is not as asked, that the ERP did not take whole, that
    went back, of which Stripe says nothing long after it should have ended or does not let us see it, or about which
    the books differ. An id may come twice.

    Each part has an index of its own: this stands in the menu of every page of the staff.
    """
    quarantined = select(PaymentRow.id).where(PaymentRow.state == "quarantined", PaymentRow.attended_at.is_(None))
    silent = select(PaymentRow.id).where(
        PaymentRow.state.in_(["creating", "open", "processing"]),
        or_(
            PaymentRow.out_of_reach_since.is_not(None),
            (PaymentRow.state != "processing") & (PaymentRow.expires_at < func.now() - SILENT),
        ),
    )
    in_doubt = select(PostingRow.payment_id).where(PostingRow.state == "in_doubt")
    refused = select(PostingRow.payment_id).where(PostingRow.state == "refused")
    unapplied = (
        select(PostingRow.payment_id)
        .join(PaymentRow, PaymentRow.id == PostingRow.payment_id)
        .where(PostingRow.unapplied_minor > 0, PostingRow.state == "posted", PaymentRow.attended_at.is_(None))
    )
    went_back = (
        select(MoneyEventRow.payment_id)
        .join(PaymentRow, PaymentRow.id == MoneyEventRow.payment_id)
        .where(
            MoneyEventRow.kind.in_(["refunded", "disputed"]),
            or_(PaymentRow.attended_at.is_(None), MoneyEventRow.at > PaymentRow.attended_at),
        )
    )
    differs = (
        select(DifferenceRow.payment_id)
        .join(PaymentRow, PaymentRow.id == DifferenceRow.payment_id)
        .where(
            DifferenceRow.gone_at.is_(None),
            or_(PaymentRow.attended_at.is_(None), DifferenceRow.found_at > PaymentRow.attended_at),
        )
    )
    return union_all(quarantined, silent, in_doubt, refused, unapplied, went_back, differs)


def needs_attention() -> ColumnElement[bool]:
    """Whether a payment is one of them."""
    return PaymentRow.id.in_(needing())


async def counts(session: TenantSession) -> dict[View, int]:
    """How many payments need a person, are not in the ERP, are processing; each counted up to MOST_COUNTED."""
    found: dict[View, int] = {}
    for view in ("attention", "waiting", "processing"):
        some = _joined(PaymentRow.id).where(_in_view(view)).limit(MOST_COUNTED).subquery()
        found[view] = await session.scalar(select(func.count()).select_from(some)) or 0
    return found


async def payments(session: TenantSession, view: View, page: int) -> tuple[list[StaffRow], int]:
    """A page of payments, newest first, and how many there are."""
    columns = (PaymentRow, PostingRow, CustomerRow.name, needs_attention().label("waits"))
    rows = await session.execute(
        _joined(*columns)
        .where(_in_view(view))
        .order_by(PaymentRow.number.desc())
        .limit(PAGE_ROWS)
        .offset((page - 1) * PAGE_ROWS)
    )
    total = await session.scalar(_joined(func.count()).where(_in_view(view)))
    return [_row(*row) for row in rows], total or 0


async def detail(session: TenantSession, payment_id: UUID) -> Detail:
    """One payment, or NotFound."""
    statement = _joined(
        PaymentRow, PostingRow, CustomerRow.name, PersonRow.name, needs_attention().label("waits")
    ).outerjoin(PersonRow, PersonRow.id == PaymentRow.created_by)
    row = (await session.execute(statement.where(PaymentRow.id == payment_id))).one_or_none()
    if row is None:
        raise NotFound
    payment, posting, customer, payer, waits = row
    return Detail(
        payment=payment,
        posting=_owed(posting, payment.currency),
        customer=customer,
        payer=payer,
        needs_attention=bool(waits),
    )


async def facts(session: TenantSession, payment_id: UUID) -> list[MoneyEventRow]:
    """What happened to its money, as Stripe told, oldest first."""
    rows = await session.scalars(
        select(MoneyEventRow)
        .where(MoneyEventRow.payment_id == payment_id)
        .order_by(MoneyEventRow.at, MoneyEventRow.id)
        .limit(MOST_FACTS)
    )
    return list(rows)


def _joined(*columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(PaymentRow)
        .join(CustomerRow, CustomerRow.id == PaymentRow.customer_id)
        .outerjoin(PostingRow, PostingRow.payment_id == PaymentRow.id)
    )


def _in_view(view: View) -> ColumnElement[bool]:
    match view:
        case "attention":
            return needs_attention()
        case "waiting":
            return PostingRow.state != "posted"
        case "processing":
            return PaymentRow.state == "processing"
        case "all":
            return true()


def _row(payment: PaymentRow, posting: PostingRow | None, customer: str, waits: bool | None) -> StaffRow:
    return StaffRow(
        id=payment.id,
        number=f"P-{payment.number}",
        customer_id=payment.customer_id,
        customer=customer,
        created_at=payment.created_at,
        method=payment.method,
        method_last4=payment.method_last4,
        state=payment.state,
        amount=Money(payment.amount_minor, payment.currency),
        posting=_owed(posting, payment.currency),
        needs_attention=bool(waits),
    )


def _owed(posting: PostingRow | None, currency: str) -> OwedPosting | None:
    if posting is None:
        return None
    return OwedPosting(
        id=posting.id,
        state=posting.state,
        our_key=posting.our_key,
        erp_number=posting.erp_number,
        attempts=posting.attempts,
        last_error=posting.last_error,
        due_at=posting.due_at,
        posted_at=posting.posted_at,
        unapplied=Money(posting.unapplied_minor, currency) if posting.unapplied_minor else None,
    )
