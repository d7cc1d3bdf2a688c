"""Reads tables as records of a type, by its blueprint alone: CSV, workbooks, JSON Lines, our own exports.

`read_rows` gives rows one by one, so that memory stays flat; a row that cannot be taken over says what is wrong in which
column, and the others go on. `check_table` is the dry run that pages and commands show first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
from itertools import chain, islice, product
from pathlib import Path
from typing import Any, Final

from plumbline.apps.library.actions import NewClaim
from plumbline.apps.library.queries import entries_with
from plumbline.apps.records.columns import PAGE, Column, Columns, Names, folded, label_of, match_columns, no_column
from plumbline.apps.records.exporting import machine_parts
from plumbline.apps.records.places import gazetteer
from plumbline.apps.records.stamps import HEAD, Stamp, read_stamp
from plumbline.apps.records.typed import typed_value
from plumbline.apps.spine.tables import armed, is_cut
from plumbline.domain.access import LEVELS, Viewer
from plumbline.domain.blueprints import Blueprint, Field, RecordType, check_value, country_names, parse_form_value
from plumbline.domain.blueprints.forms import decimal_sign
from plumbline.domain.errors import InvalidInput, PlumblineError
from plumbline.domain.evidence import value_key
from plumbline.domain.extraction.wording import value_of_words
from plumbline.plugins.readers.model import ReadWarning
from plumbline.plugins.readers.tables import OpenTable, TableRow, open_table

BATCH: Final = 50
CHUNK: Final = 500
LISTED: Final = 200
REMEMBERED: Final = 20_000
REPEATING: Final = ("term", "country", "date", "flag")
NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "date": ("start", "end", "precision"), "quantity": ("low", "unit"), "term": ("id",), "country": ("id",),
    "relation": ("id",), "passage": ("id",),
}  # fmt: skip
LANGUAGES: Final = ("en", "fr", "es", "it", "ru", "ar", "zh")
WORDED: Final = ("date", "quantity", "term", "country")
"""Types whose words people change in an export, leaving the parts beside them that machines read."""
COMMAS: Final = (", ", "، ", "，", "、")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in which row (as the file counts them) and column ("" for the row as a whole)."""

    row: int
    column: str
    error: PlumblineError


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a field beside the parts that were read: as they stand, and what they mean (may raise `InvalidInput`)."""

    text: str
    read: Callable[[], tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number, the values found by field, what is wrong with it (then it is not taken over), its id in an export."""

    number: int
    values: Mapping[str, tuple[Any, ...]]
    problems: tuple[Problem, ...] = ()
    id: str = ""
    marks: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The levels of the values that an export held, by field; a field that is absent held none that its reader saw."""
    words: Mapping[str, Words] = field(default_factory=dict)
    """By field, what stands in words beside its parts: it counts where it was changed and the parts were not."""
    stamp: Stamp | None = None
    """What an export says of what it held, where it says so."""
    cut: frozenset[str] = frozenset()
    """Fields of which an export holds only the beginning, since a cell of a workbook holds no more."""

    @property
    def claims(self) -> list[NewClaim]:
        """What whoever imports the row claims."""
        return [NewClaim(name, value) for name, found in self.values.items() for value in found]


@dataclass(frozen=True)
class TableRead:
    """A table as records: how its columns were matched, what the reader repaired, and the rows, to be walked once."""

    columns: Columns
    warnings: tuple[ReadWarning, ...]
    rows: Iterator[Row]


@dataclass(frozen=True)
class Checked:
    """What an import would do: numbers of good and refused rows, the first problems and rows, whether all were read."""

    columns: Columns
    warnings: tuple[ReadWarning, ...]
    good: int
    refused: int
    problems: tuple[Problem, ...]
    first: tuple[Row, ...]
    whole: bool


def read_rows(
    path: Path, name: str, record_type: RecordType, blueprint: Blueprint, *, language: str = "en",
    viewer: Viewer | None = None, names: Names | None = None,
) -> TableRead:  # fmt: skip
    """Open a table and read its rows as values of a type; `language` is that in which dates and numbers are written.

    `names` says what columns are to fill, where their heads do not (see `columns.Names`).

    Raises `FileRefused` for a file that is no table, `InvalidInput` (`import.columns`, `import.doubled`) for columns
    that cannot be matched. With a `viewer`, a related record must be one that they see.
    """
    table = open_table(path, name=name)
    lines = table.rows
    first = list(islice(lines, 1)) if table.format != "jsonl" else []
    columns = (
        match_columns(
            table.heads, record_type, blueprint, name=name, names=names or {}, first=first[0].cells if first else ()
        )
        if table.format != "jsonl"
        else _columns_of_lines(path, name, record_type, blueprint, names or {})
    )
    reader = _Reader(columns, record_type, blueprint, language, guarded=table.format == "csv" and columns.is_export)
    rows = (reader.row(one) for one in chain(first, lines) if one.data is None or not _is_about(one.data))
    return TableRead(columns, table.warnings, _related(rows, record_type, viewer) if viewer else rows)


def check_table(
    path: Path, name: str, record_type: RecordType, blueprint: Blueprint, *, language: str, viewer: Viewer,
    most: int | None = None, first: int = 5, names: Names | None = None,
) -> Checked:  # fmt: skip
    """Read a table without taking anything over; `most` bounds the rows that are read."""
    table = read_rows(path, name, record_type, blueprint, language=language, viewer=viewer, names=names)
    return tally(table, name, most=most, first=first)


def tally(
    table: TableRead, name: str, *, most: int | None, first: int, each: Callable[[list[Row]], None] | None = None
) -> Checked:
    """Walk the rows of a table, at most `most`, and count them; `each` looks at every batch as it comes by."""
    good, refused = 0, 0
    problems: list[Problem] = []
    shown: list[Row] = []
    for batch in batches(islice(table.rows, most), CHUNK):
        for row in batch:
            if row.problems:
                refused += 1
                problems += row.problems[: LISTED - len(problems)]
            else:
                good += 1
                shown += [row] if len(shown) < first else []
        if each:
            each(batch)
    whole = most is None or good + refused < most or next(table.rows, None) is None
    if not good and not refused:
        template = "{name} holds no row below its first. Nothing was stored; check the table."
        raise InvalidInput("import.nothing", template, name=name)
    return Checked(table.columns, table.warnings, good, refused, tuple(problems), tuple(shown), whole)


def heads_of(path: Path, name: str) -> tuple[str, ...]:
    """Give the heads of a table's columns, of JSON Lines the keys of its first line that is no head."""
    table = open_table(path, name=name)
    if table.format != "jsonl":
        return tuple(table.heads)
    found = next((row.data for row in table.rows if row.data is not None and not _is_about(row.data)), {})
    return tuple(found["fields"] if _is_record(found) else found)


