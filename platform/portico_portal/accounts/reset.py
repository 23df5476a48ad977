"""A new password by mailed link. The page does the same for known and unknown addresses; a job looks them up."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.response import Redirect
from sqlalchemy import select

from portico_core.clock import now
from portico_core.errors import Invalid, TooMany
from portico_core.jobs import job
from portico_core.settings import Settings
from portico_portal.accounts.forms import fields
from portico_portal.accounts.sign_in import let_in, start
from portico_portal.resources import Resources
from portico_portal.web import cookies
from portico_portal.web.addresses import network_of, public_url
from portico_tenants import mails
from portico_tenants.access import Access
from portico_tenants.people import attempts, links, passwords
from portico_tenants.people.models import PersonRow, ResetRequestRow
from portico_tenants.resolve import Directory
from portico_tenants.secrets import Safe, Secret
from portico_tenants.session import Database, TenantSession
from portico_tenants.tenant import Tenant
from portico_themes.branding import brand_of
from portico_themes.mails import compose
from portico_themes.page import Page
from portico_themes.render import Renderer
from portico_themes.texts import N_, locale_for
from portico_themes.wording import wording_of

SWEEP = "reset"
MANY = N_("Too many requests. A link that was mailed already is good for an hour; or wait %(minutes)s minutes.")
FIRST_LOOK = timedelta(seconds=2)  # of the sweep, should the job be lost


@get("/forgot", access=Access.public())
async def ask_form(page: Page) -> Response[Any]:
    """Where to send the link."""
    return page("accounts/forgot.html", sent=False)


@post("/forgot", access=Access.public())
async def ask(request: Request[Any, Any, Any], tenant: Tenant, page: Page, resources: Resources) -> Response[Any]:
    """Note the request; who asks too often from one place or for one address is told so."""
    values = await fields(request)
    try:
        email = links.clean_email(values.get("email", ""))
        browser = cookies.known_browser(resources.csrf_keys, cookies.read(request, resources.settings, "known"), email)
        network = network_of(request, resources.settings)
        counters = attempts.keys(email=f"reset:{email}", network=network, browser=browser)
        async with resources.database.tenant_session(tenant) as session:
            await attempts.check(session, counters)
            await attempts.count_failure(session, counters)
            request_id = await links.ask_reset(session, email)
            await session.remember(SWEEP, now() + FIRST_LOOK)
            session.enqueue(send_reset, request_id)
    except Invalid as wrong:
        return page("accounts/forgot.html", status=422, sent=False, values=values, errors=wrong.fields)
    except TooMany as many:
        minutes = -(-many.retry_after_seconds // 60)
        answer = page(
            "accounts/forgot.html", status=429, sent=False, values=values, problem=page.text(MANY, minutes=minutes)
        )
        answer.headers["Retry-After"] = str(many.retry_after_seconds)
        return answer
    return page("accounts/forgot.html", sent=True, values={"email": email})


@get("/reset/{token:str}", access=Access.public())
async def choose_form(token: str, page: Page, session: TenantSession) -> Response[Any]:
    """The form behind a mailed link."""
    try:
        link = await links.find(session, token, "reset")
    except links.LinkExpired:
        return page("accounts/reset.html", status=410, expired=True, token=token)
    return page("accounts/reset.html", expired=False, token=token, email=link.email, min_length=passwords.MIN_LENGTH)


@post("/reset/{token:str}", access=Access.public())
async def choose(
    token: str, request: Request[Any, Any, Any], tenant: Tenant, page: Page, resources: Resources
) -> Response[Any]:
    """Set the new password, end every session, sign in here."""
    values = await fields(request)
    database = resources.database
    try:
        async with database.tenant_session(tenant) as session:
            link = await links.find(session, token, "reset")
        passwords.check_new(values.get("password", ""), email=link.email, about=(tenant.name, tenant.host))
        hashed = await resources.passwords.hash(values["password"])
        async with database.tenant_session(tenant) as session:
            person_id = await links.use_reset(session, link, password_hash=hashed, request_id=page.common["request_id"])
            person = (await session.scalars(select(PersonRow).where(PersonRow.id == person_id))).one()
            session_token = await start(session, request, resources, person, request_id=page.common["request_id"])
    except links.LinkExpired:
        return page("accounts/reset.html", status=410, expired=True, token=token)
    except Invalid as wrong:
        return page(
            "accounts/reset.html",
            status=422,
            expired=False,
            token=token,
            email=link.email,
            min_length=passwords.MIN_LENGTH,
            errors=wrong.fields,
        )
    let_in(request, resources, session_token, email=link.email)
    return Redirect("/", status_code=303)


@job(queue="mail")
async def send_reset(
    tenant_id: UUID,
    request_id: str,
    *,
    database: Database,
    directory: Directory,
    settings: Settings,
    renderer: Renderer,
    safe: Safe,
) -> None:
    """Make the link and owe the mail, where the address is known."""
    tenant = await directory.by_id(tenant_id)
    async with database.tenant_session(tenant) as session:
        await _send_reset(session, tenant, UUID(request_id), settings, renderer, safe)


@job(queue="mail", sweeps=SWEEP)
async def sweep_resets(
    tenant_id: UUID, *, database: Database, directory: Directory, settings: Settings, renderer: Renderer, safe: Safe
) -> None:
    """Requests whose job was lost, oldest first."""
    tenant = await directory.by_id(tenant_id)
    async with database.tenant_session(tenant) as session:
        waiting = await session.scalars(
            select(ResetRequestRow.id)
            .order_by(ResetRequestRow.requested_at)
            .limit(100)
            .with_for_update(skip_locked=True)
        )
        for request_id in waiting.all():
            await _send_reset(session, tenant, request_id, settings, renderer, safe)


async def _send_reset(
    session: TenantSession, tenant: Tenant, request_id: UUID, settings: Settings, renderer: Renderer, safe: Safe
) -> None:
    made = await links.make_reset(session, request_id)
    if made is None:
        return
    person, token, expires_at = made
    mail = compose(
        renderer,
        "reset",
        recipient=person.email,
        brand=brand_of(tenant),
        wording=wording_of(tenant),
        locale=locale_for([person.language], tenant.language),
        zone=tenant.time_zone,
        name=person.name,
        url=public_url(settings, tenant, f"/reset/{mails.PLACEHOLDER}"),
        expires_at=expires_at,
    )
    await mails.owe(session, mail, cause=f"reset:{request_id}", token=Secret(token), safe=safe)


ROUTES = [ask_form, ask, choose_form, choose]
