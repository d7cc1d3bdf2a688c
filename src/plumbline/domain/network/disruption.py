"""Take nodes out of a network and tell how much of it still hangs together (Cavallaro et al. 2020)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import rustworkx as rx
from numpy.typing import NDArray

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


def _katz(graph: rx.PyGraph[int, float]) -> dict[int, float]:
    """Katz with alpha at 0.9 of the largest that converges: (I - alpha A)^-1 1, solved, not iterated."""
    nodes = list(graph.node_indices())
    at = {node: n for n, node in enumerate(nodes)}
    matrix = np.zeros((len(nodes), len(nodes)))
    for a, b in graph.edge_list():
        matrix[at[a], at[b]] = matrix[at[b], at[a]] = 1.0
    radius = float(np.abs(np.linalg.eigvalsh(matrix)).max()) if graph.num_edges() else 0.0
    alpha = 0.9 / radius if radius else 0.0
    solved = np.linalg.solve(np.eye(len(nodes)) - alpha * matrix, np.ones(len(nodes)))
    return dict(zip(nodes, solved.tolist(), strict=True))


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


def disrupt(network: Network, *, by: str, every: int | None = 1, most: int | None = None) -> Disruption:
    """Remove nodes from the highest score down and follow the largest component.

    `every`: scores are worked out anew after so many removals (1: one arrest at a time; 5: raids on five; None: once,
    at the start). Of equal scores the node that the file names last goes first, as in the published curves. `most` removals, all but one node where None.
    """
    score = ORDERS[by]
    graph = network.graph()
    before = _largest(graph)
    removed: list[int] = []
    curve: list[float] = []
    waiting: list[int] = []
    for _turn in range(min(network.size - 1, most or network.size)):
        if not waiting:
            ranked = _ranked(score(graph))
            waiting = ranked if every is None else ranked[:every]
        node = waiting.pop(0)
        graph.remove_node(node)
        removed.append(node)
        curve.append(_largest(graph) / before)
    names = tuple(network.names[node] for node in removed)
    return Disruption(network.size, len(network.edges), before, names, tuple(curve))


def _ranked(scores: dict[int, float]) -> list[int]:
    """Give nodes from the highest score down; scores that differ by rounding alone are equal, the last node first."""
    nodes = np.array(sorted(scores), np.int64)
    values: NDArray[np.float64] = np.array([scores[node] for node in nodes.tolist()])
    scale = float(np.abs(values).max(initial=0.0)) or 1.0
    order = np.lexsort((-nodes, -np.round(values / scale, 10)))
    return [int(node) for node in nodes[order]]


def _largest(graph: rx.PyGraph[int, float]) -> int:
    return max((len(one) for one in rx.connected_components(graph)), default=0)
