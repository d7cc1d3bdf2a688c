"""Names that reports say become actors: proposed once, chosen where all may see them, gone and back with what names them."""

from __future__ import annotations

import html
import json
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests import factories as make

from plumbline.apps.library.actions import (
    add_claims,
    decide_claims,
    erase_claim,
    mark_entry,
    merge_records,
    set_status,
    split_record,
    withdraw_work,
)
from plumbline.apps.library.models import Change, Claim, Entry
from plumbline.apps.library.queries import claims_of, entries_with, resting_on, values_for, words_withheld
from plumbline.apps.library.relations import naming
from plumbline.apps.library.ties import ties
from plumbline.apps.records.actions import change_many, enter_record, undo
from plumbline.apps.records.exporting import export_records
from plumbline.apps.records.linking import facts_for, reasons_for
from plumbline.apps.records.presenting import present
from plumbline.apps.records.queries import Filter
from plumbline.apps.records.updating import look_ahead
from plumbline.apps.spine.actions import apply_blueprint
from plumbline.apps.spine.models import AuditEntry
from plumbline.apps.spine.queries import blueprint_of, mark_of_class
from plumbline.domain.access import Mark
from plumbline.domain.linking import blocking_keys, compare

pytestmark = pytest.mark.django_db
SPACE = """\
blueprint: {slug}
version: 1
title: {{en: "{slug}"}}
summary: {{en: Incidents and who is named in them.}}
content_languages: [en]
sharing: {{workspace: {{level: CLEAR}}, works: {{level: CLEAR}}, records: {{level: GREEN}}}}
types:
  incident:
    title: {{en: Incident}}
    plural: {{en: Incidents}}
    traits: {{event: {{when: date, where: place, country: country}}}}
    title_from: [date, place]
    sort: [date]
    fields:
      date: {{type: date, label: {{en: Date}}}}
      place: {{type: place, label: {{en: Place}}}}
      country: {{type: country, label: {{en: Country}}}}
      note: {{type: text, label: {{en: Note}}}}
      involved: {{type: relation, target: organisation, many: true, label: {{en: Firms}}}}
      people: {{type: relation, target: person, many: true, label: {{en: People}}, sharing: {{level: AMBER+STRICT}}}}
    extraction:
      cues: {{en: [seized]}}
      fields:
        date: {{from: dates}}
        place: {{from: places}}
        country: {{from: countries}}
        involved: {{from: organisations}}
        people: {{from: persons}}
  organisation:
    title: {{en: Firm}}
    plural: {{en: Firms}}
    traits: {{actor: {{name: name, alias: alias, country: country, number: number}}}}
    title_from: [name]
    sort: [title]
    fields:
      name: {{type: text, label: {{en: Name}}, required: true}}
      alias: {{type: text, label: {{en: Other names}}, many: true}}
      country: {{type: country, label: {{en: Country}}}}
      number: {{type: text, label: {{en: Number}}}}
  person:
    title: {{en: Person}}
    plural: {{en: Persons}}
    traits: {{actor: {{name: name}}}}
    title_from: [name]
    sort: [title]
    fields:
      name: {{type: text, label: {{en: Name}}, sharing: {{level: AMBER+STRICT}}}}
"""
FIRST = "On 14 March 2021 police in Naples seized toys of Nordkap Trading Ltd. Nordkap Ltd denied it."
SECOND = "On 2 May 2021 customs in Genoa seized shoes that Nordkapp Trading Limited had shipped."
POLICE = Mark("AMBER", "org:police")


@pytest.fixture
def house() -> make.House:
    return make.a_house(SPACE.format(slug="trial"))


def report(house: make.House, text: str, name: str = "one.txt", **options: Any) -> Entry:
    about = {"date": "2021-06-01", "language": "en", "title": name}
    return make.a_work(house, text, name=name, about=about, **options)


def records(type_id: str, *statuses: str) -> list[Entry]:
    found = Entry.objects.filter(kind="record", type=type_id, status__in=statuses or ("proposed", "accepted"))
    return list(found.select_related("workspace").order_by("pk"))


