"""The map of ways: arrows between countries by how many records tell of them, and the pairs as a table."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from plumbline.apps.accounts.middleware import SignedInRequest
from plumbline.apps.records import mapping
from plumbline.apps.records.mapping import Flow
from plumbline.apps.records.presenting import language
from plumbline.apps.records.views.common import Listed, listed
from plumbline.apps.records.views.mapping import Figure, linked, list_url, map_frame, number, route_of, source_of
from plumbline.domain.blueprints import country_name, localised
from plumbline.domain.errors import NotFound
from plumbline.engines.charts import maps as drawing
from plumbline.engines.charts.maps import Arrow
from plumbline.ui import maps

ARROW = "›"
"""The sign between the ends of a way: it turns round with the direction of reading, and the fonts that ship have it."""
DRAWN, LISTED, TOLD = 60, 200, 10
"""So many flows are drawn, listed, and named in the words below a file, the most frequent first."""


class Ways:
    """The flows of the records within the filters of an address, by way of the stage chosen."""

    def __init__(self, at: Listed, *, linked: bool = True) -> None:
        self.at, self.linked = at, linked
        self.stages = route_of(at.record_type)
        if not {"origin", "destination"} <= set(self.stages):
            raise NotFound("map.flows", "{type} has no countries of origin and destination.", type=at.record_type.id)
        asked = at.request.GET.get("legs", "")
        self.by_way = asked if asked in self.ways() else next(iter(self.ways()))
        between = "" if self.by_way == "straight" else self.stages[self.by_way]
        self.start, self.between, self.end = self.stages["origin"], between, self.stages["destination"]
        self.counted = mapping.flows(
            at.request.viewer, at.workspace, at.record_type.id, at.asked.chosen, self.start, self.between, self.end
        )

    def ways(self) -> dict[str, str]:
        """The stages between that the type knows, with their words; 'straight' for none."""
        names = {role: self._label(self.stages[role]) for role in ("transit", "seizure") if role in self.stages}
        return {**{role: _("by way of: %(stage)s") % {"stage": name} for role, name in names.items()},
                "straight": _("straight from origin to destination")}  # fmt: skip

    def _label(self, field: str) -> str:
        return localised(self.at.record_type.fields[field].label, language())

    @cached_property
    def legs(self) -> dict[int, tuple[str, str, str]]:
        """By leg: the fields of its two ends, and the one that its records must not have."""
        return {
            1: (self.start, self.between, ""),
            2: (self.between, self.end, ""),
            3: (self.start, self.end, self.between),
        }

    def leg_words(self, leg: int) -> str:
        """Name a leg by the fields of its ends."""
        start, end, _without = self.legs[leg]
        return f"{self._label(start)} {ARROW} {self._label(end)}"

    def url(self, flow: Flow) -> str:
        """The list of the records that a flow counts."""
        start, end, without = self.legs[flow.leg]
        barred = [*self.at.asked.chosen.without, *([without] if without else [])]
        return list_url(self.at, **{start: flow.start, end: flow.end}, without=list(dict.fromkeys(barred)))

    def words(self, flow: Flow) -> str:
        """Say a flow in words."""
        return (
            f"{country_name(flow.start, language())} {ARROW} {country_name(flow.end, language())}: {number(flow.count)}"
        )

    @cached_property
    def moving(self) -> list[Flow]:
        """The flows that are drawn: those that end elsewhere, the most frequent."""
        known = maps.world().middles
        return [one for one in self.counted.flows if one.start != one.end and {one.start, one.end} <= set(known)][
            :DRAWN
        ]

    def figure(self) -> Figure:
        """The map."""
        ways = [
            Arrow(one.start, one.end, one.count, one.leg, self.words(one), self.url(one) if self.linked else "")
            for one in self.moving
        ]
        title = _("%(plural)s: from origin to destination") % {
            "plural": localised(self.at.record_type.plural, language())
        }
        legs = [leg for leg in self.legs if any(one.leg == leg for one in self.moving)]
        legend = [(f"flow-{leg}", self.leg_words(leg)) for leg in legs]
        head = (_("From"), _("To"), _("Leg"), _("Records"))
        rows = [
            (country_name(one.start, language()), country_name(one.end, language()), self.leg_words(one.leg), one.count)
            for one in self.counted.flows[:LISTED]
        ]
        return Figure(
            title, _("records"), drawing.arrows(maps.world(), ways), legend, source_of(self.at, self.counted.total), self.notes(),
            drawing.table(head, rows, title, _("records")), self.counted.level,
        )  # fmt: skip

    def notes(self) -> tuple[str, ...]:
        """How wide the arrows are, how many are drawn, the most frequent in words."""
        if not self.moving:
            return (_("No record within these limits goes from one country to another."),)
        top = self.moving[0].count
        words = [
            _("Arrows are as wide as their records are many, the widest %(count)s; the %(drawn)s most frequent of %(all)s are drawn.")
            % {"count": number(top), "drawn": number(len(self.moving)), "all": number(len(self.counted.flows))},
        ]  # fmt: skip
        if not self.linked:
            most = "; ".join(self.words(one) for one in self.moving[:TOLD])
            words.append(_("The most frequent: %(flows)s.") % {"flows": most})
        return tuple(words)

    def rows(self) -> list[dict[str, Any]]:
        """The rows of the table of pairs."""
        return [
            {
                "url": self.url(one),
                "cells": {
                    "from": country_name(one.start, language()), "to": country_name(one.end, language()),
                    "leg": self.leg_words(one.leg), "count": linked(number(one.count), self.url(one)),
                },
            }
            for one in self.counted.flows[:LISTED]
        ]  # fmt: skip


def show_flows(request: SignedInRequest, workspace: str, type: str) -> HttpResponse:
    """Draw where things come from, pass through and go to; every pair opens its records."""
    at = listed(request, workspace, type)
    shown = Ways(at)
    context = map_frame(at, "map-flows", shown.counted.total)
    context |= {
        "figure": shown.figure().on_page() if shown.counted.flows else "", "rows": shown.rows(), "level": shown.counted.level,
        "columns": [
            {"key": "from", "title": _("From")}, {"key": "to", "title": _("To")}, {"key": "leg", "title": _("Leg")},
            {"key": "count", "title": _("Records"), "kind": "number"},
        ],
        "choices": [("legs", _("Way"), shown.by_way, list(shown.ways().items()))],
        "unplaced": shown.counted.unplaced, "cut": max(0, len(shown.counted.flows) - LISTED),
    }  # fmt: skip
    return render(request, "records/map-flows.html", context)
