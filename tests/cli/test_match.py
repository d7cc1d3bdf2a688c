"""`match` on files, without an installation."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.persons_made import SPEC, write_persons

from plumbline.cli.main import main

pytest.importorskip("splink", reason="requirements/matching.txt is not installed")


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, list(map(str, words)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "spec.yaml").write_text(SPEC)
    return tmp_path


def pairs_of(result: Result) -> set[tuple[str, str]]:
    assert result.exit_code == 0, result.output
    return {tuple(sorted((one["one"], one["other"]))) for one in map(json.loads, result.stdout.splitlines())}


def test_rows_that_are_one_are_found_with_their_reasons(folder: Path) -> None:
    people = folder / "people 'of' here.csv"
    true = write_persons(people)
    result = run("match", people, "--spec", folder / "spec.yaml", "--save-model", folder / "m.json", "--json")
    found = pairs_of(result)
    assert len(found & true) >= 0.95 * len(true) and len(found - true) <= 2
    first = json.loads(result.stdout.splitlines()[0])
    assert {one["kind"] for one in first["reasons"]} == {"family name", "given", "born", "lat lon", "height", "sex"}
    prior = json.loads((folder / "m.json").read_text())["prior"]
    for pair in map(json.loads, result.stdout.splitlines()):
        odds = math.log2(prior / (1 - prior)) + sum(one["weight"] for one in pair["reasons"])
        assert pair["score"] == pytest.approx(1 / (1 + 2**-odds), abs=0.02)


def test_new_rows_meet_what_stands_by_the_model_of_an_earlier_run(folder: Path) -> None:
    true = write_persons(folder / "all.csv")
    lines = (folder / "all.csv").read_text().splitlines()
    again = [line for line in lines[1:] if line.partition(",")[0].endswith("b")]
    (folder / "new.csv").write_text("\n".join([lines[0], *again]))
    (folder / "old.csv").write_text("\n".join(line for line in lines if line not in again))
    spec, model = folder / "spec.yaml", folder / "model.json"
    whole = run("match", folder / "all.csv", "--spec", spec, "--save-model", model, "--json")
    new = run("match", folder / "new.csv", "--standing", folder / "old.csv", "--spec", spec, "--model", model, "--json")
    assert pairs_of(new) == pairs_of(whole)
    assert len(pairs_of(new) & true) >= 0.95 * len(true)


def test_a_model_says_the_same_again_and_a_seed_learns_the_same(folder: Path) -> None:
    write_persons(folder / "all.csv")
    spec, model = folder / "spec.yaml", folder / "model.json"
    once = run("match", folder / "all.csv", "--spec", spec, "--save-model", model, "--json")
    assert run("match", folder / "all.csv", "--spec", spec, "--model", model, "--json").stdout == once.stdout
    assert run("match", folder / "all.csv", "--spec", spec, "--json").stdout == once.stdout
    text = run("match", folder / "all.csv", "--spec", spec, "--model", model).stdout
    assert text.splitlines()[0].startswith("1.000\tp")


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("id,given\n1,x\n", "family name"),
        ("id,family name,given,born,lat,lon,height,sex\n", "it has no rows"),
        ("id,family name,given,born,lat,lon,height,sex\n,a,b,,,,,\n", "a row has no id"),
        ("id,family name,given,born,lat,lon,height,sex\n1,a,b,,,,,\n 1,a,b,,,,,\n", "two rows have one id"),
        ("id,family name,given,born,lat,lon,height,sex\n1,a,b,,,,,\n2,a,b,,,,,\n", "Nothing can be learnt"),
    ],
)
def test_tables_that_cannot_be_matched_are_refused(folder: Path, table: str, said: str) -> None:
    (folder / "t.csv").write_text(table)
    result = run("match", folder / "t.csv", "--spec", folder / "spec.yaml", "--json")
    assert (result.exit_code, said in result.stderr, result.stderr.count("\n")) == (2, True, 1), result.output


@pytest.mark.parametrize(
    ("model", "said"),
    [("{", "is no model"), ("[]", "is no model"), ('{"prior": 0.1, "columns": {"given": [[1, 1]]}}', "another spec")],
)
def test_models_of_other_specs_are_refused(folder: Path, model: str, said: str) -> None:
    write_persons(folder / "all.csv", count=20)
    (folder / "m.json").write_text(model)
    result = run("match", folder / "all.csv", "--spec", folder / "spec.yaml", "--model", folder / "m.json")
    assert (result.exit_code, said in result.stderr, result.stderr.count("\n")) == (2, True, 1), result.output
