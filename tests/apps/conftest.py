"""Tests of apps run on SQLite and on PostgreSQL; each begins with nothing worked out by the one before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from plumbline.domain.access import Viewer


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    """Clear what reads keep in memory: ids of classes come back after a rollback with another meaning."""
    from plumbline.apps.spine.queries import clear_caches

    clear_caches()
    yield
    clear_caches()


@pytest.fixture
def administrator() -> Viewer:
    """An administrator of the installation, of the police."""
    return Viewer(
        "person:administrator",
        frozenset({"public", "community", "org:police", "person:administrator"}),
        administrator=True,
    )
