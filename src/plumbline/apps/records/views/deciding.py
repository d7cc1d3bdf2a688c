"""Decisions on a record from its own pages: accept or reject it or its values, take an act back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from plumbline.apps.accounts.middleware import SignedInRequest
from plumbline.apps.library import actions as library_actions
from plumbline.apps.library import queries as library
from plumbline.apps.records import actions
from plumbline.apps.spine.queries import history_of
from plumbline.domain.errors import NotFound


@require_POST
def set_status(request: SignedInRequest, record: str) -> HttpResponse:
    """Accept, reject or put back a record."""
    entry = library.get_entry(record, request.viewer, "record")
    status = request.POST.get("status", "")
    library_actions.set_status(entry, status, by=request.viewer)
    said = {"accepted": _("The record is accepted, with the values that were proposed in it."),
            "rejected": _("The record is rejected. It stays in the history and can be put back."),
            "proposed": _("The record waits for review again.")}  # fmt: skip
    messages.success(request, said[status])
    return redirect("records:record-show", record=record)


@require_POST
def decide_claims(request: SignedInRequest, record: str) -> HttpResponse:
    """Accept, reject or put back one claim of a record."""
    entry = library.get_entry(record, request.viewer, "record")
    claim = library.get_claim(request.POST.get("claim", ""), request.viewer)
    if claim.entry_id != entry.pk:
        raise NotFound("claim.unknown", "There is nothing here under {id}. Check the address.", id=claim.public_id)
    library_actions.decide_claims([claim], request.POST.get("status", ""), by=request.viewer)
    messages.success(request, _("Noted. The history of the record can take it back."))
    return redirect("records:record-show", record=record)


@require_POST
def take_back(request: SignedInRequest, record: str) -> HttpResponse:
    """Take back one act on a record by its inverse."""
    entry = library.get_entry(record, request.viewer, "record")
    asked = request.POST.get("act", "")
    act = history_of(f"record:{entry.public_id}").filter(pk=int(asked)).first() if asked.isdecimal() else None
    if act is None:
        raise NotFound("act.unknown", "There is no such act on this record. Open its history again.")
    actions.undo(act, by=request.viewer)
    messages.success(request, _("Taken back. The history shows both acts."))
    return redirect("records:record-history", record=record)
