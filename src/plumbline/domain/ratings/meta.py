"""A small meta-analysis: pool effects of studies, say how much they differ, and give the rows of a forest plot.

Sources: R. DerSimonian and N. Laird, Controlled Clinical Trials 7 (1986) 177-188; R. C. Paule and J. Mandel, Journal of
Research of the NBS 87 (1982) 377-385; W. Viechtbauer, Journal of Educational and Behavioral Statistics 30 (2005) 261-293,
for REML; J. Hartung and G. Knapp, Statistics in Medicine 20 (2001) 3875-3889, and J. IntHout et al., BMC Medical Research
Methodology 14 (2014) 25, for the t interval; J. P. T. Higgins and S. G. Thompson, Statistics in Medicine 21 (2002)
1539-1558, for I2; J. P. T. Higgins et al., Journal of the Royal Statistical Society A 172 (2009) 137-159, for prediction;
M. Egger et al., BMJ 315 (1997) 629-634, for the test of small-study effects.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import gammaln
from scipy.stats import chi2, norm
from scipy.stats import t as student

from plumbline.domain.errors import InvalidInput, unfit

Floats = NDArray[np.float64]
METHODS = ("fixed", "DL", "PM", "REML")
SMALLEST = 1e-200  # of a variance: its inverse squared is finite


@dataclass(frozen=True)
class Study:
    """Hold one study's effect on the scale that is pooled (log odds ratio, mean difference ...), and its standard error."""

    name: str
    effect: float
    se: float


@dataclass(frozen=True)
class Row:
    """Hold one row of a forest plot: a study's effect with its 95 % interval and its share of the weight (0 to 1)."""

    name: str
    effect: float
    low: float
    high: float
    weight: float


@dataclass(frozen=True)
class Pooled:
    """Hold a pooled effect: its interval, heterogeneity (Q, its p, I2 as a share, tau2), prediction interval and rows.

    `egger_p` is the p value of Egger's test, nan with fewer than three studies or where all standard errors are equal.
    """

    method: str
    interval: str
    k: int
    effect: float
    se: float
    low: float
    high: float
    p: float
    q: float
    q_p: float
    i2: float
    tau2: float
    prediction_low: float
    prediction_high: float
    egger_p: float
    rows: tuple[Row, ...]


def pool(studies: Sequence[Study], *, method: str = "REML", knapp_hartung: bool = False, level: float = 0.95) -> Pooled:
    """Pool effects by inverse variance: fixed, or random with tau2 by DL, PM or REML. Refuses a standard error <= 0."""
    for row, study in enumerate(studies, start=1):
        if not (np.isfinite(study.effect) and study.se**2 > SMALLEST and np.isfinite(study.se)):
            raise InvalidInput(
                "meta.study",
                "Study {row}, '{name}', needs an effect and a standard error above 0.",
                row=row,
                name=study.name,
            )
    if len(studies) < 2 or method not in METHODS:
        raise InvalidInput(
            "meta.too-few", "Pooling needs two studies and one of the methods {methods}.", methods=", ".join(METHODS)
        )
    y = np.array([study.effect for study in studies])
    v = np.array([study.se for study in studies]) ** 2
    k = len(y)
    q = float((1 / v * (y - _mean(y, 1 / v)) ** 2).sum())
    tau2 = 0.0 if method == "fixed" else {"DL": _dersimonian_laird, "PM": _paule_mandel, "REML": _reml}[method](y, v)
    w = 1 / (v + tau2)
    effect = _mean(y, w)
    se = float(np.sqrt(1 / w.sum()))
    if knapp_hartung:
        se *= float(np.sqrt((w * (y - effect) ** 2).sum() / (k - 1)))
    spread = student(k - 1) if knapp_hartung else norm
    half = float(spread.ppf((1 + level) / 2)) * se
    reach = (
        float(student.ppf((1 + level) / 2, k - 2)) * float(np.sqrt(tau2 + se**2))
        if k > 2 and method != "fixed"
        else float("nan")
    )
    z = float(norm.ppf((1 + level) / 2))
    rows = (
        Row(study.name, study.effect, study.effect - z * study.se, study.effect + z * study.se, float(share))
        for study, share in zip(studies, w / w.sum(), strict=True)
    )
    return Pooled(
        method=method, interval="Hartung-Knapp" if knapp_hartung else "normal", k=k,
        effect=effect, se=se, low=effect - half, high=effect + half,
        p=float(2 * spread.sf(abs(effect) / se)) if se else float(effect == 0),
        q=q, q_p=float(chi2.sf(q, k - 1)), i2=max(0.0, (q - (k - 1)) / q) if q else 0.0, tau2=tau2,
        prediction_low=effect - reach, prediction_high=effect + reach, egger_p=_egger(y, v), rows=tuple(rows),
    )  # fmt: skip


