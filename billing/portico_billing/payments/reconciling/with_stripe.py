"""Our payments held against Stripe's, both ways: ours are asked for there, theirs with our marks are asked for here."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

import msgspec
from sqlalchemy import or_, select

from portico_billing.payments.models import PaymentRow
from portico_billing.payments.reconciling.differences import Difference, give_back, store, take
from portico_billing.stripe.errors import Gone, StripeTrouble
from portico_billing.stripe.gateway import Gateway
from portico_billing.stripe.objects import Intent
from portico_core.clock import now
from portico_core.logs import log
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant

logger = log(__name__)
WINDOW = timedelta(days=3)
ON_ITS_WAY = timedelta(hours=1)  # a payment that we do not count yet, though Stripe has it
MOST_ASKED_SINGLY = 200  # debits that settled days after their intent was made


class Ours(msgspec.Struct, frozen=True, kw_only=True):
    """A payment as we have it."""

    id: UUID
    intent_id: str | None
    is_paid: bool
    received_minor: int
    currency: str


async def compare_with_stripe(database: Database, gateway: Gateway, tenant: Tenant) -> int | None:
    """Once an hour; how many differences there are, None where nothing was compared."""
    account = tenant.stripe_account
    if account is None:
        return None
    async with database.tenant_session(tenant) as session:
        if not await take(session, "stripe"):
            return None
    try:
        since = now() - WINDOW
        theirs = {
            each.id: each
            async for each in gateway.list_intents(account, since=since)
            if each.tenant_id == str(tenant.id) and each.status == "succeeded"
        }
        ours = await _ours(database, tenant, list(theirs.values()))
        asked = [each for each in ours if each.is_paid and each.intent_id and each.intent_id not in theirs]
        for each in asked[:MOST_ASKED_SINGLY]:
            try:
                intent = await gateway.retrieve_intent(account, each.intent_id or "")
            except Gone:
                continue
            theirs[intent.id] = intent
    except StripeTrouble as error:
        logger.warning("not compared with Stripe", error=str(error))
        async with database.tenant_session(tenant) as session:
            await give_back(session, "stripe")
        return None
    unasked = {each.id for each in asked[MOST_ASKED_SINGLY:]}
    compared = [each for each in ours if each.id not in unasked]
    found = [*_of_ours(compared, theirs), *_of_theirs({each.id: each for each in ours}, theirs)]
    async with database.tenant_session(tenant) as session:
        await store(session, "stripe", found, len(compared))
    return len(found)


async def _ours(database: Database, tenant: Tenant, theirs: Sequence[Intent]) -> list[Ours]:
    """Payments that were settled in the window, and those that Stripe's name; latest first."""
    named = {payment_id for each in theirs if (payment_id := _uuid(each.payment_id))}
    async with database.tenant_session(tenant) as session:
        rows = await session.execute(
            select(
                PaymentRow.id,
                PaymentRow.payment_intent_id,
                PaymentRow.state,
                PaymentRow.received_minor,
                PaymentRow.currency,
            )
            .where(
                PaymentRow.stripe_account == tenant.stripe_account,
                or_(PaymentRow.settled_at >= now() - WINDOW, PaymentRow.id.in_(named)),
            )
            .order_by(PaymentRow.number.desc())
        )
        return [
            Ours(
                id=row.id,
                intent_id=row.payment_intent_id,
                is_paid=row.state in ("succeeded", "quarantined"),
                received_minor=row.received_minor,
                currency=row.currency,
            )
            for row in rows
        ]


def _of_ours(ours: Sequence[Ours], theirs: Mapping[str, Intent]) -> list[Difference]:
    """What we have as paid, and Stripe has not, or over another amount."""
    found = []
    for each in ours:
        if not each.is_paid:
            continue
        intent = theirs.get(each.intent_id or "")
        there = intent is not None and intent.status == "succeeded"
        same = there and intent is not None and _amount(intent) == (each.received_minor, each.currency)
        if not same:
            found.append(
                Difference(
                    kind="stripe_amount" if there else "stripe_missing",
                    subject=str(each.id),
                    payment_id=each.id,
                    currency=each.currency,
                    ours_minor=each.received_minor,
                    theirs_minor=intent.received_minor if intent is not None and there else None,
                    their_currency=intent.currency if intent is not None and there else None,
                    theirs=each.intent_id or "",
                )
            )
    return found


def _of_theirs(ours: Mapping[UUID, Ours], theirs: Mapping[str, Intent]) -> list[Difference]:
    """What Stripe has as paid with our marks, and we have not counted."""
    found = []
    for intent in theirs.values():
        payment = ours.get(_uuid(intent.payment_id) or UUID(int=0))
        is_counted = payment is not None and payment.is_paid and payment.intent_id == intent.id
        is_young = intent.created_at is not None and intent.created_at > now() - ON_ITS_WAY
        if is_counted or intent.status != "succeeded" or (payment is not None and not payment.is_paid and is_young):
            continue
        found.append(
            Difference(
                kind="stripe_unknown",
                subject=intent.id,
                payment_id=payment.id if payment else None,
                currency=intent.currency,
                ours_minor=None,
                theirs_minor=intent.received_minor,
                theirs=intent.id,
            )
        )
    return found


def _amount(intent: Intent) -> tuple[int | None, str]:
    return intent.received_minor, intent.currency


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
