"""Knox's test and scan statistics: tables counted by hand, planted clusters, published results."""

from __future__ import annotations

import csv
import os
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from plumbline.domain.errors import InvalidInput
from plumbline.domain.trends import distances, expected_from_history, knox, neighbours_of, on_a_plane, scan

DATA = os.environ.get("PLUMBLINE_BENCH_DATA", "")
needs_data = pytest.mark.skipif(not DATA, reason="PLUMBLINE_BENCH_DATA names no folder of corpora")


def test_knox_counts_every_pair_once_by_half_open_bands() -> None:
    x, y = np.array([0.0, 0, 3, 200, 1000]), np.array([0.0, 0, 0, 0, 0])
    days = np.array([0.0, 1, 7, 7, 30])
    found = knox(x, y, days, space=[1, 200], time=[0, 7], runs=5, seed=1)
    assert (found.space, found.time) == (("[0, 1)", "[1, 200)", "[200, inf)"), ("[0, 7)", "[7, inf)"))
    # 0-1: same place, 1 day; 0-2, 1-2, 2-3 in the middle band at 7, 6, 0 days; 0-3 and 1-3 lie 200 apart
    assert found.observed.tolist() == [[1, 0], [2, 1], [1, 5]]
    assert found.observed.sum() == 10


def test_knox_walks_along_streets_unless_told_to_fly() -> None:
    x, y, days = np.array([0.0, 3.0]), np.array([0.0, 4.0]), np.array([0.0, 0.0])
    assert knox(x, y, days, space=[6], time=[1], runs=1, seed=1).observed.tolist() == [[0, 0], [1, 0]]
    assert knox(x, y, days, space=[6], time=[1], runs=1, seed=1, manhattan=False).observed.tolist() == [[1, 0], [0, 0]]


def test_knox_finds_planted_repeats_and_nothing_in_noise() -> None:
    chance = np.random.default_rng(4)
    x, y, days = chance.uniform(0, 5000, 400), chance.uniform(0, 5000, 400), chance.integers(0, 365, 400).astype(float)
    noise = knox(x, y, days, space=[100, 200], time=[0, 7], runs=99, seed=2)
    assert noise.p[0, 0] > 0.05
    planted = [np.r_[one, one[:40] + more] for one, more in ((x, 10.0), (y, 10.0), (days, 2.0))]
    found = knox(*planted, space=[100, 200], time=[0, 7], runs=99, seed=2)
    assert found.p[0, 0] == 0.01
    assert found.ratio[0, 0] > 3
    again = knox(*planted, space=[100, 200], time=[0, 7], runs=99, seed=2)
    assert np.array_equal(found.mean, again.mean)


@pytest.mark.parametrize("space", [[], [0], [200, 100], [-1, 5]])
def test_knox_refuses_limits_that_do_not_rise(space: list[float]) -> None:
    with pytest.raises(InvalidInput, match="rising limits"):
        knox(np.zeros(3), np.zeros(3), np.zeros(3), space=space, time=[0, 7], runs=1, seed=1)


def test_degrees_become_metres() -> None:
    east, north = on_a_plane(np.array([8.0, 8.01]), np.array([60.0, 60.01]))
    assert (east[1] - east[0], north[1] - north[0]) == pytest.approx((556, 1112), rel=0.01)
    assert distances(np.array([0.0, 90.0]), np.array([0.0, 0.0]), degrees=True)[0, 1] == pytest.approx(
        6371.0088 * np.pi / 2
    )


@needs_data
def test_knox_of_chicago_burglaries_gives_all_twenty_counts_of_the_near_repeat_calculator() -> None:
    """Output of the Near Repeat Calculator 1.3 for 970 burglaries, 100 m and 7 days (its labels are one unit off)."""
    folder = Path(DATA) / "near_repeat"
    with (folder / "chicago_be_month1.csv").open() as opened:
        rows = [row for row in csv.reader(opened) if row[0] != "X"]
    lines = (folder / "chicago_be_month1_NRverbose_2019-09-23_143005.csv").read_text().splitlines()
    at = lines.index("Observed frequencies distribution")
    published = [[int(cell) for cell in line.split(",")[2:6]] for line in lines[at + 3 : at + 8]]
    x, y = (np.array([float(row[n]) for row in rows]) for n in (0, 1))
    days = np.array([float(date.fromisoformat(row[2]).toordinal()) for row in rows])
    found = knox(x, y, days, space=[1, 100, 200, 300], time=[0, 7, 14, 21], runs=99, seed=1)
    assert found.observed.tolist() == published
    assert found.ratio[0, 0] == pytest.approx(1.652, abs=0.35)  # theirs from 19 runs
    assert found.p[:3, 0].tolist() == [0.01, 0.01, 0.01]


