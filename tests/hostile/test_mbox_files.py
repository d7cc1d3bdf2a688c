"""Mail boxes: many mails in one file, each of its own; broken, mislabelled and hostile ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.plugins.readers.making import mail

from plumbline.plugins.readers import Document, FileRefused, Limits, read_file

LINE = b"From master@port.example Sat Mar  5 09:00:00 2011\n"


def box(*mails: bytes) -> bytes:
    """A mail box as programs write it: a line before each mail, an empty one after it."""
    return b"".join(LINE + one.rstrip(b"\n") + b"\n\n" for one in mails)


def letter(subject: str, text: str = "Please look.", **more: dict[str, bytes]) -> bytes:
    found = mail(text=text, attached=more.get("attached"))
    found.replace_header("Subject", subject)
    return found.as_bytes()


def read(tmp_path: Path, data: bytes, name: str = "a.mbox", **limits: float) -> Document:
    place = tmp_path / "file"
    place.write_bytes(data)
    return read_file(place, name=name, limits=Limits(**limits))  # type: ignore[arg-type]


def test_each_mail_is_one_of_its_own_with_what_hangs_on_it(tmp_path: Path) -> None:
    quoted = letter("Berth 5", "Two drums.\n\n>From the harbour it smells.\n\nFrom here on all is well.\n")
    data = box(letter("Berth 4", attached={"list.csv": b"kg\n12\n"}), quoted, letter("Отчёт / 6"))
    for written in (data, data.replace(b"\n", b"\r\n")):
        found = read(tmp_path, written)
        assert (found.media_type, found.warnings) == ("application/mbox", ())
        assert [part.name for part in found.parts] == ["1 Berth 4.eml", "2 Berth 5.eml", "3 Отчёт - 6.eml"]
        assert [block.text for block in found.blocks] == [part.name for part in found.parts]
        first, second, third = [part.read() for part in found.parts]
        within = read(tmp_path, first, "b.eml")
        assert (within.title, [part.name for part in within.parts]) == ("Berth 4", ["list.csv"])
        said = read(tmp_path, second, "b.eml").text
        assert "From the harbour it smells." in said
        assert ">From" not in said
        assert "From here on all is well." in said
        assert read(tmp_path, third, "b.eml").title == "Отчёт / 6"
        read(tmp_path, written)  # the parts above are read anew from the file


@pytest.mark.parametrize("name", ["Inbox", "a.mbx", "a.txt"])
def test_mail_box_is_known_by_its_beginning(tmp_path: Path, name: str) -> None:
    assert len(read(tmp_path, box(letter("A"), letter("B")), name).parts) == 2


def test_mail_that_came_out_of_a_mail_box_stays_a_mail(tmp_path: Path) -> None:
    assert read(tmp_path, box(letter("A", "Six drums.")), "a.eml").title == "A"


REFUSED = {
    "too many mails": (box(*[letter("A")] * 30), {"parts": 20}, "archive.too_many_entries"),
    "beginnings without number": ((LINE + b"A: b\n\n") * 100_000, {}, "archive.too_many_entries"),
    "too large": (box(letter("A")), {"size": 50}, "file.too_large"),
    "too slow": (box(letter("A")), {"seconds": 0.0}, "file.too_slow"),
    "noise of this name": (bytes(range(256)) * 50, {}, "file.unknown_format"),
    "empty": (b"", {}, "file.empty"),
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", REFUSED)
def test_mail_box_is_refused_by_one_sentence_that_names_it(tmp_path: Path, name: str) -> None:
    data, limits, code = REFUSED[name]
    with pytest.raises(FileRefused) as caught:
        read(tmp_path, data, **limits)
    assert caught.value.code == code
    assert str(caught.value).startswith("a.mbox")
    assert str(caught.value).endswith(".")


READ = {
    "cut within a mail": (box(letter("A"), letter("B"))[:-200], 2, 2),
    "lines in a text that look like a beginning": (box(letter("A", "x\n\nFrom 10:00 on it smelt\nof acid.\n\nFrom Ana: no\n")), 1, 1),
    "a header without end": (box(b"Subject: " + b"x" * 3_000_000 + b"\n\nText.", letter("B")), 2, 1),
    "headers that no rule foresees": (box(b"From: " + b"(" * 9_500 + b"\nSubject: =?punycode?Q?" + b"a" * 90_000 + b"?=\n\nText.", letter("B")), 2, 1),
    "a subject that points outside": (box(letter("../../etc/passwd"), letter("C:\\evil")), 2, 2),
    "zeros and letters of no encoding": (box(b"Subject: \xff\x00\xfe\n\n\x00\xff", letter("B")), 2, 1),
    "a mail without text": (box(b"X: y\n", letter("B")), 2, 1),
    "a line without end": (box(letter("A", "From " + "y" * 2_000_000)), 1, 1),
}  # fmt: skip


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", READ)
def test_mail_box_is_read_in_spite_of_what_is_wrong(tmp_path: Path, name: str) -> None:
    data, count, sound = READ[name]
    found = read(tmp_path, data)
    assert len(found.parts) == count
    assert not any("/" in part.name or "\\" in part.name for part in found.parts)
    mails = [part.read() for part in found.parts]
    assert sum(is_read(tmp_path, one) for one in mails) >= sound


def is_read(tmp_path: Path, data: bytes) -> bool:
    """Tell whether a mail is read by itself; else it is refused."""
    try:
        return bool(read(tmp_path, data, "b.eml").blocks)
    except FileRefused:
        return False
