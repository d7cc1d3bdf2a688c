"""Reads of works, passages, entries and claims. The first step of each is the sharing rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models import F, Model, Q, QuerySet
from django.db.models.functions import Substr

from plumbline.apps.library.alike import texts_with_languages
from plumbline.apps.library.models import (
    Claim,
    EarlierText,
    Entry,
    Mask,
    Medium,
    Passage,
    SavedSearch,
    ScannedPage,
    Work,
)
from plumbline.apps.library.relations import that_count, without_hidden
from plumbline.apps.library.resolving import evidence_in, known_values, resolve_evidence
from plumbline.apps.spine.clock import today
from plumbline.apps.spine.queries import (
    blueprint_of,
    jobs,
    mark_of_class,
    visible_classes,
    visible_keys,
    visible_to,
    workspace_at_hand,
)
from plumbline.apps.spine.rows import find_row, values_where
from plumbline.domain.access import Mark, Viewer, decide
from plumbline.domain.errors import NotFound
from plumbline.domain.evidence import Resolved, Span, mask, mask_words

if TYPE_CHECKING:
    from plumbline.apps.spine.models import Workspace

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class ShownPassage:
    """A passage as one viewer may read it: withheld stretches are masked in `text` and listed in `withheld`."""

    id: str
    work: str
    work_title: str
    ordinal: int
    kind: str
    label: str
    page: int | None
    heading_path: tuple[str, ...]
    text: str
    start: int
    language: str
    mark: Mark
    withheld: tuple[Span, ...] = ()

    @cached_property
    def place(self) -> dict[str, Any]:
        """What a citation says beside the work: paragraph, page, headings."""
        return {"label": self.label, "page": self.page, "headings": list(self.heading_path)}


def works(viewer: Viewer, workspace: Workspace | None = None) -> QuerySet[Entry]:
    """Works that the viewer may see, newest first, withdrawn ones too."""
    rows = visible_to(Entry.objects.filter(kind=Entry.WORK), viewer).select_related("work", "workspace")
    return (rows.filter(workspace=workspace) if workspace else rows).order_by("-created_at", "-id")


def entries(viewer: Viewer, workspace: Workspace | None = None, kind: str = Entry.RECORD) -> QuerySet[Entry]:
    """Entries of a kind that the viewer may see, in no order."""
    rows = visible_to(Entry.objects.filter(kind=kind), viewer)
    return rows.filter(workspace=workspace) if workspace else rows


def get_entry(public_id: str, viewer: Viewer, kind: str | None = None) -> Entry:
    """Get one entry by its permanent id; NotFound alike for none and for one not to be seen."""
    rows = visible_to(Entry.objects.filter(public_id=public_id), viewer).select_related("workspace", "work")
    found = rows.filter(kind=kind).first() if kind else rows.first()
    if found is None:
        raise NotFound("entry.unknown", "There is nothing here under {id}. Check the address.", id=public_id)
    return found


def passages(work: Entry, viewer: Viewer, first: int = 0, count: int | None = None) -> list[ShownPassage]:
    """The passages of a work in order, as the viewer may read them; `first` and `count` are ordinals."""
    rows = visible_to(Passage.objects.filter(work_id=work.pk, ordinal__gte=first), viewer).order_by("ordinal")
    rows = rows.filter(ordinal__lt=first + count) if count else rows
    return shown(rows, viewer)


def get_passage(public_id: str, viewer: Viewer) -> ShownPassage:
    """Get one passage by its permanent id, as the viewer may read it."""
    found = shown(visible_to(Passage.objects.filter(public_id=public_id), viewer), viewer)
    if not found:
        raise NotFound("passage.unknown", "There is nothing here under {id}. Check the address.", id=public_id)
    return found[0]


def passages_by_id(ids: Sequence[str], viewer: Viewer) -> dict[str, ShownPassage]:
    """The passages with these ids that the viewer may see, by id."""
    rows = visible_to(Passage.objects.filter(public_id__in=ids), viewer)
    return {one.id: one for one in shown(rows, viewer)}


def levels_of_passages(ids: Sequence[str], viewer: Viewer) -> set[str]:
    """The levels of the marks of those of these passages that the viewer may see."""
    found: set[int] = set()
    for at in range(0, len(ids), 500):
        rows = visible_to(Passage.objects.filter(public_id__in=ids[at : at + 500]), viewer)
        found |= set(rows.values_list("mark_class_id", flat=True))
    return {mark_of_class(one).level for one in found}


def passages_by_pk(keys: Iterable[int], viewer: Viewer) -> dict[int, ShownPassage]:
    """The passages with these keys that the viewer may see, by key."""
    rows = list(visible_to(Passage.objects.filter(pk__in=set(keys)), viewer).select_related("work__entry"))
    return {row.pk: one for row, one in zip(rows, shown(rows, viewer), strict=True)}


def shown(rows: QuerySet[Passage] | list[Passage], viewer: Viewer) -> list[ShownPassage]:
    """Give passages (already visible ones) as the viewer may read them, with stricter spans withheld; two queries.

    Words withheld anywhere in a work are withheld in the headings above its passages too.
    """
    found = list(rows.select_related("work__entry")) if isinstance(rows, QuerySet) else rows
    hidden: dict[int, list[Span]] = defaultdict(list)
    quotes: dict[int, set[str]] = defaultdict(set)
    masks = Mask.objects.filter(passage__work__in={row.work_id for row in found})
    for passage, work, start, end, quote in withheld_words(masks.exclude(mark_class_id__among=visible_keys(viewer))):
        hidden[passage].append(Span(start, end))
        quotes[work].add(quote)
    return [_shown(row, hidden[row.pk], quotes[row.work_id]) for row in found]


def withheld_words(masks: QuerySet[Mask]) -> QuerySet[Mask, Any]:
    """Passage, work, start, end and words of masks."""
    words = Substr("passage__text", F("start") + 1, F("end") - F("start"))
    return masks.annotate(words=words).values_list("passage_id", "passage__work_id", "start", "end", "words")


def _shown(row: Passage, hidden: list[Span], quotes: Iterable[str]) -> ShownPassage:
    entry = row.work.entry
    return ShownPassage(
        row.public_id, entry.public_id, entry.title, row.ordinal, row.kind, row.label, row.page,
        tuple(mask_words(one, quotes) for one in row.heading_path), mask(row.text, hidden) if hidden else row.text, row.start,
        row.language or row.work.language, mark_of_class(row.mark_class_id), tuple(hidden),
    )  # fmt: skip


def claims_of(entry: Entry, viewer: Viewer) -> list[Claim]:
    """The claims on an entry that the viewer may see, oldest first, with passage and work at hand."""
    rows = without_hidden(that_count(Claim.objects.filter(entry=entry)), viewer)
    return list(rows.select_related("passage__work__entry").order_by("id"))


def claims_for(rows: Sequence[Entry], viewer: Viewer, fields: Collection[str] | None = None) -> dict[int, list[Claim]]:
    """The claims on several entries (on `fields` alone, where given) that the viewer may see, with passages at hand.

    By entry, oldest first; one query.
    """
    found: dict[int, list[Claim]] = {row.pk: [] for row in rows}
    claims = without_hidden(that_count(Claim.objects.filter(entry__in=list(found))), viewer)
    claims = claims if fields is None else claims.filter(field__in=list(fields))
    for claim in claims.select_related("passage").defer("passage__text").order_by("id"):
        found[claim.entry_id].append(claim)
    return found


def resting_places(rows: Sequence[Entry], viewer: Viewer, *, readable: bool = False) -> dict[int, set[tuple[int, int]]]:
    """The passages (key, key of the work) that claims on entries rest on, by entry; of claims that count and the viewer may see.

    `readable`: those alone that the viewer may read.
    """
    found: dict[int, set[tuple[int, int]]] = {row.pk: set() for row in rows}
    claims = without_hidden(Claim.objects.filter(entry__in=list(found), status__in=("proposed", "accepted")), viewer)
    claims = visible_to(claims, viewer, "passage__mark_class_id") if readable else claims
    for entry, passage, work in claims.exclude(passage=None).values_list("entry_id", "passage_id", "passage__work_id"):
        found[entry].add((passage, work))
    return found


def texts_of_passages(keys: Iterable[int], viewer: Viewer) -> dict[int, tuple[str, str]]:
    """The texts (with their languages) of those of these passages that the viewer may see, as they may read them, by key; two queries."""
    rows = texts_with_languages(visible_to(Passage.objects.filter(pk__among=set(keys)), viewer))
    masks = Mask.objects.filter(passage__among=list(rows)).exclude(mark_class_id__among=visible_keys(viewer))
    texts = masked({key: text for key, (text, _) in rows.items()}, masks)
    return {key: (text, rows[key][1]) for key, text in texts.items()}


def masked(texts: Mapping[int, str], masks: QuerySet[Mask], *, filler: str = "█") -> dict[int, str]:
    """Give texts of passages, by key in their order, with what these masks cover withheld; one query."""
    hidden: dict[int, list[Span]] = defaultdict(list)
    for passage, start, end in masks.values_list("passage_id", "start", "end"):
        hidden[passage].append(Span(start, end))
    return {key: mask(text, hidden[key], filler=filler) if key in hidden else text for key, text in texts.items()}


def readable_passages(claims: Iterable[Claim], viewer: Viewer) -> set[int]:
    """Of the passages that claims (at hand with their passages) rest on, the keys of those the viewer may read."""
    seen = set(visible_classes(viewer))
    return {claim.passage.pk for claim in claims if claim.passage and claim.passage.mark_class_id in seen}


def entries_with(ids: Iterable[str], viewer: Viewer, *, with_work: bool = False) -> dict[str, Entry]:
    """The entries with these permanent ids that the viewer may see, by id; `with_work` has the work side at hand."""
    rows = visible_to(Entry.objects.filter(public_id__in=set(ids)), viewer).select_related("workspace")
    return {row.public_id: row for row in (rows.select_related("workspace", "work") if with_work else rows)}


def members_of(entries: Iterable[int], viewer: Viewer) -> dict[int, Entry]:
    """The records that live on in records at hand (keys), through as many merges as there were, by key, oldest first.

    Each as `Entry.lives_on_in`, the key of the record at hand, and none that the viewer reaches only by one they may not see.
    """
    found: dict[int, Entry] = {}
    level = {key: key for key in entries}
    while level:
        rows = visible_to(Entry.objects.filter(merged_into__in=list(level)), viewer).select_related("workspace")
        below = {row.pk: (row, level[row.merged_into_id or 0]) for row in rows if row.pk not in found}
        for key, (row, root) in below.items():
            row.lives_on_in = root
            found[key] = row
        level = {key: root for key, (_row, root) in below.items()}
    return dict(sorted(found.items()))


def follow_merge(public_id: str, viewer: Viewer) -> Entry | None:
    """Find the record that stands in place of one that was merged, through as many merges as there were.

    None where it was not merged. NotFound, as for an unknown id, where there is no such record for the viewer; a
    merged record that they may not see is no way round that.
    """
    entry = get_entry(public_id, viewer)
    if entry.merged_into_id is None:
        return None
    walked = set[int]()
    while entry.merged_into_id is not None and entry.pk not in walked:
        walked.add(entry.pk)
        found = visible_to(Entry.objects.filter(pk=entry.merged_into_id), viewer).select_related("workspace").first()
        if found is None:
            raise NotFound("entry.unknown", "There is nothing here under {id}. Check the address.", id=public_id)
        entry = found
    return entry


def media_of(entry: Entry, viewer: Viewer) -> list[Medium]:
    """The media of an entry at hand that the viewer may see; those not accepted are for its contributors."""
    rows = visible_to(Medium.objects.filter(entry=entry), viewer)
    if not viewer.has_role(entry.workspace.slug, "contributor"):
        rows = rows.filter(state=Medium.ACCEPTED)
    return list(rows.select_related("entry__workspace").order_by("added_at", "pk"))


def media_for(rows: Sequence[Entry], viewer: Viewer) -> dict[int, list[Medium]]:
    """The accepted media on several entries that the viewer may see, by entry, oldest first; one query."""
    found: dict[int, list[Medium]] = {row.pk: [] for row in rows}
    media = visible_to(Medium.objects.filter(entry__in=list(found), state=Medium.ACCEPTED), viewer)
    for one in media.order_by("added_at", "pk"):
        found[one.entry_id].append(one)
    return found


def get_medium(public_id: str, viewer: Viewer) -> Medium:
    """Get one medium; NotFound alike for none, one not to be seen, and one on an entry not to be seen."""
    rows = visible_to(Medium.objects.filter(public_id=public_id), viewer)
    found = visible_to(rows, viewer, "entry__mark_class_id").select_related("entry__workspace", "entry__work").first()
    if found is None or (
        found.state != Medium.ACCEPTED and not viewer.has_role(found.entry.workspace.slug, "contributor")
    ):
        raise NotFound("medium.unknown", "There is nothing here under {id}. Check the address.", id=public_id)
    return found


def get_claim(public_id: str, viewer: Viewer) -> Claim:
    """Get one claim; NotFound alike for none, one not to be seen, and one on an entry not to be seen."""
    rows = without_hidden(Claim.objects.filter(public_id=public_id), viewer)
    found = visible_to(rows, viewer, "entry__mark_class_id").select_related("entry__workspace", "passage__work").first()
    if found is None:
        raise NotFound("claim.unknown", "There is nothing here under {id}. Check the address.", id=public_id)
    return found


def fields_of_claims(ids: Iterable[str], viewer: Viewer) -> dict[str, str]:
    """The fields of the claims with these ids that the viewer may see, by id."""
    rows = without_hidden(Claim.objects.filter(public_id__in=set(ids)), viewer)
    return dict(visible_to(rows, viewer, "entry__mark_class_id").values_list("public_id", "field"))


def values_for(rows: Sequence[Entry], viewer: Viewer) -> dict[int, dict[str, tuple[Resolved, ...]]]:
    """Give each entry's values as the viewer may see them: the only way out for values.

    Entries without stricter claims answer from their own columns; for the others, in one query for all, the claims
    that the viewer may see are resolved, so that the viewer gets the best value they may see, not a hole.
    """
    overlaid = {row.pk: row for row in rows if row.has_overlay}
    claims = (
        evidence_in(without_hidden(that_count(Claim.objects.filter(entry__in=list(overlaid))), viewer))
        if overlaid
        else {}
    )
    return {
        row.pk: resolve_evidence(claims.get(row.pk, ()), blueprint_of(row.workspace).types.get(row.type))
        if row.pk in overlaid
        else {name: tuple(Resolved(v, (), row.status, 1.0) for v in found) for name, found in known_values(row).items()}
        for row in rows
    }


def resting_on(work: Entry, viewer: Viewer) -> list[Entry]:
    """The records of which a claim rests on a passage of this work, as far as the viewer may see both."""
    claims = Claim.objects.filter(passage__work_id=work.pk, status__in=("accepted", "proposed"))
    keys = set(without_hidden(claims, viewer).values_list("entry_id", flat=True))
    found = visible_to(Entry.objects.filter(pk__among=keys), viewer).select_related("workspace").order_by("title")
    return [one for one in found if one.kind == Entry.RECORD]  # asked for the kind, SQLite walks through all of it


def claims_on_passages(keys: Iterable[int], viewer: Viewer) -> list[Claim]:
    """The open claims that rest on these passages (primary keys) and that the viewer may see."""
    rows = without_hidden(Claim.objects.filter(passage__in=list(keys), status__in=("accepted", "proposed")), viewer)
    return list(rows.select_related("entry").order_by("passage_id", "start"))


def find_own_work(workspace: Workspace, sha256: str, viewer: Viewer) -> Entry | None:
    """Find the work that the viewer or their organisation has of a file, where the viewer may see it."""
    own = [one for one in (viewer.organisation, viewer.person) if one]
    rows = Entry.objects.filter(work__workspace=workspace, work__owner__in=own, work__sha256=sha256)
    return visible_to(rows, viewer).first()


def owners_of_file(workspace: Workspace, sha256: str) -> set[str]:
    """Name the owners who have works of a file, whoever may see those: for giving a new work an owner of its own."""
    return set(values_where(Work, "owner", workspace_id=workspace.pk, sha256=sha256))


def marks_of(rows: Iterable[Any]) -> Mapping[int, Mark]:
    """Give the mark of each row (anything with `mark_class_id`), by mark class id."""
    return {row.mark_class_id: mark_of_class(row.mark_class_id) for row in rows}


def unread_works(workspace: Workspace | None, viewer: Viewer) -> QuerySet[Entry]:
    """Works still being read or failed, newest first, as far as the viewer may see them."""
    return works(viewer, workspace).filter(work__state__in=(Work.READING, Work.FAILED))


def texts_of(work: Entry, pages: Sequence[int] = (), but: Sequence[int] = ()) -> list[tuple[int, int, str, str]]:
    """Key, start, text and kind of each passage of a work at hand, in order: what extraction reads, unmasked.

    `pages` alone, where some are named; those of the pages `but` are left out, since they are read by themselves.
    """
    rows = Passage.objects.filter(work_id=work.pk).exclude(page__in=but)
    rows = rows.filter(page__in=pages) if pages else rows
    return list(rows.order_by("ordinal").values_list("pk", "start", "text", "kind"))


def texts_within(work: Entry, classes: Collection[int], viewer: Viewer) -> dict[int, str]:
    """The texts of a work's passages under these mark classes that the viewer may see, by key; words under others are masked."""
    rows = visible_to(Passage.objects.filter(work_id=work.pk, mark_class_id__among=classes), viewer)
    masks = Mask.objects.filter(passage__work=work.pk).exclude(mark_class_id__among=classes)
    return masked(dict(rows.values_list("pk", "text")), masks)


