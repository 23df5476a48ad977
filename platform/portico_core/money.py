"""Money: integer minor units and a currency, never a float.

The exponents are ISO 4217's; Stripe's deviations from it live in `portico_billing.stripe`.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Self

import msgspec

ZERO_DECIMAL = frozenset(
    {
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    }
)
THREE_DECIMAL = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})


def exponent(currency: str) -> int:
    """Digits after the point in `currency` (ISO code, upper case)."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def to_minor(amount: Decimal, currency: str) -> int:
    """`amount` in major units as minor units, rounded half up (away from zero at a half)."""
    scaled = amount.scaleb(exponent(currency))
    return int(scaled.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def to_decimal(minor: int, currency: str) -> Decimal:
    """Minor units as major units, with exactly the currency's digits."""
    return Decimal(minor).scaleb(-exponent(currency))


class CurrencyMismatch(ValueError):
    """Two amounts in different currencies were added or compared."""


class Money(msgspec.Struct, frozen=True, gc=False):
    """An amount in minor units of a currency (ISO code, upper case)."""

    minor: int
    currency: str

    @classmethod
    def of(cls, amount: Decimal, currency: str) -> Self:
        """From major units, rounded half up to the currency's digits."""
        return cls(to_minor(amount, currency), currency)

    @property
    def amount(self) -> Decimal:
        """In major units."""
        return to_decimal(self.minor, self.currency)

    def __add__(self, other: Self) -> Self:
        self._same(other)
        return type(self)(self.minor + other.minor, self.currency)

    def __sub__(self, other: Self) -> Self:
        self._same(other)
        return type(self)(self.minor - other.minor, self.currency)

    def __neg__(self) -> Self:
        return type(self)(-self.minor, self.currency)

    def __lt__(self, other: Self) -> bool:
        self._same(other)
        return self.minor < other.minor

    def __le__(self, other: Self) -> bool:
        self._same(other)
        return self.minor <= other.minor

    def __bool__(self) -> bool:
        return self.minor != 0

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency}")
