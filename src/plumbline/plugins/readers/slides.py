"""Read presentations (PPTX) straight from their XML: each slide is a page, its title a heading, its notes follow."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from plumbline.plugins.readers.archive import SafeArchive, open_archive
from plumbline.plugins.readers.model import Block, Document, Reading, broken

MEDIA = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
PACKAGE = "{http://schemas.openxmlformats.org/package/2006/relationships}"
C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
DC = "{http://purl.org/dc/elements/1.1/}"
TITLES = ("title", "ctrTitle")
PASSED_OVER = ("sldNum", "dt", "ftr", "hdr", "sldImg")


def read_pptx(path: Path, reading: Reading) -> Document:
    """Read a presentation in the order in which it is shown; hidden slides too, since they are part of the file."""
    with open_archive(path, reading) as archive:
        slides = _slides(archive, reading)
        blocks = [block for number, slide in enumerate(slides, 1) for block in _slide(archive, slide, number, reading)]
        core = archive.xml("docProps/core.xml")
    if not blocks:
        raise reading.refuse("file.no_text", "{name} holds no text. Nothing was stored; check the document.")
    said = {"title": DC + "title", "creator": DC + "creator"} if core is not None else {}
    found = {name: " ".join((core.findtext(tag) or "").split())[:300] for name, tag in said.items()}
    title = found.get("title") or next((one.text for one in blocks if one.kind == "heading"), None)
    return Document(MEDIA, title, None, None, found.get("creator") or None, blocks, reading.all_warnings())


def _slides(archive: SafeArchive, reading: Reading) -> list[str]:
    """Name the parts of the slides in order."""
    deck = archive.xml("ppt/presentation.xml")
    if deck is None:
        raise broken(reading)
    targets = _targets(archive, "ppt/presentation.xml")
    wanted = [targets.get(one.get(R + "id") or "", "") for one in deck.iter(P + "sldId")]
    found = [name for name in dict.fromkeys(wanted) if name in archive.names]
    if len(found) > reading.limits.pages:
        raise reading.refuse(
            "file.too_many_pages",
            "{name} has {pages} pages, more than the {limit} that are taken. Nothing was stored; split the file.",
            pages=len(found),
            limit=reading.limits.pages,
        )
    return found


def _targets(archive: SafeArchive, part: str) -> dict[str, str]:
    """Give the parts that a part names: relation id -> entry of the archive; what lies outside is nobody's."""
    folder, name = posixpath.split(part)
    relations = archive.xml(f"{folder}/_rels/{name}.rels")
    if relations is None:
        return {}
    return {
        one.get("Id", ""): posixpath.normpath(posixpath.join(folder, one.get("Target", ""))).lstrip("/")
        for one in relations.iter(PACKAGE + "Relationship")
        if one.get("TargetMode") != "External"
    }


def _slide(archive: SafeArchive, part: str, number: int, reading: Reading) -> Iterator[Block]:
    reading.check_time()
    slide = archive.xml(part)
    if slide is None:
        return
    for other in list(slide.iter(FALLBACK)):  # the same once more, for programs that know less
        if other.getparent() is not None:
            other.getparent().remove(other)
    title = " ".join(text for shape in slide.iter(P + "sp") if _role(shape) in TITLES for text in _paragraphs(shape))
    path = (title,) if title else ()
    if title:
        yield Block(title, number, (), "heading")
    yield from _shapes(slide, number, path)
    for target in _targets(archive, part).values():
        if target.startswith(("ppt/notesSlides/", "ppt/diagrams/data", "ppt/charts/chart")):
            part_of = archive.xml(target)
            if part_of is not None and target.startswith("ppt/notesSlides/"):
                yield from _shapes(part_of, number, path)
            elif part_of is not None and target.startswith("ppt/charts/"):
                yield from _chart(part_of, number, path)
            elif part_of is not None:
                for text in _paragraphs(part_of):
                    yield Block(text, number, path, "list-item")


def _shapes(slide: Any, number: int, path: tuple[str, ...]) -> Iterator[Block]:
    """Give the texts of shapes and the rows of tables in the order of the file."""
    for element in slide.iter(P + "sp", A + "tbl"):
        if element.tag == A + "tbl":
            for row, cells in enumerate(element.iterchildren(A + "tr"), 1):
                texts = [" ".join(_paragraphs(cell)) for cell in cells.iterchildren(A + "tc")]
                if any(texts):
                    yield Block(" | ".join(texts), number, path, "row", str(row))
        elif _role(element) not in (*TITLES, *PASSED_OVER):
            texts = _paragraphs(element)
            for text in texts:
                yield Block(text, number, path, "list-item" if len(texts) > 1 else "paragraph")


def _chart(chart: Any, number: int, path: tuple[str, ...]) -> Iterator[Block]:
    """Give what a chart shows: its title, then a row for each series with what stands at each of its values."""
    title = chart.find(f".//{C}chart/{C}title")
    for text in [] if title is None else _paragraphs(title):
        yield Block(text, number, path)
    for row, series in enumerate(chart.iter(C + "ser"), 1):
        name = " ".join(" ".join(one.text or "" for one in series.iterfind(f"{C}tx//{C}v")).split())
        at, values = _points(series, "cat", "xVal"), _points(series, "val", "yVal")
        told = [f"{at[key]}: {value}" if key in at else value for key, value in values.items()]
        if name or told:
            yield Block(" | ".join([name, *told] if name else told), number, path, "row", str(row))


def _points(series: Any, *kinds: str) -> dict[str, str]:
    return {
        one.get("idx", ""): " ".join((one.findtext(C + "v") or "").split())
        for kind in kinds
        for one in series.iterfind(f"{C}{kind}//{C}pt")
    }


def _role(shape: Any) -> str:
    """Give what a shape is for ('title', 'body', 'sldNum'); empty for a free one."""
    place = shape.find(f".//{P}nvPr/{P}ph")
    return "" if place is None else str(place.get("type", "body"))


def _paragraphs(shape: Any) -> list[str]:
    found = []
    for paragraph in shape.iter(A + "p"):
        parts = [
            " " if one.tag == A + "br" else one.text or "" for one in paragraph.iter(A + "t", A + "br")
        ]  # fmt: skip
        text = " ".join("".join(parts).split())
        if text:
            found.append(text)
    return found
