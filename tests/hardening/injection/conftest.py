"""The attacking company, brought in by the real sync, with people at each of its customers."""

import json
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright
from sqlalchemy import select

from portico_billing.invoices.models import CreditRow, InvoiceRow
from portico_connectors.simulators.netsuite.config import AccountConfig, new_credentials
from portico_core.settings import Settings, WebSettings
from portico_portal.sync import connections
from portico_portal.sync.fetch import Fetcher
from portico_portal.sync.models import SetAsideRow
from portico_tenants.access import CustomerRole, StaffRole
from portico_tenants.customers.models import CustomerRow
from portico_tenants.owner import owner_connection
from portico_tenants.people import sessions
from portico_tenants.secrets import Safe
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant
from portico_themes.render import Renderer
from tests.factories.people import make_member, make_staff
from tests.factories.tenants import make_tenant
from tests.hardening.injection.company import CARRIERS, write_company
from tests.portal.portal import Portal, running
from tests.portal.sync.erp import Erp
from tests.services import running_server


@dataclass
class Attacked:
    """A tenant full of payloads. By number of the carrier: ids of its things, and its people with their sessions."""

    tenant: Tenant
    customers: dict[int, UUID] = field(default_factory=dict)
    invoices: dict[int, UUID] = field(default_factory=dict)
    credits: dict[int, UUID] = field(default_factory=dict)
    people: dict[int, UUID] = field(default_factory=dict)
    members: dict[int, str] = field(default_factory=dict)
    owner: str = ""
    set_aside: tuple[str, ...] = ()


@pytest_asyncio.fixture(scope="session")
async def attacked(settings: Settings, database: Database, tmp_path_factory: pytest.TempPathFactory) -> Attacked:
    """As the sync brought it: through the connector, from the simulator, over HTTP."""
    folder = tmp_path_factory.mktemp("attackers")
    write_company(folder / "company")
    async with owner_connection(settings.database) as owner:
        tenant = await make_tenant(owner, settings)
    safe = Safe(settings.secret_keys)
    with attacking_erp(folder) as erp:
        async with database.tenant_session(tenant) as session:
            await connections.store(
                session, safe, connector="netsuite", values=erp.values, time_zone="Europe/London", actor="system:test"
            )
        allowed = replace(settings, allow_private_erp_hosts=True)
        await Fetcher(tenant, database, allowed, safe, Renderer()).fetch()
    return await furnish(database, tenant)


@pytest_asyncio.fixture
async def portal(settings: Settings, database: Database) -> AsyncIterator[Portal]:
    web = WebSettings(platform_host="platform.test", scheme="http", operator_token="operators-token")
    async with running(replace(settings, web=web), database) as made:
        yield made


@pytest_asyncio.fixture(scope="session")
async def browser(chromium: Path) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield browser
        await browser.close()


@pytest_asyncio.fixture
async def reader(browser: Browser) -> AsyncIterator[Page]:
    """A blank page whose parser reads documents for `inert.read`."""
    page = await browser.new_page()
    yield page
    await page.close()


@contextmanager
def attacking_erp(folder: Path) -> Iterator[Erp]:
    """A simulator whose company is in `folder`."""
    account, credentials = "6666666_SB1", new_credentials()
    config = AccountConfig(account=account, credentials=credentials, company_folder=str(folder / "company"))
    file = folder / "netsuite.json"
    file.write_text(json.dumps([msgspec.to_builtins(config)]))
    argv = (
        *(sys.executable, "-W", "ignore", "-m", "portico_connectors.simulators.netsuite"),
        *("--port", "{port}", "--data", str(folder / "netsuite"), "--config", str(file)),
    )
    with running_server(argv, folder=folder) as url:
        yield Erp(url, account, credentials, folder / "netsuite")


async def furnish(database: Database, tenant: Tenant) -> Attacked:
    """What the sync brought, found by its marks, and people at each customer whose names attack as well."""
    found = Attacked(tenant)
    async with database.tenant_session(tenant) as session:
        found.set_aside = tuple(await session.scalars(select(SetAsideRow.why)))
        assert not found.set_aside
        customers = {row.number: row for row in await session.scalars(select(CustomerRow))}
        invoices = {row.number: row for row in await session.scalars(select(InvoiceRow))}
        credit_rows = {row.number: row for row in await session.scalars(select(CreditRow))}
        for each in CARRIERS:
            customer = next(row for number, row in customers.items() if each.mark("customer_number") in number)
            found.customers[each.index] = customer.id
            found.invoices[each.index] = _marked(invoices, each.mark("invoice_number"))
            found.credits[each.index] = _marked(credit_rows, each.mark("credit_number"))
            name = each.value("person", 100).replace("\0", "")
            person = await make_member(session, customer, CustomerRole.ADMIN, name=name)
            found.people[each.index] = person.id
            found.members[each.index] = await sessions.open_session(session, person.id, user_agent=each.payload)
        owner = await make_staff(session, StaffRole.OWNER, name=CARRIERS[0].value("owner"))
        found.owner = await sessions.open_session(session, owner.id)
    return found


def _marked(rows: dict[str, InvoiceRow] | dict[str, CreditRow], mark: str) -> UUID:
    return next(row.id for number, row in rows.items() if mark in number)
