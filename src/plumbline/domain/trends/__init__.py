"""Trends in time and space: when a change in a series is real, where and when cases gather."""

from plumbline.domain.trends.alerts import Alerts, Baseline, FalseAlarms, Judged, find_alerts
from plumbline.domain.trends.breaks import Breaks, Segment, mean_breaks
from plumbline.domain.trends.counts import FAMILIES, CountModel, Term, count_model, seasonal_design
from plumbline.domain.trends.knox import Knox, knox, on_a_plane
from plumbline.domain.trends.scan import MODELS, Cluster, Scan, distances, expected_from_history, neighbours_of, scan

__all__ = [
    "FAMILIES",
    "MODELS",
    "Alerts",
    "Baseline",
    "Breaks",
    "Cluster",
    "CountModel",
    "FalseAlarms",
    "Judged",
    "Knox",
    "Scan",
    "Segment",
    "Term",
    "count_model",
    "distances",
    "expected_from_history",
    "find_alerts",
    "knox",
    "mean_breaks",
    "neighbours_of",
    "on_a_plane",
    "scan",
    "seasonal_design",
]
