"""Keeps an entry's columns, facets and point equal to what its claims resolve to. Part of the actions.

Only claims no stricter than the entry's own mark count here, nor relations to a record that is: these columns are read by
everyone who may see the entry. What stricter claims say is merged at reading, for those who may see it (`queries.values_for`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.utils import timezone

from plumbline.apps.library.models import Change, Claim, Entry, FacetValue, Point
from plumbline.apps.library.relations import Counts, how_it_counts, records_naming
from plumbline.apps.spine.acts import take_turn
from plumbline.apps.spine.queries import blueprint_of, mark_of_class
from plumbline.apps.spine.rows import update_rows
from plumbline.domain import evidence
from plumbline.domain.blueprints import Blueprint, RecordType, display_value, localised

if TYPE_CHECKING:
    from plumbline.apps.spine.models import Workspace

COLUMNS = ("values", "status", "title", "date", "date_end", "has_overlay")
"""What of an entry follows its claims; by the first two it is told to have changed."""
Values = dict[str, list[Any]]
OPEN = (Entry.PROPOSED, Entry.ACCEPTED)
KEPT_CHANGES = 10_000
"""So many changes are kept, at least; a board that is further behind is read anew."""
COMMAS = {"ar": "، ", "zh": "、"}  # between the parts of a title
KINDS: dict[str, Any] = {
    "date": dict, "place": dict, "quantity": dict, "localised": dict, "number": (int, float), "flag": bool,
}  # fmt: skip
KEYS = {"date": "start", "place": "name", "quantity": "low"}
"""The Python type of a field's values (str where not said) and a key that they have."""


def as_evidence(claim: Claim) -> evidence.Claim:
    """Give a claim's row as the domain knows it."""
    return evidence.Claim(
        claim.public_id, claim.field, claim.value, claim.status, claim.confidence, bool(claim.person), claim.pk,
        str(claim.passage.work_id) if claim.passage else claim.person,
    )  # fmt: skip


def evidence_in(rows: QuerySet[Claim]) -> dict[int, list[evidence.Claim]]:
    """Read claims as the domain knows them, by entry, oldest first: a fraction of what it takes to read them as rows."""
    found: dict[int, list[evidence.Claim]] = defaultdict(list)
    columns = ("entry_id", "pk", "public_id", "field", "value", "status", "confidence", "person", "passage__work_id")
    for entry, pk, key, field, value, status, confidence, person, work in rows.order_by("id").values_list(*columns):
        source = str(work) if work else person
        found[entry].append(evidence.Claim(key, field, value, status, confidence, bool(person), pk, source))
    return found


def many_of(record_type: RecordType | None) -> dict[str, bool]:
    """Say by field whether it holds several values."""
    return {name: field.many for name, field in record_type.fields.items()} if record_type else {}


def resolve(claims: Iterable[Claim], record_type: RecordType | None) -> dict[str, tuple[evidence.Resolved, ...]]:
    """Resolve rows of claims by the rule of `domain.evidence`.

    Claims on fields that the blueprint no longer has, or whose kind it changed, wait until it has them again.
    """
    return resolve_evidence((as_evidence(claim) for claim in claims), record_type)


def resolve_evidence(
    claims: Iterable[evidence.Claim], record_type: RecordType | None
) -> dict[str, tuple[evidence.Resolved, ...]]:
    """Resolve claims as `resolve` does, where they are at hand as the domain knows them."""
    fitting = [claim for claim in claims if record_type is None or fits(record_type, claim.field, claim.value)]
    return evidence.resolve(fitting, many_of(record_type))


def fits(record_type: RecordType, name: str, value: Any) -> bool:
    """Tell whether a type has a field of this name whose values look like this one."""
    field = record_type.fields.get(name)
    if field is None or value is None:
        return False
    kind = KINDS.get(field.type, str)
    return isinstance(value, kind) and (kind is not dict or KEYS.get(field.type, "") in {"", *value})


def known_values(entry: Entry) -> Values:
    """Give the values in an entry's own columns, those of fields that its blueprint has."""
    record_type = blueprint_of(entry.workspace).types.get(entry.type)
    if record_type is None:
        return entry.values
    kept = {name: [one for one in found if fits(record_type, name, one)] for name, found in entry.values.items()}
    return {name: found for name, found in kept.items() if found}


def refresh(entries: Iterable[Entry]) -> None:
    """Work out anew the columns, facets and points of entries after their claims, mark or status changed."""
    rows = list(entries)
    if not rows:
        return
    take_turn()  # an act has it; else two would write an entry's facets side by side
    claims: dict[int, list[Claim]] = defaultdict(list)
    read = list(Claim.objects.filter(entry__in=rows).select_related("passage").order_by("id"))
    targets = {claim.target_id for claim in read if claim.target_id}
    named = (
        {one.pk: one for one in Entry.objects.filter(pk__in=targets).only("mark_class", "status")} if targets else {}
    )
    for claim in read:
        target = named.get(claim.target_id or 0)
        if claim.status != "proposed" or target is None or target.status != Entry.REJECTED:
            claims[claim.entry_id].append(claim)
    FacetValue.objects.filter(entry__in=rows).delete()
    Point.objects.filter(entry__in=rows).delete()
    facets: list[FacetValue] = []
    points: list[Point] = []
    kept = Entry.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", *COLUMNS)
    said = {pk: rest for pk, *rest in kept}
    changed = []
    for entry in rows:
        _refresh_one(entry, claims[entry.pk], facets, points, named)
        now = [getattr(entry, name) for name in COLUMNS]
        if said.get(entry.pk, [])[:2] != now[:2]:  # a claim that few may see does not show in when
            entry.updated_at = timezone.now()
        if said.get(entry.pk) != now:
            changed.append(entry)
    FacetValue.objects.bulk_create(facets, batch_size=500)
    Point.objects.bulk_create(points, batch_size=500)
    update_rows(changed, (*COLUMNS, "updated_at"))
    _note_changes(rows)


