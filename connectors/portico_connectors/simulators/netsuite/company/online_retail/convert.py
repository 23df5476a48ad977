"""The conversion as a whole, and what it came to."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from portico_connectors.simulators.netsuite.company.online_retail.aside import SetAside
from portico_connectors.simulators.netsuite.company.online_retail.customers import largest
from portico_connectors.simulators.netsuite.company.online_retail.documents import Document, gather
from portico_connectors.simulators.netsuite.company.online_retail.folder import Folder
from portico_connectors.simulators.netsuite.company.online_retail.payments import paid
from portico_connectors.simulators.netsuite.company.online_retail.source import BadSource, Line, lines

OPEN_DAYS = 60
EACH_LINES = 10_000


@dataclass(frozen=True)
class Wanted:
    """`customers` are the largest; None is all. `last_on`: the day on which the last document shall lie."""

    customers: int | None = None
    open_days: int = OPEN_DAYS
    last_on: date | None = None
    encoding: str = "utf-8-sig"


@dataclass(frozen=True)
class Outcome:
    """What was read, what the folder holds, what was set aside by cause."""

    lines_read: int
    shifted_days: int
    customers: int
    invoices: int
    invoiced: Decimal
    open_invoices: int
    open_amount: Decimal
    credits: int
    credited: Decimal
    payments: int
    lines: int
    documents_aside: dict[str, int]
    lines_aside: dict[str, int]


def convert(source: Path, target: Path, wanted: Wanted, tick: Callable[[int], None] = lambda done: None) -> Outcome:
    """Write the folder anew. Raises BadSource; leaves the folder as it was where the file cannot be read.

    Reads the file twice; told now and then how many lines are read, of both times together.
    """
    ticking = _Ticking(tick)
    documents = gather(ticking(lines(source, wanted.encoding)))
    customers = largest(documents, wanted.customers)
    names = {each.number for each in customers}
    chosen = [each for each in documents if not each.cause and each.customer in names]
    if not chosen:
        raise BadSource(f"{source.name} holds no document that has a customer.")
    last = max(each.issued_on for each in chosen)
    shift = (wanted.last_on or last) - last
    payments = paid(chosen, last=last, open_days=wanted.open_days)

    folder = Folder(target, shift)
    folder.customers(customers)
    folder.documents(chosen)
    folder.payments(payments)
    with SetAside(target) as aside:
        aside.add_documents(each for each in documents if each.cause)
        wanted_documents = {each.number: each for each in chosen}
        kept = folder.lines(ticking(lines(source, wanted.encoding)), wanted_documents, aside)
    closed = {invoice.number for payment in payments for invoice in payment.invoices}
    invoices = [each for each in chosen if not each.is_credit]
    still_open = [each for each in invoices if each.total and each.number not in closed]
    credits_ = [each for each in chosen if each.is_credit]
    return Outcome(
        lines_read=sum(each.lines for each in documents),
        shifted_days=shift // timedelta(days=1),
        customers=len(customers),
        invoices=len(invoices),
        invoiced=_sum(invoices),
        open_invoices=len(still_open),
        open_amount=_sum(still_open),
        credits=len(credits_),
        credited=_sum(credits_),
        payments=len(payments),
        lines=kept,
        documents_aside=dict(aside.documents),
        lines_aside=dict(aside.lines),
    )


class _Ticking:
    """Hands lines on, and tells after every so many how many there were."""

    def __init__(self, tick: Callable[[int], None]) -> None:
        self._tick = tick
        self._read = 0

    def __call__(self, read: Iterable[Line]) -> Iterator[Line]:
        for line in read:
            self._read += 1
            if self._read % EACH_LINES == 0:
                self._tick(self._read)
            yield line


def _sum(documents: list[Document]) -> Decimal:
    return sum((each.total for each in documents), Decimal(0))
