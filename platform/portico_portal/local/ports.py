"""Which TCP ports the local processes use: the favourite where it is free, and the same again next time."""

import json
import socket
from pathlib import Path

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    """Nobody listens there, on loopback or on every address."""
    for address in (LOOPBACK, "0.0.0.0"):  # noqa: S104 - asks whether it is taken, serves nothing
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True


_reservations: dict[int, socket.socket] = {}


def reserve(port: int) -> bool:
    """Keep the port from every other Portico of this machine until this process ends.

    A port is chosen seconds before its server binds it, and two demos or test runs may choose at the same moment. The
    mark is a name in Linux's abstract socket space: it needs no file and goes with its process.
    """
    if port in _reservations:
        return True
    mark = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        mark.bind(f"\0portico-port-{port}")
    except OSError:
        mark.close()
        return False
    _reservations[port] = mark
    return True


def free_port() -> int:
    while True:
        with socket.socket() as probe:
            probe.bind((LOOPBACK, 0))
            port: int = probe.getsockname()[1]
        if reserve(port):
            return port


class PortBook:
    """Ports by name, kept in a file so that addresses stay the same from one start to the next."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._ports: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}

    def take(self, name: str, favourite: int | None = None) -> int:
        others = {port for known, port in self._ports.items() if known != name}
        candidates = [self._ports.get(name), favourite]
        if favourite is not None:
            candidates += range(favourite + 1, favourite + 20)
        for port in candidates:
            if port is not None and port not in others and is_free(port) and reserve(port):
                break
        else:
            port = free_port()
        self._ports[name] = port
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(json.dumps(self._ports, indent=2) + "\n")
        return port
