"""A fleet of schemas is brought forward: together, past what stands in the way, and from where it stopped."""

import asyncio
import os
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import text

from portico_core.settings import DatabaseSettings, Settings
from portico_tenants.checkup import check_tenants
from portico_tenants.migrate import Migrated, Patience, migrate_tenants
from portico_tenants.migrations import history
from portico_tenants.migrations.history import Step
from portico_tenants.owner import owner_connection
from portico_tenants.provision import SetUpNeeded
from portico_tenants.removal import delete_tenant
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant
from tests.databases import RunDatabases
from tests.factories.customers import make_customer
from tests.factories.tenants import make_tenant

COUNT = 5
HEAD = history.steps("tenant")[-1].revision
IMPATIENT = Patience(tries=2, lock_timeout="50ms", pause_seconds=0.05)


def _later(*statements: str) -> list[Step]:
    """This release's history and, after it, a revision for each of the statements."""
    names = [HEAD, *(f"later{number}" for number in range(1, len(statements) + 1))]
    return [
        *history.steps("tenant"),
        *(
            Step(before, after, f"{statement};\nUPDATE alembic_version SET version_num = '{after}';\n")
            for (before, after), statement in zip(pairwise(names), statements, strict=True)
        ),
    ]


NICKNAMES = _later("ALTER TABLE customer ADD COLUMN nickname text", "CREATE INDEX ix_nickname ON customer (nickname)")


@pytest_asyncio.fixture(scope="module")
async def with_fleet(databases: RunDatabases) -> AsyncIterator[tuple[str, list[Tenant]]]:
    """A database with some tenants of today's release, to be cloned. Their roles are the same in all clones."""
    name = f"{databases.template}_{os.urandom(4).hex()}"
    async with databases.admin() as admin:
        made = await databases.create(name, admin, template=databases.template)
    async with owner_connection(made) as owner:
        fleet = [await make_tenant(owner, _settings(made)) for _ in range(COUNT)]
    yield name, fleet
    await databases.drop(name)


@pytest_asyncio.fixture
async def fresh_database(
    databases: RunDatabases, with_fleet: tuple[str, list[Tenant]]
) -> AsyncIterator[DatabaseSettings]:
    """A clone of the test's own."""
    name = f"{databases.template}_{os.urandom(4).hex()}"
    async with databases.admin() as admin:
        settings = await databases.create(name, admin, template=with_fleet[0])
    yield settings
    await databases.drop(name)


@pytest.fixture
def fleet(with_fleet: tuple[str, list[Tenant]]) -> list[Tenant]:
    """Its tenants."""
    return with_fleet[1]


@pytest_asyncio.fixture
async def fleet_owner(fresh_database: DatabaseSettings) -> AsyncIterator[asyncpg.Connection]:
    """The owner's connection to it."""
    async with owner_connection(fresh_database) as owner:
        yield owner


def _settings(database: DatabaseSettings) -> Settings:
    return Settings(environment="test", database=database, redis_url="", secret_keys={})


async def _revisions(owner: asyncpg.Connection, fleet: list[Tenant]) -> dict[str, tuple[str, str, int]]:
    """For each: revision in its schema, revision in the control copy, columns named nickname."""
    return {
        tenant.slug: tuple(
            await owner.fetchrow(
                f"SELECT (SELECT version_num FROM {tenant.role}.alembic_version), schema_revision,"  # noqa: S608
                " (SELECT count(*) FROM pg_attribute WHERE attrelid = to_regclass($2) AND attname = 'nickname')"
                " FROM portico.tenant WHERE id = $1",
                *(tenant.id, f"{tenant.role}.customer"),
            )
            or ()
        )
        for tenant in fleet
    }


async def test_all_are_brought_forward_and_a_second_run_changes_nothing(
    fresh_database: DatabaseSettings, fleet: list[Tenant], fleet_owner: asyncpg.Connection
) -> None:
    outcomes = await migrate_tenants(fresh_database, steps=NICKNAMES)
    assert {(outcome.before, outcome.after, outcome.error) for outcome in outcomes} == {(HEAD, "later2", None)}
    assert len(outcomes) == COUNT
    assert set((await _revisions(fleet_owner, fleet)).values()) == {("later2", "later2", 1)}
    before = await fleet_owner.fetch("SELECT * FROM portico.tenant ORDER BY id")
    assert await migrate_tenants(fresh_database, steps=NICKNAMES) == []
    assert await fleet_owner.fetch("SELECT * FROM portico.tenant ORDER BY id") == before


