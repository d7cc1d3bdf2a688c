"""Ties of records across workspaces: the page of one, and how record pages and the review desk name them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from plumbline.apps.accounts.middleware import SignedInRequest
from plumbline.apps.library.presenting import workspace_crumbs
from plumbline.apps.library.ties import SeenTie, get_tie, ties
from plumbline.apps.records import presenting
from plumbline.apps.records.actions import decide_tie, may_decide_tie
from plumbline.apps.records.reasons import evidence_words
from plumbline.apps.spine.queries import blueprint_of
from plumbline.domain.blueprints import localised
from plumbline.domain.evidence import value_key

if TYPE_CHECKING:
    from plumbline.apps.library.models import Entry
    from plumbline.apps.spine.models import Workspace
    from plumbline.domain.access import Viewer

SHOWN = 30
DECISIONS = {"accept": "accepted", "reject": "rejected", "undo": "open"}


def asked(kind: str) -> str:
    """Ask what a tie that waits proposes."""
    return {"actor": _("Is this one actor?"), "case": _("Is this one case?"), "named": _("Do both name one actor?")}[
        kind
    ]


def stated(kind: str) -> str:
    """Say what a tie that was accepted states."""
    return {"actor": _("The same actor"), "case": _("The same case"), "named": _("Both name one actor")}[kind]


def _why(seen: SeenTie, *, against: bool = False) -> list[str]:
    blueprint = blueprint_of(seen.tie.entry.workspace)
    said = [evidence_words(one, blueprint) for one in seen.evidence if one.weight and (one.weight < 0) == against]
    return [one for one in said if one]


def _row(seen: SeenTie, other: Entry, titles: dict[int, str], viewer: Viewer) -> dict[str, Any]:
    return {
        "title": titles[other.pk], "url": presenting.record_url(other), "open": seen.tie.state == "open",
        "workspace": localised(other.workspace.title, presenting.language()), "why": _why(seen), "kind": seen.kind,
        "said": asked(seen.kind) if seen.tie.state == "open" else stated(seen.kind),
        "tie": reverse("records:tie-show", args=[seen.tie.public_id]), "may": may_decide_tie(seen, viewer),
    }  # fmt: skip


def ties_of(entry: Entry, viewer: Viewer) -> list[dict[str, Any]]:
    """What a record is to records of other workspaces: accepted ties, and those that wait."""
    found = ties(viewer, entry=entry, states=("accepted", "open"))
    found.sort(key=lambda one: one.tie.state)
    titles = presenting.titles_of([one.beside(entry) for one in found], viewer)
    return [_row(one, one.beside(entry), titles, viewer) for one in found]


def waiting_ties(workspace: Workspace, viewer: Viewer) -> list[dict[str, Any]]:
    """The likeliest ties of a workspace's records that wait for a decision, with both titles."""
    found = ties(viewer, workspace=workspace)[:SHOWN]
    titles = presenting.titles_of([side for one in found for side in (one.tie.entry, one.tie.other)], viewer)
    rows = []
    for one in found:
        here, there = one.tie.entry, one.tie.other
        here, there = (here, there) if here.workspace_id == workspace.pk else (there, here)
        rows.append(_row(one, there, titles, viewer) | {"here": titles[here.pk]})
    return rows


def show_tie(request: SignedInRequest, tie: str) -> HttpResponse:
    """Show two records of different workspaces side by side, why they may be one, and the decision."""
    viewer = request.viewer
    seen = get_tie(tie, viewer)
    if request.method == "POST":
        if decide_tie(tie, DECISIONS.get(request.POST.get("decision", ""), ""), by=viewer) is None:
            messages.success(
                request, _("Taken back. What both records say now no longer speaks for it, so it is gone.")
            )
            return redirect(presenting.record_url(seen.tie.entry))
        messages.success(request, _("Noted. Both records stay where they are, each under its own rules."))
        return redirect("records:tie-show", tie)
    shown = presenting.present([seen.tie.entry, seen.tie.other], viewer)
    state = seen.tie.state
    context = {
        "question": asked(seen.kind) if state == "open" else stated(seen.kind) if state == "accepted" else _("Not one"),
        "state": state, "reasons": _why(seen), "against": _why(seen, against=True), "rows": _rows(shown),
        "columns": [_column(one) for one in shown], "may_decide": may_decide_tie(seen, viewer),
        "crumbs": workspace_crumbs(viewer, seen.tie.entry.workspace), "post_url": reverse("records:tie-show", args=[tie]),
    }  # fmt: skip
    return render(request, "records/tie.html", context)


def _column(shown: presenting.ShownRecord) -> dict[str, str]:
    title = localised(shown.entry.workspace.title, presenting.language())
    return {"title": shown.title, "url": shown.url, "note": f"{title}, TLP:{shown.mark.level}"}


def _rows(shown: list[presenting.ShownRecord]) -> list[dict[str, Any]]:
    """Lay the fields of two records of whichever types side by side; fields of one id stand in one row."""
    rows = []
    for name in dict.fromkeys(name for one in shown for name in one.fields):
        fields = [one.fields.get(name) for one in shown]
        said = [frozenset(value_key(value.value) for value in one.values) if one else frozenset() for one in fields]
        if any(said):
            label = next(one.label for one in fields if one)
            rows.append({"label": label, "fields": fields, "differs": len({one for one in said if one}) > 1})
    return rows
