"""Quantiles of a weighted sample, by twelve rules, with Woodruff's intervals.

With sorted x, weights w and sums C of n rows, a rule says which p belongs to x_k: `hf4` to `hf9` (R. J. Hyndman and Y. Fan, American Statistician
50, 1996, 361-365) join the points by lines; `math` (`hf1`) is the smallest x whose share reaches p, `school` (`hf2`) averages two at a tie, `hf3`
takes the even one; `shahvaish` follows B. V. Shah and A. K. Vaish (Encyclopedia of Statistical Sciences, 2006) as R's survey 4.1 reckons it, with
w_k not brought to mean 1 in the half that is taken off. An interval inverts that of the share below the quantile (R. S. Woodruff, Journal of the
American Statistical Association 47, 1952, 635-646).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plumbline.domain.surveys.cells import Cells
from plumbline.domain.surveys.estimate import Estimate, Frame, critical, numbers_or_zero
from plumbline.domain.surveys.intervals import interval
from plumbline.domain.surveys.linear import RATIO, evaluate

Array = NDArray[np.float64]
RULES = ("math", "school", "shahvaish", "hf1", "hf2", "hf3", "hf4", "hf5", "hf6", "hf7", "hf8", "hf9")
STEPS = {"math": "math", "hf1": "math", "school": "school", "hf2": "school", "hf3": "hf3"}


@dataclass(frozen=True)
class Sorted:
    """Hold the sorted values of a cell with their weights and the sums of weights up to each; and the distinct ones with theirs."""

    values: Array
    weights: Array
    sums: Array
    distinct: Array
    distinct_sums: Array

    @classmethod
    def of(cls, values: Array, weights: Array) -> Sorted:
        """Sort values, equal ones in the order of the rows."""
        order = np.argsort(values, kind="stable")
        values, weights = values[order], weights[order]
        distinct, start = np.unique(values, return_index=True)
        return cls(values, weights, _running(weights), distinct, _running(np.add.reduceat(weights, start)))

    def at(self, p: float, rule: str) -> float:
        """Give the quantile at p, nan for a p that no share can be."""
        if not 0 <= p <= 1 or not len(self.values):
            return float("nan")
        if rule in STEPS:
            return self._step(p, STEPS[rule])
        if rule == "hf4":
            return self._linear(p)
        points, values = _points(self, rule)
        if rule == "shahvaish":
            order = np.argsort(points, kind="stable")
            place = int(np.searchsorted(points[order], p, side="right")) - 1
            return float(values[order][max(place, 0)])
        return _joined(p, points, values)

    def _step(self, p: float, rule: str) -> float:
        """Give the value above the last whose sum is within p, at a tie by the rule; told as R tells it, also where p and a sum differ by rounding."""
        values, sums = (self.distinct, self.distinct_sums) if rule == "hf3" else (self.values, self.sums)
        place, above = _neighbours(sums, p)
        tied = p == sums[place] / sums[-1]
        if tied and rule == "school":
            return float((values[place] + values[above]) / 2)
        if tied and (rule == "math" or place % 2):  # places count from 0: this one is even
            return float(values[place])
        return float(values[above])

    def _linear(self, p: float) -> float:
        """Go along the line of the values on both sides of p, that of the first two also below them, as R does."""
        place, above = _neighbours(self.sums, p)
        past, ahead = p - self.sums[place] / self.sums[-1], self.sums[above] / self.sums[-1] - p
        share = past / (past + ahead) if above > place else 0.0
        return float(self.values[place] * (1 - share) + self.values[above] * share)


def _neighbours(sums: Array, p: float) -> tuple[int, int]:
    """Give the place of the last sum within p, the first where there is none, and the next."""
    place = max(int(np.searchsorted(sums, p * sums[-1], side="right")) - 1, 0)
    return place, min(place + 1, len(sums) - 1)


def _running(weights: Array) -> Array:
    """Add up in extended precision, so that ties with p times the sum are found where R finds them."""
    return np.cumsum(weights.astype(np.longdouble)).astype(np.float64)


def _joined(p: float, points: Array, values: Array) -> float:
    """Go along the lines that join the points, level beyond their ends; in the order of R's operations, on which it rests which rows lie at or below."""
    above = int(np.searchsorted(points, p, side="left"))
    if above == 0:
        return float(values[0])
    if above == len(points) or points[above] == p:
        return float(values[min(above, len(values) - 1)])
    below = above - 1
    return float(
        values[below] + (values[above] - values[below]) * ((p - points[below]) / (points[above] - points[below]))
    )


def _points(cell: Sorted, rule: str) -> tuple[Array, Array]:
    weights, values, sums = cell.weights, cell.values, cell.sums
    last, total = weights[-1], sums[-1]
    before = np.concatenate([[0.0], sums[:-1]])
    if rule == "shahvaish":
        n = len(values)
        return (sums * n / total + 0.5 - weights / 2) / (n + 1), values
    if rule == "hf7":
        return (before / sums[-2], values) if len(values) > 1 else (np.zeros(1), values)
    points: dict[str, Array] = {
        "hf5": (sums - weights / 2) / total,
        "hf6": sums / (total + last),
        "hf8": (before / 3 + sums * 2 / 3) / (total + last / 3),
        "hf9": (before * 3 / 8 + sums * 5 / 8) / (total + last / 4),
    }
    return points[rule], values


def quantiles(
    frame: Frame, variable: str, shares: Sequence[float], *, rule: str = "math", method: str = "mean"
) -> list[Estimate]:
    """Estimate quantiles in each cell: all shares of a cell, then the next cell.

    Degrees of freedom are those of the cell's rows that have a value. Replicates bring the error of the share below, and an interval `mean`. The standard error is the interval's length by twice the t quantile.
    """
    values, present = numbers_or_zero(frame.columns, variable)
    cells = frame.cells.only(present)
    weights, replicates = frame.design.weights, frame.design.replicates
    if replicates is None or replicates.units is not None:
        weights = 1 / (1 / weights)  # R keeps probabilities unless replicates are given; at a tie the last digit tells
    found = []
    for cell, by in zip(cells.apart(), cells.labels, strict=True):
        inside = cell.codes == 0
        rows = Sorted.of(values[inside], weights[inside])
        df = frame.df if inside.sum() == frame.inside.sum() else frame.design.df(inside)
        t = critical(df, frame.level)
        for share in shares:
            at = rows.at(share, rule)
            low, high = _bounds(frame, values, cell, rows, at, (rule, method, df))
            se = (high - low) / (2 * t)
            more = {"quantile": share, "rule": rule}
            n = int(inside.sum())
            found.append(Estimate("quantile", variable, dict(by), at, se, df, low, high, float("nan"), n, more))
    return found


def _bounds(
    frame: Frame, values: Array, cell: Cells, rows: Sorted, at: float, how: tuple[str, str, int]
) -> tuple[float, float]:
    rule, method, df = how
    if not np.isfinite(at):
        return float("nan"), float("nan")
    below = (values <= at).astype(np.float64)
    answer = evaluate(frame.design, [below, np.ones(len(values))], cell, RATIO)
    p, se = float(answer.estimates[0]), float(np.sqrt(answer.variances[0]))
    replicates = None
    if frame.design.replicates is not None and answer.replicates is not None:
        replicates = (frame.design.replicates, answer.replicates[0])
    n = int((cell.codes == 0).sum())
    method = method if replicates is None else "mean"
    low, high = interval(method, p, se, df=df, n=n, level=frame.level, replicates=replicates)
    return rows.at(low, rule), rows.at(high, rule)
