"""Do like values lie together in space, and where? Moran's I and Getis and Ord's G, global and local, with their weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial import cKDTree
from scipy.stats import norm

from plumbline.domain.errors import unfit

Floats = NDArray[np.float64]
LOCAL: Final = ("moran", "gi", "gi-star")


@dataclass(frozen=True)
class Neighbours:
    """Hold who is near whom: `weights` (n, n) sparse, no place near itself; how they were chosen; places without any."""

    weights: sparse.csr_array
    rule: str
    alone: int


@dataclass(frozen=True)
class Gathering:
    """Hold a global statistic, its moments where places are dealt their values at random, z, and p both ways.

    `p` is two-sided from the normal approximation; `p_runs` that of permutations, (1 + runs as far from their mean) /
    (runs + 1).
    """

    statistic: str
    value: float
    expected: float
    variance: float
    z: float
    p: float
    runs: int
    p_runs: float


@dataclass(frozen=True)
class Spot:
    """Hold one place: its local statistic, z, p of conditional permutations, q under false discovery control, its kind.

    `kind` is high or low (of gi and gi-star), high-high, low-low, high-low or low-high (of moran), and empty where q
    is above the rate. `few`: the place has fewer neighbours than half of the places, as at the rim.
    """

    place: int
    value: float
    z: float
    p: float
    q: float
    kind: str
    neighbours: int
    few: bool


def near_by_distance(x: Floats, y: Floats, reach: float, *, standardise: bool = True) -> Neighbours:
    """Take places within `reach` of each other, in the unit of x and y, for neighbours."""
    pairs = cKDTree(np.column_stack([x, y])).query_pairs(reach, output_type="ndarray")
    both = np.concatenate([pairs, pairs[:, ::-1]])
    return _neighbours(both[:, 0], both[:, 1], len(x), f"within {reach:g}", standardise)


def near_by_number(x: Floats, y: Floats, count: int, *, standardise: bool = True) -> Neighbours:
    """Take the nearest `count` places of each for its neighbours; nearness need not be mutual. Ties go by order."""
    n = len(x)
    if not 1 <= count < n:
        raise unfit("neighbours", "nearest", f"a number from 1 to {n - 1} is needed here", count)
    apart = np.hypot(x[:, None] - x[None, :], y[:, None] - y[None, :]) if n <= 4000 else None
    if apart is not None:
        np.fill_diagonal(apart, np.inf)
        found = np.argsort(apart, axis=1, kind="stable")[:, :count]
    else:
        found = cKDTree(np.column_stack([x, y])).query(np.column_stack([x, y]), k=count + 1)[1][:, 1:]
    return _neighbours(np.repeat(np.arange(n), count), found.ravel(), n, f"nearest {count}", standardise)


def near_by_list(pairs: Sequence[tuple[int, int]], n: int, *, standardise: bool = True) -> Neighbours:
    """Take places that touch, as pairs of numbers in either order, for neighbours."""
    table = np.array([pair for pair in pairs if pair[0] != pair[1]], dtype=np.int64).reshape(-1, 2)
    both = np.unique(np.concatenate([table, table[:, ::-1]]), axis=0)
    return _neighbours(both[:, 0], both[:, 1], n, "touching", standardise)


def _neighbours(row: NDArray[np.int64], column: NDArray[np.int64], n: int, rule: str, standardise: bool) -> Neighbours:
    if not len(row):
        raise unfit("neighbours", "reach", "one that gives some place a neighbour is needed here", rule)
    count = np.bincount(row, minlength=n)
    weight = 1.0 / count[row] if standardise else np.ones(len(row))
    return Neighbours(sparse.csr_array((weight, (row, column)), shape=(n, n)), rule, int((count == 0).sum()))


def moran(values: Floats, near: Neighbours, *, runs: int, seed: int, normal: bool = False) -> Gathering:
    """Tell by Moran's I whether like values lie together: I = n/S0 * z'Wz / z'z (Cliff and Ord 1981).

    The variance is that under randomisation, or, with `normal`, under normal values. Places at the rim have fewer
    neighbours; permutations deal values over the same weights, so that p allows for it.
    """
    z = _centred(values)
    weights = near.weights
    n, s0, s1, s2 = len(z), *_sums(weights)
    square = float(z @ z)

    def statistic(dealt: Floats) -> Floats:
        return np.asarray(n / s0 * (dealt * (weights @ dealt.T).T).sum(axis=1) / square)

    expected = -1 / (n - 1)
    if normal:
        variance = (n**2 * s1 - n * s2 + 3 * s0**2) / ((n**2 - 1) * s0**2) - expected**2
    else:
        b2 = n * float((z**4).sum()) / square**2
        first = n * ((n**2 - 3 * n + 3) * s1 - n * s2 + 3 * s0**2)
        second = b2 * ((n**2 - n) * s1 - 2 * n * s2 + 6 * s0**2)
        variance = (first - second) / ((n - 1) * (n - 2) * (n - 3) * s0**2) - expected**2
    return _told("moran", statistic, z, expected, variance, runs, seed)


def getis_ord(values: Floats, near: Neighbours, *, runs: int, seed: int) -> Gathering:
    """Tell by Getis and Ord's G (1992) whether high values, or low ones, lie together; values of 0 or more.

    G = sum of w_ij x_i x_j / sum of x_i x_j over i unlike j, with its moments under randomisation.
    """
    if (values < 0).any():
        raise unfit("values", "getis-ord", "numbers of 0 or more are needed here", float(values.min()))
    _centred(values)
    x, weights = values.astype(np.float64), near.weights
    n, s0, s1, s2 = len(x), *_sums(weights)
    m1, m2, m3, m4 = (float((x**power).sum()) for power in (1, 2, 3, 4))
    whole = m1**2 - m2

    def statistic(dealt: Floats) -> Floats:
        return np.asarray((dealt * (weights @ dealt.T).T).sum(axis=1) / whole)

    b0 = (n**2 - 3 * n + 3) * s1 - n * s2 + 3 * s0**2
    b1 = -((n**2 - n) * s1 - 2 * n * s2 + 6 * s0**2)
    b2 = -(2 * n * s1 - (n + 3) * s2 + 6 * s0**2)
    b3 = 4 * (n - 1) * s1 - 2 * (n + 1) * s2 + 8 * s0**2
    b4 = s1 - s2 + s0**2
    expected = s0 / (n * (n - 1))
    top = b0 * m2**2 + b1 * m4 + b2 * m1**2 * m2 + b3 * m1 * m3 + b4 * m1**4
    variance = top / (whole**2 * n * (n - 1) * (n - 2) * (n - 3)) - expected**2
    return _told("getis-ord", statistic, x, expected, variance, runs, seed)


def spots(values: Floats, near: Neighbours, *, by: str, runs: int, seed: int, rate: float = 0.05) -> tuple[Spot, ...]:
    """Tell for each place whether values around it are high or low, with false discovery control over all places.

    `by`: moran (Anselin 1995), gi (Getis and Ord 1992), gi-star, which counts the place itself (Ord and Getis 1995). z
    of gi and gi-star is the standardised statistic itself; z of moran comes from the same conditional deal, in closed
    form. p is two-sided from permutations of all other values over the neighbours of the place (the same `runs` for places
    with equally many); q by Benjamini and Hochberg. Local statistics of neighbours depend on each other, under which
    their rule has held up in practice without a proof for this case.
    """
    if by not in LOCAL:
        raise unfit("spots", "by", f"one of {', '.join(LOCAL)} is needed here", by)
    z = _centred(values)
    count = np.diff(near.weights.indptr)
    lag, square = near.weights @ z, _squares(near.weights)
    total = np.asarray(near.weights.sum(axis=1)).ravel()
    value, standard = _local(values.astype(np.float64), z, lag, total, square, near, by)
    p = _conditional(z, near, lag, runs, np.random.default_rng(seed))
    p[count == 0] = np.nan
    q = discovery(p)
    kinds = [_kind(by, z[i], lag[i], standard[i]) if q[i] <= rate else "" for i in range(len(z))]
    few = count < 0.5 * np.median(count)
    return tuple(
        Spot(i, float(value[i]), float(standard[i]), float(p[i]), float(q[i]), kinds[i], int(count[i]), bool(few[i]))
        for i in range(len(z))
    )


def discovery(p: Floats) -> Floats:
    """Give Benjamini and Hochberg's (1995) q values; nan stays nan and counts for nothing.

    >>> discovery(np.array([0.01, 0.04, 0.03])).round(3).tolist()
    [0.03, 0.04, 0.04]
    """
    q = np.full(len(p), np.nan)
    known = np.flatnonzero(~np.isnan(p))
    if len(known):
        order = known[np.argsort(p[known], kind="stable")]
        raw = p[order] * len(known) / np.arange(1, len(known) + 1)
        q[order] = np.minimum(np.minimum.accumulate(raw[::-1])[::-1], 1.0)
    return q


def _centred(values: Floats) -> Floats:
    if len(values) < 4 or not np.isfinite(values).all() or np.ptp(values) == 0:
        raise unfit("values", "places", "four places or more, not all with one value, are needed here", len(values))
    return np.asarray(values - values.mean(), dtype=np.float64)


def _sums(weights: sparse.csr_array) -> tuple[float, float, float]:
    both = weights + weights.T
    ends = np.asarray(weights.sum(axis=1)).ravel() + np.asarray(weights.sum(axis=0)).ravel()
    return float(weights.sum()), float((both.multiply(both)).sum()) / 2, float((ends**2).sum())


def _squares(weights: sparse.csr_array) -> Floats:
    return np.asarray(weights.multiply(weights).sum(axis=1)).ravel().astype(np.float64)


def _told(
    name: str, statistic: Callable[[Floats], Floats], values: Floats, expected: float, variance: float, runs: int,
    seed: int,
) -> Gathering:  # fmt: skip
    value = float(statistic(values[None, :])[0])
    z = (value - expected) / np.sqrt(variance)
    random = np.random.default_rng(seed)
    far = 0
    for start in range(0, runs, 64):
        dealt = random.permuted(np.tile(values, (min(64, runs - start), 1)), axis=1)
        far += int((np.abs(statistic(dealt) - expected) >= abs(value - expected) * (1 - 1e-12)).sum())
    return Gathering(
        name, value, expected, variance, float(z), float(2 * norm.sf(abs(z))), runs, (1 + far) / (runs + 1)
    )


def _local(
    x: Floats, z: Floats, lag: Floats, total: Floats, square: Floats, near: Neighbours, by: str
) -> tuple[Floats, Floats]:
    n = len(x)
    with np.errstate(divide="ignore", invalid="ignore"):
        if by == "gi-star":
            own = np.where(total > 0, square / np.where(total > 0, total, 1.0), 1.0)  # what each neighbour weighs
            around, sum_w, sum_w2 = near.weights @ x + own * x, total + own, square + own**2
            spread = x.std() * np.sqrt((n * sum_w2 - sum_w**2) / (n - 1))
            return around, (around - sum_w * x.mean()) / spread
        rest = (x.sum() - x) / (n - 1)
        variance = (np.square(x).sum() - np.square(x)) / (n - 1) - rest**2
        spread = np.sqrt(variance * ((n - 1) * square - total**2) / (n - 2))
        around = near.weights @ x
        standard = (around - total * rest) / spread
        if by == "gi":
            return around, standard
        return z * lag / (z @ z / n), np.sign(z) * standard


def _conditional(z: Floats, near: Neighbours, lag: Floats, runs: int, random: np.random.Generator) -> Floats:
    """Give two-sided p of each place's sum around it, where the other places' values are dealt over its neighbours."""
    n, weights = len(z), near.weights
    most = int(np.diff(weights.indptr).max())
    deals = np.stack([random.permutation(n - 1)[:most] for _ in range(runs)])
    p = np.empty(n)
    for i in range(n):
        others = np.delete(z, i)
        w = weights.data[weights.indptr[i] : weights.indptr[i + 1]]
        dealt = others[deals[:, : len(w)]] @ w
        middle = others.mean() * w.sum()
        p[i] = (1 + (np.abs(dealt - middle) >= abs(lag[i] - middle) * (1 - 1e-12)).sum()) / (runs + 1)
    return p


def _kind(by: str, z: float, lag: float, standard: float) -> str:
    if by == "moran":
        return f"{'high' if z > 0 else 'low'}-{'high' if lag > 0 else 'low'}"
    return "high" if standard > 0 else "low"
