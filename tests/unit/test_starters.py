"""Starters of clearing houses: each fictional report says so and proposes the one incident that a careful reader finds."""

from __future__ import annotations

from datetime import date
from importlib import resources
from typing import Any

import pytest
import yaml
from bench.extraction import values_of

from plumbline.domain.blueprints import load_shipped, shipped_ids
from plumbline.domain.extraction import Gazetteer, extract
from plumbline.engines.gazetteer import open_gazetteer

STARTERS = yaml.safe_load(resources.files("plumbline.demonstration").joinpath("starters.yaml").read_text("utf-8"))
REPORTS = [(blueprint, report) for blueprint, reports in STARTERS.items() for report in reports]
LABELS = {
    "en": "Fictional", "fr": "fictif", "es": "ficticio", "it": "fittizio",
    "ru": "Вымышленный", "ar": "خيالي", "zh": "虚构",
}  # fmt: skip


@pytest.fixture(scope="module")
def gazetteer(tmp_path_factory: pytest.TempPathFactory) -> Gazetteer:
    return open_gazetteer(tmp_path_factory.mktemp("gazetteer"))


@pytest.mark.parametrize(("blueprint", "report"), REPORTS, ids=[report["name"] for _, report in REPORTS])
def test_report_of_a_starter_proposes_the_expected_incident(
    gazetteer: Gazetteer, blueprint: str, report: dict[str, Any]
) -> None:
    published = date.fromisoformat(report["published"])
    shape, language = load_shipped(blueprint), report["language"]
    (found,) = extract(report["text"], blueprint=shape, language=language, published=published, gazetteer=gazetteer)
    values = values_of(found)
    expected = report["expected"]

    assert values["date"][0]["start"] == expected["date"]
    assert values["country"][0] == expected["country"]
    assert [values["amount"][0]["low"], values["amount"][0]["unit"]] == expected["amount"]
    assert values["place"][0]["name"]
    missed = {field: term for field, term in expected["terms"].items() if term not in values.get(field, ())}
    assert missed == {}


@pytest.mark.parametrize("blueprint", STARTERS)
def test_starter_has_three_labelled_reports_in_three_languages(blueprint: str) -> None:
    reports = STARTERS[blueprint]
    assert len({report["language"] for report in reports}) == len(reports) == 3
    assert all(LABELS[report["language"]] in report["text"].split("\n")[0] for report in reports)


@pytest.mark.parametrize("slug", shipped_ids())
def test_blueprint_has_actors_that_incidents_name_and_labels_in_every_language(slug: str) -> None:
    blueprint = load_shipped(slug)
    incident, organisation = blueprint.types["incident"], blueprint.types["organisation"]
    for name, relation, schema in (
        ("organisation", "involved", "LegalEntity"),
        ("person", "involved_persons", "Person"),
    ):
        actor = blueprint.types[name]
        number = {"number": "registration_number"} if name == "organisation" else {}
        assert actor.traits["actor"] == {
            "name": "name", "alias": "alias", "country": "country", "schema": schema, **number
        }  # fmt: skip
        assert incident.fields[relation].target == name
        texts = [actor.title, actor.plural, *(one.label for one in actor.fields.values())]
        vocabularies = [blueprint.vocabularies[one.vocabulary] for one in actor.fields.values() if one.vocabulary]
        texts += [term.label for vocabulary in vocabularies for term in vocabulary.terms]
        assert [text for text in texts if set(text) < set(LABELS)] == []
    person = blueprint.types["person"]
    assert all(one.sharing for name, one in person.fields.items() if name not in ("role", "country"))
    told = [incident.fields["involved_persons"], *(organisation.fields[one] for one in ("owner_persons", "directors"))]
    assert {(one.type, one.target, one.many, one.sharing.level) for one in told if one.sharing} == {
        ("relation", "person", True, "AMBER+STRICT")
    }


@pytest.mark.parametrize("slug", shipped_ids())
def test_actors_are_called_in_each_language_by_what_they_are(slug: str) -> None:
    blueprint = load_shipped(slug)
    organisation, person = (blueprint.types[one].fields for one in ("organisation", "person"))
    assert [organisation[one].label["ru"] for one in ("name", "alias")] == ["Название", "Другие названия"]
    assert [person[one].label["ru"] for one in ("name", "alias")] == ["Имя", "Другие имена"]
    labels = {term.id: term.label for term in blueprint.vocabularies["actor_role"].terms}
    due = {"financier": {"ru": "Финансирующее лицо"}, "miner": {"it": "Minatore o gestore di miniera"}}
    if slug == "drug-observatory":
        due["courier"] = {"ar": "ساعي مخدرات", "es": "Correo humano"}
    assert {(role, language) for role, words in due.items() for language, word in words.items()
            if role in labels and labels[role][language] != word} == set()  # fmt: skip
