"""Read mail boxes (mbox): a list of the mails in them, and each as an e-mail of its own.

Python's `mailbox` takes each line `From ` after an empty one for the beginning of a mail, opens the file for writing, and
keeps no bounds; here a mail begins where such a line says a time and a header follows (RFC 4155, appendix A).
"""

from __future__ import annotations

import mmap
import re
from itertools import pairwise
from pathlib import Path

from plumbline.plugins.readers.mail import headers_of, subject_of
from plumbline.plugins.readers.model import Block, Document, Part, Reading, broken, safe_name, too_many

MEDIA = "application/mbox"
BEGINNING = re.compile(
    rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))From (?=[^\r\n]{0,300}\d:\d\d)[^\r\n]{1,400}\r?\n(?=>?[!-9;-~]{1,80}:)"
)
QUOTED = re.compile(rb"^>(>*From )", re.M)
"""A line of a text that would begin a mail, as writers of mail boxes mark it."""
MOST_OF_HEADERS = 200_000


def read_mbox(path: Path, reading: Reading) -> Document:
    """Read a mail box; a mail that is damaged is refused by itself once it is read."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        begun = []
        for found in BEGINNING.finditer(data):
            reading.check_time()
            begun.append((found.start(), found.end()))
        if len(begun) > reading.limits.parts:
            raise too_many(reading, len(begun), reading.limits.parts)
        if not begun:
            raise broken(reading)
        places = [(first[1], then[0]) for first, then in pairwise([*begun, (len(data), len(data))])]
        names = [
            _name(data[start : min(end, start + MOST_OF_HEADERS)], number, reading)
            for number, (start, end) in enumerate(places, 1)
        ]
    blocks = [Block(name, None, (), "list-item") for name in names]
    parts = tuple(
        Part(name, lambda place=place: _mail(path, *place))  # type: ignore[misc]
        for name, place in zip(names, places, strict=True)
    )
    return Document(MEDIA, reading.name, None, None, None, blocks, reading.all_warnings(), {}, parts)


def _name(head: bytes, number: int, reading: Reading) -> str:
    """Name a mail by its place and subject, so that no two have one name."""
    reading.check_time()
    return safe_name(
        f"{number} {subject_of(headers_of(head, reading))[:100]}".replace("/", "-").replace("\\", "-").strip() + ".eml"
    )


def _mail(path: Path, start: int, end: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return QUOTED.sub(rb"\1", file.read(end - start))
