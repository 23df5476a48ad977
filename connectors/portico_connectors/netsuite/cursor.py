"""Where a run stands, as the opaque text that the caller keeps.

Times in it are NetSuite's wall clock, as text in NetSuite's own format: they come from its rows and go back into its
queries, so no clock of ours and no zone takes part.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from portico_connectors.errors import ConnectorError

FORMAT = "%Y-%m-%d %H:%M:%S"
OVERLAP = timedelta(minutes=10)
_ONE_SECOND = timedelta(seconds=1)


class CursorUnreadable(ConnectorError):
    """The text is no cursor of this connector."""


class Cursor(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Between runs only `seen` is set: the latest change read so far. During a run `upto` is its frozen end, `since`
    its start (None: from the beginning), `at` and `id` the last row read.

    `whole`: the table tells no time of change and is read by id alone, every time from the beginning.
    """

    version: int = 1
    seen: str | None = None
    since: str | None = None
    upto: str | None = None
    at: str | None = None
    id: str | None = None
    total: int | None = None
    whole: bool = False

    @property
    def under_way(self) -> bool:
        """Whether a run has begun and not ended."""
        return self.upto is not None or (self.whole and self.total is not None)

    def text(self) -> str:
        """As the caller keeps it."""
        return msgspec.json.encode(self).decode()

    def after(self, at: str, id_: str) -> "Cursor":
        """The same run, one page on."""
        return msgspec.structs.replace(self, at=at, id=id_)

    def finished(self) -> "Cursor":
        """Between this run and the next."""
        return Cursor(seen=self.upto)


def parse(text: str | None) -> Cursor:
    """The cursor from its text; None starts from the beginning."""
    if text is None:
        return Cursor()
    try:
        return msgspec.json.decode(text, type=Cursor)
    except msgspec.DecodeError:
        raise CursorUnreadable("the stored cursor is not one of the NetSuite connector") from None


def start_of_next(seen: str, zone: ZoneInfo) -> str:
    """Where the next run begins: `seen` less an overlap for what was committed late.

    When clocks go back an hour, NetSuite's wall clock shows that hour twice, and changes of the second time sort
    before `seen`; around that hour the overlap is longer by as much.
    """
    wall = datetime.strptime(seen, FORMAT)  # noqa: DTZ007 - a wall clock on purpose
    start = wall - OVERLAP
    return (start - max(_shown_twice(wall, zone), _shown_twice(start, zone))).strftime(FORMAT)


def next_second(at: str) -> str:
    """One second later on the wall clock: bounds are half-open, in case NetSuite keeps fractions it does not show."""
    return (datetime.strptime(at, FORMAT) + _ONE_SECOND).strftime(FORMAT)  # noqa: DTZ007 - a wall clock on purpose


def to_utc(at: str, zone: ZoneInfo) -> datetime:
    """A wall-clock time as an instant; of an hour shown twice, the first. Raises ValueError."""
    return datetime.strptime(at, FORMAT).replace(tzinfo=zone).astimezone(UTC)


def _shown_twice(wall: datetime, zone: ZoneInfo) -> timedelta:
    first = wall.replace(tzinfo=zone, fold=0).utcoffset()
    second = wall.replace(tzinfo=zone, fold=1).utcoffset()
    return max(timedelta(0), (first or timedelta(0)) - (second or timedelta(0)))
