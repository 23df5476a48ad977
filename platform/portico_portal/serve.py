"""The web process: Granian around the application."""

import gc
import os
from typing import Any

import prometheus_client
from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings

from portico_core import logs
from portico_core.settings import Settings, from_environment

HEADERS_MILLISECONDS = 10_000
WORKERS_KILL_SECONDS = 20
COLLECT_AFTER = (20_000, 20, 50)  # allocations, and how many rounds of a younger generation before an older one's
LARGEST_HEAD = 64 * 1024  # an address, and the same in Referer and in htmx's header


def run(settings: Settings, *, port: int, host: str = "127.0.0.1", workers: int = 1) -> None:
    """Serve until SIGTERM. Each worker process reads the environment itself."""
    logs.configure(settings.log_format)
    Granian(
        "portico_portal.serve:application",
        factory=True,
        interface=Interfaces.ASGI,
        loop=Loops.asyncio,
        address=host,
        port=port,
        workers=workers,
        backlog=1024,
        websockets=False,
        # Version 1 alone: with both on offer the server waits for the first byte without a limit, and 1,024 silent
        # connections (the backlog) would shut everybody else out.
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEADERS_MILLISECONDS, max_buffer_size=LARGEST_HEAD),
        workers_kill_timeout=WORKERS_KILL_SECONDS,
        log_dictconfig={"version": 1, "disable_existing_loggers": False},
    ).serve()


def application() -> Any:
    """Factory for a Granian worker."""
    from portico_portal.app import serve
    from portico_portal.resources import Resources

    settings = from_environment(os.environ)
    logs.configure(settings.log_format)
    made = serve(Resources.make(settings))
    if settings.web.metrics_port:
        prometheus_client.start_http_server(settings.web.metrics_port)
    # What is here now stays: looking through it again and again for what is garbage stopped all requests for 160 ms.
    gc.collect()
    gc.freeze()
    # A page makes thousands of small things that die with it; looking for circles every 700 was a twelfth of its cost.
    gc.set_threshold(*COLLECT_AFTER)
    return made
