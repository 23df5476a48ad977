"""The time, always aware. Dates of documents are dates; what is "today" depends on the tenant's zone."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """This instant, in UTC."""
    return datetime.now(UTC)


def today(zone: str, at: datetime | None = None) -> date:
    """The calendar day in `zone` (an IANA name) at the aware instant `at`, by default now."""
    return (at or now()).astimezone(ZoneInfo(zone)).date()
