"""Versions and languages of works: which a viewer may know of, and how they are found.

A viewer gets a pair where they may see both works. What is proposed rests on what everyone who sees a work may read of it: passages under
marks no stricter than its own, without the stretches that are withheld from anybody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet

from plumbline.apps.library.models import Entry, Mask, Passage, Version, Work, WorkKey, WorkSketch
from plumbline.apps.library.queries import masked, works
from plumbline.apps.spine.ids import new_public_id
from plumbline.apps.spine.queries import (
    visible_keys,
    visible_to,
)
from plumbline.domain.errors import NotFound
from plumbline.domain.linking.sketches import LIKELY, Likeness, Sketch, best, judge, keys_of

if TYPE_CHECKING:
    from plumbline.apps.spine.models import Workspace
    from plumbline.domain.access import Viewer

MOST_AT_KEY = 50
"""A key that so many works hold takes no more: a thousand copies of one text meet the first of them."""
MOST_PROPOSED = 10
MOST_READ = 200


@dataclass(frozen=True)
class SeenVersion:
    """A pair of works that a viewer may see both of."""

    version: Version

    def beside(self, entry: Entry) -> Entry:
        """Give the work on the other side."""
        return self.version.other if self.version.entry_id == entry.pk else self.version.entry

    @property
    def likely(self) -> bool:
        """Whether the score is beyond the upper threshold."""
        return (self.version.score or 0) >= LIKELY


def versions(viewer: Viewer, *, work: Entry | None = None, workspace: Workspace | None = None) -> list[SeenVersion]:
    """The versions and translations of a work, or of a workspace's works, that the viewer may know of.

    Confirmed ones come first, then what waits, the likeliest first, then what was rejected.
    """
    rows = Version.objects.all()
    if work is not None:
        rows = rows.filter(Q(entry=work) | Q(other=work))
    if workspace is not None:
        rows = rows.filter(Q(entry__workspace=workspace) | Q(other__workspace=workspace))
    order = (Version.CONFIRMED, Version.OPEN, Version.REJECTED)
    seen = _seen(rows, viewer).order_by("-score", "pk")
    found = [SeenVersion(row) for row in (seen[:MOST_READ] if work is not None else seen)]
    return sorted(found, key=lambda one: order.index(one.version.state))


def get_version(public_id: str, viewer: Viewer) -> SeenVersion:
    """Get one pair; NotFound alike for none and for one of which the viewer may not see a side."""
    found = _seen(Version.objects.filter(public_id=public_id), viewer).first()
    if found is None:
        raise NotFound("version.unknown", "There is nothing here under {id}. Check the address.", id=public_id)
    return SeenVersion(found)


def has_versions() -> bool:
    """Tell whether any two works are held to be versions of each other; where none are, nothing is folded."""
    return Version.objects.exclude(state=Version.REJECTED).exclude(kind="translation").exists()


@dataclass(frozen=True)
class SameWords:
    """Passages found that have the same words (`groups` of their positions, in order) in works that are versions of each other.

    `works` holds the work at each position, `known` the pairs of works that the viewer sees both of.
    """

    works: Sequence[str] = ()
    groups: Sequence[Sequence[int]] = ()
    known: AbstractSet[frozenset[str]] = frozenset()

    def repeated(self, places: Sequence[int]) -> dict[int, int]:
        """Of positions of one group, say which repeat an earlier one in another version of its work: position -> that one's."""
        again: dict[int, int] = {}
        for n, at in enumerate(places):
            earlier = (one for one in places[:n] if one not in again)
            to = next((one for one in earlier if frozenset((self.works[at], self.works[one])) in self.known), None)
            if to is not None:
                again[at] = to
        return again


def same_words(shown: Iterable[tuple[str, str]], viewer: Viewer) -> SameWords:
    """Find passages of the same words among those found (work, text), in works that the viewer knows as versions of each other.

    One query, and none where no text stands twice.
    """
    works_at: list[str] = []
    alike: dict[str, list[int]] = {}
    for at, (work, text) in enumerate(shown):
        works_at.append(work)
        alike.setdefault(" ".join(text.split()), []).append(at)
    groups = [places for places in alike.values() if len({works_at[at] for at in places}) > 1]
    if not groups:
        return SameWords()
    ids = {works_at[at] for places in groups for at in places}
    rows = Version.objects.filter(entry__public_id__in=ids, other__public_id__in=ids).exclude(state=Version.REJECTED)
    pairs = _seen(rows.exclude(kind="translation"), viewer).values_list("entry__public_id", "other__public_id")
    return SameWords(works_at, groups, {frozenset(pair) for pair in pairs})


