"""Who stands between the others? Betweenness of large networks, from all nodes or from a sample of them with its error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import rustworkx as rx
from numpy.typing import NDArray
from scipy import sparse

from plumbline.domain.errors import unfit
from plumbline.domain.network.graph import Network

Floats = NDArray[np.float64]
BATCH: Final = 64
LARGE: Final = 2_000
SHALLOW: Final = 24
COUNTABLE: Final = 1e30


@dataclass(frozen=True)
class Sampled:
    """Hold betweenness, over 2/((n-1)(n-2)), as estimated from `sources` nodes, with its interval at `level`."""

    value: Floats
    low: Floats
    high: Floats
    sources: int
    level: float


def betweenness(network: Network) -> Floats:
    """Give each node's betweenness over 2/((n-1)(n-2)), exactly (Freeman 1977, Brandes 2001).

    Large networks in which everybody is within 24 steps go through breadth-first searches from 64 nodes at once, as products
    of sparse with dense matrices in single precision (relative error about 1e-6); others through rustworkx.
    """
    n = network.size
    if n > LARGE:
        sums = _sums(network, np.arange(n), squares=False)
        if sums is not None:
            return sums[0] / max((n - 1) * (n - 2), 1)
    found = rx.betweenness_centrality(network.graph(), normalized=True, parallel_threshold=1_000_000)
    return np.array([found[node] for node in range(n)])


def sampled_betweenness(network: Network, sources: int, *, seed: int, level: float = 0.95) -> Sampled:
    """Estimate betweenness from shortest paths that start at `sources` nodes, drawn without putting back (Brandes and Pich 2007).

    What a node carries for a source is so skewed that intervals by the normal distribution, and by corrections for skewness,
    miss the true value of minor nodes in up to a third of samples. The interval here is the empirical Bernstein bound
    (Maurer and Pontil 2009), which holds at the stated level or more for each node of any network, since nobody carries
    more than n - 2 for one source; it is wide, 7 ln(4 / (1 - level)) / 3 (sources - 1) at least. Refuses fewer than 30
    sources, more than there are nodes, and networks of more than 24 steps.
    """
    n = network.size
    if not 30 <= sources <= n:
        raise unfit("betweenness", "sources", f"a number from 30 to {n} is needed here", sources)
    chosen = np.random.default_rng(seed).choice(n, sources, replace=False)
    sums = _sums(network, chosen, squares=True)
    if sums is None:
        raise unfit("betweenness", "sources", f"a network of at most {SHALLOW} steps is needed here", "a deeper one")
    mean = sums[0] / sources
    variance = np.maximum(sums[1] / sources - mean**2, 0) * sources / (sources - 1)
    sure = np.log(4 / (1 - level))
    reach = np.sqrt(2 * variance * sure / sources) + 7 * (n - 2) * sure / (3 * (sources - 1))
    scale = n / max((n - 1) * (n - 2), 1)
    low, high = np.maximum(mean - reach, 0), np.minimum(mean + reach, n - 2)
    return Sampled(scale * mean, scale * low, scale * high, sources, level)


def _sums(network: Network, sources: NDArray[np.int64], *, squares: bool) -> tuple[Floats, Floats] | None:
    """Sum what each node carries for each source, and its squares; None where paths are too long or too many."""
    n, ends = network.size, network.edges
    row, column = np.r_[ends[:, 0], ends[:, 1]], np.r_[ends[:, 1], ends[:, 0]]
    matrix = sparse.csr_array((np.ones(len(row), np.float32), (row, column)), shape=(n, n))
    whole, square = np.zeros(n), np.zeros(n)
    for start in range(0, len(sources), BATCH):
        carried = _carried(matrix, sources[start : start + BATCH])
        if carried is None:
            return None
        whole += carried.sum(axis=1, dtype=np.float64)
        if squares:
            square += (carried.astype(np.float64) ** 2).sum(axis=1)
    return whole, square


def _carried(matrix: sparse.csr_array, sources: NDArray[np.int64]) -> NDArray[np.float32] | None:
    """Give (nodes, sources): the sum over all targets of the share of shortest paths that pass through a node."""
    each = np.arange(len(sources))
    paths = np.zeros((matrix.shape[0], len(sources)), np.float32)
    paths[sources, each] = 1
    unseen = np.ones_like(paths)
    unseen[sources, each] = 0
    levels = [paths]
    while True:
        ahead = matrix @ levels[-1]
        ahead *= unseen
        reached = ahead > 0
        if not reached.any():
            break
        if len(levels) > SHALLOW or ahead.max() > COUNTABLE:
            return None
        unseen[reached] = 0
        levels.append(ahead)
    total = np.zeros_like(paths)
    carried = np.zeros_like(paths)
    for depth in range(len(levels) - 1, 1, -1):
        share = carried + 1
        np.divide(share, levels[depth], out=share, where=levels[depth] > 0)
        share[levels[depth] == 0] = 0
        carried = levels[depth - 1] * (matrix @ share)
        total += carried
    return total
