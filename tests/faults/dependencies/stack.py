"""A whole portal whose services can be taken away: PostgreSQL on a small disk, Redis, the simulators, a mail view; web,
worker and scheduler as an operator runs them. These three are started while there is no Redis yet.
"""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from rich.console import Console
from sqlalchemy import update

from portico_connectors.simulators.netsuite.config import Seed
from portico_core.clock import now
from portico_core.settings import Settings, from_environment
from portico_portal.local import erp, seeding
from portico_portal.local.children import Child
from portico_portal.local.conductor import Conductor
from portico_portal.local.display import Bars, Display
from portico_portal.local.distributors import QUINCE, STANMOOR
from portico_portal.local.logins import DATABASE, login_url, make_logins
from portico_portal.local.ports import free_port
from portico_portal.local.programs import Addresses, portal, portal_environment, simulators
from portico_portal.local.redis_server import start_redis
from portico_portal.local.services import Services
from portico_portal.local.state import State
from portico_portal.local.supervisor import Supervisor
from portico_portal.sync.models import ConnectionRow
from portico_tenants.resolve import Directory
from portico_tenants.secrets import Safe
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant
from tests.faults.dependencies.small_disk import WHAT_TO_DO, NoSmallDisk, command, way_to_a_small_disk

PASSWORD = "for-tests-only"
PATIENCE_SECONDS = 60.0
OURS = ("web", "worker", "scheduler")
WEB_CONNECTIONS = 6
HOUSES = (
    replace(STANMOOR, seed=Seed(number=1, trade="fasteners", customers=8, invoices=240, credits=8)),
    replace(QUINCE, seed=Seed(number=2, trade="wine", customers=8, invoices=240, credits=8)),
)


class Postgres:
    """The server, by the process that keeps it and its disk."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.disk = way_to_a_small_disk(folder)
        self._keeper = subprocess.Popen(
            command(folder / "postgres", self.port, PASSWORD, self.disk),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    @property
    def url(self) -> str:
        return f"postgresql://postgres:{PASSWORD}@127.0.0.1:{self.port}/postgres"

    def order(self, word: str) -> None:
        """start, stop, fill or free."""
        if self.disk is None and word in ("fill", "free"):
            raise NoSmallDisk(WHAT_TO_DO)
        assert self._keeper.stdin is not None
        assert self._keeper.stdout is not None
        self._keeper.stdin.write(word + "\n")
        self._keeper.stdin.flush()
        answer = self._keeper.stdout.readline().strip()
        assert answer == "ok", f"PostgreSQL, {word}: {answer}"

    def end(self) -> None:
        assert self._keeper.stdin is not None
        self._keeper.stdin.close()
        self._keeper.wait(60)


class Redis:
    """The server; its port stays the same over its deaths."""

    def __init__(self, supervisor: Supervisor, folder: Path) -> None:
        self._supervisor, self._folder, self._port = supervisor, folder, free_port()
        self._child: Child | None = None

    @property
    def url(self) -> str:
        return f"redis://:{PASSWORD}@127.0.0.1:{self._port}/0"

    def start(self) -> None:
        self._child = start_redis(
            self._supervisor, folder=self._folder, port=self._port, password=PASSWORD, throwaway=True
        ).child

    def kill(self) -> None:
        assert self._child is not None
        self._child.process.kill()
        self._supervisor.stop_one(self._child)

    def signal(self, number: signal.Signals) -> None:
        assert self._child is not None
        self._child.process.send_signal(number)


@dataclass
class Stack:
    """What runs, and the two tenants. `settings` are those of the portal's processes."""

    state: State
    conductor: Conductor
    addresses: Addresses
    postgres: Postgres
    redis: Redis
    settings: Settings
    database: Database
    tenants: Mapping[str, Tenant]
    passwords: Mapping[str, str]
    http: httpx.AsyncClient
    first_pids: Mapping[str, int]

    def child(self, name: str) -> Child:
        return next(each for each in self.conductor.supervisor.children if each.name == name)

    def log(self, name: str) -> str:
        return self.child(name).program.log.read_text(errors="replace")

    @asynccontextmanager
    async def superuser(self) -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(login_url(self.postgres.url, "postgres", PASSWORD, DATABASE), timeout=10)
        try:
            yield connection
        finally:
            await connection.close()

    async def simulator(self, name: str, method: str, path: str, body: Any = None, **query: str) -> Any:
        """The control side of netsuite or paysim."""
        url = f"{self.addresses.of(name)}/control{path}"
        answer = await self.http.request(method, url, json=body, params=query)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None


async def eventually(look: Callable[[], Awaitable[Any]], what: str) -> Any:
    """What `look` finds in the end."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := await look()):
        assert time.monotonic() < deadline, f"in vain: {what}"
        await asyncio.sleep(0.1)
    return found


@asynccontextmanager
async def running_stack(home: Path) -> AsyncIterator[Stack]:
    """Started, read from the ERP once, with its people. In the main thread, to which the kernel binds children."""
    state = State(home)
    state.home.mkdir(parents=True, exist_ok=True)
    state.open()
    async with AsyncExitStack() as leaving:
        postgres = Postgres(home)
        leaving.callback(postgres.end)
        supervisor = leaving.enter_context(Supervisor())
        redis = Redis(supervisor, home / "redis")
        conductor = Conductor(supervisor, Display(Console(file=StringIO(), width=200)), state)
        addresses = Addresses.take(state)
        conductor.launch(simulators(state, addresses, None, HOUSES))
        postgres.order("start")
        services = Services(postgres.url, redis.url, True, True, "", "")
        logins = await make_logins(services, state, None)
        environment = portal_environment(state, addresses, services, logins, os.environ)
        environment |= {"PORTICO_DATABASE_POOL_SIZE": str(WEB_CONNECTIONS), "PORTICO_WEB_TENANT_PERCENT": "0"}
        await seeding.ensure_tenants(logins, state, distributors=HOUSES)
        conductor.launch(portal(state, addresses, environment))
        leaving.callback(_end_at_once, supervisor)
        settings = from_environment(environment)
        database = Database(settings.database)
        leaving.push_async_callback(database.close)
        tenants = {each.slug: each for each in await Directory(database).all()}
        await conductor.well("netsuite")
        safe, began = Safe(settings.secret_keys), now()
        for each in HOUSES:
            await seeding.ensure_marks(database, tenants[each.slug], each)
            await erp.connect(database, safe, tenants[each.slug], each, addresses.of("netsuite"), state)
        await conductor.well()
        redis.start()
        await conductor.attended(erp.first_sync(database, tenants, Bars(conductor.display, None), began=began))
        for tenant in tenants.values():  # every five minutes, as it is unless somebody chooses otherwise
            async with database.tenant_session(tenant) as session:
                await session.execute(update(ConnectionRow).values(interval_seconds=300))
        passwords = {
            person.email: person.password
            for each in HOUSES
            for person in await seeding.ensure_people(database, tenants[each.slug], each, state)
        }
        first_pids = {each.name: each.pid for each in supervisor.children if each.name in OURS}
        http = await leaving.enter_async_context(httpx.AsyncClient(timeout=30, trust_env=False))
        yield Stack(
            state, conductor, addresses, postgres, redis, settings, database, tenants, passwords, http, first_pids
        )


def _end_at_once(supervisor: Supervisor) -> None:
    """Ours have nothing to finish that anybody waits for."""
    for child in [each for each in supervisor.children if each.name in OURS]:
        child.clear()
