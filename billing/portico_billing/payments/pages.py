"""What a customer's people see of payments: choose, pay, see what became of it, look back."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import anyio.to_thread
from litestar import Request, Response, get, post
from litestar.response import Redirect
from msgspec.structs import replace

from portico_billing.invoices.freshness import Freshness
from portico_billing.invoices.sheets.papers import mark_of
from portico_billing.payments.checkout import MOST_INVOICES, Order, start_payment
from portico_billing.payments.models import PaymentRow
from portico_billing.payments.opening import cancel_payment, open_checkout
from portico_billing.payments.refusals import CannotPay, FormUsed, NotCancelled
from portico_billing.payments.settle import refresh
from portico_billing.payments.showing import export, queries, receipts
from portico_billing.payments.showing.selecting import (
    Asked,
    Line,
    again_link,
    asked_by,
    chosen_of,
    lines_of,
    refused_lines,
    selection_of,
    uuid_of,
)
from portico_billing.payments.showing.sentences import Words
from portico_billing.payments.showing.views import allocations_of, payment_view, posting_of, went_back_of
from portico_billing.stripe.errors import StripeTrouble
from portico_billing.stripe.gateway import Gateway
from portico_core.clock import now
from portico_core.ids import new_id
from portico_core.logs import log
from portico_core.settings import Settings
from portico_tenants.access import Access, Permission
from portico_tenants.people.visit import Visit
from portico_tenants.session import Database, TenantSession
from portico_tenants.tenant import Tenant
from portico_themes.branding import brand_of
from portico_themes.links import link
from portico_themes.page import Page

logger = log(__name__)
SEE = Access.customer(Permission.PAYMENTS_SEE)
PAY = Access.customer(Permission.PAY)
PATIENCE_SECONDS = 10.0  # with Stripe, while a person waits; the jobs have more
RIGHT_NOW = timedelta(minutes=10)


@get("/payments/select", access=PAY)
async def choose(
    request: Request[Any, Any, Any], session: TenantSession, visit: Visit, page: Page, freshness: Freshness
) -> Response[str]:
    """The chosen invoices with an amount each: `which` is open or overdue, or `line` names them."""
    asked, most = asked_by(request.query_params.multi_items()), None
    if which := request.query_params.get("which"):
        due_before = page.today if which == "overdue" else None
        ids = await queries.payable_invoices(
            session, visit.customer_id, _currency(visit), due_before=due_before, limit=MOST_INVOICES + 1
        )
        asked = Asked(ids=tuple(ids[:MOST_INVOICES]), typed={}, seen={}, form_key=None)
        most = MOST_INVOICES if len(ids) > MOST_INVOICES else None
    ended = uuid_of(request.query_params.get("cancelled", ""))
    cancelled = await queries.ended_number(session, visit.customer_id, ended) if ended else None
    return await _choosing(session, visit, page, freshness, asked, most=most, cancelled=cancelled)


@post("/payments/select", access=PAY, status_code=200)
async def choose_again(
    request: Request[Any, Any, Any], session: TenantSession, visit: Visit, page: Page, freshness: Freshness
) -> Response[str]:
    """The same from a form: the list's without script, "pay part of it", a line taken off, amounts added up."""
    return await _choosing(session, visit, page, freshness, asked_by((await request.form()).multi_items()))


@post("/payments/selection", access=PAY, status_code=200)
async def pay_bar(request: Request[Any, Any, Any], session: TenantSession, visit: Visit, page: Page) -> Response[str]:
    """The pay bar after a tick, an amount or a removal."""
    words = Words.of(page)
    asked = asked_by((await request.form()).multi_items())
    lines = [each for each in await lines_of(session, visit.customer_id, asked, words) if each.open]
    selection, _ = selection_of(lines, _currency(visit), asked.form_key, words)
    return page("payments/_paybar.html", selection=selection)


@post("/payments", access=PAY)
async def pay(
    request: Request[Any, Any, Any],
    session: TenantSession,
    database: Database,
    tenant: Tenant,
    visit: Visit,
    page: Page,
    settings: Settings,
    stripe: Gateway,
    freshness: Freshness,
) -> Response[Any]:
    """Start the payment, have its page made at Stripe, and go there by way of `go`."""
    words = Words.of(page)
    asked = asked_by((await request.form()).multi_items())
    lines = await lines_of(session, visit.customer_id, asked, words)
    order = Order(
        form_key=asked.form_key or new_id(),
        chosen=chosen_of(lines),
        origin=_origin(request, settings),
        locale=page.locale,
        text=words.text,
    )
    try:
        started = await start_payment(session, visit, order)
    except CannotPay as refusal:
        now_open = await lines_of(session, visit.customer_id, asked, words)
        return _refused(page, visit, freshness, asked, now_open, refusal)
    except FormUsed:
        problem = page.text("This form has been sent before. Look at the amounts and press Pay once more.")
        fresh = Asked(ids=asked.ids, typed=asked.typed, seen=asked.seen, form_key=None)
        return await _choosing(session, visit, page, freshness, fresh, problem=problem, status=409)
    await session.finish()
    if started.state == "creating":
        await _in_time(open_checkout(database, stripe, tenant, started.payment_id, source=visit.actor))
    if started.state in ("creating", "open"):
        return Redirect(link("payment_go", payment=started.payment_id), status_code=303)
    return Redirect(link("payment", payment=started.payment_id, again=1), status_code=303)


