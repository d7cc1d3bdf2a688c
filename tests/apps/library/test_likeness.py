"""Pages that show what is like a passage or a work: other works alone, and only what the viewer may read."""

from __future__ import annotations

import pytest
from django.test import Client
from tests import factories as make

from plumbline.apps.accounts.models import Person
from plumbline.apps.library.models import Entry
from plumbline.domain.access import Mark

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("index")]
POLICE = Mark("AMBER+STRICT", "org:police")


def page(house: make.House, name: str, address: str) -> str:
    client = Client()
    client.force_login(Person.objects.get(public_id=house.people[name]))
    return client.get(address).content.decode()


def test_pages_lead_to_what_is_like_them_and_hide_what_is_withheld(house: make.House) -> None:
    english = {"language": "en"}
    work = make.a_work(house, "Mercury leaked from drums at the quay.", "Mercury again.", about=english)
    make.a_work(house, "Drums at a quay held mercury of Ann Lee.", name="b.txt", about={"title": "Second", **english})
    hidden = make.a_work(house, "Mercury in drums at the quay, secretly.", name="c.txt", mark=POLICE, about=english)
    make.a_record(house, make.said("victim", "Ann Lee", Entry.objects.get(title="Second"), mark=POLICE))
    make.follow()
    passage = make.passages_of(work)[0].public_id
    for base in (f"/work/{work.public_id}/", f"/p/{passage}/"):
        assert f'href="{base}like/"' in page(house, "cy", base)
        theirs, ours = page(house, "cy", f"{base}like/"), page(house, "ann", f"{base}like/")
        for told in (theirs, ours):
            assert "Second" in told
            assert "again" not in told, "its own work is no answer"
        assert ("secretly" in ours, "Ann Lee" in ours) == (True, True)
        assert ("secretly" in theirs, "Ann Lee" in theirs) == (False, False)
    assert Client().get(f"/work/{hidden.public_id}/like/").status_code == 404


def test_work_without_another_like_it_says_so(house: make.House) -> None:
    work = make.a_work(house, "Nothing of the kind.")
    make.follow()
    assert "Nothing is like it" in page(house, "cy", f"/work/{work.public_id}/like/")
