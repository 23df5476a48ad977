"""What requests cost: processor time of the web process and of PostgreSQL, one request after the other.

The invoice list is the whole application's (host, share, sign-in, permissions, CSRF token, brand, counts, holds,
navigation) for a signed-in payer whose customer has 10,000 invoices, 500 of them open. It is held against the bare page
of `bench.bare`, in turns, round by round; the webhook's intake is held against it.
"""

import asyncio
import contextlib
import hashlib
import hmac
import itertools
import json
import re
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg
from tests.faults.processes import environment, web

from bench import bare
from bench.clocks import backends, family, spent
from bench.database import a_fleet, settle
from bench.furnish import furnish
from bench.load import Ask, Server
from bench.results import Result, compared, progress
from portico_tenants.tenant import Tenant

INVOICES = 10_000
TENANTS = 40
ROUNDS = 9
REQUESTS = 40
WARM_UP = 60
SECRET = "whsec_bench"  # noqa: S105 - of this measurement alone
CELL = re.compile(rb'<tr role="row">(<td role="cell" class="c-check">.*?)</tr>')

ETAG = re.compile(rb'etag: ("[^"]+")', re.IGNORECASE)

Asks = Callable[[], Ask]


@dataclass(frozen=True)
class Side:
    """A server, its processes, and what it is asked."""

    server: Server
    pids: tuple[int, ...]
    asks: Asks
    status: int = 200

    async def cost(self, requests: int) -> float:
        """Milliseconds of the processor for each."""
        before = spent(self.pids)
        for _ in range(requests):
            status, answer = await self.server.ask(self.asks())
            if status != self.status:
                raise SystemExit(f"answered {status} instead of {self.status}: {answer[:300]!r}")
        return (spent(self.pids) - before) / requests * 1000


def measure() -> list[Result]:
    """List page, forty tenants, intake."""
    return asyncio.run(_measure())


async def _measure() -> list[Result]:
    async with _sides() as sides:
        times: dict[str, list[float]] = {name: [] for name in sides}
        for side in sides.values():
            await side.cost(WARM_UP)
        for number in range(ROUNDS):
            for name, side in sides.items():
                times[name].append(await side.cost(REQUESTS))
            progress(f"pages: round {number + 1} of {ROUNDS}, " + _told(times))
    return [
        compared("invoice list, one tenant", times["ours"], times["bare"], goal=0.62),
        compared(f"invoice list, {TENANTS} tenants in turns", times["forty"], times["bare"]),
        compared("webhook intake (beside the list page)", times["intake"], times["ours"], goal=3),
        compared("invoice list not changed: 304 (beside 200)", times["same"], times["kept"], goal=3),
    ]


@asynccontextmanager
async def _sides() -> AsyncIterator[dict[str, Side]]:
    async with contextlib.AsyncExitStack() as leaving:
        folder = Path(leaving.enter_context(tempfile.TemporaryDirectory()))
        progress(f"pages: {TENANTS} tenants with {INVOICES:,} invoices each")
        database, tenants, redis_url = await leaving.enter_async_context(a_fleet(TENANTS))
        furnished = [await furnish(database, tenant, INVOICES) for tenant in tenants]
        await settle(database.settings)
        env = environment(database.settings, redis_url, PORTICO_STRIPE_WEBHOOK_SECRETS=SECRET)
        env |= {"PORTICO_DATABASE_POOL_SIZE": "1"}
        process, address = web(env, folder / "web.log")
        leaving.callback(process.kill)
        customer_id, _ = furnished[0]
        plain, port = bare.start(database.settings.url, tenants[0].role, customer_id, folder / "bare.log")
        leaving.callback(bare.stop, plain)
        ours, theirs = Server(int(address.rpartition(":")[2])), Server(port)
        for server in (ours, theirs):
            leaving.push_async_callback(server.close)
        pages = [_page(tenant, token) for tenant, (_, token) in zip(tenants, furnished, strict=True)]
        turns = itertools.cycle(pages)
        await _same_rows(ours, pages[0], theirs)
        admin = await asyncpg.connect(database.settings.url)
        leaving.push_async_callback(admin.close)
        our_pids = (*family(process.popen.pid), *(known := await backends(admin, "portico")))
        keeper, address = web(env | {"PORTICO_WEB_KEEP_PAGES": "yes"}, folder / "keeper.log")
        leaving.callback(keeper.kill)
        keeping = Server(int(address.rpartition(":")[2]))
        leaving.push_async_callback(keeping.close)
        again = await _again(keeping, pages[0])
        keeper_pids = (*family(keeper.popen.pid), *(set(await backends(admin, "portico")) - set(known)))
        their_pids = (*family(plain.pid), *await backends(admin, "bare"))
        yield {
            "bare": Side(theirs, their_pids, lambda: Ask("GET", "/", "bare.localhost")),
            "ours": Side(ours, our_pids, lambda: pages[0]),
            "forty": Side(ours, our_pids, lambda: next(turns)),
            "intake": Side(ours, our_pids, _events(tenants[0])),
            "kept": Side(keeping, keeper_pids, lambda: pages[0]),
            "same": Side(keeping, keeper_pids, lambda: again, 304),
        }


def _page(tenant: Tenant, token: str) -> Ask:
    return Ask("GET", "/invoices", tenant.host, (("Cookie", f"session={token}"),))


async def _again(server: Server, page: Ask) -> Ask:
    """The question of a browser that has kept the page."""
    _, answer = await server.ask(page)
    found = ETAG.search(answer)
    if found is None:
        raise SystemExit("a page to be kept has no tag")
    return replace(page, headers=(*page.headers, ("If-None-Match", found[1].decode())))


async def _same_rows(ours: Server, page: Ask, theirs: Server) -> None:
    """Both show the same fifty rows, byte by byte."""
    (_, one), (_, other) = await ours.ask(page), await theirs.ask(Ask("GET", "/", "bare.localhost"))
    rows = CELL.findall(one)
    if len(rows) != 50 or rows != CELL.findall(other):
        differing = [pair for pair in zip(rows, CELL.findall(other), strict=False) if pair[0] != pair[1]]
        raise SystemExit(f"{len(rows)} rows are not the bare page's {len(CELL.findall(other))}: {differing[:1]}")


def _events(tenant: Tenant) -> Asks:
    """Events as Stripe signs them, each another one, of an account of the first tenant."""
    numbers = itertools.count()

    def ask() -> Ask:
        number, at = next(numbers), int(time.time())
        intent = {"id": f"pi_{number:08}", "object": "payment_intent", "amount": 128_436, "currency": "gbp"}
        intent |= {"status": "succeeded", "metadata": {"note": "x" * 40}, "description": "invoices " * 40}
        event = {"id": f"evt_{number:08}", "object": "event", "type": "payment_intent.succeeded", "created": at}
        event |= {"account": tenant.stripe_account, "livemode": False, "data": {"object": intent}}
        body = json.dumps(event, indent=2)
        mark = hmac.new(SECRET.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
        headers = (("Stripe-Signature", f"t={at},v1={mark}"),)
        return Ask("POST", "/webhooks/stripe", "platform.test", headers, body, "application/json")

    return ask


def _told(times: dict[str, list[float]]) -> str:
    return ", ".join(f"{name} {spent[-1]:.2f} ms" for name, spent in times.items())
