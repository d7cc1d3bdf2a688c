"""Attack the suppression of random tables: `python -m bench.disclosure [TABLES]`, 1,000 where left out."""

from __future__ import annotations

import sys
import time

import numpy as np

from plumbline.domain.columns import Columns
from plumbline.domain.disclosure import Policy, attack, publishable, read_table
from plumbline.domain.disclosure.attack import narrow
from plumbline.domain.disclosure.rules import find_primary

TABLES = 1000


def random_table(seed: int) -> tuple[Columns, Policy]:
    """Draw a table of two or three dimensions of counts with its margins."""
    draw = np.random.default_rng(seed)
    shape = tuple(draw.integers(2, 5, size=2 if draw.random() < 0.8 else 3))
    inner = draw.negative_binomial(1, 0.08, size=shape).astype(float)
    for axis in range(len(shape)):
        inner = np.concatenate([inner, inner.sum(axis=axis, keepdims=True)], axis=axis)
    names = [f"d{axis}" for axis in range(len(shape))]
    cells = list(np.ndindex(inner.shape))
    data = {
        name: np.array(["all" if cell[axis] == shape[axis] else f"c{cell[axis]}" for cell in cells], dtype=object)
        for axis, name in enumerate(names)
    }
    table = Columns(f"table {seed}", data | {"n": inner.ravel()})
    return table, Policy(tuple(names), "n", threshold=4, totals=dict.fromkeys(names, "all"))


def defeated(seed: int) -> tuple[int, int, str, bool]:
    """Protect a table and attack what is published by integer programming; give attacks that won, attacks, method, safe."""
    columns, policy = random_table(seed)
    table = read_table(columns, policy)
    verdict = publishable(table, policy)
    hidden = {index for index, cell in enumerate(verdict.cells) if cell.value is None}
    primary = find_primary(table, policy)
    bounds = [attack(table, hidden, cell, integer=True) for cell in primary.cells]
    won = sum(narrow(table, primary, bound) for bound in bounds) if verdict.safe else 0
    return won, len(bounds), verdict.suppression.method, verdict.safe


def main() -> None:
    """Attack them all and print the counts."""
    tables = int(sys.argv[1]) if len(sys.argv) > 1 else TABLES
    start, found = time.process_time(), [defeated(seed) for seed in range(tables)]
    methods = {method: sum(one[2] == method for one in found) for method in sorted({one[2] for one in found})}
    print(
        f"tables {tables}, attacks {sum(one[1] for one in found)}, won {sum(one[0] for one in found)}, "
        f"withheld whole {sum(not one[3] for one in found)}, methods {methods}, CPU s {time.process_time() - start:.1f}"
    )


if __name__ == "__main__":
    main()
