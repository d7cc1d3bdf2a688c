"""Turn rows of a table into passages 'Column: value', kept in a temporary file so that memory stays flat."""

from __future__ import annotations

import tempfile
import weakref
from array import array
from collections.abc import Iterator, Sequence
from typing import IO, cast, overload

from plumbline.plugins.readers.model import Block, Reading

IN_MEMORY = 1 << 20


class RowBlocks(Sequence[Block]):
    """Hold row blocks in a temporary file: some 20 bytes of memory a row, the text on disk.

    A sequence like any other (length, index, slice, iteration as often as wanted). Not thread-safe; the file vanishes
    with the object.
    """

    def __init__(self) -> None:
        self._file = cast("IO[bytes]", tempfile.SpooledTemporaryFile(max_size=IN_MEMORY))  # noqa: SIM115
        self._ends = array("Q")
        self._numbers = array("L")
        self._places = array("L")
        self._paths: list[tuple[str, ...]] = []
        weakref.finalize(self, self._file.close)

    def add(self, text: str, *, number: int, path: tuple[str, ...]) -> None:
        """Append one row: its text, its number in the file or sheet, its heading path."""
        if not self._paths or self._paths[-1] != path:
            self._paths.append(path)
        written = text.encode("utf-8", "replace")
        start = self._ends[-1] if self._ends else 0
        self._file.seek(start)
        self._file.write(written)
        self._ends.append(start + len(written))
        self._numbers.append(number)
        self._places.append(len(self._paths) - 1)

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, at: int) -> Block: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Block]: ...
    def __getitem__(self, at: int | slice) -> Block | Sequence[Block]:
        if isinstance(at, slice):
            return [self._block(index) for index in range(*at.indices(len(self)))]
        index = at + len(self) if at < 0 else at
        if not 0 <= index < len(self):
            raise IndexError(at)
        return self._block(index)

    def __iter__(self) -> Iterator[Block]:
        return (self._block(index) for index in range(len(self)))

    def _block(self, index: int) -> Block:
        start = self._ends[index - 1] if index else 0
        self._file.seek(start)
        text = self._file.read(self._ends[index] - start).decode()
        return Block(text, None, self._paths[self._places[index]], "row", str(self._numbers[index]))


def column_names(first: Sequence[str], reading: Reading) -> tuple[list[str], bool]:
    """Give column names and whether the first row holds them; a row with numbers only or with blanks first does not."""
    named = [cell for cell in first if cell]
    if named and not any(_is_number(cell) for cell in named):
        return [cell or f"Column {at}" for at, cell in enumerate(first, 1)], True
    reading.warn(
        "table.no_header",
        "The first row of {name} holds values, not column names; columns are called Column 1, Column 2 and so on.",
        name=reading.name,
    )
    return [f"Column {at}" for at in range(1, len(first) + 1)], False


def row_text(columns: Sequence[str], cells: Sequence[str]) -> str:
    """Write a row as one line 'Column: value' for each cell that holds something."""
    return "\n".join(f"{name}: {cell}" for name, cell in zip(columns, cells, strict=False) if cell)


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).replace(",", "").lstrip("+-").isdigit() and len(text) != 4
