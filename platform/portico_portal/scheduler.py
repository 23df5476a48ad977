"""The scheduler: turns hints that fell due into sweeps, and goes round all tenants every few minutes besides.

One leads, by an advisory lock on a direct connection; others wait. It does no work itself: it only sends messages, and
a message lost or doubled does no harm.
"""

import asyncio
import signal
from collections.abc import Iterable
from contextlib import suppress
from uuid import UUID

import asyncpg
from sqlalchemy import delete, func, select
from sqlalchemy.exc import DBAPIError

from portico_core import logs
from portico_core.db import DATABASE_TROUBLE
from portico_core.errors import PorticoError
from portico_core.jobs import QUEUE_DOWN, BrokerQueue, Call, Job
from portico_core.logs import log
from portico_core.settings import Settings
from portico_portal import metrics
from portico_portal.jobs import sweeps
from portico_portal.queue import make_broker
from portico_portal.resources import Resources
from portico_tenants.models import DueRow
from portico_tenants.resolve import Directory, NoSuchTenant
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant, TenantState

logger = log(__name__)
LEADER_LOCK = 0x706F7274  # "port": one number for all installations, since the lock belongs to one database
TICK_SECONDS = 0.5
ROUND_SECONDS = 300
MOST_HINTS = 500
MOST_CAUGHT_UP = 20  # tenants per beat


def run(settings: Settings) -> None:
    """Lead or wait to lead, until SIGTERM or SIGINT."""
    logs.configure(settings.log_format)
    asyncio.run(_run(settings))


async def _run(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    queue = BrokerQueue(make_broker(settings.redis_url))
    resources = Resources.make(settings, queue)
    await resources.open()
    scheduler = Scheduler(resources.database, resources.directory, queue)
    dsn = settings.database.direct_url or settings.database.url
    try:
        while not stop.is_set():
            try:
                await _lead(dsn, scheduler, stop)
            except DATABASE_TROUBLE as error:
                logger.warning("no direct connection; trying again", error=str(error))
                await _wait(stop, 2)
    finally:
        await resources.close()


async def _lead(dsn: str, scheduler: "Scheduler", stop: asyncio.Event) -> None:
    connection = await asyncpg.connect(dsn, timeout=5, command_timeout=5)
    try:
        while not stop.is_set():
            if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", LEADER_LOCK):
                await _wait(stop, 3)
                continue
            logger.info("leading")
            while not stop.is_set():
                await connection.fetchval("SELECT 1")  # the lock is gone with its connection
                await scheduler.tick()
                await _wait(stop, TICK_SECONDS)
    finally:
        with suppress(*DATABASE_TROUBLE):
            await connection.close(timeout=2)


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


class Scheduler:
    """What is due, and the round."""

    def __init__(self, database: Database, directory: Directory, queue: BrokerQueue) -> None:
        self.database = database
        self.directory = directory
        self.queue = queue
        self._round: list[Tenant] = []
        self._round_size = 0
        self._beats = -1
        self._at_rest: frozenset[UUID] = frozenset()
        self._caught_up: list[UUID] = []

    async def tick(self) -> None:
        """One beat: hints that are due, and this beat's share of the round. Trouble is logged, the next beat tries."""
        try:
            await self.hints()
            await self.share_of_round()
            await self.catch_up()
        except (*QUEUE_DOWN, DBAPIError, TimeoutError, PorticoError) as error:
            logger.warning("a beat was lost", error=f"{type(error).__name__}: {error}"[:300])

    async def hints(self) -> int:
        """Send the sweeps of due hints, then forget the hints: in this order, so that a lost queue loses none."""
        async with self.database.control_session() as session:
            rows = (
                await session.execute(
                    select(DueRow.id, DueRow.kind, DueRow.tenant_role)
                    .where(DueRow.due_at <= func.now())
                    .order_by(DueRow.due_at)
                    .limit(MOST_HINTS)
                )
            ).all()
        if not rows:
            return 0
        kinds = sweeps()
        calls: list[Call] = []
        for kind, role in sorted({(row.kind, row.tenant_role) for row in rows}):
            with suppress(NoSuchTenant):
                tenant = await self.directory.by_role(role)
                calls += _calls(tenant, kinds.get(kind, ()))
        await self.queue.deliver(calls)
        async with self.database.control_session() as session:
            await session.execute(delete(DueRow).where(DueRow.id.in_([row.id for row in rows])))
        return len(calls)

    async def share_of_round(self) -> None:
        """Every tenant's sweeps once per round, spread over it."""
        if not self._round:
            self._round = await self.directory.all()
            self._round_size = len(self._round)
        share = max(1, round(self._round_size * TICK_SECONDS / ROUND_SECONDS)) if self._due_in_round() else 0
        tenants, self._round = self._round[:share], self._round[share:]
        jobs = [job for group in sweeps().values() for job in group]
        await self.queue.deliver([call for tenant in tenants for call in _calls(tenant, jobs)])

    async def catch_up(self) -> None:
        """The whole round at once for tenants whose migration has passed: what was due meanwhile was left to it."""
        tenants = {tenant.id: tenant for tenant in await self.directory.all()}
        at_rest = frozenset(tenant.id for tenant in tenants.values() if tenant.behind)
        self._caught_up += sorted(self._at_rest - at_rest)
        self._at_rest = at_rest
        share, self._caught_up = self._caught_up[:MOST_CAUGHT_UP], self._caught_up[MOST_CAUGHT_UP:]
        jobs = [job for group in sweeps().values() for job in group]
        await self.queue.deliver([call for each in share if each in tenants for call in _calls(tenants[each], jobs)])

    def _due_in_round(self) -> bool:
        """Whether this beat takes a share: with few tenants most beats take none."""
        self._beats += 1
        beats_per_tenant = max(1, int(ROUND_SECONDS / TICK_SECONDS / max(1, self._round_size)))
        return self._beats % beats_per_tenant == 0


def _calls(tenant: Tenant, jobs: Iterable[Job]) -> list[Call]:
    if tenant.state is not TenantState.ACTIVE or tenant.behind:
        return []
    for job in jobs:
        metrics.SWEPT.labels(job.sweeps).inc()
    return [Call(job, tenant.id, ()) for job in jobs]
