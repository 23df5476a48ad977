"""Reads of one invoice or credit with all that stands on its paper. Not there and not yours is the same: NotFound."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Text, cast, func, literal, select, union_all

from portico_billing.invoices.chosen import COLUMNS, with_holds
from portico_billing.invoices.models import (
    CreditApplicationRow,
    CreditLineRow,
    CreditRow,
    ErpApplicationRow,
    ErpPaymentRow,
    InvoiceLineRow,
    InvoiceRow,
)
from portico_billing.invoices.queries import InvoiceLine, line_of
from portico_billing.invoices.sheets.paper import Paper, PaperLine, Part, billed_to
from portico_billing.payments.models import PaymentRow, PostingRow
from portico_core.errors import NotFound
from portico_core.money import Money
from portico_tenants.audit import AuditRow
from portico_tenants.customers.models import CustomerRow, TermRow
from portico_tenants.people.models import PersonRow
from portico_tenants.session import TenantSession

MOST_LINES = 2000
MOST_PARTS = 200
MOST_READERS = 20
DOWNLOADED = "invoice.downloaded"
DOWNLOADED_BY_STAFF = "invoice.downloaded_by_staff"  # the customer is told of its own readers only


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody of the customer's who downloaded the paper, and when first."""

    name: str
    at: datetime


