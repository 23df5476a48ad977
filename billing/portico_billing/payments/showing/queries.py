"""Reads of payments. Every statement for a customer's page is bound to the customer."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import CompoundSelect, Select, case, cast, exists, func, literal, null, select, union_all
from sqlalchemy.types import Boolean, DateTime, Text

from portico_billing.invoices.models import ErpApplicationRow, ErpPaymentRow, InvoiceRow
from portico_billing.invoices.payable import held, payable
from portico_billing.payments.models import AllocationRow, MoneyEventRow, PaymentRow, PostingRow
from portico_core.errors import NotFound
from portico_core.money import Money
from portico_tenants.customers.models import CustomerRow
from portico_tenants.people.models import PersonRow
from portico_tenants.session import TenantSession

PAGE_ROWS = 50
MOST_PAGES = 400
MOST_EXPORTED = 20_000


class Payable(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice that may be chosen, with what can be paid of it now."""

    id: UUID
    number: str
    due_on: date
    currency: str
    payable_minor: int


class HistoryRow(msgspec.Struct, frozen=True, kw_only=True):
    """A payment of ours, or one that only the ERP knows (`ours` is false, `on` its date, no time). `state` is the
    payment's, or refunded, refunded_in_part."""

    id: UUID
    ours: bool
    number: str
    at: datetime | None
    on: date | None
    method: str | None
    method_last4: str | None
    state: str
    amount: Money
    count: int

    @property
    def has_receipt(self) -> bool:
        """Whether there is a receipt of ours."""
        return self.ours and self.state in ("succeeded", "refunded", "refunded_in_part")


async def payment_of(session: TenantSession, customer_id: UUID, payment_id: UUID) -> PaymentRow:
    """The customer's payment, or NotFound."""
    payment = await session.scalar(
        select(PaymentRow).where(PaymentRow.id == payment_id, PaymentRow.customer_id == customer_id)
    )
    if payment is None:
        raise NotFound
    return payment


async def ended_number(session: TenantSession, customer_id: UUID, payment_id: UUID) -> str | None:
    """What the customer's payment is called, if it ended without being paid."""
    number = await session.scalar(
        select(PaymentRow.number).where(
            PaymentRow.id == payment_id, PaymentRow.customer_id == customer_id, PaymentRow.state == "expired"
        )
    )
    return f"P-{number}" if number else None


async def payment_of_checkout(session: TenantSession, customer_id: UUID, checkout_id: str) -> UUID:
    """The id of the customer's payment with that session at Stripe, or NotFound."""
    payment_id = await session.scalar(
        select(PaymentRow.id).where(
            PaymentRow.checkout_session_id == checkout_id, PaymentRow.customer_id == customer_id
        )
    )
    if payment_id is None:
        raise NotFound
    return payment_id


async def payer_email(session: TenantSession, payment: PaymentRow) -> str | None:
    """The address of whoever paid, if they are still there."""
    return await session.scalar(select(PersonRow.email).where(PersonRow.id == payment.created_by))


async def chosen_invoices(session: TenantSession, customer_id: UUID, ids: Iterable[UUID]) -> dict[UUID, Payable]:
    """The customer's invoices among these, by id."""
    rows = await session.execute(_payables(customer_id).where(InvoiceRow.id.in_(list(ids))))
    return {row.id: _payable(row) for row in rows}


async def payable_invoices(
    session: TenantSession, customer_id: UUID, currency: str, *, due_before: date | None, limit: int
) -> list[UUID]:
    """What can be paid in a currency, oldest due first; with `due_before` only what falls due earlier."""
    statement = _payables(customer_id).where(InvoiceRow.open_minor > 0, payable > 0, InvoiceRow.currency == currency)
    if due_before is not None:
        statement = statement.where(InvoiceRow.due_on < due_before)
    rows = await session.execute(statement.order_by(InvoiceRow.due_on, InvoiceRow.id).limit(limit))
    return [row.id for row in rows]


def _payables(customer_id: UUID) -> Select[UUID, str, date, str, int]:
    return (
        select(InvoiceRow.id, InvoiceRow.number, InvoiceRow.due_on, InvoiceRow.currency, payable.label("payable"))
        .outerjoin(held, held.c.invoice_id == InvoiceRow.id)
        .where(InvoiceRow.customer_id == customer_id)
    )


