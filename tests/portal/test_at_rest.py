"""Jobs of a tenant whose schema is behind wait: nothing runs, nothing fails, and all of it is done afterwards.

With a real worker on a real queue, and the scheduler's beat.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import anyio.to_thread
import asyncpg
import httpx
import pytest_asyncio

from portico_core.jobs import REGISTRY, BrokerQueue, Call
from portico_core.settings import DatabaseSettings, Settings
from portico_portal import jobs
from portico_portal.local.ports import free_port
from portico_portal.queue import make_broker
from portico_portal.scheduler import Scheduler
from portico_tenants.migrate import migrate_tenants
from portico_tenants.owner import owner_connection
from portico_tenants.resolve import Directory
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant
from tests.factories.tenants import let_pass, make_tenant, make_tenant_behind
from tests.faults.processes import Process, environment

assert jobs.MODULES
SWEEP_RESETS = "portico_portal.accounts.reset.sweep_resets"
SEND_MAILS = "portico_portal.mail.jobs.send_mails"
SECONDS = 40.0


class Worker:
    """A worker process with a single connection, its figures, and a way to send it jobs."""

    def __init__(self, database: DatabaseSettings, redis_url: str, log: Path) -> None:
        self.queue = BrokerQueue(make_broker(redis_url))
        self.port = free_port()
        given = environment(database, redis_url, PORTICO_DATABASE_POOL_SIZE="1")
        arguments = ["worker", "--queues", "mail", "--metrics-port", str(self.port)]
        self.process = Process(arguments, given, log)

    async def send(self, job: str, tenant: Tenant) -> None:
        await self.queue.deliver([Call(REGISTRY[job], tenant.id, ())])

    def count(self, job: str, outcome: str) -> int:
        text = httpx.get(f"http://127.0.0.1:{self.port}/metrics", timeout=10).text
        start = f'portico_job_seconds_count{{job="{job}",outcome="{outcome}"}} '
        return sum(int(float(line.removeprefix(start))) for line in text.splitlines() if line.startswith(start))


@pytest_asyncio.fixture
async def worker(fresh_database: DatabaseSettings, redis_url: str, tmp_path: Path) -> AsyncIterator[Worker]:
    worker = Worker(fresh_database, redis_url, tmp_path / "worker.log")
    try:
        await anyio.to_thread.run_sync(worker.process.wait_for, '"working"')
        yield worker
    finally:
        worker.process.kill()


@pytest_asyncio.fixture
async def fresh_owner(fresh_database: DatabaseSettings) -> AsyncIterator[asyncpg.Connection]:
    async with owner_connection(fresh_database) as owner:
        yield owner


async def _until(holds: Callable[[], Awaitable[bool]], what: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not await holds():
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.05)


async def test_jobs_wait_for_the_migration_and_are_done_after_it(
    fresh_database: DatabaseSettings, fresh_owner: asyncpg.Connection, settings: Settings, worker: Worker
) -> None:
    given = Settings("test", fresh_database, settings.redis_url, settings.secret_keys)
    sound, behind = await make_tenant(fresh_owner, given), await make_tenant_behind(fresh_owner, given)
    for tenant in (sound, behind):
        await fresh_owner.execute(
            f"INSERT INTO {tenant.role}.reset_request (id, email) VALUES (gen_random_uuid(), 'nobody@who.example')"  # noqa: S608
        )

    async def waiting(tenant: Tenant) -> int:
        return int(await fresh_owner.fetchval(f"SELECT count(*) FROM {tenant.role}.reset_request"))  # noqa: S608

    async def is_done(tenant: Tenant) -> bool:
        return await waiting(tenant) == 0

    database = Database(fresh_database)
    scheduler = Scheduler(database, Directory(database, max_age_seconds=0), worker.queue)
    try:
        await worker.send(SWEEP_RESETS, behind)
        await worker.send(SWEEP_RESETS, sound)
        await _until(lambda: is_done(sound), "the sound tenant's job is done")
        await scheduler.tick()
        await _until(lambda: _counted(worker, SWEEP_RESETS, 2), "both have been taken")
        assert await waiting(behind) == 1
        assert "is behind this release" in worker.process.log.read_text()

        await let_pass(fresh_owner, behind)
        assert [outcome.error for outcome in await migrate_tenants(fresh_database)] == [None]
        await scheduler.tick()
        await _until(lambda: is_done(behind), "what waited is done")
        assert worker.count(SWEEP_RESETS, "failed") == 0
    finally:
        await database.close()


async def _counted(worker: Worker, job: str, at_least: int) -> bool:
    return worker.count(job, "done") >= at_least


async def test_a_job_whose_statement_had_gone_stale_is_tried_again(
    fresh_database: DatabaseSettings, fresh_owner: asyncpg.Connection, settings: Settings, worker: Worker
) -> None:
    given = Settings("test", fresh_database, settings.redis_url, settings.secret_keys)
    tenant = await make_tenant(fresh_owner, given)
    await worker.send(SEND_MAILS, tenant)
    await _until(lambda: _counted(worker, SEND_MAILS, 1), "the statement is prepared")
    await fresh_owner.execute(f"ALTER TABLE {tenant.role}.mail ALTER COLUMN subject TYPE varchar(900)")
    await worker.send(SEND_MAILS, tenant)
    await _until(lambda: _counted(worker, SEND_MAILS, 2), "it is done all the same")
    assert worker.count(SEND_MAILS, "failed") == 1
    assert "InvalidCachedStatementError" in worker.process.log.read_text()
