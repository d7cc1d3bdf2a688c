"""List the names of a text that may be the place asked for, and the first-level divisions they lie in, with their signs."""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, Final

from plumbline.domain.extraction.answers import MOST_WORDS, Answer, beside, score, words_of
from plumbline.domain.extraction.lexicon import lexicon
from plumbline.domain.extraction.model import Gazetteer, Place
from plumbline.domain.extraction.standing import standing, unglued
from plumbline.domain.extraction.text import fold_name
from plumbline.domain.extraction.tokens import Token
from plumbline.domain.geocoding import locate

KINDS: Final = frozenset({"county", "parish", "township", "city", "heights"})
"""Words that end the name of a place: what stands before them in a longer run need not be part of it."""
MUCH: Final = 20
"""A division of so many times the people of a town of its name is meant: 'Pennsylvania', not so 'New York'."""
LARGE: Final = 100_000
"""A town of so many people is meant by its other names as well."""
SHORT: Final = 2
"""A word of so many letters may be cut by a point within a name."""


@dataclass
class _Name:
    """Hold a name of a text: its mentions (first word, last word) and the places that bear it."""

    key: str
    mentions: list[tuple[int, int]]
    places: tuple[Place, ...]


class _Names:
    """Hold the names of a text that may be places, with what the text says of divisions."""

    def __init__(self, text: str, words: list[Token], names: Mapping[str, _Name]) -> None:
        self.text, self.words, self.names = text, words, names
        self.stated: dict[tuple[str, str], list[int]] = defaultdict(list)
        for name in names.values():
            if name.places and name.places[0].precision == "admin1":
                self.stated[division_of(name.places[0])] += [words[a].start for a, _ in name.mentions]
        self.said: Counter[tuple[str, str]] = Counter(division_of(place) for _, _, place, _ in self.shortened())
        self.said.update({division: len(starts) for division, starts in self.stated.items()})
        self.known = sorted({at for name in names.values() if name.places for at in name.mentions})
        self.votes: Counter[tuple[str, str]] = Counter()
        for name in names.values():
            for place in name.places[:1]:
                self.votes[division_of(place)] += len(name.mentions)

    def answers(self) -> list[Answer]:
        """Give every name once, with its signs."""
        most = max((len(name.mentions) for name in self.names.values()), default=1)
        ordered = sorted(self.names.values(), key=lambda name: name.mentions[0])
        found = [self._answer(name, most, rank) for rank, name in enumerate(ordered)]
        opening = next((one for one in found if "dateline" in one.signs), None)
        for one in found if opening else ():
            one.signs["first dateline" if one is opening else "other dateline"] = 1.0
        return found

    def _answer(self, name: _Name, most: int, rank: int) -> Answer:
        first, last = name.mentions[0]
        start, end = self.words[first].start, self.words[last].end
        signs = beside(self.words, name.mentions)
        inner = [word.text.casefold() for word in self.words[first : last + 1]]
        signs |= {f"in={word}": 1.0 for word in inner}
        signs |= {f"last={inner[-1]}": 1.0, f"long={len(inner)}": 1.0, f"rank={min(rank, 8)}": 1.0}
        signs[f"at={int(math.log2(1 + start))}"] = 1.0
        signs[f"times={min(len(name.mentions), 6)}"] = 1.0
        signs["share"] = len(name.mentions) / most
        signs["capitals"] = float(self.text[start:end].isupper() and end - start > 2)
        signs |= self._known(name)
        free = [at for at in name.mentions if not self._is_held(*at)]
        signs |= standing(self.text, self.words, free or name.mentions, known=bool(name.places), longer=not free)
        inside = any(name.key != other and name.key in other.split(" ") for other in self.names)
        signs["part"] = float(inside)
        return Answer(name.key, start, end, self.text[start:end], signs)

    def _is_held(self, first: int, last: int) -> bool:
        """Say whether a longer name that the gazetteer knows holds a mention: 'Orleans' in 'New Orleans'."""
        around = self.known[
            bisect_left(self.known, (first - MOST_WORDS, 0)) : bisect_right(self.known, (first, len(self.words)))
        ]
        return any(a <= first and b >= last and (a, b) != (first, last) for a, b in around)

    def _known(self, name: _Name) -> dict[str, float]:
        if not name.places:
            return {"unknown": 1.0}
        best = name.places[0]
        signs = {f"is={best.precision}": 1.0, f"land={best.country}": 1.0, f"matched={best.matched}": 1.0}
        signs[f"people={int(math.log10(1 + best.population))}"] = 1.0
        signs["stated"] = float(best.precision != "admin1" and any(division_of(p) in self.stated for p in name.places))
        signs["votes"] = math.log1p(max(self.votes[division_of(place)] for place in name.places[:5]))
        towns = [place for place in name.places if place.precision == "locality"]
        signs["locality"] = float(bool(towns))
        own = max(
            (place.population for place in towns if place.matched == "main" or place.population >= LARGE), default=0
        )
        lands = (place for place in name.places if place.precision in ("admin1", "country"))
        signs["division"] = float(any(place.population > MUCH * own for place in lands))
        agrees = max(
            (self.said[division_of(p)] for p in name.places if p.precision in ("locality", "admin2")), default=0
        )
        signs["agrees"] = agrees / max(self.said.values(), default=1)
        signs["disagrees"] = float(bool(self.said) and not agrees)
        signs["size"] = (
            math.log10(1 + max((p.population for p in towns if self.said[division_of(p)] or not agrees), default=0)) / 3
        )
        return signs

    def divisions(self, known: Mapping[str, Any], gazetteer: Gazetteer) -> list[Answer]:
        """Give the first-level divisions that the text states, or that its names lie in, with their signs."""
        found: dict[str, Answer] = {}
        cities = self.answers()
        scores = {one.key: score(one, known.get("city", {})) for one in cities}
        ranked = sorted(cities, key=lambda one: -scores[one.key])
        ranks = {one.key: rank for rank, one in enumerate(ranked)}
        top = max(scores.values(), default=0.0)
        for start, end, place, sure in (*self.located(gazetteer), *self.shortened()):
            if not place.admin1 or place.precision == "country":
                continue
            key = "|".join(division_of(place))
            one = found.setdefault(key, Answer(key, start, end, None, {f"land={place.country}": 1.0, f"is={key}": 1.0}))
            name = fold_name(self.text[start:end])
            _add(one.signs, place, sure, math.exp(scores.get(name, top - 9.0) - top), start, ranks.get(name, 9))
        names = known.get("names", {})
        for one in found.values():
            one.value = names.get(one.key)
        return [one for one in found.values() if one.value is not None]

    def located(self, gazetteer: Gazetteer) -> Iterator[tuple[int, int, Place, float]]:
        """Give (start, end, place, confidence) of every mention that the context gives a place, words unglued."""
        glued = [
            b.start
            for a, b in pairwise(self.words)
            if a.end == b.start and a.text[-1:].isalnum() and b.text[:1].isupper()
        ]
        edges = [0, *glued, len(self.text)]
        apart = " ".join(self.text[a:b] for a, b in pairwise(edges))
        spans = list(self.spans())
        moved = [(a + bisect_right(glued, a), b + bisect_left(glued, b)) for a, b in spans]
        for (start, end), one in zip(spans, locate(apart, moved, gazetteer=gazetteer), strict=True):
            if one.place is not None:
                yield start, end, one.place, one.confidence

    def shortened(self) -> Iterator[tuple[int, int, Place, float]]:
        """Give the divisions that stand shortened behind a name and a comma: 'DUNCANNON, Pa.'."""
        for match in _short_names().finditer(self.text):
            country, _, code = _divisions_by_short()[match["short"]].partition(".")
            yield *match.span("name"), Place(match["short"], 0.0, 0.0, country, "admin1", 0, 0, code), 0.95

    def spans(self) -> Iterator[tuple[int, int]]:
        """Give every mention of a name that the gazetteer knows, the longest of those that begin at one word."""
        longest: dict[int, int] = {}
        for name in self.names.values():
            for first, last in name.mentions if name.places else ():
                longest[first] = max(last, longest.get(first, last))
        reached = -1
        for first, last in sorted(longest.items()):
            if first > reached:
                reached = last
                yield self.words[first].start, self.words[last].end


