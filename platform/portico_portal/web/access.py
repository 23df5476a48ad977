"""Access is declared on the route and enforced in one place; a route that declares none keeps the process from
starting. Which customer's data a query may touch is bound in the query itself, never only here."""

import hmac
import re
import time

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.datastructures import FormMultiDict
from litestar.enums import HttpMethod
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler

from portico_core.errors import Forbidden, NotFound, SignInNeeded
from portico_core.settings import Settings
from portico_portal.resources import Resources
from portico_portal.web import cookies
from portico_portal.web.forms import PortalRequest
from portico_tenants.access import Access
from portico_tenants.people import sessions
from portico_tenants.people.visit import Visit

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
PLATFORM_KINDS = frozenset({"operator", "sender", "platform"})
LITESTARS_OWN = frozenset({"request", "scope", "state", "data", "body"})
HIDDEN = re.compile("password|current|secret|token|certificate|(?<!form_)key")  # fields whose values no page repeats
Typed = tuple[tuple[str, str], ...]
SIGNED_IN_KINDS = frozenset({"person", "customer", "staff"})


class FormExpired(Forbidden):
    """This page was open for too long, or you signed in anew in another window. Go back, reload it, send it again."""

    def __init__(self, typed: Typed | None = None) -> None:
        super().__init__()
        self.typed = typed


class RouteUnguarded(RuntimeError):
    """A route says not who may use it, or says that somebody must be signed in and does not ask who."""


def check_routes(app: Litestar) -> None:
    """Refuse to start where a route could answer somebody it should not."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if _is_litestars_own(handler):
                continue
            _check_parameters(handler)
            access = handler.opt.get("access")
            if not isinstance(access, Access):
                raise RouteUnguarded(f"{handler} declares no access")
            if access.kind in SIGNED_IN_KINDS and "visit" not in handler.parsed_fn_signature.parameters:
                raise RouteUnguarded(f"{handler} takes a signed-in person but does not ask for `visit`")


async def guard(connection: ASGIConnection, handler: BaseRouteHandler) -> None:  # type: ignore[type-arg]
    """Right host for this kind of route, and a form that came from our own page."""
    if _is_litestars_own(handler):
        raise NotFound
    access: Access = handler.opt["access"]
    state = connection.scope["state"]
    if isinstance(handler, HTTPRouteHandler):
        state["route"] = min(handler.paths) if handler.paths else connection.scope["path"]
        state["route"] = connection.scope.get("path_template", state["route"])
    if access.kind == "probe":
        return
    on_platform = state["tenant"] is None
    if on_platform != (access.kind in PLATFORM_KINDS):
        raise NotFound
    resources: Resources = state["resources"]
    by_bearer = access.kind == "operator" and _check_operator(connection, resources)
    if access.kind != "sender" and not by_bearer:
        request = PortalRequest(connection.scope, connection.receive)
        if request.method not in SAFE:
            await _check_form(request, access, resources)


def _check_parameters(handler: BaseRouteHandler) -> None:
    """A misspelt dependency would be read from the address, and be missing there."""
    provided = handler.resolve_dependencies()
    for name, parameter in handler.parsed_fn_signature.parameters.items():
        from_path = any(f"{{{name}:" in path for path in handler.paths)
        if not (name in provided or name in LITESTARS_OWN or from_path or parameter.has_default):
            raise RouteUnguarded(f"{handler} asks for {name}, which nobody provides")


def _is_litestars_own(handler: BaseRouteHandler) -> bool:
    """Litestar answers OPTIONS by itself on every path; nobody needs that here."""
    return isinstance(handler, HTTPRouteHandler) and handler.http_methods == {HttpMethod.OPTIONS}


def _check_operator(connection: ASGIConnection, resources: Resources) -> bool:  # type: ignore[type-arg]
    """Whether the operator came with the token itself, as scripts do: no browser sends that for somebody else."""
    expected = resources.settings.web.operator_token
    scheme, _, given = connection.headers.get("authorization", "").partition(" ")
    by_bearer = scheme.lower() == "bearer"
    if expected and by_bearer and hmac.compare_digest(given.strip().encode(), expected.encode()):
        return True
    cookie = cookies.read(connection, resources.settings, "operator")
    if not expected or by_bearer or not cookies.is_operator(resources.csrf_keys, cookie, expected, at=time.time()):
        raise SignInNeeded
    return False


async def _check_form(request: PortalRequest, access: Access, resources: Resources) -> None:
    """The token of the cookie that counts here. Where the browser vouches that the form was ours and only its token
    is of yesterday, what was typed is not lost: it is offered once more (`web.errors`)."""
    site = request.headers.get("sec-fetch-site", "")
    if site not in ("", "same-origin", "none"):
        raise FormExpired
    form = await request.form()
    given = request.headers.get("x-csrf-token") or form.get("csrf_token")
    accepted = _form_cookies(request, access, resources.settings)
    if not isinstance(given, str) or not any(
        sessions.csrf_fits(resources.csrf_keys, cookie, given) for cookie in accepted
    ):
        raise FormExpired(_typed(form) if site == "same-origin" else None)


def _form_cookies(request: PortalRequest, access: Access, settings: Settings) -> list[str]:
    """Cookies whose token a form may bring: for who is signed in that of the session alone.

    At the door either will do: a session that ran out leaves its cookie behind, and the form there has the door's.
    """
    session, door = (cookies.read(request, settings, name) for name in ("session", "door"))
    if session and access.kind in SIGNED_IN_KINDS:
        return [session]
    return [cookie for cookie in (session, door) if cookie]


def _typed(form: FormMultiDict) -> Typed:
    return tuple(
        (name, value)
        for name, value in form.multi_items()
        if isinstance(value, str) and not HIDDEN.search(name.lower())
    )


def check_visit(access: Access, visit: Visit | None) -> None:
    """SignInNeeded without a visit, Forbidden without the permission; public pages take whoever comes."""
    if access.kind not in SIGNED_IN_KINDS:
        return
    if visit is None:
        raise SignInNeeded
    if access.kind == "customer" and visit.customer is None:
        raise NoCustomer("/staff" if visit.staff_role is not None and not visit.customers else "/switch")
    if access.permission is not None:
        visit.require(access.permission)


class NoCustomer(Forbidden):
    """Choose a customer first. `instead` is the path to go to."""

    def __init__(self, instead: str) -> None:
        super().__init__()
        self.instead = instead
