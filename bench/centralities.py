"""Compare measures of nodes with networkx's on published covert networks, and modularity with igraph's.

    PLUMBLINE_BENCH_DATA=FOLDER PLUMBLINE_BENCH_PEERS=PYTHON python -m bench.centralities

Prints the largest difference of each measure over all nodes of all networks, and both modularities (of igraph's five searches the best).
`PLUMBLINE_BENCH_PEERS` names an interpreter that has both; they are no part of an installation.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from plumbline.domain.network import measure, read_network
from plumbline.engines.tables import read_list

MEASURES = ("betweenness", "closeness", "eigenvector", "pagerank", "core", "constraint", "clustering")
PEERS = """
import json, sys
import igraph, networkx as nx
for line in sys.stdin:
    nodes, edges = json.loads(line)
    graph = nx.Graph()
    graph.add_nodes_from(nodes)
    graph.add_weighted_edges_from(edges)
    large = graph.subgraph(max(nx.connected_components(graph), key=len))
    out = {"betweenness": nx.betweenness_centrality(graph), "closeness": nx.closeness_centrality(graph), "core": nx.core_number(graph),
           "pagerank": nx.pagerank(graph, weight=None, tol=1e-14, max_iter=5000), "clustering": nx.clustering(graph),
           "constraint": {node: 0 if value != value else value for node, value in nx.constraint(graph, weight="weight").items()},
           "eigenvector": {node: 0.0 for node in nodes} | {n: abs(v) for n, v in nx.eigenvector_centrality_numpy(large).items()}}
    other = igraph.Graph.from_networkx(graph)
    found = [other.community_leiden("modularity", weights="weight", n_iterations=-1).membership for _ in range(5)]
    out["modularity"] = max(other.modularity(one, weights="weight") for one in found)
    print(json.dumps(out), flush=True)
"""


def main() -> int:
    """Compare; 1 where a measure of a node differs by more than 1e-9."""
    data, peers = os.environ.get("PLUMBLINE_BENCH_DATA"), os.environ.get("PLUMBLINE_BENCH_PEERS")
    if not data or not peers:
        print("bench.centralities needs PLUMBLINE_BENCH_DATA and PLUMBLINE_BENCH_PEERS; left out.")
        return 0
    files = [path for path in sorted(Path(data, "covert_networks").glob("*_edges.csv")) if "phase" not in path.name]
    networks = [read_network(read_list(path, names=("source", "target", "weight"))) for path in files]
    asked = [
        json.dumps((one.names, [(one.names[a], one.names[b], float(w)) for (a, b), w in zip(one.edges, one.weights, strict=True)]))
        for one in networks
    ]  # fmt: skip
    told = subprocess.run(
        [peers, "-c", PEERS], input="\n".join(asked), capture_output=True, text=True, check=True
    ).stdout
    worst = dict.fromkeys(MEASURES, 0.0)
    for path, network, line in zip(files, networks, told.splitlines(), strict=True):
        theirs, ours = json.loads(line), measure(network, seed=1)
        for name in MEASURES:
            worst[name] = max(worst[name], *(abs(row[name] - theirs[name][row["node"]]) for row in ours.rows))
        print(f"  {path.stem}: modularity {ours.modularity:.4f}, igraph {theirs['modularity']:.4f}")
    print("largest difference:", ", ".join(f"{name} {value:.1e}" for name, value in worst.items()))
    return int(max(worst.values()) > 1e-9)


if __name__ == "__main__":
    sys.exit(main())
