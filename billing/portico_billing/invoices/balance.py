"""What a customer owed at the end of each of the last weeks, told backwards from what is open now.

An invoice was open from its day on; what the ERP applied to it was gone from the payment's or the credit note's day on.
What closed an invoice in another way (a journal entry, a write-off) has no day here: it counts from the day of the
invoice's last change. A payment of ours is known from the moment when the invoice was read again after its posting,
which is before the ERP's own record of it is read.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Date,
    Integer,
    Text,
    Uuid,
    and_,
    bindparam,
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
    union_all,
)

from portico_billing.invoices.models import (
    CreditApplicationRow,
    CreditRow,
    ErpApplicationRow,
    ErpPaymentRow,
    InvoiceRow,
)
from portico_billing.invoices.payable import POSTED, ZERO
from portico_billing.payments.models import AllocationRow, HoldRow, PaymentRow, PostingRow
from portico_tenants.session import TenantSession

WEEKS = 52
WEEK = timedelta(days=7)

_customer_id: BindParameter[UUID] = bindparam("customer_id", type_=Uuid)
_today = bindparam("today", type_=Date)
_start = bindparam("start", type_=Date)


def _on(instant: Any) -> ColumnElement[date]:
    return cast(func.timezone(bindparam("zone", type_=Text), instant), Date)


_changed_on = _on(InvoiceRow.modified_at)
_mine = (
    select(
        InvoiceRow.id,
        InvoiceRow.erp_id,
        InvoiceRow.issued_on,
        _changed_on.label("changed_on"),
        InvoiceRow.total_minor,
        InvoiceRow.open_minor,
    )
    .where(
        InvoiceRow.customer_id == _customer_id,
        InvoiceRow.currency == bindparam("currency", type_=Text),
        InvoiceRow.state == POSTED,
        or_(InvoiceRow.issued_on > _start, _changed_on > _start, InvoiceRow.open_minor > ZERO),
    )
    .cte("mine")
)
_applied = union_all(
    select(
        _mine.c.erp_id,
        func.greatest(ErpPaymentRow.paid_on, _mine.c.issued_on).label("day"),
        ErpApplicationRow.amount_minor,
    )
    .join(ErpApplicationRow, ErpApplicationRow.invoice_erp_id == _mine.c.erp_id)
    .join(ErpPaymentRow, ErpPaymentRow.id == ErpApplicationRow.erp_payment_id)
    .where(ErpPaymentRow.state == POSTED),
    select(
        _mine.c.erp_id,
        func.greatest(CreditRow.issued_on, _mine.c.issued_on),
        CreditApplicationRow.amount_minor,
    )
    .join(CreditApplicationRow, CreditApplicationRow.invoice_erp_id == _mine.c.erp_id)
    .join(CreditRow, CreditRow.id == CreditApplicationRow.credit_id)
    .where(CreditRow.state == POSTED),
    select(_mine.c.erp_id, func.greatest(_on(PaymentRow.settled_at), _mine.c.issued_on), AllocationRow.applied_minor)
    .join(AllocationRow, AllocationRow.invoice_id == _mine.c.id)
    .join(PaymentRow, PaymentRow.id == AllocationRow.payment_id)
    .join(PostingRow, PostingRow.payment_id == PaymentRow.id)
    .join(HoldRow, and_(HoldRow.payment_id == PaymentRow.id, HoldRow.invoice_id == _mine.c.id))
    .where(
        AllocationRow.applied_minor > ZERO,
        HoldRow.ended_at.is_not(None),
        ~exists().where(ErpPaymentRow.our_key == PostingRow.our_key),
    ),
).cte("applied")
_known = (
    select(_applied.c.erp_id, func.sum(_applied.c.amount_minor).label("minor")).group_by(_applied.c.erp_id).subquery()
)
_otherwise = _mine.c.total_minor - _mine.c.open_minor - func.coalesce(_known.c.minor, ZERO)
_moves = union_all(
    select(_mine.c.issued_on.label("day"), _mine.c.total_minor.label("minor")),
    select(_applied.c.day, -_applied.c.amount_minor),
    select(_mine.c.changed_on, -_otherwise)
    .outerjoin(_known, _known.c.erp_id == _mine.c.erp_id)
    .where(_otherwise != ZERO),
).subquery("moves")
# Whole weeks: "/" would divide into fractions here, a row per day.
_weeks_ago = func.greatest(_today - _moves.c.day, ZERO, type_=Integer) // literal_column("7", Integer)
_BY_WEEK = (
    select(_weeks_ago.label("week"), func.sum(_moves.c.minor))
    .where(_moves.c.day > _start)
    .group_by("week")
    .order_by("week")
)

_OPEN = select(func.sum(InvoiceRow.open_minor)).where(
    InvoiceRow.customer_id == _customer_id,
    InvoiceRow.currency == bindparam("currency", type_=Text),
    InvoiceRow.state == POSTED,
    InvoiceRow.open_minor > ZERO,
)


async def owed_by_week(
    session: TenantSession, customer_id: UUID, currency: str, today: date, *, owed_now: int
) -> Sequence[tuple[date, int]]:
    """Days a week apart, oldest first and today last, each with what was open on its evening in minor units.

    `owed_now` is what is owed today; the days before are told from what the ERP says is open.
    """
    values = {
        "customer_id": customer_id,
        "currency": currency,
        "today": today,
        "start": today - WEEKS * WEEK,
        "zone": session.tenant.time_zone,
    }
    moved = {int(week): int(minor) for week, minor in await session.execute(_BY_WEEK, values)}
    owed = int(await session.scalar(_OPEN, values) or 0)
    told = [(today, owed_now)]
    for week in range(WEEKS):
        owed -= moved.get(week, 0)
        told.append((today - (week + 1) * WEEK, max(owed, 0)))
    return told[::-1]
