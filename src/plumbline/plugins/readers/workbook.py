"""Read workbooks with python-calamine: sheets are headings, rows are passages, formulas give their stored values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from plumbline.plugins.readers.archive import SafeArchive, bomb, open_archive
from plumbline.plugins.readers.model import Document, Reading, broken
from plumbline.plugins.readers.recognise import is_zip
from plumbline.plugins.readers.rows import RowBlocks, column_names, row_text

MEDIA = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FILLED_CELL = re.compile(rb"<(?:\w+:)?c\s(?:[^>]{0,200}?\s)?r=\"([A-Z]{1,3})(\d{1,7})\"[^>/]{0,200}>")
WITHOUT_RESULT = re.compile(
    rb"<c\s(?![^>]{0,200}t=\"str\")[^>]{0,200}>\s*+<f[^>]{0,200}(?:/>|>[^<]{0,9000}</f>)\s*+(?:<v\s*+/>|<v>\s*+</v>)?+\s*+</c>"
)
AREA = 50_000_000
DOCTYPE = b"<!DOCTYPE"


def read_workbook(path: Path, reading: Reading) -> Document:
    """Read all sheets; the first filled row of a sheet names its columns, empty rows are passed over."""
    from python_calamine import CalamineError, PasswordError, load_workbook

    with path.open("rb") as file:
        zipped = is_zip(file.read(4))
    if zipped:
        with open_archive(path, reading) as archive:
            _check_parts(archive, reading)
    blocks = RowBlocks()
    try:
        with load_workbook(str(path)) as workbook:
            for name in workbook.sheet_names:
                _sheet(name, workbook.get_sheet_by_name(name), blocks, reading)
            sheets = ", ".join(workbook.sheet_names)
    except PasswordError as error:
        raise reading.refuse(
            "file.encrypted", "{name} is encrypted. Nothing was stored; ask for the password or an unprotected copy."
        ) from error
    except (CalamineError, OSError, ValueError) as error:
        raise broken(reading) from error
    if not blocks:
        raise reading.refuse("file.no_text", "{name} holds no row of values. Nothing was stored; check the table.")
    metadata = {"sheets": sheets, "rows": str(len(blocks))}
    return Document(MEDIA, None, None, None, None, blocks, reading.all_warnings(), metadata)


def workbook_rows(path: Path, reading: Reading) -> Iterator[tuple[int, list[str | float]]]:
    """Give the rows of the first sheet one by one: number as the sheet shows it, cells; a number stays a number.

    Further sheets are left alone, which is a warning (`table.more_sheets`).
    """
    from python_calamine import CalamineError, PasswordError, load_workbook

    with path.open("rb") as file:
        zipped = is_zip(file.read(4))
    if zipped:
        with open_archive(path, reading) as archive:
            _check_parts(archive, reading)
    try:
        with load_workbook(str(path)) as workbook:
            first, *more = workbook.sheet_names
            sheet = workbook.get_sheet_by_name(first)
    except PasswordError as error:
        raise reading.refuse(
            "file.encrypted", "{name} is encrypted. Nothing was stored; ask for the password or an unprotected copy."
        ) from error
    except (CalamineError, OSError, ValueError) as error:
        raise broken(reading) from error
    if more:
        template = "Only the first sheet of {name}, {sheet}, is read; {count} more are left alone."
        reading.warn("table.more_sheets", template, name=reading.name, sheet=first, count=len(more))
    return ((number, [_kept(value) for value in values]) for number, values in _rows(sheet))


def _kept(value: Any) -> str | float:
    """Give a cell as it is: a number as a number, a text with its line ends, everything else as `_shown`."""
    if isinstance(value, float) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    return value.strip() if isinstance(value, str) else _shown(value)


def _check_parts(archive: SafeArchive, reading: Reading) -> None:
    """Inflate every part once: sizes are counted, entities refused, and no sheet may span more than it could hold."""
    without = 0
    for name in archive.names:
        if not name.endswith((".xml", ".rels", ".bin")):
            continue
        first = True
        rows = [1 << 21, 0]
        columns = [1 << 15, 0]
        tail = cell = b""
        for piece in archive.chunks(name):
            if first and DOCTYPE in piece[:4096].replace(b"\x00", b""):
                raise reading.refuse(
                    "xml.doctype",
                    "{name} defines XML entities, which Office documents never do. Nothing was stored; save it anew.",
                )
            first = False
            if "worksheets/" in name:
                tail = _extend(tail + piece, rows, columns)
                if b"<f" in piece or cell:
                    whole = cell + piece
                    without += len(WITHOUT_RESULT.findall(whole))
                    begun = whole.rfind(b"<c ")
                    cell = whole[begun:] if begun > whole.rfind(b"</c>") and len(whole) - begun < 10_000 else b""
        if (rows[1] - rows[0] + 1) * (columns[1] - columns[0] + 1) > AREA and rows[1]:
            raise bomb(reading)
    if without:
        reading.warn(
            "table.no_results",
            "{count} cells of {name} hold formulas without their results and were read as empty. Open the file in a "
            "spreadsheet program, save it and add that.",
            count=without,
            name=reading.name,
        )


def _extend(data: bytes, rows: list[int], columns: list[int]) -> bytes:
    """Widen the span by the filled cells in a piece; give the end that may hold half a cell."""
    for match in FILLED_CELL.finditer(data):
        row, column = int(match.group(2)), _column(match.group(1))
        rows[0], rows[1] = min(rows[0], row), max(rows[1], row)
        columns[0], columns[1] = min(columns[0], column), max(columns[1], column)
    cut = data.rfind(b"<")
    return data[cut:] if 0 <= len(data) - cut < 200 else b""


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _sheet(name: str, sheet: Any, blocks: RowBlocks, reading: Reading) -> None:
    columns: list[str] = []
    for number, values in _rows(sheet):
        if number % 1_000 == 0:
            reading.check_time()
        cells = [_shown(value) for value in values]
        if not any(cells):
            continue
        if not columns:
            columns, header = column_names(cells, reading)
            if header:
                continue
        blocks.add(row_text(columns, cells), number=number, path=(name,))
        if len(blocks) > reading.limits.rows:
            raise reading.refuse(
                "table.too_many_rows",
                "{name} has more than {limit} rows. Nothing was stored; split the table.",
                limit=reading.limits.rows,
            )


def _rows(sheet: Any) -> Iterator[tuple[int, Sequence[Any]]]:
    """Give (row number as the sheet shows it, values), with merged cells showing their value in each row they span."""
    spans = [area for area in (sheet.merged_cell_ranges or []) if area[1][0] > area[0][0]][:10_000]
    held: dict[int, tuple[int, Any]] = {}
    starts: dict[int, list[tuple[int, int]]] = {}
    margin = sheet.start[1] if sheet.start else 0
    for (top, left), (bottom, _) in spans:
        starts.setdefault(top, []).append((left - margin, bottom))
    for at, row in enumerate(sheet.iter_rows()):
        if starts:
            row = _filled(at, list(row), starts, held)
        yield at + 1, row


def _filled(
    at: int, row: list[Any], starts: dict[int, list[tuple[int, int]]], held: dict[int, tuple[int, Any]]
) -> list[Any]:
    for left, bottom in starts.get(at, ()):
        if 0 <= left < len(row):
            held[left] = (bottom, row[left])
    for left, (bottom, value) in list(held.items()):
        if at > bottom:
            del held[left]
        elif row[left] == "":
            row[left] = value
    return row


def _shown(value: Any) -> str:
    """Write a cell as a person reads it: whole numbers without decimals, dates in ISO form."""
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    if isinstance(value, (date, time, timedelta)):
        return str(value)
    return "" if value is None else str(value)
