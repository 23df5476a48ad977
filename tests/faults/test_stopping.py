"""Told to stop, processes stop: with an open event stream, told twice, with a job under way."""

import signal
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import anyio.to_thread
import httpx
import pytest
import pytest_asyncio

from portico_core.settings import DatabaseSettings, Settings
from portico_tenants.access import StaffRole
from portico_tenants.owner import owner_connection
from portico_tenants.people import sessions
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant
from tests.factories.people import make_staff
from tests.factories.tenants import make_tenant
from tests.faults.processes import Process, environment, web

STOP_SECONDS = 10.0


@pytest_asyncio.fixture
async def staff_cookie(fresh_database: DatabaseSettings) -> AsyncIterator[tuple[Tenant, str]]:
    """A tenant and the session of one of its owners."""
    database = Database(fresh_database)
    try:
        settings = Settings("test", fresh_database, "redis://unused", {"test": bytes(32)})
        async with owner_connection(fresh_database) as owner:
            tenant = await make_tenant(owner, settings)
        async with database.tenant_session(tenant) as session:
            token = await sessions.open_session(session, (await make_staff(session, StaffRole.OWNER)).id)
        yield tenant, token
    finally:
        await database.close()


async def test_an_open_event_stream_does_not_keep_the_web_process(
    fresh_database: DatabaseSettings, redis_url: str, staff_cookie: tuple[Tenant, str], tmp_path: Path
) -> None:
    tenant, token = staff_cookie
    process, address = await anyio.to_thread.run_sync(web, environment(fresh_database, redis_url), tmp_path / "web.log")
    try:
        client = httpx.AsyncClient(base_url=address, headers={"host": tenant.host}, cookies={"session": token})
        async with client, client.stream("GET", "/staff/sync/events", timeout=30) as stream:
            assert stream.status_code == 200
            lines = stream.aiter_lines()
            with anyio.fail_after(20):
                async for line in lines:
                    if not line:  # the end of the first message
                        break
            seconds = await anyio.to_thread.run_sync(
                lambda: process.seconds_to_end(signal.SIGTERM, at_most=STOP_SECONDS)
            )
            with anyio.fail_after(5):
                ended = [line async for line in lines]
    finally:
        process.kill()
    assert process.popen.returncode == 0, process.log.read_text()[-1500:]
    assert seconds < STOP_SECONDS
    assert not [line for line in ended if line.startswith("data:")]


@pytest.mark.parametrize("signals", [(signal.SIGTERM,), (signal.SIGTERM, signal.SIGTERM), (signal.SIGINT,)])
def test_a_worker_ends_however_often_it_is_told(
    fresh_database: DatabaseSettings, redis_url: str, tmp_path: Path, signals: tuple[int, ...]
) -> None:
    worker = Process(["worker"], environment(fresh_database, redis_url), tmp_path / "worker.log")
    worker.wait_for('"working"')
    assert worker.seconds_to_end(*signals, at_most=STOP_SECONDS) < STOP_SECONDS
    assert worker.popen.returncode == 0, worker.log.read_text()[-1500:]


def test_a_scheduler_ends_and_another_leads_at_once(
    fresh_database: DatabaseSettings, redis_url: str, tmp_path: Path
) -> None:
    env = environment(fresh_database, redis_url)
    first = Process(["scheduler"], env, tmp_path / "first.log")
    first.wait_for('"leading"')
    second = Process(["scheduler"], env, tmp_path / "second.log")
    try:
        assert first.seconds_to_end(signal.SIGKILL, at_most=STOP_SECONDS) < STOP_SECONDS
        second.wait_for('"leading"')
        assert second.seconds_to_end(signal.SIGTERM, at_most=STOP_SECONDS) < STOP_SECONDS
        assert second.popen.returncode == 0
    finally:
        second.kill()
