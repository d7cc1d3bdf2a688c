"""Suppression and rounding against every choice there is, attacks against bounds by hand, rules at their limits."""

from __future__ import annotations

import importlib.util
import itertools

import numpy as np
import pytest
from tests.unit.domain.disclosure.test_disclosure import square

from plumbline.domain.columns import Columns
from plumbline.domain.disclosure import (
    Policy,
    Table,
    attack,
    audit,
    audit_releases,
    measure_anonymity,
    publishable,
    read_table,
)  # fmt: skip
from plumbline.domain.disclosure.noise import add_noise
from plumbline.domain.disclosure.rounding import round_controlled, round_randomly
from plumbline.domain.disclosure.rules import Primary, find_primary
from plumbline.domain.disclosure.suppression import costs, suppress
from plumbline.domain.errors import InvalidInput, Unavailable


def drawn(seed: int, *, whole: bool = True) -> tuple[Table, Policy]:
    """Draw a table of 2 x 2 or 2 x 3 cells and its margins."""
    draw = np.random.default_rng(seed)
    inner = draw.negative_binomial(1, 0.12, size=(2, 2 + seed % 2)).astype(float)
    columns, policy = square((inner if whole else inner + 0.5).tolist(), threshold=4)
    return read_table(columns, policy), policy


def cheapest(table: Table, primary: Primary) -> float:
    """Give the cost of the cheapest safe choice, by trying all in the order of their cost; hidden zeros are no choice."""
    cost = costs(table, primary)
    others = [cell for cell in range(len(cost)) if cell not in primary.reasons and table.values[cell] > 0]
    choices = [chosen for many in range(len(others) + 1) for chosen in itertools.combinations(others, many)]
    for chosen in sorted(choices, key=lambda cells: cost[list(cells)].sum()):
        if not audit(table, primary, {*primary.cells, *chosen}).exposed:
            return float(cost[list(chosen)].sum())
    raise AssertionError("hiding all is safe")


@pytest.mark.parametrize("seed", range(10))
def test_the_exact_choice_costs_what_the_cheapest_of_all_choices_costs(seed: int) -> None:
    table, policy = drawn(seed, whole=seed < 7)
    primary = find_primary(table, policy)
    best, cost = cheapest(table, primary), costs(table, primary)
    found = suppress(table, primary, policy)
    rough = suppress(table, primary, Policy(**vars(policy) | {"method": "heuristic"}))
    assert float(cost[list(found.hidden)].sum()) == pytest.approx(best)
    assert found.gap == 0
    spent = float(cost[list(rough.hidden)].sum())
    assert (rough.audit.exposed, spent >= best - 1e-9) == ((), True)
    assert rough.gap >= (spent - best) / max(spent, 1e-9) - 1e-6
    assert spent <= 1.6 * best
    if primary.cells:
        assert (found.method, rough.method) == ("exact", "heuristic")


def test_the_heuristic_stays_near_the_cheapest_on_the_whole() -> None:
    spent = best = 0.0
    for seed in range(20, 26):
        table, policy = drawn(seed)
        primary = find_primary(table, policy)
        cost = costs(table, primary)
        spent += float(
            cost[list(suppress(table, primary, Policy(**vars(policy) | {"method": "heuristic"})).hidden)].sum()
        )
        best += float(cost[list(suppress(table, primary, policy).hidden)].sum())
    assert best <= spent <= 1.1 * best


def test_hiding_costs_the_log_of_a_value_and_one_and_primary_cells_nothing() -> None:
    table, policy = read_square([[1, 20], [30, 0]])
    cost = costs(table, find_primary(table, policy))
    assert cost == pytest.approx(np.log1p([0, 20, 21, 30, 0, 30, 31, 20, 51]) + [0, *[0.1] * 8])


def read_square(inner: list[list[float]], **settings: object) -> tuple[Table, Policy]:
    columns, policy = square(inner, **settings)
    return read_table(columns, policy), policy


@pytest.mark.parametrize("integer", [True, False])
def test_what_an_attacker_knows_of_four_holes_are_the_bounds_of_frechet(integer: bool) -> None:
    inner = [[3, 20], [9, 40]]
    table, _ = read_square(inner)
    holes = {0, 1, 3, 4}
    for cell, (row, column) in {0: (23, 12), 1: (23, 60), 3: (49, 12), 4: (49, 60)}.items():
        bound = attack(table, holes, cell, integer=integer)
        assert (bound.cell, bound.low, bound.high) == (cell, max(0, row + column - 72), min(row, column))


