"""The sharing rule: what each level opens to, what a mark refuses to be, and the order of marks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumbline.domain.access import LEVELS, PUBLIC, Mark, Viewer, decide, mark_from_json, stricter
from plumbline.domain.errors import InvalidInput

ORGS = ("org:police", "org:customs", "org:health")
GROUPS = ("group:basel", "group:cbrn")
PERSONS = ("person:a", "person:b", "person:c")


DAYS = st.dates(date(2026, 1, 1), date(2026, 1, 9))


@st.composite
def marks(draw: st.DrawFn) -> Mark:
    mark = draw(undated())
    if mark.level == "RED" or not mark.owner or draw(st.booleans()):
        return mark
    first, last = sorted(draw(st.tuples(DAYS, DAYS)))
    return replace(mark, embargo=draw(st.sampled_from((first, None))), expiry=draw(st.sampled_from((last, None))))


@st.composite
def undated(draw: st.DrawFn) -> Mark:
    level = draw(st.sampled_from(LEVELS))
    owner = draw(st.sampled_from((*ORGS, None)))
    if level in ("CLEAR", "GREEN"):
        return Mark(level, owner)
    pool = {"AMBER": ORGS + GROUPS + PERSONS, "AMBER+STRICT": ORGS + PERSONS, "RED": PERSONS}[level]
    least = 1 if level == "RED" or owner is None else 0
    return Mark(level, owner, draw(st.frozensets(st.sampled_from(pool), min_size=least, max_size=4)))


@st.composite
def viewers(draw: st.DrawFn) -> Viewer:
    if draw(st.booleans()) and draw(st.booleans()):
        return PUBLIC
    person = draw(st.sampled_from(PERSONS))
    belongs = draw(st.frozensets(st.sampled_from(ORGS), max_size=1)) | draw(st.frozensets(st.sampled_from(GROUPS)))
    return Viewer(person, frozenset({"public", "community", person}) | belongs)


POLICE = Viewer("person:a", frozenset({"public", "community", "person:a", "org:police", "group:basel"}))
STRANGER = Viewer("person:z", frozenset({"public", "community", "person:z"}))


@pytest.mark.parametrize(
    ("mark", "public", "stranger", "police"),
    [
        (Mark("CLEAR"), True, True, True),
        (Mark("GREEN"), False, True, True),
        (Mark("AMBER", "org:police"), False, False, True),
        (Mark("AMBER", "org:customs"), False, False, False),
        (Mark("AMBER", "org:customs", frozenset({"group:basel"})), False, False, True),
        (Mark("AMBER+STRICT", "org:customs", frozenset({"org:police"})), False, False, True),
        (Mark("AMBER+STRICT", "org:customs"), False, False, False),
        (Mark("RED", "org:police", frozenset({"person:a"})), False, False, True),
        (Mark("RED", "org:police", frozenset({"person:b"})), False, False, False),
    ],
)
def test_decide_of_a_level_opens_to_those_it_names(mark: Mark, public: bool, stranger: bool, police: bool) -> None:
    assert [decide(viewer, "read", mark).allowed for viewer in (PUBLIC, STRANGER, POLICE)] == [public, stranger, police]


def test_decide_gives_the_principal_that_decided() -> None:
    by_group = Mark("AMBER", "org:customs", frozenset({"group:basel"}))
    assert decide(POLICE, "read", Mark("AMBER", "org:police")).reason.code == "owner"
    assert decide(POLICE, "read", by_group).reason.principal == "group:basel"
    assert decide(STRANGER, "read", by_group).reason.code == "not_named"


def test_decide_lets_only_the_owner_loosen() -> None:
    shared = Mark("AMBER", "org:customs", frozenset({"group:basel"}))
    assert decide(POLICE, "read", shared).allowed
    assert not decide(POLICE, "loosen", shared).allowed
    assert decide(POLICE, "loosen", Mark("AMBER", "org:police")).allowed


@pytest.mark.parametrize(
    ("level", "owner", "audience", "code"),
    [
        ("PURPLE", None, (), "mark.level"),
        ("CLEAR", None, ("org:police",), "mark.audience"),
        ("AMBER", None, (), "mark.nobody"),
        ("AMBER+STRICT", "org:police", ("group:basel",), "mark.groups"),
        ("RED", "org:police", (), "mark.persons"),
        ("RED", "org:police", ("org:police",), "mark.persons"),
        ("AMBER", "police", ("org:customs",), "mark.principal"),
        ("AMBER", "org:police", ("everyone",), "mark.principal"),
    ],
)
def test_mark_that_makes_no_sense_is_refused(
    level: str, owner: str | None, audience: tuple[str, ...], code: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        Mark(level, owner, frozenset(audience))
    assert refused.value.code == code


@given(marks())
def test_mark_survives_plain_data_with_the_same_digest(mark: Mark) -> None:
    again = mark_from_json(mark.as_json())
    assert again == mark
    assert again.digest == mark.digest


@given(marks(), marks(), viewers(), DAYS)
def test_mark_that_opens_as_wide_shows_to_all_who_see_the_other(
    one: Mark, other: Mark, viewer: Viewer, day: date
) -> None:
    if one.opens_as_wide_as(other) and decide(viewer, "read", other, day).allowed:
        assert decide(viewer, "read", one, day).allowed


@given(marks(), viewers(), DAYS)
def test_what_is_decided_without_a_day_holds_on_every_day(mark: Mark, viewer: Viewer, day: date) -> None:
    if decide(viewer, "read", mark).allowed:
        assert decide(viewer, "read", mark, day).allowed


@pytest.mark.parametrize(
    ("day", "stranger", "why"),
    [(4, False, "not_today"), (5, True, "community"), (7, True, "community"), (8, False, "not_today")],
)
def test_mark_with_days_opens_to_others_from_the_first_to_the_last_of_them(day: int, stranger: bool, why: str) -> None:
    mark = Mark("GREEN", "org:police", embargo=date(2026, 1, 5), expiry=date(2026, 1, 7))
    at = date(2026, 1, day)
    found = decide(STRANGER, "read", mark, at)
    assert (found.allowed, found.reason.code) == (stranger, why)
    assert decide(POLICE, "read", mark, at).reason.code == "owner"
    assert not decide(PUBLIC, "read", mark, at).allowed


@pytest.mark.parametrize(
    ("mark", "code"),
    [
        ({"level": "RED", "audience": ["person:a"], "owner": "org:police", "embargo": "2026-01-01"}, "mark.dates"),
        ({"level": "GREEN", "expiry": "2026-01-01"}, "mark.dates"),
        ({"level": "GREEN", "owner": "org:police", "embargo": "2026-02-01", "expiry": "2026-01-01"}, "mark.days"),
        ({"level": "GREEN", "owner": "org:police", "embargo": "tomorrow"}, "mark.date"),
    ],
)
def test_days_that_make_no_sense_are_refused(mark: dict[str, Any], code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        mark_from_json(mark)
    assert refused.value.code == code


@given(marks(), marks())
def test_stricter_of_two_is_never_the_wider_alone(one: Mark, other: Mark) -> None:
    found = stricter(one, other)
    loser = other if found == one else one
    assert loser.opens_as_wide_as(found) or not found.opens_as_wide_as(loser)


@given(marks(), viewers())
def test_administrator_sees_nothing_more(mark: Mark, viewer: Viewer) -> None:
    boss = Viewer(viewer.person, viewer.principals, administrator=True)
    assert decide(boss, "read", mark).allowed == decide(viewer, "read", mark).allowed
