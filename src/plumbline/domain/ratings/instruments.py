"""Instruments that rate evidence, as data: CrimeSolutions, EMMIE, the Maryland scale, EUDA."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml

from plumbline.domain.errors import InvalidInput


@dataclass(frozen=True)
class RatingClass:
    """Hold a class: its id, title and when it is given."""

    id: str
    title: str
    when: str


@dataclass(frozen=True)
class Instrument:
    """Hold an instrument: classes from strongest to weakest, dimensions rated one by one (none: one rating), raters needed."""

    id: str
    title: str
    source: str
    raters: int
    classes: tuple[RatingClass, ...]
    dimensions: tuple[str, ...]

    @property
    def class_ids(self) -> tuple[str, ...]:
        """Name the classes in their order."""
        return tuple(each.id for each in self.classes)


@cache
def instruments() -> tuple[Instrument, ...]:
    """Give the instruments that ship."""
    text = (
        resources.files("plumbline.domain.vocabulary").joinpath("evidence_instruments.yaml").read_text(encoding="utf-8")
    )
    return tuple(
        Instrument(
            id=row["id"],
            title=row["title"],
            source=row["source"],
            raters=row["raters"],
            classes=tuple(RatingClass(**each) for each in row["classes"]),
            dimensions=tuple(each["id"] for each in row.get("dimensions", ())),
        )
        for row in yaml.safe_load(text)
    )


def get_instrument(name: str) -> Instrument:
    """Give one instrument by its id; an unknown one is refused with the ids there are."""
    for instrument in instruments():
        if instrument.id == name:
            return instrument
    raise InvalidInput(
        "instrument.unknown",
        "There is no instrument '{name}'; there are: {names}.",
        name=name,
        names=", ".join(each.id for each in instruments()),
    )
