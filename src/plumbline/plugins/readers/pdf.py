"""Read the text layer of a PDF with pypdfium2: lines with their place and size, then paragraphs.

Per line three cheap native calls (place of the first and last character, size of the first) are made beside the text
of the page, so that reading stays close to the bare extraction.
"""

from __future__ import annotations

import ctypes
import re
import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any
from unicodedata import normalize

from plumbline.plugins.readers.flow import Line, blocks_of, ends_sentence, without_running_heads
from plumbline.plugins.readers.model import Block, Document, Reading

UNWANTED = dict.fromkeys([*range(0, 2), *range(3, 9), 11, *range(14, 32), 127])
SHAPES = re.compile("[\ufb00-\ufb06\ufb50-\ufdff\ufe70-\ufefc]+")
ARABIC = re.compile("[\u0620-\u06ff]")
FINAL = "ةى"
LEFT_TO_RIGHT = re.compile(r"[0-9A-Za-z\u0660-\u0669](?:[0-9A-Za-z\u0660-\u0669.,:/%-]*[0-9A-Za-z\u0660-\u0669])?")
HYPHENATED = "\ufffe"  # what pdfium writes for a hyphen at a line's end, with no line end after it
LINE_END = re.compile("\n|(?<=\ufffe)")
PASSWORD = 4
STAMP, EDGE, PICTURE = 300, 0.12, 0.6
"""A scan with a stamp: at most so many letters, all within so much of the edges, over pictures of so much of the page."""
FILLED_KINDS = (4, 5, 6)  # FPDF_FORMFIELD_COMBOBOX, LISTBOX, TEXTFIELD: whose values are words
A_PASSWORD, HIDDEN, NO_VIEW = 1 << 13, 1 << 1, 1 << 5  # ISO 32000-2, tables 231 and 167
ONE_AT_A_TIME = threading.Lock()  # pdfium keeps state for the whole process and knows no threads
UNSAID = {"", "anonymous", "unspecified", "untitled", "unknown"}

_Placed = tuple[str, float, float, float, float]  # text, leftmost, rightmost, baseline, font size (points)


def read_pdf(path: Path, reading: Reading) -> Document:
    """Read a PDF; pages that are pictures without a text layer are named in `scans`."""
    import pypdfium2

    with ONE_AT_A_TIME:
        try:
            pdf = pypdfium2.PdfDocument(path)
        except pypdfium2.PdfiumError as error:
            raise _refusal(error, reading) from error
        try:
            if pdf.get_formtype():
                pdf.init_forms()
            return _read(pdf, reading)
        finally:
            pdf.close()


def _refusal(error: Exception, reading: Reading) -> Exception:
    if getattr(error, "err_code", None) == PASSWORD or "assword" in str(error):
        return reading.refuse(
            "file.encrypted",
            "{name} is encrypted. Nothing was stored; ask for the password or an unprotected copy.",
        )
    return reading.refuse(
        "file.broken", "{name} is a damaged PDF and cannot be opened. Nothing was stored; ask for a new copy."
    )


def _read(pdf: Any, reading: Reading) -> Document:
    total = len(pdf)
    if total > reading.limits.pages:
        raise reading.refuse(
            "file.too_many_pages",
            "{name} has {pages} pages, more than the {limit} that are taken. Nothing was stored; split the file.",
            pages=total,
            limit=reading.limits.pages,
        )
    scans: list[int] = []
    pages = [_page(pdf, number, reading, scans) for number in range(1, total + 1)]
    if not any(pages) and not scans:
        raise reading.refuse(
            "file.no_text",
            "{name} holds no text and no pictures of text ({pages} pages). Nothing was stored; check the document.",
            pages=total,
        )
    metadata = {
        key: value
        for key, value in pdf.get_metadata_dict(skip_empty=True).items()
        if value.strip("() ").lower() not in UNSAID
    }
    blocks = blocks_of(righted(without_running_heads(pages), reading), sized=True)
    return Document(
        "application/pdf",
        metadata.get("Title", "").strip() or _largest_heading(blocks),
        None,
        None,
        metadata.get("Author", "").strip() or None,
        blocks,
        reading.all_warnings(),
        {**metadata, "pages": str(total)},
        scans=tuple(scans),
    )


def _largest_heading(blocks: list[Block]) -> str | None:
    return next((block.text for block in blocks[:5] if block.kind == "heading"), None)


def _page(pdf: Any, number: int, reading: Reading, scans: list[int]) -> list[Line]:
    """Take the lines of one page, or note it as a scan; a damaged page is left out with a warning."""
    import pypdfium2

    reading.check_time()
    try:
        page = pdf[number - 1]
        textpage = page.get_textpage()
    except pypdfium2.PdfiumError:
        reading.warn(
            "page.broken", "Page {page} of {name} is damaged and was left out.", page=number, name=reading.name
        )
        return []
    try:
        lines = list(_lines(textpage, textpage.get_text_range(), number)) + _filled_in(pdf, page, number)
        if _is_stamped_picture(page, textpage, lines) if lines else _holds_anything(page):
            scans.append(number)
        elif not lines:
            reading.warn("page.no_text", "Page {page} of {name} holds no text.", page=number, name=reading.name)
    finally:
        textpage.close()
        page.close()
    return lines


def _holds_anything(page: Any) -> bool:
    return next(iter(page.get_objects(max_depth=2)), None) is not None


