"""The option `--chart` of analyses: what each result looks like as a chart, and its file."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import click
import numpy as np

from plumbline.domain.flows import ProceedsModel
from plumbline.domain.network import Disruption, Measures
from plumbline.domain.ratings.meta import Pooled
from plumbline.domain.trends import Alerts, Breaks, Knox, Scan, Spot, Surface
from plumbline.engines.charts import Bar, Chart, Moment, Point, Range, bars, heat, lines, points, ranges, save, surface

MANY = 20


@dataclass(frozen=True)
class Drawing:
    """Hold where a chart is wanted, if anywhere, and under what title."""

    path: Path | None
    title: str | None

    def save(self, make: Callable[[], Chart], source: Path) -> None:
        """Write the chart, where one is wanted; its source is the file that was read."""
        if self.path is not None:
            chart = make()
            save(
                replace(chart, title=self.title or chart.title, source=chart.source or f"Source: {source.name}"),
                self.path,
            )


def charted(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a chart; it is called with `chart`, a `Drawing`. Stands nearest to the function."""

    @click.option(
        "--chart", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
        help="Draw it as well: FILE.svg or FILE.png, its numbers beside it as FILE.numbers.csv.",
    )  # fmt: skip
    @click.option("--chart-title", help="Title of the chart; in Arabic the chart runs from the right.")
    @functools.wraps(command)
    def with_chart(*given: Any, chart: Path | None, chart_title: str | None, **named: Any) -> None:
        command(*given, chart=Drawing(chart, chart_title), **named)

    return with_chart


def breaks_chart(found: Breaks, column: str, values: Sequence[float], labels: Sequence[str]) -> Chart:
    """Draw a series with its mean between breaks, and where each break may lie."""
    mean = np.concatenate([np.full(each.last - each.first + 1, each.mean) for each in found.segments])
    level = np.full(len(values), np.nan)
    level[len(values) - len(mean) :] = mean
    moments = [
        Moment(at - 0.5, labels[at - 1], low - 1.5, high - 0.5)
        for at, (low, high) in zip(found.breaks, found.intervals, strict=True)
    ]
    title = f"{column}: {len(found.breaks)} break{'s' * (len(found.breaks) != 1)} found"
    unit = f"{column}; shaded, the {100 * found.level:g} % interval of a break"
    series = {column: list(values), "mean between breaks": level.tolist()}
    return lines(title, labels, series, unit=unit, axis="time", moments=moments, steps=["mean between breaks"])


def alerts_chart(found: Alerts, counts: Mapping[str, Sequence[float]], labels: Sequence[str]) -> Chart:
    """Draw one series with what was expected and its bound; several as a table of count over bound."""
    alerts = sum(each.alert for each in found.judged)
    title = f"{alerts} of {len(found.judged)} counts above what their season leads one to expect"
    if len(counts) > 1:
        at = sorted({each.row for each in found.judged})
        cell = {(each.series, each.row): each for each in found.judged}
        rows = [[cell[name, row].count / max(cell[name, row].upper, 1e-9) for row in at] for name in counts]
        ringed = [[cell[name, row].alert for row in at] for name in counts]
        names = [labels[row - 1] for row in at]
        return heat(title, list(counts), names, rows, unit="count over its bound; ringed, an alert", corner="series",
                    strong=ringed, top=2.0)  # fmt: skip
    ((name, values),) = counts.items()
    first = max(0, min(each.row for each in found.judged) - 1 - 3 * MANY)
    past = np.full((2, len(values)), np.nan)
    for each in found.judged:
        past[:, each.row - 1] = each.expected, each.upper
    told = {name: list(values)[first:], "expected": past[0, first:].tolist(), "bound": past[1, first:].tolist()}
    return lines(title, labels[first:], told, unit=name, axis="time", steps=["expected", "bound"])


def effects_chart(title: str, unit: str, rows: Sequence[Any], *, base: float, value: str = "estimate") -> Chart:
    """Draw estimates with low and high, each by its name."""
    read = [Range(each.name, getattr(each, value), each.low, each.high) for each in rows]
    return ranges(title, read, unit=unit, category="term", base=base)


def displacement_chart(found: Any) -> Chart:
    """Draw the differences of a treated area, of what lies beside it, and of both."""
    read = [
        Range(name, each["estimate"], each["low"], each["high"])
        for name, each in asdict(found).items()
        if name != "ratio"
    ]
    return ranges("Change less that of the control", read, unit="counts, with their interval", category="area")


def knox_chart(found: Knox) -> Chart:
    """Draw observed over expected pairs by distance and time."""
    ringed = (found.p <= 0.05) & (found.ratio > 1)
    near = "Near pairs come close in time" if ringed.any() else "Near pairs do not come closer in time than by chance"
    return heat(
        near, found.space, found.time, found.ratio.tolist(), unit="pairs observed over expected; ringed, p at most 0.05",
        corner="metres \\ days", strong=ringed.tolist(), top=4.0,
    )  # fmt: skip


def scan_chart(
    found: Scan, names: Sequence[str], periods: Sequence[str], at: tuple[Any, Any, bool], cases: Any
) -> Chart:
    """Draw places, those of clusters in colour."""
    group = {place: number for number, one in enumerate(found.clusters[:5], 1) for place in one.places}
    narrower = float(np.cos(np.radians(np.mean(at[1])))) if at[2] else 1.0
    read = [
        Point(narrower * float(at[0][n]), float(at[1][n]), name, group.get(n, 0), float(cases[n]))
        for n, name in enumerate(names)
    ]
    told = [
        f"{periods[one.first]} to {periods[one.last]}: {one.cases:g} cases, {one.expected:.1f} expected, p {one.p:.3g}"
        for one in found.clusters[:5]
    ]
    title = "Where cases gather: the clusters that score highest"
    return points(title, read, unit="cases", category="place", groups=told)


