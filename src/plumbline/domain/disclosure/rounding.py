"""Rounding to a base at random: each cell by itself, or controlled so that sums still add up.

Source: L. H. Cox, A Constructive Procedure for Unbiased Controlled Rounding, Journal of the American Statistical Association 82 (1987)
520-524; here each cell is drawn up or down with the odds that keep its expectation, and integer programming finds the table that adds up and
is nearest to what was drawn. Every table that adds up within the reach may be drawn, so that who knows the method and not
the draws knows of a value that it lies within the reach, and no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, eye_array, hstack

from plumbline.domain.disclosure.table import Table, matrix
from plumbline.domain.errors import InvalidInput

STEPS = 3
SECONDS = 20.0
STOPPED = 1  # what scipy's milp answers when a limit was reached
Seed = int | np.random.Generator | None


@dataclass(frozen=True)
class Rounded:
    """Hold rounded values: every one is less than `reach` times `base` from the true one.

    `stopped` tells that the search ended by its limit of time, `gap` how much nearer to the draws a table might have been (a share; 0: proven
    nearest). `tries` counts the tables drawn until one withstood the attack.
    """

    values: NDArray[np.float64]
    base: float
    reach: int = 1
    stopped: bool = False
    gap: float = 0.0
    tries: int = 1


def round_randomly(values: NDArray[np.float64], base: float, *, seed: Seed) -> NDArray[np.float64]:
    """Round each value up or down to a multiple of `base` with the odds that keep its expectation.

    >>> round_randomly(np.array([10.0, 5.0]), 5, seed=1).tolist()
    [10.0, 5.0]
    """
    steps = np.floor(values / base + 1e-9)
    share = np.maximum(values / base - steps, 0.0)
    up = np.random.default_rng(seed).random(len(values)) < np.where(share > 1e-9, share, 0.0)
    return np.asarray((steps + up) * base, dtype=np.float64)


def round_controlled(table: Table, base: float, *, seed: Seed) -> Rounded:
    """Round every cell to a multiple of `base` so that every sum adds up, as near as can be to a table rounded at random.

    Adjacent multiples are tried first, then further ones; refused where no such table exists within three steps.
    """
    drawn = round_randomly(table.values, base, seed=seed) / base
    below = np.floor(table.values / base + 1e-9)
    between = table.values / base - below > 1e-9
    stopped = False
    for reach in range(1, STEPS + 1):
        high = below + np.where(between, reach, reach - 1)
        answer = _nearest(table, drawn, np.maximum(below - (reach - 1), 0), high)
        stopped = stopped or answer.status == STOPPED
        if answer.x is not None:
            steps = np.round(answer.x[: len(below)])
            return Rounded(np.asarray(steps * base), base, reach, stopped, float(answer.mip_gap or 0.0))
    raise InvalidInput(
        "table.rounding-impossible",
        "{name} cannot be rounded to multiples of {base} so that it adds up. Take a smaller base.",
        name=table.name,
        base=base,
    )


def _nearest(table: Table, drawn: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]) -> Any:
    """Find whole steps between bounds that keep every sum, with the least distance in all from those drawn."""
    cells = len(drawn)
    one = eye_array(cells, format="csr")
    constraints = [
        LinearConstraint(csr_array(hstack([one, -one])), -np.inf, drawn),
        LinearConstraint(csr_array(hstack([-one, -one])), -np.inf, -drawn),
    ]
    if table.relations:
        sums = matrix(table)
        constraints.append(LinearConstraint(csr_array(hstack([sums, csr_array(sums.shape)])), 0, 0))
    return milp(
        np.concatenate([np.zeros(cells), np.ones(cells)]),
        integrality=np.concatenate([np.ones(cells), np.zeros(cells)]),
        bounds=Bounds(np.concatenate([low, np.zeros(cells)]), np.concatenate([high, np.full(cells, np.inf)])),
        constraints=constraints,
        options={"time_limit": SECONDS},
    )
