"""Contrasts, differences, power, standardisation, tables and models on small surveys worked out another way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from plumbline.domain.columns import Columns
from plumbline.domain.errors import InvalidInput
from plumbline.domain.surveys import Estimate, read_design, run_plan
from plumbline.domain.surveys.contrasts import detectable, power
from plumbline.domain.surveys.tables import TESTS, integrated, saddlepoint


def sample(rows: int = 240) -> Columns:
    """Draw a survey of 24 clusters in 4 strata, two rounds, two groups."""
    draw = np.random.default_rng(11)
    cluster = np.repeat(np.arange(24), rows // 24)
    group, later = cluster % 2, draw.integers(0, 2, rows)
    x = draw.normal(size=rows)
    y = 3 + x + 0.5 * group + 0.4 * later + 0.8 * group * later + draw.normal(size=24)[cluster] + draw.normal(size=rows)
    return Columns(
        "s.csv",
        {
            "cluster": cluster, "stratum": cluster // 6, "w": draw.uniform(1, 3, rows), "x": x, "y": y,
            "yes": (y > 4).astype(int), "round": np.where(later == 1, "end", "base").astype(object), "group": group,
            "age": draw.integers(1, 4, rows),
        },
    )  # fmt: skip


DESIGN = {"weights": "w", "strata": "stratum", "clusters": "cluster"}


def run(columns: Columns | None = None, settings: dict[str, Any] | None = None, **entry: Any) -> list[Estimate]:
    """Estimate one entry."""
    columns = columns or sample()
    return run_plan(columns, read_design(columns, DESIGN | (settings or {})), [entry])


def test_a_contrast_of_cells_is_what_a_model_of_their_indicators_says() -> None:
    (change,) = run(statistic="difference", variable="y", by="group")
    slope = run(statistic="linear", variable="y", terms=["group"])[1]
    assert (change.estimate, change.se, change.df) == pytest.approx((slope.estimate, slope.se, slope.df))
    (same,) = run(statistic="contrast", variable="y", by="group", coefficients=[-1, 1])
    assert (same.estimate, same.se, same.df) == pytest.approx((change.estimate, change.se, 20))


@pytest.mark.parametrize("settings", [{}, {"replicates": {"type": "JKn"}}])
def test_difference_in_differences_is_the_interaction(settings: dict[str, Any]) -> None:
    (did,) = run(settings=settings, statistic="did", variable="y", by=["round", "group"])
    crossed = run(settings=settings, statistic="linear", variable="y", terms=["round", "group", "round:group"])[3]
    assert crossed.more["term"] == "round=end:group"
    assert (did.estimate, did.se) == pytest.approx((crossed.estimate, crossed.se))
    assert did.more["p"] == pytest.approx(2 * stats.t.sf(abs(did.estimate / did.se), 20))


def test_power_is_the_level_without_effect_and_grows_with_it() -> None:
    assert power(0, 1, 20) == pytest.approx(0.05)
    assert power(detectable(1, 20), 1, 20) == pytest.approx(0.8, abs=0.02)
    assert power(-3, 1, 20) == pytest.approx(power(3, 1, 20))
    (planned,) = run(statistic="did", variable="y", by=["round", "group"], effect=5)
    assert planned.more["power"] > 0.99
    assert np.isnan(power(1, 0, 20))


def test_standardised_means_weigh_levels_by_the_population() -> None:
    plan = {
        "statistic": "standardised",
        "variable": "y",
        "by": "group",
        "over": "age",
        "population": {1: 5, 2: 3, 3: 2},
    }
    first, _ = run(**plan)
    levels = run(statistic="mean", variable="y", by="age", domain="group == 0")
    assert first.by == {"group": 0}
    assert first.estimate == pytest.approx(
        sum(one.estimate * share for one, share in zip(levels, (0.5, 0.3, 0.2), strict=True))
    )
    (listed, _) = run(**(plan | {"population": [50, 30, 20]}))
    assert listed.se == pytest.approx(first.se)


def test_an_even_table_shows_no_dependence() -> None:
    half = Columns("t.csv", {"a": np.tile([1, 1, 2, 2], 20), "b": np.tile([1, 2], 40), "w": np.ones(80)})
    design = read_design(half, {"weights": "w"})
    for test in ("F", "Chisq", "Wald", "adjWald"):
        (found,) = run_plan(half, design, [{"statistic": "independence", "variable": ["a", "b"], "test": test}])
        assert (found.estimate, found.more["p"]) == pytest.approx((0, 1), abs=1e-9), test


def test_simple_sampling_gives_pearsons_statistic() -> None:
    columns = sample()
    design = read_design(columns, {"weights": "w"} | {"weights": 1})
    counts = np.histogram2d(columns.integers("age"), columns.integers("group"), bins=(3, 2))[0]
    expected = stats.chi2_contingency(counts, correction=False).statistic
    (found,) = run_plan(columns, design, [{"statistic": "independence", "variable": ["age", "group"], "test": "Chisq"}])
    assert found.estimate == pytest.approx(expected)
    cells = run_plan(columns, design, [{"statistic": "table", "variable": ["age", "group"]}])
    assert [cell.estimate for cell in cells] == counts.T.ravel().tolist()
    assert sum(cell.more["share"] for cell in cells) == pytest.approx(1)


def test_the_saddlepoint_nears_known_tails() -> None:
    assert saddlepoint(12.0, np.ones(4), np.inf) == pytest.approx(stats.chi2.sf(12, 4), rel=0.02)
    assert saddlepoint(12.0, np.ones(4), 30) == pytest.approx(stats.f.sf(3, 4, 30), rel=0.03)


def test_a_logistic_model_of_one_indicator_gives_log_odds() -> None:
    shares = run(statistic="mean", variable="yes", by="group")
    odds = [one.estimate / (1 - one.estimate) for one in shares]
    intercept, slope = run(statistic="logistic", variable="yes", terms="group")
    assert intercept.estimate == pytest.approx(np.log(odds[0]))
    assert slope.more["odds_ratio"] == pytest.approx(odds[1] / odds[0])
    assert slope.more["t"] == pytest.approx(slope.estimate / slope.se)
    assert slope.more["p"] == pytest.approx(2 * stats.t.sf(abs(slope.estimate / slope.se), 19))
    assert slope.df == 19


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"statistic": "difference", "variable": "y", "by": "age"}, "by: a column with two levels in this domain is needed here, not 3"),
        ({"statistic": "did", "variable": "y", "by": ["round", "age"]}, "two columns, round and group, of two levels each"),
        ({"statistic": "contrast", "variable": "y", "by": "age", "coefficients": [1, -1]}, "3 numbers, one a cell, are needed here"),
        ({"statistic": "contrast", "variable": ["x", "y"], "coefficients": [1]}, "2 numbers, one a variable, are needed here"),
        ({"statistic": "standardised", "variable": "y", "over": "age", "population": {1: 1, 2: 1}}, "a size above zero for each level of age"),
        ({"statistic": "standardised", "variable": "y", "over": "age"}, "3 sizes, one for each level of age"),
        ({"statistic": "independence", "variable": "age"}, "variable: two columns are needed here"),
        ({"statistic": "independence", "variable": ["age", "group"], "domain": "group == 1"}, "two columns of two levels or more"),
        ({"statistic": "independence", "variable": ["age", "group"], "test": "LR"}, "test: one of F, Chisq"),
        ({"statistic": "linear", "variable": "y"}, "terms: a column is needed here"),
        ({"statistic": "linear", "variable": "y", "terms": ["x", "x"]}, "the model cannot be fitted"),
        ({"statistic": "logistic", "variable": "yes", "terms": ["y", "yes"]}, "the model cannot be fitted"),
        ({"statistic": "logistic", "variable": "age", "terms": ["x"]}, "a column of two levels is needed here, not age, which has 3"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared(entry: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        run(**entry)


def test_terms_have_the_levels_of_the_domain() -> None:
    columns = spread_out()
    design = read_design(columns, {"weights": "w"})
    asked = {"statistic": "linear", "variable": "y", "terms": ["g"]}
    whole = run_plan(columns, design, [asked])
    assert [one.more["term"] for one in whole] == ["(Intercept)", "g=l", "g=m"]
    inside = run_plan(columns, design, [asked | {"domain": "not g == 'k'"}])
    assert [one.more["term"] for one in inside] == ["(Intercept)", "g=m"]
    assert inside[0].estimate == pytest.approx(whole[0].estimate + whole[1].estimate)
    assert inside[1].estimate == pytest.approx(whole[2].estimate - whole[1].estimate)
    with pytest.raises(
        InvalidInput, match="terms: columns of two levels or more in this domain are needed here, not g"
    ):
        run_plan(columns, design, [asked | {"domain": "g == 'k'"}])


def spread_out() -> Columns:
    """Give twelve people in three groups."""
    y = [1.0, 2, 4, 3, 5, 7, 8, 6, 9, 12, 10, 13]
    return Columns(
        "t.csv", {"w": np.full(12, 2.0), "g": np.array(list("kkkkllllmmmm"), dtype=object), "y": np.array(y)}
    )


def test_a_wald_test_of_too_few_units_is_refused() -> None:
    g, a = list("klmklmklm"), list("ppqqqpppq")
    columns = Columns("t.csv", {
        "w": np.ones(9), "c": np.array([1, 1, 1, 1, 2, 2, 2, 2, 2]), "g": np.array(g, dtype=object), "a": np.array(a, dtype=object),
    })  # fmt: skip
    design = read_design(columns, {"weights": "w", "clusters": "c"})
    asked = {"statistic": "independence", "variable": ["g", "a"], "test": "Wald"}
    with pytest.raises(InvalidInput, match="test: another test is needed here"):
        run_plan(columns, design, [asked])


def test_averaged_lonely_strata_of_a_table_are_those_of_the_whole_table() -> None:
    columns = Columns("t.csv", {
        "w": np.array([2.0, 3, 1, 2, 4, 1, 2]), "h": np.array([1, 1, 2, 2, 3, 3, 4]), "c": np.array([1, 2, 1, 2, 1, 2, 1]),
        "g": np.array(list("klkklkk"), dtype=object), "a": np.array(list("pqpqppp"), dtype=object),
    })  # fmt: skip
    design = read_design(columns, {"weights": "w", "strata": "h", "clusters": "c", "lonely_psu": "average"})
    found = run_plan(columns, design, [{"statistic": "table", "variable": ["g", "a"]}])
    alone = run_plan(
        columns,
        read_design(columns, dict(design.settings) | {"lonely_psu": "remove"}),
        [{"statistic": "table", "variable": ["g", "a"]}],
    )
    assert [one.se**2 for one in found] == pytest.approx([one.se**2 * 4 / 3 for one in alone])


def test_a_logistic_model_of_a_group_that_is_all_of_one_answer_is_refused() -> None:
    g, yes = list("kkkkllllmmmm"), [0, 1, 0, 1, 1, 0, 0, 1, 1, 1, 1, 1]
    columns = Columns("t.csv", {"w": np.full(12, 2.0), "g": np.array(g, dtype=object), "yes": np.array(yes)})
    design = read_design(columns, {"weights": "w"})
    asked = {"statistic": "logistic", "variable": "yes", "terms": ["g"]}
    with pytest.raises(InvalidInput, match="they separate the outcome"):
        run_plan(columns, design, [asked])
    assert run_plan(columns, design, [asked | {"domain": "not g == 'm'"}])[1].estimate == pytest.approx(0, abs=1e-9)


def test_a_steep_logistic_model_of_a_wide_column_is_fitted() -> None:
    draw = np.random.default_rng(8)
    x = draw.uniform(-30, 30, 2000)
    columns = Columns("t.csv", {"w": np.ones(2000), "x": x, "yes": (x + draw.logistic(size=2000) > 0).astype(int)})
    slope = run_plan(
        columns, read_design(columns, {"weights": "w"}), [{"statistic": "logistic", "variable": "yes", "terms": ["x"]}]
    )[1]
    assert abs(slope.estimate - 1) < 3 * slope.se < 0.5


@pytest.mark.parametrize(
    ("test", "statistic", "p"),
    [("F", 1.00796247501, 0.39771502848), ("Chisq", 2.78125, 0.364961841387), ("saddlepoint", 2.78125, 0.423512590404)],
)
def test_an_empty_cell_of_a_table_is_no_hindrance(test: str, statistic: float, p: float) -> None:
    """R's survey 4.1-1 answers these numbers."""
    g, a = list("kklmklmklmlk"), list("ppqqqpqqpqqq")
    columns = Columns("t.csv", {
        "w": np.array([1.0, 2, 3, 1, 2, 2, 4, 1, 3, 2, 1, 2]), "c": np.repeat(np.arange(6), 2), "g": np.array(g, dtype=object), "a": np.array(a, dtype=object),
    })  # fmt: skip
    design = read_design(columns, {"weights": "w", "clusters": "c"})
    (found,) = run_plan(columns, design, [{"statistic": "independence", "variable": ["g", "a"], "test": test}])
    assert (found.estimate, found.more["p"]) == (pytest.approx(statistic, rel=1e-9), pytest.approx(p, rel=1e-6))


