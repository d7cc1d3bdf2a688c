"""Intervals of a proportion: six of them, by name.

`mean` is p +- t se; `logit` and `asin` do so on a transformed scale and go back; `likelihood` inverts the scaled log-likelihood ratio of
J. N. K. Rao and A. J. Scott (Annals of Statistics 12, 1984, 46-60); `beta` is the exact binomial interval at the effective sample size of E. L.
Korn and B. I. Graubard (Survey Methodology 24, 1998, 193-201); `xlogit` is the logit interval from the error of the proportion itself.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import interpolate, optimize, special, stats

from plumbline.domain.surveys.replicates import Replicates

METHODS = ("mean", "logit", "likelihood", "asin", "beta", "xlogit")
FARTHEST = 50.0
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
        return float(np.sin(max(middle - reach, 0.0)) ** 2), float(np.sin(min(middle + reach, np.pi / 2)) ** 2)
    if method == "beta":
        return _exact(p, se, t, n, level)
    return (float("nan"), float("nan")) if replicates is not None else _likelihood(p, se, n, df, level)


def _between(middle: float, reach: float) -> Bounds:
    return float(1 / (1 + np.exp(reach - middle))), float(1 / (1 + np.exp(-reach - middle)))


def _logit_spread(p: float, replicates: tuple[Replicates, NDArray[np.float64]]) -> float:
    design, under = replicates
    made = special.logit(under)
    made[under <= 0], made[under >= 1] = -_last_logit(-special.logit(p)), _last_logit(special.logit(p))
    return float(np.sqrt(design.variances(made[None, :], np.array([np.log(p / (1 - p))]))[0]))


def _last_logit(at: float) -> float:
    """Give the logit that Newton's method comes to from `at` where all answer yes, until the deviance changes by less than 1e-8, as R's glm.

    The likelihood has no greatest value there; a replicate like that makes the interval reach nearly from 0 to 1.
    """
    deviance = np.inf
    for _ in range(25):
        before, at = deviance, at + 1 + np.exp(-at)
        deviance = 2 * np.logaddexp(0, -at)
        if abs(deviance - before) < 1e-8 * (deviance + 0.1):
            break
    return float(at)


def _exact(p: float, se: float, t: float, n: int, level: float) -> Bounds:
    size = p * (1 - p) / se**2
    if n > 1:
        size *= (float(stats.t.ppf((1 + level) / 2, n - 1)) / t) ** 2
    tail = (1 - level) / 2
    low = stats.beta.ppf(tail, size * p, size * (1 - p) + 1)
    high = stats.beta.ppf(1 - tail, size * p + 1, size * (1 - p))
    return float(low), float(high)


def _likelihood(p: float, se: float, n: int, df: float, level: float) -> Bounds:
    """Invert the signed root of the scaled likelihood ratio, from a profile of steps joined by a spline.

    Steps go out to a quarter of the error level on the logit scale, five to that distance: the grid of W. N. Venables and B. D. Ripley (Modern
    Applied Statistics with S, 2002, section 8.4), so that bounds agree with R's to six digits where the design effect is near one; those
    of the exact likelihood differ in the fifth or sixth. Where the steps do not go far enough, the likelihood ratio is inverted itself.
    """
    reach = float(stats.t.ppf((1 + level) / 2, df)) * float(np.sqrt(n * se**2 / (p * (1 - p))))
    wide = min(float(np.sqrt(stats.f.isf(stats.norm.sf(reach) / 2, 1, max(n - 1, 1)))), FARTHEST)
    step = wide / 5 * se / (p * (1 - p))
    middle = float(np.log(p / (1 - p)))

    def root(place: int) -> float:
        at = middle + place * step
        ratio = p * (np.log(p) + np.logaddexp(0, -at)) + (1 - p) * (np.log(1 - p) + np.logaddexp(0, at))
        return float(np.sign(place) * np.sqrt(max(2 * (n - 1) * ratio, 0.0)))

    ends = [_steps_out(root, side, wide) for side in (-1, 1)]
    places = np.arange(ends[0], ends[1] + 1)
    known = [root(int(place)) for place in places]
    between = np.linspace(places[0], places[-1], 3 * len(places))
    joined = interpolate.CubicSpline(places, known)(between)
    low, high = np.interp([-reach, reach], joined, between, left=-np.inf, right=np.inf)
    if not np.isfinite([low, high]).all():  # an error far below that of a simple random sample: the steps end too near
        return _inverted(middle, reach**2 / (2 * max(n - 1, 1)))
    return float(special.expit(middle + low * step)), float(special.expit(middle + high * step))


def _inverted(middle: float, reach: float) -> Bounds:
    """Invert the log-likelihood ratio of a case itself, about a proportion given on the logit scale."""
    p = float(special.expit(middle))

    def beyond(at: float) -> float:
        away = p * np.logaddexp(0, -at) + (1 - p) * np.logaddexp(0, at)
        return float(away - p * np.logaddexp(0, -middle) - (1 - p) * np.logaddexp(0, middle)) - reach

    ends = []
    for side in (-1.0, 1.0):
        far = middle + side
        while beyond(far) < 0:
            far += far - middle
        ends.append(optimize.brentq(beyond, middle, far, xtol=1e-13, rtol=1e-14))
    return float(special.expit(ends[0])), float(special.expit(ends[1]))


def _steps_out(root: Callable[[int], float], side: int, wide: float) -> int:
    """Count steps to one side until the root is far enough out, ten at most."""
    place = 0
    while abs(place) < 10 and abs(root(place)) < wide:
        place += side
    return place
