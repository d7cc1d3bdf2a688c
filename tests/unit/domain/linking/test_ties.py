"""What two records of different workspaces are taken for, and that each piece of evidence stands by itself."""

from __future__ import annotations

import pytest

from plumbline.domain.linking.ties import Dossier, Evidence, Stated, judge, keys_of, name_keys, names_agree, tie_between

DAY = {"start": "2021-05-04", "end": "2021-05-04", "precision": "day"}
GENOA = {"name": "Genoa", "lat": 44.4, "lon": 8.9, "country": "IT", "precision": "locality"}


def actor(*names: str, country: str = "") -> Dossier:
    return Dossier(True, tuple(Stated(name, (n,)) for n, name in enumerate(names)),
                   countries=(Stated(country, (9,)),) if country else ())  # fmt: skip


def case(*names: str, day: object = DAY, place: object = GENOA) -> Dossier:
    return Dossier(
        False, tuple(Stated(name, (n,)) for n, name in enumerate(names)), (Stated(day, (7,)),), (Stated(place, (8,)),)
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ruslan Tschernigow", "Руслан Чернигов"),
        ("Khaled Mansoori", "خالد المنصوري"),
        ("Tamsin Orrelby", "ORRELBY, Tamsin"),
        ("Halvard Brennick", "Halvard Brenick"),
        ("Quillmar Shipping Ltd", "Quillmar Shipping"),
        ("Quillmar S.A.", "QUILLMAR SA"),
        ("Comercial Hondalú EIRL", "Comercial Hondalu E.I.R.L."),
        ("J.R. Castellane", "J. R. Castellane"),
        ("W. Castellane", "Wendela Castellane"),
    ],
)
def test_changed_names_meet_and_are_proposed_with_their_country(one: str, other: str) -> None:
    assert name_keys(one) & name_keys(other)
    kind, score, _ = tie_between(actor(one, country="MT"), actor(other, country="MT"))
    assert kind == "actor" and score >= 0.5


@pytest.mark.parametrize(
    ("one", "other"), [("Ruslan Chernigov", "Anna Chernigova"), ("Omar", "Omar Said"), ("", "Omar")]
)
def test_other_names_are_not_proposed(one: str, other: str) -> None:
    assert tie_between(actor(one), actor(other))[0] == ""


def test_legal_forms_alone_tell_nothing() -> None:
    assert names_agree("Quillmar Ltd", "Brennick Ltd") == 0.0
    assert not name_keys("Quillmar Ltd") & name_keys("Brennick Ltd")


def test_cases_of_one_day_and_place_meet_without_a_name() -> None:
    assert set(keys_of(case())) & set(keys_of(case()))
    kind, score, evidence = tie_between(case(), case())
    assert (kind, {one.kind for one in evidence}) == ("case", {"date", "place"}) and score > 0.6


def test_cases_far_apart_that_name_one_actor_are_two() -> None:
    far = {"name": "Lima", "lat": -12.0, "lon": -77.0, "country": "PE", "precision": "locality"}
    later = {"start": "2023-05-04", "end": "2023-05-04", "precision": "day"}
    assert tie_between(case("Halvard Brennick"), case("Brennick Halvard", day=later, place=far))[0] == "named"
    assert tie_between(case("Halvard Brennick"), case("Tamsin Orrelby", day=later, place=far))[0] == ""


def test_judging_a_part_of_the_evidence_counts_that_part_alone() -> None:
    name, day = Evidence("name", 4.6, (1,), (2,)), Evidence("date", 2.0, (3,), (4,))
    assert judge("case", (name, day))[0] == "case"
    assert judge("case", (day,))[0] == ""
    assert judge("named", (day,))[0] == ""
    assert judge("actor", ())[0] == ""


def test_evidence_is_symmetric() -> None:
    one, other = case("Halvard Brennick", "Quillmar Shipping"), case("Brenick Halvard")
    assert tie_between(one, other)[:2] == tie_between(other, one)[:2]
