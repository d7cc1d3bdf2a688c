"""How two nodes hang together: the shortest paths between them, one after another, and the rows that each link rests on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
import rustworkx as rx
from rapidfuzz import fuzz, process
from scipy.sparse import csr_array
from scipy.sparse.csgraph import yen

from plumbline.domain.columns import Columns
from plumbline.domain.errors import InvalidInput, NotFound
from plumbline.domain.network.graph import Network, ends_of, read_network

NEAREST: Final = 5
NAMED: Final = ("source_name", "target_name")
"""Columns that say what the two ends of an edge are called, where these are identifiers."""


@dataclass(frozen=True)
class Link:
    """Hold one step of a path: its ends, its weight, and the rows that name it, `row` being the line in the file."""

    source: str
    target: str
    weight: float
    rows: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Path:
    """Hold a path that meets no node twice: nodes in order, what they are called, its length, its links."""

    nodes: tuple[str, ...]
    names: tuple[str, ...]
    length: float
    links: tuple[Link, ...]

    @property
    def steps(self) -> int:
        """How many links there are."""
        return len(self.links)


@dataclass(frozen=True)
class Paths:
    """Hold the paths between two nodes, shortest first; `shortest` counts those of fewest steps, shown or not.

    `reached` tells how many nodes can be reached from each of the two, itself included: without a path they differ in
    the nodes, not always in the number.
    """

    source: str
    target: str
    by: str
    shortest: int
    reached: tuple[int, int]
    paths: tuple[Path, ...]


def paths_between(table: Columns, source: str, target: str, *, most: int = 5, by: str = "steps") -> Paths:
    """Find up to `most` shortest simple paths between two nodes of a table of edges (Yen 1971), ties without direction.

    A path is as long as it has `steps`, or by `strength` as the sum of one over the weights of its links, so that strong
    ties bring near (Newman 2001). Among paths of equal length the order says nothing. A node may be named by its id or by
    what the table calls it; refuses a name that no node or several have, naming the nearest, and twice the same node.
    """
    network = read_network(table)
    names = _names(table)
    number = {name: n for n, name in enumerate(network.names)}
    one, other = (number[_node(table.name, each, number, names)] for each in (source, target))
    if one == other:
        raise InvalidInput("network.one-node", "{name} is one node. Name two different ones.", name=source)
    graph = network.graph()
    reached = tuple(len(rx.node_connected_component(graph, each)) for each in (one, other))
    found = list(_shortest(network, one, other, most, by)) if rx.has_path(graph, one, other) else []
    shortest = rx.num_shortest_paths_unweighted(graph, one)[other] if found else 0
    rows = _rows(table, {pair for nodes, _ in found for pair in _pairs([network.names[node] for node in nodes])})
    weights = {
        frozenset((network.names[a], network.names[b])): float(weight)
        for (a, b), weight in zip(network.edges.tolist(), network.weights, strict=True)
        if frozenset((network.names[a], network.names[b])) in rows
    }
    paths = []
    for numbers, length in found:
        nodes = tuple(network.names[node] for node in numbers)
        links = tuple(
            Link(a, b, weights[pair], tuple(rows[pair]))
            for (a, b), pair in zip(pairwise(nodes), _pairs(nodes), strict=True)
        )
        paths.append(Path(nodes, tuple(names.get(node, node) for node in nodes), length, links))
    return Paths(network.names[one], network.names[other], by, int(shortest), (reached[0], reached[1]), tuple(paths))


def _shortest(network: Network, one: int, other: int, most: int, by: str) -> Iterator[tuple[list[int], float]]:
    cost = 1 / network.weights if by == "strength" else np.ones(len(network.edges))
    a, b = network.edges.T.astype(np.int32)  # what yen takes
    both = (np.concatenate([cost, cost]), (np.concatenate([a, b]), np.concatenate([b, a])))
    matrix = csr_array(both, shape=(network.size, network.size))
    lengths, before = yen(matrix, one, other, most, return_predecessors=True)
    for length, row in zip(lengths.tolist(), before, strict=True):
        nodes = [other]
        while nodes[-1] != one:
            nodes.append(int(row[nodes[-1]]))
        yield nodes[::-1], length


def _pairs(nodes: Any) -> list[frozenset[str]]:
    return [frozenset(pair) for pair in pairwise(nodes)]


def _rows(table: Columns, pairs: set[frozenset[str]]) -> dict[frozenset[str], list[Mapping[str, Any]]]:
    """Give the rows of a table that tie these pairs, each as its line and what its other columns say."""
    ends = [table.text(name).tolist() for name in ends_of(table)]
    others = {name: table.text(name) for name in table.names if name not in ends_of(table)}
    found: dict[frozenset[str], list[Mapping[str, Any]]] = defaultdict(list)
    for row, pair in enumerate(map(frozenset, zip(*ends, strict=True))):
        if pair in pairs:
            said = {name: str(column[row]) for name, column in others.items() if column[row] != ""}
            found[pair].append({"row": row + table.first_row, **said})
    return found


def _names(table: Columns) -> dict[str, str]:
    """Give what nodes are called by the table, where it says so."""
    found: dict[str, str] = {}
    for end, name in zip(ends_of(table), NAMED, strict=True):
        if name in table.names:
            for node, called in zip(table.text(end).tolist(), table.text(name).tolist(), strict=True):
                if called:
                    found.setdefault(node, called)
    return found


def _node(table: str, asked: str, number: Mapping[str, int], names: Mapping[str, str]) -> str:
    """Give the node of a name: the one it is the id of, else the only one that is called so, whatever the case."""
    if asked in number:
        return asked
    wanted = asked.strip().casefold()
    called = [node for node in number if wanted in (node.casefold(), names.get(node, node).casefold())]
    if len(called) == 1:
        return called[0]
    if called:
        raise InvalidInput(
            "network.several-nodes", "{table}: several nodes are called {name}: {nodes}. Name one of them.",
            table=table, name=asked, nodes=", ".join(called[:NEAREST]) + (", …" if len(called) > NEAREST else ""),
        )  # fmt: skip
    raise _unknown(table, wanted, asked, number, names)


def _unknown(table: str, wanted: str, asked: str, number: Mapping[str, int], names: Mapping[str, str]) -> NotFound:
    said = list(dict.fromkeys(names.get(node, node) for node in number))
    near = process.extract(wanted, said, scorer=fuzz.WRatio, processor=str.casefold, limit=NEAREST, score_cutoff=50)
    if not near:
        return NotFound(
            "network.no-node", "{table} has no node {name}, and none that is called alike.", table=table, name=asked
        )
    return NotFound(
        "network.no-node-nearest", "{table} has no node {name}. The nearest are: {nodes}.",
        table=table, name=asked, nodes=", ".join(one for one, *_ in near),
    )  # fmt: skip
