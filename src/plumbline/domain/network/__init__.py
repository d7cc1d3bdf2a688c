"""Networks of people, firms or places: who holds them together, and what their removal would leave.

`read_network` takes a table of edges; `measure` describes every node, `disrupt` removes nodes one by one, `paths_between`
tells how two nodes hang together.
"""

from plumbline.domain.network.between import Sampled, betweenness, sampled_betweenness
from plumbline.domain.network.disruption import ORDERS, Disruption, disrupt
from plumbline.domain.network.graph import Network, overlap_of_layers, project, read_network
from plumbline.domain.network.measures import Layers, Measures, Stability, measure, measure_layers, stability
from plumbline.domain.network.paths import Paths, paths_between

__all__ = [
    "ORDERS",
    "Disruption",
    "Layers",
    "Measures",
    "Network",
    "Paths",
    "Sampled",
    "Stability",
    "betweenness",
    "disrupt",
    "measure",
    "measure_layers",
    "overlap_of_layers",
    "paths_between",
    "project",
    "read_network",
    "sampled_betweenness",
    "stability",
]
