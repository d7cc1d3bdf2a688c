"""The attacker: what somebody who sees a table with holes can work out about each hole."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from plumbline.domain.disclosure.rules import Primary
from plumbline.domain.disclosure.table import Table

SLACK = 1e-6


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


def matrix(table: Table) -> csr_array:
    """Give the sums of a table as a sparse matrix: relations x cells, 1 at the total and -1 at its parts."""
    rows, cells, entries = [], [], []
    for row, (top, parts) in enumerate(table.relations):
        rows += [row] * (1 + len(parts))
        cells += [top, *parts]
        entries += [1.0] + [-1.0] * len(parts)
    return csr_array((entries, (rows, cells)), shape=(len(table.relations), len(table.values)))


def attack(table: Table, suppressed: Collection[int], cell: int, *, integer: bool) -> Bound:
    """Bound a suppressed cell by every published cell and sum, values being zero or more (whole where `integer`)."""
    low, high = table.values.copy(), table.values.copy()
    holes = list(suppressed)
    low[holes], high[holes] = 0.0, np.inf
    kind = np.zeros(len(low))
    if integer:
        kind[holes] = 1
    constraints = [LinearConstraint(matrix(table), 0, 0)] if table.relations else []
    found = []
    for sign in (1.0, -1.0):
        goal = np.zeros(len(low))
        goal[cell] = sign
        answer = milp(goal, integrality=kind, bounds=Bounds(low, high), constraints=constraints)
        found.append(float(answer.x[cell]) if answer.status == 0 else (0.0 if sign > 0 else np.inf))
    return Bound(cell, found[0], found[1])


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
