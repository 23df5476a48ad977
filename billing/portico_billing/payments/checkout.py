"""Starts a payment: looks at what was chosen once more, under lock, and writes down what is intended.

Nothing is sent from here. The caller commits and then has `opening.open_checkout` create the page at Stripe; a process
killed in between leaves a payment in `creating`, which the sweep takes up.
"""

import re
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert

from portico_billing.invoices.models import InvoiceRow
from portico_billing.payments.holds import LiveHold, hold_for, live_holds
from portico_billing.payments.models import AllocationRow, HoldRow, PaymentRow, StripeCallRow
from portico_billing.payments.refusals import CannotPay, FormUsed, LineProblem, Trouble, WholeProblem
from portico_billing.payments.settle import SWEEP
from portico_billing.stripe.currencies import NotChargeable, check_total, to_stripe
from portico_core.clock import now
from portico_core.errors import NotFound
from portico_core.ids import new_id
from portico_tenants import audit
from portico_tenants.people.models import PersonRow
from portico_tenants.people.visit import Visit
from portico_tenants.session import TenantSession

MOST_INVOICES = 200
MOST_LINES = 20  # on the payment page; above that one line for all
CHECKOUT_LIFETIME = timedelta(hours=2)
FIRST_LOOK = timedelta(seconds=20)
CHECKOUT_CALL = "create_checkout"
LIKE_AN_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)*\.[a-z]{2,}", re.ASCII)  # a mere convenience may not fail


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """One invoice and how much of it. `amount_minor` is None where nothing readable was typed, and then `unreadable`
    says why. `seen_minor` is what was payable when the page was made."""

    invoice_id: UUID
    amount_minor: int | None
    unreadable: str | None = None
    seen_minor: int | None = None


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """A form as sent. `form_key` makes pressing twice once; `origin` is the portal's address in the payer's browser;
    `text` translates what the payer reads at Stripe."""

    form_key: UUID
    chosen: tuple[Chosen, ...]
    origin: str
    locale: str
    text: Callable[..., str]


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """The payment, and whether this very form had started it before."""

    payment_id: UUID
    state: str
    again: bool = False


async def start_payment(session: TenantSession, visit: Visit, order: Order) -> Started:
    """Write down payment, allocations, holds and the call to make. Raises CannotPay with what is wrong at which line,
    FormUsed where the same form had started another payment, NotFound for invoices of others."""
    account = session.tenant.stripe_account
    if account is None:
        raise CannotPay(WholeProblem(kind=Trouble.SWITCHED_OFF))
    invoices = await _locked(session, visit.customer_id, order)
    earlier = await _earlier(session, visit, order)
    if earlier is not None:
        return earlier
    currency = _one_currency(invoices)
    await _check_lines(session, invoices, order)
    amounts = {each.invoice_id: each.amount_minor or 0 for each in order.chosen}
    total = sum(amounts.values())
    _check_amounts(amounts.values(), currency)

    at = now()
    payment_id = new_id()
    written = await session.scalar(
        upsert(PaymentRow)
        .values(
            id=payment_id,
            customer_id=visit.customer_id,
            created_by=visit.person_id,
            form_key=order.form_key,
            currency=currency,
            amount_minor=total,
            stripe_account=account,
            expires_at=at + CHECKOUT_LIFETIME,
            check_at=at + FIRST_LOOK,
        )
        .on_conflict_do_nothing(index_elements=["form_key"])
        .returning(PaymentRow.number)
    )
    if written is None:  # the same form at the same moment, with other invoices
        raise FormUsed
    chosen = [(invoice, amounts[invoice.id]) for invoice in _in_order_of_form(invoices, order)]
    await session.execute(insert(AllocationRow), [_allocation(payment_id, *each) for each in enumerate(chosen)])
    await session.execute(insert(HoldRow), [hold_for(payment_id, invoice.id, amount) for invoice, amount in chosen])
    await session.execute(
        insert(StripeCallRow).values(
            idempotency_key=f"checkout-{payment_id}",
            purpose=CHECKOUT_CALL,
            object_id=payment_id,
            request=_request(session, visit, order, payment_id, currency, chosen, at + CHECKOUT_LIFETIME),
        )
    )
    await audit.record(
        session,
        actor=visit.actor,
        action="payment.started",
        object_type="payment",
        object_id=payment_id,
        customer_id=visit.customer_id,
        after={"number": written, "amount_minor": total, "currency": currency, "invoices": len(chosen)},
        request_id=visit.request_id,
    )
    await session.remember(SWEEP, at + FIRST_LOOK)
    return Started(payment_id=payment_id, state="creating")


