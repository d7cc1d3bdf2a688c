"""`cost estimate` and `cost compare` on files, without an installation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from plumbline.cli.main import main

MODEL = """currency: GBP
draws: 1000
offences:
  burglary:
    cases: 100
    costs:
      police: {stage: response, payer: public, amount: {distribution: gamma, mean: 8, sd: 2}}
    attributable: {alcohol: 0.25}
"""


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_estimate_and_compare_answer_by_view(tmp_path: Path) -> None:
    a, b = tmp_path / "a.yaml", tmp_path / "b.yaml"
    a.write_text(MODEL)
    b.write_text(MODEL.replace("100\n", "110\n").replace("currency", "title: More\ncurrency"))
    found = json.loads(run("cost", "estimate", a, "--json", "--seed", "3").stdout)
    assert (found["title"], found["seed"], found["draws"]) == ("a.yaml", 3, 1000)
    assert found["social"]["total"]["point"] == pytest.approx(800)
    assert found["fiscal"]["causes"][0]["cause"] == "alcohol"
    assert found["fiscal"]["tornado"][0]["input"] == "offences.burglary.costs.police.amount"
    assert run("cost", "estimate", a).stdout.startswith("social: 800 GBP (")
    compared = json.loads(run("cost", "compare", a, b, "--json").stdout)
    assert compared["social"]["difference"]["point"] == pytest.approx(-80)
    assert "cheaper with probability" in run("cost", "compare", a, b).stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "m.yaml: (all): keys with values are needed here, not nothing."),
        ("[1, 2]", "m.yaml: (all): keys"),
        ("currency: [", "m.yaml, line 1"),
        (MODEL.replace("0.25", "1.25"), "alcohol must be between 0 and 1, not 1.25."),
    ],
)
def test_bad_models_end_with_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "m.yaml").write_text(text)
    ended = run("cost", "estimate", tmp_path / "m.yaml")
    assert ended.exit_code == 2
    assert said in ended.stderr
    assert ended.stderr.count("\n") == 1
