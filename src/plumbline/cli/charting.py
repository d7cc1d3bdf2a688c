"""The option `--chart` of analyses: what each result looks like as a chart, and its file."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from plumbline.engines.charts import (
    Bar,
    Chart,
    Dot,
    Moment,
    Point,
    Range,
    bars,
    heat,
    lines,
    points,
    ranges,
    save,
    scatter,
    surface,
)  # fmt: skip
from plumbline.engines.charts.words import _, languages, locale_of, speaking

if TYPE_CHECKING:  # a command that draws nothing of these starts without them: loading them all takes a second
    from plumbline.domain.flows import ProceedsModel
    from plumbline.domain.network import Disruption, Measures
    from plumbline.domain.ratings.meta import Pooled
    from plumbline.domain.ratings.weighing import Hypotheses, Pairwise
    from plumbline.domain.trends import Alerts, Breaks, Gathering, Interrupted, Knox, Neighbours, Scan, Spot, Surface

MANY = 20


@dataclass(frozen=True)
class Drawing:
    """Hold where a chart is wanted, if anywhere, under what title and in which language."""

    path: Path | None
    title: str | None
    language: str = "en"

    def save(self, make: Callable[[], Chart], source: Path) -> None:
        """Write the chart, where one is wanted; its source is the file that was read."""
        if self.path is not None:
            with speaking(self.language):
                chart = make()
                below = chart.source or _("Source: {name}", name=source.name)
                title, locale = self.title or chart.title, locale_of(self.language)
                told = replace(chart, title=title, source=below, locale=locale)
                save(told, self.path)
                if self.path.suffix.lower() == ".png":
                    _say_missing(told, self.path)


def _say_missing(chart: Chart, path: Path) -> None:
    """Tell of letters that no font draws, and keep the chart as SVG as well, which whoever opens it draws with theirs."""
    from plumbline.engines.raster import letters_missing

    svg = chart.svg()
    absent = letters_missing(re.sub(r"<desc.*?</desc>|<[^>]+>", "", svg, flags=re.DOTALL))
    if absent:
        beside = path.with_suffix(".letters.svg")  # a name of its own: out.svg may be there already
        beside.write_text(svg, encoding="utf-8")
        click.echo(
            f"No font of this machine draws {absent[:12]}: {path.name} lacks these letters, {beside.name} beside it holds them. "
            "On Debian, apt-get install fonts-noto brings them.", err=True,
        )  # fmt: skip


def charted(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a chart; it is called with `chart`, a `Drawing`. Stands nearest to the function."""

    @click.option(
        "--chart", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
        help="Draw it as well: FILE.svg or FILE.png, its numbers beside it as FILE.numbers.csv.",
    )  # fmt: skip
    @click.option("--chart-title", help="Title of the chart; one in Arabic makes the chart run from the right.")
    @click.option(
        "--language", type=click.Choice(languages()), default="en", show_default=True, help="Language of the chart."
    )
    @functools.wraps(command)
    def with_chart(*given: Any, chart: Path | None, chart_title: str | None, language: str, **named: Any) -> None:
        command(*given, chart=Drawing(chart, chart_title, language), **named)

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
    title = _("Breaks found in {column}: {count}", column=column, count=len(found.breaks))
    unit = _("{column}; shaded, where a break may lie ({level})", column=column, level=f"{100 * found.level:g} %")
    between = _("mean between breaks")
    series = {column: list(values), between: level.tolist()}
    return lines(title, labels, series, unit=unit, axis=_("time"), moments=moments, steps=[between])


def counterfactual_chart(
    found: Interrupted, column: str, values: Sequence[float], labels: Sequence[str], at: int
) -> Chart:
    """Draw a series with the line that was fitted and, from the interruption on, what would have been without it."""
    fitted, without = _("fitted"), _("what would have been")
    open_ = np.where(np.arange(1, len(values) + 1) < at - 1, np.nan, found.counterfactual)
    told = {column: list(values), fitted: found.fitted.tolist(), without: open_.tolist()}
    total = found.total
    unit = _(
        "{column}; gained or lost since: {total} ({low} to {high})", column=column, total=f"{total.estimate:.4g}",
        low=f"{total.low:.4g}", high=f"{total.high:.4g}",
    )  # fmt: skip
    title = _("{column}: what changed at {date}", column=column, date=labels[at - 1])
    return lines(title, labels, told, unit=unit, axis=_("time"), moments=[Moment(at - 1.5, labels[at - 1])])


