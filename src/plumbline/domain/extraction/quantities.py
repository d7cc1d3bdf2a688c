"""Find amounts with units and numbers of people, in seven languages, with thousands marks, words and ranges.

An amount's value is {"low", "high", "unit"} with the unit's id; `low` equals `high` unless the text gives a range, or an
estimate that its language gives two ends ('十几桶', 11 to 19). 'Some', 'about', 'up to', 'at least' and 'more than' leave the
number as printed; 'several hundred' and 'a few' are no number and give nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

from plumbline.domain.extraction.lexicon import LANGUAGES, any_of, known_language, lexicon
from plumbline.domain.extraction.model import Span
from plumbline.domain.extraction.numerals import (
    about_pattern,
    ends_of,
    is_vague,
    key_of,
    number_words,
    numbers_in,
)
from plumbline.domain.extraction.text import longest_first, plain_digits

UnitNames = tuple[tuple[str, tuple[tuple[str, tuple[str, ...]], ...]], ...]
_APART = (
    "and", "of", "the", "to", "in", "per", "de", "des", "du", "par", "por", "di", "dei", "delle", "degli", "из", "в", "за",
    "на", "من", "في", "لكل",
)  # fmt: skip
"""Words that part a number from the unit behind them: 'one of ten drums', '35 euros per drum'."""
_MEASURE = re.compile(r"[只個个](?:$|[，。；、！？\s）])")
_NO_THINGS = "(?!王)(?!(?<=个)(?:半?月|小时|星期|钟头|工作日|国家|省|市|县|村|地|人))"
_YEAR = re.compile(r"(?:19|20)\d\d")
_ARTICLES = frozenset({"a", "an", "un", "une", "una", "uno", "一"})
ONE = "one"
"""The kind of an amount that an article tells ('une source', 'un camion'): it shows what a text is about, and counts nothing."""
COUNT = "count"
"""The kind of an amount that is the number of a thing of one word ('300 batteries'): goods are counted so, and no offence."""
_ROMANCE_ARTICLES = frozenset({"un", "une", "una", "uno"})
_COUNTABLE = frozenset(
    {"containers", "drums", "items", "sources", "trucks", "vehicles", "packages", "vials", "cylinders"}
)
_MEASURES = ("t", "kg", "g", "l", "m3")
_SIZE = re.compile(
    r"(?i)-(?:foot|feet|ft|inch|year|day|metre|meter)|(?:foot|feet|ft|inch|years?|days?|metres?|meters?)\s"
)
"""Words behind a number that are the size or the age of what comes next: '40-foot containers'."""
_HOLDER = re.compile(
    r"(?i)\s+(?:drum|barrel|container|tank|bag|sack|truck|lorr|bin|can|bottle|skip|trailer|tanker|box|cask)"
)
_CLOSES = re.compile(r"\s*(?:[.;!?)]|,(?!\d)|$)")
"""What shows that a figure counts nothing that follows it."""
_WIDE = re.compile(r"(?<=[０-９])[，．](?=[０-９])|(?<=[0-9０-９])，(?=[0-9０-９]{3}(?![0-9０-９]))")


_OTHER_THING = re.compile(r"[.;:!?؟؛。\n]")
OF_THEM = 90
"""So many characters behind an amount a number may count some of it."""
TIMES = "*"
"""Stands in the key of names whose unit is so many times the one asked for: 'kg*100' for quintals."""


def find_quantities(text: str, *, language: str, units: UnitNames) -> tuple[Span, ...]:
    """List the amounts whose unit is among `units`: (unit id, ((language, names), ...)) pairs.

    >>> units = (("t", (("en", ("tonnes",)),)),)
    >>> [span.value for span in find_quantities('between 12 and 15 tonnes', language='en', units=units)]
    [{'low': 12.0, 'high': 15.0, 'unit': 't'}]
    """
    base = known_language(language)
    plain = plain_digits(_WIDE.sub(lambda mark: ",."["，．".index(mark[0])], text))
    found = [*_without_number(plain, base, units)]
    behind, ahead = _unit_patterns(base, units)
    starts = {number.start(): number for number in numbers_in(plain, base)}
    for number in starts.values():
        told = [
            _amount(number, unit, base, ids) for pattern, ids in behind if (unit := pattern.match(plain, number.end()))
        ]
        found += [span for span in told if span is not None]
    for pattern, ids in ahead:
        pairs = ((unit, starts.get(unit.end())) for unit in pattern.finditer(plain))
        told = [_amount(number, unit, base, ids) for unit, number in pairs if number is not None]
        found += [span for span in told if span is not None]
    if base == "ar":
        found += _duals(plain, units)
    spans = longest_first(found)
    if base == "zh":
        return tuple(_with_things_before(plain, spans, units))
    return longest_first([*spans, *_of_them(plain, spans, base)])


def _without_number(plain: str, language: str, units: UnitNames) -> Iterator[Span]:
    """List the amounts that no number leads: 'tonelada y media', 'более тонны', 'тонн двадцать', 'برميل واحد'."""
    bare = _bare_patterns(language, units)
    words = lexicon("numbers")[language]
    for half in bare.half.finditer(plain):
        unit = bare.singular.search(plain, max(0, half.start() - 40), half.start())
        if unit is not None and not is_vague(language, plain[max(0, unit.start() - 24) : unit.start()]):
            yield _alone(unit, bare.ids, 1 + words["half"][_half_key(half["half"])], half.end())
    for unit in bare.one.finditer(plain):
        yield _alone(unit, bare.ids, 1, unit.end("unit"))
    if "behind" not in words:
        return
    starts = {number.start(): number for number in numbers_in(plain, language)}
    for unit in bare.leading.finditer(plain):
        before = plain[max(0, unit.start() - 24) : unit.start()]
        number = starts.get(unit.end())
        if number is None or is_vague(language, before) or bare.counted.search(before):
            continue
        value = _told_behind(number, unit, language, bare)
        if value is not None:
            yield _alone(unit, bare.ids, value, number.end())


def _alone(match: re.Match[str], ids: Mapping[str, str], value: float, end: int) -> Span:
    unit, _, times = ids[key_of(match["unit"])].partition(TIMES)
    value = round(value * float(times or 1), 6)
    return Span(match.start("unit"), end, {"low": value, "high": value, "unit": unit}, 0.7)


def _told_behind(number: re.Match[str], unit: re.Match[str], language: str, bare: _Bare) -> float | None:
    """Read the number behind its unit; None where it counts what follows, or does not suit the form of the unit."""
    words, plain = lexicon("numbers")[language]["behind"], number.string
    if "one" in words:
        return 1 if key_of(number[0]) in words["one"] else None
    low, high = ends_of(number, language) or (0.0, 1.0)
    figure = number[0].isdigit()
    if low != high or (
        _CLOSES.match(plain, number.end()) is None if figure else bare.follows.match(plain, number.end())
    ):
        return None
    return low if (1 < low < 5 if key_of(unit["unit"]) in words["few"] else low >= 5) else None


@dataclass(frozen=True, slots=True)
class _Bare:
    """Hold what `_without_number` looks for in one language; `ids` are of units by the `key_of` of their names.

    half: what is added behind a unit; singular: a unit at the end of what was read; one: a word of 'about' and a unit of mass
    or volume; leading: a unit before its number; counted: what shows that another number counts it; follows: what the number
    counts instead.
    """

    ids: Mapping[str, str]
    half: re.Pattern[str]
    singular: re.Pattern[str]
    one: re.Pattern[str]
    leading: re.Pattern[str]
    counted: re.Pattern[str]
    follows: re.Pattern[str]


@lru_cache(maxsize=64)
def _bare_patterns(language: str, units: UnitNames) -> _Bare:
    words = lexicon("numbers")[language]
    ids: dict[str, str] = {}
    measures, singular, shortest = [], [], 1 if language == "ar" else 2
    plural = {"en": ("s",), "fr": ("s", "x"), "es": ("s",), "it": ("i", "e")}.get(language, ("\n",))
    behind = words.get("behind", {})
    for unit_id, names in units:
        for name in (one for lang, phrases in names if lang == language for one in phrases if len(one) > shortest):
            ids[key_of(name)] = unit_id
            singular += [name] if not name.endswith(plural) else []
            if unit_id.partition(TIMES)[0] in _MEASURES and name not in behind.get("many", ()) and name[0] != "أ":
                measures.append(name)
    start = r"(?<!\w)[وفبلك]?" if language == "ar" else r"(?<!\w)"
    halves = any_of(words.get("half", ())) if language != "zh" else "(?!)"
    number = any_of(number_words(language))
    leading = (
        singular
        if "one" in behind
        else [n for n in (*behind.get("many", ()), *behind.get("few", ())) if key_of(n) in ids]
    )
    nearly = r"(?:(?:примерно|около|этак|эдак|почти)\s+)?" if language == "ru" else ""
    counts = any_of([*lexicon("dates")[language].get("ordinals", ()), *behind.get("counts_next", ()), *ids])
    counted = any_of([*number_words(language), *words["multipliers"], "сколько", "столько"])
    return _Bare(
        ids,
        *(
            re.compile(pattern, re.IGNORECASE)
            for pattern in (
                rf"(?<=\w)(?P<half>{halves})(?!\w)"
                + (rf"(?:\s+ال{any_of(measures)}(?!\w))?" if language == "ar" else ""),
                rf"{start}(?P<unit>{any_of(singular)})$",
                rf"{about_pattern(language)}\s+(?P<unit>{any_of(measures)})(?!\w)(?!\s+{number}(?!\w))",
                rf"{start}(?P<unit>{any_of(leading)})\s+{nearly}",
                rf"(?:\d|(?<!\w){counted}|[:/–—-])\s*$",
                rf"\s+{counts}(?!\w)",
            )
        ),
    )


def _of_them(plain: str, spans: Sequence[Span], language: str) -> Iterator[Span]:
    """List the numbers that count some of what was counted before them: '46 drums, of them nine leaked'."""
    starts = {number.start(): number for number in numbers_in(plain, language)}
    for head in _part_pattern(language).finditer(plain):
        match = starts.get(head.end())
        before = next((span for span in reversed(spans) if span.end <= head.start()), None)
        if match is None or _NO_PART.match(plain, match.end()) or before is None:
            continue
        if head.start() - before.end > OF_THEM or before.value["unit"] not in _COUNTABLE:
            continue
        if _OTHER_THING.search(plain, before.end, head.start()):
            continue
        number, high = ends_of(match, language) or (0.0, 0.0)
        if number == high and 1 < number <= before.value["high"]:
            yield Span(match.start(), match.end(), {"low": number, "high": number, "unit": before.value["unit"]}, 0.6)


_NO_PART = re.compile(r"\w|\s*%")


@cache
def _part_pattern(language: str) -> re.Pattern[str]:
    heads = lexicon("numbers")[language].get("of_them", ())
    return re.compile(rf"(?<!\w){any_of(heads)}\s+", re.IGNORECASE)


def _with_things_before(plain: str, spans: Sequence[Span], units: UnitNames) -> Iterator[Span]:
    """Let a Chinese number with a measure word alone count the things named or counted before it: '铁桶二十只，其中十二只'."""
    counted, ids = "", {w: u for u, named in units if u in _COUNTABLE for lang, ws in named if lang == "zh" for w in ws}
    for span in spans:
        unit = span.value["unit"]
        if unit == "items" and _MEASURE.match(plain, span.end - 1):
            head = plain[max(0, span.start - 4) : span.start]
            counted = next((ids[head[cut:]] for cut in range(len(head)) if head[cut:] in ids), counted)
        if unit == "items" and counted not in ("", "items") and _MEASURE.match(plain, span.end - 1):
            span = replace(span, value={**span.value, "unit": counted})
        elif unit in _COUNTABLE and unit != "items":
            counted = unit
        yield span


def find_counted(text: str, things: Iterable[Span], *, language: str, taken: Sequence[Span] = ()) -> list[Span]:
    """List the numbers right before things that need no unit, as amounts of items: '1 100 batteries'.

    `things` are the spans of their names; what meets a span of `taken` (in order) is left out, and so are years. The kind is
    COUNT where one word names the thing.
    """
    base = known_language(language)
    plain, found = plain_digits(text), []
    numbers = numbers_in(plain, base)
    between = _BEFORE_HAN_THING if base == "zh" else _BEFORE_THING
    for thing in things:
        last = bisect_right(numbers, thing.start, key=lambda number: number.end()) - 1
        match = numbers[last] if last >= 0 else None
        if match is None or not between.fullmatch(plain, match.end(), thing.start):
            continue
        if _meets(taken, match.start(), thing.end):
            continue
        ends, is_year = ends_of(match, base), _YEAR.fullmatch(match["n1"]) and not match["x1"]
        if ends is None or not 2 <= ends[0] <= ends[1] or is_year:
            continue
        low, high = ends
        one = thing.end - thing.start <= 2 if base == "zh" else not re.search(r"\s", plain[thing.start : thing.end])
        kind = COUNT if one else ""
        found.append(Span(match.start(), thing.end, {"low": low, "high": high, "unit": "items"}, 0.7, kind=kind))
    return found


def _meets(ordered: Sequence[Span], start: int, end: int) -> bool:
    """Say whether text[start:end] meets a span of `ordered`."""
    index = bisect_right(ordered, start, key=lambda span: span.end)
    return index < len(ordered) and ordered[index].start < end


_BEFORE_THING = re.compile(r"\s*")
_BEFORE_HAN_THING = re.compile("[余多]?[只个件台块条节支]?")
_DUAL_AND = re.compile(r"\s+ونصف|\s+[أا]و\s+ثلاثة?(?!\w)")


def _duals(plain: str, units: UnitNames) -> list[Span]:
    """List what an Arabic dual says: 'برميلين' is two drums, 'طنين ونصف' 2.5 t, 'برميلين أو ثلاثة' two or three."""
    pattern, ids = _dual_pattern(units)
    found = []
    for match in pattern.finditer(plain) if pattern is not None else ():
        unit, _, times = ids[match["unit"]].partition(TIMES)
        more = _DUAL_AND.match(plain, match.end())
        low, high = (2.5, 2.5) if more and "ن" in more[0] else (2, 3 if more else 2)
        value = {"low": low * float(times or 1), "high": high * float(times or 1), "unit": unit}
        found.append(Span(match.start("unit"), more.end() if more else match.end(), value, 0.8))
    return found


@lru_cache(maxsize=64)
def _dual_pattern(units: UnitNames) -> tuple[re.Pattern[str] | None, dict[str, str]]:
    ids: dict[str, str] = {}
    for unit_id, names in units:
        for name in (one for lang, words in names if lang == "ar" for one in words if " " not in one):
            if not name.endswith(("ا", "ًا", "ات", "ين")):
                stem = name[:-1] + "ت" if name.endswith("ة") else name
                ids |= {stem + "ين": unit_id, stem + "ان": unit_id}
    return (re.compile(rf"(?<!\w)[وفبلك]?ـ?(?:ال|لل)?(?P<unit>{any_of(ids)})(?!\w)") if ids else None), ids


def unit_names(ids: Iterable[str], declared: Mapping[str, Any]) -> UnitNames:
    """Gather the names of units from a blueprint's `units` and the shipped word list, in a form that can be a key."""
    shipped = lexicon("units")
    gathered, wanted = [], tuple(ids)
    for unit_id in wanted:
        names: dict[str, list[str]] = {language: [] for language in ("any", *LANGUAGES)}
        for language, words in (shipped.get(unit_id, {}).get("names") or {}).items():
            names[language].extend(words)
        names["any"].extend(shipped.get(unit_id, {}).get("symbols") or ())
        names["before"] = list(shipped.get(unit_id, {}).get("before") or ())
        for other in _standing_for(unit_id, wanted):
            for language, words in shipped[other]["names"].items():
                names[language].extend(words)
        unit = declared.get(unit_id)
        for language, words in unit.names.items() if unit is not None else ():
            names.setdefault(language, []).extend(words)
        if not any(names.values()):
            names["any"].append(unit_id)
        gathered.append((unit_id, tuple((lang, tuple(dict.fromkeys(words))) for lang, words in names.items())))
    for other, entry in shipped.items():
        times = {unit: factor for unit, factor in entry.get("is", {}).items() if unit in wanted and other not in wanted}
        for unit_id, factor in times.items():
            listed = [*entry["names"].items(), ("any", entry.get("symbols", ()))]
            gathered.append((f"{unit_id}{TIMES}{factor}", tuple((lang, tuple(words)) for lang, words in listed)))
    return tuple(gathered)


