"""Screen names against a long list: across scripts, spellings, typing errors, swapped and dropped parts; with reasons.

A name is brought to Latin letters and cut into parts. Parts meet by their skeleton: the consonants as they sound, without
vowels and doubles ('Muhammad' and the Arabic letters m-h-m-d are both 'mhmd'), and by skeletons that lack one letter
(symmetric deletion). Rare parts weigh more than common ones. The
candidates that share most are compared part by part.
"""

from __future__ import annotations

import re
from array import array
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from anyascii import anyascii
from numpy.typing import NDArray
from rapidfuzz.distance import Indel

from plumbline.domain.linking.people import Reason

MOST_COMPARED = 80
COMMON = 250_000
ALIKE = 0.6
SAME_SOUND = 0.86

_PART = re.compile(r"[a-z0-9]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SOUNDS = (
    ("shch", "s"), ("sch", "s"), ("dzh", "j"), ("tch", "c"), ("sh", "s"), ("ch", "c"), ("zh", "j"), ("kh", "h"), ("gh", "g"),
    ("ph", "f"), ("th", "t"), ("dj", "j"), ("ck", "k"), ("ts", "c"), ("tz", "c"), ("x", "ks"), ("q", "k"), ("z", "s"),
)  # fmt: skip
_VOWELS = str.maketrans("", "", "aeiouy")


def parts_of(name: str) -> list[str]:
    """Cut a name into its parts in lower-case Latin letters, whatever its script; a single letter is a part.

    >>> parts_of("Щербаков, Иван"), parts_of("O'Neil-Smith")
    (['shcherbakov', 'ivan'], ['oneil', 'smith'])
    """
    latin = name if name.isascii() else anyascii(name.replace("’", ""))
    return _PART.findall(_CAMEL.sub(" ", latin).lower().replace("'", "").replace("`", ""))


@lru_cache(maxsize=400_000)
def skeleton(part: str) -> str:
    """Write a part by its consonants as they sound; the part itself where fewer than two are left.

    >>> skeleton('mohammed'), skeleton('mhmd'), skeleton('wladimir'), skeleton('vladimir')
    ('mhmd', 'mhmd', 'fldmr', 'fldmr')
    """
    written = part
    for letters, sound in _SOUNDS:
        if letters in written:
            written = written.replace(letters, sound)
    bare = (written[:1].replace("w", "v") + written[1:].replace("w", "")).translate(_VOWELS).replace("v", "f")
    kept = "".join(letter for at, letter in enumerate(bare) if at == 0 or bare[at - 1] != letter)
    return kept if len(kept) > 1 else part.replace("y", "i")


def _near(bones: str) -> list[str]:
    return [bones, *{bones[:at] + bones[at + 1 :] for at in range(len(bones))}] if len(bones) > 2 else [bones]


@dataclass(frozen=True, slots=True)
class Match:
    """Say that the name in row `row` of the list may be the one asked for, with a score 0..1 and the reasons."""

    row: int
    score: float
    reasons: tuple[Reason, ...]


