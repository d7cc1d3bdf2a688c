"""Read Word documents straight from their XML: styles give headings, numbering gives labels, tables give rows."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

from plumbline.plugins.readers.archive import SafeArchive, open_archive
from plumbline.plugins.readers.flow import ends_sentence, label_of
from plumbline.plugins.readers.headings import HeadingPath
from plumbline.plugins.readers.model import Block, Document, Reading
from plumbline.plugins.readers.numbering import VAL, Numbering, W
from plumbline.plugins.readers.symbols import sign

MEDIA = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
P, R, T, TBL, TR, TC = W + "p", W + "r", W + "t", W + "tbl", W + "tr", W + "tc"
TAB, ALIGNED, BR, CR, HYPHEN, SYM = W + "tab", W + "ptab", W + "br", W + "cr", W + "noBreakHyphen", W + "sym"
NOTES = {W + "footnoteReference": "", W + "endnoteReference": "e"}
FORMULA = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
WRAPPERS = (W + "sdt", W + "sdtContent", W + "customXml")
RENDERED = W + "lastRenderedPageBreak"
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
WORDS, BLANKS = {T, FORMULA}, {TAB, ALIGNED, BR, CR}
LEFT_OUT = (W + "moveFrom", W + "del", W + "rt", FALLBACK)
"""What stands elsewhere, is deleted, says how a word is spoken, or says the same once more for programs that know less."""
WALKED = (*WORDS, P, *BLANKS, HYPHEN, SYM, *NOTES, RENDERED, *LEFT_OUT)
STYLE_ID = W + "styleId"
PPR, STYLE, NUMPR, OUTLINE = W + "pPr", W + "pStyle", W + "numPr", W + "outlineLvl"
DC = "{http://purl.org/dc/elements/1.1/}"
DCTERMS = "{http://purl.org/dc/terms/}"
TITLE_LEVEL = 0
BOLD_LEVEL = 7
SHORT = 3
"""A header or footer of so many words beside the number of the page is no more than that: `Page 3 of 6`."""


@dataclass(frozen=True, slots=True)
class _Style:
    level: int | None
    list: tuple[str, int] | None
    listed: bool


PLAIN = _Style(None, None, False)
KNOWN_STYLES, MOST_STYLES = 16, 2_000
_known_styles: dict[bytes, dict[str | None, _Style]] = {}


def read_docx(path: Path, reading: Reading) -> Document:
    """Read a Word document; nothing is resolved, run or unpacked to disk."""
    with open_archive(path, reading) as archive:
        word = _Word(archive, reading)
        body = list(word.blocks())
        blocks = [*word.running("header"), *body, *word.running("footer")]
        core = archive.xml("docProps/core.xml")
    if not body:
        raise reading.refuse("file.no_text", "{name} holds no text. Nothing was stored; check the document.")
    said = {key: (core.findtext(tag) or "").strip() for key, tag in _CORE.items()} if core is not None else {}
    metadata = {key: value for key, value in said.items() if value}
    author = metadata.get("creator")
    return Document(
        MEDIA,
        metadata.get("title") or word.title or next((b.text for b in body[:3] if b.kind == "heading"), None),
        None,
        None,
        None if author == "python-docx" else author,
        blocks,
        reading.all_warnings(),
        metadata,
    )


_CORE = {
    "title": DC + "title",
    "creator": DC + "creator",
    "created": DCTERMS + "created",
    "modified": DCTERMS + "modified",
}


class _Word:
    """Walk the main part once, keeping heading path, list counters, page and table state."""

    def __init__(self, archive: SafeArchive, reading: Reading) -> None:
        self._archive = archive
        self._reading = reading
        self._styles = _styles_in(archive)
        self._numbering: Numbering | None = None
        self._notes = {
            mark + note.get(W + "id", ""): _gathered(note)[0]
            for part, kind, mark in (("footnotes", "footnote", ""), ("endnotes", "endnote", "e"))
            for note in _inside(archive.xml(f"word/{part}.xml"), W + kind)
        }
        self._path = HeadingPath()
        self._page: int | None = None  # where the current block begins
        self._next_page: int | None = None
        self.title: str | None = None

    def blocks(self) -> Iterator[Block]:
        """Give blocks in document order: paragraphs, headings, list items, table rows, footnotes after their paragraph."""
        data = self._archive.read("word/document.xml")
        self._page = self._next_page = 1 if b"lastRenderedPageBreak" in data else None
        tables = inside = row = 0
        for event, element in self._archive.xml_events(data, tags=(P, TBL, TR)):
            tag = element.tag
            if event == "start":
                tables += tag == TBL
                inside += tag == P
                row = 0 if tag == TBL and tables == 1 else row
                continue
            if tag == P:
                inside -= 1
                if tables == 0 and inside == 0:
                    yield from self._paragraph(element)
                    element.clear()
            elif tag == TR and tables == 1:
                if not inside or next(element.iterancestors(*LEFT_OUT), None) is None:
                    row += 1
                    yield from self._row(element, row)
                element.clear()
            elif tag == TBL:
                tables -= 1

    def running(self, kind: str) -> list[Block]:
        """Give what runs at the head ("header") or foot ("footer") of pages, each text once; page numbers say nothing.

        The blocks bear the kind as their label, as notes bear theirs, and no page.
        """
        told: dict[str, None] = {}
        for name in self._archive.names:
            root = self._archive.xml(name) if re.fullmatch(rf"word/{kind}\d{{0,4}}\.xml", name) else None
            if root is not None:
                text = _gathered(root)[0]
                words = re.findall(r"[^\W\d_]+", text)
                if len(words) > (SHORT if _counts_pages(root) else 0):
                    told[text] = None
        return [Block(text, None, (), "paragraph", kind) for text in told]

    def _paragraph(self, element: Any) -> Iterator[Block]:
        text, notes = self._text(element)
        if not text:
            return
        style, list_place = self._style_of(element)
        number = self._number_of(*list_place) if list_place else None
        printed = f"{number} {text}" if number else text
        level = style.level if style.level is not None else self._bold_level(element, text)
        if level is not None:
            yield self._heading(level, printed)
        else:
            kind, label = label_of(text)
            if number:
                kind, label = "list-item", number.strip("().:- ") or None
            elif list_place or style.listed:
                kind = "list-item"
            yield Block(printed, self._page, self._path.current, kind, label)
        yield from self._of_notes(notes)

    def _of_notes(self, notes: list[str]) -> Iterator[Block]:
        for note in notes:
            if self._notes.get(note):
                yield Block(
                    f"[{note}] {self._notes[note]}", self._page, self._path.current, "paragraph", f"note {note}"
                )

    def _number_of(self, listed: str, depth: int) -> str | None:
        if self._numbering is None:
            self._numbering = Numbering(self._archive.xml("word/numbering.xml"))
        return self._numbering.next(listed, depth)

    def _heading(self, level: int, text: str) -> Block:
        if level == TITLE_LEVEL:
            self.title = self.title or text
            return Block(text, self._page, (), "heading")
        self._path.close(level)
        block = Block(text, self._page, self._path.current, "heading")
        self._path.enter(level, text)
        return block

    def _style_of(self, element: Any) -> tuple[_Style, tuple[str, int] | None]:
        """Give the style of a paragraph and its place in a list (list id, depth), its own before its style's."""
        properties = element.find(PPR)
        if properties is None:
            return PLAIN, None
        named = properties.find(STYLE)
        style = self._styles.get(named.get(VAL), PLAIN) if named is not None else PLAIN
        own = properties.find(NUMPR)
        outline = properties.find(OUTLINE)
        if outline is not None and style.level is None and outline.get(VAL, "9") in "012345678":
            style = _Style(int(outline.get(VAL)) + 1, style.list, style.listed)
        place = _list_place(own) if own is not None else style.list
        return style, place if place and place[0] != "0" else None

    def _bold_level(self, element: Any, text: str) -> int | None:
        """Take a short paragraph without a stop whose every run is bold as a heading."""
        if len(text) > 120 or ends_sentence(text) or text[-1] == ",":
            return None
        runs = [run for run in element.iter(R) if run.find(T) is not None]
        bold = all(
            (mark := run.find(f"{W}rPr/{W}b")) is not None and mark.get(VAL) not in {"0", "false"} for run in runs
        )
        return BOLD_LEVEL if runs and bold else None

    def _row(self, element: Any, number: int) -> Iterator[Block]:
        cells: list[str] = []
        notes: list[str] = []
        for cell in _cells(element):
            text, named = self._text(cell, begun=any(cells))
            cells.append(text)
            notes += named
        if any(cells):
            yield Block(" | ".join(cells), self._page, self._path.current, "row", str(number))
        yield from self._of_notes(notes)

    def _text(self, element: Any, *, begun: bool = False) -> tuple[str, list[str]]:
        """Give a text and the ids of its footnotes; the page is that where the block's first text stands."""
        text, notes, before, breaks = _gathered(element)
        if text and not begun:
            self._page = self._next_page and self._next_page + max(before, 0)
        if breaks:
            self._next_page = (self._next_page or 1) + breaks
        return text, notes


