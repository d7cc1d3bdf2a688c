"""Part a text into words and signs, and find where words stand in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from plumbline.domain.extraction.text import HAN

TOKEN: Final = re.compile(rf"[{HAN}]|[^\W{HAN}]+(?:['’.-][^\W{HAN}]+)*|[^\w\s]")
"""A word or a sign; in Chinese, which writes no blanks between words, a character."""


@dataclass(frozen=True)
class Token:
    """Hold a token with where it stands."""

    text: str
    start: int
    end: int


def tokens_of(text: str) -> list[Token]:
    """Part a text into words and signs."""
    return [Token(found.group(), found.start(), found.end()) for found in TOKEN.finditer(text)]


def stretches_of(tokens: Sequence[Token], text: str) -> Callable[[str], Iterator[tuple[int, int]]]:
    """Give what finds words in a text, whatever their case: (first token, last token) of each stretch of whole tokens."""
    starts = {token.start: n for n, token in enumerate(tokens)}
    ends = {token.end: n for n, token in enumerate(tokens)}
    lowered = text.casefold() if len(text.casefold()) == len(text) else text.lower()

    def find(words: str) -> Iterator[tuple[int, int]]:
        words = words.casefold()
        at = lowered.find(words) if words else -1
        while at >= 0:
            first, last = starts.get(at), ends.get(at + len(words))
            if first is not None and last is not None:
                yield first, last
            at = lowered.find(words, at + 1)

    return find
