"""Keeps what lists, facets, counts and maps read of the records of a type as columns in memory. Part of the queries.

The board is exact and at once: every change of an entry goes through `resolving.refresh`, which leaves a `Change` in the
same transaction, numbered in the order of commits. A read asks for the changes after those that the board has (one small
query), reads the entries that they name, and puts them in place; no count is ever guessed or late. Inside a transaction
the board is read anew and not kept, since what was read there may be taken back (docs/adr/0011).
"""

from __future__ import annotations

import threading
from bisect import bisect_left
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
MOST_CARRIED, MOST_STALE = 16, 1_000
CARRIED = ("order", "saying")
"""What is worked out row by row, so that after a change only the rows that changed are worked out anew."""
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
    no place). `notes` keeps what was worked out of this very board; `before` what was worked out of boards in whose
    places this one came, of which only the rows `stale` have other values or are new.
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
    before: Mapping[Hashable, Any] = field(default_factory=dict)
    stale: Ints = field(default_factory=lambda: np.zeros(0, np.int64))

    def facet(self, name: str) -> Facet:
        """Give a facet, an empty one where no entry has a value of it."""
        return self.facets.get(name, NO_FACET)

    def noted(self, key: Hashable, work_out: Callable[[], T], renew: Callable[[T], T] | None = None) -> T:
        """Give what was worked out of this board before under the same key; callers must not change it.

        `renew` makes it of what was worked out of the board before this one, by the rows `stale` alone.
        """
        found = self.notes.get(key, self)
        if found is self:
            earlier = self.before.get(key, self) if renew else self
            found = self.notes[key] = renew(earlier) if renew and earlier is not self else work_out()
            while len(self.notes) > MOST_NOTES:
                self.notes.popitem(last=False)
        return found

    def order(self, sort: str) -> Ints:
        """Give the rows in the order of a list: by 'date', 'title' or 'updated_at', '-' for falling; newest key first."""
        return self.noted(("order", sort), lambda: self._order(sort), lambda earlier: self._reordered(sort, earlier))

    def _reordered(self, sort: str, earlier: Ints) -> Ints:
        """Put the stale rows in their places in an order that was right for all others."""
        moved = np.zeros(len(self.keys), bool)
        moved[self.stale] = True
        kept = earlier[~moved[earlier]]
        place = self._place(sort)
        rows = sorted(self.stale.tolist(), key=place)
        return np.insert(kept, [bisect_left(kept, place(row), key=place) for row in rows], rows)

    def _place(self, sort: str) -> Callable[[int], tuple[Any, int]]:
        """Give what says of a row where it stands in an order, for comparing it with others: as `_order` has it."""
        name, falling = sort.lstrip("-"), sort.startswith("-")
        if name == "title":
            titles, keys = self.titles, self.keys
            return (
                (lambda row: (_Falling(titles[row]), -keys[row]))
                if falling
                else (lambda row: (titles[row], -keys[row]))
            )
        column, sign = (self.dates if name == "date" else self.updated), -1.0 if falling else 1.0
        return lambda row: (
            np.inf if name == "date" and column[row] == NO_DATE else sign * float(column[row]),
            -int(self.keys[row]),
        )

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


@dataclass(frozen=True)
class _Falling:
    """A text that stands before those that it is greater than."""

    text: str

    def __lt__(self, other: _Falling) -> bool:
        return self.text > other.text


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
    facets, points = FacetValue.objects.filter(**of_type), Point.objects.filter(**of_type)
    return _with(empty, entries, facets, points, ints)


