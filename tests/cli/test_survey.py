"""`plumbline survey`: one entry a cell, refusals as one sentence and exit code 2."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from plumbline.cli.surveying import survey
from plumbline.domain.errors import InvalidInput

DATA = "h,c,w,y,g\na,1,5,1,m\na,1,5,3,f\na,2,5,2,m\na,2,5,6,\nb,1,5,4,f\nb,1,5,4,f\nb,2,5,5,f\nb,2,5,7,f\n"
DESIGN = "weights: w\nstrata: [h]\nclusters: [c]\n"
PLAN = "- {statistic: total, variable: y}\n- {statistic: mean, variable: y, by: g, domain: c >= 1}\n"


def files(folder: Path, data: str = DATA, design: str = DESIGN, plan: str = PLAN) -> list[str]:
    """Write the three files; give the arguments."""
    for name, text in (("s.csv", data), ("d.yaml", design), ("p.yaml", plan)):
        (folder / name).write_text(text)
    return [
        "estimate",
        str(folder / "s.csv"),
        "--design",
        str(folder / "d.yaml"),
        "--estimates",
        str(folder / "p.yaml"),
    ]


def estimated(arguments: list[str]) -> list[dict[str, Any]]:
    """Run and read the JSON."""
    answer = CliRunner().invoke(survey, [*arguments, "--json"], catch_exceptions=False)
    return json.loads(answer.output)  # type: ignore[no-any-return]


def test_estimates_come_in_the_plans_order(tmp_path: Path) -> None:
    total, women, men = estimated(files(tmp_path))
    assert total["estimate"] == 160
    assert total["se"] == pytest.approx(800**0.5)
    assert (total["df"], total["n"], total["by"]) == (2, 8, {})
    assert total["ci_low"] == pytest.approx(160 - 4.302652729911275 * 800**0.5)
    assert (women["by"], women["n"]) == ({"g": "f"}, 5)
    assert (men["estimate"], men["flags"]) == (1.5, ["small-n"])
    shown = CliRunner().invoke(survey, files(tmp_path), catch_exceptions=False).output.splitlines()
    assert shown[0].split("\t")[:4] == ["statistic", "variable", "cell", "estimate"]
    assert shown[2].startswith("mean\ty\tg=f\t4.6\t")


def test_a_refusal_is_one_sentence_and_exit_code_2(tmp_path: Path, run: Callable[..., Any]) -> None:
    told = run("survey", *files(tmp_path, data=DATA.replace("a,1,5,1,m", "a,1,0,1,m")), "--json")
    assert told.code == 2
    assert told.told == (
        "s.csv, row 2, column 'w': a weight above zero is needed here, not '0'. Mend the cell and run it again.\n"
    )


@pytest.mark.parametrize(
    ("data", "plan", "said"),
    [
        (
            DATA.replace("a,1,5,1,m", "a,1,5,one,m"),
            PLAN,
            "s.csv, row 2, column 'y': a number is needed here, not 'one'",
        ),
        (DATA, "- {statistic: mean, variable: z}", "s.csv has no column 'z'"),
        (DATA, "statistic: mean", "p.yaml: estimates: a list of estimates is needed here"),
        (DATA, "- [mean, y]", "p.yaml, estimate 1: settings: a mapping of settings is needed here"),
        ("h,c,w,y,g\n", PLAN, "s.csv is empty"),
    ],
)
def test_bad_input(tmp_path: Path, data: str, plan: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        estimated(files(tmp_path, data=data, plan=plan))
