"""Find phrases in text by their stems: vocabulary terms, cues, hint words. The longest phrase wins."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from plumbline.domain.extraction.lexicon import any_of
from plumbline.domain.extraction.model import Span
from plumbline.domain.extraction.text import HAS_HAN, Words, fold, longest_first, stem_words, words_of

_GAP = re.compile(r"[\s\-–/'’,.()«»\"“”]{1,3}$")

_HAN_COMPOUND = re.compile("核[对實实查发准算心验定减销酸桃]|铅[笔球]")
"""Words in which a one-character term does not mean itself: 核对 is to check, nothing nuclear."""


class PhraseMatcher:
    """Match many phrases at once, each with a payload, on word stems of one language.

    Chinese phrases match as substrings, short all-capital phrases ('PCB') only in capitals unless the text has no case.

    >>> matcher = PhraseMatcher([('lead battery', 'Y31')], 'en')
    >>> [(s.start, s.end, s.value) for s in matcher.find(words_of('Old lead batteries'))]
    [(4, 18, 'Y31')]
    """

    def __init__(self, phrases: Iterable[tuple[str, str]], language: str) -> None:
        self.language = language
        self._by_first: dict[str, list[tuple[tuple[str, ...], str, str]]] = defaultdict(list)
        han: dict[str, str] = {}
        for phrase, payload in phrases:
            if HAS_HAN.search(phrase):
                han.setdefault(phrase, payload)
                continue
            forms = words_of(phrase).forms
            stems = tuple(stem_words([fold(form) for form in forms], language))
            if stems:
                self._by_first[stems[0]].append((stems, payload, phrase if is_code(phrase) else ""))
        for options in self._by_first.values():
            options.sort(key=lambda option: -len(option[0]))
        self._han = han
        self._han_pattern = re.compile(any_of(han)) if han else None

    def find(self, words: Words) -> tuple[Span, ...]:
        """List the phrases of a text in order, without overlaps; each span's value is the payload."""
        stems = words.stems(self.language)
        found = []
        for index, stem in enumerate(stems):
            for wanted, payload, code in self._by_first.get(stem, ()):
                if self._fits(words, stems, index, wanted, code):
                    last = index + len(wanted) - 1
                    found.append(
                        Span(words.starts[index], words.ends[last], payload, 0.85 if len(wanted) > 1 else 0.75)
                    )
        if self._han_pattern is not None:
            found.extend(
                Span(m.start(), m.end(), self._han[m.group()], 0.8)
                for m in self._han_pattern.finditer(words.text)
                if not _HAN_COMPOUND.match(words.text, m.start())
            )
        return longest_first(found)

    def _fits(self, words: Words, stems: list[str], index: int, wanted: tuple[str, ...], code: str) -> bool:
        if index + len(wanted) > len(stems) or tuple(stems[index : index + len(wanted)]) != wanted:
            return False
        if code and not words.caseless and words.forms[index] != words_of(code).forms[0]:
            return False
        return all(_GAP.fullmatch(words.gap(index + step)) for step in range(len(wanted) - 1))


def is_code(phrase: str) -> bool:
    """Say whether a phrase is an abbreviation of capitals ('PCB')."""
    return len(phrase) <= 6 and phrase.isupper() and phrase.isascii()
