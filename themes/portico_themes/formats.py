"""Money, dates, distances and numbers as people of a locale write them, and typed amounts read back.

Everything here is plain text; `markup` wraps it for pages. Babel is asked once per locale and currency.
"""

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, get_day_names, get_month_names
from babel.numbers import get_currency_symbol

from portico_core.money import Money, exponent
from portico_themes.texts import N_, language_of, translate, translate_many

MINUS, NO_BREAK, NARROW = "\u2212", "\u00a0", "\u202f"
DEFAULT_REGION = {"en": "en_GB", "de": "de_DE"}
SOON_DAYS = 3
CACHED_DAYS = 1000  # beyond, dates are mistakes and too many to keep
NEAREST = (N_("today"), N_("tomorrow"))

Urgency = Literal["late", "soon", "quiet"]


class Distance(NamedTuple):
    """How far a due date is from today, in words, and how loud to say it."""

    text: str
    urgency: Urgency
    days: int


class _Spelling(NamedTuple):
    """Where a currency's sign goes, and its number of digits."""

    prefix: str
    suffix: str
    digits: int


@lru_cache(maxsize=64)
def formats_of(locale: str) -> "Formats":
    """The formats of a locale such as "en-GB", "de" or "de_AT"; of unknown ones only the language counts."""
    tag = locale.replace("-", "_")
    try:
        return Formats(Locale.parse(DEFAULT_REGION.get(tag.lower(), tag)))
    except (UnknownLocaleError, ValueError):
        return Formats(Locale.parse(DEFAULT_REGION[language_of(tag)]))


