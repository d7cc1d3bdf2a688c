"""`elicit`, `rate` and `meta` on files, without an installation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tests.unit.domain.ratings.test_cooke import ASSESSMENTS, REALISATIONS

from plumbline.cli.main import main


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def answer(*words: str) -> Any:
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    written = {
        "small.dtt": ASSESSMENTS,
        "small.rls": REALISATIONS,
        "rounds.csv": "round,rater,item,rating\n1,x,a,1\n1,y,a,5\n1,x,b,4\n1,y,b,5\n2,x,a,4\n2,y,a,5\n2,x,b,5\n2,y,b,5\n",
        "ucla.csv": "rater,item,rating\nx,a,8\ny,a,9\nx,b,1\ny,b,2\n",
        "ach.csv": "evidence,hypothesis,mark,credibility\ne1,h1,II,1\ne1,h2,C,1\ne2,h1,C,0.5\ne2,h2,I,0.5\n",
        "risks.csv": "risk,likelihood_low,likelihood,likelihood_high,impact_low,impact,impact_high\nx,.1,.2,.3,1,2,3\ny,.01,.01,.02,9,9,9\n",
        "scores.csv": "option,reach,cost\na,10,100\nb,5,50\n",
        "criteria.yaml": "reach: {weight: 3}\ncost: {weight: 1, better: less}\n",
        "ahp.csv": "criterion,reach,cost\nreach,1,4\ncost,0.25,1\n",
        "forecasts.csv": "forecaster,forecast,outcome\nx,0.9,1\ny,0.9,0\n",
        "ratings.csv": "item,rater,rating\np1,x,effective\np1,y,effective\np2,x,promising\np2,y,ineffective\n",
        "studies.csv": "study,effect,se\ns1,0.5,0.2\ns2,0.1,0.1\n",
        "events.csv": "study,events_treated,total_treated,events_control,total_control\ns1,4,123,11,139\ns2,6,306,29,303\n",
    }
    for name, text in written.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_every_command_answers_with_its_numbers(files: Path) -> None:
    at = {path.name: str(path) for path in files.iterdir()}
    scored = answer("elicit", "cooke", at["small.dtt"], at["small.rls"])
    assert [expert["expert"] for expert in scored["experts"]] == ["A", "B"]
    assert {maker["kind"] for maker in scored["decision_makers"]} == {
        "equal",
        "global",
        "global-optimised",
        "item-optimised",
    }
    rounds = answer("elicit", "delphi", at["rounds.csv"])["rounds"]
    assert [[item["consensus"] for item in each["items"]] for each in rounds] == [[False, True], [True, True]]
    assert rounds[1]["items"][0]["moved"] == 1.5
    verdicts = answer("elicit", "appropriateness", at["ucla.csv"])["items"]
    assert [item["verdict"] for item in verdicts] == ["appropriate", "inappropriate"]
    assert answer("elicit", "ach", at["ach.csv"])["order"] == ["h2", "h1"]
    assert [risk["name"] for risk in answer("elicit", "risk", at["risks.csv"])["risks"]] == ["x", "y"]
    decided = answer("elicit", "decide", at["scores.csv"], at["criteria.yaml"])
    assert decided["options"][0]["saw"] == pytest.approx(0.75)
    assert answer("elicit", "ahp", at["ahp.csv"])["weights"][0]["weight"] == pytest.approx(0.8)
    assert answer("elicit", "forecasts", at["forecasts.csv"])["forecasters"][1]["score"] == pytest.approx(0.81)
    agreed = answer("rate", "agreement", at["ratings.csv"], "--instrument", "crimesolutions-programs")["agreement"][0]
    assert agreed["consensus"] == {"p1": "effective", "p2": None}
    assert {each["method"] for each in agreed["coefficients"]} == {"alpha/nominal", "kappa/none", "ac1"}
    assert answer("meta", "pool", at["studies.csv"], "--method", "fixed")["effect"] == pytest.approx(0.18)
    assert answer("meta", "pool", at["events.csv"])["rows"][0]["effect"] == pytest.approx(-0.8893, abs=5e-5)
    assert len(answer("rate", "instruments")["instruments"]) == 4


def test_without_json_a_table_is_printed(files: Path) -> None:
    lines = run("meta", "pool", str(files / "studies.csv")).stdout.splitlines()
    assert lines[0].split() == ["name", "effect", "low", "high", "weight"]
    assert [line.split()[0] for line in lines[1:]] == ["s1", "s2"]


@pytest.mark.parametrize(
    ("name", "text", "words", "sentence"),
    [
        ("x.csv", "rater,item\nx,a\n", ("elicit", "delphi"), "x.csv has no column 'rating'"),
        ("x.csv", "rater,item,rating\nx,a,four\n", ("elicit", "delphi"), "row 2, column 'rating': a number is needed"),
        ("x.csv", "rater,item,rating\nx,a,4\nx,a,5\n", ("elicit", "delphi"), "row 3, column 'rater': one rating"),
        (
            "x.csv",
            "item,rater,rating\np,x,good\np,y,bad\n",
            ("rate", "agreement", "--instrument", "euda"),
            "row 2, column 'rating'",
        ),
        (
            "x.csv",
            "evidence,hypothesis,mark\ne,a,C\ne,b,I\ne,a,I\n",
            ("elicit", "ach"),
            "row 4, column 'hypothesis': one mark",
        ),
        (
            "x.csv",
            "evidence,hypothesis,mark,credibility\ne,a,C,1\ne,b,I,0.5\n",
            ("elicit", "ach"),
            "row 3, column 'credibility': 1, as in the rows",
        ),
        (
            "x.csv",
            "evidence,hypothesis,mark,relevance\ne,a,C,-1\ne,b,I,-1\n",
            ("elicit", "ach"),
            "Credibility and relevance are 0 or more",
        ),
        ("x.csv", "c,a,b\nb,1,2\na,0.5,1\n", ("elicit", "ahp"), "row 2, column 'c': 'a', as the columns"),
        ("x.csv", "c\na\n", ("elicit", "ahp"), "square table"),
        ("x.csv", "c,a,b\na,1,2\n", ("elicit", "ahp"), "square table"),
        (
            "x.csv",
            "item,rater,rating\np,x,good\np,y,bad\n",
            ("rate", "agreement", "--weights", "linear"),
            "x.csv: weights need the order of the classes",
        ),
        ("x.csv", "study,effect,se\ns1,1,0\ns2,1,1\n", ("meta", "pool"), "Study 1, 's1'"),
        ("x.csv", "", ("meta", "pool"), "x.csv is empty"),
        ("x.csv", "forecast,outcome\n1.5,1\n", ("elicit", "forecasts"), "probabilities from 0 to 1"),
    ],
)
def test_bad_input_ends_in_one_sentence_and_two(
    tmp_path: Path, name: str, text: str, words: tuple[str, ...], sentence: str
) -> None:
    (tmp_path / name).write_text(text)
    result = run(*words, str(tmp_path / name), "--json")
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert result.stdout == ""


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    result = run("meta", "pool", str(tmp_path / "none.csv"))
    assert (result.exit_code, "There is no file" in result.stderr) == (2, True)


def test_pool_takes_means_and_names_the_row_that_does_not_fit(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    head = "Study,mean_treated,sd_treated,n_treated,mean_control,sd_control,n_control\n"
    path.write_text(head + "Edinburgh,55,47,155,75,64,156\nOrpington,27,7,31,29,4,32\n")
    found = json.loads(CliRunner().invoke(main, ["meta", "pool", str(path), "--json"]).stdout)
    assert (found["scale"], round(found["rows"][0]["effect"], 4)) == ("Hedges' g", -0.3552)
    for text, said in (
        (head + "a,1,1,9,2,1,9\nb,1,1,1,2,1,9\n", "m.csv, line 3: for each group two cases or more"),
        (
            "study,events_treated,total_treated,events_control,total_control\na,1,5,1,5\nb,6,5,1,5\n",
            "m.csv, line 3: for each group a total",
        ),
    ):
        path.write_text(text)
        ended = CliRunner().invoke(main, ["meta", "pool", str(path)])
        assert (ended.exit_code, said in ended.stderr) == (2, True)


def test_weights_go_by_the_order_of_classes_that_is_given_or_by_size(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    votes = [("low", "low"), ("mid", "high"), ("high", "high"), ("low", "mid"), ("high", "low")]
    number = {"low": "2", "mid": "9", "high": "10"}
    rows = [(f"p{i}", who, one) for i, both in enumerate(votes) for who, one in zip("xy", both, strict=True)]
    path.write_text("item,rater,rating\n" + "".join(f"{i},{who},{one}\n" for i, who, one in rows))
    named = answer("rate", "agreement", str(path), "--weights", "quadratic", "--classes", "low, mid,high")
    path.write_text("item,rater,rating\n" + "".join(f"{i},{who},{number[one]}\n" for i, who, one in rows))
    sized = answer("rate", "agreement", str(path), "--weights", "quadratic")
    assert sized["classes"] == ["2", "9", "10"]
    assert named["agreement"][0]["coefficients"] == sized["agreement"][0]["coefficients"]
    distance = [0, 1, 0, 1, 4]
    chance = sum((i - j) ** 2 * p * q for i, p in enumerate((0.4, 0.2, 0.4)) for j, q in enumerate((0.4, 0.2, 0.4)))
    kappa = next(each for each in named["agreement"][0]["coefficients"] if each["method"] == "kappa/quadratic")
    assert kappa["value"] == pytest.approx(1 - sum(distance) / 5 / chance)


def test_classes_of_ratings_are_given_once_and_by_name(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("item,rater,rating\np,x,low\np,y,high\n")
    for options, said in (
        (("--classes", "low,high", "--instrument", "crimesolutions-programs"), "give one of them"),
        (("--classes", ","), "--classes needs names apart by commas, not ','"),
        (("--classes", ""), "--classes needs names apart by commas, not ''"),
    ):
        ended = CliRunner().invoke(main, ["rate", "agreement", str(path), *options])
        assert (ended.exit_code, said in ended.stderr) == (2, True)


def test_dimension_that_an_instrument_lacks_is_refused_by_row(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("item,rater,rating,dimension\na,x,4,mechanism\na,y,3,mechanism\na,x,1,price\n")
    result = run("rate", "agreement", str(path), "--instrument", "emmie")
    assert (result.exit_code, result.stdout) == (2, "")
    assert (
        "r.csv, row 4, column 'dimension': one of effect, mechanism, moderator, implementation, economic-cost"
        in result.stderr
    )
    path.write_text("item,rater,rating,dimension\na,x,4,mechanism\na,y,3,mechanism\n")
    assert run("rate", "agreement", str(path), "--instrument", "emmie").exit_code == 0


def test_name_of_several_lines_is_quoted_on_one(tmp_path: Path) -> None:
    path = tmp_path / "ach.csv"
    path.write_text('evidence,hypothesis,mark\ne1,"port\nor sea",I\ne1,air,C\ne2,air,C\n')
    result = run("elicit", "ach", str(path))
    assert (result.exit_code, result.stderr.count("\n"), "'port or sea'" in result.stderr) == (2, 1, True)
