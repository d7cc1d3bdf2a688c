"""E-mails as mail programs, lists, signatures and Outlook really make them: nothing that hangs on one is lost."""

from __future__ import annotations

from datetime import UTC, date, datetime
from email.message import EmailMessage
from email.mime.application import MIMEApplication
from email.mime.image import MIMEImage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path

import pytest
from compressed_rtf import compress
from tests.unit.plugins.readers.outlook import compound, letter

from plumbline.plugins.readers import Document, FileRefused, read_file

TABLE = b"Day,Kg\n2024-03-12,300\n"
HEAD = b"From: Ana <ana@x.example>\nDate: Tue, 12 Mar 2024 10:00:00 +0000\nSubject: Batteries\n"


def read(tmp_path: Path, data: bytes, name: str = "a.eml") -> Document:
    place = tmp_path / name
    place.write_bytes(data)
    return read_file(place, name=name)


def table() -> MIMEApplication:
    part = MIMEApplication(TABLE, "csv")
    part.add_header("Content-Disposition", "attachment", filename="data.csv")
    return part


def letter_with_table() -> MIMEMultipart:
    found = MIMEMultipart("mixed")
    found.attach(MIMEText("Two containers smell.", "plain"))
    found.attach(table())
    return found


def page_with_picture() -> MIMEMultipart:
    found, picture = MIMEMultipart("related"), MIMEImage(b"\x89PNG\r\n\x1a\nx", "png")
    picture.add_header("Content-ID", "<a>")
    found.attach(MIMEText('<p>See the photo. <img src="cid:a"></p>', "html"))
    found.attach(picture)
    return found


def signed() -> MIMEMultipart:
    found, signature = MIMEMultipart("signed"), MIMEApplication(b"0\x82", "pkcs7-signature", name="smime.p7s")
    found.attach(letter_with_table())
    found.attach(signature)
    return found


def from_a_list() -> MIMEMultipart:
    found = MIMEMultipart("mixed")
    found.attach(letter_with_table())
    found.attach(MIMEText("Sent by the list.", "plain"))
    return found


def of_pictures() -> MIMEMultipart:
    found = MIMEMultipart("mixed")
    found.attach(page_with_picture())
    return found


def of_two_forms() -> MIMEMultipart:
    found = MIMEMultipart("alternative")
    found.attach(MIMEText("See the photo.", "plain"))
    found.attach(page_with_picture())
    return found


@pytest.mark.parametrize(
    ("mail", "text", "names"),
    [
        (signed, ["Two containers smell."], ["data.csv"]),
        (from_a_list, ["Two containers smell.", "Sent by the list."], ["data.csv"]),
        (of_pictures, ["See the photo."], ["attachment-1.png"]),
        (of_two_forms, ["See the photo."], ["attachment-1.png"]),
        (table, [], ["data.csv"]),
    ],
)
def test_what_hangs_on_a_mail_is_found_however_it_is_wrapped(
    tmp_path: Path, mail: object, text: list[str], names: list[str]
) -> None:
    found = read(tmp_path, HEAD + mail().as_bytes())  # type: ignore[operator]
    assert [one.text for one in found.blocks[2:]] == text + names
    assert [one.name for one in found.parts] == names
    assert found.parts[0].read() in (TABLE, b"\x89PNG\r\n\x1a\nx")


def test_letters_of_an_encoding_that_nobody_declared_are_read_and_told(tmp_path: Path) -> None:
    source = (
        "From: Иван <i@x.example>\nDate: Tue, 12 Mar 2024 10:00:00 +0300\nSubject: Отчёт о батареях\n"
        "Content-Type: text/plain\nContent-Transfer-Encoding: 8bit\n\nЗадержано 12 марта 300 кг свинца в порту.\n"
    )
    found = read(tmp_path, source.encode("cp1251"))
    assert (found.title, found.author) == ("Отчёт о батареях", "Иван <i@x.example>")
    assert found.blocks[-1].text == "Задержано 12 марта 300 кг свинца в порту."
    assert [one.code for one in found.warnings] == ["text.encoding_guessed"]
    unknown = source.replace("text/plain", "text/plain; charset=x-unknown").encode("cp1251")
    assert read(tmp_path, unknown).blocks[-1].text == found.blocks[-1].text


