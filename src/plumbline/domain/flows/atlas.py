"""The Atlas estimator of trade misinvoicing: nine steps from mirrored trade to outflows and inflows.

Source: Lepissier, Davis and Ibrahim, An Atlas of trade misinvoicing (2021, with the scripts Trade-IFF). Written from a
description of the method; its data and results could not be obtained, so no published figure is reproduced. Each step is a
function; what is odd in the source is an option of `AtlasOptions`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn

import numpy as np
from numpy.typing import NDArray

from plumbline.domain.columns import Columns
from plumbline.domain.errors import unfit
from plumbline.domain.flows.panel import Design, Factors, Panel, blocks
from plumbline.domain.quantities import Floats

Mask = NDArray[np.bool_]
Places = NDArray[Any]
LICIT: Final = ("distance", "contiguous", "landlocked_reporter", "landlocked_partner")
ILLICIT: Final = (
    "tariff", "corruption_reporter", "corruption_partner", "regulation_reporter", "regulation_partner"
)  # fmt: skip
SUMS: Final = ("outflow", "inflow", "net")
GROUPS: Final = ("reporter", "partner", "year", "commodity")


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
class Mirror:
    """Hold step 1, by row: own and partner's imports and net exports, and the ratios of imports to the other side's exports.

    `own` rows are imports of the reporter (M_ij / X_ji), `other` those of the partner (M_ji / X_ij); nan where not reported.
    """

    imports: Floats
    exports: Floats
    partner_imports: Floats
    partner_exports: Floats
    own: Floats
    other: Floats


@dataclass(frozen=True)
class Fit:
    """Hold steps 3 and 4: the rows fitted, their predictors (illicit ones last), coefficients and residuals (of log ratio)."""

    used: Mask
    design: Design
    coefficients: Floats
    left: Floats
    inverse: Floats

    def redraw(self, signs: Floats) -> tuple[Floats, Floats]:
        """Turn residuals by `signs` and fit again: the factor on imports, and coefficients (a wild bootstrap)."""
        turned = self.left * signs[self.used]
        return np.exp(turned - self.left), self.coefficients + self.inverse @ self.design.against(turned)


@dataclass(frozen=True)
class Misinvoicing:
    """Hold the estimate.

    `imports` and `exports` are step 8 by row of the panel, nan outside `used`; above 0 is an outflow. `weights` maps each to
    the reporter's weight. `totals` maps reporter ('' for all) to imports and exports to outflow, inflow, net (step 9); `drawn`
    holds the same from the bootstrap, (draws,). The bootstrap carries the regressions' errors, by pair of places; the
    weights of step 6 are held.
    """

    used: Mask
    imports: Floats
    exports: Floats
    weights: Mapping[str, Floats]
    totals: Mapping[str, Mapping[str, Mapping[str, float]]]
    drawn: Mapping[str, Mapping[str, Mapping[str, Floats]]]


def mirror_trade(panel: Columns, known: Panel | None = None) -> Mirror:
    """Take step 1: pair each row with the partner's row of the same commodity and year; refuse a row given twice."""
    known = known or Panel.of(panel)
    again = known.repeated()
    if again is not None:
        panel.refuse(again, "reporter", "one row for each reporter, partner, commodity and year is needed here")
    imports, exports = (_reported(panel, name) for name in ("imports", "exports"))
    if "reexports" in panel.names:
        exports = exports - np.nan_to_num(_reported(panel, "reexports"))
    at = known.find(known.keys(turned=True))
    there = at >= 0
    partner_imports, partner_exports = (np.where(there, values[at], np.nan) for values in (imports, exports))
    return Mirror(
        imports, exports, partner_imports, partner_exports,
        own=_ratio(imports, partner_exports), other=_ratio(partner_imports, exports),
    )  # fmt: skip


def strip_outliers(design: Floats | Design, y: Floats, *, cook: float = 2.0, rounds: int = 3) -> Mask:
    """Take step 2: drop rows with Cook's distance above `cook` until none is left, then by Bonferroni's test, `rounds` times."""
    from scipy.special import stdtrit

    keep = np.ones(len(y), dtype=bool)
    while True:
        distance, _ = _influence(design[keep], y[keep])
        if not (distance > cook).any():
            break
        keep[np.flatnonzero(keep)[distance > cook]] = False
    for _ in range(rounds):
        _, student = _influence(design[keep], y[keep])
        free = max(int(keep.sum()) - design.shape[1] - 1, 1)
        far = np.abs(student) > -stdtrit(free, 0.025 / max(int(keep.sum()), 1))
        if not far.any():
            break
        keep[np.flatnonzero(keep)[far]] = False
    return keep


