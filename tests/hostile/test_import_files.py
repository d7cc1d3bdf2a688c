"""Tables that are not what they should be: refused or taken over in part, by sentences that name row and column."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from tests import factories as make

from plumbline.apps.library.models import Entry
from plumbline.apps.library.stores import file_store
from plumbline.apps.records.actions import ask_import
from plumbline.apps.records.exporting import export_records
from plumbline.apps.records.importing import Checked, Row, check_table, read_rows
from plumbline.apps.records.imports import refused_rows
from plumbline.apps.records.queries import Filter
from plumbline.apps.spine.edge import sentence
from plumbline.apps.spine.queries import clear_caches
from plumbline.domain.blueprints import parse
from plumbline.domain.errors import PlumblineError

BLUEPRINT = parse(make.BLUEPRINT, name="trial.yaml")
INCIDENT = BLUEPRINT.types["incident"]


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    clear_caches()
    yield
    clear_caches()


def write(path: Path, data: bytes | str, name: str = "t.csv") -> Path:
    place = path / name
    place.write_bytes(data.encode() if isinstance(data, str) else data)
    return place


def workbook(path: Path, *rows: Any, merged: str = "") -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if merged:
        book.active.merge_cells(merged)
    book.save(path / "t.xlsx")
    return path / "t.xlsx"


def read(path: Path) -> list[Row]:
    return list(read_rows(path, path.name, INCIDENT, BLUEPRINT).rows)


def refusal(path: Path) -> PlumblineError:
    with pytest.raises(PlumblineError) as caught:
        check_table(path, path.name, INCIDENT, BLUEPRINT, language="en", viewer=make.SYSTEM)
    return caught.value


def checked(path: Path) -> Checked:
    return check_table(path, path.name, INCIDENT, BLUEPRINT, language="en", viewer=make.SYSTEM)


BAD = ("2011-02-30,Lead,{n}", "2011,Gold,{n}", '2011,"Lead,{n}', "2011,Lead", "yesterday,Lead,{n}")


def five_thousand(path: Path) -> tuple[Path, list[int]]:
    """5,000 rows of which every tenth is bad in one of five ways."""
    lines, bad = ["date,waste,note"], []
    for n in range(5000):
        if n % 10 == 4:
            bad.append(n + 2)
        lines.append(BAD[n // 10 % 5].format(n=n) if n % 10 == 4 else f"2011-03,Lead,note {n}")
    return write(path, "\n".join(lines) + "\n"), bad


def test_five_hundred_bad_rows_among_five_thousand_are_each_named(tmp_path: Path) -> None:
    path, bad = five_thousand(tmp_path)
    rows = read(path)
    assert (len(rows), [row.number for row in rows if row.problems]) == (5000, bad)
    kinds = {n: sentence(row.problems[0].error) for n, row in enumerate(one for one in rows if one.problems) if n < 5}
    for n, words in enumerate(("2011-02-30", "Gold", "quotation mark", "2 cells", "yesterday")):
        assert words in kinds[n], kinds[n]
    found = checked(path)
    assert (found.good, found.refused, len(found.problems)) == (4500, 500, 200)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.django_db
def test_bad_rows_do_not_hinder_the_good_ones(tmp_path: Path) -> None:
    path, bad = five_thousand(tmp_path)
    lines = path.read_text().splitlines()[:201]
    path.write_text("\n".join(lines) + "\n")
    house = make.a_house()
    sha256 = file_store().put(path).sha256
    job = ask_import(house.workspace, "incident", sha256, name="t.csv", language="en", rows=200, by=house.ann)
    make.run_jobs()
    job.refresh_from_db()
    assert (job.state, job.payload["created"], job.payload["refused"]) == ("done", 180, 20)
    assert [int(row[0]) for row in refused_rows(job)] == bad[:20]
    assert Entry.objects.filter(kind="record").count() == 180


@pytest.mark.django_db
def test_formula_cells_stay_words_and_leave_defused(tmp_path: Path) -> None:
    formula = '=HYPERLINK("http://x.invalid","open")'
    held = io.StringIO()
    csv.writer(held).writerows([["note", "name"], [formula, "+1"], ["@SUM(A1)", "-2+3"]])
    house = make.a_house()
    path = write(tmp_path, held.getvalue())
    job = ask_import(
        house.workspace, "incident", file_store().put(path).sha256, name="t.csv", language="en", rows=2, by=house.ann
    )
    make.run_jobs()
    job.refresh_from_db()
    assert job.payload["created"] == 2
    assert {one.values["note"][0] for one in Entry.objects.filter(kind="record")} == {formula, "@SUM(A1)"}
    out = b"".join(export_records(house.ann, house.workspace, "incident", Filter(), "csv", language="en")).decode()
    assert "\"'=HYPERLINK" in out and "'@SUM" in out and "'-2+3" in out


def test_formulas_in_workbooks_give_what_they_last_said_and_are_not_run(tmp_path: Path) -> None:
    rows = read(workbook(tmp_path, ["note", "killed"], ["seen", "=1+1"]))
    assert rows[0].values == {"note": ("seen",)}  # written without a stored result: an empty cell


def test_merged_cells_count_for_each_row_they_span(tmp_path: Path) -> None:
    rows = read(workbook(tmp_path, ["date", "note"], ["2011", "a"], [None, "b"], ["2012", "c"], merged="A2:A3"))
    assert [row.values["date"][0]["start"] for row in rows] == ["2011-01-01", "2011-01-01", "2012-01-01"]
    assert [row.number for row in rows] == [2, 3, 4]


def test_merged_title_above_the_heads_is_refused_with_the_fields(tmp_path: Path) -> None:
    error = refusal(workbook(tmp_path, ["Our incidents", None], ["date", "note"], ["2011", "a"], merged="A1:B1"))
    assert error.code == "import.columns" and "date, place" in str(error)


def test_wrong_encoding_is_guessed_and_said(tmp_path: Path) -> None:
    text = "note,name\n" + "".join(f"the lorry stood at the market of Genève {n},José Muñoz\n" for n in range(20))
    found = checked(write(tmp_path, text.encode("cp1252")))
    assert found.good == 20 and found.first[0].values["name"] == ("José Muñoz",)
    assert [one.code for one in found.warnings] == ["text.encoding_guessed"]
    assert checked(write(tmp_path, text.encode("utf-16"))).first[0].values["name"] == ("José Muñoz",)


def test_row_with_broken_bytes_is_refused_alone(tmp_path: Path) -> None:
    rows = read(write(tmp_path, b"note,name\n" + "éé,ann\n".encode() * 20 + b"\xff\xfe,x\nlast,y\n"))
    assert [row.number for row in rows if row.problems] == [22]


@pytest.mark.parametrize("heads", ["date,note,Date", "note,Note,date"])
def test_doubled_columns_are_refused_by_name(tmp_path: Path, heads: str) -> None:
    error = refusal(write(tmp_path, f"{heads}\n2011,x,2012\n"))
    assert error.code == "import.doubled" and "take one of them out" in str(error)


def test_unknown_columns_alone_are_refused_with_the_list_of_fields(tmp_path: Path) -> None:
    for path in (write(tmp_path, "colour,size\nred,3\n"), write(tmp_path, '{"colour": "red"}\n', "t.jsonl")):
        error = refusal(path)
        assert error.code == "import.columns" and all(name in str(error) for name in INCIDENT.fields)


@pytest.mark.parametrize("name", ["t.csv", "t.xlsx", "t.jsonl"])
@pytest.mark.parametrize(("data", "codes"), [
    (b"", {"file.empty"}), (b"\n\n \n", {"table.no_rows"}), (b"date,note\n", {"import.nothing"}),
    (b"PK\x03\x04 broken", {"file.broken", "table.unknown_format"}), (b"%PDF-1.4", {"table.unknown_format"}),
    (bytes(range(1, 32)) * 50, {"table.unknown_format"}), (b"[1, 2]", {"table.unknown_format"}),
])  # fmt: skip
def test_files_that_hold_no_table_are_refused(tmp_path: Path, data: bytes, codes: set[str], name: str) -> None:
    assert refusal(write(tmp_path, data, name)).code in codes


@pytest.mark.parametrize("quoted", [True, False])
def test_cell_of_a_megabyte_costs_its_own_row(tmp_path: Path, quoted: bool) -> None:
    cell = "x" * 1_000_000
    big = f'"{cell}"' if quoted else cell
    rows = read(write(tmp_path, f"note,name\na,b\n{big},c\nd,e\n"))
    assert [(row.number, bool(row.problems)) for row in rows] == [(2, False), (3, True), (4, False)]
    assert all(len(sentence(one.error)) < 400 for one in rows[1].problems)
    line = json.dumps({"note": cell})
    rows = read(write(tmp_path, f'{{"note": "a"}}\n{line}\n{{"note": "b"}}\n', "t.jsonl"))
    assert [bool(row.problems) for row in rows] == [False, True, False]
    assert all(len(sentence(one.error)) < 400 for one in rows[1].problems)


def test_megabyte_cell_in_a_workbook_costs_its_own_row(tmp_path: Path) -> None:
    path = workbook(tmp_path, ["note"], ["a"], ["MARK"], ["b"])
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    stored = {
        name: data.replace(b"MARK", bytes(97 + n * 7 % 26 for n in range(1_000_000))) for name, data in parts.items()
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as book:
        for name, data in stored.items():
            book.writestr(name, data)
    assert [bool(row.problems) for row in read(path)] == [False, True, False]


def test_nested_json_and_odd_values_are_refused_row_by_row(tmp_path: Path) -> None:
    lines = ['{"note": ' + "[" * 5000 + "]" * 5000 + "}", '{"note": {"a": 1}}', '{"date": {"start": 1}}', '{"killed": NaN}',
             '{"amount": [[1]]}', '{"note": "\\ud800"}', '{"fields": {"note": [{"value": 3}]}, "id": "x", "type": "incident"}',
             '{"fields": {"note": [{"value": "x"}]}, "id": "x", "type": "site"}', '{"note": "good"}']  # fmt: skip
    rows = read(write(tmp_path, "\n".join(lines), "t.jsonl"))
    assert [bool(row.problems) for row in rows] == [True] * 8 + [False]
    for row in rows[:-1]:
        assert sentence(row.problems[0].error)


@pytest.mark.slow
def test_memory_stays_flat_over_a_hundred_thousand_rows(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    with path.open("w") as file:
        file.write("date,waste,note,country\n")
        for n in range(100_000):
            file.write(f"2011-{n % 12 + 1:02},Lead; Mercury,note {n},Nigeria\n")
    tracemalloc.start()
    try:
        count = sum(1 for _ in read_rows(path, "t.csv", INCIDENT, BLUEPRINT).rows)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 100_000 and peak < 15_000_000
