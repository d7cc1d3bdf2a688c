"""Write names of several scripts as they roughly sound, so that 'Текискьяпан', 'ألتو هوسبيسيو' and 'Alto Hospicio' meet.

A name is cut to classes of consonants, in the manner of Soundex and its like, but across scripts: what one script cannot tell apart
(p and b in Arabic, h and kh anywhere) is one class or nothing. Two names may be one where the consonants are
the same and the whole, with vowels in three classes, is much alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import product

from rapidfuzz.distance import Indel

from plumbline.domain.extraction.text import fold

LEAST = 4
"""A name of fewer consonants sounds like too many others."""
ALIKE = 0.8
"""From so much alike on two names may be one."""
MOST_WAYS = 8
"""A name is written down in so many ways at most."""

_CYRILLIC = {
    **dict.fromkeys("бп", "b"), **dict.fromkeys("вф", "f"), **dict.fromkeys("дт", "t"), **dict.fromkeys("гк", "k"),
    **dict.fromkeys("жзсцчшщ", "s"), "л": "l", "р": "r", "м": "m", "н": "n", "а": "a", "я": "a",
    **dict.fromkeys("еэийы", "e"), "ё": "o", **dict.fromkeys("оую", "o"), **dict.fromkeys("хьъ", ""),
}  # fmt: skip
_ARABIC = {
    **dict.fromkeys("بپ", "b"), **dict.fromkeys("فڤ", "f"), **dict.fromkeys("تدطضثذ", "t"), **dict.fromkeys("كقغگک", "k"),
    **dict.fromkeys("سصزشجژچظ", "s"), "ل": "l", "ر": "r", "م": "m", "ن": "n", "ا": "a", "و": "o",
    **dict.fromkeys("يی", "e"), **dict.fromkeys("هحخعءئؤ", ""),
}  # fmt: skip
_WAYS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("tsch|sch|tch|sh|cz|tz|ts|zh|dzh|dj", ("s",)), ("ch", ("s", "k")), ("ph", ("f",)), ("th", ("t",)), ("kh|h", ("",)),
    ("gh", ("k",)), ("ng$", ("n",)), ("qu(?=[ei])|ck|[qk]", ("k",)), ("c(?=[eiy])", ("s",)), ("c", ("k",)),
    ("g(?=[eiy])", ("s", "k", "")), ("g", ("k",)), ("x", ("ks", "s")), ("j", ("s", "", "e")), ("[zs]", ("s",)),
    ("w", ("f", "o")), ("[fv]", ("f",)), ("[pb]", ("b",)), ("[td]", ("t",)), ("l", ("l",)), ("r", ("r",)), ("m", ("m",)),
    ("n", ("n",)), ("a", ("a",)), ("[eiy]", ("e",)), ("[ou]", ("o",)),
)  # fmt: skip
_PIECE = re.compile("|".join(f"({pattern})" for pattern, _ in _WAYS))
_TWICE = re.compile(r"(.)\1+")


def spoken(name: str) -> tuple[str, ...]:
    """List the ways in which a name may be said, as letters of nine classes of consonants and three of vowels.

    >>> spoken('Текискьяпан'), spoken('Tequisquiapan')
    (('tekeskaban',), ('tekeskeaban',))
    """
    folded = fold(name)
    if any("\u0400" <= c <= "\u04ff" for c in folded):
        return (_once("".join(_CYRILLIC.get(c, "") for c in folded.replace("дж", "ж"))),)
    if any("\u0600" <= c <= "\u06ff" for c in folded):
        return (_once("".join(_ARABIC.get(c, "") for c in folded.replace("تش", "ش").replace("دج", "ج"))),)
    ways: list[tuple[str, ...]] = []
    for match in _PIECE.finditer(folded):
        choices = _WAYS[(match.lastindex or 1) - 1][1]
        ways.append(choices if _count(ways) * len(choices) <= MOST_WAYS else choices[:1])
    return tuple(dict.fromkeys(_once("".join(one)) for one in product(*ways)))


def _count(ways: list[tuple[str, ...]]) -> int:
    number = 1
    for one in ways:
        number *= len(one)
    return number


def _once(said: str) -> str:
    return _TWICE.sub(r"\1", said)


def sound_key(name: str) -> str:
    """Give the key under which the gazetteer knows what sounds so; '' where the name is too short to tell.

    >>> sound_key('Текискьяпан'), sound_key('Бари')
    ('^tkskbn', '')
    """
    return _key(spoken(name)[0])


def sound_keys(name: str) -> frozenset[str]:
    """Give the keys of a name in Latin letters, one for each way in which it may be said; none for one too short to tell."""
    return frozenset(map(_key, spoken(name))) - {""}


def _key(said: str) -> str:
    """Keep the consonants, each of a run of one once: where h fell silent, two may have met."""
    bones = re.sub("[aeo]", "", said)
    return "^" + _once(bones) if len(bones) >= LEAST else ""


def sounds_like(name: str, others: Iterable[str]) -> frozenset[str]:
    """Give those of `others`, names in Latin letters, that a name in another script most likely is; none that begin otherwise."""
    said = spoken(name)[0]
    scores = {
        other: max(
            (Indel.normalized_similarity(said, way) for way in spoken(other) if way[:1] == said[:1]), default=0.0
        )
        for other in set(others)
    }
    best = max(scores.values(), default=0.0)
    return frozenset(other for other, score in scores.items() if score >= max(ALIKE, best - 0.01))
