"""`flows gap` and `trend breaks` on files, without an installation."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from plumbline.cli import flows as flow_commands
from plumbline.cli.main import main
from plumbline.domain.flows import panel as panels
from plumbline.engines.tables import blocks

TRADE = "importer,exporter,year,imports,exports\nA,B,2017,106,90\nA,C,2017,,5\nC,A,2017,53,\n"


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def test_gap_answers_with_rows_totals_and_one_sided_trade(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(TRADE)
    result = run("flows", "gap", str(tmp_path / "t.csv"), "--cif", "0.06", "--cif", "0.1", "--json")
    found = json.loads(result.stdout)
    row = found["rows"][0]
    assert (row["importer"], row["exporter"], row["year"]) == ("A", "B", 2017)
    assert (row["gap_import"], row["gap_export"]) == pytest.approx((10, -10))
    assert (row["import_invoicing"], row["export_invoicing"]) == ("over", "under")
    assert (found["orphaned"], found["lost"]) == ({"rows": 1, "value": pytest.approx(50)}, {"rows": 1, "value": 5})
    assert [each["net"] for each in found["sensitivity"]] == pytest.approx([10, 106 / 1.1 - 90])
    assert "1 pairs, gross 10, net 10" in run("flows", "gap", str(tmp_path / "t.csv")).stdout


def test_repeated_pairs_are_told_beside_the_result(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(TRADE + "A,B,2017,106,90\n")
    result = run("flows", "gap", str(tmp_path / "t.csv"), "--json")
    assert (result.exit_code, json.loads(result.stdout)["totals"]["repeated"]) == (0, 1)
    assert "1 rows repeat a pair" in result.stderr


COPIED = """COPY (SELECT * FROM (VALUES ('A', 'B', 2017, '01', 106.0, 90.0, 4), ('A', 'C', 2017, '01', 53, 60, NULL),
    ('B', 'A', 2018, '01', NULL, 7, 1), ('C', 'A', 2018, '01', 10.6, 'nan'::DOUBLE, 2), ('D', 'A', 2018, '02', 0, 4, NULL), ('D', 'A', 2018, '02', 0, 4, NULL),
    ('D', 'B', 2018, '02', NULL, NULL, 1))
    AS t(importer, exporter, year, commodity, imports, exports, reexports)) TO '{}' (FORMAT parquet)"""


@pytest.mark.parametrize("column", ["imports", "exports", "reexports"])
def test_nan_of_any_streamed_column_is_not_reported(tmp_path: Path, column: str) -> None:
    path = tmp_path / "t.parquet"
    duckdb.sql(COPIED.format(path).replace("'nan'::DOUBLE", "8.0"))
    table = duckdb.sql(
        f"SELECT * REPLACE (CASE WHEN importer = 'A' THEN 'nan'::DOUBLE ELSE {column} END AS {column}) FROM '{path}'"
    )
    table.write_parquet(str(tmp_path / "n.parquet"))
    held = json.loads(run("flows", "gap", str(tmp_path / "n.parquet"), "--json").stdout)
    streamed = run("flows", "gap", str(tmp_path / "n.parquet"), "--out", str(tmp_path / "o.csv"), "--json", "--repeats")
    found = json.loads(streamed.stdout)
    assert found["totals"] == pytest.approx(held["totals"])
    assert [found[side] for side in ("orphaned", "lost")] == [held[side] for side in ("orphaned", "lost")]
    assert "nan" not in (tmp_path / "o.csv").read_text()


def test_a_streamed_gap_starts_without_the_packages_of_other_analyses() -> None:
    """Loading them all took longer than ten million rows."""
    code = "import sys, plumbline.cli.flows; print([name for name in sys.modules if name.split('.')[0] == 'scipy'])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize("kind", ["parquet", "csv"])
@pytest.mark.parametrize("more", [[], ["--zero-is-missing"], ["--cif", "0.1", "--cif", "0", "--repeats"]])
def test_gap_of_a_streamed_file_equals_that_of_the_same_file_in_memory(
    tmp_path: Path, more: list[str], kind: str
) -> None:
    path, out = tmp_path / f"t.{kind}", tmp_path / f"it's.{kind}"
    duckdb.sql(COPIED.format(path).replace("FORMAT parquet", f"FORMAT {kind}"))
    held = json.loads(run("flows", "gap", str(path), *more, "--json").stdout)
    streamed = json.loads(run("flows", "gap", str(path), *more, "--out", str(out), "--json").stdout)
    assert held["unreported"] == {"rows": 1}
    assert held["totals"]["raw_gap"] == pytest.approx(
        106 - 90 + 53 - 60 + 2 * (0 - 4) + (0 if "--zero-is-missing" not in more else 8)
    )
    for name in ("cif", "orphaned", "lost", "unreported"):
        assert streamed[name] == held[name]
    repeated = {"repeated": 1 if "--repeats" in more else None}
    assert streamed["totals"] == pytest.approx(held["totals"] | repeated)
    for name in ("by_year", "sensitivity"):
        assert [pytest.approx(row) for row in held[name]] == streamed[name]
    texts = "types = {'commodity': 'VARCHAR'}" if kind == "csv" else "file_row_number = false"
    columns = duckdb.sql(f"SELECT * FROM read_{kind}('{tmp_path}/it''s.{kind}', {texts})")
    rows = [dict(zip(columns.columns, row, strict=True)) for row in columns.fetchall()]
    assert len(rows) == len(held["rows"])
    key = sorted(held["rows"][0])
    assert sorted(tuple(row[name] for name in key) for row in rows) == sorted(
        tuple(pytest.approx(row[name]) if isinstance(row[name], float) else row[name] for name in key)
        for row in held["rows"]
    )
    assert run("flows", "gap", str(path), "--out", str(out)).stdout == run("flows", "gap", str(path)).stdout


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ("imports = -1", "row 3, column 'imports': a value of 0 or more is needed here, not '-1"),
        ("exports = 'inf'", "row 3, column 'exports': a number is needed here, not 'inf'"),
        ("exports = 1e61", "row 3, column 'exports': a number of at most 1e+60 is needed here, not '1e+61'"),
    ],
)
def test_a_bad_cell_of_a_streamed_file_is_named_by_its_row(tmp_path: Path, changed: str, said: str) -> None:
    path = tmp_path / "t.parquet"
    with duckdb.connect(":memory:") as connection:
        connection.execute(COPIED.format(path))
        connection.execute(f"CREATE TABLE t AS FROM read_parquet('{path}')")
        connection.execute(f"UPDATE t SET {changed} WHERE importer = 'A' AND exporter = 'C'")
        connection.execute(f"COPY t TO '{path}' (FORMAT parquet)")
    result = run("flows", "gap", str(path), "--out", str(tmp_path / "o.parquet"))
    assert result.exit_code == 2
    assert said in result.stderr
    assert not (tmp_path / "o.parquet").exists()


def test_namibia_is_a_place_and_na_elsewhere_not_reported(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("importer,exporter,year,imports,exports\nNA,ZA,2017,106,NA\nZA,NA,2017,53,40\n")
    held = json.loads(run("flows", "gap", str(path), "--json").stdout)
    streamed = json.loads(run("flows", "gap", str(path), "--json", "--out", str(tmp_path / "o.csv")).stdout)
    assert [(row["importer"], row["exporter"]) for row in held["rows"]] == [("ZA", "NA")]
    assert held["orphaned"] == streamed["orphaned"] == {"rows": 1, "value": pytest.approx(100)}
    assert (tmp_path / "o.csv").read_text().splitlines()[1].startswith("ZA,NA,2017,")


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ("importer = ''", "row 3, column 'importer': a name is needed here"),
        ("importer = NULL", "row 3, column 'importer': a name is needed here"),
        ("exporter = ' '", "row 3, column 'exporter': a name is needed here"),
        ("year = NULL", "row 3, column 'year': a year is needed here"),
    ],
)
def test_a_row_without_a_name_or_year_is_refused_streamed_and_held(
    tmp_path: Path, kind: str, changed: str, said: str
) -> None:
    path = tmp_path / f"t.{kind}"
    with duckdb.connect(":memory:") as connection:
        connection.execute(COPIED.format(tmp_path / "made.parquet"))
        connection.execute(f"CREATE TABLE t AS FROM read_parquet('{tmp_path / 'made.parquet'}')")
        connection.execute(f"UPDATE t SET {changed} WHERE importer = 'A' AND exporter = 'C'")
        connection.execute(f"COPY t TO '{path}' (FORMAT {kind})")
    for more in ([], ["--out", str(tmp_path / "o.parquet")]):
        result = run("flows", "gap", str(path), "--json", *more)
        assert (result.exit_code, result.stdout) == (2, "")
        assert said in result.stderr
    assert not (tmp_path / "o.parquet").exists()


def test_a_text_column_of_a_streamed_file_is_read_as_numbers_or_named(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    query = "COPY (SELECT 'A' AS importer, 'B' AS exporter, 1 AS year, '10.6' AS imports, '{}' AS exports) TO '{}' (FORMAT parquet)"
    for cell, said in (
        ("4", "1 pairs, gross 6, net 6"),
        ("NA", "orphaned 1 (10)"),
        ("x", "row 2, column 'exports'"),
        ("1_0", "not '1_0'"),
    ):
        duckdb.sql(query.format(cell, path))
        assert said in run("flows", "gap", str(path), "--out", str(tmp_path / "o.parquet")).output
        (tmp_path / "t.csv").write_text(f"importer,exporter,year,imports,exports\n A,B ,1, 10.6,{cell}\n")
        assert said in run("flows", "gap", str(tmp_path / "t.csv"), "--out", str(tmp_path / "o.csv")).output
    assert run("flows", "gap", __file__, "--out", "o.parquet").exit_code == 2


@pytest.mark.parametrize(("out", "need"), [("o.xlsx", ".parquet or .csv"), ("nowhere/o.csv", "a folder that exists")])
def test_an_out_that_cannot_be_written_is_refused(tmp_path: Path, out: str, need: str) -> None:
    (tmp_path / "t.csv").write_text("importer,exporter,year,imports,exports\nA,B,1,10.6,4\n")
    result = run("flows", "gap", str(tmp_path / "t.csv"), "--out", str(tmp_path / out))
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert need in result.stderr


def test_a_large_csv_is_streamed_whatever_its_encoding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        "importer,exporter,year,imports,exports\n" + "Côte d’Ivoire,Curaçao,2017,10.6,4\nÉquateur,Pérou,2018,,5\n" * 9
    )
    (tmp_path / "t.csv").write_bytes(text.encode("cp1252"))
    held = run("flows", "gap", str(tmp_path / "t.csv"))
    monkeypatch.setattr("plumbline.cli.flows.STREAMED_BYTES", 0)
    monkeypatch.setattr("plumbline.cli.flows.read_rows", None)
    assert run("flows", "gap", str(tmp_path / "t.csv")).stdout == held.stdout
    result = run("flows", "gap", str(tmp_path / "t.csv"), "--out", str(tmp_path / "o.csv"))
    assert (result.exit_code, result.stdout) == (0, held.stdout)
    assert (
        (tmp_path / "o.csv")
        .read_text(encoding="utf-8")
        .splitlines()[1]
        .startswith("Côte d’Ivoire,Curaçao,2017,10.0,4.0,6.0")
    )


def test_convert_writes_the_table_and_counts_what_it_left_out(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("commodity,unit,quantity,value\n0101,t,2,10\n0101,kg,500,4\n07,t,1,3\n")
    (tmp_path / "c.csv").write_text("from,to,share\n0101,0111,0.5\n0101,0112,0.5\n")
    (tmp_path / "u.csv").write_text("from,to,factor\nt,kg,1000\n")
    words = [
        "flows",
        "convert",
        str(tmp_path / "t.csv"),
        "--codes",
        str(tmp_path / "c.csv"),
        "--units",
        str(tmp_path / "u.csv"),
    ]
    result = run(*words, "--out", str(tmp_path / "o.csv"), "--json")
    found = json.loads(result.stdout)
    assert found["codes"] == {"unconverted": {"07": 1}, "lost": {"value": 3, "quantity": 1000}, "split": 2}
    assert found["units"]["unconverted"] == {}
    assert (tmp_path / "o.csv").read_text().splitlines() == [
        "commodity,unit,quantity,value",
        "0111,kg,1250,7",
        "0112,kg,1250,7",
    ]
    assert "2 rows in" in run(*words, "--out", str(tmp_path / "o.csv")).stdout


def test_price_answers_with_every_rule_beside_its_expectation(tmp_path: Path) -> None:
    prices = [(1.0, 10), (2, 10), (4, 10), (6, 10), (20, 3)]
    text = "".join(f"0101,2017,import,{quantity},{quantity * price}\n" for price, quantity in prices)
    path = tmp_path / "p.csv"
    path.write_text("commodity,year,direction,quantity,value\n" + text + "0102,2017,export,1,5\n0102,2017,export,,5\n")
    found = json.loads(run("flows", "price", str(path), "--rule", "iqr", "--min-cell", "4", "--json").stdout)
    assert found["transactions"] == {"given": 7, "unpriced": 1, "judged": 5, "in_small_cells": 1}
    assert (found["share"], found["expected_share"], found["outflow"]["value"]) == (0.4, 0.4, pytest.approx(42))
    assert found["outflow"]["excess"] == pytest.approx(42 - found["outflow"]["expected"]["mean"])
    assert [each["rule"] for each in found["rules"]] == ["iqr", "percentile", "mad"]
    assert [(row["row"], row["outflow"], row["inflow"]) for row in found["flagged"]] == [
        (2, 0, pytest.approx(10)), (6, pytest.approx(42), 0),
    ]  # fmt: skip
    assert found["cells"][0] | {"outflow": 42} == {
        "commodity": "0101", "year": "2017", "size": 5, "judged": True, "low": 2, "high": 6, "flagged": 2,
        "outflow": 42, "inflow": pytest.approx(10),
    }  # fmt: skip
    assert (found["cells"][1]["judged"], found["cells"][1]["low"]) == (False, None)
    plain = run("flows", "price", str(path), "--min-cell", "4").stdout.splitlines()
    assert plain[0].startswith("iqr: 5 judged, 40.00% flagged where honest prices give 40.00%; outflow 42 (")


def test_breaks_answers_with_dates(tmp_path: Path) -> None:
    rows = "".join(f"{2000 + i},{1 if i < 10 else 9 + i % 2}\n" for i in range(20))
    (tmp_path / "s.csv").write_text("year,count\n" + rows)
    found = json.loads(
        run("trend", "breaks", str(tmp_path / "s.csv"), "--max", "2", "--min-size", "4", "--json").stdout
    )
    assert (found["column"], found["breaks"], found["dates"]) == ("count", [10], ["2009"])
    assert found["intervals"] == [[9, 10]]
    assert len(found["rss"]) == len(found["bic"]) == 3
    plain = run("trend", "breaks", str(tmp_path / "s.csv"), "--min-size", "4").stdout
    assert "1-10: mean 1" in plain
    assert "break 10 (2009), 95% interval 9-10" in plain


def test_interrupted_answers_with_its_date(tmp_path: Path) -> None:
    path = tmp_path / "i.csv"
    path.write_text("year,rate\n" + "".join(f"{2000 + i},{i % 2 + 10 * (i > 9)}\n" for i in range(20)))
    words = ("trend", "interrupted", str(path), "--at", "11")
    found = json.loads(run(*words, "--json").stdout)
    assert (found["date"], found["terms"][2]["name"]) == ("2010", "level")
    assert found["terms"][2]["estimate"] == pytest.approx(10, abs=0.5)
    assert "level: " in run(*words).stdout


def test_displacement_answers_per_period(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text("role,before,after\ntreated,80,20\ncontrol,100,50\n")
    words = ("trend", "displacement", str(path), "--before", "2")
    found = json.loads(run(*words, "--json").stdout)
    assert (found["local"]["estimate"], found["total"]["error"]) == (-20, pytest.approx(115**0.5))
    assert "local: -20 (-41.02 to 1.018)" in run(*words).stdout


def test_alert_and_model_answer_on_months(tmp_path: Path) -> None:
    rows = "".join(f"{2000 + i // 12},{1 + i % 12},{9 + i % 3 + 40 * (i == 83)}\n" for i in range(84))
    path = tmp_path / "m.csv"
    path.write_text("year,month,cases\n" + rows)
    words = ("trend", "alert", str(path), "--period", "12", "--runs", "9")
    found = json.loads(run(*words, "--json").stdout)
    assert [(each["date"], each["alert"]) for each in found["judged"]] == [("2006-12", True)]
    assert found["false_alarms"]["runs"] == 9
    plain = run(*words).stdout
    assert "cases 2006-12: 51, expected 9.95, bound 15" in plain
    assert "ALERT" in plain
    fitted = json.loads(run("trend", "model", str(path), "--harmonics", "1", "--json").stdout)
    assert [each["name"] for each in fitted["terms"]] == ["constant", "trend", "sin1", "cos1"]
    assert "trend: ratio 1." in run("trend", "model", str(path)).stdout


@pytest.mark.parametrize(
    ("text", "words", "sentence"),
    [
        ("importer,exporter,year,imports\nA,B,1,2\n", ("flows", "gap"), "x.csv has no column 'exports'"),
        ("importer,exporter,year,imports,exports\nA,B,1,many,2\n", ("flows", "gap"), "row 2, column 'imports'"),
        ("commodity,value\na,1\n", ("flows", "price"), "x.csv has no column 'quantity'"),
        ("commodity,quantity,value\na,1,dear\n", ("flows", "price"), "row 2, column 'value': a number is needed"),
        ("year,count\n2000,1\n2001,x\n", ("trend", "breaks"), "row 3, column 'count'"),
        ("year,count\n2000,1\n2001,0\n", ("trend", "breaks", "--log"), "row 3, column 'count': a number above 0"),
        ("year,count\n2000,1\n", ("trend", "breaks", "--lags", "1,x"), "x.csv: lags: whole numbers"),
        ("year,count\n2000,1\n", ("trend", "breaks", "--lags", "1"), "series: rows: 7 or more are needed here, not 1"),
        ("role,before,after\ntreated,1,2\n", ("trend", "displacement"), "row 3, column 'role': a row of control"),
        ("role,before,after\nnear,1,2\n", ("trend", "displacement"), "row 2, column 'role': one of treated"),
        (
            "year,count\n2000,1\n",
            ("trend", "interrupted", "--at", "1"),
            "series: rows: 6 or more are needed here, not 1",
        ),
        ("year,count\n2000,-1\n", ("trend", "alert"), "row 2, column 'count': a whole number, 0 or above"),
        ("year,count\n2000,1\n", ("trend", "model"), "series: rows: 3 or more are needed here for 2 terms, not 1"),
        ("year,count,pop\n2000,1,0\n", ("trend", "model", "--exposure", "pop"), "row 2, column 'pop'"),
        ("year,count\n2000,1\n", ("trend", "breaks"), "series: rows: 4 or more are needed here, not 1"),
    ],
)
def test_bad_input_ends_in_one_sentence_and_two(
    tmp_path: Path, text: str, words: tuple[str, ...], sentence: str
) -> None:
    (tmp_path / "x.csv").write_text(text)
    result = run(*words, str(tmp_path / "x.csv"), "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert sentence in result.stderr


def test_proceeds_stand_by_direction_and_phase(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(
        "currency: USD\nflows:\n  sales: {type: drug-sales, direction: inward, quantity: 10, price: "
        "{distribution: pert, low: 1, mode: 2, high: 3}}\n"
    )
    found = json.loads(run("flows", "proceeds", str(path), "--json", "--draws", "500").stdout)
    (total,) = found["totals"]
    assert (total["direction"], total["phase"], found["draws"]) == ("inward", "generation", 500)
    assert total["p5"] < 20 < total["p95"]
    assert found["flows"][0]["channel"] == "cash"
    assert run("flows", "proceeds", str(path)).stdout.startswith("inward, generation: ")
    path.write_text("currency: USD\nflow: {}\n")
    ended = run("flows", "proceeds", str(path))
    assert (ended.exit_code, "m.yaml: (all): the keys here are" in ended.stderr) == (2, True)


def atlas_panel(tmp_path: Path) -> Path:
    names = "ABCD"
    lines = ["reporter,partner,year,imports,exports,tariff"]
    for year in range(2000, 2008):
        for i, j in ((a, b) for a in range(4) for b in range(4) if a != b):
            tariff = (7 * i + 3 * j + year * (i + 1)) % 10 / 40
            sold = 50 + 13 * ((5 * i + 3 * j + year) % 7)
            back = 50 + 13 * ((5 * j + 3 * i + year) % 7)
            wobble = 1 + 0.01 * ((i * j + 3 * year + i) % 5 - 2)
            lines.append(f"{names[i]},{names[j]},{year},{back * (1.05 + tariff) * wobble},{sold},{tariff}")
    path = tmp_path / "p.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_atlas_answers_with_totals_and_rows(tmp_path: Path) -> None:
    path = atlas_panel(tmp_path)
    words = ["flows", "atlas", str(path), "--licit", "exports", "--illicit", "tariff", "--draws", "20"]
    found = json.loads(run(*words, "--json").stdout)
    assert (found["given"], found["estimated"], len(found["rows"])) == (96, 72, 72)
    first = found["totals"][0]
    assert (first["reporter"], first["side"]) == (None, "imports")
    assert first["net"]["low"] < first["net"]["value"] < first["net"]["high"]
    assert first["net"]["value"] == pytest.approx(sum(row["imports"] for row in found["rows"]))
    assert run(*words).stdout.startswith("imports: outflow ")
    apart = json.loads(run(*words, "--out", str(tmp_path / "o.csv"), "--json").stdout)
    assert (apart["totals"], apart["rows"]) == (found["totals"], None)
    written = (tmp_path / "o.csv").read_text().splitlines()
    assert (written[0].split(",")[:4], len(written)) == (["reporter", "partner", "year", "imports"], 73)
    assert float(written[1].split(",")[3]) == found["rows"][0]["imports"]
    assert run(*words, "--out", str(tmp_path / "no" / "o.csv")).exit_code == 2
    ended = run("flows", "atlas", str(path))
    assert (ended.exit_code, "has no column 'distance'" in ended.stderr) == (2, True)


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_atlas_of_a_streamed_panel_equals_that_of_one_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    path = atlas_panel(tmp_path)
    if suffix == "parquet":
        duckdb.sql(f"COPY (SELECT * FROM '{path}') TO '{tmp_path / 'p.parquet'}'")
        path = tmp_path / "p.parquet"
    words = ["flows", "atlas", str(path), "--licit", "exports", "--illicit", "tariff", "--draws", "20", "--json"]
    whole = json.loads(run(*words).stdout)
    for module, name, value in (
        (flow_commands, "STREAMED_ROWS", 90), (flow_commands, "STREAMED_BYTES", 0), (blocks, "BLOCK", 13), (panels, "BLOCK", 11),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, value)
    streamed = json.loads(run(*words).stdout)
    assert [streamed[name] for name in ("given", "estimated")] == [96, 72]
    size = whole["totals"][0]["outflow"]["value"]
    for one, other in zip(whole["totals"], streamed["totals"], strict=True):
        assert (one["reporter"], one["side"]) == (other["reporter"], other["side"])
        for name in ("outflow", "inflow", "net"):
            assert list(other[name].values()) == pytest.approx(list(one[name].values()), rel=1e-12, abs=1e-12 * size)
    for one, other in zip(whole["rows"], streamed["rows"], strict=True):
        assert {name: other[name] for name in ("reporter", "partner", "year")} == {
            name: one[name] for name in ("reporter", "partner", "year")
        }
        for name in ("imports", "exports", "weight_imports", "weight_exports"):
            assert other[name] == pytest.approx(one[name], rel=1e-11, abs=1e-11)
    lacking = run("flows", "atlas", str(path), "--json")
    assert (lacking.exit_code, "has no column 'distance'; its columns are: reporter," in lacking.stderr) == (2, True)
    monkeypatch.setattr(blocks, "free_memory", lambda: 1_000_000)
    ended = run(*words)
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert f"{path.name}: its 96 rows need about 0.4 GB of memory, and 0.0 GB are free." in ended.stderr


def test_types_of_flows_are_listed_with_drivers_and_published_estimates() -> None:
    found = json.loads(run("flows", "types", "--json").stdout)
    named = {each["id"]: each for each in found["types"]}
    assert named["misinvoicing"]["methods"] == ["partner-country", "price-filter"]
    for each in found["types"]:
        assert each["drivers"]
        for dimension in ("directions", "phases", "channels", "methods", "drivers"):
            assert set(each[dimension]) <= set(found["terms"][dimension])
    assert all(each["source"] and each["type"] in named for each in found["estimates"])
    plain = run("flows", "types").stdout
    assert "misinvoicing: Trade misinvoicing (Tax and commercial activities)" in plain
    assert "secrecy (Financial secrecy)" in plain


def test_proceeds_that_are_taken_off_whole_are_told(tmp_path: Path) -> None:
    model = "currency: USD\nflows:\n  pills: {type: drug-sales, direction: inward, quantity: 1e2, price: 3e4, less: {seizures: %s}}\n"
    (tmp_path / "all.yaml").write_text(model % "2.5e2")
    (tmp_path / "some.yaml").write_text(model % "4e1")
    gone, left = (run("flows", "proceeds", str(tmp_path / name)) for name in ("all.yaml", "some.yaml"))
    assert gone.stderr == "pills: in 100% of the draws `less` takes all there is and more; they count as 0.\n"
    assert (left.stdout, left.stderr) == ("inward, generation: 1.8e+06 USD (1.8e+06 to 1.8e+06)\n", "")


def test_blanks_of_any_kind_around_names_are_taken_off_streamed_as_in_memory(tmp_path: Path) -> None:
    rows = ["importer,exporter,year,imports,exports", "FRA\t,DEU,2017,106,90", "FRA,DEU,2017,53,60"]
    (tmp_path / "t.csv").write_text("\n".join(rows))
    held = json.loads(run("flows", "gap", str(tmp_path / "t.csv"), "--json").stdout)
    out = ("--out", str(tmp_path / "o.csv"))
    streamed = json.loads(run("flows", "gap", str(tmp_path / "t.csv"), "--repeats", "--json", *out).stdout)
    assert held["totals"]["repeated"] == streamed["totals"]["repeated"] == 1
    (tmp_path / "t.csv").write_text("\n".join([*rows, "FRA,\t,2017,1,1"]))
    refused = [run("flows", "gap", str(tmp_path / "t.csv"), *more) for more in ((), out)]
    assert [one.exit_code for one in refused] == [2, 2] and refused[0].stderr == refused[1].stderr
