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
CHINESE: Final = "Plumbline Sans SC"
NOWHERE: Final = "\uf8f0"  # of the private use area: no font gives it a meaning
SIDES: Final = ("width", "height")
HELD: Final = ((0, 0x24F), (0x400, 0x45F), (0x600, 0x6FF), (0x1E00, 0x1EFF), (0x2000, 0x206F), (0x20A0, 0x20BF))


def png(svg: str, *, zoom: float = 2.0, background: str = "#ffffff") -> bytes:
    """Draw an SVG document as PNG, `zoom` pixels a unit, on a plain background.

    Latin, Cyrillic, Arabic (shaped, right to left) and Chinese come from the fonts that ship and so look alike everywhere;
    other scripts, and seldom characters, from the fonts of the machine. Style sheets in the document hold, pictures
    inside it are left out: they could name files of the machine. Refuses a drawing that is
    no SVG, and one of more than 40 million pixels.
    """
    import resvg_py

    drawing = _checked(svg, zoom)
    family = CHINESE if not _chinese().isdisjoint(set(drawing)) else FAMILY
    drawing = drawing.replace(f'"{FAMILY}"', f'"{family}"')
    try:
        return bytes(
            resvg_py.svg_to_bytes(
                svg_string=drawing, zoom=zoom, background=background, font_files=_fonts(family), font_family=family,
                sans_serif_family=family, serif_family=family, skip_system_fonts=not _needs_more(drawing),
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
def _fonts(family: str) -> list[str]:
    """Give the files of a family, one a weight; the one with Chinese is twenty times as large and read only where needed."""
    found = sorted(map(str, FONTS.glob(f"{family.lower().replace(' ', '-')}-[0-9]*.ttf")))
    if not found:
        raise Unavailable("fonts.missing", "The fonts for pictures are missing. Add them by: make setup")
    return found


@cache
def _chinese() -> frozenset[str]:
    """Give the letters of the font with Chinese that the other one lacks."""
    path = FONTS / "letters-sc.txt"
    letters = path.read_text(encoding="utf-8") if path.is_file() else ""
    return frozenset(letter for letter in letters if not _held(letter))


def _held(letter: str) -> bool:
    return any(low <= ord(letter) <= high for low, high in HELD)


def _needs_more(svg: str) -> bool:
    """Tell whether a letter may be of a script that the fonts that ship do not hold."""
    return any(not _held(letter) and letter not in _chinese() for letter in set(svg))
