"""Say which types of incident a text tells: by all its words, by its sentences one by one, and by both together.

Two linear classifiers over hashed words (TF-IDF) look at the whole text and at each sentence; a sentence tells a type where
it holds a filler of an incident of that type. A third weighs what they say (stacking, Wolpert 1992): it learns from the
chances of texts that the first two had not seen.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from plumbline.domain.extraction.calibrating import logit
from plumbline.domain.extraction.text import sentences_of
from plumbline.domain.extraction.tokens import stretches_of, tokens_of

if TYPE_CHECKING:
    from plumbline.domain.extraction.learned import Example

HASHES: Final = 2**18
NEVER: Final = -9.0
"""The log odds of a type that too few examples tell."""
FEWEST_TOLD: Final = 6
"""So many texts, or sentences, must tell a type before it is learned."""
HEAD: Final = 3
"""So many sentences are a text's head."""
SURE: Final = 1e-4
"""Chances are kept so far from 0 and 1 before their log odds are weighed."""
Matrix = NDArray[np.float64]


@lru_cache(maxsize=2**17)
def _number(words: str) -> int:
    return int.from_bytes(hashlib.blake2b(words.encode(), digest_size=4).digest()) % HASHES


def hashed(text: str) -> dict[int, float]:
    """Count the hashed words and pairs of words of a text, each as 1 + log(times)."""
    words = [word.casefold() for word in re.findall(r"\w+", text)]
    found: dict[int, float] = {}
    for one, times in Counter([*words, *map(" ".join, pairwise(words))]).items():
        number = _number(one)
        found[number] = found.get(number, 0.0) + 1 + float(np.log(times))
    return found


@dataclass(frozen=True)
class Line:
    """Hold linear classifiers over hashed words: rarity of words (HASHES), weights (types, HASHES), bias (types)."""

    rarity: Matrix
    weights: Matrix
    bias: Matrix

    def chances(self, texts: Sequence[str]) -> Matrix:
        """Give the chance of each type (columns) that a text tells it (rows)."""
        return _odds(np.array([self._sum(text) for text in texts]).reshape(len(texts), len(self.bias)))

    def _sum(self, text: str) -> Matrix:
        counted = hashed(text)
        at = np.fromiter(counted, np.int64, len(counted))
        values = np.fromiter(counted.values(), float, len(counted)) * self.rarity[at]
        norm = float(np.sqrt((values**2).sum()))
        return np.asarray(self.weights[:, at] @ (values / norm if norm else values) + self.bias)


def _odds(sums: Matrix) -> Matrix:
    return np.asarray(1 / (1 + np.exp(-sums)))


