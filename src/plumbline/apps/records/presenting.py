"""How records are shown: titles, values with what they rest on, facets and marks, in the viewer's language.

Pages, exports and the API take the same rows from here. `present` asks a constant number of queries for any number of
records and holds only what the viewer may see.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import get_language, gettext

from plumbline.apps.accounts.queries import names_of
from plumbline.apps.library import queries as library
from plumbline.apps.library.presenting import dates_of
from plumbline.apps.library.relations import standing_in_for
from plumbline.apps.library.resolving import resolve, title_of
from plumbline.apps.spine.queries import blueprint_of, mark_of_class
from plumbline.domain.access import Mark, Viewer
from plumbline.domain.blueprints import Blueprint, Field, RecordType, country_name, display_value, localised

if TYPE_CHECKING:
    from plumbline.apps.library.models import Claim, Entry


@dataclass(frozen=True)
class ShownValue:
    """One value as a viewer may see it: words, the claims that state it, and the address of what it rests on.

    `url` is the passage (with the span), the related record's page for a relation, or "" for a value set by hand that
    rests on no passage the viewer may read; `source_url` is the passage alone, or "".
    """

    value: Any
    text: str
    claims: tuple[Claim, ...]
    status: str
    confidence: float
    contested: bool
    source_url: str
    link: str
    mark: Mark
    language: str = ""
    """The language that `text` is written in: the page's where we wrote it, "" where a person or a work did."""

    @cached_property
    def sources(self) -> int:
        """How many works (or persons) state the value."""
        return len({claim.passage.work_id if claim.passage else claim.person for claim in self.claims})

    @property
    def by_hand(self) -> bool:
        """Tell whether a person set the value."""
        return any(claim.person for claim in self.claims)

    @property
    def url(self) -> str:
        """Where the value leads: the passage it was read from, else the record it names."""
        return self.source_url or self.link


@dataclass(frozen=True)
class ShownField:
    """One field of a record: its declaration, its label in the viewer's language, its values (none: not said)."""

    field: Field
    label: str
    values: tuple[ShownValue, ...]
    other_claims: tuple[Claim, ...] = ()
    """Claims that did not win: contradicted, still proposed beside accepted ones, or rejected."""

    @property
    def text(self) -> str:
        """The values as words, comma by comma."""
        return "; ".join(value.text for value in self.values)


@dataclass(frozen=True)
class ShownRecord:
    """A record as a viewer may see it."""

    entry: Entry
    title: str
    url: str
    fields: Mapping[str, ShownField]
    mark: Mark
    sources: int
    record_type: RecordType

    @property
    def title_language(self) -> str:
        """The language of the title: the page's where it is composed, "" where the record bears one of its own."""
        return "" if "title" in self.record_type.fields else language()

    def said(self, trait: str, role: str) -> ShownField | None:
        """The field that plays a role in a trait (when and where of an event), where the type has one."""
        field = self.record_type.find_field(trait, role)
        return self.fields.get(field.id) if field else None


def language() -> str:
    """Give the language of the page."""
    return get_language() or "en"


def record_url(entry: Entry) -> str:
    """Give the permanent address of a record."""
    return reverse("records:record-show", args=[entry.public_id])


def passage_url(claim: Claim) -> str:
    """Give the address of the passage that a claim rests on (it must have one), with the claim's span."""
    assert claim.passage is not None
    url = reverse("library:passage-show", args=[claim.passage.public_id])
    return f"{url}?from={claim.start}&to={claim.end}" if claim.start is not None else url


def title_for(entry: Entry, values: Mapping[str, Sequence[Any]]) -> str:
    """Give a record's title in the language of the page, composed of the values given (field id -> values)."""
    blueprint = blueprint_of(entry.workspace)
    record_type = blueprint.types.get(entry.type)
    return (
        title_of({k: list(v) for k, v in values.items()}, record_type, blueprint, language())
        if record_type
        else entry.title
    )


def titles_of(entries: Sequence[Entry], viewer: Viewer) -> dict[int, str]:
    """Give the titles of entries by key, as the viewer may see them; at most one query. Works have their own title."""
    found = library.values_for([one for one in entries if one.kind == "record"], viewer)
    return {
        one.pk: title_for(one, {name: [each.value for each in many] for name, many in found[one.pk].items()})
        if one.pk in found
        else one.title
        for one in entries
    }


