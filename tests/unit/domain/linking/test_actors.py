"""Which names are one actor's: within one text, and against the actors that are recorded."""

from __future__ import annotations

import pytest

from plumbline.domain.linking.actors import (
    KnownActor,
    choose_actor,
    fold_names,
    is_short_for,
    keys_of_name,
    same_name,
)
from plumbline.domain.linking.ties import Dossier, Stated, keys_of

SAME = [
    ("Eco Trade S.r.l.", "ECO TRADE SRL"), ("Понтомир Марин Лтд", "Pontomir Marin Ltd"), ("ООО «Рассвет»", "ООО «Рассвета»"),
    ("Blue Heron Ltd", "Bluheron Ltd"), ("Al-Nasim Trading", "Nasim Trading"), ("Jean-Marc Dubois", "Dubois, Jean Marc"),
]  # fmt: skip
APART = [
    ("Nordkap Ltd", "Nordkap GmbH"), ("Nordkap Trading", "Nordkap Shipping"), ("Zen Ltd", "Zon Ltd"), ("Nordkap", "Nordkap Trading"),
    ("First Bank of Lagos", "First Bank of Accra"), ("Eco Trade", "Eco Trader"), ("", "Nordkap"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), [pair for pair in SAME if pair[1] != "Bluheron Ltd"])
def test_names_that_sound_alike_part_by_part_are_one_and_meet_under_their_keys(one: str, other: str) -> None:
    assert same_name(one, other)
    assert same_name(other, one)
    for asked, held in ((one, other), (other, one)):
        assert set(keys_of_name(asked)) & set(keys_of(Dossier(True, (Stated(held, (1,)),))))


@pytest.mark.parametrize(("one", "other"), APART)
def test_names_that_differ_in_a_part_or_in_legal_form_are_apart(one: str, other: str) -> None:
    assert not same_name(one, other)
    assert not same_name(other, one)


def test_short_names_of_one_text_are_folded_into_the_one_longer_name_that_they_may_stand_for() -> None:
    names = ["EMC", "Nordkap", "Eastern Metals Company", "Nordkap Trading Ltd", "Nordkap Trading Limited", "Elbrus"]
    folded = fold_names(names)
    assert folded["EMC"] == "Eastern Metals Company"
    assert folded["Nordkap"] == folded["Nordkap Trading Ltd"] == folded["Nordkap Trading Limited"]
    assert folded["Elbrus"] == "Elbrus"
    assert list(folded) == names


def test_short_name_that_may_stand_for_two_stands_for_neither() -> None:
    assert fold_names(["Nordkap", "Nordkap Trading Ltd", "Nordkap Shipping Ltd"])["Nordkap"] == "Nordkap"
    assert not is_short_for("Trading", "Nordkap Trading")


def test_actor_of_another_country_or_number_is_never_chosen_where_it_is_open_which_is_meant() -> None:
    cyprus = KnownActor(1, ("Nordkap Ltd",), countries=frozenset({"CY"}))
    norway = KnownActor(2, ("Nordkap Ltd",), countries=frozenset({"NO"}))
    plain = KnownActor(3, ("Nordkap Ltd",))
    assert choose_actor("Nordkap Ltd", [cyprus]) is cyprus
    assert choose_actor("Nordkap Ltd", [cyprus, norway]) is None
    assert choose_actor("Nordkap Ltd", [cyprus, norway, plain]) is plain
    assert choose_actor("Nordkap Ltd", [cyprus, norway, plain], frozenset({"NO", "IT"})) is norway
    assert choose_actor("Nordkap Ltd", [cyprus, norway], frozenset({"NO", "CY"})) is None
    numbers = [KnownActor(n, ("Nordkap Ltd",), numbers=frozenset({str(n)})) for n in (1, 2)]
    assert choose_actor("Nordkap Ltd", numbers) is None


def test_accepted_actor_is_chosen_before_a_proposed_one_and_another_legal_form_speaks_against_an_alias() -> None:
    proposed, accepted = KnownActor(1, ("Nordkap Ltd",)), KnownActor(2, ("Nordkap Ltd",), accepted=True)
    assert choose_actor("Nordkap", [proposed, accepted]) is accepted
    assert choose_actor("Nordkap Ltd", [KnownActor(3, ("Nordkap GmbH", "Nordkap"))]) is None
    assert choose_actor("Elbrus", [proposed]) is None
