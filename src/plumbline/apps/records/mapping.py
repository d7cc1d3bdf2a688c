"""Reads of maps that compare countries: how many records each has. From the board, so within what the viewer may see.

What the board holds of a record is what its claims no stricter than its own mark say: a value that is kept from some of its
readers is counted for nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from plumbline.apps.records.queries import Chosen, Filter, choose
from plumbline.apps.spine.queries import mark_of_class
from plumbline.domain.access import LEVELS, Viewer

if TYPE_CHECKING:
    from plumbline.apps.spine.models import Workspace


@dataclass(frozen=True)
class CountryCounts:
    """How many records within a filter have each country.

    `counts` has a 0 for countries that other records of the type have. `total` counts the records within, `without`
    those of them that name no country, `level` is the strictest mark among them.
    """

    counts: dict[str, int]
    total: int
    without: int
    level: str


def country_counts(viewer: Viewer, workspace: Workspace, type_id: str, chosen: Filter, field: str) -> CountryCounts:
    """Count the records within a filter by a facet of countries, the most frequent first.

    Where the filter chooses among the countries of the same facet, only those are counted.
    """
    found = choose(viewer, workspace, type_id, chosen)
    rows, codes, values = found.facet(field)
    numbers = np.bincount(codes, minlength=len(values)).tolist()
    _rows, every, _values = choose(viewer, workspace, type_id, Filter(statuses=chosen.statuses)).facet(field)
    known = set(np.unique(every).tolist())
    wanted = chosen.facets.get(field)
    pairs = [(value, numbers[code]) for code, value in enumerate(values) if code in known]
    kept = [(value, n) for value, n in pairs if not wanted or value in wanted]
    total = int(found.within.sum())
    return CountryCounts(
        dict(sorted(kept, key=lambda one: (-one[1], one[0]))), total, total - len(np.unique(rows)), strictest_of(found)
    )


def strictest_of(found: Chosen) -> str:
    """Give the strictest level among the marks of the records chosen; what maps count is never stricter."""
    classes = np.unique(found.seen.board.classes[found.within]).tolist()
    return max((mark_of_class(one).level for one in classes), key=LEVELS.index, default="CLEAR")


def years_of(viewer: Viewer, workspace: Workspace, type_id: str, statuses: tuple[str, ...]) -> list[int]:
    """List the years in which records of a type began, oldest first."""
    _rows, codes, values = choose(viewer, workspace, type_id, Filter(statuses=statuses)).facet("year")
    return [int(values[code]) for code in np.unique(codes).tolist()]
