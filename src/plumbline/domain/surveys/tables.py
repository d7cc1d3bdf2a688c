"""Tests of independence in two-way tables of a survey.

The Pearson statistic with the corrections of J. N. K. Rao and A. J. Scott (Journal of the American Statistical Association 76, 1981, 221-230;
Annals of Statistics 12, 1984, 46-60), by its generalised design effects; the Wald statistic of G. G. Koch, D. H. Freeman and J. L. Freeman
(International Statistical Review 43, 1975), plain and adjusted; the tail of a weighted sum of chi-squares over an F denominator by a saddlepoint (D. Kuonen,
Biometrika 86, 1999, 929-935; `lincom` too, as R's survey has it without CompQuadForm) or by integration (`imhof`: J. P. Imhof, Biometrika 48,
1961, 419-426).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from plumbline.domain.errors import unfit
from plumbline.domain.surveys.cells import Cells, combine, levels_of, number
from plumbline.domain.surveys.estimate import Estimate, Frame, wald
from plumbline.domain.surveys.linear import TOTAL, Answer, covariance_of_cells, evaluate

Array = NDArray[np.float64]
TAILS = ("lincom", "saddlepoint", "imhof")
NO_ERROR = 1e-12  # a design effect that is rounding alone
TESTS = ("F", "Chisq", "Wald", "adjWald", *TAILS)

ROUNDED = 1e-10  # df that are this near to a whole number are that number
NEAR_MEAN = 1e-4  # of a saddlepoint, the largest weight being 1
PATH, STEPS = 90, 64  # how far a path of integration goes, and steps of one


def independence(frame: Frame, rows: str, columns: str, *, test: str = "F", name: str = "plan") -> list[Estimate]:
    """Test whether two columns are independent in the frame's domain.

    The estimate is the statistic; `more` holds `p`, the degrees of freedom `ndf` and `ddf`. Refuses a column of one level and a table with
    an empty row or column; empty cells may be.
    """
    down, across = levels_of(frame.columns, rows), levels_of(frame.columns, columns)
    inside = frame.inside & (down.codes >= 0) & (across.codes >= 0)
    first, second = (_used(one.codes, inside) for one in (down, across))
    shape = int(first.max(initial=-1)) + 1, int(second.max(initial=-1)) + 1
    if min(shape) < 2:
        raise unfit(
            name, "variable", "two columns of two levels or more in this domain are needed here", f"{rows}, {columns}"
        )
    codes = np.where(inside, first * shape[1] + second, -1)
    cells = Cells(codes, tuple({} for _ in range(shape[0] * shape[1])))
    df = frame.df
    n = int(inside.sum())
    shares, spread = _shares(frame, cells, whole=test in ("Wald", "adjWald"))
    need = "two columns whose table has cells that vary between units are needed here"
    if not np.trace(spread) > NO_ERROR * float((shares * (1 - shares)).sum()) / n:
        raise unfit(name, "variable", need, f"{rows}, {columns}")
    try:
        if test in ("Wald", "adjWald"):
            statistic, ndf, ddf, p = _wald(shares, spread, shape, df, adjusted=test == "adjWald")
        else:
            statistic, effects = _design_effects(shares, spread, shape, n)
            if not effects.sum() > NO_ERROR:
                raise unfit(name, "variable", need, f"{rows}, {columns}")
            below = float("inf") if frame.design.replicates is not None and test in TAILS else df
            statistic, ndf, ddf, p = _rao_scott(statistic, effects, below, test)
    except np.linalg.LinAlgError as error:
        raise unfit(name, "test", "another test is needed here, for which the units are enough", test) from error
    more = {"test": test, "ndf": ndf, "ddf": ddf, "p": p}
    gone = float("nan")
    return [Estimate("independence", f"{rows}, {columns}", {}, statistic, gone, df, gone, gone, gone, n, more)]


def _used(codes: NDArray[np.int64], inside: NDArray[np.bool_]) -> NDArray[np.int64]:
    return number(np.where(inside, codes, -1))[0]


def _shares(frame: Frame, cells: Cells, *, whole: bool = False) -> tuple[Array, Array]:
    """Give the share of each cell and their covariance; with `whole` that of the totals by the whole total."""
    design = frame.design
    if design.replicates is not None:
        ones = np.ones(len(design))
        made = design.replicates.sums(ones, design.weights, cells)
        totals = cells.sums(design.weights)
        made = made / (totals.sum() if whole else made.sum(axis=0))
        shares = totals / totals.sum()
        return shares, design.replicates.covariance(made, shares)
    totals = cells.sums(design.weights)
    inside = (cells.codes >= 0).astype(np.float64)
    spread = covariance_of_cells(design, inside / totals.sum(), cells)
    shares = totals / totals.sum()
    if whole:
        return shares, spread
    # a share's linearised value is (own indicator - share) / whole: take the sum over cells off each
    turn = np.eye(len(shares)) - np.outer(shares, np.ones(len(shares)))
    return shares, turn @ spread @ turn.T


def _bases(shape: tuple[int, int]) -> tuple[Array, Array]:
    """Give the columns of main effects and of interactions of a saturated table."""
    rows, columns = shape
    down = np.kron(np.eye(rows), np.ones((columns, 1)))
    across = np.kron(np.ones((rows, 1)), np.eye(columns))
    main = np.hstack([down, across[:, 1:]])
    crossed = np.stack([down[:, i] * across[:, j] for i in range(1, rows) for j in range(1, columns)], axis=1)
    return main, crossed


def _design_effects(shares: Array, spread: Array, shape: tuple[int, int], n: int) -> tuple[float, Array]:
    """Give Pearson's statistic and the generalised design effects of the interactions."""
    table = shares.reshape(shape)
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)).ravel()
    statistic = float(n * ((shares - expected) ** 2 / expected).sum())
    main, crossed = _bases(shape)
    plain = (np.diag(shares) - np.outer(shares, shares)) / n
    left = crossed - main @ np.linalg.lstsq(main.T @ plain @ main, main.T @ plain @ crossed, rcond=1e-12)[0]
    plainly, found = left.T @ plain @ left, left.T @ spread @ left
    if (shares == 0).any():  # the same by the inverse of the shares, which leaves empty cells out
        inverse = np.divide(1.0, shares, out=np.zeros_like(shares), where=shares > 0)
        turned = inverse[:, None] * (crossed - main @ np.linalg.lstsq(main, crossed, rcond=1e-12)[0])
        plainly, found = turned.T @ (shares[:, None] * turned) / n, turned.T @ spread @ turned
    return statistic, np.real(np.linalg.eigvals(np.linalg.solve(plainly, found)))


