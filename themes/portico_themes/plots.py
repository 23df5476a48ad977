"""Figures of the plots: how tall each column is and where each point of a line stands, beside the value it shows.

A drawing is 100 wide and 100 tall, stretched to the room it gets; all words stand around it as HTML.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from portico_core.money import Money

# Past to future. The first four are overdue by so many days, the rest falls due within so many.
DUE_KEYS = ("late_91", "late_61", "late_31", "late_1", "next_7", "next_14", "later")
STEPS = (1, 2, 4, 5, 10)  # a scale ends at one of them times a power of ten, and so does its half
MINUTES = (10, 20, 30, 60, 120, 240, 480, 720, 1440, 2880)  # at one of these ends a scale of ages


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `height` in percent of the tallest, at least 1 where there is anything."""

    key: str
    amount: Money
    count: int
    height: int
    url: str


@dataclass(frozen=True, slots=True)
class Point:
    """A value and where it stands: `x` from the start and `y` from the top, both of 100."""

    when: date | datetime
    value: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Series:
    """Values over time under one scale from nothing to `top`; never empty, never negative."""

    points: tuple[Point, ...]
    top: int

    @property
    def line(self) -> str:
        """The path through all points."""
        return "M" + "L".join(f"{point.x:g},{point.y:g}" for point in self.points)

    @property
    def area(self) -> str:
        """The path around what is below the line."""
        return f"{self.line}L{self.points[-1].x:g},100L{self.points[0].x:g},100Z"

    @property
    def width(self) -> float:
        """Of a column, where the values are shown as columns side by side, with a quarter of the room between them."""
        return round(100 / len(self.points) * 0.75, 3)

    @property
    def highest(self) -> Point:
        """The first of the highest."""
        return max(self.points, key=lambda point: point.value)

    @property
    def last(self) -> Point:
        return self.points[-1]

    @property
    def middle(self) -> Point:
        return self.points[len(self.points) // 2]

    def __bool__(self) -> bool:
        """Whether there is anything but nothing."""
        return any(point.value for point in self.points)


def due_columns(
    sums: Mapping[str, tuple[Money, int]], currency: str, urls: Mapping[str, str] | None = None
) -> Sequence[Column]:
    """Columns in the order of DUE_KEYS from sum and number of invoices by key; absent keys are empty columns."""
    nothing = (Money(0, currency), 0)
    tallest = max((amount.minor for amount, _ in sums.values()), default=0)
    columns = []
    for key in DUE_KEYS:
        amount, count = sums.get(key, nothing)
        height = max(1, round(100 * amount.minor / tallest)) if amount.minor > 0 else 0
        columns.append(Column(key, amount, count, height, (urls or {}).get(key, "")))
    return columns


def over_time(values: Sequence[tuple[date | datetime, int]], ends: Sequence[int] = ()) -> Series:
    """A line from the first value to the last, which stand at the plot's two ends. Values below nothing count as it.

    The scale ends at the first of `ends` that is high enough, else at a round number.
    """
    return _series(values, step=100 / max(len(values) - 1, 1), start=0, ends=ends)


def columns_over_time(values: Sequence[tuple[date | datetime, int]]) -> Series:
    """Columns side by side: each `x` is where its column begins, `y` where it ends."""
    step = 100 / len(values)
    return _series(values, step=step, start=step / 8)


def _series(
    values: Sequence[tuple[date | datetime, int]], *, step: float, start: float, ends: Sequence[int] = ()
) -> Series:
    highest = max(value for _, value in values)
    top = next((end for end in ends if end >= highest), None) or scale_end(highest)
    return Series(
        points=tuple(
            Point(when, value, round(start + step * number, 3), round(100 - 100 * max(value, 0) / top, 2))
            for number, (when, value) in enumerate(values)
        ),
        top=top,
    )


def scale_end(highest: int) -> int:
    """The round number, at least 2, at which a scale for values up to `highest` ends; its half is whole."""
    power = 1
    while True:
        for step in STEPS:
            if step * power >= max(highest, 2) and step * power % 2 == 0:
                return step * power
        power *= 10
