"""The list of workspaces, and the front page of one: what it is, what it holds, what waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from plumbline.apps.accounts.middleware import SignedInRequest
from plumbline.apps.library.newest import newest_works
from plumbline.apps.library.presenting import workspace_crumbs
from plumbline.apps.library.queries import unread_works, works
from plumbline.apps.records import queries
from plumbline.apps.records.presenting import language, mark_label, present
from plumbline.apps.records.recounting import is_recounted
from plumbline.apps.records.views.common import address, with_query
from plumbline.apps.spine.queries import blueprint_of, get_workspace, mark_of_class, workspaces
from plumbline.domain.access import Viewer
from plumbline.domain.blueprints import localised
from plumbline.ui.environment import number
from plumbline.ui.text import language_name

if TYPE_CHECKING:
    from plumbline.apps.spine.models import Workspace

NEWEST = 6


def list_workspaces(request: SignedInRequest) -> HttpResponse:
    """Show the workspaces that the viewer may know of, each with what it holds."""
    found = list(workspaces(request.viewer))
    cards = [_card(one, request.viewer) for one in found]
    return render(request, "records/workspaces.html", {"cards": cards})


def _card(workspace: Workspace, viewer: Viewer) -> dict[str, Any]:
    blueprint = blueprint_of(workspace)
    return {
        "title": localised(workspace.title, language()),
        "url": reverse("records:workspace-show", args=[workspace.slug]),
        "summary": localised(blueprint.summary, language()),
        "figures": _figures(workspace, viewer),
    }


def _figures(workspace: Workspace, viewer: Viewer) -> list[dict[str, Any]]:
    blueprint = blueprint_of(workspace)
    figures = [
        {
            "label": localised(blueprint.types[name].plural, language()),
            "value": count,
            "url": reverse("records:record-list", args=[workspace.slug, name]),
        }
        for name, count in queries.counts_by_type(viewer, workspace).items()
    ]
    total = works(viewer, workspace).count()
    return [*figures, {"label": _("Works"), "value": total, "url": reverse("library:work-list", args=[workspace.slug])}]


def show_workspace(request: SignedInRequest, workspace: str) -> HttpResponse:
    """Show what a workspace is and holds, what waits in it, and what came in last."""
    found = get_workspace(workspace, request.viewer)
    is_at_it = request.viewer.has_role(found.slug, "contributor") and is_recounted(found)
    recounted = {"is_recounted": is_at_it, "poll_url": reverse("records:workspace-show", args=[found.slug])}
    if request.headers.get("HX-Request") == "true":
        return render(request, "records/recounting.html", recounted)
    blueprint, viewer = blueprint_of(found), request.viewer
    newest = present(queries.newest(viewer, found, NEWEST), viewer)
    figures = _figures(found, viewer)
    context = {
        **recounted,
        "workspace": found,
        "title": localised(found.title, language()),
        "summary": localised(blueprint.summary, language()),
        "languages_read": [language_name(code) for code in blueprint.content_languages],
        "figures": figures,
        "is_empty": not any(figure["value"] for figure in figures),
        "waits": _waits(found, viewer),
        "works": [_work(one) for one in newest_works(viewer, found, NEWEST)],
        "records": newest,
        "can_add": viewer.has_role(found.slug, "contributor"),
        "add_url": reverse("library:work-add", args=[found.slug]),
        "new_urls": [
            (localised(one.title, language()), reverse("records:record-new", args=[found.slug, one.id]))
            for one in blueprint.types.values()
        ],
        "crumbs": workspace_crumbs(viewer),
    }
    return render(request, "records/workspace.html", context)


def _work(work: Any) -> dict[str, Any]:
    url = reverse("library:work-show", args=[work.public_id])
    return {
        "title": work.title or work.work.name,
        "url": url,
        "language": work.work.language,
        "date": work.date,
        "state": {"reading": "working", "read": "done"}.get(work.work.state, work.work.state),
        "mark": mark_label(mark_of_class(work.mark_class_id), f"{url}#who"),
    }


def _waits(workspace: Workspace, viewer: Viewer) -> list[dict[str, str]]:
    """What waits for somebody who may do it: records to review, pairs to compare, files that failed."""
    if not viewer.has_role(workspace.slug, "contributor"):
        return []
    failed = unread_works(workspace, viewer).filter(work__state="failed").count()
    waits = [(failed, ngettext("%(n)s file could not be read", "%(n)s files could not be read", failed),
              with_query(reverse("library:work-list", args=[workspace.slug]), "state=failed"))]  # fmt: skip
    if viewer.has_role(workspace.slug, "reviewer"):
        pairs = queries.open_candidates(viewer, workspace)
        likely, count = pairs.first(), pairs.count()
        review = queries.count_to_review(viewer, workspace)
        desk = address("review-desk", workspace.slug)
        first = address("pair-show", workspace.slug, likely.pk) if likely else ""
        waits = [
            (review, ngettext("%(n)s record waits for review", "%(n)s records wait for review", review), desk),
            (count, ngettext("%(n)s likely pair", "%(n)s likely pairs", count), first),
            *waits,
        ]
    return [{"text": text % {"n": number(count)}, "url": url} for count, text, url in waits if count]
