"""Draw a page that has no text layer, so that its text can be recognised: a page of a PDF, a frame of a picture."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from plumbline.plugins.readers.model import FileRefused
from plumbline.plugins.readers.pdf import ONE_AT_A_TIME
from plumbline.plugins.readers.picture import FORMATS

DOTS_PER_INCH = 300
MOST_PIXELS = 40_000_000
"""A page that would be larger is drawn smaller: A2 at 300 dots per inch."""


def page_picture(path: Path, page: int, *, name: str) -> bytes:
    """Draw one page (from 1) in grey, as PNG. Raises `FileRefused` where the page cannot be drawn."""
    try:
        with path.open("rb") as file:
            drawn = _of_pdf(path, page) if b"%PDF" in file.read(1024) else _of_picture(path, page)
    except Exception as error:  # whatever a damaged picture makes its library raise
        raise FileRefused(
            "page.not_drawn", "Page {page} of {name} cannot be drawn: it is damaged.", page=page, name=name
        ) from error
    out = io.BytesIO()
    drawn.save(out, "PNG", dpi=(DOTS_PER_INCH, DOTS_PER_INCH), compress_level=1)
    return out.getvalue()


def _of_pdf(path: Path, page: int) -> Image.Image:
    import pypdfium2

    with ONE_AT_A_TIME:
        pdf = pypdfium2.PdfDocument(path)
        try:
            found = pdf[page - 1]
            width, height = found.get_size()
            scale = min(DOTS_PER_INCH / 72, (MOST_PIXELS / max(1.0, width * height)) ** 0.5)
            drawn: Any = found.render(scale=scale, grayscale=True).to_pil()
            return drawn.convert("L")  # type: ignore[no-any-return]
        finally:
            pdf.close()


def _of_picture(path: Path, page: int) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(path, formats=FORMATS) as image:
            image.seek(page - 1)
            found = ImageOps.exif_transpose(image).convert("RGBA")
    plain = Image.new("RGBA", found.size, "white")
    plain.alpha_composite(found)
    drawn = plain.convert("L")
    if drawn.width * drawn.height > MOST_PIXELS:
        drawn.thumbnail((int((MOST_PIXELS * drawn.width / drawn.height) ** 0.5), 10**6))
    return drawn
