"""Amounts, numbers of people, organisations and phrases."""

from __future__ import annotations

import pytest

from plumbline.domain.blueprints import load_shipped
from plumbline.domain.extraction import PhraseMatcher, find_organisations, find_people, find_quantities, unit_names
from plumbline.domain.extraction.organisations import actors_among
from plumbline.domain.extraction.quantities import ONE, find_counted
from plumbline.domain.extraction.text import words_of

UNITS = unit_names(("t", "kg", "g", "containers", "drums", "items", "GBq", "EUR"), {})


@pytest.mark.parametrize(
    ("language", "text", "low", "high", "unit"),
    [
        ("en", "12 tonnes", 12, 12, "t"),
        ("en", "between 12 and 15 tonnes", 12, 15, "t"),
        ("en", "12-15 t of scrap", 12, 15, "t"),
        ("en", "12,500 kg", 12500, 12500, "kg"),
        ("en", "1.5 tonnes", 1.5, 1.5, "t"),
        ("en", "some 200 rusty drums", 200, 200, "drums"),
        ("en", "two 40-foot containers", 2, 2, "containers"),
        ("en", "3 million items", 3e6, 3e6, "items"),
        ("en", "a source of 3.7 GBq", 3.7, 3.7, "GBq"),
        ("en", "worth €2.5 million", 2.5e6, 2.5e6, "EUR"),
        ("fr", "1 200 kg", 1200, 1200, "kg"),
        ("fr", "1,5 tonne", 1.5, 1.5, "t"),
        ("fr", "entre 12 et 15 tonnes", 12, 15, "t"),
        ("es", "12.500 kilogramos", 12500, 12500, "kg"),
        ("es", "cuarenta contenedores", 40, 40, "containers"),
        ("it", "12,5 tonnellate", 12.5, 12.5, "t"),
        ("it", "200 fusti", 200, 200, "drums"),
        ("ru", "от 12 до 15 тонн", 12, 15, "t"),
        ("ru", "5 тыс. бочек", 5000, 5000, "drums"),
        ("ar", "١٢ طنا", 12, 12, "t"),
        ("ar", "بين 12 و15 طنا", 12, 15, "t"),
        ("zh", "查获12吨", 12, 12, "t"),
        ("zh", "3万公斤", 30000, 30000, "kg"),
        ("fr", "une tonne et demie", 1.5, 1.5, "t"),
        ("ru", "полторы тонны", 1.5, 1.5, "t"),
        ("es", "dos millones de toneladas", 2e6, 2e6, "t"),
        ("it", "otto quintali", 800, 800, "kg"),
        ("ru", "3 центнера", 300, 300, "kg"),
        ("zh", "水银24斤", 12, 12, "kg"),
        ("ar", "بـ1200 طن", 1200, 1200, "t"),
        ("ar", "ألف وثمانمئة كيلوغرام", 1800, 1800, "kg"),
        ("ar", "عثر على برميلين", 2, 2, "drums"),
        ("ar", "وحاويتان", 2, 2, "containers"),
        ("ar", "مائة وثلاثين كيسا", 130, 130, "items"),
        ("ar", "واحد من عشرة براميل", 10, 10, "drums"),
        ("zh", "260袋", 260, 260, "items"),
        ("fr", "deux mille cinq cents tonnes", 2500, 2500, "t"),
        ("fr", "mille deux cents bidons", 1200, 1200, "drums"),
        ("fr", "deux cent mille bidons", 200000, 200000, "drums"),
        ("fr", "trois cents millions de tonnes", 3e8, 3e8, "t"),
        ("fr", "cent à deux cents bidons", 100, 200, "drums"),
        ("fr", "cinq cents à six cents tonnes", 500, 600, "t"),
        ("fr", "deux cent cinquante bidons", 250, 250, "drums"),
        ("es", "dos mil quinientas toneladas", 2500, 2500, "t"),
        ("es", "doscientos mil bidones", 200000, 200000, "drums"),
        ("it", "duecentocinquanta tonnellate", 250, 250, "t"),
        ("ru", "двести пятьдесят тысяч тонн", 250000, 250000, "t"),
        ("ru", "изъято 2000 г кокаина", 2000, 2000, "g"),
        ("ru", "около 1950 г героина", 1950, 1950, "g"),
        ("en", "100 pounds of cocaine", 45.359237, 45.359237, "kg"),
        ("en", "100 lbs", 45.359237, 45.359237, "kg"),
        ("zh", "100磅", 45.359237, 45.359237, "kg"),
        ("zh", "四十七只铁桶", 47, 47, "drums"),
        ("it", "duemila fusti", 2000, 2000, "drums"),
        ("it", "millecinquecento tonnellate", 1500, 1500, "t"),
        ("es", "cuatro docenas de tambores", 48, 48, "drums"),
        ("ru", "двух с половиной тысяч тонн", 2500, 2500, "t"),
        ("ru", "два с половиной килограмма", 2.5, 2.5, "kg"),
        ("ar", "طنين ونصف", 2.5, 2.5, "t"),
        ("ar", "نصف طن", 0.5, 0.5, "t"),
        ("zh", "半吨", 0.5, 0.5, "t"),
    ],
)
def test_amount_as_written_gives_its_unit_and_ends(
    language: str, text: str, low: float, high: float, unit: str
) -> None:
    found = find_quantities(text, language=language, units=UNITS)

    assert [span.value for span in found] == [{"low": low, "high": high, "unit": unit}]


