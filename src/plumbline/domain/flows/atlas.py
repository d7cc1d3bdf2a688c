"""The Atlas estimator of trade misinvoicing: nine steps from mirrored trade to outflows and inflows.

Source: Lepissier, Davis and Ibrahim, An Atlas of trade misinvoicing (2021, with the scripts Trade-IFF). Written from a
description of the method; its data and results could not be obtained, so no published figure is reproduced. Each step is a
function; what is odd in the source is an option of `AtlasOptions`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn

import numpy as np
from numpy.typing import NDArray

from plumbline.domain.columns import Columns
from plumbline.domain.errors import unfit
from plumbline.domain.flows.panel import (
    Column,
    Design,
    Factors,
    Index,
    Keep,
    Panel,
    blocks,
    held,
    parts,
    read_panel,
    taken,
)
from plumbline.domain.flows.quality import Places, spread_by_level, weigh_reports
from plumbline.domain.quantities import Floats

Mask = NDArray[np.bool_]
LICIT: Final = ("distance", "contiguous", "landlocked_reporter", "landlocked_partner")
ILLICIT: Final = (
    "tariff", "corruption_reporter", "corruption_partner", "regulation_reporter", "regulation_partner"
)  # fmt: skip
SUMS: Final = ("outflow", "inflow", "net")
GROUPS: Final = ("reporter", "partner", "year", "commodity")
DRAWN_AT_ONCE: Final = 16


@dataclass(frozen=True)
class AtlasOptions:
    """Hold the choices of the estimator; the defaults are those of the source, but for `mirror_fob`.

    Predictors in `licit` explain a gap without wrong; those in `illicit` (0 = no reason for wrong) carry the flow.
    `most` drops ratios at or above it; `cook` and `rounds` strip outliers; `lag` and `lead` add last year's ratio and
    next year's growth. Reporters in `fob` report imports without freight. `mirror_fob` asks whose reports the mirror follows:
    the partner's, whose imports they are, or as in the source the reporter's. `clip` takes a spread below 0 for 0, where the
    source squares it. `equal` weighs both sides alike instead of by step 6.
    """

    licit: tuple[str, ...] = LICIT
    illicit: tuple[str, ...] = ILLICIT
    most: float = 100.0
    cook: float = 2.0
    rounds: int = 3
    lag: bool = True
    lead: bool = True
    fob: frozenset[str] = frozenset()
    mirror_fob: str = "partner"
    clip: bool = False
    equal: bool = False


@dataclass(frozen=True)
class Trade:
    """Hold a panel by row: imports, exports less re-exports, the partner's re-exports (None where no column has them), predictors."""

    panel: Panel
    imports: Column
    exports: Column
    again: Column | None
    given: Mapping[str, Column]


@dataclass(frozen=True)
class Mirror:
    """Hold step 1, by row: own and partner's imports and net exports, and the ratios of imports to the other side's exports.

    `own` rows are imports of the reporter (M_ij / X_ji), `other` those of the partner (M_ji / X_ij); nan where not reported.
    """

    imports: Column
    exports: Column
    partner_imports: Column
    partner_exports: Column
    own: Column
    other: Column


@dataclass(frozen=True)
class Fit:
    """Hold steps 3 and 4: the rows fitted, their predictors (illicit ones last), coefficients and residuals (of log ratio).

    `left` is by row of the panel, nan outside `used`.
    """

    used: Mask
    design: Design
    coefficients: Floats
    left: Column
    inverse: Floats

    def redraw(self, signs: NDArray[Any], pair: Column) -> Floats:
        """Fit again with residuals turned by the signs (pairs, draws) of their pairs: coefficients (k, draws)."""
        sums = np.zeros((self.design.shape[1], signs.shape[1]))
        for part, matrix in blocks(self.design):
            rows = self.design.rows[part]
            sums += matrix.T @ (taken(self.left, rows)[:, None] * signs[taken(pair, rows)])
        return np.asarray(self.coefficients[:, None] + self.inverse @ sums)