class NameIndex:
    """Hold a list of names for screening: about 100 bytes a name; built in linear time."""

    def __init__(self, names: Iterable[str]) -> None:
        self._parts: dict[str, int] = {}
        held, starts = array("i"), array("q", [0])
        known = self._parts
        for name in names:
            for part in parts_of(name):
                held.append(known.setdefault(part, len(known)))
            starts.append(len(held))
        self._held = np.frombuffer(held, dtype=np.int32) if len(held) else np.zeros(0, np.int32)
        self._starts = np.frombuffer(starts, dtype=np.int64)
        self.size = len(starts) - 1
        self._spelled = list(known)
        order = np.argsort(self._held, kind="stable")
        rows = np.repeat(np.arange(self.size, dtype=np.int32), np.diff(self._starts))
        self._rows = rows[order]
        counts = np.bincount(self._held, minlength=len(known)) if len(known) else np.zeros(0, np.int64)
        self._first = np.concatenate([[0], np.cumsum(counts)])
        self._rarity = np.log1p(self.size / np.maximum(1, counts)).astype(np.float32)
        self._by_bones: dict[str, list[int]] = defaultdict(list)
        for part, number in known.items():
            self._by_bones[skeleton(part)].append(number)
        self._near: dict[str, list[str]] = defaultdict(list)
        for bones in self._by_bones:
            for key in _near(bones):
                self._near[key].append(bones)
        self._sums = np.zeros(self.size, dtype=np.float32)
        self._found: dict[str, tuple[tuple[int, float], ...]] = {}

    def find(self, name: str, *, most: int = 5, least: float = 0.5) -> tuple[Match, ...]:
        """List the rows that may bear the name, surest first; none where nothing reaches `least`."""
        asked = parts_of(name)
        if not asked or not self.size:
            return ()
        asked = [half for part in asked for half in self._halves(part) or (part,)]
        rows = self._candidates(asked)
        scored = sorted(
            (
                (score, -row, reasons)
                for row in rows
                for score, reasons in [self._compare(asked, row)]
                if score >= least
            ),
            key=lambda each: (-each[0], -each[1]),
        )
        return tuple(Match(-row, round(score, 4), reasons) for score, row, reasons in scored[:most])

    def _candidates(self, asked: list[str]) -> list[int]:
        """Add the rarity of what each row shares with the name, and keep the rows with most."""
        joined = [one + other for one, other in pairwise(asked)]
        touched: list[NDArray[np.int32]] = []
        hits = [self._alike(part) for part in dict.fromkeys((*asked, *joined))]
        hits.sort(key=lambda found: min((self._count(number) for number, _ in found), default=0))
        gathered = 0
        for found in hits:
            for number, alike in found:
                count = self._count(number)
                if count > COMMON and gathered:
                    continue
                rows = self._rows[self._first[number] : self._first[number + 1]]
                self._sums[rows] += self._rarity[number] * alike**3
                touched.append(rows)
                gathered += count
        self._add_initials(asked, touched)
        if not touched:
            return []
        rows = np.concatenate(touched)
        sums = self._sums[rows]
        keep = 2 * MOST_COMPARED
        if len(rows) > keep:
            best = np.argpartition(-sums, keep)[:keep]
            best = best[np.argsort(-sums[best], kind="stable")]
        else:
            best = np.argsort(-sums, kind="stable")
        self._sums[rows] = 0.0
        return list(dict.fromkeys(rows[best].tolist()))[:MOST_COMPARED]

    def _add_initials(self, asked: list[str], touched: list[NDArray[np.int32]]) -> None:
        """Give rows found already a little for a part that begins with an initial asked for."""
        letters = {part for part in asked if len(part) == 1}
        if not letters or not touched or sum(map(len, touched)) > 5_000:
            return
        for row in np.unique(np.concatenate(touched)).tolist():
            held = self._held[self._starts[row] : self._starts[row + 1]].tolist()
            self._sums[row] += sum(1.5 for number in held if self._spelled[number][0] in letters)

    def _halves(self, part: str) -> tuple[str, ...]:
        """Cut a part that nothing on the list is like into two that are on it: a space was lost."""
        if len(part) < 7 or self._alike(part):
            return ()
        cuts = ((part[:at], part[at:]) for at in range(3, len(part) - 2))
        return next((cut for cut in cuts if cut[0] in self._parts and cut[1] in self._parts), ())

    def _count(self, number: int) -> int:
        return int(self._first[number + 1] - self._first[number])

    def _alike(self, part: str) -> tuple[tuple[int, float], ...]:
        """List parts of the list that may be the same as one asked for, each with how alike."""
        if part not in self._found:
            bones = skeleton(part)
            listed = []
            for near in {other for key in _near(bones) for other in self._near.get(key, ())}:
                for number in self._by_bones[near]:
                    alike = _part_alike(part, self._spelled[number], same_sound=near == bones)
                    if alike >= ALIKE:
                        listed.append((number, alike))
            listed.sort(key=lambda each: -each[1])
            self._found[part] = tuple(listed[:40])
        return self._found[part]

    def _compare(self, asked: list[str], row: int) -> tuple[float, tuple[Reason, ...]]:
        numbers = self._held[self._starts[row] : self._starts[row + 1]].tolist()
        listed = [self._spelled[number] for number in numbers]
        return compare_names(asked, listed, [float(self._rarity[number]) for number in numbers])