def _changed(board: Board, news: Sequence[tuple[int, datetime, int]], workspace: int, type_id: str) -> Board:
    keys = sorted({key for _number, _at, key in news})
    if len(keys) > max(1_000, len(board.keys) // 2):
        return _read(workspace, type_id)
    # by key alone: asked for kind, workspace and type as well, SQLite walks the index of these, which holds all records
    found = Entry.objects.filter(pk__among=keys).values_list("pk", "kind", "workspace_id", "type")
    there = np.array(sorted(pk for pk, *rest in found if rest == [Entry.RECORD, workspace, type_id]), np.int64)
    entries = Entry.objects.filter(pk__among=there.tolist())
    if len(board.keys) and (there[~np.isin(there, board.keys)] < board.keys[-1]).any():
        return _read(workspace, type_id)  # an older key came later, by a change of type or a slower transaction
    facets = FacetValue.objects.filter(entry__among=there.tolist())
    points = Point.objects.filter(pk__among=there.tolist())
    stale = _rows_of(board, np.array(keys, np.int64))
    changed = _with(replace(board, position=news[-1][:2]), entries, facets, points, stale)
    known = list(board.notes.items())  # at one go: other threads note things meanwhile
    noted = {key: one for key, one in known if isinstance(key, tuple) and key[0] in CARRIED}
    carried = dict([*board.before.items(), *noted.items()][-MOST_CARRIED:])
    added = np.arange(len(board.keys), len(changed.keys))
    renewed = np.unique(np.concatenate([board.stale, stale, added]))
    if len(renewed) > MOST_STALE:
        carried, renewed = {}, renewed[:0]
    return replace(changed, notes=OrderedDict(), before=carried, stale=renewed)


def _rows_of(board: Board, keys: Ints) -> Ints:
    """Give the rows of those of the keys that the board has."""
    at = np.searchsorted(board.keys, keys)
    at = at[at < len(board.keys)] if len(keys) else at
    return at[np.isin(board.keys[at], keys)]


def _with(board: Board, entries: Any, facets: Any, points: Any, stale: Ints) -> Board:
    """Put entries with their facets and points in place of the rows of their keys, new ones at the end.

    Of the rows `stale`, those whose entry is not there belong to nothing any more. Columns in which nothing changes are
    not copied.
    """
    fresh = _columns(entries, points)
    known = np.isin(fresh["keys"], board.keys)
    at = np.searchsorted(board.keys, fresh["keys"][known])
    gone = np.setdiff1d(stale, at)
    whole: dict[str, Any] = {}
    for name, values in fresh.items():
        whole[name] = _put(getattr(board, name), at, values[known], values[~known])
    if len(gone):
        whole["statuses"] = _put(whole["statuses"], gone, np.full(len(gone), GONE, np.int8), fresh["statuses"][:0])
        whole["lat"] = _put(whole["lat"], gone, np.full(len(gone), np.nan), fresh["lat"][:0])
    board = replace(board, **whole)
    return replace(board, facets=_faceted(board, facets, stale))


def _put(column: NDArray[Any], at: Ints, values: NDArray[Any], added: NDArray[Any]) -> NDArray[Any]:
    """Give a column with other values in some rows and further ones at its end; the same one where that changes nothing."""
    if not len(added) and np.array_equal(column[at], values, equal_nan=column.dtype.kind == "f"):
        return column
    whole = np.concatenate([column, added])
    whole[at] = values
    return whole


def _columns(entries: Any, points: Any) -> dict[str, NDArray[Any]]:
    """Read entries with their points as columns, in the order of their keys."""
    names = ("pk", "mark_class_id", "status", "date", "date_end", "updated_at", "title")
    found = list(entries.order_by("pk").values_list(*names))
    keys, classes, status, dates, ends, updated, titles = zip(*found, strict=True) if found else ((),) * 7
    columns: dict[str, NDArray[Any]] = {
        "keys": np.array(keys, np.int64), "classes": np.array(classes, np.int32), "dates": _days(dates), "ends": _days(ends),
        "statuses": np.array([STATUSES.index(one) for one in status], np.int8),
        "updated": np.array([one.timestamp() for one in updated], np.float64),
        "titles": _texts(titles), "folded": _texts([one.casefold() for one in titles]),
        "lat": np.full(len(keys), np.nan), "lon": np.full(len(keys), np.nan),
    }  # fmt: skip
    placed = np.array(list(points.values_list("pk", "lat", "lon")), float).reshape(-1, 3)
    rows = np.searchsorted(columns["keys"], placed[:, 0].astype(np.int64))
    columns["lat"][rows], columns["lon"][rows] = placed[:, 1], placed[:, 2]
    return columns


def _faceted(board: Board, facets: Any, stale: Ints) -> dict[str, Facet]:
    """Give the board's facets with what is read in place of the values of the rows `stale`."""
    read: dict[str, tuple[list[int], list[str]]] = {}
    for name, key, value in facets.values_list("field", "entry_id", "value").iterator(chunk_size=20_000):
        keys, values = read.setdefault(name, ([], []))
        keys.append(key)
        values.append(value)
    whole = dict(board.facets)
    for name in {*whole, *read}:
        keys, values = read.get(name, ([], []))
        rows = np.searchsorted(board.keys, np.array(keys, np.int64)).astype(np.int32)
        whole[name] = _replaced(board.facet(name), rows, values, stale)
    return whole


def _replaced(before: Facet, rows: Ints, values: Sequence[str], stale: Ints) -> Facet:
    """Give a facet with these pairs of row and value in place of those of the rows `stale`; the same where they are the same."""
    old = np.flatnonzero(np.isin(before.rows, stale)) if len(stale) else np.zeros(0, np.int64)
    was = sorted(
        (row, before.values[code])
        for row, code in zip(before.rows[old].tolist(), before.codes[old].tolist(), strict=True)
    )
    if was == sorted(zip(rows.tolist(), values, strict=True)):
        return before
    codes = {value: code for code, value in enumerate(dict.fromkeys([*before.values, *values]))}
    added = np.array([codes[value] for value in values], np.int32)
    kept_rows, kept_codes = np.delete(before.rows, old), np.delete(before.codes, old)
    return Facet(np.concatenate([kept_rows, rows]), np.concatenate([kept_codes, added]), tuple(codes))


def _days(dates: Sequence[date | None]) -> Ints:
    return np.array([NO_DATE if one is None else one.toordinal() - EPOCH for one in dates], np.int32)


def _texts(texts: Sequence[str]) -> NDArray[np.object_]:
    column = np.empty(len(texts), object)
    column[:] = texts
    return column
