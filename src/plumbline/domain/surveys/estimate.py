"""Estimates of a survey by cell: means, totals, ratios, proportions, variances.

Domains stay domains: rows outside count as zero and their units stay in the variance. A missing value is one more reason to be
outside. Degrees of freedom are those of the plan's domain, not of each cell of `by` nor of those that answered.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from plumbline.domain.columns import Columns
from plumbline.domain.surveys.cells import ABSENT, Cells, Level, Levels, cells_by, levels_of
from plumbline.domain.surveys.design import Design
from plumbline.domain.surveys.intervals import interval
from plumbline.domain.surveys.linear import RATIO, TOTAL, VARIANCE, Answer, evaluate

Array = NDArray[np.float64]
FEWEST = 30
HIGHEST_CV = 1 / 3


@dataclass(frozen=True)
class Estimate:
    """Hold one cell of a result; what does not apply is nan.

    `by` names the cell, `more` holds what only some statistics have, such as the `level` of a proportion.
    """

    statistic: str
    variable: str
    by: dict[str, Level]
    estimate: float
    se: float
    df: float
    ci_low: float
    ci_high: float
    deff: float
    n: int
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def flags(self) -> tuple[str, ...]:
        """Warn of few cases (`small-n`), a coefficient of variation that is high (`high-cv`) and bounds no share can have."""
        cv = self.se / abs(self.estimate) if self.estimate else float("nan")
        beyond = self.statistic == "proportion" and (self.ci_low < 0 or self.ci_high > 1)
        told = (("small-n", self.n < FEWEST), ("high-cv", cv > HIGHEST_CV), ("beyond-0-1", beyond))
        return tuple(name for name, holds in told if holds)


@dataclass(frozen=True)
class Frame:
    """Hold what every estimate of a plan's entry needs: table, design, domain, its cells and degrees of freedom."""

    columns: Columns
    design: Design
    inside: NDArray[np.bool_]
    cells: Cells
    df: int
    level: float = 0.95
    normal: bool = False

    @property
    def critical(self) -> float:
        """Give the quantile that intervals reach to: Student's t, or the normal where asked for."""
        return critical(np.inf if self.normal else self.df, self.level)


def critical(df: float, level: float) -> float:
    """Give the two-sided quantile of Student's t, nan where the degrees of freedom are not above zero."""
    return float(stats.t.ppf((1 + level) / 2, df)) if df > 0 else float("nan")


def frame_of(
    columns: Columns,
    design: Design,
    inside: NDArray[np.bool_],
    by: tuple[str, ...] = (),
    level: float = 0.95,
    *,
    normal: bool = False,
) -> Frame:
    """Lay out a domain by columns."""
    return Frame(columns, design, inside, cells_by(columns, by, inside), design.df(inside), level, normal)


def numbers_or_zero(columns: Columns, variable: str) -> tuple[Array, NDArray[np.bool_]]:
    """Give a column of numbers, 0 where missing, and which rows have one."""
    values = columns.numbers(variable, missing=True)
    present = ~np.isnan(values)
    return (values, present) if present.all() else (np.where(present, values, 0.0), present)


def is_text(columns: Columns, variable: str) -> bool:
    """Tell whether a column holds words throughout, no cell of it being a number."""
    columns.require(variable)
    values = columns.data[variable]
    if values.dtype.kind != "O":
        return False
    return not any(_reads_as_number(value) for value in set(values.tolist()) if value is not None)


def _reads_as_number(value: Any) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return str(value).strip() not in ABSENT


def mean(frame: Frame, variable: str) -> list[Estimate]:
    """Estimate the mean of a column of numbers in each cell."""
    values, present = numbers_or_zero(frame.columns, variable)
    cells = frame.cells.only(present)
    answer = evaluate(frame.design, [values, np.ones(len(values))], cells, RATIO)
    return wald(frame, "mean", variable, answer, cells, _deff_mean(frame, values, cells))


def total(frame: Frame, variable: str | None) -> list[Estimate]:
    """Estimate the total of a column of numbers in each cell; without a column the number in the population."""
    if variable is None:
        values, present = np.ones(len(frame.columns)), np.ones(len(frame.columns), dtype=bool)
    elif is_text(frame.columns, variable):
        return _by_level(frame, "total", variable)
    else:
        values, present = numbers_or_zero(frame.columns, variable)
    cells = frame.cells.only(present)
    answer = evaluate(frame.design, [values], cells, TOTAL)
    return wald(frame, "total", variable or "", answer, cells, _deff_total(frame, values, cells))


def proportion(frame: Frame, variable: str, method: str = "mean") -> list[Estimate]:
    """Estimate the share of each level of a column in each cell, with one of the intervals of `intervals.METHODS`.

    A column of noughts and ones has one share, that of the ones. All but `mean` use the degrees of freedom of each cell.
    """
    return _by_level(frame, "proportion", variable, method)


def _by_level(frame: Frame, statistic: str, variable: str, method: str = "mean") -> list[Estimate]:
    levels = levels_of(frame.columns, variable)
    cells = frame.cells.only(levels.codes >= 0)
    ones = np.ones(len(levels.codes))
    found = []
    for label, hit in hits_of(levels):
        if statistic == "total":
            answer, deff = evaluate(frame.design, [hit], cells, TOTAL), _deff_total(frame, hit, cells)
        else:
            answer, deff = evaluate(frame.design, [hit, ones], cells, RATIO), _deff_mean(frame, hit, cells)
        rows = wald(frame, statistic, variable, answer, cells, deff, level=label)
        found.append(rows if method == "mean" else _with_bounds(frame, rows, answer, method))
    return [found[code][cell] for cell in range(len(cells)) for code in range(len(found))]


