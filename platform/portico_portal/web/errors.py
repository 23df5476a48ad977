"""One place that turns errors into answers, sorted as in `portico_core.errors`."""

from typing import Any
from urllib.parse import quote

from asyncpg.exceptions import InvalidCachedStatementError
from litestar import Request, Response
from litestar.enums import MediaType
from litestar.exceptions import HTTPException
from litestar.response import Redirect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from portico_core.errors import NotFound, SignInNeeded, Told, TooMany, Unavailable
from portico_core.logs import log
from portico_portal.web import cookies
from portico_portal.web.access import SAFE, FormExpired, NoCustomer, Typed
from portico_portal.web.dependencies import door_token, make_page, resources_of
from portico_portal.web.keeping import FORGET
from portico_tenants.people import sessions

logger = log(__name__)
# PostgreSQL's codes: going down or coming up, too many connections, a connection lost; overtaken, locked, took too long
TRY_LATER = frozenset({"57P01", "57P02", "57P03", "53200", "53300", "08006", "08001", "08003", "08004"}) | frozenset(
    {"40001", "40P01", "55P03", "57014"}
)
CANNOT_WRITE = frozenset({"53100", "25006"})  # the disk is full, or this server is a copy


def told(request: Request[Any, Any, Any], error: Told) -> Response[Any]:
    """Somebody is told, in words."""
    if isinstance(error, SignInNeeded):
        return sign_in(request)
    if isinstance(error, NoCustomer):
        return Redirect(error.instead, status_code=303)
    if isinstance(error, FormExpired) and error.typed is not None and request.scope["state"].get("tenant") is not None:
        return send_again(request, error.typed)
    headers = {"Retry-After": str(error.retry_after_seconds)} if isinstance(error, TooMany) else {}
    return _answer(request, error.status, str(error), headers)


def send_again(request: Request[Any, Any, Any], typed: Typed) -> Response[Any]:
    """The form's token was stale: what was typed, but for passwords, with a token of now and a button."""
    resources = resources_of(request)
    page = make_page(request, request.scope["state"]["tenant"], None, forms=False)
    cookie = cookies.read(request, resources.settings, "session")
    token = sessions.csrf_token(resources.csrf_keys[0], cookie) if cookie else door_token(request, resources)
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return page("errors/send_again.html", status=403, action=path, typed=typed, csrf_token=token)


def sign_in(request: Request[Any, Any, Any]) -> Response[Any]:
    """To the sign-in page and back; htmx is told to go there as a whole."""
    if request.scope["state"].get("tenant") is None:
        if "text/html" in request.headers.get("accept", ""):
            return Redirect("/operator/sign-in", status_code=303)
        return _answer(request, 401, "Send the operator's token.", {"WWW-Authenticate": "Bearer"})
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    target = f"/sign-in?next={quote(path, safe='')}" if request.method == "GET" and path != "/" else "/sign-in"
    is_over = cookies.read(request, resources_of(request).settings, "session") is not None
    headers = FORGET if is_over else {}  # however it ended: here the browser hears of it for the first time
    if request.headers.get("hx-request") == "true":
        return Response("", status_code=200, headers={"HX-Redirect": "/sign-in", **headers})
    return Redirect(target, status_code=303, headers=headers)


def unavailable(request: Request[Any, Any, Any], error: Exception, *, can_read: bool = False) -> Response[Any]:
    """Something we need is down: say so, what works all the same (`can_read`), and when to come back."""
    logger.warning("unavailable", error=type(error).__name__)
    sentence = error.sentence if isinstance(error, Unavailable) else ""
    return _answer(request, 503, sentence, {"Retry-After": "5"}, can_read=can_read)


def database(request: Request[Any, Any, Any], error: DBAPIError) -> Response[Any]:
    """A lost connection is `unavailable`; a stale statement is repeated by the context; the rest is our defect."""
    cause: BaseException | None = error.orig
    while cause is not None:
        if isinstance(cause, InvalidCachedStatementError):
            request.scope["state"]["stale_statement"] = True  # a safe request is repeated, others are told
            return unavailable(request, error)
        cause = cause.__cause__
    if error.connection_invalidated or isinstance(error.orig, OSError):
        return unavailable(request, error)
    state = getattr(error.orig, "sqlstate", None)
    if state in CANNOT_WRITE or state in TRY_LATER:
        return unavailable(request, error, can_read=state in CANNOT_WRITE)
    return defect(request, error)


def http(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """Litestar's own refusals: unknown path, wrong method, body too large, unreadable parameters."""
    if error.status_code >= 500:
        return defect(request, error)
    if error.status_code == 400:
        logger.info("unreadable request", detail=error.detail, extra=str(error.extra)[:500])
    # An id that cannot be read and one that does not exist are the same to whoever asks.
    status = 404 if error.status_code == 400 and request.method == "GET" else error.status_code
    return _answer(request, status, str(NotFound()) if status == 404 else "")


def defect(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Ours to mend: logged with its trace, the person gets a number to quote."""
    logger.error("defect", exc_info=error)
    return _answer(request, 500, "")


def _answer(
    request: Request[Any, Any, Any],
    status: int,
    sentence: str,
    headers: dict[str, str] | None = None,
    **context: object,
) -> Response[Any]:
    state = request.scope["state"]
    tenant = state.get("tenant")
    if tenant is None or request.url.path.endswith((".json", "/events")):
        return Response(
            {"status": status, "detail": sentence or None, "request": state.get("request_id")},
            status_code=status,
            media_type=MediaType.JSON,
            headers=headers,
        )
    page = make_page(request, tenant, None, forms=False)
    template = f"errors/{status if status in (403, 404, 410, 413, 429, 500, 503) else 'refused'}.html"
    context |= {"sent": request.method not in SAFE, "at_desk": request.url.path.startswith("/staff")}
    response = page(template, status=status, sentence=page.text(sentence) if sentence else "", **context)
    response.headers.update(headers or {})
    return response


HANDLERS: dict[Any, Any] = {
    Told: told,
    Unavailable: unavailable,
    PoolTimeout: unavailable,
    ConnectionError: unavailable,
    TimeoutError: unavailable,
    DBAPIError: database,
    HTTPException: http,
    Exception: defect,
}
