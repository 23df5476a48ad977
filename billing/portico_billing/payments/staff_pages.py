"""What the distributor's staff see of payments: all of them, those that wait for a person, and what can be done."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.response import Redirect

from portico_billing.invoices.listing import ViewLink
from portico_billing.payments.attending import attend, may_attend, may_end_from
from portico_billing.payments.models import MoneyEventRow
from portico_billing.payments.postings import retry_posting
from portico_billing.payments.reconciling.differences import live
from portico_billing.payments.showing import export, queries, staff_queries
from portico_billing.payments.showing.sentences import Words
from portico_billing.payments.showing.staff_queries import VIEWS, View
from portico_billing.payments.showing.views import PaymentView, allocations_of, payment_view
from portico_core.money import Money
from portico_tenants.access import Access, Permission
from portico_tenants.people.visit import Visit
from portico_tenants.session import TenantSession
from portico_themes.links import link
from portico_themes.page import Page

MONEY = Access.staff(Permission.STAFF_MONEY)


@get("/staff/payments", access=MONEY)
async def payments(request: Request[Any, Any, Any], session: TenantSession, visit: Visit, page: Page) -> Response[str]:
    """Payments of all customers, in views: those that wait for a person, those that the ERP has not."""
    view: View = next((each for each in VIEWS if each == request.query_params.get("view")), "all")
    number = export.page_number(request.query_params.get("page", ""), queries.MOST_PAGES)
    rows, total = await staff_queries.payments(session, view, number)
    counts = await staff_queries.counts(session)
    kept = None if view == "all" else view
    return page(
        "staff/payments.html",
        view=view,
        views=[
            ViewLink(
                key=each,
                url=link("staff_payments", view=None if each == "all" else each),
                count=counts.get(each),
                current=each == view,
            )
            for each in VIEWS
        ],
        rows=rows,
        differences=await live(session),
        pager=export.pager("staff_payments", number, len(rows), total, view=kept),
    )


@get("/staff/payments/{payment_id:uuid}", access=MONEY)
async def payment(payment_id: UUID, session: TenantSession, visit: Visit, page: Page) -> Response[str]:
    """One payment with its posting, what was applied, and what happened to its money."""
    found = await staff_queries.detail(session, payment_id)
    words, row, posting = Words.of(page), found.payment, found.posting
    shown = {name: getattr(view, name) for view in [payment_view(row, words)] for name in PaymentView.__struct_fields__}
    return page(
        "staff/payment.html",
        payment={**shown, "customer_id": row.customer_id, "customer": found.customer, "payer": found.payer or ""},
        posting=posting,
        needs_attention=found.needs_attention,
        can_attend=found.needs_attention and may_attend(row, posting.state if posting else None),
        may_end_from=may_end_from(row),
        stripe={"account": row.stripe_account, "session": row.checkout_session_id, "intent": row.payment_intent_id},
        allocations=await allocations_of(session, payment_id, page.today),
        events=[
            {"at": each.at, "text": words.fact(each.kind, each.status, _money(each, row.currency))}
            for each in await staff_queries.facts(session, payment_id)
        ],
    )


@post("/staff/postings/{posting_id:uuid}/retry", access=MONEY)
async def retry(posting_id: UUID, session: TenantSession, visit: Visit) -> Redirect:
    """Bring it to the ERP now, whatever it said before."""
    payment_id = await retry_posting(session, posting_id, actor=visit.actor, request_id=visit.request_id)
    return Redirect(link("staff_payment", payment=payment_id), status_code=303)


@post("/staff/payments/{payment_id:uuid}/attended", access=MONEY)
async def attended(payment_id: UUID, session: TenantSession, visit: Visit) -> Redirect:
    """A person has dealt with it."""
    await attend(session, visit, payment_id)
    return Redirect(link("staff_payment", payment=payment_id), status_code=303)


def _money(fact: MoneyEventRow, currency: str) -> Money | None:
    if fact.amount_minor is None:
        return None
    return Money(abs(fact.amount_minor), str((fact.detail or {}).get("currency") or currency))


ROUTES = [payments, payment, retry, attended]
