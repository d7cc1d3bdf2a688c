"""Recognition of rendered pages: wrong characters by language, on clean pages and on degraded ones.

Pages are drawn here from the texts of the demonstration (fictional; in seven languages), 1,654 x 2,339 pixels (A4 at 200
dots an inch), 34-pixel letters of DejaVu Sans or, for Chinese, Noto Sans CJK. A degraded page is the same page turned by
0.7 degrees, made smaller by a third and larger again, blurred, with grey noise, and saved as JPEG of quality 35: a poor
photocopy. The character error rate is the least number of insertions, deletions and exchanges that turn what was read
into what was drawn, over the length of the latter; white space counts once, in Chinese not at all. Both the language that
is known beforehand and the script that the engine detects by itself are measured. The peer is the bare program with the
same language. CPU is that of the child processes.

`turned` measures pages that lie the wrong way up instead: the second text of each language (the first was looked at when
the limit was set below which a page is tried turned), clean and degraded, in each of the four ways.

    python -m bench.ocr [turned] [LANGUAGE...]
"""

from __future__ import annotations

import io
import resource
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from unicodedata import normalize

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont, features
from rapidfuzz.distance import Levenshtein

import plumbline.demonstration
from plumbline.engines.ocr import TRAINED, languages, recognise
from plumbline.plugins.readers import read_file

REPORTS = Path(plumbline.demonstration.__file__).parent / "reports"
LETTERS = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
HAN = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"
WIDTH, HEIGHT, EDGE, SIZE, LINE = 1654, 2339, 140, 34, 56
PAGES = 3


def texts() -> dict[str, list[list[str]]]:
    """Give the paragraphs of the demonstration's reports by language."""
    found: dict[str, list[list[str]]] = defaultdict(list)
    for path in sorted(REPORTS.iterdir()):
        if path.suffix in (".txt", ".html"):
            document = read_file(path, name=path.name)
            found[document.language or ""].append([" ".join(block.text.split()) for block in document.blocks])
    return found


def drawn(paragraphs: list[str], language: str) -> tuple[Image.Image, str]:
    """Draw as much of a text as fits on one page; gives the page and the text that stands on it."""
    font = ImageFont.truetype(HAN if language == "zh" else LETTERS, SIZE)
    image = Image.new("L", (WIDTH, HEIGHT), 255)
    pen, down, said = ImageDraw.Draw(image), EDGE, []
    sides = {"direction": "rtl", "language": "ar"} if language == "ar" else {}
    for paragraph in paragraphs:
        for line in wrapped(paragraph, font, "" if language == "zh" else " "):
            if down > HEIGHT - EDGE:
                return image, " ".join(said)
            across = WIDTH - EDGE - font.getlength(line, **sides) if language == "ar" else EDGE
            pen.text((across, down), line, font=font, fill=0, **sides)
            said.append(line)
            down += LINE
        down += LINE // 2
    return image, " ".join(said)


