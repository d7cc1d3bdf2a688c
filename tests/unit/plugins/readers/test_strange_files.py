"""Files that people and old programs make strangely: read whole, once, and in time that grows with their length."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import date
from email.message import EmailMessage
from pathlib import Path

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen import canvas
from tests.unit.plugins.readers.making import SLIDES, pptx, shape, zipped
from tests.unit.plugins.readers.outlook import compound, letter

from plumbline.engines.encoding import zipped_name
from plumbline.plugins.readers import Document, FileRefused, Limits, Reader, front, read_file
from plumbline.plugins.readers.archive import SafeArchive
from plumbline.plugins.readers.workbook import WITHOUT_RESULT

HEAD = b"From: a@x.example\nTo: b@x.example\nSubject: Drums\n"
DEEP = b"(" * 9_500


def read(tmp_path: Path, name: str, data: bytes) -> Document:
    place = tmp_path / "file"
    place.write_bytes(data)
    return read_file(place, name=name)


def texts(document: Document) -> list[str]:
    return [block.text for block in document.blocks]


# --- the front door


@pytest.mark.parametrize(
    "error", [ZeroDivisionError("no"), RecursionError("deep"), KeyError("x"), OSError("no number")]
)
def test_what_a_reader_did_not_foresee_is_refused_by_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(front, "readers", lambda: (raising(error),))
    with pytest.raises(FileRefused) as caught:
        read(tmp_path, "a.odd", b"x")
    assert caught.value.code == "file.broken"
    assert str(caught.value).startswith("a.odd is damaged")
    assert caught.value.__cause__ is error


@pytest.mark.parametrize(
    "error", [MemoryError(), OSError(28, "No space left"), KeyboardInterrupt(), ImportError("gone")]
)
def test_trouble_of_the_machine_goes_on_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    monkeypatch.setattr(front, "readers", lambda: (raising(error),))
    with pytest.raises(type(error)):
        read(tmp_path, "a.odd", b"x")


def raising(error: BaseException) -> Reader:
    def fail(*_: object) -> Document:
        raise error

    return Reader("odd", "odd", "x/odd", (".odd",), lambda _: True, fail)


# --- archives


@pytest.mark.parametrize("name", ["aaaa.txt", "Größe.txt"])
def test_entries_of_one_name_are_told_apart_by_one_question_for_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    import zipfile

    from plumbline.plugins.readers.model import Reading

    class Told:
        @staticmethod
        def infolist() -> list[zipfile.ZipInfo]:
            return [zipfile.ZipInfo(name) for _ in range(400)]

    reading, times = Reading("a.zip", Limits()), []
    monkeypatch.setattr(reading, "check_time", lambda: times.append(1))
    from plumbline.plugins.readers import archive

    asked: list[str] = []
    own = archive.zipped_names
    monkeypatch.setattr(archive, "zipped_names", lambda raw: asked.append(name) or own(raw))
    found = SafeArchive(Told(), reading)  # type: ignore[arg-type]
    assert found.names[:2] + found.names[-1:] == (name, name.replace(".", " (2)."), name.replace(".", " (400)."))
    assert (len(asked), len(times)) == (1, 400)


def test_entry_named_as_a_folder_is_passed_over(tmp_path: Path) -> None:
    assert texts(read(tmp_path, "a.zip", zipped({".": "x", "good.txt": "y"}))) == ["good.txt"]


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        *(("cp437", one) for one in ("Voyage à Paris.pdf", "ÄÖÜ.txt", "é.txt", "Å i Lofoten.txt", "ñ.txt", "façade où.txt")),
        *(("cp850", one) for one in ("Ó.txt", "São Paulo.txt", "Relatório Á.txt", "Ações.pdf")),
        *(("cp866", one) for one in ("Акт.txt", "ТЗ.txt", "ПОРТ.txt", "ООО.txt", "РФ.txt", "КЛИН.pdf", "Том А.txt", "еда.txt")),
        *(("shift_jis", one) for one in ("日本.txt", "レポート.txt", "報告書.txt", "廃棄物.pdf")),
        *(("gbk", one) for one in ("报告.txt", "港口检查记录.txt", "報告.txt")),
        *(("big5", one) for one in ("報告.txt", "廢物.txt")),
    ],
)  # fmt: skip
def test_name_in_an_archive_is_that_of_its_makers_system(encoding: str, name: str) -> None:
    assert zipped_name(name.encode(encoding)) == name


KOREAN = ("압수 보고서.txt", "부산항 폐기물 검사.txt", "2021년 사건 목록.txt")
JAPANESE = ("警察庁.txt", "環境省 廃棄物.txt", "東京港 検査報告書.txt", "レポート.txt")


def unmarked(names: Sequence[str], encoding: str) -> bytes:
    """An archive as a system writes it whose names are in its own encoding, not marked as UTF-8."""
    raw = [name.encode(encoding) for name in names]
    places = {f"{n:04}".ljust(len(one), "x"): one for n, one in enumerate(raw)}
    data = zipped({place: f"Text of {n}." for n, place in enumerate(places)})
    for place, one in places.items():
        data = data.replace(place.encode(), one)
    return data


@pytest.mark.parametrize(
    ("encoding", "names"),
    [
        ("cp949", KOREAN),
        ("cp949", ("폴더/가나다 라마바사.txt", "readme.txt")),
        ("cp932", JAPANESE),
        ("gbk", ("报告.txt", "港口检查记录.txt", "废物 清单.txt")),
        ("big5", ("報告.txt", "廢物清單.txt", "港口檢查.txt")),
        ("cp866", ("Акт.txt", "Приложение 1.txt", "А.txt")),
        ("cp850", ("São Paulo.txt", "Relatório Á.txt", "Ações.txt")),
        ("utf-8", (*KOREAN, *JAPANESE, "São Paulo.txt")),
    ],
)  # fmt: skip
def test_names_of_one_archive_are_judged_together(tmp_path: Path, encoding: str, names: tuple[str, ...]) -> None:
    found = read(tmp_path, "a.zip", unmarked(names, encoding))
    assert texts(found) == [*names]


# --- slides, tables, Markdown


def test_slide_that_is_an_older_form_as_a_whole_is_read(tmp_path: Path) -> None:
    mc = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    slide = f'<mc:Fallback xmlns:mc="{mc}" {SLIDES}>{shape("Twelve tonnes.")}</mc:Fallback>'
    whole = io.BytesIO(pptx(shape("x")))
    import zipfile

    with zipfile.ZipFile(whole) as archive:
        entries: dict[str, bytes | str] = {name: archive.read(name) for name in archive.namelist()}
    entries["ppt/slides/slide1.xml"] = slide
    assert texts(read(tmp_path, "a.pptx", zipped(entries))) == ["Twelve tonnes."]


@pytest.mark.timeout(20)
def test_cell_with_blanks_without_end_takes_little_time() -> None:
    cell = b'<c r="A1"><f>1</f>' + b" " * 1_000_000
    assert WITHOUT_RESULT.findall(cell) == []
    assert len(WITHOUT_RESULT.findall(cell + b"<v> </v> </c>")) == 1


@pytest.mark.parametrize(
    "matter",
    [
        "+++\na = 1" + "0" * 6_000 + "\n+++",
        "+++\na = 0x" + "f" * 6_000 + "\n+++",
        "---\na: 0x" + "f" * 6_000 + "\n---",
        "---\na: " + "1:" * 200 + "1.0\n---",
    ],
)
def test_front_matter_of_numbers_beyond_measure_is_none(tmp_path: Path, matter: str) -> None:
    assert texts(read(tmp_path, "a.md", f"{matter}\n\nTwelve tonnes.\n".encode()))[-1] == "Twelve tonnes."


@pytest.mark.parametrize(("said", "day"), [("20110305", date(2011, 3, 5)), ("201112", None), ("20111345", None)])
def test_day_of_a_front_matter_without_dashes(tmp_path: Path, said: str, day: date | None) -> None:
    assert read(tmp_path, "a.md", f"---\ndate: {said}\n---\nText.\n".encode()).published == day


# --- mails


@pytest.mark.parametrize(
    "header",
    [b"Date: Mon, 1 Jan 99999999999999999999 00:00:00 +0000", b"From: " + DEEP, b"Cc: " + DEEP, b"X-Odd: " + DEEP],
)
def test_one_header_that_no_rule_foresees_leaves_the_rest(tmp_path: Path, header: bytes) -> None:
    found = read(tmp_path, "a.eml", header + b"\n" + HEAD + b"Message-ID: <1@x>\n\nTwelve tonnes.\n")
    assert texts(found)[-1] == "Twelve tonnes."


@pytest.mark.parametrize("name", [b"Content-Type: text/plain; ", b"Content-Disposition: attachment; "])
def test_mail_whose_parts_cannot_be_told_is_refused(tmp_path: Path, name: bytes) -> None:
    with pytest.raises(FileRefused) as caught:
        read(tmp_path, "a.eml", HEAD + b"Date: x\n" + name + DEEP + b"\n\nTwelve tonnes.\n")
    assert caught.value.code == "file.broken"


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("charset", "data"),
    [
        ("unicode_escape", b"Twelve \\ud800 tonnes."),
        ("utf-7", b"Twelve +2AA- tonnes."),
        ("punycode", b"Twelve tonnes. " * 56_000),
        ("raw_unicode_escape", b"Twelve \\ud800 tonnes."),
    ],
)
def test_charset_that_no_mail_program_writes_counts_as_undeclared(tmp_path: Path, charset: str, data: bytes) -> None:
    head = HEAD + b"Date: x\nContent-Type: text/plain; charset=" + charset.encode()
    found = read(tmp_path, "a.eml", head + b"\n\n" + data + b"\n")
    assert texts(found)[-1] == data.decode().strip()
    found.text.encode()


def test_header_in_such_a_charset_is_cut(tmp_path: Path) -> None:
    from plumbline.plugins.readers.mail import MOST_OF_A_HEADER

    found = read(tmp_path, "a.eml", HEAD + b"Date: x\nX-Long: " + b"a" * 300_000 + b"\n\nTwelve tonnes.\n")
    assert texts(found)[-1] == "Twelve tonnes."
    assert MOST_OF_A_HEADER < 300_000


def test_text_with_a_name_of_a_mail_of_one_part_is_shown(tmp_path: Path) -> None:
    found = read(tmp_path, "a.eml", HEAD + b'Date: x\nContent-Type: text/plain; name="body.txt"\n\nTwelve tonnes.\n')
    assert (texts(found)[-1], found.parts) == ("Twelve tonnes.", ())


def test_plain_form_without_headers_is_chosen(tmp_path: Path) -> None:
    body = b"--b\n\nTwelve tonnes.\n--b\nContent-Type: text/html\n\n<p>The page says so.</p>\n--b--\n"
    found = read(tmp_path, "a.eml", HEAD + b'Date: x\nContent-Type: multipart/alternative; boundary="b"\n\n' + body)
    assert texts(found)[-1] == "Twelve tonnes."


def test_blind_copies_are_told_nobody_and_copies_apart() -> None:
    from plumbline.plugins.readers.outlook import _people

    class One:
        def __init__(self, name: str, kind: int | None) -> None:
            self.name, self.email_address, self.properties = name, f"{name}@x", self
            self.int_prop_value: Callable[[int], int | None] = lambda _: kind

    class Mail:
        recipients = [One("ana", 1), One("bo", 2), One("cy", 3), One("di", None)]

    assert _people(Mail(), copied=False) == "ana <ana@x>, di <di@x>"  # type: ignore[arg-type]
    assert _people(Mail(), copied=True) == "bo <bo@x>"  # type: ignore[arg-type]


def test_mails_and_pages_that_hang_on_an_attached_outlook_mail_are_kept(tmp_path: Path) -> None:
    inner = letter(
        subject="Inner", text="Look.", attached={"page.mht": b"From: x\n\npage", "MAIL.EML": HEAD + b"\nSix drums.\n"}, within=True
    )  # fmt: skip
    found = read(tmp_path, "a.msg", compound(letter(subject="Outer", text="See.", attached={"Inner": inner})))
    parts = {part.name: part.read() for part in read(tmp_path, "b.eml", found.parts[0].read()).parts}
    assert parts["page.mht"] == b"From: x\n\npage"
    assert b"Six drums." in parts["MAIL.EML"]


def test_attached_outlook_mail_that_cannot_be_written_leaves_the_mail_around_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = letter(subject="Inner", text="Look.", attached={}, within=True)
    outer = compound(letter(subject="Outer", text="See.", attached={"Inner": inner, "a.txt": b"Six drums."}))
    from plumbline.plugins.readers import outlook

    def fail(_: object) -> EmailMessage:
        raise RecursionError

    monkeypatch.setattr(outlook, "_as_mail", fail)
    found = read(tmp_path, "a.msg", outer)
    assert [part.name for part in found.parts] == ["Inner.eml", "a.txt"]
    with pytest.raises(FileRefused):
        found.parts[0].read()
    assert found.parts[1].read() == b"Six drums."


# --- RTF


FONTS = rb"{\fonttbl{\f0\fnil Arial;}{\f2\fnil\fcharset2 Symbol;}{\f3\fnil\fcharset2 Wingdings;}{\f4\fnil\fcharset2{\*\panose 05}Webdings;}{\f5\fcharset2 Ogham Text;}}"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (rb"Intro\par\trowd\cellx1\intbl one\cell two\cell", ["Intro", "one | two"]),
        (rb"Intro{\footnote\trowd\intbl one\cell two\cell}\par", ["Intro", "one | two"]),
        (rb"\trowd\pard\intbl a\cell\row\trowd c\par d\cell\row\pard End.\par", ["a", "c d", "End."]),
        (rb"{\pntext 1.\tab}First\par{\pntext\f2\'b7\tab}Second\par", ["1. First", "• Second"]),
        (rb"one\column two\par", ["one", "two"]),
        (rb"{\f3\'a7} a {\f3\'fc} b {\f2\'61\'67} c {\f3\u-3844 ?} d {\f2\u-3917 ?}\par", ["• a ✓ b αγ c ✓ d ≥"]),
        (rb"A{\f4\'61}B {\f5 words}\par", ["A B words"]),
    ],
)
def test_rtf_loses_no_row_and_reads_signs_by_their_font(tmp_path: Path, source: bytes, said: list[str]) -> None:
    assert texts(read(tmp_path, "a.rtf", rb"{\rtf1\ansi\deff0" + FONTS + rb"\pard " + source + b"}")) == said


@pytest.mark.timeout(30)
@pytest.mark.parametrize("before", [b"o", b" "])
def test_rtf_of_many_notes_does_not_look_at_the_whole_paragraph_for_each(tmp_path: Path, before: bytes) -> None:
    found = read(tmp_path, "a.rtf", b"{\\rtf1 " + before * 20_000_000 + rb"{\footnote b}" * 20_000 + b"}")
    assert sum(text == "b" for text in texts(found)) == 20_000


# --- PDF


def test_passwords_and_hidden_fields_of_a_form_are_not_read(tmp_path: Path) -> None:
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=A4)
    page.drawString(60, 700, "Declaration")
    page.acroForm.textfield(name="weight", value="300 kg", x=60, y=600)
    page.acroForm.textfield(name="secret", value="hunter2", x=60, y=500, fieldFlags="password")
    page.acroForm.textfield(name="hidden", value="unseen", x=60, y=400, annotationFlags="hidden")
    page.acroForm.textfield(name="away", value="unseen", x=60, y=300, annotationFlags="noview")
    page.save()
    assert texts(read(tmp_path, "a.pdf", out.getvalue())) == ["Declaration", "Weight: 300 kg"]
