"""Hits of searches where works are versions of each other: each passage counts once on pages, in files, REST and saved searches."""

from __future__ import annotations

import csv
import io
import json

import pytest
from tests import factories as make
from tests.apps.library.test_versions import BODY, two_versions

from plumbline.apps.accounts.queries import SYSTEM
from plumbline.apps.library import actions
from plumbline.apps.library.actions import decide_version, mark_entry
from plumbline.apps.library.comparing import compare_all
from plumbline.apps.library.copies import gather
from plumbline.apps.library.saved import saved_searches
from plumbline.apps.library.searching import Asked, search_asked
from plumbline.apps.library.versions import versions
from plumbline.domain.access import Mark, Viewer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("index")]
POLICE = Mark("AMBER+STRICT", "org:police")


@pytest.fixture
def house() -> make.House:
    return make.a_house()


def texts(viewer: Viewer, text: str, **more: int) -> list[str]:
    return [hit.passage.text for hit in gather(Asked(text), viewer, **more).found.hits]


def test_passages_count_once_and_pages_of_hits_follow_one_another_without_gap_or_repeat(house: make.House) -> None:
    two_versions(house)
    make.follow()
    found = gather(Asked("drum"), house.ann)
    assert (found.found.total, found.passages) == (5, 8)  # the first paragraph differs by a word, one is new
    assert len(found.copies) == 3
    assert all(len(copies) == 1 for copies in found.copies.values())
    assert [hit.rank for hit in found.found.hits] == [1, 2, 3, 4, 5]
    whole = texts(house.ann, "drum")
    assert len(set(whole)) == 5
    paged = [text for at in range(0, 8, 2) for text in texts(house.ann, "drum", offset=at, limit=2)]
    assert paged == whole
    lit = gather(Asked("drum"), house.ann, offset=3, limit=2).found.hits
    assert all(hit.highlights for hit in lit)


@pytest.mark.parametrize("most", range(1, 9))
def test_copies_beyond_those_looked_at_count_one_each(house: make.House, most: int) -> None:
    two_versions(house)
    make.follow()
    every = [hit.passage for hit in search_asked(Asked("drum"), house.ann).hits]
    repeated = most - len({one.text for one in every[:most]})
    found = gather(Asked("drum"), house.ann, most=most)
    assert (found.found.total, found.passages) == (8 - repeated, 8)
    told = [hit.passage.id for hit in found.found.hits] + [
        one.passage.id for own in found.copies.values() for one in own
    ]
    assert sorted(told) == sorted(one.id for one in every)
    paged = [hit.passage.id for at in range(8) for hit in gather(Asked("drum"), house.ann, offset=at, limit=1, most=most).found.hits]  # fmt: skip
    assert paged == [hit.passage.id for hit in found.found.hits]


def test_version_that_a_viewer_may_not_see_folds_nothing_and_is_no_copy(house: make.House) -> None:
    first, second = two_versions(house)
    mark_entry(second, POLICE, by=house.ann)
    make.follow()
    assert gather(Asked("drum"), house.ann).passages == 8
    theirs = gather(Asked("drum"), house.cy)
    assert (theirs.found.total, theirs.passages, theirs.copies) == (4, 4, {})
    assert {hit.passage.work for hit in theirs.found.hits} == {first.public_id}


def test_rejected_version_is_no_copy(house: make.House) -> None:
    first, _ = two_versions(house)
    make.follow()
    decide_version(versions(house.ann, work=first)[0].version.public_id, "rejected", by=house.ann)
    assert gather(Asked("drum"), house.ann).found.total == 8


def test_facets_count_what_is_listed_when_their_value_is_chosen(house: make.House) -> None:
    about = [("2001-05-01", "Port office"), ("2002-05-01", "Port office"), ("2003-05-01", "Customs house")]
    for n, (day, publisher) in enumerate(about):
        make.a_work(house, *BODY, f"Paragraph {n} is of this edition of drums alone.", name=f"{n}.txt",
                    about={"title": f"Edition {n}", "language": "en", "date": day, "publisher": publisher})  # fmt: skip
    compare_all(SYSTEM)
    make.follow()
    first, middle, last = sorted(versions(house.ann), key=lambda seen: (seen.version.entry_id, seen.version.other_id))
    assert (first.version.entry_id, last.version.other_id) == (middle.version.entry_id, middle.version.other_id)
    shown = gather(Asked("drum"), house.ann).found
    assert shown.facets["publisher"] == (("Port office", 6), ("Customs house", 5))
    assert shown.facets["year"] == (("2001", 5), ("2002", 5), ("2003", 5))
    assert shown.facets["language"] == (("en", shown.total),) == (("en", 7),)
    assert ">7</span>" in make.signed_in(house, "ann").get("/search/?q=drum&language=en").content.decode()
    for rejected in ("", first, middle, last):
        if rejected:
            decide_version(rejected.version.public_id, "rejected", by=house.ann)
        for viewer in (house.ann, house.bo, house.cy):
            found = gather(Asked("drum"), viewer).found
            for name, rows in found.facets.items():
                assert rows == tuple(sorted(rows, key=lambda one: (-one[1], one[0])))
                for value, count in rows:
                    assert gather(Asked("drum", {name: (value,)}), viewer).found.total == count, (name, value)


def test_file_has_one_row_a_passage_with_its_copies_and_where_they_are(house: make.House) -> None:
    two_versions(house)
    make.follow()
    answer = make.signed_in(house, "ann").get("/search/export.csv?q=drum")
    top, rest = b"".join(answer.streaming_content).decode("utf-8-sig").split("\r\n", 1)
    rows = list(csv.DictReader(io.StringIO(rest)))
    assert "5 of 5" in top
    assert sorted(row["copies"] for row in rows) == ["1", "1", "2", "2", "2"]
    for row in rows:
        assert (row["copies"] == "2") is row["also_at"].startswith("http://testserver/p/")
        assert row["also_at"] != row["url"]
    hidden = make.signed_in(house, "cy").get("/search/export.csv?q=drum")
    assert hidden.status_code == 200


def test_rest_tells_the_copies_of_each_hit(house: make.House) -> None:
    two_versions(house)
    make.follow()
    found = json.loads(make.signed_in(house, "ann").get("/api/v1/search?q=drum").content)
    assert (found["total"], found["passages"], len(found["hits"])) == (5, 8, 5)
    assert sorted(len(hit["copies"]) for hit in found["hits"]) == [0, 0, 1, 1, 1]


def test_saved_search_counts_a_new_copy_of_what_was_seen_as_new_and_its_total_once(house: make.House) -> None:
    first = make.a_work(house, *BODY, name="first.txt", about={"title": "First edition", "language": "en"})
    make.follow()
    actions.save_search(Asked("drum"), "Drums", None, by=house.ann)
    make.a_work(house, *BODY, "A fifth paragraph on drums.", name="second.txt", about={"language": "en"})
    compare_all(SYSTEM)
    make.follow()
    assert versions(house.ann, work=first)
    (now,) = saved_searches(house.ann)
    assert (now.new, now.total) == (5, 5)
