"""A word of each tenant's in every text, and real processes behind a pooler at work for both: where does it turn up.

Two web processes and a worker share two server connections through PgBouncer. Looked through afterwards: pages, event
stream, mails as the mail server got them, logs, figures, the queue, the operator's pages.
"""

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest_asyncio
from redis.asyncio import Redis

from portico_core.settings import DatabaseSettings, Settings
from portico_portal.local.ports import free_port
from portico_tenants.owner import owner_connection
from portico_tenants.session import Database
from tests.databases import RunDatabases
from tests.factories.tenants import make_tenant
from tests.faults.processes import Process, environment, web
from tests.isolation.filling import fill, id_of
from tests.isolation.pooler import pooled
from tests.isolation.world import House, collide, furnish
from tests.services import running_server

PLATFORM = "platform.test"
OPERATOR = "operators-token"
PATIENCE_SECONDS = 90.0
MEMBERS_PAGES = ("/", "/invoices", "/invoices?view=all&q=canary", "/invoices.csv", "/credits", "/members", "/profile")
STAFFS_PAGES = ("/staff", "/staff/customers", "/staff/invoices.csv", "/staff/payments", "/staff/audit", "/staff/sync")
CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Running:
    """What runs, and what it may be asked."""

    houses: list[House]
    webs: list[str]
    figures: str
    mails: str
    redis: str
    logs: list[Path]
    clients: httpx.AsyncClient

    async def ask(self, number: int, house: House, who: str | None, path: str, **form: str) -> httpx.Response:
        """At one of the web processes; with a form, the form is sent."""
        headers = {"host": house.tenant.host, "sec-fetch-site": "same-origin"}
        if who is not None:
            headers["cookie"] = f"session={house.tokens[who]}"
        url = self.webs[number % len(self.webs)] + path
        if not form:
            return await self.clients.get(url, headers=headers)
        page = await self.clients.get(self.webs[0] + "/profile", headers=headers)
        token = CSRF.search(page.text)
        assert token is not None
        return await self.clients.post(url, headers=headers, data={"csrf_token": token[1], **form})


@pytest_asyncio.fixture
async def houses(fresh_database: DatabaseSettings) -> list[House]:
    """Same ids, a word of its own in every text, a name of its own for what the operator may see."""
    given = Settings(environment="test", database=fresh_database, redis_url="", secret_keys={})
    database = Database(fresh_database)
    made = []
    async with owner_connection(fresh_database) as owner:
        for name in ("nameofone", "nameofother"):
            tenant = await make_tenant(owner, given, name=name, brand={"name": name})
            made.append(await furnish(database, tenant, named=id_of))
        await collide(owner, *made)
        for house in made:
            await fill(owner, house.tenant, house.canary)
    await database.close()
    return made


@pytest_asyncio.fixture
async def running(
    fresh_database: DatabaseSettings, houses: list[House], redis_url: str, tmp_path: Path
) -> AsyncIterator[Running]:
    smtp, figures = free_port(), free_port()
    queue = redis_url.rpartition("/")[0] + "/7"
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS) as clients, AsyncExitStack() as services:
        mailview = [sys.executable, "-m", "portico_portal.local.mailview", "--port", "{port}", "--smtp-port", str(smtp)]
        mails = services.enter_context(
            running_server([*mailview, "--folder", str(tmp_path / "mails")], folder=tmp_path, health="/health")
        )
        behind = services.enter_context(pooled(fresh_database, tmp_path))
        env = environment(
            behind,
            queue,
            PORTICO_DATABASE_POOLER="transaction",
            PORTICO_DATABASE_DIRECT_URL=behind.direct_url or "",
            PORTICO_MAIL_PORT=str(smtp),
            PORTICO_OPERATOR_TOKEN=OPERATOR,
        )
        worker = Process(["worker", "--metrics-port", str(figures)], env, tmp_path / "worker.log")
        services.callback(worker.kill)
        started = await asyncio.gather(
            *(asyncio.to_thread(web, env, tmp_path / f"web-{number}.log") for number in range(2))
        )
        for process, _ in started:
            services.callback(process.kill)
        await asyncio.to_thread(worker.wait_for, '"event": "working"')
        yield Running(
            houses=houses,
            webs=[address for _, address in started],
            figures=f"http://127.0.0.1:{figures}/metrics",
            mails=f"{mails}/mails",
            redis=queue,
            logs=[tmp_path / f"{name}.log" for name in ("worker", "web-0", "web-1", "pgbouncer")],
            clients=clients,
        )


