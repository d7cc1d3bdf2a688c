"""States of a task, due days, names mentioned."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumbline.domain.errors import InvalidInput
from plumbline.domain.teamwork import STATES, due_day, mentioned, role_to_move, state_named


def test_moving_needs_the_higher_role_of_either_state() -> None:
    assert role_to_move("todo", "review") == "contributor"
    assert role_to_move("done", "review") == role_to_move("todo", "done") == "reviewer"
    assert {role_to_move(one, "published") for one in STATES} == {"editor"}


def test_unknown_state_and_day_are_refused_by_name() -> None:
    with pytest.raises(InvalidInput, match="burnt"):
        state_named("burnt")
    with pytest.raises(InvalidInput, match="soon"):
        due_day("soon")
    assert due_day(" 2026-02-28 ") == date(2026, 2, 28)
    assert due_day("  ") is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@Ann", ("1",)), ("mail ann@example.org", ()), ("@ann lee: see @BO, @Ann.", ("2", "3", "1")), ("@Anna", ()),
        ("@@Bo", ("3",)), ("@أمينة انظري", ("4",)), ("", ()),
    ],
)  # fmt: skip
def test_names_after_an_at_sign_are_mentions(text: str, found: tuple[str, ...]) -> None:
    assert mentioned(text, {"1": "Ann", "2": "Ann Lee", "3": "Bo", "4": "أمينة"}) == found


def test_a_name_that_two_bear_mentions_both() -> None:
    assert set(mentioned("@Ann", {"1": "Ann", "2": "Ann"})) == {"1", "2"}


@given(st.text(alphabet="@ab ", max_size=20))
def test_every_name_found_stands_in_the_text(text: str) -> None:
    for key in mentioned(text, {"1": "a", "2": "a b", "3": ""}):
        assert f"@{ {'1': 'a', '2': 'a b'}[key] }" in text
