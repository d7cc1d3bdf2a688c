"""Writes tables for other programs, CSV and XLSX, a chunk at a time, so that memory stays flat.

Both say on top what they are of; no cell is taken for a formula.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import xlsxwriter
from django.utils import translation

TABLES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
CHUNK = 200
MOST_IN_CELL = 32_767
MOST_ROWS = 1_048_000
STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
Cell = str | float | int | None


def spoken(parts: Iterator[bytes], language: str) -> Iterator[bytes]:
    """Write each part in a language; between parts the language of whoever runs in this thread is left alone."""
    while True:
        with translation.override(language):
            part = next(parts, None)
        if part is None:
            return
        yield part


def defused(cell: Cell) -> Cell:
    """Give a cell that no spreadsheet takes for a formula: an apostrophe before =, +, -, @, tab or return.

    >>> defused("=1+1"), defused("- 5 t"), defused(-1.5)
    ("'=1+1", "'- 5 t", -1.5)
    """
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip(" \n").startswith(STARTS_FORMULA) else cell


_PLAIN = str.maketrans({",": ";", '"': "'", "\n": " ", "\r": " "})
"""Keeps the first line one cell without quotation marks, which readers of comments would not know."""


def armed(text: str) -> str:
    """Give back what `defused` wrote as it was.

    >>> armed("'=1+1"), armed("'s-Hertogenbosch")
    ('=1+1', "'s-Hertogenbosch")
    """
    return text[1:] if text[:1] == "'" and defused(text[1:]) == text else text


def is_cut(cell: Cell) -> bool:
    """Tell a cell that holds only the beginning of a text, as `Sheets` writes one that is longer than a cell may be."""
    return isinstance(cell, str) and len(cell) == MOST_IN_CELL and cell.endswith("…")


def csv_parts(line: str, heads: Iterable[str], rows: Iterable[Iterable[Cell]]) -> Iterator[bytes]:
    """Write a table as CSV in UTF-8 with a byte order mark; `line` stands on top as a comment."""
    held = io.StringIO()
    out = csv.writer(held)
    held.write("\ufeff")
    held.write(f"# {line.translate(_PLAIN)}\r\n")
    out.writerow(heads)
    for n, row in enumerate(rows, 1):
        out.writerow([defused(cell) for cell in row])
        if n % CHUNK == 0:
            yield held.getvalue().encode()
            held.seek(0)
            held.truncate()
    yield held.getvalue().encode()


def workbook_parts(title: str, company: str, line: str, write: Callable[[Any], None]) -> Iterator[bytes]:
    """Let `write` fill a workbook row by row in a temporary file, then give it out piece by piece."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.xlsx"
        options = {"constant_memory": True, "tmpdir": folder, "strings_to_formulas": False, "strings_to_urls": False}
        book = xlsxwriter.Workbook(str(path), options)
        book.set_properties({"title": title, "company": company, "comments": line})
        write(book)
        book.close()
        with path.open("rb") as file:
            while piece := file.read(65_536):
                yield piece


class Sheets:
    """A table of a workbook that goes on in a further sheet where one is full; every text is written as text."""

    def __init__(self, book: Any, title: str, names: Iterable[str]) -> None:
        self.book, self.title, self.names, self.count = book, title[:25], list(names), 0
        self._open()

    def _open(self) -> None:
        self.count += 1
        self.sheet = self.book.add_worksheet(self.title if self.count == 1 else f"{self.title} {self.count}")
        self.sheet.freeze_panes(1, 1)
        bold = self.book.add_format({"bold": True})
        for column, name in enumerate(self.names):
            self.sheet.write_string(0, column, name, bold)
        self.at = 1

    def add(self, row: Iterable[Cell]) -> None:
        """Write the next row."""
        if self.at >= MOST_ROWS:
            self._open()
        for column, cell in enumerate(row):
            if isinstance(cell, int | float) and not isinstance(cell, bool):
                self.sheet.write_number(self.at, column, cell)
            elif cell not in (None, ""):
                text = str(cell)
                cut = text if len(text) <= MOST_IN_CELL else text[: MOST_IN_CELL - 1] + "…"
                self.sheet.write_string(self.at, column, cut)
        self.at += 1
