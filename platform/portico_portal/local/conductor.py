"""Starts the demo's processes, waits until they are well, and starts again those that end by themselves."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Sequence
from typing import TypeVar

from portico_portal.local.children import Child
from portico_portal.local.display import Display
from portico_portal.local.health import is_well
from portico_portal.local.ports import LOOPBACK
from portico_portal.local.programs import Entry
from portico_portal.local.state import State, write_private
from portico_portal.local.supervisor import ChildFailed, Supervisor

RESTARTS, WINDOW_SECONDS = 3, 60.0
LOOK_SECONDS = 0.2
T = TypeVar("T")


class Conductor:
    """One per demo. Everything here runs on the main thread, which the kernel binds children to. A process that ends
    more often than `restarts` times within a minute is given up, and the demo with it."""

    def __init__(self, supervisor: Supervisor, display: Display, state: State, restarts: int = RESTARTS) -> None:
        self.supervisor = supervisor
        self.display = display
        self.state = state
        self.restarts = restarts
        self._restarts: dict[str, deque[float]] = {}
        self._unwell: list[tuple[Entry, Child]] = []

    def launch(self, entries: Sequence[Entry]) -> None:
        """Start all, wait for none: what takes a while to import can do so beside each other."""
        self._unwell += [(entry, self.supervisor.start(entry.program)) for entry in entries]
        self._note()

    async def well(self, *names: str) -> None:
        """Return when those that were launched under these names (all, if none is given) are well: ChildFailed."""
        for entry, child in list(self._unwell):
            if not names or entry.name in names:
                await self._well(entry, child)
                self._unwell.remove((entry, child))

    async def attended(self, work: Awaitable[T]) -> T:
        """Do the work while looking after the processes. Raises ChildFailed where one ends too often."""
        task = asyncio.ensure_future(work)
        try:
            while not task.done():
                await asyncio.wait([task], timeout=LOOK_SECONDS)
                for child in self.supervisor.ended():
                    self._again(child)
        finally:
            if not task.done():
                task.cancel()
        return task.result()

    async def _well(self, entry: Entry, child: Child) -> None:
        deadline = time.monotonic() + entry.ready_seconds
        url = f"http://{LOOPBACK}:{entry.port}{entry.health}"
        while entry.port and not await asyncio.to_thread(is_well, url):
            if not child.alive():
                raise ChildFailed(child, f"ended with code {child.process.returncode} before it was ready")
            if time.monotonic() > deadline:
                raise ChildFailed(child, f"was not ready within {entry.ready_seconds:g} seconds")
            await asyncio.sleep(LOOK_SECONDS / 4)

    def _again(self, child: Child) -> None:
        code = child.process.returncode
        how = f"ended with code {code}" if code >= 0 else f"was ended by signal {-code}"
        recent = self._restarts.setdefault(child.name, deque(maxlen=self.restarts))
        if len(recent) == self.restarts and time.monotonic() - recent[0] < WINDOW_SECONDS:
            raise ChildFailed(child, f"{how}, for the {self.restarts + 1}th time within a minute")
        recent.append(time.monotonic())
        self.display.say(f"  {child.name} {how}; it is started again (log: {child.program.log})", "yellow")
        self.supervisor.start(child.program)
        self._note()

    def _note(self) -> None:
        """Which process is which, for a person or a test that wants to stop one."""
        write_private(self.state.folder / "processes.json", {each.name: each.pid for each in self.supervisor.children})
