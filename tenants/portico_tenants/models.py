"""Tables of the control schema: which tenants exist, under which hosts, and hints of work that fell due."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from portico_core.db import ControlBase
from portico_core.ids import new_id
from portico_tenants import rights


class TenantRow(ControlBase):
    """A distributor. `schema_revision` is a copy of the revision in the tenant's own schema.

    `held_back` says why the last migration of that schema failed, and is empty where it did not.
    """

    __tablename__ = "tenant"
    __table_args__ = (
        CheckConstraint("state IN ('creating', 'active', 'suspended', 'deleting')", name="state"),
        CheckConstraint("slug ~ '^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$'", name="slug"),
        {"info": rights.PUBLISHES},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str]
    time_zone: Mapped[str]
    base_currency: Mapped[str]
    language: Mapped[str]
    stripe_account: Mapped[str | None] = mapped_column(unique=True)
    brand: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    texts: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    schema_revision: Mapped[str | None]
    held_back: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())


class DomainRow(ControlBase):
    """A host name that leads to a tenant's portal (lower case, without port)."""

    __tablename__ = "domain"

    host: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey(TenantRow.id, ondelete="CASCADE"), index=True)
    is_primary: Mapped[bool] = mapped_column(server_default=text("false"))


class DueRow(ControlBase):
    """A hint that a tenant has work of a kind falling due. May be lost or doubled; the rows it hints at are not.

    Tenant roles may only insert, and only as themselves (row-level security; see `rights`).
    """

    __tablename__ = "due"
    __table_args__ = (Index(None, "due_at"), {"info": rights.HINTS_AS_THEMSELVES})

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[str]
    due_at: Mapped[datetime]
    tenant_role: Mapped[str] = mapped_column(server_default=text("current_user"))


class TenantHealthRow(ControlBase):
    """How a tenant fares, as its last sync reported: what the operator's console shows in one query."""

    __tablename__ = "tenant_health"

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey(TenantRow.id, ondelete="CASCADE"), primary_key=True)
    reported_at: Mapped[datetime]
    connection: Mapped[str]
    fresh_at: Mapped[datetime | None]
    set_aside: Mapped[int]
    postings_waiting: Mapped[int]


class QuarantinedEvent(ControlBase):
    """A verified Stripe event of an account that no tenant has: kept whole for the operator."""

    __tablename__ = "quarantined_event"
    __table_args__ = (UniqueConstraint("source_account", "event_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    source_account: Mapped[str]
    event_id: Mapped[str]
    type: Mapped[str]
    body: Mapped[str]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())
