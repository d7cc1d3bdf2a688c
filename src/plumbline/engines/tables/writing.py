"""Tables as files of SPSS and Stata, with labels of variables and values and the values declared as missing.

pyreadstat writes from frames of polars or pandas alone; `_Frame` shows it columns as such, so that neither is needed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from plumbline.domain.columns import Columns
from plumbline.domain.errors import unfit
from plumbline.domain.surveys.codebook import Codebook, Variable

WRITTEN: Final = (".sav", ".zsav", ".dta")
NAMES: Final = {
    "SPSS": (re.compile(r"[^\W\d_][\w.@#$]*"), 64, "a letter, then letters, digits or one of _ . @ # $, at most 64 bytes"),
    "Stata": (re.compile(r"[^\W\d]\w*"), 32, "a letter or _, then letters, digits or _, at most 32 bytes"),
}  # fmt: skip
LONGEST: Final = {"SPSS": (255, 120), "Stata": (80, 32_000)}  # bytes of a variable's label and of a value's
MOST_MISSING: Final = 3  # values of one variable that SPSS can declare one by one
LARGEST: Final = 2_147_483_620  # of Stata's whole numbers
TAG: Final = re.compile(r"\.[a-z]")


@dataclass(frozen=True)
class Written:
    """Name the variables of which a label was cut to what the format takes, and those that lost labels or missing values."""

    shortened: tuple[str, ...]
    lost: tuple[str, ...]


@dataclass(frozen=True)
class _Series:
    name: str
    dtype: Any
    values: list[Any]
    labels: dict[Any, str]
    missing: list[Any]

    def null_count(self) -> int:
        return sum(value is None for value in self.values)

    def drop_nulls(self) -> list[Any]:
        return [value for value in self.values if value is not None]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.values)

    def __getitem__(self, place: int) -> Any:
        return self.values[place]


def write_statistics(columns: Columns, codebook: Codebook | None, path: Path) -> Written:
    """Write a table as .sav, .zsav or .dta; what a codebook declares as missing stays in its place and is declared there.

    SPSS takes three missing values a variable, or a range without other values; Stata tags them .a, .b, ... by their order
    and keeps their labels. Refuses names that the program does not take, and more missing values than it takes.
    """
    program = "Stata" if path.suffix.lower() == ".dta" else "SPSS"
    if not path.parent.is_dir():
        raise unfit(path.name, "out", "a folder that exists is needed here", path.parent)
    _check_names(columns, path, program)
    shortened: dict[str, None] = {}
    lost: dict[str, None] = {}
    series, heads = [], {}
    for name in columns.names:
        variable = (codebook.find(name) if codebook else None) or Variable(name)
        heads[name], *labels = _cut([variable.label, *variable.values.values()], LONGEST[program])
        if [heads[name], *labels] != [variable.label, *variable.values.values()]:
            shortened[name] = None
        known = dict(zip(variable.values, labels, strict=True))
        made = (_for_stata if program == "Stata" else _for_spss)(name, columns.data[name], known, variable, path)
        if len(made.labels) < len(known) or len(made.missing) < bool(variable.missing):
            lost[name] = None
        series.append(made)
    _write(path, series, heads, codebook.title if codebook else "")
    return Written(tuple(shortened), tuple(lost))


def _write(path: Path, series: Sequence[_Series], heads: dict[str, str], title: str) -> None:
    import pyreadstat

    given: dict[str, Any] = {
        "file_label": _cut([title], (64, 64))[0], "column_labels": {name: label for name, label in heads.items() if label},
        "variable_value_labels": {one.name: one.labels for one in series if one.labels},
    }  # fmt: skip
    missing = {one.name: one.missing for one in series if one.missing}
    if path.suffix.lower() == ".dta":
        pyreadstat.write_dta(_frame(series), str(path), missing_user_values=missing or None, version=14, **given)
    else:
        packed = path.suffix.lower() == ".zsav"
        pyreadstat.write_sav(_frame(series), str(path), missing_ranges=missing or None, compress=packed, **given)


def _check_names(columns: Columns, path: Path, program: str) -> None:
    form, most, need = NAMES[program]
    seen: set[str] = set()
    for name in columns.names:
        if not form.fullmatch(name) or len(name.encode()) > most or name.endswith("."):
            raise unfit(path.name, "column", f"a name that {program} takes ({need}) is needed here", name)
        if program == "SPSS" and name.lower() in seen:
            raise unfit(
                path.name, "column", "a name that differs from the others in more than case is needed here", name
            )
        seen.add(name.lower())


def _cut(labels: Sequence[str], most: tuple[int, int]) -> list[str]:
    """Cut labels to bytes without parting a letter: the first to the first number, the others to the second."""
    limits = [most[0]] + [most[1]] * (len(labels) - 1)
    return [label.encode()[:limit].decode(errors="ignore") for label, limit in zip(labels, limits, strict=True)]


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if np.isfinite(value) else None


def _listed(values: NDArray[Any]) -> tuple[list[Any], bool]:
    """Give values as Python's own, None where missing, and whether they are numbers (tags such as .a among them)."""
    if values.dtype.kind == "M":
        days, there = values.astype("datetime64[D]"), ~np.isnat(values)
        whole = bool((days[there] == values[there]).all())
        return (days if whole else values.astype("datetime64[us]")).tolist(), False
    if values.dtype.kind in "iufb":
        return [None if value != value else float(value) for value in values.tolist()], True
    found = [None if value is None or value == "" else value for value in values.tolist()]
    present = [value for value in found if value is not None]
    numbers = bool(present) and all(isinstance(value, float | int) or TAG.fullmatch(str(value)) for value in present)
    numbers = numbers and any(isinstance(value, float | int) for value in present)
    return (found if numbers else [None if value is None else str(value) for value in found]), numbers


