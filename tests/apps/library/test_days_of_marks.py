"""Embargo and expiry: pages, lists and search follow the day by themselves, nothing has to run when it turns."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from unittest.mock import patch

import pytest
from django.test import Client
from tests.factories import House, a_record, a_work, claim, follow, fresh, said

from plumbline.apps.accounts.models import Person
from plumbline.apps.library import queries
from plumbline.apps.library.actions import add_claims
from plumbline.apps.library.merging import widest
from plumbline.apps.library.searching import search_passages
from plumbline.apps.records.queries import Filter, page_of
from plumbline.apps.spine.queries import mark_of_class
from plumbline.domain.access import Mark

pytestmark = pytest.mark.django_db
OPEN = Mark("GREEN", "org:police", embargo=date(2026, 1, 5), expiry=date(2026, 1, 7))
BEFORE, WITHIN, AFTER = date(2026, 1, 4), date(2026, 1, 6), date(2026, 1, 8)


@contextmanager
def on(day: date) -> Iterator[None]:
    with patch("plumbline.apps.spine.queries.today", lambda: day):
        yield


@pytest.mark.usefixtures("index")
def test_search_lists_and_addresses_follow_the_day_without_any_work(house: House) -> None:
    with on(BEFORE):
        work = a_work(house, "Xylophones were seized.", mark=OPEN)
        a_record(house, claim("note", "Xylophones"), mark=OPEN)
        follow()
    for day, seen in ((BEFORE, 0), (WITHIN, 1), (AFTER, 0)):
        with on(day):
            assert search_passages("xylophones", house.cy).total == seen
            assert search_passages("xylophones", house.ann).total == 1
            assert queries.works(house.cy).filter(pk=work.pk).count() == seen
            assert page_of(house.cy, house.workspace, "incident", Filter()).total == seen
            assert page_of(house.ann, house.workspace, "incident", Filter()).total == 1


@pytest.mark.usefixtures("index")
def test_words_withheld_until_a_day_are_found_and_read_from_that_day_on(house: House) -> None:
    green = Mark("GREEN", "org:police")
    with on(BEFORE):
        work = a_work(house, "A woman called Ann Lee signed.", mark=green)
        record = a_record(house, claim("note"), mark=green)
        add_claims(record, [said("name", "Ann Lee", work, mark=OPEN)], by=house.ann)
        follow()
    for day, seen in ((BEFORE, 0), (WITHIN, 1), (AFTER, 0)):
        with on(day):
            assert search_passages("lee", house.cy).total == seen
            assert search_passages("signed", house.cy).total == 1
            assert ("Ann Lee" in queries.passages(fresh(work), house.cy)[0].text) == bool(seen)
            assert ("name" in queries.values_for([fresh(record)], house.cy)[record.pk]) == bool(seen)


def test_days_are_set_on_the_page_and_told_there(house: House) -> None:
    work = a_work(house, "Drums were seized.", mark=Mark("AMBER", "org:police"))
    page = Client()
    person = Person.objects.get(public_id=house.people["ann"])
    page.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    sent = {"level": "GREEN", "embargo": "2126-01-05", "expiry": "2126-01-07"}
    assert page.post(f"/work/{work.public_id}/mark/", sent).status_code == 302
    mark = mark_of_class(fresh(work).mark_class_id)
    assert (mark.embargo, mark.expiry) == (date(2126, 1, 5), date(2126, 1, 7))
    shown = page.get(f"/work/{work.public_id}/").content.decode()
    assert "before 5 January 2126 only Police" in shown
    wrong = page.post(f"/work/{work.public_id}/mark/", sent | {"embargo": "soon"})
    assert wrong.status_code == 400
    assert "soon is no date" in wrong.content.decode()


def test_merged_record_opens_no_earlier_than_its_members(house: House) -> None:
    other = Mark("AMBER", "org:customs")
    assert widest(OPEN, other) == Mark("AMBER", "org:police", frozenset({"org:customs"}))
    assert widest(OPEN, Mark("GREEN", "org:customs")) == Mark("GREEN", "org:customs")
