"""The prelude: which role and schema a transaction gets, whatever happened on the connection before."""

import asyncio
import os
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import replace

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from portico_core.clock import now
from portico_core.jobs import Call, job
from portico_core.settings import Settings
from portico_tenants.removal import delete_tenant
from portico_tenants.session import Database, TenantSession
from portico_tenants.tenant import Tenant
from tests.factories.customers import make_customer
from tests.factories.invoices import make_credit, make_invoice
from tests.factories.people import make_member, make_staff
from tests.factories.tenants import make_tenant

WHO = text("SELECT current_user::text, current_schema()::text")
CANARY = text("SELECT string_agg(name, ',') FROM customer")
ROUNDS = 260


@pytest_asyncio.fixture
async def narrow(settings: Settings) -> AsyncIterator[Database]:
    """A pool of one connection: whatever a transaction leaves behind, the next one gets."""
    database = Database(replace(settings.database, pool_size=1, pool_timeout_seconds=2))
    yield database
    await database.close()


async def test_a_transaction_has_the_tenants_role_and_schema(
    narrow: Database, tenant: Tenant, other_tenant: Tenant
) -> None:
    for each in (tenant, other_tenant, tenant):
        async with narrow.tenant_session(each) as session:
            assert (await session.execute(WHO)).one() == (each.role, each.role)
    async with narrow.control_session() as session:
        assert (await session.execute(WHO)).one()[0] not in (tenant.role, other_tenant.role)


async def test_the_url_says_whether_the_connection_is_encrypted(settings: Settings) -> None:
    plain, encrypted = (
        Database(replace(settings.database, url=f"{settings.database.url}?sslmode={mode}"))
        for mode in ("disable", "require")
    )
    async with plain.control_session() as session:
        await session.execute(WHO)
    with pytest.raises(ConnectionError, match="SSL"):  # the server of the tests offers none
        async with encrypted.control_session() as session:
            await session.execute(WHO)
    await plain.close()
    await encrypted.close()


async def test_without_a_tenant_no_tenants_table_is_seen(narrow: Database, tenant: Tenant) -> None:
    async with narrow.tenant_session(tenant) as session:
        await make_customer(session)
    with pytest.raises(DBAPIError, match="does not exist"):
        async with narrow.control_session() as session:
            await session.execute(CANARY)
    with pytest.raises(DBAPIError, match="permission denied for schema"):
        async with narrow.control_session() as session:
            await session.execute(text(f"SELECT count(*) FROM {tenant.role}.customer"))  # noqa: S608


class Whim(Exception):
    """Raised in the middle of a transaction."""


ENDS_WITH: dict[str, type[BaseException] | None] = {
    "reads": None,
    "fails": DBAPIError,
    "raises": Whim,
    "is cancelled": TimeoutError,
    "is cancelled early": None,
    "has no tenant any more": DBAPIError,
    "is nobody's": None,
}


async def test_nothing_crosses_over_on_one_connection_whatever_fails(
    narrow: Database, tenant: Tenant, other_tenant: Tenant, owner: asyncpg.Connection, settings: Settings
) -> None:
    gone = await make_tenant(owner, settings)
    await delete_tenant(owner, gone.slug)
    for each in (tenant, other_tenant):
        async with narrow.tenant_session(each) as session:
            await make_customer(session, name=each.slug)

    seed = int.from_bytes(os.urandom(2))
    chance = random.Random(seed)  # noqa: S311 - picks faults, keeps no secrets
    happened: Counter[str] = Counter()
    wrong: list[str] = []
    for number in range(ROUNDS):
        each = chance.choice((tenant, other_tenant))
        what = chance.choice(sorted(ENDS_WITH))
        ended: type[BaseException] | None = None
        try:
            await _transaction(narrow, gone if what == "has no tenant any more" else each, what, chance)
        except Exception as error:
            ended = type(error) if not isinstance(error, DBAPIError) else DBAPIError
        if ended is not ENDS_WITH[what]:
            wrong.append(f"{number}, {what}: ended with {ended}")
        happened[what] += 1
        try:
            async with narrow.tenant_session(each) as session:
                seen = (*(await session.execute(WHO)).one(), (await session.execute(CANARY)).scalar_one())
        except DBAPIError as error:
            seen = (str(error.orig),)
        if seen != (each.role, each.role, each.slug):
            wrong.append(f"{number}, after one that {what}: {each.slug} saw {seen}")
    assert not wrong, f"seed {seed}: {len(wrong)} of {2 * ROUNDS} wrong, first {wrong[:3]}"
    assert set(happened) == set(ENDS_WITH)


