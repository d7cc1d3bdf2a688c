"""Which works are to be compared with the library, and comparing them; the worker does it when no job waits."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from django.db import DatabaseError
from django.db.models import Max

from plumbline.apps.library.actions import compare_works
from plumbline.apps.library.models import Entry, Mask, Passage, Work, WorkSketch
from plumbline.apps.library.queries import masked
from plumbline.apps.spine.queries import classes_open_to, events_between, mark_of_class, newest_event
from plumbline.domain.linking.sketches import Sketch, sketch

if TYPE_CHECKING:
    from plumbline.domain.access import Viewer

MOST_LETTERS = 1_000_000
OVERLAP = 500
LOOK_AGAIN = 10.0
GONE = (Entry.REJECTED, Entry.WITHDRAWN)
log = logging.getLogger("plumbline.versions")


class Follower:
    """Follows what happens to works and says which are to be compared; one for each runner."""

    def __init__(self) -> None:
        newest = WorkSketch.objects.aggregate(newest=Max("event"))["newest"] or 0
        self.at, self.newest, self.looked = max(0, newest - OVERLAP), -1, 0.0

    def next(self, most: int = 20) -> dict[int, int]:
        """Give the next works (key -> last change); {} when nothing has changed since."""
        newest = newest_event()
        if newest == self.newest and time.monotonic() - self.looked < LOOK_AGAIN:
            return {}
        rows = events_between("index.work", self.at, newest).values_list("pk", "payload")
        found = list(rows[: OVERLAP * 2])
        last = {payload["work"]: key for key, payload in found}
        known = dict(WorkSketch.objects.filter(pk__in=list(last)).values_list("pk", "event"))
        there = set(Work.objects.filter(pk__in=list(last)).values_list("pk", flat=True))
        waiting = [key for key in last if key in there and known.get(key, 0) < last[key]]
        if len(waiting) > most:
            return {key: last[key] for key in waiting[:most]}
        if len(found) == OVERLAP * 2:
            self.at = found[OVERLAP - 1][0]
        else:  # a change with a smaller key may be committed later
            self.at, self.newest, self.looked = max(self.at, newest - OVERLAP), newest, time.monotonic()
        return {key: last[key] for key in waiting}


def texts_for_all(entry: Entry) -> list[str]:
    """The passages of a work as everyone who sees the work may read them, up to a million letters."""
    marks = classes_open_to(mark_of_class(entry.mark_class_id))
    rows = Passage.objects.filter(work_id=entry.pk, mark_class_id__among=list(marks)).order_by("ordinal")
    texts, letters = dict[int, str](), 0
    for key, text in rows.values_list("pk", "text").iterator(chunk_size=500):
        texts[key] = text
        letters += len(text)
        if letters > MOST_LETTERS:
            break
    return list(masked(texts, Mask.objects.filter(passage__work_id=entry.pk), filler=" ").values())


def sketch_work(key: int) -> Sketch:
    """Sketch a work as it stands; one that is not read, or is gone, as a text without words."""
    work = Work.objects.select_related("entry").filter(pk=key).first()
    read = work is not None and work.state == Work.READ and work.entry.status not in GONE
    return sketch(texts_for_all(work.entry), work.language) if work is not None and read else sketch([])


def compare_waiting(by: Viewer, follower: Follower | None = None, most: int = 20) -> int:
    """Compare the next works that wait for it; gives how many there were, 0 where the database was busy.

    A work that breaks it is left out until it changes, and logged: the worker goes on.
    """
    try:
        waiting = (follower or Follower()).next(most)
        sketches = {key: (event, _sketch_or_none(key)) for key, event in waiting.items()}
        if sketches:
            compare_works(sketches, by=by)
    except DatabaseError as error:
        log.warning("works are compared later: %s", error)
        return 0
    return len(waiting)


def _sketch_or_none(key: int) -> Sketch:
    try:
        return sketch_work(key)
    except DatabaseError:
        raise
    except Exception:
        log.exception("work %s could not be sketched", key)
        return sketch([])


def compare_all(by: Viewer) -> int:
    """Compare all works that wait; gives how many there were."""
    follower, done = Follower(), 0
    while count := compare_waiting(by, follower):
        done += count
    return done
