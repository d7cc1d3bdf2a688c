"""Find amounts with units and numbers of people, in seven languages, with thousands marks, words and ranges.

An amount's value is {"low", "high", "unit"} with the unit's id; `low` equals `high` unless the text gives a range.
'Some', 'about' and 'more than' lower the confidence and leave the number as printed.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any

from plumbline.domain.extraction.lexicon import LANGUAGES, any_of, known_language, lexicon
from plumbline.domain.extraction.model import Span
from plumbline.domain.extraction.text import longest_first, plain_digits

UnitNames = tuple[tuple[str, tuple[tuple[str, tuple[str, ...]], ...]], ...]
_FIGURE = r"\d{1,3}(?:[  \u202f\u00a0,.'’٬]\d{3})+(?:[.,٫]\d{1,3})?(?!\d)|\d{1,15}(?!\d)(?:[.,٫]\d{1,9}(?!\d))?"
_APART = (
    "and", "of", "the", "to", "in", "per", "de", "des", "du", "par", "por", "di", "dei", "delle", "degli", "из", "в", "за",
    "на", "من", "في", "لكل",
)  # fmt: skip
"""Words that part a number from the unit behind them: 'one of ten drums', '35 euros per drum'."""
_MEASURE = re.compile(r"[只個个](?:$|[，。；、！？\s）])")
_NO_THINGS = "(?!(?<=个)(?:半?月|小时|星期|钟头|工作日|国家|省|市|县|村|地|人))"
_YEAR = re.compile(r"(?:19|20)\d\d")
_ARTICLES = frozenset({"a", "an", "un", "une", "una", "uno", "一"})
ONE = "one"
"""The kind of an amount that an article tells ('une source', 'un camion'): it shows what a text is about, and counts nothing."""
_ROMANCE_ARTICLES = frozenset({"un", "une", "una", "uno"})
_COUNTABLE = frozenset(
    {"containers", "drums", "items", "sources", "trucks", "vehicles", "packages", "vials", "cylinders"}
)


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
    plain = plain_digits(text)
    found = []
    for pattern, ids in _unit_patterns(base, units):
        for match in pattern.finditer(plain):
            span = _amount(match, base, ids)
            if span is not None:
                found.append(span)
    if base == "ar":
        found += _duals(plain, units)
    spans = longest_first(found)
    if base == "zh":
        return tuple(_with_things_before(plain, spans, units))
    return longest_first([*spans, *_of_them(plain, spans, base)])


def _of_them(plain: str, spans: Sequence[Span], language: str) -> Iterator[Span]:
    """List the numbers that count some of what was counted before them: '46 drums, of them nine leaked'."""
    pattern = _part_pattern(language)
    for match in pattern.finditer(plain) if pattern is not None else ():
        before = next((span for span in reversed(spans) if span.end <= match.start()), None)
        if before is None or match.start() - before.end > OF_THEM or before.value["unit"] not in _COUNTABLE:
            continue
        if _OTHER_THING.search(plain, before.end, match.start()):
            continue
        number = read_number(match["n1"], language, match["x1"])
        if number is not None and 1 < number <= before.value["high"]:
            start = match.start("n1")
            end = match.end("x1") if match["x1"] else match.end("n1")
            yield Span(start, end, {"low": number, "high": number, "unit": before.value["unit"]}, 0.6)


@cache
def _part_pattern(language: str) -> re.Pattern[str] | None:
    heads = lexicon("numbers")[language].get("of_them")
    if not heads:
        return None
    return re.compile(rf"(?<!\w){any_of(heads)}\s+{_number_pattern(language)}(?!\w)(?!\s*%)", re.IGNORECASE)


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

    `things` are the spans of their names; what meets a span of `taken` (in order) is left out, and so are years.
    """
    base = known_language(language)
    plain, found = plain_digits(text), []
    for thing in things:
        match = _before_thing(base).search(plain, max(0, thing.start - 48), thing.start)
        if match is None or _meets(taken, match.start(), thing.end):
            continue
        low = read_number(match["n1"], base, match["x1"])
        high = read_number(match["n2"], base, match["x2"]) if match["n2"] else low
        is_year = _YEAR.fullmatch(match["n1"]) and not match["x1"]
        if low is None or high is None or not 2 <= low <= high or is_year:
            continue
        found.append(Span(match.start(), thing.end, {"low": low, "high": high, "unit": "items"}, 0.7))
    return found


