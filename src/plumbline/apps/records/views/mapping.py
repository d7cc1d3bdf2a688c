"""Maps that compare countries: shaded by the number of records, on the page and as a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from babel.dates import format_date
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from markupsafe import Markup

from plumbline.apps.accounts.middleware import SignedInRequest
from plumbline.apps.records import mapping, queries
from plumbline.apps.records.addresses import OF_VIEWS, facets_of, kept
from plumbline.apps.records.presenting import language
from plumbline.apps.records.views.common import Listed, address, chips, list_frame, listed, with_query
from plumbline.domain.blueprints import RecordType, country_name, localised
from plumbline.domain.blueprints.countries import locale_of
from plumbline.domain.class_intervals import METHODS, ClassIntervals, class_intervals
from plumbline.domain.errors import NotFound
from plumbline.engines.charts import Chart
from plumbline.engines.charts import maps as drawing
from plumbline.engines.charts.documents import decimal
from plumbline.engines.charts.maps import NONE, Area
from plumbline.engines.countries import countries, population_source
from plumbline.ui import maps

MEASURES = ("count", "share", "rate")
PER = 100_000
MOST_YEARS = 60
"""So many years are played, the last."""
PICTURES = {"svg": "image/svg+xml", "png": "image/png"}


@dataclass(frozen=True)
class Figure:
    """A map as page and file show it: words, legend, what is drawn, and its numbers as a table."""

    title: str
    unit: str
    drawn: Markup
    legend: drawing.Legend
    source: str
    notes: tuple[str, ...]
    table: Chart
    level: str
    panels: tuple[drawing.Panel, ...] = ()
    """Several small maps in place of `drawn`."""

    def on_page(self) -> Markup:
        """Write it for a page."""
        note = Markup('<p class="chart__source">{}</p>').format(" ".join(self.notes)) if self.notes else Markup("")
        described = replace(self.table, locale=language().replace("-", "_")).description()
        drawn = maps.panels(self.panels) if self.panels else maps.ground(self.title, self.drawn, described)
        return maps.world_map(
            self.title, drawn, self.legend, unit=self.unit, source=self.source, extra=note,
        )  # fmt: skip

    def as_file(self) -> Chart:
        """Give it as a document of its own."""
        chart = replace(
            self.table, title=self.title, unit=self.unit, source=f"{self.source} {maps.boundary_note()}",
            mark=f"TLP:{self.level}", locale=language().replace("-", "_"),
        )  # fmt: skip
        if self.panels:
            return drawing.panels(chart, maps.world(), self.panels, self.legend, self.notes)
        return drawing.document(chart, maps.world(), lambda: self.drawn, self.legend, self.notes)


class Countries:
    """The countries of the records within the filters of an address, each with its number by the measure chosen."""

    def __init__(self, at: Listed, *, linked: bool = True) -> None:
        self.at, self.linked = at, linked
        query = at.request.GET
        self.fields = country_fields(at)
        if not self.fields:
            raise NotFound("map.countries", "{type} has no countries to count by.", type=at.record_type.id)
        self.by = query.get("by", "") if query.get("by") in self.fields else next(iter(self.fields))
        self.measure = query.get("measure", "") if query.get("measure") in MEASURES else MEASURES[0]
        self.method = query.get("classes", "") if query.get("classes") in METHODS else METHODS[0]
        self.counted = mapping.country_counts(
            at.request.viewer, at.workspace, at.record_type.id, at.asked.chosen, self.by
        )

    @cached_property
    def label(self) -> str:
        """The name of the field of countries."""
        return self.fields[self.by]

    def value(self, code: str) -> float | None:
        """The number of a country by the measure; None where it is not known."""
        if self.measure == "rate" and not inhabitants(code):
            return None
        return self._value(code, self.counted.counts[code], self.counted.total)

    def _value(self, code: str, count: int, total: int) -> float:
        """A number of records by the measure, of so many in all; the inhabitants must be known for a rate."""
        if self.measure == "count":
            return count
        if self.measure == "share":
            return 100 * count / total if total else 0.0
        return PER * count / inhabitants(code)

    @cached_property
    def values(self) -> dict[str, float]:
        """The known numbers of countries, the greatest first."""
        found = {code: self.value(code) for code in self.counted.counts}
        known = {code: value for code, value in found.items() if value is not None}
        return dict(sorted(known.items(), key=lambda one: (-one[1], one[0])))

    @cached_property
    def classes(self) -> ClassIntervals:
        """The classes that countries are shaded by."""
        return class_intervals(self.values.values(), method=self.method)

    def written(self, value: float) -> str:
        """Write a number of the measure: whole, or with three digits that count."""
        return number(value, None if self.measure == "count" else "@@@" if value < 100 else "#,##0")

    def url(self, code: str) -> str:
        """The list of the records that a country's number counts."""
        return list_url(self.at, **{self.by: code})

    def figure(self) -> Figure:
        """The map."""
        plural = localised(self.at.record_type.plural, language())
        areas = {
            code: Area(shade(self.classes, value), f"{country_name(code, language())}: {self.written(value)}",
                       self.url(code) if self.linked and value else "")
            for code, value in self.values.items()
        }  # fmt: skip
        head = (self.label, unit_of(self.measure))
        rows = [(country_name(code, language()), value) for code, value in self.values.items()]
        title = _("%(plural)s by %(by)s") % {"plural": plural, "by": self.label}
        return Figure(
            title, unit_of(self.measure), drawing.shaded(maps.world(), areas), self.legend(), source_of(self.at, self.counted.total),
            self.notes(), drawing.table(head, rows, title, unit_of(self.measure)), self.counted.level,
        )  # fmt: skip

    def legend(self) -> list[tuple[int | str, str]]:
        """Words of the classes, the highest first, then of zero and of no data."""
        words = class_words(self.classes, self.written)
        if 0 in self.values.values():
            words.append((0, _("0: has records, but none within these limits")))
        none = _("no data: no record names it")
        if self.measure == "rate":
            none = _("no data: no record names it, or its inhabitants are not known")
        return [*words, (NONE, none)]

    def notes(self) -> tuple[str, ...]:
        """How classes were made, what rates rest on, what is not drawn."""
        found = [method_words(self.method)]
        if self.measure == "rate":
            found.append(
                _("Inhabitants: %(source)s, one number a country for all years; few records make rates uncertain.")
                % {"source": population_source()}
            )
        missing = [country_name(code, language()) for code in self.values if code not in maps.world().middles]
        if missing:
            found.append(_("Not on the map: %(names)s.") % {"names": ", ".join(missing)})
        return tuple(found)

    def frames(self) -> dict[str, Any] | None:
        """What plays the years: levels on one scale and numbers, by country and year; None where there are no two years."""
        if self.at.record_type.find_field("event", "when") is None:
            return None
        viewer, chosen = self.at.request.viewer, self.at.asked.chosen
        space, type_id = self.at.workspace, self.at.record_type.id
        cells = mapping.split_counts(viewer, space, type_id, chosen, self.by, "year")
        years = sorted(cells, key=int)[-MOST_YEARS:]
        totals = dict(queries.counts_by_year(viewer, space, type_id, chosen))
        values = {
            code: [self._value(code, cells[year].get(code, 0), totals[int(year)]) for year in years]
            for code in self.values
        }
        classes = class_intervals([one for each in values.values() for one in each], method=self.method)
        return None if len(years) < 2 else {
            "data": {
                "years": years, "names": {code: country_name(code, language()) for code in values},
                "levels": {code: "".join(str(shade(classes, one)) for one in each) for code, each in values.items()},
                "values": {code: [float(f"{one:.3g}") for one in each] for code, each in values.items()},
            },
            "scale": maps.legend_list([*class_words(classes, self.written), (0, "0"), self.legend()[-1]]),
        }  # fmt: skip

    def rows(self) -> list[dict[str, Any]]:
        """The rows of the table, each number the address of what it counts."""
        known = [*self.values, *(code for code in self.counted.counts if code not in self.values)]
        return [self._row(code) for code in known]

    def _row(self, code: str) -> dict[str, Any]:
        count = self.counted.counts[code]
        url = self.url(code) if count else ""
        share = 100 * count / self.counted.total if self.counted.total else 0.0
        rate, people = rate_of(code, count), inhabitants(code)
        cells = {
            "country": country_name(code, language()), "codes": codes_of(code), "count": linked(number(count), url),
            "share": number(share, "#,##0.0"), "people": number(people) if people else "–",
            "rate": "–" if rate is None else number(rate, "@@@" if rate < 100 else "#,##0"),
        }  # fmt: skip
        return {"url": url, "cells": cells}

    def columns(self) -> list[dict[str, str]]:
        """The heads of the table."""
        return [
            {"key": "country", "title": self.label},
            {"key": "codes", "title": _("ISO 3166, M49")},
            {"key": "count", "title": _("Records"), "kind": "number"},
            {"key": "share", "title": _("Share"), "unit": "%", "kind": "number"},
            {"key": "people", "title": _("Inhabitants"), "kind": "number"},
            {"key": "rate", "title": _("Rate"), "unit": _("per 100,000"), "kind": "number"},
        ]


