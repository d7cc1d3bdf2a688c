"""Replicate weights, given or made, and the variance that replicates of a statistic have.

`scale * sum rscales (replicate - centre)^2`, centred at the replicates' mean or, with `mse`, at the estimate. Sources: K. F. Rust and
J. N. K. Rao, Statistical Methods in Medical Research 5 (1996) 283-310 (jackknives, balanced repeated replication); D. R. Judkins,
Journal of Official Statistics 6 (1990) 223-239 (Fay's method); J. N. K. Rao, C. F. J. Wu and K. Yue, Survey Methodology 18 (1992)
209-217 (rescaled bootstrap, n - 1 draws a stratum).
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plumbline.domain.columns import Columns
from plumbline.domain.errors import unfit
from plumbline.domain.surveys.cells import Cells
from plumbline.domain.surveys.settings import amount, choice, names
from plumbline.domain.surveys.stages import DENSE, Stage

TYPES = (
    "JK1", "JKn", "JK2", "BRR", "Fay", "bootstrap", "subbootstrap", "mrbbootstrap", "ACS", "successive-difference", "other",
)  # fmt: skip
MADE = ("JK1", "JKn", "BRR", "Fay", "bootstrap", "subbootstrap")
DRAWS = 100
RANK = 1e-5


@dataclass(frozen=True)
class Replicates:
    """Hold replicate weights.

    Where `units` is None, `factors` are the weights themselves (rows x replicates), else they multiply the weight of a row by
    its unit's factor (units x replicates).
    """

    type: str
    factors: NDArray[np.float64]
    units: NDArray[np.int64] | None
    scale: float
    rscales: NDArray[np.float64]
    mse: bool = False
    stage: Stage | None = None
    stated_df: int | None = None

    def __len__(self) -> int:
        return int(self.factors.shape[1])

    def rows(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the weights of each row in each replicate: rows x replicates."""
        return self.factors if self.units is None else weights[:, None] * self.factors[self.units]

    def with_rows(self, weights: NDArray[np.float64]) -> Replicates:
        """Give replicates with other weights of the rows: rows x replicates."""
        return Replicates(self.type, weights, None, self.scale, self.rscales, self.mse, self.stage, self.stated_df)

    def sums(self, values: NDArray[np.float64], weights: NDArray[np.float64], cells: Cells) -> NDArray[np.float64]:
        """Add values up by cell under each replicate: cells x replicates."""
        if self.units is None:
            return np.stack([cells.sums(values * column) for column in self.factors.T], axis=1)
        units = len(self.factors)
        if len(cells) * units > DENSE and len(cells) > 1:
            return np.concatenate([self.sums(values, weights, one) for one in cells.apart()])
        key = (cells.codes + 1) * units + self.units
        totals = np.bincount(key, weights=values * weights, minlength=(len(cells) + 1) * units)[units:]
        out: NDArray[np.float64] = totals.reshape(len(cells), units) @ self.factors
        return out

    def variances(self, replicates: NDArray[np.float64], estimates: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the variance of statistics (k) from their replicates (k x replicates); those not finite are left out."""
        return np.array(
            [self.covariance(one[None, :], at[None])[0, 0] for one, at in zip(replicates, estimates, strict=True)]
        )

    def covariance(self, replicates: NDArray[np.float64], estimates: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the covariance (k x k) of statistics from their replicates (k x replicates)."""
        good = np.isfinite(replicates).all(axis=0)
        if not good.any() or not np.isfinite(estimates).all():
            return np.full((len(estimates), len(estimates)), np.nan)
        kept, rscales = replicates[:, good], self.rscales[good]
        centre = estimates if self.mse else kept[:, rscales > 0].mean(axis=1)
        away = kept - centre[:, None]
        out: NDArray[np.float64] = self.scale * (away * rscales) @ away.T
        return out

    def df(self, weights: NDArray[np.float64], inside: NDArray[np.bool_] | None) -> int:
        """Give the rank of the weights of the rows inside, less one; of a whole made design its units less its strata."""
        whole = inside is None or bool(inside.all())
        if whole and self.stated_df is not None:
            return self.stated_df
        if whole and self.stage is not None:
            return self.stage.df(None)
        kept = slice(None) if whole else inside
        if self.units is None:
            return rank(self.factors[kept]) - 1
        squares = np.bincount(self.units[kept], weights=weights[kept] ** 2, minlength=len(self.factors))
        return rank(np.sqrt(squares)[:, None] * self.factors) - 1


def rank(rows: NDArray[np.float64]) -> int:
    """Count the columns of which more than 1e-5 of their length is left when those counted before are taken out.

    The rank as R's `qr` tells it (LINPACK's dqrdc2), here by columns of the triangular factor.
    """
    inner = rows.T @ rows
    length = np.diag(inner).copy()
    count = 0
    for place in range(len(inner)):
        left = inner[place, place]
        if left > 0 and left >= RANK**2 * length[place]:
            count += 1
            inner = inner - np.outer(inner[:, place], inner[place]) / left
    return count


def read_replicates(
    columns: Columns, settings: Mapping[str, Any], weights: NDArray[np.float64] | None, *, name: str
) -> tuple[Replicates, NDArray[np.float64]]:
    """Read replicate weights from columns (names, or a pattern such as `rw*`); weights left out are their mean.

    `combined: false` says that columns are factors of the weights. Scales left out follow from the type; those of JKn from how far
    the weights of a stratum rise.
    """
    chosen = _matching(columns, settings["columns"], name)
    given = np.stack([columns.numbers(column) for column in chosen], axis=1)
    combined = settings.get("combined", True)
    if weights is None:
        weights = given.mean(axis=1) if combined else np.ones(len(columns))
        if (wrong := weights <= 0).any():
            columns.refuse(int(np.argmax(wrong)), chosen[0], "replicate weights with a mean above zero are needed here")
    factors = given if combined else given * weights[:, None]
    kind = str(settings["type"])
    scale, rscales = _scales(kind, settings, factors, weights, name)
    df = settings.get("df")
    stated = None if df is None else int(amount(df, name=name, key="replicates.df", low=1))
    made = Replicates(kind, factors, None, scale, rscales, bool(settings.get("mse", False)), None, stated)
    return made, weights


def _matching(columns: Columns, asked: Any, name: str) -> list[str]:
    chosen: list[str] = []
    for one in names(asked, name=name, key="replicates.columns"):
        if one in columns.data:
            chosen.append(one)
            continue
        found = [column for column in columns.names if fnmatch.fnmatchcase(column, one)] or _by_expression(columns, one)
        if not found:
            columns.require(one)
        chosen += found
    if len(chosen) < 2:
        raise unfit(name, "replicates.columns", "two columns or more are needed here", asked)
    return chosen


def _by_expression(columns: Columns, pattern: str) -> list[str]:
    try:
        return [column for column in columns.names if re.search(pattern, column)] if "[" in pattern else []
    except re.error:
        return []


def _scales(
    kind: str,
    settings: Mapping[str, Any],
    factors: NDArray[np.float64],
    weights: NDArray[np.float64],
    name: str,
) -> tuple[float, NDArray[np.float64]]:
    count = factors.shape[1]
    rho = amount(settings.get("rho") or 0, name=name, key="replicates.rho", high=0.999)
    if settings.get("rscales") is not None:
        rscales = _listed(settings["rscales"], count, name)
    elif kind == "JKn" and settings.get("scale") is None:
        rscales = 1 / np.array([np.max(column / weights) for column in factors.T])
    else:
        rscales = np.ones(count)
    if settings.get("scale") is not None:
        return amount(settings["scale"], name=name, key="replicates.scale", open_=True), rscales
    if kind == "other" and settings.get("rscales") is None:
        raise unfit(name, "replicates.scale", "a number is needed here", "nothing")
    usual = {
        "JK1": (count - 1) / count, "BRR": 1 / count, "Fay": 1 / (count * (1 - rho) ** 2), "bootstrap": 1 / (count - 1),
        "subbootstrap": 1 / (count - 1), "mrbbootstrap": 1 / (count - 1), "ACS": 4 / count, "successive-difference": 4 / count,
    }  # fmt: skip
    return usual.get(kind, 1.0), rscales


def _listed(value: Any, count: int, name: str) -> NDArray[np.float64]:
    listed: Sequence[Any] = value if isinstance(value, list | tuple) else [value] * count
    if len(listed) != count:
        raise unfit(name, "replicates.rscales", f"{count} numbers, one a replicate, are needed here", f"{len(listed)}")
    return np.array([amount(one, name=name, key="replicates.rscales") for one in listed])


def made_replicates(settings: Mapping[str, Any], stage: Stage, labels: Sequence[Any], *, name: str) -> Replicates:
    """Make replicates from the first stage of a design: JK1, JKn, BRR, Fay or a bootstrap (`number` draws from `seed`).

    `labels` names its strata in their order.
    """
    kind = choice(settings.get("type"), MADE, name=name, key="replicates.type")
    mse = bool(settings.get("mse", False))
    fraction = np.where(np.isinf(stage.population), 0, stage.sampled / stage.population)
    made = Replicates(kind, np.empty((0, 0)), stage.units, 1.0, np.empty(0), mse, stage)
    if kind in ("JK1", "JKn"):
        return _jackknife(made, stage, fraction, name)
    if kind in ("BRR", "Fay"):
        rho = amount(settings.get("rho", 0.5 if kind == "Fay" else 0), name=name, key="replicates.rho", high=0.999)
        return _balanced(made, stage, rho, labels, name)
    draws = int(amount(settings.get("number", DRAWS), name=name, key="replicates.number", low=2, high=100_000))
    seed = int(amount(settings.get("seed", 0), name=name, key="replicates.seed"))
    return _bootstrap(made, stage, fraction, draws, np.random.default_rng(seed))


@dataclass(frozen=True)
class Jackknife(Replicates):
    """Leave each first unit out in turn, its stratum's others taking its weight; factors are worked out where they are needed."""

    def __len__(self) -> int:
        return len(self._left_out())

    def _left_out(self) -> NDArray[np.int64]:
        stage = self._stage()
        return np.flatnonzero(stage.sampled[stage.stratum] > 1)

    def _stage(self) -> Stage:
        if self.stage is None:
            raise AssertionError("a jackknife has a stage")
        return self.stage

    def rows(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the weights of each row in each replicate: rows x replicates."""
        stage, units = self._stage(), self._left_out()
        size = stage.sampled[stage.stratum[units]]
        same = stage.stratum[stage.units][:, None] == stage.stratum[units][None, :]
        out: NDArray[np.float64] = weights[:, None] * np.where(same, size / (size - 1), 1.0)
        out[stage.units[:, None] == units[None, :]] = 0
        return out

    def sums(self, values: NDArray[np.float64], weights: NDArray[np.float64], cells: Cells) -> NDArray[np.float64]:
        """Add values up by cell under each replicate: the whole, less the unit, plus what its stratum gains."""
        stage, units = self._stage(), self._left_out()
        if len(cells) * len(stage.stratum) > DENSE and len(cells) > 1:
            return np.concatenate([self.sums(values, weights, one) for one in cells.apart()])
        totals = stage.unit_totals(values * weights, cells)
        strata = np.add.reduceat(totals, stage.starts, axis=1)
        stratum = stage.stratum[units]
        size = stage.sampled[stratum]
        change = (strata[:, stratum] - size * totals[:, units]) / (size - 1)
        out: NDArray[np.float64] = totals.sum(axis=1, keepdims=True) + change
        return out

    def df(self, weights: NDArray[np.float64], inside: NDArray[np.bool_] | None) -> int:
        """Give the rank of the weights of the rows inside, less one: a stratum that is inside as a whole loses one unit of it."""
        stage = self._stage()
        if inside is None or inside.all():
            return stage.df(None)
        present = np.bincount(stage.units[inside], minlength=len(stage.stratum)) > 0
        counts = np.add.reduceat(present.astype(np.int64), stage.starts)
        complete = (counts == stage.sampled) & (counts > 0)
        return int(counts.sum() - complete.sum() + bool(complete.any())) - 1


def _jackknife(made: Replicates, stage: Stage, fraction: NDArray[np.float64], name: str) -> Replicates:
    if made.type == "JK1" and len(stage.starts) > 1:
        raise unfit(name, "replicates.type", "JKn is needed here, since the design has strata", "JK1")
    units = np.flatnonzero(stage.sampled[stage.stratum] > 1)
    size = stage.sampled[stage.stratum[units]]
    left = 1 - fraction[stage.stratum[units]]
    scale, rscales = 1.0, (size - 1) / size * left
    if made.type == "JK1":
        scale, rscales = float((len(units) - 1) / len(units) * left[0]), np.ones(len(units))
    return Jackknife(made.type, made.factors, made.units, scale, rscales, made.mse, stage)


def _balanced(made: Replicates, stage: Stage, rho: float, labels: Sequence[Any], name: str) -> Replicates:
    if (wrong := stage.sampled != 2).any():
        raise unfit(
            name, "replicates.type", f"two units in every stratum are needed for {made.type}",
            f"{int(stage.sampled[np.argmax(wrong)])}",
        )  # fmt: skip
    strata = len(stage.starts)
    signs = hadamard(strata + 1)
    first = np.empty(len(stage.stratum), dtype=np.int64)
    first[stage.units[::-1]] = np.arange(len(stage.units) - 1, -1, -1)
    pairs = first.reshape(strata, 2)  # strata in the order of their letters, the units of each in that of the rows
    place = np.argsort(np.argsort(np.array([str(label) for label in labels] or [""]), kind="stable"))
    ahead = (pairs[:, :1] < pairs[:, 1:]) == (signs[:, 1 : strata + 1].T[place] > 0)
    factors = np.empty((len(stage.stratum), len(signs)))
    factors[0::2] = np.where(ahead, 2 - rho, rho)
    factors[1::2] = np.where(ahead, rho, 2 - rho)
    count = len(signs)
    return replace(made, factors=factors, scale=1 / (count * (1 - rho) ** 2), rscales=np.ones(count))


def hadamard(least: int) -> NDArray[np.float64]:
    """Give a matrix of signs with orthogonal columns, of the smallest order of at least `least` that a construction reaches.

    Sylvester's doubling, else Paley's construction over primes p with p + 1 divisible by 4; the first column is all ones.
    """
    order = 2 if least <= 2 else 4 * -(-least // 4)
    while not _reached(order):
        order += 4
    return _signs(order)


def _reached(order: int) -> bool:
    return order == 2 or (order % 4 == 0 and (_reached(order // 2) or _prime(order - 1)))


def _signs(order: int) -> NDArray[np.float64]:
    if order == 2:
        return np.array([[1.0, 1.0], [1.0, -1.0]])
    if not _reached(order // 2):
        return _paley(order - 1)
    core = _signs(order // 2)
    return np.block([[core, core], [core, -core]])


def _prime(number: int) -> bool:
    return number > 1 and all(number % by for by in range(2, int(number**0.5) + 1))


def _paley(prime: int) -> NDArray[np.float64]:
    squares = np.zeros(prime, dtype=bool)
    squares[np.arange(prime) ** 2 % prime] = True
    core = np.ones((prime + 1, prime + 1))
    sums = (np.arange(prime)[:, None] + np.arange(prime)[None, :]) % prime
    core[1:, 1:] = np.where(squares[sums], -1, 1)
    return core


def _bootstrap(
    made: Replicates, stage: Stage, fraction: NDArray[np.float64], draws: int, generator: np.random.Generator
) -> Replicates:
    factors = np.ones((len(stage.stratum), draws))
    for stratum, (start, n) in enumerate(zip(stage.starts, stage.sampled.astype(int), strict=True)):
        if n < 2:
            continue
        times = generator.multinomial(n - 1, np.full(n, 1 / n), size=draws).T
        shrunk = np.sqrt(1 - fraction[stratum])
        factors[start : start + n] = 1 - shrunk + shrunk * times * n / (n - 1)
    return replace(made, factors=factors, scale=1 / (draws - 1), rscales=np.ones(draws))
