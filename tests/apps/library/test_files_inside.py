"""Files inside files: attachments and members of archives become works of their own, shared as what they came in."""

from __future__ import annotations

import io

import pytest
from django.test import Client
from tests.factories import House
from tests.unit.plugins.readers.making import mail, zipped

from plumbline.apps.accounts.models import Person
from plumbline.apps.library.actions import mark_entry
from plumbline.apps.library.intake import take_in
from plumbline.apps.library.models import Entry, Passage, Work
from plumbline.apps.library.queries import files_around, withholds_from
from plumbline.apps.spine.jobs import Runner
from plumbline.apps.spine.models import Job
from plumbline.apps.spine.queries import mark_of_class
from plumbline.domain.access import Mark


def read_all() -> None:
    with Runner() as runner:
        while runner.run_one():
            pass


def taken(house: House, name: str, data: bytes, mark: Mark | None = None) -> Entry:
    work = take_in(io.BytesIO(data), name, house.workspace, by=house.ann, mark=mark).work
    read_all()
    return Entry.objects.select_related("work", "workspace").get(pk=work.pk)


@pytest.mark.django_db(transaction=True)
def test_attachments_become_works_with_the_mark_of_the_mail(house: House) -> None:
    mark = Mark("AMBER", house.ann.organisation, frozenset())
    letter = mail(text="See the list.", attached={"list.csv": b"port,tonnes\nLagos,12\n", "empty.txt": b" "})
    outer = taken(house, "letter.eml", letter.as_bytes(), mark)
    assert outer.work.state == Work.READ
    _, inner = files_around(outer, house.ann)
    assert [one.work.name for one in inner] == ["list.csv", "empty.txt"]
    assert [one.work.state for one in inner] == [Work.READ, Work.FAILED]
    assert {mark_of_class(one.mark_class_id) for one in inner} == {mark}
    assert Passage.objects.filter(work__inside=outer.pk, text__contains="Lagos").exists()
    assert files_around(inner[0], house.ann)[0] == outer


@pytest.mark.django_db(transaction=True)
def test_archive_read_twice_or_nested_takes_each_file_once_and_stops_in_depth(house: House) -> None:
    data = zipped({"a.txt": "Deepest of all."})
    for level in range(5):
        data = zipped({f"{level}.zip": data})
    outer = taken(house, "files.zip", data)
    names = list(Work.objects.order_by("pk").values_list("name", flat=True))
    assert names == ["files.zip", "4.zip", "3.zip", "2.zip"]
    deepest = Work.objects.get(name="2.zip")
    assert [one["code"] for one in deepest.warnings] == ["file.too_nested"]
    Work.objects.filter(pk=outer.pk).update(state=Work.READING)
    outer.work.refresh_from_db()
    Job.objects.filter(payload__work=outer.pk).update(state=Job.WAITING)
    read_all()
    assert Work.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_member_that_is_refused_is_left_out_and_said(house: House) -> None:
    outer = taken(house, "files.zip", zipped({"none.txt": "", "one.txt": "Twelve tonnes were seized."}))
    assert [one["code"] for one in outer.work.warnings] == ["file.part_left_out"]
    assert outer.work.warnings[0]["params"]["part"] == "none.txt"
    assert [one.work.name for one in files_around(outer, house.ann)[1]] == ["one.txt"]


@pytest.mark.django_db(transaction=True)
def test_mark_of_a_file_goes_for_what_came_in_it_and_what_is_withheld_inside_withholds_the_file(house: House) -> None:
    outer = taken(house, "letter.eml", mail(attached={"one.txt": b"Twelve tonnes were seized."}).as_bytes())
    (inner,) = files_around(outer, house.ann)[1]
    strict = Mark("RED", house.ann.organisation, frozenset({house.ann.person or ""}))
    assert not withholds_from(outer, house.bo)
    mark_entry(inner, strict, by=house.ann)
    assert withholds_from(outer, house.bo)
    assert files_around(outer, house.bo)[1] == []
    page = Client()
    bo = Person.objects.get(public_id=house.people["bo"])
    page.force_login(bo, backend="allauth.account.auth_backends.AuthenticationBackend")
    shown = page.get(f"/work/{outer.public_id}/").content.decode()
    assert inner.public_id not in shown
    mark_entry(inner, mark_of_class(outer.mark_class_id), by=house.ann)
    mark_entry(outer, strict, by=house.ann)
    inner.refresh_from_db()
    assert mark_of_class(inner.mark_class_id) == strict
