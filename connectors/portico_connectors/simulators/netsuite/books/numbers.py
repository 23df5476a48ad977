"""Exact arithmetic on the store's integers: hundredths of a currency, millionths of quantities and rates."""

import re

_PLAIN = re.compile(r"-?\d{1,15}(\.\d+)?")


class NotANumber(ValueError):
    """A text that is no plain decimal number, or has more decimals than are kept."""


def scaled(text: str, places: int) -> int:
    """A decimal text as an integer of 10**-places. Raises NotANumber."""
    if _PLAIN.fullmatch(text) is None:
        raise NotANumber("is no number (digits, a point, no thousands separators)")
    whole, _, fraction = text.partition(".")
    kept, rest = fraction[:places], fraction[places:]
    if rest.strip("0"):
        raise NotANumber(f"has more than {places} decimals")
    value = int(whole.lstrip("-") + kept.ljust(places, "0"))
    return -value if whole.startswith("-") else value


def product_c(quantity_u: int, rate_u: int) -> int:
    """Quantity times rate in hundredths, halves rounded away from zero."""
    product = quantity_u * rate_u
    rounded = (abs(product) + 5 * 10**9) // 10**10
    return -rounded if product < 0 else rounded


def amount_text(hundredths: int) -> str:
    """An amount as exact text."""
    whole, rest = divmod(abs(hundredths), 100)
    return f"{'-' if hundredths < 0 else ''}{whole}.{rest:02d}"
