"""Countries are named as the United Nations name them, and found by their everyday names too."""

from __future__ import annotations

from importlib import resources

import pytest
import yaml
from babel import Locale

from plumbline.domain.blueprints import country_name, country_names
from plumbline.domain.blueprints.forms import find_country

LANGUAGES = ("en", "fr", "es", "ru", "ar", "it", "zh")
TABLE = yaml.safe_load(resources.files("plumbline.domain.vocabulary").joinpath("countries.yaml").read_text("utf-8"))


@pytest.mark.parametrize(
    ("code", "language", "name"),
    [
        ("KR", "en", "Republic of Korea"),
        ("RU", "fr", "Fédération de Russie"),
        ("TR", "es", "Türkiye"),
        ("CD", "ru", "Демократическая Республика Конго"),
        ("SY", "ar", "الجمهورية العربية السورية"),
        ("VN", "it", "Viet Nam"),
        ("IR", "zh-hans", "伊朗伊斯兰共和国"),
        ("NG", "en", "Nigeria"),
    ],
)
def test_country_name_follows_the_usage_of_the_united_nations(code: str, language: str, name: str) -> None:
    assert country_name(code, language) == name


def test_table_holds_differences_only_with_one_m49_code_each() -> None:
    codes = [one["m49"] for one in TABLE.values()]
    assert len(set(codes)) == len(codes)
    assert all(len(code) == 3 and code.isdecimal() for code in codes)
    same = [
        (code, language)
        for code, one in TABLE.items()
        for language, name in one["names"].items()
        if name == Locale(language).territories[code]
    ]
    assert same == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_name_shown_or_in_everyday_use_finds_its_country(language: str) -> None:
    lost = [(code, name) for code in TABLE for name in country_names(code, language) if find_country(name) != code]
    assert lost == []
