"""Read a table row by row for import: CSV, workbooks and JSON Lines give cells, not passages.

Memory stays flat (a workbook's first sheet is held by its reader, packed). A bad row says why and the next one goes on.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final, Literal

from plumbline.domain.errors import InvalidInput
from plumbline.plugins.readers.delimited import delimited_rows
from plumbline.plugins.readers.encoding import looks_binary
from plumbline.plugins.readers.model import Limits, Reading, ReadWarning, safe_name
from plumbline.plugins.readers.reader import Candidate
from plumbline.plugins.readers.recognise import foreign_format, head_text, is_docx, is_html, is_pdf, is_workbook
from plumbline.plugins.readers.workbook import workbook_rows

HEAD: Final = 65_536
LINE: Final = 2_000_000
FORMATS: Final = "CSV, Excel (.xlsx), JSON Lines"
Cell = str | float


@dataclass(frozen=True, slots=True)
class TableRow:
    """Hold one row: its number in the file (the first line is 1), its cells or its JSON object, or what is wrong."""

    number: int
    cells: Sequence[Cell] = ()
    data: Mapping[str, Any] | None = None
    problem: InvalidInput | None = None


@dataclass(frozen=True, slots=True)
class OpenTable:
    """Hold an opened table: `heads` of its columns (() for JSON Lines), rows to be walked once, warnings so far.

    `preface` holds lines before the heads that begin with '#', such as the first line of an export.
    """

    format: Literal["csv", "xlsx", "jsonl"]
    heads: tuple[str, ...]
    rows: Iterator[TableRow]
    preface: tuple[str, ...] = ()
    warnings: tuple[ReadWarning, ...] = ()


def open_table(path: Path, *, name: str, limits: Limits | None = None) -> OpenTable:
    """Open a table by its content, whatever its name says.

    Raises `FileRefused` with one sentence: `file.empty`, `file.too_large`, `file.encrypted`, `file.broken`,
    `archive.bomb`, `table.unknown_format`, `table.no_rows`.
    """
    reading = Reading(safe_name(name), limits or Limits())
    size = path.stat().st_size
    if size == 0:
        raise reading.refuse("file.empty", "{name} is empty. Nothing was stored; add the file again once it has text.")
    if size > reading.limits.size:
        raise reading.refuse(
            "file.too_large",
            "{name} has {size} bytes, more than the {limit} that are taken. Nothing was stored; split the file.",
            size=size,
            limit=reading.limits.size,
        )
    with path.open("rb") as file:
        candidate = Candidate(file.read(HEAD), path, PurePosixPath(reading.name).suffix.lower())
    if is_workbook(candidate):
        return _with_heads("xlsx", (TableRow(number, cells) for number, cells in workbook_rows(path, reading)), reading)
    if is_pdf(candidate) or is_docx(candidate) or is_html(candidate) or _is_no_text(candidate):
        raise _no_table(reading)
    first = head_text(candidate.head).lstrip("\ufeff \t\r\n")
    if first.startswith("{"):
        return OpenTable("jsonl", (), _json_rows(path))
    if first.startswith("["):
        raise _no_table(reading)
    return _with_heads("csv", _delimited(path, reading), reading)


def _is_no_text(candidate: Candidate) -> bool:
    return looks_binary(candidate.head) or foreign_format(candidate) is not None


def _no_table(reading: Reading) -> Exception:
    template = "{name} is no table that can be read. Nothing was stored; save it as one of: {formats}."
    return reading.refuse("table.unknown_format", template, formats=FORMATS)


def _with_heads(form: Literal["csv", "xlsx"], rows: Iterator[TableRow], reading: Reading) -> OpenTable:
    """Take the heads from the first filled row that is no '#' line."""
    preface: list[str] = []
    for row in rows:
        filled = [str(cell) for cell in row.cells if cell != ""]
        if row.problem or not filled:
            continue
        if len(filled) == 1 and filled[0].startswith("#"):
            preface.append(filled[0])
            continue
        heads = tuple(" ".join(str(cell).split()) for cell in row.cells)
        while heads and not heads[-1]:
            heads = heads[:-1]
        return OpenTable(form, heads, _fitting(rows, len(heads)), tuple(preface), reading.all_warnings())
    raise reading.refuse("table.no_rows", "{name} holds no row. Nothing was stored; check the table.")


def _fitting(rows: Iterator[TableRow], width: int) -> Iterator[TableRow]:
    """Give the rows that hold something, each as wide as the heads; one that does not fit says so."""
    for row in rows:
        cells = row.cells
        if row.problem:
            yield row
        elif any(cell != "" for cell in cells):
            short = len(cells) < width
            if short or any(cell != "" for cell in cells[width:]):
                template = "It has {found} cells where the first row has {heads}. Check separators and quotation marks."
                problem = InvalidInput("table.misfit", template, found=len(cells), heads=width)
                yield TableRow(row.number, problem=problem)
            else:
                yield TableRow(row.number, cells[:width])


def _delimited(path: Path, reading: Reading) -> Iterator[TableRow]:
    rows = delimited_rows(path, reading)

    def walked() -> Iterator[TableRow]:
        for number, cells, reason in rows:
            if reason:
                problem = InvalidInput("table.bad_row", "It cannot be read: {reason}. Correct it.", reason=reason)
                yield TableRow(number, problem=problem)
            else:
                yield TableRow(number, cells)

    return walked()


def _json_rows(path: Path) -> Iterator[TableRow]:
    with path.open("rb") as file:
        number = 0
        while line := file.readline(LINE + 1):
            number += 1
            if len(line) > LINE:
                while not line.endswith(b"\n") and (line := file.readline(LINE)):
                    continue
                template = "It is longer than {limit} bytes. Take out what does not belong there."
                yield TableRow(number, problem=InvalidInput("table.long_row", template, limit=LINE))
            elif line.strip():
                yield _json_row(number, line)


def _json_row(number: int, line: bytes) -> TableRow:
    template = "It is no JSON object in UTF-8. Write one object on each line."
    try:
        found = json.loads(line.decode("utf-8-sig"), parse_constant=lambda _: math.nan)
    except (ValueError, RecursionError):
        return TableRow(number, problem=InvalidInput("table.bad_json", template))
    if not isinstance(found, dict):
        return TableRow(number, problem=InvalidInput("table.bad_json", template))
    return TableRow(number, data=found)
