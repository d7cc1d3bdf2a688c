"""Dates: what seven languages write, and what it means when the report was published on Wednesday 9 March 2011."""

from __future__ import annotations

from datetime import date

import pytest

from plumbline.domain.extraction import find_dates

PUBLISHED = date(2011, 3, 9)

CASES = [
    # English
    ("en", "on 5 March 2011", "2011-03-05", "2011-03-05", "day"),
    ("en", "on the 5th of March, 2011", "2011-03-05", "2011-03-05", "day"),
    ("en", "on March 5, 2011", "2011-03-05", "2011-03-05", "day"),
    ("en", "on 2011-03-05", "2011-03-05", "2011-03-05", "day"),
    ("en", "on 05/03/2011", "2011-03-05", "2011-03-05", "day"),
    ("en", "on 03/25/2011", "2011-03-25", "2011-03-25", "day"),
    ("en", "BOGOTA, 16 NOV 89 --", "1989-11-16", "1989-11-16", "day"),
    ("en", "in March 2011", "2011-03-01", "2011-03-31", "month"),
    ("en", "in February 2012", "2012-02-01", "2012-02-29", "month"),
    ("en", "in 2010", "2010-01-01", "2010-12-31", "year"),
    ("en", "early 2010", "2010-01-01", "2010-12-31", "circa"),
    ("en", "between 5 and 7 March 2011", "2011-03-05", "2011-03-07", "range"),
    ("en", "from 28 February to 3 March 2011", "2011-02-28", "2011-03-03", "range"),
    ("en", "March 5-7, 2011", "2011-03-05", "2011-03-07", "range"),
    ("en", "2009-2011", "2009-01-01", "2011-12-31", "range"),
    ("en", "seized on 5 February", "2011-02-05", "2011-02-05", "day"),
    ("en", "seized on 24 December", "2010-12-24", "2010-12-24", "day"),
    ("en", "seized yesterday", "2011-03-08", "2011-03-08", "day"),
    ("en", "seized today", "2011-03-09", "2011-03-09", "day"),
    ("en", "last Tuesday", "2011-03-08", "2011-03-08", "day"),
    ("en", "last Wednesday", "2011-03-02", "2011-03-02", "day"),
    ("en", "three days ago", "2011-03-06", "2011-03-06", "day"),
    ("en", "last month", "2011-02-01", "2011-02-28", "month"),
    ("en", "last week", "2011-02-28", "2011-03-06", "range"),
    # French
    ("fr", "le 1er mars 2011", "2011-03-01", "2011-03-01", "day"),
    ("fr", "du 5 au 7 mars 2011", "2011-03-05", "2011-03-07", "range"),
    ("fr", "en août 2010", "2010-08-01", "2010-08-31", "month"),
    ("fr", "en 2009", "2009-01-01", "2009-12-31", "year"),
    ("fr", "fin 2010", "2010-01-01", "2010-12-31", "circa"),
    ("fr", "hier", "2011-03-08", "2011-03-08", "day"),
    ("fr", "mardi dernier", "2011-03-08", "2011-03-08", "day"),
    ("fr", "il y a trois jours", "2011-03-06", "2011-03-06", "day"),
    ("fr", "l’an dernier", "2010-01-01", "2010-12-31", "year"),
    # Spanish
    ("es", "el 5 de marzo de 2011", "2011-03-05", "2011-03-05", "day"),
    ("es", "entre el 5 y el 7 de marzo de 2011", "2011-03-05", "2011-03-07", "range"),
    ("es", "marzo de 2011", "2011-03-01", "2011-03-31", "month"),
    ("es", "en 2010", "2010-01-01", "2010-12-31", "year"),
    ("es", "ayer", "2011-03-08", "2011-03-08", "day"),
    ("es", "el martes pasado", "2011-03-08", "2011-03-08", "day"),
    ("es", "hace dos días", "2011-03-07", "2011-03-07", "day"),
    # Italian
    ("it", "il 5 marzo 2011", "2011-03-05", "2011-03-05", "day"),
    ("it", "dal 5 al 7 marzo 2011", "2011-03-05", "2011-03-07", "range"),
    ("it", "nel marzo 2011", "2011-03-01", "2011-03-31", "month"),
    ("it", "nel 2010", "2010-01-01", "2010-12-31", "year"),
    ("it", "ieri", "2011-03-08", "2011-03-08", "day"),
    ("it", "martedì scorso", "2011-03-08", "2011-03-08", "day"),
    ("it", "tre giorni fa", "2011-03-06", "2011-03-06", "day"),
    # Russian
    ("ru", "5 марта 2011 года", "2011-03-05", "2011-03-05", "day"),
    ("ru", "с 5 по 7 марта 2011 г.", "2011-03-05", "2011-03-07", "range"),
    ("ru", "в марте 2011 года", "2011-03-01", "2011-03-31", "month"),
    ("ru", "в 2010 году", "2010-01-01", "2010-12-31", "year"),
    ("ru", "05.03.2011", "2011-03-05", "2011-03-05", "day"),
    ("ru", "вчера", "2011-03-08", "2011-03-08", "day"),
    ("ru", "в прошлый вторник", "2011-03-08", "2011-03-08", "day"),
    ("ru", "три дня назад", "2011-03-06", "2011-03-06", "day"),
    # Arabic: Gregorian-derived, Levantine and Maghrebi months, both digit sets
    ("ar", "في 5 مارس 2011", "2011-03-05", "2011-03-05", "day"),
    ("ar", "في ٥ مارس ٢٠١١", "2011-03-05", "2011-03-05", "day"),
    ("ar", "في ٥ آذار ٢٠١١", "2011-03-05", "2011-03-05", "day"),
    ("ar", "في 5 آذار/مارس 2011", "2011-03-05", "2011-03-05", "day"),
    ("ar", "في كانون الثاني 2010", "2010-01-01", "2010-01-31", "month"),
    ("ar", "في 14 جانفي 2011", "2011-01-14", "2011-01-14", "day"),
    ("ar", "في عام 2009", "2009-01-01", "2009-12-31", "year"),
    ("ar", "أمس", "2011-03-08", "2011-03-08", "day"),
    ("ar", "الثلاثاء الماضي", "2011-03-08", "2011-03-08", "day"),
    ("ar", "قبل ثلاثة أيام", "2011-03-06", "2011-03-06", "day"),
    # Chinese
    ("zh", "2011年3月5日", "2011-03-05", "2011-03-05", "day"),
    ("zh", "二〇一一年三月五日", "2011-03-05", "2011-03-05", "day"),
    ("zh", "2011年3月5日至7日", "2011-03-05", "2011-03-07", "range"),
    ("zh", "2011年3月", "2011-03-01", "2011-03-31", "month"),
    ("zh", "2010年", "2010-01-01", "2010-12-31", "year"),
    ("zh", "昨天", "2011-03-08", "2011-03-08", "day"),
    ("zh", "上周二", "2011-03-01", "2011-03-01", "day"),
    ("zh", "三天前", "2011-03-06", "2011-03-06", "day"),
    ("zh", "去年", "2010-01-01", "2010-12-31", "year"),
    # Told from the day of publication, a weekday, a word
    ("fr", "vendredi 4", "2011-03-04", "2011-03-04", "day"),
    ("es", "el 4 del corriente", "2011-03-04", "2011-03-04", "day"),
    ("es", "el 29-nov-2010", "2010-11-29", "2010-11-29", "day"),
    ("it", "giovedì 3", "2011-03-03", "2011-03-03", "day"),
    ("it", "trovato a Ferragosto", "2010-08-15", "2010-08-15", "day"),
    ("it", "in marzo dell'anno scorso", "2010-03-01", "2010-03-31", "month"),
    ("ru", "девятого декабря", "2010-12-09", "2010-12-09", "day"),
    ("ru", "30 сентября прошлого года", "2010-09-30", "2010-09-30", "day"),
    ("ar", "في الثاني والعشرين من شباط", "2011-02-22", "2011-02-22", "day"),
    ("ar", "قبل أسبوع", "2011-03-02", "2011-03-02", "day"),
    ("zh", "去年11月5日", "2010-11-05", "2010-11-05", "day"),
    ("zh", "上月20日", "2011-02-20", "2011-02-20", "day"),
    ("zh", "7日，警方通报", "2011-03-07", "2011-03-07", "day"),
    ("fr", "bois brûlé, mars", "2011-03-01", "2011-03-31", "month"),
]


