"""A portal as browsers and attackers reach it: a web process of ours behind a socket, a furnished tenant, raw bytes."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

import httpx
import pytest
import pytest_asyncio

from portico_core.settings import Settings
from portico_portal.local.ports import free_port
from portico_tenants.owner import owner_connection
from portico_tenants.session import Database
from tests.factories.tenants import make_tenant
from tests.faults.processes import environment, web
from tests.isolation.world import House, furnish

PATIENCE_SECONDS = 60.0  # generous: the machine may be busy


@dataclass
class Served:
    """`house` is the tenant there; `next_door` another on the same process."""

    address: str
    house: House
    next_door: House
    process: int  # and the group of those it starts
    metrics: str

    def client(self, who: str | None = None) -> httpx.AsyncClient:
        """One person's client at the tenant's host."""
        cookies = {"session": self.house.tokens[who]} if who else {}
        host = {"host": self.house.tenant.host}
        # A connection for each request: what is refused unread is closed.
        return httpx.AsyncClient(
            base_url=self.address,
            headers=host,
            cookies=cookies,
            timeout=PATIENCE_SECONDS,
            verify=tls(),
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        parts = urlsplit(self.address)
        return await asyncio.open_connection(parts.hostname, parts.port)

    async def raw(self, request: bytes, *, seconds: float = PATIENCE_SECONDS) -> bytes:
        """The whole answer to these bytes; a connection that is closed without one answers nothing."""
        reader, writer = await self.connect()
        try:
            writer.write(request)
            await writer.drain()
            return await asyncio.wait_for(reader.read(), seconds)
        except ConnectionError:
            return b""
        finally:
            writer.close()


@pytest_asyncio.fixture(scope="session")
async def served(
    settings: Settings, database: Database, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Served]:
    """Tenants of its own, since tests that borrow the kept ones empty them."""
    async with owner_connection(settings.database) as owner:
        house = await furnish(database, await make_tenant(owner, settings))
        next_door = await furnish(database, await make_tenant(owner, settings))
    log = tmp_path_factory.mktemp("web") / "web.log"
    figures = free_port()
    more = {"PORTICO_OPERATOR_TOKEN": "operators-token", "PORTICO_WEB_METRICS_PORT": str(figures)}
    process, address = await asyncio.to_thread(web, environment(settings.database, redis_url, **more), log)
    try:
        yield Served(address, house, next_door, process.popen.pid, f"http://127.0.0.1:{figures}/metrics")
    finally:
        process.kill()


@lru_cache(maxsize=1)
def tls() -> ssl.SSLContext:
    """One for all clients: each would read every authority's certificate anew."""
    return ssl.create_default_context()


def status_of(answer: bytes) -> int:
    """Of a raw answer; 0 where the connection was closed without one."""
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/") else 0
