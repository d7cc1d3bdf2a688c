"""Take nodes out of a network and tell how much of it still hangs together (Cavallaro et al. 2020)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
import rustworkx as rx
from numpy.typing import NDArray

from plumbline.domain.columns import natural
from plumbline.domain.network.graph import Network

Score = Callable[["rx.PyGraph[int, float]"], dict[int, float]]


@dataclass(frozen=True)
class Disruption:
    """Hold the curve: `curve[i]` is the largest component after i + 1 removals over that before any."""

    nodes: int
    edges: int
    largest: int
    removed: tuple[str, ...]
    curve: tuple[float, ...]


def _degree(graph: rx.PyGraph[int, float]) -> dict[int, float]:
    return {node: float(graph.degree(node)) for node in graph.node_indices()}


def _strength(graph: rx.PyGraph[int, float]) -> dict[int, float]:
    return {
        node: float(sum(w for _, _, w in graph.incident_edge_index_map(node).values())) for node in graph.node_indices()
    }


def _betweenness(graph: rx.PyGraph[int, float]) -> dict[int, float]:
    return dict(rx.betweenness_centrality(graph, normalized=False, parallel_threshold=1_000_000))


def _closeness(graph: rx.PyGraph[int, float]) -> dict[int, float]:
    return dict(rx.closeness_centrality(graph, wf_improved=True))


def _katz(graph: rx.PyGraph[int, float], alpha: float | None = None) -> dict[int, float]:
    """Katz, (I - alpha A)^-1 1, solved, not iterated; alpha None: 0.9 of the largest for which the sum of walks converges.

    Beyond that the numbers count no walks; they are turned so that their sum is not negative, as the published curves were.
    """
    nodes = list(graph.node_indices())
    at = {node: n for n, node in enumerate(nodes)}
    matrix = np.zeros((len(nodes), len(nodes)))
    for a, b in graph.edge_list():
        matrix[at[a], at[b]] = matrix[at[b], at[a]] = 1.0
    radius = float(np.abs(np.linalg.eigvalsh(matrix)).max()) if graph.num_edges() else 0.0
    if alpha is None:
        alpha = 0.9 / radius if radius else 0.0
    one = np.eye(len(nodes))
    try:
        solved = np.linalg.solve(one - alpha * matrix, np.ones(len(nodes)))
    except np.linalg.LinAlgError:  # alpha meets an eigenvalue
        solved = np.linalg.solve(one - alpha * (1 - 1e-9) * matrix, np.ones(len(nodes)))
    return dict(zip(nodes, (solved * (1.0 if solved.sum() >= 0 else -1.0)).tolist(), strict=True))


def _collective_influence(graph: rx.PyGraph[int, float]) -> dict[int, float]:
    """(k_i - 1) times the sum of (k_j - 1) over neighbours: collective influence at radius 1 (Morone and Makse 2015)."""
    degree = _degree(graph)
    return {
        node: (degree[node] - 1) * sum(degree[one] - 1 for one in graph.neighbors(node))
        for node in graph.node_indices()
    }


ORDERS: Final[dict[str, Score]] = {
    "betweenness": _betweenness,
    "degree": _degree,
    "strength": _strength,
    "closeness": _closeness,
    "katz": _katz,
    "collective-influence": _collective_influence,
}


def disrupt(
    network: Network, *, by: str, every: int | None = 1, most: int | None = None, alpha: float | None = None
) -> Disruption:
    """Remove nodes from the highest score down and follow the largest component.

    `every`: scores are worked out anew after so many removals (1: one arrest at a time; 5: raids on five; None: once,
    at the start). Of equal scores the node that the file names last goes first; by collective influence, the one whose name comes last, numbers in their
    order: so the published curves were made. `most` removals, all but one node where None. `alpha` is Katz's: None takes 0.9 of the largest for which it converges; the
    published curves took 0.1, above that.
    """
    score = partial(_katz, alpha=alpha) if by == "katz" else ORDERS[by]
    order = _name_order(network.names) if by == "collective-influence" else np.arange(network.size)
    graph = network.graph()
    before = _largest(graph)
    removed: list[int] = []
    curve: list[float] = []
    waiting: list[int] = []
    for _turn in range(min(network.size - 1, most or network.size)):
        if not waiting:
            ranked = _ranked(score(graph), order)
            waiting = ranked if every is None else ranked[:every]
        node = waiting.pop(0)
        graph.remove_node(node)
        removed.append(node)
        curve.append(_largest(graph) / before)
    names = tuple(network.names[node] for node in removed)
    return Disruption(network.size, len(network.edges), before, names, tuple(curve))


def _name_order(names: Sequence[str]) -> NDArray[np.int64]:
    """Give the rank of each name: words by letters, numbers inside them by size."""
    keys = [natural(name) for name in names]
    rank = np.empty(len(names), np.int64)
    rank[sorted(range(len(names)), key=keys.__getitem__)] = np.arange(len(names))
    return rank


def _ranked(scores: dict[int, float], order: NDArray[np.int64]) -> list[int]:
    """Give nodes from the highest score down; scores that differ by rounding alone are equal, the last name first."""
    nodes = np.array(sorted(scores), np.int64)
    values: NDArray[np.float64] = np.array([scores[node] for node in nodes.tolist()])
    scale = float(np.abs(values).max(initial=0.0)) or 1.0
    found = np.lexsort((-order[nodes], -np.round(values / scale, 10)))
    return [int(node) for node in nodes[found]]


def _largest(graph: rx.PyGraph[int, float]) -> int:
    return max((len(one) for one in rx.connected_components(graph)), default=0)
