"""REST: an OpenAPI document of every route, and the same answers as the pages for each viewer."""

from __future__ import annotations

import hashlib
import io
import json
import re
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image
from tests import factories as make

from plumbline.apps.accounts.models import Person
from plumbline.apps.library import queries as library
from plumbline.apps.library.actions import decide_medium
from plumbline.apps.library.intake import take_medium
from plumbline.apps.library.models import Claim, Entry
from plumbline.apps.records.presenting import present
from plumbline.domain.access import PUBLIC, Mark, Viewer

pytestmark = pytest.mark.django_db
STRICT = Mark("AMBER+STRICT", "org:police")
ROUTES = {
    "/workspaces": {"get"}, "/workspaces/{slug}": {"get"}, "/workspaces/{slug}/blueprint": {"get"},
    "/workspaces/{slug}/types/{type_id}/records": {"get", "post"}, "/records/{record}": {"get"},
    "/records/{record}/ties": {"get"}, "/workspaces/{slug}/ties": {"get"}, "/ties/{tie}": {"get", "post"},
    "/records/{record}/claims": {"post"}, "/records/{record}/status": {"post"}, "/works": {"get", "post"},
    "/works/{work}": {"get"}, "/works/{work}/passages": {"get"}, "/works/{work}/versions": {"get"},
    "/passages/{passage}": {"get"}, "/search": {"get"},
    "/searches": {"get", "post"}, "/searches/{saved}": {"delete"}, "/searches/{saved}/new": {"get"}, "/searches/{saved}/look": {"post"},
    "/entries/{entry}/media": {"get"}, "/tasks": {"get"}, "/entries/{entry}/task": {"get", "put"},
    "/entries/{entry}/comments": {"get", "post"},
}  # fmt: skip
LIST = "/workspaces/trial/types/incident/records"


@pytest.fixture
def house() -> make.House:
    return make.a_house()


def client_of(house: make.House, name: str | None, **options: Any) -> Client:
    client = Client(**options)
    if name:
        client.force_login(Person.objects.get(public_id=house.people[name]))
    return client


def get(client: Client, path: str, status: int = 200) -> Any:
    answer = client.get(f"/api/v1{path}")
    assert answer.status_code == status, answer.content
    return answer.json()


def post(client: Client, path: str, body: Any, status: int = 201, **headers: str) -> Any:
    answer = client.post(f"/api/v1{path}", json.dumps(body), content_type="application/json", headers=headers)
    assert answer.status_code == status, answer.content
    return answer.json()


def a_told_record(house: make.House) -> tuple[Entry, Entry]:
    work = make.a_work(house, "Ann Lee was seen in Lagos with lead.", about={"title": "Port news", "language": "en"})
    claims = [make.said("waste", "lead", work, value="Y31"), make.said("name", "Ann Lee", work, mark=STRICT)]
    return make.a_record(house, make.claim("date"), make.claim("note"), *claims), work


# -- The document -----------------------------------------------------------------------------------------------------


def test_document_lists_every_route(house: make.House) -> None:
    schema = get(Client(), "/openapi.json")
    assert schema["openapi"].startswith("3.")
    found = {path.removeprefix("/api/v1"): set(methods) for path, methods in schema["paths"].items()}
    assert found == ROUTES


def test_document_holds_together(house: make.House) -> None:
    schema = get(Client(), "/openapi.json")
    text = json.dumps(schema)
    for ref in re.findall(r'"\$ref": "#/([^"]+)"', text):
        place: Any = schema
        for step in ref.split("/"):
            place = place[step]
    names = [one["operationId"] for methods in schema["paths"].values() for one in methods.values()]
    assert len(names) == len(set(names))
    for address, methods in schema["paths"].items():
        for one in methods.values():
            in_path = {each["name"] for each in one.get("parameters", ()) if each["in"] == "path"}
            assert in_path == set(re.findall(r"{(\w+)}", address))
            assert one["summary"]
            assert one["responses"]


def test_page_of_routes_asks_nothing_of_other_hosts(house: make.House) -> None:
    page = Client().get("/api/v1/").content.decode()
    assert "/api/v1/search" in page
    assert not re.search(r'(src|href)="(https?:)?//', page)


# -- Reading ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["ann", "bo", "cy", "di", "eve"])
def test_record_equals_what_the_page_shows(house: make.House, who: str) -> None:
    record, _work = a_told_record(house)
    given = get(client_of(house, who), f"/records/{record.public_id}")
    (shown,) = present([make.fresh(record)], house.person(who))
    assert given["title"] == shown.title
    words = {name: [one["text"] for one in values] for name, values in given["fields"].items()}
    assert words == {name: [one.text for one in field.values] for name, field in shown.fields.items() if field.values}
    assert ("name" in given["fields"]) is (who in ("ann", "bo"))