def _for_spss(name: str, data: NDArray[Any], labels: dict[str, str], variable: Variable, path: Path) -> _Series:
    import narwhals.stable.v2 as nw

    values, numbers = _listed(data)
    if numbers or not any(value is not None for value in values):
        values = [None if isinstance(value, str) else value for value in values]
        found = {key: number for key in [*labels, *variable.missing] if (number := _number(key)) is not None}
        kept = {found[key]: label for key, label in labels.items() if key in found}
        gone = sorted({found[key] for key in variable.missing if key in found})
        return _Series(name, nw.Float64(), values, kept, _ranges(name, gone, values, path))
    if data.dtype.kind == "M":
        return _Series(name, nw.Object(), values, {}, [])
    short = [value for value in variable.missing if len(value.encode()) <= 8 and value.isascii()]
    return _Series(name, nw.String(), values, dict(labels), short if len(short) <= MOST_MISSING else [])


def _ranges(name: str, gone: list[float], values: list[Any], path: Path) -> list[Any]:
    if len(gone) <= MOST_MISSING:
        return list(gone)
    for apart in ([], gone[:1], gone[-1:]):
        low, high = (among := [value for value in gone if value not in apart])[0], among[-1]
        if not any(value is not None and low <= value <= high and value not in gone for value in values):
            return [*apart, {"lo": low, "hi": high}]
    need = f"at most {MOST_MISSING} missing values, or a range of them without other values, is needed here"
    raise unfit(path.name, name, need, ", ".join(f"{value:g}" for value in gone))


def _for_stata(name: str, data: NDArray[Any], labels: dict[str, str], variable: Variable, path: Path) -> _Series:
    import narwhals.stable.v2 as nw

    values, numbers = _listed(data)
    if data.dtype.kind == "M":
        empty = not any(value is not None for value in values)
        return _Series(name, nw.Float64() if empty else nw.Object(), values, {}, [])
    if not numbers and any(value is not None for value in values):
        return _Series(name, nw.String(), values, {}, [])
    tags = _tags(variable.missing)
    if len(tags) > 26:
        raise unfit(path.name, name, "at most 26 missing values are needed here", len(tags))
    by_number = {number: tag for key, tag in tags.items() if (number := _number(key)) is not None}
    tagged = [value if value is None else by_number.get(value, value) for value in values]
    tagged = [value[-1] if isinstance(value, str) else value for value in tagged]
    whole = all(
        value is None or isinstance(value, str) or (value == int(value) and abs(value) <= LARGEST) for value in tagged
    )
    made = [int(value) if whole and isinstance(value, float) else value for value in tagged]
    kept: dict[Any, str] = {tags[key]: label for key, label in labels.items() if key in tags}
    if whole:
        codes = {key: _number(key) for key in labels if key not in tags}
        kept |= {int(code): labels[key] for key, code in codes.items() if code is not None and code == int(code)}
    used = sorted({value for value in made if isinstance(value, str)} | set(tags.values()))
    if not used or not any(value is not None for value in made):
        return _Series(name, nw.Int32() if whole else nw.Float64(), made, kept, [])
    return _Series(name, nw.Object(), made, kept, used)


def _tags(missing: Sequence[str]) -> dict[str, str]:
    """Give each missing value its letter: its own where it is a tag, else the next that is free."""
    own = {key: key[-1] for key in missing if TAG.fullmatch(key)}
    free = (letter for letter in "abcdefghijklmnopqrstuvwxyz" if letter not in own.values())
    return {key: own.get(key) or next(free, "?") for key in missing}


def _frame(series: Sequence[_Series]) -> Any:
    import narwhals.stable.v2 as nw

    class _Frame(nw.DataFrame):  # type: ignore[type-arg]
        def __init__(self) -> None: ...

        def __native_namespace__(self) -> Any:
            return nw

        def __len__(self) -> int:
            return len(series[0].values)

        def __getitem__(self, name: Any) -> Any:
            return next(one for one in series if one.name == name)

        implementation = nw.Implementation.POLARS
        columns = [one.name for one in series]
        iter_columns: Callable[..., Any] = lambda self: iter(series)
        iter_rows: Callable[..., Any] = lambda self: zip(*(one.values for one in series), strict=True)

    return _Frame()
