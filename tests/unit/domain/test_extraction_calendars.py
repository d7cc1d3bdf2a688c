"""Dates of the Islamic calendar, week-days of other weeks, parts of months and years."""

from __future__ import annotations

from datetime import date

import pytest

from plumbline.domain.extraction import find_dates

PUBLISHED = date(2024, 5, 22)
"""A Wednesday."""

DAYS = {
    "en": """15 Ramadan 1445 AH: 2024-03-25 | Ramadan 15, 1445: 2024-03-25 | 1 Muharram 1446: 2024-07-07 | 3rd Shawwal 1445: 2024-04-12
        Tuesday of last week: 2024-05-14 | on Tuesday last week: 2024-05-14 | last week's Tuesday: 2024-05-14
        Friday of the previous week: 2024-05-17 | Monday of this week: 2024-05-20 | last Tuesday: 2024-05-21 | next Tuesday: 2024-05-28
        Tuesday: 2024-05-21 | last Wednesday: 2024-05-15 | Monday of next week: 2024-05-27""",
    "fr": """15 ramadan 1445: 2024-03-25 | 1er mouharram 1446: 2024-07-07 | 15 ramadan 1445 de l'hégire: 2024-03-25
        mardi de la semaine dernière: 2024-05-14 | mardi dernier: 2024-05-21 | vendredi de la semaine passée: 2024-05-17
        lundi de cette semaine: 2024-05-20 | mardi prochain: 2024-05-28""",
    "es": """15 de ramadán de 1445: 2024-03-25 | el martes de la semana pasada: 2024-05-14 | el martes pasado: 2024-05-21
        el pasado martes: 2024-05-21 | el próximo martes: 2024-05-28 | el viernes de la semana anterior: 2024-05-17""",
    "it": """15 ramadan 1445: 2024-03-25 | martedì della settimana scorsa: 2024-05-14 | martedì scorso: 2024-05-21
        lo scorso martedì: 2024-05-21 | martedì prossimo: 2024-05-28 | lunedì di questa settimana: 2024-05-20""",
    "ru": """15 рамадана 1445 года: 2024-03-25 | 1 мухаррама 1446 года хиджры: 2024-07-07 | в прошлый вторник: 2024-05-21
        во вторник на прошлой неделе: 2024-05-14 | вторник прошлой недели: 2024-05-14 | на прошлой неделе, во вторник: 2024-05-14
        в следующий вторник: 2024-05-28 | в понедельник на этой неделе: 2024-05-20""",
    "ar": """15 رمضان 1445 هـ: 2024-03-25 | ١٥ رمضان ١٤٤٥هـ: 2024-03-25 | ١٤٤٥/٩/١٥ هـ: 2024-03-25 | 15-9-1445هـ: 2024-03-25
        15/9/1445 هـ: 2024-03-25 | في 3 محرم 1446 هـ: 2024-07-09 | الخامس عشر من رمضان 1445 هـ: 2024-03-25 | 15 رمضان: 2024-03-25
        10 ربيع الأول 1444 هـ: 2022-10-06 | 27 جمادى الآخرة 1442هـ: 2021-02-09 | 15 من شهر رمضان عام 1445: 2024-03-25
        الثلاثاء الماضي: 2024-05-21 | يوم الثلاثاء من الأسبوع الماضي: 2024-05-14 | الثلاثاء المقبل: 2024-05-28""",
    "zh": """伊斯兰历1445年9月15日: 2024-03-25 | 上周二: 2024-05-14 | 上星期二: 2024-05-14 | 上周星期二: 2024-05-14 | 上上周二: 2024-05-07
        本周一: 2024-05-20 | 这周五: 2024-05-24 | 下周二: 2024-05-28 | 周二: 2024-05-21 | 周五: 2024-05-17""",
}  # fmt: skip

SPANS = {
    "en": """early May: 2024-05 circa | in the first days of May 2023: 2023-05 circa | at the end of 2022: 2022 circa | mid-2023: 2023 circa
        mid-May: 2024-05 circa | in the first half of March: 2024-03-01/2024-03-15 range | Ramadan 1445: 2024-03-11/2024-04-09 range""",
    "fr": """début mai: 2024-05 circa | à la mi-mars: 2024-03 circa | fin 2023: 2023 circa | au début du mois de mai: 2024-05 circa
        mi-2022: 2022 circa | fin de l'année 2022: 2022 circa | la première quinzaine de mars: 2024-03-01/2024-03-15 range
        la seconde quinzaine de février 2024: 2024-02-16/2024-02-29 range | dans la deuxième quinzaine d'avril: 2024-04-16/2024-04-30 range""",
    "es": """a mediados de marzo: 2024-03 circa | a principios de mayo de 2023: 2023-05 circa | a fines de 2022: 2022 circa
        a inicios de marzo: 2024-03 circa | a mediados del año 2021: 2021 circa | la primera quincena de marzo: 2024-03-01/2024-03-15 range""",
    "it": """a fine marzo: 2024-03 circa | ai primi di maggio: 2024-05 circa | agli inizi di marzo 2022: 2022-03 circa | fine 2023: 2023 circa
        a metà marzo: 2024-03 circa | nella prima decade di maggio: 2024-05-01/2024-05-10 range
        la terza decade di febbraio 2023: 2023-02-21/2023-02-28 range""",
    "ru": """в первых числах мая: 2024-05 circa | в начале мая: 2024-05 circa | к концу марта: 2024-03 circa | в конце 2022 года: 2022 circa
        в первой декаде мая: 2024-05-01/2024-05-10 range | во второй декаде мая 2022 года: 2022-05-11/2022-05-20 range
        во второй половине марта: 2024-03-16/2024-03-31 range""",
    "ar": """أوائل مايو: 2024-05 circa | منتصف مارس: 2024-03 circa | نهاية مارس: 2024-03 circa | أواخر عام 2023: 2023 circa
        عام 1445 هـ: 2023-07-19/2024-07-06 range | رمضان 1445 هـ: 2024-03-11/2024-04-09 range | شهر رمضان: 2024-03-11/2024-04-09 range
        النصف الأول من مارس: 2024-03-01/2024-03-15 range""",
    "zh": """5月上旬: 2024-05-01/2024-05-10 range | 2023年5月中旬: 2023-05-11/2023-05-20 range | 今年2月下旬: 2024-02-21/2024-02-29 range
        上月下旬: 2024-04-21/2024-04-30 range | 5月初: 2024-05 circa | 2023年5月底: 2023-05 circa | 月初: 2024-05 circa
        2022年底: 2022 circa | 2022年年底: 2022 circa""",
}  # fmt: skip