def pages_waiting(work: int) -> list[int]:
    """The pages of a work (by key) whose text waits to be recognised, in order."""
    rows = ScannedPage.objects.filter(work=work, state=ScannedPage.WAITING)
    return list(rows.order_by("page").values_list("page", flat=True))


def scanned_pages(work: Entry, viewer: Viewer) -> list[tuple[ScannedPage, str]]:
    """The pages of a work that are pictures, each with the id of its first passage that the viewer may see, or ""."""
    rows = visible_to(Passage.objects.filter(work_id=work.pk).exclude(page=None), viewer).order_by("-ordinal")
    first = dict(rows.values_list("page", "public_id"))
    found = ScannedPage.objects.filter(work__entry__in=works(viewer).filter(pk=work.pk)).order_by("page")
    return [(one, first.get(one.page, "")) for one in found]


def works_with_pages_waiting(viewer: Viewer, workspace: Workspace) -> QuerySet[Entry]:
    """The works whose scanned pages wait or failed, as far as the viewer may see them."""
    return works(viewer, workspace).filter(work__pages_waiting__gt=0)


def passage_to_correct(public_id: str, viewer: Viewer) -> tuple[Passage, list[EarlierText]]:
    """Get a recognised passage as it stands, and its texts before, newest first; NotFound for whom parts of it are withheld."""
    rows = visible_to(Passage.objects.filter(public_id=public_id), viewer).select_related("work__entry__workspace")
    found = rows.first()
    scans = (
        ScannedPage.objects.filter(work=found.work_id, page=found.page or 0) if found else ScannedPage.objects.none()
    )
    if found is None or not scans.exists() or withholds_from(get_entry(found.work.entry.public_id, viewer), viewer):
        raise NotFound("passage.unknown", "There is nothing here under {id}. Check the address.", id=public_id)
    return found, list(found.earlier_texts.order_by("-pk"))


