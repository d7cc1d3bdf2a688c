"""Pages that take files in: drop them, follow what happens to each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_
from django.views.decorators.http import require_http_methods

from plumbline.apps.accounts.middleware import SignedInRequest
from plumbline.apps.accounts.queries import names_of
from plumbline.apps.library.actions import default_mark, needs_role
from plumbline.apps.library.intake import take_in
from plumbline.apps.library.models import Work
from plumbline.apps.library.presenting import file_rows, shown_mark, workspace_crumbs
from plumbline.apps.library.queries import batch_works
from plumbline.apps.spine.edge import sentence
from plumbline.apps.spine.ids import new_public_id
from plumbline.apps.spine.queries import get_workspace, jobs
from plumbline.domain.errors import PlumblineError
from plumbline.plugins.readers import format_titles
from plumbline.ui.text import listed

if TYPE_CHECKING:
    from plumbline.apps.spine.models import Workspace

N_("plain text")  # the one title of a reader that is no name


@require_http_methods(["GET", "POST"])
def add_files(request: SignedInRequest, workspace: str) -> HttpResponse:
    """Show where files are dropped, who will see them, and take them in."""
    found = get_workspace(workspace, request.viewer)
    needs_role(request.viewer, found, "contributor")
    if request.method == "POST":
        return _take(request, found, new_public_id())
    mark = default_mark(found, "works", request.viewer)
    batch = new_public_id()
    context = {
        "workspace": found, "crumbs": workspace_crumbs(request.viewer, found), "formats": listed(_(one) for one in format_titles()),
        "mark": shown_mark(mark, "#who"), "who": sorted(names_of(mark.principals).values()),
        "level": mark.level, "post_url": reverse("library:batch-show", args=[workspace, batch]),
        "done_url": reverse("library:batch-show", args=[workspace, batch]),
    }  # fmt: skip
    return render(request, "library/add.html", context)


@require_http_methods(["GET", "POST"])
def show_batch(request: SignedInRequest, workspace: str, batch: str) -> HttpResponse:
    """Take files into a batch (POST), or show what happens to each of its files."""
    found = get_workspace(workspace, request.viewer)
    needs_role(request.viewer, found, "contributor")
    if request.method == "POST":
        return _take(request, found, batch)
    works = batch_works(found, batch, request.viewer)
    open_jobs = jobs(batch).filter(state__in=("waiting", "running")).count()
    read = sum(work.work.state != Work.READING for work in works)
    context = {
        "workspace": found, "crumbs": workspace_crumbs(request.viewer, found), "files": file_rows(works), "going_on": open_jobs > 0,
        "read": read, "all": len(works), "share": read / len(works) if works else 0.0, "poll_url": request.get_full_path(),
        "records_url": reverse("records:workspace-show", args=[workspace]),
        "review_url": reverse("records:review-desk", args=[workspace]),
    }  # fmt: skip
    partial = request.headers.get("HX-Request") == "true"
    return render(request, "library/batch-progress.html" if partial else "library/batch.html", context)


def _take(request: SignedInRequest, workspace: Workspace, batch: str) -> HttpResponse:
    rows = [_take_one(upload, workspace, batch, request) for upload in request.FILES.getlist("files")]
    if "application/json" in request.headers.get("Accept", ""):
        if not rows:
            return JsonResponse({"state": "failed", "text": _("No file came. Choose one and try again.")}, status=400)
        return JsonResponse(rows[0], status=200 if rows[0]["state"] != "failed" else 400)
    for row in rows:
        if row["state"] == "failed":
            messages.error(request, row["text"])
    if not rows:
        messages.error(request, _("No file came. Choose one and try again."))
        return redirect("library:work-add", workspace.slug)
    return redirect("library:batch-show", workspace.slug, batch)


def _take_one(upload: Any, workspace: Workspace, batch: str, request: SignedInRequest) -> dict[str, Any]:
    name = upload.name or "file"
    try:
        taken = take_in(upload.file, name, workspace, by=request.viewer, batch=batch)
    except PlumblineError as error:
        return {"name": name, "state": "failed", "text": sentence(error)}
    words = _("you have this file already; it stays one") if taken.again else _("kept; it is read in a moment")
    return {
        "name": taken.name,
        "state": "done",
        "text": words,
        "url": reverse("library:work-show", args=[taken.work.public_id]),
    }
