"""Acts check what stands when their turn comes, not what their caller read before: two people who decide at once."""

from __future__ import annotations

import pytest
from tests import factories as make

from plumbline.apps.library.actions import (
    add_claims,
    decide_claims,
    describe_work,
    erase_claim,
    mark_claim,
    mark_entry,
    merge_records,
    set_status,
    split_record,
    withdraw_work,
)
from plumbline.apps.library.models import Claim, Entry
from plumbline.apps.library.queries import follow_merge, members_of
from plumbline.apps.library.relations import standing_in_for
from plumbline.apps.records.actions import dismiss_candidate, merge_candidate
from plumbline.apps.records.models import Candidate
from plumbline.apps.spine.queries import mark_of_class
from plumbline.apps.teamwork.actions import set_task
from plumbline.domain.access import Mark
from plumbline.domain.errors import Conflict, Forbidden

pytestmark = pytest.mark.django_db
POLICE = Mark("AMBER+STRICT", "org:police")


def two(house: make.House) -> tuple[Entry, Entry]:
    """Two records, as somebody has them at hand."""
    return make.a_record(house, make.claim("note", "one")), make.a_record(house, make.claim("note", "two"))


def test_two_who_merge_two_records_into_each_other_make_no_ring(house: make.House) -> None:
    one, other = two(house)
    merge_records(make.fresh(one), [make.fresh(other)], by=house.ann)
    with pytest.raises(Conflict):
        merge_records(other, [one], by=house.ann)
    assert (make.fresh(one).status, make.fresh(other).merged_into_id) == ("accepted", one.pk)
    assert set(Claim.objects.values_list("entry_id", flat=True)) == {one.pk}


def test_walk_to_the_standing_record_ends_in_a_ring(house: make.House) -> None:
    one, other = two(house)
    Entry.objects.filter(pk=one.pk).update(status="merged", merged_into=other)
    Entry.objects.filter(pk=other.pk).update(status="merged", merged_into=one)
    found = standing_in_for({one.public_id: make.fresh(one)}, house.ann)
    assert found[one.public_id].pk == other.pk
    assert follow_merge(one.public_id, house.ann) is not None
    assert set(members_of([one.pk], house.ann)) == {one.pk, other.pk}


def test_work_withdrawn_meanwhile_stays_withdrawn_when_it_is_described(house: make.House) -> None:
    work = make.a_work(house, "Drums were found.")
    held = Entry.objects.select_related("work", "workspace").get(pk=work.pk)
    withdraw_work(make.fresh(work), "It is a forgery.", by=house.ann)
    describe_work(held, {"title": "Drums"}, by=house.ann)
    now = make.fresh(work)
    assert (now.title, now.status, now.work.withdrawn_reason) == ("Drums", "withdrawn", "It is a forgery.")
    assert now.work.withdrawn_at is not None


def test_record_merged_meanwhile_takes_no_status_and_no_claims(house: make.House) -> None:
    one, other = two(house)
    merge_records(make.fresh(one), [make.fresh(other)], by=house.ann)
    with pytest.raises(Conflict):
        set_status(make.fresh(other), "rejected", by=house.ann)
    for act in (
        lambda: set_status(other, "rejected", by=house.ann),
        lambda: add_claims(other, [make.claim("name")], by=house.ann),
        lambda: set_task(other, {"state": "published"}, by=house.ann),
    ):
        other.status, other.merged_into = "accepted", None  # as it was read before
        with pytest.raises(Conflict):
            act()
    assert make.fresh(other).status == "merged"
    assert not Claim.objects.filter(entry=other).exists()


def test_split_is_of_what_is_merged_now(house: make.House) -> None:
    one, other = two(house)
    merge_records(make.fresh(one), [make.fresh(other)], by=house.ann)
    held = make.fresh(other)
    split_record(make.fresh(other), by=house.ann)
    with pytest.raises(Conflict):
        split_record(held, by=house.ann)


def test_claim_moved_by_a_merge_is_decided_where_it_is_now(house: make.House) -> None:
    one, other = two(house)
    held = Claim.objects.select_related("entry__workspace").get(entry=other)
    merge_records(make.fresh(one), [make.fresh(other)], by=house.ann)
    assert decide_claims([held], "rejected", by=house.ann).pk == one.pk
    assert (make.fresh(other).status, make.fresh(one).values["note"]) == ("merged", ["one"])


def test_claim_erased_meanwhile_stays_erased(house: make.House) -> None:
    one, _ = two(house)
    held = Claim.objects.select_related("entry__workspace").get(entry=one)
    erase_claim(Claim.objects.get(pk=held.pk), by=house.ann)
    with pytest.raises(Conflict):
        decide_claims([held], "accepted", by=house.ann)


def test_status_set_meanwhile_is_not_written_over(house: make.House) -> None:
    held, _ = two(house)
    set_status(make.fresh(held), "rejected", by=house.ann)
    add_claims(held, [make.claim("name")], by=house.ann)
    assert make.fresh(held).status == "rejected"


def test_mark_tightened_meanwhile_holds(house: make.House) -> None:
    held, other = two(house)
    mine = Claim.objects.select_related("entry__workspace").get(entry=other)
    mark_entry(make.fresh(held), POLICE, by=house.ann)
    mark_claim(Claim.objects.get(pk=mine.pk), POLICE, by=house.ann)
    with pytest.raises(Forbidden):
        mark_entry(held, Mark("CLEAR", "org:police"), by=house.cy)
    with pytest.raises(Forbidden):
        mark_claim(mine, Mark("CLEAR", "org:police"), by=house.cy)
    held.mark_class_id = other.mark_class_id  # as it was read before
    [added] = add_claims(held, [make.claim("name")], by=house.ann)
    assert mark_of_class(added.mark_class_id) == POLICE


def test_pair_decided_meanwhile_is_not_decided_again(house: make.House) -> None:
    one, other = two(house)
    pair = Candidate.objects.create(entry=one, other=other, score=0.9)
    dismiss_candidate(Candidate.objects.get(pk=pair.pk), by=house.ann)
    with pytest.raises(Conflict):
        merge_candidate(pair, one, by=house.eve)
    assert make.fresh(other).status == "accepted"
    Candidate.objects.filter(pk=pair.pk).update(state=Candidate.OPEN)
    merge_candidate(Candidate.objects.get(pk=pair.pk), make.fresh(one), by=house.ann)
    pair.state = Candidate.OPEN  # as it was read before
    with pytest.raises(Conflict):
        dismiss_candidate(pair, by=house.eve)
    assert Candidate.objects.get(pk=pair.pk).state == Candidate.MERGED
