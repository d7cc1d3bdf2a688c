"""Meets the rows of a table with the records that they are about, and says what each row would change.

A row of an export is about the record whose id it bears, or in which that one lives on; a row that says what the export held
makes no new record, but where it is taken to another workspace by who sees its record. A row of another table is about the one record that has the same values in the key fields. What a row says is compared with what the viewer sees, value by value: equal values make no
claim. Where an export says what it held, only cells that were edited since count; one that others changed as well is left
as the record says, and told, unless whoever imports says to overwrite it. An empty cell of an export takes its values out; in another table, or where the column of marks beside it was
deleted, it says nothing. A key that two records
share, or that comes twice in a table, is refused, since it names none.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone

from plumbline.apps.accounts.queries import SYSTEM, names_of
from plumbline.apps.library import queries as library
from plumbline.apps.library.actions import NewClaim
from plumbline.apps.library.relations import standing_in_for
from plumbline.apps.library.resolving import resolve, resolve_evidence
from plumbline.apps.records.columns import Columns, Names, label_of
from plumbline.apps.records.importing import CHUNK, LISTED, REMEMBERED, Checked, Problem, Row, Words, read_rows, tally
from plumbline.apps.records.queries import STATUSES
from plumbline.apps.records.stamps import (
    Clash,
    before_own_acts,
    is_untouched,
    last_change,
    only_names_differ,
    stands,
    whereabouts,
    written,
)
from plumbline.apps.spine.queries import blueprint_of, mark_of_class
from plumbline.domain.access import Viewer
from plumbline.domain.blueprints import Blueprint, RecordType, display_value
from plumbline.domain.errors import Conflict, InvalidInput, NotFound
from plumbline.domain.evidence import value_key

if TYPE_CHECKING:
    from plumbline.apps.library.models import Claim, Entry
    from plumbline.apps.spine.models import Workspace

BY_ID = "id"
"""The key of an export's rows: the permanent id of the record."""


@dataclass(frozen=True)
class Change:
    """What one row changes: of which record, the values to claim, the claims whose values are taken out."""

    row: Row
    entry: Entry
    claims: tuple[NewClaim, ...]
    dropped: tuple[Claim, ...]


@dataclass(frozen=True)
class Met:
    """Rows by what they are: of new records, changes, of records to be left as they are; rows refused for their key; clashes."""

    new: tuple[Row, ...]
    changes: tuple[Change, ...]
    same: int
    refused: tuple[Row, ...]
    clashes: tuple[Clash, ...] = ()
    become: tuple[Row, ...] = ()
    """The first rows about records, with the values that these will have."""


def checked_key(asked: Sequence[str], record_type: RecordType, columns: Columns) -> tuple[str, ...]:
    """Give the key of a table: what is asked, else the id where it is an export; refuses fields that it has no column of."""
    key = tuple(dict.fromkeys(asked)) or ((BY_ID,) if columns.is_export else ())
    have = {one.field for one in columns.matched} | ({BY_ID} if columns.is_export else set())
    for name in key:
        if name not in have or (name != BY_ID and name not in record_type.fields):
            template = "The table has no column '{field}' by which its records could be found. Choose one of: {fields}."
            raise InvalidInput("import.key", template, field=name, fields=", ".join(sorted(have)))
    return key


