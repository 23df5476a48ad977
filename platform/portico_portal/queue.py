"""The dramatiq broker: Redis, with time limits short enough that a page never waits for a queue that is down."""

from collections.abc import Callable
from typing import Any

import dramatiq
import redis
from dramatiq.brokers.redis import RedisBroker
from dramatiq.errors import ConnectionClosed
from dramatiq.middleware import AgeLimit, CurrentMessage, Retries, ShutdownNotifications, TimeLimit
from redis.backoff import NoBackoff
from redis.retry import Retry

CONNECT_SECONDS = 1.0
ANSWER_SECONDS = 2.0


class PatientBroker(RedisBroker):
    """Whatever Redis says no with is a lost connection to dramatiq: its consumers then begin anew.

    They know only that one error. A time-out, or a Redis that is full, would end the thread of a queue that has
    delayed messages, and nobody would work that queue until the process is started again (seen).
    """

    def _dispatch(self, command: str) -> Callable[..., Any]:
        dispatch = super()._dispatch(command)  # type: ignore[no-untyped-call]

        def told(*args: object) -> Any:
            try:
                return dispatch(*args)
            except redis.RedisError as error:
                raise ConnectionClosed(f"{type(error).__name__}: {error}") from None  # type: ignore[no-untyped-call]

        return told


def make_broker(url: str) -> dramatiq.Broker:
    """A broker for `url` with our middleware; nothing is connected before the first message."""
    # A client of our own: given the address, dramatiq makes one that knows none of the limits.
    client = redis.Redis.from_url(
        url,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=ANSWER_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    return PatientBroker(  # type: ignore[no-untyped-call]
        client=client,
        namespace="portal",
        middleware=[
            AgeLimit(),
            TimeLimit(),
            ShutdownNotifications(),
            Retries(min_backoff=1_000, max_backoff=300_000),
            CurrentMessage(),
        ],
    )
