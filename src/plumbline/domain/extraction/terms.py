"""Find phrases in text by their stems: vocabulary terms, cues, hint words. The longest phrase wins."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from plumbline.domain.blueprints.model import parts_of
from plumbline.domain.extraction.model import Span
from plumbline.domain.extraction.text import (
    HAS_HAN,
    Words,
    bare_arabic,
    fold,
    longest_first,
    simplified,
    stem_words,
    words_of,
)

_GAP = re.compile(r"[\s\-–/'’,.()«»\"“”]{1,3}$")

BETWEEN = 5
"""So many words, or Chinese characters, may stand in the gap of a phrase."""

LIKE = 0.6
"""So much of the longer of two words with one stem must stand at the head of both for them to be forms of one."""

_HAN_COMPOUND = re.compile("核[对實实查发准算心验定减销酸桃]|铅[笔球]")
"""Words in which a one-character term does not mean itself: 核对 is to check, nothing nuclear."""


_CLAUSE = re.compile(r"[.;:!?。；：！？，\n؛،]|,(?=\s)")
_WITHIN = "[^.;:!?。；：！？，,،\n؛]"


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Hold the stems of a phrase, by first stem those that may close its gap, what it stands for; its spelling where it is a code or one word."""

    stems: tuple[str, ...]
    later: Mapping[str, tuple[tuple[str, ...], ...]]
    payload: str
    code: str
    alone: str


_Apart = tuple[Span, int, int]
"""A phrase with a gap, and where the gap begins and ends."""


