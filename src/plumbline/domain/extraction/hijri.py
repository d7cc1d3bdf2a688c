"""Find dates of the Islamic calendar and give their days in the Gregorian one.

Days convert by the Umm al-Qura calendar of Saudi Arabia (the tables of `hijridate`), 1343 to 1500 AH (1924 to 2077). Where
a country sees the new moon itself a date may be a day earlier or later, which the confidence takes into account. A month or a
year of that calendar is a range. Where the text gives the Gregorian day beside it ('15 رمضان 1445هـ الموافق 25 مارس 2024'),
that day alone is told.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import cache

from hijridate import Gregorian, Hijri

from plumbline.domain.extraction.lexicon import any_of, lexicon
from plumbline.domain.extraction.model import Span
from plumbline.domain.extraction.numerals import key_of
from plumbline.domain.extraction.text import longest_first

YEARS = range(1343, 1501)
NEAR = 2
"""So many days may lie between a date and the Gregorian one beside it for both to be one day."""
_BESIDE = re.compile(
    r"[\s,،(/=\-–—]*(?:هـ?|الموافق\w*|م|(?:H|AH)\b|г\.|года|соответствует|corresponding to|soit|equivalente a)?[\s,،(:/=\-–—]*"
)


def find_hijri(plain: str, *, language: str, anchor: date | None) -> tuple[Span, ...]:
    """List the dates of the Islamic calendar; one without a year is the latest that is not more than a month after `anchor`.

    `plain` has its digits as 0-9 and its Chinese characters simplified.

    >>> [span.value['start'] for span in find_hijri('15 رمضان 1445 هـ', language='ar', anchor=None)]
    ['2024-03-25']
    """
    return longest_first(_found(plain, language, anchor))


def _found(plain: str, language: str, anchor: date | None) -> Iterator[Span]:
    months, ordinals = _names(language)
    for pattern, sure in _patterns(language):
        for match in pattern.finditer(plain):
            groups = match.groupdict()
            if not groups.get("y") and _is_name(plain, match):
                continue
            written = groups.get("d")
            day = ordinals.get(key_of(written)) or int(written) if written else None
            name = groups.get("month")
            month = (months.get(key_of(name)) or int(name)) if name else None
            year = int(groups["y"]) if groups.get("y") else _guessed(anchor, month, day)
            bounds = _bounds(year, month, day) if year else None
            if bounds is not None:
                factor = 1.0 if groups.get("y") else 0.85
                value = {"start": bounds[0].isoformat(), "end": bounds[1].isoformat()}
                value["precision"] = "day" if day else "range"
                kind = "full" if groups.get("y") else "partial"
                yield Span(*match.span("date"), value, round(sure * factor, 3), kind=kind)


def _is_name(plain: str, match: re.Match[str]) -> bool:
    """Tell whether a day without a year names a street or a town: 'مدينة العاشر من رمضان', '10 Ramadan City'."""
    named = re.compile(rf"(?<!\w){any_of(lexicon('dates')['hijri']['named'])}\s+$", re.IGNORECASE)
    return bool(named.search(plain, max(0, match.start("date") - 16), match.start("date"))) or bool(
        re.compile(r"\s+[A-ZÀ-ÖØ-Þ]").match(plain, match.end("date"))
    )


def without_twins(plain: str, spans: Sequence[Span], hijri: Sequence[Span]) -> list[Span]:
    """Drop the dates of `hijri` that stand beside a Gregorian one of about the same day."""
    ordered = sorted(spans, key=lambda span: span.start)
    return [one for one in hijri if not any(_is_twin(plain, one, other) for other in _close(ordered, one))]


def _close(ordered: Sequence[Span], one: Span) -> Sequence[Span]:
    """Give the few of `ordered` that begin some words before or behind a date."""
    first, last = (bisect_left(ordered, at, key=lambda span: span.start) for at in (one.start - 80, one.end + 25))
    return ordered[first:last]


def _is_twin(plain: str, one: Span, other: Span) -> bool:
    first, second = sorted((one, other), key=lambda span: span.start)
    if second.start < first.end or second.start - first.end > 24:
        return False
    if not _BESIDE.fullmatch(plain, first.end, second.start):
        return False
    apart = date.fromisoformat(one.value["start"]) - date.fromisoformat(other.value["start"])
    return abs(apart) <= timedelta(NEAR)


def _bounds(year: int, month: int | None, day: int | None) -> tuple[date, date] | None:
    """Give the first and the last Gregorian day; None where the calendar has no such date or the tables end."""
    if year not in YEARS or not 1 <= (month or 1) <= 12:
        return None
    last = Hijri(year, month or 12, 1).month_length()
    if not 1 <= (day or 1) <= last:
        return None
    first, end = Hijri(year, month or 1, day or 1), Hijri(year, month or 12, day or last)
    return _gregorian(first), _gregorian(end)


def _gregorian(day: Hijri) -> date:
    converted = day.to_gregorian()
    return date(converted.year, converted.month, converted.day)


def _guessed(anchor: date | None, month: int | None, day: int | None) -> int | None:
    """Choose the latest year in which the date is not more than a month after the anchor."""
    if anchor is None or month is None or not date(1925, 1, 1) <= anchor <= date(2076, 1, 1):
        return None
    year: int = Gregorian(anchor.year, anchor.month, anchor.day).to_hijri().year
    for option in (year, year - 1):
        bounds = _bounds(option, month, day)
        if bounds is not None and bounds[0] <= anchor + timedelta(31):
            return option
    return None


@cache
def _names(language: str) -> tuple[dict[str, int], dict[str, int]]:
    words = lexicon("dates")
    lists = [words["hijri"]["months"].get(lang, []) for lang in dict.fromkeys((language, "ar", "en"))]
    months = {key_of(name): number for names in lists for number, listed in enumerate(names, 1) for name in listed}
    return months, {key_of(word): day for word, day in words[language].get("ordinals", {}).items()}


@cache
def _patterns(language: str) -> tuple[tuple[re.Pattern[str], float], ...]:
    """Write the patterns of full dates, of months and years, of days without a year, with how sure each is."""
    words = lexicon("dates")
    era = words["hijri"]["era"]
    mark = rf"(?:\s*(?:{any_of(era['any'])}|{any_of(era.get(language, ()))})(?![^\W\d_])\.?)"
    year = r"(?P<y>1[345]\d\d)(?!\d)"
    numeric = (
        rf"(?<![\d./-])(?P<date>(?P<y>1[345]\d\d)(?P<s>[-/.])(?P<month>\d{{1,2}})(?P=s)(?P<d>\d{{1,2}})(?!\d){mark})",
        rf"(?<![\d./-])(?P<date>(?P<d>\d{{1,2}})(?P<s>[-/.])(?P<month>\d{{1,2}})(?P=s){year}{mark})",
    )
    if language == "zh":
        led = any_of(era["zh"])
        shapes = [(rf"(?P<date>{led}(?P<y>1[345]\d\d)年(?:(?P<month>\d{{1,2}})月(?:(?P<d>\d{{1,2}})日)?)?)", 0.9)]
        return tuple(
            (re.compile(shape, re.IGNORECASE), sure) for shape, sure in [*((n, 0.9) for n in numeric), *shapes]
        )
    lists = [words["hijri"]["months"].get(lang, []) for lang in dict.fromkeys((language, "ar", "en"))]
    month = (
        rf"(?<![^\W\d_])(?P<month>{any_of(name for names in lists for listed in names for name in listed)})(?![^\W\d_])"
    )
    ordinals = any_of(words[language].get("ordinals", ()))
    day = rf"(?<![\d.,/:-])(?P<d>[0-3]?\d(?!\d)|(?<!\w){ordinals}(?!\w))(?:st|nd|rd|th|er|º|°|-?го)?"
    of = rf"\s+(?:{any_of((*words[language]['of'], 'of', 'de', 'من', 'من شهر', 'شهر'))}\s+)?"
    then = rf"\s*,?\s*(?:{any_of(('من عام', 'عام', 'لعام', 'سنة', 'لسنة', 'de', 'del', 'of', 'года', 'del año', 'من سنة'))}\s+)?"
    stick = r"(?<!\w)[وبفل]?" if language == "ar" else r"(?<!\w)"
    shapes = [
        (rf"(?P<date>{day}{of}{month}{then}{year}{mark}?)", 0.93),
        (rf"(?P<date>{month}\s+(?P<d>[0-3]?\d)\s*,\s*{year}{mark}?)", 0.9),
        (rf"(?P<date>{month}{then}{year}{mark}?)", 0.88),
        (rf"{stick}(?:{any_of(era['year'])})\s+(?P<date>{year}{mark})", 0.85),
        (rf"(?P<date>{day}{of}{month})(?!\s*,?\s*\d)", 0.8),
        (rf"{stick}{any_of(era['month'])}\s+(?P<date>{month})(?!\s+\d)", 0.7),
    ]
    return tuple((re.compile(shape, re.IGNORECASE), sure) for shape, sure in [*((n, 0.93) for n in numeric), *shapes])
