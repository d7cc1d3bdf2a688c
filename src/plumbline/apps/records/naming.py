"""Names that were read in a report become actors: one that is recorded already, or a new proposed one. A part of the actions.

An actor is chosen for a name only where everybody who may read the name in this place may also see that actor and the name that
it bears there. For all others it is as if it were not there: the choice tells nobody of a record that they may not see.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from plumbline.apps.library import actions as library
from plumbline.apps.library.queries import claims_for, entries_with
from plumbline.apps.library.relations import went_unnamed
from plumbline.apps.library.ties import STANDING, sharing_keys, standing_claims
from plumbline.apps.records.ties import find_ties, names_of_actor
from plumbline.apps.spine.queries import blueprint_of, mark_of_class
from plumbline.domain.errors import InvalidInput
from plumbline.domain.linking.actors import KnownActor, choose_actor, fold_names, keys_of_name, same_name

if TYPE_CHECKING:
    from plumbline.apps.library.models import Claim, Entry
    from plumbline.apps.spine.models import Workspace
    from plumbline.domain.access import Mark, Viewer
    from plumbline.domain.blueprints import Blueprint, Field, RecordType

Proposal = tuple[str, Sequence[library.NewClaim]]
LONGEST = 300
"""A longer stretch is no name."""


@dataclass
class _Named:
    """One actor that a report names: under which names, by which claims, to be read by whom, in which countries."""

    type_id: str
    name: str
    claims: list[library.NewClaim] = field(default_factory=list)
    marks: set[Mark] = field(default_factory=set)
    countries: set[str] = field(default_factory=set)

    @property
    def names(self) -> list[str]:
        """Its names, the fullest first."""
        return list(dict.fromkeys([self.name, *(one.value for one in self.claims)]))


def names_read(record_type: RecordType) -> dict[str, str]:
    """Give the relations of a type that names read in reports fill, with the type of the actors that they name."""
    hints = record_type.extraction.fields if record_type.extraction else {}
    fields = (record_type.fields[name] for name in hints if name in record_type.fields)
    return {one.id: one.target for one in fields if one.type == "relation" and one.target}


def name_actors(
    workspace: Workspace, found: Sequence[Proposal], *, work: Entry, mark: Mark, by: Viewer
) -> tuple[list[Proposal], list[Entry]]:
    """Give proposals with actors in place of names, and the actors that were proposed anew, with this mark.

    Names of one text that are one actor's are folded together. A new actor has the fullest name, and the others as its aliases.
    A name that is that of a rejected actor alone proposes none anew: the relation waits for that one to be put back, as happens by
    itself where it was rejected only because nothing named it.
    """
    blueprint = blueprint_of(workspace)
    named = _gathered(found, blueprint, mark, by)
    recorded = _Recorded(workspace, named, blueprint, mark)
    made: list[Entry] = []
    ids: dict[tuple[str, str], str] = {}
    for one in named:
        known, countries = recorded.actors_for(one), frozenset(one.countries)
        chosen = choose_actor(one.name, known, countries)
        if chosen is None and not any(same_name(one.name, own) for actor in known for own in actor.names):
            chosen = choose_actor(one.name, recorded.rejected_for(one), countries)
        if chosen is None:
            entry = _propose(workspace, one, blueprint, work, mark, by)
            made += [entry] if entry else []
            public_id = entry.public_id if entry else ""
        else:
            public_id = recorded.ids[chosen.key]
        ids |= {(one.type_id, name): public_id for name in one.names}
    find_ties(made)
    return [
        (type_id, _with_actors(claims, names_read(blueprint.types[type_id]), ids)) for type_id, claims in found
    ], made


def _with_actors(
    claims: Sequence[library.NewClaim], relations: Mapping[str, str], ids: Mapping[tuple[str, str], str]
) -> list[library.NewClaim]:
    told = []
    for one in claims:
        if one.field not in relations or not one.extractor:
            told.append(one)
        elif public_id := ids.get((relations[one.field], str(one.value))):
            told.append(replace(one, value=public_id))
    return told


def _gathered(found: Sequence[Proposal], blueprint: Blueprint, mark: Mark, by: Viewer) -> list[_Named]:
    """Gather the actors that proposals name, in the order in which the report names them first."""
    read: list[tuple[str, library.NewClaim, Mark, set[str]]] = []
    for type_id, claims in found:
        kind = blueprint.types[type_id]
        relations = names_read(kind)
        said = [one for one in claims if one.field in relations and one.extractor and _is_name(one.value)]
        marks = library.marks_of_new(said, mark, kind, by) if said else []
        countries = set(_countries(kind, claims))
        read += [(relations[one.field], one, own, countries) for one, own in zip(said, marks, strict=True)]
    folded = {
        target: fold_names((one.value for one in said), _explained(said))
        for target in dict.fromkeys(type_id for type_id, *_ in read)
        for said in [[one for type_id, one, *_ in read if type_id == target]]
    }
    named: dict[tuple[str, str], _Named] = {}
    for type_id, claim, own, countries in read:
        name = folded[type_id][claim.value]
        one = named.setdefault((type_id, name), _Named(type_id, name))
        one.claims.append(claim)
        one.marks.add(own)
        one.countries |= countries
    return list(named.values())


def _explained(said: Sequence[library.NewClaim]) -> dict[str, str]:
    """Give for capitals in brackets the name that they stand right behind."""
    ends = {(one.passage, (one.end or 0) + gap): one.value for one in said for gap in (1, 2)}  # "（" and " ("
    short = (one for one in said if one.value.isupper() and " " not in one.value)
    return {one.value: ends[one.passage, one.start or 0] for one in short if (one.passage, one.start or 0) in ends}


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and 1 < len(value) <= LONGEST


def _countries(kind: RecordType, claims: Sequence[library.NewClaim]) -> Iterator[str]:
    """The countries that a proposal tells of."""
    for one in claims:
        if kind.fields[one.field].type == "country":
            yield one.value
        elif kind.fields[one.field].type == "place" and one.value.get("country"):
            yield one.value["country"]


class _Recorded:
    """Gives the recorded actors that may be one with an actor that is named; three queries for any number of these."""

    def __init__(self, workspace: Workspace, named: Sequence[_Named], blueprint: Blueprint, mark: Mark) -> None:
        self.mark, self.ids = mark, dict[int, str]()
        self.meeting: dict[tuple[str, int], set[Entry]] = {}
        self.claims: dict[int, list[Claim]] = {}
        self.types = blueprint.types
        for type_id in dict.fromkeys(one.type_id for one in named):
            keys = {key for one in named if one.type_id == type_id for key in keys_of_name(one.name)}
            found = sharing_keys(workspace, type_id, keys, rejected=True)
            self.meeting |= {(type_id, key): entries for key, entries in found.items()}
            entries = list({one for some in found.values() for one in some})
            self.claims |= standing_claims(entries)
            self.ids |= {one.pk: one.public_id for one in entries}

    def actors_for(self, named: _Named) -> list[KnownActor]:
        """The actors whose names may be the name, as all may see them who may read it."""
        return [self._as_known(one, named) for one in self._open_to(named) if one.status in STANDING]

    def rejected_for(self, named: _Named) -> list[KnownActor]:
        """The rejected actors whose names may be the name; one that a person rejected under just this name."""
        found = []
        for one in self._open_to(named):
            if one.status not in STANDING:
                known = self._as_known(one, named)
                if went_unnamed(one) or named.name.casefold() in {name.casefold() for name in known.names}:
                    found.append(known)
        return found

    def _open_to(self, named: _Named) -> list[Entry]:
        keys = keys_of_name(named.name)
        entries = {one.pk: one for key in keys for one in self.meeting.get((named.type_id, key), ())}
        return [one for one in entries.values() if self._is_open(one.mark_class_id, named)]

    def _as_known(self, entry: Entry, named: _Named) -> KnownActor:
        claims = [one for one in self.claims[entry.pk] if self._is_open(one.mark_class_id, named)]
        names, countries, numbers = names_of_actor(self.types[entry.type], claims)
        return KnownActor(entry.pk, names, countries, numbers, entry.status == "accepted")

    def _is_open(self, class_id: int, named: _Named) -> bool:
        """Tell whether all may see what has this mark who may read the name where it stands, in a record that they may see."""
        own = mark_of_class(class_id)
        return own.opens_as_wide_as(self.mark) or all(own.opens_as_wide_as(one) for one in named.marks)


def _propose(
    workspace: Workspace, named: _Named, blueprint: Blueprint, work: Entry, mark: Mark, by: Viewer
) -> Entry | None:
    """Propose a new actor; None where its name would have to be masked in a work that is not shown in part."""
    kind = blueprint.types[named.type_id]
    name, alias = (kind.find_field("actor", role) for role in ("name", "alias"))
    if name is None or (name.sharing and not work.work.allows_masking):
        return None
    first: dict[str, library.NewClaim] = {}
    for one in named.claims:
        first.setdefault(one.value, one)
    claims = []
    for said, one in first.items():
        field = name if said == named.name else alias
        if field is not None:
            value = _as_value(field, said, work.work.language)
            claims.append(replace(one, field=field.id, value=value))
    made: Entry = library.create_record(workspace, named.type_id, claims, mark=mark, status="proposed", by=by)
    return made


def find_named(workspace: Workspace, type_id: str, text: str, viewer: Viewer) -> Entry | None:
    """Find the record of a type that a person means by its id, its address or its name, as far as they may see it and the name.

    Refuses a name that several bear.
    """
    text = " ".join(text.split())
    by_id = entries_with([text.rstrip("/").rpartition("/")[2]], viewer)
    meant = [one for one in by_id.values() if (one.workspace_id, one.type) == (workspace.pk, type_id)]
    kind = blueprint_of(workspace).types.get(type_id)
    if not meant and text and kind is not None and "actor" in kind.traits:
        met = {one for some in sharing_keys(workspace, type_id, keys_of_name(text)).values() for one in some}
        seen = list(entries_with([one.public_id for one in met], viewer).values())
        said = claims_for(seen, viewer)
        meant = [
            one for one in seen
            if any(same_name(text, name) for name in names_of_actor(kind, _that_stand(said[one.pk]))[0])
        ]  # fmt: skip
    if len(meant) > 1:
        raise InvalidInput(
            "record.several-named", "{count} records are called '{text}'. Write the id that ends the address of the one meant.",
            count=len(meant), text=text[:80],
        )  # fmt: skip
    return meant[0] if meant else None


def _that_stand(claims: Sequence[Claim]) -> list[Claim]:
    return [one for one in claims if one.status in STANDING]


def name_claims(
    workspace: Workspace, type_id: str, text: str, language: str, at: tuple[int, int, int]
) -> list[library.NewClaim]:
    """Make the claim by hand that an actor bears a name, resting on passage, start and end; none where the type is no actor's."""
    kind = blueprint_of(workspace).types.get(type_id)
    name = kind.find_field("actor", "name") if kind else None
    return [library.NewClaim(name.id, _as_value(name, text, language), *at)] if name else []


def _as_value(field: Field, text: str, language: str) -> Any:
    return {language.split("-")[0] or "en": text} if field.type == "localised" else text