def _meets(ordered: Sequence[Span], start: int, end: int) -> bool:
    """Say whether text[start:end] meets a span of `ordered`."""
    index = bisect_right(ordered, start, key=lambda span: span.end)
    return index < len(ordered) and ordered[index].start < end


def find_numbers(text: str, *, language: str) -> Iterator[Span]:
    """Give the numbers above 2 of a text, in figures or words, whatever they count; the value is the number.

    >>> [span.value for span in find_numbers('Thirty-eight drums, 1,200 litres', language='en')]
    [38.0, 1200.0]
    """
    base = known_language(language)
    plain = plain_digits(text)
    ahead: Span | None = None
    for match in _numbers(base).finditer(plain):
        for number, times in (("n1", "x1"), ("n2", "x2")):
            value = read_number(match[number], base, match[times]) if match[number] else None
            if value is None:
                continue
            span = Span(
                match.start(number), match.end(times) if match[times] else match.end(number), round(value, 6), 0.8
            )
            if ahead is not None and _is_joined(plain, ahead, span):
                ahead = Span(ahead.start, span.end, ahead.value + span.value, 0.8)
                continue
            if ahead is not None and ahead.value > 2:
                yield ahead
            ahead = span
    if ahead is not None and ahead.value > 2:
        yield ahead


def _is_joined(plain: str, tens: Span, units: Span) -> bool:
    """Say whether two numbers are one in words: 'thirty-eight'."""
    return (
        plain[tens.end : units.start] == "-"
        and tens.value in range(20, 91, 10)
        and units.value < 10
        and not plain[units.start].isdigit()
    )


@cache
def _numbers(language: str) -> re.Pattern[str]:
    return re.compile(_number_pattern(language), re.IGNORECASE)


@cache
def _before_thing(language: str) -> re.Pattern[str]:
    between = "[余多]?[只个件台块条节支]?$" if language == "zh" else r"\s*$"
    return re.compile(_number_pattern(language) + between, re.IGNORECASE)


def _duals(plain: str, units: UnitNames) -> list[Span]:
    """List what an Arabic dual says: 'برميلين' is two drums."""
    pattern, ids = _dual_pattern(units)
    found = []
    for match in pattern.finditer(plain) if pattern is not None else ():
        unit, _, times = ids[match["unit"]].partition(TIMES)
        value = (2.5 if plain.startswith(" ونصف", match.end()) else 2) * float(times or 1)
        found.append(Span(match.start("unit"), match.end(), {"low": value, "high": value, "unit": unit}, 0.8))
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


@lru_cache(maxsize=64)
def _unit_patterns(language: str, units: UnitNames) -> tuple[tuple[re.Pattern[str], dict[str, str]], ...]:
    """Compile one pattern of words, one of symbols in their own case and one of money signs before the number."""
    words, symbols, before = {}, {}, {}
    for unit_id, names in units:
        for lang, phrases in names:
            for phrase in phrases:
                if lang == "before":
                    before[phrase] = unit_id
                elif lang == "any" or (lang == "en" and len(phrase) <= 2):
                    symbols[phrase] = unit_id
                elif lang in (language, "en"):
                    words[_key(phrase)] = unit_id
                    if lang == "ar" and not phrase.endswith(("ا", "ة", "ات")):
                        words.setdefault(phrase + "ا", unit_id)
    number = _number_pattern(language)
    filler = (
        rf"(?:\d+[-\s]?(?:foot|feet|ft|litre|liter|kg)\s+)?(?:(?!(?:{any_of(_APART)}|{_spelled_pattern(language)})(?!\w))[^\W\d]+(?:-[^\W\d]+)?\s+){{0,2}}?"
        if language != "zh"
        else "[余餘多来來]?(?:[只個个](?=[^只個个]))?"
    )
    patterns = []
    if words:
        close = _NO_THINGS if language == "zh" else r"(?!\w)"
        halves = lexicon("numbers")[language].get("half")
        half = rf"(?P<half>{any_of(halves)}{close})?" if halves else "(?P<half>(?!))?"
        body = rf"{number}\s*-?\s*(?P<filler>{filler})(?P<unit>{any_of(words)}){close}{half}"
        patterns.append((re.compile(body, re.IGNORECASE), words))
    if symbols:
        body = rf"{number}[ \u00a0]?(?P<filler>)(?P<half>(?!))?(?P<unit>{any_of(symbols)})(?![^\W{chr(0x4E00)}-{chr(0x9FFF)}])"
        patterns.append((re.compile(body), symbols))
    if before:
        patterns.append((re.compile(rf"(?P<unit>{any_of(before)})\s?{number}(?P<filler>)(?P<half>(?!))?"), before))
    return tuple(patterns)


