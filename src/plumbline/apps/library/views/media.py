"""Pages of pictures, sound and video that are attached to works and records."""

from __future__ import annotations

import re
from typing import Any, BinaryIO, cast

from django.contrib import messages
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from plumbline.apps.accounts.middleware import SignedInRequest
from plumbline.apps.library import actions
from plumbline.apps.library.intake import take_medium
from plumbline.apps.library.models import Entry, Medium
from plumbline.apps.library.presenting import LEVELS, shown_mark, workspace_crumbs
from plumbline.apps.library.queries import get_entry, get_medium, media_of
from plumbline.apps.library.stores import file_store
from plumbline.apps.spine.queries import mark_of_class
from plumbline.domain.access import Mark
from plumbline.domain.errors import InvalidInput
from plumbline.plugins.readers.media import SUFFIXES

RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")
ALONE = "default-src 'none'; sandbox"


@require_http_methods(["GET", "POST"])
def list_media(request: SignedInRequest, entry: str) -> HttpResponse:
    """Show the media of a work or record, and a form that attaches another for those who may."""
    found = get_entry(entry, request.viewer)
    may_add = request.viewer.has_role(found.workspace.slug, "contributor")
    if request.method == "POST":
        actions.needs_role(request.viewer, found.workspace, "contributor")
        sent = request.FILES.get("file")
        if sent is None:
            raise InvalidInput("file.none", "No file came. Choose one and try again.")
        mark = _wanted(request, mark_of_class(found.mark_class_id))
        added = take_medium(
            cast("BinaryIO", sent),
            sent.name or "",
            found,
            request.POST.get("caption", ""),
            by=request.viewer,
            mark=mark,
        )
        return redirect("library:medium-show", added.public_id)
    context = {
        "entry": found, "crumbs": [*workspace_crumbs(request.viewer, found.workspace), (found.title, _entry_url(found))], "may_add": may_add,
        "media": [_shown(one) for one in media_of(found, request.viewer)], "accepts": ",".join(SUFFIXES),
        "level": mark_of_class(found.mark_class_id).level, "levels": [(one, one) for one in LEVELS],
    }  # fmt: skip
    return render(request, "library/media.html", context)


def _entry_url(entry: Entry) -> str:
    name = "library:work-show" if entry.kind == Entry.WORK else "records:record-show"
    return reverse(name, args=[entry.public_id])


def _wanted(request: SignedInRequest, base: Mark) -> Mark:
    """Give the mark of the level that was chosen: who an AMBER one is shared with is taken from the mark it starts from."""
    level = request.POST.get("level", base.level)
    if level not in LEVELS:
        raise InvalidInput(
            "mark.level", "{level} is no level. Choose one of {levels}.", level=level, levels=", ".join(LEVELS)
        )
    return (
        base
        if level == base.level
        else actions.own_mark(level, base.audience if level.startswith("AMBER") else (), request.viewer)
    )


def _shown(medium: Medium) -> dict[str, Any]:
    return {
        "id": medium.public_id, "caption": medium.caption, "kind": medium.media_type.partition("/")[0], "type": medium.media_type,
        "state": medium.state, "sha256": medium.sha256, "size": medium.size, "name": medium.name, "at": medium.added_at,
        "url": reverse("library:medium-show", args=[medium.public_id]),
        "file": reverse("library:medium-file", args=[medium.public_id]),
        "mark": shown_mark(mark_of_class(medium.mark_class_id), reverse("library:medium-show", args=[medium.public_id])),
    }  # fmt: skip


@require_http_methods(["GET", "POST"])
def show_medium(request: SignedInRequest, medium: str) -> HttpResponse:
    """Show or play one medium with what is known of it; contributors change its caption and mark here."""
    found = get_medium(medium, request.viewer)
    if request.method == "POST":
        before = mark_of_class(found.mark_class_id)
        if (mark := _wanted(request, before)) != before:
            actions.mark_medium(found, mark, by=request.viewer)
        if request.POST.get("caption", found.caption) != found.caption:
            actions.caption_medium(found, request.POST["caption"], by=request.viewer)
        messages.success(request, _("Saved."))
        return redirect("library:medium-show", medium)
    entry, workspace = found.entry, found.entry.workspace
    context = {
        "entry": entry, "medium": _shown(found), "levels": [(one, one) for one in LEVELS],
        "crumbs": [*workspace_crumbs(request.viewer, workspace), (entry.title, _entry_url(entry))],
        "may_change": request.viewer.has_role(workspace.slug, "contributor"),
        "may_decide": request.viewer.has_role(workspace.slug, "reviewer"),
        "page_mark": shown_mark(mark_of_class(found.mark_class_id), "#who"),
    }  # fmt: skip
    return render(request, "library/medium.html", context)


@require_POST
def decide(request: SignedInRequest, medium: str) -> HttpResponse:
    """Accept or reject a medium."""
    actions.decide_medium(get_medium(medium, request.viewer), request.POST.get("state", ""), by=request.viewer)
    messages.success(request, _("Saved."))
    return redirect("library:medium-show", medium)


@require_GET
def serve(request: SignedInRequest, medium: str) -> HttpResponseBase:
    """Give the bytes of a medium, or one range of them, as nothing but its own type: no script in it ever runs."""
    found = get_medium(medium, request.viewer)
    headers = {
        "Content-Security-Policy": ALONE, "X-Content-Type-Options": "nosniff", "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache", "Content-Encoding": "identity",
    }  # fmt: skip
    asked = RANGE.fullmatch(request.headers.get("Range", ""))
    span = _span(asked.group(1), asked.group(2), found.size) if asked else None
    file = file_store().open(found.sha256)
    if asked and span is None:
        file.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{found.size}"})
    if span is None:
        return FileResponse(file, content_type=found.media_type, filename=found.name, headers=headers)
    start, end = span
    with file:
        file.seek(start)
        part = file.read(end - start + 1)
    headers["Content-Range"] = f"bytes {start}-{end}/{found.size}"
    return HttpResponse(part, status=206, content_type=found.media_type, headers=headers)


MOST_AT_ONCE = 4_000_000


def _span(first: str, last: str, size: int) -> tuple[int, int] | None:
    """Give first and last byte of a range, at most `MOST_AT_ONCE` bytes; None where there is no such range."""
    if not first and not last:
        return None
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last) if first and last else size - 1, size - 1, start + MOST_AT_ONCE - 1)
    return (start, end) if start <= end else None
