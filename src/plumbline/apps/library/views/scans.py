"""Scanned pages: asking for their text again, and correcting it by hand."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from plumbline.apps.accounts.middleware import SignedInRequest
from plumbline.apps.library import actions
from plumbline.apps.library.models import Entry
from plumbline.apps.library.presenting import workspace_crumbs
from plumbline.apps.library.queries import get_entry, passage_to_correct, scanned_pages, withholds_from
from plumbline.apps.library.stores import file_store
from plumbline.domain.errors import NotFound
from plumbline.plugins.readers.scans import page_picture


@require_POST
def recognise(request: SignedInRequest, work: str) -> HttpResponse:
    """Ask for the text of a work's pages that failed or wait."""
    entry = get_entry(work, request.viewer, Entry.WORK)
    count = actions.recognise_pages(entry, by=request.viewer)
    told = ngettext("%(n)s page is recognised again.", "%(n)s pages are recognised again.", count) % {"n": count}
    messages.success(request, told)
    return redirect("library:work-show", work)


@require_http_methods(["GET", "POST"])
def correct(request: SignedInRequest, passage: str) -> HttpResponse:
    """Correct the recognised text of a passage, beside its texts before; any of these can be put back."""
    found, earlier = passage_to_correct(passage, request.viewer)
    entry = get_entry(found.work.entry.public_id, request.viewer, Entry.WORK)
    actions.needs_role(request.viewer, entry.workspace, "contributor")
    if request.method == "POST":
        actions.correct_passage(found, request.POST.get("text", ""), by=request.viewer)
        messages.success(request, _("Saved."))
        return redirect("library:passage-show", passage)
    context = {
        "found": found,
        "entry": entry,
        "earlier": earlier,
        "crumbs": workspace_crumbs(request.viewer, entry.workspace),
    }
    return render(request, "library/correct.html", context)


@require_GET
def picture(request: SignedInRequest, work: str, page: int) -> HttpResponse:
    """Draw a scanned page the right way up, for whom nothing of the file is withheld from."""
    entry = get_entry(work, request.viewer, Entry.WORK)
    scan = next((one for one, _first in scanned_pages(entry, request.viewer) if one.page == page), None)
    if scan is None or withholds_from(entry, request.viewer):
        raise NotFound("page.unknown", "There is no picture of page {page} to be shown to you.", page=page)
    drawn = page_picture(file_store().path(entry.work.sha256), page, name=entry.title, turned=scan.turned)
    return HttpResponse(drawn, content_type="image/png", headers={"Cache-Control": "private, max-age=600"})
