"""More like this: rare words that a text has weigh most, counted among visible passages alone."""

from __future__ import annotations

import pytest

from plumbline.domain.query import And, Everything, FieldIs, Not
from plumbline.engines.search import SearchRequest

BASE = "Drums of mercury were found by the quay; the mercury leaked into the water."


@pytest.fixture
def like(engine):
    def ask(text=BASE, language="en", principals=("public",), but="w-base", **more):
        query = And((Everything(), Not(FieldIs("work", but))))
        found = engine.alike(text, language, SearchRequest(query, frozenset(principals), **more))
        return found.words, [hit.id for hit in found.hits]

    return ask


@pytest.fixture
def house(engine, passage):
    """A text, one like it, one that shares a common word, and many about something else."""
    engine.add(
        [
            passage("base", BASE),
            passage("near", "A drum that held mercury stood at the quay."),
            passage("far", "Clean water for the town."),
            *(passage(f"other{n}", f"Water and roads, number {n}.") for n in range(30)),
        ]
    )
    engine.commit()


def test_passage_that_shares_the_rare_words_is_found_and_one_with_a_common_word_is_not(like, house):
    told, found = like()
    assert found == ["near"]
    assert told[0] == "mercury"
    assert set(told) == {"mercury", "drums", "quay", "water"}
    assert "the" not in told


def test_hidden_passages_change_neither_words_nor_hits(engine, passage, like, house):
    before = like()
    engine.add(passage(f"h{n}", BASE + " secretive", principals=("org:x",)) for n in range(40))
    engine.commit()
    assert like() == before
    assert like(BASE + " secretive") == before
    told, found = like(principals=("public", "org:x"), limit=5)
    assert found[0].startswith("h")
    assert told != before[0]


@pytest.mark.parametrize(
    ("language", "text", "other"),
    [
        ("ru", "Бочки с ртутью нашли на причале порта.", "На причале стояла бочка с ртутью."),
        ("ar", "عثرت الشرطة على براميل الزئبق في الميناء", "براميل زئبق في الميناء القديم"),
        ("zh", "海关在码头查获了汞桶和危险废物。", "码头上的危险废物"),
        ("de", "Quecksilber in Fässern am Hafen", "Am Hafen stand Quecksilber"),
    ],
)
def test_likeness_holds_in_other_languages(engine, passage, like, language, text, other):
    engine.add(
        [
            passage("base", text, language=language),
            passage("near", other, language=language),
            passage("far", "Nothing."),
        ]
    )
    engine.commit()
    assert like(text, language)[1] == ["near"]


@pytest.mark.parametrize("text", ["", "the of and", "12 34", "█████ ██", "unheardof", "x" * 5000])
def test_text_that_tells_nothing_is_like_nothing(like, house, text):
    assert like(text)[1] == []
