"""Time in a stage: Kaplan-Meier as published, Aalen-Johansen by hand and by what it must sum to."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plumbline.domain.recovery import durations, interval

# Remission in weeks under 6-mercaptopurine, minus for censored: E. J. Freireich and others, Blood 21 (1963) 699-716.
REMISSION = [6, 6, 6, -6, 7, -9, 10, -10, -11, 13, 16, -17, -19, -20, 22, 23, -25, -32, -32, -34, -35]


def test_kaplan_meier_gives_the_published_remission_curve() -> None:
    """D. G. Kleinbaum and M. Klein, Survival Analysis, and many others print it, to four places, with Greenwood's error."""
    time = np.abs(np.array(REMISSION, dtype=float))
    found = durations(time, np.where(np.array(REMISSION) > 0, "relapse", "").astype(object))
    assert found.times.tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert found.at_risk.tolist() == [21, 17, 15, 12, 11, 7, 6]
    assert found.staying.round(4).tolist() == [0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482]
    assert found.staying_error.round(4).tolist() == [0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346]
    assert (found.median, found.n) == (23, 21)
    np.testing.assert_allclose(found.incidence["relapse"], 1 - found.staying)
    np.testing.assert_allclose(found.incidence_error["relapse"], found.staying_error, atol=1e-12)


def test_aalen_johansen_follows_by_hand() -> None:
    time = np.array([1.0, 2, 2, 3, 4, 5])
    found = durations(time, np.array(["return", "release", "", "return", "release", ""], dtype=object))
    assert found.staying == pytest.approx([5 / 6, 4 / 6, 4 / 9, 2 / 9])
    assert found.incidence["return"] == pytest.approx([1 / 6, 1 / 6, 1 / 6 + 2 / 9, 1 / 6 + 2 / 9])
    assert found.incidence["release"] == pytest.approx([0, 1 / 6, 1 / 6, 1 / 6 + 2 / 9])
    assert np.isnan(durations(time, np.full(6, "", dtype=object)).median)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 12), st.sampled_from(["", "a", "b", "c"])), min_size=1, max_size=40))
def test_who_stays_and_who_left_for_each_cause_sum_to_one(spells: list[tuple[int, str]]) -> None:
    time, cause = (np.array(each) for each in zip(*spells, strict=True))
    found = durations(time.astype(float), cause.astype(object))
    total = found.staying + sum(found.incidence.values(), start=np.zeros(len(found.times)))
    np.testing.assert_allclose(total, 1)
    assert all((np.diff(each) >= -1e-12).all() for each in found.incidence.values())


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from("ab")), min_size=1, max_size=30))
def test_without_censoring_shares_and_errors_are_binomial(spells: list[tuple[int, str]]) -> None:
    """The documentation of R's mstate, Cuminc: without censoring, frequencies and their variances."""
    time, cause = (np.array(each) for each in zip(*spells, strict=True))
    found = durations(time.astype(float), cause.astype(object))
    for name, share in found.incidence.items():
        expected = np.array([((time <= t) & (cause == name)).mean() for t in found.times])
        np.testing.assert_allclose(share, expected, atol=1e-12)
        np.testing.assert_allclose(
            found.incidence_error[name], np.sqrt(expected * (1 - expected) / len(time)), atol=1e-7
        )


def test_intervals_lie_round_the_share_and_within_bounds() -> None:
    low, high = interval(np.array([0.8571, 0.0, 1.0]), np.array([0.0764, 0.0, 0.0]))
    assert (low[0], high[0]) == pytest.approx((0.6197, 0.9516), abs=2e-4)
    assert np.isnan([low[1], high[2]]).all()


R8 = {
    "s": 0.4571428571,
    "se": 0.1661780983,
    "a": 0.3285714286,
    "b": 0.2142857143,
    "a_se": 0.1561844615,
    "b_se": 0.1350412959,
}


def test_curves_and_errors_equal_those_of_r() -> None:
    """R 4.2.2, survival 3.5: survfit(Surv(t, s > 0) ~ 1) and survfit(Surv(t, factor(s)) ~ 1) on these stays."""
    time = np.array([2, 3, 3, 5, 8, 8, 9, 12, 15, 20.0])
    cause = np.array(["a", "b", "", "a", "a", "b", "", "b", "a", ""], dtype=object)
    found = durations(time, cause)
    at = found.times.tolist().index(8)
    assert found.staying[at] == pytest.approx(R8["s"], abs=5e-7)
    assert found.staying_error[at] == pytest.approx(R8["se"], abs=5e-7)
    for name in "ab":
        assert found.incidence[name][at] == pytest.approx(R8[name], abs=5e-7)
        assert found.incidence_error[name][at] == pytest.approx(R8[f"{name}_se"], abs=5e-7)
