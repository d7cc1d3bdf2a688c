"""Shipped blueprints read short reports: each proposes the incident with date, place, quantity and terms.

Every text is fictional: written for this test, with events, firms and persons that do not exist.
"""

from __future__ import annotations

from datetime import date

import pytest
from bench.extraction import values_of

from plumbline.domain.blueprints import load_shipped
from plumbline.domain.extraction import Gazetteer, extract
from plumbline.engines.gazetteer import open_gazetteer


@pytest.fixture(scope="module")
def gazetteer(tmp_path_factory: pytest.TempPathFactory) -> Gazetteer:
    return open_gazetteer(tmp_path_factory.mktemp("gazetteer"))


REPORTS = [
    (
        "counterfeit-medicines",
        "en",
        (
            "On 14 March 2024 inspectors in Mombasa, Kenya, seized 12,000 tablets of falsified amoxicillin "
            "shipped from India in the warehouse of a wholesaler. A laboratory analysis found no active "
            "ingredient."
        ),
        {"date": "2024-03-14", "country": "KE", "amount": (12000, "tablets"), "origin": "IN"},
        {"class": "falsified", "inn": "amoxicillin", "defect": "no-active", "point": "wholesale", "form": "tablet"},
    ),
    (
        "counterfeit-medicines",
        "ar",
        (
            "في 3 مايو 2024 ضبطت الجمارك في ميناء العقبة في الأردن 5000 أمبولة من السيفترياكسون. وتبين أن أدوية "
            "مزيفة من سيفترياكسون كانت غير مسجلة."
        ),
        {"date": "2024-05-03", "country": "JO", "amount": (5000, "vials")},
        {"class": "falsified", "inn": "ceftriaxone", "detection": "customs"},
    ),
    (
        "drug-observatory",
        "es",
        (
            "El 8 de febrero de 2024 la policía incautó en Valencia, España, 320 kg de cocaína ocultos entre la "
            "carga de un contenedor procedente de Ecuador. Hay tres detenidos."
        ),
        {"date": "2024-02-08", "country": "ES", "amount": (320, "kg"), "origin": "EC"},
        {"substance": "cocaine", "transport": "sea-container", "concealment": "in-cargo", "outcome": "arrest"},
    ),
    (
        "drug-observatory",
        "zh",
        ("2024年4月12日，警方在云南省昆明市查获冰毒45公斤，藏于一辆货车的夹层内。"),
        {"date": "2024-04-12", "country": "CN", "amount": (45, "kg")},
        {"substance": "methamphetamine", "transport": "road", "concealment": "hidden-compartment"},
    ),
    (
        "counterfeiting",
        "it",
        (
            "Il 21 gennaio 2024 la Guardia di Finanza ha sequestrato a Napoli, in Italia, 4.000 giocattoli "
            "contraffatti per un totale di 4.000 pezzi provenienti dalla Cina, con ftalati pericolosi per i "
            "bambini."
        ),
        {"date": "2024-01-21", "country": "IT", "amount": (4000, "items"), "origin": "CN"},
        {"product": "toys", "hazard": "chemical", "exposed": "children"},
    ),
    (
        "counterfeiting",
        "fr",
        (
            "Le 6 juin 2024, les douaniers ont saisi au Havre, en France, 700 cartons de faux parfums contrefaits"
            " à destination de la Belgique, liés à un réseau criminel."
        ),
        {"date": "2024-06-06", "country": "FR", "amount": (700, "cartons"), "destination": "BE"},
        {"product": "cosmetics", "link": "organised-group"},
    ),
    (
        "wildlife-minerals",
        "fr",
        (
            "Le 11 mars 2024, les douanes ont saisi à Douala, au Cameroun, 1,2 tonne d'écailles de pangolin dans "
            "un conteneur à destination du Vietnam. Deux trafiquants ont été interpellés."
        ),
        {"date": "2024-03-11", "country": "CM", "amount": (1.2, "t"), "destination": "VN"},
        {"species": "pangolin", "product": "scales", "transport": "sea", "activity": "smuggling"},
    ),
    (
        "wildlife-minerals",
        "en",
        (
            "On 9 May 2024 police in Goma, Democratic Republic of the Congo, stopped a truck with 14 tonnes of "
            "coltan ore carrying a false certificate of origin; the mine is rebel-held."
        ),
        {"date": "2024-05-09", "country": "CD", "amount": (14, "t")},
        {"mineral": "coltan", "product": "ore", "risk": "bribery", "transport": "road"},
    ),
    (
        "precious-metals",
        "ru",
        (
            "15 февраля 2024 года в Магадане, Россия, полиция изъяла 12 кг золотого песка: незаконный оборот "
            "золота, скупщик хранил его в тайнике автомобиля."
        ),
        {"date": "2024-02-15", "country": "RU", "amount": (12, "kg")},
        {"metal": "gold", "form": "dust", "activity": "illegal-trade", "concealment": "vehicle"},
    ),
    (
        "precious-metals",
        "es",
        (
            "El 3 de abril de 2024 la policía decomisó en Puerto Maldonado, Perú, 27 kg de oro de minería ilegal "
            "y mercurio, con destino a los Emiratos Árabes Unidos."
        ),
        {"date": "2024-04-03", "country": "PE", "amount": (27, "kg"), "destination": "AE"},
        {"metal": "gold", "activity": "illegal-mining", "harm": "mercury-pollution"},
    ),
]


