"""What runs on Spark gives what runs here: the same plans, on a Spark of this machine. `make test-spark` installs it."""

from __future__ import annotations

import json
import os
import random
import shutil
from pathlib import Path

import pytest
from bench.twins import twins
from click.testing import CliRunner, Result
from tests.persons_made import SPEC, write_persons

from plumbline.cli.main import main

pytest.importorskip("pyspark", reason="requirements/spark.txt is not installed (make test-spark)")
pytestmark = [
    pytest.mark.spark,
    pytest.mark.timeout(600),
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.skipif(shutil.which("java") is None and not os.environ.get("JAVA_HOME"), reason="Spark needs Java"),
]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLUMBLINE_SPARK_MASTER", "local[2]")
    monkeypatch.setenv("PLUMBLINE_SPARK_MEMORY", "1g")


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, list(map(str, words)))


def both(*words: str | Path) -> tuple[str, str]:
    here, there = run(*words), run(*words, "--engine", "spark")
    assert (here.exit_code, there.exit_code) == (0, 0), here.output + there.output
    return here.stdout, there.stdout


def trade(path: Path, rows: int = 3_000) -> None:
    draw = random.Random(1)
    lines = ["importer,exporter,year,commodity,imports,exports,reexports"]
    for _ in range(rows):
        one, other = draw.sample(["A", "B", '"C, D"', "É", " F "], 2)
        values = [
            draw.choice(["", "NA", f" {draw.uniform(0, 1e6):.2f} ", f"{draw.lognormvariate(10, 2)!r}"])
            for _ in range(3)
        ]
        lines.append(f"{one},{other},{draw.choice([2015, 2016, 2017])},0{draw.randrange(9)},{','.join(values)}")
    path.write_text("\n".join(lines), encoding="utf-8")


def test_gaps_have_the_same_sums_and_rows(tmp_path: Path) -> None:
    table = tmp_path / "trade [1].csv"
    trade(table)
    import duckdb

    duckdb.sql(
        f"COPY (SELECT * REPLACE (TRY_CAST(trim(imports) AS DOUBLE) AS imports, coalesce(TRY_CAST(trim(exports) AS DOUBLE), 'nan'::DOUBLE) "
        f"AS exports) FROM read_csv('{table}', all_varchar = true)) TO '{tmp_path / 'trade.parquet'}'"
    )
    for source in (table, tmp_path / "trade.parquet"):
        words = ("flows", "gap", source, "--cif", "0.06", "--cif", "0.1", "--zero-is-missing", "--repeats", "--json")
        out = tmp_path / f"here-{source.suffix[1:]}.csv"
        here, there = (
            run(*words, "--out", out),
            run(*words, "--engine", "spark", "--out", tmp_path / f"there-{source.suffix[1:]}.csv"),
        )
        assert (here.exit_code, there.exit_code) == (0, 0), here.output + there.output
        one, other = json.loads(here.stdout), json.loads(there.stdout)
        assert one.pop("rows_in") != other.pop("rows_in")
        assert flat(one) == pytest.approx(flat(other), rel=1e-9, nan_ok=True)
        parts = sorted((tmp_path / f"there-{source.suffix[1:]}.csv").glob("*.csv"))
        rows = sorted(line for part in parts for line in part.read_text().splitlines()[1:])
        assert len(rows) > 500
        assert rows_of(rows) == rows_of(sorted(out.read_text().splitlines()[1:]))


def flat(data: object, path: str = "") -> dict[str, float]:
    if isinstance(data, dict):
        return {key: value for name, each in data.items() for key, value in flat(each, f"{path}/{name}").items()}
    if isinstance(data, list):
        return {key: value for at, each in enumerate(data) for key, value in flat(each, f"{path}/{at}").items()}
    return {path: float("nan") if data is None else float(data)}


def rows_of(lines: list[str]) -> set[tuple[str, ...]]:
    import csv

    return {
        tuple(f"{float(one):.9e}" if place in range(4, 11) else one for place, one in enumerate(row))
        for row in csv.reader(lines)
    }


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    trade(tmp_path / "t.csv", 50)
    (tmp_path / "out.parquet").write_text("mine")
    result = run("flows", "gap", tmp_path / "t.csv", "--engine", "spark", "--out", tmp_path / "out.parquet")
    assert result.exit_code == 2 and "is there already" in result.stderr
    assert (tmp_path / "out.parquet").read_text() == "mine"


def test_what_spark_would_pass_over_or_cannot_read_is_refused_in_a_sentence(tmp_path: Path) -> None:
    import duckdb

    trade(tmp_path / "_t.csv", 50)
    (tmp_path / ".r.jsonl").write_text('{"id": 1, "text": "x"}')
    duckdb.sql(
        "COPY (SELECT 'A' AS importer, 'B' AS exporter, 2017 AS year, 1.0 AS imports, 1.0 AS exports, '10:00'::TIME AS at) "
        f"TO '{tmp_path / 'time.parquet'}'"
    )
    for words, said in (
        (("flows", "gap", tmp_path / "_t.csv"), "_t.csv: Spark passes over files"),
        (("extract", tmp_path / ".r.jsonl", "--blueprint", "hazardous-waste"), ".r.jsonl: Spark passes over files"),
        (("flows", "gap", tmp_path / "time.parquet"), "Spark could not do this: "),
    ):
        result = run(*words, "--engine", "spark")
        assert result.exit_code in (2, 6) and said in result.stderr and "Traceback" not in result.output, result.output


