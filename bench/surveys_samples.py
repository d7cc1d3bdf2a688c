"""Synthetic surveys and plans that Plumbline and R's survey package both answer.

Numbers come from a congruential generator of our own, so that they are the same on every machine; `bench/surveys.R` holds the same
designs and plans in R. `tests/data/surveys/peer.json` keeps what R answered.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from plumbline.domain.columns import Columns

AGES = {1: 30, 2: 45, 3: 25}


def draws(seed: int) -> Iterator[float]:
    """Draw numbers between 0 and 1 (the generator of Park and Miller)."""
    state = seed
    while True:
        state = state * 48271 % 2147483647
        yield state / 2147483647


def normal(source: Iterator[float]) -> float:
    """Draw from about a normal distribution: twelve draws less six."""
    return sum(next(source) for _ in range(12)) - 6


def sample(seed: int, strata: int, clusters: int, most: int) -> Columns:
    """Draw a survey of clusters in strata, 2 to `most` members each, two rounds, some answers missing."""
    source = draws(seed)
    rows: list[dict[str, Any]] = []
    for stratum in range(1, strata + 1):
        for cluster in range(1, clusters + 1):
            level, size = normal(source), 2 + int(next(source) * (most - 1))
            for member in range(1, size + 1):
                rows.append(_row(source, stratum, cluster, member, level, size, clusters))
    names = list(rows[0])
    columns = {
        name: np.array([row[name] for row in rows], dtype=object if name in ("area", "round") else None)
        for name in names
    }
    return Columns("sample.csv", columns)


def _row(
    source: Iterator[float], stratum: int, cluster: int, member: int, level: float, size: int, clusters: int
) -> dict[str, Any]:
    late, treated = next(source) < 0.5, (stratum + cluster) % 2
    x = normal(source)
    y = 10 + level + x + treated + 0.7 * late * treated + normal(source)
    z = math.exp(1 + 0.3 * x + 0.3 * normal(source))
    answer = next(source)
    return {
        "stratum": stratum, "cluster": cluster, "member": member, "clusters": clusters * 3 + stratum, "members": size * 2 + 3,
        "weight": round(1 + 4 * next(source), 3), "area": "north" if stratum % 3 else "south", "age": 1 + int(next(source) * 3),
        "round": "end" if late else "base", "treated": treated, "x": round(x, 4), "y": round(y, 4) if answer > 0.06 else math.nan,
        "z": round(z, 4), "yes": int(y > 10.5), "part": 1 + (member > size / 2),
    }  # fmt: skip


def with_resampled(columns: Columns, count: int, seed: int) -> Columns:
    """Add columns r1.. of replicate weights: clusters drawn with replacement within strata."""
    source = draws(seed)
    unit = columns.integers("stratum") * 1000 + columns.integers("cluster")
    weight, stratum = columns.numbers("weight"), columns.integers("stratum")
    made: dict[str, Any] = {}
    for place in range(1, count + 1):
        factor = np.zeros(len(columns))
        for one in np.unique(stratum):
            units = np.unique(unit[stratum == one])
            for _ in range(len(units) - 1):
                factor[unit == units[int(next(source) * len(units))]] += len(units) / (len(units) - 1)
        made[f"r{place}"] = np.round(weight * factor, 6)
    return Columns(columns.name, {**columns.data, **made})


PLAN: list[dict[str, Any]] = [
    {"statistic": "mean", "variable": "y"},
    {"statistic": "total", "variable": "y", "by": "area"},
    {"statistic": "mean", "variable": "y", "by": ["area", "age"]},
    {"statistic": "ratio", "variable": "y", "denominator": "z", "domain": "age >= 2"},
    {"statistic": "mean", "variable": "yes", "domain": 'area == "north" and x > 0'},
    {"statistic": "linear", "variable": "y", "terms": ["x", "treated"]},
    {"statistic": "logistic", "variable": "yes", "terms": ["x"]},
    {"statistic": "did", "variable": "y", "by": ["round", "treated"]},
    {"statistic": "quantile", "variable": "z", "quantiles": [0.25, 0.5, 0.9]},
    {"statistic": "quantile", "variable": "z", "quantiles": [0.5], "by": "area", "rule": "hf7"},
    {"statistic": "independence", "variable": ["age", "yes"]},
]
MARGINS = {"area": {"north": 900, "south": 500}, "age": {1: 400, 2: 600, 3: 400}}


def cases() -> dict[str, tuple[Columns, dict[str, Any], list[dict[str, Any]]]]:
    """Give every case: table, design, plan."""
    deep, pairs = sample(101, 5, 4, 9), sample(202, 15, 2, 8)
    booted = with_resampled(sample(303, 6, 4, 7), 40, 404)
    flat = {"weights": "weight", "strata": "stratum", "clusters": "cluster"}
    lonely = deep.select(~((deep.integers("stratum") == 2) & (deep.integers("cluster") > 1)))
    smooth = PLAN[:8]
    standard = [
        {"statistic": "standardised", "variable": "yes", "by": "area", "over": "age", "population": AGES},
        {"statistic": "proportion", "variable": "yes", "interval": "beta", "by": "area"},
        {"statistic": "proportion", "variable": "yes", "interval": "logit"},
    ]
    stages = {"clusters": ["cluster", "member"], "strata": ["stratum"], "fpc": ["clusters", "members"]}
    return {
        "stratified": (deep, flat, PLAN + standard),
        "two stages": (deep, stages, PLAN),
        "strata in both stages": (deep, stages | {"strata": ["stratum", "part"], "weights": "weight", "lonely_psu": "remove"}, smooth),
        "lonely adjust": (lonely, flat | {"lonely_psu": "adjust"}, smooth[:5]),
        "lonely average": (lonely, flat | {"lonely_psu": "average"}, smooth[:5]),
        "pairs": (pairs, flat, PLAN),
        "pairs BRR": (pairs, flat | {"replicates": {"type": "BRR"}}, PLAN),
        "pairs Fay": (pairs, flat | {"replicates": {"type": "Fay", "rho": 0.3}}, smooth),
        "pairs JKn": (pairs, flat | {"replicates": {"type": "JKn"}}, smooth),
        "bootstrap given": (booted, {"weights": "weight", "replicates": {"type": "bootstrap", "columns": "r[0-9]*"}}, PLAN),
        "bootstrap given mse": (
            booted, {"weights": "weight", "replicates": {"type": "bootstrap", "columns": "r[0-9]*", "mse": True}}, smooth
        ),
        "greg": (deep, flat | {"calibration": {"method": "linear", "margins": MARGINS, "totals": {"x": 20}}}, smooth),
        "raked": (deep, flat | {"calibration": {"method": "raking", "margins": MARGINS}}, smooth),
        "poststratified JKn": (
            deep,
            flat | {"replicates": {"type": "JKn"}, "calibration": {"method": "poststratify", "margins": {"age": MARGINS["age"]}}},
            smooth,
        ),
    }  # fmt: skip
