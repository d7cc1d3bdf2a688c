"""Reckon the days that the words of a date mean, against the day of publication where they leave something out."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from plumbline.domain.extraction.numerals import number_words

Resolver = Callable[["Reader", re.Match[str], date | None], tuple[Any, float] | None]
_HAN_DIGITS = {c: i for i, c in enumerate("〇一二三四五六七八九")} | {"零": 0, "○": 0}
_CODE_BEFORE = re.compile(r"(?i)(?<!\w)(?:[CEL]ER|EWC|AVV|ASN|c[oó]di?[ceg]\w*|vers\w+|код\w*|верс\w+|пп?)[.\s:(]*$")
_DAY_BEFORE = re.compile(
    r"(?i)(?:(?<!\w)(?:le|du|au|e?l|del|al|il|dal|on|of|dated?|since|from|by|to)\s+|(?:في|يوم|بتاريخ|于|在)\s*)$"
)


@dataclass(frozen=True, slots=True)
class Rule:
    """Hold a pattern, what resolves its matches, and how sure it is before that."""

    pattern: re.Pattern[str]
    resolve: Resolver
    confidence: float


@dataclass(frozen=True, slots=True)
class Reader:
    """Hold what one language needs to read its dates: months and ordinals by their key, years from that of publication."""

    language: str
    months: dict[str, int]
    words: dict[str, Any]
    years: dict[str, int]
    rules: tuple[Rule, ...] = ()


LATEST = "latest"
"""Stands for a month in the tables of dates: that of the latest such day ('le 28 dernier')."""


def date_value(start: date, end: date, precision: str) -> dict[str, str]:
    """Write the JSON value of a date field."""
    return {"start": start.isoformat(), "end": end.isoformat(), "precision": precision}


def calendar_days(reader: Reader, match: re.Match[str], anchor: date | None) -> tuple[Any, float] | None:
    """Resolve the named groups d1 m1 y1 (d2 m2 y2): the second end lends the first what it lacks."""
    groups = match.groupdict()
    d1, m1, y1 = (number_of(reader, groups.get(key), anchor) for key in ("d1", "m1", "y1"))
    d2, m2, y2 = (number_of(reader, groups.get(key), anchor) for key in ("d2", "m2", "y2"))
    ranged = any(part is not None for part in (d2, m2, y2))
    m1, y1 = m1 or m2, y1 or y2
    if not y1 and not _looks_like_month(reader, groups):
        return None
    year, factor = (y1, 1.0) if y1 else (_guess_year(anchor, m1, d1), 0.85)
    if year is None:
        return None
    first = bounds_of(year, m1, d1)
    second = bounds_of(y2 or year, m2 or m1, d2) if ranged else first
    if first is None or second is None:
        return None
    if second[1] < first[0] and m2:  # over New Year: the end that has no year of its own gives way
        if groups.get("y2") and not groups.get("y1"):
            first = bounds_of(year - 1, m1, d1) or first
        elif not groups.get("y2"):
            second = bounds_of(year + 1, m2, d2) or second
    if second[1] < first[0]:
        return None
    precision = "range" if ranged else ("day" if d1 else "month" if m1 else "year")
    return date_value(first[0], second[1], "circa" if groups.get("circa") else precision), factor


def number_of(reader: Reader, written: str | None, anchor: date | None = None) -> int | None:
    """Read a figure, the name of a month, an ordinal, or a year told from that of publication ('of last year')."""
    if not written:
        return None
    if written.isdigit():
        return int(written)
    if written[0] == "民":  # the years of the Republic of China: its first is 1912
        count = number_of(reader, written[2:].strip())
        return 1911 + count if count else None
    key = month_key(written.replace("’", "'"))
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


def month_key(written: str) -> str:
    """Write a word as the tables of dates key it: small letters, single spaces, one alif, no ё."""
    return re.sub(r"\s+", " ", re.sub("[أإآ]", "ا", written.lower().replace("ё", "е")))


def _looks_like_month(reader: Reader, groups: dict[str, str | None]) -> bool:
    """Refuse 'may' and 'march' in lower case where no year stands beside them (English only)."""
    if reader.language != "en" or groups.get("d1"):
        return True
    written = groups.get("m1") or ""
    return written[:1].isupper() or written not in ("may", "march", "mar", "jan", "sun", "sat", "dec")


def _guess_year(anchor: date | None, month: int | None, day: int | None) -> int | None:
    """Choose the latest year in which the date is not more than a month after the anchor."""
    if anchor is None or month is None:
        return None
    bounds = bounds_of(anchor.year, month, day)
    if bounds is None:
        return None
    return anchor.year - 1 if bounds[0] > anchor + timedelta(days=31) else anchor.year


def bounds_of(year: int, month: int | None, day: int | None) -> tuple[date, date] | None:
    """Give the first and last day of a year, a month or a day; None where there is no such date between 1900 and 2100."""
    if not 1900 <= year <= 2100 or (month is not None and not 1 <= month <= 12):
        return None
    if month is None:
        return date(year, 1, 1), date(year, 12, 31)
    last = calendar.monthrange(year, month)[1]
    if day is None:
        return date(year, month, 1), date(year, month, last)
    return (date(year, month, day),) * 2 if 1 <= day <= last else None


def numeric_day(reader: Reader, match: re.Match[str], anchor: date | None) -> tuple[Any, float] | None:
    """Read 5/3/2011: day first, month first where only that can be; two-digit years by the anchor's century."""
    first, second, year = int(match["a"]), int(match["b"]), _century(match["y"], anchor)
    bounds, factor = bounds_of(year, second, first), 1.0
    if bounds is None:
        bounds = bounds_of(year, first, second)
    elif first <= 12 and first != second and reader.language == "en":
        factor = 0.9
    return (date_value(*bounds, "day"), factor) if bounds else None