@dataclass(frozen=True)
class BriefRecord:
    """A record in a line, as a viewer may see it: `when` and `where` in words ("": not said), how many fields are said."""

    entry: Entry
    title: str
    url: str
    mark: Mark
    when: str
    where: str
    said: int


def brief(entries: Sequence[Entry], viewer: Viewer) -> list[BriefRecord]:
    """Give records in a line each, in the order given; at most one query, and no claim is read where all may see all."""
    values = library.values_for(entries, viewer)
    return [
        _brief(one, {name: [each.value for each in many] for name, many in values[one.pk].items()}) for one in entries
    ]


def _brief(entry: Entry, values: Mapping[str, Sequence[Any]]) -> BriefRecord:
    blueprint, record_type = blueprint_of(entry.workspace), _type_of(entry)

    def text(role: str) -> str:
        field = record_type.find_field("event", role)
        found = values.get(field.id, ()) if field else ()
        return (
            "; ".join(display_value(field, one, blueprint=blueprint, language=language()) for one in found)
            if field
            else ""
        )

    said = sum(bool(values.get(name)) for name in record_type.fields)
    mark = mark_of_class(entry.mark_class_id)
    return BriefRecord(entry, title_for(entry, values), record_url(entry), mark, text("when"), text("where"), said)


def present(entries: Sequence[Entry], viewer: Viewer) -> list[ShownRecord]:
    """Give records with all their values, claims and links as the viewer may see them, in the order given."""
    claims = library.claims_for(entries, viewer)
    flat = [claim for found in claims.values() for claim in found]
    readable = library.readable_passages(flat, viewer)
    related = _related(flat, entries, viewer)
    return [_record(entry, claims[entry.pk], readable, related) for entry in entries]


def present_fields(entries: Sequence[Entry], viewer: Viewer, names: Collection[str]) -> list[ShownRecord]:
    """Give records with these fields alone, for a table of many; title and number of sources are those of the whole record."""
    claims = library.claims_for(entries, viewer, names)
    flat = [claim for found in claims.values() for claim in found]
    readable = library.readable_passages(flat, viewer)
    related = _related(flat, entries, viewer)
    titles, places = titles_of(entries, viewer), library.resting_places(entries, viewer, readable=True)
    return [
        replace(
            _record(one, claims[one.pk], readable, related, names),
            title=titles[one.pk],
            sources=len({work for _passage, work in places[one.pk]}),
        )
        for one in entries
    ]


def _related(claims: Sequence[Claim], entries: Sequence[Entry], viewer: Viewer) -> dict[str, tuple[str, str]]:
    """Title and address of the records that relations name and the viewer may see, by id; of merged ones, where they live on."""
    relations = {
        (entry.pk, name)
        for entry in entries
        for name, field in _type_of(entry).fields.items()
        if field.type == "relation"
    }
    ids = {str(claim.value) for claim in claims if (claim.entry_id, claim.field) in relations}
    found = standing_in_for(library.entries_with(ids, viewer), viewer) if ids else {}
    titles = titles_of(list(found.values()), viewer)
    for claim in claims:
        if (claim.entry_id, claim.field) in relations and str(claim.value) in found:
            claim.value = found[str(claim.value)].public_id  # two that were merged are one value
    return {one.public_id: (titles[one.pk], record_url(one)) for one in found.values()}


def _type_of(entry: Entry) -> RecordType:
    found = blueprint_of(entry.workspace).types.get(entry.type)
    return found or RecordType(entry.type, {"en": entry.type}, {"en": entry.type}, {}, (), {}, ())


