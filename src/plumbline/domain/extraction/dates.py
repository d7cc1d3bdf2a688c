"""Find dates in prose and telegrams, in seven languages, with the precision that the words give.

A value is {"start", "end", "precision"} with inclusive ISO dates; precision is day, month, year, range or circa.
Partial dates ('5 March') and relative ones ('last Tuesday') are resolved against the day of publication, or, when
that is not known, against the first full date of the text (its dateline). What cannot be resolved is left out.
Numeric dates read day first (ISO 8601 excepted), month first only where day first is impossible.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from plumbline.domain.extraction.lexicon import any_of, known_language, lexicon
from plumbline.domain.extraction.model import Span
from plumbline.domain.extraction.numerals import number_words
from plumbline.domain.extraction.text import HAS_HAN, longest_first, plain_digits, simplified

_ORDINAL = r"(?:st\b|nd\b|rd\b|th\b|er\b|º|°|ª|-?го\b|-?е\b)?"
_YEAR = r"(?:19|20)\d\d(?![\d])(?!\s*(?:%|people\b|persons\b|tonnes\b|tons\b|kg\b|km\b))"
_HAN_DIGITS = {c: i for i, c in enumerate("〇一二三四五六七八九")} | {"零": 0, "○": 0}
_FLAGS = re.IGNORECASE

Resolver = Callable[["_Reader", re.Match[str], date | None], tuple[Any, float] | None]


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: re.Pattern[str]
    resolve: Resolver
    confidence: float


@dataclass(frozen=True, slots=True)
class _Reader:
    """Hold what one language needs to read its dates: months and ordinals by their key, years from that of publication."""

    language: str
    months: dict[str, int]
    words: dict[str, Any]
    years: dict[str, int]
    rules: tuple[_Rule, ...] = ()


def find_dates(text: str, *, language: str, published: date | None = None) -> tuple[Span, ...]:
    """List the dates of a text in order; see the module for values and anchors.

    >>> [span.value for span in find_dates('On 16 NOV 89 six were killed.', language='en')]
    [{'start': '1989-11-16', 'end': '1989-11-16', 'precision': 'day'}]
    """
    if published is not None and not 1000 <= published.year <= 9000:
        published = None  # from the ends of the calendar nothing can be counted back or on
    plain = simplified(plain_digits(text)) if HAS_HAN.search(text) else plain_digits(text)
    reader = _reader(known_language(language))
    readers = [reader] if reader.language == "en" else [reader, _reader("en")]
    if HAS_HAN.search(plain) and reader.language != "zh":
        readers.append(_reader("zh"))
    found = list(_read(plain, readers, published))
    if published is None:
        anchor = _anchor(found)
        if anchor is not None:
            found = list(_read(plain, readers, anchor))
    return _with_later_days(plain, reader, _without_shadows(plain, longest_first(found)))


def date_value(start: date, end: date, precision: str) -> dict[str, str]:
    """Write the JSON value of a date field."""
    return {"start": start.isoformat(), "end": end.isoformat(), "precision": precision}


def _read(plain: str, readers: list[_Reader], anchor: date | None) -> Iterator[Span]:
    for foreign, reader in enumerate(readers):
        for rule in reader.rules:
            for match in rule.pattern.finditer(plain):
                resolved = rule.resolve(reader, match, anchor)
                if resolved is not None:
                    start, end = match.span("date") if "date" in rule.pattern.groupindex else match.span()
                    value, factor = resolved
                    confidence = round(rule.confidence * factor * (0.97 if foreign else 1.0), 3)
                    kind = _KINDS.get(rule.resolve) or ("full" if factor >= 0.9 else "partial")
                    end -= plain[end - 1] == "."
                    yield Span(start, end, value, confidence, kind=kind)


def _anchor(found: list[Span]) -> date | None:
    full = [s for s in longest_first(found) if s.kind == "full" and s.value["precision"] == "day"]
    return date.fromisoformat(full[0].value["start"]) if full else None


def _without_shadows(plain: str, spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """Drop a weekday that only names the full date beside it ('Tuesday, 5 March 2011')."""
    kept = []
    for index, span in enumerate(spans):
        near = [spans[i] for i in (index - 1, index + 1) if 0 <= i < len(spans)]
        shadow = span.kind == "weekday" and any(
            other.kind in ("full", "partial") and not _between(plain, span, other).strip(" ,،(") for other in near
        )
        if not shadow:
            kept.append(span)
    return tuple(kept)


def _between(plain: str, one: Span, other: Span) -> str:
    first, second = (one, other) if one.start < other.start else (other, one)
    return plain[first.end : second.start]


# --- calendar dates -------------------------------------------------------------------------------------------------


def _calendar(reader: _Reader, match: re.Match[str], anchor: date | None) -> tuple[Any, float] | None:
    """Resolve the named groups d1 m1 y1 (d2 m2 y2): the second end lends the first what it lacks."""
    groups = match.groupdict()
    d1, m1, y1 = (_number(reader, groups.get(key), anchor) for key in ("d1", "m1", "y1"))
    d2, m2, y2 = (_number(reader, groups.get(key), anchor) for key in ("d2", "m2", "y2"))
    ranged = any(part is not None for part in (d2, m2, y2))
    m1, y1 = m1 or m2, y1 or y2
    if not y1 and not _looks_like_month(reader, groups):
        return None
    year, factor = (y1, 1.0) if y1 else (_guess_year(anchor, m1, d1), 0.85)
    if year is None:
        return None
    first = _bounds(year, m1, d1)
    second = _bounds(y2 or year, m2 or m1, d2) if ranged else first
    if first is None or second is None:
        return None
    if second[1] < first[0] and not y2 and m2:
        first = _bounds(year - 1, m1, d1) or first
    if second[1] < first[0]:
        return None
    precision = "range" if ranged else ("day" if d1 else "month" if m1 else "year")
    return date_value(first[0], second[1], "circa" if groups.get("circa") else precision), factor


def _number(reader: _Reader, written: str | None, anchor: date | None = None) -> int | None:
    """Read a figure, the name of a month, an ordinal, or a year told from that of publication ('of last year')."""
    if not written:
        return None
    if written.isdigit():
        return int(written)
    if written[0] == "民":  # the years of the Republic of China: its first is 1912
        count = _number(reader, written[2:].strip())
        return 1911 + count if count else None
    key = _month_key(written.replace("’", "'"))
    if key in reader.years:
        return anchor.year + reader.years[key] if anchor is not None else None
    month = reader.months.get(key)
    return month if month else _han_number(written)


def _han_number(written: str) -> int | None:
    if "十" in written:
        tens, _, ones = written.partition("十")
        return _HAN_DIGITS.get(tens, 1) * 10 + _HAN_DIGITS.get(ones, 0)
    digits = [_HAN_DIGITS[c] for c in written if c in _HAN_DIGITS]
    return int("".join(map(str, digits))) if digits else None


def _month_key(written: str) -> str:
    return re.sub(r"\s+", " ", re.sub("[أإآ]", "ا", written.lower().replace("ё", "е")))


def _looks_like_month(reader: _Reader, groups: dict[str, str | None]) -> bool:
    """Refuse 'may' and 'march' in lower case where no year stands beside them (English only)."""
    if reader.language != "en" or groups.get("d1"):
        return True
    written = groups.get("m1") or ""
    return written[:1].isupper() or written not in ("may", "march", "mar", "jan", "sun", "sat", "dec")


def _guess_year(anchor: date | None, month: int | None, day: int | None) -> int | None:
    """Choose the latest year in which the date is not more than a month after the anchor."""
    if anchor is None or month is None:
        return None
    bounds = _bounds(anchor.year, month, day)
    if bounds is None:
        return None
    return anchor.year - 1 if bounds[0] > anchor + timedelta(days=31) else anchor.year


def _bounds(year: int, month: int | None, day: int | None) -> tuple[date, date] | None:
    if not 1900 <= year <= 2100 or (month is not None and not 1 <= month <= 12):
        return None
    if month is None:
        return date(year, 1, 1), date(year, 12, 31)
    last = calendar.monthrange(year, month)[1]
    if day is None:
        return date(year, month, 1), date(year, month, last)
    return (date(year, month, day),) * 2 if 1 <= day <= last else None


def _numeric(reader: _Reader, match: re.Match[str], anchor: date | None) -> tuple[Any, float] | None:
    """Read 5/3/2011: day first, month first where only that can be; two-digit years by the anchor's century."""
    first, second, year = int(match["a"]), int(match["b"]), _century(match["y"], anchor)
    bounds, factor = _bounds(year, second, first), 1.0
    if bounds is None:
        bounds = _bounds(year, first, second)
    elif first <= 12 and first != second and reader.language == "en":
        factor = 0.9
    return (date_value(*bounds, "day"), factor) if bounds else None