async def _locked(session: TenantSession, customer_id: UUID, order: Order) -> list[InvoiceRow]:
    """The chosen invoices, locked in the order in which everybody locks them."""
    ids = {each.invoice_id for each in order.chosen}
    if not ids:
        raise CannotPay(WholeProblem(kind=Trouble.NOTHING_CHOSEN))
    if len(ids) > MOST_INVOICES or len(ids) != len(order.chosen):
        raise CannotPay(WholeProblem(kind=Trouble.TOO_MANY, limit=MOST_INVOICES))
    rows = await session.scalars(
        select(InvoiceRow)
        .where(InvoiceRow.id.in_(ids), InvoiceRow.customer_id == customer_id)
        .order_by(InvoiceRow.id)
        .with_for_update()
    )
    invoices = list(rows)
    if len(invoices) != len(ids):
        raise NotFound
    return invoices


async def _earlier(session: TenantSession, visit: Visit, order: Order) -> Started | None:
    """What this form has started already. Asked under the invoices' lock, behind which its twin has committed."""
    payment = await session.scalar(select(PaymentRow).where(PaymentRow.form_key == order.form_key))
    if payment is None:
        return None
    rows = await session.execute(
        select(AllocationRow.invoice_id, AllocationRow.amount_minor).where(AllocationRow.payment_id == payment.id)
    )
    same = {row.invoice_id: row.amount_minor for row in rows} == {
        each.invoice_id: each.amount_minor for each in order.chosen
    }
    if payment.customer_id != visit.customer_id or payment.state in ("failed", "expired") or not same:
        raise FormUsed
    return Started(payment_id=payment.id, state=payment.state, again=True)


def _one_currency(invoices: Sequence[InvoiceRow]) -> str:
    currencies = sorted({invoice.currency for invoice in invoices})
    if len(currencies) > 1:
        raise CannotPay(WholeProblem(kind=Trouble.TWO_CURRENCIES, currencies=tuple(currencies)))
    return currencies[0]


async def _check_lines(session: TenantSession, invoices: Sequence[InvoiceRow], order: Order) -> None:
    holds = await live_holds(session, [invoice.id for invoice in invoices])
    chosen = {each.invoice_id: each for each in order.chosen}
    problems = [
        problem
        for invoice in invoices
        if (problem := _problem(invoice, chosen[invoice.id], [h for h in holds if h.invoice_id == invoice.id]))
    ]
    if problems:
        payers = await _who_paid(session, [each.invoice_id for each in problems if each.kind is Trouble.PAID])
        raise CannotPay(*(msgspec.structs.replace(each, **payers.get(each.invoice_id, {})) for each in problems))


def _problem(invoice: InvoiceRow, chosen: Chosen, holds: Sequence[LiveHold]) -> LineProblem | None:
    held = sum(hold.amount_minor for hold in holds)
    payable = invoice.open_minor - held
    latest = holds[-1] if holds else None

    def problem(kind: Trouble) -> LineProblem:
        return LineProblem(
            kind=kind,
            invoice_id=invoice.id,
            number=invoice.number,
            currency=invoice.currency,
            payable_minor=max(payable, 0),
            unreadable=chosen.unreadable,
            by=latest.by if latest else None,
            at=latest.at if latest else None,
            payment_id=latest.payment_id if latest else None,
            payment_number=latest.payment_number if latest else None,
            payment_state=latest.payment_state if latest else None,
        )

    if invoice.state != "posted":
        return problem(Trouble.WITHDRAWN)
    if payable <= 0:
        return problem(Trouble.UNDER_WAY if latest else Trouble.PAID)
    if chosen.unreadable is not None:
        return problem(Trouble.UNREADABLE)
    if not chosen.amount_minor or chosen.amount_minor < 0:
        return problem(Trouble.NO_AMOUNT)
    if chosen.amount_minor > payable:
        if latest is not None and chosen.amount_minor <= invoice.open_minor:
            return problem(Trouble.PARTLY_UNDER_WAY)
        stale = chosen.seen_minor is not None and chosen.seen_minor > payable
        return problem(Trouble.LESS_OPEN if stale else Trouble.TOO_MUCH)
    return None


