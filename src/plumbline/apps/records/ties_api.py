"""Ties of records across workspaces over REST: the same reads and acts as the pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Router, Schema, Status
from ninja.security import django_auth
from pydantic import Field as Described

from plumbline.apps.accounts.middleware import SignedInRequest
from plumbline.apps.library.queries import get_entry
from plumbline.apps.library.ties import STATES, get_tie, ties
from plumbline.apps.records.actions import decide_tie
from plumbline.apps.records.serialising import tie_as_data
from plumbline.apps.spine.answers import REFUSALS
from plumbline.apps.spine.queries import get_workspace

router = Router(tags=["records"])


class EvidenceOut(Schema):
    """A value of either record that speaks for the tie (weight above 0) or against it, in machine form."""

    kind: str
    weight: float
    one: Any
    other: Any


class TieOut(Schema):
    """What two records of different workspaces are to each other: one actor, one case, or both name one actor (named)."""

    id: str
    kind: str
    state: str
    score: float
    records: list[str]
    workspaces: list[str]
    evidence: list[EvidenceOut]
    decided_at: datetime | None
    url: str


class DecisionIn(Schema):
    """What is decided of a tie."""

    state: str = Described(description="accepted, rejected, or open to take it back")


@router.get("records/{record}/ties", response={200: list[TieOut], **REFUSALS}, summary="List the ties of a record")
def list_ties_of_record(request: SignedInRequest, record: str) -> Any:
    """List what a record is to records of other workspaces, as far as the asker may see both and what it rests on."""
    entry = get_entry(record, request.viewer, "record")
    return [tie_as_data(one, _base(request)) for one in ties(request.viewer, entry=entry, states=STATES)]


@router.get("workspaces/{slug}/ties", response={200: list[TieOut], **REFUSALS}, summary="List open ties")
def list_ties_of_workspace(request: SignedInRequest, slug: str) -> Any:
    """List the ties of a workspace's records that wait for a decision, the likeliest first."""
    found = get_workspace(slug, request.viewer)
    return [tie_as_data(one, _base(request)) for one in ties(request.viewer, workspace=found)]


@router.get("ties/{tie}", response={200: TieOut, **REFUSALS}, summary="Get a tie")
def show_tie(request: SignedInRequest, tie: str) -> Any:
    """Get one tie."""
    return tie_as_data(get_tie(tie, request.viewer), _base(request))


@router.post("ties/{tie}", response={200: TieOut, 204: None, **REFUSALS}, auth=django_auth, summary="Decide on a tie")
def set_tie(request: SignedInRequest, tie: str, body: DecisionIn) -> Any:
    """Accept or reject a tie, or open it again; neither record changes.

    One that is opened again is judged by what both records say now. Where nothing they say speaks for it any longer it is
    gone, and the answer is 204 without a body.
    """
    seen = decide_tie(tie, body.state, by=request.viewer)
    return Status(204, None) if seen is None else tie_as_data(seen, _base(request))


def _base(request: SignedInRequest) -> str:
    return request.build_absolute_uri("/").rstrip("/")
