"""Options, pairwise judgements, hypotheses, risks, forecasts."""

from __future__ import annotations

import random
from itertools import pairwise

import numpy as np
import pytest

from plumbline.domain.errors import InvalidInput
from plumbline.domain.ratings.weighing import (
    Criteria,
    acceptability,
    brier,
    competing_hypotheses,
    extremised_pool,
    pairwise_weights,
    rank_risks,
    simple_additive,
    topsis,
)


def criteria() -> Criteria:
    scores = np.array([[10.0, 100], [5, 50], [4, 120]])
    return Criteria(("a", "b", "c"), ("reach", "cost"), scores, np.array([0.75, 0.25]), np.array([True, False]))


def test_weighted_sum_and_topsis_equal_hand_calculation() -> None:
    assert simple_additive(criteria()) == pytest.approx([0.75 + 0.25 * 20 / 70, 0.75 / 6 + 0.25, 0])
    closeness = topsis(criteria())
    assert closeness[2] == pytest.approx(0)
    assert closeness[0] > closeness[1] > closeness[2]


def test_pairwise_weights_equal_saatys_scale_example() -> None:
    found = pairwise_weights(np.array([[1, 3, 5], [1 / 3, 1, 3], [1 / 5, 1 / 3, 1]]))
    assert found.weights == pytest.approx([0.637, 0.258, 0.105], abs=5e-4)
    assert (found.lambda_max, found.consistency_ratio) == pytest.approx((3.0385, 0.0332), abs=5e-4)
    with pytest.raises(InvalidInput, match="1/2 is not one over judgement 2/1"):
        pairwise_weights(np.array([[1.0, 3], [3, 1]]))
    with pytest.raises(InvalidInput, match="square table"):
        pairwise_weights(np.array([[1.0]]))


def _judgements(random: np.random.Generator, n: int) -> np.ndarray:
    """Give pairwise judgements around weights, one over the other."""
    weights = random.lognormal(0, 0.8, n)
    upper = np.triu(weights[:, None] / weights * random.lognormal(0, 0.4, (n, n)), 1)
    return upper + np.tril(1 / np.where(upper > 0, upper, 1).T, -1) + np.eye(n)


@pytest.mark.parametrize("n", [3, 5, 8, 10])
def test_pairwise_weights_are_where_powers_of_the_matrix_lead(n: int) -> None:
    """The same weights without eigenvalues: repeated multiplication, as Saaty (1980) first gives them."""
    matrix = _judgements(np.random.default_rng(n), n)
    weights = np.ones(n) / n
    for _ in range(2000):
        weights = matrix @ weights
        weights /= weights.sum()
    largest = float((matrix @ weights / weights).mean())
    index = {3: 0.58, 5: 1.12, 8: 1.41, 10: 1.49}[n]
    found = pairwise_weights(matrix)
    assert found.weights == pytest.approx(weights, rel=1e-12)
    assert found.lambda_max == pytest.approx(largest, rel=1e-12)
    assert found.consistency_ratio == pytest.approx((largest - n) / (n - 1) / index, rel=1e-9)


def test_judgements_rounded_to_two_decimals_are_one_over_the_other() -> None:
    exact = np.array([[1, 3, 7], [1 / 3, 1, 9], [1 / 7, 1 / 9, 1]])
    assert pairwise_weights(np.round(exact, 2)).weights == pytest.approx(pairwise_weights(exact).weights, rel=1e-12)
    with pytest.raises(InvalidInput, match="1/2 is not one over judgement 2/1"):
        pairwise_weights(np.array([[1, 3.0], [0.36, 1]]))


def test_topsis_equals_the_formula_written_out() -> None:
    """Random options and criteria, one number at a time (Hwang and Yoon 1981, steps 1 to 5)."""
    random = np.random.default_rng(7)
    for _ in range(20):
        m, n = (int(each) for each in random.integers(2, 7, 2))
        scores, weights, more = random.lognormal(0, 1, (m, n)), random.dirichlet(np.ones(n)), random.random(n) < 0.5
        table = [[weights[j] * scores[i, j] / sum(scores[k, j] ** 2 for k in range(m)) ** 0.5 for j in range(n)] for i in range(m)]  # fmt: skip
        columns = list(zip(*table, strict=True))
        best = [max(column) if up else min(column) for column, up in zip(columns, more, strict=True)]
        worst = [min(column) if up else max(column) for column, up in zip(columns, more, strict=True)]
        away = [[sum((a - b) ** 2 for a, b in zip(row, ideal, strict=True)) ** 0.5 for ideal in (best, worst)] for row in table]  # fmt: skip
        read = Criteria(tuple("abcdefg"[:m]), tuple("uvwxyz"[:n]), scores, weights, more)
        assert topsis(read) == pytest.approx([down / (up + down) for up, down in away], rel=1e-12)


