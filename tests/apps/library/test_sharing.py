"""Nobody sees what they may not: values, columns, masked words, search and addresses, after every act."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import factories as make
from tests.factories import House, a_house, a_record, a_work, claim, follow, fresh, passages_of, said

from plumbline.apps.accounts.actions import put_person
from plumbline.apps.library import queries
from plumbline.apps.library.actions import (
    add_claims,
    create_record,
    decide_claims,
    mark_claim,
    mark_entry,
    merge_records,
    split_record,
)
from plumbline.apps.library.intake import take_in
from plumbline.apps.library.models import Claim, Entry, FacetValue, Mask, Point, Work
from plumbline.apps.library.searching import search_passages
from plumbline.apps.records.actions import undo
from plumbline.apps.spine.queries import clear_caches, history_of, mark_of_class
from plumbline.domain.access import Mark, Viewer, decide
from plumbline.domain.errors import Conflict, Forbidden, InvalidInput, NotFound, PlumblineError

pytestmark = pytest.mark.django_db

POLICE = Mark("AMBER", "org:police")
GREEN = Mark("GREEN", "org:police")
FIRST, SECOND = "The lorry left the port at dawn with drums.", "A man called Ann Lee signed for it in Lagos."
THIRD = "Later ann lee was seen again near the depot by guards."


def only(rows: list[Claim], name: str) -> Claim:
    (found,) = [row for row in rows if row.field == name]
    return found


def values(entry: Entry, viewer: Viewer) -> dict[str, list[Any]]:
    shown = queries.values_for([fresh(entry)], viewer)[entry.pk]
    return {name: [one.value for one in found] for name, found in shown.items()}


# --- values ---------------------------------------------------------------------------------------------------------


def test_stricter_value_is_seen_by_those_it_is_for_and_the_others_see_the_best_they_may(house: House) -> None:
    record = a_record(house, claim("note", "near the port"))
    add_claims(record, [claim("note", "in the cellar of 5 Dock Road", mark=POLICE)], by=house.ann)
    assert values(record, house.bo)["note"] == ["in the cellar of 5 Dock Road"]
    assert values(record, house.cy)["note"] == ["near the port"]
    assert fresh(record).values["note"] == ["near the port"]
    assert [one.value for one in queries.claims_of(fresh(record), house.cy)] == ["near the port"]


def test_field_with_sharing_of_its_own_is_kept_to_who_wrote_it_and_the_owner(house: House) -> None:
    record = a_record(house, claim("note"), mark=Mark("AMBER", "org:police", frozenset({"group:basel"})))
    add_claims(record, [claim("victim", "Jane Roe")], by=house.cy)
    (row,) = (one for one in queries.claims_of(record, house.cy) if one.field == "victim")
    mark = mark_of_class(row.mark_class_id)
    assert mark.level == "AMBER+STRICT"
    assert values(record, house.cy)["victim"] == ["Jane Roe"]
    assert not {"group:basel", "org:customs"} & mark.principals
    assert "victim" not in fresh(record).values


def test_erased_claim_does_not_hide_the_overlay_of_those_who_may_see_it(house: House) -> None:
    from plumbline.apps.library.actions import erase_claim

    record = a_record(house, claim("note", "one"), claim("name", "two"), claim("victim"))
    erase_claim(only(queries.claims_of(record, house.ann), "note"), by=house.ann)
    assert values(record, house.ann) == {"name": ["two"], "victim": ["Jane Roe"]}
    assert values(record, house.cy) == {"name": ["two"]}


MARKS = st.sampled_from(
    [
        Mark(),
        GREEN,
        POLICE,
        Mark("AMBER", "org:police", frozenset({"group:basel"})),
        Mark("AMBER", "org:customs"),
        Mark("AMBER+STRICT", "org:police"),
        Mark("AMBER+STRICT", "org:customs", frozenset({"org:police"})),
    ]
)
NAMES = ["ann", "bo", "cy", "di", "eve"]
FIELDS = ["note", "date", "place", "country", "waste", "solved"]
OTHER = {
    "note": "elsewhere",
    "date": {"start": "1999-01-01", "end": "1999-01-01", "precision": "day"},
    "place": {"name": "Genoa", "lat": 44.4, "lon": 8.9, "country": "IT", "precision": "locality"},
    "country": "IT", "waste": "Y29", "solved": False,
}  # fmt: skip


def holds(house: House) -> None:
    """Check every entry: columns, facets, point and values against the rule, claim by claim and person by person."""
    for entry in Entry.objects.filter(kind=Entry.RECORD).select_related("workspace"):
        own = mark_of_class(entry.mark_class_id)
        claims = [c for c in Claim.objects.filter(entry=entry) if c.status in ("accepted", "proposed")]
        wide = [c for c in claims if mark_of_class(c.mark_class_id).opens_as_wide_as(own)]
        for name, found in entry.values.items():
            assert all(any(c.field == name and c.value == one for c in wide) for one in found)
        if not any(c.field == "date" for c in wide):
            assert entry.date is None
        facets = {(row.field, row.value) for row in FacetValue.objects.filter(entry=entry)}
        assert facets <= {(name, one) for name in FIELDS for one in _facets(name, wide)}
        for point in Point.objects.filter(entry=entry):
            assert (point.lat, point.lon) in {(c.value["lat"], c.value["lon"]) for c in wide if c.field == "place"}
            assert point.mark_class_id == entry.mark_class_id
        assert set(FacetValue.objects.filter(entry=entry).values_list("mark_class_id", flat=True)) <= {
            entry.mark_class_id
        }
        for who in NAMES:
            viewer = house.person(who)
            may = {c.pk for c in claims if decide(viewer, "read", mark_of_class(c.mark_class_id)).allowed}
            if not decide(viewer, "read", own).allowed:
                with pytest.raises(NotFound):
                    queries.get_entry(entry.public_id, viewer)
                continue
            assert {c.pk for c in queries.claims_of(entry, viewer) if c.status in ("accepted", "proposed")} == may
            shown = values(entry, viewer)
            for name, found in shown.items():
                assert all(any(c.pk in may and c.field == name and c.value == one for c in claims) for one in found)
            assert set(shown) == {c.field for c in claims if c.pk in may}


def _facets(name: str, claims: list[Claim]) -> set[str]:
    found = [c.value for c in claims if c.field == name]
    if name == "date":
        return {one["start"][:4] for one in found}
    return {("yes" if one else "no") if isinstance(one, bool) else str(one) for one in found}


ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.sampled_from(FIELDS), MARKS, st.booleans()),
        st.tuples(st.just("mark"), st.integers(0, 9), MARKS),
        st.tuples(st.just("entry"), st.integers(0, 2), MARKS),
        st.tuples(st.just("decide"), st.integers(0, 9), st.sampled_from(["accepted", "rejected", "proposed"])),
        st.tuples(st.just("merge"), st.integers(0, 2), st.integers(0, 2)),
        st.tuples(st.just("split"), st.integers(0, 2)),
        st.tuples(st.just("undo"), st.integers(0, 20)),
    ),
    min_size=1,
    max_size=8,
)


def _do(house: House, records: list[Entry], one: tuple[Any, ...]) -> None:
    ann = house.ann
    records = [fresh(record) for record in records]
    claims = list(Claim.objects.select_related("entry__workspace", "passage__work").order_by("pk"))
    match one:
        case ("add", name, mark, other):
            add_claims(records[0], [claim(name, OTHER[name] if other else None, mark=mark)], by=ann)
        case ("mark", n, mark) if claims:
            mark_claim(claims[n % len(claims)], mark, by=ann)
        case ("entry", n, mark):
            mark_entry(records[n], mark, by=ann)
        case ("decide", n, status) if claims:
            decide_claims([claims[n % len(claims)]], status, by=ann)
        case ("merge", n, m):
            merge_records(records[n], [records[m]], by=ann)
        case ("split", n):
            split_record(records[n], by=ann)
        case ("undo", n):
            acts = list(history_of(f"record:{records[0].public_id}"))
            undo(acts[n % len(acts)], by=ann)


@given(MARKS, ACTS)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_is_done_no_column_and_no_reader_gets_a_stricter_value(
    mark: Mark, acts: list[tuple[Any, ...]]
) -> None:
    from django.db import transaction

    with transaction.atomic():
        clear_caches()
        house = a_house()
        records = [a_record(house, claim("note"), claim("place"), mark=mark)]
        records += [
            a_record(house, claim("date"), claim("waste"), mark=GREEN),
            a_record(house, claim("country"), mark=POLICE),
        ]
        for one in acts:
            try:
                with transaction.atomic():
                    _do(house, records, one)
            except PlumblineError:
                continue
            holds(house)
        transaction.set_rollback(True)


# --- marks ----------------------------------------------------------------------------------------------------------


def test_only_members_of_the_owner_may_open_a_value_to_more(house: House) -> None:
    mark = Mark("AMBER", "org:police", frozenset({"org:customs"}))
    record = a_record(house, claim("note"), mark=mark)
    (row,) = queries.claims_of(record, house.cy)
    with pytest.raises(Forbidden):
        mark_claim(row, Mark(), by=house.cy)
    with pytest.raises(Forbidden):
        mark_entry(record, GREEN, by=house.cy)
    assert mark_of_class(mark_claim(row, Mark(), by=house.ann).mark_class_id) == Mark()


def test_taking_over_the_ownership_of_a_mark_is_refused(house: House) -> None:
    record = a_record(house, claim("note"), mark=Mark("AMBER", "org:police", frozenset({"org:customs"})))
    with pytest.raises(Forbidden):
        mark_entry(record, Mark("AMBER", "org:customs", frozenset({"org:police"})), by=house.cy)


def test_claim_may_not_be_added_wider_than_the_passage_it_rests_on_by_who_does_not_own_that(house: House) -> None:
    shared = Mark("AMBER", "org:police", frozenset({"org:customs"}))
    work = a_work(house, FIRST, SECOND, mark=shared)
    record = a_record(house, claim("note"))
    with pytest.raises(Forbidden):
        add_claims(record, [said("name", "Ann Lee", work, mark=Mark())], by=house.cy)
    assert add_claims(record, [said("name", "Ann Lee", work, mark=Mark())], by=house.ann)


def test_claim_on_a_passage_one_may_not_read_is_refused_like_one_on_no_passage(house: House) -> None:
    work = a_work(house, FIRST, SECOND, mark=POLICE)
    record = a_record(house, claim("note"))
    for rests in (said("name", "Ann Lee", work), claim("name", passage=10**6)):
        with pytest.raises(NotFound) as told:
            add_claims(record, [rests], by=house.cy)
        assert told.value.code == "passage.unknown"


def test_claim_on_a_stretch_beyond_its_passage_is_refused(house: House) -> None:
    work = a_work(house, FIRST, SECOND)
    key = passages_of(work)[0].pk
    for start, end in ((0, 10**4), (5, 2), (-1, 3)):
        with pytest.raises(InvalidInput):
            a_record(house, claim("name", passage=key, start=start, end=end))


def test_work_tightened_takes_wider_claims_and_passages_with_it_and_undo_gives_each_its_own_back(house: House) -> None:
    work = a_work(house, FIRST, SECOND)
    record = a_record(house, said("name", "Ann Lee", work), said("note", "drums", work, mark=POLICE))
    mark_entry(work, POLICE, by=house.ann)
    assert {mark_of_class(one.mark_class_id) for one in passages_of(work)} == {POLICE}
    assert values(record, house.cy) == {}
    undo(history_of(f"work:{work.public_id}").filter(verb="entry.mark").first(), by=house.ann)
    assert values(record, house.cy) == {"name": ["Ann Lee"]}
    assert "█████" in shown_text(work, 0, house.cy)


def test_undoing_a_tighter_record_leaves_values_tight_that_were_so_before(house: House) -> None:
    record = a_record(house, claim("note"), claim("name", mark=POLICE))
    mark_entry(record, POLICE, by=house.ann)
    undo(history_of(f"record:{record.public_id}").filter(verb="entry.mark").first(), by=house.ann)
    assert values(record, house.cy) == {"note": ["seen at the port"]}


def test_work_opened_to_more_masks_what_stays_strict(house: House) -> None:
    work = a_work(house, FIRST, SECOND, mark=POLICE)
    a_record(house, said("name", "Ann Lee", work, mark=Mark("AMBER+STRICT", "org:police")))
    assert not Mask.objects.exists()
    mark_entry(work, GREEN, by=house.ann)
    assert "Ann Lee" not in shown_text(work, 1, house.cy)
    assert "Ann Lee" in shown_text(work, 1, house.bo)


# --- masks ----------------------------------------------------------------------------------------------------------


def shown_text(work: Entry, ordinal: int, viewer: Viewer) -> str:
    return queries.passages(work, viewer)[ordinal].text


def test_words_of_a_stricter_value_are_withheld_wherever_the_work_says_them(house: House) -> None:
    work = a_work(house, FIRST, SECOND, THIRD)
    a_record(house, said("name", "Ann Lee", work, mark=POLICE))
    assert shown_text(work, 1, house.cy) == SECOND.replace("Ann Lee", "█" * 7)
    assert shown_text(work, 2, house.cy) == THIRD.replace("ann lee", "█" * 7)
    assert [shown_text(work, n, house.bo) for n in range(3)] == [FIRST, SECOND, THIRD]
    one = queries.passages(work, house.cy)[1]
    assert len(one.text) == len(SECOND)
    assert [(span.start, span.end) for span in one.withheld] == [(SECOND.index("Ann Lee"), SECOND.index("Ann Lee") + 7)]
    assert queries.get_passage(one.id, house.cy).text == one.text
    keys = [row.pk for row in passages_of(work)]
    for viewer in (house.cy, house.bo):
        texts = queries.texts_of_passages(keys, viewer)
        assert [texts[key][0] for key in keys] == [shown_text(work, n, viewer) for n in range(3)]
    assert queries.withholds_from(work, house.cy) and not queries.withholds_from(work, house.bo)


def test_search_by_withheld_words_finds_for_those_allowed_alone(house: House) -> None:
    work = a_work(house, FIRST, SECOND, THIRD)
    follow()
    assert search_passages('"Ann Lee"', house.cy).total == 2
    record = a_record(house, said("name", "Ann Lee", work, mark=POLICE))
    for query in ('"Ann Lee"', "lee"):
        assert (search_passages(query, house.cy).total, search_passages(query, house.cy).hits) == (0, ())
    follow()
    for query in ('"Ann Lee"', "lee"):
        assert search_passages(query, house.cy).total == 0
        assert search_passages(query, house.bo).total == 2
    (hit,) = search_passages("Lagos", house.cy).hits
    assert "Ann" not in hit.passage.text
    mark_claim(only(queries.claims_of(record, house.ann), "name"), Mark(), by=house.ann)
    follow()
    assert search_passages("lee", house.cy).total == 2


def test_work_kept_to_fewer_leaves_searches_before_the_index_has_followed(house: House) -> None:
    work, other = a_work(house, FIRST), a_work(house, "Another lorry came at noon with barrels.", name="b.txt")
    follow()
    assert search_passages("lorry", house.cy).total == 2
    mark_entry(work, POLICE, by=house.ann)
    found = search_passages("lorry", house.cy)
    assert (found.total, [hit.passage.work for hit in found.hits]) == (1, [other.public_id])
    assert dict(found.facets["language"]) == {"en": 1}
    follow()
    assert search_passages("lorry", house.cy).total == 1
    assert search_passages("lorry", house.bo).total == 2


def test_words_withheld_for_one_are_not_counted_for_who_may_not_read_the_passage(house: House) -> None:
    work = a_work(house, FIRST, SECOND, mark=Mark("AMBER", "org:police", frozenset({"org:health"})))
    a_record(house, said("name", "Ann Lee", work, mark=Mark("AMBER", "org:police", frozenset({"org:customs"}))))
    follow()
    assert search_passages("lee", house.cy).total == 0
    assert search_passages("lee", house.di).total == 0


def test_other_claims_on_withheld_words_become_as_strict(house: House) -> None:
    work = a_work(house, FIRST, SECOND, THIRD)
    first = a_record(house, said("note", "called Ann Lee", work), said("country", "Lagos", work, value="NG"))
    second = a_record(house, said("name", "ann lee", work))
    a_record(house, said("name", "Ann Lee", work, mark=POLICE))
    assert values(first, house.cy) == {"country": ["NG"]}
    assert values(second, house.cy) == {}
    assert values(second, house.bo) == {"name": ["ann lee"]}
    assert fresh(second).values == {}
    later = a_record(house, said("name", "Ann Lee", work))
    assert values(later, house.cy) == {}


def test_marking_a_value_of_a_work_that_may_not_be_shown_in_part_is_refused_and_changes_nothing(house: House) -> None:
    work = a_work(house, FIRST, SECOND)
    record = a_record(house, said("name", "Ann Lee", work))
    Work.objects.filter(pk=work.pk).update(allows_masking=False)
    (row,) = queries.claims_of(record, house.ann)
    with pytest.raises(Conflict) as told:
        mark_claim(row, POLICE, by=house.ann)
    assert told.value.code == "claim.masking"
    assert values(record, house.cy) == {"name": ["Ann Lee"]}
    assert shown_text(work, 1, house.cy) == SECOND


def test_extracted_claims_that_need_withheld_words_are_left_out_where_the_owner_refuses_that(house: House) -> None:
    work = a_work(house, FIRST, SECOND)
    Work.objects.filter(pk=work.pk).update(allows_masking=False)
    made = create_record(
        house.workspace, "incident", status="proposed", by=house.ann,
        claims=[said("victim", "Ann Lee", work, extractor="x"), said("note", "drums", work, extractor="x")],
    )  # fmt: skip
    assert values(made, house.ann) == {"note": ["drums"]}


def test_loosening_opens_words_and_values_that_were_withheld_with_them(house: House) -> None:
    work = a_work(house, FIRST, SECOND)
    plain = a_record(house, said("name", "Ann Lee", work))
    strict = a_record(house, said("name", "Ann Lee", work, mark=POLICE))
    assert values(plain, house.cy) == {}
    (row,) = queries.claims_of(strict, house.ann)
    mark_claim(row, Mark(), by=house.ann)
    assert values(plain, house.cy) == {"name": ["Ann Lee"]}
    assert shown_text(work, 1, house.cy) == SECOND


def test_value_on_words_that_another_owner_withholds_cannot_be_opened(house: House) -> None:
    shared = Mark("AMBER", "org:customs", frozenset({"org:police"}))
    work = a_work(house, FIRST, SECOND)
    theirs = a_record(house, said("name", "Ann Lee", work, mark=shared), by=house.cy, mark=shared)
    own = a_record(house, said("name", "Ann Lee", work, mark=POLICE))
    assert values(theirs, house.cy) == {"name": ["Ann Lee"]}
    (row,) = queries.claims_of(own, house.ann)
    with pytest.raises(Forbidden):
        mark_claim(row, Mark(), by=house.ann)
    assert "Ann Lee" not in shown_text(work, 1, house.di)


def test_undoing_a_mark_gives_every_value_and_word_back(house: House) -> None:
    work = a_work(house, FIRST, SECOND, THIRD)
    plain = a_record(house, said("name", "ann lee", work))
    record = a_record(house, said("name", "Ann Lee", work))
    before = dict(Claim.objects.values_list("public_id", "mark_class_id"))
    mark_claim(queries.claims_of(record, house.ann)[0], POLICE, by=house.ann)
    assert values(plain, house.cy) == {}
    undo(history_of(f"record:{record.public_id}").filter(verb="claim.mark").first(), by=house.ann)
    assert dict(Claim.objects.values_list("public_id", "mark_class_id")) == before
    assert values(plain, house.cy) == {"name": ["ann lee"]}
    assert not Mask.objects.exists()


# --- what is not there ----------------------------------------------------------------------------------------------


def test_what_one_may_not_see_answers_like_what_does_not_exist(house: House) -> None:
    work = a_work(house, FIRST, SECOND, mark=POLICE)
    record = a_record(house, claim("note"), mark=POLICE)
    (row,) = queries.claims_of(record, house.ann)
    hidden = [
        (queries.get_entry, record.public_id),
        (queries.get_entry, work.public_id),
        (queries.get_passage, passages_of(work)[0].public_id),
        (queries.get_claim, row.public_id),
        (queries.follow_merge, record.public_id),
    ]
    for ask, key in hidden:
        assert ask(key, house.bo) is not None or ask is queries.follow_merge
        errors = []
        for name in (key, "0" * 16):
            with pytest.raises(NotFound) as told:
                ask(name, house.cy)
            errors.append((told.value.code, told.value.template, {**told.value.params, "id": ""}))
        assert errors[0] == errors[1]


def test_claim_on_a_record_one_may_not_see_is_not_found_however_wide_its_mark(house: House) -> None:
    record = a_record(house, claim("note", mark=POLICE), mark=POLICE)
    (row,) = queries.claims_of(record, house.ann)
    mark_claim(row, Mark(), by=house.ann)
    with pytest.raises(NotFound):
        queries.get_claim(row.public_id, house.cy)


def test_value_taken_from_a_passage_of_another_owner_cannot_be_opened_beyond_it(house: House) -> None:
    work = a_work(house, FIRST, SECOND, mark=Mark("AMBER", "org:police", frozenset({"org:customs"})))
    record = a_record(house, claim("note"))
    (row,) = add_claims(record, [said("name", "Ann Lee", work, mark=Mark("AMBER", "org:customs"))], by=house.cy)
    with pytest.raises(Forbidden):
        mark_claim(row, Mark(), by=house.cy)


def test_entry_that_opens_wider_than_its_workspace_does_not_name_it(db: None) -> None:
    house = make.a_house()
    text = make.BLUEPRINT.replace("blueprint: trial", "blueprint: vault").replace(
        "{en: Trial}", "{en: Vault of qxvault}"
    )
    text = text.replace("sharing:\n", 'sharing:\n  workspace: {level: AMBER, audience: ["org:police"]}\n', 1)
    vault = make.a_workspace(text)
    put_person(
        "ann@example.org",
        name="Ann",
        organisation="police",
        roles={"trial": "editor", "vault": "editor"},
        by=house.root,
    )
    clear = Mark("CLEAR", "org:police")
    record = create_record(vault, "incident", [make.claim("place")], mark=clear, by=house.ann)
    work = take_in(io.BytesIO(b"Ann Lee was seen."), "seen.txt", vault, by=house.ann, mark=clear).work
    make.run_jobs()
    make.follow()
    passage = make.passages_of(work)[0].public_id
    pages = [f"/r/{record.public_id}/", f"/work/{work.public_id}/", f"/p/{passage}/", "/", "/search/?q=seen",
             f"/api/v1/works/{work.public_id}", "/api/v1/search?q=seen", f"/media/of/{record.public_id}/"]  # fmt: skip
    for page in pages:
        assert "vault" in make.signed_in(house, "ann").get(page).content.decode().lower(), page
        for browser in (Client(), make.signed_in(house, "cy")):
            answer = browser.get(page)
            assert answer.status_code == 200
            assert "vault" not in answer.content.decode().lower(), page
    asked = (
        "q=seen+workspace:vault",
        "q=seen+NOT+workspace:vault",
        "q=seen+OR+workspace:vault",
        "q=seen&workspace=vault",
    )
    for browser, counts in ((make.signed_in(house, "ann"), [1, 0, 1, 1]), (make.signed_in(house, "cy"), [0, 1, 1, 0])):
        assert [browser.get(f"/api/v1/search?{one}").json()["total"] for one in asked[:3]] == counts[:3]
        assert ("Ann Lee was" in browser.get(f"/search/?{asked[3]}").content.decode()) == bool(counts[3])
