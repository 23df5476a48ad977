"""What a comparison found: written once, seen again as long as it lasts, kept with its end. A person decides what to
do about it; nothing here moves money, a payment or a posting.

Kinds begin with the side that was asked:

stripe_missing   we have it as paid, Stripe has no such payment, or not as paid
stripe_amount    both have it, over different amounts
stripe_unknown   Stripe has a payment with our marks that we have not counted: a second one, or one of no payment here
erp_missing      we have it as posted, the ERP has no payment with our key, or a voided one
erp_amount       both have it, over different amounts
erp_twice        the ERP has more than one payment with our key
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec
from prometheus_client import Counter
from sqlalchemy import case, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from portico_billing.payments.models import ComparisonRow, DifferenceRow, PaymentRow
from portico_core.clock import now
from portico_core.logs import log
from portico_core.money import Money
from portico_tenants.session import TenantSession

logger = log(__name__)
EVERY = timedelta(hours=1)
MOST_SHOWN = 50
FOUND = Counter("portico_differences_total", "Differences found between our ledger and Stripe or the ERP", ("kind",))
Side = Literal["stripe", "erp"]


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Both sides of it. `subject` tells it from others of its kind; `theirs` are their ids, for whoever looks there.
    `their_currency` is none where it is ours."""

    kind: str
    subject: str
    payment_id: UUID | None
    currency: str
    ours_minor: int | None
    theirs_minor: int | None
    their_currency: str | None = None
    theirs: str


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A difference for a page; `number` is None where we have no such payment, `theirs` where their side has none, or
    nothing that could be told as one sum."""

    kind: str
    payment_id: UUID | None
    number: str | None
    ours: Money | None
    theirs: Money | None
    their_id: str
    found_at: datetime


async def take(session: TenantSession, side: Side) -> bool:
    """Whether this side is due to be compared, and this worker does it."""
    at = now()
    taken = await session.scalar(
        upsert(ComparisonRow)
        .values(side=side, taken_at=at)
        .on_conflict_do_update(
            index_elements=["side"], set_={"taken_at": at}, where=ComparisonRow.taken_at <= at - EVERY
        )
        .returning(ComparisonRow.side)
    )
    return taken is not None


async def give_back(session: TenantSession, side: Side) -> None:
    """A comparison that broke off does not count: the next round begins anew."""
    await session.execute(update(ComparisonRow).where(ComparisonRow.side == side).values(taken_at=now() - EVERY))


async def store(session: TenantSession, side: Side, found: Sequence[Difference], compared: int) -> None:
    """The outcome of a whole comparison: what is there now, and what is there no more."""
    at = now()
    await session.execute(
        update(ComparisonRow)
        .where(ComparisonRow.side == side)
        .values(compared_at=at, payments=compared, differences=len(found))
    )
    if found:
        statement = upsert(DifferenceRow)
        values = {
            name: getattr(statement.excluded, name)
            for name in ("payment_id", "currency", "ours_minor", "theirs_minor", "their_currency", "theirs", "seen_at")
        }
        came_back = case((DifferenceRow.gone_at.is_(None), DifferenceRow.found_at), else_=at)
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=["kind", "subject"], set_={**values, "found_at": came_back, "gone_at": None}
            ),
            [{**msgspec.to_builtins(each), "payment_id": each.payment_id, "seen_at": at} for each in found],
        )
    await session.execute(
        update(DifferenceRow)
        .where(DifferenceRow.kind.startswith(f"{side}_", autoescape=True))
        .where(DifferenceRow.gone_at.is_(None), DifferenceRow.seen_at < at)
        .values(gone_at=at)
    )
    for each in found:
        FOUND.labels(each.kind).inc()
        logger.error("the books differ", kind=each.kind, payment=str(each.payment_id), theirs=each.theirs)


async def live(session: TenantSession) -> list[Shown]:
    """Those that last, latest first."""
    rows = await session.execute(
        select(DifferenceRow, PaymentRow.number)
        .outerjoin(PaymentRow, PaymentRow.id == DifferenceRow.payment_id)
        .where(DifferenceRow.gone_at.is_(None))
        .order_by(DifferenceRow.found_at.desc(), DifferenceRow.kind, DifferenceRow.subject)
        .limit(MOST_SHOWN)
    )
    return [
        Shown(
            kind=row.kind,
            payment_id=row.payment_id,
            number=f"P-{number}" if row.payment_id else None,
            ours=None if row.ours_minor is None else Money(row.ours_minor, row.currency),
            theirs=None if row.theirs_minor is None else Money(row.theirs_minor, row.their_currency or row.currency),
            their_id=row.theirs,
            found_at=row.found_at,
        )
        for row, number in rows
    ]