def _rao_scott(statistic: float, effects: Array, df: float, test: str) -> tuple[float, float, float, float]:
    """Give statistic, degrees of freedom and p of a corrected Pearson statistic."""
    trace, squares, freedom = float(effects.sum()), float((effects**2).sum()), len(effects)
    ndf = trace**2 / squares
    if test == "F":
        return statistic / trace, ndf, ndf * df, float(stats.f.sf(statistic / trace, ndf, ndf * df))
    if test == "Chisq":
        return statistic, freedom, float("inf"), float(stats.chi2.sf(statistic / (trace / freedom), freedom))
    if not df > 0:
        raise np.linalg.LinAlgError("no degrees of freedom")
    tail = integrated if test == "imhof" else saddlepoint
    return statistic, freedom, ndf * df, tail(statistic, effects, ndf * df)


@dataclass(frozen=True)
class _Sum:
    """Hold a sum of chi-squares (weights `parts`, their `degrees`), and where its moment generating function, tilted to `beyond`, is least.

    The chance that a weighted sum of chi-squares, over a chi-square by its df, exceeds a statistic is that of this sum to exceed `beyond`: with
    finite df the chi-square below the line is a part of its own, of weight -statistic / df. The largest weight above the line is 1.
    """

    parts: Array
    degrees: Array
    beyond: float
    low: float
    high: float
    at: float

    @classmethod
    def over(cls, statistic: float, weights: Array, df: float, *, below: float) -> _Sum | float:
        """Make it, the chi-square below the line of `below` degrees; or give the chance where it is 0 or 1 and there is nothing to solve."""
        top = float(weights.max())
        statistic, weights, count = statistic / top, weights / top, len(weights)
        known = math.isfinite(df)
        if not statistic > 0:
            return 1.0
        if (stats.f.sf(statistic / count, count, df) if known else stats.chi2.sf(statistic, count)) == 0:
            return 0.0  # even were all weights as the largest
        parts = np.append(weights, -statistic / df) if known else weights
        degrees = np.append(np.ones(count), below) if known else np.ones(count)
        beyond = 0.0 if known else statistic
        least = float(parts.min())
        low, high = 1 / (2 * least) if least < 0 else -math.inf, 0.5

        def slope(t: float) -> float:
            return float((degrees * parts / (1 - 2 * t * parts)).sum()) - beyond

        start = low * (1 - 1e-12) if least < 0 else -count / statistic
        at = optimize.brentq(slope, start, high * (1 - 1e-12), xtol=1e-15, rtol=1e-14, maxiter=1000)
        return cls(parts, degrees, beyond, low, high, float(at))

    def bend(self, t: float) -> float:
        """Give the second derivative of the cumulants' generating function."""
        return float((2 * self.degrees * self.parts**2 / (1 - 2 * t * self.parts) ** 2).sum())


