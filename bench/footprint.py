"""What a process of each kind keeps in memory: after its start, the web process after a thousand pages.

The scheduler leads, the worker waits at an empty queue. Beside the web process stands the bare page's. `python -m bench
memory` is the long run that shows whether it grows.
"""

import asyncio
import tempfile
import time
from pathlib import Path

from tests.faults.processes import Process, environment, web

from bench import bare
from bench.clocks import resident_megabytes
from bench.database import a_fleet
from bench.furnish import furnish
from bench.load import Ask, Server
from bench.results import Result, plain, progress

TENANTS = 5
INVOICES = 2_000
PAGES = 1_000
SETTLED_SECONDS = 6.0  # imports done, first round made


def measure() -> list[Result]:
    """Web, worker, scheduler, and the bare page."""
    return asyncio.run(_measure())


async def _measure() -> list[Result]:
    async with a_fleet(TENANTS) as (database, tenants, redis_url):
        furnished = [await furnish(database, tenant, INVOICES) for tenant in tenants]
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            env = environment(database.settings, redis_url)
            served, address = web(env, folder / "web.log")
            theirs, port = bare.start(database.settings.url, tenants[0].role, furnished[0][0], folder / "bare.log")
            others = [Process([kind], env, folder / f"{kind}.log") for kind in ("worker", "scheduler")]
            try:
                started = time.monotonic()
                pages = [
                    Ask("GET", "/invoices", tenant.host, (("Cookie", f"session={token}"),))
                    for tenant, (_, token) in zip(tenants, furnished, strict=True)
                ]
                await _ask(int(address.rpartition(":")[2]), pages)
                await _ask(port, [Ask("GET", "/", "bare.localhost")])
                progress(f"memory: {PAGES:,} pages in {time.monotonic() - started:.0f} s")
                await asyncio.sleep(max(0.0, SETTLED_SECONDS - (time.monotonic() - started)))
                figures = {
                    f"memory, web after {PAGES:,} pages": resident_megabytes(served.popen.pid),
                    "memory, the bare page's web": resident_megabytes(theirs.pid),
                    "memory, worker": resident_megabytes(others[0].popen.pid),
                    "memory, scheduler": resident_megabytes(others[1].popen.pid),
                }
            finally:
                bare.stop(theirs)
                for process in (served, *others):
                    process.kill()
    return [plain(name, megabytes, "MB") for name, megabytes in figures.items()]


async def _ask(port: int, asks: list[Ask]) -> None:
    server = Server(port)
    try:
        for number in range(PAGES):
            status, _ = await server.ask(asks[number % len(asks)])
            if status != 200:
                raise SystemExit(f"a page was answered {status}")
    finally:
        await server.close()
