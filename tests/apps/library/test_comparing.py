"""Two passages side by side: what differs is marked, what is hidden answers as nothing."""

from __future__ import annotations

import re

import pytest
from tests import factories as make

from plumbline.domain.access import Mark

pytestmark = pytest.mark.django_db
POLICE = Mark("AMBER+STRICT", "org:police")


@pytest.fixture
def house() -> make.House:
    return make.a_house()


def test_words_that_differ_are_marked_in_both_and_withheld_ones_stay_withheld(house: make.House) -> None:
    work = make.a_work(
        house, "Ten drums of acid came by ship.", "Nine drums of oil of Ann Lee came by ship.", about={"language": "en"}
    )
    make.a_record(house, make.said("victim", "Ann Lee", work, mark=POLICE))
    one, two = (passage.public_id for passage in make.passages_of(work))
    page = make.signed_in(house, "cy").get(f"/compare/?p={one}&p={two}", follow=True).content.decode()
    assert f"/p/{two}/" in page
    marked = re.findall(r"<mark[^>]*>([^<]*)</mark>", page)
    assert [word for word in marked if "█" not in word][:4] == ["Ten", "acid", "Nine", "oil of "]
    assert "Ann Lee" not in page
    assert "Ann Lee" in make.signed_in(house, "ann").get(f"/p/{one}/beside/{two}/").content.decode()


def test_passages_of_two_languages_stand_side_by_side_unmarked(house: make.House) -> None:
    first = make.a_work(house, "Ten drums.", about={"language": "en"})
    second = make.a_work(house, "Dix fûts.", name="b.txt", about={"language": "fr"})
    one, two = (make.passages_of(work)[0].public_id for work in (first, second))
    page = make.signed_in(house, "cy").get(f"/p/{one}/beside/{two}/").content.decode()
    assert "Ten drums." in page
    assert "Dix fûts." in page


def test_hidden_passage_answers_as_none_and_other_numbers_than_two_ask_for_two(house: make.House) -> None:
    seen = make.passages_of(make.a_work(house, "Seen."))[0].public_id
    hidden = make.passages_of(make.a_work(house, "Hidden.", name="b.txt", mark=POLICE))[0].public_id
    client = make.signed_in(house, "cy")
    for one, two in ((seen, hidden), (hidden, seen), (seen, "zzzzzzzzzzzzzzzz")):
        assert client.get(f"/p/{one}/beside/{two}/").status_code == 404
    for query in ("", f"?p={seen}", f"?p={seen}&p={seen}", "?p=a&p=b&p=c", "?p=../x&p=%00"):
        assert "Two passages are compared" in client.get(f"/compare/{query}").content.decode()
