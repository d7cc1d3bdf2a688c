"""Measures of nodes and of the whole network, and how far missing edges could move them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import graspologic_native as leiden
import numpy as np
import rustworkx as rx
from numpy.typing import NDArray

from plumbline.domain.columns import Columns
from plumbline.domain.network.between import betweenness
from plumbline.domain.network.graph import Network, read_network

ROLES = ("coordinator", "itinerant", "gatekeeper", "representative", "liaison")
FEW_EDGES = 5_000  # up to here communities are sought ten times and the best kept
STABLE = ("degree", "betweenness", "closeness")


@dataclass(frozen=True)
class Measures:
    """Hold a row for each node (in the order of the file) and what holds for the whole."""

    nodes: int
    edges: int
    loops: int
    density: float
    transitivity: float
    components: int
    largest_component: int
    modularity: float
    communities: int
    fragmentation: float
    key_players: tuple[str, ...]
    fragmentation_without_them: float
    rows: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Stability:
    """Hold how measures stand when a share of edges is missing: by measure, means over runs.

    `rank_correlation` is Spearman's with the whole network, `top_kept` the share of the five first that stay among them;
    `low` and `high` are the 5th and 95th percentile of each node's value, in the order of nodes.
    """

    missing: float
    runs: int
    rank_correlation: Mapping[str, float]
    top_kept: Mapping[str, float]
    low: Mapping[str, Sequence[float]] = field(default_factory=dict)
    high: Mapping[str, Sequence[float]] = field(default_factory=dict)


def measure(
    network: Network,
    *,
    seed: int,
    resolution: float = 1.0,
    key_players: int = 3,
    groups: Mapping[str, str] | None = None,
) -> Measures:
    """Describe a network.

    Betweenness over 2/((n-1)(n-2)) (Freeman 1977, by Brandes 2001), closeness corrected for components (Wasserman and
    Faust 1994), eigenvector centrality of the largest component, PageRank, core number, Burt's constraint (1992),
    communities by Leiden (Traag et al. 2019) with `seed`, cut points, clustering. Key players: the set
    whose removal leaves the highest fragmentation, as far as changing one at a time finds it (KPP-neg, Borgatti 2006). `groups` (node -> group) adds the five
    brokerage roles of Gould and Fernandez (1989).
    """
    graph = network.graph()
    parts = sorted(rx.connected_components(graph), key=lambda one: (-len(one), min(one)))
    part_of = {node: n for n, part in enumerate(parts) for node in part}
    quality, community = _communities(network, seed, resolution)
    neighbours = network.neighbours()
    columns: dict[str, Sequence[Any] | NDArray[Any]] = {
        "degree": network.degrees(),
        "strength": np.bincount(network.edges.ravel(), weights=np.repeat(network.weights, 2), minlength=network.size),
        **_centralities(network, graph, parts[0]),
        "core": _cores(graph, network.size),
        "constraint": _constraint(network, neighbours),
        "clustering": _clustering(neighbours),
        "cut_point": _cut_points(graph, network.size),
        "component": [part_of[node] for node in range(network.size)],
        "community": community,
    }
    if groups is not None:
        columns |= _brokerage(network, neighbours, groups)
    players, left = _key_players(neighbours, network.size, key_players)
    rows = tuple(
        {"node": name} | {key: _plain(values[n]) for key, values in columns.items()}
        for n, name in enumerate(network.names)
    )
    possible = network.size * (network.size - 1) / 2
    return Measures(
        network.size, len(network.edges), network.loops, len(network.edges) / possible if possible else 0.0,
        float(rx.transitivity(graph)), len(parts), len(parts[0]), quality, len(set(community)),
        _fragmentation(map(len, parts), network.size), tuple(network.names[one] for one in players), left, rows,
    )  # fmt: skip


@dataclass(frozen=True)
class Layers:
    """Hold the measures of each layer by itself, and by node how evenly its ties lie in them.

    `overlapping_degree` sums a node's degrees over layers; `participation` is 0 where all its ties are in one layer, 1 where
    they are equally many in each (Battiston, Nicosia and Latora 2014).
    """

    layers: Mapping[str, Measures]
    overlapping_degree: Mapping[str, int]
    participation: Mapping[str, float]


def measure_layers(table: Columns, layer: str, *, seed: int, resolution: float = 1.0) -> Layers:
    """Measure each layer of a table of edges by itself, and how each node takes part in them. Refuses a layer without an edge."""
    kinds = table.text(layer)
    found = {
        kind: measure(read_network(table.select(kinds == kind)), seed=seed, resolution=resolution, key_players=0)
        for kind in sorted(set(kinds.tolist()))
    }
    degrees: dict[str, list[int]] = {}
    for one in found.values():
        for row in one.rows:
            degrees.setdefault(row["node"], []).append(row["degree"])
    sums = {node: sum(each) for node, each in degrees.items()}
    many = len(found)
    return Layers(found, sums, {
        node: many / (many - 1) * (1 - sum((one / sums[node]) ** 2 for one in each)) if many > 1 and sums[node] else 0.0
        for node, each in degrees.items()
    })  # fmt: skip


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _centralities(network: Network, graph: rx.PyGraph[int, float], largest: set[int]) -> dict[str, list[float]]:
    size = network.size
    close = rx.closeness_centrality(graph, wf_improved=True)
    rank = rx.pagerank(graph.to_directed(), alpha=0.85, tol=1e-12, max_iter=1000)
    return {
        "betweenness": betweenness(network).tolist(),
        "closeness": [close[node] for node in range(size)],
        "eigenvector": _eigenvector(graph, size, largest),
        "pagerank": [rank[node] for node in range(size)],
    }


def _eigenvector(graph: rx.PyGraph[int, float], size: int, largest: set[int]) -> list[float]:
    """Give the leading eigenvector of the largest component, of length 1; 0 elsewhere (Bonacich 1972)."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.linalg import eigsh

    nodes = np.array(sorted(largest))
    ends = np.array([(a, b) for a, b in graph.edge_list() if a in largest], np.int64).reshape(-1, 2)
    at = np.searchsorted(nodes, ends)
    matrix = csr_matrix(
        (np.ones(2 * len(at)), (np.r_[at[:, 0], at[:, 1]], np.r_[at[:, 1], at[:, 0]])), shape=(len(nodes),) * 2
    )
    found = np.zeros(size)
    if len(nodes) > 2:
        _value, vector = eigsh(matrix, k=1, which="LA", v0=np.ones(len(nodes)))
        found[nodes] = np.abs(vector[:, 0])
    elif len(nodes) == 2:
        found[nodes] = np.sqrt(0.5)
    return [float(one) for one in found]


