"""Open zip-based documents without trusting them: sizes are counted while inflating, nothing is written to disk."""

from __future__ import annotations

import copy
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import Any

from lxml import etree

from plumbline.engines.encoding import zipped_names
from plumbline.plugins.readers.model import FileRefused, Reading, broken, is_of_machine, too_many

CHUNK = 1 << 16
RATIO_FROM = 1_000_000
ENCRYPTED, UTF_8 = 0x1, 0x800
STRICT = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/(\w+)")
DAMAGE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError, ValueError)
"""What inflating a damaged entry raises, beside an OSError that no call of the system gave."""


class SafeArchive:
    """Read entries of an archive by name, within the limits of a reading."""

    def __init__(self, archive: zipfile.ZipFile, reading: Reading) -> None:
        self._archive = archive
        self._reading = reading
        self._inflated = 0
        self._entries: dict[str, zipfile.ZipInfo] = {}
        given: dict[str, int] = {}  # the last number that a name was told apart by
        entries = archive.infolist()
        for info, own in zip(entries, _names_of(entries), strict=True):
            reading.check_time()
            name = own
            while name in self._entries:  # two files of one name are two files
                given[own] = given.get(own, 1) + 1
                stem, dot, suffix = own.rpartition(".")
                name = f"{stem} ({given[own]}){dot}{suffix}" if stem else f"{suffix} ({given[own]})"
            self._entries[name] = info

    @property
    def names(self) -> tuple[str, ...]:
        """List entry names as the archive gives them."""
        return tuple(self._entries)

    def read(self, name: str) -> bytes:
        """Inflate one entry; empty bytes where there is none."""
        return b"".join(self.chunks(name))

    def chunks(self, name: str) -> Iterator[bytes]:
        """Inflate one entry piece by piece, counting what really comes out rather than what is declared."""
        info = self._entries.get(name)
        if info is None:
            return
        whole = copy.copy(info)
        whole.file_size = self._reading.limits.unzipped + 1
        got = 0
        with _damage_told(self._reading), self._archive.open(whole) as entry:
            while piece := entry.read(CHUNK):
                got += len(piece)
                self._count(len(piece), got, info)
                yield piece

    def _count(self, more: int, got: int, info: zipfile.ZipInfo) -> None:
        self._inflated += more
        limits = self._reading.limits
        dense = got > RATIO_FROM and got > limits.ratio * max(info.compress_size, 1)
        if self._inflated > limits.unzipped or dense or got > info.file_size:
            raise bomb(self._reading)
        self._reading.check_time()

    def xml(self, name: str) -> Any:
        """Parse one small entry as XML; None where there is none."""
        return self.parsed(self.read(name))

    def parsed(self, data: bytes) -> Any:
        """Parse the bytes of a small entry as XML; None where there are none."""
        if not data:
            return None
        with xml_errors(self._reading):
            root = etree.fromstring(_transitional(data), _parser())
        refuse_doctype(root, self._reading)
        return root

    def xml_events(self, data: bytes, *, tags: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
        """Parse the bytes of a large entry piece by piece: (start or end, element) of the tags."""
        first = True
        with xml_errors(self._reading):
            events = etree.iterparse(
                BytesIO(_transitional(data)),
                events=("start", "end"),
                tag=tags,
                load_dtd=False,
                no_network=True,
                resolve_entities=False,
                huge_tree=False,
            )
            for event, element in events:
                if first:
                    refuse_doctype(element, self._reading)
                    first = False
                yield event, element


def _names_of(entries: Sequence[zipfile.ZipInfo]) -> list[str]:
    """Give the names of entries; those not marked as UTF-8 were read as cp437, whatever their maker meant."""
    names = [info.filename for info in entries]
    raw: dict[int, bytes] = {}
    for at, info in enumerate(entries):
        if not info.flag_bits & UTF_8 and not info.filename.isascii():
            with suppress(UnicodeEncodeError):  # a name that an extra field gave in Unicode
                raw[at] = info.filename.encode("cp437")
    for at, name in zip(raw, zipped_names(list(raw.values())), strict=True):
        names[at] = name
    return names


def _transitional(data: bytes) -> bytes:
    """Give the strict form of Office Open XML (ISO/IEC 29500) the names that all other documents have."""
    return (
        STRICT.sub(rb"http://schemas.openxmlformats.org/\1/2006/\2", data)
        if b"//purl.oclc.org/ooxml/" in data
        else data
    )


def bomb(reading: Reading) -> FileRefused:
    """Make the refusal of an archive that unpacks to more than it may."""
    return reading.refuse(
        "archive.bomb",
        "{name} unpacks to far more than its size allows for. Nothing was stored; save the document anew and add that.",
    )


@contextmanager
def _damage_told(reading: Reading) -> Iterator[None]:
    """Refuse what is damaged; trouble of the machine is not the file's and goes on up."""
    try:
        yield
    except (*DAMAGE, OSError) as error:
        if is_of_machine(error):
            raise
        raise broken(reading) from error


@contextmanager
def open_archive(path: Path, reading: Reading) -> Iterator[SafeArchive]:
    """Open an archive after checking its directory: number of entries, declared sizes, passwords, entry names."""
    with _damage_told(reading):
        archive = zipfile.ZipFile(path)
    with archive:
        _check_directory(archive.infolist(), reading)
        yield SafeArchive(archive, reading)


def _check_directory(entries: list[zipfile.ZipInfo], reading: Reading) -> None:
    limits = reading.limits
    if len(entries) > limits.entries:
        raise too_many(reading, len(entries), limits.entries)
    if any(info.flag_bits & ENCRYPTED for info in entries):
        raise reading.refuse(
            "file.encrypted", "{name} is encrypted. Nothing was stored; ask for the password or an unprotected copy."
        )
    dense = any(
        info.file_size > RATIO_FROM and info.file_size > limits.ratio * max(info.compress_size, 1) for info in entries
    )
    if dense or sum(info.file_size for info in entries) > limits.unzipped:
        raise bomb(reading)
    unsafe = [info.filename for info in entries if is_unsafe(info.filename)]
    if unsafe:
        reading.warn(
            "archive.unsafe_names",
            "{count} parts of {name} bear names that point outside it; they were left alone and nothing was unpacked to disk.",
            count=len(unsafe),
            name=reading.name,
        )


def is_unsafe(name: str) -> bool:
    """Tell whether the name of an entry points outside the archive."""
    parts = name.replace("\\", "/").split("/")
    return name.startswith(("/", "\\")) or ".." in parts or name[1:2] == ":" or "\x00" in name


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def refuse_doctype(element: Any, reading: Reading) -> None:
    """Refuse XML with a document type: Office files have none, attacks by entities need one."""
    if element.getroottree().docinfo.internalDTD is not None:
        raise reading.refuse(
            "xml.doctype",
            "{name} defines XML entities, which Office documents never do. Nothing was stored; save it anew.",
        )


@contextmanager
def xml_errors(reading: Reading) -> Iterator[None]:
    """Turn parser errors into the refusal of the file."""
    try:
        yield
    except etree.XMLSyntaxError as error:
        if "depth" in str(error).lower():
            raise reading.refuse(
                "xml.too_deep", "{name} nests its parts too deeply to be a document. Nothing was stored; save it anew."
            ) from error
        raise broken(reading) from error