def dotted_day(reader: Reader, match: re.Match[str], anchor: date | None) -> tuple[Any, float] | None:
    """Read 05.03.11, no waste code (CER 16.06.01): behind a date word, in Russian and German behind any but a code word."""
    before = match.string[: match.start()][-24:]
    if _CODE_BEFORE.search(before) or (reader.language not in ("ru", "de") and not _DAY_BEFORE.search(before)):
        return None
    return numeric_day(reader, match, anchor)


def _century(written: str, anchor: date | None) -> int:
    year = int(written)
    if year >= 100:
        return year
    latest = anchor.year + 1 if anchor else 2049
    return 2000 + year if 2000 + year <= latest else 1900 + year


def telegram_day(reader: Reader, match: re.Match[str], anchor: date | None) -> tuple[Any, float] | None:
    """Read '16 NOV 89': a two-digit year is one after a capital or short month, or an apostrophe."""
    written, short = match["m1"], match["y1"]
    month = number_of(reader, written)
    plain_year = "'" in short or "’" in short
    year = _century(short.lstrip("'’"), anchor)
    spelled_out = len(written.rstrip(".")) > 4
    if not (plain_year or (written.isupper() and (not spelled_out or int(short) > 31)) or _anchored(year, anchor)):
        return None
    bounds = bounds_of(year, month, int(match["d1"]) if match["d1"] else None)
    return (date_value(*bounds, "day" if match["d1"] else "month"), 0.97) if bounds else None


def _anchored(year: int, anchor: date | None) -> bool:
    return anchor is not None and abs(anchor.year - year) <= 1


def named_day(reader: Reader, match: re.Match[str], anchor: date | None) -> tuple[Any, float] | None:
    """Read 'yesterday' and its like by their days from the anchor."""
    if anchor is None:
        return None
    offset = reader.words["days"][re.sub(r"\s+", " ", match["word"].lower().replace("’", "'"))]
    day = anchor + timedelta(days=offset)
    return date_value(day, day, "day"), 1.0


