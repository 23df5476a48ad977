"""Works one event: finds the payment that it hints at and has it fetched and settled; the event is marked as done in
the transaction of its effect."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import func, or_, select, update

from portico_billing.payments.models import PaymentRow, StripeEventRow
from portico_billing.payments.settle import refresh
from portico_billing.stripe.errors import Refused, StripeTrouble
from portico_billing.stripe.gateway import Gateway
from portico_core.logs import log
from portico_tenants.session import Database, TenantSession
from portico_tenants.tenant import Tenant

logger = log(__name__)
ABOUT_PAYMENTS = ("checkout.session.", "payment_intent.", "charge.", "refund.")
MOST_ATTEMPTS = 200  # one that always kills its worker is set aside


class Hint(msgspec.Struct, frozen=True, kw_only=True):
    """What an event's object says about whose it is. None of it is believed before the object was fetched."""

    payment_id: UUID | None
    tenant_id: str | None
    checkout_id: str | None
    intent_id: str | None


async def work_event(database: Database, gateway: Gateway, tenant: Tenant, event_row_id: UUID) -> None:
    """Work an event unless it is done. Raises StripeTrouble where Stripe does not answer: the event stays new."""
    async with database.tenant_session(tenant) as session:  # by itself: the try counts whatever becomes of it
        event = await _taken(session, event_row_id)
    if event is None:
        return
    hint = hint_of(json.loads(event.body)["data"]["object"])
    async with database.tenant_session(tenant) as session:
        payment_id, verdict = await _payment_of(session, event, hint)
        if payment_id is None:
            await _mark(session, event_row_id, *verdict)
            return
    try:
        await refresh(
            database,
            gateway,
            tenant,
            payment_id,
            source=event.type,
            checkout_id=hint.checkout_id,
            mark=lambda session: _mark(session, event_row_id, "done", None),
        )
    except Refused as error:  # what the event speaks of is not there: asking again changes nothing
        logger.error("event about something that is not there", event_id=event.event_id, code=error.code)
        async with database.tenant_session(tenant) as session:
            await _mark(session, event_row_id, "failed", str(error))
    except StripeTrouble as error:
        async with database.tenant_session(tenant) as session:
            await _mark(session, event_row_id, "new", str(error))
        raise


async def _taken(session: TenantSession, event_row_id: UUID) -> StripeEventRow | None:
    taken = await session.scalars(
        update(StripeEventRow)
        .where(StripeEventRow.id == event_row_id, StripeEventRow.state == "new")
        .values(attempts=StripeEventRow.attempts + 1)
        .returning(StripeEventRow)
    )
    event = taken.one_or_none()
    if event is not None and event.attempts > MOST_ATTEMPTS:
        logger.error("event set aside", event_id=event.event_id, type=event.type, attempts=event.attempts)
        await _mark(session, event_row_id, "failed", "too many attempts")
        return None
    return event


def hint_of(thing: Mapping[str, Any]) -> Hint:
    """From the object inside an event: a session, an intent, or something that names its intent."""
    metadata = thing.get("metadata") or {}
    kind = thing.get("object")
    intent = thing.get("id") if kind == "payment_intent" else thing.get("payment_intent")
    return Hint(
        payment_id=_uuid(metadata.get("payment_id")),
        tenant_id=metadata.get("tenant_id"),
        checkout_id=thing.get("id") if kind == "checkout.session" else None,
        intent_id=intent.get("id") if isinstance(intent, Mapping) else intent,
    )


async def _payment_of(
    session: TenantSession, event: StripeEventRow, hint: Hint
) -> tuple[UUID | None, tuple[str, str | None]]:
    """The payment's id; where there is none, what to write on the event instead."""
    if not event.type.startswith(ABOUT_PAYMENTS):
        return None, ("ignored", None)
    if hint.tenant_id is not None and hint.tenant_id != str(session.tenant.id):
        logger.error("event names another tenant", event_id=event.event_id, type=event.type)
        return None, ("failed", "names another tenant")
    known = [
        column == value
        for column, value in (
            (PaymentRow.id, hint.payment_id),
            (PaymentRow.checkout_session_id, hint.checkout_id),
            (PaymentRow.payment_intent_id, hint.intent_id),
        )
        if value is not None
    ]
    found = await session.scalar(select(PaymentRow.id).where(or_(*known)).limit(1)) if known else None
    if found is not None:
        return found, ("new", None)
    if hint.payment_id is not None:
        logger.error("event names a payment that is not here", event_id=event.event_id, type=event.type)
        return None, ("failed", "names a payment that is not here")
    return None, ("ignored", "no payment of ours")


async def _mark(session: TenantSession, event_row_id: UUID, state: str, error: str | None) -> None:
    await session.execute(
        update(StripeEventRow)
        .where(StripeEventRow.id == event_row_id, StripeEventRow.state == "new")
        .values(state=state, last_error=error, done_at=None if state == "new" else func.now())
    )


def _uuid(text: object) -> UUID | None:
    try:
        return UUID(str(text)) if text else None
    except ValueError:
        return None
