"""Text to incidents: what a report proposes, in seven languages, with offsets that always hold."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plumbline.domain.blueprints import parse
from plumbline.domain.extraction import Place, ProposedRecord, extract
from plumbline.domain.extraction.text import fold_name, sentences_of

BLUEPRINT = parse(
    """
blueprint: test-waste
version: 1
title: {en: Waste}
summary: {en: Waste}
content_languages: [en, fr, es, ar, ru, zh, it]
types:
  incident:
    title: {en: Incident}
    plural: {en: Incidents}
    title_from: [waste, place]
    fields:
      date: {type: date, label: {en: Date}}
      place: {type: place, label: {en: Place}}
      country: {type: country, label: {en: Country}}
      destination: {type: country, label: {en: Destination}}
      amount: {type: quantity, units: [t, kg, containers], label: {en: Amount}}
      waste: {type: term, vocabulary: waste, many: true, label: {en: Waste}}
      actors: {type: text, many: true, label: {en: Organisations}}
      injured: {type: number, label: {en: Injured}}
      account: {type: text, label: {en: Account}}
    sort: [date]
    extraction:
      cues:
        en: [seized, intercepted, dumped]
        fr: [saisi]
        es: [incautó]
        it: [sequestrato]
        ru: [задержали]
        ar: [ضبطت]
        zh: [查获]
      fields:
        date: {from: dates}
        place: {from: places}
        country: {from: countries}
        destination:
          from: countries
          near: {en: [bound for], fr: [à destination de], es: [con destino a], it: [diretti a], ar: [إلى], zh: [运往]}
        amount: {from: quantities}
        waste: {from: terms}
        actors: {from: organisations}
        injured: {from: numbers, near: {en: [injured]}}
        account: {from: sentence}
      link: {same: 0.85, similar: 0.55}
vocabularies:
  waste:
    title: {en: Waste}
    source: Basel Convention
    terms:
      - id: Y31
        label: {en: Lead, fr: Plomb}
        synonyms:
          en: [lead-acid battery]
          fr: [batterie au plomb]
          es: [baterías de plomo]
          it: [batterie al piombo]
          ru: [свинцовые аккумуляторы]
          ar: [بطاريات الرصاص]
          zh: [铅酸电池]
      - {id: e-waste, label: {en: Electronic waste}}
sharing:
  works: {level: CLEAR}
  records: {level: CLEAR}
""",
    name="test",
)

TOWNS = {
    "genoa": Place("Genoa", 44.405, 8.944, "IT", "locality", 580_000, 3176219),
    "milan": Place("Milan", 45.464, 9.19, "IT", "locality", 1_236_000, 3173435),
    "felixstowe": Place("Felixstowe", 51.96, 1.35, "GB", "locality", 23_000, 2649579),
    "nigeria": Place("Nigeria", 9.0, 8.0, "NG", "country", 195_000_000, 2328926),
}
NAMES = {
    "genoa": ["Genoa", "Genova", "Gênes", "Génova", "Генуе", "جنوة", "热那亚"],
    "nigeria": ["Nigeria", "Nigéria", "Нигерия", "نيجيريا", "尼日利亚"],
    "milan": ["Milan"],
    "felixstowe": ["Felixstowe"],
}


class FewPlaces:
    """A gazetteer of four places."""

    def __init__(self) -> None:
        self._known = {fold_name(name): (TOWNS[key],) for key, names in NAMES.items() for name in names}

    def find(self, name: str) -> tuple[Place, ...]:
        return self._known.get(name, ())

    def find_many(self, names: Iterable[str]) -> Mapping[str, tuple[Place, ...]]:
        return {name: self._known[name] for name in names if name in self._known}


def proposals(text: str, language: str = "en", published: date | None = date(2011, 4, 1)) -> tuple[ProposedRecord, ...]:
    return extract(text, blueprint=BLUEPRINT, language=language, published=published, gazetteer=FewPlaces())


def values(record: ProposedRecord) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for mention in record.mentions:
        found.setdefault(mention.field, []).append(mention.value)
    return found


REPORT = """On 5 March 2011 customs seized between 12 and 15 tonnes of used lead-acid batteries in Genoa, bound for Nigeria. \
The goods belonged to Eco Trade Ltd. of Milan. Three people were injured.

Waste trafficking is a growing problem worldwide. The Basel Convention entered into force in 1992.

