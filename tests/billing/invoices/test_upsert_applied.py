"""Credits and ERP payments become rows, and say which invoices they touch."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from portico_billing.invoices.models import (
    CreditApplicationRow,
    CreditLineRow,
    CreditRow,
    ErpApplicationRow,
    ErpPaymentRow,
)
from portico_billing.invoices.upsert import upsert_credits, upsert_payments
from portico_connectors.records import Application
from portico_tenants.customers.upsert import upsert_customers
from portico_tenants.mirror import Merged
from portico_tenants.session import TenantSession
from tests.factories.records import a_credit, a_customer, a_payment

READ = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
LATER = READ + timedelta(minutes=5)


@pytest.fixture(autouse=True)
async def customer(session: TenantSession) -> None:
    await upsert_customers(session, [a_customer("c1")], READ)


async def applied(session: TenantSession) -> dict[str, int]:
    rows = await session.execute(select(ErpApplicationRow.invoice_erp_id, ErpApplicationRow.amount_minor))
    return {row.invoice_erp_id: row.amount_minor for row in rows}


async def test_a_payment_is_kept_with_what_it_was_applied_to(session: TenantSession) -> None:
    merged = await upsert_payments(
        session, [a_payment(applied=(("i1", "30.00"), ("i2", "20.00")), our_key="k-1")], READ
    )

    assert merged == Merged(new=1, touched_invoices=("i1", "i2"))
    row = (await session.scalars(select(ErpPaymentRow))).one()
    assert (row.amount_minor, row.our_key, row.state) == (5000, "k-1", "posted")
    assert await applied(session) == {"i1": 3000, "i2": 2000}


async def test_an_application_taken_back_touches_its_invoice_once_more(session: TenantSession) -> None:
    await upsert_payments(session, [a_payment(applied=(("i1", "30.00"), ("i2", "20.00")))], READ)

    merged = await upsert_payments(session, [a_payment(applied=(("i2", "50.00"),))], LATER)

    assert merged == Merged(changed=1, touched_invoices=("i1", "i2"))
    assert await applied(session) == {"i2": 5000}


async def test_an_unchanged_payment_touches_nothing(session: TenantSession) -> None:
    await upsert_payments(session, [a_payment(applied=(("i1", "30.00"),))], READ)

    assert await upsert_payments(session, [a_payment(applied=(("i1", "30.00"),))], LATER) == Merged(unchanged=1)


async def test_an_older_read_of_a_payment_leaves_its_applications(session: TenantSession) -> None:
    await upsert_payments(session, [a_payment(applied=(("i1", "50.00"),))], LATER)

    merged = await upsert_payments(session, [a_payment(applied=())], READ)

    assert merged == Merged(older=1)
    assert await applied(session) == {"i1": 5000}


async def test_parts_of_one_invoice_are_summed(session: TenantSession) -> None:
    await upsert_payments(session, [a_payment(applied=(("i1", "30.00"), ("i1", "5.00")))], READ)

    assert await applied(session) == {"i1": 3500}


async def test_a_credit_is_kept_with_lines_and_applications(session: TenantSession) -> None:
    part = (Application(invoice_erp_id="i1", amount=Decimal("10.00")),)

    merged = await upsert_credits(session, [a_credit(open_amount=Decimal("20.00"), applications=part)], READ)

    assert merged == Merged(new=1, touched_invoices=("i1",))
    row = (await session.scalars(select(CreditRow))).one()
    assert (row.total_minor, row.open_minor) == (3000, 2000)
    assert (await session.scalars(select(CreditLineRow.amount))).all() == [Decimal("30.00")]
    assert (await session.scalars(select(CreditApplicationRow.amount_minor))).all() == [1000]


async def test_a_credit_used_up_later_replaces_lines_and_applications(session: TenantSession) -> None:
    await upsert_credits(session, [a_credit()], READ)
    part = (Application(invoice_erp_id="i7", amount=Decimal("30.00")),)

    merged = await upsert_credits(session, [a_credit(open_amount=Decimal(0), applications=part)], LATER)

    assert merged == Merged(changed=1, touched_invoices=("i7",))
    assert (await session.scalars(select(CreditRow.open_minor))).all() == [0]
    assert len((await session.scalars(select(CreditLineRow.position))).all()) == 1
