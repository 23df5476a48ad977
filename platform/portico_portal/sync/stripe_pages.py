"""Where the tenant's money goes: its connected Stripe account, and whether it may take payments."""

import asyncio
from typing import Any

from litestar import Response, get

from portico_billing.stripe.errors import StripeTrouble
from portico_billing.stripe.gateway import Gateway
from portico_portal.sync.requirements import asked_for, disabled_because
from portico_tenants.access import Access, Permission
from portico_tenants.people.visit import Visit
from portico_tenants.session import TenantSession
from portico_tenants.tenant import Tenant
from portico_themes.page import Page

PATIENCE_SECONDS = 10.0


@get("/staff/stripe", access=Access.staff(Permission.STAFF_CONNECTIONS))
async def show(visit: Visit, session: TenantSession, tenant: Tenant, stripe: Gateway, page: Page) -> Response[Any]:
    """The account as Stripe has it now; "cannot be asked" where Stripe does not answer while somebody waits."""
    account, trouble = None, False
    if tenant.stripe_account is not None:
        await session.finish()
        try:
            account = await asyncio.wait_for(stripe.retrieve_account(tenant.stripe_account), PATIENCE_SECONDS)
        except (StripeTrouble, TimeoutError):
            trouble = True
    return page(
        "staff/stripe.html",
        stripe_account=tenant.stripe_account,
        account=account,
        asked=asked_for(account.currently_due, page.text) if account else [],
        why=disabled_because(account.disabled_reason, page.text) if account else "",
        trouble=trouble,
    )


ROUTES = [show]