def explain_access(public_id: str, of: Viewer, by: Viewer) -> list[dict[str, Any]]:
    """Say whether `of` may read an entry and each of its values, and why; only what `by` may see is told of."""
    entry = get_entry(public_id, by)
    rows: list[tuple[str, Mark]] = [(entry.title or entry.public_id, mark_of_class(entry.mark_class_id))]
    rows += [(claim.field, mark_of_class(claim.mark_class_id)) for claim in claims_of(entry, by)]
    told = []
    for what, mark in dict.fromkeys(rows):
        found = decide(of, "read", mark, today())
        reason = found.reason.code + (f" {found.reason.principal}" if found.reason.principal else "")
        told.append({"what": what, "mark": mark.level, "owner": mark.owner, "audience": sorted(mark.audience),
                     "allowed": found.allowed, "reason": reason})  # fmt: skip
    return told


def find_labelled_many(work: Entry, labels: Sequence[str], viewer: Viewer) -> dict[str, ShownPassage]:
    """Find the passages with these printed paragraph numbers in a work, the first of each, by label."""
    rows = visible_to(Passage.objects.filter(work_id=work.pk, label__in=labels), viewer).order_by("-ordinal")
    return {one.label: one for one in shown(rows, viewer)}


def batch_works(workspace: Workspace, batch: str, viewer: Viewer) -> list[Entry]:
    """The works whose files came in one batch, in the order in which they came, as far as the viewer may see them."""
    keys = [job.payload.get("work") for job in jobs(batch).filter(kind="read")]
    return list(works(viewer, workspace).filter(pk__in=keys).order_by("pk"))


