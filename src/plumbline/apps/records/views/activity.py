"""What was done in a workspace, as a stream."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from plumbline.apps.accounts.middleware import SignedInRequest
from plumbline.apps.accounts.queries import names_of
from plumbline.apps.library.actions import needs_role
from plumbline.apps.library.presenting import workspace_crumbs
from plumbline.apps.records.activity import Step, steps, who_words
from plumbline.apps.spine.queries import get_workspace
from plumbline.apps.teamwork.presenting import entry_url, title_of
from plumbline.apps.teamwork.queries import ROLE

SHOWN = 3


def show_activity(request: SignedInRequest, workspace: str) -> HttpResponse:
    """Show what was done last in a workspace, to those who work in it, as far as each may know of it."""
    found = get_workspace(workspace, request.viewer)
    needs_role(request.viewer, found, ROLE)
    asked = request.GET.get("before", "")
    done, older = steps(request.viewer, found, before=int(asked) if asked.isdecimal() else None)
    names = names_of({one.by for one in done})
    days: dict[Any, list[dict[str, Any]]] = {}
    for one in done:
        days.setdefault(one.at.date(), []).append(_shown(one, names))
    context = {"days": days, "older": older, "crumbs": workspace_crumbs(request.viewer, found)}
    return render(request, "records/activity.html", context)


def _shown(one: Step, names: dict[str, str]) -> dict[str, Any]:
    entries = list(one.entries.values())
    return {
        "at": one.at, "who": who_words(one.by, names), "text": one.text, "more": len(entries) - SHOWN,
        "entries": [{"title": title_of(entry), "url": entry_url(entry)} for entry in entries[:SHOWN]],
    }  # fmt: skip
