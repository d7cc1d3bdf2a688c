"""Find what a text holds - dates, places, amounts, terms - once, and lay it on the text's sentences."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Any

from plumbline.domain.extraction.dates import find_dates
from plumbline.domain.extraction.lexicon import any_of, known_language, lexicon
from plumbline.domain.extraction.model import Gazetteer, Span
from plumbline.domain.extraction.organisations import actors_among, find_organisations, find_persons
from plumbline.domain.extraction.places import find_places
from plumbline.domain.extraction.plans import FieldPlan, TypePlan
from plumbline.domain.extraction.quantities import COUNT, ONE, find_counted, find_people, find_quantities
from plumbline.domain.extraction.segments import Sentence, width_of
from plumbline.domain.extraction.text import HAS_HAN, Words, longest_first, sentences_of, words_of

LABEL = 5
"""A paragraph's first sentence of so many words or fewer ('1. Kazakhstan.') is read together with the next."""
FRESH_DAYS = 31


class Findings:
    """Hold the spans of one text; the costly kinds are sought only when a field asks for them."""

    def __init__(self, text: str, *, language: str, published: date | None, gazetteer: Gazetteer) -> None:
        self.text, self.language, self.published, self.gazetteer = text, language, published, gazetteer
        self.words: Words = words_of(text)
        self.dates = self._dates()
        self._cache: dict[Any, tuple[Span, ...]] = {}
        self.places = tuple(
            replace(span, role="office") if not span.role and self._is_aside(span) else span
            for span in find_places(text, language=language, gazetteer=gazetteer, words=self.words, taken=self.dates)
            if span.confidence >= 0.45
        )

    def _is_aside(self, span: Span) -> bool:
        """Say whether a place stands in the name of an office, or heads an agency's dateline ('BRUSSELS (Agency) -')."""
        if _overlaps(span, self._shared("organisations")):
            return True
        opens = span.start < 400 and self.text[max(0, span.start - 1) : span.start] in ("", "\n")
        return opens and _AGENCY.match(self.text, span.end) is not None

    def _dates(self) -> tuple[Span, ...]:
        """Read the dates, relative ones against the dateline where a fresh one is there; mark it as such."""
        found = find_dates(self.text, language=self.language, published=self.published)
        dateline = next((span for span in found[:4] if _is_dateline(self.text, span)), None)
        if dateline is None:
            return found
        day = date.fromisoformat(dateline.value["start"])
        if self.published is None or timedelta(0) < self.published - day <= timedelta(FRESH_DAYS):
            found = find_dates(self.text, language=self.language, published=day)
        return tuple(replace(s, role="dateline") if s.start == dateline.start else s for s in found)

    def of(self, plan: FieldPlan) -> tuple[Span, ...]:
        """List the spans that may fill a field, with JSON values."""
        key = (plan.hint.source, plan.field.id, id(plan))
        if key not in self._cache:
            self._cache[key] = self._sought(plan)
        return self._cache[key]

    def near(self, plan: FieldPlan) -> tuple[Span, ...]:
        """List where the hint words of a field stand."""
        key = ("near", id(plan))
        if key not in self._cache:
            self._cache[key] = plan.near.find(self.words) if plan.near is not None else ()
        return self._cache[key]

    def cues(self, kind: TypePlan, *, acts: bool = False) -> tuple[Span, ...]:
        """List the cues of a type; with `acts` the terms that name acts and how they ended are cues too."""
        key = ("cues", id(kind), acts)
        if key not in self._cache:
            found = kind.cues.find(self.words)
            self._cache[key] = longest_first([*found, *kind.acts.find(self.words)]) if acts else found
        return self._cache[key]

    def content(self, kind: TypePlan) -> tuple[Span, ...]:
        """List materials (kind 'term') and amounts (kind 'amount', or COUNT) in order: what an incident is about."""
        terms = self.of(kind.content) if kind.content is not None else ()
        amounts = [s for plan in kind.fields if plan.hint.source == "quantities" for s in self._all_amounts(plan)]
        marked = [replace(s, kind="term") for s in terms] + [
            s if s.kind == COUNT else replace(s, kind="amount") for s in amounts
        ]
        return tuple(sorted(marked, key=lambda span: span.start))

    def sentences(self, kind: TypePlan, *, acts: bool = False) -> list[Sentence]:
        """Lay cues (`acts`: as in `cues`), dates, places and content on the sentences they stand in, in one pass."""
        bounds = labelled_bounds(self.text)
        spots = [(start, end) for start, end, _ in bounds]
        laid = [_laid(spots, spans) for spans in (self.cues(kind, acts=acts), self.dates, self.places)]
        content = _laid(spots, self.content(kind))
        sentences, paragraph = [], -1
        for index, (start, end, opens) in enumerate(bounds):
            paragraph += opens
            cues, dates, places = (one[index] for one in laid)
            recalls = self._recalls(start, end, dates)
            sentences.append(Sentence(start, end, cues, dates, places, content[index], paragraph, opens, recalls))
        return sentences

    def _recalls(self, start: int, end: int, dates: Sequence[Span]) -> bool:
        """Say whether a sentence looks back: it says so, or it opens with a month or year long past."""
        if any(span.value["precision"] == "day" and not span.role for span in dates):
            return False
        if _recalling(known_language(self.language)).search(self.text, start, end):
            return True
        if not dates or self.published is None or dates[0].start - start > 12:
            return False
        last = date.fromisoformat(dates[0].value["end"])
        return width_of(dates[0]) > 20 and last < self.published - timedelta(days=200)

    def _sought(self, plan: FieldPlan) -> tuple[Span, ...]:
        match plan.hint.source:
            case "dates":
                return self.dates
            case "places" | "elsewhere":
                return self._shared("places")
            case "countries":
                return tuple(_country_span(span) for span in self.places)
            case "quantities":
                return tuple(span for span in self._all_amounts(plan) if span.kind != ONE)
            case "terms" if plan.terms is not None:
                return plan.terms.find(self.words)
            case "organisations":
                found = self._shared("organisations")
                return actors_among(found, language=self.language) if plan.field.type == "relation" else found
            case "persons":
                return find_persons(self.text, language=self.language)
            case "numbers":
                return self._shared("people")
        return ()

    def _all_amounts(self, plan: FieldPlan) -> tuple[Span, ...]:
        key = ("amounts", id(plan))
        if key not in self._cache:
            self._cache[key] = self._amounts(plan)
        return self._cache[key]

    def _amounts(self, plan: FieldPlan) -> tuple[Span, ...]:
        """List amounts with their units, and numbers of things; a number that is a date's year counts nothing."""
        said = find_quantities(self.text, language=self.language, units=plan.units)
        found = [span for span in said if not self._is_in_date(span)]
        if plan.things is None:
            return tuple(found)
        things = plan.things.find(self.words)
        taken = longest_first([*found, *self.dates])
        return longest_first([*found, *find_counted(self.text, things, language=self.language, taken=taken)])

    def _is_in_date(self, span: Span) -> bool:
        """Say whether an amount begins inside a date ('26 December 2004 drums') or is all of its number ('15' of '15 April')."""
        index = bisect_left(self.dates, span.start + 1, key=lambda day: day.end)
        if index == len(self.dates):
            return False
        day = self.dates[index]
        return day.start < span.start < day.end < span.end or (day.start <= span.start and span.end <= day.end)

    def _shared(self, kind: str) -> tuple[Span, ...]:
        if kind not in self._cache:
            if kind == "people":
                self._cache[kind] = find_people(self.text, language=self.language)
            elif kind == "places":
                self._cache[kind] = tuple(_place_value(span) for span in self.places)
            else:
                self._cache[kind] = find_organisations(self.text, language=self.language, words=self.words)
        return self._cache[kind]


