"""Word: headings by style, automatic numbers, lists, tables, footnotes, pages, hidden text."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import docx
import pytest

from plumbline.plugins.readers import Document, FileRefused, read_file

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"

SIGN = '<w:sym w:font="Symbol" w:char="F0B3"/>'
NOTE = '<w:footnoteReference w:id="2"/>'


def read(place: Path) -> Document:
    return read_file(place, name=place.name)


def raw(tmp_path: Path, body: str, **parts: str) -> Document:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", f'<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>')
        for name, content in parts.items():
            archive.writestr(f"word/{name}.xml", content.replace("<w:", "<w:", 1).replace(">", f' xmlns:w="{W}">', 1))
    (tmp_path / "raw.docx").write_bytes(out.getvalue())
    return read(tmp_path / "raw.docx")


def test_document_of_word_gives_headings_lists_tables_and_metadata(tmp_path: Path) -> None:
    word = docx.Document()
    word.core_properties.title = "Отчёт"
    word.core_properties.author = "И. Иванов"
    word.add_heading("Отчёт о порте", 0)
    word.add_heading("Часть первая", 1)
    word.add_paragraph("Полиция изъяла двенадцать тонн опасных отходов в порту.")
    word.add_heading("Подробности", 2)
    word.add_paragraph("40. Numbered by hand.")
    word.add_paragraph("one", style="List Bullet")
    word.add_paragraph("first", style="List Number")
    word.add_paragraph("second", style="List Number")
    table = word.add_table(2, 2)
    for row in range(2):
        for column in range(2):
            table.cell(row, column).text = f"cell {row}{column}"
    word.add_paragraph().add_run("Bold heading").bold = True
    word.add_paragraph("ضبطت الشرطة النفايات، 警方查获废物。")
    word.save(str(tmp_path / "a.docx"))
    document = read(tmp_path / "a.docx")
    assert (document.title, document.author, document.language) == ("Отчёт", "И. Иванов", "ru")
    inner = ("Часть первая", "Подробности")
    assert [(b.kind, b.label, b.heading_path, b.text) for b in document.blocks] == [
        ("heading", None, (), "Отчёт о порте"),
        ("heading", None, (), "Часть первая"),
        ("paragraph", None, inner[:1], "Полиция изъяла двенадцать тонн опасных отходов в порту."),
        ("heading", None, inner[:1], "Подробности"),
        ("paragraph", "40", inner, "40. Numbered by hand."),
        ("list-item", None, inner, "one"),
        ("list-item", "1", inner, "1. first"),
        ("list-item", "2", inner, "2. second"),
        ("row", "1", inner, "cell 00 | cell 01"),
        ("row", "2", inner, "cell 10 | cell 11"),
        ("heading", None, inner, "Bold heading"),
        ("paragraph", None, (*inner, "Bold heading"), "ضبطت الشرطة النفايات، 警方查获废物。"),
    ]


def test_moved_and_deleted_text_is_left_out_and_inserted_kept(tmp_path: Path) -> None:
    document = raw(
        tmp_path,
        "<w:p><w:r><w:t>Kept </w:t></w:r><w:del><w:r><w:delText>deleted</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>inserted</w:t></w:r></w:ins><w:moveFrom><w:r><w:t>moved</w:t></w:r></w:moveFrom>"
        "<w:r><w:tab/><w:t>end.</w:t></w:r></w:p>",
    )
    assert document.text == "Kept inserted end."


def test_rendered_page_breaks_count_pages(tmp_path: Path) -> None:
    piece = "<w:p><w:r>{}<w:t>Text.</w:t></w:r></w:p>"
    document = raw(tmp_path, piece.format("") + piece.format("<w:lastRenderedPageBreak/>") * 2)
    assert [block.page for block in document.blocks] == [1, 2, 3]


def test_document_without_rendered_breaks_has_no_pages(tmp_path: Path) -> None:
    assert raw(tmp_path, "<w:p><w:r><w:t>Text.</w:t></w:r></w:p>").blocks[0].page is None


def test_footnote_follows_its_paragraph(tmp_path: Path) -> None:
    document = raw(
        tmp_path,
        '<w:p><w:r><w:t>Claim</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r></w:p>'
        "<w:p><w:r><w:t>Next.</w:t></w:r></w:p>",
        footnotes='<w:footnotes><w:footnote w:id="2"><w:p><w:r><w:t>The source.</w:t></w:r></w:p></w:footnote></w:footnotes>',
    )
    assert [(block.text, block.label) for block in document.blocks] == [
        ("Claim [2]", None),
        ("[2] The source.", "note 2"),
        ("Next.", None),
    ]


def test_automatic_numbers_of_two_levels_are_printed(tmp_path: Path) -> None:
    numbered = (
        '<w:p><w:pPr><w:numPr><w:ilvl w:val="{}"/><w:numId w:val="7"/></w:numPr></w:pPr><w:r><w:t>{}</w:t></w:r></w:p>'
    )
    level = '<w:lvl w:ilvl="{}"><w:start w:val="{}"/><w:numFmt w:val="{}"/><w:lvlText w:val="{}"/></w:lvl>'
    document = raw(
        tmp_path,
        "".join(numbered.format(*pair) for pair in [(0, "A"), (1, "B"), (1, "C"), (0, "D"), (1, "E")]),
        numbering='<w:numbering><w:abstractNum w:abstractNumId="3">'
        + level.format(0, 39, "decimal", "%1.")
        + level.format(1, 1, "lowerLetter", "(%2)")
        + '</w:abstractNum><w:num w:numId="7"><w:abstractNumId w:val="3"/></w:num></w:numbering>',
    )
    assert [block.text for block in document.blocks] == ["39. A", "(a) B", "(b) C", "40. D", "(a) E"]
    assert [block.label for block in document.blocks] == ["39", "a", "b", "40", "a"]


def test_text_box_is_read_once_with_its_paragraph(tmp_path: Path) -> None:
    mc = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    box = "<w:txbxContent><w:p><w:r><w:t>boxed</w:t></w:r></w:p></w:txbxContent>"
    body = f'<w:p><w:r><w:t>Out </w:t></w:r><w:r><mc:AlternateContent xmlns:mc="{mc}"><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r></w:p>'
    assert raw(tmp_path, body).text == "Out boxed"


def test_styles_of_one_document_are_not_those_of_another(tmp_path: Path) -> None:
    """Documents with the same part of styles are read alike; where one differs in a sign, by its own."""
    body = (
        '<w:p><w:pPr><w:pStyle w:val="a"/></w:pPr><w:r><w:t>Ports of the north and west</w:t></w:r></w:p>'
        "<w:p><w:r><w:t>The text below it ends with a stop.</w:t></w:r></w:p>"
        '<w:p><w:pPr><w:pStyle w:val="none"/></w:pPr><w:r><w:t>In a style that nobody declared.</w:t></w:r></w:p>'
    )

    def kinds(name: str, base: str = "b") -> list[str]:
        styles = (
            f'<w:styles><w:style w:styleId="a"><w:name w:val="Own"/><w:basedOn w:val="{base}"/></w:style>'
            f'<w:style w:styleId="b"><w:name w:val="{name}"/><w:basedOn w:val="a"/></w:style></w:styles>'
        )
        return [block.kind for block in raw(tmp_path, body, styles=styles).blocks]

    for _ in range(2):
        assert kinds("heading 2") == ["heading", "paragraph", "paragraph"]
        assert kinds("Listing") == ["list-item", "paragraph", "paragraph"]
        assert kinds("Body") == ["paragraph", "paragraph", "paragraph"]
        assert kinds("heading 2", base="gone") == ["paragraph", "paragraph", "paragraph"]
    for number in range(40):
        assert kinds(f"Body {number}") == ["paragraph", "paragraph", "paragraph"]
    assert kinds("heading 2") == ["heading", "paragraph", "paragraph"]


MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
MATH = "http://schemas.openxmlformats.org/officeDocument/2006/math"
FORMULA = f'<m:oMath xmlns:m="{MATH}"><m:r><m:t>E=mc</m:t></m:r></m:oMath>'


def twice(told: str) -> str:
    """What Word writes for a box: once as it is, once more for older programs."""
    return f'<mc:AlternateContent xmlns:mc="{MC}"><mc:Choice>{told}</mc:Choice><mc:Fallback>{told}</mc:Fallback></mc:AlternateContent>'


def run(told: str) -> str:
    return f"<w:r>{told}</w:r>"


def words(told: str) -> str:
    return run(f"<w:t>{told}</w:t>")


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        (words("A ") + run(twice(f'<w:txbxContent><w:p>{words("box")}{run(SIGN)}{FORMULA}</w:p></w:txbxContent>')), ["A box≥E=mc"]),
        (words("Kept.") + f"<w:del>{FORMULA}{run(SIGN)}</w:del>", ["Kept."]),
        (f"<w:ruby><w:rt>{words('かんじ')}</w:rt><w:rubyBase>{words('漢字')}</w:rubyBase></w:ruby>", ["漢字"]),
        (words("Kept.") + f"<w:del>{run(NOTE)}</w:del>", ["Kept."]),
        (f"<w:moveFrom>{words('So.')}{run(NOTE)}</w:moveFrom>" + words("So.") + run(NOTE), ["So. [2]", "[2] The source."]),
        (words("Box:") + run(twice(f"<w:txbxContent><w:tbl><w:tr><w:tc><w:p>{words('Lagos')}</w:p></w:tc></w:tr></w:tbl></w:txbxContent>")), ["Lagos", "Box:"]),
        (words("Bad ") + run('<w:sym w:font="Symbol" w:char="zz"/>') + run('<w:sym w:char=""/>') + words("sign"), ["Bad sign"]),
        (words("one") + run("<w:ptab/>") + words("two"), ["one two"]),
    ],
)  # fmt: skip
def test_what_is_deleted_moved_or_said_once_more_is_read_once_or_not(
    tmp_path: Path, inside: str, said: list[str]
) -> None:
    notes = f'<w:footnotes><w:footnote w:id="2"><w:p>{words("The source.")}</w:p></w:footnote></w:footnotes>'
    assert [one.text for one in raw(tmp_path, f"<w:p>{inside}</w:p>", footnotes=notes).blocks] == said


def test_box_with_a_table_in_a_cell_is_read_once(tmp_path: Path) -> None:
    inner = f"<w:txbxContent><w:tbl><w:tr><w:tc><w:p>{words('12 t')}</w:p></w:tc></w:tr></w:tbl></w:txbxContent>"
    body = f"<w:tbl><w:tr><w:tc><w:p>{words('Lagos ')}{run(twice(inner))}</w:p></w:tc></w:tr></w:tbl>"
    assert raw(tmp_path, body).text == "Lagos 12 t"


def test_notes_keep_what_paragraphs_keep(tmp_path: Path) -> None:
    note = (
        f"<w:p>{words('See')}{run('<w:tab/>')}{words('p. 4,')}{run('<w:br/>')}{words('well')}{run('<w:noBreakHyphen/>')}"
        f"{words('known')}{run(SIGN)}<w:moveFrom>{words('gone')}</w:moveFrom></w:p><w:p>{words('More.')}</w:p>"
    )
    document = raw(
        tmp_path,
        f"<w:p>{words('Claim')}{run(NOTE)}</w:p>",
        footnotes=f'<w:footnotes><w:footnote w:id="2">{note}</w:footnote></w:footnotes>',
    )
    assert document.blocks[1].text == "[2] See p. 4, well-known≥ More."


def test_row_over_a_page_break_stands_on_the_page_where_it_begins(tmp_path: Path) -> None:
    cells = "<w:tc><w:p>{}</w:p></w:tc><w:tc><w:p>{}</w:p></w:tc>"
    turn = run("<w:lastRenderedPageBreak/>")
    row = f"<w:tr>{cells.format(words('one'), turn + words('two'))}</w:tr>"
    after = f"<w:p>{words('After.')}</w:p>"
    assert [block.page for block in raw(tmp_path, f"<w:tbl>{row}</w:tbl>{after}").blocks] == [1, 2]


def test_headers_and_footers_are_read_once_as_blocks_of_their_own(tmp_path: Path) -> None:
    page = run('<w:fldChar w:fldCharType="begin"/>') + run("<w:instrText> PAGE </w:instrText>") + words("3")
    letterhead = f"<w:hdr><w:p>{words('Harbour Authority')}</w:p><w:p>{words('Genoa')}{run('<w:ptab/>')}{words('5 March 2011')}</w:p></w:hdr>"
    document = raw(
        tmp_path,
        f"<w:p>{words('The text.')}</w:p>",
        header1=letterhead,
        header2=letterhead,
        footer1=f"<w:ftr><w:p>{words('Page ')}{page}{words(' of 6')}</w:p></w:ftr>",
        footer2=f"<w:ftr><w:p>{words('Confidential until 1 May')}{run(twice(words('!')))}</w:p></w:ftr>",
        footer3=f"<w:ftr><w:p>{words('Report of the harbour office, page ')}{page}</w:p></w:ftr>",
        footer4=f"<w:ftr><w:p>{words('12 / 30')}</w:p></w:ftr>",
    )
    assert [(block.text, block.kind, block.label, block.page) for block in document.blocks] == [
        ("Harbour Authority Genoa 5 March 2011", "paragraph", "header", None),
        ("The text.", "paragraph", None, None),
        ("Confidential until 1 May!", "paragraph", "footer", None),
        ("Report of the harbour office, page 3", "paragraph", "footer", None),
    ]
    assert document.title is None


def test_document_of_a_letterhead_alone_is_refused(tmp_path: Path) -> None:
    letterhead = f"<w:hdr><w:p>{words('Harbour Authority of the city of Genoa')}</w:p></w:hdr>"
    with pytest.raises(FileRefused, match="holds no text"):
        raw(tmp_path, "<w:p/>", header1=letterhead)
