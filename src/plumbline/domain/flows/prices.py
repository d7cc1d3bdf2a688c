"""The price filter: transactions whose unit price lies outside the range of their like, beside what honest prices give.

Sources: M. de Boyrie, S. Pak and J. Zdanowicz, Journal of Money Laundering Control 8 (2005), for the interquartile range;
UNCTAD, training slides on the price filter method 'plus' (B. Nastav), for its limits: the range is taken from the
prices that it judges. That is why every result here carries its null expectation. The signs of outflow and inflow are those
of over- and under-invoicing; UNCTAD's guidelines of 2021 themselves could not be read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plumbline.domain.columns import Columns
from plumbline.domain.errors import InvalidInput

Floats = NDArray[np.float64]
PRICE_RULES = ("iqr", "percentile", "mad")
CELL_COLUMNS = ("commodity", "year", "period", "unit")
DIRECTIONS = {"import": 1, "imports": 1, "m": 1, "export": -1, "exports": -1, "x": -1}
NORMAL_MAD = 1.482602218505602
DRAWN_AT_ONCE = 2_000_000
ROUNDING = 1e-12


@dataclass(frozen=True)
class PriceRule:
    """Hold a rule: `iqr` (first to third quartile), `percentile` (`low` to `high`) or `mad` (`cutoff` on log prices).

    A cell of fewer than `min_cell` transactions is not judged.
    """

    kind: str = "iqr"
    low: float = 0.05
    high: float = 0.95
    cutoff: float = 3.0
    min_cell: int = 30

    def __post_init__(self) -> None:
        if self.kind not in PRICE_RULES:
            raise ValueError(self.kind)
        for key, value, low, high in (
            ("low", self.low, 0, 0.5), ("high", self.high, 0.5, 1), ("cutoff", self.cutoff, 0.1, 100),
            ("min-cell", self.min_cell, 4, 1_000_000),
        ):  # fmt: skip
            if not low <= value <= high:
                raise _out_of_range(key, low, high, value)

    @property
    def shares(self) -> tuple[float, float]:
        """Give the shares of prices at which a quantile rule sets its bounds."""
        return (0.25, 0.75) if self.kind == "iqr" else (self.low, self.high)


@dataclass(frozen=True)
class Expected:
    """Hold what a rule makes of honest prices: the share it flags, and flows as mean, 5th and 95th percentile.

    `outflow_p` and `inflow_p` are the shares of honest draws that reach the flow seen, the one seen counted in.
    """

    share: float
    outflow: tuple[float, float, float]
    inflow: tuple[float, float, float]
    outflow_p: float
    inflow_p: float


@dataclass(frozen=True)
class FilteredPrices:
    """Hold a filtered table: cells (cells,) with their ranges, and transactions (rows,) with their flows.

    `cell` is -1 where a transaction has no price (`unpriced`) or `tested` is false of its cell; `flagged` is outside the range. An
    outflow is an import above or an export below its range, times the quantity; an inflow the reverse.
    """

    rule: PriceRule
    keys: Mapping[str, NDArray[np.object_]]
    size: NDArray[np.int64]
    tested: NDArray[np.bool_]
    low: Floats
    high: Floats
    cell: NDArray[np.int64]
    price: Floats
    value: Floats
    flagged: NDArray[np.bool_]
    outflow: Floats
    inflow: Floats
    unpriced: int
    expected: Expected

    @property
    def judged(self) -> NDArray[np.bool_]:
        """Mark the transactions that were judged."""
        return self.cell >= 0

    @property
    def share(self) -> float:
        """Give the share of judged transactions that are flagged, nan where none was judged."""
        judged = int(self.judged.sum())
        return float(self.flagged.sum() / judged) if judged else float("nan")


def filter_prices(
    trade: Columns,
    rule: PriceRule,
    *,
    by: Sequence[str] = (),
    direction: str = "import",
    draws: int = 200,
    seed: int = 0,
) -> FilteredPrices:
    """Flag unit prices outside the range of their cell, and say how many a rule flags where every price is honest.

    Columns: `quantity`, and `value` or `price`; `direction` (import or export), else all are of the direction named; the cell is
    `by`, left out commodity, year, period and unit as far as there. An empty or zero quantity or value is counted as
    unpriced; a negative one is refused by row.

    Null expectation: quantile rules flag a share that follows from the size of a cell alone, whatever the prices. Flows,
    and the share of the `mad` rule, come from `draws` log-normal cells of the same size, median and robust spread, with the
    quantities and directions as they are. Prices that are honest and heavier-tailed than that, or fall with quantity,
    are flagged more often than the expectation says.
    """
    if not 20 <= draws <= 100_000:
        raise _out_of_range("draws", 20, 100_000, draws)
    value, quantity = _amounts(trade)
    signs = _signs(trade, direction)
    priced = (value > 0) & (quantity > 0)
    if not priced.any():
        trade.refuse(0, "quantity", "one row at least with a quantity and a value above 0")
    price = np.divide(value, quantity, out=np.full(len(trade), np.nan), where=priced)
    keys, cell = _cells(trade, by, priced)
    rows_of = _rows_of_cells(cell)
    size = np.array([len(rows) for rows in rows_of], dtype=np.int64)
    low, high, spreads = _ranges([price[rows] for rows in rows_of], rule)
    tested = np.isfinite(low)
    cell = np.where(priced & tested[np.maximum(cell, 0)], cell, -1)
    above, below = _outside(price, low[cell], high[cell], cell >= 0)
    outflow, inflow = np.where(signs > 0, above, below) * quantity, np.where(signs > 0, below, above) * quantity
    drawn = _drawn([(rows_of[n], *spreads[n]) for n in np.flatnonzero(tested)], rule, quantity, signs, draws, seed)
    return FilteredPrices(
        rule=rule, keys=keys, size=size, tested=tested, low=low, high=high, cell=cell, price=price, value=value,
        flagged=(above > 0) | (below > 0), outflow=outflow, inflow=inflow, unpriced=int((~priced).sum()),
        expected=_expected(drawn, rule, size[tested], float(outflow.sum()), float(inflow.sum())),
    )  # fmt: skip


def price_range(prices: Floats, rule: PriceRule) -> Floats:
    """Give the range of each row of prices (draws, n) as (2, draws): quantiles of type 7, or around the median of logs."""
    if rule.kind != "mad":
        return np.asarray(np.quantile(prices, rule.shares, axis=1))
    logs = np.log(prices)
    median = np.median(logs, axis=1, keepdims=True)
    reach = rule.cutoff * NORMAL_MAD * np.median(np.abs(logs - median), axis=1)
    return np.asarray(np.exp(np.stack([median[:, 0] - reach, median[:, 0] + reach])))


def flagged_by_size(size: NDArray[np.int64], shares: tuple[float, float]) -> NDArray[np.int64]:
    """Count what a quantile rule flags in a cell of n prices, no two of them equal, whatever they are.

    >>> flagged_by_size(np.array([4, 5, 30, 101]), (0.25, 0.75)).tolist()
    [2, 2, 16, 50]
    """
    places = np.round((size[:, None] - 1) * np.array(shares), 9)
    return np.asarray(np.ceil(places[:, 0]) + size - 1 - np.floor(places[:, 1])).astype(np.int64)


def _amounts(trade: Columns) -> tuple[Floats, Floats]:
    trade.require("quantity", *(() if "price" in trade.names else ("value",)))
    named = "value" if "value" in trade.names else "price"
    quantity, given = trade.numbers("quantity", missing=True), trade.numbers(named, missing=True)
    for column, values in (("quantity", quantity), (named, given)):
        if (values < 0).any():
            trade.refuse(int(np.argmax(values < 0)), column, "a value of 0 or more is needed here")
    quantity, given = np.nan_to_num(quantity), np.nan_to_num(given)
    return (given if named == "value" else given * quantity), quantity


def _signs(trade: Columns, direction: str) -> NDArray[np.int64]:
    if "direction" not in trade.names:
        return np.full(len(trade), DIRECTIONS[direction])
    named = [each.lower() for each in trade.text("direction")]
    for row, each in enumerate(named):
        if each not in DIRECTIONS:
            trade.refuse(row, "direction", "import or export is needed here")
    return np.array([DIRECTIONS[each] for each in named], dtype=np.int64)


def _cells(
    trade: Columns, by: Sequence[str], priced: NDArray[np.bool_]
) -> tuple[dict[str, NDArray[np.object_]], NDArray[np.int64]]:
    """Number the cells in the order of their keys; -1 where a row has no price."""
    columns = tuple(by) or tuple(name for name in CELL_COLUMNS if name in trade.names)
    trade.require(*(columns or ("commodity",)))
    texts = {name: trade.text(name) for name in columns}
    rows = list(zip(*texts.values(), strict=True))
    numbers = {key: number for number, key in enumerate(sorted({rows[row] for row in np.flatnonzero(priced)}))}
    cell = np.array([numbers[key] if ok else -1 for key, ok in zip(rows, priced, strict=True)], dtype=np.int64)
    keys = {name: np.array([key[i] for key in numbers], dtype=object) for i, name in enumerate(columns)}
    return keys, cell


def _rows_of_cells(cell: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    order = np.argsort(cell, kind="stable")[int((cell < 0).sum()) :]
    return np.split(order, np.flatnonzero(np.diff(cell[order])) + 1)


def _ranges(cells: Sequence[Floats], rule: PriceRule) -> tuple[Floats, Floats, Floats]:
    """Give low, high, and centre and spread of log prices; nan where a cell is too small or, for `mad`, has no spread."""
    bounds, spreads = np.full((2, len(cells)), np.nan), np.zeros((len(cells), 2))
    for number, prices in enumerate(cells):
        if len(prices) < rule.min_cell:
            continue
        logs = np.log(prices)
        median = float(np.median(logs))
        spreads[number] = median, NORMAL_MAD * float(np.median(np.abs(logs - median)))
        if rule.kind != "mad" or spreads[number, 1] > 0:
            bounds[:, number] = price_range(prices[None, :], rule)[:, 0]
    return bounds[0], bounds[1], spreads


def _outside(price: Floats, low: Floats, high: Floats, judged: NDArray[np.bool_] | np.bool_) -> tuple[Floats, Floats]:
    """Give how far prices lie above and below their range, 0 inside it and where none was judged."""
    above = np.where(judged & (price > high * (1 + ROUNDING)), price - high, 0.0)
    below = np.where(judged & (price < low * (1 - ROUNDING)), low - price, 0.0)
    return above, below


def _drawn(
    cells: Sequence[tuple[NDArray[np.int64], float, float]],
    rule: PriceRule, quantity: Floats, signs: NDArray[np.int64], draws: int, seed: int,
) -> Floats:  # fmt: skip
    """Sum honest draws over cells: outflow, inflow and flagged, (3, draws)."""
    random = np.random.default_rng(seed)
    out = np.zeros((3, draws))
    for rows, centre, spread in cells:
        step = max(1, DRAWN_AT_ONCE // len(rows))
        for first in range(0, draws, step):
            many = min(step, draws - first)
            prices = np.exp(centre + spread * random.standard_normal((many, len(rows))))
            low, high = price_range(prices, rule)
            above, below = _outside(prices, low[:, None], high[:, None], np.True_)
            bought = signs[rows] > 0
            out[0, first : first + many] += np.where(bought, above, below) @ quantity[rows]
            out[1, first : first + many] += np.where(bought, below, above) @ quantity[rows]
            out[2, first : first + many] += ((above > 0) | (below > 0)).sum(axis=1)
    return out


def _expected(drawn: Floats, rule: PriceRule, sizes: NDArray[np.int64], outflow: float, inflow: float) -> Expected:
    total = int(sizes.sum())
    flagged = float(drawn[2].mean()) if rule.kind == "mad" else float(flagged_by_size(sizes, rule.shares).sum())
    reached = [
        (1 + int((row >= seen).sum())) / (1 + drawn.shape[1])
        for row, seen in zip(drawn, (outflow, inflow), strict=False)
    ]
    share = flagged / total if total else float("nan")
    return Expected(share, _mean_and_spread(drawn[0]), _mean_and_spread(drawn[1]), *reached)


def _mean_and_spread(values: Floats) -> tuple[float, float, float]:
    low, high = np.quantile(values, [0.05, 0.95])
    return float(values.mean()), float(low), float(high)


def _out_of_range(key: str, low: object, high: object, value: object) -> InvalidInput:
    return InvalidInput(
        "setting.range",
        "{name}: {key} must be between {low} and {high}, not {value}.",
        name="price filter", key=key, low=low, high=high, value=value,
    )  # fmt: skip