def _place_value(span: Span) -> Span:
    """Write a place as JSON; inside the name of an office ('Genoa Customs') it says less of where it happened."""
    sure = span.confidence * (0.85 if span.role == "office" else 1.0)
    return replace(span, value=span.value.value(), confidence=round(sure, 3))


def _country_span(span: Span) -> Span:
    sure = span.confidence if span.kind == "country" else round(span.confidence * 0.9, 3)
    return replace(span, value=span.value.country, confidence=sure)


def _overlaps(span: Span, ordered: Sequence[Span]) -> bool:
    """Say whether a span meets one of `ordered`, which are in order and apart from each other."""
    index = bisect_left(ordered, span.start, key=lambda other: other.end)
    while index < len(ordered) and ordered[index].end == span.start:
        index += 1
    return index < len(ordered) and ordered[index].start < span.end


_AGENCY = re.compile(r"(?:,[^.\n(]{1,30})?\s*(?:\([^)\n]{1,30}\)\s*)?[-–—]{1,2}\s")
_HEAD = re.compile(r"(?:^|\n)[ \t]*[^\W\d_][^\d.;:!?\n]{1,50}[,،(（]\s*$")
_TAIL = re.compile(r"[.)）]?\s*(?:[-–—:：]|\.\s|\n|$)|\)")


def _is_dateline(text: str, span: Span) -> bool:
    """Say whether a date stands in a dateline near the text's head: 'TARANTO, 18 novembre 2020. ', 'Kitwe (5 May) -'."""
    if span.start > 600 or span.value["precision"] != "day" or span.kind != "full":
        return False
    return bool(_HEAD.search(text, max(0, span.start - 56), span.start) and _TAIL.match(text, span.end))


@cache
def _recalling(language: str) -> re.Pattern[str]:
    words = lexicon("events")["recalls"][language]
    body = any_of(words) if language == "zh" else rf"(?<!\w)[وبف]?{any_of(words)}(?!\w)"
    return re.compile(body, re.IGNORECASE)


def labelled_bounds(text: str) -> list[tuple[int, int, bool]]:
    """List sentences as (start, end, opens a paragraph); a label that opens one is read with what it labels.

    >>> labelled_bounds('2. Armenia. Police found it.')
    [(0, 28, True)]
    """
    bounds: list[tuple[int, int, bool]] = []
    label: int | None = None
    end_before = 0
    for start, end in sentences_of(text):
        opens = end_before == 0 or "\n" in text[end_before:start]
        if opens and label is not None:
            bounds.append((label, end_before, True))
            label = None
        first = start if label is None else label
        end_before = end
        if (opens or label is not None) and _is_label(text[first:end]):
            label = first
            continue
        bounds.append((first, end, opens or label is not None))
        label = None
    if label is not None:
        bounds.append((label, end_before, True))
    return bounds


def _is_label(said: str) -> bool:
    """Say whether a sentence is only a label: five words, or eight Chinese characters."""
    if len(said) > 60:
        return False
    return len(said) <= 9 if HAS_HAN.search(said) else len(said.split()) <= LABEL


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
