"""The command on trends: breaks of a series in a file, without an installation."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click
import numpy as np

from plumbline.cli.common import as_json, show
from plumbline.domain.columns import Columns
from plumbline.domain.surveys.settings import unfit
from plumbline.domain.trends import mean_breaks
from plumbline.engines.tables import read_columns

TIMES = ("date", "year", "month", "quarter", "week", "day", "period", "time", "")


@click.group()
def trend() -> None:
    """Tell when a change in a series is real."""


@trend.command("breaks")
@click.argument("series", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--value", help="Column of the values; left out, the first that is no date, year, month or the like.")
@click.option("--max", "most", default=5, show_default=True, help="Most breaks.")
@click.option("--min-size", type=int, help="Fewest observations between breaks; left out, 15 % of them.")
@click.option("--lags", default="", help="Break a regression on these lags, such as 1,12; left out, the mean.")
@click.option("--log", is_flag=True, help="Take logarithms first.")
@click.option("--trim", default=0.15, show_default=True, help="Share of each end where supF is not sought.")
@click.option("--level", default=0.95, show_default=True, help="Level of the intervals.")
@as_json
def breaks(
    series: Path, value: str | None, most: int, min_size: int | None, lags: str, log: bool, trim: float, level: float,
    json_: bool,
) -> None:  # fmt: skip
    """Find breaks in the mean of a series, or in its regression on its past, with intervals; rows in order of time."""
    table = read_columns(series)
    column = value or _first_value(table)
    numbers = table.numbers(column)
    if log:
        if (numbers <= 0).any():
            table.refuse(int((numbers <= 0).argmax()), column, "a number above 0 is needed here")
        numbers = np.log(numbers)
    found = mean_breaks(
        numbers, most=most, min_size=min_size, trim=trim, level=level, lags=_whole_numbers(table, lags, "lags")
    )
    if not json_:
        for segment in found.segments:
            click.echo(f"{segment.first}-{segment.last}: mean {segment.mean:.6g}")
        for place, (low, high) in zip(found.breaks, found.intervals, strict=True):
            click.echo(f"break {place} ({_label(table, place)}), {100 * level:g}% interval {low}-{high}")
        click.echo(f"supF {found.sup_f:.6g} at {found.sup_f_break}, p about {found.p:.2g}")
        return
    show({"column": column} | asdict(found) | {"dates": [_label(table, row) for row in found.breaks]})


def _first_value(table: Columns) -> str:
    return next((name for name in table.names if name.strip().lower() not in TIMES), table.names[0])


def _whole_numbers(table: Columns, words: str, key: str) -> tuple[int, ...]:
    try:
        return tuple(int(word) for word in words.split(",") if word.strip())
    except ValueError:
        raise unfit(table.name, key, "whole numbers between commas are needed here", words) from None


def _label(table: Columns, row: int) -> str:
    parts = [str(table.text(name)[row - 1]) for name in table.names if name.strip().lower() in TIMES[:-1]]
    return "-".join(part.zfill(2) for part in parts) or str(row)
