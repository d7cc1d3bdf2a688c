"""Trends: when a change in a series is real."""

from plumbline.domain.trends.alerts import Alerts, Baseline, FalseAlarms, Judged, find_alerts
from plumbline.domain.trends.breaks import Breaks, Segment, mean_breaks
from plumbline.domain.trends.counts import FAMILIES, CountModel, Term, count_model, seasonal_design

__all__ = [
    "FAMILIES",
    "Alerts",
    "Baseline",
    "Breaks",
    "CountModel",
    "FalseAlarms",
    "Judged",
    "Segment",
    "Term",
    "count_model",
    "find_alerts",
    "mean_breaks",
    "seasonal_design",
]
