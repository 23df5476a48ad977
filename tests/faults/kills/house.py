"""A whole portal with two tenants to be shot at: real PostgreSQL (durable), Redis, ERP and Stripe simulators, mail;
web, worker and scheduler as an operator runs them, each talking through wires of its own. What is killed is started
again by the same conductor that conducts the demo.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path

import asyncpg
import httpx
from rich.console import Console

from portico_connectors.simulators.netsuite.config import Seed
from portico_core.clock import now
from portico_core.settings import from_environment
from portico_portal.local import erp, guardian, seeding
from portico_portal.local.conductor import Conductor
from portico_portal.local.display import Bars, Display
from portico_portal.local.distributors import QUINCE, STANMOOR, Distributor
from portico_portal.local.health import is_well
from portico_portal.local.logins import DATABASE, Logins, login_url, make_logins
from portico_portal.local.programs import Addresses, Entry, portal, portal_environment, simulators
from portico_portal.local.seeding import SignIn
from portico_portal.local.services import Services, start_services
from portico_portal.local.state import State
from portico_portal.local.supervisor import Supervisor
from portico_tenants.resolve import Directory
from portico_tenants.secrets import Safe
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant
from tests.faults.kills.languages import HTTP, SMTP, PostgreSQL, Redis
from tests.faults.kills.wires import Wire

OURS = ("web", "worker", "scheduler")
NEEDED = (("worker", "redis"), ("worker", "postgres"), ("scheduler", "postgres"))
RESTARTS = 1000  # a minute: who is shot at all the time is not in a loop of its own making
HOUSES = (
    replace(STANMOOR, seed=Seed(number=1, trade="fasteners", customers=8, invoices=960, credits=8)),
    replace(QUINCE, seed=Seed(number=2, trade="wine", customers=8, invoices=960, credits=8)),
)


@dataclass
class House:
    """What runs. `wires` by process and kind; the ERP's one is shared by web and worker."""

    state: State
    conductor: Conductor
    addresses: Addresses
    services: Services
    logins: Logins
    database: Database
    wires: Mapping[tuple[str, str], Wire]
    tenants: Mapping[str, Tenant]
    people: Mapping[str, list[SignIn]]
    http: httpx.AsyncClient

    @property
    def distributors(self) -> tuple[Distributor, ...]:
        return HOUSES

    def pids(self, name: str) -> list[int]:
        """A process's living members, the one started first at the head; Granian serves in a child of its own."""
        child = next((each for each in self.conductor.supervisor.children if each.name == name), None)
        if child is None:
            return []
        members = guardian.members({child.pid: child.started_ticks}).get(child.pid, [])
        return sorted(members, key=lambda pid: (pid != child.pid, pid))

    def wire(self, process: str, kind: str) -> Wire:
        return self.wires[process, kind]

    def kill(self, pids: list[int]) -> int:
        """How many there were to kill. The last started first: it serves."""
        killed = 0
        for pid in reversed(pids):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                killed += 1
        return killed

    @asynccontextmanager
    async def superuser(self) -> AsyncIterator[asyncpg.Connection]:
        """Past every wire. Raises OSError or PostgresError while the server is down."""
        connection = await asyncpg.connect(
            login_url(self.services.postgres_url, "postgres", _password(self.services.postgres_url), DATABASE)
        )
        try:
            yield connection
        finally:
            await connection.close()

    async def well(self) -> bool:
        """Everything of ours runs and has its connections, and the web process says that it is ready."""
        alive = {each.name for each in self.conductor.supervisor.children if each.alive()}
        if not alive >= {*OURS, "postgres", "redis"}:
            return False
        if not all(self.wires[needs].open_connections for needs in NEEDED):
            return False
        return await asyncio.to_thread(is_well, f"{self.addresses.of('web')}/health/ready")

    @property
    def busy_wires(self) -> list[str]:
        """On which somebody is inside a transaction or waits for the ERP, Stripe or the mail server."""
        return [wire.name for (_, kind), wire in self.wires.items() if kind != "redis" and wire.busy]


