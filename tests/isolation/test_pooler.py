"""Two processes behind PgBouncer in transaction mode on a pool of two: with one of either the faults do not show."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text

from portico_core.settings import DatabaseSettings, Settings
from portico_tenants.owner import owner_connection
from portico_tenants.safety import Unsafe, check_pooler, refuse_unsafe
from portico_tenants.session import Database
from tests.factories.tenants import make_tenant
from tests.isolation.pooler import pooled
from tests.isolation.world import House, furnish
from tests.tenants.test_safety import Leaking

ROUNDS = 20
PROCESSES = 2
WHO = text("SELECT current_user::text AS current_user")


@pytest_asyncio.fixture
async def houses(fresh_database: DatabaseSettings) -> list[House]:
    """Two tenants on a database of their own."""
    given = Settings(environment="test", database=fresh_database, redis_url="", secret_keys={})
    database = Database(fresh_database)
    async with owner_connection(fresh_database) as owner:
        made = [await furnish(database, await make_tenant(owner, given)) for _ in range(2)]
    await database.close()
    return made


@pytest_asyncio.fixture
async def behind(fresh_database: DatabaseSettings, tmp_path: Path) -> AsyncIterator[DatabaseSettings]:
    with pooled(fresh_database, tmp_path) as settings:
        yield settings


async def _processes(behind: DatabaseSettings, houses: list[House]) -> list[dict[str, Any]]:
    """What both said, having run at the same time."""
    told = [
        {
            "url": behind.url,
            "pooler": behind.pooler,
            "rounds": ROUNDS,
            "seed": seed,
            "tenants": [{"id": str(h.tenant.id), "role": h.tenant.role, "word": h.canary} for h in houses],
        }
        for seed in range(PROCESSES)
    ]
    running = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.isolation.through_pooler", json.dumps(each)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        for each in told
    ]
    said = await asyncio.gather(*(each.communicate() for each in running))
    assert [each.returncode for each in running] == [0] * PROCESSES, b"".join(err[-2000:] for _, err in said)
    return [json.loads(out) for out, _ in said]


async def test_no_statement_goes_astray_and_nobody_becomes_somebody_else(
    behind: DatabaseSettings, houses: list[House]
) -> None:
    for each in await _processes(behind, houses):
        assert each == {"done": 4 * ROUNDS, "leaks": 0, "faults": {}}


async def test_without_the_setting_statements_go_astray(behind: DatabaseSettings, houses: list[House]) -> None:
    """What the test above looks for happens where the setting is wrong: prepared statements of somebody else."""
    said = await _processes(replace(behind, pooler="none"), houses)
    kinds = {kind for each in said for kind in each["faults"]}
    assert kinds & {"InvalidSQLStatementNameError", "DuplicatePreparedStatementError"}, said
    assert sum(sum(each["faults"].values()) for each in said) > ROUNDS // 4, said


async def test_a_process_does_not_start_with_the_setting_wrong(behind: DatabaseSettings, houses: list[House]) -> None:
    with pytest.raises(Unsafe, match="set PORTICO_DATABASE_POOLER=transaction"):
        await refuse_unsafe(replace(behind, pooler="none"))
    await refuse_unsafe(behind)


async def test_processes_that_start_together_do_not_wait_for_each_other(
    behind: DatabaseSettings, houses: list[House]
) -> None:
    """Six of them want two connections each, and there are two in all."""
    async with asyncio.timeout(60):
        await asyncio.gather(*(refuse_unsafe(behind) for _ in range(6)))


async def test_the_canary_at_the_start_sees_what_this_pooler_carries_over(
    behind: DatabaseSettings, houses: list[House]
) -> None:
    """A role that is set for good on a shared server connection: seen through another client of the pooler too."""
    careless = Database(replace(behind, pool_size=2), connection_class=Leaking)
    with pytest.raises(Unsafe, match="the pooler leaks"):
        await check_pooler(careless)
    await careless.close()
    sound = Database(behind)
    for _ in range(4):  # what is left on the server connections is nobody's right: each transaction says who it is
        for house in houses:
            async with sound.tenant_session(house.tenant) as session:
                assert (await session.execute(WHO)).one().current_user == house.tenant.role
        async with sound.control_session() as session:
            assert not (await session.execute(WHO)).one().current_user.startswith("t_")
    await sound.close()
