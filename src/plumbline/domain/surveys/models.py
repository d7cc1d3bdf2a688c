"""Linear and logistic models of survey data, by pseudo-likelihood with errors of the design.

Coefficients solve the weighted score equations of the census model; their linearised values are inverse information times score (D. A. Binder,
International Statistical Review 51, 1983, 279-292). Replicates solve them anew.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from plumbline.domain.columns import Columns
from plumbline.domain.errors import InvalidInput, unfit
from plumbline.domain.surveys.cells import levels_of
from plumbline.domain.surveys.contrasts import estimate_of
from plumbline.domain.surveys.estimate import Estimate, Frame, is_text, numbers_or_zero
from plumbline.domain.surveys.linear import covariance

Array = NDArray[np.float64]
KINDS = ("linear", "logistic")
ROUNDS = 50
CLOSE = 1e-11
SEPARATED = 1e-6


def model(frame: Frame, kind: str, variable: str, terms: Sequence[str], *, name: str = "plan") -> list[Estimate]:
    """Fit a model of a variable on terms; give a coefficient each, the intercept first.

    A term is a column (words become those levels that occur inside, against the first) or columns joined by a colon, their product. The outcome of a logistic model has
    two levels, the second of which counts. Rows that lack a value are outside. Degrees of freedom: those of the rows inside (of replicates: of the domain), plus one, less coefficients.
    """
    if kind == "logistic":
        levels = levels_of(frame.columns, variable)
        if len(levels.labels) != 2:
            raise unfit(
                name, "variable", "a column of two levels is needed here", f"{variable}, which has {len(levels.labels)}"
            )
        outcome, has = (levels.codes == 1).astype(np.float64), levels.codes >= 0
    else:
        outcome, has = numbers_or_zero(frame.columns, variable)
    predictors, labels, inside = _predictors(frame.columns, terms, frame.inside & has, name)
    if not inside.any():
        return [estimate_of(kind, variable, float("nan"), float("nan"), frame.df, frame, 0)]
    x, y, weights = predictors[inside], outcome[inside], frame.design.weights[inside]
    beta = fit(kind, x, y, weights, name=name)
    spread, left_out = _spread(frame, kind, inside, x, y, beta, name)
    known = frame.df if frame.design.replicates is not None else frame.design.df(inside)
    df = known + 1 - len(beta)
    out = []
    for place, label in enumerate(labels):
        at, var = float(beta[place]), float(spread[place, place])
        t = at / np.sqrt(var) if var > 0 else float("nan")
        more = {"term": label, "t": float(t), "p": float(2 * stats.t.sf(abs(t), df)) if df > 0 else float("nan")}
        if left_out:
            more["replicates_left_out"] = left_out
        if kind == "logistic":
            more["odds_ratio"] = float(np.exp(at))
        out.append(estimate_of(kind, variable, at, var, df, frame, int(inside.sum()), **more))
    return out


def _predictors(
    columns: Columns, terms: Sequence[str], inside: NDArray[np.bool_], name: str
) -> tuple[Array, list[str], NDArray[np.bool_]]:
    """Give the predictors of the rows (an intercept first), their labels, and which rows inside have all columns."""
    named = {part.strip() for term in terms for part in str(term).split(":")}
    for column in sorted(named):
        inside = inside & (
            levels_of(columns, column).codes >= 0 if is_text(columns, column) else numbers_or_zero(columns, column)[1]
        )
    parts, labels = [np.ones((len(columns), 1))], ["(Intercept)"]
    for term in terms:
        block, called = np.ones((len(columns), 1)), [""]
        for column in str(term).split(":"):
            one, levels = _column(columns, column.strip(), inside, name)
            block = (block[:, :, None] * one[:, None, :]).reshape(len(columns), -1)
            called = [f"{left}:{right}".strip(":") for left in called for right in levels]
        parts.append(block)
        labels += called
    if len(labels) > 500:
        raise unfit(name, "terms", "at most 500 coefficients are needed here", len(labels))
    return np.hstack(parts), labels, inside


def _column(columns: Columns, column: str, inside: NDArray[np.bool_], name: str) -> tuple[Array, list[str]]:
    if not is_text(columns, column):
        return numbers_or_zero(columns, column)[0][:, None], [column]
    levels = levels_of(columns, column)
    codes = np.unique(levels.codes[inside])[1:]
    if not len(codes) and inside.any():
        raise unfit(name, "terms", "columns of two levels or more in this domain are needed here", column)
    return (levels.codes[:, None] == codes).astype(np.float64), [f"{column}={levels.labels[code]}" for code in codes]


def fit(kind: str, x: Array, y: Array, weights: Array, *, start: Array | None = None, name: str = "plan") -> Array:
    """Solve the weighted score equations; refuses predictors that depend on each other and an outcome that they separate."""
    beta = np.zeros(x.shape[1]) if start is None else start
    for _ in range(ROUNDS):
        mean, bend = _mean(kind, x @ beta)
        information = x.T @ (x * (weights * bend)[:, None])
        scale = np.sqrt(np.maximum(np.diag(information), 1e-300))
        scaled = information / np.outer(scale, scale)
        if bend.max() < SEPARATED or np.linalg.cond(scaled) > 1e13:
            raise _not_fitted(name)
        step = np.linalg.solve(scaled, (x.T @ (weights * (y - mean))) / scale) / scale
        beta = beta + step
        if kind == "linear":
            return beta
        if np.abs(step * scale).max() <= CLOSE * np.sqrt(weights.sum()):
            if _least_known(x, weights, _mean(kind, x @ beta)[1]) < SEPARATED**2:
                raise _not_fitted(name)
            return beta
    raise _not_fitted(name)


def _least_known(x: Array, weights: Array, bend: Array) -> float:
    """Give the least information along any direction, as a share of that of equal odds: about nought where an outcome is separated."""
    whole = x.T @ (x * weights[:, None])
    norm = np.sqrt(np.diag(whole))
    part = x.T @ (x * (weights * bend)[:, None])
    root = np.linalg.cholesky(whole / np.outer(norm, norm))
    inner = np.linalg.solve(root, np.linalg.solve(root, part / np.outer(norm, norm)).T)
    return float(4 * np.linalg.eigvalsh((inner + inner.T) / 2).min())


def _refit(kind: str, x: Array, y: Array, weights: Array, beta: Array, name: str) -> Array:
    """Fit under a replicate's weights; nan, which is left out, where that cannot be done."""
    try:
        return fit(kind, x, y, weights, start=beta, name=name)
    except InvalidInput:
        return np.full(len(beta), np.nan)


