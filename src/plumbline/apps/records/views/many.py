"""One act on many records of a list: done from the list, shown with what it changed, taken back as one."""

from __future__ import annotations

from collections import Counter

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from plumbline.apps.accounts.middleware import SignedInRequest
from plumbline.apps.library.actions import needs_role
from plumbline.apps.records import actions, queries
from plumbline.apps.records.presenting import present
from plumbline.apps.records.views.common import address, listed, type_crumbs
from plumbline.apps.spine.edge import sentence
from plumbline.apps.spine.queries import get_workspace
from plumbline.apps.teamwork.queries import ROLE
from plumbline.domain.errors import NotFound


@require_POST
def change(request: SignedInRequest, workspace: str, type: str) -> HttpResponse:
    """Do to the chosen records, or to all of the list, what the form says; then show what came of it."""
    at = listed(request, workspace, type)
    viewer, sent = request.viewer, request.POST
    needs_role(viewer, at.workspace, ROLE)
    if "all" in sent:
        keys = queries.keys_of(viewer, at.workspace, type, at.asked.chosen)[: actions.MANY + 1]
        chosen = queries.listed(viewer, at.workspace, keys)
    else:
        chosen = queries.chosen_records(viewer, at.workspace, type, sent.getlist("pick"))
    task = {name: sent[name] for name in ("state", "assignee", "due") if sent.get(name, "").strip()}
    if task.get("assignee") == "nobody":
        task["assignee"] = ""
    done = actions.change_many(chosen, status=sent.get("status", ""), task=task, by=viewer)
    n = len(done.changed)
    messages.success(request, ngettext("%(n)s record was changed.", "%(n)s records were changed.", n) % {"n": n})
    for said, count in Counter(sentence(error) for _entry, error in done.refused).items():
        words = ngettext("%(n)s record was not: %(why)s", "%(n)s records were not: %(why)s", count)
        messages.warning(request, words % {"n": count, "why": said})
    return redirect(address("many-show", workspace, type, queries.own_act("record.many", viewer).pk))


def show(request: SignedInRequest, workspace: str, type: str, act: int) -> HttpResponse:
    """Show what one act of the viewer on many records changed, and take it back."""
    found = get_workspace(workspace, request.viewer)
    record_type = queries.type_of(found, type)
    done = queries.own_act("record.many", request.viewer, act)
    records = queries.records_of_act(done, request.viewer, found)
    if not records:
        raise NotFound("act.unknown", "There is no such act on this record. Open its history again.")
    context = {
        "records": present(records, request.viewer), "is_undone": queries.is_undone(done),
        "undo_url": address("many-undo", workspace, type, act), "back": address("record-list", workspace, type),
        "crumbs": type_crumbs(request.viewer, found, record_type),
    }  # fmt: skip
    return render(request, "records/many.html", context)


@require_POST
def take_back(request: SignedInRequest, workspace: str, type: str, act: int) -> HttpResponse:
    """Take the act back."""
    get_workspace(workspace, request.viewer)
    actions.undo(queries.own_act("record.many", request.viewer, act), by=request.viewer)
    messages.success(request, _("Taken back, but for what others have changed since."))
    return redirect(address("record-list", workspace, type))