@dataclass(frozen=True)
class Side:
    """Hold a side of the estimate: imports by row, the net exports that they are compared with, and the fit of their ratio.

    `importer` reports the imports; `free` marks the places whose imports are without freight.
    """

    name: str
    imports: Column
    exports: Column
    fit: Fit
    importer: Column
    free: Mask


@dataclass(frozen=True)
class Misinvoicing:
    """Hold the estimate.

    `imports` and `exports` are step 8 by row of the panel, nan outside `used`; above 0 is an outflow. `weights` maps each to
    the reporter's weight. `totals` maps reporter ('' for all) to imports and exports to outflow, inflow, net (step 9); `drawn`
    holds the same from the bootstrap, (draws,), with the estimate as their mean: turned residuals lose what they have in common
    with the size of trade. The bootstrap carries the regressions' errors, by pair of places; the weights of step 6 are held.
    """

    panel: Panel
    used: Mask
    imports: Column
    exports: Column
    weights: Mapping[str, Column]
    totals: Mapping[str, Mapping[str, Mapping[str, float]]]
    drawn: Mapping[str, Mapping[str, Mapping[str, Floats]]]


def read_trade(tables: Iterable[Columns], options: AtlasOptions, keep: Keep = held) -> Trade:
    """Read a panel from tables that follow one another; refuses by row what is no report."""
    predictors = dict.fromkeys((*options.licit, *options.illicit))

    def values(table: Columns) -> dict[Any, Floats]:
        found: dict[Any, Floats] = {name: _reported(table, name) for name in ("imports", "exports")}
        if "reexports" in table.names:
            found["exports"] = found["exports"] - np.nan_to_num(_reported(table, "reexports"))
        if "reexports_partner" in table.names:
            found["again"] = _reported(table, "reexports_partner")
        return found | {("given", name): table.numbers(name, missing=True) for name in predictors}

    panel, columns = read_panel(tables, keep, values)
    given = {name: columns["given", name] for name in predictors}
    return Trade(panel, columns["imports"], columns["exports"], columns.get("again"), given)


def mirror_trade(panel: Columns | Trade, index: Index | None = None, keep: Keep = held) -> Mirror:
    """Take step 1: pair each row with the partner's row of the same commodity and year; refuse a row given twice."""
    trade = panel if isinstance(panel, Trade) else read_trade([panel], AtlasOptions(licit=(), illicit=()))
    known = trade.panel
    index = index or known.index()
    known.refuse_repeated(index)
    bought, sold = np.asarray(trade.imports[:]), np.asarray(trade.exports[:])

    def pairs() -> Iterator[tuple[Floats, ...]]:
        for part in parts(len(known)):
            at = index.find(known.keys(part, turned=True))
            imports, exports = (np.where(at >= 0, values[at], np.nan) for values in (bought, sold))
            yield imports, exports, _ratio(bought[part], exports), _ratio(imports, sold[part])

    return Mirror(trade.imports, trade.exports, *keep(pairs()))


def strip_outliers(design: Floats | Design, y: Floats, *, cook: float = 2.0, rounds: int = 3) -> Mask:
    """Take step 2: drop rows with Cook's distance above `cook` until none is left, then by Bonferroni's test, `rounds` times."""
    from scipy.special import stdtrit

    keep = np.ones(len(y), dtype=bool)
    while keep.sum() > design.shape[1]:
        far = np.concatenate([distance > cook for distance, _ in _influence(design[keep], y[keep])])
        if not far.any():
            break
        keep[np.flatnonzero(keep)[far]] = False
    for _ in range(rounds):
        if keep.sum() <= design.shape[1]:
            break
        free = max(int(keep.sum()) - design.shape[1] - 1, 1)
        most = -stdtrit(free, 0.025 / max(int(keep.sum()), 1))
        far = np.concatenate([np.abs(student) > most for _, student in _influence(design[keep], y[keep])])
        if not far.any():
            break
        keep[np.flatnonzero(keep)[far]] = False
    return keep


