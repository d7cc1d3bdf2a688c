"""Where and when are there more cases than expected? Scan statistics over zones of neighbours and windows of time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

MODELS: Final = ("expectation-poisson", "poisson", "permutation")
EARTH_KM: Final = 6371.0088
BATCH: Final = 16
MARGIN: Final = 1e-3
EXACT: Final = 2**24  # below, single precision holds every whole number
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
    zones = _zones(near)
    total = float(cases.sum())
    base = _through(expected, near, zones)
    best, window = _best(_through(cases, near, zones), base, total, model, share, longest, alive)
    chance = np.random.default_rng(seed)
    highest = np.concatenate([
        _highest(
            [_through(_dealt(cases, expected, model, chance), near, zones) for _run in range(min(BATCH, runs - start))],
            base, total, model, share, longest, alive,
        )
        for start in range(0, runs, BATCH)
    ]) if runs else np.zeros(0)  # fmt: skip
    found = _clusters(cases, expected, near, zones, best, window, highest, most)
    return Scan(model, len(zones), runs, found)


def _zones(near: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the zones that hold unlike places, each once, as numbers into (places, sizes)."""
    first: dict[frozenset[int], int] = {}
    for place, row in enumerate(near.tolist()):
        for size in range(len(row)):
            first.setdefault(frozenset(row[: size + 1]), place * len(row) + size)
    return np.array(sorted(first.values()), dtype=np.int64)


def _through(values: Array, near: NDArray[np.int64], zones: NDArray[np.int64]) -> Array:
    """Sum up to the end of each period: (periods + 1, zones), zeros first."""
    inside = np.cumsum(values[:, near], axis=2).reshape(len(values), -1)[:, zones]
    return np.vstack([np.zeros(len(zones)), np.cumsum(inside, axis=0)])


def _spans(periods: int, longest: int, alive: bool) -> list[tuple[slice, slice]]:
    """Give, for every length of a window, what to subtract from what: rows of ends, rows of starts."""
    return [
        (
            slice(periods if alive else length, periods + 1),
            slice(periods - length if alive else 0, periods - length + 1),
        )
        for length in range(1, min(longest, periods) + 1)
    ]


def _best(
    cases: Array, base: Array, total: float, model: str, share: float, longest: int, alive: bool
) -> tuple[Array, NDArray[np.int64]]:
    """Give the highest score of each zone and its window (first period, period after the last); the earliest of ties."""
    best, window = np.zeros(cases.shape[1]), np.zeros((cases.shape[1], 2), np.int64)
    each = np.arange(cases.shape[1])
    for length, (end, start) in enumerate(_spans(len(cases) - 1, longest, alive), 1):
        scores = _scores(cases[end] - cases[start], base[end] - base[start], total, model, share)
        at = scores.argmax(axis=0)
        last = at + end.start
        better = (scores[at, each] > best) | ((scores[at, each] == best) & (best > 0) & (last < window[:, 1]))
        best = np.where(better, scores[at, each], best)
        window[better] = np.column_stack([last - length, last])[better]
    return best, window


def _highest(
    runs: list[Array], base: Array, total: float, model: str, share: float, longest: int, alive: bool
) -> Array:
    """Give the highest score of each run, exactly, working scores out only where a bound leaves them a chance.

    With d = c - e above 0, c ln(c/e) - d is at most d^2 / 2e (both agree at 0, and their second derivatives are 1/c and
    1/e), and (C-c) ln((C-c)/(C-e)) at most -(C-c) d / (C-e), since ln x is at most x - 1. So the score is at most d^2 / 2e of
    the expectation-based model and d^2 (1 / 2e + 1 / (C-e)) of the others. Bounds are kept in single precision with a
    margin far above its error.
    """
    found = np.zeros(len(runs))
    kind = np.float32 if max(float(run[-1].max()) for run in runs) < EXACT else np.float64
    light = [run.astype(kind) for run in runs]
    for end, start in _spans(len(base) - 1, longest, alive):
        expected = base[end] - base[start]
        slope = _slope(expected, total, model, share)
        low = expected.astype(kind)
        above = np.empty_like(low)
        for number, run in enumerate(light):
            np.subtract(run[end], run[start], out=above)
            above -= low
            np.maximum(above, 0, out=above)
            above *= above
            above *= slope
            if above.max() <= found[number]:
                continue
            row, column = np.unravel_index(int(above.argmax()), above.shape)
            for at in ((np.array([row]), np.array([column])), None):
                here = np.nonzero(above > found[number]) if at is None else at
                heavy = runs[number]
                cases = heavy[here[0] + end.start, here[1]] - heavy[here[0] + start.start, here[1]]
                scores = _scores(cases, expected[here], total, model, share)
                found[number] = max(found[number], float(scores.max(initial=0.0)))
    return found


def _slope(expected: Array, total: float, model: str, share: float) -> NDArray[np.float32]:
    with np.errstate(divide="ignore"):
        slope = np.where(expected > 0, 0.5 / expected, 0.0)
        if model != "expectation-poisson":
            slope = np.where(expected <= share * total, slope + 1 / np.maximum(total - expected, 1e-12), 0.0)
    return np.asarray(slope * (1 + MARGIN)).astype(np.float32)


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
    cases: Array, expected: Array, near: NDArray[np.int64], zones: NDArray[np.int64], best: Array,
    window: NDArray[np.int64], highest: Array, most: int,
) -> tuple[Cluster, ...]:  # fmt: skip
    found: list[Cluster] = []
    taken: set[int] = set()
    for at in np.lexsort([np.arange(len(zones)), window[:, 0] - window[:, 1], window[:, 1], -best]).tolist():
        score = float(best[at])
        if score <= 0 or len(found) >= most:
            break
        place, size = divmod(int(zones[at]), near.shape[1])
        places = near[place, : size + 1].tolist()
        if taken & set(places):
            continue
        taken |= set(places)
        first, last = window[at].tolist()
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
