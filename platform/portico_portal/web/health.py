"""Probes that tell the truth: alive is the process, ready is that it can answer somebody."""

from contextlib import suppress
from typing import Any

import anyio
import msgspec
from litestar import Response, get
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from portico_portal.metrics import TENANTS
from portico_portal.operator.tenants import TenantCounts, tenant_counts
from portico_portal.resources import Resources
from portico_portal.web.stopping import stopping
from portico_tenants.access import Access

READY_WITHIN_SECONDS = 2.0


@get("/health/live", access=Access.probe())
async def live() -> dict[str, str]:
    """The event loop turns."""
    return {"status": "alive"}


@get("/health/ready", access=Access.probe())
async def ready(resources: Resources) -> Response[dict[str, Any]]:
    """503 while PostgreSQL does not answer, every tenant waits for its migration or the process is stopping.

    Redis may be down: nothing is lost by that. A tenant that waits while others are served is counted only.
    """
    if stopping().is_set():
        return Response({"status": "stopping"}, status_code=503)
    try:
        with anyio.fail_after(READY_WITHIN_SECONDS):
            counts = await _counted(resources)
    except Exception as error:  # whatever it is, we are not ready
        return Response({"status": "not ready", "database": type(error).__name__}, status_code=503)
    waiting = {"tenants_behind": counts.behind} if counts.behind else {}
    if counts.nobody_served:
        return Response({"status": "not ready", **waiting}, status_code=503)
    return Response({"status": "ready", **waiting})


@get("/metrics", access=Access.platform())
async def metrics(resources: Resources) -> Response[bytes]:
    """Prometheus text format, of this process; tenants are counted anew each time, where PostgreSQL answers."""
    with suppress(DBAPIError, PoolTimeout, OSError, TimeoutError), anyio.fail_after(READY_WITHIN_SECONDS):
        await _counted(resources)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _counted(resources: Resources) -> TenantCounts:
    """Each probe counts, so that the figures on the port of their own (`PORTICO_WEB_METRICS_PORT`) are seconds old."""
    async with resources.database.control_session() as session:
        counts = await tenant_counts(session)
    for state, count in msgspec.structs.asdict(counts).items():
        TENANTS.labels(state).set(count)
    return counts


ROUTES = [live, ready, metrics]
