"""Primary rules: which cells tell about a contributor, and how wide their bounds must stay.

Source: Hundepool et al., Statistical Disclosure Control (Wiley 2012), 4.2 (rules) and table 4.3 (protection levels).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plumbline.domain.disclosure.table import Policy, Table


@dataclass(frozen=True)
class Primary:
    """Hold a reason for each unsafe cell, and how far its bounds must reach below and above (units of the value)."""

    reasons: dict[int, str]
    below: NDArray[np.float64]
    above: NDArray[np.float64]

    @property
    def cells(self) -> tuple[int, ...]:
        """Name the unsafe cells by index."""
        return tuple(self.reasons)


def find_primary(table: Table, policy: Policy) -> Primary:
    """Find the unsafe cells by threshold, (n,k) dominance and the p% rule."""
    reasons: dict[int, str] = {}
    width = np.zeros(len(table.values))
    for cell, value in enumerate(table.values):
        needs: list[float] = []
        said: list[str] = []
        count = table.contributors[cell]
        if 0 < count < policy.threshold:
            said.append(f"{count:g} contributors, fewer than {policy.threshold}")
            needs.append(0.0)
        for reason, need in _concentration(table, policy, cell):
            said.append(reason)
            needs.append(need)
        if said:
            reasons[cell] = "; ".join(said)
            width[cell] = max(policy.protection_percent / 100 * value, *needs)
            if table.whole:
                width[cell] = max(1.0, np.ceil(width[cell] - 1e-9))
    return Primary(reasons, np.minimum(width, table.values), width)


def _concentration(table: Table, policy: Policy, cell: int) -> list[tuple[str, float]]:
    """Give reason and protection level of the dominance and p% rules where they are broken."""
    value, found = float(table.values[cell]), []
    if value <= 0 or not policy.largest:
        return []
    top = np.sort(table.largest[cell])[::-1]
    if policy.dominance:
        n, k = policy.dominance
        held = float(top[:n].sum())
        if held > k / 100 * value:
            found.append(
                (f"the {n} largest hold {100 * held / value:.1f} %, more than {k:g} %", held * 100 / k - value)
            )
    if policy.p_percent is not None:
        rest, limit = value - float(top[:2].sum()), policy.p_percent / 100 * float(top[0])
        if rest < limit:
            found.append((f"the largest can be told within {policy.p_percent:g} %", limit - rest))
    return found
