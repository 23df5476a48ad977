"""What the distributor's staff see of invoices: those of all customers, as a list and a file, and each with its paper.

Opening one is staff access to a customer's data: it is written into the audit trail.
"""

from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.response import Stream

from portico_billing.invoices import listing
from portico_billing.invoices.choice import Choice, choice_of
from portico_billing.invoices.export import csv_of
from portico_billing.invoices.freshness import Freshness
from portico_billing.invoices.pages import EXPORTED, csv_answer, pdf_answer, split_reference, under_way
from portico_billing.invoices.sheets import documents
from portico_billing.invoices.sheets.papers import Papers
from portico_billing.invoices.sheets.wording import history, sheet
from portico_billing.invoices.standing import counts_of, standings
from portico_billing.payments.holds import live_holds
from portico_tenants import audit
from portico_tenants.access import Access, Permission
from portico_tenants.people.visit import Visit
from portico_tenants.session import Database, TenantSession
from portico_tenants.tenant import Tenant
from portico_themes.page import Page

SEE = Access.staff(Permission.STAFF_SEE)
MONEY = Access.staff(Permission.STAFF_MONEY)


@get("/staff/invoices", access=MONEY)
async def staff_invoices(
    request: Request[Any, Any, Any], session: TenantSession, visit: Visit, page: Page, freshness: Freshness
) -> Response[str]:
    """The invoices of all customers."""
    choice = _choice(request, session, page)
    owed = await standings(session, None, page.today)
    counts = counts_of(owed)
    rows = await listing.found(session, None, choice, page.today, counts)
    return page(
        "staff/invoices.html",
        balances=[each for each in owed if each.balance],
        **freshness.context,
        **listing.context(choice, rows, counts, page, place="staff_invoices", csv="staff_invoices_csv"),
    )


@get("/staff/invoices.csv", access=MONEY)
async def staff_invoices_csv(
    request: Request[Any, Any, Any],
    session: TenantSession,
    database: Database,
    tenant: Tenant,
    visit: Visit,
    page: Page,
) -> Stream:
    """The same list whole, as a file, with each customer's number and name."""
    choice = _choice(request, session, page)
    await audit.record(
        session,
        actor=visit.actor,
        action=EXPORTED,
        object_type="tenant",
        object_id=tenant.id,
        after={name: str(value) for name, value in choice.address().items()},
        request_id=visit.request_id,
    )
    rows = csv_of(database, tenant, None, choice, page.today, page.text)
    return csv_answer(rows, f"invoices-{page.today.isoformat()}.csv")


@get("/staff/invoices/{reference:str}", access=SEE)
async def staff_invoice(
    reference: str,
    session: TenantSession,
    database: Database,
    tenant: Tenant,
    visit: Visit,
    page: Page,
    freshness: Freshness,
    papers: Papers,
) -> Response[str] | Response[bytes]:
    """One invoice of any customer; with `.pdf` behind the id its paper."""
    wanted, as_pdf = split_reference(reference)
    found = await documents.invoice(session, None, wanted, page.today)
    holds = await live_holds(session, [found.line.id])
    if as_pdf:
        return await pdf_answer(
            session, database, tenant, visit, page, papers, found, holds, action=documents.DOWNLOADED_BY_STAFF
        )
    await audit.record(
        session,
        actor=visit.actor,
        action="invoice.opened",
        object_type="invoice",
        object_id=found.line.id,
        customer_id=found.customer_id,
        request_id=visit.request_id,
    )
    readers = await documents.readers(session, found.customer_id, found.line.id)
    return page(
        "staff/invoice.html",
        invoice=msgspec.structs.replace(found.line, customer_id=found.customer_id, customer=found.customer_name),
        paper=sheet(found.paper, holds, page, tenant),
        log=history(found, holds, readers, page, tenant),
        under_way=under_way(holds, found.line.total.currency),
        **freshness.context,
    )


def _choice(request: Request[Any, Any, Any], session: TenantSession, page: Page) -> Choice:
    return choice_of(request.query_params, locale=page.locale, currency=session.tenant.base_currency)


ROUTES = [staff_invoices, staff_invoices_csv, staff_invoice]
