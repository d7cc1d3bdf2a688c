"""Levels of columns and the cells they make, by both ways of counting."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from plumbline.domain.columns import Columns
from plumbline.domain.errors import InvalidInput
from plumbline.domain.surveys.cells import cells_by, levels_of, number


@pytest.mark.parametrize(
    ("values", "codes", "labels"),
    [
        (np.array([3, 1, 3]), [1, 0, 1], (1, 3)),
        (np.array([10**12, -5, 10**12]), [1, 0, 1], (-5, 10**12)),
        (np.array([2.0, np.nan, 1.0]), [1, -1, 0], (1, 2)),
        (np.array([2.5, np.nan, 1.0]), [1, -1, 0], (1, 2.5)),
        (np.array([2.0, 1.0]), [1, 0], (1, 2)),
        (np.array(["10", "9", None, " b ", "NA", "a"], dtype=object), [1, 0, -1, 3, -1, 2], ("9", "10", "a", "b")),
    ],
)
def test_levels_are_sorted_and_missing_cells_marked(values: Any, codes: list[int], labels: tuple[Any, ...]) -> None:
    found = levels_of(Columns("t.csv", {"v": values}), "v")
    assert (found.codes.tolist(), found.labels) == (codes, labels)


@pytest.mark.parametrize("wide", [1, 10**9])
def test_codes_are_renumbered_in_order_with_their_first_rows(wide: int) -> None:
    codes, first = number(np.array([7, -1, 2, 7, 2, 4]) * np.where(np.array([7, -1, 2, 7, 2, 4]) > 0, wide, 1))
    assert (codes.tolist(), first.tolist()) == ([2, -1, 0, 2, 0, 1], [2, 5, 0])
    assert number(np.array([-1, -1]))[1].tolist() == []


def test_cells_of_many_wide_columns_keep_their_rows_apart() -> None:
    draw = np.random.default_rng(8)
    data = {f"v{place}": draw.permutation(5000) for place in range(5)}
    columns = Columns("t.csv", data)
    by = tuple(data)
    cells = cells_by(columns, by, np.arange(5000) < 40)
    assert len(cells) == 40
    for row in range(40):
        assert cells.labels[cells.codes[row]] == {name: values[row] for name, values in data.items()}
    assert (cells.codes[40:] == -1).all()
    last = [cells.labels[cell]["v4"] for cell in range(40)]
    assert last == sorted(last)


def test_too_many_cells_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plumbline.domain.surveys.cells.MOST_CELLS", 3)
    columns = Columns("t.csv", {"v": np.arange(4)})
    with pytest.raises(InvalidInput, match="plan: by: columns with at most 3 cells are needed here, not v"):
        cells_by(columns, ("v",), np.ones(4, dtype=bool))
