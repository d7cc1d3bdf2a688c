"""Texts of shops, museums, weather, sport and politics tell no incident of waste or of CBRN material."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from plumbline.domain.blueprints import load_shipped
from plumbline.domain.extraction import Gazetteer, extract
from plumbline.engines.gazetteer import open_gazetteer

FOLDER = Path(__file__).resolve().parents[1] / "data" / "ordinary"
TEXTS = [
    pytest.param(path.stem, text, id=f"{path.stem}-{number}")
    for path in sorted(FOLDER.glob("*.txt"))
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
]


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
