"""A TCP proxy between one of our processes and what it talks to, which stops at a named moment.

"Before" is when the words that ask for something have arrived here and nobody else has seen them; "after" is when it
has been done and the answer is here. Whoever is killed at that moment knows as little as after a pulled plug, and no
process of ours carries a hook for it.
"""

import asyncio
import contextlib
import re
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

from portico_portal.local.ports import LOOPBACK, free_port
from tests.faults.kills.languages import Language

CHUNK = 256 * 1024
When = Literal["before", "after"]


@dataclass(eq=False)
class Trap:
    """Springs once, at the first words that match. `cut`: the connection ends there; else it goes on afterwards."""

    words: re.Pattern[str]
    when: When
    act: Callable[["Passage"], Awaitable[None]]
    cut: bool = True
    sprung: asyncio.Event = field(default_factory=asyncio.Event)


class Wire:
    """Listens on a port of its own and carries everything to and from `target`, a port on this machine."""

    def __init__(self, name: str, target: int, language: type[Language]) -> None:
        self.name = name
        self.target = target
        self.language = language
        self.port = free_port()
        self.carried = 0
        self._traps: list[Trap] = []
        self._passages: set[Passage] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._carry, LOOPBACK, self.port)

    async def close(self) -> None:
        for passage in list(self._passages):
            passage.cut()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def set(self, trap: Trap) -> None:
        self._traps.append(trap)

    def take_up(self, trap: Trap) -> None:
        """It shall not spring any more."""
        if trap in self._traps:
            self._traps.remove(trap)

    def claim(self, words: str, when: When) -> Trap | None:
        """The trap that these words spring."""
        trap = next((each for each in self._traps if each.when == when and each.words.search(words)), None)
        if trap is not None:
            self._traps.remove(trap)
        return trap

    @property
    def open_connections(self) -> int:
        return len(self._passages)

    @property
    def busy(self) -> bool:
        """Somebody waits for an answer, or is inside a transaction."""
        return any(passage.busy for passage in self._passages)

    async def _carry(self, client: StreamReader, to_client: StreamWriter) -> None:
        try:
            server, to_server = await asyncio.open_connection(LOOPBACK, self.target)
        except OSError:
            to_client.transport.abort()
            return
        passage = Passage(self, self.language(), (client, to_client), (server, to_server))
        self._passages.add(passage)
        self.carried += 1
        try:
            await passage.run()
        finally:
            self._passages.discard(passage)


class Passage:
    """One connection and its other half."""

    def __init__(
        self,
        wire: Wire,
        language: Language,
        client: tuple[StreamReader, StreamWriter],
        server: tuple[StreamReader, StreamWriter],
    ) -> None:
        self.wire = wire
        self.language = language
        self._from_client, self._to_client = client
        self._from_server, self._to_server = server
        self._awaited: Trap | None = None
        self._unanswered = False

    @property
    def busy(self) -> bool:
        return self._unanswered or self.language.in_transaction

    async def run(self) -> None:
        """Until either side ends."""
        pumps = [asyncio.create_task(each) for each in (self._ask(), self._answer())]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.cut()
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            if self._awaited is not None:  # the answer never came: it waits for the next
                self.wire.set(self._awaited)

    def cut(self) -> None:
        for writer in (self._to_client, self._to_server):
            with contextlib.suppress(OSError, RuntimeError):
                writer.transport.abort()

    async def _ask(self) -> None:
        while content := await self._from_client.read(CHUNK):
            if words := self.language.asked(content):
                if trap := self.wire.claim(words, "before"):
                    await self._spring(trap)
                    if trap.cut:
                        return
                self._awaited = self._awaited or self.wire.claim(words, "after")
            self._unanswered = True
            self._to_server.write(content)
            await self._to_server.drain()

    async def _answer(self) -> None:
        while content := await self._from_server.read(CHUNK):
            self.language.answered(content)
            self._unanswered = False
            if (trap := self._awaited) is not None:
                self._awaited = None
                await self._spring(trap)
                if trap.cut:
                    return
            self._to_client.write(content)
            await self._to_client.drain()

    async def _spring(self, trap: Trap) -> None:
        await trap.act(self)
        trap.sprung.set()