class Formats:
    """One locale's ways of writing. Use `formats_of`."""

    def __init__(self, locale: Locale) -> None:
        self.locale = locale
        self.language = language_of(str(locale))
        symbols = locale.number_symbols["latn"]
        self.decimal, self.group = str(symbols["decimal"]), str(symbols["group"])
        self._swap = str.maketrans({",": self.group, ".": self.decimal})
        self._months = get_month_names("abbreviated", locale=locale)
        if locale.language == "en":
            # CLDR's British "Sept" is the one month of four letters and breaks columns of dates.
            self._months = get_month_names("abbreviated", locale="en_US")
        self._weekdays = get_day_names("abbreviated", locale=locale)
        self._spellings: dict[str, _Spelling] = {}
        self._distances: dict[int, Distance] = {}

    # --- money and numbers -------------------------------------------------------------------------------

    def money(self, amount: Decimal, currency: str) -> str:
        """£1,284.36 or 1.284,36 €; a true minus sign; always the currency's digits."""
        spelling = self._spelling(currency)
        sign = MINUS if amount < 0 else ""
        return f"{sign}{spelling.prefix}{self._digits(abs(amount), spelling.digits)}{spelling.suffix}"

    def money_of(self, money: Money) -> str:
        return self.money(money.amount, money.currency)

    def money_pair(self, money: Money) -> tuple[str, str]:
        """1284.36 and £1,284.36: for machines and for people, without a Decimal between, for long lists."""
        prefix, suffix, digits = self._spelling(money.currency)
        whole, rest = divmod(abs(money.minor), 10**digits)
        pence = f".{rest:0{digits}d}" if digits else ""
        said = f"{whole:,}{pence}"
        if self.decimal != "." or self.group != ",":
            said = said.translate(self._swap)
        is_less = money.minor < 0
        return f"{'-' if is_less else ''}{whole}{pence}", f"{MINUS if is_less else ''}{prefix}{said}{suffix}"

    def money_round(self, amount: Decimal, currency: str) -> str:
        """Without pence, for labels of charts."""
        spelling = self._spelling(currency)
        sign = MINUS if amount < 0 else ""
        whole = abs(amount).quantize(Decimal(1), rounding=ROUND_HALF_UP)
        return f"{sign}{spelling.prefix}{self._digits(whole, 0)}{spelling.suffix}"

    def money_short(self, amount: Decimal, currency: str) -> str:
        """£2.5k or 2,5 T€, for labels of charts on phones; 0 for nothing."""
        if not amount:
            return "0"
        spelling = self._spelling(currency)
        size, unit = (Decimal(1_000_000), "m") if abs(amount) >= 999_950 else (Decimal(1000), "k")
        figure = self._digits(abs(amount) / size, 1)
        sign = MINUS if amount < 0 else ""
        if spelling.prefix:
            return f"{sign}{spelling.prefix}{figure}{unit}"
        thousand, million = "T", "Mio."
        return f"{sign}{figure}{NARROW}{thousand if unit == 'k' else million}{spelling.suffix.strip()}"

    def amount(self, amount: Decimal, currency: str = "EUR") -> str:
        """Only the digits, as in a field or a column whose head says the currency."""
        sign = MINUS if amount < 0 else ""
        return f"{sign}{self._digits(abs(amount), exponent(currency))}"

    def price(self, value: Decimal, currency: str) -> str:
        """A unit price: at least the currency's digits, more where it has more."""
        exact = abs(value).normalize()
        places = max(exponent(currency), -int(exact.as_tuple().exponent))
        return f"{MINUS if value < 0 else ''}{self._digits(exact, places)}"

    def currency_sign(self, currency: str) -> tuple[str, bool]:
        """The sign, and whether it stands before the digits."""
        spelling = self._spelling(currency)
        return (spelling.prefix or spelling.suffix).strip(), bool(spelling.prefix)

    def number(self, value: int | Decimal) -> str:
        """1,284 or 1.284; decimals keep the digits they have."""
        sign = MINUS if value < 0 else ""
        if isinstance(value, int):
            return f"{sign}{self._digits(Decimal(abs(value)), 0)}"
        normal = abs(value).normalize()
        places = max(0, -int(normal.as_tuple().exponent))
        return f"{sign}{self._digits(normal, places)}"

    def percent(self, part: int | Decimal, whole: int | Decimal = 100) -> str:
        """71 %, rounded down: 100 % means all of it."""
        share = int(part * 100 / whole) if whole else 0
        return f"{share}{NO_BREAK}%"

    def country(self, code: str) -> str:
        """Netherlands for NL; a code that is none stands as it is."""
        return str(self.locale.territories.get(code.upper(), code))

    # --- dates and times ---------------------------------------------------------------------------------

    def day(self, day: date, today: date | None = None) -> str:
        """2 Oct in this year, 2 Oct 2026 in another or where `today` is unknown; 02.10.2026 in German."""
        if self.language == "de":
            return f"{day:%d.%m.%Y}"
        year = "" if today is not None and today.year == day.year else f" {day.year}"
        if self.locale.language != "en":
            return str(format_skeleton("yMMMd" if year else "MMMd", day, locale=self.locale))
        if self.locale.territory == "US":
            return f"{self._months[day.month]} {day.day}{',' + year if year else ''}"
        return f"{day.day} {self._months[day.month]}{year}"

    def day_with_weekday(self, day: date, today: date | None = None) -> str:
        """Fri 27 Nov."""
        return f"{self._weekdays[day.weekday()]} {self.day(day, today)}"

    def day_in_words(self, day: date) -> str:
        """19 November 2026 or 19. November 2026: for mails and papers."""
        return str(format_date(day, "long", locale=self.locale))

    def clock(self, at: datetime, zone: ZoneInfo) -> str:
        """14:05 in `zone`."""
        return f"{at.astimezone(zone):%H:%M}"

    def stamp(self, at: datetime, zone: ZoneInfo, today: date) -> str:
        """10:38 today, else 19 Nov, 10:38."""
        local = at.astimezone(zone)
        if local.date() == today:
            return f"{local:%H:%M}"
        return f"{self.day(local.date(), today)}, {local:%H:%M}"

    def distance(self, due: date, today: date) -> Distance:
        """48 days late, today, tomorrow, in 15 days."""
        days = (due - today).days
        found = self._distances.get(days)
        if found is None:
            found = self._distance(days)
            if abs(days) < CACHED_DAYS:
                self._distances[days] = found
        return found

    def _distance(self, days: int) -> Distance:
        if days < 0:
            text = translate_many(self.language, "%(count)s day late", "%(count)s days late", -days)
            return Distance(text, "late", days)
        if days < 2:
            return Distance(translate(self.language, NEAREST[days]), "soon", days)
        text = translate_many(self.language, "in %(count)s day", "in %(count)s days", days)
        return Distance(text, "soon" if days <= SOON_DAYS else "quiet", days)

    def duration(self, seconds: float) -> str:
        """now, 3 min, 5 h 10 min, 2 days: how long ago something was."""
        minutes = int(seconds // 60)
        if minutes < 1:
            return translate(self.language, "now")
        if minutes < 60:
            return translate(self.language, "%(minutes)s min", minutes=minutes)
        hours, rest = divmod(minutes, 60)
        if hours < 24:
            words = N_("%(hours)s h %(minutes)s min") if rest else N_("%(hours)s h")
            return translate(self.language, words, hours=hours, minutes=rest)
        return translate_many(self.language, "%(count)s day", "%(count)s days", hours // 24)

    def _spelling(self, currency: str) -> _Spelling:
        found = self._spellings.get(currency)
        if found is None:
            pattern = self.locale.currency_formats["standard"]
            sign = get_currency_symbol(currency, locale=self.locale)
            prefix, suffix = (str(part).replace("\u00a4", sign) for part in (pattern.prefix[0], pattern.suffix[0]))
            if prefix[-1:].isalpha():
                prefix += NO_BREAK
            found = self._spellings[currency] = _Spelling(prefix, suffix, exponent(currency))
        return found

    def _digits(self, amount: Decimal, places: int) -> str:
        text = f"{amount:,.{places}f}"
        return text if self.decimal == "." and self.group == "," else text.translate(self._swap)
