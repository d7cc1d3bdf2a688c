"""Units of quantities: symbols for pages and names as people and newspapers write them, in seven languages.

Symbols follow the SI brochure (BIPM, 9th edition) and, for Arabic, Russian and Chinese, CLDR. A blueprint adds units of
its own under `units`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from plumbline.domain.blueprints.model import Unit


def _unit(unit_id: str, symbol: dict[str, str], names: dict[str, str]) -> Unit:
    """Build a unit; `names` hold words by language, parted by `|`."""
    return Unit(unit_id, {"en": unit_id, **symbol}, {lang: tuple(words.split("|")) for lang, words in names.items()})


_ALL: Final = (
    _unit(
        "t",
        {"ar": "طن", "ru": "т", "zh": "吨"},
        {
            "en": "t|ton|tons|tonne|tonnes|metric tons|metric tonnes|mt",
            "fr": "tonne|tonnes",
            "es": "tonelada|toneladas|tm",
            "it": "tonnellata|tonnellate",
            "ru": "т|тонна|тонны|тонн|тонну",
            "ar": "طن|طنا|طناً|أطنان|طنين",
            "zh": "吨|公吨",
        },
    ),
    _unit(
        "kg",
        {"ar": "كغم", "ru": "кг", "zh": "千克"},
        {
            "en": "kg|kgs|kilo|kilos|kilogram|kilograms|kilogramme|kilogrammes",
            "fr": "kilogramme|kilogrammes",
            "es": "kilogramo|kilogramos|quilos",
            "it": "chilo|chili|chilogrammo|chilogrammi",
            "ru": "кг|килограмм|килограмма|килограммов|кило",
            "ar": "كغم|كغ|كجم|كيلوغرام|كيلوجرام|كيلوغراما|كيلو",
            "zh": "千克|公斤",
        },
    ),
    _unit(
        "g",
        {"ar": "غم", "ru": "г", "zh": "克"},
        {
            "en": "g|gram|grams|gramme|grammes",
            "es": "gramo|gramos",
            "it": "grammo|grammi",
            "ru": "г|грамм|грамма|граммов",
            "ar": "غم|غ|غرام|جرام|غراما|غرامات",
            "zh": "克",
        },
    ),
    _unit(
        "mg",
        {"ar": "ملغم", "ru": "мг", "zh": "毫克"},
        {
            "en": "mg|milligram|milligrams|milligramme|milligrammes",
            "es": "miligramo|miligramos",
            "it": "milligrammo|milligrammi",
            "ru": "мг|миллиграмм|миллиграмма|миллиграммов",
            "ar": "ملغم|ملغ|مليغرام|ميليغرام",
            "zh": "毫克",
        },
    ),
    _unit(
        "m3",
        {"en": "m³", "fr": "m³", "es": "m³", "it": "m³", "ar": "م³", "ru": "м³", "zh": "立方米"},
        {
            "en": "m3|m³|cubic metre|cubic metres|cubic meter|cubic meters|cbm",
            "fr": "mètre cube|mètres cubes",
            "es": "metro cúbico|metros cúbicos",
            "it": "metro cubo|metri cubi",
            "ru": "м3|м³|куб. м|кубометр|кубометра|кубометров|кубических метров",
            "ar": "م3|م³|متر مكعب|أمتار مكعبة|مترا مكعبا",
            "zh": "立方米|立方",
        },
    ),
    _unit(
        "l",
        {"ar": "لتر", "ru": "л", "zh": "升"},
        {
            "en": "l|litre|litres|liter|liters",
            "es": "litro|litros",
            "it": "litri",
            "ru": "л|литр|литра|литров",
            "ar": "لتر|لترا|لترات|ليتر",
            "zh": "升|公升",
        },
    ),
    _unit(
        "ml",
        {"ar": "مل", "ru": "мл", "zh": "毫升"},
        {
            "en": "ml|millilitre|millilitres|milliliter|milliliters",
            "es": "mililitro|mililitros",
            "it": "millilitro|millilitri",
            "ru": "мл|миллилитр|миллилитра|миллилитров",
            "ar": "مل|ملل|مليلتر|ملليلتر",
            "zh": "毫升",
        },
    ),
    *(
        _unit(
            f"{prefix}Bq",
            {"ru": f"{russian_prefix}Бк", "ar": f"{arabic}بيكريل", "zh": f"{chinese}贝可"},
            {
                "en": f"{prefix}bq|{english}becquerel|{english}becquerels",
                "fr": f"{english.replace('e', 'é', 1) if english in ('mega', 'tera') else english}becquerels",
                "es": f"{spanish}becquerelios|{spanish}becquerelio|{spanish}bequerelios",
                "ru": f"{russian_prefix}бк|{russian}беккерель|{russian}беккереля|{russian}беккерелей",
                "ar": f"{arabic}بيكريل|{arabic}بكريل",
                "zh": f"{chinese}贝可|{chinese}贝克勒尔|{chinese}贝克",
            },
        )
        for prefix, english, spanish, russian_prefix, russian, arabic, chinese in (
            ("", "", "", "", "", "", ""),
            ("k", "kilo", "kilo", "к", "кило", "كيلو", "千"),
            ("M", "mega", "mega", "М", "мега", "ميغا", "兆"),
            ("G", "giga", "giga", "Г", "гига", "غيغا", "吉"),
            ("T", "tera", "tera", "Т", "тера", "تيرا", "太"),
        )
    ),
    _unit(
        "Ci",
        {"ru": "Ки", "ar": "كوري", "zh": "居里"},
        {"en": "ci|curie|curies", "es": "curio|curios", "ru": "ки|кюри", "ar": "كوري", "zh": "居里"},
    ),
    _unit(
        "mCi",
        {"ru": "мКи", "ar": "ملي كوري", "zh": "毫居里"},
        {"en": "mci|millicurie|millicuries", "es": "milicurios", "ru": "мки|милликюри", "ar": "ملي كوري", "zh": "毫居里"},
    ),
    _unit(
        "containers",
        {"fr": "conteneurs", "es": "contenedores", "it": "container", "ru": "контейнеров", "ar": "حاوية", "zh": "个集装箱"},
        {
            "en": "container|containers|shipping containers|sea containers|teu",
            "fr": "conteneur|conteneurs",
            "es": "contenedor|contenedores",
            "it": "container",
            "ru": "контейнер|контейнера|контейнеров|контейнеры",
            "ar": "حاوية|حاويات|حاويتين|حاويتان",
            "zh": "个集装箱|集装箱|个货柜|货柜",
        },
    ),
    _unit(
        "drums",
        {"fr": "fûts", "es": "bidones", "it": "fusti", "ru": "бочек", "ar": "برميل", "zh": "桶"},
        {
            "en": "drum|drums|barrel|barrels",
            "fr": "fût|fûts|baril|barils",
            "es": "bidón|bidones|barril|barriles",
            "it": "fusto|fusti|barile|barili",
            "ru": "бочка|бочки|бочек",
            "ar": "برميل|براميل|برميلا",
            "zh": "桶|个桶",
        },
    ),
    _unit(
        "items",
        {"fr": "pièces", "es": "unidades", "it": "pezzi", "ru": "шт.", "ar": "قطعة", "zh": "件"},
        {
            "en": "item|items|piece|pieces|unit|units|pcs|source|sources|capsule|capsules|vial|vials",
            "fr": "pièce|pièces|unité|unités|source|sources",
            "es": "pieza|piezas|unidad|unidades|fuente|fuentes",
            "it": "pezzo|pezzi|unità|sorgente|sorgenti",
            "ru": "шт|шт.|штука|штуки|штук|источник|источника|источников",
            "ar": "قطعة|قطع|وحدة|وحدات|مصدر|مصادر",
            "zh": "件|个|台|枚|只",
        },
    ),
    _unit(
        "vehicles",
        {"fr": "véhicules", "es": "vehículos", "it": "veicoli", "ru": "автомобилей", "ar": "مركبة", "zh": "辆"},
        {
            "en": "vehicle|vehicles|truck|trucks|lorry|lorries|truckloads",
            "fr": "véhicule|véhicules|camion|camions",
            "es": "vehículo|vehículos|camión|camiones",
            "it": "veicolo|veicoli|autocarro|autocarri",
            "ru": "автомобиль|автомобиля|автомобилей|грузовик|грузовика|грузовиков",
            "ar": "مركبة|مركبات|شاحنة|شاحنات",
            "zh": "辆|辆卡车",
        },
    ),
)

UNITS: Final[Mapping[str, Unit]] = {unit.id: unit for unit in _ALL}
"""The units that every blueprint may use, by id: t, kg, g, mg, m3, l, ml, Bq, kBq ... TBq, Ci, mCi, containers, drums, ..."""