def test_shares_of_ranks_under_random_weights_are_lengths_of_the_simplex() -> None:
    """With two criteria totals are lines in the first weight, so that each option's rank changes at their crossings only."""
    random = np.random.default_rng(11)
    for seed in range(5):
        scores = random.random((4, 2))
        scaled = (scores - scores.min(axis=0)) / np.ptp(scores, axis=0)
        slope, start = scaled[:, 0] - scaled[:, 1], scaled[:, 1]
        cuts = [0.0, 1.0]
        for i in range(4):
            for k in range(i):
                at = (start[k] - start[i]) / (slope[i] - slope[k])
                cuts += [at] if 0 < at < 1 else []
        exact = np.zeros((4, 4))
        middle = np.zeros(4)
        for low, high in zip(sorted(cuts), sorted(cuts)[1:], strict=False):
            order = np.argsort(-(start + slope * (low + high) / 2))
            exact[order, np.arange(4)] += high - low
            middle[order[0]] += (high**2 - low**2) / 2
        read = Criteria(tuple("abcd"), ("u", "v"), scores, np.array([0.5, 0.5]), np.array([True, True]))
        found = acceptability(read, runs=20_000, seed=seed)
        assert found.rank_shares == pytest.approx(exact, abs=4 * 0.5 / np.sqrt(20_000))
        seen = exact[:, 0] > 0.05
        assert found.central_weights[seen, 0] == pytest.approx(middle[seen] / exact[seen, 0], abs=0.02)


def test_options_that_score_alike_share_their_rank_whatever_their_order() -> None:
    scores = np.array([[1.0, 2], [3, 1], [1, 2]])
    read = Criteria(("a", "b", "c"), ("u", "v"), scores, np.array([0.5, 0.5]), np.array([True, True]))
    found = acceptability(read, runs=1000, seed=1)
    np.testing.assert_array_equal(found.rank_shares[0], found.rank_shares[2])
    np.testing.assert_array_equal(found.central_weights[0], found.central_weights[2])
    assert found.first[0] + found.first[1] == pytest.approx(1)


def test_random_weights_never_put_a_dominated_option_first() -> None:
    found = acceptability(criteria(), runs=2000, seed=3)
    assert found.first[2] == 0
    assert found.rank_shares.sum(axis=1) == pytest.approx([1, 1, 1])
    assert np.isnan(found.central_weights[2]).all()
    assert found.central_weights[0].sum() == pytest.approx(1)
    # a is first where 6/7... its share on cost is repaid by reach: w_reach * 5/6 > w_cost * 5/7, so w_reach > 6/13.
    assert found.first[0] == pytest.approx(7 / 13, abs=0.03)
    np.testing.assert_array_equal(acceptability(criteria(), runs=2000, seed=3).first, found.first)


def test_uncertain_scores_blur_ranks() -> None:
    found = acceptability(criteria(), runs=2000, seed=3, spread=np.full((3, 2), 40.0))
    assert found.first[2] > 0.05


def test_the_least_contradicted_hypothesis_comes_first_and_says_what_it_hangs_on() -> None:
    marks = {"e1": {"h1": "II", "h2": "C"}, "e2": {"h1": "C", "h2": "I"}, "e3": {"h1": "N", "h2": "N"}}
    found = competing_hypotheses(marks, credibility={}, relevance={})
    assert found.order == ("h2", "h1")
    assert found.inconsistency == {"h1": 2, "h2": 1}
    assert found.critical == ("e1",)
    assert (found.diagnosticity["e3"], found.diagnosticity["e1"]) == (0, 2.25)
    assert competing_hypotheses(marks, credibility={"e1": 0.4}, relevance={}).order == ("h1", "h2")
    with pytest.raises(InvalidInput, match="'X' is none of"):
        competing_hypotheses({"e": {"h1": "X", "h2": "C"}}, credibility={}, relevance={})
    with pytest.raises(InvalidInput, match="at least two hypotheses"):
        competing_hypotheses({"e": {"h1": "C"}}, credibility={}, relevance={})