def disruption_chart(found: Disruption, by: str) -> Chart:
    """Draw what is left of the largest component after each removal."""
    half = next((n for n, left in enumerate(found.curve, 1) if left <= 0.5), None)
    title = (
        f"Half of the network is cut off after {half} removals"
        if half
        else "More than half of the network holds together"
    )
    labels = [str(n) for n in range(len(found.curve) + 1)]
    unit = f"share of the largest component, removals by {by}"
    return lines(title, labels, {"share": [1.0, *found.curve]}, unit=unit, axis="removals")


def measures_chart(found: Measures) -> Chart:
    """Draw the nodes of highest betweenness."""
    best = sorted(found.rows, key=lambda one: -one["betweenness"])[:MANY]
    return bars(
        "Who stands between the others", [Bar(str(row["node"]), row["betweenness"]) for row in best], unit="betweenness",
        category="node",
    )  # fmt: skip


def cooke_chart(experts: Sequence[Mapping[str, Any]], makers: Sequence[Mapping[str, Any]]) -> Chart:
    """Draw how well experts and decision makers are calibrated."""
    rows = [Bar(each["expert"], each["calibration"]) for each in experts]
    rows += [Bar(f"Combined: {each['kind']}", each["calibration"]) for each in makers]
    return bars("How well stated quantiles hold", rows, unit="calibration (p value)", category="expert")


def delphi_chart(rounds: Sequence[Mapping[str, Any]]) -> Chart:
    """Draw median and interquartile range of each item in the last round."""
    last = rounds[-1]
    agreed = sum(bool(row["consensus"]) for row in last["items"])
    read = [Range(row["item"], row["median"], row["q1"], row["q3"]) for row in last["items"]]
    title = f"Consensus on {agreed} of {len(read)} items in round {last['round']}"
    return ranges(title, read, unit="median and interquartile range", category="item", base=None)


def risks_chart(rows: Sequence[Mapping[str, Any]]) -> Chart:
    """Draw expected losses with their ranges, the largest first."""
    read = [Range(row["name"], row["expected"], row["p5"], row["p95"]) for row in rows]
    return ranges(
        "Risks by expected loss", read, unit="expected loss, 5th to 95th percentile", category="risk", base=None
    )


def options_chart(rows: Sequence[Mapping[str, Any]]) -> Chart:
    """Draw under what share of weights each option is first."""
    best = max(rows, key=lambda row: row["first"])
    title = f"{best['option']} is first under {best['first']:.0%} of all weights"
    read = [Bar(row["option"], row["first"]) for row in rows]
    return bars(title, read, unit="share of random weights under which it is first", category="option")


def forest_chart(found: Pooled, scale: str) -> Chart:
    """Draw studies and what they come to together: a forest plot."""
    most = max(row.weight for row in found.rows)
    read = [Range(row.name, row.effect, row.low, row.high, row.weight / most) for row in found.rows]
    read.append(Range(f"Pooled ({found.method})", found.effect, found.low, found.high, 1, pooled=True))
    return ranges(f"{found.k} studies pooled", read, unit=f"effect, {scale}", category="study")


def proceeds_chart(model: ProceedsModel, totals: Sequence[Mapping[str, Any]]) -> Chart:
    """Draw proceeds by direction and phase."""
    read = [Range(f"{row['direction']}, {row['phase']}", row["p50"], row["p5"], row["p95"]) for row in totals]
    unit = f"{model.currency}, median and 5th to 95th percentile"
    return ranges(model.title or "Proceeds", read, unit=unit, category="flow")


def tornado_chart(title: str, currency: str, point: float, rows: Sequence[Mapping[str, Any]]) -> Chart:
    """Draw how far each input moves a total: widest first."""
    read = [Range(row["input"], point, *sorted((row["low"], row["high"]))) for row in rows[:MANY]]
    unit = f"{currency}: the total with one input at its 5th and 95th percentile"
    return ranges(title, read, unit=unit, category="input", base=point, base_label="at the means", thick=True)


def policies_chart(currency: str, found: Mapping[str, Any], views: Sequence[str]) -> Chart:
    """Draw by how much one policy is dearer than another in each view."""
    read = []
    for view in views:
        gap = found[view]["difference"]
        read.append(Range(view, gap["point"], gap["p5"], gap["p95"]))
    return ranges("A less B", read, unit=f"{currency}, 5th to 95th percentile", category="view", base=0.0)


def spots_chart(found: Sequence[Spot], names: Sequence[str], x: Any, y: Any, column: str) -> Chart:
    """Draw places, those that stay under false discovery control in the colour of their kind."""
    kinds = list(dict.fromkeys(each.kind for each in found if each.kind))
    read = [
        Point(float(x[each.place]), float(y[each.place]), names[each.place],
              kinds.index(each.kind) + 1 if each.kind else 0, each.z)
        for each in found
    ]  # fmt: skip
    marked = sum(bool(each.kind) for each in found)
    title = f"{column}: {marked} of {len(found)} places stand out from chance"
    return points(title, read, unit="z", category="place", groups=kinds)


def surface_chart(found: Surface, unit: str) -> Chart:
    """Draw densities as a shaded map."""
    edge = "" if found.corrected else "not "
    words = f"events per square {unit}, bandwidth {found.bandwidth:.4g} {unit}, {edge}corrected for the edge"
    return surface(
        f"Where {found.events} events lie thick", found.x.tolist(), found.y.tolist(), found.density.tolist(), unit=words
    )