def named(entry: Entry, viewer: Any, name: str = "involved") -> list[str]:
    return [one.text for one in present([make.fresh(entry)], viewer)[0].fields[name].values]


def test_names_of_one_firm_in_two_reports_are_one_proposed_actor_that_rests_on_the_first(house: make.House) -> None:
    work = report(house, FIRST)
    report(house, SECOND, "two.txt")
    [firm] = records("organisation")
    first, second = records("incident")
    assert firm.status == "proposed"
    assert firm.title == "Nordkap Trading Ltd"
    said = {claim.field: claim for claim in claims_of(firm, house.ann)}
    assert {name: claim.value for name, claim in said.items()} == {
        "name": "Nordkap Trading Ltd",
        "alias": "Nordkap Ltd",
    }
    passage = make.passages_of(work)[0]
    assert passage.text[said["name"].start : said["name"].end] == "Nordkap Trading Ltd"
    assert said["name"].mark_class_id == passage.mark_class_id
    for incident in (first, second):
        assert named(incident, house.ann) == ["Nordkap Trading Ltd"]
    words = {claim.passage.text[claim.start : claim.end] for claim in Claim.objects.filter(field="involved")}  # type: ignore[union-attr]
    assert words == {"Nordkap Trading Ltd", "Nordkap Ltd", "Nordkapp Trading Limited"}


def test_report_read_again_and_authorities_make_no_doubles(house: make.House) -> None:
    report(house, FIRST)
    report(house, FIRST)
    report(house, "On 3 March 2021 the Ministry of Trade in Rome seized toys. Italian Customs helped.", "three.txt")
    assert [one.title for one in records("organisation")] == ["Nordkap Trading Ltd"]
    assert len(records("incident")) == 2


def test_actor_entered_by_hand_is_chosen_and_one_of_another_form_or_country_is_not(house: make.House) -> None:
    by_hand = enter_record(
        house.workspace, "organisation", [make.NewClaim("name", "Nordkap Trading Ltd")], by=house.ann
    )
    other = enter_record(house.workspace, "organisation", [make.NewClaim("name", "Nordkap Trading GmbH")], by=house.ann)
    for country in ("CY", "NO"):
        claims = [make.NewClaim("name", "Elbrus Line Ltd"), make.NewClaim("country", country)]
        enter_record(house.workspace, "organisation", claims, by=house.ann)
    make.run_jobs()
    report(house, FIRST)
    report(house, "On 4 April 2021 police in Genoa seized shoes of Elbrus Line Ltd.", "two.txt")
    report(house, "On 9 April 2021 police in Genoa, Italy, seized bags of Elbrus Line Ltd.", "four.txt")
    report(house, "On 5 May 2021 customs in Oslo, Norway, seized bags of Elbrus Line Ltd.", "three.txt")
    targets = [one.target for one in Claim.objects.filter(field="involved").order_by("pk")]
    assert targets[0] == targets[1] == by_hand
    assert other not in targets
    open_one, again, oslo = targets[2:]
    assert open_one is not None
    assert open_one.status == "proposed"  # which of the two is open, so neither was chosen
    assert again == open_one
    assert oslo is not None
    assert oslo.values["country"] == ["NO"]


def test_persons_are_proposed_under_the_marks_of_their_field_alone(house: make.House) -> None:
    report(house, "On 14 March 2021 police in Naples seized toys of a man named Carlo Verdini.")
    [person], [incident] = records("person"), records("incident")
    assert person.title == "Person"  # its name is for fewer than the record
    assert named(incident, house.ann, "people") == ["Carlo Verdini"]
    assert named(incident, house.cy, "people") == []
    [claim] = person.claims.all()
    assert claim.mark_class.mark.level == "AMBER+STRICT"
    bare = make.a_workspace(SPACE.format(slug="bare").replace("        people: {from: persons}\n", ""))
    assert not Entry.objects.filter(workspace=bare).exists()
    make.a_work(house, "On 1 May 2021 police in Rome seized toys of a man named Ugo Bianchi.", name="x.txt")
    assert len(records("person")) == 2


