"""Hits as files: all of a search, as the viewer may read them, in the order of the page."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest
from django.test import Client
from openpyxl import load_workbook
from tests import factories as make

from plumbline.apps.accounts.models import Person
from plumbline.apps.library import exporting
from plumbline.domain.access import Mark

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("index")]
POLICE = Mark("AMBER+STRICT", "org:police")


@pytest.fixture
def house() -> make.House:
    return make.a_house()


def sent(house: make.House, name: str, address: str) -> tuple[int, bytes]:
    client = Client()
    client.force_login(Person.objects.get(public_id=house.people[name]))
    answer = client.get(address)
    return answer.status_code, b"".join(answer.streaming_content) if answer.streaming else answer.content


def rows(house: make.House, name: str, address: str) -> tuple[str, list[dict[str, str]]]:
    """The line on top, and the rows under their heads."""
    status, body = sent(house, name, address)
    assert status == 200
    first, rest = body.decode("utf-8-sig").split("\r\n", 1)
    return first, list(csv.DictReader(io.StringIO(rest)))


def test_all_hits_are_written_with_work_text_address_language_and_mark(house: make.House) -> None:
    about = {"title": "Log", "language": "fr", "date": "2011-03-05", "publisher": "Port"}
    make.a_work(house, *[f"Un fût numéro {n}." for n in range(45)], about=about)
    make.a_work(house, "=HYPERLINK(1) fût.", name="b.txt", mark=POLICE)
    make.follow()
    top, written = rows(house, "ann", "/w/trial/search/export.csv?q=fût&sort=arrived&page=2")
    assert len(written) == 46
    assert "passages that match fût; 46 of 46" in top
    assert top.endswith("strictest mark inside: TLP:AMBER+STRICT")
    assert written[0]["text"] == "'=HYPERLINK(1) fût."
    one = written[1]
    assert (one["rank"], one["work_title"], one["text"], one["language"]) == ("2", "Log", "Un fût numéro 0.", "fr")
    assert (one["mark"], one["owner"], one["publisher"], one["date"]) == (
        "TLP:CLEAR",
        "org:police",
        "Port",
        "2011-03-05",
    )
    assert one["url"].startswith("http://testserver/p/")
    top, theirs = rows(house, "cy", "/search/export.csv?q=fût&sort=arrived")
    assert [row["text"] for row in theirs] == [row["text"] for row in written[1:]]
    assert "45 of 45" in top
    assert top.endswith("TLP:CLEAR")


def test_withheld_words_and_hidden_passages_are_in_no_file(house: make.House) -> None:
    work = make.a_work(house, "The drum of Ann Lee.", about={"title": "On Ann Lee"})
    make.a_work(house, "A hidden drum.", name="b.txt", mark=POLICE)
    make.a_record(house, make.said("victim", "Ann Lee", work, mark=POLICE))
    make.follow()
    assert "Ann Lee" in sent(house, "ann", "/search/export.csv?q=drum")[1].decode()
    for form in ("csv", "xlsx"):
        body = sent(house, "cy", f"/search/export.{form}?q=drum")[1]
        if form == "xlsx":
            packed = zipfile.ZipFile(io.BytesIO(body))
            body = b"".join(packed.read(name) for name in packed.namelist())
        assert b"drum" in body
        assert b"Ann" not in body
        assert b"hidden" not in body


def test_workbook_holds_the_same_rows_and_what_it_is(house: make.House) -> None:
    make.a_work(house, "A drum.", "Two drums.", about={"language": "en"})
    make.follow()
    book = load_workbook(io.BytesIO(sent(house, "cy", "/search/export.xlsx?q=drum")[1]))
    head, *body = book["Passages"].iter_rows(values_only=True)
    assert head == exporting.HEADS
    assert {row[head.index("text")] for row in body} == {"A drum.", "Two drums."}
    assert dict(book["About"].iter_rows(min_row=2, values_only=True))["question"] == "drum"


def test_more_hits_than_a_file_takes_are_cut_and_said(house: make.House, monkeypatch: pytest.MonkeyPatch) -> None:
    make.a_work(house, *[f"Drum {n}." for n in range(9)])
    make.follow()
    monkeypatch.setattr(exporting, "MOST_HITS", 4)
    top, written = rows(house, "cy", "/search/export.csv?q=drum")
    assert len(written) == 4
    assert "4 of 9" in top


def test_question_that_cannot_be_read_is_refused_before_anything_is_sent(house: make.House) -> None:
    for address, status in (
        ("?q=drum AND", 400),
        ("?q=drum&from=yesterday", 400),
        ("?q=", 200),
        ("?q=drum&since=9", 200),
    ):
        assert sent(house, "cy", f"/search/export.csv{address}")[0] == status
    assert sent(house, "cy", "/search/export.pdf?q=drum")[0] == 404
    assert sent(house, "cy", "/w/nowhere/search/export.csv?q=drum")[0] == 404
