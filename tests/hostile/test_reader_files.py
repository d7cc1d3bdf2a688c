"""Files that are broken, mislabelled or made to harm: each refused in one sentence or repaired with a warning."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import docx
import openpyxl
import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from plumbline.plugins.readers import Document, FileRefused, Limits, format_titles, read_file

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
BODY = f'<w:document xmlns:w="{W}"><w:body><w:p><w:r><w:t>Twelve tonnes were seized.</w:t></w:r></w:p></w:body></w:document>'
Make = Callable[[str, bytes], Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def write(name: str, content: bytes) -> Path:
        place = tmp_path / name
        place.write_bytes(content)
        return place

    return write


def read(place: Path, name: str | None = None, **limits: float) -> Document:
    return read_file(place, name=name or place.name, limits=Limits(**limits))  # type: ignore[arg-type]


def refused(place: Path, name: str | None = None, **limits: float) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        read(place, name, **limits)
    sentence = str(caught.value)
    assert sentence.startswith(caught.value.params["name"])
    assert sentence.endswith(".")
    return caught.value


def codes(document: Document) -> set[str]:
    return {warning.code for warning in document.warnings}


def pdf_bytes(*pages: str, encrypt: object = None) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, encrypt=encrypt)
    for page in pages:
        if page:
            canvas.drawString(72, 700, page)
        else:
            canvas.rect(10, 10, 100, 100)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def zip_bytes(**entries: bytes | str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


def docx_bytes(document: str | bytes = BODY, **more: bytes | str) -> bytes:
    return zip_bytes(**{"word/document.xml": document, **more})


# --- PDF


def test_pdf_broken_is_refused(make: Make) -> None:
    error = refused(make("a.pdf", pdf_bytes("Text")[:200]))
    assert error.code == "file.broken"
    assert "new copy" in str(error)


def test_pdf_encrypted_asks_for_the_password(make: Make) -> None:
    error = refused(make("a.pdf", pdf_bytes("Secret", encrypt=StandardEncryption("user", canPrint=0))))
    assert error.code == "file.encrypted"
    assert "ask for the password or an unprotected copy" in str(error)


def test_pdf_page_that_is_a_picture_waits_for_recognition_and_others_go_on(make: Make) -> None:
    document = read(make("a.pdf", pdf_bytes("First page of text", "", "Third page of text")))
    assert [block.page for block in document.blocks] == [1, 3]
    assert document.scans == (2,)


def test_pdf_of_pictures_only_has_no_text_yet_and_one_of_empty_pages_is_refused(make: Make) -> None:
    document = read(make("a.pdf", pdf_bytes("", "")))
    assert (list(document.blocks), document.scans) == ([], (1, 2))
    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.showPage()
    canvas.save()
    assert refused(make("b.pdf", out.getvalue())).code == "file.no_text"


def test_pdf_of_too_many_pages_is_refused(make: Make) -> None:
    assert refused(make("a.pdf", pdf_bytes(*"abcd")), pages=3).code == "file.too_many_pages"


# --- archives


def test_docx_bomb_by_declared_size_is_refused(make: Make) -> None:
    place = make("a.docx", docx_bytes(b"<a>" + b" " * 60_000_000))
    assert place.stat().st_size < 100_000
    tracemalloc.start()
    try:
        assert refused(place).code == "archive.bomb"
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_docx_bomb_that_lies_about_its_size_is_refused(make: Make) -> None:
    content = bytearray(docx_bytes(b"<a>" + b" " * 60_000_000))
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = content.find(mark)
        content[at + offset : at + offset + 4] = struct.pack("<I", 500)
    tracemalloc.start()
    try:
        assert refused(make("a.docx", bytes(content))).code == "archive.bomb"
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_xlsx_bomb_is_refused(make: Make) -> None:
    entries = {"xl/workbook.xml": "<workbook/>", "xl/worksheets/sheet1.xml": b"<a>" + b"\n" * 60_000_000}
    assert refused(make("a.xlsx", zip_bytes(**entries))).code == "archive.bomb"


def test_docx_of_many_large_parts_is_refused_by_their_sum(make: Make) -> None:
    parts = {f"part{at}": bytes(range(256)) * 500 for at in range(20)}
    assert refused(make("a.docx", docx_bytes(**parts)), unzipped=1_000_000).code == "archive.bomb"


def test_docx_of_too_many_entries_is_refused(make: Make) -> None:
    parts = {f"part{at}": b"" for at in range(50)}
    assert refused(make("a.docx", docx_bytes(**parts)), entries=40).code == "archive.too_many_entries"


def test_docx_with_traversal_names_is_read_and_nothing_is_written(make: Make, tmp_path: Path) -> None:
    content = docx_bytes(BODY, **{"../../escaped.txt": "x", "/abs.txt": "x", "C:\\evil.txt": "x"})
    place = make("a.docx", content)
    before = sorted(tmp_path.rglob("*")), sorted(tmp_path.parent.iterdir())
    document = read(place, "../../../etc/a.docx")
    assert [block.text for block in document.blocks] == ["Twelve tonnes were seized."]
    assert codes(document) == {"archive.unsafe_names", "file.renamed"}
    assert (sorted(tmp_path.rglob("*")), sorted(tmp_path.parent.iterdir())) == before


def test_docx_truncated_is_refused(make: Make) -> None:
    out = io.BytesIO()
    document = docx.Document()
    document.add_paragraph("Text")
    document.save(out)
    assert refused(make("a.docx", out.getvalue()[:3000])).code == "file.broken"


def test_docx_with_a_flipped_byte_is_refused(make: Make) -> None:
    content = bytearray(docx_bytes(BODY))
    at = content.find(b"word/document.xml") + 60
    content[at] ^= 0xFF
    assert refused(make("a.docx", bytes(content))).code == "file.broken"


# --- XML entities


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>',
        '<!DOCTYPE d [<!ENTITY c SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE d SYSTEM "http://127.0.0.1:9/evil.dtd" [<!ENTITY c "x">]>',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_docx_with_entities_is_refused(make: Make, declaration: str, encoding: str) -> None:
    xml = f'<?xml version="1.0" encoding="{encoding}"?>{declaration}{BODY.replace("Twelve", "&c;")}'
    error = refused(make("a.docx", docx_bytes(xml.encode(encoding))))
    assert error.code == "xml.doctype"
    assert "root:" not in str(error)


def test_docx_with_entities_in_a_side_part_is_refused(make: Make) -> None:
    styles = f'<!DOCTYPE d [<!ENTITY c "x">]><w:styles xmlns:w="{W}">&c;</w:styles>'
    assert refused(make("a.docx", docx_bytes(BODY, **{"word/styles.xml": styles}))).code == "xml.doctype"


def test_xlsx_with_entities_is_refused(make: Make) -> None:
    sheet = '<!DOCTYPE d [<!ENTITY c "x">]><worksheet>&c;</worksheet>'
    entries = {"xl/workbook.xml": "<workbook/>", "xl/worksheets/sheet1.xml": sheet}
    assert refused(make("a.xlsx", zip_bytes(**entries))).code == "xml.doctype"


def test_docx_nested_very_deep_is_refused(make: Make) -> None:
    deep = BODY.replace("<w:p>", "<w:sdt>" * 5000 + "<w:p>").replace("</w:p>", "</w:p>" + "</w:sdt>" * 5000)
    assert refused(make("a.docx", docx_bytes(deep))).code == "xml.too_deep"


# --- HTML


def test_html_with_script_keeps_only_text(make: Make) -> None:
    page = (
        "<html><head><script>steal()</script><style>p{}</style></head><body onload='steal()'><nav>Menu</nav>"
        "<p>Waste was <script>steal()</script>seized.</p><iframe src='http://x'>frame</iframe>"
        "<svg><script>steal()</script></svg><p onclick='steal()'>In <b>Genoa</b>.</p></body></html>"
    )
    document = read(make("a.html", page.encode()))
    assert [block.text for block in document.blocks] == ["Waste was seized.", "In Genoa."]


def test_html_nested_very_deep_is_refused_or_read_in_little_time(make: Make) -> None:
    place = make("a.html", b"<html><body>" + b"<div>" * 100_000 + b"deep text" + b"</div>" * 100_000)
    assert refused(place).code in {"xml.too_deep", "file.no_text"}


def test_html_with_external_entity_reads_no_file(make: Make) -> None:
    page = '<!DOCTYPE html [<!ENTITY c SYSTEM "file:///etc/passwd">]><html><body><p>A &c; end of text</p></body></html>'
    assert "root:" not in read(make("a.html", page.encode())).text


def test_html_of_scripts_only_is_refused(make: Make) -> None:
    assert refused(make("a.html", b"<html><body><script>x()</script></body></html>")).code == "file.no_text"


# --- what it is called and what it is


def test_empty_file_is_refused(make: Make) -> None:
    assert refused(make("a.txt", b"")).code == "file.empty"


def test_blank_file_is_refused(make: Make) -> None:
    assert refused(make("a.txt", b" \n\t\n")).code == "file.no_text"


def test_file_too_large_is_refused_before_it_is_read(make: Make) -> None:
    assert refused(make("a.txt", b"x" * 2000), size=1000).code == "file.too_large"


@pytest.mark.parametrize(
    ("name", "content", "media"),
    [
        ("a.txt", pdf_bytes("A PDF named text"), "application/pdf"),
        ("a.doc", b"<html><body><p>A page named doc</p></body></html>", "text/html"),
        ("a.pdf", docx_bytes(), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("a.docx", b"Plain text named docx, nothing else.", "text/plain"),
    ],
)
def test_wrong_suffix_is_read_by_content_with_a_warning(make: Make, name: str, content: bytes, media: str) -> None:
    document = read(make(name, content))
    assert document.media_type == media
    assert "file.suffix_differs" in codes(document)
    assert name in next(w for w in document.warnings if w.code == "file.suffix_differs").message


@pytest.mark.parametrize(
    "content",
    [
        bytes(range(256)) * 50,
        b"\x7fELF" + b"\x00" * 500,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 1000,
        b'<?xml version="1.0"?><feed><a>1</a></feed>',
    ],
)
def test_unknown_format_is_refused_naming_formats_that_can_be_read(make: Make, content: bytes) -> None:
    error = refused(make("a.txt", content))
    assert error.code == "file.unknown_format"
    assert all(title in str(error) for title in format_titles())


def test_name_with_braces_does_not_break_the_sentence(make: Make) -> None:
    assert "{0} {name}.txt is empty" in str(refused(make("x", b""), "{0} {name}.txt"))


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "Les autorités ont saisi douze tonnes de déchets à Gênes, près de l’entrepôt numéro trois."),
        ("cp1251", "Полиция изъяла двенадцать тонн опасных отходов в порту города Одессы в марте прошлого года."),
        ("gb18030", "警方在港口查获十二吨危险废物，这些废物来自另一个国家，三名嫌疑人已被逮捕，调查仍在继续进行。"),
        ("utf-16", "Twelve tonnes were seized."),
        ("utf-16-le", "Twelve tonnes were seized."),
        ("utf-8-sig", "Двенадцать тонн"),
    ],
)
def test_text_of_other_encodings_is_read(make: Make, encoding: str, text: str) -> None:
    document = read(make("a.txt", text.encode(encoding)))
    assert document.text == text
    assert ("text.encoding_guessed" in codes(document)) == (encoding in {"cp1252", "cp1251", "gb18030", "utf-16-le"})


def test_text_with_a_few_broken_bytes_stays_utf8_with_a_warning(make: Make) -> None:
    text = "Двенадцать тонн опасных отходов были изъяты.".encode()
    document = read(make("a.txt", text + b" \xff " + text))
    assert "Двенадцать тонн" in document.text
    assert codes(document) == {"text.bytes_replaced"}


def test_text_with_nul_bytes_is_cleaned_with_a_warning(make: Make) -> None:
    document = read(make("a.txt", b"Twelve tonnes\x00 were seized in the port of Genoa on the first of March.\x00"))
    assert document.text == "Twelve tonnes were seized in the port of Genoa on the first of March."
    assert codes(document) == {"text.controls_removed"}


def test_reading_beyond_the_time_limit_is_refused(make: Make) -> None:
    assert refused(make("a.pdf", pdf_bytes("text")), seconds=0.0).code == "file.too_slow"


def test_missing_file_and_folder_are_refused(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.txt").code == "file.missing"
    assert refused(tmp_path, "folder").code == "file.missing"


def test_office_document_with_a_password_asks_for_it(make: Make) -> None:
    content = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600 + "EncryptedPackage".encode("utf-16-le") + b"\x00" * 600
    )
    error = refused(make("a.docx", content))
    assert error.code == "file.encrypted"
    assert "ask for the password or an unprotected copy" in str(error)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "content",
    [
        b"1" + b" " * 300_000 + b"x\fpage two\fpage three",
        b"- " * 200_000,
        b"<!-- " * 100_000,
        b"1." * 200_000,
        (b"word-\n" * 50_000) + b"end",
        b"A. B. C. D.\n" * 20_000,
        b"word\n\n" * 50_000,
    ],
)
def test_text_made_to_keep_patterns_busy_is_read_in_little_time(make: Make, content: bytes) -> None:
    assert len(read(make("a.txt", content)).blocks) > 0


@pytest.mark.timeout(20)
def test_sheet_made_to_keep_patterns_busy_is_refused_in_little_time(make: Make) -> None:
    noise = bytes(range(33, 60)) * 3
    sheet = b"".join(b"<c " + noise[at % 50 : at % 50 + 9] for at in range(200_000))
    place = make("a.xlsx", zip_bytes(**{"xl/workbook.xml": "<workbook/>", "xl/worksheets/sheet1.xml": sheet}))
    assert refused(place).code in {"file.broken", "archive.bomb"}


def test_pdfs_read_by_many_threads_at_once_are_all_whole(make: Make) -> None:
    place = make("a.pdf", pdf_bytes(*(f"Page number {at} of text" for at in range(20))))
    with ThreadPoolExecutor(8) as pool:
        texts = list(pool.map(lambda _: read(place).text, range(24)))
    assert len(set(texts)) == 1
    assert "Page number 19" in texts[0]


# --- tables


def bad_line(number: int) -> bytes:
    kinds = (b"%d,Lagos\n", b'%d,Lagos,3,"never closed\n', b"%d,La\x00gos,3,x\n", b"%d,a,b,c,d\n", b"%d,\xff\xfe,3,x\n")
    return kinds[number // 200 % 5] % number


def write_large_csv(place: Path, rows: int) -> None:
    """Write rows numbered from 2 as a spreadsheet shows them; each 200th is bad."""
    with place.open("wb") as file:
        file.write("id,place,amount,note – ñ\n".encode())
        for number in range(2, rows + 2):
            file.write(
                bad_line(number) if number % 200 == 0 else f'{number},Córdoba,{number % 7},"a, {number}"\n'.encode()
            )


@pytest.mark.slow
def test_csv_of_100000_rows_with_500_bad_ones_reads_the_others_in_flat_memory(tmp_path: Path) -> None:
    place = tmp_path / "large.csv"
    write_large_csv(place, 100_000)
    read(place)  # libraries and models loaded
    tracemalloc.start()
    try:
        document = read(place)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 12_000_000
    assert len(document.blocks) == 99_500
    bad = [warning for warning in document.warnings if warning.code == "row.bad"]
    assert [warning.params["row"] for warning in bad] == list(range(200, 100_001, 200))
    assert len({warning.params["reason"] for warning in bad}) == 5
    assert document.blocks[0].text == "id: 2\nplace: Córdoba\namount: 2\nnote – ñ: a, 2"
    labels = [block.label for block in document.blocks]
    assert labels == [str(number) for number in range(2, 100_002) if number % 200]


def test_csv_of_more_bad_rows_than_are_listed_counts_the_rest(make: Make) -> None:
    lines = ["a,b,c", "1,2,3", *["x,y"] * 30]
    document = read(make("a.csv", "\n".join(lines).encode()), warnings=10)
    assert document.warnings[-1].params == {"count": 20}


def test_csv_with_an_endless_line_warns_and_goes_on(make: Make) -> None:
    document = read(make("a.csv", b"name,place\n" + b"x" * 3_000_000 + b",y\nGenoa,Italy\n"))
    assert [block.text for block in document.blocks] == ["name: Genoa\nplace: Italy"]
    assert [warning.params["row"] for warning in document.warnings] == [2]


def test_csv_with_a_bad_row_over_the_row_limit_is_refused(make: Make) -> None:
    assert refused(make("a.csv", b"a,b\n" + b"x,y\n" * 50), rows=20).code == "table.too_many_rows"


def test_xlsx_with_a_million_empty_rows_gives_only_filled_ones(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.append(["Place", "Tonnes"])
    sheet.append(["Lagos", 12])
    sheet["A1048576"] = "Genoa"
    workbook.save(tmp_path / "a.xlsx")
    document = read(tmp_path / "a.xlsx")
    assert [(block.label, block.text) for block in document.blocks] == [
        ("2", "Place: Lagos\nTonnes: 12"),
        ("1048576", "Place: Genoa"),
    ]


def test_xlsx_spanning_more_cells_than_memory_holds_is_refused(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    workbook.active["A1"] = "first"
    workbook.active["XFD1048576"] = "last"
    workbook.save(tmp_path / "a.xlsx")
    assert refused(tmp_path / "a.xlsx").code == "archive.bomb"


def test_xlsx_that_is_only_an_archive_with_its_name_is_refused(make: Make) -> None:
    assert refused(make("a.xlsx", zip_bytes(**{"xl/workbook.xml": "<no"}))).code == "file.broken"


# --- the front door holds in a bare process


def test_reading_plain_text_loads_no_framework(make: Make) -> None:
    place = make("a.txt", b"Twelve tonnes were seized in the port of Genoa.")
    program = (
        "import sys; from plumbline.plugins.readers import read_file; "
        f"read_file({str(place)!r}, name='a.txt'); "
        "print([m for m in ('django', 'pypdfium2', 'docx', 'python_calamine') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