def test_hidden_actor_is_not_chosen_and_nothing_tells_of_it(house: make.House) -> None:
    hidden = enter_record(
        house.workspace, "organisation", [make.NewClaim("name", "Nordkap Trading Ltd")], mark=POLICE, by=house.ann
    )
    alias = [make.NewClaim("name", "Greenline"), make.NewClaim("alias", "Nordkap Trading Ltd", mark=POLICE)]
    enter_record(house.workspace, "organisation", alias, by=house.ann)
    make.run_jobs()
    report(house, FIRST)
    [incident] = records("incident")
    [claim] = {one.target_id for one in incident.claims.filter(field="involved")}
    chosen = Entry.objects.get(pk=claim)
    assert chosen.status == "proposed"
    assert chosen.pk != hidden.pk
    narrow = report(
        house, SECOND, "two.txt", mark=POLICE
    )  # all its readers may see the hidden one, the first of that name
    second = next(one for one in resting_on(narrow, house.ann) if one.type == "incident")
    assert second.claims.get(field="involved").target_id in (hidden.pk, chosen.pk)


def test_relation_to_an_actor_that_was_restricted_since_is_withheld_everywhere(house: make.House) -> None:
    report(house, FIRST)
    [firm], [incident] = records("organisation"), records("incident")
    mark_entry(firm, POLICE, by=house.ann)
    incident = make.fresh(incident)
    assert named(incident, house.bo) == ["Nordkap Trading Ltd"]
    assert named(incident, house.cy) == []
    assert "involved" not in incident.values
    assert [name for name in values_for([incident], house.cy)[incident.pk] if name == "involved"] == []
    assert "involved" in values_for([incident], house.bo)[incident.pk]
    told = b"".join(export_records(house.cy, house.workspace, "incident", Filter(), "jsonl", language="en"))
    whole = b"".join(export_records(house.bo, house.workspace, "incident", Filter(), "jsonl", language="en"))
    assert firm.public_id.encode() in whole
    assert firm.public_id.encode() not in told
    for page in ("", "who/", "history/"):
        shown = make.signed_in(house, "cy").get(f"/r/{incident.public_id}/{page}")
        assert firm.public_id not in shown.content.decode()
    assert (
        make.signed_in(house, "cy").get(f"/api/v1/records/{incident.public_id}").json()["fields"].get("involved")
        is None
    )
    mark_entry(firm, Mark("GREEN", "org:police"), by=house.ann)
    assert make.fresh(incident).values["involved"] == [firm.public_id]


def test_rejecting_what_names_a_proposed_actor_takes_it_along_and_undo_brings_it_back(house: make.House) -> None:
    report(house, FIRST)
    report(house, SECOND, "two.txt")
    first, second = records("incident")
    set_status(first, "rejected", by=house.ann)
    assert len(records("organisation")) == 1
    claims = list(second.claims.filter(field="involved"))
    decide_claims(claims, "rejected", by=house.ann)
    assert [one.title for one in records("organisation", "rejected")] == ["Nordkap Trading Ltd"]
    undo(AuditEntry.objects.filter(verb="claim.decide").latest("pk"), by=house.ann)
    assert len(records("organisation", "proposed")) == 1
    done = change_many([make.fresh(second)], status="rejected", by=house.ann)
    assert done.changed
    assert records("organisation") == []
    undo(AuditEntry.objects.filter(verb="record.many").latest("pk"), by=house.ann)
    [firm] = records("organisation", "proposed")
    set_status(firm, "accepted", by=house.ann)
    set_status(make.fresh(second), "rejected", by=house.ann)
    assert make.fresh(firm).status == "accepted"  # a person has decided on it


def test_erased_relation_names_nobody_and_leaves_no_orphan(house: make.House) -> None:
    report(house, SECOND)
    [incident] = records("incident")
    erase_claim(incident.claims.get(field="involved"), by=house.ann)
    assert records("organisation") == []
    assert incident.claims.get(status="erased").target_id is None


def test_withdrawn_report_keeps_actor_and_incident_for_people_to_judge(house: make.House) -> None:
    work = report(house, FIRST)
    withdraw_work(work, "It was retracted.", by=house.ann)
    assert {one.type for one in resting_on(make.fresh(work), house.ann)} == {"incident", "organisation"}
    assert len(records("organisation", "proposed")) == 1


