"""Weigh options against criteria, hypotheses against evidence, risks against each other, forecasts against what came.

Sources: C. L. Hwang and K. Yoon, Multiple Attribute Decision Making (Springer 1981), for SAW and TOPSIS; T. L. Saaty, The
Analytic Hierarchy Process (McGraw-Hill 1980), for AHP; R. Lahdelma and P. Salminen, Operations Research 49 (2001) 444-454,
for SMAA-2; R. J. Heuer, Psychology of Intelligence Analysis (CIA 1999), chapter 8, for competing hypotheses; L. A. Cox,
Risk Analysis 28 (2008) 497-512, on what risk matrices hide; G. W. Brier, Monthly Weather Review 78 (1950) 1-3, and
A. H. Murphy, Journal of Applied Meteorology 12 (1973) 595-600, for forecasts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from plumbline.domain.errors import InvalidInput

Floats = NDArray[np.float64]
ROUNDED = 0.05  # 0.33 times 3 and 0.11 times 9 are one, written to two decimals
RANDOM_INDEX = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49)
INCONSISTENCY = {"II": 2.0, "I": 1.0, "N": 0.0, "C": 0.0, "CC": 0.0, "NA": 0.0}
CONSISTENCY = {"II": -2.0, "I": -1.0, "N": 0.0, "C": 1.0, "CC": 2.0, "NA": 0.0}


@dataclass(frozen=True)
class Criteria:
    """Hold scores, (options, criteria), with weights that sum to 1 and whether more is better, by criterion."""

    options: tuple[str, ...]
    names: tuple[str, ...]
    scores: Floats
    weights: Floats
    more_is_better: NDArray[np.bool_]


@dataclass(frozen=True)
class Pairwise:
    """Hold AHP weights with the consistency ratio: above 0.1 the judgements contradict each other too much."""

    weights: Floats
    lambda_max: float
    consistency_index: float
    consistency_ratio: float

    @property
    def consistent(self) -> bool:
        """Say whether the ratio is below Saaty's 0.1."""
        return self.consistency_ratio < 0.1


@dataclass(frozen=True)
class Acceptability:
    """Hold SMAA: `rank_shares` (options, ranks) over random weights, `central_weights` (options, criteria; nan for an
    option that is never first), `first` the share of weights under which an option is first.

    Options that score alike share the better rank, so that two of one kind are both first.
    """

    options: tuple[str, ...]
    first: Floats
    rank_shares: Floats
    central_weights: Floats


@dataclass(frozen=True)
class Hypotheses:
    """Hold an analysis of competing hypotheses, least contradicted first.

    `inconsistency` by hypothesis; `diagnosticity` by piece of evidence (variance of its marks); `critical` lists the
    evidence without which another hypothesis would be the least contradicted.
    """

    order: tuple[str, ...]
    inconsistency: Mapping[str, float]
    diagnosticity: Mapping[str, float]
    critical: tuple[str, ...]


@dataclass(frozen=True)
class RankedRisk:
    """Hold a risk as a distribution: expected loss with p5 and p95, its rank, the share of draws in which it ranks first,
    its cell in an ordinal matrix (likelihood times impact class), and the rank that the matrix would give."""

    name: str
    expected: float
    p5: float
    p95: float
    rank: int
    first: float
    cell: int
    matrix_rank: int


@dataclass(frozen=True)
class Brier:
    """Hold Brier's score of yes/no forecasts and Murphy's parts: score = reliability - resolution + uncertainty + within.

    `within` is what grouping into bins leaves; 0 where forecasts within a bin are equal. `log_score` is the mean
    negative log likelihood (nats).
    """

    n: int
    score: float
    reliability: float
    resolution: float
    uncertainty: float
    within: float
    skill: float
    log_score: float


def simple_additive(criteria: Criteria) -> Floats:
    """Score options by weighted sums of scores brought to 0..1 by the range of each criterion, (options,)."""
    low, high = criteria.scores.min(axis=0), criteria.scores.max(axis=0)
    span = np.where(high > low, high - low, 1.0)
    scaled = np.where(criteria.more_is_better, criteria.scores - low, high - criteria.scores) / span
    return np.asarray(scaled @ criteria.weights)


def topsis(criteria: Criteria) -> Floats:
    """Score options by closeness to the ideal, away from the worst: d- / (d+ + d-) after vector normalisation, (options,)."""
    norms = np.sqrt((criteria.scores**2).sum(axis=0))
    weighted = criteria.scores / np.where(norms > 0, norms, 1.0) * criteria.weights
    best = np.where(criteria.more_is_better, weighted.max(axis=0), weighted.min(axis=0))
    worst = np.where(criteria.more_is_better, weighted.min(axis=0), weighted.max(axis=0))
    up, down = np.linalg.norm(weighted - best, axis=1), np.linalg.norm(weighted - worst, axis=1)
    return np.asarray(np.where(up + down > 0, down / np.where(up + down > 0, up + down, 1.0), 0.5))


