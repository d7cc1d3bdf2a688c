"""Texts in pages: languages isolated, spans at the offsets that were asked for, nothing unescaped."""

import re

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from plumbline.ui.text import Span, content, direction, highlighted, language_name, listed


def test_content_of_another_language_says_language_and_direction():
    assert content("تقرير", "ar") == '<bdi lang="ar" dir="rtl">تقرير</bdi>'
    assert content("<b>", "fr") == '<bdi lang="fr" dir="ltr">&lt;b&gt;</bdi>'


def test_direction_of_a_regional_tag_follows_its_language():
    assert [direction(tag) for tag in ("ar-EG", "fa", "ru", "zh-Hans")] == ["rtl", "rtl", "ltr", "ltr"]


def test_highlighted_span_counted_from_the_work_lands_on_its_words():
    html = highlighted("found 38 t & more", [Span(106, 110, "claim", "amount")], offset=100)
    assert html == (
        '<span class="text" data-text data-start="100">found '
        '<mark class="highlight highlight--claim" data-key="amount">38 t</mark> &amp; more</span>'
    )


def test_highlighted_withheld_span_keeps_its_length_and_loses_its_words():
    html = highlighted("the witness Ada said", [Span(12, 15, "withheld")])
    assert "Ada" not in html
    assert "█" * 3 in html


@given(
    text=st.text(min_size=1, max_size=60),
    spans=st.lists(st.tuples(st.integers(-5, 70), st.integers(-5, 70)), max_size=6),
)
def test_highlighted_text_is_never_changed_by_its_spans(text, spans):
    html = highlighted(text, [Span(start, end) for start, end in spans])
    plain = re.sub(r"</?mark[^>]*>", "", str(html))
    assert plain == str(highlighted(text))


def test_listed_joins_by_the_page_and_isolates_parts_from_right_to_left():
    """Latin parts of an Arabic list must not run together backwards; markup stays, text is escaped."""
    assert listed(["<a>", Markup("<b>x</b>")]) == Markup("&lt;a&gt;, <b>x</b>")
    with translation.override("ar"):
        assert listed(["report.html", "HTML"]) == Markup("<bdi>report.html</bdi>، <bdi>HTML</bdi>")
        assert listed(["1", "2"], strongly=True) == Markup("<bdi>1</bdi>؛ <bdi>2</bdi>")


def test_content_that_begins_with_a_foreign_name_runs_as_an_arabic_page_does():
    """'Genoa، إيطاليا' is read from the right; Latin text alone, and any text on an English page, stays as it is."""
    mixed = "Genoa، إيطاليا"
    assert content(mixed) == Markup(f"<bdi>{mixed}</bdi>")
    with translation.override("ar"):
        assert content(mixed) == Markup(f'<bdi dir="rtl">{mixed}</bdi>')
        assert content("Genoa") == Markup("<bdi>Genoa</bdi>")


@pytest.mark.parametrize(
    ("tag", "shown"), [("fr", "الفرنسية"), ("zh-Hans", "الصينية (المبسطة)"), ("und", "und"), ("x", "x"), ("", "")]
)
def test_language_name_is_in_the_language_of_the_page(tag, shown):
    with translation.override("ar"):
        assert language_name(tag) == shown