def passage_keys(ids: Sequence[str]) -> dict[str, int]:
    """Give the keys of passages at hand, by public id."""
    return dict(Passage.objects.filter(public_id__in=ids).values_list("public_id", "pk"))


def neighbours(
    work: Entry, passage: ShownPassage, viewer: Viewer, reach: int = 2
) -> tuple[list[ShownPassage], list[ShownPassage]]:
    """The passages just before and just after one, as the viewer may read them."""
    first = max(0, passage.ordinal - reach)
    around = passages(work, viewer, first, passage.ordinal + reach + 1 - first)
    return [one for one in around if one.ordinal < passage.ordinal], [
        one for one in around if one.ordinal > passage.ordinal
    ]


def withholds_from(work: Entry, viewer: Viewer) -> bool:
    """Tell whether some stretch or passage of a work, or of a file that came in its file, is withheld from the viewer."""
    seen = visible_keys(viewer)
    keys = _with_files_inside({work.pk})
    rows = (
        Mask.objects.filter(passage__work_id__in=keys), Passage.objects.filter(work_id__in=keys),
        Entry.objects.filter(pk__in=keys),
    )  # fmt: skip
    return any(one.exclude(mark_class_id__among=seen).exists() for one in rows)


def words_withheld(entry: Entry, viewer: Viewer) -> set[str]:
    """Give the words that are withheld from the viewer of an entry they see: for masking what others write about it.

    Of a work, what is masked in its text; of a record, what claims say that the viewer may not see, and the words that
    these rest on, but for what other claims tell the viewer anyway.
    """
    seen = visible_keys(viewer)
    if entry.kind == Entry.WORK:
        masks = Mask.objects.filter(passage__work__in=family_of([entry.pk])).exclude(mark_class_id__among=seen)
        return {words for *_place, words in withheld_words(masks)}
    claims = Claim.objects.filter(entry=entry).exclude(status="erased").select_related("passage")
    told = without_hidden(claims, viewer)
    hidden = {words for one in claims.exclude(pk__in=told.values("pk")) for words in _words_of(one)}
    if entry.merged_into is not None:  # where its claims are now
        hidden |= words_withheld(entry.merged_into, viewer)
    return hidden - {words for one in told for words in _words_of(one)} if hidden else hidden


