"""Reads of maps that compare countries: how many records each has, and how many go from one to another. From the board, so within what the viewer may see.

What the board holds of a record is what its claims no stricter than its own mark say: a value that is kept from some of its
readers is counted for nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from plumbline.apps.library.board import Bools, Ints
from plumbline.apps.records.queries import Chosen, Filter, choose, cross_counts
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
    known = set(np.flatnonzero(np.bincount(every)).tolist())
    wanted = chosen.facets.get(field)
    pairs = [(value, numbers[code]) for code, value in enumerate(values) if code in known]
    kept = [(value, n) for value, n in pairs if not wanted or value in wanted]
    total = int(found.within.sum())
    return CountryCounts(
        dict(sorted(kept, key=lambda one: (-one[1], one[0]))),
        total,
        total - _distinct(rows, len(found.within)),
        strictest_of(found),
    )


def _distinct(rows: Ints, of: int) -> int:
    """Count different rows of a board of so many."""
    there = np.zeros(of, bool)
    there[rows] = True
    return int(there.sum())


@dataclass(frozen=True)
class Flow:
    """How many records within a filter go from one country to another on one leg of a way.

    `leg` is 1 from the start to the stage between, 2 from there to the end, 3 straight from start to end.
    """

    leg: int
    start: str
    end: str
    count: int


@dataclass(frozen=True)
class Flows:
    """The flows of the records within a filter, the most frequent first; `total`, `unplaced` (on no leg) and `level` of them."""

    flows: tuple[Flow, ...]
    total: int
    unplaced: int
    level: str


def flows(
    viewer: Viewer, workspace: Workspace, type_id: str, chosen: Filter, start: str, between: str, end: str
) -> Flows:
    """Count the records within a filter by pairs of countries on their way: start, stage between, end (facets).

    Records that name no country for the stage between go straight from start to end; with `between` "" all do. A record
    with several countries in a stage counts once in each pair, for texts seldom tell their order.
    """
    found = choose(viewer, workspace, type_id, chosen)
    legs: list[tuple[int, str, str, str]] = [(3, start, end, between)]
    if between:
        legs = [(1, start, between, ""), (2, between, end, ""), *legs]
    on_way = np.zeros(len(found.within), bool)
    counted: list[Flow] = []
    for leg, one, other, without in legs:
        counted += _leg(found, chosen, (leg, one, other, without), on_way)
    total = int(found.within.sum())
    ordered = sorted(counted, key=lambda flow: (-flow.count, flow.leg, flow.start, flow.end))
    return Flows(tuple(ordered), total, total - int((on_way & found.within).sum()), strictest_of(found))


def _leg(found: Chosen, chosen: Filter, leg: tuple[int, str, str, str], on_way: Bools) -> list[Flow]:
    """The flows of one leg; notes in `on_way` which rows of the board are on it."""
    number, one, other, without = leg
    (starts, from_values), (ends, to_values) = found.matrix(one), found.matrix(other)
    if without:
        rows, _codes, _values = found.facet(without)
        kept = np.ones(len(found.within), np.int64)
        kept[rows] = 0
        starts = starts.multiply(kept[:, None]).tocsr()
    on_way |= (np.asarray(starts.sum(axis=1)).ravel() > 0) & (np.asarray(ends.sum(axis=1)).ravel() > 0)
    cells = (starts.T @ ends).tocoo()
    wanted = [set(chosen.facets.get(name, values)) for name, values in ((one, from_values), (other, to_values))]
    return [
        Flow(number, from_values[row], to_values[column], int(n))
        for row, column, n in zip(cells.row.tolist(), cells.col.tolist(), cells.data.tolist(), strict=True)
        if n and from_values[row] in wanted[0] and to_values[column] in wanted[1]
    ]


def split_counts(
    viewer: Viewer, workspace: Workspace, type_id: str, chosen: Filter, field: str, split: str
) -> dict[str, dict[str, int]]:
    """Count records by the values of a facet (or 'year') and then by country: value -> country -> records.

    Where the filter chooses among the values of either, only those are counted.
    """
    cells = cross_counts(viewer, workspace, type_id, chosen, field, split)
    countries, values = (chosen.facets.get(name) for name in (field, split))
    found: dict[str, dict[str, int]] = {}
    for (country, value), count in cells.items():
        if (not countries or country in countries) and (not values or value in values):
            found.setdefault(value, {})[country] = count
    return found


def strictest_of(found: Chosen) -> str:
    """Give the strictest level among the marks of the records chosen; what maps count is never stricter."""
    classes = np.flatnonzero(np.bincount(found.seen.board.classes[found.within])).tolist()
    return max((mark_of_class(one).level for one in classes), key=LEVELS.index, default="CLEAR")


def years_of(viewer: Viewer, workspace: Workspace, type_id: str, statuses: tuple[str, ...]) -> list[int]:
    """List the years in which records of a type began, oldest first."""
    _rows, codes, values = choose(viewer, workspace, type_id, Filter(statuses=statuses)).facet("year")
    return [int(values[code]) for code in np.flatnonzero(np.bincount(codes)).tolist()]
