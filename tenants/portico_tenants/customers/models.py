"""Tables of customers, contacts and terms. Written by the sync; memberships and invoices refer to customers."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from portico_core.db import TenantBase
from portico_core.ids import new_id


class TermRow(TenantBase):
    """Terms of payment."""

    __tablename__ = "term"

    erp_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    days_until_due: Mapped[int | None]
    modified_at: Mapped[datetime]
    read_at: Mapped[datetime]


class CustomerRow(TenantBase):
    """A business customer. `read_at` is when the ERP read behind this row was started."""

    __tablename__ = "customer"
    __table_args__ = (
        Index("ix_customer_lower_name", func.lower(text("name"))),
        Index("ix_customer_number", "number"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    erp_id: Mapped[str] = mapped_column(unique=True)
    number: Mapped[str]
    name: Mapped[str]
    email: Mapped[str] = mapped_column(server_default="")
    phone: Mapped[str] = mapped_column(server_default="")
    currency: Mapped[str]
    term_erp_id: Mapped[str | None]
    credit_limit_minor: Mapped[int | None]
    parent_erp_id: Mapped[str | None]
    billing_address: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    modified_at: Mapped[datetime]
    read_at: Mapped[datetime]
    fingerprint: Mapped[bytes]


class ContactRow(TenantBase):
    """A person at a customer, as the ERP knows them; not a member until invited."""

    __tablename__ = "contact"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    erp_id: Mapped[str] = mapped_column(unique=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey(CustomerRow.id), index=True)
    name: Mapped[str]
    email: Mapped[str] = mapped_column(server_default="")
    phone: Mapped[str] = mapped_column(server_default="")
    title: Mapped[str] = mapped_column(server_default="")
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    modified_at: Mapped[datetime]
    read_at: Mapped[datetime]
    fingerprint: Mapped[bytes]