async def _who_paid(session: TenantSession, invoice_ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """Who paid these invoices here last; nothing where they were paid past us."""
    if not invoice_ids:
        return {}
    rows = await session.execute(
        select(AllocationRow.invoice_id, PersonRow.name, PaymentRow.settled_at)
        .ext(distinct_on(AllocationRow.invoice_id))
        .join(PaymentRow, PaymentRow.id == AllocationRow.payment_id)
        .join(PersonRow, PersonRow.id == PaymentRow.created_by)
        .where(AllocationRow.invoice_id.in_(invoice_ids), PaymentRow.state == "succeeded")
        .order_by(AllocationRow.invoice_id, PaymentRow.settled_at.desc())
    )
    return {invoice_id: {"by": name, "at": at} for invoice_id, name, at in rows}


def _check_amounts(amounts: Collection[int], currency: str) -> None:
    try:
        for amount in amounts:
            to_stripe(amount, currency)
        check_total(sum(amounts), currency)
    except NotChargeable as error:
        raise CannotPay(
            WholeProblem(kind=Trouble(error.why), currencies=(currency,), limit=error.limit_minor)
        ) from error


def _in_order_of_form(invoices: Sequence[InvoiceRow], order: Order) -> list[InvoiceRow]:
    by_id = {invoice.id: invoice for invoice in invoices}
    return [by_id[each.invoice_id] for each in order.chosen]


def _allocation(payment_id: UUID, position: int, chosen: tuple[InvoiceRow, int]) -> dict[str, object]:
    invoice, amount = chosen
    return {
        "payment_id": payment_id,
        "invoice_id": invoice.id,
        "position": position,
        "amount_minor": amount,
        "was_open_minor": invoice.open_minor,
    }


def _request(
    session: TenantSession,
    visit: Visit,
    order: Order,
    payment_id: UUID,
    currency: str,
    chosen: Sequence[tuple[InvoiceRow, int]],
    expires_at: datetime,
) -> dict[str, Any]:
    """What goes to Stripe, word for word at every repeat: the same key with other parameters is refused there."""
    marks = {"payment_id": str(payment_id), "tenant_id": str(session.tenant.id)}
    numbers = ", ".join(invoice.number for invoice, _ in chosen)
    return {
        "mode": "payment",
        "ui_mode": "hosted_page",
        "client_reference_id": str(payment_id),
        **({"customer_email": visit.email} if LIKE_AN_ADDRESS.fullmatch(visit.email) else {}),
        "success_url": f"{order.origin}/payments/return?s={{CHECKOUT_SESSION_ID}}",
        "cancel_url": f"{order.origin}/payments/{payment_id}",
        "expires_at": int(expires_at.timestamp()),
        "locale": "de" if order.locale.startswith("de") else "en-GB",
        "line_items": _lines(order.text, currency, chosen),
        "metadata": marks,
        "payment_intent_data": {
            "description": order.text("Invoices %(numbers)s", numbers=numbers)[:500],
            "metadata": marks,
        },
    }


def _lines(text: Callable[..., str], currency: str, chosen: Sequence[tuple[InvoiceRow, int]]) -> list[dict[str, Any]]:
    if len(chosen) > MOST_LINES:
        total = sum(amount for _, amount in chosen)
        return [_line(text("%(count)s invoices", count=len(chosen)), total, currency)]
    return [_line(text("Invoice %(number)s", number=each.number), amount, currency) for each, amount in chosen]


def _line(name: str, amount_minor: int, currency: str) -> dict[str, Any]:
    price = {
        "currency": currency.lower(),
        "unit_amount": to_stripe(amount_minor, currency),
        "product_data": {"name": name[:250]},
    }
    return {"quantity": 1, "price_data": price}
