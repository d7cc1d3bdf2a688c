"""Searching passages: the index finds, the sharing rule checks again, and what is shown is read from the record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from plumbline.apps.library.indexing import reading_index, works_being_tightened
from plumbline.apps.library.queries import ShownPassage, passages_by_id
from plumbline.apps.spine.queries import search_principals
from plumbline.domain.access import Viewer
from plumbline.domain.query import And, FieldIs, Not, parse
from plumbline.engines.search.base import SearchRequest

FACETS = ("language", "type", "year", "publisher", "format", "workspace")


@dataclass(frozen=True)
class Hit:
    """A passage found, as the viewer may read it, with the stretches that matched."""

    passage: ShownPassage
    rank: int
    highlights: tuple[tuple[int, int], ...]
    workspace: str
    date: str | None


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
    """Search what the viewer may see; raises QuerySyntaxError with the place in the query that is wrong.

    Works being withheld from readers are left out until the index has followed: neither hit nor count tells of them.
    """
    query = parse(text, facets=FACETS)
    if late := works_being_tightened():
        query = And((query, *(Not(FieldIs("work", work)) for work in late)))
    request = SearchRequest(
        query, search_principals(viewer), workspaces, dict(filters or {}),
        date_from.isoformat() if date_from else None, date_to.isoformat() if date_to else None,
        facets=FACETS, language=viewer.language, sort="date" if sort == "date" else "rank", offset=offset, limit=limit,
    )  # fmt: skip
    result = reading_index().search(request)
    shown = passages_by_id([hit.id.rstrip("+") for hit in result.hits], viewer)
    hits = tuple(
        Hit(shown[hit.id.rstrip("+")], hit.rank, hit.highlights, hit.workspace, hit.date)
        for hit in result.hits
        if hit.id.rstrip("+") in shown
    )
    return Found(result.total, hits, result.facets)
