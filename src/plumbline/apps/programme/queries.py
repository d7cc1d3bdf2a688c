"""Reads of the institute's own content: framework, register of activities, state of the product; what is new, what waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q

from plumbline.apps.library.newest import newest_works
from plumbline.apps.library.queries import ShownPassage, find_labelled_many, works
from plumbline.apps.records.queries import count_to_review, counts_by_type, open_candidates
from plumbline.apps.records.queries import newest as newest_of
from plumbline.apps.spine.queries import workspaces
from plumbline.domain.access import Viewer
from plumbline.domain.errors import NotFound
from plumbline.domain.results import (
    Activity,
    Framework,
    Systems,
    load_activities,
    load_framework,
    load_systems,
)

if TYPE_CHECKING:
    from plumbline.apps.spine.models import Workspace

REPORT_TITLE_WORDS = ("major activities", "board of trustees")
"""Words of the report's title by which its text is known when somebody adds it to a workspace."""


@cache
def framework() -> Framework:
    """The framework that ships, as data."""
    return load_framework(_content("framework.yaml"))


@cache
def activities() -> tuple[Activity, ...]:
    """The register of activities of the 2012 report, in the order of its paragraphs."""
    return tuple(load_activities(_content("activities-2012.yaml")))


@cache
def systems() -> Systems:
    """What the product must be, row by row, with its honest state."""
    return load_systems(_content("systems.yaml"))


def _content(name: str) -> str:
    return (resources.files("plumbline.apps.programme") / "content" / name).read_text(encoding="utf-8")


def get_activity(activity_id: str) -> Activity:
    """Get one activity of the register."""
    return _one([one for one in activities() if one.id == activity_id], activity_id)


def get_part(parts: Sequence[Any], part_id: str) -> Any:
    """Get the part of the framework (threat, priority, theme, tool) with an id."""
    return _one([one for one in parts if one.id == part_id], part_id)


def _one(found: Sequence[Any], wanted: str) -> Any:
    if not found:
        raise NotFound("programme.unknown", "There is nothing here under {id}. Check the address.", id=wanted)
    return found[0]


def report_paragraphs(viewer: Viewer, numbers: Sequence[int]) -> dict[int, ShownPassage]:
    """Find the passages of the 2012 report with these paragraph numbers, where somebody has added its text."""
    asked = Q()
    for words in REPORT_TITLE_WORDS:
        asked |= Q(title__icontains=words)
    reports = works(viewer).filter(asked | Q(work__name__icontains="board-report-2012"), status="accepted")
    for report in reports[:5]:
        found = find_labelled_many(report, [str(number) for number in numbers], viewer)
        if found:
            return {int(label): passage for label, passage in found.items()}
    return {}


@dataclass(frozen=True)
class Holding:
    """What one workspace holds and what waits in it, as far as the viewer may see."""

    workspace: Workspace
    records: int
    works: int
    to_review: int
    alike: int
    failed: int


def holdings(viewer: Viewer) -> list[Holding]:
    """Count, for each workspace that the viewer may know of, what it holds and what waits."""
    return [_holding(viewer, workspace) for workspace in workspaces(viewer)]


def _holding(viewer: Viewer, workspace: Workspace) -> Holding:
    held = works(viewer, workspace).order_by().aggregate(
        all=Count("pk", filter=~Q(status="withdrawn")), failed=Count("pk", filter=Q(work__state="failed"))
    )  # fmt: skip
    waits = viewer.has_role(workspace.slug, "reviewer")
    return Holding(
        workspace, sum(counts_by_type(viewer, workspace).values()), held["all"], count_to_review(viewer, workspace) if waits else 0,
        open_candidates(viewer, workspace).count() if waits else 0, held["failed"] if waits else 0,
    )  # fmt: skip


def newest(viewer: Viewer, count: int = 6) -> list[Any]:
    """The newest works that the viewer may see."""
    return newest_works(viewer, count=count)


def newest_records(viewer: Viewer, count: int = 4) -> list[Any]:
    """The newest records of all workspaces that the viewer may see, reviewed ones first."""
    found = [one for workspace in workspaces(viewer) for one in newest_of(viewer, workspace, count)]
    found.sort(key=lambda one: (one.status == "accepted", one.created_at, one.pk), reverse=True)
    return found[:count]
