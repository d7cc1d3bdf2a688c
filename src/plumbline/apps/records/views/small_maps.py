"""Small maps side by side: one a year or one a value of a facet, shaded on one scale."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from markupsafe import Markup

from plumbline.apps.accounts.middleware import SignedInRequest
from plumbline.apps.records import mapping
from plumbline.apps.records.addresses import facets_of
from plumbline.apps.records.presenting import facet_label, language
from plumbline.apps.records.views.common import Listed, listed
from plumbline.apps.records.views.mapping import (
    Countries,
    Figure,
    class_words,
    list_urls,
    map_frame,
    method_name,
    method_words,
    number,
    shade,
    source_of,
    unit_of,
)
from plumbline.domain.blueprints import country_name, localised
from plumbline.domain.class_intervals import METHODS, ClassIntervals, class_intervals
from plumbline.engines.charts import maps as drawing
from plumbline.engines.charts.maps import NONE, Area, Panel
from plumbline.ui.charts import heat_table

MOST, ROWS = 12, 40
"""So many maps at most, and so many countries in the table, the most frequent first."""


class SmallMaps:
    """Several maps of the records within the filters of an address: one for each year or value, by number of records."""

    def __init__(self, at: Listed, *, linked: bool = True) -> None:
        self.at, self.linked = at, linked
        self.base = Countries(at)
        asked = at.request.GET.get("split", "")
        self.split = asked if asked in self.splits else next(iter(self.splits))
        self.cells = mapping.split_counts(
            at.request.viewer, at.workspace, at.record_type.id, at.asked.chosen, self.base.by, self.split
        )

    @cached_property
    def splits(self) -> dict[str, str]:
        """What the maps may be told apart by: the year, or a facet."""
        years = {"year": _("Year")} if self.at.record_type.find_field("event", "when") else {}
        facets = {
            name: localised(field.label, language())
            for name, field in facets_of(self.at.record_type).items()
            if name != self.base.by and field.type != "date"
        }
        return {**years, **facets} or {self.base.by: self.base.label}

    @cached_property
    def shown(self) -> list[str]:
        """The values that have a map: the last years in order, or the most frequent values."""
        if self.split == "year":
            return sorted(self.cells, key=int)[-MOST:]
        return sorted(self.cells, key=lambda value: (-sum(self.cells[value].values()), value))[:MOST]

    @cached_property
    def classes(self) -> ClassIntervals:
        """The one scale of all maps."""
        return class_intervals(
            [count for value in self.shown for count in self.cells[value].values()], method=self.base.method
        )

    def label(self, value: str) -> str:
        """Name a value that has a map."""
        return (
            value
            if self.split == "year"
            else facet_label(self.at.record_type.fields[self.split], value, self.at.blueprint)
        )

    def panels(self) -> list[Panel]:
        """The maps."""
        opened = list_urls(self.at, self.split)
        return [
            Panel(
                self.label(value), {code: self._area(value, code) for code in self.base.counted.counts}, opened(value)
            )
            for value in self.shown
        ]

    def _area(self, value: str, code: str) -> Area:
        count = self.cells[value].get(code, 0)
        url = self.cell_url(value, code) if count and self.linked else ""
        return Area(shade(self.classes, count), f"{self.names[code]}: {number(count)}", url)

    @cached_property
    def names(self) -> dict[str, str]:
        """The names of the countries, by code."""
        return {code: country_name(code, language()) for code in self.base.counted.counts}

    @cached_property
    def cell_url(self) -> Callable[[str, str], str]:
        """Give what writes the list of the records of a value and a country."""
        return list_urls(self.at, self.split, self.base.by)

    def legend(self) -> list[tuple[int | str, str]]:
        """Words of the scale, of zero and of no data."""
        return [
            *class_words(self.classes, number), (0, _("0: has records, but none within these limits")),
            (NONE, _("no data: no record names it")),
        ]  # fmt: skip

    @cached_property
    def title(self) -> str:
        """Say what is counted by what."""
        plural = localised(self.at.record_type.plural, language())
        return _("%(plural)s by %(rows)s and %(columns)s") % {
            "plural": plural, "rows": self.base.label, "columns": self.splits[self.split],
        }  # fmt: skip

    def figure(self) -> Figure:
        """The maps as a figure."""
        head = (self.base.label, *(self.label(value) for value in self.shown))
        rows: list[tuple[str | float, ...]] = [
            (self.names[code], *(float(self.cells[value].get(code, 0)) for value in self.shown))
            for code in self.countries
        ]
        return Figure(
            self.title, unit_of("count"), Markup(""), self.legend(), source_of(self.at, self.base.counted.total), self.notes(),
            drawing.table(head, rows, self.title, unit_of("count")), self.base.counted.level, tuple(self.panels()),
        )  # fmt: skip

    def notes(self) -> tuple[str, ...]:
        """How classes were made, that the scale is one, what is left out."""
        found = [_("One scale for all maps."), method_words(self.base.method)]
        if len(self.cells) > len(self.shown):
            found.append(
                _("%(shown)s of %(all)s are drawn.")
                % {"shown": number(len(self.shown)), "all": number(len(self.cells))}
            )
        return tuple(found)

    @cached_property
    def countries(self) -> list[str]:
        """The countries in the maps, the most frequent first."""
        sums = {code: sum(self.cells[value].get(code, 0) for value in self.shown) for code in self.base.counted.counts}
        return sorted((code for code in sums if sums[code]), key=lambda code: (-sums[code], code))

    def table(self) -> Markup:
        """The numbers, each the address of what it counts."""
        codes = self.countries[:ROWS]
        cells = [[self.cells[value].get(code, 0) for value in self.shown] for code in codes]
        urls = {
            (r, c): self.cell_url(value, code)
            for r, code in enumerate(codes)
            for c, value in enumerate(self.shown)
            if cells[r][c]
        }
        return heat_table(
            self.title, [self.names[code] for code in codes], [self.label(one) for one in self.shown],
            cells, unit=_("records; each number opens what it counts"), corner=self.base.label, urls=urls,
        )  # fmt: skip


def show_small_maps(request: SignedInRequest, workspace: str, type: str) -> HttpResponse:
    """Draw one small map a year or a value, on one scale; the numbers stand in a table below."""
    at = listed(request, workspace, type)
    shown = SmallMaps(at)
    context = map_frame(at, "map-small", shown.base.counted.total)
    context |= {
        "figure": shown.figure().on_page() if shown.shown else "", "level": shown.base.counted.level, "table": shown.table(),
        "cut": max(0, len(shown.countries) - ROWS),
        "choices": [
            ("by", _("Countries"), shown.base.by, list(shown.base.fields.items())),
            ("split", _("A map for each"), shown.split, list(shown.splits.items())),
            ("classes", _("Classes"), shown.base.method, [(one, method_name(one)) for one in METHODS]),
        ],
    }  # fmt: skip
    return render(request, "records/map-small.html", context)
