"""Plain text: hard-wrapped lines to paragraphs, printed numbers to labels, headings to paths."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumbline.plugins.readers import Block, Document, read_file

REPORT = """   Activities of the fictional Harbour Institute

 I. Introduction

1. The Institute was founded to study harbours and
what passes through them. It reports to its board in
the evidence-based manner that the board asked for.

2. The Institute trains officers in the port of Genoa.
 II. Countering illegal dumping

 1. Knowledge base on dumping: the coast of the
northern region

3. In 2011 the Institute published a manual on 12
ships. The manual is used in
20 countries.
 4. During 2012 a second edition will follow. It
 covers rivers.

(a) It lists rivers;
(b) It lists the lakes that rivers
feed.
"""


def read(tmp_path: Path, text: str | bytes, name: str = "a.txt") -> Document:
    place = tmp_path / name
    place.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_file(place, name=name)


def labels(document: Document) -> dict[str | None, Block]:
    return {block.label: block for block in document.blocks if block.label}


def test_numbered_report_gives_whole_labelled_paragraphs_under_their_headings(tmp_path: Path) -> None:
    document = read(tmp_path, REPORT)
    found = labels(document)
    assert list(found) == ["1", "2", "3", "4", "a", "b"]
    assert document.title == "Activities of the fictional Harbour Institute"
    assert document.language == "en"
    assert found["1"].text.endswith("in the evidence-based manner that the board asked for.")
    assert found["2"].heading_path == ("I. Introduction",)
    nearest = "1. Knowledge base on dumping: the coast of the northern region"
    assert found["3"].heading_path == ("II. Countering illegal dumping", nearest)
    assert (
        found["3"].text
        == "3. In 2011 the Institute published a manual on 12 ships. The manual is used in 20 countries."
    )
    assert found["4"].text == "4. During 2012 a second edition will follow. It covers rivers."
    assert found["b"].kind == "list-item"
    assert found["b"].text == "(b) It lists the lakes that rivers feed."
    assert {block.page for block in document.blocks} == {None}


def test_page_breaks_drop_running_heads_and_join_the_cut_paragraph(tmp_path: Path) -> None:
    bodies = [
        "The inspectors found drums behind the warehouse and\nbegan to measure what the drums that stood there had",
        "leaked over the years. Nobody had counted them before the\ninspection began in March.",
        "A second warehouse stood on the other side of the road.",
    ]
    pages = [f"Harbour report 2012\n\n{body}\n\n- {at} -\n" for at, body in enumerate(bodies, 1)]
    blocks = read(tmp_path, "\f".join(pages)).blocks
    assert [block.page for block in blocks] == [1, 3]
    assert "the drums that stood there had leaked over the years." in blocks[0].text
    assert not any("Harbour report" in block.text for block in blocks)


def test_hyphen_at_line_end_is_healed_or_kept_by_what_the_text_prints(tmp_path: Path) -> None:
    text = "The imple-\nmentation of an anti-\ncorruption law. A soft hy\u00ad\nphen. Later the anti-corruption law passed."
    joined = read(tmp_path, text).blocks[0].text
    assert "The implementation of an anti-corruption law. A soft hyphen." in joined


def test_unwrapped_text_gives_one_paragraph_a_line(tmp_path: Path) -> None:
    line = "Twelve tonnes of hazardous waste were seized in the port of Genoa, and three men were arrested. " * 3
    assert [block.text for block in read(tmp_path, f"{line}\n{line}\n{line}\n").blocks] == [line.strip()] * 3


def test_chinese_lines_join_without_a_space(tmp_path: Path) -> None:
    document = read(tmp_path, "警方在港口查获十二吨危险废物，这些废物来自另\n一个国家，三名嫌疑人已被逮捕。\n")
    assert document.blocks[0].text == "警方在港口查获十二吨危险废物，这些废物来自另一个国家，三名嫌疑人已被逮捕。"
    assert document.language == "zh"


def test_capitals_head_what_follows_and_plain_headings_nest_below(tmp_path: Path) -> None:
    text = "A TITLE OF ITS OWN\n\nIntro text ends here.\n\nTHREATS AND CHALLENGES\n\nWeak Rule of Law\n\nCourts lack judges.\n"
    assert read(tmp_path, text).blocks[-1].heading_path == ("THREATS AND CHALLENGES", "Weak Rule of Law")


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Co")), min_size=1), min_size=1))
def test_any_text_is_read_without_losing_a_word_character(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    source = "Opening words.\n\n" + "\n".join(lines)
    place = tmp_path_factory.mktemp("any") / "a.txt"
    place.write_bytes(source.encode())
    got = read_file(place, name="a.txt").text
    assert [char for char in got if char.isalnum()] == [char for char in source if char.isalnum()]


@pytest.fixture
def seeds() -> Path:
    folder = os.environ.get("PLUMBLINE_SEEDS")
    if not folder:
        pytest.skip("PLUMBLINE_SEEDS names no folder with the two institute documents")
    return Path(folder)


def test_board_report_gives_its_49_paragraphs_whole_under_their_headings(seeds: Path) -> None:
    document = read_file(seeds / "board-report-2012.txt", name="board-report-2012.txt")
    numbered = [block for block in document.blocks if block.label]
    assert [block.label for block in numbered] == [str(number) for number in range(1, 50)]
    assert all(block.text.startswith(f"{block.label}. ") and block.text.endswith(".") for block in numbered)
    assert all(block.kind != "paragraph" or block.label for block in document.blocks)
    tops = list(dict.fromkeys(block.heading_path[0] for block in numbered))
    assert [top.split(".")[0] for top in tops] == ["I", "II", "III", "IV", "V", "VI", "VII", "VIII"]
    assert tops[0] == "I. Introduction"
    assert "Countering the threat of crime" in tops[1]
    assert document.language == "en"


def test_programme_framework_gives_sections_and_priorities_as_headings(seeds: Path) -> None:
    document = read_file(seeds / "strategic-programme-framework-2019-2022.txt", name="framework.txt")
    headings = [block.text for block in document.blocks if block.kind == "heading"]
    assert {"THREATS AND CHALLENGES", "STRATEGIC PRIORITIES"} <= set(headings)
    paths = {path for block in document.blocks for path in block.heading_path}
    assert any("Countering Organised Crime" in path for path in paths)
    threats = [b for b in document.blocks if b.kind == "heading" and b.heading_path == ("THREATS AND CHALLENGES",)]
    assert len(threats) == 7