def fit_ratio(design: Floats | Design, y: Floats) -> Floats:
    """Take step 3: least squares of the log ratio on its predictors."""
    return Factors.of(design, y).coefficients


def split_fit(design: Floats | Design, coefficients: Floats, illicit: int) -> tuple[Floats, Floats]:
    """Take step 4: fitted ratios in all, and without the last `illicit` columns."""
    licit = np.where(np.arange(len(coefficients)) < len(coefficients) - illicit, coefficients, 0.0)
    return np.exp(design @ coefficients), np.exp(design @ licit)


def to_fob(imports: Floats, ratio: Floats, already: Mask) -> Floats:
    """Take step 5: imports divided by the fitted ratio; those that are reported without freight stay."""
    return np.where(already, imports, imports / ratio)


def quality_spread(gap: Floats, groups: Mapping[str, Places], *, clip: bool = False) -> dict[str, Floats]:
    """Take step 6: the spread of each reporter's and partner's reports, from |ln gap| on four effects, by row."""
    starts, at = {}, 1
    for name, place in groups.items():
        starts[name] = at
        at += int(place.max())
    gram, right = _cross_products(gap, groups, starts, at)
    inverse = np.linalg.pinv(gram, hermitian=True)
    beta = inverse @ right
    left = gap - beta[0]
    for name, place in groups.items():
        left -= np.r_[0.0, beta[starts[name] : starts[name] + int(place.max())]][place]
    noise = float(left @ left) / max(len(gap) - at, 1)
    error = np.sqrt(noise * np.maximum(np.diag(inverse), 0))
    out = {}
    for name in ("reporter", "partner"):
        span = slice(starts[name], starts[name] + int(groups[name].max()))
        effect, se = np.r_[0.0, beta[span]], np.r_[0.0, error[span]]
        spread = np.pi / 2 * (effect - (effect.min() + 2 * se))
        out[name] = (np.maximum(spread, 0) if clip else spread)[groups[name]]
    return out


def _cross_products(
    gap: Floats, groups: Mapping[str, Places], starts: Mapping[str, int], size: int
) -> tuple[Floats, Floats]:
    """Give X'X and X'y of a constant and the levels of groups but their first, counted without laying X out."""
    gram, right = np.zeros((size, size)), np.zeros(size)
    gram[0, 0], right[0] = len(gap), gap.sum()
    known = [(starts[name], int(place.max()) + 1, place) for name, place in groups.items()]
    for n, (start, levels, place) in enumerate(known):
        rows = slice(start, start + levels - 1)
        gram[rows, 0] = gram[0, rows] = np.bincount(place, minlength=levels)[1:]
        right[rows] = np.bincount(place, gap, levels)[1:]
        for other, many, beside in known[: n + 1]:
            columns = slice(other, other + many - 1)
            both = np.bincount(place * many + beside, minlength=levels * many).reshape(levels, many)[1:, 1:]
            gram[rows, columns], gram[columns, rows] = both, both.T
    return gram, right


def weigh_reports(reporter: Floats, partner: Floats) -> Floats:
    """Take the weights of step 6: the reporter's share, larger where the partner's reports spread more."""
    own, other = (np.exp(s2) * np.expm1(s2) for s2 in (np.minimum(each**2, 300.0) for each in (reporter, partner)))
    both = own + other
    return np.asarray(np.divide(other, both, out=np.full(len(both), 0.5), where=both > 0))


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