def alerts_chart(found: Alerts, counts: Mapping[str, Sequence[float]], labels: Sequence[str]) -> Chart:
    """Draw one series with what was expected and its bound; several as a table of count over bound."""
    alerts = sum(each.alert for each in found.judged)
    title = _(
        "{alerts} of {counts} counts above what their season leads one to expect",
        alerts=alerts,
        counts=len(found.judged),
    )
    if len(counts) > 1:
        at = sorted({each.row for each in found.judged})
        cell = {(each.series, each.row): each for each in found.judged}
        rows = [[cell[name, row].count / max(cell[name, row].upper, 1e-9) for row in at] for name in counts]
        ringed = [[cell[name, row].alert for row in at] for name in counts]
        names = [labels[row - 1] for row in at]
        return heat(title, list(counts), names, rows, unit=_("count over its bound; ringed, an alert"), corner=_("series"),
                    strong=ringed, top=2.0)  # fmt: skip
    ((name, values),) = counts.items()
    first = max(0, min(each.row for each in found.judged) - 1 - 3 * MANY)
    past = np.full((2, len(values)), np.nan)
    for each in found.judged:
        past[:, each.row - 1] = each.expected, each.upper
    expected, bound = _("expected"), _("bound")
    told = {name: list(values)[first:], expected: past[0, first:].tolist(), bound: past[1, first:].tolist()}
    return lines(title, labels[first:], told, unit=name, axis=_("time"), steps=[expected, bound])


def effects_chart(column: str, rows: Sequence[Any]) -> Chart:
    """Draw ratios of a model with low and high, each by its name."""
    read = [Range(each.name, each.ratio, each.low, each.high) for each in rows]
    title = _("What goes with {column}", column=column)
    return ranges(title, read, unit=_("ratio"), category=_("term"), base=1.0)


def displacement_chart(found: Any) -> Chart:
    """Draw the differences of a treated area, of what lies beside it, and of both."""
    read = [
        Range(name, each["estimate"], each["low"], each["high"])
        for name, each in asdict(found).items()
        if name != "ratio"
    ]
    return ranges(_("Change less that of the control"), read, unit=_("counts, with their interval"), category=_("area"))


def knox_chart(found: Knox) -> Chart:
    """Draw observed over expected pairs by distance and time."""
    ringed = (found.p <= 0.05) & (found.ratio > 1)
    near = _("Near pairs come close in time")
    if not ringed.any():
        near = _("Near pairs do not come closer in time than by chance")
    return heat(
        near, found.space, found.time, found.ratio.tolist(), unit=_("pairs observed over expected; ringed, p at most 0.05"),
        corner=_("metres by days"), strong=ringed.tolist(), top=4.0,
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
        _(
            "{first} to {last}: {cases} cases, {expected} expected, p {p}",
            first=periods[one.first],
            last=periods[one.last],
            cases=f"{one.cases:g}",
            expected=f"{one.expected:.1f}",
            p=f"{one.p:.3g}",
        )
        for one in found.clusters[:5]
    ]
    title = _("Where cases gather: the clusters that score highest")
    return points(title, read, unit=_("cases"), category=_("place"), groups=told)


def disruption_chart(found: Disruption, by: str) -> Chart:
    """Draw what is left of the largest component after each removal."""
    half = next((n for n, left in enumerate(found.curve, 1) if left <= 0.5), None)
    title = (
        _("Half of the network is cut off after {count} removals", count=half)
        if half
        else _("More than half of the network holds together")
    )
    labels = [str(n) for n in range(len(found.curve) + 1)]
    unit = _("share of the largest component, removals by {measure}", measure=by)
    return lines(title, labels, {_("share"): [1.0, *found.curve]}, unit=unit, axis=_("removals"))


def measures_chart(found: Measures) -> Chart:
    """Draw the nodes of highest betweenness."""
    best = sorted(found.rows, key=lambda one: -one["betweenness"])[:MANY]
    return bars(
        _("Who stands between the others"), [Bar(str(row["node"]), row["betweenness"]) for row in best],
        unit=_("betweenness"), category=_("node"),
    )  # fmt: skip


def cooke_chart(experts: Sequence[Mapping[str, Any]], makers: Sequence[Mapping[str, Any]]) -> Chart:
    """Draw how well experts and decision makers are calibrated."""
    rows = [Bar(each["expert"], each["calibration"]) for each in experts]
    rows += [Bar(_("Combined: {kind}", kind=each["kind"]), each["calibration"]) for each in makers]
    return bars(_("How well stated quantiles hold"), rows, unit=_("calibration (p value)"), category=_("expert"))


def delphi_chart(rounds: Sequence[Mapping[str, Any]]) -> Chart:
    """Draw median and interquartile range of each item in the last round."""
    last = rounds[-1]
    agreed = sum(bool(row["consensus"]) for row in last["items"])
    read = [Range(row["item"], row["median"], row["q1"], row["q3"]) for row in last["items"]]
    title = _(
        "Consensus on {agreed} of {items} items in round {round}", agreed=agreed, items=len(read), round=last["round"]
    )
    return ranges(title, read, unit=_("median and interquartile range"), category=_("item"), base=None)