def _not_fitted(name: str) -> InvalidInput:
    return InvalidInput(
        "model.not-fitted",
        "{name}: the model cannot be fitted: terms depend on each other, or they separate the outcome. Leave one out.",
        name=name,
    )


def _mean(kind: str, linear: Array) -> tuple[Array, Array]:
    if kind == "linear":
        return linear, np.ones(len(linear))
    mean = 1 / (1 + np.exp(-np.clip(linear, -700, 700)))
    return mean, np.maximum(mean * (1 - mean), 1e-300)


def _spread(
    frame: Frame, kind: str, inside: NDArray[np.bool_], x: Array, y: Array, beta: Array, name: str
) -> tuple[Array, int]:
    """Give the covariance of coefficients, and how many replicates were left out since the model cannot be fitted under them."""
    design = frame.design
    if design.replicates is not None:
        rows = design.replicates.rows(design.weights)[inside]
        made = np.stack([_refit(kind, x, y, column, beta, name) for column in rows.T], axis=1)
        return design.replicates.covariance(made, beta), int((~np.isfinite(made).all(axis=0)).sum())
    mean, bend = _mean(kind, x @ beta)
    weights = design.weights[inside]
    information = x.T @ (x * (weights * bend)[:, None])
    linear = np.zeros((len(design), len(beta)))
    linear[inside] = np.linalg.solve(information, (x * (y - mean)[:, None]).T).T
    return covariance(design, linear), 0
