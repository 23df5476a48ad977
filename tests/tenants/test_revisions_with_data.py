"""Each state a schema ever was in, with rows in its tables, comes to the newest revision: like a new schema, and with
every row as it was."""

import asyncpg

from portico_billing.payments import checkout
from portico_core.ids import new_id
from portico_core.settings import DatabaseSettings, Settings
from portico_portal.schema import every_model
from portico_tenants import audit, rights
from portico_tenants.access import StaffRole
from portico_tenants.migrations import catalog, history
from portico_tenants.owner import app_login, owner_connection
from portico_tenants.people import sessions
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant, role_name
from tests.factories.customers import make_customer
from tests.factories.invoices import make_credit, make_erp_payment, make_invoice
from tests.factories.payments import order_of, visit_of
from tests.factories.people import make_member, make_staff
from tests.factories.tenants import make_tenant


async def test_from_every_earlier_state_with_data(fresh_database: DatabaseSettings) -> None:
    async with owner_connection(fresh_database) as owner:
        fresh = await _with_data(fresh_database, owner)
        as_new = await catalog.lines(owner, fresh.role)
        filled = await _filled(owner, fresh.role)
        assert len(filled) > 10
        for done in range(1, len(history.steps("tenant"))):
            role = await _stopped_after(fresh_database, owner, done)
            kept = [await _copied(owner, table, fresh.role, role) for table in filled if await _has(owner, role, table)]
            for step in history.steps("tenant")[done:]:
                async with owner.transaction():
                    await owner.execute(f"SET LOCAL search_path TO {role}")
                    await owner.execute(step.sql)
            assert sorted(await catalog.lines(owner, role) ^ as_new) == [], f"from the revision after {done} steps"
            assert len(kept) > 3
            for table, columns in kept:
                assert await _differing(owner, table, columns, fresh.role, role) == 0, f"{table} after {done} steps"


async def _with_data(database: DatabaseSettings, owner: asyncpg.Connection) -> Tenant:
    """A tenant of today's with something in most of its tables."""
    settings = Settings(environment="test", database=database, redis_url="", secret_keys={})
    tenant = await make_tenant(owner, settings)
    app = Database(database)
    try:
        async with app.tenant_session(tenant) as session:
            customer = await make_customer(session)
            person = await make_member(session, customer)
            staff = await make_staff(session, StaffRole.OWNER)
            await sessions.open_session(session, staff.id)
            invoices = [await make_invoice(session, customer) for _ in range(3)]
            await make_credit(session, customer)
            await make_erp_payment(session, customer)
            await audit.record(
                session, actor=f"person:{staff.id}", action="looked", object_type="customer", object_id=customer.id
            )
            await session.flush()
            await checkout.start_payment(session, visit_of(person, customer), order_of({invoices[0]: 5_000}))
    finally:
        await app.close()
    return tenant


async def _filled(owner: asyncpg.Connection, role: str) -> list[str]:
    """Tables that hold something, those that others refer to first."""
    tables = [table.name for table in every_model().tenant.sorted_tables]
    looks = ", ".join(f"EXISTS (SELECT FROM {role}.{table})" for table in tables)
    found = await owner.fetchrow(f"SELECT {looks}")
    assert found is not None
    return [table for table, has_rows in zip(tables, found.values(), strict=True) if has_rows]


async def _stopped_after(database: DatabaseSettings, owner: asyncpg.Connection, done: int) -> str:
    role = role_name(new_id())
    async with owner.transaction():
        await owner.execute(rights.of_tenant(role, app_login(database), owner.get_server_version().major))
        for step in history.steps("tenant")[:done]:
            await owner.execute(step.sql)
    return role


async def _has(owner: asyncpg.Connection, role: str, table: str) -> bool:
    return bool(await owner.fetchval("SELECT to_regclass($1) IS NOT NULL", f"{role}.{table}"))


async def _copied(owner: asyncpg.Connection, table: str, source: str, target: str) -> tuple[str, str]:
    """The columns that the earlier state had already."""
    columns = await owner.fetchval(
        "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attname) FROM pg_attribute"
        " WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
        f"{target}.{table}",
    )
    await owner.execute(
        f"INSERT INTO {target}.{table} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM {source}.{table}"  # noqa: S608
    )
    return table, str(columns)


async def _differing(owner: asyncpg.Connection, table: str, columns: str, source: str, target: str) -> int:
    rows = [f"SELECT ({columns})::text AS row FROM {role}.{table}" for role in (source, target)]  # noqa: S608
    both = [f"({one} EXCEPT ALL {other})" for one, other in (rows, rows[::-1])]
    return int(await owner.fetchval(f"SELECT count(*) FROM ({' UNION ALL '.join(both)}) differing"))  # noqa: S608