@pytest.mark.parametrize(("who", "total"), [("ann", 2), ("cy", 1), (None, 0)])
def test_list_holds_what_the_viewer_may_see(house: make.House, who: str | None, total: int) -> None:
    open_, _work = a_told_record(house)
    strict = make.a_record(house, make.claim("note"), mark=STRICT)
    page = get(client_of(house, who), LIST)
    assert page["total"] == len(page["items"]) == total
    viewer: Viewer = house.person(who) if who else PUBLIC
    for one in (open_, strict):
        there = library.entries(viewer).filter(pk=one.pk).exists()
        assert (one.public_id in [item["id"] for item in page["items"]]) is there


def test_what_is_hidden_answers_like_what_is_not(house: make.House) -> None:
    strict = make.a_record(house, make.claim("note"), mark=STRICT)
    client = client_of(house, "cy")
    hidden, absent = get(client, f"/records/{strict.public_id}", 404), get(client, "/records/0000000000000000", 404)
    assert json.dumps(hidden).replace(strict.public_id, "0" * 16) == json.dumps(absent)
    assert get(client_of(house, "ann"), f"/records/{strict.public_id}")["id"] == strict.public_id


@pytest.mark.parametrize(("query", "count"), [("waste=Y31", 1), ("waste=Y29", 0), ("from=2011&to=2011-12", 1), ("from=2012", 0),
                                              ("q=lead", 1), ("q=mercury", 0), ("status=rejected", 0)])  # fmt: skip
def test_list_takes_the_filters_of_the_page(house: make.House, query: str, count: int) -> None:
    a_told_record(house)
    assert get(client_of(house, "cy"), f"{LIST}?{query}")["total"] == count


@pytest.mark.parametrize("query", ["bbox=1,2", "status=odd", "size=0", "size=1000", "year=x", "page=0", "sort=odd"])
def test_list_refuses_what_it_does_not_understand(house: make.House, query: str) -> None:
    answer = get(client_of(house, "cy"), f"{LIST}?{query}", 400)
    assert set(answer) == {"code", "message", "params"}


def test_list_goes_page_by_page_with_the_same_number_of_queries(house: make.House) -> None:
    for _ in range(5):
        make.a_record(house, make.claim("note"))
    client, counts, seen = client_of(house, "cy"), [], []
    get(client, f"{LIST}?size=2")
    for address in (f"{LIST}?size=2&page=1", f"{LIST}?size=4&page=1", f"{LIST}?size=2&page=2", f"{LIST}?size=2&page=3"):
        with CaptureQueriesContext(connection) as caught:
            page = get(client, address)
        counts.append(len(caught))
        seen += [one["id"] for one in page["items"]] if "size=2" in address else []
    assert len(set(counts)) == 1
    assert len(seen) == len(set(seen)) == 5


def test_passage_is_masked_for_those_below_a_stricter_value(house: make.House) -> None:
    _record, work = a_told_record(house)
    (passage,) = get(client_of(house, "ann"), f"/works/{work.public_id}/passages")
    assert passage["text"].startswith("Ann Lee was")
    masked = get(client_of(house, "cy"), f"/passages/{passage['id']}")
    assert masked["text"].startswith("███████ was")
    assert masked["withheld"] == [[0, 7]]


def test_works_are_listed_with_their_state(house: make.House) -> None:
    _record, work = a_told_record(house)
    hidden = make.a_work(house, "Secret.", mark=STRICT, name="secret.txt")
    listed = get(client_of(house, "cy"), "/works?workspace=trial")
    assert [(one["id"], one["state"], one["passages"]) for one in listed["items"]] == [(work.public_id, "read", 1)]
    get(client_of(house, "cy"), f"/works/{hidden.public_id}", 404)
    assert get(client_of(house, "ann"), f"/works/{hidden.public_id}")["name"] == "secret.txt"


def test_search_finds_for_each_what_they_may_see(house: make.House) -> None:
    a_told_record(house)
    make.follow()
    assert get(client_of(house, "ann"), "/search?q=Lee")["total"] == 1
    assert get(client_of(house, "cy"), "/search?q=Lee")["total"] == 0
    found = get(client_of(house, "cy"), "/search?q=Lagos&workspace=trial")
    assert (found["total"], "Lee" in found["hits"][0]["passage"]["text"]) == (1, False)


def test_search_says_what_is_wrong_with_a_query(house: make.House) -> None:
    assert get(client_of(house, "cy"), "/search?q=(lead", 400)["code"].startswith("query")


