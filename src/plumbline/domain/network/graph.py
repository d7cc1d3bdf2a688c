"""A network as analyses see it: nodes in the order of the file, undirected edges with weights, loops left out and counted."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import rustworkx as rx
from numpy.typing import NDArray

from plumbline.domain.columns import Columns
from plumbline.domain.errors import InvalidInput

ENDS = (("source", "target"), ("from", "to"), ("node1", "node2"), ("a", "b"))


@dataclass(frozen=True)
class Network:
    """Hold an undirected network: names of nodes, edges as two columns of node numbers (lower first), their weights.

    Repeated edges are one, their weights added; `loops` counts edges of a node with itself, which are left out.
    """

    names: tuple[str, ...]
    edges: NDArray[np.int64]
    weights: NDArray[np.float64]
    loops: int = 0

    @property
    def size(self) -> int:
        """How many nodes there are."""
        return len(self.names)

    def graph(self, kept: NDArray[np.bool_] | None = None) -> rx.PyGraph[int, float]:
        """Give it to rustworkx; `kept` says which edges."""
        edges, weights = (self.edges, self.weights) if kept is None else (self.edges[kept], self.weights[kept])
        graph: rx.PyGraph[int, float] = rx.PyGraph(multigraph=False)
        graph.add_nodes_from(range(self.size))
        graph.add_edges_from([(int(a), int(b), float(w)) for (a, b), w in zip(edges, weights, strict=True)])
        return graph

    def degrees(self) -> NDArray[np.int64]:
        """Count the neighbours of each node."""
        return np.bincount(self.edges.ravel(), minlength=self.size)

    def neighbours(self) -> list[list[int]]:
        """List the neighbours of each node."""
        found: list[list[int]] = [[] for _ in self.names]
        for a, b in self.edges.tolist():
            found[a].append(b)
            found[b].append(a)
        return found


def read_network(table: Columns, *, source: str | None = None, target: str | None = None) -> Network:
    """Make a network of a table of edges: two columns of names, and `weight` where there is one.

    The ends are `source` and `target` as given, else columns of the usual names, else the first two. Refuses an edge
    with an empty end and a weight that is not above 0, by row and column.
    """
    ends = ends_of(table, source, target)
    columns = [table.text(name) for name in ends]
    for name, column in zip(ends, columns, strict=True):
        for row in np.flatnonzero(column == "")[:1]:
            table.refuse(int(row), name, "the name of a node is needed here")
    weights = weights_of(table)
    number: dict[str, int] = {}
    first, second = np.empty(len(table), np.int64), np.empty(len(table), np.int64)
    for row, (a, b) in enumerate(zip(*columns, strict=True)):
        first[row] = number.setdefault(a, len(number))
        second[row] = number.setdefault(b, len(number))
    loop = first == second
    pairs = np.stack([np.minimum(first, second), np.maximum(first, second)], axis=1)[~loop]
    edges, place, inverse = np.unique(pairs, axis=0, return_index=True, return_inverse=True)
    summed = np.bincount(inverse.ravel(), weights=weights[~loop], minlength=len(edges)).astype(np.float64)
    order = np.argsort(place, kind="stable")  # edges in the order in which the file first names them
    if not len(edges):
        raise InvalidInput(
            "network.empty", "{name} holds no edge between two nodes. Check its columns.", name=table.name
        )
    return Network(tuple(number), edges[order], summed[order], int(loop.sum()))


def ends_of(table: Columns, source: str | None = None, target: str | None = None) -> tuple[str, str]:
    """Name the columns of both ends: those given, else two of the usual names, else the first two."""
    if source and target:
        table.require(source, target)
        return source, target
    lowered = {name.strip().lower(): name for name in table.names}
    for one, other in ENDS:
        if one in lowered and other in lowered:
            return lowered[one], lowered[other]
    if len(table.names) < 2:
        table.require("source", "target")
    return table.names[0], table.names[1]


def weights_of(table: Columns) -> NDArray[np.float64]:
    """Give the weights of edges, 1 where no column holds them; refuses one that is not above 0."""
    name = next((one for one in table.names if one.strip().lower() == "weight"), None)
    if name is None:
        return np.ones(len(table))
    weights = table.numbers(name)
    for row in np.flatnonzero(weights <= 0)[:1]:
        table.refuse(int(row), name, "a number above zero is needed here")
    return weights


def project(table: Columns, onto: str, through: str) -> Network:
    """Project a two-mode table (person x meeting) onto one of its columns.

    Two nodes that met in an event of k nodes get 1/(k-1) for it (Newman 2001), so that a crowd binds less than a talk.
    """
    table.require(onto, through)
    nodes, events = table.text(onto), table.text(through)
    number = {name: n for n, name in enumerate(dict.fromkeys(nodes.tolist()))}
    met: dict[str, list[int]] = defaultdict(list)
    for node, event in zip(nodes, events, strict=True):
        if node and event and number[node] not in met[event]:
            met[event].append(number[node])
    weights: dict[tuple[int, int], float] = defaultdict(float)
    for together in met.values():
        for n, one in enumerate(together):
            for other in together[n + 1 :]:
                weights[min(one, other), max(one, other)] += 1 / (len(together) - 1)
    if not weights:
        raise InvalidInput(
            "network.empty", "{name} holds no edge between two nodes. Check its columns.", name=table.name
        )
    return Network(tuple(number), np.array(list(weights), np.int64), np.array(list(weights.values())))


def overlap_of_layers(table: Columns, layer: str) -> dict[str, dict[str, float]]:
    """Compare the layers of a table of edges: the share of edges of both that they have in common (Jaccard)."""
    one, other = ends_of(table)
    edges: dict[str, set[frozenset[str]]] = defaultdict(set)
    for kind, a, b in zip(table.text(layer), table.text(one), table.text(other), strict=True):
        if a != b:
            edges[kind].add(frozenset((a, b)))
    return {x: {y: len(edges[x] & edges[y]) / len(edges[x] | edges[y]) for y in sorted(edges)} for x in sorted(edges)}
