"""Mirrors pages of invoices, credits and ERP payments. Called by the sync, inside its transaction for the page.

Lines and applications are replaced only where their document was written. A document that is not posted has nothing
open. `gone` is for invoices that the ERP no longer has.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from portico_billing.invoices import statements
from portico_connectors.records import Application, Credit, DocumentState, Invoice, Line, Payment
from portico_tenants.customers.upsert import customer_ids, customer_of
from portico_tenants.mirror import Candidate, Merged, Merging, Unstorable, copy_rows, digits_of, exact_minor, short
from portico_tenants.session import TenantSession

LINE_COLUMNS = ("position", "sku", "description", "quantity", "unit", "unit_price", "amount")


async def upsert_invoices(
    session: TenantSession, records: Sequence[Invoice], read_at: datetime, *, watched: Collection[str] = ()
) -> Merged:
    """Merge one page of invoices, read from the ERP at `read_at`.

    `watched` are ERP ids of invoices that somebody else may be reading just now (`portico_tenants.mirror`); those with
    money promised always are: what is open on them may go from X to Y and back to X between two reads, and the late
    one must not bring Y.
    """
    page: Merging[Invoice] = Merging(await session.raw(), statements.INVOICES)
    promised = await page.connection.fetch(statements.PROMISED, [record.erp_id for record in records])
    found = await page.compare(records, _invoice_content, watched={*watched, *(row[0] for row in promised)})
    customers = await customer_ids(session, {each.record.customer_erp_id for each in found})
    lines: dict[str, tuple[Line, ...]] = {}

    def row_of(each: Candidate[Invoice]) -> tuple[Any, ...]:
        record = each.record
        digits = digits_of(record.currency)
        lines[record.erp_id] = _sound(record.lines)
        return (
            each.id,
            short("id", record.erp_id),
            customer_of(customers, record.customer_erp_id),
            short("number", record.number or record.erp_id),
            record.purchase_order,
            record.issued_on,
            record.due_on,
            record.currency,
            exact_minor(record.total, digits),
            exact_minor(record.tax_total, digits),
            _still_open(record, digits),
            record.state.value,
            record.memo,
            record.modified_at,
            read_at,
            each.fingerprint,
        )

    written = await page.merge(row_of)
    if page.changed_ids:
        await page.connection.execute(statements.DROP_INVOICE_LINES, page.changed_ids)
    rows = _line_rows((row.id, lines[row.erp_id]) for row in written)
    await copy_rows(page.connection, "invoice_line", ("invoice_id", *LINE_COLUMNS), rows)
    return page.result()


async def upsert_credits(session: TenantSession, records: Sequence[Credit], read_at: datetime) -> Merged:
    """Merge one page of credit memos, read from the ERP at `read_at`, with what they are applied to."""
    page: Merging[Credit] = Merging(await session.raw(), statements.CREDITS)
    found = await page.compare(records, _credit_content)
    customers = await customer_ids(session, {each.record.customer_erp_id for each in found})
    lines: dict[str, tuple[Line, ...]] = {}
    applied: dict[str, dict[str, int]] = {}

    def row_of(each: Candidate[Credit]) -> tuple[Any, ...]:
        record = each.record
        digits = digits_of(record.currency)
        lines[record.erp_id] = _sound(record.lines)
        applied[record.erp_id] = _sums(record.applications, digits)
        return (
            each.id,
            short("id", record.erp_id),
            customer_of(customers, record.customer_erp_id),
            short("number", record.number or record.erp_id),
            record.issued_on,
            record.currency,
            exact_minor(record.total, digits),
            exact_minor(record.tax_total, digits),
            _still_open(record, digits),
            record.state.value,
            record.memo,
            record.modified_at,
            read_at,
            each.fingerprint,
        )

    written = await page.merge(row_of)
    touched: list[str] = []
    if page.changed_ids:
        await page.connection.execute(statements.DROP_CREDIT_LINES, page.changed_ids)
        dropped = await page.connection.fetch(statements.DROP_CREDIT_APPLICATIONS, page.changed_ids)
        touched += [row[0] for row in dropped]
    rows = _line_rows((row.id, lines[row.erp_id]) for row in written)
    await copy_rows(page.connection, "credit_line", ("credit_id", *LINE_COLUMNS), rows)
    parts = [(row.id, invoice, minor) for row in written for invoice, minor in applied[row.erp_id].items()]
    await copy_rows(page.connection, "credit_application", ("credit_id", "invoice_erp_id", "amount_minor"), parts)
    return page.result([*touched, *(part[1] for part in parts)])


async def upsert_payments(session: TenantSession, records: Sequence[Payment], read_at: datetime) -> Merged:
    """Merge one page of the ERP's payments, ours or not, read at `read_at`, with what they are applied to."""
    page: Merging[Payment] = Merging(await session.raw(), statements.ERP_PAYMENTS)
    found = await page.compare(records, _payment_content)
    customers = await customer_ids(session, {each.record.customer_erp_id for each in found})
    applied: dict[str, dict[str, int]] = {}

    def row_of(each: Candidate[Payment]) -> tuple[Any, ...]:
        record = each.record
        digits = digits_of(record.currency)
        applied[record.erp_id] = _sums(record.applications, digits)
        return (
            each.id,
            short("id", record.erp_id),
            customer_of(customers, record.customer_erp_id),
            record.number or record.erp_id,
            record.paid_on,
            record.currency,
            exact_minor(record.amount, digits),
            None if record.our_key is None else short("reference", record.our_key),
            record.state.value,
            record.modified_at,
            read_at,
            each.fingerprint,
        )

    written = await page.merge(row_of)
    touched: list[str] = []
    if page.changed_ids:
        dropped = await page.connection.fetch(statements.DROP_PAYMENT_APPLICATIONS, page.changed_ids)
        touched += [row[0] for row in dropped]
    parts = [(row.id, invoice, minor) for row in written for invoice, minor in applied[row.erp_id].items()]
    await copy_rows(page.connection, "erp_application", ("erp_payment_id", "invoice_erp_id", "amount_minor"), parts)
    return page.result([*touched, *(part[1] for part in parts)])