@pytest.mark.parametrize(("language", "text", "start", "end", "precision"), CASES)
def test_date_as_written_gives_its_days_and_precision(
    language: str, text: str, start: str, end: str, precision: str
) -> None:
    found = find_dates(text, language=language, published=PUBLISHED)

    assert [span.value for span in found] == [{"start": start, "end": end, "precision": precision}]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "You may march with 12 people."),
        ("en", "31/02/2011"),
        ("en", "call 2011 or 0123456789; version 1.2.2011.4"),
        ("en", "2000 tonnes of scrap in 40 drums"),
        ("en", "yesterday"),
        ("fr", "la mairie et le maire"),
        ("zh", "三人受伤"),
    ],
)
def test_text_without_a_date_gives_none(language: str, text: str) -> None:
    assert find_dates(text, language=language, published=None) == ()


def test_dateline_anchors_relative_dates_when_publication_is_unknown() -> None:
    found = find_dates("BOGOTA, 16 NOV 89 -- A bomb exploded yesterday.", language="en")

    assert [span.value["start"] for span in found] == ["1989-11-16", "1989-11-15"]


def test_weekday_beside_its_full_date_is_not_a_second_date() -> None:
    found = find_dates("On Tuesday, 1 March 2011", language="en", published=PUBLISHED)

    assert [span.value["start"] for span in found] == ["2011-03-01"]


