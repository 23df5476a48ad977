"""Leave to make one request to an ERP account, of which each bears only so many at once.

The portal hands connectors slots that hold over all its processes (`portico_portal.sync.slots`). These hold within one.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol
from weakref import WeakKeyDictionary, WeakValueDictionary


class Slots(Protocol):
    """Where slots come from."""

    def slot(self, account: str, most: int, *, urgent: bool) -> AbstractAsyncContextManager[None]:
        """Hold one of the account's `most` slots, waiting for it; `urgent` (a write) may take the last one."""
        ...


class Gate:
    """The slots of one account. Reads leave one slot free, so that a backfill never starves a posting."""

    def __init__(self, slots: int) -> None:
        self._all = asyncio.Semaphore(slots)
        self._reads = asyncio.Semaphore(max(1, slots - 1))

    @asynccontextmanager
    async def slot(self, *, urgent: bool) -> AsyncIterator[None]:
        """Hold one slot."""
        if urgent:
            async with self._all:
                yield
        else:
            async with self._reads, self._all:
                yield


class LocalSlots:
    """Shared by all connections that one process (one event loop) holds to the same account; gone with the last."""

    def __init__(self) -> None:
        self._gates: WeakKeyDictionary[asyncio.AbstractEventLoop, WeakValueDictionary[str, Gate]] = WeakKeyDictionary()

    @asynccontextmanager
    async def slot(self, account: str, most: int, *, urgent: bool) -> AsyncIterator[None]:
        """As `Slots` says."""
        gates = self._gates.setdefault(asyncio.get_running_loop(), WeakValueDictionary())
        gate = gates.get(account)
        if gate is None:
            gate = gates[account] = Gate(most)
        async with gate.slot(urgent=urgent):
            yield


LOCAL = LocalSlots()
