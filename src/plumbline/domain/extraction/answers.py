"""Part a text into words, glued headings apart, and say what stands beside some of them: what candidates are made of."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from plumbline.domain.extraction.tokens import Token

WORD: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d+(?:[.,:]\d+)*|[^\w\s]")
GLUED: Final = re.compile(r"(?<=[a-z])(?=[A-Z](?:[A-Za-z]|$))|(?<=[A-Z]{3})(?=[A-Z][a-z]{2})|(?=['’]s$)")
"""Where a heading runs into the text ('HomeState troopers', 'Rogers ParkA man', 'WPECPort St. Lucie') a name begins inside a word; 's parts too."""
MOST_WORDS: Final = 4
SIDES: Final = 6


@dataclass
class Answer:
    """Hold a candidate: what it is compared by, the first stretch that says it, its value and its signs."""

    key: str
    start: int
    end: int
    value: Any
    signs: dict[str, float] = field(default_factory=dict)


def words_of(text: str) -> list[Token]:
    """Part a text into words and signs, and a word where a heading ran into the text."""
    found = []
    for match in WORD.finditer(text):
        cuts = [0, *(cut.start() for cut in GLUED.finditer(match.group())), len(match.group())]
        for a, b in pairwise(cuts):
            found.append(Token(match.group()[a:b], match.start() + a, match.start() + b))
    return found


def beside(words: Sequence[Token], mentions: Sequence[tuple[int, int]]) -> dict[str, float]:
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


def score(answer: Answer, weights: Mapping[str, float]) -> float:
    """Add up the weights of the signs of an answer."""
    return sum(weights.get(sign, 0.0) * value for sign, value in answer.signs.items())