def weekday_day(reader: Reader, match: re.Match[str], anchor: date | None) -> tuple[Any, float] | None:
    """Read a week-day as the latest one, 'last' as none of today's, 'next' as the first to come, 'of last week' by its week."""
    if anchor is None:
        return None
    groups, number = match.groupdict(), _weekday_number(reader, match["weekday"])
    written = groups.get("week") or groups.get("first")
    if written:
        weeks = {
            month_key(phrase): off
            for key in ("of_week", "week_first")
            for phrase, off in reader.words.get(key, {}).items()
        }
        day = _in_week(anchor, weeks[month_key(written.replace("’", "'"))], number)
        return date_value(day, day, "day"), 1.0
    if groups.get("ahead") or groups.get("coming"):
        day = anchor + timedelta(days=(number - anchor.weekday()) % 7 or 7)
        return date_value(day, day, "day"), 1.0
    back = (anchor.weekday() - number) % 7
    if back == 0 and (match["last"] or match["after"]):
        back = 7
    day = anchor - timedelta(days=back)
    return date_value(day, day, "day"), 1.0


def _in_week(anchor: date, off: int, weekday: int) -> date:
    """Give the week-day, 0 for Monday, of the week that is `off` weeks from that of the anchor."""
    return anchor + timedelta(days=7 * off + weekday - anchor.weekday())


def _weekday_number(reader: Reader, written: str) -> int:
    name = month_key(written)
    return next(i for i, names in enumerate(reader.words["weekdays"]) if name in map(month_key, names))


def period_days(reader: Reader, match: re.Match[str], anchor: date | None) -> tuple[Any, float] | None:
    """Read 'last month', 'this year', 'next week' as the days of the whole period."""
    if anchor is None:
        return None
    words = {month_key(phrase): unit for phrase, unit in reader.words["periods"].items()}
    unit = words[month_key(match["period"].replace("’", "'"))]
    unit, _, back = unit.partition("-")
    if unit in ("year", "this year"):
        year = anchor.year - int(back or 1) if unit == "year" else anchor.year
        return date_value(date(year, 1, 1), date(year, 12, 31), "year"), 1.0
    if unit in ("month", "this month", "next month"):
        ahead = {"month": -1, "this month": 0, "next month": 31}[unit]
        last = anchor.replace(day=1) + timedelta(days=ahead)
        bounds = bounds_of(last.year, last.month, None)
        return (date_value(*bounds, "month"), 1.0) if bounds else None
    monday = anchor - timedelta(days=anchor.weekday() + 7 * int(back or 1))
    return date_value(monday, monday + timedelta(days=6), "range"), 1.0


def days_ago(reader: Reader, match: re.Match[str], anchor: date | None) -> tuple[Any, float] | None:
    """Read 'three weeks ago': days exactly, longer spans about."""
    if anchor is None:
        return None
    count = count_of(reader.language, match["n"])
    unit = next(
        u for u, names in reader.words["ago_units"].items() if month_key(match["unit"]) in map(month_key, names)
    )
    if count is None or count > 200:
        return None
    if unit in ("day", "week"):
        day = anchor - timedelta(days=count * (7 if unit == "week" else 1))
        return date_value(day, day, "day" if unit == "day" else "circa"), 1.0
    months = count * (12 if unit == "year" else 1)
    year, month = divmod(anchor.year * 12 + anchor.month - 1 - months, 12)
    bounds = bounds_of(year, None if unit == "year" else month + 1, None)
    return (date_value(*bounds, "circa"), 1.0) if bounds else None


def day_of_month(reader: Reader, match: re.Match[str], anchor: date | None) -> tuple[Any, float] | None:
    """Read a day without its month: the latest such day, on the weekday where one is named, in the month where one is."""
    if anchor is None:
        return None
    groups, number = match.groupdict(), number_of(reader, match["d1"])
    if groups.get("month"):
        months = {month_key(phrase): back for phrase, back in reader.words["month"].items()}
        back = months[month_key(match["month"])]
        if back == LATEST:
            back = -1 if number and number > anchor.day else 0
        year, month = divmod(anchor.year * 12 + anchor.month - 1 + back, 12)
        bounds = bounds_of(year, month + 1, number)
        return (date_value(*bounds, "day"), 0.85) if bounds else None
    weekday = _weekday_number(reader, groups["weekday"]) if groups.get("weekday") else None
    for back in range(-3 if weekday is not None else 0, 31 if weekday is None else 100):
        day = anchor - timedelta(days=back)
        if day.day == number and weekday in (None, day.weekday()):
            return date_value(day, day, "day"), 0.85
    return None


