"""Language detection: the languages that the institute works in, and silence on what is too short."""

from __future__ import annotations

import pytest

from plumbline.engines.language import detect


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The police seized twelve tonnes of hazardous waste in the port and arrested three men."),
        ("fr", "La police a saisi douze tonnes de déchets dangereux dans le port et arrêté trois hommes."),
        ("es", "La policía incautó doce toneladas de residuos peligrosos en el puerto y detuvo a tres hombres."),
        ("it", "La polizia ha sequestrato dodici tonnellate di rifiuti pericolosi nel porto."),
        ("ru", "Полиция изъяла двенадцать тонн опасных отходов в порту и задержала трёх человек."),
        ("ar", "ضبطت الشرطة اثني عشر طنا من النفايات الخطرة في الميناء وأوقفت ثلاثة أشخاص."),
        ("zh", "警方在港口查获十二吨危险废物，并逮捕了三名嫌疑人。"),
    ],
)
def test_sentence_is_recognised(language: str, text: str) -> None:
    found = detect(text)
    assert found is not None
    assert found[0] == language
    assert 0.4 < found[1] <= 1


@pytest.mark.parametrize("text", ["", "OK", "12 345.67 — 2012", "Genoa, 2012"])
def test_short_text_is_left_open(text: str) -> None:
    assert detect(text) is None


def test_pieces_of_a_long_text_suffice_or_the_whole_is_asked() -> None:
    french = "Les autorités ont saisi douze tonnes de déchets dangereux dans le port, et nul ne savait qui les avait envoyés. "
    english = (
        "Customs officers seized twelve tonnes of waste in the port, and nobody knew who had sent it there at all. "
    )
    assert detect(french * 12)[0] == "fr"  # type: ignore[index]
    assert detect(english * 2 + french * 10)[0] == "fr"  # type: ignore[index]
    assert detect(french * 2 + english * 10)[0] == "en"  # type: ignore[index]
