"""CSV and workbooks: one passage a row, labelled with the row's number, under its sheet."""

from __future__ import annotations

import datetime
from pathlib import Path

import openpyxl
import pytest

from plumbline.plugins.readers import Document, read_file


def read(tmp_path: Path, content: str | bytes, name: str = "a.csv") -> Document:
    (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return read_file(tmp_path / name, name=name)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_csv_of_each_separator_gives_a_passage_a_row(tmp_path: Path, separator: str) -> None:
    rows = [["Place", "Note", "Tonnes"], ["Genoa", '"two\nlines"', "12"], ["Lagos", '"a ""quoted"" word"', "3"]]
    document = read(tmp_path, "\r\n".join(separator.join(row) for row in rows))
    assert [(block.label, block.kind, block.text) for block in document.blocks] == [
        ("2", "row", "Place: Genoa\nNote: two lines\nTonnes: 12"),
        ("3", "row", 'Place: Lagos\nNote: a "quoted" word\nTonnes: 3'),
    ]
    assert document.warnings == ()


def test_csv_with_a_separator_inside_quotes_keeps_the_cell(tmp_path: Path) -> None:
    assert read(tmp_path, 'a,b\n"x, y",z\n').blocks[0].text == "a: x, y\nb: z"


def test_csv_without_a_header_names_columns_by_number(tmp_path: Path) -> None:
    document = read(tmp_path, "1,Genoa\n2,Lagos\n")
    assert document.blocks[0].text == "Column 1: 1\nColumn 2: Genoa"
    assert [warning.code for warning in document.warnings] == ["table.no_header"]


def test_csv_with_missing_last_cells_that_are_blank_is_kept(tmp_path: Path) -> None:
    document = read(tmp_path, "a,b\nx,y,,\n\np,q\n")
    assert [(block.label, block.text) for block in document.blocks] == [("2", "a: x\nb: y"), ("4", "a: p\nb: q")]


def test_csv_in_windows_encoding_is_read_with_a_warning(tmp_path: Path) -> None:
    document = read(tmp_path, "Lieu;Quantité\nGênes;douze tonnes saisies à l’entrepôt\n".encode("cp1252"))
    assert document.blocks[0].text == "Lieu: Gênes\nQuantité: douze tonnes saisies à l’entrepôt"
    assert [warning.code for warning in document.warnings] == ["text.encoding_guessed"]


def test_row_blocks_behave_like_a_sequence(tmp_path: Path) -> None:
    blocks = read(tmp_path, "a,b\n" + "".join(f"x{at},y\n" for at in range(50))).blocks
    assert len(blocks) == 50
    assert blocks[-1] == blocks[49] == list(blocks)[49]
    assert [block.label for block in blocks[1:3]] == ["3", "4"]
    with pytest.raises(IndexError):
        blocks[50]


def test_workbook_gives_sheets_as_headings_and_values_as_people_read_them(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    first = workbook.active
    first.title = "Seizures"
    first["B3"], first["C3"], first["D3"] = "Place", "Date", "Tonnes"
    first["B4"], first["C4"], first["D4"] = "Lagos", datetime.date(2011, 3, 1), 12
    first["C5"], first["D5"] = datetime.datetime(2011, 4, 1, 8, 30), 3.5
    first.merge_cells("B4:B5")
    second = workbook.create_sheet("Ships")
    second.append(["Name", "Seen"])
    second.append(["Стрела", True])
    workbook.save(tmp_path / "a.xlsx")
    document = read_file(tmp_path / "a.xlsx", name="a.xlsx")
    assert [(block.heading_path, block.label, block.text) for block in document.blocks] == [
        (("Seizures",), "4", "Place: Lagos\nDate: 2011-03-01\nTonnes: 12"),
        (("Seizures",), "5", "Place: Lagos\nDate: 2011-04-01 08:30\nTonnes: 3.5"),
        (("Ships",), "2", "Name: Стрела\nSeen: yes"),
    ]
    assert document.metadata["sheets"] == "Seizures, Ships"
