"""The list of records of a type, with facets, filters, sort and pages."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from plumbline.apps.accounts.middleware import SignedInRequest
from plumbline.apps.records import queries
from plumbline.apps.records.actions import MANY
from plumbline.apps.records.addresses import facets_of, kept, toggled
from plumbline.apps.records.presenting import ShownRecord, facet_label, language, mark_label, present_fields
from plumbline.apps.records.views.common import Listed, address, list_frame, listed, status_word, with_query
from plumbline.apps.teamwork.presenting import person_choices, state_choices
from plumbline.apps.teamwork.queries import ROLE as TEAM_ROLE
from plumbline.apps.teamwork.queries import colleagues
from plumbline.domain.blueprints import localised
from plumbline.ui.environment import number

SIZE = 50
OF_EACH = {"_sources": "number", "_status": "status", "_mark": "mark"}
"""Columns that every type has, and their kinds."""


def list_records(request: SignedInRequest, workspace: str, type: str) -> HttpResponse:
    """Show one page of the records of a type that pass the address's filters."""
    at = listed(request, workspace, type)
    asked = at.asked
    page = queries.page_of(
        request.viewer, at.workspace, at.record_type.id, asked.chosen, sort=asked.sort, number=asked.page, size=SIZE
    )
    context = list_frame(at, "list", page.total)
    context |= {
        "page": page,
        "facets": facets(at),
        "columns": _columns(at),
        "columns_form": _columns_form(at),
        "records": [_row(one) for one in present_fields(page.entries, request.viewer, _shown(at))],
        "is_narrowed": bool(context["chips"]),
        "many": many_form(at, page.total),
    }
    return render(request, "records/list.html", context)


def many_form(at: Listed, total: int) -> dict[str, Any] | None:
    """What can be done with many records of the list at once; None for who may do none of it."""
    viewer, slug = at.request.viewer, at.workspace.slug
    if not viewer.has_role(slug, TEAM_ROLE):
        return None
    statuses = [("accepted", _("Accept")), ("rejected", _("Reject")), ("proposed", _("Put back to be reviewed"))]
    kept = {"": _("leave as it is")}
    return {
        "url": with_query(address("record-many", slug, at.record_type.id), at.request.GET.urlencode()),
        "statuses": [("", kept[""]), *statuses] if viewer.has_role(slug, "reviewer") else [],
        "states": [("", kept[""]), *state_choices(viewer, slug, "todo")],
        "people": [("", kept[""]), *person_choices(colleagues(at.workspace, viewer), viewer.person, _("nobody yet"), "nobody")],
        "all": ngettext("all %(n)s record of the list", "all %(n)s records of the list", total) % {"n": number(total)} if 0 < total <= MANY else "",
    }  # fmt: skip


def _row(shown: ShownRecord) -> dict[str, Any]:
    return {
        "record": shown,
        "fields": shown.fields,
        "mark": mark_label(shown.mark, f"{shown.url}who/"),
    }


def _usual(at: Listed) -> list[str]:
    """The columns of a list whose reader chose none: when, where and how much, and how it stands."""
    found = [
        at.record_type.find_field(*role) for role in (("event", "when"), ("event", "where"), ("quantity", "field"))
    ]
    return [*(one.id for one in found if one), *OF_EACH]


def _shown(at: Listed) -> list[str]:
    """The columns beside the title, in the order of the blueprint: those that the address names, else the usual ones."""
    asked = set(at.request.GET.getlist("show"))
    return [name for name in _every(at) if name in asked] or _usual(at)


def _every(at: Listed) -> list[str]:
    """All columns that can be chosen, the usual ones first."""
    return [*dict.fromkeys([*_usual(at)[: -len(OF_EACH)], *at.record_type.fields]), *OF_EACH]


def _columns(at: Listed) -> list[dict[str, str]]:
    """The heads of the table: those that sort lead to the list sorted by them, the other way round the second time."""
    heads = [{"key": "_title", "title": _("Record"), **_sorting(at, "title")}]
    when = at.record_type.find_field("event", "when")
    for name in _shown(at):
        if when and name == when.id:
            heads.append({"key": name, "title": _("Date"), "kind": "date", **_sorting(at, "date")})
        else:
            heads.append({"key": name, "title": _column_title(at, name), "kind": OF_EACH.get(name, "text")})
    return heads


def _column_title(at: Listed, name: str) -> str:
    own = {"_sources": _("Sources"), "_status": _("Status"), "_mark": _("Mark")}
    where = at.record_type.find_field("event", "where")
    if name in own:
        return own[name]
    return _("Place") if where and name == where.id else localised(at.record_type.fields[name].label, language())


def _columns_form(at: Listed) -> dict[str, Any]:
    """The form by which a reader chooses columns; the rest of the address goes along."""
    chosen, query = _shown(at), at.request.GET
    return {
        "choices": [(name, _column_title(at, name), name in chosen) for name in _every(at)],
        "hidden": [(name, one) for name in query if name not in ("show", "page") for one in query.getlist(name)],
        "usual_url": with_query(at.request.path, kept(query, "show")) if query.getlist("show") else "",
    }


def _sorting(at: Listed, key: str) -> dict[str, str]:
    sort = at.asked.sort
    now = "" if sort.lstrip("-") != key else "descending" if sort.startswith("-") else "ascending"
    first, second = ("-date", "date") if key == "date" else (key, f"-{key}")
    return {"sorted": now, "sort_url": at.url(sort=second if sort == first else first)}


def facets(at: Listed) -> list[dict[str, Any]]:
    """The facets of the type with counts within the filter; each value toggles itself on the same page."""
    counts = queries.facet_counts(at.request.viewer, at.workspace, at.record_type.id, at.asked.chosen)
    found = [_status_facet(at)]
    for name, field in facets_of(at.record_type).items():
        chosen = at.asked.chosen.facets.get(name, ())
        known = dict(sorted(counts.get(name, ()), reverse=True) if field.type == "date" else counts.get(name, ()))
        counted = known | {value: 0 for value in chosen if value not in known}
        items = [
            _facet_item(at, name, facet_label(field, value, at.blueprint), value, n) for value, n in counted.items()
        ]
        if items:
            clear = with_query(at.request.path, kept(at.request.GET, name)) if chosen else ""
            title = localised(field.label, language())
            found.append({"title": title, "entries": items, "clear_url": clear, "open": bool(chosen) or len(found) < 4})
    return found


def _facet_item(at: Listed, name: str, title: str, value: str, count: int) -> dict[str, Any]:
    selected = value in at.request.GET.getlist(name)
    url = with_query(at.request.path, toggled(at.request.GET, name, value)) or at.request.path
    return {"title": title, "count": count, "url": url, "selected": selected}


def _status_facet(at: Listed) -> dict[str, Any]:
    counted = queries.counts_by_status(at.request.viewer, at.workspace, at.record_type.id, at.asked.chosen)
    items = [
        _facet_item(at, "status", status_word(one).capitalize(), one, counted[one])
        for one in queries.STATUSES
        if counted.get(one)
    ]
    chosen = at.request.GET.getlist("status")
    clear = with_query(at.request.path, kept(at.request.GET, "status")) if chosen else ""
    return {"title": _("Status"), "entries": items, "clear_url": clear, "open": True}
