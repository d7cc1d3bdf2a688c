"""Keeps what lists, facets, counts and maps read of the records of a type as columns in memory. Part of the queries.

The board is exact and at once: every change of an entry goes through `resolving.refresh`, which leaves a `Change` in the
same transaction, numbered in the order of commits. A read asks for the changes after those that the board has (one small
query), reads the entries that they name, and puts them in place; no count is ever guessed or late. Inside a transaction
the board is read anew and not kept, since what was read there may be taken back (docs/adr/0011).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from plumbline.apps.library.models import Change, Entry, FacetValue, Point
from plumbline.apps.spine.queries import visible_classes

if TYPE_CHECKING:
    from plumbline.apps.spine.models import Workspace
    from plumbline.domain.access import Viewer

T = TypeVar("T")
Ints = NDArray[np.integer[Any]]
Bools = NDArray[np.bool_]
STATUSES = (Entry.ACCEPTED, Entry.PROPOSED, Entry.REJECTED, Entry.MERGED, Entry.WITHDRAWN)
GONE = -1
"""The status of a row whose entry is no more: it belongs to no selection."""
MOST_NOTES = 64
EPOCH = date(1970, 1, 1).toordinal()
NO_DATE = np.iinfo(np.int32).min


@dataclass(frozen=True)
class Facet:
    """The values of one facet: row of the board and code of the value, one pair for each value of an entry."""

    rows: Ints
    codes: Ints
    values: tuple[str, ...]


NO_FACET = Facet(np.zeros(0, np.int32), np.zeros(0, np.int32), ())


@dataclass(frozen=True, eq=False)
class Board:
    """All records of one type, a row each, in the order of their keys; never changed, only replaced.

    `dates` and `ends` are days since 1970 (NO_DATE: none), `updated` seconds since then, `lat` and `lon` degrees (NaN:
    no place). `notes` keeps what was worked out of this very board.
    """

    position: tuple[int, datetime | None]
    keys: Ints
    classes: Ints
    statuses: Ints
    dates: Ints
    ends: Ints
    updated: NDArray[np.float64]
    titles: NDArray[np.object_]
    folded: NDArray[np.object_]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    facets: Mapping[str, Facet]
    notes: OrderedDict[Hashable, Any] = field(default_factory=OrderedDict)

    def facet(self, name: str) -> Facet:
        """Give a facet, an empty one where no entry has a value of it."""
        return self.facets.get(name, NO_FACET)

    def noted(self, key: Hashable, work_out: Callable[[], T]) -> T:
        """Give what was worked out of this board before under the same key; callers must not change it."""
        found = self.notes.get(key, self)
        if found is self:
            found = self.notes[key] = work_out()
            while len(self.notes) > MOST_NOTES:
                self.notes.popitem(last=False)
        return found

    def order(self, sort: str) -> Ints:
        """Give the rows in the order of a list: by 'date', 'title' or 'updated_at', '-' for falling; newest key first."""
        return self.noted(("order", sort), lambda: self._order(sort))

    def _order(self, sort: str) -> Ints:
        column = {"date": self.dates, "title": self.titles, "updated_at": self.updated}[sort.lstrip("-")]
        rising = np.argsort(column, kind="stable") if column is self.titles else None
        if rising is not None:
            ranks = (
                np.cumsum(np.concatenate([[0], column[rising][1:] != column[rising][:-1]])) if len(column) else rising
            )
            column = np.empty(len(column), np.int64)
            column[rising] = ranks
        first = -column.astype(np.float64) if sort.startswith("-") else column.astype(np.float64)
        if sort.lstrip("-") == "date":
            first = np.where(self.dates == NO_DATE, np.inf, first)  # without a date: last, either way
        return np.lexsort((-self.keys, first))


_boards: dict[tuple[str, int, str], Board] = {}
_locks: dict[tuple[str, int, str], threading.Lock] = {}


@dataclass(frozen=True, eq=False)
class Seen:
    """A board as one viewer may see it: `visible` says of each row whether the viewer may read the entry."""

    board: Board
    visible: Bools
    key: Hashable


def seen_by(viewer: Viewer, workspace: Workspace, type_id: str) -> Seen:
    """Give the records of a type with those marked that the viewer may see; two small queries where nothing changed."""
    board, classes = _board(workspace.pk, type_id), visible_classes(viewer)

    def visible() -> Bools:
        open_to = np.zeros(int(max([*classes, board.classes.max(initial=0)], default=0)) + 1, bool)
        open_to[list(classes)] = True
        return open_to[board.classes] & (board.statuses != GONE)

    return Seen(board, board.noted(("visible", classes), visible), classes)


def forget_boards() -> None:
    """Forget all boards (another database took this one's place, in tests and benches)."""
    _boards.clear()


def _board(workspace: int, type_id: str) -> Board:
    if connection.in_atomic_block:
        return _read(workspace, type_id)
    key = (str(connection.settings_dict["NAME"]), workspace, type_id)
    with _locks.setdefault(key, threading.Lock()):
        known = _boards.get(key)
        news = _news(known) if known else None
        if known is None or news is None:
            known = _read(workspace, type_id)
            news = _news(known) or []
        if news:
            known = _changed(known, news, workspace, type_id)
        _boards[key] = known
        return known


def _news(board: Board) -> list[tuple[int, datetime, int]] | None:
    """List the changes after those that a board has; None where its own last change is not there, so it must be read anew."""
    number, at = board.position
    rows = list(Change.objects.filter(id__gte=number).order_by("id").values_list("id", "at", "entry_key"))
    if at is None:
        return rows
    return rows[1:] if rows and rows[0][:2] == (number, at) else None


def _read(workspace: int, type_id: str) -> Board:
    last = Change.objects.order_by("-id").values_list("id", "at").first() or (0, None)
    ints, reals, texts = np.zeros(0, np.int64), np.zeros(0), np.zeros(0, object)
    short, byte = ints.astype(np.int32), ints.astype(np.int8)
    empty = Board(last, ints, short, byte, short, short, reals, texts, texts, reals, reals, {})
    of_type = {"workspace_id": workspace, "type": type_id}
    entries = Entry.objects.filter(kind=Entry.RECORD, **of_type)
    return _with(empty, entries, FacetValue.objects.filter(**of_type), Point.objects.filter(**of_type))


def _changed(board: Board, news: Sequence[tuple[int, datetime, int]], workspace: int, type_id: str) -> Board:
    keys = sorted({key for _number, _at, key in news})
    if len(keys) > max(1_000, len(board.keys) // 2):
        return _read(workspace, type_id)
    of_type = {"workspace_id": workspace, "type": type_id}
    entries = Entry.objects.filter(pk__among=keys, kind=Entry.RECORD, **of_type)
    there = np.array(list(entries.values_list("pk", flat=True)), np.int64)
    if len(board.keys) and (there[~np.isin(there, board.keys)] < board.keys[-1]).any():
        return _read(workspace, type_id)  # an older key came later, by a change of type or a slower transaction
    facets = FacetValue.objects.filter(entry__among=there.tolist())
    points = Point.objects.filter(pk__among=there.tolist())
    return _with(_without(replace(board, position=news[-1][:2], notes=OrderedDict()), keys), entries, facets, points)


def _without(board: Board, keys: Sequence[int]) -> Board:
    """Take the values of rows away that are to be read anew: should their entry be gone, they belong to nothing."""
    rows = _rows_of(board, np.array(keys, np.int64))
    if not len(rows):
        return board
    statuses, lat = board.statuses.copy(), board.lat.copy()
    statuses[rows], lat[rows] = GONE, np.nan
    stale = np.zeros(len(board.keys), bool)
    stale[rows] = True
    facets = {}
    for name, one in board.facets.items():
        kept = ~stale[one.rows]
        facets[name] = one if kept.all() else Facet(one.rows[kept], one.codes[kept], one.values)
    return replace(board, statuses=statuses, lat=lat, facets=facets)


def _rows_of(board: Board, keys: Ints) -> Ints:
    """Give the rows of those of the keys that the board has."""
    at = np.searchsorted(board.keys, keys)
    at = at[at < len(board.keys)] if len(keys) else at
    return at[np.isin(board.keys[at], keys)]


def _with(board: Board, entries: Any, facets: Any, points: Any) -> Board:
    """Put entries with their facets and points in place of the rows of their keys, new ones at the end."""
    names = ("pk", "mark_class_id", "status", "date", "date_end", "updated_at", "title")
    found = list(entries.order_by("pk").values_list(*names))
    if not found:
        return board
    keys, classes, status, dates, ends, updated, titles = zip(*found, strict=True)
    fresh: dict[str, NDArray[Any]] = {
        "keys": np.array(keys, np.int64), "classes": np.array(classes, np.int32), "dates": _days(dates), "ends": _days(ends),
        "statuses": np.array([STATUSES.index(one) for one in status], np.int8),
        "updated": np.array([one.timestamp() for one in updated]),
        "titles": _texts(titles), "folded": _texts([one.casefold() for one in titles]),
        "lat": np.full(len(keys), np.nan), "lon": np.full(len(keys), np.nan),
    }  # fmt: skip
    known = np.isin(fresh["keys"], board.keys)
    at = np.searchsorted(board.keys, fresh["keys"][known])
    whole: dict[str, Any] = {}
    for name, values in fresh.items():
        whole[name] = np.concatenate([getattr(board, name), values[~known]])
        whole[name][at] = values[known]
    board = replace(board, **whole)
    placed = np.array(list(points.values_list("pk", "lat", "lon")), float).reshape(-1, 3)
    rows = np.searchsorted(board.keys, placed[:, 0].astype(np.int64))
    board.lat[rows], board.lon[rows] = placed[:, 1], placed[:, 2]
    return replace(board, facets=_faceted(board, facets))


def _faceted(board: Board, facets: Any) -> dict[str, Facet]:
    """Give the board's facets with further values."""
    read: dict[str, tuple[list[int], list[str]]] = {}
    for name, key, value in facets.values_list("field", "entry_id", "value").iterator(chunk_size=20_000):
        keys, values = read.setdefault(name, ([], []))
        keys.append(key)
        values.append(value)
    whole = dict(board.facets)
    for name, (keys, values) in read.items():
        before = board.facet(name)
        codes = {value: code for code, value in enumerate(dict.fromkeys([*before.values, *values]))}
        rows = np.searchsorted(board.keys, np.array(keys, np.int64)).astype(np.int32)
        added = np.array([codes[value] for value in values], np.int32)
        whole[name] = Facet(np.concatenate([before.rows, rows]), np.concatenate([before.codes, added]), tuple(codes))
    return whole


def _days(dates: Sequence[date | None]) -> Ints:
    return np.array([NO_DATE if one is None else one.toordinal() - EPOCH for one in dates], np.int32)


def _texts(texts: Sequence[str]) -> NDArray[np.object_]:
    column = np.empty(len(texts), object)
    column[:] = texts
    return column
