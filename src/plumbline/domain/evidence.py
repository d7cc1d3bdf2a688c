"""Claims and what they resolve to: an entry's values are read off its claims, never stored over one another.

A claim says: this field of this entry has this value, says this passage (or this person). `resolve` turns the
claims that a viewer may see into values. The rule, in order: accepted before proposed; among accepted, a value set by
hand before an extracted one; then the value that more sources state; then the higher confidence; then the newer.
Rejected and erased claims never count.

>>> a = Claim("1", "date", {"start": "2011"}, "accepted", .9, order=1)
>>> b = Claim("2", "date", {"start": "2012"}, "accepted", 1.0, by_hand=True, order=2)
>>> [v.value for v in resolve([a, b], {"date": False})["date"]]
[{'start': '2012'}]
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

STATUSES = ("proposed", "accepted", "rejected", "erased")


@dataclass(frozen=True)
class Claim:
    """One statement about one field; `order` grows with time, `source` is the work it rests on (None: a person)."""

    id: str
    field: str
    value: Any
    status: str
    confidence: float
    by_hand: bool = False
    order: int = 0
    source: str | None = None


@dataclass(frozen=True)
class Resolved:
    """One value of a field: the claims that state it, its status and whether others contradict it."""

    value: Any
    claims: tuple[str, ...]
    status: str
    confidence: float
    contested: bool = False


def value_key(value: Any) -> str:
    """Give the key under which equal values meet (canonical JSON)."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def resolve(claims: Iterable[Claim], many: Mapping[str, bool]) -> dict[str, tuple[Resolved, ...]]:
    """Resolve claims to values by field.

    `many` says by field whether it holds several values; an unknown field counts as single. A field with any
    accepted claim shows accepted values only; one with none shows what is proposed, and says so in `status`.
    """
    by_field: dict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        if claim.status in ("proposed", "accepted"):
            by_field[claim.field].append(claim)
    return {name: _resolve_field(found, many.get(name, False)) for name, found in by_field.items()}


def _resolve_field(claims: list[Claim], many: bool) -> tuple[Resolved, ...]:
    accepted = [claim for claim in claims if claim.status == "accepted"]
    pool = accepted or claims
    groups: dict[str, list[Claim]] = defaultdict(list)
    for claim in pool:
        groups[value_key(claim.value)].append(claim)
    ranked = sorted(groups.values(), key=_weight, reverse=True)
    if many:
        return tuple(_resolved(group) for group in sorted(groups.values(), key=lambda g: min(c.order for c in g)))
    return (_resolved(ranked[0], contested=len(ranked) > 1),)


def _weight(group: list[Claim]) -> tuple[bool, int, float, int]:
    sources = {claim.source for claim in group}
    newest = max(claim.order for claim in group)
    return (any(c.by_hand for c in group), newest if any(c.by_hand for c in group) else len(sources),
            max(c.confidence for c in group), newest)  # fmt: skip


def _resolved(group: list[Claim], contested: bool = False) -> Resolved:
    best = max(group, key=lambda claim: (claim.confidence, claim.order))
    ids = tuple(claim.id for claim in sorted(group, key=lambda claim: claim.order))
    return Resolved(best.value, ids, best.status, best.confidence, contested)


@dataclass(frozen=True)
class Span:
    """A stretch [start, end) of a passage's text."""

    start: int
    end: int


def mask(text: str, spans: Iterable[Span], *, filler: str = "█") -> str:
    """Withhold spans of a text, keeping its length and so every offset.

    >>> mask("seen by Ann Lee", [Span(8, 15)])
    'seen by ███████'
    """
    letters = list(text)
    for span in spans:
        for at in range(max(0, span.start), min(len(letters), span.end)):
            letters[at] = filler
    return "".join(letters)


def mask_words(text: str, quotes: Iterable[str], *, filler: str = "█") -> str:
    """Withhold quotations wherever a text holds them, ignoring case (see `occurrences`), keeping its length.

    >>> mask_words("About Ann Lee", ["ann lee"])
    'About ███████'
    """
    spans = [span for quote in quotes for span in occurrences(text, quote)]
    return mask(text, spans, filler=filler) if spans else text


_SPACED = str.maketrans("_-.+", "    ")


def mask_name(name: str, quotes: Iterable[str]) -> str:
    """Withhold quotations in a title or the name of a file, where "_", "-", "." or "+" may stand for the space.

    >>> mask_name("report-ann_lee.pdf", ["Ann Lee"])
    'report-███████.pdf'
    """
    plain = name.translate(_SPACED)
    spans = [span for quote in quotes for span in occurrences(plain, quote.translate(_SPACED))]
    return mask(name, spans) if spans else name


def occurrences(text: str, quote: str, *, shortest: int = 4) -> tuple[Span, ...]:
    """Find where a quotation stands in a text, ignoring case; nothing for quotations under `shortest` letters."""
    if len(quote) < shortest:
        return ()
    found, low, needle, at = [], text.lower(), quote.lower(), 0
    if len(low) != len(text):  # a letter whose lower case is longer would shift the offsets
        low, needle = text, quote
    while (at := low.find(needle, at)) >= 0:
        found.append(Span(at, at + len(needle)))
        at += len(needle)
    return tuple(found)