def estimate_misinvoicing(panel: Columns, options: AtlasOptions, *, draws: int = 200, seed: int = 0) -> Misinvoicing:
    """Take all nine steps on a panel, and `draws` of a wild bootstrap of them.

    Columns: reporter, partner, year, commodity (if any), imports (of the reporter from the partner, CIF), exports (to the
    partner), reexports (if any), reexports_partner (if any: a predictor), and the predictors of `options`.
    """
    known = Panel.of(panel)
    mirror = mirror_trade(panel, known)
    given = {name: panel.numbers(name, missing=True) for name in (*options.licit, *options.illicit)}
    sides = {
        "imports": _fit(panel, known, mirror.own, mirror.imports, given, options),
        "exports": _fit(panel, known, mirror.other, mirror.partner_imports, given, options),
    }
    used = np.logical_and(*(fit.used for fit in sides.values()))
    if not used.any():
        _too_few(panel, 1)
    numbers = {"reporter": known.reporter, "partner": known.partner, "year": known.year, "commodity": known.commodity}
    groups: dict[str, Places] = {
        name: np.unique(each[used], return_inverse=True)[1] for name, each in numbers.items() if name in panel.names
    }
    cells: dict[str, Floats] = {}
    weights: dict[str, Floats] = {}
    for side, fit in sides.items():
        fob, other = _fob(known, mirror, side, fit, fit.coefficients, options, used)[0], _partner(mirror, side, used)
        weights[side] = np.full(len(other), 0.5) if options.equal else _weights(fob, other, groups, options)
        cells[side] = _cells(known, mirror, side, fit, None, weights[side], options, used)
    names = [known.places[each] for each in np.unique(known.reporter[used])]
    totals = {side: aggregate(values, groups["reporter"], len(names)) for side, values in cells.items()}
    drawn = _bootstrap(known, mirror, sides, weights, options, used, groups["reporter"], draws, seed)
    return Misinvoicing(
        used,
        imports=_whole(cells["imports"], used),
        exports=_whole(cells["exports"], used),
        weights={side: _whole(each, used) for side, each in weights.items()},
        totals={name: {side: {k: float(v) for k, v in of.items()} for side, of in at.items()}
                for name, at in _by_name(names, totals).items()},
        drawn=_by_name(names, drawn),
    )  # fmt: skip


def _bootstrap(
    known: Panel, mirror: Mirror, sides: Mapping[str, Fit], weights: Mapping[str, Floats], options: AtlasOptions,
    used: Mask, place: Places, draws: int, seed: int,
) -> dict[str, dict[str, Floats]]:  # fmt: skip
    """Give by side and sum (levels, draws)."""
    rng = np.random.default_rng(seed)
    pairs = np.unique(known.reporter * len(known.places) + known.partner, return_inverse=True)[1]
    levels = int(place.max()) + 1
    out: dict[str, dict[str, Floats]] = {}
    for side, fit in sides.items():
        runs = []
        for _ in range(draws):
            signs = rng.choice([-1.0, 1.0], int(pairs.max()) + 1)[pairs]
            cells = _cells(known, mirror, side, fit, fit.redraw(signs), weights[side], options, used)
            runs.append(aggregate(cells, place, levels))
        out[side] = {name: np.array([run[name] for run in runs]).reshape(draws, levels).T for name in SUMS}
    return out


def _cells(
    known: Panel, mirror: Mirror, side: str, fit: Fit, redrawn: tuple[Floats, Floats] | None, weight: Floats,
    options: AtlasOptions, used: Mask,
) -> Floats:  # fmt: skip
    """Take steps 5, 7 and 8 for the rows estimated."""
    factor, beta = (np.ones(len(fit.left)), fit.coefficients) if redrawn is None else redrawn
    fob, licit = _fob(known, mirror, side, fit, beta, options, used)
    change, other = factor[used[fit.used]], _partner(mirror, side, used)
    if side == "imports":
        return licit * change - reconcile(fob * change, other, weight)
    return reconcile(other, fob * change, weight) - other


def _fob(
    known: Panel, mirror: Mirror, side: str, fit: Fit, beta: Floats, options: AtlasOptions, used: Mask
) -> tuple[Floats, Floats]:
    """Give imports without freight, by the whole fit and by the licit part of it."""
    imports = (mirror.imports if side == "imports" else mirror.partner_imports)[used]
    whose = "partner" if side == "exports" and options.mirror_fob == "partner" else "reporter"
    free = np.array([place in options.fob for place in known.places])
    already = free[(known.partner if whose == "partner" else known.reporter)[used]]
    whole, licit = split_fit(fit.design[used[fit.used]], beta, len(options.illicit))
    return to_fob(imports, whole, already), to_fob(imports, licit, already)


def _partner(mirror: Mirror, side: str, used: Mask) -> Floats:
    """Give the net exports that the imports of a side are compared with."""
    return (mirror.partner_exports if side == "imports" else mirror.exports)[used]