def pairwise_weights(matrix: Floats) -> Pairwise:
    """Give AHP weights of a reciprocal matrix of pairwise judgements by its principal eigenvector.

    Of two judgements that are one over the other but for rounding (0.33 and 3), the one above 1 counts. The consistency ratio
    is against the random indices that Saaty gave in 1980.

    >>> round(float(pairwise_weights(np.array([[1, 3], [1 / 3, 1]])).weights[0]), 6)
    0.75
    """
    n = len(matrix)
    if matrix.shape != (n, n) or not 2 <= n <= len(RANDOM_INDEX) or (matrix <= 0).any():
        raise InvalidInput(
            "ahp.shape", "Pairwise judgements are a square table of 2 to 10 criteria with numbers above 0."
        )
    torn = np.abs(matrix * matrix.T - 1) > ROUNDED
    if torn.any():
        row, column = (int(place) + 1 for place in np.argwhere(torn)[0])
        raise InvalidInput(
            "ahp.reciprocal",
            "Judgement {row}/{column} is not one over judgement {column}/{row}. Mend one of them.",
            row=row, column=column,
        )  # fmt: skip
    exact = np.where(matrix >= matrix.T, matrix, 1 / matrix.T)
    np.fill_diagonal(exact, 1.0)
    values, vectors = np.linalg.eig(exact)
    largest = int(np.argmax(values.real))
    weights = np.abs(vectors[:, largest].real)
    index = max(float((values[largest].real - n) / (n - 1)), 0.0)
    ratio = index / RANDOM_INDEX[n - 1] if RANDOM_INDEX[n - 1] else 0.0
    return Pairwise(weights / weights.sum(), float(values[largest].real), index, ratio)


def acceptability(
    criteria: Criteria, *, runs: int = 10_000, seed: int = 0, spread: Floats | None = None
) -> Acceptability:
    """Rank options under `runs` random weights, uniform on the simplex (SMAA-2).

    `spread` is the standard deviation of each score, (options, criteria), left out for scores that are certain.
    """
    random = np.random.default_rng(seed)
    weights = random.dirichlet(np.ones(len(criteria.names)), size=runs)
    k = len(criteria.options)
    shares, central = np.zeros((k, k)), np.zeros((k, len(criteria.names)))
    low, high = criteria.scores.min(axis=0), criteria.scores.max(axis=0)
    span = np.where(high > low, high - low, 1.0)
    for start in range(0, runs, 1000):
        batch = weights[start : start + 1000]
        scores = np.broadcast_to(criteria.scores, (len(batch), *criteria.scores.shape))
        if spread is not None:
            scores = scores + random.normal(size=scores.shape) * spread
        scaled = np.where(criteria.more_is_better, scores - low, high - scores) / span
        totals = np.einsum("rkc,rc->rk", scaled, batch)
        ranks = rankdata(-totals, method="min", axis=1).astype(np.int64) - 1
        for rank in range(k):
            shares[:, rank] += (ranks == rank).sum(axis=0)
        central += (ranks == 0).T.astype(float) @ batch
    firsts = shares[:, 0].copy()
    with np.errstate(invalid="ignore", divide="ignore"):
        middle = central / firsts[:, None]
    return Acceptability(criteria.options, firsts / runs, shares / runs, middle)


def competing_hypotheses(
    marks: Mapping[str, Mapping[str, str]], *, credibility: Mapping[str, float], relevance: Mapping[str, float]
) -> Hypotheses:
    """Order hypotheses by how much credible, relevant evidence contradicts them.

    `marks` maps evidence to hypothesis to CC, C, N, I, II or NA; weights left out are 1. Ties keep the order given.
    """
    evidence = tuple(marks)
    for piece in evidence:
        for weight in (credibility.get(piece, 1.0), relevance.get(piece, 1.0)):
            if weight < 0:
                raise InvalidInput(
                    "ach.weight", "Evidence '{piece}' weighs {weight}. Credibility and relevance are 0 or more.",
                    piece=piece, weight=weight,
                )  # fmt: skip
    hypotheses = tuple(dict.fromkeys(hypothesis for row in marks.values() for hypothesis in row))
    if len(hypotheses) < 2:
        raise InvalidInput("ach.too-few", "Name at least two hypotheses and one piece of evidence.")
    for piece in evidence:
        for hypothesis in hypotheses:
            mark = marks[piece].get(hypothesis, "")
            if mark not in INCONSISTENCY:
                raise InvalidInput(
                    "ach.mark",
                    "Evidence '{piece}', hypothesis '{hypothesis}': '{mark}' is none of CC, C, N, I, II, NA.",
                    piece=piece, hypothesis=hypothesis, mark=mark,
                )  # fmt: skip
    weights = {piece: credibility.get(piece, 1.0) * relevance.get(piece, 1.0) for piece in evidence}

    def scores(kept: Sequence[str]) -> dict[str, float]:
        return {h: sum(weights[p] * INCONSISTENCY[marks[p][h]] for p in kept) for h in hypotheses}

    total = scores(evidence)
    order = tuple(sorted(hypotheses, key=lambda h: total[h]))
    without = {piece: scores([other for other in evidence if other != piece]) for piece in evidence}
    critical = tuple(piece for piece in evidence if min(hypotheses, key=lambda h: without[piece][h]) != order[0])
    spread = {piece: float(np.var([CONSISTENCY[marks[piece][h]] for h in hypotheses])) for piece in evidence}
    return Hypotheses(order, total, spread, critical)


