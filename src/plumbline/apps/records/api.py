"""Workspaces and records over REST: the same reads, filters and acts as the pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from ninja import Query, Router, Schema, Status
from ninja.security import django_auth
from ninja.types import DictStrAny
from pydantic import Field as Described

from plumbline.apps.accounts.middleware import SignedInRequest
from plumbline.apps.library import actions as library_actions
from plumbline.apps.library import queries as library
from plumbline.apps.library.actions import NewClaim
from plumbline.apps.records import actions, queries
from plumbline.apps.records.addresses import read_address
from plumbline.apps.records.serialising import records_as_data
from plumbline.apps.spine.answers import REFUSALS, MarkOut, MediumOut
from plumbline.apps.spine.queries import blueprint_of, get_workspace, mark_of_class, workspaces
from plumbline.domain.access import Viewer
from plumbline.domain.blueprints import json_schema
from plumbline.domain.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from plumbline.apps.spine.models import Workspace

router = Router(tags=["records"])
MOST = 200


class SourceOut(Schema):
    """The passage that a claim rests on; `start` and `end` count characters of the passage's text."""

    work: str
    work_title: str
    passage: str
    citation: str
    url: str
    quote: str
    start: int | None
    end: int | None


class ClaimOut(Schema):
    """Who or what says that a field has a value; `source` is null where a person said so without a passage."""

    id: str
    status: str
    confidence: float
    person: str | None
    extractor: str | None
    created_at: datetime
    mark: MarkOut
    source: SourceOut | None


class ValueOut(Schema):
    """One value: machine form, words, status, whether others contradict it, and its claims."""

    value: Any
    text: str
    status: str
    confidence: float
    contested: bool
    mark: MarkOut
    claims: list[ClaimOut]


class RecordTieOut(Schema):
    """A record of another workspace (`other`) that is one with this by decision, or names one actor with it."""

    id: str
    kind: str
    other: str
    workspace: str
    url: str


class RecordOut(Schema):
    """A record as the asker may see it; `fields` holds the values of each field that is said."""

    id: str
    type: str
    status: str
    title: str
    url: str
    mark: MarkOut
    created_at: datetime
    updated_at: datetime
    fields: dict[str, list[ValueOut]]
    media: list[MediumOut]
    ties: list[RecordTieOut]


class RecordPage(Schema):
    """One page of a list of records."""

    total: int
    page: int
    pages: int
    items: list[RecordOut]


class TypeOut(Schema):
    """A type of records and how many of them the asker sees."""

    id: str
    title: dict[str, str]
    plural: dict[str, str]
    records: int


class WorkspaceOut(Schema):
    """A workspace with its types."""

    slug: str
    title: dict[str, str]
    url: str
    mark: MarkOut
    blueprint_version: int
    role: str | None = Described(description="The asker's own role here; null for none.")
    types: list[TypeOut]


class BlueprintOut(Schema):
    """The blueprint of a workspace: its text (YAML) and, by type, the JSON Schema of a record's values."""

    id: str
    version: int
    text: str
    schemas: dict[str, DictStrAny]


class Filters(Schema):
    """The filters of lists. Any facet of the type is a filter too: `<field>=<value>`, repeated for either."""

    q: str = Described("", description="Words in the title.")
    from_: str = Described("", alias="from", description="Not before: 2011, 2011-03 or 2011-03-05.")
    to: str = Described("", description="Not after.")
    year: list[int] = Described([], description="Years in which it began.")
    without: list[str] = Described([], description="Facets of which it has no value.")
    bbox: str = Described("", description="west,south,east,north in degrees.")
    status: list[str] = Described([], description="accepted, proposed, rejected; left out: the first two.")
    sort: str = Described("-date", description="date, title or updated_at; '-' before it turns it round.")
    page: int = Described(1, ge=1)
    size: int = Described(50, ge=1, le=MOST)


class MarkIn(Schema):
    """Who may see; the owner is the asker's own organisation."""

    level: str
    audience: list[str] = []


class RecordIn(Schema):
    """Values by field id, in the machine form of the type's JSON Schema; a list for a field with several values."""

    values: dict[str, Any]
    mark: MarkIn | None = None


class ClaimIn(Schema):
    """A value to claim, by hand, resting on a passage where one is given (`start`, `end` in its text)."""

    field: str
    value: Any
    passage: str | None = None
    start: int | None = Described(None, ge=0)
    end: int | None = Described(None, ge=1)
    mark: MarkIn | None = None


class ClaimsIn(Schema):
    """Claims to add in one act."""

    claims: list[ClaimIn] = Described(min_length=1, max_length=500)


class StatusIn(Schema):
    """The status that a record is to have."""

    status: str = Described(description="accepted, rejected or proposed")


@router.get("workspaces", response={200: list[WorkspaceOut], **REFUSALS}, summary="List the workspaces")
def list_workspaces(request: SignedInRequest) -> Any:
    """List the workspaces that the asker may know of."""
    return [_workspace(one, request.viewer) for one in workspaces(request.viewer)]


@router.get("workspaces/{slug}", response={200: WorkspaceOut, **REFUSALS}, summary="Get a workspace")
def show_workspace(request: SignedInRequest, slug: str) -> Any:
    """Get one workspace with its types."""
    return _workspace(get_workspace(slug, request.viewer), request.viewer)


