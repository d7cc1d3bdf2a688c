"""Product codes and units of one classification in another: many to many by shares, and what cannot be converted counted.

A code that was split goes to each successor by its share; codes that were merged are added up. Nothing is guessed: a code or
unit without an entry leaves the table and is counted with its values. Own definitions, after no source: the tables are the user's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from plumbline.domain.columns import Columns

AMOUNTS: Final[tuple[str, ...]] = ("imports", "exports", "reexports", "value", "quantity")
SHARES_TOLERANCE: Final = 1e-6


@dataclass(frozen=True)
class Converted:
    """Hold a converted table; rows that could not be converted, by code or unit; and how many rows were split."""

    table: Columns
    unconverted: Mapping[str, int]
    lost: Mapping[str, float]
    split: int


def convert_codes(trade: Columns, concordance: Columns, *, column: str = "commodity") -> Converted:
    """Bring a column of codes into another classification and add up rows that become one.

    The concordance has `from`, `to` and `share` (may be absent where each code has one successor); the shares of a code add up to one,
    else its row is refused. Amounts are parted by share; an amount that no part reports stays unreported. `lost` sums each
    amount over the rows left out.

    >>> table = Columns("t.csv", {"commodity": np.array(["1", "2", "9"], dtype=object), "value": np.array([10.0, 5.0, 1.0])})
    >>> pairs = {"from": ["1", "1", "2"], "to": ["a", "b", "b"], "share": [0.4, 0.6, 1.0]}
    >>> found = convert_codes(table, Columns("c.csv", {name: np.array(each, dtype=object) for name, each in pairs.items()}))
    >>> found.table.text("commodity").tolist(), found.table.numbers("value").tolist(), dict(found.unconverted)
    (['a', 'b'], [4.0, 11.0], {'9': 1})
    """
    successors = _successors(concordance)
    codes = trade.text(column)
    rows, new, shares = [], [], []
    unconverted: dict[str, int] = {}
    for row, code in enumerate(codes.tolist()):
        if code not in successors:
            unconverted[code] = unconverted.get(code, 0) + 1
        for to, share in successors.get(code, ()):
            rows.append(row)
            new.append(to)
            shares.append(share)
    taken, left = np.array(rows, dtype=np.int64), ~np.isin(codes.astype(str), list(successors))
    amounts = {name: trade.numbers(name, missing=True) for name in AMOUNTS if name in trade.names}
    data: dict[str, NDArray[np.object_]] = {
        name: trade.text(name)[taken] for name in trade.names if name not in amounts and name != column
    }
    data[column] = np.array(new, dtype=object)
    parted = {name: values[taken] * np.array(shares) for name, values in amounts.items()}
    split = int((np.bincount(taken, minlength=len(trade)) > 1).sum())
    lost = {name: float(np.nansum(values[left])) for name, values in amounts.items()}
    return Converted(_added_up(trade.name, trade.names, data, parted), unconverted, lost, split)


def convert_units(trade: Columns, units: Columns) -> Converted:
    """Bring quantities to other units: `units` has `from`, `to` and `factor` (how many `to` make one `from`).

    A unit that is its own in `to` stays. `price`, where there, is divided by the factor. `lost` sums the values of rows left out.
    """
    factors: dict[str, tuple[str, float]] = {}
    for row, (unit, to, factor) in enumerate(
        zip(units.text("from").tolist(), units.text("to").tolist(), units.numbers("factor").tolist(), strict=True)
    ):
        if factor <= 0:
            units.refuse(row, "factor", "a number above 0 is needed here")
        if factors.setdefault(unit, (to, factor)) != (to, factor):
            units.refuse(row, "from", "one line for each unit is needed here")
    for to, _ in list(factors.values()):
        factors.setdefault(to, (to, 1.0))
    given = trade.text("unit")
    unconverted: dict[str, int] = {}
    for unit in given.tolist():
        if unit not in factors:
            unconverted[unit] = unconverted.get(unit, 0) + 1
    known = np.array([unit in factors for unit in given.tolist()], dtype=bool)
    kept = trade.select(known)
    times = np.array([factors[unit][1] for unit in given[known].tolist()])
    data = dict(kept.data) | {"unit": np.array([factors[unit][0] for unit in given[known].tolist()], dtype=object)}
    data["quantity"] = kept.numbers("quantity", missing=True) * times
    if "price" in trade.names:
        data["price"] = kept.numbers("price", missing=True) / times
    values = [name for name in AMOUNTS if name in trade.names and name != "quantity"]
    lost = {name: float(np.nansum(trade.numbers(name, missing=True)[~known])) for name in values}
    return Converted(Columns(trade.name, data, trade.first_row), unconverted, lost, 0)


def _successors(concordance: Columns) -> dict[str, list[tuple[str, float]]]:
    concordance.require("from", "to")
    old, new = (concordance.text(name).tolist() for name in ("from", "to"))
    shares = concordance.numbers("share") if "share" in concordance.names else np.ones(len(concordance))
    out: dict[str, list[tuple[str, float]]] = {}
    last: dict[str, int] = {}
    for row, (code, to, share) in enumerate(zip(old, new, shares.tolist(), strict=True)):
        if not 0 <= share <= 1:
            concordance.refuse(row, "share", "a share between 0 and 1 is needed here")
        out.setdefault(code, []).append((to, share))
        last[code] = row
    for code, parts in out.items():
        if abs(sum(share for _, share in parts) - 1) > SHARES_TOLERANCE:
            concordance.refuse(last[code], "share", f"shares of the code {code} that add up to 1 are needed here")
    return out


def _added_up(
    name: str,
    names: tuple[str, ...],
    data: Mapping[str, NDArray[np.object_]],
    amounts: Mapping[str, NDArray[np.float64]],
) -> Columns:
    """Add up rows whose other columns are alike, in the order in which they come first."""
    places: dict[tuple[str, ...], int] = {}
    place = np.array([places.setdefault(key, len(places)) for key in zip(*data.values(), strict=True)], dtype=np.int64)
    columns: dict[str, NDArray[np.object_] | NDArray[np.float64]] = {}
    for number, column in enumerate(data):
        columns[column] = np.array([key[number] for key in places], dtype=object)
    for column, values in amounts.items():
        told = np.bincount(place, np.isfinite(values), minlength=len(places)) > 0
        columns[column] = np.where(told, np.bincount(place, np.nan_to_num(values), minlength=len(places)), np.nan)
    return Columns(name, {column: columns[column] for column in names})
