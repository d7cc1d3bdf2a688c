"""The shapes that extraction takes and gives: spans, mentions, proposed records, places and the gazetteer's promise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Span:
    """Mark text[start:end] as meaning `value`, with confidence 0..1; `role` and `kind` refine it where known."""

    start: int
    end: int
    value: Any
    confidence: float
    kind: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True)
class Mention:
    """Say that `field` has `value` because of `text`, which is exactly source[start:end]; confidence is 0..1.

    `extractor` names who read it, where that is another than who proposes the record.
    """

    field: str
    value: Any
    text: str
    start: int
    end: int
    confidence: float
    extractor: str = ""


@dataclass(frozen=True, slots=True)
class ProposedRecord:
    """Propose one record of `type`, told between `start` and `end`, with the mentions its values rest on."""

    type: str
    mentions: tuple[Mention, ...]
    start: int
    end: int
    confidence: float


@dataclass(frozen=True, slots=True)
class Place:
    """Name a point on earth: degrees WGS 84, ISO 3166-1 alpha-2 country, precision as in a place value.

    `admin1` is the GeoNames first-order code ('TX', '04'); `matched` says how the asked name met this place:
    'main' (its own name), 'other' (an alternate name), 'stem' (only after inflection was cut off) or 'sound' (a name in
    another script that sounds so).
    """

    name: str
    lat: float
    lon: float
    country: str
    precision: str
    population: int
    geonameid: int
    admin1: str = ""
    matched: str = "main"

    def value(self) -> dict[str, Any]:
        """Give the JSON value of a place field."""
        shown = {"name": self.name, "lat": round(self.lat, 5), "lon": round(self.lon, 5)}
        shown |= {"country": self.country, "precision": self.precision}
        return shown | ({"geonameid": self.geonameid} if self.geonameid else {})


class Gazetteer(Protocol):
    """Answer which places bear a name. Names are given as `fold_name` writes them."""

    def find(self, name: str) -> tuple[Place, ...]:
        """List the places of one folded name, most populous first."""

    def find_many(self, names: Iterable[str]) -> Mapping[str, tuple[Place, ...]]:
        """List the places of many folded names at once; names nobody bears are left out."""
