"""Intervals of a proportion: six of them, by name.

`mean` is p +- t se; `logit` and `asin` do so on a transformed scale and go back; `likelihood` inverts the scaled log-likelihood ratio of
J. N. K. Rao and A. J. Scott (Annals of Statistics 12, 1984, 46-60); `beta` is the exact binomial interval at the effective sample size of E. L.
Korn and B. I. Graubard (Survey Methodology 24, 1998, 193-201); `xlogit` is the logit interval from the error of the proportion itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from plumbline.domain.surveys.replicates import Replicates

METHODS = ("mean", "logit", "likelihood", "asin", "beta", "xlogit")
Bounds = tuple[float, float]


def interval(
    method: str,
    p: float,
    se: float,
    *,
    df: float,
    n: int,
    level: float = 0.95,
    replicates: tuple[Replicates, NDArray[np.float64]] | None = None,
) -> Bounds:
    """Give an interval of a proportion from its error, degrees of freedom and number of cases.

    `replicates` (the design's, and the proportion under each) let `logit` take its error on the logit scale; `likelihood` is
    not defined for them and gives nan.
    """
    if not np.isfinite([p, se]).all() or df <= 0:
        return float("nan"), float("nan")
    t = float(stats.t.ppf((1 + level) / 2, df))
    if method == "mean":
        return p - t * se, p + t * se
    if se == 0 or not 0 < p < 1:
        return p, p
    if method in ("logit", "xlogit"):
        spread = se / (p * (1 - p))
        if method == "logit" and replicates is not None:
            spread = _logit_spread(p, replicates)
        return _between(np.log(p / (1 - p)), t * spread)
    if method == "asin":
        middle, reach = np.arcsin(np.sqrt(p)), t * se / (2 * np.sqrt(p * (1 - p)))
        return float(np.sin(middle - reach) ** 2), float(np.sin(middle + reach) ** 2)
    if method == "beta":
        return _exact(p, se, t, n, level)
    return (float("nan"), float("nan")) if replicates is not None else _likelihood(p, se, n, df, level)


def _between(middle: float, reach: float) -> Bounds:
    return float(1 / (1 + np.exp(reach - middle))), float(1 / (1 + np.exp(-reach - middle)))


def _logit_spread(p: float, replicates: tuple[Replicates, NDArray[np.float64]]) -> float:
    design, under = replicates
    with np.errstate(divide="ignore", invalid="ignore"):
        made = np.log(under / (1 - under))
    return float(np.sqrt(design.variances(made[None, :], np.array([np.log(p / (1 - p))]))[0]))


def _exact(p: float, se: float, t: float, n: int, level: float) -> Bounds:
    size = p * (1 - p) / se**2
    if n > 1:
        size *= (float(stats.t.ppf((1 + level) / 2, n - 1)) / t) ** 2
    tail = (1 - level) / 2
    low = stats.beta.ppf(tail, size * p, size * (1 - p) + 1)
    high = stats.beta.ppf(1 - tail, size * p + 1, size * (1 - p))
    return float(low), float(high)


def _likelihood(p: float, se: float, n: int, df: float, level: float) -> Bounds:
    effect = n * se**2 / (p * (1 - p)) * n / max(n - 1, 1)
    limit = float(stats.f.ppf(level, 1, df)) * effect / (2 * n)

    def beyond(q: float) -> float:
        return float(p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q)) - limit)

    tiny = 1e-14
    low = optimize.brentq(beyond, p * tiny, p, xtol=1e-15, rtol=1e-13) if beyond(p * tiny) > 0 else 0.0
    top = 1 - (1 - p) * tiny
    high = optimize.brentq(beyond, p, top, xtol=1e-15, rtol=1e-13) if beyond(top) > 0 else 1.0
    return float(low), float(high)


def beyond_unit(bounds: Sequence[float]) -> bool:
    """Tell whether bounds leave what a share can be."""
    return bounds[0] < 0 or bounds[1] > 1
