"""Finds what fell between: events that nobody worked, payments that nobody told us about, events that never came."""

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert

from portico_billing.payments.events import work_event
from portico_billing.payments.models import PaymentRow, StripeEventRow, StripeWatchRow
from portico_billing.payments.opening import open_checkout
from portico_billing.payments.settle import LOOK_AGAIN, SWEEP, refresh
from portico_billing.stripe import inbox
from portico_billing.stripe.errors import AccountRevoked, Gone, StripeTrouble
from portico_billing.stripe.gateway import Gateway
from portico_core.clock import now
from portico_core.logs import log
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant

logger = log(__name__)
BATCH = 20
LEASE = timedelta(minutes=2)
OUT_OF_REACH = timedelta(hours=1)
COMPARE_EVERY = timedelta(hours=1)
WINDOW = timedelta(hours=48)
IN_DELIVERY = timedelta(minutes=5)  # younger events are simply on their way
AFTER_THE_OTHER = timedelta(seconds=10)
_under_way: set[tuple[str, UUID]] = set()  # sweeps of this process, which has one event loop
TYPES = (  # at most 20 in one question
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "payment_intent.processing",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.canceled",
    "charge.updated",
    "charge.refunded",
    "charge.dispute.created",
    "charge.dispute.closed",
    "refund.failed",
)


@asynccontextmanager
async def alone(database: Database, tenant: Tenant, kind: str) -> AsyncIterator[bool]:
    """Whether no other sweep of this kind works for the tenant in this process; else one is hinted at for later.

    For sweeps that do not claim their rows: while much has piled up, a hint falls due every moment, and sweeps beside
    each other would all do the same work, each slower than the one before.
    """
    mine = (kind, tenant.id)
    if mine in _under_way:
        await _remember(database, tenant, kind, after=AFTER_THE_OTHER)
        yield False
        return
    _under_way.add(mine)
    try:
        yield True
    finally:
        _under_way.discard(mine)


async def sweep_events(database: Database, gateway: Gateway, tenant: Tenant, budget: timedelta) -> None:
    """Work new events that have waited longer than the queue may take, oldest first, each once."""
    async with alone(database, tenant, inbox.SWEEP) as is_alone:
        if is_alone:
            await _work_waiting(database, gateway, tenant, budget)


async def _work_waiting(database: Database, gateway: Gateway, tenant: Tenant, budget: timedelta) -> None:
    until = now() + budget
    after: tuple[datetime, UUID] | None = None
    while now() < until:
        batch = await _waiting(database, tenant, after)
        for received_at, row_id in batch:
            await _tried(work_event(database, gateway, tenant, row_id), event_row=str(row_id))
            after = received_at, row_id
        if len(batch) < BATCH:
            return
    await _remember(database, tenant, inbox.SWEEP)


async def sweep_payments(database: Database, gateway: Gateway, tenant: Tenant, budget: timedelta) -> None:
    """Ask Stripe about payments under way that are due to be looked at; create the page of those that have none."""
    until = now() + budget
    while now() < until:
        batch = await _claimed(database, tenant)
        for payment_id, state in batch:
            await _tried(_look_at(database, gateway, tenant, payment_id, state), payment=str(payment_id))
        if len(batch) < BATCH:
            return
    await _remember(database, tenant, SWEEP)


async def _look_at(database: Database, gateway: Gateway, tenant: Tenant, payment_id: UUID, state: str) -> None:
    """One payment. One that Stripe does not let us see any more is noted for staff, and asked for less often."""
    try:
        if state == "creating":
            await open_checkout(database, gateway, tenant, payment_id, source="sweep")
        else:
            await refresh(database, gateway, tenant, payment_id, source="sweep")
    except (AccountRevoked, Gone):
        at = now()
        since = func.coalesce(PaymentRow.out_of_reach_since, at)
        async with database.tenant_session(tenant) as session:
            await session.execute(
                update(PaymentRow)
                .where(PaymentRow.id == payment_id)
                .values(out_of_reach_since=since, check_at=at + OUT_OF_REACH)
            )
            await session.remember(SWEEP, at + OUT_OF_REACH)
        raise


