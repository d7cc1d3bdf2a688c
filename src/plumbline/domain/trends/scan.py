"""Where and when are there more cases than expected? Scan statistics over zones of neighbours and windows of time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

MODELS: Final = ("expectation-poisson", "poisson", "permutation")
EARTH_KM: Final = 6371.0088
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Cluster:
    """Hold one cluster: its places (numbers), first and last period, cases, what was expected, score, p."""

    places: tuple[int, ...]
    first: int
    last: int
    cases: float
    expected: float
    score: float
    p: float


@dataclass(frozen=True)
class Scan:
    """Hold what a scan found: clusters that share no place, the highest score first; how many zones were looked at."""

    model: str
    zones: int
    runs: int
    clusters: tuple[Cluster, ...]


def distances(x: Array, y: Array, *, degrees: bool) -> Array:
    """Give distances between places: great circles in kilometres where x and y are longitude and latitude."""
    if not degrees:
        return np.asarray(np.hypot(x[:, None] - x[None, :], y[:, None] - y[None, :]))
    lon, lat = np.radians(x), np.radians(y)
    half = np.sin((lat[:, None] - lat[None, :]) / 2) ** 2
    half = half + np.cos(lat[:, None]) * np.cos(lat[None, :]) * np.sin((lon[:, None] - lon[None, :]) / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1))))


def neighbours_of(apart: Array, most: int) -> NDArray[np.int64]:
    """Give each place with its nearest others, itself first: (places, most)."""
    return np.argsort(apart, axis=1, kind="stable")[:, :most]


def scan(
    cases: Array, expected: Array, near: NDArray[np.int64], *, model: str, longest: int, alive: bool, runs: int, seed: int,
    most: int = 5, share: float = 0.5,
) -> Scan:  # fmt: skip
    """Scan zones (each place with its 1, 2, ... nearest) over windows of time for the highest likelihood ratio.

    `cases` and `expected` are (periods, places). `alive`: only windows that reach the last period (surveillance), else
    all. `longest` window in periods; zones and windows that hold more than `share` of what is expected in all are left out
    of the models `poisson` and `permutation`. Scores: expectation-based Poisson c ln(c/b) + b - c (Neill 2005); Poisson
    (Kulldorff 1997) c ln(c/e) + (C-c) ln((C-c)/(C-e)) where e is scaled to the cases; permutation (Kulldorff et al. 2005)
    the same with e = cases of the place x cases of the period / all cases. p = (1 + runs with a score at least as high) /
    (runs + 1), from Poisson counts, a multinomial deal of the cases, or a deal of their periods. Places at the rim have
    neighbours on one side only: zones there are as large in number, wider in reach.
    """
    if model == "permutation":
        expected = cases.sum(axis=1, keepdims=True) * cases.sum(axis=0, keepdims=True) / cases.sum()
    elif model == "poisson":
        expected = expected * (cases.sum() / expected.sum())
    windows = _windows(cases.shape[0], longest, alive)
    unlike = _distinct(near)
    base = _sums(expected, near, windows)
    scores = _scores(_sums(cases, near, windows), base, float(cases.sum()), model, share)
    chance = np.random.default_rng(seed)
    highest = np.array(
        [
            float(
                _scores(
                    _sums(_dealt(cases, expected, model, chance), near, windows), base, float(cases.sum()), model, share
                ).max()
            )
            for _run in range(runs)
        ]
    )
    return Scan(model, len(unlike), runs, _clusters(cases, expected, near, windows, scores, highest, most))


def _windows(periods: int, longest: int, alive: bool) -> list[tuple[int, int]]:
    ends = [periods] if alive else range(1, periods + 1)
    return [(end - length, end) for end in ends for length in range(1, min(longest, end) + 1)]


def _distinct(near: NDArray[np.int64]) -> set[frozenset[int]]:
    return {frozenset(row[:size].tolist()) for row in near for size in range(1, near.shape[1] + 1)}


def _sums(values: Array, near: NDArray[np.int64], windows: list[tuple[int, int]]) -> Array:
    """Sum over windows and zones: (windows, places, sizes)."""
    through = np.vstack([np.zeros(values.shape[1]), np.cumsum(values, axis=0)])
    first, last = (np.array(one) for one in zip(*windows, strict=True))
    return np.cumsum((through[last] - through[first])[:, near], axis=2)


def _scores(cases: Array, expected: Array, total: float, model: str, share: float) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = np.where(cases > 0, cases * np.log(cases / expected), 0.0)
        if model == "expectation-poisson":
            found = inside + expected - cases
        else:
            rest = total - cases
            outside = np.where(rest > 0, rest * np.log(rest / (total - expected)), 0.0)
            found = np.where(expected <= share * total, inside + outside, 0.0)
    return np.where((cases > expected) & np.isfinite(found), found, 0.0)


def _dealt(cases: Array, expected: Array, model: str, chance: np.random.Generator) -> Array:
    """Make counts as they would be without any cluster."""
    if model == "expectation-poisson":
        return chance.poisson(expected).astype(np.float64)
    if model == "poisson":
        return (
            chance.multinomial(int(cases.sum()), (expected / expected.sum()).ravel())
            .reshape(cases.shape)
            .astype(np.float64)
        )
    period, place = (np.repeat(one.ravel(), cases.astype(np.int64).ravel()) for one in np.indices(cases.shape))
    dealt = np.zeros_like(cases)
    np.add.at(dealt, (chance.permutation(period), place), 1.0)
    return dealt


def _clusters(
    cases: Array, expected: Array, near: NDArray[np.int64], windows: list[tuple[int, int]], scores: Array, highest: Array,
    most: int,
) -> tuple[Cluster, ...]:  # fmt: skip
    found: list[Cluster] = []
    taken: set[int] = set()
    for at in np.argsort(-scores, axis=None, kind="stable"):
        window, place, size = (int(one) for one in np.unravel_index(at, scores.shape))
        score = float(scores[window, place, size])
        if score <= 0 or len(found) >= most:
            break
        places = near[place, : size + 1].tolist()
        if taken & set(places):
            continue
        taken |= set(places)
        first, last = windows[window]
        inside = np.ix_(range(first, last), places)
        reached = int((highest >= score - 1e-9).sum())
        found.append(Cluster(
            tuple(places), first, last - 1, float(cases[inside].sum()), float(expected[inside].sum()), score,
            (1 + reached) / (len(highest) + 1),
        ))  # fmt: skip
    return tuple(found)


def expected_from_history(history: Array, population: Array, ahead: Array, first: float = 0.0) -> Array:
    """Fit log(mean) = a + b t + log(population) to earlier counts (periods, places) and give what it expects ahead.

    `population` belongs to the history, `ahead` to the periods to be expected, which follow it; t counts periods from
    `first`. Poisson regression by iterated weighted least squares (McCullagh and Nelder 1989).
    """
    times = np.arange(history.shape[0], dtype=float) + first
    design = np.stack([np.ones(history.size), np.repeat(times, history.shape[1])], axis=1)
    with np.errstate(divide="ignore"):
        offset, counts = np.log(population).ravel(), history.ravel()
    known = np.isfinite(offset)  # a place that nobody lived in says nothing
    design, offset, counts = design[known], offset[known], counts[known]
    beta = np.array([np.log(counts.sum() / population.sum()), 0.0])
    for _round in range(50):
        mean = np.exp(design @ beta + offset)
        step = np.linalg.solve(design.T @ (design * mean[:, None]), design.T @ (counts - mean))
        beta = beta + step
        if np.abs(step).max() < 1e-12:
            break
    later = first + history.shape[0] + np.arange(ahead.shape[0], dtype=float)
    return np.asarray(np.exp(beta[0] + beta[1] * later)[:, None] * ahead)
