"""What one request may cost before anybody asks who sends it: length and number of its parameters and cookies, time
for its body. Litestar keeps the last thousand query strings and cookie headers it has read, so both must be small.
"""

import asyncio
from typing import cast

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPReceiveMessage, Receive, Scope, Send

from portico_core.errors import Told
from portico_portal.resources import Resources
from portico_portal.web.plain import answer

LONGEST_QUERY = 12_000  # two hundred chosen invoices, each with its id
MOST_PARAMETERS = 300
LONGEST_COOKIES = 8_000
MOST_COOKIES = 50
BODY_SECONDS = 15.0  # 256 kB at 140 kbit/s


class BodyTooSlow(Told):
    """What you sent did not arrive in time. Check your connection and send it again."""

    status = 408


class Bounds:
    """ASGI middleware, inside the one that finds the tenant: refusals wear its brand."""

    def __init__(self, app: ASGIApp, *, resources: Resources, body_seconds: float = BODY_SECONDS) -> None:
        self.app = app
        self.resources = resources
        self.body_seconds = body_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        refusal = _refusal(scope)
        if refusal is not None:
            template, status = refusal
            tenant = scope["state"]["tenant"]
            await answer(self.resources.renderer, template, status, scope, receive, send, tenant)
            return
        # PostgreSQL takes no NUL, and nobody looks for one: a blank stands for it.
        scope["query_string"] = scope["query_string"].replace(b"%00", b"%20")
        await self.app(scope, _in_time(receive, self.body_seconds), send)


def _refusal(scope: Scope) -> tuple[str, int] | None:
    """The page and status for a request that is not even looked at."""
    query: bytes = scope["query_string"]
    if len(query) > LONGEST_QUERY or query.count(b"&") >= MOST_PARAMETERS:
        return "errors/413.html", 414
    cookies = [value for name, value in scope["headers"] if name == b"cookie"]
    if sum(map(len, cookies)) > LONGEST_COOKIES or sum(value.count(b";") + 1 for value in cookies) > MOST_COOKIES:
        return "errors/413.html", 431
    return ("errors/404.html", 404) if "\0" in scope["path"] else None


def _in_time(receive: Receive, seconds: float) -> Receive:
    """`receive` until the body is whole, all of it within that time; afterwards as it was.

    The server has a limit for the headers and none for what follows them.
    """
    whole = False
    deadline = asyncio.get_running_loop().time() + seconds

    async def receive_in_time() -> HTTPReceiveMessage:
        nonlocal whole
        if whole:
            return cast("HTTPReceiveMessage", await receive())
        try:
            async with asyncio.timeout_at(deadline):
                message = cast("HTTPReceiveMessage", await receive())
        except TimeoutError:
            raise BodyTooSlow from None
        whole = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    return receive_in_time
