"""Read Rich Text Format by striprtf: paragraphs and rows of tables; pictures and objects are left out."""

from __future__ import annotations

import re
from pathlib import Path

from striprtf.striprtf import rtf_to_text

from plumbline.plugins.readers.archive import broken
from plumbline.plugins.readers.flow import label_of
from plumbline.plugins.readers.model import Block, Document, Reading

MEDIA = "application/rtf"
DIGITS_OF_PICTURES = re.compile(rb"(?:[0-9A-Fa-f]{2}[\r\n \t]*){256,}")
LARGE_NUMBERS = re.compile(rb"(\\[a-z]{1,32}-?\d{6})\d+")  # of no command; as a letter they would be none
BINARY = re.compile(rb"\\bin(\d{1,9}) ?")
INFO = re.compile(r"\{\\(title|author)\s+([^{}\\]{1,300})\}")
MOST = 30_000_000
"""So many bytes of text and commands are taken, once pictures are out: the parser works character by character."""


def read_rtf(path: Path, reading: Reading) -> Document:
    """Read an RTF file; what it embeds is not looked at."""
    data = _without_binary(path.read_bytes())
    data = LARGE_NUMBERS.sub(rb"\1", DIGITS_OF_PICTURES.sub(b"", data))
    if len(data) > MOST:
        raise reading.refuse(
            "file.too_large",
            "{name} has {size} bytes, more than the {limit} that are taken. Nothing was stored; split the file.",
            size=len(data),
            limit=MOST,
        )
    if data.count(b"{") > data.count(b"}") + 100:
        raise broken(reading)
    source = data.decode("latin-1")
    try:
        text = rtf_to_text(source, errors="replace")  # type: ignore[no-untyped-call]
    except (ValueError, IndexError, KeyError, LookupError, OverflowError, TypeError, AttributeError) as error:
        raise broken(reading) from error
    reading.check_time()
    blocks = list(_blocks(text))
    if not blocks:
        raise reading.refuse("file.no_text", "{name} holds no text. Nothing was stored; check the document.")
    said = dict(INFO.findall(source[:20_000]))
    return Document(MEDIA, said.get("title"), None, None, said.get("author"), blocks, reading.all_warnings())


def _without_binary(data: bytes) -> bytes:
    r"""Take the raw bytes out that follow `\binN`: they are no text, whatever they look like."""
    parts, at = [], 0
    while found := BINARY.search(data, at):
        parts.append(data[at : found.start()])
        at = min(len(data), found.end() + int(found.group(1)))
    return b"".join([*parts, data[at:]])


def _blocks(text: str) -> list[Block]:
    found, row = [], 0
    for line in text.replace("\x00", "").splitlines():
        cells = [" ".join(cell.split()) for cell in line.split("|")]
        if len(cells) > 2 and not cells[-1]:  # a row of a table ends with the end of its last cell
            row += 1
            found += [Block(" | ".join(cells[:-1]), None, (), "row", str(row))] if any(cells) else []
            continue
        row = 0
        words = " ".join(line.split())
        if words:
            kind, label = label_of(words)
            found.append(Block(words, None, (), kind, label))
    return found
