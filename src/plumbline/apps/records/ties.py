"""Finds records of different workspaces that tell of one actor or one case. A part of the actions; shows nothing to anybody."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from plumbline.apps.library.resolving import fits
from plumbline.apps.library.ties import meeting, note_anew, note_ties, put_keys, standing_claims
from plumbline.apps.spine.queries import blueprint_of
from plumbline.domain.blueprints import RecordType
from plumbline.domain.linking.ties import Dossier, Stated, keys_of, tie_between

if TYPE_CHECKING:
    from plumbline.apps.library.models import Claim, Entry, Tie

NAMED_BY_TRAIT = (("actor", "name"), ("actor", "alias"), ("person-data", "persons"), ("person-data", "suspects"), ("person-data", "victims"))  # fmt: skip
NAMES_READ_AS = ("organisations", "persons")


def may_be_tied(record_type: RecordType | None) -> bool:
    """Tell whether records of a type are actors or cases."""
    return record_type is not None and bool({"actor", "event"} & set(record_type.traits))


def find_ties(entries: Sequence[Entry]) -> int:
    """Note the keys of records and what they may be to records of other workspaces; gives how many ties are new."""
    rows = [one for one in entries if may_be_tied(_type_of(one))]
    claims = standing_claims(rows)
    told = {one.pk: dossier_of(_type_of(one), claims[one.pk]) for one in rows}
    keys = {pk: keys_of(one) for pk, one in told.items()}
    put_keys(keys)
    return sum(_tie_one(one, told[one.pk], keys[one.pk]) for one in rows)


def _tie_one(entry: Entry, told: Dossier, keys: Sequence[int]) -> int:
    others = [one for one in meeting(entry, keys) if may_be_tied(_type_of(one))]
    claims = standing_claims(others)
    return note_ties(
        entry, {one.pk: tie_between(told, dossier_of(_type_of(one), claims[one.pk])) for one in others}
    )  # fmt: skip


def look_again(tie: Tie) -> None:
    """Let an open tie rest on what its two records say now; it goes where that is nothing."""
    sides = (tie.entry, tie.other)
    if not all(may_be_tied(_type_of(one)) for one in sides):
        note_anew(tie, None)
        return
    claims = standing_claims(sides)
    one, other = (dossier_of(_type_of(side), claims[side.pk]) for side in sides)
    note_anew(tie, tie_between(one, other))


def _type_of(entry: Entry) -> RecordType | None:
    return blueprint_of(entry.workspace).types.get(entry.type)


def dossier_of(record_type: RecordType | None, claims: Iterable[Claim]) -> Dossier:
    """Gather what a record says, of all marks, each value with the claims that state it."""
    assert record_type is not None
    said: dict[str, dict[str, Stated]] = {}
    for claim in claims:
        if not fits(record_type, claim.field, claim.value):
            continue
        for value in _values(claim.value):
            key = json.dumps(value, sort_keys=True, ensure_ascii=False)
            before = said.setdefault(claim.field, {}).get(key)
            said[claim.field][key] = Stated(value, (*before.claims, claim.pk) if before else (claim.pk,))
    of = lambda names: tuple(one for name in names for one in said.get(name, {}).values())  # noqa: E731
    return Dossier(
        "actor" in record_type.traits, of(_name_fields(record_type)), of(_played(record_type, ("event", "when"))),
        of(_played(record_type, ("event", "where"))), of(_played(record_type, ("actor", "country"), ("event", "country"))),
        of(_played(record_type, ("quantity", "field"))),
    )  # fmt: skip


def names_of_actor(
    record_type: RecordType, claims: Iterable[Claim]
) -> tuple[tuple[str, ...], frozenset[str], frozenset[str]]:
    """Give what claims say of an actor: its names, the first name first, its countries, its registration numbers."""
    said: dict[str, list[Any]] = {}
    for claim in claims:
        if fits(record_type, claim.field, claim.value):
            said.setdefault(claim.field, []).append(claim.value)
    return names_in(record_type, said)


def names_in(
    record_type: RecordType, values: Mapping[str, Iterable[Any]]
) -> tuple[tuple[str, ...], frozenset[str], frozenset[str]]:
    """Give what values of an actor's fields say: its names, the first name first, its countries, its registration numbers."""
    said = {name: [one for value in found for one in _values(value)] for name, found in values.items()}
    names, countries, numbers = (
        dict.fromkeys(one for name in _played(record_type, *roles) for one in said.get(name, ()))
        for roles in ((("actor", "name"), ("actor", "alias")), (("actor", "country"),), (("actor", "number"),))
    )
    return tuple(names), frozenset(countries), frozenset(numbers)


def _values(value: Any) -> Iterator[Any]:
    """Give a name in each language by itself; other values as they are."""
    if isinstance(value, dict) and value and not {"start", "name", "unit"} & set(value):
        yield from dict.fromkeys(str(one) for one in value.values() if one)
        return
    yield value


def _played(record_type: RecordType, *roles: tuple[str, str]) -> list[str]:
    fields = (record_type.find_field(trait, role) for trait, role in roles)
    return list(dict.fromkeys(one.id for one in fields if one))


def _name_fields(record_type: RecordType) -> list[str]:
    """The fields that hold names: those of traits, and texts that extraction fills with names of organisations and persons."""
    hints = record_type.extraction.fields if record_type.extraction else {}
    read = [name for name, hint in hints.items() if hint.source in NAMES_READ_AS]
    played = _played(record_type, *NAMED_BY_TRAIT)
    return [one for one in dict.fromkeys([*played, *read]) if record_type.fields[one].type in ("text", "localised")]
