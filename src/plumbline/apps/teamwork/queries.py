"""Reads of tasks and comments. A viewer needs a role in the workspace, and must see the entry and the comment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count, F, QuerySet

from plumbline.apps.accounts.queries import members
from plumbline.apps.library.queries import members_of, words_withheld
from plumbline.apps.spine.clock import today
from plumbline.apps.spine.queries import mark_of_class, visible_to
from plumbline.apps.teamwork.models import Comment, Mention, Task
from plumbline.domain.access import Mark, Viewer, decide
from plumbline.domain.errors import NotFound
from plumbline.domain.evidence import mask_words
from plumbline.domain.teamwork import OPEN

if TYPE_CHECKING:
    from plumbline.apps.library.models import Entry
    from plumbline.apps.spine.models import Workspace

ROLE = "contributor"
"""The role from which on a person takes part in the work of a team."""


def spaces_with(viewer: Viewer, role: str = ROLE) -> list[str]:
    """Give the workspaces (slugs) in which the viewer has a role or a higher one."""
    return [slug for slug in viewer.roles if viewer.has_role(slug, role)]


def tasks(viewer: Viewer, workspace: Workspace | None = None, *, role: str = ROLE) -> QuerySet[Task]:
    """The tasks of the workspaces that the viewer works in, those due first before the rest."""
    rows = visible_to(Task.objects.all(), viewer, "entry__mark_class_id").select_related(
        "entry__workspace", "entry__work"
    )
    rows = rows.filter(entry__workspace__slug__in=spaces_with(viewer, role)).exclude(entry__status="merged")
    rows = rows.filter(entry__workspace=workspace) if workspace else rows
    return rows.order_by(F("due").asc(nulls_last=True), "-changed_at", "entry_id")


def tasks_for(viewer: Viewer) -> QuerySet[Task]:
    """The open tasks that are the viewer's own."""
    return tasks(viewer).filter(assignee=viewer.person or "nobody", state__in=OPEN)


def tasks_to_check(viewer: Viewer) -> QuerySet[Task]:
    """Tasks in review that the viewer may call done: their own, those of nobody, not those handed to another."""
    return tasks(viewer, role="reviewer").filter(state="review", assignee__in=("", viewer.person or ""))


def task_of(entry: Entry, viewer: Viewer) -> Task | None:
    """Find the task on an entry (that came from a read with the viewer)."""
    return tasks(viewer).filter(entry=entry).first()


@dataclass(frozen=True)
class ShownComment:
    """A comment as one viewer may read it: what is withheld of its entry from the viewer is withheld in it too."""

    id: str
    text: str
    by: str
    at: Any
    mark: Mark
    is_withdrawn: bool
    mentions: tuple[str, ...]
    merged: str = ""
    """The id of the record that it was said of, where that was merged into the one at hand."""


def comments_of(entry: Entry, viewer: Viewer) -> list[ShownComment]:
    """The comments on an entry, and on records that live on in it, that the viewer may read, oldest first.

    Those on a merged record are for who may see that record as well.
    """
    if not viewer.has_role(entry.workspace.slug, ROLE):
        return []
    members = members_of([entry.pk], viewer)
    rows = visible_to(Comment.objects.filter(entry__in=[entry.pk, *members]), viewer).prefetch_related("mentions")
    quotes = set().union(*(words_withheld(one, viewer) for one in (entry, *members.values())))
    return [
        ShownComment(
            row.public_id, mask_words(row.text, quotes), row.by, row.at, mark_of_class(row.mark_class_id),
            row.withdrawn_at is not None, tuple(one.person for one in row.mentions.all()),
            members[row.entry_id].public_id if row.entry_id in members else "",
        )
        for row in rows.order_by("id")
    ]  # fmt: skip


def get_comment(public_id: str, viewer: Viewer) -> Comment:
    """Get one comment by its id; NotFound alike for none and for one not to be read."""
    rows = visible_to(visible_to(Comment.objects.filter(public_id=public_id), viewer), viewer, "entry__mark_class_id")
    found = rows.filter(entry__workspace__slug__in=spaces_with(viewer)).select_related("entry__workspace").first()
    if found is None:
        raise NotFound("comment.unknown", "There is nothing here under {id}. Check the address.", id=public_id)
    return found


def visible_comments(ids: Iterable[str], viewer: Viewer) -> set[str]:
    """Of the ids of comments, those that the viewer may read."""
    rows = visible_to(Comment.objects.filter(public_id__in=list(ids)), viewer)
    rows = visible_to(rows, viewer, "entry__mark_class_id").filter(entry__workspace__slug__in=spaces_with(viewer))
    return set(rows.values_list("public_id", flat=True))


def comment_counts(entries: Iterable[int], viewer: Viewer) -> dict[int, int]:
    """How many comments that the viewer may read stand on entries (keys that came from a read with the viewer).

    Those on records that live on in an entry count with it.
    """
    keys = list(entries)
    members = members_of(keys, viewer)
    rows = visible_to(Comment.objects.filter(entry__in=[*keys, *members], withdrawn_at=None), viewer)
    found: dict[int, int] = defaultdict(int)
    for key, count in rows.order_by().values_list("entry_id").annotate(n=Count("pk")):
        found[(members[key].lives_on_in or key) if key in members else key] += count
    return dict(found)


def mentions_of(viewer: Viewer) -> list[Mention]:
    """The mentions of the viewer that they have not taken note of, newest first, where they may still read them."""
    rows = Mention.objects.filter(person=viewer.person or "nobody", noted_at=None, comment__withdrawn_at=None)
    rows = visible_to(visible_to(rows, viewer, "comment__mark_class_id"), viewer, "comment__entry__mark_class_id")
    rows = rows.filter(comment__entry__workspace__slug__in=spaces_with(viewer))
    return list(rows.select_related("comment__entry__workspace", "comment__entry__work").order_by("-id"))


def colleagues(workspace: Workspace, viewer: Viewer, marks: Iterable[Mark] = ()) -> Mapping[str, str]:
    """Who works in a workspace and may read all that carries `marks`: principal -> name, by name."""
    if not viewer.has_role(workspace.slug, ROLE):
        return {}
    needed, day = list(marks), today()
    found = [one for one in members(workspace, viewer) if one.has_role(workspace.slug, ROLE)]
    return {
        one.person or "": one.name for one in found if all(decide(one, "read", mark, day).allowed for mark in needed)
    }
