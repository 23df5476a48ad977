"""Plots: what is drawn is where the value says, under a scale that can be read."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portico_themes.plots import MINUTES, columns_over_time, over_time, scale_end

DAY = date(2026, 11, 19)
amounts = st.lists(st.integers(0, 10**12), min_size=1, max_size=60)


@given(amounts)
def test_every_point_stands_where_its_value_says(values: list[int]) -> None:
    plot = over_time([(DAY + timedelta(days=n), value) for n, value in enumerate(values)])

    for point, value in zip(plot.points, values, strict=True):
        assert 0 <= point.x <= 100
        assert point.value == value
        assert abs((100 - point.y) / 100 * plot.top - value) <= plot.top / 10_000
    assert (plot.points[0].x, plot.last.value) == (0, values[-1])
    assert bool(plot) == any(values)


@given(amounts)
def test_columns_stand_side_by_side_inside_the_plot(values: list[int]) -> None:
    plot = columns_over_time([(DAY, value) for value in values])

    ends = [(point.x, point.x + plot.width) for point in plot.points]
    assert ends[0][0] > 0
    assert ends[-1][1] < 100
    assert all(before[1] < after[0] for before, after in pairwise(ends))


@pytest.mark.parametrize(
    ("highest", "end"), [(0, 2), (1, 2), (2, 2), (3, 4), (6, 10), (11, 20), (41, 50), (1_579_265, 2_000_000)]
)
def test_a_scale_ends_at_a_round_number_with_a_whole_half(highest: int, end: int) -> None:
    assert (scale_end(highest), scale_end(highest) % 2) == (end, 0)


def test_an_age_is_read_against_hours_not_against_tens() -> None:
    assert over_time([(DAY, 44)], ends=MINUTES).top == 60
    assert over_time([(DAY, 310)], ends=MINUTES).top == 480
    assert over_time([(DAY, 4000)], ends=MINUTES).top == 4000
