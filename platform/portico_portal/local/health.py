"""Waiting for a local server to answer, over plain HTTP on loopback."""

import http.client
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from portico_portal.local.children import Child, Program
from portico_portal.local.ports import LOOPBACK
from portico_portal.local.supervisor import Supervisor, wait_until

ASK_SECONDS = 2.0


@dataclass(frozen=True)
class Server:
    """A child that listens on a port and says when it is well."""

    child: Child
    url: str


def start_server(supervisor: Supervisor, program: Program, *, port: int, health: str, seconds: float = 30.0) -> Server:
    """Start it and wait until `health` (a path) answers 2xx. Raises ChildFailed; nothing is left running then."""
    child = supervisor.start(program)
    url = f"http://{LOOPBACK}:{port}"
    try:
        wait_until(lambda: is_well(url + health), child, seconds=seconds, what=f"{url}{health} answers")
    except BaseException:
        supervisor.stop_one(child)
        raise
    return Server(child, url)


def is_well(url: str, host: str | None = None) -> bool:
    """Whether the address answers 2xx; `host` goes into the Host header, since Python resolves no *.localhost."""
    return 200 <= status(url, host) < 300


def status(url: str, host: str | None = None) -> int:
    """The status of a GET without following redirects; 0 where nobody answers."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or LOOPBACK, parts.port, timeout=ASK_SECONDS)
    headers: dict[str, str] = {"Host": host} if host else {}
    try:
        connection.request("GET", parts.path or "/", headers=headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def on_port(argv: Sequence[str], port: int) -> tuple[str, ...]:
    """The command line with {port} filled in."""
    return tuple(part.replace("{port}", str(port)) for part in argv)
