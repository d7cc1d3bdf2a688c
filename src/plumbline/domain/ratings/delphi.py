"""Delphi rounds and RAND/UCLA appropriateness: when a panel agrees, and whether its answers still move.

Sources: I. R. Diamond et al., Defining consensus, Journal of Clinical Epidemiology 67 (2014) 401-409, for the rules;
K. Fitch et al., The RAND/UCLA Appropriateness Method User's Manual (RAND MR-1269, 2001), pages 56-62, for IPRAS;
M. G. Kendall and B. Babington Smith, Annals of Mathematical Statistics 10 (1939) 275-287, for W.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2, rankdata

from plumbline.domain.errors import InvalidInput

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Rules:
    """Say when a panel agrees on an item rated `low` to `high`.

    `iqr`: the interquartile range is at most this; `share`: at least this share of the panel is in the top `top` points of
    the scale; `stability`: the median moved at most this much since the round before.
    """

    low: float = 1
    high: float = 5
    iqr: float = 1
    top: int = 2
    share: float = 0.75
    stability: float = 0.5


@dataclass(frozen=True)
class ItemRound:
    """Hold one item in one round: its spread, the rules met, and how far the median moved since the round before."""

    item: str
    round: int
    n: int
    median: float
    q1: float
    q3: float
    mean: float
    cv: float
    top_share: float
    consensus: bool
    moved: float | None
    stable: bool | None


@dataclass(frozen=True)
class Concordance:
    """Hold Kendall's W of a round over its items (0 none, 1 full), with ties, its chi-squared and p."""

    round: int
    raters: int
    items: int
    w: float
    chi2: float
    p: float


@dataclass(frozen=True)
class Appropriateness:
    """Hold the RAND/UCLA judgement of one indication rated 1 to 9; `low` and `high` are the 30th and the 70th percentile."""

    item: str
    n: int
    median: float
    low: float
    high: float
    ipr: float
    ipras: float
    disagreement: bool
    verdict: str


def summarise_round(
    ratings: Floats, items: tuple[str, ...], *, number: int, rules: Rules, before: Floats | None = None
) -> tuple[ItemRound, ...]:
    """Summarise one round, (raters, items) with nan where a rater did not answer; `before` is the round before."""
    out = []
    for column, item in enumerate(items):
        votes = ratings[:, column][np.isfinite(ratings[:, column])]
        if not len(votes):
            raise InvalidInput("delphi.no-votes", "Round {round} has no rating of '{item}'.", round=number, item=item)
        outside = (votes < rules.low) | (votes > rules.high)
        if outside.any():
            raise InvalidInput(
                "delphi.off-scale",
                "Round {round}, '{item}': {value} is not on the scale {low} to {high}. Mend it or name the scale.",
                round=number, item=item, value=float(votes[outside][0]), low=rules.low, high=rules.high,
            )  # fmt: skip
        q1, median, q3 = np.quantile(votes, [0.25, 0.5, 0.75])
        top = float((votes > rules.high - rules.top).mean())
        earlier = None if before is None else before[:, column][np.isfinite(before[:, column])]
        moved = None if earlier is None or not len(earlier) else float(abs(median - np.median(earlier)))
        spread = float(votes.std(ddof=1) / votes.mean()) if len(votes) > 1 and votes.mean() else 0.0
        out.append(
            ItemRound(
                item, number, len(votes), float(median), float(q1), float(q3), float(votes.mean()), spread, top,
                bool(q3 - q1 <= rules.iqr and top >= rules.share),
                moved, None if moved is None else moved <= rules.stability,
            )
        )  # fmt: skip
    return tuple(out)


def kendall_w(ratings: Floats, *, number: int = 1) -> Concordance:
    """Give Kendall's coefficient of concordance of raters, (raters, items), complete raters only, ties corrected.

    >>> kendall_w(np.array([[1.0, 2, 3], [1, 2, 3], [1, 2, 3]])).w
    1.0
    """
    complete = ratings[np.isfinite(ratings).all(axis=1)]
    m, n = complete.shape
    if m < 2 or n < 2:
        raise InvalidInput(
            "delphi.too-few",
            "Round {round}: agreement needs two raters who answered all of at least two items.",
            round=number,
        )
    ranks = np.array([rankdata(row) for row in complete])
    sums = ranks.sum(axis=0)
    ties = sum((counts**3 - counts).sum() for counts in (np.unique(row, return_counts=True)[1] for row in ranks))
    divisor = m**2 * (n**3 - n) - m * ties
    w = float(12 * ((sums - sums.mean()) ** 2).sum() / divisor) if divisor else 1.0
    statistic = m * (n - 1) * w
    return Concordance(number, m, n, w, float(statistic), float(chi2.sf(statistic, n - 1)))


def appropriateness(ratings: Floats, items: tuple[str, ...]) -> tuple[Appropriateness, ...]:
    """Judge indications rated 1 to 9, (raters, items), by the RAND/UCLA method with the IPRAS test of disagreement.

    IPR is the range between the 30th and the 70th percentile; IPRAS = 2.35 + 1.5 times the distance of its centre from 5;
    a panel disagrees where IPR exceeds IPRAS. Without disagreement a median of 7-9 is appropriate, 4-6 uncertain, 1-3
    inappropriate; with it every indication is uncertain.
    """
    out = []
    for item, row in zip(items, summarise_round(ratings, items, number=1, rules=Rules(low=1, high=9)), strict=True):
        votes = ratings[:, items.index(item)]
        low, high = (float(each) for each in np.quantile(votes[np.isfinite(votes)], [0.3, 0.7]))
        ipras = 2.35 + 1.5 * abs(5 - (low + high) / 2)
        disagreement = high - low > ipras
        verdict = (
            "uncertain" if disagreement or 3 < row.median < 7 else "appropriate" if row.median >= 7 else "inappropriate"
        )
        out.append(Appropriateness(item, row.n, row.median, low, high, high - low, ipras, disagreement, verdict))
    return tuple(out)