def _standing_for(unit_id: str, wanted: Sequence[str]) -> list[str]:
    """List the things that are counted as this unit, the first wanted one of those that they count as."""
    return [
        other
        for other, entry in lexicon("units").items()
        if other not in wanted and next((u for u in entry.get("counts_as", ()) if u in wanted), "") == unit_id
    ]


_Named = tuple[re.Pattern[str], dict[str, str]]


@lru_cache(maxsize=64)
def _unit_patterns(language: str, units: UnitNames) -> tuple[list[_Named], list[_Named]]:
    """Compile what may stand behind a number, words and symbols in their own case, and the money signs before one."""
    words, symbols, before = {}, {}, {}
    for unit_id, names in units:
        for lang, phrases in names:
            for phrase in phrases:
                if lang == "before":
                    before[phrase] = unit_id
                elif lang == "any" or (lang == "en" and len(phrase) <= 2):
                    symbols[phrase] = unit_id
                elif lang in (language, "en"):
                    words[key_of(phrase)] = unit_id
                    if lang == "ar" and not phrase.endswith(("ا", "ة", "ات")):
                        words.setdefault(key_of(phrase) + "ا", unit_id)
    filler = (
        rf"(?:\d+[-\s]?(?:foot|feet|ft|litre|liter|kg)\s+)?(?:(?<!\w)(?!{any_of([*_APART, *number_words(language)])}(?!\w))[^\W\d]+(?:-[^\W\d]+)?\s+){{0,2}}?"
        if language != "zh"
        else "[余餘多来來把]?(?:[只個个](?=[^只個个]))?"
    )
    behind: list[_Named] = []
    if words:
        close = _NO_THINGS if language == "zh" else r"(?!\w)"
        half = rf"(?P<half>{any_of(lexicon('numbers')[language].get('half', ()))}{close})?"
        named = any_of(word for word in words)
        body = rf"\s*-?\s*(?P<filler>{filler})(?P<unit>{named}){close}{half}"
        behind.append((re.compile(body, re.IGNORECASE), words))
    if symbols:
        body = rf"[ \u00a0]?(?P<filler>)(?P<half>(?!))?(?P<unit>{any_of(symbols)})(?![^\W{chr(0x4E00)}-{chr(0x9FFF)}])"
        behind.append((re.compile(body), symbols))
    money = [(re.compile(rf"(?P<unit>{any_of(before)})\s?(?P<filler>)(?P<half>(?!))?"), before)] if before else []
    return behind, money


