"""Compile what a blueprint asks of extraction, once per blueprint and language."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock

from plumbline.domain.blueprints import Blueprint, Field, FieldHint, RecordType
from plumbline.domain.extraction.quantities import UnitNames, unit_names
from plumbline.domain.extraction.terms import PhraseMatcher, is_code


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """Say what fills a field: its hint, with the matchers of its terms and hint words and the names of its units.

    `things` finds what a number alone counts ('310 batteries'), where the units hold items.
    """

    field: Field
    hint: FieldHint
    terms: PhraseMatcher | None
    near: PhraseMatcher | None
    units: UnitNames
    things: PhraseMatcher | None = None


@dataclass(frozen=True, slots=True)
class TypePlan:
    """Hold the cues and fields of one type, and `acts`: its smaller vocabularies, cues of a text that has no other.

    `content` is the field that says what the incident is about: the one with the largest vocabulary (materials, waste
    streams), for smaller ones tend to name acts and outcomes, which cues name too.
    """

    type: RecordType
    cues: PhraseMatcher
    acts: PhraseMatcher
    fields: tuple[FieldPlan, ...]
    content: FieldPlan | None


@dataclass(frozen=True, slots=True)
class Plan:
    """Hold the plans of a blueprint's types."""

    blueprint: Blueprint
    types: tuple[TypePlan, ...]


_PLANS: OrderedDict[tuple[int, str], Plan] = OrderedDict()
_PLANS_LOCK = Lock()


def plan_of(blueprint: Blueprint, language: str) -> Plan:
    """Compile the hints of a blueprint for a language; the last 32 plans are kept."""
    key = (id(blueprint), language)
    with _PLANS_LOCK:
        plan = _PLANS.get(key)
        if plan is None or plan.blueprint is not blueprint:
            plan = Plan(blueprint, tuple(_type_plans(blueprint, language)))
            _PLANS[key] = plan
            while len(_PLANS) > 32:
                _PLANS.popitem(last=False)
        return plan


def _type_plans(blueprint: Blueprint, language: str) -> list[TypePlan]:
    plans = []
    for kind in blueprint.types.values():
        if kind.extraction is None:
            continue
        fields = tuple(
            _field_plan(blueprint, kind.fields[name], hint, language)
            for name, hint in kind.extraction.fields.items()
            if name in kind.fields
        )
        cues, content = _matcher(kind.extraction.cues, language), _content(blueprint, fields)
        things = content.terms if content is not None else None
        fields = tuple(replace(p, things=things) if "items" in dict(p.units) else p for p in fields)
        if cues is not None:
            acts = [
                (phrase, phrase)
                for plan in fields
                if plan.terms is not None and plan is not content
                for phrase, _ in _term_phrases(blueprint, plan.field, language)
            ]
            plans.append(TypePlan(kind, cues, PhraseMatcher(acts, language), fields, content))
    return plans


def _content(blueprint: Blueprint, fields: Sequence[FieldPlan]) -> FieldPlan | None:
    termed = [plan for plan in fields if plan.terms is not None]
    return max(termed, key=lambda plan: len(blueprint.terms_of(plan.field)), default=None)


def _field_plan(blueprint: Blueprint, field: Field, hint: FieldHint, language: str) -> FieldPlan:
    terms = None
    if hint.source == "terms":
        terms = PhraseMatcher(_term_phrases(blueprint, field, language), language)
    units = unit_names(field.units, blueprint.units) if hint.source == "quantities" else ()
    return FieldPlan(field, hint, terms, _matcher(hint.near, language), units)


def _term_phrases(blueprint: Blueprint, field: Field, language: str) -> list[tuple[str, str]]:
    """List (phrase, term id) in the text's language, then codes such as 'Y31' themselves.

    English names of a term that has names in the language serve only as abbreviations or as phrases of several words:
    an English 'fine' would be found in an Italian 'fine', the end.
    """
    phrases: list[tuple[str, str]] = []
    for term in blueprint.terms_of(field):
        own = [name for name in (term.label.get(language, ""), *term.synonyms.get(language, ())) if name]
        english = [name for name in (term.label.get("en", ""), *term.synonyms.get("en", ())) if name]
        borrowed = [name for name in english if not own or " " in name or is_code(name)] if language != "en" else []
        phrases.extend((name, term.id) for name in (*own, *borrowed))
        if any(c.isdigit() for c in term.id) and any(c.isupper() for c in term.id):
            phrases.append((term.id, term.id))
    return phrases


def _matcher(words: Mapping[str, Sequence[str]], language: str) -> PhraseMatcher | None:
    phrases = [(phrase, phrase) for lang in dict.fromkeys((language, "en")) for phrase in words.get(lang, ())]
    return PhraseMatcher(phrases, language) if phrases else None
