"""Tell the part that a place plays: origin, transit or destination of goods, or the seat of a firm or an office."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from plumbline.domain.extraction.lexicon import any_of, lexicon
from plumbline.domain.extraction.model import Span
from plumbline.domain.extraction.text import Words

REACH = 90
"""How many characters before a place may tell its role."""


@cache
def route_words(language: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Compile what stands before the places of a route: set phrases, then words of moving with a preposition."""
    roles, motion = lexicon("places")["roles"], lexicon("places")["motion"]
    between = r"(?:\s*(?:the|la|le|el|il|l['’]|los|les|al|el puerto de|le port de|port of|the port of|port|città di|ميناء|مدينة|порт[а]?|город[а]?)\s*)*"
    found = []
    for role in ("destination", "transit", "origin"):
        lead = "" if language == "zh" else r"(?<!\w)"
        found.append(
            (role, re.compile(rf"{lead}{any_of(roles[role].get(language, ()))}[\s'’]*{between}\s*$", re.IGNORECASE))
        )
    for role, moved in ((role, motion[role].get(language)) for role in motion):
        if moved:
            words = any_of(moved["words"]).replace(r"\*", r"\w*")
            behind = rf"(?!\w)[^.;:!?\n«»“”\"]{{0,50}}?(?<!\w){any_of(moved['before'])}[\s'’]*{between}$"
            found.append((role, re.compile(rf"(?<!\w){words}{behind}", re.IGNORECASE)))
    return tuple(found)


@cache
def _around() -> tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...]:
    """Compile what stands before and behind a Chinese name at the end of a route."""
    listed = lexicon("places")["zh_behind"].items()
    return tuple(
        (role, re.compile(rf"{any_of(one['before'])}$"), re.compile(rf"[^。，；！？]{{0,6}}?{any_of(one['behind'])}"))
        for role, one in listed
    )


def with_role(words: Words, language: str, span: Span) -> Span:
    """Give a place the part that the words before it tell (in Chinese those behind it too); as it is where they tell none."""
    head = words.text[max(0, span.start - REACH) : span.start]
    if _seats(language).search(head[-45:]):
        return replace(span, role="seat")
    for role, pattern in route_words(language):
        if pattern.search(head):
            return replace(span, role=role)
    for role, before, behind in _around() if language == "zh" else ():
        if before.search(head) and behind.match(words.text, span.end):
            return replace(span, role=role)
    return span


def with_shared_roles(text: str, spans: list[Span]) -> Iterator[Span]:
    """Give a country the role of the town right before it ('bound for Cotonou, in Benin')."""
    previous: Span | None = None
    for span in spans:
        follows = (
            previous is not None and 0 <= span.start - previous.end <= 8 and "." not in text[previous.end : span.start]
        )
        if previous is not None and follows and not span.role and span.value.country == previous.value.country:
            span = Span(span.start, span.end, span.value, span.confidence, kind=span.kind, role=previous.role)
        previous = span
        yield span


@cache
def _seats(language: str) -> re.Pattern[str]:
    lead = "" if language == "zh" else r"(?<!\w)"
    article = r"(?:\s*(?:the|la|le|el|il|city of|ville de|ciudad de|مدينة|городе|г\.)\s*)?"
    return re.compile(rf"{lead}{any_of(lexicon('events')['seats'][language])}\s*{article}$", re.IGNORECASE)
