"""The worker process: dramatiq's threads around one event loop. Postings and copying have threads of their own."""

import logging
import signal
import threading
import time
from collections.abc import Sequence
from typing import Any

import dramatiq
import prometheus_client
from dramatiq.asyncio import EventLoopThread, set_event_loop_thread
from dramatiq.middleware import Middleware

from portico_core import logs
from portico_core.jobs import QUEUES, REGISTRY, declare
from portico_core.logs import log
from portico_core.settings import Settings
from portico_portal import metrics
from portico_portal.jobs import MODULES, provided
from portico_portal.queue import make_broker
from portico_portal.resources import Resources

logger = log(__name__)
THREADS = {"postings": 4, "sync": 6}  # of their own: neither money nor mail waits for copying; the others share
SHARED_THREADS = 8
STOP_SECONDS = 20


def run(settings: Settings, *, queues: Sequence[str] = QUEUES, metrics_port: int | None = None) -> None:
    """Work until SIGTERM or SIGINT; running jobs get a while to end, what they leave is found by the sweep."""
    logs.configure(settings.log_format)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())

    loop = EventLoopThread(logging.getLogger(__name__))
    loop.daemon = True
    loop.start(timeout=5.0)
    set_event_loop_thread(loop)
    resources = Resources.make(settings)
    loop.run_coroutine(resources.open())
    if metrics_port:
        prometheus_client.start_http_server(metrics_port)

    workers = [_worker(settings, resources, group, threads) for group, threads in _groups(queues)]
    for worker in workers:
        worker.start()
    logger.info("working", queues=list(queues), jobs=len(REGISTRY), modules=len(MODULES))
    stop.wait()
    logger.info("stopping")
    for worker in workers:
        worker.stop(timeout=STOP_SECONDS * 1000)
        worker.broker.close()
    loop.run_coroutine(resources.close())
    loop.stop()  # type: ignore[no-untyped-call]


def _worker(settings: Settings, resources: Resources, queues: set[str], threads: int) -> dramatiq.Worker:
    """Threads for some queues. Each has a broker of its own: two workers on one broker share its middleware."""
    broker = make_broker(settings.redis_url)
    broker.add_middleware(Timing())
    declare(broker, provided(resources))
    return dramatiq.Worker(broker, queues=queues, worker_threads=threads)


def _groups(queues: Sequence[str]) -> list[tuple[set[str], int]]:
    own = [({queue}, threads) for queue, threads in THREADS.items() if queue in queues]
    shared = set(queues) - set(THREADS)
    return [*own, (shared, SHARED_THREADS)] if shared else own


class Timing(Middleware):
    """Seconds and outcome of each job, for Prometheus."""

    def __init__(self) -> None:
        self._started: dict[str, float] = {}

    def before_process_message(self, _broker: dramatiq.Broker, message: Any) -> None:
        """Note the start."""
        self._started[message.message_id] = time.perf_counter()

    def after_process_message(
        self, _broker: dramatiq.Broker, message: Any, *, result: Any = None, exception: BaseException | None = None
    ) -> None:
        """Note the end."""
        started = self._started.pop(message.message_id, None)
        if started is not None:
            outcome = "done" if exception is None else "failed"
            metrics.JOBS.labels(message.actor_name, outcome).observe(time.perf_counter() - started)

    def after_skip_message(self, _broker: dramatiq.Broker, message: Any) -> None:
        """Nothing ran."""
        self._started.pop(message.message_id, None)
