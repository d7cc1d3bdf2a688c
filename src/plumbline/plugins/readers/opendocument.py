"""Read OpenDocument texts (ODT) straight from their XML: outline levels give headings, lists and tables their kinds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from plumbline.plugins.readers.archive import SafeArchive, open_archive
from plumbline.plugins.readers.flow import label_of
from plumbline.plugins.readers.headings import HeadingPath
from plumbline.plugins.readers.model import Block, Document, Reading, broken

MEDIA = "application/vnd.oasis.opendocument.text"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
META = "{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}"
DC = "{http://purl.org/dc/elements/1.1/}"
H, P, LIST_ITEM, NOTE, BREAK = TEXT + "h", TEXT + "p", TEXT + "list-item", TEXT + "note", TEXT + "soft-page-break"
TABLE_, ROW, CELL = TABLE + "table", TABLE + "table-row", TABLE + "table-cell"
LEFT_OUT = {
    OFFICE + "annotation", TEXT + "tracked-changes", TEXT + "table-of-content", TEXT + "alphabetical-index",
    TEXT + "sequence-decls", OFFICE + "forms", OFFICE + "scripts",
}  # fmt: skip
MOST_SPACES = 20
"""So many spaces does one element for spaces stand for at most: a lying count cannot fill the memory."""


def read_odt(path: Path, reading: Reading) -> Document:
    """Read an OpenDocument text; nothing is resolved, run or unpacked to disk."""
    with open_archive(path, reading) as archive:
        _refuse_encrypted(archive, reading)
        content, meta = archive.xml("content.xml"), archive.xml("meta.xml")
    body = None if content is None else content.find(f"{OFFICE}body/{OFFICE}text")
    if body is None:
        raise broken(reading)
    blocks = list(_Walk(reading).blocks(body))
    if not blocks:
        raise reading.refuse("file.no_text", "{name} holds no text. Nothing was stored; check the document.")
    said = _said(meta)
    title = said.pop("title", None) or next((one.text for one in blocks[:3] if one.kind == "heading"), None)
    return Document(MEDIA, title, None, None, said.get("creator"), blocks, reading.all_warnings(), said)


def _refuse_encrypted(archive: SafeArchive, reading: Reading) -> None:
    manifest = archive.xml("META-INF/manifest.xml")
    if manifest is not None and any(str(one.tag).endswith("}encryption-data") for one in manifest.iter()):
        raise reading.refuse(
            "file.encrypted", "{name} is encrypted. Nothing was stored; ask for the password or an unprotected copy."
        )


def _said(meta: Any) -> dict[str, str]:
    if meta is None:
        return {}
    tags = {
        "title": DC + "title", "creator": META + "initial-creator", "created": META + "creation-date",
        "modified": DC + "date",
    }  # fmt: skip
    found = {name: " ".join((meta.findtext(f".//{tag}") or "").split())[:300] for name, tag in tags.items()}
    return {name: value for name, value in found.items() if value}


class _Walk:
    """Walk the body once, keeping heading path and page."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._path = HeadingPath()
        self._page: int | None = None
        self._notes: list[str] = []

    def blocks(self, body: Any) -> Iterator[Block]:
        """Give blocks in document order, footnotes after the paragraph that they hang on."""
        self._page = 1 if body.find(f".//{BREAK}") is not None else None
        yield from self._inside(body, depth=0, listed=False)

    def _inside(self, element: Any, *, depth: int, listed: bool) -> Iterator[Block]:
        if depth > self._reading.limits.nesting:
            raise self._reading.refuse(
                "xml.too_deep", "{name} nests its parts too deeply to be a document. Nothing was stored; save it anew."
            )
        for child in element:
            self._reading.check_time()
            if child.tag == H or child.tag == P:
                yield from self._paragraph(child, listed)
            elif child.tag == TABLE_:
                yield from self._table(child)
            elif child.tag == BREAK:
                self._turn()
            elif isinstance(child.tag, str) and child.tag not in LEFT_OUT:
                yield from self._inside(child, depth=depth + 1, listed=listed or child.tag == LIST_ITEM)

    def _turn(self) -> None:
        self._page = self._page and self._page + 1

    def _paragraph(self, element: Any, listed: bool) -> Iterator[Block]:
        page = self._page
        text = self._text(element)
        if text and element.tag == H:
            level = _number(element.get(TEXT + "outline-level"), 1, 1, 10)
            self._path.close(level)
            yield Block(text, page, self._path.current, "heading")
            self._path.enter(level, text)
        elif text:
            kind, label = label_of(text)
            yield Block(text, page, self._path.current, "list-item" if listed else kind, label)
        notes, self._notes = self._notes, []
        for note in notes:
            yield Block(note, page, self._path.current)

    def _table(self, table: Any) -> Iterator[Block]:
        rows = (row for row in table.iter(ROW) if next(row.iterancestors(TABLE_)) is table)
        for number, row in enumerate(rows, 1):
            self._reading.check_time()
            cells = [self._cell(cell) for cell in row.iterchildren(CELL)]
            if any(cells):
                yield Block(" | ".join(cells), self._page, self._path.current, "row", str(number))
            notes, self._notes = self._notes, []
            for note in notes:
                yield Block(note, self._page, self._path.current)

    def _cell(self, cell: Any) -> str:
        inner = (one for one in cell.iter(P, H) if next(one.iterancestors(P, H, NOTE, CELL)).tag == CELL)
        return " ".join(text for one in inner if (text := self._text(one)))

    def _text(self, element: Any) -> str:
        parts: list[str] = []
        self._gather(element, parts, 0)
        return " ".join("".join(parts).split())

    def _gather(self, element: Any, parts: list[str], depth: int) -> None:
        parts.append(element.text or "")
        for child in element:
            if child.tag == NOTE:
                note = child.find(f"{TEXT}note-body")
                citation = (child.findtext(f"{TEXT}note-citation") or "").strip()
                body = "" if note is None else self._text(note)
                self._notes += [f"{citation} {body}".strip()] if body else []
            elif child.tag == TEXT + "s":
                parts.append(" " * _number(child.get(TEXT + "c"), 1, 1, MOST_SPACES))
            elif child.tag in (TEXT + "tab", TEXT + "line-break"):
                parts.append(" ")
            elif child.tag == TEXT + "ruby-text":
                pass  # how the word before is spoken
            elif child.tag in (P, H) and depth < self._reading.limits.nesting:  # of a note or a box
                parts.append(" ")
                self._gather(child, parts, depth + 1)
                parts.append(" ")
            elif child.tag == BREAK:
                self._turn()
            elif isinstance(child.tag, str) and child.tag not in LEFT_OUT and depth < self._reading.limits.nesting:
                self._gather(child, parts, depth + 1)
            parts.append(child.tail or "")


def _number(text: str | None, otherwise: int, least: int, most: int) -> int:
    return min(most, max(least, int(text))) if text and text.isdecimal() and len(text) < 9 else otherwise
