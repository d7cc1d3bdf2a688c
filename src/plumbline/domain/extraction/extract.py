"""Turn a text into proposed records: find what each type's hints ask for, cut the text into incidents, fill fields."""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from threading import Lock
from typing import Any

from plumbline.domain.blueprints import Blueprint, Field, FieldHint, RecordType
from plumbline.domain.extraction.dates import find_dates
from plumbline.domain.extraction.lexicon import known_language
from plumbline.domain.extraction.model import Gazetteer, Mention, ProposedRecord, Span
from plumbline.domain.extraction.organisations import find_organisations, find_persons
from plumbline.domain.extraction.places import find_places
from plumbline.domain.extraction.quantities import UnitNames, find_people, find_quantities, unit_names
from plumbline.domain.extraction.segments import Episode, Sentence, episodes_of
from plumbline.domain.extraction.terms import PhraseMatcher
from plumbline.domain.extraction.text import Words, sentences_of, words_of

MAX_MANY = 12
"""Most values of one `many` field in one proposal; a list longer than that is a table, not a story."""


def extract(
    text: str, *, blueprint: Blueprint, language: str, published: date | None, gazetteer: Gazetteer
) -> tuple[ProposedRecord, ...]:
    """Propose the records that a text tells of, in the order of the text; () when it tells of none.

    `published` anchors 'yesterday' and '5 March'. Offsets count characters of `text`, and for every mention
    `text[start:end] == mention.text`. Time grows linearly with the text.
    """
    plan = _plan(blueprint, known_language(language))
    if not text.strip() or not plan.types:
        return ()
    words = words_of(text)
    findings = _Findings(text, words, plan, language, published, gazetteer)
    sentences = tuple(sentences_of(text))
    proposals: list[ProposedRecord] = []
    for kind in plan.types:
        cues = kind.cues.find(words)
        if cues:
            for episode in episodes_of(_sentences(sentences, cues, findings), findings.anchor_place()):
                proposal = _proposal(kind, episode, findings)
                if proposal is not None:
                    proposals.append(proposal)
    return tuple(sorted(proposals, key=lambda proposal: (proposal.start, proposal.type)))


# --- what a blueprint asks for, compiled once -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _FieldPlan:
    field: Field
    hint: FieldHint
    terms: PhraseMatcher | None
    near: PhraseMatcher | None
    units: UnitNames


@dataclass(frozen=True, slots=True)
class _TypePlan:
    type: RecordType
    cues: PhraseMatcher
    fields: tuple[_FieldPlan, ...]


@dataclass(frozen=True, slots=True)
class _Plan:
    blueprint: Blueprint
    types: tuple[_TypePlan, ...]


_PLANS: OrderedDict[tuple[int, str], _Plan] = OrderedDict()
_PLANS_LOCK = Lock()


def _plan(blueprint: Blueprint, language: str) -> _Plan:
    """Compile the hints of a blueprint for a language; the last 32 plans are kept."""
    key = (id(blueprint), language)
    with _PLANS_LOCK:
        plan = _PLANS.get(key)
        if plan is None or plan.blueprint is not blueprint:
            plan = _Plan(blueprint, tuple(_type_plans(blueprint, language)))
            _PLANS[key] = plan
            while len(_PLANS) > 32:
                _PLANS.popitem(last=False)
        return plan


def _type_plans(blueprint: Blueprint, language: str) -> list[_TypePlan]:
    plans = []
    for kind in blueprint.types.values():
        if kind.extraction is None:
            continue
        cues = _matcher(kind.extraction.cues, language)
        fields = tuple(
            _field_plan(blueprint, kind.fields[name], hint, language)
            for name, hint in kind.extraction.fields.items()
            if name in kind.fields
        )
        if cues is not None:
            plans.append(_TypePlan(kind, cues, fields))
    return plans


def _field_plan(blueprint: Blueprint, field: Field, hint: FieldHint, language: str) -> _FieldPlan:
    terms = None
    if hint.source == "terms":
        terms = PhraseMatcher(_term_phrases(blueprint, field, language), language)
    units = unit_names(field.units, blueprint.units) if hint.source == "quantities" else ()
    return _FieldPlan(field, hint, terms, _matcher(hint.near, language), units)


