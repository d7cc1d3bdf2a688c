"""Versions and languages of works: proposed, decided, shown side by side, and only to those who see both."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from tests import factories as make

from plumbline.apps.accounts.queries import SYSTEM
from plumbline.apps.library import comparing as reading
from plumbline.apps.library.actions import decide_version, link_works, mark_entry, order_version, withdraw_work
from plumbline.apps.library.comparing import Follower, compare_all
from plumbline.apps.library.models import Entry, Version, WorkKey
from plumbline.apps.library.versions import MOST_AT_KEY, MOST_PROPOSED, get_version, versions
from plumbline.apps.spine.models import AuditEntry
from plumbline.cli.main import main
from plumbline.domain.access import Mark
from plumbline.domain.errors import Conflict, Forbidden, InvalidInput, NotFound

pytestmark = pytest.mark.django_db
POLICE = Mark("AMBER+STRICT", "org:police")
BODY = [
    "The circular of the port office tells masters of vessels how drums are declared before they are unloaded at the quay.",
    "Each drum bears the number under which the consignor registered it, the weight as it was measured, and the name of a person.",
    "Drums without a number are set aside in the yard until the consignor has answered the letter of the customs house.",
    "Whoever opens a drum notes the hour, the reading of the gauge and what was seen inside, and signs with two witnesses.",
]


@pytest.fixture
def house() -> make.House:
    return make.a_house()


def two_versions(house: make.House, **other: object) -> tuple[Entry, Entry]:
    first = make.a_work(house, *BODY, name="first.txt", about={"title": "First edition", "language": "en"})
    changed = [BODY[0].replace("vessels", "barges"), *BODY[1:], "A fifth paragraph is new in this edition."]
    second = make.a_work(
        house, *changed, name="second.txt", about={"title": "Second edition", "language": "en"}, **other
    )
    assert compare_all(SYSTEM) == 2
    return first, second


def test_another_version_is_proposed_confirmed_rejected_and_taken_back(house: make.House) -> None:
    first, second = two_versions(house)
    (seen,) = versions(house.ann, work=first)
    assert (seen.beside(first).pk, seen.version.kind, seen.version.state) == (second.pk, "version", "open")
    public_id = seen.version.public_id
    with pytest.raises(Forbidden):
        decide_version(public_id, "confirmed", by=house.bo)
    decide_version(public_id, "confirmed", by=house.ann)
    with pytest.raises(Conflict):
        decide_version(public_id, "rejected", by=house.ann)
    with pytest.raises(InvalidInput):
        decide_version(public_id, "perhaps", by=house.ann)
    order_version(public_id, second.public_id, by=house.ann)
    with pytest.raises(InvalidInput):
        order_version(public_id, "elsewhere", by=house.ann)
    page = make.signed_in(house, "ann").get(f"/work/{first.public_id}/").content.decode()
    assert "Second edition" in page
    assert "the newer one" in page
    assert "confirmed" in page
    decide_version(public_id, "open", by=house.ann)
    decide_version(public_id, "rejected", by=house.ann)
    make.follow()
    compare_all(SYSTEM)
    assert [one.version.state for one in versions(house.ann, work=first)] == ["rejected"]
    acts = AuditEntry.objects.filter(verb="version.decide")
    assert {tuple(one.refs) for one in acts} == {(f"version:{public_id}",)}


def test_page_lays_both_side_by_side_and_marks_what_differs(house: make.House) -> None:
    first, _ = two_versions(house)
    (seen,) = versions(house.ann, work=first)
    client = make.signed_in(house, "ann")
    address = f"/version/{seen.version.public_id}/"
    page = client.get(address).content.decode()
    assert ">vessels</mark>" in page
    assert ">barges</mark>" in page
    assert "not in this one" in page
    assert BODY[2] in page
    assert page.count(BODY[2]) == 1
    only = client.get(address + "?only=changes&page=99999999").content.decode()
    assert BODY[2] not in only
    assert ">barges</mark>" in only
    client.post(address, {"decision": "confirm"})
    client.post(address, {"newer": first.public_id})
    row = Version.objects.get()
    assert (row.state, row.newer_id, row.decided_by) == ("confirmed", first.pk, house.ann.person)
    for shown in (address, f"/work/{first.public_id}/"):  # by name to who is signed in, to nobody else
        assert "Ann" in client.get(shown).content.decode().split("</header>")[-1]
        assert house.ann.person not in client.get(shown).content.decode()


def test_pair_is_shown_to_those_alone_who_see_both(house: make.House) -> None:
    first, second = two_versions(house, mark=POLICE)
    (seen,) = versions(house.ann, work=first)
    assert versions(house.cy, work=first) == []
    with pytest.raises(NotFound):
        get_version(seen.version.public_id, house.cy)
    client = make.signed_in(house, "cy")
    assert "Second edition" not in client.get(f"/work/{first.public_id}/").content.decode()
    assert client.get(f"/version/{seen.version.public_id}/").status_code == 404
    assert client.get(f"/api/v1/works/{first.public_id}/versions").json() == []
    assert (
        make.signed_in(house, "ann").get(f"/api/v1/works/{first.public_id}/versions").json()[0]["other"]
        == second.public_id
    )


def test_withheld_words_count_for_nobody(house: make.House) -> None:
    first, second = (
        make.a_work(
            house, f"Seen by Ann Lee at the gate {n}, with drum {n} and all the others there were.", name=f"{n}.txt"
        )
        for n in (1, 2)
    )
    from plumbline.apps.library.comparing import texts_for_all

    make.a_record(house, make.said("victim", "Ann Lee", first, mark=POLICE))
    assert "Ann Lee" not in texts_for_all(first)[0]
    assert "Ann Lee" in texts_for_all(second)[0]


def test_translation_is_found_by_its_numbers_and_stands_beside(house: make.House) -> None:
    english = [f"On {n + 10} May 2023 some {n * 137 + 40} drums came to pier {n + 30}." for n in range(6)]
    arabic = [f"في {n + 10} مايو 2023 وصل {n * 137 + 40} برميلاً إلى الرصيف {n + 30}." for n in range(6)]
    first = make.a_work(house, *english, name="en.txt", about={"title": "Drums", "language": "en"})
    make.a_work(house, *arabic, name="ar.txt", about={"title": "براميل", "language": "ar"})
    compare_all(SYSTEM)
    (seen,) = versions(house.ann, work=first)
    assert (seen.version.kind, seen.likely) == ("translation", True)
    page = make.signed_in(house, "ann").get(f"/version/{seen.version.public_id}/").content.decode()
    assert page.count('dir="rtl"') >= 6
    assert arabic[3].split()[0] in page


def test_works_are_linked_by_hand_and_that_is_taken_back(house: make.House) -> None:
    first = make.a_work(house, "One.", name="a.txt", about={"title": "One"})
    second = make.a_work(house, "Two.", name="b.txt", about={"title": "Two"})
    client = make.signed_in(house, "ann")
    address = f"/work/{first.public_id}/versions/"
    assert (
        client.post(
            address, {"other": f"http://testserver/work/{second.public_id}/", "kind": "translation"}
        ).status_code
        == 302
    )
    assert client.post(address, {"other": "zzzzzzzzzzzz", "kind": "version"}).status_code == 404
    assert client.post(address, {"other": "../ x", "kind": "version"}).status_code == 404
    row = Version.objects.get()
    assert (row.kind, row.state, row.by_hand, row.score) == ("translation", "confirmed", True, None)
    for wrong in ((first, first, "version"), (first, second, "twin")):
        with pytest.raises(InvalidInput):
            link_works(*wrong, by=house.ann)
    with pytest.raises(Forbidden):
        link_works(first, second, "version", by=house.bo)
    assert decide_version(row.public_id, "open", by=house.ann) is None
    assert not Version.objects.exists()


def test_comparing_follows_changes_and_rests_when_there_are_none(house: make.House) -> None:
    first, second = two_versions(house)
    follower = Follower()
    assert follower.next() == {}
    withdraw_work(make.fresh(second), "wrong", by=house.ann)
    follower.looked = 0.0
    assert set(follower.next()) == {second.pk}
    assert compare_all(SYSTEM) == 1
    assert versions(house.ann, work=first) == []
    mark_entry(make.fresh(first), POLICE, by=house.ann)
    assert compare_all(SYSTEM) == 1


def test_work_that_cannot_be_sketched_does_not_stop_the_others(
    house: make.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make.a_work(house, *BODY, name="first.txt")
    make.a_work(house, *BODY, "More.", name="second.txt")
    third = make.a_work(house, *BODY, "And more.", name="third.txt")
    whole = reading.texts_for_all

    def breaks(entry: Entry) -> list[str]:
        if entry.pk == first.pk:
            raise RuntimeError("odd text")
        return whole(entry)

    monkeypatch.setattr(reading, "texts_for_all", breaks)
    assert compare_all(SYSTEM) == 3
    assert len(versions(house.ann, work=third)) == 1


def test_many_copies_of_one_text_and_empty_ones_stay_bounded(house: make.House) -> None:
    for n in range(MOST_AT_KEY + 8):
        make.a_work(house, *BODY, f"Copy {n}.", name=f"{n}.txt")
    make.a_work(house, "?", name="empty.txt")
    compare_all(SYSTEM)
    counts = {}
    for key in WorkKey.objects.values_list("key", flat=True):
        counts[key] = counts.get(key, 0) + 1
    assert max(counts.values()) == MOST_AT_KEY
    assert Version.objects.count() <= (MOST_AT_KEY + 8) * MOST_PROPOSED
    last = Entry.objects.filter(kind="work").order_by("-pk")[1]
    assert len(versions(house.ann, work=last)) == MOST_PROPOSED


@pytest.mark.usefixtures("index")
def test_hit_that_repeats_one_in_another_version_stands_under_it(house: make.House) -> None:
    two_versions(house)
    make.a_work(
        house, BODY[1], "Something else that stands beside the drum.", name="third.txt", about={"title": "Third"}
    )
    make.follow()
    page = make.signed_in(house, "ann").get("/search/", {"q": '"consignor registered"'}).content.decode()
    assert "2 passages" in page
    assert "and 1 copy in another version" in page
    assert page.count("data-hit>") == 2
    assert "2 copies" not in page
    assert "edition" in page[page.index("<summary>1 copy") :]
    seen = versions(house.ann, work=Entry.objects.get(title="First edition"))[0]
    decide_version(seen.version.public_id, "rejected", by=house.ann)
    page = make.signed_in(house, "ann").get("/search/", {"q": '"consignor registered"'}).content.decode()
    assert page.count("data-hit>") == 3


@pytest.mark.parametrize("kind", ["version", "translation"])
def test_side_by_side_of_works_without_passages_and_of_unlike_length_is_a_page(house: make.House, kind: str) -> None:
    empty = make.a_work(house, "Not read yet.", name="none.txt", about={"title": "None"}, read=False)
    long = make.a_work(
        house, *(f"Paragraph {n} of many." for n in range(130)), name="long.txt", about={"title": "Long"}
    )
    client = make.signed_in(house, "ann")
    Entry.objects.get(pk=empty.pk)
    pair = link_works(make.fresh(empty), make.fresh(long), kind, by=house.ann)
    for query in ("", "?page=2", "?page=0", "?page=x", "?only=changes&page=3"):
        assert client.get(f"/version/{pair.public_id}/{query}").status_code == 200


def test_command_compares_what_waits_and_lists_pairs(house: make.House) -> None:
    first = make.a_work(house, *BODY, name="first.txt", about={"title": "First"})
    make.a_work(house, *BODY, "More.", name="second.txt", about={"title": "Second"})
    done = CliRunner().invoke(main, ["versions", first.public_id, "--json"])
    assert done.exit_code == 0
    assert json.loads(done.output)["kind"] in ("near", "version")
    assert CliRunner().invoke(main, ["versions", "-w", "trial"]).output.count("/version/") == 1
    assert CliRunner().invoke(main, ["versions"]).exit_code == 2
    assert CliRunner().invoke(main, ["versions", "zzzzzzzzzzzz"]).exit_code == 3
