"""The small filters of the templates: a value, with its machine-readable form around it, as safe HTML.

Each is built once per locale; none escapes more than it must, because lists call them for every row.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from portico_core.money import Money
from portico_themes.formats import formats_of
from portico_themes.lines import Row, Writer, far, ids
from portico_themes.texts import translate

STALE, OLD = 2, 10  # times the normal interval


def filters_of(locale: str) -> Mapping[str, Callable[..., object]]:
    """Filters by name. Those that need to know the day read `today`, `now` and `zone` from the page's context."""
    formats = formats_of(locale)

    def money(value: Money | Decimal, currency: str | None = None) -> Markup:
        amount, code = (value.amount, value.currency) if isinstance(value, Money) else (value, currency or "")
        return _html(f'<data class="money" value="{amount}">{escape(formats.money(amount, code))}</data>')

    def money_round(value: Money) -> Markup:
        text = formats.money_round(value.amount, value.currency)
        return _html(f'<data class="money" value="{value.amount}">{escape(text)}</data>')

    def money_short(value: Money) -> str:
        return formats.money_short(value.amount, value.currency)

    def minor(value: int, currency: str) -> Money:
        """Minor units as they stand in plots, for the filters above."""
        return Money(value, currency)

    def amount(value: Money) -> str:
        return formats.amount(value.amount, value.currency)

    def sign(currency: str) -> str:
        return formats.currency_sign(currency)[0]

    def sentence(text: str) -> str:
        """With its full stop, where another one follows."""
        return f"{text}." if text and text[-1] not in ".!?…" else text

    @pass_context
    def day(context: Context, value: date) -> Markup:
        today = context["today"]
        text = escape(formats.day(value, today))
        return _html(f'<time{far(value, today)} datetime="{value.isoformat()}">{text}</time>')

    def full_day(value: date) -> Markup:
        return _html(f'<time datetime="{value.isoformat()}">{escape(formats.day(value))}</time>')

    @pass_context
    def local_day(context: Context, value: datetime) -> Markup:
        """The full day of an instant, in the tenant's zone."""
        return full_day(value.astimezone(ZoneInfo(context["zone"])).date())

    @pass_context
    def weekday(context: Context, value: date) -> Markup:
        text = formats.day_with_weekday(value, context["today"])
        return _html(f'<time datetime="{value.isoformat()}">{escape(text)}</time>')

    @pass_context
    def due_in(context: Context, value: date) -> Markup:
        distance = formats.distance(value, context["today"])
        return _html(f'<span class="{distance.urgency}">{escape(distance.text)}</span>')

    @pass_context
    def falls_due(context: Context, value: date) -> Markup:
        """due_in where no heading says that it is about what is due."""
        distance = formats.distance(value, context["today"])
        text = distance.text if distance.days < 0 else translate(locale, "due %(when)s", when=distance.text)
        return _html(f'<span class="{distance.urgency}">{escape(text)}</span>')

    @pass_context
    def stamp(context: Context, value: datetime) -> Markup:
        text = formats.stamp(value, ZoneInfo(context["zone"]), context["today"])
        return _html(f'<time datetime="{value.isoformat(timespec="seconds")}">{escape(text)}</time>')

    @pass_context
    def age(context: Context, value: datetime | None, interval_seconds: int = 300) -> Markup:
        """As of 10:42, with a mark that says how old that is against the normal interval."""
        if value is None:
            return _html(f'<span class="age age-old">{escape(translate(locale, "Not yet fetched"))}</span>')
        return _html(
            f'<span class="age{staleness(context["now"], value, interval_seconds)}">'
            f'<time datetime="{value.isoformat(timespec="seconds")}">{escape(_as_of(context, value))}</time></span>'
        )

    def _as_of(context: Context, value: datetime) -> str:
        zone, today = ZoneInfo(context["zone"]), context["today"]
        if value.astimezone(zone).date() == today:
            return translate(locale, "As of %(time)s", time=formats.clock(value, zone))
        return translate(locale, "As of %(day)s", day=formats.day(value.astimezone(zone).date(), today))

    @pass_context
    def ago(context: Context, value: datetime | None, interval_seconds: int = 300) -> Markup:
        """3 min, with the same mark: for tables of ages."""
        if value is None:
            return _html(f'<span class="age age-old">{escape(translate(locale, "never"))}</span>')
        text = formats.duration((context["now"] - value).total_seconds())
        return _html(
            f'<span class="age{staleness(context["now"], value, interval_seconds)}">'
            f'<time datetime="{value.isoformat(timespec="seconds")}">{escape(text)}</time></span>'
        )

    @lru_cache(maxsize=4)  # zones are at most two days apart
    def writer_of(today: date) -> Writer:
        return Writer(locale, formats, today)

    @pass_context
    def invoice_rows(
        context: Context, rows: Iterable[Row], badge: Callable[[str], str], reasons: Mapping[str, str], *, ticks: bool
    ) -> Markup:
        """The rows of the invoice list (`lines`)."""
        return writer_of(context["today"]).rows(rows, badge, reasons, ticks=ticks)

    def money_text(value: Money) -> str:
        return formats.money_of(value)

    @pass_context
    def stamp_text(context: Context, value: datetime) -> str:
        """19 November 2026, 14:00: in mails nothing is relative to today."""
        local = value.astimezone(ZoneInfo(context["zone"]))
        return f"{formats.day_in_words(local.date())}, {local:%H:%M}"

    @pass_context
    def local_day_text(context: Context, value: datetime) -> str:
        return formats.day_in_words(value.astimezone(ZoneInfo(context["zone"])).date())

    return {
        "ids": ids,
        "invoice_rows": invoice_rows,
        "money_text": money_text,
        "stamp_text": stamp_text,
        "local_day_text": local_day_text,
        "money": money,
        "money_round": money_round,
        "money_short": money_short,
        "minor": minor,
        "amount": amount,
        "currency_sign": sign,
        "day": day,
        "full_day": full_day,
        "local_day": local_day,
        "weekday": weekday,
        "price": formats.price,
        "due_in": due_in,
        "falls_due": falls_due,
        "stamp": stamp,
        "age": age,
        "ago": ago,
        "number": formats.number,
        "percent": formats.percent,
        "duration": formats.duration,
        "day_in_words": formats.day_in_words,
        "initials": initials,
        "sentence": sentence,
        "dict_of": dict,
    }


def _html(text: str) -> Markup:
    return Markup(text)  # noqa: S704 - written out above; every value in it is escaped, a number or a date


def initials(name: str) -> str:
    """PN for Priya Nair."""
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words[:1])).upper()


def staleness(now: datetime, value: datetime, interval_seconds: int) -> str:
    """The class that marks figures as old, against how often they should come anew."""
    passed = (now - value).total_seconds()
    if passed < STALE * interval_seconds:
        return ""
    return " age-stale" if passed < OLD * interval_seconds else " age-old"