def test_month_name_of_another_language_is_read_through_english() -> None:
    assert find_dates("Londres, 5 March 2011", language="fr")[0].value["start"] == "2011-03-05"


@pytest.mark.parametrize(
    ("language", "text", "day"),
    [
        ("zh", "3月1日起火，次日封锁。", "2011-03-02"),
        ("fr", "Le feu a pris le 1er mars ; le lendemain, la police est venue.", "2011-03-02"),
        ("it", "Il 1° marzo il rogo. Due giorni dopo è arrivata la polizia.", "2011-03-03"),
        ("ru", "Пожар был 1 марта, через три дня приехала полиция.", "2011-03-04"),
    ],
)
def test_day_counted_from_the_one_before_is_read(language: str, text: str, day: str) -> None:
    found = find_dates(text, language=language, published=PUBLISHED)

    assert [span.value["start"] for span in found] == ["2011-03-01", day]


def test_two_years_joined_by_and_are_two_unless_between_stands_before() -> None:
    apart = find_dates("Les faits remontent à 2007 et 2009.", language="fr", published=PUBLISHED)
    ranged = find_dates("Les faits vont entre 2007 et 2009.", language="fr", published=PUBLISHED)

    assert [(span.value["start"], span.value["end"]) for span in apart] == [
        ("2007-01-01", "2007-12-31"),
        ("2009-01-01", "2009-12-31"),
    ]
    assert [(span.value["start"], span.value["end"]) for span in ranged] == [("2007-01-01", "2009-12-31")]


@pytest.mark.parametrize(
    ("language", "text"),
    [("fr", "sept fûts"), ("es", "el 4 por ciento"), ("zh", "工期30日内"), ("it", "il 12 tonnellate")],
)
def test_numbers_and_words_that_only_look_like_days_and_months_are_none(language: str, text: str) -> None:
    assert find_dates(text, language=language, published=PUBLISHED) == ()


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "On Monday, 12 people were arrested."),
        ("en", "On Monday 12 drums were found."),
        ("fr", "Lundi, 12 personnes ont été arrêtées."),
        ("es", "El lunes, 12 personas fueron detenidas."),
        ("it", "Lunedì 12 persone sono state arrestate."),
        ("ru", "В понедельник 12 человек задержаны."),
        ("ar", "يوم الاثنين 12 شخصا"),
    ],
)
def test_a_count_after_a_weekday_is_no_day(language: str, text: str) -> None:
    found = find_dates(text, language=language, published=date(2024, 8, 20))
    assert [one.value["start"] for one in found] == ["2024-08-19"]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh", "警方在3号仓库查获5吨危险废物"),
        ("zh", "10号集装箱和12号被告"),
        ("it", "Natale Rossi arrestato a Roma"),
        ("it", "Fermato Mario Natale nel porto"),
        ("fr", "Noël Dupont a été arrêté"),
        ("es", "Navidad García fue detenida"),
        ("fr", "le 12, rue de Paris"),
        ("fr", "selon les 12 dernier bilan"),
        ("it", "12 corrente alternata"),
    ],
)
def test_numbers_of_things_and_names_of_people_are_no_days(language: str, text: str) -> None:
    assert find_dates(text, language=language, published=date(2024, 8, 20)) == ()