def _independence(
    rows: str, columns: str, weights: list[float], test: str, clusters: list[int] | None = None, **design: object
) -> Estimate:
    size = len(rows)
    table = Columns("t.csv", {
        "w": np.array(weights, dtype=float), "c": np.array(clusters or list(range(size))), "N": np.full(size, size),
        "g": np.array(list(rows), dtype=object), "a": np.array(list(columns), dtype=object),
    })  # fmt: skip
    asked = {"statistic": "independence", "variable": ["g", "a"], "test": test}
    return run_plan(table, read_design(table, {"weights": "w", "clusters": "c"} | design), [asked])[0]


@pytest.mark.parametrize("test", TESTS)
def test_a_table_without_error_is_refused_for_what_it_is(test: str) -> None:
    with pytest.raises(InvalidInput, match="cells that vary between units are needed"):
        _independence("kklmkl", "pqpqqp", [1] * 6, test, fpc="N")


@pytest.mark.parametrize("test", ["F", "Chisq", "lincom", "saddlepoint", "imhof"])
def test_a_table_as_if_independent_has_a_chance_of_one(test: str) -> None:
    found = _independence("kkllkkll", "pqpqpqpq", [1] * 8, test)
    assert (found.estimate, found.more["p"]) == (pytest.approx(0, abs=1e-12), pytest.approx(1))


