"""Say what belongs together: records and reports of one event, names of one person; always with the reasons.

`compare` weighs two records of a workspace; `group_reports` groups texts by the incident they tell of.
"""

from plumbline.domain.linking.people import Reason
from plumbline.domain.linking.records import (
    BLOCK_DAYS,
    BLOCK_DEGREES,
    PRIOR,
    Comparison,
    Facts,
    blocking_keys,
    compare,
    facts_of,
)
from plumbline.domain.linking.reports import Corpus, Over, Told, digest_of, group_reports, here, read_report

__all__ = [
    "BLOCK_DAYS",
    "BLOCK_DEGREES",
    "PRIOR",
    "Comparison",
    "Corpus",
    "Facts",
    "Over",
    "Reason",
    "Told",
    "blocking_keys",
    "compare",
    "digest_of",
    "facts_of",
    "group_reports",
    "here",
    "read_report",
]