def codes_of(code: str) -> str:
    """Write the codes of a country beside its name: three letters of ISO 3166-1, three digits of M49."""
    known = countries().get(code)
    return " ".join(one for one in (known.alpha3, known.numeric) if one) if known else code


def show_countries(request: SignedInRequest, workspace: str, type: str) -> HttpResponse:
    """Shade countries by the number of records, their share or their rate; the numbers stand in a table below."""
    at = listed(request, workspace, type)
    shown = Countries(at)
    context = map_frame(at, "map-countries", shown.counted.total)
    context |= {
        "figure": shown.figure().on_page(), "columns": shown.columns(), "rows": shown.rows(), "by_label": shown.label,
        "level": shown.counted.level, "frames": shown.frames(),
        "choices": [
            ("by", _("Countries"), shown.by, list(shown.fields.items())),
            ("measure", _("Measure"), shown.measure, [(one, unit_of(one)) for one in MEASURES]),
            ("classes", _("Classes"), shown.method, [(one, method_name(one)) for one in METHODS]),
        ],
        "without": shown.counted.without, "without_url": without_url(at, shown.by),
    }  # fmt: skip
    return render(request, "records/map-countries.html", context)


# -- what the maps share ---------------------------------------------------------------------------------------------


def map_frame(at: Listed, view: str, total: int) -> dict[str, Any]:
    """What the views of the map share: the frame of lists, the ways to draw a map, years to choose from, files."""
    context = list_frame(at, "map", total)
    query = kept(at.request.GET)
    pictures = [
        (name, with_query(address("record-picture", at.workspace.slug, at.record_type.id, view.removeprefix("map-"), name), query))
        for name in PICTURES
    ]  # fmt: skip
    return context | {
        "clear_url": address(f"record-{view}", at.workspace.slug, at.record_type.id),
        "map_tabs": map_tabs(at, view), "pictures": pictures, "years": year_choices(at),
        "boundary": maps.boundary_note(),
        "kept_names": [
            (name, value)
            for name in at.request.GET
            for value in at.request.GET.getlist(name)
            if name not in ("from", "to", "page", *OF_VIEWS)
        ],
    }  # fmt: skip


