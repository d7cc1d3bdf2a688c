"""Tell names of towns that are words of prose: 'ليل' is a night more often than Lille, '中和' to neutralise."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from babel import Locale

from plumbline.domain.extraction.lexicon import lexicon
from plumbline.domain.extraction.text import HAS_HAN, Words, fold, fold_name

_HAN_COMPOUND = re.compile(
    "[山海江河湖][东西南北](?=[麓坡侧脚岸翼端])|[东西南北]海(?=[岸滩])|成都(?<=[变建形造组合构做制完促]成都)|上海(?=[拔鲜浪洋])|"
    "上海(?<=[以网路船陆]上海)(?=关)|南通(?=[过道知报行往航车电])|大连(?=[接续锁环带])|大理(?=[石论由想解念智])|三明(?=治)|"
    "合肥(?=[料皂])|合肥(?<=[复混配]合肥)|新乡(?=[村土])|河源(?=头)|日照(?=[时充量率强较少长短])|大同(?=小异)|长治(?=久安)|"
    "开封(?<=[未已被刚没再可]开封)|开封(?=[后前的使即])|内江(?=[河湖])|长春(?=节)"
)
"""Longer words in which the name of a town is no name: 山东麓 is an eastern foot, 大理石 marble."""
_HAN_TOWN = re.compile("[县镇]|区(?<=中和区)|市(?![场面值价容售民])|乡(?![村亲土愁])")
_KIND_BEFORE = re.compile(
    r"(?:مدينة|بلدة|ميناء|محافظة|ولاية|مرفأ|قضاء|بلدية|إقليم|مطار|معبر|ناحية)\s+$|"
    r"(?<!\w)(?:город\w{0,3}|г\.|пос[её]л\w{0,4}|пос\.|порт\w{0,2}|сел[оаеу]|с\.|деревн\w{1,2})\s+$|"
    r"(?<!\w)(?:(?:ville|commune|port|village) d(?:e |u |['’])|(?:ciudad|puerto|municipio|localidad) de(?: |l )|"
    r"(?:città|comune|porto) d(?:i |['’]))$",
    re.IGNORECASE,
)

_REACH = 40


class Name(NamedTuple):
    """Hold a possible name text[start:end], the places of its first and last word, and its key in the gazetteer."""

    start: int
    end: int
    first: int
    last: int
    key: str


def is_prose(words: Words, language: str, name: Name, countries: Iterable[str]) -> bool:
    """Say whether a name is a word of prose where it stands, or lies inside a longer Chinese word.

    It is a town behind a word of kind, in Chinese before one, or before one of its `countries`.
    """
    run = words.folded[name.first]
    if HAS_HAN.match(name.key):
        at = name.start - words.starts[name.first]
        if _HAN_COMPOUND.match(run, at):
            return True
        if name.key not in _listed(language) or _HAN_TOWN.match(run, at + len(name.key)):
            return False
    else:
        listed = _listed(language)
        if name.first != name.last or (name.key not in listed and run not in listed):
            return False
        kind = _KIND_BEFORE.search(words.text, max(0, name.start - 16), name.start)
        if kind is not None and run == name.key.removeprefix("~"):
            return False
    return not _is_before_country(words.text, language, name, countries)


@cache
def _listed(language: str) -> frozenset[str]:
    listed = map(str, lexicon("places")["prose"].get(language, ()))
    return frozenset("~" * word.startswith("~") + fold(word.removeprefix("~")) for word in listed)


def _is_before_country(text: str, language: str, name: Name, countries: Iterable[str]) -> bool:
    behind = text[name.end : name.end + _REACH]
    mark = re.match(r"\s*[,،，(（]\s*", behind)
    if mark is None:
        return False
    head = fold_name(behind[mark.end() :])
    return any(head.startswith(land) for country in countries for land in _lands(language, country))


@cache
def _lands(language: str, country: str) -> tuple[str, ...]:
    name = Locale(language).territories.get(country, "")
    return tuple(fold_name(str(one)) for one in (name, *lexicon("places")["aliases"].get(country, ())) if one)
