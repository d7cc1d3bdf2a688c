"""Find texts that are nearly the same, and lay two versions, or a text and its translation, passage beside passage.

Resemblance is the share of common shingles, runs of five words (Broder 1997, "On the resemblance and containment of documents").
Pairs are found by MinHash signatures in bands (Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", ch. 3) and then
counted exactly. Versions are aligned by dynamic programming over the words of passages (Needleman and Wunsch 1970),
translations by lengths and numbers (Gale and Church 1993, "A Program for Aligning Sentences in Bilingual Corpora").
"""

from __future__ import annotations

import difflib
import math
import re
import unicodedata
import zlib
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

SHINGLE = 5
BANDS, ROWS = 40, 3
CROWD = 50
SAME_PASSAGE = 0.3
VARIANCE = 6.8
REACH = 100
PART = 200
NUMBERS_AGREE = 6.0
MOVES = {(1, 1): 0.89, (1, 0): 0.0099, (0, 1): 0.0099, (2, 1): 0.089, (1, 2): 0.089, (2, 2): 0.011}
"""Numbers of passages that stand for each other, with their probabilities as Gale and Church found them."""

_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u9fff]+")
_NUMBER = re.compile(r"\d+(?:[.,\u066b\u066c\u00a0\u202f ]\d{3})+(?!\d)|\d+[.,\u066b]\d{1,2}(?![\d.,])|\d+")
_FOREIGN_DIGIT = re.compile(r"(?![0-9])\d")
_CUT = re.compile(r"\s+|\S+")
Numbers = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class NearPair:
    """Two texts by position, first < second: `resemblance` 0 to 1, and the share of each that stands in the other."""

    first: int
    second: int
    resemblance: float
    first_within: float
    second_within: float


@dataclass(frozen=True, slots=True)
class Beside:
    """Passages of two texts that stand for each other, by position; one side is () where it was added or left out."""

    first: tuple[int, ...]
    second: tuple[int, ...]
    alike: float


def near_texts(texts: Sequence[str], *, least: float = 0.5, seed: int = 1) -> list[NearPair]:
    """Find pairs of texts that share at least `least` of their shingles, the most alike first; texts without words meet none.

    Of more than fifty texts that fall into one band, each is compared with the next and the first alone.
    """
    shingles = [shingles_of(text) for text in texts]
    found = []
    for first, second in sorted(_candidates(shingles, seed)):
        one, two = shingles[first], shingles[second]
        common = np.intersect1d(one, two, assume_unique=True).size
        resemblance = common / (one.size + two.size - common)
        if resemblance >= least:
            found.append(NearPair(first, second, resemblance, common / one.size, common / two.size))
    return sorted(found, key=lambda pair: (-pair.resemblance, pair.first, pair.second))


def shingles_of(text: str) -> Numbers:
    """Give the numbers of a text's shingles, each once; one that is shorter than a shingle is one."""
    words = _WORD.findall(text.casefold())
    runs = (" ".join(words[at : at + SHINGLE]) for at in range(max(1, len(words) - SHINGLE + 1)))
    return np.unique(np.fromiter((zlib.crc32(run.encode()) for run in runs if run), np.uint64))


def _candidates(shingles: Sequence[Numbers], seed: int) -> set[tuple[int, int]]:
    """Give the pairs of texts whose signatures agree in a whole band."""
    held: dict[tuple[int, bytes], list[int]] = defaultdict(list)
    for at, one in enumerate(shingles):
        if not one.size:
            continue
        for band, rows in enumerate(least_hashes(one, BANDS * ROWS, seed).reshape(BANDS, ROWS)):
            held[band, rows.tobytes()].append(at)
    return {pair for members in held.values() for pair in _pairs(members)}


def least_hashes(shingles: Numbers, count: int, seed: int = 1) -> Numbers:
    """Give the least hash (32 bits) of shingles under each of `count` random functions."""
    factors, shifts = _functions(count, seed)
    least = np.full(count, 2**32, np.uint64)
    for part in range(0, shingles.size, 4096):
        mixed = (shingles[part : part + 4096, None] * factors + shifts) >> np.uint64(32)
        least = np.minimum(least, mixed.min(axis=0))
    return least


@cache
def _functions(count: int, seed: int) -> tuple[Numbers, Numbers]:
    random = np.random.default_rng(seed)
    factors = random.integers(1, 2**63, count, dtype=np.uint64) | np.uint64(1)
    return factors, random.integers(0, 2**63, count, dtype=np.uint64)


