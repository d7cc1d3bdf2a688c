"""What a search engine for passages promises: one index of passages, one request, hits without raw scores.

A viewer brings principals; a passage is seen when its `principals` and the viewer's meet and its `hidden_from` and
the viewer's do not. Totals, facets, positions and order follow from visible passages alone: adding or deleting a
passage that the viewer cannot see changes nothing that the viewer gets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol, TypeAlias

from plumbline.domain.errors import Conflict, PlumblineError
from plumbline.domain.query import Everything, Node

BUILT_IN_FACETS = ("language", "type", "work", "workspace", "year")
FACET_VALUES = 50
"""Values returned for a facet: the most frequent first, equal counts by value."""


class WriterBusy(Conflict):
    """Another process writes to this index; nothing was written, try again when it has finished."""


class IndexOutdated(PlumblineError):
    """The index was built by another version and must be rebuilt from the records (`discard_index`, then add all)."""


class IndexedPassage(NamedTuple):
    """A passage as the index needs it.

    `ordinal` is its position in the work from 0, `page` the page from 1, `date` an ISO date, month or year
    ("2011-03-01", "2011-03", "2011"), `language` a lower-case ISO 639 code, `facets` name -> values (a repeated
    value counts once), `arrived` when it came to its readers, in milliseconds since 1970. Adding a passage whose `id`
    is there replaces it.
    """

    id: str
    work: str
    workspace: str
    type: str
    text: str
    title: str
    heading: str
    language: str
    ordinal: int
    page: int | None
    principals: tuple[str, ...]
    hidden_from: tuple[str, ...] = ()
    facets: Mapping[str, tuple[str, ...]] = {}
    date: str | None = None
    arrived: int = 0


Sort: TypeAlias = Literal["rank", "date", "arrived"]


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What is asked, by whom (`principals`), and what is to come back.

    `workspaces`: ids to look in, empty for all. `filters`: facet name -> any of these values, names joined by AND;
    names are those of `IndexedPassage.facets` and `BUILT_IN_FACETS`. `date_from`, `date_to`: ISO dates, both
    included; a passage without a date is then left out. `language`: the language that the query is probably in,
    ranked first; None when unknown. `sort`: 'rank', 'date' with the newest first and undated last, or 'arrived' with what
    came last first. `arrived_after`: only what came later, in milliseconds since 1970. `highlight`: whether to look for
    the stretches that matched.
    """

    query: Node = field(default_factory=Everything)
    principals: frozenset[str] = frozenset()
    workspaces: tuple[str, ...] = ()
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    date_from: str | None = None
    date_to: str | None = None
    facets: tuple[str, ...] = ()
    language: str | None = None
    sort: Sort = "rank"
    arrived_after: int | None = None
    highlight: bool = True
    offset: int = 0
    limit: int = 20


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A passage found; `rank` is its position from 1, `highlights` are (start, end) in `text`, in order, apart."""

    id: str
    work: str
    rank: int
    text: str
    highlights: tuple[tuple[int, int], ...]
    title: str
    heading: str
    page: int | None
    language: str
    date: str | None
    workspace: str
    arrived: int = 0


@dataclass(frozen=True, slots=True)
class SearchResult:
    """`total` visible passages that match; `facets` name -> (value, visible passages with it), at most 50 a facet."""

    total: int
    hits: tuple[SearchHit, ...]
    facets: Mapping[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Alike:
    """The words that tell a text from what is visible, the most telling first, and the passages that share most of them."""

    words: tuple[str, ...]
    hits: tuple[SearchHit, ...]


class SearchEngine(Protocol):
    """One index of passages. Writes are seen by nobody before `commit`, then by every process at its next search.

    `add`, `replace_works`, `delete_passages` and `commit` raise `WriterBusy` while another process writes. What was deleted and added
    between two commits appears at once.
    """

    capabilities: frozenset[str]

    def add(self, passages: Iterable[IndexedPassage]) -> int:
        """Add or replace passages; returns how many."""

    def replace_works(self, works: Iterable[str], passages: Iterable[IndexedPassage] = ()) -> int:
        """Make `passages`, each id once, all that there is of these works; returns how many."""

    def delete_passages(self, ids: Iterable[str]) -> None:
        """Delete these passages."""

    def commit(self) -> None:
        """Make everything since the last commit durable and visible, or nothing of it."""

    def search(self, request: SearchRequest) -> SearchResult:
        """Answer a request from the newest commit."""

    def alike(self, text: str, language: str, request: SearchRequest) -> Alike:
        """Find the passages within a request that use the same telling words as a text, the most alike first."""

    def close(self) -> None:
        """Let go of the writer's lock; uncommitted writes are dropped."""
