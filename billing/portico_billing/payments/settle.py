"""What a payment has come to, derived from Stripe's objects as fetched, never from an event's own words.

`refresh` fetches outside any transaction; `settle` then locks the payment and writes facts, state and what follows
from it (holds, posting, mails) in one transaction. States only move forward by rank, so late, doubled and shuffled
news change nothing. The inbox's mark is set in the same transaction as its effect.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from portico_billing.payments import holds, letters, postings
from portico_billing.payments.models import MoneyEventRow, PaymentRow
from portico_billing.stripe.gateway import Gateway
from portico_billing.stripe.objects import Checkout, Intent
from portico_core.clock import now
from portico_core.errors import NotFound
from portico_core.ids import new_id
from portico_core.logs import log
from portico_tenants import audit
from portico_tenants.session import Database, TenantSession
from portico_tenants.tenant import Tenant

logger = log(__name__)

# Money goes before everything: what had failed or expired here is succeeded once Stripe says that it was paid.
RANKS = {"creating": 0, "open": 1, "processing": 2, "failed": 3, "expired": 3, "succeeded": 4, "quarantined": 4}
SWEEP = "payments"
LOOK_AGAIN = {"creating": timedelta(seconds=30), "open": timedelta(minutes=10), "processing": timedelta(hours=1)}
NEVER_AGAIN = timedelta(days=36500)


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What Stripe said when asked: the session, the intent, or both."""

    checkout: Checkout | None = None
    intent: Intent | None = None

    @property
    def state(self) -> str:
        """The payment's state that follows. A failed attempt on an open session is not the end."""
        status = self.intent.status if self.intent else None
        if status == "succeeded":
            return "succeeded"
        if status in ("processing", "requires_capture"):
            return "processing"
        if self.checkout is not None and self.checkout.status == "expired":
            return "expired"
        if status == "canceled":
            return "failed"
        is_over = self.checkout is not None and self.checkout.status == "complete"
        if is_over and status == "requires_payment_method":  # a debit that was refused: this session takes no other
            return "failed"
        return "open"


async def refresh(
    database: Database,
    gateway: Gateway,
    tenant: Tenant,
    payment_id: UUID,
    *,
    source: str,
    checkout_id: str | None = None,
    mark: Callable[[TenantSession], Awaitable[None]] | None = None,
) -> str:
    """Fetch what Stripe has of this payment and settle it; the state afterwards.

    `checkout_id` is a hint where an event knows a session that we had no time to write down; `mark` is called in the
    transaction of the effect. NotFound where there is no such payment; StripeTrouble where Stripe does not answer, and
    then nothing has changed.
    """
    async with database.tenant_session(tenant) as session:
        payment = await session.get(PaymentRow, payment_id)
    if payment is None:
        raise NotFound
    seen = await _look(gateway, payment, checkout_id)
    async with database.tenant_session(tenant) as session:
        state = payment.state if seen is None else await settle(session, payment_id, seen, source=source)
        if mark is not None:
            await mark(session)
    return state


async def _look(gateway: Gateway, payment: PaymentRow, hint: str | None) -> Seen | None:
    if checkout_id := payment.checkout_session_id or hint:
        checkout = await gateway.retrieve_checkout(payment.stripe_account, checkout_id)
        return Seen(checkout=checkout, intent=checkout.intent)
    if payment.payment_intent_id:
        return Seen(intent=await gateway.retrieve_intent(payment.stripe_account, payment.payment_intent_id))
    return None


async def settle(session: TenantSession, payment_id: UUID, seen: Seen, *, source: str) -> str:
    """Write what was seen; the payment's state afterwards. Doing it again, or late, changes nothing."""
    payment = await session.scalar(select(PaymentRow).where(PaymentRow.id == payment_id).with_for_update())
    if payment is None:
        raise NotFound
    if not _is_ours(payment, seen, session.tenant):
        logger.warning("Stripe showed an object of another payment", payment_id=str(payment_id), source=source)
        return payment.state
    payment.out_of_reach_since = None
    await _write_facts(session, payment, seen, source)
    state = seen.state
    if state == "succeeded" and not _as_asked(payment, seen):
        state = "quarantined"
    if RANKS[state] > RANKS[payment.state]:
        await _move(session, payment, state, seen, source)
    _look_again(payment)
    if payment.check_at < now() + timedelta(days=1):
        await session.remember(SWEEP, payment.check_at)
    return payment.state


def _is_ours(payment: PaymentRow, seen: Seen, tenant: Tenant) -> bool:
    """Whether Stripe's marks say this payment of this tenant, and the session is the one we know."""
    known = payment.checkout_session_id
    if known and seen.checkout and seen.checkout.id != known:
        return False
    marks = seen.checkout or seen.intent
    return marks is not None and marks.payment_id == str(payment.id) and marks.tenant_id == str(tenant.id)


