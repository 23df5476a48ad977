"""Holds: money promised to invoices. What is payable of an invoice is what the ERP says is open, less its live holds.

A hold is born with its payment. It ends when the payment has failed or expired, or in the transaction that writes the
invoice as it was read from the ERP after our posting's answer: between the two the amount would be payable again.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from portico_billing.invoices.models import InvoiceRow
from portico_billing.payments.models import AllocationRow, HoldRow, PaymentRow, PostingRow
from portico_core.ids import new_id
from portico_tenants.people.models import PersonRow
from portico_tenants.session import TenantSession


class LiveHold(msgspec.Struct, frozen=True, kw_only=True):
    """A promise to one invoice, and the payment behind it. `by` is the person's name, if they are still there."""

    invoice_id: UUID
    amount_minor: int
    payment_id: UUID
    payment_number: int
    payment_state: str
    by: str | None
    at: datetime


async def live_holds(session: TenantSession, invoice_ids: Sequence[UUID]) -> list[LiveHold]:
    """The live holds on these invoices, oldest payment first."""
    rows = await session.execute(
        select(
            HoldRow.invoice_id,
            HoldRow.amount_minor,
            PaymentRow.id,
            PaymentRow.number,
            PaymentRow.state,
            PersonRow.name,
            func.coalesce(PaymentRow.settled_at, PaymentRow.submitted_at, PaymentRow.created_at),
        )
        .join(PaymentRow, PaymentRow.id == HoldRow.payment_id)
        .outerjoin(PersonRow, PersonRow.id == PaymentRow.created_by)
        .where(HoldRow.invoice_id.in_(invoice_ids), HoldRow.ended_at.is_(None))
        .order_by(PaymentRow.number)
    )
    return [
        LiveHold(
            invoice_id=invoice_id,
            amount_minor=amount,
            payment_id=payment_id,
            payment_number=number,
            payment_state=state,
            by=name,
            at=at,
        )
        for invoice_id, amount, payment_id, number, state, name, at in rows
    ]


async def release(session: TenantSession, payment_id: UUID, because: str) -> None:
    """End the holds of a payment that took nothing; their invoices are payable again."""
    await session.execute(
        update(HoldRow)
        .where(HoldRow.payment_id == payment_id, HoldRow.ended_at.is_(None))
        .values(ended_at=func.now(), ended_because=because)
    )


async def renew(session: TenantSession, payment_id: UUID) -> None:
    """Hold again for a payment that was given up and is paid after all."""
    wanted = select(
        func.gen_random_uuid(), AllocationRow.invoice_id, AllocationRow.payment_id, AllocationRow.amount_minor
    )
    statement = upsert(HoldRow).from_select(
        ["id", "invoice_id", "payment_id", "amount_minor"], wanted.where(AllocationRow.payment_id == payment_id)
    )
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["invoice_id", "payment_id"], set_={"ended_at": None, "ended_because": None}
        )
    )


async def held_by(session: TenantSession, payment_id: UUID) -> set[UUID]:
    """The invoices on which this payment's holds live."""
    rows = await session.scalars(
        select(HoldRow.invoice_id).where(HoldRow.payment_id == payment_id, HoldRow.ended_at.is_(None))
    )
    return set(rows)


async def end_holds_for(session: TenantSession, invoice_erp_ids: Sequence[str], read_at: datetime) -> int:
    """End the holds of posted payments on invoices that were read from the ERP at `read_at`; how many ended.

    Call it in the transaction that writes those invoices, after writing them, with the ids that were asked for (an
    invoice that the ERP no longer has is known to be gone as well). Only postings whose answer was here when the read
    began count. `upsert_invoices` has noted the time of reading on every held row, so an older read that is still on
    its way finds the row newer than itself.
    """
    ended = await session.execute(
        update(HoldRow)
        .where(
            HoldRow.ended_at.is_(None),
            HoldRow.invoice_id == InvoiceRow.id,
            InvoiceRow.erp_id.in_(invoice_erp_ids),
            HoldRow.payment_id == PostingRow.payment_id,
            PostingRow.state == "posted",
            PostingRow.posted_at <= read_at,
        )
        .values(ended_at=func.now(), ended_because="posted")
        .returning(HoldRow.invoice_id)
    )
    return len(set(ended.scalars()))


def hold_for(payment_id: UUID, invoice_id: UUID, amount_minor: int) -> dict[str, object]:
    """The values of a new hold."""
    return {"id": new_id(), "payment_id": payment_id, "invoice_id": invoice_id, "amount_minor": amount_minor}