async def test_a_broken_tenant_is_held_back_alone_and_caught_up_when_repaired(
    fresh_database: DatabaseSettings, fleet: list[Tenant], fleet_owner: asyncpg.Connection
) -> None:
    broken = fleet[2]
    await fleet_owner.execute(f"CREATE INDEX ix_nickname ON {broken.role}.customer (name)")
    outcomes = await migrate_tenants(fresh_database, steps=NICKNAMES, at_once=2)
    held_back = [outcome for outcome in outcomes if outcome.error]
    assert [(outcome.slug, outcome.after) for outcome in held_back] == [(broken.slug, "later1")]
    assert held_back[0].error == 'DuplicateTableError: relation "ix_nickname" already exists'
    cause = "SELECT slug, held_back FROM portico.tenant WHERE held_back IS NOT NULL"
    assert [tuple(row) for row in await fleet_owner.fetch(cause)] == [(broken.slug, held_back[0].error)]
    revisions = await _revisions(fleet_owner, fleet)
    assert revisions.pop(broken.slug) == ("later1", "later1", 1)
    assert set(revisions.values()) == {("later2", "later2", 1)}

    await fleet_owner.execute(f"DROP INDEX {broken.role}.ix_nickname")
    again = await migrate_tenants(fresh_database, steps=NICKNAMES)
    assert [(outcome.slug, outcome.before, outcome.after) for outcome in again] == [(broken.slug, "later1", "later2")]
    assert await fleet_owner.fetch(cause) == []


async def test_an_interrupted_run_is_taken_up_where_it_stopped(
    fresh_database: DatabaseSettings, fleet: list[Tenant], fleet_owner: asyncpg.Connection
) -> None:
    slow = _later("ALTER TABLE customer ADD COLUMN nickname text", "SELECT pg_sleep(0.3)")
    some_are_done = asyncio.Event()
    running = asyncio.create_task(
        migrate_tenants(fresh_database, steps=slow, at_once=2, done=lambda _: some_are_done.set())
    )
    await some_are_done.wait()
    await asyncio.sleep(0.05)
    running.cancel()
    await asyncio.wait([running])
    revisions = (await _revisions(fleet_owner, fleet)).values()
    assert len({revision for revision, _, _ in revisions}) > 1
    for in_schema, copy, columns in revisions:
        assert in_schema == copy
        assert columns == (0 if in_schema == HEAD else 1)
    again = await migrate_tenants(fresh_database, steps=slow)
    assert 0 < len(again) < COUNT
    assert set((await _revisions(fleet_owner, fleet)).values()) == {("later2", "later2", 1)}


async def test_a_lost_connection_holds_back_one_tenant_only(
    fresh_database: DatabaseSettings, fleet: list[Tenant]
) -> None:
    fatal = _later(
        "DO $$ BEGIN IF current_schema() = '" + fleet[1].role + "' THEN"
        " PERFORM pg_terminate_backend(pg_backend_pid()); END IF; END $$"
    )
    outcomes = await migrate_tenants(fresh_database, steps=fatal, at_once=1)
    assert [outcome.slug for outcome in outcomes if outcome.error] == [fleet[1].slug]
    assert len(outcomes) == COUNT


async def test_a_lock_bounds_every_wait(
    fresh_database: DatabaseSettings, fleet: list[Tenant], fleet_owner: asyncpg.Connection
) -> None:
    async with fleet_owner.transaction():
        await fleet_owner.execute(f"LOCK TABLE {fleet[0].role}.customer IN ACCESS SHARE MODE")
        outcomes = await migrate_tenants(fresh_database, steps=NICKNAMES, patience=IMPATIENT)
    (held_back,) = [outcome for outcome in outcomes if outcome.error]
    assert held_back.slug == fleet[0].slug
    assert "lock timeout" in (held_back.error or "")
    assert 0.1 <= held_back.seconds < 2
    assert [outcome.error for outcome in await migrate_tenants(fresh_database, steps=NICKNAMES)] == [None]


