"""`visible_to`, worked out in the database, is the same rule as `decide`, asked mark by mark."""

from __future__ import annotations

from datetime import date, timedelta
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plumbline.apps.spine.actions import mark_class_for
from plumbline.apps.spine.models import MarkClass
from plumbline.apps.spine.queries import clear_caches, visible_to
from plumbline.domain.access import PUBLIC, Mark, Viewer, decide

pytestmark = pytest.mark.django_db

ORGANISATIONS = ["org:police", "org:customs", "org:health"]
GROUPS = ["group:basel", "group:cbrn"]
PEOPLE = ["person:ann", "person:bo"]

DAYS = st.dates(date(2026, 1, 1), date(2026, 1, 4))
some = lambda names, **size: st.frozensets(st.sampled_from(names), **size)  # noqa: E731
owners = st.none() | st.sampled_from(ORGANISATIONS)
marks = st.one_of(
    st.builds(Mark, st.sampled_from(["CLEAR", "GREEN"]), owners),
    st.builds(Mark, st.just("AMBER"), st.sampled_from(ORGANISATIONS), some(ORGANISATIONS + GROUPS + PEOPLE)),
    st.builds(Mark, st.just("AMBER+STRICT"), st.sampled_from(ORGANISATIONS), some(ORGANISATIONS + PEOPLE)),
    st.builds(Mark, st.just("RED"), owners, some(PEOPLE, min_size=1)),
    st.builds(Mark, st.just("GREEN"), st.sampled_from(ORGANISATIONS), st.just(frozenset()), DAYS | st.none()),
    st.builds(Mark, st.just("AMBER"), st.sampled_from(ORGANISATIONS), some(GROUPS), st.none(), DAYS),
)
viewers = st.just(PUBLIC) | st.builds(
    lambda person, others: Viewer(person, others | {"public", "community", person}),
    st.sampled_from(PEOPLE),
    some(ORGANISATIONS + GROUPS),
)


@given(st.lists(marks, max_size=12), viewers, DAYS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_visible_to_keeps_exactly_the_rows_that_decide_allows(
    given_marks: list[Mark], viewer: Viewer, day: date
) -> None:
    clear_caches()
    for mark in given_marks:
        mark_class_for(mark)
    for today in (day, day + timedelta(days=1)):
        with patch("plumbline.apps.spine.queries.today", lambda now=today: now):
            seen = {row.digest for row in visible_to(MarkClass.objects.all(), viewer, "id")}
            allowed = {row.digest for row in MarkClass.objects.all() if decide(viewer, "read", row.mark, today).allowed}
        assert seen == allowed


def test_visible_to_follows_a_class_that_is_added_later() -> None:
    mark_class_for(Mark("AMBER", "org:customs"))
    assert not visible_to(MarkClass.objects.all(), PUBLIC, "id").exists()
    mark_class_for(Mark())
    assert visible_to(MarkClass.objects.all(), PUBLIC, "id").count() == 1


def test_equal_marks_are_one_class() -> None:
    first = mark_class_for(Mark("AMBER", "org:police", frozenset({"group:basel", "person:ann"})))
    again = mark_class_for(Mark("AMBER", "org:police", frozenset({"person:ann", "group:basel"})))
    assert first.pk == again.pk