def test_merged_incidents_name_the_actor_once_and_part_again(house: make.House) -> None:
    report(house, FIRST)
    report(house, SECOND, "two.txt")
    [firm], (first, second) = records("organisation"), records("incident")
    merge_records(first, [second], by=house.ann)
    assert named(first, house.ann) == ["Nordkap Trading Ltd"]
    assert {claim.entry_id for claim in naming(firm, house.ann)[0]} == {first.pk}
    split_record(make.fresh(second), by=house.ann)
    assert {claim.entry_id for claim in naming(firm, house.ann)[0]} == {first.pk, second.pk}


def test_merged_actors_are_one_value_and_are_named_by_both_incidents(house: make.House) -> None:
    report(house, FIRST + " It was sold by Nordcap Tradings Ltd.")
    one, other = records("organisation")
    [incident] = records("incident")
    assert len(named(incident, house.ann)) == 2
    set_status(one, "accepted", by=house.ann)
    merge_records(one, [other], by=house.ann)
    assert named(incident, house.ann) == ["Nordkap Trading Ltd"]
    assert len(naming(make.fresh(one), house.ann)[0]) == 3
    split_record(make.fresh(other), by=house.ann)
    assert len(named(incident, house.ann)) == 2


def test_rejected_actor_is_no_longer_named_until_it_is_put_back(house: make.House) -> None:
    report(house, FIRST)
    [firm], [incident] = records("organisation"), records("incident")
    set_status(firm, "rejected", by=house.ann)
    assert named(incident, house.ann) == []
    assert "involved" not in make.fresh(incident).values
    set_status(make.fresh(firm), "proposed", by=house.ann)
    assert named(incident, house.ann) == ["Nordkap Trading Ltd"]


def test_an_organisation_that_two_incidents_name_makes_them_likelier_one(house: make.House) -> None:
    report(house, FIRST)
    report(house, SECOND, "two.txt")
    first, second = records("incident")
    [firm] = records("organisation")
    [reasons] = reasons_for([(first, second)], house.ann)
    assert {one.kind for one in reasons} >= {"date", "named"}
    [shared] = [one for one in reasons if one.kind == "named"]
    assert (shared.detail, shared.weight > 0) == ("Nordkap Trading Ltd", True)
    assert [one for one in reasons if firm.public_id in one.detail] == []
    facts = facts_for([first, second])
    assert facts[first.pk].named == {firm.public_id}
    apart = replace(facts[first.pk], named=frozenset())
    assert compare(facts[first.pk], facts[second.pk]).score > compare(apart, facts[second.pk]).score
    assert set(blocking_keys(facts[first.pk])) > set(blocking_keys(apart))


def test_ties_are_found_for_actors_that_were_read(house: make.House) -> None:
    other = apply_blueprint(SPACE.format(slug="metals"), name="metals", by=make.SYSTEM)
    report(house, FIRST)
    make.put_person("ann@example.org", name="Ann", organisation="police", roles={"trial": "editor", "metals": "editor"},
                    by=make.SYSTEM)  # fmt: skip
    enter_record(other, "organisation", [make.NewClaim("name", "Nordkap Trading Limited")], by=house.ann)
    make.run_jobs()
    [firm] = [one for one in records("organisation") if one.workspace_id == house.workspace.pk]
    [tie] = ties(house.ann, entry=firm)
    assert tie.kind == "actor"


def test_page_of_an_actor_shows_the_incidents_that_name_it_with_the_words(house: make.House) -> None:
    report(house, FIRST)
    report(house, SECOND, "two.txt", mark=POLICE)
    [firm] = records("organisation")[:1]
    client = make.signed_in(house, "cy")
    page = html.unescape(client.get(f"/r/{firm.public_id}/").content.decode())
    assert "Named in" in page
    assert "one.txt" in page
    assert "?from=" in page
    assert "two.txt" not in page
    incident = html.unescape(client.get(f"/r/{records('incident')[0].public_id}/").content.decode())
    assert f"/r/{firm.public_id}/" in incident