def _part_alike(one: str, other: str, *, same_sound: bool) -> float:
    if one == other:
        return 1.0
    alike = Indel.normalized_similarity(one, other)
    if same_sound:
        return max(SAME_SOUND, alike)
    return alike if one[0] == other[0] or alike > 0.75 or len(one) < 5 else alike - 0.1


def compare_names(asked: list[str], listed: list[str], weights: list[float]) -> tuple[float, tuple[Reason, ...]]:
    """Pair the parts of two names, the most alike first; weights are those of the listed parts.

    The score is the share of weight that the pairs bear. A part without a pair counts in full up to the weight that the
    other name lacks too, and 35 % beyond: a name that only lacks parts is told apart less than one that has others.
    """
    usual = sum(weights) / max(1, len(weights))
    left, right = set(range(len(asked))), set(range(len(listed)))
    shared, reasons = 0.0, []
    for alike, i, j in _pairs(asked, listed):
        if i in left and j in right:
            left.discard(i)
            right.discard(j)
            shared += alike * weights[j]
            kind = "same" if alike == 1.0 else "sound" if skeleton(asked[i]) == skeleton(listed[j]) else "alike"
            reasons.append(Reason(kind, f"{asked[i]} {listed[j]}", round(alike * weights[j], 2)))
    for at in _neighbours(left):
        for j in sorted(right):
            if skeleton(asked[at] + asked[at + 1]) == skeleton(listed[j]) and at in left:
                left -= {at, at + 1}
                right.discard(j)
                shared += 0.95 * weights[j]
                reasons.append(Reason("joined", f"{asked[at]} {asked[at + 1]} {listed[j]}", round(weights[j], 2)))
    for j in _neighbours(right):
        for at in sorted(left):
            if skeleton(listed[j] + listed[j + 1]) == skeleton(asked[at]) and j in right:
                right -= {j, j + 1}
                left.discard(at)
                shared += 0.95 * (weights[j] + weights[j + 1])
                reasons.append(Reason("joined", f"{asked[at]} {listed[j]} {listed[j + 1]}", round(weights[j], 2)))
    missing, more = usual * len(left), sum(weights[j] for j in right)
    whole = sum(weights) - more + 0.35 * (missing + more) + 0.65 * min(missing, more)
    reasons.extend(Reason("left out", listed[j], round(-0.35 * weights[j], 2)) for j in sorted(right))
    reasons.extend(Reason("not listed", asked[i], round(-0.35 * usual, 2)) for i in sorted(left))
    return (min(1.0, shared / whole) if whole else 0.0), tuple(reasons)


def _pairs(asked: list[str], listed: list[str]) -> list[tuple[float, int, int]]:
    """List pairs of parts that may be one, most alike first; an initial may stand for a part that begins with it."""
    found = []
    for i, one in enumerate(asked):
        for j, other in enumerate(listed):
            alike = _part_alike(one, other, same_sound=skeleton(one) == skeleton(other))
            if alike < 0.85 and 1 in (len(one), len(other)) and one[0] == other[0]:
                alike = 0.85
            if alike >= ALIKE:
                found.append((alike, i, j))
    return sorted(found, key=lambda pair: (-pair[0], pair[1], pair[2]))


def _neighbours(left: set[int]) -> list[int]:
    return [at for at in sorted(left) if at + 1 in left]
