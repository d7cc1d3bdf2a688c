"""How far two or more raters agree beyond chance, and what they agree on.

Sources: J. Cohen, Educational and Psychological Measurement 20 (1960) 37-46 and Psychological Bulletin 70 (1968) 213-220;
J. L. Fleiss, J. Cohen, B. S. Everitt, Psychological Bulletin 72 (1969) 323-327, for standard errors; J. L. Fleiss,
Psychological Bulletin 76 (1971) 378-382; K. Krippendorff, Content Analysis (4th ed., Sage 2019), chapter 12;
K. L. Gwet, British Journal of Mathematical and Statistical Psychology 61 (2008) 29-48, for AC1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from plumbline.domain.errors import InvalidInput

Floats = NDArray[np.float64]
WEIGHTS = ("none", "linear", "quadratic")


@dataclass(frozen=True)
class Agreement:
    """Hold a coefficient of agreement with its standard error and interval (nan where the source gives none).

    An error of 0, of raters who agree throughout, is that of the formula and says nothing: it gives no interval either.
    """

    method: str
    n: int
    raters: int
    observed: float
    expected: float
    value: float
    se: float
    low: float
    high: float


def cohen_kappa(
    first: Sequence[str], second: Sequence[str], *, classes: Sequence[str], weights: str = "none"
) -> Agreement:
    """Give Cohen's kappa of two raters over the same things, weighted by distance in the order of `classes` if asked.

    The standard error is the large-sample one for a kappa that is not zero (Fleiss, Cohen and Everitt 1969).
    """
    table = _crossed(first, second, classes)
    n = table.sum()
    k = len(classes)
    distance = np.abs(np.subtract.outer(np.arange(k), np.arange(k))) / max(k - 1, 1)
    credit = {"none": np.eye(k), "linear": 1 - distance, "quadratic": 1 - distance**2}[weights]
    p = table / n
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    observed, expected = float((credit * p).sum()), float((credit * np.outer(rows, columns)).sum())
    if expected == 1:
        return Agreement(
            f"kappa/{weights}", int(n), 2, observed, 1.0, float("nan"), float("nan"), float("nan"), float("nan")
        )
    value = (observed - expected) / (1 - expected)
    row_credit, column_credit = credit @ columns, rows @ credit
    spread = credit - np.add.outer(row_credit, column_credit) * (1 - value)
    variance = ((p * spread**2).sum() - (value - expected * (1 - value)) ** 2) / (n * (1 - expected) ** 2)
    return _with_interval(f"kappa/{weights}", int(n), 2, observed, expected, value, float(np.sqrt(max(variance, 0.0))))


def gwet_ac1(first: Sequence[str], second: Sequence[str], *, classes: Sequence[str]) -> Agreement:
    """Give Gwet's AC1 of two raters, which does not collapse where nearly everything falls in one class."""
    table = _crossed(first, second, classes)
    p = table / table.sum()
    shares = (p.sum(axis=0) + p.sum(axis=1)) / 2
    observed = float(np.trace(p))
    expected = float((shares * (1 - shares)).sum() / (len(classes) - 1)) if len(classes) > 1 else 1.0
    value = (observed - expected) / (1 - expected) if expected < 1 else float("nan")
    return Agreement("ac1", int(table.sum()), 2, observed, expected, value, float("nan"), float("nan"), float("nan"))


