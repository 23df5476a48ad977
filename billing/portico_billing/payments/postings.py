"""Postings: payments we owe the ERP, and what came of them. Billing writes the rows, the sync empties them:

    async with database.tenant_session(tenant) as session:
        claim = await claim_posting(session, posting_id)
    if claim is not None:
        outcome = await post(connector, claim)
        async with database.tenant_session(tenant) as session:
            await store_outcome(session, claim, outcome)

One worker has a posting at a time, until it has stored what came of it or its claim has run out, whoever asks meanwhile
that it be tried at once. What the ERP really applied is read back from it and stored here; the rest stays on the
customer and is shown to staff.
"""

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from portico_billing.invoices.models import InvoiceRow
from portico_billing.payments.models import AllocationRow, HoldRow, PaymentRow, PostingRow
from portico_core.clock import now, today
from portico_core.errors import Conflict, NotFound
from portico_core.ids import new_id
from portico_tenants import audit
from portico_tenants.customers.models import CustomerRow
from portico_tenants.session import TenantSession

SWEEP = "postings"
LEASE = timedelta(minutes=5)  # longer than a job may run
REFUSALS_BEFORE_A_PERSON = 3
LONGEST_WAIT = timedelta(minutes=30)


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What the payer chose for one invoice."""

    invoice_id: UUID
    invoice_erp_id: str
    number: str
    amount_minor: int


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A posting that this worker has `until` then. `is_posted`: the ERP has it, only the invoices are still to be read
    again."""

    posting_id: UUID
    until: datetime
    payment_id: UUID
    is_posted: bool
    our_key: str
    customer_erp_id: str
    paid_on: date
    currency: str
    amount_minor: int
    reference: str
    parts: tuple[Part, ...]

    @property
    def invoice_erp_ids(self) -> tuple[str, ...]:
        """Of the invoices it pays."""
        return tuple(part.invoice_erp_id for part in self.parts)


async def owe_posting(session: TenantSession, payment_id: UUID) -> None:
    """Owe the ERP this payment, once, and have somebody see to it."""
    await session.execute(
        upsert(PostingRow)
        .values(id=new_id(), payment_id=payment_id, our_key=f"pay-{payment_id}")
        .on_conflict_do_nothing(index_elements=["payment_id"])
    )
    await hurry(session)


async def hurry(session: TenantSession) -> None:
    """Have the postings looked at now. The job lives above billing and is found by what it sweeps."""
    await session.hurry(SWEEP)


def _unfinished() -> ColumnElement[bool]:
    """Owed or in doubt; or posted, and the invoices not read again since."""
    held = exists().where(HoldRow.payment_id == PostingRow.payment_id, HoldRow.ended_at.is_(None))
    return or_(PostingRow.state.in_(["owed", "in_doubt"]), (PostingRow.state == "posted") & held)


def _unclaimed() -> ColumnElement[bool]:
    return or_(PostingRow.claimed_until.is_(None), PostingRow.claimed_until <= func.now())


async def due_postings(session: TenantSession, *, limit: int = 100) -> list[UUID]:
    """What is due, longest first."""
    rows = await session.scalars(
        select(PostingRow.id)
        .where(_unfinished(), PostingRow.due_at <= func.now(), _unclaimed())
        .order_by(PostingRow.due_at)
        .limit(limit)
    )
    return list(rows)


async def claim_posting(session: TenantSession, posting_id: UUID) -> Claim | None:
    """Take a due posting; None where it is not due, done, or another worker has it."""
    until = now() + LEASE
    taken = await session.execute(
        update(PostingRow)
        .where(PostingRow.id == posting_id, _unfinished(), PostingRow.due_at <= func.now(), _unclaimed())
        .values(due_at=until, claimed_until=until, attempts=PostingRow.attempts + 1)
        .returning(PostingRow.payment_id, PostingRow.our_key, PostingRow.state)
    )
    row = taken.one_or_none()
    if row is None:
        return None
    await session.remember(SWEEP, until)
    payment = await session.get_one(PaymentRow, row.payment_id)
    customer_erp_id = await session.scalar(select(CustomerRow.erp_id).where(CustomerRow.id == payment.customer_id))
    return Claim(
        posting_id=posting_id,
        until=until,
        payment_id=payment.id,
        is_posted=row.state == "posted",
        our_key=row.our_key,
        customer_erp_id=customer_erp_id or "",
        paid_on=today(session.tenant.time_zone, payment.settled_at),
        currency=payment.currency,
        amount_minor=payment.received_minor,
        reference=f"P-{payment.number}",
        parts=await _parts(session, payment.id),
    )


async def _parts(session: TenantSession, payment_id: UUID) -> tuple[Part, ...]:
    rows = await session.execute(
        select(InvoiceRow.id, InvoiceRow.erp_id, InvoiceRow.number, AllocationRow.amount_minor)
        .join(AllocationRow, AllocationRow.invoice_id == InvoiceRow.id)
        .where(AllocationRow.payment_id == payment_id)
        .order_by(AllocationRow.position)
    )
    return tuple(
        Part(invoice_id=row.id, invoice_erp_id=row.erp_id, number=row.number, amount_minor=row.amount_minor)
        for row in rows
    )


