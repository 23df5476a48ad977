"""An embedded Redis: a foreground child on a TCP port of its own, behind a password.

In the demo it keeps its append-only file, so queued jobs survive a stop; nobody would miss them (every job that
matters has a row), but a second start then has nothing to catch up on.
"""

import os
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from portico_portal.local.binaries import redis_candidates
from portico_portal.local.children import Child, Program
from portico_portal.local.ports import LOOPBACK
from portico_portal.local.supervisor import ChildFailed, Supervisor, wait_until

START_SECONDS = 10.0


class NoRedis(Exception):
    """No Redis of this machine could be started. The text says which were tried and what to do."""


@dataclass(frozen=True)
class EmbeddedRedis:
    child: Child
    port: int
    password: str

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}/0"


def start_redis(
    supervisor: Supervisor,
    *,
    folder: Path,
    port: int,
    password: str,
    throwaway: bool = False,
    candidates: Sequence[tuple[Path, str]] | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> EmbeddedRedis:
    folder.mkdir(parents=True, exist_ok=True)
    troubles: list[str] = []
    for executable, source in redis_candidates() if candidates is None else candidates:
        program = Program(
            name="redis",
            argv=(str(executable), "-"),
            log=folder / "redis.log",
            environment={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
            folder=folder,
            stops_last=True,
            # By standard input, so that the password stands in no process list.
            input=_configuration(folder, port, password, throwaway=throwaway),
        )
        try:
            child = supervisor.start(program)
        except OSError as trouble:
            troubles.append(f"{executable}: {trouble}")
            continue
        try:
            wait_until(lambda: _answers(port, password), child, seconds=START_SECONDS, what="it answers PING")
        except ChildFailed as trouble:
            supervisor.stop_one(child)
            troubles.append(f"{executable}: {trouble}")
            continue
        say(source)
        return EmbeddedRedis(child, port, password)
    tried = "".join(f"\n  tried {trouble}" for trouble in troubles)
    raise NoRedis(
        f"no Redis could be started here.{tried}\nInstall one (Debian: apt install redis-server), or set "
        "PORTICO_REDIS_URL to a server, for instance redis://127.0.0.1:6379/0"
    )


def _configuration(folder: Path, port: int, password: str, *, throwaway: bool) -> str:
    lines = [
        f"bind {LOOPBACK}",
        f"port {port}",
        f"requirepass {password}",
        f'dir "{folder}"',
        "daemonize no",
        'save ""',
        f"appendonly {'no' if throwaway else 'yes'}",
    ]
    return "\n".join(lines) + "\n"


def _answers(port: int, password: str) -> bool:
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            answer = b""
            while answer.count(b"\r\n") < 2 and (part := connection.recv(256)):
                answer += part
            return b"+PONG" in answer
    except OSError:
        return False