def _pairs(members: Sequence[int]) -> Iterator[tuple[int, int]]:
    if len(members) <= CROWD:
        yield from ((one, two) for n, one in enumerate(members) for two in members[n + 1 :])
    else:
        yield from pairwise(members)
        yield from ((members[0], one) for one in members[2:])


def align_versions(first: Sequence[str], second: Sequence[str]) -> list[Beside]:
    """Lay the passages of two versions side by side in order, those beside each other that share most of their words."""
    scores = _likeness(first, second)
    gains = scores - SAME_PASSAGE
    best = np.zeros((len(first) + 1, len(second) + 1))
    for at in range(len(first)):
        best[at + 1, 1:] = np.maximum.accumulate(np.maximum(best[at, 1:], best[at, :-1] + gains[at]))
    rows: list[Beside] = []
    one, two = len(first), len(second)
    while one or two:
        if (
            one
            and two
            and gains[one - 1, two - 1] > 0
            and best[one, two] == best[one - 1, two - 1] + gains[one - 1, two - 1]
        ):
            one, two = one - 1, two - 1
            rows.append(Beside((one,), (two,), float(scores[one, two])))
        elif two and (not one or best[one, two] == best[one, two - 1]):
            two -= 1
            rows.append(Beside((), (two,), 0.0))
        else:
            one -= 1
            rows.append(Beside((one,), (), 0.0))
    return rows[::-1]


def _likeness(first: Sequence[str], second: Sequence[str]) -> NDArray[np.float64]:
    """Give the cosine of the words of each passage of one text with each of the other (first x second)."""
    if len(first) == len(second) == 1:
        return np.array([[_cosine(first[0], second[0])]])
    words: dict[str, int] = {}
    bags = []
    for texts in (first, second):
        cells = [(n, words.setdefault(word, len(words))) for n, text in enumerate(texts) for word in _WORD.findall(text.casefold())]  # fmt: skip
        bags.append(cells)
    sides = []
    for texts, cells in zip((first, second), bags, strict=True):
        places = np.array(cells, dtype=np.int64).reshape(-1, 2).T
        bag: Any = sparse.csr_array(
            (np.ones(len(cells)), (places[0], places[1])), shape=(len(texts), max(1, len(words)))
        )
        norms = np.sqrt(bag.multiply(bag).sum(axis=1))
        sides.append(sparse.diags_array(1 / np.where(norms > 0, norms, 1)) @ bag)
    cosine: NDArray[np.float64] = (sides[0] @ sides[1].T).toarray()
    return cosine


def _cosine(first: str, second: str) -> float:
    one, two = (Counter(_WORD.findall(text.casefold())) for text in (first, second))
    length = math.sqrt(sum(n * n for n in one.values()) * sum(n * n for n in two.values()))
    return sum(n * two[word] for word, n in one.items()) / length if length else 0.0


def numbers_in(text: str) -> list[str]:
    """Give the numbers of a text in order, written alike in every script; single digits, which words often stand for, left out.

    >>> numbers_in("12 400 kg, le 14.03.2023"), numbers_in("12,400 kg on 14 March 2023; ٢٫٥")
    (['12400', '14', '2023'], ['12400', '14', '2023', '2.5'])
    """
    plain = text if text.isascii() else _FOREIGN_DIGIT.sub(lambda found: str(unicodedata.decimal(found[0])), text)
    found = []
    for match in _NUMBER.findall(plain):
        parts = re.split(r"\D", match)
        if len(parts) > 1 and len(parts[-1]) < 3:
            found.append(".".join(parts))
        elif len(number := "".join(parts).lstrip("0")) > 1:
            found.append(number)
    return found


def align_translation(first: Sequence[str], second: Sequence[str]) -> list[Beside]:
    """Lay a text and its translation side by side by the lengths of passages in characters, and by their numbers.

    `alike` is the probability of the lengths. Numbers that passages have in common count for them, without any against them.

    Passages that stand further than a hundred from where the other text has come in proportion are not tried.
    """
    ahead = [0, *np.cumsum([len(text) for text in first]).tolist()]
    behind = [0, *np.cumsum([len(text) for text in second]).tolist()]
    ratio = behind[-1] / ahead[-1] if ahead[-1] and behind[-1] else 1.0
    numbers = [[frozenset(numbers_in(text)) for text in texts] for texts in (first, second)]
    best: dict[tuple[int, int], tuple[float, tuple[int, int], float]] = {(0, 0): (0.0, (0, 0), 1.0)}
    for one in range(len(first) + 1):
        for two in range(len(second) + 1):
            if abs(one * len(second) - two * len(first)) > REACH * max(len(first), len(second)):
                continue
            for (left, right), prior in MOVES.items():
                before = best.get((one - left, two - right))
                if before is None:
                    continue
                fits = _fit(ahead[one] - ahead[one - left], behind[two] - behind[two - right], ratio)
                cost = before[0] - math.log(prior) - math.log(max(fits, 1e-300))
                if left and right:
                    cost -= _agree(numbers[0][one - left : one], numbers[1][two - right : two])
                if (one, two) not in best or cost < best[one, two][0]:
                    best[one, two] = (cost, (left, right), fits)
    rows, at = [], (len(first), len(second))
    while at != (0, 0):
        _, (left, right), fits = best[at]
        start = (at[0] - left, at[1] - right)
        rows.append(
            Beside(tuple(range(start[0], at[0])), tuple(range(start[1], at[1])), fits if left and right else 0.0)
        )
        at = start
    return rows[::-1]