async def gone(session: TenantSession, erp_ids: Sequence[str], read_at: datetime) -> None:
    """Invoices that the ERP, asked for them by id at `read_at`, no longer has: kept, with nothing open."""
    connection = await session.raw()
    await connection.execute(statements.MARK_GONE, list(erp_ids), read_at)


def _still_open(record: Invoice | Credit, digits: int) -> int:
    minor = exact_minor(record.open_amount, digits)
    return minor if record.state is DocumentState.POSTED else 0


def _sound(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    for line in lines:
        if not (line.amount.is_finite() and line.quantity.is_finite() and line.unit_price.is_finite()):
            raise Unstorable(f"An amount on line {line.position} is not a number")
    return lines


def _line_rows(documents: Iterable[tuple[UUID, tuple[Line, ...]]]) -> list[tuple[Any, ...]]:
    # numbered anew: some ERPs repeat the positions of kits and subtotals
    return [
        (
            document_id,
            position,
            line.sku,
            line.description,
            line.quantity,
            line.unit,
            line.unit_price,
            line.amount,
        )
        for document_id, lines in documents
        for position, line in enumerate(lines, start=1)
    ]


def _sums(applications: tuple[Application, ...], digits: int) -> dict[str, int]:
    """Minor units by invoice; an ERP may apply one payment to one invoice in several parts."""
    sums: dict[str, int] = {}
    for part in applications:
        invoice = short("invoice's id", part.invoice_erp_id)
        sums[invoice] = sums.get(invoice, 0) + exact_minor(part.amount, digits)
    return sums


def _invoice_content(record: Invoice) -> object:
    return (
        *(record.customer_erp_id, record.number, record.purchase_order, record.issued_on, record.due_on),
        *(record.currency, record.total, record.tax_total, record.open_amount, record.state, record.memo),
        record.lines,
    )


def _credit_content(record: Credit) -> object:
    return (
        *(record.customer_erp_id, record.number, record.issued_on, record.currency, record.total, record.tax_total),
        *(record.open_amount, record.state, record.memo, record.lines, record.applications),
    )


def _payment_content(record: Payment) -> object:
    return (
        *(record.customer_erp_id, record.number, record.paid_on, record.currency, record.amount, record.our_key),
        *(record.state, record.applications),
    )
