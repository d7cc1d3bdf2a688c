"""What is done on records can be taken back exactly, and what is erased is gone."""

from __future__ import annotations

from typing import Any

import pytest
from tests.factories import House, a_record, a_work, claim, fresh, said

from plumbline.apps.library import queries
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
from plumbline.apps.records import actions
from plumbline.apps.records.actions import _INVERSES, can_undo, dismiss_candidate, undo
from plumbline.apps.records.models import Candidate
from plumbline.apps.spine.models import AuditEntry
from plumbline.apps.spine.queries import audit_log, broken_links, mark_of_class
from plumbline.domain.access import Mark, Viewer
from plumbline.domain.errors import Conflict, Forbidden, NotFound

pytestmark = pytest.mark.django_db

POLICE = Mark("AMBER", "org:police")
GREEN = Mark("GREEN", "org:police")


def state() -> dict[str, Any]:
    """Everything that undoing must give back: entries, claims, works, pairs."""
    entries = Entry.objects.values_list(
        "public_id", "status", "mark_class", "title", "date", "values", "has_overlay", "merged_into"
    )
    return {
        "entries": sorted(entries),
        "claims": sorted(Claim.objects.values_list("public_id", "entry", "value", "status", "mark_class", "came_from")),
        "facets": sorted(Entry.objects.values_list("public_id", "facets__field", "facets__value", "facets__status")),
        "works": [(one.language, one.publisher, one.reliability, one.withdrawn_at) for one in _works()],
        "pairs": sorted(Candidate.objects.values_list("pk", "state")),
    }


def _works() -> list[Any]:
    return [one.work for one in Entry.objects.filter(kind="work").select_related("work").order_by("pk")]


def last(verb: str) -> AuditEntry:
    found = audit_log().filter(verb=verb).first()
    assert found is not None
    return found


def row(entry: Entry, name: str, by: Viewer) -> Claim:
    return next(one for one in queries.claims_of(entry, by) if one.field == name)


# --- values ---------------------------------------------------------------------------------------------------------


def test_value_by_hand_is_the_persons_claim_and_counts_at_once_before_extracted_ones(house: House) -> None:
    work = a_work(house, "It lay in Lagos, they said. It was heavy.")
    record = a_record(house, said("note", "in Lagos", work, extractor="rules/1", confidence=0.9), status="proposed")
    assert fresh(record).values["note"] == ["in Lagos"]
    add_claims(record, [claim("note", "at Apapa")], by=house.cy)
    mine = next(one for one in queries.claims_of(record, house.ann) if one.value == "at Apapa")
    assert (mine.person, mine.status, mine.extractor, mine.passage_id) == (house.cy.person, "accepted", "", None)
    assert fresh(record).values["note"] == ["at Apapa"]
    decide_claims(
        [one for one in queries.claims_of(record, house.ann) if one.value == "in Lagos"], "accepted", by=house.ann
    )
    assert fresh(record).values["note"] == ["at Apapa"]


def test_value_of_more_sources_stands_before_a_surer_one(house: House) -> None:
    one, two, three = (
        a_work(house, f"Report {n} says that it was lead, much of it.", name=f"{n}.txt") for n in range(3)
    )
    record = a_record(
        house, said("country", "lead", one, value="NG", extractor="x", confidence=0.6),
        said("country", "lead", two, value="NG", extractor="x", confidence=0.6),
        said("country", "lead", three, value="IT", extractor="x", confidence=0.9),
    )  # fmt: skip
    assert fresh(record).values["country"] == ["NG"]
    decide_claims([c for c in queries.claims_of(record, house.ann) if c.value == "IT"], "accepted", by=house.ann)
    assert fresh(record).values["country"] == ["IT"]


def test_claims_of_reader_and_of_contributor_are_refused_where_the_role_does_not_reach(house: House) -> None:
    record = a_record(house, claim("note"))
    with pytest.raises(Forbidden):
        add_claims(record, [claim("name")], by=house.bo)
    with pytest.raises(Forbidden):
        decide_claims(queries.claims_of(record, house.di), "rejected", by=house.di)
    assert fresh(record).values == {"note": ["seen at the port"]}


