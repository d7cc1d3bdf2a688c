"""Recognise the text of a picture of a page with the program tesseract, where it is installed.

A picture goes in by a pipe, words with their confidence and place come out as a table; nothing is written to disk. One
page takes one thread, a bounded time for all that is tried on it, and on Linux a bounded memory. The shares that a page's
words carry are tesseract's own, from 0 to 1, weighed by letters: they order pages by how much they need a look, and are
no probability that a word is right. A page that is read with little confidence is tried turned as well: by the way up
that tesseract detects, where its data for that are installed and it can tell, else each of the other ways.
"""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby

from PIL import Image

from plumbline.domain.errors import PlumblineError

TRAINED = {"en": "eng", "fr": "fra", "es": "spa", "it": "ita", "ru": "rus", "ar": "ara", "zh": "chi_sim", "de": "deu",
           "pt": "por", "uk": "ukr", "fa": "fas", "tr": "tur", "nl": "nld", "ja": "jpn", "ko": "kor"}  # fmt: skip
"""Language code -> tesseract's name of its trained data."""
SCRIPTS = {"Latin": ("en", "fr", "es", "it"), "Cyrillic": ("ru",), "Arabic": ("ar",), "Han": ("zh",)}
"""Script, as tesseract names it -> the languages to read it in when nothing else is known."""
SECONDS = 120.0
"""So long is tried on one page, by the clock."""
MEMORY = 1 << 30
"""So much address space the program may take, in bytes; a page of 40 million dots in four languages takes less than 300 MB."""
SURE_OF_WAY = 0.7
"""Above this no other way up is tried: pages upside down are read with less, poor copies the right way up with more."""
SURE_OF_TURN = 2.0
"""Below this, tesseract's count of how sure it is of the way up says too little."""
OUT_OF_MEMORY = re.compile(r"out of memory|bad_alloc|alloc fail|cannot allocate|failed to map", re.IGNORECASE)
SURE_OF_SCRIPT = 3.0
"""Below this, tesseract's count of how sure it is of a script was met on pages of another one."""
UNSPACED = ("zh", "ja")