def texts_read(work: Entry, viewer: Viewer, most: int) -> list[tuple[int, str]]:
    """Key and text of the first passages of a work, as the viewer may read them: for laying many beside others."""
    rows = visible_to(Passage.objects.filter(work_id=work.pk), viewer).order_by("ordinal").values_list("pk", "text")
    masks = Mask.objects.filter(passage__work_id=work.pk).exclude(mark_class_id__among=visible_keys(viewer))
    return list(masked(dict(rows[:most]), masks).items())


def find_version(one: Entry, other: Entry) -> Version | None:
    """Find what two works at hand are to each other."""
    first, second = sorted((one.pk, other.pk))
    return Version.objects.filter(entry_id=first, other_id=second).first()


def _seen(rows: QuerySet[Version], viewer: Viewer) -> QuerySet[Version]:
    for side in ("entry", "other"):
        rows = visible_to(rows, viewer, f"{side}__mark_class_id")
    return rows.select_related("entry__workspace", "entry__work", "other__workspace", "other__work", "newer")


def works_of(ids: Iterable[str], viewer: Viewer) -> dict[str, Entry]:
    """The works with these permanent ids that the viewer may see, by id."""
    return {one.public_id: one for one in works(viewer).filter(public_id__in=list(ids))}


# -- how works meet, whoever may see them: a part of the action; nothing of it is shown ---------------------------------


def compare_work(key: int, event: int, own: Sketch) -> int:
    """Keep the sketch of a work and note what others are to it; gives how many pairs are new.

    Costs the same however many works there are.
    """
    if not Work.objects.filter(pk=key).exists():
        return 0
    WorkSketch.objects.update_or_create(
        pk=key, defaults={"event": event, "least": own.least, "size": own.size, "letters": own.letters,
                          "numbers": list(own.numbers), "names": list(own.names)},
    )  # fmt: skip
    WorkKey.objects.filter(entry_id=key).delete()
    keys = keys_of(own)
    held = list(WorkKey.objects.filter(key__in=keys).values_list("key", "entry_id"))
    crowd = Counter(one for one, _ in held)
    WorkKey.objects.bulk_create(WorkKey(entry_id=key, key=one) for one in set(keys) if crowd[one] < MOST_AT_KEY)
    known = {_far(one, key): one for one in Version.objects.filter(Q(entry_id=key) | Q(other_id=key))}
    likely = [one for one, _ in Counter(one for _, one in held).most_common(MOST_PROPOSED * 3)]
    return _note(key, best(_judged(own, {*likely, *known}), MOST_PROPOSED), known)


def _judged(own: Sketch, others: Iterable[int]) -> list[tuple[int, Likeness]]:
    languages = dict(Work.objects.filter(pk__in=list(others)).values_list("pk", "language"))
    found = []
    for row in WorkSketch.objects.filter(pk__in=list(languages)):
        there = Sketch(bytes(row.least), row.size, tuple(row.numbers), tuple(row.names), row.letters, languages[row.pk])
        if likeness := judge(own, there):
            found.append((row.pk, likeness))
    return found


def _far(version: Version, key: int) -> int:
    return version.other_id if version.entry_id == key else version.entry_id


def _note(key: int, found: dict[int, Likeness], known: dict[int, Version]) -> int:
    """Note what others are to a work; open pairs follow what is found, decided ones stay as they are."""
    stale = [one.pk for other, one in known.items() if one.state == Version.OPEN and other not in found]
    Version.objects.filter(pk__in=stale).delete()
    new: list[Version] = []
    for other, likeness in found.items():
        said = asdict(likeness)
        values = {"kind": said.pop("kind"), "score": said.pop("score")}
        if key > other:
            said["first_within"], said["second_within"] = said["second_within"], said["first_within"]
        if other not in known:
            first, second = sorted((key, other))
            new.append(Version(public_id=new_public_id(), entry_id=first, other_id=second, reasons=said, **values))
        elif known[other].state == Version.OPEN:
            Version.objects.filter(pk=known[other].pk).update(reasons=said, **values)
    Version.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)
