"""Texts of shops, museums, weather, sport and politics tell no incident of waste or of CBRN material."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from plumbline.domain.blueprints import load_shipped
from plumbline.domain.extraction import Gazetteer, extract, find_places
from plumbline.engines.gazetteer import open_gazetteer

FOLDER = Path(__file__).resolve().parents[1] / "data" / "ordinary"
TEXTS = [
    pytest.param(path.stem.partition("-")[0], text, id=f"{path.stem}-{number}")
    for path in sorted(FOLDER.glob("*.txt"))
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
]
PROSE = [one for one in TEXTS if "-prose-" in str(one.id)]
"""Texts that name no place, with words that are names of towns too."""


@pytest.fixture(scope="module")
def gazetteer(tmp_path_factory: pytest.TempPathFactory) -> Gazetteer:
    """The gazetteer that ships."""
    return open_gazetteer(tmp_path_factory.mktemp("gazetteer"))


@pytest.mark.parametrize("name", ["hazardous-waste", "cbrn-incidents"])
@pytest.mark.parametrize(("language", "text"), TEXTS)
def test_ordinary_text_tells_no_incident(language: str, text: str, name: str, gazetteer: Gazetteer) -> None:
    blueprint = load_shipped(name)
    assert (
        extract(text, blueprint=blueprint, language=language, published=date(2024, 12, 10), gazetteer=gazetteer) == ()
    )


@pytest.mark.parametrize(("language", "text"), PROSE)
def test_no_town_is_named_by_an_ordinary_word(language: str, text: str, gazetteer: Gazetteer) -> None:
    assert find_places(text, language=language, gazetteer=gazetteer) == ()


@pytest.mark.parametrize(
    ("language", "text", "named"),
    [
        ("ar", "ضبطت الشرطة شحنة في مدينة ليل الفرنسية.", ["Lille"]),
        ("ar", "وصلت الشحنة إلى ليل (فرنسا) أمس.", ["Lille", "France"]),
        ("ar", "نام الطفل في ليل طويل.", []),
        ("ru", "Снег выпал в городе Ван.", ["Van"]),
        ("zh", "广东新兴县查获旧轮胎。", ["Guangdong", "Xinxing"]),
        ("zh", "台湾中和区查获旧轮胎。", ["Taiwan", "Zhonghe"]),
        ("zh", "山东济南查获旧轮胎。", ["Shandong", "Jinan"]),
        ("es", "Como, Italia, estrena museo.", ["Como", "Italy"]),
        ("it", "Nella città di Lodi piove. Solo, Indonesia, ha il sole.", ["Lodi", "Surakarta", "Indonesia"]),
    ],
)  # fmt: skip
def test_a_word_of_prose_names_a_town_beside_its_kind_or_country(
    language: str, text: str, named: list[str], gazetteer: Gazetteer
) -> None:
    assert [span.value.name for span in find_places(text, language=language, gazetteer=gazetteer)] == named


@pytest.mark.parametrize(
    ("language", "text", "told", "untold"),
    [
        ("fr", "Le 5 mai 2024 à Lyon, la police a saisi des matelas, batteries et pneus usagés.", {"A1160", "B3140"}, {"other"}),
        ("zh", "2024年5月5日，上海海关查获旧电池和废旧轮胎3吨。", {"A1160", "B3140"}, set()),
        ("fr", "Le 5 mai 2024 à Lyon, la police a saisi 40 pneus.", {"B3140"}, set()),
        ("it", "Rifiuti pericolosi arrivati il 5 maggio 2024 al porto di Genova, sequestrati.", {"annex-i"}, {"returned"}),
    ],
)  # fmt: skip
def test_incidents_tell_what_their_words_say(
    language: str, text: str, told: set[str], untold: set[str], gazetteer: Gazetteer
) -> None:
    blueprint = load_shipped("hazardous-waste")
    records = extract(text, blueprint=blueprint, language=language, published=date(2024, 12, 10), gazetteer=gazetteer)
    values = {mention.value for record in records for mention in record.mentions if isinstance(mention.value, str)}
    assert told <= values
    assert not untold & values
