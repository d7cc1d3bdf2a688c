"""Trends: when a change in a series is real."""

from plumbline.domain.trends.breaks import Breaks, Segment, mean_breaks

__all__ = ["Breaks", "Segment", "mean_breaks"]