async def _transaction(database: Database, tenant: Tenant, what: str, chance: random.Random) -> None:
    if what == "is nobody's":
        async with database.control_session() as session:
            assert not (await session.execute(WHO)).one()[0].startswith("t_")
    elif what == "is cancelled early":  # before, in or just after the prelude
        task = asyncio.create_task(_transaction(database, tenant, "reads", chance))
        for _ in range(chance.randrange(30)):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
    else:
        async with asyncio.timeout(0.01 if what == "is cancelled" else None):
            async with database.tenant_session(tenant) as session:
                assert (await session.execute(CANARY)).scalar_one() == tenant.slug
                if what == "fails":
                    await session.execute(text("SELECT 1 / 0"))
                if what == "raises":
                    raise Whim
                if what == "is cancelled":
                    await session.execute(text("SELECT pg_sleep(5)"))


async def test_copy_goes_into_the_tenants_table(narrow: Database, tenant: Tenant, other_tenant: Tenant) -> None:
    async with narrow.tenant_session(other_tenant) as session:
        await session.execute(WHO)
    async with narrow.tenant_session(tenant) as session:
        raw = await session.raw()
        await raw.copy_records_to_table(
            "term", records=[("1", "Net 30", now(), now())], columns=["erp_id", "name", "modified_at", "read_at"]
        )
    for each, rows in ((tenant, 1), (other_tenant, 0)):
        async with narrow.tenant_session(each) as session:
            assert (await session.execute(text("SELECT count(*) FROM term"))).scalar_one() == rows


@job(queue="default")
async def _work(_tenant_id: object, _number: str) -> None:
    """Never run: what is tested is when it leaves."""


class Looking:
    """A queue that looks, when it is handed calls, at how many customers everybody can see by then."""

    is_late = False

    def __init__(self, database: Database, tenant: Tenant) -> None:
        self.database, self.tenant = database, tenant
        self.calls: list[Call] = []
        self.seen: list[int] = []

    async def send(self, calls: Sequence[Call]) -> None:
        if calls:
            async with self.database.tenant_session(self.tenant) as session:
                self.seen.append((await session.execute(text("SELECT count(*) FROM customer"))).scalar_one())
            self.calls.extend(calls)


async def test_jobs_leave_after_the_commit_and_are_dropped_on_rollback(
    settings: Settings, database: Database, tenant: Tenant
) -> None:
    queue = Looking(database, tenant)
    working = Database(settings.database, queue)
    with suppress(Whim):
        async with working.tenant_session(tenant) as session:
            session.enqueue(_work, 1)
            raise Whim
    async with working.tenant_session(tenant) as session:
        await make_customer(session)
        session.enqueue(_work, 2)
        assert queue.calls == []
    await working.close()
    assert [call.ids for call in queue.calls] == [("2",)]
    assert queue.seen == [1]


async def test_a_rolled_back_session_leaves_nothing(session: TenantSession) -> None:
    customer = await make_customer(session)
    await make_invoice(session, customer)
    await make_credit(session, customer)
    await make_member(session, customer)
    await make_staff(session)
    await session.remember("mail", now())
    assert (await session.execute(text("SELECT count(*) FROM invoice"))).scalar_one() == 1


async def test_a_kept_tenant_is_handed_out_empty(database: Database, tenant: Tenant) -> None:
    async with database.tenant_session(tenant) as session:
        assert (await session.execute(text("SELECT count(*) FROM customer"))).scalar_one() == 0
        await make_invoice(session, await make_customer(session))


async def test_a_kept_tenant_is_handed_out_empty_again(database: Database, tenant: Tenant) -> None:
    async with database.tenant_session(tenant) as session:
        assert (await session.execute(text("SELECT count(*) FROM customer"))).scalar_one() == 0
