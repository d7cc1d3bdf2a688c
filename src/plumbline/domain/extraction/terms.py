"""Find phrases in text by their stems: vocabulary terms, cues, hint words. The longest phrase wins."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import takewhile

from plumbline.domain.blueprints.model import EITHER, GAP
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

_ONE_OF = re.compile(rf"\w+(?:{re.escape(EITHER)}\w+)+")

BETWEEN = 5
"""So many words, or Chinese characters, may stand in the gap of a phrase."""

LIKE = 0.6
"""So much of the longer of two words with one stem must stand at the head of both for them to be forms of one."""

_HAN_COMPOUND = re.compile("核[对實实查发准算心验定减销酸桃]|铅[笔球]")
"""Words in which a one-character term does not mean itself: 核对 is to check, nothing nuclear."""


_CLAUSE = re.compile("[.;:!?。；：！？，\n؛]")


_Slots = tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Hold the stems that may stand at each word of a phrase, those behind a gap, what it stands for; its spelling where it
    is a code or one word.
    """

    stems: _Slots
    later: _Slots
    payload: str
    code: str
    alone: str


class PhraseMatcher:
    """Match many phrases at once, each with a payload, on word stems of one language.

    Chinese phrases match as substrings, in simplified or traditional characters, short all-capital phrases ('PCB') only in
    capitals unless the text has no case. '…' between two words of a phrase lets others stand between them; of words joined by '|'
    any may stand there.

    >>> matcher = PhraseMatcher([('lead battery', 'Y31')], 'en')
    >>> [(s.start, s.end, s.value) for s in matcher.find(words_of('Old lead batteries'))]
    [(4, 18, 'Y31')]
    >>> matcher = PhraseMatcher([('tip|empty … ditch|stream', 'dumping')], 'en')
    >>> [s.value for s in matcher.find(words_of('They emptied five drums into the stream.'))]
    ['dumping']
    """

    def __init__(self, phrases: Iterable[tuple[str, str]], language: str) -> None:
        self.language = language
        self._by_first: dict[str, list[_Wanted]] = defaultdict(list)
        self._han: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
        known: set[str] = set()
        for phrase, payload in phrases:
            head, _, tail = (part.strip() for part in phrase.partition(GAP))
            if HAS_HAN.search(phrase):
                written = simplified(head)
                if written and phrase not in known:
                    known.add(phrase)
                    self._han[written[0]].append((written, simplified(tail), payload))
                continue
            stems, later = self._stemmed(head), self._stemmed(tail)
            if stems:
                code = phrase if is_code(phrase) else ""
                alone = "" if code or len(stems) > 1 or later or len(stems[0]) > 1 else fold(phrase)
                for stem in stems[0]:
                    self._by_first[stem].append(_Wanted(stems, later, payload, code, alone))
        for options in self._by_first.values():
            options.sort(key=lambda option: -len(option.stems) - len(option.later))
        for han in self._han.values():
            han.sort(key=lambda option: -len(option[0]) - len(option[1]))

    def _stemmed(self, phrase: str) -> _Slots:
        slots: list[frozenset[str]] = []
        for token in phrase.split():
            forms = words_of(token).forms
            sets = [forms] if _ONE_OF.fullmatch(token) else [(form,) for form in forms]
            slots.extend(frozenset(stem_words(map(fold, one), self.language)) for one in sets)
        return tuple(slots)

    def find(self, words: Words) -> tuple[Span, ...]:
        """List the phrases of a text in order, without overlaps; each span's value is the payload."""
        stems = words.stems(self.language)
        found = []
        for index, stem in enumerate(stems):
            for wanted in self._by_first.get(stem, ()):
                last = self._last(words, stems, index, wanted)
                if last is not None:
                    sure = 0.85 if len(wanted.stems) > 1 else 0.75
                    found.append(Span(words.starts[index], words.ends[last], wanted.payload, sure))
        if self._han:
            found.extend(self._find_han(words.text))
        return longest_first(found)

    def _find_han(self, text: str) -> Iterator[Span]:
        plain = simplified(text)
        for at, sign in enumerate(plain):
            for head, tail, payload in self._han.get(sign, ()):
                if not plain.startswith(head, at) or _HAN_COMPOUND.match(plain, at):
                    continue
                end = at + len(head)
                if tail:
                    later = plain.find(tail, end, end + BETWEEN + len(tail))
                    if later < 0 or _CLAUSE.search(plain, end, later):
                        continue
                    end = later + len(tail)
                yield Span(at, end, payload, 0.8)
                break

    def _last(self, words: Words, stems: list[str], index: int, wanted: _Wanted) -> int | None:
        """Give the index of the last word of a phrase that begins at a word; None where it does not stand there."""
        if not self._fits(words, stems, index, wanted.stems):
            return None
        if wanted.code and not words.caseless and words.forms[index] != words_of(wanted.code).forms[0]:
            return None
        last = index + len(wanted.stems) - 1
        if not wanted.later:
            return last if not wanted.alone or _is_form_of(words.folded[index], wanted.alone, self.language) else None
        for start in range(last + 1, min(len(stems), last + 2 + BETWEEN)):
            if _CLAUSE.search(words.gap(start - 1)):
                return None
            if self._fits(words, stems, start, wanted.later):
                return start + len(wanted.later) - 1
        return None

    def _fits(self, words: Words, stems: list[str], index: int, wanted: _Slots) -> bool:
        if index + len(wanted) > len(stems):
            return False
        for at, slot in enumerate(wanted, index):
            if stems[at] not in slot:
                return False
        return all(_GAP.fullmatch(words.gap(index + step)) for step in range(len(wanted) - 1))


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
