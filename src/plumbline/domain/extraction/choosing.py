"""Choose the one value of a field among candidates that rules make: places, their divisions, dates, words seen before.

A field that holds one value is a question with few answers in a text. Rules list the answers: names that the gazetteer
knows (and runs of capitals that it does not), the first-level divisions which those names lie in or which the text
states, dates read against the day of publication, phrases that end as reviewed fillers did. A logistic regression over
signs of each answer (where it stands, what stands beside it, how often, what the gazetteer says) ranks them; its
chance, calibrated by isotonic regression on texts left out in turn (Zadrozny and Elkan 2002), is the confidence.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from itertools import groupby, pairwise
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from plumbline.domain.extraction.dates import find_dates
from plumbline.domain.extraction.lexicon import lexicon
from plumbline.domain.extraction.model import Gazetteer, Place
from plumbline.domain.extraction.text import fold_name
from plumbline.domain.geocoding import locate

WORD: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d+(?:[.,:]\d+)*|[^\w\s]")
GLUED: Final = re.compile(r"(?<=[a-z])(?=[A-Z][A-Za-z])")
"""Where a heading runs into the text ('HomeState troopers') a name begins inside a word."""
MOST_WORDS: Final = 4
MOST_TEXT: Final = 20_000
"""So many characters are searched for candidates: what happened, where and when stands near the beginning."""
FEWEST: Final = 20
"""So many examples with the field filled are needed before its ranker is trained."""
PARTS: Final = 5
SIDES: Final = 6
RIDGE: Final = 1.0
"""How strongly weights are drawn to 0."""


class Reviewed(Protocol):
    """Promise a reviewed text with what helps to read it."""

    @property
    def text(self) -> str:
        """Give the text."""

    @property
    def language(self) -> str:
        """Give its language."""

    @property
    def published(self) -> date | None:
        """Give its day of publication, where known."""


@dataclass
class Answer:
    """Hold a candidate: what it is compared by, the first stretch that says it, its value and its signs."""

    key: str
    start: int
    end: int
    value: Any
    signs: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Chooser:
    """Hold a trained ranker of one field: where its candidates come from, weights by sign, calibration, threshold."""

    source: str
    weights: Mapping[str, float]
    bias: float
    steps: tuple[Sequence[float], Sequence[float]]
    cut: float
    known: Mapping[str, Any]

    def choose(
        self, text: str, *, language: str = "en", published: date | None = None, gazetteer: Gazetteer | None = None
    ) -> tuple[Answer, float] | None:
        """Give the best answer of a text with its calibrated confidence; None where there is none above the threshold."""
        answers = answers_of(self.source, text, language, published, gazetteer, self.known)
        if not answers:
            return None
        scores = [self.bias + sum(self.weights.get(sign, 0.0) * one for sign, one in a.signs.items()) for a in answers]
        best = int(np.argmax(scores))
        sure = float(np.interp(_chance(scores, best), *self.steps))
        return (answers[best], sure) if sure >= self.cut else None

    def plain(self) -> dict[str, Any]:
        """Give what JSON holds of the ranker."""
        steps = [[round(float(one), 5) for one in part] for part in self.steps]
        return {
            "source": self.source, "weights": self.weights, "bias": self.bias, "steps": steps, "cut": self.cut,
            "known": self.known,
        }  # fmt: skip

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Chooser:
        """Read the ranker that `plain` wrote."""
        x, y = plain["steps"]
        return cls(plain["source"], plain["weights"], plain["bias"], (x, y), plain["cut"], plain["known"])


def _chance(scores: Sequence[float], best: int) -> float:
    """Give how likely the best answer is among all, none being one of them (softmax)."""
    top = scores[best]
    return 1 / (sum(math.exp(one - top) for one in scores) + math.exp(-top))


# -- candidates -------------------------------------------------------------------------------------------------------


def answers_of(
    source: str, text: str, language: str, published: date | None, gazetteer: Gazetteer | None, known: Mapping[str, Any]
) -> list[Answer]:
    """List the candidates of a text from one source: place, division, date or words."""
    text = text[:MOST_TEXT]
    if source == "date":
        return _dates(text, language, published)
    if source == "words":
        return _phrases(text, known)
    if gazetteer is None:
        return []
    names = _names(text, gazetteer)
    return names.answers() if source == "place" else names.divisions(known, gazetteer)


@dataclass(frozen=True)
class _Word:
    text: str
    start: int
    end: int


def _words(text: str) -> list[_Word]:
    found = []
    for match in WORD.finditer(text):
        cuts = [0, *(cut.start() for cut in GLUED.finditer(match.group())), len(match.group())]
        for a, b in pairwise(cuts):
            found.append(_Word(match.group()[a:b], match.start() + a, match.start() + b))
    return found


@dataclass
class _Name:
    """Hold a name of a text: its mentions (first word, last word) and the places that bear it."""

    key: str
    mentions: list[tuple[int, int]]
    places: tuple[Place, ...]


class _Names:
    """Hold the names of a text that may be places, with what the text says of divisions."""

    def __init__(self, text: str, words: list[_Word], names: Mapping[str, _Name]) -> None:
        self.text, self.words, self.names = text, words, names
        self.stated: dict[tuple[str, str], list[int]] = defaultdict(list)
        for name in names.values():
            if name.places and name.places[0].precision == "admin1":
                self.stated[_division(name.places[0])] += [words[a].start for a, _ in name.mentions]
        self.votes: Counter[tuple[str, str]] = Counter()
        for name in names.values():
            for place in name.places[:1]:
                self.votes[_division(place)] += len(name.mentions)

    def answers(self) -> list[Answer]:
        """Give every name once, with its signs."""
        most = max((len(name.mentions) for name in self.names.values()), default=1)
        ordered = sorted(self.names.values(), key=lambda name: name.mentions[0])
        return [self._answer(name, most, rank) for rank, name in enumerate(ordered)]

    def _answer(self, name: _Name, most: int, rank: int) -> Answer:
        first, last = name.mentions[0]
        start, end = self.words[first].start, self.words[last].end
        signs = _beside(self.words, name.mentions)
        inner = [word.text.casefold() for word in self.words[first : last + 1]]
        signs |= {f"in={word}": 1.0 for word in inner}
        signs |= {f"last={inner[-1]}": 1.0, f"long={len(inner)}": 1.0, f"rank={min(rank, 8)}": 1.0}
        signs[f"at={int(math.log2(1 + start))}"] = 1.0
        signs[f"times={min(len(name.mentions), 6)}"] = 1.0
        signs["share"] = len(name.mentions) / most
        signs["capitals"] = float(self.text[start:end].isupper() and end - start > 2)
        signs |= self._known(name)
        inside = any(name.key != other and name.key in other.split(" ") for other in self.names)
        signs["part"] = float(inside)
        return Answer(name.key, start, end, self.text[start:end], signs)

    def _known(self, name: _Name) -> dict[str, float]:
        if not name.places:
            return {"unknown": 1.0}
        best = name.places[0]
        signs = {f"is={best.precision}": 1.0, f"land={best.country}": 1.0, f"matched={best.matched}": 1.0}
        signs[f"people={int(math.log10(1 + best.population))}"] = 1.0
        signs["stated"] = float(best.precision != "admin1" and any(_division(p) in self.stated for p in name.places))
        signs["votes"] = math.log1p(max(self.votes[_division(place)] for place in name.places[:5]))
        signs["locality"] = float(any(place.precision == "locality" for place in name.places))
        return signs

    def divisions(self, known: Mapping[str, Any], gazetteer: Gazetteer) -> list[Answer]:
        """Give the first-level divisions that the text states, or that its names lie in, with their signs."""
        found: dict[str, Answer] = {}
        cities = self.answers()
        scores = {one.key: _score(one, known.get("city", {})) for one in cities}
        ranked = sorted(cities, key=lambda one: -scores[one.key])
        ranks = {one.key: rank for rank, one in enumerate(ranked)}
        top = max(scores.values(), default=0.0)
        for start, end, place, sure in (*self.located(gazetteer), *self.shortened()):
            if not place.admin1 or place.precision == "country":
                continue
            key = "|".join(_division(place))
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


def _score(answer: Answer, weights: Mapping[str, float]) -> float:
    return sum(weights.get(sign, 0.0) * value for sign, value in answer.signs.items())


@cache
def _divisions_by_short() -> dict[str, str]:
    return {str(name): str(code) for code, names in lexicon("geocoding")["short"].items() for name in names}


@cache
def _short_names() -> re.Pattern[str]:
    listed = "|".join(re.escape(name) for name in sorted(_divisions_by_short(), key=len, reverse=True))
    return re.compile(rf"(?P<name>[^\W\d_]+(?: [A-Z]\w+)*)(?:,|, County)\s+(?P<short>{listed})(?!\w)")


def _division(place: Place) -> tuple[str, str]:
    return place.country, place.admin1.partition(".")[0]


def _names(text: str, gazetteer: Gazetteer) -> _Names:
    """List names by what they fold to: runs that the gazetteer knows, and whole runs of capitals."""
    words = _words(text)
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


def _runs(words: Sequence[_Word]) -> Iterator[tuple[int, int]]:
    """Give the whole runs of capitalised words, of four at most."""
    numbered = enumerate(words)
    for upper, group in groupby(numbered, key=lambda pair: pair[1].text[:1].isupper()):
        at = [n for n, _ in group]
        if upper and len(at) <= MOST_WORDS:
            yield at[0], at[-1]


def _beside(words: Sequence[_Word], mentions: Sequence[tuple[int, int]]) -> dict[str, float]:
    """Give the words before and behind the first mentions, alone and in pairs."""
    low = [word.text.casefold() for word in words]
    signs: dict[str, float] = {}
    for turn, (first, last) in enumerate(mentions[:SIDES]):
        before = [low[n] if n >= 0 else "|" for n in (first - 2, first - 1)]
        behind = [low[n] if n < len(low) else "|" for n in (last + 1, last + 2)]
        for sign in (
            f"-1={before[1]}", f"-2={before[0]}", f"1={behind[0]}", f"2={behind[1]}",
            f"-21={before[0]} {before[1]}", f"12={behind[0]} {behind[1]}", f"-1,1={before[1]} {behind[0]}",
        ):  # fmt: skip
            signs[sign] = 1.0
            if turn == 0:
                signs[f"first{sign}"] = 1.0
    return signs


def _dates(text: str, language: str, published: date | None) -> list[Answer]:
    """List the days of a text, read day first and month first, with the day of publication as one of them."""
    found: dict[str, Answer] = {}
    words = _words(text)
    starts = np.array([word.start for word in words])
    spans = list(find_dates(text, language=language, published=published))
    swapped = [_swapped(text[span.start : span.end], span.value) for span in spans]
    days = [(span, span.value, "") for span in spans]
    days += [(span, value, "month first ") for span, value in zip(spans, swapped, strict=True) if value]
    for rank, (span, value, order) in enumerate(days):
        if value["start"] != value["end"]:
            continue
        one = found.setdefault(value["start"], Answer(value["start"], span.start, span.end, value))
        first = int(np.searchsorted(starts, span.start, "right")) - 1
        last = max(first, int(np.searchsorted(starts, span.end, "left")) - 1)
        one.signs |= _beside(words, [(first, last)])
        one.signs |= {f"kind={order}{span.kind}": 1.0, f"at={int(math.log2(1 + span.start)) // 2}": 1.0}
        one.signs[f"rank={min(rank, 5)}"] = 1.0
        one.signs["times"] = one.signs.get("times", 0.0) + 1.0
        if published is not None:
            days_ago = (published - date.fromisoformat(value["start"])).days
            one.signs[f"ago={min(max(days_ago, -2), 9)}"] = 1.0
    return list(found.values())


def _swapped(written: str, value: Mapping[str, str]) -> dict[str, str] | None:
    """Read 1/8/2016 month first, where both orders are a day."""
    year, month, day = map(int, value["start"].split("-"))
    if not re.fullmatch(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}", written) or day > 12 or day == month:
        return None
    other = date(year, day, month).isoformat()
    return {"start": other, "end": other, "precision": "day"}


def _phrases(text: str, known: Mapping[str, Any]) -> list[Answer]:
    """List the phrases of up to four words that end as reviewed fillers ended."""
    words, found = _words(text), dict[str, Answer]()
    ends = set(known.get("ends", ()))
    low = [word.text.casefold() for word in words]
    for last, word in enumerate(low):
        if word not in ends:
            continue
        for first in range(max(0, last - MOST_WORDS + 1), last + 1):
            start, end = words[first].start, words[last].end
            key = " ".join(low[first : last + 1])
            if key in found or not words[first].text[:1].isalnum():
                continue
            signs = _beside(words, [(first, last)])
            signs |= {f"in={one}": 1.0 for one in low[first : last + 1]}
            signs |= {f"long={last - first}": 1.0, f"begins={low[first]}": 1.0, f"ends={word}": 1.0}
            signs[f"whole={key}"] = 1.0
            found[key] = Answer(key, start, end, text[start:end], signs)
    return list(found.values())


# -- training ---------------------------------------------------------------------------------------------------------


def source_of(values: Sequence[str], gazetteer: Gazetteer | None) -> str:
    """Say where a field's candidates come from, by what reviewers filled it with: division, place or words."""
    if gazetteer is None:
        return "words"
    known = gazetteer.find_many({fold_name(one) for one in values})
    found = [known.get(fold_name(one), ()) for one in values]
    if sum(bool(places) and places[0].precision == "admin1" for places in found) >= 0.6 * len(found):
        return "division"
    return "place" if sum(map(bool, found)) >= 0.5 * len(found) else "words"


