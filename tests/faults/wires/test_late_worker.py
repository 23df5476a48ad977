"""Two workers fetch for one tenant, and one of them is stopped past its lease and woken up again: it writes nothing."""

import os
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import pytest_asyncio
from sqlalchemy import select, update

from portico_billing.invoices.models import InvoiceRow
from portico_core.clock import now
from portico_core.jobs import BrokerQueue, Call
from portico_core.settings import DatabaseSettings, Settings
from portico_portal.queue import make_broker
from portico_portal.sync import connections, runs
from portico_portal.sync.fetch import Fetcher
from portico_portal.sync.jobs import fetch_records
from portico_portal.sync.models import CursorRow, RunRow
from portico_tenants.owner import owner_connection
from portico_tenants.secrets import Safe
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant
from portico_themes.render import Renderer
from tests.factories.tenants import make_tenant
from tests.faults.processes import Process, environment
from tests.faults.wires.bad_wire import BadWire, Harm, bad_wire
from tests.portal.sync.erp import Erp

WAIT_SECONDS = 40


@dataclass
class House:
    """A tenant whose ERP is at the end of a wire, and a worker process that fetches for it."""

    database: Database
    tenant: Tenant
    fetcher: Fetcher
    wire: BadWire
    worker: Process

    async def written(self) -> dict[str, Any]:
        """Whatever a fetch could have written of invoices."""
        async with self.database.tenant_session(self.tenant) as session:
            rows = await session.execute(
                select(InvoiceRow.number, InvoiceRow.memo, InvoiceRow.version, InvoiceRow.read_at)
            )
            place = await session.execute(select(CursorRow.record_type, CursorRow.cursor, CursorRow.fresh_at))
            return {row[0]: tuple(row) for row in (*rows, *place)}

    async def invoice_runs(self) -> list[str]:
        """States, oldest first."""
        async with self.database.tenant_session(self.tenant) as session:
            rows = select(RunRow.state).where(RunRow.record_type == "invoice").order_by(RunRow.started_at)
            return list(await session.scalars(rows))


@pytest_asyncio.fixture
async def house(fresh_database: DatabaseSettings, redis_url: str, books: Erp, tmp_path: Path) -> AsyncIterator[House]:
    settings = Settings("test", fresh_database, redis_url, {"test": bytes(range(32))}, allow_private_erp_hosts=True)
    database, safe = Database(fresh_database), Safe(settings.secret_keys)
    async with owner_connection(fresh_database) as owner:
        tenant = await make_tenant(owner, settings)
    env = environment(fresh_database, redis_url, PORTICO_ALLOW_PRIVATE_ERP_HOSTS="yes")
    worker = Process(["worker", "--queues", "sync"], env, tmp_path / "worker.log")
    try:
        async with bad_wire(books.url) as wire:
            values = books.values | {"base_url": wire.url, "restlet_url": wire.url}
            async with database.tenant_session(tenant) as session:
                await connections.store(
                    session, safe, connector="netsuite", values=values, time_zone="Europe/London", actor="system:test"
                )
            await anyio.to_thread.run_sync(worker.wait_for, '"working"')
            fetcher = Fetcher(tenant, database, settings, safe, Renderer())
            yield House(database, tenant, fetcher, wire, worker)
    finally:
        worker.kill()
        await database.close()


async def test_a_worker_that_slept_past_its_lease_writes_nothing(house: House, books: Erp, redis_url: str) -> None:
    rule = house.wire.harm(Harm("hold"), "suiteql", "transactionline")  # its invoices are read, and not yet written
    await BrokerQueue(make_broker(redis_url)).deliver([Call(fetch_records, house.tenant.id, ())])
    with anyio.fail_after(WAIT_SECONDS):
        await house.wire.held.wait()
    os.killpg(house.worker.popen.pid, signal.SIGSTOP)
    number = books.control("GET", "/invoices")[0]["number"]
    books.control("PATCH", f"/documents/{number}", {"memo": "Changed while one of them slept"})
    async with house.database.tenant_session(house.tenant) as session:
        assert await house.invoice_runs() == ["running"]
        await session.execute(update(RunRow).values(heartbeat_at=now() - 2 * runs.LOST_AFTER))

    await house.fetcher.fetch()
    written = await house.written()
    assert written[number][1] == "Changed while one of them slept"
    assert await house.invoice_runs() == ["lost", "done"]

    os.killpg(house.worker.popen.pid, signal.SIGCONT)
    house.wire.let_go.set()
    await anyio.to_thread.run_sync(house.worker.wait_for, '"a run ended early"')
    assert "Overtaken" in house.worker.log.read_text()
    assert rule.fired == 1
    assert await house.written() == written
    assert await house.invoice_runs() == ["lost", "done"]
