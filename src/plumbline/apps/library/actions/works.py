"""Acts on works: taking a file in, what reading found, what is known about it, withdrawal."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from plumbline.apps.library.actions.roles import default_mark, needs_role
from plumbline.apps.library.describing import WORK_FIELDS, checked_about, day_of
from plumbline.apps.library.models import Entry, Passage, ScannedPage, Work
from plumbline.apps.library.queries import find_own_work, get_work_to_read, owners_of_file
from plumbline.apps.library.storing import count_passages, insert_passages
from plumbline.apps.library.withholding import (
    withhold_names,
)
from plumbline.apps.spine.actions import emit, enqueue, mark_class_for
from plumbline.apps.spine.acts import Done, action
from plumbline.apps.spine.ids import new_public_id
from plumbline.apps.spine.rows import insert_new, update_row
from plumbline.domain.access import Mark, Viewer
from plumbline.domain.errors import Conflict, InvalidInput

if TYPE_CHECKING:
    from plumbline.apps.spine.models import Workspace


@action("work.deposit")
def deposit_work(
    workspace: Workspace,
    *,
    sha256: str,
    size: int,
    name: str,
    by: Viewer,
    mark: Mark | None = None,
    batch: str = "",
    about: Mapping[str, Any] | None = None,
    inside: Work | None = None,
) -> Done[tuple[Entry, bool]]:
    """Take in a stored file as a work and ask for it to be read; a file that its owner has already is that work.

    Gives the work, and whether it was here before. `inside` is the work whose file held this one. `about` may hold any of `WORK_FIELDS`; what it leaves out is found by reading.
    """
    needs_role(by, workspace, "contributor")
    taken = owners_of_file(workspace, sha256)
    found = find_own_work(workspace, sha256, by) if taken else None
    if found:
        return Done((found, True), [f"work:{found.public_id}"], {"again": name})
    owner = _free_owner(taken, by)
    given = checked_about({name: str(value) for name, value in (about or {}).items() if value})
    entry = Entry(
        public_id=new_public_id(), workspace=workspace, kind=Entry.WORK, type=given.get("type", "report"), status=Entry.ACCEPTED,
        mark_class=mark_class_for(mark or default_mark(workspace, "works", by)),
        title=given.get("title", ""), date=day_of(given.get("date")), values={"given": given},
        created_by=by.person or "",
    )  # fmt: skip
    insert_new(entry)
    work = Work(
        entry=entry, workspace=workspace, owner=owner, sha256=sha256, size=size, name=name[:255], inside=inside,
        **{key: given[key] for key in ("language", "publisher", "author", "licence", "reliability", "credibility")
           if given.get(key)},
    )  # fmt: skip
    insert_new(work)
    enqueue("read", f"read:{entry.public_id}", {"work": entry.pk, "name": name}, by=by, batch=batch)
    return Done((entry, False), [f"work:{entry.public_id}"], {"sha256": sha256, "size": size})


def _free_owner(taken: Collection[str], by: Viewer) -> str:
    """Give the owner of a new work: the organisation, unless a colleague has the file where `by` may not see it."""
    wanted = (by.organisation or by.person or "", by.person or "", f"{by.person}#{new_public_id()}")
    return next(one for one in wanted if one not in taken)


@action("work.store-passages")
def store_passages(work: Work, rows: Sequence[Mapping[str, Any]], *, by: Viewer) -> Done[int]:
    """Store the next passages of a work (at most 500 at a time keeps other writers' waits short).

    Rows already stored (same ordinal) are left alone, so that a reading that was cut off goes on where it stopped.
    """
    stored = insert_passages(work, rows)
    return Done(stored, [f"work:{work.entry.public_id}"], {"passages": stored})


@action("work.finish-reading")
def finish_reading(
    work: Work, found: Mapping[str, Any], *, by: Viewer, last: Sequence[Mapping[str, Any]] = ()
) -> Done[Work]:
    """Store the last passages, note what reading found (title, language, date, media type, warnings), let search follow.

    What a person gave with the file stays; only what was left empty is filled.
    """
    insert_passages(work, last)
    work = get_work_to_read(work.pk)  # somebody may have described or withdrawn it while it was read
    entry, given = work.entry, work.entry.values.get("given", {})
    entry.title = str(given.get("title") or found.get("title") or work.name)[:300]
    entry.date = day_of(given.get("date")) or found.get("date")
    work.language = given.get("language") or found.get("language") or ""
    work.language_confidence = None if given.get("language") else found.get("language_confidence")
    work.author = given.get("author", (found.get("author") or "")[:200])
    work.media_type, work.warnings = found.get("media_type", ""), found.get("warnings", [])
    work.state, work.problem, work.passage_count, work.whole = Work.READ, None, count_passages(work), {}
    scans = [ScannedPage(work=work, page=page) for page in found.get("scans", ())]
    if scans:
        ScannedPage.objects.bulk_create(scans, ignore_conflicts=True, batch_size=200)
    work.pages_waiting, work.read_at = len(scans), timezone.now()
    update_row(entry, ("title", "date"))
    update_row(work, (
        "language", "language_confidence", "author", "media_type", "warnings", "state", "problem", "passage_count", "whole", "pages_waiting",
        "read_at",
    ))  # fmt: skip
    emit("index.work", {"work": entry.pk}, urgent=False)
    if work.inside_id:
        withhold_names([work.pk])
    return Done(work, [f"work:{entry.public_id}"], {"passages": work.passage_count})


@action("work.note")
def note_reading(work: Entry, warning: Mapping[str, Any], *, by: Viewer) -> Done[Entry]:
    """Add to a work's warnings what hindered a reader of it; what other readers found stands."""
    row = get_work_to_read(work.pk)
    row.warnings = [*row.warnings, dict(warning)]
    update_row(row, ("warnings",))
    return Done(work, [f"work:{work.public_id}"], {"code": warning.get("code")})


@action("work.fail-reading")
def fail_reading(work: Work, problem: Mapping[str, Any], *, by: Viewer) -> Done[Work]:
    """Note why a file could not be read; nothing half-read stays."""
    Passage.objects.filter(work=work).delete()
    work.state, work.problem, work.passage_count = Work.FAILED, dict(problem), 0
    work.entry.title = work.entry.title or work.name
    work.entry.save(update_fields=["title"])
    work.save()
    return Done(work, [f"work:{work.entry.public_id}"], {"code": problem.get("code")})


@action("work.retry")
def retry_reading(work: Entry, *, by: Viewer) -> Done[Entry]:
    """Read a failed file again."""
    needs_role(by, work.workspace, "contributor")
    if work.work.state == Work.READ:
        raise Conflict("work.read", "{name} has been read already. Nothing to do.", name=work.work.name)
    work.work.state, work.work.problem = Work.READING, None
    work.work.save(update_fields=["state", "problem"])
    key = f"read:{work.public_id}:{timezone.now().timestamp()}"
    enqueue("read", key, {"work": work.pk, "name": work.work.name}, by=by)
    return Done(work, [f"work:{work.public_id}"])


@action("work.describe")
def describe_work(work: Entry, changes: Mapping[str, str], *, by: Viewer) -> Done[Entry]:
    """Correct what is known about a work: any of `WORK_FIELDS`, as text; the date as ISO."""
    needs_role(by, work.workspace, "contributor")
    if unknown := set(changes) - set(WORK_FIELDS):
        raise InvalidInput("work.field", "A work has no field {names}.", names=", ".join(sorted(unknown)))
    before = {}
    fresh = checked_about(changes)
    for name, value in list(fresh.items()):
        if name in work.work.whole and value == getattr(work if name == "title" else work.work, name):
            del fresh[name]  # as it is shown, with words masked: nobody wrote that
            continue
        work.work.whole.pop(name, None)
        target = work if name in ("title", "date", "type") else work.work
        before[name] = str(getattr(target, name) or "")
        setattr(target, name, day_of(value) if name == "date" else value)
    if work.work.state != Work.READ:  # reading goes on and fills only what nobody gave
        work.values = {**work.values, "given": {**work.values.get("given", {}), **fresh}}
    if changes.get("language"):
        work.work.language_confidence = None
    work.save()
    work.work.save()
    emit("index.work", {"work": work.pk})
    withhold_names([work.pk])
    work.refresh_from_db()
    return Done(work, [f"work:{work.public_id}"], {"before": before, "after": fresh})


@action("work.withdraw")
def withdraw_work(work: Entry, reason: str, *, by: Viewer) -> Done[Entry]:
    """Mark a work as withdrawn: search leaves it out, what rests on it is listed and keeps its values for people to judge."""
    needs_role(by, work.workspace, "reviewer")
    if not reason.strip():
        raise InvalidInput("work.reason", "Say why the work is withdrawn: who reads the records needs to know.")
    work.work.withdrawn_at, work.work.withdrawn_reason = timezone.now(), reason.strip()
    work.work.save()
    work.status = Entry.WITHDRAWN
    work.save(update_fields=["status"])
    emit("index.work", {"work": work.pk, "tightens": True})
    emit("work.withdrawn", {"work": work.public_id})
    return Done(work, [f"work:{work.public_id}"], {"reason": reason})


@action("work.reinstate")
def reinstate_work(work: Entry, *, by: Viewer) -> Done[Entry]:
    """Take a withdrawal back."""
    needs_role(by, work.workspace, "reviewer")
    work.work.withdrawn_at, work.work.withdrawn_reason = None, ""
    work.work.save()
    work.status = Entry.ACCEPTED
    work.save(update_fields=["status"])
    emit("index.work", {"work": work.pk})
    return Done(work, [f"work:{work.public_id}"])
