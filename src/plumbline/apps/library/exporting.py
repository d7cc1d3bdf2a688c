"""Writes the hits of a search as CSV or XLSX, a chunk at a time: only passages that the viewer may see, as they may read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from plumbline.apps.library.copies import Listed, list_once
from plumbline.apps.library.presenting import LEVELS, citation
from plumbline.apps.library.queries import ShownPassage, entries_with, levels_of_passages, passages_by_id
from plumbline.apps.library.searching import Asked
from plumbline.apps.spine.queries import installation
from plumbline.apps.spine.tables import CHUNK, Cell, Sheets, csv_parts, spoken, workbook_parts
from plumbline.domain.access import Viewer

MOST_HITS = 10_000
HEADS = (
    "rank", "work", "work_title", "publisher", "date", "citation", "language", "heading", "text", "url", "copies", "also_at",
    "mark", "owner", "audience",
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

    What stands in several versions of a work is one row, which counts its copies and says where the others are.

    The search is done at once, so that a question that cannot be read is refused before anything is sent; each chunk
    is read by the sharing rule when it is written. `base` is the scheme and host that addresses begin with.
    """
    found = list_once(asked, viewer, workspaces, MOST_HITS) if asked.text else Listed((), 0, (), {})
    key = [hit.id.rstrip("+") for hit in found.hits]
    copies = {key[at]: [key[one] for one in found.copies.get(at, ())] for at in found.firsts}
    with translation.override(language):
        hits = _told(asked, viewer, list(copies), found.total)
    rows = _rows(copies, viewer, base)
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


def _rows(copies: Mapping[str, Sequence[str]], viewer: Viewer, base: str) -> Iterator[list[Cell]]:
    """Give a row for each passage; `copies` holds the ids of those that say the same in other versions, by its id."""
    ids = list(copies)
    for at in range(0, len(ids), CHUNK):
        some = ids[at : at + CHUNK]
        shown = passages_by_id([*some, *(one for key in some for one in copies[key])], viewer)
        works = entries_with({one.work for one in shown.values()}, viewer, with_work=True)
        for rank, key in enumerate(some, at + 1):
            if key in shown and shown[key].work in works:
                others = [one for one in copies[key] if one in shown]
                yield _cells(rank, shown[key], works[shown[key].work], others, base)


def _cells(rank: int, passage: ShownPassage, work: Any, others: Sequence[str], base: str) -> list[Cell]:
    day, mark = work.date.isoformat() if work.date else "", passage.mark
    return [
        rank, passage.work, passage.work_title, work.work.publisher, day, citation(passage, work.work.publisher, day),
        passage.language, " / ".join(passage.heading_path), passage.text,
        _address(passage.id, base), len(others) + 1, " ".join(_address(one, base) for one in others), f"TLP:{mark.level}", mark.owner or "",
        " ".join(sorted(mark.audience)),
    ]  # fmt: skip


def _address(passage: str, base: str) -> str:
    return base + reverse("library:passage-show", args=[passage])


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
