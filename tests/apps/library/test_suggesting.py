"""Did you mean: out of what the viewer may read, and never out of what they may not."""

from __future__ import annotations

import pytest
from django.test import Client
from tests import factories as make

from plumbline.apps.accounts.models import Person
from plumbline.apps.library import actions
from plumbline.apps.library.searching import Asked
from plumbline.apps.library.suggesting import suggest
from plumbline.domain.access import Mark, Viewer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("index")]
POLICE = Mark("AMBER+STRICT", "org:police")


@pytest.fixture
def house() -> make.House:
    return make.a_house()


def meant(viewer: Viewer, text: str, **asked: list[str]) -> tuple[str, int] | None:
    found = suggest(Asked.read({"q": [text], **asked}), viewer, ("trial",), 0)
    return (found.asked.text, found.total) if found else None


@pytest.mark.parametrize(
    ("language", "text", "asked", "expected"),
    [
        ("en", "Smuggling of drums.", "smugling drums", "smuggling drums"),
        ("en", "Smuggling of drums.", 'Smugling OR "an exact smugling"', 'smuggling OR "an exact smuggling"'),
        ("en", "Mercury in the port.", "title:mercry OR mercry", "title:mercury OR mercury"),
        ("fr", "Des déchets dangereux.", "dechtes", "déchets"),
        ("ru", "Опасные отходы на свалке.", "отхоыд", "отходы"),
        ("ar", "النفايات الخطرة في الميناء", "النفاييات", "النفايات"),
    ],
)
def test_word_with_a_wrong_letter_leads_to_the_one_that_is_there(
    house: make.House, language: str, text: str, asked: str, expected: str
) -> None:
    make.a_work(house, text, about={"language": language})
    make.follow()
    assert meant(house.cy, asked) == (expected, 1)


@pytest.mark.parametrize(
    ("language", "text", "asked", "expected"),
    [
        ("ru", "Владелец судна — Понтомир Марин Лтд.", "Pontomir", "(Pontomir OR понтомир)"),
        ("ru", "Задержан Сергей Жуков.", "Zhukov seized", None),
        ("en", "The owner is Pontomir Marine Ltd.", "Понтомир", "(Понтомир OR pontomir)"),
        ("en", "The harbour of Batumi is closed.", "Батуми", "(Батуми OR batumi)"),
    ],
)
def test_name_leads_to_itself_in_another_script(
    house: make.House, language: str, text: str, asked: str, expected: str | None
) -> None:
    make.a_work(house, text, about={"language": language})
    hidden = make.a_work(house, "Понтомир, Pontomir, Батуми, Batumi.", name="b.txt", mark=POLICE)
    make.follow()
    assert meant(house.cy, asked) == ((expected, 1) if expected else None)
    assert hidden


def test_words_of_hidden_passages_are_never_suggested(house: make.House) -> None:
    """The same word is suggested to who may read it; others get what they would get if it did not exist."""
    make.a_work(house, "A harmless sentence about drumss.")
    make.follow()
    before = [meant(house.cy, asked) for asked in ("secretivly", "drumst", "drums")]
    work = make.a_work(house, "Secretively drumst.", "Secretively again drumst.", name="b.txt", mark=POLICE)
    make.follow()
    assert meant(house.ann, "secretivly") == ("secretively", 2)
    assert [meant(house.cy, asked) for asked in ("secretivly", "drumst", "drums")] == before
    assert before == [None, ("drumss", 1), ("drumss", 1)]
    actions.mark_entry(work, Mark("CLEAR", "org:police"), by=house.ann)
    make.follow()
    assert meant(house.cy, "secretivly") == ("secretively", 2)
    actions.mark_entry(make.fresh(work), POLICE, by=house.ann)
    assert meant(house.cy, "secretivly") is None, "at once, before the index has followed"


def test_withheld_words_are_suggested_to_nobody_who_may_not_read_them(house: make.House) -> None:
    work = make.a_work(house, "The driver Okonjwo was seen.")
    make.a_record(house, make.said("victim", "Okonjwo", work, mark=POLICE))
    make.follow()
    assert meant(house.ann, "Okonjw") == ("okonjwo", 1)
    assert meant(house.cy, "Okonjw") is None


def test_nothing_is_suggested_where_it_would_find_no_more(house: make.House) -> None:
    make.a_work(house, "Mercury here.", "Drums there.", about={"language": "en"})
    make.follow()
    for text in (
        "mercury",
        "mercuries",
        "xyzzy",
        "oil",
        "mercury NOT drms",
        "merc*",
        "mercry~",
        "汞汞汞汞",
        "lang:frr oil",
    ):
        assert meant(house.cy, text) is None, text
    assert meant(house.cy, "mercry", language=["fr"]) is None, "not within the filters"
    assert meant(house.cy, "mercry drms") is None, "each word is there, both nowhere"


def test_page_asks_and_links_with_the_filters_kept(house: make.House) -> None:
    make.a_work(house, "Smuggling of <b>drums</b>.", about={"language": "en"})
    make.follow()
    client = Client()
    client.force_login(Person.objects.get(public_id=house.people["cy"]))
    page = client.get("/w/trial/search/?q=smugling&language=en").content.decode()
    assert 'Did you mean <a href="/w/trial/search/?q=smuggling&amp;language=en"><bdi>smuggling</bdi></a>?' in page
    assert "Did you mean" not in client.get("/w/trial/search/?q=smuggling").content.decode()
