"""Tables of payments. Effects and marks commit together: all of it lives in the tenant's schema.

payment            one per press of "Pay": what was asked, what came
payment_allocation what the payer chose per invoice, and what was applied in the end
hold               money promised to an invoice by a payment under way; payable = open - holds
stripe_call        written before each POST to Stripe, with its idempotency key
stripe_event       inbox: each event stored once, worked later
money_event        append-only facts: what happened to the money, from which source
posting            one payment we owe the ERP
stripe_watch       when we last asked Stripe for events that never arrived
comparison         when our ledger was last held against Stripe's and the ERP's
difference         what differed then (`reconciling/differences.py`)
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portico_billing.invoices.models import InvoiceRow
from portico_core.db import TenantBase
from portico_core.ids import new_id
from portico_tenants.customers.models import CustomerRow
from portico_tenants.people.models import PersonRow
from portico_tenants.rights import append_only


class PaymentRow(TenantBase):
    """A payment. `number` is what people quote (`P-` and the number). States only move forward:

    creating -> open -> processing -> succeeded; or failed, expired (nothing was taken), quarantined (a person
    must look: another currency or amount than asked). Money goes before everything: a payment that had failed or
    expired here still becomes succeeded if Stripe says that it was paid (`settle.RANKS`).

    `check_at` is when the sweep looks at it next. `out_of_reach_since`: since when Stripe says that we may not see it
    any more, or that it is not there; none once it is seen. `attended_at` is when staff said that what needed a person
    (quarantine, a refused posting, money left unapplied) is dealt with.
    """

    __tablename__ = "payment"
    __table_args__ = (
        CheckConstraint(
            "state IN ('creating', 'open', 'processing', 'succeeded', 'failed', 'expired', 'quarantined')",
            name="state",
        ),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        Index("ix_payment_customer_created", "customer_id", "created_at"),
        Index(
            "ix_payment_check_due",
            "check_at",
            postgresql_where=text("state IN ('creating', 'open', 'processing')"),
        ),
        Index(
            "ix_payment_quarantined",
            "number",
            postgresql_where=text("state = 'quarantined' AND attended_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[int] = mapped_column(BigInteger, Identity(start=1001), unique=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey(CustomerRow.id))
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey(PersonRow.id, ondelete="SET NULL"))
    form_key: Mapped[UUID] = mapped_column(unique=True)  # from the form: pressing twice is once
    currency: Mapped[str]
    amount_minor: Mapped[int]
    received_minor: Mapped[int] = mapped_column(server_default=text("0"))
    state: Mapped[str] = mapped_column(server_default="creating")
    failure: Mapped[str | None]
    method: Mapped[str | None]
    method_last4: Mapped[str | None]
    stripe_account: Mapped[str]
    checkout_session_id: Mapped[str | None] = mapped_column(unique=True)
    checkout_url: Mapped[str | None]
    payment_intent_id: Mapped[str | None] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    check_at: Mapped[datetime] = mapped_column(server_default=func.now())
    out_of_reach_since: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    attended_at: Mapped[datetime | None]


class AllocationRow(TenantBase):
    """What the payer chose for one invoice, of which `was_open_minor` was open then. `applied_minor` is what the ERP
    applied; the rest stays on the customer."""

    __tablename__ = "payment_allocation"
    __table_args__ = (CheckConstraint("amount_minor > 0", name="amount_positive"), Index(None, "invoice_id"))

    payment_id: Mapped[UUID] = mapped_column(ForeignKey(PaymentRow.id), primary_key=True)
    invoice_id: Mapped[UUID] = mapped_column(ForeignKey(InvoiceRow.id), primary_key=True)
    position: Mapped[int]
    amount_minor: Mapped[int]
    was_open_minor: Mapped[int]
    applied_minor: Mapped[int | None]


class HoldRow(TenantBase):
    """Money promised to an invoice. Ends when the payment failed or expired, or in the transaction that writes the
    invoice as re-read from the ERP after our posting."""

    __tablename__ = "hold"
    __table_args__ = (
        UniqueConstraint("invoice_id", "payment_id"),
        Index("ix_hold_live", "invoice_id", postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    invoice_id: Mapped[UUID] = mapped_column(ForeignKey(InvoiceRow.id))
    payment_id: Mapped[UUID] = mapped_column(ForeignKey(PaymentRow.id))
    amount_minor: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[str | None]


class StripeCallRow(TenantBase):
    """A POST to Stripe, written before it is sent, so that a killed process repeats it with the same key."""

    __tablename__ = "stripe_call"

    idempotency_key: Mapped[str] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    object_id: Mapped[UUID]
    request: Mapped[dict[str, Any]]
    started_at: Mapped[datetime] = mapped_column(server_default=func.now())
    answered_at: Mapped[datetime | None]
    response_id: Mapped[str | None]
    error: Mapped[str | None]


class StripeEventRow(TenantBase):
    """Inbox: a verified event, once per account and id; a hint to fetch the object again."""

    __tablename__ = "stripe_event"
    __table_args__ = (
        CheckConstraint("state IN ('new', 'done', 'ignored', 'failed')", name="state"),
        UniqueConstraint("source_account", "event_id"),
        Index("ix_stripe_event_new", "received_at", postgresql_where=text("state = 'new'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    source_account: Mapped[str]
    event_id: Mapped[str]
    type: Mapped[str]
    object_id: Mapped[str]
    livemode: Mapped[bool]
    body: Mapped[str]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())
    state: Mapped[str] = mapped_column(server_default="new")
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    last_error: Mapped[str | None]
    done_at: Mapped[datetime | None]


class MoneyEventRow(TenantBase):
    """Append-only: one fact about a payment's money, whichever way we learnt it."""

    __tablename__ = "money_event"
    __table_args__ = (
        UniqueConstraint("kind", "stripe_object_id", "status"),
        Index(None, "payment_id"),
        Index("ix_money_event_went_back", "payment_id", postgresql_where=text("kind IN ('refunded', 'disputed')")),
        {"info": append_only("money_event")},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    payment_id: Mapped[UUID] = mapped_column(ForeignKey(PaymentRow.id))
    kind: Mapped[str]
    stripe_object_id: Mapped[str]
    status: Mapped[str]
    amount_minor: Mapped[int | None]
    detail: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    source: Mapped[str]
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class PostingRow(TenantBase):
    """One payment we owe the ERP. `our_key` goes into the ERP's record and is looked up before it is written again.

    `due_at` is when it is tried next. Until `claimed_until` a worker has it, whatever becomes of `due_at` meanwhile.
    `attempts` counts the times it was taken, `refusals` those at which the ERP said no. `posted_at` is the instant at
    which the ERP's answer was here: only a read started after it knows what the posting changed.

    owed -> posted; in_doubt while an answer was lost (looked up at the next try); refused when the ERP said no and a
    person must decide.
    """

    __tablename__ = "posting"
    __table_args__ = (
        CheckConstraint("state IN ('owed', 'in_doubt', 'posted', 'refused')", name="state"),
        Index("ix_posting_owed", "due_at", postgresql_where=text("state IN ('owed', 'in_doubt')")),
        Index("ix_posting_refused", "payment_id", postgresql_where=text("state = 'refused'")),
        Index("ix_posting_unapplied", "payment_id", postgresql_where=text("unapplied_minor > 0")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    payment_id: Mapped[UUID] = mapped_column(ForeignKey(PaymentRow.id), unique=True)
    our_key: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(server_default="owed")
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    refusals: Mapped[int] = mapped_column(server_default=text("0"))
    due_at: Mapped[datetime] = mapped_column(server_default=func.now())
    claimed_until: Mapped[datetime | None]
    erp_id: Mapped[str | None]
    erp_number: Mapped[str | None]
    unapplied_minor: Mapped[int | None]
    last_error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    posted_at: Mapped[datetime | None]


class StripeWatchRow(TenantBase):
    """When the events of a Stripe account were last compared with the inbox."""

    __tablename__ = "stripe_watch"

    source_account: Mapped[str] = mapped_column(primary_key=True)
    compared_at: Mapped[datetime]


class ComparisonRow(TenantBase):
    """When our ledger was last compared with one side's. `taken_at` is when a worker last began."""

    __tablename__ = "comparison"
    __table_args__ = (CheckConstraint("side IN ('stripe', 'erp')", name="side"),)

    side: Mapped[str] = mapped_column(primary_key=True)
    taken_at: Mapped[datetime]
    compared_at: Mapped[datetime | None]
    payments: Mapped[int] = mapped_column(server_default=text("0"))
    differences: Mapped[int] = mapped_column(server_default=text("0"))


class DifferenceRow(TenantBase):
    """What our ledger and one side's disagree about; `gone_at` once they agree again. `theirs` are their ids;
    `their_currency` is none where it is ours."""

    __tablename__ = "difference"
    __table_args__ = (Index("ix_difference_live", "payment_id", postgresql_where=text("gone_at IS NULL")),)

    kind: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    payment_id: Mapped[UUID | None] = mapped_column(ForeignKey(PaymentRow.id))
    currency: Mapped[str]
    ours_minor: Mapped[int | None]
    theirs_minor: Mapped[int | None]
    their_currency: Mapped[str | None]
    theirs: Mapped[str]
    found_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    seen_at: Mapped[datetime]
    gone_at: Mapped[datetime | None]
