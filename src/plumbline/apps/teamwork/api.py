"""Tasks and comments over REST: the same reads and acts as the pages."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.urls import reverse
from ninja import Router, Schema, Status
from ninja.security import django_auth
from pydantic import Field as Described

from plumbline.apps.accounts.middleware import SignedInRequest
from plumbline.apps.library.actions import needs_role
from plumbline.apps.library.queries import get_entry
from plumbline.apps.spine.answers import REFUSALS, MarkOut
from plumbline.apps.teamwork import actions, queries
from plumbline.apps.teamwork.models import Task
from plumbline.apps.teamwork.presenting import title_of
from plumbline.apps.teamwork.queries import ROLE, ShownComment

router = Router(tags=["teamwork"])
MOST = 200


class TaskOut(Schema):
    """What has to be done about a work or record: todo, review, done or published; who ("person:id" or ""), by when."""

    entry: str
    title: str
    workspace: str
    state: str
    assignee: str
    due: date | None
    url: str


class TaskIn(Schema):
    """What to change of a task; what is left out stays."""

    state: str | None = Described(None, description="todo, review, done or published")
    assignee: str | None = Described(None, description='"person:id", or "" for nobody')
    due: str | None = Described(None, description='2026-12-03, or "" for no day')


class CommentOut(Schema):
    """A comment as the asker may read it; what is withheld of its entry from the asker is masked in it."""

    id: str
    text: str
    by: str
    at: datetime
    is_withdrawn: bool
    told: list[str]
    mark: MarkOut
    merged: str = Described(
        "", description="The record it was written on, where that was merged into the one asked for."
    )


class CommentIn(Schema):
    """A comment to write."""

    text: str
    tell: list[str] = Described(
        [], description='People to tell, "person:id"; those named by @name in the text are told too.'
    )
    readers: str = Described("entry", description="entry (all who work here and see it), organisation or told")


@router.get("tasks", response={200: list[TaskOut], **REFUSALS}, summary="List my tasks")
def list_tasks(request: SignedInRequest) -> Any:
    """List the open tasks of who asks, those due first before the rest, at most 200."""
    return [_task(one, request) for one in queries.tasks_for(request.viewer)[:MOST]]


@router.get("entries/{entry}/task", response={200: TaskOut, **REFUSALS}, summary="Get a task")
def show_task(request: SignedInRequest, entry: str) -> Any:
    """Get what has to be done about a work or record; needs the role of a contributor."""
    found = get_entry(entry, request.viewer)
    needs_role(request.viewer, found.workspace, ROLE)
    return _task(queries.task_of(found, request.viewer) or Task(entry=found), request)


@router.put("entries/{entry}/task", response={200: TaskOut, **REFUSALS}, auth=django_auth, summary="Set a task")
def set_task(request: SignedInRequest, entry: str, wanted: TaskIn) -> Any:
    """Set state, assignee or due day."""
    found = get_entry(entry, request.viewer)
    changes = {name: value for name, value in wanted.dict().items() if value is not None}
    return _task(actions.set_task(found, changes, by=request.viewer), request)


@router.get("entries/{entry}/comments", response={200: list[CommentOut], **REFUSALS}, summary="List comments")
def list_comments(request: SignedInRequest, entry: str) -> Any:
    """List the comments on a work or record that the asker may read, oldest first; needs the role of a contributor."""
    found = get_entry(entry, request.viewer)
    needs_role(request.viewer, found.workspace, ROLE)
    return [_comment(one) for one in queries.comments_of(found, request.viewer)]


@router.post(
    "entries/{entry}/comments", response={201: CommentOut, **REFUSALS}, auth=django_auth, summary="Write a comment"
)
def write_comment(request: SignedInRequest, entry: str, said: CommentIn) -> Any:
    """Say something about a work or record to others who work on it."""
    found = get_entry(entry, request.viewer)
    written = actions.write_comment(found, said.text, tell=said.tell, readers=said.readers, by=request.viewer)
    mine = [one for one in queries.comments_of(found, request.viewer) if one.id == written.public_id]
    return Status(201, _comment(mine[0]))


def _task(task: Task, request: SignedInRequest) -> dict[str, Any]:
    entry = task.entry
    return {
        "entry": entry.public_id, "title": title_of(entry), "workspace": entry.workspace.slug, "state": task.state,
        "assignee": task.assignee, "due": task.due,
        "url": request.build_absolute_uri(reverse("teamwork:task-show", args=[entry.public_id])),
    }  # fmt: skip


def _comment(one: ShownComment) -> dict[str, Any]:
    return {
        "id": one.id, "text": one.text, "by": one.by, "at": one.at, "is_withdrawn": one.is_withdrawn,
        "told": list(one.mentions), "mark": one.mark.as_json(), "merged": one.merged,
    }  # fmt: skip
