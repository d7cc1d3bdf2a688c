"""Writes on works, passages, entries and claims."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from plumbline.apps.library.describing import WORK_FIELDS, checked_about, day_of
from plumbline.apps.library.merging import (
    before_members,
    mark_with,
    move_claims,
    state_of,
    status_before_merge,
    status_with,
    take_out_claims,
)  # fmt: skip
from plumbline.apps.library.models import Claim, Entry, Mask, Passage, Work
from plumbline.apps.library.queries import claims_of, find_own_work, get_work_to_read, owners_of_file
from plumbline.apps.library.resolving import refresh
from plumbline.apps.library.storing import insert_passages
from plumbline.apps.library.withholding import (
    followers,
    is_stricter,
    mark_of_words,
    refuse_opening_withheld,
    withhold,
    withhold_names,
)
from plumbline.apps.spine.actions import emit, enqueue, mark_class_for
from plumbline.apps.spine.acts import Done, action
from plumbline.apps.spine.ids import new_public_id
from plumbline.apps.spine.queries import blueprint_of, mark_of_class, visible_classes
from plumbline.domain.access import Mark, Viewer, decide, mark_from_json
from plumbline.domain.blueprints import Field, check_value
from plumbline.domain.errors import Conflict, Forbidden, InvalidInput, NotFound

if TYPE_CHECKING:
    from plumbline.apps.spine.models import Workspace


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
    if not named and (level == "RED" or (level.startswith("AMBER") and not by.organisation)):
        named = frozenset({_person_of(by)})
    return Mark(level, by.organisation, named)


def _person_of(by: Viewer) -> str:
    """Give the principal of who acts; the operator of a machine without people is "person:system"."""
    person = by.person or "public"
    return person if person.startswith("person:") else f"person:{person}"


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
    entry = Entry.objects.create(
        public_id=new_public_id(), workspace=workspace, kind=Entry.WORK, type=given.get("type", "report"), status=Entry.ACCEPTED,
        mark_class=mark_class_for(mark or default_mark(workspace, "works", by)),
        title=given.get("title", ""), date=day_of(given.get("date")), values={"given": given},
        created_by=by.person or "",
    )  # fmt: skip
    Work.objects.create(
        entry=entry, workspace=workspace, owner=owner, sha256=sha256, size=size, name=name[:255], inside=inside,
        **{key: given[key] for key in ("language", "publisher", "author", "licence", "reliability", "credibility")
           if given.get(key)},
    )  # fmt: skip
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
    work.state, work.problem, work.passage_count, work.whole = Work.READ, None, work.passages.count(), {}
    entry.save(update_fields=["title", "date"])
    work.save(update_fields=[
        "language", "language_confidence", "author", "media_type", "warnings", "state", "problem", "passage_count",
        "whole",
    ])  # fmt: skip
    emit("index.work", {"work": entry.pk}, urgent=False)
    if work.inside_id:
        withhold_names([work.pk])
    return Done(work, [f"work:{entry.public_id}"], {"passages": work.passage_count})


@action("work.fail-reading")
def fail_reading(work: Work, problem: Mapping[str, Any], *, by: Viewer) -> Done[Work]:
    """Note why a file could not be read; nothing half-read stays."""
    work.refresh_from_db()
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
    passages = _passages_to_cite(claims, by)
    masked = set(Mask.objects.filter(passage__in=passages).values_list("passage_id", flat=True))
    classes: dict[Mark, Any] = {}
    rows = []
    for claim in claims:
        field = record_type.fields.get(claim.field)
        if field is None:
            raise InvalidInput("record.field", "{type} has no field {field}.", type=entry.type, field=claim.field)
        value = check_value(field, claim.value, blueprint=blueprint_of(entry.workspace))
        passage = passages[claim.passage] if claim.passage else None
        mark = _mark_of_new(claim, own, passage, field, claim.passage in masked, by)
        by_hand = not claim.extractor
        if mark not in classes:
            classes[mark] = mark_class_for(mark)
        row = Claim(
            public_id=new_public_id(), entry=entry, field=field.id, value=value, status="accepted" if by_hand else "proposed",
            confidence=claim.confidence, passage=passage, start=claim.start, end=claim.end, mark_class=classes[mark],
            person=(by.person or "") if by_hand else "", extractor=claim.extractor,
        )  # fmt: skip
        if by_hand or passage is None or passage.work.allows_masking or not is_stricter(row, passage):
            rows.append(row)
    Claim.objects.bulk_create(rows)
    withhold([row for row in rows if row.passage_id], new=True, urgent=any(not row.extractor for row in rows))
    return rows


def _passages_to_cite(claims: Sequence[NewClaim], by: Viewer) -> dict[int, Passage]:
    """Give the passages that claims rest on, by key; who acts must be able to read them."""
    wanted = {claim.passage for claim in claims if claim.passage}
    seen = set(visible_classes(by)) if wanted else set()
    rows = Passage.objects.select_related("work").filter(pk__in=wanted)
    found = {row.pk: row for row in rows if row.mark_class_id in seen}
    for claim in claims:
        passage = found.get(claim.passage or 0)
        if claim.passage and passage is None:
            raise NotFound("passage.unknown", "There is nothing here under {id}. Check the address.", id=claim.passage)
        length = len(passage.text) if passage else 0
        if passage and not 0 <= (claim.start or 0) <= (length if claim.end is None else claim.end) <= length:
            what = "{field}: the passage has no such stretch. Mark the words anew."
            raise InvalidInput("claim.span", what, field=claim.field)
    return found


def _mark_of_new(claim: NewClaim, own: Mark, passage: Passage | None, field: Field, masked: bool, by: Viewer) -> Mark:
    """Give the mark of a new claim: that of its passage (else its record), as strict as field and withheld words ask.

    A wider one that is asked for needs the right to loosen.
    """
    base = mark_of_class(passage.mark_class_id) if passage else own
    if field.sharing:
        base = _as_strict_as_both(own_mark(field.sharing.level, field.sharing.audience, by), base, by)
    if masked and claim.passage:
        base = mark_of_words(claim.passage, claim.start, claim.end, base)
    if claim.mark and claim.mark != base:
        _may_open(by, base, claim.mark)
    return claim.mark or base


def _as_strict_as_both(wanted: Mark, base: Mark, by: Viewer) -> Mark:
    if wanted.opens_as_wide_as(base) or base.level == "RED":
        return base
    if base.opens_as_wide_as(wanted):
        return wanted
    alone = frozenset({_person_of(by)})
    return Mark("AMBER+STRICT", base.owner, alone) if base.owner else Mark("RED", None, alone)


@action("claim.decide")
def decide_claims(claims: Sequence[Claim], status: str, *, by: Viewer) -> Done[Entry]:
    """Accept, reject or put back claims of one record; an erased claim stays erased."""
    entry = claims[0].entry
    needs_role(by, entry.workspace, "reviewer")
    if status not in ("accepted", "rejected", "proposed"):
        raise InvalidInput("claim.status", "A claim is accepted, rejected or proposed, not {status}.", status=status)
    if any(claim.entry_id != entry.pk for claim in claims):
        raise Conflict("claim.records", "Decide on the values of one record at a time.")
    if any(claim.status == "erased" for claim in claims):
        raise Conflict("claim.erased", "The value was erased for good. Nothing was changed.")
    before = {claim.public_id: claim.status for claim in claims}
    for claim in claims:
        claim.status, claim.decided_by, claim.decided_at = status, by.person or "", timezone.now()
    Claim.objects.bulk_update(claims, ["status", "decided_by", "decided_at"])
    refresh([entry])
    return Done(entry, [f"record:{entry.public_id}"], {"before": before, "status": status})


@action("claim.mark")
def mark_claim(
    claim: Claim, mark: Mark, *, by: Viewer, also: Mapping[str, Mapping[str, Any]] | None = None
) -> Done[Claim]:
    """Set who may see one value; loosening is for the owner organisation alone.

    Claims on the same words that had to be tightened with it follow when it is loosened; `also` says the marks that
    these get back (claim id -> mark), as taking an act back asks.
    """
    needs_role(by, claim.entry.workspace, "contributor")
    before = mark_of_class(claim.mark_class_id)
    _may_change_mark(by, before, mark)
    loosens = not before.opens_as_wide_as(mark)
    if loosens and claim.passage:
        _may_open(by, mark_of_class(claim.passage.mark_class_id), mark)
    if loosens and also is None:
        refuse_opening_withheld(claim, mark, by)
    marks = {claim.pk: mark} | _marks_of_followers(claim, mark, also if loosens else {})
    rows = list(Claim.objects.filter(pk__in=marks).select_related("entry__workspace", "passage__work").order_by("pk"))
    rows.sort(key=lambda row: row.pk != claim.pk)
    for row in rows:
        row.mark_class = mark_class_for(marks[row.pk])
        row.save(update_fields=["mark_class"])
    tightened = withhold([row for row in rows if row.passage_id])
    refresh({row.entry_id: row.entry for row in rows}.values())
    refs = [f"record:{claim.entry.public_id}", f"claim:{claim.public_id}"]
    claim.refresh_from_db()
    return Done(claim, refs, {"before": before.as_json(), "after": mark.as_json(), "tightened": tightened})


def _marks_of_followers(claim: Claim, mark: Mark, also: Mapping[str, Mapping[str, Any]] | None) -> dict[int, Mark]:
    if also is None:
        return {
            one.pk: mark if not mark.opens_as_wide_as(own) else own
            for one in followers(claim)
            if one.passage and (own := mark_of_class(one.passage.mark_class_id))
        }
    rows = Claim.objects.filter(public_id__in=also, mark_class_id=claim.mark_class_id)
    return {row.pk: mark_from_json(also[row.public_id]) for row in rows}


@action("entry.mark")
def mark_entry(
    entry: Entry, mark: Mark, *, by: Viewer, also: Mapping[str, Mapping[str, Any]] | None = None
) -> Done[Entry]:
    """Set who may see an entry. A work's passages follow, and claims that had the entry's own mark.

    Claims on a work's passages are never left wider than the work; those that rest on a passage follow their record
    only to a wider mark. `also` says exactly which claims follow and to what (id -> mark), as taking an act back asks.
    """
    needs_role(by, entry.workspace, "contributor")
    before_class, before = entry.mark_class_id, mark_of_class(entry.mark_class_id)
    _may_change_mark(by, before, mark)
    after = mark_class_for(mark)
    entry.mark_class = after
    entry.save(update_fields=["mark_class"])
    if entry.kind == Entry.WORK:
        Passage.objects.filter(work_id=entry.pk, mark_class_id=before_class).update(mark_class=after)
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
    _withhold_anew(entry)
    touched = {row.entry_id: row.entry for row, _ in followed}
    refresh(touched.values() if entry.kind == Entry.WORK else [entry])
    detail = {"before": before.as_json(), "after": mark.as_json(), "claims": moved}
    return Done(entry, [f"{entry.kind}:{entry.public_id}"], detail)


def _claims_that_follow(
    entry: Entry, before_class: int, mark: Mark, also: Mapping[str, Mapping[str, Any]] | None
) -> list[tuple[Claim, Mark]]:
    is_work = entry.kind == Entry.WORK
    rows = Claim.objects.filter(passage__work_id=entry.pk) if is_work else Claim.objects.filter(entry=entry)
    rows = rows.select_related("entry__workspace").order_by("pk")
    if also is not None:
        found = rows.filter(public_id__in=also, mark_class=before_class)
        return [(row, mark_from_json(also[row.public_id])) for row in found]
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


def _may_change_mark(by: Viewer, before: Mark, after: Mark) -> None:
    _may_open(by, before, after)
    if before.owner is not None and after.owner != before.owner and before.owner not in by.principals:
        raise _loosen_refused(before)


def _may_open(by: Viewer, before: Mark, after: Mark) -> None:
    if not before.opens_as_wide_as(after) and not decide(by, "loosen", before).allowed:
        raise _loosen_refused(before)


def _loosen_refused(mark: Mark) -> Forbidden:
    return Forbidden(
        "mark.loosen",
        "Only {owner} may open this to more readers. Ask them.",
        owner=mark.owner or "the persons named",
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
def set_status(entry: Entry, status: str, *, by: Viewer, claims: Mapping[str, str] | None = None) -> Done[Entry]:
    """Accept, reject or put back a record; accepting it accepts what is still proposed in it.

    `claims` says instead which claims get which status (id -> status), as taking an act back asks.
    """
    needs_role(by, entry.workspace, "reviewer")
    if status not in (Entry.PROPOSED, Entry.ACCEPTED, Entry.REJECTED):
        raise InvalidInput("record.status", "A record is proposed, accepted or rejected, not {status}.", status=status)
    if entry.status in (Entry.MERGED, Entry.WITHDRAWN):
        raise Conflict("record.closed", "This record was merged into another. Correct that one.")
    before, entry.status = entry.status, status
    mine = claims_of(entry, by)
    if claims is None:
        claims = {one.public_id: "accepted" for one in mine if one.status == "proposed" and status == Entry.ACCEPTED}
    moved = [one for one in mine if one.public_id in claims]
    for one in moved:
        one.status, one.decided_by, one.decided_at = claims[one.public_id], by.person or "", timezone.now()
    Claim.objects.bulk_update(moved, ["status", "decided_by", "decided_at"])
    refresh([entry])
    detail = {"before": before, "after": status, "claims": [one.public_id for one in moved]}
    return Done(entry, [f"record:{entry.public_id}"], detail)


@action("record.merge")
def merge_records(into: Entry, others: Sequence[Entry], *, by: Viewer) -> Done[Entry]:
    """Merge records that tell of one event: claims move with their marks and remember where they came from.

    The merged record is as visible as its least strict member. Reversible by `split_record`.
    """
    needs_role(by, into.workspace, "reviewer")
    before = {entry.public_id: state_of(entry) for entry in (into, *others)}
    mark = mark_with(mark_of_class(into.mark_class_id), others)
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
    refs = [f"record:{entry.public_id}" for entry in (into, *others)]
    return Done(into, refs, {"into": into.public_id, "merged": [o.public_id for o in others], "before": before})


@action("record.split")
def split_record(merged: Entry, *, by: Viewer) -> Done[Entry]:
    """Take a merged record out again, with the claims that it brought and the status that it had.

    The record that it leaves gets the mark and status back that it had without it, unless somebody set them since.
    """
    needs_role(by, merged.workspace, "reviewer")
    into = merged.merged_into
    if into is None:
        raise Conflict("record.split", "This record is not merged into another. Nothing to do.")
    mark_before, status_before = before_members(into)
    take_out_claims(into, merged)
    merged.status, merged.merged_into = status_before_merge(merged, into), None
    merged.save(update_fields=["status", "merged_into"])
    rest = list(Entry.objects.filter(merged_into=into))
    if (
        mark_before
        and mark_with(mark_before, [*rest, merged]).principals == mark_of_class(into.mark_class_id).principals
    ):
        into.mark_class = mark_class_for(mark_with(mark_before, rest))
    if status_before:
        into.status = status_with(status_before, [status_before_merge(one, into) for one in rest])
    into.save(update_fields=["mark_class", "status"])
    refresh([into, merged])
    return Done(merged, [f"record:{merged.public_id}", f"record:{into.public_id}"], {"from": into.public_id})
