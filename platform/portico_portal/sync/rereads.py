"""Invoices to read again because of a payment or credit: their own date of change need not move in the ERP.

An owed reading is also the mark that somebody may be at it just now: what an invoice's own page brings meanwhile notes
its time (`owed_among`), and a reading that comes back when it is owed no more is dropped (`paid`).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import DateTime, delete, literal, select
from sqlalchemy.dialects.postgresql import insert

from portico_billing.invoices.models import InvoiceRow
from portico_connectors.records import RecordType
from portico_core.clock import now
from portico_portal.sync.models import RereadRow, SetAsideRow
from portico_tenants.session import TenantSession

BATCH = 500
LONG_AGO = timedelta(days=1)
CLOCKS_APART = timedelta(minutes=15)  # between the ERP and us, at most


async def owe(session: TenantSession, invoice_erp_ids: Sequence[str], changed_at: datetime) -> None:
    """Owe a reading of those invoices that were read before the payments of this page last changed.

    A first copy reads invoices after most payments were made: those need no second look. Owed a second time it is
    owed from now on: a reading that has begun already may not know of this payment.
    """
    if not invoice_erp_ids:
        return
    older = (
        select(InvoiceRow.erp_id, literal(now(), DateTime(timezone=True)))
        .where(InvoiceRow.erp_id.in_(invoice_erp_ids), InvoiceRow.read_at < changed_at + CLOCKS_APART)
        .order_by(InvoiceRow.erp_id)
    )
    statement = insert(RereadRow).from_select(["invoice_erp_id", "owed_at"], older)
    await session.execute(
        statement.on_conflict_do_update(index_elements=["invoice_erp_id"], set_={"owed_at": statement.excluded.owed_at})
    )


async def owe_oldest(session: TenantSession) -> None:
    """Owe a reading of those invoices that were read longest ago: a share of them each time, so that all are asked
    for in turn, whatever there are. One that the ERP no longer has is found that way."""
    unreadable = select(SetAsideRow.erp_id).where(SetAsideRow.record_type == RecordType.INVOICE.value)
    oldest = (
        select(InvoiceRow.erp_id)
        .where(InvoiceRow.state != "gone", InvoiceRow.read_at < now() - LONG_AGO, InvoiceRow.erp_id.not_in(unreadable))
        .order_by(InvoiceRow.read_at)
        .limit(BATCH)
        .scalar_subquery()
    )
    wanted = (
        select(InvoiceRow.erp_id, literal(now(), DateTime(timezone=True)))
        .where(InvoiceRow.erp_id.in_(oldest))
        .order_by(InvoiceRow.erp_id)
    )
    statement = insert(RereadRow).from_select(["invoice_erp_id", "owed_at"], wanted)
    await session.execute(statement.on_conflict_do_nothing())


async def owe_set_aside(session: TenantSession, why: str) -> int:
    """Owe a reading of the invoices that were set aside for this reason; how many."""
    aside = (
        select(SetAsideRow.erp_id, literal(now(), DateTime(timezone=True)))
        .where(SetAsideRow.record_type == RecordType.INVOICE.value, SetAsideRow.why == why)
        .order_by(SetAsideRow.erp_id)
    )
    statement = insert(RereadRow).from_select(["invoice_erp_id", "owed_at"], aside)
    owing = await session.execute(
        statement.on_conflict_do_update(
            index_elements=["invoice_erp_id"], set_={"owed_at": statement.excluded.owed_at}
        ).returning(RereadRow.invoice_erp_id)
    )
    return len(owing.all())


async def owed(session: TenantSession) -> tuple[str, ...]:
    """The next batch."""
    rows = await session.scalars(select(RereadRow.invoice_erp_id).order_by(RereadRow.owed_at).limit(BATCH))
    return tuple(rows.all())


async def owed_among(session: TenantSession, invoice_erp_ids: Sequence[str]) -> set[str]:
    """Those of these that somebody may be reading again just now."""
    rows = await session.scalars(select(RereadRow.invoice_erp_id).where(RereadRow.invoice_erp_id.in_(invoice_erp_ids)))
    return set(rows)


async def paid(session: TenantSession, invoice_erp_ids: Sequence[str], read_at: datetime) -> list[str]:
    """These were read again at `read_at`; the ones that were owed until now, to be written in this transaction."""
    rows = await session.scalars(
        delete(RereadRow)
        .where(RereadRow.invoice_erp_id.in_(invoice_erp_ids), RereadRow.owed_at <= read_at)
        .returning(RereadRow.invoice_erp_id)
    )
    return sorted(rows)