def fleiss_kappa(counts: Floats) -> Agreement:
    """Give Fleiss' kappa from counts of raters by thing and class, (things, classes), the same number of raters a thing."""
    raters = counts.sum(axis=1)
    if len(counts) < 1 or (raters != raters[0]).any() or raters[0] < 2:
        raise InvalidInput(
            "agreement.uneven", "Fleiss' kappa needs the same number of raters, two or more, for everything rated."
        )
    n, m = len(counts), float(raters[0])
    shares = counts.sum(axis=0) / (n * m)
    observed = float(((counts**2).sum(axis=1) - m).mean() / (m * (m - 1)))
    expected = float((shares**2).sum())
    if expected == 1:
        return Agreement("fleiss", n, int(m), observed, 1.0, float("nan"), float("nan"), float("nan"), float("nan"))
    value = (observed - expected) / (1 - expected)
    q = 1 - shares
    pq = (shares * q).sum()
    variance = 2 * (pq**2 - (shares * q * (q - shares)).sum()) / (pq**2 * n * m * (m - 1))
    return _with_interval("fleiss", n, int(m), observed, expected, value, float(np.sqrt(variance)))


def krippendorff_alpha(ratings: Floats, *, level: str = "nominal") -> Agreement:
    """Give Krippendorff's alpha of numeric codes, (raters, things), nan where a rater left one out.

    `level` is nominal, ordinal or interval.
    """
    kept = ratings[:, np.isfinite(ratings).sum(axis=0) >= 2]
    if not kept.size:
        raise InvalidInput("agreement.no-pairs", "Nothing was rated by two raters, so agreement cannot be told.")
    values = np.unique(kept[np.isfinite(kept)])
    counts = (kept[:, :, None] == values).sum(axis=0).astype(float)
    raters = counts.sum(axis=1)
    coincidences = np.einsum("uc,uk,u->ck", counts, counts, 1 / (raters - 1)) - np.diag(
        (counts / (raters - 1)[:, None]).sum(axis=0)
    )
    totals = coincidences.sum(axis=1)
    n = totals.sum()
    distance = _distance(values, totals, level)
    observed = float((coincidences * distance).sum() / n)
    expected = float((np.outer(totals, totals) * distance).sum() / (n * (n - 1)))
    value = 1 - observed / expected if expected else float("nan")
    return Agreement(f"alpha/{level}", kept.shape[1], len(ratings), observed, expected, value, *([float("nan")] * 3))


def consensus(ratings: Sequence[Sequence[str]], *, share: float = 1.0) -> tuple[str | None, ...]:
    """Give for each thing the class that at least `share` of its raters chose, else None: it goes to discussion.

    >>> consensus([["effective", "effective"], ["effective", "promising"]])
    ('effective', None)
    """
    out: list[str | None] = []
    for votes in ratings:
        given = [vote for vote in votes if vote]
        best = max(sorted(set(given)), key=given.count, default=None)
        out.append(best if best is not None and given.count(best) >= share * len(given) and len(given) > 1 else None)
    return tuple(out)


def _distance(values: Floats, totals: Floats, level: str) -> Floats:
    if level == "nominal":
        return np.asarray(1.0 - np.eye(len(values)))
    if level == "interval":
        return np.asarray(np.subtract.outer(values, values) ** 2)
    cumulated = np.cumsum(totals)
    middle = cumulated - totals / 2
    return np.asarray(np.subtract.outer(middle, middle) ** 2)


def _crossed(first: Sequence[str], second: Sequence[str], classes: Sequence[str]) -> Floats:
    place = {name: number for number, name in enumerate(classes)}
    table = np.zeros((len(classes), len(classes)))
    for row, (a, b) in enumerate(zip(first, second, strict=True), start=1):
        for value in (a, b):
            if value not in place:
                raise InvalidInput(
                    "agreement.class-unknown",
                    "Rating {row}: '{value}' is none of the classes {classes}.",
                    row=row, value=value, classes=", ".join(classes),
                )  # fmt: skip
        table[place[a], place[b]] += 1
    if not table.sum():
        raise InvalidInput("agreement.no-pairs", "Nothing was rated by two raters, so agreement cannot be told.")
    return table


def _with_interval(
    method: str, n: int, raters: int, observed: float, expected: float, value: float, se: float
) -> Agreement:
    half = float(norm.ppf(0.975)) * se if se > 0 else float("nan")
    return Agreement(method, n, raters, observed, expected, float(value), se, float(value) - half, float(value) + half)
