"""Tests of apps run on SQLite and on PostgreSQL; each begins with nothing worked out by the one before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.factories import House, a_house

from plumbline.domain.access import Viewer


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    """Clear what reads keep in memory: ids of classes come back after a rollback with another meaning."""
    from plumbline.apps.library.board import forget_boards
    from plumbline.apps.spine.queries import clear_caches

    clear_caches()
    forget_boards()
    yield
    clear_caches()
    forget_boards()


@pytest.fixture
def administrator() -> Viewer:
    """An administrator of the installation, of the police."""
    return Viewer(
        "person:administrator",
        frozenset({"public", "community", "org:police", "person:administrator"}),
        administrator=True,
    )


@pytest.fixture
def house(db: None) -> House:
    """Organisations, people with roles, and a workspace with a field of every kind."""
    return a_house()


@pytest.fixture(autouse=True)
def index(tmp_path: Path, settings: Any) -> Iterator[None]:
    """A data folder, and so a search index, that this test has to itself: numbers of works come back after a rollback."""
    from plumbline.apps.library.indexing import reading_index

    settings.DATA = tmp_path
    reading_index.cache_clear()
    yield
    if reading_index.cache_info().currsize:
        reading_index().close()
        reading_index.cache_clear()