def test_workspace_gives_types_counts_and_schemas(house: make.House) -> None:
    a_told_record(house)
    client = client_of(house, "cy")
    found = get(client, "/workspaces/trial")
    assert (found["role"], found["types"][0]["id"], found["types"][0]["records"]) == ("editor", "incident", 1)
    assert [one["slug"] for one in get(client, "/workspaces")] == ["trial"]
    schema = get(client, "/workspaces/trial/blueprint")["schemas"]["incident"]
    assert set(schema["properties"]) == set(make.VALUES)
    get(client, "/workspaces/none", 404)


# -- Writing ----------------------------------------------------------------------------------------------------------


def test_record_is_made_of_values_and_read_back(house: make.House) -> None:
    values = {"date": make.VALUES["date"], "waste": ["Y29", "Y31"], "country": "NG"}
    made = post(client_of(house, "ann"), LIST, {"values": values})
    back = get(client_of(house, "cy"), f"/records/{made['id']}")
    assert {name: [one["value"] for one in found] for name, found in back["fields"].items()} == {
        "date": [values["date"]], "waste": ["Y29", "Y31"], "country": ["NG"],
    }  # fmt: skip
    assert back["fields"]["country"][0]["claims"][0]["person"] == "Ann"


def test_record_made_strict_is_hidden_from_others(house: make.House) -> None:
    made = post(client_of(house, "ann"), LIST, {"values": {"note": "x"}, "mark": {"level": "AMBER+STRICT"}})
    get(client_of(house, "cy"), f"/records/{made['id']}", 404)
    get(client_of(house, "bo"), f"/records/{made['id']}")


@pytest.mark.parametrize(
    "body", [{"values": {"odd": 1}}, {"values": {"country": "Nigeria"}}, {"values": {}}, {"values": 3}, {}, []]
)
def test_record_of_wrong_values_is_refused_and_not_made(house: make.House, body: Any) -> None:
    answer = post(client_of(house, "ann"), LIST, body, 400)
    assert set(answer) == {"code", "message", "params"}
    assert not Entry.objects.filter(kind="record").exists()


def test_claim_rests_on_the_words_that_it_names(house: make.House) -> None:
    record, work = a_told_record(house)
    client = client_of(house, "ann")
    (passage,) = get(client, f"/works/{work.public_id}/passages")
    start = passage["text"].index("Lagos")
    claim = {"field": "country", "value": "NG", "passage": passage["id"], "start": start, "end": start + 5}
    given = post(client, f"/records/{record.public_id}/claims", {"claims": [claim]})
    assert given["fields"]["country"][0]["claims"][0]["source"]["quote"] == "Lagos"


@pytest.mark.parametrize("change", [{"start": 5, "end": 3}, {"end": 10_000}, {"start": None}])
def test_claim_on_no_stretch_is_refused(house: make.House, change: dict[str, Any]) -> None:
    record, work = a_told_record(house)
    passage = make.passages_of(work)[0].public_id
    claim = {"field": "country", "value": "NG", "passage": passage, "start": 0, "end": 3, **change}
    post(client_of(house, "ann"), f"/records/{record.public_id}/claims", {"claims": [claim]}, 400)
    assert not Claim.objects.filter(field="country").exists()


def test_claim_on_a_passage_not_to_be_seen_is_refused(house: make.House) -> None:
    record, _work = a_told_record(house)
    hidden = make.a_work(house, "Secret.", mark=STRICT, name="secret.txt")
    body = {"claims": [{"field": "country", "value": "NG", "passage": make.passages_of(hidden)[0].public_id}]}
    post(client_of(house, "cy"), f"/records/{record.public_id}/claims", body, 404)
    post(client_of(house, "ann"), f"/records/{record.public_id}/claims", body)


def test_status_is_for_reviewers_to_set(house: make.House) -> None:
    record, _work = a_told_record(house)
    address = f"/records/{record.public_id}/status"
    assert post(client_of(house, "di"), address, {"status": "rejected"}, 403)["code"] == "role.missing"
    assert post(client_of(house, "eve"), address, {"status": "rejected"}, 200)["status"] == "rejected"


def test_work_is_sent_as_a_file(house: make.House) -> None:
    file = SimpleUploadedFile("note.txt", b"Lead was found in Lagos.", "text/plain")
    answer = client_of(house, "ann").post("/api/v1/works", {"workspace": "trial", "title": "A note", "file": file})
    assert answer.status_code == 201, answer.content
    assert answer.json()["state"] == "reading"
    make.run_jobs()
    assert get(client_of(house, "ann"), f"/works/{answer.json()['id']}")["passages"] == 1


def test_empty_file_is_refused_with_its_name(house: make.House) -> None:
    file = SimpleUploadedFile("note.txt", b"", "text/plain")
    answer = client_of(house, "ann").post("/api/v1/works", {"workspace": "trial", "file": file})
    assert (answer.status_code, answer.json()["code"]) == (400, "file.empty")


