"""What a customer's people see of their invoices and credits: list, file, one document, its paper."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.response import Stream

from portico_billing.invoices import listing
from portico_billing.invoices.choice import Choice, choice_of
from portico_billing.invoices.credits import credits_page
from portico_billing.invoices.export import csv_of
from portico_billing.invoices.freshness import Freshness
from portico_billing.invoices.sheets import documents
from portico_billing.invoices.sheets.papers import Papers, fetch_paper, kept_paper, mark_of
from portico_billing.invoices.sheets.wording import history, own_pdf, sheet
from portico_billing.invoices.standing import counts_of, standing_in, standings
from portico_billing.payments.holds import LiveHold, live_holds
from portico_core.errors import NotFound
from portico_core.ids import new_id
from portico_core.money import Money
from portico_tenants import audit
from portico_tenants.access import Access, Permission
from portico_tenants.people.visit import Visit
from portico_tenants.session import Database, TenantSession
from portico_tenants.tenant import Tenant
from portico_themes.branding import brand_of
from portico_themes.page import Page

SEE = Access.customer(Permission.INVOICES_SEE)
EXPORTED = "invoices.exported"


@get("/invoices", access=SEE)
async def invoices(
    request: Request[Any, Any, Any], session: TenantSession, visit: Visit, page: Page, freshness: Freshness
) -> Response[str]:
    """The list; where htmx asks, the list's part alone."""
    choice = _choice(request, visit, page)
    found = await standings(session, visit.customer_id, page.today)
    counts = counts_of(found)
    rows = await listing.found(session, visit.customer_id, choice, page.today, counts)
    context = listing.context(choice, rows, counts, page, place="invoices", csv="invoices_csv")
    context["can_pay"] = visit.may(Permission.PAY)
    if page.fragment:
        return page("invoices/_list.html", **context)
    mine, others = standing_in(_currency(visit), found)
    return page.once(
        "invoices/list.html",
        balance=mine.balance,
        overdue=mine.overdue,
        open_count=mine.invoices,
        also=[each.balance for each in others if each.balance],
        selection=None,
        **freshness.context,
        **context,
    )


@get("/invoices.csv", access=SEE)
async def invoices_csv(
    request: Request[Any, Any, Any],
    session: TenantSession,
    database: Database,
    tenant: Tenant,
    visit: Visit,
    page: Page,
) -> Stream:
    """The same list whole, as a file."""
    choice = _choice(request, visit, page)
    await audit.record(
        session,
        actor=visit.actor,
        action=EXPORTED,
        object_type="customer",
        object_id=visit.customer_id,
        customer_id=visit.customer_id,
        after={name: str(value) for name, value in choice.address().items()},
        request_id=visit.request_id,
    )
    number = visit.customer.number if visit.customer else ""
    rows = csv_of(database, tenant, visit.customer_id, choice, page.today, page.text)
    return csv_answer(rows, f"invoices-{number}-{page.today.isoformat()}.csv")


@get("/invoices/{reference:str}", access=SEE)
async def invoice(
    reference: str,
    session: TenantSession,
    database: Database,
    tenant: Tenant,
    visit: Visit,
    page: Page,
    freshness: Freshness,
    papers: Papers,
) -> Response[str] | Response[bytes]:
    """One invoice; with `.pdf` behind the id its paper."""
    wanted, as_pdf = split_reference(reference)
    found = await documents.invoice(session, visit.customer_id, wanted, page.today)
    holds = await live_holds(session, [found.line.id])
    if as_pdf:
        return await pdf_answer(session, database, tenant, visit, page, papers, found, holds)
    readers = await documents.readers(session, found.customer_id, found.line.id)
    return page(
        "invoices/show.html",
        invoice=found.line,
        paper=sheet(found.paper, holds, page, tenant),
        log=history(found, holds, readers, page, tenant),
        under_way=under_way(holds, found.line.total.currency),
        can_pay=visit.may(Permission.PAY),
        form_key=new_id(),
        **freshness.context,
    )


@get("/credits", access=SEE)
async def credit_list(
    request: Request[Any, Any, Any], session: TenantSession, visit: Visit, page: Page, freshness: Freshness
) -> Response[str]:
    """The customer's credit memos, those with something left first."""
    found = await credits_page(session, visit.customer_id, request.query_params.get("page", ""))
    return page("invoices/credits.html", **found, **freshness.context)


@get("/credits/{credit:uuid}", access=SEE)
async def show_credit(
    credit: UUID, session: TenantSession, tenant: Tenant, visit: Visit, page: Page, freshness: Freshness
) -> Response[str]:
    """One credit memo."""
    found = await documents.credit(session, visit.customer_id, credit)
    return page(
        "invoices/credit.html",
        credit={"id": found.id, "number": found.paper.number, "open": found.paper.open},
        paper=sheet(found.paper, [], page, tenant),
        **freshness.context,
    )


async def pdf_answer(
    session: TenantSession,
    database: Database,
    tenant: Tenant,
    visit: Visit,
    page: Page,
    papers: Papers,
    found: documents.Invoice,
    holds: list[LiveHold],
    *,
    action: str = documents.DOWNLOADED,
) -> Response[bytes]:
    """The paper, for whoever may see the invoice; noted in the audit trail."""
    await audit.record(
        session,
        actor=visit.actor,
        action=action,
        object_type="invoice",
        object_id=found.line.id,
        customer_id=found.customer_id,
        after={"number": found.line.number, "version": found.version},
        request_id=visit.request_id,
    )
    content = await kept_paper(session, found.line.id, found.version)
    if content is None:
        ours = own_pdf(found, holds, page, tenant, await mark_of(session, brand_of(tenant)))
        await session.finish()
        content = await fetch_paper(database, tenant, papers, found, ours=ours)
    return Response(content, media_type="application/pdf", headers=download(f"{found.line.number}.pdf"))


def csv_answer(rows: AsyncIterator[bytes], name: str) -> Stream:
    """A file that is written while it is read."""
    return Stream(rows, media_type="text/csv", headers=download(name))


def download(name: str) -> dict[str, str]:
    """Headers of a file to keep, under a name that is safe in a header."""
    plain = "".join(char if char.isascii() and (char.isalnum() or char in "-_.") else "-" for char in name)
    return {"Content-Disposition": f'attachment; filename="{plain}"', "Cache-Control": "private, no-store"}


def split_reference(reference: str) -> tuple[UUID, bool]:
    """The id, and whether the paper is wanted. Raises NotFound for what is no id."""
    bare = reference.removesuffix(".pdf")
    try:
        return UUID(bare), bare != reference
    except ValueError:
        raise NotFound from None


def under_way(holds: list[LiveHold], currency: str) -> dict[str, Any] | None:
    """The payment that holds part of an invoice, where its money has not been received."""
    waiting = [hold for hold in holds if hold.payment_state != "succeeded"]
    if not waiting:
        return None
    return {
        "payment_id": waiting[0].payment_id,
        "number": f"P-{waiting[0].payment_number}",
        "amount": Money(sum(hold.amount_minor for hold in waiting), currency),
        "state": waiting[0].payment_state,
    }


def _choice(request: Request[Any, Any, Any], visit: Visit, page: Page) -> Choice:
    return choice_of(request.query_params, locale=page.locale, currency=_currency(visit))


def _currency(visit: Visit) -> str:
    return visit.customer.currency if visit.customer else ""


ROUTES = [invoices, invoices_csv, invoice, credit_list, show_credit]
