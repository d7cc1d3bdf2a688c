"""Keeps the search index equal to the passages, and opens it; part of what searching and the worker stand on."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import TextField
from django.db.models.functions import Cast

from plumbline.apps.library.models import Entry, Mask, Passage, Work
from plumbline.apps.library.queries import withheld_words
from plumbline.apps.spine.actions import close_events
from plumbline.apps.spine.queries import index_principals, mark_of_class, open_events
from plumbline.domain.evidence import Span, mask, mask_words
from plumbline.engines.search import discard_index, open_engine
from plumbline.engines.search.base import IndexedPassage, IndexOutdated, SearchEngine, WriterBusy


def works_being_tightened() -> tuple[str, ...]:
    """Give the ids of works that fewer may read, in whole or part, than the index knows yet."""
    events = open_events("index.work").filter(payload__tightens=True)
    works = {event.payload["work"] for event in events}
    return (
        tuple(Entry.objects.filter(pk__in=works).order_by("public_id").values_list("public_id", flat=True))
        if works
        else ()
    )


def index_folder() -> Path:
    """Give the folder of the search index."""
    return Path(settings.DATA) / "index"


def indexed_passages(works: list[int]) -> Iterator[IndexedPassage]:
    """Give the passages of works as the index holds them, for every viewer at once.

    A passage with withheld stretches of one mark class stands there twice: masked for those who may not see the
    class, whole for those who may. With several classes on one passage only the masked text is indexed, so that its
    hidden words are found by nobody rather than by somebody who should not. Headings above passages hold no withheld
    words at all.
    """
    standing = Work.objects.filter(pk__in=works, state=Work.READ).select_related("entry__workspace")
    by_key = standing.exclude(entry__status__in=(Entry.WITHDRAWN, Entry.REJECTED)).in_bulk()
    alike = {key: _Shared.of(work) for key, work in by_key.items()}
    readers: dict[int, tuple[str, ...]] = {}
    masks: dict[int, list[Mask]] = {}
    all_masks = Mask.objects.filter(passage__work_id__in=works)
    for one in all_masks:
        masks.setdefault(one.passage_id, []).append(one)
    words: dict[int, set[str]] = {}
    for _, work, _, _, quote in withheld_words(all_masks):
        words.setdefault(work, set()).add(quote)
    rows = Passage.objects.filter(work_id__in=by_key).annotate(headings=Cast("heading_path", TextField()))
    rows = rows.order_by("work_id", "ordinal").values_list(*_Row._fields)
    as_row: Callable[[Any], _Row] = _Row._make
    for row in map(as_row, rows.iterator(chunk_size=2000)):
        quotes = words.get(row.work_id)
        heading = _joined(row.headings, frozenset(quotes) if quotes else None)
        own = readers.get(row.mark_class_id)
        if own is None:
            own = readers[row.mark_class_id] = index_principals(row.mark_class_id)
        if row.pk in masks:
            yield from _variants(row, heading, alike[row.work_id], masks[row.pk], own)
        else:
            yield _indexed(row, heading, alike[row.work_id], row.public_id, row.text, own)


@lru_cache(maxsize=256)
def _joined(headings: str, withheld: frozenset[str] | None) -> str:
    """Write the headings above a passage (a JSON list, which many in a row share) as one line without withheld words."""
    path = json.loads(headings)
    return " / ".join(mask_words(one, withheld, filler=" ") for one in path) if withheld else " / ".join(path)


class _Row(NamedTuple):
    """What the index needs of a passage's row."""

    pk: int
    public_id: str
    work_id: int
    mark_class_id: int
    ordinal: int
    page: int | None
    headings: str
    text: str
    language: str
    arrived_at: datetime | None


@dataclass(frozen=True)
class _Shared:
    """What all passages of a work have in common in the index."""

    work: str
    workspace: str
    type: str
    title: str
    language: str
    date: str | None
    facets: dict[str, tuple[str, ...]]
    arrived: datetime

    @classmethod
    def of(cls, work: Work) -> _Shared:
        """Gather it."""
        entry = work.entry
        return cls(
            entry.public_id, entry.workspace.slug, entry.type, entry.title, work.language,
            entry.date.isoformat() if entry.date else None, {name: (value,) for name, value in facets_of(work).items()},
            work.read_at or entry.created_at,
        )  # fmt: skip