def batches(rows: Iterator[Row], size: int = BATCH) -> Iterator[list[Row]]:
    """Give rows in batches of at most `size`."""
    while batch := list(islice(rows, size)):
        yield batch


# -- JSON Lines -------------------------------------------------------------------------------------------------------


def _is_about(data: Mapping[str, Any]) -> bool:
    """Tell the first line of an export, which says what it is."""
    return set(data) == {"about"}


def _is_record(data: Mapping[str, Any]) -> bool:
    """Tell a record as our exports write it."""
    return isinstance(data.get("fields"), dict) and {"id", "type"} <= set(data)


def _columns_of_lines(path: Path, name: str, record_type: RecordType, blueprint: Blueprint, names: Names) -> Columns:
    """Match the keys of all lines: a key that comes late counts like one of the first line."""
    keys: dict[str, None] = {}
    is_export, frame = False, dict[str, int]()
    table: OpenTable = open_table(path, name=name)
    for row in table.rows:
        if row.data is None or _is_about(row.data):
            continue
        is_export = is_export or _is_record(row.data)
        frame |= dict.fromkeys({"id", HEAD} & set(row.data), 0) if _is_record(row.data) else {}
        keys |= dict.fromkeys(row.data["fields"] if _is_record(row.data) else row.data)
    if not keys:
        raise no_column(record_type, name)
    marks = dict.fromkeys(record_type.fields, 0) if is_export else {}
    columns = match_columns(list(keys), record_type, blueprint, name=name, names=names)
    return replace(columns, is_export=is_export, marks=marks, frame=frame)


# -- One row ----------------------------------------------------------------------------------------------------------


