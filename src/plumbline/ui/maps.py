"""Maps of pages: the world with countries shaded or joined by arrows, as SVG with a legend; no script, no inline style.

Drawn from the same pieces as the files that people download (`engines/charts/maps.py`). Colours are classes (`area-1` to
`area-5`) of a sequence that colour-blind readers can tell apart; every number stands in a table beside the map.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from django.utils.translation import gettext as _
from markupsafe import Markup

from plumbline.engines.charts import maps
from plumbline.engines.charts.maps import Area, Legend, Panel
from plumbline.engines.charts.world import UNSETTLED, WIDTH, World, read_world
from plumbline.engines.countries import countries

__all__ = ["UNSETTLED", "Area", "Legend", "boundary_note", "ground", "panels", "world", "world_map"]

SHAPES = Path(__file__).parent / "static" / "geo" / "world-50m.json"


@cache
def world() -> World:
    """Give the shapes of the world, read once in each process."""
    known = countries()
    alpha2 = {one.alpha3: code for code, one in known.items()}
    return read_world(SHAPES, alpha2, {code: (one.lat, one.lon) for code, one in known.items()})


def boundary_note() -> str:
    """Say what names and borders on a map do not mean, and whose shapes they are."""
    return _(
        "Names and borders on this map imply no judgement about the status of any territory. Dashed lines are borders "
        "that are disputed or not settled; not every such line is drawn. Shapes: Natural Earth."
    )


def world_map(
    title: str, drawn: Markup, legend: Legend, *, unit: str, source: str | Markup = "", extra: str | Markup = "",
) -> Markup:  # fmt: skip
    """Write a figure with one map (`ground`) or several (`panels`), its legend as words, what it rests on below.

    `extra` stands between the legend and the source.
    """
    below = Markup('<p class="chart__source">{}</p>').format(source) if source else Markup("")
    return Markup(
        '<figure class="chart world"><figcaption><strong class="chart__title">{}</strong><span class="chart__unit">{}</span>'
        "</figcaption>{}{}{}{}{}</figure>"
    ).format(title, unit, shapes_once(), drawn, legend_list(legend), extra, below)


def shapes_once() -> Markup:
    """Write the shapes that the maps of a page use; once on a page."""
    return _hidden(maps.definitions(world()))


def _hidden(definitions: Markup) -> Markup:
    return Markup(
        '<svg class="world__shapes" width="0" height="0" aria-hidden="true" focusable="false">{}</svg>'
    ).format(definitions)


def ground(title: str, drawn: Markup, description: str) -> Markup:
    """Write one map: `drawn` in the units of the shapes."""
    return Markup(
        '<svg class="world__drawing" role="group" viewBox="0 0 {} {}" aria-label="{}"><desc>{}</desc>{}</svg>'
    ).format(WIDTH, world().height, title, description, drawn)


def panels(shown: Sequence[Panel]) -> Markup:
    """Write small maps in rows, each under its words, which open what it shows."""
    told = maps.has_words(shown)
    items = [
        Markup('<li><p class="world__words">{}</p>{}</li>').format(
            Markup('<a href="{}"><bdi>{}</bdi></a>').format(one.url, one.words) if one.url else one.words,
            ground(one.words, drawn, "; ".join(area.words for area in one.areas.values() if area.level and told)),
        )
        for one, drawn in zip(shown, maps.small_maps(world(), shown), strict=True)
    ]
    return Markup('{}<ul class="world__panels">{}</ul>').format(
        _hidden(maps.shared_ground(world(), shown)), Markup("").join(items)
    )


def legend_list(legend: Legend) -> Markup:
    """Write a legend as a list of swatches with their words."""
    items = [
        Markup('<li><svg class="chart__key" width="20" height="14" aria-hidden="true"><rect {} width="20" height="14"/>'
               "</svg>{}</li>").format(maps.swatch(level), words)
        for level, words in legend
    ]  # fmt: skip
    return (
        Markup('<ul class="chart__names world__legend">{}</ul>').format(Markup("").join(items)) if items else Markup("")
    )
