"""The application, and a customer's payer at a browser, for the tests of these pages."""

import dataclasses
from collections.abc import AsyncIterator

import httpx
import pytest

from portico_core.settings import Settings, WebSettings
from portico_tenants.access import CustomerRole, StaffRole
from portico_tenants.people import sessions
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant
from tests.billing.invoices.desk import Desk
from tests.factories.customers import make_customer
from tests.factories.people import make_member, make_staff
from tests.portal.portal import Portal, running


@pytest.fixture
async def portal(settings: Settings, database: Database) -> AsyncIterator[Portal]:
    web = WebSettings(platform_host="platform.test", scheme="http")
    async with running(dataclasses.replace(settings, web=web), database) as made:
        yield made


@pytest.fixture
async def desk(database: Database, tenant: Tenant, portal: Portal) -> Desk:
    """A customer in pounds; its payer and the distributor's finance person are signed in."""
    async with database.tenant_session(tenant) as session:
        customer = await make_customer(
            session,
            currency="GBP",
            name="Ashdown Fabrication",
            number="104233",
            billing_address={"lines": ["Kelham Works"], "city": "Sheffield", "postal_code": "S3 0ZZ", "country": "GB"},
        )
        payer = await make_member(session, customer, CustomerRole.PAYER, name="Priya Nair")
        finance = await make_staff(session, StaffRole.FINANCE)
        tokens = [await sessions.open_session(session, person.id) for person in (payer, finance)]
    browsers = [portal.at(tenant, cookies=httpx.Cookies({"session": token})) for token in tokens]
    return Desk(database, tenant, portal, customer, payer, *browsers)
