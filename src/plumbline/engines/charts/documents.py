"""Charts as files that stand alone: SVG with title, description, source, mark and fonts; PNG of the same; their numbers.

Each function gives a `Chart`; `save` writes it. The numbers go along twice: in the description, for those who do not
see the drawing, and as a CSV file beside it. A title in Arabic turns the drawing round. Colours can be told apart by
colour-blind readers, and series by their dashes or labels as well.
"""

from __future__ import annotations

import csv
import io
import math
import re
import textwrap
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Final

from babel import Locale
from babel.numbers import format_decimal, format_scientific
from markupsafe import Markup

from plumbline.domain.errors import unfit
from plumbline.engines.charts.canvas import BAR_ROW, Bar, Canvas, bar_row, bar_value, ticks, top_of
from plumbline.engines.charts.words import _

Cell = str | float | None
WIDTH: Final = 720
EDGE: Final = 24
HEIGHT: Final = 280
DESCRIBED: Final = 60
INTERVAL: Final = re.compile(r"[\[(][^\])]+[\])]")
HUGE: Final = 1e15
NOUGHT: Final = 1e-12  # what is not above is rounding
FROM_LEFT, END = "\u2066", "\u2069"
STYLE: Final = Markup("""
text{font-family:"Plumbline Sans","IBM Plex Sans","IBM Plex Sans Arabic",sans-serif;font-size:14px;fill:#1a1d21}
.chart__title{font-size:20px;font-weight:600}.chart__unit,.chart__source,.chart__axis{fill:#565c63}.chart__source{font-size:12px}
.chart__value{font-weight:600}.chart__light{fill:#fff}.chart__base{stroke:#7c828a}.chart__grid{stroke:#dcdcd5}
.chart__interval{stroke:#1a1d21;stroke-width:2}.chart__mark{stroke:#1a1d21;stroke-width:1.5;stroke-dasharray:5 4}
.chart__band{fill:#e6eef8}.chart__pooled{fill:#c8763a}.chart__ring{fill:none;stroke:#1a1d21;stroke-width:2}
.series-1{fill:#2f6fb0}.series-2{fill:#c8763a}.series-3{fill:#3c8d81}.series-4{fill:#8a5a9e}.series-5{fill:#7b7f4a}.series-6{fill:#6d737a}
.line-1,.line-2,.line-3,.line-4,.line-5,.line-6{fill:none;stroke-width:2}
.line-1{stroke:#2f6fb0}.line-2{stroke:#c8763a;stroke-dasharray:7 3}.line-3{stroke:#3c8d81;stroke-dasharray:2 3}
.line-4{stroke:#8a5a9e;stroke-dasharray:9 3 2 3}.line-5{stroke:#7b7f4a;stroke-dasharray:12 4}.line-6{stroke:#6d737a;stroke-dasharray:4 2}
.heat-0{fill:#f5f5f1}.heat-1{fill:#e6eef8}.heat-2{fill:#c6d9ef}.heat-3{fill:#9dbde1}.heat-4{fill:#6a98cb}.heat-5{fill:#2f6fb0}.heat-6{fill:#163f73}
.world__land{fill:#dedcd3}.world__border{fill:none;stroke:#fff;stroke-width:2}.world__border--disputed{stroke:#8d8c84;stroke-dasharray:8 6}
.world__zero{fill:#fff}.world__hatch{fill:#b9c4d0}.world__flow{fill:none;stroke-opacity:0.7}.world__end{fill:#1a1d21}
.flow-1{stroke:#2f6fb0}.flow-2{stroke:#c8763a}.flow-3{stroke:#3c8d81;stroke-dasharray:14 6}.head-1{fill:#2f6fb0}.head-2{fill:#c8763a}.head-3{fill:#3c8d81}
.area-1{fill:#c6d9ef}.area-2{fill:#9dbde1}.area-3{fill:#6a98cb}.area-4{fill:#2f6fb0}.area-5{fill:#163f73}circle[class^=area],[id^=s-] circle{stroke:#fff}
""")