def facets_of(work: Work) -> dict[str, str]:
    """Give what the passages of a work are counted by, beside what the index counts by itself."""
    found = {"publisher": work.publisher, "format": work.media_type, "reliability": work.reliability}
    return {name: value for name, value in found.items() if value}


def _variants(
    row: _Row, heading: str, alike: _Shared, masks: list[Mask], own: tuple[str, ...]
) -> Iterator[IndexedPassage]:
    classes = {one.mark_class_id for one in masks}
    hidden = mask(row.text, [Span(one.start, one.end) for one in masks], filler=" ")
    if len(classes) > 1:
        yield _indexed(row, heading, alike, row.public_id, hidden, own)
        return
    inner = classes.pop()
    if not mark_of_class(row.mark_class_id).opens_as_wide_as(
        mark_of_class(inner)
    ):  # who sees the words may not see the passage
        yield _indexed(row, heading, alike, row.public_id, hidden, own)
        return
    yield _indexed(row, heading, alike, row.public_id, hidden, own, index_principals(inner))
    yield _indexed(row, heading, alike, row.public_id + "+", row.text, index_principals(inner))


def _indexed(
    row: _Row, heading: str, alike: _Shared, key: str, text: str, principals: tuple[str, ...],
    hidden_from: tuple[str, ...] = (),
) -> IndexedPassage:  # fmt: skip
    return IndexedPassage(
        id=key, work=alike.work, workspace=alike.workspace, type=alike.type, text=text, title=alike.title,
        heading=heading, language=row.language or alike.language, ordinal=row.ordinal, page=row.page,
        principals=principals, hidden_from=hidden_from, facets=alike.facets,
        date=alike.date, arrived=milliseconds(row.arrived_at or alike.arrived),
    )  # fmt: skip


def milliseconds(moment: datetime) -> int:
    """Count the milliseconds since 1970 to a moment, as the index tells when a passage came."""
    return int(moment.timestamp() * 1000)


def followed_until() -> int | None:
    """Give a moment, in milliseconds, before which the index lacks nothing; None when nothing waits to be followed."""
    first = open_events("index.work").order_by("pk").values_list("created_at", flat=True).first()
    return milliseconds(first) - 1000 if first else None


def follow_index_events(engine: SearchEngine, most: int = 200) -> int:
    """Bring the index up to the passages for the next open events; returns how many events were followed.

    Urgent events (a person waits for them) come first. Events are noted as done only after the commit, so a kill in
    between does the same work once more and loses nothing.
    """
    events = list(open_events("index.work")[:most])
    if not events:
        return 0
    if events[0].urgent:
        events = [event for event in events if event.urgent]
    works = list(dict.fromkeys(event.payload["work"] for event in events))
    ids = Entry.objects.filter(pk__in=works).values_list("public_id", flat=True)
    engine.replace_works(ids, indexed_passages(works))
    engine.commit()
    close_events([event.pk for event in events])
    return len(events)


def open_index(*, read_only: bool = False) -> SearchEngine:
    """Open the search index; one that another version built is made anew from the passages."""
    try:
        return open_engine(index_folder(), read_only=read_only)
    except IndexOutdated:
        if read_only:
            raise
        rebuild_index()
        return open_engine(index_folder())


@lru_cache(maxsize=1)
def reading_index() -> SearchEngine:
    """Give this process's reader of the index."""
    return open_index(read_only=True)


def drain_index(*, wait_seconds: float = 60.0) -> bool:
    """Bring the index fully up to date, or wait until another process that is at it has done so."""
    until = time.monotonic() + wait_seconds
    while open_events("index.work").exists():
        try:
            engine = open_index()
            try:
                while follow_index_events(engine):
                    pass
            finally:
                engine.close()
        except WriterBusy:
            if time.monotonic() > until:
                return False
            time.sleep(0.1)
    return True


def rebuild_index() -> int:
    """Throw the index away and make it anew from the passages; returns the number of passages."""
    followed = list(open_events("index.work"))
    discard_index(index_folder())
    engine = open_engine(index_folder())
    count = engine.replace_works((), indexed_passages(list(Work.objects.values_list("pk", flat=True))))
    engine.commit()
    engine.close()
    close_events([event.pk for event in followed])
    return count
