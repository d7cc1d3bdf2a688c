"""The gate: everything public passes `publishable`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from plumbline.domain.disclosure.rounding import round_controlled, round_randomly
from plumbline.domain.disclosure.rules import find_primary
from plumbline.domain.disclosure.suppression import Suppression, suppress
from plumbline.domain.disclosure.table import Policy, Table


@dataclass(frozen=True)
class Cell:
    """Hold a cell as it may be published: a value or None, and why."""

    labels: tuple[str, ...]
    value: float | None
    status: str
    reason: str


@dataclass(frozen=True)
class Verdict:
    """Hold the cells as they may be published; `safe` tells whether the final attack found nothing."""

    cells: tuple[Cell, ...]
    suppression: Suppression
    safe: bool
    value_hidden: float
    rounded: bool


def publishable(table: Table, policy: Policy) -> Verdict:
    """Decide what of a table may be published, and attack the outcome.

    With `rounding` no hole is needed: every value is rounded, primary cells among them. Where the final attack succeeds
    (no further cell can be hidden), nothing is published.
    """
    primary = find_primary(table, policy)
    if policy.rounding:
        return _rounded(table, policy)
    chosen = suppress(table, primary, policy)
    safe = not chosen.audit.exposed
    cells = []
    for cell, label in enumerate(table.labels):
        if cell in primary.reasons:
            cells.append(Cell(label, None, "primary", primary.reasons[cell]))
        elif cell in chosen.hidden:
            cells.append(Cell(label, None, "complementary", "protects another cell of its sums"))
        elif not safe:
            cells.append(Cell(label, None, "complementary", "the table cannot be protected by hiding cells"))
        else:
            cells.append(Cell(label, float(table.values[cell]), "published", ""))
    hidden = [index for index, cell in enumerate(cells) if cell.value is None]
    return Verdict(tuple(cells), chosen, safe, float(table.values[hidden].sum()), False)


def _rounded(table: Table, policy: Policy) -> Verdict:
    settings = dict(policy.rounding or {})
    base = float(settings["base"])
    if settings.get("adds_up"):
        values = round_controlled(table, base)
    else:
        values = round_randomly(table.values, base, seed=int(settings.get("seed", 0)))
    plain = suppress(table, find_primary(table, Policy(policy.dimensions, policy.value, threshold=1)), policy)
    # a value rounded to base b is known within an interval of width 2b: the policy's width must fit into that
    unsafe = find_primary(table, policy)
    wide = all(unsafe.above[cell] <= base for cell in unsafe.cells)
    cells = tuple(
        Cell(label, float(value) if wide else None, "published" if wide else "primary", f"rounded to {base:g}")
        for label, value in zip(table.labels, values, strict=True)
    )
    return Verdict(cells, plain, wide, float(np.abs(values - table.values).sum()), True)
