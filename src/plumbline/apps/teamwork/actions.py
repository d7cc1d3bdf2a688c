"""Writes on tasks and comments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from django.utils import timezone

from plumbline.apps.library.actions import needs_role, own_mark, person_of, refuse_merged
from plumbline.apps.library.queries import members_of
from plumbline.apps.spine.actions import mark_class_for
from plumbline.apps.spine.acts import Done, action
from plumbline.apps.spine.ids import new_public_id
from plumbline.apps.spine.queries import mark_of_class
from plumbline.apps.teamwork.models import Comment, Mention, Task
from plumbline.apps.teamwork.queries import ROLE, colleagues
from plumbline.domain.access import Mark, Viewer
from plumbline.domain.errors import Conflict, Forbidden, InvalidInput
from plumbline.domain.teamwork import LONGEST, due_day, mentioned, role_to_move, state_named

if TYPE_CHECKING:
    from plumbline.apps.library.models import Entry

READERS = ("entry", "organisation", "told")
"""Who reads a comment: all who work here and see the entry, one's own organisation, or those it is told to alone."""


@action("task.set")
def set_task(entry: Entry, changes: Mapping[str, str], *, by: Viewer) -> Done[Task]:
    """Set the state, the assignee ("person:id" or "") or the due day ("2026-12-03" or "") of what is to be done about an entry.

    What `changes` leaves out stays. The assignee must work in the workspace and see the entry; a record is published
    only once it is accepted.
    """
    needs_role(by, entry.workspace, ROLE)
    refuse_merged(entry)
    task = Task.objects.filter(entry=entry).first() or Task(entry=entry)
    before = state_of(task)
    after = before | {name: value for name, value in changes.items() if name in before}
    needs_role(by, entry.workspace, role_to_move(before["state"], state_named(after["state"])))
    if after["state"] == "published" and entry.status != "accepted" and before["state"] != "published":
        raise Conflict("task.published", "Only what is accepted can be published. Accept it first.")
    if after["assignee"] and after["assignee"] != before["assignee"]:
        _refuse_unless_reads(after["assignee"], entry, [], by)
    task.state, task.assignee, task.due = after["state"], after["assignee"], due_day(after["due"])
    task.changed_by, task.changed_at = by.person or "", timezone.now()
    task.save()
    return Done(task, [f"{entry.kind}:{entry.public_id}"], {"before": before, "after": state_of(task)})


def state_of(task: Task) -> dict[str, str]:
    """Give what a task says as plain data: state, assignee, due."""
    return {"state": task.state, "assignee": task.assignee, "due": task.due.isoformat() if task.due else ""}


def _refuse_unless_reads(person: str, entry: Entry, marks: Sequence[Mark], by: Viewer) -> None:
    """Refuse a person who does not work here or would not see the entry (and what else carries `marks`)."""
    if person not in colleagues(entry.workspace, by, [mark_of_class(entry.mark_class_id), *marks]):
        raise InvalidInput(
            "task.person", "{name} does not work here or would not see this. Choose somebody else, or share it first.",
            name=colleagues(entry.workspace, by).get(person, person),
        )  # fmt: skip


@action("comment.write")
def write_comment(
    entry: Entry, text: str, *, by: Viewer, tell: Sequence[str] = (), readers: str = "entry"
) -> Done[Comment]:
    """Say something about an entry to others who work on it; those told, or mentioned by "@name", find it in their list.

    `readers` says who reads it (`READERS`), among those who see the entry and work in the workspace. Whoever is told must
    be one of them. What waited for the writer on this entry counts as noted.
    """
    needs_role(by, entry.workspace, ROLE)
    text = _checked(text)
    here = colleagues(entry.workspace, by)
    told = [one for one in dict.fromkeys([*tell, *mentioned(text, here)]) if one != by.person]
    mark = _mark_for(entry, readers, told, by)
    for one in told:
        _refuse_unless_reads(one, entry, [mark], by)
    row = Comment.objects.create(
        public_id=new_public_id(), entry=entry, mark_class=mark_class_for(mark), text=text, by=by.person or ""
    )
    Mention.objects.bulk_create(Mention(comment=row, person=one) for one in told)
    _note(entry, by)
    return Done(row, _refs(row), {"mark": mark.as_json(), "told": told}, {"text": text})


def _mark_for(entry: Entry, readers: str, told: Sequence[str], by: Viewer) -> Mark:
    if readers not in READERS:
        raise InvalidInput(
            "comment.readers", "Choose who reads the comment: one of {choices}.", choices=", ".join(READERS)
        )
    if readers == "entry":
        return mark_of_class(entry.mark_class_id)
    if readers == "organisation":
        return own_mark("AMBER+STRICT", (), by)
    return own_mark("RED", [person_of(by), *told], by)


def _checked(text: str) -> str:
    kept = text.replace("\x00", "").replace("\r\n", "\n").strip()
    if not 0 < len(kept) <= LONGEST:
        raise InvalidInput("comment.text", "Write a comment of 1 to {limit} letters.", limit=LONGEST)
    return kept


def _refs(comment: Comment) -> list[str]:
    return [f"{comment.entry.kind}:{comment.entry.public_id}", f"comment:{comment.public_id}"]


@action("comment.withdraw")
def withdraw_comment(comment: Comment, *, by: Viewer) -> Done[Comment]:
    """Take a comment back: its text is gone for good. Its writer may, and an editor."""
    if by.person != comment.by and not by.has_role(comment.entry.workspace.slug, "editor"):
        raise Forbidden("comment.others", "Only who wrote a comment, or an editor, may take it back.")
    if comment.withdrawn_at:
        raise Conflict("comment.gone", "This comment was taken back already.")
    before, comment.text, comment.withdrawn_at = comment.text, "", timezone.now()
    comment.save(update_fields=["text", "withdrawn_at"])
    return Done(comment, _refs(comment), {}, {"text": before})


@action("mention.note")
def note_mentions(entry: Entry, *, by: Viewer) -> Done[int]:
    """Take note of what was said to oneself about an entry: it waits no longer."""
    noted = _note(entry, by)
    return Done(noted, [f"{entry.kind}:{entry.public_id}"], {"noted": noted})


def _note(entry: Entry, by: Viewer) -> int:
    mentions = Mention.objects.filter(comment__entry__in=[entry.pk, *members_of([entry.pk], by)])
    return int(mentions.filter(person=by.person or "nobody", noted_at=None).update(noted_at=timezone.now()))
