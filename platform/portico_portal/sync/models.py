"""Tables of the sync: the tenant's connection, how far each record type has been read, runs, what was set aside."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from portico_core.db import TenantBase
from portico_core.ids import new_id


class ConnectionRow(TenantBase):
    """The tenant's ERP account. Credentials stand in `secret` under `connection.<field>`; here is what may be shown.

    A paused connection fetches and posts nothing: by a person (`paused_by`), or because the ERP refuses the key.
    `next_at` is when it is fetched next; a hint for that is on its way. After `failures` in a row nobody fetches
    before then, whoever asks but a person.
    """

    __tablename__ = "connection"
    __table_args__ = (
        CheckConstraint("state IN ('active', 'paused')", name="state"),
        CheckConstraint("id = 1", name="only_one"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, server_default=text("1"), autoincrement=False)
    connector: Mapped[str]
    settings: Mapped[dict[str, Any]]
    time_zone: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="active")
    paused_because: Mapped[str | None]
    paused_at: Mapped[datetime | None]
    interval_seconds: Mapped[int] = mapped_column(server_default=text("300"))
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    next_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(server_default=text("0"))


class CursorRow(TenantBase):
    """How far a record type has been read. `fresh_at` is when the last complete read of it was started.

    `held` is how many records of it are here: counted when a run has ended (`held.py`), from page to page added to.
    """

    __tablename__ = "sync_cursor"

    record_type: Mapped[str] = mapped_column(primary_key=True)
    cursor: Mapped[str | None]
    fresh_at: Mapped[datetime | None]
    held: Mapped[int | None]


class RunRow(TenantBase):
    """One pass over one record type. While `running` it is the only one of its type; who writes a page checks that
    the run is still his, so a worker that was stopped and wakes up late writes nothing."""

    __tablename__ = "sync_run"
    __table_args__ = (
        CheckConstraint("state IN ('running', 'done', 'failed', 'lost')", name="state"),
        CheckConstraint("kind IN ('backfill', 'incremental')", name="kind"),
        Index("uq_sync_run_running", "record_type", unique=True, postgresql_where=text("state = 'running'")),
        Index(None, "started_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    record_type: Mapped[str]
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="running")
    started_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    heartbeat_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    finished_at: Mapped[datetime | None]
    total: Mapped[int | None]
    read: Mapped[int] = mapped_column(server_default=text("0"))
    new: Mapped[int] = mapped_column(server_default=text("0"))
    changed: Mapped[int] = mapped_column(server_default=text("0"))
    set_aside: Mapped[int] = mapped_column(server_default=text("0"))
    error: Mapped[str | None]


class SetAsideRow(TenantBase):
    """A record that could not be kept, with its reason; gone once the record was read well."""

    __tablename__ = "set_aside"

    record_type: Mapped[str] = mapped_column(primary_key=True)
    erp_id: Mapped[str] = mapped_column(primary_key=True)
    why: Mapped[str]
    first_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_at: Mapped[datetime] = mapped_column(server_default=func.now())
    times: Mapped[int] = mapped_column(server_default=text("1"))


class RereadRow(TenantBase):
    """An invoice to be read again because a payment or credit was applied to it: owed in the transaction that wrote
    the payment, gone in the one that wrote the invoice, so that a killed worker leaves no open amount behind."""

    __tablename__ = "sync_reread"

    invoice_erp_id: Mapped[str] = mapped_column(primary_key=True)
    owed_at: Mapped[datetime] = mapped_column(server_default=func.now())
