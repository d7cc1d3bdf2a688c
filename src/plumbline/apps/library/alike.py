"""What linking looks at of records that may tell of one event: the texts behind them, and the rows. Nothing here is shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from django.db.models import QuerySet

from plumbline.apps.library.models import Claim, Entry, Mask, Passage
from plumbline.apps.spine.queries import mark_of_class
from plumbline.domain.evidence import Span, mask


def texts_behind(entries: Sequence[Entry]) -> dict[int, list[tuple[str, str]]]:
    """The texts that each record's claims rest on, with their languages, by key, as everybody who may see the record may read them.

    Claims and passages stricter than their record do not count, and spans that a stricter claim withholds are left out.
    Three queries for any 500 records.
    """
    found: dict[int, list[tuple[str, str]]] = {entry.pk: [] for entry in entries}
    for at in range(0, len(entries), 500):
        own = {entry.pk: mark_of_class(entry.mark_class_id) for entry in entries[at : at + 500]}
        told = (
            Claim.objects.filter(entry__in=list(own)).exclude(status__in=("rejected", "erased")).exclude(passage=None)
        )
        places: dict[tuple[int, int], None] = {}
        for pk, key, *classes in told.order_by("passage_id").values_list(
            "entry_id", "passage_id", "mark_class_id", "passage__mark_class_id"
        ):
            if all(mark_of_class(one).opens_as_wide_as(own[pk]) for one in classes):
                places[pk, key] = None
        keys = {key for _, key in places}
        texts = texts_with_languages(Passage.objects.filter(pk__in=keys)) if keys else {}
        masks = Mask.objects.filter(passage__in=keys) if keys else ()
        withheld: dict[int, list[Mask]] = defaultdict(list)
        for one in masks:
            withheld[one.passage_id].append(one)
        for pk, key in places:
            hidden = [
                Span(one.start, one.end)
                for one in withheld[key]
                if not mark_of_class(one.mark_class_id).opens_as_wide_as(own[pk])
            ]
            text, language = texts[key]
            found[pk].append((mask(text, hidden) if hidden else text, language))
    return found


def texts_with_languages(passages: QuerySet[Passage]) -> dict[int, tuple[str, str]]:
    """The texts of passages, each with its language, by key; a passage that names none is in the language of its work."""
    rows = passages.values_list("pk", "text", "language", "work__language")
    return {key: (text, own or of_work) for key, text, own, of_work in rows}


def open_entries_at_hand(keys: Sequence[int], type_id: str) -> list[Entry]:
    """Proposed and accepted records with these keys, for comparing them with one another; shown to nobody as such."""
    rows = Entry.objects.filter(pk__in=keys, type=type_id, status__in=(Entry.PROPOSED, Entry.ACCEPTED))
    return list(rows.select_related("workspace"))
