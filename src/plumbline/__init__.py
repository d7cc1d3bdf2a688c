"""Plumbline: the evidence platform of a crime and justice institute."""

__version__ = "0.1.0"
