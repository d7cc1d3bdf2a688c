"""The gate: everything public passes `publishable`."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from plumbline.domain.disclosure.attack import Audit, audit_rounded
from plumbline.domain.disclosure.rounding import Rounded, round_controlled, round_randomly
from plumbline.domain.disclosure.rules import Primary, find_primary
from plumbline.domain.disclosure.suppression import Suppression, suppress
from plumbline.domain.disclosure.table import Policy, Table

TRIES = 20


@dataclass(frozen=True)
class Cell:
    """Hold a cell as it may be published: a value or None, and why."""

    labels: tuple[str, ...]
    value: float | None
    status: str
    reason: str


@dataclass(frozen=True)
class Verdict:
    """Hold the cells as they may be published; `safe` tells whether the final attack, the audit, found nothing.

    Either `suppression` or `rounding` says how the table was protected.
    """

    cells: tuple[Cell, ...]
    suppression: Suppression | None
    safe: bool
    value_hidden: float
    audit: Audit
    rounding: Rounded | None = None


def publishable(table: Table, policy: Policy) -> Verdict:
    """Decide what of a table may be published, and attack the outcome.

    With `rounding` no hole is needed: every value is rounded, primary cells among them. Where the final attack succeeds
    (no further cell can be hidden, no rounded table drawn withstands it), nothing is published.
    """
    primary = find_primary(table, policy)
    if policy.rounding:
        return _rounded(table, policy, primary)
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
    return Verdict(tuple(cells), chosen, safe, float(table.values[hidden].sum()), chosen.audit)


def _rounded(table: Table, policy: Policy, primary: Primary) -> Verdict:
    """Round, attack, and draw anew while the attack succeeds."""
    settings = dict(policy.rounding or {})
    base = float(settings["base"])
    draws = np.random.default_rng(settings.get("seed"))  # left out: from the system, known to nobody
    for tries in range(1, TRIES + 1):
        if settings.get("adds_up"):
            found = replace(round_controlled(table, base, seed=draws), tries=tries)
        else:
            found = Rounded(round_randomly(table.values, base, seed=draws), base, tries=tries)
        audit = audit_rounded(table, primary, found, integer=table.whole)
        if not audit.exposed:
            break
    safe = not audit.exposed
    said = f"rounded to {base:g}" + ("" if found.reach == 1 else f", up to {found.reach} multiples away")
    said = said if safe else f"the table cannot be protected by rounding to {base:g}"
    status = "published" if safe else "primary"
    cells = tuple(
        Cell(label, float(value) if safe else None, status, said)
        for label, value in zip(table.labels, found.values, strict=True)
    )
    return Verdict(cells, None, safe, float(np.abs(found.values - table.values).sum()), audit, found)
