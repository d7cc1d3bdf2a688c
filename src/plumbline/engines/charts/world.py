"""The shapes of the world's countries as paths of a drawing, in the Equal Earth projection, for maps that compare areas.

Shapes come as TopoJSON (Natural Earth, public domain). Lines shared by neighbours are thinned once, so that neighbours go on
touching. Equal Earth: Savric, Patterson and Jenny, International Journal of Geographical Information Science 33 (2019), 454-465.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from plumbline.domain.errors import Unavailable

WIDTH: Final = 2000
"""Units of a drawing from west to east."""
SOUTH, NORTH = -57.0, 84.0
"""Degrees where the drawing ends: Antarctica is left out."""
TOLERANCE: Final = 0.1
"""Degrees by which a thinned line may leave its own."""
SPECK: Final = 6.0
"""Square units under which an island is left out, unless it is all that a country has."""
SMALL: Final = 25.0
"""Square units under which a country is marked by a disc as well."""
UNSETTLED: Final[tuple[tuple[str, str, tuple[float, ...] | None], ...]] = (
    ("SOM", "SOL", None), ("SRB", "XKX", None), ("CYP", "CYN", None), ("MAR", "ESH", None), ("ISR", "PSE", None),
    ("SDN", "SSD", None), ("KOR", "PRK", None), ("IND", "PAK", (73, 32.2, 78.5, 37.5)), ("IND", "CHN", (76, 31.5, 81, 37.5)),
    ("IND", "CHN", (91, 26.5, 97.8, 29.8)),
)  # fmt: skip
"""Pairs of shapes (alpha-3) whose border is disputed or not settled and drawn dashed; a box (west, south, east, north) limits it."""
WITHIN: Final = {"SOL": "SO", "CYN": "CY"}
"""Shapes of their own that bear the code of another country in lists."""
OVERSEAS: Final = {
    "FR": (("GF", (-56, 1, -51, 7)), ("GP", (-62, 15.7, -60.9, 16.6)), ("MQ", (-61.5, 14.2, -60.7, 15)),
           ("RE", (55, -22, 56, -20)), ("YT", (44.8, -13.2, 45.4, -12.5))),
    "NO": (("SJ", (-10, 70.5, 35, 81)),),
}  # fmt: skip
"""Parts that shapes hold with another country and lists count apart: their code and the box they lie in."""
Line = NDArray[np.float64]


@dataclass(frozen=True)
class World:
    """Hold the drawing: `shapes` and `middles` by alpha-2 code, lines between countries, `height` in units.

    Countries in `small` are too small to be seen at the size of a page.
    """

    shapes: Mapping[str, str]
    middles: Mapping[str, tuple[float, float]]
    small: frozenset[str]
    borders: str
    disputed: str
    height: int


def project(lon: Any, lat: Any) -> tuple[Any, Any]:
    """Give units from the drawing's left and top for degrees (numbers or arrays)."""
    x, y = _equal_earth(lon, np.clip(lat, -90, 90))
    return (x - _LEFT) * _SCALE, (_TOP - y) * _SCALE


def _equal_earth(lon: Any, lat: Any) -> tuple[Any, Any]:
    a, b, c, d, m = 1.340264, -0.081106, 0.000893, 0.003796, math.sqrt(3) / 2
    theta = np.arcsin(m * np.sin(np.radians(lat)))
    square = theta * theta
    six = square**3
    x = np.radians(lon) * np.cos(theta) / (m * (a + 3 * b * square + six * (7 * c + 9 * d * square)))
    return x, theta * (a + b * square + six * (c + d * square))


_LEFT = float(_equal_earth(-180.0, 0.0)[0])
_SCALE = WIDTH / (2 * -_LEFT)
_TOP = float(_equal_earth(0.0, NORTH)[1])
HEIGHT: Final = math.ceil((_TOP - float(_equal_earth(0.0, SOUTH)[1])) * _SCALE)


