"""Jobs: declared beside the area they belong to, sent after the commit, run by dramatiq.

A job is an async function whose first argument is the tenant's id, followed by ids; what it needs to work with
(database, gateway, …) are keyword-only parameters that the worker process provides by name, as Litestar does for
pages. Declaring a job does nothing at import; a worker declares all of them on its broker at start.

    @job(queue="postings")
    async def post_payment(tenant_id: UUID, posting_id: UUID, *, database: Database) -> None: ...

    session.enqueue(post_payment, posting_id)      # leaves after the commit, is dropped on rollback

The queue may lose everything and nothing is lost: money, mails and syncs have rows, and a sweep finds them.
"""

import inspect
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

import anyio.to_thread
import dramatiq
import redis.exceptions
import structlog

from portico_core.errors import AtRest
from portico_core.logs import log

logger = log(__name__)

JobFunction = Callable[..., Awaitable[None]]
# What a queue that does not answer raises; the scheduler repeats, a page goes on without.
QUEUE_DOWN = (dramatiq.errors.BrokerError, redis.exceptions.RedisError, OSError)
QUEUES = ("default", "mail", "sync", "postings")
QUIET_SECONDS = 5.0  # after a failure
LATE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Job:
    """One kind of work. `name` is module and function, so a queue entry leads to the line of code."""

    name: str
    queue: str
    function: JobFunction
    time_limit_seconds: int
    max_retries: int
    sweeps: str | None

    async def __call__(self, tenant_id: UUID, *ids: object, **provided: object) -> None:
        await self.function(tenant_id, *ids, **provided)

    @property
    def needs(self) -> tuple[str, ...]:
        """Names of what the worker must provide."""
        parameters = inspect.signature(self.function).parameters.values()
        return tuple(p.name for p in parameters if p.kind is p.KEYWORD_ONLY)


@dataclass(frozen=True, slots=True)
class Call:
    """A job to run for a tenant; `ids` are strings, as they travel."""

    job: Job
    tenant_id: UUID
    ids: tuple[str, ...]


REGISTRY: dict[str, Job] = {}


def job(
    *, queue: str, time_limit_seconds: int = 120, max_retries: int = 5, sweeps: str | None = None
) -> Callable[[JobFunction], Job]:
    """Declare a job. `queue` is one of QUEUES.

    `sweeps` names a kind of hint in `portico.due`: such a job takes the tenant alone, finds every row of that kind
    that is owed and works it off. The scheduler runs it when a hint falls due and in each full round.
    """
    if queue not in QUEUES:
        raise ValueError(f"no queue named {queue}")

    def declare_job(function: JobFunction) -> Job:
        name = f"{function.__module__}.{function.__name__}"
        REGISTRY[name] = made = Job(name, queue, function, time_limit_seconds, max_retries, sweeps)
        return made

    return declare_job


class JobQueue(Protocol):
    """Where calls go after a commit."""

    @property
    def is_late(self) -> bool:
        """Whether work waits for the sweep at present, so that a page can say so."""
        ...

    async def send(self, calls: Sequence[Call]) -> None: ...


class BrokerQueue:
    """Hands calls to dramatiq. A broker that does not answer costs a log line: the sweep finds the rows.

    After a failure nothing is sent for a few seconds, so that of many pages only the first ones wait for it.
    """

    def __init__(self, broker: dramatiq.Broker) -> None:
        self.broker = broker
        self._failed_at = float("-inf")

    @property
    def is_late(self) -> bool:
        """The last attempt failed, and not long ago."""
        return time.monotonic() - self._failed_at < LATE_SECONDS

    async def send(self, calls: Sequence[Call]) -> None:
        """Enqueue all calls; errors are logged, never raised, since the commit has already happened."""
        if not calls or time.monotonic() - self._failed_at < QUIET_SECONDS:
            return
        try:
            await self.deliver(calls)
            self._failed_at = float("-inf")
        except QUEUE_DOWN as error:
            self._failed_at = time.monotonic()
            logger.warning("queue does not answer; the sweep will find the work", calls=len(calls), error=str(error))

    async def deliver(self, calls: Sequence[Call]) -> None:
        """Enqueue all calls, or raise."""
        if calls:
            await anyio.to_thread.run_sync(self._enqueue, calls)

    def _enqueue(self, calls: Iterable[Call]) -> None:
        for call in calls:
            self.broker.declare_queue(call.job.queue)
            self.broker.enqueue(
                dramatiq.Message(
                    queue_name=call.job.queue,
                    actor_name=call.job.name,
                    args=(str(call.tenant_id), *call.ids),
                    kwargs={},
                    options={},
                )
            )


class NoQueue:
    """For tools and tests that leave the sweep to find the work."""

    is_late = False

    async def send(self, calls: Sequence[Call]) -> None:
        """Drop the calls."""


def declare(broker: dramatiq.Broker, provided: Mapping[str, object]) -> None:
    """Make an actor of every registered job; refuses at start if a job needs what the process lacks."""
    for each in REGISTRY.values():
        missing = [name for name in each.needs if name not in provided]
        if missing:
            raise LookupError(f"{each.name} needs {', '.join(missing)}, which this process does not provide")
        make = dramatiq.actor(
            actor_name=each.name,
            queue_name=each.queue,
            broker=broker,
            time_limit=each.time_limit_seconds * 1000,
            max_retries=each.max_retries,
        )
        make(_runner(each, {name: provided[name] for name in each.needs}))


def _runner(each: Job, provided: Mapping[str, Any]) -> Callable[..., Awaitable[None]]:
    async def run(tenant_id: str, *ids: str) -> None:
        with structlog.contextvars.bound_contextvars(job=each.name, tenant=tenant_id):
            try:
                await each.function(UUID(tenant_id), *ids, **provided)
            except AtRest as rest:
                logger.info("left to the sweep", why=str(rest))

    return run