@get("/payments/{payment_id:uuid}/go", access=PAY)
async def go(
    payment_id: UUID,
    session: TenantSession,
    database: Database,
    tenant: Tenant,
    visit: Visit,
    page: Page,
    stripe: Gateway,
) -> Response[Any]:
    """Says where the payer is going and goes on there; waits here while Stripe has not answered."""
    payment = await queries.payment_of(session, visit.customer_id, payment_id)
    if payment.state == "creating":
        await session.finish()
        await _in_time(open_checkout(database, stripe, tenant, payment_id, source=visit.actor))
        async with database.tenant_session(tenant) as again:
            payment = await queries.payment_of(again, visit.customer_id, payment_id)
    shown = payment_view(payment, Words.of(page))
    if payment.state == "creating":
        return page("payments/wait.html", payment=shown, seconds=3)
    if payment.state != "open" or payment.checkout_url is None or not shown.can_continue:
        return Redirect(link("payment", payment=payment_id), status_code=303)
    return page(
        "payments/go.html",
        payment=shown,
        checkout_url=payment.checkout_url,
        checkout_host=urlsplit(payment.checkout_url).netloc,
        seconds=1,
    )


@get("/payments/return", access=SEE)
async def come_back(
    session: TenantSession, database: Database, tenant: Tenant, visit: Visit, stripe: Gateway, s: str = ""
) -> Redirect:
    """Back from Stripe: no proof of anything, but the moment to ask."""
    payment_id = await queries.payment_of_checkout(session, visit.customer_id, s)
    await session.finish()
    await _in_time(refresh(database, stripe, tenant, payment_id, source="return"))
    return Redirect(link("payment", payment=payment_id), status_code=303)


@get("/payments/{payment_id:uuid}", access=SEE)
async def show(payment_id: UUID, session: TenantSession, visit: Visit, page: Page, again: str = "") -> Response[str]:
    """What has become of a payment; asks for itself again while it moves."""
    payment = await queries.payment_of(session, visit.customer_id, payment_id)
    return page("payments/show.html", again=bool(again), **await _status(session, visit, page, payment))


@get("/payments/{payment_id:uuid}/status", access=SEE)
async def status(payment_id: UUID, session: TenantSession, visit: Visit, page: Page, seen: str = "") -> Response[str]:
    """The moving part of that page; 204 while it shows what `seen` says, which leaves it as it is."""
    payment = await queries.payment_of(session, visit.customer_id, payment_id)
    context = await _status(session, visit, page, payment)
    if context["mark"] == seen:
        return Response("", status_code=204)
    return page("payments/_status.html", **context)


@get("/payments/{payment_id:uuid}/receipt", access=SEE)
async def receipt(payment_id: UUID, session: TenantSession, visit: Visit, page: Page) -> Response[str]:
    """The receipt as a sheet."""
    payment = await queries.payment_of(session, visit.customer_id, payment_id)
    return page("payments/receipt.html", **await receipts.receipt_of(session, payment, page))


@get("/payments/{payment_id:uuid}/receipt.pdf", access=SEE)
async def receipt_pdf(payment_id: UUID, session: TenantSession, visit: Visit, page: Page) -> Response[bytes]:
    """The receipt as a file."""
    payment = await queries.payment_of(session, visit.customer_id, payment_id)
    told = await receipts.receipt_of(session, payment, page)
    await export.record(session, visit, "payment.receipt_downloaded", "payment", payment_id)
    mark = await mark_of(session, brand_of(session.tenant))
    content = await anyio.to_thread.run_sync(receipts.pdf_of, session, told, page, mark)
    return export.download(content, f"P-{payment.number}.pdf", "application/pdf")


@post("/payments/{payment_id:uuid}/cancel", access=PAY)
async def cancel(
    payment_id: UUID,
    session: TenantSession,
    database: Database,
    tenant: Tenant,
    visit: Visit,
    page: Page,
    stripe: Gateway,
) -> Redirect:
    """End a payment that nobody has paid yet, and choose again; NotCancelled where Stripe does not confirm it."""
    payment = await queries.payment_of(session, visit.customer_id, payment_id)
    allocations = await allocations_of(session, payment.id, now().date())
    await session.finish()
    try:
        state = await asyncio.wait_for(
            cancel_payment(database, stripe, tenant, payment.id, source=visit.actor), PATIENCE_SECONDS
        )
    except (StripeTrouble, TimeoutError) as error:
        raise NotCancelled(str(error)) from error
    if state != "expired":
        return Redirect(link("payment", payment=payment_id), status_code=303)
    return Redirect(again_link(allocations, page.locale, cancelled=payment.id), status_code=303)