@cache
def _number_pattern(language: str) -> str:
    """Write the pattern of one number or a range: groups n1, x1 and n2, x2 (the multiplier words)."""
    words = lexicon("numbers")[language]
    edge = "" if language == "zh" else r"(?<![\w.,/:-])"
    if language == "ar":  # prefixes of one letter stand before figures and words: 'بـ1200 طن'
        edge = r"(?:(?<![\w.,/:-])|(?<=(?<!\w)[وفبلك])|(?<=(?<!\w)[وفبلك]ـ))"
    after = "" if language == "zh" else r"(?!\w)"
    spelled = _spelled_pattern(language)
    whole = "(?!(?<=千)[克米瓦卡])" if language == "zh" else after
    times = rf"\s*(?P<x%d>{any_of(words['multipliers'])}){whole}\.?(?:\s+(?:de|di|of)(?=\s))?"
    figure = rf"(?:{_FIGURE}|{spelled}{after})"
    glue = rf"(?:\s*[-–—]\s*|\s*{any_of(words['range'])}\s*)"
    half = rf"(?:\s+(?P<h1>{any_of(words.get('half_in', ()))}){after})?"
    return rf"{edge}(?P<n1>{figure}){half}(?:{times % 1})?(?:{glue}(?P<n2>{figure})(?:{times % 2})?)?"


def _key(phrase: str) -> str:
    return re.sub(r"\s+", " ", phrase.lower())


def _amount(match: re.Match[str], language: str, ids: dict[str, str]) -> Span | None:
    written = match["unit"]
    unit, _, times = (ids.get(written) or ids.get(_key(written)) or "").partition(TIMES)
    low = read_number(match["n1"], language, match["x1"])
    if low is not None and match["h1"]:  # 'два с половиной', two and a half
        low += 0.5 * (read_number("1", language, match["x1"]) or 1)
    high = read_number(match["n2"], language, match["x2"]) if match["n2"] else low
    if not unit or low is None or high is None:
        return None
    if match["n2"] and match["x2"] and not match["x1"] and low < 1000:
        low = read_number(match["n1"], language, match["x2"]) or low
    if match["filler"] and unit not in _COUNTABLE and len(match["filler"].split()) > 1:
        return None
    if _is_no_amount(match, unit):
        return None
    if match["half"]:
        low, high = low + 0.5, high + 0.5
    if times:
        low, high = round(low * float(times), 6), round(high * float(times), 6)
    confidence = 0.9 - 0.1 * len(match["filler"].split()) - (0.1 if not match["n1"][0].isdigit() else 0.0)
    if low > high:
        low = high
        return Span(match.start("n2"), match.end(), {"low": high, "high": high, "unit": unit}, 0.6)
    one = unit in _COUNTABLE and not match["n2"] and match["n1"].lower() in _ROMANCE_ARTICLES
    value = {"low": low, "high": high, "unit": unit}
    return Span(match.start(), match.end(), value, round(confidence, 3), kind=ONE if one else "")


