"""Classes of a choropleth: every value falls into one class, zero into none, bad input is named."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumbline.domain.class_intervals import METHODS, class_intervals
from plumbline.domain.errors import InvalidInput


@given(st.lists(st.integers(0, 10_000), max_size=60), st.sampled_from(METHODS))
def test_whole_values_lie_within_the_bounds_of_their_class(values: list[int], method: str) -> None:
    classes = class_intervals(values, method=method)
    assert len(classes.bounds) <= 5
    for value in values:
        level = classes.level(value)
        assert (level == 0) == (value == 0)
        if value:
            low, high = classes.bounds[level - 1]
            assert low <= value <= high
    assert all(high < low for (_, high), (low, _) in zip(classes.bounds, classes.bounds[1:], strict=False))


@given(st.lists(st.floats(0.001, 1e6), min_size=1, max_size=40), st.sampled_from(METHODS))
def test_real_values_lie_within_the_bounds_of_their_class(values: list[float], method: str) -> None:
    classes = class_intervals(values, method=method)
    assert classes.bounds[0][0] == min(values)
    assert classes.bounds[-1][1] == max(values)
    for value in values:
        low, high = classes.bounds[classes.level(value) - 1]
        assert low <= value <= high


def test_quantiles_of_different_values_hold_as_many_each() -> None:
    classes = class_intervals(range(1, 101))
    assert classes.bounds == ((1, 20), (21, 40), (41, 60), (61, 80), (81, 100))


def test_equal_steps_keep_an_empty_class_between_far_values() -> None:
    classes = class_intervals([1, 2, 100], method="equal", count=4)
    assert [high for _low, high in classes.bounds] == [25, 50, 75, 100]
    assert classes.level(100) == 4


@pytest.mark.parametrize("values", [[math.nan], [1.0, math.inf]])
def test_values_that_are_not_finite_are_refused(values: list[float]) -> None:
    with pytest.raises(InvalidInput, match="finite"):
        class_intervals(values)


def test_unknown_method_is_refused_with_those_known() -> None:
    with pytest.raises(InvalidInput, match="jenks.*quantiles, equal"):
        class_intervals([1], method="jenks")
