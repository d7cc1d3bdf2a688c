"""Alerts: is the latest count above what the same season of past years leads one to expect?

Sources: C. P. Farrington, N. J. Andrews, A. D. Beale and M. A. Catchpole, J. R. Statist. Soc. A 159 (1996) 547-563;
A. Noufaily, D. G. Enki, P. Farrington, P. Garthwaite, N. Andrews and A. Charlett, Statistics in Medicine 32 (2013)
1206-1222; Y. Benjamini and Y. Hochberg, J. R. Statist. Soc. B 57 (1995) 289-300, for the false discovery rate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, nbinom, norm, poisson

from plumbline.domain.errors import InvalidInput
from plumbline.domain.trends.counts import LogFit, fit_log

Floats = NDArray[np.float64]
OUTLYING = 2.58  # Anscombe residuals above this lose weight (Noufaily et al. 2013)
FEWEST, RECENT = 5, 4  # an alert needs 5 cases in the 4 latest rows (Farrington et al. 1996)


@dataclass(frozen=True)
class Baseline:
    """Say what past a count is held against, in rows.

    `period` rows are a year; `years` of them are looked at, to `window` rows beyond, without the `gap` rows just before the count. Season
    enters as `levels` steps, the first of which holds the `window` rows on either side of the season of the count.
    """

    period: int = 52
    years: int = 5
    window: int = 3
    levels: int = 10
    gap: int = 26


@dataclass(frozen=True)
class Judged:
    """Hold one count judged: what was expected, the bound it must pass, p, q (least false discovery rate), alert.

    `row` is counted from 1. `few` says that the latest rows hold too few cases for an alert whatever p is.
    """

    series: str
    row: int
    count: float
    expected: float
    dispersion: float
    upper: float
    trend: bool
    p: float
    q: float
    few: bool
    alert: bool


@dataclass(frozen=True)
class FalseAlarms:
    """Hold how often the same procedure alarms where nothing happens, found by simulation from the fitted models.

    `each` is the share of simulated counts above their bound (nominally alpha), with a 95 % interval; `any_` the share
    of runs with at least one alert, which is the false discovery rate where nothing happens anywhere.
    """

    runs: int
    each: float
    each_low: float
    each_high: float
    any_: float
    any_low: float
    any_high: float


@dataclass(frozen=True)
class Alerts:
    """Hold every count judged, in the order of series and rows, and the false alarms to expect (None: not simulated)."""

    judged: tuple[Judged, ...]
    false_alarms: FalseAlarms | None


@dataclass(frozen=True)
class _Bound:
    expected: Floats
    dispersion: Floats
    upper: Floats
    p: Floats
    trend: NDArray[np.bool_]
    baseline: Floats


def find_alerts(
    series: Mapping[str, Floats], *, baseline: Baseline | None = None, last: int = 1, alpha: float = 0.05,
    rate: float = 0.1, bound: str = "negative-binomial", runs: int = 0, seed: int = 1,
) -> Alerts:  # fmt: skip
    """Judge the `last` rows of each series of counts against its own past, false discoveries held at `rate` over all.

    A quasi-Poisson regression on a trend and season is fitted twice, past outbreaks weighted down by their Anscombe
    residuals; a trend that leads beyond every past count is dropped. `bound` is the 1 - `alpha` quantile of a negative
    binomial (2013) or of the two-thirds power (1996, which also counts the error of the expected). An alert has
    q <= `rate` and cases enough. `runs` simulates the false alarms. Refuses a series shorter than its baseline.
    """
    past = baseline or Baseline()
    places = [(name, row) for name, counts in series.items() for row in _rows(name, counts, past, last)]
    random = np.random.default_rng(seed)
    found, nulls = [], []
    for name, row in places:
        design, start = _design(row, past)
        counts = series[name]
        base = counts[start : row - past.gap]
        judged = _judge(base[None], counts[row : row + 1], design, alpha, bound)
        found.append(judged)
        if runs:
            nulls.append(_null(judged, design, alpha, bound, runs, random))
    q = _false_discovery(np.array([float(each.p[0]) for each in found])[None])[0]
    judged_rows = tuple(
        _judged(name, row, series[name], each, float(q[i]), rate) for i, ((name, row), each) in enumerate(zip(places, found, strict=True))
    )  # fmt: skip
    return Alerts(judged_rows, _false_alarms(nulls, rate) if runs else None)


def _rows(name: str, counts: Floats, past: Baseline, last: int) -> range:
    n = len(counts)
    reach = past.years * past.period + past.window
    needed = 2 * past.period + past.window + 1
    if n < needed:
        raise InvalidInput(
            "series.short",
            "{name} has {rows} rows; two years of the past, the window around the season and the row judged need {needed}.",
            name=name, rows=n, needed=needed,
        )  # fmt: skip
    for key, value, low, high in (
        ("period", past.period, 2, n),
        ("window", past.window, 0, (past.period - 2) // 2),
        ("levels", past.levels, 1, max(past.period - 2 * past.window, 1)),
        ("gap", past.gap, 0, past.period),
        ("years", past.years, 2, (n - 1 - past.window) // past.period),
        ("last", last, 1, n - reach),
    ):
        if not low <= value <= high:
            raise InvalidInput(
                "setting.range",
                "{name}: {key} must be between {low} and {high}, not {value}.",
                name=name, key=key, low=low, high=high, value=value,
            )  # fmt: skip
    return range(n - last, n)


def _design(row: int, past: Baseline) -> tuple[Floats, int]:
    """Build the design of the baseline with the judged row below it: constant, trend, season; and its first row."""
    start = row - past.years * past.period - past.window
    rows = np.concatenate([np.arange(start, row - past.gap), [row]])
    place = (rows - row) % past.period
    other = past.period - 2 * past.window - 1
    level = 1 + (place - past.window - 1) * (past.levels - 1) // max(other, 1)
    level = np.where((place <= past.window) | (place >= past.period - past.window), 0, level)
    season = [(level == each).astype(np.float64) for each in range(1, past.levels)]
    trend = (rows - row) / past.period
    return np.column_stack([np.ones(len(rows)), *season, trend]), start


def _judge(base: Floats, current: Floats, design: Floats, alpha: float, bound: str) -> _Bound:
    """Judge r counts (r,) against r baselines (r, n); the last column of the design is the trend, its last row the count."""
    with_trend = _expect(base, design)
    without = _expect(base, design[:, :-1])
    trend = with_trend[0] <= base.max(axis=1)
    mu, error, phi = (np.where(trend, a, b) for a, b in zip(with_trend[:3], without[:3], strict=True))
    fitted = np.where(trend[:, None], with_trend[3], without[3])
    if bound == "power":
        spread = np.sqrt(phi * mu + (mu * error) ** 2) / mu
        upper = mu * (1 + 2 / 3 * float(norm.isf(alpha)) * spread) ** 1.5
        p = norm.sf(1.5 * ((current / mu) ** (2 / 3) - 1) / spread)
    else:
        upper, p = _quantile(alpha, mu, phi), _tail(current, mu, phi)
    return _Bound(mu, phi, upper, p, trend, fitted)


def _expect(base: Floats, design: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Give the expected count, its error on the log scale, the dispersion and the fitted baseline, reweighted once."""
    past, now = design[:-1], design[-1]
    n, p = past.shape
    fit = fit_log(base, past)
    phi = np.maximum(_pearson(base, fit, np.ones_like(base)) / (n - p), 1.0)
    third = fit.mu ** (1 / 6)
    residual = 1.5 * (base ** (2 / 3) - fit.mu ** (2 / 3)) / third
    residual /= np.sqrt(phi[:, None] * np.maximum(1 - fit.hat, 1e-9))
    weights = np.where(residual > OUTLYING, np.maximum(np.abs(residual), 1.0) ** -2.0, 1.0)
    weights *= n / weights.sum(axis=1, keepdims=True)
    fit = fit_log(base, past, weights=weights)
    phi = np.maximum(_pearson(base, fit, weights) / (n - p), 1.0)
    mu = np.exp(np.clip(fit.beta @ now, -30, 30))
    error = np.sqrt(phi * np.einsum("a,rab,b->r", now, fit.inverse, now))
    return mu, error, phi, fit.mu


