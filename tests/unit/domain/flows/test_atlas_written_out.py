"""The Atlas estimator against its nine steps written out row by row, and its outlier tests against leaving each row out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from plumbline.domain.columns import Columns
from plumbline.domain.errors import InvalidInput
from plumbline.domain.flows.atlas import AtlasOptions, Fit, estimate_misinvoicing, mirror_trade, strip_outliers
from plumbline.domain.flows.panel import Design
from plumbline.domain.quantities import Floats

OPTIONS = AtlasOptions(licit=("distance", "landlocked"), illicit=("tariff",))


def panel(seed: int = 0) -> Columns:
    """Give 5 places x 4 years x 2 goods in which growth, last year's ratio and re-exports all matter; some cells are absent."""
    rng = np.random.default_rng(seed)
    away = rng.uniform(0.2, 2, (5, 5))
    rows: list[dict[str, Any]] = [
        {"reporter": f"P{i}", "partner": f"P{j}", "year": 2000 + t, "commodity": f"0{c}",
         "exports": float(np.exp(rng.normal(5, 0.6))), "reexports": float(rng.uniform(0, 2)) if t % 2 else math.nan,
         "reexports_partner": float(rng.uniform(0, 2)), "distance": away[i, j] + away[j, i], "landlocked": float(i == 3),
         "tariff": float(rng.uniform(0, 0.3))}
        for i in range(5) for j in range(5) for t in range(4) for c in range(2) if i != j
    ]  # fmt: skip
    exports = {key(row): row["exports"] - np.nan_to_num(row["reexports"]) for row in rows}
    for row in rows:
        wrong = 0.05 + 0.02 * row["distance"] + 0.8 * row["tariff"] + rng.normal(0, 0.05)
        row["imports"] = exports[key(row, mirrored=True)] * math.exp(wrong)
    rows[7]["imports"] = math.nan
    rows[11]["imports"] *= 60  # an outlier
    rows[30]["imports"] *= 200  # a ratio that is left out
    columns = {name: np.array([row[name] for row in rows], dtype=object if name in ("reporter", "partner", "commodity") else None)
               for name in rows[0]}  # fmt: skip
    return Columns("panel.csv", columns)


def key(row: dict[str, Any], *, mirrored: bool = False, years: int = 0) -> tuple[Any, ...]:
    pair = (row["partner"], row["reporter"]) if mirrored else (row["reporter"], row["partner"])
    return (*pair, row["year"] + years, row["commodity"])


def left_out(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Give Cook's distance and the studentised residual of each row, by fitting without it."""
    fit = np.linalg.lstsq(x, y, rcond=None)[0]
    many, terms = x.shape
    spread = ((y - x @ fit) ** 2).sum() / (many - terms)
    cook, student = [], []
    for row in range(many):
        rest = np.arange(many) != row
        without = np.linalg.lstsq(x[rest], y[rest], rcond=None)[0]
        cook.append(((x @ fit - x @ without) ** 2).sum() / (terms * spread))
        error = ((y[rest] - x[rest] @ without) ** 2).sum() / (many - 1 - terms)
        lever = x[row] @ np.linalg.inv(x[rest].T @ x[rest]) @ x[row]
        student.append((y[row] - x[row] @ without) / math.sqrt(error * (1 + lever)))
    return np.array(cook), np.array(student)


def kept(x: Floats, y: Floats, cook: float, rounds: int) -> list[int]:
    rows = np.arange(len(y))
    while (far := left_out(x[rows], y[rows])[0] > cook).any():
        rows = rows[~far]
    for _ in range(rounds):
        most = stats.t.isf(0.025 / len(rows), len(rows) - x.shape[1] - 1)
        rows = rows[np.abs(left_out(x[rows], y[rows])[1]) <= most]
    return rows.tolist()


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("cook", "rounds"), [(0.4, 0), (1.0, 0), (1e9, 1), (1e9, 2), (1.0, 3)])
def test_step_2_drops_the_rows_that_leaving_out_one_by_one_names(seed: int, cook: float, rounds: int) -> None:
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(24), rng.normal(size=24), rng.normal(size=24) ** 3])
    y = x @ [1, 2, 3] + rng.standard_t(1.5, 24)
    assert np.flatnonzero(strip_outliers(x, y, cook=cook, rounds=rounds)).tolist() == kept(x, y, cook, rounds)


def test_step_2_finds_a_masked_outlier_only_in_a_further_round() -> None:
    x, y = np.ones((25, 1)), np.r_[np.linspace(-1, 1, 22), 9.0, 40.0, 1000.0]
    many = [int(strip_outliers(x, y, cook=1e9, rounds=rounds).sum()) for rounds in range(5)]
    assert many == [len(kept(x, y, 1e9, rounds)) for rounds in range(5)]
    assert many[:4] == [25, 24, 23, 22]


