"""Canonical records: what every ERP's data is translated to. Frozen; money is Decimal in major units with its
currency on the record; instants are aware; dates of documents are dates.

`erp_id` is the ERP's own stable id as text. `modified_at` is when the ERP last changed the record, in UTC.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import msgspec


class RecordType(StrEnum):
    """In the order in which a backfill reads them: what is referred to comes first."""

    TERM = "term"
    CUSTOMER = "customer"
    CONTACT = "contact"
    INVOICE = "invoice"
    CREDIT = "credit"
    PAYMENT = "payment"


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """Terms of payment."""

    erp_id: str
    name: str
    days_until_due: int | None
    modified_at: datetime


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """A postal address; `lines` are as printed, without city and code."""

    lines: tuple[str, ...] = ()
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """A business customer. `number` is what people quote; `currency` the customer's own (ISO)."""

    erp_id: str
    number: str
    name: str
    email: str = ""
    phone: str = ""
    currency: str
    term_erp_id: str | None = None
    credit_limit: Decimal | None = None
    parent_erp_id: str | None = None
    billing_address: Address = Address()
    active: bool = True
    modified_at: datetime


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """A person at a customer, as the ERP knows them. Not a member until invited."""

    erp_id: str
    customer_erp_id: str
    name: str
    email: str = ""
    phone: str = ""
    title: str = ""
    active: bool = True
    modified_at: datetime


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line of an invoice or credit. `amount` is net of tax; signs are the reader's: positive on an invoice."""

    position: int
    sku: str = ""
    description: str = ""
    quantity: Decimal
    unit: str = ""
    unit_price: Decimal
    amount: Decimal


class DocumentState(StrEnum):
    """What the ERP says of a document. Open and paid follow from `open_amount`; this is for the exceptions.

    `VOIDED` is whatever is not, or no longer, in the books: voided, rejected, waiting for approval.
    """

    POSTED = "posted"
    VOIDED = "voided"


class Invoice(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice. `open_amount` is what is still to be paid in the ERP's books, in `currency`."""

    erp_id: str
    customer_erp_id: str
    number: str
    purchase_order: str = ""
    issued_on: date
    due_on: date
    currency: str
    total: Decimal
    tax_total: Decimal = Decimal(0)
    open_amount: Decimal
    state: DocumentState = DocumentState.POSTED
    memo: str = ""
    lines: tuple[Line, ...]
    modified_at: datetime


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a payment or credit that closes (part of) an invoice."""

    invoice_erp_id: str
    amount: Decimal


class Credit(msgspec.Struct, frozen=True, kw_only=True):
    """A credit memo. `total` and `open_amount` (what is left to use) are positive."""

    erp_id: str
    customer_erp_id: str
    number: str
    issued_on: date
    currency: str
    total: Decimal
    tax_total: Decimal = Decimal(0)
    open_amount: Decimal
    state: DocumentState = DocumentState.POSTED
    memo: str = ""
    lines: tuple[Line, ...]
    applications: tuple[Application, ...] = ()
    modified_at: datetime


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """A payment in the ERP's books. `our_key` is the key we wrote into it, if it is ours."""

    erp_id: str
    customer_erp_id: str
    number: str
    paid_on: date
    currency: str
    amount: Decimal
    applications: tuple[Application, ...]
    our_key: str | None = None
    state: DocumentState = DocumentState.POSTED
    modified_at: datetime


Record = Term | Customer | Contact | Invoice | Credit | Payment


class PaymentToPost(msgspec.Struct, frozen=True, kw_only=True):
    """One customer payment we owe the ERP. `our_key` is unique for ever and goes into the ERP's own record."""

    our_key: str
    customer_erp_id: str
    paid_on: date
    currency: str
    amount: Decimal
    applications: tuple[Application, ...]
    reference: str
    memo: str


class PostedPayment(msgspec.Struct, frozen=True, kw_only=True):
    """What the ERP holds under our key. `was_there`: found by looking our key up, not confirmed by the ERP's answer."""

    erp_id: str
    number: str
    applications: tuple[Application, ...]
    unapplied: Decimal
    was_there: bool