def fit_ratio(design: Floats | Design, y: Floats) -> Floats:
    """Take step 3: least squares of the log ratio on its predictors."""
    return Factors.of(design, y).coefficients


def split_fit(design: Floats, coefficients: Floats, illicit: int) -> tuple[Floats, Floats]:
    """Take step 4: fitted ratios in all, and without the last `illicit` columns; coefficients (k,) or (k, draws)."""
    licit = coefficients.copy()
    licit[len(licit) - illicit :] = 0
    return np.exp(design @ coefficients), np.exp(design @ licit)


def to_fob(imports: Floats, ratio: Floats, already: Mask) -> Floats:
    """Take step 5: imports divided by the fitted ratio; those that are reported without freight stay."""
    return np.where(already, imports, imports / ratio)


def reconcile(own: Floats, other: Floats, weight: Floats) -> Floats:
    """Take step 7: the value both sides would agree on."""
    return weight * own + (1 - weight) * other


def aggregate(values: Floats, place: Places, levels: int) -> dict[str, Floats]:
    """Take step 9: by level, outflows and inflows summed apart at the finest grain (gross), and the signed sum (net)."""
    known = np.isfinite(values)
    out, into = np.maximum(values[known], 0), np.minimum(values[known], 0)
    sums: dict[str, Floats] = {
        "outflow": np.bincount(place[known], out, levels).astype(float),
        "inflow": np.abs(np.bincount(place[known], into, levels)),
    }
    return sums | {"net": sums["outflow"] - sums["inflow"]}


def estimate_misinvoicing(
    panel: Columns | Iterable[Columns], options: AtlasOptions, *, draws: int = 200, seed: int = 0, keep: Keep = held
) -> Misinvoicing:
    """Take all nine steps on a panel, and `draws` of a wild bootstrap of them.

    Columns: reporter, partner, year, commodity (if any), imports (of the reporter from the partner, CIF), exports (to the
    partner), reexports (if any), reexports_partner (if any: a predictor), and the predictors of `options`. A panel may come
    as tables that follow one another, and its columns may be kept elsewhere than in memory; the estimate is the same.
    """
    trade = read_trade([panel] if isinstance(panel, Columns) else panel, options, keep)
    sides, pairs = _sides(trade, options, keep)
    used = np.logical_and(*(side.fit.used for side in sides))
    if not used.any():
        _too_few(trade.panel, 1)
    groups = {name: getattr(trade.panel, name) for name in GROUPS if name != "commodity" or trade.panel.goods}
    ranks = {name: _ranks(column, used) for name, column in groups.items()}
    found: dict[str, tuple[Column, Column]] = {}
    totals, drawn = {}, {}
    names = [trade.panel.places[each] for each in np.flatnonzero(np.diff(ranks["reporter"], prepend=-1))]
    rng = np.random.default_rng(seed)
    for side in sides:
        weigh = _weights(side, groups, ranks, used, options, keep)
        sums = np.zeros((2, len(names)))
        found[side.name] = _over(
            used, keep, _estimate(side, weigh, groups["reporter"], ranks["reporter"], options, sums)
        )
        totals[side.name] = _as_sums(sums)
        place = (groups["reporter"], ranks["reporter"], len(names))
        runs = _bootstrap(side, weigh, place, options, used, pairs, draws, rng)
        if draws:
            runs += (sums - runs.mean(axis=2))[:, :, None]
        drawn[side.name] = _as_sums(runs)
    return Misinvoicing(
        trade.panel,
        used,
        imports=found["imports"][0],
        exports=found["exports"][0],
        weights={side: weight for side, (_, weight) in found.items()},
        totals={name: {side: {k: float(v) for k, v in of.items()} for side, of in at.items()}
                for name, at in _by_name(names, totals).items()},
        drawn=_by_name(names, drawn),
    )  # fmt: skip


