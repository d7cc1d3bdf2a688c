"""Read lines 'Column: value' - a table's row, a filled form - by their column names: one text, one incident."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from plumbline.domain.blueprints import Field
from plumbline.domain.extraction.dates import find_dates
from plumbline.domain.extraction.findings import Findings
from plumbline.domain.extraction.lexicon import lexicon
from plumbline.domain.extraction.model import Mention, Place, Span
from plumbline.domain.extraction.numerals import read_number
from plumbline.domain.extraction.plans import FieldPlan, TypePlan
from plumbline.domain.extraction.text import fold_name

MOST_LINES = 80
_LINE = re.compile(r"[ \t]*(?P<key>[^:：\n]{1,60}?)[ \t]*[:：][ \t]*(?P<value>[^\s][^\n]*)(?:\n|$)")
_BLANK = re.compile(r"[ \t]*\n")


@dataclass(frozen=True, slots=True)
class _Line:
    key: str
    start: int
    end: int
    field: str


def keyed_mentions(kind: TypePlan, findings: Findings) -> list[Mention] | None:
    """Read the mentions of a text of 'Column: value' lines; None when it is prose.

    A text counts as keyed when every line has the form, three at least, and two columns bear the name of a field.
    Columns without a known name are read by their content, for the fields that no column names.
    """
    lines = _lines(kind, findings.text)
    if lines is None:
        return None
    country = next((c for line in lines if (c := _country_of(line, kind, findings))), "")
    mentions = []
    home: list[Span] = []
    for plan in sorted(kind.fields, key=lambda plan: plan.hint.source != "places"):
        spans = _spans(plan, lines, findings, country)
        if plan.hint.source == "places" and plan.near is None:
            home = home or [replace(span, value=span.value["country"]) for span in spans[:1]]
        elif plan.hint.source == "countries" and plan.near is None and not country and not plan.field.many:
            spans = spans or home
        for span in spans:
            value = findings.text[span.start : span.end] if plan.field.type == "text" else span.value
            said = findings.text[span.start : span.end]
            mentions.append(Mention(plan.field.id, value, said, span.start, span.end, span.confidence))
    order = {plan.field.id: index for index, plan in enumerate(kind.fields)}
    return sorted(mentions, key=lambda mention: (order[mention.field], mention.start))


def _lines(kind: TypePlan, text: str) -> list[_Line] | None:
    names = _names_of(kind)
    lines: list[_Line] = []
    at = 0
    while at < len(text):
        blank = _BLANK.match(text, at)
        if blank is not None:
            at = blank.end()
            continue
        match = _LINE.match(text, at)
        if match is None or len(lines) >= MOST_LINES:
            return None
        key = fold_name(match["key"])
        start = match.start("value")
        lines.append(_Line(key, start, start + len(match["value"].rstrip()), names.get(key, "")))
        at = match.end()
    return lines if len(lines) >= 3 and len({line.field for line in lines} - {""}) >= 2 else None


def _names_of(kind: TypePlan) -> dict[str, str]:
    """Give the field of each column name: common names first, then what the blueprint itself calls its fields."""
    names: dict[str, str] = {}
    for plan in kind.fields:
        source = "content" if plan is kind.content else plan.hint.source
        if plan.near is None and not any(end in plan.field.id for end in ("origin", "destination", "transit")):
            for name in _column_names().get(source, ()):
                names.setdefault(name, plan.field.id)
    for plan in kind.fields:
        for name in _own_names(plan.field):
            names[name] = plan.field.id
    return names


@lru_cache(maxsize=1)
def _column_names() -> dict[str, tuple[str, ...]]:
    return {source: tuple(map(fold_name, names)) for source, names in lexicon("columns").items()}


def _own_names(field: Field) -> Iterator[str]:
    yield _column(field.id)
    yield from map(_column, field.label.values())


@lru_cache(maxsize=4096)
def _column(name: str) -> str:
    """Fold the name of a field as a column of a table may bear it; every text asks for the same ones."""
    return fold_name(name)


def _spans(plan: FieldPlan, lines: list[_Line], findings: Findings, country: str) -> list[Span]:
    """Give the spans of one field: from its own columns, else by content from columns that nothing names."""
    own = [line for line in lines if line.field == plan.field.id]
    if own:
        found = [span for line in own for span in _cell(plan, line, findings, country)]
    elif plan.near is not None:
        found = []
    elif plan.hint.source == "countries" and country:
        return []
    else:
        free = [line for line in lines if not line.field or plan.hint.source == "terms"]
        found = [span for line in free for span in _inside(line, findings.of(plan))]
    distinct = {repr(span.value): span for span in reversed(found)}
    ordered = sorted(distinct.values(), key=lambda span: span.start)
    return ordered if plan.field.many else ordered[:1]


def _inside(line: _Line, spans: tuple[Span, ...]) -> list[Span]:
    return [span for span in spans if line.start <= span.start and span.end <= line.end]


def _cell(plan: FieldPlan, line: _Line, findings: Findings, country: str) -> list[Span]:
    """Read one cell as its field's type asks; what cannot be read gives nothing."""
    whole = findings.text[line.start : line.end]
    if plan.hint.source in ("dates", "earlier", "later"):
        alone = find_dates(whole, language=findings.language, published=findings.published)
        return [replace(s, start=s.start + line.start, end=s.end + line.start) for s in alone[:1]] or _year(line, whole)
    if plan.hint.source == "places":
        return _place(line, whole, findings, country)
    if plan.hint.source == "countries":
        land = _land(whole, findings)
        return [Span(line.start, line.end, land, 0.95)] if land else []
    if plan.field.type == "number":
        number = read_number(whole, findings.language)
        return [Span(line.start, line.end, number, 0.9)] if number is not None else []
    found = _inside(line, findings.of(plan))
    if not found and plan.field.type in ("text", "relation"):
        return [Span(line.start, line.end, whole, 0.8)]
    return found