PLACES = np.arange(20.0)
NEAR = neighbours_of(distances(PLACES, np.zeros(20), degrees=False), 5)


@pytest.mark.parametrize("model", ["expectation-poisson", "poisson", "permutation"])
def test_scan_finds_a_planted_cluster_by_every_model(model: str) -> None:
    cases = np.random.default_rng(8).poisson(np.full((12, 20), 5.0)).astype(float)
    cases[9:, 4:7] += 9
    found = scan(cases, np.full((12, 20), 5.0), NEAR, model=model, longest=6, alive=False, runs=99, seed=3)
    best = found.clusters[0]
    assert {4, 5, 6} <= set(best.places)
    assert (best.first, best.last, best.p) == (9, 11, 0.01)
    assert best.cases == cases[9:12][:, list(best.places)].sum()
    assert found == scan(cases, np.full((12, 20), 5.0), NEAR, model=model, longest=6, alive=False, runs=99, seed=3)


def test_scan_of_noise_finds_nothing_sure() -> None:
    cases = np.random.default_rng(9).poisson(np.full((12, 20), 5.0)).astype(float)
    found = scan(cases, np.full((12, 20), 5.0), NEAR, model="poisson", longest=6, alive=False, runs=99, seed=3)
    assert found.clusters[0].p > 0.05


def test_scan_score_is_the_likelihood_ratio_and_windows_alive_reach_the_end() -> None:
    cases = np.array([[1.0, 1], [1, 1], [1, 6]])
    near = neighbours_of(distances(np.array([0.0, 9.0]), np.zeros(2), degrees=False), 1)
    found = scan(cases, np.ones((3, 2)), near, model="expectation-poisson", longest=2, alive=True, runs=9, seed=1)
    best = found.clusters[0]
    assert (best.places, best.first, best.last) == ((1,), 2, 2)
    assert best.score == pytest.approx(6 * np.log(6) + 1 - 6)
    assert found.zones == 2


def test_history_that_grows_is_continued() -> None:
    history = np.exp(0.1 * np.arange(10))[:, None] * np.array([[10.0, 20.0]])
    people = np.array([[1000.0, 2000.0]]).repeat(10, axis=0)
    ahead = expected_from_history(history, people, people[:2])
    assert ahead == pytest.approx(np.exp(0.1 * np.array([10, 11]))[:, None] * np.array([[10.0, 20.0]]))


@needs_data
def test_scan_of_new_mexico_gives_the_published_zones_cluster_and_score() -> None:
    """Brain cancer in New Mexico, 1986-89 against 1973-85: 415 zones of up to 15 counties, Los Alamos and Santa Fe, 9.1806."""
    folder = Path(DATA) / "nm_brain_scan"
    with (folder / "NM_popcas.csv").open() as opened:
        rows = list(csv.DictReader(opened))
    with (folder / "NM_geo.csv").open() as opened:
        seats = {row["county"]: (float(row["seat_long"]), float(row["seat_lat"])) for row in csv.DictReader(opened)}
    names = list(dict.fromkeys(row["county"] for row in rows))
    cases, people = np.zeros((17, len(names))), np.zeros((17, len(names)))
    for row in rows:
        if int(row["year"]) < 1990:
            at = int(row["year"]) - 1973, names.index(row["county"])
            cases[at], people[at] = float(row["count"]), float(row["population"])
    lon, lat = (np.array([seats[name][n] for name in names]) for n in (0, 1))
    near = neighbours_of(distances(lon, lat, degrees=True), 15)
    expected = expected_from_history(cases[:13], people[:13], people[13:])
    found = scan(cases[13:], expected, near, model="expectation-poisson", longest=4, alive=True, runs=99, seed=1)
    best = found.clusters[0]
    assert found.zones == 415
    assert {names[one] for one in best.places} == {"losalamos", "santafe"}
    assert (best.first, best.last, best.score) == (0, 3, pytest.approx(9.1806, abs=5e-5))