def _dotted(reader: _Reader, match: re.Match[str], anchor: date | None) -> tuple[Any, float] | None:
    """Read 05.03.11, no waste code (CER 16.06.01): behind a date word, in Russian and German behind any but a code word."""
    before = match.string[: match.start()][-24:]
    if _CODE_BEFORE.search(before) or (reader.language not in ("ru", "de") and not _DAY_BEFORE.search(before)):
        return None
    return _numeric(reader, match, anchor)


def _century(written: str, anchor: date | None) -> int:
    year = int(written)
    if year >= 100:
        return year
    latest = anchor.year + 1 if anchor else 2049
    return 2000 + year if 2000 + year <= latest else 1900 + year


def _telegram(reader: _Reader, match: re.Match[str], anchor: date | None) -> tuple[Any, float] | None:
    """Read '16 NOV 89': a two-digit year is one after a capital or short month, or an apostrophe."""
    written, short = match["m1"], match["y1"]
    month = _number(reader, written)
    plain_year = "'" in short or "’" in short
    year = _century(short.lstrip("'’"), anchor)
    spelled_out = len(written.rstrip(".")) > 4
    if not (plain_year or (written.isupper() and (not spelled_out or int(short) > 31)) or _anchored(year, anchor)):
        return None
    bounds = _bounds(year, month, int(match["d1"]) if match["d1"] else None)
    return (date_value(*bounds, "day" if match["d1"] else "month"), 0.97) if bounds else None


