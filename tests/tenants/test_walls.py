"""What PostgreSQL itself refuses a tenant's role, whatever our code does; and the one attack it does not refuse."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from portico_core.clock import now
from portico_tenants import audit
from portico_tenants.session import Database, TenantSession
from portico_tenants.tenant import Tenant
from tests.factories.customers import make_customer

REFUSED = {
    "another tenant's table": "SELECT count(*) FROM {other}.customer",
    "a table made in another tenant's schema": "CREATE TABLE {other}.mine (id int)",
    "a table made in its own schema": "CREATE TABLE mine (id int)",
    "a column added to its own table": "ALTER TABLE customer ADD COLUMN mine text",
    "its own table dropped": "DROP TABLE audit",
    "its own table emptied": "TRUNCATE audit",
    "the list of tenants": "SELECT slug FROM portico.tenant",
    "its own row in that list": "UPDATE portico.tenant SET brand = '{{}}' WHERE role = current_user",
    "the list of hosts": "SELECT host FROM portico.domain",
    "events of nobody": "SELECT body FROM portico.quarantined_event",
    "hints read": "SELECT kind FROM portico.due",
    "hints removed": "DELETE FROM portico.due",
    "hints changed": "UPDATE portico.due SET due_at = now()",
    "a trail entry changed": "UPDATE audit SET actor = 'nobody'",
    "a trail entry removed": "DELETE FROM audit",
    "a money fact changed": "UPDATE money_event SET status = 'paid'",
    "a money fact removed": "DELETE FROM money_event",
    "its own revision": "UPDATE alembic_version SET version_num = 'x'",
    "the server's files": "SELECT pg_read_file('/etc/hostname')",
    "the server's programs": "COPY customer TO PROGRAM 'cat'",
    "passwords": "SELECT rolpassword FROM pg_authid",
    "a role of its own": "CREATE ROLE t_ffffffffffff",
    "the control schema": "CREATE TABLE portico.mine (id int)",
    "the public schema": "CREATE TABLE public.mine (id int)",
}


@pytest.mark.parametrize("what", REFUSED)
async def test_a_tenants_role_is_refused(session: TenantSession, other_tenant: Tenant, what: str) -> None:
    statement = text(REFUSED[what].format(other=other_tenant.role))
    with pytest.raises(DBAPIError, match=r"permission denied|must be owner of|must be superuser"):
        await session.execute(statement)


async def test_a_hint_is_left_in_ones_own_name_only(
    session: TenantSession, tenant: Tenant, other_tenant: Tenant
) -> None:
    await session.remember("mail", now())
    forged = text("INSERT INTO portico.due (kind, due_at, tenant_role) VALUES ('mail', now(), :role)")
    await session.execute(forged, {"role": tenant.role})
    with pytest.raises(DBAPIError, match="row-level security"):
        await session.execute(forged, {"role": other_tenant.role})


async def test_hints_are_read_and_removed_by_the_app_login_and_changed_by_nobody(
    database: Database, tenant: Tenant
) -> None:
    async with database.tenant_session(tenant) as session:
        await session.remember("mail", now())
    mine = {"role": tenant.role}
    with pytest.raises(DBAPIError, match="permission denied"):
        await _control(database, "UPDATE portico.due SET due_at = now() WHERE tenant_role = :role", mine)
    with pytest.raises(DBAPIError, match="permission denied"):
        await _control(database, "UPDATE portico.tenant SET name = 'mine' WHERE role = :role", mine)
    assert await _control(database, "DELETE FROM portico.due WHERE tenant_role = :role", mine) == 1


async def _control(database: Database, statement: str, values: dict[str, str]) -> int:
    async with database.control_session() as session:
        result = await session.execute(text(statement), values)
        return int(result.rowcount)  # type: ignore[attr-defined]  # a DELETE or UPDATE has one


async def test_the_trail_is_written_and_read(session: TenantSession) -> None:
    await audit.record(session, actor="operator", action="test.done", object_type="test", object_id=1)
    assert (await session.execute(text("SELECT action FROM audit"))).scalar_one() == "test.done"


async def test_injected_sql_passes_the_role(database: Database, tenant: Tenant, other_tenant: Tenant) -> None:
    """The limit of the wall, written down: a role guards against our own bugs, not against injected SQL.

    `set_config('role', …)` is an ordinary function that any expression can call, and the app login may become every
    tenant. So one injected expression reads another tenant's rows, here through ts_stat. This is why SQL text is
    constant and values are bound, and why a lint holds everybody to it (test_sql_is_constant.py). If this test ever
    fails because the attack is refused, PostgreSQL has learnt something: strengthen the wall and say so.
    """
    async with database.tenant_session(other_tenant) as session:
        await make_customer(session, name="othertenantssecret")
    query = f"SELECT to_tsvector(''simple'', name) FROM {other_tenant.role}.customer"  # noqa: S608 - the attack
    reading = f"(SELECT string_agg(word, ' ') FROM ts_stat('{query}'))"  # noqa: S608 - the attack
    injected = f"set_config('role', '{other_tenant.role}', true) || {reading}"
    async with database.tenant_session(tenant) as session:
        stolen = (await session.execute(text(f"SELECT {injected}"))).scalar_one()
    assert "othertenantssecret" in stolen


async def test_the_same_text_as_a_bound_value_is_only_a_text(session: TenantSession, other_tenant: Tenant) -> None:
    attack = f"' || set_config('role', '{other_tenant.role}', true) || '"
    found = await session.execute(text("SELECT count(*) FROM customer WHERE name = :name"), {"name": attack})
    assert found.scalar_one() == 0
    assert (await session.execute(text("SELECT current_user::text"))).scalar_one() == session.tenant.role


async def test_what_is_injected_does_not_outlive_the_transaction(
    database: Database, tenant: Tenant, other_tenant: Tenant
) -> None:
    async with database.tenant_session(tenant) as session:
        await session.execute(text("SELECT set_config('role', :role, false)"), {"role": other_tenant.role})
    for _ in range(database.settings.pool_size):
        async with database.control_session() as session:
            assert (await session.execute(text("SELECT current_user::text"))).scalar_one() != other_tenant.role