def test_a_sample_of_one_unit_is_refused_by_the_column_of_units() -> None:
    table = Columns("t.csv", {"w": np.ones(1), "c": np.ones(1)})
    for design, column in ({"weights": "w", "clusters": "c"}, "c"), ({"weights": "w"}, "w"):
        with pytest.raises(
            InvalidInput, match=f"t.csv, row 2, column '{column}': the stratum that is the whole sample has only"
        ):
            read_design(table, design)


@pytest.mark.parametrize("test", ["lincom", "saddlepoint", "imhof"])
def test_one_unit_says_nothing_of_independence(test: str) -> None:
    with pytest.raises(InvalidInput, match="needed here"):
        _independence("kkll", "pqqq", [1, 2, 1, 1], test, [1, 1, 1, 1], lonely_psu="adjust")


@pytest.mark.parametrize(
    ("statistic", "weights", "df", "p"),
    [
        (9, (1, 2, 0.5), 7.9, 0.16091600648),  # of 7.9 degrees below the line 7 count
        (3, (1, 2, 0.5), 0.99, 0.614631724185),  # and one at least
        (3, (1, 2, 0.5), 1.7, 0.720100444485),
        (3.5, (1, 2, 0.5), np.inf, 0.377407940738),  # at the mean, where the formula is 0 by 0
        (3.50001, (1, 2, 0.5), np.inf, 0.377406792737),
        (12, (1, 2, 0.5), np.inf, 0.0267079721865),
        (0.2, (1, 2, 0.5), 30, 0.977118233721),
        (400, (1, 0.01), 5.5, 8.30552154815e-06),
    ],
)
def test_a_saddlepoint_is_that_of_r(statistic: float, weights: tuple[float, ...], df: float, p: float) -> None:
    """`pFsum` and, of infinite df, `pchisqsum` of R's survey 4.1-1, method saddlepoint."""
    assert saddlepoint(statistic, np.array(weights), df) == pytest.approx(p, rel=1e-6)
    assert saddlepoint(7 * statistic, 7 * np.array(weights), df) == pytest.approx(p, rel=1e-6)


