"""A small ERP in memory that keeps books: what is open on invoices, payments by our key. Faults go by name."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from msgspec.structs import replace

from portico_billing.invoices.models import InvoiceRow
from portico_connectors.connector import Page
from portico_connectors.errors import OutcomeUnknown, PostingRefused, RetryLater
from portico_connectors.records import Application, Invoice, PaymentToPost, PostedPayment, Record
from portico_core.clock import now
from portico_core.money import to_decimal
from portico_tenants.customers.models import CustomerRow


@dataclass
class Ledger:
    """`faults` strike once each, in order, at the call they name: "read", "post" (nothing done), "lost" (done, the
    answer lost), "refuse"."""

    open: dict[str, Decimal] = field(default_factory=dict)
    invoices_by_id: dict[str, Invoice] = field(default_factory=dict)
    payments: dict[str, PostedPayment] = field(default_factory=dict)
    posted: list[PaymentToPost] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def add(self, invoice: InvoiceRow, customer: CustomerRow, open_minor: int | None = None) -> None:
        """Have an invoice in the books, as the mirror has it unless told otherwise."""
        amount = to_decimal(invoice.open_minor if open_minor is None else open_minor, invoice.currency)
        self.open[invoice.erp_id] = amount
        self.invoices_by_id[invoice.erp_id] = Invoice(
            erp_id=invoice.erp_id,
            customer_erp_id=customer.erp_id,
            number=invoice.number,
            issued_on=invoice.issued_on,
            due_on=invoice.due_on,
            currency=invoice.currency,
            total=to_decimal(invoice.total_minor, invoice.currency),
            open_amount=amount,
            lines=(),
            modified_at=invoice.modified_at,
        )

    async def invoices(self, erp_ids: tuple[str, ...]) -> Page[Record]:
        started_at = now()
        self._strike("read", RetryLater("busy"))
        return self.page(erp_ids, started_at)

    def page(self, erp_ids: tuple[str, ...], started_at: datetime) -> Page[Record]:
        """What the books say, as read from `started_at` on."""
        records = tuple(
            replace(self.invoices_by_id[each], open_amount=self.open[each]) for each in erp_ids if each in self.open
        )
        return Page(records=records, cursor="", started_at=started_at)

    async def post_payment(self, payment: PaymentToPost) -> PostedPayment:
        if payment.our_key in self.payments:
            return self.payments[payment.our_key]
        self._strike("post", RetryLater("busy", after_seconds=0))
        self._strike("refuse", PostingRefused("the period is closed"))
        for part in payment.applications:
            if part.amount > self.open[part.invoice_erp_id]:
                raise PostingRefused(f"more than is open on {part.invoice_erp_id}")
        for part in payment.applications:
            self.open[part.invoice_erp_id] -= part.amount
        self.posted.append(payment)
        applied = sum((part.amount for part in payment.applications), Decimal(0))
        made = PostedPayment(
            erp_id=f"p{len(self.posted)}",
            number=f"PYMT{len(self.posted)}",
            applications=tuple(
                Application(invoice_erp_id=p.invoice_erp_id, amount=p.amount) for p in payment.applications
            ),
            unapplied=payment.amount - applied,
            was_there=False,
        )
        self.payments[payment.our_key] = made
        self._strike("lost", OutcomeUnknown("no answer"))
        return made

    def _strike(self, fault: str, error: Exception) -> None:
        if self.faults and self.faults[0] == fault:
            self.faults.pop(0)
            raise error