@dataclass(frozen=True)
class Chart:
    """Hold a chart: its words, its table of numbers, and how its plot is drawn on a canvas, (pieces, height).

    `source` says where the numbers come from, `mark` who may see them; both stand below the plot.
    """

    title: str
    unit: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    plot: Callable[[Canvas], tuple[Sequence[Markup], float]]
    source: str = ""
    mark: str = ""
    locale: str = "en"

    def svg(self) -> str:
        """Draw it as a document of its own."""
        mirrored = Locale.parse(self.locale).text_direction == "rtl" or _runs_from_the_right(self.title)
        number = (lambda value: f"{FROM_LEFT}{self._number(value)}{END}") if mirrored else self._number
        page = Canvas(mirrored, number, WIDTH - 2 * EDGE, EDGE)
        pieces: list[Markup] = []
        y = 14.0
        for line in wrapped(self.title, 62) or [""]:
            y += 26
            pieces.append(page.text(line, 0, y, "title"))
        y += 22
        pieces.append(page.text(self.unit, 0, y, "unit"))
        drawn, height = self.plot(replace(page, top=y + 16))
        pieces += drawn
        y += 16 + height
        for words in (*wrapped(self.source, 105), self.mark):
            if words:
                y += 18
                pieces.append(page.text(words, 0, y, "source"))
        return str(
            Markup(
                '<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title desc" xml:lang="{lang}" width="{w}" height="{h:.0f}" '
                'viewBox="0 0 {w} {h:.0f}"><title id="title">{}</title><desc id="desc">{}</desc><style>{}</style>'
                '<rect width="100%" height="100%" fill="#fff"/>{}</svg>\n'
            ).format(
                self.title,
                self.description(),
                STYLE,
                Markup("").join(pieces),
                w=WIDTH,
                h=y + EDGE,
                lang=self.locale.replace("_", "-"),
            )
        )

    def description(self) -> str:
        """Say the numbers in words, the first 60 rows of them."""
        lines = [
            "; ".join(f"{name} {self._cell(cell)}" for name, cell in zip(self.head, row, strict=True))
            for row in self.rows[:DESCRIBED]
        ]
        more = f" … {len(self.rows) - DESCRIBED}" if len(self.rows) > DESCRIBED else ""
        return f"{self.unit}. {'. '.join(lines)}{more}. {self.source} {self.mark}".strip()

    def csv(self) -> str:
        """Give its numbers as CSV, in full precision."""
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(self.head)
        writer.writerows(["" if cell is None or cell != cell else cell for cell in row] for row in self.rows)
        return out.getvalue()

    def _number(self, value: float) -> str:
        if not math.isfinite(value):
            return "–" if math.isnan(value) else "∞" if value > 0 else "-∞"
        size = abs(value)
        if NOUGHT < size < 1e-3 or size >= HUGE:
            return str(format_scientific(float(f"{value:.3g}"), format="0.##E0", locale=self.locale))
        digits = 0 if size >= 1000 or value == round(value) else 1 if size >= 100 else 2 if size >= 1 else 4
        return decimal(round(value, digits), "#,##0." + "#" * max(digits, 1), self.locale)

    def _cell(self, cell: Cell) -> str:
        return cell if isinstance(cell, str) else "–" if cell is None else self._number(cell)


@lru_cache(maxsize=10_000)
def decimal(value: float, pattern: str | None, locale: str) -> str:
    """Write a number as a locale does; the same small numbers stand in a picture of counts over and over."""
    return str(
        format_decimal(value + 0.0, format=pattern, locale=locale)
    )  # no sign of nought, which is one key with it


def wrapped(words: str, width: int) -> list[str]:
    """Part words into lines of so many Latin letters; Chinese letters take two places and may be parted anywhere."""
    return textwrap.wrap(words, width if _wide(words) * 3 < len(words) else round(width * 0.55))


def _wide(words: str) -> int:
    """Count the letters that take the room of two, as Chinese ones do."""
    return sum(unicodedata.east_asian_width(letter) in "WF" for letter in words)


def save(chart: Chart, path: Path) -> None:
    """Write a chart as SVG or PNG, by the name's ending, and its numbers beside it as NAME.numbers.csv."""
    ending = path.suffix.lower()
    if ending not in (".svg", ".png"):
        raise unfit(path.name, "chart", "a name that ends in .svg or .png is needed here", ending or path.name)
    if not path.parent.is_dir():
        raise unfit(path.name, "chart", "a folder that exists is needed here", path.parent)
    drawing = chart.svg()
    if ending == ".png":
        from plumbline.engines.raster import png

        path.write_bytes(png(drawing))
    else:
        path.write_text(drawing, encoding="utf-8")
    path.with_suffix(".numbers.csv").write_text(chart.csv(), encoding="utf-8", newline="")


