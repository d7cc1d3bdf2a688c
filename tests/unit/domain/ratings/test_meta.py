"""Pooling: the BCG vaccine trials as published, and what cannot be pooled."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumbline.domain.errors import InvalidInput
from plumbline.domain.ratings.meta import Study, log_odds_ratio, log_risk_ratio, pool, standardised_difference

# G. A. Colditz et al., JAMA 271 (1994) 698-702: cases and others among the vaccinated, cases and others among controls.
BCG = (
    (4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619), (33, 5036, 47, 5761),
    (180, 1361, 372, 1079), (8, 2537, 10, 619), (505, 87886, 499, 87892), (29, 7470, 45, 7232), (17, 1699, 65, 1600),
    (186, 50448, 141, 27197), (5, 2493, 3, 2338), (27, 16886, 29, 17825),
)  # fmt: skip


def trials() -> list[Study]:
    return [Study(str(i), *log_risk_ratio(a, a + b, c, c + d)) for i, (a, b, c, d) in enumerate(BCG)]


def test_reml_equals_the_published_analysis() -> None:
    """W. Viechtbauer, Journal of Statistical Software 36(3) (2010), section 3.1: rma() of the log risk ratios."""
    found = pool(trials())
    assert (found.effect, found.se, found.low, found.high) == pytest.approx(
        (-0.7145, 0.1798, -1.0669, -0.3622), abs=5e-5
    )
    assert (found.tau2, found.q) == pytest.approx((0.3132, 152.2330), abs=5e-5)
    assert found.q_p < 1e-4


@pytest.mark.parametrize(
    ("method", "tau2", "effect"), [("DL", 0.3088, -0.7141), ("PM", 0.3181, -0.7150), ("fixed", 0, -0.4303)]
)
def test_other_estimators_give_their_known_values(method: str, tau2: float, effect: float) -> None:
    found = pool(trials(), method=method)
    assert (found.tau2, found.effect) == pytest.approx((tau2, effect), abs=5e-5)


def test_hartung_knapp_widens_by_t() -> None:
    found = pool(trials(), knapp_hartung=True)
    assert (found.se, found.low, found.high) == pytest.approx((0.1808, -1.1084, -0.3206), abs=5e-5)


def test_prediction_is_wider_than_the_interval_and_rows_carry_all_weight() -> None:
    found = pool(trials())
    assert found.prediction_low < found.low < found.high < found.prediction_high
    assert sum(row.weight for row in found.rows) == pytest.approx(1)
    assert found.rows[0].high - found.rows[0].effect == pytest.approx(1.959964 * trials()[0].se, rel=1e-6)
    assert np.isnan(pool(trials(), method="fixed").prediction_low)


def test_ratios_equal_hand_calculation_also_with_empty_cells() -> None:
    assert log_odds_ratio(10, 30, 5, 25) == pytest.approx((np.log(2), np.sqrt(1 / 10 + 1 / 20 + 1 / 5 + 1 / 20)))
    assert log_odds_ratio(0, 10, 5, 10)[0] == pytest.approx(np.log(0.5 * 5.5 / (10.5 * 5.5)))
    assert log_risk_ratio(0, 10, 5, 10)[0] == pytest.approx(np.log((0.5 / 11) / (5.5 / 11)))
    for ratio in (log_odds_ratio, log_risk_ratio):
        with pytest.raises(InvalidInput, match="more events than cases"):
            ratio(11, 10, 5, 10)


def test_what_cannot_be_pooled_is_refused() -> None:
    with pytest.raises(InvalidInput, match="Study 2, 'b'"):
        pool([Study("a", 1, 1), Study("b", 1, 0)])
    with pytest.raises(InvalidInput, match="two studies"):
        pool([Study("a", 1, 1)])


@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(0.05, 3)), min_size=3, max_size=12), st.floats(-10, 10))
def test_shifting_every_effect_shifts_the_pooled_one(studies: list[tuple[float, float]], shift: float) -> None:
    plain = pool([Study("s", effect, se) for effect, se in studies], method="DL")
    moved = pool([Study("s", effect + shift, se) for effect, se in studies], method="DL")
    assert moved.effect == pytest.approx(plain.effect + shift, abs=1e-6)
    assert moved.tau2 == pytest.approx(plain.tau2, abs=1e-6)


def test_hedges_g_of_stroke_care_equals_the_published() -> None:
    """S.-L. T. Normand, Statistics in Medicine 18 (1999) 321-359, table II: days in hospital; g and variance as R's metafor prints them."""
    studies = [
        (155, 55, 47, 156, 75, 64, -0.3552, 0.0131), (31, 27, 7, 32, 29, 4, -0.3479, 0.0645),
        (75, 64, 17, 71, 119, 29, -2.3176, 0.0458), (18, 66, 20, 18, 137, 48, -1.8880, 0.1606),
        (8, 14, 8, 13, 18, 11, -0.3840, 0.2054), (57, 19, 7, 52, 18, 4, 0.1721, 0.0369),
        (34, 52, 45, 33, 41, 34, 0.2721, 0.0603), (110, 21, 16, 183, 31, 27, -0.4246, 0.0149),
        (60, 30, 27, 52, 23, 20, 0.2896, 0.0363),
    ]  # fmt: skip
    for n1, m1, sd1, n2, m2, sd2, g, variance in studies:
        found, se = standardised_difference(m1, sd1, n1, m2, sd2, n2)
        assert (found, se**2) == pytest.approx((g, variance), abs=5.1e-5)
    with pytest.raises(InvalidInput, match="two cases or more"):
        standardised_difference(1, 0, 5, 2, 0, 5)


@pytest.mark.parametrize(("effect", "p"), [(0.0, 1.0), (0.3, 0.0)])
def test_studies_that_all_say_the_same_leave_hartung_knapp_no_doubt(effect: float, p: float) -> None:
    assert pool([Study("a", effect, 0.2), Study("b", effect, 0.4)], knapp_hartung=True).p == p


@pytest.mark.parametrize("seed", range(6))
def test_reml_is_where_the_restricted_likelihood_is_highest(seed: int) -> None:
    chance = np.random.default_rng(seed)
    se = chance.uniform(0.1, 0.5, 7)
    y = chance.normal(0.2, np.sqrt(se**2 + 0.1 * (seed % 3)))

    def likelihood(tau2: float) -> float:
        v = se**2 + tau2
        mean = (y / v).sum() / (1 / v).sum()
        return -0.5 * float(np.log(v).sum() + np.log((1 / v).sum()) + ((y - mean) ** 2 / v).sum())

    found = pool([Study(str(n), float(one), float(s)) for n, (one, s) in enumerate(zip(y, se, strict=True))])
    tried = [likelihood(tau2) for tau2 in np.linspace(0, 2, 4001)]
    assert likelihood(found.tau2) >= max(tried) - 1e-9
