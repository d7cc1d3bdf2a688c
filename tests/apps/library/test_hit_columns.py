"""Columns of hits and of lists of records that a reader chooses; the address keeps them."""

from __future__ import annotations

import re

import pytest
from tests import factories as make

from plumbline.domain.access import Mark

pytestmark = pytest.mark.django_db
POLICE = Mark("AMBER+STRICT", "org:police")
LIST = "/w/trial/incident/"


@pytest.fixture
def house() -> make.House:
    return make.a_house()


def heads(page: str) -> list[str]:
    found = re.findall(r"<th scope=\"col\".*?</th>", page, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]*>", "", one).split()) for one in found]


def got(house: make.House, name: str, address: str) -> str:
    answer = make.signed_in(house, name).get(address)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.usefixtures("index")
def test_hits_become_a_table_of_the_columns_chosen(house: make.House) -> None:
    about = {"title": "Log", "language": "en", "publisher": "Port office", "author": "A. Clerk", "date": "2011-03-05"}
    make.a_work(house, "A drum of acid.", "A drum of oil.", about=about)
    make.follow()
    plain = got(house, "ann", "/search/?q=drum")
    assert "data-hit>" in plain
    assert heads(plain) == []
    page = got(house, "ann", "/search/?q=drum&show=author&show=publisher&show=copies&show=nonsense")
    assert heads(page) == ["Passage", "Publisher", "Author", "Copies"]
    assert page.count("Port office") >= 2
    assert "A. Clerk" in page
    assert '<input type="hidden" name="show" value="author">' in page  # another question keeps the columns
    assert "show=author" in re.search(r"href=\"([^\"]*sort=date[^\"]*)\"", page).group(1)  # type: ignore[union-attr]
    assert "data-hit>" in got(house, "ann", "/search/?q=drum&show=nonsense")


def test_list_shows_the_fields_chosen_in_the_order_of_the_blueprint(house: make.House) -> None:
    make.a_record(
        house, make.claim("name", "Ann Lee"), make.claim("killed", 3), make.claim("date"), make.claim("waste")
    )
    usual = got(house, "ann", LIST)
    assert heads(usual) == ["Record", "Date", "Place", "Amount", "Sources", "Status", "Mark"]
    page = got(house, "ann", f"{LIST}?show=killed&show=name&show=_status&show=nonsense")
    assert heads(page) == ["Record", "Name", "Killed", "Status"]
    assert "Ann Lee" in page
    assert heads(got(house, "ann", f"{LIST}?show=nonsense")) == heads(usual)
    assert 'name="show" value="killed" checked' in page
    links = re.findall(r"href=\"([^\"]*)\"", page)
    sorting = [one for one in links if "sort=" in one]
    assert sorting
    assert all("show=killed" in one for one in sorting)
    assert any("export.csv" in one for one in links)
    exported = make.signed_in(house, "ann").get(next(one for one in links if "export.csv" in one).replace("&amp;", "&"))
    assert exported.status_code == 200


def test_column_shows_only_values_that_its_reader_may_see(house: make.House) -> None:
    make.a_record(
        house, make.claim("name", "Ann Lee", mark=POLICE), make.claim("date"), mark=Mark("GREEN", "org:police")
    )
    assert "Ann Lee" in got(house, "ann", f"{LIST}?show=name")
    assert "Ann Lee" not in got(house, "cy", f"{LIST}?show=name")


def test_filters_are_folded_until_they_are_opened_and_say_how_many_are_set(house: make.House) -> None:
    make.a_record(house, make.claim("waste", "Y31"), make.claim("date"))
    page = got(house, "ann", LIST)
    assert re.search(r"class=\"fold\"[^>]*><details><summary>", page)
    assert page.index('class="fold"') < page.index("<table")
    assert "1 limit" in got(house, "ann", f"{LIST}?waste=Y31")
    assert re.search(r"class=\"fold\"[^>]*><details open>", got(house, "ann", f"{LIST}?from=never"))