def map_tabs(at: Listed, current: str) -> list[dict[str, Any]]:
    """The ways to draw the map of a type."""
    views = [("map", _("Places"))]
    if country_fields(at):
        views += [("map-countries", _("Countries")), ("map-small", _("Small maps"))]
    if {"origin", "destination"} <= set(route_of(at.record_type)):
        views.append(("map-flows", _("Flows")))
    plain = dict.fromkeys(OF_VIEWS)
    return [
        {"title": title, "url": at.url(f"record-{name}", **plain), "current": name == current} for name, title in views
    ]


def year_choices(at: Listed) -> dict[str, Any]:
    """The years that the records of the type begin in, and those now chosen as first and last."""
    if at.record_type.find_field("event", "when") is None:
        return {}
    known = mapping.years_of(at.request.viewer, at.workspace, at.record_type.id, at.asked.chosen.statuses)
    chosen = {name: at.request.GET.get(name, "") if name not in at.asked.errors else "" for name in ("from", "to")}
    years = [(str(one), str(one)) for one in range(known[0], known[-1] + 1)] if known else []
    return {
        name: (
            value,
            [("", _("any year")), *([] if not value or (value, value) in years else [(value, value)]), *years],
        )
        for name, value in chosen.items()
    }


def country_fields(at: Listed) -> dict[str, str]:
    """The facets of a type that hold countries, with their labels; the one where things happened first."""
    where = at.record_type.find_field("event", "country")
    found = {
        name: localised(field.label, language()) for name, field in facets_of(at.record_type).items() if field.type == "country"
    }  # fmt: skip
    if where and where.id in found:
        return {where.id: found[where.id], **found}
    return found


