"""Choose the one value of a field among candidates that rules make: places, their divisions, dates, words seen before.

A field that holds one value is a question with few answers in a text. Rules list the answers: names that the gazetteer
knows (and runs of capitals that it does not), the first-level divisions which those names lie in or which the text
states, dates read against the day of publication, phrases that end as reviewed fillers did. A logistic regression over
signs of each answer (where it stands, what stands beside it, how often, what the gazetteer says) ranks them; its
chance, calibrated by a logistic curve on texts left out in turn (Platt 1999), is the confidence.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from plumbline.domain.extraction.answers import MOST_WORDS, Answer, beside, score, words_of
from plumbline.domain.extraction.calibrating import Steps, best_cut, curves
from plumbline.domain.extraction.dates import find_dates
from plumbline.domain.extraction.model import Gazetteer
from plumbline.domain.extraction.text import fold_name
from plumbline.domain.extraction.towns import division_of, names_of

MOST_TEXT: Final = 20_000
"""So many characters are searched for candidates: what happened, where and when stands near the beginning."""
FEWEST: Final = 20
"""So many examples with the field filled are needed before its ranker is trained."""
PARTS: Final = 5
SLACK: Final = 0.02
"""So much F1 is given for values told although they are little sure: less than it errs by on 300 texts (.025)."""
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


@dataclass(frozen=True)
class Chooser:
    """Hold a trained ranker of one field: where its candidates come from, weights by sign, calibration, threshold."""

    source: str
    weights: Mapping[str, float]
    bias: float
    steps: Steps
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
    names = names_of(text, gazetteer)
    return names.answers() if source == "place" else names.divisions(known, gazetteer)


def _dates(text: str, language: str, published: date | None) -> list[Answer]:
    """List the days of a text, read day first and month first, with the day of publication as one of them."""
    found: dict[str, Answer] = {}
    words = words_of(text)
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
        one.signs |= beside(words, [(first, last)])
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
    words, found = words_of(text), dict[str, Answer]()
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
            signs = beside(words, [(first, last)])
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
        return {"ends": sorted({words[-1].text.casefold() for one in values if (words := words_of(one))})}
    if source != "division" or gazetteer is None:
        return {}
    lands = {one: [p for p in gazetteer.find(fold_name(one)) if p.precision == "admin1"] for one in values}
    usual = Counter(places[0].country for places in lands.values() if places)
    names = {key: name for key, name in divisions.items() if key.partition("|")[0] in usual}
    for one, places in lands.items():
        for place in sorted(places, key=lambda place: -usual[place.country])[:1]:
            names["|".join(division_of(place))] = one
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
            yield " ".join(word.text.casefold() for word in words_of(str(one)))


@dataclass(frozen=True)
class Trained:
    """Hold a trained ranker, its F1 on texts left out in turn, and by text the weights that had not seen it.

    `picked` is by text the answer by those weights, with its confidence by a curve that had not seen it, where that
    reaches the threshold.
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
                scores = [bias + score(one, weights) for one in listed[n]]
                best = int(np.argmax(scores))
                best_of[n] = listed[n][best]
                sure.append(_chance(scores, best))
                fits.append(best_of[n].key in right[n])
    steps, cut, f1 = _calibrated(np.array(sure), np.array(fits), sum(map(bool, right)))
    weights, bias = _fit(list(zip(listed, right, strict=True)))
    whole = dict(known) | ({"city": cities.chooser.weights} if cities else {})
    chances = _unseen_chances(np.array(sure), np.array(fits), parts[list(best_of)])
    reached = {n: (one, sure) for (n, one), sure in zip(best_of.items(), chances, strict=True) if sure >= cut}
    picked = [reached.get(n) for n in range(len(examples))]
    return Trained(Chooser(source, weights, bias, steps, cut, whole), f1, unseen, picked)


def _unseen_chances(sure: NDArray[np.float64], fits: NDArray[np.bool_], parts: NDArray[np.int64]) -> list[float]:
    """Calibrate the answers of each part by the curve of the other parts."""
    found = np.zeros(len(sure))
    for part in np.unique(parts):
        own = parts == part
        others = curves(sure[~own].tolist(), fits[~own].tolist(), [""] * int((~own).sum())).get(
            "", ((0.0, 1.0), (0.0, 1.0))
        )
        found[own] = np.interp(sure[own], *others)
    return [float(one) for one in found]


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


def _calibrated(sure: NDArray[np.float64], fits: NDArray[np.bool_], wanted: int) -> tuple[Steps, float, float]:
    """Fit the share of right answers to their chance, and the lowest threshold of nearly the best F1."""
    steps = curves(sure.tolist(), fits.tolist(), [""] * len(sure))[""]
    return steps, *best_cut(np.interp(sure, *steps), fits, wanted, slack=SLACK)
