"""Towns that the gazetteer knows in Latin letters alone are found in Cyrillic and Arabic by how they sound."""

from __future__ import annotations

import pytest

from plumbline.domain.extraction import Gazetteer, find_places
from plumbline.domain.extraction.sounds import sound_key, sound_keys, sounds_like, spoken
from plumbline.engines.gazetteer import open_gazetteer


@pytest.fixture(scope="module")
def gazetteer(tmp_path_factory: pytest.TempPathFactory) -> Gazetteer:
    """The gazetteer that ships."""
    return open_gazetteer(tmp_path_factory.mktemp("gazetteer"))


@pytest.mark.parametrize(
    ("other", "latin"),
    [
        ("Текискьяпан", "Tequisquiapan"), ("Сан-Хуан-дель-Рио", "San Juan del Río"), ("Джебель-Али", "Jebel Ali"),
        ("Шахтинск", "Shakhtinsk"), ("Карлсруэ", "Karlsruhe"), ("سيوداد ديل إستي", "Ciudad del Este"), ("ألتو هوسبيسيو", "Alto Hospicio"),
        ("فيلهلمسهافن", "Wilhelmshaven"),
    ],
)  # fmt: skip
def test_a_name_and_how_it_is_written_elsewhere_have_one_key(other: str, latin: str) -> None:
    assert sound_key(other) in sound_keys(latin)
    assert sounds_like(other, [latin, "Somewhere"]) == {latin}


def test_names_of_few_consonants_have_no_key_and_long_ones_few_ways() -> None:
    assert (sound_key("Бари"), sound_keys("Bari"), sound_key("")) == ("", frozenset(), "")
    assert 1 <= len(spoken("Ghychjxw" * 50)) <= 8
    assert sounds_like("Францию", ["Avranches"]) == frozenset()
    assert sounds_like("Коркино", ["Kurgan", "Korkino", "Kurkino"]) == {"Korkino", "Kurkino"}


@pytest.mark.parametrize(
    ("language", "text", "said", "name", "country"),
    [
        ("ru", "Цилиндр нашли в Мексике, в Сан-Хуан-дель-Рио.", "Сан-Хуан-дель-Рио", "San Juan del Río", "MX"),
        ("ru", "В Мексике близ Текискьяпана крестьяне заметили цилиндр.", "Текискьяпана", "Tequisquiapan", "MX"),
        ("ru", "Груз ушёл в Джебель-Али, ОАЭ.", "Джебель-Али", "Jebel Ali", "AE"),
        ("ar", "أحرقت الإطارات في بلدة ألتو هوسبيسيو في تشيلي.", "ألتو هوسبيسيو", "Alto Hospicio", "CL"),
        ("ar", "ضبطت في سيوداد ديل إستي في باراغواي شاحنتان.", "سيوداد ديل إستي", "Ciudad del Este", "PY"),
    ],
)
def test_a_town_is_found_by_its_sound_in_a_country_that_the_text_names(
    language: str, text: str, said: str, name: str, country: str, gazetteer: Gazetteer
) -> None:
    found = {text[s.start : s.end]: s.value for s in find_places(text, language=language, gazetteer=gazetteer)}
    assert (found[said].name, found[said].country, found[said].matched) == (name, country, "sound")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ru", "Близ Текискьяпана крестьяне заметили цилиндр."),  # no country is named
        ("ru", "В Мексике следователь Текискьяпанов доложил министру."),  # a person
        ("ru", "Доклад представили в Конгрессе США."),
        ("ru", "В Испании об этом сказали в Университете и в Гринписе."),  # a country and words that sound like towns
        ("ru", "В Мексике в среду министр доложил о текискьяпане."),  # no capital
        ("ar", "قالت سيوداد ديل إستي في باراغواي إن العمل انتهى."),  # nothing leads to a place
    ],
)
def test_what_only_sounds_like_a_town_is_none(language: str, text: str, gazetteer: Gazetteer) -> None:
    assert not [s for s in find_places(text, language=language, gazetteer=gazetteer) if s.value.matched == "sound"]
