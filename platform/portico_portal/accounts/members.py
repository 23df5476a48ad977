"""The people of a customer, managed by the customer's own administrators."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post

from portico_core.errors import Invalid
from portico_portal.accounts.forms import fields
from portico_portal.accounts.invitation import send_invitation
from portico_portal.accounts.people import again, listing, refused, role_of
from portico_portal.resources import Resources
from portico_portal.web.notes import redirect_with_note
from portico_tenants.access import Access, CustomerRole, Permission
from portico_tenants.people import links, members
from portico_tenants.people.visit import Visit
from portico_tenants.session import TenantSession
from portico_tenants.tenant import Tenant
from portico_themes.page import Page

MANAGE = Access.customer(Permission.MEMBERS_MANAGE)


@get("/members", access=MANAGE)
async def show(visit: Visit, session: TenantSession, page: Page) -> Response[Any]:
    """Members and open invitations of the chosen customer."""
    return page("accounts/members.html", **await _context(session, visit))


@post("/members/invite", access=MANAGE)
async def invite(
    request: Request[Any, Any, Any],
    visit: Visit,
    tenant: Tenant,
    session: TenantSession,
    page: Page,
    resources: Resources,
) -> Response[Any]:
    """Invite a colleague."""
    values = await fields(request)
    try:
        await send_invitation(
            session,
            resources,
            tenant,
            visit,
            email=values.get("email", ""),
            name=values.get("name", ""),
            role=role_of(CustomerRole, values),
            customer_id=visit.customer_id,
        )
    except Invalid as wrong:
        return refused(page, "accounts/members.html", await _context(session, visit), values, wrong)
    return redirect_with_note("/members", "invited")


@post("/members/{member_id:uuid}/role", access=MANAGE)
async def change_role(
    member_id: UUID, request: Request[Any, Any, Any], visit: Visit, session: TenantSession
) -> Response[Any]:
    """Another role for a member."""
    role = role_of(CustomerRole, await fields(request))
    await members.change_role(session, member_id, role, customer_id=visit.customer_id, actor=visit.actor)
    return redirect_with_note("/members", "role_changed")


@post("/members/{member_id:uuid}/remove", access=MANAGE)
async def remove(member_id: UUID, visit: Visit, session: TenantSession) -> Response[Any]:
    """End a membership, or withdraw an invitation."""
    if await links.withdraw(session, member_id, customer_id=visit.customer_id, actor=visit.actor):
        return redirect_with_note("/members", "invitation_withdrawn")
    await members.remove(session, member_id, customer_id=visit.customer_id, actor=visit.actor)
    return redirect_with_note("/members", "member_removed")


@post("/members/{member_id:uuid}/invite-again", access=MANAGE)
async def invite_again(
    member_id: UUID, visit: Visit, tenant: Tenant, session: TenantSession, resources: Resources
) -> Response[Any]:
    """A fresh link for somebody who has not come yet; the earlier one ends."""
    await again(session, resources, tenant, visit, member_id, CustomerRole, visit.customer_id)
    return redirect_with_note("/members", "invited")


async def _context(session: TenantSession, visit: Visit) -> dict[str, Any]:
    return listing(
        await members.of_customer(session, visit.customer_id),
        await members.invitations(session, visit.customer_id),
        visit,
    )


ROUTES = [show, invite, change_role, remove, invite_again]
