"""The ASGI application: the service's paths through the front door, and the control API (Litestar) beside them."""

import asyncio
import logging

from litestar import Litestar
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from portico_connectors.simulators.netsuite.account import Accounts
from portico_connectors.simulators.netsuite.answers import Answer, unexpected_error
from portico_connectors.simulators.netsuite.control.faults import Fault
from portico_connectors.simulators.netsuite.control.routes import control_router
from portico_connectors.simulators.netsuite.exchange import Exchange, drop_connection, read_exchange
from portico_connectors.simulators.netsuite.front import Dropped, Front
from portico_connectors.simulators.netsuite.service import handle

logger = logging.getLogger(__name__)


def create_app(accounts: Accounts, stopping: asyncio.Event | None = None) -> ASGIApp:
    """The application over accounts that have their companies. `stopping` ends what a fault holds up."""
    front = Front(accounts, handle, stopping or asyncio.Event())
    control = Litestar([control_router(front)], openapi_config=None)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["path"].startswith("/control"):
            await control(scope, receive, send)
            return
        exchange = await read_exchange(scope, receive)
        try:
            answer, fault = await front.answer(exchange)
        except Dropped:
            drop_connection(exchange.client)
            return
        except Exception:
            logger.exception("no answer to %s %s", exchange.method, exchange.path)
            answer, fault = front.refusal(exchange, unexpected_error()), None
        await _send(exchange, answer, fault, send)

    return app


async def _send(exchange: Exchange, answer: Answer, fault: Fault | None, send: Send) -> None:
    body = answer.body
    if fault and fault.kind == "cut_json":
        body = body[: len(body) // 2]
    headers = [(name.encode(), value.encode("latin-1")) for name, value in answer.headers.items()]
    if answer.status != 204:
        headers.append((b"content-type", answer.media_type.encode()))
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    if fault and fault.kind == "cut_body":
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        # The half must have left the process before the connection goes.
        await asyncio.sleep(0.05)
        drop_connection(exchange.client)
        return
    await send({"type": "http.response.body", "body": body, "more_body": False})
