"""Costs of crime with their uncertainty: point values, Monte Carlo, tornado, and two policies compared.

Source of the probabilistic sensitivity analysis (gamma for costs, beta for shares, all inputs drawn at once): Briggs,
Claxton and Sculpher, Decision Modelling for Health Economic Evaluation (2006), chapter 4; cited from memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from plumbline.domain.costs.model import STAGES, VIEWS, CostModel, Offence
from plumbline.domain.errors import unfit
from plumbline.domain.quantities import Floats, Quantity, spread

Drawn = Mapping[str, Floats]


@dataclass(frozen=True)
class CostEstimate:
    """Hold an estimate in the money of the model.

    `point` maps view to the total at the means of all inputs; `total` maps view to (draws,); `stages`, `offences` and
    `causes` map view to name to (draws,). `tornado` maps view to rows of input, low, high: the total with that input at
    its 5th and 95th percentile and all others at their means, widest first.
    """

    point: Mapping[str, float]
    total: Mapping[str, Floats]
    stages: Mapping[str, Mapping[str, Floats]]
    offences: Mapping[str, Mapping[str, Floats]]
    causes: Mapping[str, Mapping[str, Floats]]
    tornado: Mapping[str, list[dict[str, Any]]]


def estimate_costs(model: CostModel, *, draws: int | None = None, seed: int | None = None) -> CostEstimate:
    """Estimate the costs of a model; the same seed gives the same draws.

    Shares of causes whose draws sum above one are scaled down together to one, so a cost is never counted twice.
    """
    many, start = draws or model.draws, model.seed if seed is None else seed
    drawn = {each.key: each.draw(many, start) for each in model.quantities()}
    means = {each.key: np.array([each.mean]) for each in model.quantities()}
    return CostEstimate(
        point={view: float(_total(model, means, view)[0]) for view in VIEWS},
        total={view: _total(model, drawn, view) for view in VIEWS},
        stages={view: {stage: _total(model, drawn, view, stage) for stage in STAGES} for view in VIEWS},
        offences={view: {offence.name: _offence(offence, drawn, view) for offence in model.offences} for view in VIEWS},
        causes={view: _causes(model, drawn, view) for view in VIEWS},
        tornado={view: _tornado(model, means, view) for view in VIEWS},
    )


def compare_costs(a: CostModel, b: CostModel, *, draws: int | None = None, seed: int | None = None) -> dict[str, Any]:
    """Compare two policies: by view, the difference A - B and the probability that A is cheaper.

    An input that stands in both with the same key and distribution has the same draws in both; all others are
    independent. Refuses models in different money. Draws that tie count half.
    """
    for key, one, other in (("currency", a.currency, b.currency), ("price_base", a.price_base, b.price_base)):
        if one != other:
            raise unfit(b.name, key, f"the value of {a.name} ({one}) is needed here", other)
    many, start = draws or a.draws, a.seed if seed is None else seed
    first, second = (estimate_costs(each, draws=many, seed=start) for each in (a, b))
    out: dict[str, Any] = {"seed": start, "draws": many}
    for view in VIEWS:
        gap = first.total[view] - second.total[view]
        out[view] = {
            "a": {"point": first.point[view]} | spread(first.total[view]),
            "b": {"point": second.point[view]} | spread(second.total[view]),
            "difference": {"point": first.point[view] - second.point[view]} | spread(gap),
            "probability_a_cheaper": float((gap < 0).mean() + (gap == 0).mean() / 2),
        }
    return out


def _total(model: CostModel, values: Drawn, view: str, stage: str | None = None) -> Floats:
    found = [_offence(offence, values, view, stage) for offence in model.offences]
    return np.asarray(np.sum(found, axis=0))


def _offence(offence: Offence, values: Drawn, view: str, stage: str | None = None) -> Floats:
    """Give cases x multiplier x the unit costs that count in a view (and stage)."""
    cases = values[offence.cases.key] * values[offence.multiplier.key]
    unit = np.zeros_like(cases)
    for cost in offence.costs:
        if cost.counts(view) and stage in (None, cost.stage):
            unit = unit + values[cost.amount.key] * cost.price
    return cases * unit


def _causes(model: CostModel, values: Drawn, view: str) -> dict[str, Floats]:
    out: dict[str, Floats] = {}
    for offence in model.offences:
        shares = {cause: values[each.key] for cause, each in offence.attributable.items()}
        over = np.maximum(np.sum(list(shares.values()), axis=0), 1.0)
        total = _offence(offence, values, view)
        for cause, share in shares.items():
            part = total * share / over
            out[cause] = out[cause] + part if cause in out else part
    return out


def _tornado(model: CostModel, means: Drawn, view: str) -> list[dict[str, Any]]:
    rows = [_swing(model, means, view, each) for each in model.quantities() if not each.certain]
    return sorted((each for each in rows if each["low"] != each["high"]), key=lambda row: row["low"] - row["high"])


def _swing(model: CostModel, means: Drawn, view: str, each: Quantity) -> dict[str, Any]:
    ends = each.at(np.array([0.05, 0.95]))
    low, high = (float(_total(model, {**means, each.key: ends[[place]]}, view)[0]) for place in (0, 1))
    return {"input": each.key, "low": low, "high": high}
