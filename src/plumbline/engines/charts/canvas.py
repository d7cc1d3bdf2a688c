"""Place shapes and words: shares of a width become percentages on a page, units in a file, from the right in Arabic."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

BAR_ROW: Final = 48
PLOT: Final = 168
ISOLATE, END_OF_ISOLATE = "\u2067", "\u2069"


@dataclass(frozen=True, slots=True)
class Bar:
    """One category or one step of time: its words, its count or amount, and (if any) the address of what it rests on.

    ``low`` and ``high`` are the ends of an interval in the same unit, drawn as a line where given.
    """

    label: str
    value: float
    url: str = ""
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Canvas:
    """Say where shapes go: `width` is None on a page (percent of it), else units from `left`; `top` is added to heights.

    `mirrored`: reading begins at the right. `number` writes a number for the reader.
    """

    mirrored: bool
    number: Callable[[float], str]
    width: float | None = None
    left: float = 0.0
    top: float = 0.0

    def x(self, share: float, width: float = 0) -> str:
        """Give where something of a width begins, both in percent, from the side where reading begins."""
        at = 100 - share - width if self.mirrored else share
        return f"{at:.3f}%" if self.width is None else f"{self.left + self.width * at / 100:.2f}"

    def length(self, share: float) -> str:
        """Give a length from percent."""
        return f"{share:.3f}%" if self.width is None else f"{self.width * share / 100:.2f}"

    def gap(self, units: float) -> float:
        """Give a distance in the direction of reading."""
        return -units if self.mirrored else units

    def text(self, words: str, share: float, y: float, kind: str, anchor: str = "start", gap: float = 0) -> Markup:
        """Write words; in a file without the direction of a page, right-to-left words are held together as such."""
        if self.mirrored and self.width is not None:
            anchor = {"start": "end", "end": "start"}.get(anchor, anchor)
            words = f"{ISOLATE}{words}{END_OF_ISOLATE}"
        moved = Markup(' dx="{:g}"').format(self.gap(gap)) if gap else Markup("")
        return Markup('<text class="chart__{}" x="{}"{} y="{:g}" text-anchor="{}">{}</text>').format(
            kind, self.x(share), moved, self.top + y, anchor, words
        )

    def box(self, kind: str, share: float, width: float, y: float, height: float) -> Markup:
        """Draw a rectangle; `share` and `width` in percent."""
        return Markup('<rect class="{}" x="{}" y="{:.4g}" width="{}" height="{:.4g}"/>').format(
            kind, self.x(share, width), self.top + y, self.length(width), height
        )

    def rule(self, kind: str, start: tuple[float, float], end: tuple[float, float]) -> Markup:
        """Draw a straight line between two points (percent, height)."""
        return Markup('<line class="{}" x1="{}" x2="{}" y1="{:.4g}" y2="{:.4g}"/>').format(
            kind, self.x(start[0]), self.x(end[0]), self.top + start[1], self.top + end[1]
        )

    def curve(self, kind: str, points: Sequence[tuple[float, float]]) -> Markup:
        """Draw a line through points (percent, height); broken where a height is nan. Only where `width` is in units."""
        steps, pen = [], "M"
        for share, y in points:
            if math.isnan(y):
                pen = "M"
                continue
            steps.append(f"{pen}{self.x(share)} {self.top + y:.2f}")
            pen = "L"
        return Markup('<path class="{}" d="{}"/>').format(kind, " ".join(steps))


def top_of(bars: Sequence[Bar]) -> float:
    """Give the value that fills the width."""
    return max([bar.high if bar.high is not None else bar.value for bar in bars] + [0]) or 1


def bar_row(canvas: Canvas, bar: Bar, index: int, top: float) -> Markup:
    """Draw the row of one bar: label, bar and value; the caller links it."""
    y = index * BAR_ROW
    width = 100 * bar.value / top * 0.8
    return canvas.text(bar.label, 0, y + 16, "label") + canvas.box("series-1", 0, width, y + 24, 16)


def bar_value(canvas: Canvas, bar: Bar, index: int, top: float) -> Markup:
    """Draw the interval of a bar, if any, and its number beside it."""
    y, scale = index * BAR_ROW, 80 / top
    words = canvas.text(canvas.number(bar.value), scale * max(bar.value, bar.high or 0), y + 37, "value", gap=8)
    if bar.low is None or bar.high is None:
        return words
    return canvas.rule("chart__interval", (scale * bar.low, y + 32), (scale * bar.high, y + 32)) + words


def column(canvas: Canvas, bar: Bar, x: float, step: float, top: float) -> tuple[Markup, float]:
    """Draw one column and give where its upper end is."""
    height = PLOT * bar.value / top
    y = PLOT - height + 20
    return canvas.box("series-1", x + step * 0.14, step * 0.72, y, height), y


def base_line(canvas: Canvas) -> Markup:
    """Draw the line that columns stand on."""
    return canvas.rule("chart__base", (0, PLOT + 20), (100, PLOT + 20))


def stack_row(canvas: Canvas, label: str, values: Sequence[float], index: int, top: float) -> Markup:
    """Draw one bar split into series, with its total."""
    y, at = index * BAR_ROW, 0.0
    pieces = [canvas.text(label, 0, y + 16, "label")]
    for number, value in enumerate(values, start=1):
        width = 100 * value / top * 0.86
        pieces.append(canvas.box(f"series-{number}", at, width, y + 24, 16))
        at += width
    return Markup("").join([*pieces, canvas.text(canvas.number(sum(values)), at, y + 37, "value", gap=8)])


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Give round numbers from low to high, about `count` of them: steps of 1, 2 or 5 times a power of ten.

    >>> ticks(0, 47)
    [0.0, 10.0, 20.0, 30.0, 40.0]
    """
    span = (high - low) or abs(high) or 1.0
    raw = span / count
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * each for each in (1, 2, 5, 10) if power * each >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [round(number * step, 12) for number in range(first, math.floor(high / step + 1e-9) + 1)]
