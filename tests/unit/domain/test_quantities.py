"""Distributions of a model against their definitions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from plumbline.domain.errors import InvalidInput
from plumbline.domain.quantities import Entries, Quantity

SHARES = (np.arange(20_000) + 0.5) / 20_000


def quantity(**values: Any) -> Quantity:
    return Entries("m.yaml", {"x": values}).quantity("x")


@pytest.mark.parametrize("kind", ["gamma", "lognormal", "beta"])
def test_moments_are_those_named(kind: str) -> None:
    drawn = quantity(distribution=kind, mean=0.4, sd=0.1).at(SHARES)
    assert (drawn.mean(), drawn.std()) == pytest.approx((0.4, 0.1), rel=2e-3)
    assert (drawn > 0).all()


@pytest.mark.parametrize("kind", ["triangular", "pert"])
def test_ends_and_mode_are_those_named(kind: str) -> None:
    found = quantity(distribution=kind, low=1, mode=2, high=5)
    drawn = found.at(SHARES)
    assert drawn.mean() == pytest.approx(found.mean, rel=1e-4)
    assert found.at(np.array([0.0, 1.0])) == pytest.approx([1, 5])
    counts, edges = np.histogram(drawn, bins=40)
    assert edges[np.argmax(counts)] == pytest.approx(2, abs=0.15)


def test_draws_are_of_their_key_and_differ_between_keys() -> None:
    one, other = (Quantity(key, "uniform", (0, 1)) for key in ("a", "b"))
    assert abs(np.corrcoef(one.draw(4000, 1), other.draw(4000, 1))[0, 1]) < 0.06
    assert np.array_equal(one.draw(50, 1), one.draw(50, 1))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"distribution": "cauchy", "mean": 1}, "x.distribution: one of uniform, triangular"),
        ({"distribution": "gamma", "mean": 0, "sd": 1}, "x.mean: a number above 0"),
        ({"distribution": "gamma", "mean": 1}, "x.sd: a number is needed here, not nothing"),
        ({"distribution": "gamma", "mean": 1, "sd": 1, "low": 0}, "x: the keys here are distribution, mean, sd"),
        ({"distribution": "pert", "low": 3, "mode": 2, "high": 5}, "x.high: low <= mode <= high"),
        ({"distribution": "uniform", "low": 3, "high": 3}, "x.high: low <= mode <= high"),
        ({"distribution": "beta", "mean": 0.5, "sd": 0.5}, "x.sd: a mean below 1"),
    ],
)
def test_what_is_no_distribution_is_refused(values: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        quantity(**values)
    assert said in str(caught.value)
