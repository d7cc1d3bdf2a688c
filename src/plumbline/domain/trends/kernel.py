"""Where do events lie thick? Kernel density on a grid, with a stated bandwidth and edge correction, and its contours."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from plumbline.domain.errors import unfit

Floats = NDArray[np.float64]
Ring = list[tuple[float, float]]
MOST_CELLS = 1_000_000
LEAST_INSIDE = 1e-12  # of the kernel, for its share in the window to be told from rounding


@dataclass(frozen=True)
class Surface:
    """Hold densities (rows, columns), events per square unit, at `x` (columns) and `y` (rows), south first.

    `inside` is the share of the kernel at each point that lies in the window; densities were divided by it where
    `corrected`. `bandwidth` is the standard deviation of the Gaussian kernel, in the unit of x and y.
    """

    x: Floats
    y: Floats
    density: Floats
    inside: Floats
    bandwidth: float
    corrected: bool
    events: int


def rule_of_thumb(x: Floats, y: Floats) -> float:
    """Give Scott's (1992) bandwidth for two dimensions, n^(-1/6) times the root mean square of both standard deviations."""
    return float(np.sqrt((x.var(ddof=1) + y.var(ddof=1)) / 2) * len(x) ** (-1 / 6))


def kernel_density(
    x: Floats, y: Floats, *, bandwidth: float, cell: float, window: tuple[float, float, float, float], corrected: bool = True,
    weights: Floats | None = None,
) -> Surface:  # fmt: skip
    """Estimate events per square unit on a grid of points `cell` apart over a window (west, south, east, north).

    The kernel is Gaussian. Correction divides by the share of the kernel inside the window (Diggle 1985's denominator at
    the point), so that density at the rim is not pulled down by what was not observed beyond it. Refuses a bandwidth below
    half a cell, which the grid would miss, one so wide that nearly all of the kernel lies outside, events outside the window, and a grid of more than a million points.
    """
    west, south, east, north = window
    if not (east > west and north > south and bandwidth > 0 and cell > 0):
        raise unfit("kernel", "window", "a window, a bandwidth and a cell above 0 are needed here", window)
    if bandwidth < cell / 2:
        raise unfit("kernel", "cell", f"{2 * bandwidth:g} at most is needed here for this bandwidth", cell)
    size = (np.floor((east - west) / cell) + 1) * (np.floor((north - south) / cell) + 1)
    if size > MOST_CELLS:
        raise unfit("kernel", "cell", f"a grid of at most {MOST_CELLS} points is needed here", cell)
    if ((x < west) | (x > east) | (y < south) | (y > north)).any():
        raise unfit("kernel", "window", "one that holds every event is needed here", window)
    columns, rows = np.arange(west, east + cell * 1e-9, cell), np.arange(south, north + cell * 1e-9, cell)
    across, along = _gauss(columns, x, bandwidth), _gauss(rows, y, bandwidth)
    mass = np.ones(len(x)) if weights is None else weights
    density = along @ (across * mass).T
    inside = np.outer(_share(rows, south, north, bandwidth), _share(columns, west, east, bandwidth))
    if inside.min() < LEAST_INSIDE:
        raise unfit(
            "kernel",
            "bandwidth",
            f"one nearer to the window's {east - west:g} x {north - south:g} is needed here",
            bandwidth,
        )
    return Surface(
        columns, rows, density / inside if corrected else density, inside, bandwidth, corrected, len(x)
    )  # fmt: skip


def _gauss(points: Floats, events: Floats, bandwidth: float) -> Floats:
    away = (points[:, None] - events[None, :]) / bandwidth
    return np.asarray(np.exp(-0.5 * away**2) / (bandwidth * np.sqrt(2 * np.pi)))


def _share(points: Floats, low: float, high: float, bandwidth: float) -> Floats:
    return np.asarray(ndtr((high - points) / bandwidth) - ndtr((low - points) / bandwidth))