async def store_posted(
    session: TenantSession,
    claim: Claim,
    *,
    erp_id: str,
    erp_number: str,
    applied_minor: dict[str, int],
    answered_at: datetime,
) -> None:
    """The ERP has it. `applied_minor` by the invoice's ERP id, as read back; what is missing there was not applied.

    The holds stay until the invoices have been read again (`holds.end_holds_for`).
    """
    posting = await _given_back(session, claim)
    if posting.state == "posted":
        return
    unapplied = claim.amount_minor - sum(applied_minor.values())
    posting.state, posting.last_error = "posted", None
    posting.erp_id, posting.erp_number, posting.posted_at = erp_id, erp_number, answered_at
    posting.unapplied_minor = unapplied
    posting.due_at = answered_at + timedelta(minutes=1)
    await session.flush()
    for part in claim.parts:
        await session.execute(
            update(AllocationRow)
            .where(AllocationRow.payment_id == claim.payment_id, AllocationRow.invoice_id == part.invoice_id)
            .values(applied_minor=applied_minor.get(part.invoice_erp_id, 0))
        )
    await _record(session, claim, "posted", {"erp_id": erp_id, "unapplied_minor": unapplied})


async def store_doubt(session: TenantSession, claim: Claim, why: str) -> None:
    """The ERP's answer was lost: it is looked up by our key before anything is written again."""
    posting = await _given_back(session, claim)
    if posting.state == "posted":
        return
    posting.state, posting.last_error = "in_doubt", why
    await _later(session, posting, None)
    await _record(session, claim, "in_doubt", {"why": why})


async def store_refused(session: TenantSession, claim: Claim, why: str) -> None:
    """The ERP said no. Tried again with what is open then, a few times; after that a person must decide."""
    posting = await _given_back(session, claim)
    if posting.state == "posted":
        return
    posting.last_error, posting.refusals = why, posting.refusals + 1
    if posting.refusals < REFUSALS_BEFORE_A_PERSON:
        await _later(session, posting, None)
        return
    posting.state = "refused"
    await session.flush()
    await _record(session, claim, "refused", {"why": why})


async def store_later(session: TenantSession, claim: Claim, why: str, after_seconds: float | None) -> None:
    """Nothing was written; the ERP is busy, down, or refuses our credentials."""
    posting = await _given_back(session, claim)
    posting.last_error = why
    await _later(session, posting, after_seconds)


async def wait_along(session: TenantSession, posting_id: UUID) -> None:
    """The ERP cannot take this posting now: what else is due waits for the same time, instead of asking it again."""
    until = select(PostingRow.due_at).where(PostingRow.id == posting_id).scalar_subquery()
    await session.execute(update(PostingRow).where(_unfinished(), PostingRow.due_at <= func.now()).values(due_at=until))


async def _later(session: TenantSession, posting: PostingRow, after_seconds: float | None) -> None:
    """Never before the ERP asked us to; by ourselves later each time. Spread, so that not all come back at once."""
    if after_seconds is not None:
        wait = timedelta(seconds=after_seconds * random.uniform(1.0, 1.1))  # noqa: S311 - jitter
    else:
        own = min(timedelta(seconds=5 * 2 ** min(posting.attempts, 10)), LONGEST_WAIT)
        wait = own * random.uniform(0.5, 1.0)  # noqa: S311 - jitter
    posting.due_at = now() + wait
    await session.flush()
    await session.remember(SWEEP, posting.due_at)


async def retry_posting(session: TenantSession, posting_id: UUID, *, actor: str, request_id: str | None = None) -> UUID:
    """Staff say: try again now, or as soon as the worker that has it may be given up. The payment's id. Conflict where
    there is nothing to try."""
    posting = await _locked(session, posting_id)
    if posting.state == "posted":
        raise NothingToRetry
    before = posting.state
    if posting.state == "refused":
        posting.state = "owed"
    posting.due_at = max(now(), posting.claimed_until or now())
    posting.attempts = posting.refusals = 0
    await session.flush()
    await audit.record(
        session,
        actor=actor,
        action="posting.retried",
        object_type="posting",
        object_id=posting.id,
        before={"state": before},
        after={"state": posting.state},
        request_id=request_id,
    )
    await hurry(session)
    return posting.payment_id


class NothingToRetry(Conflict):
    """The ERP has this payment already."""


async def _given_back(session: TenantSession, claim: Claim) -> PostingRow:
    """The posting, locked, and free for the next one; unless the next one has it already, as we are late."""
    posting = await _locked(session, claim.posting_id)
    if posting.claimed_until == claim.until:
        posting.claimed_until = None
    return posting


async def _locked(session: TenantSession, posting_id: UUID) -> PostingRow:
    posting = await session.scalar(
        select(PostingRow)
        .where(PostingRow.id == posting_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if posting is None:
        raise NotFound
    return posting


async def _record(session: TenantSession, claim: Claim, state: str, after: dict[str, Any]) -> None:
    await audit.record(
        session,
        actor="job:postings",
        action=f"posting.{state}",
        object_type="posting",
        object_id=claim.posting_id,
        after={"payment_id": str(claim.payment_id), **after},
    )


def numbers(parts: Sequence[Part]) -> str:
    """The invoices' numbers, for the ERP's memo."""
    return ", ".join(part.number for part in parts)