def written_out(table: Columns, options: AtlasOptions, *, fob: str = "") -> dict[str, dict[tuple[Any, ...], float]]:
    """Give steps 1 to 8 by side and row."""
    names = table.names
    rows = [
        dict(zip(names, row, strict=True)) for row in zip(*(table.data[name].tolist() for name in names), strict=True)
    ]
    at = {key(row): row for row in rows}
    exports = {place: row["exports"] - np.nan_to_num(row["reexports"]) for place, row in at.items()}
    bought = {
        "imports": {key(row): row["imports"] for row in rows},
        "exports": {key(row): at[key(row, mirrored=True)]["imports"] for row in rows},
    }
    sold = {
        "imports": {key(row): exports[key(row, mirrored=True)] for row in rows},
        "exports": exports,
    }
    fits = {side: fitted(rows, bought[side], sold[side], options) for side in bought}
    both = [row for row in rows if all(key(row) in fits[side] for side in fits)]
    out: dict[str, dict[tuple[Any, ...], float]] = {}
    for side, fit in fits.items():
        whose = "reporter" if side == "imports" else "partner"
        plain = {key(row): row[whose] == fob for row in both}
        whole = {place: bought[side][place] / (1 if plain[place] else fit[place][0]) for place in plain}
        licit = {place: bought[side][place] / (1 if plain[place] else fit[place][1]) for place in plain}
        weight = weights(both, {place: abs(math.log(whole[place] / sold[side][place])) for place in plain})
        out[side] = {}
        for place in plain:
            own, other = (whole, sold[side]) if side == "imports" else (sold[side], whole)
            agreed = weight[place] * own[place] + (1 - weight[place]) * other[place]
            out[side][place] = licit[place] - agreed if side == "imports" else agreed - own[place]
    return out


def fitted(
    rows: list[dict[str, Any]], bought: dict[tuple[Any, ...], float], sold: dict[tuple[Any, ...], float], options: AtlasOptions
) -> dict[tuple[Any, ...], tuple[float, float]]:  # fmt: skip
    """Give the ratio fitted in all and by its licit part, by row that stays."""
    ratio = {place: bought[place] / sold[place] for place in bought}
    log = {place: math.log(each) for place, each in ratio.items() if 0 < each < options.most}
    x, y, places = [], [], []
    for row in rows:
        place, before, after = key(row), key(row, years=-1), key(row, years=1)
        if place not in log or before not in log or not bought.get(after, math.nan) > 0:
            continue
        licit = [1, row["distance"], row["landlocked"], row["distance"] ** 2]
        licit += [
            math.asinh(row["reexports_partner"] / bought[place]),
            math.log(bought[after] / bought[place]),
            log[before],
        ]
        x.append([*licit, float(row["year"] == 2002), row["tariff"]])  # 2001 and 2002 have both neighbours
        y.append(log[place])
        places.append(place)
    x_, y_ = np.array(x), np.array(y)
    stay = kept(x_, y_, options.cook, options.rounds)
    beta = np.linalg.lstsq(x_[stay], y_[stay], rcond=None)[0]
    return {places[row]: (math.exp(x_[row] @ beta), math.exp(x_[row, :-1] @ beta[:-1])) for row in stay}


def weights(rows: list[dict[str, Any]], gap: dict[tuple[Any, ...], float]) -> dict[tuple[Any, ...], float]:
    """Give step 6: the reporter's weight, from the effects of places on the gap, with dummies as the source has them."""
    columns, place_of = [np.ones(len(rows))], {}
    for name in ("reporter", "partner", "year", "commodity"):
        for level in sorted({row[name] for row in rows})[1:]:
            place_of[name, level] = len(columns)
            columns.append(np.array([float(row[name] == level) for row in rows]))
    x, y = np.column_stack(columns), np.array([gap[key(row)] for row in rows])
    beta = np.linalg.lstsq(x, y, rcond=None)[0]
    noise = ((y - x @ beta) ** 2).sum() / (len(y) - x.shape[1])
    error = np.sqrt(noise * np.diag(np.linalg.inv(x.T @ x)))
    spread: dict[tuple[str, str], float] = {}
    for name in ("reporter", "partner"):
        levels = sorted({row[name] for row in rows})
        effect = {level: beta[place_of[name, level]] if (name, level) in place_of else 0.0 for level in levels}
        for level in levels:
            se = error[place_of[name, level]] if (name, level) in place_of else 0.0
            spread[name, level] = math.pi / 2 * (effect[level] - (min(effect.values()) + 2 * se))
    out = {}
    for row in rows:
        own, other = (spread[name, row[name]] ** 2 for name in ("reporter", "partner"))
        own, other = (math.exp(s) * (math.exp(s) - 1) for s in (own, other))
        out[key(row)] = other / (own + other)
    return out