def _amount(number: re.Match[str], said: re.Match[str], language: str, ids: dict[str, str]) -> Span | None:
    """Give the amount of a number and the unit by it; None where the two are none."""
    unit, _, times = (ids.get(said["unit"]) or ids.get(key_of(said["unit"])) or "").partition(TIMES)
    ends, filler = ends_of(number, language), said["filler"].split()
    if not unit or ends is None or (len(filler) > 1 and unit not in _COUNTABLE):
        return None
    low, high = ends
    if said["half"]:
        more = lexicon("numbers")[language]["half"][_half_key(said["half"])]
        low, high = low + more, high + more
    if _is_no_amount(number, said, unit) or _is_size(number, said, language):
        return None
    if (low < 1 and (filler or unit in _COUNTABLE)) or (filler and is_vague(language, said["filler"])):
        return None
    start, end = min(number.start(), said.start()), max(number.end(), said.end())
    if low == high == 1 and (second := _or_two(language).match(number.string, end)):
        high, end = 2, second.end()
    if times:
        low, high = round(low * float(times), 6), round(high * float(times), 6)
    confidence = 0.9 - 0.1 * len(filler) - (0.1 if not number["n1"][0].isdigit() else 0.0)
    if low > high:
        return Span(number.start("n2"), end, {"low": high, "high": high, "unit": unit}, 0.6)
    one = unit in _COUNTABLE and high == 1 and not number["n2"] and number["n1"].lower() in _ROMANCE_ARTICLES
    return Span(start, end, {"low": low, "high": high, "unit": unit}, round(confidence, 3), kind=ONE if one else "")


