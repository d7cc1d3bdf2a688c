"""What the columns of time of a table say: labels of rows, their order, gaps between them, periods."""

from __future__ import annotations

import click
import numpy as np
from numpy.typing import NDArray

from plumbline.domain.columns import Columns, natural
from plumbline.domain.errors import InvalidInput

TIMES = ("date", "year", "month", "quarter", "week", "day", "period", "time", "")


def label(table: Columns, row: int) -> str:
    parts = [str(table.text(name)[row - 1]) for name in times(table)]
    return "-".join(part.zfill(2) for part in parts) or str(row)


def times(table: Columns) -> list[str]:
    """Name the columns of time, the longest span first."""
    lowered = {name.strip().lower(): name for name in table.names}
    return [lowered[name] for name in TIMES[:-1] if name in lowered]


PER_YEAR = {"quarter": 4, "month": 12, "week": 52}


def check_steps(table: Columns, *, needed: bool = False) -> None:
    """Refuse rows out of order of time; tell of a gap on stderr, or refuse it where the season is `needed`."""
    columns = times(table)
    found = moments(table, columns)
    if found is None or len(found) < 3:
        return
    steps = np.diff(found)
    for row in np.flatnonzero(steps <= 0)[:1]:
        table.refuse(
            int(row) + 1, columns[-1], f"a time after {label(table, int(row) + 1)}, the row before, is needed here"
        )
    gaps = np.flatnonzero(steps > 1.5 * np.median(steps))
    if not len(gaps):
        return
    first = int(gaps[0])
    need = f"the time that follows {label(table, first + 1)}, the row before, by the step of the others"
    if needed:
        table.refuse(first + 1, columns[-1], f"{need} is needed here")
    click.echo(
        f"{len(gaps)} times are missing in {table.name}, the first before row {first + 1 + table.first_row}, "
        f"{label(table, first + 2)}; rows are taken as evenly spaced.", err=True,
    )  # fmt: skip


def moments(table: Columns, columns: list[str]) -> np.ndarray[tuple[int], np.dtype[np.float64]] | None:
    """Give times as numbers that grow evenly, None where they cannot be told."""
    try:
        if columns and columns[0].strip().lower() == "date":
            return table.dates(columns[0]).astype("datetime64[D]").astype(np.float64)
        kinds = [name.strip().lower() for name in columns]
        if kinds == ["year"]:
            return table.numbers(columns[0])
        if len(kinds) == 2 and kinds[0] == "year" and kinds[1] in PER_YEAR:
            return table.numbers(columns[0]) * PER_YEAR[kinds[1]] + table.numbers(columns[1])
    except InvalidInput:
        return None
    return None


def periods_of(table: Columns) -> tuple[list[str], NDArray[np.int64]]:
    """Give the periods in their order and the number of each row's; told by one column, or by year and month and the like.

    Numbers inside a period go by size: 2 before 10. A gap between numbered periods is told on stderr.
    """
    single = next(
        (name for kind in ("period", "time", "date") for name in table.names if name.strip().lower() == kind), ""
    )
    columns = [single] if single else times(table)
    table.require(*(columns or ["period"]))
    parts = list(zip(*(table.text(name).tolist() for name in columns), strict=True))
    row_of: dict[tuple[str, ...], int] = {}
    for row, part in enumerate(parts):
        if "" in part:
            table.refuse(row, columns[part.index("")], "a period is needed here")
        row_of.setdefault(part, row)
    kinds = sorted(row_of, key=lambda part: [natural(each) for each in part])
    number = {part: n for n, part in enumerate(kinds)}
    labels = ["-".join(each.zfill(2) for each in part) if len(part) > 1 else part[0] for part in kinds]
    _tell_gaps(table.select(np.array([row_of[part] for part in kinds])), columns, labels)
    return labels, np.array([number[part] for part in parts])


def _tell_gaps(table: Columns, columns: list[str], labels: list[str]) -> None:
    found = moments(table, columns)
    if found is None and len(columns) == 1 and all(label.isdecimal() for label in labels):
        found = table.numbers(columns[0])
    if found is None or len(found) < 3:
        return
    steps = np.diff(found)
    gaps = np.flatnonzero(steps > 1.5 * np.median(steps))
    if len(gaps):
        click.echo(
            f"{len(gaps)} gaps between the periods of {table.name}, the first after {labels[int(gaps[0])]}; windows take "
            "them as evenly spaced.", err=True,
        )  # fmt: skip