def log_odds_ratio(a: float, n1: float, c: float, n2: float) -> tuple[float, float]:
    """Give the log odds ratio and its standard error from events and totals of two groups; 0.5 is added where a cell is 0.

    >>> [round(x, 4) for x in log_odds_ratio(4, 123, 11, 139)]
    [-0.9387, 0.5976]
    """
    cells = np.array([a, n1 - a, c, n2 - c], dtype=float)
    if (cells < 0).any():
        raise InvalidInput("meta.events", "There cannot be more events than cases, or fewer than none.")
    if (cells == 0).any():
        cells = cells + 0.5
    return float(np.log(cells[0] * cells[3] / (cells[1] * cells[2]))), float(np.sqrt((1 / cells).sum()))


def log_risk_ratio(a: float, n1: float, c: float, n2: float) -> tuple[float, float]:
    """Give the log risk ratio and its standard error from events and totals of two groups; 0.5 is added where a cell is 0.

    >>> [round(x, 4) for x in log_risk_ratio(4, 123, 11, 139)]
    [-0.8893, 0.5706]
    """
    if not (0 <= a <= n1 and 0 <= c <= n2):
        raise InvalidInput("meta.events", "There cannot be more events than cases, or fewer than none.")
    if 0 in (a, c, n1 - a, n2 - c):
        a, c, n1, n2 = a + 0.5, c + 0.5, n1 + 1, n2 + 1
    return float(np.log((a / n1) / (c / n2))), float(np.sqrt(1 / a - 1 / n1 + 1 / c - 1 / n2))


def standardised_difference(m1: float, sd1: float, n1: float, m2: float, sd2: float, n2: float) -> tuple[float, float]:
    """Give Hedges' g and its standard error from means, standard deviations and sizes of two groups.

    The difference over the pooled deviation, times Hedges' exact factor (1981); variance 1/n1 + 1/n2 + g^2 / (2 (n1 + n2)).

    >>> [round(x, 4) for x in standardised_difference(55, 47, 155, 75, 64, 156)]
    [-0.3552, 0.1143]
    """
    if min(n1, n2) < 2 or min(sd1, sd2) < 0 or not sd1 + sd2:
        raise unfit(
            "meta",
            "groups",
            "two cases or more and a deviation above 0 are needed here",
            f"{n1:g}, {n2:g}, {sd1:g}, {sd2:g}",
        )
    free = n1 + n2 - 2
    pooled = np.sqrt(((n1 - 1) * sd1**2 + (n2 - 1) * sd2**2) / free)
    factor = np.exp(gammaln(free / 2) - np.log(np.sqrt(free / 2)) - gammaln((free - 1) / 2))
    g = float(factor * (m1 - m2) / pooled)
    return g, float(np.sqrt(1 / n1 + 1 / n2 + g**2 / (2 * (n1 + n2))))


def _mean(y: Floats, w: Floats) -> float:
    return float((w * y).sum() / w.sum())


def _dersimonian_laird(y: Floats, v: Floats) -> float:
    w = 1 / v
    q = (w * (y - _mean(y, w)) ** 2).sum()
    return max(0.0, float((q - (len(y) - 1)) / (w.sum() - (w**2).sum() / w.sum())))


def _paule_mandel(y: Floats, v: Floats) -> float:
    def excess(tau2: float) -> float:
        w = 1 / (v + tau2)
        return float((w * (y - _mean(y, w)) ** 2).sum() - (len(y) - 1))

    if excess(0.0) <= 0:
        return 0.0
    high = float(np.var(y)) + float(v.max())
    while excess(high) > 0:
        high *= 2
    return float(brentq(excess, 0.0, high, xtol=1e-14, rtol=1e-12))


def _reml(y: Floats, v: Floats) -> float:
    """Solve the REML equation by Fisher scoring from the DerSimonian-Laird estimate, halving steps that leave it."""
    tau2 = _dersimonian_laird(y, v)
    for _ in range(500):
        w = 1 / (v + tau2)
        projected = w * (y - _mean(y, w))
        trace = w.sum() - (w**2).sum() / w.sum()
        information = (w**2).sum() - 2 * (w**3).sum() / w.sum() + ((w**2).sum() / w.sum()) ** 2
        step = float(((projected**2).sum() - trace) / information)
        while tau2 + step < 0:
            step = -tau2 if tau2 < 1e-12 else step / 2
            if step == -tau2:
                break
        tau2 += step
        if abs(step) < 1e-13 * (1 + tau2):
            break
    return max(tau2, 0.0) if tau2 > 1e-11 else 0.0


def _egger(y: Floats, v: Floats) -> float:
    se = np.sqrt(v)
    if len(y) < 3 or np.ptp(se) == 0:
        return float("nan")
    x = np.column_stack([np.ones(len(y)), 1 / se])
    z = y / se
    beta, *_ = np.linalg.lstsq(x, z, rcond=None)
    left = z - x @ beta
    variance = (left**2).sum() / (len(y) - 2) * np.linalg.inv(x.T @ x)[0, 0]
    return float(2 * student.sf(abs(beta[0]) / np.sqrt(variance), len(y) - 2)) if variance > 0 else 0.0
