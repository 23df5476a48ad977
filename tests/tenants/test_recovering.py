"""A process that starts while PostgreSQL recovers from a crash waits for it instead of ending."""

import asyncio
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from portico_core.settings import Settings
from portico_portal.local.ports import LOOPBACK
from portico_tenants.safety import Unsafe, refuse_unsafe

STARTING_UP = b"SFATAL\0VFATAL\0C57P03\0Mthe database system is not yet accepting connections\0\0"
GONE = b"SFATAL\0VFATAL\0C53300\0Mtoo many clients already\0\0"


class Recovering:
    """Says to the first clients, in PostgreSQL's words, why it does not serve them; passes later ones on."""

    def __init__(self, server: tuple[str, int], says: bytes, refusals: int) -> None:
        self.server = server
        self.says = says
        self.refusals = refusals

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refusals:
            self.refusals -= 1
            await reader.readexactly(8)  # the question for TLS
            writer.write(b"N")
            await reader.read(1024)  # who wants to come in
            writer.write(b"E" + (len(self.says) + 4).to_bytes(4, "big") + self.says)
            await writer.drain()
            writer.close()
            return
        from_server, to_server = await asyncio.open_connection(*self.server)
        await asyncio.gather(_pass_on(reader, to_server), _pass_on(from_server, writer))


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while content := await reader.read(65536):
        writer.write(content)
    writer.close()


async def started(settings: Settings, says: bytes) -> Recovering:
    """A start behind it, as a process makes it."""
    parts = urlsplit(settings.database.url)
    recovering = Recovering((parts.hostname or "", parts.port or 5432), says, refusals=2)
    server = await asyncio.start_server(recovering.serve, LOOPBACK, 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        behind = settings.database.url.replace(f":{parts.port}/", f":{port}/")
        await refuse_unsafe(replace(settings.database, url=behind))
    return recovering


async def test_a_start_waits_for_a_server_that_is_recovering(settings: Settings) -> None:
    assert (await started(settings, STARTING_UP)).refusals == 0


async def test_any_other_refusal_ends_the_start(settings: Settings) -> None:
    with pytest.raises(Unsafe, match="too many clients"):
        await started(settings, GONE)
