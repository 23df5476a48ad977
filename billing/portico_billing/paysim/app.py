"""The Litestar application: the API, the payer's pages, the console and the control API."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from litestar import HttpMethod, Litestar, Request, Response, route
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.types import Scope

from portico_billing.paysim.act import World
from portico_billing.paysim.bank.timers import keep_time
from portico_billing.paysim.clock import Clock
from portico_billing.paysim.config import Config, check_config
from portico_billing.paysim.control.faults import Faults
from portico_billing.paysim.control.routes import control_router
from portico_billing.paysim.control.sever import sever
from portico_billing.paysim.objects import accounts, webhook_endpoints
from portico_billing.paysim.pages.console import console_router
from portico_billing.paysim.pages.onboarding import onboarding_router
from portico_billing.paysim.pages.payer import payer_router
from portico_billing.paysim.pages.render import stylesheet
from portico_billing.paysim.protocol.answer import Api, Severed, to_bytes
from portico_billing.paysim.store import Store
from portico_billing.paysim.webhooks.delivery import Deliverer

log = logging.getLogger("paysim")
EVENTS_KEPT_SECONDS = 30 * 86400


async def _log_failure(error: Exception, scope: Scope) -> None:
    if not isinstance(error, HTTPException) or error.status_code >= 500:
        log.error("%s %s failed", scope.get("method"), scope["path"], exc_info=error)


@route(
    ["/v1/{rest:path}", "/v2/{rest:path}", "/oauth/{rest:path}"],
    http_method=[HttpMethod.GET, HttpMethod.POST, HttpMethod.DELETE],
    status_code=200,
)
async def api_call(request: Request[Any, Any, State], api: Api) -> Response[bytes]:
    """Every call of Stripe's API; what it means is decided in protocol/."""
    try:
        answer = await api.answer(
            request.method,
            request.url.path,
            request.headers,
            request.url.query,
            (await request.body()).decode(errors="replace"),
        )
    except Severed:
        client = request.scope["client"]
        sever((client[0], int(client[1])) if client else None)
        return Response(b"", status_code=500)
    return Response(to_bytes(answer), status_code=answer.status, headers=answer.headers, media_type="application/json")


def build_app(config: Config, data: Path, public_url: str) -> Litestar:
    """One paysim. `public_url` is what a payer's browser reaches it by."""
    check_config(config)
    store = Store(data)
    world = World(store, Clock(store), config, Faults(), public_url.rstrip("/"))
    store.forget_events(time.time() - EVENTS_KEPT_SECONDS)
    with store.transaction():
        accounts.install(world)
        webhook_endpoints.install(world)
    api = Api(world, set())
    deliverer = Deliverer(world)

    @asynccontextmanager
    async def working(_: Litestar) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(keep_time(world)), asyncio.create_task(deliverer.run())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            store.close()

    return Litestar(
        [api_call, control_router, payer_router, onboarding_router, console_router, stylesheet],
        dependencies={
            "api": Provide(lambda: api, sync_to_thread=False),
            "world": Provide(lambda: world, sync_to_thread=False),
            "deliverer": Provide(lambda: deliverer, sync_to_thread=False),
        },
        lifespan=[working],
        openapi_config=None,
        logging_config=None,
        after_exception=[_log_failure],
        state=State({"deliverer": deliverer}),
        request_max_body_size=1_000_000,
    )
