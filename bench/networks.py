"""Measure betweenness and communities of a made network of 100,000 edges beside igraph and networkx, in CPU seconds.

    OPENBLAS_NUM_THREADS=1 PLUMBLINE_BENCH_PEERS=PYTHON python -m bench.networks

PYTHON is the interpreter of another environment that holds `igraph` (GPL: never part of an installation) and `networkx`; without it
our own figures are printed alone. The network: 20,000 nodes in 400 groups, activity by Pareto's law, four of five edges inside a
group, seed 1. Betweenness is exact in ours and igraph's; networkx runs from 20 nodes and is scaled up. igraph's Leiden runs until
nothing moves. Each in one thread. Then how often intervals of sampled betweenness hold the truth, on a smaller network. Prints JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from plumbline.domain.network import Network, betweenness, sampled_betweenness
from plumbline.domain.network.measures import _communities

PEER = """
import json, sys, time
import igraph, networkx, numpy as np
edges, n = np.load(sys.argv[1]), int(sys.argv[2])
out, clock = {}, time.process_time
graph = igraph.Graph(n=n, edges=edges.tolist())
began = clock(); between = graph.betweenness(); out["igraph_betweenness"] = clock() - began
began = clock(); parts = graph.community_leiden(objective_function="modularity", n_iterations=-1)
out["igraph_leiden"] = clock() - began; out["igraph_modularity"] = parts.modularity
graph = networkx.Graph(edges.tolist()); graph.add_nodes_from(range(n))
began = clock(); networkx.betweenness_centrality(graph, k=20, seed=1); out["networkx_betweenness"] = (clock() - began) * n / 20
np.save(sys.argv[1] + ".between.npy", between)
print(json.dumps(out))
"""


def made(n: int = 20_000, m: int = 100_000, groups: int = 400, seed: int = 1) -> Network:
    """Make a network of communities with a few very active nodes."""
    random = np.random.default_rng(seed)
    activity, group = random.pareto(2.5, n) + 1, random.integers(groups, size=n)
    members = [np.flatnonzero(group == one) for one in range(groups)]
    shares = [activity[one] / activity[one].sum() for one in members]
    found: set[tuple[int, int]] = set()
    while len(found) < m:
        for one in random.choice(n, m, p=activity / activity.sum()).tolist():
            own = group[one]
            other = (
                int(random.choice(members[own], p=shares[own])) if random.random() < 0.8 else int(random.integers(n))
            )
            if one != other and len(found) < m:
                found.add((min(one, other), max(one, other)))
    edges = np.array(sorted(found))
    return Network(tuple(map(str, range(n))), edges, np.ones(m))


def timed(what: Callable[[], Any]) -> tuple[float, Any]:
    """Give CPU seconds and the result."""
    began = time.process_time()
    result = what()
    return time.process_time() - began, result


def coverage(level: float = 0.95) -> dict[str, float]:
    """Tell how often intervals hold the truth, over 40 samples of 300 from 1,500 nodes."""
    network = made(1_500, 4_000, 30)
    true = betweenness(network)
    runs = [sampled_betweenness(network, 300, seed=seed, level=level) for seed in range(40)]
    held = np.array([(one.low <= true * (1 + 1e-6)) & (true <= one.high) for one in runs])
    leading = np.argsort(-true)[:20]
    width = float(np.mean([(one.high - one.low)[leading] for one in runs]) / true[leading].mean())
    return {"all": held.mean(), "leading_20": held[:, leading].mean(), "width_over_value_of_leading_20": width}


def main() -> None:
    """Measure and print."""
    network = made()
    ours: dict[str, Any] = {"nodes": network.size, "edges": len(network.edges)}
    ours["betweenness"], between = timed(lambda: betweenness(network))
    ours["leiden"], (ours["modularity"], _) = timed(lambda: _communities(network, 1, 1.0))
    peers = os.environ.get("PLUMBLINE_BENCH_PEERS")
    if peers:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "edges.npy"
            np.save(path, network.edges)
            done = subprocess.run(
                [peers, "-c", PEER, str(path), str(network.size)], check=True, capture_output=True, text=True
            )
            ours |= json.loads(done.stdout)
            theirs = np.load(f"{path}.between.npy") * 2 / ((network.size - 1) * (network.size - 2))
        ours["betweenness_differs_at_most"] = float(np.abs(theirs - between).max() / between.max())
        ours["betweenness_over_igraph"] = ours["betweenness"] / ours["igraph_betweenness"]
        ours["betweenness_over_networkx"] = ours["betweenness"] / ours["networkx_betweenness"]
        ours["leiden_over_igraph"] = ours["leiden"] / ours["igraph_leiden"]
    ours["held"] = coverage()
    json.dump(ours, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
