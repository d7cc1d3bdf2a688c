"""The attacker: what somebody who sees a table with holes, or a rounded one, can work out about its cells."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

from plumbline.domain.disclosure.rounding import STOPPED, Rounded
from plumbline.domain.disclosure.rules import Primary
from plumbline.domain.disclosure.table import Table, matrix

SLACK = 1e-6
SECONDS = 5.0  # for a bound
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Bound:
    """Hold what an attacker knows of a cell: it lies from `low` to `high` (units of the value)."""

    cell: int
    low: float
    high: float


@dataclass(frozen=True)
class Audit:
    """Hold the bounds of every primary cell and those that are narrower than the policy asks."""

    bounds: tuple[Bound, ...]
    exposed: tuple[int, ...]
    integer: bool


def attack(table: Table, suppressed: Collection[int], cell: int, *, integer: bool) -> Bound:
    """Bound a suppressed cell by every published cell and sum, values being zero or more (whole where `integer`)."""
    low, high = table.values.copy(), table.values.copy()
    holes = list(suppressed)
    low[holes], high[holes] = 0.0, np.inf
    kind = np.zeros(len(low))
    kind[holes] = int(integer)
    return _bound(table, cell, low, high, kind)


def _bound(table: Table, cell: int, low: Array, high: Array, kind: Array) -> Bound:
    """Bound a cell by the sums, given bounds of every cell and which are whole (1)."""
    constraints = [LinearConstraint(matrix(table), 0, 0)] if table.relations else []
    found = []
    for sign, widest in ((1.0, low[cell]), (-1.0, high[cell])):
        goal = np.zeros(len(low))
        goal[cell] = sign
        answer = milp(
            goal, integrality=kind, bounds=Bounds(low, high), constraints=constraints, options={"time_limit": SECONDS}
        )
        found.append(_told(answer, cell, float(widest), float(table.values[cell])))
    return Bound(cell, found[0], found[1])


def _told(answer: Any, cell: int, widest: float, value: float) -> float:
    """Give the bound an attack found: the widest where nothing bounds it; where the search ended early, no more than is proven possible."""
    if answer.x is not None:
        return float(answer.x[cell])
    return value if answer.status == STOPPED else widest


def attack_rounded(table: Table, rounded: Rounded, cell: int, *, integer: bool) -> Bound:
    """Bound a true value by every rounded one, every sum of the true values, the base and the reach; true values are zero or more.

    Of `table` only the sums are used and, should the search end too early, the value.
    """
    low, high = _reach(rounded, integer=integer)
    return _bound(table, cell, low, high, np.full(len(low), float(integer)))


def _reach(rounded: Rounded, *, integer: bool) -> tuple[Array, Array]:
    """Bound every true value by its own rounded one alone."""
    away = rounded.base * rounded.reach
    low, high = np.maximum(rounded.values - away, 0.0), rounded.values + away
    if integer:  # whole numbers less than `away` from the rounded ones
        low = np.where(rounded.values > 0, np.maximum(np.floor(rounded.values - away + SLACK) + 1, 0.0), 0.0)
        high = np.ceil(high - SLACK) - 1
    return low, high


def audit_rounded(table: Table, primary: Primary, rounded: Rounded, *, integer: bool) -> Audit:
    """Attack every primary cell of a rounded table and name those that are known more closely than their protection asks.

    What is asked is the width in all: where a value lies between its bounds follows from the draw, which nobody knows. Sums are looked at
    where no rounded value alone tells too much.
    """
    asked = primary.below + primary.above - SLACK * np.maximum(1.0, table.values)
    low, high = _reach(rounded, integer=integer)
    bounds = tuple(Bound(cell, float(low[cell]), float(high[cell])) for cell in primary.cells)
    if all(one.high - one.low >= asked[one.cell] for one in bounds):
        bounds = tuple(attack_rounded(table, rounded, cell, integer=integer) for cell in primary.cells)
    return Audit(bounds, tuple(one.cell for one in bounds if one.high - one.low < asked[one.cell]), integer)


def audit(table: Table, primary: Primary, suppressed: Collection[int], *, integer: bool | None = None) -> Audit:
    """Attack every primary cell and name those whose bounds are narrower than their protection."""
    whole = table.whole if integer is None else integer
    bounds = tuple(attack(table, suppressed, cell, integer=whole) for cell in primary.cells)
    return Audit(bounds, tuple(b.cell for b in bounds if narrow(table, primary, b)), whole)


def narrow(table: Table, primary: Primary, bound: Bound) -> bool:
    """Tell whether a bound is nearer to the cell's value than its protection allows, on either side."""
    value, cell = table.values[bound.cell], bound.cell
    slack = SLACK * max(1.0, value)
    return bool(value - bound.low < primary.below[cell] - slack or bound.high - value < primary.above[cell] - slack)
