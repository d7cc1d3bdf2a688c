"""Latent classes that were put in come out; classes of noise dissolve under resampling."""

from __future__ import annotations

import numpy as np
import pytest

from plumbline.domain.columns import Columns
from plumbline.domain.errors import InvalidInput
from plumbline.domain.surveys import read_design
from plumbline.domain.surveys.profiles import find_profiles

CHANCES = np.array([[0.9, 0.85, 0.9, 0.1, 0.9], [0.1, 0.2, 0.1, 0.8, 0.1]])
NAMES = ["a", "b", "c", "d", "e"]
DESIGN = {"weights": "w", "clusters": "p"}


def answers(rows: int = 300, *, mixed: bool = True) -> tuple[Columns, np.ndarray]:
    """Draw answers of two kinds of people, two thirds of the first."""
    draw = np.random.default_rng(2)
    kind = (draw.random(rows) > 2 / 3).astype(int)
    chance = CHANCES[kind] if mixed else np.full((rows, 5), 0.5)
    given = (draw.random((rows, 5)) < chance).astype(int)
    data = {name: given[:, place] for place, name in enumerate(NAMES)}
    return Columns("s.csv", data | {"w": np.ones(rows), "p": np.arange(rows) // 10}), kind


def test_two_kinds_of_people_are_found_and_stable() -> None:
    columns, kind = answers()
    found = find_profiles(columns, read_design(columns, DESIGN), NAMES, 2, seed=1, resamples=8)
    assert found.converged
    assert found.shares == pytest.approx([2 / 3, 1 / 3], abs=0.06)
    assert np.stack([table[:, 1] for table in found.answers], axis=1) == pytest.approx(CHANCES, abs=0.12)
    assert (found.members.argmax(axis=1) == kind).mean() > 0.93
    assert found.verdicts == ("stable", "stable")
    assert found.entropy > 0.8


def test_the_number_of_kinds_has_the_lowest_bic() -> None:
    columns, _ = answers()
    design = read_design(columns, DESIGN)
    found = [find_profiles(columns, design, NAMES, classes, seed=1) for classes in (1, 2, 3)]
    scores = [one.bic for one in found]
    assert scores.index(min(scores)) == 1
    # one share and two times five answers are free
    assert scores[1] == pytest.approx(-2 * found[1].log_likelihood + 11 * np.log(300))
    assert found[0].entropy == 1


def test_profiles_of_noise_are_not_stable() -> None:
    columns, _ = answers(150, mixed=False)
    found = find_profiles(columns, read_design(columns, DESIGN), NAMES, 4, seed=1, resamples=6)
    assert "stable" not in found.verdicts or found.stability.min() < 0.75


def test_weights_and_missing_answers_count() -> None:
    columns, kind = answers()
    heavier = np.where(kind == 1, 4.0, 1.0)
    gaps = columns.numbers("a").copy()
    gaps[::7] = np.nan
    changed = Columns("s.csv", {**columns.data, "w": heavier, "a": gaps})
    found = find_profiles(changed, read_design(changed, DESIGN), NAMES, 2, seed=1)
    assert found.shares.max() == pytest.approx(2 / 3, abs=0.06)
    assert found.answers[0][0, 1] < 0.3  # the second kind is now the larger
    assert not np.isnan(found.members).any()


@pytest.mark.parametrize(
    ("names", "classes", "said"),
    [
        (["a"], 2, "variables: two columns or more are needed here, not a"),
        (["a", "b"], 5, "classes: a number from 1 to 4, the distinct answers, is needed here, not 5"),
        (["a", "z"], 2, "s.csv has no column 'z'"),
    ],
)
def test_what_cannot_be_profiled(names: list[str], classes: int, said: str) -> None:
    columns, _ = answers()
    with pytest.raises(InvalidInput, match=said):
        find_profiles(columns, read_design(columns, DESIGN), names, classes)
