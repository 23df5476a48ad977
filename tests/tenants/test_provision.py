"""Tenants come, change and go: whole or not at all, quickly, and known to every process at once."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from urllib.parse import urlsplit

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from portico_core.errors import Conflict, Invalid, NotFound
from portico_core.ids import new_id
from portico_core.settings import DatabaseSettings, Settings
from portico_tenants import provision
from portico_tenants.migrations import script
from portico_tenants.owner import app_login, owner_connection
from portico_tenants.provision import NewTenant, SetUpNeeded, TenantExists
from portico_tenants.removal import StillBusy, delete_tenant
from portico_tenants.resolve import Directory, NoSuchTenant
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant, TenantState, role_name
from tests.databases import RunDatabases
from tests.factories.customers import make_customer
from tests.factories.tenants import make_tenant

HERE_BEFORE = 40


@pytest_asyncio.fixture
async def listening(settings: Settings, database: Database, databases: RunDatabases) -> AsyncIterator[Directory]:
    """A directory as a process has it: it reads anew when it is told, or after a day."""
    directory = Directory(database, max_age_seconds=86_400)
    await directory.listen(settings.database.url)
    try:
        async with databases.admin() as admin:
            await _until(lambda: _somebody_listens(admin, settings.database))
        yield directory
    finally:
        await directory.close()


async def _somebody_listens(admin: asyncpg.Connection, settings: DatabaseSettings) -> bool:
    name = urlsplit(settings.url).path.lstrip("/")
    return bool(
        await admin.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND query LIKE 'LISTEN %' AND state = 'idle'",
            name,
        )
    )


async def _until(holds: Callable[[], Awaitable[bool]], seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not await holds():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


async def test_creating_takes_less_than_a_second_among_many(fresh_database: DatabaseSettings) -> None:
    settings = _settings(fresh_database)
    seconds = []
    async with owner_connection(fresh_database) as owner:
        for _ in range(HERE_BEFORE):
            started = time.monotonic()
            await make_tenant(owner, settings)
            seconds.append(time.monotonic() - started)
    assert sorted(seconds)[HERE_BEFORE // 2] < 1
    assert min(seconds[-10:]) < 1


async def test_a_kill_in_the_middle_leaves_nothing(
    owner: asyncpg.Connection, settings: Settings, databases: RunDatabases
) -> None:
    tenant_id = new_id()
    slow = script.TenantScript("0001", script.shipped().sql + "SELECT pg_sleep(30);")
    new = NewTenant(slug=f"k-{tenant_id.hex[-8:]}", name="Killed", hosts=(f"k-{tenant_id.hex[-8:]}.localhost",))

    async def create() -> None:
        async with owner_connection(settings.database) as other:
            pids.append(other.get_server_pid())
            await provision.create_tenant(other, app_login(settings.database), new, tenant_id=tenant_id, script=slow)

    pids: list[int] = []
    creating = asyncio.create_task(create())
    async with databases.admin() as admin:
        await _until(lambda: _sleeps(admin, pids))
        await admin.execute("SELECT pg_terminate_backend($1)", pids[0])
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)):
        await creating
    role = role_name(tenant_id)
    left = await owner.fetchval(
        "SELECT (SELECT count(*) FROM pg_namespace WHERE nspname = $1)"
        " + (SELECT count(*) FROM pg_roles WHERE rolname = $1) + (SELECT count(*) FROM portico.tenant WHERE role = $1)",
        role,
    )
    assert left == 0
    made = await provision.create_tenant(owner, app_login(settings.database), new, tenant_id=tenant_id)
    assert made.role == role


async def _sleeps(admin: asyncpg.Connection, pids: list[int]) -> bool:
    waits = pids and await admin.fetchval("SELECT wait_event FROM pg_stat_activity WHERE pid = $1", pids[0])
    return waits == "PgSleep"


async def test_many_created_at_once_are_all_there(settings: Settings, directory: Directory) -> None:
    async def create() -> Tenant:
        async with owner_connection(settings.database) as owner:
            return await make_tenant(owner, settings)

    made = await asyncio.gather(*(create() for _ in range(6)))
    known = {tenant.id for tenant in await directory.all()}
    assert known >= {tenant.id for tenant in made}


async def test_a_tenant_is_what_was_asked_for(
    owner: asyncpg.Connection, settings: Settings, directory: Directory
) -> None:
    made = await make_tenant(
        owner,
        settings,
        hosts=("portal.made.example", "old.made.example"),
        time_zone="Australia/Adelaide",
        base_currency="AUD",
        language="en-AU",
        brand={"primary": "#123456"},
    )
    for host in ("portal.made.example", "OLD.made.example:8080"):
        assert await directory.by_host(host) == made
    assert await directory.by_id(made.id) == made
    assert await directory.by_role(made.role) == made
    assert await directory.by_stripe_account(made.stripe_account or "") == made
    assert (made.host, made.time_zone, made.brand) == (
        "portal.made.example",
        "Australia/Adelaide",
        {"primary": "#123456"},
    )


@pytest.mark.parametrize("field", ["slug", "hosts", "stripe_account"])
async def test_what_another_tenant_has_is_refused(
    owner: asyncpg.Connection, settings: Settings, tenant: Tenant, field: str
) -> None:
    taken = {"slug": tenant.slug, "hosts": ("new.example", tenant.host), "stripe_account": tenant.stripe_account}
    with pytest.raises(TenantExists, match="another tenant has this"):
        await make_tenant(owner, settings, **{field: taken[field]})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("slug", "Not A Slug"),
        ("slug", "-x"),
        ("name", "  "),
        ("hosts", ()),
        ("hosts", ("https://shop.example",)),
        ("hosts", ("Shop.example",)),
        ("time_zone", "Mars/Olympus"),
        ("base_currency", "pounds"),
        ("language", "english, please"),
    ],
)
async def test_what_cannot_be_is_refused_by_name(
    owner: asyncpg.Connection, settings: Settings, field: str, value: object
) -> None:
    with pytest.raises(Invalid) as refused:
        await make_tenant(owner, settings, **{field: value})
    assert list(refused.value.fields) == [field]


async def test_an_unprepared_database_says_what_to_run(databases: RunDatabases, settings: Settings) -> None:
    name = f"{databases.template}_unprepared"
    async with databases.admin() as admin:
        unprepared = await databases.create(name, admin)
    async with owner_connection(unprepared) as owner:
        with pytest.raises(SetUpNeeded, match="portico database setup"):
            await make_tenant(owner, settings)
    await databases.drop(name)


async def test_every_process_hears_of_it_at_once(
    owner: asyncpg.Connection, settings: Settings, listening: Directory
) -> None:
    async def knows(host: str, state: TenantState | None) -> bool:
        try:
            return (await listening.by_host(host)).state == state
        except NoSuchTenant:
            return state is None

    with pytest.raises(NoSuchTenant):
        await listening.by_host("heard.example")
    made = await make_tenant(owner, settings, hosts=("heard.example",))
    await _until(lambda: knows("heard.example", TenantState.ACTIVE))
    await provision.suspend_tenant(owner, made.slug)
    await _until(lambda: knows("heard.example", TenantState.SUSPENDED))
    await provision.resume_tenant(owner, made.slug)
    await _until(lambda: knows("heard.example", TenantState.ACTIVE))
    await provision.change_tenant(owner, made.slug, hosts=("moved.example",))
    await _until(lambda: knows("heard.example", None))
    await _until(lambda: knows("moved.example", TenantState.ACTIVE))
    await delete_tenant(owner, made.slug)
    await _until(lambda: knows("moved.example", None))


async def test_changing_leaves_the_rest(owner: asyncpg.Connection, settings: Settings, directory: Directory) -> None:
    made = await make_tenant(owner, settings, brand={"primary": "#111111"})
    await provision.change_tenant(owner, made.slug, language="fr-CA", stripe_account=None)
    changed = await directory.by_id(made.id)
    assert (changed.language, changed.stripe_account) == ("fr-CA", None)
    assert (changed.name, changed.host, changed.brand) == (made.name, made.host, made.brand)
    assert changed.version > made.version
    with pytest.raises(Invalid):
        await provision.change_tenant(owner, made.slug, time_zone="Mars/Olympus")
    with pytest.raises(NotFound):
        await provision.change_tenant(owner, "no-such-tenant", name="X")


async def test_deleting_leaves_nothing(
    owner: asyncpg.Connection, settings: Settings, database: Database, directory: Directory
) -> None:
    made = await make_tenant(owner, settings)
    async with database.tenant_session(made) as session:
        await make_customer(session)
        await session.execute(text("INSERT INTO portico.due (kind, due_at) VALUES ('mail', now())"))
    assert await delete_tenant(owner, made.slug)
    left = await owner.fetchval(
        "SELECT (SELECT count(*) FROM pg_namespace WHERE nspname = $1)"
        " + (SELECT count(*) FROM pg_roles WHERE rolname = $1)"
        " + (SELECT count(*) FROM portico.tenant WHERE role = $1)"
        " + (SELECT count(*) FROM portico.domain WHERE tenant_id = $2)"
        " + (SELECT count(*) FROM portico.due WHERE tenant_role = $1)",
        *(made.role, made.id),
    )
    assert left == 0
    with pytest.raises(NoSuchTenant):
        await directory.by_id(made.id)
    with pytest.raises(NotFound):
        await delete_tenant(owner, made.slug)


async def test_deleting_waits_for_what_is_under_way_and_lets_nothing_new_begin(
    owner: asyncpg.Connection, settings: Settings, database: Database
) -> None:
    made = await make_tenant(owner, settings)
    stop = asyncio.Event()
    outcomes: list[str] = []

    async def busy() -> None:
        while not stop.is_set():
            try:
                async with database.tenant_session(made) as session:
                    await make_customer(session)
                    await asyncio.sleep(0.05)
                outcomes.append("worked")
            except DBAPIError as error:
                outcomes.append("refused" if "permission denied to set role" in str(error) else str(error.orig))
                await asyncio.sleep(0.01)

    tasks = [asyncio.create_task(busy()) for _ in range(4)]
    await asyncio.sleep(0.3)
    await delete_tenant(owner, made.slug)
    await asyncio.sleep(0.1)
    stop.set()
    await asyncio.gather(*tasks)
    assert outcomes.count("worked") > 4
    gone = f'role "{made.role}" does not exist'
    assert {outcome for outcome in outcomes if outcome != "worked" and gone not in outcome} <= {"refused"}
    async with database.control_session() as session:
        assert (await session.execute(text("SELECT 1"))).scalar_one() == 1


async def test_deleting_can_be_taken_up_again(
    owner: asyncpg.Connection, settings: Settings, database: Database, directory: Directory
) -> None:
    made = await make_tenant(owner, settings)
    async with database.tenant_session(made) as session:
        await make_customer(session)
        deleting = asyncio.create_task(_delete(settings, made.slug))
        await _until(lambda: _is_deleting(owner, made))
        with pytest.raises(NoSuchTenant):
            await directory.by_id(made.id)
        with pytest.raises(Conflict, match="is being deleted"):
            await provision.resume_tenant(owner, made.slug)
        deleting.cancel()
        with suppress(asyncio.CancelledError):
            await deleting
    assert await delete_tenant(owner, made.slug)


async def test_deleting_gives_up_on_a_session_that_never_ends(
    owner: asyncpg.Connection, settings: Settings, database: Database
) -> None:
    made = await make_tenant(owner, settings)
    await owner.execute("SET lock_timeout TO '20ms'")
    async with database.tenant_session(made) as session:
        await make_customer(session)
        with pytest.raises(StillBusy):
            await delete_tenant(owner, made.slug)
    assert await delete_tenant(owner, made.slug)


async def _delete(settings: Settings, slug: str) -> None:
    async with owner_connection(settings.database) as owner:
        await delete_tenant(owner, slug)


async def _is_deleting(owner: asyncpg.Connection, tenant: Tenant) -> bool:
    return bool(await owner.fetchval("SELECT state = 'deleting' FROM portico.tenant WHERE id = $1", tenant.id))


async def test_a_role_used_in_another_database_stays(
    owner: asyncpg.Connection, settings: Settings, fresh_database: DatabaseSettings
) -> None:
    made = await make_tenant(owner, settings)
    async with owner_connection(fresh_database) as elsewhere:
        await elsewhere.execute(f"CREATE SCHEMA {made.role}; GRANT USAGE ON SCHEMA {made.role} TO {made.role}")
        assert not await delete_tenant(owner, made.slug)
        assert await owner.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", made.role)
        await elsewhere.execute(f"DROP SCHEMA {made.role}; DROP ROLE {made.role}")


def _settings(database: DatabaseSettings) -> Settings:
    return Settings(environment="test", database=database, redis_url="", secret_keys={})