def _is_stamped_picture(page: Any, textpage: Any, lines: list[Line]) -> bool:
    """Tell whether a page is a scan on which only a number, a fax's line or a stamp was written, all of it at the edges."""
    from pypdfium2 import raw

    if sum(len(line.text) for line in lines) > STAMP:
        return False
    left, bottom, right, top = page.get_bbox()
    across, up = right - left, top - bottom
    inner = (left + EDGE * across, bottom + EDGE * up, right - EDGE * across, top - EDGE * up)
    if textpage.get_text_bounded(*inner).strip():
        return False
    covered = 0.0
    for picture in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        west, south, east, north = picture.get_bounds()
        covered += max(0.0, min(east, right) - max(west, left)) * max(0.0, min(north, top) - max(south, bottom))
    return bool(covered > PICTURE * across * up)


def _filled_in(pdf: Any, page: Any, number: int) -> list[Line]:
    """Give what was filled into the fields of a form, each with its field's name."""
    from pypdfium2 import raw

    if not pdf.formenv:
        return []
    found = []
    for at in range(min(raw.FPDFPage_GetAnnotCount(page), 2_000)):
        field = raw.FPDFPage_GetAnnot(page, at)
        if not field:
            continue
        if raw.FPDFAnnot_GetSubtype(field) == raw.FPDF_ANNOT_WIDGET and not _is_secret(pdf, field):
            kind = raw.FPDFAnnot_GetFormFieldType(pdf.formenv, field)
            said = _said(raw.FPDFAnnot_GetFormFieldValue, pdf.formenv, field) if kind in FILLED_KINDS else ""
            name = _said(raw.FPDFAnnot_GetFormFieldAlternateName, pdf.formenv, field)
            name = name or _said(raw.FPDFAnnot_GetFormFieldName, pdf.formenv, field).rpartition(".")[2]
            told = f"{name[:1].upper()}{name[1:]}: {said}" if name else said
            found += [Line(told, number, True)] if said else []
        raw.FPDFPage_CloseAnnot(field)
    return found


def _is_secret(pdf: Any, field: Any) -> bool:
    """Tell whether what is filled in is not shown: a password, or a field that is hidden."""
    from pypdfium2 import raw

    return bool(raw.FPDFAnnot_GetFormFieldFlags(pdf.formenv, field) & A_PASSWORD) or bool(
        raw.FPDFAnnot_GetFlags(field) & (HIDDEN | NO_VIEW)
    )


def _said(ask: Any, form: Any, field: Any) -> str:
    size = ask(form, field, None, 0)
    if not 2 < size < 100_000:
        return ""
    held = (ctypes.c_ushort * (size // 2))()
    ask(form, field, held, size)
    return " ".join(bytes(held).decode("utf-16-le", "replace").replace("\x00", "").split())


def _lines(textpage: Any, text: str, number: int) -> Iterator[Line]:
    """Give the lines of a page, with gaps where leading, indent or a short last line show a new paragraph."""
    from pypdfium2 import raw

    origin_of, size_of = raw.FPDFText_GetCharOrigin, raw.FPDFText_GetFontSize
    across, up, end = ctypes.c_double(), ctypes.c_double(), ctypes.c_double()
    to_across, to_up, to_end = ctypes.byref(across), ctypes.byref(up), ctypes.byref(end)
    handle = textpage.raw
    found: list[_Placed] = []
    at = 0
    for piece in LINE_END.split(text) if HYPHENATED in text else text.split("\n"):
        stripped = piece.strip()
        length = len(piece)
        if stripped:
            first = at if len(stripped) == length else at + length - len(piece.lstrip())
            origin_of(handle, first + len(stripped) - 1, to_end, to_up)
            origin_of(handle, first, to_across, to_up)
            low, high = across.value, end.value
            if low > high:  # written from right to left
                low, high = high, low
            if not (stripped.isascii() and stripped.isprintable()):
                stripped = _clean(stripped)
            found.append((stripped, low, high, up.value, round(size_of(handle, first), 1)))
        at += length + (piece[-1:] != HYPHENATED)
    yield from _with_gaps(found, number)


def _clean(text: str) -> str:
    """Take out control characters, and write letters for the shapes of letters that some fonts name."""
    if text.isprintable() and (text.isascii() or not SHAPES.search(text)):
        return text
    return SHAPES.sub(lambda match: normalize("NFKC", match.group()), text.translate(UNWANTED)).strip()


def righted(lines: list[Line], reading: Reading) -> list[Line]:
    """Turn Arabic lines round that the maker of the PDF drew from left to right, letters that only end words say so."""
    words = [word for line in lines if ARABIC.search(line.text) for word in line.text.split()]
    begun = sum(word[0] in FINAL for word in words)
    if begun < 2 or begun <= sum(word.rstrip(".,،؛:")[-1:] in FINAL for word in words):
        return lines
    for line in lines:
        if ARABIC.search(line.text):
            line.text = LEFT_TO_RIGHT.sub(lambda match: match.group()[::-1], line.text[::-1])
    reading.warn(
        "text.turned_round",
        "{name} holds Arabic letters in reverse order; its lines were turned round.",
        name=reading.name,
    )
    return lines


def _with_gaps(found: list[_Placed], number: int) -> Iterator[Line]:
    if not found:
        return
    usual = median([drop for drop in _drops(found) if drop > 1] or [12.0])
    widest = max(line[2] for line in found) - min(line[1] for line in found)
    before: _Placed | None = None
    for line in found:
        text, low, _, base, size = line
        gap = False
        if before is not None:
            drop = before[3] - base
            short = before[2] - before[1] < 0.8 * widest
            indented = 0.8 * (size or 10) < low - before[1] < 60
            gap = drop > max(1.28 * usual, 1.45 * size) or (
                drop > 0 and ends_sentence(before[0]) and (short or indented)
            )
        if text:
            yield Line(text, number, gap, size)
            before = line


def _drops(found: list[_Placed]) -> Iterator[float]:
    return (above[3] - below[3] for above, below in pairwise(found))
