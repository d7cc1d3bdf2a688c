"""Types of illicit financial flows as data, after SDG indicator 16.4.1, and published estimates of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

import yaml

DIMENSIONS: Final = ("activities", "directions", "phases", "channels", "methods", "drivers")


@dataclass(frozen=True)
class FlowType:
    """Hold a type of flow: where it may come from, which way it goes, how it is measured and what drives it."""

    id: str
    title: str
    activity: str
    directions: tuple[str, ...]
    phases: tuple[str, ...]
    channels: tuple[str, ...]
    methods: tuple[str, ...]
    drivers: tuple[str, ...]


@dataclass(frozen=True)
class FlowEstimate:
    """Hold a published estimate of a type of flow, in USD a year; None where the source gives none."""

    type: str
    country: str
    years: str
    subject: str
    direction: str
    phase: str
    method: str
    low: float | None
    mid: float | None
    high: float | None
    source: str


@dataclass(frozen=True)
class FlowTypology:
    """Hold the terms of each dimension (id to title), the types and the published estimates."""

    terms: Mapping[str, Mapping[str, str]]
    types: tuple[FlowType, ...]
    estimates: tuple[FlowEstimate, ...]


@cache
def flow_typology() -> FlowTypology:
    """Give the typology that ships."""
    text = resources.files("plumbline.domain.vocabulary").joinpath("illicit_flows.yaml").read_text(encoding="utf-8")
    values = yaml.safe_load(text)
    return FlowTypology(
        terms={dimension: values[dimension] for dimension in DIMENSIONS},
        types=tuple(FlowType(**_frozen(row)) for row in values["types"]),
        estimates=tuple(FlowEstimate(**row) for row in values["estimates"]),
    )


def _frozen(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(each) if isinstance(each, list) else each for key, each in row.items()}
