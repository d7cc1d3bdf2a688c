"""Writes on works, passages, entries and claims."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from plumbline.apps.library.models import Claim, Entry, Mask, Passage, Work
from plumbline.apps.library.queries import claims_of
from plumbline.apps.library.resolving import refresh
from plumbline.apps.spine.actions import emit, enqueue, mark_class_for
from plumbline.apps.spine.acts import Done, action
from plumbline.apps.spine.ids import new_public_id
from plumbline.apps.spine.queries import blueprint_of, mark_of_class
from plumbline.domain.access import Mark, Viewer, decide, stricter
from plumbline.domain.blueprints import check_value
from plumbline.domain.errors import Conflict, Forbidden, InvalidInput
from plumbline.domain.evidence import occurrences

if TYPE_CHECKING:
    from plumbline.apps.spine.models import Workspace

WORK_FIELDS = (
    "title", "language", "date", "publisher", "author", "licence", "reliability", "credibility", "type",
)  # fmt: skip


@dataclass(frozen=True)
class NewClaim:
    """A value to claim: of which field, resting on which stretch of which passage (key), how sure, by which mark."""

    field: str
    value: Any
    passage: int | None = None
    start: int | None = None
    end: int | None = None
    confidence: float = 1.0
    extractor: str = ""
    mark: Mark | None = None


def needs_role(by: Viewer, workspace: Workspace, role: str) -> None:
    """Refuse an act for which the viewer's role in the workspace does not suffice."""
    if not by.has_role(workspace.slug, role):
        raise Forbidden(
            "role.missing",
            "This needs the role '{role}' in {workspace}. Ask an administrator for it.",
            role=role,
            workspace=workspace.slug,
        )


def default_mark(workspace: Workspace, what: str, by: Viewer) -> Mark:
    """Give the mark that the blueprint sets for new works or records, owned by the organisation of who acts."""
    sharing = blueprint_of(workspace).sharing[what]
    return own_mark(sharing.level, sharing.audience, by)


def own_mark(level: str, audience: Iterable[str], by: Viewer) -> Mark:
    """Make a mark owned by the organisation of who acts; RED for nobody named is for the person alone."""
    named = frozenset(audience)
    if level == "RED" and not named:
        named = frozenset({by.person or ""})
    if level.startswith("AMBER") and not by.organisation and not named:
        named = frozenset({by.person or ""})
    return Mark(level, by.organisation, named)


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
) -> Done[Entry]:
    """Take in a stored file as a work and ask for it to be read; a file that its owner has already is that work.

    `about` may hold any of `WORK_FIELDS`; what it leaves out is found by reading.
    """
    needs_role(by, workspace, "contributor")
    owner = by.organisation or by.person or ""
    found = Work.objects.filter(workspace=workspace, owner=owner, sha256=sha256).select_related("entry").first()
    if found:
        return Done(found.entry, [f"work:{found.entry.public_id}"], {"again": name})
    given = {name: str(value) for name, value in (about or {}).items() if value}
    entry = Entry.objects.create(
        public_id=new_public_id(), workspace=workspace, kind=Entry.WORK, type=given.get("type", "report"), status=Entry.ACCEPTED,
        mark_class=mark_class_for(mark or default_mark(workspace, "works", by)),
        title=str(given.get("title", ""))[:300], date=_date(given.get("date")), values={"given": given},
        created_by=by.person or "",
    )  # fmt: skip
    Work.objects.create(
        entry=entry, workspace=workspace, owner=owner, sha256=sha256, size=size, name=name[:255],
        **{key: given[key] for key in ("language", "publisher", "author", "licence", "reliability", "credibility")
           if given.get(key)},
    )  # fmt: skip
    enqueue("read", f"read:{entry.public_id}", {"work": entry.pk, "name": name}, by=by, batch=batch)
    return Done(entry, [f"work:{entry.public_id}"], {"sha256": sha256, "size": size})


@action("work.store-passages")
def store_passages(work: Work, rows: Sequence[Mapping[str, Any]], *, by: Viewer) -> Done[int]:
    """Store the next passages of a work (at most 500 at a time keeps other writers' waits short).

    Rows already stored (same ordinal) are left alone, so that a reading that was cut off goes on where it stopped.
    """
    have = set(work.passages.filter(ordinal__in=[row["ordinal"] for row in rows]).values_list("ordinal", flat=True))
    new = [
        Passage(public_id=new_public_id(), work=work, mark_class_id=work.entry.mark_class_id, **row)
        for row in rows
        if row["ordinal"] not in have
    ]
    Passage.objects.bulk_create(new)
    return Done(len(new), [f"work:{work.entry.public_id}"], {"passages": len(new)})