def _half_key(written: str) -> str:
    """Give what a table of halves has for one: its leading space stays."""
    return written[0].replace("\u00a0", " ") + key_of(written[1:]).lstrip()


@cache
def _or_two(language: str) -> re.Pattern[str]:
    return re.compile(rf"\s+{any_of(lexicon('numbers')[language].get('or_two', ()))}(?!\w)", re.IGNORECASE)


def _is_size(number: re.Match[str], said: re.Match[str], language: str) -> bool:
    """Tell the size of what holds something ('200-litre drums', '40-foot containers', 'a 20-tonne truck') from an amount."""
    plain = number.string
    if _SIZE.match(plain, number.end()) or _SIZE.match(said["filler"]):
        return True
    hyphened = plain.startswith("-", number.end()) and not number["n2"] and language == "en"
    return hyphened and bool(_HOLDER.match(plain, said.end("unit")))


def _is_no_amount(number: re.Match[str], said: re.Match[str], unit: str) -> bool:
    """Tell a year ('2021 г.', 'в 2021 г') from grams, and an article that counts nothing ('a box', '一只') from one item."""
    low, text = number["n1"], number.string
    if said["unit"] == "г" and _YEAR.fullmatch(low):
        ahead = max(0, number.start() - 24)
        return text.startswith(".", said.end()) or bool(_before_year().search(text, ahead, number.start()))
    return unit == "items" and not number["n2"] and low.lower() in _ARTICLES


