"""Making a record by hand, and correcting one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from plumbline.apps.accounts.middleware import SignedInRequest
from plumbline.apps.library.actions import default_mark, needs_role
from plumbline.apps.records import actions, queries
from plumbline.apps.records.forms import MarkForm, RecordForm, with_mark
from plumbline.apps.records.presenting import language
from plumbline.apps.records.views.common import type_crumbs
from plumbline.apps.records.views.showing import get_shown, record_crumbs
from plumbline.apps.spine.queries import blueprint_of, get_workspace
from plumbline.domain.blueprints import localised
from plumbline.domain.errors import Conflict


def new_record(request: SignedInRequest, workspace: str, type: str) -> HttpResponse:
    """Show the form of a new record and, once it is right, make the record of what its sender claims."""
    viewer = request.viewer
    found = get_workspace(workspace, viewer)
    record_type = queries.type_of(found, type)
    needs_role(viewer, found, "contributor")
    data = request.POST if request.method == "POST" else None
    form = RecordForm(record_type, blueprint_of(found), viewer, data=data)
    marks = MarkForm(viewer, default_mark(found, "records", viewer), data)
    if data is not None and _whole(form, marks):
        entry = actions.enter_record(found, record_type.id, form.claims, mark=marks.mark(), by=viewer)
        messages.success(request, _("The record is made. Each value is yours, and says so."))
        return redirect("records:record-show", record=entry.public_id)
    context = {
        "form": form, "marks": marks, "shown": None, "title": localised(record_type.title, language()),
        "crumbs": type_crumbs(request.viewer, found, record_type),
    }  # fmt: skip
    return render(request, "records/form.html", context, status=400 if data is not None else 200)


def edit_record(request: SignedInRequest, record: str) -> HttpResponse:
    """Show the form of a record; only what was changed becomes a claim of the person who changed it."""
    viewer = request.viewer
    shown = get_shown(record, viewer)
    workspace = shown.entry.workspace
    needs_role(viewer, workspace, "contributor")
    if shown.entry.status not in queries.STATUSES:
        raise Conflict("record.closed", "This record was merged into another. Correct that one.")
    data = request.POST if request.method == "POST" else None
    form = RecordForm(
        shown.record_type, blueprint_of(workspace), viewer, shown=shown, data=data,
        may_drop=viewer.has_role(workspace.slug, "reviewer"),
    )  # fmt: skip
    marks = MarkForm(viewer, shown.mark, data)
    if data is not None and _whole(form, marks):
        chosen = marks.mark()
        claims = form.claims
        if chosen and chosen != shown.mark:
            claims = with_mark(claims, chosen, shown.record_type, viewer)
        if claims or form.dropped:
            actions.edit_record(shown.entry, claims, form.dropped, by=viewer)
            messages.success(request, _("Changed. The values as they were stay in the history."))
        else:
            messages.info(request, _("Nothing was changed."))
        return redirect("records:record-show", record=record)
    context = {
        "form": form, "marks": marks, "shown": shown, "title": localised(shown.record_type.title, language()),
        "crumbs": record_crumbs(shown, request.viewer, inside=True),
    }  # fmt: skip
    return render(request, "records/form.html", context, status=400 if data is not None else 200)


def _whole(form: RecordForm, marks: MarkForm) -> bool:
    """Check both forms, so that all errors are told at once; a record of nothing is none."""
    right, mark = form.check(), marks.mark()
    if right and not form.claims and form.shown is None:
        form.controls[0].error = _("Write at least one value: a record that says nothing helps nobody.")
        return False
    return right and mark is not None
