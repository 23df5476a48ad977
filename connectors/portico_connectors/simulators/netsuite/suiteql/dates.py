"""Dates as Oracle formats them. Values are text `YYYY-MM-DD HH:MM:SS`, wall time of the account's zone."""

import re
from datetime import datetime, timedelta

STORED = "%Y-%m-%d %H:%M:%S"

_TOKEN = re.compile(
    r"YYYY|YY|RR|MONTH|MON|MM|DDD|DD|DAY|DY|D|HH24|HH12|HH|MI|SSSSS|SS|FF\d?|AM|PM|Q|WW|IW|TZH|TZM|TZR|FM"
    r'|"[^"]*"|[-/,.;: T]',
    re.IGNORECASE,
)
_STRFTIME = {
    "YYYY": "%Y",
    "YY": "%y",
    "RR": "%y",
    "MONTH": "%B",
    "MON": "%b",
    "MM": "%m",
    "DDD": "%j",
    "DD": "%d",
    "DAY": "%A",
    "DY": "%a",
    "HH24": "%H",
    "HH12": "%I",
    "HH": "%I",
    "MI": "%M",
    "SS": "%S",
    "AM": "%p",
    "PM": "%p",
    "WW": "%U",
    "IW": "%V",
}


class BadDate(ValueError):
    """A format or a value that Oracle would not take."""


def tokens(pattern: str) -> list[str]:
    """The elements of an Oracle format, in order. Raises BadDate on one that is not known."""
    found, position = [], 0
    while position < len(pattern):
        match = _TOKEN.match(pattern, position)
        if match is None:
            raise BadDate(f"date format not recognized: {pattern}")
        found.append(match.group())
        position = match.end()
    return found


def to_char(value: str, pattern: str) -> str:
    """A stored date in an Oracle format."""
    if pattern == "YYYY-MM-DD HH24:MI:SS":
        return value
    if pattern == "YYYY-MM-DD":
        return value[:10]
    moment = _wall(value)
    parts = []
    for token in tokens(pattern):
        upper = token.upper()
        if token.startswith('"'):
            parts.append(token[1:-1])
        elif upper.startswith("FF"):
            parts.append("0" * int(upper[2:] or 6))
        elif upper == "SSSSS":
            parts.append(str(moment.hour * 3600 + moment.minute * 60 + moment.second))
        elif upper == "Q":
            parts.append(str((moment.month + 2) // 3))
        elif upper == "D":
            parts.append(str(moment.isoweekday() % 7 + 1))
        elif upper in _STRFTIME:
            text = moment.strftime(_STRFTIME[upper])
            parts.append(text.upper() if token.isupper() and upper in ("MONTH", "MON", "DAY", "DY") else text)
        elif upper in ("TZH", "TZM", "TZR", "FM"):
            raise BadDate(f"date format not recognized: {pattern}")
        else:
            parts.append(token)
    return "".join(parts)


def to_date(value: str, pattern: str) -> str:
    """Text in an Oracle format as a stored date. Raises BadDate."""
    layout = ""
    text = value.strip()
    for token in tokens(pattern):
        upper = token.upper()
        if token.startswith('"'):
            layout += token[1:-1].replace("%", "%%")
        elif upper.startswith("FF"):
            layout += "%f"
        elif upper in _STRFTIME and upper not in ("WW", "IW"):
            layout += _STRFTIME[upper]
        elif len(token) == 1:
            layout += token
        else:
            raise BadDate(f"date format not recognized: {pattern}")
    for attempt in (layout, layout.rstrip(" :.%HIMSfp")):
        # Oracle lets the time be absent from the value; strptime does not.
        try:
            moment = _wall(text, attempt)
        except ValueError:
            continue
        return moment.strftime(STORED)
    raise BadDate(f"the value {value!r} does not match the date format {pattern}")


def add_days(value: str, days: float) -> str:
    """A stored date some days (fractions are time) later."""
    moment = _wall(value)
    return (moment + timedelta(days=days)).strftime(STORED)


def days_between(later: str, earlier: str) -> float:
    """Days from `earlier` to `later`."""
    span = _wall(later) - _wall(earlier)
    return span.total_seconds() / 86400


def truncate(value: str, unit: str = "DD") -> str:
    """TRUNC of a stored date to year, quarter, month, week (Monday) or day."""
    moment = _wall(value[:10], "%Y-%m-%d")
    upper = unit.upper()
    if upper in ("YYYY", "YEAR", "YY"):
        moment = moment.replace(month=1, day=1)
    elif upper in ("MM", "MON", "MONTH"):
        moment = moment.replace(day=1)
    elif upper == "Q":
        moment = moment.replace(month=(moment.month - 1) // 3 * 3 + 1, day=1)
    elif upper == "IW":
        moment -= timedelta(days=moment.weekday())
    elif upper not in ("DD", "DDD", "J"):
        raise BadDate(f"bad date format: {unit}")
    return moment.strftime(STORED)


def add_months(value: str, months: int) -> str:
    """ADD_MONTHS: the end of a month stays the end of a month."""
    moment = _wall(value)
    was_last = (moment + timedelta(days=1)).month != moment.month
    first = moment.month - 1 + int(months)
    year, month = moment.year + first // 12, first % 12 + 1
    last = _last_day(year, month)
    return moment.replace(year=year, month=month, day=last if was_last else min(moment.day, last)).strftime(STORED)


def last_day(value: str) -> str:
    """LAST_DAY: the last day of the month, time kept."""
    return f"{value[:8]}{_last_day(int(value[:4]), int(value[5:7])):02d}{value[10:]}"


def months_between(later: str, earlier: str) -> float:
    """MONTHS_BETWEEN, with Oracle's 31-day fraction."""
    a = _wall(later)
    b = _wall(earlier)
    months = (a.year - b.year) * 12 + a.month - b.month
    if a.day == b.day or (a.day == _last_day(a.year, a.month) and b.day == _last_day(b.year, b.month)):
        return float(months)
    seconds = (a - a.replace(hour=0, minute=0, second=0)).seconds - (b - b.replace(hour=0, minute=0, second=0)).seconds
    return months + (a.day - b.day + seconds / 86400) / 31


def in_preference(value: str, preference: str, *, with_time: bool) -> str:
    """A stored date in the account's date format, as raw columns show it."""
    year, month, day = int(value[:4]), int(value[5:7]), int(value[8:10])
    text = preference.replace("YYYY", f"{year:04d}")
    text = text.replace("MM", f"{month:02d}").replace("DD", f"{day:02d}")
    text = re.sub(r"\bM\b", str(month), text)
    text = re.sub(r"\bD\b", str(day), text)
    if with_time:
        hour, minute = int(value[11:13]), value[14:16]
        text += f" {hour % 12 or 12}:{minute} {'am' if hour < 12 else 'pm'}"
    return text


def from_preference(value: str, preference: str) -> str:
    """Text in the account's date format as a stored date. Raises BadDate."""
    layout = preference.replace("YYYY", "%Y")
    layout = re.sub(r"M+", "%m", layout)
    layout = re.sub(r"D+", "%d", layout)
    try:
        moment = _wall(value.strip(), layout)
    except ValueError as error:
        raise BadDate(value) from error
    return moment.strftime(STORED)


def _wall(text: str, layout: str = STORED) -> datetime:
    return datetime.strptime(text, layout)  # noqa: DTZ007 - wall time of the account's zone by design


def _last_day(year: int, month: int) -> int:
    following = datetime(year + month // 12, month % 12 + 1, 1)  # noqa: DTZ001 - a calendar question, no instant
    return (following - timedelta(days=1)).day
