"""One child process: started in a session of its own, bound to the life of its parent, stopped with a deadline."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from portico_portal.local import guardian

PR_SET_PDEATHSIG = 1
PAUSE_SECONDS = 0.02
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Program:
    """What to run. `environment` is the whole environment, not an addition to ours.

    `stop_signal` goes to the main process alone: dramatiq hangs when its workers get it from the group and from
    their parent, and PostgreSQL wants SIGINT, since SIGTERM waits for every client to leave.
    """

    name: str
    argv: tuple[str, ...]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 10.0
    stops_last: bool = False
    user: int | None = None
    input: str | None = None


class Child:
    """A started program. Start it from the main thread: the kernel binds it to the thread that forked it."""

    def __init__(self, program: Program) -> None:
        self.program = program
        program.log.parent.mkdir(parents=True, exist_ok=True)
        parent = os.getpid()

        def bind_to_parent() -> None:
            _libc.prctl(PR_SET_PDEATHSIG, int(program.stop_signal), 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

        with program.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - the programs are ours, none comes from outside
                program.argv,
                stdin=subprocess.DEVNULL if program.input is None else subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(program.environment),
                cwd=program.folder,
                start_new_session=True,
                user=program.user,
                group=program.user,
                extra_groups=None if program.user is None else [],
                preexec_fn=bind_to_parent,
            )
        self.started_ticks = guardian.read_stat(self.process.pid)[2]
        if program.input is not None and self.process.stdin is not None:
            with self.process.stdin as stdin:
                stdin.write(program.input.encode())

    @property
    def name(self) -> str:
        return self.program.name

    @property
    def pid(self) -> int:
        return self.process.pid

    def alive(self) -> bool:
        return self.process.poll() is None

    def ask_to_stop(self) -> None:
        if self.alive():
            self.process.send_signal(self.program.stop_signal)

    def wait(self, seconds: float) -> bool:
        """True once the main process has ended; waits at most so long."""
        deadline = time.monotonic() + seconds
        while self.alive():
            if time.monotonic() >= deadline:
                return False
            time.sleep(PAUSE_SECONDS)
        return True

    def clear(self) -> None:
        """Kill the main process and whatever still lives in its session."""
        while left := guardian.members({self.pid: self.started_ticks}).get(self.pid):
            for pid in left:
                guardian.kill(pid)
            self.process.poll()
            time.sleep(PAUSE_SECONDS)
        self.process.wait()

    def stop(self) -> None:
        self.ask_to_stop()
        self.wait(self.program.stop_seconds)
        self.clear()

    def last_words(self, lines: int = 12) -> str:
        """The end of the log, for the person who has to find out why it ended."""
        with self.program.log.open("rb") as log:
            log.seek(max(0, self.program.log.stat().st_size - 8192))
            text = log.read().decode(errors="replace")
        return "\n".join(text.splitlines()[-lines:])


def start_guardian() -> "subprocess.Popen[str]":
    """Its standard input takes one line per child; see guardian.py."""
    return subprocess.Popen(  # noqa: S603 - our own file, our own interpreter
        [sys.executable, "-I", "-S", guardian.__file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        text=True,
    )


def bind_to_parent_process() -> None:
    """Get SIGTERM when our own parent ends, as `make` may by SIGKILL."""
    _libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
