"""Networks: measures worked out by hand, published disruption curves, roles, projections, missing edges."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plumbline.domain.columns import Columns
from plumbline.domain.errors import InvalidInput
from plumbline.domain.network import (
    ORDERS,
    Network,
    disrupt,
    measure,
    measure_layers,
    overlap_of_layers,
    project,
    read_network,
    stability,
)


def table(text: str, *names: str) -> Columns:
    rows = [line.split() for line in text.strip().splitlines()]
    return Columns(
        "e.csv",
        {
            name: np.array(one, dtype=object)
            for name, one in zip(names or ("source", "target"), zip(*rows, strict=True), strict=True)
        },
    )


STAR_AND_PATH = table("hub a\nhub b\nhub c\nc d\nd e\nx y")


def test_edges_are_undirected_summed_once_and_loops_counted() -> None:
    net = read_network(table("a b 2\nb a 3\na a 9\nb c 1", "source", "target", "weight"))
    assert (net.names, net.edges.tolist(), net.weights.tolist(), net.loops) == (
        ("a", "b", "c"),
        [[0, 1], [1, 2]],
        [5, 1],
        1,
    )


@pytest.mark.parametrize(
    ("text", "names", "words"),
    [
        ("a b 0", ("source", "target", "weight"), "e.csv, row 2, column 'weight': a number above zero is needed here, not '0'"),
        ("a b x", ("source", "target", "weight"), "column 'weight'"),
        ("a a", ("source", "target"), "e.csv holds no edge between two nodes"),
    ],
)  # fmt: skip
def test_edges_that_cannot_be_are_refused_by_row_and_column(text: str, names: tuple[str, ...], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        read_network(table(text, *names))


def test_empty_end_is_refused() -> None:
    with pytest.raises(InvalidInput, match="row 3, column 'target'"):
        read_network(
            Columns("e.csv", {"source": np.array(["a", "b"], object), "target": np.array(["b", None], object)})
        )


def test_measures_of_a_small_network_worked_out_by_hand() -> None:
    found = measure(read_network(STAR_AND_PATH), seed=1, key_players=1)
    rows = {row["node"]: row for row in found.rows}
    assert (found.nodes, found.edges, found.components, found.largest_component) == (8, 6, 2, 6)
    assert found.density == pytest.approx(6 / 28)
    # hub lies on the paths a-b, a-c, a-d, a-e, b-c, b-d, b-e: 7 of 21 pairs
    assert rows["hub"]["betweenness"] == pytest.approx(7 / 21)
    assert rows["c"]["betweenness"] == pytest.approx(6 / 21)
    assert (rows["hub"]["degree"], rows["hub"]["core"], rows["hub"]["cut_point"], rows["a"]["cut_point"]) == (
        3,
        1,
        True,
        False,
    )
    assert rows["hub"]["constraint"] == pytest.approx(1 / 3)
    assert rows["a"]["constraint"] == pytest.approx(1.0)
    assert sum(row["pagerank"] for row in found.rows) == pytest.approx(1.0)
    assert rows["x"]["component"] == rows["y"]["component"] == 1
    assert rows["x"]["eigenvector"] == 0
    assert found.fragmentation == pytest.approx(1 - (6 * 5 + 2 * 1) / 56)
    assert found.key_players == ("hub",)
    assert found.fragmentation_without_them == pytest.approx(1 - (3 * 2 + 2 * 1) / 56)


def test_triangle_is_clustered_and_constrained() -> None:
    found = measure(read_network(table("a b\nb c\na c")), seed=1, key_players=0)
    assert found.transitivity == 1
    assert [row["clustering"] for row in found.rows] == [1, 1, 1]
    # p = 1/2 direct, 1/4 through the third: (3/4)^2 twice
    assert [row["constraint"] for row in found.rows] == pytest.approx([1.125] * 3)
    assert [row["eigenvector"] for row in found.rows] == pytest.approx([3**-0.5] * 3)


def test_communities_of_two_cliques_are_found_and_the_same_for_the_same_seed() -> None:
    cliques = "\n".join(f"{s}{a} {s}{b}" for s in "pq" for a in range(5) for b in range(a)) + "\np0 q0"
    found = measure(read_network(table(cliques)), seed=7)
    groups = {row["node"][0]: row["community"] for row in found.rows}
    assert found.communities == 2
    assert all(row["community"] == groups[row["node"][0]] for row in found.rows)
    assert measure(read_network(table(cliques)), seed=7) == found


def test_brokers_have_the_roles_of_gould_and_fernandez() -> None:
    groups = {"a": "1", "b": "1", "m": "1", "c": "2", "d": "3"}
    found = measure(read_network(table("a m\nb m\nc m\nd m")), seed=1, groups=groups)
    row = next(row for row in found.rows if row["node"] == "m")
    roles = [row[name] for name in ("coordinator", "itinerant", "gatekeeper", "representative", "liaison")]
    assert roles == [2, 0, 4, 4, 2]


def test_projection_of_two_modes_weighs_a_talk_more_than_a_crowd() -> None:
    met = table("a m1\nb m1\na m2\nb m2\nc m2\na m2", "person", "meeting")
    net = project(met, "person", "meeting")
    assert dict(zip(map(tuple, net.edges.tolist()), net.weights.tolist(), strict=True)) == {
        (0, 1): 1.5,
        (0, 2): 0.5,
        (1, 2): 0.5,
    }


def test_layers_overlap_by_the_edges_they_share() -> None:
    layers = table("a b kin\nb c kin\nb a trade\nc d trade\na a trade", "source", "target", "layer")
    assert overlap_of_layers(layers, "layer")["kin"] == {"kin": 1.0, "trade": pytest.approx(1 / 3)}


def test_missing_edges_move_measures_and_the_same_seed_moves_them_alike() -> None:
    chance = np.random.default_rng(3)
    pairs = {tuple(sorted(chance.choice(30, 2, replace=False).tolist())) for _ in range(90)}
    net = Network(tuple(map(str, range(30))), np.array(sorted(pairs)), np.ones(len(pairs)))
    found = stability(net, missing=0.3, runs=20, seed=5)
    assert found == stability(net, missing=0.3, runs=20, seed=5)
    assert 0.5 < found.rank_correlation["degree"] < 1
    assert stability(net, missing=0.0001, runs=5, seed=5).rank_correlation["betweenness"] == pytest.approx(1, abs=0.01)
    assert all(low <= high for low, high in zip(found.low["degree"], found.high["degree"], strict=True))


@given(
    st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), min_size=1, max_size=25), st.sampled_from(sorted(ORDERS))
)
@settings(max_examples=60, deadline=None)
def test_curve_never_rises_and_every_node_but_one_goes(pairs: list[tuple[int, int]], by: str) -> None:
    edges = sorted({(min(one), max(one)) for one in pairs if one[0] != one[1]})
    if not edges:
        return
    net = Network(tuple(map(str, range(8))), np.array(edges), np.ones(len(edges)))
    for every in (1, 3, None):
        found = disrupt(net, by=by, every=every)
        assert len(found.curve) == len(set(found.removed)) == 7
        assert all(after <= before + 1e-12 for before, after in zip((1.0, *found.curve), found.curve, strict=False))


DATA = os.environ.get("PLUMBLINE_BENCH_DATA", "")


@pytest.mark.skipif(not DATA, reason="PLUMBLINE_BENCH_DATA names no folder of corpora")
@pytest.mark.parametrize("mode", ["sequential", "block"])
@pytest.mark.parametrize(("which", "file"), [("meeting", "meetings"), ("phone_calls", "phonecalls")])
def test_curves_of_montagna_are_those_published(which: str, file: str, mode: str) -> None:
    """Cavallaro et al. 2020, PLOS ONE 15(8) e0236476: every point of both orders of both networks."""
    folder = Path(DATA) / "montagna"
    lines = (folder / f"dataset/Montagna_{file}_edgelist.csv").read_text().strip()
    net = read_network(table(lines, "source", "target", "weight"))
    with (folder / f"disruption/results/{mode}/{which}/df_Unweighted_5nrem.csv").open() as opened:
        published = list(csv.DictReader(opened))
    columns = {
        "betweenness": "Betweenness",
        "degree": "Degree",
        "katz": "Katz",
        "collective-influence": "Collective Influence",
    }
    for by, column in columns.items():
        curve = (1.0, *disrupt(net, by=by, every=1 if mode == "sequential" else 5, alpha=0.1).curve)
        unlike = [row["No"] for row in published if curve[int(row["No"])] != pytest.approx(float(row[column]))]
        assert len(unlike) == ((by, which, mode) == ("katz", "meeting", "block"))  # one point is another


def test_each_layer_is_measured_by_itself_and_nodes_by_how_they_take_part() -> None:
    layers = table("a b kin\nb c kin\nb a trade\nd a trade\nd a trade", "source", "target", "layer")
    found = measure_layers(layers, "layer", seed=1)
    assert {kind: (one.nodes, one.edges) for kind, one in found.layers.items()} == {"kin": (3, 2), "trade": (3, 2)}
    assert found.overlapping_degree == {"a": 3, "b": 3, "c": 1, "d": 1}
    assert found.participation == pytest.approx({"a": 2 * (1 - 5 / 9), "b": 2 * (1 - 5 / 9), "c": 0, "d": 0})


def test_communities_know_no_unit_of_weights() -> None:
    text = "a b {0}\nb c {0}\na c {0}\nc d {1}\nd e {0}\ne f {0}\nd f {0}"
    small, large = (read_network(table(text.format(4 * by, by), "source", "target", "weight")) for by in (1, 2.0**190))
    assert [row["community"] for row in measure(large, seed=1).rows] == [0, 0, 0, 1, 1, 1]
    assert measure(large, seed=1).modularity == pytest.approx(measure(small, seed=1).modularity)


def test_pagerank_solves_its_equation_and_communities_are_the_best_of_several_searches() -> None:
    """A ring of five triangles joined in pairs: PageRank by solving the linear system, modularity by trying every way."""
    pairs = [(3 * n + a, 3 * n + b) for n in range(4) for a, b in ((0, 1), (1, 2), (0, 2))] + [
        (2, 3),
        (5, 6),
        (8, 9),
        (11, 0),
    ]
    net = Network(tuple(map(str, range(12))), np.array(pairs), np.ones(len(pairs)))
    found = measure(net, seed=1)
    tie = np.zeros((12, 12))
    for a, b in pairs:
        tie[a, b] = tie[b, a] = 1
    exact = np.linalg.solve(np.eye(12) - 0.85 * tie / tie.sum(axis=0), np.full(12, 0.15 / 12))
    assert [row["pagerank"] for row in found.rows] == pytest.approx(exact, abs=1e-10)
    assert found.modularity == pytest.approx(4 * (3 / 16 - (8 / 32) ** 2))


@pytest.mark.parametrize("seed", range(12))
def test_key_players_leave_the_highest_fragmentation(seed: int) -> None:
    """Against every set taken out and the parts counted by their union, in networks of several parts, sparse and dense."""
    chance = np.random.default_rng(seed)
    n = 16
    pairs = {(a, b) for a, b in chance.integers(0, n, (int(chance.integers(12, 40)), 2)).tolist() if a < b}
    net = Network(tuple(map(str, range(n))), np.array(sorted(pairs), np.int64), np.ones(len(pairs)))

    def fragmented(gone: set[int]) -> float:
        part = list(range(n))
        for a, b in pairs:
            if not {a, b} & gone:
                part = [part[a] if one == part[b] else one for one in part]
        sizes = [sum(part[node] == one for node in range(n) if node not in gone) for one in set(part)]
        return 1 - sum(size * (size - 1) for size in sizes) / (n * (n - 1))

    for count in (1, 2, 3):
        found = measure(net, seed=1, key_players=count)
        gone = {int(name) for name in found.key_players}
        assert found.fragmentation_without_them == pytest.approx(fragmented(gone))
        assert len(gone) == count
        others = [gone - {old} | {new} for old in gone for new in range(n) if new not in gone]
        assert fragmented(gone) >= max(map(fragmented, others)) - 1e-12
    assert found.fragmentation == pytest.approx(fragmented(set()))
    assert measure(net, seed=1, key_players=0).key_players == ()


def test_key_player_of_a_ring_beside_a_denser_group_is_in_the_ring() -> None:
    clique = [f"k{a} k{b}" for a in range(10) for b in range(a)]
    net = read_network(
        table("\n".join([*clique, *(f"c{n} c{(n + 1) % 40}" for n in range(40)), "p q\nq r"]), "source", "target")
    )
    assert measure(net, seed=1, key_players=2).key_players == ("c0", "c20")


def test_key_player_that_a_better_pair_does_without_is_changed() -> None:
    """One by one the middle goes first, and then one hub of three; without it two hubs cut more apart."""
    edges = [f"m h{hub}" for hub in "abc"[:2]] + [f"h{hub} {hub}{leaf}" for hub in "ab" for leaf in range(5)]
    net = read_network(table("\n".join([*edges, "m x", "m y", "m z", "m w"]), "source", "target"))
    assert set(measure(net, seed=1, key_players=2).key_players) == {"ha", "hb"}