def refresh_naming(entries: Iterable[Entry], before: Mapping[int, Counts]) -> None:
    """Work out anew the records that name some entries which count otherwise now than they did before (by primary key)."""
    refresh(records_naming([one.pk for one in entries if before.get(one.pk) != how_it_counts(one)]))


def count_of_types(workspace: Workspace, types: Sequence[str]) -> int:
    """Count the records of some types in a workspace, whoever may see them."""
    return Entry.objects.filter(workspace=workspace, kind=Entry.RECORD, type__in=types).count()


def recount_next(workspace: Workspace, types: Sequence[str], *, after: int, most: int) -> list[Entry]:
    """Work out anew the columns, facets and points of the next records of some types, by key after one; gives them."""
    rows = Entry.objects.filter(workspace=workspace, kind=Entry.RECORD, type__in=types, pk__gt=after)
    take_turn()
    entries = list(rows.order_by("pk")[:most])
    for entry in entries:
        entry.workspace = workspace
    refresh(entries)
    return entries


def _note_changes(entries: Iterable[Entry]) -> None:
    """Number the changes of records for `board`, in the order of commits: whoever takes a number holds the turn."""
    records = [entry.pk for entry in entries if entry.kind == Entry.RECORD]
    noted = Change.objects.bulk_create([Change(entry_key=key) for key in records], batch_size=500)
    if noted and noted[-1].pk % KEPT_CHANGES < len(noted):
        Change.objects.filter(pk__lte=noted[-1].pk - KEPT_CHANGES).delete()


def _refresh_one(
    entry: Entry,
    claims: list[Claim],
    facets: list[FacetValue],
    points: list[Point],
    named: Mapping[int, Entry] = MappingProxyType({}),
) -> None:
    blueprint = blueprint_of(entry.workspace)
    record_type = blueprint.types.get(entry.type)
    own = mark_of_class(entry.mark_class_id)
    base = [
        claim
        for claim in claims
        for target in [named.get(claim.target_id or 0)]
        if mark_of_class(claim.mark_class_id).opens_as_wide_as(own)
        and (target is None or mark_of_class(target.mark_class_id).opens_as_wide_as(own))
    ]
    entry.has_overlay = any(claim not in base for claim in claims if claim.status != "erased")
    entry.values = {name: [one.value for one in found] for name, found in resolve(base, record_type).items()}
    if record_type is None:
        return
    entry.title = title_of(entry.values, record_type, blueprint, "en")[:300]
    entry.date, entry.date_end = _when(entry.values, record_type)
    if entry.status not in OPEN:
        return
    facets += [_facet(entry, name, value) for name, value in _facet_values(entry.values, record_type)]
    if point := _point(entry, record_type):
        points.append(point)


def title_of(values: Mapping[str, list[Any]], record_type: RecordType, blueprint: Blueprint, language: str) -> str:
    """Give an entry's title: its title claim, else composed from the fields that the blueprint names."""
    if values.get("title"):
        given = values["title"][0]
        return localised(given, language) if isinstance(given, dict) else str(given)
    parts = []
    for name in record_type.title_from:
        if values.get(name):
            field = record_type.fields[name]
            parts.append(display_value(field, values[name][0], blueprint=blueprint, language=language))
    return COMMAS.get(language, ", ").join(parts) or localised(record_type.title, language)


def _when(values: Mapping[str, list[Any]], record_type: RecordType) -> tuple[date | None, date | None]:
    field = record_type.find_field("event", "when")
    found = values.get(field.id) if field else None
    if not found:
        return None, None
    return date.fromisoformat(found[0]["start"]), date.fromisoformat(found[0].get("end") or found[0]["start"])


def _point(entry: Entry, record_type: RecordType) -> Point | None:
    field = record_type.find_field("event", "where")
    place = (entry.values.get(field.id) or [{}])[0] if field else {}
    if place.get("lat") is None or place.get("lon") is None:
        return None
    return Point(
        entry=entry, workspace_id=entry.workspace_id, type=entry.type, mark_class_id=entry.mark_class_id,
        status=entry.status, lat=place["lat"], lon=place["lon"],
    )  # fmt: skip


def _facet_values(values: Mapping[str, list[Any]], record_type: RecordType) -> Iterable[tuple[str, str]]:
    for name, field in record_type.fields.items():
        if not field.facet:
            continue
        for value in dict.fromkeys(facet_value(field.type, value) for value in values.get(name, ())):
            yield name, value


def facet_value(field_type: str, value: Any) -> str:
    """Give the facet under which a value is counted: the year of a date, the id of a term, yes or no of a flag."""
    if field_type == "date":
        return str(value["start"])[:4]
    if field_type == "flag":
        return "yes" if value else "no"
    return str(value)[:120]


def _facet(entry: Entry, name: str, value: str) -> FacetValue:
    return FacetValue(
        entry=entry, workspace_id=entry.workspace_id, type=entry.type, mark_class_id=entry.mark_class_id,
        status=entry.status, field=name, value=value,
    )  # fmt: skip
