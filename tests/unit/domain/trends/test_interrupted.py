"""Interrupted series against statsmodels, and planted changes."""

from __future__ import annotations

import numpy as np
import pytest

from plumbline.domain.errors import InvalidInput
from plumbline.domain.trends import interrupted

# Acute coronary episodes in Sicily, months from January 2002, smoking ban from row 37 (International Journal of
# Epidemiology 46 (2017) 348-355).
EPISODES = np.array(
    [
        "728",
        "659",
        "791",
        "734",
        "757",
        "726",
        "760",
        "740",
        "720",
        "814",
        "795",
        "858",
        "887",
        "766",
        "851",
        "769",
        "781",
        "756",
        "766",
        "752",
        "765",
        "831",
        "879",
        "928",
        "914",
        "808",
        "937",
        "840",
        "916",
        "828",
        "845",
        "818",
        "860",
        "839",
        "887",
        "886",
        "831",
        "796",
        "833",
        "820",
        "877",
        "758",
        "767",
        "738",
        "781",
        "843",
        "850",
        "908",
        "1021",
        "859",
        "976",
        "888",
        "962",
        "838",
        "810",
        "876",
        "843",
        "936",
        "912",
    ],
    dtype=float,
)


@pytest.mark.parametrize(
    ("method", "estimates", "errors"),
    [
        (
            "newey-west",
            (728.473016, 4.45341055, -92.281815, 0.687893794),
            (15.3191976, 0.70547334, 30.2968673, 1.785887),
        ),
        ("ar1", (728.897868, 4.41208500, -89.2892721, 0.598779224), (23.1622578, 1.08596342, 34.8067720, 2.39303688)),
    ],
)
def test_terms_and_errors_equal_those_of_statsmodels(
    method: str, estimates: tuple[float, ...], errors: tuple[float, ...]
) -> None:
    """OLS with HAC errors of 3 lags and small-sample correction, and GLS with AR(1), both by statsmodels 0.15."""
    found = interrupted(EPISODES, 37, method=method, lags=3)
    assert [each.estimate for each in found.terms] == pytest.approx(estimates, rel=1e-6)
    assert [each.error for each in found.terms] == pytest.approx(errors, rel=1e-6)
    assert found.rho == pytest.approx(0.219, abs=0.001)


def test_planted_changes_and_their_sum_are_found() -> None:
    t = np.arange(1, 101)
    since = t - 61
    series = (
        10 + 0.1 * t - 5.0 * (since >= 0) + 0.2 * np.maximum(since, 0) + np.random.default_rng(1).normal(0, 0.1, 100)
    )
    found = interrupted(series, 61)
    assert [each.estimate for each in found.terms[2:]] == pytest.approx([-5, 0.2], abs=0.1)
    assert found.total.estimate == pytest.approx(-5 * 40 + 0.2 * sum(range(40)), abs=4)
    assert found.lags == 4


def test_an_interruption_at_the_edge_is_refused() -> None:
    with pytest.raises(InvalidInput, match="at must be between 4 and 57, not 58"):
        interrupted(EPISODES, 58)


def test_a_value_beyond_all_others_leaves_no_error_below_nought() -> None:
    values = np.array([9.0, 10, 11] * 4 + [2.0, 3, 4] * 4)
    values[-1] = 1e30
    found = interrupted(values, 13)
    assert min(term.error for term in found.terms) >= 0
