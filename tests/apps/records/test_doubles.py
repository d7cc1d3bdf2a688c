"""Actors of one workspace that bear nearly one name: proposed as pairs, for whom, until when, merged or set apart."""

from __future__ import annotations

import html
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests import factories as make
from tests.apps.records.test_naming import FIRST, POLICE, SPACE, records, report

from plumbline.apps.library.actions import add_claims, create_record
from plumbline.apps.library.models import Entry, TieKey
from plumbline.apps.library.ties import MOST_AT_KEY
from plumbline.apps.records import queries
from plumbline.apps.records.actions import dismiss_candidate, edit_record, enter_record, merge_candidate, undo
from plumbline.apps.records.linking import find_doubles, reasons_for
from plumbline.apps.records.models import Candidate
from plumbline.apps.spine.models import AuditEntry
from plumbline.domain.access import Mark

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> make.House:
    return make.a_house(SPACE.format(slug="trial"))


def firm(house: make.House, name: str, *more: Any, **options: Any) -> Entry:
    entry = enter_record(house.workspace, "organisation", [make.NewClaim("name", name), *more], by=house.ann, **options)
    make.run_jobs()
    return make.fresh(entry)


def pairs(house: make.House, who: str = "ann") -> list[tuple[str, str]]:
    found = queries.open_candidates(house.person(who), house.workspace)
    return [(one.entry.title, one.other.title) for one in found.select_related("entry", "other")]


def test_two_actors_of_nearly_one_name_are_a_pair_that_says_why(house: make.House) -> None:
    in_italy = make.NewClaim("country", "IT")
    one = firm(house, "Nordkap Trading Ltd", in_italy)
    other = firm(house, "Nordkapp Tradng Limited", in_italy)
    firm(house, "Nordkap Trading GmbH")  # another legal form
    firm(house, "Southern Haulage Ltd")
    assert pairs(house) == [("Nordkap Trading Ltd", "Nordkapp Tradng Limited")]
    (reasons,) = reasons_for([(one, other)], house.ann)
    assert [reason.kind for reason in reasons] == ["called", "country"]
    assert reasons[0].detail == "Nordkap Trading Ltd = Nordkapp Tradng Limited"
    page = html.unescape(make.signed_in(house, "ann").get("/w/trial/review/").content.decode())
    assert "called Nordkap Trading Ltd = Nordkapp Tradng Limited" in page
    assert "one actor" in page
    pair = Candidate.objects.get()
    page = html.unescape(make.signed_in(house, "ann").get(f"/w/trial/pairs/{pair.pk}/").content.decode())
    assert "Is this one actor, or two?" in page
    assert "One actor: merge" in page


def test_numbers_that_differ_keep_actors_apart(house: make.House) -> None:
    for number in ("HRB 1", "HRB 2"):
        firm(house, "Nordkap Trading Ltd", make.NewClaim("number", number))
    assert pairs(house) == []


def test_actor_that_a_report_names_meets_those_recorded(house: make.House) -> None:
    firm(house, "Norkap Trading Ltd")  # sounds otherwise, so that the report's name is not joined to it
    report(house, FIRST)
    make.run_jobs()
    assert [one.title for one in records("organisation")] == ["Norkap Trading Ltd", "Nordkap Trading Ltd"]
    assert pairs(house) == [("Norkap Trading Ltd", "Nordkap Trading Ltd")]


def test_pair_comes_and_goes_with_a_name(house: make.House) -> None:
    one, other = firm(house, "Nordkap Trading Ltd"), firm(house, "Southern Haulage")
    assert pairs(house) == []
    for name, expected in (
        ("Nordkap Tradng Ltd", [("Nordkap Trading Ltd", "Nordkap Tradng Ltd")]),
        ("Eastern Freight", []),
    ):
        before = [claim for claim in other.claims.filter(field="name") if claim.status == "accepted"]
        edit_record(make.fresh(other), [make.NewClaim("name", name)], before, by=house.ann)
        make.run_jobs()
        assert pairs(house) == expected
    assert one.status == "accepted"


def test_pair_that_was_set_apart_stays_apart_and_a_merge_can_be_undone(house: make.House) -> None:
    one, other = firm(house, "Nordkap Trading Ltd"), firm(house, "Nordkap Tradng Ltd")
    dismiss_candidate(Candidate.objects.get(), by=house.ann)
    find_doubles([make.fresh(one), make.fresh(other)])
    assert pairs(house) == []
    undo(AuditEntry.objects.filter(verb="candidate.dismiss").get(), by=house.ann)
    assert len(pairs(house)) == 1
    merge_candidate(Candidate.objects.get(), one, by=house.ann)
    make.run_jobs()
    assert pairs(house) == []
    undo(AuditEntry.objects.filter(verb="record.merge").get(), by=house.ann)
    make.run_jobs()
    assert len(pairs(house)) == 1


def test_pair_is_shown_to_those_alone_who_may_see_both_and_rests_on_what_they_all_see(house: make.House) -> None:
    firm(house, "Nordkap Trading Ltd")
    firm(house, "Nordkap Tradng Ltd", mark=POLICE)
    assert len(pairs(house, "ann")) == 1
    assert pairs(house, "cy") == []
    open_one = firm(house, "Southern Haulage")
    firm(house, "Eastern Freight")
    add_claims(
        open_one, [make.NewClaim("alias", "Eastern Freight", mark=Mark("AMBER+STRICT", "org:police"))], by=house.ann
    )
    find_doubles([make.fresh(open_one)])
    assert len(pairs(house, "ann")) == 1  # the strict alias makes no pair that tells of it


def test_actors_of_other_types_and_workspaces_make_no_pair(house: make.House) -> None:
    firm(house, "Ann Lee Trading")
    enter_record(house.workspace, "person", [make.NewClaim("name", "Ann Lee Trading")], by=house.ann)
    make.run_jobs()
    assert pairs(house) == []


def test_key_that_too_many_share_makes_no_pairs_and_queries_do_not_grow_with_the_house(house: make.House) -> None:
    other = firm(house, "Nordkap Tradng Ltd")
    one = firm(house, "Nordkap Trading Ltd")
    with CaptureQueriesContext(connection) as few:
        find_doubles([one])
    keys = list(TieKey.objects.filter(entry=one).values_list("key", flat=True))
    for n in range(MOST_AT_KEY):
        made = create_record(house.workspace, "organisation", [make.NewClaim("name", f"Firm {n}")], by=house.ann)
        TieKey.objects.bulk_create([TieKey(entry=made, key=key) for key in keys])
    with CaptureQueriesContext(connection) as many:
        find_doubles([one])
    assert len(many) <= len(few)
    assert pairs(house) == []  # the keys are crowded now, so that they tell nothing
    assert other.status == "accepted"
