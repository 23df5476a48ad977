"""What the distributor's staff see of customers: all of them with balances, and each with invoices and people.

Opening one is staff access to a customer's data: it is written into the audit trail.
"""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get

from portico_billing.customers.debtors import Customer, Order, customer, debtors
from portico_billing.home import overview
from portico_billing.invoices import listing
from portico_billing.invoices.balance import owed_by_week
from portico_billing.invoices.choice import LONGEST_SEARCH, Choice, clean, page_number
from portico_billing.invoices.freshness import Freshness
from portico_billing.invoices.listing import simple_pager
from portico_billing.invoices.sheets.paper import address_lines, with_country
from portico_billing.invoices.standing import counts_of, standing_in, standings
from portico_billing.payments.showing.queries import latest_history
from portico_tenants import audit
from portico_tenants.access import Access, Permission
from portico_tenants.people.visit import Visit
from portico_tenants.session import TenantSession
from portico_themes.links import link
from portico_themes.page import Page
from portico_themes.plots import due_columns, over_time

CUSTOMER_PAGE = "staff/customer.html"
SEE = Access.staff(Permission.STAFF_SEE)
ORDERS: tuple[Order, ...] = ("name", "balance", "overdue")


@get("/staff/customers", access=SEE)
async def staff_customers(
    request: Request[Any, Any, Any], session: TenantSession, visit: Visit, page: Page
) -> Response[str]:
    """All customers, by name or by what they owe."""
    query = clean(request.query_params.get("q", ""), LONGEST_SEARCH)
    number = page_number(request.query_params.get("page", ""))
    order = next((each for each in ORDERS if each == request.query_params.get("order")), ORDERS[0])
    rows, more = await debtors(session, page.today, order=order, query=query, page=number)
    return page(
        "staff/customers.html",
        rows=rows,
        query=query,
        order=order,
        pager=simple_pager(
            number, len(rows), more=more, url=lambda wanted: link("staff_customers", q=query, order=order, page=wanted)
        ),
    )


@get("/staff/customers/{customer_id:uuid}", access=SEE)
async def staff_customer(
    customer_id: UUID,
    request: Request[Any, Any, Any],
    session: TenantSession,
    visit: Visit,
    page: Page,
    freshness: Freshness,
) -> Response[str]:
    """One customer: what it owes, its open invoices, payments and people."""
    found = await customer(session, customer_id)
    await audit.record(
        session,
        actor=visit.actor,
        action="customer.opened",
        object_type="customer",
        object_id=customer_id,
        customer_id=customer_id,
        request_id=visit.request_id,
    )
    number = page_number(request.query_params.get("page", ""))
    return page(CUSTOMER_PAGE, **await customer_context(session, visit, found, page, number), **freshness.context)


async def customer_context(
    session: TenantSession, visit: Visit, found: Customer, page: Page, number: int = 1
) -> dict[str, Any]:
    """What CUSTOMER_PAGE reads besides the age of its figures; `number` is the page of open invoices."""
    today = page.today
    owed = await standings(session, found.id, today)
    still_open = await listing.found(session, found.id, Choice(page=number), today, counts_of(owed))
    mine, _ = standing_in(found.currency, owed)
    weeks = await owed_by_week(session, found.id, found.currency, today, owed_now=mine.owed.minor)
    sees_payments = visit.may(Permission.STAFF_MONEY)
    return {
        "customer": found,
        "address": with_country(address_lines(found.address), found.address.get("country", ""), page.locale),
        "standing": mine,
        "columns": due_columns(mine.sums, found.currency) if mine.balance else [],
        "owed": over_time(weeks),
        "balances": [each for each in owed if each.balance],
        "rows": still_open.rows,
        "pager": simple_pager(
            number,
            len(still_open.rows),
            more=still_open.more,
            total=still_open.total,
            url=lambda wanted: link("staff_customer", customer=found.id, page=wanted),
        ),
        "credit": await overview.credit_to_use(session, found.id, found.currency),
        "payments": await latest_history(session, found.id, overview.LATEST) if sees_payments else [],
    }


ROUTES = [staff_customers, staff_customer]
