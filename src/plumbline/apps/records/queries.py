"""Reads of records: pages of lists, facets, counts, clusters on the map, what waits for review."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from django.conf import settings
from django.db.models import Q, QuerySet
from scipy.sparse import csr_matrix

from plumbline.apps.library import queries as library
from plumbline.apps.library.board import EPOCH, NO_DATE, Board, Bools, Facet, Ints, Seen, seen_by
from plumbline.apps.library.board import STATUSES as KEPT_STATUSES
from plumbline.apps.library.newest import newest_keys
from plumbline.apps.records.models import Candidate, ImportMapping, TrainedModel
from plumbline.apps.spine.queries import (
    audit_log,
    blueprint_of,
    history_of,
    mark_of_class,
    visible_classes,
    visible_to,
)
from plumbline.domain.access import LEVELS, Viewer
from plumbline.domain.blueprints import Blueprint, RecordType, country_names
from plumbline.domain.blueprints.values import country_codes
from plumbline.domain.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from plumbline.apps.spine.models import AuditEntry, Workspace

OPEN = ("accepted", "proposed")
STATUSES = ("accepted", "proposed", "rejected")
MOST_FEATURES = 2000
FACET_VALUES = 50


@dataclass(frozen=True)
class Filter:
    """What a list, map, timeline or count is narrowed to. `facets`: field -> any of these values."""

    text: str = ""
    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    date_from: date | None = None
    date_to: date | None = None
    box: tuple[float, float, float, float] | None = None
    """West, south, east, north in degrees; west > east crosses the date line."""
    statuses: tuple[str, ...] = OPEN
    years: tuple[int, ...] = ()
    """Years in which an entry began, as timelines and counts by year count it."""
    without: tuple[str, ...] = ()
    """Facets of which an entry has no value."""


@dataclass(frozen=True)
class Page:
    """One page of a list: keys in order, the total, and where it stands."""

    entries: list[Any]
    total: int
    number: int
    size: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // self.size))


def type_of(workspace: Workspace, type_id: str) -> RecordType:
    """Get a type of a workspace; NotFound where its blueprint declares none of that name."""
    found = blueprint_of(workspace).types.get(type_id)
    if found is None:
        raise NotFound("type.unknown", "{workspace} has no type {type}.", workspace=workspace.slug, type=type_id)
    return found


@dataclass(frozen=True)
class Chosen:
    """The records of a type that a viewer may see and that pass a filter: `within` says so of each row of the board."""

    seen: Seen
    within: Bools

    @property
    def rows(self) -> Ints:
        """The rows within."""
        return np.flatnonzero(self.within)

    def facet(self, name: str) -> tuple[Ints, Ints, tuple[str, ...]]:
        """Rows, codes and values of a facet, of those within; 'year' is the year of the date."""
        board = self.seen.board
        one = board.noted("year", lambda: _years(board.dates)) if name == "year" else board.facet(name)
        kept = self.within[one.rows]
        return one.rows[kept], one.codes[kept], one.values

    def matrix(self, name: str) -> tuple[Any, tuple[str, ...]]:
        """A facet, of those within, as a sparse matrix of zeros and ones (row of the board x value), and its values."""
        rows, codes, values = self.facet(name)
        shape = (len(self.seen.board.keys), max(1, len(values)))
        return csr_matrix((np.ones(len(rows), np.int64), (rows, codes)), shape=shape), values


def choose(viewer: Viewer, workspace: Workspace, type_id: str, chosen: Filter) -> Chosen:
    """Choose the records of a type that the viewer may see and that pass a filter."""
    seen = seen_by(viewer, workspace, type_id)
    key = ("chosen", seen.key, _frozen(chosen))
    return seen.board.noted(key, lambda: Chosen(seen, _within(seen, workspace, type_id, chosen)))


def _within(seen: Seen, workspace: Workspace, type_id: str, chosen: Filter) -> Bools:
    board = seen.board
    found = seen.visible & np.isin(board.statuses, [KEPT_STATUSES.index(one) for one in chosen.statuses])
    if chosen.text:
        wanted = chosen.text.casefold()
        saying = _saying(board, wanted).copy()
        for name, meant in _named(blueprint_of(workspace), type_of(workspace, type_id), wanted).items():
            saying |= _having(board.facet(name), meant, len(board.keys))
        found &= saying
    if chosen.date_from:
        ends = np.where(board.ends == NO_DATE, board.dates, board.ends)
        found &= (ends != NO_DATE) & (ends >= chosen.date_from.toordinal() - EPOCH)
    if chosen.date_to:
        found &= (board.dates != NO_DATE) & (board.dates <= chosen.date_to.toordinal() - EPOCH)
    if chosen.years:
        found &= _having(board.noted("year", lambda: _years(board.dates)), map(str, chosen.years), len(board.keys))
    for name in chosen.without:
        found[board.facet(name).rows] = False
    for name, values in chosen.facets.items():
        found &= _having(board.facet(name), values, len(board.keys))
    if chosen.box:
        west, south, east, north = chosen.box
        west_of, east_of = board.lon >= west, board.lon <= east
        found &= (board.lat >= south) & (board.lat <= north) & (west_of | east_of if west > east else west_of & east_of)
    return found


def _saying(board: Board, wanted: str) -> Bools:
    """Say of each row whether its title holds a text, of every row alike, whoever may see it."""

    def said(rows: Ints) -> list[bool]:
        return [wanted in title for title in board.folded[rows].tolist()]

    def renew(earlier: Bools) -> Bools:
        found = np.zeros(len(board.keys), bool)
        found[: len(earlier)] = earlier
        found[board.stale] = said(board.stale)
        return found

    return board.noted(("saying", wanted), lambda: np.array(said(np.arange(len(board.keys))), bool), renew)


def _frozen(chosen: Filter) -> tuple[Any, ...]:
    facets = tuple(sorted((name, tuple(values)) for name, values in chosen.facets.items()))
    return (
        chosen.text,
        facets,
        chosen.date_from,
        chosen.date_to,
        chosen.box,
        tuple(chosen.statuses),
        tuple(chosen.years),
        tuple(chosen.without),
    )


def _having(facet: Facet, values: Iterable[str], count: int) -> Bools:
    """Say of each row whether its entry has one of these values."""
    wanted = set(values)
    codes = np.array([value in wanted for value in facet.values], bool)
    found = np.zeros(count, bool)
    if codes.any():
        found[facet.rows[codes[facet.codes]]] = True
    return found


def _years(dates: Ints) -> Facet:
    """Give the years of dates as a facet, in order."""
    rows = np.flatnonzero(dates != NO_DATE)
    years = dates[rows].astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    known, codes = np.unique(years, return_inverse=True)
    return Facet(rows, codes, tuple(str(year) for year in known))


def _named(blueprint: Blueprint, record_type: RecordType, wanted: str) -> dict[str, list[str]]:
    """Find the facet values whose name holds a text in any language: titles are kept in English, their readers are not."""
    found: dict[str, list[str]] = {}
    for name, one in record_type.fields.items():
        values = [
            term.id
            for term in blueprint.terms_of(one)
            if any(wanted in label.casefold() for label in term.label.values())
        ]
        if one.type == "country":
            values += [code for code, names in _country_names().items() if any(wanted in each for each in names)]
        if values:
            found[name] = values
    return found


@cache
def _country_names() -> dict[str, tuple[str, ...]]:
    languages = [code for code, _name in settings.LANGUAGES]
    return {
        code: tuple(name.casefold() for one in languages for name in country_names(code, one))
        for code in country_codes()
    }


def page_of(
    viewer: Viewer,
    workspace: Workspace,
    type_id: str,
    chosen: Filter,
    *,
    sort: str = "-date",
    number: int = 1,
    size: int = 50,
) -> Page:
    """Give one page of a list: ids first, through the index of the sort key, then those rows."""
    keys = _sorted(choose(viewer, workspace, type_id, chosen), sort)
    shown = keys[(number - 1) * size : number * size].tolist()
    return Page(listed(viewer, workspace, shown), len(keys), number, size)


def _sorted(chosen: Chosen, sort: str) -> Ints:
    """Give the keys of the records chosen in the order of a list; refuses a key that lists do not sort by."""
    if sort.lstrip("-") not in ("date", "title", "updated_at"):
        raise InvalidInput("list.sort", "Lists sort by date, title or updated_at, not {sort}.", sort=sort)
    board = chosen.seen.board
    order = board.order(sort)
    return board.keys[order[chosen.within[order]]]


def count_of(viewer: Viewer, workspace: Workspace, type_id: str, chosen: Filter) -> int:
    """Count the entries within a filter."""
    return int(choose(viewer, workspace, type_id, chosen).within.sum())


def counts_by_type(viewer: Viewer, workspace: Workspace) -> dict[str, int]:
    """Count the accepted and proposed entries of each type that the viewer may see, by type id."""
    return {one: count_of(viewer, workspace, one, Filter()) for one in blueprint_of(workspace).types}


def counts_by_status(viewer: Viewer, workspace: Workspace, type_id: str, chosen: Filter) -> dict[str, int]:
    """Count entries by status within a filter, its own choice of status left aside; merged ones are not counted."""
    found = choose(viewer, workspace, type_id, replace(chosen, statuses=STATUSES))
    counted = np.bincount(found.seen.board.statuses[found.within], minlength=len(KEPT_STATUSES)).tolist()
    by_status = dict(zip(KEPT_STATUSES, counted, strict=False))
    return {status: by_status[status] for status in STATUSES if by_status[status]}


def newest(viewer: Viewer, workspace: Workspace, count: int) -> list[Any]:
    """The entries that came in last, newest first, accepted or proposed."""
    types = list(blueprint_of(workspace).types)
    keys = newest_keys(viewer, workspace, count, statuses=OPEN, types=types)
    return listed(viewer, workspace, keys)


def facet_counts(
    viewer: Viewer, workspace: Workspace, type_id: str, chosen: Filter, only: Sequence[str] | None = None
) -> dict[str, list[tuple[str, int]]]:
    """Count entries by facet value within a filter, most frequent first, at most 50 values a facet.

    A facet's own choice does not narrow its own counts, so that a second value can be added to the first. `only`
    names the facets wanted (None: all).
    """
    record_type = type_of(workspace, type_id)
    wanted = [name for name, f in record_type.fields.items() if f.facet and (only is None or name in only)]
    counted = {}
    whole = choose(viewer, workspace, type_id, chosen)
    for name in wanted:
        rest = {key: values for key, values in chosen.facets.items() if key != name}
        found = choose(viewer, workspace, type_id, replace(chosen, facets=rest)) if name in chosen.facets else whole
        _rows, codes, values = found.facet(name)
        numbers = np.bincount(codes, minlength=len(values)).tolist()
        pairs = [(value, n) for value, n in zip(values, numbers, strict=True) if n]
        counted[name] = sorted(pairs, key=lambda one: (-one[1], one[0]))[:FACET_VALUES]
    return counted


def counts_by_year(viewer: Viewer, workspace: Workspace, type_id: str, chosen: Filter) -> list[tuple[int, int]]:
    """Count entries by the year in which they began, oldest first; entries without a date are left out."""
    _rows, codes, values = choose(viewer, workspace, type_id, chosen).facet("year")
    numbers = np.bincount(codes, minlength=len(values)).tolist()
    return [(int(year), n) for year, n in zip(values, numbers, strict=True) if n]


def cross_counts(
    viewer: Viewer, workspace: Workspace, type_id: str, chosen: Filter, rows_by: str, columns_by: str
) -> dict[tuple[str, str], int]:
    """Count entries by two facets at once: (row value, column value) -> entries; 'year' is the year of the date."""
    found = choose(viewer, workspace, type_id, chosen)
    (one, rows), (other, columns) = (found.matrix(name) for name in (rows_by, columns_by))
    cells = (one.T @ other).tocoo()
    return {
        (rows[row], columns[column]): int(n)
        for row, column, n in zip(cells.row.tolist(), cells.col.tolist(), cells.data.tolist(), strict=True)
        if n
    }


@dataclass(frozen=True)
class Cluster:
    """Entries close together at one zoom: how many, their mean place, the box that holds them, one of them."""

    count: int
    lat: float
    lon: float
    box: tuple[float, float, float, float]
    entry: int


def clusters(viewer: Viewer, workspace: Workspace, type_id: str, chosen: Filter, zoom: int) -> list[Cluster]:
    """Gather points into cells of about 60 pixels at a zoom (0-18), the fullest 2,000 cells."""
    size = 90.0 / 2 ** max(0, min(18, zoom))
    board, rows = _placed(viewer, workspace, type_id, chosen)
    lat, lon = board.lat[rows], board.lon[rows]
    cells = np.floor((lat + 90.0) / size).astype(np.int64) << 32 | np.floor((lon + 180.0) / size).astype(np.int64)
    order = np.argsort(cells, kind="stable")
    starts = np.flatnonzero(np.diff(cells[order], prepend=-1))
    if not len(starts):
        return []
    counts = np.diff(starts, append=len(order))
    fullest = np.lexsort((board.keys[rows[order[starts]]], -counts))[:MOST_FEATURES]
    y, x = lat[order], lon[order]
    found = [
        counts, np.add.reduceat(y, starts) / counts, np.add.reduceat(x, starts) / counts, np.minimum.reduceat(x, starts),
        np.minimum.reduceat(y, starts), np.maximum.reduceat(x, starts), np.maximum.reduceat(y, starts),
        board.keys[rows[order[starts]]],
    ]  # fmt: skip
    return [
        Cluster(n, lat, lon, (west, south, east, north), one)
        for n, lat, lon, west, south, east, north, one in zip(*(each[fullest].tolist() for each in found), strict=True)
    ]


def _placed(viewer: Viewer, workspace: Workspace, type_id: str, chosen: Filter) -> tuple[Any, Ints]:
    found = choose(viewer, workspace, type_id, chosen)
    return found.seen.board, np.flatnonzero(found.within & ~np.isnan(found.seen.board.lat))


def placed(viewer: Viewer, workspace: Workspace, type_id: str, chosen: Filter) -> int:
    """Count the entries within a filter that have a place on the map."""
    return len(_placed(viewer, workspace, type_id, chosen)[1])


def entries_by_pk(viewer: Viewer, workspace: Workspace, keys: Sequence[int]) -> dict[int, Any]:
    """The entries with these keys that the viewer may see, by key."""
    return {row.pk: row for row in library.entries(viewer, workspace).filter(pk__in=keys).select_related("workspace")}


def candidates_for(
    entry: Any, viewer: Viewer, states: Sequence[str] = (Candidate.OPEN,)
) -> list[tuple[Candidate, Any]]:
    """The records that look like one with this, the likeliest first, as far as the viewer may see them."""
    pairs = Candidate.objects.filter(Q(entry=entry) | Q(other=entry), state__in=states).order_by("-score")
    keys = {pair.pk: pair.other_id if pair.entry_id == entry.pk else pair.entry_id for pair in pairs}
    visible = entries_by_pk(viewer, entry.workspace, list(keys.values()))
    return [
        (pair, visible[keys[pair.pk]])
        for pair in pairs
        if keys[pair.pk] in visible and visible[keys[pair.pk]].status in OPEN
    ]


def open_candidates(viewer: Viewer, workspace: Workspace) -> QuerySet[Candidate]:
    """Pairs that wait for a decision and of which the viewer may see both, the likeliest first."""
    pairs = np.array(list(Candidate.objects.filter(state=Candidate.OPEN).values_list("pk", "entry_id", "other_id")))
    pairs = pairs.reshape(-1, 3)
    open_keys = np.append(_open_keys(viewer, workspace, Filter()), 0)
    both = (open_keys[np.searchsorted(open_keys[:-1], pairs[:, 1:])] == pairs[:, 1:]).all(axis=1)
    return Candidate.objects.filter(pk__among=pairs[both, 0].tolist(), state=Candidate.OPEN).order_by("-score")


def _open_keys(viewer: Viewer, workspace: Workspace, chosen: Filter) -> Ints:
    """The keys of records of all types within a filter, oldest first."""
    found = [choose(viewer, workspace, one, chosen) for one in blueprint_of(workspace).types]
    whole = np.concatenate([np.zeros(0, np.int64), *(one.seen.board.keys[one.within] for one in found)])
    return np.sort(whole, kind="stable")  # runs that are in order already


PROPOSED = Filter(statuses=("proposed",))


def count_to_review(viewer: Viewer, workspace: Workspace) -> int:
    """Count the proposed records that wait for review, as far as the viewer may see them."""
    return sum(count_of(viewer, workspace, one, PROPOSED) for one in blueprint_of(workspace).types)


def to_review(viewer: Viewer, workspace: Workspace) -> list[int]:
    """The keys of proposed records that wait for review, oldest first, as far as the viewer may see them."""
    return _open_keys(viewer, workspace, PROPOSED).tolist()


def listed(viewer: Viewer, workspace: Workspace, keys: Sequence[int]) -> list[Any]:
    """The entries with these keys that the viewer may see, in the order of the keys."""
    found = entries_by_pk(viewer, workspace, keys)
    return [found[key] for key in keys if key in found]


@dataclass(frozen=True)
class Turn:
    """Where a record stands among those that wait: its number of how many, and the id of the next one ("": none).

    `number` is 0 for a record that does not wait (any more).
    """

    number: int
    total: int
    next: str


def turn_of(entry: Any, viewer: Viewer) -> Turn:
    """Give the turn of a record in the review; after the last the first comes again."""
    waiting = _open_keys(viewer, entry.workspace, PROPOSED)
    at = int(np.searchsorted(waiting, entry.pk))
    others = waiting[waiting != entry.pk]
    following = listed(viewer, entry.workspace, others[[at % len(others)]].tolist()) if len(others) else []
    number = at + 1 if entry.status == "proposed" else 0
    return Turn(number, len(waiting), following[0].public_id if following else "")


def get_pair(key: int, viewer: Viewer, workspace: Workspace) -> tuple[Candidate, list[Any]]:
    """Get a pair that looks alike with its two records; NotFound unless the viewer may see both."""
    pair = Candidate.objects.filter(pk=key).first()
    found = entries_by_pk(viewer, workspace, [pair.entry_id, pair.other_id]) if pair else {}
    if pair is None or len(found) < 2:
        raise NotFound("pair.unknown", "There is no such pair of records here. Open the review desk again.")
    return pair, [found[pair.entry_id], found[pair.other_id]]


def linked_with(pair: Candidate, viewer: Viewer, workspace: Workspace, most: int = 2) -> list[Any]:
    """Further records that look like both records of an open pair and like one another, the likeliest first."""
    both = (pair.entry_id, pair.other_id)
    alike: dict[int, set[int]] = {}
    near = open_candidates(viewer, workspace).filter(Q(entry__in=both) | Q(other__in=both))
    for one, other in near.values_list("entry_id", "other_id"):
        inside, outside = (one, other) if one in both else (other, one)
        if outside not in both:
            alike.setdefault(outside, set()).add(inside)
    keys = [key for key, linked in alike.items() if len(linked) == 2]
    among = open_candidates(viewer, workspace).filter(entry__in=keys, other__in=keys)
    pairs = {frozenset(two) for two in among.values_list("entry_id", "other_id")} if keys else set()
    chosen: list[int] = []
    for key in keys:
        if len(chosen) < most and all(frozenset({key, one}) in pairs for one in chosen):
            chosen.append(key)
    return listed(viewer, workspace, chosen)


def pairs_between(entry: Any, others: Sequence[Any], viewer: Viewer) -> list[Candidate]:
    """The open pairs of a record with each of others that the viewer has before them."""
    keys = [one.pk for one in others]
    rows = open_candidates(viewer, entry.workspace)
    return list(rows.filter(Q(entry=entry.pk, other__in=keys) | Q(other=entry.pk, entry__in=keys)))


def settling_act(pair: Candidate, entries: Sequence[Any], viewer: Viewer) -> Any:
    """Find the act by which a pair was merged or set aside, the newest; None where the viewer may not see both."""
    seen = {one.pk: one for one in entries if one.mark_class_id in visible_classes(viewer)}
    if len(seen) < 2 or pair.state == Candidate.OPEN:
        return None
    ids = {one.public_id for one in entries}
    verb = "record.merge" if pair.state == Candidate.MERGED else "candidate.dismiss"
    for act in history_of(f"record:{entries[0].public_id}").filter(verb=verb)[:20]:
        if act.detail.get("candidate") == pair.pk or ids <= {act.detail.get("into"), *act.detail.get("merged", ())}:
            return act
    return None


def keys_of(viewer: Viewer, workspace: Workspace, type_id: str, chosen: Filter, *, sort: str = "-date") -> list[int]:
    """The keys of all entries within a filter, in the order of a list."""
    return _sorted(choose(viewer, workspace, type_id, chosen), sort).tolist()


def strictest_level(viewer: Viewer, workspace: Workspace, type_id: str, chosen: Filter) -> str:
    """Give the strictest level among the marks of entries within a filter and of their claims, as far as seen."""
    found = choose(viewer, workspace, type_id, chosen)
    classes = set(np.unique(found.seen.board.classes[found.within]).tolist())
    classes |= library.mark_classes_of_claims(found.seen.board.keys[found.within].tolist(), viewer)
    return max((mark_of_class(one).level for one in classes), key=LEVELS.index, default="CLEAR")


def models_of(workspace: Workspace, viewer: Viewer) -> QuerySet[TrainedModel]:
    """Give the trained models of a workspace that the viewer may know of, newest first."""
    return visible_to(TrainedModel.objects.filter(workspace=workspace), viewer).order_by("-number")


def get_model(workspace: Workspace, number: int, viewer: Viewer) -> TrainedModel:
    """Get one trained model; NotFound alike for none and for one not to be seen."""
    found = models_of(workspace, viewer).filter(number=number).first()
    if found is None:
        raise NotFound(
            "model.unknown", "There is no model {number} in {workspace}.", number=number, workspace=workspace.slug
        )
    return found


def model_in_use(workspace: Workspace) -> TrainedModel | None:
    """Find the model that reads what is taken in; the job that reads asks, and nothing of it is shown."""
    return TrainedModel.objects.filter(workspace=workspace, in_use=True).first()


def chosen_records(viewer: Viewer, workspace: Workspace, type_id: str, ids: Sequence[str]) -> list[Any]:
    """The records of a type with these permanent ids that the viewer may see, in the order given."""
    found = library.entries_with(ids, viewer)
    rows = [found[one] for one in dict.fromkeys(ids) if one in found]
    return [row for row in rows if (row.workspace_id, row.type, row.kind) == (workspace.pk, type_id, "record")]


def own_act(verb: str, viewer: Viewer, key: int | None = None) -> AuditEntry:
    """Get an act of the viewer's own, by its key or the newest; NotFound alike for none and for one of others."""
    rows = audit_log().filter(verb=verb, by=viewer.person or "nobody")
    found = (rows if key is None else rows.filter(pk=key)).first()
    if found is None:
        raise NotFound("act.unknown", "There is no such act on this record. Open its history again.")
    return found


