"""Slots for requests to an ERP account that hold over all web and worker processes of the installation.

A slot is an advisory lock of PostgreSQL on a connection of this process's own, so the slots of a killed process come
back with its connection, and a frozen one keeps its own (docs/decisions/0005). Money goes first, then whoever waits at
a page, then copying. Without the connection each process takes one request at a time to each account.
"""

import asyncio
import hashlib
import random
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from enum import IntEnum
from typing import NamedTuple

import asyncpg

from portico_connectors.slots import LocalSlots, Slots
from portico_core.db import DATABASE_TROUBLE
from portico_core.logs import log

logger = log(__name__)
TRY_AGAIN_SECONDS = 2.0
# Of a machine that vanished PostgreSQL notices nothing by itself for two hours; so within a minute.
KEEPALIVE = {"tcp_keepalives_idle": "30", "tcp_keepalives_interval": "10", "tcp_keepalives_count": "3"}
TAKE = "SELECT slot FROM unnest($2::int[]) AS slot WHERE pg_try_advisory_lock($1, slot) LIMIT 1"
GIVE_BACK = "SELECT pg_advisory_unlock($1, $2)"


class Use(IntEnum):
    """What a connector is opened for. The number is how many of an account's slots are kept free for others."""

    MONEY = 0
    PAGE = 1
    COPY = 2


class _Held(NamedTuple):
    """A slot and the connection that it belongs to."""

    key: int
    slot: int
    connection: asyncpg.Connection


class ErpSlots:
    """One per process. Opens its connection when the first slot is asked for, and again when it was lost."""

    def __init__(self, dsn: str | None) -> None:
        self._dsn = dsn
        self._connection: asyncpg.Connection | None = None
        self._asking = asyncio.Lock()
        self._failed_at = float("-inf")
        self._held: set[_Held] = set()
        self._alone = LocalSlots()
        self._giving_back: set[asyncio.Task[None]] = set()

    def for_(self, use: Use) -> Slots:
        """The slots of a connector that is opened for this."""
        return _Slots(self, use)

    @asynccontextmanager
    async def slot(self, account: str, most: int, use: Use) -> AsyncIterator[None]:
        """Hold one of the account's slots, waiting for it."""
        held = await self._take(account, most, use)
        if held is None:
            async with self._alone.slot(account, 1, urgent=True):
                yield
            return
        try:
            yield
        finally:
            self._return_soon(held)
        if use is Use.COPY and most <= Use.COPY:  # nothing is kept free there: let others come in between
            await asyncio.sleep(_pause(Use.PAGE) * 2)

    async def close(self) -> None:
        """Give everything back."""
        if self._giving_back:
            await asyncio.wait(self._giving_back, timeout=2)
        if self._connection is not None:
            with suppress(*DATABASE_TROUBLE):
                await self._connection.close(timeout=2)

    async def _take(self, account: str, most: int, use: Use) -> _Held | None:
        """A slot; None where there is no connection to take it on."""
        key = int.from_bytes(hashlib.blake2b(account.encode(), digest_size=4).digest(), signed=True)
        allowed = range(max(1, most - use))
        while True:
            attempt = asyncio.create_task(self._try(key, allowed))
            try:
                held = await asyncio.shield(attempt)
            except asyncio.CancelledError:
                attempt.add_done_callback(self._not_wanted)
                raise
            except DATABASE_TROUBLE as error:
                self._failed_at = time.monotonic()
                logger.warning("no slots shared with other processes; one request at a time", error=str(error)[:200])
                return None
            if held is not None:
                return held
            if self._dsn is None or time.monotonic() - self._failed_at < TRY_AGAIN_SECONDS:
                return None
            await asyncio.sleep(_pause(use))

    async def _try(self, key: int, allowed: range) -> _Held | None:
        """The first that is free. A connection may lock the same twice, so what we hold ourselves is left out."""
        async with self._asking:
            connection = await self._connected()
            if connection is None:
                return None
            mine = {held.slot for held in self._held if held.key == key and held.connection is connection}
            slots = [slot for slot in allowed if slot not in mine]
            taken = await connection.fetchval(TAKE, key, slots) if slots else None
            if taken is None:
                return None
            held = _Held(key, taken, connection)
            self._held.add(held)
            return held

    async def _connected(self) -> asyncpg.Connection | None:
        if self._connection is not None and not self._connection.is_closed():
            return self._connection
        if self._dsn is None or time.monotonic() - self._failed_at < TRY_AGAIN_SECONDS:
            return None
        self._connection = await asyncpg.connect(
            self._dsn,
            timeout=5,
            command_timeout=5,
            server_settings={"application_name": "portico slots", **KEEPALIVE},
        )
        return self._connection

    def _return_soon(self, held: _Held) -> None:
        """Apart from whoever held it: a request that is cancelled gives its slot back all the same."""
        task = asyncio.create_task(self._give_back(held))
        self._giving_back.add(task)
        task.add_done_callback(self._giving_back.discard)

    async def _give_back(self, held: _Held) -> None:
        try:
            async with self._asking:
                if not held.connection.is_closed():
                    await held.connection.fetchval(GIVE_BACK, held.key, held.slot)
        except DATABASE_TROUBLE:
            held.connection.terminate()  # its locks go with it
        finally:
            self._held.discard(held)

    def _not_wanted(self, attempt: "asyncio.Task[_Held | None]") -> None:
        if not attempt.cancelled() and attempt.exception() is None and (held := attempt.result()) is not None:
            self._return_soon(held)


class _Slots:
    """What a connector is handed."""

    def __init__(self, slots: ErpSlots, use: Use) -> None:
        self._slots = slots
        self._use = use

    def slot(self, account: str, most: int, *, urgent: bool) -> AbstractAsyncContextManager[None]:
        """As `portico_connectors.slots.Slots` says."""
        return self._slots.slot(account, most, Use.MONEY if urgent else self._use)


def _pause(use: Use) -> float:
    """Between two looks whether a slot is free: who goes first looks more often."""
    return random.uniform(0.5, 1.0) * (0.02, 0.05, 0.3)[use]  # noqa: S311 - jitter
