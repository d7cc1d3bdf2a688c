"""Illicit flows: what two countries' trade statistics say of each other, and which prices stand out."""

from plumbline.domain.flows.gaps import TradeGaps, partner_gaps
from plumbline.domain.flows.prices import PRICE_RULES, FilteredPrices, PriceRule, filter_prices

__all__ = ["PRICE_RULES", "FilteredPrices", "PriceRule", "TradeGaps", "filter_prices", "partner_gaps"]
