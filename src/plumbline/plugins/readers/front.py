"""The front door: check the file against the limits, find its reader by content, read, fill in the language."""

from __future__ import annotations

import logging
import os
from dataclasses import replace
from functools import cache
from itertools import islice
from pathlib import Path, PurePosixPath

from plumbline.domain.errors import PlumblineError
from plumbline.engines.language import detect
from plumbline.plugins.readers.model import Document, Limits, Reading, broken, is_of_machine, safe_name
from plumbline.plugins.readers.reader import Candidate, Reader
from plumbline.plugins.readers.recognise import foreign_format

HEAD = 65_536
log = logging.getLogger("plumbline.readers")


def read_file(path: str | os.PathLike[str], *, name: str, limits: Limits | None = None) -> Document:
    """Read one file into blocks, by its content, whatever its name says.

    `name` is the name it came with (shown in messages; the suffix only decides between formats that content leaves
    open). Raises `FileRefused` with one sentence: `file.missing`, `file.empty`, `file.too_large`,
    `file.unknown_format`, `file.broken`, `file.encrypted`, `file.too_many_pages`, `file.too_slow`, `file.no_text`,
    `archive.bomb`, `archive.too_many_entries`, `xml.doctype`, `xml.too_deep`, `table.too_many_rows`. What else a reader
    raises means that it did not foresee the file, which is refused as `file.broken`; trouble of the machine (no memory,
    a disk that fails) goes on up. Writes nothing and opens no connection.
    """
    place = Path(path)
    reading = Reading(safe_name(name), limits or Limits())
    if reading.name != PurePosixPath(name).name or ".." in PurePosixPath(name).parts:
        reading.warn("file.renamed", "The file came under an unsafe name; it is called {name} here.", name=reading.name)
    _check_size(place, reading)
    candidate = _candidate(place, reading)
    reader = _reader_for(candidate, reading)
    if candidate.suffix and candidate.suffix not in reader.suffixes:
        reading.warn(
            "file.suffix_differs",
            "{name} is named {suffix}, but its content is {format}; it was read as that.",
            name=reading.name,
            suffix=candidate.suffix,
            format=reader.title,
        )
    return _with_language(_read_by(reader, place, reading))


def _read_by(reader: Reader, path: Path, reading: Reading) -> Document:
    try:
        return reader.read(path, reading)
    except PlumblineError:
        raise
    except Exception as error:
        if is_of_machine(error):
            raise
        log.warning("the reader %s did not foresee a file, which was refused", reader.id, exc_info=True)
        raise broken(reading) from error


@cache
def readers() -> tuple[Reader, ...]:
    """Give all readers in the order in which they are asked; those of plugins before shipped ones of the same order."""
    from plumbline.plugins.registry import plugin_registry

    found = [reader for group in plugin_registry().hook.plumbline_readers() for reader in group]
    return tuple(sorted(found, key=lambda reader: reader.order))


def format_titles() -> tuple[str, ...]:
    """Name the formats that can be read, for messages and upload forms."""
    return tuple(dict.fromkeys(reader.title for reader in readers()))


def _check_size(path: Path, reading: Reading) -> None:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise reading.refuse("file.missing", "{name} cannot be opened. Add the file again.") from error
    if not path.is_file():
        raise reading.refuse("file.missing", "{name} is not a file. Choose a file.")
    if size == 0:
        raise reading.refuse("file.empty", "{name} is empty. Nothing was stored; add the file again once it has text.")
    if size > reading.limits.size:
        raise reading.refuse(
            "file.too_large",
            "{name} has {size} bytes, more than the {limit} that are taken. Nothing was stored; split the file.",
            size=size,
            limit=reading.limits.size,
        )


def _candidate(path: Path, reading: Reading) -> Candidate:
    with path.open("rb") as file:
        return Candidate(file.read(HEAD), path, PurePosixPath(reading.name).suffix.lower())


def _reader_for(candidate: Candidate, reading: Reading) -> Reader:
    for reader in readers():
        if reader.recognises(candidate):
            return reader
    found = foreign_format(candidate)
    if found == "protected Office document":
        raise reading.refuse(
            "file.encrypted",
            "{name} is protected by a password. Nothing was stored; ask for the password or an unprotected copy.",
        )
    formats = ", ".join(format_titles())
    if found:
        raise reading.refuse(
            "file.unknown_format",
            "{name} is a file of the kind '{found}', which is not read here. Save it as one of: {formats}.",
            found=found,
            formats=formats,
        )
    raise reading.refuse(
        "file.unknown_format",
        "{name} is no document that can be read: its bytes are not text. Formats that can be read: {formats}.",
        formats=formats,
    )


def _with_language(document: Document) -> Document:
    """Detect the language where the file declares none, from the first long blocks."""
    if document.language is not None:
        return document
    sample: list[str] = []
    length = 0
    for block in islice(document.blocks, 200):
        if block.kind != "heading":
            sample.append(block.text[:1_500])
            length += len(sample[-1])
        if length > 3_000:
            break
    found = detect("\n".join(sample)) or detect("\n".join(block.text for block in islice(document.blocks, 50)))
    if found is None or found[1] < 0.4:
        return document
    return replace(document, language=found[0])
