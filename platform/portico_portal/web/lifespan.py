"""A server's start and stop: what the process opens before its first request and closes after its last."""

from typing import Any, cast

from litestar.types import ASGIApp, LifeSpanSend, Receive, Scope, Send

from portico_core.logs import log
from portico_portal.resources import Resources

logger = log(__name__)


class Lifespan:
    """ASGI middleware around everything: answers the server's start and stop, passes all requests on."""

    def __init__(self, app: ASGIApp, *, resources: Resources) -> None:
        self.app = app
        self.resources = resources

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if cast("Any", scope)["type"] == "lifespan":
            await self._live(receive, cast("LifeSpanSend", send))
        else:
            await self.app(scope, receive, send)

    async def _live(self, receive: Receive, send: LifeSpanSend) -> None:
        await receive()
        try:
            await self.resources.open()
        except Exception as trouble:
            logger.exception("the start failed")
            await send({"type": "lifespan.startup.failed", "message": repr(trouble)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.resources.close()
        await send({"type": "lifespan.shutdown.complete"})