async def test_no_tenants_word_turns_up_at_another_nor_where_nobodys_belongs(
    running: Running, databases: RunDatabases, fresh_database: DatabaseSettings
) -> None:
    one, other = running.houses
    await _everybody_asks(running)
    for mine, theirs in ((one, other), (other, one)):
        first = await _first_event(running, mine)
        assert mine.canary in first
        assert theirs.canary not in first
        asked = await running.ask(0, mine, "admin", "/members/invite", email="x@y.example", name="New", role="viewer")
        assert asked.status_code == 303
    mails = await _mails(running)
    for mine, theirs in ((one, other), (other, one)):
        own = [each for each in mails if mine.tenant.host in each]
        assert own, f"no mail of {mine.tenant.host} arrived"
        assert all(theirs.canary not in each and theirs.tenant.name not in each for each in own)
        assert any(mine.canary in each for each in own)
    words = [house.canary for house in running.houses]
    figures = [(await running.clients.get(running.figures)).text] + [
        (await running.clients.get(f"{url}/metrics", headers={"host": PLATFORM})).text for url in running.webs
    ]
    assert all("portico_" in each for each in figures)
    console = await _operators_pages(running)
    assert all(house.tenant.name in page for house in running.houses for page in console), "names belong there"
    places = {
        "figures": " ".join(figures),
        "the operator's pages": " ".join(console),
        "the queue": await _queue(running.redis),
        **{log.name: log.read_text() for log in running.logs},
    }
    assert [(place, word) for place, text in places.items() for word in words if word in text.lower()] == []
    assert [place for place, text in places.items() if '"event": "defect"' in text] == []
    async with databases.admin() as admin:
        shared = await admin.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND usename = $2"
            " AND application_name NOT IN ('direct', 'portico')",
            fresh_database.url.rpartition("/")[2],
            fresh_database.url.split("//")[1].split(":")[0],
        )
    assert shared == 2, "three processes shared two server connections"


async def _everybody_asks(running: Running) -> None:
    """Every page at both processes, of both tenants at once."""
    turns = [
        (number, house, who, path)
        for who, pages in (("admin", MEMBERS_PAGES), ("owner", STAFFS_PAGES))
        for path in pages
        for number in range(2)
        for house in running.houses
    ]
    at_once = asyncio.Semaphore(8)

    async def one(number: int, house: House, who: str, path: str) -> None:
        (other,) = (each for each in running.houses if each is not house)
        async with at_once:
            answer = await running.ask(number, house, who, path)
        assert answer.status_code == 200, (path, answer.status_code)
        assert house.canary in answer.text.lower(), path
        assert other.canary not in answer.text.lower(), path
        assert other.tenant.name not in answer.text, path

    await asyncio.gather(*(one(*turn) for turn in turns))


async def _first_event(running: Running, house: House) -> str:
    """What the staff's live page is sent first."""
    headers = {"host": house.tenant.host, "cookie": f"session={house.tokens['owner']}"}
    async with running.clients.stream("GET", f"{running.webs[1]}/staff/sync/events", headers=headers) as stream:
        told = ""
        async for part in stream.aiter_text():
            told += part
            if "\r\n\r\n" in told or "\n\n" in told:
                break
    return told.lower()


async def _mails(running: Running) -> list[str]:
    """As the mail server got them, once there are some of both tenants; small letters."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            told: list[dict[str, Any]] = (await running.clients.get(running.mails)).json()["mails"]
            found = [" ".join(map(str, each.values())).lower() for each in told]
            if all(any(house.tenant.host in each for each in found) for house in running.houses):
                return found
            await asyncio.sleep(0.2)


async def _operators_pages(running: Running) -> list[str]:
    headers = {"host": PLATFORM, "authorization": f"Bearer {OPERATOR}"}
    answers = [
        await running.clients.get(running.webs[0] + path, headers=headers)
        for path in ("/operator", "/operator/tenants.json")
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    return [answer.text for answer in answers]


async def _queue(url: str) -> str:
    """Every key and value of the queue's database: what was sent there and is not gone yet."""
    redis = Redis.from_url(url)
    parts: list[bytes] = []
    async for key in redis.scan_iter():
        parts += [key, await redis.dump(key) or b""]
    await redis.aclose()
    return b" ".join(parts).decode(errors="replace")
