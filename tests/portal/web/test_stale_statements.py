"""A statement that was prepared before its table changed: reading is repeated once inside, writing never.

Our revisions change no type in place, so that this does not happen; here it is made to.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import asyncpg
import pytest_asyncio
from structlog.testing import capture_logs

from portico_core.settings import Settings, WebSettings
from portico_tenants.access import StaffRole
from portico_tenants.people import sessions
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant
from tests.factories.customers import make_customer
from tests.factories.people import make_staff
from tests.factories.tenants import make_tenant
from tests.portal.portal import Browser, running

REPEATED = "repeated: a prepared statement was stale"


@dataclass
class Desk:
    """Somebody of the staff, at a process with a single connection: what it prepared is what it uses again."""

    browser: Browser
    tenant: Tenant
    owner: asyncpg.Connection

    async def change_type(self, column: str) -> None:
        table, _, name = column.partition(".")
        await self.owner.execute(f"ALTER TABLE {self.tenant.role}.{table} ALTER COLUMN {name} TYPE varchar(500)")


@pytest_asyncio.fixture
async def desk(settings: Settings, owner: asyncpg.Connection) -> AsyncIterator[Desk]:
    tenant = await make_tenant(owner, settings)
    single = replace(settings.database, pool_size=1)
    database = Database(single)
    async with database.tenant_session(tenant) as session:
        await make_customer(session)
        token = await sessions.open_session(session, (await make_staff(session, StaffRole.OWNER, name="Ada")).id)
    given = replace(settings, database=single, web=WebSettings(platform_host="platform.test", scheme="http"))
    async with running(given, database) as portal:
        yield Desk(portal.at(tenant, cookies={"session": token}), tenant, owner)


async def test_a_page_is_read_again_inside(desk: Desk) -> None:
    assert (await desk.browser.get("/staff/customers")).status_code == 200
    await desk.change_type("customer.name")
    with capture_logs() as logs:
        answer = await desk.browser.get("/staff/customers")
    assert answer.status_code == 200
    assert "<h1" in answer.text
    assert [line["event"] for line in logs].count(REPEATED) == 1


async def test_a_form_is_not_sent_again_but_the_person_told(desk: Desk) -> None:
    await desk.browser.get("/profile")
    saved = await desk.browser.post("/profile", {"name": "Grace", "language": "en"})
    assert saved.status_code == 303
    await desk.browser.get("/profile")
    await desk.change_type("person.name")
    with capture_logs() as logs:
        answer = await desk.browser.post("/profile", {"name": "Hedy", "language": "en"})
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert "<h1" in answer.text
    assert REPEATED not in [line["event"] for line in logs]
    assert await desk.owner.fetchval(f"SELECT name FROM {desk.tenant.role}.person") == "Grace"  # noqa: S608
    assert (await desk.browser.post("/profile", {"name": "Hedy", "language": "en"})).status_code == 303
