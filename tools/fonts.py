"""Put the subsets of the sans serif together: one font a weight with Latin, Cyrillic and Arabic, for the server.

Browsers choose among subsets by `unicode-range`; what draws pictures on the server takes the first font that bears a name.
Reads the WOFF files of node_modules, writes src/plumbline/engines/data/fonts/, ignored by git. The licence of the fonts
keeps their own name for the fonts as they came, so that these bear another.

    .venv/bin/python tools/fonts.py
"""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

from fontTools.merge import Merger, Options  # type: ignore[import-not-found, unused-ignore]

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "src/plumbline/engines/data/fonts"
MODULES = ROOT / "node_modules/@fontsource"
FAMILY = "Plumbline Sans"
SUBSETS = (
    ("ibm-plex-sans", "latin"),
    ("ibm-plex-sans", "latin-ext"),
    ("ibm-plex-sans", "cyrillic"),
    ("ibm-plex-sans-arabic", "arabic"),
)
HINTS = ["fpgm", "prep", "cvt ", "gasp", "meta"]  # instructions for one subset's outlines; pictures use none


def build(weight: int) -> None:
    """Write the font of one weight."""
    parts = [str(MODULES / pack / f"files/{pack}-{subset}-{weight}-normal.woff") for pack, subset in SUBSETS]
    font = Merger(Options(drop_tables=HINTS)).merge(parts)
    for record in font["name"].names:
        if record.nameID in (1, 16):
            record.string = FAMILY
        elif record.nameID in (4, 6):
            record.string = f"{FAMILY} {weight}".replace(" ", "-" if record.nameID == 6 else " ")
    font.flavor = None
    font.save(str(TARGET / f"plumbline-sans-{weight}.ttf"))


def main() -> None:
    """Write both weights and the licence."""
    logging.disable(logging.WARNING)
    TARGET.mkdir(parents=True, exist_ok=True)
    for weight in (400, 600):
        build(weight)
    shutil.copyfile(MODULES / "ibm-plex-sans/LICENSE", TARGET / "LICENSE.txt")


if __name__ == "__main__":
    main()