def _communities(network: Network, seed: int, resolution: float) -> tuple[float, list[int]]:
    """Give modularity and the community of each node, numbered from the largest; nodes without edges stand alone."""
    weights = (
        network.weights / network.weights.max()
    )  # modularity knows no unit, and huge weights end the search in a panic
    names = list(map(str, range(network.size)))
    edges = [(names[a], names[b], w) for (a, b), w in zip(network.edges.tolist(), weights.tolist(), strict=True)]
    turns, trials = (20, 10) if len(edges) <= FEW_EDGES else (3, 1)
    quality, found = leiden.leiden(edges=edges, resolution=resolution, seed=seed, iterations=turns, trials=trials)
    labels = [found.get(name, -1 - node) for node, name in enumerate(names)]
    order = {
        label: n for n, (label, _size) in enumerate(Counter(labels).most_common())
    }  # of equals the first named first
    return float(quality), [order[label] for label in labels]


def _constraint(network: Network, neighbours: list[list[int]]) -> list[float]:
    """Burt's constraint, by weights: how far a node's contacts know one another; NaN becomes 0 for a lone node."""
    weight: dict[tuple[int, int], float] = {}
    for (a, b), w in zip(network.edges.tolist(), network.weights.tolist(), strict=True):
        weight[a, b] = weight[b, a] = w
    total = [sum(weight[node, one] for one in neighbours[node]) for node in range(network.size)]
    known = [set(one) for one in neighbours]
    found = []
    for node in range(network.size):
        value = 0.0
        for other in neighbours[node]:
            direct = weight[node, other] / total[node]
            through = sum(
                weight[node, third] / total[node] * weight[third, other] / total[third]
                for third in known[node] & known[other]
            )
            value += (direct + through) ** 2
        found.append(value)
    return found


def _clustering(neighbours: list[list[int]]) -> list[float]:
    known = [set(one) for one in neighbours]
    found = []
    for around in known:
        pairs = len(around) * (len(around) - 1)
        found.append(sum(len(known[one] & around) for one in around) / pairs if pairs else 0.0)
    return found


def _cores(graph: rx.PyGraph[int, float], size: int) -> list[int]:
    found: Any = rx.core_number(graph)
    return [int(found[node]) for node in range(size)]


def _cut_points(graph: rx.PyGraph[int, float], size: int) -> list[bool]:
    cut = rx.articulation_points(graph)
    return [node in cut for node in range(size)]


def _brokerage(network: Network, neighbours: list[list[int]], groups: Mapping[str, str]) -> dict[str, list[int]]:
    """Count for each node the ordered pairs of others that it alone joins, by role (undirected edges go both ways)."""
    group = [groups.get(name, "") for name in network.names]
    known = [set(one) for one in neighbours]
    counts = {role: [0] * network.size for role in ROLES}
    for node in range(network.size):
        for one in neighbours[node]:
            for other in neighbours[node]:
                if one != other and other not in known[one]:
                    counts[_role(group[one], group[node], group[other])][node] += 1
    return counts


def _role(first: str, middle: str, last: str) -> str:
    if first == middle == last:
        return "coordinator"
    if first == last:
        return "itinerant"
    if middle == last:
        return "gatekeeper"
    return "representative" if first == middle else "liaison"


def _fragmentation(sizes: Any, size: int) -> float:
    """Share of pairs of nodes that no path joins: F = 1 - sum s(s-1) / (n(n-1))."""
    return 1 - sum(one * (one - 1) for one in sizes) / (size * (size - 1)) if size > 1 else 0.0


