"""Variances of statistics that are functions of weighted totals: by linearisation, or by replicates.

A statistic is `value(S)` of sums S (columns x cells), with its gradient; the linearised value of a row is the gradient times the
row's columns (D. A. Binder, International Statistical Review 51, 1983, 279-292).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plumbline.domain.surveys.cells import Cells
from plumbline.domain.surveys.design import Design

Array = NDArray[np.float64]
CHUNK = 40_000_000


@dataclass(frozen=True)
class Smooth:
    """Hold a statistic of weighted sums: `value` of sums (columns x cells or more axes), `gradient` alike by column."""

    value: Callable[[Array], Array]
    gradient: Callable[[Array], Array]


def _no_warning(function: Callable[[Array], Array]) -> Callable[[Array], Array]:
    def quiet(sums: Array) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            return function(sums)

    return quiet


TOTAL = Smooth(lambda sums: sums[0], lambda sums: np.ones_like(sums))
RATIO = Smooth(
    _no_warning(lambda sums: sums[0] / sums[1]),
    _no_warning(lambda sums: np.stack([1 / sums[1], -sums[0] / sums[1] ** 2])),
)
# of squares, values, ones and the factor n / (n - 1), all about a centre near the mean
VARIANCE = Smooth(
    _no_warning(lambda sums: (sums[0] - sums[3] * (sums[1] / sums[2]) ** 2) / sums[2]),
    _no_warning(
        lambda sums: np.stack(
            [
                1 / sums[2],
                -2 * sums[3] * sums[1] / sums[2] ** 3,
                3 * sums[3] * sums[1] ** 2 / sums[2] ** 4 - sums[0] / sums[2] ** 2,
                -((sums[1] / sums[2]) ** 2) / sums[2],
            ]
        )
    ),
)


@dataclass(frozen=True)
class Answer:
    """Hold estimates and their variances, one a cell; `replicates` (cells x replicates) where these gave the variances."""

    estimates: Array
    variances: Array
    replicates: Array | None = None


def evaluate(design: Design, columns: Sequence[Array], cells: Cells, statistic: Smooth) -> Answer:
    """Give a statistic of weighted sums of columns (unweighted, a row each) and its variance in each cell."""
    sums = np.stack([cells.sums(design.weights * column) for column in columns])
    estimates = statistic.value(sums)
    if design.replicates is not None:
        made = statistic.value(np.stack([design.replicates.sums(one, design.weights, cells) for one in columns]))
        return Answer(estimates, design.replicates.variances(made, estimates), made)
    return Answer(estimates, variances(design, influence(columns, sums, cells, statistic), cells))


def influence(columns: Sequence[Array], sums: Array, cells: Cells, statistic: Smooth) -> Array:
    """Give the linearised value of each row for the cell that it is in, 0 outside."""
    gradient = np.concatenate([np.zeros((len(columns), 1)), statistic.gradient(sums)], axis=1)
    out = np.zeros(len(cells.codes))
    for slope, column in zip(gradient, columns, strict=True):
        out += slope[cells.codes + 1] * column
    return out


def variances(design: Design, linear: Array, cells: Cells) -> Array:
    """Give the variance of the total of linearised values (unweighted, a row each) in each cell."""
    weighted = design.weights * linear
    if not design.calibrations:
        out = np.zeros(len(cells))
        for stage in design.stages:
            if not stage.counts:
                break
            out += stage.variances(weighted, cells, design.lonely)
        return out
    step = max(1, CHUNK // len(design))
    blocks = [range(start, min(start + step, len(cells))) for start in range(0, len(cells), step)]
    return np.concatenate([np.diag(_dense(design, _spread(weighted, cells, block))) for block in blocks])


def covariance_of_cells(design: Design, linear: Array, cells: Cells) -> Array:
    """Give the covariance (cells x cells) of the totals of linearised values in the cells."""
    if design.calibrations:
        return _dense(design, _spread(design.weights * linear, cells, range(len(cells))))
    out = np.zeros((len(cells), len(cells)))
    for stage in design.stages:
        if not stage.counts:
            break
        away = stage.centred(stage.unit_totals(design.weights * linear, cells), design.lonely)
        out += away @ away.T * (stage.average_factor(cells.codes >= 0) if design.lonely == "average" else 1.0)
    return out


def covariance(design: Design, linear: Array) -> Array:
    """Give the covariance (k x k) of the totals of k linearised values (rows x k, unweighted)."""
    return _dense(design, design.weights[:, None] * linear)


def _spread(weighted: Array, cells: Cells, block: range) -> Array:
    return np.stack([np.where(cells.codes == cell, weighted, 0.0) for cell in block], axis=1)


def _dense(design: Design, weighted: Array) -> Array:
    for calibration in design.calibrations:
        weighted = calibration.residuals(weighted)
    whole = Cells(np.zeros(len(design), dtype=np.int64), ({},))
    out = np.zeros((weighted.shape[1], weighted.shape[1]))
    for stage in design.stages:
        if not stage.counts:
            break
        totals = np.concatenate([stage.unit_totals(column, whole) for column in weighted.T])
        away = stage.centred(totals, design.lonely)
        out += (
            away @ away.T * (stage.average_factor((weighted != 0).any(axis=1)) if design.lonely == "average" else 1.0)
        )
    return out