def wrapped(paragraph: str, font: ImageFont.FreeTypeFont, space: str) -> list[str]:
    """Break a paragraph into lines that fit between the edges."""
    lines = [""]
    for word in paragraph.split() if space else paragraph:
        longer = f"{lines[-1]}{space}{word}" if lines[-1] else word
        if font.getlength(longer) > WIDTH - 2 * EDGE:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def degraded(image: Image.Image, seed: int) -> Image.Image:
    """Make a poor photocopy of a page."""
    turned = image.rotate(0.7, fillcolor=255, resample=Image.Resampling.BICUBIC)
    small = turned.resize((WIDTH * 2 // 3, HEIGHT * 2 // 3), Image.Resampling.BILINEAR)
    large = small.resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR).filter(ImageFilter.GaussianBlur(1.0))
    noise = np.random.default_rng(seed).normal(0, 22, (HEIGHT, WIDTH))
    grey = np.clip(np.asarray(large, dtype=np.float64) * 0.85 + 20 + noise, 0, 255).astype(np.uint8)
    packed = io.BytesIO()
    Image.fromarray(grey).save(packed, "JPEG", quality=35)
    return Image.open(packed).convert("L")


def plain(text: str, language: str) -> str:
    """Give a text as it is compared."""
    return ("" if language == "zh" else " ").join(normalize("NFC", text).split())


def error_rate(read: str, said: str, language: str) -> tuple[int, int]:
    """Count wrong characters, and the characters that were drawn."""
    said = plain(said, language)
    return Levenshtein.distance(plain(read, language), said), len(said)


def children_cpu() -> float:
    """Give the CPU seconds of child processes until now."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def bare(picture: bytes, language: str) -> str:
    """Read a page with the program alone."""
    command = ["tesseract", "stdin", "stdout", "-l", TRAINED[language], "--psm", "3"]
    done = subprocess.run(
        command, input=picture, capture_output=True, check=True, env={"PATH": "/usr/bin", "OMP_THREAD_LIMIT": "1"}
    )
    return done.stdout.decode()


def measure(language: str, works: list[list[str]]) -> None:
    """Print one line for each quality of a language's pages."""
    for quality in ("clean", "degraded"):
        wrong: dict[str, int] = defaultdict(int)
        cpu: dict[str, float] = defaultdict(float)
        total, sure = 0, []
        for number, paragraphs in enumerate(works[:PAGES]):
            image, said = drawn(paragraphs, language)
            image = degraded(image, number) if quality == "degraded" else image
            packed = io.BytesIO()
            image.save(packed, "PNG", dpi=(200, 200))
            for way in ("known", "detected", "bare"):
                began = children_cpu()
                if way == "bare":
                    read = bare(packed.getvalue(), language)
                else:
                    found = recognise(packed.getvalue(), [language] if way == "known" else [])
                    read = " ".join(found.paragraphs)
                    sure += [found.confidence] if way == "known" else []
                cpu[way] += children_cpu() - began
                one, length = error_rate(read, said, language)
                wrong[way] += one
            total += length
        pages = min(PAGES, len(works))
        rates = "  ".join(f"{way} {wrong[way] / total:7.2%} {cpu[way] / pages:5.2f}" for way in wrong)
        print(
            f"{language}  {quality:9}{pages} pages {total:6} characters  {rates}  confidence {np.mean(sure):.2f}",
            flush=True,
        )


def measure_turned(language: str, paragraphs: list[str]) -> None:
    """Print how many of a page's four ways up were put right, how sure the program was, what characters came out wrong."""
    image, said = drawn(paragraphs, language)
    for quality in ("clean", "degraded"):
        page = degraded(image, 1) if quality == "degraded" else image
        right, wrong, total, sure, began = 0, 0, 0, [], children_cpu()
        for degrees in (0, 90, 180, 270):
            packed = io.BytesIO()
            page.rotate(-degrees, expand=True).save(packed, "PNG", dpi=(200, 200))
            found = recognise(packed.getvalue(), [language])
            right += found.turned == (360 - degrees) % 360
            one, length = error_rate(" ".join(found.paragraphs), said, language)
            wrong, total, sure = wrong + one, total + length, [*sure, found.confidence]
        cpu = (children_cpu() - began) / 4
        print(
            f"{language}  {quality:9}{right} of 4 ways put right  wrong characters {wrong / total:7.2%}  "
            f"confidence {min(sure):.2f} to {max(sure):.2f}  CPU {cpu:.2f} s a page", flush=True,
        )  # fmt: skip


def main(wanted: list[str]) -> int:
    """Measure each language that is installed; 1 where the program or a font is missing."""
    needed = (LETTERS,) if wanted and "zh" not in wanted and wanted != ["turned"] else (LETTERS, HAN)
    missing = [path for path in needed if not Path(path).exists()]
    if not languages() or missing or not features.check("raqm"):
        print(
            f"Needs tesseract with its languages, Pillow with raqm, and the fonts: {', '.join(missing)}",
            file=sys.stderr,
        )
        return 1
    turned, wanted = "turned" in wanted, [one for one in wanted if one != "turned"]
    if turned:
        for language, works in texts().items():
            if language in languages() and language in (wanted or TRAINED) and len(works) > 1:
                measure_turned(language, works[1])
        return 0
    print("Character error rate and CPU seconds a page: language known, script detected, bare tesseract")
    found = texts()
    for language in wanted or ("en", "fr", "es", "it", "ru", "ar", "zh"):
        if language in languages() and found[language]:
            measure(language, found[language])
        else:
            print(f"{language}  left out: no trained data, or no text of the demonstration")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
