"""Compare reports in different languages: by what they mean, the numbers they tell, days and places.

Such reports share no words. What they mean is compared by sentence vectors (`domain/vectors.py`), from which the mean of their
language is taken first: vectors of one embedding model all lie in a narrow cone, and its axis differs by language (Mu and
Viswanath 2018, 'All-but-the-Top'). The weights are natural log odds, fitted by logistic regression on pairs of reports in two
languages (`bench/crosslingual.py` says which).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from plumbline.domain.extraction import find_dates
from plumbline.domain.extraction.lexicon import known_language
from plumbline.domain.extraction.numerals import ends_of, numbers_in
from plumbline.domain.extraction.text import plain_digits
from plumbline.domain.linking.people import Reason
from plumbline.domain.vectors import WIDTH, encoder

WEIGHTS: Mapping[str, float] = {
    "start": -1.26, "meaning": 20.14, "day": 2.76, "other day": -1.92, "apart": -0.5, "place": 0.27, "other place": -1.2,
    "far": -0.3, "numbers": 2.76, "other numbers": -1.99,
}  # fmt: skip
EVEN, STEEP = 0.25, 16.0
"""A cosine of `EVEN` says nothing for or against; `STEEP` is the slope of the curve that writes it as a number from 0 to 1."""
LEAD_CHARACTERS = 300
SHORT_CHARACTERS = 80
REACH_DAYS = 45
NEAREST = 8
MOST_TOLD = 2.5
PRIOR_REPORTS = 5
"""A language's mean counts as so many reports beside those at hand."""
ROWS_AT_ONCE = 512
SOME_DAY = date(2000, 1, 1)
"""Where a date has no year any will do: what counts is that it is a date."""


@dataclass(frozen=True, slots=True)
class Meant:
    """Hold what a report says beyond its words: a vector (WIDTH numbers), and the numbers it tells that are no dates."""

    vector: NDArray[np.float32]
    numbers: frozenset[float]


def base_of(language: str) -> str:
    """Give a language without its region or script: 'zh' of 'zh-Hans'."""
    return language.replace("_", "-").split("-")[0].lower()


def lead_of(text: str, title: str = "") -> str:
    """Give the beginning of a report, by which its meaning is judged; headlines play with words, so one helps a short text alone.

    >>> lead_of('Ten drums were seized.', 'Drums')
    'Drums. Ten drums were seized.'
    """
    body = text.strip()[:LEAD_CHARACTERS]
    return body if len(body) >= SHORT_CHARACTERS or not title else f"{title}. {body}"


def numbers_told(text: str, language: str) -> frozenset[float]:
    """Give the numbers above 2 that a text tells, in figures or words, except those of dates, with a year or without.

    >>> sorted(numbers_told('On 12 March, police seized ten drums.', 'en'))
    [10.0]
    """
    spoken = known_language(language)
    dates = [(span.start, span.end) for span in find_dates(text, language=language, published=SOME_DAY)]
    return frozenset(
        round(end, 6)
        for match in numbers_in(plain_digits(text), spoken)
        if not any(start < match.end() and match.start() < end for start, end in dates)
        for end in ends_of(match, spoken) or ()
        if end > 2
    )


def meant_by(rows: Iterator[tuple[str, str, str]]) -> Iterator[Meant | None]:
    """Give what (lead, head, language) of reports say beyond words; None where this machine has no encoder."""
    vectors = encoder()
    for lead, head, language in rows:
        yield Meant(vectors.vectors([lead])[0], numbers_told(head, language)) if vectors is not None else None


@lru_cache(maxsize=4_096)
def _vector_of(lead: str) -> NDArray[np.float64] | None:
    vectors = encoder()
    return None if vectors is None else vectors.vectors([lead])[0].astype(np.float64)


def alike(one: tuple[str, str], other: tuple[str, str]) -> float | None:
    """Give how much the same two (language, lead) mean: the cosine of centred vectors, to three decimals; None without an encoder.

    Only the shipped means are taken from them, so that nothing is told of other texts; vectors of some thousand leads are kept.
    """
    found = []
    for language, lead in (one, other):
        vector = _vector_of(lead) if lead else None
        if vector is None:
            return None
        centred_one = vector - mean_of(language)
        found.append(centred_one / (np.linalg.norm(centred_one) or 1.0))
    return round(float(found[0] @ found[1]), 3)


# --- centring ---------------------------------------------------------------------------------------------------------


