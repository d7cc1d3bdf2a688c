"""Estimates worked by hand, conditions, cells, and what designs and plans refuse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from plumbline.domain.columns import Columns
from plumbline.domain.errors import InvalidInput
from plumbline.domain.surveys import Design, read_design, run_plan
from plumbline.domain.surveys.conditions import rows_where
from plumbline.domain.surveys.replicates import hadamard

# two strata of two clusters, ten clusters in each stratum of the population
ROWS = {
    "h": ["a", "a", "a", "a", "b", "b", "b", "b"],
    "c": [1, 1, 2, 2, 1, 1, 2, 2],
    "w": [5.0] * 8,
    "N": [10] * 8,
    "y": [1.0, 3.0, 2.0, 6.0, 4.0, 4.0, 5.0, 7.0],
    "x": [2.0] * 8,
    "g": ["m", "f", "m", None, "f", "f", "f", "f"],
}


def table(**changed: list[Any]) -> Columns:
    """Give the small survey, some columns replaced."""
    kinds = {"h": object, "g": object}
    return Columns(
        "s.csv", {name: np.array(values, dtype=kinds.get(name)) for name, values in (ROWS | changed).items()}
    )


def design(columns: Columns, **changed: Any) -> Design:
    """Give its design, some keys replaced."""
    return read_design(columns, {"strata": "h", "clusters": "c", "weights": "w"} | changed)


def run(columns: Columns | None = None, settings: dict[str, Any] | None = None, **entry: Any) -> list[Any]:
    """Estimate one entry."""
    columns = columns or table()
    return run_plan(columns, design(columns, **(settings or {})), [entry])


def test_total_adds_squares_within_strata() -> None:
    (found,) = run(statistic="total", variable="y")
    # totals of clusters: 20, 40 and 40, 60; each stratum gives 2/1 * (10^2 + 10^2)
    assert (found.estimate, found.n, found.df) == (160, 8, 2)
    assert found.se == pytest.approx(np.sqrt(800))
    (corrected,) = run(settings={"fpc": "N"}, statistic="total", variable="y")
    assert corrected.se == pytest.approx(np.sqrt(800 * 0.8))
    assert corrected.ci_high == pytest.approx(160 + 4.302652729911275 * corrected.se)


def test_shares_and_sizes_mean_the_same_correction() -> None:
    by_size = run(settings={"fpc": "N"}, statistic="mean", variable="y")
    by_share = run(table(N=[0.2] * 8), {"fpc": "N"}, statistic="mean", variable="y")
    assert by_size[0].se == pytest.approx(by_share[0].se, rel=1e-12)


def test_weights_follow_from_populations_over_two_stages() -> None:
    columns = table(N2=[4] * 8, e=list(range(8)))
    made = read_design(columns, {"strata": "h", "clusters": ["c", "e"], "fpc": ["N", "N2"]})
    assert made.weights.tolist() == [10.0] * 8  # 10/2 clusters times 4/2 elements
    (total,) = run_plan(columns, made, [{"statistic": "total", "variable": "y"}])
    first = 0.8 * 2 * (20**2 + 20**2 + 20**2 + 20**2)
    second = 0.2 * (1 - 0.5) * 2 * 100 * (2 * 1 + 2 * 4 + 0 + 2 * 1)
    assert total.se == pytest.approx(np.sqrt(first + second))


def test_a_domain_keeps_clusters_without_cases() -> None:
    (inside,) = run(statistic="total", variable="y", domain='g == "m"')
    # clusters of stratum a: 5 and 10; none in stratum b, whose clusters count as zero
    assert inside.se == pytest.approx(np.sqrt(2 * (2.5**2 + 2.5**2)))
    assert (inside.n, inside.df) == (2, 1)
    same = run(statistic="total", variable="y", by="g")
    assert [one.by for one in same] == [{"g": "f"}, {"g": "m"}]
    assert same[1].se == pytest.approx(inside.se)
    assert same[1].df == 2


def test_missing_values_are_a_domain() -> None:
    missing = table(y=[np.nan, np.nan, *ROWS["y"][2:]])
    (found,) = run(missing, statistic="total", variable="y")
    assert found.se == pytest.approx(np.sqrt(2 * (20**2 + 20**2) + 400))
    assert (found.n, found.df) == (6, 2)


def test_proportions_name_their_level_and_flags() -> None:
    found = run(table(g=["m"] + ["f"] * 7), statistic="proportion", variable="g")
    assert [one.more["level"] for one in found] == ["f", "m"]
    assert sum(one.estimate for one in found) == pytest.approx(1)
    assert found[1].flags == ("small-n", "high-cv", "beyond-0-1")


def test_noughts_and_ones_have_one_share() -> None:
    for values, share in (([0, 1] * 4, 0.5), ([0] * 8, 0), ([1] * 8, 1)):
        (found,) = run(table(one=values), statistic="proportion", variable="one")
        assert (found.estimate, found.more["level"], found.n) == (share, 1, 8)
    (wide,) = run(table(one=[0, 1] * 4), statistic="proportion", variable="one", confidence=0.5)
    (usual,) = run(table(one=[0, 1] * 4), statistic="proportion", variable="one")
    assert wide.ci_high - wide.ci_low <= usual.ci_high - usual.ci_low


def test_cells_come_first_column_fastest_and_only_where_they_occur() -> None:
    found = run(statistic="mean", variable="y", by=["g", "h"])
    assert [(one.by["g"], one.by["h"]) for one in found] == [("f", "a"), ("m", "a"), ("f", "b")]


def test_many_sparse_cells_have_the_variances_of_dense_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    dense = run(settings={"lonely_psu": "adjust"}, statistic="mean", variable="y", by="g")
    monkeypatch.setattr("plumbline.domain.surveys.stages.DENSE", 1)
    sparse = run(settings={"lonely_psu": "adjust"}, statistic="mean", variable="y", by="g")
    assert [one.se for one in sparse] == pytest.approx([one.se for one in dense], rel=1e-12)


@pytest.mark.parametrize(
    ("condition", "rows"),
    [
        ("c == 1", [0, 1, 4, 5]),
        ("c = 1 and y > 1", [1, 4, 5]),
        ('h == "a" & !(g == "m")', [1]),
        ("g != 'm'", [1, 4, 5, 6, 7]),
        ("y >= 5 or (y <= 1 | `x` < 0)", [0, 3, 6, 7]),
        ("h in (b, 'z') and c not in [2]", [4, 5]),
        ("not g in (m)", [1, 4, 5, 6, 7]),
    ],
)
def test_conditions(condition: str, rows: list[int]) -> None:
    assert np.flatnonzero(rows_where(table(), condition)).tolist() == rows


@pytest.mark.parametrize(
    "condition", ["c ==", "== 1", "c == 1 and", "(c == 1", "c = 1)", "h < b", "c ~ 1", "", "c in (1", 5]
)
def test_conditions_that_cannot_be_read(condition: Any) -> None:
    with pytest.raises(InvalidInput, match='domain: a condition such as "sex == 2" is needed here'):
        rows_where(table(), condition)


@pytest.mark.parametrize(
    ("changed", "settings", "said"),
    [
        (
            {"w": [5.0, 0, 5, 5, 5, 5, 5, 5]},
            {},
            "s.csv, row 3, column 'w': a weight above zero is needed here, not '0.0'",
        ),
        ({"w": [5.0, -1, 5, 5, 5, 5, 5, 5]}, {}, "row 3, column 'w': a weight above zero"),
        ({"w": [5.0, np.nan, 5, 5, 5, 5, 5, 5]}, {}, "row 3, column 'w': a number is needed here"),
        (
            {"h": ["a", "a", "a", "a", "b", "b", "z", "z"]},
            {},
            "row 6, column 'h': the stratum b has only one unit at stage 1",
        ),
        (
            {"h": ["a", None, "a", "a", "b", "b", "b", "b"]},
            {},
            "row 3, column 'h': a stratum or cluster is needed here",
        ),
        (
            {"N": [10, 9] * 4},
            {"fpc": "N"},
            "row 3, column 'N': the same population throughout a stratum is needed here",
        ),
        ({"N": [1.5] * 8}, {"fpc": "N"}, "row 2, column 'N': a population of at least the 2 sampled is needed here"),
        ({"N": [0] * 8}, {"fpc": "N"}, "row 2, column 'N': a population or sampled share above zero is needed here"),
        ({}, {"weights": "v"}, "s.csv has no column 'v'"),
        ({}, {"weights": None}, "weights: a column of weights, or fpc to work them out from, is needed here"),
        ({}, {"fpc": ["N", "N"]}, "fpc: at most one column a stage, 1 in all, is needed here"),
        ({}, {"wieghts": "w"}, "wieghts: one of weights, strata"),
        ({}, {"lonely_psu": "ignore"}, "lonely_psu: one of fail, remove"),
        ({}, {"replicates": {"type": "JK1"}}, "JKn is needed here, since the design has strata"),
        ({}, {"replicates": {"type": "jk"}}, "replicates.type: one of JK1"),
        (
            {"c": [1, 2, 3, 4, 1, 1, 2, 2]},
            {"replicates": {"type": "BRR"}},
            "two units in every stratum are needed for BRR",
        ),
        ({}, {"replicates": {"type": "BRR", "columns": "q*"}}, "s.csv has no column 'q\\*'"),
    ],
)
def test_impossible_designs(changed: dict[str, Any], settings: dict[str, Any], said: str) -> None:
    columns = table(**changed)
    with pytest.raises(InvalidInput, match=said):
        design(columns, **settings)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"statistic": "mode", "variable": "y"}, "plan, estimate 1: statistic: one of mean"),
        ({"statistic": "mean"}, "variable: a column is needed here"),
        ({"statistic": "mean", "variable": "g"}, "s.csv, row 2, column 'g': a number is needed here, not 'm'"),
        ({"statistic": "mean", "variable": "z"}, "s.csv has no column 'z'"),
        ({"statistic": "ratio", "variable": "y"}, "denominator: a column is needed here"),
        (
            {"statistic": "mean", "variable": "y", "domain": "c == 9"},
            "domain: a domain with at least one row is needed here",
        ),
        ({"statistic": "mean", "variable": "y", "by": "z"}, "s.csv has no column 'z'"),
        ({"statistic": "mean", "variable": "e"}, "the column 'e' has no value in this domain"),
    ],
)
def test_impossible_plans(entry: dict[str, Any], said: str) -> None:
    columns = table(e=[np.nan] * 8)
    with pytest.raises(InvalidInput, match=said):
        run_plan(columns, design(columns), [entry])


def test_made_replicates_agree_with_linearisation_for_totals() -> None:
    plain = run(statistic="total", variable="y", by="g")
    for kind in ("JKn", "brr", "Fay"):
        made = run(settings={"replicates": {"type": kind}}, statistic="total", variable="y", by="g")
        assert [one.se for one in made] == pytest.approx([one.se for one in plain], rel=1e-12), kind


def test_the_design_effect_of_simple_random_sampling_is_one_and_clusters_raise_it() -> None:
    columns = table(N=[40] * 8, x=[2.0, 3, 4, 5, 1, 2, 3, 4])
    simple = read_design(columns, {"fpc": "N"})
    plan: list[dict[str, Any]] = [
        {"statistic": "mean", "variable": "y"}, {"statistic": "total", "variable": "y"},
        {"statistic": "ratio", "variable": "y", "denominator": "x"}, {"statistic": "proportion", "variable": "h"},
    ]  # fmt: skip
    assert [one.deff for one in run_plan(columns, simple, plan)] == pytest.approx([1.0] * 5)
    clustered = read_design(columns, {"strata": "h", "clusters": "c", "weights": "w"})
    (found,) = run_plan(columns, clustered, [{"statistic": "mean", "variable": "y"}])
    spread = np.var(ROWS["y"], ddof=1)
    assert found.deff == pytest.approx(found.se**2 / (spread / 8 * (1 - 8 / 40)))


@pytest.mark.parametrize("kind", ["BRR", "JKn", "bootstrap"])
def test_a_domain_has_the_rank_of_its_replicate_weights(kind: str) -> None:
    made = design(table(), replicates={"type": kind, "number": 6})
    assert made.replicates is not None
    rows = made.replicates.rows(made.weights)
    columns = table(**{f"r{place}": rows[:, place].tolist() for place in range(rows.shape[1])})
    given = read_design(columns, {"weights": "w", "replicates": {"type": "other", "scale": 1, "columns": "r?"}})
    assert made.df() == 2
    for domain in ([0, 4, 6], [0, 2, 4, 6], [0, 1, 4], [0], [0, 2]):
        inside = np.isin(np.arange(8), domain)
        expected = np.linalg.matrix_rank(rows[inside]) - 1
        assert made.df(inside) == given.df(inside) == expected, domain


def test_bootstrap_factors_average_to_one() -> None:
    settings = {"replicates": {"type": "bootstrap", "number": 3000, "seed": 1}, "fpc": "N"}
    made = design(table(), **settings).replicates
    assert made is not None
    assert made.factors.mean(axis=1) == pytest.approx(np.ones(4), abs=0.06)
    assert (made.factors >= 0).all()


@pytest.mark.parametrize(
    ("settings", "scale"),
    [
        ({"type": "JK1"}, 3 / 4), ({"type": "BRR"}, 1 / 4), ({"type": "Fay", "rho": 0.5}, 1), ({"type": "bootstrap"}, 1 / 3),
        ({"type": "ACS"}, 1), ({"type": "successive-difference"}, 1), ({"type": "JK2"}, 1), ({"type": "subbootstrap"}, 1 / 3),
        ({"type": "other", "scale": 2}, 2), ({"type": "JKn", "rscales": 0.25}, 1 / 4),
    ],
)  # fmt: skip
def test_given_replicates_have_the_usual_scale_of_their_type(settings: dict[str, Any], scale: float) -> None:
    made = {f"r{place}": [5.0 + place * (row % 3) for row in range(8)] for place in range(1, 5)}
    columns = table(**made)
    given = read_design(columns, {"weights": "w", "replicates": {"columns": "r?"} | settings})
    (found,) = run_plan(columns, given, [{"statistic": "total", "variable": "y"}])
    totals = np.array([np.dot(values, ROWS["y"]) for values in made.values()])
    assert found.se == pytest.approx(np.sqrt(scale * ((totals - totals.mean()) ** 2).sum()))
    about = read_design(columns, {"weights": "w", "replicates": {"columns": "r?", "mse": True} | settings})
    (other,) = run_plan(columns, about, [{"statistic": "total", "variable": "y"}])
    assert other.se == pytest.approx(np.sqrt(scale * ((totals - found.estimate) ** 2).sum()))


def test_scales_of_a_given_jackknife_follow_from_its_weights() -> None:
    made = read_design(table(), {"strata": "h", "clusters": "c", "weights": "w", "replicates": {"type": "JKn"}})
    rows = made.replicates.rows(made.weights)  # type: ignore[union-attr]
    columns = table(**{f"r{place}": rows[:, place].tolist() for place in range(4)})
    given = read_design(columns, {"weights": "w", "replicates": {"type": "JKn", "columns": ["r0", "r1", "r2", "r3"]}})
    assert given.replicates.rscales == pytest.approx([0.5] * 4)  # type: ignore[union-attr]
    first, second = (run_plan(columns, one, [{"statistic": "mean", "variable": "y"}])[0] for one in (made, given))
    assert (second.se, second.df) == (pytest.approx(first.se), 2)
    plain = read_design(columns, {"replicates": {"type": "JK1", "columns": "r?"}})
    assert plain.weights == pytest.approx(rows.mean(axis=1))


def test_the_bootstrap_repeats_by_its_seed_and_nears_linearisation() -> None:
    settings = {"replicates": {"type": "bootstrap", "number": 4000, "seed": 7}, "fpc": "N"}
    (first,), (again,) = (run(settings=settings, statistic="total", variable="y") for _ in range(2))
    assert first.se == again.se == pytest.approx(np.sqrt(800 * 0.8), rel=0.05)


@pytest.mark.parametrize("least", [2, 3, 5, 9, 13, 21, 37])
def test_signs_are_orthogonal(least: int) -> None:
    signs = hadamard(least)
    assert len(signs) >= least
    assert (signs.T @ signs == len(signs) * np.eye(len(signs))).all()