class Known:
    """The records that rows may be about, found by a key; made once for a table, it remembers the keys that came by."""

    def __init__(
        self, workspace: Workspace, record_type: RecordType, key: Sequence[str], columns: Columns, viewer: Viewer,
        *, overwrite: bool = False, first: int = 0,
    ) -> None:  # fmt: skip
        self.overwrite, self.first = overwrite, first
        self.workspace, self.record_type, self.key, self.viewer = workspace, record_type, tuple(key), viewer
        self.fields = [one.id for one in record_type.fields.values() if columns.of(one.id)]
        self.types = {one.id: one.type for one in record_type.fields.values()}
        self.may_drop = viewer.has_role(workspace.slug, "reviewer")
        self.alone = "" if viewer.principals >= SYSTEM.principals else viewer.person or ""
        """Whose earlier acts are no clash with theirs: not those of a command line, which several people may use."""
        self.by_key: dict[str, list[int]] = self._index() if key and key != (BY_ID,) else {}
        self.seen: dict[str, int] = {}
        self.marked = set(columns.marks) if self.key == (BY_ID,) else set()
        """Fields of which an export says who may see their values: only of these does an empty cell take values out."""
        self.languages = [code for code, _ in settings.LANGUAGES]
        self.shown: dict[tuple[str, str, str], str] = {}
        self.living: dict[str, str] = {}

    def meet(self, rows: Sequence[Row]) -> Met:
        """Find the record of each row without problems, and what it changes; five queries for any number of rows."""
        new, about, refused = [], [], []
        ids = self._of_ids([row.id for row in rows if row.id]) if self.key == (BY_ID,) else {}
        found = self._found([row for row in rows if not row.problems])
        for row in rows:
            if row.problems:
                continue
            if wrong := self._twice(row, found):
                refused.append(replace(row, problems=(Problem(row.number, ", ".join(self.key), wrong),)))
                continue
            entry = ids.get(row.id) if self.key == (BY_ID,) else found.get(self._key_of(row.values), [None])[0]
            if entry is not None and entry.workspace_id == self.workspace.pk and entry.status in STATUSES:
                about.append((row, entry))
            elif self._is_of_closed(row, entry):
                refused.append(replace(row, problems=(Problem(row.number, BY_ID, _not_open(row.id)),)))
            else:
                new.append(row)
        values = library.values_for([entry for _, entry in about], self.viewer)
        self.living = self._living(about, values)
        about = self._reworded(about, values, refused)
        clashes: list[Clash] = []
        changes = list(self._changes(about, values, clashes))
        names = names_of({one.person for one in clashes if one.person})
        told = tuple(replace(one, person=names.get(one.person, "")) for one in clashes)
        left = {(one.row, one.field.id) for one in clashes}
        become = [self._become(row, values[entry.pk], left) for row, entry in about[: self.first]]
        self.first -= len(become)
        return Met(tuple(new), tuple(changes), len(about) - len(changes), tuple(refused), told, tuple(become))

    def _is_of_closed(self, row: Row, entry: Entry | None) -> bool:
        """Tell a row about a record of this installation that is not open here; one seen in another workspace may be copied."""
        exported = self.key == (BY_ID,) and row.id and row.stamp is not None
        return bool(exported) and (entry is None or entry.workspace_id == self.workspace.pk)

    def _of_ids(self, ids: Sequence[str]) -> dict[str, Entry]:
        """Find the records of ids, as far as the viewer sees them: of one that was merged the one in which it lives on."""
        return standing_in_for(library.entries_with(ids, self.viewer), self.viewer)

    def _living(self, about: Sequence[tuple[Row, Entry]], values: Mapping[int, Any]) -> dict[str, str]:
        """Give for the id of each merged record that relations name the id of the one in which it lives on, as exports do."""
        names = [name for name in self.fields if self.types[name] == "relation"]
        ids = {str(one.value) for _, entry in about for name in names for one in values[entry.pk].get(name, ())}
        ids |= {str(value) for row, _ in about for name in names for value in row.values.get(name, ())}
        found = standing_in_for(library.entries_with(ids, self.viewer), self.viewer) if ids else {}
        return {key: one.public_id for key, one in found.items() if one.public_id != key}

    def _key_of_value(self, value: Any) -> str:
        return written(self._living_of(value))

    def _index(self) -> dict[str, list[int]]:
        """Note the key of every record of the type that the viewer sees."""
        rows = library.entries(self.viewer, self.workspace).filter(type=self.record_type.id, status__in=STATUSES)
        keys = list(rows.order_by("pk").values_list("pk", flat=True))
        found: dict[str, list[int]] = {}
        for at in range(0, len(keys), CHUNK):
            some = list(rows.filter(pk__in=keys[at : at + CHUNK]).select_related("workspace"))
            values = library.values_for(some, self.viewer)
            for one in some:
                said = {name: [each.value for each in each_field] for name, each_field in values[one.pk].items()}
                if key := self._key_of(said):
                    found.setdefault(key, []).append(one.pk)
        return found

    def _key_of(self, values: Mapping[str, Iterable[Any]]) -> str:
        """Write the key fields' values as one text; "" where one of them is empty."""
        parts = [sorted(value_key(value) for value in values.get(name, ())) for name in self.key]
        return value_key(parts) if self.key and all(parts) else ""

    def _found(self, rows: Sequence[Row]) -> dict[str, list[Entry]]:
        wanted = {key for row in rows if (key := self._key_of(row.values)) in self.by_key}
        pks = [pk for key in wanted for pk in self.by_key[key]]
        seen = library.entries(self.viewer, self.workspace).filter(pk__in=pks).select_related("workspace")
        entries = {one.pk: one for one in seen}
        return {key: [entries[pk] for pk in self.by_key[key] if pk in entries] for key in wanted}

    def _twice(self, row: Row, found: Mapping[str, Sequence[Entry]]) -> InvalidInput | None:
        key = row.id if self.key == (BY_ID,) else self._key_of(row.values)
        if not key:
            return None
        first = self.seen.setdefault(key, row.number)
        if first != row.number:
            template = "The row is about the same record as row {row}. Keep one of them."
            return InvalidInput("import.key-twice", template, row=first)
        if len(found.get(key, ())) > 1:
            template = "{count} records have this key, so that it names none. Add a column to the key."
            return InvalidInput("import.key-shared", template, count=len(found[key]))
        return None

    def _reworded(
        self, about: Sequence[tuple[Row, Entry]], values: Mapping[int, Any], refused: list[Row]
    ) -> list[tuple[Row, Entry]]:
        """Let the words of a field count where they were changed and the parts beside them were not.

        Who edits an export changes what they read, `12 March 2024`, and leaves `date_start` as it is. Rows whose words
        cannot be read go to `refused`.
        """
        found = []
        for row, entry in about:
            said = values[entry.pk]
            try:
                changed = {
                    name: self._read_anew(row, name, words, [one.value for one in said.get(name, ())])
                    for name, words in row.words.items()
                    if self._counts_in_words(row, name, words.text, [one.value for one in said.get(name, ())])
                }  # fmt: skip
            except InvalidInput as error:
                field = str(error.params.get("field", ""))
                refused.append(replace(row, problems=(Problem(row.number, field, error),)))
                continue
            found.append((replace(row, values={**row.values, **changed}) if changed else row, entry))
        return found

    def _read_anew(self, row: Row, name: str, words: Words, now: Sequence[Any]) -> tuple[Any, ...]:
        """Read a field by its words; of several places those that the record has as the row says them stay as they are."""
        found = words.read()
        if self.types[name] != "place" or len(found) != len(row.values[name]):
            return found
        stay = {self._key_of_value(value) for value in now}
        pairs = zip(row.values[name], found, strict=True)
        return tuple(old if self._key_of_value(old) in stay else new for old, new in pairs)

    def _counts_in_words(self, row: Row, name: str, words: str, now: Sequence[Any]) -> bool:
        if self.types[name] == "place":
            return self._is_renamed(row, name, now)
        return self._has_parts_of(row, name, now) and self._is_reworded(name, words, row.values[name])

    def _is_renamed(self, row: Row, name: str, now: Sequence[Any]) -> bool:
        """Tell whether places were given other names and their coordinates were left: these are those of the places before."""
        then = row.values[name]
        if not any(whereabouts(value) for value in then):
            return False
        if row.stamp is not None:
            return only_names_differ(row.id, self.record_type.fields[name], then, row.stamp)
        ours, theirs = (sorted((whereabouts(one), str(one.get("name"))) for one in some) for some in (then, now))
        return ours != theirs and [where for where, _ in ours] == [where for where, _ in theirs]

    def _has_parts_of(self, row: Row, name: str, now: Sequence[Any]) -> bool:
        """Tell whether the parts of a field in a row are as they were exported; where that is not told, as the record has them."""
        then = row.values[name]
        if row.stamp is not None:
            return is_untouched(row.id, self.record_type.fields[name], then, row.stamp)
        return {self._key_of_value(value) for value in then} == {self._key_of_value(value) for value in now}

    def _is_reworded(self, name: str, words: str, then: Sequence[Any]) -> bool:
        said = _pieces(words)
        for language in self.languages:
            if said == _pieces("; ".join(self._shown(name, value, language) for value in then)):
                if language != self.languages[0]:
                    self.languages = [language, *(one for one in self.languages if one != language)]
                return False
        return True

    def _shown(self, name: str, value: Any, language: str) -> str:
        key = (name, value_key(value), language)
        if key not in self.shown:
            if len(self.shown) >= REMEMBERED:
                self.shown.clear()
            field, blueprint = self.record_type.fields[name], blueprint_of(self.workspace)
            self.shown[key] = display_value(field, value, blueprint=blueprint, language=language)
        return self.shown[key]

    def _changes(
        self, about: Sequence[tuple[Row, Entry]], values: Mapping[int, Any], clashes: list[Clash]
    ) -> Iterator[Change]:
        differing = []
        for row, entry in about:
            said = {name: [one.value for one in found] for name, found in values[entry.pk].items()}
            edited = [name for name in self.fields if self._is_edited(row, name)]
            if fields := [name for name in edited if self._differs(row, name, said.get(name, []))]:
                differing.append((row, entry, fields, said))
        claims = library.claims_for([entry for _, entry, _, _ in differing], self.viewer)
        for row, entry, edited, said in differing:
            met = self._clashes(row, entry, edited, said, claims[entry.pk])
            if not self.overwrite:
                clashes += met.values()
            fields = edited if self.overwrite else [name for name in edited if name not in met]
            new: list[NewClaim] = []
            gone: list[Claim] = []
            for name in fields:
                before = {self._key_of_value(value) for value in said.get(name, [])}
                after = {self._key_of_value(value): value for value in self._said(row, name, said.get(name, []))}
                new += [NewClaim(name, value) for key, value in after.items() if key not in before]
                gone += [
                    one for one in claims[entry.pk]
                    if one.field == name and one.status in ("accepted", "proposed") and self._key_of_value(one.value) not in after
                    and (name not in self.marked or mark_of_class(one.mark_class_id).level in row.marks.get(name, ())
                         or (name in met and _was_seen(one, row, entry)))
                ]  # fmt: skip
            if new or (gone and self.may_drop):
                yield Change(row, entry, tuple(new), tuple(gone if self.may_drop else ()))

    def _is_edited(self, row: Row, name: str) -> bool:
        """Tell whether a cell may have been edited: not where it says what the export held, or all of it that a cell holds."""
        if name in row.cut:
            return False
        return row.stamp is None or not is_untouched(
            row.id, self.record_type.fields[name], row.values.get(name, ()), row.stamp
        )

    def _become(self, row: Row, said: Mapping[str, Any], left: Container[tuple[int, str]]) -> Row:
        """Give a row with the values that its record will have: those that it says of edited cells, the record's own of others."""
        stay = [name for name in self.fields if (row.number, name) in left or not self._is_edited(row, name)]
        values = {**row.values, **{name: tuple(one.value for one in said.get(name, ())) for name in stay}}
        return replace(row, values={name: found for name, found in values.items() if found})

    def _clashes(
        self, row: Row, entry: Entry, edited: Sequence[str], said: Mapping[str, Sequence[Any]], claims: Sequence[Claim]
    ) -> dict[str, Clash]:
        """Find the edited cells whose fields say something else by now than was exported.

        Whoever exported may have seen less than who imports: what they surely saw counts too. What who imports did
        themselves since is no clash.
        """
        stamp, found = row.stamp, dict[str, Clash]()
        if stamp is None:
            return found
        for name in edited:
            field, now = self.record_type.fields[name], said.get(name, [])
            own = [one for one in claims if one.field == name]
            seen = [one for one in own if _was_seen(one, row, entry)]
            then = [one.value for one in resolve(seen, self.record_type).get(name, ())]
            before = (some for each in (own, seen) for some in before_own_acts(each, self.alone))
            earlier = ([one.value for one in resolve_evidence(some, self.record_type).get(name, ())] for some in before)
            told = ([self._living_of(one) for one in values] for values in chain((now, then), earlier))
            if not any(stands(row.id, field, values, stamp) for values in told):
                person, at = last_change(own)
                found[name] = Clash(row.number, entry, field, tuple(row.values.get(name, ())), tuple(now), person, at)
        return found

    def _living_of(self, value: Any) -> Any:
        return self.living.get(value, value) if isinstance(value, str) else value

    def _said(self, row: Row, name: str, now: Sequence[Any]) -> Sequence[Any]:
        """What a row says of a field; a text keeps the languages that the table has no column of."""
        then = row.values.get(name, ())
        if self.types[name] != "localised" or not now:
            return then
        if not then and len(now[0]) > 1:
            return now
        return [now[0] | value for value in then]

    def _differs(self, row: Row, name: str, now: Sequence[Any]) -> bool:
        then = {self._key_of_value(value) for value in self._said(row, name, now)}
        if not then and name not in self.marked:
            return False  # an empty cell says nothing
        had = {self._key_of_value(value) for value in now}
        return bool(then - had) or (self.may_drop and bool(had - then))


