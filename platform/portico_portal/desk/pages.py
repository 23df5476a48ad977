"""The staff's first page: what customers owe, what came in, and how the sync fares, brought together."""

from datetime import timedelta

from litestar import Response, get

from portico_billing.customers.debtors import debtors, totals
from portico_billing.payments.showing import lately
from portico_core.clock import now
from portico_portal.sync.brief import brief
from portico_tenants.access import Access, Permission
from portico_tenants.people.visit import Visit
from portico_tenants.session import TenantSession
from portico_themes.page import Page

TOP = 6
LATEST = 6
LATELY = timedelta(days=7)


@get("/staff", access=Access.staff(Permission.STAFF_SEE))
async def overview(session: TenantSession, visit: Visit, page: Page) -> Response[str]:
    """The overview; single payments only for whom may open them."""
    late, _ = await debtors(session, page.today, order="overdue", rows=TOP)
    return page(
        "staff/home.html",
        totals=await totals(session, page.today),
        top=late,
        received=await lately.received(session, now() - LATELY),
        waiting=await lately.waiting(session),
        sync=await brief(session),
        payments=await lately.latest(session, LATEST) if visit.may(Permission.STAFF_MONEY) else None,
    )


ROUTES = [overview]
