"""Codes and units brought into others: totals are kept, what has no entry is counted."""

from __future__ import annotations

import numpy as np
import pytest

from plumbline.domain.columns import Columns
from plumbline.domain.errors import InvalidInput
from plumbline.domain.flows.concordance import convert_codes, convert_units


def table(name: str = "t.csv", **columns: list[object]) -> Columns:
    return Columns(name, {key: np.array(values, dtype=object) for key, values in columns.items()})


TRADE = table(
    importer=["A", "A", "A", "B"], exporter=["B", "B", "B", "A"], year=["1"] * 4, commodity=["010100", "010200", "99", "010100"],
    imports=[100, 50, 7, None], exports=[80, None, 5, 3], unit=["kg", "t", "?", "kg"], quantity=[10, 2, 1, ""],
)  # fmt: skip
CODES = table("c.csv", **{"from": ["010100", "010100", "010200", "0103"], "to": ["0121", "0129", "0129", "0130"], "share": [0.75, 0.25, 1, 1]})  # fmt: skip


def test_split_codes_part_by_share_and_merged_codes_add_up() -> None:
    found = convert_codes(TRADE, CODES)
    assert found.table.names == TRADE.names
    units = {key: found.table.text("unit").tolist() for key in ("unit",)}
    assert (found.table.text("commodity").tolist(), units["unit"]) == (
        ["0121", "0129", "0129", "0121", "0129"], ["kg", "kg", "t", "kg", "kg"],
    )  # fmt: skip
    plain = convert_codes(
        Columns("t.csv", {name: TRADE.data[name] for name in TRADE.names if name not in ("unit", "quantity")}), CODES
    )
    assert plain.table.text("commodity").tolist() == ["0121", "0129", "0121", "0129"]
    assert plain.table.numbers("imports", missing=True) == pytest.approx([75, 75, np.nan, np.nan], nan_ok=True)
    assert plain.table.numbers("exports", missing=True) == pytest.approx([60, 20, 2.25, 0.75])
    assert (dict(plain.unconverted), dict(plain.lost), plain.split) == ({"99": 1}, {"imports": 7, "exports": 5}, 2)


def test_totals_are_kept_but_for_what_is_counted_as_lost() -> None:
    rng = np.random.default_rng(0)
    codes = [f"{number:02}" for number in rng.integers(0, 12, 300)]
    trade = table(commodity=codes, value=rng.uniform(0, 9, 300).tolist())
    shares = rng.dirichlet(np.ones(3), 10)
    pairs = {"from": [f"{code:02}" for code in range(10) for _ in range(3)],
             "to": [str((code + part) % 7) for code in range(10) for part in range(3)], "share": shares.ravel().tolist()}  # fmt: skip
    found = convert_codes(trade, table("c.csv", **pairs))
    assert found.table.numbers("value").sum() + found.lost["value"] == pytest.approx(trade.numbers("value").sum())
    assert len(found.table) == 7
    assert sum(found.unconverted.values()) == sum(code in ("10", "11") for code in codes)


def test_units_are_brought_together_and_unknown_ones_counted() -> None:
    found = convert_units(TRADE, table("u.csv", **{"from": ["t"], "to": ["kg"], "factor": [1000]}))
    assert found.table.text("unit").tolist() == ["kg", "kg", "kg"]
    assert found.table.numbers("quantity", missing=True) == pytest.approx([10, 2000, np.nan], nan_ok=True)
    assert (dict(found.unconverted), dict(found.lost)) == ({"?": 1}, {"imports": 7, "exports": 5})
    priced = table(unit=["t"], quantity=[2], price=[3000])
    priced = convert_units(priced, table("u.csv", **{"from": ["t"], "to": ["kg"], "factor": [1000]})).table
    assert (priced.numbers("quantity")[0], priced.numbers("price")[0]) == (2000, 3)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (
            {"from": ["1", "1"], "to": ["a", "b"], "share": [0.5, 0.4]},
            "c.csv, row 3, column 'share': shares of the code 1 that add up to 1",
        ),
        ({"from": ["1", "1"], "to": ["a", "b"]}, "row 3, column 'share': shares of the code 1"),
        ({"from": ["1"], "to": ["a"], "share": [-1]}, "row 2, column 'share': a share between 0 and 1"),
        ({"from": ["1"]}, "no column 'to'"),
    ],
)
def test_a_concordance_that_loses_or_makes_trade_is_refused(columns: dict[str, list[object]], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        convert_codes(TRADE, table("c.csv", **columns))


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"from": ["t"], "to": ["kg"], "factor": [0]}, "row 2, column 'factor': a number above 0"),
        (
            {"from": ["t", "t"], "to": ["kg", "kg"], "factor": [1000, 907]},
            "row 3, column 'from': one line for each unit",
        ),
    ],
)
def test_units_that_contradict_are_refused(columns: dict[str, list[object]], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        convert_units(TRADE, table("u.csv", **columns))


def test_units_without_entry_are_counted_each_and_a_share_of_nothing_is_one() -> None:
    found = convert_units(
        table(unit=["box", "t", "box", "bag"], quantity=[1, 2, 3, 4]),
        table("u.csv", **{"from": ["t"], "to": ["kg"], "factor": [1000]}),
    )
    assert dict(found.unconverted) == {"box": 2, "bag": 1}
    codes = table("c.csv", **{"from": ["1", "1"], "to": ["a", "b"], "share": [0, 1]})
    parted = convert_codes(table(commodity=["1"], value=[8]), codes).table
    assert dict(zip(parted.text("commodity").tolist(), parted.numbers("value").tolist(), strict=True)) == {
        "a": 0,
        "b": 8,
    }
    for share in (-0.01, 1.01):
        with pytest.raises(InvalidInput, match="row 2, column 'share': a share between 0 and 1"):
            convert_codes(
                table(commodity=["1"], value=[8]), table("c.csv", **{"from": ["1"], "to": ["a"], "share": [share]})
            )
