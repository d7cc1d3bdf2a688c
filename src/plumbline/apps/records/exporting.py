"""Writes records out as CSV, XLSX, GeoJSON or JSON Lines, a chunk at a time, so that memory stays flat.

Every format tells the same: values, where each was read, who may see it, and on top what it is, of which day, and the
strictest mark inside, which the whole file must be handled by. Only what the viewer may see is written.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from plumbline.apps.library.ties import ties_of_all
from plumbline.apps.records import queries
from plumbline.apps.records.presenting import ShownRecord, ShownValue
from plumbline.apps.records.serialising import records_as_data
from plumbline.apps.records.stamps import HEAD, stamp_of
from plumbline.apps.spine.queries import installation
from plumbline.apps.spine.tables import CHUNK, TABLES, Cell, Sheets, csv_parts, spoken, workbook_parts
from plumbline.domain.access import LEVELS, Viewer
from plumbline.domain.blueprints import Field, RecordType, localised

if TYPE_CHECKING:
    from plumbline.apps.records.queries import Filter
    from plumbline.apps.spine.models import Workspace

MEDIA_TYPES = {
    **TABLES,
    "geojson": "application/geo+json",
    "jsonl": "application/jsonl; charset=utf-8",
}
FRAME = ("id", HEAD, "title", "type", "status", "url", "mark", "owner", "audience")
"""The heads that every table begins with, before those of the type's fields."""
TIES = "ties"
"""The head of the last column of tables: records of other workspaces that are one with this, or name one actor."""
Row = tuple[ShownRecord, dict[str, Any]]


@dataclass(frozen=True)
class About:
    """What an export is: whose, of which workspace and type, when, how many records, how to handle it."""

    source: str
    workspace: str
    type: str
    written_at: str
    records: int
    mark: str

    def as_data(self) -> dict[str, Any]:
        """Give it as plain data."""
        return {
            "source": self.source, "workspace": self.workspace, "type": self.type, "written_at": self.written_at,
            "records": self.records, "strictest_mark": self.mark,
        }  # fmt: skip

    def line(self) -> str:
        """Say it in one line."""
        return _("%(source)s: %(workspace)s, %(type)s; %(records)s records, written %(when)s; strictest mark inside: %(mark)s") % {
            "source": self.source, "workspace": self.workspace, "type": self.type, "records": self.records,
            "when": self.written_at, "mark": self.mark,
        }  # fmt: skip


def export_records(
    viewer: Viewer, workspace: Workspace, type_id: str, chosen: Filter, form: str, *, language: str,
    sort: str = "-date", base: str = "",
) -> Iterator[bytes]:  # fmt: skip
    """Write the records of a type within a filter as `form` (csv, xlsx, geojson, jsonl), chunk by chunk.

    `base` is the scheme and host that addresses begin with. Texts are in `language`.
    """
    record_type = queries.type_of(workspace, type_id)
    keys = queries.keys_of(viewer, workspace, type_id, chosen, sort=sort)
    tied = [one.level for some in ties_of_all(keys, viewer).values() for one in some]
    level = max([queries.strictest_level(viewer, workspace, type_id, chosen), *tied], key=LEVELS.index)
    with translation.override(language):
        about = _about(workspace, record_type, len(keys), level)
    rows = _rows(keys, viewer, workspace, language, base, in_words=form in TABLES)
    return spoken(_WRITERS[form](rows, record_type, about), language)


def _about(workspace: Workspace, record_type: RecordType, count: int, level: str) -> About:
    found, language = installation(), translation.get_language() or "en"
    now = timezone.localtime().replace(microsecond=0).isoformat()
    return About(
        found.name if found else "Plumbline", localised(workspace.title, language),
        localised(record_type.plural, language), now, count, f"TLP:{level}",
    )  # fmt: skip


def _rows(
    keys: list[int], viewer: Viewer, workspace: Workspace, language: str, base: str, *, in_words: bool
) -> Iterator[Row]:
    for at in range(0, len(keys), CHUNK):
        some = keys[at : at + CHUNK]
        found = queries.entries_by_pk(viewer, workspace, some)
        with translation.override(language):
            data = records_as_data([found[key] for key in some if key in found], viewer, base=base)
        yield from ((shown, known | {HEAD: _stamp(shown, in_words)}) for shown, known in data)


def _stamp(shown: ShownRecord, in_words: bool) -> str:
    """Write what a row held; `in_words`: tables hold of a text in languages what is shown, the others all of it."""
    fields = shown.fields.values()
    said = ((one.field, [value.value for value in one.values], one.text if in_words else "") for one in fields)
    return stamp_of(shown.entry.public_id, said)


# -- Columns ----------------------------------------------------------------------------------------------------------


_PARTS: Mapping[str, tuple[str, ...]] = {
    "date": ("start", "end", "precision"),
    "place": ("lat", "lon", "country", "precision"),
    "quantity": ("low", "high", "unit"),
}


def machine_parts(field: Field) -> tuple[str, ...]:
    """The columns that a machine reads of a field, beside its words; "id" is the value itself."""
    ids = ("id",) if field.type in ("term", "country", "relation", "passage") else ()
    return _PARTS.get(field.type, ids)


