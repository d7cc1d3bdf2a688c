"""Betweenness of large networks: the same as node by node; from samples, with intervals that hold."""

from __future__ import annotations

import numpy as np
import pytest
import rustworkx as rx

from plumbline.domain.errors import InvalidInput
from plumbline.domain.network import Network, betweenness, disrupt, sampled_betweenness
from plumbline.domain.network import between as module


def _network(n: int, m: int, seed: int = 1) -> Network:
    random = np.random.default_rng(seed)
    act = random.pareto(2.5, n) + 1
    ends = np.sort(random.choice(n, (3 * m, 2), p=act / act.sum()), axis=1)
    edges = np.unique(ends[ends[:, 0] != ends[:, 1]], axis=0)
    edges = edges[np.sort(random.permutation(len(edges))[:m])]
    return Network(tuple(map(str, range(n))), edges, np.ones(len(edges)))


def _exact(network: Network) -> np.ndarray:
    found = rx.betweenness_centrality(network.graph(), normalized=True)
    return np.array([found[node] for node in range(network.size)])


@pytest.mark.parametrize(("n", "m"), [(60, 70), (200, 900), (130, 20)])
def test_many_searches_at_once_carry_what_single_ones_do(n: int, m: int, monkeypatch: pytest.MonkeyPatch) -> None:
    network = _network(n, m)
    monkeypatch.setattr(module, "LARGE", 10)
    assert betweenness(network) == pytest.approx(_exact(network), rel=1e-5, abs=1e-9)


def test_deep_network_goes_node_by_node(monkeypatch: pytest.MonkeyPatch) -> None:
    chain = Network(tuple(map(str, range(60))), np.column_stack([np.arange(59), np.arange(1, 60)]), np.ones(59))
    monkeypatch.setattr(module, "LARGE", 10)
    assert betweenness(chain)[30] == pytest.approx(2 * 30 * 29 / (59 * 58))
    with pytest.raises(InvalidInput, match="24 steps"):
        sampled_betweenness(chain, 40, seed=1)


def test_sample_of_all_nodes_is_exact_and_smaller_ones_hold_the_truth() -> None:
    network = _network(400, 1200)
    true = _exact(network)
    assert sampled_betweenness(network, 400, seed=1).value == pytest.approx(true, rel=1e-5, abs=1e-9)
    inside = []
    for seed in range(20):
        found = sampled_betweenness(network, 60, seed=seed)
        inside.append((found.low <= true) & (true <= found.high))
    assert np.mean(inside, axis=0).min() >= 0.9
    again = sampled_betweenness(network, 60, seed=3)
    assert again.value.tolist() == sampled_betweenness(network, 60, seed=3).value.tolist()
    narrow, wide = (np.mean(each.high - each.low) for each in (sampled_betweenness(network, 300, seed=1), again))
    assert narrow < wide


@pytest.mark.parametrize("sources", [29, 61])
def test_too_small_or_too_large_samples_are_refused(sources: int) -> None:
    with pytest.raises(InvalidInput, match="30 to 60"):
        sampled_betweenness(_network(60, 90), sources, seed=1)


def test_of_equal_scores_the_last_name_or_row_goes_first() -> None:
    ring = Network(("9", "10", "2", "n1"), np.array([[0, 1], [1, 2], [2, 3], [3, 0]]), np.ones(4))
    assert disrupt(ring, by="collective-influence", every=None).removed == ("n1", "10", "9")
    assert disrupt(ring, by="degree", every=None).removed == ("n1", "2", "10")


def test_katz_beyond_convergence_is_another_order() -> None:
    network = _network(40, 120, seed=4)
    within, beyond = (disrupt(network, by="katz", alpha=alpha).removed for alpha in (None, 0.5))
    assert within != beyond
    assert disrupt(network, by="degree", alpha=0.5).removed == disrupt(network, by="degree").removed
