"""Typed amounts: both countries' ways are read to the cent, everything else is refused with a sentence."""

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from portico_themes.amounts import AmountUnreadable, parse_amount
from portico_themes.formats import formats_of


@pytest.mark.parametrize("locale", ["en-GB", "de-DE"])
@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("1284.36", "1284.36"),
        ("1284,36", "1284.36"),
        ("1.284,36", "1284.36"),
        ("1,284.36", "1284.36"),
        ("1.284.567,50", "1284567.50"),
        ("1,284,567.5", "1284567.50"),
        ("1 284,36", "1284.36"),
        ("1\u00a0284,36", "1284.36"),
        ("1’284.36", "1284.36"),
        ("€1,284.36", "1284.36"),
        ("1.284,36 €", "1284.36"),
        ("EUR 1284", "1284.00"),
        ("  600 ", "600.00"),
        ("0,5", "0.50"),
        (".5", "0.50"),
        ("0", "0.00"),
        ("1.234.567", "1234567.00"),
    ],
)
def test_both_ways_are_read(typed: str, amount: str, locale: str) -> None:
    assert str(parse_amount(typed, locale, "EUR")) == amount


def test_a_thousand_is_taken_in_the_readers_own_grouping_only() -> None:
    assert parse_amount("1,284", "en-GB", "GBP") == 1284
    assert parse_amount("1.284", "de", "EUR") == 1284
    with pytest.raises(AmountUnreadable, match="read in two ways"):
        parse_amount("1.284", "en-GB", "GBP")
    with pytest.raises(AmountUnreadable, match="auf zwei Arten"):
        parse_amount("1,284", "de", "EUR")


def test_currencies_without_pence_and_with_three_digits() -> None:
    assert parse_amount("1,284", "en-GB", "JPY") == 1284
    assert parse_amount("1.284", "en-GB", "KWD") == Decimal("1.284")
    with pytest.raises(AmountUnreadable):
        parse_amount("12.5", "en-GB", "JPY")


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "  ",
        "abc",
        "12a",
        "-5",
        "\u22125",
        "1.2.3",
        "1,23,45",
        "12.345,67.8",
        "1..2",
        "5.",
        ",",
        "1e5",
        "٣",
        "9" * 13,
        "1,284.365",
    ],
)
def test_what_is_no_amount_is_refused_in_words(typed: str) -> None:
    with pytest.raises(AmountUnreadable) as refused:
        parse_amount(typed, "en-GB", "GBP")
    assert refused.value.sentence.endswith(".")
    assert refused.value.status == 422


@given(
    some.decimals(min_value=0, max_value=10**9, places=2, allow_nan=False),
    some.sampled_from(["en-GB", "en-US", "de", "de-CH"]),
)
def test_what_we_write_we_read(amount: Decimal, locale: str) -> None:
    formats = formats_of(locale)

    assert parse_amount(formats.amount(amount, "EUR"), locale, "EUR") == amount
    assert parse_amount(formats.money(amount, "EUR"), locale, "EUR") == amount


@given(some.text(max_size=20))
def test_nonsense_never_gets_further_than_a_sentence(typed: str) -> None:
    with suppress(AmountUnreadable):
        assert parse_amount(typed, "de", "EUR") >= 0
