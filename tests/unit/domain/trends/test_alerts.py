"""Alerts: planted outbreaks, the seed, and false alarms where nothing happens."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import nbinom, norm

from plumbline.domain.errors import InvalidInput
from plumbline.domain.trends import Baseline, find_alerts

WEEKS = 52 * 6
# Drawn from a negative binomial with trend and season, outbreaks added in weeks 250, 251, 405 and 410.
MADE = (
    4, 5, 7, 9, 8, 5, 8, 17, 8, 8, 14, 8, 13, 9, 17, 12, 18, 7, 13, 3, 3, 11, 5, 11, 5, 6, 6, 6, 8, 5, 4, 7, 3, 5,
    6, 4, 5, 2, 10, 4, 6, 1, 7, 2, 3, 6, 4, 5, 8, 5, 9, 4, 10, 5, 5, 12, 7, 11, 12, 13, 7, 21, 8, 15, 19, 6, 11, 5,
    13, 22, 13, 15, 18, 14, 13, 6, 15, 6, 13, 10, 13, 6, 4, 9, 5, 4, 5, 5, 2, 5, 1, 4, 2, 9, 2, 6, 6, 7, 9, 7, 10,
    5, 10, 6, 6, 11, 10, 6, 22, 13, 13, 11, 16, 8, 16, 8, 16, 27, 13, 10, 16, 18, 8, 7, 10, 13, 8, 7, 13, 8, 5, 2,
    6, 8, 7, 9, 2, 6, 11, 9, 11, 5, 5, 9, 2, 1, 11, 6, 3, 5, 2, 5, 8, 3, 4, 7, 11, 11, 6, 8, 15, 22, 15, 20, 13, 19,
    15, 16, 23, 24, 18, 19, 9, 23, 21, 9, 14, 7, 16, 14, 5, 8, 10, 2, 9, 7, 5, 0, 9, 13, 5, 7, 7, 9, 11, 7, 1, 5, 7,
    8, 4, 6, 11, 2, 6, 15, 10, 15, 11, 18, 9, 7, 20, 15, 12, 13, 19, 11, 16, 18, 20, 14, 18, 18, 9, 14, 17, 22, 20,
    23, 8, 12, 12, 9, 11, 6, 4, 2, 4, 10, 8, 0, 4, 6, 7, 9, 4, 9, 4, 19, 27, 7, 5, 10, 5, 12, 7, 12, 10, 11, 16, 8,
    11, 10, 9, 8, 10, 15, 15, 14, 16, 17, 35, 22, 9, 15, 14, 10, 20, 21, 20, 15, 4, 12, 15, 25, 8, 18, 8, 7, 6, 13,
    7, 9, 3, 11, 4, 8, 5, 3, 5, 4, 4, 5, 5, 11, 11, 15, 9, 14, 6, 11, 13, 13, 16, 15, 15, 25, 16, 21, 24, 17, 27,
    17, 16, 16, 18, 18, 14, 37, 19, 17, 8, 13, 20, 22, 7, 13, 7, 3, 13, 10, 13, 10, 8, 11, 13, 5, 7, 7, 9, 6, 2, 8,
    9, 7, 5, 17, 7, 10, 7, 6, 14, 6, 13, 22, 14, 21, 11, 21, 18, 18, 17, 25, 21, 16, 20, 27, 20, 22, 15, 8, 33, 28,
    14, 13, 23, 15, 14, 12, 8, 13, 10, 9, 11, 9, 6, 7, 5, 5, 6, 7, 8, 11, 24, 17, 8, 19, 8, 43, 12, 11, 14, 11, 15,
    13,
)  # fmt: skip


def quiet(seed: int) -> np.ndarray:
    t = np.arange(WEEKS)
    return np.random.default_rng(seed).poisson(np.exp(2 + 0.4 * np.sin(2 * np.pi * t / 52))).astype(float)


def test_a_planted_outbreak_is_told_and_a_quiet_week_is_not() -> None:
    loud = quiet(1)
    loud[-1] += 25
    found = find_alerts({"loud": loud, "quiet": quiet(2)}, last=3)
    assert [(each.series, each.row) for each in found.judged if each.alert] == [("loud", WEEKS)]
    assert found.judged[2].count > found.judged[2].upper > found.judged[2].expected
    assert found.false_alarms is None


def test_expected_dispersion_bound_and_p_equal_those_of_surveillance() -> None:
    """R's surveillance 1.20.3: farringtonFlexible, b 5, w 3, noPeriods 10, 26 weeks not included, nbPlugin, alpha 0.05."""
    judged = {each.row: each for each in find_alerts({"made": np.array(MADE, dtype=float)}, last=26).judged}
    for row, expected, dispersion, upper, p in (
        (391, 10.71755, 1.68487, 18, 0.76488), (396, 8.90217, 1.69726, 16, 0.50018), (404, 7.64534, 1.70525, 14, 0.20058),
        (405, 7.78459, 1.76574, 15, 0.00069), (406, 7.10527, 1.74353, 14, 0.01286), (416, 13.03146, 1.76804, 22, 0.50911),
    ):  # fmt: skip
        found = judged[row]
        assert (found.expected, found.dispersion) == pytest.approx((expected, dispersion), abs=5e-5)
        assert (found.upper, found.p) == (upper, pytest.approx(p, abs=2e-5))
    assert [row for row, each in judged.items() if each.alert] == [405, 406, 408, 410]


