"""A choice as statements. Each shape of a choice is built once and kept; values, the customer among them, are bound."""

from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Date, Integer, Select, Text, and_, bindparam, func, or_, select

from portico_billing.invoices.choice import PAGE_ROWS, Choice, Sort
from portico_billing.invoices.models import InvoiceLineRow, InvoiceRow
from portico_billing.invoices.payable import ZERO, View, days, held, in_view, moving, settled, span, started
from portico_tenants.customers.models import CustomerRow
from portico_tenants.ready import Ready
from portico_themes.plots import DUE_KEYS

MOST_SEARCHED = 2000  # a customer's latest invoices whose lines are looked through

COLUMNS = (
    InvoiceRow.id,
    InvoiceRow.number,
    InvoiceRow.purchase_order,
    InvoiceRow.issued_on,
    InvoiceRow.due_on,
    InvoiceRow.currency,
    InvoiceRow.total_minor,
    InvoiceRow.open_minor,
    InvoiceRow.state,
    settled.label("settled"),
    moving.label("moving"),
    started.label("started"),
)
STAFF_COLUMNS = (*COLUMNS, CustomerRow.id.label("customer_id"), CustomerRow.name.label("customer"))

SORT_COLUMNS: dict[Sort, ColumnElement[Any]] = {
    "number": InvoiceRow.number.expression,
    "order": InvoiceRow.purchase_order.expression,
    "issued": InvoiceRow.issued_on.expression,
    "due": InvoiceRow.due_on.expression,
    "total": InvoiceRow.total_minor.expression,
    "open": InvoiceRow.open_minor.expression,
}

Rows = Select[*tuple[Any, ...]]


class Shape(NamedTuple):
    """All of a choice that decides the text of a statement."""

    of_customer: bool
    view: View
    sort: Sort
    down: bool
    due: bool
    issued_from: bool
    issued_until: bool
    amount_from: bool
    amount_until: bool
    searched: bool


def shape_of(choice: Choice, customer_id: UUID | None) -> Shape:
    """`customer_id` is None for staff: then all customers' invoices are meant."""
    return Shape(
        of_customer=customer_id is not None,
        view=choice.view,
        sort=choice.sort,
        down=choice.down,
        due=bool(choice.due),
        issued_from=choice.issued_from is not None,
        issued_until=choice.issued_until is not None,
        amount_from=choice.amount_from is not None,
        amount_until=choice.amount_until is not None,
        searched=bool(choice.query),
    )


def values_of(choice: Choice, customer_id: UUID | None, today: date) -> dict[str, Any]:
    """The values of any statement of this choice's shape."""
    text = choice.query.lower()
    return {
        **days(today),
        "customer_id": customer_id,
        "due": DUE_KEYS.index(choice.due) if choice.due else None,
        "issued_from": choice.issued_from,
        "issued_until": choice.issued_until,
        "amount_from": choice.amount_from,
        "amount_until": choice.amount_until,
        "text": text,
        "text_end": _after(text),
        "word": f" {text}",
        "offset": (choice.page - 1) * PAGE_ROWS,
    }


@lru_cache(maxsize=512)
def page_of(shape: Shape) -> Ready:
    """One page of the list, and one row more, which says whether another page follows."""
    column = SORT_COLUMNS[shape.sort]
    order = (column.desc(), InvoiceRow.id.desc()) if shape.down else (column.asc(), InvoiceRow.id.asc())
    statement = with_holds(select(*COLUMNS))
    if not shape.of_customer:
        statement = with_holds(select(*STAFF_COLUMNS)).join(CustomerRow, CustomerRow.id == InvoiceRow.customer_id)
    return Ready(
        statement.where(*conditions_of(shape))
        .order_by(*order)
        .limit(PAGE_ROWS + 1)
        .offset(bindparam("offset", type_=BigInteger))
    )


@lru_cache(maxsize=512)
def count_of(shape: Shape, most: int) -> Select[int]:
    """How many there are, counted up to `most` and one."""
    capped = with_holds(select(InvoiceRow.id)).where(*conditions_of(shape)).limit(most + 1).subquery("capped")
    return select(func.count()).select_from(capped)


def conditions_of(shape: Shape) -> list[ColumnElement[bool]]:
    """All that a choice asks, bound to the customer first."""
    asked: list[tuple[bool, ColumnElement[bool]]] = [
        (shape.of_customer, InvoiceRow.customer_id == bindparam("customer_id")),
        (True, in_view(shape.view)),
        (shape.due, and_(InvoiceRow.open_minor > ZERO, span == bindparam("due", type_=Integer))),
        (shape.issued_from, InvoiceRow.issued_on >= bindparam("issued_from", type_=Date)),
        (shape.issued_until, InvoiceRow.issued_on <= bindparam("issued_until", type_=Date)),
        (shape.amount_from, InvoiceRow.total_minor >= bindparam("amount_from", type_=BigInteger)),
        (shape.amount_until, InvoiceRow.total_minor <= bindparam("amount_until", type_=BigInteger)),
        (shape.searched, _of_customer_matches() if shape.of_customer else _of_anybody_matches()),
    ]
    return [condition for is_asked, condition in asked if is_asked]


def with_holds(statement: Rows) -> Rows:
    """What is promised to each invoice, beside it."""
    return statement.outerjoin(held, held.c.invoice_id == InvoiceRow.id)


_text = bindparam("text", type_=Text)
_number = func.lower(InvoiceRow.number)
_order_matches = func.starts_with(func.lower(InvoiceRow.purchase_order), _text)


def _of_customer_matches() -> ColumnElement[bool]:
    latest = (
        select(InvoiceRow.id)
        .where(InvoiceRow.customer_id == bindparam("customer_id"))
        .order_by(InvoiceRow.issued_on.desc(), InvoiceRow.id.desc())
        .limit(MOST_SEARCHED)
        .subquery("latest")
    )
    described = func.concat(" ", func.lower(InvoiceLineRow.description))
    with_item = (
        select(InvoiceLineRow.invoice_id)
        .join(latest, latest.c.id == InvoiceLineRow.invoice_id)
        .where(
            or_(
                func.starts_with(func.lower(InvoiceLineRow.sku), _text),
                func.strpos(described, bindparam("word", type_=Text)) > 0,
            )
        )
    )
    order = func.lower(InvoiceRow.purchase_order)
    # Anywhere in them: people read the digits off their bank statement, not what stands before.
    named = or_(func.strpos(_number, _text) > 0, func.strpos(order, _text) > 0)
    return or_(named, InvoiceRow.id.in_(with_item))


def _of_anybody_matches() -> ColumnElement[bool]:
    named = select(CustomerRow.id).where(
        or_(
            func.strpos(func.lower(CustomerRow.name), _text) > 0,
            func.starts_with(func.lower(CustomerRow.number), _text),
        )
    )
    # the number by its index: a prefix as a range of bytes, whatever the collation
    by_number = and_(_number.op("~>=~")(_text), _number.op("~<~")(bindparam("text_end", type_=Text)))
    return or_(by_number, _order_matches, InvoiceRow.customer_id.in_(named))


def _after(prefix: str) -> str:
    """The first text, by code points, that sorts after everything with this prefix."""
    if not prefix:
        return ""
    last = ord(prefix[-1]) + 1
    return prefix[:-1] + chr(0xE000 if 0xD800 <= last < 0xE000 else min(last, 0x10FFFF))