@pytest.mark.parametrize("said", ["Tue, 01 Jan 2999 00:00:00 +0000", "Thu, 01 Jan 1970 00:00:00 +0000"])
def test_day_that_cannot_be_is_left_open_and_told(tmp_path: Path, said: str) -> None:
    found = read(tmp_path, f"From: a@x.example\nDate: {said}\nSubject: S\n\nWords here.\n".encode())
    assert found.published is None
    assert [one.message for one in found.warnings] == [
        f"a.eml says it was sent on {said}, which cannot be; its day is left open."
    ]


def test_outlook_mail_gives_its_attachments_and_the_mails_within_it(tmp_path: Path) -> None:
    deepest = letter(subject="The first", text="Four drums leak.", attached={}, within=True)
    inner = letter(
        subject="Berth 4", text="It smells of acid.", attached={"data.csv": TABLE, "deepest": deepest},
        sent=datetime(2024, 3, 11, 8, tzinfo=UTC), within=True,
    )  # fmt: skip
    headers = (
        "Received: by mx.state.example; Tue, 12 Mar 2024 10:00:05 +0000\r\n"
        "Received: by forged.example; Mon, 05 Jan 2009 09:00:00 +0000\r\nFrom: Ana <ana@x.example>\r\n"
    )
    outer = letter(
        subject="FW: Berth 4", text="See below.", headers=headers, sent=datetime(2024, 3, 12, 10, tzinfo=UTC),
        attached={"list.csv": TABLE, "Berth 4": inner},
    )  # fmt: skip
    found = read(tmp_path, compound(outer), "a.msg")
    assert (found.title, found.author, found.published) == ("FW: Berth 4", "Ana <ana@x.example>", date(2024, 3, 12))
    assert found.warnings == ()
    assert [one.name for one in found.parts] == ["list.csv", "Berth 4.eml"]
    assert found.parts[0].read() == TABLE
    within = read(tmp_path, found.parts[1].read(), "b.eml")
    assert (within.title, within.published) == ("Berth 4", date(2024, 3, 11))
    assert "It smells of acid." in [one.text for one in within.blocks]
    assert [one.name for one in within.parts] == ["data.csv", "The first.eml"]
    assert b"Four drums leak." in within.parts[1].read()


def test_forms_that_hold_no_text_give_way_to_those_that_do(tmp_path: Path) -> None:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "a@x.example", "S"
    mail.set_content(" \n")
    mail.add_alternative("<p>Only the page speaks.</p>", subtype="html")
    assert read(tmp_path, mail.as_bytes()).blocks[-1].text == "Only the page speaks."


HTML_IN_RTF = (
    rb"{\rtf1\ansi\ansicpg1252\fromhtml1 {\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 F\'fcnf F\'e4sser lecken."
    rb"{\*\htmltag72 </p>}\htmlrtf\par}\htmlrtf0 {\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 Near Kiel.{\*\htmltag72 </p>}\htmlrtf\par}\htmlrtf0 }"
)


def test_text_of_an_outlook_mail_in_packed_rtf_alone_is_read_and_a_damaged_one_refused(tmp_path: Path) -> None:
    inner = letter(subject="Second", text="", attached={}, within=True, rich=compress(b"{\\rtf1 Six drums.}"))
    mail = letter(subject="First", text="", attached={"x.msg": inner}, rich=compress(HTML_IN_RTF))
    found = read(tmp_path, compound(mail), "a.msg")
    assert [block.text for block in found.blocks][1:3] == ["Fünf Fässer lecken.", "Near Kiel."]
    (second,) = found.parts
    (rich,) = read(tmp_path, second.read(), "b.eml").parts
    assert "Six drums." in {block.text for block in read(tmp_path, rich.read(), "c.rtf").blocks}
    damaged = letter(subject="First", text="", attached={}, rich=compress(HTML_IN_RTF)[:-9])
    with pytest.raises(FileRefused, match="a.msg"):
        read(tmp_path, compound(damaged), "a.msg")
