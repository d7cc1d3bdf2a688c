"""Levels of columns and the cells that they make: rows of one domain, grouped by columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plumbline.domain.columns import Columns
from plumbline.domain.errors import unfit

Level = str | int | float
ABSENT = frozenset({"", "NA", "NaN", "nan"})
MOST_CELLS = 100_000


@dataclass(frozen=True)
class Levels:
    """Hold a column as codes into its sorted levels; a missing cell is -1."""

    codes: NDArray[np.int64]
    labels: tuple[Level, ...]


@dataclass(frozen=True)
class Cells:
    """Group rows: `codes` is the cell of each row, -1 outside; `labels` says of each cell which level of which column."""

    codes: NDArray[np.int64]
    labels: tuple[dict[str, Level], ...]

    def __len__(self) -> int:
        return len(self.labels)

    def sums(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Add values up within each cell."""
        return tally(self.codes + 1, values, len(self) + 1)[1:]

    def counts(self) -> NDArray[np.int64]:
        """Count the rows of each cell."""
        return np.bincount(self.codes + 1, minlength=len(self) + 1)[1:]

    def apart(self) -> Iterator[Cells]:
        """Give each cell by itself, one after the other."""
        for cell, label in enumerate(self.labels):
            yield Cells(np.where(self.codes == cell, 0, -1), (label,))

    def only(self, kept: NDArray[np.bool_]) -> Cells:
        """Keep the rows of a mask; the cells stay, even where none of their rows does."""
        return self if kept.all() else Cells(np.where(kept, self.codes, -1), self.labels)


def tally(codes: NDArray[np.int64], values: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Add values up by code from 0 to size - 1."""
    out: NDArray[Any] = np.bincount(codes, weights=values, minlength=size)
    return out


def levels_of(columns: Columns, name: str) -> Levels:
    """Give the levels of a column, numbers in their order, texts in that of their letters."""
    columns.require(name)
    values = columns.data[name]
    if values.dtype.kind in "iub":
        return _whole(values.astype(np.int64))
    if values.dtype.kind == "f":
        present = ~np.isnan(values)
        if present.all() and (np.floor(values) == values).all() and np.abs(values).max(initial=0) < 2**53:
            return _whole(values.astype(np.int64))
        labels, inverse = np.unique(values[present], return_inverse=True)
        codes = np.full(len(values), -1, dtype=np.int64)
        codes[present] = inverse
        return Levels(codes, tuple(_number(label) for label in labels.tolist()))
    return _texts(values if values.dtype.kind == "O" else columns.text(name))


def _whole(values: NDArray[np.int64]) -> Levels:
    low, high = (int(values.min()), int(values.max())) if len(values) else (0, 0)
    if high - low > 4 * len(values) + 1000:
        labels, inverse = np.unique(values, return_inverse=True)
        return Levels(inverse.astype(np.int64), tuple(labels.tolist()))
    present = np.bincount(values - low, minlength=high - low + 1) > 0
    position = np.cumsum(present) - 1
    return Levels(position[values - low], tuple((np.flatnonzero(present) + low).tolist()))


def _number(value: float) -> int | float:
    return int(value) if value == int(value) else value


def _texts(values: NDArray[Any]) -> Levels:
    seen: dict[Any, int] = {}
    first = np.fromiter((seen.setdefault(value, len(seen)) for value in values.tolist()), np.int64, len(values))
    stripped = ["" if value is None else str(value).strip() for value in seen]
    labels = sorted({text for text in stripped if text not in ABSENT}, key=_as_number_or_text)
    index = {label: code for code, label in enumerate(labels)}
    codes = np.array([index.get(text, -1) for text in stripped], dtype=np.int64)
    return Levels(codes[first] if len(first) else first, tuple(labels))


def _as_number_or_text(text: str) -> tuple[int, float, str]:
    try:
        return 0, float(text), text
    except ValueError:
        return 1, 0.0, text


def combine(parts: list[Levels]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number the combinations of levels that occur; give each row's and, a combination, the first row that has it.

    Combinations are ordered by the last part first; a row that lacks a level has -1.
    """
    codes = parts[-1].codes
    missing = np.any([part.codes < 0 for part in parts], axis=0)
    size = len(parts[-1].labels)
    for part in reversed(parts[:-1]):
        codes = codes * len(part.labels) + part.codes
        size *= len(part.labels)
        if size > 2**40:
            codes = np.unique(codes, return_inverse=True)[1]
            size = int(codes.max(initial=-1)) + 1
    codes = np.where(missing, -1, codes) if missing.any() else codes
    return number(codes)


def number(codes: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Renumber codes without gaps, in their order, -1 kept; give each new code's first row too."""
    if not len(codes) or int(codes.max()) < 0:
        return codes, np.empty(0, dtype=np.int64)
    if int(codes.max()) <= 8 * len(codes) + 1000:
        first = np.full(int(codes.max()) + 2, len(codes), dtype=np.int64)
        rows = np.arange(len(codes) - 1, -1, -1)
        first[codes[::-1] + 1] = rows  # the last write of a code is its first row
        present = first[1:] < len(codes)
        position = np.concatenate([[-1], np.cumsum(present) - 1])
        return position[codes + 1], first[1:][present]
    labels, start, inverse = np.unique(codes, return_index=True, return_inverse=True)
    skipped = int(labels[0] < 0)
    return inverse - skipped, start[skipped:]


def cells_by(columns: Columns, by: tuple[str, ...], inside: NDArray[np.bool_], *, name: str = "plan") -> Cells:
    """Group the rows of a domain by columns: combinations that occur, the first column changing fastest."""
    if not by:
        return Cells(np.where(inside, 0, -1), ({},))
    parts = [levels_of(columns, one) for one in by]
    parts[0] = Levels(np.where(inside, parts[0].codes, -1), parts[0].labels)
    codes, first = combine(parts)
    if len(first) > MOST_CELLS:
        raise unfit(name, "by", f"columns with at most {MOST_CELLS} cells are needed here", ", ".join(by))
    labels = tuple({one: part.labels[part.codes[row]] for one, part in zip(by, parts, strict=True)} for row in first)
    return Cells(codes, labels)
