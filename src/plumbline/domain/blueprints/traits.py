"""The traits a type can have: which roles each asks for and what kind of field may play them.

Engines work on traits: the map asks for `event.where`, flows for `route`, totals for `quantity`, whatever the type.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

ACTOR_SCHEMAS: Final = (
    "Person", "LegalEntity", "Organization", "Company", "PublicBody", "Vessel", "Vehicle", "Airplane", "Asset",
)  # fmt: skip
"""Schema names of FollowTheMoney that an `actor` type may state."""


@dataclass(frozen=True, slots=True)
class Role:
    """Say which field types may play a role; a role with `options` holds one of these words, not a field."""

    types: tuple[str, ...] = ()
    required: bool = False
    options: tuple[str, ...] = ()


_NAME: Final = ("text", "localised")
_WHERE: Final = ("country", "place")

TRAITS: Final[Mapping[str, Mapping[str, Role]]] = {
    "event": {"when": Role(("date",), required=True), "where": Role(("place",)), "country": Role(("country",))},
    "actor": {
        "name": Role(_NAME, required=True),
        "alias": Role(_NAME),
        "country": Role(("country",)),
        "number": Role(("text",)),
        "schema": Role(options=ACTOR_SCHEMAS),
    },
    "route": {"origin": Role(_WHERE), "transit": Role(_WHERE), "destination": Role(_WHERE), "seizure": Role(_WHERE)},
    "quantity": {"field": Role(("quantity",), required=True)},
    "rated": {"field": Role(("number", "term"), required=True), "by": Role(("text",)), "when": Role(("date",))},
    "legal": {"jurisdiction": Role(("country",), required=True), "date": Role(("date",)), "status": Role(("term",))},
    "staged": {"stage": Role(("term",), required=True), "since": Role(("date",))},
    "person-data": {
        "persons": Role(("text",)),
        "victims": Role(("text",)),
        "suspects": Role(("text",)),
        "witnesses": Role(("text",)),
        "notes": Role(_NAME),
    },
}