def test_erased_value_is_nowhere_and_the_chain_of_acts_still_holds(house: House) -> None:
    record = a_record(house, claim("note", "Xanthippe Quarles"), claim("name", "kept"))
    found = row(record, "note", house.ann)
    decide_claims([found], "accepted", by=house.ann)
    erase_claim(found, by=house.ann)
    shell = Claim.objects.get(public_id=found.public_id)
    assert (shell.value, shell.status) == (None, "erased")
    assert fresh(record).values == {"name": ["kept"]}
    for act in audit_log():
        assert "Xanthippe" not in f"{act.detail}{act.refs}"
    assert "Xanthippe" not in str(state())
    assert list(broken_links()) == []
    assert last("claim.erase").detail["value"].keys() == {"salt", "sha256"}
    with pytest.raises(Conflict):
        decide_claims([shell], "accepted", by=house.ann)
    with pytest.raises(Conflict):
        undo(last("claim.decide"), by=house.ann)
    assert fresh(record).values == {"name": ["kept"]}


# --- taking back ----------------------------------------------------------------------------------------------------


def _decide(house: House, record: Entry, work: Entry) -> None:
    decide_claims(queries.claims_of(record, house.ann)[:2], "rejected", by=house.ann)


def _accept(house: House, record: Entry, work: Entry) -> None:
    set_status(record, "accepted", by=house.ann)


def _reject(house: House, record: Entry, work: Entry) -> None:
    set_status(record, "rejected", by=house.ann)


def _merge(house: House, record: Entry, work: Entry) -> None:
    other = Entry.objects.exclude(pk=record.pk).get(kind="record")
    merge_records(record, [fresh(other)], by=house.ann)


def _tighten(house: House, record: Entry, work: Entry) -> None:
    mark_claim(row(record, "name", house.ann), POLICE, by=house.ann)


def _tighten_record(house: House, record: Entry, work: Entry) -> None:
    mark_entry(record, POLICE, by=house.ann)


def _tighten_work(house: House, record: Entry, work: Entry) -> None:
    mark_entry(work, POLICE, by=house.ann)


def _describe(house: House, record: Entry, work: Entry) -> None:
    describe_work(work, {"title": "New", "publisher": "UN", "reliability": "B", "date": "2011-02-03"}, by=house.ann)


def _withdraw(house: House, record: Entry, work: Entry) -> None:
    withdraw_work(work, "a forgery", by=house.ann)


def _dismiss(house: House, record: Entry, work: Entry) -> None:
    dismiss_candidate(Candidate.objects.select_related("entry__workspace", "other").get(), by=house.ann)


CASES = {
    "decide": ("claim.decide", _decide), "accept": ("record.status", _accept), "reject": ("record.status", _reject),
    "merge": ("record.merge", _merge), "claim mark": ("claim.mark", _tighten), "record mark": ("entry.mark", _tighten_record),
    "work mark": ("entry.mark", _tighten_work), "describe": ("work.describe", _describe),
    "withdraw": ("work.withdraw", _withdraw), "dismiss": ("candidate.dismiss", _dismiss),
}  # fmt: skip


@pytest.fixture
def scene(house: House) -> tuple[Entry, Entry]:
    """A record with claims of several statuses and marks, another, a pair of both, and a work they rest on."""
    work = a_work(house, "Ann Lee left the port.", "Then Ann Lee was gone, they said.")
    record = a_record(
        house, said("name", "Ann Lee", work), claim("note"), claim("victim"), claim("place"),
        said("country", "port", work, value="NG", extractor="x"), status="proposed",
    )  # fmt: skip
    other = a_record(house, said("name", "Ann Lee", work, nth=1), claim("date"), mark=POLICE)
    Candidate.objects.create(entry=record, other=other, score=0.7)
    return fresh(record), work


