"""Choosing for which customer one works now."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.response import Redirect

from portico_billing.invoices.queries import open_by_customer
from portico_core.errors import NotFound
from portico_portal.accounts.forms import fields
from portico_tenants.access import Access
from portico_tenants.people import members, sessions
from portico_tenants.people.visit import Visit
from portico_tenants.session import TenantSession
from portico_themes.page import Page


@get("/switch", access=Access.person())
async def choices(visit: Visit, session: TenantSession, page: Page, q: str = "") -> Response[Any]:
    """The customers a person belongs to, with what is open at each."""
    found = await members.choices(session, visit.person_id, search=q)
    owed = await open_by_customer(session, [each.id for each in found])
    current = visit.customer.id if visit.customer else None
    shown = [
        {
            "id": each.id,
            "name": each.name,
            "number": each.number,
            "role": each.role,
            "open": owed.get(each.id),
            "current": each.id == current,
        }
        for each in found
    ]
    return page("accounts/switch.html", choices=shown, staff=visit.staff_role is not None, query=q)


@post("/switch", access=Access.person())
async def choose(request: Request[Any, Any, Any], visit: Visit, session: TenantSession) -> Response[Any]:
    """Work for this customer from now on; or go to the staff's pages."""
    values = await fields(request)
    if values.get("staff") and visit.staff_role is not None:
        return Redirect("/staff", status_code=303)
    try:
        customer_id = UUID(values.get("customer", ""))
    except ValueError as error:
        raise NotFound from error
    if not await sessions.choose_customer(session, visit, customer_id):
        raise NotFound
    return Redirect("/", status_code=303)


ROUTES = [choices, choose]
