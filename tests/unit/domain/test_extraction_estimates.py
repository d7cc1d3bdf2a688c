"""Amounts in the words of everyday: fractions, estimates, numbers in words, and what is open and gives nothing."""

from __future__ import annotations

import re

import pytest

from plumbline.domain.extraction import find_people, find_quantities, read_number, unit_names
from plumbline.domain.extraction.numerals import is_vague, number_words, numbers_in

UNITS = unit_names(("t", "kg", "g", "l", "m3", "containers", "drums", "items", "trucks", "sources"), {})

TOLD = {
    "en": """half a ton: 0.5 t | half-ton of waste: 0.5 t | a half-tonne: 0.5 t | one and a half tonnes: 1.5 t
        a tonne and a half: 1.5 t | two-and-a-half-tonne load: 2.5 t | 2½ tonnes: 2.5 t | ½ ton: 0.5 t
        three quarters of a tonne: 0.75 t | four and a quarter tonnes: 4.25 t | about a hundred drums: 100 drums
        a dozen drums: 12 drums | half a dozen drums: 6 drums | two dozen drums: 24 drums | a couple of drums: 2 drums
        a couple of hundred drums: 200 drums | a score of drums: 20 drums | a pair of drums: 2 drums
        a drum or two: 1-2 drums | ten or so drums: 10 drums | 30-odd drums: 30 drums | 10+ drums: 10 drums
        twenty-five drums: 25 drums | one hundred and twenty drums: 120 drums | ninety-nine drums: 99 drums
        two thousand, five hundred tonnes: 2500 t | a hundred and twenty thousand litres: 120000 l
        half a million tonnes: 500000 t | one and a half million tonnes: 1500000 t | twelve hundred drums: 1200 drums
        two to three hundred drums: 200-300 drums | between a hundred and two hundred drums: 100-200 drums
        between one hundred and one hundred and fifty tonnes: 100-150 t | 2.5-3 t: 2.5-3 t | 2 000 kg: 2000 kg
        2'000 kg: 2000 kg | 1.234,5 kg: 1234.5 kg | 1,234.5 kg: 1234.5 kg | １２ tonnes: 12 t | up to 30 drums: 30 drums
        more than 30 drums: 30 drums | at least two hundred drums: 200 drums | nearly a tonne: 1 t | 3k tonnes: 3000 t
        200 200-litre drums: 200 drums | two 40-foot containers: 2 containers""",
    "fr": """une demi-tonne: 0.5 t | demi-tonne: 0.5 t | une tonne et demie: 1.5 t | trois quarts de tonne: 0.75 t
        un quart de tonne: 0.25 t | une centaine de fûts: 100 drums | une bonne centaine de fûts: 100 drums
        une quinzaine de fûts: 15 drums | une cinquantaine d'unités: 50 items | une cinquantaine d’unités: 50 items
        une demi-douzaine de fûts: 6 drums | un millier de fûts: 1000 drums | deux centaines de fûts: 200 drums
        un fût ou deux: 1-2 drums | deux ou trois fûts: 2-3 drums | deux à trois cents fûts: 200-300 drums
        septante fûts: 70 drums | quatre-vingt-dix-neuf fûts: 99 drums | soixante et onze fûts: 71 drums
        mille neuf cents fûts: 1900 drums | deux millions cinq cent mille litres: 2500000 l
        un demi-million de litres: 500000 l | un million et demi de litres: 1500000 l | 2,5-3 t: 2.5-3 t
        2 000 kg: 2000 kg | 1.234,5 kg: 1234.5 kg | jusqu'à 30 fûts: 30 drums | au moins 30 fûts: 30 drums
        près d'une tonne: 1 t | une trentaine de fûts environ: 30 drums""",
    "es": """media tonelada: 0.5 t | tonelada y media: 1.5 t | una tonelada y media: 1.5 t | kilo y medio: 1.5 kg
        un cuarto de tonelada: 0.25 t | tres cuartos de tonelada: 0.75 t | un centenar de bidones: 100 drums
        medio centenar de bidones: 50 drums | una quincena de bidones: 15 drums | media docena de bidones: 6 drums
        un par de bidones: 2 drums | un millar de bidones: 1000 drums | quinientos y pico bidones: 500 drums
        treinta y tantos bidones: 30 drums | entre cien y doscientos bidones: 100-200 drums
        de dos a tres mil litros: 2000-3000 l | un millón y medio de litros: 1500000 l
        un millón doscientas mil toneladas: 1200000 t | tres mil setecientos ochenta kilos: 3780 kg
        2.000 kg: 2000 kg | 1.234,5 kg: 1234.5 kg | hasta 30 bidones: 30 drums | más de treinta bidones: 30 drums""",
    "it": """mezza tonnellata: 0.5 t | tonnellata e mezza: 1.5 t | un chilo e mezzo: 1.5 kg | un quarto di tonnellata: 0.25 t
        un centinaio di fusti: 100 drums | mezzo centinaio di fusti: 50 drums | una quindicina di fusti: 15 drums
        un paio di fusti: 2 drums | mezza dozzina di fusti: 6 drums | due centinaia di fusti: 200 drums
        un fusto o due: 1-2 drums | quattro-cinque fusti: 4-5 drums | da due a trecento fusti: 200-300 drums
        centottanta fusti: 180 drums | ventuno fusti: 21 drums | ventitré fusti: 23 drums | trentun fusti: 31 drums
        duemilacinquecento litri: 2500 l | un milione e mezzo di litri: 1500000 l | un milione duecentomila litri: 1200000 l
        2'000 kg: 2000 kg | 1.234,5 kg: 1234.5 kg | fino a 30 fusti: 30 drums | almeno trenta fusti: 30 drums""",
    "ru": """полтонны: 0.5 t | полкило: 0.5 kg | половину тонны: 0.5 t | четверть тонны: 0.25 t | полторы тонны: 1.5 t
        тонна с половиной: 1.5 t | две с половиной тонны: 2.5 t | около сотни бочек: 100 drums | с десяток бочек: 10 drums
        десяток бочек: 10 drums | два-три десятка бочек: 20-30 drums | полтора десятка бочек: 15 drums
        тонн двадцать: 20 t | тонны три: 3 t | бочек двадцать пять: 25 drums | литров четыреста: 400 l
        килограмма два: 2 kg | мешков сорок: 40 items | бочек примерно тридцать: 30 drums | бочек 12, мешков 20.: 12 drums, 20 items
        пара-тройка бочек: 2-3 drums | полсотни бочек: 50 drums | полдюжины бочек: 6 drums | более тонны отходов: 1 t
        около тысячи литров: 1000 l | от сотни до двухсот бочек: 100-200 drums | полмиллиона литров: 500000 l
        миллион литров: 1000000 l | двадцать с лишним тонн: 20 t | пятью тоннами: 5 t | ста двадцатью бочками: 120 drums
        тысяча двести бочек: 1200 drums | 2 000 кг: 2000 kg | 1.234,5 кг: 1234.5 kg | до 30 бочек: 30 drums
        не менее тридцати бочек: 30 drums | свыше двухсот бочек: 200 drums""",
    "ar": """نصف طن: 0.5 t | نصف الطن: 0.5 t | ربع طن: 0.25 t | ثلاثة أرباع الطن: 0.75 t | طن ونصف: 1.5 t
        طن ونصف الطن: 1.5 t | طنين ونصف: 2.5 t | ثلاثة أطنان ونصف: 3.5 t | نحو مئة برميل: 100 drums
        قرابة مئتي برميل: 200 drums | برميلين أو ثلاثة: 2-3 drums | برميل واحد: 1 drums | أكثر من طن: 1 t
        مئة وخمسة وعشرين برميلا: 125 drums | خمسة و عشرون طنا: 25 t | سبعة آلاف وخمسمئة لتر: 7500 l
        اربعة وعشرون برميلا: 24 drums | مليون لتر: 1000000 l | نصف مليون لتر: 500000 l
        مليون ونصف مليون لتر: 1500000 l | نصف دزينة براميل: 6 drums | بين مئة ومئتي برميل: 100-200 drums
        ٢٫٥ طن: 2.5 t | ١٬٢٣٤ كغ: 1234 kg | ما يصل إلى 30 برميلا: 30 drums | ما لا يقل عن 30 برميلا: 30 drums""",
    "zh": """半吨: 0.5 t | 一吨半: 1.5 t | 四分之三吨: 0.75 t | 一点五吨: 1.5 t | 零点五吨: 0.5 t | 十几桶: 11-19 drums
        二十几桶: 21-29 drums | 十几万吨: 110000-190000 t | 两三吨: 2-3 t | 三四十桶: 30-40 drums | 十七八桶: 17-18 drums
        五六百公斤: 500-600 kg | 三五吨: 3-5 t | 一百二三十桶: 120-130 drums | 上百桶: 100 drums | 近百吨: 100 t
        百余桶: 100 drums | 十余桶: 10 drums | 三十来桶: 30 drums | 近万吨: 10000 t | 二百五桶: 250 drums | 一万五升: 15000 l
        两百三十公斤: 230 kg | 三千零五升: 3005 l | 5～10吨: 5-10 t | １２吨: 12 t | １，２００公斤: 1200 kg | 总数十桶: 10 drums
        至少30桶: 30 drums | 多达三十桶: 30 drums | 超过两百桶: 200 drums""",
}  # fmt: skip


