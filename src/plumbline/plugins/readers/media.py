"""Tell pictures, sound and video by their bytes, whatever their names say, and refuse what is cut off or is two things at once.

Containers are walked to their end (RIFF, MP4 boxes, Ogg pages, PNG and JPEG by decoding), so that a file that was cut off,
or that carries another behind its end, is refused. Nothing of sound and video is decoded.
"""

from __future__ import annotations

import struct
import warnings
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from PIL import Image

from plumbline.plugins.readers.model import FileRefused, safe_name

HEAD = 4096
MOST_PIXELS = 60_000_000
LONGEST_SIDE = 20_000
PICTURES = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif", "WEBP": "image/webp"}
SUFFIXES = {
    "image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "image/webp": ".webp", "audio/mpeg": ".mp3",
    "audio/wav": ".wav", "audio/ogg": ".ogg", "audio/flac": ".flac", "audio/mp4": ".m4a", "video/mp4": ".mp4",
    "video/webm": ".webm", "video/ogg": ".ogv",
}  # fmt: skip
"""The kinds that can be attached, with the suffix that their names get."""
SECOND_LIVES = (b"%pdf-", b"<!doctype", b"<html", b"<script", b"<svg", b"<?php", b"#!/")


@dataclass(frozen=True, slots=True)
class Medium:
    """Hold what a file is: its content type by its bytes, how it is shown, and its name with the suffix of that type."""

    media_type: str
    kind: Literal["image", "audio", "video"]
    name: str


def identify_medium(path: Path, *, name: str) -> Medium:
    """Say what a file is; raises `FileRefused`: `medium.kind`, `medium.broken`, `medium.two-things` or `medium.too-large`."""
    name = safe_name(name)
    with path.open("rb") as file:
        head = file.read(HEAD)
        found = _type_of(head, file, path, name)
    if found is None:
        raise FileRefused(
            "medium.kind", "{name} is no picture, sound or video that can be shown here. Nothing was kept. Use one of: {formats}.",
            name=name, formats="PNG, JPEG, GIF, WebP, MP3, WAV, Ogg, FLAC, M4A, MP4, WebM",
        )  # fmt: skip
    if any(mark in head[:1024].lower() for mark in SECOND_LIVES) or zipfile.is_zipfile(path):
        raise FileRefused(
            "medium.two-things", "{name} is a document or an archive as well. Nothing was kept; save it anew from a program.",
            name=name,
        )  # fmt: skip
    kind = found.partition("/")[0]
    stem = name.rpartition(".")[0] or name
    return Medium(found, kind, stem[:200] + SUFFIXES[found])  # type: ignore[arg-type]


def _broken(name: str) -> FileRefused:
    return FileRefused(
        "medium.broken", "{name} is damaged or cut off. Nothing was kept; ask for a new copy.", name=name
    )


def _type_of(head: bytes, file: BinaryIO, path: Path, name: str) -> str | None:
    size = path.stat().st_size
    if head[:8] == b"\x89PNG\r\n\x1a\n" or head[:3] == b"\xff\xd8\xff" or head[:6] in (b"GIF87a", b"GIF89a"):
        return _picture(path, name)
    if head[:4] == b"RIFF":
        whole = len(head) >= 12 and struct.unpack("<I", head[4:8])[0] + 8 in (size, size - 1)
        if not whole:
            raise _broken(name)
        return _picture(path, name) if head[8:12] == b"WEBP" else "audio/wav" if head[8:12] == b"WAVE" else None
    if head[4:8] == b"ftyp":
        return _mp4(head, file, size, name)
    if head[:4] == b"OggS":
        return _ogg(head, file, size, name)
    if head[:4] == b"\x1aE\xdf\xa3" and b"webm" in head[:64]:
        return "video/webm"
    if head[:4] == b"fLaC":
        if head[4] & 0x7F or head[5:8] != b"\x00\x00\x22" or size < 42:
            raise _broken(name)
        return "audio/flac"
    return _mp3(head, file, size, name)


def _picture(path: Path, name: str) -> str:
    """Decode a picture whole; its sides are looked at before."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=tuple(PICTURES)) as image:
                if image.width * image.height > MOST_PIXELS or max(image.size) > LONGEST_SIDE:
                    raise Image.DecompressionBombError
                image.load()
                return PICTURES[image.format or ""]
    except Image.DecompressionBombError as error:
        raise FileRefused(
            "medium.too-large", "{name} has more than {limit} million pixels. Nothing was kept; make it smaller.",
            name=name, limit=MOST_PIXELS // 10**6,
        ) from error  # fmt: skip
    except Exception as error:  # whatever a decoder stumbles over, the file is broken
        raise _broken(name) from error


def _mp4(head: bytes, file: BinaryIO, size: int, name: str) -> str:
    """Walk the boxes of an MP4 to the end of the file; one of them must say what is in it."""
    at = 0
    kinds: set[bytes] = set()
    while at < size:
        file.seek(at)
        box = file.read(16)
        if len(box) < 8 or len(kinds) > 10_000:
            raise _broken(name)
        length = struct.unpack(">I", box[:4])[0]
        if length == 1 and len(box) == 16:
            length = struct.unpack(">Q", box[8:])[0]
        length = length or size - at
        if length < 8 or at + length > size:
            raise _broken(name)
        kinds.add(box[4:8])
        at += length
    if b"moov" not in kinds:
        raise _broken(name)
    return "audio/mp4" if head[8:11] in (b"M4A", b"M4B") else "video/mp4"


def _ogg(head: bytes, file: BinaryIO, size: int, name: str) -> str:
    """Walk the pages of an Ogg file to its end."""
    at = 0
    while at < size:
        file.seek(at)
        page = file.read(27 + 255)
        if page[:4] != b"OggS" or len(page) < 27 or len(page) < 27 + page[26]:
            raise _broken(name)
        at += 27 + page[26] + sum(page[27 : 27 + page[26]])
    if at != size:
        raise _broken(name)
    return "video/ogg" if b"theora" in head[:256] else "audio/ogg"


def _mp3(head: bytes, file: BinaryIO, size: int, name: str) -> str | None:
    """Take a file for MP3 when its tags end in two frames, one behind the other."""
    at = 0
    if head[:3] == b"ID3" and len(head) >= 10:
        at = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
    file.seek(at)
    frame = file.read(4)
    length = _frame_length(frame)
    if not length:
        if at:
            raise _broken(name)
        return None
    file.seek(at + length)
    if not _frame_length(file.read(4)):
        raise _broken(name)
    return "audio/mpeg"


RATES = {3: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0),
         2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0)}  # fmt: skip
SAMPLES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}


def _frame_length(frame: bytes) -> int:
    """Give the bytes of an MPEG audio frame of layer III by its header; 0 where it is none."""
    if len(frame) < 4 or frame[0] != 0xFF or frame[1] & 0xE6 != 0xE2:
        return 0
    version, rate, sample = frame[1] >> 3 & 3, frame[2] >> 4, frame[2] >> 2 & 3
    if version == 1 or sample == 3 or rate in (0, 15):
        return 0
    kilobits, hertz = RATES[3 if version == 3 else 2][rate], SAMPLES[version][sample]
    return (144 if version == 3 else 72) * kilobits * 1000 // hertz + (frame[2] >> 1 & 1)
