"""Money, dates and numbers as people of each country write them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from portico_core.money import Money
from portico_themes.formats import formats_of

D = Decimal
TODAY = date(2026, 11, 19)


@pytest.mark.parametrize(
    ("locale", "currency", "amount", "written"),
    [
        ("en-GB", "GBP", "1284.36", "£1,284.36"),
        ("en-GB", "GBP", "-186.4", "\u2212£186.40"),
        ("en-GB", "EUR", "0", "€0.00"),
        ("en-GB", "JPY", "1284", "JP¥1,284"),
        ("en-GB", "KWD", "1284.365", "KWD\u00a01,284.365"),
        ("en-US", "USD", "1284.36", "$1,284.36"),
        ("de-DE", "EUR", "1284.36", "1.284,36\u00a0€"),
        ("de-DE", "EUR", "-186.4", "\u2212186,40\u00a0€"),
        ("de", "GBP", "1284567.5", "1.284.567,50\u00a0£"),
        ("de-CH", "CHF", "1284.36", "CHF\u00a01’284.36"),
        ("tlh", "GBP", "1", "£1.00"),
    ],
)
def test_money(locale: str, currency: str, amount: str, written: str) -> None:
    assert formats_of(locale).money(D(amount), currency) == written


def test_labels_of_charts_are_short() -> None:
    british, german = formats_of("en-GB"), formats_of("de")

    assert british.money_short(D("2524.94"), "GBP") == "£2.5k"
    assert british.money_short(D("1260000"), "GBP") == "£1.3m"
    assert german.money_short(D("2524.94"), "EUR") == "2,5\u202fT€"
    assert british.money_short(D(0), "GBP") == "0"
    assert british.money_round(D("2524.5"), "GBP") == "£2,525"


def test_prices_keep_their_fractions_of_a_penny() -> None:
    assert formats_of("en-GB").price(D("0.0215"), "GBP") == "0.0215"
    assert formats_of("en-GB").price(D("18.4"), "GBP") == "18.40"
    assert formats_of("de").price(D("1284.5"), "EUR") == "1.284,50"


def test_countries() -> None:
    assert [formats_of(locale).country("nl") for locale in ("en-GB", "de")] == ["Netherlands", "Niederlande"]
    assert formats_of("en-GB").country("Freedonia") == "Freedonia"


def test_numbers() -> None:
    assert formats_of("en-GB").number(25900) == "25,900"
    assert formats_of("de").number(D("1.500")) == "1,5"
    assert formats_of("en-GB").number(D("100")) == "100"
    assert formats_of("en-GB").percent(18392, 25900) == "71\u00a0%"
    assert formats_of("en-GB").percent(999, 1000) == "99\u00a0%"


@pytest.mark.parametrize(
    ("locale", "day", "written"),
    [
        ("en-GB", date(2026, 10, 2), "2 Oct"),
        ("en-GB", date(2026, 9, 2), "2 Sep"),
        ("en-GB", date(2025, 10, 2), "2 Oct 2025"),
        ("en-US", date(2026, 10, 2), "Oct 2"),
        ("en-US", date(2025, 10, 2), "Oct 2, 2025"),
        ("de", date(2026, 10, 2), "02.10.2026"),
    ],
)
def test_dates(locale: str, day: date, written: str) -> None:
    assert formats_of(locale).day(day, TODAY) == written


def test_days_in_words() -> None:
    assert formats_of("en-GB").day_in_words(TODAY) == "19 November 2026"
    assert formats_of("de").day_in_words(TODAY) == "19. November 2026"
    assert formats_of("en-GB").day_with_weekday(date(2026, 11, 27), TODAY) == "Fri 27 Nov"


@pytest.mark.parametrize(
    ("due", "english", "german", "urgency"),
    [
        (date(2026, 10, 2), "48 days late", "48 Tage überfällig", "late"),
        (date(2026, 11, 18), "1 day late", "1 Tag überfällig", "late"),
        (TODAY, "today", "heute", "soon"),
        (date(2026, 11, 20), "tomorrow", "morgen", "soon"),
        (date(2026, 11, 22), "in 3 days", "in 3 Tagen", "soon"),
        (date(2026, 12, 4), "in 15 days", "in 15 Tagen", "quiet"),
    ],
)
def test_distance_from_today(due: date, english: str, german: str, urgency: str) -> None:
    assert formats_of("en-GB").distance(due, TODAY) == (english, urgency, (due - TODAY).days)
    assert formats_of("de").distance(due, TODAY).text == german


def test_times_stand_in_the_tenants_zone() -> None:
    at = datetime(2026, 7, 1, 10, 42, tzinfo=UTC)
    formats = formats_of("en-GB")

    assert formats.clock(at, ZoneInfo("Europe/Berlin")) == "12:42"
    assert formats.stamp(at, ZoneInfo("Europe/Berlin"), date(2026, 7, 1)) == "12:42"
    assert formats.stamp(at, ZoneInfo("Europe/Berlin"), TODAY) == "1 Jul, 12:42"
    assert formats.stamp(datetime(2026, 7, 1, 23, tzinfo=UTC), ZoneInfo("Asia/Tokyo"), date(2026, 7, 2)) == "08:00"


def test_how_long_ago() -> None:
    assert [formats_of("en-GB").duration(s) for s in (0, 59, 180, 18_600, 90_000, 400_000)] == [
        "now",
        "now",
        "3 min",
        "5 h 10 min",
        "1 day",
        "4 days",
    ]


def test_money_of_the_core_is_written_the_same() -> None:
    assert formats_of("en-GB").money_of(Money(128436, "GBP")) == "£1,284.36"
