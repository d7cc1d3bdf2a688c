"""Say how a name stands in a text: in a dateline, within a longer run of capitals, among which words.

These are signs of candidates for a place (`towns`). A dateline opens a report: the name, a division, a station or agency
in brackets, a dash. A name that only stands within longer runs ('Los Angeles Times') names something else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Final

from plumbline.domain.extraction.model import Gazetteer
from plumbline.domain.extraction.text import fold_name
from plumbline.domain.extraction.tokens import Token

DATELINE: Final = re.compile(
    r"(?:,\s{0,2}[A-Z][\w.]{0,15}(?:\s[A-Z][\w.]{1,12})?)?\s{0,2}(?:\([^()\n]{2,30}\)\s{0,2}){0,2}(?:--|—|–|−|-\s|>>)"
)
"""What stands behind the name of a dateline: ', Ill. (AP) —', ' (WXYZ) -'."""
OPENS: Final = re.compile(r"(?:^|[\n.!?:|»«]\s?|\s{2}|\w)$")
"""What stands before it: nothing, the end of a sentence or heading, or a heading that ran into it."""
STATION: Final = re.compile(r"[KW][A-Z]{6,}$")
CUTS: Final = (4, 3)
"""Call signs of stations have four letters or three, the first of them K or W (47 CFR 73.3550)."""
SHORTEST: Final = 4
ENDS: Final = frozenset(".!?|")
REACH: Final = 8
"""So many words to each side, within the sentence, are looked at."""


def standing(
    text: str, words: Sequence[Token], mentions: Sequence[tuple[int, int]], *, known: bool, longer: bool = False
) -> dict[str, float]:
    """Give the signs of one name by its mentions (first and last word); `longer` says that longer names hold them all."""
    signs: dict[str, float] = {}
    kind = "known" if known else "unknown"
    for first, last in mentions:
        before = words[first - 1].text.casefold() if first else "|"
        signs[f"{kind} behind {before}"] = 1.0
        for n in chain(
            _until_end(words, range(first - 1, first - 1 - REACH, -1)),
            _until_end(words, range(last + 1, last + 1 + REACH)),
        ):
            signs[f"near={words[n].text.casefold()}"] = 1.0
        if not _joined(words, first - 1) and not _joined(words, last):
            signs["alone"] = 1.0
        if is_dateline(text, words[first].start, words[last].end):
            signs["dateline"] = 1.0
    signs["in runs"] = float("alone" not in signs)
    signs["longer"] = float(longer)
    return signs


def _until_end(words: Sequence[Token], order: range) -> list[int]:
    """Give the words of a range in turn until a sentence ends."""
    found = []
    for n in order:
        if not 0 <= n < len(words) or words[n].text in ENDS:
            break
        if words[n].text[:1].isalpha():
            found.append(n)
    return found


def _joined(words: Sequence[Token], n: int) -> bool:
    """Say whether a word and the next are capitalised with one space between."""
    if not 0 <= n < len(words) - 1:
        return False
    return words[n].text[:1].isupper() and words[n + 1].text[:1].isupper() and words[n + 1].start - words[n].end == 1


def is_dateline(text: str, start: int, end: int) -> bool:
    """Say whether text[start:end] opens a report as its dateline does."""
    opens = text[start:end].isupper() or OPENS.search(text[max(0, start - 3) : start]) is not None
    return opens and DATELINE.match(text, end) is not None


def unglued(words: Sequence[Token], gazetteer: Gazetteer) -> list[Token]:
    """Part the call sign of a station from the dateline that it ran into: 'WBFFBALTIMORE' is 'WBFF', 'BALTIMORE'.

    The rest must be a name that the gazetteer knows, or a word of the text; a word that is a name as a whole stays.
    """
    said = {word.text.casefold() for word in words} if any(STATION.match(word.text) for word in words) else set()
    found: list[Token] = []
    for n, word in enumerate(words):
        cut = _cut(word.text, [each.text for each in words[n + 1 : n + 3]], said, gazetteer) if said else 0
        if cut:
            found.append(Token(word.text[:cut], word.start, word.start + cut))
        found.append(Token(word.text[cut:], word.start + cut, word.end))
    return found


def _cut(word: str, behind: Sequence[str], said: set[str], gazetteer: Gazetteer) -> int:
    """Give where a call sign ends in a word, 0 where there is none."""
    if not STATION.match(word):
        return 0
    names: Mapping[int, list[str]] = {
        at: [fold_name(" ".join([word[at:], *behind[:more]])) for more in range(len(behind) + 1)]
        for at in (0, *CUTS)
        if len(word) - at >= SHORTEST
    }
    known = gazetteer.find_many({name for listed in names.values() for name in listed})
    if any(name in known for name in names[0]):
        return 0
    return next(
        (at for at in CUTS if at in names and (word[at:].casefold() in said or any(n in known for n in names[at]))), 0
    )
