"""An ERP account's slots hold over processes: each `ErpSlots` here stands for one, with a connection of its own."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import asyncpg
import pytest
import pytest_asyncio

from portico_connectors.slots import Slots
from portico_core.ids import new_id
from portico_core.settings import DatabaseSettings
from portico_portal.sync.slots import ErpSlots, Use

MOST = 4
SOON = 10.0
A_WHILE = 0.5  # long enough to be let in, were there room
HOLDER = """
import asyncio, sys
from portico_portal.sync.slots import ErpSlots, Use

async def hold():
    slots = ErpSlots(sys.argv[1]).for_(Use.MONEY)
    async with slots.slot(sys.argv[2], 1, urgent=True):
        print("held", flush=True)
        await asyncio.sleep(600)

asyncio.run(hold())
"""


@pytest.fixture
def account() -> str:
    return f"erp:{new_id()}"


@pytest_asyncio.fixture
async def processes(database_settings: DatabaseSettings) -> AsyncIterator[list[ErpSlots]]:
    made = [ErpSlots(database_settings.url) for _ in range(3)]
    yield made
    for each in made:
        await each.close()


async def enter(held: AsyncExitStack, slots: Slots, account: str, *, most: int = MOST, urgent: bool = False) -> bool:
    """Whether a slot was to be had within a while."""
    try:
        async with asyncio.timeout(A_WHILE):
            await held.enter_async_context(slots.slot(account, most, urgent=urgent))
    except TimeoutError:
        return False
    return True


async def test_the_limit_holds_over_processes(processes: list[ErpSlots], account: str) -> None:
    at_once = most_at_once = 0

    async def ask(slots: Slots) -> None:
        nonlocal at_once, most_at_once
        async with slots.slot(account, MOST, urgent=True):
            at_once += 1
            most_at_once = max(most_at_once, at_once)
            await asyncio.sleep(0.02)
            at_once -= 1

    async with asyncio.timeout(60):
        await asyncio.gather(*(ask(process.for_(Use.MONEY)) for process in processes for _ in range(10)))
    assert most_at_once == MOST


@pytest.mark.parametrize(("use", "allowed"), [(Use.COPY, 2), (Use.PAGE, 3), (Use.MONEY, 4)])
async def test_copying_leaves_room_for_pages_and_both_for_money(
    processes: list[ErpSlots], account: str, use: Use, allowed: int
) -> None:
    async with AsyncExitStack() as held:
        let_in = [await enter(held, process.for_(use), account) for process in processes for _ in range(2)]
        assert sum(let_in) == allowed
        if use is Use.COPY:
            assert await enter(held, processes[0].for_(Use.PAGE), account)
            assert await enter(held, processes[1].for_(Use.COPY), account, urgent=True), "a write is money"


async def test_a_killed_process_gives_its_slot_back(
    processes: list[ErpSlots], account: str, database_settings: DatabaseSettings
) -> None:
    holder = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", HOLDER, database_settings.url, account), stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout is not None
        assert await asyncio.wait_for(holder.stdout.readline(), 60) == b"held\n"
        async with AsyncExitStack() as held:
            assert not await enter(held, processes[0].for_(Use.MONEY), account, most=1)
            os.kill(holder.pid, signal.SIGKILL)
            async with asyncio.timeout(SOON):
                await held.enter_async_context(processes[0].for_(Use.MONEY).slot(account, 1, urgent=True))
    finally:
        if holder.returncode is None:
            holder.kill()
        await holder.wait()


async def test_a_request_that_is_given_up_gives_its_slot_back(processes: list[ErpSlots], account: str) -> None:
    slots = processes[0].for_(Use.MONEY)

    async def ask() -> None:
        async with slots.slot(account, 1, urgent=True):
            await asyncio.sleep(0.01)

    for pause in range(30):  # at every moment of taking, holding and giving back
        asked = asyncio.create_task(ask())
        await asyncio.sleep(pause / 2000)
        asked.cancel()
        await asyncio.wait([asked])
    async with asyncio.timeout(SOON), processes[1].for_(Use.MONEY).slot(account, 1, urgent=True):
        pass


async def test_posting_comes_in_between_the_copying_of_an_account_with_one_slot(
    processes: list[ErpSlots], account: str
) -> None:
    async def copy(slots: Slots) -> None:
        while True:
            async with slots.slot(account, 1, urgent=False):
                await asyncio.sleep(0.05)

    copying = [asyncio.create_task(copy(process.for_(Use.COPY))) for process in processes[:2]]
    try:
        async with asyncio.timeout(SOON):
            for _ in range(5):
                async with processes[2].for_(Use.MONEY).slot(account, 1, urgent=True):
                    pass
    finally:
        for task in copying:
            task.cancel()
        await asyncio.wait(copying)


async def test_without_a_connection_each_process_takes_one_at_a_time(account: str) -> None:
    alone = ErpSlots(None)
    async with AsyncExitStack() as held:
        assert await enter(held, alone.for_(Use.COPY), account)
        assert not await enter(held, alone.for_(Use.MONEY), account)
    async with asyncio.timeout(SOON), alone.for_(Use.PAGE).slot(account, MOST, urgent=False):
        pass


async def test_a_lost_connection_is_made_again(
    processes: list[ErpSlots], account: str, owner: asyncpg.Connection, database_settings: DatabaseSettings
) -> None:
    process, other = processes[:2]
    async with process.for_(Use.MONEY).slot(account, 1, urgent=True):
        pass
    # The app's own login may end its own backends.
    login = await asyncpg.connect(database_settings.url)
    try:
        ended = await login.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'portico slots' AND datname = current_database()"
        )
    finally:
        await login.close()
    assert ended
    async with asyncio.timeout(SOON):
        while True:
            async with process.for_(Use.MONEY).slot(account, 1, urgent=True), AsyncExitStack() as held:
                if not await enter(held, other.for_(Use.MONEY), account, most=1):
                    return  # it is a shared one again
