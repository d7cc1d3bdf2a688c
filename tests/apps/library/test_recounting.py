"""A changed blueprint: lists, facets, titles and the map of records that stand follow it, at once or by a job."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from threading import Thread

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests import factories as make
from tests.factories import BLUEPRINT, House, a_record, a_workspace, claim, fresh, signed_in

from plumbline.apps.library.actions import NewClaim, set_status
from plumbline.apps.library.board import forget_boards
from plumbline.apps.library.models import Entry, FacetValue
from plumbline.apps.library.resolving import recount_next
from plumbline.apps.records import recounting, tasks
from plumbline.apps.records.actions import change_many, edit_record, undo
from plumbline.apps.records.queries import Filter, count_of, facet_counts, page_of, type_of
from plumbline.apps.spine.jobs import Runner, names_for
from plumbline.apps.spine.models import AuditEntry, Job, Workspace
from plumbline.domain.access import Mark, Viewer
from plumbline.domain.blueprints import parse, recounted
from plumbline.domain.errors import NotFound

GREEN, POLICE = Mark("GREEN", "org:police"), Mark("AMBER", "org:police")
COUNTED = "Records are counted anew"
NAME = "name: {type: text, label: {en: Name}"


def changed(*pairs: tuple[str, str]) -> str:
    """The blueprint of tests in its second version, with some words exchanged."""
    text = BLUEPRINT.replace("version: 1", "version: 2", 1)
    for before, after in pairs:
        assert before in text, before
        text = text.replace(before, after)
    return text


@pytest.fixture
def standing(house: House) -> Iterator[House]:
    """Three records, one of which has a name that only the police may read."""
    for value in ("Ann Lee", "Ann Lee"):
        a_record(house, claim("name", value), claim("waste", "Y31"), claim("date"), mark=GREEN)
    a_record(house, claim("name", "Bo Kim", mark=POLICE), claim("waste", "Y29"), mark=GREEN)
    yield house
    forget_boards()


def names(house: House, who: str) -> dict[str, int]:
    found = facet_counts(house.person(who), house.workspace, "incident", Filter())
    return dict(found.get("name", ()))


@pytest.mark.django_db(transaction=True)
def test_field_that_becomes_a_facet_counts_records_that_stand_and_then_does_no_longer(standing: House) -> None:
    assert names(standing, "ann") == {}
    standing.workspace = a_workspace(changed((NAME, NAME + ", facet: true")))
    assert names(standing, "cy") == {"Ann Lee": 2}  # what few may read is in nobody's counts
    assert names(standing, "ann") == {"Ann Lee": 2}
    chosen = Filter(facets={"name": ("Ann Lee",)})
    assert count_of(standing.cy, standing.workspace, "incident", chosen) == 2
    assert AuditEntry.objects.filter(verb="workspace.apply").latest("id").detail["recounted"] == 3
    standing.workspace = a_workspace(BLUEPRINT.replace("version: 1", "version: 3", 1))
    assert names(standing, "ann") == {}
    assert not FacetValue.objects.filter(field="name").exists()
    assert count_of(standing.cy, standing.workspace, "incident", chosen) == 0


@pytest.mark.django_db(transaction=True)
def test_titles_follow_labels_and_the_order_of_lists_follows_titles(standing: House) -> None:
    before = [
        one.title for one in page_of(standing.ann, standing.workspace, "incident", Filter(), sort="title").entries
    ]
    assert before == ["Lead", "Lead", "Mercury"]
    since = set(Entry.objects.values_list("updated_at", flat=True))
    standing.workspace = a_workspace(changed(("{en: Lead}", "{en: Scrap lead}")))
    after = [one.title for one in page_of(standing.ann, standing.workspace, "incident", Filter(), sort="title").entries]
    assert after == ["Mercury", "Scrap lead", "Scrap lead"]
    assert set(Entry.objects.values_list("updated_at", flat=True)) == since  # nobody edited a record
    found = page_of(standing.ann, standing.workspace, "incident", Filter(text="scrap"))
    assert found.total == 2


@pytest.mark.django_db(transaction=True)
def test_records_of_a_type_that_goes_and_comes_back_are_counted_by_what_it_says_then(standing: House) -> None:
    other = BLUEPRINT.replace("  incident:", "  seizure:").replace("target: incident", "target: seizure")
    standing.workspace = a_workspace(other.replace("version: 1", "version: 2", 1), accept_loss=True)
    with pytest.raises(NotFound):
        type_of(standing.workspace, "incident")
    back = changed((NAME, NAME + ", facet: true"), ("version: 2", "version: 3"))
    standing.workspace = a_workspace(back, accept_loss=True)
    assert names(standing, "ann") == {"Ann Lee": 2}


@pytest.mark.django_db(transaction=True)
def test_day_of_lists_follows_the_field_that_the_type_names(standing: House) -> None:
    assert Entry.objects.exclude(date=None).count() == 2
    day = "seen: {type: date, label: {en: Seen}, facet: true}\n      place:"
    standing.workspace = a_workspace(changed(("{when: date, where", "{when: seen, where"), ("place:", day)))
    assert Entry.objects.exclude(date=None).count() == 0
    standing.workspace = a_workspace(BLUEPRINT.replace("version: 1", "version: 3", 1), accept_loss=True)
    found = page_of(standing.ann, standing.workspace, "incident", Filter(date_from=date(2011, 1, 1)))
    assert found.total == 2


@pytest.mark.django_db(transaction=True)
def test_many_records_are_counted_by_a_job_that_goes_on_where_it_was_cut_off(
    standing: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _n in range(3):
        a_record(standing, claim("name", "Ann Lee"), claim("waste", "Y31"), claim("date"), mark=GREEN)
    monkeypatch.setattr(recounting, "AT_ONCE", 2)
    client = signed_in(standing, "ann")
    assert COUNTED not in client.get("/w/trial/").content.decode()
    standing.workspace = a_workspace(changed((NAME, NAME + ", facet: true")))
    assert AuditEntry.objects.filter(verb="workspace.apply").latest("id").detail["recounted"] == 6
    assert names(standing, "ann") == {"Ann Lee": 2}
    (job,) = Job.objects.filter(kind="recount", state=Job.WAITING)
    assert set(job.payload) == {"workspace", "types", "last"}
    assert names_for([job], standing.root) == {job.pk: "Trial"}
    page = client.get("/w/trial/").content.decode()
    assert COUNTED in page
    assert "value=" not in page.partition(COUNTED)[2][:400]  # how far would tell how many there are
    assert "htmx.min.js" in page
    tried: list[int] = []

    def cut_off(workspace: Workspace, types: list[str], after: int, *, by: Viewer) -> list[Entry]:
        tried.append(after)
        if len(tried) == 2:
            raise OSError("no space left")
        found: list[Entry] = recounting.recount_more(workspace, types, after, by=by)
        return found

    monkeypatch.setattr(tasks, "recount_more", cut_off)
    with Runner() as runner:
        while len(tried) < 2:
            assert runner.run_one() is not None
    job.refresh_from_db()
    assert job.state == Job.WAITING
    part = client.get("/w/trial/", headers={"HX-Request": "true"}).content.decode()
    assert COUNTED in part
    assert "<html" not in part
    make.run_jobs()
    job.refresh_from_db()
    assert (job.state, len(set(tried))) == (Job.DONE, 3)
    assert tried[1] == tried[2], "what was not committed is done again"
    assert names(standing, "cy") == {"Ann Lee": 5}
    assert set(Entry.objects.values_list("pk", flat=True)) == set(
        FacetValue.objects.filter(field="waste").values_list("entry", flat=True)
    )
    acts = AuditEntry.objects.filter(verb="record.recount").order_by("id")
    assert [(act.by, act.detail["records"]) for act in acts] == [("system", 2), ("system", 2), ("system", 0)]
    part = client.get("/w/trial/", headers={"HX-Request": "true"}).content.decode()
    assert "All records are counted anew" in part
    assert "hx-get" not in part


def test_types_whose_lists_stay_the_same_are_left_alone() -> None:
    old = parse(BLUEPRINT, name="a")
    same = [("{en: Note}", "{en: Remark}"), ("title: {en: Waste}", "title: {en: Material}")]
    assert recounted(old, parse(changed(*same), name="b")) == ()
    assert recounted(old, parse(changed(("{en: Mercury}", "{en: Quicksilver}")), name="b")) == ("incident",)
    assert recounted(old, parse(changed(("facet: true", "facet: false")), name="b")) == ("incident",)


def test_types_that_go_and_names_that_come_from_elsewhere_are_counted_anew() -> None:
    old = parse(BLUEPRINT, name="a")
    told = BLUEPRINT.replace(
        "vocabularies:\n",
        "    extraction: {cues: {en: [seized]}, fields: {name: {from: organisations}}}\nvocabularies:\n",
        1,
    )
    assert recounted(old, parse(told, name="b")) == ("incident",)
    gone = parse(BLUEPRINT.replace("  incident:", "  case:", 1).replace("target: incident", "target: case"), name="b")
    assert set(recounted(old, gone)) == {"incident", "case"}


@pytest.mark.django_db(transaction=True)
def test_that_records_are_counted_anew_is_told_to_contributors_alone(
    standing: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recounting, "AT_ONCE", 1)
    standing.workspace = a_workspace(changed((NAME, NAME + ", facet: true")))
    assert Job.objects.filter(kind="recount", state=Job.WAITING).exists()
    assert COUNTED in signed_in(standing, "ann").get("/w/trial/").content.decode()
    assert COUNTED not in Client().get("/w/trial/").content.decode()  # where they see no record, that there are many


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_an_edit_waits_for_a_recount_and_counts_nothing_twice(standing: House) -> None:
    entry = a_record(standing, claim("waste", "Y31"), mark=GREEN)
    done: list[str] = []

    def edit() -> None:
        try:
            edit_record(make.fresh(entry), [NewClaim("waste", "Y29")], [], by=standing.ann)
            done.append("edited")
        finally:
            connection.close()

    other = Thread(target=edit)
    with transaction.atomic():
        recount_next(standing.workspace, ["incident"], after=0, most=50)
        other.start()
        other.join(1)
        assert done == []  # it waits
    other.join(30)
    assert done == ["edited"]
    counted = FacetValue.objects.filter(entry=entry, field="waste").values_list("value", flat=True)
    assert sorted(counted) == ["Y29", "Y31"]


def test_rejecting_putting_back_and_undoing_what_many_records_name_takes_queries_that_do_not_grow_with_them(
    house: House,
) -> None:
    def queries_of(count: int) -> tuple[int, ...]:
        named = a_record(house, claim("note", "named"))
        for n in range(count):
            related = claim("related", named.public_id, extractor="rules/1")
            a_record(house, related, claim("note", str(n)), status="proposed")
        naming = Entry.objects.filter(claims__target=named)
        taken = []

        def counted(act: Callable[[], object], shown: int) -> None:
            with CaptureQueriesContext(connection) as asked:
                act()
            taken.append(len(asked))
            assert sum("related" in one.values for one in naming.all()) == shown

        counted(lambda: set_status(fresh(named), "rejected", by=house.ann), 0)
        counted(lambda: set_status(fresh(named), "accepted", by=house.ann), count)
        counted(lambda: change_many([fresh(named)], status="rejected", by=house.ann), 0)
        counted(lambda: undo(AuditEntry.objects.filter(verb="record.many").latest("pk"), by=house.ann), count)
        return tuple(taken)

    assert queries_of(20) == queries_of(120)
