"""Masks the words on which stricter claims rest, wherever their work says them. Part of the actions.

What holds after each act: a claim stricter than its passage has masks of its mark on its words; a claim that rests on
words withheld because of another claim is at least as strict as these; what is told of a work (its title, the name of its
file, its author and publisher, the remarks of its reading) says no withheld word to anybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from plumbline.apps.library.models import Claim, Entry, Mask, Passage, Work
from plumbline.apps.library.queries import family_of, withheld_words
from plumbline.apps.library.resolving import refresh
from plumbline.apps.spine.actions import emit
from plumbline.apps.spine.queries import mark_of_class
from plumbline.domain.access import Mark, Viewer, decide, stricter
from plumbline.domain.errors import Conflict, Forbidden
from plumbline.domain.evidence import mask_name, occurrences

END = 10**9
Tightened = dict[str, Mapping[str, Any]]
"""Public id of a claim -> its mark before, as plain data."""


def is_stricter(claim: Claim, passage: Passage) -> bool:
    """Tell whether somebody who may read the passage might not see the claim."""
    return not mark_of_class(claim.mark_class_id).opens_as_wide_as(mark_of_class(passage.mark_class_id))


def withhold(claims: Iterable[Claim], *, new: bool = False, urgent: bool = True) -> Tightened:
    """Mask the words of claims (with passages) that are stricter than these, take other masks of theirs away.

    Gives the other claims that were tightened, with their marks before. Works whose words are withheld are left out
    of searches until the index has followed.
    """
    works: dict[int, bool] = {}
    tightened: Tightened = {}
    for claim in claims:
        passage = claim.passage
        if passage is None:
            continue
        had = 0 if new else Mask.objects.filter(claim=claim).delete()[0]
        if not is_stricter(claim, passage):
            if had:
                works.setdefault(passage.work_id, False)
            continue
        _refuse_unless_allowed(passage)
        masks = Mask.objects.bulk_create(_masks(claim, passage))
        tightened |= _tighten_overlapping(masks, claim)
        works[passage.work_id] = True
    for work, tightens in works.items():
        emit("index.work", {"work": work, "tightens": tightens}, urgent=urgent)
    withhold_names(works)
    return tightened


def withhold_in(work: int, changed: Passage | None = None) -> None:
    """Mask what is withheld in a work in passages that are new, or in one whose text has `changed`.

    A claim there that has lost its words withholds the whole passage, and elsewhere what it withheld before.
    """
    rows = Claim.objects.filter(pk__in=Mask.objects.filter(passage__work=work).values("claim"))
    claims = list(rows.select_related("passage__work", "entry__workspace").order_by("pk"))
    if changed is not None:
        Mask.objects.filter(passage=changed).delete()
    lost = [one for one in claims if changed is not None and one.passage_id == changed.pk and one.end is None]
    Mask.objects.bulk_create(mask for one in lost if one.passage for mask in _masks(one, one.passage))
    withhold([one for one in claims if one.end is not None])


def withhold_names(works: Iterable[int]) -> None:
    """Mask the words withheld in works in what is told of them, and of the files that they came in or that came in them.

    As it was, it stays in `Work.whole` for those from whom nothing of the file is withheld, and it comes back with the words.
    """
    if not (family := family_of(works)):
        return
    quotes = {words for *_, words in withheld_words(Mask.objects.filter(passage__work__in=family))}
    for work in Work.objects.filter(pk__in=family).select_related("entry").order_by("pk"):
        before = {name: getattr(of, name) for of, names in _told(work) for name in names}
        told = before | work.whole
        shown = {name: mask_name(text, quotes) for name, text in told.items()}
        warnings = [{**one, "params": _masked(one["params"], quotes)} for one in work.warnings]
        if shown == before and warnings == work.warnings:
            continue
        for of, names in _told(work):
            for name in names:
                setattr(of, name, shown[name])
        work.whole = {name: text for name, text in told.items() if shown[name] != text}
        work.warnings = warnings
        work.save(update_fields=["whole", "warnings", "name", "author", "publisher", "licence"])
        work.entry.save(update_fields=["title"])
        emit("index.work", {"work": work.pk, "tightens": bool(work.whole)})


def _told(work: Work) -> tuple[tuple[Any, tuple[str, ...]], ...]:
    return (work.entry, ("title",)), (work, ("name", "author", "publisher", "licence"))


def _masked(params: Mapping[str, Any], quotes: Iterable[str]) -> dict[str, Any]:
    return {name: mask_name(value, quotes) if isinstance(value, str) else value for name, value in params.items()}


def _refuse_unless_allowed(passage: Passage) -> None:
    if not passage.work.allows_masking:
        raise Conflict(
            "claim.masking",
            "{work} may not be shown in part: its owner refused. The value keeps its mark; ask the owner, or restrict the work.",
            work=passage.work.name,
        )


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


def overlapping(masks: Iterable[Mask], but: Claim) -> list[Claim]:
    """Find the other claims that rest on masked words."""
    spans: dict[int, list[tuple[int, int]]] = {}
    for one in masks:
        spans.setdefault(one.passage_id, []).append((one.start, one.end))
    rows = Claim.objects.filter(passage__in=spans).exclude(pk=but.pk).exclude(status="erased")
    return [
        row
        for row in rows.select_related("entry__workspace", "passage__work").order_by("pk")
        if any((row.start or 0) < end and start < _end(row) for start, end in spans[row.passage_id or 0])
    ]


def _end(claim: Claim) -> int:
    return claim.end if claim.end is not None else END


def _tighten_overlapping(masks: Sequence[Mask], because_of: Claim) -> Tightened:
    """Give other claims that rest on withheld words a mark at least as strict: the same words must not show there.

    A claim by which another owner withholds the words already keeps its mark: its readers know them from there.
    """
    mark, touched, before = mark_of_class(because_of.mark_class_id), dict[int, Entry](), Tightened()
    for other in overlapping(masks, because_of):
        now = mark_of_class(other.mark_class_id)
        theirs = other.passage is not None and now.owner != mark.owner and is_stricter(other, other.passage)
        if now == mark or mark.opens_as_wide_as(now) or theirs:
            continue
        before[other.public_id] = now.as_json()
        Claim.objects.filter(pk=other.pk).update(mark_class_id=because_of.mark_class_id)
        Mask.objects.filter(claim=other).update(mark_class_id=because_of.mark_class_id)
        touched[other.entry_id] = other.entry
    refresh(touched.values())
    return before


def mark_of_words(passage: int, start: int | None, end: int | None, base: Mark) -> Mark:
    """Give a new claim that rests on withheld words the mark of what is withheld."""
    for mask in Mask.objects.filter(passage=passage, start__lt=END if end is None else end, end__gt=start or 0):
        base = stricter(mark_of_class(mask.mark_class_id), base)
    return base


def refuse_opening_withheld(claim: Claim, mark: Mark, by: Viewer) -> None:
    """Refuse a mark that would show words which another claim withholds, unless who acts may open that one too."""
    if claim.passage_id is None:
        return
    masks = Mask.objects.filter(passage=claim.passage_id, start__lt=_end(claim), end__gt=claim.start or 0)
    for mask in masks.exclude(claim=claim):
        withheld = mark_of_class(mask.mark_class_id)
        if not withheld.opens_as_wide_as(mark) and not decide(by, "loosen", withheld).allowed:
            raise Forbidden(
                "mark.withheld",
                "Another value withholds the same words. Only {owner} may open them. Ask them.",
                owner=withheld.owner or "the persons named",
            )


def followers(claim: Claim) -> list[Claim]:
    """Find the claims that were tightened with a claim: on its words, of its mark, with no masks of their own."""
    found = overlapping(list(Mask.objects.filter(claim=claim)), claim)
    masked = set(Mask.objects.filter(claim__in=found).values_list("claim_id", flat=True))
    return [
        one
        for one in found
        if one.mark_class_id == claim.mark_class_id
        and one.passage
        and one.pk not in masked
        and is_stricter(one, one.passage)
    ]
