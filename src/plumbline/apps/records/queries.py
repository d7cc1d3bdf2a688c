"""Reads of records: pages of lists, facets, counts, clusters on the map, what waits for review."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import Avg, Count, F, FloatField, Max, Min, Q, QuerySet
from django.db.models.functions import Cast, ExtractYear, Floor

from plumbline.apps.library import queries as library
from plumbline.apps.records.models import Candidate
from plumbline.apps.spine.queries import blueprint_of, history_of, mark_of_class, visible_classes
from plumbline.domain.access import LEVELS, Viewer
from plumbline.domain.blueprints import RecordType
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
        rows = rows.filter(title__icontains=chosen.text)
    if chosen.date_from:
        rows = rows.filter(Q(date_end__gte=chosen.date_from) | Q(date_end=None, date__gte=chosen.date_from))
    if chosen.date_to:
        rows = rows.filter(date__lte=chosen.date_to)
    if chosen.years:
        rows = rows.filter(date__year__in=chosen.years)
    for name, values in chosen.facets.items():
        facets = library.facet_rows(viewer, workspace, type_id, chosen.statuses)
        rows = rows.filter(pk__in=facets.filter(field=name, value__in=values).values("entry_id"))
    if chosen.box:
        points = library.point_rows(viewer, workspace, type_id, chosen.statuses)
        rows = rows.filter(pk__in=points.filter(within(chosen.box)).values("entry_id"))
    return rows


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
    rows = filtered(viewer, workspace, type_id, chosen)
    total = rows.count()
    keys = list(_ordered(rows, sort).values_list("pk", flat=True)[(number - 1) * size : number * size])
    found = {row.pk: row for row in library.entries(viewer, workspace).filter(pk__in=keys).select_related("workspace")}
    return Page([found[key] for key in keys if key in found], total, number, size)


def _ordered(rows: QuerySet[Any], sort: str) -> QuerySet[Any]:
    """Put entries in the order of a list; refuses a key that lists have no index for."""
    column = sort.lstrip("-")
    if column not in ("date", "title", "updated_at"):
        raise InvalidInput("list.sort", "Lists sort by date, title or updated_at, not {sort}.", sort=sort)
    order = F(column).desc(nulls_last=True) if sort.startswith("-") else F(column).asc(nulls_last=True)
    return rows.order_by(order, "-pk")


def counts_by_type(viewer: Viewer, workspace: Workspace) -> dict[str, int]:
    """Count the accepted and proposed entries of each type that the viewer may see, by type id; one query."""
    rows = library.entries(viewer, workspace).filter(status__in=OPEN)
    counted = dict(rows.values_list("type").annotate(n=Count("pk")).order_by())
    return {type_id: counted.get(type_id, 0) for type_id in blueprint_of(workspace).types}


def counts_by_status(viewer: Viewer, workspace: Workspace, type_id: str, chosen: Filter) -> dict[str, int]:
    """Count entries by status within a filter, its own choice of status left aside; merged ones are not counted."""
    rows = filtered(viewer, workspace, type_id, replace(chosen, statuses=STATUSES))
    return dict(rows.values_list("status").annotate(n=Count("pk")).order_by())


def newest(viewer: Viewer, workspace: Workspace, count: int) -> list[Any]:
    """The entries that came in last, newest first, accepted or proposed."""
    rows = library.entries(viewer, workspace).filter(status__in=OPEN, type__in=list(blueprint_of(workspace).types))
    return list(rows.select_related("workspace").order_by("-created_at", "-pk")[:count])


def facet_counts(
    viewer: Viewer, workspace: Workspace, type_id: str, chosen: Filter
) -> dict[str, list[tuple[str, int]]]:
    """Count entries by facet value within a filter, most frequent first, at most 50 values a facet.

    A facet's own choice does not narrow its own counts, so that a second value can be added to the first.
    """
    record_type = type_of(workspace, type_id)
    counted: dict[str, list[tuple[str, int]]] = {name: [] for name, f in record_type.fields.items() if f.facet}
    free = [name for name in counted if name not in chosen.facets]
    for names, narrowed in [
        (free, chosen),
        *(([name], _without(chosen, name)) for name in chosen.facets if name in counted),
    ]:
        rows = library.facet_rows(viewer, workspace, type_id, chosen.statuses).filter(field__in=names)
        if _narrows(narrowed):
            rows = rows.filter(entry_id__in=filtered(viewer, workspace, type_id, narrowed).values("pk"))
        for name, value, count in rows.values_list("field", "value").annotate(n=Count("pk")).order_by("-n", "value"):
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
    rows = filtered(viewer, workspace, type_id, chosen).exclude(date=None)
    return list(rows.annotate(year=ExtractYear("date")).values_list("year").annotate(n=Count("pk")).order_by("year"))


def cross_counts(
    viewer: Viewer, workspace: Workspace, type_id: str, chosen: Filter, rows_by: str, columns_by: str
) -> dict[tuple[str, str], int]:
    """Count entries by two facets at once: (row value, column value) -> entries; 'year' is the year of the date."""
    type_of(workspace, type_id)
    base = library.facet_rows(viewer, workspace, type_id, chosen.statuses).filter(field=rows_by)
    if _narrows(chosen):
        base = base.filter(entry_id__in=filtered(viewer, workspace, type_id, chosen).values("pk"))
    if columns_by == "year":
        counted = base.exclude(entry__date=None).annotate(column=ExtractYear("entry__date"))
    else:
        counted = base.filter(entry__facets__field=columns_by).annotate(column=F("entry__facets__value"))
    pairs = counted.values_list("value", "column").annotate(n=Count("entry_id", distinct=True))
    return {(str(row), str(column)): n for row, column, n in pairs}


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
    rows = library.point_rows(viewer, workspace, type_id, chosen.statuses)
    if chosen.box:
        rows = rows.filter(within(chosen.box))
    rest = replace(chosen, box=None)
    if _narrows(rest):
        rows = rows.filter(entry_id__in=filtered(viewer, workspace, type_id, rest).values("pk"))
    cells = rows.annotate(
        row=Floor(Cast(F("lat") / size, FloatField())), column=Floor(Cast(F("lon") / size, FloatField()))
    ).values_list("row", "column")
    found = cells.annotate(
        n=Count("pk"), y=Avg("lat"), x=Avg("lon"), w=Min("lon"), s=Min("lat"), e=Max("lon"), t=Max("lat"), one=Min("pk")
    ).order_by("-n")[:MOST_FEATURES]
    return [Cluster(n, y, x, (w, s, e, t), one) for _, _, n, y, x, w, s, e, t, one in found]


def placed(viewer: Viewer, workspace: Workspace, type_id: str, chosen: Filter) -> int:
    """Count the entries within a filter that have a place on the map."""
    points = library.point_rows(viewer, workspace, type_id, chosen.statuses)
    return filtered(viewer, workspace, type_id, chosen).filter(pk__in=points.values("pk")).count()


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
    """Pairs that wait for a decision and of which the viewer may see both."""
    seen = library.entries(viewer, workspace).filter(status__in=OPEN).values("pk")
    return Candidate.objects.filter(state=Candidate.OPEN, entry__in=seen, other__in=seen).order_by("-score")


def to_review(viewer: Viewer, workspace: Workspace) -> QuerySet[Any]:
    """Proposed records that wait for review, oldest first, as far as the viewer may see them."""
    rows = library.entries(viewer, workspace).filter(status="proposed", type__in=list(blueprint_of(workspace).types))
    return rows.select_related("workspace").order_by("created_at", "pk")


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
    before = Q(created_at__lt=entry.created_at) | Q(created_at=entry.created_at, pk__lt=entry.pk)
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
    return list(_ordered(filtered(viewer, workspace, type_id, chosen), sort).values_list("pk", flat=True))


def strictest_level(viewer: Viewer, workspace: Workspace, type_id: str, chosen: Filter) -> str:
    """Give the strictest level among the marks of entries within a filter and of their claims, as far as seen."""
    rows = filtered(viewer, workspace, type_id, chosen)
    classes = set(rows.order_by().values_list("mark_class_id", flat=True).distinct())
    classes |= library.mark_classes_of_claims(rows.values("pk"), viewer)
    return max((mark_of_class(one).level for one in classes), key=LEVELS.index, default="CLEAR")
