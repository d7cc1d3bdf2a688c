"""What a new version of a blueprint adds, changes and would lose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from plumbline.domain.blueprints.model import Blueprint, Field, RecordType, Vocabulary


@dataclass(frozen=True, slots=True, order=True)
class Loss:
    """Name a path whose stored values would no longer fit.

    `kind`: `type`, `field`, `vocabulary`, `term` (removed), `field-type`, `field-vocabulary`, `field-target` (changed),
    `unit` (a quantity field no longer takes it), `single` (a field of many values now takes one).
    """

    path: str
    kind: str


@dataclass(frozen=True, slots=True)
class Changes:
    """Hold dotted paths that were added or changed without harm, and what would be lost."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    lost: tuple[Loss, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether anything differs."""
        return bool(self.added or self.changed or self.lost)


def compare(old: Blueprint, new: Blueprint) -> Changes:
    """Compare two versions; `lost` names what stored claims may rest on and the new version no longer has."""
    found: list[tuple[str, str]] = []
    for key in ("title", "summary", "content_languages", "sharing"):
        if getattr(old, key) != getattr(new, key):
            found.append(("changed", key))
    if old.llm_up_to != new.llm_up_to:
        found.append(("changed", "reading.llm.up_to"))
    found += _entries("types", old.types, new.types, "type", _type_changes)
    found += _entries("vocabularies", old.vocabularies, new.vocabularies, "vocabulary", _vocabulary_changes)
    added = tuple(path for what, path in found if what == "added")
    changed = tuple(path for what, path in found if what == "changed")
    losses = sorted(Loss(path, what) for what, path in found if what not in ("added", "changed"))
    return Changes(added, changed, tuple(losses))


def recounted(old: Blueprint, new: Blueprint) -> tuple[str, ...]:
    """Name the types whose records are to be counted anew: the dates, titles, places, facets or names they are listed by may differ."""
    return tuple(name for name in {**old.types, **new.types} if _listed_by(old, name) != _listed_by(new, name))


def _listed_by(blueprint: Blueprint, name: str) -> Any:
    """Give what the columns of a type's records are made of beside their claims."""
    found = blueprint.types.get(name)
    if found is None:
        return None
    named = [found.fields[one] for one in found.title_from if one in found.fields]
    words = [(term.id, term.label) for one in named for term in blueprint.terms_of(one)]
    units = [blueprint.units.get(unit) for one in named for unit in one.units]
    fields = {one.id: (one.type, one.many, one.facet, one.vocabulary) for one in found.fields.values()}
    sources = {key: hint.source for key, hint in found.extraction.fields.items()} if found.extraction else {}
    return fields, found.traits, found.title_from, found.title, words, units, sources


def _entries(
    base: str, old: Mapping[str, Any], new: Mapping[str, Any], kind: str, inner: Any
) -> Iterator[tuple[str, str]]:
    for key in old:
        if key not in new:
            yield kind, f"{base}.{key}"
        elif old[key] != new[key]:
            yield from inner(f"{base}.{key}", old[key], new[key])
    yield from (("added", f"{base}.{key}") for key in new if key not in old)


def _type_changes(path: str, old: RecordType, new: RecordType) -> Iterator[tuple[str, str]]:
    yield from _entries(f"{path}.fields", old.fields, new.fields, "field", _field_changes)
    if replace(old, fields={}) != replace(new, fields={}):
        yield "changed", path


def _field_changes(path: str, old: Field, new: Field) -> Iterator[tuple[str, str]]:
    if old.type != new.type:
        yield "field-type", path
        return
    if old.vocabulary != new.vocabulary:
        yield "field-vocabulary", path
    if old.target != new.target:
        yield "field-target", path
    if old.many and not new.many:
        yield "single", path
    yield from (("unit", f"{path}.units.{unit}") for unit in old.units if unit not in new.units)
    yield "changed", path


def _vocabulary_changes(path: str, old: Vocabulary, new: Vocabulary) -> Iterator[tuple[str, str]]:
    before, after = ({term.id: term for term in vocabulary.terms} for vocabulary in (old, new))
    yield from _entries(f"{path}.terms", before, after, "term", lambda where, *_: [("changed", where)])
    if replace(old, terms=()) != replace(new, terms=()):
        yield "changed", path
