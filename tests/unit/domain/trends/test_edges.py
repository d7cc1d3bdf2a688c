"""Trends at their edges: closed forms, ties, degenerate settings, and bounds that decide what is looked at."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from scipy.stats import beta, norm
from scipy.stats import t as student

from plumbline.domain.errors import InvalidInput
from plumbline.domain.trends import (
    MODELS,
    Baseline,
    distances,
    find_alerts,
    interrupted,
    knox,
    mean_breaks,
    moran,
    near_by_number,
    neighbours_of,
    scan,
)
from plumbline.domain.trends.alerts import _false_alarms, _judge, _share, _tail
from plumbline.domain.trends.kernel import Surface, contours

scanning = sys.modules["plumbline.domain.trends.scan"]


@pytest.mark.parametrize("model", MODELS)
def test_no_score_is_above_its_bound(model: str) -> None:
    random = np.random.default_rng(1)
    total = 400.0
    expected = np.concatenate([random.uniform(0.01, 399, 4000), random.uniform(190, 200, 2000)])
    cases = np.minimum(np.floor(expected * random.uniform(1, 4, 6000)) + 1, total)
    scores = scanning._scores(cases, expected, total, model, 0.5)
    bounds = np.maximum(cases - expected, 0) ** 2 * scanning._slope(expected, total, model, 0.5).astype(float)
    assert (scores <= bounds).all()
    near = (scores > 0) & (np.abs(cases - expected) < 0.1 * expected) & (expected < 40)
    assert (bounds[near] < 1.7 * scores[near]).all()


def test_scan_in_double_precision_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(2)
    near = neighbours_of(distances(random.random(9), random.random(9), degrees=False), 4)
    cases = random.poisson(3, (8, 9)).astype(float)
    found = [scan(cases, np.full((8, 9), 3.0), near, model="poisson", longest=4, alive=False, runs=40, seed=1)]
    monkeypatch.setattr(scanning, "EXACT", 0)
    found.append(scan(cases, np.full((8, 9), 3.0), near, model="poisson", longest=4, alive=False, runs=40, seed=1))
    assert found[0] == found[1]


def test_of_equal_windows_the_earliest_is_told() -> None:
    cases = np.ones((9, 3))
    cases[2, 1] = cases[6, 1] = 12
    near = np.array([[0], [1], [2]])
    first = scan(cases, np.ones((9, 3)), near, model="expectation-poisson", longest=1, alive=False, runs=3, seed=1)
    assert (first.clusters[0].first, first.clusters[0].last, first.clusters[0].cases) == (2, 2, 12)
    whole = scan(cases, np.ones((9, 3)), near, model="expectation-poisson", longest=9, alive=True, runs=3, seed=1)
    assert (whole.clusters[0].first, whole.clusters[0].last) == (2, 8)


@pytest.mark.parametrize(
    ("one", "other", "quarters"),
    [((0, 0), (0, 90), 1), ((0, 0), (90, 0), 1), ((0, 60), (180, 60), 2 / 3), ((10, 20), (10, 20), 0)],
)
def test_distances_are_great_circles(one: tuple[float, float], other: tuple[float, float], quarters: float) -> None:
    lon, lat = np.array([one, other], float).T
    assert distances(lon, lat, degrees=True)[0, 1] == pytest.approx(quarters * np.pi / 2 * 6371.0088, abs=1e-6)
    assert distances(np.array([0.0, 3]), np.array([0.0, 4]), degrees=False)[1, 0] == 5


@pytest.mark.parametrize("limits", [[1, 1, 200], [0, 0, 5], [-1, 5], [], [5, 3]])
def test_bands_that_do_not_rise_are_refused(limits: list[float]) -> None:
    points = np.arange(4.0)
    with pytest.raises(InvalidInput, match="rising limits"):
        knox(points, points, points, space=limits, time=[1, 2], runs=1, seed=1)


@pytest.mark.parametrize("method", ["newey-west", "ar1"])
def test_p_and_interval_of_a_change_are_those_of_student(method: str) -> None:
    random = np.random.default_rng(4)
    found = interrupted(random.normal(10, 1, 40), 20, method=method)
    for each in (*found.terms, found.total):
        assert each.p == pytest.approx(2 * student.sf(abs(each.estimate) / each.error, 36))
        reach = student.ppf(0.975, 36) * each.error
        assert (each.low, each.high) == pytest.approx((each.estimate - reach, each.estimate + reach))
    assert found.lags == (3 if method == "newey-west" else None)


def test_interrupted_series_of_four_terms_needs_three_rows_on_a_side() -> None:
    series = np.array([1.0, 3, 2, 5, 4, 6, 8])
    assert len(interrupted(series, 4).terms) == 4
    for at in (3, 6):
        with pytest.raises(InvalidInput, match="between 4 and 5"):
            interrupted(series, at)
    with pytest.raises(InvalidInput, match="lags"):
        interrupted(series, 4, lags=7)


def test_the_power_bound_is_noufailys_formula() -> None:
    random = np.random.default_rng(3)
    base = random.poisson(20, (1, 60)).astype(float)
    design = np.column_stack([np.ones(61), np.arange(-60, 1) / 52.0])
    found = _judge(base, np.array([30.0]), design, 0.01, "power")
    mu, phi, upper, p = (float(each[0]) for each in (found.expected, found.dispersion, found.upper, found.p))
    least, most = (mu * (1 + 2 / 3 * norm.isf(0.01) * np.sqrt(phi * mu + mu**2 * e) / mu) ** 1.5 for e in (0, 0.02))
    assert least < upper < most
    assert 0 < p < 1
    tight = _judge(
        np.tile(base, (1, 4)), np.array([30.0]), np.vstack([np.tile(design[:-1], (4, 1)), design[-1:]]), 0.01, "power"
    )
    assert abs(float(tight.upper[0]) - least) < abs(upper - least) + 1


def test_tails_count_the_count_itself_and_even_counts_are_poisson() -> None:
    tail = _tail(np.array([0.0, 1, 3]), np.array([2.0, 2, 2]), np.ones(3))
    assert tail == pytest.approx([1, 1 - np.exp(-2), 1 - np.exp(-2) * (1 + 2 + 2)])
    wide = _tail(np.array([1.0]), np.array([2.0]), np.array([2.0]))
    assert wide == pytest.approx([1 - 0.5**2])  # negative binomial of size 2, mean 2


def test_shares_have_clopper_and_pearsons_interval() -> None:
    assert _share(0, 20) == pytest.approx((0, 0, 1 - 0.025 ** (1 / 20)))
    assert _share(20, 20) == pytest.approx((1, 0.025 ** (1 / 20), 1))
    assert _share(5, 20) == pytest.approx((0.25, beta.ppf(0.025, 5, 16), beta.ppf(0.975, 6, 15)))


def test_false_alarms_of_several_series_are_controlled_together() -> None:
    nulls = [
        (np.array([0.04, 0.5, 0.02, 0.9]), np.array([True, False, True, False])),
        (np.array([0.5, 0.5, 0.09, 1.0]), np.zeros(4, bool)),
    ]
    found = _false_alarms(nulls, 0.1)
    assert (found.runs, found.each, found.any_) == (4, 0.25, 0.5)


def test_q_of_alerts_never_passes_one() -> None:
    counts = {name: np.random.default_rng(n).poisson(9, 400).astype(float) for n, name in enumerate("abcde")}
    found = find_alerts(counts, baseline=Baseline(years=5), last=2, runs=0)
    q, p = (np.array([getattr(each, name) for each in found.judged]) for name in ("q", "p"))
    assert (q <= 1).all()
    assert (q >= p).all()
    assert q.max() == pytest.approx(min(1, p.max()), rel=0.3)


def test_break_of_a_step_with_hardly_any_noise_stays_inside_its_interval() -> None:
    random = np.random.default_rng(1)
    for noise in (1e-3, 0.1, 1.0, 4.0):
        series = np.repeat([0.0, 2.0], 40) + random.normal(0, noise, 80)
        found = mean_breaks(series, most=1)
        for at, (low, high) in zip(found.breaks_by_number[1], found.intervals_by_number[1], strict=True):
            assert low <= at <= high
    one_sided = np.concatenate([np.full(40, 1.0), 3 + random.normal(0, 0.5, 40)])
    found = mean_breaks(one_sided, most=1)
    ((low, high),) = found.intervals
    assert found.breaks == (40,)
    assert low <= 40 <= high <= 45


def test_nearest_of_many_places_are_those_of_few() -> None:
    x = np.concatenate([np.arange(4100.0) * 2, [1.5]])
    near = near_by_number(x, np.zeros(4101), 2)
    few = near_by_number(x[:100], np.zeros(100), 2)
    assert near.weights[[50]].toarray()[0, :100] == pytest.approx(few.weights[[50]].toarray()[0])
    assert np.diff(near.weights.indptr).tolist() == [2] * 4101
    assert near.weights[[0]].toarray()[0].nonzero()[0].tolist() == [1, 4100]


def test_more_runs_than_fit_one_turn_are_all_dealt() -> None:
    x = np.arange(12.0)
    near = near_by_number(x, x, 2)
    values = np.array([1.0, 1, 1, 2, 2, 2, 8, 8, 9, 9, 9, 9])
    for runs in (63, 64, 65, 200):
        assert moran(values, near, runs=runs, seed=1).p_runs == pytest.approx(1 / (runs + 1))


def test_holes_belong_to_the_smallest_area_around_them() -> None:
    grid = np.zeros((13, 13))
    grid[1:12, 1:12] = 1
    grid[2:11, 2:11] = 0
    grid[4:9, 4:9] = 1
    grid[6, 6] = 0
    surface = Surface(np.arange(13.0), np.arange(13.0), grid, np.ones_like(grid), 1, False, 1)
    found = contours(surface, 0.5)
    assert [len(area) for area in found] == [2, 2]
    assert [max(x for x, _ in area[0]) for area in found] == [8.5, 11.5]
    assert [max(x for x, _ in area[1]) for area in found] == [6.5, 10.5]


def test_grid_of_one_column_has_closed_areas() -> None:
    surface = Surface(np.array([5.0]), np.arange(4.0), np.array([[0.0], [1], [1], [0]]), np.ones((4, 1)), 1, False, 1)
    ((ring,),) = contours(surface, 0.5)
    assert ring[0] == ring[-1]
    assert {round(x, 3) for x, _ in ring} == {5.0}


def test_shortest_segments_may_be_half_of_the_series() -> None:
    assert mean_breaks(np.array([1.0, 2, 1, 2, 8, 9, 8, 9]), most=1, min_size=4).breaks == (4,)


def test_window_that_holds_every_case_has_no_rest_to_explain() -> None:
    cases = np.zeros((4, 3))
    cases[1, 0] = 7
    near = neighbours_of(distances(np.arange(3.0), np.zeros(3), degrees=False), 2)
    best = scan(cases, np.ones((4, 3)), near, model="poisson", longest=2, alive=False, runs=9, seed=1).clusters[0]
    assert (best.places, best.first, best.last) == ((0,), 1, 1)
    assert best.score == pytest.approx(7 * np.log(7 / (7 / 12)))


def test_season_of_a_count_is_that_of_its_neighbours_in_the_year() -> None:
    """Of a year with one high quarter, the next high quarter is expected as high."""
    year = [30.0, 30, 3, 3, 3, 3, 3, 3, 3, 3, 3, 30]
    counts = np.array([*year * 6, 30.0])
    past = Baseline(period=12, years=5, window=1, levels=4, gap=6)
    assert find_alerts({"n": counts}, baseline=past, runs=0).judged[0].expected == pytest.approx(30, rel=0.02)
