"""Who waits for a connection: for a limited time, and behind a limited number of others."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import TimeoutError as PoolTimeout

from portico_core.settings import DatabaseSettings
from portico_tenants.pool import TRUSTED_SECONDS, WAITING_PER_CONNECTION
from portico_tenants.session import Database
from tests.statements import noted


@pytest_asyncio.fixture
async def narrow(database_settings: DatabaseSettings) -> AsyncIterator[Database]:
    """One connection, and much patience."""
    database = Database(replace(database_settings, pool_size=1, pool_timeout_seconds=60.0))
    yield database
    await database.close()


async def ask(database: Database) -> int:
    async with database.control_session() as session:
        return int((await session.execute(text("SELECT 1"))).scalar_one())


async def test_whoever_would_wait_behind_too_many_is_turned_away_at_once(narrow: Database) -> None:
    async with narrow.control_session() as session:
        await session.execute(text("SELECT 1"))
        waiting = [asyncio.create_task(ask(narrow)) for _ in range(WAITING_PER_CONNECTION)]
        await asyncio.sleep(0)
        with pytest.raises(PoolTimeout):
            await asyncio.wait_for(ask(narrow), 30)
        assert not any(task.done() for task in waiting)
    assert await asyncio.wait_for(asyncio.gather(*waiting), 30) == [1] * WAITING_PER_CONNECTION


async def test_a_connection_that_has_just_answered_is_not_asked_again_and_one_that_rested_is(narrow: Database) -> None:
    asked: list[str] = []
    with noted(narrow, asked):
        await ask(narrow)
        await ask(narrow)
        busy = asked.count(";")
        await asyncio.sleep(TRUSTED_SECONDS + 0.1)
        await ask(narrow)
    assert (busy, asked.count(";")) == (0, 1)


async def test_a_connection_that_the_server_ended_is_replaced_at_once(
    narrow: Database, database_settings: DatabaseSettings
) -> None:
    async with narrow.control_session() as session:
        pid = (await session.execute(text("SELECT pg_backend_pid()"))).scalar_one()
    other = Database(database_settings)
    async with other.control_session() as session:
        await session.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    await other.close()
    await asyncio.sleep(0.05)

    assert await ask(narrow) == 1


async def test_the_wait_ends(database_settings: DatabaseSettings) -> None:
    database = Database(replace(database_settings, pool_size=1, pool_timeout_seconds=0.1))
    try:
        async with database.control_session() as session:
            await session.execute(text("SELECT 1"))
            with pytest.raises(PoolTimeout):
                await asyncio.wait_for(ask(database), 30)
        assert await ask(database) == 1
    finally:
        await database.close()
