"""The Atlas estimator, step by step and on a panel with planted misinvoicing."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from plumbline.domain.columns import Columns
from plumbline.domain.errors import InvalidInput
from plumbline.domain.flows.atlas import (
    AtlasOptions,
    Misinvoicing,
    _cells,
    _sides,
    aggregate,
    estimate_misinvoicing,
    fit_ratio,
    mirror_trade,
    read_trade,
    reconcile,
    split_fit,
    strip_outliers,
    to_fob,
)
from plumbline.domain.flows.panel import held
from plumbline.domain.flows.quality import quality_spread, weigh_reports
from plumbline.domain.quantities import Floats

OPTIONS = AtlasOptions(licit=("distance",), illicit=("tariff", "tariff_partner"))
RATE = 0.8


def planted(seed: int, places: int = 8, years: int = 8, goods: int = 4, rate: float = RATE) -> tuple[Columns, Floats]:
    """Give a panel of mirrored trade and, by row, what importers over-invoice in it: none through exports."""
    rng = np.random.default_rng(seed)
    pairs = list(permutations(range(places), 2))
    i, j, t, c = (
        each.ravel()
        for each in np.broadcast_arrays(
            np.array([p[0] for p in pairs])[:, None, None], np.array([p[1] for p in pairs])[:, None, None],
            np.arange(years)[None, :, None], np.arange(goods)[None, None, :],
        )
    )  # fmt: skip
    away = rng.uniform(0.2, 2, (places, places))
    distance = ((away + away.T) / 2)[i, j]
    tariff = rng.uniform(0, 0.3, (places, years, goods))
    exports = np.exp(rng.normal(4, 1, len(i)))
    shape = {(a, b, d, e): row for row, (a, b, d, e) in enumerate(zip(i, j, t, c, strict=True))}
    mirror = np.array([shape[(b, a, d, e)] for a, b, d, e in zip(i, j, t, c, strict=True)])
    honest = np.exp(0.05 + 0.02 * distance)
    wrong = np.exp(rate * tariff[i, t, c])
    imports = exports[mirror] * honest * wrong * np.exp(rng.normal(0, 0.03, len(i)))
    data = {
        "reporter": np.array([f"P{n}" for n in i], dtype=object),
        "partner": np.array([f"P{n}" for n in j], dtype=object),
        "year": t + 2000,
        "commodity": np.array([f"{n:02}" for n in c], dtype=object),
        "imports": imports,
        "exports": exports,
        "distance": distance,
        "tariff": tariff[i, t, c],
        "tariff_partner": tariff[j, t, c],
    }
    return Columns("panel.csv", data), exports[mirror] * (wrong - 1)


def panel(**columns: list[object]) -> Columns:
    return Columns("t.csv", {name: np.array(values, dtype=object) for name, values in columns.items()})


def net(found: Misinvoicing, side: str) -> tuple[float, float, float]:
    low, high = np.percentile(found.drawn[""][side]["net"], (2.5, 97.5))
    return found.totals[""][side]["net"], float(low), float(high)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_planted_misinvoicing_is_recovered_within_its_interval(seed: int) -> None:
    table, wrong = planted(seed)
    found = estimate_misinvoicing(table, OPTIONS, draws=100, seed=1)
    plant = float(wrong[found.used].sum())
    estimate, low, high = net(found, "imports")
    assert low <= plant <= high
    assert estimate == pytest.approx(plant, rel=0.04)
    assert high - low < 0.12 * plant
    through_exports, low, high = net(found, "exports")
    assert low <= 0 <= high
    assert abs(through_exports) < 0.02 * plant
    assert np.corrcoef(found.imports[found.used], wrong[found.used])[0, 1] > 0.95


def test_intervals_of_a_large_panel_hold_the_plant_of_either_side() -> None:
    """Where rows are many, draws lie beside the estimate by more than their own spread, and have to be centred."""
    held_it = []
    for seed in range(200, 206):
        table, wrong = planted(seed, places=12, years=6, goods=12)
        found = estimate_misinvoicing(table, OPTIONS, draws=40, seed=seed)
        for side, plant in (("imports", float(wrong[found.used].sum())), ("exports", 0.0)):
            estimate, low, high = net(found, side)
            assert low < estimate < high
            held_it.append(low <= plant <= high)
    assert sum(held_it) >= 9


def test_honest_trade_gives_nothing_to_speak_of() -> None:
    table, _ = planted(0, rate=0)
    _, low, high = net(estimate_misinvoicing(table, OPTIONS, draws=100), "imports")
    assert low <= 0 <= high


def test_totals_of_reporters_sum_to_all_and_draws_repeat() -> None:
    table, _ = planted(3, places=5)
    first, again = (estimate_misinvoicing(table, OPTIONS, draws=5, seed=7) for _ in range(2))
    for side in ("imports", "exports"):
        for name, total in first.totals[""][side].items():
            parts = sum(each[side][name] for place, each in first.totals.items() if place)
            assert parts == pytest.approx(total)
            assert np.array_equal(first.drawn[""][side][name], again.drawn[""][side][name])


def test_odd_choices_are_options() -> None:
    table, _ = planted(3, places=5)
    base = estimate_misinvoicing(table, OPTIONS, draws=0)

    def changed(**choices: object) -> Misinvoicing:
        return estimate_misinvoicing(table, AtlasOptions(**(vars(OPTIONS) | choices)), draws=0)

    assert (base.used.sum(), changed(lag=False, lead=False).used.sum()) == (5 * 4 * 6 * 4, 5 * 4 * 8 * 4)
    assert set(changed(equal=True).weights["imports"][base.used]) == {0.5}
    by_partner, by_reporter = changed(fob=frozenset({"P1"})), changed(fob=frozenset({"P1"}), mirror_fob="reporter")
    row = base.used & (table.text("reporter") == "P1")
    assert not np.allclose(by_partner.exports[row], by_reporter.exports[row])
    assert np.allclose(by_partner.imports[row], by_reporter.imports[row])
    assert (changed(clip=True).weights["imports"][base.used] != base.weights["imports"][base.used]).any()


def test_step_1_pairs_each_row_with_the_partners() -> None:
    table = panel(
        reporter=["A", "B", "A"], partner=["B", "A", "C"], year=[2000] * 3, imports=[30, 8, 5], exports=[10, 25, 1],
        reexports=[2, 5, None],
    )  # fmt: skip
    found = mirror_trade(table)
    assert found.own == pytest.approx([30 / 20, 8 / 8, np.nan], nan_ok=True)
    assert found.other == pytest.approx([8 / 8, 30 / 20, np.nan], nan_ok=True)


def test_step_2_drops_what_stands_out_and_keeps_the_rest() -> None:
    x = np.column_stack([np.ones(60), np.linspace(0, 1, 60)])
    y = x @ [1.0, 2.0] + np.where(np.arange(60) % 2, 0.1, -0.1)
    assert strip_outliers(x, y).all()
    y[[5, 40]] += [3, 30]
    assert np.flatnonzero(~strip_outliers(x, y)).tolist() == [5, 40]
    assert strip_outliers(x, y, cook=np.inf, rounds=0).all()


def test_a_panel_of_which_the_outlier_tests_leave_too_little_is_refused() -> None:
    table, _ = planted(3, places=3, years=4, goods=1)
    strict = replace(OPTIONS, lag=False, lead=False, cook=1e-9)
    with pytest.raises(InvalidInput, match=r"rows: 11 or more with both sides reported"):
        estimate_misinvoicing(table, strict, draws=0)  # 8 predictors: a constant, 2 of distance, 3 years, 2 tariffs
    loose = replace(strict, cook=1e9, rounds=0)
    first = np.arange(len(table))
    few, enough = (
        Columns("panel.csv", {**table.data, "imports": np.where(first < many, table.data["imports"], np.nan)})
        for many in (10, 11)
    )
    with pytest.raises(InvalidInput, match=r"rows: 11 or more with both sides reported"):
        estimate_misinvoicing(few, loose, draws=0)
    assert estimate_misinvoicing(enough, loose, draws=0).used.sum() == 6  # of which both sides are fitted


def test_steps_3_to_5_fit_split_and_take_freight_off() -> None:
    x = np.column_stack([np.ones(4), [0.0, 1, 0, 1], [0.0, 0, 1, 2]])
    beta = fit_ratio(x, x @ [0.1, 0.2, 0.3])
    whole, licit = split_fit(x, beta, 1)
    assert whole == pytest.approx(np.exp([0.1, 0.3, 0.4, 0.9]))
    assert licit == pytest.approx(np.exp([0.1, 0.3, 0.1, 0.3]))
    assert to_fob(np.full(2, 12.0), np.full(2, 1.2), np.array([False, True])) == pytest.approx([10, 12])


def test_step_6_trusts_whose_reports_spread_less() -> None:
    reporter, partner, again = (each.ravel() for each in np.indices((4, 4, 10)))
    gap = 0.1 + 0.5 * (reporter == 2) + 0.01 * (again % 2)
    spread = quality_spread(gap, {"reporter": reporter, "partner": partner}, clip=True)
    assert set(spread["reporter"][reporter == 2].round(2)) == {0.78}  # pi / 2 x (0.5 - 2 x 0.0011)
    assert spread["partner"] == pytest.approx(0, abs=1e-9)
    assert weigh_reports(np.array([0.0, 1, 2, 40]), np.array([0.0, 1, 1, 1])) == pytest.approx(
        [0.5, 0.5, 1.71828 * 2.71828 / (1.71828 * 2.71828 + 53.59815 * 54.59815), 0], abs=1e-6
    )


def test_steps_7_and_9_reconcile_and_sum_without_reversals() -> None:
    assert reconcile(np.array([10.0]), np.array([20.0]), np.array([0.25])).tolist() == [17.5]
    sums = aggregate(np.array([5.0, -3, np.nan, 4]), np.array([0, 0, 0, 1]), 2)
    assert {name: each.tolist() for name, each in sums.items()} == {"outflow": [5, 4], "inflow": [3, 0], "net": [2, 4]}


def test_panels_that_do_not_fit_are_refused() -> None:
    table = panel(reporter=["A", "A"], partner=["B", "B"], year=[2000] * 2, imports=[1, 1], exports=[1, 1])
    with pytest.raises(InvalidInput, match=r"t.csv, row 3, column 'reporter': one row for each"):
        mirror_trade(table)
    one = table.select(np.array([0]))
    with pytest.raises(InvalidInput, match="has no column 'distance'"):
        estimate_misinvoicing(one, OPTIONS)
    with pytest.raises(InvalidInput, match=r"t.csv: rows: \d+ or more with both sides"):
        estimate_misinvoicing(one, AtlasOptions(licit=(), illicit=()))
    with pytest.raises(InvalidInput, match="column 'imports': a value of 0 or more"):
        mirror_trade(panel(reporter=["A"], partner=["B"], year=[2000], imports=[-1], exports=[1]))


def test_ratios_from_the_limit_on_are_left_out() -> None:
    table, _ = planted(3, places=5)
    loose, tight = (
        estimate_misinvoicing(table, AtlasOptions(**(vars(OPTIONS) | {"most": most})), draws=0).used
        for most in (100, 1.2)
    )
    own = mirror_trade(table)
    assert loose.sum() > tight.sum() > 0
    assert max(own.own[tight].max(), own.other[tight].max()) < 1.2


def test_redrawn_imports_are_what_they_would_have_been_reported_as() -> None:
    """Cells of a draw that raises imports by a factor are those of a panel whose imports are higher by it."""
    (side, other), _ = _sides(read_trade([planted(3, places=4)[0]], OPTIONS), OPTIONS, held)
    rows = np.flatnonzero(side.fit.used & other.fit.used)
    factor = np.exp(np.random.default_rng(1).normal(0, 0.2, (len(rows), 3)))
    weight = np.full(len(rows), 0.3)
    for each in (side, other):
        betas = np.column_stack([each.fit.coefficients] * 3)
        drawn = _cells(each, rows, weight[:, None], OPTIONS, (betas, factor))
        for draw in range(3):
            raised = each.imports.copy()
            raised[rows] *= factor[:, draw]
            assert drawn[:, draw] == pytest.approx(_cells(replace(each, imports=raised), rows, weight, OPTIONS))
