"""Saved searches over REST: the same reads and acts as the pages; each person sees their own alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ninja import Query, Router, Schema, Status
from ninja.security import django_auth
from pydantic import Field as Described

from plumbline.apps.accounts.middleware import SignedInRequest
from plumbline.apps.library import actions
from plumbline.apps.library.api import FoundOut, Paging, Question, found_as_data
from plumbline.apps.library.copies import gather
from plumbline.apps.library.saved import SavedNow, get_saved, saved_as_data, saved_now, saved_searches, spaces
from plumbline.apps.library.searching import COLUMNS, Asked
from plumbline.apps.spine.answers import REFUSALS
from plumbline.apps.spine.queries import get_workspace

router = Router(tags=["library"])


class SavedOut(Schema):
    """A saved search: what it asks, how many passages it has for its owner now, how many came since they last looked."""

    id: str
    name: str
    workspace: str
    asked: dict[str, list[str]]
    show: list[str] = Described(description="The columns of the table of hits; none for the usual list.")
    total: int
    new: int
    problem: str
    url: str


class SavedIn(Question):
    """A search to keep, under a name or its own words; what it finds now counts as seen."""

    name: str = ""
    show: list[str] = Described([], description=f"Columns of the table of hits: {', '.join(COLUMNS)}.")


@router.get("searches", response={200: list[SavedOut], **REFUSALS}, summary="List saved searches")
def list_searches(request: SignedInRequest) -> Any:
    """List the searches that who asks keeps, by name, with how many passages of each are new."""
    return [_saved(one, request) for one in saved_searches(request.viewer)]


@router.post("searches", response={201: SavedOut, **REFUSALS}, auth=django_auth, summary="Save a search")
def save_search(request: SignedInRequest, wanted: SavedIn) -> Any:
    """Keep a search."""
    workspace = get_workspace(wanted.workspace, request.viewer) if wanted.workspace else None
    kept = actions.save_search(wanted.asked(), wanted.name, workspace, wanted.show, by=request.viewer)
    return Status(201, _saved(saved_now(kept, request.viewer), request))


@router.get("searches/{saved}/new", response={200: FoundOut, **REFUSALS}, summary="List what is new")
def list_new(request: SignedInRequest, saved: str, wanted: Query[Paging]) -> Any:
    """List the passages of a saved search that came since its owner last looked, last come first; they stay new."""
    row = get_saved(saved, request.viewer)
    asked = replace(Asked.read(row.asked), sort="arrived", since=row.seen)
    found = gather(asked, request.viewer, spaces(row.workspace), offset=wanted.offset, limit=wanted.limit)
    return found_as_data(found, request)


@router.post("searches/{saved}/look", response={200: SavedOut, **REFUSALS}, auth=django_auth, summary="Note a look")
def look_at_search(request: SignedInRequest, saved: str) -> Any:
    """Note that who asks has seen what a saved search finds now: it is new no longer."""
    row = get_saved(saved, request.viewer)
    actions.look_at_search(row, by=request.viewer)
    return _saved(saved_now(row, request.viewer), request)


@router.delete("searches/{saved}", response={204: None, **REFUSALS}, auth=django_auth, summary="Delete a saved search")
def delete_search(request: SignedInRequest, saved: str) -> Any:
    """Delete a saved search; its feed leads nowhere then."""
    actions.delete_search(get_saved(saved, request.viewer), by=request.viewer)
    return Status(204, None)


def _saved(now: SavedNow, request: SignedInRequest) -> dict[str, Any]:
    return saved_as_data(now) | {"url": request.build_absolute_uri(now.url)}
