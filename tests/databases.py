"""A database for the tests: set up once per run as a template, cloned for each worker, with tenants that are reused.

The logins are as in production: an owner that may create roles but is no superuser, an app login that owns nothing.
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg
import pytest
import pytest_asyncio

from portico_core.settings import DatabaseSettings, Settings
from portico_portal.local.services import Services
from portico_tenants.owner import owner_connection, quoted
from portico_tenants.resolve import Directory
from portico_tenants.session import Database, TenantSession
from portico_tenants.setup import set_up
from portico_tenants.tenant import Tenant
from tests.factories.tenants import clean_tenant, make_tenant
from tests.services import HOME, RUN, PostgresServer, shared_services

PASSWORD = "for-tests-only"


@dataclass(frozen=True)
class RunDatabases:
    """This run's databases and logins. Their names are the run's own, so that runs can share a server."""

    server: PostgresServer
    run: str

    @property
    def template(self) -> str:
        return f"portico_test_{self.run}"

    def settings(self, database: str) -> DatabaseSettings:
        return DatabaseSettings(
            url=self.server.url_of(database, f"{self.template}_app", PASSWORD),
            owner_url=self.server.url_of(database, f"{self.template}_owner", PASSWORD),
            pool_size=5,
        )

    async def make_template(self) -> None:
        """Once per run, whichever worker comes first."""
        marker = HOME / self.run / "template-database"
        with (HOME / "lock").open("w") as lock:
            await asyncio.to_thread(fcntl.flock, lock, fcntl.LOCK_EX)
            if marker.exists():
                return
            async with self.admin() as admin:
                await admin.execute(f"CREATE ROLE {self.template}_owner LOGIN CREATEROLE PASSWORD '{PASSWORD}'")
                await self.create(self.template, admin)
            await set_up(self.settings(self.template))
            marker.touch()

    async def create(self, name: str, admin: asyncpg.Connection, *, template: str | None = None) -> DatabaseSettings:
        """A database in which the owner's login may make schemas; empty, or a copy of the template."""
        await admin.execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
        await admin.execute(f"GRANT CREATE ON DATABASE {name} TO {self.template}_owner")
        return self.settings(name)

    async def drop(self, name: str) -> None:
        async with self.admin() as admin:
            await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    async def drop_all(self) -> None:
        """Leave nothing on a server that is not ours."""
        async with self.admin() as admin:
            for (name,) in await admin.fetch(
                "SELECT datname FROM pg_database WHERE starts_with(datname, $1)", self.template
            ):
                await admin.execute(f"DROP DATABASE {quoted(name)} WITH (FORCE)")
            roles = await admin.fetch(
                "SELECT granted.rolname FROM pg_auth_members m JOIN pg_roles granted ON granted.oid = m.roleid"
                " JOIN pg_roles member ON member.oid = m.member WHERE starts_with(member.rolname, $1)"
                " UNION SELECT rolname FROM pg_roles WHERE starts_with(rolname, $1)",
                f"{self.template}_",
            )
            # the tenants' roles go before those who administer them
            for role in sorted((str(row[0]) for row in roles), reverse=True):
                await admin.execute(f"DROP ROLE {quoted(role)}")

    @asynccontextmanager
    async def admin(self) -> AsyncIterator[asyncpg.Connection]:
        """The server's own administrator."""
        connection = await asyncpg.connect(self.server.url)
        try:
            yield connection
        finally:
            await connection.close()


def pytest_unconfigure() -> None:
    run = os.environ.get(RUN, "")
    if run == str(os.getpid()) and (HOME / run / "template-database").exists():
        services = shared_services(int(run))
        if not services.postgres_embedded:
            server = PostgresServer(services.postgres_url, services.postgres_embedded)
            asyncio.run(RunDatabases(server, run).drop_all())


@pytest_asyncio.fixture(scope="session")
async def databases(postgres_server: PostgresServer) -> RunDatabases:
    """This run's databases, the template made."""
    databases = RunDatabases(postgres_server, os.environ[RUN])
    await databases.make_template()
    return databases


@pytest_asyncio.fixture(scope="session")
async def database_settings(databases: RunDatabases) -> AsyncIterator[DatabaseSettings]:
    """This worker's clone."""
    name = f"{databases.template}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    async with databases.admin() as admin:
        settings = await databases.create(name, admin, template=databases.template)
    yield settings
    await databases.drop(name)


@pytest_asyncio.fixture
async def fresh_database(databases: RunDatabases) -> AsyncIterator[DatabaseSettings]:
    """A clone of the test's own, without tenants."""
    name = f"{databases.template}_{os.urandom(4).hex()}"
    async with databases.admin() as admin:
        settings = await databases.create(name, admin, template=databases.template)
    yield settings
    await databases.drop(name)


@pytest.fixture(scope="session")
def settings(database_settings: DatabaseSettings, services: Services) -> Settings:
    """Settings of the worker's clone; `dataclasses.replace` them where a test wants others."""
    return Settings(
        environment="test",
        database=database_settings,
        redis_url=services.redis_url,
        secret_keys={"test": bytes(range(32))},
    )


@pytest_asyncio.fixture(scope="session")
async def database(settings: Settings) -> AsyncIterator[Database]:
    """The app login's connections; jobs are dropped after the commit."""
    database = Database(settings.database)
    yield database
    await database.close()


@pytest_asyncio.fixture
async def directory(database: Database) -> Directory:
    """Reads the tenants anew for each question, since tests make tenants all the time."""
    return Directory(database, max_age_seconds=0)


@pytest_asyncio.fixture
async def owner(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    """The owner's connection."""
    async with owner_connection(settings.database) as connection:
        yield connection


@pytest_asyncio.fixture(scope="session")
async def kept_tenants(settings: Settings) -> list[Tenant]:
    """Tenants that tests use one after the other, emptied in between; three times as quick as new ones."""
    return []


@pytest_asyncio.fixture
async def tenant(settings: Settings, kept_tenants: list[Tenant], owner: asyncpg.Connection) -> Tenant:
    """A tenant without data. A test that suspends, deletes or migrates one makes its own (`make_tenant`)."""
    return await _kept(0, settings, kept_tenants, owner)


@pytest_asyncio.fixture
async def other_tenant(
    settings: Settings, kept_tenants: list[Tenant], owner: asyncpg.Connection, tenant: Tenant
) -> Tenant:
    """A second one, to look for what crosses over."""
    return await _kept(1, settings, kept_tenants, owner)


async def _kept(number: int, settings: Settings, kept: list[Tenant], owner: asyncpg.Connection) -> Tenant:
    if number < len(kept):
        if await clean_tenant(owner, kept[number]):
            return kept[number]
        kept.pop(number)
    kept.insert(number, await make_tenant(owner, settings))
    return kept[number]


@pytest_asyncio.fixture
async def session(database: Database, tenant: Tenant) -> AsyncIterator[TenantSession]:
    """One transaction as `tenant`, rolled back. Tests of several transactions open their own on `database`."""
    async with TenantSession(database.engine, tenant) as session:
        await session.begin()
        yield session
        await session.rollback()
