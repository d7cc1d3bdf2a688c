"""The same records as the list, seen as a map, a timeline, and a table of counts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from plumbline.apps.accounts.middleware import SignedInRequest
from plumbline.apps.records import queries
from plumbline.apps.records.addresses import facets_of, kept
from plumbline.apps.records.mapping import strictest_of
from plumbline.apps.records.presenting import (
    BriefRecord,
    brief,
    facet_label,
    language,
    mark_label,
    record_url,
    titles_of,
)
from plumbline.apps.records.views.common import Listed, address, list_frame, listed, with_query
from plumbline.apps.records.views.mapping import PICTURES, map_tabs, source_of
from plumbline.domain.blueprints import localised
from plumbline.engines.charts import Chart, heat
from plumbline.ui.charts import Bar

BESIDE = 50
WIDEST = 120
ROWS, COLUMNS = 30, 12
SPOT = 0.005
"""Degrees under which places are one spot on the map (about 500 m)."""


def show_map(request: SignedInRequest, workspace: str, type: str) -> HttpResponse:
    """Show where records are; without JavaScript, the first of them as a list and counts by country."""
    at = listed(request, workspace, type)
    viewer, chosen = request.viewer, at.asked.chosen
    page = queries.page_of(viewer, at.workspace, at.record_type.id, chosen, sort=at.asked.sort, size=BESIDE)
    placed = queries.placed(viewer, at.workspace, at.record_type.id, chosen)
    context = list_frame(at, "map", page.total)
    context |= {
        "clusters_url": address("record-clusters", at.workspace.slug, at.record_type.id),
        "points": [_beside(one) for one in brief(page.entries, viewer)],
        "bbox": request.GET.get("bbox", "") if chosen.box else "",
        "placed": placed,
        "countries": _countries(at),
        "map_tabs": map_tabs(at, "map"),
    }
    return render(request, "records/map.html", context)


def _beside(shown: BriefRecord) -> dict[str, Any]:
    return {"title": shown.title, "url": shown.url, "note": shown.where}


def _countries(at: Listed) -> list[dict[str, Any]]:
    """Counts by country, where the type has a facet of countries."""
    field = next((one for one in facets_of(at.record_type).values() if one.type == "country"), None)
    if field is None:
        return []
    counts = queries.facet_counts(at.request.viewer, at.workspace, at.record_type.id, at.asked.chosen)
    chosen = at.asked.chosen.facets.get(field.id)
    return [
        {"title": facet_label(field, value, at.blueprint), "count": count, "url": at.url(**{field.id: value})}
        for value, count in counts[field.id]
        if not chosen or value in chosen
    ]


def give_clusters(request: SignedInRequest, workspace: str, type: str) -> JsonResponse:
    """Answer the map: clusters and single points inside `bbox` at `zoom`; the counts add up to the list's total."""
    at = listed(request, workspace, type)
    at.asked.refuse_errors()
    asked_zoom = request.GET.get("zoom", "")
    zoom = min(18, int(asked_zoom)) if asked_zoom.isdecimal() else 2
    found = queries.clusters(request.viewer, at.workspace, at.record_type.id, at.asked.chosen, zoom)
    singles = [one.entry for one in found if one.count == 1]
    entries = queries.entries_by_pk(request.viewer, at.workspace, singles)
    titles = titles_of(list(entries.values()), request.viewer)
    points = [
        {
            "lat": one.lat, "lon": one.lon, "title": titles[one.entry], "url": record_url(entries[one.entry]),
            "status": entries[one.entry].status,
        }
        for one in found
        if one.count == 1 and one.entry in entries
    ]  # fmt: skip
    return JsonResponse({"clusters": [_cluster(at, one) for one in found if one.count > 1], "points": points})


