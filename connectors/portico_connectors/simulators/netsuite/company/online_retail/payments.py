"""What was paid. The file does not say, so it is decided: old invoices were paid in full when due, the youngest are
open. A customer pays all that falls due on a day at once. Credit notes are left open, and nothing is paid with them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from portico_connectors.simulators.netsuite.company.online_retail.documents import Document

TERMS = "Net 30"
TERMS_DAYS = 30


@dataclass(frozen=True)
class Payment:
    """A payment of a customer, and the invoices that it closes."""

    number: str
    customer: str
    paid_on: date
    invoices: tuple[Document, ...]

    @property
    def amount(self) -> Decimal:
        return sum((each.total for each in self.invoices), Decimal(0))


def paid(documents: Iterable[Document], *, last: date, open_days: int) -> list[Payment]:
    """The payments of all invoices older than `open_days` before `last`, the day of the last document."""
    due: dict[tuple[date, str], list[Document]] = {}
    for document in documents:
        old = document.issued_on < last - timedelta(days=open_days)
        if old and not document.is_credit and document.total:
            day = min(document.issued_on + timedelta(days=TERMS_DAYS), last)
            due.setdefault((day, document.customer), []).append(document)
    return [
        Payment(f"PMT{place:05d}", customer, day, tuple(due[day, customer]))
        for place, (day, customer) in enumerate(sorted(due), 1)
    ]
