"""How close the mirror of invoices comes to bare COPY + merge of the same pages.

Both sides write the same 100,000 documents (1,000 a page, 5 lines each) in one transaction a page, 10,000 at a turn;
counted is the processor's time, of this process and of PostgreSQL. The bare side is given ready tuples and checks
nothing: no fingerprints, no customers to find, no money to convert, no line to replace by need. Ours starts from
decoded records, as they leave a connector.
"""

import asyncio
import gc
import os
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import asyncpg
import msgspec

from bench.clocks import backends, spent
from bench.database import one_tenant
from bench.results import Result, compared, progress
from portico_billing.invoices import statements
from portico_billing.invoices.upsert import LINE_COLUMNS, upsert_invoices
from portico_connectors.records import Customer, Invoice, Line
from portico_core.ids import new_id
from portico_core.money import to_minor
from portico_tenants.customers.upsert import customer_ids, upsert_customers
from portico_tenants.session import TenantSession

PAGE_ROWS = 1000
PAGES = 10
LINES = 5
ROUNDS = 10  # a hundred thousand invoices in all
START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)

Page = list[Invoice]
Write = Callable[[TenantSession, Any, datetime], Awaitable[object]]


def measure() -> list[Result]:
    """New, changed and unchanged invoices."""
    return asyncio.run(_measure())


async def _measure() -> list[Result]:
    times: dict[str, list[float]] = {}
    async with one_tenant() as (database, tenant):
        async with database.tenant_session(tenant) as session:
            await upsert_customers(session, [_customer(number) for number in range(50)], START)
            customers = await customer_ids(session, [f"c{number}" for number in range(50)])
        admin = await asyncpg.connect(database.settings.url)
        try:
            pids = (os.getpid(), *await backends(admin, "portico"))
            for round_number in range(ROUNDS):
                first, second = _pages(round_number, "120.00"), _pages(round_number, "20.00")
                bare_first = [_tuples(page, customers, "bare-") for page in first]
                bare_second = [_tuples(page, customers, "bare-") for page in second]
                gc.collect()
                at = START + timedelta(hours=round_number)
                sides: list[tuple[str, Write, Sequence[Any], datetime]] = [
                    ("bare new", _bare, bare_first, at),
                    ("new", upsert_invoices, first, at),
                    ("bare changed", _bare, bare_second, at + timedelta(minutes=1)),
                    ("changed", upsert_invoices, second, at + timedelta(minutes=1)),
                    ("unchanged", upsert_invoices, second, at + timedelta(minutes=2)),
                ]
                for name, write, pages, read_at in sides:
                    before = spent(pids)
                    for page in pages:
                        async with database.tenant_session(tenant) as session:
                            await write(session, page, read_at)
                    cost = (spent(pids) - before) / (PAGE_ROWS * PAGES)
                    times.setdefault(name, []).append(cost * 1_000_000)
                told = ", ".join(f"{name} {each[-1]:.0f} µs" for name, each in times.items())
                progress(f"sync: round {round_number + 1} of {ROUNDS}, {told}")
        finally:
            await admin.close()
    return [
        compared("sync, new invoices", times["new"], times["bare new"], goal=0.5, unit="µs an invoice"),
        compared("sync, changed invoices", times["changed"], times["bare changed"], goal=0.5, unit="µs an invoice"),
        compared("sync, unchanged beside changed", times["unchanged"], times["changed"], goal=5, unit="µs an invoice"),
    ]


async def _bare(session: TenantSession, page: tuple[list[Any], list[Any]], _: datetime) -> None:
    """The ceiling: both tables staged and merged, whatever was there."""
    rows, lines = page
    connection = await session.raw()
    await connection.execute(statements.INVOICES.stage)
    await connection.copy_records_to_table("staged_invoice", records=rows, columns=statements.INVOICES.columns)
    await connection.execute(statements.INVOICES.merge)
    await connection.execute("CREATE TEMPORARY TABLE staged_line (LIKE invoice_line) ON COMMIT DROP")
    await connection.copy_records_to_table("staged_line", records=lines, columns=("invoice_id", *LINE_COLUMNS))
    await connection.execute(
        "INSERT INTO invoice_line (invoice_id, position, sku, description, quantity, unit, unit_price, amount)"
        " SELECT i.id, l.position, l.sku, l.description, l.quantity, l.unit, l.unit_price, l.amount"
        " FROM staged_line l JOIN staged_invoice s ON s.id = l.invoice_id JOIN invoice i ON i.erp_id = s.erp_id"
        " ON CONFLICT (invoice_id, position) DO UPDATE SET sku = excluded.sku, description = excluded.description,"
        " quantity = excluded.quantity, unit = excluded.unit, unit_price = excluded.unit_price,"
        " amount = excluded.amount"
    )


def _customer(number: int) -> Customer:
    return Customer(
        erp_id=f"c{number}", number=f"C{number}", name=f"Customer {number}", currency="GBP", modified_at=START
    )


def _pages(round_number: int, still_open: str) -> list[Page]:
    made = [
        [_invoice(f"{round_number}-{page}-{row}", row, still_open) for row in range(PAGE_ROWS)] for page in range(PAGES)
    ]
    # through the wire and back, as a connector's records come: no two share a Decimal or a text
    return [msgspec.json.decode(msgspec.json.encode(page), type=list[Invoice]) for page in made]


def _invoice(name: str, row: int, still_open: str) -> Invoice:
    day = date(2026, 1, 1) + timedelta(days=row % 90)
    return Invoice(
        erp_id=name,
        customer_erp_id=f"c{row % 50}",
        number=f"SF-{name}",
        purchase_order=f"PO {row}",
        issued_on=day,
        due_on=day + timedelta(days=30),
        currency="GBP",
        total=Decimal("120.00"),
        tax_total=Decimal("20.00"),
        open_amount=Decimal(still_open),
        lines=tuple(
            Line(
                position=position,
                sku=f"M12-{row}-{position}",
                description="Hex bolt M12 × 50, grade 8.8, zinc",
                quantity=Decimal(position),
                unit="box of 100",
                unit_price=Decimal("18.40"),
                amount=Decimal("18.40") * position,
            )
            for position in range(1, LINES + 1)
        ),
        modified_at=START,
    )


def _tuples(page: Page, customers: dict[str, Any], prefix: str) -> tuple[list[Any], list[Any]]:
    rows, lines = [], []
    for record in page:
        invoice_id = new_id()
        mark = (record.erp_id + str(record.open_amount)).encode()
        money = [to_minor(each, "GBP") for each in (record.total, record.tax_total, record.open_amount)]
        rows.append(
            (
                *(invoice_id, prefix + record.erp_id, customers[record.customer_erp_id], record.number),
                *(record.purchase_order, record.issued_on, record.due_on, record.currency, *money, "posted", ""),
                *(START, START, mark),
            )
        )
        lines += [(invoice_id, *(getattr(line, column) for column in LINE_COLUMNS)) for line in record.lines]
    return rows, lines
