"""Phrases are found in their forms, over gaps and in both Chinese scripts, and not in words that only share a stem."""

from __future__ import annotations

import pytest

from plumbline.domain.extraction.terms import PhraseMatcher, is_code
from plumbline.domain.extraction.text import words_of


def _found(phrase: str, language: str, text: str) -> list[str]:
    return [text[s.start : s.end] for s in PhraseMatcher([(phrase, "x")], language).find(words_of(text))]


@pytest.mark.parametrize(
    ("phrase", "language", "text", "wanted"),
    [
        ("stockait … sans autorisation", "fr", "Il stockait ces fûts sans autorisation.", "stockait ces fûts sans autorisation"),
        ("AIEA … avisée", "fr", "L'AIEA en a été avisée hier.", "AIEA en a été avisée"),
        ("未经…批准", "zh", "该厂未经环保部门批准生产。", "未经环保部门批准"),
        ("jeté|vidé … fossé|ruisseau", "fr", "Ils vidaient les fûts dans un ruisseau.", "vidaient les fûts dans un ruisseau"),
        ("jeté|vidé … fossé|ruisseau", "fr", "Un bidon jeté au fossé.", "jeté au fossé"),
        ("latas|botes de pintura", "es", "Había botes de pintura.", "botes de pintura"),
        ("未经|没有…批准|许可证", "zh", "該廠沒有環保部門許可證。", "沒有環保部門許可證"),
        ("слили|вылили … в реку|в овраг на", "ru", "Ночью вылили масло в овраг на окраине.", "вылили масло в овраг на"),
        ("в реку|в овраг … слили", "ru", "В реку ночью слили масло.", "В реку ночью слили"),
    ],
)  # fmt: skip
def test_other_words_of_the_clause_may_stand_in_a_gap(phrase: str, language: str, text: str, wanted: str) -> None:
    assert _found(phrase, language, text) == [wanted]


@pytest.mark.parametrize(
    ("phrase", "language", "text"),
    [
        ("stockait … sans autorisation", "fr", "Il stockait des fûts. Un voisin bâtit sans autorisation."),
        ("stockait … sans autorisation", "fr", "Il stockait depuis trois ans dans un hangar loué des fûts sans autorisation."),
        ("未经…批准", "zh", "未经检查，批准生产。"),
        ("jeté|vidé … fossé|ruisseau", "fr", "Un fossé vide."),
    ],
)  # fmt: skip
def test_a_gap_ends_with_its_clause_and_after_some_words(phrase: str, language: str, text: str) -> None:
    assert _found(phrase, language, text) == []


def test_chinese_words_are_found_in_both_scripts() -> None:
    assert _found("罚款", "zh", "公司被罰款三萬元") == ["罰款"]
    assert _found("罰款", "zh", "公司被罚款三万元") == ["罚款"]


@pytest.mark.parametrize(
    ("phrase", "language", "text"),
    [
        ("perito", "it", "Tre per uno."),
        ("ordenadores", "es", "Cumplió las órdenes."),
        ("smalto", "it", "Doveva smaltirli."),
    ],
)
def test_a_word_that_only_shares_a_stem_is_no_form_of_another(phrase: str, language: str, text: str) -> None:
    assert _found(phrase, language, text) == []


def test_forms_of_a_word_are_found() -> None:
    assert _found("verser", "fr", "L'acide versé là.") == ["versé"]
    assert _found("سكب", "ar", "وسكبوا الزيت") != []


def test_capitals_of_any_script_are_codes() -> None:
    assert is_code("PCB")
    assert is_code("ВОУ")
    assert _found("ВОУ", "ru", "Во дворе нашли бочки.") == []
    assert not is_code("石棉")


@pytest.mark.parametrize(
    ("language", "phrases", "text", "wanted"),
    [
        ("fr", {"matelas … usagés": "other", "batteries": "A1160", "pneus usagés": "B3140"}, "des matelas batteries et pneus usagés", ["A1160", "B3140"]),
        ("zh", {"旧…轮胎": "B3140", "旧电池": "A1160", "废旧轮胎": "B3140"}, "查获旧电池和废旧轮胎", ["A1160", "B3140"]),
    ],
)  # fmt: skip
def test_a_phrase_with_a_gap_gives_way_to_another_within_it(
    language: str, phrases: dict[str, str], text: str, wanted: list[str]
) -> None:
    assert [span.value for span in PhraseMatcher(phrases.items(), language).find(words_of(text))] == wanted


@pytest.mark.parametrize(
    ("phrase", "language", "text"),
    [
        ("вывезли … собрали", "ru", "вывезли мусор с берега, собрали сто мешков"),
        ("نقل … النفايات", "ar", "نقل السائق، النفايات"),
        ("未经…批准", "zh", "未经检查,批准生产"),
    ],
)
def test_a_comma_ends_a_clause(phrase: str, language: str, text: str) -> None:
    assert _found(phrase, language, text) == []
