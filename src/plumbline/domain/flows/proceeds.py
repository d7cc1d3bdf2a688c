"""Proceeds of crime that cross borders, by Monte Carlo from quantities, prices and shares.

Source of the concept (inward and outward apart and never netted, income generation apart from management): UNODC and
UNCTAD, Conceptual Framework for the Statistical Measurement of Illicit Financial Flows (2020). The arithmetic follows the
market balance of UNODC's methods for illegal markets as remembered; its wording could not be checked here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np

from plumbline.domain.flows.typology import flow_typology
from plumbline.domain.quantities import Entries, Floats, Quantity

MAX_DRAWS: Final = 1_000_000
KEYS: Final = ("type", "direction", "phase", "channel", "quantity", "detection", "less", "price", "shares", "source")


@dataclass(frozen=True)
class ProceedsFlow:
    """Hold a flow: what is known, the share of all that is known, what never sells, a unit's price, shares of the value."""

    name: str
    type: str
    direction: str
    phase: str
    channel: str
    quantity: Quantity
    detection: Quantity
    less: tuple[Quantity, ...]
    price: Quantity
    shares: tuple[Quantity, ...]
    source: str

    def quantities(self) -> tuple[Quantity, ...]:
        """List every quantity of the flow."""
        return (self.quantity, self.detection, *self.less, self.price, *self.shares)


@dataclass(frozen=True)
class ProceedsModel:
    """Hold a model of proceeds: the name of its file, title, currency, flows, draws and seed."""

    name: str
    title: str
    currency: str
    flows: tuple[ProceedsFlow, ...]
    draws: int
    seed: int

    @classmethod
    def read(cls, values: Any, *, name: str) -> Self:
        """Read a model from plain values; a wrong key or number is refused by file and key."""
        top = Entries(name, values)
        top.only("title", "currency", "draws", "seed", "flows")
        return cls(
            name=name,
            title=top.text("title", name),
            currency=top.text("currency"),
            flows=tuple(_flow(each, entry) for each, entry in top.parts("flows")),
            draws=top.whole("draws", 10_000, low=100, high=MAX_DRAWS),
            seed=top.whole("seed", 0),
        )


@dataclass(frozen=True)
class Proceeds:
    """Hold proceeds in the money of the model.

    `flows` maps the name of a flow to (draws,); `totals` maps (direction, phase) to (draws,): directions and phases are
    never added or netted. `emptied` maps a flow to the share of draws in which `less` takes more than there is (taken as 0).
    """

    flows: Mapping[str, Floats]
    totals: Mapping[tuple[str, str], Floats]
    emptied: Mapping[str, float]


def estimate_proceeds(model: ProceedsModel, *, draws: int | None = None, seed: int | None = None) -> Proceeds:
    """Draw every flow: (quantity / detection - less) x price x shares; the same seed gives the same draws."""
    many, start = draws or model.draws, model.seed if seed is None else seed
    flows: dict[str, Floats] = {}
    totals: dict[tuple[str, str], Floats] = {}
    emptied: dict[str, float] = {}
    for flow in model.flows:
        drawn = {each.key: each.draw(many, start) for each in flow.quantities()}
        sold = drawn[flow.quantity.key] / drawn[flow.detection.key]
        sold = sold - np.sum([np.zeros(many), *(drawn[each.key] for each in flow.less)], axis=0)
        emptied[flow.name] = float((sold < 0).mean())
        kept = np.prod([np.ones(many), *(drawn[each.key] for each in flow.shares)], axis=0)
        value = np.maximum(sold, 0) * drawn[flow.price.key] * kept
        flows[flow.name] = value
        place = (flow.direction, flow.phase)
        totals[place] = totals[place] + value if place in totals else value
    return Proceeds(flows, totals, emptied)


def _flow(name: str, entry: Entries) -> ProceedsFlow:
    entry.only(*KEYS)
    types = {each.id: each for each in flow_typology().types}
    kind = types[entry.text("type", choices=types)]
    detection = entry.quantity("detection", 1, high=1)
    if detection.mean <= 0:
        entry.refuse("detection", "a number above 0 is needed here", detection.mean)
    return ProceedsFlow(
        name=name,
        type=kind.id,
        direction=entry.text("direction", choices=kind.directions),
        phase=entry.text("phase", kind.phases[0], choices=kind.phases),
        channel=entry.text("channel", kind.channels[0], choices=kind.channels),
        quantity=entry.quantity("quantity"),
        detection=detection,
        less=_several(entry, "less"),
        price=entry.quantity("price"),
        shares=_several(entry, "shares", high=1),
        source=entry.text("source", "not named"),
    )


def _several(entry: Entries, key: str, high: float = float("inf")) -> tuple[Quantity, ...]:
    if key not in entry.values:
        return ()
    below = entry.part(key)
    return tuple(below.quantity(each, high=high) for each in below.values)
