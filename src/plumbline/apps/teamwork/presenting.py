"""How tasks and comments are shown: states in words, days with how late they are, text with its mentions and links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from markupsafe import escape

from plumbline.apps.accounts.queries import names_of
from plumbline.apps.library.presenting import language
from plumbline.apps.library.saved import SavedNow
from plumbline.apps.spine.clock import today
from plumbline.apps.spine.edge import sentence
from plumbline.apps.spine.queries import blueprint_of
from plumbline.apps.teamwork.models import Task
from plumbline.apps.teamwork.queries import ROLE, comment_counts, task_of
from plumbline.domain.blueprints import localised
from plumbline.domain.teamwork import STATES, role_to_move
from plumbline.ui.environment import format_date

if TYPE_CHECKING:
    from plumbline.apps.library.models import Entry
    from plumbline.domain.access import Viewer

DOTS = {"todo": "open", "review": "working", "done": "done", "published": "accepted"}
"""State of a task -> the shape that says it."""


def state_word(state: str) -> str:
    """Say the state of a task."""
    words = {"todo": _("to do"), "review": _("in review"), "done": _("done"), "published": _("published")}
    return words.get(state, state)


def state_choices(viewer: Viewer, workspace: str, now: str) -> list[tuple[str, str]]:
    """The states that the viewer may move a task to from where it stands, with their words."""
    return [
        (one, state_word(one)) for one in STATES if one == now or viewer.has_role(workspace, role_to_move(now, one))
    ]


def task_words(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """Say what an act did to a task."""
    parts = []
    if before["state"] != after["state"] or before == after:
        parts.append(_("set the task to '%(state)s'") % {"state": state_word(after["state"])})
    if before["assignee"] != after["assignee"]:
        who = after["assignee"]
        name = names_of([who])[who] if who else _("nobody yet")
        parts.append(_("gave the task to: %(name)s") % {"name": name})
    if before["due"] != after["due"]:
        day = _day(date.fromisoformat(after["due"])) if after["due"] else "–"
        parts.append(_("set when the task is due: %(day)s") % {"day": day})
    return _("; ").join(parts)


def entry_url(entry: Entry) -> str:
    """Give the address of a work or record."""
    name = "library:work-show" if entry.kind == "work" else "records:record-show"
    return reverse(name, args=[entry.public_id])


def title_of(entry: Entry) -> str:
    """Give the title of an entry, or of its type where it has none."""
    if entry.title:
        return entry.title
    if entry.kind == "work":
        return entry.work.name
    found = blueprint_of(entry.workspace).types.get(entry.type)
    return localised(found.title, language()) if found else entry.public_id


def due_words(due: date | None, *, is_open: bool) -> str:
    """Say a due day, and how many days it is overdue while something is still to be done."""
    if due is None:
        return ""
    late = (today() - due).days
    said = _day(due)
    if not is_open or late <= 0:
        return said
    return _("%(day)s, %(late)s") % {
        "day": said, "late": ngettext("%(n)s day late", "%(n)s days late", late) % {"n": late},
    }  # fmt: skip


def _day(day: date) -> str:
    return escape(format_date(day, "medium")).striptags()


def is_late(task: Task) -> bool:
    """Tell whether an open task is past its day."""
    return task.is_open and task.due is not None and task.due < today()


def task_row(task: Task, names: Mapping[str, str], counts: Mapping[int, int] | None = None) -> dict[str, Any]:
    """Give a task as a row of a list shows it."""
    entry = task.entry
    return {
        "title": title_of(entry), "url": reverse("teamwork:task-show", args=[entry.public_id]), "state": task.state,
        "word": state_word(task.state), "dot": DOTS[task.state], "who": names.get(task.assignee, task.assignee),
        "due": due_words(task.due, is_open=task.is_open), "late": is_late(task),
        "workspace": localised(entry.workspace.title, language()), "comments": (counts or {}).get(entry.pk, 0),
    }  # fmt: skip


def search_row(now: SavedNow) -> dict[str, Any]:
    """Give a saved search as a row of a list shows it: how many hits it has, how many of them are new."""
    return {
        "id": now.saved.public_id, "name": now.saved.name, "url": now.url,
        "total": now.total, "new": now.new, "problem": sentence(now.problem) if now.problem else "",
    }  # fmt: skip


def summary_of(entry: Entry, viewer: Viewer) -> dict[str, Any] | None:
    """Give what the page of an entry tells of its task and comments; None for who does not work there."""
    if not viewer.has_role(entry.workspace.slug, ROLE):
        return None
    task, count = task_of(entry, viewer), comment_counts([entry.pk], viewer).get(entry.pk, 0)
    found: dict[str, Any] = {"url": reverse("teamwork:task-show", args=[entry.public_id]), "state": "", "words": []}
    if task or count:
        task = task or Task(entry=entry)
        who = names_of([task.assignee])[task.assignee] if task.assignee else ""
        said = ngettext("%(n)s comment", "%(n)s comments", count) % {"n": count} if count else ""
        words = [word for word in (who, due_words(task.due, is_open=task.is_open), said) if word]
        found |= {"dot": DOTS[task.state], "state": state_word(task.state), "words": words}
    return found


def person_choices(
    colleagues: Mapping[str, str], me: str | None, nobody: str, key_of_nobody: str = ""
) -> Sequence[tuple[str, str]]:
    """The people to choose from, oneself first, after nobody."""
    mine = [(key, _("%(name)s (you)") % {"name": name}) for key, name in colleagues.items() if key == me]
    return [(key_of_nobody, nobody), *mine, *((key, name) for key, name in colleagues.items() if key != me)]