def _words_of(claim: Claim) -> set[str]:
    """What a claim says in words, and the words that it rests on."""
    value = claim.value
    parts = value if isinstance(value, list) else [value]
    said = {one for one in parts if isinstance(one, str)}
    for one in parts:
        if isinstance(one, dict):
            said |= {
                text for key, text in one.items() if isinstance(text, str) and (key == "name" or "precision" not in one)
            }
    if claim.passage is not None and claim.start is not None and claim.end is not None:
        said.add(claim.passage.text[claim.start : claim.end])
    return said


def _with_files_inside(works: Iterable[int]) -> set[int]:
    keys = level = set(works)
    while level := set(Work.objects.filter(inside__in=level).exclude(pk__in=keys).values_list("pk", flat=True)):
        keys = keys | level
    return keys


def family_of(works: Iterable[int]) -> set[int]:
    """Give the keys of works and of all that came in the files that they came in: what is withheld in one names none."""
    roots = level = set(works)
    while level := set(Work.objects.filter(files_inside__in=level).exclude(pk__in=roots).values_list("pk", flat=True)):
        roots = roots | level
    return _with_files_inside(roots)


def told_whole(work: Entry, viewer: Viewer) -> Entry:
    """Give a work with its title, file name, author and publisher as they are, for whom no words of them are withheld from.

    Not to be saved.
    """
    if work.work.whole:
        masks = Mask.objects.filter(passage__work__in=family_of([work.pk]))
        if not masks.exclude(mark_class_id__among=visible_keys(viewer)).exists():
            for name, text in work.work.whole.items():
                setattr(work if name == "title" else work.work, name, text)
    return work


