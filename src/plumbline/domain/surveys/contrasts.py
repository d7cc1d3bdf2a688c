"""Contrasts between means of cells: differences, difference in differences with power, standardisation.

A contrast is a sum of coefficients times means, its error from the sum of the means' linearised values (or its replicates). Direct
standardisation is one whose coefficients are the standard population's shares (B. I. Graubard and E. L. Korn, Biometrics 55, 1999).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from plumbline.domain.errors import unfit
from plumbline.domain.surveys.cells import Cells, Level, cells_by
from plumbline.domain.surveys.design import Design
from plumbline.domain.surveys.estimate import Estimate, Frame, critical, numbers_or_zero
from plumbline.domain.surveys.linear import RATIO, evaluate, variances

Array = NDArray[np.float64]
POWER = 0.8


def combined(
    design: Design, columns: Sequence[tuple[Array, Cells]], coefficients: Sequence[Array]
) -> tuple[float, float, Array | None]:
    """Give a sum of coefficients times means in cells, its variance and its replicates.

    `columns` are values with the cells they are averaged in; `coefficients` go with the cells of each.
    """
    total, linear = 0.0, np.zeros(len(design))
    taken = np.zeros(len(design), dtype=bool)
    made: Array | None = None
    for (values, cells), wanted in zip(columns, coefficients, strict=True):
        answer = evaluate(design, [values, np.ones(len(values))], cells, RATIO)
        used = wanted != 0
        taken |= np.append(used, False)[cells.codes]
        total += float(wanted[used] @ answer.estimates[used])
        if answer.replicates is not None:
            made = wanted[used] @ answer.replicates[used] + (0.0 if made is None else made)
            continue
        slope = np.append(np.where(used, wanted / np.maximum(cells.sums(design.weights), 1e-300), 0.0), 0.0)
        centre = np.append(np.where(used, answer.estimates, 0.0), 0.0)
        linear += slope[cells.codes] * (values - centre[cells.codes])
    if made is not None and design.replicates is not None:
        return total, float(design.replicates.variances(made[None, :], np.array([total]))[0]), made
    return total, float(variances(design, linear, Cells(np.where(taken, 0, -1), ({},)))[0]), None


def contrast(frame: Frame, variables: Sequence[str], coefficients: Sequence[float], *, name: str) -> list[Estimate]:
    """Estimate a sum of coefficients times means: of several variables, or of one variable in the cells of `by`."""
    if len(variables) == 1:
        cells, values = _of_cells(frame, variables[0])
        if len(coefficients) != len(cells):
            raise unfit(name, "coefficients", f"{len(cells)} numbers, one a cell, are needed here", list(coefficients))
        columns, taken = [(values, cells)], [np.array(coefficients, dtype=float)]
        _needed(cells, taken[0], name)
        used = cells.counts()
    else:
        if len(coefficients) != len(variables):
            need = f"{len(variables)} numbers, one a variable, are needed here"
            raise unfit(name, "coefficients", need, list(coefficients))
        inside = Cells(np.where(frame.inside, 0, -1), ({},))
        read = [numbers_or_zero(frame.columns, variable) for variable in variables]
        both = inside.only(np.all([present for _, present in read], axis=0))
        columns = [(values, both) for values, _ in read]
        taken = [np.array([one], dtype=float) for one in coefficients]
        used = both.counts()
    at, spread, _ = combined(frame.design, columns, taken)
    return [estimate_of("contrast", ", ".join(variables), at, spread, frame.df, frame, int(used.sum()))]


def _of_cells(frame: Frame, variable: str) -> tuple[Cells, Array]:
    values, present = numbers_or_zero(frame.columns, variable)
    return frame.cells.only(present), values


def _needed(cells: Cells, coefficients: Array, name: str) -> None:
    empty = (cells.counts() == 0) & (coefficients != 0)
    if empty.any():
        cell = ", ".join(f"{key}={value}" for key, value in cells.labels[int(np.argmax(empty))].items())
        raise unfit(name, "by", "cells that each hold a value are needed here", cell)


def estimate_of(
    statistic: str, variable: str, at: float, spread: float, df: float, frame: Frame, n: int, **more: Any
) -> Estimate:
    """Make an estimate with Student's t."""
    se = float(np.sqrt(max(spread, 0.0)))
    reach = critical(np.inf if frame.normal else df, frame.level) * se
    return Estimate(statistic, variable, {}, at, se, df, at - reach, at + reach, float("nan"), n, more)


def difference(frame: Frame, variable: str, *, name: str) -> list[Estimate]:
    """Estimate the second mean less the first in two cells of `by`, with its t test: of one degree of freedom less than the rows with values have (of replicates: the domain)."""
    cells, values = _of_cells(frame, variable)
    if len(cells) != 2:
        raise unfit(name, "by", "a column with two levels in this domain is needed here", len(cells))
    wanted = np.array([-1.0, 1.0])
    _needed(cells, wanted, name)
    at, spread, _ = combined(frame.design, [(values, cells)], [wanted])
    df = (frame.design.df(cells.codes >= 0) if frame.design.replicates is None else frame.df) - 1
    found = estimate_of(
        "difference", variable, at, spread, df, frame, int(cells.counts().sum()), **_test(at, spread, df)
    )
    return [found]