class OcrFailed(PlumblineError):
    """A page could not be recognised; other pages go on."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """The paragraphs of a page in reading order, the mean confidence of its words (0 to 1), and its right way up.

    `turned` says by how many degrees (0, 90, 180, 270), clockwise, the picture is to be turned for a reader.
    """

    paragraphs: tuple[str, ...]
    confidence: float
    turned: int = 0


@dataclass(frozen=True, slots=True)
class _Look:
    """What tesseract detects of a page: by how much to turn it (None: cannot tell), and languages of its script, if it can tell."""

    turn: int | None = None
    languages: tuple[str, ...] = ()


def program() -> str | None:
    """Find tesseract; None where it is not installed."""
    return shutil.which("tesseract")


def languages() -> frozenset[str]:
    """Give the language codes that can be recognised here, none without the program."""
    found = program()
    return _trained(found) if found else frozenset()


@cache
def _trained(_program: str) -> frozenset[str]:
    listed = set(_Program(time.monotonic() + 20, 20, MEMORY)(["--list-langs"], b"").splitlines())
    return frozenset(code for code, name in TRAINED.items() if name in listed)


def recognise(picture: bytes, wanted: Iterable[str], *, seconds: float = SECONDS, memory: int = MEMORY) -> Recognised:
    """Recognise one page (PNG, TIFF or PNM bytes) in the wanted languages that are installed, else by its script.

    Where its script cannot be told (few letters, or poor ones), the page is read in each, and the surest reading is kept;
    so with its way up. `seconds` bounds all of it, `memory` (bytes) each run of the program.
    Raises `OcrFailed` with the reason: the program failed on the picture, took too long or too much memory.
    """
    run = _Program(time.monotonic() + seconds, seconds, memory)
    known = tuple(code for code in wanted if code in languages())
    look = None if known else _look(picture, run)
    seen = known or (look.languages if look else ())
    tried = [seen] if seen else _each_script()
    first = (look and look.turn) or 0
    best = _surest(picture, first, tried, run)
    if best.confidence >= SURE_OF_WAY:
        return best
    look = look or _look(picture, run)
    ways = (180, 90, 270) if look.turn is None else (look.turn, 0)
    for degrees in ways:
        if degrees == first or best.confidence >= SURE_OF_WAY:
            continue
        try:
            best = max(best, _surest(picture, degrees, tried, run), key=lambda found: found.confidence)
        except OcrFailed:  # no time left: what was read stands
            break
    return best


def _each_script() -> list[tuple[str, ...]]:
    every = [tuple(code for code in codes if code in languages()) for codes in SCRIPTS.values()]
    return [codes for codes in every if codes] or [()]


def _surest(picture: bytes, degrees: int, tried: Sequence[Sequence[str]], run: _Program) -> Recognised:
    """Read a page, turned first, in each of some groups of languages; gives the surest reading."""
    turned = _turned(picture, degrees) if degrees else picture
    found = max((_read(turned, codes, run) for codes in tried), key=lambda one: one.confidence)
    return replace(found, turned=(found.turned + degrees) % 360)


def _turned(picture: bytes, degrees: int) -> bytes:
    out = io.BytesIO()
    with Image.open(io.BytesIO(picture)) as image:
        dots = image.info.get("dpi", (300, 300))
        image.rotate(-degrees, expand=True).save(out, "PNG", dpi=dots, compress_level=1)
    return out.getvalue()


def _read(picture: bytes, known: Sequence[str], run: _Program) -> Recognised:
    names = "+".join(TRAINED[code] for code in known) or "eng"
    told = run(["stdin", "stdout", "-l", names, "--psm", "3", "tsv"], picture)
    rows = [row for row in csv.DictReader(told.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE) if _is_word(row)]
    spaced = not (known and known[0] in UNSPACED)
    letters = sum(len(row["text"]) for row in rows)
    sure = sum(len(row["text"]) * float(row["conf"]) / 100 for row in rows)
    return Recognised(
        tuple(_paragraphs(rows, " " if spaced else "")),
        round(sure / letters, 3) if letters else 0.0,
        270 if spaced and _runs_down(rows) else 0,
    )


def _runs_down(rows: Sequence[dict[str, str]]) -> bool:
    """Tell whether the lines of a page run from top to bottom: tesseract reads those too, and says so by its boxes alone."""
    words = [row for row in rows if len(row["text"]) > 2]
    return 2 * sum(int(row["height"]) > int(row["width"]) for row in words) > len(words)


def _is_word(row: dict[str, str]) -> bool:
    return row.get("level") == "5" and bool((row.get("text") or "").strip()) and float(row["conf"]) >= 0


def _paragraphs(rows: list[dict[str, str]], space: str) -> Iterator[str]:
    """Join the words of each paragraph; a word cut by a hyphen at the end of a line is healed."""
    for _, words in groupby(rows, key=lambda row: (row["block_num"], row["par_num"])):
        text, line = "", ""
        for row in words:
            at = f"{row['line_num']}"
            if text.endswith("-") and at != line and row["text"][:1].islower():
                text = text[:-1] + row["text"]
            else:
                text += (space if text else "") + row["text"]
            line = at
        yield text


def _look(picture: bytes, run: _Program) -> _Look:
    """Ask for the way up and the script of the page."""
    try:
        told = run(["stdin", "stdout", "--psm", "0", "-l", "osd"], picture)
    except OcrFailed:
        return _Look()  # too few letters to tell, or no data for it
    said = dict(line.partition(": ")[::2] for line in told.splitlines())
    turn = int(said.get("Rotate") or 0) if float(said.get("Orientation confidence") or 0) >= SURE_OF_TURN else None
    if float(said.get("Script confidence") or 0) < SURE_OF_SCRIPT:
        return _Look(turn)
    return _Look(turn, tuple(code for code in SCRIPTS.get(said.get("Script", ""), ()) if code in languages()))


@dataclass(frozen=True, slots=True)
class _Program:
    """Runs tesseract until a moment (of the monotonic clock), `seconds` after the page was begun, in bounded memory (bytes)."""

    ends: float
    seconds: float
    memory: int

    def __call__(self, arguments: Sequence[str], picture: bytes) -> str:
        """Give what the program prints for a picture; raises `OcrFailed`."""
        found = program()
        if found is None:
            raise OcrFailed("ocr.absent", "The program tesseract is not installed here.")
        environment = os.environ | {"OMP_THREAD_LIMIT": "1"}
        with subprocess.Popen(  # noqa: S603 -- a program found on the path, its arguments our own
            [found, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
        ) as process:
            bound = _bound_memory(process.pid, self.memory)  # before it gets its picture
            try:
                printed, complaints = process.communicate(picture, timeout=max(0.0, self.ends - time.monotonic()))
            except subprocess.TimeoutExpired as error:
                process.kill()
                raise OcrFailed(
                    "ocr.slow", "Recognising the page took more than {seconds:g} seconds.", seconds=self.seconds
                ) from error
        reason = complaints.decode("utf-8", "replace").strip()
        if OUT_OF_MEMORY.search(reason):  # it may print something all the same
            raise OcrFailed(
                "ocr.memory",
                "Recognising the page took more than {megabytes} MB of memory. Scan it with fewer dots per inch.",
                megabytes=bound >> 20,
            )
        if process.returncode:
            line = (reason.splitlines() or ["?"])[-1][:200]
            raise OcrFailed("ocr.failed", "tesseract could not read the page: {reason}", reason=line)
        return printed.decode("utf-8", "replace")


def _bound_memory(pid: int, memory: int) -> int:
    """Bound the address space of a process where the system can (Linux), by less where less stands; gives the bound."""
    try:
        import resource

        standing = resource.prlimit(pid, resource.RLIMIT_AS)
        bound = min([memory, *(one for one in standing if one != resource.RLIM_INFINITY)])
        resource.prlimit(pid, resource.RLIMIT_AS, (bound, bound))
    except (ImportError, AttributeError, OSError, ValueError):  # another system, over already, or not allowed
        return memory
    return bound