def _as_asked(payment: PaymentRow, seen: Seen) -> bool:
    intent = seen.intent
    return intent is not None and (intent.received_minor, intent.currency) == (payment.amount_minor, payment.currency)


async def _write_facts(session: TenantSession, payment: PaymentRow, seen: Seen, source: str) -> None:
    """Append what is not known yet. Each fact once, whichever way and however often it came."""
    facts: list[dict[str, Any]] = []

    def fact(kind: str, object_id: str, status: str, amount: int | None = None, **detail: Any) -> None:
        row = {"kind": kind, "stripe_object_id": object_id, "status": status, "amount_minor": amount}
        facts.append({"id": new_id(), "payment_id": payment.id, "source": source, "detail": detail or None, **row})

    if seen.checkout is not None and seen.checkout.status == "expired":
        fact("expired", seen.checkout.id, "expired")
    if (intent := seen.intent) is not None:
        if intent.status in ("processing", "succeeded", "canceled"):
            fact(intent.status, intent.id, intent.status, intent.received_minor, currency=intent.currency)
        if intent.failure and intent.status == "requires_payment_method":
            fact("attempt_failed", intent.charge_id or intent.id, intent.failure)
        if intent.charge_id and intent.fee_minor is not None:
            fact("fee_known", intent.charge_id, "known", intent.fee_minor, currency=intent.fee_currency)
        for refund in intent.refunds:  # what failed is taken off again: the sum is what went back, in whichever order
            fact("refunded", refund.id, "made", refund.amount_minor)
            if refund.failed:
                fact("refunded", refund.id, "failed", -refund.amount_minor)
        if intent.charge_id and intent.disputed:
            fact("disputed", intent.charge_id, "disputed")
    if facts:
        await session.execute(
            upsert(MoneyEventRow).on_conflict_do_nothing(index_elements=["kind", "stripe_object_id", "status"]), facts
        )


async def _move(session: TenantSession, payment: PaymentRow, state: str, seen: Seen, source: str) -> None:
    before, at = payment.state, now()
    payment.state = state
    if seen.checkout is not None:
        payment.checkout_session_id = seen.checkout.id
        payment.checkout_url = seen.checkout.url
        payment.expires_at = seen.checkout.expires_at
    if seen.intent is not None:
        payment.payment_intent_id = seen.intent.id
        payment.method = seen.intent.method or payment.method
        payment.method_last4 = seen.intent.last4 or payment.method_last4
    if state in ("processing", "succeeded", "quarantined") or (seen.checkout and seen.checkout.status == "complete"):
        payment.submitted_at = payment.submitted_at or at
    if state in ("failed", "expired"):
        payment.failure = payment.failure or (seen.intent.failure if seen.intent else None)
        await _give_up(session, payment, at)
    if state in ("succeeded", "quarantined"):
        payment.received_minor = (seen.intent.received_minor if seen.intent else None) or 0
        payment.settled_at, payment.ended_at, payment.failure = at, None, None
        if before in ("failed", "expired"):
            await holds.renew(session, payment.id)
    await session.flush()
    if state == "succeeded":
        await postings.owe_posting(session, payment.id)
    if state in letters.KINDS and payment.submitted_at is not None:
        await letters.owe_letter(session, payment.id)
    await _record(session, payment, before, source)


async def end_unpaid(
    session: TenantSession, payment: PaymentRow, state: str, failure: str, *, source: str = "us"
) -> None:
    """End a payment, locked by the caller, of which Stripe has no session, or that a person says took nothing."""
    before = payment.state
    payment.state, payment.failure = state, failure
    await _give_up(session, payment, now())
    _look_again(payment)
    await session.flush()
    await _record(session, payment, before, source)


async def _give_up(session: TenantSession, payment: PaymentRow, at: datetime) -> None:
    payment.ended_at = at
    await holds.release(session, payment.id, payment.state)


def _look_again(payment: PaymentRow) -> None:
    """When the sweep looks next. An open session is looked at right after its end, which Stripe may forget to tell."""
    at = now()
    again = at + LOOK_AGAIN.get(payment.state, NEVER_AGAIN)
    if payment.state == "open" and at < payment.expires_at:
        again = min(again, payment.expires_at + timedelta(seconds=30))
    payment.check_at = again


async def _record(session: TenantSession, payment: PaymentRow, before: str, source: str) -> None:
    await audit.record(
        session,
        actor=source if source.startswith("person:") else f"job:{source}",
        action=f"payment.{payment.state}",
        object_type="payment",
        object_id=payment.id,
        customer_id=payment.customer_id,
        before={"state": before},
        after={"state": payment.state, "received_minor": payment.received_minor, "failure": payment.failure},
    )
