"""A request as the handlers see it, and the dropping of its connection for faults."""

import contextlib
import os
import socket
import stat
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from litestar.types import HTTPScope, Receive

from portico_connectors.simulators.netsuite.answers import Refused


@dataclass
class Exchange:
    """One request: everything read, nothing answered. `base` is scheme and host as the client saw them."""

    method: str
    path: str
    query: dict[str, str]
    query_string: str
    headers: dict[str, str]
    host: str
    base: str
    body: bytes
    client: tuple[str, int] | None

    @property
    def is_restlet(self) -> bool:
        """Whether the RESTlet host's path is asked for."""
        return self.path == "/app/site/hosting/restlet.nl"

    def json(self) -> Any:
        """The body as JSON whatever its media type says, numbers exact. Raises Refused."""
        try:
            return msgspec.json.Decoder(float_hook=Decimal).decode(self.body)
        except msgspec.DecodeError as error:
            raise Refused(400, "INVALID_REQUEST", "Invalid request. The body is no valid JSON.") from error

    def whole_number(self, name: str, default: int) -> int:
        """A query parameter that must be a whole number of 0 or more. Raises Refused."""
        text = self.query.get(name)
        if text is None:
            return default
        if not text.isdigit():
            raise Refused(
                400, "INVALID_PARAMETER", f"Invalid value '{text}' for query parameter '{name}'.", query_param=name
            )
        return int(text)


async def read_exchange(scope: HTTPScope, receive: Receive) -> Exchange:
    """Read a request whole."""
    headers = {key.decode("latin-1").lower(): value.decode("latin-1") for key, value in scope["headers"]}
    host = headers.get("x-forwarded-host") or headers.get("host", "127.0.0.1")
    scheme = headers.get("x-forwarded-proto") or scope["scheme"]
    query_string = scope["query_string"].decode("latin-1")
    client = scope["client"]
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            break
        body += message["body"]
        if not message["more_body"]:
            break
    return Exchange(
        method=scope["method"],
        path=scope["path"].rstrip("/") or "/",
        query=dict(parse_qsl(query_string, keep_blank_values=True)),
        query_string=query_string,
        headers=headers,
        host=host,
        base=f"{scheme}://{host}",
        body=body,
        client=(client[0], int(client[1])) if client else None,
    )


def drop_connection(client: tuple[str, int] | None) -> None:
    """Cut a client's TCP connection from below the HTTP server, as a failing network would.

    The server owns the socket, so it is found among this process's descriptors by the client's address.
    """
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            # Only sockets are duplicated: a duplicate of a pipe that stayed open would keep its reader waiting.
            if stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                with socket.socket(fileno=os.dup(int(name))) as twin:
                    if twin.getpeername()[:2] == client:
                        twin.shutdown(socket.SHUT_RDWR)