def _cases(listed: dict[str, str]) -> list[tuple[str, str, str]]:
    lines = [(lang, one) for lang, text in listed.items() for line in text.split("\n") for one in line.split(" | ")]
    return [(language, *map(str.strip, one.rsplit(": ", 1))) for language, one in lines]  # type: ignore[misc]


def _values(language: str, text: str, published: date | None = PUBLISHED) -> list[dict[str, str]]:
    return [span.value for span in find_dates(text, language=language, published=published)]


@pytest.mark.parametrize(("language", "text", "day"), _cases(DAYS))
def test_day_told_by_another_calendar_or_week_is_one_day(language: str, text: str, day: str) -> None:
    assert _values(language, text) == [{"start": day, "end": day, "precision": "day"}]


@pytest.mark.parametrize(("language", "text", "wanted"), _cases(SPANS))
def test_part_of_a_month_or_year_keeps_what_its_words_fix(language: str, text: str, wanted: str) -> None:
    days, precision = wanted.split(" ")
    first, _, last = days.partition("/")
    [value] = _values(language, text)

    assert value["precision"] == precision
    assert value["start"].startswith(first)
    assert value["end"].startswith(last or first)


@pytest.mark.parametrize(
    "text",
    ["15 رمضان 1445هـ (25 مارس 2024)", "25 مارس 2024 الموافق 15 رمضان 1445 هـ", "في 16 رمضان 1445 هـ الموافق 25 مارس 2024",
     "25/3/2024 - 15/9/1445هـ"],
)  # fmt: skip
def test_gregorian_day_beside_the_islamic_one_is_told_alone(text: str) -> None:
    assert _values("ar", text) == [{"start": "2024-03-25", "end": "2024-03-25", "precision": "day"}]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ar", "قال رمضان إن البرميل فارغ"), ("ar", "القضية رقم 1445/9/15 في المحكمة"),
        ("ar", "15 رمضان 1300 هـ"), ("ar", "رجب الحداد صاحب الورشة"), ("ar", "1445 برميلا"), ("en", "Ramadan Ali owns the shop."),
        ("en", "Mr Rajab spoke"), ("ru", "Рамадан и Шаабан молчали."), ("zh", "年底前"), ("zh", "年末清库"), ("zh", "年初"), ("zh", "下半年初步"),
        ("es", "el fin de semana"), ("it", "alla fine, prima di tutto"),
    ],
)  # fmt: skip
def test_names_and_numbers_are_no_dates(language: str, text: str) -> None:
    assert _values(language, text) == []


def test_day_without_its_islamic_year_is_left_out_where_nothing_tells_when_it_was_written() -> None:
    assert _values("ar", "15 رمضان", published=None) == []
    assert _values("ar", "15 رمضان، عمان 2 نيسان 2024", published=None)[0]["start"] == "2024-03-25"


def test_tables_end_in_2077() -> None:
    assert _values("ar", "29 ذو الحجة 1500 هـ")[0]["end"] == "2077-11-15"
    assert _values("ar", "1 محرم 1501 هـ") == []


@pytest.mark.parametrize(
    ("language", "text", "published", "start", "end"),
    [
        ("en", "from 30 December 2023 to 2 January", date(2024, 2, 1), "2023-12-30", "2024-01-02"),
        ("fr", "du 30 décembre au 2 janvier 2024", date(2024, 2, 3), "2023-12-30", "2024-01-02"),
        ("fr", "Entre le 30 décembre et le 2 janvier", date(2024, 1, 3), "2023-12-30", "2024-01-02"),
        ("zh", "2023年12月30日至1月2日", date(2024, 2, 1), "2023-12-30", "2024-01-02"),
        ("fr", "le 28 dernier", date(2024, 1, 3), "2023-12-28", "2023-12-28"),
        ("it", "il 28 scorso", date(2024, 1, 3), "2023-12-28", "2023-12-28"),
        ("ru", "вторая декада мая", date(2024, 6, 3), "2024-05-11", "2024-05-20"),
        ("es", "segunda quincena de febrero", date(2024, 1, 3), "2023-02-16", "2023-02-28"),
    ],
)
def test_ranges_over_new_year_latest_days_and_parts_of_months(
    language: str, text: str, published: date, start: str, end: str
) -> None:
    assert [(s.value["start"], s.value["end"]) for s in find_dates(text, language=language, published=published)] == [(start, end)]  # fmt: skip


@pytest.mark.parametrize(("language", "text"), [("ar", "في مدينة العاشر من رمضان"), ("en", "at 10 Ramadan City")])
def test_a_town_named_by_a_day_is_no_day(language: str, text: str) -> None:
    assert find_dates(text, language=language, published=date(2024, 1, 3)) == ()
