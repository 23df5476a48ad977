"""The attack that a role does not stop (architecture: injected SQL may call set_config), and what holds all the same.

The wall against it is that no text of a visitor's ever becomes SQL: `tests/tenants/test_sql_is_constant.py` refuses it
in the code, and the first test here carries the attack through every field, query and path of the application. What
it would read if it did get through stands in `tests/tenants/test_walls.py`; here is what it could write, and what not.
"""

from dataclasses import replace

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from portico_core.settings import Settings
from portico_tenants.owner import owner_url
from portico_tenants.session import Database, TenantSession
from portico_tenants.tenant import Tenant
from tests.factories.customers import make_customer
from tests.isolation.filling import fingerprint
from tests.isolation.knocking import SAME_ORIGIN
from tests.isolation.routes import FORMS, QUERIES, doors_for
from tests.isolation.test_rights_end import STREAM
from tests.isolation.world import House, browser
from tests.portal.portal import Portal

BECOME = text("SELECT set_config('role', :role, true)")
# What pages read from the query without naming it in their signature.
READ_BY_HAND = ("q", "view", "sort", "page", "order", "line", "tick", "which", "from", "to")


def attacks(other: House) -> tuple[str, ...]:
    """As a text, a number, a name of a column and an id would have to be broken out of."""
    role = other.tenant.role
    steal = f"(SELECT string_agg(word, ' ') FROM ts_stat('SELECT to_tsvector(name) FROM {role}.customer'))"
    inject = f"set_config('role', '{role}', true) || {steal}"
    return f"' || {inject} || '", f"1); SELECT {inject} --", f'"; SELECT {inject}; --'


@pytest.mark.parametrize("who", ["admin", "owner"])
async def test_no_field_no_query_and_no_path_of_any_door_carries_it(
    portal: Portal, house: House, other_house: House, owner: asyncpg.Connection, who: str
) -> None:
    before = await fingerprint(owner, other_house.tenant)
    opened = await browser(portal, house, who)
    tried = 0
    for attack in attacks(other_house):
        for door in doors_for("person", "customer" if who == "admin" else "staff"):
            if door.path in (STREAM, "/sign-out"):
                continue
            path = door.at(house.ids | dict.fromkeys(("reference", "file"), attack))
            if door.method == "GET":
                query = dict.fromkeys((*READ_BY_HAND, *QUERIES), attack)
                answer = await opened.client.get(path, params=query)
            else:
                form = dict.fromkeys((*FORMS[door.path], *READ_BY_HAND), attack)
                answer = await opened.client.post(
                    path, data=form | {"csrf_token": opened.tokens[-1]}, headers=SAME_ORIGIN
                )
            tried += 1
            assert answer.status_code < 500 or answer.status_code == 503, (str(door), attack)
            assert other_house.canary not in answer.text, (str(door), attack)
    assert tried > 40
    assert await fingerprint(owner, other_house.tenant) == before


async def test_whoever_got_it_in_could_write_as_another_tenant(
    database: Database, tenant: Tenant, other_tenant: Tenant
) -> None:
    """The limit, written down: within its transaction the attack is the other tenant, and writes what that one may."""
    async with database.tenant_session(other_tenant) as session:
        await make_customer(session, name="untouched")
    async with database.tenant_session(tenant) as session:
        await session.execute(BECOME, {"role": other_tenant.role})
        await session.execute(text(f"UPDATE {other_tenant.role}.customer SET name = 'touched'"))
    async with database.tenant_session(other_tenant) as session:
        assert (await session.execute(text("SELECT name FROM customer"))).scalar_one() == "touched"


HOLDS = {
    "a trail entry changed": "UPDATE {other}.audit SET actor = 'nobody'",
    "a trail entry removed": "DELETE FROM {other}.audit",
    "a money fact changed": "UPDATE {other}.money_event SET status = 'paid'",
    "a money fact removed": "DELETE FROM {other}.money_event",
    "the other's tables dropped": "DROP TABLE {other}.customer",
    "the other's tables emptied": "TRUNCATE {other}.customer",
    "the other's revision": "UPDATE {other}.alembic_version SET version_num = 'x'",
    "two tenants read in one statement": "SELECT 1 FROM {mine}.customer, {other}.customer",
    "the list of tenants": "SELECT slug FROM portico.tenant",
    "a tenant's row changed": "UPDATE portico.tenant SET brand = '{{}}'",
    "events of nobody": "SELECT body FROM portico.quarantined_event",
    "everybody's hints": "DELETE FROM portico.due",
    "a function left behind": "CREATE FUNCTION {other}.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "a table left behind": "CREATE TABLE public.mine (id int)",
    "the server's files": "SELECT pg_read_file('/etc/hostname')",
    "the server's programs": "COPY {other}.customer TO PROGRAM 'cat'",
    "passwords": "SELECT rolpassword FROM pg_authid",
    "a role of its own": "CREATE ROLE t_ffffffffffff",
    "the owner's role": "SELECT set_config('role', '{owner}', true)",
    "another login": "SET SESSION AUTHORIZATION '{owner}'",
}


@pytest.mark.parametrize("what", HOLDS)
async def test_what_holds_even_then(
    database: Database, settings: Settings, tenant: Tenant, other_tenant: Tenant, what: str
) -> None:
    owner_name = owner_url(settings.database).split("//")[1].split(":")[0]
    statement = HOLDS[what].format(mine=tenant.role, other=other_tenant.role, owner=owner_name)
    async with TenantSession(database.engine, tenant) as session:
        await session.execute(BECOME, {"role": other_tenant.role})
        with pytest.raises(DBAPIError, match=r"permission denied|must be owner of|must be superuser"):
            await session.execute(text(statement))


async def test_a_role_left_on_the_connection_for_good_is_nobodys_afterwards(
    settings: Settings, tenant: Tenant, other_tenant: Tenant
) -> None:
    """`set_config(…, false)` outlives the transaction. The next one says who it is, whether a tenant's or nobody's."""
    narrow = Database(replace(settings.database, pool_size=1))
    who = text("SELECT current_user::text, current_schema()::text")
    async with narrow.tenant_session(tenant) as session:
        for setting in ("role", "search_path"):
            await session.execute(
                text("SELECT set_config(:setting, :role, false)"), {"setting": setting, "role": other_tenant.role}
            )
    async with narrow.control_session() as session:
        name, _ = (await session.execute(who)).one()
        assert not name.startswith("t_")
        assert (await session.execute(text("SELECT count(*) FROM portico.tenant"))).scalar_one() >= 2
    async with narrow.tenant_session(tenant) as session:
        assert (await session.execute(who)).one() == (tenant.role, tenant.role)
    await narrow.close()