@dataclass(frozen=True)
class Telling:
    """Hold what says which types a text tells; `weights` (types, features) and `bias` weigh both classifiers together."""

    whole: Line
    sentence: Line
    weights: Matrix
    bias: Matrix

    def chances(self, text: str) -> Matrix:
        """Give the chance of each type that the text tells an incident of it."""
        by_sentence = self.sentence.chances([text[first:last] for first, last in sentences_of(text)])
        return _odds(self.weights @ signs(self.whole.chances([text])[0], by_sentence) + self.bias)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Give the numbers by name, as `of` takes them."""
        return {
            "rarity": self.whole.rarity.astype(np.float32), "weights": self.whole.weights.astype(np.float32),
            "bias": self.whole.bias, "sentence_rarity": self.sentence.rarity.astype(np.float32),
            "sentence_weights": self.sentence.weights.astype(np.float32), "sentence_bias": self.sentence.bias,
            "together": self.weights, "together_bias": self.bias,
        }  # fmt: skip

    @classmethod
    def of(cls, held: Mapping[str, NDArray[Any]]) -> Telling:
        """Make it of stored numbers; KeyError where some are missing, ValueError where they do not fit."""
        read: dict[str, NDArray[Any]] = {name: np.asarray(held[name]) for name in (
            "rarity", "weights", "bias", "sentence_rarity", "sentence_weights", "sentence_bias", "together", "together_bias",
        )}  # fmt: skip
        kinds = len(read["bias"])
        if read["weights"].shape != (kinds, HASHES) or read["together"].shape != (kinds, 6 * kinds + 1):
            raise ValueError(read["weights"].shape)
        return cls(
            Line(read["rarity"], read["weights"], read["bias"]),
            Line(read["sentence_rarity"], read["sentence_weights"], read["sentence_bias"]),
            read["together"],
            read["together_bias"],
        )


def signs(whole: Matrix, by_sentence: Matrix) -> Matrix:
    """Give what is weighed together, of shape (6 * types + 1): log odds by type, and the log of how many sentences there are.

    The log odds are of the whole text, the best sentence, the three best, any sentence, the best of the head, the mean.
    """
    of = by_sentence if len(by_sentence) else np.zeros((1, len(whole)))
    best = np.sort(of, axis=0)[::-1]
    some = 1 - np.prod(1 - np.clip(of, 0, 0.99), axis=0)
    chances = [whole, best[0], best[:3].mean(axis=0), some, of[:HEAD].max(axis=0), of.mean(axis=0)]
    return np.concatenate([*(logit(np.clip(one, SURE, 1 - SURE)) for one in chances), [np.log(len(of))]])


# -- training ---------------------------------------------------------------------------------------------------------


def fit_telling(
    examples: Sequence[Example], types: Sequence[str], parts: NDArray[np.int64], seed: int
) -> tuple[Telling, Matrix]:
    """Train on examples; gives, too, the chances of each text (rows) by classifiers that had not seen its part."""
    told = np.array([[any(one.type == kind for one in each.incidents) for kind in types] for each in examples])
    told = told.reshape(len(examples), len(types))
    texts = [one.text for one in examples]
    whole, unseen = _fit_line(texts, told, parts, C=30.0, seed=seed)
    places = [sentences_of(text) for text in texts]
    owners = np.repeat(np.arange(len(texts)), [len(one) for one in places])
    pieces = [(n, text[a:b]) for n, text in enumerate(texts) for a, b in places[n]]
    holds = np.concatenate([np.zeros((0, len(types)), bool), *map(_telling(types), examples, places)])
    sentence, of_sentence = _fit_line([piece for _, piece in pieces], holds, parts[owners], C=10.0, seed=seed)
    bounds = np.searchsorted(owners, np.arange(len(texts) + 1))
    by_sentence = [of_sentence[a:b] for a, b in pairwise(bounds)]
    seen = np.array([signs(unseen[n], by_sentence[n]) for n in range(len(texts))])
    weights, bias = np.zeros((len(types), seen.shape[1])), np.full(len(types), NEVER)
    chances = np.zeros(told.shape)
    for n in range(len(types)):
        weights[n], bias[n], chances[:, n] = _fit(seen, told[:, n], parts, C=0.03, seed=seed)
    return Telling(whole, sentence, weights, bias), chances


def _telling(types: Sequence[str]) -> Callable[[Example, Sequence[tuple[int, int]]], NDArray[np.bool_]]:
    """Give what says of an example which of its sentences (rows) hold a filler of an incident of which type (columns)."""

    def tell(example: Example, places: Sequence[tuple[int, int]]) -> NDArray[np.bool_]:
        tokens = tokens_of(example.text)
        stretches = stretches_of(tokens, example.text)
        starts = [first for first, _ in places]
        held = np.zeros((len(places), len(types)), bool)
        for told in (one for one in example.incidents if one.type in types):
            for words in {words for of in told.fields.values() for one in of for words in one.mentions}:
                for first, _last in stretches(words):
                    held[max(0, bisect_right(starts, tokens[first].start) - 1), types.index(told.type)] = True
        return held

    return tell


def _fit_line(
    texts: Sequence[str], told: NDArray[np.bool_], parts: NDArray[np.int64], *, C: float, seed: int
) -> tuple[Line, Matrix]:
    """Fit a classifier for each type; gives, too, the chances of texts by those that had not seen their part."""
    from scipy.sparse import csr_matrix

    counted = [hashed(text) for text in texts]
    known = np.zeros(HASHES)
    for each in counted:
        known[list(each)] += 1
    rarity = np.where(known >= 2, np.log((1 + len(texts)) / (1 + known)) + 1, 0.0)
    columns = np.flatnonzero(rarity)  # words of two texts at least: the others weigh nothing
    place = np.full(HASHES, -1)
    place[columns] = np.arange(len(columns))
    rows, at, values = [], [], []
    for n, each in enumerate(counted):
        numbers = np.fromiter(each, np.int64, len(each))
        weights = np.fromiter(each.values(), float, len(each)) * rarity[numbers]
        kept = weights > 0
        norm = float(np.sqrt((weights**2).sum())) or 1.0
        rows.append(np.full(int(kept.sum()), n))
        at.append(place[numbers[kept]])
        values.append(weights[kept] / norm)
    matrix = csr_matrix(
        (np.concatenate([*values, []]), (np.concatenate([*rows, []]), np.concatenate([*at, []]))),
        shape=(len(texts), max(1, len(columns))),
    )
    line = Line(rarity, np.zeros((told.shape[1], HASHES)), np.full(told.shape[1], NEVER))
    unseen = np.zeros(told.shape)
    for n in range(told.shape[1]):
        weights, line.bias[n], unseen[:, n] = _fit(matrix, told[:, n], parts, C=C, seed=seed)
        line.weights[n, columns] = weights[: len(columns)]
    return line, unseen


def _fit(
    matrix: Any, told: NDArray[np.bool_], parts: NDArray[np.int64], *, C: float, seed: int
) -> tuple[Matrix, float, Matrix]:
    """Fit weights and bias of a logistic regression; gives, too, the chances of each part by one that had not seen it."""
    from sklearn.linear_model import LogisticRegression

    none = np.zeros(matrix.shape[1])
    if len(told) and told.all():  # there is nothing to tell apart: every text tells it
        return none, -NEVER, np.ones(len(told))
    if told.sum() < FEWEST_TOLD:
        return none, NEVER, np.zeros(len(told))
    line, unseen = LogisticRegression(C=C, max_iter=1_000, random_state=seed), np.zeros(len(told))
    for part in np.unique(parts):
        own = parts == part
        if 0 < told[~own].sum() < (~own).sum():
            unseen[own] = line.fit(matrix[~own], told[~own]).predict_proba(matrix[own])[:, 1]
        else:
            unseen[own] = float(told[~own].any())
    line.fit(matrix, told)
    return line.coef_[0], float(line.intercept_[0]), unseen