def records_of_act(act: AuditEntry, viewer: Viewer, workspace: Workspace) -> list[Any]:
    """The records of a workspace that an act touched and that the viewer may see, in its order."""
    ids = [ref.partition(":")[2] for ref in act.refs if ref.startswith("record:")]
    found = library.entries_with(ids, viewer)
    return [found[one] for one in ids if one in found and found[one].workspace_id == workspace.pk]


def is_undone(act: AuditEntry) -> bool:
    """Tell whether an act was taken back."""
    return any(one.detail.get("act") == act.pk for one in history_of(act.refs[0]).filter(verb="act.undo"))


def mappings(viewer: Viewer, workspace: Workspace, type_id: str) -> list[ImportMapping]:
    """The saved mappings for tables of a type, by name, for those who may import."""
    if not viewer.has_role(workspace.slug, "contributor"):
        return []
    return list(ImportMapping.objects.filter(workspace=workspace, type=type_id).order_by("name"))


def get_mapping(viewer: Viewer, workspace: Workspace, type_id: str, name: str) -> ImportMapping:
    """Get a saved mapping by its name."""
    for one in mappings(viewer, workspace, type_id):
        if one.name == name:
            return one
    raise NotFound("mapping.unknown", "There is no saved mapping '{name}' for {type} here.", name=name, type=type_id)
