"""Recognise the text of a picture of a page with the program tesseract, where it is installed.

A picture goes in by a pipe, words with their confidence and place come out as a table; nothing is written to disk. One
page takes one thread and a bounded time. The shares that a page's words carry are tesseract's own, from 0 to 1, weighed
by letters: they order pages by how much they need a look, and are no probability that a word is right.
"""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby

from plumbline.domain.errors import PlumblineError

TRAINED = {"en": "eng", "fr": "fra", "es": "spa", "it": "ita", "ru": "rus", "ar": "ara", "zh": "chi_sim", "de": "deu",
           "pt": "por", "uk": "ukr", "fa": "fas", "tr": "tur", "nl": "nld", "ja": "jpn", "ko": "kor"}  # fmt: skip
"""Language code -> tesseract's name of its trained data."""
SCRIPTS = {"Latin": ("en", "fr", "es", "it"), "Cyrillic": ("ru",), "Arabic": ("ar",), "Han": ("zh",)}
"""Script, as tesseract names it -> the languages to read it in when nothing else is known."""
SECONDS = 120.0
SURE_OF_SCRIPT = 3.0
"""Below this, tesseract's count of how sure it is of a script was met on pages of another one."""
UNSPACED = ("zh", "ja")


class OcrFailed(PlumblineError):
    """A page could not be recognised; other pages go on."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """The paragraphs of a page in reading order, and the mean confidence of its words, 0 to 1."""

    paragraphs: tuple[str, ...]
    confidence: float


def program() -> str | None:
    """Find tesseract; None where it is not installed."""
    return shutil.which("tesseract")


def languages() -> frozenset[str]:
    """Give the language codes that can be recognised here, none without the program."""
    found = program()
    return _trained(found) if found else frozenset()


@cache
def _trained(_program: str) -> frozenset[str]:
    listed = set(_run(["--list-langs"], b"").splitlines())
    return frozenset(code for code, name in TRAINED.items() if name in listed)


def recognise(picture: bytes, wanted: Iterable[str], *, seconds: float = SECONDS) -> Recognised:
    """Recognise one page (PNG, TIFF or PNM bytes) in the wanted languages that are installed, else by its script.

    Where its script cannot be told (few letters, or poor ones), the page is read in each, and the surest reading is kept.
    Raises `OcrFailed` with the reason: the program failed on the picture or took too long.
    """
    known = [code for code in wanted if code in languages()] or _by_script(picture)
    every = [[code for code in codes if code in languages()] for codes in SCRIPTS.values()]
    tried = [known] if known else [codes for codes in every if codes] or [[]]
    return max((_read(picture, codes, seconds / len(tried)) for codes in tried), key=lambda found: found.confidence)


def _read(picture: bytes, known: list[str], seconds: float) -> Recognised:
    names = "+".join(TRAINED[code] for code in known) or "eng"
    told = _run(["stdin", "stdout", "-l", names, "--psm", "3", "tsv"], picture, seconds=seconds)
    rows = [row for row in csv.DictReader(told.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE) if _is_word(row)]
    spaced = not (known and known[0] in UNSPACED)
    letters = sum(len(row["text"]) for row in rows)
    sure = sum(len(row["text"]) * float(row["conf"]) / 100 for row in rows)
    return Recognised(tuple(_paragraphs(rows, " " if spaced else "")), round(sure / letters, 3) if letters else 0.0)


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


def _by_script(picture: bytes) -> list[str]:
    """Ask for the script of the page, and give the languages of it that are installed; none where it cannot be told."""
    try:
        told = _run(["stdin", "stdout", "--psm", "0", "-l", "osd"], picture, seconds=SECONDS)
    except OcrFailed:
        told = ""  # too few letters to tell, or no data for it
    said = dict(line.partition(": ")[::2] for line in told.splitlines())
    if float(said.get("Script confidence") or 0) < SURE_OF_SCRIPT:
        return []
    return [code for code in SCRIPTS.get(said.get("Script", ""), ()) if code in languages()]


def _run(arguments: list[str], picture: bytes, *, seconds: float = 20.0) -> str:
    found = program()
    if found is None:
        raise OcrFailed("ocr.absent", "The program tesseract is not installed here.")
    environment = os.environ | {"OMP_THREAD_LIMIT": "1"}
    try:
        done = subprocess.run(  # noqa: S603 -- a program found on the path, its arguments our own
            [found, *arguments], input=picture, capture_output=True, timeout=seconds, env=environment, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise OcrFailed(
            "ocr.slow", "Recognising the page took more than {seconds:g} seconds.", seconds=seconds
        ) from error
    if done.returncode:
        reason = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise OcrFailed("ocr.failed", "tesseract could not read the page: {reason}", reason=(reason or ["?"])[-1][:200])
    return done.stdout.decode("utf-8", "replace")
