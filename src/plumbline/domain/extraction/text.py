"""Cut and fold text without losing offsets: words, sentences, name keys, stems, distances."""

from __future__ import annotations

import math
import re
import threading
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

import Stemmer

from plumbline.domain.extraction.lexicon import lexicon
from plumbline.domain.extraction.model import Span

_STEMMED = {"en": "english", "fr": "french", "es": "spanish", "it": "italian", "ru": "russian", "ar": "arabic"}
_LOCAL = threading.local()

HAN = r"\u3400-\u4dbf\u4e00-\u9fff"
_MARKS = r"\u0300-\u036f\u064b-\u0652\u0670"
WORD = re.compile(rf"[^\W_{HAN}](?:[^\W_{HAN}]|[{_MARKS}])*|[{HAN}]+")
"""A word: letters and digits with the vowel marks written on them, or a run of Chinese characters."""
HAS_HAN = re.compile(rf"[{HAN}]")
_ARABIC_MARKS = re.compile("[\u064b-\u0652\u0640\u0670]")
_ARABIC_LETTERS = str.maketrans("أإآٱىة", "اااايه")
_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹０１２３４５６７８９", "0123456789" * 3)
_RU_ENDING = re.compile(
    "(?:ями|ами|ого|его|ому|ему|ыми|ими|ая|яя|ую|юю|ое|ее|ые|ый|ой|ей|ом|ем|ах|ях|ам|ям|ых|их|ым|им)$"
)
_RU_VOWELS = "аеиоуыэюяьй"
_RU_FLEETING = re.compile("[ье]ц$")


def plain_digits(text: str) -> str:
    """Write Arabic-Indic, Persian and full-width digits as 0-9; the length stays the same.

    >>> plain_digits('٢٠١١')
    '2011'
    """
    return text.translate(_DIGITS)


def fold(word: str) -> str:
    """Casefold a word, drop accents and vowel marks, even out Arabic letters, and write Chinese in simplified characters.

    >>> fold('Gênes'), fold('القاهرة'), fold('棉蘭')
    ('genes', 'القاهره', '棉兰')
    """
    if word.isascii():
        return word.lower()
    if HAS_HAN.match(word):
        return simplified(word)
    word = _ARABIC_MARKS.sub("", word).translate(_ARABIC_LETTERS)
    decomposed = unicodedata.normalize("NFD", word.casefold())
    kept = "".join(c for c in decomposed if c in "\u0306" or not unicodedata.combining(c))
    return unicodedata.normalize("NFC", kept)


def simplified(text: str) -> str:
    """Write traditional Chinese characters as simplified ones; the length stays the same."""
    return text.translate(_simplified())


@cache
def _simplified() -> dict[int, int]:
    signs = lexicon("hanzi")
    return str.maketrans(signs["traditional"], signs["simplified"])


def fold_name(name: str) -> str:
    """Write a name as the gazetteer keys it: folded words with single spaces.

    >>> fold_name("L’Aquila"), fold_name('Saint-Denis')
    ('l aquila', 'saint denis')
    """
    return " ".join(fold(match.group()) for match in WORD.finditer(name))


def cyrillic_stem(folded: str) -> str:
    """Cut the case ending from each word of a folded Russian name, keeping three letters.

    >>> cyrillic_stem('южную корею') == cyrillic_stem('южная корея')
    True
    """
    return " ".join(map(_stem_of, folded.split(" ")))


def cyrillic_stems(folded: str) -> tuple[str, ...]:
    """Give the stems under which forms of a name may ask for it: 'роттердам' ends as a dative plural does, and is none.

    >>> cyrillic_stem('роттердаме') in cyrillic_stems('роттердам')
    True
    """
    whole = " ".join(_stem_of(word, endings=False) for word in folded.split(" "))
    return tuple(dict.fromkeys((cyrillic_stem(folded), whole)))


def _stem_of(word: str, *, endings: bool = True) -> str:
    ended = _RU_ENDING.sub("", word) if endings else word
    ended = ended if len(ended) >= 3 else word
    bare = ended.rstrip(_RU_VOWELS)
    if len(bare) < 4:  # 'Самоа' is no 'сам'
        bare = ended[:-1] if ended == word and ended[-1:] in _RU_VOWELS and len(ended) > 3 else ended
    return _RU_FLEETING.sub("ц", bare)