def _is_no_amount(match: re.Match[str], unit: str) -> bool:
    """Tell a year ('2021 г.', 'в 2021 г') from grams, and an article that counts nothing ('a box', '一只') from one item."""
    low, text = match["n1"], match.string
    if match["unit"] == "г" and _YEAR.fullmatch(low):
        return text.startswith(".", match.end()) or bool(
            _before_year().search(text, max(0, match.start() - 24), match.start())
        )
    return unit == "items" and not match["n2"] and low.lower() in _ARTICLES


@cache
def _before_year() -> re.Pattern[str]:
    """Write the pattern of what stands right before a Russian year: a preposition, a month, a part of the year, '2019 по'."""
    months = (name for names in lexicon("dates")["ru"]["months"] for name in names)
    ahead = any_of([*months, "в", "с", "до", "к", "начале", "конце", "середине"])
    return re.compile(rf"(?:(?<!\w){ahead}|{_YEAR.pattern}(?:\s*г\.?)?\s+по)\s+$", re.IGNORECASE)


def read_number(written: str, language: str, multiplier: str | None = None) -> float | None:
    """Read a number as a language writes it; None when it is no number.

    >>> read_number('12,500', 'en'), read_number('12.500', 'it'), read_number('1,5', 'fr'), read_number('three', 'en')
    (12500.0, 12500.0, 1.5, 3.0)
    """
    base = known_language(language)
    words = lexicon("numbers")[base]
    spelled = _spelled(base)
    text = _key(plain_digits(written).strip())
    if text in spelled:
        value = float(spelled[text])
    elif (together := _together(base, text)) is not None:
        value = float(together)
    else:
        bare = re.sub(r"[\s'’٬\u202f\u00a0]", "", text).replace("٫", ".")
        parsed = _figure(bare, "," if words["decimal"] == "," else ".")
        if parsed is None:
            return None
        value = parsed
    times = {_key(word): factor for word, factor in words["multipliers"].items()}
    return value * times.get(_key(multiplier), 1) if multiplier else value


@cache
def _spelled(language: str) -> dict[str, int]:
    return {_key(word): value for word, value in lexicon("numbers")[language]["words"].items()}


@cache
def _spelled_pattern(language: str) -> str:
    """Write the pattern of a spelled number below a thousand: one word, or hundreds, tens and units as they join."""
    if language == "zh":
        return "(?:(?:[一二两兩三四五六七八九十〇零]|[百千万](?![克米瓦卡]))+|半(?=公?吨|斤|公斤))"
    words = lexicon("numbers")[language]
    if "join" not in words:
        return any_of(words["words"])
    join, known = words["join"], words["words"]
    tens = any_of([*(w for w, v in known.items() if v in range(20, 91, 10)), *words.get("tens", ())])
    units, hundreds = (
        any_of(w for w, v in known.items() if v < 20),
        any_of(w for w, v in known.items() if v in range(100, 901)),
    )
    if words.get("hundred"):
        hundreds = rf"(?:{any_of(w for w, v in known.items() if 1 < v < 10)}[-\s]+)?{any_of(words['hundred'])}"
    below = rf"(?:{units}{join}{tens}|{tens}{join}{units})" if language == "ar" else rf"{tens}{join}{units}"
    whole = any_of(known)
    small = rf"(?:{hundreds}{join}{below}|{below}|{hundreds}{join}{whole}|{hundreds}(?!\w)|{whole})"
    if "thousand" not in words:
        return small
    thousand = any_of(words["thousand"])
    if not join:  # Italian writes them as one word
        return rf"(?:(?:{small})?{thousand}(?:{small})?|{small})"
    return rf"(?:(?:{small}\s+)?{thousand}(?!\w)(?:{join}{small})?|{small})"


def _together(language: str, text: str) -> int | None:
    """Add up a number of several words; None when it is none."""
    if language == "zh":
        return _chinese(text)
    words = lexicon("numbers")[language]
    if "join" not in words:
        return None
    hundred = words.get("hundred", ())
    thousand = words.get("thousand", {})
    known = _spelled(language) | words.get("tens", {}) | dict.fromkeys(hundred, 100) | thousand
    whole, value, at = 0, 0, 0
    edge = r"(?!\w)" if words["join"] else ""  # Italian writes them as one word
    for match in re.finditer(rf"(?:{words['join']}|\s+)?(?P<word>{any_of(known)}){edge}", text):
        if match.start() != at:
            return None
        word, at = _key(match["word"]), match.end()
        if word in thousand:
            whole, value = whole + max(value, 1) * thousand[word], 0
        else:
            value = value * 100 if word in hundred and 1 < value < 10 else value + known[word]
    return whole + value if at == len(text) and at else None


