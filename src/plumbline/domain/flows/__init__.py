"""Illicit flows: what two countries' trade statistics say of each other."""

from plumbline.domain.flows.gaps import TradeGaps, partner_gaps

__all__ = ["TradeGaps", "partner_gaps"]
