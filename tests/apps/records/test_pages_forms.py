"""Making and correcting records by form, and saying who may see."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from tests.apps.records import making as make

from plumbline.apps.library.models import Claim, Entry
from plumbline.apps.spine.models import Workspace
from plumbline.domain.access import Mark

pytestmark = pytest.mark.django_db


@pytest.fixture
def space() -> Workspace:
    for slug in ("customs", "police"):
        make.organisation(slug)
    make.group("north", "customs", "police")
    return make.workspace()


@pytest.fixture
def contributor(space: Workspace) -> Any:
    return make.person("carl", "customs", spills="contributor")


@pytest.fixture
def reviewer(space: Workspace) -> Any:
    return make.person("ann", "customs", spills="reviewer")


def filled(page: Any) -> dict[str, Any]:
    """What a browser would send back of a form as it stands."""
    body = page.content.decode().split('<form method="post"')[-1]
    sent: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", body):
        found = {key: html.unescape(value) for key, value in re.findall(r'(\w+)="([^"]*)"', tag)}
        if found.get("type") in ("checkbox", "radio"):
            if " checked" in tag:
                sent.setdefault(found["name"], []).append(found["value"])
        elif "name" in found:
            sent[found["name"]] = found.get("value", "")
    for attributes, text in re.findall(r"<textarea([^>]*)>(.*?)</textarea>", body, re.S):
        sent[re.search(r'name="([^"]+)"', attributes)[1]] = html.unescape(text)  # type: ignore[index]
    for attributes, options in re.findall(r"<select([^>]*)>(.*?)</select>", body, re.S):
        chosen = re.search(r'value="([^"]*)" selected', options)
        sent[re.search(r'name="([^"]+)"', attributes)[1]] = chosen[1] if chosen else ""  # type: ignore[index]
    return sent


NEW = "/w/spills/spill/new/"
WRITTEN = {
    "v-date": "2011-03-05", "v-place": "Genoa; 44.41, 8.93; Italy", "v-country": "IT", "v-matter": ["oil", "acid"],
    "v-amount": "12-15 t", "v-victim": "Jon Smit", "v-names": "Anna\nBert\n\nAnna", "v-note-en": "Seen", "v-note-ar": "شوهد",
    "v-related": "", "level": "GREEN",
}  # fmt: skip


def test_new_record_holds_what_was_written_as_claims_of_its_author(space, contributor) -> None:
    browser = make.client(contributor)
    assert browser.get(NEW).status_code == 200
    answer = browser.post(NEW, WRITTEN)
    assert answer.status_code == 302, answer.content.decode()
    entry = Entry.objects.get(kind="record")
    assert answer.url == f"/r/{entry.public_id}/"
    claims = Claim.objects.filter(entry=entry)
    assert {claim.person for claim in claims} == {make.viewer(contributor).person}
    values = {(claim.field, str(claim.value)) for claim in claims}
    assert ("matter", "oil") in values
    assert ("matter", "acid") in values
    assert sorted(claim.value for claim in claims.filter(field="names")) == ["Anna", "Bert"]
    assert claims.get(field="note").value == {"en": "Seen", "ar": "شوهد"}
    assert claims.get(field="place").value["lat"] == 44.41
    assert claims.get(field="victim").mark_class.level == "AMBER+STRICT"
    assert claims.get(field="date").mark_class.level == "GREEN"


def test_errors_name_their_fields_and_nothing_is_lost(space, contributor) -> None:
    browser = make.client(contributor)
    answer = browser.post(NEW, WRITTEN | {"v-date": "soonish", "v-amount": "12 apples"})
    page = html.unescape(answer.content.decode())
    assert answer.status_code == 400
    assert not Entry.objects.exists()
    summary = page.split('role="alert"')[1].split("</ul>")[0]
    assert 'href="#field-v-date"' in summary
    assert 'href="#field-v-amount"' in summary
    assert "Date: 'soonish' is no date" in summary
    assert 'id="field-v-date"' in page
    for kept in ("soonish", "12 apples", "Genoa; 44.41, 8.93; Italy", "Jon Smit", "شوهد"):
        assert kept in page
    arabic = make.client(contributor, "ar").post(NEW, WRITTEN | {"v-date": "soonish"})
    assert "التاريخ: " in html.unescape(arabic.content.decode()).split('role="alert"')[1]


def test_record_of_nothing_is_refused(space, contributor) -> None:
    answer = make.client(contributor).post(NEW, {"level": "GREEN"})
    assert answer.status_code == 400
    assert not Entry.objects.exists()


def test_relation_to_what_one_may_not_see_is_refused_like_one_to_nothing(space, contributor) -> None:
    other = make.person("pola", "police", spills="contributor")
    hidden = make.record(space, make.viewer(other), {"matter": "oil"}, mark=Mark("AMBER", "org:police"))
    browser = make.client(contributor)
    answers = [browser.post(NEW, WRITTEN | {"v-related": key}) for key in (hidden.public_id, "0" * 16)]
    assert [one.status_code for one in answers] == [400, 400]
    said = [html.unescape(one.content.decode()).split('role="alert"')[1].split("</ul>")[0] for one in answers]
    assert said[0].replace(hidden.public_id, "0" * 16) == said[1]


def test_who_will_see_is_chosen_before_sending(space, contributor) -> None:
    browser = make.client(contributor)
    page = browser.get(NEW).content.decode()
    assert "Who will see this" in page
    assert 'value="org:police"' in page
    assert "Kept to fewer than the record" in page
    browser.post(NEW, WRITTEN | {"level": "AMBER", "audience": ["org:police"]})
    mark = Entry.objects.get(kind="record").mark_class.mark
    assert mark == Mark("AMBER", "org:customs", frozenset({"org:police"}))


def test_audience_that_the_level_forbids_is_told_in_the_form(space, contributor) -> None:
    answer = make.client(contributor).post(NEW, WRITTEN | {"level": "AMBER+STRICT", "audience": ["group:north"]})
    assert answer.status_code == 400
    assert "names organisations or persons" in answer.content.decode()
    assert not Entry.objects.exists()


def test_form_sent_back_as_it_stands_changes_nothing(space, reviewer) -> None:
    browser = make.client(reviewer)
    browser.post(NEW, WRITTEN)
    entry = Entry.objects.get(kind="record")
    before = Claim.objects.count()
    url = f"/r/{entry.public_id}/edit/"
    answer = browser.post(url, filled(browser.get(url)))
    assert answer.status_code == 302
    assert Claim.objects.count() == before
    assert not Claim.objects.filter(status="rejected").exists()


def test_edit_claims_only_what_was_changed(space, reviewer, contributor) -> None:
    make.client(reviewer).post(NEW, WRITTEN)
    entry = Entry.objects.get(kind="record")
    browser, url = make.client(contributor), f"/r/{entry.public_id}/edit/"
    sent = filled(browser.get(url)) | {"v-date": "2012", "v-names": "Anna\nBert\nCleo"}
    assert browser.post(url, sent).status_code == 302
    fresh = Claim.objects.filter(entry=entry, person=make.viewer(contributor).person)
    assert sorted((one.field, str(one.value)) for one in fresh) == [
        ("date", "{'end': '2012-12-31', 'start': '2012-01-01', 'precision': 'year'}"), ("names", "Cleo"),
    ] or {one.field for one in fresh} == {"date", "names"}  # fmt: skip
    assert fresh.count() == 2
    entry.refresh_from_db()
    assert entry.values["date"][0]["start"] == "2012-01-01"


def test_taking_a_value_out_is_for_reviewers(space, reviewer, contributor) -> None:
    make.client(contributor).post(NEW, WRITTEN)
    entry = Entry.objects.get(kind="record")
    url = f"/r/{entry.public_id}/edit/"
    sent = filled(make.client(contributor).get(url)) | {"v-names": "Anna", "v-amount": ""}
    refused = make.client(contributor).post(url, sent)
    assert refused.status_code == 400
    assert "Names: only a reviewer" in refused.content.decode()
    assert make.client(reviewer).post(url, sent).status_code == 302
    gone = Claim.objects.filter(entry=entry, status="rejected")
    assert {(one.field, str(one.value)) for one in gone if one.field == "names"} == {("names", "Bert")}
    assert gone.filter(field="amount").count() == 1


def test_edit_with_a_stricter_choice_marks_the_new_values_alone(space, contributor) -> None:
    browser = make.client(contributor)
    browser.post(NEW, WRITTEN)
    entry = Entry.objects.get(kind="record")
    url = f"/r/{entry.public_id}/edit/"
    browser.post(url, filled(browser.get(url)) | {"v-date": "2012", "level": "AMBER", "audience": []})
    newest = Claim.objects.filter(entry=entry).latest("pk")
    assert newest.mark_class.mark == Mark("AMBER", "org:customs")
    entry.refresh_from_db()
    assert entry.mark_class.level == "GREEN"
    assert entry.values["date"][0]["start"] == "2011-03-05"


def test_mark_of_a_value_is_changed_where_who_sees_it_is_told(space, contributor) -> None:
    browser = make.client(contributor)
    browser.post(NEW, WRITTEN)
    entry = Entry.objects.get(kind="record")
    claim = Claim.objects.get(entry=entry, field="date")
    url = f"/r/{entry.public_id}/who/"
    page = html.unescape(browser.get(url).content.decode())
    assert "Customs" in page
    assert "you belong there" in page
    assert f"?change={claim.public_id}#change" in page
    assert browser.get(f"{url}?change={claim.public_id}").status_code == 200
    sent = {"change": claim.public_id, "level": "AMBER", "audience": ["org:police"]}
    assert browser.post(url, sent).status_code == 302
    claim.refresh_from_db()
    assert claim.mark_class.mark == Mark("AMBER", "org:customs", frozenset({"org:police"}))


def test_opening_what_another_organisation_owns_is_refused_in_the_form(space, contributor) -> None:
    other = make.person("pola", "police", spills="contributor")
    mark = Mark("AMBER", "org:police", frozenset({"org:customs"}))
    entry = make.record(space, make.viewer(other), {"matter": "oil"}, mark=mark)
    answer = make.client(contributor).post(f"/r/{entry.public_id}/who/", {"change": "record", "level": "CLEAR"})
    assert answer.status_code == 400
    assert "may open this to more readers" in answer.content.decode()
    entry.refresh_from_db()
    assert entry.mark_class.mark == mark


def test_reader_gets_no_form(space, contributor) -> None:
    reader = make.person("rita", "customs", spills="reader")
    entry = make.record(space, make.viewer(contributor), {"matter": "oil"})
    url = f"/r/{entry.public_id}/who/"
    make.client(reader).post(url, {"change": "record", "level": "RED"})
    entry.refresh_from_db()
    assert entry.mark_class.level == "GREEN"
    assert make.client(reader).get(NEW).status_code == 403


def test_form_opened_before_another_person_saved_takes_nothing_of_theirs_back(space, reviewer, contributor) -> None:
    make.client(reviewer).post(NEW, WRITTEN)
    entry = Entry.objects.get(kind="record")
    url = f"/r/{entry.public_id}/edit/"
    first, second = make.client(contributor), make.client(reviewer)
    opened = filled(second.get(url))
    assert first.post(url, filled(first.get(url)) | {"v-date": "5 March 2012"}).status_code == 302
    assert second.post(url, opened | {"v-names": "Anna\nBert\nCleo"}).status_code == 302  # leaves the day alone
    entry.refresh_from_db()
    assert entry.values["date"][0]["start"] == "2012-03-05"
    assert "Cleo" in entry.values["names"]
    both = second.post(url, opened | {"v-date": "2013"})
    assert both.status_code == 400
    told = html.unescape(both.content.decode())
    assert "Date: somebody changed this to '2012-03-05' while you wrote." in told
    assert filled(both)["v-date"] == "2013"  # nothing that was written is lost
    assert second.post(url, filled(both)).status_code == 302
    assert Claim.objects.filter(entry=entry, field="date", person=make.viewer(reviewer).person).count() == 2