def train_choosers(
    examples: Sequence[Reviewed], filled: Mapping[str, Sequence[Sequence[Any]]], dated: Iterable[str],
    gazetteer: Gazetteer | None, *, divisions: Mapping[str, str] | None = None, seed: int = 1,
) -> dict[str, Trained]:  # fmt: skip
    """Train a ranker for each field that holds one value: `filled` gives, by field and example, the values reviewed.

    Fields in `dated` hold dates. Divisions are inferred from the field that holds places, where there is one; the
    names of those that no example names come from `divisions` ({'US|IL': 'Illinois'}).
    """
    sources = {}
    for name, by_example in filled.items():
        values = [str(one) for each in by_example for one in each]
        sources[name] = "date" if name in dated else source_of(values, gazetteer) if values else ""
    found: dict[str, Trained] = {}
    for name in sorted((n for n, source in sources.items() if source), key=lambda n: sources[n] == "division"):
        cities = next((one for one in found.values() if one.chooser.source == "place"), None)
        known = _known_of(sources[name], filled[name], gazetteer, divisions or {})
        keys = [frozenset(_keys(sources[name], each, known)) for each in filled[name]]
        parent = cities if sources[name] == "division" else None
        trained = train_chooser(sources[name], examples, keys, gazetteer, known=known, cities=parent, seed=seed)
        if trained is not None:
            found[name] = trained
    return found