def _add(signs: dict[str, float], place: Place, sure: float, odds: float, start: int, rank: int) -> None:
    """Count a located name for its division: stated outright, or the division of a place within it."""
    way = "stated" if place.precision == "admin1" else "via"
    for sign, value in ((f"{way}_sure", sure), (f"{way}_odds", odds)):
        signs[sign] = max(signs.get(sign, 0.0), value)
    signs[way] = 1.0
    signs[f"{way}_times"] = math.log1p(math.expm1(signs.get(f"{way}_times", 0.0)) + 1)
    signs[f"{way}_all"] = signs.get(f"{way}_all", 0.0) + odds * sure
    near = math.log2(2 + start)
    signs[f"{way}_near"] = max(signs.get(f"{way}_near", 0.0), 3 / near)
    if way == "via":
        signs[f"rank={min(rank, 4)}"] = 1.0
        signs["people"] = max(signs.get("people", 0.0), math.log10(1 + place.population) / 6)
    signs["both"] = signs.get("stated", 0.0) * signs.get("via", 0.0)


@cache
def _divisions_by_short() -> dict[str, str]:
    return {str(name): str(code) for code, names in lexicon("geocoding")["short"].items() for name in names}


@cache
def _short_names() -> re.Pattern[str]:
    listed = "|".join(re.escape(name) for name in sorted(_divisions_by_short(), key=len, reverse=True))
    return re.compile(rf"(?P<name>[^\W\d_]+(?: [A-Z]\w+)*)(?:,|, County)\s+(?P<short>{listed})(?!\w)")


