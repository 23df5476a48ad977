"""The first page of a customer's people: the answer first."""

from zoneinfo import ZoneInfo

from litestar import Response, get

from portico_billing.home import overview
from portico_billing.home.welcome import facts, part_of_day, todo
from portico_billing.invoices.balance import owed_by_week
from portico_billing.invoices.freshness import Freshness
from portico_billing.invoices.standing import standing_in, standings
from portico_billing.payments.showing.queries import latest_history
from portico_core.clock import now
from portico_tenants.access import Access, Permission
from portico_tenants.people.visit import Visit
from portico_tenants.session import TenantSession
from portico_themes.page import Page
from portico_themes.plots import due_columns, over_time


@get("/", access=Access.customer(Permission.INVOICES_SEE))
async def home(session: TenantSession, visit: Visit, page: Page, freshness: Freshness) -> Response[str]:
    """What is owed, what is overdue, what to do next."""
    customer_id, currency = visit.customer_id, visit.customer.currency if visit.customer else ""
    mine, others = standing_in(currency, await standings(session, customer_id, page.today))
    next_due = await overview.due_next(session, customer_id, page.today)
    credit = await overview.credit_to_use(session, customer_id, currency)
    payments = await overview.recent_payments(session, customer_id)
    limit = await overview.credit_limit(session, customer_id)
    moving = await overview.on_its_way(session, customer_id, currency)
    weeks = await owed_by_week(session, customer_id, currency, page.today, owed_now=mine.owed.minor)
    at = now()
    return page(
        "invoices/home.html",
        part_of_day=part_of_day(at.astimezone(ZoneInfo(session.tenant.time_zone))),
        balance=mine.balance,
        overdue=mine.overdue,
        coming=mine.coming,
        payable=mine.payable,
        payable_overdue=mine.payable_overdue,
        overdue_count=mine.overdue_count,
        also=[each.balance for each in others if each.balance],
        can_pay=visit.may(Permission.PAY),
        facts=facts(mine, limit=limit, next_due=next_due, moving=moving, credit=credit),
        columns=due_columns(mine.sums, currency),
        currency=currency,
        owed=over_time(weeks),
        todo=todo(page.today, at, next_due=next_due, payments=payments, credit=credit),
        latest=await overview.latest_invoices(session, customer_id, page.today),
        payments=await latest_history(session, customer_id, overview.LATEST),
        **freshness.context,
    )


ROUTES = [home]