def _term_phrases(blueprint: Blueprint, field: Field, language: str) -> list[tuple[str, str]]:
    """List (phrase, term id) in the text's language, then English, then codes such as 'Y31' themselves."""
    phrases: list[tuple[str, str]] = []
    for term in blueprint.terms_of(field):
        for lang in dict.fromkeys((language, "en")):
            names = [term.label.get(lang, ""), *term.synonyms.get(lang, ())]
            phrases.extend((name, term.id) for name in names if name)
        if any(c.isdigit() for c in term.id) and any(c.isupper() for c in term.id):
            phrases.append((term.id, term.id))
    return phrases


def _matcher(words: Mapping[str, Sequence[str]], language: str) -> PhraseMatcher | None:
    phrases = [(phrase, phrase) for lang in dict.fromkeys((language, "en")) for phrase in words.get(lang, ())]
    return PhraseMatcher(phrases, language) if phrases else None


# --- what a text holds, found once per kind -------------------------------------------------------------------------


class _Findings:
    """Hold the spans of one text; the costly kinds are sought only when a field asks for them."""

    def __init__(
        self, text: str, words: Words, plan: _Plan, language: str, published: date | None, gazetteer: Gazetteer
    ) -> None:
        self.text, self.words, self.language, self.published = text, words, language, published
        self.dates = find_dates(text, language=language, published=published)
        self.places = tuple(
            span
            for span in find_places(text, language=language, gazetteer=gazetteer, words=words, taken=self.dates)
            if span.confidence >= 0.45
        )
        self._cache: dict[Any, tuple[Span, ...]] = {}

    def anchor_place(self) -> Span | None:
        """Give the place of the dateline: one in the first 40 characters of the text."""
        first = self.places[0] if self.places else None
        return first if first is not None and first.start <= 40 and first.kind == "locality" else None

    def of(self, plan: _FieldPlan) -> tuple[Span, ...]:
        """List the spans that may fill a field, with JSON values."""
        key = (plan.hint.source, plan.field.id, id(plan))
        if key not in self._cache:
            self._cache[key] = self._sought(plan)
        return self._cache[key]

    def near(self, plan: _FieldPlan) -> tuple[Span, ...]:
        """List where the hint words of a field stand."""
        key = ("near", id(plan))
        if key not in self._cache:
            self._cache[key] = plan.near.find(self.words) if plan.near is not None else ()
        return self._cache[key]

    def _sought(self, plan: _FieldPlan) -> tuple[Span, ...]:
        match plan.hint.source:
            case "dates":
                return self.dates
            case "places":
                return self._shared("places")
            case "countries":
                return tuple(_country_span(span) for span in self.places)
            case "quantities":
                return find_quantities(self.text, language=self.language, units=plan.units)
            case "terms" if plan.terms is not None:
                return plan.terms.find(self.words)
            case "organisations":
                return self._shared("organisations")
            case "persons":
                return find_persons(self.text, language=self.language)
            case "numbers":
                return self._shared("people")
        return ()

    def _place_values(self) -> tuple[Span, ...]:
        """Write places as JSON; one inside the name of an office ('Genoa Customs') says less of where it happened."""
        offices = self._shared("organisations")
        return tuple(
            replace(
                s, value=s.value.value(), confidence=round(s.confidence * (0.85 if _overlaps(s, offices) else 1.0), 3)
            )
            for s in self.places
        )

    def _shared(self, kind: str) -> tuple[Span, ...]:
        if kind not in self._cache:
            if kind == "people":
                self._cache[kind] = find_people(self.text, language=self.language)
            elif kind == "places":
                self._cache[kind] = self._place_values()
            else:
                self._cache[kind] = find_organisations(self.text, language=self.language, words=self.words)
        return self._cache[kind]


def _overlaps(span: Span, ordered: Sequence[Span]) -> bool:
    """Say whether a span meets one of `ordered`, which are in order and apart from each other."""
    index = bisect_left(ordered, span.start, key=lambda other: other.end)
    while index < len(ordered) and ordered[index].end == span.start:
        index += 1
    return index < len(ordered) and ordered[index].start < span.end