def _cases(listed: dict[str, str]) -> list[tuple[str, str, str]]:
    lines = [
        (language, one) for language, text in listed.items() for line in text.split("\n") for one in line.split(" | ")
    ]
    return [(language, *map(str.strip, one.rsplit(": ", 1))) for language, one in lines]  # type: ignore[misc]


def _said(language: str, text: str) -> str:
    def ends(value: dict[str, float]) -> str:
        return "-".join(f"{end:g}" if end < 1e6 else str(int(end)) for end in sorted({value["low"], value["high"]}))

    found = find_quantities(text, language=language, units=UNITS)
    return ", ".join(f"{ends(span.value)} {span.value['unit']}" for span in found)


@pytest.mark.parametrize(("language", "text", "wanted"), _cases(TOLD))
def test_amount_of_everyday_words_gives_its_value(language: str, text: str, wanted: str) -> None:
    assert _said(language, text) == wanted


@pytest.mark.parametrize(("language", "text", "wanted"), _cases(TOLD))
def test_amount_is_found_in_its_sentence_too(language: str, text: str, wanted: str) -> None:
    around = {
        "en": "Police said {} lay there.",
        "fr": "On a saisi {} au port.",
        "es": "Hallaron {} en el puerto.",
        "it": "Trovati {} nel porto.",
        "ru": "Там лежало {} , сказали в порту.",
        "ar": "وجد الحراس {} في الميناء.",
        "zh": "民警查获{}，已移交。",
    }
    assert _said(language, around[language].format(text.rstrip("."))) == wanted


