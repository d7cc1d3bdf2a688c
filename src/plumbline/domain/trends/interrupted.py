"""Interrupted series: did level and slope change at a known time?

Sources: A. K. Wagner et al., Journal of Clinical Pharmacy and Therapeutics 27 (2002) 299-309, for the segments; W. K. Newey
and K. D. West, Econometrica 55 (1987) 703-708, for errors; S. J. Prais and C. B. Winsten (1954) for AR(1) errors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from plumbline.domain.errors import InvalidInput, unfit
from plumbline.domain.trends.counts import seasonal_design

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Change:
    """Hold a coefficient or sum, its standard error, p and interval by Student's t."""

    name: str
    estimate: float
    error: float
    p: float
    low: float
    high: float


@dataclass(frozen=True)
class Interrupted:
    """Hold the terms and `total`, the sum over the rows from the interruption on of fitted less what would have been.

    `level` is the jump at the first row of the interruption, `slope` the change a row after it. `rho` is the residuals'
    correlation with those one row before; `lags` how many Newey and West's errors allow for, None with AR(1). `fitted` (n,) is the
    model, `counterfactual` (n,) the same without the interruption.
    """

    terms: tuple[Change, ...]
    total: Change
    rho: float
    lags: int | None
    fitted: Floats
    counterfactual: Floats


def interrupted(
    series: Floats, at: int, *, method: str = "newey-west", lags: int | None = None, period: int = 12, harmonics: int = 0,
    level: float = 0.95,
) -> Interrupted:  # fmt: skip
    """Fit a line with season that breaks at row `at` (counted from 1), errors robust (`newey-west`) or by `ar1`.

    Left out, `lags` are 4 (n / 100)^(2/9), rounded down. Refuses fewer than three rows on a side.
    """
    n = len(series)
    design, names = seasonal_design(n, period=period, harmonics=harmonics)
    k = design.shape[1] + 2
    if n < max(k + 1, 6):
        raise unfit("series", "rows", f"{max(k + 1, 6)} or more are needed here", n)
    for key, value, low, high in (("at", at, 4, n - 2), ("terms", k, 1, n - 1), ("lags", lags or 0, 0, n - 1)):
        if not low <= value <= high:
            raise InvalidInput(
                "setting.range",
                "{name}: {key} must be between {low} and {high}, not {value}.",
                name="series", key=key, low=low, high=high, value=value,
            )  # fmt: skip
    since = np.arange(1, n + 1) - at
    after = np.column_stack([since >= 0, np.maximum(since, 0)]).astype(np.float64)
    x = np.column_stack([design, after])
    if method == "ar1":
        beta, covariance, rho = _ar1(series, x)
        reach = None
    else:
        reach = int(4 * (n / 100) ** (2 / 9)) if lags is None else lags
        beta, covariance, rho = _newey_west(series, x, reach)
    gain = np.concatenate([np.zeros(k - 2), after.sum(axis=0)])
    free = n - k
    terms = tuple(
        _change(name, float(beta[i]), float(covariance[i, i]), free, level)
        for i, name in enumerate((*names, "level", "slope"))
    )
    total = _change("total", float(gain @ beta), float(gain @ covariance @ gain), free, level)
    return Interrupted(terms, total, rho, reach, x @ beta, design @ beta[: k - 2])


def _change(name: str, estimate: float, variance: float, free: int, level: float) -> Change:
    error = max(variance, 0.0) ** 0.5  # rounding may leave it below 0
    reach = float(student.ppf((1 + level) / 2, free)) * error
    p = 2 * float(student.sf(abs(estimate) / error, free)) if error > 0 else float(estimate == 0)
    return Change(name, estimate, error, p, estimate - reach, estimate + reach)


def _correlation(residual: Floats) -> float:
    below = float((residual[:-1] ** 2).sum())
    return float((residual[1:] * residual[:-1]).sum()) / below if below > 0 else 0.0


def _newey_west(y: Floats, x: Floats, lags: int) -> tuple[Floats, Floats, float]:
    bread = np.linalg.inv(x.T @ x)
    beta = bread @ x.T @ y
    residual = y - x @ beta
    scores = x * residual[:, None]
    meat = scores.T @ scores
    for lag in range(1, lags + 1):
        cross = scores[lag:].T @ scores[:-lag]
        meat += (1 - lag / (lags + 1)) * (cross + cross.T)
    n, k = x.shape
    return beta, bread @ meat @ bread * n / (n - k), _correlation(residual)


def _ar1(y: Floats, x: Floats) -> tuple[Floats, Floats, float]:
    """Fit by generalized least squares, the correlation found by turns, the first row kept (Prais-Winsten)."""
    n, k = x.shape
    rho = 0.0
    for _ in range(100):
        first = (1 - rho**2) ** 0.5
        moved_x = np.vstack([first * x[:1], x[1:] - rho * x[:-1]])
        moved_y = np.concatenate([first * y[:1], y[1:] - rho * y[:-1]])
        inverse = np.linalg.inv(moved_x.T @ moved_x)
        beta = inverse @ moved_x.T @ moved_y
        now = min(max(_correlation(y - x @ beta), -0.99), 0.99)
        if abs(now - rho) < 1e-10:
            break
        rho = now
    left = moved_y - moved_x @ beta
    return beta, inverse * float(left @ left) / (n - k), rho