@pytest.mark.parametrize("text", ["tonnes of it", "in 2011 the company", "12 monkeys", "page 12. Tonnes follow", ""])
def test_text_without_an_amount_gives_none(text: str) -> None:
    assert find_quantities(text, language="en", units=UNITS) == ()


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ru", "в 2021 г. нашли"), ("zh", "有期徒刑三个月"), ("zh", "第三百三十八条"), ("es", "35 euros por bidón"),
        ("it", "una scatola"), ("ru", "в 2021 г нашли"), ("ru", "2 апреля 2021 г нашли"), ("ru", "с 2019 г по 2021 г"),
        ("en", "fined 20,000 pounds"), ("en", "worth 200,000 Egyptian pounds"), ("en", "12 pounds sterling"),
    ],
)  # fmt: skip
def test_years_terms_of_prison_rates_articles_and_money_are_no_amounts(language: str, text: str) -> None:
    units = unit_names(("kg", "g", "drums", "items"), {})

    assert find_quantities(text, language=language, units=units) == ()


def test_thing_counts_as_the_first_unit_that_the_field_declares() -> None:
    def unit_of(*ids: str) -> list[str]:
        return [s.value["unit"] for s in find_quantities("six flacons", language="fr", units=unit_names(ids, {}))]

    assert unit_of("items") == ["items"]
    assert unit_of("items", "packages") == ["packages"]
    assert unit_of("items", "packages", "vials") == ["vials"]


def test_number_before_a_thing_counts_it_unless_it_is_a_year_or_has_a_unit() -> None:
    things = PhraseMatcher([("batteries", "A1160")], "fr")

    def counted(text: str) -> list[tuple[str, float]]:
        taken = find_quantities(text, language="fr", units=UNITS)
        found = find_counted(text, things.find(words_of(text)), language="fr", taken=taken)
        return [(text[span.start : span.end], span.value["low"]) for span in found]

    assert counted("Il y avait 1 100 batteries au port.") == [("1 100 batteries", 1100.0)]
    assert counted("En 2019 batteries et huiles. Une batterie. Deux tonnes batteries.") == []


def test_unit_that_the_field_does_not_declare_is_not_found() -> None:
    assert find_quantities("12 tonnes", language="en", units=unit_names(("kg",), {})) == ()


@pytest.mark.parametrize(
    ("language", "text", "value", "kind"),
    [
        ("en", "Three people were injured", 3, "injured"),
        ("en", "killing 12 peasants", 12, "killed"),
        ("en", "police arrested four men", 4, "arrested"),
        ("fr", "deux ouvriers ont été blessés", 2, "injured"),
        ("es", "murieron cinco personas", 5, "killed"),
        ("it", "tre persone arrestate", 3, "arrested"),
        ("ru", "пострадали пять человек", 5, "injured"),
        ("ar", "أصيب ثلاثة أشخاص", 3, "injured"),
        ("zh", "三人受伤", 3, "injured"),
    ],
)
def test_number_of_people_says_what_happened_to_them(language: str, text: str, value: float, kind: str) -> None:
    assert [(span.value, span.kind) for span in find_people(text, language=language)] == [(value, kind)]


@pytest.mark.parametrize(
    ("language", "text", "name"),
    [
        ("en", "goods of Eco Trade Ltd. were seized", "Eco Trade Ltd."),
        ("en", "said the Environment Agency", "Environment Agency"),
        ("en", "the Ministry of Foreign Affairs said", "Ministry of Foreign Affairs"),
        ("en", "the firm “Blue Whale” owns it", "Blue Whale"),
        ("fr", "le Parquet de Paris a dit", "Parquet de Paris"),
        ("es", "la Guardia Civil detuvo", "Guardia Civil"),
        ("it", "la Eco Trade S.r.l. nega", "Eco Trade S.r.l."),
        ("ru", "груз ООО «Экотрейд» задержан", "ООО «Экотрейд»"),
        ("zh", "查获上海海关", "查获上海海关"),
    ],
)
def test_organisation_is_named_without_its_surroundings(language: str, text: str, name: str) -> None:
    assert name in [span.value for span in find_organisations(text, language=language)]


