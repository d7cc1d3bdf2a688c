"""What is told of a work (title, file name, author) says no word that is withheld in its text, and comes back with it."""

from __future__ import annotations

import io
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from tests.factories import House, a_record, a_work, claim, fresh, passages_of, run_jobs, said
from tests.unit.plugins.readers.making import zipped

from plumbline.apps.accounts.models import Person
from plumbline.apps.library.actions import add_claims, describe_work, mark_claim
from plumbline.apps.library.intake import take_in
from plumbline.apps.library.models import Entry, Work
from plumbline.apps.library.queries import files_around, get_entry, told_whole
from plumbline.apps.spine.queries import mark_of_class
from plumbline.domain.access import Mark

pytestmark = pytest.mark.django_db
POLICE = Mark("AMBER", "org:police")
ABOUT = {"title": "Ann Lee at the port", "author": "ann lee, clerk", "language": "en"}


def told_work(house: House, **more: Any) -> Entry:
    mark = Mark("GREEN", "org:police")
    return a_work(house, "A woman called Ann Lee signed.", name="seen-ann_lee.txt", about=ABOUT, mark=mark, **more)


def withheld(house: House, work: Entry) -> Any:
    record = a_record(house, claim("note"), mark=Mark("GREEN", "org:police"))
    return add_claims(record, [said("name", "Ann Lee", work, mark=POLICE)], by=house.ann)[0]


def seen_by(house: House, name: str, address: str) -> str:
    page = Client()
    person = Person.objects.get(public_id=house.people[name])
    page.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return page.get(address).content.decode()


def test_withheld_words_leave_title_file_name_and_author_and_come_back(house: House) -> None:
    work = told_work(house)
    hidden = withheld(house, work)
    entry = get_entry(work.public_id, house.cy)
    assert (entry.title, entry.work.name, entry.work.author) == (
        "███████ at the port",
        "seen-███████.txt",
        "███████, clerk",
    )
    shown = told_whole(get_entry(work.public_id, house.ann), house.ann)
    assert (shown.title, shown.work.name) == ("Ann Lee at the port", "seen-ann_lee.txt")
    assert told_whole(get_entry(work.public_id, house.cy), house.cy).title == "███████ at the port"
    mark_claim(hidden, mark_of_class(passages_of(work)[0].mark_class_id), by=house.ann)
    back = fresh(work)
    assert (back.title, back.work.name, back.work.whole) == ("Ann Lee at the port", "seen-ann_lee.txt", {})


def test_page_shows_the_whole_title_to_whom_nothing_is_withheld_from(house: House) -> None:
    work = told_work(house)
    withheld(house, work)
    address = f"/work/{work.public_id}/"
    assert "Ann Lee" in seen_by(house, "ann", address)
    assert "ann_lee" in seen_by(house, "ann", address)
    assert "nn Lee" not in seen_by(house, "cy", address)
    assert "nn_lee" not in seen_by(house, "cy", address)


def test_correcting_the_details_of_a_masked_work_keeps_what_was_masked_and_masks_anew(house: House) -> None:
    work = told_work(house)
    withheld(house, work)
    masked = fresh(work)
    describe_work(masked, {"title": masked.title, "publisher": "Office of Ann Lee"}, by=house.ann)
    found = fresh(work)
    assert found.work.whole["title"] == "Ann Lee at the port"
    assert found.work.publisher == "Office of ███████"
    describe_work(found, {"title": "Another title"}, by=house.ann)
    assert fresh(work).title == "Another title"
    assert "title" not in fresh(work).work.whole


def test_words_withheld_in_a_file_leave_the_names_of_its_archive_and_of_what_came_with_it(house: House) -> None:
    files = {"ann lee.txt": "Nothing here.", "b.txt": "A woman called Ann Lee signed."}
    outer = take_in(io.BytesIO(zipped(files)), "about ann-lee.zip", house.workspace, by=house.ann).work
    run_jobs()
    run_jobs()
    inner = {one.work.name: one for one in files_around(fresh(outer), house.ann)[1]}
    withheld(house, inner["b.txt"])
    names = set(Work.objects.values_list("name", flat=True))
    assert names == {"about ███████.zip", "███████.txt", "b.txt"}
    assert not Entry.objects.filter(title__icontains="ann").exists()


def test_upgrade_masks_what_was_told_before(house: House) -> None:
    work = told_work(house)
    withheld(house, work)
    after = fresh(work)
    Entry.objects.filter(pk=work.pk).update(title=after.work.whole["title"])
    Work.objects.filter(pk=work.pk).update(name=after.work.whole["name"], author=after.work.whole["author"], whole={})
    import_module("plumbline.apps.library.migrations.0007_told_without_withheld_words").mask_what_is_told(apps, None)
    found = fresh(work)
    assert (found.title, found.work.name, found.work.author) == (after.title, after.work.name, after.work.author)
    assert found.work.whole == after.work.whole
