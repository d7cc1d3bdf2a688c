"""The command on trends: breaks of a series in a file, without an installation."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from plumbline.cli.common import as_json, show
from plumbline.domain.columns import Columns
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
@as_json
def breaks(series: Path, value: str | None, most: int, min_size: int | None, json_: bool) -> None:
    """Find breaks in the mean of a series, its rows in order of time."""
    table = read_columns(series)
    column = value or next((name for name in table.names if name.strip().lower() not in TIMES), table.names[0])
    found = mean_breaks(table.numbers(column), most=most, min_size=min_size)
    if not json_:
        for segment in found.segments:
            click.echo(f"{segment.first}-{segment.last}: mean {segment.mean:.6g}")
        click.echo(f"supF {found.sup_f:.6g} at {found.sup_f_break}, p about {found.p:.2g}")
        return
    show({"column": column} | asdict(found) | {"dates": [_label(table, row) for row in found.breaks]})


def _label(table: Columns, row: int) -> str:
    parts = [str(table.text(name)[row - 1]) for name in table.names if name.strip().lower() in TIMES[:-1]]
    return "-".join(part.zfill(2) for part in parts) or str(row)
