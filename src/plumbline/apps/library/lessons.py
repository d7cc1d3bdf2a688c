"""What reviewers decided about works, as far as a mark lets it be learned from: reads, by the sharing rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plumbline.apps.library.models import Claim, Entry, Mask, Passage, Work
from plumbline.apps.library.queries import works
from plumbline.apps.spine.queries import classes_open_to
from plumbline.domain.access import Mark, Viewer
from plumbline.domain.evidence import Span, mask

if TYPE_CHECKING:
    from plumbline.apps.spine.models import Workspace

AT_ONCE = 200


@dataclass(frozen=True)
class Lesson:
    """Hold a reviewed work: its text as readers under the mark have it, its accepted records, what all this rests on.

    Each record is its type and its accepted claims with the stretch of `text` that they rest on, None where a person
    wrote the value without one. `rests_on` holds keys by kind.
    """

    work: Entry
    text: str
    records: Sequence[tuple[str, Sequence[tuple[Claim, tuple[int, int] | None]]]]
    rests_on: dict[str, list[int]]


def lessons(workspace: Workspace, mark: Mark, viewer: Viewer) -> Iterator[Lesson]:
    """Give the works whose every record was decided on, in the order they came.

    Only works, records and claims count that the viewer may see and that open at least as wide as `mark`; a work with a
    record that does not is left out, and words withheld from readers under `mark` are withheld here too.
    """
    seen = classes_open_to(mark, viewer)
    rows = works(viewer, workspace).filter(work__state=Work.READ, work__withdrawn_at=None).order_by("pk")
    found = [one for one in rows if one.mark_class_id in seen]
    for at in range(0, len(found), AT_ONCE):
        yield from _lessons_of(found[at : at + AT_ONCE], seen)


def still_open(rests_on: dict[str, list[int]], mark: Mark) -> bool:
    """Tell whether nothing that was learned from has been erased, withheld or closed since to readers under `mark`."""
    seen = classes_open_to(mark)
    claims = Claim.objects.filter(pk__among=rests_on["claims"], mark_class_id__among=seen).exclude(status="erased")
    entries = Entry.objects.filter(pk__among=rests_on["entries"], mark_class_id__among=seen)
    passages = Passage.objects.filter(pk__among=rests_on["passages"], mark_class_id__among=seen)
    counts = {"claims": claims.count(), "entries": entries.count(), "passages": passages.count()}
    if any(counts[kind] != len(rests_on[kind]) for kind in counts):
        return False
    masks = Mask.objects.filter(passage__among=rests_on["passages"]).exclude(mark_class_id__among=seen)
    return set(masks.values_list("pk", flat=True)) <= set(rests_on["masks"])


def _lessons_of(batch: Sequence[Entry], seen: frozenset[int]) -> Iterator[Lesson]:
    keys = [one.pk for one in batch]
    passages: dict[int, list[Passage]] = defaultdict(list)
    for row in Passage.objects.filter(work__in=keys).exclude(kind="row").order_by("work", "ordinal"):
        if row.mark_class_id in seen:
            passages[row.work_id].append(row)
    masks: dict[int, list[Mask]] = defaultdict(list)
    for one in Mask.objects.filter(passage__work__in=keys).exclude(mark_class_id__among=seen):
        masks[one.passage_id].append(one)
    said: dict[int, list[Claim]] = defaultdict(list)
    claims = Claim.objects.filter(passage__work__in=keys).exclude(passage__kind="row").exclude(status="erased")
    for claim in claims.select_related("entry", "passage").defer("passage__text").order_by("pk"):
        said[claim.passage.work_id if claim.passage else 0].append(claim)
    written = _written({claim.entry_id for found in said.values() for claim in found})
    for work in batch:
        entries = {claim.entry_id: claim.entry for claim in said[work.pk]}
        if passages[work.pk] and entries and all(map(_is_decided, entries.values())):
            told = {key: one for key, one in entries.items() if one.status == Entry.ACCEPTED}
            if all(one.mark_class_id in seen for one in told.values()):
                hidden = [one for row in passages[work.pk] for one in masks[row.pk]]
                own = [*said[work.pk], *(claim for key in told for claim in written[key])]
                yield _lesson(work, passages[work.pk], hidden, told, [one for one in own if one.mark_class_id in seen])


def _is_decided(record: Entry) -> bool:
    return record.status in (Entry.ACCEPTED, Entry.REJECTED)


def _written(entries: Iterable[int]) -> dict[int, list[Claim]]:
    """Give what people wrote without marking words, by record, of records that rest on one work alone."""
    keys, sources = sorted(entries), defaultdict[int, set[int]](set)
    rests = Claim.objects.filter(entry__among=keys).exclude(passage=None).values_list("entry_id", "passage__work_id")
    for entry, work in rests.distinct():
        sources[entry].add(work)
    found: dict[int, list[Claim]] = defaultdict(list)
    for claim in Claim.objects.filter(entry__among=keys, passage=None, status="accepted").exclude(person=""):
        if len(sources[claim.entry_id]) == 1:
            found[claim.entry_id].append(claim)
    return found


def _lesson(
    work: Entry, passages: Sequence[Passage], masks: Sequence[Mask], told: dict[int, Entry], claims: Sequence[Claim]
) -> Lesson:
    starts, parts, at = dict[int, int](), list[str](), 0
    for row in passages:
        hidden = [Span(one.start, one.end) for one in masks if one.passage_id == row.pk]
        starts[row.pk] = at
        parts.append(mask(row.text, hidden) if hidden else row.text)
        at += len(row.text) + 2
    records: dict[int, list[tuple[Claim, tuple[int, int] | None]]] = {key: [] for key in told}
    for claim in claims:
        if claim.status != "accepted" or claim.entry_id not in told:
            continue
        if claim.passage_id is None:
            records[claim.entry_id].append((claim, None))
        elif claim.passage_id in starts and claim.start is not None and claim.end is not None:
            first = starts[claim.passage_id]
            records[claim.entry_id].append((claim, (first + claim.start, first + claim.end)))
    rests_on = {
        "entries": sorted({work.pk, *told}), "claims": sorted(claim.pk for found in records.values() for claim, _ in found),
        "passages": list(starts), "masks": [one.pk for one in masks],
    }  # fmt: skip
    return Lesson(work, "\n\n".join(parts), [(told[key].type, found) for key, found in records.items()], rests_on)
