"""Host to tenant: from memory, right again at once after a change, and after a while where nobody could tell."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from portico_core.ids import new_id
from portico_core.settings import Settings
from portico_tenants.provision import suspend_tenant
from portico_tenants.resolve import Directory, NoSuchTenant
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant, TenantState
from tests.databases import RunDatabases
from tests.factories.tenants import make_tenant


async def _until(holds: Callable[[], Awaitable[bool]], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not await holds():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    "host", ["nobody.example", "", "north.localhost.evil.example", "127.0.0.1", "[::1]:80", "\x00"]
)
async def test_an_unknown_host_has_no_tenant(directory: Directory, tenant: Tenant, host: str) -> None:
    with pytest.raises(NoSuchTenant):
        await directory.by_host(host)


async def test_what_is_unknown_otherwise_has_no_tenant(directory: Directory) -> None:
    for question in (
        directory.by_id(new_id()),
        directory.by_role("t_000000000000"),
        directory.by_stripe_account("acct_none"),
    ):
        with pytest.raises(NoSuchTenant):
            await question


async def test_a_suspended_tenant_is_known_as_such(
    owner: asyncpg.Connection, settings: Settings, directory: Directory
) -> None:
    made = await make_tenant(owner, settings)
    await suspend_tenant(owner, made.slug)
    assert (await directory.by_host(made.host)).state == TenantState.SUSPENDED
    assert made.slug in {tenant.slug for tenant in await directory.all()}


async def test_nobody_asks_the_database_while_the_copy_is_fresh(
    owner: asyncpg.Connection, settings: Settings, database: Database, tenant: Tenant
) -> None:
    directory = Directory(database, max_age_seconds=86_400)
    await directory.by_id(tenant.id)
    made = await make_tenant(owner, settings)
    with pytest.raises(NoSuchTenant):
        await directory.by_id(made.id)
    directory.forget()
    assert await directory.by_id(made.id) == made


async def test_without_a_listener_the_copy_lives_on_its_age(
    owner: asyncpg.Connection, settings: Settings, database: Database, tenant: Tenant
) -> None:
    directory = Directory(database, max_age_seconds=0.2)
    await directory.by_id(tenant.id)
    made = await make_tenant(owner, settings)

    async def is_known() -> bool:
        return made.slug in {each.slug for each in await directory.all()}

    await _until(is_known, seconds=5)


async def test_a_lost_listener_comes_back_and_knows_what_it_missed(
    owner: asyncpg.Connection, settings: Settings, database: Database, databases: RunDatabases, tenant: Tenant
) -> None:
    directory = Directory(database, max_age_seconds=86_400)
    await directory.listen(settings.database.url)
    try:
        async with databases.admin() as admin:
            name = settings.database.url.rpartition("/")[2]
            listeners = "SELECT pid FROM pg_stat_activity WHERE datname = $1 AND query LIKE 'LISTEN %'"
            await _until(lambda: _any(admin, listeners, name))
            await directory.by_id(tenant.id)
            for (pid,) in await admin.fetch(listeners, name):
                assert await admin.fetchval("SELECT pg_terminate_backend($1)", pid)
            made = await make_tenant(owner, settings)

            async def is_known() -> bool:
                return made.slug in {each.slug for each in await directory.all()}

            await _until(is_known)
    finally:
        await directory.close()


async def _any(admin: asyncpg.Connection, query: str, name: str) -> bool:
    return bool(await admin.fetch(query, name))