def route_of(record_type: RecordType) -> dict[str, str]:
    """The facets of countries by the role that they play on a route; a place of seizure counts by the country of the event."""
    found = {}
    for role in ("origin", "transit", "seizure", "destination"):
        field = record_type.find_field("route", role)
        if field and field.type == "place" and field == record_type.find_field("event", "where"):
            field = record_type.find_field("event", "country")
        if field and field.type == "country" and field.facet:
            found[role] = field.id
    return found


def list_url(at: Listed, **changes: Any) -> str:
    """The list within the filters of an address, some changed."""
    query = kept(at.request.GET, *OF_VIEWS, **changes)
    return with_query(address("record-list", at.workspace.slug, at.record_type.id), query)


def list_urls(at: Listed, *names: str) -> Callable[..., str]:
    """Give what writes the list within the filters of an address, with these parameters set to the values that it is given.

    For pages of thousands of such addresses: what they have in common is written once.
    """
    url = address("record-list", at.workspace.slug, at.record_type.id)
    rest = kept(at.request.GET, *OF_VIEWS, *names)
    common = f"{url}?{rest}&" if rest else f"{url}?"
    return lambda *values: common + urlencode(list(zip(names, values, strict=True)))


def without_url(at: Listed, *names: str) -> str:
    """The list of the records within the filters that have no value of some facets."""
    return list_url(at, without=[*dict.fromkeys([*at.asked.chosen.without, *names])])


def linked(words: str, url: str) -> str | Markup:
    """Write a number as the address of what it counts."""
    return Markup('<a href="{}">{}</a>').format(url, words) if url else words


def number(value: float, pattern: str | None = None) -> str:
    """Write a number as the language of the page does."""
    return decimal(value, pattern, language().replace("-", "_"))


def inhabitants(code: str) -> int:
    """How many live in a country; 0 where it is not known."""
    return countries()[code].population if code in countries() else 0


def rate_of(code: str, count: int) -> float | None:
    """Records per 100,000 inhabitants; None where the inhabitants are not known."""
    people = inhabitants(code)
    return PER * count / people if people else None


def unit_of(measure: str) -> str:
    """Say what the numbers of a measure are."""
    words = {
        "count": _("records"), "share": _("share of all records within the limits, in percent"),
        "rate": _("records per 100,000 inhabitants"),
    }  # fmt: skip
    return words[measure]


def method_name(method: str) -> str:
    """Name a way to make classes."""
    return {"quantiles": _("quantiles"), "equal": _("equal steps")}[method]


def method_words(method: str) -> str:
    """Say how the classes were made."""
    words = {
        "quantiles": _("Classes by quantiles: about as many countries in each, equal numbers never parted."),
        "equal": _("Classes by equal steps from the least number above zero to the greatest."),
    }
    return words[method]


def class_words(classes: ClassIntervals, written: Callable[[float], str]) -> list[tuple[int | str, str]]:
    """The classes as a legend, the highest first."""
    levels = levels_of(classes)
    return [
        (levels[index], written(low) if low == high else f"{written(low)}–{written(high)}")
        for index, (low, high) in reversed(list(enumerate(classes.bounds)))
    ]


def shade(classes: ClassIntervals, value: float) -> int:
    """The shade of a value: that of its class, 0 for zero."""
    level = classes.level(value)
    return levels_of(classes)[level - 1] if level else 0


def levels_of(classes: ClassIntervals) -> list[int]:
    """The shades of classes, spread over the five that there are."""
    many = len(classes.bounds)
    return [index + 1 + (5 - many) for index in range(many)]


def source_of(at: Listed, total: int, several: str = "") -> str:
    """Say what a map or chart counts, within which limits, when, and for whom; `several` how records with several values count."""
    counted = ngettext("%(n)s record", "%(n)s records", total) % {"n": number(total)}
    limits = "; ".join(f"{one['label']}: {one['value']}" for one in chips(at))
    words: Mapping[str, str] = {
        "space": localised(at.workspace.title, language()), "counted": counted, "date": format_date(timezone.localdate(), "long", locale=locale_of(language())),
    }  # fmt: skip
    said = _("Source: %(space)s, %(counted)s that the reader may see, on %(date)s.")
    return " ".join(
        [
            said % words,
            several or _("A record with several countries counts in each."),
            _("Within: %(limits)s.") % {"limits": limits} if limits else "",
        ]
    ).strip()
