"""Ties across workspaces: proposed, decided, taken back; no trace of them for whom a side or what they rest on is hidden."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from tests import factories as make
from tests.factories import House

from plumbline.apps.accounts.actions import put_person
from plumbline.apps.accounts.models import Person
from plumbline.apps.library import ties as library_ties
from plumbline.apps.library.actions import NewClaim, erase_claim
from plumbline.apps.library.models import Claim, Tie, TieKey
from plumbline.apps.library.ties import get_tie, note_decision, ties, ties_to_decide
from plumbline.apps.records.actions import decide_tie, edit_record, enter_record
from plumbline.apps.records.columns import match_columns
from plumbline.apps.records.exporting import export_records
from plumbline.apps.records.queries import Filter
from plumbline.apps.spine.models import AuditEntry, Job, Workspace
from plumbline.apps.spine.queries import blueprint_of
from plumbline.domain.access import Mark
from plumbline.domain.errors import Conflict, Forbidden, InvalidInput, NotFound

ACTORS = """\
blueprint: {slug}
version: 1
title: {{en: "{title}"}}
summary: {{en: Actors and cases.}}
content_languages: [en]
sharing: {{workspace: {{level: CLEAR}}, works: {{level: CLEAR}}, records: {{level: GREEN}}}}
types:
  actor:
    title: {{en: Actor}}
    plural: {{en: Actors}}
    traits: {{actor: {{name: name, alias: alias, country: country}}}}
    title_from: [name]
    sort: [title]
    fields:
      name: {{type: text, label: {{en: Name}}}}
      alias: {{type: text, label: {{en: Also known as}}, many: true}}
      country: {{type: country, label: {{en: Country}}}}
