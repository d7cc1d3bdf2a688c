"""Tasks and comments: who may, who reads, what waits for whom, what is taken back."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from tests import factories as make

from plumbline.apps.library.actions import mark_entry, merge_records, split_record
from plumbline.apps.records.actions import change_many, undo
from plumbline.apps.spine.clock import today
from plumbline.apps.spine.models import AuditEntry
from plumbline.apps.spine.queries import audit_log
from plumbline.apps.teamwork import queries
from plumbline.apps.teamwork.actions import note_mentions, set_task, withdraw_comment, write_comment
from plumbline.apps.teamwork.models import Comment
from plumbline.domain.access import Mark
from plumbline.domain.errors import Conflict, Forbidden, InvalidInput, NotFound

pytestmark = pytest.mark.django_db
POLICE, CLEAR = Mark("AMBER", "org:police"), Mark("CLEAR", "org:police")


@pytest.fixture
def house() -> make.House:
    return make.a_house()


def key(house: make.House, name: str) -> str:
    return house.person(name).person or ""


def test_task_waits_for_its_assignee_until_it_is_done(house: make.House) -> None:
    record = make.a_record(house, make.claim("note"))
    day = (today() - timedelta(days=3)).isoformat()
    set_task(record, {"assignee": key(house, "di"), "due": day}, by=house.ann)
    page = make.signed_in(house, "di").get("/mine/").content.decode()
    assert f"/team/{record.public_id}/" in page
    assert "3 days late" in page
    assert "1 task of yours is late" in make.signed_in(house, "di").get("/").content.decode()
    assert f"/team/{record.public_id}/" not in make.signed_in(house, "ann").get("/mine/").content.decode()
    with pytest.raises(Forbidden):
        set_task(record, {"state": "done"}, by=house.di)
    set_task(record, {"state": "review", "assignee": ""}, by=house.di)
    assert [one.entry_id for one in queries.tasks_to_check(house.eve)] == [record.pk]
    assert not queries.tasks_to_check(house.di)
    set_task(record, {"state": "done"}, by=house.eve)
    assert not queries.tasks_to_check(house.eve)
    with pytest.raises(Forbidden):
        set_task(record, {"state": "published"}, by=house.eve)
    set_task(record, {"state": "published"}, by=house.ann)
    with pytest.raises(Forbidden):
        set_task(record, {"state": "todo"}, by=house.eve)


def test_only_an_accepted_record_is_published(house: make.House) -> None:
    record = make.a_record(house, make.claim("note"), status="proposed")
    with pytest.raises(Conflict):
        set_task(record, {"state": "published"}, by=house.ann)
    assert queries.task_of(record, house.ann) is None


@pytest.mark.parametrize("person", ["cy", "bo", "root", "nobody"])
def test_task_is_not_given_to_who_does_not_see_or_work_there(house: make.House, person: str) -> None:
    record = make.a_record(house, make.claim("note"), mark=POLICE)
    wanted = key(house, person) if person in house.people else "person:unknown12345"
    if person == "root":
        set_task(record, {"assignee": wanted}, by=house.ann)
        return
    with pytest.raises(InvalidInput) as caught:
        set_task(record, {"assignee": wanted}, by=house.ann)
    assert caught.value.code == "task.person"
    assert queries.task_of(record, house.ann) is None


def test_bad_days_and_states_keep_what_was(house: make.House) -> None:
    record = make.a_record(house, make.claim("note"))
    set_task(record, {"due": "2026-12-03"}, by=house.ann)
    client = make.signed_in(house, "ann")
    for sent in ({"due": "soon"}, {"state": "burnt"}):
        answer = client.post(f"/team/{record.public_id}/set/", sent)
        assert answer.status_code == 400
        assert next(iter(sent.values())) in answer.content.decode()
    task = queries.task_of(record, house.ann)
    assert task is not None
    assert (str(task.due), task.state) == ("2026-12-03", "todo")


def test_who_has_no_part_in_the_work_finds_none_of_it(house: make.House) -> None:
    record = make.a_record(house, make.claim("note"))
    set_task(record, {"assignee": key(house, "ann")}, by=house.ann)
    write_comment(record, "A word among us qxamong", by=house.ann)
    for name, status in (("bo", 404), ("di", 200)):
        client = make.signed_in(house, name)
        assert client.get(f"/team/{record.public_id}/").status_code == status
        for address in (f"/r/{record.public_id}/", f"/r/{record.public_id}/history/"):
            page = client.get(address).content.decode()
            assert ("/team/" in page) == (status == 200 and address.endswith(f"{record.public_id}/"))
            assert "qxamong" not in page
            assert ("gave the task to" in page) == (status == 200 and "history" in address)
        assert (client.get("/w/trial/tasks/").status_code, client.get("/w/trial/activity/").status_code) == (
            (200, 200) if status == 200 else (403, 403)
        )
    with pytest.raises(Forbidden):
        write_comment(record, "Me too", by=house.bo)
    assert queries.comments_of(record, house.bo) == []


def test_comment_is_read_by_those_it_is_meant_for(house: make.House) -> None:
    record = make.a_record(house, make.claim("note"))
    write_comment(record, "for all", by=house.ann)
    write_comment(record, "for police", readers="organisation", by=house.ann)
    write_comment(record, "for Di", readers="told", tell=[key(house, "di")], by=house.ann)

    def read(name: str) -> list[str]:
        return [one.text for one in queries.comments_of(record, house.person(name))]

    assert read("ann") == ["for all", "for police", "for Di"]
    assert read("di") == ["for all", "for Di"]
    assert read("cy") == ["for all"]
    assert read("root") == ["for all", "for police"]


def test_mention_waits_until_it_is_noted_or_answered(house: make.House) -> None:
    record = make.a_record(house, make.claim("note"))
    write_comment(record, "@Di, is this the same drum?", by=house.ann)
    assert [one.comment.text for one in queries.mentions_of(house.di)] == ["@Di, is this the same drum?"]
    page = make.signed_in(house, "di").get("/mine/").content.decode()
    assert "is this the same drum?" in page
    write_comment(record, "It is, @ann. And @Cy?", by=house.di)
    assert queries.mentions_of(house.di) == []
    assert len(queries.mentions_of(house.ann)) == len(queries.mentions_of(house.cy)) == 1
    assert note_mentions(record, by=house.cy) == 1
    assert queries.mentions_of(house.cy) == []


def test_comments_of_a_merged_record_are_read_on_the_one_it_lives_on_in(house: make.House) -> None:
    first, second, third = (make.a_record(house, make.claim("note", word)) for word in ("one", "two", "three"))
    write_comment(third, "@Di, said of the third", by=house.ann)
    write_comment(second, "said of the second", by=house.ann)
    write_comment(first, "said of the first", by=house.ann)
    merge_records(second, [third], by=house.ann)
    merge_records(make.fresh(first), [make.fresh(second)], by=house.ann)
    root = make.fresh(first)
    told = [(one.text, one.merged) for one in queries.comments_of(root, house.di)]
    assert told == [
        ("@Di, said of the third", third.public_id),
        ("said of the second", second.public_id),
        ("said of the first", ""),
    ]
    assert queries.comment_counts([root.pk], house.di) == {root.pk: 3}
    client = make.signed_in(house, "di")
    page = client.get(f"/team/{root.public_id}/").content.decode()
    assert page.count("on a record that was merged into this one") == 2
    assert f"/r/{third.public_id}/" in page
    assert "Something here was said to you" in page
    assert note_mentions(root, by=house.di) == 1
    given = client.get(f"/api/v1/entries/{root.public_id}/comments").json()
    assert [one["merged"] for one in given] == [third.public_id, second.public_id, ""]
    split_record(make.fresh(second), by=house.ann)
    assert [one.text for one in queries.comments_of(make.fresh(first), house.di)] == ["said of the first"]


def test_comments_of_a_stricter_record_stay_with_those_who_see_it_after_a_merge(house: make.House) -> None:
    open_, strict = make.a_record(house, make.claim("note")), make.a_record(house, make.claim("note", "x"), mark=POLICE)
    write_comment(strict, "said of the strict one", by=house.ann)
    merge_records(open_, [strict], by=house.ann)
    root = make.fresh(open_)
    assert [one.text for one in queries.comments_of(root, house.ann)] == ["said of the strict one"]
    assert queries.comments_of(root, house.di) == []
    assert queries.comment_counts([root.pk], house.di) == {}
    mark_entry(make.fresh(strict), CLEAR, by=house.ann)  # the comment itself stays marked
    assert queries.comments_of(root, house.di) == []


def test_words_withheld_stay_withheld_in_comments_when_their_claim_moves_by_a_merge(house: make.House) -> None:
    into = make.a_record(house, make.claim("note"))
    record = make.a_record(house, make.claim("note"), make.claim("victim", "Jane Roe", mark=POLICE))
    write_comment(record, "Was Jane Roe there?", by=house.ann)
    merge_records(into, [record], by=house.ann)
    for entry in (make.fresh(into), make.fresh(record)):
        assert [one.text for one in queries.comments_of(entry, house.di)] == ["Was ████████ there?"]
        assert [one.text for one in queries.comments_of(entry, house.ann)] == ["Was Jane Roe there?"]


def test_who_would_not_read_it_cannot_be_told(house: make.House) -> None:
    record = make.a_record(house, make.claim("note"))
    with pytest.raises(InvalidInput, match="Di"):
        write_comment(record, "@Di, look", readers="organisation", by=house.ann)
    assert not Comment.objects.exists()
    answer = make.signed_in(house, "ann").post(
        f"/team/{record.public_id}/say/", {"text": "@Di, look at this", "readers": "organisation"}
    )
    assert answer.status_code == 400
    assert "@Di, look at this" in answer.content.decode()


def test_mention_of_what_was_restricted_since_waits_no_longer(house: make.House) -> None:
    record = make.a_record(house, make.claim("note"))
    write_comment(record, "@Di, look", by=house.ann)
    set_task(record, {"assignee": key(house, "di")}, by=house.ann)
    mark_entry(record, POLICE, by=house.ann)
    assert queries.mentions_of(house.di) == []
    assert list(queries.tasks_for(house.di)) == []
    assert record.public_id not in make.signed_in(house, "di").get("/mine/").content.decode()


def test_words_withheld_of_a_record_are_withheld_in_comments(house: make.House) -> None:
    record = make.a_record(house, make.claim("note"), make.claim("victim", "Jane Roe", mark=POLICE))
    write_comment(record, "Was Jane Roe there, seen at the port?", by=house.ann)
    assert queries.comments_of(record, house.ann)[0].text == "Was Jane Roe there, seen at the port?"
    assert queries.comments_of(record, house.di)[0].text == "Was ████████ there, seen at the port?"
    page = make.signed_in(house, "di").get(f"/team/{record.public_id}/").content.decode()
    assert "Jane" not in page


def test_words_withheld_in_a_work_are_withheld_in_comments_on_it(house: make.House) -> None:
    work = make.a_work(house, "The driver Ann Lee was seen.")
    make.a_record(house, make.said("name", "Ann Lee", work, mark=POLICE))
    write_comment(make.fresh(work), "Who is Ann Lee?", by=house.ann)
    assert queries.comments_of(make.fresh(work), house.di)[0].text == "Who is ███████?"


def test_comment_taken_back_is_gone_and_its_words_are_not_in_the_log(house: make.House) -> None:
    record = make.a_record(house, make.claim("note"))
    said = write_comment(record, "too early qxearly", tell=[key(house, "di")], by=house.ann)
    with pytest.raises(Forbidden):
        withdraw_comment(said, by=house.di)
    answer = make.signed_in(house, "ann").post(f"/comment/{said.public_id}/withdraw/", follow=True)
    assert "This comment was taken back." in answer.content.decode()
    assert queries.mentions_of(house.di) == []
    assert not Comment.objects.filter(text__contains="qxearly").exists()
    assert not any("qxearly" in f"{one.detail}{one.refs}" for one in AuditEntry.objects.all())
    with pytest.raises(Conflict):
        withdraw_comment(make_again(said), by=house.ann)


def make_again(comment: Comment) -> Comment:
    return Comment.objects.select_related("entry__workspace").get(pk=comment.pk)


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 4001])
def test_comment_of_no_or_too_many_letters_is_refused(house: make.House, text: str) -> None:
    record = make.a_record(house, make.claim("note"))
    with pytest.raises(InvalidInput) as caught:
        write_comment(record, text, by=house.ann)
    assert caught.value.code == "comment.text"


def test_many_records_change_in_one_act_that_is_taken_back_as_one(house: make.House) -> None:
    records = [make.a_record(house, make.claim("note", f"note {n}"), status="proposed") for n in range(3)]
    done = change_many(records, status="accepted", task={"assignee": key(house, "di")}, by=house.eve)
    assert [one.public_id for one in done.changed] == [one.public_id for one in records]
    assert {make.fresh(one).status for one in records} == {"accepted"}
    assert queries.tasks_for(house.di).count() == 3
    act = audit_log().filter(verb="record.many").get()
    set_task(make.fresh(records[0]), {"state": "review"}, by=house.di)
    undo(act, by=house.eve)
    assert [make.fresh(one).status for one in records] == ["proposed"] * 3
    assert [one.entry_id for one in queries.tasks_for(house.di)] == [records[0].pk]
    with pytest.raises(Conflict):
        undo(act, by=house.eve)


def test_what_is_refused_for_one_record_does_not_stop_the_others(house: make.House) -> None:
    mine, theirs = (make.a_record(house, make.claim("note"), status=one) for one in ("accepted", "proposed"))
    done = change_many([mine, theirs], task={"state": "published"}, by=house.ann)
    assert [one.public_id for one in done.changed] == [mine.public_id]
    assert [(one.public_id, error.code) for one, error in done.refused] == [(theirs.public_id, "task.published")]
    with pytest.raises(InvalidInput):
        change_many([mine], by=house.ann)
    with pytest.raises(Forbidden):
        change_many([mine, theirs], status="rejected", by=house.di)
    assert make.fresh(mine).status == "accepted"


def test_list_changes_chosen_records_and_takes_them_back(house: make.House) -> None:
    records = [make.a_record(house, make.claim("note", f"note {n}"), status="proposed") for n in range(3)]
    hidden = make.a_record(house, make.claim("note"), mark=POLICE, status="proposed")
    client = make.signed_in(house, "eve")
    assert 'name="pick"' in client.get("/w/trial/incident/").content.decode()
    assert 'name="pick"' not in make.signed_in(house, "bo").get("/w/trial/incident/").content.decode()
    sent = {"pick": [records[0].public_id, hidden.public_id, "unknown"], "status": "rejected"}
    shown = client.post("/w/trial/incident/many/", sent, follow=True)
    address = shown.redirect_chain[-1][0]
    assert "1 record was changed." in shown.content.decode()
    assert [make.fresh(one).status for one in (records[0], hidden)] == ["rejected", "proposed"]
    assert make.signed_in(house, "ann").get(address).status_code == 404
    client.post(address + "undo/")
    assert make.fresh(records[0]).status == "proposed"
    client.post("/w/trial/incident/many/?q=", {"all": "1", "status": "accepted"})
    assert [make.fresh(one).status for one in records] == ["accepted"] * 3
    assert make.fresh(hidden).status == "proposed"
    assert client.post("/w/trial/incident/many/", {"status": "accepted"}).status_code == 400


def test_stream_tells_each_what_they_may_know(house: make.House) -> None:
    make.a_record(house, make.claim("waste", "Y31"))
    make.a_record(house, make.claim("waste", "Y29"), mark=POLICE)
    record = make.a_record(house, make.claim("waste", "Y31"))
    write_comment(record, "between us", readers="organisation", by=house.ann)
    for name, told, kept in (
        ("ann", {"Mercury", "wrote a comment"}, set()),
        ("di", set(), {"Mercury", "wrote a comment"}),
    ):
        page = make.signed_in(house, name).get("/w/trial/activity/").content.decode()
        assert all(one in page for one in {"made the record", *told})
        assert not any(one in page for one in kept)


def test_stream_goes_on_where_it_ended(house: make.House) -> None:
    from plumbline.apps.records.activity import steps

    record = make.a_record(house, make.claim("note"))
    for n in range(6):
        set_task(record, {"due": f"2026-12-0{n + 1}"}, by=house.ann)
    first, older = steps(house.ann, house.workspace, count=4)
    rest, end = steps(house.ann, house.workspace, count=40, before=older)
    assert (len(first), end) == (4, 0)
    texts = [one.text for one in [*first, *rest]]
    assert len(texts) == len(set(texts)) >= 7


def test_unknown_comment_answers_like_a_hidden_one(house: make.House) -> None:
    record = make.a_record(house, make.claim("note"))
    said = write_comment(record, "for police", readers="organisation", by=house.ann)
    client = make.signed_in(house, "di")
    answers = [client.post(f"/comment/{one}/withdraw/") for one in (said.public_id, "nothing")]
    assert [one.status_code for one in answers] == [404, 404]
    with pytest.raises(NotFound):
        queries.get_comment(said.public_id, house.di)


def test_form_opened_before_another_saved_puts_back_nothing_and_keeps_what_was_chosen(house: make.House) -> None:
    record = make.a_record(house, make.claim("note"))
    client = make.signed_in(house, "ann")
    opened = {"state": "todo", "was-state": "todo", "assignee": "", "was-assignee": "", "was-due": ""}
    set_task(record, {"assignee": key(house, "ann")}, by=house.ann)
    assert client.post(f"/team/{record.public_id}/set/", opened | {"due": "2026-12-03"}).status_code == 302
    task = queries.task_of(record, house.ann)
    assert task is not None
    assert (task.assignee, str(task.due)) == (key(house, "ann"), "2026-12-03")
    refused = client.post(f"/team/{record.public_id}/set/", opened | {"state": "review", "due": "next Friday"})
    assert refused.status_code == 400
    body = refused.content.decode()
    assert 'value="next Friday"' in body
    assert re.search(r'<option value="review"[^>]*selected', body)
