"""A throwaway PostgreSQL with tenants, for a measurement."""

import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from portico_core.ids import new_id
from portico_core.settings import DatabaseSettings
from portico_portal.local.services import start_services
from portico_portal.local.supervisor import Supervisor
from portico_portal.schema import script_of_models
from portico_tenants.owner import app_login, owner_connection
from portico_tenants.provision import NewTenant, create_tenant
from portico_tenants.session import Database
from portico_tenants.setup import set_up
from portico_tenants.tenant import Tenant

NAME = "portico_bench"


@asynccontextmanager
async def one_tenant() -> AsyncIterator[tuple[Database, Tenant]]:
    """A database with a single tenant."""
    async with some_tenants(1) as (database, (tenant,)):
        yield database, tenant


@asynccontextmanager
async def some_tenants(count: int) -> AsyncIterator[tuple[Database, list[Tenant]]]:
    """A database with as many."""
    async with a_fleet(count) as fleet:
        yield fleet.database, fleet.tenants


class Fleet(NamedTuple):
    """A database with tenants, and a Redis."""

    database: Database
    tenants: list[Tenant]
    redis_url: str


@asynccontextmanager
async def a_fleet(count: int) -> AsyncIterator[Fleet]:
    """The tables are the models'; the server writes as a throwaway one does (no fsync), for all sides alike."""
    with tempfile.TemporaryDirectory() as folder, Supervisor() as supervisor:
        services = start_services(supervisor, Path(folder), environment=_path_only(), throwaway=True)
        admin = await asyncpg.connect(services.postgres_url)
        try:
            await admin.execute(f"CREATE ROLE {NAME}_owner LOGIN CREATEROLE PASSWORD 'bench'")
            await admin.execute(f"CREATE DATABASE {NAME} OWNER {NAME}_owner")
        finally:
            await admin.close()
        settings = DatabaseSettings(
            url=_url(services.postgres_url, f"{NAME}_app"), owner_url=_url(services.postgres_url, f"{NAME}_owner")
        )
        await set_up(settings)
        async with owner_connection(settings) as owner:
            tenants = [await _make(owner, settings, f"bench{number}") for number in range(count)]
        database = Database(settings)
        try:
            yield Fleet(database, tenants, services.redis_url)
        finally:
            await database.close()


async def settle(settings: DatabaseSettings) -> None:
    """What a database does by itself in a quiet minute: tables vacuumed, statistics gathered."""
    async with owner_connection(settings) as owner:
        await owner.execute("VACUUM ANALYZE")


async def _make(owner: asyncpg.Connection, settings: DatabaseSettings, slug: str) -> Tenant:
    hosts, account = (f"{slug}.localhost",), f"acct_{slug}"
    new = NewTenant(slug=slug, name=slug.capitalize(), hosts=hosts, base_currency="GBP", stripe_account=account)
    return await create_tenant(owner, app_login(settings), new, tenant_id=new_id(), script=script_of_models())


def _path_only() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", ""), "HOME": os.environ.get("HOME", "")}


def _url(url: str, login: str) -> str:
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, f"{login}:bench@{place}", f"/{NAME}", parts.query, ""))