def _list_place(properties: Any) -> tuple[str, int] | None:
    listed, depth = properties.find(W + "numId"), properties.find(W + "ilvl")
    if listed is None:
        return None
    written = "0" if depth is None else depth.get(VAL, "0")
    return listed.get(VAL, "0"), int(written) if written in {*"012345678"} else 0


def _styles_in(archive: SafeArchive) -> dict[str | None, _Style]:
    """Give the styles of a document by id.

    The part that holds them is often most of a document, and the same in all that came from one template or program:
    what it says is kept by its hash.
    """
    data = archive.read("word/styles.xml")
    digest = sha256(data).digest()
    found = _known_styles.get(digest)
    if found is None:
        found = _Styles(archive.parsed(data)).all()
        if len(_known_styles) >= KNOWN_STYLES:
            _known_styles.clear()
        if len(found) <= MOST_STYLES:
            _known_styles[digest] = found
    return found


class _Styles(dict[str | None, _Style]):
    """Works out heading level and list of each style, its own or that of the style it is based on."""

    def __init__(self, root: Any) -> None:
        self._own = {} if root is None else {one.get(STYLE_ID): one for one in root.iterchildren(W + "style")}
        self._depth = 0

    def __missing__(self, name: str | None) -> _Style:
        self[name] = PLAIN  # for a style that is based on itself
        if name in self._own and self._depth < 20:
            self._depth += 1
            self[name] = self._read(self._own[name], name or "")
            self._depth -= 1
        return self[name]

    def all(self) -> dict[str | None, _Style]:
        """Give every style that is declared."""
        return {name: self[name] for name in self._own}

    def _read(self, element: Any, name: str) -> _Style:
        base = element.find(W + "basedOn")
        below = self[base.get(VAL)] if base is not None else PLAIN
        title = element.find(W + "name")
        shown = (title.get(VAL, "") if title is not None else name).lower()
        outline = element.find(f"{PPR}/{OUTLINE}")
        numbered = element.find(f"{PPR}/{NUMPR}")
        level = below.level
        if shown == "title":
            level = TITLE_LEVEL
        elif shown.startswith("heading ") and shown[8:].isdigit():
            level = int(shown[8:])
        elif outline is not None and outline.get(VAL) in {*"012345678"}:
            level = int(outline.get(VAL)) + 1
        place = _list_place(numbered) if numbered is not None else below.list
        return _Style(level, place, below.listed or shown.startswith("list"))


