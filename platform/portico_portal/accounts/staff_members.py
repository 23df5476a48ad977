"""The distributor's own people, and invitations that its staff send to customers."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post

from portico_billing.customers.debtors import customer
from portico_billing.customers.pages import CUSTOMER_PAGE, customer_context
from portico_billing.invoices.freshness import Freshness
from portico_core.errors import Invalid
from portico_portal.accounts.forms import fields
from portico_portal.accounts.invitation import send_invitation
from portico_portal.accounts.people import again, listing, refused, role_of
from portico_portal.resources import Resources
from portico_portal.web.notes import redirect_with_note
from portico_tenants.access import Access, CustomerRole, Permission, StaffRole
from portico_tenants.people import links, members
from portico_tenants.people.visit import Visit
from portico_tenants.session import TenantSession
from portico_tenants.tenant import Tenant
from portico_themes.page import Page

MANAGE = Access.staff(Permission.STAFF_MANAGE)
PAGE = "staff/members.html"


@get("/staff/members", access=MANAGE)
async def show(visit: Visit, session: TenantSession, page: Page) -> Response[Any]:
    """Staff and open invitations."""
    return page(PAGE, **await _context(session, visit))


@post("/staff/members/invite", access=MANAGE)
async def invite(
    request: Request[Any, Any, Any],
    visit: Visit,
    tenant: Tenant,
    session: TenantSession,
    page: Page,
    resources: Resources,
) -> Response[Any]:
    """Invite somebody to the staff."""
    values = await fields(request)
    try:
        await send_invitation(
            session,
            resources,
            tenant,
            visit,
            email=values.get("email", ""),
            name=values.get("name", ""),
            role=role_of(StaffRole, values),
            customer_id=None,
        )
    except Invalid as wrong:
        return refused(page, PAGE, await _context(session, visit), values, wrong)
    return redirect_with_note("/staff/members", "invited")


@post("/staff/members/{person_id:uuid}/role", access=MANAGE)
async def change_role(
    person_id: UUID, request: Request[Any, Any, Any], visit: Visit, session: TenantSession
) -> Response[Any]:
    """Another role for one of the staff."""
    role = role_of(StaffRole, await fields(request))
    await members.change_staff_role(session, person_id, role, actor=visit.actor)
    return redirect_with_note("/staff/members", "role_changed")


@post("/staff/members/{person_id:uuid}/remove", access=MANAGE)
async def remove(person_id: UUID, visit: Visit, session: TenantSession) -> Response[Any]:
    """End somebody's place on the staff, or withdraw an invitation."""
    if await links.withdraw(session, person_id, customer_id=None, actor=visit.actor):
        return redirect_with_note("/staff/members", "invitation_withdrawn")
    await members.change_staff_role(session, person_id, None, actor=visit.actor)
    return redirect_with_note("/staff/members", "member_removed")


@post("/staff/members/{invitation_id:uuid}/invite-again", access=MANAGE)
async def invite_again(
    invitation_id: UUID, visit: Visit, tenant: Tenant, session: TenantSession, resources: Resources
) -> Response[Any]:
    """A fresh link for somebody who has not come yet."""
    await again(session, resources, tenant, visit, invitation_id, StaffRole, None)
    return redirect_with_note("/staff/members", "invited")


@post("/staff/customers/{customer_id:uuid}/invite", access=Access.staff(Permission.STAFF_INVITE_CUSTOMERS))
async def invite_to_customer(
    customer_id: UUID,
    request: Request[Any, Any, Any],
    visit: Visit,
    tenant: Tenant,
    session: TenantSession,
    page: Page,
    resources: Resources,
    freshness: Freshness,
) -> Response[Any]:
    """Invite a person to a customer: the first administrator, usually."""
    values = await fields(request)
    found = await customer(session, customer_id)
    try:
        await send_invitation(
            session,
            resources,
            tenant,
            visit,
            email=values.get("email", ""),
            name=values.get("name", ""),
            role=role_of(CustomerRole, values),
            customer_id=customer_id,
        )
    except Invalid as wrong:
        context = await customer_context(session, visit, found, page)
        return refused(page, CUSTOMER_PAGE, {**context, **freshness.context}, values, wrong)
    return redirect_with_note(f"/staff/customers/{customer_id}", "invited")


async def _context(session: TenantSession, visit: Visit) -> dict[str, Any]:
    return listing(await members.of_staff(session), await members.invitations(session, None), visit)


ROUTES = [show, invite, change_role, remove, invite_again, invite_to_customer]
