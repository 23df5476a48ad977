"""What is open, what is promised, what can be paid: the one arithmetic of an invoice, in SQL and in Python.

open        as the ERP has it
settled     promised by payments that have been received but are not (re-read as) recorded in the ERP
moving      promised by payments that the payer has sent and that are not received yet
started     promised by payments whose page is open: nothing has been taken
owed        open - settled
outstanding owed - moving: what the customer is told to owe
payable     outstanding - started: what can be chosen for another payment
None of them is ever below zero.
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

State = Literal["open", "overdue", "part", "started", "processing", "recording", "paid", "voided"]
View = Literal["open", "overdue", "soon", "processing", "paid", "all"]
VIEWS: tuple[View, ...] = ("open", "overdue", "soon", "processing", "paid", "all")
SOON_DAYS = 7

# Written into the statements, not bound: a partial index serves only where the planner sees its condition, and a
# prepared statement is planned without its values after a few uses.
ZERO: ColumnElement[int] = literal_column("0", BigInteger)
RECEIVED: ColumnElement[str] = literal_column("'succeeded'", Text)
UNSENT = (literal_column("'creating'", Text), literal_column("'open'", Text))
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
        _minor(func.sum(HoldRow.amount_minor).filter(PaymentRow.state.not_in((RECEIVED, *UNSENT)))).label("moving"),
        _minor(func.sum(HoldRow.amount_minor).filter(PaymentRow.state.in_(UNSENT))).label("started"),
    )
    .join(PaymentRow, PaymentRow.id == HoldRow.payment_id)
    .where(HoldRow.ended_at.is_(None))
    .group_by(HoldRow.invoice_id)
    .subquery("held")
)

settled: ColumnElement[int] = func.coalesce(held.c.settled, ZERO)
moving: ColumnElement[int] = func.coalesce(held.c.moving, ZERO)
started: ColumnElement[int] = func.coalesce(held.c.started, ZERO)
owed: ColumnElement[int] = func.greatest(InvoiceRow.open_minor - settled, ZERO)
outstanding: ColumnElement[int] = func.greatest(InvoiceRow.open_minor - settled - moving, ZERO)
payable: ColumnElement[int] = func.greatest(InvoiceRow.open_minor - settled - moving - started, ZERO)


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
            return and_(is_open, outstanding > ZERO, InvoiceRow.due_on < _today)
        case "soon":
            return and_(is_open, outstanding > ZERO, InvoiceRow.due_on.between(_today, _soon))
        case "processing":
            return and_(is_open, settled + moving > ZERO)
        case "paid":
            return and_(InvoiceRow.state == POSTED, or_(InvoiceRow.open_minor <= ZERO, owed == ZERO))
        case "all":
            return InvoiceRow.state != GONE


def state_of(
    document_state: str, total: int, open_: int, settled: int, moving: int, started: int, due_on: date, today: date
) -> State:
    """The word for an invoice. Part-paid goes before overdue: lateness stands beside the date."""
    if document_state != "posted":
        return "voided"
    if open_ <= 0:
        return "paid"
    if open_ <= settled:
        return "recording"
    if open_ <= settled + moving:
        return "processing"
    if open_ <= settled + moving + started:
        return "started"
    if open_ < total or settled > 0:
        return "part"
    if moving > 0:
        return "processing"
    return "overdue" if due_on < today else "open"
