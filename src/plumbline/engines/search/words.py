"""Turn text into the words that every search engine indexes and asks for, so that all engines match alike.

Two views of a text. *Folded tokens*, in order: case, accents and Arabic spelling variants put aside, Chinese,
Japanese and Korean cut into single characters; phrases and beginnings are looked for here. *Keys*: what a word is
found by whatever its form, a stem marked with its language ("en:smuggl", "ru:свалк"), "-:word" where no stemmer
fits, and one or two characters ("文件") for Chinese, Japanese and Korean.

A key carries its language, so a query, whose language is unknown, asks for its stem in each language and still meets
French stems in French passages only. Both the stem of the folded word and the folded stem of the word as written are
keys, so that "trafico" finds "tráfico".

>>> tokens("Des déchets (métaux) et 文件")
['des', 'dechets', 'metaux', 'et', '文', '件']
>>> sorted(keys("batteries", "en") & {key for _, key in query_keys("battery")})
['en:batteri']
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import chain

import Stemmer

STEMMED: Mapping[str, str] = {
    "en": "english",
    "fr": "french",
    "es": "spanish",
    "it": "italian",
    "ru": "russian",
    "ar": "arabic",
}
"""Language code -> Snowball stemmer. Other languages are searched by the folded word."""

_SCRIPT_OF = {"ar": "arabic", "ru": "cyrillic"}
_LATIN = ("en", "fr", "es", "it")
_OTHER_ARABIC = frozenset({"fa", "ur", "ps", "ku", "ckb", "ug", "sd"})
_OTHER_CYRILLIC = frozenset({"uk", "be", "bg", "sr", "mk", "kk", "ky", "mn", "tg"})

CJK = "\u3005\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
_MARKS = (
    "".join(re.escape(chr(c)) for c in range(0x300, 0x1E00) if unicodedata.category(chr(c))[0] == "M") + "\u200c\u200d"
)
_TOKEN = re.compile(f"[{CJK}]+|(?:[^\\W_{CJK}]+[{_MARKS}]*)+")
_ASCII_TOKEN = re.compile("[A-Za-z0-9]+")  # the same on ASCII, three times as fast
_ASCII_SPACED = bytes(ord(chr(c).lower()) if chr(c).isalnum() else 32 for c in range(128)).ljust(256)
_CJK = re.compile(f"[{CJK}]")

_DIGITS = {base + n: str(n) for base in (0x660, 0x6F0, 0x966) for n in range(10)}
_DROPPED_MARKS: dict[int, None] = dict.fromkeys(
    [0x640, 0x670, 0x200C, 0x200D, *range(0x610, 0x61B), *range(0x64B, 0x660), *range(0x6D6, 0x6DD)]
)
_ARABIC: dict[int, str | None] = {
    **_DIGITS,
    **_DROPPED_MARKS,
    ord("أ"): "ا",
    ord("إ"): "ا",
    ord("آ"): "ا",
    ord("ٱ"): "ا",
    ord("ة"): "ه",
    ord("ى"): "ي",
    ord("ی"): "ي",
    ord("ک"): "ك",
    ord("ؤ"): "و",
    ord("ئ"): "ي",
}
_ACCENTS = re.compile("[\u0300-\u036f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SPACE = re.compile(r"\s+")


def sound(text: str) -> str:
    """Replace half characters (lone surrogates, which broken PDFs give) by U+FFFD; lengths and offsets stay."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def is_cjk(token: str) -> bool:
    """Tell whether a token is a run of Chinese, Japanese or Korean characters."""
    return token[0] >= "\u3005" and bool(_CJK.match(token))


@lru_cache(maxsize=200_000)
def fold(word: str) -> str:
    """Put case, accents, Arabic spelling variants and digits aside; Cyrillic й stays, ё becomes е."""
    if word.isascii():
        return word.lower()
    text = unicodedata.normalize("NFKC", word).casefold()
    script = _script(text)
    if script == "cyrillic":
        text = text.replace("ё", "е").replace("\u0301", "")
    elif script == "latin":
        text = unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFKD", text)))
    return _SPACE.sub("", text.translate(_ARABIC)) or word


def tokens(text: str) -> list[str]:
    """List the folded tokens of a text in order, one for each CJK character."""
    written = written_tokens(text)
    return written if text.isascii() else _folded(written)