def _workspace(one: Workspace, viewer: Viewer) -> dict[str, Any]:
    counts, blueprint = queries.counts_by_type(viewer, one), blueprint_of(one)
    return {
        "slug": one.slug, "title": one.title, "url": reverse("records:workspace-show", args=[one.slug]),
        "mark": mark_of_class(one.mark_class_id).as_json(), "blueprint_version": one.blueprint_version,
        "role": viewer.roles.get(one.slug),
        "types": [
            {"id": each.id, "title": dict(each.title), "plural": dict(each.plural), "records": counts[each.id]}
            for each in blueprint.types.values()
        ],
    }  # fmt: skip


@router.get("workspaces/{slug}/blueprint", response={200: BlueprintOut, **REFUSALS}, summary="Get the blueprint")
def show_blueprint(request: SignedInRequest, slug: str) -> Any:
    """Get the blueprint that declares a workspace, and the JSON Schema of each type's values."""
    found = get_workspace(slug, request.viewer)
    blueprint = blueprint_of(found)
    schemas = {one.id: json_schema(one, blueprint) for one in blueprint.types.values()}
    return {"id": blueprint.id, "version": blueprint.version, "text": found.blueprint.text, "schemas": schemas}


@router.get("workspaces/{slug}/types/{type_id}/records", response={200: RecordPage, **REFUSALS}, summary="List records")
def list_records(request: SignedInRequest, slug: str, type_id: str, filters: Query[Filters]) -> Any:
    """List the records of a type within filters, a page at a time, as the page of the list does."""
    found = get_workspace(slug, request.viewer)
    record_type = queries.type_of(found, type_id)
    asked = read_address(request.GET, record_type, blueprint_of(found))
    asked.refuse_errors()
    page = queries.page_of(
        request.viewer, found, type_id, asked.chosen, sort=filters.sort, number=filters.page, size=filters.size
    )
    items = records_as_data(page.entries, request.viewer, base=_base(request))
    return {"total": page.total, "page": page.number, "pages": page.pages, "items": [data for _shown, data in items]}


@router.post(
    "workspaces/{slug}/types/{type_id}/records", response={201: RecordOut, **REFUSALS}, auth=django_auth,
    summary="Make a record",
)  # fmt: skip
def create_record(request: SignedInRequest, slug: str, type_id: str, body: RecordIn) -> Any:
    """Make a record of values that the asker claims; it counts at once."""
    found = get_workspace(slug, request.viewer)
    record_type = queries.type_of(found, type_id)
    claims = []
    for name, value in body.values.items():
        several = name in record_type.fields and record_type.fields[name].many and isinstance(value, list)
        claims += [NewClaim(name, one) for one in (value if several else [value])]
    if not claims:
        raise InvalidInput("record.empty", "A record needs one value at least. Give it in `values`.")
    mark = _mark(body.mark, request.viewer)
    return Status(201, _one(actions.enter_record(found, type_id, claims, mark=mark, by=request.viewer), request))


@router.get("records/{record}", response={200: RecordOut, **REFUSALS}, summary="Get a record")
def show_record(request: SignedInRequest, record: str) -> Any:
    """Get one record with its values, their claims, sources and marks."""
    return _one(library.get_entry(record, request.viewer, "record"), request)


@router.post("records/{record}/claims", response={201: RecordOut, **REFUSALS}, auth=django_auth, summary="Add claims")
def add_claims(request: SignedInRequest, record: str, body: ClaimsIn) -> Any:
    """Add values that the asker claims about a record."""
    entry = library.get_entry(record, request.viewer, "record")
    claims = _new_claims(body.claims, entry, request.viewer)
    return Status(201, _one(actions.edit_record(entry, claims, [], by=request.viewer), request))


@router.post("records/{record}/status", response={200: RecordOut, **REFUSALS}, auth=django_auth, summary="Decide")
def set_status(request: SignedInRequest, record: str, body: StatusIn) -> Any:
    """Accept or reject a record, or put it back to be reviewed; accepting it accepts what is proposed in it."""
    entry = library.get_entry(record, request.viewer, "record")
    return _one(library_actions.set_status(entry, body.status, by=request.viewer), request)


def _one(entry: Any, request: SignedInRequest) -> dict[str, Any]:
    fresh = library.get_entry(entry.public_id, request.viewer, "record")
    return records_as_data([fresh], request.viewer, base=_base(request))[0][1]


def _base(request: SignedInRequest) -> str:
    return request.build_absolute_uri("/").rstrip("/")


def _mark(given: MarkIn | None, viewer: Viewer) -> Any:
    return library_actions.own_mark(given.level, given.audience, viewer) if given else None


def _new_claims(given: Sequence[ClaimIn], entry: Any, viewer: Viewer) -> list[NewClaim]:
    """Make claims of what was sent; a passage must be one that the viewer may read, of the same workspace."""
    ids = [one.passage for one in given if one.passage]
    passages, keys = library.passages_by_id(ids, viewer), library.passage_keys(ids)
    works = library.entries_with({one.work for one in passages.values()}, viewer)
    claims = []
    for one in given:
        passage = passages.get(one.passage) if one.passage else None
        if one.passage and (passage is None or works[passage.work].workspace_id != entry.workspace_id):
            raise NotFound("passage.unknown", "There is nothing here under {id}. Check the address.", id=one.passage)
        _check_span(one, len(passage.text) if passage else 0)
        key = keys[passage.id] if passage else None
        claims.append(NewClaim(one.field, one.value, key, one.start, one.end, mark=_mark(one.mark, viewer)))
    return claims


def _check_span(one: ClaimIn, length: int) -> None:
    if one.start is None and one.end is None:
        return
    if one.start is None or one.end is None or not one.start < one.end <= length:
        raise InvalidInput("claim.span", "{start} to {end} is no stretch of the passage's {length} characters.",
                           start=one.start, end=one.end, length=length)  # fmt: skip
