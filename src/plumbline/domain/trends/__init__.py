"""Trends in time and space: when a change in a series is real, where and when cases gather."""

from plumbline.domain.trends.breaks import Breaks, Segment, mean_breaks
from plumbline.domain.trends.knox import Knox, knox, on_a_plane
from plumbline.domain.trends.scan import (
    MODELS,
    Cluster,
    Scan,
    distances,
    expected_from_history,
    neighbours_of,
    scan,
)

__all__ = [
    "MODELS",
    "Breaks",
    "Cluster",
    "Knox",
    "Scan",
    "Segment",
    "distances",
    "expected_from_history",
    "knox",
    "mean_breaks",
    "neighbours_of",
    "on_a_plane",
    "scan",
]
