"""Tables that are copied to disk and come in blocks, and columns that are kept there."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pytest

from plumbline.domain.errors import InvalidInput, NotFound
from plumbline.engines.tables import blocks, read_rows
from plumbline.engines.tables.blocks import free_memory, refuse_beyond_memory, spooled


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 7)
    monkeypatch.setattr(blocks.tempfile, "tempdir", str(tmp_path))


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_text(text, encoding=encoding)
    return path


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_blocks_put_together_are_the_table_in_its_order(tmp_path: Path, suffix: str) -> None:
    lines = [f"{n % 5:02},{'' if n % 4 == 0 else n / 2},P{n},{n},2001-02-{n % 28 + 1:02}" for n in range(30)]
    path = written(tmp_path / "t.csv", "Code, Value ,who,n,day\n" + "\n".join(lines) + "\n")
    if suffix == "parquet":
        sql = f"SELECT Code, Value AS value, who, n, day FROM read_csv('{path}', types={{'Code': 'VARCHAR'}})"
        duckdb.sql(f"COPY ({sql}) TO '{tmp_path / 't.parquet'}'")
        path = tmp_path / "t.parquet"
    whole = read_rows(path, "code", "value")
    with spooled(path, "code", "value", "day") as table:
        found = list(table)
        assert (table.rows, len(found), found[1].first_row, found[0].names) == (30, 5, 9, ("code", "value", "day"))
        assert table.names == whole.names
        for name in ("code", "day"):
            assert np.concatenate([each.text(name) for each in found]).tolist() == whole.text(name).tolist()
        values = np.concatenate([each.numbers("value", missing=True) for each in found])
        np.testing.assert_array_equal(values, whole.numbers("value", missing=True))
    assert [each for each in tmp_path.iterdir() if each.name.startswith("plumbline-")] == []


def test_a_bad_cell_is_named_by_its_line_in_the_file(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", "value\n" + "1\n" * 20 + "dear\n")
    with spooled(path, "value") as table, pytest.raises(InvalidInput, match=r"t.csv, row 22, column 'value': a number"):
        [each.numbers("value") for each in table]


def test_other_encodings_and_decimal_commas_are_read(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", "who;value\nJosé;1,5\nAna;2,25\n", "utf-16")
    with spooled(path, "who", "value") as table:
        (only,) = table
        assert (only.text("who").tolist(), only.numbers("value").tolist()) == (["José", "Ana"], [1.5, 2.25])


def test_na_is_a_word_in_columns_of_names_and_a_gap_elsewhere(tmp_path: Path) -> None:
    lines = ["NA,2001-02-03,1.5,x,1", "ZA,2001-02-04,NA,NA,NA", ",,NaN,y,3"]
    path = written(tmp_path / "t.csv", " Who ,day,value,note,n\n" + "\n".join(lines) + "\n")
    columns = ("who", "day", "value", "note", "n")
    whole = read_rows(path, *columns, names=("who", "n"))
    with spooled(path, *columns, names=("who", "n")) as table:
        (block,) = table
    for found in (whole, block):
        assert found.text("who").tolist() == ["NA", "ZA", ""]
        np.testing.assert_array_equal(found.numbers("value", missing=True), [1.5, np.nan, np.nan])
        np.testing.assert_array_equal(found.numbers("n", missing=True), [1, np.nan, 3])
        assert (found.text("note").tolist(), found.data["day"].dtype.kind) == (["x", "", "y"], "M")
    plain = read_rows(written(tmp_path / "p.csv", "who,n\nNA,1\nZA,2\n"), "who", "n")
    assert plain.text("who").tolist() == ["", "ZA"]


@pytest.mark.parametrize(
    ("text", "said"),
    [("a,b\n", "line 2: a row under the column names"), ("1,2\n3,4\n", "line 1: a line of column names"),
     ("a,a\n1,2\n", "names the column 'a' twice"), ("a,b\n1,2\n3\n4,5,6,7\n", "t.csv, line 3: a row of 2 cells"), ("", "is empty")],
)  # fmt: skip
def test_what_is_no_table_is_refused_as_it_is_in_memory(tmp_path: Path, text: str, said: str) -> None:
    path = written(tmp_path / "t.csv", text)

    def message(read: object) -> str:
        with pytest.raises(InvalidInput) as refused:
            read()  # type: ignore[operator]
        return str(refused.value)

    def lend() -> None:
        with spooled(path, "a", "b"):
            pass

    assert said in message(lend)
    assert message(lend) == message(lambda: read_rows(path))


def test_an_absent_file_and_a_parquet_that_is_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound), spooled(tmp_path / "no.csv", "a"):
        pass
    path = written(tmp_path / "t.parquet", "a,b\n1,2\n")
    with pytest.raises(InvalidInput, match=r"t.parquet cannot be read as a table"), spooled(path, "a"):
        pass


def test_columns_are_kept_and_given_by_slice(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", "a\n1\n")
    with spooled(path, "a") as table:
        one, two = table.keep((np.arange(n, n + 3) * 1.5, np.arange(n, n + 3)) for n in (0, 3, 6))
        assert (one[2:5].tolist(), two[:].tolist(), len(two), two[7:20].tolist()) == (
            [3, 4.5, 6],
            [*range(9)],
            9,
            [7, 8],
        )
        assert two[4:4].tolist() == []
        assert table.keep(iter([(), ()])) == ()


def test_a_full_disk_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    path = written(tmp_path / "t.csv", "a\n1\n")
    with spooled(path, "a") as table:
        (table.folder / "0.column").symlink_to(full)
        with pytest.raises(blocks.Unavailable, match=r"no room left in .* TMPDIR"):
            table.keep([(np.zeros(100_000),)])


def test_what_needs_more_memory_than_is_free_is_refused_before(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (free_memory() or 1) > 0
    monkeypatch.setattr(blocks, "free_memory", lambda: 2_000_000_000)
    refuse_beyond_memory("t.csv", 20_000_000, 50, 1_000_000_000)
    with pytest.raises(
        InvalidInput, match=r"t.csv: its 30000000 rows need about 2.5 GB of memory, and 2.0 GB are free"
    ):
        refuse_beyond_memory("t.csv", 30_000_000, 50, 1_000_000_000)


@pytest.mark.parametrize(
    ("limit", "stat", "free"),
    [
        ("4000000000", "anon 5\ninactive_file 700000000\n", 4_000_000_000 - 1_500_000_000 + 700_000_000),
        ("max", "inactive_file 0\n", 8_000_000_000),
        ("9000000000000", "inactive_file 0\n", 8_000_000_000),
    ],
)
def test_free_memory_is_that_of_the_container_and_counts_no_files_that_were_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, stat: str, free: int
) -> None:
    for name, text in (("memory.max", limit), ("memory.current", "1500000000"), ("memory.stat", stat)):
        (tmp_path / name).write_text(text)
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable: 7812500 kB\nHugePages_Total: 0\n")
    monkeypatch.setattr(blocks, "MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(blocks, "CONTAINERS", ((tmp_path / "memory.max", "memory.current", "inactive_file"),))
    assert free_memory() == free