def _anchored(year: int, anchor: date | None) -> bool:
    return anchor is not None and abs(anchor.year - year) <= 1


# --- relative dates -------------------------------------------------------------------------------------------------


def _day_word(reader: _Reader, match: re.Match[str], anchor: date | None) -> tuple[Any, float] | None:
    if anchor is None:
        return None
    offset = reader.words["days"][re.sub(r"\s+", " ", match["word"].lower().replace("’", "'"))]
    day = anchor + timedelta(days=offset)
    return date_value(day, day, "day"), 1.0


def _weekday(reader: _Reader, match: re.Match[str], anchor: date | None) -> tuple[Any, float] | None:
    if anchor is None:
        return None
    back = (anchor.weekday() - _weekday_number(reader, match["weekday"])) % 7
    if back == 0 and (match["last"] or match["after"]):
        back = 7
    day = anchor - timedelta(days=back)
    return date_value(day, day, "day"), 1.0


def _weekday_number(reader: _Reader, written: str) -> int:
    name = _month_key(written)
    return next(i for i, names in enumerate(reader.words["weekdays"]) if name in map(_month_key, names))


def _period(reader: _Reader, match: re.Match[str], anchor: date | None) -> tuple[Any, float] | None:
    if anchor is None:
        return None
    words = {_month_key(phrase): unit for phrase, unit in reader.words["periods"].items()}
    unit = words[_month_key(match["period"].replace("’", "'"))]
    unit, _, back = unit.partition("-")
    if unit in ("year", "this year"):
        year = anchor.year - int(back or 1) if unit == "year" else anchor.year
        return date_value(date(year, 1, 1), date(year, 12, 31), "year"), 1.0
    if unit in ("month", "this month", "next month"):
        ahead = {"month": -1, "this month": 0, "next month": 31}[unit]
        last = anchor.replace(day=1) + timedelta(days=ahead)
        bounds = _bounds(last.year, last.month, None)
        return (date_value(*bounds, "month"), 1.0) if bounds else None
    monday = anchor - timedelta(days=anchor.weekday() + 7 * int(back or 1))
    return date_value(monday, monday + timedelta(days=6), "range"), 1.0