def hits_of(levels: Levels) -> list[tuple[Level, Array]]:
    """Give the indicator of each level; of a column of noughts and ones that of the ones alone."""
    if levels.labels and set(levels.labels) <= {0, 1}:
        one = levels.labels.index(1) if 1 in levels.labels else -2
        return [(1, (levels.codes == one).astype(np.float64))]
    return [(label, (levels.codes == code).astype(np.float64)) for code, label in enumerate(levels.labels)]


def _with_bounds(frame: Frame, rows: list[Estimate], answer: Answer, method: str) -> list[Estimate]:
    """Give proportions another interval."""
    out = []
    for cell, row in enumerate(rows):
        inside = frame.cells.codes == cell
        df = frame.df if len(rows) == 1 else frame.design.df(inside)
        replicates = None
        if frame.design.replicates is not None and answer.replicates is not None:
            replicates = (frame.design.replicates, answer.replicates[cell])
        n = row.n if method == "likelihood" else int(inside.sum())
        low, high = interval(
            method, row.estimate, row.se, df=df, n=n, level=frame.level, replicates=replicates
        )  # fmt: skip
        out.append(replace(row, df=df, ci_low=low, ci_high=high))
    return out


def ratio(frame: Frame, variable: str, denominator: str) -> list[Estimate]:
    """Estimate the ratio of two totals in each cell, over the rows that have both."""
    above, has_above = numbers_or_zero(frame.columns, variable)
    below, has_below = numbers_or_zero(frame.columns, denominator)
    cells = frame.cells.only(has_above & has_below)
    answer = evaluate(frame.design, [above, below], cells, RATIO)
    residual = above - np.append(answer.estimates, 0.0)[cells.codes] * below
    deff = _deff_total(frame, residual, cells, scale=cells.sums(frame.design.weights * below))
    return wald(frame, "ratio", variable, answer, cells, deff, denominator=denominator)


def variance(frame: Frame, variable: str) -> list[Estimate]:
    """Estimate the population variance of a column in each cell, by the sample's n / (n - 1)."""
    values, present = numbers_or_zero(frame.columns, variable)
    cells = frame.cells.only(present)
    count = np.maximum(cells.counts(), 2)
    weights = frame.design.weights
    centre = cells.sums(weights * values) / np.maximum(cells.sums(weights), 1e-300)
    away = values - np.append(centre, 0.0)[cells.codes]
    rise = np.append(count / (count - 1), 0.0)[cells.codes]
    answer = evaluate(frame.design, [rise * away**2, away, np.ones(len(values)), rise], cells, VARIANCE)
    return wald(frame, "variance", variable, answer, cells)


def wald(
    frame: Frame,
    statistic: str,
    variable: str,
    answer: Answer,
    cells: Cells,
    simple: Array | None = None,
    cases: Array | None = None,
    **more: Any,
) -> list[Estimate]:
    """Make estimates of an answer, their bounds by Student's t; `simple` is the variance of simple random sampling.

    `cases` counts the cases of each cell where these are not its rows.
    """
    counts = cells.counts() if cases is None else cases.astype(np.int64)
    at = np.where(counts > 0, answer.estimates, np.nan)
    spread = np.where(counts > 0, answer.variances, np.nan)
    se = np.sqrt(np.maximum(spread, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        deff = np.full(len(cells), np.nan) if simple is None else np.where(simple > 0, spread / simple, np.nan)
    reach = frame.critical * se
    rows = zip(cells.labels, at.tolist(), se.tolist(), reach.tolist(), deff.tolist(), counts.tolist(), strict=True)
    return [
        Estimate(statistic, variable, dict(by), value, error, frame.df, value - far, value + far, effect, n, dict(more))
        for by, value, error, far, effect, n in rows
    ]


def _spread_of(frame: Frame, values: Array, cells: Cells) -> tuple[Array, Array, Array]:
    """Give each cell's weighted variance with n / (n - 1), its n and its population."""
    weights = frame.design.weights
    count = cells.counts().astype(np.float64)
    population = cells.sums(weights)
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = cells.sums(weights * values) / population
        away = values - np.append(centre, 0.0)[cells.codes]
        return cells.sums(weights * away**2) / population * count / (count - 1), count, population


def _deff_mean(frame: Frame, values: Array, cells: Cells) -> Array:
    """Give the variance that a mean would have in a simple random sample of the same size without replacement."""
    spread, count, population = _spread_of(frame, values, cells)
    with np.errstate(divide="ignore", invalid="ignore"):
        return spread / count * np.maximum(1 - count / population, 0)


def _deff_total(frame: Frame, values: Array, cells: Cells, scale: Array | None = None) -> Array:
    spread, count, population = _spread_of(frame, values, cells)
    with np.errstate(divide="ignore", invalid="ignore"):
        plain = spread / count * np.maximum(1 - count / population, 0) * population**2
        return plain if scale is None else plain / scale**2