def _known_of(
    source: str, filled: Sequence[Sequence[Any]], gazetteer: Gazetteer | None, divisions: Mapping[str, str]
) -> dict[str, Any]:
    """Gather what the candidates of a source rest on: names of divisions, or the last words of fillers."""
    values = sorted({str(one) for each in filled for one in each})
    if source == "words":
        return {"ends": sorted({words[-1].text.casefold() for one in values if (words := _words(one))})}
    if source != "division" or gazetteer is None:
        return {}
    lands = {one: [p for p in gazetteer.find(fold_name(one)) if p.precision == "admin1"] for one in values}
    usual = Counter(places[0].country for places in lands.values() if places)
    names = {key: name for key, name in divisions.items() if key.partition("|")[0] in usual}
    for one, places in lands.items():
        for place in sorted(places, key=lambda place: -usual[place.country])[:1]:
            names["|".join(_division(place))] = one
    return {"names": names}


def _keys(source: str, values: Sequence[Any], known: Mapping[str, Any]) -> Iterator[str]:
    """Give the keys of the candidates that agree with reviewed values."""
    for one in values:
        if source == "date":
            yield str(one["start"] if isinstance(one, Mapping) else one)
        elif source == "division":
            yield from (key for key, name in known["names"].items() if name == str(one))
        elif source == "place":
            yield fold_name(str(one))
        else:
            yield " ".join(word.text.casefold() for word in _words(str(one)))


