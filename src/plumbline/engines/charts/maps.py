"""Draw maps of the world that compare countries: shaded areas, the same in small repeated, arrows between countries.

The pieces serve pages and files alike; a map is never mirrored, and its units are those of `world.project`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from textwrap import shorten
from typing import Final

from markupsafe import Markup, escape

from plumbline.engines.charts.canvas import Canvas
from plumbline.engines.charts.documents import WIDTH as PAGE
from plumbline.engines.charts.documents import Cell, Chart, wrapped
from plumbline.engines.charts.world import WIDTH, World

NONE: Final = -1
"""The level of a country that nothing is known of."""
ROW: Final = 22
Level = int | str
Legend = Sequence[tuple[Level, str]]
"""Levels with their words, the first above; a level that is a word names a kind of line (`flow-1`)."""
THIN, THICK = 3.0, 26.0
"""Units between which the widths of arrows lie."""
ACROSS: Final = 3
"""Small maps in a row."""
LINKED: Final = 200
"""Shaded areas of all small maps together up to which each has its words and address; beyond, the table alone has them."""


@dataclass(frozen=True, slots=True)
class Area:
    """Say how a country is shaded (0 for zero, 1 to 5), its words, and the address of what its number rests on, if any."""

    level: int
    words: str
    url: str = ""


def definitions(world: World) -> Markup:
    """Give the shapes that the maps of a drawing use; once for each document, before them."""
    shapes = Markup("").join(
        Markup('<path id="c-{}" d="{}"/>').format(code, path) for code, path in sorted(world.shapes.items())
    )
    return Markup(
        '<defs><pattern id="zero" width="14" height="14" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect class="world__zero" width="14" height="14"/><rect class="world__hatch" width="3" height="14"/></pattern>'
        '<pattern id="zero-key" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect class="world__zero" width="6" height="6"/><rect class="world__hatch" width="1.5" height="6"/></pattern>'
        '<g id="land">{}</g><g id="lines"><path class="world__border" d="{}"/>'
        '<path class="world__border world__border--disputed" d="{}"/></g></defs>'
    ).format(shapes, world.borders, world.disputed)


def shaded(world: World, areas: Mapping[str, Area]) -> Markup:
    """Draw the ground with the countries of `areas` shaded over it."""
    pieces = [Markup('<use class="world__land" href="#land"/>')]
    for code, area in areas.items():
        kind = Markup('fill="url(#zero)"') if area.level == 0 else Markup('class="area-{}"').format(area.level)
        shape = _shape(world, code, kind)
        if shape:
            pieces.append(_linked(shape, area.words, area.url, code))
    return Markup("").join([*pieces, Markup('<use href="#lines"/>')])


def _shape(world: World, code: str, kind: Markup) -> Markup:
    """The shape of a country, and a disc where it is too small to be seen; `kind` are the attributes of both."""
    shape = Markup("")
    if code in world.shapes:
        shape += Markup('<use href="#c-%s" %s/>') % (code, kind)
    if _has_disc(world, code):
        x, y = world.middles[code]
        shape += Markup('<circle %s cx="%g" cy="%g" r="9" stroke-width="2"/>') % (kind, x, y)
    return shape


def _has_disc(world: World, code: str) -> bool:
    return code in world.middles and (code in world.small or code not in world.shapes)


def shared_ground(world: World, shown: Sequence[Panel]) -> Markup:
    """Give what small maps draw over, once before them: the land, and every country of any of them as zero.

    Countries with a disc get a shape of their own with it (`s-MT`).
    """
    codes = sorted({code for panel in shown for code in panel.areas})
    discs = [
        Markup('<g id="s-{}">{}</g>').format(code, _shape(world, code, Markup("")))
        for code in codes
        if _has_disc(world, code)
    ]
    return Markup(
        '<defs>{}<g id="ground"><use class="world__land" href="#land"/><g fill="url(#zero)">{}</g></g></defs>'
    ).format(Markup("").join(discs), Markup("").join(_used(world, code) for code in codes))


def _used(world: World, code: str) -> Markup:
    if _has_disc(world, code):
        return Markup('<use href="#s-%s"/>') % code
    return Markup('<use href="#c-%s"/>') % code if code in world.shapes else Markup("")


def small_maps(world: World, shown: Sequence[Panel]) -> list[Markup]:
    """Draw small maps, each over the ground that they share."""
    told = has_words(shown)
    return [
        Markup('<use href="#ground"/>{}<use href="#lines"/>').format(_levels(world, panel.areas, told))
        for panel in shown
    ]


def has_words(shown: Sequence[Panel]) -> bool:
    """Tell whether the areas of small maps are few enough to have words and addresses of their own."""
    return sum(area.level > 0 for panel in shown for area in panel.areas.values()) <= LINKED


def _levels(world: World, areas: Mapping[str, Area], told: bool) -> Markup:
    """Draw the countries that are shaded, those of one level together."""
    found: dict[int, list[Markup]] = {}
    for code, area in areas.items():
        if area.level > 0:
            shape = _used(world, code)
            found.setdefault(area.level, []).append(_linked(shape, area.words, area.url) if told else shape)
    return Markup("").join(
        Markup('<g class="area-{}">{}</g>').format(level, Markup("").join(found[level])) for level in sorted(found)
    )


def _linked(shape: Markup, words: str, url: str, code: str = "") -> Markup:
    """Name a shape and let it open an address; written with `%`, for a page may have thousands and `format` takes longer."""
    kept = Markup(' data-code="%s"') % code if code else Markup("")
    said = escape(words)
    if url:
        return Markup('<a href="%s" aria-label="%s"%s><title>%s</title>%s</a>') % (url, said, kept, said, shape)
    return Markup("<g%s><title>%s</title>%s</g>") % (kept, said, shape)


@dataclass(frozen=True, slots=True)
class Arrow:
    """Say that something goes from a country to another: how much, which kind of way (1 to 3), words, an address."""

    start: str
    end: str
    value: float
    kind: int
    words: str
    url: str = ""


def arrows(world: World, ways: Sequence[Arrow]) -> Markup:
    """Draw arrows over the ground, as wide as their values, the greatest first so that the small lie above.

    Those that end where they began, or where the map has no place, are left out.
    """
    drawn = [one for one in ways if one.start != one.end and {one.start, one.end} <= set(world.middles)]
    top = max((one.value for one in drawn), default=1)
    ordered = sorted(drawn, key=lambda one: (-one.value, one.start, one.end))
    pieces = [_linked(_arrow(world, one, max(THIN, THICK * one.value / top)), one.words, one.url) for one in ordered]
    ends = {code: world.middles[code] for one in ordered for code in (one.start, one.end)}
    dots = [Markup('<circle class="world__end" cx="{:g}" cy="{:g}" r="6"/>').format(x, y) for x, y in ends.values()]
    ground = Markup('<use class="world__land" href="#land"/><use href="#lines"/>')
    return Markup("").join([ground, *pieces, *dots])


def _arrow(world: World, one: Arrow, width: float) -> Markup:
    """A curve that bends to the left of its way, so that there and back lie apart, and a head where it ends."""
    (x0, y0), (x1, y1) = world.middles[one.start], world.middles[one.end]
    length = math.hypot(x1 - x0, y1 - y0) or 1.0
    bend = 0.18
    x, y = (x0 + x1) / 2 + bend * (y1 - y0), (y0 + y1) / 2 - bend * (x1 - x0)
    along = math.hypot(x1 - x, y1 - y) or 1.0
    ux, uy = (x1 - x) / along, (y1 - y) / along
    head = min(12 + 1.6 * width, 0.6 * length)
    side = 0.42 * head
    bx, by = x1 - head * ux, y1 - head * uy
    return Markup(
        '<path class="world__flow flow-{k}" stroke-width="{w:.1f}" d="M{:.1f} {:.1f}Q{:.1f} {:.1f} {:.1f} {:.1f}"/>'
        '<path class="world__head head-{k}" d="M{:.1f} {:.1f}L{:.1f} {:.1f}L{:.1f} {:.1f}z"/>'
    ).format(x0, y0, x, y, bx, by, x1, y1, bx - side * uy, by + side * ux, bx + side * uy, by - side * ux,
             k=one.kind, w=width)  # fmt: skip


def swatch(level: Level) -> Markup:
    """Give the attributes of a box that shows a level in a legend."""
    if isinstance(level, str):
        return Markup('class="{}"').format(level.replace("flow", "head"))
    if level == 0:
        return Markup('fill="url(#zero-key)"')
    return Markup('class="world__land"') if level == NONE else Markup('class="area-{}"').format(level)


def document(
    chart: Chart, world: World, draw: Callable[[], Markup], legend: Legend, notes: Iterable[str] = ()
) -> Chart:
    """Give a chart whose plot is one map over the whole width, with its legend below and then its notes."""

    def plot(canvas: Canvas) -> tuple[list[Markup], float]:
        width = canvas.width or PAGE
        scale = width / WIDTH
        marks = [definitions(world), Markup('<g transform="translate({:g} {:g}) scale({:.5f})">{}</g>').format(
            canvas.left, canvas.top, scale, draw())]  # fmt: skip
        return _below(canvas, marks, world.height * scale + 12, legend, notes)

    return replace(chart, plot=plot)


@dataclass(frozen=True, slots=True)
class Panel:
    """Hold one of several small maps: its words, its countries, the address of what it shows."""

    words: str
    areas: Mapping[str, Area]
    url: str = ""


def panels(chart: Chart, world: World, shown: Sequence[Panel], legend: Legend, notes: Iterable[str] = ()) -> Chart:
    """Give a chart whose plot is several small maps, three in a row, in the order of reading, one legend for all."""

    def plot(canvas: Canvas) -> tuple[list[Markup], float]:
        width, gap = canvas.width or PAGE, 12.0
        step = (width + gap) / ACROSS
        scale = (step - gap) / WIDTH
        height = world.height * scale + 34
        marks = [definitions(world), shared_ground(world, shown)]
        for index, (panel, drawn) in enumerate(zip(shown, small_maps(world, shown), strict=True)):
            row, place = divmod(index, ACROSS)
            left = canvas.left + step * (ACROSS - 1 - place if canvas.mirrored else place)
            share = 100 * step * place / width
            marks.append(canvas.text(shorten(panel.words, 34, placeholder="…"), share, row * height + 14, "label"))
            marks.append(Markup('<g transform="translate({:.2f} {:.2f}) scale({:.5f})">{}</g>').format(
                left, canvas.top + row * height + 20, scale, drawn))  # fmt: skip
        rows = -(-len(shown) // ACROSS)
        return _below(canvas, marks, rows * height + 4, legend, notes)

    return replace(chart, plot=plot)


def _below(
    canvas: Canvas, marks: list[Markup], y: float, legend: Legend, notes: Iterable[str]
) -> tuple[list[Markup], float]:
    for level, words in legend:
        x, side = canvas.x(0, 2), canvas.length(2)
        marks.append(Markup('<rect {} x="{}" y="{:.4g}" width="{}" height="14"/>').format(
            swatch(level), x, canvas.top + y, side))  # fmt: skip
        marks.append(canvas.text(words, 3, y + 12, "label"))
        y += ROW
    for note in notes:
        for line in wrapped(note, 105):
            marks.append(canvas.text(line, 0, y + 12, "source"))
            y += 18
    return marks, y


def table(head: Sequence[str], rows: Iterable[Sequence[Cell]], title: str, unit: str) -> Chart:
    """Give the words and numbers of a map, still without its drawing."""
    return Chart(title, unit, tuple(head), tuple(tuple(row) for row in rows), lambda _canvas: ([], 0.0))
