"""Details that larger results rest on, each worked out another way: gradients, edges of settings, large tables, names of columns."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from plumbline.domain.columns import Columns
from plumbline.domain.errors import InvalidInput
from plumbline.domain.surveys import read_design, run_plan
from plumbline.domain.surveys.asked import asked_columns
from plumbline.domain.surveys.cells import Levels, combine
from plumbline.domain.surveys.intervals import interval
from plumbline.domain.surveys.linear import RATIO, TOTAL, VARIANCE, Smooth
from plumbline.domain.surveys.quantiles import Sorted
from plumbline.domain.surveys.replicates import Replicates
from plumbline.domain.surveys.weighting import _factors, _slope


def sample(**changed: np.ndarray) -> Columns:
    """Give twelve people of six clusters in three strata."""
    columns = {
        "h": np.repeat([1, 2, 3], 4), "c": np.repeat([1, 2, 1, 2, 1, 2], 2), "w": np.array([1.0, 2, 3, 1, 2, 2, 4, 1, 3, 2, 1, 2]),
        "y": np.array([3.0, 5, 4, 8, 6, 2, 7, 9, 1, 4, 6, 5]), "x": np.array([1.0, 4, 2, 2, 5, 3, 6, 1, 2, 2, 7, 3]),
    }  # fmt: skip
    return Columns("s.csv", columns | changed)


@pytest.mark.parametrize(("statistic", "count"), [(TOTAL, 1), (RATIO, 2), (VARIANCE, 4)])
def test_gradients_are_the_slopes_of_their_statistic(statistic: Smooth, count: int) -> None:
    sums = np.array([[30.0, 50.0], [2.0, -3.0], [11.0, 13.0], [12.5, 14.0]])[:count]
    slopes = statistic.gradient(sums)
    for place in range(count):
        step = np.zeros_like(sums)
        step[place] = 1e-5
        found = (statistic.value(sums + step) - statistic.value(sums - step)) / 2e-5
        assert slopes[place] == pytest.approx(found, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("mse", [True, False])
def test_the_logit_interval_of_replicates_has_their_error_on_that_scale(mse: bool) -> None:
    under = np.array([0.2, 0.3, 0.25, 0.4])
    design = Replicates("other", np.ones((1, 4)), None, 0.7, np.array([1.0, 0.5, 2.0, 1.0]), mse)
    low, high = interval("logit", 0.28, 0.05, df=6, n=40, replicates=(design, under))
    made = np.log(under / (1 - under))
    centre = np.log(0.28 / 0.72) if mse else made.mean()
    spread = np.sqrt(0.7 * (design.rscales * (made - centre) ** 2).sum())
    reach = stats.t.ppf(0.975, 6) * spread
    assert np.log(low / (1 - low)) == pytest.approx(np.log(0.28 / 0.72) - reach)
    assert np.log(high / (1 - high)) == pytest.approx(np.log(0.28 / 0.72) + reach)


def test_a_sampled_share_of_one_and_a_population_that_is_the_sample_leave_no_error() -> None:
    for size in (1.0, 2.0):
        columns = sample(N=np.full(12, size))
        design = read_design(columns, {"weights": "w", "strata": "h", "clusters": "c", "fpc": "N"})
        assert design.stages[0].population.tolist() == [2, 2, 2]
        assert run_plan(columns, design, [{"statistic": "total", "variable": "y"}])[0].se == 0
    for wrong, row, said in (
        (0.0, 2, "above zero"),
        (1.5, 2, "at least the 2 sampled"),
        (3.0, 3, "the same population"),
    ):
        sizes = np.full(12, wrong) if wrong < 2 else np.array([2.0, wrong, *[2.0] * 10])
        with pytest.raises(InvalidInput, match=f"row {row}, column 'N': .*{said}"):
            read_design(sample(N=sizes), {"weights": "w", "strata": "h", "clusters": "c", "fpc": "N"})


def test_the_p_of_a_coefficient_is_two_sided_and_needs_degrees_of_freedom() -> None:
    columns = sample()
    design = read_design(columns, {"weights": "w", "strata": "h", "clusters": "c"})
    for found in run_plan(columns, design, [{"statistic": "linear", "variable": "y", "terms": ["x"]}]):
        assert (found.df, found.more["t"]) == (2, pytest.approx(found.estimate / found.se))
        assert found.more["p"] == pytest.approx(2 * stats.t.sf(abs(found.more["t"]), 2))
    squares = sample(z=columns.data["x"] ** 2, u=columns.data["x"] * columns.data["w"])
    for found in run_plan(squares, design, [{"statistic": "linear", "variable": "y", "terms": ["x", "z", "u"]}]):
        assert (found.df, np.isnan(found.more["p"]), np.isfinite(found.more["t"])) == (0, True, True)


def test_logit_factors_are_one_at_nought_and_end_at_their_bounds() -> None:
    bounds = (0.3, 3.0)
    far = _factors("logit", np.array([-1e4, 0.0, 1e4]), bounds)
    assert far == pytest.approx([0.3, 1.0, 3.0])
    for at in (-1.0, 0.0, 0.4):
        rise = (
            _factors("logit", np.array([at + 1e-6]), bounds) - _factors("logit", np.array([at - 1e-6]), bounds)
        ) / 2e-6
        assert _slope("logit", np.array([at]), _factors("logit", np.array([at]), bounds), bounds) == pytest.approx(
            rise, rel=1e-6
        )
    assert _slope("logit", np.zeros(1), np.ones(1), bounds) == pytest.approx([1.0])


@pytest.mark.parametrize("replicated", [True, False])
def test_a_contrast_of_variables_is_the_mean_of_their_combination(replicated: bool) -> None:
    columns = sample(both=sample().data["y"] - 2 * sample().data["x"])
    more = {"replicates": {"type": "JKn", "mse": True}} if replicated else {}
    design = read_design(columns, {"weights": "w", "strata": "h", "clusters": "c"} | more)
    apart, whole = run_plan(columns, design, [
        {"statistic": "contrast", "variable": ["y", "x"], "coefficients": [1, -2]}, {"statistic": "mean", "variable": "both"},
    ])  # fmt: skip
    assert (apart.estimate, apart.se, apart.n) == (pytest.approx(whole.estimate), pytest.approx(whole.se), 12)


def test_a_cell_without_values_may_have_a_coefficient_of_nought() -> None:
    columns = sample(
        g=np.array(list("aabbccaabbcc"), dtype=object),
        v=np.array([1.0, 2, 3, 4, np.nan, np.nan, 5, 6, 7, 9, np.nan, np.nan]),
    )
    design = read_design(columns, {"weights": "w", "strata": "h", "clusters": "c"})
    asked = {"statistic": "contrast", "variable": "v", "by": "g", "coefficients": [-1, 1, 0]}
    two = {"statistic": "difference", "variable": "v", "by": "g", "domain": "g in ('a', 'b')"}
    found, expected = run_plan(columns, design, [asked, two])
    assert (found.estimate, found.se) == (pytest.approx(expected.estimate), pytest.approx(expected.se))


def test_a_jackknife_of_many_cells_is_added_up_cell_by_cell_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = sample(g=np.array(list("abcabcabcabc"), dtype=object))
    design = read_design(columns, {"weights": "w", "strata": "h", "clusters": "c", "replicates": {"type": "JKn"}})
    asked = [{"statistic": "mean", "variable": "y", "by": "g"}, {"statistic": "total", "variable": "y", "by": "g"}]
    dense = [(one.estimate, one.se) for one in run_plan(columns, design, asked)]
    monkeypatch.setattr("plumbline.domain.surveys.replicates.DENSE", 1)
    assert [(one.estimate, one.se) for one in run_plan(columns, design, asked)] == [pytest.approx(one) for one in dense]


def test_combinations_of_more_levels_than_a_number_holds_are_numbered_in_their_order() -> None:
    draw = np.random.default_rng(3)
    parts = [Levels(draw.integers(-1, 5000, 60), tuple(range(5000))) for _ in range(6)]
    parts = [Levels(np.concatenate([part.codes, part.codes[:20]]), part.labels) for part in parts]
    codes, first = combine(parts)
    keys = list(zip(*(part.codes.tolist() for part in reversed(parts)), strict=True))
    known = sorted({key for key in keys if min(key) >= 0})
    assert codes.tolist() == [known.index(key) if min(key) >= 0 else -1 for key in keys]
    assert first.tolist() == [keys.index(key) for key in known]
    assert 1 < len(known) < 61


def test_columns_are_asked_for_by_name_in_conditions_in_quotes_and_in_terms() -> None:
    names = ["spare", "my weight", "age", "net income", "first:", "x 1", "y", "rw1", "rw2", "z"]
    settings = {"weights": "my weight", "replicates": {"columns": "rw*"}}
    assert asked_columns(names, settings, []) == ["my weight", "rw1", "rw2"]
    assert asked_columns(names, {}, [{"domain": "age >= 3 and `net income` > 2"}]) == ["age", "net income"]
    assert asked_columns(names, {}, [{"terms": ["x 1 : y"]}]) == ["x 1", "y"]
    assert asked_columns(names, {}, [{"variable": "first:"}]) == ["first:"]
    assert asked_columns(names, {"calibration": {"margins": {"x 1 * z": {}}}}, []) == ["x 1", "z"]
    assert asked_columns(names, {}, []) == ["spare"]


def test_a_test_of_independence_leaves_out_who_lacks_either_answer() -> None:
    g, a = list("abababab") + ["", "a", "b", "a"], list("ppqqpqpq") + ["p", "", "p", "q"]
    columns = sample(g=np.array(g, dtype=object), a=np.array(a, dtype=object))
    design = read_design(columns, {"weights": "w", "clusters": "h"})
    asked = {"statistic": "independence", "variable": ["g", "a"], "test": "Chisq"}
    known = {"domain": "g in ('a', 'b') and a in ('p', 'q')"}
    found, expected = run_plan(columns, design, [asked, asked | known])
    assert (found.n, found.estimate) == (10, pytest.approx(expected.estimate))
    shares = np.zeros((2, 2))
    for one, other, weight in zip(g, a, columns.data["w"], strict=True):
        if one and other:
            shares["ab".index(one), "pq".index(other)] += weight
    shares /= shares.sum()
    expected_shares = np.outer(shares.sum(axis=1), shares.sum(axis=0))
    assert found.estimate == pytest.approx(10 * ((shares - expected_shares) ** 2 / expected_shares).sum())


def test_averaged_lonely_strata_without_others_leave_no_error() -> None:
    columns = sample(
        h=np.array([1, 1, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3]), c=np.arange(12) // 2, g=np.array([1] * 4 + [2] * 8)
    )
    design = read_design(columns, {"weights": "w", "strata": "h", "clusters": "c", "lonely_psu": "average"})
    alone, others = run_plan(columns, design, [{"statistic": "mean", "variable": "y", "by": "g"}])
    assert np.isnan(alone.se)
    assert others.se > 0


def test_averaged_lonely_strata_of_a_difference_are_those_with_rows_of_its_cells() -> None:
    changed = {
        "h": np.array([1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4]),
        "c": np.arange(12) // 2,
        "g": np.array(list("abababababcc"), dtype=object),
    }
    columns = sample(**changed)
    settings = {"weights": "w", "strata": "h", "clusters": "c", "lonely_psu": "average"}
    asked = [{"statistic": "difference", "variable": "y", "by": "g", "domain": "not g == 'c'"}]
    averaged = run_plan(columns, read_design(columns, settings), asked)[0].se
    removed = run_plan(columns, read_design(columns, settings | {"lonely_psu": "remove"}), asked)[0].se
    assert averaged**2 == pytest.approx(
        removed**2 * 3 / 2
    )  # strata 1, 2 and 3 have rows, of which 2 and 3 are known; stratum 4 has none


def test_the_bounds_of_a_contrast_lie_on_both_sides() -> None:
    columns = sample()
    design = read_design(columns, {"weights": "w", "strata": "h", "clusters": "c"})
    (found,) = run_plan(columns, design, [{"statistic": "contrast", "variable": ["y", "x"], "coefficients": [1, -1]}])
    reach = stats.t.ppf(0.975, found.df) * found.se
    assert (found.ci_low, found.ci_high) == (
        pytest.approx(found.estimate - reach),
        pytest.approx(found.estimate + reach),
    )


def test_averaged_lonely_strata_scale_the_errors_of_a_model_and_of_a_table() -> None:
    columns = sample(
        h=np.repeat([1, 2, 3, 4], [4, 4, 2, 2]),
        c=np.arange(12) // 2,
        g=np.array(list("kl" * 6), dtype=object),
        a=np.array(list("ppqq" * 3), dtype=object),
    )
    settings = {"weights": "w", "strata": "h", "clusters": "c"}
    asked = [{"statistic": "linear", "variable": "y", "terms": ["x"]}, {"statistic": "table", "variable": ["g", "a"]}]
    averaged, removed = (
        run_plan(columns, read_design(columns, settings | {"lonely_psu": one}), asked) for one in ("average", "remove")
    )
    assert len(averaged) == 6
    for one, other in zip(averaged, removed, strict=True):
        assert one.se**2 == pytest.approx(2 * other.se**2)  # two strata of four are known
    replicated = read_design(columns, settings | {"lonely_psu": "average", "replicates": {"type": "JKn"}})
    for one, other in zip(run_plan(columns, replicated, asked[1:]), removed[2:], strict=True):
        assert one.se == pytest.approx(other.se)  # a jackknife leaves lonely units in place


@pytest.mark.parametrize("method", ["linear", "raking"])
def test_factors_at_their_bounds_have_no_slope(method: str) -> None:
    linear = np.array([-2.0, -0.1, 0.2, 2.0])
    factors = _factors(method, linear, (0.5, 1.5))
    assert (factors[0], factors[3]) == (0.5, 1.5)
    inner = factors[1:3] if method == "raking" else np.ones(2)
    assert _slope(method, linear, factors, (0.5, 1.5)) == pytest.approx([0, *inner, 0])


def test_a_quantile_by_shah_and_vaish_is_the_value_of_the_last_point_reached() -> None:
    rows = Sorted.of(np.array([4.0, 1, 3, 2]), np.array([1.0, 2, 1, 1]))
    points = (np.array([2, 3, 4, 5]) * 4 / 5 + 0.5 - np.array([2, 1, 1, 1]) / 2) / 5  # of 1, 2, 3, 4
    for value, (point, after) in enumerate(zip(points, [*points[1:], 1.0], strict=True), start=1):
        assert rows.at(point + 1e-9, "shahvaish") == value
        assert rows.at(after - 1e-9, "shahvaish") == value
    assert rows.at(points[0] / 2, "shahvaish") == 1


def test_a_logit_interval_knows_of_replicates_that_are_all_of_one_answer() -> None:
    """R's survey 4.1-1: under one half-sample nobody says yes, and the interval reaches nearly from 0 to 1."""
    columns = Columns("t.csv", {
        "s": np.repeat(list("abc"), 4).astype(object), "c": np.repeat(np.arange(6), 2), "w": np.array([1.0, 2, 3, 1, 2, 2, 4, 1, 3, 2, 1, 2]),
        "yes": np.array([0.0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0]),
    })  # fmt: skip
    columns.data["no"] = 1 - columns.data["yes"]
    design = read_design(columns, {"weights": "w", "strata": "s", "clusters": "c", "replicates": {"type": "BRR"}})
    asked = [{"statistic": "proportion", "variable": name, "interval": "logit"} for name in ("yes", "no")]
    yes, no = run_plan(columns, design, asked)
    assert (yes.ci_low, yes.ci_high) == (pytest.approx(2.56818393641e-14, rel=1e-6), pytest.approx(1))
    assert (no.ci_low, no.ci_high) == (pytest.approx(6.42046064034e-13, rel=1e-6), pytest.approx(1))