def read_world(path: Path, alpha2: Mapping[str, str], centres: Mapping[str, tuple[float, float]]) -> World:
    """Read shapes from TopoJSON; `alpha2` gives codes by alpha-3, `centres` degrees (lat, lon) of the points to draw at.

    A country without a centre gets the middle of its largest piece; one without a shape has only its centre. Unavailable
    where the file is missing, which set-up copies.
    """
    if not path.is_file():
        raise Unavailable("shapes.missing", "The shapes of the map are missing. Add them by: make setup")
    topology = json.loads(path.read_text(encoding="utf-8"))
    arcs = [_thinned(_unwrapped(line)) for line in _arcs(topology)]
    pieces: dict[str, list[Line]] = defaultdict(list)
    owners: dict[int, set[str]] = defaultdict(set)
    for geometry in topology["objects"]["countries"]["geometries"]:
        alpha3 = geometry["properties"]["a3"]
        code = WITHIN.get(alpha3) or alpha2.get(alpha3)
        for polygon in _polygons(geometry):
            for arc in (arc for ring in polygon for arc in ring):
                owners[arc if arc >= 0 else ~arc].add(alpha3)
            if code and code != "AQ":
                rings = [_ring(ring, arcs) for ring in polygon]
                pieces[_part(code, rings[0])] += [cut for ring in rings for cut in _cut(ring)]
    shapes = {code: _drawn(found) for code, found in pieces.items()}
    middles = _middles(pieces, centres)
    small = {code for code in middles if sum(map(_area, map(_projected, pieces.get(code, ())))) < SMALL}
    settled, disputed = _borders(arcs, owners)
    return World(shapes, middles, frozenset(small), _path(settled, ""), _path(disputed, ""), HEIGHT)


def _arcs(topology: Mapping[str, Any]) -> list[Line]:
    scale, translate = (np.array(topology["transform"][name]) for name in ("scale", "translate"))
    return [np.cumsum(np.array(arc, float), axis=0) * scale + translate for arc in topology["arcs"]]


def _polygons(geometry: Mapping[str, Any]) -> list[list[list[int]]]:
    arcs: list[Any] = geometry["arcs"]
    return [arcs] if geometry["type"] == "Polygon" else arcs


def _unwrapped(line: Line) -> Line:
    """Make a line that crosses the 180th meridian continuous."""
    turns = np.concatenate([[0.0], np.cumsum(-360 * np.round(np.diff(line[:, 0]) / 360))])
    return np.column_stack([line[:, 0] + turns, line[:, 1]])


