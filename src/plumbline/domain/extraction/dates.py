"""Find dates in prose and telegrams, in seven languages, with the precision that the words give.

A value is {"start", "end", "precision"} with inclusive ISO dates; precision is day, month, year, range or circa.
Partial dates ('5 March') and relative ones ('last Tuesday') are resolved against the day of publication, or, when
that is not known, against the first full date of the text (its dateline). What cannot be resolved is left out.
Numeric dates read day first (ISO 8601 excepted), month first only where day first is impossible.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import cache
from typing import Any

from plumbline.domain.extraction.hijri import find_hijri, without_twins
from plumbline.domain.extraction.lexicon import any_of, known_language, lexicon
from plumbline.domain.extraction.model import Span
from plumbline.domain.extraction.numerals import number_words
from plumbline.domain.extraction.reckoning import (
    KINDS,
    Reader,
    Resolver,
    Rule,
    calendar_days,
    chinese_ago,
    chinese_part,
    chinese_weekday,
    count_of,
    date_value,
    day_of_month,
    days_ago,
    dotted_day,
    feast_day,
    month_key,
    month_part,
    named_day,
    numeric_day,
    period_days,
    telegram_day,
    weekday_day,
)
from plumbline.domain.extraction.text import HAS_HAN, longest_first, plain_digits, simplified

_ORDINAL = r"(?:st\b|nd\b|rd\b|th\b|er\b|º|°|ª|-?го\b|-?е\b)?"
_YEAR = r"(?:19|20)\d\d(?![\d])(?!\s*(?:%|people\b|persons\b|tonnes\b|tons\b|kg\b|km\b))"
_FLAGS = re.IGNORECASE


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
    hijri = find_hijri(plain, language=reader.language, anchor=published or _anchor(found))
    spans = longest_first([*found, *without_twins(plain, found, hijri)])
    return _with_later_days(plain, reader, _without_shadows(plain, spans))


def _read(plain: str, readers: list[Reader], anchor: date | None) -> Iterator[Span]:
    for foreign, reader in enumerate(readers):
        for rule in reader.rules:
            for match in rule.pattern.finditer(plain):
                resolved = rule.resolve(reader, match, anchor)
                if resolved is not None:
                    start, end = match.span("date") if "date" in rule.pattern.groupindex else match.span()
                    value, factor = resolved
                    confidence = round(rule.confidence * factor * (0.97 if foreign else 1.0), 3)
                    kind = KINDS.get(rule.resolve) or ("full" if factor >= 0.9 else "partial")
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


def _with_later_days(plain: str, reader: Reader, spans: tuple[Span, ...]) -> tuple[Span, ...]:
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


def _days_ahead(reader: Reader, match: re.Match[str]) -> int | None:
    if match["word"]:
        words: dict[str, int] = {month_key(phrase): ahead for phrase, ahead in reader.words["next"].items()}
        return words[month_key(match["word"].replace("’", "'"))]
    count = count_of(reader.language, match["n"]) if match["ahead"] or match["after"] else None
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


# --- grammars -------------------------------------------------------------------------------------------------------


@cache
def _reader(language: str) -> Reader:
    words = lexicon("dates")[language]
    months = {month_key(name): number for number, names in enumerate(words["months"], 1) for name in names}
    months |= {month_key(name): number for name, number in words.get("ordinals", {}).items()}
    years = {month_key(name): back for name, back in words.get("years", {}).items()}
    rules = _chinese_rules(words) if language == "zh" else (*_calendar_rules(words), *_relative_rules(language, words))
    return Reader(language, months, words, years, (*rules, *_numeric_rules()))


def _numeric_rules() -> tuple[Rule, ...]:
    iso = re.compile(r"(?<![\d.])(?P<y1>(?:19|20)\d\d)(?P<s>[-/])(?P<m1>\d{1,2})(?P=s)(?P<d1>\d{1,2})(?![\d./-]\d|\d)")
    dmy = re.compile(r"(?<![\d./-])(?P<a>\d{1,2})(?P<s>[./-])(?P<b>\d{1,2})(?P=s)(?P<y>(?:19|20)\d\d)(?![\d/-]|\.\d)")
    short = re.compile(r"(?<![\d./-])(?P<a>\d{1,2})/(?P<b>\d{1,2})/(?P<y>\d\d)(?![\d./-])")
    dotted = re.compile(r"(?<![\d./-])(?P<a>[0-3]\d)\.(?P<b>[01]\d)\.(?P<y>\d\d)(?![\d/-]|\.\d)")
    day_first = (Rule(dmy, numeric_day, 0.94), Rule(short, numeric_day, 0.8))
    return (Rule(dotted, dotted_day, 0.8), Rule(iso, calendar_days, 0.98), *day_first)


def _calendar_rules(words: dict[str, Any]) -> tuple[Rule, ...]:
    month = any_of(name for names in words["months"] for name in names)
    of = rf"(?:\s*{any_of(words['of'])}(?![^\W\d])\s*|\s*)" if words["of"] else r"\s*"
    to = rf"(?:\s*[-–—/]\s*|\s+{any_of(words['to'])}\s+(?:(?:the|le|el|il|el día)\s+|l['’])?|\s+و)"
    before, circa = any_of(words["before"]), any_of(words["circa"])

    def m(name: str) -> str:
        return rf"(?:(?<![^\W\d])|(?<=\sو))(?P<{name}>{month})(?![^\W\d])\.?(?:\s*/\s*{month}(?![^\W\d]))?"

    ordinals = rf"|(?<!\w){any_of(words['ordinals'])}(?!\w)" if "ordinals" in words else ""

    def d(name: str) -> str:
        return rf"(?P<{name}>[0-3]?\d(?!\d){ordinals}){_ORDINAL}"

    def y(name: str, *, told: bool = False) -> str:
        years = rf"|{any_of(words.get('years', ()))}(?!\w)" if told else ""
        return rf"(?P<{name}>{_YEAR}{years})(?:\s*(?:г\.|года|году|год(?!\w)|г(?!\w)))?"

    lead = rf"(?:(?<![^\W])(?P<circa>{circa})(?:[\s-]+|(?<=[-'’])))?"
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
        (rf"(?:(?<![^\W])(?P<circa>{circa})(?:\s+|(?<=[-'’]))|{place_before})(?P<date>{m('m1')})(?!\s+\d)", 0.75),
        *_year_shapes(words, to=to, before=place_before, told=y),
    )
    part = rf"(?<!\w)(?P<date>(?P<part>{any_of(words['parts'])})(?:\s+|(?<=['’])){m('m1')}(?:{comma}{y('y1', told=True)})?)"
    short_year = rf"(?P<date>(?:{day}{d('d1')}\s*)(?<![^\W\d])?(?P<m1>{month})(?![^\W\d])\.?\s*(?P<y1>['’]?\d\d))(?![\d:.,]\d|\d|\s*(?:%|people|persons|hours))"
    others = (Rule(re.compile(part, _FLAGS), month_part, 0.9), Rule(re.compile(short_year, _FLAGS), telegram_day, 0.95))
    return (
        *(Rule(re.compile(shape, _FLAGS), calendar_days, sure) for shape, sure in shapes),
        *_bare_months(words),
        *others,
    )


def _year_shapes(
    words: dict[str, Any], *, to: str, before: str, told: Callable[[str], str]
) -> tuple[tuple[str, float], ...]:
    """Write the shapes of years by themselves: spans of years, years behind a word that leads to one, years in brackets."""
    joins, circa, y = (
        [word for word in words["to"] if word in ("and", "et", "y", "e", "и", "و")],
        any_of(words["circa"]),
        told,
    )
    through = rf"(?:\s*[-–—/]\s*|\s+{any_of(w for w in words['to'] if w not in joins)}\s+)"
    return (
        (rf"(?<![\d.,/-])(?P<y1>{_YEAR}){through}{y('y2')}(?![/-])", 0.8),
        (
            rf"(?<!\w){any_of(words['between'])}\s+(?:(?:il|le|el)\s+)?(?P<date>(?P<y1>{_YEAR}){to}{y('y2')})(?![/-])",
            0.85,
        ),
        (rf"(?<=[12]\d\d\d)\s+{any_of(joins)}\s*(?P<date>{y('y1')})(?![/-]\d)", 0.7),
        (
            rf"(?:(?<![^\W])(?P<circa>{circa})(?:\s+|-|(?<=-))|{before})(?P<date>(?<![\d.,/]){y('y1')})(?![/-]\d)",
            0.8,
        ),
        (
            rf"(?:(?<!\w)(?P<circa>{circa})\s+)?(?<![\d.,/-])(?P<date>(?P<y1>(?:19|20)\d\d)\s*(?:г\.|года|году|годах|год(?!\w)))",
            0.85,
        ),
        (r"\((?P<date>(?P<y1>(?:19|20)\d\d))\)", 0.5),
    )


def _bare_months(words: dict[str, Any]) -> list[Rule]:
    """Write the rule of months by themselves, in lower case, so that no name is read as a month."""
    if not words.get("bare"):
        return []
    full = any_of(name for names in words["months"] for name in names if not _is_short(name, names))
    return [Rule(re.compile(rf"(?<![^\W\d])(?<!\d\s)(?P<m1>{full})(?![^\W\d])(?!\s+\d)"), calendar_days, 0.65)]


def _is_short(name: str, names: list[str]) -> bool:
    return any(other.startswith(name) and len(other) > len(name) + 2 for other in names)


def _relative_rules(language: str, words: dict[str, Any]) -> tuple[Rule, ...]:
    weekday = any_of(name for names in words["weekdays"] for name in names if len(name) > 3)
    stick = r"(?<![^\W])[وبفل]?" if language == "ar" else r"(?<!\w)"
    after = any_of(words["last_after"])
    ahead, coming = any_of(words.get("next_before", ())), any_of(words.get("next_after", ()))
    week, first = any_of(words["of_week"]), any_of(words.get("week_first", ()))
    on = any_of(words["on"])
    led = rf"(?P<last>{any_of(words['last_before'])})|(?P<ahead>{ahead})|(?P<first>{first})(?:\s*,)?(?:\s+{on})?"
    last = rf"(?:(?:{on}\s+)?(?:{led})\s+)?"
    behind = rf",?\s+(?P<week>{week})(?!\w)|\s+(?P<coming>{coming})(?!\w)|\s+(?P<after>{after})(?!\w)"
    shapes: list[tuple[str, Resolver, float]] = [
        (rf"{stick}(?P<date>(?P<word>{any_of(words['days'])}))(?!\w)", named_day, 0.85),
        (rf"{stick}(?P<date>{last}(?P<weekday>{weekday})(?!\w)(?:{behind})?)", weekday_day, 0.8),
        (rf"{stick}(?P<date>(?P<period>{any_of(words['periods'])}))(?!\w)(?!\s+\d)", period_days, 0.75),
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
    shapes.append((rf"{stick}(?P<date>{named})", day_of_month, 0.75))
    if "month" in words:
        told = any_of([phrase for phrase in words["month"] if " " in phrase])
        alone = any_of([phrase for phrase in words["month"] if " " not in phrase])  # '12 dernier bilan' is no day
        article = any_of(words.get("article", ())) if words.get("article") else r"(?!)"
        for phrase, before in ((told, ""), (alone, rf"{article}\s*")):
            if phrase:
                shapes.append(
                    (rf"(?<![\w.,/-])(?P<date>{before}{day}\s+(?P<month>{phrase}))(?!\w)", day_of_month, 0.75)
                )
    if words.get("article"):
        ends = r"(?=[,;)]|\.\s|\.$)(?!,\s*(?:rue|avenue|boulevard|place|via|viale|piazza|corso|calle|avenida|plaza)\b)"
        shapes.append((rf"(?<!\w)(?P<date>{any_of(words['article'])}\s*{day}){ends}", day_of_month, 0.6))
    if "feasts" in words:
        year = rf"(?:\s+(?:del?|di|de)?\s*(?P<y1>{_YEAR}))?"
        shapes.append((rf"(?<!\w)(?P<date>(?P<feast>{any_of(words['feasts'])}){year})(?!\w)", feast_day, 0.7))
    count = rf"(?P<n>\d{{1,3}}|{any_of(number_words(language))})"
    unit = rf"(?P<unit>{any_of(name for names in words['ago_units'].values() for name in names)})"
    for phrase in words["ago"]:
        body = r"\s+".join({"{n}": count, "{unit}": unit}.get(part) or re.escape(part) for part in phrase.split())
        shapes.append((rf"{stick}(?P<date>{body})(?!\w)", days_ago, 0.75))
    return tuple(Rule(re.compile(shape, _FLAGS), resolve, sure) for shape, resolve, sure in shapes)


def _chinese_rules(words: dict[str, Any]) -> tuple[Rule, ...]:
    digit, han = r"\d{1,2}", "[一二三四五六七八九十]{1,3}"

    def y(name: str) -> str:
        return rf"(?P<{name}>(?:19|20)\d\d|[〇零○一二三四五六七八九]{{4}}|民[国國]\s*(?:\d{{1,3}}|[〇零○一二三四五六七八九十]{{1,4}}))\s*年"

    said = r"(?P<y1>今年|去年|前年|本年|上年)\s*"

    def m(name: str) -> str:
        return rf"(?P<{name}>{digit}|{han})\s*月(?!前)"

    def d(name: str) -> str:
        return rf"(?P<{name}>{digit}|{han})\s*[日号號]"

    to = r"\s*(?:至|到|-|–|—|~|～|和|、)\s*"
    part, years = any_of(words["parts"]), "(?P<said>今年|去年|前年|本年|上年)"
    shapes: tuple[tuple[str, Resolver, float], ...] = (
        (
            rf"(?:{y('y1')}\s*)?{m('m1')}\s*(?P<d1>{digit}|{han})\s*[日号]?{to}(?:{y('y2')}\s*)?(?:{m('m2')}\s*)?{d('d2')}",
            calendar_days,
            0.94,
        ),
        (rf"{y('y1')}\s*{m('m1')}\s*{d('d1')}", calendar_days, 0.98),
        (rf"{said}{m('m1')}(?:\s*{d('d1')})?", calendar_days, 0.9),
        (rf"(?P<month>{any_of(words['month'])}){d('d1')}", day_of_month, 0.85),
        (
            rf"(?<![月\d第每近年个满长约/.-])(?P<d1>{digit})(?:日(?![内后前间均报本常志程元用起楼线店])|号(?=[，。；]|上午|中午|下午|傍晚|晚|夜|凌晨|早|$))",
            day_of_month,
            0.65,
        ),
        (rf"(?P<feast>{any_of(words['feasts'])})(?P<y1>(?!))?", feast_day, 0.7),
        (rf"{y('y1')}\s*(?P<m1>{digit}|{han})\s*月?{to}(?:{y('y2')}\s*)?{m('m2')}", calendar_days, 0.9),
        (rf"{y('y1')}\s*{m('m1')}", calendar_days, 0.95),
        (rf"(?<![年\d月第.])(?P<m1>{digit})\s*月?{to}{m('m2')}(?!\s*\d)", calendar_days, 0.85),
        (rf"(?<![年\d]){m('m1')}\s*{d('d1')}", calendar_days, 0.9),
        (rf"(?P<y1>(?:19|20)\d\d)\s*年?{to}{y('y2')}", calendar_days, 0.88),
        (rf"(?P<circa>大约|约|大概)?(?P<date>{y('y1')})", calendar_days, 0.85),
        (rf"(?<![年\d一二三四五六七八九十个]){m('m1')}(?!\s*\d)", calendar_days, 0.7),
        (rf"(?P<word>{any_of(words['days'])})", named_day, 0.85),
        (
            r"(?:(?P<week>上上|[上本这下])[个周]?)?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天])(?![一二三四五六日天])",
            chinese_weekday,
            0.8,
        ),
        (rf"(?P<date>(?:(?:{y('y1')}|{years})\s*)?{m('m1')}份?(?P<part>{part}))", month_part, 0.96),
        (rf"(?P<date>(?P<month>{any_of(words['month'])})(?P<part>{part}))", chinese_part, 0.9),
        (rf"(?P<date>(?:(?:{y('y1')}|{years})\s*)?{m('m1')})份?(?P<circa>[初底末])(?![一-龥]?期)", calendar_days, 0.96),
        (rf"(?P<date>{y('y1')})年?(?P<circa>[初底末])(?!期)", calendar_days, 0.9),
        (r"(?<![\d一二三四五六七八九十上本当个下每同某])(?P<date>月(?:初(?!步)|[底末]|中(?!旬)))", chinese_part, 0.7),
        (rf"(?P<period>{any_of(words['periods'])})(?![一二三四五六日天])", period_days, 0.75),
        (r"(?P<n>\d{1,3}|[一二两三四五六七八九十])(?P<unit>天|日|周|个月|年)(?:以?前|之前)", chinese_ago, 0.75),
    )
    return tuple(Rule(re.compile(shape), resolve, sure) for shape, resolve, sure in shapes)
