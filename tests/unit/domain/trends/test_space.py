"""Moran, Getis and Ord: moments against every deal of small sets, figures that their authors' successors print, bad input."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from plumbline.domain.errors import InvalidInput
from plumbline.domain.trends.space import (
    discovery,
    getis_ord,
    moran,
    near_by_distance,
    near_by_list,
    near_by_number,
    spots,
)

# The example that the manual of esda prints for G and local G (points, values, threshold 15).
X, Y = np.array([10.0, 20, 40, 15, 30, 30]), np.array([10.0, 10, 10, 20, 20, 30])
VALUES = np.array([2, 3, 3.2, 5, 8, 7])


def _near(*, standardise: bool = False):
    return near_by_distance(X, Y, 15, standardise=standardise)


def test_global_g_is_the_one_printed() -> None:
    found = getis_ord(VALUES, _near(), runs=99, seed=1)
    assert found.value == pytest.approx(0.55709779, abs=1e-8)
    assert found.p / 2 == pytest.approx(0.172936, abs=1e-6)


@pytest.mark.parametrize("standardise", [False, True])
def test_local_g_are_those_printed_whatever_the_scale_of_weights(standardise: bool) -> None:
    near = _near(standardise=standardise)
    plain = [each.z for each in spots(VALUES, near, by="gi", runs=99, seed=1)]
    assert plain == pytest.approx([-1.0136729, -0.04361589, 1.31558703, -0.31412676, 1.15373986, 1.77833941], abs=1e-8)
    star = [each.z for each in spots(VALUES, near, by="gi-star", runs=99, seed=1)]
    assert star == pytest.approx([-1.39727626, -0.28917762, 0.65064964, -0.28917762, 1.23452088, 2.02424331], abs=1e-8)


@pytest.mark.parametrize("standardise", [False, True])
@pytest.mark.parametrize("test", [moran, getis_ord])
def test_moments_are_those_of_every_deal(test, standardise: bool) -> None:
    near = near_by_list([(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (0, 2), (5, 5)], 6, standardise=standardise)
    w = near.weights.toarray()
    dealt = np.array(list(permutations([1.0, 2, 2.5, 7, 4, 3])))
    if test is moran:
        z = dealt - dealt.mean(axis=1, keepdims=True)
        every = 6 / w.sum() * np.einsum("ki,ij,kj->k", z, w, z) / (z**2).sum(axis=1)
    else:
        whole = dealt.sum(axis=1) ** 2 - (dealt**2).sum(axis=1)
        every = np.einsum("ki,ij,kj->k", dealt, w, dealt) / whole
    found = test(dealt[0], near, runs=1999, seed=3)
    assert (found.value, found.expected, found.variance) == pytest.approx((every[0], every.mean(), every.var()))
    exact = (np.abs(every - every.mean()) >= abs(every[0] - every.mean()) - 1e-12).mean()
    assert found.p_runs == pytest.approx(exact, abs=3 * np.sqrt(exact * (1 - exact) / 1999) + 1e-3)


def test_variance_under_normal_values_is_that_of_normal_draws() -> None:
    near = near_by_number(X, Y, 2)
    random = np.random.default_rng(5)
    w = near.weights.toarray()
    z = random.normal(size=(40_000, 6))
    z -= z.mean(axis=1, keepdims=True)
    drawn = 6 / w.sum() * np.einsum("ki,ij,kj->k", z, w, z) / (z**2).sum(axis=1)
    found = moran(VALUES, near, runs=1, seed=1, normal=True)
    assert found.variance == pytest.approx(drawn.var(), rel=0.03)
    assert found.expected == pytest.approx(-0.2)
    assert found.z == pytest.approx((found.value - found.expected) / np.sqrt(found.variance))


def test_local_moments_are_those_of_every_deal_of_the_others() -> None:
    near = _near(standardise=True)
    w = near.weights.toarray()
    for by in ("moran", "gi"):
        for each in spots(VALUES, near, by=by, runs=9, seed=1):
            others = np.delete(np.arange(6), each.place)
            rows = np.array(list(permutations(VALUES[others])))
            around = rows @ w[each.place, others]
            here = w[each.place] @ VALUES
            sign = np.sign(VALUES[each.place] - VALUES.mean()) if by == "moran" else 1
            assert each.z == pytest.approx(sign * (here - around.mean()) / around.std())


def test_z_of_gi_star_equals_the_formula_written_out() -> None:
    """J. K. Ord and A. Getis (1995), equation 14, place by place on a random set, each place its own neighbour."""
    random = np.random.default_rng(4)
    x, y, values = random.random(30) * 10, random.random(30) * 10, random.lognormal(0, 1, 30)
    near = near_by_distance(x, y, 3.0, standardise=False)
    found = spots(values, near, by="gi-star", runs=9, seed=1)
    mean, spread = values.mean(), np.sqrt((values**2).mean() - values.mean() ** 2)
    for place in range(30):
        beside = [k for k in range(30) if np.hypot(x[k] - x[place], y[k] - y[place]) <= 3.0]
        many = len(beside)
        top = values[beside].sum() - mean * many
        assert found[place].z == pytest.approx(top / (spread * np.sqrt((30 * many - many**2) / 29)), rel=1e-9)


def test_local_moran_sums_to_the_global_one() -> None:
    near = _near(standardise=True)
    local = [each.value for each in spots(VALUES, near, by="moran", runs=9, seed=1)]
    assert np.mean(local) == pytest.approx(moran(VALUES, near, runs=1, seed=1).value)


def _grid(size: int) -> tuple[np.ndarray, np.ndarray]:
    x, y = (each.ravel().astype(float) for each in np.meshgrid(np.arange(size), np.arange(size)))
    return x, y


@pytest.mark.parametrize("by", ["moran", "gi", "gi-star"])
def test_planted_patch_is_found_and_named_and_the_rest_left(by: str) -> None:
    x, y = _grid(12)
    values = np.random.default_rng(2).normal(10, 1, 144)
    patch = (x >= 4) & (x <= 7) & (y >= 4) & (y <= 7)
    values[patch] += 8
    found = spots(values, near_by_distance(x, y, 1.5), by=by, runs=999, seed=1)
    named = {each.place for each in found if each.kind in ("high", "high-high")}
    assert named
    assert named <= set(np.flatnonzero((x >= 3) & (x <= 8) & (y >= 3) & (y <= 8)))
    assert {5 * 12 + 5, 6 * 12 + 6} <= named
    again = spots(values, near_by_distance(x, y, 1.5), by=by, runs=999, seed=1)
    assert [each.p for each in again] == [each.p for each in found]


def test_low_places_and_outliers_bear_their_own_names() -> None:
    x, y = _grid(12)
    values = np.random.default_rng(2).normal(10, 0.1, 144)
    values[(x >= 2) & (x <= 8) & (y >= 2) & (y <= 8)] = 30 + values[:49]
    values[5 * 12 + 5] = 0
    near = near_by_distance(x, y, 1.5)
    kinds = {each.place: each.kind for each in spots(values, near, by="moran", runs=999, seed=1, rate=0.1)}
    assert kinds[5 * 12 + 5] == "low-high"
    assert kinds[4 * 12 + 4] == "high-high"
    assert {each.kind for each in spots(-values, near, by="gi", runs=999, seed=1)} == {"low", ""}


def test_false_discoveries_are_held_where_nothing_gathers() -> None:
    x, y = _grid(8)
    near = near_by_distance(x, y, 1.5)
    alarms = 0
    for seed in range(20):
        values = np.random.default_rng(seed).normal(size=64)
        alarms += any(each.kind for each in spots(values, near, by="gi-star", runs=999, seed=seed))
    assert alarms <= 4  # 5 % of 20 and three standard errors


def test_corner_with_few_neighbours_is_said_and_place_without_any_is_left_out() -> None:
    x, y = _grid(8)
    x, y = np.append(x, 99.0), np.append(y, 99.0)
    values = np.arange(65.0)
    near = near_by_distance(x, y, 1.5)
    found = spots(values, near, by="gi", runs=99, seed=1)
    assert near.alone == 1
    assert np.isnan(found[64].p)
    assert found[64].kind == ""
    assert [each.place for each in found if each.few] == [0, 7, 56, 63, 64]


def test_neighbours_by_number_are_the_nearest_and_need_not_be_mutual() -> None:
    near = near_by_number(np.array([0.0, 1, 3, 7]), np.zeros(4), 1)
    assert near.weights.toarray().argmax(axis=1).tolist() == [1, 0, 1, 2]
    assert near.rule == "nearest 1"


def test_q_values_follow_benjamini_and_hochberg() -> None:
    p = np.array([0.0241, 0.0004, 0.0095, np.nan, 0.6528, 0.0019])
    assert discovery(p)[[1, 5, 2, 0, 4]] == pytest.approx([0.002, 0.00475, 0.0095 * 5 / 3, 0.0241 * 5 / 4, 0.6528])
    assert np.isnan(discovery(p)[3])


@pytest.mark.parametrize(
    "ask",
    [
        lambda: near_by_distance(X, Y, 1),
        lambda: near_by_number(X, Y, 6),
        lambda: near_by_number(X, Y, 0),
        lambda: near_by_list([(1, 1)], 6),
        lambda: moran(np.ones(6), _near(), runs=1, seed=1),
        lambda: moran(np.array([1.0, 2, 3, 4, 5, np.nan]), _near(), runs=1, seed=1),
        lambda: getis_ord(VALUES - 5, _near(), runs=1, seed=1),
        lambda: spots(VALUES, _near(), by="geary", runs=1, seed=1),
    ],
)
def test_what_tells_nothing_is_refused(ask) -> None:
    with pytest.raises(InvalidInput):
        ask()


def test_a_place_without_neighbours_counts_itself_once() -> None:
    values = np.array([1.0, 4, 2, 9, 30])
    near = near_by_list([(0, 1), (1, 2), (2, 3)], 5)
    [*_, alone] = spots(values, near, by="gi-star", runs=19, seed=1)
    assert (alone.place, alone.neighbours, alone.value) == (4, 0, 30)
    assert alone.z == pytest.approx((30 - values.mean()) / values.std())