def saddlepoint(statistic: float, weights: Array, df: float) -> float:
    """Give the chance that a weighted sum of chi-squares, over a chi-square by its df, exceeds a statistic, by a saddlepoint.

    `weights` of shape (parts,), the largest above 0; `df` above 0, may be infinite. As in R's survey 4.1-1 the chi-square below the line has
    the whole part of its df, 1 at least, and near the mean, where the formula is 0 by 0, F. E. Satterthwaite's approximation (Biometrics
    Bulletin 2, 1946, 110-114) is given. Source: D. Kuonen, Biometrika 86 (1999) 929-935.
    """
    found = _Sum.over(statistic, weights, df, below=max(np.floor(df * (1 + ROUNDED)), 1.0))
    if not isinstance(found, _Sum):
        return found
    at = found.at
    if abs(at) < NEAR_MEAN:
        ndf = float(weights.sum() ** 2 / (weights**2).sum())
        scaled = statistic / float(weights.sum())
        return float(stats.f.sf(scaled, ndf, df) if math.isfinite(df) else stats.chi2.sf(scaled * ndf, ndf))
    cumulant = float(-0.5 * (found.degrees * np.log1p(-2 * at * found.parts)).sum()) - at * found.beyond
    root = math.copysign(math.sqrt(max(-2 * cumulant, 0.0)), at)
    return float(stats.norm.sf(root + math.log(at * math.sqrt(found.bend(at)) / root) / root))


def integrated(statistic: float, weights: Array, df: float) -> float:
    """Give the chance that a weighted sum of chi-squares, over a chi-square by its df, exceeds a statistic, by integration.

    `weights` of shape (parts,), the largest above 0; `df` above 0, whole or not, may be infinite. The integral is that of J. P. Imhof (Biometrika
    48, 1961, 419-426), with the chi-square below the line as a part of negative weight, along a path through the saddlepoint (S. O. Rice, SIAM
    Journal on Scientific and Statistical Computing 1, 1980, 438-448): a hyperbola that opens to the right, where the trapezoidal rule
    converges geometrically.
    """
    found = _Sum.over(statistic, weights, df, below=df)
    if not isinstance(found, _Sum):
        return found
    wide = 1 / math.sqrt(found.bend(0.0))
    start = found.at if found.at < -wide else max(found.at, min(wide, found.high / 2))  # off the pole at 0
    room = min(abs(start), found.high - start, start - found.low)
    scale = min(2 * room, 4 / math.sqrt(found.bend(start)))
    places = np.arange(PATH * STEPS + 1) / STEPS
    t = start + scale * (0.5 * (np.cosh(places) - 1) + 1j * math.sqrt(0.75) * np.sinh(places))
    turn = scale * (0.5 * np.sinh(places) + 1j * math.sqrt(0.75) * np.cosh(places))
    power = -t * found.beyond
    for part, degrees in zip(found.parts, found.degrees, strict=True):
        power = power - 0.5 * degrees * np.log(1 - 2 * t * part)
    heights = (np.exp(power) / t * turn).imag
    area = float(heights[0] / 2 + heights[1:].sum()) / STEPS / math.pi
    return min(max(area if start > 0 else 1 + area, 0.0), 1.0)


def _wald(
    shares: Array, spread: Array, shape: tuple[int, int], df: float, *, adjusted: bool
) -> tuple[float, float, float, float]:
    table = shares.reshape(shape)
    down, across = table.sum(axis=1), table.sum(axis=0)
    main_down = np.kron(np.eye(shape[0]), np.ones((1, shape[1])))
    main_across = np.kron(np.ones((1, shape[0])), np.eye(shape[1]))
    expected = np.outer(down, across).ravel()
    away = table.ravel() - expected
    slope = np.eye(len(shares)) - np.kron(np.eye(shape[0]), across[:, None]) @ main_down
    slope += expected[:, None] - np.kron(down[:, None], np.eye(shape[1])) @ main_across
    kept = np.array([i * shape[1] + j for i in range(1, shape[0]) for j in range(1, shape[1])])
    covariance = (slope @ spread @ slope.T)[np.ix_(kept, kept)]
    k = len(kept)
    statistic = float(away[kept] @ np.linalg.solve(covariance, away[kept])) / k
    ddf = df
    if adjusted:
        statistic, ddf = statistic * (df - k + 1) / df, df - k + 1
    return statistic, k, ddf, float(stats.f.sf(statistic, k, ddf)) if ddf > 0 else float("nan")


def table(frame: Frame, rows: str, columns: str) -> list[Estimate]:
    """Estimate the number in the population of each cell of a two-way table that occurs, rows changing fastest, with shares."""
    parts = [levels_of(frame.columns, rows), levels_of(frame.columns, columns)]
    codes, first = combine(parts)
    codes = np.where(frame.inside, codes, -1)
    labels = tuple(
        {one: part.labels[part.codes[row]] for one, part in zip((rows, columns), parts, strict=True)} for row in first
    )
    cells = Cells(codes, labels)
    answer = evaluate(frame.design, [np.ones(len(codes))], cells, TOTAL)
    if (
        frame.design.replicates is None and frame.design.lonely == "average"
    ):  # strata of the whole table stand for lonely ones
        inside = (codes >= 0).astype(np.float64)
        answer = Answer(answer.estimates, np.diag(covariance_of_cells(frame.design, inside, cells)))
    found = wald(frame, "table", f"{rows}, {columns}", answer, cells)
    shares, spread = _shares(frame, cells)
    errors = np.sqrt(np.maximum(np.diag(spread), 0.0))
    kept = [one for one in range(len(found)) if found[one].n]
    return [
        Estimate(**(vars(found[one]) | {"more": {"share": float(shares[one]), "share_se": float(errors[one])}}))
        for one in kept
    ]