class Invoice(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice as its page shows it."""

    line: InvoiceLine
    erp_id: str
    version: int
    customer_id: UUID
    customer_name: str
    paper: Paper


class Credit(msgspec.Struct, frozen=True, kw_only=True):
    """A credit memo as its page shows it; `paper.open` is what is left to use."""

    id: UUID
    customer_id: UUID
    customer_name: str
    paper: Paper


async def invoice(session: TenantSession, customer_id: UUID | None, invoice_id: UUID, today: date) -> Invoice:
    """One invoice of the customer, or (None, for staff) of any. Raises NotFound."""
    statement = with_holds(
        select(
            *COLUMNS,
            InvoiceRow.erp_id,
            InvoiceRow.version,
            InvoiceRow.tax_minor,
            InvoiceRow.memo,
            *_CUSTOMER,
        )
    ).join(CustomerRow, CustomerRow.id == InvoiceRow.customer_id)
    statement = statement.outerjoin(TermRow, TermRow.erp_id == CustomerRow.term_erp_id).where(
        InvoiceRow.id == invoice_id
    )
    if customer_id is not None:
        statement = statement.where(InvoiceRow.customer_id == customer_id)
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise NotFound
    erp_id, version, tax_minor, memo, *about = row[len(COLUMNS) :]
    line = line_of(row[: len(COLUMNS)], today)
    tax = Money(tax_minor, line.total.currency)
    lines = await _lines(session, InvoiceLineRow, InvoiceLineRow.invoice_id == invoice_id)
    return Invoice(
        line=line,
        erp_id=erp_id,
        version=version,
        customer_id=about[0],
        customer_name=about[1],
        paper=Paper(
            kind="invoice",
            number=line.number,
            issued_on=line.issued_on,
            due_on=line.due_on,
            purchase_order=line.purchase_order,
            customer_number=about[2],
            terms=about[4] or "",
            billed_to=billed_to(about[1], about[3]),
            country=about[3].get("country", ""),
            currency=tax.currency,
            memo=memo,
            lines=lines,
            net=line.total - tax,
            tax=tax,
            total=line.total,
            parts=await _parts(session, erp_id, tax.currency),
            open=line.open,
        ),
    )


async def credit(session: TenantSession, customer_id: UUID | None, credit_id: UUID) -> Credit:
    """One credit memo of the customer, or (None, for staff) of any. Raises NotFound."""
    statement = (
        select(
            CreditRow.number,
            CreditRow.issued_on,
            CreditRow.currency,
            CreditRow.total_minor,
            CreditRow.tax_minor,
            CreditRow.open_minor,
            CreditRow.memo,
            *_CUSTOMER,
        )
        .join(CustomerRow, CustomerRow.id == CreditRow.customer_id)
        .outerjoin(TermRow, TermRow.erp_id == CustomerRow.term_erp_id)
        .where(CreditRow.id == credit_id)
    )
    if customer_id is not None:
        statement = statement.where(CreditRow.customer_id == customer_id)
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise NotFound
    number, issued_on, currency, total_minor, tax_minor, open_minor, memo, *about = row
    total, tax = Money(total_minor, currency), Money(tax_minor, currency)
    return Credit(
        id=credit_id,
        customer_id=about[0],
        customer_name=about[1],
        paper=Paper(
            kind="credit",
            number=number,
            issued_on=issued_on,
            due_on=None,
            purchase_order="",
            customer_number=about[2],
            terms="",
            billed_to=billed_to(about[1], about[3]),
            country=about[3].get("country", ""),
            currency=currency,
            memo=memo,
            lines=await _lines(session, CreditLineRow, CreditLineRow.credit_id == credit_id),
            net=total - tax,
            tax=tax,
            total=total,
            open=Money(open_minor, currency),
        ),
    )


async def readers(session: TenantSession, customer_id: UUID, invoice_id: UUID) -> list[Reader]:
    """Who of the customer's people downloaded the paper, each with the first time."""
    first = func.min(AuditRow.at)
    rows = await session.execute(
        select(PersonRow.name, first)
        .join(PersonRow, AuditRow.actor == literal("person:").concat(cast(PersonRow.id, Text)))
        .where(
            AuditRow.object_type == "invoice",
            AuditRow.object_id == str(invoice_id),
            AuditRow.action == DOWNLOADED,
            AuditRow.customer_id == customer_id,
        )
        .group_by(PersonRow.id, PersonRow.name)
        .order_by(first)
        .limit(MOST_READERS)
    )
    return [Reader(name=name, at=at) for name, at in rows]


_CUSTOMER = (
    CustomerRow.id.label("customer_id"),
    CustomerRow.name.label("customer_name"),
    CustomerRow.number.label("customer_number"),
    CustomerRow.billing_address,
    TermRow.name.label("terms"),
)


async def _lines(session: TenantSession, table: Any, of_document: Any) -> tuple[PaperLine, ...]:
    rows = await session.execute(
        select(table.description, table.sku, table.unit, table.quantity, table.unit_price, table.amount)
        .where(of_document)
        .order_by(table.position)
        .limit(MOST_LINES)
    )
    return tuple(
        PaperLine(description=text, sku=sku, unit=unit, quantity=quantity, unit_price=price, amount=amount)
        for text, sku, unit, quantity, price, amount in rows
    )


async def _parts(session: TenantSession, invoice_erp_id: str, currency: str) -> tuple[Part, ...]:
    """What closed parts of the invoice in the ERP's books, oldest first; our own payments by our own numbers."""
    payments = (
        select(
            literal("payment").label("kind"),
            ErpPaymentRow.paid_on.label("day"),
            func.coalesce(literal("P-").concat(cast(PaymentRow.number, Text)), ErpPaymentRow.number).label("number"),
            ErpApplicationRow.amount_minor.label("minor"),
        )
        .join(ErpPaymentRow, ErpPaymentRow.id == ErpApplicationRow.erp_payment_id)
        .outerjoin(PostingRow, PostingRow.our_key == ErpPaymentRow.our_key)
        .outerjoin(PaymentRow, PaymentRow.id == PostingRow.payment_id)
        .where(ErpApplicationRow.invoice_erp_id == invoice_erp_id, ErpPaymentRow.state == "posted")
    )
    credits_ = (
        select(literal("credit"), CreditRow.issued_on, CreditRow.number, CreditApplicationRow.amount_minor)
        .join(CreditRow, CreditRow.id == CreditApplicationRow.credit_id)
        .where(CreditApplicationRow.invoice_erp_id == invoice_erp_id, CreditRow.state == "posted")
    )
    rows = await session.execute(union_all(payments, credits_).order_by("day", "number").limit(MOST_PARTS))
    return tuple(
        Part(kind=kind, on=day, number=number, amount=Money(minor, currency)) for kind, day, number, minor in rows
    )