"""
PLAIN = ACTORS.format(slug="metals", title="Metals").replace(
    "traits: {actor: {name: name, alias: alias, country: country}}", "traits: {}"
)
POLICE = Mark("AMBER", "org:police")
SECRET = "Wendela Zarqovitch"
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
MINE = "/mine/"


@pytest.fixture
def spaces(house: House) -> tuple[Workspace, Workspace]:
    """Two workspaces of actors; Ann edits in both, Cy in the second."""
    made = tuple(make.a_workspace(ACTORS.format(slug=slug, title=slug.title())) for slug in ("metals", "medicines"))
    roles = {
        "ann": {"metals": "editor", "medicines": "editor"},
        "cy": {"medicines": "editor"},
        "bo": {"metals": "reader"},
    }
    for name, own in roles.items():
        organisation, first, administrator = make.PEOPLE[name]
        put_person(f"{name}@example.org", name=name.title(), organisation=organisation, roles={**first, **own},
                   administrator=administrator, by=make.SYSTEM)  # fmt: skip
    return made  # type: ignore[return-value]


def enter(space: Workspace, name: str, house: House, *claims: NewClaim, mark: Mark | None = None) -> Any:
    record = enter_record(space, "actor", [NewClaim("name", name), *claims], mark=mark, by=house.ann)
    make.run_jobs()
    return record


def client_of(house: House, name: str) -> Client:
    client = Client()
    client.force_login(Person.objects.get(public_id=house.people[name]), backend=BACKEND)
    return client


def page(house: House, name: str, address: str, **post: str) -> tuple[int, str]:
    client = client_of(house, name)
    answer = client.post(address, post) if post else client.get(address)
    return answer.status_code, answer.content.decode()


def test_an_actor_met_in_two_workspaces_is_proposed_accepted_and_taken_back(house: House, spaces: Any) -> None:
    one = enter(spaces[0], "Ruslan Chernigov", house)
    other = enter(spaces[1], "Чернигов Руслан", house)
    enter(spaces[1], "Tamsin Orrelby", house)
    (seen,) = ties(house.ann, workspace=spaces[0])
    assert (seen.kind, {seen.tie.entry_id, seen.tie.other_id}) == ("actor", {one.pk, other.pk})
    address = f"/tie/{seen.tie.public_id}/"
    assert "Is this one actor?" in page(house, "ann", address)[1]
    assert "Чернигов Руслан" in page(house, "ann", f"/r/{one.public_id}/")[1]
    assert page(house, "ann", address, decision="accept")[0] == 302
    for record in (one, other):
        assert "The same actor" in page(house, "ann", f"/r/{record.public_id}/")[1]
    assert {make.fresh(one).workspace_id, make.fresh(other).workspace_id} == {spaces[0].pk, spaces[1].pk}
    with pytest.raises(Conflict):
        decide_tie(seen.tie.public_id, "rejected", by=house.ann)
    decide_tie(seen.tie.public_id, "open", by=house.ann)
    assert [each.tie.pk for each in ties(house.ann, entry=one)] == [seen.tie.pk]


def test_a_rejected_tie_is_not_proposed_again_when_a_record_changes(house: House, spaces: Any) -> None:
    one = enter(spaces[0], "Ruslan Chernigov", house)
    enter(spaces[1], "Ruslan Chernigov", house)
    (seen,) = ties(house.ann, entry=one)
    decide_tie(seen.tie.public_id, "rejected", by=house.ann)
    edit_record(one, [NewClaim("country", "MT")], [], by=house.ann)
    make.run_jobs()
    assert ties(house.ann, entry=one) == []
    assert "Ruslan" in page(house, "ann", f"/tie/{seen.tie.public_id}/")[1]


def test_who_may_not_see_one_side_meets_no_trace(house: House, spaces: Any) -> None:
    open_one = enter(spaces[0], SECRET, house)
    before = [page(house, name, at)[1].count("In other workspaces") for name in ("cy", "di")
              for at in (f"/r/{open_one.public_id}/", "/w/metals/")]  # fmt: skip
    enter(spaces[1], SECRET, house, mark=POLICE)
    (seen,) = ties(house.ann, entry=open_one)
    decide_tie(seen.tie.public_id, "accepted", by=house.ann)
    for name in ("cy", "di"):
        viewer = house.person(name)
        assert ties(viewer, entry=open_one, states=("open", "accepted", "rejected")) == []
        assert page(house, name, f"/tie/{seen.tie.public_id}/")[0] == page(house, name, "/tie/zzzzzzzzzzzz/")[0] == 404
        with pytest.raises(NotFound):
            decide_tie(seen.tie.public_id, "open", by=viewer)
    after = [page(house, name, at)[1].count("In other workspaces") for name in ("cy", "di")
             for at in (f"/r/{open_one.public_id}/", "/w/metals/")]  # fmt: skip
    assert before == after == [0, 0, 0, 0]
    assert "tie" not in page(house, "cy", f"/r/{open_one.public_id}/history/")[1].split("<main")[1].lower().replace(
        "title", ""
    )
    assert "In other workspaces" in page(house, "ann", f"/r/{open_one.public_id}/")[1]


def test_a_withheld_value_proposes_nothing_to_whom_it_is_withheld_from(house: House, spaces: Any) -> None:
    hidden = NewClaim("alias", SECRET, mark=POLICE)
    one = enter(spaces[0], "Halvard Brennick", house, hidden)
    enter(spaces[1], SECRET, house)
    (seen,) = ties(house.ann, entry=one)
    decide_tie(seen.tie.public_id, "accepted", by=house.ann)
    assert ties(house.cy, entry=one, states=("open", "accepted")) == []
    assert page(house, "cy", f"/tie/{seen.tie.public_id}/")[0] == 404
    edit_record(one, [NewClaim("alias", SECRET)], [], by=house.ann)
    decide_tie(seen.tie.public_id, "open", by=house.ann)
    edit_record(one, [NewClaim("country", "MT")], [], by=house.ann)
    make.run_jobs()
    assert [each.tie.pk for each in ties(house.cy, entry=one)] == [seen.tie.pk]


def test_an_erased_value_is_not_told_by_a_tie_that_rested_on_it(house: House, spaces: Any) -> None:
    one = enter(spaces[0], SECRET, house)
    enter(spaces[1], SECRET, house)
    (seen,) = ties(house.ann, entry=one)
    assert SECRET not in str(Tie.objects.get().evidence)
    erase_claim(Claim.objects.get(entry=one, field="name"), by=house.ann)
    assert ties(house.ann, entry=one) == []
    with pytest.raises(NotFound):
        get_tie(seen.tie.public_id, house.ann)


def rename(record: Any, house: House, *claims: NewClaim) -> None:
    """Reject what a record is called, and claim what it is called now."""
    edit_record(record, claims, list(Claim.objects.filter(entry=record, field="name")), by=house.ann)
    make.run_jobs()


def test_tie_opened_again_rests_on_what_the_records_say_now(house: House, spaces: Any) -> None:
    one = enter(spaces[0], "Ruslan Chernigov", house)
    other = enter(spaces[1], "Ruslan Chernigov", house)
    (seen,) = ties(house.ann, entry=one)
    decide_tie(seen.tie.public_id, "accepted", by=house.ann)
    rename(one, house, NewClaim("name", "Tamsin Orrelby"))
    rename(other, house, NewClaim("name", "Orrelby, Tamsin"))
    code, after = rest(house, "cy", f"/ties/{seen.tie.public_id}", state="open")
    assert (code, after["state"], after["decided_at"]) == (200, "open", None)
    assert {each["one"] for each in after["evidence"]} == {"Tamsin Orrelby"}
    assert rest(house, "cy", f"/ties/{seen.tie.public_id}") == (200, after)
    assert decide_tie(seen.tie.public_id, "rejected", by=house.cy).tie.state == "rejected"


def test_tie_opened_again_that_nothing_speaks_for_any_longer_is_gone(house: House, spaces: Any) -> None:
    one = enter(spaces[0], "Ruslan Chernigov", house)
    for name in ("Ruslan Chernigov", "Chernigov Ruslan"):
        enter(spaces[1], name, house)
    by_rest, by_page = ties(house.ann, entry=one)
    for seen in (by_rest, by_page):
        decide_tie(seen.tie.public_id, "accepted", by=house.ann)
    rename(one, house, NewClaim("name", "Quite Another"))
    assert len(ties(house.ann, entry=one, states=("accepted",))) == 2
    assert rest(house, "ann", f"/ties/{by_rest.tie.public_id}", state="open") == (204, None)
    address = f"/tie/{by_page.tie.public_id}/"
    client = client_of(house, "ann")
    answer = client.post(address, {"decision": "undo"})
    assert (answer.status_code, answer["Location"]) == (302, f"/r/{one.public_id}/")
    assert "so it is gone" in client.get(answer["Location"]).content.decode()
    assert not Tie.objects.exists()
    assert page(house, "ann", address)[0] == 404
    told = [(act.refs, act.detail) for act in AuditEntry.objects.filter(verb="tie.decide").order_by("id")]
    assert told[2:] == [
        ([f"tie:{seen.tie.public_id}"], {"before": "accepted", "after": "open"}) for seen in (by_rest, by_page)
    ]


def test_tie_opened_again_by_whom_it_no_longer_shows_waits_for_those_who_see_more(house: House, spaces: Any) -> None:
    one = enter(spaces[0], "Halvard Brennick", house, NewClaim("alias", SECRET), NewClaim("alias", SECRET, mark=POLICE))
    enter(spaces[1], SECRET, house)
    (seen,) = ties(house.cy, entry=one)
    decide_tie(seen.tie.public_id, "accepted", by=house.cy)
    shown = [each for each in Claim.objects.filter(entry=one, field="alias") if each.mark_class_id == one.mark_class_id]
    edit_record(one, [], shown, by=house.ann)
    make.run_jobs()
    assert rest(house, "cy", f"/ties/{seen.tie.public_id}", state="open") == (204, None)
    assert ties(house.cy, entry=one) == []
    assert [each.tie.public_id for each in ties(house.ann, entry=one)] == [seen.tie.public_id]


def test_tie_of_records_that_are_actors_no_longer_is_gone_when_it_is_opened_again(house: House, spaces: Any) -> None:
    one = enter(spaces[0], "Ruslan Chernigov", house)
    enter(spaces[1], "Ruslan Chernigov", house)
    (seen,) = ties(house.ann, entry=one)
    decide_tie(seen.tie.public_id, "accepted", by=house.ann)
    make.a_workspace(PLAIN.replace("version: 1", "version: 2"), accept_loss=True)
    assert decide_tie(seen.tie.public_id, "open", by=house.ann) is None
    assert not Tie.objects.exists()


def test_blueprint_by_which_a_type_is_no_actor_any_longer_leaves_no_proposal(house: House, spaces: Any) -> None:
    kept, other = enter(spaces[0], "Ruslan Chernigov", house), enter(spaces[0], "Tamsin Orrelby", house)
    far = [enter(spaces[1], name, house) for name in ("Ruslan Chernigov", "Tamsin Orrelby")]
    (decided,), (_open,) = ties(house.ann, entry=kept), ties(house.ann, entry=other)
    decide_tie(decided.tie.public_id, "accepted", by=house.ann)
    make.a_workspace(PLAIN.replace("version: 1", "version: 2"), accept_loss=True)
    assert [(tie.pk, tie.state) for tie in Tie.objects.all()] == [(decided.tie.pk, "accepted")]
    assert set(TieKey.objects.values_list("entry", flat=True)) == {one.pk for one in far}


def test_blueprint_that_makes_a_type_an_actor_ties_its_records(
    house: House, spaces: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = make.a_workspace(PLAIN.replace("version: 1", "version: 2"), accept_loss=True)
    enter(plain, "Ruslan Chernigov", house)
    enter(plain, "Tamsin Orrelby", house)
    for name in ("Ruslan Chernigov", "Tamsin Orrelby"):
        enter(spaces[1], name, house)
    assert not Tie.objects.exists()
    monkeypatch.setattr("plumbline.apps.records.actions.RELATED_AT_ONCE", 1)
    make.a_workspace(ACTORS.format(slug="metals", title="Metals").replace("version: 1", "version: 3"))
    waiting = Job.objects.filter(kind="relate", state=Job.WAITING)
    assert [len(job.payload["ids"]) for job in waiting] == [1, 1]  # in batches
    assert AuditEntry.objects.filter(verb="workspace.apply").latest("id").detail["recounted"] == 2
    make.run_jobs()
    assert sorted(seen.kind for seen in ties(house.ann, workspace=spaces[0])) == ["actor", "actor"]


def test_only_reviewers_of_one_of_the_workspaces_decide(house: House, spaces: Any) -> None:
    enter(spaces[0], "Ruslan Chernigov", house)
    enter(spaces[1], "Ruslan Chernigov", house)
    (seen,) = ties(house.ann)
    with pytest.raises(Forbidden):
        decide_tie(seen.tie.public_id, "accepted", by=house.bo)
    with pytest.raises(InvalidInput):
        decide_tie(seen.tie.public_id, "perhaps", by=house.ann)
    assert decide_tie(seen.tie.public_id, "accepted", by=house.cy).tie.state == "accepted"


def test_records_of_one_workspace_are_not_tied_and_keys_follow_the_record(house: House, spaces: Any) -> None:
    one = enter(spaces[0], "Ruslan Chernigov", house)
    enter(spaces[0], "Ruslan Chernigov", house)
    assert Tie.objects.count() == 0
    keys = set(TieKey.objects.filter(entry=one).values_list("key", flat=True))
    edit_record(one, [NewClaim("alias", "Tamsin Orrelby")], [], by=house.ann)
    make.run_jobs()
    assert keys < set(TieKey.objects.filter(entry=one).values_list("key", flat=True))


# -- REST, exports, what waits ---------------------------------------------------------------------------------------


def rest(house: House, name: str, path: str, **body: str) -> tuple[int, Any]:
    client = client_of(house, name)
    address = f"/api/v1{path}"
    answer = client.post(address, body, content_type="application/json") if body else client.get(address)
    return answer.status_code, answer.json() if answer.content else None


def exported(space: Workspace, viewer: Any, form: str = "jsonl") -> bytes:
    return b"".join(export_records(viewer, space, "actor", Filter(), form, language="en"))


def test_tie_is_read_and_decided_over_rest_by_who_may(house: House, spaces: Any) -> None:
    one = enter(spaces[0], "Ruslan Chernigov", house)
    other = enter(spaces[1], "Чернигов Руслан", house)
    (told,) = rest(house, "ann", f"/records/{one.public_id}/ties")[1]
    assert (told["kind"], told["state"], set(told["records"])) == ("actor", "open", {one.public_id, other.public_id})
    assert {value for each in told["evidence"] for value in (each["one"], each["other"])} == {
        "Ruslan Chernigov",
        "Чернигов Руслан",
    }
    assert rest(house, "ann", "/workspaces/metals/ties")[1] == [told]
    address = f"/ties/{told['id']}"
    assert rest(house, "ann", address) == (200, told)
    assert rest(house, "bo", address, state="accepted")[0] == 403
    assert rest(house, "ann", address, state="perhaps")[0] == 400
    code, after = rest(house, "cy", address, state="accepted")
    assert (code, after["state"]) == (200, "accepted") and after["decided_at"]
    assert rest(house, "ann", address, state="rejected")[0] == 409
    (kept,) = rest(house, "ann", f"/records/{one.public_id}")[1]["ties"]
    assert (kept["other"], kept["workspace"], kept["kind"]) == (other.public_id, "medicines", "actor")


def test_rest_tells_who_may_not_see_a_side_nothing_of_a_tie(house: House, spaces: Any) -> None:
    open_one = enter(spaces[0], SECRET, house)
    enter(spaces[1], SECRET, house, mark=POLICE)
    (seen,) = ties(house.ann, entry=open_one)
    decide_tie(seen.tie.public_id, "accepted", by=house.ann)
    nothing = rest(house, "cy", "/ties/zzzzzzzzzzzz")
    for name in ("cy", "di"):
        assert rest(house, name, f"/records/{open_one.public_id}/ties") == (200, [])
        assert rest(house, name, "/workspaces/metals/ties") == (200, [])
        assert rest(house, name, f"/records/{open_one.public_id}")[1]["ties"] == []
        code, answer = rest(house, name, f"/ties/{seen.tie.public_id}")
        assert (code, answer["code"]) == (nothing[0], nothing[1]["code"]) == (404, "tie.unknown")
        assert rest(house, name, f"/ties/{seen.tie.public_id}", state="open")[0] == 404


def test_exports_hold_accepted_ties_under_the_strictest_mark_and_are_taken_back(house: House, spaces: Any) -> None:
    one = enter(spaces[0], "Ruslan Chernigov", house)
    other = enter(spaces[1], "Ruslan Chernigov", house, mark=POLICE)
    (seen,) = ties(house.ann, entry=one)
    level = lambda viewer: json.loads(exported(spaces[0], viewer).splitlines()[0])["about"]["strictest_mark"]  # noqa: E731
    assert other.public_id.encode() not in exported(spaces[0], house.ann)  # it waits
    assert level(house.ann) == "TLP:GREEN"
    decide_tie(seen.tie.public_id, "accepted", by=house.ann)
    assert level(house.ann) == "TLP:AMBER"
    assert level(house.cy) == "TLP:GREEN"
    for form in ("jsonl", "geojson", "csv"):
        assert other.public_id.encode() in exported(spaces[0], house.ann, form)
        assert seen.tie.public_id.encode() not in exported(spaces[0], house.cy, form)
    table = csv.reader(io.StringIO(exported(spaces[0], house.ann, "csv").decode("utf-8-sig")))
    heads = next(row for row in table if "id" in row)
    assert heads[-1] == "ties"
    blueprint = blueprint_of(spaces[0])
    found = match_columns(heads, blueprint.types["actor"], blueprint, name="x.csv")
    assert (found.ignored[-1], found.unmatched) == ("ties", ())


def test_what_waits_names_ties_to_reviewers_of_a_side_alone(house: House, spaces: Any) -> None:
    enter(spaces[0], "Ruslan Chernigov", house)
    enter(spaces[1], "Чернигов Руслан", house)
    (seen,) = ties(house.ann)
    address = f"/tie/{seen.tie.public_id}/"
    for name, may in (("ann", True), ("cy", True), ("bo", False)):
        assert ("1 likely tie between workspaces" in page(house, name, "/")[1]) is may
        assert (address in page(house, name, MINE)[1]) is may
    decide_tie(seen.tie.public_id, "rejected", by=house.cy)
    assert "likely tie" not in page(house, "ann", "/")[1]
    assert address not in page(house, "ann", MINE)[1]


def test_what_waits_reads_no_more_ties_than_are_asked_for_and_looks_at_so_many(
    house: House, spaces: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    third = make.a_workspace(ACTORS.format(slug="third", title="Third"))
    everywhere = dict.fromkeys(("metals", "medicines", "third"), "editor")
    put_person("ann@example.org", name="Ann", organisation=make.PEOPLE["ann"][0], roles=everywhere,
               administrator=False, by=make.SYSTEM)  # fmt: skip
    ann = house.person("ann")
    one = enter(spaces[0], "Ruslan Chernigov", house)
    others = [enter(spaces[1], "Ruslan Chernigov", house) for _n in range(12)]
    assert Tie.objects.count() == len(others)
    mine = enter(third, "Tamsin Orrelby", house)
    theirs = enter(spaces[0], "Tamsin Orrelby", house)
    Tie.objects.filter(entry=mine.pk, other=theirs.pk).update(score=0.1)  # behind all others
    read: list[int] = []
    kept = Tie.from_db.__func__  # type: ignore[attr-defined]
    monkeypatch.setattr(Tie, "from_db", classmethod(lambda cls, *row: read.append(1) or kept(cls, *row)))
    reviewer = replace(ann, roles={"third": "reviewer"})
    assert [seen.tie.other_id for seen in ties_to_decide(reviewer, 100)] == [theirs.pk]
    assert len(read) == 1
    read.clear()
    assert len(ties_to_decide(ann, 3)) == len(read) == 3
    assert one.pk in {seen.tie.entry_id for seen in ties_to_decide(ann, 3)}
    monkeypatch.setattr(library_ties, "MOST_LOOKED_AT", len(others))
    assert [seen.tie.other_id for seen in ties_to_decide(reviewer, 100)] == [theirs.pk]  # asked for by itself
    assert len(ties(reviewer, workspace=third)) == 1  # the desk of a workspace looks at all


def test_two_who_decide_at_once_do_not_write_over_one_another(house: House, spaces: Any) -> None:
    one = enter(spaces[0], "Ruslan Chernigov", house)
    enter(spaces[1], "Ruslan Chernigov", house)
    (seen,), (same,) = ties(house.ann, entry=one), ties(house.ann, entry=one)
    assert note_decision(seen, "rejected", house.ann) == "open"
    with pytest.raises(Conflict):
        note_decision(same, "accepted", house.ann)
    assert [each.tie.state for each in ties(house.ann, entry=one, states=("rejected",))] == ["rejected"]
