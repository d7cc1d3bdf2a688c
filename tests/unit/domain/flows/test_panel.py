"""Panels as numbers, and designs that are laid out block by block."""

from __future__ import annotations

import numpy as np
import pytest

from plumbline.domain.columns import Columns
from plumbline.domain.errors import InvalidInput
from plumbline.domain.flows import panel as panels
from plumbline.domain.flows.panel import Design, Factors, Panel


def table(**columns: list[object]) -> Columns:
    return Columns("p.csv", {name: np.array(values, dtype=object) for name, values in columns.items()})


def design(chance: np.random.Generator, rows: int) -> tuple[Design, np.ndarray]:
    kind = chance.integers(0, 4, rows)
    before, after = (tuple(chance.normal(size=(2, rows)) * [[1], [1e6]]) for _ in range(2))
    dummies = [(kind == level).astype(float) for level in range(1, 4)]
    return Design(before, kind, 4, after, np.arange(rows)), np.column_stack([np.ones(rows), *before, *dummies, *after])


def test_rows_are_found_by_key_turned_and_a_year_later() -> None:
    known = Panel.of(table(reporter=["B", "A", "B", "B"], partner=["A", "B", "A", "A"], year=[2000, 2000, 2001, 2003],
                           commodity=["1", "1", "1", "1"]))  # fmt: skip
    assert known.places == ("A", "B")
    assert known.index().find(known.keys(turned=True)).tolist() == [1, 0, -1, -1]
    assert known.index().find(known.keys(later=1)).tolist() == [2, -1, -1, -1]
    assert known.index().find(known.keys(later=-1)).tolist() == [-1, -1, 0, -1]
    known.refuse_repeated(known.index())


def test_a_year_later_is_never_the_row_of_another_pair() -> None:
    rows = [(a, b, year, good) for a in "ABC" for b in "ABC" for year in (2000, 2001, 2005) for good in "xy"]
    names = ("reporter", "partner", "year", "commodity")
    known = Panel.of(table(**dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))))
    place = {row: n for n, row in enumerate(rows)}
    for by in (-1, 1):
        wanted = [place.get((a, b, year + by, good), -1) for a, b, year, good in rows]
        assert known.index().find(known.keys(later=by)).tolist() == wanted


def test_the_first_row_that_stood_before_is_named() -> None:
    known = Panel.of(table(reporter=list("BABA"), partner=list("CCCC"), year=[2000] * 4))
    with pytest.raises(InvalidInput, match=r"p.csv, row 4, column 'reporter': one row for each .*, not 'B'"):
        known.refuse_repeated(known.index())


def test_a_design_is_its_matrix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panels, "BLOCK", 7)
    chance = np.random.default_rng(4)
    kept, matrix = design(chance, 50)
    mask = chance.random(50) < 0.7
    part, dense = kept[mask], matrix[mask]
    values = chance.normal(size=len(dense))
    assert part.shape == dense.shape
    assert np.array_equal(np.vstack([each for _, each in panels.blocks(part)]), dense)
    assert np.array_equal(kept.at(np.flatnonzero(mask)[3:9]), dense[3:9])
    found = Factors.of(part, values)
    assert found.coefficients == pytest.approx(np.linalg.lstsq(dense, values, rcond=None)[0], rel=1e-6)
    assert found.inverse @ (dense.T @ dense) == pytest.approx(np.eye(8), abs=1e-6)


def test_units_do_not_decide_what_is_collinear() -> None:
    chance = np.random.default_rng(5)
    x = chance.normal(size=(30, 3))
    y = chance.normal(size=30)
    plain = Factors.of(x, y)
    scaled = Factors.of(x * [1, 1e12, 1e-9], y)
    assert (plain.rank, scaled.rank) == (3, 3)
    assert scaled.coefficients * [1, 1e12, 1e-9] == pytest.approx(plain.coefficients)
    assert Factors.of(np.column_stack([x, x[:, 0] + 2 * x[:, 1]]), y).rank == 3
