"""What a reader of one format declares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from plumbline.plugins.readers.model import Document, Reading


@dataclass(frozen=True, slots=True)
class Candidate:
    """Hold what a reader judges a file by: its first 64 KiB, its path, and the suffix of its shown name ('.txt')."""

    head: bytes
    path: Path
    suffix: str


@dataclass(frozen=True, slots=True)
class Reader:
    """Declare a format: how it is shown, which suffixes fit, how it is recognised and read.

    `recognises` judges by content; a suffix may only decide where content fits several formats (CSV or plain text).
    `order`: readers with a lower number are asked first.
    """

    id: str
    title: str
    media_type: str
    suffixes: tuple[str, ...]
    recognises: Callable[[Candidate], bool]
    read: Callable[[Path, Reading], Document]
    order: int = 50
