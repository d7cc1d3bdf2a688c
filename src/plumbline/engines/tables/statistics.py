"""Files of statistics programs: SPSS and Stata, with their labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plumbline.domain.columns import Columns
from plumbline.domain.errors import InvalidInput, NotFound
from plumbline.domain.surveys.codebook import Codebook, Variable, key_of

SUFFIXES = frozenset({".sav", ".zsav", ".dta", ".por"})


def read_statistics(path: Path | str, *, columns: Sequence[str] | None = None) -> tuple[Columns, Codebook]:
    """Read an SPSS (.sav, .zsav, .por) or Stata (.dta) file as columns and codebook.

    Values that the file declares as missing come as missing. Rows are counted from 1. Raises `NotFound` for an absent file, `InvalidInput` for
    one that cannot be read or lacks a column.
    """
    path = Path(path)
    if not path.is_file():
        raise NotFound("file.absent", "There is no file {path}.", path=str(path))
    data, meta = _read(path)
    found = {name: _array(values) for name, values in data.items()}
    whole = Columns(path.name, found, first_row=1)
    whole.require(*(columns or ()))
    kept = found if columns is None else {name: found[name] for name in columns}
    return Columns(path.name, kept, first_row=1), _codebook(path, meta, found)


def _read(path: Path) -> tuple[dict[str, Any], Any]:
    import pyreadstat

    readers: dict[str, Callable[..., Any]] = {".dta": pyreadstat.read_dta, ".por": pyreadstat.read_por}
    reader: Callable[..., Any] = readers.get(path.suffix.lower(), pyreadstat.read_sav)
    problem: Exception | None = None
    for encoding in (None, "UTF-8", "WINDOWS-1252"):
        try:
            data, meta = reader(str(path), output_format="dict", encoding=encoding)
        except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, UnicodeDecodeError) as error:
            problem = problem or error
            continue
        return data, meta
    raise InvalidInput(
        "table.torn",
        "{name} cannot be read as a table: {problem}. Check its separators and quotes.",
        name=path.name,
        problem=str(problem).splitlines()[0][:200].rstrip(".") if str(problem) else "it is damaged",
    )


def _array(values: Sequence[Any]) -> NDArray[Any]:
    numbers = [value for value in values if value is not None]
    if all(isinstance(value, int | float | np.number) for value in numbers):
        return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    return np.array([None if value is None or value == "" else str(value) for value in values], dtype=object)


def _codebook(path: Path, meta: Any, found: dict[str, NDArray[Any]]) -> Codebook:
    variables = []
    for name, values in found.items():
        labels = {key_of(code): str(label) for code, label in (meta.variable_value_labels.get(name) or {}).items()}
        variables.append(
            Variable(name, meta.column_names_to_labels.get(name) or "", labels, numeric=values.dtype.kind == "f")
        )
    return Codebook(meta.file_label or path.stem, tuple(variables))