def test_page_of_an_actor_asks_as_many_queries_for_many_incidents_as_for_few(house: make.House) -> None:
    client = make.signed_in(house, "ann")
    counts = []
    for some in (range(2, 4), range(4, 12)):
        for day in some:
            report(house, f"On {day} May 2021 customs in Genoa seized shoes of Nordkap Trading Ltd.", f"{day}.txt")
        [firm] = records("organisation")
        client.get(f"/r/{firm.public_id}/")
        with CaptureQueriesContext(
            connection,
        ) as asked:
            page = client.get(f"/r/{firm.public_id}/").content.decode()
        counts.append(len(asked))
        assert page.count("Nordkap Trading Ltd</mark>") >= len(some)
    assert counts[0] == counts[1]


def desk(client: Client, house: make.House, incident: Entry, **post: str) -> Any:
    return client.post(f"/w/trial/review/{incident.public_id}/act/", post, headers={"Accept": "application/json"})


def test_desk_accepts_rejects_and_corrects_the_actor_that_an_incident_names(house: make.House) -> None:
    report(house, SECOND)
    enter_record(house.workspace, "organisation", [make.NewClaim("name", "Elbrus Line Ltd")], by=house.ann)
    make.run_jobs()
    [incident] = records("incident")
    client, claim = make.signed_in(house, "ann"), incident.claims.get(field="involved")
    page = html.unescape(client.get(f"/w/trial/review/{incident.public_id}/").content.decode())
    assert "Nordkapp Trading Limited" in page
    asked = {"field": "involved", "claim": claim.public_id}
    assert desk(client, house, incident, decision="accept", **asked).status_code == 200
    assert Claim.objects.get(pk=claim.pk).status == "accepted"
    refused = desk(client, house, incident, decision="edit", value="Nobody Known Ltd", **asked)
    assert refused.status_code == 400
    assert "Nobody Known Ltd" in refused.json()["message"]
    assert desk(client, house, incident, decision="edit", value="elbrus line limited", **asked).status_code == 200
    assert named(incident, house.ann) == ["Elbrus Line Ltd"]
    assert records("organisation", "rejected")[0].title == "Nordkapp Trading Limited"
    now = incident.claims.get(field="involved", status="accepted")
    assert desk(client, house, incident, decision="reject", field="involved", claim=now.public_id).status_code == 200
    assert named(incident, house.ann) == []


def test_desk_enters_the_actor_that_marked_words_name(house: make.House) -> None:
    work = report(house, "On 2 May 2021 customs in Genoa seized shoes that the Blue Heron gang had shipped.")
    [incident] = records("incident")
    passage = make.passages_of(work)[0]
    start = passage.text.index("Blue Heron gang")
    answer = desk(
        make.signed_in(house, "ann"), house, incident, decision="span", field="involved", claim="",
        passage=passage.public_id, start=str(start), end=str(start + 15),
    )  # fmt: skip
    assert answer.status_code == 200, answer.content
    [firm] = records("organisation", "accepted")
    assert firm.title == "Blue Heron gang"
    assert named(incident, house.ann) == ["Blue Heron gang"]
    [claim] = incident.claims.filter(field="involved")
    assert (claim.passage_id, claim.start) == (passage.pk, start)


def test_desk_tells_nobody_of_an_actor_that_is_hidden_from_them(house: make.House) -> None:
    report(house, SECOND)
    hidden = enter_record(
        house.workspace, "organisation", [make.NewClaim("name", "Elbrus Line Ltd")], mark=POLICE, by=house.ann
    )
    make.run_jobs()
    [incident] = records("incident")
    claim = incident.claims.get(field="involved")
    for value in ("Elbrus Line Ltd", hidden.public_id):
        answer = desk(make.signed_in(house, "cy"), house, incident, decision="edit", value=value, field="involved",
                      claim=claim.public_id)  # fmt: skip
        assert answer.status_code == 400
        assert "No record is called" in json.dumps(answer.json())


