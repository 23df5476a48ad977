"""Keeps a set of children: starts them, reports who ended, stops them in the reverse order of their start.

However the supervisor itself ends, no child and no grandchild outlives it (children.py, guardian.py).
"""

import contextlib
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from types import FrameType, TracebackType

from portico_portal.local.children import PAUSE_SECONDS, Child, Program, start_guardian

STOPPING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class ChildFailed(Exception):
    """A child ended, or did not become ready. The text ends with the last lines of its log."""

    def __init__(self, child: Child, why: str) -> None:
        super().__init__(f"{child.name} {why}\n{child.last_words()}".rstrip())
        self.child = child


class Supervisor:
    """Use it as a context manager, in the main thread; leaving it stops everything."""

    def __init__(self) -> None:
        self.children: list[Child] = []
        self._guardian: subprocess.Popen[str] | None = None

    def __enter__(self) -> "Supervisor":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, program: Program) -> Child:
        guard = self._guardian = self._guardian or start_guardian()
        child = Child(program)
        self.children.append(child)
        if guard.stdin is not None:
            guard.stdin.write(f"{child.pid} {child.started_ticks}\n")
            guard.stdin.flush()
        return child

    def ended(self) -> list[Child]:
        """Children whose main process is gone, cleared of what they left; each is reported once."""
        gone = [child for child in self.children if not child.alive()]
        for child in gone:
            self.children.remove(child)
            child.clear()
        return gone

    def stop_one(self, child: Child) -> None:
        child.stop()
        if child in self.children:
            self.children.remove(child)

    def stop(self) -> None:
        """Stop all at once; those that serve the others (`stops_last`) after them."""
        self._stop_at_once([child for child in self.children if not child.program.stops_last])
        self._stop_at_once([child for child in self.children if child.program.stops_last])
        self.children.clear()
        if self._guardian is not None:
            if self._guardian.stdin is not None:
                self._guardian.stdin.close()
            self._guardian.wait()
            self._guardian = None

    @staticmethod
    def _stop_at_once(children: list[Child]) -> None:
        for child in reversed(children):
            child.ask_to_stop()
        asked = time.monotonic()
        for child in reversed(children):
            child.wait(child.program.stop_seconds - (time.monotonic() - asked))
            child.clear()


class Stopping:
    """Set by the first SIGINT, SIGTERM or SIGHUP. More of them change nothing: a group's signal comes twice."""

    def __init__(self) -> None:
        self.signal: signal.Signals | None = None

    def __bool__(self) -> bool:
        return self.signal is not None

    def note(self, number: int, frame: FrameType | None = None) -> None:
        self.signal = self.signal or signal.Signals(number)


@contextlib.contextmanager
def stopping_signals() -> Iterator[Stopping]:
    """Note the stopping signals instead of dying of them; the caller looks at the flag between its steps."""
    stopping = Stopping()
    before = {each: signal.signal(each, stopping.note) for each in STOPPING_SIGNALS}
    try:
        yield stopping
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def wait_until(ready: Callable[[], bool], child: Child, *, seconds: float, what: str) -> None:
    """Raises ChildFailed where the child ends first or the time runs out."""
    deadline = time.monotonic() + seconds
    while not ready():
        if not child.alive():
            raise ChildFailed(child, f"ended with code {child.process.returncode} before it was ready")
        if time.monotonic() >= deadline:
            raise ChildFailed(child, f"was not ready within {seconds:g} seconds ({what})")
        time.sleep(PAUSE_SECONDS)
