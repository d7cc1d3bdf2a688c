"""Values of fields: checked, typed into forms, shown in languages."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumbline.domain.blueprints import Field, check_value, display_value, form_value, load_shipped, parse_form_value
from plumbline.domain.blueprints.values import country_codes, first_day, last_day
from plumbline.domain.errors import InvalidInput

HOUSE = load_shipped("cbrn-incidents")
INCIDENT = HOUSE.types["incident"].fields
NUMBER, FLAG = INCIDENT["killed"], INCIDENT["recovered"]
FILE = Field("file", "file", {"en": "File"})


def typed(field: Field, text: str, language: str = "en") -> Any:
    return parse_form_value(field, {"value": text}, blueprint=HOUSE, language=language)


def shown(field: Field, text: str, language: str) -> str:
    return display_value(field, typed(field, text), blueprint=HOUSE, language=language)


def span(start: str, end: str, precision: str) -> dict[str, str]:
    return {"start": start, "end": end, "precision": precision}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2011", span("2011-01-01", "2011-12-31", "year")),
        ("2012-02", span("2012-02-01", "2012-02-29", "month")),
        ("2011-03-05", span("2011-03-05", "2011-03-05", "day")),
        ("5.3.2011", span("2011-03-05", "2011-03-05", "day")),
        ("05/03/2011", span("2011-03-05", "2011-03-05", "day")),
        ("2011-03/2011-05", span("2011-03-01", "2011-05-31", "range")),
        ("c. 2011", span("2011-01-01", "2011-12-31", "circa")),
        ("٢٠١١-٠٣", span("2011-03-01", "2011-03-31", "month")),
    ],
)
def test_parse_form_value_date_keeps_its_precision(text: str, value: dict[str, str]) -> None:
    assert typed(INCIDENT["date"], text) == value


@pytest.mark.parametrize(
    ("text", "language", "low", "high", "unit"),
    [
        ("12-15 t", "en", 12, 15, "t"),
        ("1 200 kg", "fr", 1200, 1200, "kg"),
        ("1,200.5 kg", "en", 1200.5, 1200.5, "kg"),
        ("1.200,5 kg", "es", 1200.5, 1200.5, "kg"),
        ("1,5 кг", "ru", 1.5, 1.5, "kg"),
        ("١٢٫٥ كغم", "ar", 12.5, 12.5, "kg"),
        ("1,200 tonnes", "en", 1200, 1200, "t"),
        ("3 吨", "zh", 3, 3, "t"),
        ("40 MBq", "en", 40, 40, "MBq"),
        ("2 mCi", "en", 2, 2, "mCi"),
    ],
)
def test_parse_form_value_quantity_reads_numbers_as_written(
    text: str, language: str, low: float, high: float, unit: str
) -> None:
    assert typed(INCIDENT["amount"], text, language) == {"low": low, "high": high, "unit": unit}


def test_parse_form_value_place_country_term_and_flag() -> None:
    assert typed(INCIDENT["place"], "Lagos; 6.45, 3.39; NG") == {
        "name": "Lagos", "lat": 6.45, "lon": 3.39, "country": "NG", "precision": "exact",
    }  # fmt: skip
    assert typed(INCIDENT["place"], "Lagos")["precision"] == "locality"
    assert typed(INCIDENT["country"], "الأردن") == "JO"
    assert [typed(INCIDENT["material"], word) for word in ("Cs-137", "цезия-137", "铱-192")] == [
        "Cs-137",
        "Cs-137",
        "Ir-192",
    ]
    assert (typed(FLAG, "on"), typed(FLAG, "non"), typed(FLAG, "  ")) == (True, False, None)


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("date", "2011-02-30", "Date: '2011-02-30' names a day that no calendar has"),
        ("date", "yesterday", "is no date; write 2011"),
        ("date", "2011-05/2011-03", "before the start"),
        ("amount", "many t", "is no amount"),
        ("amount", "12 miles", "is no unit"),
        ("amount", "12", "the unit is missing"),
        ("amount", "15-12 t", "below the lower"),
        ("place", "Lagos; 96, 3; NG", "lat 96.0 is not between"),
        ("place", "Lagos; nowhere", "not understood"),
        ("country", "Atlantis", "no country that we know"),
        ("material", "Cs-138", "Did you mean 'Cs-137'"),
        ("killed", "several", "is no number"),
        ("recovered", "perhaps", "neither yes nor no"),
    ],
)
def test_parse_form_value_wrong_text_is_refused_by_name(field: str, text: str, words: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        typed(INCIDENT[field], text)
    assert words in str(refusal.value)
    assert str(refusal.value).startswith(INCIDENT[field].label["en"])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (INCIDENT["date"], span("2011-03-02", "2011-03-31", "month")),
        (INCIDENT["date"], {"start": "2011-03-02"}),
        (INCIDENT["amount"], {"low": float("nan"), "high": 1, "unit": "t"}),
        (INCIDENT["amount"], {"low": -1, "high": 1, "unit": "t"}),
        (INCIDENT["place"], {"name": "x", "lat": 1}),
        (INCIDENT["actors"], "a\x00b"),
        (INCIDENT["actors"], "  "),
        (INCIDENT["note"], {"english": "x"}),
        (INCIDENT["related"], "../../etc"),
        (INCIDENT["country"], "ZZ"),
        (NUMBER, True),
        (FLAG, "true"),
        (FILE, "abc"),
    ],
)
def test_check_value_wrong_value_is_refused(field: Field, value: Any) -> None:
    with pytest.raises(InvalidInput):
        check_value(field, value, blueprint=HOUSE)


def test_display_value_speaks_the_language_of_the_page() -> None:
    day, amount = INCIDENT["date"], INCIDENT["amount"]
    assert [shown(day, "2011-03", code) for code in ("en", "fr", "ru", "zh")] == [
        "March 2011", "mars 2011", "март 2011\u202fг.", "2011年3月",
    ]  # fmt: skip
    assert shown(day, "2011-03-05", "en") == "5 March 2011"
    assert (shown(day, "2011", "en"), shown(day, "c. 2011", "ar")) == ("2011", "حوالي 2011")
    assert (shown(amount, "12-15 t", "ru"), shown(amount, "1 drum", "es")) == ("12–15 т", "1 bidón")
    assert [shown(amount, f"{count} drums", "ru") for count in (1, 3, 5)] == ["1 бочка", "3 бочки", "5 бочек"]
    assert shown(INCIDENT["country"], "CN", "ar") == "الصين"
    assert shown(INCIDENT["place"], "Lagos; 6.45, 3.39; NG", "fr") == "Lagos, Nigeria"
    assert shown(INCIDENT["material"], "Cs-137", "zh") == "铯-137"


DAYS = st.dates(min_value=date(1000, 1, 1), max_value=date(9990, 1, 1))
TEXTS = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=40).filter(str.strip)
AMOUNTS = st.floats(min_value=0, max_value=1e12, allow_nan=False)


@st.composite
def dates(draw: st.DrawFn) -> dict[str, str]:
    day, precision = draw(DAYS), draw(st.sampled_from(["day", "month", "year", "range", "circa"]))
    if precision in ("range", "circa"):
        return span(day.isoformat(), (day + timedelta(days=draw(st.integers(0, 900)))).isoformat(), precision)
    return span(first_day(day, precision).isoformat(), last_day(day, precision).isoformat(), precision)


@st.composite
def quantities(draw: st.DrawFn) -> dict[str, Any]:
    low, high = sorted((draw(AMOUNTS), draw(AMOUNTS)))
    return {"low": low, "high": high, "unit": draw(st.sampled_from(INCIDENT["amount"].units))}


PLACES = st.fixed_dictionaries(
    {
        "name": TEXTS,
        "country": st.none() | st.sampled_from(sorted(country_codes())),
        "precision": st.sampled_from(["exact", "locality", "admin1", "country"]),
    },
    optional={"geonameid": st.integers(1, 10**8)},
).flatmap(
    lambda place: (
        st.tuples(st.floats(-90, 90), st.floats(-180, 180)).map(lambda at: place | {"lat": at[0], "lon": at[1]})
        | st.just(place)
    )
)
VALUES = st.one_of(
    st.tuples(st.just(INCIDENT["date"]), dates()),
    st.tuples(st.just(INCIDENT["amount"]), quantities()),
    st.tuples(st.just(INCIDENT["place"]), PLACES),
    st.tuples(st.just(INCIDENT["actors"]), TEXTS),
    st.tuples(st.just(INCIDENT["note"]), st.dictionaries(st.sampled_from(["en", "ar", "pt-BR"]), TEXTS, min_size=1)),
    st.tuples(st.just(NUMBER), st.floats(-1e12, 1e12) | st.integers(-(10**12), 10**12)),
    st.tuples(st.just(FLAG), st.booleans()),
    st.tuples(st.just(INCIDENT["country"]), st.sampled_from(sorted(country_codes()))),
    st.tuples(st.just(INCIDENT["material"]), st.sampled_from([t.id for t in HOUSE.terms_of(INCIDENT["material"])])),
    st.tuples(st.just(FILE), st.text("0123456789abcdef", min_size=64, max_size=64)),
)


@given(VALUES, st.sampled_from(["en", "fr", "es", "ar", "ru", "zh", "it"]))
def test_form_value_read_back_is_the_same_value(case: tuple[Field, Any], language: str) -> None:
    field, raw = case
    value = check_value(field, raw, blueprint=HOUSE)
    strings = form_value(field, value, blueprint=HOUSE, language=language)
    assert parse_form_value(field, strings, blueprint=HOUSE, language=language) == value
    assert display_value(field, value, blueprint=HOUSE, language=language)