def _chinese(text: str) -> int | None:
    """Read a Chinese numeral by its places; None for two digits side by side, which are an estimate or a year.

    >>> _chinese('三万一千'), _chinese('一百一十二'), _chinese('三五')
    (31000, 112, None)
    """
    total, part, digit = 0, 0, -1
    for sign in text:
        if (place := {"十": 10, "百": 100, "千": 1000}.get(sign)) is not None:
            part, digit = part + (1 if digit < 0 else digit) * place, -1
        elif sign == "万":
            total, part, digit = (part + max(digit, 0)) * 10_000, 0, -1
        elif sign in "〇零":
            digit = -1
        elif sign not in _HAN_DIGITS or digit >= 0:
            return None
        else:
            digit = _HAN_DIGITS[sign]
    return total + part + max(digit, 0) or None


_HAN_DIGITS = {"一": 1, "二": 2, "两": 2, "兩": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}


def _figure(bare: str, decimal: str) -> float | None:
    """Decide which mark is the decimal one: the last of two kinds, else the language's, else by three digits."""
    thousands = "." if decimal == "," else ","
    if "," in bare and "." in bare:
        decimal = bare[max(bare.rfind(","), bare.rfind("."))]
        thousands = "." if decimal == "," else ","
    elif (thousands in bare and not re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", bare)) or bare.count(decimal) > 1:
        thousands, decimal = decimal, thousands
    cleaned = bare.replace(thousands, "").replace(decimal, ".")
    return float(cleaned) if re.fullmatch(r"\d+(?:\.\d+)?", cleaned) else None


# --- people ---------------------------------------------------------------------------------------------------------


def find_people(text: str, *, language: str) -> tuple[Span, ...]:
    """List numbers of people; the value is a float and `kind` is killed, injured, arrested or people.

    >>> [(s.value, s.kind) for s in find_people('Three workers were injured.', language='en')]
    [(3.0, 'injured')]
    """
    base = known_language(language)
    plain = plain_digits(text)
    found = []
    for match in _people_pattern(base).finditer(plain):
        value = read_number(match["n1"], base, match["x1"])
        noun, kind = match["noun"], _fate(base, plain, match)
        if value is None or value > 1e6 or not (noun or kind):
            continue
        found.append(Span(match.start(), match.end(), value, 0.8 if kind else 0.6, kind=kind or "people"))
    return longest_first(found)


@cache
def _people_pattern(language: str) -> re.Pattern[str]:
    words = lexicon("people")[language]
    number = _number_pattern(language)
    fates = [word for kind in ("killed", "injured", "arrested") for word in words[kind]]
    edge = "" if language == "zh" else r"(?!\w)"
    adjective = "" if language == "zh" else r"(?:(?!(?:and|of|the|to|in)\b)[^\W\d]+\s+){0,1}?"
    noun = rf"(?P<noun>{any_of(words['people'])}){edge}"
    fate = rf"(?:(?:were|was|others?|more|have been|has been|ont été|a été|fueron|sono stat[ie]|были)\s+)*{any_of(fates)}{edge}"
    return re.compile(rf"{number}\s*(?:{adjective}{noun}|{fate})", re.IGNORECASE)


def _fate(language: str, plain: str, match: re.Match[str]) -> str:
    """Look for what happened in the words behind the number, up to the end of the clause, then before it."""
    behind = re.split(r"[.;!?。；！？\n]|,\s+(?:and|et|y|e|и)\s", plain[match.start() : match.end() + 45])[0]
    ahead = re.split(r"[.;!?。；！？\n]", plain[max(0, match.start() - 28) : match.start()])[-1]
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