class PhraseMatcher:
    """Match many phrases at once, each with a payload, on word stems of one language.

    Chinese phrases match as substrings, in simplified or traditional characters, short all-capital phrases ('PCB') only in
    capitals unless the text has no case. '…' between two words of a phrase lets others stand between them, '|' on either side
    of it parts words that may stand there one for the other.

    >>> matcher = PhraseMatcher([('lead battery', 'Y31')], 'en')
    >>> [(s.start, s.end, s.value) for s in matcher.find(words_of('Old lead batteries'))]
    [(4, 18, 'Y31')]
    """

    def __init__(self, phrases: Iterable[tuple[str, str]], language: str) -> None:
        self.language = language
        self._by_head: dict[tuple[str, ...], list[_Wanted]] = defaultdict(list)
        self._han: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self._han_apart: dict[str, list[tuple[str, re.Pattern[str], str]]] = defaultdict(list)
        known: set[str] = set()
        for phrase, payload in phrases:
            heads, tails = parts_of(phrase)
            if not HAS_HAN.search(phrase):
                self._add(phrase, heads, tails, payload)
            elif phrase not in known:
                known.add(phrase)
                self._add_han(heads, tails, payload)
        for han in self._han.values():
            han.sort(key=lambda option: -len(option[0]))

    def _add(self, phrase: str, heads: Sequence[str], tails: Sequence[str], payload: str) -> None:
        later: dict[str, tuple[tuple[str, ...], ...]] = {}
        for stems in filter(None, map(self._stemmed, tails)):
            later[stems[0]] = (*later.get(stems[0], ()), stems)
        for head in heads:
            stems, code = self._stemmed(head), phrase if is_code(phrase) else ""
            if stems:
                alone = fold(head) if len(stems) == 1 and not later and not code else ""
                self._by_head[stems[:2]].append(_Wanted(stems, later, payload, code, alone))

    def _add_han(self, heads: Sequence[str], tails: Sequence[str], payload: str) -> None:
        for head in filter(None, map(simplified, heads)):
            if not tails:
                self._han[head[0]].append((head, payload))
                continue
            closing = "|".join(map(re.escape, sorted(map(simplified, tails), key=len, reverse=True)))
            closed = re.compile(rf"{_WITHIN}{{0,{BETWEEN}}}?(?P<tail>{closing})")
            self._han_apart[head[0]].append((head, closed, payload))

    def _stemmed(self, phrase: str) -> tuple[str, ...]:
        return tuple(stem_words([fold(form) for form in words_of(phrase).forms], self.language))

    def find(self, words: Words) -> tuple[Span, ...]:
        """List the phrases of a text in order, without overlaps; each span's value is the payload.

        A phrase with a gap gives way to a phrase of another payload that stands in its gap.
        """
        stems = words.stems(self.language)
        found: list[Span] = []
        apart: list[_Apart] = []
        for index, head in enumerate(zip(stems, [*stems[1:], ""], strict=False)):
            for wanted in (*self._by_head.get(head[:1], ()), *self._by_head.get(head, ())):
                last = self._last(words, stems, index, wanted)
                if last is not None:
                    sure = 0.85 if len(wanted.stems) > 1 else 0.75
                    span = Span(words.starts[index], words.ends[last[1]], wanted.payload, sure)
                    if wanted.later:
                        apart.append((span, words.ends[index + len(wanted.stems) - 1], words.starts[last[0]]))
                    else:
                        found.append(span)
        if self._han or self._han_apart:
            plain = simplified(words.text)
            found.extend(self._find_han(plain))
            apart.extend(self._find_han_apart(plain))
        return longest_first([*found, *_undisturbed(apart, found)])

    def _find_han_apart(self, plain: str) -> Iterator[_Apart]:
        for at, sign in enumerate(plain):
            for head, closed, payload in self._han_apart.get(sign, ()):
                if plain.startswith(head, at) and (match := closed.match(plain, at + len(head))):
                    yield Span(at, match.end(), payload, 0.8), at + len(head), match.start("tail")

    def _find_han(self, plain: str) -> Iterator[Span]:
        for at, sign in enumerate(plain):
            for head, payload in self._han.get(sign, ()):
                if plain.startswith(head, at) and not _HAN_COMPOUND.match(plain, at):
                    yield Span(at, at + len(head), payload, 0.8)
                    break

    def _last(self, words: Words, stems: list[str], index: int, wanted: _Wanted) -> tuple[int, int] | None:
        """Give where the last part of a phrase that begins at a word begins and ends; None where it does not stand there."""
        if not self._fits(words, stems, index, wanted.stems):
            return None
        if wanted.code and not words.caseless and words.forms[index] != words_of(wanted.code).forms[0]:
            return None
        last = index + len(wanted.stems) - 1
        if not wanted.later:
            return (
                (index, last)
                if not wanted.alone or _is_form_of(words.folded[index], wanted.alone, self.language)
                else None
            )
        for start in range(last + 1, min(len(stems), last + 2 + BETWEEN)):
            if _CLAUSE.search(words.gap(start - 1)):
                return None
            fits = [one for one in wanted.later.get(stems[start], ()) if self._fits(words, stems, start, one)]
            if fits:
                return start, start + max(map(len, fits)) - 1
        return None

    def _fits(self, words: Words, stems: list[str], index: int, wanted: tuple[str, ...]) -> bool:
        if index + len(wanted) > len(stems) or tuple(stems[index : index + len(wanted)]) != wanted:
            return False
        return all(_GAP.fullmatch(words.gap(index + step)) for step in range(len(wanted) - 1))


def _undisturbed(apart: Iterable[_Apart], whole: Iterable[Span]) -> Iterator[Span]:
    """Give the phrases with a gap in whose gap no whole phrase of another payload stands, or begins or ends."""
    within = sorted(whole, key=lambda span: span.start)
    starts = [span.start for span in within]
    for span, opens, closes in apart:
        near = within[bisect_left(starts, span.start) : bisect_left(starts, closes)]
        if all(one.value == span.value or one.end <= opens for one in near):
            yield span


def _is_form_of(word: str, known: str, language: str) -> bool:
    """Say whether a word with the stem of a known one is a form of it: 'versée' of 'verser', but no 'per' of 'perito'."""
    if word == known:
        return True
    if language == "ar":
        word, known = bare_arabic(word), bare_arabic(known)
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(word, known, strict=False)))
    return shared >= LIKE * max(len(word), len(known))


def is_code(phrase: str) -> bool:
    """Say whether a phrase is an abbreviation of capitals ('PCB')."""
    return len(phrase) <= 6 and phrase.isupper() and (phrase.isascii() or phrase.isalpha())