async def test_a_page_that_waits_for_a_step_that_waits_for_it_is_answered(
    fresh_database: DatabaseSettings, fleet: list[Tenant], fleet_owner: asyncpg.Connection
) -> None:
    """PostgreSQL ends a deadlock at the cost of the one that waited its time-out; a step has to give up before that.

    The page comes once the step would have looked for a deadlock and found none: from then on the page is the one that
    looks, and is ended.
    """
    steps = _later("ALTER TABLE customer ADD COLUMN nickname text; ALTER TABLE invoice ADD COLUMN nickname text")
    one, app = fleet[0], Database(fresh_database)
    waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = to_regclass($1)"
    looked_for = "SELECT setting::float / 1000 FROM pg_settings WHERE name = 'deadlock_timeout'"
    try:
        async with app.tenant_session(one) as page:
            await page.execute(text("SELECT count(id) FROM invoice"))
            running = asyncio.create_task(migrate_tenants(fresh_database, steps=steps, slug=one.slug))
            while not await fleet_owner.fetchval(waits, f"{one.role}.invoice"):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            await asyncio.sleep(await fleet_owner.fetchval(looked_for) + 0.2)
            assert await page.scalar(text("SELECT count(id) FROM customer")) == 0
        assert [outcome.error for outcome in await running] == [None]
    finally:
        await app.close()


async def test_a_lock_that_goes_is_waited_for(
    fresh_database: DatabaseSettings, fleet: list[Tenant], fleet_owner: asyncpg.Connection
) -> None:
    locking = fleet_owner.transaction()
    await locking.start()
    await fleet_owner.execute(f"LOCK TABLE {fleet[0].role}.customer IN ACCESS SHARE MODE")
    patient = Patience(tries=50, lock_timeout="20ms", pause_seconds=0.02)
    running = asyncio.create_task(migrate_tenants(fresh_database, steps=NICKNAMES, patience=patient))
    await asyncio.sleep(0.3)
    assert not running.done()
    await locking.rollback()
    assert {outcome.error for outcome in await running} == {None}


async def test_two_runs_at_once_take_each_step_once(
    fresh_database: DatabaseSettings, fleet: list[Tenant], fleet_owner: asyncpg.Connection
) -> None:
    both = await asyncio.gather(
        migrate_tenants(fresh_database, steps=NICKNAMES), migrate_tenants(fresh_database, steps=NICKNAMES)
    )
    assert [outcome.error for outcomes in both for outcome in outcomes if outcome.error] == []
    assert set((await _revisions(fleet_owner, fleet)).values()) == {("later2", "later2", 1)}


async def test_a_tenant_made_meanwhile_by_the_previous_release_is_found(
    fresh_database: DatabaseSettings, fleet: list[Tenant]
) -> None:
    late: list[Tenant] = []
    counts: list[int] = []

    async def make_late() -> Tenant:
        async with owner_connection(fresh_database) as owner:
            return await make_tenant(owner, _settings(fresh_database))

    def done(_: Migrated) -> None:
        if not late:
            with ThreadPoolExecutor(1) as elsewhere:
                late.append(elsewhere.submit(asyncio.run, make_late()).result())

    outcomes = await migrate_tenants(fresh_database, steps=NICKNAMES, at_once=1, started=counts.append, done=done)
    assert (outcomes[-1].slug, outcomes[-1].after) == (late[0].slug, "later2")
    assert counts == [COUNT, 1]


