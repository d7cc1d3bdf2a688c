"""Exports: every value with its sources and marks, nothing that the viewer may not see, no formula, flat memory."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from tests import factories as make

from plumbline.apps.accounts.models import Person
from plumbline.apps.library.models import Entry
from plumbline.apps.records import exporting
from plumbline.apps.records.exporting import export_records
from plumbline.apps.records.queries import Filter
from plumbline.apps.spine import tables
from plumbline.domain.access import PUBLIC, Mark, Viewer

pytestmark = pytest.mark.django_db
FORMS = ("csv", "xlsx", "geojson", "jsonl")
STRICT = Mark("AMBER+STRICT", "org:police")


@pytest.fixture
def house() -> make.House:
    return make.a_house()


def a_told_record(house: make.House, **options: Any) -> Entry:
    """A record with a value that all signed-in people see, and a name that the police alone see."""
    about = {"title": "Port news", "publisher": "The Bulletin", "date": "2011-04-01", "language": "en"}
    work = make.a_work(house, "Ann Lee was seen in Lagos with 12 tonnes of lead.", about=about)
    claims = [
        make.claim("date"),
        make.claim("place"),
        make.claim("amount"),
        make.said("waste", "lead", work, value="Y31"),
    ]
    return make.a_record(house, *claims, make.said("name", "Ann Lee", work, mark=STRICT), **options)


def exported(house: make.House, viewer: Viewer, form: str, chosen: Filter | None = None, **options: Any) -> bytes:
    options = {"language": "en", **options}
    return b"".join(export_records(viewer, house.workspace, "incident", chosen or Filter(), form, **options))


def everything(data: bytes, form: str) -> str:
    """Give all that a file says as one text."""
    if form != "xlsx":
        return data.decode()
    book = openpyxl.load_workbook(io.BytesIO(data))
    return "\n".join(str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row)


def table(data: bytes) -> list[dict[str, str]]:
    lines = data.decode("utf-8-sig").splitlines()
    return list(csv.DictReader(lines[1:]))


@pytest.mark.parametrize("form", FORMS)
def test_export_holds_a_strict_value_for_those_alone_who_may_see_it(house: make.House, form: str) -> None:
    a_told_record(house)
    assert "Ann Lee" in everything(exported(house, house.ann, form), form)
    assert "Ann Lee" not in everything(exported(house, house.cy, form), form)
    assert "Lagos" in everything(exported(house, house.cy, form), form)


@pytest.mark.parametrize("form", FORMS)
def test_export_holds_a_record_for_those_alone_who_may_see_it(house: make.House, form: str) -> None:
    record = a_told_record(house)
    assert record.public_id in everything(exported(house, house.cy, form), form)
    assert record.public_id not in everything(exported(house, PUBLIC, form), form)


@pytest.mark.parametrize(("who", "level"), [("ann", "TLP:AMBER+STRICT"), ("cy", "TLP:GREEN")])
def test_export_says_the_strictest_mark_that_it_holds(house: make.House, who: str, level: str) -> None:
    a_told_record(house)
    viewer = house.person(who)
    assert f"strictest mark inside: {level}" in exported(house, viewer, "csv").decode().splitlines()[0]
    assert json.loads(exported(house, viewer, "jsonl").splitlines()[0])["about"]["strictest_mark"] == level
    assert json.loads(exported(house, viewer, "geojson"))["about"]["strictest_mark"] == level
    book = openpyxl.load_workbook(io.BytesIO(exported(house, viewer, "xlsx")))
    assert level in book.properties.description


def test_csv_begins_with_a_comment_and_then_the_heads(house: make.House) -> None:
    first, second = exported(house, house.ann, "csv").decode("utf-8-sig").splitlines()[:2]
    assert first.startswith("# ")
    assert "," not in first
    assert second.startswith("id,seen,title,type,status,url,mark,owner,audience,date,date_start,")


def test_csv_gives_words_machine_columns_sources_and_marks(house: make.House) -> None:
    record = a_told_record(house)
    (row,) = table(exported(house, house.ann, "csv", base="https://evidence.example.org"))
    assert row["url"] == f"https://evidence.example.org/r/{record.public_id}/"
    assert (row["status"], row["mark"], row["owner"]) == ("accepted", "TLP:GREEN", "org:police")
    assert (row["date_start"], row["date_precision"]) == ("2011-03-05", "day")
    assert (row["place"], row["place_lat"], row["place_country"]) == ("Lagos, Nigeria", "6.45", "NG")
    assert (row["amount_low"], row["amount_unit"], row["waste_id"]) == ("12.0", "t", "Y31")
    assert row["name_mark"] == "TLP:AMBER+STRICT"
    assert row["waste_sources"].startswith("Port news, The Bulletin, 2011-04-01")
    assert "https://evidence.example.org/p/" in row["waste_sources"]
    assert row["date_sources"] == "entered by Ann"


def test_workbook_has_a_sheet_of_claims_with_what_each_rests_on(house: make.House) -> None:
    a_told_record(house)
    book = openpyxl.load_workbook(io.BytesIO(exported(house, house.ann, "xlsx")))
    assert book.sheetnames == ["Records", "Claims", "About"]
    rows = list(book["Claims"].iter_rows(values_only=True))
    claims = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    name = next(one for one in claims if one["field"] == "name")
    assert (name["value"], name["quote"], name["mark"], name["work_title"]) == (
        "Ann Lee",
        "Ann Lee",
        "TLP:AMBER+STRICT",
        "Port news",
    )


def test_workbook_goes_on_in_a_further_sheet_where_one_is_full(
    house: make.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "MOST_ROWS", 3)
    for _ in range(3):
        make.a_record(house, make.claim("note"))
    book = openpyxl.load_workbook(io.BytesIO(exported(house, house.ann, "xlsx")))
    assert [book[name].max_row for name in ("Records", "Records 2")] == [3, 2]


def test_geojson_puts_longitude_first_and_keeps_records_without_a_place(house: make.House) -> None:
    a_told_record(house)
    make.a_record(house, make.claim("note"))
    features = json.loads(exported(house, house.ann, "geojson"))["features"]
    points = [one["geometry"] and one["geometry"]["coordinates"] for one in features]
    assert sorted(points, key=str) == [None, [3.39, 6.45]] or points == [[3.39, 6.45], None]


def test_json_lines_give_each_claim_its_passage(house: make.House) -> None:
    a_told_record(house)
    _about, record = (json.loads(line) for line in exported(house, house.ann, "jsonl").splitlines())
    source = record["fields"]["name"][0]["claims"][0]["source"]
    assert (source["quote"], source["start"], source["end"]) == ("Ann Lee", 0, 7)


@pytest.mark.parametrize("evil", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1"])
def test_no_cell_begins_as_a_formula(house: make.House, evil: str) -> None:
    make.a_record(house, make.claim("note", f"{evil} cmd"))
    (row,) = csv.DictReader(io.StringIO(exported(house, house.ann, "csv").decode("utf-8-sig").partition("\n")[2]))
    assert row["note"].lstrip("'") != row["note"] or not row["note"].lstrip().startswith(("=", "+", "-", "@"))
    book = openpyxl.load_workbook(io.BytesIO(exported(house, house.ann, "xlsx")))
    kinds = {cell.data_type for sheet in book for line in sheet.iter_rows() for cell in line}
    assert "f" not in kinds


@pytest.mark.parametrize("form", FORMS)
def test_export_honours_filters_and_order(house: make.House, form: str) -> None:
    one = make.a_record(house, make.claim("waste", "Y29"))
    other = make.a_record(house, make.claim("waste", "Y31"))
    text = everything(exported(house, house.ann, form, Filter(facets={"waste": ("Y31",)})), form)
    assert other.public_id in text
    assert one.public_id not in text


def test_export_comes_in_chunks_and_asks_no_more_for_each(house: make.House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "CHUNK", 4)
    monkeypatch.setattr(tables, "CHUNK", 4)
    for _ in range(12):
        a_told_record_like = make.claim("note")
        make.a_record(house, a_told_record_like)
    parts = export_records(house.ann, house.workspace, "incident", Filter(), "csv", language="en")
    counts = []
    for _ in range(3):
        with CaptureQueriesContext(connection) as caught:
            assert next(parts).count(b"\n") >= 4
        counts.append(len(caught))
    assert counts[0] == counts[1] == counts[2] < 18


def test_export_speaks_its_language_and_leaves_the_thread_with_its_own(house: make.House) -> None:
    a_told_record(house)
    with translation.override("fr"):
        parts = export_records(house.ann, house.workspace, "incident", Filter(), "csv", language="en")
        first = next(parts)
        assert translation.get_language() == "fr"
    assert b"5 March 2011" in first


def test_page_sends_the_file_that_the_list_shows(house: make.House) -> None:
    record = a_told_record(house)
    client = Client()
    client.force_login(Person.objects.get(public_id=house.people["cy"]))
    answer = client.get("/w/trial/incident/export.csv?waste=Y31")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert 'attachment; filename="trial-incident-' in answer["Content-Disposition"]
    body = b"".join(answer.streaming_content)
    assert [row["id"] for row in table(body)] == [record.public_id]
    assert b"Ann Lee" not in body
    assert table(b"".join(client.get("/w/trial/incident/export.csv?waste=Y29").streaming_content)) == []


@pytest.mark.parametrize(
    ("address", "status"), [("export.docx", 404), ("export.csv?bbox=1,2", 400), ("export.csv?status=odd", 400)]
)
def test_page_refuses_what_it_cannot_give(house: make.House, address: str, status: int) -> None:
    client = Client()
    client.force_login(Person.objects.get(public_id=house.people["cy"]))
    assert client.get(f"/w/trial/incident/{address}").status_code == status
