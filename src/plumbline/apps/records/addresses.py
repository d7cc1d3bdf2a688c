"""Filters in addresses: how list, map, timeline, counts, export and API read them, and how pages write them.

`q`, `<facet>=value` (repeated), `from`, `to`, `year` (repeated), `bbox=west,south,east,north`, `status` (repeated),
`without=<facet>` (repeated: no value of it), `sort`, `page`, `show=<column>` (repeated: the columns of the list); and what the views of maps and counts keep to themselves. A field of a blueprint that bears one of these names cannot be filtered by.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.http import QueryDict

from plumbline.apps.records.queries import OPEN, STATUSES, Filter
from plumbline.domain.blueprints import Blueprint, Field, RecordType, parse_form_value
from plumbline.domain.errors import InvalidInput

OWN = frozenset(
    {"q", "from", "to", "year", "bbox", "status", "without", "sort", "page", "zoom", "rows", "columns", "view", "size"}
    | {"by", "measure", "classes", "legs", "split", "show"}
)
OF_VIEWS = ("rows", "columns", "by", "measure", "classes", "legs", "split")
"""What only one view of the records reads, and the addresses of others leave out."""
SORTS = ("-date", "date", "title", "-title", "-updated_at", "updated_at")


@dataclass(frozen=True)
class Asked:
    """What an address asks for; `errors` holds by parameter what was not understood and so left out."""

    chosen: Filter
    sort: str = "-date"
    page: int = 1
    errors: Mapping[str, InvalidInput] = field(default_factory=dict)

    def refuse_errors(self) -> None:
        """Raise the first error, for callers that answer with nothing else (export, API)."""
        for error in self.errors.values():
            raise error


def facets_of(record_type: RecordType) -> dict[str, Field]:
    """Give the fields of a type that lists may be narrowed by, in the order of the blueprint."""
    return {name: one for name, one in record_type.fields.items() if one.facet and name not in OWN}


def read_address(query: QueryDict, record_type: RecordType, blueprint: Blueprint) -> Asked:
    """Read filter, sort key and page off an address; what is not understood is left out and told in `errors`."""
    errors: dict[str, InvalidInput] = {}
    read = {name: _try(name, reader, query, blueprint, errors) for name, reader in _READERS.items()}
    facets = {name: tuple(dict.fromkeys(query.getlist(name))) for name in facets_of(record_type) if query.getlist(name)}
    chosen = Filter(
        text=query.get("q", "").strip(), facets=facets, date_from=read["from"], date_to=read["to"], box=read["bbox"],
        statuses=tuple(read["status"] or OPEN), years=tuple(read["year"] or ()),
        without=tuple(name for name in dict.fromkeys(query.getlist("without")) if name in facets_of(record_type)),
    )  # fmt: skip
    sort = query.get("sort", "-date")
    return Asked(chosen, sort if sort in SORTS else "-date", read["page"] or 1, errors)


def _try(name: str, reader: Any, query: QueryDict, blueprint: Blueprint, errors: dict[str, InvalidInput]) -> Any:
    if not query.get(name):
        return None
    try:
        return reader(query, blueprint)
    except InvalidInput as error:
        errors[name] = error
        return None


def _day(name: str, end: str, query: QueryDict, blueprint: Blueprint) -> date:
    asked = Field(id=name, type="date", label={"en": {"from": "From", "to": "To"}[name]})
    value = parse_form_value(asked, {"value": str(query[name])}, blueprint=blueprint)
    return date.fromisoformat(value[end])


def _box(query: QueryDict, _: Blueprint) -> tuple[float, float, float, float]:
    try:
        west, south, east, north = (float(part) for part in str(query["bbox"]).split(","))
    except ValueError:
        raise InvalidInput(
            "list.bbox", "{bbox} is no box. Write west,south,east,north in degrees.", bbox=query["bbox"]
        ) from None
    if not (-90 <= south <= north <= 90) or not all(abs(side) <= 540 for side in (west, east)):
        raise InvalidInput("list.bbox", "{bbox} is no box. Write west,south,east,north in degrees.", bbox=query["bbox"])
    return (-180.0, south, 180.0, north) if east - west >= 360 else (_turned(west), south, _turned(east), north)


def _turned(degrees: float) -> float:
    return degrees if abs(degrees) <= 180 else (degrees + 180) % 360 - 180


def _statuses(query: QueryDict, _: Blueprint) -> list[str]:
    asked = list(dict.fromkeys(query.getlist("status")))
    if unknown := [one for one in asked if one not in STATUSES]:
        raise InvalidInput(
            "list.status", "{status} is no status. Choose of {known}.", status=unknown[0], known=", ".join(STATUSES)
        )
    return asked


def _years(query: QueryDict, _: Blueprint) -> list[int]:
    asked = query.getlist("year")
    if wrong := [one for one in asked if not (one.isdecimal() and 0 < int(one) < 10000)]:
        raise InvalidInput("list.year", "{year} is no year. Write it as 2011.", year=wrong[0])
    return [int(one) for one in asked]


def _page(query: QueryDict, _: Blueprint) -> int:
    asked = str(query["page"])
    return max(1, min(int(asked), 10**6)) if asked.isdecimal() else 1


_READERS: Mapping[str, Any] = {
    "from": lambda query, blueprint: _day("from", "start", query, blueprint),
    "to": lambda query, blueprint: _day("to", "end", query, blueprint),
    "bbox": _box,
    "status": _statuses,
    "year": _years,
    "page": _page,
}


def kept(query: QueryDict, *without: str, **changes: Any) -> str:
    """Write the filters of an address as a query string, page left out, parameters `without` dropped, some changed.

    A change to None drops the parameter, a list or tuple repeats it.
    """
    copy = query.copy()
    for name in ("page", "zoom", *without):
        copy.pop(name, None)
    for name, value in changes.items():
        values = value if isinstance(value, list | tuple) else [value]
        copy.setlist(name, [str(one) for one in values if one not in (None, "")])
    return copy.urlencode()


def toggled(query: QueryDict, name: str, value: str) -> str:
    """Write the query string with one value of a parameter added, or taken out where it was chosen."""
    chosen = query.getlist(name)
    return kept(query, **{name: [one for one in chosen if one != value] if value in chosen else [*chosen, value]})
