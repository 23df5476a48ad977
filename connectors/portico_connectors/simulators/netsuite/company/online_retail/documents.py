"""The documents of the file: what their lines come to, and which of them no company could hold."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from portico_connectors.simulators.netsuite.company.online_retail.source import Line

PENNY = Decimal("0.01")
NO_CUSTOMER = "no customer"
BELOW_A_PENNY = "price below a penny"


def pennies(amount: Decimal) -> Decimal:
    """Rounded half up to the penny."""
    return amount.quantize(PENNY, ROUND_HALF_UP)


def below_a_penny(line: Line) -> bool:
    """Whether nobody could be charged this price. A price of nothing is a gift and stays."""
    return Decimal(0) < abs(line.price) < PENNY


@dataclass(slots=True)
class Document:
    """An invoice or credit note. Amounts are as on its paper, so positive on both.

    `exact` is what all its lines come to, `printed` what those come to that are kept, each rounded by itself.
    `cause` says why the document is set aside.
    """

    number: str
    customer: str
    country: str
    issued_on: date
    lines: int = 0
    kept: int = 0
    exact: Decimal = Decimal(0)
    printed: Decimal = Decimal(0)
    cause: str = ""

    @property
    def is_credit(self) -> bool:
        return self.number.startswith("C")

    @property
    def total(self) -> Decimal:
        return pennies(self.exact)

    @property
    def rounding(self) -> Decimal:
        """What the kept lines lack of the total: a line of its own, for the sum of lines must be the total."""
        return self.total - self.printed

    def add(self, line: Line) -> None:
        self.lines += 1
        if line.fault:
            self.cause = self.cause or f"line {line.place} {line.fault}"
            return
        if line.customer != self.customer:
            self.cause = self.cause or f"line {line.place} names another customer"
        if line.issued_on != self.issued_on:
            self.cause = self.cause or f"line {line.place} names another day"
        amount = line.price * (-line.quantity if self.is_credit else line.quantity)
        self.exact += amount
        if not below_a_penny(line):
            self.kept += 1
            self.printed += pennies(amount)


def gather(lines: Iterable[Line]) -> list[Document]:
    """The documents in the order of the file; a document's lines need not stand together."""
    found: dict[str, Document] = {}
    for line in lines:
        document = found.get(line.document)
        if document is None:
            document = Document(line.document, line.customer, line.country, line.issued_on)
            found[line.document] = document
        document.add(line)
    for document in found.values():
        document.cause = document.cause or _cause(document)
    return list(found.values())


def _cause(document: Document) -> str:
    if not document.customer:
        return NO_CUSTOMER
    if document.total < 0:
        return "a credit note that comes to a charge" if document.is_credit else "an invoice of less than nothing"
    return ""
