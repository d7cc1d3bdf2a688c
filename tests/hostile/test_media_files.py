"""Pictures, sound and video: told by their bytes; what is cut off, disguised or two things at once is refused."""

from __future__ import annotations

import io
import struct
import wave
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from plumbline.plugins.readers import FileRefused
from plumbline.plugins.readers.media import identify_medium


def picture(form: str = "PNG", size: tuple[int, int] = (40, 30), mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.effect_noise(size, 50).convert(mode).save(out, form)
    return out.getvalue()


def sound() -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\0\1" * 800)
    return out.getvalue()


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + kind + content


def video() -> bytes:
    return box(b"ftyp", b"isom\0\0\0\1isom") + box(b"moov", box(b"mvhd", b"\0" * 100)) + box(b"mdat", b"\0" * 300)


def ogg() -> bytes:
    return b"OggS\0\2" + b"\0" * 20 + b"\1" + bytes([30]) + b"\1vorbis" + b"\0" * 23


def mp3() -> bytes:
    frame = b"\xff\xfb\x90\x00" + b"\0" * 413  # 128 kbit/s at 44,100 Hz: 417 bytes
    return b"ID3\4\0\0\0\0\0\5hello" + frame * 3


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("run.js", "alert(1)")
    return out.getvalue()


TAKEN = {
    "a.png": (picture(), "image/png"),
    "a.jpg": (picture("JPEG"), "image/jpeg"),
    "a.webp": (picture("WEBP"), "image/webp"),
    "a.wav": (sound(), "audio/wav"),
    "a.mp4": (video(), "video/mp4"),
    "a.ogg": (ogg(), "audio/ogg"),
    "a.mp3": (mp3(), "audio/mpeg"),
}
REFUSED = {
    "svg with a script": (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "medium.kind"),
    "page named as a picture": (b"<!doctype html><script>alert(1)</script>", "medium.kind"),
    "program named as a video": (b"MZ" + b"\0" * 500, "medium.kind"),
    "nothing": (b"", "medium.kind"),
    "picture cut off": (picture("JPEG", (400, 300))[:2000], "medium.broken"),
    "picture of its head alone": (picture()[:40], "medium.broken"),
    "picture with an archive behind": (picture() + zipped(), "medium.two-things"),
    "picture with a page in its remarks": (
        picture("GIF", mode="L")[:6] + b"<script>alert(1)</script>",
        "medium.broken",
    ),
    "picture beyond memory": (picture(size=(8000, 8000), mode="1"), "medium.too-large"),
    "picture of one long line": (picture(size=(30_000, 1), mode="L"), "medium.too-large"),
    "sound cut off": (sound()[:-200], "medium.broken"),
    "video cut off": (video()[:-10], "medium.broken"),
    "video that says nothing of itself": (box(b"ftyp", b"isom\0\0\0\1") + box(b"mdat", b"\0" * 90), "medium.broken"),
    "video with a box larger than itself": (box(b"ftyp", b"isom\0\0\0\1") + b"\xff\xff\xff\xffmoov", "medium.broken"),
    "video that is a PDF as well": (
        box(b"ftyp", b"isom\0\0\0\1%PDF-1.7") + box(b"moov", b"\0" * 8),
        "medium.two-things",
    ),
    "ogg cut in a page": (ogg()[:-5], "medium.broken"),
    "mp3 of a tag alone": (mp3()[:15], "medium.broken"),
}


@pytest.mark.parametrize("name", TAKEN)
def test_medium_is_told_by_its_bytes_and_named_after_them(name: str, tmp_path: Path) -> None:
    content, media_type = TAKEN[name]
    place = tmp_path / "stored"
    place.write_bytes(content)
    assert identify_medium(place, name=name).media_type == media_type
    assert identify_medium(place, name="../evil.html").name == "evil" + Path(name).suffix


@pytest.mark.parametrize("what", REFUSED)
def test_medium_that_harms_or_is_broken_is_refused_by_its_name(what: str, tmp_path: Path) -> None:
    content, code = REFUSED[what]
    place = tmp_path / "stored"
    place.write_bytes(content)
    with pytest.raises(FileRefused) as caught:
        identify_medium(place, name="a.jpg")
    assert caught.value.code == code
    assert str(caught.value).startswith("a.jpg")
