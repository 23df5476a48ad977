"""The distributor's customers with what they owe: for staff only, over all customers. Sums are in a customer's own
currency; what it owes in others stands on its page."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, func, or_, select

from portico_billing.invoices.choice import PAGE_ROWS
from portico_billing.invoices.chosen import with_holds
from portico_billing.invoices.models import InvoiceRow
from portico_billing.invoices.payable import ZERO, outstanding
from portico_core.errors import NotFound
from portico_core.money import Money
from portico_tenants.customers.models import ContactRow, CustomerRow, TermRow
from portico_tenants.people import members
from portico_tenants.people.members import MemberView
from portico_tenants.session import TenantSession

MOST_CONTACTS = 100
Order = Literal["name", "balance", "overdue"]


class Debtor(msgspec.Struct, frozen=True, kw_only=True):
    """A customer in a list. Sums are of what can be paid; `invoices` counts those."""

    id: UUID
    number: str
    name: str
    active: bool
    balance: Money
    overdue: Money
    invoices: int


class Total(msgspec.Struct, frozen=True, kw_only=True):
    """What all customers together owe in one currency; how many customers and invoices that is."""

    balance: Money
    overdue: Money
    customers: int
    invoices: int


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody at a customer, as the ERP knows them."""

    name: str
    email: str
    phone: str


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """A customer as its page shows it to staff."""

    id: UUID
    number: str
    name: str
    email: str
    phone: str
    currency: str
    terms: str
    limit: Money | None
    address: dict[str, Any]
    active: bool
    members: tuple[MemberView, ...]
    contacts: tuple[Contact, ...]


async def debtors(
    session: TenantSession, today: date, *, order: Order, query: str = "", page: int = 1, rows: int = PAGE_ROWS
) -> tuple[list[Debtor], bool]:
    """One page of customers, and whether another follows. By balance and overdue only those who owe something, each
    currency for itself since their numbers do not compare; the tenant's own comes first."""
    offset = (page - 1) * rows
    if order == "name":
        statement = select(*_ABOUT).where(*_matching(query)).order_by(func.lower(CustomerRow.name), CustomerRow.id)
        about = (await session.execute(statement.limit(rows + 1).offset(offset))).all()
        sums = await _sums(session, [row.id for row in about], today)
        found = [_debtor(row, sums.get(row.id, (0, 0, 0))) for row in about]
    else:
        owing = _owing(today).subquery("owing")
        ranked = select(*_ABOUT, owing.c.balance, owing.c.overdue, owing.c.invoices).join(
            owing, owing.c.customer_id == CustomerRow.id
        )
        ranked = ranked.where(owing.c[order] > 0, *_matching(query)).order_by(
            CustomerRow.currency != session.tenant.base_currency,
            CustomerRow.currency,
            owing.c[order].desc(),
            CustomerRow.id,
        )
        page_rows = (await session.execute(ranked.limit(rows + 1).offset(offset))).all()
        found = [_debtor(row, (row.balance, row.overdue, row.invoices)) for row in page_rows]
    return found[:rows], len(found) > rows


async def totals(session: TenantSession, today: date) -> list[Total]:
    """One per currency in which something is to be paid, largest first."""
    due = InvoiceRow.due_on < today
    rows = await session.execute(
        with_holds(
            select(
                InvoiceRow.currency,
                func.sum(outstanding),
                func.coalesce(func.sum(outstanding).filter(due), 0),
                func.count(InvoiceRow.customer_id.distinct()),
                func.count(),
            )
        )
        .where(InvoiceRow.open_minor > ZERO, outstanding > ZERO)
        .group_by(InvoiceRow.currency)
        .order_by(func.sum(outstanding).desc())
    )
    return [
        Total(
            balance=Money(int(balance), currency),
            overdue=Money(int(overdue), currency),
            customers=customers,
            invoices=invoices,
        )
        for currency, balance, overdue, customers, invoices in rows
    ]


async def customer(session: TenantSession, customer_id: UUID) -> Customer:
    """One customer with its people. Raises NotFound."""
    row = (
        await session.execute(
            select(CustomerRow, TermRow.name)
            .outerjoin(TermRow, TermRow.erp_id == CustomerRow.term_erp_id)
            .where(CustomerRow.id == customer_id)
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    kept, terms = row
    return Customer(
        id=kept.id,
        number=kept.number,
        name=kept.name,
        email=kept.email,
        phone=kept.phone,
        currency=kept.currency,
        terms=terms or "",
        limit=None if kept.credit_limit_minor is None else Money(kept.credit_limit_minor, kept.currency),
        address=kept.billing_address,
        active=kept.active,
        members=tuple(await members.of_customer(session, customer_id)),
        contacts=await _contacts(session, customer_id),
    )


_ABOUT = (CustomerRow.id, CustomerRow.number, CustomerRow.name, CustomerRow.active, CustomerRow.currency)


def _owing(today: date) -> Any:
    return (
        with_holds(
            select(
                InvoiceRow.customer_id,
                func.sum(outstanding).label("balance"),
                func.coalesce(func.sum(outstanding).filter(InvoiceRow.due_on < today), 0).label("overdue"),
                func.count().filter(outstanding > ZERO).label("invoices"),
            )
        )
        .join(CustomerRow, CustomerRow.id == InvoiceRow.customer_id)
        .where(InvoiceRow.open_minor > ZERO, InvoiceRow.currency == CustomerRow.currency)
        .group_by(InvoiceRow.customer_id)
    )


async def _sums(session: TenantSession, ids: Sequence[UUID], today: date) -> dict[UUID, tuple[int, int, int]]:
    rows = await session.execute(_owing(today).where(InvoiceRow.customer_id.in_(ids)))
    return {row.customer_id: (row.balance, row.overdue, row.invoices) for row in rows}


def _matching(query: str) -> list[ColumnElement[bool]]:
    if not query:
        return []
    text = query.lower()
    return [
        or_(
            func.starts_with(func.lower(CustomerRow.number), text),
            func.strpos(func.lower(CustomerRow.name), text) > 0,
            func.starts_with(func.lower(CustomerRow.email), text),
        )
    ]


def _debtor(row: Any, sums: tuple[int, int, int]) -> Debtor:
    return Debtor(
        id=row.id,
        number=row.number,
        name=row.name,
        active=row.active,
        balance=Money(int(sums[0]), row.currency),
        overdue=Money(int(sums[1]), row.currency),
        invoices=sums[2],
    )


async def _contacts(session: TenantSession, customer_id: UUID) -> tuple[Contact, ...]:
    rows = await session.execute(
        select(ContactRow.name, ContactRow.email, ContactRow.phone)
        .where(ContactRow.customer_id == customer_id, ContactRow.active)
        .order_by(func.lower(ContactRow.name))
        .limit(MOST_CONTACTS)
    )
    return tuple(Contact(name=name, email=email, phone=phone) for name, email, phone in rows)