def test_name_that_would_be_masked_in_a_work_shown_whole_makes_no_actor(house: make.House) -> None:
    work = make.a_work(house, "Nothing yet.", read=False)
    work.work.allows_masking = False
    work.work.save()
    from plumbline.apps.records.actions import propose_records

    make.run_jobs()
    [entry] = propose_records(
        house.workspace,
        [("incident", [make.said("people", "Nothing", work, extractor="rules/2"), make.said("note", "yet", work, extractor="rules/2")])],
        work=make.fresh(work), by=house.ann,
    )  # fmt: skip
    assert records("person") == []
    assert [claim.field for claim in entry.claims.all()] == ["note"]


def test_relation_set_by_hand_to_a_hidden_record_is_withheld_too(house: make.House) -> None:
    hidden = enter_record(
        house.workspace, "organisation", [make.NewClaim("name", "Elbrus Line Ltd")], mark=POLICE, by=house.ann
    )
    incident = make.a_record(house, make.NewClaim("note", "seen"))
    add_claims(incident, [make.NewClaim("involved", hidden.public_id)], by=house.ann)
    assert named(incident, house.ann) == ["Elbrus Line Ltd"]
    assert named(incident, house.cy) == []
    assert make.fresh(incident).values == {"note": ["seen"]}


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_export_imported_as_it_is_changes_nothing_where_actors_were_merged(
    house: make.House, tmp_path: Path, form: str
) -> None:
    report(house, FIRST + " It was sold by Nordcap Tradings Ltd.")
    one, other = records("organisation")
    merge_records(one, [other], by=house.ann)
    path = tmp_path / f"out.{form}"
    path.write_bytes(b"".join(export_records(house.ann, house.workspace, "incident", Filter(), form, language="en")))
    kind = blueprint_of(house.workspace).types["incident"]
    found = look_ahead(path, path.name, kind, house.workspace, ("id",), language="en", viewer=house.ann)
    assert (found.new, found.changed, found.same) == (0, 0, 1)


def test_merge_and_split_of_incidents_reject_and_put_back_what_they_name(house: make.House) -> None:
    report(house, FIRST)
    report(house, "On 2 May 2021 customs in Genoa seized shoes.", "two.txt")
    [firm], (first, second) = records("organisation"), records("incident")
    set_status(first, "rejected", by=house.ann)
    assert make.fresh(firm).status == "rejected"
    merge_records(make.fresh(second), [make.fresh(first)], by=house.ann)
    assert make.fresh(firm).status == "proposed"
    assert named(second, house.ann) == ["Nordkap Trading Ltd"]
    set_status(make.fresh(second), "rejected", by=house.ann)
    assert make.fresh(firm).status == "rejected"
    set_status(make.fresh(second), "proposed", by=house.ann)
    split_record(make.fresh(first), by=house.ann)
    assert (make.fresh(first).status, make.fresh(firm).status) == ("rejected", "rejected")


def test_merged_actors_are_rejected_and_put_back_as_one_and_by_themselves_when_they_part(house: make.House) -> None:
    report(house, FIRST)
    report(house, "On 4 April 2021 police in Genoa seized shoes of Elbrus Line Ltd.", "two.txt")
    (one, other), (first, second) = records("organisation"), records("incident")

    def decide(entry: Entry, status: str) -> tuple[str, str]:
        set_status(make.fresh(entry), status, by=house.ann)
        return make.fresh(one).status, make.fresh(other).status

    merge_records(one, [other], by=house.ann)
    assert decide(first, "rejected") == ("proposed", "merged")
    assert decide(second, "rejected") == ("rejected", "merged")  # neither is named any longer
    assert decide(second, "proposed") == ("proposed", "merged")
    assert decide(second, "rejected") == ("rejected", "merged")
    split_record(make.fresh(other), by=house.ann)
    assert (make.fresh(one).status, make.fresh(other).status) == ("rejected", "rejected")
    assert decide(second, "proposed") == ("rejected", "proposed")
    merge_records(make.fresh(one), [make.fresh(other)], by=house.ann)
    assert make.fresh(one).status == "proposed"  # by what names the other
    assert {claim.entry_id for claim in naming(make.fresh(one), house.ann)[0]} == {second.pk}


