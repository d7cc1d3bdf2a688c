"""Say what records of different workspaces are to each other: one actor, one case, or two that name one actor; with evidence.

Evidence is kept value by value, each piece with the claims that it rests on, so that what one reader may see of it can be summed
up alone (`judge`). Weights are natural log odds as in `records.compare`. They follow the two names alone and no counts of a corpus:
a name's weight would else tell how many hidden records bear it. Records meet under `keys_of` and are compared there only.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from itertools import combinations, pairwise
from typing import Any

from plumbline.domain.linking.names import compare_names, parts_of, skeleton
from plumbline.domain.linking.records import Facts, blocking_keys, compare, facts_of

PRIORS = {"actor": -2.2, "named": -2.2, "case": -3.4}
"""Where the sum starts, by what two records are said to be; two cases of different workspaces are seldom one."""
LEAST = 0.5
"""What scores less is not proposed."""
NAME = 4.6
"""The weight of two equal names of eight consonants and more."""
NAMES_ALIKE = 0.78
"""Names whose parts agree less than this are no evidence."""
ENOUGH = 8
LATIN = 0x250
MOST_PARTS, MOST_VALUES, MOST_PIECES = 6, 12, 4
FORMS = frozenset({
    "ltd", "limited", "llc", "llp", "inc", "corp", "corporation", "co", "company", "gmbh", "ag", "sa", "sarl", "srl", "spa", "bv", "nv",
    "oy", "ab", "as", "plc", "pte", "pty", "ooo", "oao", "zao", "jsc", "fze", "fzco", "eirl", "sac", "sas", "sh", "mh", "the", "and", "of", "de", "la", "el",
    "al", "bin", "ibn", "abu", "von", "van", "der", "mr", "mrs", "ms", "dr",
})  # fmt: skip
"""Parts that stand in many names and tell little: legal forms, articles, titles."""


_ARTICLE = re.compile(r"\bال(?=\w{2})")
_DOTTED = re.compile(r"(?<![\w.])(?:\w\.){2,}\w?")


@dataclass(frozen=True, slots=True)
class Stated:
    """One value of a record in its field's format, and the keys of the claims that state it."""

    value: Any
    claims: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Dossier:
    """Hold what one record says: whether it is an actor or a case, the names in it, and its dates, places, countries, amounts."""

    is_actor: bool
    names: tuple[Stated, ...] = ()
    dates: tuple[Stated, ...] = ()
    places: tuple[Stated, ...] = ()
    countries: tuple[Stated, ...] = ()
    amounts: tuple[Stated, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of evidence: its kind (name, date, place, country, quantity), weight, and the claims on either side."""

    kind: str
    weight: float
    one: tuple[int, ...]
    other: tuple[int, ...]


def keys_of(dossier: Dossier) -> tuple[int, ...]:
    """List 63-bit keys such that records that may be tied almost surely share one: of names, and of a case's day and place.

    Two parts of a name by their skeletons in either order, one of them lacking a letter or an initial; a part alone.
    """
    found = {key for one in dossier.names[:MOST_VALUES] for key in name_keys(one.value)}
    if not dossier.is_actor:
        for day in dossier.dates[:MOST_PIECES]:
            facts = facts_of({"when": [day.value], "where": [one.value for one in dossier.places]}, type="case")
            bare = Facts(id="", type="case", date=facts.date, places=facts.places)
            found |= set(blocking_keys(bare)) if bare.places else set()
    return hashed(found)


def hashed(keys: Iterable[str]) -> tuple[int, ...]:
    """Give keys as they are stored: integers of 63 bits, in order."""
    return tuple(sorted(int.from_bytes(blake2b(key.encode(), digest_size=8).digest()) >> 1 for key in keys))


def name_keys(name: str) -> set[str]:
    """Give the keys of one name.

    >>> bool(name_keys('Иван Петров') & name_keys('PETROV, Iwan'))
    True
    """
    parts = telling_parts(name)[:MOST_PARTS]
    bones = [skeleton(part) if len(part) > 1 else part for part in parts]
    if len(bones) == 1:
        return {f"n1 {near}" for near in _near(bones[0])}
    found = {f"n1 {one + other}" for one, other in pairwise(bones)}  # a space that was lost
    for (first, one), (second, other) in combinations(zip(parts, bones, strict=True), 2):
        found |= {f"n2 {' '.join(sorted((near, other)))}" for near in _near(one)}
        found |= {f"n2 {' '.join(sorted((one, near)))}" for near in _near(other)}
        found |= {f"ni {first[0]} {other}", f"ni {second[0]} {one}"}
    return found


def _near(bones: str) -> list[str]:
    return [bones, *{bones[:at] + bones[at + 1 :] for at in range(len(bones))}] if len(bones) > 2 else [bones]


def telling_parts(name: str) -> list[str]:
    """Cut a name into the parts that tell it from others: without legal forms, articles and titles, unless these are all it has."""
    parts = parts_of(_DOTTED.sub(_undotted, _ARTICLE.sub("", name)))
    return [part for part in parts if part not in FORMS] or parts


def _undotted(match: re.Match[str]) -> str:
    """Write a legal form without its dots ('S.A.' as 'SA'); leave the initials of a person as they are."""
    bare = match[0].replace(".", "")
    return bare if bare.lower() in FORMS else match[0]


def names_agree(one: str, other: str) -> float:
    """Weigh two names, 0 to `NAME`: how far their parts agree, times how much of a name it is that agrees."""
    asked, listed = telling_parts(one), telling_parts(other)
    if not asked or not listed:
        return 0.0
    forward, _ = compare_names(asked, listed, [math.sqrt(len(part)) for part in listed])
    back, _ = compare_names(listed, asked, [math.sqrt(len(part)) for part in asked])
    alike = (forward + back) / 2
    if is_latin(one) != is_latin(other):  # no letter-by-letter likeness is to be had across scripts
        alike = (1 + alike) / 2
    if alike < NAMES_ALIKE:
        return 0.0
    shorter = min(sum(len(skeleton(part)) for part in parts) for parts in (asked, listed))
    return round(NAME * min(1.0, shorter / ENOUGH) * min(1.0, (alike - NAMES_ALIKE) / (1 - NAMES_ALIKE)), 3)


def is_latin(name: str) -> bool:
    """Tell whether a name is written in Latin letters."""
    return all(ord(letter) < LATIN for letter in name)


def evidence_between(a: Dossier, b: Dossier) -> tuple[Evidence, ...]:
    """List what speaks for and against a tie of two records, for each kind the weightiest pairs of values."""
    pairs: list[Iterable[tuple[str, float, Stated, Stated]]] = [_name_pairs(a.names, b.names)]
    if not a.is_actor and not b.is_actor:
        pairs += [_fact_pairs(*both) for both in ((a.dates, b.dates), (a.places, b.places), (a.amounts, b.amounts))]
    pairs.append(_fact_pairs(a.countries, b.countries))
    found = [
        Evidence(kind, weight, one.claims, other.claims) for listed in pairs for kind, weight, one, other in listed
    ]
    found.sort(key=lambda each: (-each.weight, each.kind, each.one, each.other))
    kept: dict[str, list[Evidence]] = {}
    for each in found:
        kept.setdefault(each.kind, []).append(each)
    return tuple(each for listed in kept.values() for each in listed[:MOST_PIECES])


def _name_pairs(ones: Sequence[Stated], others: Sequence[Stated]) -> Iterator[tuple[str, float, Stated, Stated]]:
    for one in ones[:MOST_VALUES]:
        for other in others[:MOST_VALUES]:
            if weight := names_agree(one.value, other.value):
                yield "name", weight, one, other


def _fact_pairs(ones: Sequence[Stated], others: Sequence[Stated]) -> Iterator[tuple[str, float, Stated, Stated]]:
    for one in ones[:MOST_PIECES]:
        for other in others[:MOST_PIECES]:
            for reason in facts_agree(one.value, other.value):
                yield reason.kind, reason.weight, one, other


def facts_agree(one: Any, other: Any) -> Any:
    """Compare two dates, places, countries or amounts as `records.compare` does; gives its reasons, none or one."""
    both = (facts_of({"x": [value if not _is_old(value) else {}]}, type="x") for value in (one, other))
    return compare(*both).reasons


def _is_old(value: Any) -> bool:
    """Tell a date that the calendar cannot hold."""
    try:
        return "start" in value and not date.fromisoformat(value["start"])
    except (TypeError, ValueError):
        return isinstance(value, dict) and "start" in value


def judge(kind: str, evidence: Iterable[Evidence]) -> tuple[str, float]:
    """Say what evidence makes of two records of which all of it made `kind`: kind and score; ("", score) below `LEAST`.

    Of each kind of evidence the weightiest piece counts. Two cases that are not one may still name one actor.

    >>> judge("case", [Evidence("name", 4.0, (1,), (2,))])
    ('case', 0.6457)
    """
    best: dict[str, float] = {}
    for each in evidence:
        best[each.kind] = max(each.weight, best.get(each.kind, -math.inf))
    for tried in (kind, "named") if kind == "case" else (kind,):
        counted = best if tried != "named" else {"name": best.get("name", 0.0)}
        score = round(1 / (1 + math.exp(-PRIORS[tried] - sum(counted.values()))), 4)
        if score >= LEAST:
            return tried, score
    return "", score


def tie_between(a: Dossier, b: Dossier) -> tuple[str, float, tuple[Evidence, ...]]:
    """Say what two records are to each other: kind ("" for nothing to propose), score, and the evidence."""
    evidence = evidence_between(a, b)
    kind = "named" if a.is_actor != b.is_actor else "actor" if a.is_actor else "case"
    return *judge(kind, evidence), evidence
