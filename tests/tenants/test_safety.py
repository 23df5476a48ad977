"""A process refuses to serve with a login that could pass the walls, or behind a pooler that leaks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import asyncpg
import pytest

from portico_core.settings import DatabaseSettings, Settings
from portico_tenants.owner import app_login, owner_url
from portico_tenants.safety import Unsafe, check_pooler, refuse_unsafe
from portico_tenants.session import Database, TenantConnection
from portico_tenants.setup import CannotSetUp, scram_verifier, set_up
from portico_tenants.tenant import Tenant
from tests.databases import PASSWORD, RunDatabases
from tests.factories.tenants import make_tenant


async def test_the_app_login_of_set_up_is_safe(settings: Settings, tenant: Tenant, other_tenant: Tenant) -> None:
    await refuse_unsafe(settings.database)
    await refuse_unsafe(replace(settings.database, pooler="transaction"))


async def test_the_owners_login_is_refused(settings: Settings) -> None:
    with pytest.raises(Unsafe, match=r"may create roles and owns the schemas.*portico database setup"):
        await refuse_unsafe(replace(settings.database, url=owner_url(settings.database)))


async def test_a_superuser_is_refused(settings: Settings, databases: RunDatabases) -> None:
    name = settings.database.url.rpartition("/")[2]
    with pytest.raises(Unsafe, match="is a superuser"):
        await refuse_unsafe(replace(settings.database, url=databases.server.url_of(name)))


@asynccontextmanager
async def _login(databases: RunDatabases, settings: Settings, *statements: str) -> AsyncIterator[DatabaseSettings]:
    """Another login, as the statements make it out of a harmless one (`{me}`)."""
    me = f"{databases.template}_odd"
    name = settings.database.url.rpartition("/")[2]
    async with databases.admin() as admin:
        await admin.execute(f"CREATE ROLE {me} LOGIN NOINHERIT PASSWORD '{PASSWORD}'")
        for statement in statements:
            await admin.execute(statement.format(me=me, owner=f"{databases.template}_owner"))
    inside: asyncpg.Connection = await asyncpg.connect(databases.server.url_of(name))
    try:
        yield replace(settings.database, url=databases.server.url_of(name, me, PASSWORD))
    finally:
        await inside.execute(f"DROP OWNED BY {me}")
        await inside.close()
        async with databases.admin() as admin:
            await admin.execute(f"DROP OWNED BY {me}; DROP ROLE {me}")


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("ALTER ROLE {me} BYPASSRLS", "bypasses row-level security"),
        ("ALTER ROLE {me} CREATEROLE", "may create roles"),
        ("ALTER ROLE {me} REPLICATION", "may replicate"),
        ("GRANT pg_read_all_data TO {me}", "may read or write all data"),
        ("GRANT {owner} TO {me}", "owns the schemas, or may become their owner"),
    ],
)
async def test_a_login_that_could_pass_the_walls_is_refused(
    databases: RunDatabases, settings: Settings, tenant: Tenant, statement: str, fault: str
) -> None:
    async with _login(databases, settings, statement) as odd:
        with pytest.raises(Unsafe, match=fault):
            await refuse_unsafe(odd)


async def test_a_login_that_inherits_a_tenants_rights_is_refused(
    databases: RunDatabases, settings: Settings, tenant: Tenant
) -> None:
    inherits = f"ALTER ROLE {{me}} INHERIT; GRANT {tenant.role} TO {{me}}"
    async with _login(databases, settings, inherits) as odd:
        with pytest.raises(Unsafe, match="reads a tenant's schema without becoming that tenant"):
            await refuse_unsafe(odd)


async def test_a_database_that_is_not_set_up_or_not_there_is_refused_in_words(
    databases: RunDatabases, settings: Settings
) -> None:
    name = f"{databases.template}_bare"
    async with databases.admin() as admin:
        bare = await databases.create(name, admin)
    with pytest.raises(Unsafe, match="run `portico database setup`"):
        await refuse_unsafe(bare)
    await databases.drop(name)
    with pytest.raises(Unsafe, match="PORTICO_DATABASE_URL does not answer"):
        await refuse_unsafe(bare)


class Leaking(TenantConnection):
    """What a careless pooler does: the next transaction finds the role of the one before."""

    async def execute(self, query: str, *args: object, timeout: float | None = None) -> str:  # noqa: ASYNC109
        done = await super().execute(query, *args, timeout=timeout)
        if query.startswith("COMMIT") and self.tenant_role:
            await super().execute(f"SET ROLE {self.tenant_role}")
        return done


async def test_a_leak_is_seen_at_the_start(settings: Settings, tenant: Tenant, other_tenant: Tenant) -> None:
    database = Database(replace(settings.database, pool_size=2), connection_class=Leaking)
    with pytest.raises(Unsafe, match="the pooler leaks"):
        await check_pooler(database)
    await database.close()


async def test_with_one_url_set_up_makes_the_app_login_beside_the_owners(
    databases: RunDatabases, settings: Settings
) -> None:
    name = f"{databases.template}_single"
    async with databases.admin() as admin:
        made = await databases.create(name, admin)
    single = DatabaseSettings(url=owner_url(made))
    assert app_login(single) == f"{name}_app"
    first = await set_up(single)
    assert first.made_login
    both = DatabaseSettings(url=first.app_url, owner_url=first.owner_url)
    await refuse_unsafe(both)
    again = await set_up(both)
    assert again == first._replace(made_login=False)
    given = await set_up(single, app_password="a'b\\c $1 é")
    await refuse_unsafe(DatabaseSettings(url=given.app_url))
    with pytest.raises(Unsafe, match="password authentication failed"):
        await refuse_unsafe(both)
    await databases.drop(name)


async def test_a_new_app_login_is_let_into_the_tenants_there_are(
    fresh_database: DatabaseSettings, databases: RunDatabases
) -> None:
    given = Settings(environment="test", database=fresh_database, redis_url="", secret_keys={})
    connection = await asyncpg.connect(owner_url(fresh_database))
    made = await make_tenant(connection, given)
    await connection.close()
    url = databases.server.url_of(fresh_database.url.rpartition("/")[2], f"{databases.template}_second", PASSWORD)
    second = replace(fresh_database, url=url)
    await set_up(second)
    await refuse_unsafe(second)
    database = Database(second)
    async with database.tenant_session(made) as session:
        await session.connection()
    await database.close()


async def test_an_owner_who_may_not_is_told_what_to_grant(databases: RunDatabases) -> None:
    name, me = f"{databases.template}_poor", f"{databases.template}_poor_owner"
    url = databases.server.url_of(name, me, PASSWORD)
    async with databases.admin() as admin:
        await databases.create(name, admin)
        await admin.execute(f"CREATE ROLE {me} LOGIN PASSWORD '{PASSWORD}'")
        with pytest.raises(CannotSetUp, match=f'ALTER ROLE "{me}" CREATEROLE'):
            await set_up(DatabaseSettings(url=url))
        await admin.execute(f"ALTER ROLE {me} CREATEROLE")
        with pytest.raises(CannotSetUp, match=f'GRANT CREATE ON DATABASE "{name}" TO "{me}"'):
            await set_up(DatabaseSettings(url=url))
        with pytest.raises(CannotSetUp, match="are the same login"):
            await set_up(DatabaseSettings(url=url, owner_url=url))
        await databases.drop(name)
        await admin.execute(f"DROP ROLE {me}")


def test_a_password_is_sent_as_its_verifier() -> None:
    salt = bytes(range(16))
    verifier = scram_verifier("pencil", salt=salt)
    assert verifier.startswith("SCRAM-SHA-256$4096:AAECAwQFBgcICQoLDA0ODw==$")
    assert "pencil" not in verifier
    assert scram_verifier("pencil", salt=salt) == verifier