@asynccontextmanager
async def running_house(home: Path) -> AsyncIterator[House]:
    """Started, read from the ERP once, with its people. Use it in the main thread, to which the kernel binds children;
    run whatever shall outlive a kill inside `house.conductor.attended`."""
    state = State(home)
    state.home.mkdir(parents=True, exist_ok=True)
    state.open()
    async with AsyncExitStack() as leaving:
        supervisor = leaving.enter_context(Supervisor())
        conductor = Conductor(supervisor, Display(Console(file=StringIO(), width=200)), state, RESTARTS)
        services = start_services(supervisor, state.folder / "services", environment={})
        logins = await make_logins(services, state, None)
        addresses = Addresses.take(state)
        conductor.launch(simulators(state, addresses, None, HOUSES))
        wires = await _wires(leaving, services, addresses)
        await seeding.ensure_tenants(logins, state, distributors=HOUSES)
        leaving.callback(_end_at_once, supervisor)
        plain = portal_environment(state, addresses, services, logins, os.environ)
        conductor.launch([_behind(wires, name, state, addresses, plain) for name in ("web", "worker")])
        settings = from_environment(plain)
        database = Database(settings.database)
        leaving.push_async_callback(database.close)
        await conductor.well("netsuite", "paysim", "mail")
        tenants = {each.slug: each for each in await Directory(database).all()}
        safe, began = Safe(settings.secret_keys), now()
        for each in HOUSES:
            url = f"http://127.0.0.1:{wires['worker', 'erp'].port}"
            await erp.connect(database, safe, tenants[each.slug], each, url, state)
        conductor.launch([_behind(wires, "scheduler", state, addresses, plain)])
        await conductor.well()
        await conductor.attended(erp.first_sync(database, tenants, Bars(conductor.display, None), began=began))
        people = {each.slug: await seeding.ensure_people(database, tenants[each.slug], each, state) for each in HOUSES}
        http = await leaving.enter_async_context(httpx.AsyncClient(timeout=30, trust_env=False))
        yield House(state, conductor, addresses, services, logins, database, wires, tenants, people, http)


def _end_at_once(supervisor: Supervisor) -> None:
    """Ours have nothing to finish, and their wires do not carry while this process stops them one by one."""
    for child in [each for each in supervisor.children if each.name in OURS]:
        child.clear()


async def _wires(leaving: AsyncExitStack, services: Services, addresses: Addresses) -> dict[tuple[str, str], Wire]:
    wires = {
        (process, kind): Wire(f"{process} to {kind}", port, language)
        for process in OURS
        for kind, port, language in (
            ("postgres", _port(services.postgres_url), PostgreSQL),
            ("redis", _port(services.redis_url), Redis),
            ("stripe", addresses.paysim, HTTP),
            ("smtp", addresses.smtp, SMTP),
        )
    }
    wires["worker", "erp"] = Wire("worker to erp", addresses.netsuite, HTTP)
    for wire in wires.values():
        await wire.open()
        leaving.push_async_callback(wire.close)
    return wires


def _behind(
    wires: Mapping[tuple[str, str], Wire], name: str, state: State, addresses: Addresses, plain: Mapping[str, str]
) -> Entry:
    """The process as the demo runs it, but for the ports it talks to."""
    environment = {
        **plain,
        "PORTICO_DATABASE_URL": _through(plain["PORTICO_DATABASE_URL"], wires[name, "postgres"]),
        "PORTICO_REDIS_URL": _through(plain["PORTICO_REDIS_URL"], wires[name, "redis"]),
        "PORTICO_STRIPE_API_BASE": _through(plain["PORTICO_STRIPE_API_BASE"], wires[name, "stripe"]),
        "PORTICO_MAIL_PORT": str(wires[name, "smtp"].port),
    }
    return next(each for each in portal(state, addresses, environment) if each.name == name)


def _through(url: str, wire: Wire) -> str:
    return url.replace(f":{wire.target}", f":{wire.port}", 1)


def _port(url: str) -> int:
    return int(url.rpartition(":")[2].partition("/")[0])


def _password(url: str) -> str:
    return url.partition("//")[2].partition("@")[0].partition(":")[2]
