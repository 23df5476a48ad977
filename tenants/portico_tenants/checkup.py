"""Looks a tenant's part of the database over: is everything there, current, and as this release would make it."""

from collections.abc import Callable

import asyncpg
import msgspec

from portico_core.db import CONTROL_SCHEMA
from portico_core.errors import NotFound
from portico_core.ids import new_id
from portico_core.settings import DatabaseSettings
from portico_tenants import rights
from portico_tenants.migrations import catalog, script
from portico_tenants.owner import app_login, owner_connection
from portico_tenants.tenant import role_name

SHOWN = 5


class Checked(msgspec.Struct, frozen=True):
    """A tenant and what is wrong with its part of the database; nothing, as a rule."""

    slug: str
    troubles: tuple[str, ...]


async def check_tenants(
    settings: DatabaseSettings,
    *,
    slug: str | None = None,
    started: Callable[[int], None] = lambda count: None,
    done: Callable[[Checked], None] = lambda checked: None,
) -> list[Checked]:
    """Check one tenant or all, one after the other, changing nothing. NotFound where there is none of that slug."""
    login = app_login(settings)
    async with owner_connection(settings) as owner:
        should_be = await _as_new(owner, login)
        rows = await owner.fetch(
            "SELECT slug, role, schema_revision, held_back FROM portico.tenant"
            " WHERE state <> 'deleting' AND ($1::text IS NULL OR slug = $1) ORDER BY slug",
            slug,
        )
        if slug is not None and not rows:
            raise NotFound(f"there is no tenant {slug}")
        started(len(rows))
        checked = []
        for row in rows:
            checked.append(Checked(row["slug"], tuple(await _troubles(owner, row, login, should_be))))
            done(checked[-1])
    return checked


async def _troubles(owner: asyncpg.Connection, row: asyncpg.Record, login: str, should_be: frozenset[str]) -> list[str]:
    role, newest = row["role"], script.shipped().revision
    troubles = [f"held back: {row['held_back']}"] if row["held_back"] else []
    lines = await catalog.lines(owner, role)
    if not lines:
        return [*troubles, f"there is no schema {role}"]
    revision = await owner.fetchval(f"SELECT version_num FROM {role}.alembic_version")  # noqa: S608  # `t_` and hex
    if revision != row["schema_revision"]:
        troubles.append(f"the schema is at revision {revision}, {CONTROL_SCHEMA}.tenant says {row['schema_revision']}")
    if revision != newest:
        troubles.append(f"at revision {revision}, not {newest}: run `portico tenants migrate`")
    else:
        differing = [f"missing: {line}" for line in sorted(should_be - lines)]
        differing += [f"unexpected: {line}" for line in sorted(lines - should_be)]
        troubles += differing[:SHOWN]
        if len(differing) > SHOWN:
            troubles.append(f"and {len(differing) - SHOWN} more differences")
    return troubles + await _role_troubles(owner, role, login)


async def _role_troubles(owner: asyncpg.Connection, role: str, login: str) -> list[str]:
    found = await owner.fetchrow(
        "SELECT r.rolcanlogin, r.rolsuper OR r.rolbypassrls OR r.rolcreaterole AS strong,"
        " (SELECT array_agg(g.rolname::text) FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid"
        "  WHERE m.member = r.oid) AS member_of,"
        " EXISTS (SELECT FROM pg_auth_members m JOIN pg_roles app ON app.oid = m.member"
        "  WHERE m.roleid = r.oid AND app.rolname = $2) AS opened"
        " FROM pg_roles r WHERE r.rolname = $1",
        role,
        login,
    )
    if found is None:
        return [f"there is no role {role}"]
    troubles = {
        f"the role {role} may log in": found["rolcanlogin"],
        f"the role {role} has more rights than its tables": found["strong"] or found["member_of"],
        f"{login} may not become {role}: run `portico database setup`": not found["opened"],
    }
    return [trouble for trouble, present in troubles.items() if present]


async def _as_new(owner: asyncpg.Connection, login: str) -> frozenset[str]:
    """The catalog of a tenant made now; it is made, looked at and taken back."""
    role = role_name(new_id())
    making = owner.transaction()
    await making.start()
    try:
        await owner.execute(rights.of_tenant(role, login, owner.get_server_version().major) + script.shipped().sql)
        return await catalog.lines(owner, role)
    finally:
        await making.rollback()