def _thinned(line: Line) -> Line:
    """Thin a line by Douglas and Peucker's rule; its ends stay."""
    steps = np.round(line / (TOLERANCE / 2)).astype(np.int64)
    moved = np.concatenate([[True], (np.diff(steps, axis=0) != 0).any(axis=1)])
    moved[-1] = True
    line = line[moved]
    keep = np.zeros(len(line), bool)
    keep[[0, -1]] = True
    if len(line) > 3 and (line[0] == line[-1]).all():
        keep[len(line) // 2] = True
    waiting = list(zip(np.flatnonzero(keep)[:-1].tolist(), np.flatnonzero(keep)[1:].tolist(), strict=True))
    while waiting:
        first, last = waiting.pop()
        if last - first < 2:
            continue
        along, off = line[last] - line[first], line[first + 1 : last] - line[first]
        length = math.hypot(*along)
        away = (
            np.abs(along[0] * off[:, 1] - along[1] * off[:, 0]) / length if length else np.hypot(off[:, 0], off[:, 1])
        )
        far = int(np.argmax(away))
        if away[far] > TOLERANCE:
            keep[first + 1 + far] = True
            waiting += [(first, first + 1 + far), (first + 1 + far, last)]
    return line[keep]


def _ring(indices: Sequence[int], arcs: Sequence[Line]) -> Line:
    parts = [arcs[one] if one >= 0 else arcs[~one][::-1] for one in indices]
    return _unwrapped(np.concatenate([parts[0], *(part[1:] for part in parts[1:])]))


def _part(code: str, ring: Line) -> str:
    x, y = ring.mean(axis=0)
    for part, (west, south, east, north) in OVERSEAS.get(code, ()):
        if west <= x <= east and south <= y <= north:
            return part
    return code


def _cut(ring: Line) -> list[Line]:
    """Cut a ring at the 180th meridian into the pieces on either side."""
    if ring[:, 0].min() >= -180 and ring[:, 0].max() <= 180:
        return [ring]
    found = []
    for shift in (-360.0, 0.0, 360.0):
        piece = ring + np.array([shift, 0.0])
        for side, sign in ((-180.0, 1.0), (180.0, -1.0)):
            piece = _clipped(piece, side, sign)
        if len(piece) > 2:
            found.append(piece)
    return found


def _clipped(ring: Line, side: float, sign: float) -> Line:
    """Keep of a ring what lies east (sign 1) or west (-1) of a meridian (Sutherland and Hodgman)."""
    kept: list[Sequence[float]] = []
    for (x0, y0), (x1, y1) in zip(ring.tolist(), np.roll(ring, -1, axis=0).tolist(), strict=True):
        within, then = sign * (x0 - side) >= 0, sign * (x1 - side) >= 0
        if within:
            kept.append((x0, y0))
        if within != then and x1 != x0:
            kept.append((side, y0 + (y1 - y0) * (side - x0) / (x1 - x0)))
    return np.array(kept, float).reshape(-1, 2)


def _projected(line: Line) -> Line:
    x, y = project(line[:, 0], line[:, 1])
    return np.column_stack([x, y])


def _area(ring: Line) -> float:
    x, y = ring[:, 0], ring[:, 1]
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


def _drawn(rings: Sequence[Line]) -> str:
    drawn = [_projected(ring) for ring in rings]
    largest = max(map(_area, drawn))
    return _path([ring for ring in drawn if _area(ring) >= min(SPECK, largest)], "z")


def _middles(
    pieces: Mapping[str, list[Line]], centres: Mapping[str, tuple[float, float]]
) -> dict[str, tuple[float, float]]:
    found = {code: _point(lat, lon) for code, (lat, lon) in centres.items() if lat == lat and lat > SOUTH}
    for code, rings in pieces.items():
        largest = max(map(_projected, rings), key=_area)
        x, y = (largest.min(axis=0) + largest.max(axis=0)) / 2
        found.setdefault(code, (round(float(x), 1), round(float(y), 1)))
    return found


def _point(lat: float, lon: float) -> tuple[float, float]:
    x, y = project(lon, lat)
    return round(float(x), 1), round(float(y), 1)


def _borders(arcs: Sequence[Line], owners: Mapping[int, set[str]]) -> tuple[list[Line], list[Line]]:
    """Lines between two countries, settled and not."""
    settled: list[Line] = []
    disputed: list[Line] = []
    for arc, between in owners.items():
        if len(between) < 2:
            continue
        boxes = [box for one, other, box in UNSETTLED if {one, other} <= between]
        line = arcs[arc]
        for kind, piece in _stretches(line, [_lies_in(point, boxes) for point in line.tolist()]):
            (disputed if kind else settled).append(_projected(piece))
    return settled, disputed


def _lies_in(point: Sequence[float], boxes: Iterable[tuple[float, ...] | None]) -> bool:
    x, y = point
    return any(box is None or (box[0] <= x <= box[2] and box[1] <= y <= box[3]) for box in boxes)


def _stretches(line: Line, kinds: Sequence[bool]) -> list[tuple[bool, Line]]:
    """Part a line where what its points are changes; a segment is of the kind of its later point."""
    found, begin = [], 0
    for at in range(1, len(line)):
        if at == len(line) - 1 or kinds[at + 1] != kinds[at]:
            found.append((kinds[at], line[begin : at + 1]))
            begin = at
    return found


def _path(lines: Iterable[Line], end: str) -> str:
    """Write lines in projected units as a path of whole units, each step from the point before."""
    out = []
    for line in lines:
        points = np.round(line).astype(np.int64)
        points = points[np.concatenate([[True], (np.diff(points, axis=0) != 0).any(axis=1)])]
        steps = np.diff(points, axis=0).tolist()
        if end and len(steps) < 2:
            x, y = points[0]
            out.append(f"M{x} {y}h1v1h-1z")
        elif steps:
            out.append(f"M{points[0][0]} {points[0][1]}l" + " ".join(f"{x} {y}" for x, y in steps) + end)
    return "".join(out).replace(" -", "-")
