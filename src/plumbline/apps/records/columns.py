"""Says which column of a table fills which field of a type, from the blueprint alone.

A column is known by the field's id or its label in any language. Localised fields take a column for each language
("story_fr", "Story (fr)"), quantities one whose head names the unit ("Amount (t)"). The columns of our own exports are
known too: parts that machines read ("date_start") are put together again; ids, marks and sources are left behind.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from plumbline.apps.records.exporting import FRAME, TIES, machine_parts
from plumbline.apps.records.stamps import HEAD
from plumbline.apps.spine.ids import is_public_id
from plumbline.domain.blueprints import Blueprint, Field, RecordType, localised
from plumbline.domain.errors import InvalidInput

IN_BRACKETS: Final = re.compile(r"(.+?)\s*[(\[]\s*([^()\[\]]+?)\s*[)\]]")
LEFT_BEHIND: Final = ("mark", "sources")
Names = Mapping[str, str]
"""What columns are to fill: head (folded) -> a name known here, or "" for a column that is left out."""
_AS_NAMED: Final[Names] = {}


@dataclass(frozen=True, slots=True)
class Column:
    """One column that fills a field: where it stands (0 is the first), its head, the field's id.

    `part` is "" for the value in words, a language for a localised text, or the name of a machine part ("start", "id").
    `unit` is written behind bare numbers.
    """

    at: int
    head: str
    field: str
    part: str = ""
    unit: str = ""

    @property
    def name(self) -> str:
        """The name under which such a column is known here: "date", "story_fr", "date_start", "amount (t)"."""
        named = f"{self.field}_{self.part}" if self.part not in ("", PAGE) else self.field
        return f"{named} ({self.unit})" if self.unit else named


@dataclass(frozen=True, slots=True)
class Columns:
    """How a table's columns meet a type: `matched`, heads that no field knows, heads of our exports left behind.

    `is_export` says that the table is an export of ours, or what is left of one once columns were deleted or moved: it
    has a column of permanent ids. Its formula guards are taken off again.
    """

    matched: tuple[Column, ...]
    unmatched: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    is_export: bool = False
    marks: Mapping[str, int] = field(default_factory=dict)
    """Where an export says the marks of each field's values."""
    heads: tuple[str, ...] = ()
    frame: Mapping[str, int] = field(default_factory=dict)
    """Where an export says of a record what is no field of it: its id, its type (JSON Lines: that it does, under 0)."""

    def of(self, field: str) -> dict[str, Column]:
        """The columns of one field by part."""
        return {one.part: one for one in self.matched if one.field == field}


def match_columns(
    heads: Sequence[str], record_type: RecordType, blueprint: Blueprint, *, name: str, names: Names = _AS_NAMED,
    first: Sequence[str | float] = (),
) -> Columns:  # fmt: skip
    """Match heads to fields; raises `InvalidInput` where none is known, two fill the same, or `names` names no field.

    `first` is the first row, by which a column of permanent ids is known.
    """
    known = _Names(record_type, blueprint)
    frame = _frame(heads, known, first)
    is_export = bool(frame)
    matched, unmatched, ignored = [], [], []
    for at, head in enumerate(heads):
        is_frame = at in frame.values() or (is_export and head == TIES and known.field(head) is None)
        found = None if is_frame else _found(known, at, head, names.get(folded(head)), name)
        if found:
            matched.append(found)
        elif is_frame or known.is_left_behind(head):
            ignored.append(head)
        elif head:
            unmatched.append(head)
    _refuse_doubles(matched, name)
    if not matched:
        raise no_column(record_type, name)
    marks = {name: at for at, head in enumerate(heads) if (name := head.removesuffix("_mark")) != head}
    return Columns(
        tuple(matched), tuple(unmatched), tuple(ignored), is_export, marks if is_export else {}, tuple(heads), frame
    )


def _frame(heads: Sequence[str], known: _Names, first: Sequence[str | float]) -> dict[str, int]:
    """Say where the columns of an export stand that are no fields; {} for another table."""
    for frame in (FRAME, tuple(head for head in FRAME if head != HEAD)):  # exports had no stamps once
        if tuple(heads[: len(frame)]) == frame:
            return {head: at for at, head in enumerate(frame)}
    found = {head: at for at, head in enumerate(heads) if head in FRAME and known.field(head) is None}
    at = found.get("id", len(first))
    return found if at < len(first) and is_public_id(str(first[at]).strip()) else {}


