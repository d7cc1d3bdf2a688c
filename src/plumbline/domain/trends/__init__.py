"""Trends in time and space: when a change in a series is real, where and when cases gather."""

from plumbline.domain.trends.alerts import Alerts, Baseline, FalseAlarms, Judged, find_alerts
from plumbline.domain.trends.breaks import Breaks, Segment, mean_breaks
from plumbline.domain.trends.counts import FAMILIES, CountModel, Term, count_model, seasonal_design
from plumbline.domain.trends.displacement import ROLES, Counted, Difference, Displaced, displacement
from plumbline.domain.trends.interrupted import Change, Interrupted, interrupted
from plumbline.domain.trends.knox import Knox, knox, on_a_plane
from plumbline.domain.trends.scan import MODELS, Cluster, Scan, distances, expected_from_history, neighbours_of, scan

__all__ = [
    "FAMILIES",
    "MODELS",
    "ROLES",
    "Alerts",
    "Baseline",
    "Breaks",
    "Change",
    "Cluster",
    "CountModel",
    "Counted",
    "Difference",
    "Displaced",
    "FalseAlarms",
    "Interrupted",
    "Judged",
    "Knox",
    "Scan",
    "Segment",
    "Term",
    "count_model",
    "displacement",
    "distances",
    "expected_from_history",
    "find_alerts",
    "interrupted",
    "knox",
    "mean_breaks",
    "neighbours_of",
    "on_a_plane",
    "scan",
    "seasonal_design",
]
