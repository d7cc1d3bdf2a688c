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


def _plurals(words: str) -> dict[str, dict[str, str]]:
    """Read 'en: one|other / ...' into forms by language and CLDR plural category."""
    forms: dict[str, dict[str, str]] = {}
    for part in words.split(" / "):
        language, listed = part.split(": ")
        words_of = listed.split("|")
        forms[language] = dict(zip(_CATEGORIES.get(language, ("one", "other")), words_of, strict=True))
    return forms


_CATEGORIES: Final = {
    "ru": ("one", "few", "many", "other"),
    "ar": ("one", "two", "few", "many", "other"),
    "zh": ("other",),
}

_COUNTED: Final = {
    unit_id: _plurals(words)
    for unit_id, words in {
        "containers": "en: container|containers / fr: conteneur|conteneurs / es: contenedor|contenedores / it: container|container"
        " / ru: контейнер|контейнера|контейнеров|контейнера / ar: حاوية|حاويتان|حاويات|حاوية|حاوية / zh: 个集装箱",
        "drums": "en: drum|drums / fr: fût|fûts / es: bidón|bidones / it: fusto|fusti"
        " / ru: бочка|бочки|бочек|бочки / ar: برميل|برميلان|براميل|برميلا|برميل / zh: 桶",
        "sources": "en: source|sources / fr: source|sources / es: fuente|fuentes / it: sorgente|sorgenti"
        " / ru: источник|источника|источников|источника / ar: مصدر|مصدران|مصادر|مصدرا|مصدر / zh: 枚放射源",
        "trucks": "en: truck|trucks / fr: camion|camions / es: camión|camiones / it: autocarro|autocarri"
        " / ru: грузовик|грузовика|грузовиков|грузовика / ar: شاحنة|شاحنتان|شاحنات|شاحنة|شاحنة / zh: 辆卡车",
        "vehicles": "en: vehicle|vehicles / fr: véhicule|véhicules / es: vehículo|vehículos / it: veicolo|veicoli"
        " / ru: автомобиль|автомобиля|автомобилей|автомобиля / ar: مركبة|مركبتان|مركبات|مركبة|مركبة / zh: 辆车",
        "items": "en: item|items / fr: pièce|pièces / es: unidad|unidades / it: pezzo|pezzi"
        " / ru: штука|штуки|штук|штуки / ar: قطعة|قطعتان|قطع|قطعة|قطعة / zh: 件",
        "packages": "en: package|packages / fr: colis|colis / es: paquete|paquetes / it: pacco|pacchi"
        " / ru: упаковка|упаковки|упаковок|упаковки / ar: طرد|طردان|طرود|طردا|طرد / zh: 包",
        "tablets": "en: tablet|tablets / fr: comprimé|comprimés / es: comprimido|comprimidos / it: compressa|compresse"
        " / ru: таблетка|таблетки|таблеток|таблетки / ar: قرص|قرصان|أقراص|قرصا|قرص / zh: 片",
    }.items()
}

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
        {
            "en": "mci|millicurie|millicuries",
            "es": "milicurios",
            "ru": "мки|милликюри",
            "ar": "ملي كوري",
            "zh": "毫居里",
        },
    ),
    _unit("Sv", {"ru": "Зв", "zh": "希沃特"}, {"en": "sievert|sieverts", "ru": "зиверт|зиверта"}),
    _unit("mSv", {"ru": "мЗв", "zh": "毫希沃特"}, {"en": "millisievert|millisieverts", "ru": "миллизиверт"}),
    _unit("uSv", {"en": "µSv", "ru": "мкЗв", "zh": "微希沃特"}, {"en": "µsv|microsievert|microsieverts"}),
    _unit("EUR", {"en": "€", "ar": "يورو"}, {"en": "euro|euros", "ru": "евро", "ar": "يورو", "zh": "欧元"}),
    _unit("USD", {"en": "US$", "ar": "دولار"}, {"en": "$|dollar|dollars", "ru": "долларов", "zh": "美元"}),
    *(
        Unit(
            unit_id,
            {language: forms["other"] for language, forms in counted.items()},
            {language: tuple(dict.fromkeys(forms.values())) for language, forms in counted.items()},
            counted,
        )
        for unit_id, counted in _COUNTED.items()
    ),
)

UNITS: Final[Mapping[str, Unit]] = {unit.id: unit for unit in _ALL}
"""The units that every blueprint may use, by id: t, kg, g, mg, m3, l, ml, Bq, kBq ... TBq, Ci, mCi, Sv, EUR, USD, and
counted ones (containers, drums, sources, trucks, vehicles, items, packages, tablets)."""
