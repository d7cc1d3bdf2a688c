"""Say where the named places of a text are: choose among namesakes by what the text says around them.

Each mention's candidates are weighed by how well known they are, by a country or division written beside the name
('Paris, Texas'), by the countries and divisions that the text names elsewhere, by words of kind ('county', 'city of')
and by nearness to what the other mentions mean; a name means one place in a text unless something beside it says
otherwise (Gale, Church and Yarowsky 1992, 'One sense per discourse'). Two rounds: the second takes nearness from the
first one's choices.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from plumbline.domain.extraction.lexicon import lexicon
from plumbline.domain.extraction.model import Gazetteer, Place
from plumbline.domain.extraction.text import HAS_HAN, cyrillic_stem, fold_name, kilometres

MOST_CANDIDATES = 60
UNKNOWN = 0.0
"""The confidence of a mention whose name no place bears."""

WEIGHTS: Mapping[str, float] = {
    "population": 0.2, "country": 10.0, "region": 8.0, "admin1": 2.0, "admin2": -0.3, "other": -0.1,
    "beside_division": 8.0, "beside_country": 1.5, "elsewhere": 4.5, "kind": 1.3, "land": 0.5, "state": 1.0,
    "near": 1.8, "scale": 60.0,
}  # fmt: skip
"""What each sign adds, in natural log odds; tuned on half of two corpora of news (`bench/geocoding.py`)."""

_BEHIND = re.compile(r"\s{0,2}[,(،，]\s{0,2}(?:in\s+|the\s+)*")
_RUN = re.compile(r"[^\W\d_][\w.'’-]*(?:[ \u00a0][^\W\d_][\w.'’-]*){0,3}")
_POSSESSIVE = re.compile(r"['’]s?$")


@dataclass(frozen=True, slots=True)
class Located:
    """Say that text[start:end] means `place` (None where the gazetteer does not know the name), confidence 0..1."""

    start: int
    end: int
    place: Place | None
    confidence: float


@dataclass(slots=True)
class _Mention:
    start: int
    end: int
    key: str
    places: tuple[Place, ...]
    cut: bool
    beside: tuple[Place, ...]
    kind: str


def locate(
    text: str, spans: Iterable[tuple[int, int]], *, gazetteer: Gazetteer, weights: Mapping[str, float] = WEIGHTS
) -> tuple[Located, ...]:
    """Give one answer for each span (start, end), in order; spans outside the text or without a name are unknown.

    The time grows with the number of different names, not of mentions.
    """
    asked = list(spans)
    known = _Known(gazetteer)
    mentions = [_mention(text, start, end, known) for start, end in asked]
    context = _Context(mentions, weights)
    chosen: dict[tuple[str, tuple[Place, ...], str], tuple[Place, float]] = {}
    answers = []
    for mention in mentions:
        if not mention.places:
            answers.append(Located(mention.start, mention.end, None, UNKNOWN))
            continue
        sense = (mention.key, mention.beside, mention.kind)
        if sense not in chosen:
            chosen[sense] = context.choose(mention)
        answers.append(Located(mention.start, mention.end, *chosen[sense]))
    return tuple(answers)


class _Known:
    """Ask the gazetteer once for each name of a text."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._places: dict[str, tuple[Place, ...]] = {}

    def find(self, key: str) -> tuple[Place, ...]:
        if key not in self._places:
            self._places[key] = self._gazetteer.find(key) if key else ()
        return self._places[key]


# --- reading a mention ----------------------------------------------------------------------------------------------


@cache
def _kinds() -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for kind, words in lexicon("geocoding")["kinds"].items():
        for word in words:
            found[fold_name(str(word))].add(kind)
    return {word: frozenset(kinds) for word, kinds in found.items()}


@cache
def _directions() -> frozenset[str]:
    return frozenset(lexicon("geocoding")["directions"])


@cache
def _short() -> frozenset[str]:
    """List the folded abbreviations that are words of prose in lower case: 'in', 'or', 'me'."""
    listed = (str(name) for names in lexicon("geocoding")["short"].values() for name in names)
    return frozenset(fold_name(name) for name in listed if name.isupper() and "." not in name)