def _pearson(base: Floats, fit: LogFit, weights: Floats) -> Floats:
    return np.asarray((weights * (base - fit.mu) ** 2 / fit.mu).sum(axis=1))


def _tail(count: Floats, mu: Floats, phi: Floats) -> Floats:
    over = phi > 1 + 1e-9
    size = mu / np.where(over, phi - 1, 1.0)
    return np.asarray(np.where(over, nbinom.sf(count - 1, size, 1 / phi), poisson.sf(count - 1, mu)))


def _quantile(alpha: float, mu: Floats, phi: Floats) -> Floats:
    over = phi > 1 + 1e-9
    size = mu / np.where(over, phi - 1, 1.0)
    return np.asarray(np.where(over, nbinom.ppf(1 - alpha, size, 1 / phi), poisson.ppf(1 - alpha, mu)))


def _draw(mu: Floats, phi: float, random: np.random.Generator) -> Floats:
    rate = random.gamma(mu / (phi - 1), phi - 1) if phi > 1 + 1e-9 else mu
    return random.poisson(rate).astype(np.float64)


def _null(
    judged: _Bound, design: Floats, alpha: float, bound: str, runs: int, random: np.random.Generator
) -> tuple[Floats, NDArray[np.bool_]]:
    """Judge `runs` counts and baselines drawn from the fitted model, in which nothing happens: p and above the bound."""
    phi = float(judged.dispersion[0])
    base = _draw(np.repeat(judged.baseline, runs, axis=0), phi, random)
    current = _draw(np.repeat(judged.expected, runs), phi, random)
    again = _judge(base, current, design, alpha, bound)
    return again.p, current > again.upper