def _ago(reader: _Reader, match: re.Match[str], anchor: date | None) -> tuple[Any, float] | None:
    if anchor is None:
        return None
    count = _count(reader.language, match["n"])
    unit = next(
        u for u, names in reader.words["ago_units"].items() if _month_key(match["unit"]) in map(_month_key, names)
    )
    if count is None or count > 200:
        return None
    if unit in ("day", "week"):
        day = anchor - timedelta(days=count * (7 if unit == "week" else 1))
        return date_value(day, day, "day" if unit == "day" else "circa"), 1.0
    months = count * (12 if unit == "year" else 1)
    year, month = divmod(anchor.year * 12 + anchor.month - 1 - months, 12)
    bounds = _bounds(year, None if unit == "year" else month + 1, None)
    return (date_value(*bounds, "circa"), 1.0) if bounds else None


def _day_of_month(reader: _Reader, match: re.Match[str], anchor: date | None) -> tuple[Any, float] | None:
    """Read a day without its month: the latest such day, on the weekday where one is named, in the month where one is."""
    if anchor is None:
        return None
    groups, number = match.groupdict(), _number(reader, match["d1"])
    if groups.get("month"):
        months = {_month_key(phrase): back for phrase, back in reader.words["month"].items()}
        year, month = divmod(anchor.year * 12 + anchor.month - 1 + months[_month_key(match["month"])], 12)
        bounds = _bounds(year, month + 1, number)
        return (date_value(*bounds, "day"), 0.85) if bounds else None
    weekday = _weekday_number(reader, groups["weekday"]) if groups.get("weekday") else None
    for back in range(-3 if weekday is not None else 0, 31 if weekday is None else 100):
        day = anchor - timedelta(days=back)
        if day.day == number and weekday in (None, day.weekday()):
            return date_value(day, day, "day"), 0.85
    return None


def _feast(reader: _Reader, match: re.Match[str], anchor: date | None) -> tuple[Any, float] | None:
    if not match["y1"] and _is_name(match):
        return None
    feasts = {_month_key(name): str(day) for name, day in reader.words["feasts"].items()}
    month, day = map(int, feasts[_month_key(match["feast"].replace("’", "'"))].split("-"))
    year = int(match["y1"]) if match["y1"] else _guess_year(anchor, month, day)
    bounds = _bounds(year, month, day) if year else None
    return (date_value(*bounds, "day"), 0.85) if bounds else None


def _is_name(match: re.Match[str]) -> bool:
    """Tell whether a feast stands beside another capitalised word: 'Natale Rossi', 'Mario Natale'."""
    if match.string[match.start("feast")].islower():
        return False
    after = match.string[match.end() :].lstrip()[:1]
    before = re.search(r"([^\W\d_])[^\W\d_]{2,}\s+$", match.string[max(0, match.start() - 30) : match.start()])
    return after.isupper() or bool(before and before[1].isupper())


