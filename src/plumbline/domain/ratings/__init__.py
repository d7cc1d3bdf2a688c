"""Expert judgement and the rating of evidence: who to weigh, when a panel agrees, what several studies say together.

Options, hypotheses, risks and forecasts are weighed in `plumbline.domain.ratings.weighing`.
"""

from plumbline.domain.ratings.agreement import cohen_kappa, consensus, fleiss_kappa, krippendorff_alpha
from plumbline.domain.ratings.cooke import classical_model, read_study
from plumbline.domain.ratings.delphi import Rules, appropriateness, kendall_w, summarise_round
from plumbline.domain.ratings.instruments import get_instrument
from plumbline.domain.ratings.meta import pool

__all__ = [
    "Rules",
    "appropriateness",
    "classical_model",
    "cohen_kappa",
    "consensus",
    "fleiss_kappa",
    "get_instrument",
    "kendall_w",
    "krippendorff_alpha",
    "pool",
    "read_study",
    "summarise_round",
]
