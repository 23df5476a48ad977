"""Stripe's idea of money: which digits it wants, what the least and most is, and the way there and back from ours.

Ours are ISO 4217's minor units (`portico_core.money`). Stripe's differ where it keeps old habits: króna and Ugandan
shilling with two digits, ariary without any, and of three digits the last must be 0.
"""

from portico_core.errors import PorticoError
from portico_core.money import exponent

LARGEST = 99_999_999  # eight digits in Stripe's units
ZERO_DECIMAL = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"}
)
THREE_DECIMAL = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
# Not charged by Stripe, or with another number of digits there than ISO gives them.
NOT_TAKEN = frozenset({"CUP", "IRR", "IQD", "KPW", "LYD", "SDG", "SYP"})

# In Stripe's units. Judged by Stripe after conversion to the account's own currency, so only the first to refuse:
# what passes here may still come back as `amount_too_small`.
SMALLEST = {
    **dict.fromkeys(("USD", "EUR", "AUD", "BRL", "CAD", "CHF", "INR", "JPY", "NZD", "SGD"), 50),
    "AED": 200,
    "CZK": 1500,
    "DKK": 250,
    "GBP": 30,
    "HKD": 400,
    "HUF": 17500,
    "MXN": 1000,
    "MYR": 200,
    "NOK": 300,
    "PLN": 200,
    "RON": 200,
    "SEK": 300,
    "THB": 1000,
}


class NotChargeable(PorticoError):
    """An amount that Stripe cannot take. `why` is currency, step, small or large; `limit_minor` goes with the last
    three, in our units."""

    def __init__(self, why: str, currency: str, limit_minor: int = 0) -> None:
        super().__init__(f"{why} in {currency}")
        self.why = why
        self.currency = currency
        self.limit_minor = limit_minor


class NotOurs(ValueError):
    """An amount of Stripe's that has no whole number of our minor units."""


def stripe_exponent(currency: str) -> int:
    """Digits after the point that Stripe expects for `currency` (ISO code, upper case)."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def step_minor(currency: str) -> int:
    """Amounts must be multiples of this many of our minor units."""
    if currency in THREE_DECIMAL:
        return 10
    return int(10 ** max(0, exponent(currency) - stripe_exponent(currency)))


def to_stripe(minor: int, currency: str) -> int:
    """Our minor units as Stripe's. Raises NotChargeable where the currency or the last digits do not fit."""
    if currency in NOT_TAKEN:
        raise NotChargeable("currency", currency)
    step = step_minor(currency)
    if minor % step:
        raise NotChargeable("step", currency, step)
    shift = stripe_exponent(currency) - exponent(currency)
    return int(minor * 10**shift) if shift >= 0 else minor // int(10**-shift)


def from_stripe(amount: int, currency: str) -> int:
    """Stripe's units as our minor units. Raises NotOurs where that is no whole number."""
    shift = exponent(currency) - stripe_exponent(currency)
    if shift >= 0:
        return int(amount * 10**shift)
    whole, rest = divmod(amount, int(10**-shift))
    if rest:
        raise NotOurs(f"{amount} in {currency}")
    return whole


def check_total(minor: int, currency: str) -> None:
    """NotChargeable unless one payment of this size can be taken."""
    amount = to_stripe(minor, currency)
    if amount > LARGEST:
        raise NotChargeable(
            "large", currency, from_stripe(LARGEST // _whole_unit(currency) * _whole_unit(currency), currency)
        )
    smallest = SMALLEST.get(currency, 1)
    if amount < smallest:
        raise NotChargeable("small", currency, from_stripe(smallest, currency))


def _whole_unit(currency: str) -> int:
    """Stripe's units in the least amount of ours."""
    return int(10 ** max(0, stripe_exponent(currency) - exponent(currency)))
