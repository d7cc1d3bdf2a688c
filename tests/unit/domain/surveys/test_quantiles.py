"""Quantile rules against numpy's where weights are equal, intervals against what they are built from."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from plumbline.domain.columns import Columns
from plumbline.domain.errors import InvalidInput
from plumbline.domain.surveys import read_design, run_plan
from plumbline.domain.surveys.intervals import METHODS, interval
from plumbline.domain.surveys.quantiles import RULES, STEPS, Sorted

EQUAL = {
    "math": "inverted_cdf",
    "school": "averaged_inverted_cdf",
    "hf4": "interpolated_inverted_cdf",
    "hf5": "hazen",
    "hf6": "weibull",
    "hf7": "linear",
    "hf8": "median_unbiased",
    "hf9": "normal_unbiased",
}


@pytest.mark.parametrize("rule", EQUAL)
def test_equal_weights_give_the_rules_of_hyndman_and_fan(rule: str) -> None:
    values = np.random.default_rng(3).normal(size=24)
    rows = Sorted.of(values, np.full(24, 0.5))
    for p in (0.1, 0.25, 0.5, 0.6, 0.9):
        assert rows.at(p, rule) == pytest.approx(np.quantile(values, p, method=EQUAL[rule]), rel=1e-12), p


def test_ties_with_weights() -> None:
    rows = Sorted.of(np.array([4.0, 1, 3, 2]), np.array([2.0, 1, 2, 3]))
    # sums of weights: 1, 4, 6, 8
    assert [rows.at(p, "math") for p in (0.125, 0.5, 0.51, 1)] == [1, 2, 3, 4]
    assert [rows.at(p, "school") for p in (0.5, 0.75)] == [2.5, 3.5]
    assert [rows.at(p, "hf3") for p in (0.125, 0.5, 0.75)] == [2, 2, 4]
    assert np.isnan(rows.at(1.01, "math"))


def test_below_the_smallest_share_the_rules_are_those_of_r() -> None:
    """R's survey 4.1-1: steps give the second smallest, `hf4` goes on along the first line, all others but `hf7` (whose first point is 0) stay level."""
    rows = Sorted.of(np.array([4.0, 1, 3, 2]), np.array([2.0, 1, 2, 3]))
    found = {rule: rows.at(0.05, rule) for rule in RULES}
    assert found == pytest.approx(dict.fromkeys(RULES, 1.0) | dict.fromkeys(STEPS, 2.0) | {"hf4": 0.8, "hf7": 1.3})
    alone = Sorted.of(np.array([7.0]), np.array([2.0]))
    assert {alone.at(p, rule) for p in (0.0, 0.05, 1.0) for rule in RULES} == {7.0}


def test_shares_that_differ_by_rounding_are_no_ties_as_in_r() -> None:
    """198 of 200 weights of 30.97 are, by 1e-16, less than a share of 0.99: R's survey 4.1-1 gives 199 there, of half of them 100 or 100.5."""
    rows = Sorted.of(np.arange(1.0, 201), np.full(200, 30.97))
    assert [rows.at(0.99, rule) for rule in ("math", "school", "hf3")] == [199, 199, 199]
    assert [rows.at(0.5, rule) for rule in ("math", "school", "hf3")] == [100, 100.5, 100]
    tops = Sorted.of(np.array([400.0, 402, 408, 409]), np.full(4, 0.1))
    assert tops.at(float(tops.sums[2] / tops.sums[-1]), "hf4") == 408


def test_equal_values_are_a_step_each_for_all_rules_but_hf3() -> None:
    rows = Sorted.of(np.array([1.0, 1, 2, 2, 3, 3]), np.ones(6))
    assert [rows.at(p, "hf3") for p in (1 / 3, 2 / 3)] == [2, 2]
    assert [rows.at(1 / 6, rule) for rule in ("math", "school")] == [1, 1]


def test_intervals_around_a_share() -> None:
    settings = {"df": 20, "n": 50}
    bounds = {method: interval(method, 0.2, 0.05, **settings) for method in METHODS}
    t = stats.t.ppf(0.975, 20)
    assert bounds["mean"] == pytest.approx((0.2 - 0.05 * t, 0.2 + 0.05 * t))
    assert bounds["logit"] == bounds["xlogit"]
    assert np.log(bounds["logit"][1] / (1 - bounds["logit"][1])) == pytest.approx(np.log(0.25) + t * 0.05 / 0.16)
    middle = np.arcsin(np.sqrt(0.2))
    assert bounds["asin"] == pytest.approx(tuple(np.sin(middle + side * t * 0.05 / 0.8) ** 2 for side in (-1, 1)))
    assert interval("asin", 0.98, 0.03, **settings)[1] == 1
    assert interval("asin", 0.02, 0.03, **settings)[0] == 0
    for low, high in bounds.values():
        assert 0 < low < 0.2 < high < 0.4
    size = 0.16 / 0.0025 * (stats.t.ppf(0.975, 49) / t) ** 2
    assert bounds["beta"][0] == pytest.approx(stats.beta.ppf(0.025, 0.2 * size, 0.8 * size + 1))