@pytest.mark.parametrize("case", CASES)
def test_undo_gives_back_exactly_what_was(house: House, scene: tuple[Entry, Entry], case: str) -> None:
    verb, act = CASES[case]
    before = state()
    act(house, *scene)
    assert state() != before
    undo(last(verb), by=house.ann)
    assert state() == before
    assert audit_log().first().verb == "act.undo"
    assert list(broken_links()) == []


def test_every_verb_with_an_inverse_is_tried_here() -> None:
    apart = {"claim.add", "record.split", "record.many", "task.set"}  # the last two in tests/apps/teamwork
    assert {verb for verb, _ in CASES.values()} | apart == set(_INVERSES)


def test_undoing_an_addition_rejects_what_was_added(house: House, scene: tuple[Entry, Entry]) -> None:
    record, _ = scene
    values = fresh(record).values
    add_claims(record, [claim("note", "elsewhere")], by=house.ann)
    undo(last("claim.add"), by=house.ann)
    assert fresh(record).values == values


def test_undoing_a_split_merges_again(house: House, scene: tuple[Entry, Entry]) -> None:
    record, work = scene
    _merge(house, record, work)
    merged = state()
    split_record(Entry.objects.get(status="merged"), by=house.ann)
    undo(last("record.split"), by=house.ann)
    assert state() | {"pairs": 0} == merged | {"pairs": 0}


def test_undo_leaves_what_others_did_since(house: House, scene: tuple[Entry, Entry]) -> None:
    record, _ = scene
    note, place = row(record, "note", house.ann), row(record, "place", house.ann)
    decide_claims([note, place], "rejected", by=house.ann)
    act = last("claim.decide")
    decide_claims([place], "proposed", by=house.cy)
    undo(act, by=house.ann)
    assert [row(record, name, house.ann).status for name in ("note", "place")] == ["accepted", "proposed"]
    with pytest.raises(Conflict) as told:
        undo(act, by=house.ann)
    assert told.value.code == "act.overtaken"


def test_undoing_a_rejection_accepts_nothing_that_waited(house: House) -> None:
    record = a_record(house, claim("note"))
    add_claims(record, [claim("name", extractor="x")], by=house.ann)
    set_status(fresh(record), "rejected", by=house.ann)
    undo(last("record.status"), by=house.ann)
    assert fresh(record).status == "accepted"
    assert row(record, "name", house.ann).status == "proposed"


def test_act_without_inverse_says_so(house: House, scene: tuple[Entry, Entry]) -> None:
    act = audit_log().filter(verb="record.create").first()
    assert not can_undo(act)
    with pytest.raises(Conflict) as told:
        undo(act, by=house.ann)
    assert told.value.code == "act.final"


def test_undo_needs_the_role_that_the_act_needs(house: House, scene: tuple[Entry, Entry]) -> None:
    _decide(house, *scene)
    with pytest.raises(Forbidden):
        undo(last("claim.decide"), by=house.di)


# --- merging --------------------------------------------------------------------------------------------------------


def test_merged_record_is_as_visible_as_its_least_strict_member_and_each_value_keeps_its_mark(house: House) -> None:
    strict = a_record(house, claim("note", "secret"), mark=POLICE)
    wide = a_record(house, claim("name", "open"), mark=GREEN)
    merge_records(strict, [wide], by=house.ann)
    assert mark_of_class(fresh(strict).mark_class_id) == GREEN
    for viewer, seen in ((house.cy, {"name": ["open"]}), (house.bo, {"note": ["secret"], "name": ["open"]})):
        shown = queries.values_for([queries.get_entry(strict.public_id, viewer)], viewer)[strict.pk]
        assert {name: [one.value for one in found] for name, found in shown.items()} == seen


