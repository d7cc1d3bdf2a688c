"""Acts check what stands when their turn comes, not what their caller read before: two people who decide at once."""

from __future__ import annotations

from typing import Any

import pytest
from tests import factories as make

from plumbline.apps.library.actions import (
    add_claims,
    attach_medium,
    caption_medium,
    decide_claims,
    decide_medium,
    delete_search,
    describe_work,
    erase_claim,
    mark_claim,
    mark_entry,
    mark_medium,
    merge_records,
    renew_feed,
    retry_reading,
    save_search,
    set_status,
    split_record,
    withdraw_work,
)
from plumbline.apps.library.models import Claim, Entry, Medium, SavedSearch
from plumbline.apps.library.queries import follow_merge, members_of
from plumbline.apps.library.relations import standing_in_for
from plumbline.apps.library.searching import Asked
from plumbline.apps.records.actions import (
    dismiss_candidate,
    drop_mapping,
    drop_model,
    merge_candidate,
    save_mapping,
    use_model,
)
from plumbline.apps.records.models import Candidate, ImportMapping, TrainedModel
from plumbline.apps.spine.actions import mark_class_for
from plumbline.apps.spine.queries import audit_log, mark_of_class
from plumbline.apps.teamwork.actions import set_task, withdraw_comment, write_comment
from plumbline.apps.teamwork.models import Comment
from plumbline.domain.access import Mark
from plumbline.domain.errors import Conflict, Forbidden, InvalidInput, NotFound

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


def a_medium(house: make.House) -> Medium:
    """A picture on a record, as one person has it at hand who read it before others did anything."""
    record = make.a_record(house, make.claim("note", "seen"))
    given = {"sha256": "0" * 64, "size": 1, "name": "a.png", "media_type": "image/png"}
    row = attach_medium(record, "A drum", **given, by=house.ann)
    return Medium.objects.select_related("entry__workspace").get(pk=row.pk)


def test_medium_decided_and_captioned_meanwhile_keeps_both(house: make.House) -> None:
    held, again = a_medium(house), Medium.objects.get()
    decide_medium(again, "rejected", by=house.eve)
    caption_medium(held, "Another drum", by=house.ann)
    now = Medium.objects.get()
    assert (now.caption, now.state, now.decided_by) == ("Another drum", "rejected", house.eve.person)
    decide_medium(held, "accepted", by=house.ann)
    told = audit_log().filter(verb="medium.decide").first()
    assert told is not None and (told.detail["before"], told.detail["after"]) == ("rejected", "accepted")


def test_medium_tightened_meanwhile_is_not_opened_by_who_may_not(house: make.House) -> None:
    held = a_medium(house)
    mark_medium(Medium.objects.get(), POLICE, by=house.ann)
    with pytest.raises(Forbidden):
        mark_medium(held, Mark("CLEAR", "org:police"), by=house.cy)
    assert mark_of_class(Medium.objects.get().mark_class_id) == POLICE


def test_record_merged_or_tightened_meanwhile_takes_no_medium_and_no_task_or_takes_it_as_strictly(
    house: make.House,
) -> None:
    one, other = two(house)
    given = {"sha256": "0" * 64, "size": 1, "name": "a.png", "media_type": "image/png", "by": house.ann}
    mark_entry(make.fresh(one), POLICE, by=house.ann)
    assert mark_of_class(attach_medium(one, "A drum", **given).mark_class_id) == POLICE
    merge_records(make.fresh(one), [make.fresh(other)], by=house.ann)
    with pytest.raises(Conflict, match="merged"):
        attach_medium(other, "A drum", **given)
    with pytest.raises(Conflict, match="merged"):
        set_task(other, {"state": "review"}, by=house.ann)


def test_comment_taken_back_meanwhile_is_not_taken_back_again(house: make.House) -> None:
    held = write_comment(make.a_record(house, make.claim("note")), "Look at this", by=house.ann)
    withdraw_comment(Comment.objects.get(), by=house.ann)
    at = Comment.objects.get().withdrawn_at
    held.text, held.withdrawn_at = "Look at this", None  # as it was read before
    with pytest.raises(Conflict):
        withdraw_comment(held, by=house.cy)
    assert Comment.objects.get().withdrawn_at == at
    assert audit_log().filter(verb="comment.withdraw").count() == 1


def test_model_dropped_meanwhile_is_not_used_and_one_switched_meanwhile_is_the_one_before(
    house: make.House, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plumbline.domain.extraction.learned.load", lambda path: path)
    klass = mark_class_for(POLICE)
    for number in (1, 2, 3):
        TrainedModel.objects.create(
            workspace=house.workspace, number=number, mark_class=klass, folder=f"models/trial/{number}"
        )
    first, second, third = TrainedModel.objects.order_by("number")
    use_model(house.workspace, TrainedModel.objects.get(number=2), by=house.ann)
    use_model(house.workspace, third, by=house.cy)
    use_model(house.workspace, second, by=house.ann)  # read before it was in use, and before it was so no longer
    assert list(TrainedModel.objects.filter(in_use=True).values_list("number", "used_before")) == [(2, 3)]
    drop_model(TrainedModel.objects.get(number=1), by=house.ann)
    with pytest.raises(Conflict, match="dropped"):
        use_model(house.workspace, first, by=house.ann)
    assert TrainedModel.objects.get(in_use=True).number == 2


def test_search_and_mapping_deleted_meanwhile_are_gone(house: make.House) -> None:
    search = save_search(Asked(text="drums"), "Drums", None, by=house.ann)
    mapping = save_mapping(house.workspace, "incident", "Ours", names={"Note": "note"}, by=house.ann)
    delete_search(SavedSearch.objects.get(), by=house.ann)
    drop_mapping(ImportMapping.objects.get(), house.workspace, by=house.ann)
    for act in (
        lambda: renew_feed(search, by=house.ann),
        lambda: delete_search(search, by=house.ann),
        lambda: drop_mapping(mapping, house.workspace, by=house.ann),
    ):
        with pytest.raises(NotFound):
            act()
    assert not SavedSearch.objects.exists()


def test_field_that_a_blueprint_lost_meanwhile_takes_no_value(house: make.House) -> None:
    held, _ = two(house)
    text = make.BLUEPRINT.replace("      killed: {type: number, label: {en: Killed}}\n", "")
    make.a_workspace(text.replace("version: 1", "version: 2"), accept_loss=True)
    with pytest.raises(InvalidInput, match="killed"):
        add_claims(held, [make.claim("killed")], by=house.ann)


def test_work_read_meanwhile_is_not_read_again(house: make.House) -> None:
    held = make.a_work(house, "Drums were found.", read=False)
    assert held.work.state == "reading"
    make.run_jobs()
    with pytest.raises(Conflict):
        retry_reading(held, by=house.ann)
