"""What the staff's sync page is told: how much is held, how much was set aside and why."""

from sqlalchemy import func, select, update

from portico_billing.invoices.models import CreditRow, ErpPaymentRow, InvoiceRow
from portico_connectors.connector import Page
from portico_connectors.records import Record, RecordType, Term
from portico_core.clock import now
from portico_portal.sync import runs
from portico_portal.sync.fetch import Fetcher
from portico_portal.sync.models import CursorRow, SetAsideRow
from portico_portal.sync.status import CAUSES, status
from portico_tenants.customers.models import ContactRow, CustomerRow, TermRow
from portico_tenants.session import Database, TenantSession
from portico_tenants.tenant import Tenant

TABLES = {
    "term": TermRow,
    "customer": CustomerRow,
    "contact": ContactRow,
    "invoice": InvoiceRow,
    "credit": CreditRow,
    "payment": ErpPaymentRow,
}


async def held(session: TenantSession) -> dict[str, int | None]:
    return {each.record_type: each.held for each in (await status(session)).types}


async def test_as_much_is_held_as_there_is_and_nobody_knows_before_the_first_run(
    fetcher: Fetcher, database: Database, tenant: Tenant
) -> None:
    async with database.tenant_session(tenant) as session:
        assert await held(session) == dict.fromkeys(TABLES)
    await fetcher.fetch()
    async with database.tenant_session(tenant) as session:
        there = {name: await session.scalar(select(func.count()).select_from(table)) for name, table in TABLES.items()}
        assert await held(session) == there
        await session.execute(update(InvoiceRow).where(InvoiceRow.number == InvoiceRow.number).values(state="gone"))
    await fetcher.fetch(RecordType.INVOICE)
    async with database.tenant_session(tenant) as session:
        assert await held(session) == {**there, "invoice": 0}


async def test_each_page_adds_what_was_new_and_the_run_s_end_counts(
    fetcher: Fetcher, database: Database, tenant: Tenant
) -> None:
    async def keep(*erp_ids: str) -> int | None:
        records: tuple[Record, ...] = tuple(
            Term(erp_id=erp_id, name=erp_id, days_until_due=30, modified_at=now()) for erp_id in erp_ids
        )
        await fetcher.keep(run.run_id, RecordType.TERM, Page(records=records, cursor=erp_ids[-1], started_at=now()))
        async with database.tenant_session(tenant) as session:
            return (await held(session))["term"]

    async with database.tenant_session(tenant) as session:
        started = await runs.start(session, "term")
        assert started is not None
        run = started
    assert [await keep("a", "b"), await keep("b", "c"), await keep("c")] == [2, 3, 3]
    async with database.tenant_session(tenant) as session:
        await session.execute(update(CursorRow).values(held=99))
        await runs.finish(session, run.run_id, "term", started_at=now())
        assert (await held(session))["term"] == 3


async def test_everything_set_aside_is_counted_though_only_the_commonest_causes_are_shown(
    session: TenantSession,
) -> None:
    for number in range(CAUSES + 5):
        session.add(SetAsideRow(record_type="invoice", erp_id=str(number), why=f"Its customer ({number}) is not here"))
    session.add(SetAsideRow(record_type="invoice", erp_id="again", why="Its customer (24) is not here"))
    session.add(SetAsideRow(record_type="payment", erp_id="1", why="Its customer (24) is not here"))
    await session.flush()

    found = await status(session)

    assert {each.record_type: each.set_aside for each in found.types if each.set_aside} == {
        "invoice": CAUSES + 6,
        "payment": 1,
    }
    assert (len(found.causes), found.cause_count, found.causes[0].count) == (CAUSES, CAUSES + 6, 2)