def _false_discovery(p: Floats) -> Floats:
    """Give q of p (r, m) along each row: the least false discovery rate at which each would be found."""
    m = p.shape[1]
    order = np.argsort(p, axis=1)
    scaled = np.take_along_axis(p, order, axis=1) * m / np.arange(1, m + 1)
    q = np.minimum.accumulate(scaled[:, ::-1], axis=1)[:, ::-1]
    out = np.empty_like(p)
    np.put_along_axis(out, order, np.minimum(q, 1.0), axis=1)
    return out


def _judged(name: str, row: int, counts: Floats, found: _Bound, q: float, rate: float) -> Judged:
    few = float(counts[row - RECENT + 1 : row + 1].sum()) < FEWEST
    return Judged(
        name, row + 1, float(counts[row]), float(found.expected[0]), float(found.dispersion[0]), float(found.upper[0]),
        bool(found.trend[0]), float(found.p[0]), q, few, q <= rate and not few,
    )  # fmt: skip


def _false_alarms(nulls: list[tuple[Floats, NDArray[np.bool_]]], rate: float) -> FalseAlarms:
    p = np.column_stack([each[0] for each in nulls])
    above = np.column_stack([each[1] for each in nulls])
    some = np.asarray(_false_discovery(p) <= rate).max(axis=1)
    return FalseAlarms(len(p), *_share(int(above.sum()), above.size), *_share(int(some.sum()), len(p)))


def _share(hits: int, of: int) -> tuple[float, float, float]:
    """Give a share with its 95 % interval (C. J. Clopper and E. S. Pearson, Biometrika 26 (1934) 404-413)."""
    low = float(beta.ppf(0.025, hits, of - hits + 1)) if hits else 0.0
    high = float(beta.ppf(0.975, hits + 1, of - hits)) if hits < of else 1.0
    return hits / of, low, high