def _cluster(at: Listed, one: queries.Cluster) -> dict[str, Any]:
    """A cluster as the map draws it; one whose records share a spot has the address of their list, as no zoom parts them."""
    west, south, east, north = one.box
    shown: dict[str, Any] = {"lat": one.lat, "lon": one.lon, "count": one.count, "bbox": one.box}
    if east - west < SPOT and north - south < SPOT:
        box = (west - SPOT / 10, south - SPOT / 10, east + SPOT / 10, north + SPOT / 10)
        shown["url"] = at.url(bbox=",".join(f"{side:.5f}" for side in box))
    return shown


def show_timeline(request: SignedInRequest, workspace: str, type: str) -> HttpResponse:
    """Show how many records began in each year, then the records themselves year by year."""
    at = listed(request, workspace, type)
    viewer, chosen = request.viewer, at.asked.chosen
    counts = queries.counts_by_year(viewer, at.workspace, at.record_type.id, chosen)
    sort = "date" if at.asked.sort == "date" else "-date"
    page = queries.page_of(viewer, at.workspace, at.record_type.id, chosen, sort=sort, number=at.asked.page)
    context = list_frame(at, "timeline", page.total)
    context |= {
        "page": page,
        "bars": _bars(at, counts),
        "undated": page.total - sum(count for _year, count in counts),
        "groups": _groups(brief(page.entries, viewer)),
        "order": {"url": at.url("record-timeline", sort=None if sort == "date" else "date"), "oldest": sort == "date"},
    }
    return render(request, "records/timeline.html", context)


def _bars(at: Listed, counts: list[tuple[int, int]]) -> list[Bar]:
    """One bar a year, gaps included unless the years span more than a chart can tell."""
    counted = dict(counts)
    if not counted:
        return []
    first, last = min(counted), max(counted)
    years = range(first, last + 1) if last - first < WIDEST else sorted(counted)
    return [Bar(str(year), counted.get(year, 0), at.url(year=year) if counted.get(year) else "") for year in years]


def _groups(records: list[BriefRecord]) -> list[dict[str, Any]]:
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in records:
        title = str(one.entry.date.year) if one.entry.date else _("Undated")
        groups[title].append({
            "when": one.when, "title": one.title, "url": one.url, "text": one.where if one.where not in one.title else "",
            "mark": mark_label(one.mark, f"{one.url}who/"),
        })  # fmt: skip
    return [{"title": title, "items": items} for title, items in groups.items()]


def show_counts(request: SignedInRequest, workspace: str, type: str) -> HttpResponse:
    """Count records by a facet and by year or another facet; each number opens the records that it counts."""
    at = listed(request, workspace, type)
    total = queries.count_of(request.viewer, at.workspace, at.record_type.id, at.asked.chosen)
    context = list_frame(at, "count", total)
    rows, columns = _axes(at)
    context["pictures"] = [
        (name, with_query(address("counts-picture", at.workspace.slug, at.record_type.id, name), kept(request.GET)))
        for name in PICTURES
    ]
    context |= {"axes": _axis_choices(at, rows, columns), "table": _counted(at, rows, columns) if rows else None}
    return render(request, "records/counts.html", context)


def counts_chart(at: Listed) -> Chart:
    """The table of counts as a chart that stands alone; of many years, the last twelve."""
    rows, columns = _axes(at)
    table = _counted(at, rows, columns) if rows else {"rows": [], "columns": [], "values": []}
    title = _("%(plural)s by %(rows)s and %(columns)s") % counts_words(at, rows, columns)
    viewer, chosen = at.request.viewer, at.asked.chosen
    total = queries.count_of(viewer, at.workspace, at.record_type.id, chosen)
    several = _(
        "A record with several values counts in each of them, so rows and columns may add up to more than the total."
    )
    chart = heat(
        title, table["rows"], table["columns"][-COLUMNS:], [line[-COLUMNS:] for line in table["values"]], unit=_("records"),
        corner=_axis_choices(at, rows, columns)["row_label"], source=source_of(at, total, several),
    )  # fmt: skip
    level = strictest_of(queries.choose(viewer, at.workspace, at.record_type.id, chosen))
    return replace(chart, mark=f"TLP:{level}", locale=language().replace("-", "_"))


