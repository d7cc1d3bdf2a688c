"""Read pictures: what they say of themselves; their words wait for text recognition."""

from __future__ import annotations

import warnings
from datetime import date
from pathlib import Path

from PIL import ExifTags, Image, UnidentifiedImageError

from plumbline.plugins.readers.model import Block, Document, Reading, broken

FORMATS = ("PNG", "JPEG", "GIF", "TIFF", "WEBP", "BMP")
MOST_PIXELS = 200_000_000
MOST_FRAMES = 500  # a TIFF of a fax has a frame a page
DESCRIPTION, ARTIST, TAKEN = 0x010E, 0x013B, 0x9003


def read_picture(path: Path, reading: Reading) -> Document:
    """Read the head of a picture; its pixels are not unpacked. A position in it is told of, not taken over."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(path, formats=FORMATS)
            with image:
                size, form, frames = image.size, image.format or "", getattr(image, "n_frames", 1)
                exif = image.getexif()
                more = exif.get_ifd(ExifTags.IFD.Exif)
                placed = bool(exif.get_ifd(ExifTags.IFD.GPSInfo))
    except Image.DecompressionBombError as error:
        raise _too_large(reading) from error
    except (
        UnidentifiedImageError,
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        KeyError,
        TypeError,
        OverflowError,
    ) as error:
        raise broken(reading) from error
    if size[0] * size[1] * max(1, min(frames, 10_000)) > MOST_PIXELS:
        raise _too_large(reading)
    if placed:
        reading.warn(
            "picture.position",
            "{name} holds the position where it was taken; whoever gets the file gets it too.",
            name=reading.name,
        )
    said = {"description": _clean(exif.get(DESCRIPTION)), "artist": _clean(exif.get(ARTIST))}
    shown = f"{reading.name}: {form}, {size[0]} × {size[1]}"
    blocks = [Block(text) for text in (said["description"], shown) if text]
    metadata = {name: value for name, value in {**said, "taken": _clean(more.get(TAKEN))}.items() if value}
    return Document(
        Image.MIME.get(form, "image/*"), said["description"] or reading.name, None, _day(metadata.get("taken", "")),
        said["artist"] or None, blocks, reading.all_warnings(), metadata, scans=tuple(range(1, min(frames, MOST_FRAMES) + 1)),
    )  # fmt: skip


def _too_large(reading: Reading) -> Exception:
    return reading.refuse(
        "archive.bomb",
        "{name} unpacks to far more than its size allows for. Nothing was stored; save the document anew and add that.",
    )


def _clean(value: object) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value or "")
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:500]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10].replace(":", "-"))
    except ValueError:
        return None
