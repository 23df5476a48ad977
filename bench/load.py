"""A load over loopback: requests leave at their rate however long answers take (an open loop), so a server that falls
behind cannot slow down who measures it. Times count from when a request should have left."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

READ_BYTES = 65_536


@dataclass(frozen=True)
class Ask:
    """One request, ready to be sent."""

    method: str
    path: str
    host: str
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    media_type: str = "application/x-www-form-urlencoded"

    @property
    def wire(self) -> bytes:
        lines = [f"{self.method} {self.path} HTTP/1.1", f"Host: {self.host}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.body:
            lines += [f"Content-Type: {self.media_type}", f"Content-Length: {len(self.body.encode())}"]
        return "\r\n".join([*lines, "", self.body]).encode()


@dataclass
class Answers:
    """What came back: seconds of those that were answered as wished, and how many there were of each status."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def add(self, other: "Answers") -> None:
        self.seconds += other.seconds
        self.statuses += other.statuses


class Server:
    """Keeps its connections open between requests, as browsers do."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    def __reduce__(self) -> tuple[type["Server"], tuple[int]]:
        """In another process: the same server, without these connections."""
        return Server, (self.port,)

    async def ask(self, ask: Ask) -> tuple[int, bytes]:
        """Status and the answer as it came, head and body. Asks once more, on a new connection, where the server ended
        the old one in the same moment, as browsers do."""
        streams = self._still_open()
        if streams is not None:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                return await self._on(streams, ask)
        return await self._on(await asyncio.open_connection("127.0.0.1", self.port), ask)

    async def _on(self, streams: tuple[asyncio.StreamReader, asyncio.StreamWriter], ask: Ask) -> tuple[int, bytes]:
        reader, writer = streams
        writer.write(ask.wire)
        head = await reader.readuntil(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1])
        body = b"" if status == 304 else await _body(reader, head)
        self._idle.append(streams)
        return status, head + body

    def _still_open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """One the server has not ended meanwhile, the last used first."""
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof():
                return reader, writer
            writer.close()
        return None

    async def close(self) -> None:
        for _, writer in self._idle:
            writer.close()
        self._idle.clear()


async def at_rate(server: Server, asks: Callable[[int], Ask], per_second: float, seconds: float) -> Answers:
    """Send requests at that rate for that long, at moments drawn by chance as people's are, and wait for the last."""
    answers = Answers()
    loop = asyncio.get_running_loop()
    start = loop.time()

    async def one(number: int) -> None:
        due = start + random.uniform(0, seconds)  # noqa: S311 - no secret
        await asyncio.sleep(max(0.0, due - loop.time()))
        status, _ = await server.ask(asks(number))
        answers.statuses[status] += 1
        if status == 200:
            answers.seconds.append(loop.time() - due)

    await asyncio.gather(*(one(number) for number in range(int(per_second * seconds))))
    return answers


def percentile(values: Iterable[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _header(head: bytes, name: bytes) -> bytes | None:
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.lower() == name:
            return value.strip()
    return None


async def _body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    length = _header(head, b"content-length")
    return await reader.readexactly(int(length)) if length else await _chunks(reader)


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int(await reader.readuntil(b"\r\n"), 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readexactly(2)
    return body
