"""Pages of a team's work: what is to be done about an entry and what is said of it, what waits for me, all tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from plumbline.apps.accounts.middleware import SignedInRequest
from plumbline.apps.accounts.queries import names_of
from plumbline.apps.library.actions import needs_role
from plumbline.apps.library.presenting import language, shown_mark, who_url, workspace_crumbs
from plumbline.apps.library.queries import get_entry
from plumbline.apps.library.saved import saved_searches
from plumbline.apps.library.ties import SeenTie, ties_to_decide
from plumbline.apps.spine.edge import sentence
from plumbline.apps.spine.queries import get_workspace, mark_of_class
from plumbline.apps.teamwork import actions, queries
from plumbline.apps.teamwork.models import Task
from plumbline.apps.teamwork.presenting import (
    DOTS,
    due_words,
    entry_url,
    is_late,
    person_choices,
    search_row,
    state_choices,
    state_word,
    task_row,
    title_of,
)
from plumbline.domain.blueprints import localised
from plumbline.domain.errors import NotFound, PlumblineError
from plumbline.domain.teamwork import OPEN, STATES

if TYPE_CHECKING:
    from plumbline.apps.library.models import Entry
    from plumbline.apps.spine.models import Workspace

SIZE, TIES = 50, 30


def _entry(request: SignedInRequest, public_id: str) -> Entry:
    """Get the entry, for those who work in its workspace; to others there is no such page."""
    entry = get_entry(public_id, request.viewer)
    if not request.viewer.has_role(entry.workspace.slug, queries.ROLE):
        raise NotFound("entry.unknown", "There is nothing here under {id}. Check the address.", id=public_id)
    return entry


def show_task(request: SignedInRequest, entry: str) -> HttpResponse:
    """Show what is to be done about an entry, by whom and until when, and what was said of it."""
    return _task_page(request, _entry(request, entry))


def _task_page(
    request: SignedInRequest,
    entry: Entry,
    *,
    error: str = "",
    text: str = "",
    told: Sequence[str] = (),
    reads: str = "entry",
    sent: Mapping[str, str] | None = None,
) -> HttpResponse:
    viewer, slug = request.viewer, entry.workspace.slug
    task = queries.task_of(entry, viewer) or Task(entry=entry)
    said = queries.comments_of(entry, viewer)
    people = queries.colleagues(entry.workspace, viewer, [mark_of_class(entry.mark_class_id)])
    names = names_of({one.by for one in said} | {key for one in said for key in one.mentions} | {task.assignee} - {""})
    context = {
        "entry": entry, "title": title_of(entry), "entry_url": entry_url(entry), "task": task,
        "word": state_word(task.state), "dot": DOTS[task.state], "who": names.get(task.assignee, ""),
        "due": due_words(task.due, is_open=task.is_open), "late": is_late(task),
        "states": state_choices(viewer, slug, task.state), "people": person_choices(people, viewer.person, _("nobody yet")),
        "others": [
            {"value": key, "label": name, "note": "", "checked": key in told}
            for key, name in people.items() if key != viewer.person
        ],
        "was": actions.state_of(task), "typed": {**actions.state_of(task), **(sent or {})},
        "comments": [_comment(one, names, request, entry) for one in said], "error": error, "text": text,
        "waits": any(one.comment.public_id in {each.id for each in said} for one in queries.mentions_of(viewer)),
        "readers": _readers(viewer.organisation), "reads": reads, "page_mark": shown_mark(mark_of_class(entry.mark_class_id), who_url(entry)),
        "crumbs": [*workspace_crumbs(viewer, entry.workspace), (title_of(entry), entry_url(entry))],
    }  # fmt: skip
    return render(request, "teamwork/task.html", context, status=400 if error else 200)


def _readers(organisation: str | None) -> list[tuple[str, str]]:
    own = [("organisation", _("my organisation alone"))] if organisation else []
    return [("entry", _("all who work here and see this")), *own, ("told", _("those I tell, nobody else"))]


def _comment(
    one: queries.ShownComment, names: dict[str, str], request: SignedInRequest, entry: Entry
) -> dict[str, Any]:
    viewer = request.viewer
    may = one.by == viewer.person or viewer.has_role(entry.workspace.slug, "editor")
    return {
        "id": one.id, "text": one.text, "by": names.get(one.by, one.by), "at": one.at, "is_withdrawn": one.is_withdrawn,
        "mark": shown_mark(one.mark, who_url(entry)) if one.mark != mark_of_class(entry.mark_class_id) else None,
        "merged": reverse("records:record-show", args=[one.merged]) if one.merged else "",
        "told": [names.get(key, key) for key in one.mentions], "may_withdraw": may and not one.is_withdrawn,
    }  # fmt: skip


@require_POST
def set_task(request: SignedInRequest, entry: str) -> HttpResponse:
    """Set state, assignee, due day: what was changed in the form, so that nothing that others set meanwhile is put back."""
    found, said = _entry(request, entry), request.POST
    sent = {
        name: said[name]
        for name in ("state", "assignee", "due")
        if name in said and said[name] != said.get(f"was-{name}")
    }
    now = actions.state_of(queries.task_of(found, request.viewer) or Task(entry=found))
    try:
        if any(now[name] != value for name, value in sent.items()):
            actions.set_task(found, sent, by=request.viewer)
            messages.success(request, _("Saved."))
    except PlumblineError as error:
        return _task_page(request, found, error=sentence(error), sent=sent)
    return redirect("teamwork:task-show", entry)


@require_POST
def write_comment(request: SignedInRequest, entry: str) -> HttpResponse:
    """Say something; what is refused stays in the form."""
    found, text = _entry(request, entry), request.POST.get("text", "")
    tell, readers = request.POST.getlist("tell"), request.POST.get("readers", "entry")
    try:
        written = actions.write_comment(found, text, tell=tell, readers=readers, by=request.viewer)
    except PlumblineError as error:
        return _task_page(request, found, error=sentence(error), text=text, told=tell, reads=readers)
    return redirect(reverse("teamwork:task-show", args=[entry]) + f"#c-{written.public_id}")


@require_POST
def note_mentions(request: SignedInRequest, entry: str) -> HttpResponse:
    """Take note of what was said to oneself."""
    actions.note_mentions(_entry(request, entry), by=request.viewer)
    return redirect(
        "teamwork:task-mine" if request.POST.get("back") == "mine" else reverse("teamwork:task-show", args=[entry])
    )


@require_POST
def withdraw_comment(request: SignedInRequest, comment: str) -> HttpResponse:
    """Take a comment back."""
    found = queries.get_comment(comment, request.viewer)
    actions.withdraw_comment(found, by=request.viewer)
    messages.success(request, _("The comment is gone. That there was one stays to be seen."))
    return redirect("teamwork:task-show", found.entry.public_id)


def show_mine(request: SignedInRequest) -> HttpResponse:
    """Show what waits for the viewer: said to them, their tasks, what they may check, ties, what is new in their searches."""
    viewer = request.viewer
    if not viewer.is_signed_in:
        return redirect(f"{reverse('account_login')}?next={request.path}")
    mine, checks = list(queries.tasks_for(viewer)[:200]), list(queries.tasks_to_check(viewer)[:200])
    mentions = queries.mentions_of(viewer)[:200]
    names = names_of({one.assignee for one in [*mine, *checks]} | {one.comment.by for one in mentions} - {""})
    counts = queries.comment_counts([one.entry_id for one in [*mine, *checks]], viewer)
    withheld = {one.comment.entry_id: one.comment.entry for one in mentions}
    said = {comment.id: comment for entry in withheld.values() for comment in queries.comments_of(entry, viewer)}
    context = {
        "mentions": [_mention(one.comment, said[one.comment.public_id].text, names) for one in mentions],
        "mine": [task_row(one, names, counts) for one in mine],
        "checks": [task_row(one, names, counts) for one in checks if one.assignee != viewer.person],
        "ties": [_tie(one) for one in ties_to_decide(viewer, TIES)],
        "searches": [search_row(one) for one in sorted(saved_searches(viewer), key=lambda one: not one.new)],
        "spaces": [(localised(one.title, language()), reverse("teamwork:task-list", args=[one.slug])) for one in _spaces(viewer)],
        "crumbs": [(_("Home"), reverse("programme:home"))],
    }  # fmt: skip
    return render(request, "teamwork/mine.html", context)


def _mention(comment: Any, text: str, names: dict[str, str]) -> dict[str, Any]:
    entry = comment.entry
    return {
        "title": title_of(entry), "url": reverse("teamwork:task-show", args=[entry.public_id]) + f"#c-{comment.public_id}",
        "by": names.get(comment.by, comment.by), "at": comment.at, "text": text, "entry": entry.public_id,
    }  # fmt: skip


def _tie(seen: SeenTie) -> dict[str, str]:
    here, there = seen.tie.entry, seen.tie.other
    return {
        "here": title_of(here), "there": title_of(there), "url": reverse("records:tie-show", args=[seen.tie.public_id]),
        "spaces": " / ".join(localised(one.workspace.title, language()) for one in (here, there)),
    }  # fmt: skip


def _spaces(viewer: Any) -> list[Workspace]:
    return [get_workspace(slug, viewer) for slug in sorted(queries.spaces_with(viewer))]


def list_tasks(request: SignedInRequest, workspace: str) -> HttpResponse:
    """List the tasks of a workspace, narrowed to a state, a person or what is late."""
    found = get_workspace(workspace, request.viewer)
    needs_role(request.viewer, found, queries.ROLE)
    asked = request.GET
    state, who = asked.get("state", "open"), asked.get("who", "")
    rows = queries.tasks(request.viewer, found)
    rows = rows.filter(state__in=OPEN) if state == "open" else rows.filter(state=state) if state in STATES else rows
    if who:
        rows = rows.filter(assignee="" if who == "nobody" else who)
    total, number = rows.count(), max(1, int(asked["page"]) if asked.get("page", "").isdecimal() else 1)
    shown = list(rows[(number - 1) * SIZE : number * SIZE])
    people = queries.colleagues(found, request.viewer)
    counts = queries.comment_counts([one.entry_id for one in shown], request.viewer)
    context = {
        "rows": [task_row(one, names_of({one.assignee for one in shown} - {""}), counts) for one in shown],
        "states": [("open", _("to do or in review")), *((one, state_word(one)) for one in STATES), ("any", _("any"))],
        "people": [("", _("anybody")), ("nobody", _("nobody yet")), *person_choices(people, request.viewer.person, "")[1:]],
        "state": state, "who": who, "total": total, "number": number, "pages": max(1, -(-total // SIZE)),
        "crumbs": workspace_crumbs(request.viewer, found),
    }  # fmt: skip
    return render(request, "teamwork/tasks.html", context)
