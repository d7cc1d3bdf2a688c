"""Breaks in a mean or a regression, their number chosen by BIC, with intervals and a test of 'no break'.

Sources: J. Bai and P. Perron, Journal of Applied Econometrics 18 (2003) 1-22, for the dynamic program; Y.-C. Yao,
Statistics and Probability Letters 6 (1988) 181-189, for BIC; J. Bai, Review of Economics and Statistics 79 (1997) 551-563,
for the intervals; D. W. K. Andrews, Econometrica 61 (1993) 821-856, for supF; A. Estrella, Econometric Theory 19 (2003)
1128-1143, after D. M. DeLong (1981), for its tail.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import erfcx, gammaln, ndtr

from plumbline.domain.errors import InvalidInput, unfit

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Segment:
    """Hold a stretch between breaks: first and last observation (counted from 1), mean, standard deviation, coefficients.

    `coefficients` are those of the regression, the constant first; of a mean alone they are the mean.
    """

    first: int
    last: int
    mean: float
    sd: float
    coefficients: tuple[float, ...]


@dataclass(frozen=True)
class Breaks:
    """Hold the best breaks for every number of them, and those that BIC chooses with their intervals.

    A break is the last observation of its segment, counted from 1. `rss` and `bic` run over 0, 1, ... breaks;
    `breaks_by_number` and `intervals_by_number` hold the breaks for each and the first and last observation where each
    may lie, at `level`; an interval may reach beyond the series, which then says little of the place. `sup_f` is the
    largest F (not divided by the number of coefficients) of one break against none, outside the first and last `trim` of
    the series, at `sup_f_break`; `p` its approximate tail.
    """

    n: int
    rss: tuple[float, ...]
    bic: tuple[float, ...]
    breaks_by_number: tuple[tuple[int, ...], ...]
    intervals_by_number: tuple[tuple[tuple[int, int], ...], ...]
    breaks: tuple[int, ...]
    intervals: tuple[tuple[int, int], ...]
    level: float
    segments: tuple[Segment, ...]
    sup_f: float
    sup_f_break: int
    p: float


def mean_breaks(
    series: Floats, *, most: int = 5, min_size: int | None = None, trim: float = 0.15, level: float = 0.95,
    lags: tuple[int, ...] = (),
) -> Breaks:  # fmt: skip
    """Find up to `most` breaks in the mean, each segment of at least `min_size` observations (left out: `trim` of them).

    With `lags` the breaks are in the regression on a constant and the series so many observations before; the first ones,
    which have none before them, are left out, and observations are still counted from the start of the series. BIC counts
    the coefficients and a variance or break a segment: n (ln(2 pi RSS / n) + 1) + (k + 1) (m + 1) ln n. Intervals let the
    variance differ between segments and take errors for uncorrelated.

    >>> mean_breaks(np.array([1.0, 2, 1, 2, 8, 9, 8, 9]), most=1, min_size=2).breaks
    (4,)
    """
    for lag in lags:
        _check(key="lags", value=lag, low=1, high=max(len(series) // 2, 1))
    first = max(lags, default=0)
    y = series[first:]
    design = np.column_stack([np.ones(len(y)), *(series[first - lag : len(series) - lag] for lag in lags)])
    n, k = design.shape
    size = min_size if min_size is not None else max(int(np.floor(trim * n)), k + 1)
    if n < 2 * (k + 1):
        raise unfit("series", "rows", f"{2 * (k + 1) + first} or more are needed here", len(series))
    _check(key="min-size", value=size, low=k + 1, high=n // 2)
    _check(key="max", value=most, low=0, high=n)
    _check(key="trim", value=trim, low=0.01, high=0.49)
    _check(key="level", value=level, low=0.5, high=0.999)
    every = _costs(y, design)
    ways, rss = _partitions(every, size, min(most, n // size - 1))
    with np.errstate(divide="ignore"):
        bic = tuple(
            float(n * (np.log(2 * np.pi * each / n) + 1) + (k + 1) * (m + 1) * np.log(n)) for m, each in enumerate(rss)
        )
    best = int(np.argmin(bic))
    fits = [[_Fit.of(y, design, a, b) for a, b in pairwise((0, *way, n))] for way in ways]
    intervals = tuple(tuple(_interval(a, b, level, first, n) for a, b in pairwise(fitted)) for fitted in fits)
    breaks = tuple(tuple(place + first for place in way) for way in ways)
    segments = tuple(fit.segment(first) for fit in fits[best])
    value, place, p = _sup_f(every, y, k, trim)
    return Breaks(
        n, rss, bic, breaks, intervals, breaks[best], intervals[best], level, segments, value, place + first, p
    )  # fmt: skip


def _check(*, key: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise InvalidInput(
            "setting.range",
            "{name}: {key} must be between {low} and {high}, not {value}.",
            name="series", key=key, low=low, high=high, value=value,
        )  # fmt: skip


def _partitions(every: Floats, size: int, most: int) -> tuple[tuple[tuple[int, ...], ...], tuple[float, ...]]:
    n = len(every) - 1
    length = np.arange(n + 1)[None, :] - np.arange(n + 1)[:, None]
    cost = np.where(length >= size, every, np.inf)
    best, last = [cost[0]], [np.zeros(n + 1, dtype=np.int64)]
    for _ in range(most):
        options = best[-1][:, None] + cost
        last.append(np.argmin(options, axis=0))
        best.append(np.min(options, axis=0))
    return tuple(_walk(last, m, n) for m in range(most + 1)), tuple(float(row[n]) for row in best)


def _costs(y: Floats, design: Floats) -> Floats:
    """Give the residual sum of squares of the segment after i up to j, (n + 1, n + 1), infinite where j <= i."""
    n, k = design.shape
    moved = design.copy()
    moved[:, 1:] -= moved[:, 1:].mean(axis=0)
    moved[:, 1:] /= np.where((spread := moved[:, 1:].std(axis=0)) > 0, spread, 1.0)
    centred = y - y.mean()
    squares, cross, inner = (
        np.concatenate([np.zeros((1, *each.shape[1:])), np.cumsum(each, axis=0)])
        for each in (centred**2, moved * centred[:, None], moved[:, :, None] * moved[:, None, :])
    )
    cost = np.full((n + 1, n + 1), np.inf)
    for i in range(n):
        total, xy, xx = squares[i + 1 :] - squares[i], cross[i + 1 :] - cross[i], inner[i + 1 :] - inner[i]
        beta = xy / xx[:, 0] if k == 1 else np.einsum("jab,jb->ja", np.linalg.pinv(xx, hermitian=True), xy)
        cost[i, i + 1 :] = np.maximum(total - (beta * xy).sum(axis=1), 0.0)
    return cost


@dataclass(frozen=True)
class _Fit:
    """Hold a segment's regression: its bounds, values, coefficients, mean squared residual and mean of x x'."""

    start: int
    end: int
    values: Floats
    beta: Floats
    variance: float
    inner: Floats

    @classmethod
    def of(cls, y: Floats, design: Floats, start: int, end: int) -> _Fit:
        x, values = design[start:end], y[start:end]
        beta: Floats = np.linalg.lstsq(x, values, rcond=None)[0].astype(np.float64)
        return cls(start, end, values, beta, float(((values - x @ beta) ** 2).mean()), x.T @ x / len(x))

    def segment(self, first: int) -> Segment:
        values = self.values
        return Segment(
            self.start + 1 + first, self.end + first, float(values.mean()), float(values.std(ddof=1)),
            tuple(float(each) for each in self.beta),
        )  # fmt: skip


def _interval(before: _Fit, after: _Fit, level: float, first: int, n: int) -> tuple[int, int]:
    """Give the first and last observation where the break between two segments may lie, at a level (Bai 1997)."""
    change = after.beta - before.beta
    (left_q, left_v), (right_q, right_v) = (
        (float(change @ fit.inner @ change), fit.variance) for fit in (before, after)
    )
    place = before.end + first
    if min(left_q, right_q) <= 1e-20 * float((before.values**2).mean() + (after.values**2).mean()):
        return first + 1, first + n
    if max(left_v / left_q, right_v / right_q) < 1e-9:
        return place, place
    left_v, right_v = max(left_v, 1e-9 * left_q), max(right_v, 1e-9 * right_q)
    scale = left_v / left_q
    ratio = right_q / left_q
    left = (0.5, 1.0)
    right = (ratio / 2, ratio * right_v / left_v)
    low, high = (_place_quantile(q, left, right) * scale for q in ((1 - level) / 2, (1 + level) / 2))
    return int(np.floor(place - high + 1e-9)), int(np.ceil(place - low - 1e-9))


def _place_quantile(q: float, left: tuple[float, float], right: tuple[float, float]) -> float:
    """Give a quantile of the place where a Brownian motion with a drift down on both sides of 0 is highest."""
    reach = 1.0
    while min(_beyond(reach, left, right), 1.0) > q / 2 or _beyond(reach, right, left) > (1 - q) / 2:
        reach *= 2
    return float(
        brentq(lambda x: (_beyond(-x, left, right) if x < 0 else 1 - _beyond(x, right, left)) - q, -reach, reach)
    )


def _beyond(x: float, side: tuple[float, float], other: tuple[float, float]) -> float:
    """Give the chance that the highest place lies more than `x` out on `side`; a side is its drift down and variance.

    The maximum of a side falls in exponentially with rate r = 2 drift / variance and is reached at m after x with the
    chance that a first passage to m comes after x; it must be above the other side's maximum, 1 - exp(-r' m). The
    integral over m of exp(-c m) times that chance has a closed form in normal tails, taken for c = 0 and c = r'.
    """
    drift, variance = side
    rate, against = 2 * drift / variance, 2 * other[0] / other[1]
    if x <= 0:
        return float(against / (rate + against))
    a, s = drift * x, np.sqrt(variance * x)
    tail, bell = ndtr(-a / s), np.exp(-((a / s) ** 2) / 2)

    def passed(c: float) -> float:
        z = c * s - a / s
        bent = bell * erfcx(z / np.sqrt(2)) / 2 if z > 0 else np.exp(c * (c * s * s / 2 - a)) * ndtr(-z)
        return float((tail + bent) / c)

    def back(c: float) -> float:
        return float((tail - bell * erfcx((a / s + c * s) / np.sqrt(2)) / 2) / c)

    flat = float(s * bell / np.sqrt(2 * np.pi) - a * tail)
    return float(rate * (passed(rate) - passed(rate + against) - flat + back(against)))


def _walk(last: list[NDArray[np.int64]], m: int, n: int) -> tuple[int, ...]:
    out: list[int] = []
    end = n
    for step in range(m, 0, -1):
        end = int(last[step][end])
        out.append(end)
    return tuple(reversed(out))


def _sup_f(every: Floats, y: Floats, k: int, trim: float) -> tuple[float, int, float]:
    n = len(y)
    low = max(int(np.floor(trim * n)), k)
    places = np.arange(low, n - low + 1)
    split = every[0, places] + every[places, n]
    explained = np.maximum(every[0, n] - split, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        f = np.where(explained > n * (1e-12 * np.abs(y).max()) ** 2, explained / (split / (n - 2 * k)), 0.0)
    best = int(np.argmax(f))
    x = float(f[best])
    reach = 2 * np.log((1 - low / n) / (low / n))
    if not k < x < np.inf:
        return x, int(places[best]), float(x <= k)
    density = np.exp(k / 2 * np.log(x / 2) - x / 2 - gammaln(k / 2))
    return x, int(places[best]), float(min(density * ((1 - k / x) * reach + 2 / x), 1.0))