@pytest.mark.parametrize("fob", ["", "P2"])
def test_the_estimate_is_that_of_the_nine_steps_written_out(fob: str) -> None:
    table = panel()
    found = estimate_misinvoicing(table, AtlasOptions(**vars(OPTIONS) | {"fob": frozenset({fob})}), draws=0)
    wanted = written_out(table, OPTIONS, fob=fob)
    names = ("reporter", "partner", "year", "commodity")
    keys = list(zip(*(table.data[name].tolist() for name in names), strict=True))
    assert {keys[row] for row in np.flatnonzero(found.used)} == set(wanted["imports"])
    for side, values in wanted.items():
        ours = dict(zip(keys, getattr(found, side).tolist(), strict=True))
        assert {place: ours[place] for place in values} == pytest.approx(values, rel=1e-6, abs=1e-9)
        assert np.isnan(getattr(found, side)[~found.used]).all()
        above = sum(value for value in values.values() if value > 0)
        below = -sum(value for value in values.values() if value < 0)
        assert found.totals[""][side] == pytest.approx({"outflow": above, "inflow": below, "net": above - below})


@pytest.mark.parametrize(
    ("lag", "lead", "years"),
    [(True, True, {2001, 2002}), (True, False, {2001, 2002, 2003}), (False, True, {2000, 2001, 2002})],
)
def test_last_years_ratio_and_next_years_growth_take_a_year_each(lag: bool, lead: bool, years: set[int]) -> None:
    table = panel()
    found = estimate_misinvoicing(table, AtlasOptions(**vars(OPTIONS) | {"lag": lag, "lead": lead}), draws=0)
    assert set(table.integers("year")[found.used].tolist()) == years


def test_draws_of_the_bootstrap_lie_about_the_estimate_on_both_sides() -> None:
    found = estimate_misinvoicing(panel(), OPTIONS, draws=100, seed=3)
    for side in ("imports", "exports"):
        drawn, total = found.drawn[""][side]["net"], found.totals[""][side]
        assert drawn.shape == (100,)
        assert drawn.min() < total["net"] < drawn.max()
        for name, each in found.drawn[""][side].items():
            assert each.mean() == pytest.approx(total[name])
        assert len(np.unique(drawn)) == 100
        parts = sum(found.drawn[place][side]["net"] for place in found.drawn if place)
        assert parts == pytest.approx(drawn)


def test_a_fit_of_turned_residuals_is_that_of_the_ratios_they_make() -> None:
    x = np.column_stack([np.ones(6), np.arange(6.0)])
    y = np.array([0.0, 1.2, 1.9, 3.3, 3.8, 5.1])
    beta = np.linalg.lstsq(x, y, rcond=None)[0]
    design = Design((np.arange(6.0),), np.zeros(6, np.int64), 1, (), np.arange(6))
    left = y - x @ beta
    fit = Fit(np.ones(6, bool), design, beta, left, np.linalg.inv(x.T @ x))
    signs = np.array([[1, -1, 1], [1, -1, -1], [1, -1, 1]])  # pairs, draws
    pair = np.array([0, 1, 0, 0, 2, 0])
    found = fit.redraw(signs, pair)
    assert found[:, :2] == pytest.approx(np.column_stack([beta, beta]))
    turned = np.linalg.lstsq(x, x @ beta + left * [1, -1, 1, 1, 1, 1], rcond=None)[0]
    assert found[:, 2] == pytest.approx(turned)


def test_the_choices_of_the_source_are_the_defaults() -> None:
    options = AtlasOptions()
    assert (options.most, options.cook, options.rounds, options.lag, options.lead) == (100, 2, 3, True, True)
    assert (options.mirror_fob, options.clip, options.equal, options.fob) == ("partner", False, False, frozenset())


def test_small_amounts_count_and_nothing_traded_gives_no_ratio() -> None:
    data = {"reporter": ["A", "B", "A", "C"], "partner": ["B", "A", "C", "A"], "year": [2000] * 4,
            "imports": [0.5, 0.25, 0.0, 3.0], "exports": [0.125, 0.25, 2.0, 4.0]}  # fmt: skip
    found = mirror_trade(Columns("t.csv", {name: np.array(values, dtype=object) for name, values in data.items()}))
    assert found.own == pytest.approx([2, 2, np.nan, 1.5], nan_ok=True)
    assert found.partner_imports.tolist() == [0.25, 0.5, 3, 0]
    data["exports"][1] = 0
    found = mirror_trade(Columns("t.csv", {name: np.array(values, dtype=object) for name, values in data.items()}))
    assert found.own == pytest.approx([np.nan, 2, np.nan, 1.5], nan_ok=True)


def test_a_row_given_twice_is_named_where_it_stands_again() -> None:
    data = {"reporter": list("ABA"), "partner": list("BAB"), "year": [1, 1, 1], "imports": [1] * 3, "exports": [1] * 3}
    with pytest.raises(InvalidInput, match="row 4, column 'reporter'"):
        mirror_trade(Columns("t.csv", {name: np.array(values, dtype=object) for name, values in data.items()}))
