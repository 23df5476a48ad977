"""The whole application on one pooled connection: pages of two tenants at once, some of which fail, are cancelled or
lose their server, while a third tenant is deleted. Whatever a request leaves behind, the next one gets."""

import asyncio
import gc
import os
import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace

import asyncpg
import pytest_asyncio
from litestar.exceptions import LitestarException

from portico_core.settings import Settings, WebSettings
from portico_tenants.removal import delete_tenant
from portico_tenants.session import Database
from tests.databases import RunDatabases
from tests.factories.tenants import make_tenant
from tests.isolation.world import House, browser, furnish, nothing
from tests.portal.portal import Browser, Portal, running

AT_ONCE = 5
TURNS = 100
HARMS = ("none", "none", "none", "missing", "wrong form", "cancelled", "server lost")


@pytest_asyncio.fixture
async def narrow(settings: Settings, database: Database) -> AsyncIterator[Portal]:
    """The application with a pool of one."""
    web = WebSettings(platform_host="platform.test", scheme="http")
    one = replace(settings.database, pool_size=1, pool_timeout_seconds=60)
    async with running(replace(settings, web=web, database=one), database) as portal:
        portal.resources.directory.max_age_seconds = 1  # as in production it may be a little behind
        yield portal


async def test_nothing_crosses_over_on_one_connection(
    narrow: Portal,
    twins: tuple[House, House],
    owner: asyncpg.Connection,
    settings: Settings,
    database: Database,
    databases: RunDatabases,
) -> None:
    seed = int.from_bytes(os.urandom(2))
    chance = random.Random(seed)  # noqa: S311 - picks harms, keeps no secrets
    gone = await furnish(database, await make_tenant(owner, settings))
    houses = (*twins, gone)
    browsers = {house.canary: await browser(narrow, house, "admin") for house in houses}
    happened: Counter[str] = Counter()
    wrong: list[str] = []
    deleted = asyncio.Event()

    async def visit(house: House, harm: str) -> None:
        opened = browsers[house.canary]
        others = [each.canary for each in houses if each is not house]
        answer = await _ask(opened, house, harm, chance)
        happened[harm] += 1
        if answer is None:
            return
        status, said = answer
        if any(word in said for word in others):
            wrong.append(f"{harm}: {house.tenant.slug} saw another's word")
        if house is gone:
            if deleted.is_set() and status == 200 and house.canary in said:
                wrong.append("a deleted tenant's page was shown")
        elif harm == "none" and (status not in (200, 503) or (status == 200 and house.canary not in said)):
            wrong.append(f"a page of {house.tenant.slug} answered {status}")

    async def visitor(number: int) -> None:
        for turn in range(number, TURNS, AT_ONCE):
            house = houses[turn % 3]
            harm = chance.choice(HARMS)
            if harm == "server lost":
                await _lose_server(databases, narrow)
            await visit(house, harm)

    async def deleter() -> None:
        while sum(happened.values()) < TURNS // 3:  # noqa: ASYNC110 - a moment in the midst of the load
            await asyncio.sleep(0.01)
        await delete_tenant(owner, gone.tenant.slug)
        deleted.set()

    async with asyncio.timeout(400):
        await asyncio.gather(deleter(), *(visitor(number) for number in range(AT_ONCE)))
    assert not wrong, f"seed {seed}: {len(wrong)} wrong, first {wrong[:3]}"
    assert set(happened) == set(HARMS), f"seed {seed}: {happened}"
    # The server that was lost last may be found by nobody until now: a deleted tenant's page asks none.
    await browsers[twins[0].canary].client.get("/invoices")
    for house in twins:  # and the connection is as good as new
        page = await browsers[house.canary].client.get("/invoices")
        assert (page.status_code, house.canary in page.text.lower()) == (200, True)
    narrow.resources.directory.forget()
    assert (await browsers[gone.canary].client.get("/invoices")).status_code == 404


async def test_a_page_given_up_amid_its_dependencies_gives_its_connection_back(
    narrow: Portal, twins: tuple[House, House], owner: asyncpg.Connection
) -> None:
    """Litestar does not clean up what has been made by then, and the garbage collector comes when it comes."""
    house, other = twins
    opened, next_one = await browser(narrow, house, "admin"), await browser(narrow, other, "admin")
    gc.disable()
    try:
        async with owner.transaction():  # how old the figures are is asked after the request's transaction is there
            await owner.execute(f"LOCK TABLE {house.tenant.role}.sync_cursor")
            asking = asyncio.create_task(opened.client.get("/invoices"))
            while not await owner.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            asking.cancel()
            await asyncio.wait([asking])
        async with asyncio.timeout(20):
            assert (await next_one.client.get("/invoices")).status_code == 200
    finally:
        gc.enable()


async def _ask(opened: Browser, house: House, harm: str, chance: random.Random) -> tuple[int, str] | None:
    """Status and text, or None where nobody waited for them."""
    if harm == "missing":
        answer = await opened.client.get(f"/invoices/{nothing(house)['reference']}")
    elif harm == "wrong form":
        answer = await opened.client.post("/switch", data={"csrf_token": opened.tokens[-1], "customer": "nobody"})
    elif harm == "cancelled":
        asking = asyncio.create_task(opened.client.get("/invoices"))
        await asyncio.sleep(chance.random() * 0.02)
        asking.cancel()
        await asyncio.wait([asking])
        return None
    else:
        try:
            answer = await opened.client.get(chance.choice(("/invoices", "/credits", "/members", "/invoices.csv")))
        except LitestarException:  # a file of which part had left when its server was lost: the browser sees it cut off
            return None
    return answer.status_code, answer.text.lower()


async def _lose_server(databases: RunDatabases, portal: Portal) -> None:
    """The server ends the pool's only connection, as a restart would."""
    name = portal.resources.settings.database.url.rpartition("/")[2]
    async with databases.admin() as admin:
        await admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = $1 AND application_name = 'portico' AND state = 'idle'",
            name,
        )
