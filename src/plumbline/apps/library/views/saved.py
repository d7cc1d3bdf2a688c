"""Saved searches: the list with what is new in each, the acts on one, and the feed that a secret address opens."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from plumbline.apps.accounts.middleware import SignedInRequest
from plumbline.apps.library import actions
from plumbline.apps.library.feeds import write_feed
from plumbline.apps.library.presenting import language
from plumbline.apps.library.saved import SavedNow, feed_secret, get_saved, page_of, read_feed, saved_searches
from plumbline.apps.library.searching import COLUMNS, Asked
from plumbline.apps.library.views.searching import facet_title
from plumbline.apps.spine.edge import sentence
from plumbline.apps.spine.queries import get_workspace
from plumbline.domain.blueprints import localised


@login_required
@require_http_methods(["GET", "POST"])
def list_saved(request: SignedInRequest) -> HttpResponse:
    """List the searches that the viewer keeps, and keep one more."""
    if request.method == "POST":
        slug = request.POST.get("in", "")
        workspace = get_workspace(slug, request.viewer) if slug else None
        asked = Asked.read({name: [str(one) for one in values] for name, values in request.POST.lists()})
        columns = [one for one in request.POST.getlist("show") if one in COLUMNS]
        actions.save_search(asked, request.POST.get("name", ""), workspace, columns, by=request.viewer)
        messages.success(request, _("Saved."))
        return redirect("library:saved-list")
    context = {
        "searches": [_shown(one, request) for one in saved_searches(request.viewer)],
        "crumbs": [(_("Home"), reverse("programme:home")), (_("Search"), reverse("library:search"))],
    }  # fmt: skip
    return render(request, "library/saved.html", context)


def _shown(now: SavedNow, request: SignedInRequest) -> dict[str, Any]:
    feed = reverse("library:search-feed", args=[feed_secret(now.saved.public_id, now.saved.turn)])
    asked = now.asked.as_query()
    limits = [
        facet_title(name, one, {}) for name, values in asked.items() if name not in ("q", "sort") for one in values
    ]
    return {
        "id": now.saved.public_id, "name": now.saved.name, "url": now.url,
        "text": now.asked.text, "limits": limits, "total": now.total, "new": now.new,
        "problem": sentence(now.problem) if now.problem else "", "feed": request.build_absolute_uri(feed),
        "workspace": localised(now.saved.workspace.title, language()) if now.saved.workspace else "",
    }  # fmt: skip


@login_required
@require_POST
def look(request: SignedInRequest, saved: str) -> HttpResponse:
    """Show what is new in a saved search, and note that it was looked at."""
    found = get_saved(saved, request.viewer)
    before = actions.look_at_search(found, by=request.viewer)
    return redirect(Asked.read(found.asked).address(page_of(found.workspace), show=found.columns, since=str(before)))


@login_required
@require_POST
def delete(request: SignedInRequest, saved: str) -> HttpResponse:
    """Delete a saved search."""
    actions.delete_search(get_saved(saved, request.viewer), by=request.viewer)
    messages.success(request, _("The saved search is deleted; its feed leads nowhere now."))
    return redirect("library:saved-list")


@login_required
@require_POST
def renew(request: SignedInRequest, saved: str) -> HttpResponse:
    """Give the feed of a saved search a new address."""
    actions.renew_feed(get_saved(saved, request.viewer), by=request.viewer)
    messages.success(request, _("The feed has a new address; the one before leads nowhere now."))
    return redirect("library:saved-list")


@require_GET
def feed(request: SignedInRequest, feed: str) -> HttpResponse:
    """Give the feed that a secret address opens, as Atom, with what its owner may see at this moment."""
    saved, viewer, found = read_feed(feed)
    with translation.override(viewer.language):
        written = write_feed(saved, found, request.build_absolute_uri, page_of(saved.workspace))
    kept = {"Cache-Control": "private, max-age=300", "X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"}
    return HttpResponse(written, content_type="application/atom+xml; charset=utf-8", headers=kept)
