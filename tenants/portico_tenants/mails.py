"""Mails as rows: owed in the transaction of their cause, sent by the worker, at least once with one Message-ID.

A link's token is a key to somebody's sign-in: it is not in the row, which dumps and backups hold for years, but sealed
among the secrets until the mail has left. In the row stands a placeholder.
"""

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import Index, func, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Mapped, mapped_column

from portico_core.db import TenantBase
from portico_core.ids import new_id
from portico_tenants import secrets
from portico_tenants.secrets import Safe, Secret
from portico_tenants.session import TenantSession

SWEEP = "mail"
PLACEHOLDER = "token-is-filled-in-when-the-mail-leaves"  # what a link in a body has in its token's place


class MailRow(TenantBase):
    """One mail, composed. `cause` makes it unique: the same cause never owes two mails to one address."""

    __tablename__ = "mail"
    __table_args__ = (
        Index("uq_mail_cause_recipient", "cause", "recipient", unique=True),
        Index("ix_mail_owed", "due_at", postgresql_where=text("sent_at IS NULL AND given_up_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    cause: Mapped[str]
    recipient: Mapped[str]
    sender_name: Mapped[str]
    sender_address: Mapped[str]
    reply_to: Mapped[str] = mapped_column(server_default="")
    subject: Mapped[str]
    html: Mapped[str]
    plain: Mapped[str]
    message_id: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    due_at: Mapped[datetime] = mapped_column(server_default=func.now())
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    last_error: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """A composed mail, ready to be owed. Both bodies say the same."""

    recipient: str
    sender_name: str
    sender_address: str
    reply_to: str = ""
    subject: str
    html: str
    plain: str


async def owe(
    session: TenantSession, mail: Mail, *, cause: str, token: Secret | None = None, safe: Safe | None = None
) -> None:
    """Store the mail and hint that it is due. `cause` is `kind:object id`; owing it again changes nothing.

    With a link's `token`, which `safe` seals, the bodies say PLACEHOLDER in its place.
    """
    mail_id = new_id()
    domain = mail.sender_address.rpartition("@")[2]
    owed = await session.execute(
        upsert(MailRow)
        .values(
            id=mail_id,
            cause=cause,
            message_id=f"<{mail_id}@{domain}>",
            **{field: getattr(mail, field) for field in Mail.__struct_fields__},
        )
        .on_conflict_do_nothing(index_elements=["cause", "recipient"])
        .returning(MailRow.id)
    )
    if token is not None and safe is not None and owed.first() is not None:
        await secrets.put(session, safe, {f"{_prefix(mail_id)}.token": token})
    await session.hurry(SWEEP)


async def token_of(session: TenantSession, safe: Safe, mail_id: UUID) -> Secret | None:
    """The token of a mail's link, where it has one. Raises CannotOpen."""
    return (await secrets.take(session, safe, _prefix(mail_id))).get("token")


async def forget_token(session: TenantSession, mail_id: UUID) -> None:
    """After the mail has left, or never will."""
    await secrets.drop(session, _prefix(mail_id))


def _prefix(mail_id: UUID) -> str:
    return f"mail.{mail_id}"