def test_without_sums_a_hole_can_be_anything() -> None:
    table = line({"a": 2, "b": 30})
    assert table.relations == ()
    bound = attack(table, {0}, 0, integer=False)
    assert (bound.low, bound.high) == (0, np.inf)
    assert (attack(table, {0}, 1, integer=True).low, attack(table, {0}, 1, integer=True).high) == (30, 30)


def line(cells: dict[str, float], total: str = "") -> Table:
    labels = list(cells)
    data = {"r": np.array(labels, dtype=object), "n": np.array(list(cells.values()), dtype=float)}
    policy = Policy.read({"dimensions": "r", "value": "n", "totals": {"r": total} if total else {}})
    return read_table(Columns("line.csv", data), policy)


def test_whole_numbers_are_a_knowledge_of_their_own() -> None:
    table = line({"a": 1.0, "b": 1.5, "T": 2.5}, "T")
    continuous, whole = (attack(table, {0, 1}, 0, integer=integer) for integer in (False, True))
    assert (continuous.low, continuous.high) == (0, 2.5)
    assert (whole.low, whole.high) == (0, np.inf)  # no whole numbers add up to it: nothing is known
    primary = Primary({0: "x"}, np.ones(3), np.ones(3))
    assert not audit(table, primary, {0, 1}).integer
    assert audit(line({"a": 1, "b": 1, "T": 2}, "T"), primary, {0, 1}).integer
    assert audit(table, primary, {0, 1}, integer=True).integer


def test_a_bound_must_reach_as_far_as_asked_on_both_sides() -> None:
    table = line({"a": 10, "b": 20, "T": 30}, "T")
    for below, above, exposed in ((10, 20, ()), (11, 20, (0,)), (10, 21, (0,)), (0, 0, ())):
        width = np.zeros(3) + below, np.zeros(3) + above
        assert audit(table, Primary({0: "x"}, *width), {0, 1}).exposed == exposed
    assert audit(table, Primary({0: "x"}, np.ones(3), np.zeros(3)), {0}).exposed == (0,)
    small = line({"a": 1, "b": 20, "T": 21}, "T")
    for below, exposed in ((1 + 1.5e-6, (0,)), (1 + 0.5e-6, ())):  # a millionth is the arithmetic's
        assert audit(small, Primary({0: "x"}, np.full(3, below), np.zeros(3)), {0, 1}).exposed == exposed
    large = line({"a": 1000, "b": 20, "T": 1020}, "T")
    for above, exposed in ((20 + 1.5e-3, (0,)), (20 + 0.5e-3, ())):  # of the cell's value
        assert audit(large, Primary({0: "x"}, np.zeros(3), np.full(3, above)), {0, 1}).exposed == exposed


def test_nothing_is_hidden_where_nothing_must_be() -> None:
    table, policy = read_square([[10, 20], [30, 40]])
    found = suppress(table, find_primary(table, policy), policy)
    assert (found.complementary, found.method, found.gap, found.hidden) == ((), "none needed", 0, frozenset())
    verdict = publishable(table, policy)
    assert [cell.value for cell in verdict.cells] == table.values.tolist()
    assert (verdict.safe, verdict.value_hidden, verdict.rounding) == (True, 0, None)
    alone = line({"a": 2, "b": 30})
    rules = Policy.read({"dimensions": "r", "value": "n"})
    found = suppress(alone, find_primary(alone, rules), rules)
    assert (found.method, found.hidden) == ("none needed", {0})


def test_a_large_table_goes_the_heuristic_way_unless_told_otherwise() -> None:
    inner = np.full((12, 12), 50.0)
    inner[3, 4] = 1
    table, policy = read_square(inner.tolist())
    found = suppress(table, find_primary(table, policy), policy)
    assert (len(table.values), found.method, len(found.hidden), found.audit.exposed) == (169, "heuristic", 4, ())
    assert 0 <= found.gap < 0.6


