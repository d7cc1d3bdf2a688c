"""Acts on entries of either kind, and on records as a whole: making, marks, status, merging and splitting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from plumbline.apps.library.actions.claims import NewClaim, put_claims
from plumbline.apps.library.actions.naming import follow_naming
from plumbline.apps.library.actions.roles import default_mark, may_change_mark, needs_role, refuse_merged
from plumbline.apps.library.merging import (
    before_members,
    mark_with,
    marks_without,
    move_claims,
    records_above,
    state_of,
    status_apart,
    status_with,
    take_out_claims,
)  # fmt: skip
from plumbline.apps.library.models import Claim, Entry, Mask, Passage
from plumbline.apps.library.queries import claims_of, follow_merge
from plumbline.apps.library.relations import how_it_counts, named_by
from plumbline.apps.library.resolving import refresh, refresh_naming
from plumbline.apps.library.withholding import (
    is_stricter,
    withhold,
)
from plumbline.apps.spine.actions import emit, mark_class_for
from plumbline.apps.spine.acts import Done, action
from plumbline.apps.spine.ids import new_public_id
from plumbline.apps.spine.queries import blueprint_of, mark_of_class
from plumbline.domain.access import Mark, Viewer, mark_from_json
from plumbline.domain.errors import Conflict, InvalidInput

if TYPE_CHECKING:
    from plumbline.apps.spine.models import Workspace


@action("record.create")
def create_record(
    workspace: Workspace,
    type_id: str,
    claims: Sequence[NewClaim],
    *,
    by: Viewer,
    mark: Mark | None = None,
    status: str = Entry.ACCEPTED,
) -> Done[Entry]:
    """Make a record of its claims; a claim by hand counts at once, an extracted one waits for review."""
    needs_role(by, workspace, "contributor")
    if type_id not in blueprint_of(workspace).types:
        raise InvalidInput("record.type", "{workspace} has no type {type}.", workspace=workspace.slug, type=type_id)
    own = mark or default_mark(workspace, "records", by)
    entry = Entry.objects.create(
        public_id=new_public_id(), workspace=workspace, kind=Entry.RECORD, type=type_id, status=status, mark_class=mark_class_for(own),
        created_by=by.person or "",
    )  # fmt: skip
    rows = put_claims(entry, claims, by)
    refresh([entry])
    follow_naming((row.target_id for row in rows), by=by, among=(Entry.REJECTED,))
    return Done(entry, [f"record:{entry.public_id}"], {"type": type_id, "claims": len(claims)})


@action("entry.mark")
def mark_entry(
    entry: Entry, mark: Mark, *, by: Viewer, also: Mapping[str, Mapping[str, Any]] | None = None
) -> Done[Entry]:
    """Set who may see an entry. A work's passages follow, and claims that had the entry's own mark.

    Claims on a work's passages are never left wider than the work; those that rest on a passage follow their record
    only to a wider mark. `also` says exactly which claims follow and to what (id -> mark), as taking an act back asks.
    """
    needs_role(by, entry.workspace, "contributor")
    counted = {entry.pk: how_it_counts(entry)}
    before_class, before = entry.mark_class_id, mark_of_class(entry.mark_class_id)
    may_change_mark(by, before, mark)
    after = mark_class_for(mark)
    entry.mark_class = after
    entry.save(update_fields=["mark_class"])
    if entry.kind == Entry.WORK:
        moved_at = {} if before.opens_as_wide_as(mark) else {"arrived_at": timezone.now()}  # new to some readers
        rows = Passage.objects.filter(work_id=entry.pk, mark_class_id=before_class)
        rows.update(mark_class=after, **moved_at)
        emit("index.work", {"work": entry.pk, "tightens": not mark.opens_as_wide_as(before)})
        for one in Entry.objects.filter(work__inside=entry.pk, mark_class=before_class).select_related(
            "workspace", "work"
        ):
            mark_entry(one, mark, by=by)  # what came out of a file is shared as the file is
    followed = _claims_that_follow(entry, before_class, mark, also)
    moved = {row.public_id: mark_of_class(row.mark_class_id).as_json() for row, _ in followed}
    for row, theirs in followed:
        row.mark_class = after if theirs == mark else mark_class_for(theirs)
    Claim.objects.bulk_update([row for row, _ in followed], ["mark_class"], batch_size=200)
    touched = {row.entry_id: row.entry for row, _ in followed} | (
        {entry.pk: entry} if entry.kind == Entry.RECORD else {}
    )
    for one in touched.values() if entry.kind == Entry.RECORD else [entry]:
        _withhold_anew(one)
    refresh(touched.values())
    refresh_naming([entry] if entry.kind == Entry.RECORD else (), counted)
    detail = {"before": before.as_json(), "after": mark.as_json(), "claims": moved}
    return Done(entry, [f"{entry.kind}:{entry.public_id}"], detail)


def _claims_that_follow(
    entry: Entry, before_class: int, mark: Mark, also: Mapping[str, Mapping[str, Any]] | None
) -> list[tuple[Claim, Mark]]:
    is_work = entry.kind == Entry.WORK
    rows = Claim.objects.filter(passage__work_id=entry.pk) if is_work else Claim.objects.filter(entry=entry)
    rows = rows.select_related("entry__workspace").order_by("pk")
    if (
        also is not None
    ):  # they may have parted from the record since: on another one they are closed, never opened wider
        found = Claim.objects.filter(public_id__in=also, mark_class=before_class).select_related("entry__workspace")
        back = [(row, mark_from_json(also[row.public_id])) for row in found.order_by("pk")]
        now = mark_of_class(before_class)
        return [(row, one) for row, one in back if is_work or row.entry_id == entry.pk or now.opens_as_wide_as(one)]
    tightens = mark_of_class(before_class).opens_as_wide_as(mark)
    if is_work:
        return [(row, mark) for row in rows
                if row.mark_class_id == before_class or _is_wider(mark_of_class(row.mark_class_id), mark)]  # fmt: skip
    rows = rows.filter(mark_class_id=before_class)
    return [(row, mark) for row in (rows.filter(passage=None) if tightens else rows)]


def _is_wider(one: Mark, other: Mark) -> bool:
    return one != other and one.opens_as_wide_as(other) and not other.opens_as_wide_as(one)


def _withhold_anew(entry: Entry) -> None:
    """Mask what is stricter than its passage now that marks of passages or claims have changed."""
    rows = Claim.objects.filter(passage__work_id=entry.pk) if entry.kind == Entry.WORK else entry.claims
    found = list(rows.exclude(passage=None).select_related("passage__work", "entry__workspace").order_by("pk"))
    masked = set(Mask.objects.filter(claim__in=found).values_list("claim_id", flat=True))
    withhold([row for row in found if row.passage and is_stricter(row, row.passage) != (row.pk in masked)])


@action("record.status")
def set_status(entry: Entry, status: str, *, by: Viewer, claims: Mapping[str, str] | None = None) -> Done[Entry]:
    """Accept, reject or put back a record; accepting it accepts what is still proposed in it.

    `claims` says instead which claims get which status (id -> status), as taking an act back asks.
    """
    needs_role(by, entry.workspace, "reviewer")
    if status not in (Entry.PROPOSED, Entry.ACCEPTED, Entry.REJECTED):
        raise InvalidInput("record.status", "A record is proposed, accepted or rejected, not {status}.", status=status)
    refuse_merged(entry)
    counted = {entry.pk: how_it_counts(entry)}
    before, entry.status = entry.status, status
    mine = claims_of(entry, by)
    if claims is None:
        claims = {one.public_id: "accepted" for one in mine if one.status == "proposed" and status == Entry.ACCEPTED}
    moved = [one for one in mine if one.public_id in claims]
    for one in moved:
        one.status, one.decided_by, one.decided_at = claims[one.public_id], by.person or "", timezone.now()
    Claim.objects.bulk_update(moved, ["status", "decided_by", "decided_at"])
    refresh([entry])
    refresh_naming([entry], counted)
    follow_naming(named_by(Claim.objects.filter(entry=entry)), by=by)
    detail = {"before": before, "after": status, "claims": [one.public_id for one in moved]}
    return Done(entry, [f"record:{entry.public_id}"], detail)


@action("record.merge")
def merge_records(into: Entry, others: Sequence[Entry], *, by: Viewer) -> Done[Entry]:
    """Merge records that tell of one event: claims move with their marks and remember where they came from.

    The merged record is as visible as its least strict member. Reversible by `split_record`.
    """
    needs_role(by, into.workspace, "reviewer")
    before = {entry.public_id: state_of(entry) for entry in (into, *others)}
    counted = {entry.pk: how_it_counts(entry) for entry in (into, *others)}
    mark = mark_with(mark_of_class(into.mark_class_id), [mark_of_class(other.mark_class_id) for other in others])
    for other in others:
        if (other.workspace_id, other.type) != (into.workspace_id, into.type) or other.pk == into.pk:
            raise Conflict("record.merge", "Only different records of one type in one workspace merge.")
        if Entry.MERGED in (other.status, into.status):
            raise Conflict("record.merged", "One of these is merged into another already. Merge that one.")
    into.status = status_with(into.status, [other.status for other in others])
    for other in others:
        move_claims(other, into)
        other.status, other.merged_into = Entry.MERGED, into
        other.save(update_fields=["status", "merged_into"])
    into.mark_class = mark_class_for(mark)
    into.save(update_fields=["mark_class", "status"])
    refresh([into, *others])
    refresh_naming([into, *others], counted)
    follow_naming({into.pk} | named_by(Claim.objects.filter(entry=into)), by=by)
    refs = [f"record:{entry.public_id}" for entry in (into, *others)]
    return Done(into, refs, {"into": into.public_id, "merged": [o.public_id for o in others], "before": before})


@action("record.split")
def split_record(merged: Entry, *, by: Viewer) -> Done[Entry]:
    """Take a merged record out again, with the claims that it brought and the status that it had.

    It may be inside a record that was merged into another since: its claims come out of where they are now. The records above
    it get the marks back that they had without it, and the one that stands its status, unless somebody set them since.
    NotFound where one of these is hidden from who acts: they change and name none that they may not see.
    """
    needs_role(by, merged.workspace, "reviewer")
    above = records_above(merged)
    if not above:
        raise Conflict("record.split", "This record is not merged into another. Nothing to do.")
    follow_merge(merged.public_id, by)
    changed = [merged, *above]
    counted = {entry.pk: how_it_counts(entry) for entry in changed}
    marks = marks_without(merged, above)
    merged.status, merged.merged_into = status_apart(merged), None
    merged.save(update_fields=["status", "merged_into"])
    take_out_claims(merged, above)
    for one in above:
        if one.pk in marks:
            one.mark_class = mark_class_for(marks[one.pk])
    into, root = above[0], above[-1]
    status = before_members(root)[1] if root.status != Entry.MERGED else None
    if status is not None:
        root.status = status_with(status, [status_apart(one) for one in Entry.objects.filter(merged_into=root)])
    Entry.objects.bulk_update(above, ["mark_class", "status"])
    refresh(changed)
    refresh_naming(changed, counted)
    follow_naming({merged.pk, root.pk} | named_by(Claim.objects.filter(entry__in=[merged, root])), by=by)
    refs = dict.fromkeys(f"record:{entry.public_id}" for entry in (merged, into, root))
    return Done(merged, list(refs), {"from": into.public_id})
