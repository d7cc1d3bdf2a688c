"""Saved searches: kept for their owner alone, new hits counted when looked at, feeds that show what the owner may see now."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree

import pytest
from django.test import Client
from tests import factories as make

from plumbline.apps.accounts.actions import put_person
from plumbline.apps.accounts.models import Person
from plumbline.apps.library import actions
from plumbline.apps.library.models import SavedSearch
from plumbline.apps.library.saved import feed_secret, get_saved, saved_searches
from plumbline.apps.library.searching import Asked
from plumbline.apps.spine.models import AuditEntry
from plumbline.apps.spine.queries import audit_log
from plumbline.domain.access import PUBLIC, Mark, Viewer
from plumbline.domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from plumbline.domain.query import QuerySyntaxError

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("index")]
POLICE, CLEAR = Mark("AMBER+STRICT", "org:police"), Mark("CLEAR", "org:police")
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def house() -> make.House:
    return make.a_house()


def saved_by(house: make.House, name: str, text: str = "drum", **asked: list[str]) -> SavedSearch:
    return actions.save_search(Asked.read({"q": [text], **asked}), "Drums", house.workspace, by=house.person(name))


def counts(viewer: Viewer) -> list[tuple[int, int]]:
    return [(one.new, one.total) for one in saved_searches(viewer)]


def entries(saved: SavedSearch) -> list[tuple[str, str]]:
    """Titles and texts of the feed of a search as it stands, read by somebody who is not signed in."""
    saved.refresh_from_db()
    answer = Client().get(f"/feeds/{feed_secret(saved.public_id, saved.turn)}/")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("application/atom+xml")
    feed = ElementTree.fromstring(answer.content)  # noqa: S314 -- our own answer
    return [(one.findtext(f"{ATOM}title"), one.findtext(f"{ATOM}summary")) for one in feed.iter(f"{ATOM}entry")]


def test_what_came_since_the_last_look_is_new_once(house: make.House) -> None:
    make.a_work(house, "A drum of acid.", "A drum of oil.", "No barrel.")
    make.follow()
    saved = saved_by(house, "cy")
    assert counts(house.cy) == [(0, 2)]
    make.a_work(house, "One more drum, in French.", name="more.txt", about={"language": "fr"})
    make.follow()
    assert counts(house.cy) == [(1, 3)]
    client = make.signed_in(house, "cy")
    assert "1 new of 3" in client.get("/searches/").content.decode()
    page = client.post(f"/searches/{saved.public_id}/look/", follow=True)
    assert "1 passage" in page.content.decode()
    assert "of acid" not in page.content.decode()
    assert counts(house.cy) == [(0, 3)]


def test_what_the_index_has_not_followed_yet_is_still_new_afterwards(house: make.House) -> None:
    make.a_work(house, "A first drum.")
    make.follow()
    saved = saved_by(house, "cy")
    make.a_work(house, "A second drum.", name="second.txt")
    actions.look_at_search(saved, by=house.cy)
    make.follow()
    (new, total) = counts(house.cy)[0]
    assert (new > 0, total) == (True, 2)


def test_page_of_what_waits_shows_saved_searches_with_what_is_new_first(house: make.House) -> None:
    make.a_work(house, "A drum of acid.", "A barge.")
    make.follow()
    for text in ("barge", "drum"):
        actions.save_search(Asked(text), f"About {text}", house.workspace, by=house.cy)
    saved_by(house, "ann")
    make.a_work(house, "One more drum.", name="more.txt")
    make.follow()
    page = make.signed_in(house, "cy").get("/mine/").content.decode()
    assert "1 new of 2" in page
    assert "nothing new among 1" in page
    assert page.index("About drum") < page.index("About barge")
    assert page.count("/look/") == 2
    assert "Saved searches" not in make.signed_in(house, "di").get("/mine/").content.decode()


def test_rest_keeps_lists_looks_at_and_deletes_searches_of_who_asks_alone(house: make.House) -> None:
    make.a_work(house, "A drum of acid.")
    make.follow()
    cy, ann = make.signed_in(house, "cy"), make.signed_in(house, "ann")
    wanted = {"q": "drum", "name": "Drums", "workspace": "trial", "language": ["en", "fr"], "from": "2001-01-01"}
    answer = cy.post("/api/v1/searches", json.dumps(wanted), content_type="application/json")
    assert answer.status_code == 201, answer.content
    kept = answer.json()
    assert kept["asked"] == {"q": ["drum"], "language": ["en", "fr"], "from": ["2001-01-01"]}
    plain = cy.post("/api/v1/searches", json.dumps({"q": "drum"}), content_type="application/json").json()
    assert (plain["name"], plain["workspace"], plain["total"], plain["new"]) == ("drum", "", 1, 0)
    make.a_work(house, "One more drum.", name="more.txt")
    make.follow()
    assert {one["name"]: (one["new"], one["total"]) for one in cy.get("/api/v1/searches").json()}["drum"] == (1, 2)
    at = f"/api/v1/searches/{plain['id']}"
    new = cy.get(f"{at}/new").json()
    assert [hit["passage"]["text"] for hit in new["hits"]] == ["One more drum."]
    for ask in (ann.get(f"{at}/new"), ann.post(f"{at}/look"), ann.delete(at), Client().get(f"{at}/new")):
        assert ask.status_code == 404 if ask.request.get("HTTP_COOKIE") else ask.status_code in (401, 404)
    assert ann.get("/api/v1/searches").json() == []
    assert cy.post(f"{at}/look").json()["new"] == 0
    assert cy.get(f"{at}/new").json()["hits"] == []
    assert cy.delete(at).status_code == 204
    assert cy.get(f"{at}/new").status_code == 404
    bad = cy.post("/api/v1/searches", json.dumps({"q": "drum AND"}), content_type="application/json")
    assert bad.status_code == 400


def test_work_opened_to_more_readers_is_new_to_those_and_a_hidden_one_counts_for_nobody_else(house: make.House) -> None:
    make.a_work(house, "A first drum.")
    make.follow()
    saved_by(house, "cy")
    hidden = make.a_work(house, "A second drum.", name="second.txt", mark=POLICE)
    make.follow()
    assert counts(house.cy) == [(0, 1)]
    actions.mark_entry(hidden, CLEAR, by=house.ann)
    make.follow()
    assert counts(house.cy) == [(1, 2)]


def test_facets_and_dates_are_kept_with_the_text(house: make.House) -> None:
    for language, date in (("en", "2011-03-05"), ("fr", "2011-03-05"), ("fr", "2012-03-05")):
        make.a_work(
            house, f"drum {language} {date}", name=f"{language}{date}", about={"language": language, "date": date}
        )
    make.follow()
    client = make.signed_in(house, "cy")
    sent = {"q": "drum", "language": "fr", "from": "2012-01-01", "name": "", "in": "trial"}
    assert "Saved." in client.post("/searches/", sent, follow=True).content.decode()
    kept = SavedSearch.objects.get()
    assert (kept.name, kept.asked) == ("drum", {"q": ["drum"], "language": ["fr"], "from": ["2012-01-01"]})
    assert counts(house.cy) == [(0, 1)]
    page = client.get("/searches/").content.decode()
    assert "/w/trial/search/?q=drum&amp;language=fr&amp;from=2012-01-01" in page


def test_columns_are_kept_with_a_search_and_change_nothing_in_its_feed(house: make.House) -> None:
    make.a_work(house, "A drum of acid.")
    make.follow()
    client = make.signed_in(house, "cy")
    page = client.get("/search/?q=drum&show=mark&show=author&show=nonsense").content.decode()
    (form,) = re.findall(r"<form method=\"post\" action=\"/searches/\">.*?</form>", page, re.DOTALL)
    sent = re.findall(r'<input type="hidden" name="([a-z]+)" value="([^"]*)">', form)
    assert [value for name, value in sent if name == "show"] == ["author", "mark"]
    fields = {
        "name": "Table",
        "in": "",
        "q": "drum",
        "show": [*(value for name, value in sent if name == "show"), "nonsense"],
    }
    assert "Saved." in client.post("/searches/", fields, follow=True).content.decode()
    client.post("/searches/", {"name": "List", "in": "", "q": "drum"})
    table, plain = SavedSearch.objects.get(name="Table"), SavedSearch.objects.get(name="List")
    assert (table.columns, table.asked) == (["author", "mark"], plain.asked)
    assert plain.columns == []
    shown = "/search/?q=drum&amp;show=author&amp;show=mark"
    for address in ("/searches/", "/mine/"):
        assert shown in client.get(address).content.decode()
    looked = client.post(f"/searches/{table.public_id}/look/")["Location"]
    assert looked.startswith("/search/?q=drum&show=author&show=mark&since=")
    assert entries(table) == entries(plain) != []
    assert counts(house.cy) == [(0, 1), (0, 1)]
    bad = {"q": "drum", "show": ["author", "nonsense"]}
    refused = client.post("/api/v1/searches", json.dumps(bad), content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (400, "search.column")
    good = {"q": "drum", "show": ["mark", "author", "mark"]}
    kept = client.post("/api/v1/searches", json.dumps(good), content_type="application/json").json()
    assert kept["show"] == ["author", "mark"]
    assert kept["url"] == "http://testserver/search/?q=drum&show=author&show=mark"


def test_feed_shows_what_its_owner_may_see_now_without_a_trace_of_the_rest(house: make.House) -> None:
    work = make.a_work(house, "The drum of Ann Lee.", about={"title": "Report on Ann Lee"}, name="a.txt")
    make.a_work(house, "A drum for the police.", name="b.txt", mark=POLICE, about={"title": "Inner"})
    make.a_work(
        house,
        "A drum for Eve alone.",
        name="c.txt",
        by=house.eve,
        mark=Mark("RED", None, frozenset({house.eve.person})),
    )
    make.a_record(house, make.said("victim", "Ann Lee", work, mark=POLICE))
    make.follow()
    ours, theirs, eves = (saved_by(house, name) for name in ("ann", "cy", "eve"))
    assert {text for _, text in entries(ours)} == {
        "<p>The drum of Ann Lee.</p><p>TLP:CLEAR</p>", "<p>A drum for the police.</p><p>TLP:AMBER+STRICT</p>",
    }  # fmt: skip
    ((title, text),) = entries(theirs)
    assert "Ann" not in title + text
    assert "Lee" not in title + text
    assert "Eve" not in str(entries(eves)), "what is for named persons leaves by no feed"
    put_person("ann@example.org", name="Ann", organisation="customs", roles={"trial": "reader"}, by=house.root)
    assert entries(ours) == entries(theirs), "who left the organisation reads no more by the old address"


def test_feed_of_nobody_and_of_a_renewed_address_answers_as_nothing(house: make.House) -> None:
    make.a_work(house, "A drum &amp; <b>tap</b>.\x0b")
    make.follow()
    saved = saved_by(house, "cy")
    old = feed_secret(saved.public_id, saved.turn)
    assert len(entries(saved)) == 1
    make.signed_in(house, "cy").post(f"/searches/{saved.public_id}/renew/")
    assert len(entries(saved)) == 1
    assert feed_secret(saved.public_id, saved.turn) != old
    Person.objects.filter(public_id=house.people["cy"]).update(is_active=False)
    gone = [old, feed_secret(saved.public_id, saved.turn), f"{saved.public_id}-{'0' * 40}", saved.public_id, "zzzz-1"]
    answers = [Client().get(f"/feeds/{one}/") for one in gone]
    assert {one.status_code for one in answers} == {404}
    told = [re.sub(r'value="\w{64}"', "", one.content.decode()) for one in answers]
    assert len({one.replace(secret, "#") for one, secret in zip(told, gone, strict=True)}) == 1


def test_empty_feed_is_valid_and_does_not_change_with_what_is_hidden(house: make.House) -> None:
    saved = saved_by(house, "cy")
    before = Client().get(f"/feeds/{feed_secret(saved.public_id, saved.turn)}/").content
    make.a_work(house, "A drum.", mark=POLICE)
    make.follow()
    assert Client().get(f"/feeds/{feed_secret(saved.public_id, saved.turn)}/").content == before
    assert ElementTree.fromstring(before).findtext(f"{ATOM}updated")  # noqa: S314


def test_saved_search_is_for_its_owner_alone_and_the_log_has_no_words_of_it(house: make.House) -> None:
    saved = saved_by(house, "cy", "secretive")
    for stranger in (house.ann, house.root, PUBLIC):
        with pytest.raises(NotFound):
            get_saved(saved.public_id, stranger)
        assert counts(stranger) == []
    client = make.signed_in(house, "ann")
    for act in ("look", "delete", "renew"):
        assert client.post(f"/searches/{saved.public_id}/{act}/").status_code == 404
        assert Client().post(f"/searches/{saved.public_id}/{act}/").status_code == 302
    saved.refresh_from_db()
    assert saved.turn == 1
    last = audit_log().filter(verb="search.save").get()
    assert "secretive" not in json.dumps([last.detail, last.refs])
    make.signed_in(house, "cy").post(f"/searches/{saved.public_id}/delete/")
    assert not SavedSearch.objects.exists()
    assert AuditEntry.objects.filter(verb="search.delete", by=house.cy.person).exists()


def test_search_in_a_workspace_that_its_owner_may_no_longer_know_of_is_gone(house: make.House) -> None:
    make.a_work(house, "A drum.")
    make.follow()
    saved = saved_by(house, "cy")
    cellar = make.BLUEPRINT.replace("sharing:", 'sharing:\n  workspace: {level: AMBER, audience: ["org:police"]}', 1)
    make.a_workspace(cellar.replace("version: 1", "version: 2"))
    assert counts(house.cy) == []
    assert Client().get(f"/feeds/{feed_secret(saved.public_id, saved.turn)}/").status_code == 404


def test_searches_that_cannot_be_kept_are_refused_in_words(house: make.House) -> None:
    for text, error in (("", InvalidInput), ("drum AND", QuerySyntaxError), ("x " * 3000, InvalidInput)):
        with pytest.raises(error):
            saved_by(house, "cy", text)
    with pytest.raises(InvalidInput):
        saved_by(house, "cy", language=["x" * 300] * 30)
    with pytest.raises(Forbidden):
        actions.save_search(Asked("drum"), "", None, by=PUBLIC)
    SavedSearch.objects.bulk_create(
        SavedSearch(public_id=f"s{n}", owner=house.cy.person, name="x", asked={"q": ["(drum"]}) for n in range(100)
    )
    with pytest.raises(Conflict):
        saved_by(house, "cy")
    assert "is never closed" in make.signed_in(house, "cy").get("/searches/").content.decode()
    assert not SavedSearch.objects.filter(name="Drums").exists()
