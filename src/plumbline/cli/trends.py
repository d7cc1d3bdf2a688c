"""The command on trends: breaks of a series in a file, without an installation."""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click
import numpy as np

from plumbline.cli import charting
from plumbline.cli.charting import Drawing, charted
from plumbline.cli.common import Finite, as_json, show
from plumbline.cli.times import TIMES, check_steps, label, periods_of
from plumbline.domain.columns import Columns
from plumbline.domain.errors import InvalidInput, unfit
from plumbline.domain.trends import (
    FAMILIES,
    MODELS,
    ROLES,
    Baseline,
    Counted,
    count_model,
    displacement,
    distances,
    expected_from_history,
    find_alerts,
    interrupted,
    knox,
    mean_breaks,
    neighbours_of,
    on_a_plane,
    scan,
    seasonal_design,
)
from plumbline.engines.tables import read_list, read_rows

MOST_CASES = 1e12
MOST_RUNS = 1_000_000
NUMBER = re.compile(r"[-+]?[\d.,' \u00a0\u202f]*\d[\d.,e+-]*%?")


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
@click.option(
    "--trim", type=Finite(), default=0.15, show_default=True, help="Share of each end where supF is not sought."
)
@click.option("--level", type=Finite(), default=0.95, show_default=True, help="Level of the intervals.")
@as_json
@charted
def breaks(
    series: Path, value: str | None, most: int, min_size: int | None, lags: str, log: bool, trim: float, level: float,
    json_: bool, chart: Drawing,
) -> None:  # fmt: skip
    """Find breaks in the mean of a series, or in its regression on its past, with intervals; rows in order of time."""
    table = _series(series, value)
    column = value or _first_value(table)
    check_steps(table)
    numbers = table.numbers(column)
    if log:
        if (numbers <= 0).any():
            table.refuse(int((numbers <= 0).argmax()), column, "a number above 0 is needed here")
        numbers = np.log(numbers)
    found = mean_breaks(
        numbers, most=most, min_size=min_size, trim=trim, level=level, lags=_whole_numbers(table, lags, "lags")
    )
    labels = [label(table, row) for row in range(1, len(table) + 1)]
    chart.save(lambda: charting.breaks_chart(found, column, numbers.tolist(), labels), series)
    if not json_:
        for segment in found.segments:
            click.echo(f"{segment.first}-{segment.last}: mean {segment.mean:.6g}")
        for place, (low, high) in zip(found.breaks, found.intervals, strict=True):
            click.echo(f"break {place} ({label(table, place)}), {100 * level:g}% interval {low}-{high}")
        click.echo(f"supF {found.sup_f:.6g} at {found.sup_f_break}, p about {found.p:.2g}")
        return
    show({"column": column} | asdict(found) | {"dates": [label(table, row) for row in found.breaks]})


