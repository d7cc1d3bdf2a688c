"""Shortest simple paths: the same as all simple paths sorted, and the rows that their links rest on."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
import rustworkx as rx
from hypothesis import given, settings
from hypothesis import strategies as st

from plumbline.domain.columns import Columns
from plumbline.domain.errors import InvalidInput, NotFound
from plumbline.domain.network import paths_between, read_network


def table(*rows: tuple[object, ...], names: tuple[str, ...] = ("source", "target", "weight")) -> Columns:
    columns = zip(*rows, strict=True)
    return Columns(
        "e.csv",
        {name: np.array([str(x) for x in one], dtype=object) for name, one in zip(names, columns, strict=False)},
    )


edges = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7), st.integers(1, 5)), min_size=1, max_size=24)


@given(
    edges.filter(lambda rows: any(a != b for a, b, _ in rows)),
    st.integers(1, 12),
    st.sampled_from(["steps", "strength"]),
)
@settings(max_examples=200, deadline=None)
def test_paths_are_the_shortest_of_all_simple_paths(rows: list[tuple[int, int, int]], most: int, by: str) -> None:
    rows = [(a, b, w) for a, b, w in rows if a != b]
    data = table(*rows)
    network = read_network(data)
    source, target = network.names[0], network.names[-1]
    graph = network.graph()
    cost = {
        frozenset(map(int, edge)): (1 / w if by == "strength" else 1.0)
        for edge, w in zip(network.edges, network.weights, strict=True)
    }
    every = {
        tuple(nodes): sum(cost[frozenset(pair)] for pair in pairwise(nodes))
        for nodes in map(list, rx.all_simple_paths(graph, 0, network.size - 1))
    }
    found = paths_between(data, source, target, most=most, by=by)
    assert [path.length for path in found.paths] == pytest.approx(sorted(every.values())[:most])
    number = {name: n for n, name in enumerate(network.names)}
    as_numbers = [tuple(number[node] for node in path.nodes) for path in found.paths]
    assert len(set(as_numbers)) == len(as_numbers)
    for nodes, path in zip(as_numbers, found.paths, strict=True):
        assert every[nodes] == pytest.approx(path.length)
    assert found.shortest == (Counter(map(len, every))[min(map(len, every))] if every else 0)


def test_links_rest_on_the_rows_that_name_them_whichever_way() -> None:
    names = ("source", "target", "weight", "call", "day")
    data = table(
        ("a", "b", 1, "c1", "2011-03-05"),
        ("b", "c", 1, "c2", ""),
        ("b", "a", 2, "c3", ""),
        ("c", "d", 1, "c4", ""),
        names=names,
    )
    (path,) = paths_between(data, "a", "c").paths
    assert (path.nodes, path.length, path.steps) == (("a", "b", "c"), 2.0, 2)
    assert path.links[0].weight == 3.0
    assert path.links[0].rows == (
        {"row": 2, "weight": "1", "call": "c1", "day": "2011-03-05"}, {"row": 4, "weight": "2", "call": "c3"},
    )  # fmt: skip
    assert [row["call"] for row in path.links[1].rows] == ["c2"]


def test_strong_ties_bring_near() -> None:
    data = table(("a", "b", 1), ("a", "c", 10), ("c", "b", 10))
    assert paths_between(data, "a", "b", most=1).paths[0].nodes == ("a", "b")
    (path,) = paths_between(data, "a", "b", most=1, by="strength").paths
    assert (path.nodes, path.length) == (("a", "c", "b"), pytest.approx(0.2))


def test_parts_that_no_path_joins_answer_with_none_and_their_sizes() -> None:
    found = paths_between(table(("a", "b", 1), ("b", "e", 1), ("c", "d", 1)), "a", "c")
    assert (found.paths, found.shortest, found.reached) == ((), 0, (3, 2))


def test_nodes_are_found_by_what_they_are_called() -> None:
    names = ("source", "target", "source_name", "target_name")
    data = table(
        ("p1", "c1", "Ann Lee", "Eco Ltd"),
        ("p2", "c1", "Bo Ek", "Eco Ltd"),
        ("p3", "c1", "bo ek", "Eco Ltd"),
        names=names,
    )
    (path,) = paths_between(data, "ann lee", "p2").paths
    assert (path.nodes, path.names) == (("p1", "c1", "p2"), ("Ann Lee", "Eco Ltd", "Bo Ek"))
    with pytest.raises(InvalidInput, match="several nodes are called Bo Ek: p2, p3"):
        paths_between(data, "p1", "Bo Ek")
    with pytest.raises(NotFound, match=r"e.csv has no node Ann Le. The nearest are: Ann Lee"):
        paths_between(data, "Ann Le", "p2")
    with pytest.raises(NotFound, match="no node 中文, and none that is called alike"):
        paths_between(data, "中文", "p2")
    with pytest.raises(InvalidInput, match="one node"):
        paths_between(data, "p1", "Ann Lee")