def _with_later_days(plain: str, reader: _Reader, spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """Add the days that are counted from the date before them: 'the next day', '次日', 'two days later'."""
    days = [span for span in spans if span.value["precision"] == "day"]
    added = []
    for match in _later(reader.language).finditer(plain) if days else ():
        before = next((span for span in reversed(days) if span.end <= match.start()), None)
        if before is None or any(span.start < match.end() and match.start() < span.end for span in spans):
            continue
        ahead = _days_ahead(reader, match)
        if ahead is not None:
            day = date.fromisoformat(before.value["start"]) + timedelta(days=ahead)
            added.append(Span(match.start(), match.end(), date_value(day, day, "day"), 0.6, kind="relative"))
    return tuple(sorted((*spans, *added), key=lambda span: span.start)) if added else spans


def _days_ahead(reader: _Reader, match: re.Match[str]) -> int | None:
    if match["word"]:
        words: dict[str, int] = {_month_key(phrase): ahead for phrase, ahead in reader.words["next"].items()}
        return words[_month_key(match["word"].replace("’", "'"))]
    count = _count(reader.language, match["n"]) if match["ahead"] or match["after"] else None
    return count if count is not None and count <= 60 else None


@cache
def _later(language: str) -> re.Pattern[str]:
    words = lexicon("dates")[language]
    told = words.get("later", {})
    count = rf"(?P<n>\d{{1,2}}|{any_of(number_words(language))})"
    counted = (
        rf"(?:(?P<ahead>{any_of(told.get('before', ()))})\s+)?{count}\s+{any_of(told.get('unit', ()))}"
        rf"(?:\s+(?P<after>{any_of(told.get('after', ()))}))?"
    )
    start, end = ("", "") if language == "zh" else (r"(?<!\w)", r"(?!\w)")
    return re.compile(rf"{start}(?:(?P<word>{any_of(words['next'])})|{counted}){end}", _FLAGS)


def _count(language: str, written: str) -> int | None:
    if written.isdigit():
        return int(written)
    words = {_month_key(word): value for word, value in number_words(language).items()}
    count = words.get(_month_key(written))
    return int(count) if count is not None else None


# --- grammars -------------------------------------------------------------------------------------------------------


@cache
def _reader(language: str) -> _Reader:
    words = lexicon("dates")[language]
    months = {_month_key(name): number for number, names in enumerate(words["months"], 1) for name in names}
    months |= {_month_key(name): number for name, number in words.get("ordinals", {}).items()}
    years = {_month_key(name): back for name, back in words.get("years", {}).items()}
    rules = _chinese_rules(words) if language == "zh" else (*_calendar_rules(words), *_relative_rules(language, words))
    return _Reader(language, months, words, years, (*rules, *_numeric_rules()))


_CODE_BEFORE = re.compile(r"(?i)(?<!\w)(?:[CEL]ER|EWC|AVV|ASN|c[oó]di?[ceg]\w*|vers\w+|код\w*|верс\w+|пп?)[.\s:(]*$")
_DAY_BEFORE = re.compile(
    r"(?i)(?:(?<!\w)(?:le|du|au|e?l|del|al|il|dal|on|of|dated?|since|from|by|to)\s+|(?:في|يوم|بتاريخ|于|在)\s*)$"
)


def _numeric_rules() -> tuple[_Rule, ...]:
    iso = re.compile(r"(?<![\d.])(?P<y1>(?:19|20)\d\d)(?P<s>[-/])(?P<m1>\d{1,2})(?P=s)(?P<d1>\d{1,2})(?![\d./-]\d|\d)")
    dmy = re.compile(r"(?<![\d./-])(?P<a>\d{1,2})(?P<s>[./-])(?P<b>\d{1,2})(?P=s)(?P<y>(?:19|20)\d\d)(?![\d/-]|\.\d)")
    short = re.compile(r"(?<![\d./-])(?P<a>\d{1,2})/(?P<b>\d{1,2})/(?P<y>\d\d)(?![\d./-])")
    dotted = re.compile(r"(?<![\d./-])(?P<a>[0-3]\d)\.(?P<b>[01]\d)\.(?P<y>\d\d)(?![\d/-]|\.\d)")
    day_first = (_Rule(dmy, _numeric, 0.94), _Rule(short, _numeric, 0.8))
    return (_Rule(dotted, _dotted, 0.8), _Rule(iso, _calendar, 0.98), *day_first)


def _calendar_rules(words: dict[str, Any]) -> tuple[_Rule, ...]:
    month = any_of(name for names in words["months"] for name in names)
    of = rf"(?:\s*{any_of(words['of'])}(?![^\W\d])\s*|\s*)" if words["of"] else r"\s*"
    to = rf"(?:\s*[-–—/]\s*|\s+{any_of(words['to'])}\s+(?:(?:the|le|el|il|el día)\s+|l['’])?|\s+و)"
    joins = [word for word in words["to"] if word in ("and", "et", "y", "e", "и", "و")]
    through = rf"(?:\s*[-–—/]\s*|\s+{any_of(w for w in words['to'] if w not in joins)}\s+)"
    before, circa = any_of(words["before"]), any_of(words["circa"])

    def m(name: str) -> str:
        return rf"(?:(?<![^\W\d])|(?<=\sو))(?P<{name}>{month})(?![^\W\d])\.?(?:\s*/\s*{month}(?![^\W\d]))?"

    ordinals = rf"|(?<!\w){any_of(words['ordinals'])}(?!\w)" if "ordinals" in words else ""

    def d(name: str) -> str:
        return rf"(?P<{name}>[0-3]?\d(?!\d){ordinals}){_ORDINAL}"

    def y(name: str, *, told: bool = False) -> str:
        years = rf"|{any_of(words.get('years', ()))}(?!\w)" if told else ""
        return rf"(?P<{name}>{_YEAR}{years})(?:\s*(?:г\.|года|году|год(?!\w)|г(?!\w)))?"

    lead = rf"(?:(?<![^\W])(?P<circa>{circa})[\s-]+)?"
    day = r"(?<![\d.,/:-])"
    comma = rf"\s*,?{of}"
    place_before = rf"(?<![^\W]){before}(?:\s+|-|(?<=['’]))"
    shapes = (
        (
            rf"{day}{d('d1')}(?:{of}{m('m1')}(?:{comma}{y('y1')})?)?{to}{d('d2')}{of}{m('m2')}(?:{comma}{y('y2')})?",
            0.93,
        ),
        (
            rf"{m('m1')}\s+{d('d1')}(?:\s*,\s*{y('y1')})?{to}(?:{m('m2')}\s+)?{d('d2')}(?:\s*,?\s+{y('y2')})?(?!\s*(?:tonnes|tons|kg|people))",
            0.9,
        ),
        (rf"{lead}(?P<date>{day}{d('d1')}{of}{m('m1')}{comma}{y('y1', told=True)})", 0.97),
        (rf"(?P<date>{day}{d('d1')}[-/.]{m('m1')}[-/.]{y('y1')})", 0.95),
        (rf"{lead}(?P<date>{day}{d('d1')}{of}{m('m1')})", 0.9),
        (rf"{lead}(?P<date>{m('m1')}\s+{d('d1')}\s*,?\s*{y('y1')})", 0.96),
        (rf"{lead}(?P<date>{m('m1')}\s+{d('d1')})(?!\s*(?:tonnes|tons|kg|people|%))", 0.88),
        (rf"{m('m1')}(?:{of}{y('y1')})?{to}{m('m2')}{comma}{y('y2')}", 0.9),
        (rf"{lead}(?P<date>{m('m1')}{comma}{y('y1', told=True)})", 0.92),
        (rf"{place_before}(?P<date>{m('m1')})(?!\s+\d)", 0.75),
        (rf"(?<![\d.,/-])(?P<y1>{_YEAR}){through}{y('y2')}(?![/-])", 0.8),
        (
            rf"(?<!\w){any_of(words['between'])}\s+(?:(?:il|le|el)\s+)?(?P<date>(?P<y1>{_YEAR}){to}{y('y2')})(?![/-])",
            0.85,
        ),
        (rf"(?<=[12]\d\d\d)\s+{any_of(joins)}\s*(?P<date>{y('y1')})(?![/-]\d)", 0.7),
        (rf"(?:(?<![^\W])(?P<circa>{circa})(?:\s+|-)|{place_before})(?P<date>(?<![\d.,/-]){y('y1')})(?![/-]\d)", 0.8),
        (r"(?<![\d.,/-])(?P<date>(?P<y1>(?:19|20)\d\d)\s*(?:г\.|года|году|годах|год(?!\w)))", 0.85),
        (r"\((?P<date>(?P<y1>(?:19|20)\d\d))\)", 0.5),
    )
    calendar_rules = [_Rule(re.compile(shape, _FLAGS), _calendar, sure) for shape, sure in shapes]
    if words.get("bare"):  # written in lower case, so that no name is read as a month
        full = any_of(name for names in words["months"] for name in names if not _is_short(name, names))
        calendar_rules.append(
            _Rule(re.compile(rf"(?<![^\W\d])(?<!\d\s)(?P<m1>{full})(?![^\W\d])(?!\s+\d)"), _calendar, 0.65)
        )
    short_year = rf"(?P<date>(?:{day}{d('d1')}\s*)(?<![^\W\d])?(?P<m1>{month})(?![^\W\d])\.?\s*(?P<y1>['’]?\d\d))(?![\d:.,]\d|\d|\s*(?:%|people|persons|hours))"
    return (*calendar_rules, _Rule(re.compile(short_year, _FLAGS), _telegram, 0.95))


def _is_short(name: str, names: list[str]) -> bool:
    return any(other.startswith(name) and len(other) > len(name) + 2 for other in names)


def _relative_rules(language: str, words: dict[str, Any]) -> tuple[_Rule, ...]:
    weekday = any_of(name for names in words["weekdays"] for name in names if len(name) > 3)
    stick = r"(?<![^\W])[وبفل]?" if language == "ar" else r"(?<!\w)"
    after = any_of(words["last_after"])
    last = rf"(?:(?:{any_of(words['on'])}\s+)?(?P<last>{any_of(words['last_before'])})\s+)?"
    shapes: list[tuple[str, Resolver, float]] = [
        (rf"{stick}(?P<date>(?P<word>{any_of(words['days'])}))(?!\w)", _day_word, 0.85),
        (rf"{stick}(?P<date>{last}(?P<weekday>{weekday})(?!\w)(?:\s+(?P<after>{after})(?!\w))?)", _weekday, 0.8),
        (rf"{stick}(?P<date>(?P<period>{any_of(words['periods'])}))(?!\w)(?!\s+\d)", _period, 0.75),
    ]
    day = r"(?P<d1>[0-3]?\d)(?![\d/.,:%-]*\d|\s*[%°€$])"
    month = any_of([name for names in words["months"] for name in names])
    day += rf"(?!(?:\s*{any_of(words['of'])})?\s*{month}(?!\w))"
    # 'Monday, 12 people': after the number the sentence ends, pauses or says where.
    where = rf"\s+{any_of(words['before'])}" if words.get("before") else r"(?!)"
    pause = rf"(?=\s*(?:[,;:)]|\.(?!\d)|$)|{where}(?!\w))"
    named = (
        rf"(?P<weekday>{weekday})\s*,?\s+(?:{any_of(words.get('article', ()))}\s+)?{day}(?:(?:-?го|er)(?!\w)|{pause})"
    )
    shapes.append((rf"{stick}(?P<date>{named})", _day_of_month, 0.75))
    if "month" in words:
        told = any_of([phrase for phrase in words["month"] if " " in phrase])
        alone = any_of([phrase for phrase in words["month"] if " " not in phrase])  # '12 dernier bilan' is no day
        article = any_of(words.get("article", ())) if words.get("article") else r"(?!)"
        for phrase, before in ((told, ""), (alone, rf"{article}\s*")):
            if phrase:
                shapes.append(
                    (rf"(?<![\w.,/-])(?P<date>{before}{day}\s+(?P<month>{phrase}))(?!\w)", _day_of_month, 0.75)
                )
    if words.get("article"):
        ends = r"(?=[,;)]|\.\s|\.$)(?!,\s*(?:rue|avenue|boulevard|place|via|viale|piazza|corso|calle|avenida|plaza)\b)"
        shapes.append((rf"(?<!\w)(?P<date>{any_of(words['article'])}\s*{day}){ends}", _day_of_month, 0.6))
    if "feasts" in words:
        year = rf"(?:\s+(?:del?|di|de)?\s*(?P<y1>{_YEAR}))?"
        shapes.append((rf"(?<!\w)(?P<date>(?P<feast>{any_of(words['feasts'])}){year})(?!\w)", _feast, 0.7))
    count = rf"(?P<n>\d{{1,3}}|{any_of(number_words(language))})"
    unit = rf"(?P<unit>{any_of(name for names in words['ago_units'].values() for name in names)})"
    for phrase in words["ago"]:
        body = r"\s+".join({"{n}": count, "{unit}": unit}.get(part) or re.escape(part) for part in phrase.split())
        shapes.append((rf"{stick}(?P<date>{body})(?!\w)", _ago, 0.75))
    return tuple(_Rule(re.compile(shape, _FLAGS), resolve, sure) for shape, resolve, sure in shapes)


def _chinese_rules(words: dict[str, Any]) -> tuple[_Rule, ...]:
    digit, han = r"\d{1,2}", "[一二三四五六七八九十]{1,3}"

    def y(name: str) -> str:
        return rf"(?P<{name}>(?:19|20)\d\d|[〇零○一二三四五六七八九]{{4}}|民[国國]\s*(?:\d{{1,3}}|[〇零○一二三四五六七八九十]{{1,4}}))\s*年"

    said = r"(?P<y1>今年|去年|前年|本年|上年)\s*"

    def m(name: str) -> str:
        return rf"(?P<{name}>{digit}|{han})\s*月(?!前)"

    def d(name: str) -> str:
        return rf"(?P<{name}>{digit}|{han})\s*[日号號]"

    to = r"\s*(?:至|到|-|–|—|~|～|和|、)\s*"
    shapes: tuple[tuple[str, Resolver, float], ...] = (
        (
            rf"(?:{y('y1')}\s*)?{m('m1')}\s*(?P<d1>{digit}|{han})\s*[日号]?{to}(?:{y('y2')}\s*)?(?:{m('m2')}\s*)?{d('d2')}",
            _calendar,
            0.94,
        ),
        (rf"{y('y1')}\s*{m('m1')}\s*{d('d1')}", _calendar, 0.98),
        (rf"{said}{m('m1')}(?:\s*{d('d1')})?", _calendar, 0.9),
        (rf"(?P<month>{any_of(words['month'])}){d('d1')}", _day_of_month, 0.85),
        (
            rf"(?<![月\d第每近年个满长约/.-])(?P<d1>{digit})(?:日(?![内后前间均报本常志程元用起楼线店])|号(?=[，。；]|上午|中午|下午|傍晚|晚|夜|凌晨|早|$))",
            _day_of_month,
            0.65,
        ),
        (rf"(?P<feast>{any_of(words['feasts'])})(?P<y1>(?!))?", _feast, 0.7),
        (rf"{y('y1')}\s*(?P<m1>{digit}|{han})\s*月?{to}(?:{y('y2')}\s*)?{m('m2')}", _calendar, 0.9),
        (rf"{y('y1')}\s*{m('m1')}", _calendar, 0.95),
        (rf"(?<![年\d月第.])(?P<m1>{digit})\s*月?{to}{m('m2')}(?!\s*\d)", _calendar, 0.85),
        (rf"(?<![年\d]){m('m1')}\s*{d('d1')}", _calendar, 0.9),
        (rf"(?P<y1>(?:19|20)\d\d)\s*年?{to}{y('y2')}", _calendar, 0.88),
        (rf"(?P<circa>大约|约|大概)?(?P<date>{y('y1')})", _calendar, 0.85),
        (rf"(?<![年\d一二三四五六七八九十个]){m('m1')}(?!\s*\d)", _calendar, 0.7),
        (rf"(?P<word>{any_of(words['days'])})", _day_word, 0.85),
        (r"(?P<last>上个?)?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天])(?P<after>)", _chinese_weekday, 0.8),
        (rf"(?P<period>{any_of(words['periods'])})(?![一二三四五六日天])", _period, 0.75),
        (r"(?P<n>\d{1,3}|[一二两三四五六七八九十])(?P<unit>天|日|周|个月|年)(?:以?前|之前)", _chinese_ago, 0.75),
    )
    return tuple(_Rule(re.compile(shape), resolve, sure) for shape, resolve, sure in shapes)


def _chinese_weekday(reader: _Reader, match: re.Match[str], anchor: date | None) -> tuple[Any, float] | None:
    """Read 上周二 as the Tuesday of last week, 周二 as the latest Tuesday."""
    if anchor is None:
        return None
    number = "一二三四五六日".find(match["weekday"].replace("天", "日"))
    monday = anchor - timedelta(days=anchor.weekday())
    day = monday + timedelta(days=number - (7 if match["last"] else 0))
    day = day - timedelta(days=7) if day > anchor else day
    return date_value(day, day, "day"), 1.0


def _chinese_ago(reader: _Reader, match: re.Match[str], anchor: date | None) -> tuple[Any, float] | None:
    if anchor is None:
        return None
    count = int(match["n"]) if match["n"].isdigit() else {"两": 2}.get(match["n"]) or _han_number(match["n"])
    if count is None:
        return None
    if match["unit"] in "天日周":
        day = anchor - timedelta(days=count * (7 if match["unit"] == "周" else 1))
        return date_value(day, day, "circa" if match["unit"] == "周" else "day"), 1.0
    months = count * (12 if match["unit"] == "年" else 1)
    year, month = divmod(anchor.year * 12 + anchor.month - 1 - months, 12)
    bounds = _bounds(year, None if match["unit"] == "年" else month + 1, None)
    return (date_value(*bounds, "circa"), 1.0) if bounds else None


_KINDS: dict[Resolver, str] = {
    _day_word: "relative",
    _weekday: "weekday",
    _chinese_weekday: "weekday",
    _period: "relative",
    _ago: "relative",
    _day_of_month: "partial",
    _feast: "partial",
    _chinese_ago: "relative",
}
