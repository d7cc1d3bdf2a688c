"""Complementary suppression: which further cells to hide so that no primary cell can be worked out.

Exact: cutting planes of Fischetti and Salazar, Solving the Cell Suppression Problem on Tabular Data with Linear
Constraints, Management Science 47(7), 2001. Heuristic: one least-cost deviation a primary cell and side (Cox 1995; the
linear programming heuristic of Hundepool et al. 2012, 4.4.2), then cells that prove needless are given back.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array, hstack

from plumbline.domain.disclosure.attack import SLACK, Audit, audit
from plumbline.domain.disclosure.rules import Primary
from plumbline.domain.disclosure.table import Policy, Table, matrix

EXACT_CELLS = 150
ROUNDS = 200
SECONDS = 10.0
BACK_CELLS = 400
Cut = tuple[NDArray[np.float64], float]


@dataclass(frozen=True)
class Suppression:
    """Hold the hidden cells, the method, its gap (share of the cost that might be saved; 0 is proven best), the audit.

    `stopped` tells that the exact search was begun and ended by a limit, so that the heuristic's cells stand.
    """

    primary: Primary
    complementary: tuple[int, ...]
    method: str
    gap: float
    audit: Audit
    stopped: bool = False

    @property
    def hidden(self) -> frozenset[int]:
        """Name every suppressed cell."""
        return frozenset(self.primary.cells) | frozenset(self.complementary)


def suppress(table: Table, primary: Primary, policy: Policy) -> Suppression:
    """Choose complementary suppressions of the least value: exactly on small tables, else by the heuristic."""
    if not primary.cells or not table.relations:
        return Suppression(primary, (), "none needed", 0.0, audit(table, primary, primary.cells))
    exact = policy.method == "exact" or (policy.method == "auto" and len(table.values) <= EXACT_CELLS)
    hidden = _heuristic(table, primary)
    cost = costs(table, primary)
    chosen, bound = _cutting_planes(table, primary, cost, exact=exact)
    if chosen is not None:
        hidden = chosen
    spent = float(cost[list(hidden)].sum())
    gap = 0.0 if spent <= 0 else max(0.0, (spent - bound) / spent)
    final = audit(table, primary, hidden)
    extra = tuple(sorted(hidden - set(primary.cells)))
    method = "exact" if chosen is not None else "heuristic"
    return Suppression(primary, extra, method, gap if gap > SLACK else 0.0, final, exact and chosen is None)


def costs(table: Table, primary: Primary) -> NDArray[np.float64]:
    """Give what hiding each cell costs: log of its value and one, nothing for primary cells."""
    cost: NDArray[np.float64] = np.log1p(table.values) + 0.1
    cost[list(primary.cells)] = 0.0
    return cost


def _sides(primary: Primary) -> list[tuple[int, float, float]]:
    return [
        (cell, sign, float(level))
        for cell in primary.cells
        for sign, level in ((1.0, primary.above[cell]), (-1.0, primary.below[cell]))
        if level > SLACK
    ]


def _cutting_planes(
    table: Table, primary: Primary, cost: NDArray[np.float64], *, exact: bool
) -> tuple[set[int] | None, float]:
    """Solve the master problem until no attack succeeds; give the cells (None when stopped) and a lower bound of the cost."""
    sums, bound = matrix(table), 0.0
    cuts: list[Cut] = []
    allowed = np.where(table.values > 0, 1.0, 0.0)
    fixed = np.zeros(len(cost))
    for cell in primary.cells:
        allowed[cell] = fixed[cell] = 1.0
    for _ in range(ROUNDS if exact else 3):
        constraints = (
            [LinearConstraint(csr_array(np.array([c[0] for c in cuts])), [c[1] for c in cuts])] if cuts else []
        )
        answer = milp(
            cost,
            integrality=np.full(len(cost), int(exact)),
            bounds=Bounds(fixed, allowed),
            constraints=constraints,
            options={"time_limit": SECONDS},
        )
        if answer.x is None:
            return None, bound
        bound = max(bound, float(answer.mip_dual_bound if exact else answer.fun))
        share = np.round(answer.x) if exact else answer.x
        fresh = [cut for side in _sides(primary) if (cut := _violated(table, sums, share, side)) is not None]
        if not fresh and exact:
            hidden = {int(cell) for cell in np.flatnonzero(share)}
            if not audit(table, primary, hidden).exposed:
                return (hidden if answer.status == 0 else None), bound
            fresh = [((share < 0.5).astype(float), 1.0)]
        if not fresh:
            return None, bound
        cuts += fresh
    return None, bound


def _violated(table: Table, sums: csr_array, share: NDArray[np.float64], side: tuple[int, float, float]) -> Cut | None:
    """Give the capacity cut that protects one side of a primary cell, None where it is protected already."""
    cell, sign, level = side
    most = 10.0 * max(level, float(table.values.max()))
    goal = np.zeros(len(share))
    goal[cell] = -sign
    limits = np.column_stack([-table.values * share, most * share])
    answer = linprog(goal, A_eq=sums, b_eq=np.zeros(sums.shape[0]), bounds=limits, method="highs")
    if answer.status != 0 or -answer.fun >= level * (1 - SLACK):
        return None
    capacity = -answer.upper.marginals * most + answer.lower.marginals * table.values
    capacity = np.clip(capacity, 0.0, level)
    return (capacity / level, 1.0 - SLACK) if capacity.sum() > 0 else None


def _heuristic(table: Table, primary: Primary) -> set[int]:
    """Hide, for each primary cell and side, the cheapest closed path of deviations; then give needless cells back."""
    sums, hidden = matrix(table), set(primary.cells)
    doubled = csr_array(hstack([sums, -sums]))
    base = costs(table, primary)
    for side in _sides(primary):
        deviation = _deviate(table, doubled, base, hidden, side)
        hidden |= {int(cell) for cell in np.flatnonzero(np.abs(deviation) > SLACK)}
    while (exposed := audit(table, primary, hidden).exposed) and len(hidden) < len(base):
        hidden |= _wider(table, hidden, exposed)
    if len(table.values) <= BACK_CELLS:
        for cell in sorted(hidden - set(primary.cells), key=lambda one: -base[one]):
            if not audit(table, primary, hidden - {cell}).exposed:
                hidden.discard(cell)
    return hidden


def _wider(table: Table, hidden: set[int], exposed: tuple[int, ...]) -> set[int]:
    """Hide a further cell in every sum of the exposed cells; everything when none is left."""
    more: set[int] = set()
    for top, parts in table.relations:
        line = {top, *parts}
        rest = sorted((cell for cell in line - hidden), key=lambda cell: table.values[cell])
        if line & set(exposed) and rest:
            more.add(rest[0])
    return more or set(range(len(table.values)))


def _deviate(
    table: Table, doubled: csr_array, base: NDArray[np.float64], hidden: set[int], side: tuple[int, float, float]
) -> NDArray[np.float64]:
    """Find the cheapest change of the table that moves one cell to its protection and keeps every sum."""
    cell, sign, level = side
    cost = base / np.maximum(np.minimum(table.values, level), 1e-9)
    cost[list(hidden)] = 0.0
    up = np.where(table.values > 0, np.inf, 0.0)
    down = table.values.copy()
    up[list(hidden)] = np.inf
    limits = np.column_stack([np.zeros(2 * len(up)), np.concatenate([up, down])])
    limits[cell] = (level, level) if sign > 0 else (0.0, 0.0)
    limits[len(up) + cell] = (level, level) if sign < 0 else (0.0, 0.0)
    small = 1e-6 * (1 + np.arange(len(up)) % 7)
    answer = linprog(
        np.concatenate([cost + small, cost + small]), A_eq=doubled, b_eq=np.zeros(doubled.shape[0]), bounds=limits
    )
    if answer.status != 0:
        return np.ones(len(up))
    change: NDArray[np.float64] = answer.x[: len(up)] + answer.x[len(up) :]
    return change