async def compare_events(database: Database, gateway: Gateway, tenant: Tenant) -> int:
    """Put events of the last days that never arrived into the inbox, once an hour; how many there were."""
    account = tenant.stripe_account
    if account is None or not await _compare_is_due(database, tenant, account):
        return 0
    found = 0
    try:
        async for event in gateway.list_events(account, types=TYPES, since=now() - WINDOW):
            async with database.tenant_session(tenant) as session:
                is_new = await inbox.store_event(session, event)
            found += is_new and event.created_at < now() - IN_DELIVERY
    except StripeTrouble as error:
        logger.warning("events not compared", error=str(error))
        await _compare_again(database, tenant, account)
    if found:
        logger.error("Stripe had events that never arrived", events=found)
    return found


async def _waiting(
    database: Database, tenant: Tenant, after: tuple[datetime, UUID] | None
) -> list[tuple[datetime, UUID]]:
    place = tuple_(StripeEventRow.received_at, StripeEventRow.id)
    waiting = (
        select(StripeEventRow.received_at, StripeEventRow.id)
        .where(StripeEventRow.state == "new", StripeEventRow.received_at < now() - inbox.GRACE)
        .order_by(StripeEventRow.received_at, StripeEventRow.id)
        .limit(BATCH)
    )
    if after is not None:
        waiting = waiting.where(place > after)
    async with database.tenant_session(tenant) as session:
        return [(received_at, row_id) for received_at, row_id in await session.execute(waiting)]


async def _claimed(database: Database, tenant: Tenant) -> list[tuple[UUID, str]]:
    due = (
        select(PaymentRow.id)
        .where(PaymentRow.state.in_(LOOK_AGAIN), PaymentRow.check_at <= now())
        .order_by(PaymentRow.check_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    claim = (
        update(PaymentRow)
        .where(PaymentRow.id.in_(due.scalar_subquery()))
        .values(check_at=now() + LEASE)
        .returning(PaymentRow.id, PaymentRow.state)
    )
    async with database.tenant_session(tenant) as session:
        rows = [(payment_id, state) for payment_id, state in await session.execute(claim)]
        if rows:
            await session.remember(SWEEP, now() + LEASE)
    return rows


async def _compare_is_due(database: Database, tenant: Tenant, account: str) -> bool:
    at = now()
    async with database.tenant_session(tenant) as session:
        taken = await session.scalar(
            upsert(StripeWatchRow)
            .values(source_account=account, compared_at=at)
            .on_conflict_do_update(
                index_elements=["source_account"],
                set_={"compared_at": at},
                where=StripeWatchRow.compared_at <= at - COMPARE_EVERY,
            )
            .returning(StripeWatchRow.source_account)
        )
    return taken is not None


async def _compare_again(database: Database, tenant: Tenant, account: str) -> None:
    """What broke off does not count: the next round begins anew."""
    async with database.tenant_session(tenant) as session:
        await session.execute(
            update(StripeWatchRow)
            .where(StripeWatchRow.source_account == account)
            .values(compared_at=now() - COMPARE_EVERY)
        )


async def _remember(database: Database, tenant: Tenant, kind: str, after: timedelta = timedelta(0)) -> None:
    async with database.tenant_session(tenant) as session:
        await session.remember(kind, now() + after)


async def _tried(work: Awaitable[object], **about: str) -> None:
    """One of many: whatever is wrong with it, it is tried again later, and the others are not kept waiting."""
    try:
        await work
    except StripeTrouble as error:
        logger.warning("tried again later", error=str(error), **about)
    except Exception:  # a defect of ours at one row must not stop the sweep at that row for ever
        logger.exception("a sweep met a defect", **about)
