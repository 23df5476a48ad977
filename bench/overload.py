"""What the other tenants notice of one that asks ten times its rate, of a sign-in storm and of slow clients.

One web process as an operator runs it, its real server on a port, with its default share for a tenant. First it is
measured what a page takes of the processor. Then four tenants read their invoice list, together for a fifth of the
process's time; the fifth is calm as they are and wild in turns, window by window, and what is compared is the others'
99th percentile in the one and the other, all windows together. The fifth asks from a process of its own: what its noise
costs to make must not delay who measures.
"""

import asyncio
import multiprocessing
import re
import statistics
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.faults.processes import Process, environment, web

from bench.clocks import family, spent
from bench.database import some_tenants
from bench.furnish import furnish
from bench.load import Answers, Ask, Server, at_rate, percentile
from bench.results import progress, say
from portico_core.settings import DatabaseSettings
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant

QUIET_TENANTS = 4
QUIET_SHARE = 0.2  # of the process, all of them together
NOISY_SHARE = 0.25  # what one tenant may take: the setting's default
INVOICES = 2_000
COUNTED_PAGES = 200
ROUNDS = 6
WINDOW_SECONDS = 10.0
AIM = 1.5
SLOW_CLIENTS = 300
DOORS = 8
CSRF = re.compile(rb'name="csrf_token" value="([^"]+)"')
DOOR = re.compile(rb"set-cookie: (door=[^;]+)", re.IGNORECASE)


@dataclass(frozen=True)
class House:
    """The process, and a page for each tenant's signed-in payer; the first tenant is the noisy one."""

    server: Server
    pid: int
    pages: tuple[Ask, ...]
    page_seconds: float  # of the processor

    @property
    def quiet_per_second(self) -> float:
        """Of each quiet tenant."""
        return QUIET_SHARE / QUIET_TENANTS / self.page_seconds

    @property
    def wild_per_second(self) -> float:
        """Ten times what one tenant may have."""
        return 10 * NOISY_SHARE / self.page_seconds


Wild = Callable[[House, float], Awaitable[Answers]]


def main() -> int:
    asyncio.run(_measure())
    return 0


async def _measure() -> None:
    async with a_house() as house:
        for name, wild in (
            ("one tenant at ten times its rate", ten_times),
            ("a storm of sign-ins at one tenant", sign_in_storm),
            (f"{SLOW_CLIENTS} clients that send a byte a second", slow_clients),
        ):
            await compare(name, house, wild)


@asynccontextmanager
async def a_house(*, percent: int = round(100 * NOISY_SHARE)) -> AsyncIterator[House]:
    """PostgreSQL, five tenants with data, one web process of which a tenant may take so much; 0 is no limit."""
    async with some_tenants(1 + QUIET_TENANTS) as (database, tenants):
        pages = tuple([await _page(database, tenant) for tenant in tenants])
        with tempfile.TemporaryDirectory() as folder:
            process, address = _web(database.settings, Path(folder), percent)
            server = Server(int(address.rpartition(":")[2]))
            try:
                seconds = await page_seconds(server, process.popen.pid, pages)
                say(f"a page takes {seconds * 1000:.1f} ms of the processor")
                yield House(server, process.popen.pid, pages, seconds)
            finally:
                await server.close()
                process.kill()


async def compare(name: str, house: House, wild: Wild) -> None:
    """Calm and wild windows in turns; prints the ratio of the others' 99th percentiles."""
    calm_others, wild_others, noise = Answers(), Answers(), Answers()
    ratios = []
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as elsewhere:
        for number in range(ROUNDS):
            calm, _ = await window(house, calmly, elsewhere)
            loud, said = await window(house, wild, elsewhere)
            calm_others.add(calm)
            wild_others.add(loud)
            noise.add(said)
            ratios.append(percentile(loud.seconds, 0.99) / percentile(calm.seconds, 0.99))
            progress(f"{name}: window {number + 1} of {ROUNDS}, {ratios[-1]:.2f}")
    failed = {status: count for status, count in wild_others.statuses.items() if status != 200}
    if failed:
        raise SystemExit(f"{name}: the others were answered {failed}")
    before, after = percentile(calm_others.seconds, 0.99), percentile(wild_others.seconds, 0.99)
    say(
        f"{name}: the others' p99 {after * 1000:.0f} ms beside {before * 1000:.0f} ms, {after / before:.2f} times"
        f" (aim: at most {AIM}; window by window {min(ratios):.2f} to {max(ratios):.2f},"
        f" median {statistics.median(ratios):.2f}); the noisy one was answered {dict(sorted(noise.statuses.items()))}"
    )