On 19 March, the Environment Agency intercepted 40 containers of electronic waste at Felixstowe."""


def test_report_of_two_incidents_gives_two_records_with_their_own_values() -> None:
    first, second = proposals(REPORT)

    assert values(first) | {"account": []} == {
        "date": [{"start": "2011-03-05", "end": "2011-03-05", "precision": "day"}],
        "place": [TOWNS["genoa"].value()],
        "country": ["IT"],
        "destination": ["NG"],
        "amount": [{"low": 12.0, "high": 15.0, "unit": "t"}],
        "waste": ["Y31"],
        "actors": ["Eco Trade Ltd."],
        "injured": [3.0],
        "account": [],
    }
    assert values(second)["date"][0]["start"] == "2011-03-19"
    assert values(second)["place"] == [TOWNS["felixstowe"].value()]
    assert values(second)["waste"] == ["e-waste"]
    assert values(second)["amount"] == [{"low": 40.0, "high": 40.0, "unit": "containers"}]
    assert "Basel Convention entered" not in REPORT[first.start : first.end] + REPORT[second.start : second.end]


def test_second_paragraph_on_the_same_day_and_place_joins_the_first() -> None:
    text = "On 5 March 2011 customs seized lead in Genoa.\n\nOn 5 March 2011 police also seized 12 tonnes in Genoa."

    assert len(proposals(text)) == 1


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "Le 5 mars 2011, la douane a saisi à Gênes 12 tonnes de batteries au plomb à destination de Nigéria."),
        (
            "es",
            "El 5 de marzo de 2011 la policía incautó en Génova 12 toneladas de baterías de plomo con destino a Nigeria.",
        ),
        (
            "it",
            "Il 5 marzo 2011 è stato sequestrato a Genova un carico di 12 tonnellate di batterie al piombo diretti a Nigeria.",
        ),
        ("ar", "في ٥ آذار ٢٠١١ ضبطت الجمارك في جنوة ١٢ طنا من بطاريات الرصاص إلى نيجيريا."),
        ("zh", "2011年3月5日在热那亚查获12吨铅酸电池，运往尼日利亚。"),
    ],
)
def test_one_event_in_any_language_gives_the_same_values(language: str, text: str) -> None:
    (record,) = proposals(text, language)
    found = values(record)

    assert found["date"] == [{"start": "2011-03-05", "end": "2011-03-05", "precision": "day"}]
    assert (found["place"][0]["name"], found["country"], found["destination"]) == ("Genoa", ["IT"], ["NG"])
    assert (found["amount"], found["waste"]) == ([{"low": 12.0, "high": 12.0, "unit": "t"}], ["Y31"])


def test_telegram_in_capitals_is_read() -> None:
    (record,) = proposals("GENOA, 16 NOV 89 -- CUSTOMS SEIZED 12 TONNES OF LEAD IN GENOA YESTERDAY.", published=None)

    assert values(record)["date"][0]["start"] in ("1989-11-15", "1989-11-16")
    assert values(record)["waste"] == ["Y31"]


@pytest.mark.parametrize("text", ["", "   \n\n ", "Waste is a growing problem in Genoa since 5 March 2011.", "Seized."])
def test_text_that_tells_of_no_incident_gives_none(text: str) -> None:
    assert proposals(text) == ()


def test_sentence_field_holds_the_first_sentence_that_tells_it() -> None:
    (record,) = proposals("On 5 March 2011 lead was seized in Genoa. It was old.")

    assert values(record)["account"] == ["On 5 March 2011 lead was seized in Genoa."]


def test_text_ten_times_as_long_takes_some_ten_times_the_calls() -> None:
    def calls(copies: int) -> int:
        counts: Counter[str] = Counter()
        before = sys.getprofile()
        sys.setprofile(lambda frame, event, arg: counts.update((event,)))
        try:
            proposals("\n\n".join([REPORT] * copies))
        finally:
            sys.setprofile(before)
        return counts["call"] + counts["c_call"]

    calls(2)
    short, long = calls(5), calls(50)

    assert long < 12 * short, (short, long)


def test_sentences_do_not_end_at_legal_forms_and_initials() -> None:
    text = "Eco Ltd. sold it. J. Smith of S.p.A. knew. 北京查获。上海没有。"

    assert [text[a:b] for a, b in sentences_of(text)] == [
        "Eco Ltd. sold it.",
        "J. Smith of S.p.A. knew.",
        "北京查获。",
        "上海没有。",
    ]


PIECES = st.lists(
    st.one_of(
        st.sampled_from(
            REPORT.split(" ")
            + ["ضبطت", "في", "جنوة", "٥", "آذار", "查获12吨", "热那亚", "Genova", "5", "\n\n", "1.200", "Ltd."]
        ),
        st.text(max_size=8),
    ),
    max_size=40,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    pieces=PIECES,
    language=st.sampled_from(["en", "fr", "es", "ar", "ru", "zh", "it", "sw", ""]),
    glue=st.sampled_from([" ", ""]),
)
def test_any_text_gives_mentions_that_are_slices_of_it(pieces: list[str], language: str, glue: str) -> None:
    text = glue.join(pieces)

    for record in proposals(text, language):
        assert 0 <= record.start < record.end <= len(text)
        assert 0 < record.confidence <= 1
        for mention in record.mentions:
            assert mention.text
            assert text[mention.start : mention.end] == mention.text
            assert 0 < mention.confidence <= 1
