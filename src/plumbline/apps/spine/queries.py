"""Reads of the spine. `visible_to` is how every other read begins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TypeVar

from django.db import connection
from django.db.models import Model, QuerySet

from plumbline.apps.spine.acts import GENESIS, digest_of
from plumbline.apps.spine.clock import today
from plumbline.apps.spine.lookups import Keys
from plumbline.apps.spine.models import (
    AuditEntry,
    AuditRef,
    BlueprintText,
    Installation,
    Job,
    MarkClass,
    OutboxEvent,
    Workspace,
)
from plumbline.apps.spine.rows import find_row, newest_values, values_of
from plumbline.domain.access import Mark, Viewer, decide
from plumbline.domain.blueprints import Blueprint, parse
from plumbline.domain.errors import NotFound

M = TypeVar("M", bound=Model)


def visible_classes(viewer: Viewer) -> tuple[int, ...]:
    """Give the ids of the mark classes that `decide` lets the viewer read, in order; one small query.

    Worked out once per set of principals, newest class and day: classes are only ever added and never change.
    """
    known = _known_marks(fresh=True)
    return _classes_for(viewer.principals, known.state, today())


def classes_open_to(mark: Mark, viewer: Viewer | None = None) -> frozenset[int]:
    """Give the mark classes that everyone may read who may read `mark`; those that the viewer may read, where one is given."""
    marks = _known_marks(fresh=True).marks
    keys = visible_classes(viewer) if viewer else marks
    return frozenset(key for key in keys if marks[key].opens_as_wide_as(mark))


def index_principals(class_id: int) -> tuple[str, ...]:
    """Give the principals by which the search index lets readers in: for a class with dates a principal of its own."""
    mark = mark_of_class(class_id)
    return (f"class:{class_id}",) if mark.is_dated else tuple(sorted(mark.principals))


def search_principals(viewer: Viewer) -> frozenset[str]:
    """Give the principals that a viewer brings to the search index today."""
    marks = _known_marks(fresh=True).marks
    return viewer.principals | {f"class:{key}" for key in visible_classes(viewer) if marks[key].is_dated}


@dataclass(frozen=True)
class _Known:
    """All marks by class, as they stood with a newest class: database, key, digest.

    A key alone would not do: after a rollback it may come back with another mark.
    """

    state: tuple[str, int, str]
    marks: Mapping[int, Mark]


_known = _Known(("", 0, ""), {})


def _known_marks(*, fresh: bool) -> _Known:
    """Give the marks of all classes; `fresh` asks first whether there is a newer class. One query, two after a change."""
    global _known
    database = str(connection.settings_dict["NAME"])
    if not fresh and _known.state[0] == database:
        return _known
    newest = newest_values(MarkClass, "id", "digest") or (0, "")
    state = (database, *newest)
    if _known.state != state:
        rows = MarkClass.objects.filter(id__lte=newest[0]).only("id", "level", "owner", "audience", "embargo", "expiry")
        _known = _Known(state, {row.id: row.mark for row in rows.order_by("id").iterator()})
    return _known


@lru_cache(maxsize=256)
def _classes_for(principals: frozenset[str], state: tuple[str, int, str], day: date) -> tuple[int, ...]:
    viewer, known = Viewer(None, principals), _known
    if known.state != state:  # another thread has seen a newer class meanwhile: that list is right too
        known = _known_marks(fresh=True)
    return tuple(key for key, mark in known.marks.items() if decide(viewer, "read", mark, day).allowed)


def visible_to(rows: QuerySet[M], viewer: Viewer, field: str = "mark_class_id") -> QuerySet[M]:
    """Keep the rows whose mark the viewer may read; `field` names the column that holds the mark class."""
    return rows.filter(**{f"{field}__among": visible_keys(viewer)})


def visible_keys(viewer: Viewer) -> Keys:
    """Give the mark classes that the viewer may read as a query takes them, for `among`."""
    return _keys_of(visible_classes(viewer))


@lru_cache(maxsize=256)
def _keys_of(classes: tuple[int, ...]) -> Keys:
    return Keys(classes)


def mark_of_class(class_id: int) -> Mark:
    """Give the mark of a mark class, which never changes."""
    known = _known_marks(fresh=False).marks
    if class_id not in known:
        known = _known_marks(fresh=True).marks
    return known[class_id] if class_id in known else MarkClass.objects.get(id=class_id).mark


def clear_caches() -> None:
    """Forget what was worked out (another database took this one's place, in tests)."""
    global _known
    _known = _Known(("", 0, ""), {})
    _classes_for.cache_clear()
    _keys_of.cache_clear()
    _parsed.cache_clear()


def installation() -> Installation | None:
    """Find whose installation this is."""
    return Installation.objects.first()


def workspaces(viewer: Viewer) -> QuerySet[Workspace]:
    """The workspaces that the viewer may know of, by title."""
    return visible_to(Workspace.objects.order_by("slug"), viewer)


def slugs_of_workspaces(viewer: Viewer) -> list[str]:
    """Name the workspaces that the viewer may know of, as `workspaces` does, for what every job asks."""
    classes = visible_classes(viewer)
    return [slug for slug, mark_class in values_of(Workspace, "slug", "mark_class_id") if mark_class in classes]


def get_workspace(slug: str, viewer: Viewer) -> Workspace:
    """Get one workspace; raises NotFound alike for none and for one that the viewer may not know of."""
    found = workspaces(viewer).filter(slug=slug).first()
    if found is None:
        raise NotFound("workspace.unknown", "There is no workspace {slug} here.", slug=slug)
    return found


def workspace_at_hand(key: int) -> Workspace:
    """Get the workspace of a row at hand, by key, whoever asks; shown to nobody as such."""
    found = find_row(Workspace, id=key)
    if found is None:
        raise Workspace.DoesNotExist(f"There is no workspace {key}.")
    return found


def knows_of(viewer: Viewer, workspace: Workspace) -> bool:
    """Tell whether the viewer may know of a workspace, of which they may see single entries all the same."""
    return workspace.mark_class_id in visible_classes(viewer)


def blueprint_of(workspace: Workspace) -> Blueprint:
    """Give the blueprint that a workspace was last applied from."""
    return _parsed(workspace.blueprint_id, workspace.slug)


@lru_cache(maxsize=64)
def _parsed(digest: str, name: str) -> Blueprint:
    return parse(BlueprintText.objects.get(pk=digest).text, name=name)


def history_of(ref: str) -> QuerySet[AuditEntry]:
    """The acts on one thing ("record:id"), newest first; whoever asks must be able to see the thing."""
    return AuditEntry.objects.filter(id__in=AuditRef.objects.filter(ref=ref).values("entry_id")).order_by("-id")


def audit_log() -> QuerySet[AuditEntry]:
    """All acts, newest first, for administrators."""
    return AuditEntry.objects.order_by("-id")


def broken_links() -> Iterator[int]:
    """Walk the chain of acts and give the ids of rows whose hash or link does not hold."""
    previous = GENESIS
    for entry in AuditEntry.objects.order_by("id").iterator():
        if entry.previous != previous or digest_of(entry) != entry.hash:
            yield entry.id
        previous = entry.hash


def jobs(batch: str | None = None) -> QuerySet[Job]:
    """Jobs, oldest first; those of one batch where it is given."""
    rows = Job.objects.order_by("id")
    return rows.filter(batch=batch) if batch else rows


def open_events(topic: str) -> QuerySet[OutboxEvent]:
    """Events that nobody has followed yet: urgent ones (a person waits) before the rest, oldest first."""
    return OutboxEvent.objects.filter(topic=topic, done_at=None).order_by("-urgent", "id")


def newest_event() -> int:
    """Give the key of the newest event of any topic; 0 where there is none."""
    return OutboxEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def events_between(topic: str, after: int, until: int) -> QuerySet[OutboxEvent]:
    """The events of a topic, followed or not, with keys beyond one and up to another, in order."""
    return OutboxEvent.objects.filter(topic=topic, pk__gt=after, pk__lte=until).order_by("pk")
