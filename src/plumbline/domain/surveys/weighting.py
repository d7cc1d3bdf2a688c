"""Weights brought to known totals: post-stratification, raking, GREG and logit calibration, and trimming.

J.-C. Deville and C.-E. Sarndal, Journal of the American Statistical Association 87 (1992) 376-382: weights nearest to those of the design, by
a distance, among those that meet the totals. Raking by rounds over the margins (W. E. Deming and F. F. Stephan, 1940) gives the same weights as
calibration by the multiplicative distance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plumbline.domain.columns import Columns
from plumbline.domain.errors import InvalidInput, unfit
from plumbline.domain.surveys.calibration import Calibration
from plumbline.domain.surveys.cells import levels_of
from plumbline.domain.surveys.replicates import Replicates
from plumbline.domain.surveys.settings import amount, choice, mapping

Array = NDArray[np.float64]
METHODS = ("linear", "raking", "logit", "poststratify")
KEYS = ("method", "population", "margins", "totals", "bounds", "trim", "rounds", "tolerance")
ROUNDS = 50
TOLERANCE = 1e-10


@dataclass(frozen=True)
class Targets:
    """Hold auxiliary variables (rows x p), the totals they must meet, and what each is called."""

    auxiliaries: Array
    totals: Array
    labels: tuple[str, ...]


def read_targets(columns: Columns, settings: Mapping[str, Any], *, name: str) -> Targets:
    """Read what weights must meet: `population`, `margins` (a column, or several joined by ` * `, to sizes of levels) and `totals` of columns.

    Refuses levels without a size or without rows, margins that sum up differently, a column with missing cells.
    """
    parts, totals, labels = [], [], []
    sums: dict[str, float] = {}
    if settings.get("population") is not None:
        size = amount(settings["population"], name=name, key="calibration.population", open_=True)
        parts.append(np.ones((len(columns), 1)))
        totals.append(size)
        labels.append("population")
        sums["population"] = size
    margins = mapping(
        settings.get("margins") or {}, settings.get("margins") or {}, name=name, key="calibration.margins"
    )
    for column, sizes in margins.items():
        block, wanted, levels = _margin(columns, str(column), sizes, name)
        parts.append(block)
        totals += wanted
        labels += [f"{column}={level}" for level in levels]
        sums[str(column)] = sum(wanted)
    for column, size in mapping(
        settings.get("totals") or {}, settings.get("totals") or {}, name=name, key="calibration.totals"
    ).items():
        parts.append(columns.numbers(str(column))[:, None])
        totals.append(amount(size, name=name, key=f"calibration.totals.{column}", low=-np.inf))
        labels.append(str(column))
    if not parts:
        raise unfit(name, "calibration", "population, margins or totals are needed here", "nothing")
    (first, size), *others = sums.items() or [("", 0.0)]
    for other, sized in others:
        if abs(sized - size) > 1e-6 * max(size, sized):
            raise unfit(
                name, f"calibration.{other}", f"the same sum as {first}, {size:.10g}, is needed here", f"{sized:.10g}"
            )
    return Targets(np.hstack(parts), np.array(totals, dtype=float), tuple(labels))


def _margin(columns: Columns, column: str, sizes: Any, name: str) -> tuple[Array, list[float], list[str]]:
    key = f"calibration.margins.{column}"
    given = {
        str(level): size
        for level, size in mapping(sizes, sizes if isinstance(sizes, Mapping) else (), name=name, key=key).items()
    }
    several = [levels_of(columns, one.strip()) for one in column.split("*")]
    for one, levels in zip(column.split("*"), several, strict=True):
        if (missing := levels.codes < 0).any():
            columns.refuse(int(np.argmax(missing)), one.strip(), "a level is needed here")
    found = np.array([str(label) for label in several[0].labels], dtype=object)[several[0].codes]
    for levels in several[1:]:
        found = found + " * " + np.array([str(label) for label in levels.labels], dtype=object)[levels.codes]
    present = sorted(set(found.tolist()))
    if set(present) != set(given):
        need = f"a size for each of {', '.join(present)}, and for no other level, is needed here"
        raise unfit(name, key, need, ", ".join(sorted(given)))
    wanted = [amount(given[level], name=name, key=f"{key}.{level}", open_=True) for level in present]
    return np.stack([(found == level).astype(np.float64) for level in present], axis=1), wanted, present


def calibrate(
    weights: Array,
    targets: Targets,
    *,
    method: str = "linear",
    bounds: tuple[float, float] | None = None,
    rounds: int = ROUNDS,
    tolerance: float = TOLERANCE,
) -> Calibration:
    """Bring weights to totals; `converged` tells whether the worst relative miss fell to the tolerance.

    `bounds` keep the factors of the weights between them (needed for `logit`, which stays inside by its form).
    """
    x, wanted = targets.auxiliaries, targets.totals
    scale = np.maximum(np.abs(wanted), 1e-300)
    lengths = np.zeros(x.shape[1])
    factors, after, worst = np.ones(len(weights)), weights, np.inf
    made = 0
    while made < rounds:
        made += 1
        miss = wanted - x.T @ after
        worst = float(np.max(np.abs(miss) / scale))
        if worst <= tolerance:
            break
        slope = _slope(method, x @ lengths, factors, bounds)
        information = x.T @ (x * (weights * slope)[:, None])
        norm = np.sqrt(np.maximum(np.diag(information), 1e-300))
        lengths = lengths + np.linalg.lstsq(information / np.outer(norm, norm), miss / norm, rcond=1e-12)[0] / norm
        factors = _factors(method, x @ lengths, bounds)
        if not np.isfinite(factors).all():
            break
        after = weights * factors
    return Calibration(x, weights, after, bool(worst <= tolerance), made, worst, method)


def _factors(method: str, linear: Array, bounds: tuple[float, float] | None) -> Array:
    low, high = bounds or (-np.inf, np.inf)
    if method == "logit":
        slope = (high - low) / ((1 - low) * (high - 1))
        rise = np.exp(np.clip(slope * linear, -700, 700))
        out: Array = (low * (high - 1) + high * (1 - low) * rise) / ((high - 1) + (1 - low) * rise)
        return out
    with np.errstate(over="ignore"):
        return np.clip(np.exp(linear) if method == "raking" else 1 + linear, low, high)


def _slope(method: str, linear: Array, factors: Array, bounds: tuple[float, float] | None) -> Array:
    low, high = bounds or (-np.inf, np.inf)
    if method == "logit":
        slope = (high - low) / ((1 - low) * (high - 1))
        out: Array = slope * (factors - low) * (high - factors) / (high - low)
        return out
    inside = (factors > low) & (factors < high)
    return inside * (factors if method == "raking" else np.ones(len(linear)))


def calibrate_as_set(
    weights: Array, replicates: Replicates | None, columns: Columns, settings: Any, *, name: str
) -> tuple[Array, Replicates | None, tuple[Calibration, ...]]:
    """Calibrate weights and replicates by settings: method, targets, bounds, trim. Replicates are calibrated each by itself.

    Refuses totals that cannot be met, naming the one that is missed most.
    """
    given = mapping(settings, KEYS, name=name, key="calibration")
    method = choice(given.get("method", "linear"), METHODS, name=name, key="calibration.method")
    bounds = _bounds(given.get("bounds"), name)
    if method == "logit" and bounds is None:
        raise unfit(
            name,
            "calibration.bounds",
            "two bounds of the factors, one below and one above 1, are needed here",
            "nothing",
        )
    targets = read_targets(columns, given, name=name)
    rounds = int(amount(given.get("rounds", ROUNDS), name=name, key="calibration.rounds", low=1, high=10_000))
    tolerance = amount(given.get("tolerance", TOLERANCE), name=name, key="calibration.tolerance", high=1, open_=True)
    kind = "linear" if method == "poststratify" else method

    def bring(some: Array) -> Calibration:
        return calibrate(some, targets, method=kind, bounds=bounds, rounds=rounds, tolerance=tolerance)

    done = bring(weights)
    _met(done, targets, name)
    if replicates is not None:
        rows = replicates.rows(weights)
        made = [bring(column).after for column in rows.T]
        replicates = replicates.with_rows(np.stack(made, axis=1))
    if (wrong := done.after <= 0).any():
        raise InvalidInput(
            "weights.not-positive",
            "{name}: calibration gives row {row} a weight of {weight}. Use raking or logit, or set bounds above 0.",
            name=name, row=int(np.argmax(wrong)) + columns.first_row, weight=f"{done.after[np.argmax(wrong)]:.6g}",
        )  # fmt: skip
    if given.get("trim") is None:
        return done.after, replicates, (done,)
    cut = _trimmed(done.after, given["trim"], name)
    trimmed, wanted = cut.weights, targets.totals
    worst = float(np.max(np.abs(targets.auxiliaries.T @ trimmed - wanted) / np.maximum(np.abs(wanted), 1e-300)))
    if replicates is not None:
        replicates = replicates.with_rows(replicates.rows(done.after) * (trimmed / done.after)[:, None])
    return trimmed, replicates, (replace(done, after=trimmed, worst=worst, cut=cut.cut, settled=cut.settled),)


def _met(done: Calibration, targets: Targets, name: str) -> None:
    if done.converged:
        return
    reached = targets.auxiliaries.T @ done.after
    worst = int(np.argmax(np.abs(reached - targets.totals) / np.maximum(np.abs(targets.totals), 1e-300)))
    raise InvalidInput(
        "weights.not-met",
        "{name}: after {rounds} rounds the weights give {label} a total of {reached}, not {wanted}. Widen the bounds, join levels or leave a total out.",
        name=name, rounds=done.rounds, label=targets.labels[worst],
        reached=f"{reached[worst]:.8g}", wanted=f"{targets.totals[worst]:.8g}",
    )  # fmt: skip


def _bounds(value: Any, name: str) -> tuple[float, float] | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != 2:
        raise unfit(
            name, "calibration.bounds", "two bounds of the factors, one below and one above 1, are needed here", value
        )
    low = amount(value[0], name=name, key="calibration.bounds", low=-np.inf, high=1, open_=True)
    return low, amount(value[1], name=name, key="calibration.bounds", low=1, open_=True)


@dataclass(frozen=True)
class Trimming:
    """Hold trimmed weights, how many were cut and how many rounds it took; `settled` tells whether all lie in the bounds."""

    weights: Array
    cut: int
    rounds: int
    settled: bool


def trim(weights: Array, low: float, high: float, *, rounds: int = 1) -> Trimming:
    """Cut weights to bounds and spread what was cut evenly over the others, so that the sum stays.

    One round can push others over a bound; more rounds repeat it until none is outside.
    """
    out, touched = weights.copy(), np.zeros(len(weights), dtype=bool)
    made = 0
    while made < rounds:
        made += 1
        outside = (out < low) | (out > high)
        if not outside.any():
            break
        touched |= outside
        cut = np.clip(out, low, high)
        if not (~touched).any():
            out = cut
            break
        cut[~touched] += (out.sum() - cut.sum()) / (~touched).sum()
        out = cut
    settled = not ((out < low) | (out > high)).any()
    return Trimming(out, int(touched.sum()), made, settled)


def _trimmed(weights: Array, settings: Any, name: str) -> Trimming:
    given = mapping(settings, ("low", "high", "rounds"), name=name, key="calibration.trim")
    low = amount(given.get("low", 0), name=name, key="calibration.trim.low")
    high = amount(given.get("high", np.inf), name=name, key="calibration.trim.high", low=low)
    rounds = int(amount(given.get("rounds", 1), name=name, key="calibration.trim.rounds", low=1, high=1000))
    return trim(weights, low, high, rounds=rounds)
