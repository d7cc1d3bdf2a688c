"""Profiles of answers: latent classes of categorical answers, and how stable they are under resampling.

Latent class analysis by EM with weighted pseudo-likelihood (L. A. Goodman, Biometrika 61, 1974, 215-231; B. H. Patterson, C. M. Dayton and B. I.
Graubard, Journal of the American Statistical Association 97, 2002, 721-741). Stability: first units are drawn anew within strata, classes fitted
again, and each class is compared with its best match by the Jaccard coefficient of members (C. Hennig, Computational Statistics and Data Analysis
52, 2007, 258-271); above 0.75 counts as stable, below 0.5 as dissolved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plumbline.domain.columns import Columns
from plumbline.domain.errors import unfit
from plumbline.domain.surveys.cells import Level, levels_of, tally
from plumbline.domain.surveys.design import Design

Array = NDArray[np.float64]
STARTS = 10
ROUNDS = 500
CLOSE = 1e-8
LEAST = 1e-6
STABLE, DISSOLVED = 0.75, 0.5


@dataclass(frozen=True)
class Profiles:
    """Hold latent classes, the largest first.

    `shares` is their part of the population; `answers` gives by variable a table of classes x levels; `members` the chance of each row to be in each
    class (nan for rows without any answer); `entropy` how clearly rows belong (1: wholly); `stability` by class, empty where not asked for.
    """

    variables: tuple[str, ...]
    levels: tuple[tuple[Level, ...], ...]
    shares: Array
    answers: tuple[Array, ...]
    members: Array
    log_likelihood: float
    bic: float
    entropy: float
    converged: bool
    stability: Array

    @property
    def verdicts(self) -> tuple[str, ...]:
        """Call each class stable, doubtful or dissolved."""
        return tuple(
            "stable" if one >= STABLE else "dissolved" if one < DISSOLVED else "doubtful"
            for one in self.stability.tolist()
        )


@dataclass(frozen=True)
class _Fit:
    shares: Array
    answers: list[Array]
    members: Array
    likelihood: float
    converged: bool


def find_profiles(
    columns: Columns,
    design: Design,
    variables: Sequence[str],
    classes: int,
    *,
    seed: int = 0,
    resamples: int = 0,
    name: str = "profiles",
) -> Profiles:
    """Find latent classes of the answers to some variables; a missing answer says nothing of the class.

    Weights are scaled to the number of rows for the likelihood and BIC. Refuses fewer than two variables, and more classes than distinct answers.
    """
    if len(variables) < 2:
        raise unfit(name, "variables", "two columns or more are needed here", ", ".join(variables))
    read = [levels_of(columns, one) for one in variables]
    codes = np.stack([one.codes for one in read], axis=1)
    answered: NDArray[np.bool_] = np.asarray((codes >= 0).any(axis=1))
    patterns, pattern = np.unique(codes, axis=0, return_inverse=True)
    pattern = pattern.reshape(-1)
    distinct = len(np.unique(pattern[answered]))
    if not 1 <= classes <= distinct:
        raise unfit(name, "classes", f"a number from 1 to {distinct}, the distinct answers, is needed here", classes)
    sizes = [len(one.labels) for one in read]
    weights = np.where(answered, design.weights, 0.0)
    weights = weights * answered.sum() / weights.sum()
    draw = np.random.default_rng(seed)
    together = tally(pattern, weights, len(patterns))
    best = _best(patterns, together, sizes, classes, draw, STARTS)
    order = np.argsort(-best.shares, kind="stable")
    best = _Fit(
        best.shares[order],
        [one[order] for one in best.answers],
        best.members[:, order],
        best.likelihood,
        best.converged,
    )
    free = classes - 1 + classes * sum(size - 1 for size in sizes)
    stability = _stability(patterns, pattern, weights, sizes, best, design, draw, resamples)
    members = np.where(answered[:, None], best.members[pattern], np.nan)
    return Profiles(
        tuple(variables), tuple(one.labels for one in read), best.shares, tuple(best.answers), members, best.likelihood,
        -2 * best.likelihood + free * float(np.log(answered.sum())), _entropy(best.members, together), best.converged, stability,
    )  # fmt: skip


def _best(
    codes: NDArray[np.int64], weights: Array, sizes: list[int], classes: int, draw: np.random.Generator, starts: int
) -> _Fit:
    fits = [_fit(codes, weights, sizes, draw.dirichlet(np.ones(classes), len(codes))) for _ in range(starts)]
    return max(fits, key=lambda one: one.likelihood)


def _fit(codes: NDArray[np.int64], weights: Array, sizes: list[int], members: Array) -> _Fit:
    """Run EM from memberships until the likelihood rests."""
    before, likelihood = -np.inf, -np.inf
    for _ in range(ROUNDS):
        shares, answers = _maximise(codes, weights, sizes, members)
        logs = np.log(shares)[None, :] + sum(_log_answers(codes[:, place], one) for place, one in enumerate(answers))
        top = logs.max(axis=1, keepdims=True)
        rows = top[:, 0] + np.log(np.exp(logs - top).sum(axis=1))
        members = np.exp(logs - rows[:, None])
        likelihood = float(weights @ rows)
        if likelihood - before <= CLOSE * abs(likelihood):
            return _Fit(shares, answers, members, likelihood, True)
        before = likelihood
    return _Fit(shares, answers, members, likelihood, False)


def _maximise(codes: NDArray[np.int64], weights: Array, sizes: list[int], members: Array) -> tuple[Array, list[Array]]:
    weighted = members * weights[:, None]
    shares = np.maximum(weighted.sum(axis=0), LEAST)
    answers = []
    for place, size in enumerate(sizes):
        known = codes[:, place] >= 0
        counts = np.stack([tally(codes[known, place], column[known], size) for column in weighted.T]) + LEAST
        answers.append(counts / counts.sum(axis=1, keepdims=True))
    return shares / shares.sum(), answers


def _log_answers(codes: NDArray[np.int64], answers: Array) -> Array:
    padded = np.vstack([np.log(answers).T, np.zeros((1, len(answers)))])  # the last row is for a missing answer
    out: Array = padded[codes]
    return out


def _entropy(members: Array, weights: Array) -> float:
    if members.shape[1] == 1:
        return 1.0
    chance = np.clip(members, 1e-300, 1)
    return float(1 + weights @ (chance * np.log(chance)).sum(axis=1) / (weights.sum() * np.log(members.shape[1])))


def _stability(
    patterns: NDArray[np.int64],
    pattern: NDArray[np.int64],
    weights: Array,
    sizes: list[int],
    best: _Fit,
    design: Design,
    draw: np.random.Generator,
    resamples: int,
) -> Array:
    """Give the mean Jaccard coefficient of each class with its best match in fits of redrawn first units."""
    if not resamples:
        return np.empty(0)
    stage = design.stages[0]
    answered = weights > 0
    own = best.members.argmax(axis=1)[pattern]
    found = np.zeros((resamples, len(best.shares)))
    for place in range(resamples):
        times = np.zeros(len(stage.stratum))
        for start, size in zip(stage.starts, stage.sampled.astype(int), strict=True):
            times[start : start + size] = draw.multinomial(size, np.full(size, 1 / size))
        drawn = weights * times[stage.units]
        if not drawn.any():
            continue
        together = tally(pattern, drawn, len(patterns))
        again = max(
            (
                _fit(patterns, together, sizes, best.members),
                _best(patterns, together, sizes, len(best.shares), draw, 2),
            ),
            key=lambda one: one.likelihood,
        )
        other, kept = again.members.argmax(axis=1)[pattern], answered & (drawn > 0)
        for one in range(len(best.shares)):
            first = kept & (own == one)
            scores = [_jaccard(first, kept & (other == match)) for match in range(len(best.shares))]
            found[place, one] = max(scores)
    out: Array = found.mean(axis=0)
    return out


def _jaccard(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    either = (first | second).sum()
    return float((first & second).sum() / either) if either else 0.0
