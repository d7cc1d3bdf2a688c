"""The command on trends: breaks of a series in a file, without an installation."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click
import numpy as np

from plumbline.cli.common import as_json, show
from plumbline.domain.columns import Columns
from plumbline.domain.surveys.settings import unfit
from plumbline.domain.trends import FAMILIES, Baseline, count_model, find_alerts, mean_breaks, seasonal_design
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


@trend.command("alert")
@click.argument("series", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--value", "values", multiple=True, help="Column of counts, repeatable; left out, all that are no date.")
@click.option("--period", default=52, show_default=True, help="Rows a year.")
@click.option("--years", default=5, show_default=True, help="Years of past to hold counts against.")
@click.option("--window", type=int, help="Rows on either side that share the season; left out, 3 weeks' worth.")
@click.option("--levels", type=int, help="Steps of the season; left out, 10 of weeks, 4 of months.")
@click.option("--gap", type=int, help="Latest rows left out of the past; left out, half a year.")
@click.option("--last", default=1, show_default=True, help="Rows to judge, the latest.")
@click.option(
    "--alpha", default=0.05, show_default=True, type=click.FloatRange(1e-6, 0.5), help="Tail above the bound."
)
@click.option("--rate", default=0.1, show_default=True, type=click.FloatRange(0, 1), help="False discovery rate.")
@click.option("--bound", type=click.Choice(["negative-binomial", "power"]), default="negative-binomial")
@click.option(
    "--runs", default=99, show_default=True, type=click.IntRange(0, 9999), help="Runs that tell false alarms."
)
@click.option("--seed", default=1, show_default=True, help="Seed of those runs.")
@as_json
def alert(
    series: Path, values: tuple[str, ...], period: int, years: int, window: int | None, levels: int | None,
    gap: int | None, last: int, alpha: float, rate: float, bound: str, runs: int, seed: int, json_: bool,
) -> None:  # fmt: skip
    """Tell which latest counts are above what their season leads one to expect; rows in order of time."""
    table = read_columns(series)
    names = values or tuple(name for name in table.names if name.strip().lower() not in TIMES)
    past = Baseline(
        period=period, years=years, window=max(1, round(period * 3 / 52)) if window is None else window,
        levels=(10 if period >= 40 else min(4, period)) if levels is None else levels,
        gap=period // 2 if gap is None else gap,
    )  # fmt: skip
    counts = {name: _counts(table, name) for name in names}
    found = find_alerts(counts, baseline=past, last=last, alpha=alpha, rate=rate, bound=bound, runs=runs, seed=seed)
    if json_:
        judged = [asdict(each) | {"date": _label(table, each.row)} for each in found.judged]
        false = None if found.false_alarms is None else asdict(found.false_alarms)
        show({"baseline": asdict(past), "alpha": alpha, "rate": rate, "judged": judged, "false_alarms": false})
        return
    for each in found.judged:
        words = "ALERT" if each.alert else "-"
        click.echo(
            f"{each.series} {_label(table, each.row)}: {each.count:g}, expected {each.expected:.3g}, "
            f"bound {each.upper:.3g}, p {each.p:.2g}, q {each.q:.2g} {words}"
        )
    if found.false_alarms:
        share = found.false_alarms
        click.echo(f"where nothing happens: {share.each:.1%} of counts above the bound, {share.any_:.1%} of runs alert")


@trend.command("model")
@click.argument("series", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--value", help="Column of counts; left out, the first that is no date.")
@click.option("--family", type=click.Choice(FAMILIES), default="negative-binomial", show_default=True)
@click.option("--period", default=12, show_default=True, type=click.IntRange(2), help="Rows a season.")
@click.option("--harmonics", default=0, show_default=True, help="Sine-cosine pairs of the season.")
@click.option("--exposure", help="Column of population, area or days that counts are in proportion to.")
@click.option("--term", "extra", multiple=True, help="Column that enters as a term of its own, repeatable.")
@as_json
def model(
    series: Path, value: str | None, family: str, period: int, harmonics: int, exposure: str | None,
    extra: tuple[str, ...], json_: bool,
) -> None:  # fmt: skip
    """Fit a count model with trend and season to a series, its rows in order of time."""
    table = read_columns(series)
    column = value or _first_value(table)
    counts = _counts(table, column)
    design, names = seasonal_design(len(counts), period=period, harmonics=harmonics)
    design = np.column_stack([design, *(table.numbers(each) for each in extra)])
    at_risk = None if exposure is None else table.numbers(exposure)
    if exposure is not None and at_risk is not None and (at_risk <= 0).any():
        table.refuse(int((at_risk <= 0).argmax()), exposure, "a number above 0 is needed here")
    found = count_model(counts, design, (*names, *extra), family=family, exposure=at_risk)
    if json_:
        show({"column": column} | asdict(found))
        return
    for term in found.terms:
        click.echo(f"{term.name}: ratio {term.ratio:.4g} ({term.low:.4g} to {term.high:.4g}), p {term.p:.2g}")


def _counts(table: Columns, column: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    numbers = table.integers(column).astype(np.float64)
    if (numbers < 0).any():
        table.refuse(int((numbers < 0).argmax()), column, "a whole number, 0 or above, is needed here")
    return numbers


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
