"""Breaks in a mean: a published example, planted breaks, and a slow search that must agree."""

from __future__ import annotations

import csv
import os
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq

from plumbline.domain.errors import InvalidInput
from plumbline.domain.trends import mean_breaks

# Annual flow of the Nile at Aswan, 1871-1970 (G. W. Cobb, Biometrika 65 (1978) 243-251).
NILE = (
    1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020, 960, 1180, 799, 958, 1140,
    1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774, 840, 874, 694, 940, 833, 701, 916, 692, 1020, 1050, 969,
    831, 726, 456, 824, 702, 1120, 1100, 832, 764, 821, 768, 845, 864, 862, 698, 845, 744, 796, 1040, 759,
    781, 865, 845, 944, 984, 897, 822, 1010, 771, 676, 649, 846, 812, 742, 801, 1040, 860, 874, 848, 890,
    744, 749, 838, 1050, 918, 986, 797, 923, 975, 815, 1020, 906, 901, 1170, 912, 746, 919, 718, 714, 740,
)  # fmt: skip


def test_the_nile_breaks_in_1898() -> None:
    """A. Zeileis et al., Computational Statistics & Data Analysis 44 (2003) 109-123, by the R package strucchange."""
    found = mean_breaks(np.array(NILE, dtype=float), most=2)
    assert (found.breaks, found.sup_f_break) == ((28,), 28)
    assert found.rss[:2] == pytest.approx((2_835_157, 1_597_457), abs=0.5)
    assert found.bic == pytest.approx((1318.24, 1270.08, 1276.47), abs=0.005)
    assert found.sup_f == pytest.approx(75.93, abs=0.005)
    assert [segment.mean for segment in found.segments] == pytest.approx([1097.75, 849.97], abs=0.005)
    assert found.p < 1e-12
    assert found.intervals == ((25, 32),)
    assert found.intervals_by_number[2] == ((25, 31), (33, 130))


def column(file: str, name: str) -> np.ndarray:
    root = os.environ.get("PLUMBLINE_BENCH_DATA", "")
    path = Path(root) / "boston_homicide" / file
    if not root or not path.is_file():
        pytest.skip("PLUMBLINE_BENCH_DATA names no folder with boston_homicide")
    with path.open(encoding="utf-8") as handle:
        return np.array([float(row[name]) for row in csv.DictReader(handle)])


def test_boston_homicides_break_at_observation_55() -> None:
    """A. M. Piehl et al., Review of Economics and Statistics 85 (2003) 550-558; figures by strucchange 1.5-3."""
    series = column("boston_homicide.csv", "homicides")
    found = mean_breaks(series, most=5, min_size=11)
    assert found.breaks == (55,)
    assert found.rss == pytest.approx((303.8, 222.0, 218.0, 207.0, 196.4, 192.6), abs=0.05)
    assert found.bic[:3] == pytest.approx((332.9, 317.4, 324.7), abs=0.05)
    assert found.breaks_by_number[1:5] == ((55,), (42, 53), (16, 27, 55), (16, 27, 42, 53))
    assert found.sup_f == pytest.approx(27.645, abs=0.0005)
    assert (found.intervals, found.intervals_by_number[3]) == (((53, 64),), ((0, 34), (-1, 47), (53, 66)))
    assert mean_breaks(series, most=1, min_size=11, level=0.9).intervals == ((53, 61),)


def test_british_road_deaths_break_at_the_oil_crisis_and_the_seat_belt_law() -> None:
    """A. C. Harvey and J. Durbin, J. R. Statist. Soc. A 149 (1986) 187-227; figures by strucchange 1.5-3.

    October 1973 and January 1983 are observations 58 and 169.
    """
    found = mean_breaks(np.log10(column("uk_driver_deaths.csv", "deaths")), lags=(1, 12), min_size=18, trim=0.1)
    assert found.breaks_by_number[:5] == ((), (58,), (58, 169), (58, 82, 169), (58, 82, 120, 169))
    assert found.intervals_by_number[2] == ((45, 68), (156, 183))
    assert found.rss == pytest.approx((0.3297, 0.2967, 0.2676, 0.2438, 0.2395, 0.2317), abs=5e-5)
    assert found.bic[:3] == pytest.approx((-602.8611, -601.0539, -598.9042), abs=2e-4)
    assert found.sup_f == pytest.approx(19.333, abs=0.0005)
    assert found.p == pytest.approx(0.0067, abs=0.002)
    assert found.segments[0].first == 13


