"""Acts on pages that are pictures: their recognised text, what went wrong, doing it again, correcting it by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import F
from django.utils import timezone

from plumbline.apps.library.actions.roles import needs_role
from plumbline.apps.library.models import Claim, EarlierText, Entry, Passage, ScannedPage, Work
from plumbline.apps.library.queries import withholds_from
from plumbline.apps.library.resolving import refresh
from plumbline.apps.library.storing import insert_passages
from plumbline.apps.library.withholding import withhold_in
from plumbline.apps.spine.actions import emit, enqueue
from plumbline.apps.spine.acts import Done, action
from plumbline.domain.access import Viewer
from plumbline.domain.errors import Conflict, Forbidden, InvalidInput
from plumbline.domain.evidence import occurrences

FAR = 10**8
"""Ordinals are moved by way of here, so that no two meet on the way."""


@action("work.store-page")
def store_page(
    work: Work,
    page: int,
    paragraphs: Sequence[str],
    confidence: float,
    *,
    by: Viewer,
    language: str = "",
    turned: int = 0,
) -> Done[int]:
    """Put the recognised paragraphs of a page between those of the pages around it; gives how many came.

    What the file itself says on that page, such as a stamp over the picture, is there already and does not come again.
    `turned` is by how many degrees the page is turned, clockwise, to be read.
    """
    scan = _waiting(work, page)
    if scan is None:
        return Done(0, [f"work:{work.entry.public_id}"], {"page": page, "passages": 0})
    there = {" ".join(text.split()) for text in work.passages.filter(page=page).values_list("text", flat=True)}
    told = [text for text in paragraphs if text.strip() and " ".join(text.split()) not in there]
    at, start = _place_of(work, page)
    length = sum(len(text) + 2 for text in told)
    Passage.objects.filter(work=work, ordinal__gte=at).update(ordinal=F("ordinal") + FAR, start=F("start") + length)
    Passage.objects.filter(work=work, ordinal__gte=FAR).update(ordinal=F("ordinal") - FAR + len(told))
    rows = []
    for n, text in enumerate(told):
        rows.append({"ordinal": at + n, "kind": "paragraph", "page": page, "text": text, "start": start})
        start += len(text) + 2
    insert_passages(work, rows)
    work.passages.filter(page=page, ordinal__gte=at).update(arrived_at=timezone.now())
    withhold_in(work.pk)
    scan.state, scan.confidence, scan.turned, scan.problem = ScannedPage.READ, confidence, turned, None
    scan.save()
    work.language = work.language or language
    _count_pages(work)
    emit("index.work", {"work": work.pk}, urgent=False)
    return Done(len(told), [f"work:{work.entry.public_id}"], {"page": page, "passages": len(told)})


def _waiting(work: Work, page: int) -> ScannedPage | None:
    rows = ScannedPage.objects.select_for_update().filter(work=work, page=page)
    return rows.exclude(state=ScannedPage.READ).first()


def _place_of(work: Work, page: int) -> tuple[int, int]:
    """Give ordinal and start of the first passage after a page, those of the end where there is none."""
    after = Passage.objects.filter(work=work, page__gt=page).order_by("ordinal").first()
    if after is not None:
        return after.ordinal, after.start
    last = Passage.objects.filter(work=work).order_by("-ordinal").first()
    return (last.ordinal + 1, last.start + len(last.text) + 2) if last else (0, 0)


def _count_pages(work: Work) -> None:
    work.passage_count = Passage.objects.filter(work=work).count()
    work.pages_waiting = ScannedPage.objects.filter(work=work).exclude(state=ScannedPage.READ).count()
    work.save(update_fields=["passage_count", "pages_waiting", "language"])


@action("work.fail-page")
def fail_page(work: Work, page: int, problem: Mapping[str, Any], *, by: Viewer) -> Done[None]:
    """Note why the text of a page could not be recognised; the other pages go on."""
    ScannedPage.objects.filter(work=work, page=page).update(state=ScannedPage.FAILED, problem=dict(problem))
    return Done(None, [f"work:{work.entry.public_id}"], {"page": page, "code": problem.get("code")})


@action("work.recognise")
def recognise_pages(work: Entry, *, by: Viewer, batch: str = "") -> Done[int]:
    """Ask for the text of the pages that failed or still wait; gives how many these are."""
    needs_role(by, work.workspace, "contributor")
    rows = ScannedPage.objects.filter(work=work.pk).exclude(state=ScannedPage.READ)
    count = rows.update(state=ScannedPage.WAITING, problem=None)
    if count:
        key = f"recognise:{work.public_id}:{timezone.now().timestamp()}"
        enqueue("recognise", key, {"work": work.pk, "name": work.work.name}, by=by, batch=batch)
    return Done(count, [f"work:{work.public_id}"], {"pages": count})


@action("passage.correct")
def correct_passage(passage: Passage, text: str, *, by: Viewer) -> Done[Passage]:
    """Correct the recognised text of a passage; the text before is kept, and putting it back is correcting once more.

    A claim whose words still stand in the text stays on them. One whose words are gone rests on the whole passage and,
    where it was read by a machine, goes back to be reviewed; what it withholds, it then withholds with the whole passage.
    """
    work = passage.work
    needs_role(by, work.entry.workspace, "contributor")
    if withholds_from(work.entry, by):
        raise Forbidden(
            "passage.withheld", "Parts of this work are not shared with you, so you cannot correct its text."
        )
    if not ScannedPage.objects.filter(work=work, page=passage.page or 0, state=ScannedPage.READ).exists():
        raise Conflict("passage.as_written", "Only recognised text is corrected. This text stands so in the file.")
    said = " ".join(text.split())
    if not said:
        raise InvalidInput("passage.empty", "The text is empty. Write what stands on the page.")
    if said == passage.text:
        return Done(passage, [f"work:{work.entry.public_id}"], {"passage": passage.public_id})
    EarlierText.objects.create(passage=passage, text=passage.text, by=by.person or "")
    before, passage.text = passage.text, said
    passage.save(update_fields=["text"])
    Passage.objects.filter(work=work, ordinal__gt=passage.ordinal).update(start=F("start") + len(said) - len(before))
    moved = _anchor_anew(passage, before)
    emit("index.work", {"work": work.pk, "tightens": bool(moved)})
    return Done(passage, [f"work:{work.entry.public_id}"], {"passage": passage.public_id, "claims": moved})


def _anchor_anew(passage: Passage, before: str) -> list[str]:
    """Move the claims of a passage to where their words stand now; gives the ids of those that lost their words."""
    lost = []
    claims = list(Claim.objects.filter(passage=passage).exclude(start=None).select_related("entry__workspace"))
    for claim in claims:
        quote = before[claim.start : claim.end]
        places = occurrences(passage.text, quote, shortest=1) if quote else ()
        if places:
            nearest = min(places, key=lambda place: abs(place.start - (claim.start or 0)))
            claim.start, claim.end = nearest.start, nearest.end
        else:
            claim.start, claim.end = None, None
            if claim.extractor and claim.status == "accepted":
                claim.status = "proposed"
            lost.append(claim.public_id)
        claim.save(update_fields=["start", "end", "status"])
    withhold_in(passage.work_id, passage)
    refresh({claim.entry_id: claim.entry for claim in claims}.values())
    return lost
