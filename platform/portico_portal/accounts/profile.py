"""One's own name, language, password and signed-in devices."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from sqlalchemy import select, update

from portico_core.errors import Invalid, NotFound, TooMany
from portico_portal.accounts.devices import device_words
from portico_portal.accounts.forms import fields
from portico_portal.resources import Resources
from portico_portal.web import cookies
from portico_portal.web.dependencies import set_cookie
from portico_portal.web.notes import redirect_with_note
from portico_tenants import audit
from portico_tenants.access import Access
from portico_tenants.people import attempts, links, passwords, sessions
from portico_tenants.people.models import PersonRow
from portico_tenants.people.visit import Visit
from portico_tenants.session import TenantSession
from portico_tenants.tenant import Tenant
from portico_themes.page import Page
from portico_themes.texts import LANGUAGES, N_

MANY = N_("Too many tries. Wait %(minutes)s minutes.")
NAMES = {"en": "English", "de": "Deutsch"}


@get("/profile", access=Access.person())
async def show(visit: Visit, session: TenantSession, page: Page) -> Response[Any]:
    """The page."""
    return page("accounts/profile.html", **await _context(session, visit, page))


@post("/profile", access=Access.person())
async def save(
    request: Request[Any, Any, Any], visit: Visit, session: TenantSession, page: Page, resources: Resources
) -> Response[Any]:
    """Name, language and appearance. Appearance belongs to the device, so it is a cookie."""
    values = await fields(request)
    if not values.get("name") or len(values["name"]) > 100:
        return page(
            "accounts/profile.html",
            status=422,
            **(await _context(session, visit, page) | {"form": "profile"}),
            values=values,
            errors={"name": page.text(N_("Enter your name, in up to 100 characters."))},
        )
    language = values.get("language")
    await session.execute(
        update(PersonRow)
        .where(PersonRow.id == visit.person_id)
        .values(name=values["name"], language=language if language in LANGUAGES else None)
    )
    scheme = values.get("colour_scheme", "")
    chosen = cookies.make(resources.settings, "colours", scheme, max_age=cookies.YEAR)
    set_cookie(request, chosen if scheme in ("light", "dark") else cookies.clear(resources.settings, "colours"))
    return redirect_with_note("/profile", "saved")


@post("/profile/password", access=Access.person())
async def change_password(
    request: Request[Any, Any, Any],
    session: TenantSession,
    tenant: Tenant,
    visit: Visit,
    page: Page,
    resources: Resources,
) -> Response[Any]:
    """The present password, then the new one; all other devices are signed out, this one gets a new token."""
    values = await fields(request)
    database = resources.database
    await session.finish()  # hashing takes a while, and below are transactions of their own
    counters = attempts.keys_of_session(visit.session_id)
    async with database.tenant_session(tenant) as session:
        context = await _context(session, visit, page) | {"form": "password"}
        stored = await session.scalar(select(PersonRow.password_hash).where(PersonRow.id == visit.person_id))
    try:
        async with database.tenant_session(tenant) as session:
            await attempts.check(session, counters)
        if not await resources.passwords.verify(stored, values.get("current", "")):
            async with database.tenant_session(tenant) as session:
                await attempts.count_failure(session, counters)
            raise Invalid(fields={"current": "This is not your present password."})
        passwords.check_new(values.get("password", ""), email=visit.email, about=(tenant.name, tenant.host))
    except Invalid as wrong:
        errors = {field: page.text(sentence) for field, sentence in wrong.fields.items()}
        return page("accounts/profile.html", status=422, **context, errors=errors)
    except TooMany as many:
        problem = page.text(MANY, minutes=-(-many.retry_after_seconds // 60))
        answer = page("accounts/profile.html", status=429, **context, problem=problem)
        answer.headers["Retry-After"] = str(many.retry_after_seconds)
        return answer
    hashed = await resources.passwords.hash(values["password"])
    async with database.tenant_session(tenant) as session:
        await session.execute(update(PersonRow).where(PersonRow.id == visit.person_id).values(password_hash=hashed))
        await sessions.end_sessions_of(session, visit.person_id, but=visit.session_id)
        await links.end_resets(session, visit.email)
        await attempts.forget(session, counters)
        token = await sessions.renew(session, visit.session_id)
        await audit.record(
            session,
            actor=visit.actor,
            action="password.changed",
            object_type="person",
            object_id=visit.person_id,
            request_id=visit.request_id,
        )
    set_cookie(request, cookies.make(resources.settings, "session", token))
    return redirect_with_note("/profile", "password_changed")


@post("/profile/sessions/{session_id:uuid}/end", access=Access.person())
async def end_device(session_id: UUID, visit: Visit, session: TenantSession) -> Response[Any]:
    """Sign one of one's own devices out."""
    if not await sessions.end_one(session, visit.person_id, session_id):
        raise NotFound
    return redirect_with_note("/profile", "session_ended")


async def _context(session: TenantSession, visit: Visit, page: Page) -> dict[str, Any]:
    at_desk = visit.customer is None and visit.staff_role is not None
    devices = await sessions.devices(session, visit.person_id)
    return {
        "layout": "layouts/staff.html" if at_desk else "layouts/customer.html",
        "person": {"name": visit.name, "email": visit.email, "language": visit.language},
        "languages": [(code, NAMES[code]) for code in LANGUAGES],
        "sessions": [
            {
                "id": each.id,
                "device": device_words(each.device, page.locale),
                "seen_at": each.seen_at,
                "started_at": each.created_at,
                "current": each.id == visit.session_id,
            }
            for each in devices
        ],
        "min_length": passwords.MIN_LENGTH,
        "form": "",
    }


ROUTES = [show, save, change_password, end_device]
