"""What is open, what is promised, what can be paid: the one arithmetic of an invoice, in SQL and in Python.

open      as the ERP has it
settled   promised by payments that have been received but are not (re-read as) recorded in the ERP
under_way promised by payments that are not received yet
owed      open - settled
payable   owed - under_way; never below zero
"""

from datetime import date, timedelta
from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Integer,
    Text,
    and_,
    bindparam,
    cast,
    func,
    literal_column,
    or_,
    select,
)

from portico_billing.invoices.models import InvoiceRow
from portico_billing.payments.models import HoldRow, PaymentRow

State = Literal["open", "overdue", "part", "processing", "recording", "paid", "voided"]
View = Literal["open", "overdue", "soon", "processing", "paid", "all"]
VIEWS: tuple[View, ...] = ("open", "overdue", "soon", "processing", "paid", "all")
SOON_DAYS = 7

# Written into the statements, not bound: a partial index serves only where the planner sees its condition, and a
# prepared statement is planned without its values after a few uses.
ZERO: ColumnElement[int] = literal_column("0", BigInteger)
RECEIVED: ColumnElement[str] = literal_column("'succeeded'", Text)
POSTED: ColumnElement[str] = literal_column("'posted'", Text)
GONE: ColumnElement[str] = literal_column("'gone'", Text)


def _minor(total: ColumnElement[int]) -> ColumnElement[int]:
    """A sum as what it sums: PostgreSQL adds bigints up to a numeric, which would come out as a Decimal."""
    return cast(func.coalesce(total, ZERO), BigInteger)


# Live holds are few (payments under way), so this is read whole from its partial index and joined.
held = (
    select(
        HoldRow.invoice_id,
        _minor(func.sum(HoldRow.amount_minor).filter(PaymentRow.state == RECEIVED)).label("settled"),
        _minor(func.sum(HoldRow.amount_minor).filter(PaymentRow.state != RECEIVED)).label("under_way"),
    )
    .join(PaymentRow, PaymentRow.id == HoldRow.payment_id)
    .where(HoldRow.ended_at.is_(None))
    .group_by(HoldRow.invoice_id)
    .subquery("held")
)

settled: ColumnElement[int] = func.coalesce(held.c.settled, ZERO)
under_way: ColumnElement[int] = func.coalesce(held.c.under_way, ZERO)
owed: ColumnElement[int] = func.greatest(InvoiceRow.open_minor - settled, ZERO)
payable: ColumnElement[int] = func.greatest(InvoiceRow.open_minor - settled - under_way, ZERO)


# Statements are built once and bound to the day at each use: `days(today)` gives the values.
_today = bindparam("today", type_=Date)
_soon = bindparam("soon", type_=Date)

# Days since or until the due date at which the plot's next column begins, and where in them an invoice falls: its
# number in `plots.DUE_KEYS`. One look-up a row; a CASE of dates was half of what counting a customer's invoices cost.
_COLUMNS: ColumnElement[Any] = literal_column("'{-90,-60,-30,0,8,15}'::int[]")
span: ColumnElement[int] = func.width_bucket(InvoiceRow.due_on - _today, _COLUMNS, type_=Integer)


def days(today: date) -> dict[str, date]:
    """The values of a statement that uses `span` or `in_view`."""
    return {"today": today, "soon": today + timedelta(days=SOON_DAYS)}


def in_view(view: View) -> ColumnElement[bool]:
    """Which invoices a view shows. `open_minor > 0` comes first, so that the partial indexes serve."""
    is_open = InvoiceRow.open_minor > ZERO
    match view:
        case "open":
            return and_(is_open, owed > ZERO)
        case "overdue":
            return and_(is_open, payable > ZERO, InvoiceRow.due_on < _today)
        case "soon":
            return and_(is_open, payable > ZERO, InvoiceRow.due_on.between(_today, _soon))
        case "processing":
            return and_(is_open, settled + under_way > ZERO)
        case "paid":
            return and_(InvoiceRow.state == POSTED, or_(InvoiceRow.open_minor <= ZERO, owed == ZERO))
        case "all":
            return InvoiceRow.state != GONE


def state_of(
    document_state: str, total: int, open_: int, settled: int, under_way: int, due_on: date, today: date
) -> State:
    """The word for an invoice. Part-paid goes before overdue: lateness stands beside the date."""
    if document_state != "posted":
        return "voided"
    if open_ <= 0:
        return "paid"
    if open_ <= settled:
        return "recording"
    if open_ <= settled + under_way:
        return "processing"
    if open_ < total or settled > 0:
        return "part"
    if under_way > 0:
        return "processing"
    return "overdue" if due_on < today else "open"
