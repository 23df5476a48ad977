"""What was measured: kept in results.json, and told as a table in README.md, which is written from it."""

import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

FOLDER = Path(__file__).parent
RESULTS, README = FOLDER / "results.json", FOLDER / "README.md"
BEGIN, END = "<!-- figures: written by python -m bench -->", "<!-- end of figures -->"


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One figure. `ours` and `ceiling` are medians in `unit`, less is better in both; `ratio` is the median of
    ceiling / ours, round by round, more is better; `low` and `high` are the rounds' lowest and highest."""

    name: str
    ours: float
    ceiling: float | None
    ratio: float | None
    low: float | None
    high: float | None
    rounds: int
    goal: float | None
    unit: str

    @property
    def line(self) -> str:
        """A row of the table."""
        met = "" if self.goal is None or self.ratio is None else " ✓" if self.ratio >= self.goal else " missed"
        cells = [
            self.name,
            f"{self.ours:,.3g} {self.unit}",
            "" if self.ceiling is None else f"{self.ceiling:,.3g} {self.unit}",
            "" if self.ratio is None else f"{self.ratio:.2f}",
            "" if self.low is None else f"{self.low:.2f} to {self.high:.2f}",
            str(self.rounds),
            "" if self.goal is None else f"{self.goal:g}{met}",
        ]
        return f"| {' | '.join(cells)} |"


def compared(
    name: str, ours: Sequence[float], ceiling: Sequence[float], *, goal: float | None = None, unit: str = "ms"
) -> Result:
    """From the rounds of both sides, which were taken in turns."""
    ratios = [one / other for one, other in zip(ceiling, ours, strict=True)]
    return Result(
        name=name,
        ours=round(statistics.median(ours), 4),
        ceiling=round(statistics.median(ceiling), 4),
        ratio=round(statistics.median(ratios), 3),
        low=round(min(ratios), 3),
        high=round(max(ratios), 3),
        rounds=len(ratios),
        goal=goal,
        unit=unit,
    )


def plain(name: str, ours: float, unit: str) -> Result:
    """A figure with nothing to hold it against."""
    return Result(
        name=name, ours=round(ours, 1), ceiling=None, ratio=None, low=None, high=None, rounds=1, goal=None, unit=unit
    )


def keep(results: Sequence[Result]) -> None:
    """Into results.json, in the place of those of the same name, and into the table."""
    known = msgspec.json.decode(RESULTS.read_bytes(), type=list[Result]) if RESULTS.exists() else []
    together = {each.name: each for each in (*known, *results)}
    content = msgspec.json.format(msgspec.json.encode(list(together.values())), indent=2)
    RESULTS.write_bytes(content + b"\n")
    before, rest = README.read_text().split(BEGIN)
    after = rest.split(END)[1]
    head = "| measured | ours | ceiling | ratio | rounds' range | rounds | goal |\n|---|---|---|---|---|---|---|"
    table = "\n".join([BEGIN, head, *(each.line for each in together.values()), END])
    README.write_text(f"{before}{table}{after}")
    for each in results:
        say(each.line)


def say(text: str) -> None:
    """A finding."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def progress(text: str) -> None:
    """That it goes on."""
    sys.stderr.write(f"  {text}\n")
    sys.stderr.flush()
