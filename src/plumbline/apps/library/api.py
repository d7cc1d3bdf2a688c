"""Works, passages and search over REST: the same reads and acts as the pages."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, BinaryIO, cast

from django.urls import reverse
from ninja import File, Form, Query, Router, Schema, Status
from ninja.files import UploadedFile
from ninja.security import django_auth
from pydantic import Field as Described

from plumbline.apps.accounts.middleware import SignedInRequest
from plumbline.apps.library import queries
from plumbline.apps.library.copies import Gathered, gather
from plumbline.apps.library.intake import take_in
from plumbline.apps.library.models import Entry
from plumbline.apps.library.presenting import citation, medium_as_data, said, version_as_data
from plumbline.apps.library.queries import ShownPassage
from plumbline.apps.library.searching import FACETS, Asked
from plumbline.apps.library.versions import versions
from plumbline.apps.spine.answers import REFUSALS, MarkOut, MediumOut
from plumbline.apps.spine.queries import get_workspace, knows_of, mark_of_class
from plumbline.domain.errors import InvalidInput

router = Router(tags=["library"])
MOST = 200


class WorkOut(Schema):
    """A work: what is known about it and how its reading went (reading, read, failed)."""

    id: str
    workspace: str
    title: str
    type: str
    status: str
    date: date | None
    language: str
    publisher: str
    author: str
    licence: str
    reliability: str
    credibility: str
    media_type: str
    name: str
    state: str
    problem: str
    warnings: list[str]
    passages: int
    created_at: datetime
    url: str
    mark: MarkOut


class VersionOut(Schema):
    """Another version of a work (near, version) or its translation: open, confirmed or rejected, and why it was proposed.

    Of `reasons`, shares count from the older link's side: `first_within` is the share of `works[0]` that stands in `works[1]`.
    """

    id: str
    works: list[str]
    other: str
    title: str
    language: str
    kind: str
    state: str
    score: float | None
    likely: bool
    reasons: dict[str, float]
    newer: str
    by_hand: bool
    decided_at: datetime | None
    url: str


class WorkPage(Schema):
    """One page of a list of works."""

    total: int
    page: int
    pages: int
    items: list[WorkOut]


class PassageOut(Schema):
    """A passage as the asker may read it; a withheld stretch is masked in `text` and listed in `withheld`."""

    id: str
    work: str
    work_title: str
    ordinal: int
    kind: str
    label: str
    page: int | None
    heading_path: list[str]
    text: str
    start: int
    language: str
    withheld: list[tuple[int, int]]
    citation: str
    url: str
    mark: MarkOut


class HitOut(Schema):
    """A passage found: its rank, the stretches of its text that matched."""

    rank: int
    highlights: list[tuple[int, int]]
    workspace: str
    date: str | None
    copies: list[str] = Described([], description="Passages that say the same in other versions of the work.")
    passage: PassageOut


class FoundOut(Schema):
    """What a search gave: how many passages the asker may see, each counted once, some of them, counts by facet.

    A facet counts what is found when its value is chosen. `passages` counts copies in other versions of a work too.
    """

    total: int
    passages: int
    hits: list[HitOut]
    facets: dict[str, list[tuple[str, int]]]


class WorkFilters(Schema):
    """The filters of the list of works."""

    workspace: str = ""
    q: str = Described("", description="Words in the title.")
    state: str = Described("", description="reading, read or failed")
    page: int = Described(1, ge=1)
    size: int = Described(50, ge=1, le=MOST)


class Question(Schema):
    """A search of passages: words, "phrases", prefix*, AND OR NOT, field:value; each facet may be repeated."""

    q: str
    workspace: str = Described("", description="Look in this workspace alone; left out: in all.")
    language: list[str] = []
    type: list[str] = []
    year: list[str] = []
    publisher: list[str] = []
    format: list[str] = []
    from_: date | None = Described(None, alias="from")
    to: date | None = None
    sort: str = Described("rank", description="rank, date or arrived")

    def asked(self) -> Asked:
        """Give it as search takes it."""
        filters = {name: tuple(found) for name in FACETS if name != "workspace" and (found := getattr(self, name))}
        return Asked(self.q.strip(), filters, self.from_, self.to, self.sort)


class Paging(Schema):
    """Which of the passages found."""

    offset: int = Described(0, ge=0, le=10_000)
    limit: int = Described(20, ge=1, le=MOST)


class AboutWork(Schema):
    """What is known of a file that is sent; what is left out is found by reading."""

    workspace: str
    title: str = ""
    date: str = ""
    language: str = ""
    publisher: str = ""
    author: str = ""
    licence: str = ""


@router.get("works", response={200: WorkPage, **REFUSALS}, summary="List works")
def list_works(request: SignedInRequest, filters: Query[WorkFilters]) -> Any:
    """List the works that the asker may see, newest first."""
    workspace = get_workspace(filters.workspace, request.viewer) if filters.workspace else None
    rows = queries.works(request.viewer, workspace)
    rows = rows.filter(work__state=filters.state) if filters.state else rows
    rows = rows.filter(title__icontains=filters.q) if filters.q else rows
    total, first = rows.count(), (filters.page - 1) * filters.size
    items = [_work(one, request) for one in rows[first : first + filters.size]]
    return {"total": total, "page": filters.page, "pages": max(1, -(-total // filters.size)), "items": items}


@router.post("works", response={201: WorkOut, **REFUSALS}, auth=django_auth, summary="Add a work")
def add_work(request: SignedInRequest, about: Form[AboutWork], file: File[UploadedFile]) -> Any:
    """Take a file in (multipart): it is kept at once and read by the worker; `state` tells how far it is."""
    workspace = get_workspace(about.workspace, request.viewer)
    given = {name: value for name, value in about.dict().items() if value and name != "workspace"}
    taken = take_in(cast(BinaryIO, file.file), file.name or "file", workspace, by=request.viewer, about=given)
    return Status(201, _work(queries.get_entry(taken.work.public_id, request.viewer, Entry.WORK), request))


@router.get("works/{work}", response={200: WorkOut, **REFUSALS}, summary="Get a work")
def show_work(request: SignedInRequest, work: str) -> Any:
    """Get what is known about one work."""
    return _work(queries.get_entry(work, request.viewer, Entry.WORK), request)


@router.get("works/{work}/passages", response={200: list[PassageOut], **REFUSALS}, summary="List passages")
def list_passages(request: SignedInRequest, work: str, first: int = 0, count: int = 100) -> Any:
    """List passages of a work in order, from ordinal `first`, at most 200."""
    if first < 0 or not 1 <= count <= MOST:
        raise InvalidInput("passages.count", "Ask for 1 to {most} passages, from ordinal 0 on.", most=MOST)
    entry = queries.get_entry(work, request.viewer, Entry.WORK)
    return [_passage(one, entry, request) for one in queries.passages(entry, request.viewer, first, count)]


@router.get("works/{work}/versions", response={200: list[VersionOut], **REFUSALS}, summary="List versions")
def list_versions(request: SignedInRequest, work: str) -> Any:
    """List other versions and translations of a work, of which the asker may see both sides."""
    entry = queries.get_entry(work, request.viewer, Entry.WORK)
    base = request.build_absolute_uri("/").rstrip("/")
    return [version_as_data(one, entry, base) for one in versions(request.viewer, work=entry)]


@router.get("passages/{passage}", response={200: PassageOut, **REFUSALS}, summary="Get a passage")
def show_passage(request: SignedInRequest, passage: str) -> Any:
    """Get one passage with its ready citation."""
    found = queries.get_passage(passage, request.viewer)
    return _passage(found, queries.get_entry(found.work, request.viewer, Entry.WORK), request)


@router.get("entries/{entry}/media", response={200: list[MediumOut], **REFUSALS}, summary="List media")
def list_media(request: SignedInRequest, entry: str) -> Any:
    """List the pictures, sounds and videos on a work or record that the asker may see, oldest first."""
    found = queries.get_entry(entry, request.viewer)
    base = request.build_absolute_uri("/").rstrip("/")
    return [medium_as_data(one, base) for one in queries.media_of(found, request.viewer)]


@router.get("search", response={200: FoundOut, **REFUSALS}, summary="Search passages")
def search(request: SignedInRequest, question: Query[Question], wanted: Query[Paging]) -> Any:
    """Search the passages that the asker may see."""
    if question.workspace:
        get_workspace(question.workspace, request.viewer)
    spaces = (question.workspace,) if question.workspace else ()
    found = gather(question.asked(), request.viewer, spaces, offset=wanted.offset, limit=wanted.limit)
    return found_as_data(found, request)


def found_as_data(gathered: Gathered, request: SignedInRequest) -> dict[str, Any]:
    """Give what a search found as `FoundOut` shows it."""
    found = gathered.found
    works = queries.entries_with({hit.passage.work for hit in found.hits}, request.viewer, with_work=True)
    hits = [
        {"rank": hit.rank, "highlights": hit.highlights, "workspace": hit.workspace, "date": hit.date, "copies": [one.passage.id for one in gathered.copies.get(hit.passage.id, ())],
         "passage": _passage(hit.passage, works[hit.passage.work], request)}
        for hit in found.hits if hit.passage.work in works
    ]  # fmt: skip
    return {
        "total": found.total,
        "passages": gathered.passages,
        "hits": hits,
        "facets": {name: list(rows) for name, rows in found.facets.items()},
    }


def _work(entry: Entry, request: SignedInRequest) -> dict[str, Any]:
    work = entry.work
    return {
        "id": entry.public_id, "workspace": entry.workspace.slug if knows_of(request.viewer, entry.workspace) else "", "title": entry.title, "type": entry.type,
        "status": entry.status, "date": entry.date, "language": work.language, "publisher": work.publisher,
        "author": work.author, "licence": work.licence, "reliability": work.reliability, "credibility": work.credibility,
        "media_type": work.media_type, "name": work.name, "state": work.state, "problem": said(work.problem),
        "warnings": [said(one) for one in work.warnings], "passages": work.passage_count, "created_at": entry.created_at,
        "url": request.build_absolute_uri(reverse("library:work-show", args=[entry.public_id])),
        "mark": mark_of_class(entry.mark_class_id).as_json(),
    }  # fmt: skip


def _passage(one: ShownPassage, work: Entry, request: SignedInRequest) -> dict[str, Any]:
    published = work.date.isoformat() if work.date else ""
    return {
        "id": one.id, "work": one.work, "work_title": one.work_title, "ordinal": one.ordinal, "kind": one.kind,
        "label": one.label, "page": one.page, "heading_path": list(one.heading_path), "text": one.text,
        "start": one.start, "language": one.language, "withheld": [(span.start, span.end) for span in one.withheld],
        "citation": citation(one, work.work.publisher, published),
        "url": request.build_absolute_uri(reverse("library:passage-show", args=[one.id])), "mark": one.mark.as_json(),
    }  # fmt: skip