def _found(known: _Names, at: int, head: str, wanted: str | None, name: str) -> Column | None:
    """Find what a column fills: what is wanted for its head, else what its head says; None where it is left out."""
    if wanted is None:
        return known.find(at, head)
    found = known.find(at, wanted) if wanted else None
    if wanted and found is None:
        template = "{name}: column '{head}' should fill '{wanted}', which is no field here. Choose one of: {fields}."
        raise InvalidInput(
            "import.mapping", template, name=name, head=head, wanted=wanted, fields=", ".join(known.fields)
        )
    return replace(found, head=head) if found else None


def names_to_fill(record_type: RecordType, blueprint: Blueprint, language: str) -> list[tuple[str, str]]:
    """Give the names that a column may be given, with their words: each field, in languages and units where it has them."""
    found = []
    for one in record_type.fields.values():
        label = label_of(one, language)
        found.append((one.id, label))
        if one.type == "localised":
            found += [(f"{one.id}_{code}", f"{label} ({code})") for code in blueprint.content_languages]
        if one.type == "quantity":
            found += [(f"{one.id} ({unit})", f"{label} ({unit})") for unit in one.units]
    return found


def no_column(record_type: RecordType, name: str) -> InvalidInput:
    """Make the refusal of a table that no field knows, with the names of the fields."""
    template = "{name} has no column that belongs here. Nothing was taken over; name its columns so: {fields}."
    return InvalidInput("import.columns", template, name=name, fields=", ".join(record_type.fields))


def _refuse_doubles(matched: Iterable[Column], name: str) -> None:
    seen: dict[tuple[str, str], Column] = {}
    for one in matched:
        before = seen.setdefault((one.field, one.part), one)
        if before is not one:
            template = (
                "Columns {first} ('{head}') and {second} ('{other}') of {name} fill the same field, {field}. "
                "Nothing was taken over; take one of them out."
            )
            raise InvalidInput("import.doubled", template, first=before.at + 1, second=one.at + 1, head=before.head,
                               other=one.head, name=name, field=one.field)  # fmt: skip


def folded(head: str) -> str:
    """Give a head as it is compared: no case, one space between words."""
    return " ".join(head.casefold().split())


class _Names:
    """The names under which a type's fields are known."""

    def __init__(self, record_type: RecordType, blueprint: Blueprint) -> None:
        self.fields, self.blueprint = record_type.fields, blueprint
        self.by_id = {folded(one.id): one for one in self.fields.values()}
        self.by_label = _by_label(self.fields)

    def field(self, head: str) -> Field | None:
        """Find a field by its id or label."""
        key = folded(head)
        return self.by_id.get(key) or self.by_label.get(key)

    def find(self, at: int, head: str) -> Column | None:
        """Find what a column fills."""
        if one := self.field(head):
            return Column(at, head, one.id, self._language("") if one.type == "localised" else "")
        if (found := IN_BRACKETS.fullmatch(head)) and (one := self.field(found[1])):
            return self._qualified(at, head, one, found[2])
        base, _, part = folded(head).rpartition("_")
        one = self.by_id.get(base)
        if one is None:
            return None
        if one.type == "localised" and (language := self._language(part)):
            return Column(at, head, one.id, language)
        return Column(at, head, one.id, part) if part in machine_parts(one) else None

    def _qualified(self, at: int, head: str, one: Field, inside: str) -> Column | None:
        if one.type == "localised":
            language = self._language(inside)
            return Column(at, head, one.id, language) if language else None
        if one.type == "quantity":
            unit = self._unit(one, inside)
            return Column(at, head, one.id, unit=unit) if unit else None
        return None

    def _language(self, code: str) -> str:
        """Find a content language by its code; "" stands for the language of the page."""
        codes = {folded(one): one for one in self.blueprint.content_languages}
        return PAGE if code == "" else codes.get(folded(code).replace("_", "-"), "")

    def _unit(self, one: Field, word: str) -> str:
        for unit in (self.blueprint.units[key] for key in one.units if key in self.blueprint.units):
            if folded(word) in {folded(name) for name in (unit.id, *unit.symbol.values())}:
                return unit.id
        return ""

    def is_left_behind(self, head: str) -> bool:
        """Tell a column of an export that says who may see a value, or where it was read."""
        base, _, part = folded(head).rpartition("_")
        return part in LEFT_BEHIND and base in self.by_id


PAGE: Final = "*"
"""The part of a localised text whose column names no language: that of the page."""


def _by_label(fields: Mapping[str, Field]) -> dict[str, Field]:
    """Fields by each of their labels; a label that two fields share names neither."""
    found: dict[str, set[str]] = {}
    for one in fields.values():
        for label in one.label.values():
            found.setdefault(folded(label), set()).add(one.id)
    return {label: fields[next(iter(ids))] for label, ids in found.items() if len(ids) == 1}


def label_of(field: Field, language: str) -> str:
    """Say a field as pages do."""
    return localised(field.label, language) or field.id
