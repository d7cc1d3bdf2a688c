"""Writes the hits of a search as CSV or XLSX, a chunk at a time: only passages that the viewer may see, as they may read them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from plumbline.apps.library.presenting import LEVELS, citation
from plumbline.apps.library.queries import ShownPassage, entries_with, levels_of_passages, passages_by_id
from plumbline.apps.library.searching import FACETS, Asked, indexed
from plumbline.apps.spine.queries import installation
from plumbline.apps.spine.tables import CHUNK, Cell, Sheets, csv_parts, spoken, workbook_parts
from plumbline.domain.access import Viewer
from plumbline.domain.query import parse

MOST_HITS = 10_000
HEADS = (
    "rank", "work", "work_title", "publisher", "date", "citation", "language", "heading", "text", "url", "mark", "owner",
    "audience",
)  # fmt: skip


@dataclass(frozen=True)
class _Hits:
    """What is written: the ids of the passages in their order, of how many there are, and what to say of them."""

    ids: list[str]
    line: str
    about: dict[str, Cell]


def export_hits(
    asked: Asked, viewer: Viewer, workspaces: tuple[str, ...], form: str, *, language: str, base: str = ""
) -> Iterator[bytes]:
    """Write the passages that a search finds, at most 10,000 in its order, as `form` (csv, xlsx).

    The search is done at once, so that a question that cannot be read is refused before anything is sent; each chunk
    is read by the sharing rule when it is written. `base` is the scheme and host that addresses begin with.
    """
    found = indexed(parse(asked.text, facets=FACETS), asked, viewer, workspaces, limit=MOST_HITS, highlight=False)
    ids = list(dict.fromkeys(hit.id.rstrip("+") for hit in found.hits)) if asked.text else []
    with translation.override(language):
        hits = _told(asked, viewer, ids, found.total if asked.text else 0)
    rows = _rows(ids, viewer, base)
    return spoken(_csv(rows, hits) if form == "csv" else _xlsx(rows, hits), language)


def _told(asked: Asked, viewer: Viewer, ids: list[str], total: int) -> _Hits:
    levels = levels_of_passages(ids, viewer)
    house = installation()
    about: dict[str, Cell] = {
        "source": house.name if house else "Plumbline", "question": asked.text, "passages": len(ids), "total": total,
        "written_at": timezone.localtime().replace(microsecond=0).isoformat(),
        "strictest_mark": f"TLP:{max(levels, key=LEVELS.index, default='CLEAR')}",
    }  # fmt: skip
    line = _(
        "%(source)s: passages that match %(question)s; %(passages)s of %(total)s, written %(written_at)s; strictest mark inside: %(strictest_mark)s"
    )
    return _Hits(ids, line % about, about)


def _rows(ids: list[str], viewer: Viewer, base: str) -> Iterator[list[Cell]]:
    for at in range(0, len(ids), CHUNK):
        some = ids[at : at + CHUNK]
        shown = passages_by_id(some, viewer)
        works = entries_with({one.work for one in shown.values()}, viewer, with_work=True)
        for rank, key in enumerate(some, at + 1):
            if key in shown and shown[key].work in works:
                yield _cells(rank, shown[key], works[shown[key].work], base)


def _cells(rank: int, passage: ShownPassage, work: Any, base: str) -> list[Cell]:
    day, mark = work.date.isoformat() if work.date else "", passage.mark
    return [
        rank, passage.work, passage.work_title, work.work.publisher, day, citation(passage, work.work.publisher, day),
        passage.language, " / ".join(passage.heading_path), passage.text,
        base + reverse("library:passage-show", args=[passage.id]), f"TLP:{mark.level}", mark.owner or "",
        " ".join(sorted(mark.audience)),
    ]  # fmt: skip


def _csv(rows: Iterator[list[Cell]], hits: _Hits) -> Iterator[bytes]:
    yield from csv_parts(hits.line, HEADS, rows)


def _xlsx(rows: Iterator[list[Cell]], hits: _Hits) -> Iterator[bytes]:
    def write(book: Any) -> None:
        passages = Sheets(book, _("Passages"), HEADS)
        for row in rows:
            passages.add(row)
        told = Sheets(book, _("About"), ("about", hits.line))
        for name, value in hits.about.items():
            told.add([name, value])

    yield from workbook_parts(str(hits.about["question"])[:200], str(hits.about["source"]), hits.line, write)
