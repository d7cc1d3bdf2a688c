"""Sketch a text in bounded space, so that its versions and translations are found and judged without reading others again.

A sketch keeps the least hashes of the shingles (MinHash: Broder 1997), whose share of equal ones estimates the resemblance with a
standard error of at most 0.05, and the numbers and names of the text in order, which a translation keeps. Keys are bands of
either (Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", ch. 3).
"""

from __future__ import annotations

import difflib
import re
import unicodedata
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plumbline.domain.linking.versions import least_hashes, numbers_in, shingles_of

HASHES, ROWS = 96, 3
NUMBER_HASHES, NUMBER_ROWS = 24, 2
MOST_NUMBERS, MOST_NAMES, FEWEST = 300, 200, 4
LEAST, LIKELY = 0.4, 0.8
"""From `LEAST` on two works are proposed as versions, from `LIKELY` on as likely ones."""
LEAST_TRANSLATED = 0.6
NEAR = 0.9
_NAME = re.compile(r"(?<=[a-z\u00e0-\u017f,] )[A-Z\u00c0-\u017f][\w'-]{3,}")


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is kept of a text: `least` holds 96 hashes of 4 bytes; `size` counts shingles; 0 where there are no words."""

    least: bytes
    size: int
    numbers: tuple[str, ...]
    names: tuple[int, ...]
    letters: int
    language: str = ""


@dataclass(frozen=True, slots=True)
class Likeness:
    """What two texts are to each other: `near`, `version` or `translation`; `score` 0 to 1, with what it rests on.

    Of versions `first_within` and `second_within` are the shares of each that stand in the other; of translations `common` of
    `numbers` numbers stand in one order, and `names` names in both.
    """

    kind: str
    score: float
    first_within: float = 0.0
    second_within: float = 0.0
    common: int = 0
    numbers: int = 0
    names: int = 0


def sketch(passages: Sequence[str], language: str = "") -> Sketch:
    """Sketch a text given by its passages."""
    text = "\n".join(passages)
    shingles = shingles_of(text)
    least = least_hashes(shingles, HASHES).astype("<u4").tobytes() if shingles.size else b""
    names = {zlib.crc32(_folded(one).encode()) for one in _NAME.findall(text)}
    return Sketch(
        least, int(shingles.size), tuple(numbers_in(text)[:MOST_NUMBERS]), tuple(sorted(names)[:MOST_NAMES]), len(text),
        language,
    )  # fmt: skip


def _folded(name: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(one))


def keys_of(one: Sketch) -> list[int]:
    """Give the keys (63 bits) under which a sketch meets those of its versions and translations; none for a text without words."""
    keys = _bands("t", np.frombuffer(one.least, "<u4"), ROWS)
    numbers = set(one.numbers)
    if len(numbers) >= FEWEST:
        hashes = np.array(sorted(zlib.crc32(number.encode()) for number in numbers), np.uint64)
        keys += _bands("n", least_hashes(hashes, NUMBER_HASHES), NUMBER_ROWS)
    return keys


def _bands(kind: str, least: NDArray[np.uint32] | NDArray[np.uint64], rows: int) -> list[int]:
    found = []
    for at in range(0, len(least), rows):
        band = f"{kind}{at}".encode() + least[at : at + rows].astype("<u4").tobytes()
        found.append((zlib.crc32(band) << 31) | (zlib.adler32(band[::-1]) & 0x7FFFFFFF))
    return found


def judge(one: Sketch, other: Sketch) -> Likeness | None:
    """Say what two texts are to each other, as far as their sketches tell; None for texts that have little to do with each other."""
    return _version(one, other) or _translation(one, other)


def _version(one: Sketch, other: Sketch) -> Likeness | None:
    if not one.size or not other.size:
        return None
    share = float(np.mean(np.frombuffer(one.least, "<u4") == np.frombuffer(other.least, "<u4")))
    common = share * (one.size + other.size) / (1 + share)
    first, second = min(1.0, common / one.size), min(1.0, common / other.size)
    if share >= LEAST:
        return Likeness("near" if share >= NEAR else "version", share, first, second)
    if share >= LEAST / 2 and max(first, second) >= LIKELY:  # one stands in the other
        return Likeness("version", max(first, second) * LIKELY, first, second)
    return None


def _translation(one: Sketch, other: Sketch) -> Likeness | None:
    if not one.language or not other.language or one.language.split("-")[0] == other.language.split("-")[0]:
        return None
    distinct = len(set(one.numbers) & set(other.numbers))
    if distinct < FEWEST or not 0.15 < one.letters / max(1, other.letters) < 6:
        return None
    matcher = difflib.SequenceMatcher(None, one.numbers, other.numbers, autojunk=False)
    common = sum(block.size for block in matcher.get_matching_blocks())
    score, names = 2 * common / (len(one.numbers) + len(other.numbers)), set(one.names) & set(other.names)
    fewer = min(len(one.names), len(other.names))
    if fewer >= FEWEST:
        score = 0.7 * score + 0.3 * len(names) / fewer
    if score < LEAST_TRANSLATED:
        return None
    return Likeness(
        "translation", score, common=common, numbers=max(len(one.numbers), len(other.numbers)), names=len(names)
    )


KINDS = ("near", "version", "translation")


def best(found: Iterable[tuple[int, Likeness]], most: int) -> dict[int, Likeness]:
    """Keep the `most` likeliest of some (key, likeness)."""
    return dict(sorted(found, key=lambda each: (-each[1].score, each[0]))[:most])
