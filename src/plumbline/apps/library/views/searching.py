"""The search page: passages with what matched, facets, filters; every state has an address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from plumbline.apps.accounts.middleware import SignedInRequest
from plumbline.apps.library import searching
from plumbline.apps.library.copies import MOST as MOST_FOLDED
from plumbline.apps.library.copies import Gathered, gather
from plumbline.apps.library.exporting import MOST_HITS, export_hits
from plumbline.apps.library.models import Entry
from plumbline.apps.library.presenting import FORMATS, language, passage_block, workspace_crumbs
from plumbline.apps.library.queries import entries_with, get_entry, get_passage, passages
from plumbline.apps.library.searching import COLUMNS, Asked, Found, Hit
from plumbline.apps.library.suggesting import FEW, suggest
from plumbline.apps.library.versions import has_versions
from plumbline.apps.spine.edge import sentence
from plumbline.apps.spine.queries import get_workspace, workspaces
from plumbline.apps.spine.tables import TABLES
from plumbline.domain.blueprints import localised
from plumbline.domain.errors import InvalidInput, NotFound
from plumbline.ui.environment import query_with
from plumbline.ui.text import Span, language_name

SIZE = 20
LOOKED_AT = 100
"""Passages of a work by which others are held to be like it."""


def search(request: SignedInRequest, workspace: str | None = None) -> HttpResponse:
    """Search the passages that the viewer may see, in one workspace or in all."""
    found = get_workspace(workspace, request.viewer) if workspace else None
    text, number = request.GET.get("q", "").strip(), _number(request)
    context: dict[str, Any] = {
        "workspace": found, "text": text, "error": "", "result": None, "hits": [], "facets": [], "page_number": number, "pages": 1,
        "asked": Asked(text), "kept": {}, "meant": None, "crumbs": workspace_crumbs(request.viewer, found) if found else [(_("Home"), reverse("programme:home"))],
    }  # fmt: skip
    if text:
        context |= _answer(request, workspace, number)
    return render(request, "library/search.html", context, status=400 if context["error"] else 200)


@require_GET
def like_passage(request: SignedInRequest, passage: str) -> HttpResponse:
    """Show the passages of other works that use the same telling words as one."""
    found = get_passage(passage, request.viewer)
    entry = get_entry(found.work, request.viewer, Entry.WORK)
    back = reverse("library:passage-show", args=[passage])
    return _like(request, entry, back, searching.like_passage(found, request.viewer))


@require_GET
def like_work(request: SignedInRequest, work: str) -> HttpResponse:
    """Show other works that use the same telling words as one, by the best passage of each."""
    entry = get_entry(work, request.viewer, Entry.WORK)
    back = reverse("library:work-show", args=[work])
    shown = passages(entry, request.viewer, 0, LOOKED_AT)
    return _like(request, entry, back, searching.like_work(shown, request.viewer))


def _like(request: SignedInRequest, entry: Entry, back: str, found: tuple[tuple[str, ...], list[Hit]]) -> HttpResponse:
    words, hits = found
    context = {
        "words": words,
        "hits": [_hit(one) for one in hits],
        "crumbs": [*workspace_crumbs(request.viewer, entry.workspace), (entry.title, back)],
    }
    return render(request, "library/like.html", context)


@require_GET
def export(request: SignedInRequest, format: str, workspace: str | None = None) -> HttpResponseBase:
    """Give all that a search finds as a file, written while it is sent."""
    if format not in TABLES:
        raise NotFound("export.format", "There is no export as {format}. Choose of {known}.",
                       format=format, known=", ".join(TABLES))  # fmt: skip
    found = get_workspace(workspace, request.viewer) if workspace else None
    written = export_hits(
        Asked.read(dict(request.GET.lists())), request.viewer, (found.slug,) if found else (), format,
        language=language(), base=request.build_absolute_uri("/").rstrip("/"),
    )  # fmt: skip
    name = f"passages-{timezone.localdate().isoformat()}.{format}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return StreamingHttpResponse(written, content_type=TABLES[format], headers=headers)


def _answer(request: SignedInRequest, workspace: str | None, number: int) -> dict[str, Any]:
    spaces = (workspace,) if workspace else ()
    try:
        asked = Asked.read(dict(request.GET.lists()))
        gathered = gather(asked, request.viewer, spaces, offset=(number - 1) * SIZE, limit=SIZE)
        found = gathered.found
        meant = suggest(asked, request.viewer, spaces, found.total) if found.total < FEW else None
    except InvalidInput as error:
        return {"error": sentence(error)}
    return {
        "result": found, "meant": meant, "asked": asked, "kept": asked.as_query(), "hits": _hits(gathered), "pages": max(1, -(-found.total // SIZE)),
        "facets": _facets(request, found, workspace), "most": MOST_HITS, "again": gathered.passages - found.total,
        "beyond": MOST_FOLDED if gathered.passages > MOST_FOLDED and has_versions() else 0,
        "limits": sum(len(values) for values in asked.filters.values()),
        "exports": [(form, _export_url(request, form, workspace)) for form in TABLES], **_columns(request, found.hits),
    }  # fmt: skip


def _export_url(request: SignedInRequest, form: str, workspace: str | None) -> str:
    to = (
        reverse("library:workspace-hits-export", args=[workspace, form])
        if workspace
        else reverse("library:hits-export", args=[form])
    )
    return f"{to}?{request.GET.urlencode()}"


def _hits(gathered: Gathered) -> list[dict[str, Any]]:
    """Give hits as they are shown, the copies of each in other versions of its work under it (`more`)."""
    return [
        _hit(one) | {"more": [_hit(copy) for copy in gathered.copies.get(one.passage.id, ())]}
        for one in gathered.found.hits
    ]


def _hit(hit: Hit) -> dict[str, Any]:
    spans = [Span(start, end) for start, end in hit.highlights]
    block = passage_block(hit.passage, spans=spans)
    return {**block, "date": hit.date, "rank": hit.rank, "key": hit.passage.id}


def _columns(request: SignedInRequest, hits: Sequence[Hit]) -> dict[str, Any]:
    """The columns of the table of hits that the address names, in their order, the cells of each hit by its key, the form to choose by."""
    words = (_("Work"), _("Date"), _("Publisher"), _("Author"), _("Language"), _("Heading"), _("Page"), _("Workspace"), _("Copies"), _("Mark"))  # fmt: skip
    titles = dict(zip(COLUMNS, words, strict=True))
    asked, query = request.GET.getlist("show"), request.GET
    chosen = [name for name in titles if name in asked]
    form = {
        "choices": [(name, title, name in chosen) for name, title in titles.items()],
        "hidden": [(name, one) for name in query if name not in ("show", "page") for one in query.getlist(name)],
        "usual_url": query_with(request, show=None) if chosen else "",
    }
    if not chosen:
        return {"columns": [], "cells": {}, "columns_form": form}
    kinds = {"mark": "mark", "date": "date", "page": "number", "copies": "number"}
    heads = [{"key": "text", "title": _("Passage"), "kind": "passage"}]
    heads += [{"key": name, "title": titles[name], "kind": kinds.get(name, "text")} for name in chosen]
    works = entries_with({one.passage.work for one in hits}, request.viewer, with_work=True)
    names = {one.slug: localised(one.title, language()) for one in workspaces(request.viewer)}
    return {
        "columns": heads,
        "cells": {one.passage.id: _cells(one, works.get(one.passage.work), names) for one in hits},
        "columns_form": form,
    }


def _cells(hit: Hit, work: Entry | None, names: dict[str, str]) -> dict[str, Any]:
    one = hit.passage
    return {
        "work": one.work_title, "date": hit.date or "", "publisher": work.work.publisher if work else "",
        "author": work.work.author if work else "", "language": language_name(one.language) if one.language else "",
        "heading": " / ".join(one.heading_path), "page": one.page or "", "workspace": names.get(hit.workspace, ""),
    }  # fmt: skip


def _facets(request: SignedInRequest, found: Found, workspace: str | None) -> list[dict[str, Any]]:
    titles = {"language": _("Language"), "year": _("Year"), "publisher": _("Publisher"), "format": _("Format"),
              "type": _("Kind"), "workspace": _("Workspace")}  # fmt: skip
    names = {one.slug: localised(one.title, language()) for one in workspaces(request.viewer)}
    shown = []
    for name, title in titles.items():
        chosen = request.GET.getlist(name)
        values = found.facets.get(name, ())
        if (name == "workspace" and workspace) or not (len(values) > 1 or chosen):
            continue
        items = [
            {"title": facet_title(name, value, names), "count": count, "selected": value in chosen,
             "url": query_with(request, **{name: [one for one in chosen if one != value] + ([] if value in chosen else [value])})}
            for value, count in values
        ]  # fmt: skip
        shown.append(
            {"title": title, "entries": items, "clear_url": query_with(request, **{name: None}) if chosen else ""}
        )
    return shown


def facet_title(name: str, value: str, workspace_titles: dict[str, str]) -> str:
    """Say a value of a facet in words."""
    if name == "language":
        return language_name(value)
    if name == "workspace":
        return workspace_titles.get(value, value)
    return FORMATS.get(value, value) if name == "format" else value


def _number(request: SignedInRequest) -> int:
    given = request.GET.get("page", "1")
    return max(1, int(given)) if given.isdigit() and len(given) < 6 else 1
