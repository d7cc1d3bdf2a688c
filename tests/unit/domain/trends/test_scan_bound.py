"""Scan: passing windows over by a bound changes no score, no p and no cluster of a plain loop over all of them."""

from __future__ import annotations

import numpy as np
import pytest

from plumbline.domain.trends import MODELS, distances, neighbours_of, scan


def _score(c: float, e: float, total: float, model: str) -> float:
    if c <= e or e == 0 or (model != "expectation-poisson" and e > total / 2):
        return 0.0
    if model == "expectation-poisson":
        return c * np.log(c / e) + e - c
    return c * np.log(c / e) + ((total - c) * np.log((total - c) / (total - e)) if c < total else 0.0)


def _highest(cases: np.ndarray, expected: np.ndarray, near: np.ndarray, model: str, longest: int, alive: bool) -> float:
    best = 0.0
    for end in [len(cases)] if alive else range(1, len(cases) + 1):
        for start in range(max(0, end - longest), end):
            for row in near:
                for size in range(1, len(row) + 1):
                    c, e = (each[start:end, row[:size]].sum() for each in (cases, expected))
                    best = max(best, _score(c, e, cases.sum(), model))
    return best


@pytest.mark.parametrize("alive", [False, True])
@pytest.mark.parametrize("model", MODELS)
def test_scores_and_p_are_those_of_a_plain_loop(model: str, alive: bool) -> None:
    random = np.random.default_rng(3)
    near = neighbours_of(distances(random.random(8), random.random(8), degrees=False), 3)
    population = random.uniform(0, 3, (6, 8))
    population[:, 2] = 0
    cases = random.poisson(population).astype(float)
    cases[2:5, near[4]] += 2
    found = scan(cases, population, near, model=model, longest=4, alive=alive, runs=20, seed=5)
    expected = population
    if model == "poisson":
        expected = population * cases.sum() / population.sum()
    elif model == "permutation":
        expected = cases.sum(axis=1, keepdims=True) * cases.sum(axis=0, keepdims=True) / cases.sum()
    score = _highest(cases, expected, near, model, 4, alive)
    assert found.clusters[0].score == pytest.approx(score)
    from plumbline.domain.trends.scan import _dealt

    chance = np.random.default_rng(5)
    higher = sum(
        _highest(_dealt(cases, expected, model, chance), expected, near, model, 4, alive) >= score - 1e-9
        for _ in range(20)
    )
    assert found.clusters[0].p == (1 + higher) / 21
