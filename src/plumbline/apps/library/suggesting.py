"""Did you mean: words that stand in passages which the viewer may read, never in others.

They are one or two letters away from what was asked for, or the same name in another script (`Pontomir`, `Понтомир`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from anyascii import anyascii
from rapidfuzz.distance import OSA

from plumbline.apps.library.copies import count_once
from plumbline.apps.library.searching import FACETS, Asked, found_for, indexed
from plumbline.domain.access import Viewer
from plumbline.domain.query import And, Fuzzy, InField, Node, Or, Word, parse
from plumbline.engines.search import words

FEW = 3
"""With fewer hits than this, words near those asked for are looked for."""
CYRILLIC = {
    "shch": "щ", "sch": "щ", "zh": "ж", "kh": "х", "ts": "ц", "ch": "ч", "sh": "ш", "yu": "ю", "ya": "я", "ye": "е",
    "yo": "е", "ph": "ф", "ck": "к", "a": "а", "b": "б", "c": "к", "d": "д", "e": "е", "f": "ф", "g": "г", "h": "х",
    "i": "и", "j": "й", "k": "к", "l": "л", "m": "м", "n": "н", "o": "о", "p": "п", "q": "к", "r": "р", "s": "с", "t": "т",
    "u": "у", "v": "в", "w": "в", "x": "кс", "y": "ы", "z": "з",
}  # fmt: skip
ROMANISED = re.compile("|".join(CYRILLIC))  # longer ones stand first
SHORTEST, MOST_WORDS, READ = 4, 6, 60


@dataclass(frozen=True)
class Suggestion:
    """The search as it may have been meant, and how many passages it finds, each counted once."""

    asked: Asked
    total: int


def suggest(asked: Asked, viewer: Viewer, workspaces: tuple[str, ...], total: int) -> Suggestion | None:
    """Find how a search with few hits may have been meant: each rare word of it by a near one that is less rare."""
    text = asked.text
    for word in dict.fromkeys(_asked_words(parse(asked.text, facets=FACETS))):
        if other := _in_other_script(word, viewer, workspaces):
            text = _exchanged(text, word, f"({word} OR {other})")
        elif near := _near(word, viewer, workspaces):
            text = _exchanged(text, word, near)
    if text == asked.text:
        return None
    meant = replace(asked, text=text)
    found = count_once(meant, viewer, workspaces)
    return Suggestion(meant, found) if found > total else None


def _exchanged(text: str, word: str, near: str) -> str:
    """Write a query with another word, in the text and in `title:` and `heading:`; values of other fields stay."""
    where = rf"(?:(?<=title:)|(?<=heading:)|(?<![\w:])){re.escape(word)}(?![\w:~*])"
    return re.sub(where, lambda _: near, text, flags=re.IGNORECASE)


def _asked_words(node: Node) -> Iterator[str]:
    """Give the single words that are asked for, long enough to have near ones; none under NOT."""
    match node:
        case Word(text):
            found = words.tokens(text)
            if len(found) == 1 and len(found[0]) >= SHORTEST and found[0].isalpha() and not words.is_cjk(found[0]):
                yield text
        case And(items) | Or(items):
            for item in items:
                yield from _asked_words(item)
        case InField(_, item):
            yield from _asked_words(item)


def _near(word: str, viewer: Viewer, workspaces: tuple[str, ...]) -> str | None:
    """Find the word nearest to one, then the most frequent, in passages read as the viewer may; None for one that is frequent itself."""
    having = _having(word, viewer, workspaces)
    if having >= FEW:
        return None
    folded = words.fold(word)
    distance = 1 if len(folded) < 6 else 2
    found = found_for(Fuzzy(word, distance), Asked(), viewer, workspaces, limit=READ, highlight=False)
    counted: Counter[str] = Counter()
    for hit in found.hits:
        counted.update({token.casefold() for token, _, _ in words.spans(hit.passage.text) if token.isalpha()})
    apart = {token: OSA.distance(words.fold(token), folded, score_cutoff=distance) for token in counted}
    near = sorted((far, -counted[token], token) for token, far in apart.items() if 0 < far <= distance)
    return next((token for _, _, token in near[:3] if _having(token, viewer, workspaces) > having), None)


def _in_other_script(word: str, viewer: Viewer, workspaces: tuple[str, ...]) -> str | None:
    """Find the same name in Latin letters for one in others, and in Cyrillic for one in Latin; None where none stands.

    Systems of romanisation differ by a letter or two (BGN/PCGN, ISO 9), so near words are looked at, and the one that sounds
    nearest once all is in Latin letters is taken.
    """
    folded = words.fold(word)
    sound = anyascii(folded).casefold()
    target = _cyrillic(folded) if folded.isascii() else sound
    if len(sound) < SHORTEST or not target.isalpha():
        return None
    distance = 1 if len(target) < 6 else 2
    found = found_for(Fuzzy(target, distance), Asked(), viewer, workspaces, limit=READ, highlight=False)
    tokens = {
        token.casefold() for hit in found.hits for token, _, _ in words.spans(hit.passage.text) if token.isalpha()
    }
    apart = {
        token: OSA.distance(anyascii(words.fold(token)).casefold(), sound, score_cutoff=1)
        for token in tokens
        if words.fold(token).isascii() != folded.isascii()
    }
    return min(((far, token) for token, far in apart.items() if far <= 1), default=(0, None))[1]


def _cyrillic(word: str) -> str:
    """Write a name in Latin letters in Russian ones, as BGN/PCGN reads them.

    >>> _cyrillic("pontomir"), _cyrillic("shcherbakov"), _cyrillic("zhukov")
    ('понтомир', 'щербаков', 'жуков')
    """
    return ROMANISED.sub(lambda match: CYRILLIC[match.group()], word)


def _having(word: str, viewer: Viewer, workspaces: tuple[str, ...]) -> int:
    return indexed(Word(word), Asked(), viewer, workspaces, limit=0).total