def counts_words(at: Listed, rows: str, columns: str) -> dict[str, str]:
    """What is counted, by what: the words of the title."""
    axes = _axis_choices(at, rows, columns)
    return {
        "plural": localised(at.record_type.plural, language()), "rows": axes["row_label"], "columns": axes["column_label"],
    }  # fmt: skip


def _axes(at: Listed) -> tuple[str, str]:
    """The facet of the rows and the facet (or 'year') of the columns, as asked or the first that fit."""
    names = list(facets_of(at.record_type))
    dated = at.record_type.find_field("event", "when")
    ways = ([] if dated is None else ["year"]) + names
    fitting = [name for name in names if at.record_type.fields[name].type != "date"] or names
    rows = at.request.GET.get("rows", "")
    rows = rows if rows in names else (fitting or [""])[0]
    columns = at.request.GET.get("columns", "")
    return rows, columns if columns in ways else (ways or [""])[0]


def _axis_choices(at: Listed, rows: str, columns: str) -> dict[str, Any]:
    labels = {name: localised(field.label, language()) for name, field in facets_of(at.record_type).items()}
    years = {"year": _("Year")} if at.record_type.find_field("event", "when") else {}
    hidden = [
        (name, value)
        for name in at.request.GET
        for value in at.request.GET.getlist(name)
        if name not in ("rows", "columns", "page")
    ]
    return {
        "rows": rows, "columns": columns, "hidden": hidden,
        "row_options": list(labels.items()), "column_options": list({**years, **labels}.items()),
        "row_label": labels.get(rows, ""), "column_label": {**years, **labels}.get(columns, ""),
    }  # fmt: skip


def _counted(at: Listed, rows: str, columns: str) -> dict[str, Any]:
    """The table: names of rows and columns, numbers, and the address of what each number counts."""
    cells = queries.cross_counts(at.request.viewer, at.workspace, at.record_type.id, at.asked.chosen, rows, columns)
    row_values = _most(at, rows, {row for row, _column in cells}, cells, 0)[:ROWS]
    every_column = _most(at, columns, {column for _row, column in cells}, cells, 1)
    kept_columns = every_column[-WIDEST // 4 :] if columns == "year" else every_column[:COLUMNS]
    return {
        "rows": [_value_label(at, rows, value) for value in row_values],
        "columns": [_value_label(at, columns, value) for value in kept_columns],
        "values": [[cells.get((row, column), 0) for column in kept_columns] for row in row_values],
        "urls": {
            (r, c): _cell_url(at, rows, row, columns, column)
            for r, row in enumerate(row_values)
            for c, column in enumerate(kept_columns)
        },
        "cut": len(row_values) < len({row for row, _column in cells}) or len(kept_columns) < len(every_column),
    }


def _most(at: Listed, name: str, values: set[str], cells: dict[tuple[str, str], int], side: int) -> list[str]:
    """Years in order; other values the most frequent first. Where the list is narrowed by the facet, only the chosen."""
    if name == "year":
        return sorted(values, key=int)
    sums: dict[str, int] = defaultdict(int)
    for key, count in cells.items():
        sums[key[side]] += count
    chosen = at.asked.chosen.facets.get(name)
    return sorted((one for one in values if not chosen or one in chosen), key=lambda one: (-sums[one], one))


def _value_label(at: Listed, name: str, value: str) -> str:
    return value if name == "year" else facet_label(at.record_type.fields[name], value, at.blueprint)


def _cell_url(at: Listed, rows: str, row: str, columns: str, column: str) -> str:
    """The list that one number counts. By the same facet twice, only the diagonal has an address of its own."""
    if rows == columns and row != column:
        return ""
    query = kept(at.request.GET, "rows", "columns", **{columns: column, rows: row})
    return with_query(address("record-list", at.workspace.slug, at.record_type.id), query)
