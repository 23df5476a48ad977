"""A document as it can be compared, whichever of the three sides it was read from."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from hashlib import blake2b


@dataclass(slots=True)
class Document:
    """An invoice, or a credit note where `is_credit`; amounts are as printed, so positive on both.

    `open_amount` is None where a side does not tell. Of the lines only their number, sum and digest are kept.
    """

    number: str
    is_credit: bool
    customer: str
    issued_on: date
    total: Decimal
    open_amount: Decimal | None = None
    lines: int = 0
    lines_sum: Decimal = Decimal(0)
    _digest: blake2b = field(default_factory=lambda: blake2b(digest_size=16), repr=False)

    def add_line(self, code: str, description: str, quantity: Decimal, price: Decimal, amount: Decimal) -> None:
        """The next line of the paper. Codes are compared without regard to upper and lower case."""
        self.lines += 1
        self.lines_sum += amount
        numbers = (format(number.normalize(), "f") for number in (quantity, price))
        self._digest.update("\x1f".join((code.upper(), description, *numbers, "\x1e")).encode())

    @property
    def digest(self) -> bytes:
        """Equal where all lines are, in the same order."""
        return self._digest.digest()


Documents = dict[str, Document]
Payments = dict[str, dict[str, Decimal]]


@dataclass(frozen=True)
class Books:
    """What a side holds: documents by number; payments made in the portal by their key, as amounts by invoice."""

    documents: Documents
    payments: Payments