def _folded(written: list[str]) -> list[str]:
    found: list[str] = []
    for token in written:
        if is_cjk(token):
            found.extend(token)
        else:
            found.append(fold(token))
    return found


def spans(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield (token as written, start, end) in order, one for each CJK character."""
    if text.isascii():
        yield from ((match[0], match.start(), match.end()) for match in _ASCII_TOKEN.finditer(text))
        return
    for match in _TOKEN.finditer(text):
        token, (start, end) = match[0], match.span()
        if is_cjk(token):
            yield from ((char, start + n, start + n + 1) for n, char in enumerate(token))
        else:
            yield token, start, end


def folded_value(value: str) -> str:
    """Fold a whole field value for comparison: "Côte d'Ivoire" -> "cote d ivoire".

    >>> folded_value("Côte d'Ivoire")
    'cote d ivoire'
    """
    return " ".join(tokens(value)) or value


@lru_cache(maxsize=400_000)
def keys(word: str, language: str) -> frozenset[str]:
    """Give the keys by which a word as written in a passage of `language` is found."""
    folded = fold(word)
    stemmer = _stemmer_for(_script(folded), language)
    if stemmer is None:
        return frozenset({f"-:{folded}"})
    return frozenset(f"{stemmer}:{stem}" for stem in _stems(word, folded, stemmer))


@lru_cache(maxsize=10_000)
def query_keys(word: str) -> tuple[tuple[str, str], ...]:
    """Give (language, key) for a word of a query in every language that its script allows; '-' is the plain word."""
    folded = fold(word)
    script = _script(folded)
    languages = {"arabic": ("ar",), "cyrillic": ("ru",), "latin": _LATIN}.get(script, ())
    stems = [(language, f"{language}:{stem}") for language in languages for stem in _stems(word, folded, language)]
    return (*stems, ("-", f"-:{folded}"))


def text_keys(text: str, language: str) -> dict[str, int]:
    """Count the keys of a text: key -> times, CJK runs by one and two characters."""
    return _counted(written_tokens(text), language, ascii=text.isascii())


def written_tokens(text: str) -> list[str]:
    """List the tokens of a text as `keys` takes them: as written, in lower case where the text is ASCII; CJK in runs."""
    return _spaced(text).split() if text.isascii() else _TOKEN.findall(text)


def _spaced(text: str) -> str:
    """Write an ASCII text in lower case with a space for whatever is no letter or digit: three times as fast as a pattern."""
    return text.encode("ascii").translate(_ASCII_SPACED).decode("ascii")


def _counted(written: list[str], language: str, *, ascii: bool) -> dict[str, int]:
    """Count the keys of words as written; a word of an ASCII text has one key, since folding leaves it as it is."""
    known = _known.get(language) or _known.setdefault(language, _Known(language))
    if ascii:
        return Counter(map(known.one.__getitem__, written))
    return Counter(chain.from_iterable(map(known.__getitem__, written)))


class _Known(dict[str, tuple[str, ...]]):
    """A word as written -> its keys, in one language: a dictionary of our own, since an `lru_cache` costs more than the look-up."""

    def __init__(self, language: str) -> None:
        self.language, self.one = language, _KnownOne(self)

    def __missing__(self, token: str) -> tuple[str, ...]:
        if len(self) > MOST_KNOWN:
            self.clear()
            self.one.clear()
        found = tuple(_grams(token) if is_cjk(token) else sorted(keys(token, self.language)))
        self[token] = found
        return found


class _KnownOne(dict[str, str]):
    """A word as written that has one key -> that key."""

    def __init__(self, known: _Known) -> None:
        self.known = known

    def __missing__(self, token: str) -> str:
        (self[token],) = self.known[token]
        return self[token]


MOST_KNOWN = 200_000
_known: dict[str, _Known] = {}


def spaced_and_keys(text: str, language: str) -> tuple[str, int, dict[str, int]]:
    """Give the `tokens` of a text parted by spaces, how many they are, and its `text_keys`, in one go."""
    if text.isascii():
        spaced = _spaced(text)
        written = found = spaced.split()
    else:
        written = written_tokens(text)
        found = _folded(written)
        spaced = " ".join(found)
    return spaced, len(found), _counted(written, language, ascii=text.isascii())


def level(times: int, length: int, *, in_heading: bool) -> int:
    """Say how much a passage of `length` tokens is about a key that it has `times` times: 1, 2 or 3.

    The saturation of BM25 (k1 = 1.2, b = 0.75; Robertson and Zaragoza 2009) with a fixed mean length of 120 tokens,
    so that it depends on this passage alone: a mean over all passages would let hidden ones change the order.
    """
    weight = times / (times + 1.2 * (0.25 + 0.75 * length / 120))
    return min(3, 1 + (weight >= 0.5) + (weight >= 0.68) + in_heading)


def levelled(key: str, reached: int) -> str:
    """Name a key in the text of a passage that is about it by this `level`: the index holds the one that is reached."""
    return key if reached == 1 else f"{key}~{reached}"


def is_stop_word(word: str, language: str | None) -> bool:
    """Tell whether a word only joins others, in `language` or, when that is unknown, in any stemmed language."""
    lists = [STOP_WORDS[language]] if language and language in STOP_WORDS else STOP_WORDS.values()
    return any(fold(word) in words for words in lists)


def _grams(run: str) -> Iterator[str]:
    yield from run
    yield from (run[n : n + 2] for n in range(len(run) - 1))


def _script(text: str) -> str:
    """Name the script of the first letter: latin (with Greek and others that lose accents), cyrillic, arabic, other."""
    for char in text:
        code = ord(char)
        if char.isdigit():
            continue
        if code < 0x400 or 0x1E00 <= code < 0x2000:
            return "latin"
        if code < 0x530:
            return "cyrillic"
        return "arabic" if 0x600 <= code < 0x780 or 0xFB50 <= code < 0xFF00 else "other"
    return "none"


def _stemmer_for(script: str, language: str) -> str | None:
    if script == "arabic":
        return None if language in _OTHER_ARABIC else "ar"
    if script == "cyrillic":
        return None if language in _OTHER_CYRILLIC else "ru"
    return language if script == "latin" and language in _LATIN else None


_stemmers = {code: Stemmer.Stemmer(name, 0) for code, name in STEMMED.items()}
_one_at_a_time = threading.Lock()  # a Snowball stemmer keeps its state between calls


def _stems(word: str, folded: str, language: str) -> set[str]:
    written = unicodedata.normalize("NFC", word.casefold())
    if language == "ar":
        written = written.translate(_DROPPED_MARKS)
    with _one_at_a_time:
        stem = _stemmers[language].stemWord
        stems = {fold(stem(written)), fold(stem(folded))}
    return stems | {_light_stem(folded)} if language == "ar" else stems


_ARTICLES = ("بال", "كال", "فال", "ال", "لل")
_ENDINGS = ("ها", "ان", "ات", "ون", "ين", "يه", "ه", "ي")


def _light_stem(word: str) -> str:
    """Take article, conjunction and endings off a folded Arabic word: light10 of Larkey, Ballesteros and Connell (2007).

    Snowball alone parts a word from itself with the article ("شرطة", "الشرطة").
    """
    if word.startswith("و") and len(word) > 3:
        word = word[1:]
    for article in _ARTICLES:
        if word.startswith(article) and len(word) - len(article) >= 2:
            word = word[len(article) :]
            break
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 2:
            word = word[: -len(ending)]
    return word


STOP_WORDS: Mapping[str, frozenset[str]] = {
    language: frozenset(fold(word) for word in words.split())
    for language, words in {
        "en": "a an and are as at be been but by for from had has have if in into is it its of on or that the their there "
        "these they this to was were which will with",
        "fr": "a au aux avec ce ces cette dans de des du elle en est et etait il ils je la le les leur leurs lui mais ne nous "
        "on ou par pas pour qu que qui sa se ses sont sur un une vous d l",
        "es": "a al con de del el ella ellos en entre es esta este esto ha han la las lo los mas no o para pero por que se sin "
        "sobre su sus un una uno y",
        "it": "a al alla alle anche che con da dal dalla dei del della delle di e ed gli ha i il in la le lo nel nella non o "
        "per piu si sono su sul sulla tra un una uno",
        "ru": "в во и из за к ко на не но о об от по при с со у что это как для или его ее их же был была были было а",
        "ar": "في من على إلى الى عن مع هذا هذه ذلك تلك التي الذي الذين أن إن ان كان كانت قد لا ما هو هي أو ثم بين كل و",
    }.items()
}