def _payable(row: Any) -> Payable:
    return Payable(id=row.id, number=row.number, due_on=row.due_on, currency=row.currency, payable_minor=row.payable)


async def history(session: TenantSession, customer_id: UUID, page: int) -> tuple[list[HistoryRow], int]:
    """A page of the customer's payments, ours and the ERP's own, newest first; and how many there are."""
    both = _both(customer_id).subquery()
    total = await session.scalar(select(func.count()).select_from(both))
    rows = await session.execute(
        select(both).order_by(both.c.sort_at.desc(), both.c.id.desc()).limit(PAGE_ROWS).offset((page - 1) * PAGE_ROWS)
    )
    return [_history_row(row) for row in rows], total or 0


async def latest_history(session: TenantSession, customer_id: UUID, limit: int) -> list[HistoryRow]:
    """The customer's last payments, ours and the ERP's own, newest first."""
    both = _both(customer_id).subquery()
    rows = await session.execute(select(both).order_by(both.c.sort_at.desc(), both.c.id.desc()).limit(limit))
    return [_history_row(row) for row in rows]


async def whole_history(session: TenantSession, customer_id: UUID) -> list[HistoryRow]:
    """The same for a file, at most MOST_EXPORTED of them."""
    both = _both(customer_id).subquery()
    rows = await session.execute(select(both).order_by(both.c.sort_at.desc(), both.c.id.desc()).limit(MOST_EXPORTED))
    return [_history_row(row) for row in rows]


def _both(customer_id: UUID) -> CompoundSelect[Any]:
    count = select(func.count()).where(AllocationRow.payment_id == PaymentRow.id).correlate(PaymentRow)
    refunded = (
        select(func.sum(MoneyEventRow.amount_minor))
        .where(MoneyEventRow.payment_id == PaymentRow.id, MoneyEventRow.kind == "refunded")
        .correlate(PaymentRow)
        .scalar_subquery()
    )
    state = case(
        (PaymentRow.state != "succeeded", PaymentRow.state),
        (refunded >= PaymentRow.received_minor, "refunded"),
        (refunded > 0, "refunded_in_part"),
        else_=PaymentRow.state,
    )
    ours = select(
        PaymentRow.id.label("id"),
        literal(True, Boolean).label("ours"),
        (literal("P-") + cast(PaymentRow.number, Text)).label("number"),
        PaymentRow.created_at.label("sort_at"),
        PaymentRow.method.label("method"),
        PaymentRow.method_last4.label("method_last4"),
        state.label("state"),
        PaymentRow.currency.label("currency"),
        PaymentRow.amount_minor.label("amount_minor"),
        count.scalar_subquery().label("count"),
    ).where(PaymentRow.customer_id == customer_id)
    applied = select(func.count()).where(ErpApplicationRow.erp_payment_id == ErpPaymentRow.id).correlate(ErpPaymentRow)
    is_ours = exists().where(PostingRow.our_key == ErpPaymentRow.our_key)
    theirs = select(
        ErpPaymentRow.id,
        literal(False, Boolean),
        ErpPaymentRow.number,
        cast(ErpPaymentRow.paid_on, DateTime(timezone=True)),
        cast(null(), Text),
        cast(null(), Text),
        literal("succeeded"),
        ErpPaymentRow.currency,
        ErpPaymentRow.amount_minor,
        applied.scalar_subquery(),
    ).where(ErpPaymentRow.customer_id == customer_id, ErpPaymentRow.state == "posted", ~is_ours)
    return union_all(ours, theirs)


def _history_row(row: Any) -> HistoryRow:
    return HistoryRow(
        id=row.id,
        ours=row.ours,
        number=row.number,
        at=row.sort_at if row.ours else None,
        on=None if row.ours else row.sort_at.date(),
        method=row.method,
        method_last4=row.method_last4,
        state=row.state,
        amount=Money(row.amount_minor, row.currency),
        count=row.count,
    )


async def customer_row(session: TenantSession, customer_id: UUID) -> CustomerRow:
    """The customer as the ERP knows them."""
    return await session.get_one(CustomerRow, customer_id)
