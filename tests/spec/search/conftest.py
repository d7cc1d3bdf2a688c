"""Every search engine that claims the behaviour, each with an empty index of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from plumbline.domain.query import parse
from plumbline.engines.search import IndexedPassage, SearchEngine, SearchRequest, SearchResult, open_engine

ENGINES = ("tantivy",)


@pytest.fixture(params=ENGINES, scope="session")
def engine_name(request: pytest.FixtureRequest) -> str:
    """The engine under test."""
    return request.param


@pytest.fixture
def engine(engine_name: str, tmp_path) -> Iterator[SearchEngine]:
    """An empty index on its own folder."""
    opened = open_engine(tmp_path / "index")
    yield opened
    opened.close()


@pytest.fixture
def passage() -> Callable[..., IndexedPassage]:
    """Make a passage from an id and what differs from a public English one."""

    def make(id_: str, text: str = "", **differs) -> IndexedPassage:
        given = {
            "work": f"w-{id_}",
            "workspace": "waste",
            "type": "report",
            "title": "",
            "heading": "",
            "language": "en",
            "ordinal": 0,
            "page": None,
            "principals": ("public",),
            **differs,
        }
        return IndexedPassage(id=id_, text=text, **given)

    return make


@pytest.fixture
def find(engine: SearchEngine) -> Callable[..., SearchResult]:
    """Search by the words a person types; the public unless `principals` says otherwise."""

    def search(text: str = "", *, fields=(), principals=frozenset({"public"}), **asks) -> SearchResult:
        return engine.search(SearchRequest(query=parse(text, facets=fields), principals=frozenset(principals), **asks))

    return search
