"""Connections that say nothing, little or never enough end by themselves, and nobody else waits for them."""

import asyncio
import time

from portico_portal.serve import HEADERS_MILLISECONDS
from portico_portal.web.bounds import BODY_SECONDS
from tests.hardening.network.serving import Served, status_of

SLACK_SECONDS = 45.0  # the machine may be busy
DRIP_SECONDS = 0.5
SILENT = 1100  # more than the server's backlog, which bounds its open connections
FORM = b"Cookie: door=x\r\nContent-Type: application/x-www-form-urlencoded\r\n"


async def ends(served: Served, begun: bytes, drip: bytes = b"") -> tuple[float, bytes]:
    """How long the server keeps a connection that goes on like this, and what it says at last."""
    reader, writer = await served.connect()
    started = time.monotonic()

    async def go_on() -> None:
        while drip:
            await asyncio.sleep(DRIP_SECONDS)
            writer.write(drip)
            await writer.drain()

    dripping = asyncio.create_task(go_on())
    try:
        writer.write(begun)
        answer = await asyncio.wait_for(reader.read(), BODY_SECONDS + SLACK_SECONDS)
    except ConnectionError:
        answer = b""
    finally:
        dripping.cancel()
        writer.close()
    return time.monotonic() - started, answer


async def test_slow_ones_end_and_nobody_waits_for_them(served: Served) -> None:
    host = f"Host: {served.house.tenant.host}\r\n".encode()
    head, post = b"GET /sign-in HTTP/1.1\r\n" + host, b"POST /sign-in HTTP/1.1\r\n" + host + FORM
    hook = b"POST /webhooks/stripe HTTP/1.1\r\nHost: platform.test\r\nContent-Length: 1000\r\n\r\n{"
    kept = [asyncio.create_task(ends(served, b"")) for _ in range(SILENT)]
    slow = {
        "headers that stop": ends(served, head),
        "headers that drip": ends(served, head, b"X-A: b\r\n"),
        "a body that stops": ends(served, post + b"Content-Length: 100\r\n\r\ncsrf_"),
        "a body that drips": ends(served, post + b"Content-Length: 9000\r\n\r\n", b"a"),
        "chunks that drip": ends(served, post + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
        "a webhook that drips": ends(served, hook, b" "),
        "another request that does not come": ends(served, head + b"\r\n"),
        "version 2, from a client that knows": ends(served, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    }
    running = asyncio.gather(*slow.values())
    async with served.client() as client:
        answered = 0
        while not running.done():
            answered += (await client.get("/health/live")).status_code == 200
            await asyncio.sleep(0.2)
    for what, (seconds, answer) in zip(slow, await running, strict=True):
        limit = BODY_SECONDS if "body" in what or "chunks" in what or "webhook" in what else HEADERS_MILLISECONDS / 1000
        assert seconds < limit + SLACK_SECONDS, what
        expected = (408,) if limit == BODY_SECONDS else (0, 200, 400, 408)
        assert status_of(answer) in expected, (what, answer[:200])
        if what == "a body that stops":
            assert b"did not arrive in time" in answer
    assert answered > 5
    assert all(not answer for _, answer in await asyncio.gather(*kept))
