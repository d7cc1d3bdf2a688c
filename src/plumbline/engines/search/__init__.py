"""Full-text search of passages: `open_engine(folder)` gives the engine, `base` says what it promises."""

from __future__ import annotations

from pathlib import Path

from plumbline.engines.search.base import (
    BUILT_IN_FACETS,
    IndexedPassage,
    IndexOutdated,
    SearchEngine,
    SearchHit,
    SearchRequest,
    SearchResult,
    WriterBusy,
)

__all__ = [
    "BUILT_IN_FACETS",
    "IndexOutdated",
    "IndexedPassage",
    "SearchEngine",
    "SearchHit",
    "SearchRequest",
    "SearchResult",
    "WriterBusy",
    "discard_index",
    "open_engine",
]


def open_engine(folder: Path, *, read_only: bool = False) -> SearchEngine:
    """Open the embedded engine on `folder`, which is made when absent (a reader waits for it, answering nothing).

    Raises `IndexOutdated` when another version built the index. `read_only` engines refuse writes.
    """
    from plumbline.engines.search.tantivy import TantivyEngine

    return TantivyEngine(folder, read_only=read_only)


def discard_index(folder: Path) -> None:
    """Delete the index in `folder`, so that the caller can build it again from the records."""
    from plumbline.engines.search.tantivy import discard

    discard(folder)
