"""The page on which an administrator makes a workspace from a blueprint that ships, or brings one up to date."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from plumbline.apps.accounts.middleware import SignedInRequest
from plumbline.apps.accounts.views import crumbs, for_administrators
from plumbline.apps.programme.starters import make_workspace, starters
from plumbline.apps.spine.actions import apply_blueprint
from plumbline.apps.spine.edge import sentence, status_of
from plumbline.apps.spine.queries import get_workspace, workspaces
from plumbline.domain.access import Viewer
from plumbline.domain.blueprints import load_shipped, localised, shipped_ids
from plumbline.domain.errors import PlumblineError


@for_administrators
def make(request: SignedInRequest) -> HttpResponse:
    """List the blueprints that ship, each with a button that makes its workspace or brings it up to date."""
    if request.method != "POST":
        return _page(request)
    name, viewer = request.POST.get("blueprint", ""), request.viewer
    try:
        if request.POST.get("do") == "update":
            get_workspace(name, viewer)
            apply_blueprint(load_shipped(name).text, name=name, by=viewer)
            messages.success(request, _("Brought up to date. All that was said stays."))
        else:
            with_reports = "reports" in request.POST
            make_workspace(name, with_reports=with_reports, by=viewer)
            messages.success(request, _("Made, and you are its editor."))
            if with_reports and name in starters():
                messages.success(request, _("Reports that came with it are being read."))
    except PlumblineError as error:
        return _page(request, sentence(error), status_of(error))
    return redirect("records:workspace-show", name)


def _page(request: SignedInRequest, error: str = "", status: int = 200) -> HttpResponse:
    context = {"shipped": _shipped(request.viewer), "error": error, "crumbs": crumbs()}
    return render(request, "programme/make.html", context, status=status)


def _shipped(viewer: Viewer) -> list[dict[str, Any]]:
    here = {one.slug: one for one in workspaces(viewer)}
    language, found = get_language() or "en", []
    for name in shipped_ids():
        blueprint, stands = load_shipped(name), here.get(name)
        found.append({
            "name": name, "title": localised(blueprint.title, language), "summary": localised(blueprint.summary, language),
            "reports": len(starters().get(name, ())), "version": blueprint.version,
            "url": reverse("records:workspace-show", args=[name]) if stands else "",
            "older": stands is not None and stands.blueprint_version < blueprint.version,
        })  # fmt: skip
    return found