def best_rounding(table: Table, base: float, drawn: np.ndarray) -> float:
    """Give the least distance in all from a draw of any table of adjacent multiples that adds up, trying all inner cells."""
    tops = {top for top, _ in table.relations}
    free = [cell for cell in range(len(table.values)) if cell not in tops]
    near = [{np.floor(table.values[cell] / base) * base, np.ceil(table.values[cell] / base) * base} for cell in free]
    best = np.inf
    for chosen in itertools.product(*near):
        values = np.zeros(len(table.values))
        values[free] = chosen
        for _ in range(2):  # margins of parts, then of margins
            for top, parts in table.relations:
                values[top] = values[list(parts)].sum()
        if (np.abs(values - table.values) < base).all():
            best = min(best, float(np.abs(values - drawn).sum()))
    return best


@pytest.mark.parametrize("seed", range(5))
def test_controlled_rounding_is_the_nearest_to_what_was_drawn(seed: int) -> None:
    inner = np.random.default_rng(seed).integers(0, 30, (2, 3)).astype(float)
    table, _ = read_square(inner.tolist())
    drawn = round_randomly(table.values, 5, seed=seed)
    rounded = round_controlled(table, 5, seed=seed)
    assert (rounded.reach, rounded.stopped, rounded.gap, rounded.base, rounded.tries) == (1, False, 0, 5, 1)
    assert np.abs(rounded.values - drawn).sum() == pytest.approx(best_rounding(table, 5, drawn))
    assert (rounded.values >= 0).all()


def test_every_table_within_the_reach_may_be_drawn() -> None:
    """What the attack rests on: who sees a rounded table can leave out no true table whose every value is less than the base away."""
    table = line({"a": 2, "b": 4, "T": 6}, "T")
    seen = {tuple(round_controlled(table, 5, seed=seed).values.tolist()) for seed in range(200)}
    assert seen == {(0, 5, 5), (5, 0, 5), (5, 5, 10)}


def test_controlled_rounding_leaves_multiples_and_reaches_further_only_where_it_must() -> None:
    table, _ = read_square([[1.1, 2.2], [3.3000000000000003, 6.6]])
    assert round_controlled(table, 1.1, seed=1).values == pytest.approx(table.values)
    alone = {tuple(round_controlled(line({"a": 1, "b": 7}), 5, seed=seed).values.tolist()) for seed in range(60)}
    assert alone == {(0, 5), (0, 10), (5, 5), (5, 10)}
    for seed in range(
        5
    ):  # 9 lies between 5 and 10, which three equal parts never make: 0 and 15 are two multiples away
        further = round_controlled(thrice(3, 3), 5, seed=seed)
        assert (further.values.tolist() in ([0, 0], [5, 15]), further.reach) == (True, 2)
    with pytest.raises(InvalidInput, match="cannot be rounded to multiples of 5"):
        round_controlled(thrice(3, 10), 5, seed=1)
    lower = round_controlled(thrice(1, 11), 5, seed=1)  # two multiples below the one under 11
    assert (lower.values.tolist(), lower.reach) == ([0, 0], 3)
    with pytest.raises(InvalidInput, match="cannot be rounded to multiples of 5"):
        round_controlled(thrice(1, 16), 5, seed=1)  # three are further than is looked


def thrice(value: float, times: int) -> Table:
    """Give a table whose total takes one part so many times."""
    values = np.array([value, value * times])
    return Table("t.csv", (("a",), ("T",)), values, values, np.zeros((2, 0)), ((1, (0,) * times),))


