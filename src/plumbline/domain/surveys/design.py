"""Sampling designs: weights, and stages of strata, clusters and finite populations.

Clusters are nested in strata, the units of a stage in those of the stage before. Where weights are not given they follow
from the sizes of the populations: the product over stages of population by sample.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plumbline.domain.columns import Columns
from plumbline.domain.errors import InvalidInput, unfit
from plumbline.domain.surveys.calibration import Calibration
from plumbline.domain.surveys.cells import Levels, combine, levels_of
from plumbline.domain.surveys.replicates import TYPES, Replicates, made_replicates, read_replicates
from plumbline.domain.surveys.settings import amount, choice, mapping, names
from plumbline.domain.surveys.stages import Stage, stage_of
from plumbline.domain.surveys.weighting import calibrate_as_set

POLICIES = ("fail", "remove", "certainty", "adjust", "average")
KEYS = ("weights", "strata", "clusters", "fpc", "replicates", "lonely_psu", "calibration")
REPLICATE_KEYS = ("type", "columns", "scale", "rscales", "rho", "mse", "combined", "number", "seed", "df")


@dataclass(frozen=True)
class Design:
    """Hold a design: `weights` a row, stages from the first on, replicates where variances come from these."""

    name: str
    weights: NDArray[np.float64]
    stages: tuple[Stage, ...]
    lonely: str = "fail"
    replicates: Replicates | None = None
    calibrations: tuple[Calibration, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    cases: int | None = None  # where rows are sums of cases

    def __len__(self) -> int:
        return len(self.weights)

    def df(self, inside: NDArray[np.bool_] | None = None) -> int:
        """Count degrees of freedom: first units less strata that have rows inside, of replicates their rank less one."""
        if self.replicates is not None:
            return self.replicates.df(self.weights, inside)
        return self.stages[0].df(inside)


def read_design(columns: Columns, settings: Any, *, name: str = "design") -> Design:
    """Make a design of a table and settings.

    Keys: `weights` (a column or one number), `strata`, `clusters` and `fpc` (a column or a list, one a stage; fpc holds
    numbers of units in the population, or sampled shares where none is above one), `replicates`, `lonely_psu`, `calibration`.
    Refuses unknown keys and columns, missing weights or those of zero or less, populations that vary within a stratum or
    are smaller than their sample, and, where the policy is `fail`, strata of one unit.
    """
    given = mapping(settings, KEYS, name=name)
    if not len(columns):
        raise InvalidInput(
            "table.empty", "{name} is empty: it needs a line of column names and rows.", name=columns.name
        )
    lonely = choice(given.get("lonely_psu", "fail"), POLICIES, name=name, key="lonely_psu")
    asked = given.get("replicates")
    if asked is not None:
        asked = mapping(asked, REPLICATE_KEYS, name=name, key="replicates")
        known = {kind.lower(): kind for kind in TYPES}
        kind = known.get(str(asked.get("type")).lower(), asked.get("type"))
        asked["type"] = choice(kind, TYPES, name=name, key="replicates.type")
    listed = {key: names(given.get(key), name=name, key=key) for key in ("strata", "clusters", "fpc")}
    as_given = asked is not None and bool(asked.get("columns"))
    stages = _stages(columns, listed, "remove" if as_given else lonely, name)
    replicates = None
    if asked is not None and as_given:
        replicates, weights = read_replicates(columns, asked, _given_weights(columns, given, name), name=name)
    else:
        weights = _weights(columns, given, stages, name)
    if asked is not None and replicates is None:
        labels = levels_of(columns, listed["strata"][0]).labels if listed["strata"] else ()
        replicates = made_replicates(asked, stages[0], labels, name=name)
    design = Design(columns.name, weights, stages, lonely, replicates, (), given)
    if given.get("calibration") is not None:
        weights, replicates, calibrations = calibrate_as_set(
            design.weights, design.replicates, columns, given["calibration"], name=name
        )
        return replace(design, weights=weights, replicates=replicates, calibrations=calibrations)
    return design


def _given_weights(columns: Columns, given: Mapping[str, Any], name: str) -> NDArray[np.float64] | None:
    column = given.get("weights")
    if column is None:
        return None
    if isinstance(column, int | float) and not isinstance(column, bool):
        return np.full(len(columns), amount(column, name=name, key="weights", open_=True))
    if not isinstance(column, str):
        raise unfit(name, "weights", "a column is needed here", column)
    weights = columns.numbers(column)
    if (wrong := weights <= 0).any():
        columns.refuse(int(np.argmax(wrong)), column, "a weight above zero is needed here")
    return weights


def _weights(columns: Columns, given: Mapping[str, Any], stages: tuple[Stage, ...], name: str) -> NDArray[np.float64]:
    weights = _given_weights(columns, given, name)
    if weights is not None:
        return weights
    if not given.get("fpc"):
        raise unfit(name, "weights", "a column of weights, or fpc to work them out from, is needed here", "nothing")
    weights = np.ones(len(columns))
    for stage in stages:
        if np.isinf(stage.population).any():
            break
        weights = weights * (stage.population / stage.sampled)[stage.stratum[stage.units]]
    return weights


def _stages(columns: Columns, listed: Mapping[str, tuple[str, ...]], lonely: str, name: str) -> tuple[Stage, ...]:
    strata, clusters, fpc = listed["strata"], listed["clusters"], listed["fpc"]
    depth = max(len(clusters), 1)
    for key in ("strata", "fpc"):
        if len(listed[key]) > depth:
            raise unfit(
                name, key, f"at most one column a stage, {depth} in all, is needed here", ", ".join(listed[key])
            )
    parent = np.zeros(len(columns), dtype=np.int64)
    share = np.ones(1)
    found: list[Stage] = []
    for place in range(depth):
        above = Levels(parent, tuple(range(int(parent.max()) + 1)))
        stratum = combine([_whole_levels(columns, strata[place]), above])[0] if place < len(strata) else parent
        if place < len(clusters):
            within = Levels(stratum, tuple(range(int(stratum.max()) + 1)))
            unit = combine([_whole_levels(columns, clusters[place]), within])[0]
        else:
            unit = np.arange(len(columns))
        stage = stage_of(
            columns, unit, stratum, parent, share, place + 1, fpc[place] if place < len(fpc) else None
        )  # fmt: skip
        apart = strata[place] if place < len(strata) else (clusters[:place] or ("",))[-1]
        stage.check_lonely(columns, lonely, apart, (clusters or tuple(columns.names))[0])
        found.append(stage)
        parent, share = stage.units, stage.share_of_units
    return tuple(found)


def _whole_levels(columns: Columns, column: str) -> Levels:
    levels = levels_of(columns, column)
    if (missing := levels.codes < 0).any():
        columns.refuse(int(np.argmax(missing)), column, "a stratum or cluster is needed here")
    return levels