@action("work.finish-reading")
def finish_reading(work: Work, found: Mapping[str, Any], *, by: Viewer) -> Done[Work]:
    """Note what reading found (title, language, date, media type, warnings) and make the passages searchable.

    What a person gave with the file stays; only what was left empty is filled.
    """
    entry, given = work.entry, work.entry.values.get("given", {})
    entry.title = str(given.get("title") or found.get("title") or work.name)[:300]
    entry.date = _date(given.get("date")) or found.get("date")
    work.language = given.get("language") or found.get("language") or ""
    work.language_confidence = None if given.get("language") else found.get("language_confidence")
    work.author = given.get("author") or (found.get("author") or "")[:200]
    work.media_type, work.warnings = found.get("media_type", ""), found.get("warnings", [])
    work.state, work.problem, work.passage_count = Work.READ, None, work.passages.count()
    entry.save()
    work.save()
    emit("index.work", {"work": entry.pk}, urgent=False)
    emit("work.read", {"work": entry.public_id}, urgent=False)
    return Done(work, [f"work:{entry.public_id}"], {"passages": work.passage_count})


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
    for name, value in changes.items():
        target = work if name in ("title", "date", "type") else work.work
        before[name] = str(getattr(target, name) or "")
        setattr(target, name, _date(value) if name == "date" else str(value)[:300])
    if changes.get("language"):
        work.work.language_confidence = None
    work.save()
    work.work.save()
    emit("index.work", {"work": work.pk})
    return Done(work, [f"work:{work.public_id}"], {"before": before, "after": dict(changes)})


@action("work.withdraw")
def withdraw_work(work: Entry, reason: str, *, by: Viewer) -> Done[Entry]:
    """Mark a work as withdrawn; what rests on it is shown, and its claims no longer count for new resolutions."""
    needs_role(by, work.workspace, "reviewer")
    if not reason.strip():
        raise InvalidInput("work.reason", "Say why the work is withdrawn: who reads the records needs to know.")
    work.work.withdrawn_at, work.work.withdrawn_reason = timezone.now(), reason.strip()
    work.work.save()
    work.status = Entry.WITHDRAWN
    work.save(update_fields=["status"])
    emit("index.work", {"work": work.pk})
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
    _add_claims(entry, claims, by)
    refresh([entry])
    return Done(entry, [f"record:{entry.public_id}"], {"type": type_id, "claims": len(claims)})


@action("claim.add")
def add_claims(entry: Entry, claims: Sequence[NewClaim], *, by: Viewer) -> Done[list[Claim]]:
    """Add claims to a record that stands."""
    needs_role(by, entry.workspace, "contributor")
    rows = _add_claims(entry, claims, by)
    refresh([entry])
    detail = {"fields": sorted({row.field for row in rows}), "claims": [row.public_id for row in rows]}
    return Done(rows, [f"record:{entry.public_id}"], detail)


def _add_claims(entry: Entry, claims: Sequence[NewClaim], by: Viewer) -> list[Claim]:
    record_type = blueprint_of(entry.workspace).types[entry.type]
    own = mark_of_class(entry.mark_class_id)
    passages = Passage.objects.in_bulk([claim.passage for claim in claims if claim.passage])
    masked = set(Mask.objects.filter(passage__in=passages).values_list("passage_id", flat=True))
    rows = []
    for claim in claims:
        field = record_type.fields.get(claim.field)
        if field is None:
            raise InvalidInput("record.field", "{type} has no field {field}.", type=entry.type, field=claim.field)
        value = check_value(field, claim.value, blueprint=blueprint_of(entry.workspace))
        base = mark_of_class(passages[claim.passage].mark_class_id) if claim.passage else own
        if field.sharing:
            base = stricter(own_mark(field.sharing.level, field.sharing.audience, by), base)
        if claim.passage in masked:
            base = _mask_mark(claim, base)
        by_hand = not claim.extractor
        rows.append(Claim(
            public_id=new_public_id(), entry=entry, field=field.id, value=value, status="accepted" if by_hand else "proposed",
            confidence=claim.confidence, passage_id=claim.passage, start=claim.start, end=claim.end,
            mark_class=mark_class_for(claim.mark or base), person=(by.person or "") if by_hand else "",
            extractor=claim.extractor,
        ))  # fmt: skip
    for row in rows:
        row.save(force_insert=True)
    _withhold([row for row in rows if row.passage_id])
    return rows