@dataclass(frozen=True)
class Trained:
    """Hold a trained ranker, its F1 on texts left out in turn, and by text the weights that had not seen it.

    `picked` is by text the answer by those weights, with its confidence, where it reaches the threshold.
    """

    chooser: Chooser
    f1: float
    unseen: Sequence[Mapping[str, float]]
    picked: Sequence[tuple[Answer, float] | None]


def train_chooser(
    source: str, examples: Sequence[Reviewed], right: Sequence[frozenset[str]], gazetteer: Gazetteer | None, *,
    known: Mapping[str, Any], cities: Trained | None = None, seed: int = 1,
) -> Trained | None:  # fmt: skip
    """Train the ranker of one field; None where fewer than FEWEST examples have a right candidate.

    `right` holds, by example, the keys that reviewers accept; none where the field is empty. `cities` ranks the places
    that divisions are inferred from.
    """
    listed = []
    for n, one in enumerate(examples):
        seen = dict(known) | ({"city": cities.unseen[n]} if cities else {})
        listed.append(answers_of(source, one.text, one.language, one.published, gazetteer, seen))
    if sum(any(a.key in keys for a in answers) for answers, keys in zip(listed, right, strict=True)) < FEWEST:
        return None
    parts = np.random.default_rng(seed).permutation(len(examples)) % PARTS
    unseen: list[Mapping[str, float]] = [{}] * len(examples)
    sure, fits, best_of = [], [], dict[int, Answer]()
    for part in range(PARTS):
        weights, bias = _fit([(a, k) for n, (a, k) in enumerate(zip(listed, right, strict=True)) if parts[n] != part])
        for n in map(int, np.flatnonzero(parts == part)):
            unseen[n] = weights
            if listed[n]:
                scores = [bias + _score(one, weights) for one in listed[n]]
                best = int(np.argmax(scores))
                best_of[n] = listed[n][best]
                sure.append(_chance(scores, best))
                fits.append(best_of[n].key in right[n])
    steps, cut, f1 = _calibrated(np.array(sure), np.array(fits), sum(map(bool, right)))
    weights, bias = _fit(list(zip(listed, right, strict=True)))
    whole = dict(known) | ({"city": cities.chooser.weights} if cities else {})
    calibrated = zip(best_of.items(), np.interp(sure, *steps).tolist(), strict=True)
    reached = {n: (one, chance) for (n, one), chance in calibrated if chance >= cut}
    picked = [reached.get(n) for n in range(len(examples))]
    return Trained(Chooser(source, weights, bias, steps, cut, whole), f1, unseen, picked)


