"""Read CSV and TSV row by row: a bad row is named and left out, the others go on."""

from __future__ import annotations

import codecs
import csv
from collections import Counter, deque
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from plumbline.engines.encoding import bare_utf16, guess_encoding, marked_encoding, mostly_utf8
from plumbline.plugins.readers.model import Document, Reading
from plumbline.plugins.readers.rows import RowBlocks, column_names, row_text

LINE = 1_000_000
SPAN = 100
SAMPLE_LINE = 20_000
SEPARATORS = ",;\t|"


def read_delimited(path: Path, reading: Reading) -> Document:
    """Read a delimited table: separator and encoding found out, first row as column names, one block a row.

    Warnings `row.bad` (row, reason), `table.no_header`, `text.encoding_guessed`. Row numbers count rows as a spreadsheet
    shows them, the header being 1.
    """
    encoding = _encoding(path, reading)
    separator = _separator(path, encoding)
    blocks = RowBlocks()
    columns: list[str] = []
    with path.open(encoding=encoding, errors="surrogateescape", newline="") as file:
        for number, cells, reason in _rows(file, separator, reading):
            if not columns and reason is None and any(cells):
                columns, header = column_names(cells, reading)
                if header:
                    continue
            reason = reason or _misfit(cells, columns)
            if reason:
                _warn(number, reason, reading)
            elif any(cells):
                blocks.add(row_text(columns, cells), number=number, path=())
            if number % 1_000 == 0:
                reading.check_time()
            _check_rows(len(blocks), reading)
    if not blocks:
        raise reading.refuse("file.no_text", "{name} holds no row of values. Nothing was stored; check the table.")
    metadata = {"columns": ", ".join(columns), "separator": separator, "encoding": encoding, "rows": str(len(blocks))}
    return Document("text/csv", None, None, None, None, blocks, reading.all_warnings(), metadata)


def delimited_rows(path: Path, reading: Reading) -> Iterator[tuple[int, list[str], str | None]]:
    """Give the rows of a delimited table one by one: number, cells as written, reason why the row is bad or None.

    The separator and the encoding are found out at once (a guess is a warning of `reading`), rows as they are asked for.
    """
    encoding = _encoding(path, reading)
    separator = _separator(path, encoding)

    def rows() -> Iterator[tuple[int, list[str], str | None]]:
        with path.open(encoding=encoding, errors="surrogateescape", newline="") as file:
            yield from _rows(file, separator, reading, whole=True)

    return rows()


def _check_rows(count: int, reading: Reading) -> None:
    if count > reading.limits.rows:
        raise reading.refuse(
            "table.too_many_rows",
            "{name} has more than {limit} rows. Nothing was stored; split the table.",
            limit=reading.limits.rows,
        )


def _warn(number: int, reason: str, reading: Reading) -> None:
    reading.warn("row.bad", "Row {row} of {name} was left out: {reason}.", row=number, name=reading.name, reason=reason)


def _misfit(cells: list[str], columns: list[str]) -> str | None:
    """Say why a row does not fit its columns; blank cells at the end may be missing or too many."""
    if not columns or not any(cells) or len(cells) == len(columns):
        return None
    if len(cells) > len(columns) and not any(cells[len(columns) :]):
        return None
    return f"it has {len(cells)} cells where the header has {len(columns)}"


def _rows(
    file: IO[str], separator: str, reading: Reading, *, whole: bool = False
) -> Iterator[tuple[int, list[str], str | None]]:
    """Give (row number, cells, reason why it is bad or None); `whole` keeps line ends and spaces inside cells."""
    pending: deque[str] = deque()
    number = 0
    while line := (pending.popleft() if pending else _line(file)):
        number += 1
        if len(line) > LINE:
            yield number, [], f"it is longer than {LINE} characters"
            continue
        if '"' not in line:
            cells, reason = [cell.strip() for cell in line.rstrip("\r\n").split(separator)], None
        else:
            cells, reason = _quoted(line, pending, file, separator, whole=whole)
        yield number, cells, reason or _unsound(line if not cells else "".join(cells), reading)


def _line(file: IO[str]) -> str:
    """Read one line; of one that is too long only so much that it shows, the rest is skipped."""
    line = file.readline(LINE + 1)
    if len(line) > LINE and not line.endswith("\n"):
        while (more := file.readline(LINE)) and not more.endswith("\n"):
            continue
    return line


def _quoted(
    line: str, pending: deque[str], file: IO[str], separator: str, *, whole: bool
) -> tuple[list[str], str | None]:
    """Parse a row with quotes, which may run over lines; a quote that is never closed costs only its own line."""
    taken = [line]

    def lines() -> Iterator[str]:
        yield line
        while len(taken) <= SPAN and (more := (pending.popleft() if pending else _line(file))):
            taken.append(more)
            yield more

    parsed = csv.reader(lines(), delimiter=separator, strict=True)
    try:
        cells = next(parsed)
    except (csv.Error, StopIteration) as error:
        pending.extendleft(reversed(taken[1:]))
        unclosed = "unexpected end" in str(error) or len(taken) > 1
        return [], "a quotation mark in it is never closed" if unclosed else "its quotation marks do not match"
    return [cell.strip() if whole else " ".join(cell.split()) for cell in cells], None


def _unsound(text: str, reading: Reading) -> str | None:
    if text.isprintable():
        return f"a cell is longer than {reading.limits.cell} characters" if len(text) > reading.limits.cell else None
    if "\x00" in text:
        return "it holds NUL bytes"
    if any("\udc80" <= char <= "\udcff" for char in text):
        return "it holds bytes that are no valid UTF-8"
    return None


def _encoding(path: Path, reading: Reading) -> str:
    """Find the encoding by its mark, by trying UTF-8 on the whole file, or else by a guess that is said."""
    with path.open("rb") as file:
        head = file.read(1 << 20)
        marked = marked_encoding(head[:4]) or bare_utf16(head)
        if marked:
            return marked
        file.seek(0)
        if _is_utf8(file):
            return "utf-8"
    if mostly_utf8(head):
        return "utf-8"
    guessed = guess_encoding(head)
    reading.warn(
        "text.encoding_guessed",
        "The encoding of {name} is not declared; it was read as {encoding}. Check accented letters.",
        name=reading.name,
        encoding=guessed,
    )
    return guessed


def _is_utf8(file: IO[bytes]) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while piece := file.read(1 << 18):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _separator(path: Path, encoding: str) -> str:
    """Choose the separator that cuts most of the first lines into the same number of cells, more cells first."""
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        lines = [line for _ in range(60) if (line := _line(file)).strip() and len(line) < SAMPLE_LINE]
    best, chosen = (0.0, 0), ","
    for separator in SEPARATORS:
        counts = Counter(len(row) for row in csv.reader(lines, delimiter=separator) if row)
        width, times = counts.most_common(1)[0] if counts else (1, 0)
        if width > 1 and (score := (round(times / max(len(lines), 1), 1), width)) > best:
            best, chosen = score, separator
    return chosen