def contours(surface: Surface, level: float) -> list[list[Ring]]:
    """Give the areas where density is `level` or more, as polygons: outer ring anticlockwise, then its holes clockwise.

    Marching squares, linear between grid points, saddles settled by the mean of the square; areas end at the window.
    """
    rings = _rings(surface, level)
    outer = sorted(((ring, _area(ring)) for ring in rings if _area(ring) > 0), key=lambda one: one[1])
    polygons = [[ring] for ring, _ in outer]
    for hole in rings:
        if _area(hole) < 0:
            around = next((one for one in polygons if _holds(one[0], hole[0])), None)
            if around is not None:
                around.append(hole)
    return polygons


# Edges of a square: 0 south, 1 east, 2 north, 3 west. Corners by bits: 1 southwest, 2 southeast, 4 northeast, 8 northwest.
# Each line runs with the high side on its left.
_LINES = {
    1: [(0, 3)], 2: [(1, 0)], 3: [(1, 3)], 4: [(2, 1)], 6: [(2, 0)], 7: [(2, 3)], 8: [(3, 2)], 9: [(0, 2)],
    11: [(1, 2)], 12: [(3, 1)], 13: [(0, 1)], 14: [(3, 0)],
}  # fmt: skip
_SADDLES = {
    (5, True): [(0, 1), (2, 3)], (5, False): [(0, 3), (2, 1)], (10, True): [(3, 0), (1, 2)], (10, False): [(1, 0), (3, 2)],
}  # fmt: skip
_ENDS = (((0, 0), (0, 1)), ((0, 1), (1, 1)), ((1, 0), (1, 1)), ((0, 0), (1, 0)))


def _rings(surface: Surface, level: float) -> list[Ring]:
    step = surface.x[1] - surface.x[0] if len(surface.x) > 1 else 1.0
    low = level - 1e6 * (np.ptp(surface.density) + abs(level) + 1e-300)
    grid = np.pad(surface.density, 1, constant_values=low)
    x = np.concatenate([[surface.x[0] - step], surface.x, [surface.x[-1] + step]])
    y = np.concatenate([[surface.y[0] - step], surface.y, [surface.y[-1] + step]])
    high = grid >= level
    kinds = high[:-1, :-1] + 2 * high[:-1, 1:] + 4 * high[1:, 1:] + 8 * high[1:, :-1].astype(np.int64)
    following: dict[tuple[tuple[int, int], tuple[int, int]], tuple[tuple[int, int], tuple[int, int]]] = {}
    for r, c in np.argwhere((kinds > 0) & (kinds < 15)).tolist():
        kind = int(kinds[r, c])
        lines = _LINES.get(kind) or _SADDLES[kind, bool(grid[r : r + 2, c : c + 2].mean() >= level)]
        for start, end in lines:
            following[_edge(r, c, start)] = _edge(r, c, end)
    rings: list[Ring] = []
    while following:
        first, edge = next(iter(following.items()))
        del following[first]
        chain = [first]
        while edge != first:
            chain.append(edge)
            edge = following.pop(edge)
        points = [_crossing(grid, x, y, one, level) for one in chain]
        rings.append([*points, points[0]])
    return rings


def _edge(r: int, c: int, side: int) -> tuple[tuple[int, int], tuple[int, int]]:
    (r0, c0), (r1, c1) = _ENDS[side]
    return (r + r0, c + c0), (r + r1, c + c1)


def _crossing(
    grid: Floats, x: Floats, y: Floats, edge: tuple[tuple[int, int], tuple[int, int]], level: float
) -> tuple[float, float]:
    (r0, c0), (r1, c1) = edge
    share = (level - grid[r0, c0]) / (grid[r1, c1] - grid[r0, c0])
    return float(x[c0] + share * (x[c1] - x[c0])), float(y[r0] + share * (y[r1] - y[r0]))


def _area(ring: Ring) -> float:
    points = np.array(ring)
    return float((points[:-1, 0] * points[1:, 1] - points[1:, 0] * points[:-1, 1]).sum() / 2)


def _holds(ring: Ring, point: tuple[float, float]) -> bool:
    inside = False
    for (x0, y0), (x1, y1) in pairwise(ring):
        if (y0 > point[1]) != (y1 > point[1]) and point[0] < (x1 - x0) * (point[1] - y0) / (y1 - y0) + x0:
            inside = not inside
    return inside