def test_the_likelihood_interval_inverts_its_test() -> None:
    low, high = interval("likelihood", 0.2, 0.05, df=20, n=50)
    for bound in (low, high):
        ratio = 100 * (0.2 * np.log(0.2 / bound) + 0.8 * np.log(0.8 / (1 - bound)))
        assert ratio / (50 * 0.0025 / 0.16 * 50 / 49) == pytest.approx(stats.f.ppf(0.95, 1, 20), rel=1e-3)


@pytest.mark.parametrize(("p", "se", "df", "n"), [(0.98, 0.02, 3, 10), (0.5, 0.3, 2, 3), (0.001, 0.001, 20, 5000)])
def test_intervals_of_poor_samples_stay_between_0_and_1(p: float, se: float, df: int, n: int) -> None:
    for method in set(METHODS) - {"mean"}:
        low, high = interval(method, p, se, df=df, n=n)
        assert 0 <= low < p < high <= 1, method


@pytest.mark.parametrize("method", METHODS)
def test_a_share_of_none_or_all_has_no_width(method: str) -> None:
    assert interval(method, 0.0, 0.0, df=5, n=9) == (0, 0)
    assert np.isnan(interval(method, 0.5, 0.1, df=0, n=9)).all()


def test_a_median_by_cell_has_its_cells_degrees_of_freedom() -> None:
    columns = Columns("s.csv", {"y": np.arange(20.0), "g": np.repeat([1, 2], [5, 15]), "w": np.ones(20)})
    design = read_design(columns, {"weights": "w"})
    small, large = run_plan(columns, design, [{"statistic": "median", "variable": "y", "by": "g"}])
    assert (small.estimate, small.df, large.estimate, large.df) == (2, 4, 12, 14)
    assert large.se == pytest.approx((large.ci_high - large.ci_low) / (2 * stats.t.ppf(0.975, 14)))


GIVEN = {"replicates": {"type": "JK1", "columns": "r*", "scale": 2 / 3}}


@pytest.mark.parametrize(("given", "median"), [({}, 2), ({"replicates": {"type": "JK1"}}, 2), (GIVEN, 1)])
def test_at_a_tie_weights_beside_given_replicates_are_used_as_they_are(given: dict[str, object], median: float) -> None:
    """As R's survey 4.1-1 says of these rows: it keeps 1/49 unless replicates are given, and 1/(1/49) is a last digit above 49, half of 98."""
    weights = np.array([49.0, 42, 7])
    replicates = {f"r{k}": weights * 1.5 * (np.arange(3) != k) for k in range(3)}
    columns = Columns("s.csv", {"y": np.array([1.0, 2, 3]), "w": weights, **replicates})
    design = read_design(columns, {"weights": "w", **given})
    assert run_plan(columns, design, [{"statistic": "median", "variable": "y"}])[0].estimate == median


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"statistic": "quantile", "variable": "y", "quantiles": "0.5"}, "quantiles must be between 0 and 1, not 0.5"),
        ({"statistic": "quantile", "variable": "y", "quantiles": [0.5, 1]}, "quantiles must be between 0 and 1, not 1"),
        ({"statistic": "median", "variable": "y", "rule": "hf10"}, "rule: one of math, school"),
        ({"statistic": "proportion", "variable": "y", "interval": "wilson"}, "interval: one of t, z, mean, logit"),
        ({"statistic": "mean", "variable": "y", "interval": "logit"}, "interval: one of t, z, mean is needed here"),
    ],
)
def test_what_cannot_be_asked(entry: dict[str, object], said: str) -> None:
    columns = Columns("s.csv", {"y": np.arange(4.0), "w": np.ones(4)})
    with pytest.raises(InvalidInput, match=said):
        run_plan(columns, read_design(columns, {"weights": "w"}), [entry])


def test_the_likelihood_interval_of_a_small_error_is_the_likelihood_ratio_inverted() -> None:
    p, se, n, df = 0.3, 0.004, 30, 4
    low, high = interval("likelihood", p, se, df=df, n=n)
    reach = stats.t.ppf(0.975, df) ** 2 * n * se**2 / (p * (1 - p))
    for at in (low, high):
        ratio = 2 * (n - 1) * (p * np.log(p / at) + (1 - p) * np.log((1 - p) / (1 - at)))
        assert ratio == pytest.approx(reach, rel=1e-9)
    assert low < p < high