class _Reader:
    """Reads rows of one table; remembers what words meant that come again and again."""

    def __init__(
        self, columns: Columns, record_type: RecordType, blueprint: Blueprint, language: str, *, guarded: bool
    ) -> None:
        self.columns, self.record_type, self.blueprint, self.language = columns, record_type, blueprint, language
        self.guarded = guarded
        self.fields = [(one, columns.of(one.id)) for one in record_type.fields.values()]
        self.known: dict[tuple[str, str], Any] = {}

    def row(self, row: TableRow) -> Row:
        """Read one row."""
        if row.problem:
            return Row(row.number, {}, (Problem(row.number, "", row.problem),))
        if wrong := self._wrong_type(row):
            return Row(row.number, {}, (Problem(row.number, "type", wrong),))
        values: dict[str, tuple[Any, ...]] = {}
        problems = []
        for one, columns in self.fields:
            try:
                found = (
                    self._from_json(one, columns, row.data) if row.data is not None else self._cells(one, columns, row)
                )
                if found:
                    values[one.id] = tuple({value_key(value): value for value in found}.values())
                elif one.required:
                    raise InvalidInput(
                        "record.required", "{field}: this is needed. Write it before you go on.", field=one.id
                    )
            except InvalidInput as error:
                head = next(iter(columns.values())).head if columns else one.id
                problems.append(Problem(row.number, head, self._worded(error, one)))
        if not values and not problems and not self._id(row):
            template = "It holds no value for any field. Take it out or fill it in."
            problems.append(Problem(row.number, "", InvalidInput("import.empty-row", template)))
        return Row(
            row.number,
            values,
            tuple(problems),
            self._id(row),
            self._marks(row),
            self._words(values, row),
            self._stamp(row),
            self._cut(row),
        )

    def _words(self, values: Mapping[str, Any], row: TableRow) -> dict[str, Words]:
        if row.data is not None:
            return {}
        return {
            one.id: Words(self._text(row.cells[columns[""].at]), partial(self._from_words, one, columns[""], row))
            for one, columns in self.fields
            if one.id in values and one.type in WORDED and "" in columns and len(columns) > 1
        } | {
            one.id: Words(self._text(row.cells[columns[""].at]), partial(self._places_anew, one, columns[""], row))
            for one, columns in self.fields
            if one.id in values and one.type == "place" and "" in columns and len(columns) > 1
        }  # fmt: skip

    def _from_words(self, one: Field, column: Column, row: TableRow) -> tuple[Any, ...]:
        found = [self._parsed(one, text) for text in _apart(one, self._text(row.cells[column.at]))]
        if one.required and not found:
            template = "{field}: this is needed. Write it before you go on."
            raise InvalidInput("record.required", template, field=label_of(one, self.language))
        return tuple(found)

    def _places_anew(self, one: Field, column: Column, row: TableRow) -> tuple[Any, ...]:
        """Look up places by their names alone; one that the gazetteer does not know under just that name has no coordinates."""
        text = self._text(row.cells[column.at])
        found = []
        for words in _split(text) if one.many else [text]:
            value = value_of_words(
                one, words, self.blueprint, language=self.language, published=None, gazetteer=gazetteer()
            )
            if value is None or folded(value["name"]) != folded(_without_country(words, value.get("country", ""))):
                value = typed_value(one, {"value": words}, self.blueprint, self.language)
            found.append(value)
        return tuple(found)

    def _id(self, row: TableRow) -> str:
        if not self.columns.is_export:
            return ""
        found = row.data.get("id", "") if row.data is not None else row.cells[self.columns.frame["id"]]
        return str(found).strip()

    def _stamp(self, row: TableRow) -> Stamp | None:
        if row.data is not None:
            return read_stamp(str(row.data.get(HEAD, ""))) if _is_record(row.data) else None
        return read_stamp(str(row.cells[self.columns.frame[HEAD]])) if HEAD in self.columns.frame else None

    def _cut(self, row: TableRow) -> frozenset[str]:
        if row.data is not None or not self.columns.is_export:
            return frozenset()
        return frozenset(one.field for one in self.columns.matched if is_cut(row.cells[one.at]))

    def _marks(self, row: TableRow) -> dict[str, frozenset[str]]:
        """Say which levels the values had that the export held: who exported may have seen less than who imports."""
        if row.data is not None:
            held = row.data["fields"].items() if _is_record(row.data) else ()
            return {name: frozenset(LEVELS) for name, _values in held}
        told = {name: str(row.cells[at]).replace("TLP:", "") for name, at in self.columns.marks.items()}
        return {name: frozenset(text.split("; ")) for name, text in told.items() if text}

    def _worded(self, error: InvalidInput, one: Field) -> InvalidInput:
        """Say an error with the field's label in the language of the page, long texts cut."""
        params = {key: f"{text[:100]}…" if isinstance(text, str) and len(text) > 120 else text
                  for key, text in error.params.items()}  # fmt: skip
        return type(error)(error.code, error.template, **params | {"field": label_of(one, self.language)})

    def _wrong_type(self, row: TableRow) -> InvalidInput | None:
        found = ""
        if row.data is not None:
            found = str(row.data["type"]) if _is_record(row.data) else ""
        elif "type" in self.columns.frame:
            found = str(row.cells[self.columns.frame["type"]])
        if found in ("", self.record_type.id):
            return None
        template = "It is a record of the type '{found}', not of '{type}'. Import it there."
        return InvalidInput("import.type", template, found=found[:60], type=self.record_type.id)

    # Cells

    def _cells(self, one: Field, columns: Mapping[str, Column], row: TableRow) -> list[Any]:
        if one.type == "localised":
            return self._localised(one, columns, row)
        composed = self._composed(one, columns, row)
        if composed is not None:
            return composed
        if "" not in columns:
            return []
        column = columns[""]
        texts = _apart(one, self._text(row.cells[column.at]))
        return [
            self._parsed(one, f"{text} {column.unit}" if column.unit and _is_bare(text) else text) for text in texts
        ]

    def _text(self, cell: str | float) -> str:
        """Give a cell as it is typed in the language of the page."""
        if isinstance(cell, str):
            return armed(cell) if self.guarded else cell
        text = format(Decimal(repr(cell)), "f")
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return text.replace(".", decimal_sign(self.language))

    def _parsed(self, one: Field, text: str) -> Any:
        if one.type not in REPEATING:
            return typed_value(one, {"value": text}, self.blueprint, self.language)
        key = (one.id, text)
        if key not in self.known:
            value = typed_value(one, {"value": text}, self.blueprint, self.language)
            if len(self.known) >= REMEMBERED:
                self.known.clear()
            self.known[key] = value
        return self.known[key]

    def _localised(self, one: Field, columns: Mapping[str, Column], row: TableRow) -> list[Any]:
        texts = {self._language(part): self._text(row.cells[column.at]) for part, column in columns.items()}
        value = parse_form_value(one, texts, blueprint=self.blueprint, language=self.language)
        return [] if value is None else [value]

    def _language(self, part: str) -> str:
        """Give the language of a localised column; one that names none is in the language of the page."""
        if part != PAGE:
            return part
        known = self.blueprint.content_languages
        return next((one for one in (self.language, self.language.split("-")[0]) if one in known), known[0])

    # Parts that machines read

    def _composed(self, one: Field, columns: Mapping[str, Column], row: TableRow) -> list[Any] | None:
        """Put values together from the parts that our exports write; None where the words are to be read instead."""
        parts = {name: _plain(row.cells[columns[name].at]) for name in machine_parts(one) if name in columns}
        filled = {name for name, text in parts.items() if text}
        words = self._text(row.cells[columns[""].at]) if "" in columns else ""
        if not filled or (one.type == "place" and not words) or not set(NEEDED.get(one.type, ())) <= filled:
            return None
        if one.type == "place" and not one.many and ";" in words:
            return None
        lists = {name: _split(text) if one.many else [text] for name, text in parts.items() if text}
        if one.type == "place":
            lists["name"] = _split(words) if one.many else [words]
        if len({len(found) for found in lists.values()}) != 1:
            template = "{field}: {columns} hold different numbers of values. Give each value all of its parts."
            raise InvalidInput("import.parts", template, field=one.id, columns=", ".join(sorted(filled)))
        count = len(next(iter(lists.values())))
        return [self._whole(one, {name: found[at] for name, found in lists.items()}) for at in range(count)]

    def _whole(self, one: Field, parts: Mapping[str, str]) -> Any:
        if set(parts) == {"id"}:
            return check_value(one, parts["id"], blueprint=self.blueprint)
        value: dict[str, Any] = dict(parts)
        if one.type == "quantity":
            value = {"low": _number(one, parts["low"]), "high": _number(one, parts.get("high") or parts["low"]),
                     "unit": parts["unit"]}  # fmt: skip
        if one.type == "place":
            value = {key: text for key, text in parts.items() if text}
            value |= {key: _number(one, value[key]) for key in ("lat", "lon") if key in value}
            value["name"] = _without_country(value["name"], value.get("country", ""))
        return check_value(one, value, blueprint=self.blueprint)

    # JSON

    def _from_json(self, one: Field, columns: Mapping[str, Column], data: Mapping[str, Any]) -> list[Any]:
        if _is_record(data):
            said: Any = next(
                (data["fields"][each.head] for each in columns.values() if each.head in data["fields"]), []
            )
            found = [each.get("value") for each in said if isinstance(each, dict)] if isinstance(said, list) else []
            return [check_value(one, value, blueprint=self.blueprint) for value in found]
        found = []
        for part, column in columns.items():
            value = data.get(column.head)
            several = value if isinstance(value, list) else [value]
            found += [self._json_value(one, part, each) for each in several if each is not None and each != ""]
        if one.type == "localised" and len(found) > 1:
            return [{language: text for each in found if each for language, text in each.items()}]
        if len(found) > 1 and not one.many:
            template = "{field}: {count} values are given where one fits. Keep one."
            raise InvalidInput("import.several", template, field=one.id, count=len(found))
        return found

    def _json_value(self, one: Field, part: str, value: Any) -> Any:
        if one.type == "localised" and isinstance(value, str):
            value = {self._language(part): value}
        elif isinstance(value, str) or (
            isinstance(value, int | float) and not isinstance(value, bool) and one.type != "number"
        ):
            return self._parsed(one, value if isinstance(value, str) else self._text(value))
        return check_value(one, value, blueprint=self.blueprint)


