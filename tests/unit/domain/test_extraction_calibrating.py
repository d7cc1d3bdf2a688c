"""Certainties become shares of right answers; groups of few answers borrow from the others."""

from __future__ import annotations

import numpy as np
import pytest

from plumbline.domain.extraction.calibrating import curves


def test_curves_give_the_share_that_is_right_by_group() -> None:
    chance = np.random.default_rng(1)
    sure = chance.random(4_000)
    groups = ["a", "b"] * 2_000
    truth = np.where(np.arange(4_000) % 2, 0.5 * sure, sure)
    found = curves(sure.tolist(), (chance.random(4_000) < truth).tolist(), groups)
    assert np.interp(0.5, *found["a"]) == pytest.approx(0.5, abs=0.08)
    assert np.interp(0.5, *found["b"]) == pytest.approx(0.25, abs=0.08)
    for x, y in found.values():
        assert list(x) == sorted(x) and list(y) == sorted(y) and y[0] >= 0.01 and y[-1] <= 0.99


def test_group_of_one_answer_stays_near_the_others() -> None:
    found = curves(
        [0.9] * 40 + [0.1] * 40 + [0.9],
        [True] * 36 + [False] * 4 + [False] * 36 + [True] * 4 + [False],
        ["a"] * 80 + ["b"],
    )
    assert np.interp(0.9, *found["b"]) > 0.6


@pytest.mark.parametrize(("right", "level"), [([True] * 8, 0.9), ([False] * 8, 0.1)])
def test_answers_all_right_or_all_wrong_give_no_certainty(right: list[bool], level: float) -> None:
    assert curves([0.2] * 8, right, ["a"] * 8) == {"a": ((0.0, 1.0), (level, level))}
    assert curves([], [], []) == {}