@pytest.mark.parametrize(
    ("language", "text", "names"),
    [
        ("zh", "收货公司称不知情，青浪沫再生资源有限公司否认。", ["青浪沫再生资源有限公司"]),
        ("zh", "该公司与涉案物流公司均未回应。", []),
        ("ar", "قالت شركة الشحن إن شركة النورس دفعت.", ["شركة النورس"]),
        ("en", "Turin Customs stopped Eco Trade Ltd.", ["Eco Trade Ltd"]),
        ("es", "La firma Aduanas del Sur SRL declaró ante la Aduana.", ["Aduanas del Sur SRL"]),
        ("it", "La Guardia Trasporti S.r.l. è ferma; la Guardia di Finanza indaga.", ["Guardia Trasporti S.r.l."]),
    ],
)
def test_firm_that_is_named_by_its_part_alone_is_no_actor(language: str, text: str, names: list[str]) -> None:
    found = actors_among(find_organisations(text, language=language), language=language)
    assert [span.value for span in found] == names


@pytest.mark.parametrize(
    ("language", "phrase", "text", "said"),
    [
        ("en", "lead battery", "tonnes of lead batteries.", "lead batteries"),
        ("fr", "déchet électronique", "des déchets électroniques", "déchets électroniques"),
        ("es", "residuo peligroso", "residuos peligrosos", "residuos peligrosos"),
        ("it", "rifiuto pericoloso", "rifiuti pericolosi", "rifiuti pericolosi"),
        ("ru", "электронные отходы", "тонн электронных отходов", "электронных отходов"),
        ("ar", "نفايات إلكترونية", "من النفايات الإلكترونية", "النفايات الإلكترونية"),
        ("zh", "铅酸电池", "查获废铅酸电池", "铅酸电池"),
    ],
)
def test_phrase_matches_its_inflected_form(language: str, phrase: str, text: str, said: str) -> None:
    found = PhraseMatcher([(phrase, "x")], language).find(words_of(text))

    assert [text[span.start : span.end] for span in found] == [said]


def test_longest_phrase_wins_and_words_are_whole() -> None:
    matcher = PhraseMatcher([("lead", "metal"), ("lead battery", "Y31"), ("art", "no")], "en")

    assert [span.value for span in matcher.find(words_of("Lead batteries on a cart"))] == ["Y31"]


def test_code_in_capitals_is_not_found_in_small_letters() -> None:
    matcher = PhraseMatcher([("PCB", "Y10")], "en")

    assert matcher.find(words_of("The pcb board of the New Orleans shop")) == ()
    assert len(matcher.find(words_of("The PCB oil of the New Orleans shop"))) == 1


def test_chinese_number_with_a_measure_word_alone_counts_what_was_named_before() -> None:
    units = unit_names(("drums", "items"), {})

    found = find_quantities("发现铁桶二十只，空桶十二只。", language="zh", units=units)

    assert [(span.value["low"], span.value["unit"]) for span in found] == [(20, "drums"), (12, "drums")]


def test_article_before_a_thing_shows_what_a_text_is_about_and_counts_nothing() -> None:
    units = unit_names(("drums", "items"), {})

    told, counted = (
        find_quantities(f"La police a saisi {said}.", language="fr", units=units) for said in ("un fût", "deux fûts")
    )

    assert [span.kind for span in told] == [ONE]
    assert [span.kind for span in counted] == [""]


@pytest.mark.parametrize(
    ("language", "text", "wanted"),
    [
        ("fr", "On a sorti 46 fûts, dont neuf percés.", [46.0, 9.0]),
        ("es", "Había 46 bidones, de ellos nueve con fugas.", [46.0, 9.0]),
        ("it", "Trovati 46 fusti, di cui nove forati.", [46.0, 9.0]),
        ("ru", "Подняли 46 бочек, из них девять с дырами.", [46.0, 9.0]),
        ("fr", "On a sorti 46 fûts, dont 80 % percés.", [46.0]),
        ("fr", "On a saisi 46 fûts. Huit hommes arrêtés, dont 3 mineurs.", [46.0]),
        ("es", "Se incautaron 46 bidones. Hay ocho detenidos, de ellos 3 menores.", [46.0]),
        ("it", "Sequestrati 46 fusti; dodici arrestati, tra cui 3 minorenni.", [46.0]),
        ("ar", "أعيد البرميلان إلى الحراسة.", [2.0]),
    ],
)
def test_a_number_may_count_some_of_what_was_counted_before(language: str, text: str, wanted: list[float]) -> None:
    found = find_quantities(text, language=language, units=unit_names(["t", "drums"], {}))
    assert [(span.value["low"], span.value["unit"]) for span in found] == [(one, "drums") for one in wanted]


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("it", "mille e duecento litri", 1200.0),
        ("it", "cento e venti fusti", 120.0),
        ("es", "veinte mil y quinientos litros", 20500.0),
        ("zh", "1，250公斤", 1250.0),
    ],
)
def test_parts_of_one_number_are_one_amount(language: str, text: str, value: float) -> None:
    blueprint = load_shipped("hazardous-waste")
    field = next(one for one in blueprint.types["incident"].fields.values() if one.units)
    found = find_quantities(text, language=language, units=unit_names(field.units, blueprint.units))
    assert [(s.value["low"], s.value["high"]) for s in found] == [(value, value)]
