"""What reviewers decide teaches the reading: training on an installation, use, the way back, and nothing let out by it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tests import factories as make
from tests.unit.domain.extraction_making import BLUEPRINT, report

from plumbline.apps.library.actions import (
    NewClaim,
    add_claims,
    decide_claims,
    erase_claim,
    mark_claim,
    mark_entry,
    set_status,
)
from plumbline.apps.library.lessons import Lesson, lessons, still_open
from plumbline.apps.library.models import Claim, Entry
from plumbline.apps.records.actions import propose_records, use_model
from plumbline.apps.records.learning import _loaded, example_of, teach_workspace
from plumbline.apps.records.models import TrainedModel
from plumbline.apps.records.places import gazetteer
from plumbline.apps.records.queries import get_model, models_of
from plumbline.apps.spine.models import AuditEntry
from plumbline.apps.spine.queries import blueprint_of
from plumbline.cli.main import main
from plumbline.domain.access import Mark
from plumbline.domain.errors import Forbidden, NotFound

pytestmark = pytest.mark.django_db
UNREST = BLUEPRINT.replace("blueprint: unrest", "blueprint: trial")
OPEN, POLICE = Mark("CLEAR", "org:police"), Mark("AMBER", "org:police")
TELLING = [number for number in range(60) if number % 3 != 2][:26]
QUIET = (2, 5, 8, 11)


@pytest.fixture
def house(settings: Any, tmp_path: Path) -> make.House:
    gazetteer()  # opened before the data folder changes: building one takes seconds
    settings.DATA = tmp_path
    return make.a_house(UNREST)


def reviewed(house: make.House, number: int, mark: Mark | None = None) -> Entry:
    """Take a report in; a reviewer accepts what it tells, corrects what was read wrongly, rejects what it does not tell."""
    row = report(number)
    text = row["text"] + f" Report {number}."
    work = make.a_work(house, text, name=f"{number}.txt", about={"language": "en"}, mark=mark)
    incidents = row["incidents"] or [{"type": "attack", "fields": {"victim": ["The minister"]}}]
    for one in incidents:
        claims = [
            make.said(name, words, work, extractor="rules/2", confidence=0.6)
            for name, found in one["fields"].items()
            for words in found
            if words in text
        ]
        [entry] = propose_records(house.workspace, [(one["type"], claims)], work=work, by=house.ann)
        set_status(entry, "accepted" if row["incidents"] else "rejected", by=house.ann)
    return work


def taught(house: make.House) -> TrainedModel:
    for number in (*TELLING, *QUIET):
        reviewed(house, number)
    return teach_workspace(house.workspace, by=house.ann)


def read(house: make.House, number: int, mark: Mark | None = None) -> list[Claim]:
    text = report(number)["text"] + f" Bulletin {number}."
    work = make.a_work(house, text, name=f"new-{number}.txt", about={"language": "en"}, mark=mark)
    return list(Claim.objects.filter(passage__work=work.pk).order_by("pk"))


def command(*words: str) -> Result:
    return CliRunner().invoke(main, ["train", "--workspace", "trial", *words])


def test_review_teaches_the_reading_of_reports_as_closed_and_there_is_a_way_back(
    house: make.House, tmp_path: Path
) -> None:
    closed = "{works: {level: AMBER}, records: {level: GREEN}}"
    make.a_workspace(UNREST.replace("{works: {level: CLEAR}, records: {level: CLEAR}}", closed))
    house.workspace.refresh_from_db()
    assert read(house, 3000) == [], "the hints alone see nothing here"
    model = taught(house)
    gained = {(one["type"], one["field"]): one for one in model.report["fields"]}
    assert (model.report["examples"], model.report["telling"], model.report["held_back"]) == (30, 26, 5)
    attack = gained["attack", ""]
    assert (
        attack["before"] == 0 < attack["after"] and attack["interval"][0] <= attack["gained"] <= attack["interval"][1]
    )
    assert (tmp_path / model.folder / "model.json").is_file()
    assert read(house, 3003) == [], "a model reads only once somebody says so"
    assert json.loads(command("--use", "1", "--json").stdout) == {"workspace": "trial", "in_use": 1}
    found = read(house, 3006)
    assert {(one.status, one.extractor) for one in found} == {("proposed", "rules/2+model/1")}
    assert all(one.passage.text[one.start : one.end] == one.value for one in found if one.passage)
    assert read(house, 3007, mark=OPEN) == [], "its readers may not see what the model learned from"
    assert model.mark_class.mark == POLICE
    assert not models_of(house.workspace, house.cy).exists()
    with pytest.raises(NotFound):
        get_model(house.workspace, 1, house.cy)
    assert "Model 1" in command("--list").stdout and "attack\t" in command("--list").stdout
    manifest = tmp_path / model.folder / "model.json"
    written = manifest.read_text()
    manifest.write_text(json.dumps(json.loads(written) | {"version": 1}))
    _loaded.cache_clear()
    assert read(house, 3008) == [], "this version reads no model of another"
    assert "in use, but of another version: the hints alone read; train again" in command("--list").stdout
    assert "Train it again" in command("--use", "1").stderr
    manifest.write_text(written)
    _loaded.cache_clear()
    assert command("--back").stdout == "The hints of the blueprint alone read what is taken in from now on.\n"
    assert read(house, 3009) == []
    use_model(house.workspace, model, by=house.ann)
    erase_claim(Claim.objects.get(pk=model.rests_on["claims"][0]), by=house.ann)
    assert read(house, 3012) == [], "it learned from what was erased"
    model.refresh_from_db()
    assert (model.folder, model.in_use, (tmp_path / "models" / "trial" / "1").exists()) == ("", False, False)
    assert "Train again" in command("--use", "1").stderr
    verbs = AuditEntry.objects.filter(verb__startswith="model.").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == [f"model.{verb}" for verb in ("store", "use", "use", "use", "drop")]


def test_what_is_stricter_than_the_model_teaches_nothing_and_what_is_closed_later_is_noticed(house: make.House) -> None:
    def learned() -> dict[str, Lesson]:
        return {one.work.public_id: one for one in lessons(house.workspace, OPEN, house.ann)}

    secret, shut, masked, plain = (
        reviewed(house, number, mark) for number, mark in zip((0, 3, 6, 9), (POLICE, *[None] * 3), strict=True)
    )
    mark_entry(Entry.objects.get(claims__passage__work=shut.pk, claims__field="victim"), POLICE, by=house.ann)
    hidden = Claim.objects.get(passage__work=masked.pk, field="victim")
    mark_claim(hidden, POLICE, by=house.ann)
    found = learned()
    assert found.keys() == {masked.public_id, plain.public_id}, (secret, shut)
    taught_by = found[masked.public_id]
    assert str(hidden.value) not in taught_by.text and "█" in taught_by.text
    said = {claim.field: taught_by.text[slice(*span)] for claim, span in taught_by.records[0][1] if span}
    assert "victim" not in said and said["weapon"] in report(6)["incidents"][0]["fields"]["weapon"]
    rests_on = found[plain.public_id].rests_on
    assert still_open(rests_on, OPEN) and still_open(taught_by.rests_on, OPEN)
    mark_claim(Claim.objects.get(passage__work=plain.pk, field="weapon"), POLICE, by=house.ann)
    assert not still_open(rests_on, OPEN)


def test_corrected_values_teach_and_reports_that_wait_for_review_do_not(house: make.House) -> None:
    work = reviewed(house, 0)
    entry = Entry.objects.get(claims__passage__work=work.pk, claims__field="weapon")
    decide_claims(list(entry.claims.filter(field="weapon")), "rejected", by=house.ann)
    add_claims(entry, [NewClaim("weapon", "a school"), NewClaim("victim", "nobody named here")], by=house.ann)
    waiting = make.a_work(house, report(3)["text"], name="waiting.txt")
    victim = make.said("victim", report(3)["incidents"][0]["fields"]["victim"][0], waiting, extractor="rules/2")
    propose_records(house.workspace, [("attack", [victim])], work=waiting, by=house.ann)
    [lesson] = lessons(house.workspace, OPEN, house.ann)
    example = example_of(lesson, blueprint_of(house.workspace))
    [weapon] = example.incidents[0].fields["weapon"]
    assert (weapon.text, example.text[weapon.start : weapon.end]) == ("a school", "a school")
    assert [one.text for one in example.incidents[0].fields["victim"]][-1] == ""


def test_too_few_reviewed_reports_say_how_many_more(house: make.House) -> None:
    for number in range(3):
        reviewed(house, number)
    ran = command()
    assert (ran.exit_code, ran.stderr) == (2, "2 examples tell an incident; 25 are needed. Review 23 more.\n")
    assert command("--list").stdout == "No models yet.\n"
    assert command("--use", "7").exit_code == 3
    assert command("--use", "7", "--back").exit_code == 2
    assert not TrainedModel.objects.exists()


def test_who_is_no_editor_neither_trains_nor_switches(house: make.House) -> None:
    with pytest.raises(Forbidden):
        teach_workspace(house.workspace, by=house.di)
    with pytest.raises(Forbidden):
        use_model(house.workspace, None, by=house.di)
