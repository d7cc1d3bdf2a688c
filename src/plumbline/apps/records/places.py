"""The offline gazetteer that reading and reviewing ask where a name is."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings

from plumbline.domain.extraction import Gazetteer
from plumbline.engines.gazetteer import open_gazetteer


@lru_cache(maxsize=1)
def gazetteer() -> Gazetteer:
    """Open the gazetteer of the data folder (built from its package the first time)."""
    return open_gazetteer(settings.DATA / "gazetteer")
