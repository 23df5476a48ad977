"""The ERP of the state machine: books whose every change is written down with its time, and that can be slow."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from portico_connectors.connector import Page
from portico_connectors.records import Invoice, PaymentToPost, PostedPayment, Record
from portico_core.clock import now
from tests.billing.payments.ledger import Ledger
from tests.billing.payments.what_is_open.model import Read

DIGITS = {"JPY": 0, "GBP": 2, "EUR": 2, "KWD": 3}


@dataclass
class Books(Ledger):
    """`before_post` happens, once, between a posting's first look at the invoices and its being written,
    `before_reread` between its answer and the second look."""

    currency: str = "GBP"
    time: int = 0
    history: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    arrived: dict[str, int] = field(default_factory=dict)
    before_post: Callable[[], None] | None = None
    before_reread: Callable[[], None] | None = None
    answered: int | None = None
    read: Read | None = None

    def tick(self) -> int:
        self.time += 1
        return self.time

    def invoice(self, erp_id: str, customer_erp_id: str, total: int) -> None:
        """A new invoice, wholly open."""
        self.invoices_by_id[erp_id] = Invoice(
            erp_id=erp_id,
            customer_erp_id=customer_erp_id,
            number=erp_id.upper(),
            issued_on=datetime(2026, 10, 1, tzinfo=UTC).date(),
            due_on=datetime(2026, 10, 31, tzinfo=UTC).date(),
            currency=self.currency,
            total=self.major(total),
            open_amount=self.major(total),
            lines=(),
            modified_at=now(),
        )
        self.history[erp_id] = []
        self.change(erp_id, total)

    def change(self, erp_id: str, minor: int) -> None:
        """From now on so much is open, whatever the reason."""
        self.open[erp_id] = self.major(minor)
        self._note(erp_id)

    def is_open(self, erp_id: str) -> int:
        return int(self.open[erp_id].scaleb(DIGITS[self.currency])) if erp_id in self.open else 0

    def was_open(self, erp_id: str, at: int) -> int:
        """What was open at that time."""
        return next((minor for time, minor in reversed(self.history[erp_id]) if time <= at), 0)

    def drop(self, erp_id: str) -> None:
        """The ERP no longer has it."""
        del self.open[erp_id]
        self._note(erp_id)

    def begin(self, erp_ids: tuple[str, ...]) -> tuple[Page[Record], Read]:
        """A read that is begun now, and says what is true now, whenever it arrives."""
        page = self.page(erp_ids, now())
        return page, Read(self.tick(), {each: self.is_open(each) if each in self.open else None for each in erp_ids})

    async def invoices(self, erp_ids: tuple[str, ...]) -> Page[Record]:
        if self.answered is not None and self.before_reread is not None:
            self.before_reread()
            self.before_reread = None
        page, self.read = self.begin(erp_ids)
        await super().invoices(())  # its faults
        return page

    async def post_payment(self, payment: PaymentToPost) -> PostedPayment:
        if self.before_post is not None:
            self.before_post()
            self.before_post = None
        was_there = payment.our_key in self.payments
        await asyncio.sleep(0.02)  # looking it up and writing it are two calls: whoever comes between them is not seen
        if not was_there:
            self.payments.pop(payment.our_key, None)
        try:
            return await super().post_payment(payment)
        finally:
            if payment.our_key in self.payments and payment.our_key not in self.arrived:
                self.arrived[payment.our_key] = self.tick()
                for part in payment.applications:
                    self._note(part.invoice_erp_id)
            self.answered = self.tick()

    def major(self, minor: int) -> Decimal:
        return Decimal(minor).scaleb(-DIGITS[self.currency])

    def _note(self, erp_id: str) -> None:
        self.history[erp_id].append((self.tick(), self.is_open(erp_id)))
