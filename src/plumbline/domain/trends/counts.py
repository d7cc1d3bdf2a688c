"""Count models: Poisson, quasi-Poisson and negative binomial regressions with season and trend.

Sources: P. McCullagh and J. A. Nelder, Generalized Linear Models, 2nd ed. (1989), for iterated weighted least squares;
W. N. Venables and B. D. Ripley, Modern Applied Statistics with S, 4th ed. (2002), 7.4, for theta by turns with the fit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import digamma, gammaln, xlogy
from scipy.stats import norm

from plumbline.domain.errors import InvalidInput, unfit

Floats = NDArray[np.float64]
FAMILIES = ("poisson", "quasi-poisson", "negative-binomial")
ROUNDS = 60


@dataclass(frozen=True)
class Term:
    """Hold one coefficient on the log scale, its standard error, p of a normal test, and the ratio it means."""

    name: str
    estimate: float
    error: float
    p: float
    ratio: float
    low: float
    high: float


@dataclass(frozen=True)
class CountModel:
    """Hold a fitted count model.

    `dispersion` is Pearson's chi-square over its degrees of freedom; `theta` the negative binomial's size, infinite where
    counts vary no more than Poisson's, None for the other families; `aic` None for quasi-Poisson, which has no likelihood.
    """

    family: str
    n: int
    terms: tuple[Term, ...]
    dispersion: float
    theta: float | None
    deviance: float
    aic: float | None
    fitted: tuple[float, ...]


@dataclass(frozen=True)
class LogFit:
    """Hold fits with log link of r series on one design: beta (r, p), inverse information (r, p, p), means and hats (r, n)."""

    beta: Floats
    inverse: Floats
    mu: Floats
    hat: Floats


def seasonal_design(
    n: int, *, period: int = 12, harmonics: int = 0, trend: bool = True, start: int = 0
) -> tuple[Floats, tuple[str, ...]]:
    """Build constant, trend (a step a row, counted from 1) and sine-cosine pairs of a season of `period` rows, (n, p)."""
    if not 0 <= harmonics <= period // 2:
        raise InvalidInput(
            "setting.range",
            "{name}: {key} must be between {low} and {high}, not {value}.",
            name="series", key="harmonics", low=0, high=period // 2, value=harmonics,
        )  # fmt: skip
    t = np.arange(start + 1, start + n + 1, dtype=np.float64)
    columns, names = [np.ones(n)], ["constant"]
    if trend:
        columns.append(t)
        names.append("trend")
    for h in range(1, harmonics + 1):
        if 2 * h < period:  # of the quickest wave, up and down by turns, the sine is 0 at every row
            columns.append(np.sin(2 * np.pi * h * t / period))
            names.append(f"sin{h}")
        columns.append(np.cos(2 * np.pi * h * t / period))
        names.append(f"cos{h}")
    return np.column_stack(columns), tuple(names)


def fit_log(
    counts: Floats, design: Floats, *, weights: Floats | None = None, offset: Floats | float = 0.0, excess: float = 0.0
) -> LogFit:
    """Fit r series of counts (r, n) on one design (n, p) by iterated weighted least squares, variance mu + excess mu^2."""
    w = np.ones_like(counts) if weights is None else weights
    n, p = design.shape
    outer = (design[:, :, None] * design[:, None, :]).reshape(n, p * p)
    mu = counts + 0.1 + 0.1 * counts.mean(axis=1, keepdims=True)
    eta, last = np.log(mu), np.full(len(counts), np.inf)
    inverse = np.empty((len(counts), p, p))
    beta = np.zeros((len(counts), p))
    for _ in range(ROUNDS):
        working = w * mu / (1 + excess * mu)
        inverse = _inverse((working @ outer).reshape(-1, p, p))
        target = eta - offset + (counts - mu) / mu
        beta = np.einsum("rab,rb->ra", inverse, (working * target) @ design)
        eta = np.clip(beta @ design.T + offset, -30, 30)
        mu = np.exp(eta)
        now = (w * (xlogy(counts, counts) - xlogy(counts, mu) - (counts - mu))).sum(axis=1)
        if (np.abs(now - last) <= 1e-10 * (np.abs(now) + 0.1)).all():
            break
        last = now
    working = w * mu / (1 + excess * mu)
    inverse = _inverse((working @ outer).reshape(-1, p, p))
    hat = working * (inverse.reshape(-1, p * p) @ outer.T)
    return LogFit(beta, inverse, mu, hat)


def _inverse(information: Floats) -> Floats:
    scale = np.sqrt(np.maximum(np.einsum("raa->ra", information), 1e-300))
    scaled = information / scale[:, :, None] / scale[:, None, :]
    out = np.linalg.inv(scaled + 1e-13 * np.eye(information.shape[1]))
    return np.asarray(out / scale[:, :, None] / scale[:, None, :])


def count_model(
    counts: Floats, design: Floats, names: tuple[str, ...], *, family: str = "negative-binomial",
    exposure: Floats | None = None, level: float = 0.95,
) -> CountModel:  # fmt: skip
    """Fit a count model with log link; `exposure` (population, area, days) enters as an offset of coefficient 1.

    Ratios are exp(estimate) with normal intervals at `level`. Refuses counts that are negative or fewer than terms.
    """
    n, p = design.shape
    if n <= p:
        raise unfit("series", "rows", f"{p + 1} or more are needed here for {p} terms", n)
    offset = 0.0 if exposure is None else np.log(exposure)
    theta = np.inf
    fit = fit_log(counts[None], design, offset=offset)
    if family == "negative-binomial":
        for _ in range(ROUNDS):
            before, theta = theta, _theta(counts, fit.mu[0])
            fit = fit_log(counts[None], design, offset=offset, excess=0.0 if np.isinf(theta) else 1 / theta)
            if theta == before or abs(theta - before) < 1e-8 * theta:
                break
    mu = fit.mu[0]
    variance = mu + (0.0 if np.isinf(theta) else mu**2 / theta)
    dispersion = float(((counts - mu) ** 2 / variance).sum() / (n - p))
    errors = np.sqrt(np.diag(fit.inverse[0]) * (dispersion if family == "quasi-poisson" else 1.0))
    terms = tuple(_term(*each, level) for each in zip(names, fit.beta[0], errors, strict=True))
    likelihood = _log_likelihood(counts, mu, theta)
    aic = None if family == "quasi-poisson" else -2 * likelihood + 2 * (p + (family == "negative-binomial"))
    return CountModel(
        family, n, terms, dispersion, theta if family == "negative-binomial" else None,
        2 * (_log_likelihood(counts, np.maximum(counts, 1e-300), theta) - likelihood), aic, tuple(mu.tolist()),
    )  # fmt: skip


def _term(name: str, estimate: float, error: float, level: float) -> Term:
    reach = float(norm.ppf((1 + level) / 2)) * error
    p = 2 * float(norm.sf(abs(estimate / error))) if error > 0 else float("nan")
    low, ratio, high = np.exp([estimate - reach, estimate, estimate + reach])
    return Term(name, float(estimate), float(error), p, float(ratio), float(low), float(high))


def _log_likelihood(counts: Floats, mu: Floats, theta: float) -> float:
    if np.isinf(theta):
        return float((xlogy(counts, mu) - mu - gammaln(counts + 1)).sum())
    both = gammaln(counts + theta) - gammaln(theta) - gammaln(counts + 1)
    return float((both + theta * np.log(theta / (theta + mu)) + xlogy(counts, mu / (theta + mu))).sum())


def _theta(counts: Floats, mu: Floats) -> float:
    """Give the size that makes counts most likely at given means, infinite where Poisson does best."""

    def score(log_theta: float) -> float:
        theta = np.exp(log_theta)
        terms = digamma(counts + theta) - digamma(theta) - np.log1p(mu / theta) + (mu - counts) / (theta + mu)
        return float(terms.sum() * theta)

    low, high = -7.0, 11.0
    if score(high) >= 0:
        return float("inf")
    return float(np.exp(brentq(score, low, high, xtol=1e-12))) if score(low) > 0 else float(np.exp(low))
