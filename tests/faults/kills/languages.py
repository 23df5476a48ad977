"""What is said on a wire, as far as the named moments need it: PostgreSQL, HTTP, SMTP, Redis."""

import struct
from collections.abc import Iterator
from typing import Protocol

STARTUP, SSL_REQUEST = 196608, 80877103
MOST_WORDS = 4000


class Language(Protocol):
    """One connection's talk, in the order in which it passes."""

    in_transaction: bool

    def asked(self, content: bytes) -> str | None:
        """The client's words that a trap may wait for; None where they are none."""
        ...

    def answered(self, content: bytes) -> None:
        """The server said this."""
        ...


class PostgreSQL:
    """Tells a COMMIT with everything that its transaction has said: `COMMIT; INSERT INTO payment (…; …`.

    Commits are simple queries of a few bytes which the client sends after the last answer, so a chunk that ends one
    holds nothing else.
    """

    def __init__(self) -> None:
        self.in_transaction = False
        self.backend_pid: int | None = None
        self._asked = b""
        self._answered = b""
        self._started = False
        self._prepared: dict[str, str] = {}
        self._said: list[str] = []

    def asked(self, content: bytes) -> str | None:
        self._asked += content
        words = None
        for kind, body in self._messages():
            match kind:
                case b"P":
                    name, query, *_ = body.decode(errors="replace").split("\0")
                    self._prepared[name] = query
                case b"B":
                    _, name, *_ = body.decode(errors="replace").split("\0", 2)
                    self._said.append(self._prepared.get(name, ""))
                case b"Q":
                    words = self._simple(body.rstrip(b"\0").decode(errors="replace")) or words
        return words

    def answered(self, content: bytes) -> None:
        if self.backend_pid is None:
            # BackendKeyData: K, length 12, process id, secret.
            self._answered += content
            place = self._answered.find(b"K\x00\x00\x00\x0c")
            if place >= 0 and len(self._answered) >= place + 9:
                (self.backend_pid,) = struct.unpack_from("!i", self._answered, place + 5)
                self._answered = b""

    def _simple(self, query: str) -> str | None:
        first = query.lstrip()[:8].upper()
        if first.startswith("BEGIN"):
            self.in_transaction, self._said = True, []
        elif first.startswith(("COMMIT", "ROLLBACK")):
            self.in_transaction = False
            if first.startswith("COMMIT"):
                return "; ".join(("COMMIT", *self._said))[:MOST_WORDS]
        return None

    def _messages(self) -> Iterator[tuple[bytes, bytes]]:
        while True:
            if not self._started:
                if len(self._asked) < 8:
                    return
                length, code = struct.unpack_from("!ii", self._asked)
                if len(self._asked) < length:
                    return
                self._asked = self._asked[length:]
                self._started = code == STARTUP
                continue
            if len(self._asked) < 5:
                return
            (length,) = struct.unpack_from("!i", self._asked, 1)
            if len(self._asked) < length + 1:
                return
            yield self._asked[:1], self._asked[5 : length + 1]
            self._asked = self._asked[length + 1 :]


class HTTP:
    """Tells the request line: `POST /v1/checkout/sessions HTTP/1.1`."""

    in_transaction = False

    def __init__(self) -> None:
        self._is_new = True

    def asked(self, content: bytes) -> str | None:
        if not self._is_new:
            return None
        self._is_new = False
        return content.partition(b"\r\n")[0].decode(errors="replace")

    def answered(self, content: bytes) -> None:
        self._is_new = True


class SMTP:
    """Tells when a message begins and when its last line is out: `MAIL`, `SENT`."""

    in_transaction = False

    def asked(self, content: bytes) -> str | None:
        if content.endswith(b"\r\n.\r\n"):
            return "SENT"
        return "MAIL" if content.upper().startswith(b"MAIL FROM") else None

    def answered(self, content: bytes) -> None:
        """Nothing to keep."""


class Redis:
    """Tells the commands as they are; a message's job stands in them by name. Reading is a long wait, not business."""

    in_transaction = False

    def asked(self, content: bytes) -> str | None:
        return content[:MOST_WORDS].decode(errors="replace")

    def answered(self, content: bytes) -> None:
        """Nothing to keep."""
