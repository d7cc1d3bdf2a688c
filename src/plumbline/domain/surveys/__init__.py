"""Sample surveys: estimates whose errors follow from how the sample was drawn."""

from plumbline.domain.surveys.design import Design, read_design
from plumbline.domain.surveys.estimate import Estimate
from plumbline.domain.surveys.plan import run_plan

__all__ = ["Design", "Estimate", "read_design", "run_plan"]