def test_records_of_two_owners_merge_into_one_that_both_see_with_their_own_values(house: House) -> None:
    ours = Mark("AMBER", "org:police", frozenset({"person:" + house.people["eve"]}))
    theirs = Mark("AMBER", "org:customs", frozenset({"person:" + house.people["eve"]}))
    one = a_record(house, claim("note", "police"), mark=ours)
    other = a_record(house, claim("name", "customs"), mark=theirs, by=house.cy)
    merge_records(one, [other], by=house.eve)
    for viewer, name in ((house.ann, "note"), (house.cy, "name")):
        found = queries.get_entry(one.public_id, viewer)
        assert set(queries.values_for([found], viewer)[one.pk]) == {name}
        assert queries.follow_merge(other.public_id, house.cy) == found
    with pytest.raises(NotFound):
        queries.get_entry(one.public_id, house.di)


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_three_records_merged_part_again_as_they_were_in_any_order(house: House, order: tuple[int, int]) -> None:
    marks = [red_for(house), POLICE, GREEN]
    records = [
        a_record(house, claim("note", str(n)), claim("name", str(n)), mark=marks[n], status="proposed")
        for n in range(3)
    ]
    set_status(records[2], "accepted", by=house.ann)
    before = state()
    for n in (1, 2):
        merge_records(fresh(records[0]), [fresh(records[n])], by=house.ann)
    assert mark_of_class(fresh(records[0]).mark_class_id) == GREEN
    assert fresh(records[0]).status == "accepted"
    for n in order:
        split_record(fresh(records[n]), by=house.ann)
        wide = Mark("AMBER", "org:police", red_for(house).audience) if order == (2, 1) else GREEN
        if n == order[0]:
            assert mark_of_class(fresh(records[0]).mark_class_id) == wide
    assert state() == before


def test_merged_record_that_had_members_takes_them_along_when_it_parts(house: House) -> None:
    one, two, three = (a_record(house, claim("note", str(n))) for n in range(3))
    before = state()
    merge_records(fresh(two), [fresh(three)], by=house.ann)
    inner = state()
    merge_records(fresh(one), [fresh(two)], by=house.ann)
    assert queries.follow_merge(three.public_id, house.bo) == one
    assert {c.value for c in queries.claims_of(one, house.ann)} == {"0", "1", "2"}
    split_record(fresh(two), by=house.ann)
    assert state() == inner
    split_record(fresh(three), by=house.ann)
    assert state() == before
    assert queries.follow_merge(three.public_id, house.bo) is None


def test_mark_that_a_person_set_after_merging_stays_when_the_member_parts(house: House) -> None:
    one, two = a_record(house, claim("note"), mark=POLICE), a_record(house, claim("name"), mark=GREEN)
    merge_records(one, [two], by=house.ann)
    mark_entry(fresh(one), red_for(house), by=house.ann)
    split_record(fresh(two), by=house.ann)
    assert mark_of_class(fresh(one).mark_class_id) == red_for(house)


def test_merging_what_is_merged_already_is_refused(house: House) -> None:
    one, two, three = (a_record(house, claim("note", str(n))) for n in range(3))
    merge_records(one, [two], by=house.ann)
    for into, other in ((three, two), (two, three), (one, one)):
        with pytest.raises(Conflict):
            merge_records(fresh(into), [fresh(other)], by=house.ann)
    with pytest.raises(Conflict):
        set_status(fresh(two), "accepted", by=house.ann)


def test_merging_a_pair_settles_it_and_undoing_that_opens_it_again(house: House, scene: tuple[Entry, Entry]) -> None:
    record, _ = scene
    pair = Candidate.objects.select_related("entry__workspace", "other__workspace").get()
    actions.merge_candidate(pair, record, by=house.ann)
    assert Candidate.objects.get().state == Candidate.MERGED
    undo(last("record.merge"), by=house.ann)
    assert Candidate.objects.get().state == Candidate.OPEN


def red_for(house: House) -> Mark:
    """A mark for Ann alone."""
    return Mark("RED", "org:police", frozenset({house.ann.person or ""}))
