"""The application, and furnished tenants: two that differ in everything, and two whose things have the same ids."""

import asyncpg
import pytest_asyncio

from portico_tenants.session import Database
from portico_tenants.tenant import Tenant
from tests.isolation.filling import fill, id_of
from tests.isolation.world import House, collide, furnish
from tests.portal.conftest import portal as portal


@pytest_asyncio.fixture
async def house(database: Database, tenant: Tenant) -> House:
    """The tenant whose things others reach for."""
    return await furnish(database, tenant)


@pytest_asyncio.fixture
async def other_house(database: Database, other_tenant: Tenant) -> House:
    """The tenant next door."""
    return await furnish(database, other_tenant)


@pytest_asyncio.fixture
async def twins(
    database: Database, owner: asyncpg.Connection, tenant: Tenant, other_tenant: Tenant
) -> tuple[House, House]:
    """Two tenants whose things have the same ids, each with its own word in every text."""
    made = []
    for each in (tenant, other_tenant):
        house = await furnish(database, each, named=id_of)
        await fill(owner, each, house.canary)
        made.append(house)
    await collide(owner, made[0], made[1])
    return made[0], made[1]
