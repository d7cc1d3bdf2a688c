"""`recovery summary` and `recovery trace` on files, without an installation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from plumbline.cli.main import main

CASES = """asset,stage,date,amount,currency,rate
villa,traced,2010-01-01,100,EUR,1.2
villa,frozen,2010-01-11,,,
villa,confiscated,2012-01-01,90,EUR,1.1
villa,returned,2014-01-01,80,EUR,1.5
account,frozen,2011-01-01,50,USD,1
account,released,2013-01-01,,,
"""


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_summary_answers_with_standing_conversion_and_time_in_stage(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(CASES)
    (tmp_path / "d.csv").write_text("year,index\n2010,80\n2011,84\n2012,90\n2013,100\n2014,120\n")
    found = json.loads(
        run("recovery", "summary", tmp_path / "c.csv", "--deflators", tmp_path / "d.csv", "--json").stdout
    )
    standing = {each["stage"]: each for each in found["standing"]}
    assert standing["returned"]["names"] == ["villa"]
    assert standing["returned"]["original"] == {"EUR": 80}
    assert (standing["returned"]["common"], standing["returned"]["constant"]) == pytest.approx((120, 120))
    assert (standing["frozen"]["assets"], standing["released"]["assets"], found["total"]["assets"]) == (0, 1, 2)
    assert found["total"]["common"] == pytest.approx(170)
    furthest = {each["stage"]: (each["names"], each["common"], each["original"]) for each in found["furthest"]}
    assert furthest == {
        "traced": ([], 0, {}), "frozen": (["account"], 50, {"USD": 50}), "confiscated": ([], 0, {}),
        "returned": (["villa"], pytest.approx(120), {"EUR": 80}),
    }  # fmt: skip
    assert found["recovery"] == {"share": 0.5, "value_share": pytest.approx(120 / 170)}
    assert [each["assets_next"] for each in found["conversion"]] == [2, 1, 1]
    assert {"from": "frozen", "to": "released", "count": 1} in found["reversals"]
    frozen = next(each for each in found["time_in_stage"] if each["stage"] == "frozen")
    assert (frozen["stays"], frozen["staying"]["days"], frozen["median_days"]) == (2, [720, 731], 720)
    assert frozen["left_for"]["released"]["share"] == pytest.approx([0, 0.5])
    early = run("recovery", "summary", tmp_path / "c.csv", "--as-of", "2012-06-30")
    assert "confiscated: 1 assets, 99" in early.stdout
    assert "frozen: 1 assets, 50" in early.stdout


def test_trace_answers_with_accounts_rows_and_the_other_rules(tmp_path: Path) -> None:
    (tmp_path / "l.csv").write_text(
        "date,amount,tainted\n2020-01-01,100,\n2020-01-02,50,50\n2020-01-03,-130,\n2020-01-04,80,\n"
    )
    found = json.loads(run("recovery", "trace", tmp_path / "l.csv", "--rule", "libr", "--json").stdout)
    assert (found["tainted_in"], found["traceable"], found["tainted_out"]) == (50, 20, 30)
    assert found["accounts"] == [{"account": "account", "balance": 100, "traceable": 20, "lowest": 20}]
    assert found["rows"][2] == {
        "row": 4, "kind": "out", "from": "account", "to": "", "amount": 130, "tainted": 30, "from_traceable": 20,
        "to_traceable": None,
    }  # fmt: skip
    kept = {each["rule"]: each["traceable"] for each in found["compared"]}
    assert kept == pytest.approx(
        {"fifo": 20, "pro-rata": 100 * 50 / 230, "libr": 20, "haircut": 50 * 20 / 150, "poison": 100}
    )
    plain = run("recovery", "trace", tmp_path / "l.csv", "--rule", "fifo").stdout
    assert plain == "fifo: of 50 tainted, 20 traceable in accounts, 30 went out\n"


@pytest.mark.parametrize(
    ("text", "command", "sentence"),
    [
        ("asset,stage,date\na,frozen,2020-01-01\n", "summary", "x.csv has no column 'amount'"),
        ("asset,stage,date,amount\na,frozen,soon,1\n", "summary", "row 2, column 'date': a date such as"),
        ("asset,stage,date,amount\na,returned,2020-01-01,1\n", "summary", "row 2, column 'stage'"),
        ("asset,stage,date,amount\n", "summary", "line 2: a row under the column names"),
        ("asset,stage,date,amount\n,frozen,2020-01-01,1\n", "summary", "row 2, column 'asset': the name of an asset"),
        ("amount,tainted\n1000,1_00\n", "trace", "row 2, column 'tainted': an amount, yes or no"),
        ("money\n1\n", "trace", "x.csv has no column 'amount'"),
        ("from,amount\na,1\n", "trace", "x.csv has no column 'to'"),
        ("amount,tainted\n5,6\n", "trace", "row 2, column 'tainted'"),
        ("amount\n", "trace", "line 2: a row under the column names"),
    ],
)
def test_bad_input_ends_in_one_sentence_and_two(tmp_path: Path, text: str, command: str, sentence: str) -> None:
    (tmp_path / "x.csv").write_text(text)
    result = run("recovery", command, tmp_path / "x.csv", "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert sentence in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_stages_by_their_other_names_are_the_same_stages(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(CASES)
    other = CASES.replace("frozen", "Seized").replace("confiscated", "forfeited").replace("returned", "repatriated")
    (tmp_path / "o.csv").write_text(other)
    first, second = (run("recovery", "summary", tmp_path / name, "--json").stdout for name in ("c.csv", "o.csv"))
    assert first == second


def test_an_index_is_needed_for_its_base_and_holds_a_year_once(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(CASES)
    (tmp_path / "d.csv").write_text("year,index\n2010,80\n2010,90\n")
    alone = run("recovery", "summary", tmp_path / "c.csv", "--base", "2010")
    assert (alone.exit_code, "give the index with --deflators" in alone.stderr) == (2, True)
    twice = run("recovery", "summary", tmp_path / "c.csv", "--deflators", tmp_path / "d.csv")
    assert (twice.exit_code, "d.csv, row 3, column 'year'" in twice.stderr) == (2, True)


def test_a_ledger_without_taint_is_told_and_decimal_commas_are_read(tmp_path: Path) -> None:
    (tmp_path / "n.csv").write_text("amount,dirty\n100,yes\n")
    none = run("recovery", "trace", tmp_path / "n.csv")
    assert (none.exit_code, none.stdout) == (0, "libr: of 0 tainted, 0 traceable in accounts, 0 went out\n")
    assert (
        none.stderr
        == "No money of n.csv is tainted, so there is nothing to trace: mark it in the column tainted (yes, or an amount).\n"
    )
    (tmp_path / "d.csv").write_text("amount;tainted\n100,5;50,25\n")
    comma = run("recovery", "trace", tmp_path / "d.csv")
    assert (comma.stdout, comma.stderr) == ("libr: of 50.25 tainted, 50.25 traceable in accounts, 0 went out\n", "")
