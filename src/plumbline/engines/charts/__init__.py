"""Charts: shapes that pages and files share, and whole charts as accessible SVG and PNG with their numbers."""

from plumbline.engines.charts.canvas import Bar, Canvas
from plumbline.engines.charts.documents import (
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
)

__all__ = [
    "Bar",
    "Canvas",
    "Chart",
    "Dot",
    "Moment",
    "Point",
    "Range",
    "bars",
    "heat",
    "lines",
    "points",
    "ranges",
    "save",
    "scatter",
    "surface",
]
