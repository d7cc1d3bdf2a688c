"""What the pages of records share: where one is, the type that an address names, the filters on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _

from plumbline.apps.accounts.middleware import SignedInRequest
from plumbline.apps.library.presenting import workspace_crumbs
from plumbline.apps.records.addresses import OF_VIEWS, Asked, facets_of, kept, read_address, toggled
from plumbline.apps.records.presenting import facet_label, language
from plumbline.apps.records.queries import OPEN, type_of
from plumbline.apps.spine.edge import sentence
from plumbline.apps.spine.queries import blueprint_of, get_workspace, knows_of
from plumbline.domain.blueprints import Blueprint, RecordType, localised

if TYPE_CHECKING:
    from plumbline.apps.spine.models import Workspace
    from plumbline.domain.access import Viewer

Crumbs = list[tuple[str, str]]


@dataclass(frozen=True)
class Listed:
    """What an address like /w/<workspace>/<type>/...?filters asks for, found and checked."""

    request: SignedInRequest
    workspace: Workspace
    blueprint: Blueprint
    record_type: RecordType
    asked: Asked

    def url(self, view: str = "record-list", **changes: Any) -> str:
        """The address of another view of the type with the same filters, some changed (None drops one)."""
        return with_query(address(view, self.workspace.slug, self.record_type.id), kept(self.request.GET, **changes))


def listed(request: SignedInRequest, workspace: str, type_id: str) -> Listed:
    """Find what the address asks for; NotFound for a workspace or type that is not there for the viewer."""
    found = get_workspace(workspace, request.viewer)
    record_type = type_of(found, type_id)
    blueprint = blueprint_of(found)
    return Listed(request, found, blueprint, record_type, read_address(request.GET, record_type, blueprint))


def with_query(url: str, query: str) -> str:
    """Join an address and a query string, either of which may be empty."""
    return f"{url}?{query}" if url and query else url


def address(name: str, *args: Any) -> str:
    """Give the address of a page of records."""
    return reverse(f"records:{name}", args=args)


def type_crumbs(viewer: Viewer, workspace: Workspace, record_type: RecordType) -> Crumbs:
    """The way to the list of a type, as far as the viewer may know of its workspace."""
    way = workspace_crumbs(viewer, workspace)
    url = reverse("records:record-list", args=[workspace.slug, record_type.id])
    return [*way, (localised(record_type.plural, language()), url)] if knows_of(viewer, workspace) else way


def list_frame(at: Listed, current: str, total: int) -> dict[str, Any]:
    """What list, map, timeline and counts show alike: tabs, chosen filters, the form of text and dates, errors."""
    plural = localised(at.record_type.plural, language())
    return {
        "workspace": at.workspace,
        "record_type": at.record_type,
        "plural": plural,
        "total": total,
        "tabs": _tabs(at, current),
        "chips": chips(at),
        "clear_url": address(f"record-{current}", at.workspace.slug, at.record_type.id),
        "filter_fields": _form(at),
        "crumbs": workspace_crumbs(at.request.viewer, at.workspace)
        if current == "list"
        else type_crumbs(at.request.viewer, at.workspace, at.record_type),
        "can_add": at.request.viewer.has_role(at.workspace.slug, "contributor"),
        "new_url": address("record-new", at.workspace.slug, at.record_type.id),
        "import_url": address("record-import", at.workspace.slug, at.record_type.id),
        "exports": [
            (
                name,
                with_query(address("record-export", at.workspace.slug, at.record_type.id, name), kept(at.request.GET)),
            )
            for name in ("csv", "xlsx", "geojson", "jsonl")
        ],
    }


def _tabs(at: Listed, current: str) -> list[dict[str, Any]]:
    views = [("list", _("List")), ("map", _("Map")), ("timeline", _("Timeline")), ("count", _("Counts"))]
    when, where = at.record_type.find_field("event", "when"), at.record_type.find_field("event", "where")
    there = {"list": True, "map": where, "timeline": when, "count": facets_of(at.record_type)}
    return [
        {"title": title, "url": at.url(f"record-{name}", **dict.fromkeys(OF_VIEWS)), "current": name == current}
        for name, title in views
        if there[name]
    ]


def chips(at: Listed) -> list[dict[str, str]]:
    """What the list is limited to, each with the address of the same page without it."""
    chosen, query = at.asked.chosen, at.request.GET
    found = []
    if chosen.text:
        found.append((_("Title holds"), chosen.text, kept(query, "q")))
    for name, values in chosen.facets.items():
        field = at.record_type.fields[name]
        found += [
            (localised(field.label, language()), facet_label(field, value, at.blueprint), toggled(query, name, value))
            for value in values
        ]
    if chosen.date_from:
        found.append((_("From"), query["from"], kept(query, "from")))
    if chosen.date_to:
        found.append((_("To"), query["to"], kept(query, "to")))
    found += [(_("Began in"), str(year), toggled(query, "year", str(year))) for year in chosen.years]
    found += [
        (_("Without"), localised(at.record_type.fields[name].label, language()), toggled(query, "without", name))
        for name in chosen.without
    ]
    if chosen.box:
        found.append((_("On the map"), _("inside a box"), kept(query, "bbox")))
    if chosen.statuses != OPEN:
        found += [(_("Status"), status_word(one), toggled(query, "status", one)) for one in chosen.statuses]
    return [{"label": label, "value": value, "remove_url": _here(at, rest)} for label, value, rest in found]


def _here(at: Listed, query: str) -> str:
    return with_query(at.request.path, query) or at.request.path


def status_word(status: str) -> str:
    """Say the status of a record."""
    words = {
        "accepted": _("accepted"), "proposed": _("proposed"), "rejected": _("rejected"),
        "merged": _("merged"), "withdrawn": _("withdrawn"), "erased": _("erased"),
    }  # fmt: skip
    return words.get(status, status)


def _form(at: Listed) -> dict[str, Any]:
    """The words of the filter form: what is typed now, what was wrong, and what else the address keeps."""
    own = ("q", "from", "to")
    query = at.request.GET
    hidden = [(name, value) for name in query if name not in (*own, "page") for value in query.getlist(name)]
    return {
        "values": {name: query.get(name, "") for name in own},
        "errors": {name: sentence(error) for name, error in at.asked.errors.items()},
        "hidden": hidden,
        "dated": at.record_type.find_field("event", "when") is not None,
    }
