"""Count models against R and a published example."""

from __future__ import annotations

import numpy as np
import pytest

from plumbline.domain.errors import InvalidInput
from plumbline.domain.trends import count_model, seasonal_design

SPREAD = np.array([0, 3, 1, 7, 2, 12, 5, 0, 9, 4, 20, 1, 6, 2, 15, 8], dtype=float)
# Acute coronary episodes in Sicily, months of 2002 to November 2006, and the population standardised by age
# (J. Lopez Bernal, S. Cummins and A. Gasparrini, International Journal of Epidemiology 46 (2017) 348-355).
EPISODES = (
    728, 659, 791, 734, 757, 726, 760, 740, 720, 814, 795, 858, 887, 766, 851, 769, 781, 756, 766, 752, 765, 831, 879, 928,
    914, 808, 937, 840, 916, 828, 845, 818, 860, 839, 887, 886, 831, 796, 833, 820, 877, 758, 767, 738, 781, 843, 850, 908,
    1021, 859, 976, 888, 962, 838, 810, 876, 843, 936, 912,
)  # fmt: skip
PEOPLE = (
    379875.3, 376495.5, 377040.8, 377116.4, 377383.4, 374113.1, 379513.3, 376295.5, 374653.2, 378485.6, 375955.5, 378349.7,
    376762.4, 379032.3, 379360.4, 376162, 377972.4, 381830.7, 379888.6, 380872.2, 380966.9, 381240.4, 382104.9, 381802.7,
    381656.3, 383680, 383504.2, 386462.9, 383783.1, 380836.8, 383483, 380906.2, 382926.8, 384052.4, 384449.6, 383428.4,
    388153.2, 388373.2, 386470.1, 386033.2, 383686.4, 385509.3, 385901.9, 386516.6, 388436.5, 383255.2, 390148.7, 385874.9,
    391613.6, 391750.4, 394005.6, 391364.9, 391664.6, 389022.3, 391878.5, 388575.3, 392989, 390018.8, 390712.3,
)  # fmt: skip


@pytest.mark.parametrize(
    ("family", "estimate", "error", "deviance", "aic"),
    [
        ("poisson", 0.08067752202, 0.02318406896, 70.5368764, 122.69486127),
        ("negative-binomial", 0.09375126885, 0.05115223177, 18.2299202, 94.74028867),
    ],
)
def test_models_equal_those_of_r(family: str, estimate: float, error: float, deviance: float, aic: float) -> None:
    """R's glm and MASS::glm.nb 7.3-58.2 on the same numbers."""
    found = count_model(SPREAD, *seasonal_design(16), family=family)
    assert (found.terms[1].estimate, found.terms[1].error) == pytest.approx((estimate, error), rel=1e-5)
    assert (found.deviance, found.aic) == pytest.approx((deviance, aic), rel=1e-6)
    if family == "negative-binomial":
        assert found.theta == pytest.approx(1.465361102, rel=1e-6)


def test_the_smoking_ban_of_sicily_has_the_published_ratio() -> None:
    design, names = seasonal_design(59)
    design = np.column_stack([design, np.arange(1, 60) > 36])
    people = np.array(PEOPLE)
    found = count_model(np.array(EPISODES, dtype=float), design, (*names, "ban"), family="poisson", exposure=people)
    assert (found.terms[2].ratio, found.terms[2].low, found.terms[2].high) == pytest.approx(
        (0.89, 0.86, 0.93), abs=0.005
    )


def test_even_counts_have_no_excess_and_quasi_poisson_widens_errors() -> None:
    even = count_model(np.array([5.0, 6, 5, 4, 5, 6, 5, 5]), *seasonal_design(8))
    assert even.theta == np.inf
    plain, wide = (count_model(SPREAD, *seasonal_design(16), family=each) for each in ("poisson", "quasi-poisson"))
    assert wide.terms[1].error == pytest.approx(plain.terms[1].error * wide.dispersion**0.5)
    assert wide.aic is None


def test_a_planted_season_and_trend_are_found() -> None:
    t = np.arange(1, 241)
    counts = np.random.default_rng(1).poisson(np.exp(3 + 0.004 * t + 0.4 * np.sin(2 * np.pi * t / 12))).astype(float)
    terms = {each.name: each for each in count_model(counts, *seasonal_design(240, harmonics=1)).terms}
    assert terms["trend"].estimate == pytest.approx(0.004, abs=0.0006)
    assert terms["sin1"].estimate == pytest.approx(0.4, abs=0.05)


def test_more_terms_than_rows_are_refused() -> None:
    with pytest.raises(InvalidInput, match="3 or more are needed here for 2 terms, not 2"):
        count_model(np.ones(2), *seasonal_design(2))
    with pytest.raises(InvalidInput, match="harmonics must be between 0 and 6, not 7"):
        seasonal_design(50, harmonics=7)


@pytest.mark.parametrize("period", [2, 4, 7, 12])
def test_all_harmonics_of_a_period_tell_every_season_apart(period: int) -> None:
    """As many terms as rows a season: any seasonal pattern is met exactly, that of up and down by turns among them."""
    design, names = seasonal_design(3 * period, period=period, harmonics=period // 2, trend=False)
    assert design.shape == (3 * period, period)
    assert len(set(names)) == period
    assert np.linalg.cond(design) < 3
    pattern = np.tile(np.random.default_rng(period).normal(size=period), 3)
    left = pattern - design @ np.linalg.lstsq(design, pattern, rcond=None)[0]
    assert np.abs(left).max() < 1e-12
