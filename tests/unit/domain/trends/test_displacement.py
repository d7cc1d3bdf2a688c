"""Weighted displacement differences against published figures."""

from __future__ import annotations

import numpy as np
import pytest

from plumbline.domain.trends import Counted, displacement


def test_differences_per_area_equal_the_published() -> None:
    """A. P. Wheeler's example of his R package ptools: -91.9 (31.5) per area, -107 (30.7) of counts."""
    counts = {"treated": (207, 110, 1.2), "control": (308, 318, 0.9)}
    sized = displacement({name: Counted(*each) for name, each in counts.items()})
    assert (sized.local.estimate, sized.local.error) == pytest.approx((-91.9, 31.5), abs=0.05)
    plain = displacement({name: Counted(*each[:2]) for name, each in counts.items()})
    assert (plain.local.estimate, plain.local.error) == pytest.approx((-107, 30.7), abs=0.05)
    assert plain.total == plain.local
    assert plain.ratio is not None
    assert plain.ratio[0] == pytest.approx(110 / 207 / (318 / 308))
    assert plain.ratio[1] < plain.ratio[0] < plain.ratio[2] < 1


def test_cases_that_move_next_door_leave_no_total() -> None:
    moved = displacement(
        {
            "treated": Counted(60, 30),
            "control": Counted(60, 60),
            "displacement": Counted(40, 70),
            "displacement-control": Counted(40, 40),
        }
    )
    assert (moved.local.estimate, moved.displacement.estimate, moved.total.estimate) == (-30, 30, 0)
    assert moved.total.error == pytest.approx((60 + 30 + 120 + 110 + 80) ** 0.5)
    assert (moved.total.z, moved.total.p) == (0, 1)


def test_a_count_of_none_has_a_difference_and_no_ratio() -> None:
    found = displacement({"treated": Counted(5, 0), "control": Counted(4, 4)})
    assert (found.local.estimate, found.ratio) == (-5, None)


def test_longer_periods_count_as_their_rates() -> None:
    """Four times the counts in four times the time is the same change, known better: an error half as large."""
    once = displacement({"treated": Counted(80, 20), "control": Counted(100, 50)})
    longer = displacement({"treated": Counted(320, 80), "control": Counted(400, 200)}, periods=(4, 4))
    assert longer.local.estimate == pytest.approx(once.local.estimate)
    assert longer.local.error == pytest.approx(once.local.error / 2)
    after = displacement({"treated": Counted(80, 60), "control": Counted(100, 150)}, periods=(1, 3))
    assert after.local.estimate == pytest.approx(once.local.estimate)
    assert after.local.error**2 == pytest.approx(80 + 100 + (60 + 150) / 9)


def test_ratio_of_ratios_has_the_interval_of_its_log() -> None:
    """The variance of a log ratio of Poisson counts is the sum of their inverses."""
    found = displacement({"treated": Counted(200, 110), "control": Counted(300, 310)}).ratio
    reach = 1.959964 * (1 / 200 + 1 / 110 + 1 / 300 + 1 / 310) ** 0.5
    assert found is not None
    assert (np.log(found[2] / found[0]), np.log(found[0] / found[1])) == pytest.approx((reach, reach), rel=1e-6)
