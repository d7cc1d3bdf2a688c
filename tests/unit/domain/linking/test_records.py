"""Linking: which records tell of one event, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumbline.domain.linking import Corpus, Facts, blocking_keys, compare, facts_of, read_report
from plumbline.domain.linking.people import ages_in, people_in

GENOA = {"name": "Genoa", "lat": 44.405, "lon": 8.944, "country": "IT", "precision": "locality"}
NAPLES = {"name": "Naples", "lat": 40.85, "lon": 14.27, "country": "IT", "precision": "locality"}


def record(day: str = "2011-03-05", place: dict[str, Any] | None = None, **more: Any) -> Facts:
    values = {
        "date": [{"start": day, "end": day, "precision": "day"}],
        "place": [place or GENOA],
        "waste": ["Y31"],
        "amount": [{"low": 12.0, "high": 12.0, "unit": "t"}],
        "actors": ["Eco Trade Ltd."],
    } | more
    return facts_of(values, type="incident")


def test_facts_of_values_sorts_each_by_its_kind() -> None:
    facts = record()

    assert facts.date == (date(2011, 3, 5), date(2011, 3, 5), "day")
    assert facts.places == ((44.405, 8.944, "locality"),)
    assert facts.countries == {"IT"}
    assert facts.terms == {("waste", "Y31")}
    assert facts.actors == {"eco trade ltd"}


def test_one_event_told_twice_passes_the_upper_threshold_with_reasons() -> None:
    told_again = record(amount=[{"low": 12.0, "high": 15.0, "unit": "t"}], actors=["ECO TRADE"])
    comparison = compare(record(), told_again)

    assert comparison.score > 0.85
    assert {reason.kind for reason in comparison.reasons} == {"date", "place", "terms", "quantity", "actors"}
    assert all(reason.weight > 0 for reason in comparison.reasons)


@pytest.mark.parametrize(
    "other",
    [
        record(day="2011-06-05"),
        record(place=NAPLES, actors=[], amount=[]),
        record(day="2011-03-12", waste=["Y10"], amount=[{"low": 90.0, "high": 90.0, "unit": "t"}], actors=[]),
    ],
)
def test_another_event_stays_under_the_lower_threshold(other: Facts) -> None:
    assert compare(record(), other).score < 0.55


def test_other_type_is_never_the_same() -> None:
    assert compare(record(), replace(record(), type="site")).score == 0.0


def test_score_falls_as_days_pass_and_as_distance_grows() -> None:
    base = record()
    by_day = [compare(base, record(day=str(date(2011, 3, 5) + timedelta(days=n)))).score for n in range(8)]
    by_km = [compare(base, record(place=GENOA | {"lat": 44.405 + n / 5})).score for n in range(8)]

    assert by_day == sorted(by_day, reverse=True)

    assert by_day[0] > by_day[-1]
    assert by_km == sorted(by_km, reverse=True)
    assert by_km[0] > by_km[-1]


@given(days=st.integers(0, 4), km=st.floats(0, 40), seed=st.integers(0, 3))
def test_records_near_in_time_and_place_share_a_blocking_key(days: int, km: float, seed: int) -> None:
    moved = GENOA | {"lat": 44.405 + (km / 111.0) * (1 if seed % 2 else -1)}
    other = record(day=str(date(2011, 3, 5) + timedelta(days=days if seed < 2 else -days)), place=moved)

    assert set(blocking_keys(record())) & set(blocking_keys(other))


def test_records_far_in_time_share_no_blocking_key() -> None:
    assert not set(blocking_keys(record())) & set(blocking_keys(record(day="2011-09-05")))


@given(
    st.tuples(*[st.integers(0, 40)] * 2),
    st.tuples(*[st.floats(0, 200)] * 2),
    st.tuples(*[st.sets(st.sampled_from(["eco trade", "acme metals", "port police"]))] * 2),
)
def test_compare_is_symmetric_and_bounded(
    days: tuple[int, int], low: tuple[float, float], actors: tuple[set[str], set[str]]
) -> None:
    one, other = (
        record(
            day=str(date(2011, 3, 1) + timedelta(days=days[i])),
            amount=[{"low": low[i], "high": low[i] + 1, "unit": "t"}],
            actors=sorted(actors[i]),
        )
        for i in (0, 1)
    )

    assert compare(one, other) == compare(other, one)
    assert 0 <= compare(one, other).score <= 1


def test_more_agreement_never_lowers_the_score() -> None:
    bare = record(waste=[], amount=[], actors=[])
    steps = [
        compare(bare, bare),
        compare(record(amount=[], actors=[]), record(amount=[], actors=[])),
        compare(record(actors=[]), record(actors=[])),
        compare(record(), record()),
    ]

    assert [step.score for step in steps] == sorted(step.score for step in steps)


def told(text: str, **more: Any) -> Facts:
    return facts_of(
        {"date": [{"start": "2016-05-09", "end": "2016-05-09", "precision": "day"}]} | more, [text], type="incident"
    )


MAPLE = "Maria Walker, 34, was shot on Maple Avenue in Los Angeles, police said."
MAPLE_TOO = "Los Angeles officers named her as Maria Walker; a neighbour, aged 34, saw it."
OAK = "Daniel Ortiz, 61, was found hurt beside Oak Street; Los Angeles has seen many such days."


def test_person_told_with_an_age_speaks_for_one_event_and_another_age_against() -> None:
    same, other = compare(told(MAPLE), told(MAPLE_TOO)), compare(told(MAPLE), told(OAK))
    weights = {reason.kind: reason.weight for reason in same.reasons}
    assert {reason.kind: reason.detail for reason in same.reasons}["names"] == "maria walker"
    assert (weights["names"] > 1, weights["ages"] > 1) == (True, True)
    against = {reason.kind: (reason.detail, reason.weight) for reason in other.reasons}
    assert "names" not in against, "a town is nobody"
    assert against["ages"][0] == "none shared"
    assert against["ages"][1] < 0
    assert same.score > 0.85 > 0.55 > other.score


def test_names_without_an_age_in_either_text_are_no_evidence() -> None:
    one, other = told("The European Union and Eco Trade met."), told("Eco Trade wrote to the European Union.")
    assert {reason.kind for reason in compare(one, other).reasons}.isdisjoint({"names", "ages"})


@pytest.mark.parametrize(
    "text",
    [
        "On Saturday March 5, 2011 police stopped it.", "LAGOS, 5 March 2011: police stopped it.", "Seized: lead, 12 tonnes of it.",
        "See Basel Convention Annex 8, which lists it.", "It came from Operation Demeter 5, police said.",
        "Lead Waste, 12.5 tonnes, and Lead Waste, 12,500 kg", "drums of 5, 10, 20 litres",
    ],
)  # fmt: skip
def test_days_amounts_annexes_and_operations_are_neither_ages_nor_people(text: str) -> None:
    assert (list(ages_in(text)), list(people_in(text))) == ([], [])


@pytest.mark.parametrize(
    "text",
    [
        "Maria Walker, 34, was found.", "It was Maria Walker, 34.", "Maria Walker Jr., 34, was found.", "Maria Walker (aged 34) ran.",
        "Maria Walker aged 34 ran.", "34-year-old Maria Walker ran.", "Maria Walker, 34 and Ann Lee ran.", "Maria Walker, 34 ans, a fui.",
    ],
)  # fmt: skip
def test_age_beside_a_name_makes_it_a_persons(text: str) -> None:
    assert (list(ages_in(text)), list(people_in(text))) == ([34], ["maria walker"])


def test_records_that_name_a_person_meet_whatever_their_day_and_place() -> None:
    one = facts_of({}, [MAPLE], type="incident")
    other = facts_of({"place": [NAPLES]}, ["A 34-year-old woman named Maria Walker is missing."], type="incident")
    assert set(blocking_keys(one)) & set(blocking_keys(other)) == {"incident|nmaria walker"}


def test_weights_of_people_are_those_of_reports() -> None:
    corpus = Corpus([read_report(text, gazetteer=Nowhere()) for text in (MAPLE, MAPLE_TOO, OAK)])
    for one, other in ((MAPLE, MAPLE_TOO), (MAPLE, OAK)):
        as_records = {reason.kind: reason.weight for reason in compare(told(one), told(other)).reasons}
        as_reports = {
            r.kind: r.weight for r in corpus.weigh(*((MAPLE, MAPLE_TOO, OAK).index(each) for each in (one, other)))[1]
        }
        assert as_records["ages"] == as_reports["ages"]


class Nowhere:
    """Knows no place."""

    def find(self, name: str) -> tuple[Any, ...]:
        return ()

    def find_many(self, names: Any) -> dict[str, Any]:
        return {}