def _country_span(span: Span) -> Span:
    sure = span.confidence if span.kind == "country" else round(span.confidence * 0.9, 3)
    return replace(span, value=span.value.country, confidence=sure)


def _sentences(bounds: Sequence[tuple[int, int]], cues: Sequence[Span], findings: _Findings) -> list[Sentence]:
    """Lay cues, dates and places on the sentences they stand in, in one pass."""
    return [
        Sentence(start, end, cue, dates, places, findings.text)
        for (start, end), cue, dates, places in zip(
            bounds, _laid(bounds, cues), _laid(bounds, findings.dates), _laid(bounds, findings.places), strict=True
        )
    ]


def _laid(bounds: Sequence[tuple[int, int]], spans: Sequence[Span]) -> list[tuple[Span, ...]]:
    laid, index = [], 0
    for start, end in bounds:
        while index < len(spans) and spans[index].start < start:
            index += 1
        first = index
        while index < len(spans) and spans[index].start < end:
            index += 1
        laid.append(tuple(spans[first:index]))
    return laid


# --- one episode becomes one proposal -------------------------------------------------------------------------------


def _proposal(kind: _TypePlan, episode: Episode, findings: _Findings) -> ProposedRecord | None:
    mentions: list[Mention] = []
    home = ""
    for plan in sorted(kind.fields, key=lambda plan: plan.hint.source != "places"):
        chosen = _mentions(plan, kind, episode, findings, home)
        mentions.extend(chosen)
        if plan.hint.source == "places" and chosen and not _role_of(plan.field.id, kind.type) and plan.near is None:
            home = home or chosen[0].value["country"]
    order = {plan.field.id: index for index, plan in enumerate(kind.fields)}
    mentions.sort(key=lambda mention: (order[mention.field], mention.start))
    quoting = {plan.field.id for plan in kind.fields if plan.hint.source == "sentence"}
    solid = [m for m in mentions if episode.start <= m.start < episode.end and m.field not in quoting]
    if not solid:
        return None
    groups = {m.field for m in solid}
    weight = min(1.0, 0.35 + 0.1 * len(groups) + 0.1 * min(2, episode.cue_count))
    mean = sum(m.confidence for m in solid) / len(solid)
    return ProposedRecord(
        kind.type.id, tuple(mentions), episode.start, episode.end, round(0.5 * weight + 0.5 * mean, 3)
    )


def _mentions(plan: _FieldPlan, kind: _TypePlan, episode: Episode, findings: _Findings, home: str) -> list[Mention]:
    """Choose the spans of one field: all distinct ones when it may hold many, else the surest.

    `home` is the country of the place already chosen: a single country follows it.
    """
    if plan.hint.source == "sentence":
        return [_mention(plan.field, span, findings) for span in _sentence(plan, episode, findings)]
    spans = [span for span in findings.of(plan) if episode.holds(span)]
    spans = _by_near(plan, spans, findings)
    spans = _by_role(plan, kind, spans)
    if plan.hint.source == "countries" and not plan.field.many and home and plan.near is None:
        spans = [span for span in spans if span.value == home] or spans
    if not spans and plan.near is None:
        spans = _inherited(plan, episode, findings)
    best: dict[str, Span] = {}
    for span in sorted(spans, key=lambda s: (-episode.rank(s), -s.confidence, s.start)):
        best.setdefault(repr(_same_value(plan, span)), span)
    chosen = list(best.values())[: MAX_MANY if plan.field.many else 1]
    return [_mention(plan.field, span, findings) for span in sorted(chosen, key=lambda s: s.start)]


def _same_value(plan: _FieldPlan, span: Span) -> Any:
    if plan.hint.source == "places":
        return span.value.get("geonameid") or span.value["name"]
    return span.value.casefold() if isinstance(span.value, str) else span.value


def _mention(field: Field, span: Span, findings: _Findings) -> Mention:
    value, said = span.value, findings.text[span.start : span.end]
    if field.type in ("text", "localised") and not isinstance(value, str):
        value = said
    if field.type == "localised":
        value = {findings.language or "en": value}
    return Mention(field.id, value, said, span.start, span.end, span.confidence)


