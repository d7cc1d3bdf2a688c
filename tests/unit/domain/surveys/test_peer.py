"""Fourteen synthetic designs answer what R's survey package answered (`python -m bench.surveys equal write` asks it again)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bench.surveys import numbers
from bench.surveys_samples import cases

from plumbline.domain.surveys import read_design, run_plan

ANSWERS = json.loads((Path(__file__).parents[3] / "data" / "surveys" / "peer.json").read_text())
CASES = cases()


@pytest.mark.parametrize("name", CASES)
def test_estimates_equal_the_peers(name: str) -> None:
    table, settings, plan = CASES[name]
    design = read_design(table, settings)
    assert len(plan) == len(ANSWERS[name])
    for entry, expected in zip(plan, ANSWERS[name], strict=True):
        found = numbers(entry, run_plan(table, design, [entry]))
        assert found == pytest.approx(
            [float("nan") if one is None else one for one in expected], rel=1e-6, nan_ok=True
        ), entry
