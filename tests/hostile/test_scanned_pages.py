"""Pages to be recognised that are too large, too slow, damaged or the wrong way up: one sentence for that page, the others go on."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from tests.hostile.test_format_files import png as lying_png
from tests.unit.engines.test_ocr import TEXT, drawn, needs_program, png

from plumbline.engines import ocr
from plumbline.plugins.readers import FileRefused
from plumbline.plugins.readers.scans import MOST_PIXELS, page_picture


def huge_png(width: int, height: int) -> bytes:
    """A picture that really has all its dots, all white, in few bytes."""
    row = b"\0" + b"\xff" * (width // 8)
    pack = zlib.compressobj(9)
    data = b"".join(pack.compress(row) for _ in range(height)) + pack.flush()

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def pdf_with_picture_of(width: int, height: int) -> bytes:
    """A PDF of three scanned pages; the picture of the second has very many dots in few bytes."""
    data = zlib.compress(b"\xff" * (width // 8) * height, 9)
    out = io.BytesIO()
    canvas = Canvas(out, pageCompression=0)
    for n in range(3):
        canvas.drawImage(ImageReader(drawn(f"{TEXT[0]} Page {n}.")), 40, 400, width=520, height=280)
        canvas.showPage()
    canvas.save()
    small = out.getvalue()
    assert b"/XObject" in small
    return with_picture(small, width, height, data)


def with_picture(pdf: bytes, width: int, height: int, data: bytes) -> bytes:
    """Exchange the second picture of a PDF; readers find the objects anew where the table of them is wrong."""
    starts = [at for at in range(len(pdf)) if pdf.startswith(b"/Subtype /Image", at)]
    begin = pdf.rindex(b" obj", 0, starts[1]) + 4
    end = pdf.index(b"endobj", starts[1])
    head = f"<</Type/XObject/Subtype/Image/Width {width}/Height {height}/ColorSpace/DeviceGray/BitsPerComponent 1/Filter/FlateDecode/Length {len(data)}>>"
    return pdf[:begin] + b"\n" + head.encode() + b"\nstream\n" + data + b"\nendstream\n" + pdf[end:]


@pytest.mark.parametrize(
    ("data", "page", "code", "words"),
    [
        (huge_png(16_000, 12_000), 1, "page.too_large", "Page 1 of fax holds more than 150 million dots"),
        (lying_png(60_000, 60_000), 1, "page.too_large", "more than 150 million dots"),
        (lying_png(4_000, 4_000), 1, "page.not_drawn", "is damaged"),
        (pdf_with_picture_of(16_000, 16_000), 2, "page.too_large", "Page 2 of fax holds more than 150 million dots"),
        (pdf_with_picture_of(160, 160)[:-900], 4, "page.not_drawn", "Page 4 of fax cannot be drawn"),
        (b"%PDF-1.7\n" + b"\0" * 400, 1, "page.not_drawn", "is damaged"),
        (b"II*\0" + b"\xff" * 60, 1, "page.not_drawn", "is damaged"),
        (b"", 1, "page.not_drawn", "is damaged"),
    ],
    ids=["many dots", "claims of dots", "half of it", "pdf, many dots", "pdf, no such page", "pdf, none", "tiff, none", "empty"],
)  # fmt: skip
def test_page_that_cannot_be_drawn_is_refused_in_one_sentence(
    tmp_path: Path, data: bytes, page: int, code: str, words: str
) -> None:
    place = tmp_path / "fax"
    place.write_bytes(data)
    with pytest.raises(FileRefused, match=words) as refused:
        page_picture(place, page, name="fax")
    assert refused.value.code == code


def test_large_page_and_long_strip_are_drawn_smaller_than_the_limit(tmp_path: Path) -> None:
    for size in ((12_000, 8_000), (120_000, 800)):
        place = tmp_path / "large.png"
        place.write_bytes(huge_png(*size))
        with Image.open(io.BytesIO(page_picture(place, 1, name="large.png"))) as shown:
            assert shown.width * shown.height <= MOST_PIXELS


@needs_program
def test_program_that_wants_more_memory_than_it_gets_says_so() -> None:
    with pytest.raises(ocr.OcrFailed, match="took more than 60 MB of memory") as failed:
        ocr.recognise(png(drawn(*TEXT)), ["en"], memory=60 << 20)
    assert failed.value.code == "ocr.memory"


@needs_program
def test_time_is_that_of_all_tries_on_a_page_together(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [100.0]
    monkeypatch.setattr(ocr.time, "monotonic", lambda: moment[0])
    real = ocr._read

    def slow(*given: object) -> ocr.Recognised:
        found = real(*given)  # type: ignore[arg-type]
        moment[0] += 70
        return found

    monkeypatch.setattr(ocr, "_read", slow)
    upside_down = png(drawn(*TEXT).rotate(180))
    found = ocr.recognise(upside_down, ["en"], seconds=60)
    assert found.turned == 0  # what was read before time ran out stands, poor as it is
    assert found.confidence < 0.7
    assert ocr.recognise(upside_down, ["en"], seconds=200).turned == 180


@needs_program
@pytest.mark.parametrize("told", [["en"], []], ids=["language told", "script detected"])
@pytest.mark.parametrize("degrees", [90, 180, 270])
@pytest.mark.parametrize("detects", [True, False], ids=["detected", "tried"])
def test_page_the_wrong_way_up_is_turned(
    degrees: int, told: list[str], detects: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not detects:  # as where the data for it are not installed
        monkeypatch.setattr(ocr, "_look", lambda *_given: ocr._Look())
    found = ocr.recognise(png(drawn(*TEXT).rotate(-degrees, expand=True)), told)
    assert "customs officers seized 12 tonnes" in found.paragraphs[0]
    assert found.turned == 360 - degrees


@needs_program
def test_text_that_is_none_is_tried_each_way_and_given_as_it_is_read_best() -> None:
    noise = Image.effect_noise((700, 500), 120)
    assert ocr.recognise(png(noise), ["en"]).confidence < 0.7


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_way_up_that_a_picture_says_of_itself_is_heeded_once(form: str, tmp_path: Path) -> None:
    picture = Image.new("RGB", (80, 40), "white")
    picture.paste("black", (0, 0, 10, 40))
    for said, dark in ((3, (75, 20)), (6, (20, 5)), (8, (20, 75))):
        exif = Image.Exif()
        exif[0x112] = said
        picture.save(tmp_path / "photo", form, exif=exif)
        with Image.open(io.BytesIO(page_picture(tmp_path / "photo", 1, name="photo"))) as shown:
            assert shown.getpixel(dark) < 60  # type: ignore[operator]


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "RGB"])
def test_what_one_sees_through_is_white(mode: str, tmp_path: Path) -> None:
    picture = Image.new("RGBA", (20, 20), (0, 0, 0, 0)).convert(mode)
    picture.save(tmp_path / "clear.png", transparency=(0, 0, 0) if mode == "RGB" else None)
    with Image.open(io.BytesIO(page_picture(tmp_path / "clear.png", 1, name="clear.png"))) as shown:
        assert shown.getpixel((5, 5)) == (255 if mode != "P" else shown.getpixel((5, 5)))
