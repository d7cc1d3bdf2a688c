"""Scanned pages: text pages at once, the others recognised between them, by themselves again, and corrected by hand."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from tests import factories as make
from tests.factories import House, a_record, claim, follow, fresh, passages_of, run_jobs, said
from tests.hostile.test_scanned_pages import pdf_with_picture_of
from tests.unit.engines.test_ocr import TEXT, drawn, needs_program, png

from plumbline.apps.accounts.models import Person
from plumbline.apps.library.actions import add_claims, correct_passage, recognise_pages, store_page
from plumbline.apps.library.intake import take_in
from plumbline.apps.library.models import Claim, EarlierText, Entry, Mask, Passage, ScannedPage, Work
from plumbline.apps.library.presenting import scan_rows
from plumbline.apps.library.queries import passages, scanned_pages
from plumbline.apps.library.searching import search_passages
from plumbline.apps.spine.models import Job
from plumbline.domain.access import Mark
from plumbline.domain.errors import Conflict, Forbidden, InvalidInput
from plumbline.engines import ocr

pytestmark = pytest.mark.django_db
GREEN, POLICE = Mark("GREEN", "org:police"), Mark("AMBER", "org:police")


def pdf(*pages: str | None) -> bytes:
    """A PDF of pages with a text layer; None is a page that is a picture of the first paragraph of `TEXT`."""
    out = io.BytesIO()
    canvas = Canvas(out)
    for text in pages:
        if text is None:
            canvas.drawImage(ImageReader(drawn(TEXT[0])), 40, 400, width=520, height=280)
        else:
            canvas.drawString(72, 700, text)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


@pytest.fixture
def absent(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Tesseract is not installed, until the function given is called."""
    monkeypatch.setattr(ocr, "program", lambda: None)
    return monkeypatch.undo


def taken(house: House, data: bytes, name: str = "report.pdf", **more: Any) -> Entry:
    work = take_in(io.BytesIO(data), name, house.workspace, by=house.ann, **more).work
    run_jobs()
    return fresh(work)


@needs_program
@pytest.mark.usefixtures("index")
def test_scanned_page_comes_between_the_pages_with_text(house: House) -> None:
    work = taken(house, pdf("The first page tells of drums.", None, "The last page tells of lorries."))
    rows = passages_of(work)
    assert [(one.ordinal, one.page) for one in rows] == [(0, 1), (1, 2), (2, 3)]
    assert "12 tonnes of lead batteries in Lagos" in rows[1].text
    assert [one.start for one in rows] == [0, len(rows[0].text) + 2, len(rows[0].text) + len(rows[1].text) + 4]
    scan = ScannedPage.objects.get(work=work.pk)
    assert (scan.page, scan.state) == (2, ScannedPage.READ)
    assert (scan.confidence or 0) > 0.7
    assert (work.work.passage_count, work.work.pages_waiting) == (3, 0)
    follow()
    assert search_passages("batteries", house.ann).total == 1


@needs_program
def test_without_the_program_pages_wait_and_are_recognised_once_it_is_there(
    house: House, absent: Callable[[], None]
) -> None:
    work = taken(house, pdf("The first page tells of drums.", None))
    assert (work.work.state, work.work.passage_count, work.work.pages_waiting) == (Work.READ, 1, 1)
    absent()
    assert recognise_pages(work, by=house.ann) == 1
    run_jobs()
    assert fresh(work).work.pages_waiting == 0
    assert Passage.objects.filter(work=work.pk, page=2).count() == 1


