"""A language model reads a work only where installation and workspace say so, and is sent nothing that is withheld."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests import factories as make
from tests.chatting import Service, serving
from tests.unit.domain.extraction_making import BLUEPRINT

from plumbline.apps.library.actions import mark_claim, set_status, withdraw_work
from plumbline.apps.library.models import Claim, Entry, Passage
from plumbline.apps.records.asking import _without
from plumbline.apps.records.places import gazetteer
from plumbline.apps.records.tasks import extract_work
from plumbline.apps.spine.actions import enqueue, mark_class_for
from plumbline.apps.spine.models import Job
from plumbline.domain.access import Mark
from plumbline.domain.blueprints import load_shipped
from plumbline.domain.extraction.model import Mention
from plumbline.engines.chat import LONGEST_NAME, Endpoint

pytestmark = pytest.mark.django_db
OPEN, POLICE = Mark("CLEAR", "org:police"), Mark("AMBER", "org:police")
UNREST = BLUEPRINT.replace("blueprint: unrest", "blueprint: trial")
ALLOWED = UNREST + "reading: {llm: {up_to: CLEAR}}\n"
TEXT = (
    "On 5 March 2011 members of Red Dawn attacked a bridge with rifles.",
    "Police said that Judge Rios was wounded.",
)
WASTE = "On 5 March 2011 customs seized 12 tonnes of lead batteries in Lagos. The waste came from Genoa."


@pytest.fixture
def service(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    gazetteer()  # opened before the data folder changes: building one takes seconds
    settings.DATA = tmp_path
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving() as found:
        settings.LLM = Endpoint(found.url, "tiny", "sk-never-shown", 5)
        yield found


def claims_of(work: Entry) -> list[Claim]:
    return list(Claim.objects.filter(passage__work=work.pk).select_related("passage").order_by("pk"))


def again(work: Entry, house: make.House) -> None:
    """Let the work be read once more."""
    enqueue("extract", f"again:{work.public_id}:{Job.objects.count()}", {"id": work.public_id}, by=house.ann)
    make.run_jobs()


def test_what_it_points_at_is_proposed_under_its_name_with_the_words(service: Service) -> None:
    work = make.a_work(make.a_house(ALLOWED), *TEXT)
    found = {one.field: one for one in claims_of(work)}
    assert found.keys() == {"date", "organisation", "target", "victim"}
    assert {(one.status, one.extractor, one.confidence) for one in found.values()} == {("proposed", "llm/tiny", 0.4)}
    assert all(one.passage and TEXT[one.passage.ordinal][one.start : one.end] for one in found.values())
    assert found["date"].value == {"start": "2011-03-05", "end": "2011-03-05", "precision": "day"}
    assert found["victim"].value == found["victim"].passage.text[found["victim"].start : found["victim"].end]  # type: ignore[union-attr]
    assert len(service.asked) == 1 and work.work.warnings == []
    assert "sk-never-shown" not in str(list(Job.objects.values()))


def test_longest_name_of_a_model_fits_beside_a_value() -> None:
    longest = Endpoint("http://h/v1", "m" * LONGEST_NAME)
    assert longest.is_usable and len(longest.extractor) == Claim._meta.get_field("extractor").max_length


def test_nothing_is_sent_unless_installation_and_workspace_say_so(service: Service, settings: Any) -> None:
    house = make.a_house(UNREST)
    make.a_work(house, *TEXT)
    make.a_workspace(ALLOWED)
    house.workspace.refresh_from_db()
    settings.LLM = None
    make.a_work(house, *TEXT, name="second.txt")
    assert service.asked == [] and not Claim.objects.exists()


@pytest.mark.parametrize(
    "mark", [POLICE, Mark("GREEN", "org:police"), Mark("CLEAR", "org:police", embargo=date(2999, 1, 1))]
)
def test_works_whose_marks_the_workspace_excludes_are_not_sent(service: Service, mark: Mark) -> None:
    work = make.a_work(make.a_house(ALLOWED), *TEXT, mark=mark)
    assert service.asked == [] and claims_of(work) == [] and work.work.warnings == []


def test_a_workspace_may_let_stricter_marks_out(service: Service) -> None:
    work = make.a_work(make.a_house(UNREST + "reading: {llm: {up_to: AMBER}}\n"), *TEXT, mark=POLICE)
    assert len(service.asked) == 1 and len(claims_of(work)) == 4


def test_hidden_passages_and_withheld_words_are_not_sent_even_where_their_marks_may_be(service: Service) -> None:
    house = make.a_house(UNREST + "reading: {llm: {up_to: AMBER}}\n")
    work = make.a_work(house, *TEXT, "Ivo Blum told it.", mark=OPEN)
    shut = next(one for one in make.passages_of(work) if "Ivo" in one.text)
    Passage.objects.filter(pk=shut.pk).update(mark_class=mark_class_for(POLICE))
    mark_claim(next(one for one in claims_of(work) if one.field == "victim"), POLICE, by=house.ann)
    before = Claim.objects.count()
    service.asked.clear()
    again(work, house)
    assert "Red Dawn" in service.sent and "Judge" not in service.sent and "Ivo" not in service.sent
    assert "████" not in service.sent, "not even how long it is"
    new = claims_of(work)[before:]
    assert {one.field for one in new} == {"date", "organisation", "target"}, "the reply names the victim all the same"


@pytest.mark.parametrize("up_to", ["CLEAR", "AMBER"])
def test_words_read_as_a_field_of_stricter_sharing_are_withheld_before_they_are_masked(
    service: Service, up_to: str
) -> None:
    hint = "fields: {date: {from: dates}"
    closed = ALLOWED.replace("up_to: CLEAR", f"up_to: {up_to}").replace(
        "label: {en: Weapon}", "label: {en: Weapon}, sharing: {level: AMBER}"
    )
    text = "On 5 March 2011 Red Dawn attacked a bridge in Lagos. Police met the Rural Bank Company there."
    house = make.a_house(closed.replace(hint, hint + ", weapon: {from: organisations}, target: {from: places}"))
    make.a_work(house, text)
    assert Claim.objects.filter(field="weapon", extractor="rules/2").exists(), "the hints find the company"
    assert "Red Dawn" in service.sent and "Rural Bank" not in service.sent and "Weapon" not in service.sent


def test_short_words_of_a_stricter_field_are_withheld_too(service: Service) -> None:
    closed = ALLOWED.replace("label: {en: Target}", "label: {en: Target}, sharing: {level: AMBER}")
    hint = "fields: {date: {from: dates}"
    house = make.a_house(closed.replace(hint, hint + ", target: {from: places}"))
    make.a_work(house, "On 5 March 2011 Red Dawn attacked a bridge in Goa. Police of GOA met the goat herders.")
    assert "Goa" in {one.value for one in Claim.objects.filter(field="target", extractor="rules/2")}
    assert "Red Dawn" in service.sent and "goat herders" in service.sent
    assert "Goa" not in service.sent and "GOA" not in service.sent


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        ("500", "llm.status"),
        ("401", "llm.status"),
        ("429", "llm.busy"),
        ("broken", "llm.reply"),
        ("long", "llm.too_long"),
    ],
)
def test_a_service_that_fails_leaves_what_others_read_and_one_sentence(service: Service, reply: str, code: str) -> None:
    shipped = load_shipped("hazardous-waste").text.replace("blueprint: hazardous-waste", "blueprint: trial")
    service.reply = reply
    filler = ["Nothing was said of it. " * 2_000] if reply == "long" else []
    work = make.a_work(make.a_house(shipped + "\nreading: {llm: {up_to: CLEAR}}\n"), WASTE, *filler, mark=OPEN)
    assert {one.extractor for one in claims_of(work)} == {"rules/2"}
    assert [one["code"] for one in make.fresh(work).work.warnings] == [code]  # type: ignore[union-attr]
    assert Job.objects.get(kind="extract").state == Job.DONE


def test_a_run_that_goes_on_asks_nobody_twice_and_keeps_no_words(service: Service) -> None:
    house = make.a_house(ALLOWED)
    work = make.a_work(house, *TEXT)
    job = Job.objects.get(kind="extract")
    service.reply = "500"
    extract_work(job)
    assert len(service.asked) == 1 and len(claims_of(work)) == 4
    assert "Rios" not in str(job.payload) and job.payload["llm"][0][0] == "attack"


def test_a_withdrawn_work_is_not_sent(service: Service) -> None:
    house = make.a_house(ALLOWED)
    work = make.a_work(house, *TEXT)
    withdraw_work(work, "wrong file", by=house.ann)
    service.asked.clear()
    again(work, house)
    assert service.asked == []


def test_what_it_proposed_is_decided_on_like_any_other(service: Service) -> None:
    house = make.a_house(ALLOWED)
    make.a_work(house, *TEXT)
    set_status(Entry.objects.get(kind="record"), "accepted", by=house.ann)
    assert Entry.objects.get(kind="record").status == "accepted"


def test_short_names_stay_withheld_where_words_are_joined_to_them() -> None:
    text = "قال علي ثم ذهب وعلي ولعلي. Ян ушёл, видели Яна. The man Li saw Lima and LI."
    kept = [
        Mention("name", word, word, text.index(word), text.index(word) + len(word), 1.0) for word in ("علي", "Ян", "Li")
    ]
    told = _without(text, kept)
    assert "علي" not in told and "Ян" not in told and "LI" not in told
    assert "Lima" in told
