"""Do events near in space come near in time more often than chance would have it? (Knox 1964; near repeats)"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from plumbline.domain.errors import unfit

METRES_A_DEGREE = 111_195.0


@dataclass(frozen=True)
class Knox:
    """Hold pairs of events by band of distance (rows) and of days (columns); bands are half-open, the last is the rest.

    `observed`: pairs; `mean`: the mean over runs in which the times were dealt anew; `ratio`: the one over the other;
    `p`: (1 + runs that reached the observed) / (runs + 1).
    """

    events: int
    space: tuple[str, ...]
    time: tuple[str, ...]
    observed: NDArray[np.int64]
    mean: NDArray[np.float64]
    ratio: NDArray[np.float64]
    p: NDArray[np.float64]


def knox(
    x: NDArray[np.float64], y: NDArray[np.float64], days: NDArray[np.float64], *, space: Sequence[float],
    time: Sequence[float], runs: int, seed: int,
    manhattan: bool = True,
) -> Knox:  # fmt: skip
    """Count pairs of events by distance and by days between them, and deal the times anew `runs` times.

    `space` and `time` are the limits of bands, rising: 1, 200, 400 makes [0, 1), [1, 200), [200, 400) and from 400 on;
    a first limit of 0 makes no band of its own. Distance along the axes (`manhattan`, as people move in a grid of streets and
    as the Near Repeat Calculator counts) or as the crow flies. Events at the edge of the area have fewer neighbours outside it: counts
    near it are low for observed and expected alike. The same seed gives the same result.
    """
    limits, spans = _limits("space", space), _limits("time", time)
    points = np.stack([x, y], axis=1)
    pairs = cKDTree(points).query_pairs(limits[-1], p=1 if manhattan else 2, output_type="ndarray")
    steps = points[pairs[:, 0]] - points[pairs[:, 1]]
    apart = np.abs(steps).sum(axis=1) if manhattan else np.hypot(steps[:, 0], steps[:, 1])
    near = apart < limits[-1]
    pairs, row = pairs[near], np.searchsorted(limits, apart[near], side="right") - 1
    whole = _by_days(days, spans)  # of all pairs: dealing times anew does not change it
    observed = _table(days, pairs, row, len(limits), spans, whole)
    chance = np.random.default_rng(seed)
    total, reached = np.zeros(observed.shape), np.zeros(observed.shape)
    for _run in range(runs):
        found = _table(chance.permutation(days), pairs, row, len(limits), spans, whole)
        total += found
        reached += found >= observed
    mean = total / runs
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(mean > 0, observed / mean, np.nan)
    return Knox(len(x), _names(limits), _names(spans), observed, mean, ratio, (1 + reached) / (runs + 1))


def _limits(name: str, given: Sequence[float]) -> NDArray[np.float64]:
    limits = np.array([*([] if given and given[0] == 0 else [0.0]), *given])
    if len(limits) < 2 or (np.diff(limits) <= 0).any() or limits[0] < 0:
        shown = ",".join(f"{one:g}" for one in given)
        raise unfit("bands", name, "rising limits above zero are needed here", shown)
    return limits


def _by_days(days: NDArray[np.float64], spans: NDArray[np.float64]) -> NDArray[np.int64]:
    """Count all pairs by band of days, without going through them: for each event those within each limit after it."""
    ordered = np.sort(days)
    at = np.arange(len(ordered))
    within = [
        int((np.searchsorted(ordered, ordered + limit, side="left") - 1 - at).clip(min=0).sum()) for limit in spans[1:]
    ]
    return np.diff([0, *within, len(days) * (len(days) - 1) // 2])


def _table(
    days: NDArray[np.float64], pairs: NDArray[np.int64], row: NDArray[np.int64], rows: int, spans: NDArray[np.float64],
    whole: NDArray[np.int64],
) -> NDArray[np.int64]:  # fmt: skip
    column = np.searchsorted(spans, np.abs(days[pairs[:, 0]] - days[pairs[:, 1]]), side="right") - 1
    near = np.bincount(row * len(spans) + column, minlength=(rows - 1) * len(spans)).reshape(rows - 1, len(spans))
    return np.vstack([near, whole - near.sum(axis=0)])


def _names(limits: NDArray[np.float64]) -> tuple[str, ...]:
    closed = [f"[{low:g}, {high:g})" for low, high in pairwise(limits)]
    return (*closed, f"[{limits[-1]:g}, inf)")


def on_a_plane(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give metres east and north of the middle: true to a part in a thousand over the extent of a city."""
    middle = float(lat.mean())
    east = (lon - lon.mean()) * METRES_A_DEGREE * np.cos(np.radians(middle))
    return east, (lat - middle) * METRES_A_DEGREE