def _fit(listed: Sequence[tuple[list[Answer], frozenset[str]]]) -> tuple[dict[str, float], float]:
    """Fit a conditional logit (McFadden 1974): in each text one of the answers is right, or none, which weighs 0."""
    from scipy.optimize import minimize
    from scipy.sparse import csr_matrix

    listed = [(answers, keys) for answers, keys in listed if answers]
    times = Counter(sign for answers, _ in listed for one in answers for sign in one.signs)
    column = {sign: n + 1 for n, sign in enumerate(sign for sign, count in times.items() if count > 1)}
    values, columns, rows = list[float](), list[int](), [0]
    for answers, _ in listed:
        for one in answers:
            known = [(0, 1.0), *((column[sign], value) for sign, value in one.signs.items() if sign in column)]
            columns += [at for at, _ in known]
            values += [value for _, value in known]
            rows.append(len(columns))
    matrix = csr_matrix((values, columns, rows), shape=(len(rows) - 1, len(column) + 1))
    sizes = np.array([len(answers) for answers, _ in listed])
    starts = np.cumsum([0, *sizes[:-1]])
    right = np.array([one.key in keys for answers, keys in listed for one in answers], float)
    none = np.add.reduceat(right, starts) == 0
    across = matrix.T.tocsr()

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = np.minimum(matrix @ weights, 60.0)
        whole = np.exp(scores)
        total = 1 + np.add.reduceat(whole, starts)
        hit = np.where(none, 1.0, np.add.reduceat(whole * right, starts))
        slope = whole / np.repeat(total, sizes) - whole * right / np.repeat(hit, sizes)
        return float(np.log(total / hit).sum() + RIDGE * (weights**2).sum()), across @ slope + 2 * RIDGE * weights

    found = minimize(loss, np.zeros(len(column) + 1), jac=True, method="L-BFGS-B", options={"maxiter": 200}).x
    return {sign: round(float(found[at]), 4) for sign, at in column.items() if abs(found[at]) >= 0.003}, float(found[0])


def _calibrated(
    sure: NDArray[np.float64], fits: NDArray[np.bool_], wanted: int
) -> tuple[tuple[Sequence[float], Sequence[float]], float, float]:
    """Fit the share of right answers to their chance, and the threshold of the best F1."""
    from sklearn.isotonic import IsotonicRegression

    line = IsotonicRegression(y_min=0.01, y_max=0.99, out_of_bounds="clip").fit(sure, fits.astype(float))
    steps = (line.X_thresholds_.tolist(), line.y_thresholds_.tolist())
    calibrated = np.interp(sure, *steps)
    order = np.argsort(-calibrated, kind="stable")
    f1 = 2 * np.cumsum(fits[order]) / (np.arange(1, len(order) + 1) + wanted)
    best = int(np.argmax(f1))
    return steps, float(calibrated[order[best]]), float(f1[best])
