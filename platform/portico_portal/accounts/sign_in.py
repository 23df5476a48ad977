"""Signing in and out. The same words, the same work and the same time whether or not an address is known."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.response import Redirect
from sqlalchemy import select

from portico_core.errors import Invalid, TooMany
from portico_portal.accounts.forms import fields, own_path
from portico_portal.resources import Resources
from portico_portal.web import cookies
from portico_portal.web.addresses import network_of
from portico_portal.web.dependencies import set_cookie
from portico_portal.web.keeping import FORGET
from portico_tenants import audit
from portico_tenants.access import Access
from portico_tenants.people import attempts, sessions
from portico_tenants.people.links import known_email
from portico_tenants.people.models import PersonRow
from portico_tenants.people.visit import Visit
from portico_tenants.session import TenantSession
from portico_tenants.tenant import Tenant
from portico_themes.page import Page
from portico_themes.texts import N_

WRONG = N_("That email and password do not go together. Try again, or have a new password mailed.")
MANY = N_("Too many tries from here. Wait %(minutes)s minutes, or have a new password mailed.")


@get("/sign-in", access=Access.public())
async def form(page: Page, visit: Visit | None, next: str = "") -> Response[Any]:  # noqa: A002 - the address's own word
    """The form; whoever is signed in already goes on."""
    if visit is not None:
        return Redirect(own_path(next), status_code=303)
    return page("accounts/sign_in.html", values={"next": own_path(next) if next else ""})


@post("/sign-in", access=Access.public())
async def sign_in(request: Request[Any, Any, Any], tenant: Tenant, page: Page, resources: Resources) -> Response[Any]:
    """Check the password. Three short transactions, since the counters must outlive a refusal and no connection
    is held while the password is hashed."""
    values = await fields(request)
    settings = resources.settings
    try:
        email = known_email(values.get("email", ""))
    except Invalid as wrong:
        return page("accounts/sign_in.html", status=422, values=_kept(values), errors=wrong.fields, problem=None)
    browser = cookies.known_browser(resources.csrf_keys, cookies.read(request, settings, "known"), email)
    counters = attempts.keys(email=email, network=network_of(request, settings), browser=browser)
    try:
        async with resources.database.tenant_session(tenant) as session:
            await attempts.check(session, counters)
            person = (await session.scalars(select(PersonRow).where(PersonRow.email == email))).one_or_none()
    except TooMany as many:
        minutes = -(-many.retry_after_seconds // 60)
        answer = page(
            "accounts/sign_in.html", status=429, values=_kept(values), problem=page.text(MANY, minutes=minutes)
        )
        answer.headers["Retry-After"] = str(many.retry_after_seconds)
        return answer
    fits = await resources.passwords.verify(person.password_hash if person else None, values.get("password", ""))
    if person is None or not fits or person.disabled_at is not None:
        async with resources.database.tenant_session(tenant) as session:
            await attempts.count_failure(session, counters)
            await audit.record(
                session,
                actor="nobody",
                action="sign_in.refused",
                object_type="address",
                object_id=email,
                request_id=page.common["request_id"],
            )
        return page("accounts/sign_in.html", status=422, values=_kept(values), problem=page.text(WRONG))
    async with resources.database.tenant_session(tenant) as session:
        await attempts.forget(session, counters)
        token = await start(session, request, resources, person, request_id=page.common["request_id"])
    let_in(request, resources, token, email=email, browser=browser)
    return Redirect(own_path(values.get("next", "")), status_code=303)


@post("/sign-out", access=Access.person())
async def sign_out(
    request: Request[Any, Any, Any], session: TenantSession, visit: Visit, resources: Resources
) -> Response[Any]:
    """End this browser's session."""
    token = cookies.read(request, resources.settings, "session")
    if token:
        await sessions.end_session(session, token)
    await audit.record(
        session,
        actor=visit.actor,
        action="sign_out",
        object_type="person",
        object_id=visit.person_id,
        request_id=visit.request_id,
    )
    set_cookie(request, cookies.clear(resources.settings, "session"))
    return Redirect("/sign-in", status_code=303, headers=FORGET)


async def start(
    session: TenantSession,
    request: Request[Any, Any, Any],
    resources: Resources,
    person: PersonRow,
    *,
    request_id: str,
) -> str:
    """Open a session for a person who has proved who they are; a fresh token each time (no fixation), and the
    session that this browser had before ends."""
    if before := cookies.read(request, resources.settings, "session"):
        await sessions.end_session(session, before)
    token = await sessions.open_session(session, person.id, user_agent=request.headers.get("user-agent", ""))
    await audit.record(
        session,
        actor=f"person:{person.id}",
        action="sign_in",
        object_type="person",
        object_id=person.id,
        request_id=request_id,
    )
    return token


def let_in(
    request: Request[Any, Any, Any], resources: Resources, token: str, *, email: str, browser: str | None = None
) -> None:
    """Send the session's cookie and remember that this browser belongs to the address."""
    settings = resources.settings
    known = cookies.sign_known(resources.csrf_keys[0], email, browser)
    set_cookie(request, cookies.make(settings, "session", token))
    set_cookie(request, cookies.make(settings, "known", known, max_age=cookies.YEAR))


def _kept(values: dict[str, str]) -> dict[str, str]:
    return {"email": values.get("email", ""), "next": values.get("next", "")}


ROUTES = [form, sign_in, sign_out]
