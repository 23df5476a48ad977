"""The audit trail of the tenant: filtered, paged, read-only."""

from typing import Any
from uuid import UUID

from litestar import Response, get

from portico_billing.invoices.choice import clean
from portico_portal.audit.names import names_of
from portico_portal.audit.queries import PAGE, entries
from portico_portal.audit.telling import tell
from portico_tenants.access import Access, Permission
from portico_tenants.people.visit import Visit
from portico_tenants.session import TenantSession
from portico_themes.links import link
from portico_themes.page import Page

LONGEST = 100  # letters of what is looked for
ACTIONS = (
    *("sign_in", "sign_in.refused", "sign_out", "password.changed", "password.reset"),
    "access.refused",
    *("invitation.sent", "invitation.accepted", "invitation.withdrawn"),
    *("membership.role_changed", "membership.removed", "staff.role_changed", "staff.removed"),
    *("payment.started", "payment.cancelled", "posting.posted", "posting.in_doubt", "posting.refused"),
    *("brand.published", "brand.restored", "brand.discarded"),
    *("texts.published", "texts.restored", "texts.discarded"),
    *("connection.stored", "connection.paused", "connection.resumed"),
    *("customer.opened", "invoice.opened", "invoice.downloaded", "invoices.exported"),
)


@get("/staff/audit", access=Access.staff(Permission.STAFF_AUDIT))
async def show(
    visit: Visit, session: TenantSession, page: Page, action: str = "", actor: str = "", before: UUID | None = None
) -> Response[Any]:
    """Newest first; `before` continues where a page ended."""
    action, actor = clean(action, LONGEST), clean(actor, LONGEST)
    found = await entries(session, action=action, actor=actor, before=before)
    stored = found[:PAGE]
    rows = tell(stored, await names_of(session, stored), page)
    older = link("staff_audit", action=action, actor=actor, before=stored[-1].id) if len(found) > PAGE else None
    return page("staff/audit.html", rows=rows, action=action, actor=actor, actions=ACTIONS, older_url=older)


ROUTES = [show]
