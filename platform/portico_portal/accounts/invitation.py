"""Accepting an invitation: a name and a password for who is new here, one press for who is known."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.response import Redirect
from sqlalchemy import select

from portico_core.errors import Invalid
from portico_portal.accounts.forms import fields
from portico_portal.accounts.sign_in import let_in, start
from portico_portal.resources import Resources
from portico_portal.web.addresses import public_url
from portico_tenants import mails
from portico_tenants.access import Access, CustomerRole, StaffRole
from portico_tenants.people import links, passwords
from portico_tenants.people.links import Invitation, OpenLink
from portico_tenants.people.models import MailedLinkRow, PersonRow
from portico_tenants.people.visit import Visit
from portico_tenants.secrets import Secret
from portico_tenants.session import TenantSession
from portico_tenants.tenant import Tenant
from portico_themes.branding import brand_of
from portico_themes.mails import compose
from portico_themes.page import Page
from portico_themes.texts import locale_for
from portico_themes.wording import wording_of


async def send_invitation(
    session: TenantSession,
    resources: Resources,
    tenant: Tenant,
    visit: Visit,
    *,
    email: str,
    name: str,
    role: CustomerRole | StaffRole,
    customer_id: UUID | None,
) -> Invitation:
    """Make the invitation and owe its mail, in the session's transaction.

    The mail speaks the language of who gets it, where they are known here already, else the tenant's.
    """
    made = await links.invite(
        session,
        actor=visit.actor,
        email=email,
        name=name,
        role=role,
        customer_id=customer_id,
        invited_by=visit.person_id,
        request_id=visit.request_id,
    )
    chosen = await session.scalar(select(PersonRow.language).where(PersonRow.email == made.email))
    mail = compose(
        resources.renderer,
        "invitation",
        recipient=made.email,
        brand=brand_of(tenant),
        wording=wording_of(tenant),
        locale=locale_for([chosen], tenant.language),
        zone=tenant.time_zone,
        name=name,
        inviter=visit.name,
        place=made.customer_name or tenant.name,
        url=public_url(resources.settings, tenant, f"/invitation/{mails.PLACEHOLDER}"),
        expires_at=made.expires_at,
    )
    cause = f"invitation:{made.id}"
    await mails.owe(session, mail, cause=cause, token=Secret(made.token), safe=resources.safe)
    return made


@get("/invitation/{token:str}", access=Access.public())
async def form(token: str, tenant: Tenant, page: Page, session: TenantSession) -> Response[Any]:
    """What the link offers."""
    try:
        link = await links.find(session, token, "invitation")
    except links.LinkExpired:
        return page("accounts/invitation.html", status=410, expired=True, token=token)
    return page("accounts/invitation.html", **await _context(session, tenant, link, token))


@post("/invitation/{token:str}", access=Access.public())
async def accept(
    token: str, request: Request[Any, Any, Any], tenant: Tenant, page: Page, resources: Resources
) -> Response[Any]:
    """Grant what was offered and sign in."""
    values = await fields(request)
    database = resources.database
    context: dict[str, Any] = {}
    try:
        async with database.tenant_session(tenant) as session:
            link = await links.find(session, token, "invitation")
            context = await _context(session, tenant, link, token)
        hashed = None
        if not link.known:
            if not values.get("name"):
                raise Invalid(fields={"name": "Enter your name."})
            passwords.check_new(values.get("password", ""), email=link.email, about=(tenant.name, tenant.host))
            hashed = await resources.passwords.hash(values["password"])
        request_id = page.common["request_id"]
        async with database.tenant_session(tenant) as session:
            person_id = await links.accept_invitation(
                session, link, name=values.get("name", link.name), password_hash=hashed, request_id=request_id
            )
            person = (await session.scalars(select(PersonRow).where(PersonRow.id == person_id))).one()
            # A link in a mailbox grants a role; it does not replace a password, also not one chosen a moment ago.
            if link.known or person.password_hash != hashed:
                return Redirect("/sign-in", status_code=303)
            session_token = await start(session, request, resources, person, request_id=request_id)
    except links.LinkExpired:
        return page("accounts/invitation.html", status=410, expired=True, token=token)
    except Invalid as wrong:
        return page("accounts/invitation.html", status=422, **context, values=values, errors=wrong.fields)
    let_in(request, resources, session_token, email=link.email)
    return Redirect("/", status_code=303)


async def _context(session: TenantSession, tenant: Tenant, link: OpenLink, token: str) -> dict[str, Any]:
    inviter = await session.scalar(
        select(PersonRow.name)
        .join(MailedLinkRow, MailedLinkRow.invited_by == PersonRow.id)
        .where(MailedLinkRow.id == link.id)
    )
    return {
        "expired": False,
        "token": token,
        "email": link.email,
        "name": link.name,
        "inviter": inviter or tenant.name,
        "place": link.customer_name or tenant.name,
        "has_password": link.known,
        "min_length": passwords.MIN_LENGTH,
    }


ROUTES = [form, accept]
