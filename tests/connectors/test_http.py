"""The client keeps its limits whatever the other side does, and tells "not sent" from "answer lost"."""

import asyncio
import gzip
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from portico_connectors.errors import RetryLater
from portico_connectors.http import Http, Limits, NotSent, ReplyLost, ReplyTooLarge
from tests.connectors.wire import Handler, Request, answer, serving

PATIENT = Limits(connect=30, read=30, write=30, exchange=60, reply_bytes=10_000)
HASTY = PATIENT._replace(read=0.2, exchange=0.5)
SECRET = {"Authorization": "Bearer canary-secret"}


@asynccontextmanager
async def client(limits: Limits = PATIENT) -> AsyncIterator[Http]:
    http = Http("test", allow_private=True, limits=limits)
    try:
        yield http
    finally:
        await http.close()


async def outcome_of(handler: Handler, limits: Limits = PATIENT) -> Exception:
    async with serving(handler) as address, client(limits) as http:
        with pytest.raises(Exception, match=r".") as caught:
            await http.send("POST", address, headers=SECRET, content=b"{}")
    return caught.value


async def test_a_refused_connection_was_not_sent() -> None:
    async with client() as http:
        with pytest.raises(NotSent):
            await http.send("GET", "http://127.0.0.1:1/", headers={})


async def test_a_cut_answer_is_a_lost_one() -> None:
    async def handler(request: Request) -> bytes:
        return answer(200, b"half")[:-2]

    assert isinstance(await outcome_of(handler), ReplyLost)


async def test_no_answer_at_all_is_a_lost_one() -> None:
    async def handler(request: Request) -> bytes:
        return b""

    assert isinstance(await outcome_of(handler), ReplyLost)


async def test_a_silent_server_is_left() -> None:
    async def handler(request: Request) -> bytes:
        await asyncio.sleep(5)
        return answer(200)

    assert isinstance(await outcome_of(handler, HASTY), ReplyLost)


async def test_a_dripping_server_is_left() -> None:
    async def handler(request: Request) -> bytes:
        request.writer.write(answer(200, Content_Length="1000"))
        for _ in range(50):
            request.writer.write(b".")
            await request.writer.drain()
            await asyncio.sleep(0.05)
        return b""

    assert isinstance(await outcome_of(handler, HASTY), ReplyLost)


async def test_a_large_answer_is_not_read_to_its_end() -> None:
    async def handler(request: Request) -> bytes:
        return answer(200, b"x" * 10_001)

    assert isinstance(await outcome_of(handler), ReplyTooLarge)


async def test_a_small_answer_that_unpacks_to_a_large_one_is_not_read_either() -> None:
    async def handler(request: Request) -> bytes:
        return answer(200, gzip.compress(b"x" * 10_000_000), Content_Encoding="gzip")

    assert isinstance(await outcome_of(handler), ReplyTooLarge)


async def test_an_answer_that_does_not_unpack_is_a_lost_one() -> None:
    async def handler(request: Request) -> bytes:
        return answer(200, b"no gzip", Content_Encoding="gzip")

    assert isinstance(await outcome_of(handler), RetryLater)


async def test_redirects_are_not_followed() -> None:
    async def handler(request: Request) -> bytes:
        return answer(302, Location="/elsewhere") if request.path == "/" else answer(200)

    async with serving(handler) as address, client() as http:
        assert (await http.send("GET", address + "/", headers={})).status == 302


async def test_errors_carry_no_credentials() -> None:
    async def handler(request: Request) -> bytes:
        return b""

    error = await outcome_of(handler)
    assert "canary-secret" not in "".join(traceback.format_exception(error))
    assert error.__cause__ is None
    assert error.__suppress_context__


async def test_no_more_requests_at_once_than_allowed_and_one_slot_is_kept_for_writes() -> None:
    now, most = 0, 0
    two_in_work, release = asyncio.Event(), asyncio.Event()

    async def handler(request: Request) -> bytes:
        nonlocal now, most
        now += 1
        most = max(most, now)
        if now == 2:
            two_in_work.set()
        if request.path == "/read":
            await release.wait()
        now -= 1
        return answer(200)

    async with serving(handler) as address:
        # Two connections of one account share its slots.
        first, second = (Http("shared", concurrency=3, allow_private=True, limits=PATIENT) for _ in range(2))
        reads = [asyncio.create_task(http.send("GET", address + "/read", headers={})) for http in (first, second) * 4]
        async with asyncio.timeout(30):
            await two_in_work.wait()
        await asyncio.sleep(0.1)
        assert most == 2
        await first.send("POST", address + "/write", headers={}, urgent=True)
        assert most == 3
        release.set()
        await asyncio.gather(*reads)
        await first.close()
        await second.close()
    assert most == 3
