"""Breaks in the mean of a series, their number chosen by BIC, with a test of 'no break'.

Sources: J. Bai and P. Perron, Journal of Applied Econometrics 18 (2003) 1-22, for the dynamic program; Y.-C. Yao,
Statistics and Probability Letters 6 (1988) 181-189, for BIC; D. W. K. Andrews, Econometrica 61 (1993) 821-856, for supF;
A. Estrella, Econometric Theory 19 (2003) 1128-1143, after D. M. DeLong (1981), for its tail.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from plumbline.domain.errors import InvalidInput

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Segment:
    """Hold a stretch between breaks: first and last observation (counted from 1), mean and standard deviation."""

    first: int
    last: int
    mean: float
    sd: float


@dataclass(frozen=True)
class Breaks:
    """Hold the best breaks for every number of them, and those that BIC chooses.

    A break is the last observation of its segment, counted from 1. `rss` and `bic` run over 0, 1, ... breaks;
    `breaks_by_number` holds the breaks for each. `sup_f` is the largest F of one break against none, outside the first and
    last `trim` of the series, at `sup_f_break`; `p` its approximate tail.
    """

    n: int
    rss: tuple[float, ...]
    bic: tuple[float, ...]
    breaks_by_number: tuple[tuple[int, ...], ...]
    breaks: tuple[int, ...]
    segments: tuple[Segment, ...]
    sup_f: float
    sup_f_break: int
    p: float


def mean_breaks(series: Floats, *, most: int = 5, min_size: int | None = None, trim: float = 0.15) -> Breaks:
    """Find up to `most` breaks in the mean, each segment of at least `min_size` observations (left out: `trim` of them).

    BIC counts a mean, a variance and a break a segment: n (ln(2 pi RSS / n) + 1) + 2 (m + 1) ln n.

    >>> mean_breaks(np.array([1.0, 2, 1, 2, 8, 9, 8, 9]), most=1, min_size=2).breaks
    (4,)
    """
    n = len(series)
    size = min_size if min_size is not None else max(int(np.floor(trim * n)), 2)
    for key, value, low, high in (("min-size", size, 2, n // 2), ("max", most, 0, n), ("trim", trim, 0.01, 0.49)):
        if not low <= value <= high:
            raise InvalidInput(
                "setting.range",
                "{name}: {key} must be between {low} and {high}, not {value}.",
                name="series", key=key, low=low, high=high, value=value,
            )  # fmt: skip
    cost = _costs(series, size)
    most = min(most, n // size - 1)
    best, last = [cost[0]], [np.zeros(n + 1, dtype=np.int64)]
    for _ in range(most):
        options = best[-1][:, None] + cost
        last.append(np.argmin(options, axis=0))
        best.append(np.min(options, axis=0))
    rss = tuple(float(row[n]) for row in best)
    ways = tuple(_walk(last, m, n) for m in range(len(rss)))
    with np.errstate(divide="ignore"):
        bic = tuple(
            float(n * (np.log(2 * np.pi * each / n) + 1) + 2 * (m + 1) * np.log(n)) for m, each in enumerate(rss)
        )
    chosen = ways[int(np.argmin(bic))]
    edges = (0, *chosen, n)
    segments = tuple(
        Segment(a + 1, b, float(series[a:b].mean()), float(series[a:b].std(ddof=1))) for a, b in pairwise(edges)
    )
    return Breaks(n, rss, bic, ways, chosen, segments, *_sup_f(series, trim))


def _costs(series: Floats, size: int) -> Floats:
    """Give the residual sum of squares of the segment after i up to j, (n + 1, n + 1), infinite where it is too short."""
    centred = series - series.mean()
    sums, squares = (np.concatenate([[0.0], np.cumsum(each)]) for each in (centred, centred**2))
    length = np.subtract.outer(np.arange(len(sums)), np.arange(len(sums))).T
    with np.errstate(divide="ignore", invalid="ignore"):
        cost = np.subtract.outer(squares, squares).T - np.subtract.outer(sums, sums).T ** 2 / length
    return np.asarray(np.where(length >= size, np.maximum(cost, 0.0), np.inf))


def _walk(last: list[NDArray[np.int64]], m: int, n: int) -> tuple[int, ...]:
    out: list[int] = []
    end = n
    for step in range(m, 0, -1):
        end = int(last[step][end])
        out.append(end)
    return tuple(reversed(out))


def _sup_f(series: Floats, trim: float) -> tuple[float, int, float]:
    n = len(series)
    centred = series - series.mean()
    total = float((centred**2).sum())
    low = max(int(np.floor(trim * n)), 1)
    places = np.arange(low, n - low + 1)
    sums = np.cumsum(centred)[places - 1]
    explained = sums**2 * (1 / places + 1 / (n - places))
    left = np.maximum(total - explained, 0.0) / (n - 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        f = np.where(explained > n * (1e-12 * np.abs(series).max()) ** 2, explained / left, 0.0)
    best = int(np.argmax(f))
    x = float(f[best])
    reach = 2 * np.log((1 - low / n) / (low / n))
    tail = (
        np.sqrt(x / (2 * np.pi)) * np.exp(-x / 2) * ((1 - 1 / x) * reach + 2 / x) if 1 < x < np.inf else float(x <= 1)
    )
    return x, int(places[best]), float(min(tail, 1.0))