def test_a_matrix_ranks_otherwise_than_expected_loss() -> None:
    likelihood = np.array([[0.02, 0.02, 0.02], [0.9, 0.9, 0.9], [0.1, 0.1, 0.1]])
    impact = np.array([[9e6, 9e6, 9e6], [1e3, 1e3, 1e3], [3e4, 3e4, 3e4]])
    found = rank_risks(("rare", "often", "middle"), likelihood, impact, runs=100, seed=1)
    assert [risk.rank for risk in found] == [1, 3, 2]
    assert [risk.expected for risk in found] == pytest.approx([180_000, 900, 3000])
    assert found[2].cell > found[0].cell
    assert [risk.first for risk in found] == [1, 0, 0]
    wide = rank_risks(("x",), np.array([[0.1, 0.2, 0.3]]), np.array([[1.0, 2, 3]]), runs=20_000, seed=1)[0]
    assert wide.expected == pytest.approx(0.4, abs=0.01)
    assert wide.p5 < wide.expected < wide.p95
    with pytest.raises(InvalidInput, match="'x': likelihood needs 0 < low <= mode <= high <= 1"):
        rank_risks(("x",), np.array([[0.1, 0.2, 1.3]]), np.array([[1.0, 2, 3]]))


def test_brier_falls_into_its_parts() -> None:
    found = brier([0.25, 0.25, 0.75, 0.75], [0, 1, 1, 1], bins=4)
    assert found.score == pytest.approx((0.0625 + 0.5625 + 0.0625 + 0.0625) / 4)
    assert found.score == pytest.approx(found.reliability - found.resolution + found.uncertainty)
    assert (found.uncertainty, found.resolution, found.within) == pytest.approx((0.1875, 0.0625, 0))
    assert found.log_score == pytest.approx(-(3 * np.log(0.75) + np.log(0.25)) / 4)
    with pytest.raises(InvalidInput, match="from 0 to 1"):
        brier([1.2], [1])


def test_extremising_pushes_away_from_the_middle() -> None:
    assert extremised_pool([0.7, 0.7]) > 0.85
    assert extremised_pool([0.7, 0.7], a=1) == pytest.approx(0.7)


def test_hypothesis_that_only_later_evidence_names_is_not_left_out() -> None:
    marks = {"e1": {"a": "I", "b": "C"}, "e2": {"a": "C", "b": "C", "c": "II"}}
    with pytest.raises(InvalidInput, match="'e1', hypothesis 'c'"):
        competing_hypotheses(marks, credibility={}, relevance={})
    found = competing_hypotheses({"e1": {**marks["e1"], "c": "N"}, "e2": marks["e2"]}, credibility={}, relevance={})
    assert found.inconsistency == {"a": 1, "b": 0, "c": 2}


def test_shares_of_ranks_equal_those_of_a_plain_draw_of_weights() -> None:
    """Weights as gaps between sorted uniform numbers, option by option, against the package's own draws."""
    chance = random.Random(5)
    scores = [[chance.uniform(1, 9) for _ in range(4)] for _ in range(5)]
    more = [True, False, True, True]
    runs = 20_000
    shares, middle = np.zeros((5, 5)), np.zeros((5, 4))
    ends = [(min(row[c] for row in scores), max(row[c] for row in scores)) for c in range(4)]
    for _ in range(runs):
        cuts = sorted(chance.random() for _ in range(3))
        weights = [high - low for low, high in pairwise([0.0, *cuts, 1.0])]
        worth = []
        for row in scores:
            parts = [(value - low) / (high - low) for value, (low, high) in zip(row, ends, strict=True)]
            worth.append(sum(w * (part if up else 1 - part) for w, part, up in zip(weights, parts, more, strict=True)))
        for option in range(5):
            shares[option, sum(other > worth[option] for other in worth)] += 1
        middle[worth.index(max(worth))] += weights
    names = tuple("abcde")
    found = acceptability(
        Criteria(names, tuple("wxyz"), np.array(scores), np.full(4, 0.25), np.array(more)), runs=runs, seed=2
    )
    assert found.rank_shares == pytest.approx(shares / runs, abs=4 * (0.5 / runs) ** 0.5)
    often = shares[:, 0] > 0.05 * runs
    assert often.sum() >= 2
    assert found.central_weights[often] == pytest.approx(middle[often] / shares[often, :1], abs=0.03)
