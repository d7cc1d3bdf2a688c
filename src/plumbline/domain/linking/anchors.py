"""Find what a translation keeps of a text, in order: its numbers, its months, and the countries that it names.

Words of months are those of `vocabulary/dates.yaml`; names of countries those of the United Nations and of CLDR. A Russian name is met
in its cases too, an Arabic one after the particles that are written together with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources

import yaml
from babel import Locale

from plumbline.domain.blueprints.countries import country_names
from plumbline.domain.linking.versions import numbers_found

LANGUAGES = ("en", "fr", "es", "it", "ru", "ar", "zh")
MOST_WORDS = 4
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")
_CODE = re.compile(r"[A-Z]{2}")
_MONTH_ZH = re.compile(r"(?<!\d)(1[0-2]|[1-9])\s*\u6708")
_PARTICLES = ("\u0648\u0627\u0644", "\u0628\u0627\u0644", "\u0648", "\u0628", "\u0644", "\u0641")


def anchors_in(text: str, language: str) -> list[str]:
    """Give numbers as they are ("12400"), months ("m3") and countries ("IT") of a text in order; numbers alone in other languages.

    >>> anchors_in("On 14 March 2023 in Italy", "en") == anchors_in("14 \u043c\u0430\u0440\u0442\u0430 2023 \u0432 \u0418\u0442\u0430\u043b\u0438\u0438", "ru")
    True
    """
    found = list(numbers_found(text))
    spoken = language.split("-")[0]
    if spoken == "zh":
        found += [(match.start(), f"m{match[1]}") for match in _MONTH_ZH.finditer(text)]
        found += [(match.start(), _names("zh")[match[0]]) for match in _pattern().finditer(text)]
    elif spoken in LANGUAGES:
        found += _named(text, spoken)
    return [anchor for _, anchor in sorted(found, key=lambda one: one[0])]


def _named(text: str, language: str) -> Iterator[tuple[int, str]]:
    """Give where months and countries are named in a text of words, the longest name at each place."""
    names, firsts = _names(language), _firsts(language)
    words = [(match.start(), match[0], match[0].casefold()) for match in _WORD.finditer(text)]
    bare = language in ("ru", "ar")
    until = 0
    for at, (start, word, plain) in enumerate(words):
        if at < until or (plain not in firsts and not bare and "'" not in plain and "\u2019" not in plain):
            continue
        first = next((one for one in _forms(plain, language) if one in firsts), "")
        if not first or (word[0].islower() and (plain, language) in _COMMON):
            continue
        for length in range(firsts[first], 0, -1):
            name = " ".join([first, *(each[2] for each in words[at + 1 : at + length])])
            if name in names:
                yield start, names[name]
                until = at + length
                break


_COMMON = frozenset({("may", "en"), ("march", "en"), ("mar", "es"), ("set", "it"), ("mar", "it"), ("sep", "en")})
"""Words of months that are words of their own where they begin with a small letter."""


def _forms(plain: str, language: str) -> Iterator[str]:
    """Give the forms of a word (in small letters) under which a name may be kept."""
    yield plain
    if language == "ru" and len(plain) > 4:
        yield from (plain[:-cut] + "~" for cut in (1, 2) if len(plain) - cut > 3)
    elif language == "ar":
        yield from (plain[len(one) :] for one in _PARTICLES if plain.startswith(one) and len(plain) > len(one) + 3)
    elif "'" in plain or "\u2019" in plain:  # l'Italie
        yield re.split("['\u2019]", plain)[-1]


@cache
def _names(language: str) -> Mapping[str, str]:
    """Names of months and countries of a language, in small letters, hyphens as spaces -> anchor."""
    found: dict[str, str] = {}
    for code in map(str, Locale("en").territories):
        if not _CODE.fullmatch(code) or code in ("EU", "EZ", "UN", "ZZ", "XA", "XB", "QO"):
            continue
        for name in country_names(code, language):
            plain = re.sub(r"\s*[(\uff08].*", "", name)
            plain = plain if language == "zh" else " ".join(_WORD.findall(plain)).casefold()
            if len(plain) > 1 and plain.casefold() != code.casefold():
                found.setdefault(plain, code)
                if language == "ru" and " " not in plain and plain[-1] in "\u0430\u044f\u044c\u0439":
                    found.setdefault(plain[:-1] + "~", code)
                elif language == "ru" and " " not in plain and len(plain) > 4:
                    found.setdefault(plain + "~", code)
    for number, spellings in enumerate(_months().get(language, ()), 1):
        found |= {one.casefold(): f"m{number}" for one in spellings if len(one) > 2}
    return found


@cache
def _months() -> Mapping[str, list[list[str]]]:
    source = resources.files("plumbline.domain.vocabulary").joinpath("dates.yaml").read_text(encoding="utf-8")
    return {
        code: words.get("months", [])
        for code, words in yaml.safe_load(source).items()
        if code in LANGUAGES and code != "zh"
    }


@cache
def _firsts(language: str) -> Mapping[str, int]:
    """First words of names -> how many words the longest name has that begins so."""
    found: dict[str, int] = {}
    for name in _names(language):
        words = name.split(" ")
        found[words[0]] = max(found.get(words[0], 0), min(len(words), MOST_WORDS))
    return found


@cache
def _pattern() -> re.Pattern[str]:
    names = sorted((one for one in _names("zh") if len(one) > 1), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, names)))
