"""Sketches of texts: what they say of versions and translations, and that their size is bounded."""

from __future__ import annotations

import random

import pytest

from plumbline.domain.linking.anchors import anchors_in
from plumbline.domain.linking.sketches import LIKELY, Sketch, judge, keys_of, sketch
from plumbline.domain.linking.versions import align_works, numbers_in, parts_of

WORDS = [f"word{n}" for n in range(900)]


def a_text(seed: int, count: int = 600) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=count))


def test_copy_is_near_a_shortened_one_a_version_and_another_text_nothing() -> None:
    text = a_text(1)
    whole, half = sketch([text]), sketch([text[: len(text) // 2]])
    same = judge(whole, sketch([text + " the end"]))
    assert same is not None
    assert same.kind == "near"
    shortened = judge(whole, half)
    assert shortened is not None
    assert shortened.kind == "version"
    assert shortened.second_within > LIKELY > shortened.first_within
    assert judge(whole, sketch([a_text(2)])) is None
    assert set(keys_of(whole)) & set(keys_of(half))
    assert not set(keys_of(whole)) & set(keys_of(sketch([a_text(2)])))


def test_estimate_of_resemblance_is_within_three_standard_errors() -> None:
    first = a_text(3, 1000).split()
    second = [*first[:800], *a_text(4, 200).split()]
    found = judge(sketch([" ".join(first)]), sketch([" ".join(second)]))
    assert found is not None
    assert found.score == pytest.approx(796 / 1196, abs=0.15)


def test_translation_needs_two_languages_and_numbers_in_one_order() -> None:
    english = sketch(["In 2023 some 12,400 drums, 350 crates and 27 vans; 2.5 t, 61 people, 840 litres."], "en")
    russian = sketch(["В 2023 году 12 400 бочек, 350 ящиков и 27 фургонов; 2,5 т, 61 человек, 840 литров."], "ru")
    turned = sketch(["840 61 2,5 27 350 12 400 2023, и ещё немного слов"], "ru")
    found = judge(english, russian)
    assert found is not None
    assert (found.kind, found.score, found.common) == ("translation", 1.0, 7)
    assert judge(english, turned) is None
    assert judge(english, sketch(["В 2023 году 12 400 бочек, 350 ящиков, 27, 2,5, 61, 840"], "en")) is None
    assert set(keys_of(english)) & set(keys_of(russian))


@pytest.mark.parametrize("text", ["", " \n ", "?!…", "\x00", "█" * 50])
def test_text_without_words_meets_nothing(text: str) -> None:
    empty = sketch([text])
    assert keys_of(empty) == []
    assert judge(empty, empty) is None
    assert isinstance(empty, Sketch)


def test_sketch_of_a_long_text_is_as_small_as_that_of_a_short_one() -> None:
    long = sketch([" ".join(str(n) for n in range(30_000))])
    assert len(long.least) == 384
    assert len(long.numbers) == 300
    assert len(keys_of(long)) == 56


SAID = {
    "en": "On 14 March 2023 officers in Naples, Italy stopped 62 tonnes bound for Nigeria by way of the United States. Russia may object in May.",
    "fr": "Le 14 mars 2023, à Naples, en Italie, on a arrêté 62 tonnes destinées au Nigéria par les États-Unis. La Russie peut objecter en mai.",
    "es": "El 14 de marzo de 2023 en Nápoles, Italia, se detuvieron 62 toneladas con destino a Nigeria por los Estados Unidos. Rusia puede objetar en mayo.",
    "it": "Il 14 marzo 2023 a Napoli, in Italia, sono state fermate 62 tonnellate dirette in Nigeria via Stati Uniti. La Russia può obiettare in maggio.",
    "ru": "14 марта 2023 года в Неаполе, в Италии, остановили 62 тонны, которые шли в Нигерию через США. Россия может возразить в мае.",
    "ar": "في 14 مارس 2023 أُوقف في نابولي بإيطاليا 62 طناً متجهة إلى نيجيريا عبر الولايات المتحدة. وقد تعترض روسيا في مايو.",
    "zh": "在14日，3月，2023年，意大利那不勒斯截获了62吨运往尼日利亚途经美国的货物。俄罗斯可能在5月反对。",
}


@pytest.mark.parametrize("language", SAID)
def test_anchors_are_the_same_in_every_language(language: str) -> None:
    found = anchors_in(SAID[language], language)
    whole = ["14", "m3", "2023", "IT", "62", "NG", "US", "RU", "m5"]
    missing = {"fr": {"NG"}, "ru": {"US"}}.get(language, set())
    assert [one for one in whole if one not in missing] == [one for one in found if one not in missing]


def test_words_that_only_look_like_months_are_none_and_unknown_languages_give_numbers() -> None:
    assert anchors_in("They may march on 12 roads.", "en") == ["12"]
    assert anchors_in("Am 14. März 2023 in Italien", "de") == ["14", "2023"]
    assert anchors_in("", "en") == anchors_in("██ \x00 '", "fr") == []


def test_translation_without_numbers_is_found_by_countries_and_months() -> None:
    english = sketch(["From Italy by way of Nigeria and Turkmenistan to China, in March and in June."], "en")
    russian = sketch(["Из Италии через Нигерию и Туркменистан в Китай, в марте и в июне."], "ru")
    found = judge(english, russian)
    assert found is not None
    assert (found.kind, found.common) == ("translation", 6)
    assert set(keys_of(english)) & set(keys_of(russian))


def test_numbers_are_written_alike_in_every_script() -> None:
    assert numbers_in("١٤ مايو ٢٠٢٣") == numbers_in("14 May 2023") == ["14", "2023"]
    assert numbers_in("14.03.2023 7 1.250.000 0,75") == ["14", "2023", "1250000", "0.75"]


def test_long_works_are_aligned_in_order_with_each_passage_once() -> None:
    first = [f"Passage {n} about {WORDS[n % 900]} and {WORDS[n * 7 % 900]}." for n in range(4000)]
    second = [
        *first[:100],
        "New one.",
        *first[103:2000],
        *(text.replace("about", "of") for text in first[2000:2010]),
        *first[2010:],
    ]
    rows = align_works(first, second)
    assert [n for row in rows for n in row.first] == list(range(len(first)))
    assert [n for row in rows for n in row.second] == list(range(len(second)))
    beside = {row.first[0]: row.second[0] for row in rows if row.first and row.second}
    assert beside[3000] == 2998
    assert beside[2005] == 2003
    assert align_works([], []) == []
    assert [row.first for row in align_works([], ["a"])] == [()]
    assert max(b - a for side in parts_of(1000, 3, 200) for a, b in side) == 200
