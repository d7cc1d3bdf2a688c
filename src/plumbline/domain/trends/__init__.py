"""Trends in time and space: when a change in a series is real, where and when cases gather."""

from plumbline.domain.trends.alerts import Alerts, Baseline, FalseAlarms, Judged, find_alerts
from plumbline.domain.trends.breaks import Breaks, Segment, mean_breaks
from plumbline.domain.trends.counts import FAMILIES, CountModel, Term, count_model, seasonal_design
from plumbline.domain.trends.displacement import ROLES, Counted, Difference, Displaced, displacement
from plumbline.domain.trends.interrupted import Change, Interrupted, interrupted
from plumbline.domain.trends.kernel import Surface, contours, kernel_density, rule_of_thumb
from plumbline.domain.trends.knox import Knox, knox, on_a_plane
from plumbline.domain.trends.scan import MODELS, Cluster, Scan, distances, expected_from_history, neighbours_of, scan
from plumbline.domain.trends.space import (
    LOCAL,
    Gathering,
    Neighbours,
    Spot,
    getis_ord,
    moran,
    near_by_distance,
    near_by_list,
    near_by_number,
    spots,
)

__all__ = [
    "FAMILIES",
    "LOCAL",
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
    "Gathering",
    "Interrupted",
    "Judged",
    "Knox",
    "Neighbours",
    "Scan",
    "Segment",
    "Spot",
    "Surface",
    "Term",
    "contours",
    "count_model",
    "displacement",
    "distances",
    "expected_from_history",
    "find_alerts",
    "getis_ord",
    "interrupted",
    "kernel_density",
    "knox",
    "mean_breaks",
    "moran",
    "near_by_distance",
    "near_by_list",
    "near_by_number",
    "neighbours_of",
    "on_a_plane",
    "rule_of_thumb",
    "scan",
    "seasonal_design",
    "spots",
]
