"""Draw maps of the world that compare countries: shaded areas, the same in small repeated, arrows between countries.

The pieces serve pages and files alike; a map is never mirrored, and its units are those of `world.project`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from markupsafe import Markup

from plumbline.engines.charts.canvas import Canvas
from plumbline.engines.charts.documents import WIDTH as PAGE
from plumbline.engines.charts.documents import Cell, Chart, wrapped
from plumbline.engines.charts.world import WIDTH, World

NONE: Final = -1
"""The level of a country that nothing is known of."""
ROW: Final = 22
Legend = Sequence[tuple[int, str]]


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
        '<g id="land">{}</g><g id="lines"><path class="world__border" d="{}"/>'
        '<path class="world__border world__border--disputed" d="{}"/></g></defs>'
    ).format(shapes, world.borders, world.disputed)


def shaded(world: World, areas: Mapping[str, Area]) -> Markup:
    """Draw the ground with the countries of `areas` shaded over it."""
    pieces = [Markup('<use class="world__land" href="#land"/>')]
    for code, area in areas.items():
        shape = _shape(world, code, area)
        if shape:
            pieces.append(_linked(shape, area.words, area.url))
    return Markup("").join([*pieces, Markup('<use href="#lines"/>')])


def _shape(world: World, code: str, area: Area) -> Markup:
    kind = Markup('fill="url(#zero)"') if area.level == 0 else Markup('class="area-{}"').format(area.level)
    shape = Markup("")
    if code in world.shapes:
        shape += Markup('<use href="#c-{}" {}/>').format(code, kind)
    if code in world.middles and (code in world.small or code not in world.shapes):
        x, y = world.middles[code]
        shape += Markup('<circle {} cx="{:g}" cy="{:g}" r="9" stroke-width="2"/>').format(kind, x, y)
    return shape


def _linked(shape: Markup, words: str, url: str) -> Markup:
    if url:
        return Markup('<a href="{}" aria-label="{}"><title>{}</title>{}</a>').format(url, words, words, shape)
    return Markup("<g><title>{}</title>{}</g>").format(words, shape)


def swatch(level: int) -> Markup:
    """Give the attributes of a box that shows a level in a legend."""
    if level == 0:
        return Markup('fill="url(#zero)"')
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