def risks_chart(rows: Sequence[Mapping[str, Any]]) -> Chart:
    """Draw expected losses with their ranges, the largest first."""
    read = [Range(row["name"], row["expected"], row["p5"], row["p95"]) for row in rows]
    return ranges(
        _("Risks by expected loss"),
        read,
        unit=_("expected loss, 5th to 95th percentile"),
        category=_("risk"),
        base=None,
    )


def options_chart(rows: Sequence[Mapping[str, Any]]) -> Chart:
    """Draw under what share of weights each option is first."""
    best = max(rows, key=lambda row: row["first"])
    title = _("{option} is first under {share} of all weights", option=best["option"], share=f"{best['first']:.0%}")
    read = [Bar(row["option"], row["first"]) for row in rows]
    return bars(title, read, unit=_("share of random weights under which it is first"), category=_("option"))


def hypotheses_chart(found: Hypotheses) -> Chart:
    """Draw how much evidence stands against each hypothesis, the least contradicted first."""
    first = found.order[0]
    least = [one for one in found.order if found.inconsistency[one] == found.inconsistency[first]]
    title = _("Least contradicted: {hypothesis}", hypothesis=first)
    if len(least) > 1:
        title = _("Contradicted least, and alike: {count} hypotheses", count=len(least))
    unit = _("weight of the evidence against; pieces that decide what comes first: {count}", count=len(found.critical))
    read = [Bar(one, found.inconsistency[one]) for one in found.order]
    return bars(title, read, unit=unit, category=_("hypothesis"))


def pairwise_chart(found: Pairwise, names: Sequence[str]) -> Chart:
    """Draw the weights of criteria, the heaviest first, under whether the judgements hold together."""
    ratio = f"{found.consistency_ratio:.3f}"
    order = np.argsort(-found.weights, kind="stable").tolist()
    title = _("{criterion} weighs most", criterion=names[order[0]])
    if not found.consistent:
        title = _("The judgements contradict each other: consistency ratio {ratio}", ratio=ratio)
    unit = _("weight; consistency ratio {ratio}, below 0.1 where judgements hold together", ratio=ratio)
    read = [Bar(names[place], float(found.weights[place])) for place in order]
    return bars(title, read, unit=unit, category=_("criterion"))


def appropriateness_chart(rows: Sequence[Mapping[str, Any]]) -> Chart:
    """Draw the median of each indication with the range between the 30th and the 70th percentile, and the verdict."""
    verdicts = {
        "appropriate": _("appropriate"), "uncertain": _("uncertain"), "inappropriate": _("inappropriate"),
    }  # fmt: skip
    read = [Range(f"{row['item']}: {verdicts[row['verdict']]}", row["median"], row["low"], row["high"]) for row in rows]
    held = sum(row["verdict"] == "appropriate" for row in rows)
    title = _("Judged appropriate: {count} of {items} indications", count=held, items=len(rows))
    unit = _("ratings 1 to 9: median, 30th to 70th percentile")
    return ranges(title, read, unit=unit, category=_("indication"), base=None)


def forecasts_chart(rows: Sequence[Mapping[str, Any]]) -> Chart:
    """Draw Brier's score of each forecaster, the best first."""
    order = sorted(rows, key=lambda row: row["score"])
    title = _("How far forecasts lay from what came")
    if len(order) > 1 and order[0]["score"] < order[1]["score"]:
        title = _("{forecaster} came closest to what happened", forecaster=order[0]["forecaster"])
    read = [Bar(f"{row['forecaster']} (n = {row['n']})", row["score"]) for row in order]
    return bars(title, read, unit=_("Brier score; 0 is best"), category=_("forecaster"))


def agreement_chart(found: Sequence[Mapping[str, Any]]) -> Chart:
    """Draw coefficients of agreement; those without an interval, such as alpha and AC1, stand as a point alone."""
    names = {
        "alpha": _("Krippendorff's alpha"), "kappa": _("Cohen's kappa"), "ac1": _("Gwet's AC1"),
        "fleiss": _("Fleiss' kappa"),
    }  # fmt: skip
    read = []
    for each in found:
        for one in each["coefficients"]:
            method, _slash, kind = one["method"].partition("/")
            label = names[method] + (f" ({kind})" if kind not in ("", "none", "nominal") else "")
            if each["dimension"]:
                label = f"{each['dimension']}: {label}"
            read.append(Range(label, one["value"], one["low"], one["high"]))
    items = [vote for each in found for vote in each["consensus"].values()]
    agreed = sum(vote is not None for vote in items)
    title = _("Raters agree on {agreed} of {items} items", agreed=agreed, items=len(items))
    unit = _("agreement beyond chance, with its interval ({level}) where there is one", level="95 %")
    return ranges(title, read, unit=unit, category=_("coefficient"), base=0.0, base_label=_("chance"))


