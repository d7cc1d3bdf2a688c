"""Illicit flows: what two countries' trade statistics say of each other, which prices stand out, proceeds of crime."""

from plumbline.domain.flows.gaps import TradeGaps, partner_gaps
from plumbline.domain.flows.prices import PRICE_RULES, FilteredPrices, PriceRule, filter_prices
from plumbline.domain.flows.proceeds import Proceeds, ProceedsModel, estimate_proceeds
from plumbline.domain.flows.typology import FlowTypology, flow_typology

__all__ = [
    "PRICE_RULES",
    "FilteredPrices",
    "FlowTypology",
    "PriceRule",
    "Proceeds",
    "ProceedsModel",
    "TradeGaps",
    "estimate_proceeds",
    "filter_prices",
    "flow_typology",
    "partner_gaps",
]