def _test(at: float, spread: float, df: float) -> dict[str, float]:
    if not spread > 0:
        return {"t": float("nan"), "p": float("nan")}
    t = at / np.sqrt(spread)
    return {"t": float(t), "p": float(2 * stats.t.sf(abs(t), df))}


def difference_in_differences(
    frame: Frame, variable: str, by: Sequence[str], *, effect: float | None = None, name: str
) -> list[Estimate]:
    """Estimate how much more a mean changed in one group: `by` is round and group, each with two levels.

    The change from the first round to the second in the second group, less that in the first. `power` is that of the two-sided test
    at its level for a true change of `effect` (left out: the estimate); `detectable` the change found with a power of 0.8.
    """
    cells, values = _of_cells(frame, variable)
    levels = [sorted({cell[one] for cell in cells.labels}, key=str) for one in by]
    if len(by) != 2 or [len(one) for one in levels] != [2, 2]:
        raise unfit(name, "by", "two columns, round and group, of two levels each are needed here", ", ".join(by))
    if len(cells) != 4:
        need = "values in all four cells of round and group are needed here"
        raise unfit(name, "by", need, f"{', '.join(by)}, of which {len(cells)} have some")
    signs = [1.0 if (cell[by[0]] == levels[0][1]) == (cell[by[1]] == levels[1][1]) else -1.0 for cell in cells.labels]
    wanted = np.array(signs)
    _needed(cells, wanted, name)
    at, spread, _ = combined(frame.design, [(values, cells)], [wanted])
    n = int(cells.counts().sum())
    se, df = float(np.sqrt(spread)), frame.df
    more = _test(at, spread, df) | {
        "power": power(at if effect is None else effect, se, df, frame.level),
        "detectable": detectable(se, df, frame.level),
    }
    return [estimate_of("did", variable, at, spread, df, frame, n, **more)]


def power(effect: float, se: float, df: float, level: float = 0.95) -> float:
    """Give the chance that a two-sided t test finds an effect, from its standard error (noncentral t)."""
    if not se > 0 or df <= 0:
        return float("nan")
    t = critical(df, level)
    return float(stats.nct.sf(t, df, effect / se) + stats.nct.cdf(-t, df, effect / se))


def detectable(se: float, df: float, level: float = 0.95, chance: float = POWER) -> float:
    """Give the effect that a two-sided t test finds with a chance, about (t of the level + t of the chance) times se."""
    if not se > 0 or df <= 0:
        return float("nan")
    return float((critical(df, level) + stats.t.ppf(chance, df)) * se)


def standardised(frame: Frame, variable: str, over: tuple[str, ...], population: Any, *, name: str) -> list[Estimate]:
    """Estimate means in the cells of `by` as if each had the shares of `population` over the levels of `over`.

    `population` maps a level to its size, or lists sizes in the order of the levels. A cell without rows in one of the levels is refused.
    """
    values, present = numbers_or_zero(frame.columns, variable)
    inside = frame.inside & present
    out = []
    for cell, label in enumerate(frame.cells.labels):
        strata = cells_by(frame.columns, over, inside & (frame.cells.codes == cell), name=name)
        shares = _shares(population, over, strata, name)
        at, spread, _ = combined(frame.design, [(values, strata)], [shares])
        found = estimate_of("standardised", variable, at, spread, frame.df, frame, int(strata.counts().sum()))
        out.append(Estimate(**(vars(found) | {"by": dict(label)})))
    return out


def _shares(population: Any, over: tuple[str, ...], strata: Cells, name: str) -> Array:
    sizes: Mapping[Level, float]
    if isinstance(population, list) and len(population) == len(strata):
        sizes = {_joined(cell, over): size for cell, size in zip(strata.labels, population, strict=True)}
    elif isinstance(population, Mapping):
        sizes = {str(key): size for key, size in population.items()}
    else:
        raise unfit(
            name,
            "population",
            f"{len(strata)} sizes, one for each level of {', '.join(over)}, are needed here",
            population,
        )
    found = [_joined(cell, over) for cell in strata.labels]
    if set(found) != set(sizes) or not all(isinstance(one, int | float) and one > 0 for one in sizes.values()):
        raise unfit(
            name, "population", f"a size above zero for each level of {', '.join(over)} that has rows is needed here", dict(sizes)
        )  # fmt: skip
    shares = np.array([float(sizes[one]) for one in found])
    out: Array = shares / shares.sum()
    return out


def _joined(cell: Mapping[str, Level], over: tuple[str, ...]) -> str:
    return ", ".join(str(cell[one]) for one in over)