def test_random_rounding_keeps_the_expectation_of_any_value() -> None:
    for value in (7.0, 13.0, 24.0):
        many = round_randomly(np.full(20_000, value), 5, seed=4)
        assert set(many.tolist()) == {value // 5 * 5, value // 5 * 5 + 5}
        assert many.mean() == pytest.approx(value, abs=0.06)


@pytest.mark.parametrize("adds_up", [True, False])
def test_a_rounded_table_needs_no_hole(adds_up: bool) -> None:
    table, policy = read_square([[1, 22], [13, 44]], rounding={"base": 5, "adds_up": adds_up, "seed": 3})
    verdict = publishable(table, policy)
    values = round_controlled(table, 5, seed=3).values if adds_up else round_randomly(table.values, 5, seed=3)
    assert [cell.value for cell in verdict.cells] == values.tolist()
    assert {(cell.status, cell.reason) for cell in verdict.cells} == {("published", "rounded to 5")}
    assert (verdict.safe, verdict.suppression, len(verdict.audit.bounds)) == (True, None, 1)
    assert verdict.rounding is not None
    assert (verdict.rounding.reach, verdict.rounding.tries) == (1, 1)
    assert verdict.value_hidden == np.abs(values - table.values).sum()


def test_a_base_narrower_than_the_protection_publishes_nothing() -> None:
    table, policy = read_square([[2, 22], [13, 44]], rounding={"base": 5, "seed": 1}, protection_percent=310)
    verdict = publishable(table, policy)
    assert (verdict.safe, {cell.value for cell in verdict.cells}, {cell.status for cell in verdict.cells}) == (
        False, {None}, {"primary"},
    )  # fmt: skip
    edge = Policy(
        **vars(policy) | {"protection_percent": 300}
    )  # 2 below and 6 above: as wide as 1 to 9, what a 5 may stand for
    verdict = publishable(table, edge)
    assert (verdict.safe, verdict.cells[0].value, verdict.audit.bounds[0].low, verdict.audit.bounds[0].high) == (
        True, 5, 1, 9,
    )  # fmt: skip


def test_noise_needs_a_budget_and_the_library() -> None:
    with pytest.raises(InvalidInput, match="epsilon: a number above zero"):
        add_noise(np.ones(2), 0, seed=1)
    if importlib.util.find_spec("diffprivlib") is None:
        with pytest.raises(Unavailable, match="pip install diffprivlib"):
            add_noise(np.ones(2), 1, seed=1)
    else:
        noisy = add_noise(np.full(4000, 50.0), 1, seed=1)
        assert noisy.mean() == pytest.approx(50, abs=0.2)
        assert (noisy == np.round(noisy)).all()


NONE: frozenset[int] = frozenset()


@pytest.mark.parametrize(
    ("outer_hidden", "inner_hidden", "exposed"),
    [
        (NONE, NONE, ("difference",)),
        (NONE, frozenset({0}), ()),
        (frozenset({0}), NONE, ()),
        (frozenset({0}), frozenset({0}), ()),
        (NONE, frozenset({1}), ("difference",)),
        (frozenset({1}), NONE, ("difference",)),
    ],
)
def test_a_difference_is_known_where_both_releases_show_its_cell(
    outer_hidden: frozenset[int], inner_hidden: frozenset[int], exposed: tuple[str, ...]
) -> None:
    outer, inner = line({"a": 10, "b": 40}), line({"a": 9, "b": 20})
    policy = Policy.read({"dimensions": "r", "value": "n"})
    found = audit_releases(outer, inner, outer_hidden, inner_hidden, policy)
    assert found.exposed == tuple((name, ("a",)) for name in exposed)


def test_a_hole_of_one_release_is_filled_by_the_other_and_its_sums() -> None:
    policy = Policy.read({"dimensions": "r", "value": "n"})
    outer = line({"x": 7, "a": 50, "b": 60, "T": 117}, "T")
    inner = line({"a": 2, "b": 40, "T": 42}, "T")
    found = audit_releases(outer, inner, NONE, frozenset({0}), policy)
    assert ("line.csv", ("a",)) in found.exposed  # by the inner total
    found = audit_releases(outer, inner, NONE, frozenset({0, 1}), policy)
    assert found.exposed == ()
    assert found.audit.bounds[0].low == 0
    small = line({"a": 2, "b": 60, "T": 62}, "T")
    found = audit_releases(
        small, inner, NONE, frozenset({0, 1}), policy
    )  # the wider release shows it, and it is its own
    assert {cell for _, cell in found.exposed} >= {("a",)}


def test_a_part_is_refused_where_it_holds_more_people_than_the_whole() -> None:
    policy = Policy.read({"dimensions": "r", "value": "n"})
    with pytest.raises(InvalidInput, match="the cell b is larger than in line.csv"):
        audit_releases(line({"a": 5, "b": 6}), line({"a": 5, "b": 7}), NONE, NONE, policy)
    assert audit_releases(line({"a": 50, "b": 6}), line({"a": 50, "b": 6}), NONE, NONE, policy).exposed == ()
    assert audit_releases(line({"a": 5}), line({"z": 5}), NONE, NONE, policy).exposed == ()


def rule(largest: list[float], value: float, members: float = 9, **settings: object) -> Primary:
    names = [f"x{place}" for place in range(len(largest))]
    data = {"r": np.array(["a"], dtype=object), "v": np.array([value]), "m": np.array([members])}
    data |= {name: np.array([one]) for name, one in zip(names, largest, strict=True)}
    policy = Policy.read({"dimensions": "r", "value": "v", "contributors": "m", "largest": names} | settings)
    return find_primary(read_table(Columns("t.csv", data), policy), policy)


def test_rules_break_beyond_their_limit_and_not_on_it() -> None:
    assert rule([80, 12], 100, p_percent=10).reasons == {}  # the rest, 8, is a tenth of the largest
    found = rule([80, 12.5], 100.5, p_percent=10.5)
    assert (found.reasons, found.above[0]) == ({0: "the largest can be told within 10.5 %"}, pytest.approx(10.05))
    assert rule([80, 12, 5], 100, p_percent=10).reasons == {}  # the second tells of the first, the third is of the rest
    assert rule([5, 80, 6], 100, p_percent=18).reasons == {0: "the largest can be told within 18 %"}
    assert rule([75, 5], 100, dominance=[1, 75]).reasons == {}
    found = rule([20, 76, 1.5], 100.5, dominance={"n": 2, "k": 80}, protection_percent=0)
    assert found.reasons == {0: "the 2 largest hold 95.5 %, more than 80 %"}
    assert found.above[0] == pytest.approx(96 / 0.8 - 100.5)
    assert (rule([], 40, 3).reasons, rule([], 40, 0).reasons, rule([], 40, 5, threshold=5).reasons) == ({}, {}, {})
    both = rule([90, 5], 100, 2, p_percent=10, protection_percent=20)
    assert both.reasons == {0: "2 contributors, fewer than 3; the largest can be told within 10 %"}
    assert (both.above[0], both.below[0]) == (20, 20)


def test_protection_is_a_share_of_the_cell_and_one_at_least_of_whole_numbers() -> None:
    assert (rule([], 50.5, 2).above[0], rule([], 50.5, 2).below[0]) == (pytest.approx(5.05), pytest.approx(5.05))
    assert (rule([], 51, 2).above[0], rule([], 50, 2).above[0], rule([], 3, 2).above[0]) == (6, 5, 1)
    wide = rule([], 10, 2, protection_percent=200)
    assert (wide.above[0], wide.below[0]) == (20, 10)


def test_settings_may_stand_on_their_limits_and_not_beyond() -> None:
    base = {"dimensions": ["a", "b", "c", "d"], "value": "n"}
    policy = Policy.read(base)
    assert (policy.threshold, policy.protection_percent, policy.method, policy.largest) == (3, 10, "auto", ())
    many = [f"x{place}" for place in range(10)]
    for key, fits, fails in (
        ("threshold", (1, 1_000_000), (0, 1_000_001)),
        ("protection_percent", (0, 1000), (-1, 1001)),
        ("p_percent", (0, 100), (-1, 101)),
        ("rounding", ({"base": 1}, {"base": 1_000_000}), ({"base": 0}, {"base": 1_000_001})),
        ("dominance", ([1, 1], [10, 100]), ([0, 50], [11, 50], [1, 0], [1, 101])),
    ):
        for value in fits:
            Policy.read(base | {"largest": many, key: value})
        for value in fails:
            with pytest.raises(InvalidInput, match=rf"policy: {key}.* must be between"):
                Policy.read(base | {"largest": many, key: value})
    with pytest.raises(InvalidInput, match="2 columns of the largest"):
        Policy.read(base | {"largest": ["x"], "dominance": [2, 50]})
    for given in ("false", 1, None):
        with pytest.raises(InvalidInput, match="rounding.adds_up: true or false is needed here"):
            Policy.read(base | {"rounding": {"base": 5, "adds_up": given}})
    with pytest.raises(InvalidInput, match="threshold must be between"):
        Policy.read(base | {"threshold": True})


def test_a_hierarchy_binds_children_to_parents_and_sums_may_round() -> None:
    data = {"r": np.array(["T", "N", "S", "n1", "n2"], dtype=object), "n": np.array([10, 4, 6, 1, 3.0000005])}
    policy = Policy.read({"dimensions": "r", "value": "n", "hierarchies": {"r": {"T": ["N", "S"], "N": ["n1", "n2"]}}})
    table = read_table(Columns("t.csv", data), policy)
    assert table.relations == ((0, (1, 2)), (1, (3, 4)))
    data["n"][4] = 3.00002
    with pytest.raises(InvalidInput, match="the cell N is 4, but its parts add up to 4"):
        read_table(Columns("t.csv", data), policy)
    data["n"] = np.array([0.5000008, 0.2, 0.3, 0.1, 0.1])
    assert read_table(Columns("t.csv", data), policy).whole is False
    data["n"][0] = 0.5000015  # a millionth of one, where the total is below one
    with pytest.raises(InvalidInput, match="the cell T is 0.500"):
        read_table(Columns("t.csv", data), policy)


@pytest.mark.parametrize("method", ["exact", "heuristic"])
def test_what_only_whole_numbers_give_away_is_protected_too(method: str) -> None:
    """One part counts twice: without the total hidden, the primary cell must be odd, so that it cannot be 0."""
    values = np.array([1.0, 5, 11, 70, 80, 150])
    sums = ((2, (0, 1, 1)), (5, (3, 4)))
    table = Table("t.csv", tuple((name,) for name in "pqtabc"), values, values, np.zeros((6, 0)), sums)
    policy = Policy(("r",), "n", threshold=3, method=method)
    primary = find_primary(table, policy)
    assert primary.cells == (0,)
    assert audit(table, primary, {0, 1}, integer=False).exposed == ()
    assert audit(table, primary, {0, 1}, integer=True).exposed == (0,)
    found = suppress(table, primary, policy)
    assert (found.hidden, found.audit.exposed, found.audit.integer) == ({0, 2}, (), True)
    assert found.method == method
    if method == "exact":
        assert found.gap == 0
        assert float(costs(table, primary)[[0, 2]].sum()) == pytest.approx(cheapest(table, primary))


@pytest.mark.parametrize("factor", [0.001, 1, 400])
def test_what_is_hidden_depends_on_shares_and_not_on_the_unit(factor: float) -> None:
    """Dominance in thousands or in ones: the same reasons, and bounds that grow with the unit."""
    inner = {"a": 80.5, "b": 33.25, "c": 41.75}
    values = np.array([*inner.values(), sum(inner.values())]) * factor
    largest = np.column_stack([values * [0.9, 0.4, 0.3, 0.5], values * [0.02, 0.3, 0.3, 0.1]])
    data = {
        "r": np.array([*inner, "T"], dtype=object),
        "n": values,
        "m": np.full(4, 20.0),
        "x1": largest[:, 0],
        "x2": largest[:, 1],
    }
    policy = Policy.read(
        {
            "dimensions": "r",
            "value": "n",
            "contributors": "m",
            "largest": ["x1", "x2"],
            "p_percent": 15,
            "totals": {"r": "T"},
        }
    )
    table = read_table(Columns("t.csv", data), policy)
    primary = find_primary(table, policy)
    found = suppress(table, primary, policy)
    assert (primary.cells, found.hidden) == ((0,), {0, 1})
    assert primary.above[0] == pytest.approx(max(0.1, 0.15 * 0.9 - 0.08) * values[0])


def test_a_group_just_as_large_and_as_varied_as_asked_does_not_offend() -> None:
    people = Columns(
        "p.csv", {"k": np.array(list("aabbbc"), dtype=object), "s": np.array(list("xyxxxz"), dtype=object)}
    )
    found = measure_anonymity(people, ["k"], k=2, sensitive="s", diversity=2)
    assert (found.k, found.diversity, found.groups) == (1, 1, 3)
    assert [(group.keys, group.size, group.diversity) for group in found.offending] == [(("c",), 1, 1), (("b",), 3, 1)]
    plain = measure_anonymity(people, ["k"], k=3)
    assert (plain.diversity, [group.keys for group in plain.offending]) == (None, [("c",), ("a",)])
    assert measure_anonymity(people, ["k"], k=1, sensitive="s").offending == ()
    nobody = measure_anonymity(people.select(np.zeros(6, dtype=bool)), ["k"], k=2, sensitive="s")
    assert (nobody.k, nobody.diversity, nobody.groups) == (0, None, 0)
