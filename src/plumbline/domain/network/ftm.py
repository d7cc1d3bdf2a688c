"""Read and write FollowTheMoney entities as JSON, without its package: parties as nodes, relations as edges.

An entity is {"id", "schema", "properties": {name: [values]}}. The relations and their two ends are those of the public
description of the FollowTheMoney model; an entity of any other schema is a node. Values are kept as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha1
from itertools import product
from typing import Any

import numpy as np

from plumbline.domain.errors import InvalidInput
from plumbline.domain.network.graph import Network

ENDS: Mapping[str, tuple[str, str]] = {
    "Associate": ("person", "associate"),
    "Debt": ("debtor", "creditor"),
    "Directorship": ("director", "organization"),
    "Employment": ("employee", "employer"),
    "Family": ("person", "relative"),
    "Membership": ("member", "organization"),
    "Occupancy": ("holder", "post"),
    "Ownership": ("owner", "asset"),
    "Payment": ("payer", "beneficiary"),
    "ProjectParticipant": ("participant", "project"),
    "Representation": ("agent", "client"),
    "Similar": ("candidate", "match"),
    "Succession": ("predecessor", "successor"),
    "UnknownLink": ("subject", "object"),
}
"""The properties that hold the two ends of each relation."""


@dataclass(frozen=True, slots=True)
class Entity:
    """Hold one entity: its id, schema and properties, each a tuple of strings."""

    id: str
    schema: str
    properties: Mapping[str, tuple[str, ...]]

    @property
    def caption(self) -> str:
        """What the entity is called: its first name, title or its id."""
        for key in ("name", "title", "summary"):
            for value in self.properties.get(key, ()):
                return value
        return self.id

    @property
    def is_relation(self) -> bool:
        """Whether the entity joins two others."""
        return self.schema in ENDS

    def ends(self) -> Iterator[tuple[str, str]]:
        """Give the pairs of ids that a relation joins: each at one end with each at the other."""
        if self.is_relation:
            one, other = (self.properties.get(key, ()) for key in ENDS[self.schema])
            yield from product(one, other)

    def plain(self) -> dict[str, Any]:
        """Give the entity as FollowTheMoney writes it in JSON."""
        properties = {key: list(values) for key, values in self.properties.items()}
        return {"id": self.id, "schema": self.schema, "properties": properties}


def entity_of(data: Any, *, name: str, line: int) -> Entity:
    """Check a JSON value and make it an entity; refuses one without id, schema or properties by file and line.

    >>> entity_of({"id": "p", "schema": "Person", "properties": {"name": ["Ann"]}}, name="x", line=1).caption
    'Ann'
    """
    if not isinstance(data, Mapping):
        raise _refused(name, line, "it is not a JSON object")
    for key in ("id", "schema"):
        if not isinstance(data.get(key), str) or not data[key]:
            raise _refused(name, line, f"it has no {key}")
    properties = data.get("properties", {})
    if not isinstance(properties, Mapping):
        raise _refused(name, line, "its properties are not a JSON object")
    held = {str(key): tuple(_values(values)) for key, values in properties.items()}
    return Entity(data["id"], data["schema"], {key: values for key, values in held.items() if values})


def _values(values: Any) -> Iterator[str]:
    """Give values as strings; an entity nested in a property stands for its id."""
    for value in values if isinstance(values, list) else [values]:
        if isinstance(value, Mapping):
            value = value.get("id")
        if isinstance(value, str | int | float) and value != "":
            yield str(value)


def _refused(name: str, line: int, problem: str) -> InvalidInput:
    return InvalidInput("reports.line", "{name}, line {line}: {problem}.", name=name, line=line, problem=problem)


def network_of(entities: Iterable[Entity]) -> tuple[Network, tuple[str, ...]]:
    """Make a network of entities: every party a node by its id, every relation an edge; with the nodes' captions.

    Ends that no entity of the file describes are nodes as well. Repeated relations add their weights; those of a party
    with itself are left out and counted.
    """
    number: dict[str, int] = {}
    captions: dict[str, str] = {}
    weights: dict[tuple[int, int], float] = {}
    loops = 0
    for entity in entities:
        if not entity.is_relation:
            number.setdefault(entity.id, len(number))
            captions[entity.id] = entity.caption
        for one, other in entity.ends():
            a, b = (number.setdefault(each, len(number)) for each in (one, other))
            if a == b:
                loops += 1
            else:
                pair = (min(a, b), max(a, b))
                weights[pair] = weights.get(pair, 0.0) + 1.0
    edges = np.array(list(weights), dtype=np.int64).reshape(-1, 2)
    names = tuple(number)
    network = Network(names, edges, np.array(list(weights.values()), dtype=np.float64), loops)
    return network, tuple(captions.get(name, name) for name in names)


def entities_of(network: Network) -> Iterator[Entity]:
    """Write a network as entities: a LegalEntity for each node, an UnknownLink for each edge; ids follow from names."""
    ids = [sha1(name.encode("utf-8", "replace"), usedforsecurity=False).hexdigest() for name in network.names]
    for identifier, name in zip(ids, network.names, strict=True):
        yield Entity(identifier, "LegalEntity", {"name": (name,)})
    for a, b in network.edges.tolist():
        both = sha1(f"{ids[a]} {ids[b]}".encode(), usedforsecurity=False).hexdigest()
        yield Entity(both, "UnknownLink", {"subject": (ids[a],), "object": (ids[b],)})
