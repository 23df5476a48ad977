"""The audit trail: one append-only table per tenant, written in the transaction of the change.

The tenant's role may INSERT and SELECT, not UPDATE or DELETE (`rights.append_only`). `trail` reads it.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Index, bindparam, func, insert, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portico_core.clock import now
from portico_core.db import TenantBase
from portico_core.ids import new_id
from portico_tenants import rights
from portico_tenants.session import TenantSession

REFUSED = "access.refused"
MOST_REFUSALS = 100  # of one person in an hour; whoever tries on adds nothing that staff would not know by then


class AuditRow(TenantBase):
    """One thing that happened: who, on whose behalf, what, to what, from which state to which."""

    __tablename__ = "audit"
    __table_args__ = (
        Index(None, "object_type", "object_id"),
        Index(None, "at"),
        {"info": rights.append_only("audit")},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    actor: Mapped[str]
    customer_id: Mapped[UUID | None]
    action: Mapped[str]
    object_type: Mapped[str]
    object_id: Mapped[str]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    request_id: Mapped[str | None]


async def record(
    session: TenantSession,
    *,
    actor: str,
    action: str,
    object_type: str,
    object_id: object,
    customer_id: UUID | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    request_id: str | None = None,
) -> None:
    """Write one entry. `actor` is `person:<id>`, `job:<name>`, `operator` or `stripe`; `action` is `noun.verb`."""
    await session.execute(
        insert(AuditRow).values(
            actor=actor,
            action=action,
            object_type=object_type,
            object_id=str(object_id),
            customer_id=customer_id,
            before=before,
            after=after,
            request_id=request_id,
        )
    )


async def record_refusal(
    session: TenantSession, *, person_id: UUID, customer_id: UUID | None, asked: str, status: int, request_id: str
) -> None:
    """Note that a person was refused what they asked for: it is not there, not theirs, or not their role's.

    To be called in a transaction of its own, since a refused request rolls back.
    """
    who = str(person_id)
    lately = (
        select(func.count())
        .where(
            AuditRow.object_type == "person",
            AuditRow.object_id == who,
            AuditRow.action == REFUSED,
            AuditRow.at > now() - timedelta(hours=1),
        )
        .scalar_subquery()
    )
    row = {
        AuditRow.id: new_id(),
        AuditRow.actor: f"person:{who}",
        AuditRow.customer_id: customer_id,
        AuditRow.action: REFUSED,
        AuditRow.object_type: "person",
        AuditRow.object_id: who,
        AuditRow.after: {"asked": asked[:300], "status": status},
        AuditRow.request_id: request_id,
    }
    values = [bindparam(None, value, type_=column.type) for column, value in row.items()]
    await session.execute(
        insert(AuditRow).from_select([column.key for column in row], select(*values).where(lately < MOST_REFUSALS))
    )