@pytest.mark.parametrize(
    ("blueprint", "language", "text", "wanted", "terms"), REPORTS, ids=[f"{one[0]}-{one[1]}" for one in REPORTS]
)
def test_fictional_report_proposes_its_incident(
    gazetteer: Gazetteer,
    blueprint: str,
    language: str,
    text: str,
    wanted: dict[str, object],
    terms: dict[str, str],
) -> None:
    found = extract(
        text, blueprint=load_shipped(blueprint), language=language, published=date(2024, 12, 1), gazetteer=gazetteer
    )
    assert len(found) == 1
    values = values_of(found[0])

    read = {"date": values["date"][0]["start"], "country": values["country"][0]}
    read["amount"] = (values["amount"][0]["low"], values["amount"][0]["unit"])
    read |= {role: values[role][0] for role in ("origin", "destination") if role in wanted}
    assert read == wanted
    assert values["place"][0]["name"]
    assert {field: term for field, term in terms.items() if term not in values.get(field, ())} == {}


@pytest.mark.parametrize(
    ("blueprint", "language", "text", "field", "wanted"),
    [
        (
            "drug-observatory",
            "ru",
            "12 апреля 2024 года в Казани, Россия, полиция изъяла 3 кг героина чистотой 40 процентов.",
            "purity",
            (40, "percent"),
        ),
        (
            "precious-metals",
            "en",
            "On 9 May 2024 customs at Entebbe, Uganda, seized 14 kg of undeclared gold bars of 22 karat.",
            "fineness",
            (22, "karat"),
        ),
    ],
)
def test_purity_and_fineness_are_no_amounts(
    gazetteer: Gazetteer, blueprint: str, language: str, text: str, field: str, wanted: tuple[float, str]
) -> None:
    (found,) = extract(
        text, blueprint=load_shipped(blueprint), language=language, published=date(2024, 12, 1), gazetteer=gazetteer
    )
    values = values_of(found)
    assert [(one["low"], one["unit"]) for one in values[field]] == [wanted]
    assert [one["unit"] for one in values["amount"]] == ["kg"]


def test_share_that_is_no_purity_fills_nothing(gazetteer: Gazetteer) -> None:
    text = "On 9 May 2024 police in Lyon, France, seized 14 kg of cocaine. Seizures rose by 30% in that year."
    for found in extract(
        text,
        blueprint=load_shipped("drug-observatory"),
        language="en",
        published=date(2024, 12, 1),
        gazetteer=gazetteer,
    ):
        assert "purity" not in values_of(found)


@pytest.mark.parametrize(
    ("language", "text", "wanted"),
    [
        ("fr", "Le 5 mars 2024, 3 tonnes de médicaments ont été saisies à Lyon, en France.", []),
        ("fr", "Le 5 mars 2024, 3 tonnes de médicaments périmés ont été saisies à Lyon, en France.", ["Y3"]),
        ("es", "El 5 de marzo de 2024 se incautaron 3 toneladas de escoria de aluminio en Valencia, España.", []),
        ("es", "El 5 de marzo de 2024 se incautaron 3 toneladas de escoria de plomo en Valencia, España.", ["Y31"]),
    ],
)
def test_word_that_names_other_things_too_is_no_waste_stream(
    gazetteer: Gazetteer, language: str, text: str, wanted: list[str]
) -> None:
    shape = load_shipped("hazardous-waste")
    (found,) = extract(text, blueprint=shape, language=language, published=date(2024, 12, 1), gazetteer=gazetteer)
    assert [one for one in values_of(found).get("waste", ()) if one in ("Y3", "Y31")] == wanted


def test_what_is_around_an_incident_is_no_wider_place_and_no_year_of_birth_and_makes_it_no_surer(
    gazetteer: Gazetteer,
) -> None:
    blueprint, told = (
        load_shipped("hazardous-waste"),
        "On 3 May 2024, 5 drums of waste oil were dumped near Kunming, Yunnan, in China.",
    )
    more = told + " The owner, born in 1991, had bought them in Guangzhou in March 2024, as in 2019."

    def read(text: str) -> tuple[float, dict[str, list[str]]]:
        (record,) = extract(text, blueprint=blueprint, language="en", published=date(2024, 6, 10), gazetteer=gazetteer)
        found: dict[str, list[str]] = {}
        for mention in record.mentions:
            found.setdefault(mention.field, []).append(mention.text)
        return record.confidence, found

    (before, few), (after, many) = read(told), read(more)
    assert "elsewhere" not in few and after <= before
    assert (many["earlier"], many["elsewhere"]) == (["March 2024", "2019"], ["Guangzhou"])


def test_day_that_part_of_the_goods_was_found_is_no_amount(gazetteer: Gazetteer) -> None:
    (record,) = extract(
        "9 мая 2024 года в Туле изъяли 46 бочек с отработанным маслом, в том числе 15 апреля в гараже.",
        blueprint=load_shipped("hazardous-waste"), language="ru", published=date(2024, 6, 10), gazetteer=gazetteer,
    )  # fmt: skip
    assert [one.text for one in record.mentions if one.field == "amount"] == ["46 бочек"]
