"""Runs are frozen by NetSuite's own clock, whose hour in autumn comes twice."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from portico_connectors.netsuite import cursor
from portico_connectors.netsuite.cursor import Cursor, CursorUnreadable

LONDON = ZoneInfo("Europe/London")
LOS_ANGELES = ZoneInfo("America/Los_Angeles")


def test_a_cursor_survives_as_text() -> None:
    run = Cursor(since="2026-01-01 00:00:00", upto="2026-02-01 00:00:00", total=5).after("2026-01-02 00:00:00", "7")
    assert cursor.parse(run.text()) == run
    assert run.under_way
    assert not run.finished().under_way
    assert run.finished().seen == "2026-02-01 00:00:00"


def test_a_foreign_text_is_refused() -> None:
    for text in ("", "page 3", '{"upto": 1}'):
        with pytest.raises(CursorUnreadable):
            cursor.parse(text)


def test_the_next_run_overlaps_the_last() -> None:
    assert cursor.start_of_next("2026-06-01 12:00:00", LONDON) == "2026-06-01 11:50:00"


@pytest.mark.parametrize(
    ("seen", "start"),
    [
        ("2026-10-25 00:59:00", "2026-10-25 00:49:00"),
        ("2026-10-25 01:05:00", "2026-10-24 23:55:00"),  # in the hour that comes twice
        ("2026-10-25 01:59:59", "2026-10-25 00:49:59"),
        ("2026-10-25 02:05:00", "2026-10-25 00:55:00"),  # the overlap reaches back into it
        ("2026-10-25 02:15:00", "2026-10-25 02:05:00"),
    ],
)
def test_around_the_hour_that_comes_twice_the_overlap_covers_it(seen: str, start: str) -> None:
    assert cursor.start_of_next(seen, LONDON) == start


def test_wall_clock_times_become_instants() -> None:
    assert cursor.to_utc("2026-07-01 09:30:00", LOS_ANGELES) == datetime(2026, 7, 1, 16, 30, tzinfo=UTC)
    assert cursor.to_utc("2026-01-01 09:30:00", LOS_ANGELES) == datetime(2026, 1, 1, 17, 30, tzinfo=UTC)
    with pytest.raises(ValueError, match="does not match"):
        cursor.to_utc("7/1/2026", LOS_ANGELES)