OPEN = {
    "en": """several hundred kilos | hundreds of drums | dozens of drums | several dozen drums | a few drums
        a few hundred drums | tens of thousands of tonnes | several tonnes | a handful of drums | half the drums
        half of the drums were empty | a quarter of the containers | a 20-tonne truck | the 200-litre drums | several 20-foot containers
        two hundred metres | in two thousand and eleven | many thousand tonnes""",
    "fr": """plusieurs centaines de kilos | des centaines de fûts | quelques fûts | quelques dizaines de fûts | des milliers de litres
        la moitié des fûts | un quart des conteneurs | une quinzaine | une quinzaine de jours | une demi-heure
        une centaine de mètres""",
    "es": """varios cientos de kilos | cientos de kilos | decenas de bidones | miles de litros | varias toneladas
        algunos bidones | la mitad de los bidones | una quincena de días | media hora | varias toneladas y media
        un par de horas""",
    "it": """diverse centinaia di chili | centinaia di fusti | alcune decine di fusti | migliaia di litri | parecchie tonnellate
        metà dei fusti | una quindicina di giorni | mezz'ora | qualche centinaio di chili""",
    "ru": """сотни бочек | несколько сотен бочек | несколько тысяч литров | тысячи тонн | сотни тысяч тонн
        десятки бочек | несколько тонн | половина бочек пустая | четверть контейнеров | пол контейнера был грязный
        контейнер двадцать | тонн пять человек | бочек двадцать пятого мая | тонн 5 мая | много тонн пять человек
        полиция нашла бочки""",
    "ar": """مئات البراميل | بضعة براميل | عدة براميل | بضع مئات من البراميل | عشرات الأطنان
        آلاف اللترات | عدة آلاف لتر | نصف البراميل | نصف ساعة | منتصف الليل
        ربع الحاويات""",
    "zh": """几十桶 | 数十桶 | 数百公斤 | 好几百公斤 | 几桶
        几吨 | 数万吨 | 成百上千桶 | 成千上万吨 | 若干桶
        百吨王超载 | 三分之一的桶 | 几十年 | 一个半小时 | 两三天
        人数三百""",
}  # fmt: skip


@pytest.mark.parametrize(("language", "texts"), OPEN.items())
def test_open_number_gives_nothing(language: str, texts: str) -> None:
    assert {text: _said(language, text) for text in re.split(r" \| |\n", texts) if _said(language, text)} == {}


def test_number_whose_head_was_not_read_gives_nothing_rather_than_its_tail() -> None:
    assert _said("en", "five two-tonne loads") == ""


@pytest.mark.parametrize(
    ("language", "text", "count"),
    [("en", "Twenty-five people were injured.", [25.0]), ("en", "Several hundred people were injured.", []),
     ("zh", "二十五人受伤。", [25.0]), ("zh", "数百人受伤。", [])],
)  # fmt: skip
def test_people_are_counted_by_the_same_numbers(language: str, text: str, count: list[float]) -> None:
    assert [span.value for span in find_people(text, language=language)] == count


def test_number_words_stand_by_themselves() -> None:
    assert number_words("es")["medio centenar de"] == 50
    assert is_vague("fr", "plusieurs ")
    assert [match[0] for match in numbers_in("два с половиной, пять", "ru")] == ["два с половиной", "пять"]
    assert read_number("duecentottantuno", "it") == 281
    assert read_number("several", "en") is None
