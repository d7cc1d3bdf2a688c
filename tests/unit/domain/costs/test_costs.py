"""Costs of crime: arithmetic by hand, published totals that can be recomputed, uncertainty, refusals."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from plumbline.domain.costs import CostModel, compare_costs, estimate_costs
from plumbline.domain.errors import InvalidInput

MODEL: dict[str, Any] = {
    "currency": "GBP",
    "price_base": 2024,
    "deflators": {2016: 80, 2024: 100},
    "draws": 4000,
    "offences": {
        "burglary": {
            "cases": 100,
            "multiplier": 2,
            "costs": {
                "alarm": {"stage": "anticipation", "amount": 10, "year": 2024},
                "stolen": {"stage": "consequence", "amount": 40, "year": 2016, "transfer": True},
                "police": {"stage": "response", "amount": 8, "year": 2016, "payer": "public"},
                "benefit": {"stage": "consequence", "amount": 4, "year": 2024, "payer": "public", "transfer": True},
            },
            "attributable": {"alcohol": 0.25, "cocaine": 0.5},
        }
    },
}
GAMMA = {"distribution": "gamma", "mean": 8, "sd": 2}


def changed(path: str, value: Any) -> dict[str, Any]:
    model = copy.deepcopy(MODEL)
    *way, last = path.split("/")
    place: Any = model
    for step in way:
        place = place[step]
    place[last] = value
    return model


def read(values: Any, name: str = "m.yaml") -> CostModel:
    return CostModel.read(values, name=name)


def test_total_is_cases_by_multiplier_by_unit_cost_at_the_price_base() -> None:
    found = estimate_costs(read(MODEL))
    # 200 cases; social: alarm 10 + police 8 x 100/80; fiscal: police 10 + benefit 4; what was stolen is a private transfer.
    assert found.point == pytest.approx({"social": 200 * 20, "fiscal": 200 * 14})
    assert {k: v[0] for k, v in found.stages["social"].items()} == pytest.approx(
        {"anticipation": 2000, "consequence": 0, "response": 2000}
    )
    assert {k: v[0] for k, v in found.causes["fiscal"].items()} == pytest.approx({"alcohol": 700, "cocaine": 1400})
    assert found.tornado == {"social": [], "fiscal": []}


def test_the_unit_cost_of_a_homicide_is_the_published() -> None:
    """Heeks and others, Home Office Research Report 99 (2018), GBP of 2015/16; the two first parts are at second hand."""
    costs = {
        "anticipation": {"stage": "anticipation", "amount": 61_070},
        "consequence": {"stage": "consequence", "amount": 2_343_730},
        "police": {"stage": "response", "amount": 11_960, "payer": "public"},
        "justice": {"stage": "response", "amount": 800_980, "payer": "public"},
    }
    found = estimate_costs(read({"currency": "GBP", "offences": {"homicide": {"cases": 1, "costs": costs}}}))
    assert found.point == pytest.approx({"social": 3_217_740, "fiscal": 812_940})


def test_shares_of_substances_give_the_published_costs() -> None:
    """Canadian Substance Use Costs and Harms, justice costs of 2020: 10 billion CAD, printed to 0.1 billion."""
    justice = {"stage": "response", "amount": 10, "payer": "public"}
    shares = {"alcohol": 0.398, "cocaine": 0.242, "opioids": 0.113}
    offence = {"cases": 1, "costs": {"justice": justice}, "attributable": shares}
    found = estimate_costs(read({"currency": "CAD", "offences": {"all": offence}}))
    assert {cause: round(values[0], 1) for cause, values in found.causes["fiscal"].items()} == {
        "alcohol": 4.0,
        "cocaine": 2.4,
        "opioids": 1.1,
    }


def test_draws_repeat_and_centre_on_the_point_value() -> None:
    model = read(changed("offences/burglary/costs/police/amount", GAMMA))
    first, again, other = (estimate_costs(model, seed=seed).total["social"] for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    # sd of the mean: 200 x 2 x 1.25 / sqrt(4000) = 7.9
    assert first.mean() == pytest.approx(4000, abs=32)
    assert first.std() == pytest.approx(500, rel=0.06)


def test_tornado_has_the_widest_input_first() -> None:
    values = changed("offences/burglary/costs/police/amount", GAMMA)
    values["offences"]["burglary"]["cases"] = {"distribution": "uniform", "low": 0, "high": 200}
    rows = estimate_costs(read(values)).tornado["social"]
    assert [row["input"] for row in rows] == ["offences.burglary.cases", "offences.burglary.costs.police.amount"]
    assert (rows[0]["low"], rows[0]["high"]) == pytest.approx((400, 7600))


def test_attributed_costs_never_exceed_the_total() -> None:
    beta = {"distribution": "beta", "mean": 0.5, "sd": 0.25}
    found = estimate_costs(read(changed("offences/burglary/attributable", {"alcohol": beta, "cocaine": 0.5})))
    summed = np.sum(list(found.causes["social"].values()), axis=0)
    assert (summed <= found.total["social"] * (1 + 1e-12)).all()
    assert (summed > found.total["social"] * 0.999).mean() == pytest.approx(0.5, abs=0.03)


def test_inputs_that_policies_share_have_the_same_draws() -> None:
    a = changed("offences/burglary/costs/police/amount", GAMMA)
    b = copy.deepcopy(a)
    b["offences"]["burglary"]["costs"]["alarm"]["amount"] = 10.5
    found = compare_costs(read(a, "a.yaml"), read(b, "b.yaml"))["social"]
    assert found["difference"] == pytest.approx(
        {"point": -100, "mean": -100, "sd": 0, "p5": -100, "p50": -100, "p95": -100}
    )
    assert found["probability_a_cheaper"] == 1
    assert compare_costs(read(a), read(a))["fiscal"]["probability_a_cheaper"] == 0.5
    b["offences"]["burglary"]["costs"]["alarm"]["amount"] = 10
    b["offences"]["burglary"]["costs"]["police"]["amount"] = GAMMA | {"mean": 8.5}
    # Independent now: the difference is near normal, mean -125, sd 500 x sqrt 2; P(below 0) = Phi(0.177) = 0.570.
    assert compare_costs(read(a), read(b))["social"]["probability_a_cheaper"] == pytest.approx(0.57, abs=0.035)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("offences/burglary/multplier", 2, "m.yaml: offences.burglary: the keys here are cases, multiplier"),
        ("offences/burglary/cases", "many", "m.yaml: offences.burglary.cases: a number is needed here, not many."),
        ("offences/burglary/cases", True, "offences.burglary.cases: a number"),
        ("offences/burglary/cases", float("nan"), "offences.burglary.cases: a number"),
        ("offences/burglary/cases", 10**400, "offences.burglary.cases: a number"),
        ("offences/burglary/cases", -1, "offences.burglary.cases must be between 0 and inf, not -1.0."),
        ("offences/burglary/attributable/alcohol", 0.6, "sum to 1 or less are needed here, not 1.1."),
        ("offences/burglary/attributable/alcohol", GAMMA, "alcohol must be between 0 and 1, not inf."),
        ("offences/burglary/costs/police/stage", "trial", "costs.police.stage: one of anticipation, consequence"),
        ("offences/burglary/costs/police/year", 1999, "police.year: a year of the deflators (2016, 2024)"),
        ("offences/burglary/costs/police/transfer", "no", "police.transfer: true or false"),
        ("offences/burglary/costs/police", 5, "costs.police: keys with values are needed here, not 5."),
        ("offences", None, "m.yaml: offences: keys with values are needed here, not nothing."),
        ("deflators", {2016: 80}, "deflators.2024: the index of the price base"),
        ("deflators", {2016: 0, 2024: 1}, "deflators.2016: a number above 0"),
        ("price_base", 2024.5, "price_base: a whole number"),
        ("currency", 7, "currency: text is needed here"),
        ("draws", 3, "draws must be between 100"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_by_file_and_key(path: str, value: Any, said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(changed(path, value))
    assert said in str(caught.value)
    assert str(caught.value).startswith("m.yaml: ")


def test_policies_in_different_money_are_not_compared() -> None:
    with pytest.raises(InvalidInput, match=r"b.yaml: currency: the value of a.yaml \(GBP\) is needed here, not USD"):
        compare_costs(read(MODEL, "a.yaml"), read(changed("currency", "USD"), "b.yaml"))
