"""Files of statistics programs: SPSS and Stata, with their labels."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plumbline.domain.columns import Columns
from plumbline.domain.errors import InvalidInput
from plumbline.domain.surveys.codebook import Codebook, Variable, key_of
from plumbline.engines.tables.files import existing

SUFFIXES = frozenset({".sav", ".zsav", ".dta", ".por"})


def read_statistics(
    path: Path | str, *, columns: Sequence[str] | None = None, keep_missing: bool = False
) -> tuple[Columns, Codebook]:
    """Read an SPSS (.sav, .zsav, .por) or Stata (.dta) file as columns and codebook.

    Values that the file declares as missing come as missing, those of Stata's tags among them; with `keep_missing` as
    they stand, tags as .a to .z. Of a declared range the codebook names the values that occur or have a label. Rows are counted from 1.
    Raises `NotFound` for an absent file, `InvalidInput` for one that cannot be read or lacks a column.
    """
    path = existing(path)
    data, meta = _read(path)
    stands = {name: _with_tags(values, name, meta) for name, values in data.items()}
    codebook = _codebook(path, meta, stands)
    found = {name: _array(values) for name, values in stands.items()}
    if not keep_missing:
        found = {
            name: _without(values, set((codebook.find(name) or Variable(name)).missing))
            for name, values in found.items()
        }
    whole = Columns(path.name, found, first_row=1)
    whole.require(*(columns or ()))
    kept = found if columns is None else {name: found[name] for name in columns}
    return Columns(path.name, kept, first_row=1), codebook


def _read(path: Path) -> tuple[dict[str, Any], Any]:
    import pyreadstat

    readers: dict[str, Callable[..., Any]] = {".dta": pyreadstat.read_dta, ".por": pyreadstat.read_por}
    reader: Callable[..., Any] = readers.get(path.suffix.lower(), pyreadstat.read_sav)
    more = {} if path.suffix.lower() == ".por" else {"user_missing": True}
    problem: Exception | None = None
    for encoding in (None, "UTF-8", "WINDOWS-1252"):
        try:
            data, meta = reader(str(path), output_format="dict", encoding=encoding, **more)
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


def _with_tags(values: Sequence[Any], name: str, meta: Any) -> list[Any]:
    """Write Stata's tagged missing values as .a to .z; nan is missing."""
    tags = set((getattr(meta, "missing_user_values", None) or {}).get(name, ()))
    return [
        None if value is None or value != value else f".{value}" if isinstance(value, str) and value in tags else value
        for value in values
    ]


def _array(values: Sequence[Any]) -> NDArray[Any]:
    present = [value for value in values if value is not None]
    if all(isinstance(value, int | float | np.number) for value in present):
        return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    if all(isinstance(value, datetime.date) for value in present):
        return np.array(values, dtype="datetime64[us]")
    if any(isinstance(value, int | float | np.number) for value in present):  # numbers with tags between
        return np.array(values, dtype=object)
    return np.array([None if value is None or value == "" else str(value) for value in values], dtype=object)


def _without(values: NDArray[Any], missing: set[str]) -> NDArray[Any]:
    if not missing or values.dtype.kind == "M":
        return values
    if values.dtype.kind == "f":
        numbers = [float(value) for value in missing if not value.startswith(".")]
        return np.where(np.isin(values, numbers), np.nan, values)
    return _array([None if value is None or key_of(value) in missing else value for value in values.tolist()])


def _codebook(path: Path, meta: Any, found: Mapping[str, list[Any]]) -> Codebook:
    variables = []
    ranges = getattr(meta, "missing_ranges", None) or {}
    tags = getattr(meta, "missing_user_values", None) or {}
    for name, values in found.items():
        tagged = set(tags.get(name, ()))
        given = (meta.variable_value_labels.get(name) or {}).items()
        labels = {
            f".{code}" if isinstance(code, str) and (code in tagged or _is_tag(code, values)) else key_of(code): str(
                label
            )
            for code, label in given
        }
        gone = [f".{tag}" for tag in sorted(tagged)] or _declared(
            ranges.get(name, ()), values, [code for code, _ in given]
        )
        gone += [key for key in labels if key.startswith(".") and key not in gone and len(key) == 2]
        numeric = not any(isinstance(value, str) and value not in gone for value in values if value is not None)
        numeric = numeric and not any(isinstance(value, datetime.date) for value in values)
        variables.append(
            Variable(name, meta.column_names_to_labels.get(name) or "", labels, tuple(gone), numeric=numeric)
        )
    return Codebook(meta.file_label or path.stem, tuple(variables))


def _is_tag(code: str, values: Sequence[Any]) -> bool:
    """Tell a label of a tag, which may not occur, by standing beside numbers."""
    return len(code) == 1 and any(isinstance(value, float | int) for value in values)


def _declared(ranges: Sequence[Mapping[str, Any]], values: Sequence[Any], codes: Sequence[Any]) -> list[str]:
    out: dict[str, None] = {}
    for each in ranges:
        low, high = each["lo"], each["hi"]
        if low == high:
            out[key_of(low)] = None
            continue
        inside = {code for code in [*values, *codes] if isinstance(code, int | float) and low <= code <= high}
        out |= {key_of(code): None for code in sorted(inside)}
    return list(out)
