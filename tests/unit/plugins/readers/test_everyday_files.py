"""Files as programs and people really make them: nothing that their readers see is lost, nothing that they deleted comes back."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas
from tests.unit.plugins.readers.making import odt, pptx, shape

from plumbline.plugins.readers import Document, read_file

FONTS = rb"{\fonttbl{\f0\fnil\fcharset0 Arial;}{\f1\fnil\fcharset204 Arial CYR;}{\f2\fnil\fcharset2 Symbol;}}"


def read(tmp_path: Path, name: str, data: bytes) -> Document:
    place = tmp_path / name
    place.write_bytes(data)
    return read_file(place, name=name)


def texts(document: Document) -> list[str]:
    return [one.text for one in document.blocks]


def escaped(text: str, encoding: str) -> bytes:
    return b"".join(b"\\'%02x" % byte for byte in text.encode(encoding))


def test_rtf_gives_notes_and_boxes_and_no_deleted_words(tmp_path: Path) -> None:
    source = (
        rb"{\rtf1\ansi\ansicpg1252{\header Head of the page}Kept {\deleted gone }{\revised new}{\super\chftn}"
        rb"{\footnote {\super\chftn} By weight, 300\~kg.} here.\par "
        rb"{\shp{\*\shpinst{\sp{\sn x}{\sv 1}}{\shptxt Words in a box.\par}}}After.\par}"
    )
    assert texts(read(tmp_path, "a.rtf", source)) == [
        "Kept new [1] here.", "[1] By weight, 300 kg.", "Words in a box.", "After.",
    ]  # fmt: skip


def test_rtf_keeps_cells_of_several_paragraphs_and_headings(tmp_path: Path) -> None:
    source = (
        rb"{\rtf1{\pard\outlinelevel0 Ports\par}{\trowd\cellx100\cellx200{\pard\intbl two\par}{\pard\intbl drums\par}\cell"
        rb"{\pard\intbl Lagos\par}\cell\row}\pard After.\par}"
    )
    found = read(tmp_path, "a.rtf", source)
    assert [(one.kind, one.text, one.heading_path) for one in found.blocks] == [
        ("heading", "Ports", ()), ("row", "two drums | Lagos", ("Ports",)), ("paragraph", "After.", ("Ports",)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (rb"\ansicpg1251 " + escaped("Задержано 300 кг", "cp1251"), "Задержано 300 кг"),
        (rb"\ansicpg1252" + FONTS + rb"\f0 caf\'e9 \f1 " + escaped("груз", "cp1251") + rb" \f2\'b3\f0 5 kg", "café груз ≥5 kg"),
        (rb"\ansicpg932 \'95\\\'8e\'a6\'83\'5c\'83t", "表示ソフ"),  # the second halves are a backslash and a letter
        (rb"\u128674? \u-10179?\u-8704? end", "😀 end"),  # half a letter alone, and two halves
        (rb"\u-10179? end", "end"),
    ],
)  # fmt: skip
def test_rtf_letters_of_many_encodings(tmp_path: Path, source: bytes, said: str) -> None:
    found = read(tmp_path, "a.rtf", rb"{\rtf1\ansi" + source + rb"\par}")
    assert texts(found) == [said]
    assert texts(found)[0].encode()  # no half letters, which no database takes


def test_rtf_title_in_another_script(tmp_path: Path) -> None:
    title = escaped("Отчёт", "cp1251")
    assert read(tmp_path, "a.rtf", rb"{\rtf1\ansicpg1251{\info{\title " + title + rb"}}x y\par}").title == "Отчёт"


def _word(change: Any) -> bytes:
    document, out = docx.Document(), io.BytesIO()
    change(document)
    document.save(out)
    return out.getvalue()


def _changed(data: bytes, entries: dict[str, str] | None = None, names: tuple[str, str] = ("", "")) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(out, "w") as after:
        for name in before.namelist():
            text = before.read(name)
            after.writestr(name, text.replace(names[0].encode(), names[1].encode()) if names[0] else text)
        for name, told in (entries or {}).items():
            after.writestr(name, told)
    return out.getvalue()


def test_word_end_notes_notes_in_cells_signs_and_controls(tmp_path: Path) -> None:
    def change(document: Any) -> None:
        one = document.add_paragraph("Seized")
        one._p.append(parse_xml(f'<w:r {nsdecls("w")}><w:endnoteReference w:id="2"/><w:t> </w:t></w:r>'))
        one._p.append(parse_xml(f'<w:r {nsdecls("w")}><w:sym w:font="Symbol" w:char="F0B3"/><w:t>50 kg</w:t></w:r>'))
        row = document.add_table(1, 1).rows[0]._tr
        row.append(parse_xml(
            f'<w:sdt {nsdecls("w")}><w:sdtContent><w:tc><w:p><w:r><w:t>Lagos</w:t></w:r><w:r><w:endnoteReference w:id="3"/>'
            "</w:r></w:p></w:tc></w:sdtContent></w:sdt>"
        ))  # fmt: skip

    notes = "".join(
        f'<w:endnote w:id="{n}"><w:p><w:r><w:t>Bulletin {n}.</w:t></w:r></w:p><w:p><w:r><w:t>Page 1.</w:t></w:r></w:p></w:endnote>'
        for n in (2, 3)
    )
    data = _changed(_word(change), {"word/endnotes.xml": f"<w:endnotes {nsdecls('w')}>{notes}</w:endnotes>"})
    assert texts(read(tmp_path, "a.docx", data)) == [
        "Seized [e2] ≥50 kg", "[e2] Bulletin 2. Page 1.", " | Lagos [e3]", "[e3] Bulletin 3. Page 1.",
    ]  # fmt: skip


def test_word_in_the_strict_form(tmp_path: Path) -> None:
    data = _word(lambda document: document.add_paragraph("Twelve tonnes."))
    strict = _changed(data, names=(
        "http://schemas.openxmlformats.org/wordprocessingml/2006/main", "http://purl.oclc.org/ooxml/wordprocessingml/main"
    ))  # fmt: skip
    assert strict != data
    assert texts(read(tmp_path, "a.docx", strict)) == ["Twelve tonnes."]


def test_odt_boxes_notes_and_tables_in_tables(tmp_path: Path) -> None:
    box = '<draw:frame xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"><draw:text-box><text:p>One.</text:p><text:p>Two.</text:p></draw:text-box></draw:frame>'
    note = (
        "<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>Seized <text:span>3</text:span>00 kg."
        "</text:p></text:note-body></text:note>"
    )
    inner = "<table:table><table:table-row><table:table-cell><text:p>12</text:p></table:table-cell></table:table-row></table:table>"
    body = (
        f"<text:p>Box: {box}</text:p><text:p>Here{note}.</text:p><table:table><table:table-row><table:table-cell><text:p>Lagos</text:p>"
        f"</table:table-cell><table:table-cell>{inner}</table:table-cell></table:table-row></table:table>"
    )
    assert texts(read(tmp_path, "a.odt", odt(body))) == ["Box: One. Two.", "Here.", "1 Seized 300 kg.", "Lagos | 12"]


def test_slides_give_charts_and_nothing_twice(tmp_path: Path) -> None:
    again = (
        '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:Choice>'
        f"{shape('Once.')}</mc:Choice><mc:Fallback>{shape('Once.')}</mc:Fallback></mc:AlternateContent>"
    )
    chart = (
        '<c:chartSpace xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"><c:chart><c:ser><c:tx><c:v>Lead, t</c:v></c:tx>'
        '<c:cat><c:pt idx="0"><c:v>2022</c:v></c:pt></c:cat><c:val><c:pt idx="0"><c:v>12</c:v></c:pt></c:val></c:ser></c:chart></c:chartSpace>'
    )
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="c" Target="../charts/chart1.xml"/></Relationships>'
    )
    data = _changed(pptx(again), {"ppt/charts/chart1.xml": chart, "ppt/slides/_rels/slide1.xml.rels": relations})
    assert texts(read(tmp_path, "a.pptx", data)) == ["Once.", "Lead, t | 2022: 12"]


def test_markdown_front_matter_with_signs_lists_and_days_in_words(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "a.md",
        b"---\ntitle: Cost & benefit *now*\nauthor: [A. Lima, B. Wu]\ndate: 12 March 2024\n---\nText.\n",
    )
    assert (found.title, found.author, found.published) == ("Cost & benefit *now*", "A. Lima, B. Wu", date(2024, 3, 12))
    assert texts(found) == ["Text."]
    toml = read(tmp_path, "b.md", b'+++\ntitle = "Ports"\ndate = 2024-03-12\n+++\nText.\n')
    assert (toml.title, toml.published, texts(toml)) == ("Ports", date(2024, 3, 12), ["Text."])
    grown = read(tmp_path, "c.md", b"---\na: &x [1, 2]\nb: [*x, *x]\n---\nText.\n")
    assert grown.blocks[-1].text.endswith("Text.")


def _zip(names: list[bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for at, name in enumerate(names):
            archive.writestr(chr(97 + at) * len(name), f"Report {at}.")
    data = out.getvalue()
    for at, name in enumerate(names):
        data = data.replace((chr(97 + at) * len(name)).encode(), name)
    return data


def test_zip_names_of_other_systems_and_two_files_of_one_name(tmp_path: Path) -> None:
    names = [
        "Отчёт.txt".encode("cp866"),
        "报告.txt".encode("gbk"),
        "Größe.txt".encode("cp437"),
        b"x/one.txt",
        b"x/one.txt",
    ]
    found = read(tmp_path, "a.zip", _zip([*names, b"x/Thumbs.db", b"~$one.docx"]))
    assert texts(found) == ["Отчёт.txt", "报告.txt", "Größe.txt", "x/one.txt", "x/one (2).txt"]
    assert [one.read() for one in found.parts] == [f"Report {at}.".encode() for at in range(5)]


def test_formulas_without_results_are_told(tmp_path: Path) -> None:
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["Day", "Kg"])  # type: ignore[union-attr]
    book.active.append(["2024-03-12", "=1+1"])  # type: ignore[union-attr]
    book.save(out)
    found = read(tmp_path, "a.xlsx", out.getvalue())
    assert [(one.code, one.params["count"]) for one in found.warnings] == [("table.no_results", 1)]


def _scan(page: canvas.Canvas, *, up: float) -> None:
    page.drawImage(ImageReader(Image.new("L", (400, 560), 240)), 0, 0, *A4)
    page.drawString(60, up, "Page 3 of 6, received 12 March 2024")
    page.showPage()


def test_scan_with_a_stamp_at_its_edge_waits_for_recognition(tmp_path: Path) -> None:
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=A4)
    _scan(page, up=815)
    _scan(page, up=500)  # words in the middle of a picture are a title, not a stamp
    page.drawString(60, 815, "A page of few words")
    page.save()
    assert read(tmp_path, "a.pdf", out.getvalue()).scans == (1,)


def test_what_was_filled_into_a_form_is_read(tmp_path: Path) -> None:
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=A4)
    page.drawString(60, 700, "Declaration")
    page.acroForm.textfield(name="declaration.weight", value="300 kg", x=60, y=600)
    page.save()
    assert texts(read(tmp_path, "a.pdf", out.getvalue())) == ["Declaration", "Weight: 300 kg"]
