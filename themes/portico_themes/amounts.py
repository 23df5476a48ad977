"""Amounts as people type them, in either country's way, read to the cent or refused with a sentence."""

import re
from collections.abc import Callable
from decimal import Decimal

from portico_core.errors import Invalid
from portico_core.money import exponent
from portico_themes.formats import formats_of
from portico_themes.texts import N_, translate

LARGEST = Decimal(10) ** 12
IGNORED = re.compile(r"[\s\u00a0\u202f\u2009'\u2019]")
DIGITS = re.compile(r"[0-9.,]+")
GROUPED = re.compile(r"[0-9]{1,3}(?:[.,][0-9]{3})+")

NOTHING = N_("Enter an amount.")
NOT_AN_AMOUNT = N_("“%(typed)s” is not an amount. Write it like %(example)s.")
TWO_READINGS = N_("“%(typed)s” can be read in two ways. Write it like %(example)s.")
TOO_FINE = N_("“%(typed)s” has more digits than the currency. Write it like %(example)s.")
NEGATIVE = N_("The amount cannot be below zero.")
TOO_LARGE = N_("The amount is too large.")


class AmountUnreadable(Invalid):
    """What was typed is no amount; the sentence is in the reader's language."""


def parse_amount(typed: str, locale: str, currency: str) -> Decimal:
    """`1.284,36`, `1,284.36`, `1284,36`, `£1,284.36` and `1284` as a Decimal with the currency's digits, not negative.

    Raises AmountUnreadable.
    """
    places = exponent(currency)
    formats = formats_of(locale)

    def refuse(message: str) -> AmountUnreadable:
        example = formats.amount(Decimal("1284.36"), currency)
        return AmountUnreadable(translate(locale, message, typed=typed.strip()[:40], example=example))

    text = _bare(typed, {currency, formats.currency_sign(currency)[0]})
    if not text:
        raise refuse(NOTHING)
    if text[0] in "-\u2212":
        raise refuse(NEGATIVE)
    if not DIGITS.fullmatch(text) or not text[-1:].isdigit() or not any(char.isdigit() for char in text):
        raise refuse(NOT_AN_AMOUNT)
    whole, fraction = _split(text, places, formats.decimal, refuse)
    amount = Decimal(f"{whole or '0'}.{fraction or '0'}").quantize(Decimal(1).scaleb(-places))
    if amount >= LARGEST:
        raise refuse(TOO_LARGE)
    return amount


def _bare(typed: str, signs: set[str]) -> str:
    text = IGNORED.sub("", typed)
    for sign in sorted(signs, key=len, reverse=True):
        text = text.removeprefix(sign).removesuffix(sign)
    return text.removeprefix("+")


def _split(text: str, places: int, decimal: str, refuse: Callable[[str], AmountUnreadable]) -> tuple[str, str]:
    """The digits before and after the decimal mark, which is the last mark unless it can only be a group's."""
    marks = [char for char in text if char in ".,"]
    if not marks:
        return text, ""
    last = marks[-1]
    whole, _, fraction = text.rpartition(last)
    if len(marks) > 1 and marks.count(last) == len(marks):
        if not GROUPED.fullmatch(text):
            raise refuse(NOT_AN_AMOUNT)
        return text.replace(last, ""), ""
    if len(marks) > 1:
        if last in whole or not GROUPED.fullmatch(whole):
            raise refuse(NOT_AN_AMOUNT)
        whole = whole.replace("," if last == "." else ".", "")
    elif len(fraction) == 3 and GROUPED.fullmatch(text):
        # 1.284 is a thousand to a German and a fraction to a Briton: only the reader's own grouping is taken.
        if places == 3 and last == decimal:
            return whole, fraction
        if last == decimal or places == 3:
            raise refuse(TWO_READINGS)
        return whole + fraction, ""
    if len(fraction) > places:
        raise refuse(TOO_FINE)
    return whole, fraction
