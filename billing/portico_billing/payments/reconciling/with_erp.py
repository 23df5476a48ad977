"""Our postings held against the ERP's payments: each key that we have as posted is asked for there."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import msgspec
from sqlalchemy import select, tuple_

from portico_billing.payments.models import PaymentRow, PostingRow
from portico_billing.payments.reconciling.differences import Difference, give_back, store, take
from portico_connectors.connector import Page
from portico_connectors.errors import ConnectorError
from portico_connectors.records import DocumentState, Payment, Record
from portico_core.clock import now
from portico_core.money import exponent
from portico_tenants.mirror import Unstorable, exact_minor
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant

WINDOW = timedelta(days=30)
BATCH = 500


class Books(Protocol):
    """What of a connector (`portico_connectors.connector.Connector`) a comparison needs."""

    async def payments(self, our_keys: tuple[str, ...]) -> Page[Record]: ...


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """A payment that we have brought to the ERP."""

    id: UUID
    posted_at: datetime
    our_key: str
    erp_id: str
    payment_id: UUID
    received_minor: int
    currency: str


async def erp_is_due(database: Database, tenant: Tenant) -> bool:
    """Whether to compare now; whoever is told so does it."""
    async with database.tenant_session(tenant) as session:
        return await take(session, "erp")


async def compare_with_erp(database: Database, books: Books, tenant: Tenant) -> int:
    """How many differences there are. A connector's errors pass, and then the comparison does not count."""
    found: list[Difference] = []
    compared, after = 0, None
    try:
        while batch := await _batch(database, tenant, after):
            page = await books.payments(tuple(each.our_key for each in batch))
            found += differences(batch, page)
            compared, after = compared + len(batch), batch[-1]
    except ConnectorError:
        async with database.tenant_session(tenant) as session:
            await give_back(session, "erp")
        raise
    async with database.tenant_session(tenant) as session:
        await store(session, "erp", found, compared)
    return len(found)


def differences(batch: Sequence[Posted], page: Page[Record]) -> list[Difference]:
    """What differs between postings and the ERP's payments with their keys. Payments that cannot be read are passed
    over: they are set aside where they are mirrored."""
    unreadable = {error.erp_id for error in page.rejected}
    by_key: dict[str, list[Payment]] = {}
    for record in page.records:
        if isinstance(record, Payment) and record.our_key and record.state is DocumentState.POSTED:
            by_key.setdefault(record.our_key, []).append(record)
    return [
        found for each in batch if each.erp_id not in unreadable and (found := _difference(each, by_key)) is not None
    ]


def _difference(posted: Posted, by_key: Mapping[str, Sequence[Payment]]) -> Difference | None:
    theirs = by_key.get(posted.our_key, ())
    total, currency = _total(theirs)
    if len(theirs) == 1 and (total, currency) == (posted.received_minor, posted.currency):
        return None
    return Difference(
        kind="erp_missing" if not theirs else "erp_twice" if len(theirs) > 1 else "erp_amount",
        subject=str(posted.id),
        payment_id=posted.payment_id,
        currency=posted.currency,
        ours_minor=posted.received_minor,
        theirs_minor=total,
        their_currency=currency,
        theirs=", ".join(each.number or each.erp_id for each in theirs) or posted.erp_id,
    )


def _total(payments: Sequence[Payment]) -> tuple[int | None, str | None]:
    """All of them in one sum, and its currency; neither where they have none in common, or an amount has parts of its
    smallest coin."""
    currencies = {each.currency for each in payments}
    if len(currencies) != 1:
        return None, None
    (currency,) = currencies
    try:
        return sum(exact_minor(each.amount, exponent(currency)) for each in payments), currency
    except Unstorable:
        return None, None


async def _batch(database: Database, tenant: Tenant, after: Posted | None) -> list[Posted]:
    wanted = (
        select(
            PostingRow.id,
            PostingRow.posted_at,
            PostingRow.our_key,
            PostingRow.erp_id,
            PostingRow.payment_id,
            PaymentRow.received_minor,
            PaymentRow.currency,
        )
        .join(PaymentRow, PaymentRow.id == PostingRow.payment_id)
        .where(PostingRow.state == "posted", PostingRow.posted_at >= now() - WINDOW)
        .where(PostingRow.erp_id.is_not(None))
        .order_by(PostingRow.posted_at, PostingRow.id)
        .limit(BATCH)
    )
    if after is not None:
        wanted = wanted.where(tuple_(PostingRow.posted_at, PostingRow.id) > (after.posted_at, after.id))
    async with database.tenant_session(tenant) as session:
        return [Posted(**row._mapping) for row in await session.execute(wanted)]