def _withhold(claims: Iterable[Claim]) -> None:
    """Mask the spans on which stricter claims rest, wherever the work says the same words; reindex what changed."""
    for claim in claims:
        passage = claim.passage
        mark = mark_of_class(claim.mark_class_id)
        had = Mask.objects.filter(claim=claim).delete()[0]
        if mark.opens_as_wide_as(mark_of_class(passage.mark_class_id)):
            if had:
                emit("index.work", {"work": passage.work_id})
            continue
        if not passage.work.allows_masking:
            raise Conflict(
                "claim.masking",
                "{work} may not be shown in part: its owner refused. The value keeps its mark; ask the owner, or restrict the work.",
                work=passage.work.name,
            )
        masks = Mask.objects.bulk_create(_masks(claim, passage))
        _tighten_overlapping(masks, mark, claim)
        emit("index.work", {"work": passage.work_id})


def _tighten_overlapping(masks: Sequence[Mask], mark: Mark, because_of: Claim) -> None:
    """Give other claims that rest on withheld words a mark at least as strict: the same words must not show there."""
    spans = {mask.passage_id: [] for mask in masks}
    for mask in masks:
        spans[mask.passage_id].append((mask.start, mask.end))
    touched: dict[int, Entry] = {}
    for other in Claim.objects.filter(passage__in=spans).exclude(pk=because_of.pk).select_related("entry__workspace"):
        start, end = other.start or 0, other.end if other.end is not None else 10**9
        overlaps = any(start < until and begin < end for begin, until in spans[other.passage_id or 0])
        now = mark_of_class(other.mark_class_id)
        if overlaps and now != mark and not mark.opens_as_wide_as(now):
            other.mark_class = mark_class_for(mark)
            other.save(update_fields=["mark_class"])
            touched[other.entry_id] = other.entry
    refresh(touched.values())


def _mask_mark(claim: NewClaim, base: Mark) -> Mark:
    """Give a new claim that rests on withheld words the mark of what is withheld."""
    found = Mask.objects.filter(passage=claim.passage, start__lt=claim.end or 10**9, end__gt=claim.start or 0)
    for mask in found:
        base = stricter(mark_of_class(mask.mark_class_id), base)
    return base


def _masks(claim: Claim, passage: Passage) -> list[Mask]:
    start, end = claim.start or 0, claim.end if claim.end is not None else len(passage.text)
    quote = passage.text[start:end]
    found = [Mask(passage=passage, claim=claim, mark_class_id=claim.mark_class_id, start=start, end=end)]
    if claim.end is None:
        return found
    for other in Passage.objects.filter(work_id=passage.work_id, text__icontains=quote):
        for span in occurrences(other.text, quote):
            if (other.pk, span.start) != (passage.pk, start):
                found.append(
                    Mask(passage=other, claim=claim, mark_class_id=claim.mark_class_id, start=span.start, end=span.end)
                )
    return found


@action("claim.decide")
def decide_claims(claims: Sequence[Claim], status: str, *, by: Viewer) -> Done[Entry]:
    """Accept, reject or put back claims of one record."""
    entry = claims[0].entry
    needs_role(by, entry.workspace, "reviewer")
    if status not in ("accepted", "rejected", "proposed"):
        raise InvalidInput("claim.status", "A claim is accepted, rejected or proposed, not {status}.", status=status)
    before = {claim.public_id: claim.status for claim in claims}
    for claim in claims:
        claim.status, claim.decided_by, claim.decided_at = status, by.person or "", timezone.now()
    Claim.objects.bulk_update(claims, ["status", "decided_by", "decided_at"])
    refresh([entry])
    return Done(entry, [f"record:{entry.public_id}"], {"before": before, "status": status})


@action("claim.mark")
def mark_claim(claim: Claim, mark: Mark, *, by: Viewer) -> Done[Claim]:
    """Set who may see one value; loosening is for the owner organisation alone."""
    needs_role(by, claim.entry.workspace, "contributor")
    before = mark_of_class(claim.mark_class_id)
    _may_change_mark(by, before, mark)
    claim.mark_class = mark_class_for(mark)
    claim.save(update_fields=["mark_class"])
    if claim.passage_id:
        _withhold([claim])
    refresh([claim.entry])
    refs = [f"record:{claim.entry.public_id}", f"claim:{claim.public_id}"]
    return Done(claim, refs, {"before": before.as_json(), "after": mark.as_json()})


@action("entry.mark")
def mark_entry(entry: Entry, mark: Mark, *, by: Viewer) -> Done[Entry]:
    """Set who may see an entry. A work's passages, and claims that had the entry's own mark, follow."""
    needs_role(by, entry.workspace, "contributor")
    before_class, before = entry.mark_class_id, mark_of_class(entry.mark_class_id)
    _may_change_mark(by, before, mark)
    after = mark_class_for(mark)
    entry.mark_class = after
    entry.save(update_fields=["mark_class"])
    if entry.kind == Entry.WORK:
        Passage.objects.filter(work_id=entry.pk, mark_class_id=before_class).update(mark_class=after)
        followers = Claim.objects.filter(passage__work_id=entry.pk, mark_class_id=before_class)
        touched = list(Entry.objects.filter(pk__in=followers.values("entry_id")).select_related("workspace"))
        followers.update(mark_class=after)
        emit("index.work", {"work": entry.pk})
        refresh(touched)
    else:
        Claim.objects.filter(entry=entry, mark_class_id=before_class).update(mark_class=after)
        refresh([entry])
    return Done(entry, [f"{entry.kind}:{entry.public_id}"], {"before": before.as_json(), "after": mark.as_json()})


