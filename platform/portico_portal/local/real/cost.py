"""What a page costs: processor time of the web process and of PostgreSQL, bytes, statements; one asked at a time."""

import asyncio
import re
import statistics
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import msgspec

from portico_portal.local.real.processes import Meter
from portico_portal.local.real.visitor import Unexpected, Visitor

ROUNDS = 5
EACH_TIMES = 4
STATEMENT = re.compile(r"\[(\d+)\] LOG:  (?:execute [^:]+|statement): (?!BEGIN|COMMIT|ROLLBACK|SET |RESET |DEALLOCATE)")
SETTLE_SECONDS = 0.1
COUNTS = 3


class PageCost(msgspec.Struct):
    """Of one page: milliseconds of the processor, median of the rounds; bytes as they travel; statements but for those
    that begin and end a transaction, None where they could not be counted."""

    path: str
    web_ms: float
    database_ms: float
    seconds: float
    bytes: int
    statements: int | None


class StatementLog:
    """PostgreSQL told to log every statement; counted are those of the web process's connections."""

    def __init__(self, superuser_url: str, log: Path, meter: Meter) -> None:
        self._url = superuser_url
        self._log = log
        self._meter = meter

    @asynccontextmanager
    async def on(self) -> AsyncIterator[None]:
        await self._tell("ALTER SYSTEM SET log_statement = 'all'")
        try:
            yield
        finally:
            await self._tell("ALTER SYSTEM RESET log_statement")

    async def _tell(self, order: str) -> None:
        async with self._connected() as server:
            await server.execute(order)
            await server.execute("SELECT pg_reload_conf()")
        await asyncio.sleep(5 * SETTLE_SECONDS)

    async def count(self, visitor: Visitor, path: str) -> int:
        """The least of several: the process also listens, and looks after its pool."""
        counts = []
        for _ in range(COUNTS):
            before = self._log.stat().st_size
            await visitor.see(path)
            await asyncio.sleep(SETTLE_SECONDS)
            backends = await self._backends()
            with self._log.open("rb") as log:
                log.seek(before)
                found = STATEMENT.findall(log.read().decode(errors="replace"))
            counts.append(sum(int(pid) in backends for pid in found))
        return min(counts)

    async def _backends(self) -> set[int]:
        ports = self._meter.ports("web")
        async with self._connected() as server:
            rows = await server.fetch("SELECT pid FROM pg_stat_activity WHERE client_port = ANY($1)", list(ports))
        return {row["pid"] for row in rows}

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[asyncpg.Connection]:
        server = await asyncpg.connect(self._url)
        try:
            yield server
        finally:
            await server.close()


async def costs(
    pages: Mapping[str, tuple[Visitor, str]], meter: Meter, statements: StatementLog | None, step: Callable[[], None]
) -> dict[str, PageCost]:
    """By name of the page; who asks and for what. Rounds go through all pages, so that a busy moment hits each."""
    spent: dict[str, list[tuple[float, float, float]]] = {name: [] for name in pages}
    for _ in range(ROUNDS):
        for name, (visitor, path) in pages.items():
            spent[name].append(await _some(visitor, path, meter))
            step()
    counted: dict[str, int] = {}
    if statements is not None:
        async with statements.on():
            for name, (visitor, path) in pages.items():
                counted[name] = await statements.count(visitor, path)
                step()
    return {
        name: PageCost(
            path=path,
            web_ms=statistics.median(web for web, _, _ in spent[name]) * 1000,
            database_ms=statistics.median(database for _, database, _ in spent[name]) * 1000,
            seconds=statistics.median(wall for _, _, wall in spent[name]),
            bytes=await _bytes(visitor, path),
            statements=counted.get(name),
        )
        for name, (visitor, path) in pages.items()
    }


def steps(pages: int, *, with_statements: bool) -> int:
    """How often `step` is called."""
    return pages * (ROUNDS + with_statements)


async def _some(visitor: Visitor, path: str, meter: Meter) -> tuple[float, float, float]:
    """Seconds a page: of the web process, of PostgreSQL, and on the clock."""
    await visitor.see(path)
    web = database = wall = 0.0
    for _ in range(EACH_TIMES):
        before = meter.exact("web"), meter.exact("postgres"), time.perf_counter()
        await visitor.see(path)
        wall += time.perf_counter() - before[2]
        web += meter.exact("web") - before[0]
        database += max(0.0, meter.exact("postgres") - before[1])
    return web / EACH_TIMES, database / EACH_TIMES, wall / EACH_TIMES


async def _bytes(visitor: Visitor, path: str) -> int:
    answer = await visitor.ask(path)
    if answer.is_error:
        raise Unexpected(f"GET {path} answers {answer.status_code}")
    return answer.num_bytes_downloaded
