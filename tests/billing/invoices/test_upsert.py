"""Pages of invoices become rows: what is new, changed, unchanged, older, or cannot be kept."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, text

from portico_billing.invoices.models import InvoiceLineRow, InvoiceRow
from portico_billing.invoices.upsert import gone, upsert_invoices
from portico_connectors.records import DocumentState
from portico_tenants.customers.upsert import upsert_customers
from portico_tenants.mirror import Merged, SetAside
from portico_tenants.session import Database, TenantSession
from portico_tenants.tenant import Tenant
from tests.factories.records import CHANGED, a_customer, a_line, an_invoice

READ = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
LATER = READ + timedelta(minutes=5)


@pytest.fixture(autouse=True)
async def customer(session: TenantSession) -> None:
    await upsert_customers(session, [a_customer("c1"), a_customer("c2")], READ)


async def row_of(session: TenantSession, erp_id: str = "i1") -> InvoiceRow:
    statement = select(InvoiceRow).where(InvoiceRow.erp_id == erp_id)
    return (await session.scalars(statement.execution_options(populate_existing=True))).one()


async def lines_of(session: TenantSession, row: InvoiceRow) -> Sequence[InvoiceLineRow]:
    statement = select(InvoiceLineRow).where(InvoiceLineRow.invoice_id == row.id).order_by(InvoiceLineRow.position)
    return (await session.scalars(statement.execution_options(populate_existing=True))).all()


async def places(session: TenantSession) -> list[Any]:
    """Where the rows lie and which transactions wrote them: a row that is written again lies elsewhere."""
    rows = await session.execute(
        text(
            "SELECT ctid::text, xmin::text, xmax::text FROM invoice UNION ALL"
            " SELECT ctid::text, xmin::text, xmax::text FROM invoice_line ORDER BY 1"
        )
    )
    return list(rows.all())


async def test_a_new_invoice_is_kept_with_its_lines_in_minor_units(session: TenantSession) -> None:
    merged = await upsert_invoices(session, [an_invoice(purchase_order="PO 7", memo="Thanks")], READ)

    assert merged == Merged(new=1)
    row = await row_of(session)
    assert (row.number, row.purchase_order, row.memo) == ("INV-i1", "PO 7", "Thanks")
    assert (row.total_minor, row.tax_minor, row.open_minor, row.currency) == (12000, 2000, 12000, "GBP")
    assert (row.state, row.version, row.read_at, row.modified_at) == ("posted", 1, READ, CHANGED)
    [line] = await lines_of(session, row)
    assert (line.position, line.sku, line.quantity, line.unit, line.amount) == (
        *(1, "BOLT-M8", Decimal(2), "box"),
        Decimal("100.00"),
    )


async def test_an_unchanged_page_writes_nothing(database: Database, tenant: Tenant) -> None:
    page = [an_invoice(f"i{number}", customer_erp_id="committed") for number in range(20)]
    async with database.tenant_session(tenant) as session:
        await upsert_customers(session, [a_customer("committed")], READ)
        await upsert_invoices(session, page, READ)
        before = await places(session)

    async with database.tenant_session(tenant) as session:
        merged = await upsert_invoices(session, page, LATER)
        after = await places(session)

    assert merged == Merged(unchanged=20)
    assert after == before


async def test_a_changed_invoice_gets_a_new_version_and_new_lines(session: TenantSession) -> None:
    await upsert_invoices(session, [an_invoice(lines=(a_line(1), a_line(2), a_line(3)))], READ)
    before = (await row_of(session)).id

    merged = await upsert_invoices(
        session, [an_invoice(open_amount=Decimal("20.00"), lines=(a_line(1, sku="NUT-M8"),))], LATER
    )

    assert merged == Merged(changed=1)
    row = await row_of(session)
    assert (row.id, row.version, row.open_minor, row.read_at) == (before, 2, 2000, LATER)
    assert [line.sku for line in await lines_of(session, row)] == ["NUT-M8"]


async def test_an_older_read_never_overwrites_a_newer(session: TenantSession) -> None:
    await upsert_invoices(session, [an_invoice(open_amount=Decimal(0), lines=(a_line(sku="NEWER"),))], LATER)

    merged = await upsert_invoices(session, [an_invoice(lines=(a_line(sku="OLDER"),))], READ)

    assert merged == Merged(older=1)
    row = await row_of(session)
    assert (row.open_minor, row.read_at, row.version) == (0, LATER, 1)
    assert [line.sku for line in await lines_of(session, row)] == ["NEWER"]


async def test_a_touch_in_the_erp_moves_the_times_and_not_the_version(session: TenantSession) -> None:
    await upsert_invoices(session, [an_invoice()], READ)
    touched = CHANGED + timedelta(hours=1)

    merged = await upsert_invoices(session, [an_invoice(modified_at=touched)], LATER)

    row = await row_of(session)
    assert (merged.changed, row.version, row.modified_at, row.read_at) == (1, 1, touched, LATER)


async def test_only_what_changed_is_counted_as_changed(session: TenantSession) -> None:
    await upsert_invoices(session, [an_invoice("i1"), an_invoice("i2")], READ)

    merged = await upsert_invoices(
        session, [an_invoice("i1"), an_invoice("i2", memo="now with a memo"), an_invoice("i3")], LATER
    )

    assert merged == Merged(new=1, changed=1, unchanged=1)


async def test_the_last_of_two_states_in_one_page_counts(session: TenantSession) -> None:
    page = [an_invoice(), an_invoice(open_amount=Decimal("1.00"))]

    merged = await upsert_invoices(session, page, READ)

    assert merged == Merged(new=1)
    assert (await row_of(session)).open_minor == 100


async def test_two_pages_in_one_transaction_do_not_meet(session: TenantSession) -> None:
    await upsert_invoices(session, [an_invoice("i1")], READ)

    merged = await upsert_invoices(session, [an_invoice("i2")], READ)

    assert merged == Merged(new=1)


async def test_two_reads_of_the_same_invoices_at_once_wait_for_each_other_and_the_newer_stays(
    database: Database, tenant: Tenant
) -> None:
    names = [f"i{number}" for number in range(60)]
    async with database.tenant_session(tenant) as session:
        await upsert_customers(session, [a_customer("shared")], READ)
        await upsert_invoices(session, [an_invoice(name, customer_erp_id="shared") for name in names], READ)

    async def write(order: list[str], minutes: int) -> None:
        page = [
            an_invoice(name, customer_erp_id="shared", open_amount=Decimal(minutes), memo=f"read {minutes}")
            for name in order
        ]
        async with database.tenant_session(tenant) as session:
            await upsert_invoices(session, page, READ + timedelta(minutes=minutes))

    for minutes in range(1, 11, 2):
        await asyncio.gather(write(names, minutes), write(names[::-1], minutes + 1))

    async with database.tenant_session(tenant) as session:
        rows = (await session.execute(select(InvoiceRow.memo, InvoiceRow.open_minor).distinct())).all()
    assert [tuple(row) for row in rows] == [("read 10", 1000)]


async def test_an_empty_page_is_nothing(session: TenantSession) -> None:
    assert await upsert_invoices(session, [], READ) == Merged()


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"customer_erp_id": "c9"}, "Its customer (c9) is not here"),
        ({"total": Decimal("10.005")}, "The amount 10.005 has more digits than its currency"),
        ({"currency": "JPY", "total": Decimal("10.5")}, "The amount 10.5 has more digits than its currency"),
        ({"currency": "Pounds"}, "“Pounds” is not a currency's code"),
        ({"open_amount": Decimal("NaN")}, "An amount is not a number"),
        ({"total": Decimal("1e20")}, "An amount is too large"),
        ({"memo": "a\0b"}, "It holds a NUL character, which cannot be stored"),
        ({"number": "9" * 300}, "Its number is longer than 200 characters"),
        ({"lines": (a_line(3, amount=Decimal("Infinity")),)}, "An amount on line 3 is not a number"),
    ],
)
async def test_what_cannot_be_kept_is_set_aside_and_the_page_goes_on(
    session: TenantSession, wrong: dict[str, object], why: str
) -> None:
    page = [an_invoice("i1"), an_invoice("bad", **wrong), an_invoice("i2")]

    merged = await upsert_invoices(session, page, READ)

    assert merged == Merged(new=2, set_aside=(SetAside("invoice", "bad", why),))
    assert (await session.scalars(select(InvoiceRow.erp_id).order_by(InvoiceRow.erp_id))).all() == ["i1", "i2"]


@pytest.mark.parametrize(
    ("currency", "amount", "minor"),
    [("JPY", "1284", 1284), ("GBP", "1284.36", 128436), ("KWD", "1284.365", 1284365), ("GBP", "-5.50", -550)],
)
async def test_money_has_its_currencys_digits(session: TenantSession, currency: str, amount: str, minor: int) -> None:
    record = an_invoice(currency=currency, total=Decimal(amount), open_amount=Decimal(amount), tax_total=Decimal(0))

    await upsert_invoices(session, [record], READ)

    row = await row_of(session)
    assert (row.total_minor, row.open_minor) == (minor, minor)


async def test_a_voided_invoice_has_nothing_open(session: TenantSession) -> None:
    await upsert_invoices(session, [an_invoice()], READ)

    await upsert_invoices(session, [an_invoice(state=DocumentState.VOIDED)], LATER)

    row = await row_of(session)
    assert (row.state, row.open_minor, row.total_minor) == ("voided", 0, 12000)


async def test_an_invoice_that_is_gone_stays_with_nothing_open_and_may_come_back(session: TenantSession) -> None:
    await upsert_invoices(session, [an_invoice()], READ)
    await gone(session, ["i1", "never-seen"], LATER)
    row = await row_of(session)
    assert (row.state, row.open_minor, row.version) == ("gone", 0, 2)

    merged = await upsert_invoices(session, [an_invoice()], LATER + timedelta(minutes=1))

    assert merged == Merged(changed=1)
    row = await row_of(session)
    assert (row.state, row.open_minor) == ("posted", 12000)


async def test_an_older_look_does_not_make_an_invoice_gone(session: TenantSession) -> None:
    await upsert_invoices(session, [an_invoice()], LATER)

    await gone(session, ["i1"], READ)

    assert (await row_of(session)).state == "posted"


async def test_an_invoice_may_move_to_another_customer(session: TenantSession) -> None:
    await upsert_invoices(session, [an_invoice()], READ)
    before = (await row_of(session)).customer_id

    await upsert_invoices(session, [an_invoice(customer_erp_id="c2")], LATER)

    assert (await row_of(session)).customer_id != before


async def test_lines_with_the_same_position_are_numbered_anew(session: TenantSession) -> None:
    await upsert_invoices(session, [an_invoice(lines=(a_line(1, sku="KIT"), a_line(1, sku="PART")))], READ)

    lines = await lines_of(session, await row_of(session))
    assert [(line.position, line.sku) for line in lines] == [(1, "KIT"), (2, "PART")]