def _record(
    entry: Entry,
    claims: Sequence[Claim],
    readable: set[int],
    related: Mapping[str, tuple[str, str]],
    names: Collection[str] | None = None,
) -> ShownRecord:
    blueprint, record_type = blueprint_of(entry.workspace), _type_of(entry)
    resolved = resolve(claims, record_type)
    by_id = {claim.public_id: claim for claim in claims}
    fields = {}
    for name, field in record_type.fields.items():
        if names is not None and name not in names:
            continue
        shown = tuple(
            _value(field, one, [by_id[key] for key in one.claims], blueprint, readable, related)
            for one in resolved.get(name, ())
        )
        used = {claim.pk for value in shown for claim in value.claims}
        others = tuple(claim for claim in claims if claim.field == name and claim.pk not in used)
        fields[name] = ShownField(field, localised(field.label, language()), shown, others)
    works = {
        claim.passage.work_id
        for claim in claims
        if claim.passage and claim.passage_id in readable and claim.status != "rejected"
    }
    title = title_for(entry, {name: [one.value for one in shown.values] for name, shown in fields.items()})
    return ShownRecord(
        entry, title, record_url(entry), fields, mark_of_class(entry.mark_class_id), len(works), record_type
    )


def _value(
    field: Field, one: Any, claims: list[Claim], blueprint: Blueprint, readable: set[int],
    related: Mapping[str, tuple[str, str]],
) -> ShownValue:  # fmt: skip
    text, link = display_value(field, one.value, blueprint=blueprint, language=language()), ""
    if field.type == "relation":
        text, link = related.get(str(one.value), (text, ""))
    resting = [claim for claim in claims if claim.passage_id in readable]
    best = max(resting, key=lambda claim: (claim.confidence, claim.pk), default=None)
    source = passage_url(best) if best else ""
    if field.type == "passage":
        link = reverse("library:passage-show", args=[one.value])
    marks = [mark_of_class(claim.mark_class_id) for claim in claims]
    return ShownValue(
        one.value,
        text,
        tuple(claims),
        one.status,
        one.confidence,
        one.contested,
        source,
        link,
        loosest(marks),
        "" if field.type in ("text", "localised", "relation") else language(),
    )


def loosest(marks: Sequence[Mark]) -> Mark:
    """Give the mark of several that opens widest: who may see any of the claims may see the value they state."""
    found = marks[0]
    for mark in marks[1:]:
        if mark.opens_as_wide_as(found):
            found = mark
    return found


def facet_label(field: Field, value: str, blueprint: Blueprint) -> str:
    """Say a facet value (as it is counted and stands in addresses) in the language of the page."""
    if field.type == "country":
        return country_name(value, language())
    if field.type == "flag":
        return display_value(field, value == "yes", blueprint=blueprint, language=language())
    if field.type == "term":
        return display_value(field, value, blueprint=blueprint, language=language())
    return value


def mark_label(mark: Mark, url: str, names: Mapping[str, str] | None = None) -> dict[str, str]:
    """Give a mark as the label shows it; `names` (of principals) adds for whom: one by name, several by number."""
    named = audience_of(mark) if names is not None else []
    audience = (names or {}).get(named[0], named[0]) if named else ""
    if len(named) > 1:
        audience = gettext("shared among %(n)s") % {"n": len(named)}
    return {"level": mark.level, "url": url, "audience": audience}


def audience_of(mark: Mark) -> list[str]:
    """Give the principals that a mark names, the owner first; none for marks that are open to all."""
    if mark.level in ("CLEAR", "GREEN"):
        return []
    owner = [mark.owner] if mark.owner and mark.level != "RED" else []
    return owner + sorted(one for one in mark.audience if one != mark.owner)


def readers_of(mark: Mark, names: Mapping[str, str]) -> str:
    """Say in words who may read what carries a mark; `names` as `accounts.queries.names_of` gives them."""
    return gettext("; ").join([_readers(mark, names), *dates_of(mark, names.get(mark.owner or "", mark.owner or ""))])


def _readers(mark: Mark, names: Mapping[str, str]) -> str:
    if mark.level == "CLEAR":
        return gettext("everyone, also outside this installation")
    if mark.level == "GREEN":
        return gettext("everyone who is signed in here")
    return gettext(", ").join(names.get(one, one) for one in audience_of(mark))


def names_for(marks: Iterable[Mark], *more: str) -> dict[str, str]:
    """Give the names of all principals on marks (and of `more` principals), at most three queries."""
    wanted = {one for mark in marks for one in (*audience_of(mark), (mark.owner or "") if mark.is_dated else "")}
    return names_of((wanted | set(more)) - {""})