@pytest.mark.parametrize("spread", [0.7, 2.0])
def test_intervals_hold_the_true_break_about_as_often_as_they_say(spread: float) -> None:
    random = np.random.default_rng(11)
    held = 0
    for _ in range(200):
        series = np.concatenate([random.normal(0, 1, 60), random.normal(1.2, spread, 60)])
        [(low, high)] = mean_breaks(series, most=1, min_size=18).intervals_by_number[1]
        held += low <= 60 <= high
    assert 178 <= held <= 200


def test_a_series_turned_round_turns_its_interval_round() -> None:
    random = np.random.default_rng(2)
    series = np.concatenate([random.normal(0, 1, 40), random.normal(1.5, 2, 30)])
    found, back = mean_breaks(series, most=1), mean_breaks(series[::-1], most=1)
    assert back.breaks_by_number[1] == (70 - found.breaks_by_number[1][0],)
    low, high = found.intervals_by_number[1][0]
    assert back.intervals_by_number[1] == ((70 - high, 70 - low),)


@given(st.lists(st.integers(-20, 20), min_size=9, max_size=14), st.integers(1, 2))
def test_the_dynamic_program_finds_what_trying_all_breaks_finds(values: list[int], number: int) -> None:
    series = np.array(values, dtype=float)
    found = mean_breaks(series, most=number, min_size=3)

    def rss(places: tuple[int, ...]) -> float:
        edges = (0, *places, len(series))
        return sum(
            float(((series[a:b] - series[a:b].mean()) ** 2).sum()) for a, b in zip(edges, edges[1:], strict=False)
        )

    allowed = [
        places
        for places in combinations(range(3, len(series) - 2), number)
        if all(b - a >= 3 for a, b in zip((0, *places), (*places, len(series)), strict=True))
    ]
    assert found.rss[number] == pytest.approx(min(map(rss, allowed)), abs=1e-6)
    assert rss(found.breaks_by_number[number]) == pytest.approx(found.rss[number], abs=1e-6)


def test_planted_breaks_are_found_and_noise_has_none() -> None:
    random = np.random.default_rng(5)
    series = np.concatenate([random.normal(mean, 1, 40) for mean in (0, 4, 1)])
    assert mean_breaks(series).breaks == (40, 80)
    flat = mean_breaks(random.normal(size=120))
    assert flat.breaks == ()
    assert flat.p > 0.05


@pytest.mark.parametrize("value", [0.0, 0.1, 1e9])
def test_a_series_that_never_moves_has_no_break(value: float) -> None:
    found = mean_breaks(np.full(30, value))
    assert (found.breaks, found.sup_f, found.p) == ((), 0, 1)


def test_a_step_without_noise_is_certain() -> None:
    found = mean_breaks(np.repeat([1.0, 2.0], 15))
    assert (found.breaks, found.intervals) == ((15,), ((15, 15),))
    assert found.p == pytest.approx(0, abs=1e-12)


def test_adding_a_constant_changes_nothing() -> None:
    series = np.array(NILE, dtype=float)
    plain, moved = mean_breaks(series), mean_breaks(series + 1e6)
    assert plain.breaks == moved.breaks
    assert moved.sup_f == pytest.approx(plain.sup_f, rel=1e-6)


def test_what_cannot_be_cut_is_refused() -> None:
    with pytest.raises(InvalidInput, match="min-size must be between 2 and 2, not 4"):
        mean_breaks(np.arange(5.0), min_size=4)
    with pytest.raises(InvalidInput, match="max must be between 0 and 100"):
        mean_breaks(np.array(NILE, dtype=float), most=-1)


@pytest.mark.parametrize(("critical", "p"), [(7.17, 0.10), (8.85, 0.05), (12.35, 0.01)])
def test_p_of_sup_f_is_that_of_the_published_critical_values(critical: float, p: float) -> None:
    """D. W. K. Andrews, Econometrica 61 (1993) 821-856, table I, one coefficient, trimmed by 0.15."""
    noise = np.random.default_rng(3).normal(size=100)
    later = np.arange(100) >= 50
    level = noise - np.where(later, noise[later].mean(), noise[~later].mean())
    step = brentq(lambda size: mean_breaks(level + size * later, most=0).sup_f - critical, 0.3, 3)
    assert mean_breaks(level + step * later, most=0).p == pytest.approx(p, rel=0.1)


def test_a_break_without_a_change_may_lie_anywhere() -> None:
    assert mean_breaks(np.full(10, 5.0), most=1, min_size=3).intervals_by_number[1] == ((1, 10),)
