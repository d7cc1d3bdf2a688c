"""Weights meet their totals, trimming keeps the sum, calibrated estimates know it, and what cannot be met is told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from plumbline.domain.columns import Columns
from plumbline.domain.errors import InvalidInput
from plumbline.domain.surveys import read_design, run_plan
from plumbline.domain.surveys.weighting import trim

MARGINS = {"sex": {"f": 60, "m": 40}, "age": {1: 30, 2: 70}}


def sample() -> Columns:
    """Give forty people with weights."""
    draw = np.random.default_rng(5)
    return Columns(
        "s.csv",
        {
            "w": draw.uniform(1, 3, 40), "sex": np.array(["f", "m"] * 20, dtype=object),
            "age": draw.integers(1, 3, 40), "income": draw.uniform(10, 50, 40), "y": draw.normal(size=40),
        },
    )  # fmt: skip


def calibrated(columns: Columns | None = None, **settings: Any) -> Any:
    """Give the calibrated design."""
    replicates = {"replicates": settings.pop("replicates")} if "replicates" in settings else {}
    return read_design(columns or sample(), {"weights": "w", "calibration": settings} | replicates)


@pytest.mark.parametrize(
    "settings",
    [
        {"method": "linear", "margins": MARGINS},
        {"method": "raking", "margins": MARGINS},
        {"method": "logit", "margins": MARGINS, "bounds": [0.2, 5]},
        {"method": "linear", "margins": MARGINS, "totals": {"income": 3000}, "bounds": [0.1, 9]},
        {"method": "raking", "population": 100, "totals": {"income": 3000}},
    ],
)
def test_weights_meet_their_totals(settings: dict[str, Any]) -> None:
    columns = sample()
    design = calibrated(columns, **settings)
    assert design.weights.sum() == pytest.approx(100)
    if "margins" in settings:
        assert design.weights[columns.text("sex") == "f"].sum() == pytest.approx(60)
        assert design.weights[columns.integers("age") == 2].sum() == pytest.approx(70)
    if "totals" in settings:
        assert design.weights @ columns.numbers("income") == pytest.approx(3000)
    assert design.calibrations[0].converged
    if "bounds" in settings:
        factors = design.weights / columns.numbers("w")
        assert settings["bounds"][0] <= factors.min() <= factors.max() <= settings["bounds"][1]


def test_raking_gives_the_weights_of_rounds_over_margins() -> None:
    columns = sample()
    weights = columns.numbers("w").copy()
    for _ in range(200):
        for column, sizes in MARGINS.items():
            for level, size in sizes.items():
                inside = columns.text(column) == str(level)
                weights[inside] *= size / weights[inside].sum()
    assert calibrated(columns, method="raking", margins=MARGINS).weights == pytest.approx(weights, rel=1e-9)


def test_post_strata_of_two_columns() -> None:
    columns = sample()
    cells = {"f * 1": 20, "f * 2": 40, "m * 1": 10, "m * 2": 30}
    design = calibrated(columns, method="poststratify", margins={"sex * age": cells})
    inside = (columns.text("sex") == "m") & (columns.integers("age") == 1)
    assert design.weights[inside].sum() == pytest.approx(10)
    assert np.ptp(design.weights[inside] / columns.numbers("w")[inside]) == pytest.approx(0)


@pytest.mark.parametrize("replicates", [None, {"type": "JK1"}])
def test_a_total_that_is_known_has_no_error(replicates: dict[str, Any] | None) -> None:
    more = {} if replicates is None else {"replicates": replicates}
    design = calibrated(method="linear", margins=MARGINS, totals={"income": 3000}, **more)
    plan = [{"statistic": "total", "variable": "income"}, {"statistic": "mean", "variable": "y"}]
    income, other = run_plan(sample(), design, plan)
    assert (income.estimate, income.se) == pytest.approx((3000, 0), abs=1e-5)
    assert other.se > 0.01


def test_trimming_spreads_what_is_cut_and_tells_whether_it_settled() -> None:
    weights = np.array([1.0, 1, 1, 1, 6])
    once = trim(weights, 0, 3)
    assert once.weights.tolist() == [1.75, 1.75, 1.75, 1.75, 3]
    assert (once.cut, once.settled) == (1, True)
    assert not trim(weights, 0, 1.5).settled
    again = trim(np.array([1.0, 2.9, 6]), 0, 3.5, rounds=5)
    assert again.weights.sum() == pytest.approx(9.9)
    assert again.settled
    design = calibrated(method="raking", margins=MARGINS, trim={"low": 1, "high": 4, "rounds": 20})
    assert 1 <= design.weights.min() <= design.weights.max() <= 4
    (told,) = design.calibrations
    assert (told.converged, told.settled) == (True, True)
    assert told.cut > 0
    assert told.worst > 0.001


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"method": "linear"}, "population, margins or totals are needed here"),
        ({"method": "rake"}, "calibration.method: one of linear"),
        ({"margins": {"sex": {"f": 60}}}, "calibration.margins.sex: a size for each of f, m, and for no other level, is needed here, not f"),
        ({"margins": {"sex": {"f": 60, "m": 30}, "age": {1: 30, 2: 70}}}, "calibration.age: the same sum as sex, 90, is needed here, not 100"),
        ({"margins": {"sex": {"f": 60, "m": 0}}}, "calibration.margins.sex.m must be between 0 and inf"),
        ({"margins": {"race": {"a": 1}}}, "s.csv has no column 'race'"),
        ({"method": "logit", "margins": MARGINS}, "two bounds of the factors"),
        ({"method": "logit", "margins": MARGINS, "bounds": [2, 3]}, "calibration.bounds must be between"),
        ({"method": "linear", "margins": MARGINS, "bounds": [0.99, 1.01]}, "after 50 rounds the weights give"),
        ({"population": 100, "totals": {"income": 4700}}, "calibration gives row \\d+ a weight of -"),
        ({"totals": {"income": 3000}, "sizes": 4}, "calibration.sizes: one of method"),
    ],
)  # fmt: skip
def test_totals_that_cannot_be_met(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        calibrated(**settings)
