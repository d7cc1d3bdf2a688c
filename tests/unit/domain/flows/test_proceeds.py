"""Proceeds by Monte Carlo against values by hand; the typology holds together; refusals."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from plumbline.domain.errors import InvalidInput
from plumbline.domain.flows import ProceedsModel, estimate_proceeds, flow_typology
from plumbline.domain.flows.typology import DIMENSIONS

MODEL: dict[str, Any] = {
    "currency": "USD",
    "draws": 4000,
    "flows": {
        "sales": {
            "type": "drug-sales",
            "direction": "inward",
            "quantity": 100,
            "less": {"seizures": 20, "consumption": 30},
            "price": 10,
            "shares": {"residents": 0.4},
        },
        "inputs": {"type": "drug-purchases", "direction": "outward", "quantity": 7, "price": 10},
        "crossings": {
            "type": "migrant-smuggling",
            "direction": "inward",
            "quantity": 50,
            "detection": 0.25,
            "price": 3,
            "shares": {"paying": 0.5},
        },
    },
}


def changed(flow: str, key: str, value: Any) -> dict[str, Any]:
    model = copy.deepcopy(MODEL)
    model["flows"][flow][key] = value
    return model


def read(values: Any) -> ProceedsModel:
    return ProceedsModel.read(values, name="m.yaml")


def test_directions_are_never_netted() -> None:
    found = estimate_proceeds(read(MODEL))
    assert {name: values[0] for name, values in found.flows.items()} == {"sales": 200, "inputs": 70, "crossings": 300}
    assert {place: values[0] for place, values in found.totals.items()} == {
        ("inward", "generation"): 500,
        ("outward", "generation"): 70,
    }


def test_uncertainty_passes_through_to_percentiles() -> None:
    price = {"distribution": "uniform", "low": 10, "high": 20}
    model = read(changed("inputs", "price", price))
    found = estimate_proceeds(model).flows["inputs"]
    assert np.percentile(found, (5, 50, 95)) == pytest.approx(7 * np.array([10.5, 15, 19.5]), rel=0.03)
    assert np.array_equal(found, estimate_proceeds(model).flows["inputs"])


def test_draws_with_less_than_nothing_count_as_nothing_and_are_told() -> None:
    seized = {"distribution": "uniform", "low": 60, "high": 100}
    found = estimate_proceeds(read(changed("sales", "less", {"seizures": seized, "consumption": 30})))
    assert found.emptied["sales"] == pytest.approx(0.75, abs=0.03)
    assert found.flows["sales"].min() == 0
    assert found.emptied["inputs"] == 0


@pytest.mark.parametrize(
    ("flow", "key", "value", "said"),
    [
        ("sales", "type", "drugs", "m.yaml: flows.sales.type: one of misinvoicing"),
        ("sales", "direction", "outward", "flows.sales.direction: one of inward is needed here, not outward."),
        ("sales", "shares", {"residents": 1.2}, "flows.sales.shares.residents must be between 0 and 1, not 1.2."),
        ("sales", "prize", 3, "flows.sales: the keys here are type"),
        ("sales", "price", None, "flows.sales.price: a number is needed here, not nothing."),
        ("crossings", "detection", 0, "flows.crossings.detection: a number above 0"),
    ],
)
def test_what_does_not_fit_is_refused_by_file_and_key(flow: str, key: str, value: Any, said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(changed(flow, key, value))
    assert said in str(caught.value)


def test_typology_uses_only_its_own_terms() -> None:
    typology = flow_typology()
    types = {each.id: each for each in typology.types}
    assert len(types) == len(typology.types)
    assert {each.activity for each in typology.types} == set(typology.terms["activities"])
    for dimension in DIMENSIONS[1:]:
        used = {term for each in typology.types for term in getattr(each, dimension)}
        assert used == set(typology.terms[dimension]), dimension
    for estimate in typology.estimates:
        kind = types[estimate.type]
        assert estimate.direction in kind.directions
        assert estimate.phase in kind.phases
        assert estimate.method in kind.methods
        given = [each for each in (estimate.low, estimate.mid, estimate.high) if each is not None]
        assert given
        assert given == sorted(given)
        assert all(isinstance(each, float) for each in given)


def test_draws_and_seed_are_the_models_unless_asked() -> None:
    plain = {key: value for key, value in MODEL.items() if key != "draws"}
    model = read(plain)
    assert (model.draws, model.seed) == (10_000, 0)
    assert len(estimate_proceeds(model).flows["sales"]) == 10_000
    assert len(estimate_proceeds(model, draws=100).flows["sales"]) == 100
    assert (read(plain | {"draws": 100}).draws, read(plain | {"draws": 1_000_000}).draws) == (100, 1_000_000)
    for draws in (99, 1_000_001):
        with pytest.raises(InvalidInput, match="draws must be between 100 and 1000000"):
            read(plain | {"draws": draws})
    price = {"distribution": "uniform", "low": 10, "high": 20}
    unsure = read(changed("sales", "price", price) | {"seed": 5})
    drawn = estimate_proceeds(unsure).flows["sales"]
    assert (estimate_proceeds(unsure, seed=5).flows["sales"] == drawn).all()
    assert (estimate_proceeds(unsure, seed=0).flows["sales"] != drawn).any()


def test_a_market_that_sells_less_than_nothing_is_empty_and_told() -> None:
    less = {"seizures": {"distribution": "uniform", "low": 80, "high": 120}}
    found = estimate_proceeds(read(changed("sales", "less", less)), draws=4000)
    assert found.emptied["sales"] == pytest.approx(0.5, abs=0.03)
    assert found.flows["sales"].min() == 0
    assert found.emptied["inputs"] == 0


def test_a_flow_that_is_used_up_to_the_last_is_nothing_and_not_emptied() -> None:
    found = estimate_proceeds(read(changed("sales", "less", {"all": 100})), seed=1)
    assert (found.flows["sales"].max(), found.emptied["sales"]) == (0, 0)
    found = estimate_proceeds(read(changed("sales", "less", {"more": 100.5})), seed=1)
    assert (found.flows["sales"].max(), found.emptied["sales"]) == (0, 1)
