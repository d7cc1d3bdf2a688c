"""A content-addressed store in a folder: written whole or not at all, checked when asked."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from plumbline.domain.errors import InvalidInput, NotFound

CHUNK = 1 << 20
SHA256 = re.compile(r"[0-9a-f]{64}")
_NAMED_FOR_GOOD: set[Path] = set()
"""Folders of the first level (256 a store) whose names this process has synced: later contents need not do so again."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Name one stored content: SHA-256 as 64 lower-case hex digits, size in bytes."""

    sha256: str
    size: int


class FileStore:
    """Keep contents in `folder`, each in `ab/cd/abcd...`, spread so that no directory grows large.

    Safe for several processes at once: a content is written to a temporary file in the same folder, synced, and renamed
    into place; two writers of the same content end with the same file. Leftovers of a killed writer stay in `incoming`
    until `sweep`.

    >>> import io, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = FileStore(folder)
    ...     first, second = store.put(io.BytesIO(b"report")), store.put(io.BytesIO(b"report"))
    ...     first == second, store.verify(first.sha256), first.size
    (True, True, 6)
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._folder = Path(folder)
        self._incoming = self._folder / "incoming"
        self._incoming.mkdir(parents=True, exist_ok=True)

    def put(self, source: BinaryIO | str | os.PathLike[str]) -> Stored:
        """Store the content of a binary stream (from where it stands) or of the file at a path; memory stays flat."""
        if isinstance(source, (str, os.PathLike)):
            with open(source, "rb") as file:
                return self._put(file)
        return self._put(source)

    def _put(self, stream: BinaryIO) -> Stored:
        digest = hashlib.sha256()
        size = 0
        descriptor, name = tempfile.mkstemp(dir=self._incoming)
        try:
            with os.fdopen(descriptor, "wb") as file:
                while piece := stream.read(CHUNK):
                    digest.update(piece)
                    size += len(piece)
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            stored = Stored(digest.hexdigest(), size)
            self._settle(Path(name), stored)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name)
        return stored

    def _settle(self, written: Path, stored: Stored) -> None:
        """Rename into place and sync the folder, so that the name survives a power cut."""
        place = self._place(stored.sha256)
        if place.exists() and place.stat().st_size == stored.size:
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        written.chmod(0o440)
        written.replace(place)
        for folder in (place.parent, place.parent.parent):
            _sync(folder)
        if place.parent.parent not in _NAMED_FOR_GOOD:
            _sync(self._folder)
            _NAMED_FOR_GOOD.add(place.parent.parent)

    def path(self, sha256: str) -> Path:
        """Give the path of a stored content, to be read only; raises `NotFound` (`file.not_stored`)."""
        place = self._place(sha256)
        if not place.is_file():
            raise NotFound("file.not_stored", "No file {sha256} is stored here. Add it again.", sha256=sha256)
        return place

    def open(self, sha256: str) -> IO[bytes]:
        """Open a stored content for reading; raises `NotFound`."""
        return self.path(sha256).open("rb")

    def has(self, sha256: str) -> bool:
        """Say whether a content is stored."""
        return self._place(sha256).is_file()

    def verify(self, sha256: str) -> bool:
        """Say whether the stored bytes still hash to their name; raises `NotFound`."""
        digest = hashlib.sha256()
        with self.open(sha256) as file:
            while piece := file.read(CHUNK):
                digest.update(piece)
        return digest.hexdigest() == sha256

    def delete(self, sha256: str) -> None:
        """Remove a content; nothing happens where there is none."""
        with contextlib.suppress(FileNotFoundError):
            self._place(sha256).unlink()

    def all(self) -> Iterator[Stored]:
        """List everything stored, in the order of hashes."""
        for place in sorted(self._folder.glob("??/??/*")):
            if SHA256.fullmatch(place.name):
                yield Stored(place.name, place.stat().st_size)

    def sweep(self, *, before: float) -> int:
        """Remove what killed writers left in `incoming`, last written before a time (seconds since 1970); give their number."""
        removed = 0
        for left in self._incoming.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if left.stat().st_mtime < before:
                    left.unlink()
                    removed += 1
        return removed

    def _place(self, sha256: str) -> Path:
        if not SHA256.fullmatch(sha256):
            raise InvalidInput(
                "file.bad_hash", "'{sha256}' is no SHA-256: 64 hexadecimal digits are needed.", sha256=sha256
            )
        return self._folder / sha256[:2] / sha256[2:4] / sha256


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