def _key_players(neighbours: list[list[int]], size: int, count: int) -> tuple[list[int], float]:
    """Choose nodes whose removal leaves the highest fragmentation; the removed count as cut off from all.

    First one by one, then each is changed for another as long as that leaves more (Borgatti 2006). Of nodes that cut as many
    pairs apart, the one of the highest degree goes first, then the one that the file names first.
    """
    chosen, left, fewest = list[int](), [True] * size, 0

    def strongest() -> tuple[int, int]:
        joined = _joined_without(neighbours, left)
        degree = {node: sum(left[other] for other in neighbours[node]) for node in joined}
        node = min(joined, key=lambda one: (joined[one], -degree[one], one))
        return joined[node], node

    for _turn in range(min(count, size - 1)):
        fewest, node = strongest()
        chosen.append(node)
        left[node] = False
    changed = len(chosen) > 1
    while changed:
        changed = False
        for place, old in enumerate(chosen):
            left[old] = True
            now, node = strongest()
            if now < fewest:
                fewest, chosen[place], changed = now, node, True
            left[chosen[place]] = False
    return chosen, 1 - fewest / (size * (size - 1)) if chosen else 0.0


def _joined_without(neighbours: list[list[int]], left: list[bool]) -> dict[int, int]:
    """Give for each node left how many ordered pairs of the others paths still join once it is gone.

    One walk in depth over each component (J. Hopcroft and R. Tarjan, Communications of the ACM 16 (1973) 372-378): what a
    node cuts off are the subtrees from which nothing leads back above it.
    """
    entered, lowest, inside = (
        dict[int, int](),
        dict[int, int](),
        dict[int, int](),
    )  # order of entry; earliest reached; nodes below
    cut: dict[int, list[int]] = {}
    parts: list[list[int]] = []
    for root in (node for node, here in enumerate(left) if here):
        if root in entered:
            continue
        walk = [(root, -1, iter(neighbours[root]))]
        entered[root] = lowest[root] = len(entered)
        inside[root], part = 1, [root]
        while walk:
            node, above, others = walk[-1]
            for other in others:
                if not left[other] or other == above:
                    continue
                if other not in entered:
                    entered[other] = lowest[other] = len(entered)
                    inside[other] = 1
                    part.append(other)
                    walk.append((other, node, iter(neighbours[other])))
                    break
                lowest[node] = min(lowest[node], entered[other])
            else:
                walk.pop()
                if above >= 0:
                    inside[above] += inside[node]
                    lowest[above] = min(lowest[above], lowest[node])
                    if lowest[node] >= entered[above]:
                        cut.setdefault(above, []).append(inside[node])
        parts.append(part)
    whole = sum(len(part) * (len(part) - 1) for part in parts)
    found = {}
    for part in parts:
        for node in part:
            off = cut.get(node, [])
            sizes = [*off, len(part) - 1 - sum(off)]
            found[node] = whole - len(part) * (len(part) - 1) + sum(each * (each - 1) for each in sizes)
    return found


def stability(network: Network, *, missing: float, runs: int, seed: int) -> Stability:
    """Drop a share of edges at random, again and again, and tell how measures move: what a wiretap missed matters.

    Measures: degree, betweenness, closeness. The same seed gives the same runs.
    """
    chance = np.random.default_rng(seed)
    whole = _three(network.graph(), network.size)
    seen: dict[str, list[NDArray[np.float64]]] = {name: [] for name in STABLE}
    for _run in range(runs):
        kept = chance.random(len(network.edges)) >= missing
        for name, values in _three(network.graph(kept), network.size).items():
            seen[name].append(values)
    correlation, top, low, high = {}, {}, {}, {}
    for name in STABLE:
        runs_of = np.array(seen[name])
        correlation[name] = float(np.mean([_spearman(whole[name], one) for one in runs_of]))
        first = set(np.argsort(-whole[name], kind="stable")[:5].tolist())
        top[name] = float(
            np.mean([len(first & set(np.argsort(-one, kind="stable")[:5].tolist())) / len(first) for one in runs_of])
        )
        low[name], high[name] = (np.percentile(runs_of, at, axis=0).tolist() for at in (5, 95))
    return Stability(missing, runs, correlation, top, low, high)


def _three(graph: rx.PyGraph[int, float], size: int) -> dict[str, NDArray[np.float64]]:
    between = rx.betweenness_centrality(graph, normalized=True, parallel_threshold=1_000_000)
    close = rx.closeness_centrality(graph, wf_improved=True)
    return {
        "degree": np.array([float(graph.degree(node)) for node in range(size)]),
        "betweenness": np.array([between[node] for node in range(size)]),
        "closeness": np.array([close[node] for node in range(size)]),
    }


def _spearman(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    from scipy.stats import rankdata

    a, b = rankdata(one), rankdata(other)
    spread = float(a.std() * b.std())
    return float(np.mean((a - a.mean()) * (b - b.mean())) / spread) if spread else 1.0