def files_around(work: Entry, viewer: Viewer) -> tuple[Entry | None, list[Entry]]:
    """The work whose file held this one's, and the works whose files it held, as far as the viewer may see them."""
    outer = works(viewer).filter(pk=work.work.inside_id).first() if work.work.inside_id else None
    return outer, list(works(viewer).filter(work__inside=work.pk).order_by("pk"))


def find_passage_with(work: Entry, words: str, viewer: Viewer) -> tuple[int, int] | None:
    """Find where words stand in a work: the passage's key and the offset in it; None where they do not."""
    for row in visible_to(Passage.objects.filter(work_id=work.pk, text__contains=words), viewer)[:1]:
        return row.pk, row.text.index(words)
    return None


def get_work_to_read(key: int) -> Work:
    """Get the work that a reading job is about, whoever asked for it."""
    work, entry = find_row(Work, entry_id=key), find_row(Entry, id=key)
    if work is None or entry is None:
        raise Work.DoesNotExist(f"There is no work {key}.")
    work.entry, entry.work = entry, work
    entry.workspace = work.workspace = workspace_at_hand(entry.workspace_id)
    return work


def passages_around(keys: Iterable[int], viewer: Viewer, reach: int = 1) -> list[ShownPassage]:
    """The passages with these keys and those just before and after each, by work and in order; three queries."""
    near = visible_to(Passage.objects.filter(pk__in=set(keys)), viewer).values_list("work_id", "ordinal")
    wanted: dict[int, set[int]] = defaultdict(set)
    for work, ordinal in near:
        wanted[work] |= set(range(max(0, ordinal - reach), ordinal + reach + 1))
    if not wanted:
        return []
    chosen = Q()
    for work, ordinals in wanted.items():
        chosen |= Q(work_id=work, ordinal__in=ordinals)
    return shown(visible_to(Passage.objects.filter(chosen), viewer).order_by("work_id", "ordinal"), viewer)


