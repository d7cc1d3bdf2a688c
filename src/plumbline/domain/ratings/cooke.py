"""Cooke's classical model: weigh experts by how they did on questions whose answers are known.

Source: R. M. Cooke, Experts in Uncertainty (Oxford University Press, 1991), chapters 8 and 12; file formats of the
Excalibur program (`.dtt` assessments, `.rls` realisations).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from plumbline.domain.errors import InvalidInput

MISSING = (-1000.0, -990.0)  # Excalibur writes -999.5, -999.6 and their like where there is no answer
OVERSHOOT = 0.1
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[Ee][-+]?\d+)?"
_ASSESSMENT = re.compile(
    rf"^\s*(\d+)\s+(.+?)\s+(\d+)\s+(\S.*?)\s+(UNI|LOG)\s+((?:{_NUMBER}\s+)*{_NUMBER})(?:\s+(.*))?$", re.I
)
_REALISATION = re.compile(rf"^\s*(\d+)\s+(\S.*?)\s+({_NUMBER})\s+(UNI|LOG)\b(.*)$", re.I)


@dataclass(frozen=True)
class Study:
    """Hold an elicitation: experts, items, the quantiles asked for.

    `assessments` is (experts, items, quantiles), nan where an expert did not answer; `realisations` is (items,), nan where
    the answer is not known (a target item); `logarithmic` is (items,), True where the item's background is loguniform.
    """

    name: str
    experts: tuple[str, ...]
    items: tuple[str, ...]
    quantiles: tuple[float, ...]
    assessments: NDArray[np.float64]
    realisations: NDArray[np.float64]
    logarithmic: NDArray[np.bool_]

    @property
    def seeds(self) -> NDArray[np.bool_]:
        """Say which items have a known answer, (items,)."""
        return np.isfinite(self.realisations)


@dataclass(frozen=True)
class Score:
    """Hold how one expert, or one decision maker, did.

    `calibration` is the p value of the hypothesis that the stated quantiles hold (0 to 1); `info_seed` and `info_all` are
    mean relative information against the background over seeds and over all items (nats); `n_seeds` counts the seeds
    answered; `weight` is the normalised weight in the optimised global decision maker.
    """

    name: str
    calibration: float
    info_seed: float
    info_all: float
    n_seeds: int
    weight: float


@dataclass(frozen=True)
class DecisionMaker:
    """Hold a weighted combination: its kind, cut-off, own score and quantiles by item, (items, quantiles)."""

    kind: str
    alpha: float
    score: Score
    quantiles: NDArray[np.float64]


@dataclass(frozen=True)
class ClassicalModel:
    """Hold the outcome of the classical model for a study."""

    study: Study
    experts: tuple[Score, ...]
    decision_makers: tuple[DecisionMaker, ...]


def read_study(assessments: str, realisations: str, *, name: str) -> Study:
    """Parse the text of an Excalibur `.dtt` file and of its `.rls` file. Refuses a line that fits neither, by number."""
    quantiles = _quantiles_of(assessments, name)
    experts: dict[str, str] = {}
    items: dict[str, str] = {}
    logs: dict[str, bool] = {}
    answers: dict[tuple[str, str], list[float]] = {}
    for number, line in _lines(assessments):
        found = _ASSESSMENT.match(line)
        values = [float(word) for word in found[6].split()] if found else []
        if not found or len(values) < len(quantiles):
            raise _torn(f"{name}.dtt", number, "an expert, an item, UNI or LOG, and one number a quantile")
        expert, item = found[1], found[3]
        experts.setdefault(expert, found[2].strip())
        items.setdefault(item, found[4].strip())
        logs[item] = found[5].upper() == "LOG"
        answers[expert, item] = values[: len(quantiles)]
        stated = [value for value in answers[expert, item] if not _is_missing(value)]
        if not np.isfinite(stated).all() or any(later <= earlier for earlier, later in pairwise(stated)):
            raise _torn(f"{name}.dtt", number, "numbers that rise from quantile to quantile")
    if not answers:
        raise _torn(f"{name}.dtt", 2, "an expert, an item, UNI or LOG, and one number a quantile")
    known = _realisations(realisations, items, name)
    table = np.full((len(experts), len(items), len(quantiles)), np.nan)
    for row, expert in enumerate(experts):
        for column, item in enumerate(items):
            values = answers.get((expert, item), [np.nan])
            table[row, column] = [np.nan if _is_missing(value) else value for value in values]
    return Study(
        name=name,
        experts=tuple(experts.values()),
        items=tuple(items.values()),
        quantiles=quantiles,
        assessments=table,
        realisations=np.array([known.get(item, np.nan) for item in items]),
        logarithmic=np.array([logs[item] for item in items]),
    )


def classical_model(study: Study, *, overshoot: float = OVERSHOOT, power: float = 1.0) -> ClassicalModel:
    """Score every expert and combine them: equal, global, optimised global and item weights.

    `overshoot` widens each item's range on both sides (Excalibur's k, 0.1); `power` multiplies the number of seeds in the
    calibration test (1 uses them all). The optimised cut-off is the expert's calibration at which the combination's own
    calibration times information is greatest. Refuses a study without seeds.
    """
    if not (study.seeds & np.isfinite(study.assessments).all(axis=2).any(axis=0)).any():
        raise InvalidInput(
            "cooke.no-seeds", "{name} has no item whose answer is known, so experts cannot be weighed.", name=study.name
        )
    scale = _Scale(study, overshoot)
    scored = [scale.score(table, power, name) for name, table in zip(study.experts, study.assessments, strict=True)]
    merits = np.array([score.calibration * score.info_seed for score in scored])
    calibrations = np.array([score.calibration for score in scored])
    makers = [_combined(scale, "equal", 0.0, np.ones((len(scored), len(study.items))), power)]
    makers.append(_combined(scale, "global", 0.0, np.tile(merits[:, None], len(study.items)), power))
    for kind in ("global-optimised", "item-optimised"):
        weights = merits[:, None] if kind.startswith("global") else calibrations[:, None] * scale.information()
        spread = np.broadcast_to(weights, (len(scored), len(study.items)))
        candidates = (
            _combined(scale, kind, alpha, np.where(calibrations[:, None] >= alpha, spread, 0.0), power)
            for alpha in sorted({float(value) for value in calibrations}, reverse=True)
        )
        makers.append(max(candidates, key=lambda maker: maker.score.calibration * maker.score.info_seed))
    kept = np.where(calibrations >= makers[2].alpha, merits, 0.0)
    total = kept.sum()
    experts = tuple(
        Score(s.name, s.calibration, s.info_seed, s.info_all, s.n_seeds, float(k / total) if total > 0 else 0.0)
        for s, k in zip(scored, kept, strict=True)
    )
    return ClassicalModel(study, experts, tuple(makers))


def calibration_score(
    hits: Sequence[float], quantiles: Sequence[float], *, seeds: float | None = None, power: float = 1.0
) -> float:
    """Give the p value of 2 N I(s, p) under chi-squared with (bins - 1) degrees of freedom.

    `hits` counts realisations by bin between the quantiles (len(quantiles) + 1 of them); `seeds` is N, left out the sum of
    the hits. Experts who answered different numbers of seeds are compared at the smallest of these (Cooke 1991, 9.2).

    >>> round(calibration_score([1, 9, 9, 1], (0.05, 0.5, 0.95)), 6)
    1.0
    """
    counts = np.asarray(hits, dtype=float)
    expected = np.diff([0.0, *quantiles, 1.0])
    shares = counts / counts.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(shares > 0, shares * np.log(shares / expected), 0.0)
    # 1 - cdf, not sf: scores that others published carry its rounding below 1e-10.
    return float(
        1 - chi2.cdf(2 * (counts.sum() if seeds is None else seeds) * power * max(terms.sum(), 0.0), len(expected) - 1)
    )


class _Scale:
    """Ranges of the items, on which everything is measured; logarithmic items are measured in logarithms."""

    def __init__(self, study: Study, overshoot: float) -> None:
        self.study = study
        self.probabilities = np.diff([0.0, *study.quantiles, 1.0])
        logs = study.logarithmic
        known = np.concatenate(
            [study.assessments.transpose(1, 0, 2).reshape(len(study.items), -1), study.realisations[:, None]], axis=1
        )
        answered = [np.isfinite(table[study.seeds]).any(axis=1).sum() for table in study.assessments]
        self.seeds = float(min(answered))
        bad = logs & (np.nanmin(known, axis=1) <= 0)
        if bad.any():
            raise InvalidInput(
                "cooke.log-item",
                "{name}: item '{item}' is LOG but has a value that is not above 0. Make it UNI or mend the value.",
                name=study.name,
                item=study.items[int(np.argmax(bad))],
            )
        low, high = self.to(np.nanmin(known, axis=1)), self.to(np.nanmax(known, axis=1))
        span = high - low
        self.low, self.high = low - overshoot * span, high + overshoot * span
        self.realised = self.to(study.realisations)

    def to(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Measure values by item, (items,) or (items, n), on the item's scale."""
        logs = self.study.logarithmic if values.ndim == 1 else self.study.logarithmic[:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(logs, np.log(values), values))

    def back(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Undo `to` for (items, n)."""
        return np.exp(values, out=values.copy(), where=self.study.logarithmic[:, None])

    def item_information(self, table: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give relative information against the background by item, (items,), nan where not answered."""
        edges = np.column_stack([self.low, self.to(table), self.high])
        widths = np.diff(edges, axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = self.probabilities * np.log(self.probabilities / widths)
            return np.asarray(np.log(self.high - self.low) + terms.sum(axis=1))

    def information(self) -> NDArray[np.float64]:
        """Give every expert's information by item, (experts, items), 0 where not answered."""
        return np.asarray(np.nan_to_num([self.item_information(table) for table in self.study.assessments]))

    def score(self, table: NDArray[np.float64], power: float, name: str) -> Score:
        """Score quantiles by item, (items, quantiles)."""
        answered = np.isfinite(table).all(axis=1)
        seeds = np.isfinite(table).any(axis=1) & self.study.seeds
        below = (self.study.realisations[seeds, None] <= table[seeds]).sum(axis=0)
        hits = np.diff([0, *below, int(seeds.sum())])
        calibration = (
            calibration_score(hits.tolist(), self.study.quantiles, seeds=self.seeds, power=power)
            if seeds.any()
            else 0.0
        )
        information = self.item_information(table)
        return Score(
            name=name,
            calibration=calibration,
            info_seed=float(information[answered & seeds].mean()) if (answered & seeds).any() else 0.0,
            info_all=float(information[answered].mean()) if answered.any() else 0.0,
            n_seeds=int(seeds.sum()),
            weight=0.0,
        )


def _combined(scale: _Scale, kind: str, alpha: float, weights: NDArray[np.float64], power: float) -> DecisionMaker:
    """Mix the experts' piecewise-uniform distributions by weights, (experts, items), and read off the quantiles."""
    study = scale.study
    levels = np.array([0.0, *study.quantiles, 1.0])
    out = np.full((len(study.items), len(study.quantiles)), np.nan)
    measured = np.array([scale.to(table) for table in study.assessments])
    for item in range(len(study.items)):
        answered = np.isfinite(measured[:, item]).all(axis=1) & (weights[:, item] > 0)
        if not answered.any():
            continue
        edges = np.column_stack(
            [
                np.full(answered.sum(), scale.low[item]),
                measured[answered, item],
                np.full(answered.sum(), scale.high[item]),
            ]
        )
        points = np.unique(edges)
        share = weights[answered, item] / weights[answered, item].sum()
        mixture = sum(part * np.interp(points, row, levels) for part, row in zip(share, edges, strict=True))
        out[item] = np.interp(study.quantiles, mixture, points)
    quantiles = scale.back(out)
    return DecisionMaker(kind, alpha, scale.score(quantiles, power, kind), quantiles)


def _quantiles_of(text: str, name: str) -> tuple[float, ...]:
    first = text.splitlines()[0] if text.strip() else ""
    found = re.search(r"QU\s*=\s*([\d.\s]+)", first)
    values = tuple(float(word) / 100 for word in found[1].split()) if found else ()
    if not values or list(values) != sorted(set(values)) or not 0 < values[0] <= values[-1] < 1:
        raise _torn(f"{name}.dtt", 1, "'NQ= 3 QU= 5 50 95' or the like")
    return values


def _realisations(text: str, items: dict[str, str], name: str) -> dict[str, float]:
    """Read known answers by item number of the assessments; items are matched by name, the numbers of the files may differ."""
    numbers = {title.casefold(): number for number, title in items.items()}
    known: dict[str, float] = {}
    for line_number, line in _lines(text):
        found = _REALISATION.match(line)
        if not found or not np.isfinite(float(found[3])):
            raise _torn(f"{name}.rls", line_number, "an item, its realisation, UNI or LOG")
        item = numbers.get(found[2].strip().casefold())
        if item is None:
            raise _torn(f"{name}.rls", line_number, f"an item of {name}.dtt")
        if not _is_missing(float(found[3])):
            known[item] = float(found[3])
    return known


def _lines(text: str) -> list[tuple[int, str]]:
    numbered = enumerate(text.replace("\x1a", "").splitlines(), start=1)
    return [(number, line) for number, line in numbered if line.strip() and not line.lstrip().startswith("*")]


def _is_missing(value: float) -> bool:
    return MISSING[0] <= value <= MISSING[1]


def _torn(name: str, line: int, need: str) -> InvalidInput:
    return InvalidInput("study.line", "{name}, line {line}: {need} is needed here.", name=name, line=line, need=need)