def forest_chart(found: Pooled, scale: str) -> Chart:
    """Draw studies and what they come to together: a forest plot."""
    most = max(row.weight for row in found.rows)
    read = [Range(row.name, row.effect, row.low, row.high, row.weight / most) for row in found.rows]
    read.append(Range(_("Pooled ({method})", method=found.method), found.effect, found.low, found.high, 1, pooled=True))
    unit = _("effect, {scale}", scale=_("as given") if scale == "as given" else scale)
    return ranges(_("Studies pooled: {count}", count=found.k), read, unit=unit, category=_("study"))


def proceeds_chart(model: ProceedsModel, totals: Sequence[Mapping[str, Any]]) -> Chart:
    """Draw proceeds by direction and phase."""
    read = [Range(f"{row['direction']}, {row['phase']}", row["p50"], row["p5"], row["p95"]) for row in totals]
    unit = _("{currency}, median and 5th to 95th percentile", currency=model.currency)
    return ranges(model.title or _("Proceeds of crime"), read, unit=unit, category=_("flow"))


def tornado_chart(title: str, view: str, currency: str, point: float, rows: Sequence[Mapping[str, Any]]) -> Chart:
    """Draw how far each input moves the total of a view: widest first."""
    read = [Range(row["input"], point, *sorted((row["low"], row["high"]))) for row in rows[:MANY]]
    unit = _("{currency}: the total with one input at its 5th and 95th percentile", currency=currency)
    heading = _("{model}: what moves the {view} total", model=title, view=view)
    return ranges(heading, read, unit=unit, category=_("input"), base=point, base_label=_("at the means"), thick=True)


def policies_chart(currency: str, found: Mapping[str, Any], views: Sequence[str]) -> Chart:
    """Draw by how much one policy is dearer than another in each view."""
    read = []
    for view in views:
        gap = found[view]["difference"]
        read.append(Range(view, gap["point"], gap["p5"], gap["p95"]))
    return ranges(
        _("A less B"),
        read,
        unit=_("{currency}, 5th to 95th percentile", currency=currency),
        category=_("view"),
        base=0.0,
    )


def spots_chart(found: Sequence[Spot], names: Sequence[str], x: Any, y: Any, column: str) -> Chart:
    """Draw places, those that stay under false discovery control in the colour of their kind."""
    kinds = list(dict.fromkeys(each.kind for each in found if each.kind))
    read = [
        Point(float(x[each.place]), float(y[each.place]), names[each.place],
              kinds.index(each.kind) + 1 if each.kind else 0, each.z)
        for each in found
    ]  # fmt: skip
    marked = sum(bool(each.kind) for each in found)
    title = _(
        "{column}: {marked} of {places} places stand out from chance", column=column, marked=marked, places=len(found)
    )
    return points(title, read, unit="z", category=_("place"), groups=kinds)


def moran_chart(found: Gathering, values: Any, around: Neighbours, names: Sequence[str], column: str) -> Chart:
    """Draw each place by its value and the mean of its neighbours, in standard deviations: Moran's scatterplot.

    The slope through the points is Moran's I of neighbours that weigh alike (L. Anselin, in Fischer et al., Spatial Analytical Perspectives on GIS, 1996).
    """
    away = (values - values.mean()) / (values.std() or 1.0)
    shares = np.asarray(around.weights.sum(axis=1)).ravel()
    lag = around.weights @ away / np.where(shares > 0, shares, 1.0)
    title = _("No sign that like values lie together")
    if found.p_runs <= 0.05:
        title = _("Like values lie together") if found.value > found.expected else _("Unlike values lie together")
    dots = [Dot(float(x), float(y), name) for x, y, name in zip(away, lag, names, strict=True)]
    told = {"statistic": found.statistic, "value": f"{found.value:.3f}", "p": f"{found.p_runs:.3g}"}
    unit = _("{column}: {statistic} {value}, p {p}", column=column, **told)
    across, up = _("standard deviations from the mean"), _("mean of the neighbours")
    return scatter(
        title, dots, unit=unit, category=_("place"), across=across, up=up, slope=float(lag @ away / (away @ away or 1))
    )


def surface_chart(found: Surface, unit: str) -> Chart:
    """Draw densities as a shaded map."""
    told = {"unit": _("metre") if unit == "metre" else _("unit"), "bandwidth": f"{found.bandwidth:.4g}"}
    words = _("events per square {unit}, bandwidth {bandwidth} {unit}, corrected for the edge", **told)
    if not found.corrected:
        words = _("events per square {unit}, bandwidth {bandwidth} {unit}, not corrected for the edge", **told)
    title = _("Where {count} events lie thick", count=found.events)
    return surface(title, found.x.tolist(), found.y.tolist(), found.density.tolist(), unit=words)
