"""A curve of any length at the cost of a short one."""

import math

from hypothesis import given
from hypothesis import strategies as st

from cnnkit.explore.thinning import Thinned

FLOATS = st.floats(-1e6, 1e6)


def thinned(values, most=8):
    series = Thinned(most)
    for value in values:
        series.append(value)
    return series


@given(st.lists(FLOATS, min_size=1, max_size=300))
def test_no_extreme_is_lost_and_the_mean_stays(values):
    series = thinned(values)
    points = list(series.points())
    assert len(points) <= 8
    assert min(p[1] for p in points) == min(values)
    assert max(p[2] for p in points) == max(values)
    assert series.last == values[-1] and series.count == len(values)


@given(st.lists(FLOATS, min_size=1, max_size=200))
def test_each_bucket_is_what_a_loop_over_its_values_finds(values):
    series = thinned(values)
    for i, (middle, low, high, mean) in enumerate(series.points()):
        part = values[i * series.width : (i + 1) * series.width]
        assert (low, high) == (min(part), max(part))
        assert math.isclose(mean, sum(part) / len(part), rel_tol=1e-9, abs_tol=1e-6)
        assert middle == i * series.width + (len(part) - 1) / 2


@given(st.integers(1, 5000))
def test_the_points_stay_few_however_many_values_come(count):
    series = thinned([0.0] * count, most=50)
    assert len(list(series.points())) <= 50
    assert count < 50 or len(list(series.points())) >= 25


def test_values_that_are_not_finite_leave_a_gap():
    series = thinned([1.0, math.nan, math.inf, 2.0])
    assert [(x, low) for x, low, *_ in series.points()] == [(0, 1.0), (3, 2.0)]
    assert series.count == 4


def test_an_empty_series_has_no_points():
    series = Thinned()
    assert list(series.points()) == [] and math.isnan(series.last)