def _cells(row: Any) -> Iterator[Any]:
    """Give the cells of a row, also those within controls of forms."""
    for child in row:
        if child.tag == TC:
            yield child
        elif child.tag in WRAPPERS:
            yield from _cells(child)


def _counts_pages(root: Any) -> bool:
    """Tell whether the number of a page stands in a header or footer."""
    told = [one.text or "" for one in root.iter(W + "instrText")] + [
        one.get(W + "instr", "") for one in root.iter(W + "fldSimple")
    ]
    return any("PAGE" in one.split() for one in told)


def _inside(root: Any, tag: str) -> Iterator[Any]:
    return iter(()) if root is None else root.iter(tag)


def _gathered(element: Any) -> tuple[str, list[str], int, int]:
    """Walk what an element shows, once: a paragraph with the boxes that hang on it, a cell, a note, a header.

    Gives its text with marks of its footnotes, their ids, and how often the page turns before its first word and in all.
    """
    parts: list[str] = []
    notes: list[str] = []
    before, breaks = -1, 0
    walk = element.iter(*WALKED)
    for item in walk:
        tag = item.tag
        if tag in WORDS:
            if text := item.text:
                parts.append(text)
                if before < 0:
                    before = breaks
        elif tag == P:
            parts.append(" ")
        elif tag == RENDERED:
            breaks += 1
        elif tag in BLANKS:
            parts.append(" " if item.getparent().tag == R else "")
        elif tag == HYPHEN:
            parts.append("-")
        elif tag == SYM:
            parts.append(_sign(item))
        elif tag in NOTES:
            notes.append(NOTES[tag] + item.get(W + "id", ""))
            parts.append(f" [{notes[-1]}]")
        else:
            within = sum(1 for _ in item.iter(*WALKED)) - 1
            deque(islice(walk, within), 0)
    return " ".join("".join(parts).split()), notes, before, breaks


def _sign(element: Any) -> str:
    try:
        return sign(int(element.get(W + "char", "20")[-4:], 16), element.get(W + "font", ""))
    except ValueError:
        return " "