@get("/payments", access=SEE)
async def history(request: Request[Any, Any, Any], session: TenantSession, visit: Visit, page: Page) -> Response[str]:
    """What was paid, here and past us, newest first."""
    number = export.page_number(request.query_params.get("page", ""), queries.MOST_PAGES)
    rows, total = await queries.history(session, visit.customer_id, number)
    return page(
        "payments/list.html",
        rows=export.shown(rows, Words.of(page)),
        pager=export.pager("payments", number, len(rows), total),
        csv_url=link("payments_csv"),
    )


@get("/payments.csv", access=SEE)
async def history_csv(session: TenantSession, visit: Visit, page: Page) -> Response[bytes]:
    """The same as a file."""
    rows = await queries.whole_history(session, visit.customer_id)
    await export.record(session, visit, "payments.exported", "customer", visit.customer_id)
    content = export.csv_of(rows, Words.of(page))
    return export.download(content, f"payments-{page.today.isoformat()}.csv", "text/csv")


async def _choosing(
    session: TenantSession,
    visit: Visit,
    page: Page,
    freshness: Freshness,
    asked: Asked,
    *,
    problem: str | None = None,
    status: int = 200,
    most: int | None = None,
    cancelled: str | None = None,
) -> Response[str]:
    words = Words.of(page)
    lines = await lines_of(session, visit.customer_id, asked, words)
    payable = [line for line in lines if line.open]
    if len(payable) < len(lines) and problem is None:
        problem = page.text("What is paid already, or being paid, was taken off your selection.")
    selection, later = selection_of(payable, _currency(visit), asked.form_key, words)
    return page(
        "payments/select.html",
        status=status,
        selection=selection,
        later=later,
        most=most,
        cancelled=cancelled,
        in_the_way=(),
        problem=problem or (selection.problem if selection else None),
        **freshness.context,
    )


def _refused(
    page: Page, visit: Visit, freshness: Freshness, asked: Asked, lines: Sequence[Line], refusal: CannotPay
) -> Response[str]:
    """The form again, with everything that was typed and what is wrong with it."""
    words = Words.of(page)
    refused = refused_lines(lines, refusal, words)
    selection, later = selection_of(refused.lines, _currency(visit), asked.form_key, words)
    return page(
        "payments/select.html",
        status=refusal.status,
        selection=selection,
        later=later,
        most=None,
        cancelled=None,
        in_the_way=[
            {
                "id": each.payment_id,
                "number": f"P-{each.payment_number}",
                "by": each.by,
                "at": words.stamp(each.at) if each.at else "",
            }
            for each in {each.payment_id: each for each in refused.in_the_way}.values()
        ],
        errors=refused.errors,
        problem=refused.problem or (selection.problem if selection and not refused.errors else None),
        **freshness.context,
    )


async def _status(session: TenantSession, visit: Visit, page: Page, payment: PaymentRow) -> dict[str, Any]:
    posting, at = await posting_of(session, payment.id), now()
    went_back = await went_back_of(session, payment)
    allocations = await allocations_of(session, payment.id, page.today)
    shown = payment_view(payment, Words.of(page))
    if not visit.may(Permission.PAY):
        shown = replace(shown, can_continue=False, can_cancel=False)
    return {
        "payment": shown,
        "posting": posting,
        "went_back": went_back,
        "allocations": allocations,
        "again_url": again_link(allocations, page.locale),
        "mail": await queries.payer_email(session, payment) or visit.email,
        "has_receipt": payment.state == "succeeded",
        "poll_seconds": _poll_seconds(payment, posting.state if posting else None),
        "as_of": at,
        "mark": f"{payment.state}-{posting.state if posting else ''}-{went_back is not None:d}-{at:%H%M}",
    }


def _poll_seconds(payment: PaymentRow, posting: str | None) -> int:
    """How soon to look again: every second while it happens, then less and less; 0 when nothing changes any more."""
    if payment.state in ("creating", "open") or (payment.state == "succeeded" and posting == "owed"):
        since = payment.settled_at or payment.created_at
        return 1 if now() - since < RIGHT_NOW else 15
    return 30 if payment.state == "processing" or posting == "in_doubt" else 0


async def _in_time(work: Any) -> None:
    """As long as a person waits. What is cut off or not answered is taken up by the sweep."""
    try:
        await asyncio.wait_for(work, PATIENCE_SECONDS)
    except (StripeTrouble, TimeoutError) as error:
        logger.warning("Stripe did not answer in time; the sweep goes on", error=repr(error))


def _origin(request: Request[Any, Any, Any], settings: Settings) -> str:
    """The portal's address as the payer's browser has it: the host name that was resolved to the tenant, and a port."""
    name, _, port = request.headers.get("host", "").partition(":")
    return f"{settings.web.scheme}://{name}{f':{port}' if port.isdecimal() else settings.public_port}"


def _currency(visit: Visit) -> str:
    return visit.customer.currency if visit.customer else ""


ROUTES = [
    choose,
    choose_again,
    pay_bar,
    pay,
    go,
    come_back,
    show,
    status,
    receipt,
    receipt_pdf,
    cancel,
    history,
    history_csv,
]