@cache
def _before_year() -> re.Pattern[str]:
    """Write the pattern of what stands right before a Russian year: a preposition, a month, a part of the year, '2019 по'."""
    months = (name for names in lexicon("dates")["ru"]["months"] for name in names)
    ahead = any_of([*months, "в", "с", "до", "к", "начале", "конце", "середине"])
    return re.compile(rf"(?:(?<!\w){ahead}|{_YEAR.pattern}(?:\s*г\.?)?\s+по)\s+$", re.IGNORECASE)


# --- people ---------------------------------------------------------------------------------------------------------


def find_people(text: str, *, language: str) -> tuple[Span, ...]:
    """List numbers of people; the value is a float and `kind` is killed, injured, arrested or people.

    >>> [(s.value, s.kind) for s in find_people('Three workers were injured.', language='en')]
    [(3.0, 'injured')]
    """
    base = known_language(language)
    plain = plain_digits(text)
    found = []
    for number in numbers_in(plain, base):
        match = _people_pattern(base).match(plain, number.end())
        ends = ends_of(number, base) if match else None
        if match is None or ends is None or not 1 <= ends[0] <= 1e6:
            continue
        noun, kind = match["noun"], _fate(base, plain, number.start(), match.end())
        if noun or kind:
            found.append(Span(number.start(), match.end(), ends[0], 0.8 if kind else 0.6, kind=kind or "people"))
    return longest_first(found)