def _mention(text: str, start: int, end: int, known: _Known) -> _Mention:
    if not 0 <= start < end <= len(text):
        return _Mention(start, end, "", (), False, (), "")
    asked = (start, end)
    start, end = _whole_words(text, start, end)
    written = _POSSESSIVE.sub("", text[start:end])
    key, places, cut = _named(written, known)
    behind = text[end : end + 80]
    following = fold_name(behind[:24]).split(" ")[:1]
    kind = following[0] if following and following[0] in _kinds() and behind[:1] == " " else ""
    if not kind:
        kind = next((word for word in fold_name(written).split(" ") if word in _kinds()), "")
    if not kind:
        before = fold_name(text[max(0, start - 24) : start]).split(" ")
        kind = before[-2] if len(before) > 1 and before[-1] in ("of", "de", "di") and before[-2] in _kinds() else ""
    return _Mention(*asked, key, places, cut, _beside(text, end, known), kind)


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """Move a span that begins or ends inside a word to whole words: one that is shifted takes the word it begins in."""
    if HAS_HAN.search(text, start, end):  # written without spaces: any span may be a word
        return start, end
    shifted = start > 0 and text[start - 1].isalnum() and text[start].isalnum()
    while shifted and start > 0 and text[start - 1].isalnum():
        start -= 1
    if end < len(text) and text[end].isalnum() and text[end - 1].isalnum():
        at = end
        while at > start and text[at - 1].isalnum():
            at -= 1
        if shifted and at > start:
            end = at
        while end < len(text) and not shifted and text[end].isalnum():
            end += 1
    while end > start and not (text[end - 1].isalnum() or text[end - 1] == "."):
        end -= 1
    while start < end and not text[start].isalnum():
        start += 1
    return start, end


def _named(written: str, known: _Known) -> tuple[str, tuple[Place, ...], bool]:
    """Find who bears a name as written, else without article, direction or kind, else the longest part of it."""
    whole = fold_name(written)
    for key in _spellings(whole):
        places = known.find(key)
        if places:
            return key, _ranked(places, written), False
    words = [word for word in whole.split(" ") if word]
    for size in range(len(words) - 1, 0, -1):
        for first in range(len(words) - size, -1, -1):
            key = " ".join(words[first : first + size])
            if len(key) > 3 and key not in _kinds() and key not in _directions():
                places = known.find(key)
                if places:
                    return key, _ranked(places, written), True
    return whole, (), False


def _ranked(places: tuple[Place, ...], written: str) -> tuple[Place, ...]:
    """Keep the candidates that may count: all divisions and countries, the most populous towns."""
    if written.islower() and len(written) < 4:
        return ()
    lands = tuple(place for place in places if place.precision != "locality")
    return lands + tuple(place for place in places if place.precision == "locality")[:MOST_CANDIDATES]


def _spellings(whole: str) -> Iterable[str]:
    words = whole.split(" ")
    yield whole
    if "\u0400" <= whole[:1] <= "\u04ff":
        yield "~" + cyrillic_stem(whole)
    if words[0] in ("the", "la", "le", "el", "il"):
        words = words[1:]
        yield " ".join(words)
    if "st" in words or "ft" in words or "mt" in words:
        long = {"st": "saint", "ft": "fort", "mt": "mount"}
        yield " ".join(long.get(word, word) for word in words)
    if "saint" in words:
        yield " ".join("st" if word == "saint" else word for word in words)
    if len(words) > 2 and words[0] in _kinds() and words[1] in ("of", "de", "di"):
        yield " ".join(words[2:])
    if len(words) > 1 and words[-1] in _kinds():
        yield " ".join(words[:-1])
    bare = words
    while len(bare) > 1 and bare[0] in _directions():
        bare = bare[1:]
    if bare is not words:
        yield " ".join(bare)
    if len(words) == 1 and len(whole) > 5 and whole.endswith("s"):
        yield whole[:-1]


def _beside(text: str, end: int, known: _Known) -> tuple[Place, ...]:
    """List the country or divisions written right behind a name: 'Paris, Texas', 'Homs (Syria)', 'X, Y County, Z'."""
    found: list[Place] = []
    at = end
    for _ in range(2):
        lead = _BEHIND.match(text, at)
        run = _RUN.match(text, lead.end()) if lead else None
        if run is None:
            break
        lands, at = _lands(run.group(), run.start(), known)
        if not lands:
            break
        found.extend(lands)
    return tuple(found)


def _lands(run: str, start: int, known: _Known) -> tuple[list[Place], int]:
    """Read the longest beginning of a run of words as a country or division; with the offset behind it."""
    cuts = [match.end() for match in re.finditer(r"[^ \u00a0]+", run)]
    for cut in reversed(cuts):
        written = run[:cut].rstrip(".")
        key = fold_name(written)
        if not written[:1].isupper() and written[:1].lower() != written[:1].upper():
            continue
        if key in _short() and not written.isupper():
            continue
        for spelling in _spellings(key):
            lands = [place for place in known.find(spelling) if place.precision in ("country", "admin1", "admin2")]
            if lands:
                return lands, start + cut
    return [], start


