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
MOST_UNPACKED = 150_000_000
"""A page whose picture holds more dots is not unpacked: A0 at 300 dots per inch holds 139 million."""


def page_picture(path: Path, page: int, *, name: str, turned: int = 0) -> bytes:
    """Draw one page (from 1) in grey, as PNG, turned by some degrees clockwise (0, 90, 180, 270).

    The way up that a picture says of itself (EXIF) is heeded first. Raises `FileRefused` where the page cannot be drawn,
    or holds more than `MOST_UNPACKED` dots.
    """
    try:
        with path.open("rb") as file:
            is_pdf = b"%PDF" in file.read(1024)
        drawn = _of_pdf(path, page, name) if is_pdf else _of_picture(path, page, name)
    except Image.DecompressionBombError as error:
        raise _too_large(page, name) from error
    except FileRefused:
        raise
    except Exception as error:  # whatever a damaged picture makes its library raise
        raise FileRefused(
            "page.not_drawn", "Page {page} of {name} cannot be drawn: it is damaged.", page=page, name=name
        ) from error
    out = io.BytesIO()
    drawn = drawn.rotate(-turned, expand=True) if turned else drawn
    drawn.save(out, "PNG", dpi=(DOTS_PER_INCH, DOTS_PER_INCH), compress_level=1)
    return out.getvalue()


def _refuse_large(width: int, height: int, page: int, name: str) -> None:
    if width * height > MOST_UNPACKED:
        raise _too_large(page, name)


def _too_large(page: int, name: str) -> FileRefused:
    return FileRefused(
        "page.too_large",
        "Page {page} of {name} holds more than {most} million dots, too many to be drawn. Scan it with fewer dots per inch.",
        page=page, name=name, most=MOST_UNPACKED // 1_000_000,
    )  # fmt: skip


def _of_pdf(path: Path, page: int, name: str) -> Image.Image:
    import pypdfium2
    from pypdfium2 import raw

    with ONE_AT_A_TIME:
        pdf = pypdfium2.PdfDocument(path)
        try:
            found = pdf[page - 1]
            for picture in found.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE]):
                across, down = picture.get_px_size()
                _refuse_large(across, down, page, name)
            width, height = found.get_size()
            scale = min(DOTS_PER_INCH / 72, (MOST_PIXELS / max(1.0, width * height)) ** 0.5)
            drawn: Any = found.render(scale=scale, grayscale=True).to_pil()
            return drawn.convert("L")  # type: ignore[no-any-return]
        finally:
            pdf.close()


def _of_picture(path: Path, page: int, name: str) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(path, formats=FORMATS) as image:
            image.seek(page - 1)
            _refuse_large(image.width, image.height, page, name)
            drawn = _grey(image)
    if drawn.width * drawn.height > MOST_PIXELS:
        drawn.thumbnail((int((MOST_PIXELS * drawn.width / drawn.height) ** 0.5), 10**6))
    return ImageOps.exif_transpose(drawn)


def _grey(image: Image.Image) -> Image.Image:
    """Give a picture in grey, on white where one sees through it; what it says of its way up goes along."""
    if not image.has_transparency_data:
        return image.convert("L")
    found = image.convert("LA")
    plain = Image.new("L", found.size, 255)
    plain.paste(found, mask=found.getchannel("A"))
    plain.info.update(found.info)
    return plain