def _year(line: _Line, whole: str) -> list[Span]:
    if not re.fullmatch(r"(?:19|20)\d\d", whole):
        return []
    start, end = (f"{whole}-01-01", f"{whole}-12-31")
    return [Span(line.start, line.end, {"start": start, "end": end, "precision": "year"}, 0.9)]


def _place(line: _Line, whole: str, findings: Findings, country: str) -> list[Span]:
    """Look a cell up whole, then by its parts between commas; in the row's country where that is known."""
    at = line.start
    for part in (whole, *re.split(r"[,;،，(]", whole)):
        name = part.strip(" )\t")
        at = findings.text.find(name, line.start, line.end)
        known = findings.gazetteer.find(fold_name(name)) if name else ()
        fitting = [place for place in known if place.country == country] if country else list(known)
        if fitting:
            best = max(fitting, key=lambda place: (place.precision == "locality", place.population))
            return [Span(at, at + len(name), best.value(), 0.93 if country else 0.8)]
    if not country or len(whole) > 80:
        return []
    unknown: dict[str, Any] = {"name": whole, "lat": None, "lon": None, "country": country, "precision": "locality"}
    return [Span(line.start, line.end, unknown, 0.6)]


def _country_of(line: _Line, kind: TypePlan, findings: Findings) -> str:
    plan = next((plan for plan in kind.fields if plan.field.id == line.field), None)
    if plan is None or plan.hint.source != "countries" or plan.near is not None:
        return ""
    return _land(findings.text[line.start : line.end], findings)


def _land(whole: str, findings: Findings) -> str:
    """Give the code of a country named, or written as such; '' when there is none."""
    found: list[Place] = [p for p in findings.gazetteer.find(fold_name(whole)) if p.precision == "country"]
    if found:
        return found[0].country
    return whole if re.fullmatch(r"[A-Z]{2}", whole) else ""