# --- weighing -------------------------------------------------------------------------------------------------------


class _Context:
    """What a text says as a whole: countries, divisions, what each name is likely to mean."""

    def __init__(self, mentions: Sequence[_Mention], weights: Mapping[str, float]) -> None:
        self._weights = weights
        self._countries: dict[str, float] = defaultdict(float)
        self._states: dict[tuple[str, str], float] = defaultdict(float)
        self._shared: dict[str, set[tuple[str, str]]] = defaultdict(set)
        self._firm: dict[str, tuple[Place, float]] = {}
        for mention in mentions:
            self._gather(mention)
        names: dict[str, _Mention] = {}
        for mention in mentions:
            if mention.places and (mention.key not in names or mention.beside):
                names[mention.key] = mention
        self._firm = {key: self.choose(mention) for key, mention in names.items()}

    def _gather(self, mention: _Mention) -> None:
        lands = [place for place in mention.places if place.precision == "country"]
        if len(lands) == 1:
            self._countries[lands[0].country] += 1
        states = [place for place in mention.places if place.precision == "admin1"]
        if len(states) == 1 and not lands:
            self._states[states[0].country, states[0].admin1] += 1
            self._countries[states[0].country] += 0.5
        for place in mention.beside:
            self._shared[mention.key].add((place.country, place.admin1.partition(".")[0]))
        if mention.beside and mention.beside[0].precision != "admin2":
            self._countries[mention.beside[0].country] += 0.5
            if mention.beside[0].precision == "admin1":
                self._states[mention.beside[0].country, mention.beside[0].admin1] += 0.5

    def choose(self, mention: _Mention) -> tuple[Place, float]:
        """Choose what a mention means; the confidence is its share of the odds of all candidates over 25 km away."""
        scored = sorted(
            ((self._score(place, mention), place) for place in mention.places),
            key=lambda pair: (-pair[0], -pair[1].population, pair[1].geonameid, pair[1].admin1),
        )
        best, place = scored[0]
        others = sum(math.exp(2 * (score - best)) for score, other in scored[1:] if not _same_spot(place, other))
        sure = 0.92 / (1 + others) * (0.7 if mention.cut else 1.0)
        return place, round(sure, 3)

    def _score(self, place: Place, mention: _Mention) -> float:
        weights = self._weights
        score = weights["population"] * math.log(max(place.population, 300) / 300) if place.precision in (
            "locality", "admin1", "admin2") else 0.0  # fmt: skip
        score += weights.get(place.precision, 0.0)
        if place.precision == "admin1":
            score -= weights["population"] * 0.5 * math.log(max(place.population, 300) / 300)
        score += weights["other"] if place.matched != "main" and place.precision in ("locality", "admin2") else 0.0
        score += self._said_beside(place, mention) + self._kind(place, mention.kind)
        land = self._countries.get(place.country, 0.0)
        if place.precision != "country":
            score += weights["land"] * land / (land + 1)
        state = self._states.get((place.country, place.admin1.partition(".")[0]), 0.0)
        if place.precision in ("locality", "admin2"):
            score += weights["state"] * state / (state + 0.5)
        return score + self._nearness(place, mention.key)

    def _said_beside(self, place: Place, mention: _Mention) -> float:
        if place.precision == "country":
            return 0.0
        admin1 = place.admin1.partition(".")[0]
        said = 0.0
        for land in mention.beside:
            if land.country == place.country and land.geonameid != place.geonameid:
                if land.precision == "country":
                    said = max(said, self._weights["beside_country"])
                elif land.admin1.partition(".")[0] == admin1 and place.precision != "admin1":
                    said = max(said, self._weights["beside_division"])
        if not mention.beside and ({(place.country, admin1), (place.country, "")} & self._shared[mention.key]):
            said = self._weights["elsewhere"]
        return said

    def _kind(self, place: Place, kind: str) -> float:
        return self._weights["kind"] if kind and place.precision in _kinds()[kind] else 0.0

    def _nearness(self, place: Place, key: str) -> float:
        """Add up how near the other names of the text are, the sure ones counting more, with less and less return."""
        if place.precision in ("country", "region"):
            return 0.0
        total = 0.0
        for other, (where, sure) in self._firm.items():
            if other != key and where.precision not in ("country", "region"):
                distance = kilometres(place.lat, place.lon, where.lat, where.lon)
                total += sure * math.exp(-distance / self._weights["scale"])
        return self._weights["near"] * total / (total + 0.5)


def _same_spot(one: Place, other: Place) -> bool:
    return kilometres(one.lat, one.lon, other.lat, other.lon) < 25
