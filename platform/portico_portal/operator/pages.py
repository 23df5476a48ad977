"""The operator's console: every tenant with state, version and sync age, as a page and as JSON. By token."""

import hmac
import time
from typing import Any

from litestar import Request, Response, get, post
from litestar.enums import MediaType
from litestar.response import Redirect

from portico_core import clock
from portico_portal.accounts.forms import fields
from portico_portal.operator.tenants import PAGE, TenantView, tenants
from portico_portal.resources import Resources
from portico_portal.web import cookies
from portico_portal.web.dependencies import door_token, set_cookie
from portico_tenants.access import Access
from portico_themes.texts import N_

SESSION_SECONDS = 8 * 3600


@get("/operator", access=Access.operator())
async def console(request: Request[Any, Any, Any], resources: Resources, after: str = "") -> Response[str]:
    """The page."""
    async with resources.database.control_session() as session:
        found = await tenants(session, after=after)
    more = found[-1].slug if len(found) == PAGE else None
    token = door_token(request, resources)
    return _page(resources, "operator/tenants.html", {"tenants": found, "more": more, "csrf_token": token})


@get("/operator/tenants.json", access=Access.operator())
async def listing(resources: Resources, after: str = "") -> dict[str, Any]:
    """The same for scripts: `next` is the `after` of the following page."""
    async with resources.database.control_session() as session:
        found: list[TenantView] = await tenants(session, after=after)
    return {"tenants": found, "next": found[-1].slug if len(found) == PAGE else None}


@get("/operator/sign-in", access=Access.platform())
async def form(request: Request[Any, Any, Any], resources: Resources) -> Response[str]:
    """Where the token is typed."""
    return _page(resources, "operator/sign_in.html", {"csrf_token": door_token(request, resources), "problem": None})


@post("/operator/sign-in", access=Access.platform())
async def sign_in(request: Request[Any, Any, Any], resources: Resources) -> Response[Any]:
    """A signed cookie for a working day; the token itself stays out of it."""
    given = (await fields(request)).get("token", "")
    expected = resources.settings.web.operator_token
    if not expected or not hmac.compare_digest(given.encode(), expected.encode()):
        context = {"csrf_token": door_token(request, resources), "problem": N_("That is not the operator's token.")}
        return _page(resources, "operator/sign_in.html", context, status=422)
    signed = cookies.sign_operator(resources.csrf_keys[0], expected, int(time.time()) + SESSION_SECONDS)
    set_cookie(request, cookies.make(resources.settings, "operator", signed, max_age=SESSION_SECONDS))
    return Redirect("/operator", status_code=303)


@post("/operator/sign-out", access=Access.operator())
async def sign_out(request: Request[Any, Any, Any], resources: Resources) -> Response[Any]:
    """Forget it in this browser."""
    set_cookie(request, cookies.clear(resources.settings, "operator"))
    return Redirect("/operator/sign-in", status_code=303)


def _page(resources: Resources, template: str, context: dict[str, Any], *, status: int = 200) -> Response[str]:
    now = clock.now()
    text = resources.renderer.render(template, {"now": now, "today": now.date(), **context}, None, "en-GB")
    return Response(text, status_code=status, media_type=MediaType.HTML)


ROUTES = [console, listing, form, sign_in, sign_out]
