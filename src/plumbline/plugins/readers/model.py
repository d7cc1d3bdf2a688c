"""What every reader takes and gives: limits in, a document of blocks out, or one refusal.

A reader never guesses silently: what it repaired is a `ReadWarning`, what it cannot read is a `FileRefused`.
"""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from plumbline.domain.errors import PlumblineError

BlockKind = Literal["paragraph", "heading", "list-item", "row"]


class FileRefused(PlumblineError):
    """Refuse one file in one sentence: what is wrong with it and what to do; other files go on."""


@dataclass(frozen=True, slots=True)
class Block:
    """Hold one passage as it stands in the file.

    `page` counts from 1 (None where the format has no pages). `heading_path` runs from the outermost heading to the
    nearest, the block's own text excluded. `label` is the printed paragraph number ("40", "a") or, for a row, its
    number in the file or sheet (the header row is 1).
    """

    text: str
    page: int | None = None
    heading_path: tuple[str, ...] = ()
    kind: BlockKind = "paragraph"
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """Hold a file inside a file (an attachment, a member of an archive): its shown name, and how its bytes are had.

    `read` may raise `FileRefused`: a damaged member is refused by itself.
    """

    name: str
    read: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class ReadWarning:
    """Say what was repaired or left out: a stable code, an English template, its parameters as data.

    >>> ReadWarning("page.no_text", "Page {page} holds no text.", {"page": 3}).message
    'Page 3 holds no text.'
    """

    code: str
    template: str
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """Fill the template with the parameters."""
        return self.template.format(**self.params)


@dataclass(frozen=True, slots=True)
class Document:
    """Hold what was read: blocks in reading order, and what the file says of itself.

    `language` is an ISO 639-1 code, declared by the file or else detected, None when the text is too short. `published`
    is only set from a declared publication date; creation dates of the file stay in `metadata` (ISO strings).
    `blocks` of a table live in a temporary file, so that their number costs next to no memory; they may be iterated
    many times and indexed like any sequence. `parts` are files inside the file, each to become a work of its own.
    `scans` are the pages (from 1) that are pictures without a text layer: their text waits for recognition.
    """

    media_type: str
    title: str | None
    language: str | None
    published: date | None
    author: str | None
    blocks: Sequence[Block]
    warnings: tuple[ReadWarning, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    scans: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        """Join the blocks with an empty line: the text that offsets of passages count in."""
        return "\n\n".join(block.text for block in self.blocks)


@dataclass(frozen=True, slots=True)
class Limits:
    """Bound what one file may cost. Sizes in bytes; a file beyond a limit is refused, never cut in silence.

    `ratio` is unpacked over packed bytes of one entry of an archive, looked at beyond one megabyte; `nesting` is the
    depth of elements; `warnings` is how many are listed one by one before they are counted in a last one; `parts` is how
    many files inside a file are taken out.
    """

    size: int = 200_000_000
    pages: int = 5_000
    unzipped: int = 500_000_000
    ratio: int = 200
    entries: int = 10_000
    nesting: int = 200
    rows: int = 2_000_000
    cell: int = 100_000
    seconds: float = 120.0
    warnings: int = 1_000
    parts: int = 1_000


class Reading:
    """Accompany the reading of one file: its shown name, limits, deadline and warnings."""

    def __init__(self, name: str, limits: Limits) -> None:
        self.name = name
        self.limits = limits
        self.warnings: list[ReadWarning] = []
        self.unlisted = 0
        self._deadline = time.monotonic() + limits.seconds

    def warn(self, code: str, template: str, **params: Any) -> None:
        """List a warning, or only count it beyond the limit."""
        if len(self.warnings) < self.limits.warnings:
            self.warnings.append(ReadWarning(code, template, params))
        else:
            self.unlisted += 1

    def all_warnings(self) -> tuple[ReadWarning, ...]:
        """Give the listed warnings and, where some were only counted, one that says how many."""
        if not self.unlisted:
            return tuple(self.warnings)
        more = ReadWarning("file.more_warnings", "{count} more warnings are not listed.", {"count": self.unlisted})
        return (*self.warnings, more)

    def refuse(self, code: str, template: str, **params: Any) -> FileRefused:
        """Make the refusal of this file (to be raised); `{name}` is the file's shown name."""
        return FileRefused(code, template, **{"name": self.name, **params})

    def check_time(self) -> None:
        """Refuse the file once its reading has taken longer than the limit."""
        if time.monotonic() > self._deadline:
            raise self.refuse(
                "file.too_slow",
                "{name} took more than {seconds:g} seconds to read. Nothing was stored; split the file or raise the limit.",
                seconds=self.limits.seconds,
            )


def broken(reading: Reading) -> FileRefused:
    """Make the refusal of a damaged file."""
    return reading.refuse(
        "file.broken", "{name} is damaged and cannot be read. Nothing was stored; ask for a new copy."
    )


def too_many(reading: Reading, count: int, limit: int) -> FileRefused:
    """Make the refusal of a file that holds more parts than are taken."""
    return reading.refuse(
        "archive.too_many_entries",
        "{name} holds {count} parts, more than the {limit} that are taken. Nothing was stored; split it into smaller ones.",
        count=count,
        limit=limit,
    )


def is_of_machine(error: Exception) -> bool:
    """Tell trouble of the machine (no memory, no more open files, a disk that fails, a library that is not there) from a file's."""
    if isinstance(error, OSError):  # bzip2 gives no number, a place before the file's beginning is invalid
        return error.errno not in (None, errno.EINVAL)
    return isinstance(error, MemoryError | ImportError)


def safe_name(name: str) -> str:
    """Reduce a name to what may be shown and stored: its last part, without control characters or leading dots.

    >>> safe_name("../../etc/pass\\x00wd"), safe_name("C:\\\\tmp\\\\a.txt"), safe_name("..")
    ('passwd', 'a.txt', 'file')
    """
    last = name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    shown = "".join(char for char in last if char.isprintable() and char not in '<>:"|?*')
    shown = shown.strip().lstrip(".").strip()
    if len(shown) > 200:
        stem, dot, suffix = shown.rpartition(".")
        shown = f"{stem[:180]}.{suffix}" if dot and len(suffix) < 15 else shown[:200]
    return shown or "file"
