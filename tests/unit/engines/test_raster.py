"""Pictures: words of several scripts are drawn with the fonts that ship; what is no drawing is refused."""

import io

import numpy as np
import pytest
from PIL import Image

from plumbline.domain.errors import InvalidInput
from plumbline.engines import raster
from plumbline.engines.raster import png

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="400" height="40"><text x="{x}" y="30" font-size="20" {more}>{words}</text></svg>'


def _ink(words, x=4, more="", zoom=1.0):
    picture = Image.open(io.BytesIO(png(SVG.format(words=words, x=x, more=more), zoom=zoom)))
    return 255 - np.asarray(picture.convert("L"), float)


def test_picture_has_the_size_asked_for_and_a_plain_background():
    ink = _ink("", zoom=2.5)
    assert ink.shape == (100, 1000)
    assert not ink.any()


@pytest.mark.parametrize("words", ["Łódź", "Рейс", "حادث", "断点、趋势", "断点 حادث"])
def test_scripts_that_ship_are_drawn_bold_where_bold_is_asked_for(words):
    plain, bold = _ink(words).sum(), _ink(words, more='font-weight="600"').sum()
    assert plain > 0
    assert bold > 1.1 * plain


@pytest.mark.parametrize(
    ("words", "more"),
    [("Łódź – Рейс حادث €", False), ("Λ", True), ("断点（趋势）：1", False), ("劐", True), ("ไทย", True)],
)
def test_fonts_of_the_machine_are_asked_only_for_what_does_not_ship(words, more):
    assert raster._needs_more(SVG.format(words=words, x=1, more="")) is more


def test_letters_that_ship_are_no_empty_boxes():
    assert len({_ink(letter).tobytes() for letter in "ŁŘЖЫшقج中文断，"}) == 11


def test_latin_beside_chinese_keeps_its_face():
    alone, beside = _ink("Rate"), _ink("Rate 断")
    assert (alone[:, :44] == beside[:, :44]).all()
    assert beside[:, 50:].any()


def test_arabic_letters_join_and_run_from_the_right():
    joined, apart = _ink("ببب"), _ink("ب\u200cب\u200cب")
    assert np.flatnonzero(joined.sum(axis=0)).max() < 0.8 * np.flatnonzero(apart.sum(axis=0)).max()
    more = 'text-anchor="end"'
    one, both = _ink("ا", 300, more), _ink("اب", 300, more)
    columns = slice(296, 300)
    assert (one[:, columns] == both[:, columns]).all()


@pytest.mark.parametrize(
    "svg",
    [
        "no drawing",
        "<svg",
        '<svg xmlns="http://www.w3.org/2000/svg"/>',
        '<svg xmlns="http://www.w3.org/2000/svg" width="90000" height="90000"/>',
        '<svg xmlns="http://www.w3.org/2000/svg" width="wide" height="1"/>',
        '<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa">]><svg xmlns="http://www.w3.org/2000/svg" width="0" height="9">&a;</svg>',
    ],
)
def test_what_is_no_drawing_or_too_large_is_refused(svg):
    with pytest.raises(InvalidInput, match="cannot be turned into a picture"):
        png(svg)


def test_drawing_does_not_read_files_of_the_machine(tmp_path):
    inner = tmp_path / "secret.svg"
    inner.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>')
    outer = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" height="9">'
        f'<image xlink:href="{inner}" width="9" height="9"/></svg>'
    )
    assert np.asarray(Image.open(io.BytesIO(png(outer))).convert("L")).min() == 255


def test_letters_that_no_font_holds_are_named(monkeypatch):
    import resvg_py

    drawn = resvg_py.svg_to_bytes
    monkeypatch.setattr(resvg_py, "svg_to_bytes", lambda **given: drawn(**given | {"skip_system_fonts": True}))
    assert raster.letters_missing("Łódź 中文 ไท Рейс ไ") == "ทไ"
    assert raster.letters_missing("Łódź – Рейс حادث €") == ""