@pytest.mark.parametrize(
    ("language", "text", "day"),
    [
        ("fr", "Lundi 12 à Marseille, la police", "2024-08-12"),
        ("es", "El lunes 12, la policía", "2024-08-12"),
        ("it", "arrestato a Natale nel porto", "2023-12-25"),
        ("it", "il 12 corrente", "2024-08-12"),
        ("zh", "警方12号上午查获", "2024-08-12"),
        ("ru", "в понедельник, 12-го августа", "2024-08-12"),
    ],
)
def test_days_without_a_month_and_feasts_are_read(language: str, text: str, day: str) -> None:
    found = find_dates(text, language=language, published=date(2024, 8, 20))
    assert day in [one.value["start"] for one in found]


@pytest.mark.parametrize("published", [date(9999, 12, 30), date(1, 1, 1)])
def test_publication_at_the_ends_of_the_calendar_is_none(published: date) -> None:
    for text in ("On Monday 3, yesterday, last year, two years ago.", "Lundi 3, l'an dernier, hier."):
        assert find_dates(text, language="en", published=published) == ()
        find_dates(text, language="fr", published=published)


@pytest.mark.parametrize(
    ("language", "text", "start", "end"),
    [
        ("fr", "Le procès s'ouvrira le mois prochain.", "2024-02-01", "2024-02-29"),
        ("es", "El juicio será el próximo año.", "2025-01-01", "2025-12-31"),
        ("it", "L'udienza è fissata per la prossima settimana.", "2024-01-22", "2024-01-28"),
        ("ru", "Суд пройдёт в следующем месяце.", "2024-02-01", "2024-02-29"),
        ("ar", "تعقد الجلسة الشهر المقبل.", "2024-02-01", "2024-02-29"),
        ("zh", "方案下个月公布。", "2024-02-01", "2024-02-29"),
        ("zh", "工程明年完工。", "2025-01-01", "2025-12-31"),
        ("zh", "警方週五逮人。", "2024-01-12", "2024-01-12"),
        ("ru", "За 2022 год завезено 1300 тонн.", "2022-01-01", "2022-12-31"),
    ],
)
def test_coming_spans_and_other_forms(language: str, text: str, start: str, end: str) -> None:
    found = find_dates(text, language=language, published=date(2024, 1, 17))
    assert (start, end) in [(span.value["start"], span.value["end"]) for span in found]


def test_chinese_months_from_to() -> None:
    (span,) = find_dates("1至6月，该关共查获三起。", language="zh", published=date(2024, 7, 15))
    assert (span.value["start"], span.value["end"]) == ("2024-01-01", "2024-06-30")


@pytest.mark.parametrize(
    ("language", "text", "day"),
    [("ar", "ضبطت ٢٠٢٤/٥/٣ شاحنة", "2024-05-03"), ("zh", "2024/5/3 查獲", "2024-05-03"), ("zh", "民國113年5月3日查獲", "2024-05-03"), ("zh", "民国一一三年五月三日", "2024-05-03"), ("zh", "民國九十九年五月三日", "2010-05-03"), ("ru", "03.05.24 изъяли", "2024-05-03")],
)  # fmt: skip
def test_numeric_dates_of_notices_are_read(language: str, text: str, day: str) -> None:
    (found,) = find_dates(text, language=language, published=date(2024, 6, 12))
    assert found.value == {"start": day, "end": day, "precision": "day"}


@pytest.mark.parametrize("text", ["версия 10.11.12.5", "номер 2024/5/3/7", "99.05.24"])
def test_numbers_with_dots_and_strokes_are_no_dates(text: str) -> None:
    assert find_dates(text, language="ru", published=date(2024, 6, 12)) == ()


@pytest.mark.parametrize(
    ("language", "text", "starts"),
    [
        ("fr", "À Lyon, des déchets dangereux (code 16.06.01) ont été saisis le 5 mai 2024.", ["2024-05-05"]),
        ("it", "Rifiuti CER 17.06.05 e CER 16.06.01 sequestrati il 5 maggio 2024.", ["2024-05-05"]),
        ("en", "Version 10.11.12 came out on 5 May 2024.", ["2024-05-05"]),
        ("ru", "По п. 05.03.12 правил 5 мая 2024 года.", ["2024-05-05"]),
        ("ru", "Акт 05.03.12 подписан.", ["2012-03-05"]),
        ("fr", "Le constat du 05.03.12 le dit.", ["2012-03-05"]),
    ],
)
def test_waste_codes_are_no_dates(language: str, text: str, starts: list[str]) -> None:
    assert [span.value["start"] for span in find_dates(text, language=language, published=date(2024, 12, 10))] == starts