async def test_the_old_release_goes_on_serving_while_schemas_change(
    fresh_database: DatabaseSettings, fleet: list[Tenant]
) -> None:
    app = Database(fresh_database)
    stop = asyncio.Event()
    troubles: list[str] = []
    served = 0

    async def serve() -> None:
        nonlocal served
        while not stop.is_set():
            for tenant in fleet:
                try:
                    async with app.tenant_session(tenant) as session:
                        await make_customer(session)
                        await session.execute(
                            text("SELECT id, name FROM customer WHERE name LIKE :name"), {"name": "C%"}
                        )
                    served += 1
                except Exception as error:
                    troubles.append(f"{type(error).__name__}: {error}")

    tasks = [asyncio.create_task(serve()) for _ in range(3)]
    await asyncio.sleep(0.3)
    outcomes = await migrate_tenants(fresh_database, steps=NICKNAMES)
    await asyncio.sleep(0.3)
    stop.set()
    await asyncio.gather(*tasks)
    await app.close()
    assert {outcome.error for outcome in outcomes} == {None}
    assert troubles == []
    assert served > COUNT * 3


async def test_a_schema_of_a_later_release_is_left_alone(
    fresh_database: DatabaseSettings, fleet: list[Tenant], fleet_owner: asyncpg.Connection
) -> None:
    await migrate_tenants(fresh_database, steps=NICKNAMES)
    outcomes = await migrate_tenants(fresh_database)
    assert {outcome.error for outcome in outcomes} == {"LookupError: revision later2 is not one of this release's"}
    assert {columns for _, _, columns in (await _revisions(fleet_owner, fleet)).values()} == {1}
    marked = "SELECT count(*) FROM portico.tenant WHERE held_back IS NOT NULL"
    assert await fleet_owner.fetchval(marked) == COUNT
    assert {outcome.error for outcome in await migrate_tenants(fresh_database, steps=NICKNAMES)} == {None}
    assert await fleet_owner.fetchval(marked) == 0


async def test_a_tenant_deleted_meanwhile_is_no_failure(
    fresh_database: DatabaseSettings, fleet: list[Tenant], fleet_owner: asyncpg.Connection
) -> None:
    last = await make_tenant(fleet_owner, _settings(fresh_database), slug="zz-last", hosts=("last.localhost",))

    async def delete() -> None:
        async with owner_connection(fresh_database) as owner:
            await delete_tenant(owner, last.slug)

    def done(_: Migrated) -> None:
        if not deleted:
            deleted.append(last.slug)
            with ThreadPoolExecutor(1) as elsewhere:
                elsewhere.submit(asyncio.run, delete()).result()

    deleted: list[str] = []
    outcomes = await migrate_tenants(fresh_database, steps=NICKNAMES, at_once=1, done=done)
    assert {outcome.slug: outcome.error for outcome in outcomes} == {tenant.slug: None for tenant in fleet}


async def test_an_unprepared_database_says_what_to_run(databases: RunDatabases) -> None:
    name = f"{databases.template}_unprepared"
    async with databases.admin() as admin:
        unprepared = await databases.create(name, admin)
    with pytest.raises(SetUpNeeded, match="portico database setup"):
        await migrate_tenants(unprepared)
    await databases.drop(name)


async def test_the_check_finds_what_differs(
    fresh_database: DatabaseSettings, fleet: list[Tenant], fleet_owner: asyncpg.Connection
) -> None:
    assert [each.troubles for each in await check_tenants(fresh_database)] == [()] * COUNT
    changed, opened, behind, bare, _ = (tenant.role for tenant in fleet)
    await fleet_owner.execute(f"ALTER TABLE {changed}.invoice DROP CONSTRAINT ck_invoice_state")
    await fleet_owner.execute(f"GRANT UPDATE ON {opened}.audit TO {opened}; ALTER ROLE {opened} LOGIN")
    await fleet_owner.execute(f"UPDATE {behind}.alembic_version SET version_num = '0000'")  # noqa: S608
    await fleet_owner.execute(f"DROP SCHEMA {bare} CASCADE")
    found = {each.slug: " | ".join(each.troubles) for each in await check_tenants(fresh_database)}
    await fleet_owner.execute(f"ALTER ROLE {opened} NOLOGIN")  # which belongs to the server
    assert "missing: constraint ck_invoice_state on invoice" in found[fleet[0].slug]
    assert "unexpected: the tenant may UPDATE audit" in found[fleet[1].slug]
    assert f"the role {opened} may log in" in found[fleet[1].slug]
    assert "at revision 0000, not" in found[fleet[2].slug]
    assert f"there is no schema {bare}" in found[fleet[3].slug]
    assert found[fleet[4].slug] == ""
