"""Figures of the small plots: how tall each column is, beside the value it stands for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from portico_core.money import Money

# Past to future. The first four are overdue by so many days, the rest falls due within so many.
DUE_KEYS = ("late_91", "late_61", "late_31", "late_1", "next_7", "next_14", "later")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `height` in percent of the tallest, at least 1 where there is anything."""

    key: str
    amount: Money
    count: int
    height: int
    url: str


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
