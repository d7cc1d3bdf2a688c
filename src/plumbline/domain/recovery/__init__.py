"""Asset recovery: where assets stand on their way back, and how tainted money is traced through accounts."""

from plumbline.domain.recovery.durations import Durations, durations, interval
from plumbline.domain.recovery.stages import STAGES, STANDINGS, Asset, Recovery, read_cases
from plumbline.domain.recovery.tracing import TRACING_RULES, Move, Trace, read_ledger, trace

__all__ = [
    "STAGES",
    "STANDINGS",
    "TRACING_RULES",
    "Asset",
    "Durations",
    "Move",
    "Recovery",
    "Trace",
    "durations",
    "interval",
    "read_cases",
    "read_ledger",
    "trace",
]
