"""What handlers get by name."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, MutableMapping
from typing import Any, NamedTuple

from litestar import Request
from litestar.datastructures import Cookie
from litestar.di import Provide

from portico_billing.invoices.freshness import Freshness
from portico_billing.stripe.gateway import Gateway
from portico_core import clock
from portico_core.errors import Forbidden, NotFound
from portico_core.ids import new_token
from portico_core.settings import Settings
from portico_portal.desk.counts import menu_counts
from portico_portal.resources import Resources
from portico_portal.sync.freshness import freshness
from portico_portal.sync.papers import ErpPapers
from portico_portal.web import cookies
from portico_portal.web.access import check_visit
from portico_portal.web.keeping import keeping_of
from portico_portal.web.languages import page_locale
from portico_portal.web.notes import LATE, NOTE_COOKIE, Note, notes_of
from portico_portal.web.refusals import note_refusal
from portico_tenants.people import sessions
from portico_tenants.people.visit import Visit
from portico_tenants.resolve import Directory
from portico_tenants.session import Database, TenantSession
from portico_tenants.tenant import Tenant
from portico_themes.branding import brand_of
from portico_themes.navigation import customer_nav, staff_nav
from portico_themes.page import Page
from portico_themes.texts import gettext_for
from portico_themes.wording import wording_of


def resources_of(request: Request[Any, Any, Any]) -> Resources:
    """The process's resources."""
    found: Resources = request.scope["state"]["resources"]
    return found


def provide_tenant(request: Request[Any, Any, Any]) -> Tenant:
    """The tenant of the request's host; the guard has refused requests without one."""
    tenant: Tenant = request.scope["state"]["tenant"]
    return tenant


class Work(NamedTuple):
    """One request's transaction, who asks, and what is answered with."""

    session: TenantSession
    visit: Visit | None
    page: Page


async def provide_work(request: Request[Any, Any, Any], tenant: Tenant) -> AsyncGenerator[Work, None]:
    """Everything of a request that can fail before its handler runs, in one generator.

    Litestar cleans a generator up only once all dependencies are there: a refusal raised by another one would leave
    this transaction open until the garbage collector finds it (seen). So nothing that may refuse stands elsewhere, and
    what a cancelled request or a lost server leaves open `end_left_open` ends.
    """
    resources = resources_of(request)
    visit: Visit | None = None
    try:
        async with resources.database.tenant_session(tenant) as session:
            request.scope["state"]["transaction"] = session
            visit = await _visit(request, resources, session)
            check_visit(request.route_handler.opt["access"], visit)
            counts = await menu_counts(session, visit) if visit is not None and at_desk(request, visit) else {}
            yield Work(session, visit, make_page(request, tenant, visit, counts=counts))
    except (NotFound, Forbidden) as refusal:
        if visit is not None:
            await note_refusal(request, resources.database, tenant, visit, refusal)
        raise


async def end_left_open(state: MutableMapping[str, Any]) -> None:
    """Roll back the transaction of a request that has been answered or given up, where it is still open."""
    session: TenantSession | None = state.pop("transaction", None)
    if session is not None and session.in_transaction():
        await asyncio.shield(session.close())


async def _visit(request: Request[Any, Any, Any], resources: Resources, session: TenantSession) -> Visit | None:
    """Who asks. A page for anybody that does not ask who it is spares the statement."""
    token = cookies.read(request, resources.settings, "session")
    if token is None or "visit" not in request.route_handler.parsed_fn_signature.parameters:
        return None
    return await sessions.visit_of(
        session, token, csrf_key=resources.csrf_keys[0], request_id=request.scope["state"]["request_id"]
    )


def provide_session(work: Work) -> TenantSession:
    """The request's transaction; it commits before the answer leaves, an error rolls it back.

    This one, `visit`, `page` and `freshness` each ask for the one before them. Litestar makes what could be made at
    the same time in a task each, and that cost a twenty-fifth of a page.
    """
    return work.session


def provide_visit(work: Work, session: TenantSession) -> Visit | None:
    """Who is asking, checked against what the route takes."""
    return work.visit


def provide_page(work: Work, visit: Visit | None) -> Page:
    """What the handler answers with."""
    return work.page


async def provide_freshness(session: TenantSession, page: Page) -> Freshness:
    """How old the mirrored figures are."""
    return await freshness(session)


def at_desk(request: Request[Any, Any, Any], visit: Visit) -> bool:
    """Whether the page has the staff's menu: their pages, and the profile of one of the staff without a customer."""
    path: str = request.scope["path"]
    return path.startswith("/staff") or (visit.customer is None and visit.staff_role is not None and path != "/switch")


