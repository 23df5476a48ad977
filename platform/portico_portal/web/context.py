"""The outermost layer of a request: the process's resources, request id, log line, metrics, security headers, cookies
that pages ask for by putting them into the state's `cookies`, and one repeat of a safe request whose prepared statement
had gone stale under a migration."""

import re
import time
from typing import Any
from uuid import uuid4

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from portico_core.logs import log
from portico_portal import metrics
from portico_portal.resources import Resources
from portico_portal.web.dependencies import end_left_open

logger = log("portico.web")
_REQUEST_ID = re.compile(r"^[A-Za-z0-9._-]{8,64}$")

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})  # a client may say any word
HSTS = "max-age=31536000; includeSubDomains"
RawHeaders = tuple[tuple[bytes, bytes], ...]


class RequestContext:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, *, resources: Resources) -> None:
        self.app = app
        self.resources = resources
        https = resources.settings.web.scheme == "https"
        headers = SECURITY_HEADERS | ({"strict-transport-security": HSTS} if https else {})
        self.headers = tuple((name.encode(), value.encode()) for name, value in headers.items())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        method: str = scope["method"]
        state: dict[str, Any] = scope.setdefault("state", {})
        state["resources"] = self.resources
        state["request_id"] = request_id = _request_id(scope)
        started = time.perf_counter()
        answer = _Answer(send, self.headers, state)
        with structlog.contextvars.bound_contextvars(request=request_id):
            try:
                await self.app(scope, receive, answer.attempt(repeatable=method in ("GET", "HEAD")))
                if answer.stale:
                    logger.info("repeated: a prepared statement was stale")
                    await end_left_open(state)
                    await self.app(scope, receive, answer.send)
            finally:
                seconds = time.perf_counter() - started
                route = state.get("route", "unmatched")
                counted = method if method in METHODS else "other"
                metrics.REQUESTS.labels(counted, route, str(answer.status)).observe(seconds)
                if not route.startswith(("/health", "/static")):
                    tenant = state.get("tenant")
                    logger.info(
                        "answered",
                        method=method,
                        route=route,
                        status=answer.status,
                        milliseconds=round(seconds * 1000, 1),
                        tenant=str(tenant.id) if tenant else None,
                    )
                await end_left_open(state)  # last: it may be cancelled, and the line is written by then


class _Answer:
    """Adds the headers to what is sent; holds back a first answer that says it was stale."""

    def __init__(self, send: Send, headers: RawHeaders, state: dict[str, Any]) -> None:
        self._send = send
        self._headers = headers
        self._state = state
        self.status = 0
        self.stale = False

    def attempt(self, *, repeatable: bool) -> Send:
        async def send(message: Message) -> None:
            if repeatable and message["type"] == "http.response.start" and self._state.pop("stale_statement", False):
                self.stale = True
            if not self.stale:
                await self.send(message)

        return send

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = list(message["headers"])
            given = {name.lower() for name, _ in headers}
            headers.extend(each for each in self._headers if each[0] not in given)
            if b"cache-control" not in given:
                headers.append((b"cache-control", b"no-store"))
            headers.append((b"x-request-id", self._state["request_id"].encode()))
            headers.extend(cookie.to_encoded_header() for cookie in self._state.get("cookies", ()))
            message["headers"] = headers
        await self._send(message)


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            given = value.decode("latin-1")
            if _REQUEST_ID.match(given):
                return given
    return uuid4().hex