def _apart(one: Field, text: str) -> list[str]:
    """Part the values of a cell: lines, and '; ' between values that hold no semicolon of their own."""
    if not one.many:
        return [text] if text else []
    lines = text.splitlines()
    if one.type != "place":
        mark = r";\s" if one.type == "text" else ";"
        lines = [part for line in lines for part in re.split(mark, line)]
    return [line.strip() for line in lines if line.strip().strip(";")]


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(";")]


def _plain(cell: str | float) -> str:
    """Give a cell of a machine part: numbers with a decimal point."""
    return cell if isinstance(cell, str) else format(Decimal(repr(cell)), "f")


def _is_bare(text: str) -> bool:
    """Tell an amount without a unit."""
    return not any(char.isalpha() for char in text)


def _number(one: Field, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        template = "{field}: '{text}' is no number; write digits such as {example}."
        raise InvalidInput("import.number", template, field=one.id, text=text, example="1200.5") from None


def _without_country(name: str, code: str) -> str:
    """Give a place's name without the country that pages and exports write behind it.

    >>> _without_country("Lagos, Nigeria", "NG"), _without_country("Munich, Allemagne", "DE"), _without_country("Hue, Vietnam", "VN")
    ('Lagos', 'Munich', 'Hue')
    >>> _without_country("Lagos, Nigeria, Nigeria", "NG")  # the name ends with it and once more it is written behind
    'Lagos, Nigeria'
    """
    for language in LANGUAGES if code else ():
        for comma, country in product(COMMAS, country_names(code, language)):
            if name.endswith(f"{comma}{country}"):
                return name.removesuffix(f"{comma}{country}")
    return name


# -- Related records --------------------------------------------------------------------------------------------------


def _related(rows: Iterator[Row], record_type: RecordType, viewer: Viewer) -> Iterator[Row]:
    """Refuse rows that name records which are not there for the viewer, or of another type; one query a batch."""
    relations = [one for one in record_type.fields.values() if one.type == "relation"]
    for batch in batches(rows) if relations else ():
        wanted = {value for row in batch for one in relations for value in row.values.get(one.id, ())}
        found = entries_with(wanted, viewer) if wanted else {}
        for row in batch:
            yield replace(row, problems=(*row.problems, *_unrelated(row, relations, found)))
    yield from rows


def _unrelated(row: Row, relations: Sequence[Field], found: Mapping[str, Any]) -> Iterator[Problem]:
    for one in relations:
        for value in row.values.get(one.id, ()):
            if value not in found or (one.target and found[value].type != one.target):
                template = "{field}: there is no such record under {id}. Copy the id from its address."
                yield Problem(row.number, one.id, InvalidInput("record.relation", template, field=one.id, id=value))