def test_whole_degrees_of_freedom_are_counted_whole_whatever_their_rounding() -> None:
    exact = saddlepoint(26.2, np.full(2, 200 / 199), 398.0)
    assert saddlepoint(26.2, np.full(2, 200 / 199), 398 - 1e-13) == pytest.approx(exact, rel=1e-9)
    assert saddlepoint(26.2, np.full(2, 200 / 199), 397.9) > 1.02 * exact


def test_a_wald_test_of_one_degree_of_freedom_has_a_chance() -> None:
    found = _independence(
        "kllkkllklklk", "pqrpqrrqpqpr", [1, 2, 1, 3, 1, 2, 2, 1, 1, 4, 1, 2], "adjWald", [1, 2, 3] * 4
    )
    assert (found.more["ndf"], found.more["ddf"]) == (2, 1)
    assert found.more["p"] == pytest.approx(stats.f.sf(found.estimate, 2, 1))


def test_models_count_the_replicates_left_out() -> None:
    columns = Columns("t.csv", {
        "y": np.array([1.0, 2, 4, 3, 5, 9]), "g": np.array(list("kklllk"), dtype=object), "w": np.ones(6),
        "r1": np.array([2.0, 2, 0, 0, 0, 2]), "r2": np.array([0, 0, 2.0, 2, 2, 0]), "r3": np.array([2, 0, 2.0, 0, 2, 0]),
        "r4": np.array([0, 2.0, 0, 2, 0, 2]), "r5": np.array([1, 1, 1, 0, 0, 3.0]), "r6": np.array([0, 0, 1.0, 2, 3, 0]),
    })  # fmt: skip
    design = read_design(
        columns, {"weights": "w", "replicates": {"type": "other", "scale": 1, "rscales": 1, "columns": "r?"}}
    )
    found = run_plan(columns, design, [{"statistic": "linear", "variable": "y", "terms": ["g"]}])
    assert [one.more["replicates_left_out"] for one in found] == [3, 3]


