"""Searching passages: the index finds, the sharing rule checks again, and what is shown is read from the record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast
from urllib.parse import urlencode

from plumbline.apps.library.indexing import reading_index, works_being_tightened
from plumbline.apps.library.queries import ShownPassage, passages_by_id
from plumbline.apps.spine.queries import search_principals
from plumbline.apps.spine.queries import workspaces as known_workspaces
from plumbline.domain.access import Viewer
from plumbline.domain.errors import InvalidInput
from plumbline.domain.query import And, Everything, FieldIs, InField, Node, Not, Or, parse
from plumbline.engines.search.base import SearchHit, SearchRequest, SearchResult, Sort

FACETS = ("language", "type", "year", "publisher", "format", "workspace")
SORTS = ("rank", "date", "arrived")
COLUMNS = ("work", "date", "publisher", "author", "language", "heading", "page", "workspace", "copies", "mark")
"""What a table of hits may show beside the passage, in its order."""
NOWHERE = "?"
"""No slug: no workspace is called so."""


@dataclass(frozen=True)
class Asked:
    """What a search asks for, as it stands in the address of the search page.

    `since`: only what arrived later, in milliseconds since 1970.
    """

    text: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    date_from: date | None = None
    date_to: date | None = None
    sort: str = "rank"
    since: int | None = None

    @classmethod
    def read(cls, query: Mapping[str, Sequence[str]]) -> Asked:
        """Read the parameters of an address, each with its values; raises InvalidInput at a date that is none."""
        one = {name: values[-1].strip() for name, values in query.items() if values}
        since = int(one["since"]) if one.get("since", "").isdecimal() and len(one["since"]) < 15 else None
        sort = one.get("sort", "")
        return cls(
            one.get("q", ""), {name: tuple(query[name]) for name in FACETS if query.get(name)},
            _day(one.get("from", "")), _day(one.get("to", "")),
            sort if sort in SORTS else "rank" if since is None else "arrived", since,
        )  # fmt: skip

    def as_query(self) -> dict[str, list[str]]:
        """Give the parameters of the address, without `since`."""
        days = {"from": self.date_from, "to": self.date_to}
        return {
            "q": [self.text], **{name: list(values) for name, values in self.filters.items()},
            **{name: [day.isoformat()] for name, day in days.items() if day},
            **({"sort": [self.sort]} if self.sort != "rank" else {}),
        }  # fmt: skip

    def address(self, page: str, **more: str | Sequence[str]) -> str:
        """Write the address of a page that shows this search."""
        return f"{page}?{urlencode(self.as_query() | more, doseq=True)}"


def _day(given: str) -> date | None:
    if not given:
        return None
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise InvalidInput("search.date", "{value} is no date. Write it as 2011-03-05.", value=given) from None


@dataclass(frozen=True)
class Hit:
    """A passage found, as the viewer may read it, with the stretches that matched."""

    passage: ShownPassage
    rank: int
    highlights: tuple[tuple[int, int], ...]
    workspace: str
    date: str | None
    arrived: int = 0


@dataclass(frozen=True)
class Found:
    """What a search gave: how many visible passages, a page of them, counts by facet."""

    total: int
    hits: tuple[Hit, ...]
    facets: Mapping[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)


def search_passages(
    text: str,
    viewer: Viewer,
    *,
    workspaces: tuple[str, ...] = (),
    filters: Mapping[str, tuple[str, ...]] | None = None,
    date_from: date | None = None,
    date_to: date | None = None,
    sort: str = "rank",
    offset: int = 0,
    limit: int = 20,
) -> Found:
    """Search what the viewer may see; raises QuerySyntaxError with the place in the query that is wrong."""
    asked = Asked(text, filters or {}, date_from, date_to, sort)
    return search_asked(asked, viewer, workspaces, offset=offset, limit=limit)


def search_asked(
    asked: Asked, viewer: Viewer, workspaces: tuple[str, ...] = (), *, offset: int = 0, limit: int = 20, facets: bool = True
) -> Found:  # fmt: skip
    """Search what the viewer may see for what is asked, in some workspaces or (none named) in all."""
    query = parse(asked.text, facets=FACETS)
    return found_for(query, asked, viewer, workspaces, offset=offset, limit=limit, facets=FACETS if facets else ())


def found_for(query: Node, asked: Asked, viewer: Viewer, workspaces: tuple[str, ...], **options: Any) -> Found:
    """Search for a query within the filters of what is asked, and read the passages found as the viewer may."""
    result = indexed(query, asked, viewer, workspaces, **options)
    known = _known(viewer)
    return Found(result.total, _read(result.hits, viewer, known), _facets(result.facets, known))


def read_hits(hits: Sequence[SearchHit], viewer: Viewer) -> tuple[Hit, ...]:
    """Read passages that the index found as the viewer may, without those that they may not see."""
    return _read(hits, viewer, _known(viewer))


def _known(viewer: Viewer) -> set[str]:
    """Give the slugs of the workspaces that the viewer may know of: neither hits nor facets name another."""
    return set(known_workspaces(viewer).values_list("slug", flat=True))


def _facets(
    facets: Mapping[str, tuple[tuple[str, int], ...]], known: set[str]
) -> dict[str, tuple[tuple[str, int], ...]]:
    return {name: tuple(one for one in rows if name != "workspace" or one[0] in known) for name, rows in facets.items()}


def _read(hits: Sequence[SearchHit], viewer: Viewer, known: set[str]) -> tuple[Hit, ...]:
    """Read the passages found as the viewer may."""
    shown = passages_by_id([hit.id.rstrip("+") for hit in hits], viewer)
    where = {hit.workspace: hit.workspace if hit.workspace in known else "" for hit in hits}
    return tuple(
        Hit(shown[hit.id.rstrip("+")], hit.rank, hit.highlights, where[hit.workspace], hit.date, hit.arrived)
        for hit in hits
        if hit.id.rstrip("+") in shown
    )


def indexed(query: Node, asked: Asked, viewer: Viewer, workspaces: tuple[str, ...], **options: Any) -> SearchResult:
    """Ask the index for what the viewer may see; to be shown to nobody before it is read from the record."""
    return reading_index().search(_request(query, asked, viewer, workspaces, **options))


def _request(query: Node, asked: Asked, viewer: Viewer, workspaces: tuple[str, ...], **options: Any) -> SearchRequest:
    """Say to the index what is asked, by whom.

    Works being withheld from readers are left out until the index has followed: neither hit nor count tells of them.
    """
    query, filters = _within_known(query, viewer), dict(asked.filters)
    if "workspace" in filters:
        known = _known(viewer)
        filters["workspace"] = tuple(one for one in filters["workspace"] if one in known) or (NOWHERE,)
    if late := works_being_tightened():
        query = And((query, *(Not(FieldIs("work", work)) for work in late)))
    return SearchRequest(
        query, search_principals(viewer), workspaces, filters,
        asked.date_from.isoformat() if asked.date_from else None, asked.date_to.isoformat() if asked.date_to else None,
        language=viewer.language, sort=cast(Sort, asked.sort) if asked.sort in SORTS else "rank",
        arrived_after=asked.since, **options,
    )  # fmt: skip


def _within_known(node: Node, viewer: Viewer) -> Node:
    """Ask for a workspace that the viewer may not know of as for one that is not there."""
    match node:
        case And(items) | Or(items):
            return type(node)(tuple(_within_known(one, viewer) for one in items))
        case Not(item):
            return Not(_within_known(item, viewer))
        case InField(field, item):
            return InField(field, _within_known(item, viewer))
        case FieldIs("workspace", value) if value not in _known(viewer):
            return FieldIs("workspace", NOWHERE)
    return node


def like_passage(passage: ShownPassage, viewer: Viewer, most: int = 8) -> tuple[tuple[str, ...], list[Hit]]:
    """Give the words that tell a passage, as the viewer may read it, and the passages of other works that share most."""
    words, hits = _alike(passage.text, passage.language, passage.work, viewer, most)
    return words, hits[:most]


def like_work(shown: Sequence[ShownPassage], viewer: Viewer, most: int = 8) -> tuple[tuple[str, ...], list[Hit]]:
    """Give the words that tell a work, by its passages as the viewer may read them, and the best passage of others alike."""
    if not shown:
        return (), []
    languages = [one.language for one in shown]
    text = "\n\n".join(one.text for one in shown)
    words, hits = _alike(text, max(set(languages), key=languages.count), shown[0].work, viewer, most * 6)
    return words, list({hit.passage.work: hit for hit in reversed(hits)}.values())[::-1][:most]


def _alike(text: str, language: str, but: str, viewer: Viewer, most: int) -> tuple[tuple[str, ...], list[Hit]]:
    query = And((Everything(), Not(FieldIs("work", but))))
    found = reading_index().alike(text, language, _request(query, Asked(), viewer, (), limit=most))
    return found.words, list(_read(found.hits, viewer, _known(viewer)))