def test_extraction_and_screening_give_the_same_lines_in_order(tmp_path: Path) -> None:
    texts = [
        "On 5 March 2011 customs officers at Genoa seized 12 tonnes of lead batteries in a container bound for Lagos.",
        "Le 3 mai 2014, douze tonnes de déchets ont été saisies à Marseille.",
        "",
    ]
    reports = [json.dumps({"id": at, "text": texts[at % 3], "published": "2014-06-01"}) for at in range(30)]
    (tmp_path / "r.jsonl").write_text("\n\n".join(reports), encoding="utf-8")
    here, there = both("extract", tmp_path / "r.jsonl", "--blueprint", "hazardous-waste", "--json")
    assert here == there and here.count('"fields"') >= 20
    (tmp_path / "r.jsonl").write_bytes("\n".join(reports).encode() + b'\n{"id": 9, "text": "\xff"}\n')
    refused = run("extract", tmp_path / "r.jsonl", "--blueprint", "hazardous-waste", "--engine", "spark")
    assert (refused.exit_code, "r.jsonl, line 31: it is not UTF-8 text." in refused.stderr) == (2, True)

    listed = ["Vladimir Shcherbakov", "Ahmed Hassan", "Anna Ivanova", "Jon Smith"]
    asked = ["Щербаков Владимир", "Ahmad Hasan", "Zzyzx", "Smith John"]
    (tmp_path / "l.csv").write_text("id,name\n" + "".join(f"l{at},{name}\n" for at, name in enumerate(listed)))
    (tmp_path / "q.csv").write_text("id,name\n" + "".join(f"q{at},{asked[at % 4]}\n" for at in range(1_100)))
    here, there = both("screen", tmp_path / "q.csv", tmp_path / "l.csv", "--json")
    assert here == there and here.count('"candidates": [{') == 825


def test_one_spec_and_one_model_match_the_same_rows(tmp_path: Path) -> None:
    pytest.importorskip("splink", reason="requirements/matching.txt is not installed")
    write_persons(tmp_path / "p.csv")
    (tmp_path / "spec.yaml").write_text(SPEC)
    model = tmp_path / "m.json"
    assert run("match", tmp_path / "p.csv", "--spec", tmp_path / "spec.yaml", "--save-model", model).exit_code == 0
    here, there = both("match", tmp_path / "p.csv", "--spec", tmp_path / "spec.yaml", "--model", model, "--json")
    ours, theirs = ([json.loads(line) for line in lines.splitlines()] for lines in (here, there))
    assert len(ours) > 100
    assert {(one["one"], one["other"]) for one in ours} == {(one["one"], one["other"]) for one in theirs}
    scores = {(one["one"], one["other"]): one["score"] for one in theirs}
    assert all(scores[one["one"], one["other"]] == pytest.approx(one["score"], abs=1e-6) for one in ours)
    (tmp_path / "u.csv").write_text((tmp_path / "p.csv").read_text(), encoding="utf-16")
    again = run(
        "match", tmp_path / "u.csv", "--spec", tmp_path / "spec.yaml", "--model", model, "--engine", "spark", "--json"
    )
    assert again.stdout == there
    learnt = run("match", tmp_path / "p.csv", "--spec", tmp_path / "spec.yaml", "--engine", "spark", "--json")
    assert learnt.exit_code == 0 and len(learnt.stdout.splitlines()) > 100


def test_reports_are_grouped_as_here_with_known_incidents_and_copies(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    rows = [
        {"id": f"r{at}", "title": row["title"], "text": row["text"], "published": row["published"]}
        for at, row in enumerate(twins(3, 40))
    ]
    rows[3]["incident"] = rows[7]["incident"] = "known"
    own = Path(__file__).resolve().parents[2] / "bench" / "data" / "crosslingual" / "dev.jsonl"
    for line in own.read_text(encoding="utf-8").splitlines()[:12]:  # in several languages
        row = json.loads(line)
        rows.append({key: row[key] for key in ("id", "title", "text", "published", "language")})
    rows += [row | {"id": f"again {row['id']}"} for row in rows[:5]] + [{"id": n, "text": " "} for n in (1, 2)]
    path.write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    here, there = both("link", path, "--reasons", "--json")
    told = [json.loads(line) for line in here.splitlines()]
    assert here == there and [one["id"] for one in told] == [row["id"] for row in rows]
    assert 10 < len({one["incident"] for one in told}) < len(told) - 10
    assert told[3]["incident"] == told[7]["incident"] == "known" and told[-1]["incident"] == 2
    with path.open("ab") as file:
        file.write(b'{"id": 9, "text": "x", "incident": true}\n')
    refused = run("link", path, "--engine", "spark")
    assert (refused.exit_code, f"line {len(rows) + 1}: its incident is neither" in refused.stderr) == (2, True)
