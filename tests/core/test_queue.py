"""A queue that is down: nobody waits for it twice, and what it says no with is a lost connection to dramatiq."""

import asyncio
import socket
import time
from collections.abc import Iterator

import dramatiq
import pytest
import redis

from portico_core.ids import new_id
from portico_core.jobs import REGISTRY, BrokerQueue, Call
from portico_portal.jobs import MODULES
from portico_portal.queue import ANSWER_SECONDS, CONNECT_SECONDS, make_broker


@pytest.fixture
def silent() -> Iterator[str]:
    """Takes connections and answers nothing."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(64)
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


def a_call() -> Call:
    assert MODULES
    return Call(REGISTRY["portico_portal.mail.jobs.send_mails"], new_id(), ())


def test_the_time_limits_reach_the_connection(redis_url: str) -> None:
    connection = make_broker(redis_url).client.connection_pool.make_connection()  # type: ignore[attr-defined]
    assert connection.socket_timeout == ANSWER_SECONDS
    assert connection.socket_connect_timeout == CONNECT_SECONDS
    assert connection.retry.get_retries() == 0


async def test_a_silent_queue_is_waited_for_once(silent: str) -> None:
    queue = BrokerQueue(make_broker(silent))
    assert not queue.is_late
    await asyncio.wait_for(queue.send([a_call()]), 30)
    assert queue.is_late
    started = time.monotonic()
    for _ in range(5):
        await queue.send([a_call()])
    assert time.monotonic() - started < ANSWER_SECONDS / 2


async def test_who_must_know_is_told(silent: str) -> None:
    with pytest.raises(dramatiq.errors.BrokerConnectionError):
        await asyncio.wait_for(BrokerQueue(make_broker(silent)).deliver([a_call()]), 30)


def test_whatever_redis_says_no_with_is_a_lost_connection(redis_url: str) -> None:
    broker = make_broker(redis_url)
    with redis.Redis.from_url(redis_url) as client:
        name = f"portal-test-{new_id()}"
        broker.namespace = name  # type: ignore[attr-defined]
        client.set(f"{name}:spoilt", "no list")
        client.set(f"{name}:__acks__", "x")
        with pytest.raises(dramatiq.errors.BrokerConnectionError):
            broker.do_fetch("spoilt", 1)  # type: ignore[attr-defined]
        client.delete(f"{name}:spoilt", f"{name}:__acks__", f"{name}:__heartbeats__")
