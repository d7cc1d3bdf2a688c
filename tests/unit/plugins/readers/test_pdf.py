"""PDF: paragraphs from lines, headings by size, pages kept, cut paragraphs joined, six scripts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate

from plumbline.plugins.readers import Document, read_file

DEJAVU = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
SENTENCE = (
    "Inspectors of the harbour counted drums of solvent, weighed each of them and wrote the weight into the book. "
)


@pytest.fixture
def dejavu() -> str:
    if not DEJAVU.exists():
        pytest.skip("the DejaVu font (Debian: fonts-dejavu-core) is not installed")
    pdfmetrics.registerFont(TTFont("DejaVu", str(DEJAVU)))
    return "DejaVu"


def read(place: Path) -> Document:
    return read_file(place, name=place.name)


def furnish(canvas: Any, template: Any) -> None:
    canvas.setFont("Helvetica", 8)
    canvas.drawString(72, 800, "HI/2012/5 Harbour Institute")
    canvas.drawString(500, 30, f"{template.page} / 9")


@pytest.fixture
def report(tmp_path: Path) -> Document:
    """Read a report of 30 numbered paragraphs of some nine lines each, with headings, over several pages."""
    styles = getSampleStyleSheet()
    story: list[Any] = [Paragraph("A report on drums", styles["Title"])]
    for number in range(1, 31):
        if number % 10 == 1:
            story.append(Paragraph(f"{'I' * (number // 10 + 1)}. Part about the drums of the", styles["Heading1"]))
        if number % 5 == 1:
            story.append(Paragraph(f"{number // 5 + 1}. {'Long heading on solvents ' * 4}found", styles["Heading2"]))
        story.append(Paragraph(f"{number}. {SENTENCE * 6}Number {number} ends.", styles["BodyText"]))
    place = tmp_path / "report.pdf"
    SimpleDocTemplate(str(place), title="Drums", author="H. Institute").build(
        story, onFirstPage=furnish, onLaterPages=furnish
    )
    return read(place)


def test_numbered_paragraphs_are_whole_also_over_page_breaks(report: Document) -> None:
    numbered = [block for block in report.blocks if block.label]
    assert [block.label for block in numbered] == [str(number) for number in range(1, 31)]
    assert [block.text for block in numbered] == [f"{n}. {SENTENCE * 6}Number {n} ends." for n in range(1, 31)]
    assert int(report.metadata["pages"]) > 3
    pages = [block.page or 0 for block in report.blocks]
    assert pages == sorted(pages)
    assert set(pages) >= set(range(1, int(report.metadata["pages"])))


def test_headings_by_size_nest_and_join_their_lines(report: Document) -> None:
    last = report.blocks[-1]
    assert [part.split(".")[0] for part in last.heading_path] == ["III", "6"]
    assert last.heading_path[1].endswith("found")


def test_running_heads_and_page_numbers_are_dropped(report: Document) -> None:
    assert "Harbour Institute" not in report.text
    assert "/ 9" not in report.text


def test_title_author_and_language_are_found(report: Document) -> None:
    assert (report.title, report.author, report.language) == ("Drums", "H. Institute", "en")
    assert report.published is None


def test_russian_word_cut_by_a_hyphen_is_healed(tmp_path: Path, dejavu: str) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"))
    canvas.setFont(dejavu, 11)
    canvas.drawString(72, 700, "Полиция изъяла двенадцать тонн опасных отходов в порту Одес-")
    canvas.drawString(72, 686, "сы в марте. Три человека задержаны.")
    canvas.save()
    document = read(tmp_path / "a.pdf")
    assert [block.text for block in document.blocks] == [
        "Полиция изъяла двенадцать тонн опасных отходов в порту Одессы в марте. Три человека задержаны."
    ]
    assert document.language == "ru"


@pytest.mark.parametrize("turned", [True, False])
def test_arabic_is_in_reading_order_however_it_was_drawn(tmp_path: Path, dejavu: str, turned: bool) -> None:
    lines = ["ضبطت الشرطة 12 طنا من النفايات الخطرة", "في الميناء وأوقفت ثلاثة أشخاص."]
    canvas = Canvas(str(tmp_path / "a.pdf"))
    canvas.setFont(dejavu, 11)
    for at, line in enumerate(lines):
        drawn = line[::-1].replace("21", "12") if turned else line
        canvas.drawRightString(500, 700 - 14 * at, drawn)
    canvas.save()
    document = read(tmp_path / "a.pdf")
    assert [block.text for block in document.blocks] == [" ".join(lines)]
    assert document.language == "ar"


def test_chinese_lines_join_without_a_space(tmp_path: Path) -> None:
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    canvas = Canvas(str(tmp_path / "a.pdf"))
    canvas.setFont("STSong-Light", 11)
    canvas.drawString(72, 500, "警方在港口查获十二吨危险废物，这些废物来自另一个国")
    canvas.drawString(72, 486, "家，三名嫌疑人已被逮捕。")
    canvas.save()
    document = read(tmp_path / "a.pdf")
    assert document.blocks[0].text == "警方在港口查获十二吨危险废物，这些废物来自另一个国家，三名嫌疑人已被逮捕。"
    assert document.language == "zh"