def _was_seen(claim: Claim, row: Row, entry: Entry) -> bool:
    """Tell whether who exported a row surely sees a claim: it is no stricter than the record, or of a mark that the export held."""
    mark = mark_of_class(claim.mark_class_id)
    return mark.level in row.marks.get(claim.field, ()) or mark.opens_as_wide_as(mark_of_class(entry.mark_class_id))


def _not_open(public_id: str) -> NotFound:
    """Say that an exported row's record is not there for who imports: one sentence, whatever became of it."""
    template = "No record under the id {id} is open to you here. If the row is to make a new record, take the id out."
    return NotFound("import.not-open", template, id=public_id)


def _pieces(words: str) -> set[str]:
    return {" ".join(one.split()) for one in words.split(";")} - {""}


@dataclass(frozen=True)
class Outlook:
    """What an import would do: its rows as `checked`; how many records are new, changed, as they are; refused keys; first changes.

    `clashes` lists the first cells that others changed too, `clashing` counts all of them.
    """

    checked: Checked
    key: tuple[str, ...]
    new: int
    changed: int
    same: int
    refused: tuple[Row, ...]
    first: tuple[Change, ...]
    clashes: tuple[Clash, ...]
    clashing: int


def look_ahead(
    path: Path, name: str, record_type: RecordType, workspace: Workspace, key: Sequence[str], *, language: str,
    viewer: Viewer, most: int | None = None, first: int = 5, names: Names | None = None, overwrite: bool = False,
) -> Outlook:  # fmt: skip
    """Say what importing a table by a key would do, without doing it, in one walk; `most` bounds the rows that are read."""
    table = read_rows(path, name, record_type, blueprint_of(workspace), language=language, viewer=viewer, names=names)
    chosen = checked_key(key, record_type, table.columns)
    known = Known(workspace, record_type, chosen, table.columns, viewer, overwrite=overwrite, first=first)
    counted = {"new": 0, "changed": 0, "same": 0, "clashing": 0}
    refused: list[Row] = []
    shown: list[Change] = []
    become: dict[int, Row] = {}
    clashes: list[Clash] = []

    def meet(batch: list[Row]) -> None:
        met = known.meet(batch)
        counts = (len(met.new), len(met.changes), met.same, len(met.clashes))
        counted.update({kind: counted[kind] + n for kind, n in zip(counted, counts, strict=True)})
        become.update((row.number, row) for row in met.become)
        clashes.extend(met.clashes[: max(0, LISTED - len(clashes))])
        refused.extend(met.refused[: max(0, LISTED - len(refused))])
        shown.extend(met.changes[: max(0, first - len(shown))])

    checked = tally(table, name, most=most, first=first, each=meet)
    wrong = {one.number for one in refused}
    rows = tuple(become.get(row.number, row) for row in checked.first if row.number not in wrong)
    checked = replace(checked, first=rows)  # as they will be: words that were changed count
    return Outlook(checked, chosen, **counted, refused=tuple(refused), first=tuple(shown), clashes=tuple(clashes))


def problem_of(clash: Clash, blueprint: Blueprint, language: str) -> Problem:
    """Say a clash as what is wrong with a cell: record, field, both values, who changed it and when."""

    def said(values: Sequence[Any]) -> str:
        texts = [display_value(clash.field, one, blueprint=blueprint, language=language)[:200] for one in values]
        return "; ".join(texts) or "–"

    about = {
        "record": clash.entry.title or clash.entry.public_id, "field": label_of(clash.field, language),
        "ours": said(clash.ours), "theirs": said(clash.theirs), "person": clash.person,
        "when": timezone.localtime(clash.at).strftime("%Y-%m-%d %H:%M") if clash.at else "–",
    }  # fmt: skip
    template = (
        "{field} of {record}: the table says '{ours}', the record says '{theirs}' since {when}. It was left as it is."
    )
    if clash.person:
        template = "{field} of {record}: the table says '{ours}', the record says '{theirs}' ({person}, {when}). It was left as it is."
    return Problem(clash.row, about["field"], Conflict("import.changed-since", template, **about))