def feast_day(reader: Reader, match: re.Match[str], anchor: date | None) -> tuple[Any, float] | None:
    """Read a feast that has its day, of the year told or the latest one."""
    if not match["y1"] and _is_name(match):
        return None
    feasts = {month_key(name): str(day) for name, day in reader.words["feasts"].items()}
    month, day = map(int, feasts[month_key(match["feast"].replace("’", "'"))].split("-"))
    year = int(match["y1"]) if match["y1"] else _guess_year(anchor, month, day)
    bounds = bounds_of(year, month, day) if year else None
    return (date_value(*bounds, "day"), 0.85) if bounds else None


def _is_name(match: re.Match[str]) -> bool:
    """Tell whether a feast stands beside another capitalised word: 'Natale Rossi', 'Mario Natale'."""
    if match.string[match.start("feast")].islower():
        return False
    after = match.string[match.end() :].lstrip()[:1]
    before = re.search(r"([^\W\d_])[^\W\d_]{2,}\s+$", match.string[max(0, match.start() - 30) : match.start()])
    return after.isupper() or bool(before and before[1].isupper())


def count_of(language: str, written: str) -> int | None:
    """Read a whole number in figures or words; None for any other word."""
    if written.isdigit():
        return int(written)
    words = {month_key(word): value for word, value in number_words(language).items()}
    count = words.get(month_key(written))
    return int(count) if count is not None else None


def chinese_weekday(reader: Reader, match: re.Match[str], anchor: date | None) -> tuple[Any, float] | None:
    """Read 上周二 as the Tuesday of last week, 本周二 as that of this one, 周二 as the latest Tuesday."""
    if anchor is None:
        return None
    number = "一二三四五六日".find(match["weekday"].replace("天", "日"))
    off = {"上上": -2, "上": -1, "本": 0, "这": 0, "下": 1}.get(match["week"] or "")
    day = _in_week(anchor, off or 0, number)
    if off is None and day > anchor:
        day -= timedelta(days=7)
    return date_value(day, day, "day"), 1.0


def month_part(reader: Reader, match: re.Match[str], anchor: date | None) -> tuple[Any, float] | None:
    """Read the part of a month that its words name by days: 'la première quinzaine de mars', '3月上旬'."""
    whole = calendar_days(reader, match, anchor)
    if whole is None:
        return None
    parts = {month_key(phrase): days for phrase, days in reader.words["parts"].items()}
    low, high = parts[month_key(match["part"].replace("’", "'"))]
    first = date.fromisoformat(whole[0]["start"])
    last = date.fromisoformat(whole[0]["end"])
    if not match.groupdict().get("y1") and _guess_year(anchor, first.month, low) == first.year - 1:
        first, last = bounds_of(first.year - 1, first.month, None) or (first, last)
    return date_value(first.replace(day=low), min(last, first + timedelta(days=high - 1)), "range"), whole[1]


def chinese_part(reader: Reader, match: re.Match[str], anchor: date | None) -> tuple[Any, float] | None:
    """Read the ten days of a month that is told from that of publication (上月下旬), 月初 as this month."""
    if anchor is None:
        return None
    groups = match.groupdict()
    back = reader.words["month"].get(groups.get("month") or "本月", 0)
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + back, 12)
    bounds = bounds_of(year, month + 1, None)
    if bounds is None:
        return None
    if not groups.get("part"):
        return date_value(*bounds, "circa"), 1.0
    low, high = reader.words["parts"][groups["part"]]
    return date_value(bounds[0].replace(day=low), min(bounds[1], bounds[0] + timedelta(days=high - 1)), "range"), 1.0


def chinese_ago(reader: Reader, match: re.Match[str], anchor: date | None) -> tuple[Any, float] | None:
    """Read 三天前: days exactly, longer spans about."""
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
    bounds = bounds_of(year, None if match["unit"] == "年" else month + 1, None)
    return (date_value(*bounds, "circa"), 1.0) if bounds else None


KINDS: dict[Resolver, str] = {
    named_day: "relative",
    weekday_day: "weekday",
    chinese_weekday: "weekday",
    period_days: "relative",
    days_ago: "relative",
    day_of_month: "partial",
    feast_day: "partial",
    chinese_ago: "relative",
    chinese_part: "relative",
}
