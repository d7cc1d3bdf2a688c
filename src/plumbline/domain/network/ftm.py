"""Read and write FollowTheMoney entities as JSON, without its package: parties as nodes, relations as edges.

An entity is {"id", "schema", "properties": {name: [values]}}, all values strings; other keys beside these are kept. The
relations and their two ends are those of the public description of the FollowTheMoney model; an entity of any other
schema is a party. A table of edges has a row for each pair that a relation joins, `source` and `target` being ids; what
else is needed to write the entities again stands in further columns.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha1
from itertools import product
from typing import Any

from plumbline.domain.columns import Columns
from plumbline.domain.errors import InvalidInput
from plumbline.domain.network.graph import ends_of, weights_of

ENDS: Mapping[str, tuple[str, str]] = {
    "Associate": ("person", "associate"),
    "ContractAward": ("contract", "supplier"),
    "Control": ("controller", "controlled"),
    "CourtCaseParty": ("party", "case"),
    "Debt": ("debtor", "creditor"),
    "Directorship": ("director", "organization"),
    "Documentation": ("document", "entity"),
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

GENERAL = ("Thing", "Interval", "Interest", "LegalEntity", "Asset", "Value", "Organization")
"""Schemas that yield to a more special one where parts of an entity name both; a later one is the more special."""

PLAIN_ID = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z.-]*[0-9A-Za-z])?")
"""What FollowTheMoney takes for an identifier."""

COLUMNS = ("source", "target", "weight", "id", "schema", "source_schema", "target_schema", "source_name", "target_name")
WHOLE = ("entity", "source_entity", "target_entity")
"""The columns of a table of edges, and those that hold all else that is said of the three entities of a row, as JSON."""

_FIRST = frozenset({"id", "schema", "properties"})


@dataclass(frozen=True, slots=True)
class Entity:
    """Hold one entity: its id, schema, properties (each a tuple of strings) and what stands beside them."""

    id: str
    schema: str
    properties: Mapping[str, tuple[str, ...]]
    beside: Mapping[str, Any] = field(default_factory=dict)

    @property
    def caption(self) -> str:
        """What the entity is called: its first name, title or its id."""
        for key in ("name", "title", "summary"):
            for value in self.properties.get(key, ()):
                return value
        return self.id

    @property
    def weight(self) -> float:
        """How much the relation weighs in a network: its `weight`, which stands beside the properties, else 1."""
        return float(self.beside.get("weight", 1.0))

    def ends(self) -> Iterator[tuple[str, str]]:
        """Give the pairs of ids that a relation joins: each at one end with each at the other."""
        if self.schema in ENDS:
            one, other = (self.properties.get(key, ()) for key in ENDS[self.schema])
            yield from product(one, other)

    def plain(self) -> dict[str, Any]:
        """Give the entity as FollowTheMoney writes it in JSON."""
        properties = {key: list(values) for key, values in self.properties.items()}
        return {"id": self.id, "schema": self.schema, "properties": properties, **self.beside}


# --- reading --------------------------------------------------------------------------------------------------------


def read_entities(lines: Iterable[tuple[int, Any]], *, name: str) -> dict[str, Entity]:
    """Check JSON values, each with its line, and give the entities by id; an entity that stands in several parts is one.

    An entity nested in a property is taken out, its id stays. Refuses, by file and line, what is no entity, and a file
    that holds none.
    """
    found: dict[str, Entity] = {}
    for line, data in lines:
        for entity in _taken_apart(data, name, line):
            known = found.get(entity.id)
            found[entity.id] = _united(known, entity, name, line) if known else entity
    if not found:
        raise InvalidInput(
            "ftm.empty",
            "{name} holds no entity. Give one JSON object a line, with id, schema and properties.",
            name=name,
        )
    return found


def entity_of(data: Any, *, name: str, line: int) -> Entity:
    """Check a JSON value and make it an entity; refuses one without id, schema or properties by file and line.

    >>> entity_of({"id": "p", "schema": "Person", "properties": {"name": ["Ann"]}}, name="x", line=1).caption
    'Ann'
    """
    if not isinstance(data, Mapping):
        raise _refused(name, line, "it is not a JSON object")
    _need_text(data, name, line)
    for key in ("id", "schema"):
        _need_word(data.get(key), key, name, line)
    properties = data.get("properties", {})
    if not isinstance(properties, Mapping):
        raise _refused(name, line, "its properties are not a JSON object")
    held = {key: tuple(_values(key, values, name, line)) for key, values in properties.items()}
    beside = {key: value for key, value in data.items() if key not in _FIRST}
    if data["schema"] in ENDS and not _is_weight(beside.get("weight", 1)):
        raise _refused(name, line, f"its weight is {_shown(beside['weight'])}, not a number above zero")
    return Entity(data["id"], data["schema"], held, beside)


def _taken_apart(data: Any, name: str, line: int) -> Iterator[Entity]:
    yield entity_of(data, name=name, line=line)
    for values in data.get("properties", {}).values():
        for value in values:
            if isinstance(value, Mapping) and len(value) > 1:
                yield from _taken_apart(value, name, line)


def _need_text(data: Any, name: str, line: int) -> None:
    """Refuse half of a pair of escapes, wherever it stands: JSON can hold it, no file can."""
    try:
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        half = f"\\u{ord(error.object[error.start]):04x}"
        raise _refused(
            name, line, f"it holds {half} alone, half of a sign; write the whole sign or take it out"
        ) from None


def _need_word(value: Any, key: str, name: str, line: int) -> None:
    if value is None or value == "":
        raise _refused(name, line, f"it has no {key}")
    if not isinstance(value, str):
        raise _refused(name, line, f"its {key} is {_shown(value)}, not a string; write it in quotes")
    if value != value.strip() or not value.isprintable():
        raise _refused(name, line, f"its {key} {_shown(value)} has blanks around it or signs that cannot be seen")


def _values(key: str, values: Any, name: str, line: int) -> Iterator[str]:
    """Give values as strings; an entity nested in a property stands for its id."""
    if not isinstance(values, list):
        raise _refused(name, line, f"its property {key} is {_shown(values)}, not a list; write it in square brackets")
    for value in values:
        if isinstance(value, Mapping):
            _need_word(value.get("id"), f"{key}'s id", name, line)
            yield value["id"]
        elif isinstance(value, str):
            yield value
        else:
            raise _refused(name, line, f"its property {key} holds {_shown(value)}, not a string; write it in quotes")


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else text[:40] + "…"


def _is_weight(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < math.inf


def _united(one: Entity, other: Entity, name: str, line: int) -> Entity:
    """Put two parts of an entity together, as FollowTheMoney does: all values, the more special schema."""
    schemas = sorted({one.schema, other.schema}, key=lambda schema: (schema not in GENERAL, schema))
    general = [schema for schema in schemas if schema in GENERAL]
    if len(schemas) - len(general) > 1:
        raise _refused(name, line, f"'{one.id}' is a {other.schema} here and a {one.schema} before")
    schema = schemas[-1] if len(general) < len(schemas) else max(general, key=GENERAL.index)
    keys = dict.fromkeys([*one.properties, *other.properties])
    properties = {
        key: tuple(dict.fromkeys((*one.properties.get(key, ()), *other.properties.get(key, ())))) for key in keys
    }
    return Entity(one.id, schema, properties, {**one.beside, **other.beside})


def _refused(name: str, line: int, problem: str) -> InvalidInput:
    return InvalidInput("reports.line", "{name}, line {line}: {problem}.", name=name, line=line, problem=problem)


# --- edges ----------------------------------------------------------------------------------------------------------


def unrelated(entities: Mapping[str, Entity]) -> list[str]:
    """Name the entities that stand in no edge: parties in no relation, relations without an end."""
    joined = {each for entity in entities.values() for pair in entity.ends() for each in (entity.id, *pair)}
    return [each for each in entities if each not in joined]


def edge_rows(entities: Mapping[str, Entity], *, whole: bool) -> Iterator[dict[str, Any]]:
    """Give entities as rows of a table of edges, one for each pair that a relation joins.

    `whole` adds all that is said of each entity, and a row with itself for each that stands in no edge: networks leave
    such a row out and count it. Ends that no entity describes are named with an empty schema.
    """
    for entity in entities.values():
        for source, target in entity.ends():
            row = {
                "source": source,
                "target": target,
                "weight": entity.weight,
                "id": entity.id,
                "schema": entity.schema,
            }
            yield row | _of_parties(entities, source, target, whole) | ({"entity": _rest(entity)} if whole else {})
    for each in unrelated(entities) if whole else ():
        row = {"source": each, "target": each, "weight": 1.0, "id": "", "schema": "", "entity": ""}
        yield row | _of_parties(entities, each, each, whole)


def _of_parties(entities: Mapping[str, Entity], source: str, target: str, whole: bool) -> dict[str, str]:
    found = {}
    for end, party in (("source", entities.get(source)), ("target", entities.get(target))):
        found[f"{end}_schema"] = party.schema if party else ""
        caption = party.caption if party else {"source": source, "target": target}[end]
        found[f"{end}_name"] = " ".join(caption.split())
        if whole:
            found[f"{end}_entity"] = _rest(party) if party else ""
    return found


def _rest(entity: Entity) -> str:
    """Give as JSON what an entity says beside what its row says: no id, no schema, no ends where it has both."""
    ends = ENDS[entity.schema] if any(True for _ in entity.ends()) else ()
    plain = entity.plain()
    plain["properties"] = {key: values for key, values in plain["properties"].items() if key not in ends}
    return json.dumps({key: value for key, value in plain.items() if key not in ("id", "schema")}, ensure_ascii=False)


# --- and back -------------------------------------------------------------------------------------------------------


def entities_of(table: Columns) -> Iterator[Entity]:
    """Write a table of edges as entities: parties first, then relations, each once.

    Of a table that `edge_rows` made, ids, schemas, weights and what its other columns hold come back. Where nothing more
    is said, a party is a LegalEntity and a row an UnknownLink; names that are no identifiers get one that follows from
    them, and repeated ties are one, their weights added. Refuses what does not fit by row and column.
    """
    rows = _Rows(table)
    parties: dict[str, Entity] = {}
    relations: dict[str, Entity] = {}
    first: dict[str, int] = {}
    for row in range(len(table)):
        source, target = rows.party(row, 0, parties), rows.party(row, 1, parties)
        relation = rows.relation(row, source, target)
        if relation is None:
            continue
        known = relations.get(relation.id)
        if known is None:
            relations[relation.id], first[relation.id] = relation, row
        elif rows.given["id"][row]:
            relations[relation.id] = rows.joined(row, known, relation, first[relation.id])
        else:
            relations[relation.id] = _weighing(known, known.weight + relation.weight)
    yield from (party for party in parties.values() if party.id not in relations)
    yield from relations.values()


def _weighing(entity: Entity, weight: float) -> Entity:
    if weight == entity.weight:
        return entity
    whole = int(weight) if weight == int(weight) else weight
    return replace(entity, beside={**entity.beside, "weight": whole})


class _Rows:
    """Read the rows of a table of edges as parties and relations."""

    def __init__(self, table: Columns) -> None:
        self.table = table
        self.ends = ends_of(table)
        self.texts = [table.text(name).tolist() for name in self.ends]
        for name, column in zip(self.ends, self.texts, strict=True):
            if "" in column:
                table.refuse(column.index(""), name, "the name of a node is needed here")
        self.weights = weights_of(table).tolist()
        names = (*COLUMNS[3:], *WHOLE)
        self.has = {name for name in names if name in table.names}
        self.given = {
            name: table.text(name).tolist() if name in self.has else [""] * len(table) for name in names
        }  # fmt: skip

    def party(self, row: int, end: int, parties: dict[str, Entity]) -> str:
        """Give the id of the party at an end (0, 1) of a row, and put it among the parties."""
        named, side = self.texts[end][row], ("source", "target")[end]
        coded = f"{side}_schema" in self.has or f"{side}_name" in self.has
        id = (
            named
            if coded or PLAIN_ID.fullmatch(named)
            else sha1(named.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()
        )
        schema = self.given[f"{side}_schema"][row]
        if id in parties or (f"{side}_schema" in self.has and not schema):
            return id
        name = self.given[f"{side}_name"][row]
        properties: dict[str, tuple[str, ...]] = {"name": (name or named,)} if not coded or name not in ("", id) else {}
        parties[id] = self._whole(row, f"{side}_entity", Entity(id, schema or "LegalEntity", properties))
        return id

    def relation(self, row: int, source: str, target: str) -> Entity | None:
        """Give the relation of a row; None for one of a party with itself that has no id."""
        id, schema = self.given["id"][row], self.given["schema"][row] or "UnknownLink"
        if schema not in ENDS:
            self.table.refuse(row, "schema", f"a relation ({', '.join(ENDS)}) is needed here")
        if not id and source == target:
            return None
        id = (
            id or sha1(" ".join(sorted((source, target))).encode("utf-8", "replace"), usedforsecurity=False).hexdigest()
        )
        bare = self._whole(row, "entity", Entity(id, schema, {}))
        one, other = ENDS[schema]
        properties = {
            one: (source,),
            other: (target,),
            **{k: v for k, v in bare.properties.items() if k not in (one, other)},
        }
        return _weighing(replace(bare, properties=properties), self.weights[row])

    def joined(self, row: int, known: Entity, more: Entity, first: int) -> Entity:
        """Join the rows of one relation, which has several parties at an end."""
        before = self.table.first_row + first
        if more.weight != known.weight:
            self.table.refuse(
                row, "weight", f"the weight that the relation has in row {before}, {known.weight:g}, is needed here"
            )
        if more.schema != known.schema:
            self.table.refuse(
                row, "schema", f"the schema that the relation has in row {before}, {known.schema}, is needed here"
            )
        ends = {key: tuple(dict.fromkeys(known.properties[key] + more.properties[key])) for key in ENDS[known.schema]}
        return replace(known, properties={**known.properties, **ends})

    def _whole(self, row: int, column: str, entity: Entity) -> Entity:
        """Fill an entity with what its column holds, where it holds something."""
        text = self.given[column][row]
        if not text:
            return entity
        try:
            data = json.loads(text)
            said = entity_of({**data, "id": entity.id, "schema": entity.schema}, name=self.table.name, line=row)
        except (ValueError, TypeError, RecursionError, InvalidInput):
            self.table.refuse(row, column, "a JSON object with properties that are lists of strings is needed here")
            raise
        return said
