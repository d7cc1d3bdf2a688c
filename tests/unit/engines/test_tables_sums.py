"""Estimates of large files, from sums made while they are read: the same numbers as from the rows."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from plumbline.domain.surveys import read_design, run_plan
from plumbline.engines.tables import read_columns
from plumbline.engines.tables.sums import estimate_streamed

PLAN: list[dict[str, Any]] = [
    {"statistic": "mean", "variable": ["y", "z"], "by": ["region", "sex"], "interval": "z"},
    {"statistic": "total", "by": "region"},
    {"statistic": "total", "variable": "z", "domain": "age >= 3 and sex == 2", "confidence": 0.9},
    {"statistic": "ratio", "variable": "y", "denominator": "z", "by": "sex"},
    {"statistic": "proportion", "variable": "answer", "by": "sex"},
    {"statistic": "proportion", "variable": "yes", "domain": "answer != 'no'"},
]
DESIGNS: list[dict[str, Any]] = [
    {"weights": "w", "strata": "region", "clusters": "village"},
    {"weights": "w", "clusters": ["village", "house"], "fpc": ["villages", "houses"]},
    {"weights": "w", "strata": ["lonely"], "clusters": ["village"], "lonely_psu": "average"},
    {"weights": "w", "strata": ["lonely"], "clusters": ["village"], "lonely_psu": "adjust"},
]


def made(path: Path, rows: int = 600) -> Path:
    """Write a survey with missing values, codes with zeros in front, and one stratum of one village."""
    draw = np.random.default_rng(3)
    lines = ["region,village,house,villages,houses,lonely,sex,age,answer,yes,w,y,z"]
    for _ in range(rows):
        village, house = draw.integers(12), draw.integers(3)
        y = "" if draw.random() < 0.1 else f"{draw.normal(1000, 3):.4f}"
        answer = draw.choice(["yes", "no", "", "été"])
        lines.append(
            f"0{village % 3},{village},{house},40,9,{'one' if village == 7 else village % 2},{draw.integers(1, 3)},{draw.integers(1, 6)},"
            f"{answer},{draw.integers(2)},{draw.uniform(1, 4):.3f},{y},{draw.integers(1, 9)}"
        )
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("design", DESIGNS, ids=["strata", "two stages", "average", "adjust"])
def test_sums_give_the_estimates_of_the_rows(tmp_path: Path, design: dict[str, Any]) -> None:
    path = made(tmp_path / "s.csv")
    streamed = estimate_streamed(path, design, PLAN, design="d", plan_name="p")
    assert streamed is not None
    columns = read_columns(path)
    whole = read_design(columns, design)
    wanted = run_plan(columns, whole, PLAN)
    assert (streamed[0].cases, streamed[0].df()) == (len(columns), whole.df())
    for found, one in zip(streamed[1], wanted, strict=True):
        assert (found.statistic, found.variable, found.by, found.more) == (
            one.statistic,
            one.variable,
            one.by,
            one.more,
        )
        assert (found.n, found.df) == (one.n, one.df)
        for name in ("estimate", "se", "ci_low", "ci_high", "deff"):
            mine, theirs = getattr(found, name), getattr(one, name)
            assert mine == pytest.approx(theirs, rel=1e-8, abs=1e-12) or (math.isnan(mine) and math.isnan(theirs)), name


@pytest.mark.parametrize(
    ("design", "plan"),
    [
        (DESIGNS[0], [{"statistic": "quantile", "variable": "z"}]),
        (DESIGNS[0], [{"statistic": "proportion", "variable": "answer", "interval": "logit"}]),
        (DESIGNS[0], [{"statistic": "total", "variable": "answer"}]),
        ({"weights": "w", "strata": "region"}, PLAN),
        (DESIGNS[0] | {"replicates": {"type": "JK1"}}, PLAN),
        (DESIGNS[2] | {"lonely_psu": "fail"}, PLAN),
        (DESIGNS[0], [{"statistic": "mean", "variable": "y", "domain": "age > 6"}]),
    ],
)  # fmt: skip
def test_what_needs_the_rows_is_left_to_them(
    tmp_path: Path, design: dict[str, Any], plan: list[dict[str, Any]]
) -> None:
    assert estimate_streamed(made(tmp_path / "s.csv", 200), design, plan, design="d", plan_name="p") is None


@pytest.mark.parametrize("weight", ["0", "-1", "", "inf", "one"])
def test_a_weight_that_is_none_is_left_to_the_rows_which_name_it(tmp_path: Path, weight: str) -> None:
    path = tmp_path / "s.csv"
    path.write_text(f"c,w,y\n1,2,3\n2,{weight},3\n3,1,1\n")
    asked = [{"statistic": "mean", "variable": "y"}]
    assert estimate_streamed(path, {"weights": "w", "clusters": "c"}, asked, design="d", plan_name="p") is None
