"""Read plain text: hard-wrapped lines become paragraphs, printed numbers become labels."""

from __future__ import annotations

import re
from pathlib import Path

from plumbline.plugins.readers.encoding import decode
from plumbline.plugins.readers.flow import Line, blocks_of, ends_sentence, without_running_heads
from plumbline.plugins.readers.model import Document, Reading

ENUMERATOR = re.compile(r"^(\(?\w{1,4}[.)]|[•‣▪●-])[ \t]+")


def read_text(path: Path, reading: Reading) -> Document:
    """Read a text file of any common encoding; form feeds count pages."""
    text = decode(path.read_bytes(), reading)
    if not text.strip():
        raise reading.refuse("file.no_text", "{name} holds no text, only blanks. Nothing was stored; check the file.")
    pages = text.split("\f")
    paged = len(pages) > 1
    wide = _unwrapped(text)
    lines = [_lines(page, number if paged else None, wide) for number, page in enumerate(pages, 1)]
    kept = without_running_heads(lines) if paged else lines[0]
    blocks = blocks_of(kept, sized=False)
    title = blocks[0].text if blocks and blocks[0].kind == "heading" else None
    return Document("text/plain", title, None, None, None, blocks, reading.all_warnings())


def _unwrapped(text: str) -> bool:
    """Say whether each line is a whole paragraph: many lines are longer than any page is wide."""
    lengths = [len(line) for line in text[:200_000].splitlines() if line.strip()]
    return bool(lengths) and sum(length > 160 for length in lengths) > 0.2 * len(lengths)


def _lines(page: str, number: int | None, wide: bool) -> list[Line]:
    """Make lines, with a gap after a blank line, or where a short line ended a sentence and an indent follows."""
    raw = page.split("\n")
    filled = sorted(len(line) for line in raw if line.strip())
    width = filled[len(filled) * 9 // 10] if filled else 0
    lines: list[Line] = []
    gap, before, before_indent = True, "", 0
    for text in raw:
        stripped = text.strip()
        if not stripped:
            gap = True
            continue
        indent = len(text) - len(text.lstrip())
        if not gap and ends_sentence(before):
            gap = len(before) < 0.6 * width or indent > before_indent
        lines.append(Line(ENUMERATOR.sub(r"\1 ", stripped), number, gap or wide))
        gap, before, before_indent = False, stripped, indent
    return lines
