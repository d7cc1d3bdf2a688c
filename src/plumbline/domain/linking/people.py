"""What texts tell of people, and what it weighs that two tell the same: for reports and for records alike.

Weights are natural log odds, estimated on pairs of news reports (`bench/linking.py` says which).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from plumbline.domain.extraction.text import fold

WEIGHTS: Mapping[str, float] = {"names": 2.0, "ages": 1.1, "other ages": -1.75}

_UPPER, _LOWER = "A-ZÀ-ÖØ-ÞА-ЯЁ", "a-zß-öø-ÿа-яё"
_NAME = re.compile(rf"\b[{_UPPER}][{_LOWER}'’-]+(?: [{_UPPER}]\.?)?(?: [{_UPPER}][{_LOWER}'’-]+){{1,2}}(?![{_LOWER}])")
_TOLD = (
    r"(?=(?: (?:years? old|ans|años|anni|лет|года?))?[,.;](?!\d)"
    rf"| (?:and|et|y|e|и) (?:[{_UPPER}]|\d{{1,2}}[- ]year))"
)
"""What follows an age behind a comma alone: punctuation or the next person; no month, no thing counted, no decimal."""
_AGED = re.compile(
    rf"(?P<ahead>{_NAME.pattern})(?:,? (?:Jr|Sr)\.?)?(?:,? ?\(?aged? \d{{1,2}}(?=[,.;) ])|, \d{{1,2}}{_TOLD})"
)
_AGED_BEFORE = re.compile(
    rf"\d{{1,2}}[- ]year[- ]old (?:(?:man|woman|boy|girl|[a-z]+) )?(?:named |identified as )?(?P<behind>{_NAME.pattern})"
)
_AGE = re.compile(rf"\b(\d{{1,2}})[- ]year[- ]old|(?:(?<!\d), (?=\d{{1,2}}{_TOLD})|\baged? )(\d{{1,2}})(?=[,.;) ])")


@dataclass(frozen=True, slots=True)
class Reason:
    """Give one piece of evidence: `kind` (date, place, country, terms, quantity, actors, called, names, ages, words, meaning, numbers), what, and its weight.

    A positive weight speaks for one event, a negative one against. `detail` is plain data for a sentence.
    """

    kind: str
    detail: str
    weight: float


def names_in(text: str) -> Iterator[str]:
    """Give first and last word of every run of two or three capitalised words, folded; Latin and Cyrillic script alone."""
    for match in _NAME.finditer(text):
        yield from _short(match.group())


def people_in(text: str) -> Iterator[str]:
    """Give the names among `names_in` that an age is told of, so that they are surely people's ('Maria Walker, 34,').

    A bare number counts between punctuation alone: 'Saturday March 5, 2011' and 'Convention Annex 8' name nobody.
    """
    for pattern, group in ((_AGED, "ahead"), (_AGED_BEFORE, "behind")):
        for match in pattern.finditer(text):
            yield from _short(match[group])


def _short(name: str) -> Iterator[str]:
    words = [fold(word) for word in name.split() if len(word) > 2]
    if len(words) > 1:
        yield f"{words[0]} {words[-1]}"


def ages_in(text: str) -> Iterator[int]:
    """Give the ages of people that a text tells."""
    for one, other in _AGE.findall(text):
        yield int(one or other)


def weigh_names(shared: AbstractSet[str], rarity: float) -> Reason | None:
    """Weigh names that both tell; `rarity` is the sum of the logs of how few reports bear each."""
    if not shared:
        return None
    return Reason("names", ", ".join(sorted(shared)[:4]), WEIGHTS["names"] * math.log1p(max(0.0, rarity)))


def weigh_ages(one: AbstractSet[int], other: AbstractSet[int]) -> Reason | None:
    """Weigh the ages that two tell: up to three shared ones speak for one event, none shared against it."""
    if not one or not other:
        return None
    shared = sorted(one & other)
    weight = WEIGHTS["ages"] * min(3, len(shared)) if shared else WEIGHTS["other ages"]
    return Reason("ages", ", ".join(map(str, shared)) or "none shared", weight)