async def window(house: House, noisy: Wild, elsewhere: Executor) -> tuple[Answers, Answers]:
    """Answers to the others, and to the noisy one."""
    others = Answers()
    noise = asyncio.get_running_loop().run_in_executor(elsewhere, _noise, noisy, house)
    *calm, said = await asyncio.gather(
        *(at_rate(house.server, _always(page), house.quiet_per_second, WINDOW_SECONDS) for page in house.pages[1:]),
        noise,
    )
    for each in calm:
        others.add(each)
    return others, said


def _noise(noisy: Wild, house: House) -> Answers:
    async def made() -> Answers:
        said = await noisy(house, WINDOW_SECONDS)
        await house.server.close()
        return said

    return asyncio.run(made())


async def calmly(house: House, seconds: float) -> Answers:
    """As the others do."""
    return await at_rate(house.server, _always(house.pages[0]), house.quiet_per_second, seconds)


async def ten_times(house: House, seconds: float) -> Answers:
    """Ten times what one tenant may ask."""
    return await at_rate(house.server, _always(house.pages[0]), house.wild_per_second, seconds)


async def sign_in_storm(house: House, seconds: float) -> Answers:
    """As many tries, from as many networks and browsers, each with an address that nobody has."""
    host = house.pages[0].host
    doors = await _doors(house.server, host)

    def attempt(number: int) -> Ask:
        cookie, token = doors[number % len(doors)]
        origin = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        body = f"csrf_token={token}&email=person{number}%40storm.example&password=not-the-password&next="
        return Ask("POST", "/sign-in", host, (("Cookie", cookie), ("X-Forwarded-For", origin)), body)

    return await at_rate(house.server, attempt, house.wild_per_second, seconds)


async def slow_clients(house: House, seconds: float) -> Answers:
    """Connections that take a second for each byte of a request; they count as answered when the server ends them."""
    answers = Answers()

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", house.server.port)
        try:
            for byte in house.pages[0].wire[: int(seconds)]:
                writer.write(bytes([byte]))
                await asyncio.sleep(1)
                if reader.at_eof():
                    return
        except ConnectionError:
            return
        finally:
            answers.statuses[0] += 1
            writer.close()

    await asyncio.gather(*(one() for _ in range(SLOW_CLIENTS)))
    return answers


def _web(settings: DatabaseSettings, folder: Path, percent: int) -> tuple[Process, str]:
    env = environment(
        settings,
        "redis://127.0.0.1:1/0",
        PORTICO_WEB_PROXY_HOPS="1",
        PORTICO_WEB_TENANT_PERCENT=str(percent),
    )
    return web(env, folder / "web.log")


async def _page(database: Database, tenant: Tenant) -> Ask:
    _, token = await furnish(database, tenant, INVOICES)
    return Ask("GET", "/invoices", tenant.host, (("Cookie", f"session={token}"),))


async def page_seconds(server: Server, pid: int, pages: Sequence[Ask]) -> float:
    """One after the other, all tenants in turn and slowly enough for all to be answered."""
    await asyncio.gather(*(server.ask(page) for page in pages))
    before, asked = spent(family(pid)), 0
    for number in range(COUNTED_PAGES):
        status, _ = await server.ask(pages[number % len(pages)])
        asked += status == 200
        await asyncio.sleep(0.02)
    if asked != COUNTED_PAGES:
        raise SystemExit(f"{COUNTED_PAGES - asked} of {COUNTED_PAGES} pages were not answered")
    return (spent(family(pid)) - before) / asked


def _always(ask: Ask) -> Callable[[int], Ask]:
    return lambda _: ask


def sign_in_page(host: str) -> Ask:
    return Ask("GET", "/sign-in", host)


async def _doors(server: Server, host: str) -> list[tuple[str, str]]:
    """Cookie and token of so many browsers that have opened the sign-in page, slowly enough to be let in."""
    found = []
    for _ in range(DOORS):
        status, answer = await server.ask(sign_in_page(host))
        cookie, token = DOOR.search(answer), CSRF.search(answer)
        if status != 200 or cookie is None or token is None:
            raise SystemExit(f"the sign-in page was answered {status} without a cookie or a token")
        found.append((cookie[1].decode(), token[1].decode()))
    return found


if __name__ == "__main__":
    raise SystemExit(main())
