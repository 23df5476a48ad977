"""Tables of persons: members of customers, staff of the distributor, their sessions and mailed links."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from portico_core.db import TenantBase
from portico_core.ids import new_id
from portico_tenants.customers.models import CustomerRow


class PersonRow(TenantBase):
    """A person of this tenant. The same address at two distributors is two persons who do not know of each other."""

    __tablename__ = "person"
    __table_args__ = (CheckConstraint("email = lower(email)", name="email_lower"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str | None]
    language: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    disabled_at: Mapped[datetime | None]


class StaffRow(TenantBase):
    """A person's role at the distributor itself."""

    __tablename__ = "staff"
    __table_args__ = (CheckConstraint("role IN ('owner', 'finance', 'service')", name="role"),)

    person_id: Mapped[UUID] = mapped_column(ForeignKey(PersonRow.id, ondelete="CASCADE"), primary_key=True)
    role: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class MembershipRow(TenantBase):
    """A person's role at one customer."""

    __tablename__ = "membership"
    __table_args__ = (
        CheckConstraint("role IN ('admin', 'payer', 'viewer')", name="role"),
        UniqueConstraint("person_id", "customer_id"),
        Index(None, "customer_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(PersonRow.id, ondelete="CASCADE"))
    customer_id: Mapped[UUID] = mapped_column(ForeignKey(CustomerRow.id, ondelete="CASCADE"))
    role: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class LoginSessionRow(TenantBase):
    """A signed-in browser. The cookie holds the token, this row its hash; Redis holds nothing of it."""

    __tablename__ = "login_session"
    __table_args__ = (Index(None, "person_id"), Index(None, "expires_at"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(PersonRow.id, ondelete="CASCADE"))
    customer_id: Mapped[UUID | None] = mapped_column(ForeignKey(CustomerRow.id, ondelete="SET NULL"))
    user_agent: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]


class MailedLinkRow(TenantBase):
    """A link in somebody's mailbox, good once and until `expires_at`. An invitation carries what it will grant."""

    __tablename__ = "mailed_link"
    __table_args__ = (
        CheckConstraint("kind IN ('invitation', 'reset')", name="kind"),
        CheckConstraint("email = lower(email)", name="email_lower"),
        Index(None, "email"),
        Index(None, "customer_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    kind: Mapped[str]
    email: Mapped[str]
    name: Mapped[str] = mapped_column(server_default="")
    customer_id: Mapped[UUID | None] = mapped_column(ForeignKey(CustomerRow.id, ondelete="CASCADE"))
    role: Mapped[str | None]
    invited_by: Mapped[UUID | None] = mapped_column(ForeignKey(PersonRow.id, ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class ResetRequestRow(TenantBase):
    """Somebody asked for a new password for an address. Written for known and unknown addresses alike, so that
    neither answer nor time tells them apart; the worker looks the address up."""

    __tablename__ = "reset_request"
    __table_args__ = (Index(None, "requested_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str]
    requested_at: Mapped[datetime] = mapped_column(server_default=func.now())


class SignInAttemptRow(TenantBase):
    """Failed sign-ins per key (a known browser and address, an address from unknown browsers, a network address)."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index(None, "window_started_at"),)

    key: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int]
    window_started_at: Mapped[datetime]
