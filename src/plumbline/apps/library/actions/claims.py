"""Acts on claims: adding, deciding, erasing, and who sees one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from plumbline.apps.library.actions.naming import follow_naming
from plumbline.apps.library.actions.roles import (
    may_change_mark,
    may_open,
    needs_role,
    own_mark,
    person_of,
    refuse_merged,
)
from plumbline.apps.library.models import Claim, Entry, Mask, Passage
from plumbline.apps.library.resolving import refresh
from plumbline.apps.library.withholding import (
    followers,
    is_stricter,
    mark_of_words,
    refuse_opening_withheld,
    withhold,
)
from plumbline.apps.spine.actions import mark_class_for
from plumbline.apps.spine.acts import Done, action
from plumbline.apps.spine.ids import new_public_id
from plumbline.apps.spine.queries import blueprint_of, mark_of_class, visible_classes
from plumbline.domain.access import Mark, Viewer, mark_from_json
from plumbline.domain.blueprints import Field, RecordType, check_value
from plumbline.domain.errors import Conflict, InvalidInput, NotFound


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


@action("claim.add")
def add_claims(entry: Entry, claims: Sequence[NewClaim], *, by: Viewer) -> Done[list[Claim]]:
    """Add claims to a record that stands."""
    needs_role(by, entry.workspace, "contributor")
    refuse_merged(entry)
    rows = put_claims(entry, claims, by)
    refresh([entry])
    follow_naming((row.target_id for row in rows), by=by, among=(Entry.REJECTED,))
    detail = {"fields": sorted({row.field for row in rows}), "claims": [row.public_id for row in rows]}
    return Done(rows, [f"record:{entry.public_id}"], detail)


def put_claims(entry: Entry, claims: Sequence[NewClaim], by: Viewer) -> list[Claim]:
    record_type = blueprint_of(entry.workspace).types[entry.type]
    own = mark_of_class(entry.mark_class_id)
    passages = _passages_to_cite(claims, by)
    marks = _marks_of_new(claims, own, passages, record_type, by)
    targets = _targets(claims, record_type)
    classes: dict[Mark, Any] = {}
    rows = []
    for claim, mark in zip(claims, marks, strict=True):
        field = record_type.fields[claim.field]
        value = check_value(field, claim.value, blueprint=blueprint_of(entry.workspace))
        passage = passages[claim.passage] if claim.passage else None
        by_hand = not claim.extractor
        if mark not in classes:
            classes[mark] = mark_class_for(mark)
        row = Claim(
            public_id=new_public_id(), entry=entry, field=field.id, value=value, status="accepted" if by_hand else "proposed",
            confidence=claim.confidence, passage=passage, start=claim.start, end=claim.end, mark_class=classes[mark],
            person=(by.person or "") if by_hand else "", extractor=claim.extractor,
            target_id=targets.get(str(value)) if field.type == "relation" else None,
        )  # fmt: skip
        if by_hand or passage is None or passage.work.allows_masking or not is_stricter(row, passage):
            rows.append(row)
    Claim.objects.bulk_create(rows)
    withhold([row for row in rows if row.passage_id], new=True, urgent=any(not row.extractor for row in rows))
    return rows


def _targets(claims: Sequence[NewClaim], record_type: RecordType) -> dict[str, int]:
    """The keys of the records that relations name, by permanent id."""
    ids = {str(one.value) for one in claims if record_type.fields[one.field].type == "relation"}
    return dict(Entry.objects.filter(public_id__in=ids).values_list("public_id", "pk")) if ids else {}


def marks_of_new(claims: Sequence[NewClaim], own: Mark, record_type: RecordType, by: Viewer) -> list[Mark]:
    """Give the marks that claims would have on a record of a type with this mark, in their order; two queries."""
    return _marks_of_new(claims, own, _passages_to_cite(claims, by), record_type, by)


def _marks_of_new(
    claims: Sequence[NewClaim], own: Mark, passages: Mapping[int, Passage], record_type: RecordType, by: Viewer
) -> list[Mark]:
    for claim in claims:
        if claim.field not in record_type.fields:
            raise InvalidInput("record.field", "{type} has no field {field}.", type=record_type.id, field=claim.field)
    masked = set(Mask.objects.filter(passage__in=passages).values_list("passage_id", flat=True))
    return [
        _mark_of_new(claim, own, passages.get(claim.passage or 0), record_type.fields[claim.field],
                     claim.passage in masked, by)
        for claim in claims
    ]  # fmt: skip


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
        may_open(by, base, claim.mark)
    return claim.mark or base


def _as_strict_as_both(wanted: Mark, base: Mark, by: Viewer) -> Mark:
    if wanted.opens_as_wide_as(base) or base.level == "RED":
        return base
    if base.opens_as_wide_as(wanted):
        return wanted
    alone = frozenset({person_of(by)})
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
    follow_naming({one.target_id for one in claims if one.target_id is not None}, by=by)
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
    may_change_mark(by, before, mark)
    loosens = not before.opens_as_wide_as(mark)
    if loosens and claim.passage:
        may_open(by, mark_of_class(claim.passage.mark_class_id), mark)
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


@action("claim.erase")
def erase_claim(claim: Claim, *, by: Viewer) -> Done[Claim]:
    """Erase a value for good (personal data): the claim stays as an empty shell so that the history still holds."""
    needs_role(by, claim.entry.workspace, "editor")
    value, claim.value, claim.status = claim.value, None, "erased"
    named, claim.target = claim.target_id, None
    claim.save(update_fields=["value", "status", "target"])
    refresh([claim.entry])
    follow_naming({named} if named is not None else (), by=by)
    return Done(claim, [f"record:{claim.entry.public_id}", f"claim:{claim.public_id}"], {}, {"value": value})