def _sides(trade: Trade, options: AtlasOptions, keep: Keep) -> tuple[tuple[Side, Side], tuple[Column, int]]:
    """Take steps 1 to 4 of both sides, and number the pairs of places by row."""
    known = trade.panel
    index = known.index()
    mirror = mirror_trade(trade, index, keep)
    free = np.array([place in options.fob for place in known.places])
    whose = known.partner if options.mirror_fob == "partner" else known.reporter
    imports = _fit(trade, index, mirror.own, mirror.imports, options, keep)
    exports = _fit(trade, index, mirror.other, mirror.partner_imports, options, keep)
    sides = (
        Side("imports", mirror.imports, mirror.partner_exports, imports, known.reporter, free),
        Side("exports", mirror.partner_imports, mirror.exports, exports, whose, free),
    )
    span = known.size[1] * known.size[2]
    pairs = np.unique(np.concatenate([np.unique(index.keys[part] // span) for part in parts(len(known))]))
    number = ((np.searchsorted(pairs, known.keys(part) // span).astype(np.int32),) for part in parts(len(known)))
    return sides, (keep(number)[0], len(pairs))


Weigh = Callable[[NDArray[Any]], Floats]


def _weights(
    side: Side, groups: Mapping[str, Column], ranks: Mapping[str, Places], used: Mask, options: AtlasOptions, keep: Keep
) -> Weigh:
    """Take step 6: how to weigh the reporter's side of rows."""
    if options.equal:
        return lambda rows: np.full(len(rows), 0.5)

    def gap(rows: NDArray[Any]) -> tuple[Floats]:
        fob, _ = _fob(side, rows, side.fit.coefficients, options)
        return (np.abs(np.log(fob / taken(side.exports, rows))),)

    (gaps,) = _over(used, keep, gap)

    def read() -> Iterator[tuple[Floats, dict[str, Places]]]:
        for rows in _rows(used):
            yield taken(gaps, rows), {name: ranks[name][taken(column, rows)] for name, column in groups.items()}

    spread = spread_by_level(read, {name: int(rank[-1]) + 1 for name, rank in ranks.items()}, options.clip)
    reporter, partner = (spread[name][np.maximum(ranks[name], 0)] for name in ("reporter", "partner"))
    return lambda rows: weigh_reports(
        reporter[taken(groups["reporter"], rows)], partner[taken(groups["partner"], rows)]
    )


def _estimate(
    side: Side, weigh: Weigh, reporter: Column, rank: Places, options: AtlasOptions, sums: Floats
) -> Callable[[NDArray[Any]], tuple[Floats, Floats]]:
    """Give step 8 and the weights of rows, adding up step 9 in `sums` (outflow and inflow, levels)."""

    def give(rows: NDArray[Any]) -> tuple[Floats, Floats]:
        weight = weigh(rows)
        cells = _cells(side, rows, weight, options)
        _add(sums, cells, rank[taken(reporter, rows)])
        return cells, weight

    return give


def _add(sums: Floats, cells: Floats, place: Places) -> None:
    found = aggregate(cells, place, sums.shape[1])
    sums[0] += found["outflow"]
    sums[1] += found["inflow"]


def _as_sums(sums: Floats) -> dict[str, Floats]:
    return dict(zip(SUMS, (*sums, sums[0] - sums[1]), strict=True))


def _bootstrap(
    side: Side, weigh: Weigh, place: tuple[Column, Places, int], options: AtlasOptions, used: Mask,
    pairs: tuple[Column, int], draws: int, rng: np.random.Generator,
) -> Floats:  # fmt: skip
    """Give outflow and inflow by level and draw, (2, levels, draws)."""
    reporter, rank, levels = place
    pair, many = pairs
    out = np.zeros((2, levels, draws))
    for start in range(0, draws, DRAWN_AT_ONCE):
        now = min(DRAWN_AT_ONCE, draws - start)
        signs = np.stack([rng.choice([-1.0, 1.0], many).astype(np.int8) for _ in range(now)], axis=1)
        betas = side.fit.redraw(signs, pair)
        sums = np.zeros((2, levels * now))
        for rows in _rows(used):
            factor = np.exp(taken(side.fit.left, rows)[:, None] * (signs[taken(pair, rows)] - 1))
            cells = _cells(side, rows, weigh(rows)[:, None], options, (betas, factor))
            at = rank[taken(reporter, rows)][:, None] * now + np.arange(now)
            _add(sums, cells.ravel(), at.ravel())
        out[:, :, start : start + now] = sums.reshape(2, levels, now)
    return out


def _cells(
    side: Side, rows: NDArray[Any], weight: Floats, options: AtlasOptions, redrawn: tuple[Floats, Floats] | None = None
) -> Floats:
    """Take steps 5, 7 and 8 for rows; `redrawn` is coefficients (k, draws) and factors on imports (rows, draws)."""
    beta, factor = redrawn or (side.fit.coefficients, np.ones(1))
    fob, licit = _fob(side, rows, beta, options)
    other = _beside(taken(side.exports, rows), fob)
    if side.name == "imports":
        return np.asarray(licit * factor - reconcile(fob * factor, other, weight))
    return np.asarray(reconcile(other, fob * factor, weight) - other)


def _fob(side: Side, rows: NDArray[Any], beta: Floats, options: AtlasOptions) -> tuple[Floats, Floats]:
    """Give imports without freight, by the whole fit and by the licit part of it."""
    whole, licit = split_fit(side.fit.design.at(rows), beta, len(options.illicit))
    imports = _beside(taken(side.imports, rows), whole)
    already = _beside(side.free[taken(side.importer, rows)], whole)
    return to_fob(imports, whole, already), to_fob(imports, licit, already)


def _beside(values: NDArray[Any], of: Floats) -> NDArray[Any]:
    """Give values by row as a column where there are draws beside."""
    return values[:, None] if of.ndim == 2 else values


def _rows(used: Mask) -> Iterator[NDArray[Any]]:
    """Give the rows that are used, block by block."""
    for part in parts(len(used)):
        rows = part.start + np.flatnonzero(used[part])
        if len(rows):
            yield rows


def _over(used: Mask, keep: Keep, give: Callable[[NDArray[Any]], tuple[Floats, ...]]) -> tuple[Column, ...]:
    """Keep what is given of the rows used by row of the panel, nan elsewhere."""

    def whole() -> Iterator[tuple[Floats, ...]]:
        for part in parts(len(used)):
            mask = used[part]
            found = give(part.start + np.flatnonzero(mask))
            out = tuple(np.full(len(mask), np.nan) for _ in found)
            for empty, values in zip(out, found, strict=True):
                empty[mask] = values
            yield out

    return keep(whole())


def _ranks(column: Column, used: Mask) -> Places:
    """Number the levels that come among the rows used, by level; one that does not has the number of the one before."""
    seen = np.zeros(max(int(column[part].max(initial=0)) for part in parts(len(used))) + 1, dtype=bool)
    for rows in _rows(used):
        seen[taken(column, rows)] = True
    return np.cumsum(seen) - 1


def _by_name(names: list[str], sums: Mapping[str, Mapping[str, Floats]]) -> dict[str, Any]:
    """Turn side, sum, (levels, ...) into name, side, sum, with '' for all names together."""
    out = {"": {side: {name: each.sum(axis=0) for name, each in of.items()} for side, of in sums.items()}}
    for n, reporter in enumerate(names):
        out[reporter] = {side: {name: each[n] for name, each in of.items()} for side, of in sums.items()}
    return out


def _fit(trade: Trade, index: Index, ratio: Column, imports: Column, options: AtlasOptions, keep: Keep) -> Fit:
    known = trade.panel

    def logs() -> Iterator[tuple[Floats]]:
        for part in parts(len(known)):
            with np.errstate(invalid="ignore", divide="ignore"):
                now = ratio[part]
                yield (np.log(np.where((now > 0) & (now < options.most), now, np.nan)),)

    (y,) = keep(logs())
    before = (*(trade.given[name] for name in options.licit), *keep(_predictors(trade, index, y, imports, options)))
    after = tuple(trade.given[name] for name in options.illicit)
    used = np.concatenate(
        [
            np.logical_and.reduce([np.isfinite(each[part]) for each in (y, *before, *after)])
            for part in parts(len(known))
        ]
    )
    rows = np.flatnonzero(used).astype(np.int32 if len(used) < 2**31 else np.int64)
    design = Design(before, known.year, len(known.years), after, rows)
    if len(rows) <= design.shape[1] + 2:
        _too_few(known, design.shape[1] + 3)
    ratios = np.concatenate([y[part][used[part]] for part in parts(len(known))])
    stay = strip_outliers(design, ratios, cook=options.cook, rounds=options.rounds)
    if stay.sum() <= design.shape[1] + 2:
        _too_few(known, design.shape[1] + 3)
    used[rows[~stay]] = False
    design, ratios = design[stay], ratios[stay]
    found = Factors.of(design, ratios)
    beta = found.coefficients
    (left,) = _over(used, keep, lambda rows: (taken(y, rows) - design.at(rows) @ beta,))
    return Fit(used, design, beta, left, found.inverse)


def _too_few(panel: Panel, need: int) -> NoReturn:
    words = f"{need} or more with both sides reported and all predictors are needed here"
    raise unfit(panel.name, "rows", words, "fewer")


def _predictors(
    trade: Trade, index: Index, y: Column, imports: Column, options: AtlasOptions
) -> Iterator[tuple[Floats, ...]]:
    """Give the licit predictors that are computed: distance squared, re-exports, growth, last year's ratio."""
    known, away = trade.panel, trade.given.get("distance") if "distance" in options.licit else None
    bought = np.asarray(imports[:]) if options.lead else np.empty(0)
    ratios = np.asarray(y[:]) if options.lag else np.empty(0)

    def shifted(values: Floats, part: slice, by: int) -> Floats:
        at = index.find(known.keys(part, later=by))
        return np.where(at >= 0, values[at], np.nan)

    for part in parts(len(known)):
        columns = [] if away is None else [away[part] ** 2]
        with np.errstate(divide="ignore", invalid="ignore"):
            if trade.again is not None:
                columns.append(np.arcsinh(trade.again[part] / imports[part]))
            if options.lead:
                columns.append(np.log(shifted(bought, part, 1) / bought[part]))
        if options.lag:
            columns.append(shifted(ratios, part, -1))
        yield tuple(columns)


def _influence(design: Floats | Design, y: Floats) -> Iterator[tuple[Floats, Floats]]:
    """Give Cook's distance and the externally studentised residual of each row, block by block."""
    found = Factors.of(design, y)
    rank, free = found.rank, max(len(y) - found.rank, 2)

    def left() -> Iterator[tuple[Floats, Floats]]:
        for part, matrix in blocks(design):
            basis = matrix @ found.basis
            yield np.minimum((basis**2).sum(axis=1), 1 - 1e-9), y[part] - basis @ found.fitted

    variance = max(sum(float(each @ each) for _, each in left()) / free, 1e-300)
    for hat, each in left():
        inner = each**2 / (variance * (1 - hat))
        outer = each / np.sqrt(np.maximum((free * variance - each**2 / (1 - hat)) / (free - 1), 1e-300) * (1 - hat))
        yield inner * hat / ((1 - hat) * rank), outer


def _reported(panel: Columns, column: str) -> Floats:
    values = panel.numbers(column, missing=True)
    if (values < 0).any():
        panel.refuse(int(np.argmax(values < 0)), column, "a value of 0 or more is needed here")
    return values


def _ratio(over: Floats, under: Floats) -> Floats:
    known = (over > 0) & (under > 0)
    return np.asarray(np.divide(over, under, out=np.full(len(over), np.nan), where=known))