def bars(title: str, values: Sequence[Bar], *, unit: str, category: str, source: str = "") -> Chart:
    """Draw horizontal bars of amounts of 0 or more, with intervals where given."""

    def plot(canvas: Canvas) -> tuple[list[Markup], float]:
        top = top_of(values)
        rows = [bar_row(canvas, bar, i, top) + bar_value(canvas, bar, i, top) for i, bar in enumerate(values)]
        return rows, len(values) * BAR_ROW

    if any(bar.low is not None for bar in values):
        rows: list[tuple[Cell, ...]] = [(bar.label, bar.value, bar.low, bar.high) for bar in values]
        return Chart(title, unit, (category, unit, _("low"), _("high")), tuple(rows), plot, source)
    return Chart(title, unit, (category, unit), tuple((bar.label, bar.value) for bar in values), plot, source)


@dataclass(frozen=True)
class Moment:
    """Hold a time marked on a line: its place (0, 1, ...), words, and the first and last place where it may lie."""

    at: float
    label: str
    low: float | None = None
    high: float | None = None


def lines(
    title: str, labels: Sequence[str], series: Mapping[str, Sequence[float]], *, unit: str, axis: str,
    moments: Sequence[Moment] = (), source: str = "", steps: Sequence[str] = (),
) -> Chart:  # fmt: skip
    """Draw at most six named series over steps; nan leaves a gap; series named in `steps` are drawn as stairs."""
    if not 1 <= len(series) <= 6:
        raise ValueError("A chart of lines tells one to six series apart.")

    def plot(canvas: Canvas) -> tuple[list[Markup], float]:
        inner, marks = _axes(canvas, labels, [value for each in series.values() for value in each])
        across = _across(len(labels))
        for moment in moments:
            marks += _moment(canvas, moment, across)
        for number, (name, values) in enumerate(series.items(), start=1):
            points = [(across(place), inner(value)) for place, value in enumerate(values)]
            marks.append(canvas.curve(f"line-{number}", _stairs(points) if name in steps else points))
        marks += _key(canvas, list(series), HEIGHT + 44) if len(series) > 1 else []
        return marks, HEIGHT + (56 if len(series) > 1 else 30)

    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (label, *(float(each[i]) for each in series.values())) for i, label in enumerate(labels)
    )
    return Chart(title, unit, (axis, *series), rows, plot, source)


