"""The fleet: tenants of this release, some of them whole and visited, and where each of their schemas stands.

The others are lean: a customer table and the revision, which is all that the next release's revisions touch.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import asyncpg

from portico_core.settings import DatabaseSettings
from portico_tenants.access import StaffRole
from portico_tenants.migrations import script
from portico_tenants.owner import app_login, owner_connection
from portico_tenants.people import sessions
from portico_tenants.provision import NewTenant, create_tenant
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant
from tests.factories.customers import make_customer
from tests.factories.people import make_staff

MOST_IN_ONE_QUERY = 100


@dataclass(frozen=True)
class Visited:
    """A whole tenant with a person of its staff, signed in."""

    tenant: Tenant
    session_token: str


@dataclass(frozen=True)
class Stands:
    """Where a schema is: its own revision, the control copy of it, and what is really there of the new revisions."""

    slug: str
    revision: str
    copy: str | None
    held_back: str | None
    columns: int
    indexes: int


def lean_script() -> script.TenantScript:
    """So small that a fleet of them is made in seconds."""
    revision = script.needed()
    tables = "CREATE TABLE customer (id uuid CONSTRAINT pk_customer PRIMARY KEY, name text NOT NULL);\n"
    return script.TenantScript(
        revision, tables + "".join(f"{statement};\n" for statement in script.version_table(revision))
    )


async def make_tenants(
    database: DatabaseSettings, count: int, whole: int, done: Callable[[int], None] = lambda count: None
) -> list[Tenant]:
    """`count` tenants in the order of their slugs, every so-manieth whole."""
    lean, complete = lean_script(), script.shipped()
    made = []
    async with owner_connection(database) as owner:
        for number in range(count):
            is_whole = number * whole // count != (number - 1) * whole // count
            slug = f"f{number:04}"
            new = NewTenant(slug=slug, name=f"Distributor {slug}", hosts=(f"{slug}.localhost",))
            login = app_login(database)
            made.append(await create_tenant(owner, login, new, script=complete if is_whole else lean))
            done(number + 1)
    return [tenant for number, tenant in enumerate(made) if number * whole // count != (number - 1) * whole // count]


async def people_of(database: Database, tenants: Sequence[Tenant]) -> list[Visited]:
    """Somebody signed in at each, and a customer to look at."""
    visited = []
    for tenant in tenants:
        async with database.tenant_session(tenant) as session:
            await make_customer(session)
            token = await sessions.open_session(session, (await make_staff(session, StaffRole.OWNER)).id)
        visited.append(Visited(tenant, token))
    return visited


async def where_they_stand(owner: asyncpg.Connection) -> list[Stands]:
    """All of the fleet at one moment."""
    async with owner.transaction(isolation="repeatable_read", readonly=True):
        rows = await owner.fetch(
            "SELECT t.slug, t.role, t.schema_revision, t.held_back,"
            " (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = to_regclass(t.role || '.customer')"
            "  AND a.attname = 'nickname') AS columns,"
            " (SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
            "  JOIN pg_attribute a ON (a.attrelid, a.attnum) = (i.indrelid, i.indkey[0])"
            "  WHERE c.oid = to_regclass(t.role || '.ix_customer_nickname') AND a.attname = 'nickname') AS indexes"
            " FROM portico.tenant t ORDER BY t.slug"
        )
        revisions: dict[str, str] = {}
        for start in range(0, len(rows), MOST_IN_ONE_QUERY):
            roles = [row["role"] for row in rows[start : start + MOST_IN_ONE_QUERY]]
            each = " UNION ALL ".join(f"SELECT '{role}', version_num FROM {role}.alembic_version" for role in roles)  # noqa: S608
            revisions |= {row[0]: row[1] for row in await owner.fetch(each)}
    return [
        Stands(
            row["slug"],
            revisions[row["role"]],
            row["schema_revision"],
            row["held_back"],
            row["columns"],
            row["indexes"],
        )
        for row in rows
    ]