def _fitted(counts: np.ndarray, design: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Fit a Poisson regression by reweighted least squares: coefficients, fitted counts, inverse information."""
    beta = np.linalg.lstsq(design, np.log(counts + 0.5), rcond=None)[0]
    for _ in range(60):
        mu = np.exp(design @ beta)
        root = np.sqrt(weights * mu)
        beta = np.linalg.lstsq(design * root[:, None], root * (design @ beta + (counts - mu) / mu), rcond=None)[0]
    mu = np.exp(design @ beta)
    return beta, mu, np.linalg.inv(design.T @ (design * (weights * mu)[:, None]))


def _expected(counts: np.ndarray, now: int, *, trend: bool) -> tuple[float, float, float]:
    """Take the steps of Noufaily and others (2013) one after the other: expected, its error on the log scale, dispersion."""
    rows = [*range(now - 5 * 26 - 2, now - 10), now]
    level = []
    for row in rows:
        place = (row - now) % 26
        level.append(0 if place <= 2 or place >= 24 else 1 + (place - 3) * 3 // 21)
    season = [[float(each == one) for one in (1, 2, 3)] for each in level]
    design = np.array([[1.0, *steps, *([(row - now) / 26] if trend else [])] for row, steps in zip(rows, season, strict=True)])  # fmt: skip
    past, base = design[:-1], counts[rows[:-1]]
    free = len(base) - design.shape[1]
    _, mu, inverse = _fitted(base, past, np.ones(len(base)))
    phi = max(float(((base - mu) ** 2 / mu).sum()) / free, 1.0)
    leverage = np.array([mu[i] * past[i] @ inverse @ past[i] for i in range(len(base))])
    residual = 1.5 * (base ** (2 / 3) * mu ** (-1 / 6) - mu**0.5) / np.sqrt(phi * (1 - leverage))
    weights = np.array([each**-2 if each > 2.58 else 1.0 for each in residual])
    weights *= len(base) / weights.sum()
    beta, mu, inverse = _fitted(base, past, weights)
    phi = max(float((weights * (base - mu) ** 2 / mu).sum()) / free, 1.0)
    return float(np.exp(design[-1] @ beta)), float(np.sqrt(phi * design[-1] @ inverse @ design[-1])), phi


@pytest.mark.parametrize(("seed", "rise", "kept"), [(1, 0.2, True), (2, 0.4, True), (3, 0.0, True), (4, 5.0, False)])
def test_bounds_equal_the_regression_written_out(seed: int, rise: float, kept: bool) -> None:
    """Made series with outbreaks: both bounds, and the trend that leads beyond every past count dropped."""
    t = np.arange(150)
    random = np.random.default_rng(seed)
    counts = random.negative_binomial(
        np.exp(1.5 + 0.4 * np.cos(2 * np.pi * (t - 149) / 26) + rise * t / 150), 0.4
    ).astype(float)
    counts[[40, 77]] += 30 if kept else 0
    baseline = Baseline(period=26, years=5, window=2, levels=4, gap=10)
    mu, error, phi = _expected(counts, 149, trend=True)
    if mu > counts[149 - 132 : 139].max():
        mu, error, phi = _expected(counts, 149, trend=False)
    for bound in ("negative-binomial", "power"):
        [found] = find_alerts({"x": counts}, baseline=baseline, bound=bound, alpha=0.02).judged
        assert found.trend == kept
        assert (found.expected, found.dispersion) == pytest.approx((mu, phi), rel=1e-8)
        if bound == "power":  # Farrington and others (1996), section 3.6: the variance of count and expected together
            spread = np.sqrt(phi + mu * error**2)
            upper = mu * (1 + 2 / 3 * norm.isf(0.02) * spread / mu**0.5) ** 1.5
            z = (counts[149] ** (2 / 3) - mu ** (2 / 3)) / (2 / 3 * mu ** (1 / 6) * spread)
            assert (found.upper, found.p) == pytest.approx((upper, norm.sf(z)), rel=1e-7)
        else:
            below = nbinom.cdf(counts[149] - 1, mu / (phi - 1), 1 / phi)
            assert (found.upper, found.p) == (nbinom.ppf(0.98, mu / (phi - 1), 1 / phi), pytest.approx(1 - below))


def test_past_outbreaks_hardly_raise_the_bound() -> None:
    plain = quiet(3)
    burst = plain.copy()
    burst[-100:-97] += 60
    [before], [after] = (find_alerts({"x": each}).judged for each in (plain, burst))
    assert after.upper <= before.upper + 4


def test_what_follows_in_the_gap_or_later_is_not_looked_at() -> None:
    moved = quiet(4)
    moved[-27:-1] += 50
    assert find_alerts({"x": moved}).judged[0].expected == find_alerts({"x": quiet(4)}).judged[0].expected


def test_few_cases_raise_no_alert() -> None:
    rare = np.zeros(WEEKS)
    rare[::60] = 1
    rare[-5:] = (0, 0, 0, 0, 4)
    [judged] = find_alerts({"rare": rare}).judged
    assert (judged.p < 0.01, judged.few, judged.alert) == (True, True, False)


@pytest.mark.parametrize("bound", ["negative-binomial", "power"])
def test_false_alarms_are_about_as_often_as_stated_and_repeat_by_seed(bound: str) -> None:
    first, again, other = (
        find_alerts({"x": quiet(5)}, last=3, bound=bound, runs=60, seed=seed).false_alarms for seed in (1, 1, 2)
    )
    assert first is not None
    assert (first == again, first == other) == (True, False)
    assert 0.01 < first.each < 0.12
    assert first.each_low <= first.each <= first.each_high
    assert first.any_ <= 0.3


def test_the_power_bound_is_where_its_p_is_alpha() -> None:
    series = quiet(6)
    series[-1] = 3
    [low] = find_alerts({"x": series}, bound="power", alpha=0.01).judged
    spread = 1.5 * ((low.upper / low.expected) ** (2 / 3) - 1) / norm.isf(0.01)
    assert low.p == pytest.approx(norm.sf(1.5 * ((3 / low.expected) ** (2 / 3) - 1) / spread))


def test_a_series_shorter_than_its_past_is_refused() -> None:
    for rows, window in ((100, 3), (107, 3), (109, 5)):
        with pytest.raises(InvalidInput, match=f"x has {rows} rows; two years of the past, .* need {105 + window}"):
            find_alerts({"x": np.ones(rows)}, baseline=Baseline(window=window))
    [judged] = find_alerts({"x": np.arange(108.0) % 7}, baseline=Baseline(years=2)).judged
    assert judged.row == 108
    with pytest.raises(InvalidInput, match="levels must be between 1 and 46, not 47"):
        find_alerts({"x": quiet(1)}, baseline=Baseline(levels=47))
    assert find_alerts({"x": quiet(1)}, baseline=Baseline(levels=46)).judged
    with pytest.raises(InvalidInput, match="last must be between 1 and 49, not 60"):
        find_alerts({"x": quiet(1)}, baseline=Baseline(), last=60)
