"""A run over several pages breaks off anywhere: no page is half there, the next run goes on, none is missed."""

from contextlib import suppress
from dataclasses import replace

import pytest_asyncio
from sqlalchemy import delete, select, update

from portico_billing.invoices.models import InvoiceLineRow, InvoiceRow
from portico_connectors.records import RecordType
from portico_core.clock import now
from portico_core.money import to_decimal
from portico_core.settings import Settings
from portico_portal.sync import connections, runs
from portico_portal.sync.fetch import Fetcher
from portico_portal.sync.models import CursorRow, RunRow
from portico_tenants.secrets import Safe
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant
from portico_themes.render import Renderer
from tests.billing.payments.killing import Death, Killed, MortalDatabase
from tests.portal.sync.erp import Erp

PAGE_ROWS = 12
STEPS = range(5, 9)  # around the commits of the first page and of what is read again after it


@pytest_asyncio.fixture
async def fetcher(database: Database, tenant: Tenant, settings: Settings, books: Erp) -> Fetcher:
    """The tenant, connected to the ERP, with all but its invoices read."""
    books.control("DELETE", "/faults")
    safe = Safe(settings.secret_keys)
    async with database.tenant_session(tenant) as session:
        await connections.store(
            session, safe, connector="netsuite", values=books.values, time_zone="Europe/London", actor="system:test"
        )
    allowed = replace(settings, allow_private_erp_hosts=True)
    made = fetcher_on(database, Fetcher(tenant, database, allowed, safe, Renderer()))
    await made.fetch(RecordType.TERM)
    await made.fetch(RecordType.CUSTOMER)
    return made


def fetcher_on(database: Database, like: Fetcher) -> Fetcher:
    made = Fetcher(like.tenant, database, like.settings, like.safe, like.renderer)
    made.page_rows = PAGE_ROWS
    return made


async def mirror(fetcher: Fetcher) -> dict[str, tuple[str, str, str]]:
    """Number, total, open amount and state of each invoice here, all of which have their lines."""
    async with fetcher.database.tenant_session(fetcher.tenant) as session:
        rows = (await session.scalars(select(InvoiceRow))).all()
        lined = set(await session.scalars(select(InvoiceLineRow.invoice_id)))
    assert {row.id for row in rows} <= lined
    return {
        row.number: (
            str(to_decimal(row.total_minor, row.currency)),
            str(to_decimal(row.open_minor, row.currency)),
            row.erp_id,
        )
        for row in rows
    }


def theirs(books: Erp) -> dict[str, tuple[str, str, str]]:
    return {each["number"]: (each["total"], each["open"], each["id"]) for each in books.control("GET", "/invoices")}


async def afresh(fetcher: Fetcher) -> None:
    """Nothing of the invoices is here, and whoever was reading them is gone."""
    async with fetcher.database.tenant_session(fetcher.tenant) as session:
        await session.execute(delete(InvoiceRow))
        await session.execute(delete(CursorRow).where(CursorRow.record_type == "invoice"))


async def lose_the_worker(fetcher: Fetcher) -> None:
    async with fetcher.database.tenant_session(fetcher.tenant) as session:
        await session.execute(update(RunRow).values(heartbeat_at=now() - 2 * runs.LOST_AFTER))


async def test_a_worker_that_dies_anywhere_in_a_run_misses_no_record(fetcher: Fetcher, books: Erp) -> None:
    for step in STEPS:
        await afresh(fetcher)
        death = Death(step)
        with suppress(Killed):
            await fetcher_on(MortalDatabase(fetcher.database, death), fetcher).fetch(RecordType.INVOICE)
        await lose_the_worker(fetcher)
        await fetcher.fetch(RecordType.INVOICE)
        assert death.struck
        assert await mirror(fetcher) == theirs(books), death.seen


async def test_an_erp_that_closes_anywhere_in_a_run_costs_no_record(fetcher: Fetcher, books: Erp) -> None:
    for exchange in (3, 5):
        await afresh(fetcher)
        fault = {"kind": "rate_limit", "retry_after": 600, "path": "suiteql", "times": 99, "skip": exchange}
        books.control("POST", "/faults", fault)
        await fetcher.fetch(RecordType.INVOICE)
        assert sum(each["fired"] for each in books.control("GET", "/faults")) == 1  # it asked us to wait
        assert len(await mirror(fetcher)) % PAGE_ROWS == 0
        books.control("DELETE", "/faults")
        await fetcher.fetch(RecordType.INVOICE)
        assert await mirror(fetcher) == theirs(books)
