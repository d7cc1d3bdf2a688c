"""Records that relations name: which of them a viewer may know of, and what follows when one of them changes.

A relation tells that the record it names is there. So it is withheld, with all that it says, from whoever may not see that
record; and a proposal that names a record which was rejected waits, unseen, until that one is put back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from django.db.models import F, Q, QuerySet

from plumbline.apps.library.models import Claim, Entry
from plumbline.apps.spine.queries import history_of, visible_keys, visible_to

if TYPE_CHECKING:
    from plumbline.domain.access import Viewer

STANDING = ("proposed", "accepted")
FOLLOWED = "record.follow-naming"
"""The act that rejects what nothing names any longer, and puts it back."""
MOST_NAMING = 50


def without_hidden(rows: QuerySet[Claim], viewer: Viewer) -> QuerySet[Claim]:
    """Keep the claims that the viewer may see: by their own marks, and by those of the records that relations name."""
    seen = visible_keys(viewer)
    return rows.filter(Q(target=None) | Q(target__mark_class_id__among=seen), mark_class_id__among=seen)


def that_count(rows: QuerySet[Claim]) -> QuerySet[Claim]:
    """Leave out what was erased, and proposals that name a record which was rejected."""
    return rows.exclude(status="erased").exclude(status="proposed", target__status=Entry.REJECTED)


def naming(entry: Entry, viewer: Viewer) -> tuple[list[Claim], int]:
    """The relations that name a record, or one that was merged into it, of records that stand and that the viewer may see.

    The first `MOST_NAMING` by date of their record, the newest first, with record and passage at hand, and how many there are.
    """
    targets = [entry.pk, *merged_below([entry.pk])]
    rows = Claim.objects.filter(target__in=targets, status__in=STANDING, entry__status__in=STANDING)
    rows = visible_to(without_hidden(rows, viewer), viewer, "entry__mark_class_id")
    shown = rows.select_related("entry__workspace", "passage").order_by(
        F("entry__date").desc(nulls_last=True), "-entry_id", "pk"
    )
    found = list(shown[:MOST_NAMING])
    return found, len(found) if len(found) < MOST_NAMING else rows.count()


def standing_in_for(entries: Mapping[str, Entry], viewer: Viewer) -> dict[str, Entry]:
    """Give for records at hand, by permanent id, those in which they live on, as far as the viewer may follow: else themselves."""
    found = dict(entries)
    level = {key: one.merged_into_id for key, one in found.items() if one.merged_into_id is not None}
    walked = {key: {one.pk} for key, one in found.items()}
    while level:
        rows = visible_to(Entry.objects.filter(pk__in=set(level.values())), viewer).select_related("workspace")
        above = {row.pk: row for row in rows}
        met = {key: above[pk] for key, pk in level.items() if pk in above and pk not in walked[key]}
        found |= met
        for key, one in met.items():
            walked[key].add(one.pk)
        level = {key: one.merged_into_id for key, one in met.items() if one.merged_into_id is not None}
    return found


# -- a part of the actions: what names what, whoever may see it; nothing of it is shown --------------------------------


def records_naming(entries: Iterable[int]) -> list[Entry]:
    """The records with a relation to one of these (primary keys), or to one that was merged into it."""
    keys = list(entries)
    rows = Claim.objects.filter(target__in=[*keys, *merged_below(keys)]).values("entry")
    return list(Entry.objects.filter(pk__in=rows).select_related("workspace").order_by("pk"))


Counts = tuple[int, bool]


def how_it_counts(entry: Entry) -> Counts:
    """What of a record the columns of those that name it depend on: its mark, and whether it was rejected."""
    return entry.mark_class_id, entry.status == Entry.REJECTED


def named_by(claims: QuerySet[Claim]) -> set[int]:
    """The keys of the records that claims name."""
    return {key for key in claims.exclude(target=None).values_list("target_id", flat=True) if key is not None}


def is_named(entry: Entry) -> bool:
    """Tell whether a relation that counts names a record, or one that was merged into it."""
    targets = [entry.pk, *merged_below([entry.pk])]
    rows = Claim.objects.filter(target__in=targets, status__in=STANDING, entry__status__in=STANDING)
    return rows.exclude(entry__in=targets).exists()


def went_unnamed(entry: Entry) -> bool:
    """Tell whether nobody decided on a record since it was rejected because nothing named it."""
    last = history_of(f"record:{entry.public_id}").filter(verb__in=("record.status", FOLLOWED)).first()
    return last is not None and last.verb == FOLLOWED


def with_above(keys: Iterable[int]) -> set[int]:
    """Give keys of entries and those of the records that merged ones of them are inside of."""
    found = set(keys)
    level = found
    while level:
        rows = Entry.objects.filter(pk__in=level).exclude(merged_into=None)
        level = {key for key in rows.values_list("merged_into_id", flat=True) if key is not None} - found
        found |= level
    return found


def merged_below(keys: Iterable[int]) -> set[int]:
    """The keys of the records merged into some of these, and of those merged into these."""
    found, level = set[int](), list(keys)
    while level := list(Entry.objects.filter(merged_into__in=level).exclude(pk__in=found).values_list("pk", flat=True)):
        found |= set(level)
    return found
