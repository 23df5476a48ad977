"""A TCP proxy between us and a server, which harms the exchange that a test chose and counts how often it did.

It reads HTTP/1.1 only as far as it must to know where a request and its answer end: bytes pass as they came.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

Kind = Literal["request", "reply", "half_close", "silence", "delay", "drip", "instead", "hold"]
CHUNK = 64 * 1024


@dataclass
class Harm:
    """What befalls an exchange. `at` counts bytes, from the end where it is negative.

    request     `at` bytes of the request get through, then both sides are cut
    reply       the server has answered; `at` bytes of it arrive, then the line is cut (reset)
    half_close  the same, but the line ends in good order, as if there were no more (FIN)
    silence     the server has answered; nothing arrives, and nothing ever ends
    delay       the answer arrives after `seconds`
    drip        the answer arrives in pieces of `at` bytes
    instead     the server has answered; `body` arrives as a whole answer of 200 in its place
    hold        the answer waits until the test lets go (`BadWire.let_go`)
    """

    kind: Kind
    at: int = 0
    seconds: float = 0.0
    body: bytes = b""


@dataclass
class Exchange:
    """One request as it passed: its first line, its body, and how long its answer was."""

    line: str
    body: bytes
    reply_bytes: int = 0


@dataclass
class Rule:
    """A harm, for exchanges whose first line or body has all the words, after `skip` of them, and not before `after`
    has fired; `fired` counts."""

    harm: Harm
    words: tuple[str, ...]
    skip: int
    times: int
    after: "Rule | None" = None
    fired: int = 0

    def takes(self, exchange: Exchange) -> bool:
        """Whether it harms this one."""
        text = exchange.line + exchange.body.decode("utf-8", "replace")
        if self.fired >= self.times or not all(word in text for word in self.words):
            return False
        if self.after is not None and not self.after.fired:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.fired += 1
        return True


@dataclass
class BadWire:
    """`seen` are all exchanges. What a rule lets pass, passes as it came."""

    url: str = ""
    rules: list[Rule] = field(default_factory=list)
    seen: list[Exchange] = field(default_factory=list)
    held: asyncio.Event = field(default_factory=asyncio.Event)
    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    def harm(self, harm: Harm, *words: str, skip: int = 0, times: int = 1, after: Rule | None = None) -> Rule:
        """Have this befall exchanges from now on."""
        rule = Rule(harm, words, skip, times, after)
        self.rules.append(rule)
        return rule

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int) -> None:
        """One connection of ours, with one of its own to the server."""
        to_server: asyncio.StreamWriter | None = None
        try:
            from_server, to_server = await asyncio.open_connection(host, port)
            while await self._exchange(reader, writer, from_server, to_server):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            for each in (writer, to_server):
                if each is not None:
                    each.close()

    async def _exchange(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        from_server: asyncio.StreamReader,
        to_server: asyncio.StreamWriter,
    ) -> bool:
        """Whether another may follow on this connection."""
        head, body = await _message(reader)
        exchange = Exchange(head.partition(b"\r\n")[0].decode("latin-1"), body)
        self.seen.append(exchange)
        harm = next((rule.harm for rule in self.rules if rule.takes(exchange)), None)
        request = head + body
        if harm is not None and harm.kind == "request":
            to_server.write(request[: harm.at])
            await to_server.drain()
            _cut(to_server)
            _cut(writer)
            return False
        to_server.write(request)
        await to_server.drain()
        reply = b"".join(await _message(from_server))
        exchange.reply_bytes = len(reply)
        if harm is None:
            writer.write(reply)
            await writer.drain()
            return True
        return await self._harm(harm, reply, reader, writer)

    async def _harm(self, harm: Harm, reply: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        match harm.kind:
            case "reply":
                writer.write(reply[: harm.at])
                await writer.drain()
                _cut(writer)
                return False
            case "half_close":
                writer.write(reply[: harm.at])
                writer.write_eof()
                await reader.read()  # until the other side has had enough too
                return False
            case "silence":
                self.held.set()
                await reader.read()
                return False
            case "drip":
                for start in range(0, len(reply), harm.at):
                    writer.write(reply[start : start + harm.at])
                    await writer.drain()
                    await asyncio.sleep(0)
                return True
            case "instead":
                head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
                writer.write(head % len(harm.body) + harm.body)
            case "delay":
                await asyncio.sleep(harm.seconds)
                writer.write(reply)
            case "hold":
                self.held.set()
                await self.let_go.wait()
                writer.write(reply)
        await writer.drain()
        return True


@asynccontextmanager
async def bad_wire(url: str) -> AsyncIterator[BadWire]:
    """A wire to the server at `url`; its own address is `BadWire.url`."""
    parts = urlsplit(url)
    host, port = parts.hostname or "127.0.0.1", parts.port or 80
    wire = BadWire()
    open_now: set[asyncio.Task[None]] = set()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        open_now.add(task)
        with suppress(asyncio.CancelledError):  # the test is over
            await wire.serve(reader, writer, host, port)
        open_now.discard(task)

    server = await asyncio.start_server(take, "127.0.0.1", 0, limit=CHUNK)
    wire.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield wire
    finally:
        server.close()
        for task in list(open_now):
            task.cancel()
            await task


async def _message(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """Head and body of a request or an answer, as they came."""
    head = await reader.readuntil(b"\r\n\r\n")
    fields = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:] if b":" in line)
    if b"chunked" in fields.get(b"transfer-encoding", b""):
        return head, await _chunks(reader)
    return head, await reader.readexactly(int(fields.get(b"content-length", b"0")))


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while True:
        size = await reader.readuntil(b"\r\n")
        body += size + await reader.readexactly(int(size.split(b";")[0], 16) + 2)
        if int(size.split(b";")[0], 16) == 0:
            return body


def _cut(writer: asyncio.StreamWriter) -> None:
    """Reset the line: nothing that was not sent yet will be."""
    kept = writer.get_extra_info("socket")
    with suppress(OSError):
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    writer.close()
