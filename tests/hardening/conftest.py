"""The application and its people for the tests of sign-in, sessions, forms and secrets."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest_asyncio

from portico_core.settings import Settings, WebSettings
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant
from tests.isolation.world import House, furnish
from tests.portal.conftest import password_hash as password_hash
from tests.portal.conftest import portal as portal
from tests.portal.portal import Portal, running


@pytest_asyncio.fixture
async def secure(settings: Settings, database: Database) -> AsyncIterator[Portal]:
    """As in production: on https."""
    web = WebSettings(platform_host="platform.test", scheme="https", operator_token="operators-token")
    async with running(replace(settings, web=web), database) as made:
        yield made


@pytest_asyncio.fixture
async def house(database: Database, tenant: Tenant) -> House:
    """A tenant with a person of each role and one of everything."""
    return await furnish(database, tenant)


@pytest_asyncio.fixture
async def other_house(database: Database, other_tenant: Tenant) -> House:
    """The tenant next door."""
    return await furnish(database, other_tenant)
