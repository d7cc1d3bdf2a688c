"""Files as columns: kinds, codes, encodings, and what is refused."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pytest

from plumbline.domain.errors import InvalidInput, NotFound
from plumbline.engines.tables import read_columns, read_rows, read_yaml
from plumbline.engines.tables.files import column_names, streamed


def table(tmp_path: Path, text: str, *, encoding: str = "utf-8", name: str = "t.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def test_numbers_dates_text_and_missing_cells_come_as_they_are(tmp_path: Path) -> None:
    columns = read_columns(table(tmp_path, "a,b,c,d\n1,2.5,x,2011-03-01\n2,,y,2011-04-02\n3,NA,,2011-05-03\n"))
    assert columns.names == ("a", "b", "c", "d")
    assert columns.integers("a").tolist() == [1, 2, 3]
    assert np.isnan(columns.numbers("b", missing=True)).tolist() == [False, True, True]
    assert columns.text("c").tolist() == ["x", "y", ""]
    assert columns.dates("d").astype(str).tolist() == ["2011-03-01", "2011-04-02", "2011-05-03"]


def test_a_missing_number_is_refused_with_its_row(tmp_path: Path) -> None:
    columns = read_columns(table(tmp_path, "a,b\n1,2\n2,\n"))
    with pytest.raises(InvalidInput, match=r"t\.csv, row 3, column 'b': a number is needed here, not ''|'nan'"):
        columns.numbers("b")


def test_codes_with_leading_zeros_keep_them(tmp_path: Path) -> None:
    columns = read_columns(table(tmp_path, "code,n\n0101,5\n020111,6\n"))
    assert columns.text("code").tolist() == ["0101", "020111"]
    assert columns.integers("n").tolist() == [5, 6]


def test_text_far_down_in_a_number_column_is_named_by_its_line(tmp_path: Path) -> None:
    rows = [f"{number},1" for number in range(60_000)]
    rows[55_555] = "many,1"
    columns = read_columns(table(tmp_path, "a,b\n" + "\n".join(rows) + "\n"))
    with pytest.raises(InvalidInput, match="row 55557, column 'a': a number is needed here, not 'many'"):
        columns.numbers("a")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_usual_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    words = "ville,préfecture,numéro\n" + "Orléans,Évry à côté de la forêt,1\nBesançon,Mâcon où il était né,2\n" * 20
    columns = read_columns(table(tmp_path, words, encoding=encoding))
    assert columns.text("ville")[:2].tolist() == ["Orléans", "Besançon"]
    assert columns.integers("numéro")[:2].tolist() == [1, 2]


def test_semicolons_and_tabs_are_found(tmp_path: Path) -> None:
    assert read_columns(table(tmp_path, "a;b\n1;2\n3;4\n")).integers("b").tolist() == [2, 4]
    assert read_columns(table(tmp_path, "a\tb\n1\t2\n3\t4\n", name="t.tsv")).integers("b").tolist() == [2, 4]


def test_only_the_columns_asked_for_are_read(tmp_path: Path) -> None:
    assert read_columns(table(tmp_path, "a,b,c\n1,2,3\n"), columns=["c", "a"]).names == ("c", "a")


def test_parquet_is_read(tmp_path: Path) -> None:
    import duckdb

    path = tmp_path / "t.parquet"
    duckdb.sql("SELECT 1 AS a, 'x' AS b, 2.5::DECIMAL(5,2) AS c").write_parquet(str(path))
    columns = read_columns(path)
    assert (columns.integers("a").tolist(), columns.text("b").tolist(), columns.numbers("c").tolist()) == (
        [1],
        ["x"],
        [2.5],
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "t.csv is empty"),
        ("a,a\n1,2\n", "names the column 'a' twice"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        read_columns(table(tmp_path, text))


def test_absent_column_and_absent_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="has no column 'z'; its columns are: a, b"):
        read_columns(table(tmp_path, "a,b\n1,2\n"), columns=["z"])
    with pytest.raises(NotFound, match=r"There is no file .*none\.csv"):
        read_columns(tmp_path / "none.csv")


def test_a_spreadsheet_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="is not a CSV or Parquet file"):
        read_columns(table(tmp_path, "x", name="t.xlsx"))


def test_yaml_errors_name_their_line(tmp_path: Path) -> None:
    assert read_yaml(table(tmp_path, "a: [1, 2]\n", name="d.yaml")) == {"a": [1, 2]}
    with pytest.raises(InvalidInput, match=r"d\.yaml, line 3"):
        read_yaml(table(tmp_path, "a: 1\nb: [1\n", name="d.yaml"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: 2\na: 3\n", r"d\.yaml, line 3: the key 'a' stands in line 1 already; keep one of them\."),
        ("x:\n  - k: 1\n    k: 1\n", r"line 3: the key 'k' stands in line 2"),
        ('{"a": {"b": 1, "b": 2}}', r"line 1: the key 'b' stands in line 1"),
        ("2015: 1\n2015: 2\n", r"line 2: the key '2015'"),
    ],
)
def test_a_key_that_stands_twice_is_refused_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        read_yaml(table(tmp_path, text, name="d.yaml"))


def test_the_same_key_in_two_mappings_and_a_merged_key_overridden_are_kept(tmp_path: Path) -> None:
    text = "base: &base {a: 1, b: 2}\nover:\n  <<: *base\n  a: 3\nagain:\n  <<: *base\n"
    found = read_yaml(table(tmp_path, text, name="d.yaml"))
    assert found == {"base": {"a": 1, "b": 2}, "over": {"a": 3, "b": 2}, "again": {"a": 1, "b": 2}}


def test_texts_that_come_again_are_held_once_in_a_long_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plumbline.engines.tables.files.HELD_ONCE", 10)
    path = tmp_path / "t.parquet"
    duckdb.sql(
        f"COPY (SELECT CASE i % 3 WHEN 0 THEN 'Aruba' WHEN 1 THEN 'Benin' END AS place FROM range(60) t(i)) TO '{path}'"
    )
    held = read_columns(path).data["place"].tolist()
    assert held[:4] == ["Aruba", "Benin", None, "Aruba"]
    assert len({id(each) for each in held}) == 3


@pytest.mark.parametrize("rows", ["100,5;50,25", "100,5;50,25\n200,5;1,5", "1,5;2\n2,5;3\n4,5;5"])
def test_commas_of_decimals_are_never_taken_for_separators(tmp_path: Path, rows: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"amount;tainted\n{rows}\n")
    table = read_columns(path)
    assert table.names == ("amount", "tainted")
    expected = [[float(cell.replace(",", ".")) for cell in row.split(";")] for row in rows.split("\n")]
    assert np.column_stack([table.numbers(name) for name in table.names]).tolist() == expected
    with streamed(path) as stream:
        assert duckdb.execute(f"SELECT count(*), any_value(tainted) FROM {stream.sql}", [stream.at]).fetchall()[0][
            0
        ] == len(expected)


def test_names_may_differ_in_the_case_of_letters_where_columns_are_named_exactly(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("id,nh,Nh,NH\n1,2,3,x\n4,5,6,y\n")
    assert column_names(path) == ("id", "nh", "Nh", "NH")
    for texts in (False, True):
        whole = read_columns(path, texts=texts)
        assert {name: whole.text(name).tolist() for name in whole.names} == {
            "id": ["1", "4"], "nh": ["2", "5"], "Nh": ["3", "6"], "NH": ["x", "y"],
        }  # fmt: skip
    assert read_columns(path, columns=["NH", "nh"]).names == ("NH", "nh")
    with pytest.raises(InvalidInput, match="names the column 'nh' twice"):
        read_rows(path, "id")
    path.write_text("nh,Nh,nh\n1,2,3\n")
    with pytest.raises(InvalidInput, match="names the column 'nh' twice"):
        read_columns(path)
