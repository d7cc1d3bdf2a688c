"""The review desk and pairs: decisions by hand, words read as values, and nothing shown that is not to be seen."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override
from tests import factories as make

from plumbline.apps.accounts.models import Person
from plumbline.apps.library.actions import add_claims
from plumbline.apps.library.models import Claim, Entry
from plumbline.apps.records.actions import propose_records
from plumbline.apps.records.linking import facts_for, reasons_for
from plumbline.apps.records.models import Candidate
from plumbline.apps.records.reasons import reason_words
from plumbline.apps.spine.models import AuditEntry
from plumbline.apps.spine.queries import blueprint_of
from plumbline.domain.access import Mark
from plumbline.domain.vectors import encoder

pytestmark = pytest.mark.django_db
LINKED = make.BLUEPRINT.replace(
    "    sort: [date, title]\n",
    "    sort: [date, title]\n    extraction: {cues: {en: [xyzzy]}, fields: {}, link: {same: 0.9, similar: 0.4}}\n",
)
TEXT = "On 14 March police found lead in the port of Naples. Ann Lee owns the yard."
READ = {"extractor": "rules/1", "confidence": 0.8}
DAY = {"start": "2011-03-14", "end": "2011-03-14", "precision": "day"}


@pytest.fixture
def house() -> make.House:
    return make.a_house(LINKED)


def signed_in(house: make.House, name: str) -> Client:
    client = Client()
    client.force_login(Person.objects.get(public_id=house.people[name]))
    return client


def proposed(house: make.House, work: Entry, *more: Any, waste: str = "Y31") -> Entry:
    claims = [make.said("waste", "lead", work, value=waste, **READ), *more]
    return propose_records(house.workspace, [("incident", claims)], work=work, by=house.ann)[0]


def a_report(house: make.House, **options: Any) -> Entry:
    return make.a_work(house, TEXT, about={"date": "2011-04-01", "language": "en", "title": "Port news"}, **options)


def shown(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content
    return html.unescape(answer.content.decode())


def act(client: Client, entry: Entry, *, json: bool = True, **sent: Any) -> Any:
    headers = {"Accept": "application/json"} if json else {}
    return client.post(f"/w/trial/review/{entry.public_id}/act/", sent, headers=headers)


def span(work: Entry, words: str) -> dict[str, Any]:
    passage = next(one for one in make.passages_of(work) if words in one.text)
    start = passage.start + passage.text.index(words)
    return {"passage": passage.public_id, "start": start, "end": start + len(words), "decision": "span"}


def values(entry: Entry) -> dict[str, list[Any]]:
    return make.fresh(entry).values


# -- What waits -------------------------------------------------------------------------------------------------------


def test_desk_with_nothing_says_what_to_do_first(house: make.House) -> None:
    assert "Nothing waits" in shown(signed_in(house, "ann"), "/w/trial/review/")


def test_desk_lists_a_proposed_record_for_those_alone_who_may_see_it(house: make.House) -> None:
    work = a_report(house, mark=Mark("AMBER", "org:police"))
    record = proposed(house, work)
    assert record.public_id in shown(signed_in(house, "ann"), "/w/trial/review/")
    assert record.public_id not in shown(signed_in(house, "cy"), "/w/trial/review/")
    assert signed_in(house, "cy").get(f"/w/trial/review/{record.public_id}/").status_code == 404


def test_desk_is_for_those_with_a_part_in_the_work(house: make.House) -> None:
    assert signed_in(house, "di").get("/w/trial/review/").status_code == 200
    assert signed_in(house, "bo").get("/w/trial/review/").status_code == 403


def test_desk_asks_the_same_number_of_queries_for_any_number_of_records(house: make.House) -> None:
    work, client, counts = a_report(house), signed_in(house, "ann"), []
    for more in (2, 6):
        for _ in range(more):
            proposed(house, work)
        shown(client, "/w/trial/review/")
        with CaptureQueriesContext(connection) as caught:
            shown(client, "/w/trial/review/")
        counts.append(len(caught))
    assert counts[0] == counts[1]


def test_record_says_its_turn_and_leads_to_the_next(house: make.House) -> None:
    work = a_report(house)
    first, second = proposed(house, work), proposed(house, work)
    page = shown(signed_in(house, "ann"), f"/w/trial/review/{first.public_id}/")
    assert "1 of 2" in page
    assert f'data-next="/w/trial/review/{second.public_id}/"' in page


def test_what_nobody_said_is_folded_under_the_names_of_its_fields(house: make.House) -> None:
    record = proposed(house, a_report(house))
    page = shown(signed_in(house, "ann"), f"/w/trial/review/{record.public_id}/")
    before, folded = page.split('<details class="desk__unsaid">')
    assert 'data-key="waste"' in before
    assert 'data-key="note"' not in before
    assert "Nothing was found for:" in folded.split("</summary>")[0]
    assert "Note" in folded.split("</summary>")[0]
    assert 'data-key="note"' in folded
    act(signed_in(house, "eve"), record, field="note", decision="edit", value="a yard")
    page = shown(signed_in(house, "ann"), f"/w/trial/review/{record.public_id}/")
    assert 'data-key="note"' in page.split('<details class="desk__unsaid">')[0]


def test_a_stricter_value_is_folded_as_if_nobody_had_said_it(house: make.House) -> None:
    work = a_report(house)
    record = proposed(house, work, make.said("name", "Ann Lee", work, mark=Mark("AMBER+STRICT", "org:police")))
    address = f"/w/trial/review/{record.public_id}/"
    for who, folded in (("ann", False), ("cy", True)):
        before, _, after = shown(signed_in(house, who), address).partition('<details class="desk__unsaid">')
        assert ('data-key="name"' in (after if folded else before)) is True
        assert ('<form class="desk-field desk-field--unsaid"' in before) is False


def test_desk_begins_with_day_and_place_and_is_open_where_nothing_at_all_is_said(house: make.House) -> None:
    record = propose_records(house.workspace, [("incident", [])], work=a_report(house), by=house.ann)[0]
    page = shown(signed_in(house, "ann"), f"/w/trial/review/{record.public_id}/")
    assert '<details class="desk__unsaid" open>' in page
    keys = re.findall(r'data-key="(\w+)"', page)
    assert keys[:3] == ["date", "place", "waste"]


# -- The text ---------------------------------------------------------------------------------------------------------


def test_text_shows_the_spans_of_each_field(house: make.House) -> None:
    work = a_report(house)
    page = shown(signed_in(house, "ann"), f"/w/trial/review/{proposed(house, work).public_id}/")
    assert '<mark class="highlight highlight--claim" data-key="waste">lead</mark>' in page


def test_text_masks_words_on_which_a_stricter_value_rests(house: make.House) -> None:
    work = a_report(house)
    record = proposed(house, work, make.said("name", "Ann Lee", work, mark=Mark("AMBER+STRICT", "org:police")))
    address = f"/w/trial/review/{record.public_id}/"
    assert 'data-key="name">Ann Lee</mark>' in shown(signed_in(house, "ann"), address)
    hidden = shown(signed_in(house, "cy"), address)
    assert "Ann Lee" not in hidden
    assert "███████ owns the yard" in hidden.replace("</span>", "")


# -- Decisions --------------------------------------------------------------------------------------------------------


def test_accepting_a_value_settles_its_claim(house: make.House) -> None:
    record = proposed(house, a_report(house))
    claim = Claim.objects.get(entry=record)
    answer = act(signed_in(house, "eve"), record, field="waste", claim=claim.public_id, decision="accept")
    assert (
        answer.json() == {"status": "accepted", "value": "Y31 Lead", "text": "accepted"}
        or answer.json()["status"] == "accepted"
    )
    claim.refresh_from_db()
    assert (claim.status, claim.decided_by) == ("accepted", house.eve.person)


def test_contributor_adds_a_value_and_decides_on_none(house: make.House) -> None:
    record = proposed(house, a_report(house))
    client, claim = signed_in(house, "di"), Claim.objects.get(entry=record)
    assert act(client, record, field="waste", claim=claim.public_id, decision="accept").status_code == 403
    assert act(client, record, field="note", claim="", decision="edit", value="a yard").status_code == 200
    claim.refresh_from_db()
    assert claim.status == "proposed"
    assert values(record)["note"] == ["a yard"]
    assert Claim.objects.get(entry=record, field="note").person == house.di.person


def test_choosing_one_of_two_values_rejects_the_other_of_a_single_field(house: make.House) -> None:
    work = a_report(house)
    both = [make.said("country", "Naples", work, value=code, **READ) for code in ("IT", "US")]
    record = proposed(house, work, *both)
    claim = Claim.objects.get(entry=record, field="country", value="US")
    assert (
        act(signed_in(house, "eve"), record, field="country", claim=claim.public_id, decision="accept").status_code
        == 200
    )
    assert values(record)["country"] == ["US"]
    assert Claim.objects.get(entry=record, field="country", value="IT").status == "rejected"


@pytest.mark.parametrize(
    ("field", "words", "wanted"),
    [("date", "On 14 March", DAY), ("waste", "found lead in", "Y31"), ("note", "the yard", "the yard"), ("country", "Naples", "IT")],
)  # fmt: skip
def test_words_become_the_value_of_a_field(house: make.House, field: str, words: str, wanted: Any) -> None:
    work = a_report(house)
    record = proposed(house, work, waste="Y29")
    assert act(signed_in(house, "eve"), record, field=field, **span(work, words)).status_code == 200
    claim = Claim.objects.get(entry=record, field=field, person=house.eve.person)
    assert claim.value == wanted
    assert claim.passage is not None
    assert claim.passage.text[claim.start : claim.end] == words


def test_words_of_a_place_get_its_coordinates(house: make.House) -> None:
    work = a_report(house)
    record = proposed(house, work)
    act(signed_in(house, "eve"), record, field="place", **span(work, "Naples"))
    place = values(record)["place"][0]
    assert (place["name"], place["country"], round(place["lat"])) == ("Naples", "IT", 41)


def test_words_that_hold_no_value_are_refused_with_a_sentence(house: make.House) -> None:
    work = a_report(house)
    record = proposed(house, work)
    answer = act(signed_in(house, "eve"), record, field="date", **span(work, "owns the yard"))
    assert answer.status_code == 400
    assert (
        answer.json()["message"] == "'owns the yard' could not be read as Date. Choose other words, or write the value."
    )
    assert "date" not in values(record)


def test_withheld_words_cannot_be_chosen(house: make.House) -> None:
    work = a_report(house)
    record = proposed(house, work, make.said("name", "Ann Lee", work, mark=Mark("AMBER+STRICT", "org:police")))
    assert act(signed_in(house, "ann"), record, field="note", **span(work, "Ann Lee")).status_code == 200
    assert act(signed_in(house, "cy"), record, field="note", **span(work, "Ann Lee")).status_code == 400


@pytest.mark.parametrize("bad", [{"start": "x"}, {"end": 10**9}, {"start": -4}, {"passage": "0" * 16}])
def test_words_out_of_nowhere_are_refused(house: make.House, bad: dict[str, Any]) -> None:
    work = a_report(house)
    record = proposed(house, work)
    assert act(signed_in(house, "eve"), record, field="note", **{**span(work, "yard"), **bad}).status_code in (400, 404)
    assert "note" not in values(record)


def test_correcting_by_hand_takes_the_place_of_what_was_read(house: make.House) -> None:
    record = proposed(house, a_report(house))
    claim = Claim.objects.get(entry=record)
    act(signed_in(house, "eve"), record, field="waste", claim=claim.public_id, decision="edit", value="Mercury")
    assert values(record)["waste"] == ["Y29"]
    claim.refresh_from_db()
    assert claim.status == "rejected"


def test_plain_form_without_script_goes_back_to_the_record(house: make.House) -> None:
    record = proposed(house, a_report(house))
    answer = act(signed_in(house, "eve"), record, json=False, field="note", decision="edit", value="a yard")
    assert (answer.status_code, answer["Location"]) == (302, f"/w/trial/review/{record.public_id}/#desk-note")


def test_accepting_the_record_goes_on_to_the_next(house: make.House) -> None:
    work = a_report(house)
    first, second = proposed(house, work), proposed(house, work)
    answer = act(signed_in(house, "eve"), first, json=False, decision="accept-record")
    assert answer["Location"] == f"/w/trial/review/{second.public_id}/"
    assert make.fresh(first).status == "accepted"


def test_rejecting_the_record_keeps_the_reason(house: make.House) -> None:
    record = proposed(house, a_report(house))
    act(signed_in(house, "eve"), record, json=False, decision="reject-record", reason="An advertisement.")
    assert make.fresh(record).status == "rejected"
    assert AuditEntry.objects.get(verb="record.decline").detail == {"reason": "An advertisement."}


# -- Pairs ------------------------------------------------------------------------------------------------------------


def alike(work: Entry) -> list[Any]:
    """The claims by which records are found to look alike."""
    return [
        make.said("date", "14 March", work, value=DAY, **READ),
        make.said("country", "Naples", work, value="IT", **READ),
    ]


def a_pair(house: make.House, *more: Any) -> tuple[Candidate, Entry, Entry]:
    work = a_report(house)
    one, other = (proposed(house, work, *alike(work), *more) for _ in range(2))
    return Candidate.objects.get(), one, other


def test_pair_shows_what_differs_and_why_it_was_found(house: make.House) -> None:
    pair, _one, other = a_pair(house)
    act(signed_in(house, "eve"), other, field="country", decision="edit", value="France")
    page = shown(signed_in(house, "eve"), f"/w/trial/pairs/{pair.pk}/")
    assert "the same day" in page
    row = page[page.index('<tr class="compare__differs">') :].partition("</tr>")[0]
    assert "Country" in row
    assert "Italy" in row
    assert "France" in row


def test_pair_is_there_for_those_alone_who_see_both(house: make.House) -> None:
    pair, one, _other = a_pair(house)
    Entry.objects.filter(pk=one.pk).update(
        mark_class=make.a_record(house, make.claim("note"), mark=Mark("AMBER", "org:police")).mark_class
    )
    assert signed_in(house, "ann").get(f"/w/trial/pairs/{pair.pk}/").status_code == 200
    assert signed_in(house, "cy").get(f"/w/trial/pairs/{pair.pk}/").status_code == 404


def test_merging_moves_the_claims_and_can_be_taken_back(house: make.House) -> None:
    pair, one, other = a_pair(house)
    client, address = signed_in(house, "eve"), f"/w/trial/pairs/{pair.pk}/"
    client.post(address, {"decision": "merge", "into": one.public_id})
    assert (make.fresh(other).status, make.fresh(other).merged_into_id) == ("merged", one.pk)
    assert Claim.objects.filter(entry=one).count() == 6
    assert "Take it back" in shown(client, address)
    assert client.post(address, {"decision": "dismiss"}).status_code == 409
    assert client.get(f"/w/trial/review/{other.public_id}/").status_code == 409
    client.post(address, {"decision": "undo"})
    assert Claim.objects.filter(entry=one).count() == Claim.objects.filter(entry=other).count() == 3
    assert "One event: merge" in shown(client, address)


def test_dismissing_leaves_both_and_can_be_taken_back(house: make.House) -> None:
    pair, _one, _other = a_pair(house)
    client, address = signed_in(house, "eve"), f"/w/trial/pairs/{pair.pk}/"
    client.post(address, {"decision": "dismiss"})
    assert f'"{address}"' not in shown(client, "/w/trial/review/")
    client.post(address, {"decision": "undo"})
    assert f'"{address}"' in shown(client, "/w/trial/review/")


def test_pair_is_not_for_contributors_to_decide(house: make.House) -> None:
    pair, one, _other = a_pair(house)
    client, address = signed_in(house, "di"), f"/w/trial/pairs/{pair.pk}/"
    assert "One event: merge" not in shown(client, address)
    assert client.post(address, {"decision": "merge", "into": one.public_id}).status_code == 403


def test_three_that_look_alike_stand_side_by_side_and_merge_at_once(house: make.House) -> None:
    pair, one, other = a_pair(house)
    work = Claim.objects.filter(entry=one).first().passage.work.entry
    third = proposed(house, work, *alike(work))
    client, address = signed_in(house, "eve"), f"/w/trial/pairs/{pair.pk}/"
    assert third.public_id in shown(client, address)
    client.post(
        address, {"decision": "merge", "into": one.public_id, "these": [e.public_id for e in (one, other, third)]}
    )
    assert [make.fresh(e).status for e in (other, third)] == ["merged", "merged"]


def test_reasons_name_nothing_that_the_viewer_may_not_see(house: make.House) -> None:
    pair, one, other = a_pair(house)
    strict = Mark("AMBER+STRICT", "org:police")
    work = Claim.objects.filter(entry=one).first().passage.work.entry
    for entry in (one, other):
        add_claims(make.fresh(entry), [make.said("name", "Ann Lee", work, mark=strict)], by=house.ann)
    both = [(make.fresh(one), make.fresh(other))]
    told = {
        name: " ".join(
            reason_words(why, blueprint_of(house.workspace)) for why in reasons_for(both, house.person(name))[0]
        )
        for name in ("ann", "cy")
    }
    assert "ann lee" in told["ann"].lower()
    assert "ann" not in told["cy"].lower().split()
    assert "lee" not in told["cy"].lower()
    assert pair.pk


def test_reasons_name_people_of_both_texts_and_none_that_a_stricter_claim_withholds(house: make.House) -> None:
    text = "Maria Walker, 34, was shot dead outside a bar, police said."
    work = make.a_work(house, text, about={"language": "en", "title": "Shooting"})
    entries = [
        propose_records(
            house.workspace, [("incident", [make.said("name", "shot dead", work, **READ)])], work=work, by=house.ann
        )[0]
        for _ in range(2)
    ]
    both = [(make.fresh(entries[0]), make.fresh(entries[1]))]
    reasons = reasons_for(both, house.person("cy"))[0]
    told = [reason_words(why, blueprint_of(house.workspace)) for why in reasons]
    assert "both name Maria Walker" in told
    assert "people of one age: 34" in told
    assert "maria walker" in facts_for(both[0])[both[0][0].pk].names
    add_claims(
        both[0][0], [make.said("name", "Maria Walker", work, mark=Mark("AMBER+STRICT", "org:police"))], by=house.ann
    )
    assert {reason.kind for reason in reasons_for(both, house.person("cy"))[0]}.isdisjoint({"names"})
    assert not facts_for(both[0])[both[0][1].pk].names


OIL = (
    "Customs officers at the port of Livorno opened a container and found 38 drums of used motor oil declared as lubricants. The load was bound for Togo.",
    "Trentotto fusti di olio esausto, dichiarati come lubrificanti, sono stati scoperti dalla dogana in un container nello scalo di Livorno. La spedizione era diretta in Togo.",
    "Il nuovo parco giochi del quartiere è stato inaugurato dal sindaco con una festa per i bambini e le loro famiglie, tra musica e palloncini.",
)  # fmt: skip


@pytest.mark.skipif(encoder() is None, reason="this processor cannot run the encoder")
@pytest.mark.parametrize(
    ("second", "language", "said"),
    [
        (OIL[1], "en", "tell much the same"),
        (OIL[1], "ar", "يرويان الشيء نفسه"),
        (OIL[2], "en", "tell different things"),
    ],
)
def test_records_from_two_languages_are_compared_by_what_their_texts_mean(
    house: make.House, second: str, language: str, said: str
) -> None:
    works = [make.a_work(house, text, name=f"{n}.txt") for n, text in enumerate((OIL[0], second))]
    assert [work.work.language for work in works] == ["en", "it"]
    quotes = (OIL[0][:20], second[:20])
    both = tuple(
        propose_records(house.workspace, [("incident", [make.said("name", quote, work, **READ)])], work=work, by=house.ann)[0]
        for quote, work in zip(quotes, works, strict=True)
    )  # fmt: skip
    reasons = reasons_for([(make.fresh(both[0]), make.fresh(both[1]))], house.person("cy"))[0]
    with override(language):
        words = [reason_words(one, blueprint_of(house.workspace)) for one in reasons]
    kinds = {one.kind for one in reasons}
    assert "meaning" in kinds and "words" not in kinds
    assert any(said in one for one in words), words
