"""Put the subsets of the sans serif together: one font a weight with Latin, Cyrillic and Arabic, one with Chinese besides.

Browsers choose among subsets by `unicode-range`; what draws pictures on the server takes the first font that bears a name.
Reads the WOFF files of node_modules, writes src/plumbline/engines/data/fonts/, ignored by git: the fonts, and what Chinese
letters they hold. The licence of the fonts keeps their own name for the fonts as they came, so that these bear another.

    .venv/bin/python tools/fonts.py
"""

from __future__ import annotations

import logging
import shutil
import tempfile
from pathlib import Path

from fontTools.merge import Merger, Options  # type: ignore[import-not-found, import-untyped, unused-ignore]
from fontTools.ttLib import TTFont  # type: ignore[import-not-found, import-untyped, unused-ignore]
from fontTools.varLib import instancer  # type: ignore[import-not-found, import-untyped, unused-ignore]

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "src/plumbline/engines/data/fonts"
MODULES = ROOT / "node_modules/@fontsource"
CHINESE = ROOT / "node_modules/@fontsource-variable/noto-sans-sc"
FAMILY = "Plumbline Sans"
SUBSETS = (
    ("ibm-plex-sans", "latin"),
    ("ibm-plex-sans", "latin-ext"),
    ("ibm-plex-sans", "cyrillic"),
    ("ibm-plex-sans-arabic", "arabic"),
)
HINTS = ["fpgm", "prep", "cvt ", "gasp", "meta"]  # instructions for one subset's outlines; pictures use none
UPRIGHT = [
    "BASE",
    "GDEF",
    "GPOS",
    "GSUB",
    "STAT",
    "VORG",
    "vhea",
    "vmtx",
]  # Chinese set along a line needs none of these


def build(weight: int) -> None:
    """Write the font of one weight, and the one that holds Chinese as well."""
    parts = [MODULES / pack / f"files/{pack}-{subset}-{weight}-normal.woff" for pack, subset in SUBSETS]
    plain = TARGET / f"plumbline-sans-{weight}.ttf"
    merge(parts, plain, FAMILY, weight)
    with tempfile.TemporaryDirectory() as folder:
        slices = [
            chinese(path, weight, Path(folder)) for path in sorted(CHINESE.glob("files/*-sc-[0-9]*-wght-*.woff2"))
        ]
        merge([plain, *slices], TARGET / f"plumbline-sans-sc-{weight}.ttf", f"{FAMILY} SC", weight)


def merge(parts: list[Path], target: Path, family: str, weight: int) -> None:
    """Put parts together as one font of a name; of letters that several hold the first part's stand."""
    font = Merger(Options(drop_tables=HINTS)).merge([str(part) for part in parts])
    for record in font["name"].names:
        if record.nameID in (1, 16):
            record.string = family
        elif record.nameID in (4, 6):
            record.string = f"{family} {weight}".replace(" ", "-" if record.nameID == 6 else " ")
    font.flavor = None
    font.save(str(target))


def chinese(path: Path, weight: int, folder: Path) -> Path:
    """Take one weight of a slice of the variable font."""
    font = instancer.instantiateVariableFont(TTFont(path), {"wght": weight})
    for table in UPRIGHT:
        if table in font:
            del font[table]
    font.flavor = None
    font.save(folder / f"{path.stem}.ttf")
    return folder / f"{path.stem}.ttf"


def main() -> None:
    """Write both weights, the letters and the licences."""
    logging.disable(logging.WARNING)
    TARGET.mkdir(parents=True, exist_ok=True)
    for weight in (400, 600):
        build(weight)
    letters = sorted(set(TTFont(TARGET / "plumbline-sans-sc-400.ttf").getBestCmap()))
    (TARGET / "letters-sc.txt").write_text("".join(map(chr, letters)), encoding="utf-8", newline="")
    shutil.copyfile(MODULES / "ibm-plex-sans/LICENSE", TARGET / "LICENSE.txt")
    shutil.copyfile(CHINESE / "LICENSE", TARGET / "LICENSE-SC.txt")


if __name__ == "__main__":
    main()
