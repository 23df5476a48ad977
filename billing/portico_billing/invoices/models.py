"""Tables of mirrored documents. Amounts are bigint minor units of the row's currency; what is payable of an invoice
is its `open_minor` less the open holds of payments under way (`payments.models.HoldRow`).

`read_at` is when the ERP read behind a row was started: an older read never overwrites a newer one. `version`
counts changes of an invoice as the reader sees it (papers are kept by it); `fingerprint` is the hash of the record,
so that an unchanged one writes nothing. A document that is not posted (voided, or gone from the ERP) has nothing
open, whatever the ERP says.
"""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Numeric, func, text
from sqlalchemy.orm import Mapped, mapped_column

from portico_core.db import TenantBase
from portico_core.ids import new_id
from portico_tenants.customers.models import CustomerRow


class InvoiceRow(TenantBase):
    """An invoice. Negative or zero totals occur in ERPs and are shown as settled when nothing is open."""

    __tablename__ = "invoice"
    __table_args__ = (
        CheckConstraint("state IN ('posted', 'voided', 'gone')", name="state"),
        Index("ix_invoice_customer_due", "customer_id", "due_on", "id"),
        Index("ix_invoice_customer_open", "customer_id", "due_on", "id", postgresql_where=text("open_minor > 0")),
        Index("ix_invoice_customer_issued", "customer_id", "issued_on", "id"),
        Index("ix_invoice_due_open", "due_on", "id", postgresql_where=text("open_minor > 0")),
        Index("ix_invoice_read", "read_at", postgresql_where=text("state <> 'gone'")),
        Index("ix_invoice_lower_number", text("lower(number) text_pattern_ops")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    erp_id: Mapped[str] = mapped_column(unique=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey(CustomerRow.id))
    number: Mapped[str]
    purchase_order: Mapped[str] = mapped_column(server_default="")
    issued_on: Mapped[date]
    due_on: Mapped[date]
    currency: Mapped[str]
    total_minor: Mapped[int]
    tax_minor: Mapped[int] = mapped_column(server_default=text("0"))
    open_minor: Mapped[int]
    state: Mapped[str] = mapped_column(server_default="posted")
    memo: Mapped[str] = mapped_column(server_default="")
    version: Mapped[int] = mapped_column(server_default=text("1"))
    modified_at: Mapped[datetime]
    read_at: Mapped[datetime]
    fingerprint: Mapped[bytes]


class InvoiceLineRow(TenantBase):
    """A line of an invoice, in the order of the paper."""

    __tablename__ = "invoice_line"

    invoice_id: Mapped[UUID] = mapped_column(ForeignKey(InvoiceRow.id, ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(server_default="")
    description: Mapped[str] = mapped_column(server_default="")
    quantity: Mapped[Decimal] = mapped_column(Numeric)
    unit: Mapped[str] = mapped_column(server_default="")
    unit_price: Mapped[Decimal] = mapped_column(Numeric)
    amount: Mapped[Decimal] = mapped_column(Numeric)


class CreditRow(TenantBase):
    """A credit memo; `open_minor` is what is left to use."""

    __tablename__ = "credit"
    __table_args__ = (Index("ix_credit_customer_issued", "customer_id", "issued_on", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    erp_id: Mapped[str] = mapped_column(unique=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey(CustomerRow.id))
    number: Mapped[str]
    issued_on: Mapped[date]
    currency: Mapped[str]
    total_minor: Mapped[int]
    tax_minor: Mapped[int] = mapped_column(server_default=text("0"))
    open_minor: Mapped[int]
    state: Mapped[str] = mapped_column(server_default="posted")
    memo: Mapped[str] = mapped_column(server_default="")
    modified_at: Mapped[datetime]
    read_at: Mapped[datetime]
    fingerprint: Mapped[bytes]


class CreditLineRow(TenantBase):
    """A line of a credit memo."""

    __tablename__ = "credit_line"

    credit_id: Mapped[UUID] = mapped_column(ForeignKey(CreditRow.id, ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(server_default="")
    description: Mapped[str] = mapped_column(server_default="")
    quantity: Mapped[Decimal] = mapped_column(Numeric)
    unit: Mapped[str] = mapped_column(server_default="")
    unit_price: Mapped[Decimal] = mapped_column(Numeric)
    amount: Mapped[Decimal] = mapped_column(Numeric)


class CreditApplicationRow(TenantBase):
    """The part of a credit memo that closes an invoice, by the ERP's ids (the invoice may be read later)."""

    __tablename__ = "credit_application"
    __table_args__ = (Index(None, "invoice_erp_id"),)

    credit_id: Mapped[UUID] = mapped_column(ForeignKey(CreditRow.id, ondelete="CASCADE"), primary_key=True)
    invoice_erp_id: Mapped[str] = mapped_column(primary_key=True)
    amount_minor: Mapped[int]


class ErpPaymentRow(TenantBase):
    """A payment in the ERP's books, ours (`our_key` set) or not."""

    __tablename__ = "erp_payment"
    __table_args__ = (Index("ix_erp_payment_customer_paid", "customer_id", "paid_on", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    erp_id: Mapped[str] = mapped_column(unique=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey(CustomerRow.id))
    number: Mapped[str]
    paid_on: Mapped[date]
    currency: Mapped[str]
    amount_minor: Mapped[int]
    our_key: Mapped[str | None] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(server_default="posted")
    modified_at: Mapped[datetime]
    read_at: Mapped[datetime]
    fingerprint: Mapped[bytes]


class ErpApplicationRow(TenantBase):
    """The part of an ERP payment that closes an invoice, by the ERP's ids (the invoice may be read later)."""

    __tablename__ = "erp_application"
    __table_args__ = (Index(None, "invoice_erp_id"),)

    erp_payment_id: Mapped[UUID] = mapped_column(ForeignKey(ErpPaymentRow.id, ondelete="CASCADE"), primary_key=True)
    invoice_erp_id: Mapped[str] = mapped_column(primary_key=True)
    amount_minor: Mapped[int]


class InvoicePaperRow(TenantBase):
    """A paper (PDF) of an invoice, kept by the invoice's version. `source` is erp or ours."""

    __tablename__ = "invoice_paper"

    invoice_id: Mapped[UUID] = mapped_column(ForeignKey(InvoiceRow.id, ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(server_default=func.now())