def _part(value: Any, part: str) -> Cell:
    found: Cell = value if part == "id" else value.get(part)
    return found


def heads(record_type: RecordType) -> list[str]:
    """Give the heads of the columns of tables: ids of fields, so that programs find them in any language."""
    names = list(FRAME)
    for name, field in record_type.fields.items():
        names += [name, *(f"{name}_{part}" for part in machine_parts(field)), f"{name}_mark", f"{name}_sources"]
    return [*names, TIES]


def cells(shown: ShownRecord, data: Mapping[str, Any]) -> list[Cell]:
    """Give one record as a row under `heads`; several values of a field stand in one cell, apart by '; '."""
    mark = data["mark"]
    row: list[Cell] = [
        data["id"], data[HEAD], data["title"], data["type"], data["status"], data["url"], f"TLP:{mark['level']}",
        mark["owner"] or "", " ".join(mark["audience"]),
    ]  # fmt: skip
    for name, one in shown.fields.items():
        values = data["fields"].get(name, [])
        row.append(one.text)
        row += [_joined([_part(value.value, part) for value in one.values]) for part in machine_parts(one.field)]
        row.append("; ".join(dict.fromkeys(f"TLP:{value['mark']['level']}" for value in values)))
        row.append(" | ".join(dict.fromkeys(_said_by(claim) for value in values for claim in value["claims"])))
    return [
        *row,
        " | ".join(f"{one['kind']}: {one['workspace']}/{one['other']} <{one['url']}>" for one in data["ties"]),
    ]


def _joined(found: list[Cell]) -> Cell:
    if len(found) == 1:
        return found[0]
    return "; ".join("" if one is None else str(one) for one in found)


def _said_by(claim: Mapping[str, Any]) -> str:
    """Say where a claim comes from: the citation and its permanent link, else the person who said so."""
    if claim["source"]:
        return f"{claim['source']['citation']} <{claim['source']['url']}>"
    return _("entered by %(person)s") % {"person": claim["person"]} if claim["person"] else claim["extractor"] or ""


CLAIM_HEADS = (
    "record", "record_title", "field", "value", "status", "confidence", "mark", "owner", "person", "extractor",
    "work", "work_title", "citation", "passage_url", "quote",
)  # fmt: skip


def _claim_rows(data: Mapping[str, Any]) -> Iterator[list[Cell]]:
    for name, values in data["fields"].items():
        for value in values:
            for claim in value["claims"]:
                source = claim["source"] or {}
                yield [
                    data["id"], data["title"], name, value["text"], claim["status"], claim["confidence"],
                    f"TLP:{claim['mark']['level']}", claim["mark"]["owner"] or "", claim["person"] or "",
                    claim["extractor"] or "", source.get("work", ""), source.get("work_title", ""),
                    source.get("citation", ""), source.get("url", ""), source.get("quote", ""),
                ]  # fmt: skip


# -- Formats ----------------------------------------------------------------------------------------------------------


def _csv(rows: Iterable[Row], record_type: RecordType, about: About) -> Iterator[bytes]:
    yield from csv_parts(about.line(), heads(record_type), (cells(shown, data) for shown, data in rows))


def _jsonl(rows: Iterable[Row], record_type: RecordType, about: About) -> Iterator[bytes]:
    yield _line({"about": about.as_data()})
    for _shown, data in rows:
        yield _line(data)


def _line(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False).encode() + b"\n"


def _geojson(rows: Iterable[Row], record_type: RecordType, about: About) -> Iterator[bytes]:
    yield b'{"type": "FeatureCollection",\n"about": ' + _line(about.as_data()).rstrip() + b',\n"features": [\n'
    before = b""
    for shown, data in rows:
        feature = {"type": "Feature", "id": data["id"], "geometry": _point(shown), "properties": data}
        yield before + _line(feature).rstrip()
        before = b",\n"
    yield b"\n]}\n"


def _point(shown: ShownRecord) -> dict[str, Any] | None:
    """The place of an event as a GeoJSON point (longitude first); None where it has no coordinates."""
    where = shown.said("event", "where")
    value: ShownValue | None = where.values[0] if where and where.values else None
    if value is None or value.value.get("lat") is None or value.value.get("lon") is None:
        return None
    return {"type": "Point", "coordinates": [value.value["lon"], value.value["lat"]]}


def _xlsx(rows: Iterable[Row], record_type: RecordType, about: About) -> Iterator[bytes]:
    def write(book: Any) -> None:
        records = Sheets(book, _("Records"), heads(record_type))
        claims = Sheets(book, _("Claims"), CLAIM_HEADS)
        for shown, data in rows:
            records.add(cells(shown, data))
            for claim in _claim_rows(data):
                claims.add(claim)
        told = Sheets(book, _("About"), ("about", about.line()))
        for name, value in about.as_data().items():
            told.add([name, value])

    yield from workbook_parts(f"{about.workspace}: {about.type}", about.source, about.line(), write)


_WRITERS: Mapping[str, Callable[[Iterable[Row], RecordType, About], Iterator[bytes]]] = {
    "csv": _csv,
    "xlsx": _xlsx,
    "geojson": _geojson,
    "jsonl": _jsonl,
}