def _agree(first: Sequence[frozenset[str]], second: Sequence[frozenset[str]]) -> float:
    """Give how much the numbers of passages speak for their standing beside each other, as a logarithm of odds."""
    one, two = frozenset().union(*first), frozenset().union(*second)
    if not one and not two:
        return 0.0
    common = len(one & two)
    return NUMBERS_AGREE * 2 * common / (len(one) + len(two)) - (NUMBERS_AGREE / 3 if not common else 0.0)


def _fit(one: int, two: int, ratio: float) -> float:
    """Give the probability of lengths that differ as much, where each character gives `ratio` characters of variance 6.8."""
    mean = (one + two / ratio) / 2
    return math.erfc(abs(two - one * ratio) / math.sqrt(VARIANCE * mean) / math.sqrt(2)) if mean else 1.0


def align_works(first: Sequence[str], second: Sequence[str]) -> list[Beside]:
    """Lay the passages of two versions of any length side by side; time grows with their length alone.

    Passages that stand once in either, unchanged and in order, part the works (patience); what lies between is aligned by words, of
    more than two hundred passages in parts of about so many, in proportion.
    """
    rows: list[Beside] = []
    one = two = 0
    for a, b in [*_anchors(first, second), (len(first), len(second))]:
        for left, right in zip(*parts_of(a - one, b - two), strict=True):
            inner = align_versions(first[one + left[0] : one + left[1]], second[two + right[0] : two + right[1]])
            rows += [_moved(row, one + left[0], two + right[0]) for row in inner]
        if a < len(first):
            rows.append(Beside((a,), (b,), 1.0))
        one, two = a + 1, b + 1
    return rows


def parts_of(one: int, two: int, most: int = PART) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Part two rows of passages, given by their lengths, into as many stretches (from, to) of at most `most`, in proportion."""
    count = -(-max(one, two) // most)
    sides = ([(n * length // count, (n + 1) * length // count) for n in range(count)] for length in (one, two))
    first, second = sides
    return first, second


def _moved(row: Beside, one: int, two: int) -> Beside:
    return Beside(tuple(n + one for n in row.first), tuple(n + two for n in row.second), row.alike)


def _anchors(first: Sequence[str], second: Sequence[str]) -> list[tuple[int, int]]:
    """Give the longest run, in order, of passages that stand once in either text and are the same."""
    there = _once(second)
    pairs = [(n, there[text]) for text, n in _once(first).items() if text in there]
    tails: list[int] = []
    held: list[int] = []
    before: list[int] = []
    for at, (_, place) in enumerate(pairs):
        n = bisect_left(tails, place)
        before.append(held[n - 1] if n else -1)
        tails[n : n + 1] = [place]
        held[n : n + 1] = [at]
    found, at = [], held[-1] if held else -1
    while at >= 0:
        found.append(pairs[at])
        at = before[at]
    return found[::-1]


def _once(texts: Sequence[str]) -> dict[str, int]:
    """Give the texts that stand once, with their positions, in order."""
    plain = [" ".join(text.split()) for text in texts]
    counted = Counter(plain)
    return {text: n for n, text in enumerate(plain) if text and counted[text] == 1}


def changes(first: str, second: str) -> list[tuple[str, str]]:
    """Tell how one text becomes another, word by word, as ("same" | "out" | "in", text); joined they give both texts."""
    one, two = _CUT.findall(first), _CUT.findall(second)
    told = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, one, two, autojunk=False).get_opcodes():
        if kind == "equal":
            told.append(("same", "".join(one[a:b])))
        else:
            told += [(name, "".join(part)) for name, part in (("out", one[a:b]), ("in", two[c:d])) if part]
    return told