def division_of(place: Place) -> tuple[str, str]:
    """Give country and code of the first-level division that a place lies in."""
    return place.country, place.admin1.partition(".")[0]


def names_of(text: str, gazetteer: Gazetteer) -> _Names:
    """List names by what they fold to: runs that the gazetteer knows, and whole runs of capitals."""
    words = unglued(words_of(text), gazetteer)
    tries: dict[tuple[int, int], str] = {}
    for first, word in enumerate(words):
        if not word.text[:1].isupper():
            continue
        for last in range(first, min(first + MOST_WORDS, len(words))):
            if last > first and words[last].start - words[last - 1].end > 1:
                break
            if words[last].text[:1].isalnum():
                tries[first, last] = fold_name(text[word.start : words[last].end])
    known = gazetteer.find_many(set(tries.values()))
    runs = set(_runs(words))
    names: dict[str, _Name] = {}
    for (first, last), key in tries.items():
        places = tuple(known.get(key, ()))[:30]
        if key and ((places and len(key) > 1) or (first, last) in runs):
            names.setdefault(key, _Name(key, [], places)).mentions.append((first, last))
    return _Names(text, words, names)


def _runs(words: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Give the whole runs of capitalised words, of four at most, and what ends in a word of kind: 'Adams County'.

    A run ends where a heading ran into the text, and goes on behind the point of a short word: 'St. Louis County'.
    """
    runs: list[list[int]] = []
    for n, word in enumerate(words):
        if word.text[:1].isupper():
            if runs and _goes_on(words, runs[-1][-1], n):
                runs[-1] += range(runs[-1][-1] + 1, n + 1)
            else:
                runs.append([n])
    for run in runs:
        if len(run) <= MOST_WORDS:
            yield run[0], run[-1]
        for at in run[1:]:
            if words[at].text.casefold() in KINDS:
                yield from ((first, at) for first in range(max(run[0], at - 2), at))


def _goes_on(words: Sequence[Token], last: int, n: int) -> bool:
    """Say whether a capitalised word goes on a run that has reached another."""
    before, between = words[last], words[last + 1 : n]
    if not between:
        return before.end < words[n].start
    point = len(between) == 1 and between[0].text == "." and between[0].start == before.end
    return point and len(before.text) <= SHORT