def test_writing_needs_an_account(house: make.House) -> None:
    assert post(client_of(house, None), LIST, {"values": {"note": "x"}}, 401)["code"] == "api.sign-in"


def test_writing_needs_the_token_of_the_session(house: make.House) -> None:
    client = client_of(house, "ann", enforce_csrf_checks=True)
    post(client, LIST, {"values": {"note": "x"}}, 403)
    client.get("/account/login/")
    client.get("/w/")
    token = client.cookies["csrftoken"].value if "csrftoken" in client.cookies else "0" * 32
    client.cookies["csrftoken"] = token
    post(client, LIST, {"values": {"note": "x"}}, 201, **{"X-CSRFToken": token})


# -- Media, tasks, comments -------------------------------------------------------------------------------------------


def picture(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (4, 3), colour).save(out, "PNG")
    return out.getvalue()


def test_media_are_listed_for_those_who_may_see_them_and_their_bytes_lie_where_it_says(house: make.House) -> None:
    record, _work = a_told_record(house)
    pictures = {None: picture("navy"), STRICT: picture("red")}
    for mark, drawn in pictures.items():
        medium = take_medium(io.BytesIO(drawn), "drum.png", record, "A drum", by=house.ann, mark=mark)
        decide_medium(medium, "accepted", by=house.ann)
    told = {name: get(client_of(house, name), f"/entries/{record.public_id}/media") for name in ("ann", "cy")}
    assert [len(told["ann"]), len(told["cy"])] == [2, 1]
    assert told["cy"][0]["sha256"] == hashlib.sha256(pictures[None]).hexdigest()
    answer = client_of(house, "cy").get(told["cy"][0]["file"].removeprefix("http://testserver"))
    assert b"".join(answer.streaming_content) == pictures[None]
    for name in ("ann", "cy"):
        assert get(client_of(house, name), f"/records/{record.public_id}")["media"] == told[name]


def test_medium_that_waits_is_in_no_export(house: make.House) -> None:
    record, _work = a_told_record(house)
    take_medium(io.BytesIO(picture("navy")), "drum.png", record, "A drum", by=house.ann)
    assert get(client_of(house, "ann"), f"/records/{record.public_id}")["media"] == []
    assert len(get(client_of(house, "ann"), f"/entries/{record.public_id}/media")) == 1
    assert get(client_of(house, "bo"), f"/entries/{record.public_id}/media") == []


def test_dates_of_a_mark_are_told(house: make.House) -> None:
    mark = Mark("AMBER", "org:police", frozenset({"org:health"}), embargo=date(2031, 2, 3))
    record = make.a_record(house, make.claim("note"), mark=mark)
    assert get(client_of(house, "ann"), f"/records/{record.public_id}")["mark"]["embargo"] == "2031-02-03"


def test_task_is_set_and_listed_to_its_assignee(house: make.House) -> None:
    record, _work = a_told_record(house)
    ann, di, address = client_of(house, "ann"), client_of(house, "di"), f"/api/v1/entries/{record.public_id}/task"
    body = {"assignee": house.di.person, "due": "2026-12-03"}
    assert ann.put(address, json.dumps(body), content_type="application/json").json()["state"] == "todo"
    (task,) = get(di, "/tasks")
    assert (task["entry"], task["due"]) == (record.public_id, "2026-12-03")
    assert get(ann, "/tasks") == []
    for wrong in ({"state": "burnt"}, {"due": "soon"}, {"assignee": "person:nobody"}):
        refused = ann.put(address, json.dumps(wrong), content_type="application/json")
        assert refused.status_code == 400
    assert get(client_of(house, "bo"), f"/entries/{record.public_id}/task", 403)["code"] == "role.missing"
    assert ann.put(address, json.dumps({"assignee": ""}), content_type="application/json").json()["due"] == "2026-12-03"
    assert get(di, "/tasks") == []


def test_comment_is_written_and_read_by_those_it_is_for(house: make.House) -> None:
    record, _work = a_told_record(house)
    address = f"/entries/{record.public_id}/comments"
    said = post(client_of(house, "ann"), address, {"text": "Who is Ann Lee? @di"})
    assert said["told"] == [house.di.person]
    post(client_of(house, "ann"), address, {"text": "For us", "readers": "organisation"})
    assert [one["text"] for one in get(client_of(house, "di"), address)] == ["Who is ███████? @di"]
    assert len(get(client_of(house, "ann"), address)) == 2
    get(client_of(house, "bo"), address, 403)
    post(client_of(house, "bo"), address, {"text": "Me too"}, 403)
    post(client_of(house, None), address, {"text": "Me too"}, 401)
