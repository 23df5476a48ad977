"""Fetching from an ERP over its protocol: whole, from where it stood, once, and through trouble."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import delete, func, select, update

from portico_billing.invoices.models import ErpPaymentRow, InvoiceLineRow, InvoiceRow
from portico_connectors.connector import Page
from portico_connectors.records import Record, RecordType
from portico_core.clock import now
from portico_core.money import to_minor
from portico_portal.sync import connections, rereads, runs
from portico_portal.sync.fetch import SWEEP, Fetcher
from portico_portal.sync.models import ConnectionRow, RereadRow, RunRow, SetAsideRow
from portico_portal.sync.status import status
from portico_tenants.access import StaffRole
from portico_tenants.customers.models import ContactRow, CustomerRow
from portico_tenants.mails import MailRow
from portico_tenants.models import DueRow
from portico_tenants.session import Database, TenantSession
from portico_tenants.tenant import Tenant
from tests.factories.people import make_staff
from tests.portal.sync.erp import INVOICES, Erp


async def count(database: Database, tenant: Tenant, table: type) -> int:
    async with database.tenant_session(tenant) as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def invoice(database: Database, tenant: Tenant, number: str) -> InvoiceRow:
    async with database.tenant_session(tenant) as session:
        return (await session.scalars(select(InvoiceRow).where(InvoiceRow.number == number))).one()


async def versions_of(session: TenantSession) -> dict[UUID, int]:
    return {row.id: row.version for row in await session.execute(select(InvoiceRow.id, InvoiceRow.version))}


async def test_the_first_sync_copies_everything_to_the_cent(
    fetcher: Fetcher, database: Database, tenant: Tenant, erp: Erp
) -> None:
    await fetcher.fetch()
    theirs = {each["number"]: each for each in erp.control("GET", "/invoices")}
    async with database.tenant_session(tenant) as session:
        ours = {row.number: row for row in (await session.scalars(select(InvoiceRow))).all()}
        state = await status(session)
    assert len(ours) == len(theirs) >= INVOICES
    for number, row in ours.items():
        assert row.total_minor == to_minor(Decimal(theirs[number]["total"]), row.currency), number
        assert row.open_minor == to_minor(Decimal(theirs[number]["open"]), row.currency), number
    assert await count(database, tenant, InvoiceLineRow) > INVOICES
    assert await count(database, tenant, ErpPaymentRow) == len(erp.control("GET", "/payments"))
    assert [each.record_type for each in state.types if each.fresh_at is None] == []
    assert state.causes == ()
    assert {run.state for run in state.history} == {"done"}


async def test_the_next_sync_reads_what_changed_and_writes_nothing_else(
    fetcher: Fetcher, database: Database, tenant: Tenant, erp: Erp
) -> None:
    await fetcher.fetch()
    async with database.tenant_session(tenant) as session:
        target = (
            await session.scalars(
                select(InvoiceRow).where(InvoiceRow.open_minor > 100, InvoiceRow.currency == "GBP").limit(1)
            )
        ).one()
        versions = await versions_of(session)
    erp.control("PATCH", f"/documents/{target.number}", {"memo": "Changed in the ERP"})
    await fetcher.fetch()
    changed = await invoice(database, tenant, target.number)
    assert changed.memo == "Changed in the ERP"
    assert changed.version == versions[target.id] + 1
    async with database.tenant_session(tenant) as session:
        after = await versions_of(session)
        run = (
            await session.scalars(
                select(RunRow).where(RunRow.record_type == "invoice").order_by(RunRow.started_at.desc()).limit(1)
            )
        ).one()
    assert {key for key, version in after.items() if versions.get(key) != version} == {target.id}
    assert (run.kind, run.new, run.changed) == ("incremental", 0, 1)
    assert run.read < INVOICES


async def test_a_payment_in_the_erp_moves_its_invoice_though_the_invoice_was_not_touched(
    fetcher: Fetcher, database: Database, tenant: Tenant, erp: Erp
) -> None:
    erp.control("PATCH", "/options", {"bump_linked": False})
    try:
        await fetcher.fetch()
        async with database.tenant_session(tenant) as session:
            target, customer = (
                await session.execute(
                    select(InvoiceRow, CustomerRow)
                    .join(CustomerRow, CustomerRow.id == InvoiceRow.customer_id)
                    .where(InvoiceRow.open_minor > 1000, InvoiceRow.currency == "GBP")
                    .limit(1)
                )
            ).one()
        erp.control(
            "POST",
            "/payments",
            {
                "customer": customer.number,
                "applications": {target.number: "10.00"},
            },
        )
        await fetcher.fetch()
    finally:
        erp.control("PATCH", "/options", {"bump_linked": True})
    assert (await invoice(database, tenant, target.number)).open_minor == target.open_minor - 1000
    assert await count(database, tenant, RereadRow) == 0


async def test_an_owed_reading_outlives_a_killed_worker(fetcher: Fetcher, database: Database, tenant: Tenant) -> None:
    await fetcher.fetch()
    async with database.tenant_session(tenant) as session:
        row = (await session.scalars(select(InvoiceRow).where(InvoiceRow.open_minor > 0).limit(1))).one()
        row.open_minor += 7  # as if the page with its payment was committed, and the worker killed right after
        row.fingerprint = b"older"
        session.add(RereadRow(invoice_erp_id=row.erp_id))
        number, wrong = row.number, row.open_minor
    await fetcher.fetch()
    assert (await invoice(database, tenant, number)).open_minor == wrong - 7
    assert await count(database, tenant, RereadRow) == 0


async def test_refused_credentials_pause_the_connection_and_tell_staff_once(
    fetcher: Fetcher, database: Database, tenant: Tenant, erp: Erp
) -> None:
    async with database.tenant_session(tenant) as session:
        await make_staff(session, StaffRole.FINANCE, email="finance@stanmoor.example")
        await make_staff(session, StaffRole.SERVICE, email="service@stanmoor.example")
        wrong = erp.values | {"certificate_id": "nobody"}
        await connections.store(
            session, fetcher.safe, connector="netsuite", values=wrong, time_zone="Europe/London", actor="system:test"
        )
    for _ in range(2):
        await fetcher.fetch()
    async with database.tenant_session(tenant) as session:
        connection = (await session.scalars(select(ConnectionRow))).one()
        mails = (await session.scalars(select(MailRow))).all()
    assert connection.state == "paused"
    assert connection.paused_because
    assert "nobody" not in connection.paused_because
    assert [mail.recipient for mail in mails] == ["finance@stanmoor.example"]


async def test_a_busy_erp_ends_the_run_and_the_next_one_goes_on(
    fetcher: Fetcher, database: Database, tenant: Tenant, erp: Erp
) -> None:
    erp.control("POST", "/faults", {"kind": "rate_limit", "retry_after": 600, "path": "suiteql", "times": 1, "skip": 6})
    await fetcher.fetch()
    async with database.tenant_session(tenant) as session:
        failed = (await session.scalars(select(RunRow).where(RunRow.state == "failed"))).all()
        assert (await session.scalars(select(ConnectionRow.state))).one() == "active"
    assert len(failed) == 1
    assert failed[0].error
    erp.control("DELETE", "/faults")
    await fetcher.fetch()
    assert await count(database, tenant, InvoiceRow) == len(erp.control("GET", "/invoices"))


async def test_two_workers_at_once_do_the_work_once(
    fetcher: Fetcher, database: Database, tenant: Tenant, erp: Erp
) -> None:
    await asyncio.gather(fetcher.fetch(), fetcher.fetch())
    async with database.tenant_session(tenant) as session:
        started = list(await session.scalars(select(func.count()).select_from(RunRow).group_by(RunRow.record_type)))
        rows = (await session.execute(select(func.count(), func.count(InvoiceRow.erp_id.distinct())))).one()
    assert rows[0] == rows[1] == len(erp.control("GET", "/invoices"))
    assert max(started) <= 2


async def test_nobody_reads_ahead_of_a_worker_who_is_at_what_the_rest_refers_to(
    fetcher: Fetcher, database: Database, tenant: Tenant
) -> None:
    async with database.tenant_session(tenant) as session:
        assert await runs.start(session, "customer") is not None
    await fetcher.fetch()
    assert await count(database, tenant, ContactRow) == await count(database, tenant, SetAsideRow) == 0

    async with database.tenant_session(tenant) as session:
        await session.execute(update(RunRow).values(heartbeat_at=now() - runs.LOST_AFTER - timedelta(seconds=1)))
    await fetcher.fetch()
    assert await count(database, tenant, ContactRow) > 0
    assert await count(database, tenant, SetAsideRow) == 0


async def test_a_worker_that_wakes_up_late_writes_nothing(fetcher: Fetcher, database: Database, tenant: Tenant) -> None:
    async with database.tenant_session(tenant) as session:
        first = await runs.start(session, "customer")
        assert first is not None
        assert await runs.start(session, "customer") is None
    async with database.tenant_session(tenant) as session:
        await session.execute(update(RunRow).values(heartbeat_at=now() - runs.LOST_AFTER - timedelta(seconds=1)))
        second = await runs.start(session, "customer")
    assert second is not None
    page: Page[Record] = Page(records=(), cursor="late", started_at=now())
    with pytest.raises(runs.Overtaken):
        await fetcher.keep(first.run_id, RecordType.CUSTOMER, page)
    await fetcher.keep(second.run_id, RecordType.CUSTOMER, page)
    async with database.tenant_session(tenant) as session:
        states = {row.id: row.state for row in await session.execute(select(RunRow.id, RunRow.state))}
    expected: dict[UUID, str] = {first.run_id: "lost", second.run_id: "running"}
    assert states == expected


async def test_a_record_that_cannot_be_kept_is_set_aside_and_gone_once_it_was_mended(
    fetcher: Fetcher, database: Database, tenant: Tenant
) -> None:
    async with database.tenant_session(tenant) as session:
        session.add(SetAsideRow(record_type="customer", erp_id="1", why="It had no name."))
        await session.flush()
        run = await runs.start(session, "customer")
        assert run is not None
        await runs.forget_aside(session, "customer", ["1"])
        assert (await session.scalars(select(SetAsideRow))).all() == []


async def test_what_was_set_aside_for_a_reason_is_read_again_by_its_ids(
    fetcher: Fetcher, database: Database, tenant: Tenant
) -> None:
    await fetcher.fetch()
    async with database.tenant_session(tenant) as session:
        mended, other = (await session.scalars(select(InvoiceRow).order_by(InvoiceRow.number).limit(2))).all()
        await session.execute(delete(InvoiceRow).where(InvoiceRow.id == mended.id))
        for erp_id, why in ((mended.erp_id, "mended"), ("999999", "mended"), (other.erp_id, "other")):
            session.add(SetAsideRow(record_type="invoice", erp_id=erp_id, why=why))
        await session.flush()
        assert await rereads.owe_set_aside(session, "mended") == 2
    await fetcher.fetch()
    async with database.tenant_session(tenant) as session:
        assert [(row.erp_id, row.why) for row in await session.scalars(select(SetAsideRow))] == [
            (other.erp_id, "other")
        ]
    assert (await invoice(database, tenant, mended.number)).open_minor == mended.open_minor
    assert await count(database, tenant, RereadRow) == 0


async def test_an_erp_that_fails_is_left_alone_for_longer_each_time_and_as_long_as_it_asks(
    fetcher: Fetcher, database: Database, tenant: Tenant, erp: Erp
) -> None:
    async def waits() -> float:
        async with database.tenant_session(tenant) as session:
            next_at = (await session.scalars(select(ConnectionRow.next_at))).one()
            assert next_at is not None
            assert await connections.is_resting(session)
        return (next_at - now()).total_seconds()

    erp.control("POST", "/faults", {"kind": "rate_limit", "retry_after": 900, "path": "suiteql", "times": 99})
    await fetcher.fetch()
    assert 895 < await waits() <= 900 * 1.5  # never sooner, and not all tenants at once
    erp.control("DELETE", "/faults")
    async with database.tenant_session(tenant) as session:
        longest = [(await connections.failed(session, None) - now()).total_seconds() for _ in range(8)]
        await session.rollback()
    assert all(10 * 2**power <= wait <= 20 * 2**power + 1 for power, wait in enumerate(longest[:7]))
    assert longest[7] <= connections.LONGEST_WAIT
    await fetcher.fetch()
    async with database.tenant_session(tenant) as session:
        assert not await connections.is_resting(session)


async def test_however_many_fetches_end_there_is_one_hint_for_the_next(
    fetcher: Fetcher, database: Database, tenant: Tenant
) -> None:
    for _ in range(3):
        await fetcher.fetch()
    async with database.control_session() as session:
        hints = select(func.count()).where(DueRow.tenant_role == tenant.role, DueRow.kind == SWEEP)
        assert await session.scalar(hints) == 1


async def test_an_invoice_deleted_in_the_erp_is_found_by_asking_again(
    fetcher: Fetcher, database: Database, tenant: Tenant, erp: Erp
) -> None:
    made = erp.control("POST", "/documents", {"customer": "1", "lines": [{"description": "Bolts", "rate": "10.00"}]})
    await fetcher.fetch()
    erp.control("POST", f"/documents/{made['number']}/delete")
    await fetcher.fetch()
    assert (await invoice(database, tenant, made["number"])).state == "posted"  # the ERP says nothing of it
    async with database.tenant_session(tenant) as session:
        await session.execute(update(InvoiceRow).values(read_at=now() - rereads.LONG_AGO - timedelta(minutes=1)))
    await fetcher.fetch()
    gone = await invoice(database, tenant, made["number"])
    assert (gone.state, gone.open_minor) == ("gone", 0)
    async with database.tenant_session(tenant) as session:
        others = select(func.count()).where(InvoiceRow.state == "gone")
        assert await session.scalar(others) == 1
        old = select(func.count()).where(InvoiceRow.read_at < now() - rereads.LONG_AGO)
        assert await session.scalar(old) == 0