@cache
def _people_pattern(language: str) -> re.Pattern[str]:
    words = lexicon("people")[language]
    fates = [word for kind in ("killed", "injured", "arrested") for word in words[kind]]
    edge = "" if language == "zh" else r"(?!\w)"
    adjective = "" if language == "zh" else r"(?:(?!(?:and|of|the|to|in)\b)[^\W\d]+\s+){0,1}?"
    noun = rf"(?P<noun>{any_of(words['people'])}){edge}"
    fate = rf"(?:(?:were|was|others?|more|have been|has been|ont été|a été|fueron|sono stat[ie]|были)\s+)*{any_of(fates)}{edge}"
    return re.compile(rf"\s*(?:{adjective}{noun}|{fate})", re.IGNORECASE)


def _fate(language: str, plain: str, start: int, end: int) -> str:
    """Look for what happened in the words behind the number, up to the end of the clause, then before it."""
    behind = re.split(r"[.;!?。；！？\n]|,\s+(?:and|et|y|e|и)\s", plain[start : end + 45])[0]
    ahead = re.split(r"[.;!?。；！？\n]", plain[max(0, start - 28) : start])[-1]
    for stretch in (behind, ahead):
        hits = [(m.start(), kind) for kind, pattern in _fates(language) if (m := pattern.search(stretch))]
        if hits:
            return min(hits)[1] if stretch is behind else max(hits)[1]
    return ""


@cache
def _fates(language: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    words = lexicon("people")[language]
    lead, edge = ("", "") if language == "zh" else (r"(?<!\w)", r"(?!\w)")
    return tuple(
        (kind, re.compile(lead + any_of(words[kind]) + edge, re.IGNORECASE))
        for kind in ("killed", "injured", "arrested")
    )
