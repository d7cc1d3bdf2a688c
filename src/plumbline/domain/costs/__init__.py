"""Costs of crime: unit cost x cases x multiplier by stage, what a cause is answerable for, two policies compared."""

from plumbline.domain.costs.estimating import CostEstimate, compare_costs, estimate_costs
from plumbline.domain.costs.model import STAGES, VIEWS, CostModel

__all__ = ["STAGES", "VIEWS", "CostEstimate", "CostModel", "compare_costs", "estimate_costs"]
