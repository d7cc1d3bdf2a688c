"""Estimates through the gate of disclosure: cells of too few cases come out without numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from plumbline.domain.columns import Columns
from plumbline.domain.disclosure import Policy, publishable, read_table
from plumbline.domain.surveys.estimate import Estimate


def withhold(found: Sequence[Estimate], policy: Policy) -> list[Estimate]:
    """Take the numbers out of estimates whose cases the gate does not let through.

    The numbers of cases of each run of cells of one statistic and variable are a table without totals; what the policy says on thresholds holds for
    them. A withheld estimate keeps its cell and says `withheld` why. A cell that can be worked out from a published total of the same plan is not
    looked for: give such tables to `disclose` with their totals.
    """
    out: list[Estimate] = []
    start = 0
    while start < len(found):
        end = start + 1
        while end < len(found) and (found[end].statistic, found[end].variable) == (
            found[start].statistic,
            found[start].variable,
        ):
            end += 1
        out += _run(found[start:end], policy)
        start = end
    return out


def _run(found: Sequence[Estimate], policy: Policy) -> list[Estimate]:
    cells = np.array([str(place) for place in range(len(found))], dtype=object)
    counts = np.array([float(one.n) for one in found])
    rules = Policy(("cell",), "cases", threshold=policy.threshold)
    verdict = publishable(read_table(Columns("estimates", {"cell": cells, "cases": counts}), rules), rules)
    gone = float("nan")
    return [
        one
        if cell.value is not None
        else replace(
            one,
            estimate=gone,
            se=gone,
            ci_low=gone,
            ci_high=gone,
            deff=gone,
            n=0,
            more=_named(one) | {"withheld": cell.reason},
        )
        for one, cell in zip(found, verdict.cells, strict=True)
    ]


def _named(one: Estimate) -> dict[str, object]:
    return {key: one.more[key] for key in ("level", "quantile", "term") if key in one.more}