def test_a_difference_in_differences_needs_all_four_cells() -> None:
    columns = sample()
    entry = {"statistic": "did", "variable": "y", "by": ["round", "group"]}
    for gone, said in (("round == 'base' and group == 0", "four cells of round and group are needed here, not round, group, of which 3"),
                       ("group == 0", "two columns, round and group, of two levels each are needed here")):  # fmt: skip
        with pytest.raises(InvalidInput, match=said):
            run(columns, DESIGN, **entry, domain=f"not ({gone})")


@pytest.mark.parametrize(("replicates", "df"), [({}, 21), ({"replicates": {"type": "JKn"}}, 22)])
def test_a_difference_has_the_degrees_of_freedom_of_r(replicates: dict[str, Any], df: int) -> None:
    """Those of the rows with values; of replicates those of the domain, rows without values among them. One less for the second mean."""
    columns = sample()
    columns.data["y"][columns.data["cluster"] == 3] = np.nan
    columns.data["stratum"] = np.zeros(len(columns), dtype=int)
    (found,) = run(columns, DESIGN | replicates, statistic="difference", variable="y", by="round")
    assert found.df == df


def test_a_saddlepoint_near_the_mean_stays_between_its_neighbours() -> None:
    for weights, df in ((np.array([1, 2, 0.5]), np.inf), (np.array([3, 3, 1, 0.2]), 11.0)):
        chances = [saddlepoint(weights.sum() * (1 + away), weights, df) for away in np.arange(-0.02, 0.02, 0.0007)]
        assert np.ptp(np.diff(chances)) < 0.02 * (chances[0] - chances[-1])


def test_the_integral_is_that_of_closed_cases() -> None:
    for statistic, count, df in (
        (3.0, 1, 0.6), (0.01, 4, 2.5), (80.0, 3, 7.7), (1.0, 1, 1000), (1e-6, 2, 5.5), (1e4, 2, 5.5), (5.0, 60, 3.3), (0.0, 2, 4.0),
    ):  # fmt: skip
        closed = stats.f.sf(statistic / count, count, df)
        assert integrated(statistic, np.ones(count), df) == pytest.approx(closed, rel=1e-10)
    for statistic in (0.01, 1.0, 6.0, 60.0):  # two exponentials of mean 2 and 4
        closed = 2 * np.exp(-statistic / 4) - np.exp(-statistic / 2)
        assert integrated(statistic, np.array([1, 1, 2, 2.0]), np.inf) == pytest.approx(closed, rel=1e-10)
    assert integrated(1e6, np.array([1, 2.0]), np.inf) == 0


def test_integrals_of_unequal_weights_are_what_draws_say() -> None:
    draw = np.random.default_rng(4)
    weights, df = np.array([2.0, 0.7, 0.1]), 6.4
    drawn = draw.chisquare(1, (400_000, 3)) @ weights / (draw.chisquare(df, 400_000) / df)
    for statistic in (0.5, 3, 12):
        assert integrated(statistic, weights, df) == pytest.approx(np.mean(drawn > statistic), abs=0.004)