def mark_classes_of_claims(keys: Sequence[int], viewer: Viewer) -> set[int]:
    """The mark classes of the claims on entries (by key) that the viewer may see and that still count."""
    rows = without_hidden(Claim.objects.filter(entry__among=keys, status__in=("proposed", "accepted")), viewer)
    return set(rows.order_by().values_list("mark_class_id", flat=True).distinct())


def titles_of_works(keys: Iterable[int], viewer: Viewer) -> dict[int, str]:
    """The titles of the works with these keys that the viewer may see, by key."""
    rows = visible_to(Entry.objects.filter(pk__among=set(keys)), viewer)
    return {pk: title for pk, title, kind in rows.values_list("pk", "title", "kind") if kind == Entry.WORK}


def kept_searches(viewer: Viewer) -> list[SavedSearch]:
    """The searches that the viewer keeps, by name, in workspaces that they may know of."""
    rows = SavedSearch.objects.filter(owner=viewer.person or "").select_related("workspace").order_by("name", "pk")
    return [row for row in rows if _knows(viewer, row)]


def find_kept_search(public_id: str, viewer: Viewer) -> SavedSearch | None:
    """Find a search that the viewer keeps; none of another's, none in a workspace that they may not know of."""
    row = SavedSearch.objects.filter(public_id=public_id, owner=viewer.person or "").select_related("workspace").first()
    return row if row and _knows(viewer, row) else None


def _knows(viewer: Viewer, row: SavedSearch) -> bool:
    return row.workspace is None or row.workspace.mark_class_id in visible_classes(viewer)


def owner_of_search(public_id: str) -> tuple[str, int] | None:
    """Find whose a saved search is and which turn its address is at: what checking a secret address needs."""
    return SavedSearch.objects.filter(public_id=public_id).values_list("owner", "turn").first()