def test_actor_entered_from_the_words_of_a_strict_report_is_as_strict(house: make.House) -> None:
    work = report(house, "On 2 May 2021 customs in Genoa seized shoes that the Blue Heron gang had shipped.")
    [incident] = records("incident")
    for one in (work, incident):
        mark_entry(make.fresh(one), POLICE, by=house.ann)
    passage = make.passages_of(make.fresh(work))[0]
    start = passage.text.index("Blue Heron gang")
    words = {"passage": passage.public_id, "start": str(start), "end": str(start + 15)}
    answer = desk(make.signed_in(house, "ann"), house, incident, decision="span", field="involved", claim="", **words)
    assert answer.status_code == 200
    [firm] = records("organisation", "accepted")
    client = make.signed_in(house, "cy")
    assert [client.get(f"/r/{one.public_id}/").status_code for one in (incident, firm)] == [404, 404]


def test_id_of_an_actor_that_was_restricted_is_withheld_in_what_others_write(house: make.House) -> None:
    report(house, FIRST)
    [firm], [incident] = records("organisation"), records("incident")
    mark_entry(firm, POLICE, by=house.ann)
    assert firm.public_id in words_withheld(make.fresh(incident), house.cy)


def test_accepting_an_actor_writes_nothing_of_what_names_it(house: make.House) -> None:
    report(house, FIRST)
    report(house, SECOND, "two.txt")
    [firm] = records("organisation")
    before = Change.objects.count()
    set_status(firm, "accepted", by=house.ann)
    assert Change.objects.count() == before + 1


def test_name_of_a_rejected_actor_is_proposed_once(house: make.House) -> None:
    report(house, FIRST)
    [firm], [incident] = records("organisation"), records("incident")
    set_status(incident, "rejected", by=house.ann)  # the firm goes with it, and comes back when it is named again
    report(house, SECOND, "two.txt")
    assert [one.pk for one in records("organisation")] == [firm.pk]
    set_status(make.fresh(firm), "rejected", by=house.ann)
    report(house, "On 9 June 2021 customs in Bari seized hats that Nordkap Trading Ltd had shipped.", "three.txt")
    assert records("organisation") == []
    third = records("incident")[-1]
    assert named(third, house.ann) == []
    set_status(make.fresh(firm), "accepted", by=house.ann)
    assert named(third, house.ann) == ["Nordkap Trading Ltd"]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_who_decide_on_an_actor_and_on_what_names_it_never_wait_for_each_other(
    house: make.House,
) -> None:
    for text in (FIRST, SECOND):
        report(house, text, f"{len(text)}.txt")
    [firm], incidents = records("organisation"), records("incident")
    errors: list[BaseException] = []

    def decide(entry: Entry) -> None:
        try:
            for turn in range(6):
                set_status(make.fresh(entry), ("rejected", "proposed")[turn % 2], by=house.ann)
        except BaseException as error:  # noqa: BLE001 - told by the test
            errors.append(error)
        finally:
            connection.close()

    threads = [Thread(target=decide, args=(one,)) for one in (firm, *incidents)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert errors == []


def test_actor_entered_by_hand_is_as_strict_as_what_is_withheld_of_the_words_it_rests_on(house: make.House) -> None:
    work = report(house, "On 2 May 2021 a man saw Zorro Holdings Ltd near the harbour of Genoa.", mark=Mark("CLEAR"))
    incident = make.create_record(house.workspace, "incident", [], by=house.ann, mark=Mark("CLEAR"))
    secret = make.said("name", "Zorro Holdings Ltd", work, mark=POLICE)
    make.create_record(house.workspace, "organisation", [secret], by=house.ann, mark=POLICE)
    entered = enter_record(
        house.workspace,
        "organisation",
        [make.said("alias", "Zorro Holdings Ltd", work)],
        named_in=incident,
        by=house.ann,
    )
    assert mark_of_class(entered.mark_class_id) == POLICE
    assert entries_with([entered.public_id], house.ann) and not entries_with([entered.public_id], house.eve)
