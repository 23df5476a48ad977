"""A share of this process for each tenant: so many requests a second, with a burst. What comes faster waits a moment
for its turn, what comes much faster is told to come again (429); the other tenants' pages go on as before."""

import asyncio
import math
import time
from collections.abc import Callable
from uuid import UUID

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from portico_portal import metrics
from portico_portal.resources import Resources
from portico_portal.web.plain import answer
from portico_tenants.tenant import Tenant

BURST_SECONDS = 4.0  # a tenant that was quiet may ask this many seconds' worth at once
LONGEST_WAIT_SECONDS = 1.0
# A password costs the processor what several pages do; who storms the sign-in gets fewer turns.
DEAR = {"/sign-in": 4, "/forgot": 2}


class Turns:
    """When each tenant's next request may be begun (the generic cell rate algorithm: one number a tenant)."""

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._clock = clock
        self._paid_until: dict[UUID, float] = {}

    def take(self, tenant: UUID, cost: int = 1) -> float:
        """Seconds to wait before this request's turn; more than the longest wait means: refused, and not counted."""
        now = self._clock()
        paid_until = max(self._paid_until.get(tenant, now), now) + cost / self._per_second
        wait = max(0.0, paid_until - now - BURST_SECONDS)
        if wait <= LONGEST_WAIT_SECONDS:
            self._paid_until[tenant] = paid_until
        return wait


class Shares:
    """ASGI middleware, inside the one that finds the tenant. Static files are everybody's and cost next to nothing."""

    def __init__(self, app: ASGIApp, *, resources: Resources) -> None:
        self.app = app
        self.resources = resources
        self.turns = Turns(resources.settings.web.tenant_rate)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        tenant: Tenant | None = scope["state"]["tenant"]
        path = scope["path"]
        if tenant is None or path.startswith(("/static/", "/brand/")):
            await self.app(scope, receive, send)
            return
        wait = self.turns.take(tenant.id, DEAR.get(path, 1) if scope["method"] == "POST" else 1)
        if wait > LONGEST_WAIT_SECONDS:
            metrics.TURNED_AWAY.inc()
            scope["state"]["route"] = "turned away"
            seconds = math.ceil(wait)
            await answer(
                self.resources.renderer, "errors/busy.html", 429, scope, receive, send, tenant, retry_after=seconds
            )
            return
        if wait:
            await asyncio.sleep(wait)
        await self.app(scope, receive, send)