@trend.command("alert")
@click.argument("series", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--value", "values", multiple=True, help="Column of counts, repeatable; left out, all that are no date.")
@click.option("--period", type=click.IntRange(2), default=52, show_default=True, help="Rows a year.")
@click.option("--years", default=5, show_default=True, help="Years of past to hold counts against.")
@click.option("--window", type=int, help="Rows on either side that share the season; left out, 3 weeks' worth.")
@click.option("--levels", type=int, help="Steps of the season; left out, 10 of weeks, 4 of months.")
@click.option("--gap", type=int, help="Latest rows left out of the past; left out, half a year.")
@click.option("--last", default=1, show_default=True, help="Rows to judge, the latest.")
@click.option("--alpha", default=0.05, show_default=True, type=Finite(1e-6, 0.5), help="Tail above the bound.")
@click.option("--rate", default=0.1, show_default=True, type=Finite(0, 1), help="False discovery rate.")
@click.option("--bound", type=click.Choice(["negative-binomial", "power"]), default="negative-binomial")
@click.option(
    "--runs", default=99, show_default=True, type=click.IntRange(0, 9999), help="Runs that tell false alarms."
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Seed of those runs.")
@as_json
@charted
def alert(
    series: Path, values: tuple[str, ...], period: int, years: int, window: int | None, levels: int | None,
    gap: int | None, last: int, alpha: float, rate: float, bound: str, runs: int, seed: int, json_: bool, chart: Drawing,
) -> None:  # fmt: skip
    """Tell which latest counts are above what their season leads one to expect; rows in order of time."""
    table = _series(series, *values)
    names = values or tuple(
        name for name in table.names if name.strip().lower() not in TIMES and _holds_numbers(table, name)
    )
    if not names:
        blank = _named(table, "count", "cases", "n")
        table.refuse(0, blank, "a number is needed here")
    check_steps(table, needed=True)
    past = Baseline(
        period=period, years=years, window=max(1, round(period * 3 / 52)) if window is None else window,
        levels=(10 if period >= 40 else min(4, period)) if levels is None else levels,
        gap=period // 2 if gap is None else gap,
    )  # fmt: skip
    counts = {name: _counts(table, name) for name in names}
    found = find_alerts(counts, baseline=past, last=last, alpha=alpha, rate=rate, bound=bound, runs=runs, seed=seed)
    labels = [label(table, row) for row in range(1, len(table) + 1)]
    chart.save(lambda: charting.alerts_chart(found, {n: c.tolist() for n, c in counts.items()}, labels), series)
    if json_:
        judged = [asdict(each) | {"date": label(table, each.row)} for each in found.judged]
        false = None if found.false_alarms is None else asdict(found.false_alarms)
        show({"baseline": asdict(past), "alpha": alpha, "rate": rate, "judged": judged, "false_alarms": false})
        return
    for each in found.judged:
        words = "ALERT" if each.alert else "-"
        click.echo(
            f"{each.series} {label(table, each.row)}: {each.count:g}, expected {each.expected:.3g}, "
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
@charted
def model(
    series: Path, value: str | None, family: str, period: int, harmonics: int, exposure: str | None,
    extra: tuple[str, ...], json_: bool, chart: Drawing,
) -> None:  # fmt: skip
    """Fit a count model with trend and season to a series, its rows in order of time."""
    table = _series(series, value, exposure, *extra)
    column = value or _first_value(table)
    check_steps(table, needed=harmonics > 0)
    counts = _counts(table, column)
    design, names = seasonal_design(len(counts), period=period, harmonics=harmonics)
    design = np.column_stack([design, *(table.numbers(each) for each in extra)])
    at_risk = None if exposure is None else table.numbers(exposure)
    if exposure is not None and at_risk is not None and (at_risk <= 0).any():
        table.refuse(int((at_risk <= 0).argmax()), exposure, "a number above 0 is needed here")
    found = count_model(counts, design, (*names, *extra), family=family, exposure=at_risk)
    shown = [term for term in found.terms if term.name != found.terms[0].name]
    chart.save(lambda: charting.effects_chart(column, shown), series)
    if json_:
        show({"column": column} | asdict(found))
        return
    for term in found.terms:
        click.echo(f"{term.name}: ratio {term.ratio:.4g} ({term.low:.4g} to {term.high:.4g}), p {term.p:.2g}")


@trend.command("interrupted")
@click.argument("series", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--at", required=True, type=int, help="Row of the first value after the interruption, counted from 1.")
@click.option("--value", help="Column of values; left out, the first that is no date.")
@click.option("--method", type=click.Choice(["newey-west", "ar1"]), default="newey-west", show_default=True)
@click.option("--lags", type=int, help="Lags that Newey and West's errors allow for.")
@click.option("--period", default=12, show_default=True, type=click.IntRange(2), help="Rows a season.")
@click.option("--harmonics", default=0, show_default=True, help="Sine-cosine pairs of the season.")
@as_json
@charted
def interrupted_(
    series: Path,
    at: int,
    value: str | None,
    method: str,
    lags: int | None,
    period: int,
    harmonics: int,
    json_: bool,
    chart: Drawing,
) -> None:
    """Tell how level and slope of a series changed at a known row; rows in order of time."""
    table = _series(series, value)
    column = value or _first_value(table)
    check_steps(table, needed=harmonics > 0)
    values = table.numbers(column)
    found = interrupted(values, at, method=method, lags=lags, period=period, harmonics=harmonics)
    labels = [label(table, row) for row in range(1, len(table) + 1)]
    chart.save(lambda: charting.counterfactual_chart(found, column, values.tolist(), labels, at), series)
    if json_:
        show({"column": column, "at": at, "date": label(table, at)} | asdict(found))
        return
    for each in (*found.terms, found.total):
        click.echo(f"{each.name}: {each.estimate:.4g} ({each.low:.4g} to {each.high:.4g}), p {each.p:.2g}")


@trend.command("displacement")
@click.argument("counts", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--before", default=1.0, type=Finite(min=0, min_open=True), help="Length of the time before.")
@click.option("--after", default=1.0, type=Finite(min=0, min_open=True), help="Length of the time after.")
@as_json
@charted
def displacement_(counts: Path, before: float, after: float, json_: bool, chart: Drawing) -> None:
    """Weigh the change of a treated area against a control's, and what moved next door.

    Columns: role (treated, control, displacement, displacement-control), before, after, size where areas differ.
    """
    table = read_rows(counts, "role", "before", "after", "size")
    areas: dict[str, Counted] = {}
    first, second = _counts(table, "before"), _counts(table, "after")
    sizes = table.numbers("size") if "size" in table.names else np.ones(len(table))
    for row, role in enumerate(table.text("role")):
        if role not in ROLES or role in areas:
            table.refuse(row, "role", f"one of {', '.join(ROLES)}, each once, is needed here")
        if sizes[row] <= 0:
            table.refuse(row, "size", "a number above 0 is needed here")
        areas[role] = Counted(float(first[row]), float(second[row]), float(sizes[row]))
    for role in ROLES[:2]:
        if role not in areas:
            table.refuse(len(table), "role", f"a row of {role} is needed here")
    found = displacement(areas, periods=(before, after))
    chart.save(lambda: charting.displacement_chart(found), counts)
    if json_:
        show(asdict(found))
        return
    for name, each in asdict(found).items():
        if name != "ratio":
            click.echo(f"{name}: {each['estimate']:.4g} ({each['low']:.4g} to {each['high']:.4g}), p {each['p']:.2g}")


def _counts(table: Columns, column: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    numbers = table.numbers(column)
    unfit_ = (numbers < 0) | (numbers != np.floor(numbers)) | (numbers > MOST_CASES)
    if unfit_.any():
        table.refuse(
            int(unfit_.argmax()), column, f"a whole number, 0 or above and at most {MOST_CASES:g}, is needed here"
        )
    return numbers


def _series(path: Path, *columns: str | None) -> Columns:
    return read_rows(path, *(name for name in columns if name))


def _first_value(table: Columns) -> str:
    """Give the first column that is no time and holds a number somewhere."""
    values = [name for name in table.names if name.strip().lower() not in TIMES]
    return next((name for name in values if _holds_numbers(table, name)), (*values, *table.names)[0])


def _holds_numbers(table: Columns, name: str) -> bool:
    """Tell whether a cell holds a number, or what was meant as one."""
    return any(NUMBER.fullmatch(text) for text in table.text(name).tolist())


def _whole_numbers(table: Columns, words: str, key: str) -> tuple[int, ...]:
    try:
        return tuple(int(word) for word in words.split(",") if word.strip())
    except ValueError:
        raise unfit(table.name, key, "whole numbers between commas are needed here", words) from None


class Limits(click.ParamType[tuple[float, ...]]):
    """Numbers with commas between them."""

    name = "limits"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, ...]:
        """Read them."""
        if isinstance(value, tuple):
            return value
        try:
            return tuple(float(one) for one in str(value).split(","))
        except ValueError:
            self.fail(f"'{value}' is no list of numbers such as 1,200,400.", param, ctx)


def _named(table: Columns, *names: str, otherwise: str | None = None) -> str:
    """Give the first column that bears one of these names, whatever its case; refuses a table without one."""
    lowered = {name.strip().lower(): name for name in table.names}
    found = next((lowered[name] for name in names if name in lowered), otherwise)
    table.require(found or names[0])
    return found or names[0]


@trend.command("knox")
@click.argument("events", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--space", type=Limits(), default="1,200,400,600", show_default=True, help="Limits of bands, in metres.")
@click.option("--time", type=Limits(), default="0,7,14,21", show_default=True, help="Limits of bands, in days.")
@click.option(
    "--runs", type=click.IntRange(1, MOST_RUNS), default=99, show_default=True, help="How often times are dealt anew."
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option("--metric", type=click.Choice(["manhattan", "euclidean"]), default="manhattan", show_default=True)
@as_json
@charted
def knox_(
    events: Path,
    space: tuple[float, ...],
    time: tuple[float, ...],
    runs: int,
    seed: int,
    metric: str,
    json_: bool,
    chart: Drawing,
) -> None:
    """Test whether events that are near in space are near in time: Knox's test for near repeats.

    Columns: x and y in metres (or lon and lat in degrees), date.
    """
    table = read_list(events, names=("x", "y", "date"))
    degrees = any(name.strip().lower() in ("lon", "longitude") for name in table.names)
    ends = (("lon", "longitude"), ("lat", "latitude")) if degrees else (("x",), ("y",))
    x_name, y_name = (_named(table, *names) for names in ends)
    day = _named(table, "date", "day", "time")
    dated = np.array([text.lower() not in ("", "na", "nat", "nan") for text in table.text(day).tolist()], bool)
    if dated.sum() < 2:
        table.refuse(len(table), day, "a second event with a date is needed here")
    if not dated.all():
        click.echo(f"{(~dated).sum()} rows have no date and are left out.", err=True)
        table = replace(table, data={name: values[dated] for name, values in table.data.items()})
    x, y = table.numbers(x_name), table.numbers(y_name)
    if degrees:
        x, y = on_a_plane(x, y)
    days = _days(table, day)
    found = knox(x, y, days, space=space, time=time, runs=runs, seed=seed, manhattan=metric == "manhattan")
    chart.save(lambda: charting.knox_chart(found), events)
    told = {
        "events": found.events,
        "metric": metric,
        "space": found.space,
        "time": found.time,
        "runs": runs,
        "seed": seed,
    }
    tables = {name: getattr(found, name) for name in ("observed", "mean", "ratio", "p")}
    if json_:
        show(
            told
            | {
                name: [[None if cell != cell else cell for cell in row] for row in values.tolist()]
                for name, values in tables.items()
            }
        )
        return
    click.echo("\t".join(["metres \\ days", *found.time]))
    for row, name in enumerate(found.space):
        cells = zip(found.observed[row], found.ratio[row], found.p[row], strict=True)
        click.echo("\t".join([name, *(f"{n} ({ratio:.2f}, p {p:.2f})" for n, ratio, p in cells)]))


def _days(table: Columns, column: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Give days as numbers, from dates or from numbers of days (fractions of days count)."""
    texts = table.text(column).tolist()
    if any(len(text.partition(".")[0].lstrip("-")) not in (4, 8) for text in texts) and _all_numbers(texts):
        return table.numbers(column)
    return table.dates(column).astype("datetime64[D]").astype(np.float64)


def _all_numbers(texts: list[str]) -> bool:
    return all(text.replace(".", "", 1).lstrip("-").isdecimal() for text in texts)


@trend.command("scan")
@click.argument("cases", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--places",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="Table of place, lon and lat (or x and y).",
)
@click.option("--model", type=click.Choice(MODELS), default="poisson", show_default=True)
@click.option("--neighbours", type=click.IntRange(1), default=15, show_default=True, help="Places in a zone, at most.")
@click.option(
    "--longest",
    type=click.IntRange(1),
    help="Periods in a window, at most; left out, half of them, all where there is a history.",
)
@click.option(
    "--history", help="Periods up to this one only tell what to expect; expectation-poisson needs it or 'expected'."
)
@click.option("--last", help="Leave periods after this one out.")
@click.option("--alive", is_flag=True, help="Only windows that reach the last period.")
@click.option("--runs", type=click.IntRange(1, MOST_RUNS), default=999, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@as_json
@charted
def scan_(
    cases: Path, places: Path, model: str, neighbours: int, longest: int | None, history: str | None, last: str | None,
    alive: bool, runs: int, seed: int, json_: bool, chart: Drawing,
) -> None:  # fmt: skip
    """Scan places and periods for clusters of cases.

    Columns of CASES: period (time, year, month), place (location, county), cases (count), population? or expected?.
    """
    table = read_rows(cases)
    periods, names, counts, expected, population = _grid(table)
    if last is not None:
        end = _after(periods, last, table)
        periods, counts = periods[:end], counts[:end]
        expected, population = (one if one is None else one[:end] for one in (expected, population))
    if history is not None:
        start = _after(periods, history, table)
        if start == len(periods):
            raise unfit(table.name, "history", f"a period before the last, {periods[-1]}, is needed here", history)
        people = population if population is not None else np.ones(counts.shape)
        expected = expected_from_history(counts[:start], people[:start], people[start:])
        periods, counts = periods[start:], counts[start:]
    elif expected is None:
        expected = population if population is not None else np.ones(counts.shape)
    at = _places(read_rows(places), names)
    apart = distances(at[0], at[1], degrees=at[2])
    found = scan(
        counts, expected, neighbours_of(apart, min(neighbours, len(names))), model=model, alive=alive, runs=runs, seed=seed,
        longest=longest or (len(periods) if history is not None else max(1, len(periods) // 2)),
    )  # fmt: skip
    chart.save(lambda: charting.scan_chart(found, names, periods, at, counts.sum(axis=0)), cases)
    clusters = [
        asdict(one) | {"places": [names[n] for n in one.places], "first": periods[one.first], "last": periods[one.last]}
        for one in found.clusters
    ]
    if json_:
        show(
            {
                "model": model,
                "zones": found.zones,
                "runs": runs,
                "seed": seed,
                "periods": len(periods),
                "clusters": clusters,
            }
        )
        return
    for one in clusters:
        click.echo(
            f"{one['first']} to {one['last']}: {', '.join(one['places'])}: {one['cases']:g} cases, {one['expected']:.1f} expected, score {one['score']:.4f}, p {one['p']:.3g}"
        )


def _after(periods: list[str], wanted: str, table: Columns) -> int:
    if wanted not in periods:
        raise unfit(table.name, "period", f"one of {periods[0]} to {periods[-1]} is needed here", wanted)
    return periods.index(wanted) + 1


def _grid(table: Columns) -> tuple[list[str], list[str], Any, Any, Any]:
    """Give periods in order, places, and (periods, places) of cases, expected? and population?; absent cells are 0."""
    periods, row = periods_of(table)
    where = table.text(_named(table, "place", "location", "county", "region", "area"))
    number = {name: n for n, name in enumerate(dict.fromkeys(where.tolist()))}
    names, column = list(number), np.array([number[one] for one in where.tolist()])

    def filled(*wanted: str) -> Any:
        lowered = {name.strip().lower(): name for name in table.names}
        name = next((lowered[one] for one in wanted if one in lowered), None)
        if name is None:
            return None
        values = np.zeros((len(periods), len(names)))
        numbers = _counts(table, name) if name == cases else table.numbers(name)
        if (numbers < 0).any():
            table.refuse(int((numbers < 0).argmax()), name, "a number, 0 or above, is needed here")
        np.add.at(values, (row, column), numbers)
        return values

    cases = _named(table, "cases", "count", "n")
    if not _counts(table, cases).any():
        table.refuse(len(table), cases, "one case at least is needed here")
    counted, expected, population = filled("cases", "count", "n"), filled("expected"), filled("population")
    for name, values in (("expected", expected), ("population", population)):
        if values is not None and not values.any():
            table.refuse(len(table), _named(table, name), "one number above 0 at least is needed here")
    return periods, names, counted, expected, population


def _places(table: Columns, names: list[str]) -> tuple[Any, Any, bool]:
    """Give x, y and whether they are degrees of the places named; refuses a place that the table lacks."""
    lowered = [name.strip().lower() for name in table.names]
    degrees = any("lon" in name for name in lowered)
    x = next((table.names[n] for n, name in enumerate(lowered) if ("lon" in name if degrees else name == "x")), "lon")
    y = next((table.names[n] for n, name in enumerate(lowered) if ("lat" in name if degrees else name == "y")), "lat")
    known = {
        name: n
        for n, name in enumerate(
            table.text(
                _named(table, "place", "location", "county", "region", "area", otherwise=table.names[0])
            ).tolist()
        )
    }
    for name in names:
        if name not in known:
            raise InvalidInput(
                "trend.place",
                "{name} has no place '{place}', which the cases name. Add its row.",
                name=table.name,
                place=name,
            )
    at = [known[name] for name in names]
    return table.numbers(x)[at], table.numbers(y)[at], degrees
