"""Rounding to a base: at random without bias, or controlled so that sums still add up.

Source: Cox, A Constructive Procedure for Unbiased Controlled Rounding, JASA 82 (1987); here by integer programming.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

from plumbline.domain.disclosure.attack import matrix
from plumbline.domain.disclosure.table import Table
from plumbline.domain.errors import InvalidInput

STEPS = 3
SECONDS = 20.0


def round_randomly(values: NDArray[np.float64], base: float, *, seed: int) -> NDArray[np.float64]:
    """Round each value up or down to a multiple of `base` with the odds that keep its expectation.

    >>> round_randomly(np.array([10.0, 5.0]), 5, seed=1).tolist()
    [10.0, 5.0]
    """
    steps = np.floor(values / base)
    share = values / base - steps
    up = np.random.default_rng(seed).random(len(values)) < share
    return np.asarray((steps + up) * base, dtype=np.float64)


def round_controlled(table: Table, base: float) -> NDArray[np.float64]:
    """Round every cell to a multiple of `base` so that every sum adds up, with the least change in all.

    Adjacent multiples are tried first, then further ones; refused where no such table exists within three steps.
    """
    cells = len(table.values)
    below = np.floor(table.values / base + 1e-9)
    # x = below + up - down steps; the cost of each step is its distance from the value
    share = table.values / base - below
    for reach in range(1, STEPS + 1):
        high = np.where(share > 1e-9, reach, reach - 1).astype(float)
        low = -np.minimum(below, reach - 1)
        sums = matrix(table)
        distance = np.concatenate([np.zeros(cells), np.ones(cells)])
        eye = np.eye(cells)
        constraints = [
            LinearConstraint(np.hstack([sums.toarray(), np.zeros(sums.shape)]), -(sums @ below), -(sums @ below)),
            LinearConstraint(np.hstack([eye, -eye]), -np.inf, share),
            LinearConstraint(np.hstack([-eye, -eye]), -np.inf, -share),
        ]
        answer = milp(
            distance,
            integrality=np.concatenate([np.ones(cells), np.zeros(cells)]),
            bounds=Bounds(np.concatenate([low, np.zeros(cells)]), np.concatenate([high, np.full(cells, np.inf)])),
            constraints=constraints if table.relations else constraints[1:],
            options={"time_limit": SECONDS},
        )
        if answer.x is not None:
            return np.asarray((below + np.round(answer.x[:cells])) * base, dtype=np.float64)
    raise InvalidInput(
        "table.rounding-impossible",
        "{name} cannot be rounded to multiples of {base} so that it adds up. Take a smaller base.",
        name=table.name,
        base=base,
    )
