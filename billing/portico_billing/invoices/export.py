"""The list as CSV, streamed. Each batch is a short transaction of its own: a slow reader holds no connection."""

import csv
import io
import re
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import and_, or_, select

from portico_billing.invoices.choice import Choice
from portico_billing.invoices.chosen import COLUMNS, conditions_of, shape_of, values_of, with_holds
from portico_billing.invoices.models import InvoiceRow
from portico_billing.invoices.queries import InvoiceLine, line_of
from portico_tenants.customers.models import CustomerRow
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant
from portico_themes.texts import N_

BATCH = 1000
BYTE_ORDER_MARK = "\ufeff"  # without it Excel takes UTF-8 for something older
# What spreadsheets take for a formula: at the start of a cell, and behind what starts one for those who read this
# file with semicolons, as Excel does where the comma is the decimal sign.
FORMULA = re.compile("(^|[;\t\r\n])(?=[\\s\"']*[=+\\-@＝＋－＠]|[\t\r])")

STATE_WORDS = {
    "open": N_("Open"),
    "overdue": N_("Overdue"),
    "part": N_("Part-paid"),
    "started": N_("Payment started"),
    "processing": N_("Processing"),
    "recording": N_("Paid, being recorded"),
    "paid": N_("Paid"),
    "voided": N_("Cancelled"),
}
HEAD = (N_("Invoice"), N_("Your order"), N_("Issued"), N_("Due"), N_("Status"), N_("Currency"), N_("Total"), N_("Open"))
STAFF_HEAD = (N_("Account"), N_("Customer"), *HEAD)


async def csv_of(
    database: Database,
    tenant: Tenant,
    customer_id: UUID | None,
    choice: Choice,
    today: date,
    text: Callable[[str], str],
) -> AsyncIterator[bytes]:
    """The chosen invoices, oldest first, of a customer or (None) of all. Amounts are plain decimals, dates ISO."""
    head = HEAD if customer_id is not None else STAFF_HEAD
    yield (BYTE_ORDER_MARK + _lines([[text(word) for word in head]])).encode()
    words = {state: text(word) for state, word in STATE_WORDS.items()}
    shape, values = shape_of(choice, customer_id), values_of(choice, customer_id, today)
    statement = (
        with_holds(select(*COLUMNS, CustomerRow.number, CustomerRow.name))
        .join(CustomerRow, CustomerRow.id == InvoiceRow.customer_id)
        .where(*conditions_of(shape))
        .order_by(InvoiceRow.issued_on, InvoiceRow.id)
        .limit(BATCH)
    )
    last: InvoiceLine | None = None
    while True:
        page = statement
        if last is not None:
            same_day = and_(InvoiceRow.issued_on == last.issued_on, InvoiceRow.id > last.id)
            page = statement.where(or_(InvoiceRow.issued_on > last.issued_on, same_day))
        async with database.tenant_session(tenant) as session:
            rows = (await session.execute(page, values)).all()
        table = []
        for row in rows:
            last = line_of(row[: len(COLUMNS)], today)
            cells = _cells(last, words)
            table.append(cells if customer_id is not None else [safe(row[-2]), safe(row[-1]), *cells])
        if table:
            yield _lines(table).encode()
        if len(rows) < BATCH:
            return


def safe(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return FORMULA.sub(r"\1'", text)


def _cells(line: InvoiceLine, words: dict[str, str]) -> list[str]:
    return [
        safe(line.number),
        safe(line.purchase_order),
        line.issued_on.isoformat(),
        line.due_on.isoformat(),
        words[line.state],
        line.total.currency,
        str(line.total.amount),
        str(line.open.amount),
    ]


def _lines(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
