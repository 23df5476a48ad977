"""The facts of a customer's home page besides the balance. Each read is one statement, built once, bound to the
customer."""

from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import BindParameter, Date, Text, Uuid, bindparam, cast, func, select

from portico_billing.invoices.chosen import COLUMNS, with_holds
from portico_billing.invoices.models import CreditRow, InvoiceRow
from portico_billing.invoices.payable import GONE, ZERO, outstanding
from portico_billing.invoices.queries import InvoiceLine, line_of
from portico_billing.payments.models import AllocationRow, HoldRow, PaymentRow
from portico_billing.payments.showing.views import DEBIT_DAYS
from portico_core.clock import today as today_in
from portico_core.money import Money
from portico_tenants.customers.models import CustomerRow
from portico_tenants.session import TenantSession

LATEST = 4
PAYMENTS_LOOKED_AT = 10
REFUSAL_STAYS = timedelta(days=7)


class CreditToUse(msgspec.Struct, frozen=True, kw_only=True):
    """The oldest credit memo with something left, and what is left on all `count` of them in its currency."""

    id: UUID
    number: str
    issued_on: date
    amount: Money
    count: int


class RecentPayment(msgspec.Struct, frozen=True, kw_only=True):
    """A payment made here; `count` is of the invoices it was for."""

    id: UUID
    number: str
    created_at: datetime
    ended_at: datetime | None
    expires_at: datetime
    amount: Money
    state: str
    count: int


class OnItsWay(msgspec.Struct, frozen=True, kw_only=True):
    """Money that the payer has sent and we have not received, in one currency; of the oldest payment, the id.

    `number` is the invoice's where there is only one; `until` the day by which the last has usually settled.
    """

    payment_id: UUID
    number: str
    invoices: int
    amount: Money
    until: date


_customer_id: BindParameter[UUID] = bindparam("customer_id", type_=Uuid)
_currency = bindparam("currency", type_=Text)

LIMIT = select(CustomerRow.credit_limit_minor).where(CustomerRow.id == _customer_id)

DUE_NEXT = (
    with_holds(select(*COLUMNS))
    .where(
        InvoiceRow.customer_id == _customer_id,
        InvoiceRow.open_minor > ZERO,
        InvoiceRow.due_on >= bindparam("today", type_=Date),
        outstanding > ZERO,
    )
    .order_by(InvoiceRow.due_on, InvoiceRow.id)
    .limit(1)
)

LATEST_INVOICES = (
    with_holds(select(*COLUMNS))
    .where(InvoiceRow.customer_id == _customer_id, InvoiceRow.state != GONE)
    .order_by(InvoiceRow.issued_on.desc(), InvoiceRow.id.desc())
    .limit(LATEST)
)

CREDIT_TO_USE = (
    select(
        CreditRow.id,
        CreditRow.number,
        CreditRow.issued_on,
        func.sum(CreditRow.open_minor).over().label("left"),
        func.count().over().label("count_"),
    )
    .where(CreditRow.customer_id == _customer_id, CreditRow.currency == _currency, CreditRow.open_minor > ZERO)
    .order_by(CreditRow.issued_on, CreditRow.id)
    .limit(1)
)

RECENT_PAYMENTS = (
    select(
        PaymentRow.id,
        PaymentRow.number,
        PaymentRow.created_at,
        PaymentRow.ended_at,
        PaymentRow.expires_at,
        PaymentRow.amount_minor,
        PaymentRow.currency,
        PaymentRow.state,
        select(func.count())
        .where(AllocationRow.payment_id == PaymentRow.id)
        .correlate(PaymentRow)
        .scalar_subquery()
        .label("count_"),
    )
    .where(PaymentRow.customer_id == _customer_id)
    .order_by(PaymentRow.created_at.desc())
    .limit(PAYMENTS_LOOKED_AT)
)

ON_ITS_WAY = (
    select(
        func.min(cast(PaymentRow.id, Text)),  # time-ordered, and there is no min(uuid) before PostgreSQL 18
        func.min(InvoiceRow.number),
        func.count(InvoiceRow.id.distinct()),
        func.sum(HoldRow.amount_minor),
        func.max(func.coalesce(PaymentRow.submitted_at, PaymentRow.created_at)),
    )
    .join(PaymentRow, PaymentRow.id == HoldRow.payment_id)
    .join(InvoiceRow, InvoiceRow.id == HoldRow.invoice_id)
    .where(
        HoldRow.ended_at.is_(None),
        PaymentRow.customer_id == _customer_id,
        PaymentRow.state == "processing",
        PaymentRow.currency == _currency,
    )
)


async def credit_limit(session: TenantSession, customer_id: UUID) -> int | None:
    """The customer's limit in minor units of its own currency, if it has one."""
    limit: int | None = await session.scalar(LIMIT, {"customer_id": customer_id})
    return limit


async def due_next(session: TenantSession, customer_id: UUID, today: date) -> InvoiceLine | None:
    """The next invoice to fall due that nobody is paying yet."""
    row = (await session.execute(DUE_NEXT, {"customer_id": customer_id, "today": today})).one_or_none()
    return None if row is None else line_of(row, today)


async def latest_invoices(session: TenantSession, customer_id: UUID, today: date) -> list[InvoiceLine]:
    """The invoices issued last, latest first."""
    return [line_of(row, today) for row in await session.execute(LATEST_INVOICES, {"customer_id": customer_id})]


async def credit_to_use(session: TenantSession, customer_id: UUID, currency: str) -> CreditToUse | None:
    """What is left on credit memos in that currency."""
    values = {"customer_id": customer_id, "currency": currency}
    row = (await session.execute(CREDIT_TO_USE, values)).one_or_none()
    if row is None:
        return None
    return CreditToUse(
        id=row.id,
        number=row.number,
        issued_on=row.issued_on,
        amount=Money(int(row.left), currency),
        count=row.count_,
    )


async def recent_payments(session: TenantSession, customer_id: UUID) -> list[RecentPayment]:
    """The payments made last, latest first."""
    return [
        RecentPayment(
            id=row.id,
            number=f"P-{row.number}",
            created_at=row.created_at,
            ended_at=row.ended_at,
            expires_at=row.expires_at,
            amount=Money(row.amount_minor, row.currency),
            state=row.state,
            count=row.count_,
        )
        for row in await session.execute(RECENT_PAYMENTS, {"customer_id": customer_id})
    ]


async def on_its_way(session: TenantSession, customer_id: UUID, currency: str) -> OnItsWay | None:
    """What bank debits and the like are bringing, by their live holds."""
    values = {"customer_id": customer_id, "currency": currency}
    payment_id, number, invoices, minor, sent_at = (await session.execute(ON_ITS_WAY, values)).one()
    if payment_id is None:
        return None
    return OnItsWay(
        payment_id=UUID(payment_id),
        number=number,
        invoices=invoices,
        amount=Money(int(minor), currency),
        until=today_in(session.tenant.time_zone, sent_at) + timedelta(days=DEBIT_DAYS),
    )
