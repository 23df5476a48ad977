"""What the Online Retail file says, by plain csv and Decimal."""

import csv
import gzip
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from portico_portal.local.compare.document import Document, Documents
from portico_portal.local.threads import Tick

PENNY = Decimal("0.01")
EACH_LINES = 10_000


@dataclass(frozen=True)
class Source:
    """Documents that have a customer; of what is set aside the lines, by number of the document."""

    documents: Documents
    no_customer: Counter[str]
    below_a_penny: Counter[str]


def read_source(path: Path, customers: int | None, tick: Tick = lambda done: None) -> Source:
    """The documents of the customers with the largest invoices (all: None); told now and then how many lines are read.

    Documents without a customer, and lines with a price below a penny, are set aside; the total is that of all lines,
    rounded half up to the penny. What the lines kept lack of it is a line of its own (the file as published has none).
    """
    found: Documents = {}
    no_customer: Counter[str] = Counter()
    below_a_penny: Counter[str] = Counter()
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8-sig", newline="") as handle:
        for line, row in enumerate(csv.DictReader(handle), 1):
            if line % EACH_LINES == 0:
                tick(line)
            number, customer = row["InvoiceNo"].strip(), row["CustomerID"].strip().removesuffix(".0")
            if not customer:
                no_customer[number] += 1
                continue
            if number not in found:
                issued_on = _day(row["InvoiceDate"].split()[0])
                found[number] = Document(number, number[0] == "C", customer, issued_on, Decimal(0))
            document = found[number]
            sign = -1 if document.is_credit else 1
            quantity, price = sign * Decimal(row["Quantity"]), Decimal(row["UnitPrice"])
            document.total += quantity * price
            if 0 < abs(price) < PENNY:
                below_a_penny[number] += 1
            else:
                amount = _pennies(quantity * price)
                document.add_line(row["StockCode"].strip(), row["Description"].strip(), quantity, price, amount)
    for document in found.values():
        document.total = _pennies(document.total)
        rounding = document.total - document.lines_sum
        if rounding or not document.lines:
            document.add_line("", "Rounding", Decimal(1), rounding, rounding)
    chosen = _largest(found, customers)
    kept = {number: document for number, document in found.items() if document.customer in chosen}
    of_kept = Counter({number: lines for number, lines in below_a_penny.items() if number in kept})
    return Source(kept, no_customer, of_kept)


def shift_to(documents: Documents, last_on: date) -> timedelta:
    """Move all dates alike, so that the last document lies on that day. Returns by how much."""
    shift = last_on - max(document.issued_on for document in documents.values())
    for document in documents.values():
        document.issued_on += shift
    return shift


def _largest(documents: Documents, many: int | None) -> set[str]:
    invoiced: dict[str, Decimal] = defaultdict(Decimal)
    for document in documents.values():
        invoiced[document.customer] += 0 if document.is_credit else document.total
    return set(sorted(invoiced, key=lambda customer: (-invoiced[customer], customer))[:many])


def _pennies(amount: Decimal) -> Decimal:
    return amount.quantize(PENNY, ROUND_HALF_UP)


def _day(text: str) -> date:
    if "/" in text:
        month, day, year = (int(part) for part in text.split("/"))
        return date(year, month, day)
    return date.fromisoformat(text)