def rank_risks(
    names: Sequence[str], likelihood: Floats, impact: Floats, *, runs: int = 20_000, seed: int = 0, steps: int = 5
) -> tuple[RankedRisk, ...]:
    """Rank risks by expected loss, each a probability a year and an impact as (low, mode, high) triangles, (risks, 3).

    Beside it stands the cell of a `steps` x `steps` matrix on logarithmic classes of the modes, and the rank it gives, so
    that reversals show.
    """
    for label, table, top in (("likelihood", likelihood, 1.0), ("impact", impact, np.inf)):
        for name, (low, mode, high) in zip(names, table, strict=True):
            if not 0 < low <= mode <= high <= top:
                raise InvalidInput(
                    "risk.triangle",
                    "Risk '{name}': {label} needs 0 < low <= mode <= high{limit}.",
                    name=name, label=label, limit=" <= 1" if label == "likelihood" else "",
                )  # fmt: skip
    random = np.random.default_rng(seed)
    losses = _triangles(random, likelihood, runs) * _triangles(random, impact, runs)
    expected = losses.mean(axis=0)
    ranks = _ranks(expected)
    cells = _classes(likelihood[:, 1], steps) * _classes(impact[:, 1], steps)
    matrix = _ranks(cells.astype(float))
    firsts = np.bincount(losses.argmax(axis=1), minlength=len(names)) / runs
    p5, p95 = np.quantile(losses, [0.05, 0.95], axis=0)
    return tuple(
        RankedRisk(name, float(expected[i]), float(p5[i]), float(p95[i]), int(ranks[i]), float(firsts[i]), int(cells[i]), int(matrix[i]))
        for i, name in enumerate(names)
    )  # fmt: skip


def brier(forecasts: Sequence[float], outcomes: Sequence[float], *, bins: int = 10) -> Brier:
    """Score probability forecasts (0..1) against outcomes (0 or 1).

    >>> brier([1.0, 0.0], [1, 0]).score
    0.0
    """
    p, o = np.asarray(forecasts, dtype=float), np.asarray(outcomes, dtype=float)
    if len(p) != len(o) or not len(p) or (p < 0).any() or (p > 1).any() or not np.isin(o, (0, 1)).all():
        raise InvalidInput(
            "forecast.range", "Forecasts are probabilities from 0 to 1, outcomes 0 or 1, as many of each."
        )
    base = o.mean()
    place = np.minimum((p * bins).astype(int), bins - 1)
    counts = np.bincount(place, minlength=bins)
    used = counts > 0
    means = np.bincount(place, p, bins)[used] / counts[used]
    rates = np.bincount(place, o, bins)[used] / counts[used]
    shares = counts[used] / len(p)
    score, reliability = float(((p - o) ** 2).mean()), float((shares * (means - rates) ** 2).sum())
    resolution, uncertainty = float((shares * (rates - base) ** 2).sum()), float(base * (1 - base))
    likelihood = np.clip(np.where(o == 1, p, 1 - p), 1e-12, 1)
    return Brier(
        len(p), score, reliability, resolution, uncertainty, score - reliability + resolution - uncertainty,
        1 - score / uncertainty if uncertainty else float("nan"), float(-np.log(likelihood).mean()),
    )  # fmt: skip


def extremised_pool(probabilities: Sequence[float], *, a: float = 2.5) -> float:
    """Pool probabilities by averaging log odds and stretching them by `a` (V. Satopaa et al., IJF 30 (2014) 344-356).

    >>> extremised_pool([0.5, 0.5])
    0.5
    """
    p = np.clip(np.asarray(probabilities, dtype=float), 1e-9, 1 - 1e-9)
    return float(1 / (1 + np.exp(-a * np.log(p / (1 - p)).mean())))


def _triangles(random: np.random.Generator, table: Floats, runs: int) -> Floats:
    wide = table[:, 2] > table[:, 0]
    out = np.broadcast_to(table[:, 1], (runs, len(table))).copy()
    if wide.any():
        out[:, wide] = random.triangular(table[wide, 0], table[wide, 1], table[wide, 2], size=(runs, int(wide.sum())))
    return out


def _classes(values: Floats, steps: int) -> NDArray[np.int64]:
    logs = np.log10(values)
    low, high = logs.min(), logs.max()
    if high == low:
        return np.full(len(values), steps, dtype=np.int64)
    return np.asarray(np.minimum(((logs - low) / (high - low) * steps).astype(np.int64), steps - 1) + 1)


def _ranks(values: Floats) -> NDArray[np.int64]:
    """Rank from the largest (1), equal values share the better rank."""
    return np.array([1 + int((values > value).sum()) for value in values])
