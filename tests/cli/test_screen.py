"""`screen` on files, without an installation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from plumbline.cli.main import main

LIST = "id,name,dob,country\n07,Vladimir Shcherbakov,1961-02-03,RU\n8,Vladimir Shcherbakov,1988-05-06,BY\n9,Ahmed Hassan,,EG\n"


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def test_candidates_come_with_score_and_reasons(tmp_path: Path) -> None:
    (tmp_path / "l.csv").write_text(LIST)
    (tmp_path / "q.csv").write_text(
        "id,name,dob\na,Щербаков Владимир,1988-05-06\nb,Zzyzx Qwrty,\nc,,\n", encoding="utf-8"
    )
    result = run("screen", str(tmp_path / "q.csv"), str(tmp_path / "l.csv"), "--json")
    first, second, third = (json.loads(line) for line in result.stdout.splitlines())
    assert [each["id"] for each in first["candidates"]] == ["8", "07"]
    assert {"kind": "dob", "detail": "1988-05-06 1988-05-06", "weight": 0.04} in first["candidates"][0]["reasons"]
    assert first["candidates"][0]["score"] > first["candidates"][1]["score"]
    assert (second["candidates"], third["candidates"]) == ([], [])
    assert (
        "a Щербаков Владимир: Vladimir Shcherbakov (8"
        in run("screen", str(tmp_path / "q.csv"), str(tmp_path / "l.csv")).stdout
    )


@pytest.mark.parametrize(
    ("queries", "problem"),
    [("id,title\n1,x\n", "name"), ("name\nx\n", "id"), ("id,name\n,x\n", "id"), ("", "empty")],
)
def test_tables_without_id_or_name_are_refused(tmp_path: Path, queries: str, problem: str) -> None:
    (tmp_path / "l.csv").write_text(LIST)
    (tmp_path / "q.csv").write_text(queries)
    result = run("screen", str(tmp_path / "q.csv"), str(tmp_path / "l.csv"), "--json")
    assert (result.exit_code, problem in result.stderr, result.stderr.count("\n")) == (2, True, 1)
