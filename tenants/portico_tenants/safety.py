"""What a process makes sure of before it serves anybody: that the walls between tenants are walls.

A process does not run with a login that could pass them, nor behind a pooler that carries one tenant over to another.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast
from uuid import UUID

import asyncpg
from sqlalchemy import text

from portico_core.settings import DatabaseSettings
from portico_tenants.owner import plain_url
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant, TenantState

CANARY_ROUNDS = 10
RECOVERY_SECONDS = 30.0
TO_MAKE_ONE = "let `portico database setup` make an app login, and set PORTICO_DATABASE_URL to it"

_LOGIN = """
SELECT rolname::text AS name, rolsuper, rolbypassrls, rolcreaterole, rolreplication,
    pg_has_role(oid, 'pg_read_all_data', 'MEMBER') OR pg_has_role(oid, 'pg_write_all_data', 'MEMBER') AS reads_all,
    EXISTS (SELECT FROM pg_namespace n WHERE n.nspname ~ '^(t_[0-9a-f]{12}|portico)$'
        AND pg_has_role(current_user, n.nspowner, 'MEMBER')) AS is_owner,
    (SELECT n.nspname::text FROM pg_namespace n WHERE n.nspname ~ '^t_[0-9a-f]{12}$'
        AND has_schema_privilege(n.oid, 'USAGE') LIMIT 1) AS open_schema,
    (SELECT coalesce(bool_and(relrowsecurity), false) FROM pg_class
        WHERE oid = to_regclass('portico.due')) AS hints_guarded
FROM pg_roles WHERE rolname = current_user
"""
_WHO = text("SELECT current_user::text, current_schema()::text, current_setting('search_path')")


class Unsafe(SystemExit):
    """The process does not start. The text says what is wrong and what to do."""


async def refuse_unsafe(settings: DatabaseSettings) -> None:
    """Raises Unsafe unless the app login is harmless by itself and the way to the database keeps tenants apart."""
    await _check_login(settings)
    database = Database(settings)
    try:
        await check_pooler(database)
    finally:
        await database.close()


async def _check_login(settings: DatabaseSettings) -> None:
    try:
        # in one transaction, since behind a pooler each statement outside of one may reach another server process
        async with _connection(settings.url) as connection, connection.transaction():
            row = await connection.fetchrow(_LOGIN)
            # A pooler gives a process number of its own; in transaction mode prepared statements go astray.
            pooled = connection.get_server_pid() != await connection.fetchval("SELECT pg_backend_pid()")
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise Unsafe(f"the database of PORTICO_DATABASE_URL does not answer: {error}") from error
    if row is None:
        raise Unsafe("the database does not know its own current_user")
    if pooled and settings.pooler == "none":
        raise Unsafe("there is a pooler before the database: set PORTICO_DATABASE_POOLER=transaction")
    faults = {
        "is a superuser": row["rolsuper"],
        "bypasses row-level security": row["rolbypassrls"],
        "may create roles": row["rolcreaterole"],
        "may replicate": row["rolreplication"],
        "may read or write all data": row["reads_all"],
        "owns the schemas, or may become their owner": row["is_owner"],
        "reads a tenant's schema without becoming that tenant": row["open_schema"] is not None,
    }
    if found := [fault for fault, present in faults.items() if present]:
        raise Unsafe(f"the database login {row['name']} {' and '.join(found)}, so it is not used: {TO_MAKE_ONE}")
    if not row["hints_guarded"]:
        raise Unsafe("the control schema is missing or open: run `portico database setup`")


async def check_pooler(database: Database) -> None:
    """Two tenants in turn and at once, and nobody in between: each transaction must be exactly who it should.

    With fewer than two tenants there is nothing to mix up yet.
    """
    async with database.control_session() as session:
        rows = await session.execute(
            text("SELECT id, slug, role FROM portico.tenant WHERE state IN ('active', 'suspended') ORDER BY id LIMIT 2")
        )
        tenants = [_canary(*row) for row in rows]
    nobody = await _nobody(database)
    if len(tenants) < 2:
        return
    for _ in range(CANARY_ROUNDS):
        # Each by itself: a transaction that waited for another one would wait for ever where processes start together
        # behind a pool that has fewer connections than they want.
        for tenant, seen in zip(
            tenants, await asyncio.gather(*(_who(database, each) for each in tenants)), strict=True
        ):
            if seen != (tenant.role, tenant.role, tenant.role):
                raise Unsafe(f"a transaction of {tenant.slug} became somebody else: the pooler leaks")
        if await _nobody(database) != nobody:
            raise Unsafe("a transaction of no tenant became a tenant: the pooler leaks")


async def _who(database: Database, tenant: Tenant) -> tuple[object, ...]:
    async with database.tenant_session(tenant) as session:
        return tuple((await session.execute(_WHO)).one())


async def _nobody(database: Database) -> tuple[object, ...]:
    """Who one is in a transaction that does not say so: ours all do, which would hide what a pooler carries over."""
    async with database.engine.connect() as connection:
        raw = cast("asyncpg.Connection", (await connection.get_raw_connection()).driver_connection)
        await asyncpg.Connection.execute(raw, "BEGIN")
        try:
            return tuple((await raw.fetch(_WHO.text))[0])
        finally:
            await asyncpg.Connection.execute(raw, "ROLLBACK")


def _canary(tenant_id: UUID, slug: str, role: str) -> Tenant:
    return Tenant(
        id=tenant_id,
        slug=slug,
        name=slug,
        role=role,
        state=TenantState.ACTIVE,
        host="",
        time_zone="UTC",
        base_currency="",
        language="",
    )


@asynccontextmanager
async def _connection(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await _connected(url)
    try:
        yield connection
    finally:
        await connection.close(timeout=5)


async def _connected(url: str) -> asyncpg.Connection:
    """Waits for a server that says itself that it is only just starting, or recovering from a crash: a process that
    ended over that would be started again and again until whoever starts it gives it up."""
    until = time.monotonic() + RECOVERY_SECONDS
    while True:
        try:
            return await asyncpg.connect(plain_url(url), timeout=10, statement_cache_size=0)
        except asyncpg.CannotConnectNowError:
            if time.monotonic() > until:
                raise
            await asyncio.sleep(0.5)
