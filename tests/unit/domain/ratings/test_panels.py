"""Delphi, RAND/UCLA, agreement of raters: published examples and edges."""

from __future__ import annotations

import numpy as np
import pytest

from plumbline.domain.errors import InvalidInput
from plumbline.domain.ratings.agreement import (
    cohen_kappa,
    consensus,
    fleiss_kappa,
    gwet_ac1,
    krippendorff_alpha,
)
from plumbline.domain.ratings.delphi import Rules, appropriateness, kendall_w, summarise_round
from plumbline.domain.ratings.instruments import get_instrument, instruments

NAN = np.nan
KRIPPENDORFF = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, NAN, NAN, NAN],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NAN, 3],
        [NAN, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NAN],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NAN],
    ]
)


@pytest.mark.parametrize(("level", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_krippendorff_alpha_equals_the_published_example(level: str, alpha: float) -> None:
    """K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), section C: four observers, twelve units."""
    assert krippendorff_alpha(KRIPPENDORFF, level=level).value == pytest.approx(alpha, abs=5e-4)


def test_cohen_kappa_equals_hand_calculation() -> None:
    first = ["yes"] * 25 + ["no"] * 25
    second = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    found = cohen_kappa(first, second, classes=("yes", "no"))
    assert (found.observed, found.expected, found.value) == pytest.approx((0.7, 0.5, 0.4))
    assert found.low < 0.4 < found.high
    assert found.se == pytest.approx(0.1272, abs=1e-3)
    assert gwet_ac1(first, second, classes=("yes", "no")).value == pytest.approx((0.7 - 0.495) / (1 - 0.495))


def test_weighted_kappa_forgives_near_misses() -> None:
    first, second = ["1", "2", "3", "3", "1"], ["1", "2", "2", "3", "3"]
    plain, linear, quadratic = (
        cohen_kappa(first, second, classes=("1", "2", "3"), weights=weights).value
        for weights in ("none", "linear", "quadratic")
    )
    assert plain == pytest.approx((0.6 - 0.32) / 0.68)
    assert linear == pytest.approx((0.7 - 0.54) / 0.46)
    assert quadratic == pytest.approx((0.75 - 0.65) / 0.35)


def test_fleiss_kappa_equals_the_worked_example() -> None:
    """Ten subjects, fourteen raters, five classes: kappa 0.210, after Fleiss (1971)."""
    counts = np.array(
        [
            [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
            [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
        ],
        dtype=float,
    )  # fmt: skip
    found = fleiss_kappa(counts)
    assert (found.observed, found.expected, found.value) == pytest.approx((0.378, 0.213, 0.210), abs=5e-4)
    with pytest.raises(InvalidInput, match="same number of raters"):
        fleiss_kappa(counts + np.eye(10, 5))


def _votes(seed: int, *, of: int = 4, n: int = 40) -> tuple[list[str], list[str]]:
    random = np.random.default_rng(seed)
    first = random.integers(0, of, n)
    second = np.where(random.random(n) < 0.6, first, random.integers(0, of, n))
    return [str(each) for each in first], [str(each) for each in second]


@pytest.mark.parametrize(("weights", "power"), [("none", 0), ("linear", 1), ("quadratic", 2)])
def test_kappa_and_its_error_equal_disagreement_and_slopes_written_out(weights: str, power: int) -> None:
    """Kappa as one less disagreement seen over expected; its error by the delta method with slopes taken numerically."""
    far = [[abs(i - j) ** power if power else float(i != j) for j in range(4)] for i in range(4)]
    distance = np.array(far)

    def kappa(p: np.ndarray) -> float:
        expected = sum(distance[i, j] * p[i].sum() * p[:, j].sum() for i in range(4) for j in range(4))
        return float(1 - (distance * p).sum() / p.sum() / (expected / p.sum() ** 2))

    for seed in range(5):
        first, second = _votes(seed)
        p = np.zeros((4, 4))
        for a, b in zip(first, second, strict=True):
            p[int(a), int(b)] += 1 / 40
        slope = np.zeros(16)
        for cell in range(16):
            step = np.zeros(16)
            step[cell] = 1e-6
            slope[cell] = (kappa(p + step.reshape(4, 4)) - kappa(p - step.reshape(4, 4))) / 2e-6
        spread = (slope**2 * p.ravel()).sum() - (slope * p.ravel()).sum() ** 2
        found = cohen_kappa(first, second, classes=tuple("0123"), weights=weights)
        assert found.value == pytest.approx(kappa(p), rel=1e-12)
        assert found.se == pytest.approx(np.sqrt(spread / 40), rel=1e-6)


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
def test_alpha_equals_pairs_counted_one_by_one(level: str) -> None:
    """Krippendorff (2019): disagreement within things, each pair weighed by one over (raters of it - 1), over that of all pairs."""
    random = np.random.default_rng(3)
    table = random.integers(1, 5, (4, 15)).astype(float)
    table[random.random(table.shape) < 0.2] = NAN
    things = [column[np.isfinite(column)] for column in table.T]
    things = [votes for votes in things if len(votes) > 1]
    every = np.concatenate(things)

    def apart(a: float, b: float) -> float:
        if level != "ordinal":
            return float(a != b) if level == "nominal" else (a - b) ** 2
        low, high = min(a, b), max(a, b)
        return float((((every >= low) & (every <= high)).sum() - ((every == a).sum() + (every == b).sum()) / 2) ** 2)

    seen = sum(
        apart(a, b) / (len(votes) - 1) for votes in things for i, a in enumerate(votes) for j, b in enumerate(votes) if i != j
    )  # fmt: skip
    expected = sum(apart(a, b) for i, a in enumerate(every) for j, b in enumerate(every) if i != j)
    found = krippendorff_alpha(table, level=level)
    assert found.value == pytest.approx(1 - seen / len(every) / (expected / len(every) / (len(every) - 1)), rel=1e-12)


def test_raters_who_agree_throughout_have_no_interval() -> None:
    found = cohen_kappa(["a", "b", "a"], ["a", "b", "a"], classes=("a", "b"))
    assert (found.value, found.se) == (1, 0)
    assert np.isnan([found.low, found.high]).all()


def test_agreement_refuses_what_it_cannot_tell() -> None:
    with pytest.raises(InvalidInput, match="'maybe' is none of the classes yes, no"):
        cohen_kappa(["maybe"], ["yes"], classes=("yes", "no"))
    with pytest.raises(InvalidInput, match="rated by two raters"):
        krippendorff_alpha(np.array([[1.0, NAN], [NAN, 2.0]]))
    assert np.isnan(cohen_kappa(["yes"], ["yes"], classes=("yes",)).value)


def test_consensus_needs_two_votes_and_the_share() -> None:
    votes = [["a", "a", "b"], ["a", ""], ["", ""], ["b", "b", "b"]]
    assert consensus(votes, share=0.6) == ("a", None, None, "b")
    assert consensus(votes) == (None, None, None, "b")


def test_delphi_tells_consensus_and_movement() -> None:
    before = np.array([[1.0, 5], [5, 5], [3, 4], [3, 5]])
    now = np.array([[4.0, 5], [5, 5], [5, 4], [4, NAN]])
    rows = summarise_round(now, ("a", "b"), number=2, rules=Rules(), before=before)
    assert (rows[0].median, rows[0].q1, rows[0].q3, rows[0].top_share, rows[0].moved) == (4.5, 4.0, 5.0, 1.0, 1.5)
    assert (rows[0].consensus, rows[0].stable) == (True, False)
    assert (rows[1].n, rows[1].moved, rows[1].stable) == (3, 0.0, True)
    split = summarise_round(np.array([[1.0], [5], [1], [5]]), ("a",), number=1, rules=Rules())[0]
    assert (split.consensus, split.moved, split.stable) == (False, None, None)
    with pytest.raises(InvalidInput, match="9.0 is not on the scale"):
        summarise_round(np.array([[9.0]]), ("a",), number=1, rules=Rules())
    with pytest.raises(InvalidInput, match="no rating of 'a'"):
        summarise_round(np.array([[NAN]]), ("a",), number=1, rules=Rules())


def test_kendall_w_runs_from_contradiction_to_unison() -> None:
    up = np.arange(5.0)
    assert kendall_w(np.array([up, up, up])).w == pytest.approx(1)
    assert kendall_w(np.array([up, up[::-1]])).w == pytest.approx(0)
    found = kendall_w(np.array([[1.0, 2, 3], [1, 3, 2], [1, 2, 3]]))
    assert (found.w, found.chi2) == pytest.approx((7 / 9, 14 / 3))
    with pytest.raises(InvalidInput, match="two raters"):
        kendall_w(np.array([up]))


def test_appropriateness_needs_agreement() -> None:
    votes = np.column_stack([[8] * 9, [1, 1, 1, 1, 9, 9, 9, 9, 9], [2] * 9, [5] * 9]).astype(float)
    found = appropriateness(votes, ("yes", "split", "no", "middle"))
    assert [each.verdict for each in found] == ["appropriate", "uncertain", "inappropriate", "uncertain"]
    assert [each.disagreement for each in found] == [False, True, False, False]
    assert (found[0].ipr, found[0].ipras) == pytest.approx((0, 2.35 + 1.5 * 3))


def test_instruments_ship_with_classes_and_sources() -> None:
    assert {each.id for each in instruments()} == {"crimesolutions-programs", "emmie", "maryland-sms", "euda"}
    assert get_instrument("maryland-sms").class_ids == ("5", "4", "3", "2", "1")
    assert get_instrument("emmie").dimensions == ("effect", "mechanism", "moderator", "implementation", "economic-cost")
    assert all(each.source and each.raters == 2 for each in instruments())
    with pytest.raises(InvalidInput, match="there are: crimesolutions-programs"):
        get_instrument("stars")
