"""The functions of ours that translated SuiteQL and the catalog's views call inside SQLite."""

import re
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from portico_connectors.simulators.netsuite.books.kinds import KINDS, status_text
from portico_connectors.simulators.netsuite.config import Options
from portico_connectors.simulators.netsuite.suiteql import dates

Scalar = str | int | float | None


class Environment:
    """What functions need of their account: its preferences and its clock (wall time as stored text)."""

    def __init__(self, options: Options, now: Callable[[], str]) -> None:
        self.options = options
        self.now = now


def register(connection: sqlite3.Connection, environment: Environment) -> None:
    """Make the functions known to a connection."""
    options = environment.options
    zone = ZoneInfo(options.time_zone)

    def utc(value: str) -> str:
        return datetime.fromisoformat(value).replace(tzinfo=zone).astimezone(UTC).strftime(dates.STORED)

    def days_open(due: str | None, status: str | None) -> int | None:
        if due is None or status != "A":
            return None
        return max(0, int(dates.days_between(environment.now()[:10] + " 00:00:00", due[:10] + " 00:00:00")))

    def shown(value: str, moment: int) -> str:
        return dates.in_preference(value, options.date_format, with_time=bool(moment) and options.datetime_with_time)

    fixed: dict[str, tuple[int, Callable[..., Scalar]]] = {
        "to_char_date": (2, dates.to_char),
        "to_char_number": (1, number_text),
        "to_char_number_as": (2, number_as),
        "to_date_as": (2, dates.to_date),
        "account_date": (1, lambda text: dates.from_preference(text, options.date_format)),
        "date_plus": (2, dates.add_days),
        "date_minus": (2, dates.days_between),
        "date_trunc": (2, dates.truncate),
        "add_months": (2, dates.add_months),
        "last_day": (1, dates.last_day),
        "months_between": (2, dates.months_between),
        "sys_extract_utc": (1, utc),
        "shown_date": (2, shown),
        "status_text": (1, lambda composite: status_text(*composite.split(":"))),
        "type_text": (1, lambda type_: KINDS[type_].label),
        "record_type": (1, lambda type_: KINDS[type_].record.lower()),
        "abbreviation": (1, lambda type_: KINDS[type_].abbreviation),
        "display_name": (2, lambda type_, number: f"{KINDS[type_].label} #{number}"),
        "credit_sign": (0, lambda: -1 if options.signed_credits else 1),
        "initcap": (1, lambda text: re.sub(r"[^\W_]+", lambda m: m.group().capitalize(), text)),
        "lpad": (3, lambda text, width, fill: _pad(str(text), width, fill, left=True)),
        "rpad": (3, lambda text, width, fill: _pad(str(text), width, fill, left=False)),
        "translate_text": (3, _translate),
        "regexp_like": (2, lambda text, pattern: int(re.search(pattern, str(text)) is not None)),
        "regexp_replace": (3, lambda text, pattern, new: re.sub(pattern, new, str(text))),
        "regexp_substr": (2, lambda text, pattern: _first(re.search(pattern, str(text)))),
        "regexp_count": (2, lambda text, pattern: len(re.findall(pattern, str(text)))),
        "regexp_instr": (2, lambda text, pattern: _place(re.search(pattern, str(text)))),
        "to_number_text": (1, lambda text: float(Decimal(str(text).strip()))),
        "round_half_up": (2, _round),
    }
    for name, (arity, function) in fixed.items():
        connection.create_function(name, arity, _null_in_null_out(function), deterministic=True)
    connection.create_function("now_wall", 0, environment.now)
    connection.create_function("days_open", 2, days_open)
    connection.create_function("address_text", 9, _address_text, deterministic=True)
    connection.create_aggregate("median", 1, _Median)  # type: ignore[arg-type]  # typeshed wants int results only


def number_text(value: float) -> str:
    """A number as SuiteQL shows it: no exponent, no trailing zeros, binary noise rounded away."""
    if isinstance(value, int):
        return str(value)
    text = f"{value:.10f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def number_as(value: float, pattern: str) -> str:
    """TO_CHAR of a number in a format of 9, 0, comma, point, FM and L-free subset. Raises BadDate on others."""
    core = pattern.upper().removeprefix("FM")
    if not re.fullmatch(r"[90,GD.]*", core):
        raise dates.BadDate(f"invalid number format model: {pattern}")
    whole, _, fraction = core.replace("G", ",").replace("D", ".").partition(".")
    rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-len(fraction)), ROUND_HALF_UP)
    digits = f"{abs(rounded):,.{len(fraction)}f}" if "," in whole else f"{abs(rounded):.{len(fraction)}f}"
    minimum = whole.replace(",", "")
    if "0" not in minimum and digits.startswith("0."):
        digits = digits[1:]
    zeros = len(minimum) - minimum.find("0") if "0" in minimum else 0
    head, point, tail = digits.partition(".")
    digits = head.rjust(zeros, "0") + point + tail
    if pattern.upper().startswith("FM"):
        return ("-" if rounded < 0 else "") + digits
    return (("-" if rounded < 0 else " ") + digits).rjust(len(core) + 1)


class _Median:
    """MEDIAN of numbers."""

    def __init__(self) -> None:
        self.values: list[float] = []

    def step(self, value: float | None) -> None:
        if value is not None:
            self.values.append(value)

    def finalize(self) -> float | None:
        ordered = sorted(self.values)
        if not ordered:
            return None
        middle = len(ordered) // 2
        return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def _null_in_null_out(function: Callable[..., Scalar]) -> Callable[..., Scalar]:
    def guarded(*values: Scalar) -> Scalar:
        return None if None in values else function(*values)

    return guarded


def _pad(text: str, width: int, fill: str, *, left: bool) -> str:
    missing = int(width) - len(text)
    if missing <= 0:
        return text[: int(width)]
    padding = (fill * (missing // len(fill) + 1))[:missing]
    return padding + text if left else text + padding


def _translate(text: str, old: str, new: str) -> str:
    return str(text).translate({ord(sign): (new[i] if i < len(new) else None) for i, sign in enumerate(old)})


def _first(match: re.Match[str] | None) -> str | None:
    return match.group() if match else None


def _place(match: re.Match[str] | None) -> int:
    return match.start() + 1 if match else 0


def _round(value: float, digits: int) -> float:
    return float(Decimal(str(value)).quantize(Decimal(1).scaleb(-int(digits)), ROUND_HALF_UP))


def _address_text(*parts: str | None) -> str:
    addressee, attention, addr1, addr2, addr3, city, state, code, country = parts
    place = " ".join(part for part in (city, state, code) if part)
    return "\n".join(part for part in (attention, addressee, addr1, addr2, addr3, place, country) if part)
