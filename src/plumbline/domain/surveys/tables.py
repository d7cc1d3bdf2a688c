"""Tests of independence in two-way tables of a survey.

The Pearson statistic with the corrections of J. N. K. Rao and A. J. Scott (Journal of the American Statistical Association 76, 1981, 221-230;
Annals of Statistics 12, 1984, 46-60), by its generalised design effects; the Wald statistic of G. G. Koch, D. H. Freeman and J. L. Freeman
(International Statistical Review 43, 1975), plain and adjusted; the tail of a weighted sum of chi-squares over an F denominator by a saddlepoint
(D. Kuonen, Biometrika 86, 1999, 929-935).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from plumbline.domain.errors import unfit
from plumbline.domain.surveys.cells import Cells, combine, levels_of, number
from plumbline.domain.surveys.estimate import Estimate, Frame, wald
from plumbline.domain.surveys.linear import TOTAL, Answer, covariance_of_cells, evaluate

Array = NDArray[np.float64]
TESTS = ("F", "Chisq", "Wald", "adjWald", "lincom", "saddlepoint")


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
    try:
        if test in ("Wald", "adjWald"):
            statistic, ndf, ddf, p = _wald(shares, spread, shape, df, adjusted=test == "adjWald")
        else:
            replicated = frame.design.replicates is not None
            statistic, ndf, ddf, p = _rao_scott(shares, spread, shape, n, df, test, replicated=replicated)
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


def _rao_scott(
    shares: Array, spread: Array, shape: tuple[int, int], n: int, df: float, test: str, *, replicated: bool
) -> tuple[float, float, float, float]:
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
    effects = np.linalg.solve(plainly, found)
    values = np.real(np.linalg.eigvals(effects))
    trace, squares = float(values.sum()), float((values**2).sum())
    freedom = len(values)
    if not trace > 0:
        raise np.linalg.LinAlgError("the table has no error")
    if test == "F":
        ndf = trace**2 / squares
        return statistic / trace, ndf, ndf * df, float(stats.f.sf(statistic / trace, ndf, ndf * df))
    if test == "Chisq":
        return statistic, freedom, float("inf"), float(stats.chi2.sf(statistic / (trace / freedom), freedom))
    below = float("inf") if replicated else df * trace**2 / squares
    return statistic, freedom, below, saddlepoint(statistic, values, below)


def saddlepoint(statistic: float, weights: Array, df: float) -> float:
    """Give the chance that a weighted sum of chi-squares, over a chi-square by its df, exceeds a statistic.

    `df` may be infinite; of others the chi-square below the line takes the whole part, as R's survey does.
    """
    known = np.isfinite(df)
    parts = np.append(weights, -statistic / df) if known else weights
    degrees = np.append(np.ones(len(weights)), np.floor(df)) if known else np.ones(len(weights))
    beyond = 0.0 if known else statistic

    def slope(t: float) -> float:
        return float((degrees * parts / (1 - 2 * t * parts)).sum()) - beyond

    high = 1 / (2 * parts.max())
    low = 1 / (2 * parts.min()) if known else -len(weights) / statistic
    if abs(slope(0.0)) < 1e-9:
        return 0.5
    at = float(optimize.brentq(slope, low * (1 - 1e-9), high * (1 - 1e-9), xtol=1e-15, rtol=1e-14))
    cumulant = float(-0.5 * (degrees * np.log(1 - 2 * at * parts)).sum()) - at * beyond
    bend = float((2 * degrees * parts**2 / (1 - 2 * at * parts) ** 2).sum())
    root = np.sign(at) * np.sqrt(max(-2 * cumulant, 0.0))
    return float(stats.norm.sf(root + np.log(at * np.sqrt(bend) / root) / root))


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
