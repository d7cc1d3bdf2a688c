"""Read archives (ZIP): a list of what is in them, and each file in them as a file of its own."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from plumbline.plugins.readers.archive import is_unsafe, open_archive
from plumbline.plugins.readers.model import Block, Document, Part, Reading, safe_name, too_many

MEDIA = "application/zip"
LEFT_BY_SYSTEMS = ("thumbs.db", "desktop.ini")


def read_zip(path: Path, reading: Reading) -> Document:
    """Read an archive; nothing is unpacked to disk, names that point outside are left alone."""
    with open_archive(path, reading) as archive:
        names = [name for name in archive.names if _is_file(name)]
    if len(names) > reading.limits.parts:
        raise too_many(reading, len(names), reading.limits.parts)
    if not names:
        raise reading.refuse("file.no_text", "{name} holds no text. Nothing was stored; check the document.")
    blocks = [Block(name, None, (), "list-item") for name in names]
    parts = tuple(Part(safe_name(name), lambda name=name: _member(path, name, reading)) for name in names)  # type: ignore[misc]
    return Document(MEDIA, reading.name, None, None, None, blocks, reading.all_warnings(), {}, parts)


def _is_file(name: str) -> bool:
    """Tell whether a member is a file that people put there: no folder, no hidden file, no name that points outside."""
    places = PurePosixPath(name.replace("\\", "/")).parts
    hidden = not places or any(one.startswith((".", "__MACOSX", "~$")) for one in places)
    return (
        not name.endswith(("/", "\\"))
        and not is_unsafe(name)
        and not hidden
        and places[-1].lower() not in LEFT_BY_SYSTEMS
    )


def _member(path: Path, name: str, reading: Reading) -> bytes:
    with open_archive(path, Reading(reading.name, reading.limits)) as archive:
        return archive.read(name)