@needs_program
def test_page_that_failed_is_done_again_alone(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    real, seen = ocr.recognise, []

    def sometimes(picture: bytes, wanted: Any, **more: Any) -> ocr.Recognised:
        seen.append(len(picture))
        if len(seen) == 1:
            raise ocr.OcrFailed("ocr.slow", "Recognising the page took more than {seconds:g} seconds.", seconds=1)
        return real(picture, wanted, **more)

    monkeypatch.setattr(ocr, "recognise", sometimes)
    work = taken(house, pdf(None, "Text.", None))
    assert list(ScannedPage.objects.order_by("page").values_list("page", "state")) == [(1, "failed"), (3, "read")]
    recognise_pages(work, by=house.ann)
    run_jobs()
    assert len(seen) == 3
    assert [one.page for one in passages_of(work)] == [1, 2, 3]


@needs_program
def test_records_are_proposed_from_recognised_pages_without_doubling_those_of_the_text() -> None:
    hints = """
    extraction:
      cues: {en: [seized]}
      fields: {date: {from: dates}, amount: {from: quantities}}
vocabularies:"""
    house = make.a_house(make.BLUEPRINT.replace("\nvocabularies:", hints, 1))
    work = taken(house, pdf("On 4 April 2011 officers seized 3 tonnes of drums in Genoa.", None))
    jobs = Job.objects.filter(kind="extract", payload__id=work.public_id).order_by("pk")
    assert [job.payload.get("pages") for job in jobs] == [None, [2]]
    days = Claim.objects.filter(field="date", passage__work=work.pk).values_list("passage__page", "value__start")
    assert sorted(days) == [(1, "2011-04-04"), (2, "2011-03-05")]


def page_of_picture(house: House, text: str, mark: Mark = GREEN) -> Passage:
    out = io.BytesIO()
    drawn("x").save(out, "PNG")
    work = taken(house, out.getvalue() + text.encode(), "scan.png", mark=mark)
    store_page(work.work, 1, [text], 0.6, by=house.ann)
    return Passage.objects.select_related("work__entry__workspace").get(work=work.pk, page=1)


@pytest.mark.usefixtures("absent")
def test_correction_keeps_the_text_before_and_the_claims_on_words_that_stay(house: House) -> None:
    passage = page_of_picture(house, "0n 5 March officers seized lead in Lagos.")
    record = a_record(house, claim("note"), mark=GREEN)
    work = Entry.objects.get(pk=passage.work_id)
    kept, lost = add_claims(record, [said("name", "Lagos", work), said("note", "0n 5", work)], by=house.ann)
    correct_passage(passage, "On 5 March, officers seized lead in Lagos.", by=house.ann)
    kept.refresh_from_db()
    lost.refresh_from_db()
    text = Passage.objects.get(pk=passage.pk).text
    assert text[kept.start : kept.end] == "Lagos"
    assert (lost.start, lost.end) == (None, None)
    (earlier,) = EarlierText.objects.all()
    assert earlier.text.startswith("0n 5")
    correct_passage(
        Passage.objects.select_related("work__entry__workspace").get(pk=passage.pk), earlier.text, by=house.ann
    )
    assert Passage.objects.get(pk=passage.pk).text == earlier.text


@pytest.mark.usefixtures("absent")
def test_correction_shows_no_withheld_word(house: House) -> None:
    passage = page_of_picture(house, "A woman called Ann Lee signed.")
    record = a_record(house, claim("note"), mark=GREEN)
    work = Entry.objects.get(pk=passage.work_id)
    add_claims(record, [said("name", "Ann Lee", work, mark=POLICE)], by=house.ann)
    correct_passage(passage, "A woman, called Ann Lee, signed, and Ann Lee left.", by=house.ann)
    assert "Ann" not in passages(fresh(work), house.cy)[-1].text
    again = Passage.objects.select_related("work__entry__workspace").get(pk=passage.pk)
    correct_passage(again, "A woman called Anne Leigh signed.", by=house.ann)
    assert set(passages(fresh(work), house.cy)[-1].text) == {"█"}
    assert Mask.objects.filter(passage=passage).exists()
    with pytest.raises(Forbidden):
        correct_passage(again, "Something else.", by=house.bo if house.bo.organisation != "org:police" else house.cy)


@pytest.mark.usefixtures("absent")
def test_words_withheld_elsewhere_are_withheld_on_a_page_that_comes_later(house: House) -> None:
    work = taken(house, pdf("A woman called Ann Lee signed.", None), mark=GREEN)
    record = a_record(house, claim("note"), mark=GREEN)
    add_claims(record, [said("name", "Ann Lee", work, mark=POLICE)], by=house.ann)
    store_page(fresh(work).work, 2, ["Later Ann Lee left."], 0.9, by=house.ann)
    assert "Ann" not in passages(fresh(work), house.cy)[1].text


@pytest.mark.usefixtures("absent")
def test_text_that_stands_in_the_file_is_not_corrected_and_empty_text_is_refused(house: House) -> None:
    work = taken(house, pdf("The first page tells of drums."))
    (passage,) = Passage.objects.select_related("work__entry__workspace").filter(work=work.pk)
    with pytest.raises(Conflict, match="stands so in the file"):
        correct_passage(passage, "Other words.", by=house.ann)
    with pytest.raises(InvalidInput, match="is empty"):
        correct_passage(page_of_picture(house, "Words."), "  ", by=house.ann)


@pytest.mark.usefixtures("absent")
def test_pages_show_how_each_scan_went_and_let_it_be_corrected(house: House) -> None:
    passage = page_of_picture(house, "0n 5 March officers seized lead.")
    page = Client()
    person = Person.objects.get(public_id=house.people["ann"])
    page.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    shown = page.get(f"/work/{passage.work.entry.public_id}/").content.decode()
    assert "Scanned pages" in shown
    assert "60%" in shown
    assert page.get(f"/work/{passage.work.entry.public_id}/page/1/").content.startswith(b"\x89PNG")
    assert f"/p/{passage.public_id}/correct/" in page.get(f"/p/{passage.public_id}/").content.decode()
    assert page.post(f"/p/{passage.public_id}/correct/", {"text": "On 5 March."}).status_code == 302
    assert "0n 5 March" in page.get(f"/p/{passage.public_id}/correct/").content.decode()
    assert Claim.objects.count() == 0


@needs_program
def test_page_with_too_many_dots_fails_alone(house: House) -> None:
    work = taken(house, pdf_with_picture_of(16_000, 16_000), "fax.pdf")
    rows = ScannedPage.objects.filter(work=work.pk).order_by("page")
    assert [one.state for one in rows] == ["read", "failed", "read"]
    told = scan_rows(scanned_pages(work, house.ann))[1]["words"]
    assert told == (
        "Page 2 of fax.pdf holds more than 150 million dots, too many to be drawn. Scan it with fewer dots per inch."
    )


@needs_program
def test_page_that_was_scanned_sideways_is_read_and_shown_the_right_way_up(house: House) -> None:
    work = taken(house, png(drawn(*TEXT).rotate(-270, expand=True)), "sideways.png")
    assert "customs officers seized" in " ".join(one.text for one in passages(work, house.ann))
    (scan,) = scanned_pages(work, house.ann)
    assert scan[0].turned == 90
    assert scan_rows([scan])[0]["words"] == "recognised, turned the right way up"
    page = Client()
    person = Person.objects.get(public_id=house.people["ann"])
    page.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    shown = page.get(f"/work/{work.public_id}/page/1/").content
    with Image.open(io.BytesIO(shown)) as picture:
        assert picture.size == drawn("x").size


def test_stamp_that_the_file_says_does_not_come_again_with_the_recognised_text(
    house: House, absent: Callable[[], None]
) -> None:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(595, 842))
    canvas.drawImage(ImageReader(drawn(TEXT[0])), 0, 0, width=595, height=842)
    canvas.drawString(60, 815, "Received 12 March 2024")
    canvas.showPage()
    canvas.drawString(72, 700, "The last page tells of lorries.")
    canvas.save()
    work = taken(house, out.getvalue())
    said = ["Received  12 March 2024", "Twelve tonnes.", "Received 12 March 2024 by Ann."]
    assert store_page(work.work, 1, said, 0.9, by=house.ann) == 2
    rows = passages_of(work)
    assert [one.text for one in rows] == ["Received 12 March 2024", *said[1:], "The last page tells of lorries."]
    assert [(one.ordinal, one.start) for one in rows] == [(0, 0), (1, 24), (2, 40), (3, 72)]
