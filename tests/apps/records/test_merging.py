"""Merges of merges, and records taken out of them again: every claim comes back to its own record, and nothing else changes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import factories as make

from plumbline.apps.library import queries
from plumbline.apps.library.actions import (
    add_claims,
    decide_claims,
    mark_entry,
    merge_records,
    set_status,
    split_record,
)
from plumbline.apps.library.merging import mark_with
from plumbline.apps.library.models import Claim, Entry, Mask
from plumbline.apps.records.actions import undo
from plumbline.apps.spine.models import AuditEntry
from plumbline.apps.spine.queries import audit_log, clear_caches, mark_of_class
from plumbline.apps.teamwork.actions import set_task, write_comment
from plumbline.apps.teamwork.queries import comments_of, task_of, tasks_for
from plumbline.domain.access import Mark
from plumbline.domain.errors import Conflict, NotFound, PlumblineError

pytestmark = pytest.mark.django_db
POLICE = Mark("AMBER", "org:police")
GREEN = Mark("GREEN", "org:police")


def some(house: make.House, count: int, **options: Any) -> list[Entry]:
    """Records whose notes are their numbers."""
    return [make.a_record(house, make.claim("note", str(n)), **options) for n in range(count)]


def merge(house: make.House, into: Entry, *others: Entry) -> AuditEntry:
    merge_records(make.fresh(into), [make.fresh(one) for one in others], by=house.ann)
    return last("record.merge")


def split(house: make.House, member: Entry) -> AuditEntry:
    split_record(make.fresh(member), by=house.ann)
    return last("record.split")


def last(verb: str) -> AuditEntry:
    found = audit_log().filter(verb=verb).first()
    assert found is not None
    return found


def notes(*entries: Entry) -> list[set[str]]:
    """The notes that the claims on each record say."""
    return [set(Claim.objects.filter(entry=one, field="note").values_list("value", flat=True)) for one in entries]


def state() -> dict[str, Any]:
    """Everything about records that a merge changes and taking it back gives back."""
    columns = ("public_id", "status", "mark_class", "title", "values", "has_overlay", "merged_into")
    claims = ("public_id", "entry", "value", "status", "mark_class", "came_from", "start", "end")
    return {
        "entries": sorted(Entry.objects.values_list(*columns)),
        "claims": sorted(Claim.objects.values_list(*claims)),
        "facets": sorted(Entry.objects.values_list("public_id", "facets__field", "facets__value", "facets__status")),
        "masks": sorted(Mask.objects.values_list("claim", "passage", "mark_class", "start", "end")),
    }


# --- chains ---------------------------------------------------------------------------------------------------------


def test_member_of_a_record_that_was_merged_since_takes_its_claims_out_of_where_they_are(house: make.House) -> None:
    a, b, c = some(house, 3)
    before = state()
    merge(house, a, b)
    merge(house, c, a)
    split(house, b)
    assert notes(a, b, c) == [set(), {"1"}, {"0", "2"}]
    assert (make.fresh(b).status, make.fresh(b).values["note"]) == ("accepted", ["1"])
    assert (make.fresh(a).status, make.fresh(a).merged_into_id) == ("merged", c.pk)
    split(house, a)
    assert state() == before


@pytest.mark.parametrize("order", ["abd", "adb", "bad", "bda", "dab", "dba"])
def test_members_at_any_depth_part_in_any_order(house: make.House, order: str) -> None:
    a, b, c, d = some(house, 4)
    before = state()
    merge(house, b, d)
    merge(house, a, b)
    merge(house, c, a)
    for name in order:
        split(house, {"a": a, "b": b, "d": d}[name])
    assert state() == before


def test_values_added_to_a_merged_record_stay_with_the_record_that_they_were_added_to(house: make.House) -> None:
    a, b, c = some(house, 3)
    merge(house, a, b)
    add_claims(make.fresh(a), [make.claim("note", "said of both")], by=house.ann)
    merge(house, c, a)
    add_claims(make.fresh(c), [make.claim("note", "said of all")], by=house.ann)
    split(house, b)
    assert notes(a, b, c) == [set(), {"1"}, {"0", "2", "said of both", "said of all"}]
    split(house, a)
    assert notes(a, b, c) == [{"0", "said of both"}, {"1"}, {"2", "said of all"}]


def test_record_taken_out_can_be_merged_elsewhere_and_keeps_what_is_its_own(house: make.House) -> None:
    a, b, c, d = some(house, 4)
    merge(house, a, b)
    merge(house, c, a)
    split(house, b)
    merge(house, d, b)
    split(house, a)
    assert notes(a, b, c, d) == [{"0"}, set(), {"2"}, {"1", "3"}]
    split(house, b)
    assert notes(a, b, c, d) == [{"0"}, {"1"}, {"2"}, {"3"}]


def test_ring_that_two_made_at_once_before_is_parted_by_one_split(house: make.House) -> None:
    a, b = some(house, 2)
    merge(house, a, b)
    Claim.objects.filter(entry=a, came_from="").update(came_from=a.public_id)
    Claim.objects.filter(entry=a).update(entry=b)
    Entry.objects.filter(pk=a.pk).update(status="merged", merged_into=b)
    split(house, b)
    assert notes(a, b) == [set(), {"0", "1"}]
    assert make.fresh(b).status == "accepted"
    split(house, a)
    assert notes(a, b) == [{"0"}, {"1"}]
    assert set(Claim.objects.values_list("came_from", flat=True)) == {""}


# --- status and mark ------------------------------------------------------------------------------------------------


def test_status_that_only_a_member_gave_goes_with_it_from_every_record_above(house: make.House) -> None:
    a, c = some(house, 2, status="proposed")
    b = make.a_record(house, make.claim("note", "b"))
    merge(house, a, b)
    merge(house, c, a)
    assert make.fresh(c).status == "accepted"
    split(house, b)
    assert make.fresh(c).status == "proposed"
    split(house, a)
    assert [make.fresh(one).status for one in (a, b, c)] == ["proposed", "accepted", "proposed"]


def test_width_that_only_a_member_gave_goes_with_it_from_every_record_above(house: make.House) -> None:
    a, c = some(house, 2, mark=POLICE)
    b = make.a_record(house, make.claim("note", "b"), mark=GREEN)
    merge(house, a, b)
    merge(house, c, a)
    assert mark_of_class(make.fresh(c).mark_class_id) == GREEN
    split(house, b)
    assert [mark_of_class(make.fresh(one).mark_class_id) for one in (a, c)] == [POLICE, POLICE]
    assert queries.entries_with([c.public_id], house.cy) == {}


def test_mark_set_by_a_person_on_the_standing_record_stays_when_a_member_inside_a_member_parts(
    house: make.House,
) -> None:
    a, c = some(house, 2, mark=POLICE)
    b = make.a_record(house, make.claim("note", "b"), mark=GREEN)
    merge(house, a, b)
    merge(house, c, a)
    alone = Mark("RED", "org:police", frozenset({house.ann.person or ""}))
    mark_entry(make.fresh(c), alone, by=house.ann)
    set_status(make.fresh(c), "rejected", by=house.ann)
    split(house, b)
    assert mark_of_class(make.fresh(c).mark_class_id) == alone
    assert make.fresh(c).status == "rejected"
    assert mark_of_class(make.fresh(a).mark_class_id) == POLICE


# --- what hangs on records ------------------------------------------------------------------------------------------


def test_comments_and_tasks_and_evidence_of_a_member_inside_a_member_come_out_with_it(house: make.House) -> None:
    work = make.a_work(house, "Ann Lee left the port.", "Jane Roe was never named.")
    a, c = some(house, 2)
    b = make.a_record(
        house, make.said("name", "Ann Lee", work), make.said("victim", "Jane Roe", work, mark=POLICE), status="proposed"
    )
    set_task(b, {"assignee": house.di.person or "", "due": "2030-01-02"}, by=house.ann)
    write_comment(b, "@Di, is Jane Roe the same?", by=house.ann)
    before = state()
    merge(house, a, b)
    merge(house, c, a)
    assert [one.merged for one in comments_of(make.fresh(c), house.di)] == [b.public_id]
    split(house, b)
    split(house, a)
    assert state() == before
    own = make.fresh(b)
    assert [one.text for one in comments_of(own, house.di)] == ["@Di, is ████████ the same?"]
    assert comments_of(make.fresh(c), house.di) == comments_of(make.fresh(a), house.di) == []
    task = task_of(own, house.di)
    assert task is not None
    assert (task.assignee, str(task.due)) == (house.di.person, "2030-01-02")
    assert [one.entry_id for one in tasks_for(house.di)] == [b.pk]
    assert {one.pk for one in queries.resting_on(make.fresh(work), house.ann)} == {b.pk}


def test_relations_to_and_of_a_member_inside_a_member_are_its_own_again(house: make.House) -> None:
    a, c, named = some(house, 3)
    b = make.a_record(house, make.claim("related", named.public_id), make.claim("note", "b"))
    naming = make.a_record(house, make.claim("related", b.public_id))
    before = state()
    merge(house, a, b)
    merge(house, c, a)
    assert make.fresh(c).values["related"] == [named.public_id]
    page = make.signed_in(house, "ann").get(f"/r/{naming.public_id}/").content.decode()
    assert f"/r/{c.public_id}/" in page
    split(house, b)
    split(house, a)
    assert state() == before
    page = make.signed_in(house, "ann").get(f"/r/{naming.public_id}/").content.decode()
    assert f"/r/{b.public_id}/" in page


def test_page_of_a_record_lists_what_lives_on_in_it_at_any_depth(house: make.House) -> None:
    a, b, c = some(house, 3)
    merge(house, a, b)
    merge(house, c, a)
    page = make.signed_in(house, "ann").get(f"/r/{c.public_id}/").content.decode()
    section = page[page.index('id="merged"') :]
    assert f"/r/{a.public_id}/" in section
    assert f"/r/{b.public_id}/" in section


# --- taking acts back -----------------------------------------------------------------------------------------------


def test_merge_taken_back_after_the_whole_was_merged_gives_the_claims_back(house: make.House) -> None:
    a, b, c = some(house, 3)
    act = merge(house, a, b)
    merge(house, c, a)
    undo(act, by=house.ann)
    assert notes(a, b, c) == [set(), {"1"}, {"0", "2"}]


def test_merge_taken_back_takes_a_member_out_of_nothing_that_others_merged_it_into_since(house: make.House) -> None:
    a, b, c = some(house, 3)
    act = merge(house, a, b)
    split(house, b)
    merge(house, c, b)
    before = state()
    with pytest.raises(Conflict) as told:
        undo(act, by=house.ann)
    assert told.value.code == "act.overtaken"
    assert state() == before
    again = merge(house, c, a)
    split(house, a)
    merge(house, c, a)
    with pytest.raises(Conflict):
        undo(again, by=house.ann)
    assert make.fresh(a).merged_into_id == c.pk


def test_merge_of_several_taken_back_after_another_took_one_of_them_out(house: make.House) -> None:
    a, b, c = some(house, 3)
    before = state()
    act = merge(house, a, b, c)
    split(house, b)
    undo(act, by=house.ann)
    assert state() == before
    with pytest.raises(Conflict) as told:
        undo(act, by=house.ann)
    assert told.value.code == "act.overtaken"


def test_split_taken_back_puts_the_member_into_what_stands_now(house: make.House) -> None:
    a, b, c = some(house, 3)
    merge(house, a, b)
    act = split(house, b)
    merge(house, c, a)
    undo(act, by=house.ann)
    assert notes(a, b, c) == [set(), set(), {"0", "1", "2"}]
    split(house, b)
    split(house, a)
    assert notes(a, b, c) == [{"0"}, {"1"}, {"2"}]


def test_split_taken_back_after_the_member_went_elsewhere_is_refused(house: make.House) -> None:
    a, b, c = some(house, 3)
    merge(house, a, b)
    act = split(house, b)
    merge(house, b, a)
    with pytest.raises(Conflict) as told:
        undo(act, by=house.ann)
    assert told.value.code == "act.overtaken"
    split(house, a)
    merge(house, c, b)
    with pytest.raises(Conflict) as told:
        undo(act, by=house.ann)
    assert told.value.code == "act.overtaken"


def test_decision_on_values_that_have_parted_since_is_taken_back_on_each_record(house: make.House) -> None:
    a, b = some(house, 2)
    merge(house, a, b)
    decide_claims(queries.claims_of(make.fresh(a), house.ann), "rejected", by=house.ann)
    act = last("claim.decide")
    split(house, b)
    assert [make.fresh(one).values for one in (a, b)] == [{}, {}]
    undo(act, by=house.ann)
    assert [make.fresh(one).values["note"] for one in (a, b)] == [["0"], ["1"]]


def test_acceptance_taken_back_reaches_the_values_of_a_member_that_has_parted(house: make.House) -> None:
    a, b = (make.a_record(house, make.claim("note", str(n), extractor="x"), status="proposed") for n in range(2))
    merge(house, a, b)
    set_status(make.fresh(a), "accepted", by=house.ann)
    act = last("record.status")
    split(house, b)
    undo(act, by=house.ann)
    assert [make.fresh(one).status for one in (a, b)] == ["proposed", "proposed"]
    assert set(Claim.objects.values_list("status", flat=True)) == {"proposed"}


@pytest.mark.parametrize(("again", "stands"), [(False, "accepted"), (True, "proposed")])
def test_acceptance_taken_back_leaves_the_values_of_a_parted_member_that_another_accepted(
    house: make.House, again: bool, stands: str
) -> None:
    a, b = (make.a_record(house, make.claim("note", str(n), extractor="x"), status="proposed") for n in range(2))
    merged = merge(house, a, b)
    set_status(make.fresh(a), "accepted", by=house.ann)
    act = last("record.status")
    undo(merged, by=house.ann)
    set_status(make.fresh(b), "accepted", by=house.eve)
    if again:  # and changed her mind
        set_status(make.fresh(b), "proposed", by=house.eve)
    undo(act, by=house.ann)
    assert [make.fresh(one).status for one in (a, b)] == ["proposed", stands]
    assert [Claim.objects.get(entry=one).status for one in (a, b)] == ["proposed", stands]


@pytest.mark.parametrize("way", ["undo", "split"])
def test_member_inside_a_record_that_is_hidden_is_not_taken_out_of_it(house: make.House, way: str) -> None:
    a, b, c = some(house, 3)
    act = merge(house, a, b)
    merge(house, c, a)
    mark_entry(make.fresh(c), Mark("RED", "org:police", frozenset({house.ann.person or ""})), by=house.ann)
    before = state()
    with pytest.raises(NotFound):
        undo(act, by=house.cy) if way == "undo" else split_record(make.fresh(b), by=house.cy)
    assert state() == before
    assert not audit_log().filter(by=house.cy.person).exists()
    undo(act, by=house.ann)
    assert notes(a, b, c) == [set(), {"1"}, {"0", "2"}]


def test_opening_of_a_merged_record_taken_back_closes_the_values_of_a_member_that_has_parted(house: make.House) -> None:
    a, b = some(house, 2, mark=POLICE)
    merge(house, a, b)
    mark_entry(make.fresh(a), GREEN, by=house.ann)
    act = last("entry.mark")
    split(house, b)
    undo(act, by=house.ann)
    marks = {mark_of_class(key) for key in Claim.objects.values_list("mark_class", flat=True)}
    assert marks == {POLICE}


def test_closing_of_a_merged_record_taken_back_opens_no_values_of_a_member_that_has_parted(house: make.House) -> None:
    a, b = some(house, 2, mark=GREEN)
    merge(house, a, b)
    mark_entry(make.fresh(a), POLICE, by=house.ann)
    act = last("entry.mark")
    split(house, b)
    undo(act, by=house.ann)
    marks = {entry: mark_of_class(key) for entry, key in Claim.objects.values_list("entry", "mark_class")}
    assert marks == {a.pk: GREEN, b.pk: POLICE}


# --- whatever is done -----------------------------------------------------------------------------------------------

ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("merge"), st.integers(0, 4), st.integers(0, 4)),
        st.tuples(st.just("merge two"), st.integers(0, 4), st.integers(0, 4)),
        st.tuples(st.just("split"), st.integers(0, 4), st.just(0)),
        st.tuples(st.just("undo"), st.integers(0, 6), st.just(0)),
        st.tuples(st.just("say"), st.integers(0, 4), st.just(0)),
    ),
    min_size=3,
    max_size=14,
)


def _stands(entry: Entry) -> Entry:
    """The record in which one lives on."""
    while entry.merged_into_id is not None:
        entry = Entry.objects.get(pk=entry.merged_into_id)
    return entry


def _do(house: make.House, entries: list[Entry], homes: dict[str, int], one: tuple[str, int, int]) -> None:
    kind, n, m = one
    match kind:
        case "merge":
            merge(house, entries[n], entries[m])
        case "merge two":
            merge(house, entries[n], *{entries[m], entries[(m + 1) % 5]})
        case "split":
            split(house, entries[n])
        case "undo":
            acts = audit_log().filter(verb__in=("record.merge", "record.split"))
            if n < len(acts):
                undo(acts[n], by=house.ann)
        case "say":
            for row in add_claims(make.fresh(entries[n]), [make.claim("note", f"more {len(homes)}")], by=house.ann):
                homes[row.public_id] = entries[n].pk


@given(ACTS)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_is_merged_and_parted_every_claim_is_where_its_own_record_lives_on(
    acts: list[tuple[str, int, int]],
) -> None:
    from django.db import transaction

    with transaction.atomic():
        clear_caches()
        house = make.a_house()
        wide = Mark("AMBER", "org:police", frozenset({"org:customs"}))
        marks = [POLICE, GREEN, wide, POLICE, Mark("AMBER+STRICT", "org:police")]
        entries = [
            make.a_record(house, make.claim("note", str(n)), mark=marks[n], status="accepted" if n == 3 else "proposed")
            for n in range(5)
        ]
        first = {one.pk: (one.status, one.mark_class_id) for one in map(make.fresh, entries)}
        homes = {claim.public_id: claim.entry_id for claim in Claim.objects.all()}
        for one in acts:
            try:
                with transaction.atomic():
                    _do(house, entries, homes, one)
            except PlumblineError:
                continue
            _check(entries, homes, first)
        for _ in range(5):
            for one in Entry.objects.filter(status="merged"):
                split(house, one)
        assert {one.pk: (one.status, one.mark_class_id) for one in map(make.fresh, entries)} == first
        assert {claim.public_id: claim.entry_id for claim in Claim.objects.all()} == homes
        assert set(Claim.objects.values_list("came_from", flat=True)) == {""}
        transaction.set_rollback(True)
    clear_caches()


def _check(entries: list[Entry], homes: dict[str, int], first: dict[int, tuple[str, int]]) -> None:
    now = [make.fresh(one) for one in entries]
    stands = {one.pk: _stands(one).pk for one in now}
    for claim in Claim.objects.all():
        assert claim.entry_id == stands[homes[claim.public_id]]
    for one in now:
        assert (one.status == "merged") == (one.merged_into_id is not None)
        inside = [first[key] for key, root in stands.items() if root == one.pk]
        if one.merged_into_id is None:
            assert (one.status == "accepted") == any(status == "accepted" for status, _ in inside)
            marks = [mark_of_class(mark) for _, mark in inside]
            assert mark_of_class(one.mark_class_id).principals == mark_with(marks[0], marks[1:]).principals
