"""The probe that `portico check --canary` sends is no blind one: each thing that it looks for is shown to it once."""

from collections.abc import AsyncIterator
from dataclasses import replace

import asyncpg
import httpx
import pytest_asyncio
from redis.asyncio import Redis

from portico_core.settings import Settings
from portico_portal.probe import walls
from portico_portal.probe.findings import Finding
from portico_portal.probe.throwaway import Thrown, alone, make_two, remove_leftovers
from portico_portal.probe.walk import Walk
from portico_tenants.session import Database, TenantConnection
from tests.isolation.routes import doors
from tests.portal.portal import Portal


@pytest_asyncio.fixture
async def thrown(
    owner: asyncpg.Connection, settings: Settings, database: Database
) -> AsyncIterator[tuple[Thrown, Thrown]]:
    async with alone(owner):
        try:
            yield await make_two(owner, settings.database, database)
        finally:
            assert await remove_leftovers(owner) == 2


@pytest_asyncio.fixture
async def walk(portal: Portal) -> AsyncIterator[Walk]:
    async with httpx.AsyncClient(transport=portal.transport, base_url="http://anywhere") as web:
        yield Walk(web, portal.resources.settings, doors())


def test_it_goes_through_every_door_that_names_a_thing(thrown: tuple[Thrown, Thrown]) -> None:
    known = {*thrown[0].shared, "token", "file", "path"}
    unknown = {name for door in doors() if door.method == "GET" for name in door.parameters} - known
    assert not unknown, f"teach portico_portal/probe/throwaway.py what {unknown} are"


def test_a_finding_of_nothing_is_none() -> None:
    assert not Finding(name="empty", tried=0).ok
    told = Finding(name="bad", tried=9, troubles=[f"trouble {number}" for number in range(7)])
    assert not told.ok
    assert told.line == "bad: trouble 0; trouble 1; trouble 2; trouble 3; trouble 4 and 2 more"


async def test_it_sees_another_tenants_word_in_a_page(
    walk: Walk, thrown: tuple[Thrown, Thrown], owner: asyncpg.Connection
) -> None:
    mine, other = thrown
    assert (await walk.own_pages(mine, other)).ok
    await owner.execute(f"UPDATE {mine.tenant.role}.invoice SET number = $1", other.word)
    assert "GET /invoices shows another tenant's word" in (await walk.own_pages(mine, other)).troubles
    assert any("while both tenants asked" in each for each in (await walk.in_turn(thrown)).troubles)


async def test_it_sees_that_another_tenants_things_are_there(
    walk: Walk, thrown: tuple[Thrown, Thrown], owner: asyncpg.Connection
) -> None:
    mine, other = thrown
    assert (await walk.strangers(mine, other)).ok
    await owner.execute(
        f"UPDATE {mine.tenant.role}.credit SET id = $1, customer_id = $2 WHERE id = $3",
        other.own["credit"],
        mine.shared["customer_id"],
        mine.shared["credit"],
    )
    (trouble,) = (await walk.strangers(mine, other)).troubles
    assert trouble == "GET /credits/{credit:uuid} tells what is another tenant's from what is not there"


async def test_it_sees_that_a_session_opens_another_door(walk: Walk, thrown: tuple[Thrown, Thrown]) -> None:
    mine, other = thrown
    assert (await walk.sessions(mine, other)).ok
    assert len((await walk.sessions(mine, mine)).troubles) > 20, "its own sessions do open them"


async def test_it_sees_a_hole_in_the_databases_walls(
    database: Database, thrown: tuple[Thrown, Thrown], owner: asyncpg.Connection
) -> None:
    mine, other = thrown
    assert (await walls.refused(database, mine, other)).ok
    hole = f"ON SCHEMA {other.tenant.role} {{}} {mine.tenant.role}"
    await owner.execute(
        f"GRANT USAGE {hole.format('TO')}; GRANT SELECT ON {other.tenant.role}.invoice TO {mine.tenant.role}"
    )
    found = await walls.refused(database, mine, other)
    await owner.execute(
        f"REVOKE SELECT ON {other.tenant.role}.invoice FROM {mine.tenant.role}; REVOKE USAGE {hole.format('FROM')}"
    )
    assert found.troubles == ["a tenant's role reads another tenant's table"]


class Forgetful(TenantConnection):
    """Keeps the role that its first transaction had."""

    first: str | None = None

    async def execute(self, query: str, *args: object, timeout: float | None = None) -> str:  # noqa: ASYNC109
        if query.startswith("BEGIN") and self.tenant_role:
            self.first = self.first or self.tenant_role
            self.tenant_role = self.first
        return await super().execute(query, *args, timeout=timeout)


async def test_it_sees_a_transaction_that_is_somebody_elses(
    database: Database, settings: Settings, thrown: tuple[Thrown, Thrown]
) -> None:
    assert (await walls.in_turn(database, thrown)).ok
    forgetful = Database(replace(settings.database, pool_size=2), connection_class=Forgetful)
    found = await walls.in_turn(forgetful, thrown)
    await forgetful.close()
    assert any("was t_" in each for each in found.troubles)


async def test_it_sees_words_in_the_queue_and_in_the_figures(
    walk: Walk, thrown: tuple[Thrown, Thrown], redis_url: str
) -> None:
    assert (await walls.queue(redis_url, thrown)).ok
    redis = Redis.from_url(redis_url)
    key = f"portal:test.{thrown[0].word}"
    await redis.hset(key, "id", "{}")
    (trouble,) = (await walls.queue(redis_url, thrown)).troubles
    await redis.delete(key)
    await redis.aclose()
    assert thrown[0].word in trouble
    assert "not looked into" in (await walls.queue("redis://127.0.0.1:1/0", thrown)).note
    figures = await walk.platform(thrown)
    assert (figures.ok, figures.note) == (True, "")
