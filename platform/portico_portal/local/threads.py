"""Work that reads for a while, in a thread, so that signals and the other processes are attended meanwhile."""

import asyncio
from collections.abc import Callable
from threading import Event
from typing import TypeVar

T = TypeVar("T")
Tick = Callable[[int], None]


class Stopped(Exception):
    """Whoever wanted the work has gone."""


async def in_thread(work: Callable[[Tick], T], show: Tick = lambda done: None) -> T:
    """Do the work in a thread. It calls its tick now and then with how much is done, which is shown; cancelled, the
    next tick ends it."""
    gone = Event()

    def tick(done: int) -> None:
        if gone.is_set():
            raise Stopped
        show(done)

    try:
        return await asyncio.to_thread(work, tick)
    finally:
        gone.set()
