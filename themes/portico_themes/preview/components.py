"""What the page of components shows: one sample of each, the same as in the pages of the preview."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from portico_themes.plots import due_columns
from portico_themes.preview.behind import DAY
from portico_themes.preview.customer import late_and_coming, standing, sums_by_due
from portico_themes.preview.samples import NOW, SAMPLES, TODAY, invoice_rows, owed_by_week, pager

STATES = ("open", "overdue", "overdue", "part", "started", "processing", "query", "recording", "paid", "voided")


def components(slug: str) -> dict[str, Any]:
    """The context of design.html; brands that are not seeded borrow the first one's customer."""
    sample = SAMPLES.get(slug) or next(iter(SAMPLES.values()))
    rows = invoice_rows(sample)
    return {
        "rows": [SimpleNamespace(**{**vars(row), "state": state}) for row, state in zip(rows, STATES, strict=False)],
        "columns": due_columns(sums_by_due(sample, *late_and_coming(sample)), sample.currency),
        **vars(standing(sample)),
        "owed": owed_by_week(sample),
        "currency": sample.currency,
        **DAY,
        "pager": pager(len(STATES), 214),
        "fresh": NOW - timedelta(minutes=1),
        "stale": NOW - timedelta(minutes=20),
        "old": NOW - timedelta(days=2),
        "now": NOW,
        "today": TODAY,
    }
