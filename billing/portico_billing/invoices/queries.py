"""Reads of invoices: the list and its search. Every statement for a customer's page is bound to the customer."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import func, select

from portico_billing.invoices.choice import PAGE_ROWS, Choice
from portico_billing.invoices.chosen import count_of, page_of, shape_of, values_of, with_holds
from portico_billing.invoices.models import InvoiceRow
from portico_billing.invoices.payable import ZERO, State, outstanding, state_of
from portico_core.money import Money
from portico_tenants.customers.models import CustomerRow
from portico_tenants.session import TenantSession

MOST_COUNTED = 1000


class InvoiceLine(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the list. `open` is what is owed (less what was received), `outstanding` less what is on its way too,
    `payable` what can be chosen for another payment.

    `customer_id` and `customer` (its name) are filled in on staff's lists only.
    """

    id: UUID
    number: str
    purchase_order: str
    issued_on: date
    due_on: date
    state: State
    total: Money
    open: Money
    outstanding: Money
    payable: Money
    customer_id: UUID | None = None
    customer: str = ""

    @property
    def selectable(self) -> bool:
        """Whether it can be chosen for a payment."""
        return self.payable.minor > 0


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """One page of the list. `more` says that another follows; `total` is None above MOST_COUNTED."""

    rows: tuple[InvoiceLine, ...]
    first: int
    more: bool
    total: int | None

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1


async def invoices(
    session: TenantSession, customer_id: UUID | None, choice: Choice, today: date, *, known_total: int | None = None
) -> Found:
    """The page that was asked for, of a customer's invoices or (None, for staff) of all.

    `known_total` is the number of rows where somebody has counted them already.
    """
    shape, values = shape_of(choice, customer_id), values_of(choice, customer_id, today)
    rows = await session.ask(page_of(shape), values)
    more, total = len(rows) > PAGE_ROWS, known_total
    if total is None and not more and choice.page == 1:
        total = len(rows)
    elif total is None:
        counted = await session.scalar(count_of(shape, MOST_COUNTED), values) or 0
        total = counted if counted <= MOST_COUNTED else None
    return Found(
        rows=tuple(line_of(row, today) for row in rows[:PAGE_ROWS]),
        first=values["offset"] + 1,
        more=more,
        total=total,
    )


def line_of(row: Any, today: date) -> InvoiceLine:
    """A row of COLUMNS or STAFF_COLUMNS as the pages take it."""
    id_, number, order, issued_on, due_on, currency, total, open_, state, received, moving, started, *customer = row
    owed = max(open_ - received, 0)
    return InvoiceLine(
        id=id_,
        number=number,
        purchase_order=order,
        issued_on=issued_on,
        due_on=due_on,
        state=state_of(state, total, open_, received, moving, started, due_on, today),
        total=Money(total, currency),
        open=Money(owed, currency),
        outstanding=Money(max(owed - moving, 0), currency),
        payable=Money(max(owed - moving - started, 0), currency),
        customer_id=customer[0] if customer else None,
        customer=customer[1] if customer else "",
    )


async def open_by_customer(session: TenantSession, customer_ids: Sequence[UUID]) -> dict[UUID, Money]:
    """What each of these customers owes, in its own currency; those that owe nothing are absent."""
    rows = await session.execute(
        with_holds(select(InvoiceRow.customer_id, InvoiceRow.currency, func.sum(outstanding)))
        .join(CustomerRow, CustomerRow.id == InvoiceRow.customer_id)
        .where(
            InvoiceRow.customer_id.in_(customer_ids),
            InvoiceRow.open_minor > ZERO,
            InvoiceRow.currency == CustomerRow.currency,
        )
        .group_by(InvoiceRow.customer_id, InvoiceRow.currency)
    )
    return {customer_id: Money(int(minor), currency) for customer_id, currency, minor in rows if minor}