def _axes(
    canvas: Canvas, labels: Sequence[str], values: Sequence[float]
) -> tuple[Callable[[float], float], list[Markup]]:
    finite = [value for value in values if math.isfinite(value)] or [0.0]
    low, high = min(0.0, *finite), max(0.0, *finite) or 1.0
    if min(finite) > 0.6 * max(finite) > 0:  # far from 0: begin near the least
        low = min(finite) - 0.1 * (max(finite) - min(finite) or max(finite))

    def y(value: float) -> float:
        return math.nan if not math.isfinite(value) else HEIGHT - (HEIGHT - 10) * (value - low) / (high - low)

    marks = []
    for tick in ticks(low, high):
        marks.append(canvas.rule("chart__grid", (6, y(tick)), (100, y(tick))))
        marks.append(canvas.text(canvas.number(tick), 5, y(tick) + 5, "axis", "end"))
    every = max(1, -(-len(labels) // 6))
    across = _across(len(labels))
    marks += [canvas.text(labels[i], across(i), HEIGHT + 22, "axis", "middle") for i in range(0, len(labels), every)]
    return y, marks


def _across(count: int) -> Callable[[float], float]:
    return lambda place: 8 + 88 * place / max(count - 1, 1)


def _stairs(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    half = (points[1][0] - points[0][0]) / 2 if len(points) > 1 else 1.0
    return [(share + side, y) for share, y in points for side in (-half, half)]


def _moment(canvas: Canvas, moment: Moment, across: Callable[[float], float]) -> list[Markup]:
    out = []
    if moment.low is not None and moment.high is not None:
        start, end = max(7.0, across(moment.low)), min(100.0, across(moment.high))
        out.append(canvas.box("chart__band", start, max(end - start, 0), 0, HEIGHT))
    at = across(moment.at)
    anchor, gap = ("end", -5) if at > 70 else ("start", 5)
    out.append(canvas.rule("chart__mark", (at, 0), (at, HEIGHT)))
    return [*out, canvas.text(moment.label, at, 12, "label", anchor, gap)]


def _key(canvas: Canvas, names: Sequence[str], y: float) -> list[Markup]:
    out, at = [], 0.0
    for number, name in enumerate(names, start=1):
        out.append(canvas.rule(f"line-{number}", (at, y - 5), (at + 4, y - 5)))
        out.append(canvas.text(name, at + 5, y, "label"))
        at += 7 + 1.2 * len(name) + 0.9 * _wide(name)
    return out


@dataclass(frozen=True)
class Range:
    """Hold an estimate with its interval; `weight` (0 to 1) sets its size, `pooled` draws it as a diamond.

    An end of nan says that there is no interval, an infinite one that it is open; a value of nan is one that cannot be told.
    """

    label: str
    value: float
    low: float = math.nan
    high: float = math.nan
    weight: float = 0.5
    pooled: bool = False


def ranges(
    title: str, values: Sequence[Range], *, unit: str, category: str, base: float | None = 0.0, base_label: str = "",
    thick: bool = False, source: str = "",
) -> Chart:  # fmt: skip
    """Draw estimates with their intervals, one a row: a forest plot; `thick`, a tornado. `base` is the line of no effect."""
    ends = [end for each in values for end in (each.low, each.high, each.value) if math.isfinite(end)]
    ends += [] if base is None else [base]
    low, high = (min(ends), max(ends)) if ends else (0.0, 1.0)
    room = (high - low) * 0.04 or 1.0

    def at(value: float) -> float:
        return 34 + 42 * (min(max(value, low), high) - low + room) / (high - low + 2 * room)

    def plot(canvas: Canvas) -> tuple[list[Markup], float]:
        bottom = len(values) * 34 + 6
        marks: list[Markup] = []
        for tick in ticks(low, high, 4):
            marks.append(canvas.rule("chart__grid", (at(tick), 0), (at(tick), bottom)))
            marks.append(canvas.text(canvas.number(tick), at(tick), bottom + 20, "axis", "middle"))
        if base is not None:
            marks.append(canvas.rule("chart__mark", (at(base), 0), (at(base), bottom)))
            marks.append(canvas.text(base_label, at(base), bottom + 40, "label", "middle"))
        for row, each in enumerate(values):
            marks += _range_row(canvas, each, row * 34 + 20, at, thick=thick)
        return marks, bottom + (48 if base_label else 30)

    rows = tuple((each.label, each.value, each.low, each.high) for each in values)
    return Chart(title, unit, (category, unit, _("low"), _("high")), rows, plot, source)


def _range_row(canvas: Canvas, each: Range, y: float, at: Callable[[float], float], *, thick: bool) -> list[Markup]:
    known, bounded = not math.isnan(each.value), not (math.isnan(each.low) or math.isnan(each.high))
    numbers = canvas.number(each.value)
    if bounded:
        numbers += f" ({canvas.number(each.low)}; {canvas.number(each.high)})"
    names = wrapped(each.label, 34)
    names = names if len(names) < 2 else [names[0], textwrap.shorten(" ".join(names[1:]), 34, placeholder="…")]
    first = y + 5 - 7.5 * (len(names) - 1)
    out = [canvas.text(name, 0, first + 15 * line, "label") for line, name in enumerate(names)]
    out.append(canvas.text(numbers, 78, y + 5, "value" if each.pooled else "label"))
    start, end = (at(each.low), at(each.high)) if bounded else (at(each.value), at(each.value))
    if thick:
        return [*out, canvas.box("series-1", start, end - start, y - 9, 18)]
    if each.pooled:
        corners = [(start, y), (at(each.value), y - 9), (end, y), (at(each.value), y + 9), (start, y)]
        return [*out, canvas.curve("chart__pooled", corners)]
    half = 3 + 6 * math.sqrt(min(max(each.weight, 0), 1))
    share = 100 * half / (canvas.width or WIDTH)
    if bounded:
        out.append(canvas.rule("chart__interval", (start, y), (end, y)))
    if known:
        out.append(canvas.box("series-1", at(each.value) - share, 2 * share, y - half, 2 * half))
    return out


def heat(
    title: str, rows: Sequence[str], columns: Sequence[str], values: Sequence[Sequence[float]], *, unit: str, corner: str,
    strong: Sequence[Sequence[bool]] = (), top: float | None = None, source: str = "",
) -> Chart:  # fmt: skip
    """Draw a table of numbers shaded by size up to `top`; cells that are `strong` have a ring."""
    most = top or max((cell for row in values for cell in row if math.isfinite(cell)), default=1.0) or 1.0

    def plot(canvas: Canvas) -> tuple[list[Markup], float]:
        step = 76 / max(len(columns), 1)
        marks = [canvas.text(corner, 0, 16, "axis")]
        marks += [
            canvas.text(_from_left(name), 24 + step * (c + 0.5), 16, "axis", "middle") for c, name in enumerate(columns)
        ]
        for r, name in enumerate(rows):
            y = 26 + 40 * r
            marks.append(canvas.text(_from_left(textwrap.shorten(name, 24, placeholder="…")), 0, y + 25, "label"))
            for c, cell in enumerate(values[r]):
                level = 0 if not math.isfinite(cell) or cell <= 0 else max(1, min(6, round(6 * cell / most)))
                words = canvas.number(cell) if math.isfinite(cell) else "–"
                marks.append(canvas.box(f"heat-{level}", 24 + step * c + 0.2, step - 0.4, y, 38))
                kind = "value chart__light" if level > 4 else "label"
                marks.append(canvas.text(words, 24 + step * (c + 0.5), y + 24, kind, "middle"))
                if strong and strong[r][c]:
                    marks.append(canvas.box("chart__ring", 24 + step * c + 0.5, step - 1, y + 2, 34))
        return marks, 40 * len(rows) + 36

    table: tuple[tuple[Cell, ...], ...] = tuple(
        (name, *(float(cell) for cell in values[r])) for r, name in enumerate(rows)
    )
    return Chart(title, unit, (corner, *columns), table, plot, source)


@dataclass(frozen=True)
class Dot:
    """Hold one of many by two amounts."""

    x: float
    y: float
    label: str


def scatter(
    title: str, values: Sequence[Dot], *, unit: str, category: str, across: str, up: str, slope: float, source: str = ""
) -> Chart:  # fmt: skip
    """Draw amounts against amounts around 0, the same scale both ways, with the line of a slope through 0."""
    reach = max((max(abs(each.x), abs(each.y)) for each in values), default=1.0) or 1.0
    side = 400.0

    def plot(canvas: Canvas) -> tuple[list[Markup], float]:
        width = canvas.width or WIDTH
        half = 50 * side / width  # of the width, in percent

        def at(x: float, y: float) -> tuple[float, float]:
            return 50 + half * x / reach, 18 + side / 2 * (1 - y / reach)

        marks = []
        for tick in ticks(-reach, reach, 4):
            marks += [
                canvas.rule("chart__grid", at(tick, -reach), at(tick, reach)),
                canvas.rule("chart__grid", at(-reach, tick), at(reach, tick)),
            ]
            marks.append(canvas.text(canvas.number(tick), at(tick, 0)[0], side + 36, "axis", "middle"))
            marks.append(canvas.text(canvas.number(tick), 50 - half - 1, at(0, tick)[1] + 5, "axis", "end"))
        marks += [
            canvas.rule("chart__base", at(0, -reach), at(0, reach)),
            canvas.rule("chart__base", at(-reach, 0), at(reach, 0)),
        ]
        end = min(reach, reach / abs(slope)) if slope else reach
        marks.append(canvas.rule("chart__interval", at(-end, -end * slope), at(end, end * slope)))
        for each in values:
            share, y = at(each.x, each.y)
            marks.append(Markup('<circle class="series-1" cx="{}" cy="{:.2f}" r="4"><title>{}</title></circle>').format(canvas.x(share), canvas.top + y, each.label))  # fmt: skip
        marks.append(canvas.text(across, 50, side + 58, "axis", "middle"))
        marks.append(canvas.text(up, 50 - half, 10, "axis"))
        return marks, side + 66

    rows = tuple((each.label, each.x, each.y) for each in values)
    return Chart(title, unit, (category, across, up), rows, plot, source)


@dataclass(frozen=True)
class Point:
    """Hold a place: where, its words, the number of its group (0 for none, 1 to 6), a value for the table."""

    x: float
    y: float
    label: str
    group: int = 0
    value: float = math.nan


def points(
    title: str, values: Sequence[Point], *, unit: str, category: str, groups: Sequence[str], source: str = ""
) -> Chart:
    """Draw places on a plane, the same scale both ways, north up and never mirrored; groups are named below."""
    xs, ys = [each.x for each in values] or [0.0], [each.y for each in values] or [0.0]
    span = max((max(xs) - min(xs)) / 1.6, max(ys) - min(ys)) or 1.0

    def plot(canvas: Canvas) -> tuple[list[Markup], float]:
        width, side = canvas.width or WIDTH, 400.0
        marks = []
        for each in sorted(values, key=lambda one: one.group):
            x = canvas.left + width / 2 + (each.x - (max(xs) + min(xs)) / 2) / span * side
            y = canvas.top + side / 2 + 10 - (each.y - (max(ys) + min(ys)) / 2) / span * (side - 20)
            kind, radius = (f"series-{each.group}", 6) if each.group else ("series-6", 3)
            marks.append(
                Markup('<circle class="{}" cx="{:.2f}" cy="{:.2f}" r="{}"><title>{}</title></circle>').format(
                    kind, x, y, radius, each.label
                )
            )
            if each.group:
                words = str(each.group)
                marks.append(
                    Markup('<text class="chart__value" x="{:.2f}" y="{:.2f}">{}</text>').format(x + 8, y - 6, words)
                )
        for row, name in enumerate(groups, start=1):
            marks.append(canvas.box(f"series-{row}", 0, 1.6, side + 12 + 22 * row - 11, 11))
            marks.append(
                canvas.text(textwrap.shorten(f"{row} {name}", 92, placeholder="…"), 3, side + 12 + 22 * row, "label")
            )
        return marks, side + 24 + 22 * len(groups)

    rows = tuple((each.label, each.x, each.y, float(each.group), each.value) for each in values)
    return Chart(title, unit, (category, "x", "y", _("group"), unit), rows, plot, source)


def surface(
    title: str,
    x: Sequence[float],
    y: Sequence[float],
    values: Sequence[Sequence[float]],
    *,
    unit: str,
    source: str = "",
) -> Chart:
    """Draw a grid of values (row by row, south first) as a shaded map, north up and never mirrored, in six steps to the top."""
    most = max((float(cell) for row in values for cell in row), default=0.0) or 1.0

    def plot(canvas: Canvas) -> tuple[list[Markup], float]:
        width = canvas.width or WIDTH
        side = min(width / max(len(x), 1), 420.0 / max(len(y), 1))
        left, marks = canvas.left + (width - side * len(x)) / 2, []
        for r, row in enumerate(values):
            top = canvas.top + side * (len(y) - 1 - r)
            for level, first, count in _stretches([min(6, math.ceil(6 * cell / most - 1e-9)) for cell in row]):
                marks.append(
                    Markup('<rect class="heat-{}" x="{:.2f}" y="{:.2f}" width="{:.2f}" height="{:.2f}"/>').format(
                        level, left + side * first, top, side * count + 0.05, side + 0.05
                    )
                )
        bottom = side * len(y)
        for step in range(1, 7):
            at, down = 25 * ((step - 1) % 3), bottom + 12 + 22 * ((step - 1) // 3)
            words = _("to {value}", value=canvas.number(float(f"{most * step / 6:.3g}")))
            marks += [canvas.box(f"heat-{step}", at, 3, down, 14), canvas.text(words, at + 3.6, down + 12, "axis")]
        return marks, bottom + 56

    rows = tuple(
        (float(east), float(north), float(values[r][c])) for r, north in enumerate(y) for c, east in enumerate(x)
    )
    return Chart(title, unit, ("x", "y", _("value")), rows, plot, source)


def _from_left(words: str) -> str:
    """Keep an interval such as [1, 200) as it is written where words run from the right; its brackets would turn."""
    return f"{FROM_LEFT}{words}{END}" if INTERVAL.fullmatch(words) else words


def _stretches(levels: Sequence[int]) -> list[tuple[int, int, int]]:
    """Give runs of one level as (level, first, count)."""
    out: list[tuple[int, int, int]] = []
    for place, level in enumerate(levels):
        if out and out[-1][0] == level:
            out[-1] = (level, out[-1][1], out[-1][2] + 1)
        else:
            out.append((level, place, 1))
    return out


def _runs_from_the_right(words: str) -> bool:
    """Tell the direction of a text by its first letter that has one."""
    strong = (unicodedata.bidirectional(letter) for letter in words)
    return next((kind in ("R", "AL") for kind in strong if kind in ("L", "R", "AL")), False)
