"""Estimates from sums: what means, totals, ratios and proportions need of a table is its sums within units and cells.

A row of the table stands for all cases of one unit of the last stage in one cell; sums are weighted by the cases' weights.
Variances of linearised values need the totals of units alone, so they come out as from the cases themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plumbline.domain.columns import Columns
from plumbline.domain.surveys.cells import Cells, levels_of
from plumbline.domain.surveys.conditions import rows_where
from plumbline.domain.surveys.design import Design, read_design
from plumbline.domain.surveys.estimate import Estimate, Frame, frame_of, hits_of, wald
from plumbline.domain.surveys.linear import RATIO, TOTAL, Smooth, evaluate
from plumbline.domain.surveys.plan import WALD, Entry
from plumbline.domain.surveys.settings import amount

Array = NDArray[np.float64]
STATISTICS = ("mean", "total", "ratio", "proportion")


@dataclass(frozen=True)
class Sums:
    """Hold of each row: `cases` that have the variables, their `weight`, weighted sums of y, d, (y - shift)^2, y d, d^2.

    d is the denominator of a ratio, else the sums of it are 0.
    """

    cases: Array
    weight: Array
    y: Array
    d: Array
    squares: Array
    products: Array
    d_squares: Array
    shift: float = 0.0


def can_be_summed(settings: Any, entries: list[Entry]) -> bool:
    """Tell whether sums are enough: weights from a column, clusters, no replicates, no calibration, and the four statistics."""
    if (
        not isinstance(settings, Mapping)
        or not isinstance(settings.get("weights"), str)
        or not settings.get("clusters")
    ):
        return False
    if settings.get("replicates") is not None or settings.get("calibration") is not None:
        return False
    return all(
        entry.statistic in STATISTICS and (entry.given.get("interval") or "t") in WALD
        and (entry.statistic != "ratio" or isinstance(entry.given.get("denominator"), str))
        for entry in entries
    )  # fmt: skip


def design_of_sums(columns: Columns, settings: Mapping[str, Any], cases: int, *, name: str) -> Design:
    """Make the design of a table of sums; its rows weigh alike, since sums are weighted."""
    return replace(read_design(columns, dict(settings) | {"weights": 1}, name=name), settings=settings, cases=cases)


def estimate_sums(columns: Columns, design: Design, entry: Entry, variable: str | None, sums: Sums) -> list[Estimate]:
    """Estimate one variable of an entry; no estimates where its domain holds no row or no cell has a case."""
    inside = rows_where(columns, entry.given.get("domain"), name=entry.name)
    if not inside.any():
        return []
    level = amount(entry.given.get("confidence", 0.95), name=entry.name, key="confidence", high=1, open_=True)
    frame = frame_of(columns, design, inside, entry.by, level, normal=entry.given.get("interval") == "z")
    cells = frame.cells.only(sums.cases > 0)
    if entry.statistic == "proportion" and variable is not None:
        found = _proportions(frame, variable, sums)
    elif entry.statistic == "ratio":
        below = str(entry.given["denominator"])
        found = _estimates(frame, "ratio", variable, sums, cells, (RATIO, _ratio_spread), denominator=below)
    else:
        what = (TOTAL, _total_spread) if entry.statistic == "total" else (RATIO, _mean_spread)
        found = _estimates(frame, entry.statistic, variable, sums, cells, what)
    return found if any(one.n for one in found) else []


Spread = Callable[[Sums, Cells, Array], Array]


def _estimates(
    frame: Frame,
    statistic: str,
    variable: str | None,
    sums: Sums,
    cells: Cells,
    what: tuple[Smooth, Spread],
    **more: Any,
) -> list[Estimate]:
    smooth, spread = what
    parts = [sums.y] if smooth is TOTAL else [sums.y, sums.d if statistic == "ratio" else sums.weight]
    answer = evaluate(frame.design, parts, cells, smooth)
    simple = spread(sums, cells, answer.estimates)
    return wald(frame, statistic, variable or "", answer, cells, simple, cells.sums(sums.cases), **more)


def _proportions(frame: Frame, variable: str, sums: Sums) -> list[Estimate]:
    levels = levels_of(frame.columns, variable)
    cells = frame.cells.only(levels.codes >= 0)
    found = []
    for label, hit in hits_of(levels):
        share = replace(sums, y=sums.weight * hit, squares=sums.weight * hit, shift=0.0)
        found.append(_estimates(frame, "proportion", variable, share, cells, (RATIO, _mean_spread), level=label))
    return [found[code][cell] for cell in range(len(cells)) for code in range(len(found))]


def _variance(sums: Sums, cells: Cells, around: Array) -> tuple[Array, Array, Array]:
    """Give each cell's weighted variance with n / (n - 1), n and population, of squares about `around`, its weighted sum."""
    count, population = cells.sums(sums.cases), cells.sums(sums.weight)
    with np.errstate(divide="ignore", invalid="ignore"):
        return around / population * count / (count - 1), count, population


def _simple(spread: Array, count: Array, population: Array) -> Array:
    """Give the variance that a mean would have in a simple random sample of the same size without replacement."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return spread / count * np.maximum(1 - count / population, 0)


def _about_mean(sums: Sums, cells: Cells) -> Array:
    weight = cells.sums(sums.weight)
    with np.errstate(divide="ignore", invalid="ignore"):
        away = cells.sums(sums.y) - sums.shift * weight
        return np.maximum(cells.sums(sums.squares) - away**2 / weight, 0.0)


def _mean_spread(sums: Sums, cells: Cells, estimates: Array) -> Array:
    return _simple(*_variance(sums, cells, _about_mean(sums, cells)))


def _total_spread(sums: Sums, cells: Cells, estimates: Array) -> Array:
    spread, count, population = _variance(sums, cells, _about_mean(sums, cells))
    return _simple(spread, count, population) * population**2


def _ratio_spread(sums: Sums, cells: Cells, estimates: Array) -> Array:
    """Give the same of residuals y - R d, whose weighted mean is 0."""
    squares = (
        cells.sums(sums.squares) - 2 * estimates * cells.sums(sums.products) + estimates**2 * cells.sums(sums.d_squares)
    )
    spread, count, population = _variance(sums, cells, np.maximum(squares, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        return _simple(spread, count, population) * population**2 / cells.sums(sums.d) ** 2