@cache
def _means() -> Mapping[str, NDArray[np.float64]]:
    """Give the mean vector of short reports by language; '' is that of all languages."""
    source = resources.files("plumbline.domain.vocabulary").joinpath("meanings.json").read_text(encoding="utf-8")
    return {language: np.array(numbers) / 1000 for language, numbers in json.loads(source).items()}


def mean_of(language: str) -> NDArray[np.float64]:
    """Give the shipped mean vector of a language, or that of all where the language has none."""
    means = _means()
    return means.get(language, means[""])


def centred(vectors: Sequence[NDArray[np.float32]], languages: Sequence[str]) -> NDArray[np.float32]:
    """Take from each vector the mean of its language, of those given and as shipped; rows of length 1."""
    found = np.asarray(vectors, dtype=np.float64).reshape(-1, WIDTH)
    kinds = np.array(languages)
    for language in sorted(set(languages)):
        of_it = kinds == language
        prior = PRIOR_REPORTS * mean_of(language)
        found[of_it] -= (found[of_it].sum(axis=0) + prior) / (of_it.sum() + PRIOR_REPORTS)
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    return (found / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)


def nearest(
    rows: NDArray[np.float32], languages: Sequence[str], days: Sequence[int | None]
) -> Iterator[tuple[int, int]]:
    """Give pairs (row, row) in two languages, published within 45 days: of each row its eight nearest. A row without a day meets all."""
    kinds = np.unique(np.array(languages), return_inverse=True)[1]
    told = np.array([day is not None for day in days])
    when = np.array([day or 0 for day in days])
    order = np.lexsort((np.arange(len(rows)), when, ~told))  # dated ones first, in order of time
    dated = order[: told.sum()]
    undated = order[told.sum() :]
    times = when[dated]
    for start in range(0, len(order), ROWS_AT_ONCE):
        chunk = order[start : start + ROWS_AT_ONCE]
        others = order
        if told[chunk].all():
            least, most = when[chunk[0]] - REACH_DAYS, when[chunk[-1]] + REACH_DAYS
            near = dated[np.searchsorted(times, least) : np.searchsorted(times, most, side="right")]
            others = np.concatenate([near, undated])
        alike = rows[chunk] @ rows[others].T
        gone = kinds[chunk][:, None] == kinds[others][None, :]
        far = np.abs(when[chunk][:, None] - when[others][None, :]) > REACH_DAYS
        alike[gone | (far & told[chunk][:, None] & told[others][None, :])] = -np.inf
        most_alike = np.argsort(-alike, axis=1, kind="stable")[:, :NEAREST]
        for at, found in enumerate(most_alike.tolist()):
            one = int(chunk[at])
            for each in found:
                if alike[at, each] > 0:
                    other = int(others[each])
                    yield min(one, other), max(one, other)


# --- weighing ---------------------------------------------------------------------------------------------------------


def weigh_meaning(cosine: float, weight: float, *, most: float = math.inf) -> Reason:
    """Weigh how much the same two texts mean, `most` at most; the detail is that on a scale from 0 to 1, never words of theirs."""
    written = 1 / (1 + math.exp(-STEEP * (cosine - EVEN)))
    written = written if cosine >= EVEN else min(written, 0.49)
    return Reason("meaning", f"{written:.2f}", max(-most, min(most, round(weight * (cosine - EVEN), 3))))


def weigh_numbers(one: AbstractSet[float], other: AbstractSet[float]) -> Reason | None:
    """Weigh the numbers that two tell: shared ones speak for one event, a large one more; none shared, where both tell some, against it."""
    if not one or not other:
        return None
    shared = sorted(one & other, reverse=True)
    if not shared:
        return Reason("numbers", "none shared", WEIGHTS["other numbers"])
    told = min(MOST_TOLD, sum(min(1.0, math.log10(number) / 2) for number in shared))
    return Reason("numbers", ", ".join(f"{number:.15g}" for number in shared[:4]), WEIGHTS["numbers"] * told)


def weigh_days(one: AbstractSet[int], other: AbstractSet[int]) -> Reason | None:
    """Weigh the days (ordinals) that two tell."""
    if not one or not other:
        return None
    gap = min(abs(a - b) for a in one for b in other)
    return (
        Reason("day", "same day", WEIGHTS["day"])
        if gap == 0
        else Reason("day", f"{gap} days apart", WEIGHTS["other day"])
    )
