"""The gazetteer: built once, opened quickly, and what places it lets extraction find in seven languages."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from plumbline.domain.errors import Unavailable
from plumbline.domain.extraction import find_places
from plumbline.domain.extraction.text import fold_name
from plumbline.engines.gazetteer import ArrayGazetteer, open_gazetteer


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gazetteer")


@pytest.fixture(scope="session")
def gazetteer(folder: Path) -> ArrayGazetteer:
    return open_gazetteer(folder)


@pytest.mark.parametrize("name", ["Genoa", "Genova", "Gênes", "Génova", "Генуя", "جنوة", "热那亚"])
def test_find_in_any_language_gives_the_same_town(gazetteer: ArrayGazetteer, name: str) -> None:
    place = gazetteer.find(fold_name(name))[0]

    assert (place.name, place.country, place.precision) == ("Genoa", "IT", "locality")
    assert (place.lat, place.lon) == pytest.approx((44.40478, 8.94439), abs=1e-3)


@pytest.mark.parametrize("name", ["Nigeria", "Nigéria", "Нигерия", "نيجيريا", "尼日利亚"])
def test_find_country_in_any_language_gives_a_point_inside_it(gazetteer: ArrayGazetteer, name: str) -> None:
    place = next(place for place in gazetteer.find(fold_name(name)) if place.precision == "country")

    assert place.country == "NG"
    assert 4 < place.lat < 14
    assert 3 < place.lon < 15


@pytest.mark.parametrize(
    ("name", "country", "precision"),
    [
        ("加德满都", "NP", "locality"), ("加德滿都", "NP", "locality"), ("Курганская область", "RU", "admin1"), ("Loreto", "PE", "admin1"),
        ("Deux-Sèvres", "FR", "admin2"), ("提契诺", "CH", "admin1"), ("الغربية", "EG", "admin1"), ("Carinzia", "AT", "admin1"),
    ],
)  # fmt: skip
def test_divisions_and_both_chinese_scripts_are_known(
    gazetteer: ArrayGazetteer, name: str, country: str, precision: str
) -> None:
    found = {(place.country, place.precision) for place in gazetteer.find(fold_name(name))}

    assert (country, precision) in found


def test_name_of_a_town_is_not_also_the_division_around_it(gazetteer: ArrayGazetteer) -> None:
    assert {place.precision for place in gazetteer.find("napoli") if place.country == "IT"} == {"locality"}


@pytest.mark.parametrize(
    ("language", "text", "country"),
    [
        ("ru", "Таможенники Владивостока задержали груз.", "RU"), ("ru", "Груз шёл в Южную Корею.", "KR"),
        ("ru", "Свалка в Омской области.", "RU"), ("ru", "Судно стоит в Роттердаме.", "NL"), ("es", "Iquique. La Aduana retuvo la carga.", "CL"),
        ("es", "La policía halló residuos en Cádiz.", "ES"), ("it", "I carabinieri sono intervenuti a Lodi.", "IT"),
        ("zh", "警方在江西丰城查获废物。", "CN"), ("zh", "云南省个旧市一处仓库起火。", "CN"), ("fr", "Les gendarmes de Bressuire (Deux-Sèvres) enquêtent.", "FR"),
        ("ar", "ضبطت السلطات في الزبير بمحافظة البصرة كمية من النفايات.", "IQ"),
    ],
)  # fmt: skip
def test_towns_and_divisions_are_found_as_each_language_writes_them(
    gazetteer: ArrayGazetteer, language: str, text: str, country: str
) -> None:
    found = [span for span in find_places(text, language=language, gazetteer=gazetteer) if span.confidence >= 0.45]

    assert found and {span.value.country for span in found} == {country}


@pytest.mark.parametrize(
    ("language", "text", "roles"),
    [
        ("fr", "Les fûts ont été expédiés par la route vers Cotonou.", {"BJ": "destination"}),
        ("es", "La carga había llegado en barco desde Oporto.", {"PT": "origin"}),
        ("it", "I rifiuti, partiti a marzo da Salerno, erano destinati alla Tunisia.", {"IT": "origin", "TN": "destination"}),
        ("ru", "Партию собирались вывезти на судне в Китай.", {"CN": "destination"}),
        ("zh", "该批货物自釜山启运。", {"KR": "origin"}), ("zh", "菲律宾将向澳大利亚退还垃圾。", {"PH": "", "AU": "destination"}),
    ],
)  # fmt: skip
def test_words_of_moving_tell_the_ends_of_a_route(
    gazetteer: ArrayGazetteer, language: str, text: str, roles: dict[str, str]
) -> None:
    found = find_places(text, language=language, gazetteer=gazetteer)

    assert {span.value.country: span.role for span in found if span.confidence >= 0.45} == roles


def test_find_unknown_name_gives_nothing(gazetteer: ArrayGazetteer) -> None:
    assert gazetteer.find("no such town") == ()
    assert gazetteer.find_many([]) == {}


def test_second_opening_maps_what_the_first_built(gazetteer: ArrayGazetteer, folder: Path) -> None:
    began = time.perf_counter()
    again = open_gazetteer(folder)

    assert time.perf_counter() - began < 1.0
    assert len(again) == len(gazetteer) > 69_000
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []


def test_unwritable_folder_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")

    with pytest.raises(Unavailable, match="data folder"):
        open_gazetteer(tmp_path / "file")


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "Customs in Genoa, Italy seized goods bound for Lagos via Tangier", {("Genoa", "IT", ""), ("Italy", "IT", ""), ("Lagos", "NG", "destination"), ("Tangier", "MA", "transit")}),
        ("en", "A spill in Paris, Texas was reported", {("Paris", "US", ""), ("Texas", "US", "")}),
        ("en", "He worked in Mexico for years", {("Mexico", "MX", "")}),
        ("en", "TROOPS IN SANTA ANA, EL SALVADOR, FOUND THE DRUG AREA EMPTY", {("Santa Ana", "SV", ""), ("El Salvador", "SV", "")}),
        ("fr", "La douane de Gênes, à destination de Cotonou, au Bénin", {("Genoa", "IT", ""), ("Cotonou", "BJ", "destination"), ("Benin", "BJ", "destination")}),
        ("es", "La Guardia Civil de Algeciras, en España", {("Algeciras", "ES", ""), ("Spain", "ES", "")}),
        ("it", "La Guardia di Finanza di Napoli, in Campania", {("Naples", "IT", ""), ("Campania", "IT", "")}),
        ("ru", "Груз из Генуи в Москве и Нижнем Новгороде", {("Genoa", "IT", "origin"), ("Moscow", "RU", ""), ("Nizhniy Novgorod", "RU", "")}),
        ("ar", "ضبطت الجمارك في ميناء الإسكندرية حاويات وقالت الشرطة في القاهرة وبيروت", {("Alexandria", "EG", ""), ("Cairo", "EG", ""), ("Beirut", "LB", "")}),
        ("zh", "宁波港查获来自热那亚的集装箱，运往尼日利亚", {("Ningbo", "CN", ""), ("Genoa", "IT", "origin"), ("Nigeria", "NG", "destination")}),
    ],
)  # fmt: skip
def test_places_of_a_sentence_are_found_with_their_part_in_the_route(
    gazetteer: ArrayGazetteer, language: str, text: str, expected: set[tuple[str, str, str]]
) -> None:
    found = find_places(text, language=language, gazetteer=gazetteer)

    assert {(span.value.name, span.value.country, span.role) for span in found} == expected


@pytest.mark.parametrize(
    "text", ["Police were Reading the file.", "Of the Best men, Most were Nice.", "Many March in May.", ""]
)
def test_common_words_are_not_towns(gazetteer: ArrayGazetteer, text: str) -> None:
    assert find_places(text, language="en", gazetteer=gazetteer) == ()
