"""Turn SVG with words in many scripts into PNG, with the fonts that ship, by resvg: no browser, no network."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path
from typing import Final

from plumbline.domain.errors import InvalidInput, Unavailable

FONTS: Final = Path(__file__).parent / "data" / "fonts"
FAMILY: Final = "Plumbline Sans"
MOST_PIXELS: Final = 40_000_000
HAN: Final = (0x4E00, 0x9FFF)
CHINESE: Final = "Noto Sans CJK SC"
NOWHERE: Final = "\uf8f0"  # of the private use area: no font gives it a meaning
SIDES: Final = ("width", "height")
HELD: Final = ((0, 0x24F), (0x400, 0x45F), (0x600, 0x6FF), (0x1E00, 0x1EFF), (0x2000, 0x206F), (0x20A0, 0x20BF))


def png(svg: str, *, zoom: float = 2.0, background: str = "#ffffff") -> bytes:
    """Draw an SVG document as PNG, `zoom` pixels a unit, on a plain background.

    Latin, Cyrillic and Arabic (shaped, right to left) come from the fonts that ship and so look alike everywhere; other
    scripts, such as Chinese, from the fonts of the machine. Style sheets in the document hold, pictures
    inside it are left out: they could name files of the machine. Refuses a drawing that is
    no SVG, and one of more than 40 million pixels.
    """
    import resvg_py

    drawing = _checked(svg, zoom)
    if any(
        HAN[0] <= ord(letter) <= HAN[1] for letter in set(drawing)
    ):  # a face without serifs, with the forms of mainland China
        drawing = drawing.replace(f'"{FAMILY}"', f'"{CHINESE}","{FAMILY}"')
    try:
        return bytes(
            resvg_py.svg_to_bytes(
                svg_string=drawing, zoom=zoom, background=background, font_files=_fonts(), font_family=FAMILY,
                sans_serif_family=FAMILY, serif_family=FAMILY, skip_system_fonts=not _needs_more(drawing),
            )
        )  # fmt: skip
    except ValueError as problem:
        raise _unfit(str(problem)) from None


def letters_missing(words: str) -> str:
    """Give the letters of a text that neither the fonts that ship nor those of the machine draw, at most 64 of them looked at.

    A letter is missing where it looks like one that no font has: an empty box, or nothing.
    """
    letters = sorted(
        letter for letter in set(words) if letter.isprintable() and letter != "\ufffd" and _needs_more(letter)
    )[:64]
    if not letters:
        return ""
    from PIL import Image

    cells = "".join(
        f'<text x="{40 * n + 4}" y="30" font-size="24">&#{ord(one)};</text>'
        for n, one in enumerate([*letters, NOWHERE])
    )
    width = 40 * (len(letters) + 1)
    drawn = png(f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="40">{cells}</svg>', zoom=1.0)
    picture = Image.open(io.BytesIO(drawn)).convert("L")
    boxes = [picture.crop((40 * n, 0, 40 * n + 40, 40)).tobytes() for n in range(len(letters) + 1)]
    return "".join(letter for letter, box in zip(letters, boxes, strict=False) if box == boxes[-1])


def _checked(svg: str, zoom: float) -> str:
    """Give the drawing as it was parsed here, without pictures inside it, which could name files of the machine."""
    from lxml import etree

    try:
        root = etree.fromstring(svg.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
        box = [float(part) for part in root.get("viewBox", "").replace(",", " ").split()]
        sides = box[2:] if len(box) == 4 else [float(root.get(side, "0").removesuffix("px")) for side in SIDES]
    except (etree.XMLSyntaxError, ValueError) as problem:
        raise _unfit(str(problem)) from None
    if min(sides) <= 0 or sides[0] * sides[1] * zoom**2 > MOST_PIXELS:
        raise _unfit(f"{sides[0]:g} x {sides[1]:g} x {zoom:g}")
    for inner in list(root.iter("{*}image", "{*}feImage")):
        if (above := inner.getparent()) is not None:
            above.remove(inner)
    return etree.tostring(root, encoding="unicode")


def _unfit(why: str) -> InvalidInput:
    return InvalidInput("drawing.unfit", "The drawing cannot be turned into a picture: {why}", why=why)


@cache
def _fonts() -> list[str]:
    found = sorted(map(str, FONTS.glob("*.ttf")))
    if not found:
        raise Unavailable("fonts.missing", "The fonts for pictures are missing. Add them by: make setup")
    return found


def _needs_more(svg: str) -> bool:
    """Tell whether a letter may be of a script that the fonts that ship do not hold."""
    return any(not any(low <= ord(letter) <= high for low, high in HELD) for letter in set(svg))
