"""Draw charts on the server as accessible SVG: plain data in, Markup out, no script, no inline style.

Every chart is a ``<figure>`` with a title that states the finding or the question, words for its axes, direct labels, a
description for those who do not see it, its source and mark below, and its numbers one click away in a table. Widths
are percentages, so that words keep their size on a phone. In right-to-left pages bars and time run from the right.
Colours are classes (``series-1`` to ``series-6``, ``heat-0`` to ``heat-6``) of a sequence that colour-blind readers
can tell apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _
from markupsafe import Markup, escape

from plumbline.engines.charts.canvas import (
    BAR_ROW,
    PLOT,
    Bar,
    Canvas,
    bar_row,
    bar_value,
    base_line,
    column,
    stack_row,
    top_of,
)
from plumbline.engines.charts.documents import decimal
from plumbline.ui.text import direction, language

__all__ = ["Bar", "bar_chart", "heat_table", "stacked_chart", "time_chart"]

LABELS = 6


def bar_chart(title: str, bars: Sequence[Bar], *, unit: str, category: str, source: str | Markup = "") -> Markup:
    """Draw horizontal bars, one a category, in the order given; ``unit`` and ``category`` are the words of the axes."""
    top, page = top_of(bars), _page()
    rows = [_linked(bar_row(page, bar, i, top), bar) + bar_value(page, bar, i, top) for i, bar in enumerate(bars)]
    drawing = _svg(title, _summary(bars, unit), len(bars) * BAR_ROW, rows)
    return _figure(title, unit, drawing, _table((category, unit), _pairs(bars)), source)


def time_chart(title: str, bars: Sequence[Bar], *, unit: str, period: str, source: str | Markup = "") -> Markup:
    """Draw one column a year or month, in time's order, gaps included by the caller; ``period`` names the time axis."""
    top, page = top_of(bars), _page()
    step = 100 / max(len(bars), 1)
    marks = [base_line(page)]
    highest = max(range(len(bars)), key=lambda index: bars[index].value, default=-1)
    every = max(1, -(-len(bars) // LABELS))
    for index, bar in enumerate(bars):
        marks.append(_column(page, bar, index * step, step, top, shown=index == highest))
        if index % every == 0:
            marks.append(page.text(bar.label, index * step + step / 2, PLOT + 36, "axis", "middle"))
    drawing = _svg(title, _summary(bars, unit), PLOT + 44, marks)
    return _figure(title, unit, drawing, _table((period, unit), _pairs(bars)), source)


def stacked_chart(
    title: str, labels: Sequence[str], series: Mapping[str, Sequence[float]], *, unit: str, category: str,
    source: str | Markup = "",
) -> Markup:  # fmt: skip
    """Draw one horizontal bar a label, split into at most six named series; ``series`` gives a value for each label."""
    if len(series) > 6:
        raise ValueError("A stacked chart tells at most six series apart; group the smallest.")
    totals = [sum(values[index] for values in series.values()) for index in range(len(labels))]
    top = max([*totals, 1])
    page = _page()
    rows = [stack_row(page, labels[i], [values[i] for values in series.values()], i, top) for i in range(len(labels))]
    bars = [Bar(label, total) for label, total in zip(labels, totals, strict=True)]
    drawing = _key(list(series)) + _svg(title, _summary(bars, unit), len(labels) * BAR_ROW, rows)
    lines: list[Sequence[str | float]] = [
        [label, *(values[i] for values in series.values())] for i, label in enumerate(labels)
    ]
    return _figure(title, unit, drawing, _table((category, *series), lines), source)


def heat_table(
    title: str, rows: Sequence[str], columns: Sequence[str], values: Sequence[Sequence[float]], *, unit: str,
    corner: str, urls: Mapping[tuple[int, int], str] | None = None, source: str | Markup = "",
) -> Markup:  # fmt: skip
    """Write a small table of numbers (place x time), each cell shaded by its size and linking to what it counts.

    ``values[r][c]`` belongs to ``rows[r]`` and ``columns[c]``; ``corner`` says what rows and columns are.
    """
    top = max((cell for row in values for cell in row), default=0)
    head = Markup("").join(Markup('<th scope="col">{}</th>').format(column) for column in columns)
    body = [
        Markup('<tr><th scope="row"><bdi>{}</bdi></th>{}</tr>').format(
            name,
            Markup("").join(_heat_cell(cell, top, (urls or {}).get((r, c), "")) for c, cell in enumerate(values[r])),
        )
        for r, name in enumerate(rows)
    ]
    table = Markup(
        '<div class="table-frame" role="region" aria-label="{}" tabindex="0"><table class="heat"><thead><tr>'
        '<th scope="col">{}</th>{}</tr></thead><tbody>{}</tbody></table></div>'
    ).format(title, corner, head, Markup("").join(body))
    return _figure(title, unit, table, Markup(""), source)


def _heat_cell(value: float, top: float, url: str) -> Markup:
    level = 0 if not value else max(1, min(6, round(6 * value / top)))
    words: str | Markup = _number(value) if value else "·"
    if url and value:
        words = Markup('<a href="%s">%s</a>') % (url, words)
    return Markup('<td class="heat-%d">%s</td>') % (level, words)


def _number(value: float) -> str:
    return decimal(value, None, language().replace("-", "_"))


def _pairs(bars: Sequence[Bar]) -> list[tuple[str | float, ...]]:
    return [(bar.label, bar.value) for bar in bars]


def _page() -> Canvas:
    return Canvas(mirrored=direction() == "rtl", number=_number)


def _linked(shape: Markup, bar: Bar) -> Markup:
    if not bar.url:
        return shape
    name = f"{bar.label}: {_number(bar.value)}"
    return Markup('<a href="{}" aria-label="{}">{}</a>').format(bar.url, name, shape)


def _column(page: Canvas, bar: Bar, x: float, step: float, top: float, *, shown: bool) -> Markup:
    shape, end = column(page, bar, x, step, top)
    hover = Markup("<g>{}<title>{}: {}</title></g>").format(shape, bar.label, _number(bar.value))
    value = page.text(_number(bar.value), x + step / 2, end - 6, "value", "middle") if shown else Markup("")
    return _linked(hover, bar) + value


def _key(names: Sequence[str]) -> Markup:
    items = [
        Markup('<li><svg class="chart__key" width="12" height="12" aria-hidden="true"><rect class="series-{}" '
               'width="12" height="12"/></svg>{}</li>').format(number, name)
        for number, name in enumerate(names, start=1)
    ]  # fmt: skip
    return Markup('<ul class="chart__names">{}</ul>').format(Markup("").join(items))


def _summary(bars: Sequence[Bar], unit: str) -> str:
    if not bars:
        return _("No values.")
    most = max(bars, key=lambda bar: bar.value)
    return _("%(count)s values, in %(unit)s. The largest is %(label)s with %(value)s.") % {
        "count": len(bars), "unit": unit, "label": most.label, "value": _number(most.value),
    }  # fmt: skip


def _svg(title: str, description: str, height: float, parts: Sequence[Markup]) -> Markup:
    has_links = any("<a " in part for part in parts)
    return Markup(
        '<svg class="chart__drawing" role="{}" width="100%" height="{:g}" aria-label="{}" direction="{}">'
        "<title>{}</title><desc>{}</desc>{}</svg>"
    ).format("group" if has_links else "img", height, title, direction(), title, description, Markup("").join(parts))


def _table(head: Sequence[str], lines: Sequence[Sequence[str | float]]) -> Markup:
    heads = Markup("").join(
        Markup('<th scope="col"{}>{}</th>').format(Markup(' class="cell--number"') if i else "", words)
        for i, words in enumerate(head)
    )
    body = Markup("").join(
        Markup('<tr><th scope="row"><bdi>{}</bdi></th>{}</tr>').format(
            line[0],
            Markup("").join(Markup('<td class="cell--number">{}</td>').format(_number(float(v))) for v in line[1:]),
        )
        for line in lines
    )
    return Markup(
        '<details class="details"><summary>{}</summary><div class="table-frame"><table class="table"><thead><tr>{}</tr></thead>'
        "<tbody>{}</tbody></table></div></details>"
    ).format(_("The numbers as a table"), heads, body)


def _figure(title: str, unit: str, drawing: Markup, table: Markup, source: str | Markup) -> Markup:
    below = Markup('<p class="chart__source">{}</p>').format(source) if source else Markup("")
    return Markup(
        '<figure class="chart"><figcaption><strong class="chart__title">{}</strong><span class="chart__unit">{}</span>'
        "</figcaption>{}{}{}</figure>"
    ).format(escape(title), unit, drawing, table, below)
