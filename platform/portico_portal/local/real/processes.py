"""Processor time and memory of the installation's processes with all their children, read from /proc."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from portico_portal.local.supervisor import Supervisor

LOOK_SECONDS = 1.0
TICKS = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class Meter:
    """Looks at memory once a second while it watches; a peak between two looks is missed."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self.peaks: dict[str, int] = {}

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        watch = asyncio.ensure_future(self._watch())
        try:
            yield
        finally:
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch

    async def _watch(self) -> None:
        while True:
            self.look()
            await asyncio.sleep(LOOK_SECONDS)

    def look(self) -> None:
        """Note the memory of this moment, in bytes. A page that several processes share counts once, in parts."""
        for each in self._supervisor.children:
            size = sum(_memory(pid) for pid in family(each.pid))
            self.peaks[each.name] = max(self.peaks.get(each.name, 0), size)

    def processor(self) -> dict[str, float]:
        """Seconds since each process began, those of children that have ended among them."""
        return {each.name: sum(_ticks(pid) for pid in family(each.pid)) / TICKS for each in self._supervisor.children}

    def ports(self, name: str) -> set[int]:
        """Own ports of the TCP connections that processes of that name hold."""
        return {port for each in self._supervisor.children if each.name == name for port in _ports(family(each.pid))}

    def exact(self, name: str) -> float:
        """Seconds of the processes of that name that live, to the microsecond: for what takes milliseconds."""
        return (
            sum(
                _nanoseconds(pid) for each in self._supervisor.children if each.name == name for pid in family(each.pid)
            )
            / 1e9
        )


def family(root: int) -> list[int]:
    """A process and its descendants, the eldest first."""
    found = [root]
    for each in found:
        with suppress(OSError):
            for task in Path(f"/proc/{each}/task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
    return found


def _ports(pids: list[int]) -> set[int]:
    held = set()
    for pid in pids:
        with suppress(OSError):
            for handle in Path(f"/proc/{pid}/fd").iterdir():
                with suppress(OSError):
                    held.add(os.readlink(handle))
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {int(line[1].rpartition(":")[2], 16) for line in lines if f"socket:[{line[9]}]" in held}


def _ticks(pid: int) -> int:
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(int(each) for each in fields[11:15])
    return 0


def _nanoseconds(pid: int) -> int:
    spent = 0
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):
                spent += int((task / "schedstat").read_text().split()[0])
    return spent


def _memory(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except PermissionError:  # of another user: with all that it shares, then
        with suppress(OSError):
            return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_BYTES
    except OSError:
        return 0
    return 0
