"""Tables betray nobody: rules, suppression under attack, rounding, releases, microdata."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from bench.disclosure import KINDS, defeated, random_table
from scipy.optimize import milp

from plumbline.domain.columns import Columns
from plumbline.domain.disclosure import (
    Policy,
    Table,
    attack,
    audit_releases,
    measure_anonymity,
    publishable,
    read_table,
)
from plumbline.domain.disclosure.attack import attack_rounded, audit_rounded
from plumbline.domain.disclosure.rounding import Rounded, round_controlled, round_randomly
from plumbline.domain.disclosure.rules import find_primary
from plumbline.domain.errors import InvalidInput


def square(inner: list[list[float]], **settings: object) -> tuple[Columns, Policy]:
    """Give a table with its margins, labelled r0.. and c0.. with T for totals."""
    values = np.array(inner, dtype=float)
    values = np.vstack([values, values.sum(axis=0)])
    values = np.hstack([values, values.sum(axis=1, keepdims=True)])
    cells = list(np.ndindex(values.shape))
    tall, wide = values.shape
    data = {
        "r": np.array(["T" if i == tall - 1 else f"r{i}" for i, _ in cells], dtype=object),
        "c": np.array(["T" if j == wide - 1 else f"c{j}" for _, j in cells], dtype=object),
        "n": values.ravel(),
    }
    policy = Policy.read({"dimensions": ["r", "c"], "value": "n", "totals": {"r": "T", "c": "T"}} | settings)
    return Columns("t.csv", data), policy


def test_one_small_cell_costs_three_more_the_cheapest() -> None:
    columns, policy = square([[1, 20, 90], [20, 20, 90], [90, 90, 90]])
    verdict = publishable(read_table(columns, policy), policy)
    hidden = {cell.labels: cell.status for cell in verdict.cells if cell.value is None}
    assert hidden == {
        ("r0", "c0"): "primary",
        ("r0", "c1"): "complementary",
        ("r1", "c0"): "complementary",
        ("r1", "c1"): "complementary",
    }
    assert verdict.suppression is not None
    assert (verdict.safe, verdict.suppression.gap, verdict.suppression.method) == (True, 0.0, "exact")
    assert verdict.value_hidden == 61


def test_without_complement_the_attacker_knows_the_cell() -> None:
    columns, policy = square([[1, 20], [20, 20]])
    table = read_table(columns, policy)
    bound = attack(table, {0}, 0, integer=True)
    assert (bound.low, bound.high) == (1.0, 1.0)


@pytest.mark.parametrize("block", range(6))
def test_the_integer_attacker_never_wins(block: int) -> None:
    for seed in range(block * 10, block * 10 + 10):
        found = defeated(seed)
        assert (found.won, found.safe, found.stopped) == (0, True, False)


@pytest.mark.parametrize("way", ["hide", "controlled", "random"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_attacker_never_wins_against_other_tables_and_rounding(kind: str, way: str) -> None:
    found = [defeated(seed, kind, way) for seed in range(2000, 2006)]
    assert [one.won for one in found] == [0] * 6
    assert sum(one.attacks for one in found) > 0
    if kind != "magnitudes":  # whose largest are wider than the base
        assert [one.safe for one in found] == [True] * 6


def test_rounding_that_gives_a_cell_away_is_drawn_anew() -> None:
    columns, policy = square([[1, 1], [1, 1]], threshold=3, rounding={"base": 5, "seed": 3})
    table = read_table(columns, policy)
    primary = find_primary(table, policy)
    up = np.array([5.0, 5, 0, 5, 5, 0, 0, 0, 0])  # parts drawn up, sums down: four of one at least, of four at most
    told = audit_rounded(table, primary, Rounded(up, 5.0), integer=True)
    assert {(bound.low, bound.high) for bound in told.bounds if bound.cell in (0, 1, 3, 4)} == {(1, 1)}
    assert set(told.exposed) == set(primary.cells)
    far = audit_rounded(table, primary, Rounded(up, 5.0, reach=2), integer=True)
    assert far.exposed == ()
    assert far.bounds[0].low == 0
    verdicts = [publishable(table, replace(policy, rounding={"base": 5, "seed": seed})) for seed in range(60)]
    assert all(verdict.safe and not verdict.audit.exposed for verdict in verdicts)
    tries = [verdict.rounding.tries for verdict in verdicts if verdict.rounding]
    assert (len(tries), min(tries), max(tries) > 1) == (60, 1, True)


@pytest.mark.parametrize("adds_up", [True, False])
def test_a_large_table_is_withheld_where_its_base_gives_whole_numbers_away(adds_up: bool) -> None:
    inner = np.random.default_rng(1).negative_binomial(1, 0.08, size=(14, 14)).astype(float).tolist()
    for base, safe in ((1, False), (2, False), (5, True)):
        columns, policy = square(inner, rounding={"base": base, "adds_up": adds_up, "seed": 1})
        table = read_table(columns, policy)
        verdict = publishable(table, policy)
        assert (verdict.safe, verdict.audit.integer) == (safe, True)
        assert all(cell.value is None for cell in verdict.cells) != safe


@pytest.mark.parametrize("way", ["hide", "controlled", "random"])
def test_the_attacker_never_wins_against_large_tables(way: str) -> None:
    found = [defeated(seed, "large", way) for seed in range(2)]
    assert [one.won for one in found] == [0, 0]
    assert min(one.attacks for one in found) > 20


def test_bounds_of_rounded_values_are_as_wide_as_the_base() -> None:
    columns, policy = square([[1, 30], [40, 50]])
    table = read_table(columns, policy)
    alone = Table("t", table.labels, table.values, table.values, table.largest, ())
    rounded = Rounded(np.full(9, 5.0), 5.0)
    for integer, low, high in ((True, 1, 9), (False, 0, 10)):
        bound = attack_rounded(alone, rounded, 0, integer=integer)
        assert (bound.cell, bound.low, bound.high) == (0, low, high)
    zero = attack_rounded(alone, Rounded(np.zeros(9), 2.5), 0, integer=True)
    assert (zero.low, zero.high) == (0, 2)


def test_a_table_without_protection_by_rounding_is_withheld() -> None:
    columns, policy = square(
        [[2, 60], [60, 60]], protection_percent=1000, rounding={"base": 3, "adds_up": True, "seed": 1}
    )
    verdict = publishable(read_table(columns, policy), policy)
    assert (verdict.safe, {cell.value for cell in verdict.cells}) == (False, {None})
    assert {cell.reason for cell in verdict.cells} == {"the table cannot be protected by rounding to 3"}
    assert verdict.rounding is not None
    assert verdict.rounding.tries == 20


def test_a_search_that_ends_early_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    columns, policy = random_table(3)
    table = read_table(columns, policy)
    plain = milp

    def early(goal: Any, **settings: Any) -> Any:
        answer = plain(goal, **settings)
        answer.status = 1
        return answer

    monkeypatch.setattr("plumbline.domain.disclosure.rounding.milp", early)
    rounded = round_controlled(table, 5, seed=1)
    assert (rounded.stopped, rounded.reach) == (True, 1)
    monkeypatch.setattr("plumbline.domain.disclosure.suppression.milp", early)
    verdict = publishable(table, policy)
    assert verdict.suppression is not None
    assert (verdict.safe, verdict.suppression.stopped, verdict.suppression.method) == (True, True, "heuristic")


def test_an_attack_that_ends_early_proves_no_more_than_it_found(monkeypatch: pytest.MonkeyPatch) -> None:
    columns, policy = random_table(3)
    table = read_table(columns, policy)
    plain, found, limits = milp, True, []

    def early(goal: Any, **settings: Any) -> Any:
        limits.append(settings["options"]["time_limit"])
        answer = plain(goal, **settings)
        answer.status, answer.x = 1, answer.x if found else None
        return answer

    monkeypatch.setattr(sys.modules["plumbline.domain.disclosure.attack"], "milp", early)
    value = float(table.values[0])
    bound = attack(table, range(len(table.values)), 0, integer=True)
    assert bound.low == 0  # a table that was found shows that the value may be so
    found = False
    bound = attack(table, range(len(table.values)), 0, integer=True)
    assert (bound.low, bound.high) == (value, value)  # else it is taken as known
    assert min(limits) > 0


def test_a_seed_left_out_is_drawn_from_the_system() -> None:
    columns, policy = square([[7.0, 33], [21, 48]], rounding={"base": 10})
    table = read_table(columns, policy)
    drawn = {tuple(cell.value for cell in publishable(table, policy).cells) for _ in range(40)}
    assert len(drawn) > 1


def test_the_heuristic_is_as_safe_and_states_its_gap() -> None:
    for seed in range(8):
        columns, policy = random_table(seed)
        table = read_table(columns, policy)
        rough = publishable(
            table, Policy(policy.dimensions, "n", threshold=4, totals=policy.totals, method="heuristic")
        )
        best = publishable(table, policy)
        assert rough.safe
        assert rough.suppression is not None
        assert best.suppression is not None
        assert not rough.suppression.stopped
        assert 0 <= rough.suppression.gap <= 1
        assert len(best.suppression.audit.bounds) == len(rough.suppression.audit.bounds)


def test_dominance_and_p_percent_name_their_reason_and_level() -> None:
    data = {
        "r": np.array(["a", "b"], dtype=object),
        "v": np.array([100.0, 100.0]),
        "m": np.array([9.0, 9.0]),
        "x1": np.array([80.0, 30.0]),
        "x2": np.array([15.0, 20.0]),
    }
    settings = {"dimensions": "r", "value": "v", "contributors": "m", "largest": ["x1", "x2"], "protection_percent": 0}
    columns = Columns("t.csv", data)
    policy = Policy.read(settings | {"dominance": [1, 75]})
    found = find_primary(read_table(columns, policy), policy)
    assert found.reasons == {0: "the 1 largest hold 80.0 %, more than 75 %"}
    assert found.above[0] == 7  # ceil(80 / .75 - 100)
    policy = Policy.read(settings | {"p_percent": 10})
    found = find_primary(read_table(columns, policy), policy)
    assert found.reasons == {0: "the largest can be told within 10 %"}
    assert found.above[0] == 3  # .1 x 80 - 5


def test_threshold_counts_contributors_and_lets_zero_pass() -> None:
    columns, policy = square([[0, 2], [3, 40]])
    found = find_primary(read_table(columns, policy), policy)
    assert found.reasons[1] == "2 contributors, fewer than 3"
    assert {columns.text("r")[cell] + columns.text("c")[cell] for cell in found.cells} == {"r0c1", "r0T"}


def test_controlled_rounding_adds_up_and_random_rounding_is_seeded() -> None:
    columns, policy = square([[1, 7, 3], [4, 9, 6]])
    table = read_table(columns, policy)
    rounded = round_controlled(table, 5, seed=1).values
    assert (rounded % 5 == 0).all()
    assert np.abs(rounded - table.values).max() < 5
    for top, parts in table.relations:
        assert rounded[top] == rounded[list(parts)].sum()
    many = round_randomly(np.full(20_000, 2.0), 5, seed=3)
    assert set(many.tolist()) == {0.0, 5.0}
    assert many.mean() == pytest.approx(2, abs=0.06)
    assert (round_randomly(np.full(9, 2.0), 5, seed=3) == many[:9]).all()


def test_two_releases_give_the_difference_away() -> None:
    columns, policy = square([[10, 20], [30, 40]])
    part, _ = square([[9, 20], [30, 30]])
    outer, inner = read_table(columns, policy), read_table(part, policy)
    found = audit_releases(outer, inner, frozenset(), frozenset(), policy)
    assert ("difference", ("r0", "c0")) in found.exposed
    with pytest.raises(InvalidInput, match="larger than in"):
        audit_releases(inner, outer, frozenset(), frozenset(), policy)


def test_anonymity_names_the_groups() -> None:
    people = Columns(
        "p.csv",
        {
            "age": np.array(["20", "20", "30", "30", "40"], dtype=object),
            "ill": np.array(["x", "y", "x", "x", "y"], dtype=object),
        },
    )
    found = measure_anonymity(people, ["age"], k=2, sensitive="ill", diversity=2)
    assert (found.k, found.diversity, found.groups) == (1, 1, 3)
    assert [(group.keys, group.size) for group in found.offending] == [(("40",), 1), (("30",), 2)]


@pytest.mark.parametrize(
    ("row", "column", "value", "said"),
    [
        (0, "n", "many", "row 2, column 'n': a number is needed"),
        (1, "n", "-4", "row 3, column 'n': a number of zero or more"),
        (0, "n", "2", "r. / T is|T / c. is"),
        (2, "r", "rX", "lacks the total 'T' of c for|lacks the total"),
        (1, "c", "c0", "row 3, column 'r': a cell that was not given before"),
    ],
)
def test_bad_tables_are_refused_by_a_sentence(row: int, column: str, value: str, said: str) -> None:
    columns, policy = square([[5, 20], [20, 20]])
    data = {name: entries.astype(object) for name, entries in columns.data.items()}
    data[column][row] = value
    with pytest.raises(InvalidInput, match=said):
        read_table(Columns("t.csv", data), policy)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ([1], "a mapping of settings"),
        ({"value": "n"}, "dimensions: a column is needed"),
        ({"dimensions": list("abcde"), "value": "n"}, "1 to 4 columns"),
        ({"dimensions": "r", "value": "n", "threshold": 0}, "threshold must be between 1"),
        ({"dimensions": "r", "value": "n", "thresh": 3}, "one of the keys"),
        ({"dimensions": "r", "value": "n", "method": "magic"}, "one of auto"),
        ({"dimensions": "r", "value": "n", "p_percent": 10}, "2 columns of the largest"),
        ({"dimensions": "r", "value": "n", "dominance": "x"}, "n and k are needed"),
        ({"dimensions": "r", "value": "n", "rounding": {"base": 0}}, "rounding.base must be between"),
        ({"dimensions": "r", "value": "n", "rounding": {"base": 5, "sed": 1}}, "a mapping of base, adds_up and seed"),
        (
            {"dimensions": "r", "value": "n", "rounding": {"base": 5, "seed": -1}},
            "rounding.seed: a whole number of zero",
        ),
        (
            {"dimensions": "r", "value": "n", "rounding": {"base": 5, "seed": True}},
            "rounding.seed: a whole number of zero",
        ),
    ],
)
def test_bad_policies_are_refused_by_their_key(settings: object, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        Policy.read(settings)