def _sentence(plan: _FieldPlan, episode: Episode, findings: _Findings) -> list[Span]:
    """Give the first sentence that tells the incident, or the first that holds a hint word where the hint names any."""
    bounds = [episode.core] if plan.near is None else []
    bounds.extend(episode.sentence_at(hint.start) for hint in findings.near(plan) if episode.holds(hint))
    return [Span(start, end, findings.text[start:end], 0.6) for start, end in bounds[:1]]


def _by_near(plan: _FieldPlan, spans: list[Span], findings: _Findings) -> list[Span]:
    """Where a hint names words, keep what they stand by: just before a place, within some words of a number."""
    if plan.near is None:
        return spans
    hints = findings.near(plan)
    if plan.hint.source in ("places", "countries"):
        return _led(findings.text, hints, spans)
    kept = []
    for span in spans:
        index = bisect_left(hints, span.start - 30, key=lambda hint: hint.end)
        if index < len(hints) and hints[index].start < span.end + 40:
            kept.append(span)
    return [replace(span, confidence=min(0.95, round(span.confidence + 0.05, 3))) for span in kept]


def _led(text: str, hints: Sequence[Span], spans: list[Span]) -> list[Span]:
    """Keep the places that stand right behind a hint: for each hint the first one after it."""
    led = set()
    for hint in hints:
        index = bisect_left(spans, hint.end, key=lambda span: span.start)
        if index < len(spans) and _leads(text, hint, spans[index]):
            led.add(spans[index].start)
    return [span for span in spans if span.start in led]


def _leads(text: str, hint: Span, place: Span) -> bool:
    """Say whether a hint stands right before a place; a long hint may leave room for 'the port of'.

    One-letter hints ('в', 'à') lead to every place there is, so they say nothing.
    """
    gap = text[hint.end : place.start]
    room = 18 if hint.end - hint.start > 5 else 5
    letters = hint.end - hint.start > 1 or text[hint.start] > "\u3400"
    return letters and len(gap) <= room and not any(mark in gap for mark in ".;,،。")


_ROLES = {
    "origin": "origin",
    "destination": "destination",
    "transit": "transit",
    "from": "origin",
    "to": "destination",
    "via": "transit",
}


def _by_role(plan: _FieldPlan, kind: _TypePlan, spans: list[Span]) -> list[Span]:
    """Give route fields their end of the way; other place fields prefer what is not an end of one."""
    if plan.hint.source not in ("places", "countries") or plan.near is not None:
        return spans
    wanted = _role_of(plan.field.id, kind.type)
    if wanted:
        return [span for span in spans if span.role == wanted]
    plain = [span for span in spans if not span.role]
    if plan.field.many and plan.hint.source == "countries":
        return spans
    if plan.hint.source == "places":
        exact = [span for span in plain if span.kind != "country"]
        plain = exact or plain
    return plain or spans


def _role_of(field_id: str, kind: RecordType) -> str:
    declared = {field: _ROLES.get(role, "") for role, field in kind.traits.get("route", {}).items()}
    if declared.get(field_id):
        return declared[field_id]
    return next((role for role in ("origin", "destination", "transit") if role in field_id), "")


def _inherited(plan: _FieldPlan, episode: Episode, findings: _Findings) -> list[Span]:
    """Take date and place from the text just before the episode or its dateline, with less confidence."""
    if plan.hint.source not in ("dates", "places", "countries") or (
        plan.field.many and plan.hint.source != "countries"
    ):
        return []
    spans = [
        s
        for s in findings.of(plan)
        if s.end <= episode.start and not (plan.hint.source == "dates" and _too_late(s, findings))
    ]
    if plan.hint.source != "dates":
        spans = [span for span in spans if not span.role]
    if not spans:
        return []
    close = [span for span in spans if episode.start - span.end < 600]
    chosen = close[-1] if close else spans[0]
    return [replace(chosen, confidence=round(chosen.confidence * (0.7 if close else 0.5), 3))]


def _too_late(span: Span, findings: _Findings) -> bool:
    return findings.published is not None and date.fromisoformat(span.value["start"]) > findings.published + timedelta(
        days=1
    )
