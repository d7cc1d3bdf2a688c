"""Further formats: what of each becomes which block, and what the file says of itself."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import pytest
from PIL import Image
from tests.unit.plugins.readers.making import mail, odt, pptx, shape, zipped

from plumbline.plugins.readers import Document, read_file


def read(tmp_path: Path, name: str, data: bytes) -> Document:
    place = tmp_path / name
    place.write_bytes(data)
    return read_file(place, name=name)


def told(document: Document) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(one.kind, one.text, one.heading_path) for one in document.blocks]


def test_markdown_headings_lists_tables_and_front_matter(tmp_path: Path) -> None:
    source = (
        "---\ntitle: Waste at sea\nauthor: N. Haddad\ndate: 2011-03-05\nlang: en\n---\n# Ports\n\nTwelve *tonnes* of "
        "[lead](http://x.example) `Pb`\nwere seized.\n\n## Rail\n\n- one wagon\n- <b>two</b> wagons\n\n"
        "| port | tonnes |\n|---|---|\n| Lagos | 12 |\n\n<script>alert(1)</script>\n"
    )
    found = read(tmp_path, "a.md", source.encode())
    assert told(found) == [
        ("heading", "Ports", ()), ("paragraph", "Twelve tonnes of lead Pb were seized.", ("Ports",)),
        ("heading", "Rail", ("Ports",)), ("list-item", "one wagon", ("Ports", "Rail")),
        ("list-item", "two wagons", ("Ports", "Rail")), ("row", "port | tonnes", ("Ports", "Rail")),
        ("row", "Lagos | 12", ("Ports", "Rail")),
    ]  # fmt: skip
    assert (found.title, found.author, found.published, found.language) == (
        "Waste at sea", "N. Haddad", date(2011, 3, 5), "en",
    )  # fmt: skip


def test_odt_headings_notes_lists_tables_pages(tmp_path: Path) -> None:
    body = (
        '<text:h text:outline-level="1">Ports</text:h><text:p>Twelve<text:s text:c="2"/>tonnes<text:note><text:note-citation>1'
        "</text:note-citation><text:note-body><text:p>By weight.</text:p></text:note-body></text:note> were seized.</text:p>"
        "<text:soft-page-break/><text:list><text:list-item><text:p>one wagon</text:p></text:list-item></text:list>"
        "<table:table><table:table-row><table:table-cell><text:p>Lagos</text:p></table:table-cell><table:table-cell>"
        "<text:p>12</text:p></table:table-cell></table:table-row></table:table>"
        "<text:tracked-changes><text:p>deleted words</text:p></text:tracked-changes>"
    )
    found = read(
        tmp_path,
        "a.odt",
        odt(body, meta="<dc:title>Waste</dc:title><meta:initial-creator>N. H.</meta:initial-creator>"),
    )
    assert told(found) == [
        ("heading", "Ports", ()), ("paragraph", "Twelve tonnes were seized.", ("Ports",)),
        ("paragraph", "1 By weight.", ("Ports",)), ("list-item", "one wagon", ("Ports",)),
        ("row", "Lagos | 12", ("Ports",)),
    ]  # fmt: skip
    assert [one.page for one in found.blocks] == [1, 1, 1, 2, 2]
    assert (found.title, found.author) == ("Waste", "N. H.")


def test_pptx_slides_in_the_order_shown_with_tables_and_notes(tmp_path: Path) -> None:
    table = (
        "<p:graphicFrame><a:tbl><a:tr><a:tc><a:txBody><a:p><a:r><a:t>Lagos</a:t></a:r></a:p></a:txBody></a:tc>"
        "<a:tc><a:txBody><a:p><a:r><a:t>12</a:t></a:r></a:p></a:txBody></a:tc></a:tr></a:tbl></p:graphicFrame>"
    )
    first = shape("Seizures", role="title") + shape("lead", "mercury", role="body") + table + shape("7", role="sldNum")
    found = read(tmp_path, "a.pptx", pptx(first, shape("An opening"), notes=shape("Say where.", role="body")))
    assert told(found) == [
        ("paragraph", "An opening", ()), ("heading", "Seizures", ()), ("list-item", "lead", ("Seizures",)),
        ("list-item", "mercury", ("Seizures",)), ("row", "Lagos | 12", ("Seizures",)),
        ("paragraph", "Say where.", ("Seizures",)),
    ]  # fmt: skip
    assert [one.page for one in found.blocks] == [1, 2, 2, 2, 2, 2]


def test_rtf_paragraphs_rows_letters_and_no_pictures(tmp_path: Path) -> None:
    source = (
        rb"{\rtf1\ansi\ansicpg1252{\info{\title Waste}{\author N. Haddad}}{\fonttbl{\f0 Arial;}}Twelve tonnes at G\'eanes, "
        rb"\u1055?orts.\par {\pict\pngblip "
        + b"89504e47" * 200
        + rb"}\trowd\cellx100\cellx200 Lagos\cell 12\cell\row After it.\par}"
    )
    found = read(tmp_path, "a.rtf", source)
    assert [(one.kind, one.text) for one in found.blocks] == [
        ("paragraph", "Twelve tonnes at Gênes, Пorts."), ("row", "Lagos | 12"), ("paragraph", "After it."),
    ]  # fmt: skip
    assert (found.title, found.author) == ("Waste", "N. Haddad")


def test_eml_says_who_wrote_to_whom_and_holds_its_attachments(tmp_path: Path) -> None:
    letter = mail(
        text="Two containers stand at berth 4.\n\nThey smell.\n-- \nThe office", attached={"list.csv": b"a,b\n1,2\n"}
    )
    letter.add_attachment(mail(text="The first letter."))
    found = read(tmp_path, "a.eml", letter.as_bytes())
    assert [one.text for one in found.blocks] == [
        "Two containers at berth 4",
        "From: Harbour Master <master@port.example>; To: customs@state.example; Date: Sat, 05 Mar 2011 09:00:00 +0100",
        "Two containers stand at berth 4.", "They smell.", "list.csv", "message-2.eml",
    ]  # fmt: skip
    assert (found.title, found.published) == ("Two containers at berth 4", date(2011, 3, 5))
    assert found.parts[0].read() == b"a,b\n1,2\n"
    assert b"The first letter." in found.parts[1].read()
    page = read(tmp_path, "b.eml", mail(html="<p>It <b>smells</b>.</p><script>x()</script>").as_bytes())
    assert page.blocks[-1].text == "It smells."


@pytest.mark.parametrize(
    ("written", "received", "day", "warned"),
    [
        ("Sat, 05 Mar 2011 09:00:00 +0100", "Sat, 05 Mar 2011 09:00:05 +0100", date(2011, 3, 5), False),
        ("Fri, 05 Mar 2032 09:00:00 +0100", "Sat, 05 Mar 2011 09:00:05 +0100", date(2011, 3, 5), True),
        ("yesterday", "Sat, 05 Mar 2011 09:00:05 +0100", date(2011, 3, 5), True),
        ("Sat, 05 Mar 2011 09:00:00 +0100", "", date(2011, 3, 5), False),
    ],
)
def test_eml_date_that_lies_gives_way_to_the_day_of_receipt(
    tmp_path: Path, written: str, received: str, day: date, warned: bool
) -> None:
    raw = mail(received=received).as_bytes().replace(b"Sat, 05 Mar 2011 09:00:00 +0100", written.encode(), 1)
    found = read(tmp_path, "a.eml", raw)
    assert found.published == day
    assert ("mail.date_differs" in {one.code for one in found.warnings}) is warned


def test_eml_line_of_receipt_that_its_sender_wrote_does_not_count(tmp_path: Path) -> None:
    lines = (
        b"Received: by mx.state.example; Sat, 05 Mar 2011 09:00:05 +0100\n"
        b"Received: by forged.example; Mon, 05 Jan 2009 09:00:00 +0000\n"
    )
    forged = lines + mail().as_bytes()
    assert read(tmp_path, "a.eml", forged).published == date(2011, 3, 5)


def test_zip_lists_its_files_and_gives_each(tmp_path: Path) -> None:
    inner = zipped({"deep.txt": "Deep down."})
    found = read(
        tmp_path, "a.zip", zipped({"r/one.txt": "Twelve tonnes.", "__MACOSX/x": "x", ".hid": "x", "two.zip": inner})
    )
    assert [one.text for one in found.blocks] == ["r/one.txt", "two.zip"]
    assert [(one.name, one.read()) for one in found.parts] == [("one.txt", b"Twelve tonnes."), ("two.zip", inner)]


def test_picture_says_its_kind_and_size_and_warns_of_its_position(tmp_path: Path) -> None:
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x010E], exif[0x013B] = "Drums at the quay", "N. Haddad"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8769)[0x9003] = "2011:03:05 10:00:00"
    Image.new("RGB", (40, 30)).save(out, "JPEG", exif=exif)
    found = read(tmp_path, "a.jpg", out.getvalue())
    assert [one.text for one in found.blocks] == ["Drums at the quay", "a.jpg: JPEG, 40 × 30"]
    assert (found.media_type, found.author, found.published) == ("image/jpeg", "N. Haddad", date(2011, 3, 5))
    assert [one.code for one in found.warnings] == ["picture.position"]
