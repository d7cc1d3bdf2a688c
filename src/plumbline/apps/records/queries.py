"""Reads of records: pages of lists, facets, counts, clusters on the map, what waits for review."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, partial, reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Aggregate, Avg, Count, F, Field, Func, IntegerField, Max, Min, Q, QuerySet
from django.db.models.functions import ExtractYear

from plumbline.apps.library import queries as library
from plumbline.apps.records.counting import kept
from plumbline.apps.records.models import Candidate
from plumbline.apps.spine.queries import blueprint_of, history_of, mark_of_class, visible_classes
from plumbline.domain.access import LEVELS, Viewer
from plumbline.domain.blueprints import Blueprint, RecordType, country_name
from plumbline.domain.blueprints.values import country_codes
from plumbline.domain.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from plumbline.apps.spine.models import Workspace

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


def filtered(viewer: Viewer, workspace: Workspace, type_id: str, chosen: Filter) -> QuerySet[Any]:
    """The entries of a type that the viewer may see and that pass a filter, in no order."""
    rows = library.entries(viewer, workspace).filter(type=type_id, status__in=chosen.statuses)
    if chosen.text:
        named = _named(blueprint_of(workspace), type_of(workspace, type_id), chosen.text)
        facets = library.facet_rows(viewer, workspace, type_id, chosen.statuses)
        saying = Q(pk__in=facets.filter(named).values("entry_id")) if named else Q()
        rows = rows.filter(Q(title__icontains=chosen.text) | saying)
    if chosen.date_from:
        rows = rows.filter(Q(date_end__gte=chosen.date_from) | Q(date_end=None, date__gte=chosen.date_from))
    if chosen.date_to:
        rows = rows.filter(date__lte=chosen.date_to)
    if chosen.years:
        rows = rows.filter(any_of(Q(date__range=(date(year, 1, 1), date(year, 12, 31))) for year in chosen.years))
    for name, values in chosen.facets.items():
        facets = library.facet_rows(viewer, workspace, type_id, chosen.statuses)
        rows = rows.filter(pk__in=facets.filter(field=name, value__in=values).values("entry_id"))
    if chosen.box:
        points = library.point_rows(viewer, workspace, type_id, chosen.statuses)
        rows = rows.filter(pk__in=points.filter(within(chosen.box)).values("entry_id"))
    return rows


def _named(blueprint: Blueprint, record_type: RecordType, text: str) -> Q:
    """Match facet values whose name holds a text in any language: titles are kept in English, their readers are not."""
    found, wanted = Q(), text.casefold()
    for name, one in record_type.fields.items():
        if not one.facet or len(wanted) < 2:
            continue
        values = [
            term.id
            for term in blueprint.terms_of(one)
            if any(wanted in label.casefold() for label in term.label.values())
        ]
        if one.type == "country":
            values += [code for code, names in _country_names().items() if any(wanted in each for each in names)]
        if values:
            found |= Q(field=name, value__in=values)
    return found


@cache
def _country_names() -> dict[str, tuple[str, ...]]:
    languages = [code for code, _name in settings.LANGUAGES]
    return {code: tuple(country_name(code, one).casefold() for one in languages) for code in country_codes()}


def any_of(conditions: Iterable[Q]) -> Q:
    """Match where one of at least one condition holds."""
    return reduce(or_, conditions)


def within(box: tuple[float, float, float, float]) -> Q:
    """Match points inside a box (west, south, east, north)."""
    west, south, east, north = box
    across = Q(lon__gte=west) | Q(lon__lte=east) if west > east else Q(lon__gte=west, lon__lte=east)
    return Q(lat__gte=south, lat__lte=north) & across


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
    total = count_of(viewer, workspace, type_id, chosen)

    def listed() -> list[int]:
        rows = _ordered(_entries(viewer, workspace, type_id, chosen), sort)
        return list(rows.values_list("pk", flat=True)[(number - 1) * size : number * size])

    keys = kept("page", viewer, workspace, (type_id, chosen, sort, number, size), listed)
    found = entries_by_pk(viewer, workspace, keys)
    return Page([found[key] for key in keys if key in found], total, number, size)


def count_of(viewer: Viewer, workspace: Workspace, type_id: str, chosen: Filter) -> int:
    """Count the entries within a filter."""
    counted = counts_by_status(viewer, workspace, type_id, chosen)
    return sum(counted.get(status, 0) for status in chosen.statuses)


def keys_within(viewer: Viewer, workspace: Workspace, type_id: str, chosen: Filter) -> frozenset[int] | None:
    """Give the keys of the entries within a filter, of any status; None where it leaves out nothing else.

    One query for each thing chosen. What is narrowed by these keys need not ask again who may see it.
    """
    wide = replace(chosen, statuses=STATUSES)
    if not _narrows(wide):
        return None
    return kept("keys", viewer, workspace, (type_id, wide), lambda: _keys_within(viewer, workspace, type_id, wide))


def _keys_within(viewer: Viewer, workspace: Workspace, type_id: str, chosen: Filter) -> frozenset[int]:
    parts: list[QuerySet[Any]] = []
    for name, values in chosen.facets.items():
        facets = library.facet_rows(viewer, workspace, type_id, chosen.statuses)
        parts.append(facets.filter(field=name, value__in=values).values_list("entry_id", flat=True))
    if chosen.box:
        points = library.point_rows(viewer, workspace, type_id, chosen.statuses)
        parts.append(points.filter(within(chosen.box)).values_list("pk", flat=True))
    rest = replace(chosen, facets={}, box=None)
    if _narrows(rest):
        parts.append(filtered(viewer, workspace, type_id, rest).values_list("pk", flat=True))
    found = [set(part) for part in parts]
    return frozenset(found[0].intersection(*found[1:]))


SHORT = 10_000
"""Up to so many keys are looked up one by one; beyond, it is faster to walk the index that the question would take anyway."""


def _narrowed(rows: QuerySet[Any], keys: frozenset[int] | None) -> QuerySet[Any]:
    """Keep the rows of these keys (None: all)."""
    if keys is None:
        return rows
    return rows.filter(**{"pk__among" if len(keys) <= SHORT else "pk__checked_among": list(keys)})


def _entries(viewer: Viewer, workspace: Workspace, type_id: str, chosen: Filter) -> QuerySet[Any]:
    """The entries within a filter, as `filtered` gives them, narrowed by keys found beforehand."""
    rows = filtered(viewer, workspace, type_id, Filter(statuses=chosen.statuses))
    return _narrowed(rows, keys_within(viewer, workspace, type_id, chosen))


def _facets(viewer: Viewer, workspace: Workspace, type_id: str, chosen: Filter, names: Sequence[str]) -> QuerySet[Any]:
    """The facet values of these fields of the entries within a filter."""
    keys = keys_within(viewer, workspace, type_id, chosen)
    if keys is None:
        return library.facet_rows(viewer, workspace, type_id, chosen.statuses).filter(field__in=names).order_by()
    short = len(keys) <= SHORT
    rows = library.facets_at_hand(workspace, type_id, keys, names, chosen.statuses, one_by_one=short)
    return rows.order_by()


def _ordered(rows: QuerySet[Any], sort: str) -> QuerySet[Any]:
    """Put entries in the order of a list; refuses a key that lists have no index for."""
    column = sort.lstrip("-")
    if column not in ("date", "title", "updated_at"):
        raise InvalidInput("list.sort", "Lists sort by date, title or updated_at, not {sort}.", sort=sort)
    order = F(column).desc(nulls_last=True) if sort.startswith("-") else F(column).asc(nulls_last=True)
    return rows.order_by(order, "-pk")


def counts_by_type(viewer: Viewer, workspace: Workspace) -> dict[str, int]:
    """Count the accepted and proposed entries of each type that the viewer may see, by type id; one query."""
    types = list(blueprint_of(workspace).types)

    def counted() -> dict[str, int]:
        rows = library.entries(viewer, workspace).filter(status__in=OPEN, type__in=types)
        found = rows.aggregate(**{f"n{n}": Count("pk", filter=Q(type=one)) for n, one in enumerate(types)})
        return {one: found[f"n{n}"] for n, one in enumerate(types)}

    return dict(kept("by type", viewer, workspace, (tuple(types),), counted))


def counts_by_status(viewer: Viewer, workspace: Workspace, type_id: str, chosen: Filter) -> dict[str, int]:
    """Count entries by status within a filter, its own choice of status left aside; merged ones are not counted."""
    wide = replace(chosen, statuses=STATUSES)

    def counted() -> dict[str, int]:
        rows = _entries(viewer, workspace, type_id, wide)
        found = rows.aggregate(**{one: Count("pk", filter=Q(status=one)) for one in STATUSES})
        return {status: count for status, count in found.items() if count}

    return dict(kept("by status", viewer, workspace, (type_id, wide), counted))


def newest(viewer: Viewer, workspace: Workspace, count: int) -> list[Any]:
    """The entries that came in last, newest first, accepted or proposed: ids first, through the index by arrival."""
    rows = library.entries(viewer, workspace).filter(status__in=OPEN, type__in=list(blueprint_of(workspace).types))
    keys = list(rows.order_by("-created_at", "-pk").values_list("pk", flat=True)[:count])
    found = entries_by_pk(viewer, workspace, keys)
    return [found[key] for key in keys if key in found]


def facet_counts(
    viewer: Viewer, workspace: Workspace, type_id: str, chosen: Filter, only: Sequence[str] | None = None
) -> dict[str, list[tuple[str, int]]]:
    """Count entries by facet value within a filter, most frequent first, at most 50 values a facet.

    A facet's own choice does not narrow its own counts, so that a second value can be added to the first. `only`
    names the facets wanted (None: all).
    """
    record_type = type_of(workspace, type_id)
    wanted = [name for name, f in record_type.fields.items() if f.facet and (only is None or name in only)]
    free = [name for name in wanted if name not in chosen.facets]
    counted: dict[str, list[tuple[str, int]]] = {name: [] for name in wanted}
    for names, narrowed in [(free, chosen), *(([name], _without(chosen, name)) for name in wanted if name not in free)]:
        if names:
            counted |= kept(
                "facets", viewer, workspace, (type_id, narrowed, names),
                partial(_facet_counts, viewer, workspace, type_id, narrowed, names), len(names) * FACET_VALUES,
            )  # fmt: skip
    return counted


def _facet_counts(
    viewer: Viewer, workspace: Workspace, type_id: str, chosen: Filter, names: list[str]
) -> dict[str, list[tuple[str, int]]]:
    counted: dict[str, list[tuple[str, int]]] = {name: [] for name in names}
    rows = _facets(viewer, workspace, type_id, chosen, names)
    for name, value, count in rows.values_list("field", "value").annotate(n=Count("*")).order_by("-n", "value"):
        if len(counted[name]) < FACET_VALUES:
            counted[name].append((value, count))
    return counted


def _without(chosen: Filter, name: str) -> Filter:
    facets = {key: values for key, values in chosen.facets.items() if key != name}
    return replace(chosen, facets=facets)


def _narrows(chosen: Filter) -> bool:
    return chosen != Filter(statuses=chosen.statuses)


def counts_by_year(viewer: Viewer, workspace: Workspace, type_id: str, chosen: Filter) -> list[tuple[int, int]]:
    """Count entries by the year in which they began, oldest first; entries without a date are left out."""

    def counted() -> list[tuple[int, int]]:
        facet = _year_facet(workspace, type_id, chosen)
        if facet:
            years = _facets(viewer, workspace, type_id, chosen, [facet]).values_list("value")
            return sorted((int(year), n) for year, n in years.annotate(n=Count("*")))
        rows = _entries(viewer, workspace, type_id, chosen).exclude(date=None).order_by()
        return sorted(rows.annotate(year=YearOf("date")).values_list("year").annotate(n=Count("pk")))

    return list(kept("by year", viewer, workspace, (type_id, chosen), counted))


def _year_facet(workspace: Workspace, type_id: str, chosen: Filter) -> str:
    """Name the facet that holds the year of an entry's date: single, so both say the same. Empty where there is none.

    Only open entries have facets, so it does not answer for others.
    """
    field = type_of(workspace, type_id).find_field("event", "when")
    return field.id if field and field.facet and not field.many and set(chosen.statuses) <= set(OPEN) else ""


class YearOf(ExtractYear):
    """The year of a date; on SQLite as a number off its text, without a call into Python for each row."""

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        """Compile for SQLite."""
        sql, params = compiler.compile(self.lhs)
        return f"CAST(substr({sql}, 1, 4) AS INTEGER)", params


def cross_counts(
    viewer: Viewer, workspace: Workspace, type_id: str, chosen: Filter, rows_by: str, columns_by: str
) -> dict[tuple[str, str], int]:
    """Count entries by two facets at once: (row value, column value) -> entries; 'year' is the year of the date.

    Each facet is read along its index as lists of keys, and the lists meet here: a join that groups would sort
    every pair, at ten times the cost.
    """

    def counted() -> dict[tuple[str, str], int]:
        layers = _layers(_keys_by_value(viewer, workspace, type_id, chosen, columns_by))
        found: dict[tuple[str, str], int] = {}
        for row, keys in _keys_by_value(viewer, workspace, type_id, chosen, rows_by):
            for layer in layers:
                for column, count in Counter(map(layer.get, keys)).items():
                    if column is not None:
                        found[row, column] = found.get((row, column), 0) + count
        return found

    return dict(kept("cross", viewer, workspace, (type_id, chosen, rows_by, columns_by), counted))


def _layers(lists: Iterable[tuple[str, list[int]]]) -> list[dict[int, str]]:
    """Give key -> value in as many mappings as an entry has values, each key at most once in each."""
    layers: list[dict[int, str]] = []
    for value, left in lists:
        for layer in [*layers, None]:
            if layer is None:
                layer = {}
                layers.append(layer)
            doubled = [key for key in left if key in layer]
            layer.update(dict.fromkeys(set(left).difference(doubled) if doubled else left, value))
            left = doubled
            if not left:
                break
    return layers


def _keys_by_value(
    viewer: Viewer, workspace: Workspace, type_id: str, chosen: Filter, name: str
) -> list[tuple[str, list[int]]]:
    """The keys of the entries within a filter by value of a facet or by year; one query."""
    facet = _year_facet(workspace, type_id, chosen) if name == "year" else name
    if facet:
        rows = _facets(viewer, workspace, type_id, chosen, [facet]).values_list("value")
        return list(rows.annotate(keys=KeysOf("entry_id")))
    dated = _entries(viewer, workspace, type_id, chosen).exclude(date=None).annotate(year=YearOf("date")).order_by()
    return [(str(year), keys) for year, keys in dated.values_list("year").annotate(keys=KeysOf("pk"))]


class KeysOf(Aggregate):
    """All keys of a group as one list: a tenth of the time of a row for each."""

    function = "ARRAY_AGG"
    output_field = Field()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        """Compile for SQLite."""
        return super().as_sql(compiler, connection, function="json_group_array", **extra)

    def convert_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """Read the list: text on SQLite."""
        return json.loads(value) if isinstance(value, str) else value


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

    def gathered() -> list[Cluster]:
        rows = library.point_rows(viewer, workspace, type_id, chosen.statuses)
        if chosen.box:
            rows = rows.filter(within(chosen.box))
        rows = _narrowed(rows, keys_within(viewer, workspace, type_id, replace(chosen, box=None)))
        cells = rows.annotate(row=Cell(F("lat") + 90.0, size), column=Cell(F("lon") + 180.0, size))
        found = cells.values_list("row", "column").annotate(
            n=Count("*"), y=Avg("lat"), x=Avg("lon"), w=Min("lon"), s=Min("lat"), e=Max("lon"), t=Max("lat"),
            one=Min("pk"),
        ).order_by("-n", "one")[:MOST_FEATURES]  # fmt: skip
        return [Cluster(n, y, x, (w, s, e, t), one) for _, _, n, y, x, w, s, e, t, one in found]

    return list(kept("clusters", viewer, workspace, (type_id, chosen, size), gathered))


class Cell(Func):
    """The number of the cell of a size in which a coordinate, counted from its lowest, lies."""

    template = "FLOOR((%(expressions)s)::double precision)"
    arg_joiner = " / "
    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        """Compile for SQLite, where a cast cuts off what follows the point."""
        return super().as_sql(compiler, connection, template="CAST(%(expressions)s AS INTEGER)", **extra)


def placed(viewer: Viewer, workspace: Workspace, type_id: str, chosen: Filter) -> int:
    """Count the entries within a filter that have a place on the map."""

    def counted() -> int:
        points = library.point_rows(viewer, workspace, type_id, chosen.statuses)
        return _narrowed(points, keys_within(viewer, workspace, type_id, chosen)).count()

    return kept("placed", viewer, workspace, (type_id, chosen), counted)


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
    keys = kept("open pairs", viewer, workspace, (), lambda: _open_pairs(viewer, workspace))
    return Candidate.objects.filter(pk__among=keys, state=Candidate.OPEN).order_by("-score")


def _open_pairs(viewer: Viewer, workspace: Workspace) -> list[int]:
    pairs = list(Candidate.objects.filter(state=Candidate.OPEN).values_list("pk", "entry_id", "other_id"))
    both = {key for _pair, *two in pairs for key in two}
    rows = library.entries(viewer, workspace).filter(status__in=OPEN)
    seen = set(_narrowed(rows, frozenset(both)).values_list("pk", flat=True))
    return [pair for pair, one, other in pairs if one in seen and other in seen]


def to_review(viewer: Viewer, workspace: Workspace) -> QuerySet[Any]:
    """Proposed records that wait for review, oldest first, as far as the viewer may see them."""
    rows = library.entries(viewer, workspace).filter(status="proposed", type__in=list(blueprint_of(workspace).types))
    return rows.select_related("workspace").order_by("pk")


def to_review_page(viewer: Viewer, workspace: Workspace, first: int, count: int) -> list[Any]:
    """One page of what waits for review, oldest first: ids first, from an index alone, then those rows."""
    keys = list(to_review(viewer, workspace).values_list("pk", flat=True)[first : first + count])
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
    """Give the turn of a record in the review; after the last the first comes again. Four queries."""
    waiting = to_review(viewer, entry.workspace)
    before = Q(pk__lt=entry.pk)
    others = waiting.exclude(pk=entry.pk)
    following = others.exclude(before).first() or others.first()
    number = waiting.filter(before).count() + 1 if entry.status == "proposed" else 0
    return Turn(number, waiting.count(), following.public_id if following else "")


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
    found = entries_by_pk(viewer, workspace, chosen)
    return [found[key] for key in chosen if key in found]


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
    return list(_ordered(_entries(viewer, workspace, type_id, chosen), sort).values_list("pk", flat=True))


def strictest_level(viewer: Viewer, workspace: Workspace, type_id: str, chosen: Filter) -> str:
    """Give the strictest level among the marks of entries within a filter and of their claims, as far as seen."""
    rows = filtered(viewer, workspace, type_id, chosen)
    classes = set(rows.order_by().values_list("mark_class_id", flat=True).distinct())
    classes |= library.mark_classes_of_claims(rows.values("pk"), viewer)
    return max((mark_of_class(one).level for one in classes), key=LEVELS.index, default="CLEAR")
