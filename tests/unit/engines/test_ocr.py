"""Text recognition by the real program: words, paragraphs, confidence, and what happens to a picture of nothing."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from plumbline.engines import ocr
from plumbline.plugins.readers import FileRefused
from plumbline.plugins.readers.scans import page_picture

needs_program = pytest.mark.skipif(
    ocr.program() is None, reason="tesseract is not installed: apt-get install tesseract-ocr"
)
TEXT = (
    "On 5 March 2011 customs officers seized\n12 tonnes of lead batteries in Lagos.",
    "Nobody had asked for the paper-\nwork.",
)


def drawn(*paragraphs: str) -> Image.Image:
    picture = Image.new("L", (1300, 700), 255)
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(34)
    for n, text in enumerate(paragraphs):
        pen.multiline_text((80, 80 + 260 * n), text, font=font, fill=0, spacing=14)
    return picture


def png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


@needs_program
def test_paragraphs_come_whole_and_a_word_cut_at_the_end_of_a_line_is_healed() -> None:
    found = ocr.recognise(png(drawn(*TEXT)), ["en"])
    assert found.paragraphs == (
        "On 5 March 2011 customs officers seized 12 tonnes of lead batteries in Lagos.",
        "Nobody had asked for the paperwork.",
    )
    assert 0.8 < found.confidence <= 1


@needs_program
def test_unknown_language_is_read_by_its_script_and_an_empty_page_gives_nothing() -> None:
    assert "seized" in ocr.recognise(png(drawn(*TEXT)), ["xx"]).paragraphs[0]
    assert ocr.recognise(png(Image.new("L", (900, 900), 255)), ["en"]) == ocr.Recognised((), 0.0)


@needs_program
def test_picture_that_is_none_and_one_that_takes_too_long_are_told() -> None:
    with pytest.raises(ocr.OcrFailed, match="could not read the page"):
        ocr.recognise(b"no picture", ["en"])
    with pytest.raises(ocr.OcrFailed, match="took more than"):
        ocr.recognise(png(drawn(*TEXT)), ["en"], seconds=0.001)


def test_program_that_comes_while_the_process_runs_is_taken_up(monkeypatch: pytest.MonkeyPatch) -> None:
    before = ocr.languages()
    monkeypatch.setattr(ocr, "program", lambda: None)
    assert ocr.languages() == frozenset()
    with pytest.raises(ocr.OcrFailed, match="not installed"):
        ocr.recognise(b"", ["en"])
    monkeypatch.undo()
    assert ocr.languages() == before


def test_frames_of_a_picture_are_drawn_in_grey_and_a_damaged_one_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "fax.tiff"
    drawn(TEXT[0]).convert("RGB").save(place, save_all=True, append_images=[drawn(TEXT[1]).convert("RGB")])
    with Image.open(io.BytesIO(page_picture(place, 2, name="fax.tiff"))) as shown:
        assert (shown.mode, shown.size) == ("L", (1300, 700))
    with pytest.raises(FileRefused, match=r"Page 3 of fax\.tiff"):
        page_picture(place, 3, name="fax.tiff")
    place.write_bytes(place.read_bytes()[:40])
    with pytest.raises(FileRefused):
        page_picture(place, 1, name="fax.tiff")


CHILD = """
import os, resource, subprocess
resource.setrlimit(resource.RLIMIT_AS, ({bound}, {bound}))
from plumbline.engines import ocr
told = sorted(ocr.languages())
with subprocess.Popen(["sleep", "20"]) as other:
    bound = ocr._bound_memory(other.pid, ocr.MEMORY)
    print(bound, *resource.prlimit(other.pid, resource.RLIMIT_AS), *told)
    other.kill()
"""


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="memory is bounded on Linux alone")
def test_process_that_may_take_less_memory_reads_with_less() -> None:
    less = ocr.MEMORY - (1 << 26)
    told = subprocess.run([sys.executable, "-c", CHILD.format(bound=less)], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert told.stdout.split() == [str(less)] * 3 + sorted(ocr.languages())


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="memory is bounded on Linux alone")
@pytest.mark.parametrize("error", [PermissionError(1, "not allowed"), ValueError("not allowed to raise maximum limit")])
def test_where_memory_may_not_be_bounded_reading_goes_on(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr("resource.prlimit", refuse)
    ocr._trained.cache_clear()
    assert ocr._bound_memory(os.getpid(), ocr.MEMORY) == ocr.MEMORY
    assert ("en" in ocr.languages()) is (ocr.program() is not None)