def make_page(
    request: Request[Any, Any, Any],
    tenant: Tenant,
    visit: Visit | None,
    *,
    counts: Mapping[str, int] | None = None,
    forms: bool = True,
) -> Page:
    """A page in the tenant's brand and own words, in the language that `languages` chooses.

    `counts` stand in the staff's menu. Without `forms` nobody gets a cookie for one: error pages read the same to
    everybody.
    """
    resources = resources_of(request)
    brand = brand_of(tenant)
    locale = page_locale(tenant, visit, request.headers.get("accept-language", ""), _last_chosen(request, visit))
    gettext, _ = gettext_for(locale)
    now = clock.now()
    common: dict[str, Any] = {
        "visit": visit,
        "nav": () if visit is None else staff_nav(visit, counts) if at_desk(request, visit) else customer_nav(visit),
        "csrf_token": visit.csrf_token if visit else door_token(request, resources) if forms else "",
        "zone": tenant.time_zone,
        "now": now,
        "today": clock.today(tenant.time_zone, now),
        "notes": (*_notes(request), *((LATE,) if resources.queue.is_late else ())),
        "wording": wording_of(tenant),
        "colour_scheme": _colour_scheme(request),
        "request_id": request.scope["state"]["request_id"],
    }

    def render(template: str, context: Mapping[str, Any]) -> str:
        return resources.renderer.render(template, context, brand, locale)

    return Page(
        render=render,
        common=common,
        translate=gettext,
        today=common["today"],
        locale=locale,
        keeping=keeping_of(request, resources, tenant, visit, locale, common),
        fragment=request.headers.get("hx-request") == "true" and "hx-history-restore-request" not in request.headers,
    )


def _notes(request: Request[Any, Any, Any]) -> tuple[Note, ...]:
    settings = resources_of(request).settings
    shown = notes_of(cookies.read(request, settings, NOTE_COOKIE) or "")
    if shown:
        set_cookie(request, cookies.clear(settings, NOTE_COOKIE))
    return shown


def door_token(request: Request[Any, Any, Any], resources: Resources) -> str:
    """The CSRF token of somebody who is not signed in; makes the value for the `door` cookie if there is none."""
    value = cookies.read(request, resources.settings, "door")
    if value is None:
        value = new_token()
        set_cookie(request, cookies.make(resources.settings, "door", value))
    return sessions.csrf_token(resources.csrf_keys[0], value)


def set_cookie(request: Request[Any, Any, Any], cookie: Cookie) -> None:
    """Send a cookie with this request's answer, whatever answer that will be."""
    request.scope["state"].setdefault("cookies", []).append(cookie)


def _last_chosen(request: Request[Any, Any, Any], visit: Visit | None) -> str | None:
    """The language that this browser's person chose, remembered for pages that do not know who asks."""
    settings = resources_of(request).settings
    remembered = cookies.read(request, settings, "language")
    if visit is not None and visit.language and visit.language != remembered:
        set_cookie(request, cookies.make(settings, "language", visit.language, max_age=cookies.YEAR))
    return remembered


def _colour_scheme(request: Request[Any, Any, Any]) -> str | None:
    chosen = cookies.read(request, resources_of(request).settings, "colours")
    return chosen if chosen in ("light", "dark") else None


def provide_database(request: Request[Any, Any, Any]) -> Database:
    """The process's database."""
    return resources_of(request).database


def provide_directory(request: Request[Any, Any, Any]) -> Directory:
    """The process's directory of tenants."""
    return resources_of(request).directory


def provide_settings(request: Request[Any, Any, Any]) -> Settings:
    """The process's settings."""
    return resources_of(request).settings


def provide_papers(request: Request[Any, Any, Any]) -> ErpPapers:
    """Papers from the tenants' ERPs."""
    return resources_of(request).papers


def provide_stripe(request: Request[Any, Any, Any]) -> Gateway:
    """Stripe."""
    return resources_of(request).stripe


DEPENDENCIES = {
    "tenant": Provide(provide_tenant, sync_to_thread=False),
    "work": Provide(provide_work),
    "session": Provide(provide_session, sync_to_thread=False),
    "visit": Provide(provide_visit, sync_to_thread=False),
    "page": Provide(provide_page, sync_to_thread=False),
    "resources": Provide(resources_of, sync_to_thread=False),
    "freshness": Provide(provide_freshness),
    "database": Provide(provide_database, sync_to_thread=False),
    "directory": Provide(provide_directory, sync_to_thread=False),
    "settings": Provide(provide_settings, sync_to_thread=False),
    "papers": Provide(provide_papers, sync_to_thread=False),
    "stripe": Provide(provide_stripe, sync_to_thread=False),
}
