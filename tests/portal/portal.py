"""The whole web application in the test's process, asked through httpx as a browser would: by host, cookies, forms."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx

from portico_core.settings import Settings
from portico_portal.app import serve
from portico_portal.resources import Resources
from portico_tenants.people.passwords import Passwords
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant

PASSWORD = "four words together well"
CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Browser:
    """One person's browser at one portal."""

    client: httpx.AsyncClient
    tokens: list[str] = field(default_factory=list)

    async def get(self, path: str, **options: object) -> httpx.Response:
        answer = await self.client.get(path, **options)  # type: ignore[arg-type]
        self._remember(answer)
        return answer

    async def post(self, path: str, data: Mapping[str, object] | None = None, **options: object) -> httpx.Response:
        """Send a form with the last page's token."""
        form = {"csrf_token": self.tokens[-1] if self.tokens else "", **(data or {})}
        answer = await self.client.post(path, data=form, **options)  # type: ignore[arg-type]
        self._remember(answer)
        return answer

    async def sign_in(self, email: str, password: str = PASSWORD) -> httpx.Response:
        await self.get("/sign-in")
        return await self.post("/sign-in", {"email": email, "password": password})

    async def sign_out(self) -> httpx.Response:
        await self.get("/profile")
        return await self.post("/sign-out")

    def _remember(self, answer: httpx.Response) -> None:
        if found := CSRF.search(answer.text):
            self.tokens.append(found[1])


@dataclass
class Portal:
    """A running application; `at` opens a browser at a tenant's portal, `platform` one at the platform's own host."""

    transport: httpx.ASGITransport
    resources: Resources
    open: list[httpx.AsyncClient] = field(default_factory=list)

    def at(self, tenant: Tenant, **options: object) -> Browser:
        return self.host(tenant.host, **options)

    def platform(self) -> Browser:
        return self.host(self.resources.settings.web.platform_host)

    def host(self, host: str, **options: object) -> Browser:
        client = httpx.AsyncClient(
            transport=self.transport,
            base_url=f"http://{host}",
            **options,  # type: ignore[arg-type]
        )
        self.open.append(client)
        return Browser(client)


@asynccontextmanager
async def running(settings: Settings, database: Database) -> AsyncIterator[Portal]:
    """The application on the test's database; jobs are left to the sweep."""
    resources = Resources.make(settings, database.queue)
    resources.directory.max_age_seconds = 0
    app = serve(resources)
    portal = Portal(httpx.ASGITransport(app=app), resources)  # type: ignore[arg-type]
    try:
        yield portal
    finally:
        for client in portal.open:
            await client.aclose()
        await resources.close()


async def hashed(password: str = PASSWORD) -> str:
    """For `make_person(password_hash=…)`."""
    return await Passwords().hash(password)