def _by_name(names: list[str], sums: Mapping[str, Mapping[str, Floats]]) -> dict[str, Any]:
    """Turn side, sum, (levels, ...) into name, side, sum, with '' for all names together."""
    out = {"": {side: {name: each.sum(axis=0) for name, each in of.items()} for side, of in sums.items()}}
    for n, reporter in enumerate(names):
        out[reporter] = {side: {name: each[n] for name, each in of.items()} for side, of in sums.items()}
    return out


def _fit(
    panel: Columns, known: Panel, ratio: Floats, imports: Floats, given: Mapping[str, Floats], options: AtlasOptions
) -> Fit:
    with np.errstate(invalid="ignore"):
        y = np.log(np.where((ratio > 0) & (ratio < options.most), ratio, np.nan))
    design = _design(panel, known, y, imports, given, options)
    used = np.isfinite(y) & np.logical_and.reduce([np.isfinite(each) for each in (*design.before, *design.after, y)])
    if used.sum() <= design.shape[1] + 2:
        _too_few(panel, design.shape[1] + 3)
    used[used] = strip_outliers(design[used], y[used], cook=options.cook, rounds=options.rounds)
    kept, left = design[used], y[used]
    found = Factors.of(kept, left)
    return Fit(used, kept, found.coefficients, left - kept @ found.coefficients, found.inverse)


def _too_few(panel: Columns, need: int) -> NoReturn:
    words = f"{need} or more with both sides reported and all predictors are needed here"
    raise unfit(panel.name, "rows", words, "fewer")


def _design(
    panel: Columns, known: Panel, y: Floats, imports: Floats, given: Mapping[str, Floats], options: AtlasOptions
) -> Design:
    """Give the predictors: intercept, licit ones, distance squared, growth, re-exports, lag, years; illicit ones last."""
    columns = [given[name] for name in options.licit]
    if "distance" in options.licit:
        columns.append(given["distance"] ** 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        if "reexports_partner" in panel.names:
            columns.append(np.arcsinh(_reported(panel, "reexports_partner") / imports))
        if options.lead:
            columns.append(np.log(_shifted(known, imports, 1) / imports))
    if options.lag:
        columns.append(_shifted(known, y, -1))
    levels, kind = np.unique(known.year, return_inverse=True)
    illicit = tuple(given[name] for name in options.illicit)
    return Design(tuple(columns), kind, len(levels), illicit, np.arange(len(panel)))


def _shifted(known: Panel, values: Floats, by: int) -> Floats:
    at = known.find(known.keys(later=by))
    return np.where(at >= 0, values[at], np.nan)


def _influence(design: Floats | Design, y: Floats) -> tuple[Floats, Floats]:
    """Give Cook's distance and the externally studentised residual of each row."""
    found = Factors.of(design, y)
    rank = found.rank
    hat, left = np.empty(len(y)), np.empty(len(y))
    for part, matrix in blocks(design):
        basis = matrix @ found.basis
        hat[part], left[part] = np.minimum((basis**2).sum(axis=1), 1 - 1e-9), y[part] - basis @ found.fitted
    free = max(len(y) - rank, 2)
    variance = max(float(left @ left) / free, 1e-300)
    inner = left**2 / (variance * (1 - hat))
    outer = left / np.sqrt(np.maximum((free * variance - left**2 / (1 - hat)) / (free - 1), 1e-300) * (1 - hat))
    return inner * hat / ((1 - hat) * rank), outer


def _weights(fob: Floats, other: Floats, groups: Mapping[str, Places], options: AtlasOptions) -> Floats:
    spread = quality_spread(np.abs(np.log(fob / other)), groups, clip=options.clip)
    return weigh_reports(spread["reporter"], spread["partner"])


def _reported(panel: Columns, column: str) -> Floats:
    values = panel.numbers(column, missing=True)
    if (values < 0).any():
        panel.refuse(int(np.argmax(values < 0)), column, "a value of 0 or more is needed here")
    return values


def _ratio(over: Floats, under: Floats) -> Floats:
    known = (over > 0) & (under > 0)
    return np.asarray(np.divide(over, under, out=np.full(len(over), np.nan), where=known))


def _whole(values: Floats, used: Mask) -> Floats:
    out = np.full(len(used), np.nan)
    out[used] = values
    return out
