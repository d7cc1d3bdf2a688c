"""A table as an analysis sees it: named columns, checked as they are asked for.

Analyses ask for a column as numbers, whole numbers, dates or text; what does not fit is refused by a sentence that
names the file, the row (its line in the file) and the column. Nothing is dropped silently.

>>> import numpy as np
>>> table = Columns("cases.csv", {"year": np.array(["2011", "2012"], dtype=object)})
>>> table.integers("year").tolist()
[2011, 2012]
>>> table.numbers("yaer")
Traceback (most recent call last):
...
plumbline.domain.errors.InvalidInput: cases.csv has no column 'yaer'; its columns are: year. Rename one or name another.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plumbline.domain.errors import InvalidInput

MISSING = frozenset({"", "na", "nan", "null", "none", "n/a", "."})
NAMES_SHOWN, VALUE_SHOWN = 12, 60
DAY = re.compile(r"([12]\d{3})(?:(?:-(\d{1,2})(?:-(\d{1,2}))?|(\d{2})(\d{2}))(?:[T ].*)?)?$")
LARGEST = 1e60  # sums of fourth powers stay finite


@dataclass(frozen=True)
class Columns:
    """Hold a table by columns.

    `name` is what messages call it (the file's name); `data` maps a column to an array of equal length, of objects
    (str or None, as read) or of a numpy number or date type; `first_row` is the line of the first row in the file, `decimal`
    the mark before the decimals of numbers that are text.
    """

    name: str
    data: Mapping[str, NDArray[Any]]
    first_row: int = 2
    decimal: str = "."

    def __len__(self) -> int:
        return len(next(iter(self.data.values()), ()))

    @property
    def names(self) -> tuple[str, ...]:
        """Name the columns in their order."""
        return tuple(self.data)

    def require(self, *columns: str) -> None:
        """Refuse the table when one of the columns is absent."""
        for column in columns:
            if column not in self.data:
                shown = ", ".join(self.names[:NAMES_SHOWN]) + (", …" if len(self.data) > NAMES_SHOWN else "")
                raise InvalidInput(
                    "table.column-absent",
                    "{name} has no column '{column}'; its columns are: {columns}. Rename one or name another.",
                    name=self.name,
                    column=column,
                    columns=shown,
                )

    def text(self, column: str) -> NDArray[np.object_]:
        """Give a column as stripped text, '' where the cell is empty."""
        self.require(column)
        values = self.data[column]
        if values.dtype.kind == "f":
            return np.array([_plain(value) for value in values], dtype=object)
        if values.dtype.kind == "M":
            return np.array(np.datetime_as_string(values), dtype=object)
        return np.array(["" if value is None else str(value).strip() for value in values.tolist()], dtype=object)

    def numbers(self, column: str, *, missing: bool = False) -> NDArray[np.float64]:
        """Give a column as float64. An empty cell is nan where `missing` is allowed, else refused."""
        self.require(column)
        values = self.data[column]
        out = values.astype(np.float64) if values.dtype.kind in "iufb" else self._parsed(column, self.number)
        wrong = np.isinf(out) if missing else ~np.isfinite(out)
        if wrong.any():
            self.refuse(int(np.argmax(wrong)), column, "a number is needed here")
        with np.errstate(invalid="ignore"):
            huge = np.abs(out) > LARGEST
        if huge.any():
            self.refuse(int(np.argmax(huge)), column, f"a number of at most {LARGEST:g} is needed here")
        return out

    def integers(self, column: str) -> NDArray[np.int64]:
        """Give a column as whole numbers."""
        out = self.numbers(column)
        wrong = out != np.floor(out)
        if wrong.any():
            self.refuse(int(np.argmax(wrong)), column, "a whole number is needed here")
        return out.astype(np.int64)

    def dates(self, column: str) -> NDArray[np.datetime64]:
        """Give a column as days (datetime64[D]), from ISO dates such as 2011-03-01 or 20110301; a year or month is its first day.

        Other orders of day and month are refused, since 03/04/2011 may be either.
        """
        self.require(column)
        values = self.data[column]
        if values.dtype.kind == "M":
            out: NDArray[np.datetime64] = values.astype("datetime64[D]")
        else:
            out = np.empty(len(values), dtype="datetime64[D]")
            for row, text in enumerate(self.text(column).tolist()):
                found = DAY.match(text)
                try:
                    out[row] = (
                        np.datetime64("-".join(part.zfill(2) for part in found.groups() if part), "D")
                        if found
                        else "NaT"
                    )
                except ValueError:
                    out[row] = "NaT"
        if np.isnat(out).any():
            self.refuse(int(np.argmax(np.isnat(out))), column, "a date such as 2011-03-01 is needed here")
        return out

    def select(self, mask: NDArray[Any]) -> Columns:
        """Keep the rows of a mask or of an index array."""
        return replace(self, data={name: values[mask] for name, values in self.data.items()})

    def named(self, *known: str) -> Columns:
        """Give columns the names that a command knows them by, where they differ in case or in blanks around them only."""
        wanted = {name.lower(): name for name in known}
        taken = set(self.names)
        found = {}
        for name, values in self.data.items():
            other = wanted.get(name.strip().lower(), name)
            found[name if other in taken else other] = values
        return replace(self, data=found)

    def refuse(self, row: int, column: str, need: str) -> None:
        """Refuse the cell at a row (counted from 0, the one after the last included), saying what is needed there."""
        value = self.data[column][row] if column in self.data and row < len(self) else None
        said = "" if value is None or value != value else " ".join(str(value).split())
        raise InvalidInput(
            "table.cell-unfit",
            "{name}, row {row}, column '{column}': {need}, not '{value}'. Mend the cell and run it again.",
            name=self.name,
            row=row + self.first_row,
            column=column,
            need=need,
            value=said if len(said) <= VALUE_SHOWN else said[:VALUE_SHOWN] + "…",
        )

    def number(self, value: Any) -> float:
        """Read one cell as a number, nan where it is empty; raises ValueError for what is none."""
        if value is None:
            return float("nan")
        text = str(value).strip()
        if text.lower() in MISSING:
            return float("nan")
        if "_" in text:  # Python reads 1_000 as a number, tables do not write it
            raise ValueError(text)
        return float(text.replace(",", ".", 1) if self.decimal == "," else text)

    def _parsed(self, column: str, parse: Callable[[Any], float]) -> NDArray[np.float64]:
        values = self.data[column]
        try:
            return np.array([parse(value) for value in values.tolist()], dtype=np.float64)
        except ValueError:
            pass
        for row, value in enumerate(values.tolist()):
            try:
                parse(value)
            except ValueError:
                self.refuse(row, column, "a number is needed here")
        raise AssertionError("one of the cells failed before")


def natural(text: str) -> list[tuple[int, int, str]]:
    """Give what to sort names by: words by letters, numbers inside them by size.

    >>> sorted(["week 10", "week 9"], key=natural)
    ['week 9', 'week 10']
    """
    parts = ((part, part.lstrip("0")) for part in re.split(r"(\d+)", text))
    return [(0, len(bare), bare) if part.isdecimal() else (1, 0, part) for part, bare in parts]


def _plain(value: float) -> str:
    if np.isnan(value):
        return ""
    return str(int(value)) if value == np.floor(value) and np.isfinite(value) else repr(float(value))