def _may_change_mark(by: Viewer, before: Mark, after: Mark) -> None:
    loosens = not before.opens_as_wide_as(after)
    if loosens and not decide(by, "loosen", before).allowed:
        raise Forbidden(
            "mark.loosen",
            "Only {owner} may open this to more readers. Ask them.",
            owner=before.owner or "the persons named",
        )


@action("claim.erase")
def erase_claim(claim: Claim, *, by: Viewer) -> Done[Claim]:
    """Erase a value for good (personal data): the claim stays as an empty shell so that the history still holds."""
    needs_role(by, claim.entry.workspace, "editor")
    value, claim.value, claim.status = claim.value, None, "erased"
    claim.save(update_fields=["value", "status"])
    refresh([claim.entry])
    return Done(claim, [f"record:{claim.entry.public_id}", f"claim:{claim.public_id}"], {}, {"value": value})


@action("record.status")
def set_status(entry: Entry, status: str, *, by: Viewer) -> Done[Entry]:
    """Accept, reject or put back a record; accepting it accepts what is still proposed in it."""
    needs_role(by, entry.workspace, "reviewer")
    if status not in (Entry.PROPOSED, Entry.ACCEPTED, Entry.REJECTED):
        raise InvalidInput("record.status", "A record is proposed, accepted or rejected, not {status}.", status=status)
    before, entry.status = entry.status, status
    moved: list[str] = []
    if status == Entry.ACCEPTED:
        open_claims = [claim for claim in claims_of(entry, by) if claim.status == "proposed"]
        moved = [claim.public_id for claim in open_claims]
        Claim.objects.filter(pk__in=[claim.pk for claim in open_claims]).update(
            status="accepted", decided_by=by.person or "", decided_at=timezone.now()
        )
    refresh([entry])
    return Done(entry, [f"record:{entry.public_id}"], {"before": before, "after": status, "claims": moved})


@action("record.merge")
def merge_records(into: Entry, others: Sequence[Entry], *, by: Viewer) -> Done[Entry]:
    """Merge records that tell of one event: claims move with their marks and remember where they came from.

    The merged record is as visible as its least strict member. Reversible by `split_record`.
    """
    needs_role(by, into.workspace, "reviewer")
    mark = mark_of_class(into.mark_class_id)
    for other in others:
        if (other.workspace_id, other.type) != (into.workspace_id, into.type) or other.pk == into.pk:
            raise Conflict("record.merge", "Only different records of one type in one workspace merge.")
        theirs = mark_of_class(other.mark_class_id)
        mark = theirs if theirs.opens_as_wide_as(mark) else mark
        Claim.objects.filter(entry=other, came_from="").update(came_from=other.public_id)
        Claim.objects.filter(entry=other).update(entry=into)
        other.status, other.merged_into = Entry.MERGED, into
        other.save(update_fields=["status", "merged_into"])
    previous = into.mark_class_id
    into.mark_class = mark_class_for(mark)
    if Entry.ACCEPTED in {other.status for other in others}:
        into.status = Entry.ACCEPTED
    into.save(update_fields=["mark_class", "status"])
    refresh([into, *others])
    refs = [f"record:{entry.public_id}" for entry in (into, *others)]
    return Done(into, refs, {"into": into.public_id, "merged": [o.public_id for o in others], "mark_before": previous})


@action("record.split")
def split_record(merged: Entry, *, by: Viewer) -> Done[Entry]:
    """Take a merged record out again, with the claims that it brought."""
    needs_role(by, merged.workspace, "reviewer")
    into = merged.merged_into
    if into is None:
        raise Conflict("record.split", "This record is not merged into another. Nothing to do.")
    Claim.objects.filter(entry=into, came_from=merged.public_id).update(entry=merged, came_from="")
    merged.status, merged.merged_into = Entry.PROPOSED, None
    merged.save(update_fields=["status", "merged_into"])
    refresh([into, merged])
    return Done(merged, [f"record:{merged.public_id}", f"record:{into.public_id}"], {"from": into.public_id})


def _date(value: Any) -> date | None:
    if not value:
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        raise InvalidInput("work.date", "{value} is no date. Write it as 2011-03-05.", value=value) from None