@dataclass(frozen=True, slots=True)
class Words:
    """Hold the words of one text side by side: offsets, forms as written, folded forms, stems by language."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    forms: tuple[str, ...]
    folded: tuple[str, ...]
    caseless: bool
    _stems: dict[str, list[str]] = field(default_factory=dict)

    def stems(self, language: str) -> list[str]:
        """Give the stem of every word in `language`; unknown languages keep the folded word."""
        if language not in self._stems:
            self._stems[language] = stem_words(self.folded, language)
        return self._stems[language]

    def gap(self, index: int) -> str:
        """Give what stands between word `index` and the next one."""
        return self.text[self.ends[index] : self.starts[index + 1]]


def words_of(text: str) -> Words:
    """Cut a text into words; a run of Chinese characters is one word.

    `caseless` is True when capitals carry no news: all-capital telegrams, all-lower-case transcripts.
    """
    found = list(WORD.finditer(text))
    forms = tuple(match.group() for match in found)
    return Words(
        text=text,
        starts=tuple(match.start() for match in found),
        ends=tuple(match.end() for match in found),
        forms=forms,
        folded=tuple(map(fold, forms)),
        caseless=_is_caseless(forms),
    )


def _is_caseless(forms: tuple[str, ...]) -> bool:
    cased = [form for form in forms[:2000] if len(form) > 1 and form.lower() != form.upper()]
    if len(cased) < 4:
        return False
    upper = sum(form.isupper() for form in cased)
    lower = sum(form.islower() for form in cased)
    titled = len(cased) - upper - lower
    return upper > 0.7 * len(cased) or (len(cased) > 25 and lower > 0.9 * len(cased) and titled <= 0.01 * len(cased))


def stem_words(folded: Iterable[str], language: str) -> list[str]:
    """Stem folded words by Snowball where it knows the language; Arabic also loses its proclitics."""
    words = list(folded)
    name = _STEMMED.get(language)
    if name is None:
        return words
    stemmers = _LOCAL.__dict__.setdefault("stemmers", {})
    if language not in stemmers:
        stemmers[language] = Stemmer.Stemmer(name)
    if language == "ar":
        words = [bare_arabic(word) for word in words]
    stems = stemmers[language].stemWords(words)
    return [fold(stem) for stem in stems] if language in ("ru", "ar") else list(stems)


def bare_arabic(word: str) -> str:
    """Cut conjunction, preposition and article from a folded Arabic word, keeping three letters."""
    for prefix in ("وبال", "وال", "بال", "فال", "كال", "ولل", "لل", "ال"):
        if word.startswith(prefix) and len(word) - len(prefix) >= 3:
            return word[len(prefix) :].removeprefix("ال")
    return word[1:] if len(word) > 4 and word[0] in "وب" else word


_STOP = re.compile(r"(?:[.!?؟…]+[\"'»”’)\]]*(?=\s)|[。！？；]+[”」』]?|\n\s*\n|(?<=\S)\n(?=[-•*–]\s))")
_ABBREVIATION = re.compile(
    r"(?:\b(?:[A-ZА-Я]|Mr|Mrs|Ms|Dr|St|Sr|Jr|No|Nos|art|Art|approx|Co|Corp|Inc|Ltd|Col|Gen|Lt|Sgt|Gov|Rep|Sen|vs|cf|e\.g|i\.e|"
    r"p|pp|ca|Sig|Dott|Avv|Ing|Mme|MM|M|S\.p|S\.r|U\.S|U\.K|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec|г|ул|тыс|им|т|д))\.$"
)


def sentences_of(text: str) -> tuple[tuple[int, int], ...]:
    """List the sentences of a text as (start, end), in order, white space trimmed. Runs in linear time.

    >>> sentences_of('Ten drums were seized. Eco Ltd. owned them.')
    ((0, 22), (23, 43))
    """
    cuts, start = [], 0
    lower = _is_lower(text)
    for match in _STOP.finditer(text):
        if match.group().startswith(".") and not _ends_sentence(text, match, lower=lower):
            continue
        cuts.append((start, match.end()))
        start = match.end()
    cuts.append((start, len(text)))
    return tuple(span for span in (_trim(text, *cut) for cut in cuts) if span[0] < span[1])


def _is_lower(text: str) -> bool:
    """Say whether a text is written without capitals, a code here and there aside."""
    head = text[:4000]
    return sum(map(str.isupper, head)) < 0.01 * sum(map(str.islower, head))


def _ends_sentence(text: str, match: re.Match[str], *, lower: bool) -> bool:
    following = text[match.end() : match.end() + 4].lstrip()
    if following[:1].islower() and match.end() - match.start() == 1 and not lower:
        return False
    return not _ABBREVIATION.search(text, max(0, match.start() - 12), match.start() + 1)


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def longest_first(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Keep spans that do not overlap: the longer wins, then the surer, then the earlier; given back in order."""
    taken: list[Span] = []
    covered: set[int] = set()
    for span in sorted(spans, key=lambda s: (s.start - s.end, -s.confidence, s.start)):
        if covered.isdisjoint(range(span.start, span.end)):
            covered.update(range(span.start, span.end))
            taken.append(span)
    return tuple(sorted(taken, key=lambda s: s.start))


def kilometres(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Measure the great-circle distance of two points in km (haversine, mean radius 6371 km).

    >>> round(kilometres(44.4, 8.9, 45.1, 7.7))
    123
    """
    a, b = math.radians(lat1), math.radians(lat2)
    half = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 2 * 6371.0 * math.asin(min(1.0, math.sqrt(half)))
